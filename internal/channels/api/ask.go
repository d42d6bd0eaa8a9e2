package api

import (
	"context"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// An Asker answers questions in SQL as who asks may see: the one way for all
// doors.
type Asker struct {
	Door      *door.Door
	Contracts lister
	Records   heads
	Mirror    asked
}

// lister finds contracts.
type lister interface {
	door.Sets
	List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
}

// heads tell which batch data sets have reached.
type heads interface {
	Head(ctx context.Context, contractID string) (int64, time.Time, error)
}

// asked is what questions need of package mirror.
type asked interface {
	CatchUp(ctx context.Context, obj *contract.Object, min int64) (int64, error)
	Look(ctx context.Context, sql string, known func(address string) bool) (columns.Question, error)
	Query(ctx context.Context, sql string, views mirror.Views, o mirror.QueryOptions) (*mirror.Answer, error)
}

// A Table is one that a question names.
type Table struct {
	Contract *contract.Contract
	Object   *contract.Object
}

// A Named question is one that the guard has let through, with its tables.
type Named struct {
	SQL      string
	Tables   []Table
	Question columns.Question
}

// Look checks a question: it is one SELECT over data sets that the caller may
// know of. Nothing is read.
func (a *Asker) Look(ctx context.Context, sql string) (*Named, error) {
	tables, err := a.addressed(ctx)
	if err != nil {
		return nil, err
	}
	q, err := a.Mirror.Look(ctx, sql, func(address string) bool {
		t, there := tables[address]
		return there && a.Door.Knows(ctx, t.Contract, t.Object)
	})
	if err != nil {
		return nil, err
	}
	n := &Named{SQL: sql, Question: q}
	for _, address := range q.Tables {
		n.Tables = append(n.Tables, tables[address])
	}
	return n, nil
}

// Ask asks the policies for every table, brings each up to date, and answers.
// action is Read, or Export for a file. The caller releases the answer.
func (a *Asker) Ask(ctx context.Context, n *Named, action policy.Action, o mirror.QueryOptions) (*mirror.Answer, error) {
	a.Door.Sift(ctx, policy.Read) // a question may name no data set at all
	views := mirror.Views{}
	for _, t := range n.Tables {
		view, err := a.Door.See(ctx, action, t.Contract, t.Object)
		if err != nil {
			return nil, err
		}
		views[t.Object.Dataset] = view
		head, _, err := a.Records.Head(ctx, t.Contract.ID)
		if err != nil {
			return nil, err
		}
		if _, err := a.Mirror.CatchUp(ctx, t.Object, head); err != nil {
			return nil, err
		}
	}
	return a.Mirror.Query(ctx, n.SQL, views, o)
}

// addressed are all tables by their addresses.
func (a *Asker) addressed(ctx context.Context) (map[string]Table, error) {
	all := map[string]Table{}
	for con, err := range contract.All(ctx, a.Contracts) {
		if err != nil {
			return nil, err
		}
		for _, o := range con.Objects {
			all[o.Dataset] = Table{con, o}
		}
	}
	return all, nil
}

// digitsOfNumber is how many digits in a row may be a person's number.
const digitsOfNumber = 9

// Addressable reports whether a question may stand in an address: it names no
// column with numbers of persons, and writes nothing that looks like one where
// there are such columns.
func (n *Named) Addressable() bool {
	for _, t := range n.Tables {
		for i := range t.Object.Columns {
			c := &t.Object.Columns[i]
			if !Numbered(c) {
				continue
			}
			if slices.Contains(n.Question.Columns, c.Store) || longNumber(n.SQL) {
				return false
			}
		}
	}
	return true
}

func longNumber(text string) bool {
	run := 0
	for _, r := range text {
		if r < '0' || r > '9' {
			run = 0
			continue
		}
		if run++; run == digitsOfNumber {
			return true
		}
	}
	return false
}
