package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
)

// installTime is how long installing may take before the answer begins.
const installTime = 5 * time.Minute

// A planPart is what one pack changes, ready to show.
type planPart struct {
	Changes []changeView
	Rest    []changeView // behind a click
	Folded  string       // how many those are
	Same    string       // how much stays as it is
	Notes   []pack.Problem
}

type changeView struct {
	Band           bandView
	Kind, ID, Name string
	Breaking       bool
	Details        []detailView
	More           string
}

type detailView struct {
	Text     string
	Breaking bool
}

// planMark tells plans apart: what is installed is what was shown.
func planMark(plans []pack.Plan) string {
	text, err := json.Marshal(plans)
	if err != nil {
		panic("packs: " + err.Error()) // plain values
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// planView shows what installing a pack would change, with the button that does
// it. drop is where the sent file is thrown away, "" for a pack that comes with
// the program.
func (s *pages) planView(ctx context.Context, p *pack.Pack, path, drop string) (screenView, error) {
	l := locale.From(ctx)
	v := screenView{Crumbs: packCrumbs(l), Title: p.Name, Vi: true, Lead: l.T("packs.plan.lead")}
	_, there, err := s.installedPacks(ctx)
	if err != nil {
		return v, err
	}
	if _, yes := there[p.ID]; yes {
		v.Crumbs = packCrumbs(l, linkView{Text: p.Name, Path: packPath(p.ID)})
	}
	all, err := s.withRequired(ctx, p)
	if err != nil {
		return v, err
	}
	plans, err := s.Packs.Diff(ctx, all...)
	if err != nil {
		if broken := refusedView(l, err); broken != nil {
			v.Lead, v.Problem = "", s.explained(ctx, err)
			v.Sections = []sectionView{*broken, dropSection(ctx, drop)}
			if drop == "" {
				v.Sections = v.Sections[:1]
			}
			return v, nil
		}
		return v, err
	}
	breaking, changes := false, false
	for i := range plans {
		breaking = breaking || plans[i].Breaking()
		changes = changes || !plans[i].Empty() || there[plans[i].ID].Digest != plans[i].Digest
		sec := planSection(l, &plans[i])
		if plans[i].ID == p.ID {
			sec.Facts = manifestFacts(l, p.Manifest, there)
		}
		v.Sections = append(v.Sections, sec)
	}
	v.Bands = []bandView{{"good", l.T("packs.compatible")}}
	if breaking {
		v.Bands = []bandView{{"poor", l.T("packs.breaking")}}
	}
	v.Sections = append(v.Sections, confirmSection(ctx, p, plans, path, breaking, changes))
	if drop != "" {
		v.Sections = append(v.Sections, dropSection(ctx, drop))
	}
	return v, nil
}

// confirmSection is the second button: it installs what is shown above it.
func confirmSection(ctx context.Context, p *pack.Pack, plans []pack.Plan, path string, breaking, changes bool) sectionView {
	l := locale.From(ctx)
	if !changes {
		return sectionView{ID: "confirm", Lead: l.T("packs.plan.nothing")}
	}
	f := formView{ID: "install-pack", Path: path, Token: token(ctx), Hidden: []hiddenView{{"seen", planMark(plans)}}, Submit: l.T("packs.install")}
	sec := sectionView{ID: "confirm", Title: l.T("packs.install.title"), Lead: l.T("packs.install.lead")}
	for _, plan := range plans {
		if plan.ID == p.ID && plan.From != "" {
			f.Submit, sec.Title, sec.Lead = l.T("packs.upgrade"), l.T("packs.upgrade.title"), l.T("packs.upgrade.lead")
		}
	}
	if breaking {
		f.Danger = true
		f.Fields = []fieldView{{Name: "breaking", Kind: "checks", Label: l.T("packs.breaking"), Hint: l.T("packs.breaking.hint"),
			Picks: []pickView{{Value: "yes", Text: l.T("packs.breaking.accept")}}}}
	}
	sec.Forms = []formView{f}
	return sec
}

func dropSection(ctx context.Context, drop string) sectionView {
	l := locale.From(ctx)
	return sectionView{ID: "drop", Forms: []formView{{ID: "drop-pack", Path: drop, Token: token(ctx), Submit: l.T("packs.drop"), Hint: l.T("packs.drop.hint"), Small: true}}}
}

// mostAtOnce is how many changes are seen without a click: those that somebody has
// to look at come first.
const mostAtOnce = 40

func (c changeView) weight() int {
	switch {
	case c.Breaking:
		return 0
	case len(c.Details) > 0:
		return 1
	}
	return 2
}

// mostDetails is how many differences of one thing are shown at once.
const mostDetails = 12

func planSection(l locale.Lang, p *pack.Plan) sectionView {
	title := l.T("packs.plan.new", p.Name, p.Version)
	if p.From != "" {
		title = l.T("packs.plan.upgrade", p.Name, p.From, p.Version)
	}
	part, same := planPart{Notes: p.Problems}, int64(0)
	for _, c := range p.Changes {
		if c.Action == pack.Same {
			same++
			continue
		}
		part.Changes = append(part.Changes, changed(l, c))
	}
	changes := len(part.Changes)
	slices.SortStableFunc(part.Changes, func(a, b changeView) int { return a.weight() - b.weight() })
	part.Changes = part.Changes[:min(changes, mostListed)]
	if len(part.Changes) > mostAtOnce {
		part.Changes, part.Rest = part.Changes[:mostAtOnce], part.Changes[mostAtOnce:]
		part.Folded = l.T("packs.plan.folded", int64(len(part.Rest)))
	}
	if same > 0 {
		part.Same = l.T("packs.plan.same", same)
	}
	sec := sectionView{ID: "plan-" + p.ID, Title: title, Body: planBody(part)}
	if changes > mostListed {
		sec.Notes = []string{l.T("packs.plan.more", int64(changes), int64(mostListed))}
	} else if changes == 0 {
		sec.Lead = l.T("packs.plan.nothing")
	}
	return sec
}

func changed(l locale.Lang, c pack.Change) changeView {
	kinds := map[pack.Action]string{pack.Added: "good", pack.Changed: "watch", pack.Removed: "poor"}
	v := changeView{Band: bandView{kinds[c.Action], l.T("pack.action." + string(c.Action))}, Kind: l.T("pack.kind." + c.Kind), ID: c.ID, Name: c.Name, Breaking: c.Breaking}
	if v.Name == c.ID {
		v.Name = ""
	}
	for i, d := range c.Details {
		if i == mostDetails {
			v.More = l.T("packs.plan.more-details", int64(len(c.Details)-mostDetails))
			break
		}
		v.Details = append(v.Details, detailView{l.Of(d.Vi, d.En), d.Breaking})
	}
	return v
}

// refusedView lists what is wrong with a pack, nil when err is something else.
func refusedView(l locale.Lang, err error) *sectionView {
	var refusal *pack.Refusal
	if !errors.As(err, &refusal) {
		return nil
	}
	found := refusal.Problems
	t := &tableView{Caption: l.T("packs.wrong"), Head: []string{l.T("packs.wrong.where"), l.T("packs.wrong.what")}}
	for _, p := range found[:min(len(found), mostListed)] {
		where := p.Path
		if p.Line > 0 {
			where = fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column)
		}
		said := l.Of(p.MessageVi, p.MessageEn)
		band := bandView{"watch", l.T("packs.wrong." + p.Severity)}
		if p.Severity == "error" {
			band.Kind = "poor"
		}
		t.Rows = append(t.Rows, []cellView{{Text: where, Code: true}, {Text: said, Bands: []bandView{band}}})
	}
	return &sectionView{ID: "wrong", Title: l.T("packs.wrong"), Lead: l.T("packs.wrong.lead"), Table: t}
}

func noteWords(ctx context.Context, p pack.Problem) string {
	return locale.From(ctx).Of(p.MessageVi, p.MessageEn)
}
