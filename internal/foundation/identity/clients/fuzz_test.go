package clients_test

import (
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// Nothing but what we made opens, and nothing makes us stumble.
func FuzzVerify(f *testing.F) {
	p := onSQLite(f)
	r := open(f, p)
	c := create(f, r, withoutTerm)
	key, _ := newKey(f, r, c.ID)
	secret, _ := newSecret(f, r, c.ID)
	// Keys that last change when the seeds do not: seeds are forms, not secrets.
	for _, seed := range []string{
		"", "phk_", "phk_000000000000_", "phs_x", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.",
		"phk_k3v9x0q2m7ab_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn000000",
		"eyJhbGciOiJFZERTQSIsImtpZCI6IjAwMDAwMDAwMDAwMDAwMDAiLCJ0eXAiOiJhdCtqd3QifQ.e30.AAAA",
		strings.Repeat("x", 9000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if token == key {
			return
		}
		if _, err := r.Verify(t.Context(), token); err == nil {
			t.Fatalf("%q opens", token)
		} else if strings.Contains(err.Error(), secret) {
			t.Fatal("an error shows a secret")
		}
	})
}

// An assertion that was not signed by the client's key gets no token, whatever
// is done to a good one.
func FuzzAssertion(f *testing.F) {
	p := onSQLite(f)
	r := open(f, p)
	c := create(f, r, withoutTerm)
	k := newPair(f, jose.EdDSA)
	register(f, r, c.ID, k)
	good := k.sign(f, values{"kid": k.kid}, claimsFor(c.ID, p.clock.now()))
	parts := strings.Split(good, ".")
	for _, seed := range []string{
		"", "..", parts[0] + ".." + parts[2], parts[0] + "." + parts[1] + ".",
		raw(values{"alg": "none"}, claimsFor(c.ID, p.clock.now()), nil),
		raw(values{"alg": "HS256", "kid": k.kid}, claimsFor(c.ID, p.clock.now()), k.public),
		`{"payload":"e30","protected":"e30","signature":"e30"}`,
	} {
		f.Add(seed, "", "")
	}
	f.Add("", c.ID, "read")
	f.Fuzz(func(t *testing.T, assertion, client, scope string) {
		// Skipping line breaks in base64 gives a good one other forms: the same
		// assertion, taken once.
		if strings.NewReplacer("\r", "", "\n", "").Replace(assertion) == good {
			return
		}
		if _, err := r.Token(t.Context(), asserting(assertion, "client_id", client, "scope", scope)); err == nil {
			t.Fatalf("%q gets a token", assertion)
		}
	})
}

func FuzzBasic(f *testing.F) {
	p := onSQLite(f)
	r := open(f, p)
	c := create(f, r, withoutTerm)
	secret, _ := newSecret(f, r, c.ID)
	good := basicHeader(c.ID, secret)
	for _, seed := range []string{"", "Basic ", "basic Og==", "Basic %%%", good[:20], "Bearer x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if len(header) > 6 && strings.Contains(header, good[6:]) {
			return
		}
		_, err := r.Token(t.Context(), authorized(header))
		if err == nil {
			t.Fatalf("%q signs in", header)
		}
	})
}
