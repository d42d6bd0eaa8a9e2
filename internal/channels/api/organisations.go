package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// An Organisation is an organisation on a day: its public fields, no people.
type Organisation struct {
	ID         string   `json:"id" example:"hy-syt" doc:"Never changes and is never used again"`
	Name       string   `json:"name" example:"Sở Y tế"`
	NameEn     string   `json:"name_en,omitempty"`
	Level      string   `json:"level" doc:"central, province, commune, party, council, front, court, procuracy, police, military, service-unit, school, mass-org, media, bank, enterprise, steering"`
	Province   string   `json:"province,omitempty" doc:"Code of the province; absent for those of no single one"`
	Code       string   `json:"code,omitempty" example:"H31.14" doc:"Agency code (QĐ 20/2020/QĐ-TTg) on that day"`
	Parent     string   `json:"parent,omitempty" doc:"Id of the superior body on that day"`
	Depth      int      `json:"depth" doc:"0 at the top of the tree"`
	Unit       string   `json:"unit,omitempty" doc:"uid of the administrative unit that it governs"`
	UnitCode   string   `json:"unit_code,omitempty"`
	ValidFrom  string   `json:"valid_from,omitempty" format:"date"`
	ValidTo    string   `json:"valid_to,omitempty" format:"date"`
	Collective bool     `json:"collective,omitempty" doc:"A name for several bodies, not one body"`
	Before     []string `json:"predecessors,omitempty" nullable:"false"`
	After      []string `json:"successors,omitempty" nullable:"false"`
}

// An OrganisationDetail is one organisation with its life.
type OrganisationDetail struct {
	Organisation
	Path    []string       `json:"path" nullable:"false" doc:"Itself, then its superiors on that day; empty when it is not there"`
	Codes   []DatedValue   `json:"codes" nullable:"false"`
	Parents []DatedValue   `json:"parents" nullable:"false"`
	Became  []Organisation `json:"became" nullable:"false" doc:"What has become of it by that day, itself while it is there"`
}

// A DatedValue is what was so between two days.
type DatedValue struct {
	Value     string `json:"value"`
	ValidFrom string `json:"valid_from,omitempty" format:"date"`
	ValidTo   string `json:"valid_to,omitempty" format:"date"`
}

type organisationList struct {
	Body struct {
		On    viet.Date      `json:"on" format:"date" doc:"The day that was asked for"`
		Items []Organisation `json:"items" nullable:"false"`
	}
}

type organisationQuery struct {
	Q     string `query:"q" maxLength:"200" doc:"Name, with or without marks, or code"`
	Under string `query:"under" maxLength:"80" doc:"Id: that organisation and all below it"`
	Code  string `query:"code" maxLength:"40" doc:"Agency code on that day"`
	On    string `query:"on" maxLength:"20" doc:"Day: 2026-11-22 or 22/11/2026; today when absent"`
	Limit int    `query:"limit" minimum:"1" maximum:"10000" default:"10000"`
}

func (s *Server) organisationRoutes() {
	need := door.Of(policy.Describe, policy.KindOrg).ForAll()
	register(s, need, huma.Operation{
		OperationID: "list-organisations", Method: http.MethodGet, Path: Prefix + "/organisations",
		Summary: "Hệ thống cơ quan vào một ngày / The tree of organisations on a day", Tags: []string{"organisations"},
		Description: "In the order of the tree: each is followed by those below it. With q, the best fit first.",
	}, s.listOrganisations)
	register(s, need, huma.Operation{
		OperationID: "get-organisation", Method: http.MethodGet, Path: Prefix + "/organisations/{id}",
		Summary: "Một cơ quan và lịch sử / One organisation and its history", Tags: []string{"organisations"},
	}, s.getOrganisation)
	if s.People != nil {
		s.organisationWriteRoutes()
		s.postRoutes()
	}
}

func (s *Server) organisations(ctx context.Context, text string) (*org.Snapshot, viet.Date, error) {
	if s.Orgs == nil {
		return nil, 0, fault.New(fault.NotFound, "page.no-such-page")
	}
	on, err := orgDay(text)
	if err != nil {
		return nil, 0, err
	}
	snap, err := s.Orgs.Snapshot(ctx)
	return snap, on, err
}

func orgDay(text string) (viet.Date, error) {
	if text == "" {
		return org.Today(time.Now()), nil
	}
	d, _, err := viet.ParseDate([]byte(text))
	if err != nil {
		return 0, fault.New(fault.Invalid, "people.day", text)
	}
	return d, nil
}

func (s *Server) listOrganisations(ctx context.Context, in *organisationQuery) (*organisationList, error) {
	snap, on, err := s.organisations(ctx, in.On)
	if err != nil {
		return nil, err
	}
	out := &organisationList{}
	out.Body.On, out.Body.Items = on, []Organisation{}
	within := func(o *org.Org) bool { return in.Under == "" || snap.Within(o.ID, in.Under, on) }
	add := func(o *org.Org, depth int) {
		if len(out.Body.Items) < in.Limit && within(o) {
			out.Body.Items = append(out.Body.Items, organisation(o, on, depth))
		}
	}
	switch {
	case in.Code != "":
		if o, ok := snap.ByCode(in.Code, on); ok {
			add(o, depthOf(snap, o.ID, on))
		}
	case in.Q != "":
		for _, o := range snap.Find(in.Q, on, in.Limit) {
			add(o, depthOf(snap, o.ID, on))
		}
	default:
		for _, b := range snap.Tree(on) {
			add(b.Org, b.Depth)
		}
	}
	return out, nil
}

func depthOf(snap *org.Snapshot, id string, on viet.Date) int {
	return max(len(snap.Path(id, on))-1, 0)
}

func organisation(o *org.Org, on viet.Date, depth int) Organisation {
	return Organisation{
		ID: o.ID, Name: o.Name, NameEn: o.NameEn, Level: string(o.Level), Province: o.Province, Code: o.CodeOn(on), Parent: o.ParentOn(on), Depth: depth,
		Unit: o.Unit, UnitCode: o.UnitCode, ValidFrom: o.From.String(), ValidTo: o.To.String(), Collective: o.Collective, Before: o.Predecessors, After: o.Successors,
	}
}

func (s *Server) getOrganisation(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"80"`
	On string `query:"on" maxLength:"20" doc:"Day; today when absent"`
}) (*struct{ Body OrganisationDetail }, error) {
	snap, on, err := s.organisations(ctx, in.On)
	if err != nil {
		return nil, err
	}
	o, ok := snap.Org(in.ID)
	if !ok {
		return nil, fault.New(fault.NotFound, "org.never", in.ID)
	}
	d := OrganisationDetail{
		Organisation: organisation(o, on, depthOf(snap, o.ID, on)), Path: append([]string{}, snap.Path(o.ID, on)...),
		Codes: codesOf(o), Parents: parentsOf(o), Became: []Organisation{},
	}
	for _, id := range snap.Successors(o.ID, on) {
		if next, ok := snap.Org(id); ok {
			d.Became = append(d.Became, organisation(next, on, depthOf(snap, id, on)))
		}
	}
	return &struct{ Body OrganisationDetail }{d}, nil
}
