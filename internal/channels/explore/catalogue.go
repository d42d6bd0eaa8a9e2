package explore

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
)

// cataloguePlace is the last part of the address of what the catalogue says.
const cataloguePlace = "catalogue"

// mostCatalogueForm is how many bytes the form has at most.
const mostCatalogueForm = 256 << 10

type catalogueView struct {
	Head      ui.SetHead
	Path      string
	Token     string
	Match     string // digest of the version that is changed
	Lacks     []ui.Lack
	Groups    []catalogueGroup
	Elsewhere []givenField
	MayEdit   bool
	Pack      string
	Reason    string
	Problem   string
	Problems  []fieldProblem // of fields, which are marked
	ReasonBad string         // what is wrong with the reason
	Done      bool
	Versions  string // address of the versions, where a former one is used again
}

type catalogueGroup struct {
	ID, Title string
	Fields    []catalogueField
}

// A catalogueField is one field, to be read or changed.
type catalogueField struct {
	Key, Name string
	Kind      contract.CatalogueKind
	Said      string // as the form has it
	Shown     string // as it is read; "" = nothing is known
	Derived   bool   // Shown is not said here, it follows from the rest
	Lacking   bool
	Locked    string // why it is not changed here, "" = it is
	Hint      string
	Longest   int64
	Options   []catalogueOption
	Problem   string
}

// A fieldProblem is what is wrong with one field.
type fieldProblem struct{ Key, Text string }

type catalogueOption struct {
	Value, Text string
	Chosen      bool
}

// A givenField is required too and given elsewhere.
type givenField struct {
	Key, Name, Shown, Where, Path string
	Lacking                       bool
}

// catalogueGroups are the fields in the order in which officials speak of them.
var catalogueGroups = []struct {
	id   string
	keys []string
}{
	{"who", []string{contract.KeySteward, contract.KeyHead, "technical_unit"}},
	{"what", []string{"title_en", contract.KeyPurpose, "legal_basis", "scope", "content"}},
	{"share", []string{"layer", "domain", "share_scope", contract.KeyShareMode, contract.KeyMethods, contract.KeySensitive, contract.KeyPersonal, contract.KeyDecision}},
	{"how", []string{"collection_method", "update_mechanism", contract.KeyPeriod, "source_system", contract.KeyLineage, contract.KeyOriginal}},
	{"keep", []string{"retention", "archive_rule"}},
}

// classified are the fields that only those may change who classify data.
var classified = []string{contract.KeySensitive, contract.KeyPersonal, contract.KeyDecision}

func (p *Pages) catalogueRoutes() {
	if p.Shelf == nil {
		return
	}
	v := view{place: cataloguePlace, action: policy.EditContract, show: (*Pages).describe}
	p.Handle("POST /datasets/{id}/"+cataloguePlace, door.Each(v.action, policy.KindDataset), v.handler(p))
}

// catalogue shows what the catalogue says of a data set, and what it lacks.
func (p *Pages) catalogue(w http.ResponseWriter, r *http.Request, t table) error {
	v, err := p.catalogueView(r.Context(), t)
	if err != nil {
		return err
	}
	v.Done = r.URL.Query().Get("done") == "changed"
	page := p.catalogueSite(r, t)
	v.Token = page.Token
	return p.Show(w, r, page, catalogueBody(v))
}

func (p *Pages) catalogueSite(r *http.Request, t table) ui.Page {
	return p.Page(r, ui.Say(r.Context(), "catalogue.title-of", t.con.Name), "datasets")
}

// describe takes the form. A field that was not on it stays as it is.
func (p *Pages) describe(w http.ResponseWriter, r *http.Request, t table) error {
	ctx := r.Context()
	f, err := p.Form(w, r, mostCatalogueForm)
	if err != nil {
		return err
	}
	fields := map[string]string{}
	for _, key := range f["field"] {
		fields[key] = strings.Join(f[key], ", ")
	}
	editor := &api.Editor{Door: p.Door, Contracts: p.Contracts, Changed: p.Changed}
	wrong := editor.Describe(ctx, t.con, f.Get("match"), fields, f.Get("reason"))
	if wrong == nil {
		http.Redirect(w, r, t.address(cataloguePlace)+"?done=changed", http.StatusSeeOther)
		return nil
	}
	if !site.Mendable(wrong) {
		return wrong
	}
	v, err := p.catalogueView(ctx, t)
	if err != nil {
		return err
	}
	v.keep(f, fields)
	v.mark(locale.From(ctx), wrong)
	page := p.catalogueSite(r, t)
	v.Token = page.Token
	return p.ShowWrong(w, r, wrong, page, catalogueBody(v))
}

// mark puts what is wrong at the field that it is about, and above the form where it
// is about none.
func (v *catalogueView) mark(l locale.Lang, wrong error) {
	var fields *contract.Misdescribed
	switch {
	case errors.As(wrong, &fields):
		for _, part := range fields.Parts(l) {
			v.Problems = append(v.Problems, fieldProblem{part[0], part[1]})
		}
	case reason.Wrong(wrong), fault.Is(wrong, "contract.no-reason"):
		v.ReasonBad = l.Error(wrong)
		return
	default:
		v.Problem = l.Error(wrong)
		return
	}
	for i := range v.Groups {
		for j := range v.Groups[i].Fields {
			one := &v.Groups[i].Fields[j]
			for _, p := range v.Problems {
				if p.Key == one.Key && one.Locked == "" {
					one.Problem = p.Text
				}
			}
		}
	}
}

// keep leaves in the form what was written into it.
func (v *catalogueView) keep(f url.Values, fields map[string]string) {
	v.Reason = f.Get("reason")
	for i := range v.Groups {
		for j := range v.Groups[i].Fields {
			one := &v.Groups[i].Fields[j]
			if text, sent := fields[one.Key]; sent {
				one.Said = text
				for k := range one.Options {
					one.Options[k].Chosen = slices.Contains(f[one.Key], one.Options[k].Value)
				}
			}
		}
	}
}

func (p *Pages) catalogueView(ctx context.Context, t table) (v catalogueView, err error) {
	l := locale.From(ctx)
	d, err := p.Shelf.Describe(ctx, t.con)
	if err != nil {
		return v, err
	}
	lacks := d.Missing()
	v = catalogueView{
		Head: t.head, Path: t.address(cataloguePlace), Match: t.con.Digest, Pack: t.con.Pack, Versions: t.address("contract") + "#versions",
		MayEdit: p.Door.CanSet(ctx, policy.EditContract, t.con) && !t.con.Retired, Lacks: ui.Lacks(l, t.con.ID, lacks),
	}
	said, mayClassify := t.con.Described(), p.Door.CanSet(ctx, policy.Classify, t.con)
	for _, g := range catalogueGroups {
		group := catalogueGroup{ID: g.id, Title: l.T("catalogue.group." + g.id)}
		for _, key := range g.keys {
			f, _ := contract.CatalogueFieldOf(key)
			one := describedField(l, f, said[key], d.Text(key))
			one.Lacking = lacking(lacks, key)
			switch {
			case key == contract.KeyPeriod && t.con.Frequency.Every > 0:
				one.Locked = l.T("catalogue.locked-period")
			case slices.Contains(classified, key) && !mayClassify:
				one.Locked = l.T("catalogue.locked-class")
			}
			group.Fields = append(group.Fields, one)
		}
		v.Groups = append(v.Groups, group)
	}
	v.Elsewhere = givenFields(l, t, &d, lacks)
	return v, nil
}

func lacking(all []catalog.Lack, key string) bool {
	return slices.ContainsFunc(all, func(l catalog.Lack) bool { return l.Key == key })
}

// describedField makes a field ready to be shown: said is what stands in the contract, known
// what the catalogue has.
func describedField(l locale.Lang, f contract.CatalogueField, said, known string) catalogueField {
	one := catalogueField{Key: f.Key, Name: f.Name.In(l), Kind: f.Kind, Said: said, Shown: known, Derived: said == "" && known != "", Longest: int64(f.Longest())}
	if key := "catalogue.hint." + f.Key; l.Has(key) {
		one.Hint = l.T(key)
	}
	switch f.Kind {
	case contract.CatalogueChoice:
		one.Shown = f.Says(known).In(l)
		none := l.T("catalogue.not-said")
		if one.Derived {
			none = l.T("catalogue.as-derived", one.Shown)
		}
		one.Options = append(one.Options, catalogueOption{"", none, said == ""})
	case contract.CatalogueChoices:
		var words []string
		for code := range strings.SplitSeq(known, ", ") {
			words = append(words, f.Says(code).In(l))
		}
		one.Shown = strings.Join(words, ", ")
	case contract.CatalogueMark:
		if known != "" {
			one.Shown = l.T("catalogue.yes")
		}
	case contract.CatalogueWords:
		if one.Derived {
			one.Shown = strings.TrimSuffix(ui.InLanguage(l, known), ".")
		}
	}
	chosen := strings.Split(said, ", ")
	for _, value := range f.Values {
		one.Options = append(one.Options, catalogueOption{value.Code, value.Name.In(l), slices.Contains(chosen, value.Code)})
	}
	return one
}

// givenFields are those that are not filled in here, with where they are.
func givenFields(l locale.Lang, t table, d *catalog.Described, lacks []catalog.Lack) []givenField {
	id := url.PathEscape(t.con.ID)
	items := l.T("catalogue.items", int64(len(d.Items)))
	all := []givenField{
		{Key: "dataset_id", Shown: d.ID}, {Key: "title_vi", Shown: d.Title, Path: t.address("contract")},
		{Key: "owner_agency_code", Shown: d.OwnerCode, Path: "/organisations/" + url.PathEscape(t.con.Owner) + "/score"},
		{Key: "items", Shown: items, Path: t.address("contract")}, {Key: "item_terms", Shown: items, Path: "/dictionary/mapping/" + id},
		{Key: "item_modes", Shown: items, Path: "#f-" + contract.KeyShareMode}, {Key: "quality", Shown: l.T("catalogue.measured"), Path: t.address("score")},
	}
	for i := range all {
		one := &all[i]
		one.Name, one.Where, one.Lacking = catalog.Name(one.Key).In(l), l.T("catalogue.where."+one.Key), lacking(lacks, one.Key)
		if one.Key == "owner_agency_code" && t.con.Owner == "" {
			one.Path = t.address("contract")
		}
	}
	return all
}
