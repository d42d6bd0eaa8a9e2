package cfb

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
)

// A stream in the mini stream, read in pieces, is what it is as a whole.
func TestStream(t *testing.T) {
	data, err := os.ReadFile("../testdata/nho.xls")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(f.Names(), "Workbook") {
		t.Errorf("%q", f.Names())
	}
	s, err := f.Stream("Workbook")
	if err != nil || s == nil || s.Size >= miniCutoff {
		t.Fatal(s, err)
	}
	whole, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size))
	if err != nil {
		t.Fatal(err)
	}
	piece := make([]byte, 100)
	for at := int64(0); at < s.Size; at += 37 {
		n, err := s.ReadAt(piece, at)
		if err != nil && !errors.Is(err, io.EOF) || !bytes.Equal(piece[:n], whole[at:min(s.Size, at+100)]) {
			t.Fatalf("at %d: %d bytes, %v", at, n, err)
		}
	}
	if none, err := f.Stream("Book"); none != nil || err != nil {
		t.Error(none, err)
	}
	for n := range len(data) {
		if _, err := Open(bytes.NewReader(data[:n]), int64(n)); err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotCompound) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}
