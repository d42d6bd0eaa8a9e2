package xlsx

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// heldBytes is how much of its sheets, packed, a book keeps in memory.
const heldBytes = 8 << 20

// A spool keeps the packed blocks of the sheets: the first in memory, what is
// more in a file.
type spool struct {
	dir  string
	mu   sync.Mutex
	held int64
	file *os.File
	size int64
}

// A place is where a block lies.
type place struct {
	held []byte
	at   int64
	size int
}

func (s *spool) put(data []byte) (place, error) {
	s.mu.Lock()
	if s.held+int64(len(data)) <= heldBytes {
		s.held += int64(len(data))
		s.mu.Unlock()
		return place{held: append(make([]byte, 0, len(data)), data...), size: len(data)}, nil
	}
	err := s.open()
	at := s.size
	s.size += int64(len(data))
	s.mu.Unlock()
	if err != nil {
		return place{}, err
	}
	if _, err := s.file.WriteAt(data, at); err != nil {
		return place{}, fmt.Errorf("unpacking the workbook: %w", err)
	}
	return place{at: at, size: len(data)}, nil
}

func (s *spool) open() (err error) {
	if s.file == nil {
		s.file, err = temporary(s.dir)
	}
	return err
}

// get reads a block into buf, or gives it where it lies.
func (s *spool) get(p place, buf []byte) ([]byte, error) {
	if p.held != nil {
		return p.held, nil
	}
	if cap(buf) < p.size {
		buf = make([]byte, p.size)
	}
	buf = buf[:p.size]
	if _, err := s.file.ReadAt(buf, p.at); err != nil && err != io.EOF { //nolint:errorlint // of os.File
		return nil, fmt.Errorf("reading the unpacked workbook: %w", err)
	}
	return buf, nil
}

func (s *spool) close() error { return discard(s.file) }

func temporary(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "xlsx-*")
	if err != nil {
		return nil, fmt.Errorf("unpacking the workbook: %w", err)
	}
	return f, nil
}

// discard closes and removes a temporary file.
func discard(f *os.File) error {
	if f == nil {
		return nil
	}
	err := f.Close()
	if gone := os.Remove(f.Name()); gone != nil && !os.IsNotExist(gone) && err == nil { // whoever made the folder may have removed it
		err = gone
	}
	return err
}
