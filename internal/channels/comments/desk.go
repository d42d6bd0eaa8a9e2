// Package comments is what the API and the pages have in common about comments on
// described objects: who may read and write them, who is told, and what is written
// down of it.
package comments

import (
	"context"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/comment"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Subject is an object that is talked about, as the caller may see it.
type Subject struct {
	Title string
	Path  string        // of its page
	Org   string        // organisation that answers for it and is told, "" for none
	What  policy.What   // for the log, and for who governs it
	Rules policy.Action // who may do this to What governs it, and may withdraw what others said
}

// A Find finds an object of a kind for the caller. One that they may not see is a
// fault, the same as for one that is not there.
type Find func(ctx context.Context, id string) (Subject, error)

// A Desk serves the doors to comments.
type Desk struct {
	Door    *door.Door
	Store   *comment.Store
	Notices *notify.Store   // nil: nobody is told
	Finds   map[string]Find // by kind of object
}

// A Look is an object's comments as the caller sees them.
type Look struct {
	comment.Object
	Subject
	Comments []*comment.Comment // the newest first
	Governs  bool
}

// May reports whether the caller may withdraw a comment.
func (l *Look) May(ctx context.Context, c *comment.Comment) bool {
	return !c.Withdrawn() && (l.Governs || c.Own(door.Actor(ctx)))
}

// find finds what is talked about, for those who work with the platform: a comment
// is no publication, and a company's account no colleague.
func (d *Desk) find(ctx context.Context, o comment.Object) (Subject, error) {
	d.Door.Sift(ctx, policy.Describe)
	c := door.From(ctx)
	if !c.Known() {
		return Subject{}, door.NotSignedIn()
	}
	find := d.Finds[o.Kind]
	if find == nil {
		return Subject{}, fault.New(fault.Invalid, "comment.object", o.String())
	}
	if c.Who.Kind == "company" {
		return Subject{}, fault.New(fault.Denied, "comment.not-yours")
	}
	return find(ctx, o.ID)
}

// Of gives the comments on an object.
func (d *Desk) Of(ctx context.Context, o comment.Object) (*Look, error) {
	s, err := d.find(ctx, o)
	if err != nil {
		return nil, err
	}
	l := &Look{Object: o, Subject: s, Governs: d.Door.Can(ctx, s.Rules, s.What)}
	l.Comments, err = d.Store.Of(ctx, o)
	return l, err
}

// Say adds a comment, and tells the organisation that answers for the object,
// unless it is its own. The notice holds none of the words: it goes out of the
// house.
func (d *Desk) Say(ctx context.Context, o comment.Object, text string) (*comment.Comment, error) {
	s, err := d.find(ctx, o)
	if err != nil {
		return nil, err
	}
	by := door.Actor(ctx)
	c, err := d.Store.Add(ctx, by, o, text, func(ctx context.Context, tx *store.Tx, c *comment.Comment) error {
		if d.Notices == nil || s.Org == "" || s.Org == by.Org {
			return nil
		}
		_, err := d.Notices.PutIn(ctx, tx, notify.Notice{
			Org: s.Org, Kind: "comment", Severity: notify.Info, TitleVi: locale.Vi.T("comment.notice", s.Title), TitleEn: locale.En.T("comment.notice", s.Title),
			Path: s.Path + "#comments", SubjectKind: o.Kind, SubjectID: o.ID,
		})
		return err
	})
	detail := map[string]string{"change": "comment", "object": o.String()}
	if c != nil {
		detail["comment"] = c.ID
	}
	return c, d.noted(ctx, s, err, detail)
}

// Withdraw takes a comment's words away: for who wrote it, or governs its object. A
// comment that stays is given with the error.
func (d *Desk) Withdraw(ctx context.Context, id, why string) (*comment.Comment, error) {
	c, err := d.Store.Get(ctx, id)
	if err != nil {
		d.Door.Sift(ctx, policy.Describe)
		return nil, err
	}
	s, err := d.find(ctx, c.Object)
	if err != nil {
		return nil, err
	}
	if !c.Own(door.Actor(ctx)) && !d.Door.Can(ctx, s.Rules, s.What) {
		err = fault.New(fault.Denied, "comment.not-own")
	} else if gone, e := d.Store.Withdraw(ctx, door.Actor(ctx), id, why); e != nil {
		err = e
	} else {
		c = gone
	}
	return c, d.noted(ctx, s, err, map[string]string{"change": "comment-withdrawn", "comment": id})
}

// noted writes down what was done, or that it failed, and gives err back.
func (d *Desk) noted(ctx context.Context, s Subject, err error, detail map[string]string) error {
	return d.Door.Did(ctx, policy.Describe, policy.What{Kind: s.What.Kind, ID: s.What.ID}, err, detail)
}
