// Package zipped opens the zip archives that office documents are, within the
// limits of one upload: how many entries, how many bytes come out of them, and
// how much more that is than went in. Nothing is written anywhere, so names of
// entries are only ever compared.
package zipped

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ErrNotZip is returned for files that are no zip archives.
var ErrNotZip = errors.New("not a zip archive")

// freeBytes may come out of an entry before its ratio is looked at: an empty
// sheet packs well.
const freeBytes = 8 << 20

// directoryBytes is how much of the central directory one entry takes at
// least: its fixed part.
const directoryBytes = 46

// An Archive is a zip archive within limits. It may be read by several
// goroutines.
type Archive struct {
	limits  ingest.Limits
	entries map[string]*zip.File
	names   []string
	out     atomic.Int64 // bytes unpacked so far, all told
}

// Open reads the directory of an archive.
func Open(f ingest.File) (*Archive, error) {
	var mark [4]byte
	if _, err := f.ReadAt(mark[:], 0); err != nil || string(mark[:2]) != "PK" {
		return nil, ErrNotZip
	}
	if f.Size > f.Limits.Bytes {
		return nil, fault.New(fault.TooLarge, "file.too-large", f.Limits.Bytes)
	}
	if err := tooMany(f); err != nil {
		return nil, err
	}
	r, err := zip.NewReader(f.ReaderAt, f.Size)
	if err != nil {
		return nil, fault.New(fault.Invalid, "zipped.damaged").Because(err)
	}
	if len(r.File) > f.Limits.Entries {
		return nil, fault.New(fault.TooLarge, "zipped.too-many-entries", f.Limits.Entries)
	}
	a := &Archive{limits: f.Limits, entries: make(map[string]*zip.File, len(r.File))}
	for _, e := range r.File {
		name := strings.ReplaceAll(e.Name, `\`, "/") // some Windows programs write them
		if a.entries[name] == nil {
			a.entries[name] = e
			a.names = append(a.names, name)
		}
	}
	return a, nil
}

// tooMany refuses a directory that is longer than the entries allowed need,
// before package zip takes memory for it. Names are short in office documents.
func tooMany(f ingest.File) error {
	tail := make([]byte, min(f.Size, 22+1<<16))
	if _, err := f.ReadAt(tail, f.Size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the end of the archive: %w", err)
	}
	for i := len(tail) - 22; i >= 0; i-- {
		if string(tail[i:i+4]) != "PK\x05\x06" {
			continue
		}
		size := int64(binary.LittleEndian.Uint32(tail[i+12:]))
		if size == 1<<32-1 { // zip64 tells it elsewhere; what the file can hold bounds it
			size = f.Size
		}
		if entries := int64(f.Limits.Entries); min(size, f.Size) > entries*(directoryBytes+1024) {
			return fault.New(fault.TooLarge, "zipped.too-many-entries", f.Limits.Entries)
		}
		return nil
	}
	return nil // package zip says what is wrong
}

// Names lists the entries in the order of the archive.
func (a *Archive) Names() []string { return a.names }

// Has tells whether an entry is there.
func (a *Archive) Has(name string) bool { return a.entries[name] != nil }

// Size is what an entry says its unpacked size is: for progress only.
func (a *Archive) Size(name string) int64 {
	if e := a.entries[name]; e != nil {
		return int64(min(e.UncompressedSize64, 1<<62))
	}
	return 0
}

// Open reads an entry. Reading past a limit fails with a fault.
func (a *Archive) Open(name string) (io.ReadCloser, error) {
	e := a.entries[name]
	if e == nil {
		return nil, fault.New(fault.Invalid, "zipped.no-entry", name)
	}
	if e.Flags&1 != 0 {
		return nil, fault.New(fault.Invalid, "zipped.password")
	}
	r, err := e.Open()
	if err != nil {
		return nil, fault.New(fault.Invalid, "zipped.damaged").Because(err)
	}
	return &entry{archive: a, r: r, packed: int64(min(e.CompressedSize64, 1<<62))}, nil
}

// All reads a small entry whole, refusing more than most bytes.
func (a *Archive) All(name string, most int64) ([]byte, error) {
	r, err := a.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		err = fault.New(fault.TooLarge, "zipped.too-large", most)
	}
	return data, err
}

type entry struct {
	archive *Archive
	r       io.ReadCloser
	packed  int64
	out     int64
}

func (e *entry) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.out += int64(n)
	limits := e.archive.limits
	if e.archive.out.Add(int64(n)) > limits.Unpacked {
		return 0, fault.New(fault.TooLarge, "zipped.too-large", limits.Unpacked)
	}
	if e.out > freeBytes && e.out/limits.Ratio > e.packed {
		return 0, fault.New(fault.TooLarge, "zipped.bomb", limits.Ratio)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, fault.New(fault.Invalid, "zipped.damaged").Because(err)
	}
	return n, err
}

func (e *entry) Close() error { return e.r.Close() }
