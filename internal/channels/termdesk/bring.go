package termdesk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
)

// An Outcome is what becomes of a row of a sheet of terms.
type Outcome string

// The outcomes.
const (
	New     Outcome = "new"     // a term that is not there yet
	Changed Outcome = "changed" // another version of one that is
	Same    Outcome = "same"    // nothing to do
	Wrong   Outcome = "wrong"   // to be mended first
)

// A Row is what would become, or became, of a row.
type Row struct {
	Line    int // in the file
	ID      string
	Title   string
	Outcome Outcome
	Field   string        // Wrong: name of the column, "" = the whole row
	Err     error         // Wrong: what, and how to mend it
	Changes []pack.Detail // Changed: from the version in force
	Made    string        // digest of the proposal
	term    *dictionary.Term
	looked  *dictionary.Term // as it would be kept
}

// A Plan is what would become, or became, of a file.
type Plan struct {
	Rows []Row
	Made int // proposals; 0 when nothing was asked to be kept
}

// Count is how many rows have an outcome.
func (p *Plan) Count(o Outcome) (n int) {
	for i := range p.Rows {
		if p.Rows[i].Outcome == o {
			n++
		}
	}
	return n
}

// Read reads a file of terms of whoever may propose them.
func (d *Desk) Read(ctx context.Context, body io.Reader, name string) ([]SheetRow, error) {
	if _, err := d.Door.May(ctx, policy.Draft, Mine(ctx, "")); err != nil {
		return nil, err
	}
	return readSheet(ctx, body, name)
}

// Bring says what would become of the rows of a file. With keep those that are
// right become proposals, all of them or, when one of them fails after all, none.
func (d *Desk) Bring(ctx context.Context, rows []SheetRow, why string, keep bool) (*Plan, error) {
	if _, err := d.Door.May(ctx, policy.Draft, Mine(ctx, "")); err != nil {
		return nil, err
	}
	p := &Plan{}
	book, err := d.Terms.Book(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[string]int{}
	for _, r := range rows {
		row, err := d.row(ctx, book, r, seen)
		if err != nil {
			return nil, err
		}
		p.Rows = append(p.Rows, row)
	}
	if err := d.judge(ctx, p); err != nil {
		return nil, err
	}
	if !keep {
		return p, nil
	}
	return p, d.keep(ctx, p, why)
}

// atOnce is how many terms are tried in one go; each is a column of a table.
const atOnce = 200

// judge tries the examples of the rows that are right so far.
func (d *Desk) judge(ctx context.Context, p *Plan) error {
	var good []*Row
	for i := range p.Rows {
		if r := &p.Rows[i]; r.Outcome == New || r.Outcome == Changed {
			good = append(good, r)
		}
	}
	for rows := range slices.Chunk(good, atOnce) {
		var terms []*dictionary.Term
		for _, r := range rows {
			terms = append(terms, r.looked)
		}
		wrong, err := d.examples(ctx, terms...)
		if err != nil {
			return err
		}
		for i, r := range rows {
			if wrong[i] == nil {
				continue
			}
			r.Outcome, r.Err, r.Changes, r.Field = Wrong, wrong[i], nil, "invalid"
			if fault.Is(wrong[i], "term.example-right") {
				r.Field = "valid"
			}
		}
	}
	return nil
}

// keep makes proposals of the rows that are right.
func (d *Desk) keep(ctx context.Context, p *Plan, why string) error {
	var terms []*dictionary.Term
	var at []int
	for i := range p.Rows {
		if o := p.Rows[i].Outcome; o == New || o == Changed {
			terms, at = append(terms, p.Rows[i].term), append(at, i)
		}
	}
	if len(terms) == 0 {
		return nil
	}
	made, err := d.Terms.ProposeAll(ctx, door.Actor(ctx), terms, why)
	for n, v := range made {
		if err == nil {
			p.Rows[at[n]].Made, p.Rows[at[n]].ID = v.Digest, v.ID
			p.Made++
		}
	}
	return d.did(ctx, policy.Draft, "", err, map[string]string{"change": "import", "terms": strconv.Itoa(len(terms)), "wrong": strconv.Itoa(p.Count(Wrong)), "reason": reason.Noted(why)})
}

// row looks at one row. An error is ours; what the sender can mend stands in the
// row.
func (d *Desk) row(ctx context.Context, book *dictionary.Book, r SheetRow, seen map[string]int) (Row, error) {
	row := Row{Line: r.Line, ID: r.Cells["id"], Title: r.Cells["title"]}
	wrong := func(field string, err error) (Row, error) {
		if fault.Of(err) == nil || fault.KindOf(err) == fault.Internal {
			return row, err
		}
		row.Outcome, row.Field, row.Err = Wrong, field, err
		return row, nil
	}
	now := book.Term(row.ID)
	l := &line{}
	if now != nil { // what the sheet has no column for stays
		var err error
		if l, err = lineOf(now); err != nil {
			return row, err
		}
	}
	for _, c := range columns {
		cell, there := r.Cells[c.Name]
		if !there {
			continue
		}
		if err := c.put(l, cell); err != nil {
			return wrong(c.Name, err)
		}
	}
	t, err := l.term()
	if err != nil {
		return wrong("rules", err)
	}
	if row.ID != "" {
		if first, twice := seen[row.ID]; twice {
			return wrong("id", fault.New(fault.Invalid, "lexicon.import.twice", row.ID, int64(first)))
		}
		seen[row.ID] = r.Line
	}
	have, err := d.kept(ctx, row.ID)
	if err != nil {
		return row, err
	}
	t = d.named(ctx, t)
	looked, err := checked(t)
	if err != nil {
		return wrong(fieldOf(err), err)
	}
	row.term, row.looked = t, looked
	for _, v := range have {
		if alike(v.Term, looked) && v.State != dictionary.Withdrawn {
			row.Outcome = Same
			return row, nil
		}
	}
	what, err := d.draftOf(ctx, t, have)
	if err != nil {
		return row, err
	}
	if !d.Door.Can(ctx, policy.Draft, what) {
		return wrong("owning_unit", fault.New(fault.Denied, "lexicon.import.not-yours"))
	}
	if err := numbered(have, t); err != nil {
		return wrong("version", err)
	}
	if d.Terms.TryTerm != nil {
		if err := d.Terms.TryTerm(ctx, looked); err != nil {
			return wrong("rules", err)
		}
	}
	row.Outcome = New
	if now != nil {
		row.Outcome, row.Changes = Changed, dictionary.DiffTerms(now, looked)
	} else if len(have) > 0 {
		row.Outcome = Changed
	}
	return row, nil
}

// fieldOf is the column that a fault of a term is about, "" for the whole row.
func fieldOf(err error) string {
	var e *dictionary.Error
	if !errors.As(err, &e) {
		return ""
	}
	if name := attribute[e.Field]; name != "" {
		return name
	}
	return e.Field
}

// alike reports whether two terms say the same; when they were written is left
// aside.
func alike(a, b *dictionary.Term) bool {
	content := func(t *dictionary.Term) (v map[string]any) {
		text, err := json.Marshal(t)
		if err != nil || json.Unmarshal(text, &v) != nil { // a term is read and written as JSON
			return nil
		}
		delete(v, "updatedOn")
		return v
	}
	x, y := content(a), content(b)
	return x != nil && reflect.DeepEqual(x, y)
}
