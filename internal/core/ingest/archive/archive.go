// Package archive takes files out of archives: zip, 7z, rar, tar, gzip. What
// comes out goes into numbered files of the temporary folder, within the limits
// of one upload; names inside an archive are shown to people and used for
// nothing else, so that no path, link or device in it can do harm.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Format is a kind of archive.
type Format string

// The formats that are unpacked.
const (
	Zip  Format = "zip"
	SevZ Format = "7z"
	Rar  Format = "rar"
	Tar  Format = "tar"
	Gzip Format = "gz"
)

// freeBytes may come out before the ratio to what went in is looked at: a table
// of one value packs well.
const freeBytes = 8 << 20

// A Budget is what may still come out of an upload and all archives in it.
type Budget struct {
	bytes   atomic.Int64
	entries atomic.Int64
	limits  ingest.Limits
}

// NewBudget returns what the limits allow.
func NewBudget(l ingest.Limits) *Budget {
	b := &Budget{limits: l}
	b.bytes.Store(l.Unpacked)
	b.entries.Store(int64(l.Entries))
	return b
}

func (b *Budget) entry() error {
	if b.entries.Add(-1) < 0 {
		return fault.New(fault.TooLarge, "archive.too-many-entries", b.limits.Entries)
	}
	return nil
}

// An Entry is a file that came out of an archive.
type Entry struct {
	ingest.File
	Path string // within the archive, cleaned, for people
}

// Unpacked is what came out of an archive.
type Unpacked struct {
	Entries  []Entry
	Findings []ingest.Finding
	dir      string
	files    []*os.File
}

// Close removes what was unpacked.
func (u *Unpacked) Close() error {
	var errs []error
	for _, f := range u.files {
		errs = append(errs, f.Close())
	}
	u.files = nil
	return errors.Join(append(errs, os.RemoveAll(u.dir))...)
}

// Unpack takes all files out of an archive.
func Unpack(ctx context.Context, f ingest.File, format Format, budget *Budget) (*Unpacked, error) {
	dir, err := os.MkdirTemp(f.Temp, "unpacked-")
	if err != nil {
		return nil, fmt.Errorf("folder for unpacking: %w", err)
	}
	u := &Unpacked{dir: dir}
	w := &walk{ctx: ctx, file: f, budget: budget, into: u}
	if err := w.walk(format); err != nil {
		return nil, errors.Join(err, u.Close())
	}
	return u, nil
}

// A walk goes through one archive.
type walk struct {
	ctx    context.Context
	file   ingest.File
	budget *Budget
	into   *Unpacked
	out    int64 // bytes that came out of this archive
}

// walk unpacks by format. The libraries for 7z and rar are others' code: where
// a damaged archive makes one panic, the archive is refused, not the program.
func (w *walk) walk(format Format) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damaged(fmt.Errorf("unpacking panicked: %v", r))
		}
	}()
	switch format {
	case Zip:
		return w.zip()
	case SevZ:
		return w.sevenZip()
	case Rar:
		return w.rar()
	case Tar:
		return w.tar(w.file.All())
	case Gzip:
		return w.gzip()
	}
	return fmt.Errorf("archive: unknown format %q", format)
}

// damaged makes a fault of what a format's library says; nil stays nil.
func damaged(err error) error {
	if err == nil || fault.Of(err) != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.New(fault.Invalid, "archive.damaged").Because(err)
}

// add takes one file out. open is called only for files that are wanted.
func (w *walk) add(name string, open func() (io.Reader, error)) error {
	if err := w.budget.entry(); err != nil {
		return err
	}
	path, odd := cleanName(name)
	if litter(path) {
		return nil
	}
	if odd {
		w.into.Findings = append(w.into.Findings, ingest.Finding{Key: "archive.odd-path", Args: []any{path}})
	}
	r, err := open()
	if err != nil {
		return err
	}
	f, size, err := w.spool(r)
	if err != nil {
		return err
	}
	inner := w.file
	inner.ReaderAt, inner.Size, inner.Name = f, size, path
	w.into.Entries = append(w.into.Entries, Entry{File: inner, Path: path})
	return nil
}

// special reports an entry that is no file: links and devices are never made.
func (w *walk) special(name string) error {
	path, _ := cleanName(name)
	w.into.Findings = append(w.into.Findings, ingest.Finding{Key: "archive.link", Args: []any{path}})
	return w.budget.entry()
}

// spool copies an entry to a numbered file.
func (w *walk) spool(r io.Reader) (*os.File, int64, error) {
	name := filepath.Join(w.into.dir, strconv.Itoa(len(w.into.files)))
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("unpacking: %w", err)
	}
	w.into.files = append(w.into.files, f)
	size, err := io.CopyBuffer(struct{ io.Writer }{f}, &bounded{r: r, walk: w}, make([]byte, 256<<10))
	if errors.Is(err, syscall.ENOSPC) {
		return nil, 0, fault.New(fault.Unavailable, "archive.no-space").Because(err)
	}
	if err != nil {
		return nil, 0, damaged(err)
	}
	return f, size, nil
}

// bounded reads an entry within the limits, whatever the archive says about
// its size.
type bounded struct {
	r    io.Reader
	walk *walk
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	w := b.walk
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.r.Read(p)
	w.out += int64(n)
	limits := w.file.Limits
	if w.budget.bytes.Add(-int64(n)) < 0 {
		return 0, fault.New(fault.TooLarge, "archive.too-large", limits.Unpacked)
	}
	if w.out > freeBytes && w.out/limits.Ratio > w.file.Size {
		return 0, fault.New(fault.TooLarge, "archive.bomb", limits.Ratio)
	}
	return n, err
}
