// Package comment keeps what people say about the things that the platform
// describes: an organisation, a system, a data set, a term, a code list, a measure.
// Who may read and write is for the policies, at whose door this is asked for.
//
// A comment is withdrawn by whoever wrote it, or by who looks after its object: its
// words go, that it was there, who withdrew it and why stay.
package comment

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// The bounds of what is written, in characters, and of a list.
const (
	Most    = 2000
	MostWhy = 300
	shown   = 500
)

// An Object is what comments are about.
type Object struct{ Kind, ID string }

// String is the object as addresses name it.
func (o Object) String() string { return o.Kind + ":" + o.ID }

// Parse reads what String wrote; anything else is a fault "comment.object".
func Parse(text string) (Object, error) {
	kind, id, ok := strings.Cut(text, ":")
	if !ok || kind == "" || id == "" {
		return Object{}, fault.New(fault.Invalid, "comment.object", text)
	}
	return Object{kind, id}, nil
}

// A Comment is what somebody has said.
type Comment struct {
	ID          string
	Object      Object
	Text        string // "" once it is withdrawn
	By          actor.Actor
	At          time.Time
	WithdrawnAt time.Time // zero while it stands
	WithdrawnBy actor.Actor
	Why         string // it was withdrawn
}

// Withdrawn reports whether its words are gone.
func (c *Comment) Withdrawn() bool { return !c.WithdrawnAt.IsZero() }

// Own reports whether somebody wrote it.
func (c *Comment) Own(by actor.Actor) bool { return c.By.Kind == by.Kind && c.By.ID == by.ID }

// A Store keeps comments in the control database.
type Store struct{ db *store.DB }

// NewStore makes a Store.
func NewStore(control *store.DB) *Store { return &Store{control} }

// written puts a text in order. What cannot be kept is a fault whose key begins
// with "comment.".
func written(text string) (string, error) {
	text, _ = viet.NFC(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")))
	switch {
	case text == "":
		return "", fault.New(fault.Invalid, "comment.empty")
	case utf8.RuneCountInString(text) > Most:
		return "", fault.New(fault.Invalid, "comment.long", int64(utf8.RuneCountInString(text)), int64(Most))
	case reason.Number(text):
		return "", fault.New(fault.Invalid, "comment.number")
	}
	return text, nil
}

// Add keeps a comment, and tells of it in the same transaction; tell may be nil.
func (s *Store) Add(ctx context.Context, by actor.Actor, o Object, text string, tell func(ctx context.Context, tx *store.Tx, c *Comment) error) (*Comment, error) {
	text, err := written(text)
	if err != nil {
		return nil, err
	}
	c := &Comment{ID: strings.ToLower(ulid.Make().String()), Object: o, Text: text, By: by}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		c.At = tx.Time
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO comments (id, kind, object, said, by_kind, by_id, by_name, by_org, made_at, withdrawn_at, withdrawn_kind, withdrawn_id, withdrawn_name, why)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', '', '', '')`,
			c.ID, o.Kind, o.ID, text, by.Kind, by.ID, by.Name, by.Org, tx.Now); err != nil {
			return err
		}
		if tell == nil {
			return nil
		}
		return tell(ctx, tx, c)
	})
	return c, err
}

const columns = `id, kind, object, said, by_kind, by_id, by_name, by_org, made_at, withdrawn_at, withdrawn_kind, withdrawn_id, withdrawn_name, why`

func scan(scan func(...any) error) (*Comment, error) {
	var c Comment
	var made, withdrawn string
	err := scan(&c.ID, &c.Object.Kind, &c.Object.ID, &c.Text, &c.By.Kind, &c.By.ID, &c.By.Name, &c.By.Org, &made, &withdrawn,
		&c.WithdrawnBy.Kind, &c.WithdrawnBy.ID, &c.WithdrawnBy.Name, &c.Why)
	if err != nil {
		return nil, err
	}
	return &c, errors.Join(store.StampInto(&c.At, made), store.StampInto(&c.WithdrawnAt, withdrawn))
}

// Of lists the comments on an object, the newest first.
func (s *Store) Of(ctx context.Context, o Object) (list []*Comment, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(row func(...any) error) error {
			c, err := scan(row)
			list = append(list, c)
			return err
		}, `SELECT `+columns+` FROM comments WHERE kind = $1 AND object = $2 ORDER BY id DESC LIMIT $3`, o.Kind, o.ID, shown)
	})
	return list, err
}

// Get gives a comment; one that is not there is a fault "comment.unknown".
func (s *Store) Get(ctx context.Context, id string) (c *Comment, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		c, err = get(ctx, tx, id)
		return err
	})
	return c, err
}

func get(ctx context.Context, tx *store.Tx, id string) (*Comment, error) {
	c, err := scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM comments WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "comment.unknown")
	}
	return c, err
}

// Withdraw takes the words of a comment away and keeps why. One that is withdrawn
// already is a fault "comment.withdrawn".
func (s *Store) Withdraw(ctx context.Context, by actor.Actor, id, why string) (c *Comment, err error) {
	if why, err = reason.Of(why, MostWhy, fault.New(fault.Invalid, "comment.why")); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if c, err = get(ctx, tx, id); err != nil {
			return err
		}
		if c.Withdrawn() {
			return fault.New(fault.Conflict, "comment.withdrawn", c.WithdrawnBy.Name)
		}
		c.Text, c.WithdrawnAt, c.WithdrawnBy, c.Why = "", tx.Time, by, why
		_, err := tx.ExecContext(ctx, `UPDATE comments SET said = '', withdrawn_at = $1, withdrawn_kind = $2, withdrawn_id = $3, withdrawn_name = $4, why = $5 WHERE id = $6`,
			tx.Now, by.Kind, by.ID, by.Name, why, id)
		return err
	})
	return c, err
}
