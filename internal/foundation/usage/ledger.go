package usage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/together"
)

// Singly is the largest number of persons that stand as rows.
const Singly = 1000

// Bounds of one commit and of one statement in it.
const (
	perCommit  = 200
	rowsAtOnce = 200
)

// A Ledger writes and reads uses. It is safe for use by many goroutines.
type Ledger struct {
	control *store.DB
	dir     string
	key     []byte
	queue   *together.Queue[*entry]

	seenMu          sync.Mutex
	seen            map[key]sum // uses that tell of no person and are not written yet
	closed, written chan struct{}
	stop            func() // closes closed, once
}

// An entry is a use on its way into the tables.
type entry struct {
	*Use
	marks  []mark
	inFile bool
}

// Open prepares the folder for files of persons, usage in the data folder, and
// removes files that no line names.
func Open(ctx context.Context, control *store.DB, ring *keys.Ring, dir string) (*Ledger, error) {
	l := &Ledger{control: control, dir: dir, key: ring.Key("usage/subject"), closed: make(chan struct{}), written: make(chan struct{})}
	l.queue = together.New(perCommit, l.commit)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("usage: %w", err)
	}
	known := map[string]bool{}
	// Read in a writer's turn: a server may still be committing a line for a
	// program that was killed, and the file of that line must stay.
	err := control.Write(ctx, func(tx *store.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, `SELECT id FROM usage_lines WHERE in_file = 1`)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			known[id] = true
		}
		return rows.Err()
	})
	if err == nil {
		err = l.sweep(known)
	}
	if err != nil {
		return nil, fmt.Errorf("usage: %w", err)
	}
	l.stop = sync.OnceFunc(func() { close(l.closed) })
	go l.writeOften()
	return l, nil
}

// Close waits for lines under way and writes what was seen last.
func (l *Ledger) Close() error {
	l.queue.Close()
	l.stop()
	<-l.written
	if err := l.write(context.Background()); err != nil {
		return fmt.Errorf("usage: %w", err)
	}
	return nil
}

// Record writes a use and answers once it is durable; doors call it before they
// hand out what was used. It fills in the line's id, time and number of persons.
// A use of nothing personal is only counted.
func (l *Ledger) Record(ctx context.Context, u *Use) error {
	if err := u.check(); err != nil {
		return err
	}
	e := &entry{Use: u, marks: u.Subjects.settle()}
	if u.Subjects != nil {
		u.Persons = len(e.marks)
	}
	u.Time = l.control.Now()
	id, err := ulid.New(ulid.Timestamp(u.Time), ulid.DefaultEntropy())
	if err != nil {
		return fmt.Errorf("usage: %w", err)
	}
	u.ID = id.String()
	if len(e.marks) > Singly {
		e.inFile = true
		if err := l.writeFile(u.ID, e.marks); err != nil {
			return fmt.Errorf("usage: %w", err)
		}
	}
	if err := l.queue.Do(ctx, e); err != nil {
		// The line may be in all the same when only the waiting ended: its file
		// stays, and the next start removes it if it is nobody's.
		return fmt.Errorf("usage: %w", err)
	}
	return nil
}

// commit writes entries in one transaction.
func (l *Ledger) commit(ctx context.Context, list []*entry) error {
	return l.control.Write(ctx, func(tx *store.Tx) error {
		var lines, subjects rows
		for _, e := range list {
			if !e.personal() {
				continue
			}
			inFile := 0
			if e.inFile {
				inFile = 1
			}
			lines.add(e.ID, store.Stamp(e.Time), e.Door, e.Action, e.Actor.Kind, e.Actor.ID, e.Actor.Name, e.Org,
				e.Purpose, e.Text, e.Basis, strings.Join(e.Kinds, " "), e.Dataset, e.Trace, e.Persons, 0, inFile)
			for _, m := range e.marks {
				if e.inFile {
					break
				}
				subjects.add(m.String(), e.ID)
			}
		}
		if err := lines.insert(ctx, tx, `INSERT INTO usage_lines (id, used_at, door, action, actor_kind, actor_id, actor_name, org,
			purpose, purpose_text, basis, kinds, dataset, trace, persons, forgotten, in_file) VALUES `, ""); err != nil {
			return err
		}
		if err := subjects.insert(ctx, tx, `INSERT INTO usage_subjects (subject, line) VALUES `, ""); err != nil {
			return err
		}
		return count(ctx, tx, list)
	})
}

// rows collects values for statements that insert many at once.
type rows struct {
	width int
	args  []any
}

func (r *rows) add(values ...any) {
	r.width = len(values)
	r.args = append(r.args, values...)
}

func (r *rows) insert(ctx context.Context, tx *store.Tx, into, after string) error {
	for len(r.args) > 0 {
		n := min(len(r.args)/r.width, rowsAtOnce)
		var q strings.Builder
		q.WriteString(into)
		for i := range n {
			for j := range r.width {
				sep := ", "
				switch {
				case j == 0 && i == 0:
					sep = "("
				case j == 0:
					sep = "), ("
				}
				fmt.Fprintf(&q, "%s$%d", sep, i*r.width+j+1)
			}
		}
		q.WriteString(")" + after)
		if _, err := tx.ExecContext(ctx, q.String(), r.args[:n*r.width]...); err != nil {
			return err
		}
		r.args = r.args[n*r.width:]
	}
	return nil
}
