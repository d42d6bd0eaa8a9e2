package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/channels/usagedesk"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/usage"
)

// needUsage is what reading the ledger of uses needs.
var needUsage = door.Of(policy.ReadUsage, policy.KindUsage)

func (s *pages) usageRoutes() {
	s.Handle("GET /admin/usage", needUsage, s.usage)
	// Both are posted: a personal number in an address would end up in logs, and
	// reading leaves a line.
	s.Handle("POST /admin/usage/person", needUsage, s.usageOfPerson)
	s.Handle("POST /admin/usage/lines", needUsage, s.usageLines)
}

func (s *pages) usage(w http.ResponseWriter, r *http.Request) error {
	v, err := s.usageScreen(r, url.Values{})
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

// usageScreen is the forms and the counts; f fills the forms as they were sent,
// but for the personal number.
func (s *pages) usageScreen(r *http.Request, f url.Values) (v screenView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	v = screenView{Crumbs: crumbs(l), Title: l.T("ledger.title"), Lead: l.T("ledger.lead")}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return v, err
	}
	sets, err := s.ruleDesk.Sets(ctx)
	if err != nil {
		return v, err
	}
	var picks []pickView
	for _, one := range sets {
		picks = append(picks, pickView{Value: one.What.ID, Text: one.Title})
	}
	why := s.whyFields(ctx, f)
	v.Sections = []sectionView{
		{ID: "person", Title: l.T("ledger.person"), Lead: l.T("ledger.person.lead"), Forms: []formView{{
			ID: "of-person", Path: "/admin/usage/person", Token: token(ctx), Submit: l.T("ledger.person.do"),
			Fields: append([]fieldView{{Name: "number", Label: l.T("ledger.number"), Required: true, Kind: "text", Hint: l.T("ledger.number.hint")}}, why...),
		}}},
		{ID: "lines", Title: l.T("ledger.lines"), Lead: l.T("ledger.lines.lead"), Forms: []formView{{
			ID: "of-lines", Path: "/admin/usage/lines", Token: token(ctx), Submit: l.T("ledger.lines.do"),
			Fields: append([]fieldView{
				{Name: "dataset", Label: l.T("ledger.dataset"), Value: f.Get("dataset"), Suggest: picks},
				{Name: "used-for", Label: l.T("ledger.used-for"), Kind: "select", Picks: s.purposePicks(l, f.Get("used-for"), l.T("log.any"))},
				s.orgField(snap, "org", l.T("ledger.org"), f.Get("org"), "", false),
				{Name: "from", Label: l.T("log.from"), Kind: "day", Value: f.Get("from")}, {Name: "to", Label: l.T("log.to"), Kind: "day", Value: f.Get("to")},
			}, why...),
		}}},
	}
	counts, err := s.usageCounts(ctx)
	if err != nil {
		return v, err
	}
	v.Sections = append(v.Sections, counts)
	return v, nil
}

// whyFields ask why somebody reads the ledger.
func (s *pages) whyFields(ctx context.Context, f url.Values) []fieldView {
	l := locale.From(ctx)
	chosen := f.Get("purpose")
	if chosen == "" {
		chosen = door.From(ctx).Purpose.Code
	}
	return []fieldView{
		{Name: "purpose", Label: l.T("ledger.purpose"), Kind: "select", Required: true, Picks: s.purposePicks(l, chosen, l.T("ledger.choose"))},
		{Name: "reason", Label: l.T("ledger.reason"), Value: f.Get("reason"), Required: true, Hint: l.T("ledger.reason.hint"), Wide: true},
	}
}

func (s *pages) purposePicks(l locale.Lang, chosen, none string) []pickView {
	picks := []pickView{{Value: "", Text: none, Chosen: chosen == ""}}
	for _, p := range s.Policies.Purposes() {
		picks = append(picks, pickView{Value: p.Code, Text: l.Of(p.Vi, p.En), Chosen: p.Code == chosen})
	}
	return picks
}

// countedDays is how far back counts are shown.
const countedDays = 30

// usageCounts tells how much the data sets were used, by whom; no person is in
// it.
func (s *pages) usageCounts(ctx context.Context) (sectionView, error) {
	l := locale.From(ctx)
	all, err := s.Usage.Totals(ctx, countedDays)
	if err != nil {
		return sectionView{}, err
	}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return sectionView{}, err
	}
	t := &tableView{Caption: l.T("ledger.counts", int64(countedDays)), Empty: l.T("ledger.no-counts"),
		Head: []string{l.T("ledger.dataset"), l.T("ledger.org"), l.T("ledger.kind"), l.T("ledger.uses"), l.T("ledger.persons")}}
	for _, k := range all {
		t.Rows = append(t.Rows, []cellView{{Text: k.Dataset, Code: true}, {Text: snap.Name(k.Org), Vi: true}, {Text: actorKind(l, k.Kind)}, {Text: l.Number(k.Uses)}, {Text: l.Number(k.Persons)}})
	}
	return sectionView{ID: "counts", Title: l.T("ledger.counts", int64(countedDays)), Table: t}, nil
}

func actorKind(l locale.Lang, kind string) string {
	switch kind {
	case "person":
		return l.T("ledger.kind.person")
	case "program":
		return l.T("ledger.kind.program")
	case "company":
		return l.T("ledger.kind.company")
	}
	return l.T("ledger.kind.system")
}

// statedIn is why somebody reads, as a form says.
func statedIn(f url.Values) usagedesk.Stated {
	return usagedesk.Stated{Purpose: f.Get("purpose"), Reason: f.Get("reason")}
}

func (s *pages) usageOfPerson(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return s.usageFound(w, r, func(f url.Values) (sectionView, error) {
		l := locale.From(ctx)
		number := f.Get("number")
		list, next, err := s.Usage.OfPerson(ctx, statedIn(f), number, usage.Page{Before: f.Get("before"), Limit: shownEntries})
		if err != nil {
			return sectionView{}, err
		}
		part := s.usageTable(l, list, l.T("ledger.found", int64(len(list))))
		if next != "" { // the number goes on in the form, never in an address
			part.Forms = []formView{{ID: "more", Path: "/admin/usage/person", Token: token(ctx), Submit: l.T("log.older"),
				Hidden: []hiddenView{{"number", number}, {"before", next}, {"purpose", f.Get("purpose")}, {"reason", f.Get("reason")}}}}
		}
		return part, nil
	})
}

// mostLines is how many lines of the ledger one look goes through.
const mostLines = 1000

func (s *pages) usageLines(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return s.usageFound(w, r, func(f url.Values) (sectionView, error) {
		l := locale.From(ctx)
		days, err := auditQuery(url.Values{"from": f["from"], "to": f["to"]})
		if err != nil {
			return sectionView{}, err
		}
		org := strings.TrimSpace(f.Get("org"))
		if id, ok := orgdesk.Bracketed(org); ok {
			org = id
		}
		list, next, err := s.Usage.Lines(ctx, statedIn(f), usagedesk.Filter{
			Dataset: strings.TrimSpace(f.Get("dataset")), UsedFor: f.Get("used-for"), Org: org, From: days.Since, To: days.Until,
			Page: usage.Page{Before: f.Get("before"), Limit: mostLines},
		})
		if err != nil {
			return sectionView{}, err
		}
		part := s.usageTable(l, list, l.T("ledger.found", int64(len(list))))
		if next != "" {
			hidden := []hiddenView{{"before", next}}
			for _, name := range []string{"dataset", "used-for", "org", "from", "to", "purpose", "reason"} {
				hidden = append(hidden, hiddenView{name, f.Get(name)})
			}
			part.Notes = []string{l.T("ledger.looked", int64(mostLines))}
			part.Forms = []formView{{ID: "more", Path: "/admin/usage/lines", Token: token(ctx), Submit: l.T("log.older"), Hidden: hidden}}
		}
		return part, nil
	})
}

// usageFound reads the ledger for a form and shows what it found above the forms.
func (s *pages) usageFound(w http.ResponseWriter, r *http.Request, find func(url.Values) (sectionView, error)) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	part, err := find(f)
	f.Del("number")
	screen := func() (screenView, error) { return s.usageScreen(r, f) }
	if err != nil {
		return s.refuse(w, r, err, screen)
	}
	v, err := screen()
	if err != nil {
		return err
	}
	part.Lead = locale.From(r.Context()).T("ledger.left-line")
	v.Sections = append([]sectionView{part}, v.Sections...)
	return ui.Render(w, r, http.StatusOK, wholePage(s.Page(r, v.Title, "admin"), screenPage(v)))
}

func (s *pages) usageTable(l locale.Lang, list []usage.Use, title string) sectionView {
	t := &tableView{Caption: title, Empty: l.T("ledger.none"),
		Head: []string{l.T("log.time"), l.T("log.who"), l.T("ledger.dataset"), l.T("ledger.fields"), l.T("ledger.why"), l.T("ledger.persons")}}
	names := map[string]string{}
	for _, p := range s.Policies.Purposes() {
		names[p.Code] = l.Of(p.Vi, p.En)
	}
	for _, u := range list {
		purpose := names[u.Purpose]
		if purpose == "" {
			purpose = u.Purpose
		}
		var kinds []string
		for _, k := range u.Kinds {
			kinds = append(kinds, dataKind(l, k))
		}
		t.Rows = append(t.Rows, []cellView{
			{Text: secondsOf(u.Time)}, {Text: u.Actor.Name, Under: u.Org}, {Text: u.Dataset, Code: true},
			{Text: strings.Join(kinds, ", ")}, {Text: purpose, Under: strings.TrimSpace(u.Text + " " + u.Basis)}, {Text: strconv.Itoa(u.Persons)},
		})
	}
	return sectionView{ID: "found", Title: title, Table: t}
}

// dataKind names a kind of personal data.
func dataKind(l locale.Lang, kind string) string {
	if key := "draft.pii." + kind; l.Has(key) {
		return l.T(key)
	}
	if kind == usage.Dataset {
		return l.T("ledger.own")
	}
	return kind
}
