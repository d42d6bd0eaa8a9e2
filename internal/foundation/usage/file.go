package usage

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A file of persons is the head and then their marks, 16 bytes each, sorted. A
// mark never crosses a sector, so overwriting one is all or nothing.
const (
	fileHead  = "phohien-usage-1\n"
	markBytes = 16
	suffix    = ".subjects"
)

// path is where a line's file is: the month is in the line's id.
func (l *Ledger) path(line string) (string, error) {
	id, err := ulid.ParseStrict(line)
	if err != nil {
		return "", fmt.Errorf("usage line %q: %w", line, err)
	}
	return filepath.Join(l.dir, ulid.Time(id.Time()).UTC().Format("2006-01"), line+suffix), nil
}

// writeFile makes a line's file, durable with its name.
func (l *Ledger) writeFile(line string, marks []mark) (err error) {
	path, err := l.path(line)
	if err != nil {
		return err
	}
	month := filepath.Dir(path)
	if err := os.MkdirAll(month, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(month, ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, drop(f.Name()))
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	_, err = w.WriteString(fileHead)
	for i := range marks {
		if err != nil {
			break
		}
		_, err = w.Write(marks[i][:])
	}
	if err := errors.Join(err, w.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return errors.Join(syncFolder(month), syncFolder(l.dir))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// drop removes a file that may be gone already.
func drop(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// A markFile is an open file of persons.
type markFile struct {
	f    *os.File
	line string
	n    int
}

func (l *Ledger) openFile(line string, flag int) (*markFile, error) {
	path, err := l.path(line)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return nil, err
	}
	m := &markFile{f: f, line: line}
	info, err := f.Stat()
	head := make([]byte, len(fileHead))
	if err == nil {
		_, err = f.ReadAt(head, 0)
	}
	body := int64(0)
	if err == nil {
		body = info.Size() - int64(len(fileHead))
	}
	if err != nil || string(head) != fileHead || body%markBytes != 0 {
		return nil, errors.Join(m.damaged(err), f.Close())
	}
	m.n = int(body / markBytes)
	return m, nil
}

func (m *markFile) damaged(err error) error {
	return fault.New(fault.Unavailable, "usage.damaged", m.line).Because(err)
}

func (m *markFile) at(i int) (k mark, err error) {
	if _, err = m.f.ReadAt(k[:], int64(len(fileHead)+i*markBytes)); err != nil {
		if errors.Is(err, io.EOF) {
			err = m.damaged(err)
		}
	}
	return k, err
}

// find gives the range of places where a mark stands; empty when it does not.
func (m *markFile) find(k mark) (from, to int, err error) {
	from = sort.Search(m.n, func(i int) bool {
		at, e := m.at(i)
		err = errors.Join(err, e)
		return compare(at, k) >= 0
	})
	for to = from; err == nil && to < m.n; to++ {
		at, e := m.at(to)
		if err = e; at != k {
			break
		}
	}
	return from, to, err
}

// forget overwrites a mark with its neighbour: the file stays sorted and as
// long as it was, and of the person nothing is left. Where a neighbour has
// stood alone, it stands twice.
func (m *markFile) forget(k mark) (there bool, err error) {
	from, to, err := m.find(k)
	if err != nil || from == to || k == forgotten {
		return false, err
	}
	neighbour := forgotten
	switch {
	case from > 0:
		neighbour, err = m.at(from - 1)
	case to < m.n:
		neighbour, err = m.at(to)
	}
	if err != nil {
		return false, err
	}
	if _, err := m.f.WriteAt(bytes.Repeat(neighbour[:], to-from), int64(len(fileHead)+from*markBytes)); err != nil {
		return false, err
	}
	return true, m.f.Sync()
}

func (m *markFile) Close() error { return m.f.Close() }

// sweep removes files whose line never came to be: the program stopped between
// the two. known says which lines there are.
func (l *Ledger) sweep(known map[string]bool) error {
	months, err := os.ReadDir(l.dir)
	if err != nil {
		return err
	}
	for _, month := range months {
		if !month.IsDir() {
			continue
		}
		files, err := os.ReadDir(filepath.Join(l.dir, month.Name()))
		if err != nil {
			return err
		}
		for _, f := range files {
			line, ours := strings.CutSuffix(f.Name(), suffix)
			if ours && known[line] || !ours && !strings.HasPrefix(f.Name(), ".new-") {
				continue
			}
			if err := drop(filepath.Join(l.dir, month.Name(), f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
