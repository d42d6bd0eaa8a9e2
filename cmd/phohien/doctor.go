package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/app"
	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A diagnosis is what doctor answers.
type diagnosis struct {
	Version  string            `json:"version"`
	Settings []app.Setting     `json:"settings"`
	Folder   *app.FolderHealth `json:"folder"`   // null: there is none yet
	Owner    *store.Owner      `json:"owner"`    // the server that holds the folder, null without
	Health   *app.Health       `json:"health"`   // null when the folder could not be opened
	Findings []app.Finding     `json:"findings"` // what is wrong, and what to do next
	Problem  string            `json:"problem,omitempty"`
}

func (t *tool) doctorCommand() *cobra.Command {
	l := t.lang
	rebuild := false
	c := t.jsonFlag(&cobra.Command{
		Use: "doctor", Short: l.T("cmd.doctor.short"), Long: l.T("cmd.doctor.long"), Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			if rebuild {
				return t.rebuild(c.Context())
			}
			return t.doctor(c.Context())
		},
	})
	c.Flags().BoolVar(&rebuild, "rebuild", false, l.T("cmd.doctor.rebuild"))
	return c
}

// rebuild makes the list of batches again from the data sets' files.
func (t *tool) rebuild(ctx context.Context) error {
	return t.with(ctx, func(c *client) error {
		var done operate.Rebuilt
		if err := c.call(ctx, request{method: http.MethodPost, path: operate.Prefix + "rebuild"}, &done); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(done)
		}
		_, err := fmt.Fprintln(t.out, t.lang.T("cmd.doctor.rebuilt", done.Batches))
		return err
	})
}

// doctor looks at everything. What it cannot look at it says, and goes on.
func (t *tool) doctor(ctx context.Context) error {
	d := &diagnosis{Version: version, Settings: t.settings}
	wrong := t.config.Validate()
	if wrong == nil {
		wrong = t.diagnose(ctx, d)
	}
	t.gather(d)
	if wrong != nil {
		d.Problem = t.lang.Error(wrong)
	}
	if t.asJSON {
		if err := t.writeJSON(d); err != nil {
			return err
		}
	} else if err := t.diagnosis(d); err != nil {
		return err
	}
	return wrong
}

func (t *tool) diagnose(ctx context.Context, d *diagnosis) error {
	folder, err := app.LookAtFolder(t.config.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing has been started here yet
	}
	if err != nil {
		return err
	}
	d.Folder = &folder
	owner, held, err := store.Holder(t.config.Data)
	if err != nil {
		return err
	}
	if held {
		d.Owner = &owner
	}
	return t.with(ctx, func(c *client) error {
		h := &app.Health{}
		if err := c.call(ctx, request{method: http.MethodGet, path: operate.Prefix + "health"}, h); err != nil {
			return err
		}
		d.Health = h
		return nil
	})
}

// gather puts together what is wrong: what the server knows, or, where nothing
// could be opened, what can be seen from outside.
func (t *tool) gather(d *diagnosis) {
	d.Findings = app.SettingsFindings(t.settings)
	if d.Health != nil {
		d.Findings = append(d.Findings, d.Health.Findings...)
		d.Health.Findings = nil
	} else {
		d.Findings = append(d.Findings, t.config.Examine(time.Now())...)
	}
	if d.Findings == nil {
		d.Findings = []app.Finding{}
	}
}

func (t *tool) diagnosis(d *diagnosis) error {
	l := t.lang
	fmt.Fprintln(t.out, l.T("cmd.doctor.version", d.Version))
	fmt.Fprintln(t.out)
	settings := newTable(l.T("cmd.doctor.setting"), l.T("cmd.doctor.value"), l.T("cmd.doctor.origin"))
	for _, s := range d.Settings {
		origin := l.T("cmd.doctor.origin." + string(s.Origin))
		if s.Where != "" {
			origin += " (" + s.Where + ")"
		}
		settings.add(s.Name, s.Value, origin)
	}
	if err := settings.write(t.out); err != nil {
		return err
	}
	fmt.Fprintln(t.out)
	if d.Folder == nil {
		fmt.Fprintln(t.out, l.T("cmd.doctor.no-folder", t.config.Data))
		return nil
	}
	fmt.Fprintln(t.out, l.T("cmd.doctor.folder", d.Folder.Path, d.Folder.Mode, d.Folder.Free))
	if d.Owner != nil {
		fmt.Fprintln(t.out, l.T("cmd.doctor.owner", d.Owner.PID, d.Owner.Address))
	} else {
		fmt.Fprintln(t.out, l.T("cmd.doctor.no-owner"))
	}
	if d.Health != nil {
		if err := t.health(d.Health); err != nil {
			return err
		}
	}
	t.findingsOf(d)
	return nil
}

// findingsOf comes last, where it is seen: what is wrong, and what to do next.
func (t *tool) findingsOf(d *diagnosis) {
	l := t.lang
	fmt.Fprintln(t.out)
	if len(d.Findings) == 0 {
		if d.Health != nil {
			fmt.Fprintln(t.out, l.T("cmd.doctor.well"))
		}
		return
	}
	fmt.Fprintln(t.out, l.T("cmd.doctor.findings", len(d.Findings)))
	for _, f := range d.Findings {
		what, next := f.In(l)
		mark := "!"
		if f.Grave {
			mark = "!!"
		}
		fmt.Fprintf(t.out, "\n%-3s%s\n   → %s\n", mark, what, next)
	}
}

func (t *tool) health(h *app.Health) error {
	l := t.lang
	for _, e := range h.Engines {
		fmt.Fprintln(t.out, l.T("cmd.doctor.engine", e.Name, e.Version, l.T("cmd.doctor.use."+e.Use)))
	}
	if len(h.Interrupted) > 0 {
		fmt.Fprintln(t.out, l.T("cmd.doctor.interrupted", len(h.Interrupted), h.Interrupted))
	}
	t.scores(h.Scores)
	if len(h.Datasets) == 0 {
		fmt.Fprintln(t.out, l.T("cmd.dataset-list.none"))
		return nil
	}
	fmt.Fprintln(t.out)
	tab := newTable(l.T("cmd.dataset.id"), l.T("cmd.dataset.seq"), l.T("cmd.doctor.mirror-seq"), l.T("cmd.doctor.state")).numbers(1, 2)
	for _, d := range h.Datasets {
		at, state := "–", l.T("cmd.doctor.lazy")
		if d.MirrorSeq != nil {
			at, state = plain(*d.MirrorSeq), l.T("cmd.doctor.even")
			if *d.MirrorSeq < d.Seq {
				state = l.T("cmd.doctor.behind")
			}
		}
		if d.Fault != "" {
			state = d.Fault
		}
		tab.add(d.Address, plain(d.Seq), at, state)
	}
	return tab.write(t.out)
}

// scores says what the last recount found.
func (t *tool) scores(h app.ScoreHealth) {
	l := t.lang
	if h.Recounted == nil {
		fmt.Fprintln(t.out, l.T("scores.doctor-never"))
		return
	}
	fmt.Fprintln(t.out, l.T("scores.doctor", l.Time(*h.Recounted), h.Datasets, len(h.Wrong)))
	for _, w := range h.Wrong {
		fmt.Fprintln(t.out, l.T("scores.doctor-wrong", w.Dataset, w.Difference))
	}
}
