package identity_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
)

// A flood of sign-ins is turned away, not queued without end.
func TestHash_flood(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		k.deps.Cost = identity.Cost{KiB: 8 << 10, Passes: 4, Threads: 1}
		k.open()
		a := k.person("buoitt.syt")
		ses := k.signIn(a.Login, goodPassword).Session
		var wg sync.WaitGroup
		var mu sync.Mutex
		busy, judged := 0, 0
		for range 400 {
			wg.Go(func() {
				// No address and different logins: nothing but the hashing holds them.
				err := k.ChangePassword(ctx, ses, goodPassword, "ngắn", identity.Origin{})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case fault.Is(err, "identity.busy"):
					busy++
				case err != nil:
					judged++
				}
			})
		}
		wg.Wait()
		if busy+judged != 400 || judged == 0 {
			t.Errorf("%d were judged, %d turned away", judged, busy)
		}
	})
}

func TestHash_cancelled(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := k.Begin(gone, "ai-do", "Sai Hết Rồi-99x", within); err == nil {
			t.Error("a request that is gone was answered")
		}
	})
}

func TestRules(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		r := must(k.Rules(ctx))(t)
		if r.Version != 0 || r.Failures != 10 || r.InactiveDays != 45 || r.SessionHours != 12 {
			t.Fatalf("rules: %+v", r)
		}
		weak := r
		weak.Length = 6
		wants(t, k.SetRules(ctx, admin, weak, 0), "identity.rules.range")
		weak = r
		weak.FactorRoles = nil
		wants(t, k.SetRules(ctx, admin, weak, 0), "identity.rules.factor")
		r.IdleMinutes, r.FactorAlways = 10, true
		if err := k.SetRules(ctx, admin, r, 0); err != nil {
			t.Fatal(err)
		}
		wants(t, k.SetRules(ctx, admin, r, 0), "identity.rules.changed")
		if got := must(k.Rules(ctx))(t); got.Version != 1 || got.IdleMinutes != 10 {
			t.Errorf("rules: %+v", got)
		}
		a := must(k.Add(ctx, admin, identity.NewAccount{Login: "camlv", Name: "Lê Văn Cam"}))(t)
		step := must(k.Activate(ctx, must(k.Invite(ctx, admin, a.ID))(t), within))(t)
		if step = must(k.SetPassword(ctx, step.Token, goodPassword))(t); step.Kind != identity.StepEnrol {
			t.Errorf("a factor is always wanted, the step is %s", step.Kind)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		identity.HashOnce()
	}
}

func TestDefaultCost(t *testing.T) {
	began := time.Now()
	identity.HashOnce()
	if took := time.Since(began); took < 5*time.Millisecond {
		t.Errorf("a hash takes %s: too cheap to guard anything", took)
	}
}
