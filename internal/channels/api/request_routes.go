package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/export"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/approval"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// An ExportRequest is a request for an export that two persons approve.
type ExportRequest struct {
	ID        string           `json:"id"`
	Dataset   string           `json:"dataset"`
	Title     string           `json:"title"`
	State     approval.State   `json:"state" enum:"waiting,approved,refused,withdrawn,void,expired,used"`
	Digest    string           `json:"digest" doc:"SHA-256 of all that is asked for; a decision names it"`
	By        actor.Actor      `json:"by"`
	Made      time.Time        `json:"made"`
	Until     time.Time        `json:"until"`
	Class     string           `json:"class" doc:"core, important: when it was asked"`
	Fields    []ExportField    `json:"fields" nullable:"false"`
	Where     []ExportEqual    `json:"where" nullable:"false"`
	AllRows   bool             `json:"all_rows" doc:"False: the rows of the requester's units or agencies alone"`
	Units     []string         `json:"units" nullable:"false"`
	Orgs      []string         `json:"orgs" nullable:"false"`
	AsOf      int64            `json:"as_of" doc:"State of the data set that is exported"`
	Records   int64            `json:"records" doc:"How many fit in that state"`
	Format    string           `json:"format" enum:"csv,xlsx,geojson,parquet,arrow"`
	Names     bool             `json:"names"`
	Separator string           `json:"separator"`
	Plain     bool             `json:"plain"`
	Purpose   string           `json:"purpose"`
	Task      string           `json:"task"`
	Basis     string           `json:"basis"`
	Approvals int              `json:"approvals"`
	Needed    int              `json:"needed"`
	Decisions []ExportDecision `json:"decisions" nullable:"false"`
	Fetches   int              `json:"fetches"`
	Fetched   []time.Time      `json:"fetched" nullable:"false"`
	Why       string           `json:"why,omitempty" doc:"It ended"`
	May       []string         `json:"may" nullable:"false" doc:"What the reader may do: approve, refuse, withdraw, fetch"`
}

// An ExportField is a column of the file.
type ExportField struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Personal string `json:"personal" doc:"none, basic, sensitive"`
	Mask     string `json:"mask,omitempty" doc:"How it is seen when not in clear: last4, year, commune, hash, hidden"`
}

// An ExportDecision is what one person said.
type ExportDecision struct {
	By      actor.Actor `json:"by"`
	Approve bool        `json:"approve"`
	Why     string      `json:"why,omitempty"`
	At      time.Time   `json:"at"`
}

// exportRequestOf words a request for the API.
func exportRequestOf(v *AskedExport) ExportRequest {
	a := v.Ask
	out := ExportRequest{
		ID: a.ID, Dataset: a.Dataset, Title: v.Title, State: v.Now, Digest: v.Digest, By: v.By, Made: v.MadeAt, Until: v.Until, Class: a.Class.Class,
		Fields: v.Fields(), Where: []ExportEqual{}, AllRows: a.Scope.All, Units: a.Scope.Units, Orgs: a.Scope.Orgs, AsOf: a.State, Records: a.Records,
		Format: a.Format, Names: a.Names, Separator: a.Mark, Plain: a.Plain, Purpose: a.Purpose.Code, Task: a.Purpose.Text, Basis: a.Purpose.Basis,
		Approvals: v.Approvals(), Needed: approval.Needed, Decisions: []ExportDecision{}, Fetches: a.Fetches, Fetched: v.Fetched, Why: v.Why, May: []string{},
	}
	for _, e := range a.Where {
		out.Where = append(out.Where, ExportEqual(e))
	}
	for _, d := range v.Decisions {
		out.Decisions = append(out.Decisions, ExportDecision{By: d.By, Approve: d.Approve, Why: d.Why, At: d.At})
	}
	for _, m := range []struct {
		word string
		may  bool
	}{{"approve", v.Approve}, {"refuse", v.Refuse}, {"withdraw", v.Withdraw}, {"fetch", v.Fetch}} {
		if m.may {
			out.May = append(out.May, m.word)
		}
	}
	list(&out.Units)
	list(&out.Orgs)
	list(&out.Fetched)
	return out
}

// Fields are the columns of the file with how they are seen.
func (v *AskedExport) Fields() []ExportField {
	all := []ExportField{}
	for _, name := range v.Ask.Fields {
		f := ExportField{Name: name, Title: name, Personal: v.Ask.Class.Fields[name], Mask: v.Ask.Masked[name]}
		if v.Obj != nil {
			if i := v.Obj.Column(name); i >= 0 {
				f.Title = v.Obj.Columns[i].Title
			}
		}
		all = append(all, f)
	}
	return all
}

type requestAnswer struct{ Body ExportRequest }

type requestNamed struct {
	ID string `path:"id" maxLength:"100"`
}

type requestDecided struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Digest string `json:"digest" maxLength:"100" doc:"Of the request that was read"`
		Why    string `json:"why,omitempty" maxLength:"2000" doc:"A refusal needs it"`
	}
}

func (s *Server) requestRoutes() {
	if s.Requests == nil {
		return
	}
	answer := func(v *AskedExport, err error) (*requestAnswer, error) {
		if err != nil {
			return nil, err
		}
		return &requestAnswer{exportRequestOf(v)}, nil
	}
	const path = Prefix + "/exports"
	tags := []string{"exports"}
	register(s, door.Each(policy.Export, policy.KindDataset), huma.Operation{
		OperationID: "ask-export", Method: http.MethodPost, Path: path, DefaultStatus: http.StatusCreated,
		Summary: "Yêu cầu kết xuất / Ask for an export that two persons approve", Tags: tags,
	}, func(ctx context.Context, in *struct{ Body ExportWish }) (*requestAnswer, error) {
		if err := s.Limits.Search(exchangeOf(ctx).r); err != nil {
			return nil, err
		}
		return answer(s.AskExport(ctx, in.Body))
	})
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "list-exports", Method: http.MethodGet, Path: path,
		Summary: "Các yêu cầu kết xuất / Requests that the caller made or decides on, newest first", Tags: tags,
	}, s.listExports)
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "get-export", Method: http.MethodGet, Path: path + "/{id}", Summary: "Một yêu cầu kết xuất / One request", Tags: tags,
	}, func(ctx context.Context, in *requestNamed) (*requestAnswer, error) {
		return answer(s.ExportRequest(ctx, in.ID))
	})
	for word, summary := range map[string]string{"approve": "Phê duyệt / Approve", "refuse": "Từ chối, nêu lý do / Refuse, with a reason"} {
		register(s, door.Each(policy.Approve, policy.KindDataset), huma.Operation{
			OperationID: word + "-export", Method: http.MethodPost, Path: path + "/{id}/" + word, DefaultStatus: http.StatusOK, Summary: summary, Tags: tags,
		}, func(ctx context.Context, in *requestDecided) (*requestAnswer, error) {
			return answer(s.DecideExport(ctx, in.ID, in.Body.Digest, word == "approve", in.Body.Why))
		})
	}
	register(s, door.Each(policy.Export, policy.KindDataset), huma.Operation{
		OperationID: "withdraw-export", Method: http.MethodPost, Path: path + "/{id}/withdraw", DefaultStatus: http.StatusOK,
		Summary: "Rút yêu cầu / Withdraw one's own request", Tags: tags,
	}, func(ctx context.Context, in *requestNamed) (*requestAnswer, error) {
		return answer(s.WithdrawExport(ctx, in.ID))
	})
	register(s, door.Each(policy.Export, policy.KindDataset), huma.Operation{
		OperationID: "fetch-export", Method: http.MethodPost, Path: path + "/{id}/file", DefaultStatus: http.StatusOK,
		Summary: "Tải dữ liệu đã được phê duyệt / Fetch an approved export", Tags: tags,
		Description: "Each fetch counts. The file is exactly what was approved, at the state of the data set that was approved.",
		Responses:   map[string]*huma.Response{"200": approvedOf()},
	}, func(ctx context.Context, in *requestNamed) (*huma.StreamResponse, error) {
		file, err := s.FetchExport(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return s.streamed(ctx, file.MediaType, file.Name, func(d *download) error {
			d.head = file.Head
			return file.Write(d, func() bool { return d.begun }, d.alive)
		}), nil
	})
}

// approvedOf documents the file of a request, of whichever kind was asked for.
func approvedOf() *huma.Response {
	all := exportOf(export.CSV)
	for _, kind := range export.Kinds() {
		for mediaType, content := range exportOf(kind).Content {
			all.Content[mediaType] = content
		}
	}
	return all
}

type exportList struct {
	Body struct {
		Items []ExportRequest `json:"items" nullable:"false"`
	}
}

func (s *Server) listExports(ctx context.Context, in *struct {
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"100"`
}) (*exportList, error) {
	all, err := s.ExportRequests(ctx, in.Limit)
	out := &exportList{}
	out.Body.Items = []ExportRequest{}
	for _, v := range all {
		out.Body.Items = append(out.Body.Items, exportRequestOf(v))
	}
	return out, err
}
