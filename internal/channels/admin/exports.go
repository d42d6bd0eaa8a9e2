package admin

import (
	"context"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/export"
	"github.com/phohien/phohien/internal/foundation/approval"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// exports is what the pages of requests for exports need of api.Server.
type exports interface {
	AskExport(ctx context.Context, w api.ExportWish) (*api.AskedExport, error)
	ExportRequest(ctx context.Context, id string) (*api.AskedExport, error)
	ExportRequests(ctx context.Context, limit int) ([]*api.AskedExport, error)
	DecideExport(ctx context.Context, id, digest string, approve bool, why string) (*api.AskedExport, error)
	WithdrawExport(ctx context.Context, id string) (*api.AskedExport, error)
	FetchExport(ctx context.Context, id string) (*api.ExportFile, error)
	NeedsApprovals(ctx context.Context, con *contract.Contract, obj *contract.Object) bool
}

const (
	exportsPath  = "/exports"
	exportsPlace = "exports"
	shownExports = 200
	exportWheres = 3 // conditions that the form offers
)

func (s *pages) exportRoutes() {
	if s.Exports == nil {
		return
	}
	see, ask, decide := door.Each(policy.Describe, policy.KindDataset), door.Each(policy.Export, policy.KindDataset), door.Each(policy.Approve, policy.KindDataset)
	s.Handle("GET "+exportsPath, see, s.exportList)
	s.Handle("GET "+exportsPath+"/new", ask, s.newExportPage)
	s.Handle("POST "+exportsPath+"/new", ask, s.askExport)
	s.Handle("GET "+exportsPath+"/{id}", see, s.exportPage)
	s.Handle("POST "+exportsPath+"/{id}/approve", decide, s.decideExport(true))
	s.Handle("POST "+exportsPath+"/{id}/refuse", decide, s.decideExport(false))
	s.Handle("POST "+exportsPath+"/{id}/withdraw", ask, s.withdrawExport)
	s.Handle("POST "+exportsPath+"/{id}/file", ask, s.fetchExport)
	s.Offer(ui.Entry{Place: exportsPlace, Address: exportsPath, Text: "exports.menu", Group: ui.MenuData}, s.asksOrDecides)
}

// asksOrDecides reports whether requests for exports concern the caller: who may
// export core data of their own agency once it is approved, and who approves.
func (s *pages) asksOrDecides(ctx context.Context) bool {
	c := door.From(ctx)
	if !c.Known() {
		return false
	}
	what := policy.What{Kind: policy.KindDataset, Owner: c.Who.Org, Access: policy.AccessRestricted, Class: "core", Approvals: approval.Needed}
	if s.Door.Can(ctx, policy.Export, what) {
		return true
	}
	d := s.Door.Asks(ctx, policy.Approve, what)
	return d.Allowed || d.NeedsStrong
}

func (s *pages) exportList(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	all, err := s.Exports.ExportRequests(ctx, shownExports)
	if err != nil {
		return err
	}
	var waiting, own, others []*api.AskedExport
	for _, v := range all {
		switch {
		case v.Approve:
			waiting = append(waiting, v)
		case v.Own:
			own = append(own, v)
		default:
			others = append(others, v)
		}
	}
	v := screenView{Place: exportsPlace, Title: l.T("exports.title"), Lead: l.T("exports.lead", approval.Needed)}
	add := func(id, title, empty string, list []*api.AskedExport) {
		v.Sections = append(v.Sections, sectionView{ID: id, Title: title, Table: s.exportTable(ctx, title, empty, list)})
	}
	if len(waiting) > 0 {
		add("waiting", l.T("exports.to-decide"), "", waiting)
	}
	add("own", l.T("exports.own"), l.T("exports.own.none"), own)
	if len(others) > 0 {
		add("others", l.T("exports.others"), "", others)
	}
	return s.show(w, r, v)
}

func (s *pages) exportTable(ctx context.Context, caption, empty string, list []*api.AskedExport) *tableView {
	l := locale.From(ctx)
	t := &tableView{Caption: caption, Empty: empty, Head: []string{l.T("exports.dataset"), l.T("exports.by"), l.T("exports.purpose"), l.T("exports.records"), l.T("exports.until"), l.T("exports.state")}}
	for _, v := range list {
		t.Rows = append(t.Rows, []cellView{
			{Text: v.Title, Link: exportsPath + "/" + url.PathEscape(v.Ask.ID), Vi: true, Under: v.Ask.Dataset},
			{Text: v.By.Name, Vi: true, Under: s.orgNameOf(ctx, v.By.Org)},
			{Text: s.purposeName(l, v.Ask.Purpose.Code), Under: v.Ask.Purpose.Text},
			{Text: l.T("exports.count", v.Ask.Records)}, {Text: l.Time(v.Until)}, {Bands: exportBands(l, v)},
		})
	}
	return t
}

// exportBands say how far a request has come.
func exportBands(l locale.Lang, v *api.AskedExport) []bandView {
	kind := map[approval.State]string{approval.Waiting: "watch", approval.Approved: "good", approval.Refused: "poor", approval.Void: "poor"}[v.Now]
	if kind == "" {
		kind = "none"
	}
	text := exportState(l, v.Now)
	if v.Now == approval.Waiting {
		text = l.T("exports.state.waiting-of", v.Approvals(), approval.Needed)
	}
	return []bandView{{kind, text}}
}

func exportState(l locale.Lang, state approval.State) string {
	switch state {
	case approval.Waiting:
		return l.T("exports.state.waiting")
	case approval.Approved:
		return l.T("exports.state.approved")
	case approval.Refused:
		return l.T("exports.state.refused")
	case approval.Withdrawn:
		return l.T("exports.state.withdrawn")
	case approval.Void:
		return l.T("exports.state.void")
	case approval.Used:
		return l.T("exports.state.used")
	}
	return l.T("exports.state.expired")
}

func (s *pages) purposeName(l locale.Lang, code string) string {
	for _, p := range s.Policies.Purposes() {
		if p.Code == code {
			return l.Of(p.Vi, p.En)
		}
	}
	return code
}

// orgNameOf is the name of an agency, "" for none.
func (s *pages) orgNameOf(ctx context.Context, id string) string {
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil || id == "" {
		return id
	}
	return snap.Name(id)
}

func (s *pages) exportPage(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Exports.ExportRequest(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, s.exportView(r.Context(), v))
}

func (s *pages) exportView(ctx context.Context, v *api.AskedExport) screenView {
	l := locale.From(ctx)
	page := screenView{
		Place: exportsPlace, Crumbs: []linkView{{Text: l.T("exports.title"), Path: exportsPath}}, Title: v.Title, Vi: true,
		Lead: l.T("exports.one.lead", v.By.Name, l.Time(v.MadeAt)), Bands: exportBands(l, v),
	}
	page.Sections = []sectionView{exportForms(ctx, v), s.exportFacts(ctx, v), exportFields(l, v), s.exportDecisions(ctx, v)}
	if v.Approve || v.Refuse { // below all that is to be read first
		page.Sections = append(page.Sections, decisionForms(ctx, v))
	}
	return page
}

// exportForm is a form of a request; it names the digest that its page shows.
func exportForm(ctx context.Context, v *api.AskedExport, what, submit string, fields ...fieldView) formView {
	return formView{ID: what, Path: exportsPath + "/" + url.PathEscape(v.Ask.ID) + "/" + what, Token: token(ctx), Submit: submit, Fields: fields, Hidden: []hiddenView{{"digest", v.Digest}}}
}

// exportForms say what comes next, and are what who asked may do.
func exportForms(ctx context.Context, v *api.AskedExport) sectionView {
	l := locale.From(ctx)
	c := sectionView{ID: "next", Title: l.T("exports.next"), Lead: exportNext(l, v)}
	if v.Fetch {
		c.Forms = append(c.Forms, exportForm(ctx, v, "file", l.T("exports.fetch", strings.ToUpper(v.Ask.Format))))
	}
	if v.Withdraw {
		f := exportForm(ctx, v, "withdraw", l.T("exports.withdraw"))
		f.Title, f.Folded, f.Danger, f.Hint = l.T("exports.withdraw"), true, true, l.T("exports.withdraw.hint")
		c.Forms = append(c.Forms, f)
	}
	return c
}

// decisionForms approve and refuse.
func decisionForms(ctx context.Context, v *api.AskedExport) sectionView {
	l := locale.From(ctx)
	c := sectionView{ID: "decide", Title: l.T("exports.decide")}
	if v.Approve {
		c.Forms = append(c.Forms, exportForm(ctx, v, "approve", l.T("exports.approve"), fieldView{Name: "why", Label: l.T("exports.note"), Wide: true},
			fieldView{Name: "sure", Label: l.T("exports.sure"), Kind: "checks", Picks: []pickView{{Value: "yes", Text: l.T("exports.sure.read")}}}))
	}
	if v.Refuse {
		f := exportForm(ctx, v, "refuse", l.T("exports.refuse"), fieldView{Name: "why", Label: l.T("exports.why"), Required: true, Wide: true})
		f.Title, f.Folded, f.Danger = l.T("exports.refuse"), true, true
		c.Forms = append(c.Forms, f)
	}
	return c
}

// exportNext says what comes next, and whose turn it is.
func exportNext(l locale.Lang, v *api.AskedExport) string {
	switch {
	case v.Now == approval.Refused || v.Now == approval.Void && v.Why != "":
		return l.T("exports.next.ended", exportState(l, v.Now), v.Why)
	case v.Now == approval.Void:
		return l.T("approval.ended.void")
	case v.Now.Final():
		return exportState(l, v.Now)
	case v.Now == approval.Approved && v.Own:
		return l.T("exports.next.fetch", v.Left(), l.Time(v.Until))
	case v.Now == approval.Approved:
		return l.T("exports.next.approved", v.By.Name)
	case v.Own:
		return l.T("exports.next.wait", v.Approvals(), approval.Needed)
	case v.Approve:
		return l.T("exports.next.decide", v.Approvals(), approval.Needed)
	}
	return l.T("exports.next.others", v.Approvals(), approval.Needed)
}

// exportFacts are all that is asked for: what approvers approve.
func (s *pages) exportFacts(ctx context.Context, v *api.AskedExport) sectionView {
	l, a := locale.From(ctx), v.Ask
	rows := []string{l.T("exports.rows.all")}
	if !a.Scope.All {
		rows = nil
		for _, unit := range a.Scope.Units {
			rows = append(rows, l.T("exports.rows.unit", unit))
		}
		for _, org := range a.Scope.Orgs {
			rows = append(rows, l.T("exports.rows.org", s.orgNameOf(ctx, org)))
		}
	}
	for _, e := range a.Where {
		rows = append(rows, l.T("exports.rows.where", fieldTitle(v, e.Field), e.Value))
	}
	headings := l.T("exports.headings.titles")
	if a.Names {
		headings = l.T("exports.headings.names")
	}
	return sectionView{ID: "asked", Title: l.T("exports.asked"), Lead: l.T("exports.asked.lead"), Facts: []factView{
		{Name: l.T("exports.dataset"), Value: v.Title, Link: "/datasets/" + url.PathEscape(a.Dataset), Vi: true},
		{Name: l.T("exports.class"), Value: classOf(l, a.Class.Class)},
		{Name: l.T("exports.by"), Value: strings.TrimSuffix(v.By.Name+", "+s.orgNameOf(ctx, v.By.Org), ", "), Vi: true},
		{Name: l.T("exports.purpose"), Value: s.purposeName(l, a.Purpose.Code)},
		{Name: l.T("exports.task"), Value: a.Purpose.Text, Vi: true},
		{Name: l.T("exports.basis"), Value: a.Purpose.Basis, Vi: true},
		{Name: l.T("exports.rows"), Lines: rows},
		{Name: l.T("exports.records"), Value: l.T("exports.records.at", a.Records, a.State)},
		{Name: l.T("exports.format"), Value: export.Kind(a.Format).Name() + ", " + headings},
		{Name: l.T("exports.until"), Value: l.Time(v.Until)},
		{Name: l.T("exports.fetches"), Value: l.T("exports.fetches.of", len(v.Fetched), a.Fetches)},
		{Name: l.T("exports.digest"), Value: v.Digest, Code: true},
	}}
}

func classOf(l locale.Lang, class string) string {
	switch class {
	case "core":
		return l.T("page.class.core")
	case "important":
		return l.T("page.class.important")
	}
	return classWords(l, class)
}

func fieldTitle(v *api.AskedExport, name string) string {
	if v.Obj != nil {
		if i := v.Obj.Column(name); i >= 0 {
			return v.Obj.Columns[i].Title
		}
	}
	return name
}

func exportFields(l locale.Lang, v *api.AskedExport) sectionView {
	title := l.T("exports.fields", len(v.Ask.Fields))
	t := &tableView{Caption: title, Head: []string{l.T("exports.field"), l.T("exports.field.name"), l.T("exports.field.personal"), l.T("exports.field.seen")}}
	for _, f := range v.Fields() {
		seen := bandView{"none", l.T("exports.seen.clear")}
		switch {
		case f.Mask != "":
			seen = bandView{"good", sightCell(l, policy.Sight{Mask: policy.Mask(f.Mask)}).Text}
		case f.Personal == "basic" || f.Personal == "sensitive":
			seen = bandView{"watch", l.T("exports.seen.clear")}
		}
		t.Rows = append(t.Rows, []cellView{{Text: f.Title, Vi: true}, {Text: f.Name, Code: true}, {Text: tellsWords(l, f.Personal)}, {Bands: []bandView{seen}}})
	}
	return sectionView{ID: "fields", Title: title, Table: t}
}

func tellsWords(l locale.Lang, level string) string {
	switch level {
	case "basic":
		return l.T("exports.personal.basic")
	case "sensitive":
		return l.T("exports.personal.sensitive")
	}
	return l.T("exports.personal.none")
}

func (s *pages) exportDecisions(ctx context.Context, v *api.AskedExport) sectionView {
	l := locale.From(ctx)
	title := l.T("exports.decisions")
	t := &tableView{Caption: title, Empty: l.T("exports.decisions.none"), Head: []string{l.T("exports.decided-by"), l.T("exports.decision"), l.T("exports.note"), l.T("exports.when")}}
	for _, d := range v.Decisions {
		mark := bandView{"good", l.T("exports.decision.approve")}
		if !d.Approve {
			mark = bandView{"poor", l.T("exports.decision.refuse")}
		}
		t.Rows = append(t.Rows, []cellView{{Text: d.By.Name, Vi: true, Under: s.orgNameOf(ctx, d.By.Org)}, {Bands: []bandView{mark}}, {Text: d.Why, Vi: true}, {Text: l.Time(d.At)}})
	}
	for i, at := range v.Fetched {
		t.Rows = append(t.Rows, []cellView{{Text: v.By.Name, Vi: true, Under: s.orgNameOf(ctx, v.By.Org)}, {Bands: []bandView{{"none", l.T("exports.decision.fetched")}}}, {Text: l.T("exports.fetches.of", i+1, v.Ask.Fetches)}, {Text: l.Time(at)}})
	}
	return sectionView{ID: "decisions", Title: title, Table: t}
}

// newExportPage asks what is to be exported of a data set.
func (s *pages) newExportPage(w http.ResponseWriter, r *http.Request) error {
	v, err := s.newExport(r.Context(), r.URL.Query())
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) newExport(ctx context.Context, f url.Values) (screenView, error) {
	l := locale.From(ctx)
	con, obj, err := s.Door.Find(ctx, policy.Export, s.Contracts, f.Get("dataset"))
	if err != nil {
		return screenView{}, err
	}
	if obj == nil {
		obj = con.Objects[0]
	}
	s.Door.Sift(ctx, policy.Export)
	if !s.Exports.NeedsApprovals(ctx, con, obj) {
		if _, err := s.Door.May(ctx, policy.Export, door.WhatApproved(con, obj, approval.Needed)); err != nil {
			return screenView{}, err
		}
		return screenView{}, fault.New(fault.Conflict, "approval.not-needed", obj.Title)
	}
	form := formView{ID: "ask", Path: exportsPath + "/new", Token: token(ctx), Submit: l.T("exports.ask"), Hidden: []hiddenView{{"dataset", obj.Dataset}}}
	form.Fields = append(form.Fields,
		fieldView{Name: "purpose", Label: l.T("exports.purpose"), Kind: "select", Required: true, Picks: s.purposePicks(l, f.Get("purpose"), l.T("exports.choose"))},
		fieldView{Name: "task", Label: l.T("exports.task"), Value: f.Get("task"), Kind: "area", Required: true, Hint: l.T("exports.task.hint")},
		fieldView{Name: "basis", Label: l.T("exports.basis"), Value: f.Get("basis"), Wide: true, Hint: l.T("exports.basis.hint")},
		fieldView{Name: "field", Label: l.T("exports.fields.choose"), Kind: "checks", Picks: fieldPicks(l, obj, f["field"])})
	form.Fields = append(form.Fields, whereFields(l, obj, f)...)
	form.Fields = append(form.Fields,
		fieldView{Name: "format", Label: l.T("exports.format"), Kind: "select", Picks: kindPicks(obj, f.Get("format"))},
		fieldView{Name: "until", Label: l.T("exports.until"), Value: f.Get("until"), Kind: "day", Hint: l.T("exports.until.hint", approval.MostDays)},
		fieldView{Name: "fetches", Label: l.T("exports.fetches"), Value: f.Get("fetches"), Kind: "number", Hint: l.T("exports.fetches.hint", approval.MostFetches)})
	return screenView{
		Place: exportsPlace, Crumbs: []linkView{{Text: l.T("exports.title"), Path: exportsPath}}, Title: l.T("exports.new"), Lead: l.T("exports.new.lead", obj.Title, approval.Needed),
		Sections: []sectionView{{ID: "new", Forms: []formView{form}}},
	}, nil
}

// kindPicks are the kinds of files that can hold the table.
func kindPicks(obj *contract.Object, chosen string) (all []pickView) {
	for _, k := range export.KindsOf(obj) {
		all = append(all, pickView{string(k), k.Name(), chosen == string(k), false})
	}
	return all
}

func fieldPicks(l locale.Lang, obj *contract.Object, chosen []string) (all []pickView) {
	for i := range obj.Columns {
		c := &obj.Columns[i]
		p := pickView{Value: c.Name, Text: c.Title, Chosen: !c.Personal.Is() && len(chosen) == 0}
		for _, name := range chosen {
			p.Chosen = p.Chosen || name == c.Name
		}
		if c.Personal.Is() {
			p.Text += " (" + tellsWords(l, string(c.Personal.Class)) + ")"
		}
		all = append(all, p)
	}
	return all
}

// whereFields are conditions by fields that tell of no person.
func whereFields(l locale.Lang, obj *contract.Object, f url.Values) (all []fieldView) {
	for n := 1; n <= exportWheres; n++ {
		name := "where-" + strconv.Itoa(n)
		picks := []pickView{{Value: "", Text: l.T("exports.where.none")}}
		for i := range obj.Columns {
			if c := &obj.Columns[i]; !c.Personal.Is() {
				picks = append(picks, pickView{Value: c.Name, Text: c.Title, Chosen: f.Get(name) == c.Name})
			}
		}
		all = append(all, fieldView{Name: name, Label: l.T("exports.where", n), Kind: "select", Picks: picks},
			fieldView{Name: name + "-is", Label: l.T("exports.where.is", n), Value: f.Get(name + "-is")})
	}
	return all
}

func (s *pages) askExport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return s.act(w, r, func() (screenView, error) { return s.newExport(ctx, r.PostForm) }, func(f url.Values) (string, error) {
		s.Door.Sift(ctx, policy.Export)
		wish := api.ExportWish{Dataset: f.Get("dataset"), Fields: f["field"], Format: f.Get("format"), Purpose: f.Get("purpose"), Task: f.Get("task"), Basis: f.Get("basis")}
		if len(wish.Fields) == 0 {
			return "", fault.New(fault.Invalid, "approval.no-fields")
		}
		for n := 1; n <= exportWheres; n++ {
			name := "where-" + strconv.Itoa(n)
			if field := f.Get(name); field != "" {
				wish.Where = append(wish.Where, api.ExportEqual{Field: field, Value: strings.TrimSpace(f.Get(name + "-is"))})
			}
		}
		var err error
		if wish.Until, err = orgdesk.ReadISO(f.Get("until")); err != nil {
			return "", err
		}
		if text := strings.TrimSpace(f.Get("fetches")); text != "" {
			if wish.Fetches, err = strconv.Atoi(text); err != nil || wish.Fetches < 1 {
				return "", fault.New(fault.Invalid, "approval.fetches", approval.MostFetches)
			}
		}
		v, err := s.Exports.AskExport(ctx, wish)
		if err != nil {
			return "", err
		}
		return exportsPath + "/" + url.PathEscape(v.Ask.ID) + "?done=asked", nil
	})
}

// onExport does something to a request from its page.
func (s *pages) onExport(w http.ResponseWriter, r *http.Request, done string, do func(ctx context.Context, id string, f url.Values) error) error {
	ctx, id := r.Context(), r.PathValue("id")
	again := func() (screenView, error) {
		v, err := s.Exports.ExportRequest(ctx, id)
		if err != nil {
			return screenView{}, err
		}
		return s.exportView(ctx, v), nil
	}
	return s.act(w, r, again, func(f url.Values) (string, error) {
		return exportsPath + "/" + url.PathEscape(id) + "?done=" + done, do(ctx, id, f)
	})
}

func (s *pages) decideExport(approve bool) func(http.ResponseWriter, *http.Request) error {
	done := map[bool]string{true: "approved", false: "refused"}[approve]
	return func(w http.ResponseWriter, r *http.Request) error {
		s.Door.Sift(r.Context(), policy.Approve)
		return s.onExport(w, r, done, func(ctx context.Context, id string, f url.Values) error {
			if approve && f.Get("sure") != "yes" {
				return fault.New(fault.Invalid, "exports.unsure")
			}
			_, err := s.Exports.DecideExport(ctx, id, f.Get("digest"), approve, f.Get("why"))
			return err
		})
	}
}

func (s *pages) withdrawExport(w http.ResponseWriter, r *http.Request) error {
	return s.onExport(w, r, "withdrawn", func(ctx context.Context, id string, _ url.Values) error {
		_, err := s.Exports.WithdrawExport(ctx, id)
		return err
	})
}

// fetchExport gives the file of an approved request.
func (s *pages) fetchExport(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	if _, err := s.Form(w, r, mostForm); err != nil {
		return err
	}
	file, err := s.Exports.FetchExport(ctx, id)
	if err != nil {
		return s.refuse(w, r, err, func() (screenView, error) {
			v, err := s.Exports.ExportRequest(ctx, id)
			if err != nil {
				return screenView{}, err
			}
			return s.exportView(ctx, v), nil
		})
	}
	out := &sending{w: w, file: file}
	err = file.Write(out, func() bool { return out.begun }, func() { guard.Extend(w, 2*time.Minute) })
	if err != nil && out.begun { // the head is out: the answer can only be broken off
		s.Log.ErrorContext(ctx, "file broken off", "request", id, "err", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// sending writes a file as an answer; its head goes out with the first byte.
type sending struct {
	w     http.ResponseWriter
	file  *api.ExportFile
	begun bool
}

var _ io.Writer = (*sending)(nil)

// Write implements io.Writer.
func (o *sending) Write(b []byte) (int, error) {
	if !o.begun {
		o.begun = true
		h := o.w.Header()
		maps.Copy(h, o.file.Head)
		h.Set("Content-Type", o.file.MediaType)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": o.file.Name}))
		h.Set("Cache-Control", "no-store")
	}
	guard.Extend(o.w, time.Minute)
	return o.w.Write(b)
}
