package explore

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/channels/scores"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/odcs"
)

// contractView is what a data set promises: in plain words, as fields and rules,
// as its document, and how that came to be.
type contractView struct {
	Head     ui.SetHead
	Version  string
	Promises []promiseView
	Fields   []columnView
	Rules    []ruleView
	Document [][]token
	Download string // address of the document
	File     string // name under which it is saved
	Versions []versionView
	Diff     *diffView // nil: there is one version, or the same was chosen twice
	Here     string
	Edit     string // address where it is changed, "" = not by this reader
	Done     bool   // it was changed just now
	Mapping  string // address where its fields are mapped to the dictionary, "" = there is none
}

// A promiseView answers one question of a reader.
type promiseView struct {
	Label string
	Text  []string
	List  []string
	More  []string // what of a long list is folded away
}

type columnView struct {
	Name, Title, Type, Store, About string
	Marks                           []string
	CodeList, Aliases               string
	Term                            *termView // nil: it stands for none
	NotMapped                       string    // why it stands for none, "" = nobody has said
}

// A termView is the term of the shared dictionary that a field stands for.
type termView struct{ ID, Address, Title, Definition string }

type ruleView struct{ ID, Demand, Does, Criterion string }

type versionView struct {
	Digest, Short, Version, When, Who, Why string
	State                                  string // current, retired, past
	From, To                               bool   // chosen for the comparison
	Address                                string // of its document
	Note                                   string // why, in the words of who did it
	Again                                  string // address where it is put in force again, "" = it is, or not by this reader
}

type diffView struct {
	From, To string // numbers of the versions
	Breaking int64
	Gentle   int64
	Changes  []changeView
	Lines    [][]token
}

type changeView struct {
	Where, Text string
	Breaking    bool
}

// shownRules is how many rules stand open in the words.
const shownRules = 8

func contractPage(p *Pages, w http.ResponseWriter, r *http.Request, t table) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	text, err := p.Contracts.Document(ctx, t.con.ID, t.con.Digest)
	if err != nil {
		return err
	}
	doc, err := odcs.Read(text)
	if err != nil {
		return err
	}
	v := contractView{
		Head: t.head, Version: t.con.Version, Promises: promises(ctx, t.con, t.obj, doc.Contract()),
		Fields: columnViews(lang, t.obj), Rules: ruleViews(lang, t.obj), Document: highlight(string(text)),
		Download: api.Prefix + t.address("contract"), File: t.con.ID + ".odcs.yaml", Here: t.address("contract"),
	}
	if err := p.termed(ctx, t, &v); err != nil {
		return err
	}
	if p.Door.CanSet(ctx, policy.EditContract, t.con) && !t.con.Retired {
		v.Edit = t.address(editPlace)
	}
	v.Done = r.URL.Query().Get("done") == "changed"
	if err := p.versions(r, t, &v); err != nil {
		return err
	}
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "contracts.title-of", t.con.Name), "datasets"), contractBody(v))
}

// versions lists the versions and compares the two that were chosen: without a
// choice the one in force and the one before it.
func (p *Pages) versions(r *http.Request, t table, v *contractView) error {
	ctx := r.Context()
	list, err := p.Contracts.Versions(ctx, t.con.ID)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	from, to, err := api.Between(t.con, list, query.Get("from"), query.Get("to"))
	if err != nil {
		return err
	}
	for _, one := range list {
		shown := p.version(ctx, t, one, from, to)
		if v.Edit != "" && one.State == "past" {
			shown.Again = v.Edit + "?version=" + one.Digest
		}
		v.Versions = append(v.Versions, shown)
	}
	if from.Digest == to.Digest {
		return nil
	}
	changes, err := api.Changes(ctx, p.Contracts, t.con.ID, from, to)
	if err != nil {
		return err
	}
	v.Diff = diffOf(locale.From(ctx), changes)
	v.Diff.From, v.Diff.To = numbered(from), numbered(to)
	v.Diff.Lines, err = p.lineDiff(ctx, t.con.ID, from, to)
	return err
}

// diffOf words changes, what breaks first.
func diffOf(l locale.Lang, changes []contract.Change) *diffView {
	d := &diffView{}
	for _, c := range changes {
		d.Changes = append(d.Changes, changeView{Where: placeOf(c), Text: scores.Said(l, c.Text), Breaking: c.Breaking})
		if c.Breaking {
			d.Breaking++
		} else {
			d.Gentle++
		}
	}
	slices.SortStableFunc(d.Changes, func(a, b changeView) int {
		switch {
		case a.Breaking == b.Breaking:
			return 0
		case a.Breaking:
			return -1
		}
		return 1
	})
	return d
}

// placeOf names what of a contract a change is about.
func placeOf(c contract.Change) string {
	switch {
	case c.Column != "":
		return c.Column
	case c.Rule != "":
		return c.Rule
	}
	return c.Object
}

// numbered is the number of a version with the signs that tell it from another
// of the same number.
func numbered(v contract.Version) string { return v.Version + " · " + v.Digest[:8] }

func (p *Pages) version(ctx context.Context, t table, v contract.Version, from, to contract.Version) versionView {
	lang := locale.From(ctx)
	one := versionView{
		Digest: v.Digest, Short: v.Digest[:8], Version: v.Version, State: v.State, From: v.Digest == from.Digest, To: v.Digest == to.Digest,
		Address: api.Prefix + "/datasets/" + url.PathEscape(t.con.ID) + "/contract/versions/" + v.Digest,
		Why:     lang.T("contracts.why-hand"), When: lang.Stamp(v.InstalledAt),
	}
	if v.Pack != "" {
		one.Why = lang.T("contracts.why-pack", v.Pack)
		if v.ByHand {
			one.Why = lang.T("contracts.why-changed", v.Pack)
		}
	}
	if v.State == "retired" {
		one.Why = lang.T("contracts.why-retired")
	}
	// Names of persons are for colleagues.
	if door.From(ctx).Known() {
		one.Who, one.Note = v.InstalledBy, v.Note
		if p.Who != nil {
			one.Who = p.Who(ctx, v.InstalledBy)
		}
	}
	return one
}

// promises answer the questions of a reader who knows nothing of contracts.
func promises(ctx context.Context, con *contract.Contract, obj *contract.Object, doc odcs.Contract) []promiseView {
	lang := locale.From(ctx)
	var all []promiseView
	add := func(key string, texts ...string) {
		p := promiseView{Label: lang.T("contracts." + key)}
		for _, t := range texts {
			if t != "" {
				p.Text = append(p.Text, t)
			}
		}
		if len(p.Text) > 0 {
			all = append(all, p)
		}
	}
	row := ui.InLanguage(lang, obj.About)
	if row == "" {
		row = lang.T("contracts.row-of", obj.Title)
	}
	add("row", row, expected(lang, obj))
	add("key", keyWords(lang, obj))
	add("owner", ownerWords(lang, con))
	add("sends", senderWords(lang, obj), lang.T("page.mode."+string(obj.Mode)))
	add("when", whenWords(lang, con, obj, doc))
	all = append(all, demands(lang, obj, contract.Reject, "contracts.rejects"), demands(lang, obj, contract.Warn, "contracts.warns"))
	add("kept", kept(lang, con)...)
	add("sees", seers(lang, con, obj)...)
	add("terms", terms(lang, con, doc)...)
	add("help", channels(doc)...)
	return all
}

func expected(l locale.Lang, obj *contract.Object) string {
	switch {
	case obj.Expect.Records > 0:
		return l.T("contracts.expect", obj.Expect.Records)
	case obj.Expect.Dataset != "":
		return l.T("contracts.expect-as", obj.Expect.Dataset)
	}
	return ""
}

func keyWords(l locale.Lang, obj *contract.Object) string {
	if !obj.HasKey() {
		return l.T("contracts.no-key")
	}
	return l.T("contracts.key-is", titles(obj, obj.Key))
}

func titles(obj *contract.Object, columns []int) string {
	all := make([]string, 0, len(columns))
	for _, i := range columns {
		all = append(all, obj.Columns[i].Title)
	}
	return strings.Join(all, ", ")
}

func ownerWords(l locale.Lang, con *contract.Contract) string {
	if con.OwnerName == "" {
		return l.T("page.no-owner")
	}
	return con.OwnerName
}

func senderWords(l locale.Lang, obj *contract.Object) string {
	if obj.Sender < 0 {
		return l.T("contracts.sender-owner")
	}
	return l.T("contracts.sender-column", obj.Columns[obj.Sender].Title)
}

// whenWords says how often new data is promised, by what it is measured, and
// what else the contract promises of time.
func whenWords(l locale.Lang, con *contract.Contract, obj *contract.Object, doc odcs.Contract) string {
	var all []string
	if con.Frequency.Every > 0 {
		all = append(all, l.T("contracts.every", ui.Every(l, con.Frequency.Every)))
		if f := con.Frequency; f.Object >= 0 && f.Column >= 0 {
			all = append(all, l.T("contracts.by-column", con.Objects[f.Object].Columns[f.Column].Title))
		} else {
			all = append(all, l.T("contracts.by-batch"))
		}
	} else {
		all = append(all, l.T("contracts.no-frequency"))
	}
	if obj.Period >= 0 {
		all = append(all, l.T("contracts.period", obj.Columns[obj.Period].Title))
	}
	for _, p := range doc.SLAProperties {
		if p.Description != "" {
			all = append(all, strings.TrimSuffix(ui.InLanguage(l, p.Description), ".")+".")
		}
	}
	return strings.Join(all, " ")
}

// demands lists what the rules of a severity ask for, with the fields they speak
// of.
func demands(l locale.Lang, obj *contract.Object, s contract.Severity, label string) promiseView {
	p := promiseView{Label: l.T(label)}
	var required []int
	for i := range obj.Rules {
		r := &obj.Rules[i]
		switch {
		case r.Severity != s:
		case r.Kind == contract.RuleRequired && len(r.Columns) == 1:
			required = append(required, r.Columns[0])
		case r.Kind == contract.RuleType || r.Kind == contract.RuleKey: // said below, and by the key
		case len(r.Columns) == 1:
			p.List = append(p.List, obj.Columns[r.Columns[0]].Title+": "+faults.Demand(l, r))
		default:
			p.List = append(p.List, faults.Demand(l, r))
		}
	}
	if s == contract.Reject {
		p.List = append([]string{l.T("contracts.types")}, p.List...)
	}
	if len(required) > 0 {
		p.List = append([]string{l.T("contracts.required", titles(obj, required))}, p.List...)
	}
	if len(p.List) == 0 {
		p.Text = []string{l.T("contracts.nothing")}
	}
	if len(p.List) > shownRules {
		p.List, p.More = p.List[:shownRules], p.List[shownRules:]
	}
	return p
}

func kept(l locale.Lang, con *contract.Contract) []string {
	history := l.T("contracts.history-ever")
	switch {
	case con.NoHistory:
		history = l.T("contracts.history-none")
	case !con.History.IsZero():
		history = l.T("contracts.history", period(l, con.History))
	}
	originals := l.T("contracts.originals-ever")
	if !con.Retention.Originals.IsZero() {
		originals = l.T("contracts.originals", period(l, con.Retention.Originals))
	}
	return []string{history, originals}
}

// period writes a length of time by the calendar.
func period(l locale.Lang, p contract.Period) string {
	var all []string
	for _, part := range []struct {
		key string
		n   int
	}{{"contracts.years", p.Years}, {"contracts.months", p.Months}, {"contracts.days", p.Days}} {
		if part.n > 0 {
			all = append(all, l.T(part.key, int64(part.n)))
		}
	}
	return strings.Join(all, " ")
}

// seers says who may see what; the policies in force have the last word.
func seers(l locale.Lang, con *contract.Contract, obj *contract.Object) []string {
	access := con.Access
	if access == "" {
		access = "none"
	}
	all := []string{l.T("contracts.sees-" + access)}
	var personal, sealed []int
	for i := range obj.Columns {
		if obj.Columns[i].Personal.Is() {
			personal = append(personal, i)
		}
		if obj.Columns[i].Sealed {
			sealed = append(sealed, i)
		}
	}
	if len(personal) > 0 {
		all = append(all, l.T("contracts.personal", titles(obj, personal)))
	} else {
		all = append(all, l.T("contracts.no-personal"))
	}
	if len(sealed) > 0 {
		all = append(all, l.T("contracts.sealed", titles(obj, sealed)))
	}
	if obj.ScopeUnit >= 0 {
		all = append(all, l.T("contracts.scope", obj.Columns[obj.ScopeUnit].Title))
	}
	if obj.ScopeAgency >= 0 {
		all = append(all, l.T("contracts.scope", obj.Columns[obj.ScopeAgency].Title))
	}
	return all
}

func terms(l locale.Lang, con *contract.Contract, doc odcs.Contract) []string {
	all := []string{ui.InLanguage(l, con.Usage), ui.InLanguage(l, con.Limitations)}
	if con.Provenance.Licence != "" {
		all = append(all, l.T("contracts.licence", con.Provenance.Licence))
	}
	if con.Provenance.Attribution != "" {
		all = append(all, l.T("contracts.attribution", con.Provenance.Attribution))
	}
	if doc.Price != nil && doc.Price.PriceAmount != nil {
		all = append(all, l.T("contracts.price", plain(doc.Price.PriceAmount), strings.TrimSpace(doc.Price.PriceCurrency+" "+doc.Price.PriceUnit)))
	} else {
		all = append(all, l.T("contracts.no-price"))
	}
	return all
}

func plain(v any) string {
	switch n := v.(type) {
	case int64:
		return strconv.FormatInt(n, 10)
	case float64:
		return strconv.FormatFloat(n, 'f', -1, 64)
	case string:
		return n
	}
	return ""
}

func channels(doc odcs.Contract) (all []string) {
	for _, s := range doc.Support {
		parts := []string{}
		for _, t := range []string{s.Channel, s.Description, s.URL} {
			if t != "" {
				parts = append(parts, t)
			}
		}
		all = append(all, strings.Join(parts, " – "))
	}
	return all
}

// columnViews is the technical view of the fields.
func columnViews(l locale.Lang, obj *contract.Object) []columnView {
	all := make([]columnView, len(obj.Columns))
	for i := range obj.Columns {
		c := &obj.Columns[i]
		v := columnView{
			Name: c.Name, Title: c.Title, Store: c.Store, Type: typeWords(c), About: ui.InLanguage(l, c.About),
			CodeList: c.CodeList, Aliases: strings.Join(c.Aliases, ", "),
		}
		mark := func(on bool, key string) {
			if on {
				v.Marks = append(v.Marks, l.T(key))
			}
		}
		mark(slices.Contains(obj.Key, i), "page.key")
		mark(c.Required, "page.required")
		mark(c.Unique, "contracts.unique")
		mark(c.Sealed, "page.sealed")
		mark(c.Personal.Class == contract.BasicPersonal, "contracts.personal-basic")
		mark(c.Personal.Class == contract.SensitivePersonal, "contracts.personal-sensitive")
		all[i] = v
	}
	return all
}

// termed says of each field for which term it stands, or why for none.
func (p *Pages) termed(ctx context.Context, t table, v *contractView) error {
	if p.Terms == nil {
		return nil
	}
	book, err := p.Terms(ctx)
	if err != nil {
		return err
	}
	l := locale.From(ctx)
	v.Mapping = "/dictionary/mapping/" + url.PathEscape(t.con.ID)
	for i := range t.obj.Columns {
		c := &t.obj.Columns[i]
		if term := book.Term(c.Term); term != nil {
			v.Fields[i].Term = &termView{term.ID, "/dictionary/" + url.PathEscape(term.ID), term.Title, l.Of(term.Definition, term.DefinitionEn)}
		}
		if c.NotMapped != "" {
			v.Fields[i].NotMapped = l.T("lexicon.reason." + c.NotMapped)
		}
	}
	return nil
}

// typeWords writes a type as programs read it.
func typeWords(c *contract.Column) string {
	switch c.Type {
	case contract.Decimal:
		return "decimal(" + strconv.Itoa(c.Precision) + "," + strconv.Itoa(c.Scale) + ")"
	case contract.Geometry:
		if c.Shape != "" {
			return "geometry " + c.Shape
		}
	case contract.PartialDate:
		if c.Finest != "" {
			return "partial-date " + c.Finest
		}
	}
	return string(c.Type)
}

func ruleViews(l locale.Lang, obj *contract.Object) []ruleView {
	all := make([]ruleView, 0, len(obj.Rules))
	for i := range obj.Rules {
		r := &obj.Rules[i]
		if r.Kind == contract.RuleType {
			continue // each field has one
		}
		all = append(all, ruleView{ID: r.ID, Demand: faults.Demand(l, r), Does: l.T("contracts.does-" + string(r.Severity)), Criterion: l.T("contracts.criterion-" + string(r.Criterion))})
	}
	return all
}
