package lexicon

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

type termView struct {
	ID, Title, TitleEn          string
	Definition, DefinitionOther string
	Usage, Version, Digest      string
	State, Band                 string
	Path, Token                 string
	Done, Problem               string
	Past                        bool // another version is in force
	Rules                       []string
	Written                     []string // how texts are written
	Right, Wrong                []string
	CodeList                    string
	Attributes                  []attributeView
	Uses                        []useView
	Try                         tryView
	Way                         []wayStep
	Buttons                     []stepButton
	Undo                        *undoView
	MayDraft, Says              bool // may propose another version; may give an opinion now
	Until                       string
	Opinions                    []opinionView
	Agrees, Opinion             string // as they were chosen and written, when they were refused
	SeesOpinions                bool
	Versions                    []versionLine
	Compared                    *comparedView
	History                     []historyLine
}

type attributeView struct {
	Number, Name string
	Values       []string
	Code         bool
}

type useView struct{ Path, Set, Field, Title, Map string }

// A tryView is the box in which values are tried.
type tryView struct {
	Offered  bool
	Values   string
	Verdicts []verdictView
	Problem  string
}

type verdictView struct {
	Value, Written string
	Passes         bool
	Faults         []string
}

type wayStep struct{ Text, Class string }

type stepButton struct {
	To, Text, Hint string
	Until          bool // a last day is asked for
	Danger         bool
	Why, Day       string // as they were written, when they were refused
	Open           bool
}

type undoView struct{ Digest, Version string }

type opinionView struct {
	Who, Org, When, Text, Version string
	Agrees                        bool
}

type versionLine struct {
	Digest, Short, Version, State, Band, When, Path string
	Here                                            bool
}

type comparedView struct {
	From, To string
	Changes  []changeLine
	Rows     []comparedRow
}

type changeLine struct {
	Text     string
	Breaking bool
}

type comparedRow struct{ Name, From, To string }

type historyLine struct{ When, Who, Version, Step, Why string }

func (p *pages) term(w http.ResponseWriter, r *http.Request) error {
	v, err := p.termView(r, tryView{})
	if err != nil {
		return err
	}
	talk, err := p.Comments.Card(r.Context(), "term", v.ID)
	if err != nil {
		return err
	}
	return p.Show(w, r, p.Page(r, v.Title, place), templ.Join(termPage(v), talk))
}

// version is the one that an address names, the first of the term without.
func (p *pages) version(r *http.Request) (v *dictionary.TermVersion, all []*dictionary.TermVersion, err error) {
	ctx, id := r.Context(), r.PathValue("id")
	if all, err = p.Desk.Versions(ctx, id); err != nil {
		return nil, nil, err
	}
	digest := r.FormValue("version")
	if digest == "" {
		return all[0], all, nil
	}
	v, err = p.Desk.Version(ctx, id, digest)
	return v, all, err
}

func (p *pages) termView(r *http.Request, try tryView) (v termView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	one, all, err := p.version(r)
	if err != nil {
		return v, err
	}
	v = termView{
		ID: one.ID, Title: one.Title, TitleEn: one.TitleEn, Definition: l.Of(one.Definition, one.DefinitionEn), Usage: one.Usage, Version: one.Version, Digest: one.Digest,
		State: capital(l, one.State), Band: stateBand(one.State), Path: termPath(one.ID), Token: token(ctx), Done: doneWords(l, r.URL.Query().Get("done")),
		Past: one.Digest != all[0].Digest && all[0].State == dictionary.Published, Right: one.Passes, Wrong: one.Fails, Until: l.Day(one.Until),
		Try: try,
	}
	if v.DefinitionOther = one.DefinitionEn; l == locale.En && one.DefinitionEn != "" {
		v.DefinitionOther = one.Definition
	}
	if v.MayDraft, err = p.Desk.MayPropose(ctx, one.ID); err != nil {
		return v, err
	}
	v.Try.Offered = door.From(ctx).Known()
	if v.Rules, err = ruleWords(l, one.Term); err != nil {
		return v, err
	}
	for _, form := range one.Normalise {
		v.Written = append(v.Written, l.T("lexicon.form."+form))
	}
	if err := p.attributes(ctx, &v, one); err != nil {
		return v, err
	}
	if err := p.usesOf(ctx, &v, one.ID); err != nil {
		return v, err
	}
	if err := p.way(ctx, &v, one, all); err != nil {
		return v, err
	}
	for _, t := range all {
		line := versionLine{Digest: t.Digest, Short: t.Digest[:8], Version: t.Version, State: capital(l, t.State), Band: stateBand(t.State), When: l.Stamp(t.ChangedAt), Here: t.Digest == one.Digest}
		line.Path = ui.Address(v.Path, "version", t.Digest)
		v.Versions = append(v.Versions, line)
	}
	return v, p.compare(r, &v, one, all)
}

// ruleWords are the rules of a term in plain words.
func ruleWords(l locale.Lang, t *dictionary.Term) (all []string, err error) {
	con, err := contract.TermContract(nil, t)
	if err != nil {
		return nil, err
	}
	for i := range con.Objects[0].Rules {
		r := &con.Objects[0].Rules[i]
		if len(r.Columns) == 1 && r.Columns[0] == 0 {
			text := faults.Demand(l, r)
			if r.Severity == contract.Warn {
				text = l.T("lexicon.only-warns", text)
			}
			all = append(all, text)
		}
	}
	return all, nil
}

// attributes fills in the 25 of the national frame, as far as the term has them.
func (p *pages) attributes(ctx context.Context, v *termView, t *dictionary.TermVersion) error {
	l := locale.From(ctx)
	values, err := termdesk.Values(t.Term)
	if err != nil {
		return err
	}
	names, err := p.orgNames(ctx)
	if err != nil {
		return err
	}
	v.CodeList = values["code_list"]
	for _, c := range termdesk.Columns() {
		text := values[c.Name]
		if text == "" {
			continue
		}
		one := attributeView{Name: c.In(l), Values: []string{text}}
		if c.Number > 0 {
			one.Number = l.Number(int64(c.Number))
		}
		switch c.Name {
		case "title", "definition", "usage", "valid", "invalid": // said above
			continue
		case "creating_unit", "owning_unit":
			one.Values = []string{names(text)}
		case "data_type":
			one.Values = []string{typeWords(l, text)}
		case "personal":
			one.Values = []string{personalWords(l, text)}
		case "pattern", "rules", "technical_name", "name", "name_en", "id":
			one.Code = true
		case "languages", "documents", "synonyms", "related", "business_attributes", "field_relations", "technical_attributes", "normalise", "international":
			if one.Values, err = termdesk.List(text); err != nil {
				return err
			}
		}
		v.Attributes = append(v.Attributes, one)
	}
	v.Attributes = append(v.Attributes, attributeView{Name: l.T("lexicon.attribute.updated"), Number: "10", Values: []string{l.Day(t.UpdatedOn.String())}})
	if t.Pack != "" {
		v.Attributes = append(v.Attributes, attributeView{Name: l.T("lexicon.attribute.pack"), Values: []string{t.Pack}, Code: true})
	}
	v.Attributes = slices.DeleteFunc(v.Attributes, func(a attributeView) bool { return strings.Join(a.Values, "") == "" })
	return nil
}

func (p *pages) usesOf(ctx context.Context, v *termView, id string) error {
	uses, err := p.Desk.UsesOf(ctx, id)
	if err != nil {
		return err
	}
	v.Uses = useViews(uses)
	return nil
}

func useViews(uses []termdesk.Use) (all []useView) {
	for _, u := range uses {
		all = append(all, useView{
			Path: "/datasets/" + u.Obj.Dataset + "/contract#technical", Set: u.Con.Name, Field: u.Column.Name, Title: u.Column.Title, Map: "/dictionary/mapping/" + u.Con.ID,
		})
	}
	return all
}

// theWay is the way to publication.
var theWay = []dictionary.State{dictionary.Proposed, dictionary.Reviewed, dictionary.Consulted, dictionary.Approved, dictionary.Published}

// way fills in where a version stands, what may be done with it, and what has
// happened.
func (p *pages) way(ctx context.Context, v *termView, one *dictionary.TermVersion, all []*dictionary.TermVersion) error {
	l := locale.From(ctx)
	at := slices.Index(theWay, one.State)
	for i, s := range theWay {
		step := wayStep{Text: capital(l, s)}
		switch {
		case at >= 0 && i < at || one.State == dictionary.Published:
			step.Class = "done"
		case i == at:
			step.Class = "active"
		}
		v.Way = append(v.Way, step)
	}
	steps, err := p.Desk.Steps(ctx, one)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if s.May && !(s.To == dictionary.Published && one.State == dictionary.Replaced && v.Past) { // that is undone above
			v.Buttons = append(v.Buttons, buttonOf(l, one.State, s.To))
		}
	}
	history, err := p.Desk.Terms.TermHistory(ctx, one.ID)
	if err != nil {
		return err
	}
	if before := termdesk.Undo(all, history); before != nil && one.State == dictionary.Published && p.Door.Can(ctx, policy.EditContract, termdesk.What(one.ID)) {
		v.Undo = &undoView{before.Digest, before.Version}
	}
	shown := map[string]string{}
	for _, t := range all {
		shown[t.Digest] = t.Version
	}
	known := door.From(ctx).Known()
	for _, m := range history {
		if shown[m.Digest] == "" {
			continue
		}
		line := historyLine{When: l.Stamp(m.At), Version: m.Version, Step: capital(l, m.To), Why: m.Why}
		if known {
			line.Who = m.By.Name
		}
		v.History = append(v.History, line)
	}
	return p.opinions(ctx, v, one, shown)
}

func (p *pages) opinions(ctx context.Context, v *termView, one *dictionary.TermVersion, versions map[string]string) error {
	l := locale.From(ctx)
	v.Says = one.State == dictionary.Consulted && p.Door.Can(ctx, policy.Draft, termdesk.Mine(ctx, one.ID))
	if v.SeesOpinions = p.Desk.SeesOpinions(ctx, one.ID); !v.SeesOpinions {
		return nil
	}
	list, err := p.Desk.Terms.Opinions(ctx, one.ID)
	if err != nil {
		return err
	}
	names, err := p.orgNames(ctx)
	if err != nil {
		return err
	}
	for _, o := range list {
		v.Opinions = append(v.Opinions, opinionView{Who: o.By.Name, Org: names(o.Org), When: l.Stamp(o.At), Text: o.Text, Agrees: o.Agrees, Version: versions[o.Digest]})
	}
	return nil
}

// buttonOf words a step.
func buttonOf(l locale.Lang, from, to dictionary.State) stepButton {
	b := stepButton{To: string(to), Until: to == dictionary.Consulted, Danger: to == dictionary.Withdrawn || to == dictionary.Expired}
	switch to {
	case dictionary.Proposed:
		b.Text, b.Hint = l.T("lexicon.step.back-proposed"), l.T("lexicon.step.back-proposed.hint")
	case dictionary.Reviewed:
		b.Text, b.Hint = l.T("lexicon.step.review"), l.T("lexicon.step.review.hint")
		if from != dictionary.Proposed {
			b.Text, b.Hint = l.T("lexicon.step.back-review"), l.T("lexicon.step.back-review.hint")
		}
	case dictionary.Consulted:
		b.Text, b.Hint = l.T("lexicon.step.consult"), l.T("lexicon.step.consult.hint")
	case dictionary.Approved:
		b.Text, b.Hint = l.T("lexicon.step.approve"), l.T("lexicon.step.approve.hint")
	case dictionary.Published:
		b.Text, b.Hint = l.T("lexicon.step.publish"), l.T("lexicon.step.publish.hint")
	case dictionary.Expired:
		b.Text, b.Hint = l.T("lexicon.step.expire"), l.T("lexicon.step.expire.hint")
	case dictionary.Withdrawn:
		b.Text, b.Hint = l.T("lexicon.step.withdraw"), l.T("lexicon.step.withdraw.hint")
	}
	return b
}

// compare puts two versions side by side: those that were chosen, or the one shown
// and the one that was in force before it.
func (p *pages) compare(r *http.Request, v *termView, one *dictionary.TermVersion, all []*dictionary.TermVersion) error {
	if len(all) < 2 {
		return nil
	}
	ctx := r.Context()
	l := locale.From(ctx)
	other := all[0]
	if other.Digest == one.Digest {
		other = all[1]
	}
	if digest := r.FormValue("with"); digest != "" {
		var err error
		if other, err = p.Desk.Version(ctx, one.ID, digest); err != nil {
			return err
		}
	}
	was, err := termdesk.Values(other.Term)
	if err != nil {
		return err
	}
	is, err := termdesk.Values(one.Term)
	if err != nil {
		return err
	}
	c := &comparedView{From: other.Version + " · " + other.Digest[:8], To: one.Version + " · " + one.Digest[:8]}
	for _, d := range dictionary.DiffTerms(other.Term, one.Term) {
		c.Changes = append(c.Changes, changeLine{l.Of(d.Vi, d.En), d.Breaking})
	}
	for _, column := range termdesk.Columns() {
		if a, b := was[column.Name], is[column.Name]; a != b {
			c.Rows = append(c.Rows, comparedRow{column.In(l), cmp.Or(a, "–"), cmp.Or(b, "–")})
		}
	}
	v.Compared = c
	return nil
}

// again shows the page of a term with what was wrong with a form on it.
func (p *pages) again(w http.ResponseWriter, r *http.Request, wrong error) error {
	if !site.Mendable(wrong) {
		return wrong
	}
	v, err := p.termView(r, tryView{})
	if err != nil {
		return err
	}
	v.Problem = locale.From(r.Context()).Error(wrong)
	v.Agrees, v.Opinion = r.PostForm.Get("agrees"), r.PostForm.Get("text")
	for i := range v.Buttons {
		if b := &v.Buttons[i]; b.To == r.PostForm.Get("to") {
			b.Why, b.Day, b.Open = r.PostForm.Get("why"), r.PostForm.Get("until"), true
		}
	}
	return p.ShowWrong(w, r, wrong, p.Page(r, v.Title, place), termPage(v))
}

func (p *pages) move(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	m := dictionary.Move{ID: r.PathValue("id"), Digest: f.Get("version"), To: dictionary.State(f.Get("to")), Why: strings.TrimSpace(f.Get("why")), Until: f.Get("until")}
	if err := p.Desk.Move(r.Context(), m); err != nil {
		return p.again(w, r, err)
	}
	http.Redirect(w, r, ui.Address(termPath(m.ID), "version", m.Digest, "done", "moved")+"#way", http.StatusSeeOther)
	return nil
}

func (p *pages) say(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	id, digest := r.PathValue("id"), f.Get("version")
	if err := p.Desk.Say(r.Context(), id, digest, f.Get("agrees") == "yes", strings.TrimSpace(f.Get("text"))); err != nil {
		return p.again(w, r, err)
	}
	http.Redirect(w, r, ui.Address(termPath(id), "version", digest, "done", "said")+"#opinions", http.StatusSeeOther)
	return nil
}

// try judges values that were typed, and shows what came of them on the page.
func (p *pages) try(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	ctx := r.Context()
	one, _, err := p.version(r)
	if err != nil {
		return err
	}
	t := tryView{Values: f.Get("values")}
	verdicts, wrong := p.Desk.Judge(ctx, one, lines(t.Values))
	if wrong != nil {
		if !site.Mendable(wrong) {
			return wrong
		}
		t.Problem = locale.From(ctx).Error(wrong)
	}
	for _, one := range verdicts {
		t.Verdicts = append(t.Verdicts, verdictView{one.Value, one.Written, one.Passes, one.Faults})
	}
	v, err := p.termView(r, t)
	if err != nil {
		return err
	}
	page := p.Page(r, v.Title, place)
	if wrong != nil {
		return p.ShowWrong(w, r, wrong, page, termPage(v))
	}
	return p.Show(w, r, page, termPage(v))
}
