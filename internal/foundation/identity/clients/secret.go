package clients

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"hash/crc32"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/identity"
)

// A secret that we make is written
//
//	phk_k3v9x0q2m7ab_<40 letters and digits><6 of a check sum>
//
// The beginning tells a secret scanner what it has found and us which
// credential to compare with; the check sum tells a mistyped one, and a
// scanner's false alarm, without asking anybody.
const (
	prefixKey    = "phk" // API keys, of programs and of people
	prefixSecret = "phs" // client secrets

	keyIDChars  = 12
	secretChars = 40
	sumChars    = 6
	secretLen   = 3 + 1 + keyIDChars + 1 + secretChars + sumChars
)

const (
	base36 = "0123456789abcdefghijklmnopqrstuvwxyz"
	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// A Kind of credential.
type Kind string

// The kinds.
const (
	Key    Kind = "key"
	Secret Kind = "secret"
	JWK    Kind = "jwk"
)

// A Credential is what a program signs in with, without the secret.
type Credential struct {
	ID          string         `json:"id"`
	Kind        Kind           `json:"kind"`
	SubjectKind string         `json:"subject_kind"` // Program or Account
	Subject     string         `json:"subject"`      // id of the client or of the account
	Label       string         `json:"label"`        // what it is for
	Public      string         `json:"public,omitempty"`
	Scopes      []string       `json:"scopes,omitempty"` // narrower than the subject's; empty: as wide
	Expires     time.Time      `json:"expires"`
	Revoked     time.Time      `json:"revoked,omitzero"`
	Used        time.Time      `json:"used,omitzero"` // last, to about a minute
	MadeAt      time.Time      `json:"made_at"`
	MadeBy      identity.Actor `json:"made_by"`

	digest string
}

// The kinds of subjects.
const (
	Program = "program"
	Account = "account"
)

// random gives n characters of an alphabet, each equally likely.
func random(alphabet string, n int) string {
	out := make([]byte, 0, n)
	limit := 256 - 256%len(alphabet)
	var b [64]byte
	for {
		_, _ = rand.Read(b[:]) // never fails
		for _, x := range b {
			if int(x) >= limit {
				continue
			}
			if out = append(out, alphabet[int(x)%len(alphabet)]); len(out) == n {
				return string(out)
			}
		}
	}
}

func newSecret(prefix string) (id, text string) {
	id = random(base36, keyIDChars)
	text = prefix + "_" + id + "_" + random(base62, secretChars)
	return id, text + checkSum(text)
}

// checkSum is CRC-32 in six digits of base 62.
func checkSum(text string) string {
	n := crc32.ChecksumIEEE([]byte(text))
	var out [sumChars]byte
	for i := sumChars - 1; i >= 0; i-- {
		out[i] = base62[n%62]
		n /= 62
	}
	return string(out[:])
}

// parseSecret finds the credential that a secret claims to be; ok only when it
// is written as we write them.
func parseSecret(prefix, text string) (id string, ok bool) {
	if len(text) != secretLen || text[:len(prefix)] != prefix || text[3] != '_' || text[4+keyIDChars] != '_' {
		return "", false
	}
	body, sum := text[:secretLen-sumChars], text[secretLen-sumChars:]
	if checkSum(body) != sum {
		return "", false
	}
	id = body[4 : 4+keyIDChars]
	if !only(id, base36) || !only(body[5+keyIDChars:], base62) {
		return "", false
	}
	return id, true
}

func only(text, alphabet string) bool {
	for i := range len(text) {
		if strings.IndexByte(alphabet, text[i]) < 0 {
			return false
		}
	}
	return true
}

// digest is what is stored of a secret.
func (r *Registry) digest(text string) string {
	h := hmac.New(sha256.New, r.digestKey)
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// same compares without telling how much was right.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
