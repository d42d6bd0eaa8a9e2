package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/classdesk"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A ClassifiedSet is a data set with how far it is classified.
type ClassifiedSet struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	State    string `json:"state" enum:"none,partly,whole" doc:"none: nobody has decided on the whole; partly: nobody has decided on some columns"`
	Access   string `json:"access,omitempty" enum:"open,shared,restricted" doc:"How widely it may be used (dữ liệu mở, dùng chung, dùng riêng)"`
	Class    string `json:"class,omitempty" enum:"core,important,other" doc:"By the law on data (dữ liệu cốt lõi, quan trọng, khác)"`
	Open     int    `json:"open" doc:"Columns that nobody has decided on"`
	Personal int    `json:"personal" doc:"Columns that tell of persons"`
}

// A ClassificationDetail is how a data set is classified and what is proposed.
type ClassificationDetail struct {
	ClassifiedSet
	Digest  string           `json:"digest" doc:"Of the contract: give it back with a decision"`
	Objects []ClassProposals `json:"objects" nullable:"false"`
}

// ClassProposals are what is proposed for a table.
type ClassProposals struct {
	Object    string           `json:"object"`
	Title     string           `json:"title"`
	Access    string           `json:"access" enum:"open,shared,restricted" doc:"Proposed"`
	AccessWhy []corridor.Words `json:"access_why" nullable:"false"`
	Class     string           `json:"class" enum:"core,important,other" doc:"Proposed"`
	ClassWhy  []corridor.Words `json:"class_why" nullable:"false"`
	Subjects  int64            `json:"subjects" doc:"Persons that the rows speak of; 0: none"`
	Estimated bool             `json:"estimated" doc:"Subjects are estimated from a sample"`
	Columns   []ClassColumn    `json:"columns" nullable:"false"`
}

// A ClassColumn is what a column tells of persons.
type ClassColumn struct {
	Column     string           `json:"column"`
	Title      string           `json:"title"`
	Now        ClassPersonal    `json:"now" doc:"What holds; class is empty when nobody has decided"`
	Proposed   ClassPersonal    `json:"proposed"`
	Differs    bool             `json:"differs" doc:"A decision is to be taken"`
	Confidence float64          `json:"confidence" doc:"0 to 1"`
	Why        []corridor.Words `json:"why" nullable:"false" doc:"Headings, kinds and counts, never a value"`
}

// A ClassPersonal is what a column tells of persons.
type ClassPersonal struct {
	Class string `json:"class" enum:"none,basic,sensitive," doc:"Nothing, basic or sensitive personal data; empty: nobody has decided"`
	Kind  string `json:"kind,omitempty" example:"personal_id"`
}

// A ClassDecision is what a person decided of a column.
type ClassDecision struct {
	Object string `json:"object,omitempty" maxLength:"200" doc:"Name of the table; may be left out where there is one"`
	Column string `json:"column" minLength:"1" maxLength:"200"`
	Class  string `json:"class" enum:"none,basic,sensitive" doc:"What it tells of a person: nothing, basic or sensitive personal data"`
	Kind   string `json:"kind,omitempty" maxLength:"40" example:"personal_id" doc:"Of personal data, as phohien.personal has it; absent with none"`
}

type (
	classifiedList struct {
		Body struct {
			Items []ClassifiedSet `json:"items" nullable:"false" doc:"Those with the most left to decide first"`
		}
	}
	classificationAnswer struct{ Body ClassificationDetail }
)

func (s *Server) classificationRoutes() {
	if s.Classes == nil {
		return
	}
	need := door.Each(policy.Classify, policy.KindDataset)
	op := func(id, method, path, vi, en, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: Prefix + path, Summary: vi + " / " + en, Description: more, Tags: []string{"datasets"}, DefaultStatus: http.StatusOK}
	}
	register(s, need, op("list-classifications", http.MethodGet, "/classifications", "Các bộ dữ liệu và tình trạng phân loại", "Data sets and how far they are classified", "Of those that the caller classifies."), func(ctx context.Context, _ *struct{}) (*classifiedList, error) {
		all, err := s.Classes.All(ctx)
		out := &classifiedList{}
		out.Body.Items = []ClassifiedSet{}
		for _, set := range all {
			out.Body.Items = append(out.Body.Items, classifiedSet(set))
		}
		return out, err
	})
	at := "/datasets/{id}/classification"
	register(s, need, op("get-classification", http.MethodGet, at, "Phân loại của bộ dữ liệu và đề xuất", "How a data set is classified, and what is proposed", "Detectors look at headings and at some rows; what they say holds no value."), func(ctx context.Context, in *Addressed) (*classificationAnswer, error) {
		return s.classification(ctx, in.ID, nil)
	})
	register(s, need, op("classify", http.MethodPut, at, "Quyết định phân loại", "Decide how a data set is classified", "A new version of the contract. Columns that are left out stay as they are."), func(ctx context.Context, in *struct {
		Addressed
		Body struct {
			Digest  string          `json:"digest" minLength:"1" maxLength:"64" doc:"Of the contract that was looked at. 409 when somebody has changed it since"`
			Access  string          `json:"access,omitempty" enum:"open,shared,restricted" doc:"Absent: stays"`
			Class   string          `json:"class,omitempty" enum:"core,important,other" doc:"Absent: stays"`
			Columns []ClassDecision `json:"columns,omitempty" maxItems:"5000" nullable:"false"`
			Reason  string          `json:"reason" minLength:"1" maxLength:"1000" doc:"Kept with the version and in the log"`
		}
	}) (*classificationAnswer, error) {
		con, err := s.Classes.Find(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		decisions := []draft.Decision{{Access: in.Body.Access, Class: in.Body.Class}}
		for _, c := range in.Body.Columns {
			if classdesk.Column(con, c.Object, c.Column) == nil {
				return nil, fault.New(fault.Invalid, "column.unknown", c.Column, con.Name)
			}
			decisions = append(decisions, draft.Decision{Object: c.Object, Column: c.Column, Personal: contract.Personal{Class: contract.PersonalClass(c.Class), Kind: c.Kind}})
		}
		return s.classification(ctx, in.ID, s.Classes.Decide(ctx, con, in.Body.Digest, in.Body.Reason, decisions))
	})
	register(s, need, op("undo-classification", http.MethodPost, at+"/undo", "Dùng lại phân loại trước", "Use an earlier classification again", "What else changed since is taken back by those alone who may change the contract."), func(ctx context.Context, in *struct {
		Addressed
		Body struct {
			Digest string `json:"digest" minLength:"1" maxLength:"64" doc:"Of the contract in force. 409 when somebody has changed it since"`
			To     string `json:"to" minLength:"1" maxLength:"64" doc:"Digest of the earlier version"`
		}
	}) (*classificationAnswer, error) {
		con, err := s.Classes.Find(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return s.classification(ctx, in.ID, s.Classes.Back(ctx, con, in.Body.Digest, in.Body.To))
	})
}

// classification tells how a data set is classified, once err is nothing.
func (s *Server) classification(ctx context.Context, address string, err error) (*classificationAnswer, error) {
	if err != nil {
		return nil, err
	}
	con, err := s.Classes.Find(ctx, address)
	if err != nil {
		return nil, err
	}
	all, err := s.Classes.Propose(ctx, con)
	if err != nil {
		return nil, err
	}
	out := ClassificationDetail{ClassifiedSet: classifiedSet(classdesk.Of(con)), Digest: con.Digest, Objects: []ClassProposals{}}
	for n, c := range all {
		one := ClassProposals{
			Object: con.Objects[n].Name, Title: con.Objects[n].Title, Access: c.Access, AccessWhy: inWords(c.AccessWhy), Class: c.Class, ClassWhy: inWords(c.ClassWhy),
			Subjects: c.Subjects, Estimated: c.Estimated, Columns: []ClassColumn{},
		}
		for _, p := range c.Columns {
			one.Columns = append(one.Columns, ClassColumn{p.Column, p.Title, classPersonal(p.Now), classPersonal(p.Proposed), p.Differs(), p.Confidence, inWords(p.Why)})
		}
		out.Objects = append(out.Objects, one)
	}
	return &classificationAnswer{out}, nil
}

func classifiedSet(set classdesk.Set) ClassifiedSet {
	state := map[classdesk.State]string{classdesk.None: "none", classdesk.Partly: "partly", classdesk.Whole: "whole"}[set.State]
	return ClassifiedSet{ID: set.ID, Name: set.Name, State: state, Access: set.Access, Class: set.Class, Open: set.Open, Personal: set.Personal}
}

func classPersonal(p contract.Personal) ClassPersonal { return ClassPersonal{string(p.Class), p.Kind} }

func inWords(notes []draft.Note) []corridor.Words {
	all := []corridor.Words{}
	for _, n := range notes {
		all = append(all, corridor.Words{Vi: n.In(locale.Vi), En: n.In(locale.En)})
	}
	return all
}
