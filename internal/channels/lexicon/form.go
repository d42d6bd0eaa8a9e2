package lexicon

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

type formView struct {
	Term    string // that gets another version, "" for a new one
	Title   string
	Token   string
	Why     string
	Problem string
	Parts   []formPart
}

type formPart struct {
	ID, Title, Lead string
	Fields          []fieldView
	Folded          bool
}

// A fieldView is one attribute to fill in. Kind is text, area, code or select.
type fieldView struct {
	Name, Label, Value, Hint, Kind string
	Number                         string
	Required, Wide                 bool
	Picks                          []choice
}

// formParts are the attributes as the form groups them: what every term needs, what
// a value must be, and what else the national frame knows of.
var formParts = []struct {
	id     string
	names  []string
	folded bool
}{
	{"what", []string{"title", "title_en", "definition", "definition_en", "usage", "group", "classification", "name", "name_en", "version"}, false},
	{"value", []string{"data_type", "min_length", "max_length", "pattern", "minimum", "maximum", "code_list", "identifier", "unit", "personal", "normalise", "valid", "invalid", "rules"}, false},
	{"more", []string{"synonyms", "owning_unit", "creating_unit", "documents", "languages", "entity", "relation", "technical_name", "rdf_type", "related", "business_attributes",
		"technical_attributes", "field_relations", "international", "source"}, true},
}

// required are the attributes without which there is no term.
var required = []string{"title", "definition", "usage", "group", "name", "version", "data_type", "valid", "invalid"}

// areas are the attributes that take more than a line.
var areas = []string{"definition", "definition_en", "usage", "valid", "invalid", "rules", "synonyms", "documents", "source"}

// form is the form of a new term, or of another version of one.
func (p *pages) form(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	values := map[string]string{"version": "1.0", "data_type": "string", "languages": "vi"}
	id := r.URL.Query().Get("term")
	if err := p.Desk.Begin(ctx, id); err != nil {
		return err
	}
	if id != "" {
		one, err := p.Desk.Versions(ctx, id)
		if err != nil {
			return err
		}
		if values, err = termdesk.Values(one[0].Term); err != nil {
			return err
		}
		values["version"] = nextVersion(one)
	}
	v, err := p.formView(ctx, id, values)
	if err != nil {
		return err
	}
	return p.Show(w, r, p.Page(r, v.Title, place), formPage(v))
}

// nextVersion is the number of the next version: the last part of the highest one,
// counted up.
func nextVersion(all []*dictionary.TermVersion) string {
	most := all[0].Version
	for _, v := range all {
		if slices.Compare(numbers(v.Version), numbers(most)) > 0 {
			most = v.Version
		}
	}
	parts := strings.Split(most, ".")
	last, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil {
		return most + ".1"
	}
	parts[len(parts)-1] = strconv.Itoa(last + 1)
	return strings.Join(parts, ".")
}

// numbers are the parts of a version number; what is none counts as 0.
func numbers(version string) (all []int) {
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(part)
		all = append(all, n)
	}
	return all
}

func (p *pages) formView(ctx context.Context, id string, values map[string]string) (v formView, err error) {
	l := locale.From(ctx)
	v = formView{Term: id, Token: token(ctx), Title: l.T("lexicon.new")}
	if id != "" {
		v.Title = l.T("lexicon.new-version", values["title"])
	}
	lists, err := p.listChoices(ctx, values["code_list"])
	if err != nil {
		return v, err
	}
	columns := map[string]termdesk.Column{}
	for _, c := range termdesk.Columns() {
		columns[c.Name] = c
	}
	for _, part := range formParts {
		one := formPart{ID: part.id, Title: l.T("lexicon.form." + part.id), Lead: l.T("lexicon.form." + part.id + ".lead"), Folded: part.folded}
		for _, name := range part.names {
			c := columns[name]
			f := fieldView{Name: name, Label: c.In(l), Value: values[name], Kind: "text", Required: slices.Contains(required, name)}
			if c.Number > 0 {
				f.Number = l.Number(int64(c.Number))
			}
			if key := "lexicon.hint." + name; l.Has(key) {
				f.Hint = l.T(key)
			}
			if slices.Contains(areas, name) {
				f.Kind, f.Wide = "area", true
			}
			switch name {
			case "data_type":
				f.Kind, f.Picks = "select", typeChoices(l, f.Value)
			case "identifier":
				f.Kind, f.Picks = "select", identifierChoices(l, f.Value)
			case "unit":
				f.Kind, f.Picks = "select", unitChoices(l, f.Value)
			case "personal":
				f.Kind, f.Picks = "select", personalChoices(l, f.Value)
			case "code_list":
				f.Kind, f.Picks = "select", lists
			case "valid", "invalid", "synonyms", "documents": // a line each
				if list, err := termdesk.List(f.Value); err == nil {
					f.Value = strings.Join(list, "\n")
				}
			case "rules":
				f.Kind = "code"
			}
			one.Fields = append(one.Fields, f)
		}
		v.Parts = append(v.Parts, one)
	}
	return v, nil
}

// chosen adds what is chosen to a list of choices that may lack it.
func chosen(picks []choice, value string) []choice {
	found := false
	for i := range picks {
		picks[i].Chosen = picks[i].Value == value
		found = found || picks[i].Chosen
	}
	if !found {
		picks = append(picks, choice{value, value, true})
	}
	return picks
}

func typeChoices(l locale.Lang, value string) (all []choice) {
	for _, t := range termdesk.Types {
		all = append(all, choice{Value: t, Text: typeWords(l, t)})
	}
	return chosen(all, value)
}

func identifierChoices(l locale.Lang, value string) []choice {
	all := []choice{{Text: l.T("lexicon.none")}}
	for _, k := range viet.Kinds() {
		all = append(all, choice{Value: string(k), Text: l.Of(viet.KindNameVi(k), viet.KindNameEn(k))})
	}
	return chosen(all, value)
}

func unitChoices(l locale.Lang, value string) []choice {
	return chosen([]choice{{Text: l.T("lexicon.none")}, {Value: "province", Text: l.T("lexicon.unit.province")}, {Value: "commune", Text: l.T("lexicon.unit.commune")}}, value)
}

func (p *pages) listChoices(ctx context.Context, value string) ([]choice, error) {
	all := []choice{{Text: locale.From(ctx).T("lexicon.none")}}
	for after := ""; ; {
		list, err := p.CodeLists.List(ctx, after, 500)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return chosen(all, value), nil
		}
		for _, one := range list {
			after = one.ID
			if !one.Retired {
				all = append(all, choice{Value: one.ID, Text: one.Name})
			}
		}
	}
}

// personalKinds are what a column may tell of a person, as the contract's schema
// has them.
var personalKinds = []string{"account", "address", "bank_account", "biometric", "birth", "criminal", "death", "driving_licence", "email", "ethnic",
	"family", "genetic", "health", "health_insurance", "image", "location", "marital", "name", "nationality", "origin", "other", "parcel", "passport",
	"personal_id", "phone", "plate", "political", "religion", "residence", "sex", "sex_life", "social_insurance", "tax_code"}

func personalChoices(l locale.Lang, value string) []choice {
	all := []choice{{Text: personalWords(l, "")}, {Value: "none", Text: personalWords(l, "none")}}
	for _, class := range []string{"basic", "sensitive"} {
		for _, kind := range personalKinds {
			all = append(all, choice{Value: class + ":" + kind, Text: personalWords(l, class+":"+kind)})
		}
	}
	return chosen(all, value)
}

// personalWords says what a column tells of persons.
func personalWords(l locale.Lang, value string) string {
	class, kind, _ := strings.Cut(value, ":")
	words := kind
	for _, key := range []string{"classes.kind." + kind, "draft.pii." + kind} {
		if l.Has(key) {
			words = l.T(key)
		}
	}
	switch class {
	case "none":
		return l.T("classes.personal.none")
	case "basic":
		return l.T("classes.personal.basic", words)
	case "sensitive":
		return l.T("classes.personal.sensitive", words)
	}
	return l.T("classes.personal.open")
}

// propose takes the form.
func (p *pages) propose(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := p.Desk.Begin(ctx, ""); err != nil { // of whose term it is, the desk asks once the form is read
		return err
	}
	f, err := p.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	id, why := f.Get("term"), strings.TrimSpace(f.Get("why"))
	values := map[string]string{}
	for _, c := range termdesk.Columns() {
		values[c.Name] = strings.ReplaceAll(f.Get(c.Name), "\r\n", "\n")
	}
	values["id"] = id
	t, wrong := termdesk.FromValues(func(name string) string { return values[name] })
	if wrong == nil && why == "" {
		wrong = fault.New(fault.Invalid, "contract.no-reason")
	}
	var made *dictionary.TermVersion
	if wrong == nil {
		made, wrong = p.Desk.Propose(ctx, t, why)
	}
	if wrong == nil {
		http.Redirect(w, r, ui.Address(termPath(made.ID), "version", made.Digest, "done", "proposed")+"#way", http.StatusSeeOther)
		return nil
	}
	if !site.Mendable(wrong) {
		return wrong
	}
	v, err := p.formView(ctx, id, values)
	if err != nil {
		return err
	}
	v.Why, v.Problem = why, locale.From(ctx).Error(wrong)
	return p.ShowWrong(w, r, wrong, p.Page(r, v.Title, place), formPage(v))
}
