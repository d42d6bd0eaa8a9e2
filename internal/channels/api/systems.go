package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/systems"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// LabelPath is where the label of the platform stands (Decree 224/2026/NĐ-CP,
// Article 28).
const LabelPath = "/.well-known/platform-label.json"

// A System is an information system, database or platform as lists show it.
type System struct {
	ID        string `json:"id" example:"A01"`
	Name      string `json:"name"`
	Kind      string `json:"kind" doc:"Code of loai-he-thong"`
	Layer     string `json:"layer,omitempty" doc:"Of the architecture, 1 to 4"`
	Sector    string `json:"sector,omitempty" doc:"Code of linh-vuc-quan-ly"`
	Owner     string `json:"owner,omitempty" doc:"Id of the agency that answers for it"`
	OwnerName string `json:"owner_name,omitempty"`
	State     string `json:"state,omitempty" doc:"Code of trang-thai-he-thong; absent when it is not known"`
	Level     string `json:"level,omitempty" doc:"Decided level of security, 1 to 5"`
	Confirmed bool   `json:"confirmed" doc:"Its agency has declared it; otherwise it is known from documents only"`
	Address   string `json:"address" doc:"Path of its page"`
}

// A SystemDetail is a system with all that the register holds of it.
type SystemDetail struct {
	System
	Seq      int64               `json:"seq" doc:"Batch that wrote its row last"`
	Values   map[string]string   `json:"values" doc:"Its row, by column; what is not known is not there"`
	Parts    []map[string]string `json:"parts" nullable:"false"`
	Links    []map[string]string `json:"links" nullable:"false" doc:"Connections"`
	Rents    []SystemRent        `json:"rents" nullable:"false" doc:"Rented services"`
	Steps    []SystemStep        `json:"steps" nullable:"false" doc:"To which states it may go, and what it lacks for them"`
	Requests []SystemMove        `json:"requests" nullable:"false" doc:"Moves that were asked for, the newest first"`
	Measured SystemMeasured      `json:"measured" doc:"Over the last thirty days"`
	Similar  []SimilarSystem     `json:"similar" nullable:"false"`
}

// A SystemRent is a rented service, with what was promised against what was
// measured so far.
type SystemRent struct {
	Values   map[string]string `json:"values"`
	Promised string            `json:"promised,omitempty" doc:"Availability, percent"`
	SystemMeasured
	Verdict registry.Verdict `json:"verdict,omitempty" enum:"kept,broken,unknown" doc:"Whether the promise has been kept so far, whatever happened in time without reports"`
}

// SystemMeasured is an availability as it was reported.
type SystemMeasured struct {
	Availability string `json:"availability,omitempty" doc:"Percent of the time that was reported; absent when nothing was"`
	Hours        int64  `json:"hours_reported" doc:"Hours of the term that reports tell of"`
	Term         int64  `json:"hours_term"`
	Outages      int    `json:"outages_over_1h"`
}

// A SystemStep leads to another state.
type SystemStep struct {
	To      registry.State     `json:"to"`
	Name    registry.Words     `json:"name"`
	Propose []string           `json:"propose" nullable:"false" doc:"Roles of which one asks"`
	Approve []string           `json:"approve" nullable:"false" doc:"Roles of which one, another person, decides"`
	Basis   string             `json:"basis,omitempty"`
	Missing []registry.Missing `json:"missing" nullable:"false" doc:"What is lacking; empty: it can be asked for"`
	May     bool               `json:"may" doc:"The caller may ask for it"`
}

// A SystemMove is a move that somebody asked for.
type SystemMove struct {
	ID        string         `json:"id"`
	System    string         `json:"system"`
	From      registry.State `json:"from"`
	To        registry.State `json:"to"`
	Why       string         `json:"why"`
	By        DutyActor      `json:"by"`
	MadeAt    time.Time      `json:"made_at"`
	State     moves.State    `json:"state" enum:"waiting,approved,refused,withdrawn,void"`
	Decided   *DutyActor     `json:"decided_by,omitempty"`
	DecidedAt *time.Time     `json:"decided_at,omitempty"`
	Said      string         `json:"said,omitempty"`
	Batch     string         `json:"batch,omitempty" doc:"That wrote the new state"`
}

// A SimilarSystem is one like another.
type SimilarSystem struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Owner   string   `json:"owner,omitempty"`
	Address string   `json:"address"`
	Measure float64  `json:"measure" doc:"0 to 1"`
	Same    bool     `json:"same" doc:"Their names are one"`
	Near    bool     `json:"near" doc:"So near that a new one needs a reason"`
	Shared  []string `json:"shared" nullable:"false" doc:"Words that both have"`
}

// A NationalLink is a national database and how the province's systems stand to it.
type NationalLink struct {
	ID        string              `json:"id"`
	Name      string              `json:"name"`
	Values    map[string]string   `json:"values"`
	Connected bool                `json:"connected"`
	Links     []map[string]string `json:"links" nullable:"false"`
}

// A SystemField is one field of state management with its three lists.
type SystemField struct {
	Sector   string   `json:"sector" doc:"\"\": of no field that the list has"`
	Name     string   `json:"name"`
	Have     []string `json:"have" nullable:"false" doc:"Ids of systems that run or are paused"`
	Building []string `json:"building" nullable:"false" doc:"… that are being built or on trial"`
	ToBuild  []string `json:"to_build" nullable:"false" doc:"… that are proposed or being appraised"`
	Unknown  []string `json:"unknown" nullable:"false" doc:"… whose state is not known"`
	Hole     bool     `json:"hole" doc:"It has nothing and plans nothing"`
}

type similarSystemList struct {
	Body struct {
		Items []SimilarSystem `json:"items" nullable:"false"`
	}
}

type nationalLinkList struct {
	Body struct {
		Items []NationalLink `json:"items" nullable:"false"`
	}
}

type systemFieldList struct {
	Body struct {
		Items []SystemField `json:"items" nullable:"false"`
	}
}

type systemList struct {
	Body struct {
		Items  []System                  `json:"items" nullable:"false"`
		Next   string                    `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
		Total  int                       `json:"total"`
		Facets map[string][]DatasetFacet `json:"facets" doc:"How many each value would leave, if the others stay as they are"`
	}
}

type systemQuery struct {
	Page
	Q      string `query:"q" maxLength:"200" doc:"Words of code, name or functions, with or without marks"`
	Owner  string `query:"owner" maxLength:"80"`
	State  string `query:"state" maxLength:"40" doc:"\"-\": not known, as in all facets"`
	Sector string `query:"sector" maxLength:"60"`
	Kind   string `query:"kind" maxLength:"60"`
	Level  string `query:"level" maxLength:"2"`
}

func (s *Server) systemRoutes() {
	read := door.Each(policy.Read, policy.KindDataset)
	tags := []string{"systems"}
	register(s, read, huma.Operation{
		OperationID: "list-systems", Method: http.MethodGet, Path: Prefix + "/systems", Summary: "Sổ đăng ký hệ thống / The register of systems", Tags: tags,
	}, s.listSystems)
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "similar-systems", Method: http.MethodGet, Path: Prefix + "/systems/similar", Tags: tags,
		Summary:     "Hệ thống tương tự, trước khi xây dựng mới / Systems like one that somebody wants to build",
		Description: "Of those that the caller may read, the nearest first.",
	}, s.similarSystems)
	register(s, read, huma.Operation{
		OperationID: "list-national-databases", Method: http.MethodGet, Path: Prefix + "/systems/national", Tags: tags,
		Summary: "Kết nối cơ sở dữ liệu quốc gia / Connections to national databases",
	}, s.nationalLinks)
	register(s, read, huma.Operation{
		OperationID: "list-systems-by-field", Method: http.MethodGet, Path: Prefix + "/systems/lists", Tags: tags,
		Summary: "Đã có, đang xây dựng, cần xây dựng theo lĩnh vực / What is there, being built, to be built",
	}, s.systemLists)
	register(s, door.Each(policy.Export, policy.KindDataset), huma.Operation{
		OperationID: "export-nas", Method: http.MethodGet, Path: Prefix + "/systems/nas", Tags: tags,
		Summary: "Xuất theo mẫu đăng ký kiến trúc quốc gia (NAS) / For the national register of architecture",
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(typeOf[registry.NAS](), true, "RegistryNAS")},
			"text/csv":         {Schema: &huma.Schema{Type: "string"}},
			mediaXLSX:          {Schema: &huma.Schema{Type: "string", Format: "binary"}},
		}}},
	}, s.exportNAS)
	register(s, read, huma.Operation{
		OperationID: "get-system", Method: http.MethodGet, Path: Prefix + "/systems/{id}", Summary: "Một hệ thống / One system", Tags: tags,
	}, s.getSystem)
	register(s, door.Each(policy.Send, policy.KindDataset), huma.Operation{
		OperationID: "propose-system", Method: http.MethodPost, Path: Prefix + "/systems", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary:     "Đề xuất hệ thống mới / Propose a system",
		Description: "Systems that do the same are looked for first: where there are some, 409 lists them in errors, unless why_new says why none of them will do.",
	}, s.proposeSystem)
	register(s, read, huma.Operation{
		OperationID: "move-system", Method: http.MethodPost, Path: Prefix + "/systems/{id}/move", Tags: tags, DefaultStatus: http.StatusAccepted,
		Summary:     "Đề nghị chuyển trạng thái / Ask for another state",
		Description: "Another person decides. 409 lists in errors what the system lacks.",
	}, s.moveSystem)
	for _, a := range []struct{ name, vi, en string }{
		{"approve", "Phê duyệt đề nghị chuyển trạng thái", "Approve a move that another person asked for"},
		{"refuse", "Từ chối đề nghị chuyển trạng thái", "Refuse a move that another person asked for"},
		{"withdraw", "Rút đề nghị chuyển trạng thái", "Withdraw one's own request"},
	} {
		register(s, read, huma.Operation{
			OperationID: a.name + "-system-move", Method: http.MethodPost, Path: Prefix + "/systems/{id}/moves/{request}/" + a.name, Tags: tags, DefaultStatus: http.StatusOK,
			Summary: a.vi + " / " + a.en,
		}, func(ctx context.Context, in *moveDecision) (*moveAnswer, error) { return s.decideMove(ctx, a.name, in) })
	}
	register(s, door.Each(policy.Send, policy.KindDataset), huma.Operation{
		OperationID: "report-system", Method: http.MethodPost, Path: Prefix + "/systems/{id}/heartbeat", Tags: tags, DefaultStatus: http.StatusOK,
		Summary:     "Hệ thống báo số liệu hoạt động / What a system reports of itself",
		Description: "One span of time. The same report again is the same batch; other figures for the same beginning replace the earlier ones.",
	}, s.reportSystem)
	register(s, door.Open, huma.Operation{
		OperationID: "platform-label", Method: http.MethodGet, Path: LabelPath, Summary: "Nhãn nền tảng số / The label of this platform", Tags: tags,
	}, s.platformLabel)
}

// register of systems, or a fault when this door has none.
func (s *Server) systems() (*systems.Desk, error) {
	if s.Systems == nil {
		return nil, fault.New(fault.NotFound, "api.no-such-path", Prefix+"/systems")
	}
	return s.Systems, nil
}

// SystemPath is the address of a system's page.
func SystemPath(id string) string { return "/systems/" + url.PathEscape(id) }

func systemOf(y systems.System, agency func(string) string) System {
	r := y.Row
	out := System{
		ID: y.ID(), Name: y.Name(), Kind: r["loai"], Layer: r["lop"], Sector: r["linh_vuc"], Owner: y.Owner(), State: string(y.State()), Level: r["cap_do"],
		Confirmed: r.Yes("da_xac_nhan"), Address: SystemPath(y.ID()),
	}
	if out.Owner != "" {
		out.OwnerName = agency(out.Owner)
	}
	return out
}

func (s *Server) listSystems(ctx context.Context, in *systemQuery) (*systemList, error) {
	desk, err := s.systems()
	if err != nil {
		return nil, err
	}
	all, err := desk.List(ctx)
	if err != nil {
		return nil, err
	}
	agency, err := desk.Agencies(ctx)
	if err != nil {
		return nil, err
	}
	kept, counts := systems.Narrow(all, systems.Filter{Words: in.Q, Owner: in.Owner, State: in.State, Sector: in.Sector, Kind: in.Kind, Level: in.Level})
	out := &systemList{}
	out.Body.Items, out.Body.Total, out.Body.Facets = []System{}, len(kept), map[string][]DatasetFacet{}
	for f, list := range counts {
		for _, c := range list {
			out.Body.Facets[string(f)] = append(out.Body.Facets[string(f)], DatasetFacet{c.Value, c.N})
		}
	}
	for _, y := range kept {
		if y.ID() <= in.After {
			continue
		}
		if len(out.Body.Items) == in.Limit {
			out.Body.Next = out.Body.Items[in.Limit-1].ID
			break
		}
		out.Body.Items = append(out.Body.Items, systemOf(y, agency))
	}
	return out, nil
}

// SystemNamed names a system.
type SystemNamed struct {
	ID string `path:"id" maxLength:"60" doc:"Code in the register" example:"A01"`
}

func (s *Server) getSystem(ctx context.Context, in *SystemNamed) (*struct{ Body SystemDetail }, error) {
	desk, err := s.systems()
	if err != nil {
		return nil, err
	}
	y, err := desk.Find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	agency, err := desk.Agencies(ctx)
	if err != nil {
		return nil, err
	}
	d := SystemDetail{System: systemOf(y, agency), Seq: y.Seq, Values: y.Row, Parts: rowsOf(y.Parts), Links: rowsOf(y.Links), Rents: []SystemRent{}, Steps: []SystemStep{}, Requests: []SystemMove{}}
	rents, now, err := desk.Measure(ctx, y)
	if err != nil {
		return nil, err
	}
	d.Measured = measuredOf(now.Measured)
	for _, r := range rents {
		one := SystemRent{Values: r.Row, SystemMeasured: measuredOf(r.Measured), Verdict: r.Verdict}
		if r.Promises {
			one.Promised = r.Promised.String()
		}
		d.Rents = append(d.Rents, one)
	}
	steps, err := desk.Steps(ctx, y)
	if err != nil {
		return nil, err
	}
	for _, t := range steps {
		d.Steps = append(d.Steps, SystemStep{t.To, t.Name, t.Propose, t.Approve, t.Basis, append([]registry.Missing{}, t.Missing...), t.May})
	}
	requests, err := desk.Requests(ctx, y)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		d.Requests = append(d.Requests, moveOf(r.Request))
	}
	d.Similar = similarOf(desk.Similar(ctx, y.ID(), y.Name(), y.Row["chuc_nang"]))
	return &struct{ Body SystemDetail }{d}, nil
}

func rowsOf(list []registry.Row) []map[string]string {
	all := make([]map[string]string, len(list))
	for i, r := range list {
		all[i] = r
	}
	return all
}

func measuredOf(m registry.Measured) SystemMeasured {
	out := SystemMeasured{Hours: int64(m.Reported / time.Hour), Term: int64(m.Term / time.Hour), Outages: m.Outages}
	if share, ok := m.Share(); ok {
		out.Availability = share.String()
	}
	return out
}

func moveOf(r *moves.Request) SystemMove {
	out := SystemMove{ID: r.ID, System: r.System, From: r.From, To: r.To, Why: r.Why, By: dutyActor(r.By), MadeAt: r.MadeAt, State: r.State, Said: r.Said, Batch: r.Batch}
	if !r.DecidedAt.IsZero() {
		by := dutyActor(r.Decided)
		out.Decided, out.DecidedAt = &by, &r.DecidedAt
	}
	return out
}

func similarOf(list []catalog.Match) []SimilarSystem {
	near := map[string]bool{}
	for _, m := range systems.Alike(list) {
		near[m.Entry.ID] = true
	}
	all := []SimilarSystem{}
	for _, m := range list {
		all = append(all, SimilarSystem{m.Entry.ID, m.Entry.Title, m.Entry.Owner.Name, m.Entry.Address, m.Measure, m.Same, near[m.Entry.ID], append([]string{}, m.Shared...)})
	}
	return all
}

func (s *Server) similarSystems(ctx context.Context, in *struct {
	Name      string `query:"name" maxLength:"200" required:"true"`
	Functions string `query:"functions" maxLength:"3000" doc:"What it is for"`
}) (*similarSystemList, error) {
	desk, err := s.systems()
	if err != nil {
		return nil, err
	}
	out := &similarSystemList{}
	out.Body.Items = similarOf(desk.Similar(ctx, "", in.Name, in.Functions))
	return out, nil
}

type systemProposed struct {
	Location string `header:"Location"`
	Body     struct {
		ID    string `json:"id"`
		Batch Batch  `json:"batch"`
	}
}

func (s *Server) proposeSystem(ctx context.Context, in *struct {
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body struct {
		Values map[string]any `json:"values" doc:"By the register's columns; ma is made when it is absent"`
		WhyNew string         `json:"why_new,omitempty" maxLength:"500" doc:"Why none of the systems that are like it will do"`
		Why    string         `json:"why,omitempty" maxLength:"500" doc:"Reason of the entry, such as a document"`
	}
}) (*systemProposed, error) {
	desk, err := s.systems()
	if err != nil {
		return nil, err
	}
	_, obj, err := s.object(ctx, policy.Send, desk.Register(ctx))
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for name, v := range in.Body.Values {
		texts[name] = form.Text(v)
	}
	cells, wrong := form.Read(obj, form.Plain, texts)
	if len(wrong) > 0 {
		return nil, form.NewWrong(wrong)
	}
	id, st, err := desk.Propose(ctx, systems.Proposal{Cells: cells, WhyNew: in.Body.WhyNew, Why: in.Body.Why, Repeat: in.Key})
	if err != nil {
		return nil, err
	}
	out := &systemProposed{Location: Prefix + "/systems/" + url.PathEscape(id)}
	out.Body.ID = id
	out.Body.Batch, err = s.batchSaid(ctx, st)
	return out, err
}

// batchSaid words a batch as the caller may see it.
func (s *Server) batchSaid(ctx context.Context, st corridor.Status) (Batch, error) {
	seen, err := s.shown(ctx, st)
	return BatchOf(locale.From(ctx), seen), err
}

type moveAnswer struct{ Body SystemMove }

func (s *Server) moveSystem(ctx context.Context, in *struct {
	SystemNamed
	Body struct {
		To  registry.State `json:"to" enum:"de-xuat,tham-dinh,xay-dung,van-hanh-thu,van-hanh,tam-dung,ngung"`
		Why string         `json:"why" minLength:"1" maxLength:"500" doc:"Becomes the basis of the state in the register"`
	}
}) (*moveAnswer, error) {
	desk, err := s.systems()
	if err != nil {
		return nil, err
	}
	r, err := desk.Ask(ctx, in.ID, in.Body.To, in.Body.Why)
	if err != nil {
		return nil, err
	}
	return &moveAnswer{moveOf(r)}, nil
}

type moveDecision struct {
	SystemNamed
	Request string `path:"request" maxLength:"40"`
	Body    struct {
		Why string `json:"why,omitempty" maxLength:"500" doc:"Needed for a refusal"`
	}
}

func (s *Server) decideMove(ctx context.Context, what string, in *moveDecision) (*moveAnswer, error) {
	desk, err := s.systems()
	if err != nil {
		return nil, err
	}
	var r *moves.Request
	if what == "withdraw" {
		r, err = desk.Withdraw(ctx, in.ID, in.Request)
	} else {
		r, err = desk.Decide(ctx, in.ID, in.Request, what == "approve", in.Body.Why)
	}
	if err != nil {
		return nil, err
	}
	return &moveAnswer{moveOf(r)}, nil
}

func (s *Server) reportSystem(ctx context.Context, in *struct {
	SystemNamed
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Made out of the report when it is absent"`
	Body systems.Beat
}) (*struct{ Body Batch }, error) {
	desk, err := s.systems()
	if err != nil {
		return nil, err
	}
	st, err := desk.Report(ctx, in.ID, in.Body, in.Key)
	if err != nil {
		return nil, err
	}
	b, err := s.batchSaid(ctx, st)
	return &struct{ Body Batch }{b}, err
}

func (s *Server) nationalLinks(ctx context.Context, _ *struct{}) (*nationalLinkList, error) {
	desk, err := s.systems()
	if err != nil {
		return nil, err
	}
	list, err := desk.Nation(ctx)
	if err != nil {
		return nil, err
	}
	out := &nationalLinkList{}
	out.Body.Items = []NationalLink{}
	for _, n := range list {
		out.Body.Items = append(out.Body.Items, NationalLink{n.ID(), n.Row["ten"], n.Row, n.Connected(), rowsOf(n.Links)})
	}
	return out, nil
}

func (s *Server) systemLists(ctx context.Context, _ *struct{}) (*systemFieldList, error) {
	desk, err := s.systems()
	if err != nil {
		return nil, err
	}
	fields, err := desk.Lists(ctx)
	if err != nil {
		return nil, err
	}
	ids := func(list []registry.Row) []string {
		all := []string{}
		for _, r := range list {
			all = append(all, r.ID())
		}
		return all
	}
	out := &systemFieldList{}
	out.Body.Items = []SystemField{}
	for _, f := range fields {
		out.Body.Items = append(out.Body.Items, SystemField{f.Code, f.Name, ids(f.Have), ids(f.Building), ids(f.ToBuild), ids(f.Unknown), f.Code != "" && f.Empty()})
	}
	return out, nil
}

func (s *Server) exportNAS(ctx context.Context, in *struct {
	Format string `query:"format" enum:"json,csv,xlsx" default:"json"`
}) (*huma.StreamResponse, error) {
	desk, err := s.systems()
	if err != nil {
		return nil, err
	}
	doc, err := desk.NAS(ctx)
	if err != nil {
		return nil, err
	}
	const name = "nas"
	switch in.Format {
	case "csv":
		return s.streamed(ctx, "text/csv; charset=utf-8", name+".csv", func(d *download) error { return workbook.WriteCSV(d, doc.Rows()) }), nil
	case "xlsx":
		return s.streamed(ctx, mediaXLSX, name+".xlsx", func(d *download) error { return workbook.WriteXLSX(d, "NAS", doc.Rows()) }), nil
	}
	return tagged(ctx, doc)
}

func (s *Server) platformLabel(ctx context.Context, _ *struct{}) (*struct{ Body registry.Label }, error) {
	if s.Systems == nil {
		return nil, fault.New(fault.NotFound, "register.no-label")
	}
	label, err := s.Systems.Label(ctx)
	if err != nil {
		return nil, err
	}
	return &struct{ Body registry.Label }{label}, nil
}
