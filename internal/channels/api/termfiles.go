package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A TermRow is what would become, or became, of a row of a file of terms.
type TermRow struct {
	Line    int            `json:"line" doc:"In the file"`
	ID      string         `json:"id,omitempty"`
	Title   string         `json:"title"`
	Outcome string         `json:"outcome" enum:"new,changed,same,wrong"`
	Field   string         `json:"field,omitempty" doc:"wrong: name of the column; absent when it is the whole row"`
	Type    string         `json:"type,omitempty" doc:"wrong: the kind of problem, as those of answers"`
	Vi      string         `json:"vi,omitempty" doc:"wrong: what, and how to mend it"`
	En      string         `json:"en,omitempty"`
	Changes []ChangeDetail `json:"changes,omitempty" nullable:"false" doc:"changed: from the version in force"`
	Made    string         `json:"made,omitempty" doc:"Digest of the proposal"`
}

// A ChangeDetail says in a sentence what changes.
type ChangeDetail struct {
	Vi       string `json:"vi"`
	En       string `json:"en"`
	Breaking bool   `json:"breaking"`
}

// A TermPlan is what would become, or became, of a file of terms.
type TermPlan struct {
	New     int       `json:"new"`
	Changed int       `json:"changed"`
	Same    int       `json:"same"`
	Wrong   int       `json:"wrong"`
	Made    int       `json:"made" doc:"Proposals that were made, all at once"`
	Items   []TermRow `json:"items" nullable:"false" doc:"In the order of the file"`
}

func (s *Server) termFileRoutes() {
	text := &huma.Schema{Type: "string"}
	object := &huma.Schema{Type: "object", AdditionalProperties: true}
	register(s, door.Of(policy.Describe, policy.KindCodeList).ForAll(), huma.Operation{
		OperationID: "export-terms", Method: http.MethodGet, Path: Prefix + "/terms/export",
		Summary: "Xuất từ điển / Export the dictionary", Tags: []string{"dictionary"},
		Description: "The terms in force. csv and xlsx can be brought in again; jsonld is a SKOS concept scheme and DCAT data set in JSON-LD 1.1 with its context inside; iso11179 is the view of ISO/IEC 11179-3: data element concepts, value domains, data elements.",
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"text/csv": {Schema: text}, mediaXLSX: {Schema: &huma.Schema{Type: "string", Format: "binary"}},
			"application/ld+json": {Schema: object}, "application/json": jsonOf[termdesk.Registry](s).Content["application/json"],
		}}},
	}, s.exportTerms)
	register(s, door.Each(policy.Draft, policy.KindCodeList), huma.Operation{
		OperationID: "import-terms", Method: http.MethodPost, Path: Prefix + "/terms/import", DefaultStatus: http.StatusOK,
		Summary: "Nạp thuật ngữ từ tệp / Bring terms in from a file", Tags: []string{"dictionary"},
		Description: "The body is the file, with the headings of the export. The answer says what would become of each row; nothing is kept. With confirm the rows that are right become proposals in one transaction.",
		RequestBody: fileBody(),
	}, s.importTerms)
}

// inForce are the terms in force.
func (s *Server) inForce(ctx context.Context) ([]*dictionary.Term, error) {
	desk, err := s.terms()
	if err != nil {
		return nil, err
	}
	book, err := desk.Terms.Book(ctx)
	if err != nil {
		return nil, err
	}
	return book.Terms(), nil
}

func (s *Server) exportTerms(ctx context.Context, in *struct {
	Format string `query:"format" enum:"csv,xlsx,jsonld,iso11179" default:"csv"`
}) (*huma.StreamResponse, error) {
	terms, err := s.inForce(ctx)
	if err != nil {
		return nil, err
	}
	l := locale.From(ctx)
	const name = "tu-dien"
	asJSON := func(mediaType, file string, v any) (*huma.StreamResponse, error) {
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return nil, err
		}
		return s.streamed(ctx, mediaType, file, func(d *download) error {
			_, err := d.Write(append(text, '\n'))
			return err
		}), nil
	}
	switch in.Format {
	case "xlsx":
		return s.streamed(ctx, mediaXLSX, name+".xlsx", func(d *download) error { return termdesk.XLSX(d, l, terms) }), nil
	case "jsonld":
		about, err := s.aboutTerms(ctx)
		if err != nil {
			return nil, err
		}
		return asJSON("application/ld+json", name+".jsonld", termdesk.JSONLD(about, terms))
	case "iso11179":
		r, err := termdesk.ISO11179(locale.Vi.T("lexicon.title"), terms)
		if err != nil {
			return nil, err
		}
		return asJSON("application/json", name+"-iso11179.json", r)
	}
	return s.streamed(ctx, "text/csv; charset=utf-8", name+".csv", func(d *download) error { return termdesk.CSV(d, l, terms) }), nil
}

// aboutTerms says whose dictionary it is, under the name that was asked.
func (s *Server) aboutTerms(ctx context.Context) (termdesk.About, error) {
	r := exchangeOf(ctx).r
	about := termdesk.About{Base: "http://" + r.Host, Title: locale.Vi.T("lexicon.title")}
	if guard.Secure(r) {
		about.Base = "https://" + r.Host
	}
	if s.Orgs == nil {
		return about, nil
	}
	all, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return about, err
	}
	today := org.Today(time.Now())
	about.Names = func(id string) string { return all.NameOf(id, today) }
	return about, nil
}

// importTime is how long a file of terms may be looked at once it has come in.
const importTime = 10 * time.Minute

func (s *Server) importTerms(ctx context.Context, in *struct {
	Confirm bool   `query:"confirm" doc:"Make proposals of the rows that are right"`
	Why     string `query:"why" maxLength:"1000" doc:"With confirm: why, for the history"`
	Name    string `query:"name" maxLength:"255" doc:"File name, when Content-Disposition does not carry it"`
	Type    string `header:"Content-Type" hidden:"true"`
	Dispo   string `header:"Content-Disposition" hidden:"true"`
}) (*struct{ Body TermPlan }, error) {
	desk, err := s.terms()
	if err != nil {
		return nil, err
	}
	ex := exchangeOf(ctx)
	if err := s.Limits.Upload(ex.r); err != nil {
		return nil, err
	}
	if err := s.checkFile(ex, in.Type); err != nil {
		return nil, err
	}
	body := &whole{guard.Patient(ex.w, ex.r, termdesk.MostFile+1), func() { guard.Extend(ex.w, importTime) }}
	rows, err := desk.Read(ctx, body, fileName(in.Dispo, in.Name))
	if err != nil {
		return nil, err
	}
	plan, err := desk.Bring(ctx, rows, in.Why, in.Confirm)
	if err != nil {
		return nil, err
	}
	return &struct{ Body TermPlan }{planOf(plan)}, nil
}

func planOf(p *termdesk.Plan) TermPlan {
	out := TermPlan{
		New: p.Count(termdesk.New), Changed: p.Count(termdesk.Changed), Same: p.Count(termdesk.Same), Wrong: p.Count(termdesk.Wrong), Made: p.Made, Items: []TermRow{},
	}
	for i := range p.Rows {
		r := &p.Rows[i]
		row := TermRow{Line: r.Line, ID: r.ID, Title: r.Title, Outcome: string(r.Outcome), Field: r.Field, Made: r.Made, Changes: detailsOf(r.Changes)}
		if r.Err != nil {
			row.Vi, row.En = locale.Vi.Error(r.Err), locale.En.Error(r.Err)
			row.Type = problemType(r.Err)
		}
		out.Items = append(out.Items, row)
	}
	return out
}

func detailsOf(all []pack.Detail) (list []ChangeDetail) {
	for _, d := range all {
		list = append(list, ChangeDetail{d.Vi, d.En, d.Breaking})
	}
	return list
}
