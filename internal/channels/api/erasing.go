package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/erasing"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A HeldRecord is a record that leaves by no door, with why.
type HeldRecord struct {
	Key    string      `json:"key" doc:"As _key writes it, an opaque id where the key is masked"`
	Kind   string      `json:"kind" enum:"restriction,quality,legal"`
	Basis  string      `json:"basis"`
	Until  string      `json:"until,omitempty" format:"date" doc:"Last day; absent: until it is released"`
	Seq    int64       `json:"seq" doc:"Number of the batch that held it"`
	At     time.Time   `json:"at"`
	By     actor.Actor `json:"by"`
	Record *Record     `json:"record,omitempty" doc:"Absent when it stands among the lines that did not pass alone"`
}

type heldList struct {
	Body struct {
		Items []HeldRecord `json:"items" nullable:"false"`
		Next  string       `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
	}
}

// A HoldWish says what is to be held, and why.
type HoldWish struct {
	Key   string `json:"key" minLength:"1" maxLength:"4000" doc:"Key of the record, as _key writes it; one of one field as people write it"`
	Kind  string `json:"kind" doc:"restriction: the person asks that it not be used; quality: an identity key that cannot be right; legal: the law orders it kept, and it cannot be erased" example:"restriction"`
	Basis string `json:"basis" doc:"Act, article or decision, without the person's number" example:"Công văn 12/UBND-VP ngày 20/11/2026"`
	Until string `json:"until,omitempty" doc:"Last day, yyyy-mm-dd; absent: until it is released" example:"2027-06-30"`
}

// A ReleaseWish says which hold ends, and why.
type ReleaseWish struct {
	Key    string `json:"key" minLength:"1" maxLength:"4000"`
	Kind   string `json:"kind" example:"restriction"`
	Reason string `json:"reason" doc:"Kept in the log" example:"Công văn 15/UBND-VP ngày 01/12/2026"`
}

// A HoldDone is the batch that held or released.
type HoldDone struct {
	Batch string `json:"batch"`
	Seq   int64  `json:"seq"`
}

type holdAnswer struct{ Body HoldDone }

// An EraseNumber is a person whose erasure is looked at.
type EraseNumber struct {
	Number string `json:"number" maxLength:"40" doc:"Personal number, 12 digits (or the 9 of an old card), grouped or not"`
}

// An EraseKey is a record whose erasure is looked at.
type EraseKey struct {
	Key string `json:"key" minLength:"1" maxLength:"4000"`
}

// An ErasePlan says what an erasure would do.
type ErasePlan struct {
	Kind      string           `json:"kind" enum:"person,record"`
	Parts     []ErasePart      `json:"parts" nullable:"false"`
	Elsewhere []EraseElsewhere `json:"elsewhere" nullable:"false" doc:"Data sets with personal numbers where another agency is to be asked; whether the person is there is not told"`
}

// An EraseElsewhere is a data set of another agency.
type EraseElsewhere struct {
	Dataset string `json:"dataset"`
	Title   string `json:"title"`
	Owner   string `json:"owner" doc:"Who answers for it"`
}

// An EraseRequest is an erasure that was asked for.
type EraseRequest struct {
	ID      string      `json:"id"`
	Kind    string      `json:"kind" enum:"person,record"`
	State   string      `json:"state" enum:"asked,planned,erased,done,refused,nothing" doc:"That of the least advanced part. asked: waits for somebody who may; planned: begun; erased: gone from the truth, files and copies follow; done: gone everywhere"`
	Basis   string      `json:"basis"`
	By      actor.Actor `json:"by" doc:"Who asked"`
	Asked   time.Time   `json:"asked"`
	Changed time.Time   `json:"changed"`
	Parts   []ErasePart `json:"parts" nullable:"false"`
	Mine    []string    `json:"mine" nullable:"false" doc:"Data sets of which the caller may carry out the waiting part now"`
}

// An ErasePart is what an erasure takes from one object.
type ErasePart struct {
	Dataset string       `json:"dataset"`
	Title   string       `json:"title"`
	State   string       `json:"state" enum:"asked,planned,erased,done,refused,nothing"`
	Plan    EraseFigures `json:"plan" doc:"What would go, as it was when the part was planned"`
	Planned time.Time    `json:"planned"`
	Kept    []EraseKept  `json:"kept" nullable:"false" doc:"Records that the law orders kept: they stay"`
	By      *actor.Actor `json:"by,omitempty" doc:"Who carried it out or refused it"`
	Decided *time.Time   `json:"decided,omitempty"`
	Reason  string       `json:"reason,omitempty" doc:"Of a refusal"`
	Found   *EraseGone   `json:"found,omitempty" doc:"What went"`
	Problem *Problem     `json:"problem,omitempty" doc:"What the last attempt failed of; it is tried again by itself"`
}

// EraseFigures say how much.
type EraseFigures struct {
	Records   int64 `json:"records"`
	Versions  int64 `json:"versions" doc:"Earlier versions"`
	Lines     int64 `json:"lines" doc:"Lines that did not pass"`
	Originals int64 `json:"originals" doc:"Files as sent that hold it"`
}

// An EraseKept is what orders a record kept.
type EraseKept struct {
	Basis string `json:"basis"`
	Until string `json:"until,omitempty" format:"date"`
}

// EraseGone says how much went.
type EraseGone struct {
	Records   int64 `json:"records"`
	Versions  int64 `json:"versions"`
	Lines     int64 `json:"lines"`
	Originals int64 `json:"originals" doc:"Files as sent that were removed"`
	Rewritten int64 `json:"rewritten" doc:"Files as sent that were written again without it"`
	Messages  int64 `json:"messages" doc:"Reports and messages that spoke of it"`
	Temporary int64 `json:"temporary" doc:"Files for the time being"`
}

type eraseAnswer struct{ Body EraseRequest }

type eraseList struct {
	Body struct {
		Items []EraseRequest `json:"items" nullable:"false"`
		Next  string         `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
	}
}

// erasePatience is how long an answer waits for an erasure; what has begun goes
// on, and GET tells how far it is.
const erasePatience = 20 * time.Second

func (s *Server) erasingRoutes() {
	set, all := Prefix+"/datasets/{id}", Prefix+"/erasures"
	tags := []string{"erasing"}
	register(s, door.Each(policy.Hold, policy.KindDataset), huma.Operation{
		OperationID: "list-holds", Method: http.MethodGet, Path: set + "/holds", Tags: tags,
		Summary: "Bản ghi tạm giữ / Records that are held", Description: "For those who may hold; a held record leaves by no other door.",
	}, s.listHolds)
	register(s, door.Each(policy.Hold, policy.KindDataset), huma.Operation{
		OperationID: "hold-record", Method: http.MethodPost, Path: set + "/holds", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Tạm giữ một bản ghi / Hold a record", Description: "When the answer comes no door gives the record out any more.",
	}, s.holdRecord)
	register(s, door.Each(policy.Hold, policy.KindDataset), huma.Operation{
		OperationID: "release-record", Method: http.MethodPost, Path: set + "/holds/release", Tags: tags,
		Summary: "Kết thúc tạm giữ / Release a hold",
	}, s.releaseRecord)
	register(s, door.Each(policy.AskErase, policy.KindDataset), huma.Operation{
		OperationID: "plan-record-erasure", Method: http.MethodPost, Path: set + "/erasures/plan", Tags: tags,
		Summary: "Dự kiến xóa một bản ghi / What erasing a record would do", Description: "Changes nothing. What the law orders kept is refused with its basis (403 erase.kept).",
	}, s.planRecord)
	register(s, door.Each(policy.AskErase, policy.KindDataset), huma.Operation{
		OperationID: "ask-record-erasure", Method: http.MethodPost, Path: set + "/erasures", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Yêu cầu xóa một bản ghi / Ask for the erasure of a record",
	}, s.askRecord)
	register(s, door.Each(policy.AskErase, policy.KindDataset), huma.Operation{
		OperationID: "plan-erasure", Method: http.MethodPost, Path: all + "/plan", Tags: tags,
		Summary: "Dự kiến xóa dữ liệu của một người / What erasing a person would do", Description: "In the data sets where the caller may ask. Changes nothing.",
	}, s.planPerson)
	register(s, door.Each(policy.AskErase, policy.KindDataset), huma.Operation{
		OperationID: "ask-erasure", Method: http.MethodPost, Path: all, Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Yêu cầu xóa dữ liệu của một người / Ask for the erasure of a person",
	}, s.askPerson)
	register(s, door.Each(policy.AskErase, policy.KindDataset), huma.Operation{
		OperationID: "list-erasures", Method: http.MethodGet, Path: all, Tags: tags,
		Summary: "Các yêu cầu xóa / Requests for erasure", Description: "Newest first, as far as they are the caller's to see.",
	}, s.listErasures)
	register(s, door.Each(policy.AskErase, policy.KindDataset), huma.Operation{
		OperationID: "get-erasure", Method: http.MethodGet, Path: all + "/{id}", Tags: tags,
		Summary: "Một yêu cầu xóa / One request for erasure",
	}, s.getErasure)
	register(s, door.Each(policy.Erase, policy.KindDataset), huma.Operation{
		OperationID: "run-erasure", Method: http.MethodPost, Path: all + "/{id}/run", Tags: tags,
		Summary: "Thực hiện xóa / Carry out an erasure", Description: "The parts that are the caller's (mine). It cannot be undone. Whoever asked does not carry it out, where the policies say so.",
	}, s.runErasure)
	register(s, door.Each(policy.Erase, policy.KindDataset), huma.Operation{
		OperationID: "refuse-erasure", Method: http.MethodPost, Path: all + "/{id}/refuse", Tags: tags,
		Summary: "Từ chối hoặc rút yêu cầu xóa / Refuse or withdraw a request", Description: "The parts that wait. Who asked withdraws their own.",
	}, s.refuseErasure)
}

func (s *Server) listHolds(ctx context.Context, in *struct {
	Addressed
	Page
	Kind string `query:"kind" enum:"restriction,quality,legal" doc:"All when absent"`
}) (*heldList, error) {
	con, obj, err := s.object(ctx, policy.Hold, in.ID)
	if err != nil {
		return nil, err
	}
	after, err := lineID(in.After)
	if err != nil {
		return nil, err
	}
	list, err := s.desk.Held(ctx, con, obj, in.Kind, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &heldList{}
	out.Body.Items = []HeldRecord{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = strconv.FormatInt(list[len(list)-1].Seq, 10)
	}
	names, err := chosen(obj, "")
	if err != nil {
		return nil, err
	}
	for _, h := range list {
		one := HeldRecord{Key: h.Key, Kind: h.Kind, Basis: h.Basis, Until: h.Until, Seq: h.Seq, At: h.At.In(vietnamTime), By: h.By}
		if h.Row != nil {
			one.Record = &Record{row: *h.Row, fields: names}
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

func (s *Server) holdRecord(ctx context.Context, in *struct {
	Addressed
	Body HoldWish
}) (*holdAnswer, error) {
	con, obj, err := s.object(ctx, policy.Hold, in.ID)
	if err != nil {
		return nil, err
	}
	st, err := s.desk.Hold(ctx, con, obj, erasing.Holding(in.Body))
	return holdDone(st, err)
}

func (s *Server) releaseRecord(ctx context.Context, in *struct {
	Addressed
	Body ReleaseWish
}) (*holdAnswer, error) {
	con, obj, err := s.object(ctx, policy.Hold, in.ID)
	if err != nil {
		return nil, err
	}
	st, err := s.desk.Release(ctx, con, obj, in.Body.Key, in.Body.Kind, in.Body.Reason)
	return holdDone(st, err)
}

func holdDone(st corridor.Status, err error) (*holdAnswer, error) {
	if err != nil {
		return nil, err
	}
	out := &holdAnswer{HoldDone{Batch: st.ID}}
	if st.Report != nil {
		out.Body.Seq = st.Report.Seq
	}
	return out, nil
}

type planAnswer struct{ Body ErasePlan }

func (s *Server) planRecord(ctx context.Context, in *struct {
	Addressed
	Body EraseKey
}) (*planAnswer, error) {
	con, obj, err := s.object(ctx, policy.AskErase, in.ID)
	if err != nil {
		return nil, err
	}
	return s.plan(ctx, erasing.Wish{Con: con, Obj: obj, Key: in.Body.Key})
}

func (s *Server) planPerson(ctx context.Context, in *struct{ Body EraseNumber }) (*planAnswer, error) {
	return s.plan(ctx, erasing.Wish{Number: in.Body.Number})
}

func (s *Server) plan(ctx context.Context, w erasing.Wish) (*planAnswer, error) {
	r, elsewhere, err := s.desk.Plan(ctx, w)
	if err != nil {
		return nil, err
	}
	out := &planAnswer{ErasePlan{Kind: r.Kind, Parts: partsOf(ctx, r.Parts), Elsewhere: []EraseElsewhere{}}}
	for _, e := range elsewhere {
		out.Body.Elsewhere = append(out.Body.Elsewhere, EraseElsewhere(e))
	}
	return out, nil
}

func (s *Server) askRecord(ctx context.Context, in *struct {
	Addressed
	Body struct {
		EraseKey
		Basis string `json:"basis" doc:"The person's request, article or decision, without the person's number"`
	}
}) (*eraseAnswer, error) {
	con, obj, err := s.object(ctx, policy.AskErase, in.ID)
	if err != nil {
		return nil, err
	}
	seen, err := s.desk.Ask(ctx, erasing.Wish{Con: con, Obj: obj, Key: in.Body.Key}, in.Body.Basis)
	return answerErase(ctx, seen, err)
}

func (s *Server) askPerson(ctx context.Context, in *struct {
	Body struct {
		EraseNumber
		Basis string `json:"basis" doc:"The person's request, article or decision, without the person's number"`
	}
}) (*eraseAnswer, error) {
	seen, err := s.desk.Ask(ctx, erasing.Wish{Number: in.Body.Number}, in.Body.Basis)
	return answerErase(ctx, seen, err)
}

// EraseNamed names a request.
type EraseNamed struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *Server) listErasures(ctx context.Context, in *Page) (*eraseList, error) {
	list, next, err := s.desk.List(ctx, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &eraseList{}
	out.Body.Items, out.Body.Next = []EraseRequest{}, next
	for _, one := range list {
		out.Body.Items = append(out.Body.Items, requestOf(ctx, one))
	}
	return out, nil
}

func (s *Server) getErasure(ctx context.Context, in *EraseNamed) (*eraseAnswer, error) {
	seen, err := s.desk.Find(ctx, in.ID)
	return answerErase(ctx, seen, err)
}

func (s *Server) runErasure(ctx context.Context, in *struct {
	EraseNamed
	Body struct {
		Confirm string `json:"confirm" maxLength:"40" doc:"Of a person: the number once more. Of a record: the word XÓA"`
	}
}) (*eraseAnswer, error) {
	seen, err := s.desk.Run(ctx, in.ID, in.Body.Confirm, erasePatience)
	return answerErase(ctx, seen, err)
}

func (s *Server) refuseErasure(ctx context.Context, in *struct {
	EraseNamed
	Body struct {
		Reason string `json:"reason" doc:"Article of the law: the person is told it"`
	}
}) (*eraseAnswer, error) {
	seen, err := s.desk.Refuse(ctx, in.ID, in.Body.Reason)
	return answerErase(ctx, seen, err)
}

func answerErase(ctx context.Context, seen erasing.Seen, err error) (*eraseAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &eraseAnswer{requestOf(ctx, seen)}, nil
}

func requestOf(ctx context.Context, s erasing.Seen) EraseRequest {
	r := EraseRequest{
		ID: s.ID, Kind: s.Kind, State: s.State, Basis: s.Basis, By: s.By, Asked: s.Asked.In(vietnamTime), Changed: s.Changed.In(vietnamTime),
		Parts: partsOf(ctx, s.Parts), Mine: []string{},
	}
	r.Mine = append(r.Mine, s.Mine...)
	return r
}

func partsOf(ctx context.Context, list []corridor.ErasePart) []ErasePart {
	out := []ErasePart{}
	for _, p := range list {
		one := ErasePart{
			Dataset: p.Dataset, Title: p.Title, State: p.State, Planned: p.Planned.In(vietnamTime), Kept: []EraseKept{}, Reason: p.Reason,
			Plan: EraseFigures{p.Plan.Records, p.Plan.Versions, p.Plan.Lines, p.Plan.Originals},
		}
		for _, k := range p.Plan.Kept {
			one.Kept = append(one.Kept, EraseKept(k))
		}
		if !p.Decided.IsZero() {
			by, at := p.By, p.Decided.In(vietnamTime)
			one.By, one.Decided = &by, &at
		}
		if len(p.Erasures) > 0 {
			f := p.Found()
			one.Found = &EraseGone{f.Rows, f.Versions, f.Lines, f.Originals, f.Rewritten, f.Messages, f.Temporary}
		}
		for _, e := range p.Erasures {
			if e.Fault != nil && e.State != corridor.EraseDone {
				one.Problem = NewProblem(ctx, e.Fault.Err())
			}
		}
		out = append(out, one)
	}
	return out
}
