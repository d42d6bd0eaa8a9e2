package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/phohien/phohien/internal/foundation/keys"
)

// A sealer keeps secrets that must be read again (AES-256-GCM), and digests of
// codes that are too short to be safe under a plain hash.
type sealer struct {
	ring *keys.Ring
	aead cipher.AEAD
}

func newSealer(ring *keys.Ring) (sealer, error) {
	block, err := aes.NewCipher(ring.Key("identity/seal"))
	if err != nil {
		return sealer{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return sealer{ring, aead}, err
}

// seal binds a secret to the place it is kept in: moved to another, it does not
// open.
func (s sealer) seal(place string, secret []byte) string {
	return base64.StdEncoding.EncodeToString(s.aead.Seal(nil, nil, secret, []byte(place)))
}

func (s sealer) open(place, sealed string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, fmt.Errorf("a sealed secret: %w", err)
	}
	secret, err := s.aead.Open(nil, nil, b, []byte(place))
	if err != nil {
		return nil, fmt.Errorf("a sealed secret does not open, another master key made it: %w", err)
	}
	return secret, nil
}

// digest is what is kept of a code.
func (s sealer) digest(kind, code string) string {
	return hex.EncodeToString(s.ring.MAC("identity/"+kind, []byte(code)))
}

// Tokens of sessions and of sign-ins under way begin differently, so that one
// found in a log can be told.
const (
	sessionPrefix = "phs_"
	pendingPrefix = "php_"
)

// newToken makes 256 random bits as text.
func newToken(prefix string) string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return prefix + base64.RawURLEncoding.EncodeToString(b)
}

const tokenLength = 4 + 43

// tokenDigest is what is kept of a token: of 256 random bits, a plain hash is
// enough. ok is false for what cannot be a token.
func tokenDigest(prefix, token string) (sum [sha256.Size]byte, ok bool) {
	if len(token) != tokenLength || !strings.HasPrefix(token, prefix) {
		return sum, false
	}
	return sha256.Sum256([]byte(token)), true
}

// alphabet is Crockford's: no I, L, O, U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newCode makes a code to be typed: groups of five characters, the last of all
// being a check.
func newCode(groups int) string {
	n := groups*5 - 1
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = alphabet[b[i]&31]
	}
	return grouped(string(b) + string(checkOf(string(b))))
}

func grouped(code string) string {
	var b strings.Builder
	for i := range len(code) {
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(code[i])
	}
	return b.String()
}

// checkOf is a polynomial over GF(2^5): it finds every single wrong character
// and every two neighbours swapped.
func checkOf(code string) byte {
	sum := 0
	for i := range len(code) {
		sum = double(sum ^ strings.IndexByte(alphabet, code[i]))
	}
	return alphabet[sum]
}

// double multiplies by x in GF(2^5) modulo x^5 + x^2 + 1.
func double(v int) int {
	v <<= 1
	if v&32 != 0 {
		v ^= 0b100101
	}
	return v
}

// readCode reads a typed code: any case, spaces and hyphens anywhere, O for 0,
// I and L for 1. ok is false when it cannot be right.
func readCode(text string, groups int) (code string, ok bool) {
	if len(text) > 256 {
		return "", false
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(text) {
		switch {
		case r == '-' || r == ' ' || r == '\u00a0' || r == '\u2013' || r == '\u2010' || r == '\u2011':
		case r == 'O':
			b.WriteByte('0')
		case r == 'I' || r == 'L':
			b.WriteByte('1')
		case r < 128 && strings.IndexByte(alphabet, byte(r)) >= 0:
			b.WriteByte(byte(r))
		default:
			return "", false
		}
	}
	code = b.String()
	if len(code) != groups*5 || checkOf(code[:len(code)-1]) != code[len(code)-1] {
		return "", false
	}
	return code, true
}
