// Package keys holds the secrets that the program makes for itself: one random
// master in a file only its owner can read, from which a key of its own is
// derived for every purpose.
package keys

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const masterBytes = 32

// A Ring gives keys by purpose.
type Ring struct{ master []byte }

// Open reads the master from a file, or makes it and its folder.
func Open(path string) (*Ring, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		b, err = create(path)
	}
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if len(b) != masterBytes {
		return nil, fmt.Errorf("master key: %s holds %d bytes, not %d: bring it back from a backup", path, len(b), masterBytes)
	}
	return &Ring{master: b}, nil
}

// create writes a new master beside the name it will have, so that a crash
// leaves either none or a whole one; of two programs that do so at once, the
// first one's stays.
func create(path string) ([]byte, error) {
	b := make([]byte, masterBytes)
	_, _ = rand.Read(b) // never fails
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

// Key derives the key of a purpose, 32 bytes (HKDF-SHA256, RFC 5869).
func (r *Ring) Key(purpose string) []byte {
	k, err := hkdf.Key(sha256.New, r.master, nil, "phohien/"+purpose, 32)
	if err != nil {
		panic(err) // only for lengths beyond 8160 bytes
	}
	return k
}

// MAC authenticates a message under the key of a purpose (HMAC-SHA256).
func (r *Ring) MAC(purpose string, message []byte) []byte {
	h := hmac.New(sha256.New, r.Key(purpose))
	h.Write(message)
	return h.Sum(nil)
}
