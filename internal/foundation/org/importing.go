package org

import (
	"context"
	"errors"
	"strings"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// An ImportRow is one person with one post, as a list of people says it.
type ImportRow struct {
	Line    int    // in the file, for the report; 0 = its place in rows
	Name    string // of the person
	Email   string
	Phone   string
	OrgCode string // id or agency's code; goes before OrgName
	OrgName string
	Title   string // "" = no post
	Roles   []string
	Units   []string
	From    Day // open = today
	Deputy  bool

	MandateNo   string
	MandateDate Day
	Generated   bool
}

// Outcome is what came of a row.
type Outcome string

// The outcomes.
const (
	NewPerson Outcome = "new"      // person made, with the post
	NewPost   Outcome = "post"     // the person was there, the post is new
	Unchanged Outcome = "same"     // both were there
	Question  Outcome = "question" // which organisation is meant? see Candidates
	Refused   Outcome = "error"
)

// A ReportRow says what came of one row.
type ReportRow struct {
	Line       int         `json:"line"`
	Outcome    Outcome     `json:"outcome"`
	Text       string      `json:"text"` // for the reader, in the language of the context
	Person     string      `json:"person,omitempty"`
	Post       string      `json:"post,omitempty"`
	Candidates []Candidate `json:"candidates,omitempty"`
	Err        error       `json:"-"` // of a question or a refusal
}

// A Candidate is an organisation that a row may mean.
type Candidate struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Path string `json:"path"` // names of its superiors, the nearest first
}

// A Report says what came of a list of people.
type Report struct {
	Rows     []ReportRow     `json:"rows"`
	Count    map[Outcome]int `json:"count"`
	Written  bool            `json:"written"` // false: nothing was written
	Question bool            `json:"question"`
}

// OK reports whether every row can be taken.
func (r *Report) OK() bool { return r.Count[Question]+r.Count[Refused] == 0 }

const maxImport = 20_000

// ImportPeople takes a list of people with their posts, all rows or none, in one
// transaction. A row that is wrong, or whose organisation is not clear, keeps all
// from being written; the report says what came of each. With dry nothing is
// written in any case. The same list again changes nothing.
func (s *Store) ImportPeople(ctx context.Context, by actor.Actor, rows []ImportRow, dry bool) (Report, error) {
	if len(rows) > maxImport {
		return Report{}, fault.New(fault.TooLarge, "org.import-many", len(rows), maxImport)
	}
	snap, err := s.Snapshot(ctx)
	if err != nil {
		return Report{}, err
	}
	var r Report
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		r = Report{Count: map[Outcome]int{}}
		in := importer{s: s, snap: snap, tx: tx, by: by, today: Today(tx.Time), lang: locale.From(ctx), made: map[string]bool{}}
		for i, row := range rows {
			if row.Line == 0 {
				row.Line = i + 1
			}
			done, err := in.row(ctx, row)
			if err != nil {
				return err
			}
			r.Rows = append(r.Rows, done)
			r.Count[done.Outcome]++
		}
		if dry || !r.OK() {
			return errLook
		}
		return nil
	})
	r.Question, r.Written = r.Count[Question] > 0, err == nil
	if errors.Is(err, errLook) {
		err = nil
	}
	return r, err
}

type importer struct {
	s     *Store
	snap  *Snapshot
	tx    *store.Tx
	by    actor.Actor
	today viet.Date
	lang  locale.Lang
	made  map[string]bool // people whom earlier rows made
}

// row takes one row. Faults are its outcome; any other error ends the import.
func (in *importer) row(ctx context.Context, row ImportRow) (ReportRow, error) {
	out := ReportRow{Line: row.Line}
	err := in.take(ctx, row, &out)
	var f *fault.Error
	switch {
	case err == nil:
		out.Text = in.lang.T("org.import." + string(out.Outcome))
		return out, nil
	case !errors.As(err, &f) || f.Kind == fault.Internal || f.Kind == fault.Unavailable || f.Kind == fault.Cancelled:
		return out, err
	}
	if out.Candidates != nil {
		out.Outcome = Question
	} else {
		out.Outcome = Refused
	}
	out.Text, out.Err, out.Person, out.Post = in.lang.Error(err), err, "", ""
	return out, nil
}

func (in *importer) take(ctx context.Context, row ImportRow, out *ReportRow) error {
	who := Person{Name: row.Name, Email: row.Email, Phone: row.Phone, Generated: row.Generated}
	if err := who.tidy(); err != nil {
		return err
	}
	p, err := in.post(row, out)
	if err != nil {
		return err
	}
	have, err := in.known(ctx, who, p)
	if err != nil {
		return err
	}
	out.Outcome = NewPost
	if have == nil {
		who.ID = newID(in.tx)
		if err := keepPerson(ctx, in.tx, in.by, who); err != nil {
			return err
		}
		in.made[who.ID] = true
		out.Outcome, have = NewPerson, &who
	}
	out.Person = have.ID
	if p == nil {
		if out.Outcome == NewPost {
			out.Outcome = Unchanged
		}
		return nil
	}
	p.Person, p.ID = have.ID, newID(in.tx)
	return in.assign(ctx, *p, out)
}

// assign gives the post unless the person holds it already.
func (in *importer) assign(ctx context.Context, p Post, out *ReportRow) error {
	others, err := postsWhere(ctx, in.tx, `person = $1`, p.Person)
	if err != nil {
		return err
	}
	for _, q := range others {
		if q.same(&p) && q.Overlaps(p.Span) && len(missing(p.Roles, q.Roles)) == 0 && len(missing(p.Units, q.Units)) == 0 {
			out.Post = q.ID
			if out.Outcome == NewPost {
				out.Outcome = Unchanged
			}
			return nil
		}
	}
	out.Post = p.ID
	return in.s.assign(ctx, in.tx, in.by, p)
}

// missing are those of want that are not in have.
func missing(want, have []string) []string {
	var out []string
	there := map[string]bool{}
	for _, h := range have {
		there[h] = true
	}
	for _, w := range want {
		if !there[w] {
			out = append(out, w)
		}
	}
	return out
}

// post makes the post that a row names, nil when it names none.
func (in *importer) post(row ImportRow, out *ReportRow) (*Post, error) {
	if clean(row.Title) == "" && clean(row.OrgCode) == "" && clean(row.OrgName) == "" {
		return nil, nil
	}
	if !row.From.Set {
		row.From = On(in.today)
	}
	p := Post{
		Title: row.Title, Roles: row.Roles, Units: row.Units, Span: Span{From: row.From}, Deputy: row.Deputy,
		MandateNo: row.MandateNo, MandateDate: row.MandateDate,
	}
	if err := p.tidy(); err != nil {
		return nil, err
	}
	o, err := in.org(row, out)
	if err != nil {
		return nil, err
	}
	p.Org = o.ID
	return &p, nil
}

// org finds the organisation of a row by id, code or its whole name. It never
// guesses: what is not clear is asked, with those that may be meant.
func (in *importer) org(row ImportRow, out *ReportRow) (*Org, error) {
	day := max(row.From.Date, in.today)
	if code := clean(row.OrgCode); code != "" {
		if o, ok := in.snap.Get(strings.ToLower(code), day); ok {
			return o, nil
		}
		if o, ok := in.snap.ByCode(strings.ToUpper(code), day); ok {
			return o, nil
		}
		if clean(row.OrgName) == "" {
			return nil, fault.New(fault.NotFound, "org.import-code", code)
		}
	}
	name := clean(row.OrgName)
	if name == "" {
		return nil, fault.New(fault.Invalid, "org.import-no-org")
	}
	switch found := in.snap.Named(name, day); len(found) {
	case 1:
		return found[0], nil
	case 0:
		near := in.snap.Find(name, day, maxCandidates)
		if len(near) == 0 {
			return nil, fault.New(fault.NotFound, "org.import-unknown", name)
		}
		out.Candidates = in.candidates(near, day)
		return nil, fault.New(fault.NotFound, "org.import-near", name, names(out.Candidates))
	default:
		out.Candidates = in.candidates(found, day)
		return nil, fault.New(fault.Conflict, "org.import-which", name, names(out.Candidates))
	}
}

const maxCandidates = 8

func (in *importer) candidates(list []*Org, day viet.Date) []Candidate {
	var out []Candidate
	for _, o := range list[:min(len(list), maxCandidates)] {
		var above []string
		for _, id := range in.snap.Path(o.ID, day)[1:] {
			if up, ok := in.snap.Org(id); ok {
				above = append(above, up.Name)
			}
		}
		out = append(out, Candidate{o.ID, o.Name, strings.Join(above, " › ")})
	}
	return out
}

// names writes candidates as people tell them apart, with the id to put down.
func names(list []Candidate) []string {
	var out []string
	for _, c := range list {
		text := c.Name
		if c.Path != "" {
			text += " – " + c.Path
		}
		out = append(out, text+" ["+c.ID+"]")
	}
	return out
}

// known finds the person of a row: by address, else by telephone and name, else
// by name among those who hold the same post. An address of somebody with
// another name is refused: one of the two is wrong.
func (in *importer) known(ctx context.Context, who Person, p *Post) (*Person, error) {
	if who.Email != "" {
		have, err := byEmail(ctx, in.tx, who.Email)
		if err != nil || have == nil {
			return nil, err
		}
		if viet.Fold(have.Name) != viet.Fold(who.Name) {
			return nil, fault.New(fault.Conflict, "org.import-other-name")
		}
		return have, nil
	}
	if who.Phone != "" {
		return scanPerson(in.tx.QueryRowContext(ctx, `
			SELECT `+personColumns+` FROM people WHERE phone = $1 AND name_folded = $2 ORDER BY id LIMIT 1`, who.Phone, viet.Fold(who.Name)))
	}
	if p == nil {
		return nil, fault.New(fault.Invalid, "org.import-no-address")
	}
	holders, err := postsWhere(ctx, in.tx, `org = $1 AND person IN (SELECT id FROM people WHERE name_folded = $2)`, p.Org, viet.Fold(who.Name))
	if err != nil {
		return nil, err
	}
	for _, q := range holders {
		if in.made[q.Person] {
			// Two rows of one list, alike in all: one person twice, or two people?
			return nil, fault.New(fault.Invalid, "org.import-no-address")
		}
		if viet.Fold(q.Title) == viet.Fold(p.Title) {
			found, err := person(ctx, in.tx, q.Person)
			return &found, err
		}
	}
	return nil, nil
}
