package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
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
	sets, err := s.sets(ctx)
	if err != nil {
		return v, err
	}
	var picks []pickView
	for _, one := range sets {
		picks = append(picks, pickView{Value: one.what.ID, Text: one.title})
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

// reader is who reads the ledger and why; without a reason nothing is read.
func (s *pages) reader(ctx context.Context, f url.Values) (usage.Use, error) {
	c := door.From(ctx)
	i := slices.IndexFunc(s.Policies.Purposes(), func(p policy.PurposeOf) bool { return p.Code == f.Get("purpose") })
	none := fault.New(fault.Invalid, "ledger.no-reason")
	why, err := reason.Of(f.Get("reason"), reason.Most, none)
	if err == nil && i < 0 {
		err = none
	}
	if err != nil {
		return usage.Use{}, err
	}
	p := s.Policies.Purposes()[i]
	basis := p.Basis
	if basis == "" {
		basis = why
	}
	return usage.Use{
		Door: c.At, Action: string(policy.ReadUsage), Actor: c.Actor, Org: c.Who.Org,
		Purpose: p.Code, Text: why, Basis: basis, Trace: c.Trace,
	}, nil
}

// countedDays is how far back counts are shown.
const countedDays = 30

// usageCounts tells how much the data sets were used, by whom; no person is in
// it.
func (s *pages) usageCounts(ctx context.Context) (sectionView, error) {
	l := locale.From(ctx)
	now := time.Now()
	all, err := s.Usage.Counts(ctx, "", now.AddDate(0, 0, -countedDays), now)
	if err != nil {
		return sectionView{}, err
	}
	type key struct{ dataset, org, kind string }
	sum := map[key][2]int64{}
	var order []key
	for _, c := range all {
		k := key{c.Dataset, c.Org, c.Kind}
		if _, ok := sum[k]; !ok {
			order = append(order, k)
		}
		sum[k] = [2]int64{sum[k][0] + c.Uses, sum[k][1] + c.Persons}
	}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return sectionView{}, err
	}
	slices.SortStableFunc(order, func(a, b key) int { return int(sum[b][0] - sum[a][0]) })
	t := &tableView{Caption: l.T("ledger.counts", int64(countedDays)), Empty: l.T("ledger.no-counts"),
		Head: []string{l.T("ledger.dataset"), l.T("ledger.org"), l.T("ledger.kind"), l.T("ledger.uses"), l.T("ledger.persons")}}
	for _, k := range order {
		t.Rows = append(t.Rows, []cellView{{Text: k.dataset, Code: true}, {Text: snap.Name(k.org), Vi: true}, {Text: actorKind(l, k.kind)}, {Text: l.Number(sum[k][0])}, {Text: l.Number(sum[k][1])}})
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

func (s *pages) usageOfPerson(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return s.usageFound(w, r, func(f url.Values, reader usage.Use) (sectionView, error) {
		l := locale.From(ctx)
		number := strings.Join(strings.Fields(f.Get("number")), "")
		if len(number) < 6 || len(number) > 20 {
			return sectionView{}, fault.New(fault.Invalid, "ledger.number-wrong")
		}
		list, next, err := s.Usage.ForSubject(ctx, reader, number, usage.Page{Before: f.Get("before"), Limit: shownEntries})
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
	return s.usageFound(w, r, func(f url.Values, reader usage.Use) (sectionView, error) {
		l := locale.From(ctx)
		ask := usage.Filter{Dataset: strings.TrimSpace(f.Get("dataset")), Page: usage.Page{Before: f.Get("before"), Limit: mostLines}}
		from, err := auditQuery(url.Values{"from": f["from"], "to": f["to"]})
		if err != nil {
			return sectionView{}, err
		}
		ask.From, ask.To = from.Since, from.Until
		if ask.To.IsZero() {
			ask.To = time.Now()
		}
		list, next, err := s.Usage.List(ctx, reader, ask)
		if err != nil {
			return sectionView{}, err
		}
		org := strings.TrimSpace(f.Get("org"))
		if id, ok := bracketed(org); ok {
			org = id
		}
		list = slices.DeleteFunc(list, func(u usage.Use) bool {
			return org != "" && u.Org != org || f.Get("used-for") != "" && u.Purpose != f.Get("used-for")
		})
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
func (s *pages) usageFound(w http.ResponseWriter, r *http.Request, find func(url.Values, usage.Use) (sectionView, error)) error {
	ctx := r.Context()
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	var part sectionView
	reader, err := s.reader(ctx, f)
	if err == nil {
		part, err = find(f, reader)
		// The ledger has its own line; the log says that somebody looked, and never
		// whom at.
		err = s.did(ctx, policy.ReadUsage, policy.KindUsage, "", err, map[string]string{"stated": f.Get("purpose")})
	}
	f.Del("number")
	screen := func() (screenView, error) { return s.usageScreen(r, f) }
	if err != nil {
		return s.refuse(w, r, err, screen)
	}
	v, err := screen()
	if err != nil {
		return err
	}
	part.Lead = locale.From(ctx).T("ledger.left-line")
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
