package lexicon

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// onPage is how many terms a page of the list shows.
const onPage = 50

type indexView struct {
	Query, Group, State string
	Narrows             bool
	Groups              []choice
	Found               int64
	Terms               []termLine
	Before, Behind      string // pages
	At, Of              int64
	Total               int64
	Coverage            string
	Known               bool // who has an account
	MayDraft            bool
	Underway            []termLine
}

type termLine struct {
	ID, Path, Title, Definition, Group, Type, Version string
	State, Band                                       string
	Uses                                              int64
	When                                              string
}

func (p *pages) index(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	q := r.URL.Query()
	v := indexView{
		Query: strings.TrimSpace(q.Get("q")), Group: q.Get("group"), Known: door.From(ctx).Known(), MayDraft: p.Door.Can(ctx, policy.Draft, termdesk.Mine(ctx, "")),
	}
	v.Narrows = v.Query != "" || v.Group != ""
	if v.Query != "" {
		if err := p.Limits.Search(r); err != nil {
			return err
		}
	}
	found, groups, err := p.Desk.Find(ctx, termdesk.Query{Words: v.Query, Group: v.Group})
	if err != nil {
		return err
	}
	used, err := p.Desk.UseCounts(ctx)
	if err != nil {
		return err
	}
	all := 0
	for _, g := range groups {
		all += g.N
		v.Groups = append(v.Groups, choice{g.Value, l.T("lexicon.group-count", g.Value, int64(g.N)), g.Value == v.Group})
	}
	v.Groups = append([]choice{{"", l.T("lexicon.group-all", int64(all)), v.Group == ""}}, v.Groups...)
	book, err := p.Desk.Terms.Book(ctx)
	if err != nil {
		return err
	}
	c, err := p.Desk.Covered(ctx)
	if err != nil {
		return err
	}
	v.Total, v.Found, v.Coverage = int64(len(book.Terms())), int64(len(found)), percent(l, c.Province)
	at, _ := strconv.Atoi(q.Get("page")) // what is no number is the first
	of := max((len(found)+onPage-1)/onPage, 1)
	at = min(max(at, 1), of)
	v.At, v.Of = int64(at), int64(of)
	page := func(n int) string {
		return ui.Address("/dictionary", "q", v.Query, "group", v.Group, "page", strconv.Itoa(n)) + "#list"
	}
	if at > 1 {
		v.Before = page(at - 1)
	}
	if at < of {
		v.Behind = page(at + 1)
	}
	for _, t := range found[(at-1)*onPage : min(at*onPage, len(found))] {
		v.Terms = append(v.Terms, termLineOf(l, t, used))
	}
	underway, err := p.Desk.Underway(ctx)
	if err != nil {
		return err
	}
	for _, t := range underway {
		one := termLineOf(l, t, used)
		one.Path = ui.Address(one.Path, "version", t.Digest)
		v.Underway = append(v.Underway, one)
	}
	return p.Show(w, r, p.Page(r, l.T("lexicon.title"), place), indexPage(v))
}

func termLineOf(l locale.Lang, v *dictionary.TermVersion, used map[string]int) termLine {
	logical := v.ODCS().LogicalType
	if logical == "" {
		logical = "string"
	}
	t := termLine{
		ID: v.ID, Path: termPath(v.ID), Title: v.Title, Definition: l.Of(v.Definition, v.DefinitionEn), Group: v.Group, Type: typeWords(l, logical), Version: v.Version,
		State: capital(l, v.State), Band: stateBand(v.State), Uses: int64(used[v.ID]),
	}
	if at := termdesk.ChangedAt(v); !at.IsZero() {
		t.When = l.Time(at)
	}
	return t
}

type coverageView struct {
	Province shareLine
	Owners   []shareLine
	Sets     []shareLine
}

type shareLine struct {
	Name, Path                    string
	Columns, Mapped, Reason, Open int64
	Percent                       string
}

func (p *pages) coverage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	c, err := p.Desk.Covered(ctx)
	if err != nil {
		return err
	}
	v := coverageView{Province: shareLineOf(l, c.Province)}
	for _, o := range c.Owners {
		one := shareLineOf(l, o)
		if one.Name == "" {
			one.Name = ui.Say(ctx, "page.no-owner")
		}
		v.Owners = append(v.Owners, one)
	}
	for _, s := range c.Sets {
		one := shareLineOf(l, s)
		one.Path = "/dictionary/mapping/" + s.ID
		v.Sets = append(v.Sets, one)
	}
	return p.Show(w, r, p.Page(r, l.T("lexicon.coverage"), place), coveragePage(v))
}

func shareLineOf(l locale.Lang, s termdesk.Share) shareLine {
	return shareLine{Name: s.Name, Columns: int64(s.Columns), Mapped: int64(s.Mapped), Reason: int64(s.Reasoned), Open: int64(s.Open()), Percent: percent(l, s)}
}
