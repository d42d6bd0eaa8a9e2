package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Cost is what one password hash costs (argon2id, RFC 9106).
type Cost struct {
	KiB     uint32
	Passes  uint32
	Threads uint8
}

// DefaultCost is above what OWASP asks for at least: about 40 ms a hash.
var DefaultCost = Cost{KiB: 32 << 10, Passes: 2, Threads: 1}

func (c Cost) check() error {
	if c.KiB < 8 || c.KiB > 1<<20 || c.Passes < 1 || c.Passes > 20 || c.Threads < 1 || c.Threads > 16 {
		return fmt.Errorf("identity: a password hash cannot cost %+v", c)
	}
	return nil
}

const (
	saltBytes = 16
	sumBytes  = 32
	// waiting is how many may wait for their password to be hashed; more are
	// told to come back, so that a flood costs neither memory nor patience.
	waiting = 64
)

// A hasher hashes passwords, a few at a time.
type hasher struct {
	cost   Cost
	turns  chan struct{}
	queued atomic.Int64
	dummy  string // hash of no password, for accounts that have none
}

func newHasher(cost Cost) *hasher {
	h := &hasher{cost: cost, turns: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
	salt, sum := make([]byte, saltBytes), make([]byte, sumBytes)
	_, _ = rand.Read(salt) // never fails
	_, _ = rand.Read(sum)
	h.dummy = format(cost, salt, sum)
	return h
}

// turn waits for one of the places in which hashes are made.
func (h *hasher) turn(ctx context.Context) (func(), error) {
	if h.queued.Add(1) > waiting+int64(cap(h.turns)) {
		h.queued.Add(-1)
		return nil, fault.New(fault.Unavailable, "identity.busy")
	}
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns; h.queued.Add(-1) }, nil
	case <-ctx.Done():
		h.queued.Add(-1)
		return nil, context.Cause(ctx)
	}
}

// make hashes a password.
func (h *hasher) make(ctx context.Context, password string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	return format(h.cost, salt, h.cost.sum(password, salt)), nil
}

// check compares a password with a hash; old reports that the hash should be
// made again at today's cost. Without a hash it takes as long and says no.
func (h *hasher) check(ctx context.Context, password, hash string) (ok, old bool, err error) {
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	cost, salt, want, err := parseHash(hash)
	if err != nil {
		return false, false, err
	}
	done, err := h.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	same := subtle.ConstantTimeCompare(cost.sum(password, salt), want) == 1
	return same && known, cost != h.cost, nil
}

func (c Cost) sum(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, c.Passes, c.KiB, c.Threads, sumBytes)
}

var rawBase64 = base64.RawStdEncoding

// format writes a hash in the form that other programs know (PHC strings).
func format(c Cost, salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.KiB, c.Passes, c.Threads,
		rawBase64.EncodeToString(salt), rawBase64.EncodeToString(sum))
}

func parseHash(text string) (c Cost, salt, sum []byte, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, fmt.Errorf("identity: a stored password is not of a form this program knows")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.KiB, &c.Passes, &c.Threads); err != nil {
		return c, nil, nil, fmt.Errorf("identity: cost of a stored password: %w", err)
	}
	if salt, err = rawBase64.DecodeString(parts[4]); err != nil {
		return c, nil, nil, fmt.Errorf("identity: salt of a stored password: %w", err)
	}
	if sum, err = rawBase64.DecodeString(parts[5]); err != nil || len(sum) != sumBytes {
		return c, nil, nil, fmt.Errorf("identity: a stored password has %d bytes: %w", len(sum), err)
	}
	return c, salt, sum, c.check()
}
