package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/paper"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Measure is one figure of governance with what it gives now.
type Measure struct {
	ID          string             `json:"id" example:"QT-01"`
	Set         string             `json:"set" enum:"quan-tri,kien-truc"`
	Group       string             `json:"group"`
	Title       string             `json:"title"`
	TitleEn     string             `json:"title_en,omitempty"`
	Unit        string             `json:"unit" enum:"percent,count,days"`
	Period      string             `json:"period" enum:"year,quarter,month"`
	Auto        bool               `json:"auto" doc:"Measured by the platform; false: declared"`
	Value       *float64           `json:"value,omitempty" doc:"Absent: not measured, see why"`
	Numerator   *float64           `json:"numerator,omitempty"`
	Denominator *float64           `json:"denominator,omitempty"`
	Score       *int               `json:"score,omitempty" doc:"0 to 5"`
	Target      *float64           `json:"target,omitempty"`
	Why         *contract.Sentence `json:"why,omitempty" doc:"Why there is no value"`
	Broken      string             `json:"broken,omitempty" doc:"What the engine says of the SELECT; absent when it was answered"`
}

// A MeasureDetail is a measure with how it comes about, its versions and what was
// declared for it.
type MeasureDetail struct {
	Measure
	About    string               `json:"about"`
	SQL      string               `json:"sql" doc:"SELECT over the platform's facts; empty: declared"`
	Source   string               `json:"source"`
	Digest   string               `json:"digest" doc:"Of the version in force; give it back as base when you change it"`
	Versions []MeasureVersion     `json:"versions" nullable:"false" doc:"The newest first"`
	Declared []MeasureDeclaration `json:"declared" nullable:"false" doc:"The last first"`
}

// A MeasureVersion is a version of a measure.
type MeasureVersion struct {
	Digest string    `json:"digest"`
	State  string    `json:"state" enum:"current,past,retired"`
	SQL    string    `json:"sql"`
	Target *float64  `json:"target,omitempty"`
	Pack   string    `json:"pack,omitempty" doc:"That brought it"`
	Why    string    `json:"why,omitempty"`
	By     DutyActor `json:"by"`
	MadeAt string    `json:"made_at" format:"date-time"`
}

// A MeasureDeclaration is what somebody has declared for a period.
type MeasureDeclaration struct {
	Period   string    `json:"period"`
	Value    *float64  `json:"value,omitempty" doc:"Absent: taken back"`
	Evidence string    `json:"evidence,omitempty"`
	Note     string    `json:"note,omitempty"`
	By       DutyActor `json:"by"`
	At       string    `json:"at" format:"date-time"`
}

// A DossierSection is a part of the yearly dossier.
type DossierSection struct {
	Heading string   `json:"heading" maxLength:"1000" doc:"Empty: goes on under the heading before"`
	Text    string   `json:"text,omitempty" maxLength:"20000" doc:"A line is a paragraph"`
	Parts   []string `json:"parts,omitempty" nullable:"false" doc:"Codes of the parts that stand in it"`
	Table   string   `json:"table,omitempty" maxLength:"1000" doc:"Caption of its tables of measures"`
}

// A DossierLayout says what the yearly dossier holds, and in which order.
type DossierLayout struct {
	Title    string           `json:"title" maxLength:"1000" doc:"Abstract of the paper. {nam} and {luc} are filled in here and in texts: the year, the time"`
	Sections []DossierSection `json:"sections" nullable:"false" maxItems:"100"`
}

// A DossierLayoutDetail is the layout in force with what may stand in it and its
// versions.
type DossierLayoutDetail struct {
	DossierLayout
	Digest   string                 `json:"digest" doc:"Give it back as base when you change it"`
	Pack     string                 `json:"pack,omitempty" doc:"That brought it"`
	Parts    []DossierPart          `json:"parts" nullable:"false" doc:"What may stand in sections, each once"`
	Versions []DossierLayoutVersion `json:"versions" nullable:"false" doc:"The newest first; none: the one that the platform ships is in force"`
}

// A DossierPart is what may stand in a section.
type DossierPart struct {
	Code string `json:"code"`
	Vi   string `json:"vi"`
	En   string `json:"en"`
}

// A DossierLayoutVersion is a version of the layout.
type DossierLayoutVersion struct {
	DossierLayout
	Digest string    `json:"digest"`
	State  string    `json:"state" enum:"current,past,retired"`
	Why    string    `json:"why,omitempty"`
	By     DutyActor `json:"by"`
	MadeAt string    `json:"made_at" format:"date-time"`
}

// MeasureNamed names a measure.
type MeasureNamed struct {
	ID string `path:"id" maxLength:"40" example:"QT-01" doc:"Id of the measure"`
}

// An Again puts a former version into force again.
type Again struct {
	Digest string `json:"digest" minLength:"1" maxLength:"64" doc:"Of the former version"`
	Base   string `json:"base" minLength:"1" maxLength:"64" doc:"digest of the version in force. 409 when another has come since: errors tell in what they differ"`
	Why    string `json:"why,omitempty" maxLength:"2000"`
}

type (
	measureList struct {
		Body struct {
			Items []Measure `json:"items" nullable:"false"`
		}
	}
	measureAnswer struct{ Body MeasureDetail }
	layoutAnswer  struct{ Body DossierLayoutDetail }
)

const mediaDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

func (s *Server) governanceRoutes() {
	if s.Govern == nil {
		return
	}
	read := door.Of(policy.Describe, policy.KindDataset).ForAll()
	edit, lead := door.Of(policy.EditContract, policy.KindCodeList), door.Of(policy.Approve, policy.KindCodeList)
	op := func(id, method, path, vi, en, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: Prefix + path, Summary: vi + " / " + en, Description: more, Tags: []string{"governance"}, DefaultStatus: http.StatusOK}
	}
	register(s, read, op("list-measures", http.MethodGet, "/measures", "Chỉ số quản trị dữ liệu và giá trị", "Measures of governance with their values", ""), s.listMeasures)
	register(s, read, op("get-measure", http.MethodGet, "/measures/{id}", "Một chỉ số, cách tính và các phiên bản", "One measure, how it is counted, its versions", ""),
		func(ctx context.Context, in *MeasureNamed) (*measureAnswer, error) { return s.oneMeasure(ctx, in.ID) })
	register(s, edit, op("put-measure", http.MethodPut, "/measures/{id}", "Sửa câu lệnh, mục tiêu của chỉ số", "Change a measure's SELECT and target", "The SELECT is answered first. The version before stays."),
		func(ctx context.Context, in *struct {
			MeasureNamed
			Body struct {
				SQL    string   `json:"sql" maxLength:"20000" doc:"Empty: the measure is declared"`
				Target *float64 `json:"target,omitempty" doc:"Absent: none"`
				Base   string   `json:"base" minLength:"1" maxLength:"64" doc:"digest of the version that it was made from. 409 when another has come since: errors tell in what they differ"`
				Why    string   `json:"why" maxLength:"2000"`
			}
		}) (*measureAnswer, error) {
			return s.changedMeasure(ctx, in.ID, s.Govern.PutMeasure(ctx, in.ID, in.Body.Base, in.Body.Why, func(m *govern.Measure) error {
				m.SQL, m.Target, m.Pack = in.Body.SQL, in.Body.Target, ""
				return nil
			}))
		})
	register(s, edit, op("restore-measure", http.MethodPost, "/measures/{id}/again", "Dùng lại một phiên bản trước của chỉ số", "Put a former version of a measure into force again", ""),
		func(ctx context.Context, in *struct {
			MeasureNamed
			Body Again
		}) (*measureAnswer, error) {
			return s.changedMeasure(ctx, in.ID, s.Govern.MeasureAgain(ctx, in.ID, in.Body.Base, in.Body.Digest, in.Body.Why))
		})
	register(s, lead, op("declare-measure", http.MethodPost, "/measures/{id}/declarations", "Khai báo giá trị chỉ số kèm minh chứng", "Declare a measure's value with its evidence", "Without value the declaration of the period is taken back."),
		func(ctx context.Context, in *struct {
			MeasureNamed
			Body struct {
				Period   string   `json:"period" maxLength:"20" example:"2026-Q4"`
				Value    *float64 `json:"value,omitempty"`
				Evidence string   `json:"evidence,omitempty" maxLength:"2000" doc:"Needed with a value: number of a document, or an address"`
				Note     string   `json:"note,omitempty" maxLength:"2000"`
			}
		}) (*measureAnswer, error) {
			b := in.Body
			return s.changedMeasure(ctx, in.ID, s.Govern.Declare(ctx, govern.Declaration{Measure: in.ID, Period: b.Period, Value: b.Value, Evidence: b.Evidence, Note: b.Note}))
		})
	file := op("get-dossier", http.MethodGet, "/dossier", "Hồ sơ kiểm tra, đánh giá dữ liệu của năm", "The yearly dossier", "In the name of the caller's agency, over the data sets that they may know of.")
	binary := &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	file.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{mediaDOCX: binary, "application/pdf": binary}}}
	register(s, lead, file, s.dossier)
	register(s, edit, op("get-dossier-layout", http.MethodGet, "/dossier/layout", "Bố cục hồ sơ hằng năm và các phiên bản", "Layout of the yearly dossier with its versions", ""),
		func(ctx context.Context, _ *struct{}) (*layoutAnswer, error) { return s.layout(ctx, nil) })
	register(s, edit, op("put-dossier-layout", http.MethodPut, "/dossier/layout", "Áp dụng bố cục khác cho hồ sơ hằng năm", "Put another layout of the yearly dossier in force", "The next dossier is written by it. The layout before stays."),
		func(ctx context.Context, in *struct {
			Body struct {
				DossierLayout
				Base string `json:"base" minLength:"1" maxLength:"64" doc:"digest of the layout that it was made from. 409 when another has come since: errors tell in what they differ"`
				Why  string `json:"why" maxLength:"2000"`
			}
		}) (*layoutAnswer, error) {
			l := &govern.Layout{Title: in.Body.Title}
			for _, one := range in.Body.Sections {
				l.Sections = append(l.Sections, govern.Section{Heading: one.Heading, Text: one.Text, Parts: one.Parts, Table: one.Table})
			}
			return s.layout(ctx, s.Govern.PutLayout(ctx, in.Body.Base, in.Body.Why, l))
		})
	register(s, edit, op("restore-dossier-layout", http.MethodPost, "/dossier/layout/again", "Dùng lại một bố cục trước", "Put a former layout in force again", "It undoes a change."),
		func(ctx context.Context, in *struct{ Body Again }) (*layoutAnswer, error) {
			return s.layout(ctx, s.Govern.LayoutAgain(ctx, in.Body.Base, in.Body.Digest, in.Body.Why))
		})
}

func (s *Server) listMeasures(ctx context.Context, _ *struct{}) (*measureList, error) {
	all, err := s.Govern.Figures(ctx)
	out := &measureList{}
	out.Body.Items = []Measure{}
	for _, f := range all {
		out.Body.Items = append(out.Body.Items, measureOf(&f))
	}
	return out, err
}

func measureOf(f *govern.Figure) Measure {
	m := Measure{ID: f.ID, Set: f.Set, Group: f.Group, Title: f.Title, TitleEn: f.TitleEn, Unit: f.Unit, Period: f.Period, Auto: f.Auto, Value: f.Value, Numerator: f.Numerator, Denominator: f.Denominator,
		Score: f.Score, Target: f.Target, Broken: f.Broken}
	if f.Value == nil {
		m.Why = &f.Why
	}
	return m
}

// changedMeasure tells how a measure stands once it was changed.
func (s *Server) changedMeasure(ctx context.Context, id string, err error) (*measureAnswer, error) {
	if err != nil {
		return nil, err
	}
	return s.oneMeasure(ctx, id)
}

func (s *Server) oneMeasure(ctx context.Context, id string) (*measureAnswer, error) {
	f, err := s.Govern.Figure(ctx, id)
	if err != nil {
		return nil, err
	}
	versions, err := s.Govern.Versions(ctx, id)
	if err != nil {
		return nil, err
	}
	said, err := s.Govern.Declarations(ctx, id)
	if err != nil {
		return nil, err
	}
	out := MeasureDetail{Measure: measureOf(&f), About: f.About, SQL: f.SQL, Source: f.Source, Digest: f.Digest, Versions: []MeasureVersion{}, Declared: []MeasureDeclaration{}}
	for _, v := range versions {
		out.Versions = append(out.Versions, MeasureVersion{v.Digest, v.State, v.SQL, v.Target, v.Pack, v.Why, dutyActor(v.By), v.MadeAt})
	}
	for _, d := range said {
		out.Declared = append(out.Declared, MeasureDeclaration{d.Period, d.Value, d.Evidence, d.Note, dutyActor(d.By), d.At})
	}
	return &measureAnswer{out}, nil
}

func (s *Server) dossier(ctx context.Context, in *struct {
	Format string `query:"format" enum:"docx,pdf" default:"docx"`
}) (*huma.StreamResponse, error) {
	p, err := s.Govern.Paper(ctx)
	if err != nil {
		return nil, err
	}
	write, mediaType := paper.DOCX, mediaDOCX
	if in.Format == "pdf" {
		write, mediaType = paper.PDF, "application/pdf"
	}
	var b bytes.Buffer // a paper that fails is an answer in words, not half a file
	if err := write(&b, p); err != nil {
		return nil, err
	}
	return s.streamed(ctx, mediaType, fmt.Sprintf("bao-cao-kiem-tra-du-lieu-%d.%s", p.Year, in.Format), func(d *download) error {
		_, err := io.Copy(d, &b)
		return err
	}), nil
}

// layout tells the layout in force, once err is nothing.
func (s *Server) layout(ctx context.Context, err error) (*layoutAnswer, error) {
	if err != nil {
		return nil, err
	}
	now, err := s.Govern.Layout(ctx)
	if err != nil {
		return nil, err
	}
	versions, err := s.Govern.Layouts(ctx)
	if err != nil {
		return nil, err
	}
	out := DossierLayoutDetail{DossierLayout: layoutOf(now), Digest: now.Digest, Pack: now.Pack, Parts: []DossierPart{}, Versions: []DossierLayoutVersion{}}
	for _, p := range govern.DossierParts() {
		out.Parts = append(out.Parts, DossierPart{p.Code, p.Title.Vi, p.Title.En})
	}
	for _, v := range versions {
		out.Versions = append(out.Versions, DossierLayoutVersion{layoutOf(v.Layout), v.Digest, v.State, v.Why, dutyActor(v.By), v.MadeAt})
	}
	return &layoutAnswer{out}, nil
}

func layoutOf(l *govern.Layout) DossierLayout {
	out := DossierLayout{Title: l.Title, Sections: []DossierSection{}}
	for _, s := range l.Sections {
		out.Sections = append(out.Sections, DossierSection{s.Heading, s.Text, s.Parts, s.Table})
	}
	return out
}
