package clients_test

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

var withoutTerm clients.Client

func authorized(header string) clients.TokenRequest {
	return clients.TokenRequest{Authorization: header, Form: form()}
}

func benchPlace(b *testing.B) place {
	return place{storetest.Open(b, storetest.SQLite(b)), nil, filepath.Join(b.TempDir(), "master.key")}
}

// cpu is the processor time that this program has used: what a token costs,
// however busy the machine is with others.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func report(b *testing.B, before time.Duration) {
	used := cpu(b) - before
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
	b.ReportMetric(float64(b.N)/used.Seconds(), "tokens/cpu-s")
}

func BenchmarkToken_secret(b *testing.B) {
	r := open(b, benchPlace(b))
	c := create(b, r, withoutTerm)
	secret, _ := newSecret(b, r, c.ID)
	q := authorized(basicHeader(c.ID, secret))
	before := cpu(b)
	for b.Loop() {
		if _, err := r.Token(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	report(b, before)
}

// Many clients at once, as the token endpoint sees them: each token waits until
// its assertion is durably marked as used, and shares that commit with others.
func benchmarkAssertion(b *testing.B, algorithm jose.SignatureAlgorithm) {
	r := open(b, benchPlace(b))
	c := create(b, r, withoutTerm)
	k := newPair(b, algorithm)
	register(b, r, c.ID, k)
	requests := make(chan clients.TokenRequest, b.N)
	for range b.N {
		requests <- asserting(k.sign(b, values{"kid": k.kid}, claimsFor(c.ID, time.Now())))
	}
	b.SetParallelism(64)
	before := cpu(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := r.Token(b.Context(), <-requests); err != nil {
				b.Error(err)
				return
			}
		}
	})
	report(b, before)
}

func BenchmarkToken_ES256(b *testing.B) { benchmarkAssertion(b, jose.ES256) }
func BenchmarkToken_EdDSA(b *testing.B) { benchmarkAssertion(b, jose.EdDSA) }
func BenchmarkToken_RS256(b *testing.B) { benchmarkAssertion(b, jose.RS256) }

func BenchmarkVerify_key(b *testing.B) {
	r := open(b, benchPlace(b))
	c := create(b, r, withoutTerm)
	key, _ := newKey(b, r, c.ID)
	for b.Loop() {
		if _, err := r.Verify(b.Context(), key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify_token(b *testing.B) {
	r := open(b, benchPlace(b))
	c := create(b, r, withoutTerm)
	secret, _ := newSecret(b, r, c.ID)
	tokens := make([]string, 20000) // more than are remembered
	for i := range tokens {
		got, err := r.Token(b.Context(), authorized(basicHeader(c.ID, secret)))
		if err != nil {
			b.Fatal(err)
		}
		tokens[i] = got.AccessToken
	}
	b.Run("new", func(b *testing.B) {
		i := 0
		for b.Loop() {
			if _, err := r.Verify(b.Context(), tokens[i%len(tokens)]); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.Verify(b.Context(), tokens[0]); err != nil {
				b.Fatal(err)
			}
		}
	})
}
