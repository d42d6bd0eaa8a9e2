package corridor

import "context"

// ResumeErasures does at once what eraseLoop would do later.
func (c *Corridor) ResumeErasures(ctx context.Context) error { return c.resumeErasures(ctx) }
