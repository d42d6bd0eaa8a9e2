package guard_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/rate"
)

// TestLimits: each address has its own, behind our proxy too; the command line
// of this machine sends and searches as often as it likes, but does not guess.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := guard.NewLimits()
		asks := map[string]struct {
			ask   func(*http.Request) error
			limit rate.Limit
			here  bool // without limit on loopback
		}{
			"sign in": {l.SignIn, rate.SignIn, false}, "upload": {l.Upload, rate.Upload, true}, "search": {l.Search, rate.Search, true},
		}
		front := guard.Front{Proxies: proxy}
		do := func(ask func(*http.Request) error, remote, forwarded string) (err error) {
			r := httptest.NewRequest("POST", "/", nil)
			r.RemoteAddr = remote
			r.Header.Set("X-Forwarded-For", forwarded)
			front.Mark(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { err = ask(r) })).ServeHTTP(httptest.NewRecorder(), r)
			return err
		}
		for name, a := range asks {
			for n := range a.limit.Burst {
				// An address of its own in each header gains nothing.
				if err := do(a.ask, "203.0.113.7:1", "198.51.100."+string(rune('0'+n%10))); err != nil {
					t.Fatalf("%s: refused at %d of %d: %v", name, n+1, a.limit.Burst, err)
				}
			}
			if err := do(a.ask, "203.0.113.7:2", "198.51.100.99"); !fault.Is(err, "rate.too-many") {
				t.Errorf("%s: one more than the burst: %v", name, err)
			}
			if err := do(a.ask, "10.0.0.5:1", "203.0.113.7"); !fault.Is(err, "rate.too-many") {
				t.Errorf("%s: the same client by our proxy: %v", name, err)
			}
			if err := do(a.ask, "10.0.0.5:1", "203.0.113.8"); err != nil {
				t.Errorf("%s: another client by our proxy: %v", name, err)
			}
			time.Sleep(a.limit.Every)
			if err := do(a.ask, "203.0.113.7:3", ""); err != nil {
				t.Errorf("%s: after its time: %v", name, err)
			}
			var err error
			for range a.limit.Burst + 1 {
				err = do(a.ask, "127.0.0.1:1", "")
			}
			if (err == nil) != a.here {
				t.Errorf("%s on loopback: %v", name, err)
			}
		}
	})
	var none *guard.Limits
	r := httptest.NewRequest("POST", "/", nil)
	for range 1000 {
		if none.SignIn(r) != nil || none.Upload(r) != nil || none.Search(r) != nil {
			t.Fatal("no limits refuse")
		}
	}
}
