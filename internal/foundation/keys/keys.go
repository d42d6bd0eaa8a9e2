// Package keys holds the secrets that the program makes for itself.
//
// At the root stands one random master key, in a file outside the data folder
// (Locate) that only its owner can read. A Ring derives a key of its own from
// it for every purpose: for digests and keyed hashes that are checked, never
// opened. A Vault keeps keys that have a life: data keys that seal columns and
// files, that are rotated and can be destroyed so that what they sealed is gone
// (Shred), and the signing keys of tokens, which change on a calendar. They lie
// in the control database, wrapped by the master; the database alone opens
// nothing.
package keys

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const masterBytes = 32

// A Ring gives keys by purpose.
type Ring struct {
	master []byte
	path   string // of the master's file, "" when it came from elsewhere
	fresh  bool   // made just now: nothing was derived from it yet
}

// Open reads the master from a file, or makes it and its folder.
func Open(path string) (*Ring, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	r, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = create(path); err == nil {
			r, err = read(path)
		}
		if err == nil {
			r.fresh = true
		}
	}
	return r, err
}

// read takes the master from a file: 32 bytes, or 64 hexadecimal digits as
// somebody may have typed them into a credential.
func read(path string) (*Ring, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if master, ok := decode(b); ok {
		return &Ring{master: master, path: path}, nil
	}
	return nil, fmt.Errorf("master key: %s holds %d bytes, not %d: bring it back from a backup", path, len(b), masterBytes)
}

func decode(b []byte) (master []byte, ok bool) {
	if len(b) == masterBytes {
		return b, true
	}
	if len(b) == 2*masterBytes+1 && b[2*masterBytes] == '\n' {
		b = b[:2*masterBytes]
	}
	master = make([]byte, hex.DecodedLen(len(b)))
	n, err := hex.Decode(master, b)
	return master, err == nil && n == masterBytes
}

// create writes a new master beside the name it will have, so that a crash
// leaves either none or a whole one; of two programs that do so at once, the
// first one's stays.
func create(path string) error {
	b := make([]byte, masterBytes)
	_, _ = rand.Read(b) // never fails
	if err := place(path, b); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("master key: %w", err)
	}
	return nil
}

// place writes a file whole or not at all, and never over another.
func place(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // its other name stays
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
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

// Signer derives the signing key of a purpose. It stays the same for ever: for
// what outlives a calendar, such as the checkpoints of a log. Keys that change
// are the Vault's.
func (r *Ring) Signer(purpose string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(r.Key("sign/" + purpose))
}

// name tells one master from another.
func (r *Ring) name() string { return hex.EncodeToString(r.Key("keys/name")[:8]) }
