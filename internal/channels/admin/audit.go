package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
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
		if id, ok := bracketed(ask.Org); ok {
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
		d, err := dayOf(day.text, 0)
		if err != nil {
			return ask, err
		}
		*day.into = midnight(d + day.add)
	}
	return ask, nil
}

// midnight is the first moment of a day in Viet Nam.
func midnight(d viet.Date) time.Time {
	t, err := time.ParseInLocation("2006-01-02", d.String(), viet.Zone)
	if err != nil {
		return time.Time{} // a Date always reads so
	}
	return t
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

// receipt proves an entry; one of this very moment is signed first.
func (s *pages) receipt(ctx context.Context, index int64) (audit.Receipt, error) {
	proof, err := s.Audit.Proof(ctx, index)
	if fault.Is(err, "audit.not-signed") {
		if _, err = s.Audit.Seal(ctx); err == nil {
			proof, err = s.Audit.Proof(ctx, index)
		}
	}
	return proof, err
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
	proof, err := s.receipt(ctx, index)
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
	proof, err := s.receipt(ctx, index)
	if err != nil {
		return err
	}
	if err := s.did(ctx, policy.ReadAudit, policy.KindAudit, r.PathValue("index"), nil, map[string]string{"receipt": r.PathValue("index")}); err != nil {
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
	begun := time.Now()
	report, err := audit.Verify(ctx, s.AuditDir, s.Audit.Key())
	if err != nil {
		return err
	}
	took := time.Since(begun)
	v := screenView{Crumbs: crumbs(l, linkView{Text: l.T("log.title"), Path: "/admin/audit"}), Title: l.T("log.verified"), Sections: []sectionView{s.auditProofs(ctx)}}
	part := sectionView{ID: "verified", Facts: []factView{
		{Name: l.T("log.verified.at"), Value: secondsOf(begun)}, {Name: l.T("log.verified.took"), Value: l.T("log.seconds", l.Float(took.Seconds(), 3))},
		{Name: l.T("log.verified.size"), Value: l.Number(report.Size)}, {Name: l.T("log.verified.last"), Value: secondsOf(report.Last)},
		{Name: l.T("log.verified.kept"), Value: l.Number(int64(report.Kept))}, {Name: l.T("log.verified.erased"), Value: l.Number(report.Erased)},
		{Name: l.T("log.root"), Value: report.Root.String(), Code: true},
	}}
	whole := len(report.Problems) == 0
	v.Bands = []bandView{{"good", l.T("log.whole")}}
	if !whole {
		v.Bands = []bandView{{"poor", l.T("log.broken", int64(len(report.Problems)+report.More))}}
		var wrong []string
		for _, p := range report.Problems {
			wrong = append(wrong, l.Error(p.What))
		}
		part.Facts = append(part.Facts, factView{Name: l.T("log.problems"), Lines: wrong})
	}
	old, fact := s.sinceCheckpoint(ctx, []byte(strings.TrimSpace(strings.ReplaceAll(f.Get("checkpoint"), "\r\n", "\n"))))
	part.Facts = append(part.Facts, fact)
	whole = whole && old
	if !old {
		v.Bands = append(v.Bands, bandView{"watch", l.T("log.no-old")})
	}
	result := map[string]string{"verified": strconv.FormatBool(whole), "size": strconv.FormatInt(report.Size, 10)}
	if err := s.did(ctx, policy.ReadAudit, policy.KindAudit, "", nil, result); err != nil {
		return err
	}
	v.Sections = append([]sectionView{part}, v.Sections...)
	return ui.Render(w, r, http.StatusOK, wholePage(s.Page(r, v.Title, "admin"), screenPage(v)))
}

// sinceCheckpoint proves that the log still begins with what it had at an old
// checkpoint.
func (s *pages) sinceCheckpoint(ctx context.Context, old []byte) (ok bool, _ factView) {
	l := locale.From(ctx)
	fact := factView{Name: l.T("log.since")}
	if len(old) == 0 {
		var err error
		if old, err = lastBefore(s.AuditDir, midnight(today())); err != nil {
			fact.Value = l.Error(err)
			return false, fact
		}
		if old == nil {
			fact.Value = l.T("log.no-yesterday")
			return true, fact // the log itself is younger
		}
	} else {
		old = append(old, '\n')
	}
	proof, err := s.Audit.Consistency(old)
	if err == nil {
		var older, newer audit.Checkpoint
		if older, newer, err = proof.Check(s.Audit.Key()); err == nil {
			fact.Value = l.T("log.unchanged", older.Size, newer.Size)
			if e, err := s.Audit.Entry(ctx, older.Size-1); err == nil {
				fact.Value = l.T("log.unchanged-at", older.Size, secondsOf(e.Time), newer.Size)
			}
			return true, fact
		}
	}
	fact.Value = l.Error(err)
	return false, fact
}

// lastBefore is the last of the kept checkpoints that was signed before a time,
// nil when there is none. One is kept of each hour (UTC), named for it.
func lastBefore(dir string, t time.Time) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(dir, "checkpoints", "*", "*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	slices.Reverse(files)
	for _, name := range files {
		hour, err := time.Parse("2006/01-02T15Z", filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name))
		if err != nil || !hour.Before(t) {
			continue // an unfinished file, or a later one
		}
		text, err := os.ReadFile(name)
		return bytes.Clone(text), err
	}
	return nil, nil
}
