package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A KeptOrganisation is an organisation as who looks after the register sees it, with
// its changes.
type KeptOrganisation struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	NameEn     string       `json:"name_en,omitempty"`
	Level      org.Level    `json:"level"`
	Province   string       `json:"province,omitempty"`
	Unit       string       `json:"unit,omitempty" doc:"uid of the administrative unit that it governs"`
	UnitCode   string       `json:"unit_code,omitempty"`
	ValidFrom  string       `json:"valid_from,omitempty" format:"date"`
	ValidTo    string       `json:"valid_to,omitempty" format:"date"`
	Codes      []DatedValue `json:"codes" nullable:"false"`
	Parents    []DatedValue `json:"parents" nullable:"false"`
	Before     []string     `json:"predecessors,omitempty" nullable:"false"`
	After      []string     `json:"successors,omitempty" nullable:"false"`
	Collective bool         `json:"collective,omitempty" doc:"A name for several bodies"`
	Sources    []string     `json:"sources,omitempty" nullable:"false"`
	Note       string       `json:"note,omitempty"`
	Base       org.Base     `json:"base" doc:"What it is now: give it back when you change it"`
	History    []Revision   `json:"history" nullable:"false" doc:"The newest first, at most 50"`
}

// A Revision is one change, each field before and after.
type Revision struct {
	ID      string         `json:"id"`
	At      string         `json:"at" format:"date-time"`
	By      DutyActor      `json:"by"`
	Made    bool           `json:"made,omitempty" doc:"It was not there before"`
	Fields  []ChangedField `json:"fields" nullable:"false"`
	Restore bool           `json:"restore" doc:"It may be put back to what it was before"`
}

// A ChangedField is a field before and after, as people read it.
type ChangedField struct {
	Name   string `json:"name"`
	Title  string `json:"title" doc:"In the reader's language, as are the values"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Based says what a change was made from.
type Based struct {
	Base org.Base `json:"base" minLength:"1" maxLength:"40" doc:"base of what you had before you. 409 when somebody has changed it since: errors tell what you wrote and what is there"`
}

// A Restoring puts back what was before a change.
type Restoring struct {
	Based
	Revision string `json:"revision" minLength:"1" maxLength:"40" doc:"Id of the change"`
}

// OrganisationNamed names an organisation.
type OrganisationNamed struct {
	ID string `path:"id" maxLength:"80" example:"hy-syt" doc:"Id of the organisation"`
}

type keptAnswer struct{ Body KeptOrganisation }

type madeOrganisation struct {
	Location string `header:"Location"`
	Body     KeptOrganisation
}

func (s *Server) organisationWriteRoutes() {
	need := door.Of(policy.ManageOrg, policy.KindOrg)
	at := Prefix + "/organisations"
	op := func(id, method, path, vi, en, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: at + path, Summary: vi + " / " + en, Description: more, Tags: []string{"organisations"}, DefaultStatus: http.StatusOK}
	}
	add := op("add-organisation", http.MethodPost, "", "Thêm cơ quan", "Make an organisation", "Its id never changes and is never used again.")
	add.DefaultStatus = http.StatusCreated
	register(s, need, add, func(ctx context.Context, in *struct {
		Body struct {
			ID       string     `json:"id" maxLength:"80" example:"hy-syt" doc:"Lower case, digits and hyphens"`
			Name     string     `json:"name" maxLength:"300"`
			NameEn   string     `json:"name_en,omitempty" maxLength:"300"`
			Level    org.Level  `json:"level" maxLength:"20" doc:"central, province, commune, party, council, front, court, procuracy, police, military, service-unit, school, mass-org, media, bank, enterprise, steering"`
			Province string     `json:"province,omitempty" maxLength:"2" doc:"Code of the province"`
			Code     string     `json:"code,omitempty" maxLength:"40" doc:"Agency code (QĐ 20/2020/QĐ-TTg)"`
			Parent   string     `json:"parent,omitempty" maxLength:"80" doc:"Id of the superior body"`
			From     *viet.Date `json:"valid_from,omitempty" format:"date"`
		}
	}) (*madeOrganisation, error) {
		b := in.Body
		if err := s.People.Add(ctx, orgdesk.Addition{ID: b.ID, Name: b.Name, NameEn: b.NameEn, Level: b.Level, Province: b.Province, Code: b.Code, Parent: b.Parent, From: orgDate(b.From)}); err != nil {
			return nil, err
		}
		made, err := s.keptOrganisation(ctx, b.ID, nil)
		if err != nil {
			return nil, err
		}
		return &madeOrganisation{at + "/" + b.ID, made.Body}, nil
	})
	register(s, need, op("get-organisation-history", http.MethodGet, "/{id}/history", "Cơ quan như trong sổ, các lần thay đổi", "An organisation as it is kept, with its changes", "What a change is made from: base."),
		func(ctx context.Context, in *OrganisationNamed) (*keptAnswer, error) {
			return s.keptOrganisation(ctx, in.ID, nil)
		})
	register(s, need, op("change-organisation", http.MethodPut, "/{id}", "Sửa tên, khối, ghi chú của cơ quan", "Change an organisation's names, level and note", ""), func(ctx context.Context, in *struct {
		OrganisationNamed
		Body struct {
			Based
			Name   string    `json:"name" maxLength:"300"`
			NameEn string    `json:"name_en,omitempty" maxLength:"300"`
			Level  org.Level `json:"level" maxLength:"20"`
			Note   string    `json:"note,omitempty" maxLength:"5000"`
		}
	}) (*keptAnswer, error) {
		b := in.Body
		return s.keptOrganisation(ctx, in.ID, s.People.Change(ctx, in.ID, b.Base, orgdesk.Text{Name: b.Name, NameEn: b.NameEn, Level: b.Level, Note: b.Note}))
	})
	register(s, need, op("move-organisation", http.MethodPost, "/{id}/move", "Đổi cơ quan cấp trên từ một ngày", "Put an organisation under another from a day on", "What was so before that day stays."), func(ctx context.Context, in *struct {
		OrganisationNamed
		Body struct {
			Based
			Parent string    `json:"parent,omitempty" maxLength:"80" doc:"Id of the superior body; absent: none"`
			On     viet.Date `json:"on" format:"date" doc:"First day"`
		}
	}) (*keptAnswer, error) {
		return s.keptOrganisation(ctx, in.ID, s.People.Move(ctx, in.ID, in.Body.Base, in.Body.Parent, in.Body.On))
	})
	register(s, need, op("recode-organisation", http.MethodPost, "/{id}/recode", "Đổi mã định danh từ một ngày", "Give an organisation a new code from a day on", "Its former codes stay in their time."), func(ctx context.Context, in *struct {
		OrganisationNamed
		Body struct {
			Based
			Code string    `json:"code,omitempty" maxLength:"40" doc:"Absent: none"`
			On   viet.Date `json:"on" format:"date" doc:"First day"`
		}
	}) (*keptAnswer, error) {
		return s.keptOrganisation(ctx, in.ID, s.People.Recode(ctx, in.ID, in.Body.Base, in.Body.Code, in.Body.On))
	})
	register(s, need, op("end-organisation", http.MethodPost, "/{id}/end", "Kết thúc cơ quan", "Say that an organisation is no more", ""), func(ctx context.Context, in *struct {
		OrganisationNamed
		Body struct {
			Based
			On         viet.Date `json:"on" format:"date" doc:"Last day"`
			Successors []string  `json:"successors,omitempty" nullable:"false" maxItems:"20" doc:"Ids of what it became"`
		}
	}) (*keptAnswer, error) {
		return s.keptOrganisation(ctx, in.ID, s.People.End(ctx, in.ID, in.Body.Base, in.Body.On, in.Body.Successors...))
	})
	register(s, need, op("restore-organisation", http.MethodPost, "/{id}/restore", "Khôi phục cơ quan như trước một lần thay đổi", "Put an organisation back to what it was before a change", "A change like others, checked among all that are there now."), func(ctx context.Context, in *struct {
		OrganisationNamed
		Body Restoring
	}) (*keptAnswer, error) {
		return s.keptOrganisation(ctx, in.ID, s.People.Restore(ctx, in.ID, in.Body.Base, in.Body.Revision))
	})
	register(s, need, op("list-organisation-posts", http.MethodGet, "/{id}/posts", "Ai giữ chức vụ gì ở cơ quan vào một ngày", "Who holds which post in an organisation on a day", ""), s.listPosts)
}

func orgDate(d *viet.Date) org.Day {
	if d == nil {
		return org.Day{}
	}
	return org.On(*d)
}

// keptOrganisation tells an organisation as it is kept, once err is nothing.
func (s *Server) keptOrganisation(ctx context.Context, id string, err error) (*keptAnswer, error) {
	if err != nil {
		return nil, err
	}
	snap, err := s.People.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	o, ok := snap.Org(id)
	if !ok {
		return nil, fault.New(fault.NotFound, "org.never", id)
	}
	history, err := s.People.History(ctx, snap, o)
	if err != nil {
		return nil, err
	}
	out := KeptOrganisation{
		ID: o.ID, Name: o.Name, NameEn: o.NameEn, Level: o.Level, Province: o.Province, Unit: o.Unit, UnitCode: o.UnitCode, ValidFrom: o.From.String(), ValidTo: o.To.String(),
		Codes: codesOf(o), Parents: parentsOf(o), Before: o.Predecessors, After: o.Successors, Collective: o.Collective, Sources: o.Sources, Note: o.Note, Base: o.Base(), History: revisionsOf(history),
	}
	return &keptAnswer{out}, nil
}

func codesOf(o *org.Org) []DatedValue {
	all := []DatedValue{}
	for _, c := range o.Codes {
		all = append(all, DatedValue{c.Code, c.From.String(), c.To.String()})
	}
	return all
}

func parentsOf(o *org.Org) []DatedValue {
	all := []DatedValue{}
	for _, p := range o.Parents {
		all = append(all, DatedValue{p.ID, p.From.String(), p.To.String()})
	}
	return all
}

func revisionsOf(all []orgdesk.Revision) []Revision {
	list := []Revision{}
	for _, r := range all {
		one := Revision{ID: r.ID, At: r.At, By: dutyActor(r.By), Made: r.Made, Fields: []ChangedField{}, Restore: r.Restore}
		for _, f := range r.Fields {
			one.Fields = append(one.Fields, ChangedField{f.Name, f.Title, f.Before, f.After})
		}
		list = append(list, one)
	}
	return list
}
