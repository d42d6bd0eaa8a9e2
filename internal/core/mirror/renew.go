package mirror

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/columns"
)

// A generation is one file of the mirror. What DuckDB deletes stays in the free
// blocks of its file, whatever is checkpointed; the only way to be rid of it is
// another file.
type generation struct {
	db    *columns.DB
	path  string // "" in memory
	users int    // connections that are lent
	idle  chan struct{}
	small bool // the limit of memory is that of adding rows
}

// conn lends a connection to the file in use; give takes it back.
func (m *Mirror) conn(ctx context.Context) (*columns.Conn, error) {
	m.mu.Lock()
	g := m.now
	err := g.widen(ctx)
	if err == nil {
		g.users++
	}
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	c, err := g.db.Conn(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		g.left()
		return nil, err
	}
	m.lent[c] = g
	return c, nil
}

// give closes a connection; what is open on it is rolled back.
func (m *Mirror) give(c *columns.Conn) error {
	err := c.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	if g := m.lent[c]; g != nil {
		delete(m.lent, c)
		g.left()
	}
	return err
}

// left counts one user less; the caller holds mu.
func (g *generation) left() {
	if g.users--; g.users == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

// Renew begins a new, empty file, and leaves the old one, with all that was ever
// deleted from it, to those who are reading it; Swept removes it. Tables come up
// in the new file when they are next asked for; addresses are those that had one.
func (m *Mirror) Renew(ctx context.Context) (addresses []string, err error) {
	m.renewing.Lock()
	defer m.renewing.Unlock()
	if addresses, err = m.addresses(ctx); err != nil {
		return nil, err
	}
	if err := m.swap(ctx); err != nil {
		return nil, fmt.Errorf("new mirror: %w", err)
	}
	return addresses, nil
}

// Swept removes the old files when the last of their readers is done, which it
// waits for. After an error it can be called again.
func (m *Mirror) Swept(ctx context.Context) error {
	m.renewing.Lock()
	defer m.renewing.Unlock()
	for {
		g, idle := m.oldest()
		if g == nil {
			m.answers.forget("")
			return nil
		}
		if idle != nil {
			select {
			case <-idle:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		if err := errors.Join(g.db.Close(), remove(g.path)); err != nil {
			return fmt.Errorf("old mirror: %w", err)
		}
		m.mu.Lock()
		m.retired = m.retired[1:]
		m.mu.Unlock()
	}
}

// swap opens the next file and makes it the one in use.
func (m *Mirror) swap(ctx context.Context) error {
	m.mu.Lock()
	n := max(fileNumber(m.options.Path, m.now.path), 0) + 1
	m.mu.Unlock()
	o := m.options
	if o.Path != "" {
		o.Path = numberedPath(o.Path, n)
		if err := remove(o.Path); err != nil {
			return err
		}
	}
	if o.TempDir != "" { // two instances would take each other's files
		o.TempDir = filepath.Join(o.TempDir, strconv.Itoa(n))
	}
	db, err := prepare(ctx, o)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.retired = append(m.retired, m.now)
	m.now = &generation{db: db, path: o.Path}
	return nil
}

// oldest is a file that is no longer in use, and what tells that nobody reads it
// any more, nil when that is so.
func (m *Mirror) oldest() (*generation, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.retired) == 0 {
		return nil, nil
	}
	g := m.retired[0]
	if g.users == 0 {
		return g, nil
	}
	if g.idle == nil {
		g.idle = make(chan struct{})
	}
	return g, g.idle
}

// addresses lists what has a table.
func (m *Mirror) addresses(ctx context.Context) (list []string, err error) {
	c, err := m.conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.give(c)) }()
	rows, err := c.Query(ctx, "SELECT address FROM m._tables ORDER BY address")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// TempDir is where the engine puts what does not fit into memory.
func (m *Mirror) TempDir() string { return m.options.TempDir }

func numberedPath(path string, n int) string { return path + "." + strconv.Itoa(n) }

// fileNumber reads the number of a file behind its base name, 0 for the base
// itself, -1 for what is none.
func fileNumber(base, path string) int {
	rest, ok := strings.CutPrefix(path, base)
	if !ok {
		return -1
	}
	if rest == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimPrefix(rest, "."))
	if err != nil || n < 1 || rest != "."+strconv.Itoa(n) {
		return -1
	}
	return n
}

// latest brings the newest file that an earlier run left to the place where a
// mirror is opened, and removes the others.
func latest(path string) error {
	if path == "" {
		return nil
	}
	found, err := filepath.Glob(globbed(path) + ".*")
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(p string) bool { return fileNumber(path, p) < 1 })
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, func(a, b string) int { return fileNumber(path, b) - fileNumber(path, a) })
	if err := remove(path); err != nil {
		return err
	}
	for _, old := range found[1:] {
		if err := remove(old); err != nil {
			return err
		}
	}
	if err := os.Rename(found[0]+".wal", path+".wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Rename(found[0], path)
}

// globbed keeps a path from being read as a pattern.
func globbed(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// knowHolds lets a view be shown only after the table knows every hold that the
// truth has.
func (m *Mirror) knowHolds(ctx context.Context, v *record.View) error {
	if v == nil || !v.HidesHeld() {
		return nil
	}
	seq, err := m.truth.HeldAt(ctx, v.Object())
	if err != nil || seq == 0 {
		return err
	}
	if has, err := m.Has(ctx, v.Object().Dataset); err != nil || !has {
		return err // the read itself says that there is no table
	}
	_, err = m.CatchUp(ctx, v.Object(), seq)
	return err
}
