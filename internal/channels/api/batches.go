package api

import (
	"errors"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Batch is what the API says of a batch at one moment. Its members are those
// of corridor.Status, and what a page needs besides.
type Batch struct {
	ID          string           `json:"batch"`
	Dataset     string           `json:"dataset" doc:"Address of the object"`
	State       corridor.State   `json:"state" enum:"received,staged,checked,applying,applied,mirrored,scored,held,failed,cancelled,interrupted,undone"`
	Stage       string           `json:"stage,omitempty" doc:"Step of the walk that is under way or was the last" enum:"received,staged,checked,applied,mirrored,scored"`
	Kind        string           `json:"kind" doc:"load, undo, rejudge, release"`
	Name        string           `json:"name" doc:"File name"`
	By          actor.Actor      `json:"by"`
	Received    time.Time        `json:"received"`
	Changed     time.Time        `json:"changed"`
	Place       int              `json:"place" doc:"n-th in the queue of its data set, 0 when it runs or is over"`
	Done        int64            `json:"done" doc:"Of the stage under way: bytes read, or rows written"`
	Total       int64            `json:"total" doc:"0 when not known"`
	Cancellable bool             `json:"cancellable" doc:"False from the commit point on; then it can be undone"`
	Message     string           `json:"message" doc:"What is happening, in the reader's language"`
	Report      *corridor.Report `json:"report,omitempty" doc:"Once the batch is durable or over"`
	Fault       *corridor.Fault  `json:"fault,omitempty" doc:"Why it failed"`
	Problem     *ProblemText     `json:"problem,omitempty" doc:"Why it failed, in the reader's language"`
	Also        []Batch          `json:"also,omitempty" nullable:"false" doc:"Of a file sent to a contract with several tables: the batches of its other sheets"`
}

// stages are the steps that pages draw; the transaction being written belongs
// to the step it ends in.
var stages = map[corridor.State]string{
	corridor.Received: "received", corridor.Staged: "staged", corridor.Checked: "checked",
	corridor.Applying: "applied", corridor.Applied: "applied", corridor.Mirrored: "mirrored", corridor.Scored: "scored",
}

// BatchOf words a status for a reader.
func BatchOf(l locale.Lang, s corridor.Status) Batch {
	b := Batch{
		ID: s.ID, Dataset: s.Dataset, State: s.State, Stage: stages[s.State], Kind: s.Kind, Name: s.Name, By: s.By,
		Received: s.Received, Changed: s.Changed, Place: s.Place, Done: s.Done, Total: s.Total, Cancellable: s.Cancellable,
		Message: Message(l, s), Fault: s.Fault,
	}
	if s.Report != nil {
		b.Report = filled(*s.Report)
	}
	if s.Fault != nil {
		b.Problem = &ProblemText{Title: l.T("api.title." + s.Fault.Kind), Detail: FaultText(l, s.Fault)}
		if !l.Has("api.title." + s.Fault.Kind) {
			b.Problem.Title = l.T("api.title.internal")
		}
	}
	return b
}

// filled is a report whose lists are lists, never null.
func filled(r corridor.Report) *corridor.Report {
	list(&r.Standardised)
	list(&r.Reasons)
	list(&r.Holds)
	list(&r.Notes)
	if r.Reading != nil {
		r.Reading = filledReading(r.Reading)
	}
	if r.Examples != nil {
		e := *r.Examples
		list(&e.Inserted)
		list(&e.Updated)
		list(&e.Withdrawn)
		list(&e.Quarantined)
		r.Examples = &e
	}
	return &r
}

// filledReading is a copy: the walk may still hold the other one.
func filledReading(r *corridor.Reading) *corridor.Reading {
	out := *r
	list(&out.Tables)
	list(&out.Header)
	list(&out.Places)
	list(&out.Unknown)
	list(&out.Missing)
	list(&out.Dropped)
	list(&out.Rescues)
	list(&out.Notes)
	return &out
}

// list makes nil an empty list.
func list[T any](s *[]T) {
	if *s == nil {
		*s = []T{}
	}
}

// FaultText is the sentence of a fault that was kept.
func FaultText(l locale.Lang, f *corridor.Fault) string {
	if !l.Has(f.Key) {
		return l.T("error.internal")
	}
	args := make([]any, len(f.Args))
	for i, a := range f.Args {
		args[i] = a
	}
	return l.T(f.Key, args...)
}

// Message says what is happening to a batch.
func Message(l locale.Lang, s corridor.Status) string {
	switch {
	case s.Fault != nil && s.State == corridor.Failed:
		return FaultText(l, s.Fault)
	case s.State == corridor.Received && s.Place > 0:
		return l.T("batch.message.queued", s.Place)
	case s.State == corridor.Held && s.Report != nil && len(s.Report.Holds) > 0:
		n := s.Report.Holds[0]
		return l.Of(n.Vi, n.En)
	}
	return l.T("batch.message." + string(s.State))
}

type batchAnswer struct {
	Status     int
	Location   string `header:"Location"`
	Preference string `header:"Preference-Applied"`
	Body       Batch
}

type batchNamed struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the batch"`
}

type sendInput struct {
	SentFile
	Preview bool   `query:"preview" doc:"Stop before the commit and show what the batch would do; a person then confirms it"`
	Confirm bool   `query:"confirm" doc:"A person has looked: do not hold"`
	Again   bool   `query:"again" doc:"Mode append: the same content a second time is meant"`
	Key     string `header:"Idempotency-Key" maxLength:"200" doc:"The same key is the same batch and answers with it"`
	Prefer  string `header:"Prefer" doc:"wait=10 waits up to ten seconds (60 at most) and answers with the report"`
}

func (s *Server) batchRoutes() {
	batch := jsonOf[Batch](s)
	register(s, door.Each(policy.Send, policy.KindDataset), huma.Operation{
		OperationID: "send-batch", Method: http.MethodPost, Path: Prefix + "/datasets/{id}/batches",
		Summary: "Gửi dữ liệu / Send data", Tags: []string{"batches"}, DefaultStatus: http.StatusAccepted,
		Description: "The body is the file as it is, of any kind and of any size up to the limit; it is read while it comes. 202: received and queued. With Prefer: wait, 201 when the batch is durable, 200 when it is over and nothing was committed or it waits for a person. A file for a contract with several tables is a batch for each table that one of its sheets fits.",
		RequestBody: fileBody(),
		Responses:   map[string]*huma.Response{"200": batch, "201": batch},
	}, s.sendBatch)
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "list-batches", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/batches",
		Summary: "Các đợt gửi dữ liệu / Batches of a data set", Tags: []string{"batches"},
	}, s.listBatches)
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "list-all-batches", Method: http.MethodGet, Path: Prefix + "/batches",
		Summary: "Mọi đợt gửi dữ liệu / Batches of all data sets", Tags: []string{"batches"},
	}, s.listAllBatches)
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "get-batch", Method: http.MethodGet, Path: Prefix + "/batches/{id}",
		Summary: "Một đợt gửi dữ liệu / One batch", Tags: []string{"batches"},
		Responses: withNotModified(map[string]*huma.Response{"200": batch}),
	}, s.getBatch)
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "watch-batch", Method: http.MethodGet, Path: Prefix + "/batches/{id}/events",
		Summary: "Theo dõi một đợt / Follow a batch", Tags: []string{"batches"},
		Description: "Server-sent events without name. Each is a whole Batch; the stream ends when the batch is over.",
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: &huma.Schema{Type: "string"}},
		}}},
	}, s.watchBatch)
	for _, a := range []struct {
		name, vi, en string
		action       policy.Action
	}{
		{"cancel", "Hủy một đợt", "Cancel a batch, until its commit point", policy.Cancel},
		{"confirm", "Xác nhận một đợt đang chờ", "Let a held batch go on, under its own id", policy.Confirm},
		{"undo", "Hoàn tác một đợt", "Restore what a batch replaced, as a new batch", policy.Undo},
	} {
		register(s, door.Each(a.action, policy.KindDataset), huma.Operation{
			OperationID: a.name + "-batch", Method: http.MethodPost, Path: Prefix + "/batches/{id}/" + a.name,
			Summary: a.vi + " / " + a.en, Tags: []string{"batches"}, DefaultStatus: http.StatusOK,
		}, func(ctx context.Context, in *batchNamed) (*batchAnswer, error) { return s.act(ctx, a.action, in.ID) })
	}
}

// A SentFile is a file with what is said about it.
type SentFile struct {
	Addressed
	ReadAs
	Mode  contract.Mode `query:"mode" enum:"merge,append,replace,slice" doc:"What the batch does to what is there; the contract's own mode when absent"`
	Name  string        `query:"name" maxLength:"255" doc:"File name, when Content-Disposition does not carry it"`
	Type  string        `header:"Content-Type" hidden:"true"`
	Dispo string        `header:"Content-Disposition" hidden:"true"`
}

// sent does what comes before a file is read: whether it may come at all, to
// whom it goes, whether the caller may send it there, and how it is to be read.
func (s *Server) sent(ctx context.Context, in *SentFile, find func(context.Context, policy.Action, string) (*contract.Contract, *contract.Object, error)) (con *contract.Contract, obj *contract.Object, request corridor.Request, err error) {
	ex := exchangeOf(ctx)
	if err = s.Limits.Upload(ex.r); err != nil {
		return nil, nil, request, err
	}
	if err = s.checkFile(ex, in.Type); err != nil {
		return nil, nil, request, err
	}
	if con, obj, err = find(ctx, policy.Send, in.ID); err != nil {
		return nil, nil, request, err
	}
	request = corridor.Request{
		Dataset: in.ID, Name: fileName(in.Dispo, in.Name), Body: guard.Patient(ex.w, ex.r, s.MaxUpload), Mode: in.Mode, Sender: in.Sender,
	}
	if request.Rows, err = s.Door.MaySend(ctx, con, obj, in.Mode); err != nil {
		return nil, nil, request, err
	}
	request.Recipe, err = in.recipe(ctx, s.Recipes, obj)
	return con, obj, request, err
}

func (s *Server) sendBatch(ctx context.Context, in *sendInput) (*batchAnswer, error) {
	_, obj, request, err := s.sent(ctx, &in.SentFile, s.lookup)
	if err != nil {
		return nil, err
	}
	request.Confirm, request.Again, request.IdempotencyKey, request.Preview = in.Confirm, in.Again, in.Key, in.Preview
	if obj != nil {
		st, err := s.Corridor.Receive(ctx, door.Actor(ctx), request)
		if err != nil {
			return nil, err
		}
		return s.answer(ctx, in.Prefer, st)
	}
	all, err := s.Corridor.ReceiveBook(ctx, door.Actor(ctx), request)
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, in.Prefer, all...)
}

// answer answers with a batch, and others beside it, once they are over or as
// soon as the reader would wait no longer.
func (s *Server) answer(ctx context.Context, prefer string, all ...corridor.Status) (*batchAnswer, error) {
	out := &batchAnswer{Status: http.StatusAccepted, Location: batchURL(all[0].ID)}
	if wait, ok := waitFor(prefer); ok {
		out.Preference = "wait=" + strconv.Itoa(int(wait.Seconds()))
		guard.Extend(exchangeOf(ctx).w, wait+30*time.Second)
		until := time.Now().Add(wait)
		for i, st := range all {
			var err error
			if all[i], err = s.await(ctx, st, time.Until(until)); err != nil {
				return nil, err
			}
		}
		out.Status = statusOf(all)
	}
	l := locale.From(ctx)
	for i := range all {
		var err error
		if all[i], err = s.shown(ctx, all[i]); err != nil {
			return nil, err
		}
	}
	out.Body = BatchOf(l, all[0])
	for _, st := range all[1:] {
		out.Body.Also = append(out.Body.Also, BatchOf(l, st))
	}
	return out, nil
}

// statusOf is 201 when all batches are durable, 200 when all are over, else 202.
func statusOf(all []corridor.Status) int {
	status := http.StatusCreated
	for _, st := range all {
		switch {
		case st.State.Acknowledged():
		case st.State.Final():
			status = min(status, http.StatusOK)
		default:
			return http.StatusAccepted
		}
	}
	return status
}

// checkMedia refuses bodies that cannot be a file: a form of a page is for the
// pages.
func checkMedia(contentType string) error {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if contentType != "" && err != nil {
		mediaType = contentType
	}
	switch mediaType {
	case "multipart/form-data", "application/x-www-form-urlencoded":
		return fault.New(fault.Invalid, "api.media-type", mediaType)
	}
	return nil
}

// fileName is the name for people: from the header, or as asked for.
func fileName(disposition, asked string) string {
	name := asked
	if _, params, err := mime.ParseMediaType(disposition); err == nil && params["filename"] != "" {
		name = params["filename"]
	}
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, name)
}

// longestWait is how long an answer may be kept back.
const longestWait = 60 * time.Second

// waitFor reads the preference wait=seconds (RFC 7240).
func waitFor(prefer string) (time.Duration, bool) {
	for part := range strings.SplitSeq(prefer, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "wait") {
			continue
		}
		n, err := strconv.Atoi(strings.Trim(strings.TrimSpace(value), `"`))
		if err == nil && n > 0 {
			return min(time.Duration(n)*time.Second, longestWait), true
		}
	}
	return 0, false
}

// await waits until a batch is over, or as long as the reader would wait.
func (s *Server) await(ctx context.Context, st corridor.Status, wait time.Duration) (corridor.Status, error) {
	limited, stop := context.WithTimeout(ctx, wait)
	defer stop()
	got, err := s.Corridor.Wait(limited, st.ID, func(s corridor.Status) bool { return s.State.Final() })
	switch {
	case err == nil:
		return got, nil
	case limited.Err() != nil && ctx.Err() == nil:
		return s.Corridor.Status(ctx, st.ID)
	}
	return st, err
}

type batchList struct {
	Body struct {
		Items []Batch `json:"items" nullable:"false"`
		Next  string  `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
	}
}

func (s *Server) listBatches(ctx context.Context, in *struct {
	Addressed
	Page
}) (*batchList, error) {
	con, obj, err := s.may(ctx, policy.Describe, in.ID)
	if err != nil {
		return nil, err
	}
	address := con.ID
	if obj != nil {
		address = obj.Dataset
	}
	return s.batches(ctx, address, in.Page)
}

func (s *Server) listAllBatches(ctx context.Context, in *struct{ Page }) (*batchList, error) {
	s.Door.Sift(ctx, policy.Describe)
	return s.batches(ctx, "", in.Page)
}

func (s *Server) batches(ctx context.Context, address string, p Page) (*batchList, error) {
	found, next, err := s.Corridor.Batches(ctx, address, p.After, p.Limit)
	if err != nil {
		return nil, err
	}
	out := &batchList{}
	out.Body.Next = next
	out.Body.Items = make([]Batch, 0, len(found))
	for _, st := range found {
		con, obj, err := s.written(ctx, st.Dataset)
		if err != nil {
			return nil, err
		}
		if !s.Door.Can(ctx, policy.Describe, door.WhatBatch(policy.Describe, con, obj, st)) {
			continue
		}
		b := BatchOf(locale.From(ctx), s.Door.Shown(ctx, con, obj, st))
		if b.Report != nil {
			b.Report.Examples = nil // rows of data: who wants them asks for the batch
		}
		out.Body.Items = append(out.Body.Items, b)
	}
	return out, nil
}

func (s *Server) getBatch(ctx context.Context, in *batchNamed) (*huma.StreamResponse, error) {
	st, con, obj, err := s.batch(ctx, policy.Describe, in.ID)
	if err != nil {
		return nil, err
	}
	return tagged(ctx, BatchOf(locale.From(ctx), s.Door.Shown(ctx, con, obj, st)))
}

func (s *Server) act(ctx context.Context, action policy.Action, id string) (*batchAnswer, error) {
	_, con, obj, err := s.batch(ctx, action, id)
	if err != nil {
		return nil, err
	}
	do := map[policy.Action]func(context.Context, actor.Actor, string) (corridor.Status, error){
		policy.Cancel: s.Corridor.Cancel, policy.Confirm: s.Corridor.Confirm, policy.Undo: s.Corridor.Undo,
	}[action]
	st, err := do(ctx, door.Actor(ctx), id)
	what := con.What(obj)
	if err = errors.Join(err, s.Door.Done(ctx, action, what, err, map[string]string{"batch": id})); err != nil {
		return nil, err
	}
	return &batchAnswer{
		Status: http.StatusOK, Location: batchURL(st.ID),
		Body: BatchOf(locale.From(ctx), s.Door.Shown(ctx, con, obj, st)),
	}, nil
}
