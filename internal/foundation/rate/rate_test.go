package rate_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/rate"
)

// TestAllow: a burst, then one for each span of time, for each key by itself;
// a refusal costs nothing and says exactly how long to wait.
func TestAllow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rate.New(rate.Limit{Burst: 3, Every: 10 * time.Second}, 0)
		for n := range 3 {
			if ok, _ := l.Allow("a"); !ok {
				t.Fatalf("refused at %d of a burst of 3", n+1)
			}
		}
		for range 5 {
			if ok, wait := l.Allow("a"); ok || wait.Round(time.Microsecond) != 10*time.Second {
				t.Fatalf("after the burst: %v, %v; want to wait 10 s", ok, wait)
			}
		}
		if ok, _ := l.Allow("b"); !ok {
			t.Error("another key has to wait, too")
		}
		time.Sleep(9 * time.Second)
		if ok, wait := l.Allow("a"); ok || wait.Round(time.Microsecond) != time.Second {
			t.Errorf("a second too early: %v, %v", ok, wait)
		}
		time.Sleep(time.Second)
		if ok, _ := l.Allow("a"); !ok {
			t.Error("refused when it was said to be time")
		}
		if ok, _ := l.Allow("a"); ok {
			t.Error("two for one span of time")
		}
		time.Sleep(time.Hour)
		for n := range 4 {
			if ok, _ := l.Allow("a"); ok != (n < 3) {
				t.Errorf("after an hour, at %d: %v", n+1, ok)
			}
		}
	})
}

func TestNothingAllowed(t *testing.T) {
	if ok, wait := rate.New(rate.Limit{Burst: 0, Every: time.Minute}, 0).Allow("a"); ok || wait != time.Minute {
		t.Errorf("Allow = %v, %v", ok, wait)
	}
}

// TestBounded: however many keys come, so many are remembered; keys whose
// buckets are full again are forgotten before others; a key in use stays.
func TestBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rate.New(rate.Limit{Burst: 1, Every: time.Hour}, 100)
		l.Allow("busy")
		for n := range 10_000 {
			l.Allow(fmt.Sprint("k", n))
			if n%50 == 0 {
				if ok, _ := l.Allow("busy"); ok {
					t.Fatalf("at %d a key in use was forgotten", n)
				}
			}
		}
		if l.Len() > 100 {
			t.Errorf("%d keys are remembered, want at most 100", l.Len())
		}
		time.Sleep(2 * time.Hour)
		for n := range 100 {
			l.Allow("new")
			l.Allow(fmt.Sprint("new", n))
		}
		if l.Len() > 101 {
			t.Errorf("%d keys after all old ones were full again", l.Len())
		}
		if ok, _ := l.Allow("k9999"); !ok {
			t.Error("an hour is over and the key has to wait")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		l := rate.New(rate.Limit{Burst: 5, Every: time.Second}, 0)
		for n := range 1000 {
			l.Allow(fmt.Sprint("k", n))
			time.Sleep(100 * time.Millisecond)
		}
		if l.Len() > 12 {
			t.Errorf("%d keys are remembered, of which 990 are full again", l.Len())
		}
	})
}

// TestMemory: the longest keys cost what short ones do.
func TestMemory(t *testing.T) {
	l := rate.New(rate.Limit{Burst: 1, Every: time.Hour}, 10_000)
	long := strings.Repeat("x", 4<<10)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for n := range 20_000 {
		l.Allow(fmt.Sprint(n, long))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 10<<20 {
		t.Errorf("10,000 keys take %d bytes", grown)
	}
	if l.Len() != 10_000 {
		t.Errorf("%d keys", l.Len())
	}
}

func TestCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rate.New(rate.Limit{Burst: 1, Every: 1500 * time.Millisecond}, 0)
		if err := l.Check("a"); err != nil {
			t.Fatal(err)
		}
		err := l.Check("a")
		if !fault.Is(err, "rate.too-many") || fault.KindOf(err) != fault.TooMany {
			t.Fatalf("Check = %v", err)
		}
		seconds, ok := rate.RetryAfter(fmt.Errorf("sign-in: %w", err))
		if !ok || seconds != 2 {
			t.Errorf("RetryAfter = %d, %v; want 2", seconds, ok)
		}
		if got := locale.Vi.Error(err); !strings.Contains(got, "sau 2 giây") {
			t.Errorf("sentence %q", got)
		}
		time.Sleep(time.Duration(seconds) * time.Second)
		if err := l.Check("a"); err != nil {
			t.Errorf("after as long as was said: %v", err)
		}
	})
	for _, err := range []error{nil, errors.New("x"), fault.New(fault.Denied, "door.host", 3)} {
		if _, ok := rate.RetryAfter(err); ok {
			t.Errorf("RetryAfter of %v", err)
		}
	}
}

func BenchmarkLimiter_Allow(b *testing.B) {
	l := rate.New(rate.SignIn, 0)
	keys := make([]string, 1<<17) // twice what is remembered
	for n := range keys {
		keys[n] = fmt.Sprintf("2405:4800:%x:%x::/64", n>>8, n&255)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		l.Allow(keys[n&(len(keys)-1)])
		n++
	}
}

func BenchmarkLimiter_Allow_parallel(b *testing.B) {
	l := rate.New(rate.SignIn, 0)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			l.Allow("2405:4800:1:1::/64")
		}
	})
}
