package archive

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/nwaples/rardecode/v2"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// dictionaryBytes is how much memory unpacking one archive may take for what
// the format calls its dictionary. Programs choose at most 64 MB by themselves.
const dictionaryBytes = 128 << 20

// OpenZip reads the directory of a zip archive, which package zip takes whole
// into memory: a directory longer than the limit of entries needs is refused
// before.
func OpenZip(f ingest.File) (*zip.Reader, error) {
	r := &directoryReader{r: f.ReaderAt, left: 1<<20 + int64(f.Limits.Entries)*1024}
	z, err := zip.NewReader(r, f.Size)
	if r.left < 0 {
		return nil, fault.New(fault.TooLarge, "archive.too-many-entries", f.Limits.Entries)
	}
	if err != nil {
		return nil, damaged(err)
	}
	r.free = true
	z.RegisterDecompressor(12, func(r io.Reader) io.ReadCloser { return io.NopCloser(bzip2.NewReader(r)) })
	z.RegisterDecompressor(93, newZstd)
	return z, nil
}

func newZstd(r io.Reader) io.ReadCloser {
	d, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(dictionaryBytes), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return io.NopCloser(failing{err})
	}
	return d.IOReadCloser()
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A directoryReader lets only so much be read until it is set free.
type directoryReader struct {
	r    io.ReaderAt
	left int64
	free bool
}

// ReadAt implements io.ReaderAt.
func (d *directoryReader) ReadAt(p []byte, at int64) (int, error) {
	if !d.free {
		if d.left -= int64(len(p)); d.left < 0 {
			return 0, errors.New("the directory of the archive is too long")
		}
	}
	return d.r.ReadAt(p, at)
}

func (w *walk) zip() error {
	z, err := OpenZip(w.file)
	if err != nil {
		return err
	}
	for _, e := range z.File {
		name := e.Name
		if e.NonUTF8 {
			name = legacyName(name)
		}
		if strings.HasSuffix(e.Name, "/") || e.Mode().IsDir() {
			if err := w.budget.entry(); err != nil {
				return err
			}
			continue
		}
		if !e.Mode().IsRegular() {
			if err := w.special(name); err != nil {
				return err
			}
			continue
		}
		if e.Flags&1 != 0 {
			return fault.New(fault.Invalid, "archive.password")
		}
		if err := w.zipEntry(e, name); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) zipEntry(e *zip.File, name string) error {
	var body io.ReadCloser
	err := w.add(name, func() (io.Reader, error) {
		var err error
		body, err = e.Open()
		if errors.Is(err, zip.ErrAlgorithm) {
			return nil, fault.New(fault.Invalid, "archive.method").Because(err)
		}
		return body, damaged(err)
	})
	if body != nil {
		if closing := body.Close(); err == nil {
			err = damaged(closing)
		}
	}
	return err
}

func (w *walk) gzip() error {
	z, err := gzip.NewReader(bufio.NewReaderSize(w.file.All(), 256<<10))
	if err != nil {
		return damaged(err)
	}
	name := z.Name
	if name == "" {
		name = w.file.Name
		if end := path.Ext(name); strings.EqualFold(end, ".gz") || strings.EqualFold(end, ".gzip") {
			name = strings.TrimSuffix(name, end)
		}
	}
	body := bufio.NewReaderSize(z, 64<<10)
	if head, err := body.Peek(512); err == nil && IsTar(head) {
		return w.tar(body)
	}
	return w.add(name, func() (io.Reader, error) { return body, nil })
}

// IsTar recognises the first block of a tar archive.
func IsTar(head []byte) bool {
	return len(head) >= 262 && bytes.Equal(head[257:262], []byte("ustar"))
}

func (w *walk) tar(r io.Reader) error {
	// What lies between the files counts as well: a bomb may be all header.
	t := tar.NewReader(&bounded{r: r, walk: &walk{ctx: w.ctx, file: w.file, budget: NewBudget(w.file.Limits)}})
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		switch h.Typeflag {
		case tar.TypeReg:
			err = w.add(h.Name, func() (io.Reader, error) { return t, nil })
		case tar.TypeDir, tar.TypeXGlobalHeader:
			err = w.budget.entry()
		default:
			err = w.special(h.Name)
		}
		if err != nil {
			return err
		}
	}
}

func (w *walk) rar() error {
	r, err := rardecode.NewReader(&bounded{r: w.file.All(), walk: &walk{ctx: w.ctx, file: w.file, budget: NewBudget(w.file.Limits)}},
		rardecode.MaxDictionarySize(dictionaryBytes))
	if err != nil {
		return rarFault(err)
	}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return rarFault(err)
		}
		switch {
		case h.Encrypted || h.HeaderEncrypted:
			return fault.New(fault.Invalid, "archive.password")
		case h.IsDir:
			err = w.budget.entry()
		case h.LinkType != 0 || h.Mode()&fs.ModeType != 0:
			err = w.special(h.Name)
		default:
			err = w.add(h.Name, func() (io.Reader, error) { return rarReader{r}, nil })
		}
		if err != nil {
			return err
		}
	}
}

// A rarReader gives the errors of package rardecode as faults.
type rarReader struct{ r io.Reader }

// Read implements io.Reader.
func (r rarReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = rarFault(err)
	}
	return n, err
}

func rarFault(err error) error {
	switch {
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted):
		return fault.New(fault.Invalid, "archive.password").Because(err)
	case errors.Is(err, rardecode.ErrMultiVolume):
		return fault.New(fault.Invalid, "archive.volumes").Because(err)
	case errors.Is(err, rardecode.ErrDictionaryTooLarge), errors.Is(err, rardecode.ErrUnsupportedDecoder),
		errors.Is(err, rardecode.ErrUnknownDecoder), errors.Is(err, rardecode.ErrUnknownVersion):
		return fault.New(fault.Invalid, "archive.method").Because(err)
	}
	return damaged(fmt.Errorf("rar: %w", err))
}
