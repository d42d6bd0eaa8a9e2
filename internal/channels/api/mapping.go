package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A ColumnMapping is a field with the term that it stands for.
type ColumnMapping struct {
	Address   string         `json:"address" doc:"Of its table"`
	Name      string         `json:"name"`
	Title     string         `json:"title"`
	Term      string         `json:"term,omitempty" doc:"Id of the term that the contract names"`
	TermTitle string         `json:"term_title,omitempty"`
	InForce   bool           `json:"in_force" doc:"The term is in force"`
	NotMapped string         `json:"not_mapped,omitempty" enum:"ky-thuat,tu-do,dac-thu,dan-xuat,cho-thuat-ngu" doc:"Why it stands for none: technical, free text, of this data set alone, derived, a term is proposed"`
	Proposals []TermProposal `json:"proposals" nullable:"false" doc:"Terms that it may stand for, the surest first"`
}

// A TermProposal is a term that a field may stand for.
type TermProposal struct {
	ID         string      `json:"id"`
	Title      string      `json:"title"`
	Definition string      `json:"definition"`
	Sure       float64     `json:"sure" minimum:"0" maximum:"1"`
	Why        []ReasonWhy `json:"why" nullable:"false"`
}

// A ReasonWhy is why a term is proposed.
type ReasonWhy struct {
	Code string `json:"code" enum:"title,synonym,name,words,kind,values"`
	Vi   string `json:"vi"`
	En   string `json:"en"`
}

// A MappedShare is how many fields are mapped to the dictionary.
type MappedShare struct {
	ID      string   `json:"id,omitempty"`
	Name    string   `json:"name,omitempty"`
	Columns int      `json:"columns"`
	Mapped  int      `json:"mapped" doc:"Stand for a term in force"`
	Reason  int      `json:"with_reason" doc:"Say why they stand for none"`
	Neither int      `json:"neither"`
	Percent *float64 `json:"percent" doc:"Of those mapped and with a reason; null without fields"`
}

type mappingAnswer struct {
	Body struct {
		Dataset string          `json:"dataset"`
		Items   []ColumnMapping `json:"items" nullable:"false"`
	}
}

type coverageAnswer struct {
	Body struct {
		Province MappedShare   `json:"province"`
		Owners   []MappedShare `json:"owners" nullable:"false"`
		Datasets []MappedShare `json:"datasets" nullable:"false" doc:"Those with the most fields that are neither first"`
	}
}

func (s *Server) mappingRoutes() {
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "get-mapping", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/mapping",
		Summary: "Ánh xạ các trường vào từ điển / How its fields are mapped to the dictionary", Tags: []string{"dictionary"},
		Description: "For whoever may change the contract, values are compared with what terms ask for; none is told.",
	}, s.getMapping)
	register(s, door.Each(policy.Describe, policy.KindDataset).ForAll(), huma.Operation{
		OperationID: "get-coverage", Method: http.MethodGet, Path: Prefix + "/dictionary/coverage",
		Summary: "Tỷ lệ trường đã ánh xạ vào từ điển / How many fields are mapped to the dictionary", Tags: []string{"dictionary"},
		Description: "Over the data sets in force that the caller may know of: the province, each owner, each data set.",
	}, s.getCoverage)
}

func (s *Server) getMapping(ctx context.Context, in *Addressed) (*mappingAnswer, error) {
	con, obj, err := s.may(ctx, policy.Describe, in.ID)
	if err != nil {
		return nil, err
	}
	desk, err := s.terms()
	if err != nil {
		return nil, err
	}
	columns, err := desk.Mapping(ctx, con, obj)
	if err != nil {
		return nil, err
	}
	out := &mappingAnswer{}
	out.Body.Dataset, out.Body.Items = con.ID, []ColumnMapping{}
	for _, c := range columns {
		one := ColumnMapping{Address: c.Obj.Dataset, Name: c.Column.Name, Title: c.Column.Title, Term: c.Column.Term, NotMapped: c.Column.NotMapped, Proposals: []TermProposal{}}
		if c.Term != nil {
			one.InForce, one.TermTitle = true, c.Term.Title
		}
		for _, p := range c.Proposals {
			one.Proposals = append(one.Proposals, proposalOf(p))
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

func proposalOf(p dictionary.Proposal) TermProposal {
	out := TermProposal{ID: p.ID, Title: p.Title, Definition: p.Definition, Sure: p.Sure, Why: []ReasonWhy{}}
	for _, why := range p.Why {
		out.Why = append(out.Why, ReasonWhy{string(why), why.In(locale.Vi), why.In(locale.En)})
	}
	return out
}

func (s *Server) getCoverage(ctx context.Context, _ *struct{}) (*coverageAnswer, error) {
	desk, err := s.terms()
	if err != nil {
		return nil, err
	}
	c, err := desk.Covered(ctx)
	if err != nil {
		return nil, err
	}
	out := &coverageAnswer{}
	out.Body.Province, out.Body.Owners, out.Body.Datasets = shareOf(c.Province), []MappedShare{}, []MappedShare{}
	for _, o := range c.Owners {
		out.Body.Owners = append(out.Body.Owners, shareOf(o))
	}
	for _, d := range c.Sets {
		out.Body.Datasets = append(out.Body.Datasets, shareOf(d))
	}
	return out, nil
}

func shareOf(s termdesk.Share) MappedShare {
	m := MappedShare{ID: s.ID, Name: s.Name, Columns: s.Columns, Mapped: s.Mapped, Reason: s.Reasoned, Neither: s.Open()}
	if percent, ok := s.Percent(); ok {
		m.Percent = &percent
	}
	return m
}
