package corridor

import "context"

// An Observer is told how batches go on, for figures and traces: first that one
// was received, with the context of whoever sent it; then that its turn has
// come; then each state that it reaches, the last one being final. It is called
// while the batch waits for it, so it must be quick, and must not call the
// corridor.
type Observer interface {
	Received(ctx context.Context, s Status)
	Begun(s Status)
	Reached(before State, s Status)
}

// Load says how many batches are walking, and how many wait for their turn.
func (c *Corridor) Load() (walking, waiting int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lanes {
		walking++
		waiting += len(l.queue) - 1
	}
	return walking, waiting
}
