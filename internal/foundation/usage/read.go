package usage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Dataset is the ledger's own name in the lines that its readers leave.
const Dataset = "usage"

// A Page says which lines are asked for, newest first.
type Page struct {
	Before string // id of a line, "" = from the newest
	Limit  int    // 100 when zero, at most 1,000
}

func (p Page) limit() int {
	if p.Limit <= 0 {
		return 100
	}
	return min(p.Limit, 1000)
}

// ForSubject gives the uses of a person's data, newest first. The reading itself
// leaves a line first: reader says who reads, through which door and why. next
// continues the list, "" at its end.
func (l *Ledger) ForSubject(ctx context.Context, reader Use, number string, p Page) (list []Use, next string, err error) {
	who := l.Subjects(number)
	if err := l.leave(ctx, reader, who); err != nil {
		return nil, "", err
	}
	marks := who.settle()
	if len(marks) == 0 {
		return nil, "", nil
	}
	want := p.limit() + 1
	err = l.control.Read(ctx, func(tx *store.Tx) error {
		ids, err := ids(ctx, tx, `SELECT line FROM usage_subjects WHERE subject = $1 AND (line < $2 OR $3 = '') ORDER BY line DESC LIMIT $4`,
			marks[0].String(), p.Before, p.Before, want)
		if err != nil {
			return err
		}
		inFiles, err := l.inFiles(ctx, tx, marks[0], p.Before, want)
		if err != nil {
			return err
		}
		ids = append(ids, inFiles...)
		slices.Sort(ids)
		slices.Reverse(ids)
		list, err = lines(ctx, tx, ids[:min(len(ids), want)])
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("usage: %w", err)
	}
	list, next = cut(list, p.limit())
	return list, next, nil
}

// leave writes the line of a reader.
func (l *Ledger) leave(ctx context.Context, reader Use, who *Subjects) error {
	reader.Dataset, reader.Kinds, reader.Subjects = Dataset, []string{"usage"}, who
	return l.Record(ctx, &reader)
}

func cut(list []Use, limit int) ([]Use, string) {
	if len(list) <= limit {
		return list, ""
	}
	return list[:limit], list[limit-1].ID
}

func ids(ctx context.Context, tx *store.Tx, query string, args ...any) (list []string, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

// inFiles looks through the files, newest first, until it has enough.
func (l *Ledger) inFiles(ctx context.Context, tx *store.Tx, k mark, before string, want int) (found []string, err error) {
	all, err := ids(ctx, tx, `SELECT id FROM usage_lines WHERE in_file = 1 AND (id < $1 OR $2 = '') ORDER BY id DESC`, before, before)
	if err != nil {
		return nil, err
	}
	for _, line := range all {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		there, err := l.has(ctx, line, k)
		if err != nil {
			return nil, err
		}
		if there {
			if found = append(found, line); len(found) == want {
				break
			}
		}
	}
	return found, nil
}

func (l *Ledger) has(ctx context.Context, line string, k mark) (there bool, err error) {
	f, err := l.openFile(line, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return false, l.missing(ctx, line)
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	from, to, err := f.find(k)
	return from < to, err
}

// missing is for a file that is not there: fine when its line has gone too since
// we looked.
func (l *Ledger) missing(ctx context.Context, line string) error {
	var left []string
	err := l.control.Read(ctx, func(tx *store.Tx) (err error) {
		left, err = ids(ctx, tx, `SELECT id FROM usage_lines WHERE id = $1`, line)
		return err
	})
	if err == nil && len(left) > 0 {
		err = (&markFile{line: line}).damaged(fs.ErrNotExist)
	}
	return err
}

// A Filter chooses lines for who watches over the use of personal data.
type Filter struct {
	Dataset  string      // "" = any
	Actor    actor.Actor // Kind and ID, "" = anybody
	From, To time.Time
	Page
}

// List gives lines of the ledger, newest first, without the persons. The reading
// itself leaves a line first.
func (l *Ledger) List(ctx context.Context, reader Use, f Filter) (list []Use, next string, err error) {
	if err := l.leave(ctx, reader, nil); err != nil {
		return nil, "", err
	}
	var where []string
	var args []any
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, condition+" $"+strconv.Itoa(len(args)))
	}
	if f.Dataset != "" {
		add("dataset =", f.Dataset)
	}
	if f.Actor.ID != "" {
		add("actor_kind =", f.Actor.Kind)
		add("actor_id =", f.Actor.ID)
	}
	if !f.From.IsZero() {
		add("id >=", lowest(f.From))
	}
	if !f.To.IsZero() {
		add("id <", lowest(f.To))
	}
	if f.Before != "" {
		add("id <", f.Before)
	}
	query := ""
	if len(where) > 0 {
		query = ` WHERE ` + strings.Join(where, " AND ")
	}
	args = append(args, f.limit()+1)
	err = l.control.Read(ctx, func(tx *store.Tx) error {
		list, err = selectLines(ctx, tx, query+` ORDER BY id DESC LIMIT $`+strconv.Itoa(len(args)), args...)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("usage: %w", err)
	}
	list, next = cut(list, f.limit())
	return list, next, nil
}

// lowest is the smallest id that a line of a time can have.
func lowest(t time.Time) string {
	var id ulid.ULID
	// Fails only for times after the year 10889.
	_ = id.SetTime(ulid.Timestamp(t))
	return id.String()
}

// lines reads lines by id, in the order of ids.
func lines(ctx context.Context, tx *store.Tx, ids []string) (list []Use, err error) {
	for part := range slices.Chunk(ids, rowsAtOnce) {
		marks := make([]string, len(part))
		args := make([]any, len(part))
		for i, id := range part {
			marks[i], args[i] = "$"+strconv.Itoa(i+1), id
		}
		some, err := selectLines(ctx, tx, ` WHERE id IN (`+strings.Join(marks, ", ")+`) ORDER BY id DESC`, args...)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	return list, nil
}

func selectLines(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Use, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, used_at, door, action, actor_kind, actor_id, actor_name, org,
		purpose, purpose_text, basis, kinds, dataset, trace, persons, forgotten FROM usage_lines`+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var u Use
		var at, kinds string
		if err := rows.Scan(&u.ID, &at, &u.Door, &u.Action, &u.Actor.Kind, &u.Actor.ID, &u.Actor.Name, &u.Org,
			&u.Purpose, &u.Text, &u.Basis, &kinds, &u.Dataset, &u.Trace, &u.Persons, &u.Forgotten); err != nil {
			return nil, err
		}
		if u.Time, err = store.ParseStamp(at); err != nil {
			return nil, err
		}
		u.Kinds = strings.Fields(kinds)
		list = append(list, u)
	}
	return list, rows.Err()
}
