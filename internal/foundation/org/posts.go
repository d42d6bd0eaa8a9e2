package org

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// AllUnits in Post.Units stands for the whole province of the post's
// organisation.
const AllUnits = "*"

// A Post is what a person is in an organisation, for a time. A person may hold
// several at once.
type Post struct {
	ID          string   `json:"id"` // ULID
	Person      string   `json:"person"`
	Org         string   `json:"org"`
	Title       string   `json:"title"`           // chức vụ
	Roles       []string `json:"roles,omitempty"` // ids; policy gives them meaning
	Units       []string `json:"units,omitempty"` // codes of administrative units; empty = the one its organisation governs
	Span                 // open: since always, until further notice
	MandateNo   string   `json:"mandateNo,omitempty"` // number of the decision, "" until it is given
	MandateDate Day      `json:"mandateDate,omitzero"`
	Deputy      bool     `json:"deputy,omitempty"`
}

const maxTitle = 200

func (p *Post) tidy() error {
	p.Title, p.MandateNo = strings.Join(strings.Fields(clean(p.Title)), " "), clean(p.MandateNo)
	if p.Title == "" || utf8.RuneCountInString(p.Title) > maxTitle || strings.ContainsFunc(p.Title+p.MandateNo, unicode.IsControl) {
		return fault.New(fault.Invalid, "org.post-title", maxTitle)
	}
	if p.Empty() {
		return fault.New(fault.Invalid, "org.post-span", p.From.Display(), p.To.Display())
	}
	p.Roles, p.Units = set(p.Roles), set(p.Units)
	for _, u := range p.Units {
		if u != AllUnits && !validUnit.MatchString(u) {
			return fault.New(fault.Invalid, "org.post-unit", u)
		}
	}
	return nil
}

// set cleans texts, and drops those that are empty or stand twice.
func set(list []string) []string {
	var out []string
	for _, s := range list {
		if s = clean(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// same reports whether two posts are one post of one person.
func (p *Post) same(q *Post) bool {
	return p.Person == q.Person && p.Org == q.Org && viet.Fold(p.Title) == viet.Fold(q.Title)
}

// Assign gives a person a post, with a new id. Roles that one person may not
// hold together, also by two posts, are refused.
func (s *Store) Assign(ctx context.Context, by actor.Actor, p Post) (Post, error) {
	if err := p.tidy(); err != nil {
		return Post{}, err
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		p.ID = newID(tx)
		return s.assign(ctx, tx, by, p)
	})
	if err != nil {
		return Post{}, err
	}
	return p, nil
}

// ChangePost changes a post: its title, roles, units, days or decision. Whose
// and where it is stays.
func (s *Store) ChangePost(ctx context.Context, by actor.Actor, base Base, p Post) error {
	if err := p.tidy(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		have, err := post(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		p.Person, p.Org = have.Person, have.Org
		if p.Base() == have.Base() { // a form may be sent twice
			return nil
		}
		if _, err := seen(ctx, tx, p.ID, base, func(w *Post) { *w = p }); err != nil {
			return err
		}
		return s.assign(ctx, tx, by, p)
	})
}

// EndPost ends a post after its last day.
func (s *Store) EndPost(ctx context.Context, by actor.Actor, id string, base Base, last viet.Date) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		p, err := post(ctx, tx, id)
		if err != nil || p.To == On(last) { // a form may be sent twice
			return err
		}
		if p, err = seen(ctx, tx, id, base, func(w *Post) { w.To = On(last) }); err != nil {
			return err
		}
		if p.To.Set && p.To.Date < last {
			return fault.New(fault.Conflict, "org.post-ended", p.To.Display())
		}
		p.To = On(last)
		if p.Empty() {
			return fault.New(fault.Invalid, "org.post-span", p.From.Display(), p.To.Display())
		}
		return s.keepPost(ctx, tx, by, p)
	})
}

// assign checks a tidy post against everything else and writes it.
func (s *Store) assign(ctx context.Context, tx *store.Tx, by actor.Actor, p Post) error {
	if _, err := person(ctx, tx, p.Person); err != nil {
		return err
	}
	o, err := one(ctx, tx, p.Org)
	if err != nil {
		return err
	}
	switch {
	case o == nil:
		return fault.New(fault.NotFound, "org.never", p.Org)
	case o.Collective:
		return fault.New(fault.Invalid, "org.post-collective", o.Name)
	case !o.Overlaps(p.Span):
		return fault.New(fault.Invalid, "org.post-outside", o.Name)
	}
	others, err := postsWhere(ctx, tx, `person = $1 AND id <> $2`, p.Person, p.ID)
	if err != nil {
		return err
	}
	if err := s.fits(p, others); err != nil {
		return err
	}
	return s.keepPost(ctx, tx, by, p)
}

// fits refuses a post that its holder has already, and roles that do not go
// together on some day.
func (s *Store) fits(p Post, others []*Post) error {
	for _, q := range others {
		if p.same(q) && p.Overlaps(q.Span) {
			return fault.New(fault.Conflict, "org.post-twice", p.Title, q.From.Display(), q.To.Display())
		}
	}
	if s.deps.Conflict == nil {
		return nil
	}
	// What is held together on some day is held on a day on which a post begins.
	starts := []Day{p.From}
	for _, q := range others {
		if q.From.Set && p.Covers(q.From.Date) {
			starts = append(starts, q.From)
		}
	}
	for _, start := range starts {
		day := firstDay
		if start.Set {
			day = start.Date
		}
		roles := slices.Clone(p.Roles)
		for _, q := range others {
			if q.Covers(day) {
				roles = append(roles, q.Roles...)
			}
		}
		if err := s.deps.Conflict(set(roles)); err != nil {
			return err
		}
	}
	return nil
}

// one gives an organisation inside a transaction, nil when there is none.
func one(ctx context.Context, tx *store.Tx, id string) (*Org, error) {
	rows, err := tx.QueryContext(ctx, `SELECT content FROM orgs WHERE id = $1`, id)
	if err != nil {
		return nil, err
	}
	var content string
	found := rows.Next()
	if found {
		err = rows.Scan(&content)
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil || !found {
		return nil, err
	}
	o := &Org{}
	if err := json.Unmarshal([]byte(content), o); err != nil {
		return nil, fmt.Errorf("organisation %s: %w", id, err)
	}
	return o, nil
}

func (s *Store) keepPost(ctx context.Context, tx *store.Tx, by actor.Actor, p Post) error {
	if err := rememberPost(ctx, tx, by, p.ID); err != nil {
		return err
	}
	s.changedPosts(tx)
	roles, err := json.Marshal(p.Roles)
	if err != nil {
		return err
	}
	units, err := json.Marshal(p.Units)
	if err != nil {
		return err
	}
	deputy := 0
	if p.Deputy {
		deputy = 1
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO posts (id, person, org, title, roles, units, valid_from, valid_to, mandate_no, mandate_day, deputy, changed_at, by_kind, by_id, by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, roles = excluded.roles, units = excluded.units, valid_from = excluded.valid_from,
			valid_to = excluded.valid_to, mandate_no = excluded.mandate_no, mandate_day = excluded.mandate_day, deputy = excluded.deputy,
			changed_at = excluded.changed_at, by_kind = excluded.by_kind, by_id = excluded.by_id, by_name = excluded.by_name`,
		p.ID, p.Person, p.Org, p.Title, string(roles), string(units), p.From.String(), p.To.String(), p.MandateNo, p.MandateDate.String(),
		deputy, tx.Now, by.Kind, by.ID, by.Name)
	if err != nil {
		return fmt.Errorf("post: %w", err)
	}
	return nil
}

// rememberPost keeps what a post is now.
func rememberPost(ctx context.Context, tx *store.Tx, by actor.Actor, id string) error {
	content := ""
	switch p, err := post(ctx, tx, id); {
	case err == nil:
		text, err := json.Marshal(p)
		if err != nil {
			return err
		}
		content = string(text)
	case !fault.Is(err, "org.no-post"):
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO post_history (id, post, content, changed_at, by_kind, by_id, by_name) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		newID(tx), id, content, tx.Now, by.Kind, by.ID, by.Name)
	return err
}

func post(ctx context.Context, tx *store.Tx, id string) (Post, error) {
	list, err := postsWhere(ctx, tx, `id = $1`, id)
	if err != nil {
		return Post{}, err
	}
	if len(list) == 0 {
		return Post{}, fault.New(fault.NotFound, "org.no-post", id)
	}
	return *list[0], nil
}

func allPosts(ctx context.Context, tx *store.Tx) ([]*Post, error) {
	return postsWhere(ctx, tx, `1 = 1`)
}

// postsWhere reads posts by a condition of this package's own.
func postsWhere(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*Post, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT id, person, org, title, roles, units, valid_from, valid_to, mandate_no, mandate_day, deputy FROM posts
		WHERE `+where+` ORDER BY id`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p Post
		var roles, units, from, to, day string
		var deputy int
		if err := rows.Scan(&p.ID, &p.Person, &p.Org, &p.Title, &roles, &units, &from, &to, &p.MandateNo, &day, &deputy); err != nil {
			return nil, err
		}
		p.Deputy = deputy == 1
		if err := errors.Join(json.Unmarshal([]byte(roles), &p.Roles), json.Unmarshal([]byte(units), &p.Units),
			p.From.UnmarshalText([]byte(from)), p.To.UnmarshalText([]byte(to)), p.MandateDate.UnmarshalText([]byte(day))); err != nil {
			return nil, fmt.Errorf("post %s: %w", p.ID, err)
		}
		list = append(list, &p)
	}
	return list, rows.Err()
}

// A postIndex is all posts, by what they are asked for.
type postIndex struct {
	byID            map[string]*Post
	byPerson, byOrg map[string][]*Post
}

func indexPosts(list []*Post) *postIndex {
	x := &postIndex{map[string]*Post{}, map[string][]*Post{}, map[string][]*Post{}}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *Post) int {
		if a.Deputy != b.Deputy {
			if a.Deputy {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	for _, p := range list {
		x.byID[p.ID] = p
		x.byPerson[p.Person] = append(x.byPerson[p.Person], p)
		x.byOrg[p.Org] = append(x.byOrg[p.Org], p)
	}
	return x
}

// compareFrom sorts spans by their first day, the open one first.
func compareFrom(a, b Span) int { return cmp.Compare(a.From.String(), b.From.String()) }

// Posts are those that a person holds on a day.
func (s *Store) Posts(ctx context.Context, person string, on viet.Date) ([]Post, error) {
	snap, err := s.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return snap.Posts(person, on), nil
}

// HoldersIn are the posts held in an organisation on a day, as a transaction of the
// control database sees them. org "" stands for every organisation; a role narrows
// them to the posts that have it.
func (s *Store) HoldersIn(ctx context.Context, tx *store.Tx, org, role string, on viet.Date) (list []Post, err error) {
	found, err := postsWhere(ctx, tx, `($1 = '' OR org = $1) AND ($2 = '' OR roles LIKE $3)`, org, role, `%"`+role+`"%`)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, p := range found {
		if !p.Covers(on) || role != "" && !slices.Contains(p.Roles, role) {
			continue
		}
		is, asked := there[p.Org]
		if !asked {
			o, err := one(ctx, tx, p.Org)
			if err != nil {
				return nil, err
			}
			is = o != nil && o.Covers(on)
			there[p.Org] = is
		}
		if is {
			list = append(list, *p)
		}
	}
	return list, nil
}

// Holders are the posts held in an organisation on a day, heads before deputies.
func (s *Store) Holders(ctx context.Context, org string, on viet.Date) ([]Post, error) {
	snap, err := s.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return snap.Holders(org, on), nil
}
