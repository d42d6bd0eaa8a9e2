package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A TermHead is a version of a term as lists show it.
type TermHead struct {
	ID             string `json:"id" example:"ph:ID-001" doc:"Attribute 1"`
	Title          string `json:"title" doc:"Name that people read"`
	TitleEn        string `json:"title_en,omitempty"`
	Name           string `json:"name" example:"HoVaTen" doc:"Attribute 2"`
	Definition     string `json:"definition" doc:"Attribute 3"`
	Group          string `json:"group" doc:"Attribute 5"`
	Classification string `json:"classification,omitempty" doc:"Attribute 5"`
	DataType       string `json:"data_type" doc:"Attribute 16"`
	Version        string `json:"version" doc:"Attribute 10"`
	State          string `json:"state" enum:"de_xuat,ra_soat,tham_van,phe_duyet,cong_bo,thay_the,het_hieu_luc,rut" doc:"Attribute 10: proposed, reviewed, consulted on, approved, published, replaced, expired, withdrawn"`
	UpdatedOn      string `json:"updated_on,omitempty" format:"date" doc:"Attribute 10"`
	Digest         string `json:"digest" doc:"SHA-256 of the version's content: names exactly this version"`
	Pack           string `json:"pack,omitempty" doc:"Pack that brought it"`
	Columns        int    `json:"columns" doc:"Fields that stand for the term, in the data sets that the caller may know of"`
}

// A TermText is what is written in a version of a term: the 25 attributes of the
// national frame of data governance, and examples.
type TermText struct {
	ID                  string         `json:"id,omitempty" maxLength:"60" example:"ph:ID-001" doc:"Attribute 1. Absent in a proposal: the next free id of the province"`
	Title               string         `json:"title" minLength:"1" maxLength:"300" doc:"Name that people read"`
	TitleEn             string         `json:"title_en,omitempty" maxLength:"300"`
	Name                string         `json:"name" minLength:"1" maxLength:"200" example:"HoVaTen" doc:"Attribute 2: PascalCase without marks"`
	NameEn              string         `json:"name_en,omitempty" maxLength:"200" example:"FullName" doc:"Attribute 2"`
	Definition          string         `json:"definition" minLength:"1" maxLength:"5000" doc:"Attribute 3: a sentence"`
	DefinitionEn        string         `json:"definition_en,omitempty" maxLength:"5000" doc:"Attribute 3"`
	Usage               string         `json:"usage" minLength:"1" maxLength:"5000" doc:"Attribute 4: when it is used"`
	Group               string         `json:"group" minLength:"1" maxLength:"200" doc:"Attribute 5"`
	Classification      string         `json:"classification,omitempty" maxLength:"200" doc:"Attribute 5"`
	Entity              string         `json:"entity,omitempty" maxLength:"200" example:"CaNhan" doc:"Attribute 6"`
	Relation            string         `json:"relation,omitempty" maxLength:"200" example:"hasName" doc:"Attribute 6"`
	CreatingUnit        string         `json:"creating_unit,omitempty" maxLength:"200" doc:"Attribute 7"`
	OwningUnit          string         `json:"owning_unit,omitempty" maxLength:"200" doc:"Attribute 8"`
	Languages           []string       `json:"languages,omitempty" nullable:"false" maxItems:"50" doc:"Attribute 9: BCP 47"`
	Version             string         `json:"version" minLength:"1" maxLength:"40" example:"1.0" doc:"Attribute 10"`
	Documents           []string       `json:"documents,omitempty" nullable:"false" maxItems:"100" doc:"Attribute 11: numbers and symbols of acts"`
	Synonyms            []string       `json:"synonyms,omitempty" nullable:"false" maxItems:"200" doc:"Attribute 12: headings by which files know it too"`
	Related             []string       `json:"related,omitempty" nullable:"false" maxItems:"200" doc:"Attribute 13: ids of terms"`
	BusinessAttributes  []string       `json:"business_attributes,omitempty" nullable:"false" maxItems:"200" doc:"Attribute 14"`
	TechnicalName       string         `json:"technical_name,omitempty" maxLength:"200" example:"CaNhan.ho_va_ten" doc:"Attribute 15"`
	RDFType             string         `json:"rdf_type,omitempty" maxLength:"200" example:"xsd:string" doc:"Attribute 18; by the data type when a proposal leaves it out"`
	FieldRelations      []string       `json:"field_relations,omitempty" nullable:"false" maxItems:"200" doc:"Attribute 19"`
	TechnicalAttributes []string       `json:"technical_attributes,omitempty" nullable:"false" maxItems:"200" doc:"Attribute 20"`
	Normalise           []string       `json:"normalise,omitempty" nullable:"false" maxItems:"6" doc:"Attribute 22: words, sentence, upper, lower, digits, compact; applied in order"`
	International       []string       `json:"international,omitempty" nullable:"false" maxItems:"100" example:"[\"schema:name\"]" doc:"Attribute 24"`
	Property            map[string]any `json:"property" doc:"Attributes 16, 17, 21 and 25: part of a property of a contract (ODCS): logicalType, logicalTypeOptions, customProperties, quality. One engine judges terms and contracts"`
	Valid               []string       `json:"valid" nullable:"false" minItems:"2" maxItems:"100" doc:"Values that are right"`
	Invalid             []string       `json:"invalid" nullable:"false" minItems:"2" maxItems:"100" doc:"Values that are not"`
	Source              string         `json:"source,omitempty" maxLength:"1000" doc:"Act, standard or model it was taken from"`
}

// A TermColumn is a field that stands for a term.
type TermColumn struct {
	Dataset string `json:"dataset" doc:"Address of its table"`
	Name    string `json:"dataset_name"`
	Field   string `json:"field"`
	Title   string `json:"title"`
	API     string `json:"api" doc:"Attribute 23: where its values are asked for"`
}

// A TermRule is a rule of a term in words.
type TermRule struct {
	ID       string `json:"id"`
	Severity string `json:"severity" enum:"reject,warn"`
	Vi       string `json:"vi"`
	En       string `json:"en"`
}

// A TermVersion is one version of a term and where it stands.
type TermVersion struct {
	Digest    string `json:"digest"`
	Version   string `json:"version"`
	State     string `json:"state" enum:"de_xuat,ra_soat,tham_van,phe_duyet,cong_bo,thay_the,het_hieu_luc,rut"`
	Until     string `json:"until,omitempty" format:"date" doc:"Last day of its consultation"`
	ChangedAt string `json:"changed_at,omitempty" format:"date-time"`
	Pack      string `json:"pack,omitempty"`
}

// A TermStep is a step of a term's history.
type TermStep struct {
	Digest  string `json:"digest"`
	Version string `json:"version"`
	From    string `json:"from" doc:"State before; \"\" of a new version"`
	To      string `json:"to"`
	Why     string `json:"why"`
	By      string `json:"by,omitempty" doc:"Who; not told without an account"`
	At      string `json:"at" format:"date-time"`
}

// A TermOpinion is what somebody who was asked has said about a version.
type TermOpinion struct {
	Digest string `json:"digest"`
	Org    string `json:"organisation,omitempty"`
	Agrees bool   `json:"agrees"`
	Text   string `json:"text"`
	By     string `json:"by"`
	At     string `json:"at" format:"date-time"`
}

// A TermNext is a step that a version may make now.
type TermNext struct {
	To  string `json:"to"`
	May bool   `json:"may" doc:"The caller may let it"`
}

// A TermDetail is a version of a term with all that is known of it.
type TermDetail struct {
	TermText
	State     string        `json:"state" enum:"de_xuat,ra_soat,tham_van,phe_duyet,cong_bo,thay_the,het_hieu_luc,rut" doc:"Attribute 10"`
	UpdatedOn string        `json:"updated_on,omitempty" format:"date" doc:"Attribute 10"`
	Digest    string        `json:"digest"`
	Pack      string        `json:"pack,omitempty"`
	DataType  string        `json:"data_type" doc:"Attribute 16"`
	Format    string        `json:"length_or_format" doc:"Attribute 17"`
	XSD       string        `json:"xsd" doc:"Attribute 18, also where a proposal left it out"`
	ValueList string        `json:"value_list,omitempty" doc:"Attribute 21: id of the code list"`
	Rules     []TermRule    `json:"rules" nullable:"false" doc:"Attribute 25 in words"`
	Columns   []TermColumn  `json:"used_by" nullable:"false" doc:"Attribute 23: where it is used, in the data sets that the caller may know of"`
	Versions  []TermVersion `json:"versions" nullable:"false" doc:"The one in force first; versions that were never in force are not told without an account"`
	History   []TermStep    `json:"history" nullable:"false" doc:"The last step first"`
	Next      []TermNext    `json:"next" nullable:"false"`
	Opinions  []TermOpinion `json:"opinions,omitempty" nullable:"false" doc:"For those who have a part in the dictionary"`
}

type termList struct {
	Body struct {
		Items  []TermHead     `json:"items" nullable:"false"`
		Next   string         `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
		Total  int            `json:"total"`
		Groups []DatasetFacet `json:"groups" nullable:"false" doc:"How many each group would leave"`
	}
}

type termQuery struct {
	Page
	Q     string `query:"q" maxLength:"200" doc:"Words of the title, synonyms or definition, with or without marks"`
	Group string `query:"group" maxLength:"200" doc:"Attribute 5, as it is written"`
	State string `query:"state" enum:"de_xuat,ra_soat,tham_van,phe_duyet,cong_bo,thay_the,het_hieu_luc,rut" doc:"In force (cong_bo) when absent. What was never in force is not told without an account"`
}

// A Termed names a term.
type Termed struct {
	ID string `path:"id" maxLength:"60" example:"ph:ID-001" doc:"Id of the term"`
}

func (s *Server) termRoutes() {
	need := door.Of(policy.Describe, policy.KindCodeList).ForAll()
	register(s, need, huma.Operation{
		OperationID: "list-terms", Method: http.MethodGet, Path: Prefix + "/terms",
		Summary: "Các thuật ngữ của từ điển dữ liệu dùng chung / Terms of the shared dictionary", Tags: []string{"dictionary"},
		Description: "With q, the best fit first; otherwise in the order of the Vietnamese alphabet.",
	}, s.listTerms)
	register(s, need, huma.Operation{
		OperationID: "get-term", Method: http.MethodGet, Path: Prefix + "/terms/{id}",
		Summary: "Một thuật ngữ / One term", Tags: []string{"dictionary"},
		Description: "The version in force, or the one that changed last when none is.",
		Responses:   withNotModified(map[string]*huma.Response{"200": jsonOf[TermDetail](s)}),
	}, s.getTerm)
	register(s, need, huma.Operation{
		OperationID: "get-term-version", Method: http.MethodGet, Path: Prefix + "/terms/{id}/versions/{digest}",
		Summary: "Một phiên bản của thuật ngữ / One version of a term", Tags: []string{"dictionary"},
		Responses: withNotModified(map[string]*huma.Response{"200": jsonOf[TermDetail](s)}),
	}, s.getTermVersion)
	s.termWriteRoutes()
	s.termFileRoutes()
	s.mappingRoutes()
}

// terms is the desk of the dictionary, or the answer that there is none.
func (s *Server) terms() (*termdesk.Desk, error) {
	if s.lexicon == nil {
		return nil, fault.New(fault.NotFound, "page.no-such-page")
	}
	return s.lexicon, nil
}

func (s *Server) listTerms(ctx context.Context, in *termQuery) (*termList, error) {
	desk, err := s.terms()
	if err != nil {
		return nil, err
	}
	if in.Q != "" {
		if err := s.Limits.Search(exchangeOf(ctx).r); err != nil {
			return nil, err
		}
	}
	found, groups, err := desk.Find(ctx, termdesk.Query{Words: in.Q, Group: in.Group, State: dictionary.State(in.State)})
	if err != nil {
		return nil, err
	}
	used, err := desk.UseCounts(ctx)
	if err != nil {
		return nil, err
	}
	out := &termList{}
	out.Body.Items, out.Body.Total, out.Body.Groups = []TermHead{}, len(found), []DatasetFacet{}
	for _, g := range groups {
		out.Body.Groups = append(out.Body.Groups, DatasetFacet{g.Value, g.N})
	}
	place := func(v *dictionary.TermVersion) string { return v.ID + " " + v.Digest }
	if in.After != "" {
		c, err := readCursor(in.After, "terms")
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(found, func(v *dictionary.TermVersion) bool { return place(v) == c.Key })
		if at < 0 {
			return nil, fault.New(fault.Invalid, "api.cursor", in.After)
		}
		found = found[at+1:]
	}
	for i, v := range found {
		if i == in.Limit {
			out.Body.Next = cursor{Key: place(found[i-1])}.text("terms")
			break
		}
		out.Body.Items = append(out.Body.Items, headOfTerm(v, used[v.ID]))
	}
	return out, nil
}

func headOfTerm(v *dictionary.TermVersion, used int) TermHead {
	return TermHead{
		ID: v.ID, Title: v.Title, TitleEn: v.TitleEn, Name: v.Name, Definition: v.Definition, Group: v.Group, Classification: v.Classification,
		DataType: cmp.Or(v.ODCS().LogicalType, "string"), Version: v.Version, State: string(v.State), UpdatedOn: v.UpdatedOn.String(), Digest: v.Digest, Pack: v.Pack, Columns: used,
	}
}

func (s *Server) getTerm(ctx context.Context, in *Termed) (*huma.StreamResponse, error) {
	desk, err := s.terms()
	if err != nil {
		return nil, err
	}
	versions, err := desk.Versions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.termDetail(ctx, versions[0], versions)
}

func (s *Server) getTermVersion(ctx context.Context, in *struct {
	Termed
	Digest string `path:"digest" maxLength:"64" doc:"Of the version, or its first eight signs or more"`
}) (*huma.StreamResponse, error) {
	desk, err := s.terms()
	if err != nil {
		return nil, err
	}
	v, err := desk.Version(ctx, in.ID, in.Digest)
	if err != nil {
		return nil, err
	}
	versions, err := desk.Versions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.termDetail(ctx, v, versions)
}

// termDetail answers with all that is known of a version.
func (s *Server) termDetail(ctx context.Context, v *dictionary.TermVersion, versions []*dictionary.TermVersion) (*huma.StreamResponse, error) {
	d := TermDetail{
		TermText: textOfTerm(v.Term), State: string(v.State), UpdatedOn: v.UpdatedOn.String(), Digest: v.Digest, Pack: v.Pack, DataType: cmp.Or(v.ODCS().LogicalType, "string"),
		XSD: v.XSD(), Rules: []TermRule{}, Columns: []TermColumn{}, Versions: []TermVersion{}, History: []TermStep{}, Next: []TermNext{},
	}
	fields, err := termdesk.FieldsOf(v.Property)
	if err != nil {
		return nil, err
	}
	d.Format, d.ValueList = termFormat(fields), fields.CodeList
	if d.Rules, err = rulesOfTerm(v.Term); err != nil {
		return nil, err
	}
	uses, err := s.lexicon.UsesOf(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	for _, u := range uses {
		d.Columns = append(d.Columns, TermColumn{u.Obj.Dataset, u.Con.Name, u.Column.Name, u.Column.Title, "GET " + Prefix + "/datasets/" + u.Obj.Dataset + "/records?fields=" + u.Column.Name})
	}
	shown := map[string]bool{}
	for _, one := range versions {
		shown[one.Digest] = true
		d.Versions = append(d.Versions, TermVersion{one.Digest, one.Version, string(one.State), one.Until, one.ChangedAt, one.Pack})
	}
	history, err := s.lexicon.Terms.TermHistory(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	known := door.From(ctx).Known()
	for _, m := range history {
		if !shown[m.Digest] {
			continue
		}
		step := TermStep{Digest: m.Digest, Version: m.Version, From: string(m.From), To: string(m.To), Why: m.Why, At: m.At}
		if known {
			step.By = m.By.Name
		}
		d.History = append(d.History, step)
	}
	steps, err := s.lexicon.Steps(ctx, v)
	if err != nil {
		return nil, err
	}
	for _, n := range steps {
		d.Next = append(d.Next, TermNext{string(n.To), n.May})
	}
	if s.lexicon.SeesOpinions(ctx, v.ID) {
		opinions, err := s.lexicon.Terms.Opinions(ctx, v.ID)
		if err != nil {
			return nil, err
		}
		for _, o := range opinions {
			d.Opinions = append(d.Opinions, TermOpinion{o.Digest, o.Org, o.Agrees, o.Text, o.By.Name, o.At})
		}
	}
	return tagged(ctx, d)
}

// termFormat is attribute 17 as one text.
func termFormat(f termdesk.Fields) string {
	switch {
	case f.Pattern != "":
		return f.Pattern
	case f.MinLength != "" && f.MaxLength != "":
		return f.MinLength + "–" + f.MaxLength
	case f.MaxLength != "":
		return "≤ " + f.MaxLength
	case f.MinLength != "":
		return "≥ " + f.MinLength
	}
	return ""
}

// rulesOfTerm are the rules of a term in words, as those of contracts are.
func rulesOfTerm(t *dictionary.Term) ([]TermRule, error) {
	con, err := contract.TermContract(nil, t)
	if err != nil {
		return nil, err
	}
	all := []TermRule{}
	for i := range con.Objects[0].Rules {
		r := &con.Objects[0].Rules[i]
		if len(r.Columns) == 1 && r.Columns[0] == 0 {
			all = append(all, TermRule{r.ID, string(r.Severity), faults.Demand("vi", r), faults.Demand("en", r)})
		}
	}
	return all, nil
}

func textOfTerm(t *dictionary.Term) TermText {
	return TermText{
		ID: t.ID, Title: t.Title, TitleEn: t.TitleEn, Name: t.Name, NameEn: t.NameEn, Definition: t.Definition, DefinitionEn: t.DefinitionEn, Usage: t.Usage, Group: t.Group,
		Classification: t.Classification, Entity: t.Entity, Relation: t.Relation, CreatingUnit: t.CreatingUnit, OwningUnit: t.OwningUnit, Languages: t.Languages, Version: t.Version,
		Documents: t.Documents, Synonyms: t.Synonyms, Related: t.Related, BusinessAttributes: t.BusinessAttributes, TechnicalName: t.TechnicalName, RDFType: t.RDFType,
		FieldRelations: t.FieldRelations, TechnicalAttributes: t.TechnicalAttributes, Normalise: t.Normalise, International: t.International, Property: t.Property,
		Valid: t.Passes, Invalid: t.Fails, Source: t.Source,
	}
}

func (t *TermText) term() *dictionary.Term {
	return &dictionary.Term{
		ID: t.ID, Title: t.Title, TitleEn: t.TitleEn, Name: t.Name, NameEn: t.NameEn, Definition: t.Definition, DefinitionEn: t.DefinitionEn, Usage: t.Usage, Group: t.Group,
		Classification: t.Classification, Entity: t.Entity, Relation: t.Relation, CreatingUnit: t.CreatingUnit, OwningUnit: t.OwningUnit, Languages: t.Languages, Version: t.Version,
		Documents: t.Documents, Synonyms: t.Synonyms, Related: t.Related, BusinessAttributes: t.BusinessAttributes, TechnicalName: t.TechnicalName, RDFType: t.RDFType,
		FieldRelations: t.FieldRelations, TechnicalAttributes: t.TechnicalAttributes, Normalise: t.Normalise, International: t.International, Property: t.Property,
		Passes: t.Valid, Fails: t.Invalid, Source: t.Source,
	}
}
