package comments

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/comment"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Site is what this package needs of package site, which stands on the API and
// so on this package.
type Site interface {
	Handle(pattern string, need door.Need, f func(http.ResponseWriter, *http.Request) error)
	Form(w http.ResponseWriter, r *http.Request, most int64) (url.Values, error)
	Again(w http.ResponseWriter, r *http.Request, address string, err error) error
}

type pages struct {
	Site
	desk *Desk
}

// mostForm bounds what a form sends.
const mostForm = 64 << 10

// New adds what the forms of comments are sent to; the comments themselves stand on
// the pages of their objects, see Card.
func New(s Site, d *Desk) {
	p := &pages{s, d}
	need := door.Each(policy.Describe, policy.KindDataset)
	p.Handle("POST /comments", need, p.say)
	p.Handle("POST /comments/{id}/withdraw", need, p.withdraw)
}

func (p *pages) say(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.Form(w, r, mostForm); err != nil {
		return err
	}
	o, err := comment.Parse(r.PostForm.Get("object"))
	if err != nil {
		return err
	}
	text := r.PostForm.Get("text")
	if _, err := p.desk.Say(r.Context(), o, text); err != nil {
		return p.refused(w, r, &refused{object: o, text: text}, err)
	}
	return p.back(w, r, o)
}

func (p *pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.Form(w, r, mostForm); err != nil {
		return err
	}
	why := r.PostForm.Get("why")
	c, err := p.desk.Withdraw(r.Context(), r.PathValue("id"), why)
	switch {
	case err == nil:
		return p.back(w, r, c.Object)
	case c == nil:
		return err
	}
	return p.refused(w, r, &refused{object: c.Object, withdrawn: c.ID, text: why}, err)
}

// A refused is what somebody has written that was not taken.
type refused struct {
	object    comment.Object
	withdrawn string // id of the comment that was to be withdrawn, "" = it was to be one
	text      string
	problem   string
}

type refusedKey struct{}

// refused answers with the object's page, on which what was written still stands,
// with what is wrong with it.
func (p *pages) refused(w http.ResponseWriter, r *http.Request, not *refused, err error) error {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.TooLarge:
	default:
		return err
	}
	s, none := p.desk.find(r.Context(), not.object)
	if none != nil {
		return err
	}
	not.problem = locale.From(r.Context()).Error(err)
	return p.Again(w, r.WithContext(context.WithValue(r.Context(), refusedKey{}, not)), s.Path, err)
}

// back leads to the object's page.
func (p *pages) back(w http.ResponseWriter, r *http.Request, o comment.Object) error {
	s, err := p.desk.find(r.Context(), o)
	if err != nil {
		return err
	}
	http.Redirect(w, r, s.Path+"#comments", http.StatusSeeOther)
	return nil
}

type cardView struct {
	Object, Token, Most, MostWhy string
	Text, Problem                string // what was written and not taken, and why
	Items                        []itemView
}

type itemView struct {
	ID, By, When, Text string
	Gone               string // who withdrew it and why, "" while it stands
	May                bool   // be withdrawn by the reader
	Why, Problem       string // reason that was written and not taken, and what is wrong
}

// Card is the comments on an object for its page; nothing for whom they are not.
func (d *Desk) Card(ctx context.Context, kind, id string) (templ.Component, error) {
	if d == nil || !door.From(ctx).Known() || door.From(ctx).Who.Kind == "company" {
		return templ.NopComponent, nil
	}
	look, err := d.Of(ctx, comment.Object{Kind: kind, ID: id})
	if err != nil {
		return nil, err
	}
	l := locale.From(ctx)
	v := cardView{Object: look.Object.String(), Token: door.From(ctx).CSRF, Most: strconv.Itoa(comment.Most), MostWhy: strconv.Itoa(comment.MostWhy)}
	not, _ := ctx.Value(refusedKey{}).(*refused)
	if not == nil || not.object != look.Object {
		not = &refused{}
	}
	if not.withdrawn == "" {
		v.Text, v.Problem = not.text, not.problem
	}
	for _, c := range look.Comments {
		one := itemView{ID: c.ID, By: c.By.Name, When: l.Time(c.At), Text: c.Text, May: v.Token != "" && look.May(ctx, c)}
		if c.Withdrawn() {
			one.Gone = l.T("comment.gone", c.WithdrawnBy.Name, l.Time(c.WithdrawnAt), c.Why)
		}
		if c.ID == not.withdrawn {
			one.Why, one.Problem = not.text, not.problem
		}
		v.Items = append(v.Items, one)
	}
	return card(v), nil
}
