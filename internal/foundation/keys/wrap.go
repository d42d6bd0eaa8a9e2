package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// The kinds of keys in the vault.
const (
	kindRoot  = "root"  // what the purposes of Vault.Ring are derived from
	kindSeal  = "seal"  // data keys
	kindBlind = "blind" // keyed hashes for equality
	kindSign  = "sign"
)

// The states of a key.
const (
	current  = "current"
	past     = "past"     // opens and verifies, seals and signs no more
	shredded = "shredded" // gone
)

const idBytes = 8

// A row is a key as the table holds it.
type row struct {
	id                 string
	kind, purpose      string
	generation         int
	state              string
	wrapped, wrappedBy string
	public             string
	from, until        string
	madeAt             string
}

func newRow(kind, purpose string, generation int) row {
	id := make([]byte, idBytes)
	_, _ = rand.Read(id) // never fails
	return row{id: hex.EncodeToString(id), kind: kind, purpose: purpose, generation: generation, state: current}
}

func newSecret() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return b
}

// bound is what a wrapped key is tied to: moved to another row it does not open.
func (r row) bound() []byte {
	return []byte(strings.Join([]string{"phohien key", r.id, r.kind, r.purpose, strconv.Itoa(r.generation), r.public}, "\n"))
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for keys of another length than 32
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // only for blocks of another length than 16
	}
	return aead
}

// wrap seals a key under the master (AES-256-GCM, random nonce).
func (r *row) wrap(master *Ring, secret []byte) {
	aead := gcm(master.Key("keys/wrap"))
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(secret)+aead.Overhead())
	_, _ = rand.Read(nonce) // never fails
	r.wrapped = base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, secret, r.bound()))
	r.wrappedBy = master.name()
}

// unwrap opens a key.
func (r row) unwrap(master *Ring) ([]byte, error) {
	if r.state == shredded {
		return nil, fault.New(fault.NotFound, "keys.shredded", r.purpose)
	}
	if r.wrappedBy != master.name() {
		return nil, fault.New(fault.Unavailable, "keys.wrong-master")
	}
	sealed, err := base64.RawURLEncoding.DecodeString(r.wrapped)
	aead := gcm(master.Key("keys/wrap"))
	if err == nil && len(sealed) < aead.NonceSize() {
		err = errors.New("too short")
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "keys.damaged", r.purpose, r.id).Because(err)
	}
	secret, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], r.bound())
	if err == nil && len(secret) != 32 {
		err = errors.New("not 32 bytes")
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "keys.damaged", r.purpose, r.id).Because(err)
	}
	return secret, nil
}
