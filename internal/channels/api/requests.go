package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/export"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/approval"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// An ExportWish is what somebody asks to export.
type ExportWish struct {
	Dataset   string        `json:"dataset" minLength:"1" maxLength:"200" doc:"Address of the object"`
	Fields    []string      `json:"fields,omitempty" nullable:"false" maxItems:"2000" doc:"All when absent"`
	Where     []ExportEqual `json:"where,omitempty" nullable:"false" maxItems:"50" doc:"All must hold. Not by personal fields"`
	Format    string        `json:"format,omitempty" enum:"csv,xlsx,geojson,parquet,arrow" default:"csv"`
	Names     bool          `json:"names,omitempty" doc:"Headings are the contract's names instead of the titles"`
	Separator string        `json:"separator,omitempty" enum:"comma,semicolon,tab" default:"comma"`
	Plain     bool          `json:"plain,omitempty" doc:"CSV for programs"`
	Purpose   string        `json:"purpose" maxLength:"100" doc:"Code of a purpose in force"`
	Task      string        `json:"task" maxLength:"2000" doc:"What the data is for, for those who approve"`
	Basis     string        `json:"basis,omitempty" maxLength:"2000" doc:"Legal basis; that of the purpose when absent"`
	Until     string        `json:"until,omitempty" maxLength:"40" doc:"Time (RFC 3339) or day after which nothing can be fetched; in 7 days when absent, in 30 at most"`
	Fetches   int           `json:"fetches,omitempty" minimum:"1" maximum:"10" default:"3" doc:"How often it may be fetched"`
}

// An ExportEqual keeps the records whose field has a value.
type ExportEqual struct {
	Field string `json:"field" minLength:"1" maxLength:"200"`
	Value string `json:"value" maxLength:"1000"`
}

// An AskedExport is a request as one of its readers sees it.
type AskedExport struct {
	*approval.Request
	Title string // of the data set
	Con   *contract.Contract
	Obj   *contract.Object // nil when the data set is gone
	Now   approval.State
	Own   bool // the reader made it

	Approve, Refuse, Withdraw, Fetch bool // the reader may
}

// usual for requests that do not say.
const (
	usualDays    = 7
	usualFetches = 3
)

// AskExport keeps a request for an export that needs approvals.
func (s *Server) AskExport(ctx context.Context, w ExportWish) (*AskedExport, error) {
	con, obj, err := s.object(ctx, policy.Export, w.Dataset)
	if err != nil {
		return nil, err
	}
	purpose, err := s.purposeOf(w)
	if err != nil {
		return nil, err
	}
	door.For(ctx, purpose)
	what := door.WhatApproved(con, obj, approval.Needed)
	decision := s.Door.AsksFor(ctx, policy.Export, what, purpose)
	if !decision.Allowed {
		_, err := s.Door.May(ctx, policy.Export, what) // says why and writes it down
		return nil, cmp.Or(err, error(fault.New(fault.Denied, "door.denied")))
	}
	s.Door.Sift(ctx, policy.Export)
	if s.Door.AsksFor(ctx, policy.Export, con.What(obj), purpose).Allowed {
		return nil, fault.New(fault.Conflict, "approval.not-needed", obj.Title)
	}
	ask, until, err := s.wished(ctx, obj, w)
	if err != nil {
		return nil, err
	}
	ask.Purpose = purpose
	if err := s.measure(ctx, con, obj, decision, &ask); err != nil {
		return nil, err
	}
	r, err := s.Requests.Ask(ctx, door.Actor(ctx), ask, until)
	if err != nil {
		return nil, err
	}
	if err := s.Door.Done(ctx, policy.Export, what, nil, requestDetail(r, "ask")); err != nil {
		return nil, err
	}
	return s.asked(ctx, r, con, obj), nil
}

// requestDetail is what the log keeps of a step of a request: no value of the
// filter, which the digest stands for.
func requestDetail(r *approval.Request, change string) map[string]string {
	return map[string]string{"change": "export-" + change, "request": r.Ask.ID, "digest": r.Digest, "proposer": r.Ask.By}
}

// wished reads a wish as far as it needs no look at the data.
func (s *Server) wished(ctx context.Context, obj *contract.Object, w ExportWish) (a approval.Ask, until time.Time, err error) {
	a = approval.Ask{Dataset: obj.Dataset, Format: w.Format, Names: w.Names, Mark: w.Separator, Plain: w.Plain, Lang: string(locale.From(ctx)), Fetches: w.Fetches, Where: []approval.Equal{}}
	if a.Format == "" {
		a.Format = "csv"
	}
	if a.Mark == "" {
		a.Mark = "comma"
	}
	if a.Fetches == 0 {
		a.Fetches = usualFetches
	}
	if a.Fields, err = chosen(obj, strings.Join(w.Fields, ",")); err != nil {
		return a, until, err
	}
	if err = export.Kind(a.Format).Check(obj, a.Fields); err != nil {
		return a, until, err
	}
	for _, e := range w.Where {
		i := obj.Column(e.Field)
		if i < 0 {
			return a, until, fault.New(fault.Invalid, "column.unknown", e.Field, obj.Dataset)
		}
		// What is written down of a request tells of no person.
		if obj.Columns[i].Personal.Is() {
			return a, until, fault.New(fault.Invalid, "approval.personal-filter", obj.Columns[i].Title)
		}
		value, err := canonical(&obj.Columns[i], e.Value)
		if err != nil {
			return a, until, fault.New(fault.Invalid, "api.filter-value", e.Field, e.Value)
		}
		a.Where = append(a.Where, approval.Equal{Field: e.Field, Value: value})
	}
	slices.SortStableFunc(a.Where, func(x, y approval.Equal) int { return strings.Compare(x.Field, y.Field) })
	until = s.Requests.Now().AddDate(0, 0, usualDays)
	if w.Until != "" {
		if until, err = moment(w.Until, true); err != nil {
			return a, until, fault.New(fault.Invalid, "approval.until", approval.MostDays)
		}
	}
	return a, until, nil
}

// purposeOf is the purpose of a wish: one that is in force.
func (s *Server) purposeOf(w ExportWish) (policy.Purpose, error) {
	p := policy.Purpose{Text: strings.TrimSpace(w.Task), Basis: strings.TrimSpace(w.Basis)}
	for _, one := range s.Purposes() {
		if one.Code == w.Purpose && w.Purpose != "" {
			p.Code = one.Code
			if p.Basis == "" {
				p.Basis = one.Basis
			}
			return p, nil
		}
	}
	return p, fault.New(fault.Invalid, "approval.no-purpose")
}

// measure fills in what approvers are told of the data: which rows and columns
// the requester would get, how many records, of which state.
func (s *Server) measure(ctx context.Context, con *contract.Contract, obj *contract.Object, decision policy.Decision, a *approval.Ask) error {
	view, err := record.NewView(obj, decision, s.Door.Secrets)
	if err != nil {
		return err
	}
	if a.State, _, err = s.Records.Head(ctx, con.ID); err != nil {
		return err
	}
	if a.State > 0 {
		if _, err := s.Mirror.CatchUp(ctx, obj, a.State); err != nil {
			return err
		}
		if a.Records, _, err = s.Mirror.Through(view).Count(ctx, mirror.ScanOptions{AsOf: a.State, Where: among(obj, equalOf(a), nil)}); err != nil {
			return err
		}
	}
	if a.Records == 0 {
		return fault.New(fault.Conflict, "approval.no-records", obj.Title)
	}
	a.Scope, a.Class, a.Masked = decision.Rows, classOf(con, obj, a), map[string]string{}
	for _, name := range a.Fields {
		if m := decision.Columns[name].Mask; m != policy.Clear {
			a.Masked[name] = string(m)
		}
	}
	return nil
}

func equalOf(a *approval.Ask) (all []equality) {
	for _, e := range a.Where {
		all = append(all, equality{e.Field, e.Value})
	}
	return all
}

// classOf is how a data set is classified, as far as an export is concerned.
func classOf(con *contract.Contract, obj *contract.Object, a *approval.Ask) approval.Class {
	c := approval.Class{Class: con.Class, Access: con.Access, Fields: map[string]string{}}
	add := func(name string) {
		if i := obj.Column(name); i >= 0 {
			c.Fields[name] = string(obj.Columns[i].Personal.Class)
		}
	}
	for _, name := range a.Fields {
		add(name)
	}
	for _, e := range a.Where {
		add(e.Field)
	}
	return c
}

// asked is a request as the caller sees it.
func (s *Server) asked(ctx context.Context, r *approval.Request, con *contract.Contract, obj *contract.Object) *AskedExport {
	me := door.Actor(ctx)
	v := &AskedExport{Request: r, Title: r.Ask.Dataset, Con: con, Obj: obj, Now: r.State(s.Requests.Now()), Own: r.Ask.By == me.Kind+":"+me.ID}
	if obj == nil {
		return v
	}
	v.Title = obj.Title
	if !v.Now.Final() && classOf(con, obj, &r.Ask).Above(r.Ask.Class) {
		v.Now = approval.Void
	}
	if v.Now.Final() {
		return v
	}
	v.Withdraw, v.Fetch = v.Own, v.Own && v.Now == approval.Approved
	v.Refuse = !v.Own && s.decides(ctx, con, obj, r.Ask.By, nil)
	v.Approve = v.Refuse && v.Now == approval.Waiting && s.decides(ctx, con, obj, r.Ask.By, r.Approvers())
	return v
}

// decides reports whether the caller decides on requests for a data set, once a
// second factor is shown.
func (s *Server) decides(ctx context.Context, con *contract.Contract, obj *contract.Object, proposer string, approvers []string) bool {
	d := s.Door.Asks(ctx, policy.Approve, door.WhatRequest(con, obj, proposer, approvers))
	return d.Allowed || d.NeedsStrong
}

// seesRequest reports whether the caller may know of a request: who made it, who
// decides on such, and who reads the log.
func (s *Server) seesRequest(ctx context.Context, v *AskedExport) bool {
	return v.Own || s.Door.Can(ctx, policy.ReadAudit, policy.What{Kind: policy.KindAudit}) ||
		v.Obj != nil && s.decides(ctx, v.Con, v.Obj, "", nil)
}

// found is a request with the data set it is about.
func (s *Server) found(ctx context.Context, id string) (*AskedExport, error) {
	r, err := s.Requests.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	v, err := s.withSet(ctx, r)
	if err == nil && !s.seesRequest(ctx, v) {
		err = fault.New(fault.NotFound, "approval.unknown", id)
	}
	return v, err
}

func (s *Server) withSet(ctx context.Context, r *approval.Request) (*AskedExport, error) {
	con, obj, err := s.written(ctx, r.Ask.Dataset)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	return s.asked(ctx, r, con, obj), nil
}

// ExportRequest gives one request to somebody who may know of it.
func (s *Server) ExportRequest(ctx context.Context, id string) (*AskedExport, error) {
	s.Door.Sift(ctx, policy.Describe)
	return s.found(ctx, id)
}

// mostLooked bounds how many requests are looked through for a list.
const mostLooked = 2000

// ExportRequests lists the newest requests that the caller may know of.
func (s *Server) ExportRequests(ctx context.Context, limit int) (list []*AskedExport, err error) {
	s.Door.Sift(ctx, policy.Describe)
	before := ""
	for looked := 0; looked < mostLooked; {
		part, err := s.Requests.List(ctx, before, 200)
		if err != nil || len(part) == 0 {
			return list, err
		}
		for _, r := range part {
			v, err := s.withSet(ctx, r)
			if err != nil {
				return nil, err
			}
			if s.seesRequest(ctx, v) {
				list = append(list, v)
			}
			if len(list) == limit {
				return list, nil
			}
		}
		looked, before = looked+len(part), part[len(part)-1].Ask.ID
	}
	return list, nil
}

// NeedsApprovals reports whether the caller may export an object once others have
// approved it, and not before.
func (s *Server) NeedsApprovals(ctx context.Context, con *contract.Contract, obj *contract.Object) bool {
	if s.Requests == nil {
		return false
	}
	var purpose policy.Purpose
	if all := s.Purposes(); len(all) > 0 { // with a purpose more may be allowed
		purpose = policy.Purpose{Code: all[0].Code}
	}
	return s.Door.AsksFor(ctx, policy.Export, door.WhatApproved(con, obj, approval.Needed), purpose).Allowed &&
		!s.Door.AsksFor(ctx, policy.Export, con.What(obj), purpose).Allowed
}

// DecideExport approves or refuses a request whose digest the caller was shown.
func (s *Server) DecideExport(ctx context.Context, id, digest string, approve bool, why string) (*AskedExport, error) {
	v, err := s.found(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.unchanged(ctx, policy.Approve, v); err != nil {
		return nil, err
	}
	change, approvers := "approve", v.Approvers()
	if !approve { // who has approved may think better of it
		change, approvers = "refuse", nil
	}
	what := door.WhatRequest(v.Con, v.Obj, v.Ask.By, approvers)
	if _, err := s.Door.May(ctx, policy.Approve, what); err != nil {
		return nil, err
	}
	r, err := s.Requests.Decide(ctx, door.Actor(ctx), id, digest, approve, why)
	if e := s.Door.Done(ctx, policy.Approve, what, err, requestDetail(v.Request, change)); e != nil || err != nil {
		return nil, cmp.Or(err, e)
	}
	return s.asked(ctx, r, v.Con, v.Obj), nil
}

// WithdrawExport ends a request of the caller's own.
func (s *Server) WithdrawExport(ctx context.Context, id string) (*AskedExport, error) {
	s.Door.Sift(ctx, policy.Export) // who asked may always think better of it
	v, err := s.found(ctx, id)
	if err != nil {
		return nil, err
	}
	r, err := s.Requests.Withdraw(ctx, door.Actor(ctx), id)
	if e := s.Door.Done(ctx, policy.Export, policy.What{Kind: policy.KindDataset, ID: v.Ask.Dataset}, err, requestDetail(v.Request, "withdraw")); e != nil || err != nil {
		return nil, cmp.Or(err, e)
	}
	return s.asked(ctx, r, v.Con, v.Obj), nil
}

// unchanged refuses to go on with a request whose data set is gone or has been
// classified higher since. What was approved of less is not approved of more.
func (s *Server) unchanged(ctx context.Context, action policy.Action, v *AskedExport) error {
	if v.Obj == nil {
		return fault.New(fault.NotFound, "dataset.unknown", v.Ask.Dataset)
	}
	if !v.Request.State(s.Requests.Now()).Final() && classOf(v.Con, v.Obj, &v.Ask).Above(v.Ask.Class) {
		return s.void(ctx, action, v, locale.Vi.T("approval.void.class"))
	}
	return nil
}

// void ends a request that no longer says what would be exported.
func (s *Server) void(ctx context.Context, action policy.Action, v *AskedExport, why string) error {
	_, err := s.Requests.MakeVoid(ctx, v.Ask.ID, why)
	if err != nil && fault.Of(err) == nil {
		return err
	}
	gone := fault.New(fault.Conflict, "approval.ended.void")
	return errors.Join(gone, s.Door.Done(ctx, action, policy.What{Kind: policy.KindDataset, ID: v.Ask.Dataset}, gone, requestDetail(v.Request, "void")))
}

// An ExportFile is an approved export on its way.
type ExportFile struct {
	Name, MediaType string
	Head            http.Header // what else the answer says
	Write           func(w io.Writer, begun func() bool, alive func()) error
}

// FetchExport makes the file of an approved request, exactly as it was approved,
// for who made it. It counts as fetched unless not a byte of it goes out.
func (s *Server) FetchExport(ctx context.Context, id string) (*ExportFile, error) {
	v, err := s.found(ctx, id)
	if err != nil {
		return nil, err
	}
	if !v.Own {
		return nil, fault.New(fault.Denied, "approval.not-own")
	}
	if err := s.unchanged(ctx, policy.Export, v); err != nil {
		return nil, err
	}
	if err := v.Ready(s.Requests.Now()); err != nil {
		return nil, err
	}
	door.For(ctx, v.Ask.Purpose)
	view, err := s.Door.SeeApproved(ctx, v.Con, v.Obj, v.Approvals(), func(d policy.Decision) error {
		switch {
		case d.NeedsStrong && narrower(d, &v.Ask): // a fetch is not spent on empty columns
			return door.NotStrong()
		case wider(d, &v.Ask):
			return s.void(ctx, policy.Export, v, locale.Vi.T("approval.void.scope"))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r, n, err := s.Requests.Take(ctx, door.Actor(ctx), id)
	if err != nil {
		return nil, err
	}
	what := door.WhatApproved(v.Con, v.Obj, r.Approvals())
	if err := s.Door.Done(ctx, policy.Export, what, nil, requestDetail(r, "fetch")); err != nil {
		return nil, errors.Join(err, s.Requests.GiveBack(ctx, id, n))
	}
	kind := export.Kind(r.Ask.Format)
	file := &ExportFile{Name: v.Obj.Dataset + kind.Ending(), MediaType: kind.MediaType(), Head: sourceHead(export.SourceOf(v.Con, v.Obj, r.Ask.State))}
	file.Write = func(w io.Writer, begun func() bool, alive func()) error {
		err := s.writeApproved(ctx, w, alive, r, v, view)
		if err != nil && !begun() { // nothing was given
			ctx := context.WithoutCancel(ctx)
			err = errors.Join(err, s.Requests.GiveBack(ctx, id, n), s.Door.Done(ctx, policy.Export, what, err, requestDetail(r, "fetch")))
		}
		return err
	}
	return file, nil
}

// wider reports whether a decision shows more than what was approved: other rows,
// or a field less masked.
func wider(d policy.Decision, a *approval.Ask) bool {
	if !a.Scope.All && (d.Rows.All || !within(d.Rows.Units, a.Scope.Units) || !within(d.Rows.Orgs, a.Scope.Orgs)) {
		return true
	}
	for _, name := range a.Fields {
		was, now := policy.Mask(a.Masked[name]), d.Columns[name].Mask
		if now != was && was != policy.Clear && now != policy.Hidden {
			return true
		}
	}
	return false
}

// narrower reports whether a decision masks a field otherwise than was approved.
func narrower(d policy.Decision, a *approval.Ask) bool {
	return slices.ContainsFunc(a.Fields, func(name string) bool { return string(d.Columns[name].Mask) != a.Masked[name] })
}

func within(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// writeApproved writes the file of a request.
func (s *Server) writeApproved(ctx context.Context, w io.Writer, alive func(), r *approval.Request, v *AskedExport, view *record.View) error {
	fields, err := chosen(v.Obj, strings.Join(r.Ask.Fields, ","))
	if err != nil {
		return err
	}
	q := &recordQuery{s: s, con: v.Con, obj: v.Obj, view: view, fields: fields, Narrowed: Narrowed{Where: among(v.Obj, equalOf(&r.Ask), nil)}}
	sheet := workbook.ExportOptions{Names: r.Ask.Names, Language: locale.Lang(r.Ask.Lang), Separator: separators[r.Ask.Mark], Plain: r.Ask.Plain}
	return q.file(ctx, export.Kind(r.Ask.Format), w, r.Ask.State, sheet, alive)
}
