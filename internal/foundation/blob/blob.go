// Package blob keeps files as they were sent, each once, named by the SHA-256 of
// its content: <dir>/ab/cdef….
//
// A file is there whole or not at all: it is written beside its place, made
// durable and then renamed. What a stopped program left half written is removed
// when the store is opened again.
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
)

// A Store is a folder of blobs. It is safe for use by many goroutines.
type Store struct{ dir string }

// An Info describes one blob.
type Info struct {
	Digest string
	Bytes  int64
}

const tempName = "tmp"

// Open opens the store in a folder, making it when it is not there. Only one
// process may have it open: what is half written is taken for left over.
func Open(dir string) (*Store, error) {
	s := &Store{dir}
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
func At(dir string) *Store { return &Store{dir} }

// TempDir is where files to be adopted are written: on the same file system, and
// emptied when the store is opened.
func (s *Store) TempDir() string { return filepath.Join(s.dir, tempName) }

// Put keeps what r holds and returns its digest and size. Content that is there
// already is not written a second time.
func (s *Store) Put(ctx context.Context, r io.Reader) (digest string, size int64, err error) {
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
	return digest, size, s.Adopt(f.Name(), digest)
}

// Adopt takes a file that was written to TempDir and whose digest is known to
// the caller, who has just computed it. The file is moved, not copied.
func (s *Store) Adopt(temp, digest string) error {
	path, err := s.path(digest)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return gone(os.Remove(temp))
	}
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
func (s *Store) Open(digest string) (*os.File, error) {
	path, err := s.path(digest)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "blob.unknown", digest)
	}
	return f, err
}

// Stat describes a blob.
func (s *Store) Stat(digest string) (Info, error) {
	path, err := s.path(digest)
	if err != nil {
		return Info{}, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Info{}, fault.New(fault.NotFound, "blob.unknown", digest)
	}
	if err != nil {
		return Info{}, err
	}
	return Info{Digest: digest, Bytes: info.Size()}, nil
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
	return gone(os.Remove(path))
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
		digest := filepath.Base(filepath.Dir(path)) + d.Name()
		if !validDigest.MatchString(digest) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return gone(err)
		}
		return f(Info{Digest: digest, Bytes: info.Size()})
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
