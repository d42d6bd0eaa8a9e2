package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/corridor"
)

// A progress shows how far a batch is, on a terminal only.
type progress struct {
	t     *tool
	bar   *progressbar.ProgressBar
	state corridor.State
}

// newProgress returns nil when nobody looks: all its methods take that.
func (t *tool) newProgress() *progress {
	f, ok := t.err.(*os.File)
	if !ok || t.asJSON || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &progress{t: t}
}

func (p *progress) tell(b api.Batch) {
	if p == nil {
		return
	}
	if b.State != p.state {
		p.end()
		p.state = b.State
		if b.State.Final() {
			return
		}
		total := b.Total
		if total <= 0 {
			total = -1
		}
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(p.t.err),
			progressbar.OptionSetDescription(p.t.lang.T("state."+string(b.State))),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(65*time.Millisecond),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(true),
		)
	}
	if p.bar != nil {
		if b.Total > 0 && b.Total != p.bar.GetMax64() {
			p.bar.ChangeMax64(b.Total)
		}
		// A bar that cannot be drawn is no reason to stop.
		_ = p.bar.Set64(b.Done)
	}
}

// end takes the bar away.
func (p *progress) end() {
	if p != nil && p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}
