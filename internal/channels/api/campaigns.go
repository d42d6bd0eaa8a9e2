package api

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/channels/campaigndesk"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A CampaignPlan is a review that somebody wants.
type CampaignPlan struct {
	Subject campaign.Subject `json:"subject" enum:"systems,datasets" doc:"The register of systems, or the catalogue of data sets"`
	Title   string           `json:"title" minLength:"1" maxLength:"300"`
	Basis   string           `json:"basis,omitempty" maxLength:"300" doc:"The document that asks for it"`
	Fields  []string         `json:"fields" nullable:"false" minItems:"1" maxItems:"40" doc:"That are put before the agencies"`
	Orgs    []string         `json:"orgs,omitempty" nullable:"false" maxItems:"500" doc:"Who answers; none: all owners"`
	Lead    string           `json:"lead,omitempty" maxLength:"80" doc:"Agency that leads, and answers for what nobody owns; absent: the caller's"`
	Days    int              `json:"days" minimum:"1" maximum:"120" doc:"Working days to answer in"`
}

// A Campaign is a review, with the sheets that the caller sees.
type Campaign struct {
	ID string `json:"id"`
	CampaignPlan
	State    campaign.State  `json:"state" enum:"draft,open,approved,closed"`
	MadeBy   DutyActor       `json:"made_by"`
	MadeAt   time.Time       `json:"made_at"`
	OpenedAt *time.Time      `json:"opened_at,omitempty"`
	DueAt    *time.Time      `json:"due_at,omitempty"`
	EndedAt  *time.Time      `json:"ended_at,omitempty"`
	Why      string          `json:"why,omitempty" doc:"Why it was closed"`
	Sheets   []CampaignSheet `json:"sheets" nullable:"false"`
}

// A CampaignSheet is what one agency answers.
type CampaignSheet struct {
	Org      string              `json:"org"`
	OrgName  string              `json:"org_name"`
	State    campaign.SheetState `json:"state" enum:"open,sent,back,approved"`
	DueAt    time.Time           `json:"due_at"`
	Late     bool                `json:"late"`
	Lines    int                 `json:"lines"`
	Answered int                 `json:"answered"`
	Differs  int                 `json:"differs" doc:"Lines that change something"`
	SentBy   *DutyActor          `json:"sent_by,omitempty"`
	SentAt   *time.Time          `json:"sent_at,omitempty"`
	Decided  *DutyActor          `json:"decided_by,omitempty"`
	Said     string              `json:"said,omitempty" doc:"Why it was sent back"`
	Batch    string              `json:"batch,omitempty" doc:"That wrote what it changes"`
}

// A CampaignLine is one object in a sheet.
type CampaignLine struct {
	Place   int               `json:"place"`
	Object  string            `json:"object,omitempty" doc:"Absent for one that was added"`
	Name    string            `json:"name"`
	Had     map[string]string `json:"had" doc:"When the review was opened"`
	Verdict campaign.Verdict  `json:"verdict" doc:"kept, changed, gone, new; empty: no answer yet"`
	Said    map[string]string `json:"said" doc:"Values that are to be"`
	Why     string            `json:"why,omitempty"`
	Result  string            `json:"result,omitempty" doc:"What approving did beyond writing it"`
}

// A CampaignAnswer is what an agency says of a line.
type CampaignAnswer struct {
	Place   int               `json:"place,omitempty" minimum:"0" doc:"Absent: a line that is added"`
	Verdict campaign.Verdict  `json:"verdict" enum:",kept,changed,gone,new"`
	Name    string            `json:"name,omitempty" maxLength:"200" doc:"Of one that is added"`
	Values  map[string]string `json:"values,omitempty" doc:"Those that differ, in canonical form"`
	Why     string            `json:"why,omitempty" maxLength:"2000" doc:"Needed for what is gone"`
}

// A CampaignSheetDetail is a sheet with its lines.
type CampaignSheetDetail struct {
	CampaignSheet
	Items []CampaignLine `json:"items" nullable:"false"`
	May   []string       `json:"may" nullable:"false" doc:"What the caller may do: answer, send, decide"`
}

// CampaignNamed names a review; CampaignSheetNamed a sheet of it.
type CampaignNamed struct {
	ID string `path:"id" maxLength:"40"`
}

// CampaignSheetNamed names a sheet.
type CampaignSheetNamed struct {
	CampaignNamed
	Org string `path:"org" maxLength:"80" doc:"Id of the agency"`
}

type campaignAnswer struct{ Body Campaign }

type sheetAnswer struct{ Body CampaignSheetDetail }

type campaignList struct {
	Body struct {
		Items []Campaign `json:"items" nullable:"false" doc:"The newest first"`
	}
}

type campaignWhy struct {
	CampaignNamed
	Body struct {
		Why string `json:"why" minLength:"1" maxLength:"2000"`
	}
}

func (s *Server) campaignRoutes() {
	own, lead := door.Of(policy.OwnAccount, policy.KindSelf), door.Of(policy.EditContract, policy.KindCodeList)
	fill, whole, decide := door.Each(policy.Send, policy.KindDataset), door.Each(policy.Confirm, policy.KindDataset), door.Each(policy.Approve, policy.KindDataset)
	tags := []string{"campaigns"}
	at, sheet := Prefix+"/campaigns", Prefix+"/campaigns/{id}/sheets/{org}"
	op := func(id, method, path, vi, en string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: vi + " / " + en, Tags: tags, DefaultStatus: http.StatusOK}
	}
	register(s, own, op("list-campaigns", http.MethodGet, at, "Các đợt rà soát", "Review campaigns"), s.listCampaigns)
	register(s, lead, op("make-campaign", http.MethodPost, at, "Lập đợt rà soát", "Make a review"), s.makeCampaign)
	register(s, own, op("get-campaign", http.MethodGet, at+"/{id}", "Một đợt rà soát", "One review"), s.getCampaign)
	register(s, lead, op("open-campaign", http.MethodPost, at+"/{id}/open", "Mở đợt rà soát, giao phiếu cho các cơ quan", "Hand out the sheets of a review"),
		func(ctx context.Context, in *CampaignNamed) (*campaignAnswer, error) {
			return s.campaignDone(ctx, in.ID, func(d *campaigndesk.Desk) error { return d.Open(ctx, in.ID) })
		})
	register(s, lead, op("close-campaign", http.MethodPost, at+"/{id}/close", "Đóng đợt rà soát", "Close a review before all sheets are approved"),
		func(ctx context.Context, in *campaignWhy) (*campaignAnswer, error) {
			return s.campaignDone(ctx, in.ID, func(d *campaigndesk.Desk) error { return d.Close(ctx, in.ID, in.Body.Why) })
		})
	register(s, own, op("get-campaign-sheet", http.MethodGet, sheet, "Phiếu rà soát của một cơ quan", "The sheet of an agency"), s.getSheet)
	register(s, fill, op("answer-campaign", http.MethodPost, sheet+"/answers", "Trả lời các dòng của phiếu", "Answer lines of a sheet, all or nothing"), s.answerSheet)
	register(s, own, func() huma.Operation {
		o := op("get-campaign-workbook", http.MethodGet, sheet+"/workbook", "Tải phiếu rà soát dạng bảng tính", "The sheet as a workbook")
		o.Responses = map[string]*huma.Response{"200": fileOf(mediaXLSX, "binary")}
		return o
	}(), s.sheetWorkbook)
	register(s, fill, func() huma.Operation {
		o := op("put-campaign-workbook", http.MethodPost, sheet+"/workbook", "Nộp phiếu rà soát dạng bảng tính", "Answer a sheet by a workbook")
		o.Description = "Every line is looked at first: where one is wrong, errors lists them all and nothing is kept. With look=true nothing is kept either way."
		return o
	}(), s.readWorkbook)
	register(s, whole, op("send-campaign-sheet", http.MethodPost, sheet+"/send", "Gửi phiếu rà soát", "Send a sheet"),
		func(ctx context.Context, in *CampaignSheetNamed) (*sheetAnswer, error) {
			return s.sheetDone(ctx, in, func(d *campaigndesk.Desk) error { return d.Send(ctx, in.ID, in.Org) })
		})
	register(s, decide, op("approve-campaign-sheet", http.MethodPost, sheet+"/approve", "Duyệt phiếu rà soát", "Approve a sheet that another has sent, and write what it changes"),
		func(ctx context.Context, in *CampaignSheetNamed) (*sheetAnswer, error) {
			return s.sheetDone(ctx, in, func(d *campaigndesk.Desk) error { return d.Approve(ctx, in.ID, in.Org) })
		})
	register(s, decide, op("return-campaign-sheet", http.MethodPost, sheet+"/back", "Trả lại phiếu rà soát", "Send a sheet back"), func(ctx context.Context, in *struct {
		CampaignSheetNamed
		Body struct {
			Why string `json:"why" minLength:"1" maxLength:"2000"`
		}
	}) (*sheetAnswer, error) {
		return s.sheetDone(ctx, &in.CampaignSheetNamed, func(d *campaigndesk.Desk) error { return d.Back(ctx, in.ID, in.Org, in.Body.Why) })
	})
}

func (s *Server) campaigns() (*campaigndesk.Desk, error) {
	if s.Campaigns == nil {
		return nil, fault.New(fault.NotFound, "api.no-such-path", Prefix+"/campaigns")
	}
	return s.Campaigns, nil
}

func someTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func campaignOf(c *campaigndesk.One, now time.Time, name func(string) string) Campaign {
	out := Campaign{
		ID: c.ID, CampaignPlan: CampaignPlan{c.Subject, c.Title, c.Basis, c.Fields, c.Orgs, c.Lead, c.Days}, State: c.State, MadeBy: dutyActor(c.MadeBy), MadeAt: c.MadeAt,
		OpenedAt: someTime(c.OpenedAt), DueAt: someTime(c.DueAt), EndedAt: someTime(c.EndedAt), Why: c.Why, Sheets: []CampaignSheet{},
	}
	for _, sh := range c.Sheets {
		out.Sheets = append(out.Sheets, campaignSheetOf(sh, now, name))
	}
	return out
}

func campaignSheetOf(sh *campaign.Sheet, now time.Time, name func(string) string) CampaignSheet {
	out := CampaignSheet{
		Org: sh.Org, OrgName: name(sh.Org), State: sh.State, DueAt: sh.DueAt, Late: sh.Late(now), Lines: sh.Lines, Answered: sh.Answered, Differs: sh.Differs,
		SentAt: someTime(sh.SentAt), Said: sh.Said, Batch: sh.Batch,
	}
	if sh.SentBy.ID != "" {
		by := dutyActor(sh.SentBy)
		out.SentBy = &by
	}
	if sh.DecidedBy.ID != "" {
		by := dutyActor(sh.DecidedBy)
		out.Decided = &by
	}
	return out
}

func (s *Server) listCampaigns(ctx context.Context, _ *struct{}) (*campaignList, error) {
	desk, err := s.campaigns()
	if err != nil {
		return nil, err
	}
	all, err := desk.List(ctx)
	if err != nil {
		return nil, err
	}
	name, err := desk.Names(ctx)
	if err != nil {
		return nil, err
	}
	out := &campaignList{}
	out.Body.Items = []Campaign{}
	for _, c := range all {
		out.Body.Items = append(out.Body.Items, campaignOf(c, desk.Campaigns.Now(), name))
	}
	return out, nil
}

func (s *Server) getCampaign(ctx context.Context, in *CampaignNamed) (*campaignAnswer, error) {
	return s.campaignDone(ctx, in.ID, func(*campaigndesk.Desk) error { return nil })
}

// campaignDone does something with a review and tells how it stands then.
func (s *Server) campaignDone(ctx context.Context, id string, do func(*campaigndesk.Desk) error) (*campaignAnswer, error) {
	desk, err := s.campaigns()
	if err != nil {
		return nil, err
	}
	if err := do(desk); err != nil {
		return nil, err
	}
	c, err := desk.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	name, err := desk.Names(ctx)
	if err != nil {
		return nil, err
	}
	return &campaignAnswer{campaignOf(c, desk.Campaigns.Now(), name)}, nil
}

func (s *Server) makeCampaign(ctx context.Context, in *struct{ Body CampaignPlan }) (*campaignAnswer, error) {
	desk, err := s.campaigns()
	if err != nil {
		return nil, err
	}
	p := in.Body
	c, err := desk.Make(ctx, campaign.Plan{Subject: p.Subject, Title: p.Title, Basis: p.Basis, Fields: p.Fields, Orgs: p.Orgs, Lead: p.Lead, Days: p.Days})
	if err != nil {
		return nil, err
	}
	return s.getCampaign(ctx, &CampaignNamed{c.ID})
}

func (s *Server) getSheet(ctx context.Context, in *CampaignSheetNamed) (*sheetAnswer, error) {
	return s.sheetDone(ctx, in, func(*campaigndesk.Desk) error { return nil })
}

// sheetDone does something with a sheet and tells how it stands then.
func (s *Server) sheetDone(ctx context.Context, in *CampaignSheetNamed, do func(*campaigndesk.Desk) error) (*sheetAnswer, error) {
	desk, err := s.campaigns()
	if err != nil {
		return nil, err
	}
	if err := do(desk); err != nil {
		return nil, err
	}
	sh, err := desk.Sheet(ctx, in.ID, in.Org)
	if err != nil {
		return nil, err
	}
	name, err := desk.Names(ctx)
	if err != nil {
		return nil, err
	}
	out := CampaignSheetDetail{CampaignSheet: campaignSheetOf(sh.Sheet, desk.Campaigns.Now(), name), Items: []CampaignLine{}, May: []string{}}
	for _, l := range sh.Lines {
		out.Items = append(out.Items, CampaignLine{l.Place, l.Object, l.Name, l.Had, l.Verdict, l.Said, l.Why, l.Result})
	}
	for _, may := range []struct {
		what string
		is   bool
	}{{"answer", sh.MayFill}, {"send", sh.MaySend}, {"decide", sh.MayDecide}} {
		if may.is {
			out.May = append(out.May, may.what)
		}
	}
	return &sheetAnswer{out}, nil
}

func (s *Server) answerSheet(ctx context.Context, in *struct {
	CampaignSheetNamed
	Body struct {
		Answers []CampaignAnswer `json:"answers" nullable:"false" minItems:"1" maxItems:"5000"`
	}
}) (*sheetAnswer, error) {
	return s.sheetDone(ctx, &in.CampaignSheetNamed, func(d *campaigndesk.Desk) error {
		sh, err := d.Sheet(ctx, in.ID, in.Org)
		if err != nil {
			return err
		}
		var all []campaign.Answer
		for _, a := range in.Body.Answers {
			one, err := campaigndesk.Reads(ctx, sh.Source, form.Plain, campaign.Answer{Place: a.Place, Verdict: a.Verdict, Name: a.Name, Values: a.Values, Why: a.Why})
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		return d.Answer(ctx, in.ID, in.Org, all)
	})
}

func (s *Server) sheetWorkbook(ctx context.Context, in *CampaignSheetNamed) (*huma.StreamResponse, error) {
	desk, err := s.campaigns()
	if err != nil {
		return nil, err
	}
	sh, err := desk.Sheet(ctx, in.ID, in.Org)
	if err != nil {
		return nil, err
	}
	return s.streamed(ctx, mediaXLSX, "phieu-ra-soat-"+url.PathEscape(in.Org)+".xlsx", func(d *download) error { return campaigndesk.WriteXLSX(ctx, d, sh) }), nil
}

type workbookAnswer struct {
	Body struct {
		Answers []CampaignAnswer    `json:"answers" nullable:"false" doc:"What the workbook says"`
		Sheet   CampaignSheetDetail `json:"sheet" doc:"As it stands now"`
	}
}

func (s *Server) readWorkbook(ctx context.Context, in *struct {
	CampaignSheetNamed
	Name    string `query:"name" maxLength:"200" default:"phieu.xlsx" doc:"Of the file"`
	Look    bool   `query:"look" doc:"Say what it would answer, and keep nothing"`
	RawBody []byte `contentType:"application/octet-stream"`
}) (*workbookAnswer, error) {
	out := &workbookAnswer{}
	out.Body.Answers = []CampaignAnswer{}
	said, err := s.sheetDone(ctx, &in.CampaignSheetNamed, func(d *campaigndesk.Desk) error {
		sh, err := d.Sheet(ctx, in.ID, in.Org)
		if err != nil {
			return err
		}
		all, err := campaigndesk.ReadSheet(ctx, sh, bytes.NewReader(in.RawBody), in.Name)
		if err != nil {
			return err
		}
		for _, a := range all {
			out.Body.Answers = append(out.Body.Answers, CampaignAnswer{a.Place, a.Verdict, a.Name, a.Values, a.Why})
		}
		if in.Look || len(all) == 0 {
			return nil
		}
		return d.Answer(ctx, in.ID, in.Org, all)
	})
	if err != nil {
		return nil, err
	}
	out.Body.Sheet = said.Body
	return out, nil
}
