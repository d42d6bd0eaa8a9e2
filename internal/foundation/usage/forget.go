package usage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Forget removes a person from the ledger: from then on nobody can tell by it
// whose data was used. The lines stay, with their counts and how many were
// forgotten. It answers in how many lines the person stood. Doing it again, as
// after restoring an older backup, does no harm.
func (l *Ledger) Forget(ctx context.Context, number string) (n int, err error) {
	marks := l.Subjects(number).settle()
	if len(marks) == 0 {
		return 0, nil
	}
	// In the ledger's turn: no line with a file comes while the files are gone
	// through, and counts and rows change together. A crash after a file was
	// changed loses that file's part of the count, and nothing else.
	err = l.control.Write(ctx, func(tx *store.Tx) error {
		n = 0
		res, err := tx.ExecContext(ctx, `UPDATE usage_lines SET forgotten = forgotten + 1
			WHERE id IN (SELECT line FROM usage_subjects WHERE subject = $1)`, marks[0].String())
		if err != nil {
			return err
		}
		rows, err := res.RowsAffected()
		if err != nil {
			return err
		}
		n = int(rows)
		if _, err := tx.ExecContext(ctx, `DELETE FROM usage_subjects WHERE subject = $1`, marks[0].String()); err != nil {
			return err
		}
		files, err := ids(ctx, tx, `SELECT id FROM usage_lines WHERE in_file = 1 ORDER BY id`)
		if err != nil {
			return err
		}
		for _, line := range files {
			there, err := l.forgetIn(line, marks[0])
			if err != nil {
				return err
			}
			if !there {
				continue
			}
			n++
			if _, err := tx.ExecContext(ctx, `UPDATE usage_lines SET forgotten = forgotten + 1 WHERE id = $1`, line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("usage: %w", err)
	}
	// SQLite's log still holds the pages as they were.
	return n, l.control.Checkpoint(ctx)
}

func (l *Ledger) forgetIn(line string, k mark) (there bool, err error) {
	f, err := l.openFile(line, os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		err = (&markFile{line: line}).damaged(err)
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.forget(k)
}

// Least is how long lines are kept at least.
const Least = 366 * 24 * time.Hour

// Trim removes lines from before a time, with their persons. Counts stay. It
// answers how many lines went.
func (l *Ledger) Trim(ctx context.Context, before time.Time) (n int64, err error) {
	if l.control.Now().Sub(before) < Least {
		return 0, fault.New(fault.Invalid, "usage.too-early", int(Least/(24*time.Hour)))
	}
	var files []string
	bound := lowest(before)
	err = l.control.Write(ctx, func(tx *store.Tx) error {
		if files, err = ids(ctx, tx, `SELECT id FROM usage_lines WHERE in_file = 1 AND id < $1`, bound); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM usage_subjects WHERE line < $1`, bound); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM usage_lines WHERE id < $1`, bound)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("usage: %w", err)
	}
	// What is left by a crash here, the next Open removes.
	for _, line := range files {
		path, err := l.path(line)
		if err != nil {
			return n, err
		}
		if err := drop(path); err != nil {
			return n, fmt.Errorf("usage: %w", err)
		}
	}
	return n, nil
}
