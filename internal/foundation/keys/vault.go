package keys

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Vault keeps keys that are rotated and destroyed. It is safe for use by many
// goroutines.
type Vault struct {
	control *store.DB

	mu     sync.Mutex
	master *Ring
	root   *Ring
	epoch  int              // counts what was forgotten: what was read before is not held
	byID   map[string]*held // seal keys that were used lately
	now    map[string]*held // current key by kind and purpose
}

// held is a key in memory.
type held struct {
	row
	secret []byte
	aead   cipher.AEAD // of seal keys
	read   time.Time
}

// holdFor is how long a key is used without asking the table again: another
// node may have rotated or destroyed it.
const holdFor = time.Minute

// OpenVault opens the keys in the control database with the master key. The
// first time, it makes the root from which Ring derives: for an installation
// that has worked with its master alone, the root is that master, so that what
// was derived stays true.
func OpenVault(ctx context.Context, control *store.DB, master *Ring) (*Vault, error) {
	v := &Vault{control: control, master: master, byID: map[string]*held{}, now: map[string]*held{}}
	var root row
	err := control.Write(ctx, func(tx *store.Tx) error {
		rows, err := find(ctx, tx, kindRoot, "ring")
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			root = rows[len(rows)-1]
			return nil
		}
		secret := master.master
		if master.fresh {
			secret = newSecret()
		}
		root = newRow(kindRoot, "ring", 1)
		root.wrap(master, secret)
		return insert(ctx, tx, root)
	})
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if root.wrappedBy != master.name() {
		if err := v.finishRotation(root); err != nil {
			return nil, err
		}
	}
	secret, err := root.unwrap(v.master)
	if err != nil {
		return nil, err
	}
	v.root = &Ring{master: secret}
	return v, nil
}

// Ring derives keys by purpose from the root, which stays when the master
// changes: everything but the vault itself uses this one.
func (v *Vault) Ring() *Ring { return v.root }

// Seal encrypts with the current data key of a purpose (AES-256-GCM). What it
// gives names the key, so that Open finds it after a rotation; aad is not in it
// and must be the same at Open: say there where the value stands, so that it
// cannot be moved. One generation may seal 2^32 values at most (random nonces
// of 96 bits): rotate yearly.
func (v *Vault) Seal(ctx context.Context, purpose string, plain, aad []byte) ([]byte, error) {
	k, err := v.currentKey(ctx, kindSeal, purpose)
	if err != nil {
		return nil, err
	}
	return k.seal(plain, aad), nil
}

// sealedForm is the first byte of what Seal gives. After it: key, nonce, text
// and tag.
const sealedForm = 1

const nonceBytes = 12

// Overhead is by how many bytes a sealed value is longer than the plain one.
const Overhead = 1 + idBytes + nonceBytes + 16

func (k *held) seal(plain, aad []byte) []byte {
	out := make([]byte, 1+idBytes+nonceBytes, Overhead+len(plain))
	out[0] = sealedForm
	copy(out[1:], unhex(k.id))
	nonce := out[1+idBytes:]
	_, _ = rand.Read(nonce) // never fails
	return k.aead.Seal(out, nonce, plain, aad)
}

// Open decrypts what Seal gave, whichever generation of the purpose's key
// sealed it.
func (v *Vault) Open(ctx context.Context, purpose string, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != sealedForm {
		return nil, fault.New(fault.Invalid, "keys.not-sealed", purpose)
	}
	k, err := v.keyByID(ctx, hex.EncodeToString(sealed[1:1+idBytes]))
	if err != nil {
		return nil, err
	}
	if k == nil || k.purpose != purpose {
		return nil, fault.New(fault.Invalid, "keys.not-sealed", purpose)
	}
	rest := sealed[1+idBytes:]
	plain, err := k.aead.Open(nil, rest[:nonceBytes], rest[nonceBytes:], aad)
	if err != nil {
		return nil, fault.New(fault.Invalid, "keys.not-sealed", purpose).Because(err)
	}
	return plain, nil
}

// Blind is a keyed hash of a value: equal values of one purpose are equal, and
// nothing else can be told without the key. It stays the same over rotations.
func (v *Vault) Blind(ctx context.Context, purpose string, value []byte) ([16]byte, error) {
	f, err := v.Blinder(ctx, purpose)
	if err != nil {
		return [16]byte{}, err
	}
	return f(value), nil
}

// Blinder is Blind for many values; it is not safe for use by several
// goroutines at once.
func (v *Vault) Blinder(ctx context.Context, purpose string) (func(value []byte) [16]byte, error) {
	k, err := v.currentKey(ctx, kindBlind, purpose)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, k.secret)
	var sum [sha256.Size]byte
	return func(value []byte) [16]byte {
		h.Reset()
		h.Write(value)
		return [16]byte(h.Sum(sum[:0]))
	}, nil
}

// Rotate makes a new generation of a purpose's data key. Older ones still open.
func (v *Vault) Rotate(ctx context.Context, purpose string) error {
	if err := checkPurpose(purpose); err != nil {
		return err
	}
	err := v.control.Write(ctx, func(tx *store.Tx) error {
		_, err := v.make(ctx, tx, kindSeal, purpose)
		return err
	})
	v.forget(purpose)
	return err
}

// Shred destroys all keys of a purpose: what they sealed cannot be opened any
// more, what they blinded cannot be found, by nobody who has not a copy of the
// control database from before and the master key of that time.
func (v *Vault) Shred(ctx context.Context, purpose string) error {
	err := v.control.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE keys SET wrapped = '', state = 'shredded', changed_at = $1
			WHERE purpose = $2 AND kind IN ('seal', 'blind') AND state <> 'shredded'`, tx.Now, purpose)
		return err
	})
	if err != nil {
		return fmt.Errorf("destroying the keys of %s: %w", purpose, err)
	}
	v.forget(purpose)
	// SQLite's log still holds the page as it was.
	return v.control.Checkpoint(ctx)
}

// forget drops the keys of a purpose from memory.
func (v *Vault) forget(purpose string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.epoch++
	for id, k := range v.byID {
		if k.purpose == purpose {
			delete(v.byID, id)
		}
	}
	delete(v.now, kindSeal+"/"+purpose)
	delete(v.now, kindBlind+"/"+purpose)
}

// currentKey gives the key in use of a kind and purpose, making it when there
// is none.
func (v *Vault) currentKey(ctx context.Context, kind, purpose string) (*held, error) {
	name := kind + "/" + purpose
	now := v.control.Now()
	v.mu.Lock()
	k, epoch := v.now[name], v.epoch
	v.mu.Unlock()
	if k != nil && fresh(k, now) {
		return k, nil
	}
	if err := checkPurpose(purpose); err != nil {
		return nil, err
	}
	found, err := v.findCurrent(ctx, kind, purpose)
	if err != nil {
		return nil, err
	}
	if found == nil {
		err = v.control.Write(ctx, func(tx *store.Tx) error {
			r, err := v.ensure(ctx, tx, kind, purpose)
			found = &r
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", purpose, err)
	}
	return v.hold(*found, now, epoch)
}

func fresh(k *held, now time.Time) bool {
	age := now.Sub(k.read)
	return age >= 0 && age < holdFor
}

func (v *Vault) findCurrent(ctx context.Context, kind, purpose string) (found *row, err error) {
	err = v.control.Read(ctx, func(tx *store.Tx) error {
		rows, err := find(ctx, tx, kind, purpose)
		found = latest(rows)
		return err
	})
	return found, err
}

func latest(rows []row) *row {
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].state == current {
			return &rows[i]
		}
	}
	return nil
}

// ensure gives the current key, made here unless somebody else was faster.
func (v *Vault) ensure(ctx context.Context, tx *store.Tx, kind, purpose string) (row, error) {
	rows, err := find(ctx, tx, kind, purpose)
	if err != nil {
		return row{}, err
	}
	if r := latest(rows); r != nil {
		return *r, nil
	}
	return v.make(ctx, tx, kind, purpose)
}

// make adds a generation and retires the one before.
func (v *Vault) make(ctx context.Context, tx *store.Tx, kind, purpose string) (row, error) {
	rows, err := find(ctx, tx, kind, purpose)
	if err != nil {
		return row{}, err
	}
	generation := 1
	if len(rows) > 0 {
		generation = rows[len(rows)-1].generation + 1
	}
	if _, err := tx.ExecContext(ctx, `UPDATE keys SET state = 'past', changed_at = $1 WHERE kind = $2 AND purpose = $3 AND state = 'current'`,
		tx.Now, kind, purpose); err != nil {
		return row{}, err
	}
	r := newRow(kind, purpose, generation)
	r.wrap(v.masterNow(), newSecret())
	return r, insert(ctx, tx, r)
}

func (v *Vault) masterNow() *Ring {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.master
}

// hold opens a key and keeps it in memory, unless keys were destroyed since it
// was read.
func (v *Vault) hold(r row, now time.Time, epoch int) (*held, error) {
	secret, err := r.unwrap(v.masterNow())
	if err != nil {
		return nil, err
	}
	k := &held{row: r, secret: secret, read: now}
	if r.kind == kindSeal {
		k.aead = gcm(secret)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if epoch != v.epoch {
		return k, nil
	}
	if r.kind == kindSeal {
		v.byID[r.id] = k
	}
	if r.state == current {
		v.now[r.kind+"/"+r.purpose] = k
	}
	return k, nil
}

// keyByID gives a data key by the id in what it sealed; nil when there is none.
func (v *Vault) keyByID(ctx context.Context, id string) (*held, error) {
	now := v.control.Now()
	v.mu.Lock()
	k, epoch := v.byID[id], v.epoch
	v.mu.Unlock()
	if k != nil && fresh(k, now) {
		return k, nil
	}
	var found []row
	err := v.control.Read(ctx, func(tx *store.Tx) (err error) {
		found, err = scan(tx.QueryContext(ctx, selectKeys+` WHERE id = $1 AND kind = 'seal'`, id))
		return err
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return v.hold(found[0], now, epoch)
}

// Rewrap wraps all keys with another master, in one transaction. From then on
// only that one opens them: it must be durable before.
func (v *Vault) Rewrap(ctx context.Context, next *Ring) error {
	before := v.masterNow()
	err := v.control.Write(ctx, func(tx *store.Tx) error {
		rows, err := scan(tx.QueryContext(ctx, selectKeys+` WHERE state <> 'shredded' AND wrapped <> '' ORDER BY id`))
		if err != nil {
			return err
		}
		for _, r := range rows {
			secret, err := r.unwrap(before)
			if err != nil {
				return err
			}
			r.wrap(next, secret)
			if _, err := tx.ExecContext(ctx, `UPDATE keys SET wrapped = $1, wrapped_by = $2, changed_at = $3 WHERE id = $4`,
				r.wrapped, r.wrappedBy, tx.Now, r.id); err != nil {
				return err
			}
		}
		tx.OnCommit(func() {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.master = next
		})
		return nil
	})
	if err != nil {
		return fmt.Errorf("wrapping keys anew: %w", err)
	}
	return v.control.Checkpoint(ctx)
}

const nextSuffix = ".next"

// RotateMaster makes a new master key in the file of the old one. The new one
// stands beside it, durable, before the keys are wrapped anew; a crash at any
// moment leaves keys that one of the two files opens, and the next OpenVault
// finishes.
func (v *Vault) RotateMaster(ctx context.Context) error {
	path := v.masterNow().path
	if path == "" {
		return fault.New(fault.Invalid, "keys.no-file")
	}
	// One that is left of a crash has wrapped nothing: else it would be the master.
	if err := os.Remove(path + nextSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("master key: %w", err)
	}
	if err := create(path + nextSuffix); err != nil {
		return err
	}
	next, err := read(path + nextSuffix)
	if err != nil {
		return err
	}
	if err := v.Rewrap(ctx, next); err != nil {
		return err
	}
	return v.settleMaster(next, path)
}

// settleMaster puts the new master in the place of the old one.
func (v *Vault) settleMaster(next *Ring, path string) error {
	if err := os.Rename(path+nextSuffix, path); err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	v.mu.Lock()
	v.master = &Ring{master: next.master, path: path}
	v.mu.Unlock()
	return syncFolder(filepath.Dir(path))
}

// finishRotation is for a crash after the keys were wrapped anew: the master
// they ask for stands beside the one that was opened.
func (v *Vault) finishRotation(root row) error {
	path := v.master.path
	if path == "" {
		return fault.New(fault.Unavailable, "keys.wrong-master")
	}
	next, err := read(path + nextSuffix)
	if err != nil || root.wrappedBy != next.name() {
		return fault.New(fault.Unavailable, "keys.wrong-master").Because(err)
	}
	return v.settleMaster(next, path)
}
