package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/logdesk"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// needAudit is what reading the log needs.
var needAudit = door.Of(policy.ReadAudit, policy.KindAudit)

func (s *pages) auditRoutes() {
	s.Handle("GET /admin/audit", needAudit, s.audit)
	s.Handle("GET /admin/audit/{index}", needAudit, s.auditEntry)
	s.Handle("GET /admin/audit/{index}/receipt.json", needAudit, s.auditReceipt)
	s.Handle("GET /admin/audit/export", needAudit, s.auditExport)
	s.Handle("POST /admin/audit/verify", needAudit, s.auditVerify)
	// Whoever has a receipt may verify it: the page holds nothing of ours.
	s.Handle("GET /admin/audit/verify.html", door.Open, s.auditPage)
}

// shownEntries is how many entries a page of the log shows.
const shownEntries = 50

// auditQuery reads what a page of the log is asked for.
func auditQuery(q url.Values) (audit.Query, error) {
	ask := audit.Query{
		Actor: strings.TrimSpace(q.Get("actor")), Org: strings.TrimSpace(q.Get("org")), Action: strings.TrimSpace(q.Get("action")),
		Object: strings.TrimSpace(q.Get("object")), Result: q.Get("result"), Text: strings.TrimSpace(q.Get("text")), Newest: true, Limit: shownEntries,
	}
	if ask.Org != "" {
		if id, ok := orgdesk.Bracketed(ask.Org); ok {
			ask.Org = id
		}
	}
	if n, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil && n > 0 {
		ask.Before = n
	}
	for _, day := range []struct {
		text string
		into *time.Time
		add  viet.Date
	}{{q.Get("from"), &ask.Since, 0}, {q.Get("to"), &ask.Until, 1}} {
		if strings.TrimSpace(day.text) == "" {
			continue
		}
		d, err := orgdesk.ReadDay(day.text, 0)
		if err != nil {
			return ask, err
		}
		*day.into = (d + day.add).Time()
	}
	return ask, nil
}

func (s *pages) audit(w http.ResponseWriter, r *http.Request) error {
	v, err := s.auditScreen(r)
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) auditScreen(r *http.Request) (v screenView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	q := r.URL.Query()
	v = screenView{Crumbs: crumbs(l), Title: l.T("log.title"), Lead: l.T("log.lead")}
	var page audit.Page
	ask, err := auditQuery(q)
	if err == nil {
		page, err = s.Audit.Entries(ctx, ask)
	}
	switch {
	case err != nil && fault.KindOf(err) == fault.Internal:
		return v, err
	case err != nil: // a damaged log too: what verifies it stands below
		v.Problem = l.Error(err)
	default:
		// Who reads the log stands in it.
		if err := s.did(ctx, policy.ReadAudit, policy.KindAudit, "", nil, api.AuditAsked(ask)); err != nil {
			return v, err
		}
	}
	find, err := s.auditFind(ctx, q)
	if err != nil {
		return v, err
	}
	t := &tableView{Caption: l.T("log.entries"), Empty: l.T("log.none"),
		Head: []string{l.T("log.time"), l.T("log.who"), l.T("log.action"), l.T("log.object"), l.T("log.result")}}
	for _, e := range page.Entries {
		t.Rows = append(t.Rows, auditRow(l, e))
	}
	v.Sections = []sectionView{{ID: "find", Forms: []formView{find}}, {ID: "entries", Title: l.T("log.entries"), Table: t}}
	if page.More {
		more := url.Values{}
		for name, values := range q {
			more[name] = values
		}
		more.Set("before", strconv.FormatInt(page.Next, 10))
		v.Sections = append(v.Sections, sectionView{ID: "older", Body: linksPart([]entryView{{"/admin/audit?" + more.Encode(), l.T("log.older"), ""}})})
		if len(page.Entries) == 0 {
			t.Empty = l.T("log.none-yet")
		}
	}
	v.Sections = append(v.Sections, s.auditProofs(ctx), auditExports(l, q))
	return v, nil
}

func (s *pages) auditFind(ctx context.Context, q url.Values) (formView, error) {
	l := locale.From(ctx)
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return formView{}, err
	}
	results := []pickView{{Value: "", Text: l.T("log.any"), Chosen: q.Get("result") == ""}}
	for _, one := range []string{audit.Allow, audit.Deny, audit.Done, audit.Failed} {
		results = append(results, pickView{Value: one, Text: l.T("log.result." + one), Chosen: q.Get("result") == one})
	}
	var actions []pickView
	for _, a := range policy.Actions() {
		actions = append(actions, pickView{Value: string(a), Text: actionWords(l, a)})
	}
	return formView{ID: "find-entries", Path: "/admin/audit", Get: true, Submit: l.T("log.find"), Fields: []fieldView{
		{Name: "from", Label: l.T("log.from"), Kind: "day", Value: q.Get("from")}, {Name: "to", Label: l.T("log.to"), Kind: "day", Value: q.Get("to")},
		{Name: "text", Label: l.T("log.text"), Value: q.Get("text"), Kind: "search", Hint: l.T("log.text.hint")},
		{Name: "actor", Label: l.T("log.actor"), Value: q.Get("actor"), Hint: l.T("log.actor.hint")},
		s.orgField(snap, "org", l.T("log.org"), q.Get("org"), "", false),
		{Name: "action", Label: l.T("log.action"), Value: q.Get("action"), Suggest: actions},
		{Name: "object", Label: l.T("log.object"), Value: q.Get("object"), Hint: l.T("log.object.hint")},
		{Name: "result", Label: l.T("log.result"), Kind: "select", Picks: results},
	}}, nil
}

func auditRow(l locale.Lang, e audit.Recorded) []cellView {
	path := "/admin/audit/" + strconv.FormatInt(e.Index, 10)
	at := cellView{Text: secondsOf(e.Time), Link: path, Under: l.T("log.number", e.Index)}
	if e.Erased {
		return []cellView{at, {Text: l.T("log.erased")}, {}, {}, {}}
	}
	return []cellView{at, {Text: nameOr(e.Actor), Under: e.Org}, {Text: actionOr(l, e.Action), Under: e.Purpose}, {Text: e.Object, Code: true}, {Bands: []bandView{resultBand(l, e.Result)}}}
}

// secondsOf writes a time in Viet Nam to the second.
func secondsOf(t time.Time) string { return t.In(viet.Zone).Format("02/01/2006 15:04:05") }

func nameOr(a audit.Actor) string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// actionOr names an action in words where it is one of policies' or something that
// happens to accounts.
func actionOr(l locale.Lang, action string) string {
	if slices.Contains(policy.Actions(), policy.Action(action)) {
		return actionWords(l, policy.Action(action))
	}
	if key := "log.event." + action; l.Has(key) {
		return l.T(key)
	}
	return action
}

func resultBand(l locale.Lang, result string) bandView {
	kind := "good"
	switch result {
	case audit.Deny:
		kind = "watch"
	case audit.Failed:
		kind = "poor"
	}
	return bandView{kind, l.T("log.result." + result)}
}

// auditProofs shows what the log is proved with.
func (s *pages) auditProofs(ctx context.Context) sectionView {
	l := locale.From(ctx)
	c := s.Audit.Checkpoint()
	return sectionView{
		ID: "proof", Title: l.T("log.proof"), Lead: l.T("log.proof.lead"),
		Facts: []factView{
			{Name: l.T("log.checkpoint"), Value: l.T("log.checkpoint.size", c.Size), Link: "/api/v1/audit/checkpoint"},
			{Name: l.T("log.root"), Value: c.Root.String(), Code: true}, {Name: l.T("log.key"), Value: s.Audit.Key().String(), Code: true},
			{Name: l.T("log.page"), Value: l.T("log.page.get"), Link: "/admin/audit/verify.html"},
		},
		Forms: []formView{{ID: "verify", Path: "/admin/audit/verify", Token: token(ctx), Submit: l.T("log.verify"), Hint: l.T("log.verify.hint"),
			Fields: []fieldView{{Name: "checkpoint", Label: l.T("log.verify.old"), Kind: "area", Hint: l.T("log.verify.old.hint")}}}},
	}
}

func auditExports(l locale.Lang, q url.Values) sectionView {
	var formats []pickView
	for _, f := range audit.Formats {
		formats = append(formats, pickView{Value: f, Text: l.T("log.format." + f)})
	}
	return sectionView{ID: "export", Title: l.T("log.export"), Lead: l.T("log.export.lead"), Forms: []formView{{ID: "export-log", Path: "/admin/audit/export", Get: true, Submit: l.T("log.export.do"), Fields: []fieldView{
		{Name: "format", Label: l.T("log.format"), Kind: "select", Picks: formats},
		{Name: "from", Label: l.T("log.from"), Kind: "day", Value: q.Get("from")}, {Name: "to", Label: l.T("log.to"), Kind: "day", Value: q.Get("to")},
	}}}}
}

// auditIndex reads the number of an entry from the address.
func auditIndex(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("index"), 10, 64)
	if err != nil || n < 0 {
		return 0, fault.New(fault.NotFound, "page.no-such-page")
	}
	return n, nil
}

func (s *pages) auditEntry(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	index, err := auditIndex(r)
	if err != nil {
		return err
	}
	e, err := s.Audit.Entry(ctx, index)
	if err != nil {
		return err
	}
	proof, err := s.Audit.Receipt(ctx, index)
	if err != nil {
		return err
	}
	if err := s.did(ctx, policy.ReadAudit, policy.KindAudit, r.PathValue("index"), nil, nil); err != nil {
		return err
	}
	proved := bandView{"good", l.T("log.proved")}
	if _, err := proof.Check(s.Audit.Key()); err != nil {
		proved = bandView{"poor", l.Error(err)}
	}
	v := screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("log.title"), Path: "/admin/audit"}), Title: l.T("log.number", index), Bands: []bandView{proved},
		Sections: []sectionView{{ID: "entry", Facts: auditFacts(l, e)}, {
			ID: "receipt", Title: l.T("log.receipt"), Lead: l.T("log.receipt.lead"),
			Body: linksPart([]entryView{{fmt.Sprintf("/admin/audit/%d/receipt.json", index), l.T("log.receipt.get"), ""}, {"/admin/audit/verify.html", l.T("log.page.get"), l.T("log.page.lead")}}),
		}},
	}
	return s.show(w, r, v)
}

// auditFacts are all that an entry says.
func auditFacts(l locale.Lang, e audit.Recorded) []factView {
	facts := []factView{
		{Name: l.T("log.time.vn"), Value: e.Time.In(viet.Zone).Format("02/01/2006 15:04:05.000000 -07:00")},
		{Name: l.T("log.time.utc"), Value: e.Time.UTC().Format("2006-01-02T15:04:05.000000Z")},
	}
	if e.Erased {
		return append(facts, factView{Name: l.T("log.result"), Value: l.T("log.erased")})
	}
	for _, f := range []factView{
		{Name: l.T("log.who"), Value: e.Actor.Name, Vi: true}, {Name: l.T("log.actor"), Value: strings.TrimSpace(e.Actor.Kind + " " + e.Actor.ID), Code: true},
		{Name: l.T("log.org"), Value: e.Org, Code: true}, {Name: l.T("log.ip"), Value: e.RealIP, Code: true}, {Name: l.T("log.dest"), Value: e.Dest, Code: true},
		{Name: l.T("log.action"), Value: actionOr(l, e.Action)}, {Name: l.T("log.object"), Value: e.Object, Code: true},
		{Name: l.T("log.purpose"), Value: e.Purpose}, {Name: l.T("log.basis"), Value: e.Basis, Vi: true},
		{Name: l.T("log.result"), Value: l.T("log.result." + e.Result)}, {Name: l.T("log.reason"), Value: strings.Join(e.Why, ", "), Code: true},
		{Name: l.T("log.trace"), Value: e.Trace, Code: true}, {Name: l.T("log.clock"), Value: l.T("log.clock." + e.ClockHealth)}, {Name: l.T("log.epoch"), Value: l.Number(int64(e.Epoch))},
	} {
		if f.Value == "" {
			f.Value, f.Code = "–", false
		}
		facts = append(facts, f)
	}
	var detail []string
	for name, value := range e.Detail {
		detail = append(detail, name+": "+value)
	}
	if slices.Sort(detail); len(detail) > 0 {
		facts = append(facts, factView{Name: l.T("log.detail"), Lines: detail})
	}
	return facts
}

func (s *pages) auditReceipt(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	index, err := auditIndex(r)
	if err != nil {
		return err
	}
	proof, err := s.Audit.Receipt(ctx, index)
	if err != nil {
		return err
	}
	if err := s.Audit.Took(ctx, index); err != nil {
		return err
	}
	body, err := json.MarshalIndent(proof, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="bien-nhan-%d.json"`, index))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(body, '\n')) // a reader who has gone away is no fault of ours
	return nil
}

// auditPage gives the page that verifies receipts with no network.
func (s *pages) auditPage(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="kiem-chung-bien-nhan.html"`)
	_, _ = w.Write(audit.VerifierPage()) // a reader who has gone away is no fault of ours
	return nil
}

// longWork is how long exporting and verifying may take.
const longWork = 30 * time.Minute

func (s *pages) auditExport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	q := r.URL.Query()
	format := q.Get("format")
	if !slices.Contains(audit.Formats, format) {
		return fault.New(fault.Invalid, "audit.bad-format", format, audit.Formats)
	}
	ask, err := auditQuery(url.Values{"from": q["from"], "to": q["to"]})
	if err != nil {
		return err
	}
	asked := api.AuditAsked(ask)
	asked["export"] = format
	if err := s.did(ctx, policy.ReadAudit, policy.KindAudit, "", nil, asked); err != nil {
		return err
	}
	guard.Extend(w, longWork)
	ask.Newest, ask.Limit = false, 0
	ending := map[string]string{audit.JSONLines: "jsonl", audit.CEF: "cef", audit.OCSF: "ocsf.jsonl"}[format]
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="nhat-ky-%s.%s"`, time.Now().In(viet.Zone).Format("2006-01-02"), ending))
	_, err = s.Audit.Export(ctx, w, format, ask)
	return err
}

// auditVerify computes the whole log anew, and proves that nothing before an old
// checkpoint has changed: one that is given, or the last of yesterday.
func (s *pages) auditVerify(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	guard.Extend(w, longWork)
	found, err := s.Audit.Verify(ctx, f.Get("checkpoint"))
	if err != nil {
		return err
	}
	v := screenView{Crumbs: crumbs(l, linkView{Text: l.T("log.title"), Path: "/admin/audit"}), Title: l.T("log.verified"), Sections: []sectionView{s.auditProofs(ctx)}}
	part := sectionView{ID: "verified", Facts: []factView{
		{Name: l.T("log.verified.at"), Value: secondsOf(found.Begun)}, {Name: l.T("log.verified.took"), Value: l.T("log.seconds", l.Float(found.Took.Seconds(), 3))},
		{Name: l.T("log.verified.size"), Value: l.Number(found.Size)}, {Name: l.T("log.verified.last"), Value: secondsOf(found.Last)},
		{Name: l.T("log.verified.kept"), Value: l.Number(int64(found.Kept))}, {Name: l.T("log.verified.erased"), Value: l.Number(found.Erased)},
		{Name: l.T("log.root"), Value: found.Root.String(), Code: true},
	}}
	v.Bands = []bandView{{"good", l.T("log.whole")}}
	if len(found.Problems) > 0 {
		v.Bands = []bandView{{"poor", l.T("log.broken", int64(len(found.Problems)+found.More))}}
		var wrong []string
		for _, p := range found.Problems {
			wrong = append(wrong, l.Error(p.What))
		}
		part.Facts = append(part.Facts, factView{Name: l.T("log.problems"), Lines: wrong})
	}
	part.Facts = append(part.Facts, factView{Name: l.T("log.since"), Value: sinceWords(l, found.Since)})
	if found.Since.Err != nil {
		v.Bands = append(v.Bands, bandView{"watch", l.T("log.no-old")})
	}
	v.Sections = append([]sectionView{part}, v.Sections...)
	return ui.Render(w, r, http.StatusOK, wholePage(s.Page(r, v.Title, "admin"), screenPage(v)))
}

func sinceWords(l locale.Lang, since logdesk.Since) string {
	switch {
	case since.Err != nil:
		return l.Error(since.Err)
	case since.Size == 0:
		return l.T("log.no-yesterday")
	case since.Time.IsZero():
		return l.T("log.unchanged", since.Size, since.Today)
	}
	return l.T("log.unchanged-at", since.Size, secondsOf(since.Time), since.Today)
}
