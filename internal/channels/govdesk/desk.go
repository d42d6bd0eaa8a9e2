// Package govdesk is what the API and the pages have in common about the measures of
// governance and the yearly dossier: putting measures and the layout into force,
// going back to former versions, declaring, and writing the paper for who asks. What
// is written is in the log. Who may is what the routes ask.
package govdesk

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/paper"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
)

// A Desk is where measures and the layout of the dossier are changed.
type Desk struct {
	*govern.Desk
	Door *door.Door
	// OrgName is what an organisation is called; its id when nobody knows it.
	OrgName func(ctx context.Context, id string) string
	// Head names an organisation as its papers do: the body above it, itself, its place.
	Head func(ctx context.Context, org string) (govern.Head, error)
}

// did writes down that something was done, or that it failed, and gives err back.
func (d *Desk) did(ctx context.Context, action policy.Action, id string, err error, detail map[string]string) error {
	return d.Door.Did(ctx, action, policy.What{Kind: policy.KindCodeList, ID: id}, err, detail)
}

// Paper is the yearly dossier as the caller sees it, in the name of their agency.
func (d *Desk) Paper(ctx context.Context) (*paper.Paper, error) {
	head, err := d.Head(ctx, door.From(ctx).Who.Org)
	if err != nil {
		return nil, err
	}
	known := func(c *contract.Contract) bool { return len(d.Door.KnownObjects(ctx, c)) > 0 }
	return d.Dossier(ctx, head, func(id string) string { return d.OrgName(ctx, id) }, known)
}

// PutLayout puts a layout in force, for a reason. base is the digest of the one that
// the editor had before them; who is second is told in what the two differ.
func (d *Desk) PutLayout(ctx context.Context, base, why string, l *govern.Layout) error {
	err := d.Desk.PutLayout(ctx, door.Actor(ctx), base, why, l)
	if fault.Is(err, "dossier.changed") {
		now, e := d.Layout(ctx)
		if e != nil {
			return e
		}
		err = layoutClash(locale.From(ctx), err, l, now)
	}
	return d.did(ctx, policy.EditContract, "dossier", err, map[string]string{"change": "dossier-layout", "from": base, "to": l.Digest, "reason": reason.Noted(why)})
}

// LayoutAgain puts a former layout in force: it undoes a change.
func (d *Desk) LayoutAgain(ctx context.Context, base, digest, why string) error {
	all, err := d.Layouts(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(v *govern.LayoutVersion) bool { return v.Digest == digest })
	if i < 0 {
		return fault.New(fault.NotFound, "dossier.unknown")
	}
	return d.PutLayout(ctx, base, cmp.Or(why, locale.From(ctx).T("governance.undone")), all[i].Layout)
}

func layoutClash(l locale.Lang, err error, yours, now *govern.Layout) *door.Clash {
	clash := &door.Clash{Err: err}
	clash.Differ(l, "title", l.T("dossier.abstract"), yours.Title, now.Title)
	section := func(all []govern.Section, i int) string {
		if i >= len(all) {
			return ""
		}
		s := all[i]
		return strings.Join(slices.DeleteFunc([]string{s.Heading, s.Text, strings.Join(s.Parts, ", "), s.Table}, func(t string) bool { return t == "" }), " · ")
	}
	for i := range max(len(yours.Sections), len(now.Sections)) {
		clash.Differ(l, "sections["+strconv.Itoa(i)+"]", l.T("dossier.section", i+1), section(yours.Sections, i), section(now.Sections, i))
	}
	return clash
}

// PutMeasure changes what is in force of a measure, for a reason. base is the digest
// of the version that the editor had before them, "" when that does not matter.
func (d *Desk) PutMeasure(ctx context.Context, id, base, why string, change func(m *govern.Measure) error) error {
	all, err := d.Versions(ctx, id)
	if err != nil {
		return err
	}
	m := *inForce(all)
	if err := change(&m); err != nil {
		return err
	}
	err = d.Put(ctx, door.Actor(ctx), base, why, &m)
	if fault.Is(err, "measure.changed") {
		all, e := d.Versions(ctx, id)
		if e != nil {
			return e
		}
		l, now := locale.From(ctx), inForce(all)
		clash := &door.Clash{Err: err}
		clash.Differ(l, "sql", l.T("governance.sql"), m.SQL, now.SQL)
		clash.Differ(l, "target", l.T("governance.target"), number(m.Target), number(now.Target))
		err = clash
	}
	return d.did(ctx, policy.EditContract, id, err, map[string]string{"measure": id})
}

// inForce is the version in force of a measure; of one that is retired the newest.
func inForce(all []*govern.Version) *govern.Measure {
	for _, v := range all {
		if v.State == "current" {
			return v.Measure
		}
	}
	return all[0].Measure
}

func number(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

// MeasureAgain puts a former version of a measure in force: it undoes a change.
func (d *Desk) MeasureAgain(ctx context.Context, id, base, digest, why string) error {
	all, err := d.Versions(ctx, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(v *govern.Version) bool { return v.Digest == digest })
	if i < 0 {
		return fault.New(fault.NotFound, "measure.unknown", id)
	}
	return d.PutMeasure(ctx, id, base, cmp.Or(why, locale.From(ctx).T("governance.undone")), func(m *govern.Measure) error {
		*m = *all[i].Measure
		return nil
	})
}

// Declare keeps what the caller declares for a measure.
func (d *Desk) Declare(ctx context.Context, one govern.Declaration) error {
	one.Period, one.Evidence, one.Note = strings.TrimSpace(one.Period), strings.TrimSpace(one.Evidence), strings.TrimSpace(one.Note)
	err := d.Desk.Declare(ctx, door.Actor(ctx), one)
	return d.did(ctx, policy.Approve, one.Measure, err, map[string]string{"measure": one.Measure})
}
