package ui

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Page is what the frame needs to know.
type Page struct {
	Title    string
	Assets   *assets.Set
	Here     *url.URL // address of the page, for the link to the other language
	Token    string   // that the forms of the session carry; "" for who has not signed in
	Name     string   // of who has signed in
	Inbox    bool     // the reader gets notices
	Unread   int      // of these: not read
	Menu     []Entry  // what the menu offers this reader
	Place    string   // menu entry that is current: "datasets", "batches"
	Notice   string   // what everybody should know just now, above every page; "" = nothing
	Footnote string   // what holds of the whole province, below every page; "" = nothing
	Fixed    bool     // keeps the light look (tests)
}

// An Entry is one of the menu.
type Entry struct {
	Place   string // names it, for Page.Place
	Address string
	Text    string // key of its words
	Group   Group  // among whose entries it stands, "" = alone, behind them
}

// A Group is entries of the menu under one heading, so that few stand in the head
// of a page.
type Group string

// The groups.
const (
	MenuWork    Group = "work"
	MenuPlans   Group = "plans"
	MenuData    Group = "data"
	MenuQuality Group = "quality"
	MenuWords   Group = "words"
	MenuSystems Group = "systems"
	MenuAdmin   Group = "admin"
)

var groups = []Group{MenuWork, MenuPlans, MenuData, MenuQuality, MenuWords, MenuSystems, MenuAdmin}

// A menuGroup is a heading of the menu with what stands under it.
type menuGroup struct {
	Group
	Entries []Entry
	Current bool // the page is one of them
}

// menu puts the entries under their headings; one that would stand there alone
// needs none.
func (p Page) menu() (all []menuGroup) {
	for _, g := range append(slices.Clip(groups), "") {
		one := menuGroup{Group: g}
		for _, e := range p.Menu {
			if e.Group == g {
				one.Entries, one.Current = append(one.Entries, e), one.Current || e.Place == p.Place
			}
		}
		if len(one.Entries) > 0 {
			all = append(all, one)
		}
	}
	return all
}

// headed reports whether a group shows its heading.
func (g menuGroup) headed() bool { return g.Group != "" && len(g.Entries) > 1 }

// LanguageCookie remembers the language a reader chose.
const LanguageCookie = "phohien_lang"

// Say is a sentence in the reader's language.
func Say(ctx context.Context, key string, args ...any) string {
	say := locale.From(ctx).T
	return say(key, args...)
}

// otherLanguage is the same page in another language.
func (p Page) otherLanguage(l locale.Lang) templ.SafeURL {
	u := *p.Here
	q := u.Query()
	q.Set("lang", string(l))
	u.RawQuery = q.Encode()
	return templ.SafeURL(u.RequestURI())
}

// signIn is the page where one signs in and comes back from.
func (p Page) signIn() templ.SafeURL {
	return templ.SafeURL("/login?back=" + url.QueryEscape(p.Here.RequestURI()))
}

// Render writes a component as a whole page. It is rendered into memory first,
// so that an error still finds an unwritten answer.
func Render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", assets.Policy)
	h.Set("Content-Language", string(locale.From(r.Context())))
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Cookie, Accept-Language")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	// A reader who has gone away is no fault of ours.
	_, _ = w.Write(b.Bytes())
	return nil
}
