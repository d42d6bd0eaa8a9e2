package lexicon

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

type listsView struct{ Lists []listLine }

type listLine struct {
	ID, Path, Name, Version, Source, Pack string
	Codes                                 int64
	Hierarchy, Retired                    bool
}

func (p *pages) lists(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	var v listsView
	for after := ""; ; {
		list, err := p.CodeLists.List(ctx, after, 500)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			break
		}
		for _, one := range list {
			after = one.ID
			v.Lists = append(v.Lists, listLineOf(one))
		}
	}
	return p.Show(w, r, p.Page(r, l.T("lexicon.lists"), listsPlace), listsPage(v))
}

func listLineOf(c *dictionary.CodeList) listLine {
	return listLine{
		ID: c.ID, Path: "/codelists/" + url.PathEscape(c.ID), Name: c.Name, Version: c.Version, Source: c.Source, Pack: c.Pack, Codes: int64(len(c.Codes)),
		Hierarchy: c.Hierarchic(), Retired: c.Retired,
	}
}

type listView struct {
	listLine
	Licence  string
	On       string // the day as the field shows it
	Day      string
	Problem  string
	Codes    []codeLine
	All      int64 // codes of all times
	Uses     []useView
	Terms    []mappedTerm
	Versions []listVersion
	Export   string
	Edit     string // where the list is changed, "" = not by this reader
	Token    string
	Match    string // version in force
	Why      string // characters of a reason, at most
}

type codeLine struct {
	Code, Name, From, To, Aliases, Parent string
	Indent                                string // before what stands below another
}

type listVersion struct {
	Version, Short, When, Pack, State, Band, By string
	Again                                       string   // digest under which it may be put into force again, "" = not by this reader
	Why, Problem                                string   // reason that was written and not taken, and what is wrong
	Changes                                     []string // to the version before it
}

// mostCodes is how many codes a page shows; the export has all.
const mostCodes = 2000

func (p *pages) list(w http.ResponseWriter, r *http.Request) error { return p.showList(w, r, nil, nil) }

// showList shows a list; wrong is why a former version was not put into force again,
// by a form that keeps what was written in it.
func (p *pages) showList(w http.ResponseWriter, r *http.Request, f url.Values, wrong error) error {
	ctx := r.Context()
	l := locale.From(ctx)
	c, err := p.CodeLists.Current(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := listView{listLine: listLineOf(c), Licence: c.Licence, All: int64(len(c.Codes)), On: strings.TrimSpace(r.URL.Query().Get("on"))}
	v.Export = api.Prefix + "/codelists/" + url.PathEscape(c.ID) + "/export?format="
	if door.From(ctx).Known() && !c.Retired && p.Door.Can(ctx, policy.EditContract, termdesk.What(c.ID)) {
		v.Edit, v.Token, v.Match, v.Why = v.Path+"/edit", token(ctx), c.Digest, strconv.Itoa(moves.MostWords)
	}
	asked := v.On
	if viet.Fold(asked) == viet.Fold(l.T("units.all-times")) { // as the field shows it
		asked = "all"
	}
	on, err := api.UnitDay(asked, p.Now())
	if err != nil {
		v.Problem = l.Error(err)
		on, _ = api.UnitDay("", p.Now())
	}
	v.fill(l, c, on)
	uses, err := p.Desk.UsesOfList(ctx, c.ID)
	if err != nil {
		return err
	}
	v.Uses = useViews(uses)
	if err := p.listTerms(r, &v, c.ID); err != nil {
		return err
	}
	versions, err := p.listDesk.History(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, one := range versions {
		line := listVersion{By: one.By, Version: one.Version.Version, Short: one.Digest[:8], When: l.Stamp(one.InstalledAt), Pack: one.Pack, State: l.T("lexicon.list.past"), Band: "none"}
		switch one.State {
		case "current":
			line.State, line.Band = l.T("lexicon.list.current"), "good"
		case "retired":
			line.State = l.T("lexicon.list.retired")
		}
		if v.Edit != "" && one.State == "past" {
			line.Again = one.Digest
		}
		for _, d := range one.Details[:min(len(one.Details), termdesk.MostDetails)] {
			line.Changes = append(line.Changes, l.Of(d.Vi, d.En))
		}
		if wrong != nil && one.Digest == f.Get("version") {
			line.Why, line.Problem = f.Get("why"), l.Error(wrong)
		}
		v.Versions = append(v.Versions, line)
	}
	talk, err := p.Comments.Card(ctx, "codelist", c.ID)
	if err != nil {
		return err
	}
	if wrong != nil {
		return p.ShowWrong(w, r, wrong, p.Page(r, c.Name, listsPlace), templ.Join(listPage(v), talk))
	}
	return p.Show(w, r, p.Page(r, c.Name, listsPlace), templ.Join(listPage(v), talk))
}

// fill shows the codes of a day, or of all times.
func (v *listView) fill(l locale.Lang, c *dictionary.CodeList, on viet.Date) {
	var shown []dictionary.Branch
	if on == units.NoDay {
		v.Day = l.T("units.all-times")
		for _, code := range c.Codes {
			shown = append(shown, dictionary.Branch{Code: code})
		}
	} else {
		v.Day = on.Display()
		shown = c.Tree(on)
	}
	if v.Problem == "" {
		v.On = v.Day
	}
	for _, b := range shown[:min(len(shown), mostCodes)] {
		line := codeLine{Code: b.Code.Code, Name: b.Name, From: l.Day(b.From.String()), To: l.Day(b.To.String()), Aliases: strings.Join(b.Aliases, ", "), Parent: b.Parent}
		if b.Depth > 0 {
			line.Indent = strings.Repeat("\u2003", b.Depth-1) + "└ "
		}
		v.Codes = append(v.Codes, line)
	}
}

// listTerms are the terms whose values are codes of the list.
func (p *pages) listTerms(r *http.Request, v *listView, id string) error {
	l := locale.From(r.Context())
	book, err := p.Desk.Terms.Book(r.Context())
	if err != nil {
		return err
	}
	for _, t := range book.Terms() {
		f, err := termdesk.FieldsOf(t.Property)
		if err != nil {
			return err
		}
		if f.CodeList == id {
			v.Terms = append(v.Terms, termShown(l, t))
		}
	}
	return nil
}
