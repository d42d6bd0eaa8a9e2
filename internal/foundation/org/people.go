package org

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// A Person is somebody who holds posts: no more than is needed to know and reach
// them.
type Person struct {
	ID        string `json:"id"` // ULID
	Name      string `json:"name"`
	Email     string `json:"email,omitempty"`
	Phone     string `json:"phone,omitempty"`     // E.164
	Generated bool   `json:"generated,omitempty"` // sample data: no real person
}

const maxName = 120

// tidy brings a person to one form. Its faults carry no personal values.
func (p *Person) tidy() error {
	p.Name, p.Email, p.Phone = strings.Join(strings.Fields(clean(p.Name)), " "), strings.ToLower(clean(p.Email)), clean(p.Phone)
	if p.Name == "" || utf8.RuneCountInString(p.Name) > maxName || strings.ContainsFunc(p.Name, unicode.IsControl) {
		return fault.New(fault.Invalid, "org.person-name", maxName)
	}
	if p.Email != "" && viet.CheckEmail(p.Email) != nil {
		return fault.New(fault.Invalid, "org.person-email")
	}
	if p.Phone != "" {
		phone, _, err := viet.ParsePhone(p.Phone)
		if err != nil {
			return fault.New(fault.Invalid, "org.person-phone")
		}
		p.Phone = phone
	}
	return nil
}

// AddPerson makes a person, with a new id.
func (s *Store) AddPerson(ctx context.Context, by actor.Actor, p Person) (Person, error) {
	if err := p.tidy(); err != nil {
		return Person{}, err
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		p.ID = newID(tx)
		return keepPerson(ctx, tx, by, p)
	})
	return p, err
}

// ChangePerson changes the name and the addresses of a person.
func (s *Store) ChangePerson(ctx context.Context, by actor.Actor, p Person) (Person, error) {
	if err := p.tidy(); err != nil {
		return Person{}, err
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := person(ctx, tx, p.ID); err != nil {
			return err
		}
		return keepPerson(ctx, tx, by, p)
	})
	return p, err
}

func keepPerson(ctx context.Context, tx *store.Tx, by actor.Actor, p Person) error {
	if p.Email != "" {
		other, err := byEmail(ctx, tx, p.Email)
		if err != nil {
			return err
		}
		if other != nil && other.ID != p.ID {
			return fault.New(fault.Conflict, "org.email-taken")
		}
	}
	madeUp := 0
	if p.Generated {
		madeUp = 1
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO people (id, name, name_folded, name_key, email, email_folded, phone, made_up, changed_at, by_kind, by_id, by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded, name_key = excluded.name_key,
			email = excluded.email, email_folded = excluded.email_folded, phone = excluded.phone, made_up = excluded.made_up,
			changed_at = excluded.changed_at, by_kind = excluded.by_kind, by_id = excluded.by_id, by_name = excluded.by_name`,
		p.ID, p.Name, viet.Fold(p.Name), viet.SortKey(p.Name), p.Email, p.Email, p.Phone, madeUp, tx.Now, by.Kind, by.ID, by.Name)
	if err != nil {
		return fmt.Errorf("person: %w", err)
	}
	return nil
}

const personColumns = `id, name, email, phone, made_up`

func scanPerson(row interface{ Scan(...any) error }) (*Person, error) {
	var p Person
	var madeUp int
	err := row.Scan(&p.ID, &p.Name, &p.Email, &p.Phone, &madeUp)
	p.Generated = madeUp == 1
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &p, err
}

func person(ctx context.Context, tx *store.Tx, id string) (Person, error) {
	p, err := scanPerson(tx.QueryRowContext(ctx, `SELECT `+personColumns+` FROM people WHERE id = $1`, id))
	if err != nil {
		return Person{}, err
	}
	if p == nil {
		return Person{}, fault.New(fault.NotFound, "org.no-person", id)
	}
	return *p, nil
}

func byEmail(ctx context.Context, tx *store.Tx, email string) (*Person, error) {
	return scanPerson(tx.QueryRowContext(ctx, `SELECT `+personColumns+` FROM people WHERE email_folded = $1`, email))
}

// Person gives one person; another is a fault "org.no-person".
func (s *Store) Person(ctx context.Context, id string) (p Person, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		p, err = person(ctx, tx, id)
		return err
	})
	return p, err
}

// PersonByEmail gives the person with an address; another is a fault
// "org.no-person".
func (s *Store) PersonByEmail(ctx context.Context, email string) (p Person, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		found, err := byEmail(ctx, tx, strings.ToLower(clean(email)))
		if err != nil {
			return err
		}
		if found == nil {
			return fault.New(fault.NotFound, "org.no-person", "")
		}
		p = *found
		return nil
	})
	return p, err
}

// People lists people in Vietnamese order of their names: at most limit of
// those behind one that was shown, "" = from the start. A text narrows them to
// names or addresses that hold it, accents aside.
func (s *Store) People(ctx context.Context, text, after string, limit int) (list []Person, err error) {
	like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(viet.Fold(text)) + "%"
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		key := ""
		if after != "" {
			if err := tx.QueryRowContext(ctx, `SELECT name_key FROM people WHERE id = $1`, after).Scan(&key); err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		rows, err := tx.QueryContext(ctx, `
			SELECT `+personColumns+` FROM people
			WHERE (name_key > $1 OR name_key = $1 AND id > $2) AND (name_folded LIKE $3 ESCAPE '\' OR email_folded LIKE $3 ESCAPE '\')
			ORDER BY name_key, id LIMIT $4`, key, after, like, limit)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		list = nil
		for rows.Next() {
			p, err := scanPerson(rows)
			if err != nil {
				return err
			}
			list = append(list, *p)
		}
		return rows.Err()
	})
	return list, err
}
