// Package blob keeps files as they were sent, each once, named by the SHA-256 of
// its content: <dir>/ab/cdef….
//
// A file is there whole or not at all: it is written beside its place, made
// durable and then renamed. What a stopped program left half written is removed
// when the store is opened again.
//
// A file that must not lie readable on the disk is kept sealed, as
// <dir>/ab/cdef….sealed; who opens it reads it in clear.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/seal"
)

// A Store is a folder of blobs. It is safe for use by many goroutines.
type Store struct {
	dir   string
	files *seal.Files
}

// An Info describes one blob.
type Info struct {
	Digest string
	Bytes  int64 // in clear
	Sealed bool  `json:",omitempty"`
}

// A File is a blob in clear.
type File interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
	Size() int64
}

const (
	tempName     = "tmp"
	sealedSuffix = ".sealed"
)

// Open opens the store in a folder, making it when it is not there; files opens
// and makes what is sealed, nil where nothing is. Only one process may have it
// open: what is half written is taken for left over.
func Open(dir string, files *seal.Files) (*Store, error) {
	s := &Store{dir, files}
	if err := os.RemoveAll(s.TempDir()); err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	if err := os.MkdirAll(s.TempDir(), 0o700); err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	return s, os.Chmod(dir, 0o700)
}

// At is a store in a folder that is only read, such as a backup: nothing is made
// or cleaned.
func At(dir string) *Store { return &Store{dir: dir} }

// TempDir is where files to be adopted are written: on the same file system, and
// emptied when the store is opened.
func (s *Store) TempDir() string { return filepath.Join(s.dir, tempName) }

// Put keeps what r holds and returns its digest and size. Content that is there
// already is not written a second time.
func (s *Store) Put(ctx context.Context, r io.Reader) (digest string, size int64, err error) {
	return s.put(ctx, r, s.Adopt)
}

func (s *Store) put(ctx context.Context, r io.Reader, adopt func(temp, digest string) error) (digest string, size int64, err error) {
	f, err := os.CreateTemp(s.TempDir(), "put-*")
	if err != nil {
		return "", 0, fmt.Errorf("blob: %w", err)
	}
	defer func() { err = errors.Join(err, gone(os.Remove(f.Name()))) }()
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, h), reading{ctx, r})
	if err = errors.Join(err, f.Close()); err != nil {
		return "", 0, fmt.Errorf("blob: %w", err)
	}
	digest = hex.EncodeToString(h.Sum(nil))
	return digest, size, adopt(f.Name(), digest)
}

// PutSealed is Put for what is kept sealed.
func (s *Store) PutSealed(ctx context.Context, r io.Reader) (digest string, size int64, err error) {
	return s.put(ctx, r, s.AdoptSealed)
}

// PutLike keeps r as another blob is kept: in clear or sealed.
func (s *Store) PutLike(ctx context.Context, other string, r io.Reader) (digest string, err error) {
	i, err := s.Stat(other)
	if err != nil {
		return "", err
	}
	put := s.Put
	if i.Sealed {
		put = s.PutSealed
	}
	digest, _, err = put(ctx, r)
	return digest, err
}

// Adopt takes a file that was written to TempDir and whose digest is known to
// the caller, who has just computed it. The file is moved, not copied.
func (s *Store) Adopt(temp, digest string) error {
	path, err := s.path(digest)
	if err != nil {
		return err
	}
	for _, there := range []string{path, path + sealedSuffix} {
		if _, err := os.Stat(there); err == nil {
			return gone(os.Remove(temp))
		}
	}
	return s.place(temp, path)
}

// AdoptSealed is Adopt for a file that is kept sealed, and is no longer in clear
// when it returns: neither as it was given nor as it may have been kept before.
func (s *Store) AdoptSealed(temp, digest string) error {
	path, err := s.path(digest)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path + sealedSuffix); err != nil {
		if err := s.seal(temp, path, digest); err != nil {
			return fmt.Errorf("blob: %w", err)
		}
	}
	return errors.Join(gone(os.Remove(temp)), gone(os.Remove(path)))
}

func (s *Store) seal(temp, path, digest string) (err error) {
	if s.files == nil {
		return errors.New("a file to seal and no key")
	}
	in, err := os.Open(temp)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.CreateTemp(s.TempDir(), "seal-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gone(os.Remove(out.Name()))) }()
	if err := errors.Join(s.files.Seal(out, in, digest), out.Close()); err != nil {
		return err
	}
	return s.place(out.Name(), path+sealedSuffix)
}

// place makes a file durable under its name.
func (s *Store) place(temp, path string) error {
	if err := syncFile(temp); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	if err := os.Chmod(temp, 0o600); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	// A name is durable when its folder is, and the folder when its own is.
	return errors.Join(syncFile(folder), syncFile(s.dir))
}

// Open opens a blob for reading; the caller closes it.
func (s *Store) Open(digest string) (File, error) {
	f, sealed, err := s.Raw(digest)
	if err != nil {
		return nil, err
	}
	if sealed {
		return s.clear(f, digest)
	}
	return sized(f)
}

// OpenFile opens a file that is no blob like one.
func OpenFile(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return sized(f)
}

func sized(f *os.File) (File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return plain{f, info.Size()}, nil
}

func (s *Store) clear(f *os.File, digest string) (File, error) {
	if s.files == nil {
		return nil, errors.Join(errors.New("a sealed blob and no key"), f.Close())
	}
	clear, err := s.files.Open(f, digest)
	if err != nil {
		return nil, errors.Join(fault.New(fault.Unavailable, "blob.damaged", digest).Because(err), f.Close())
	}
	return clear, nil
}

// plain is a blob that is not sealed.
type plain struct {
	*os.File
	size int64
}

// Size is the number of bytes.
func (p plain) Size() int64 { return p.size }

// Raw opens the file of a blob as it lies there, for copies: who has no key has
// no more of it.
func (s *Store) Raw(digest string) (f *os.File, sealed bool, err error) {
	path, err := s.path(digest)
	if err != nil {
		return nil, false, err
	}
	f, err = os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.Open(path + sealedSuffix)
		sealed = true
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, fault.New(fault.NotFound, "blob.unknown", digest)
	}
	return f, sealed, err
}

// PutRaw keeps what Raw gave of another store.
func (s *Store) PutRaw(ctx context.Context, digest string, sealed bool, r io.Reader) (err error) {
	if !sealed {
		got, _, err := s.Put(ctx, r)
		if err == nil && got != digest {
			err = errors.Join(fault.New(fault.Unavailable, "blob.damaged", digest), s.Remove(got))
		}
		return err
	}
	path, err := s.path(digest)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.TempDir(), "put-*")
	if err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	defer func() { err = errors.Join(err, gone(os.Remove(f.Name()))) }()
	_, err = io.Copy(f, reading{ctx, r})
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	return s.place(f.Name(), path+sealedSuffix)
}

// RawName is the place of a blob in a folder of blobs.
func RawName(i Info) string {
	name := filepath.Join(i.Digest[:2], i.Digest[2:])
	if i.Sealed {
		name += sealedSuffix
	}
	return name
}

// Stat describes a blob.
func (s *Store) Stat(digest string) (Info, error) {
	f, sealed, err := s.Raw(digest)
	if err != nil {
		return Info{}, err
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return Info{}, err
	}
	return describe(digest, sealed, info.Size())
}

func describe(digest string, sealed bool, bytes int64) (Info, error) {
	i := Info{Digest: digest, Bytes: bytes, Sealed: sealed}
	if !sealed {
		return i, nil
	}
	var err error
	if i.Bytes, err = seal.Size(bytes); err != nil {
		return Info{}, fault.New(fault.Unavailable, "blob.damaged", digest).Because(err)
	}
	return i, nil
}

// Verify reads a blob whole and reports the fault "blob.damaged" when it is not
// what its name says.
func (s *Store) Verify(ctx context.Context, digest string) (err error) {
	f, err := s.Open(digest)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, reading{ctx, f}); err != nil {
		if ctx.Err() == nil { // what is sealed tells by itself that it was changed
			err = fault.New(fault.Unavailable, "blob.damaged", digest).Because(err)
		}
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != digest {
		return fault.New(fault.Unavailable, "blob.damaged", digest)
	}
	return nil
}

// Remove deletes a blob. One that is not there is no error.
func (s *Store) Remove(digest string) error {
	path, err := s.path(digest)
	if err != nil {
		return err
	}
	return errors.Join(gone(os.Remove(path)), gone(os.Remove(path+sealedSuffix)))
}

// Each calls f for every blob, in order of digest, until f returns an error.
func (s *Store) Each(f func(Info) error) error {
	return filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // removed meanwhile
		case err != nil:
			return err
		case d.IsDir() && path == s.TempDir():
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		name, sealed := strings.CutSuffix(d.Name(), sealedSuffix)
		digest := filepath.Base(filepath.Dir(path)) + name
		if !validDigest.MatchString(digest) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return gone(err)
		}
		i, err := describe(digest, sealed, info.Size())
		if err != nil {
			return err
		}
		return f(i)
	})
}

var validDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// path is a blob's place. A digest that is none never becomes a path.
func (s *Store) path(digest string) (string, error) {
	if !validDigest.MatchString(digest) {
		return "", fault.New(fault.Invalid, "blob.bad-digest", shorten(digest))
	}
	return filepath.Join(s.dir, digest[:2], digest[2:]), nil
}

func shorten(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// gone is err unless it says that a file is not there.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// syncFile makes a file or folder durable.
func syncFile(path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

// reading ends a read when its context does.
type reading struct {
	ctx context.Context
	r   io.Reader
}

func (r reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(p)
}
