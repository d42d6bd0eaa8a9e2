package clients

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// What is remembered of assertions is bounded, for one client and for all, and
// what has expired makes room.
func TestReplay_bounded(t *testing.T) {
	now := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	p := &replay{live: map[[16]byte]owned{}, count: map[string]int{}, swept: now}
	n := uint64(0)
	reserve := func(client string, at time.Time) error {
		m := &mark{owned: owned{client, at.Add(time.Minute)}}
		n++
		binary.BigEndian.PutUint64(m.id[:], n)
		return p.reserve(m, at)
	}
	for _, client := range []string{"a", "b", "c", "d"} {
		for range mostOfOneClient {
			if err := reserve(client, now); err != nil {
				t.Fatal(err)
			}
		}
		if err := reserve(client, now); !fault.Is(err, "clients.many-assertions") {
			t.Fatalf("one client fills the memory: %v", err)
		}
	}
	if err := reserve("e", now); !fault.Is(err, "clients.many-assertions") {
		t.Fatalf("all fill the memory: %v", err)
	}
	if len(p.live) != mostAssertions {
		t.Errorf("%d are remembered, want %d", len(p.live), mostAssertions)
	}
	if err := reserve("a", now.Add(time.Minute)); err != nil {
		t.Errorf("expired ones make no room: %v", err)
	}
	if len(p.live) != 1 || len(p.count) != 1 {
		t.Errorf("%d of %d clients are left", len(p.live), len(p.count))
	}
}

func TestSecret_form(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id, text := newSecret(prefixKey)
		if got, ok := parseSecret(prefixKey, text); !ok || got != id {
			t.Fatalf("%q reads as %q, %v", text, got, ok)
		}
		if _, ok := parseSecret(prefixSecret, text); ok {
			t.Fatalf("%q is a secret of another kind", text)
		}
		if seen[id] || len(text) != secretLen {
			t.Fatalf("%q came twice or is not %d long", text, secretLen)
		}
		seen[id] = true
	}
}

func TestWithin(t *testing.T) {
	for _, try := range []struct {
		scope   string
		allowed []string
		want    bool
	}{
		{"read", nil, true}, {"read", []string{"read"}, true}, {"read:a", []string{"read"}, true}, {"read:a.b", []string{"read:a"}, true},
		{"read", []string{"read:a"}, false}, {"read:ab", []string{"read:a"}, false}, {"send:a", []string{"read"}, false}, {"read", []string{scopeNone}, false},
	} {
		if got := within(try.scope, try.allowed); got != try.want {
			t.Errorf("%s within %v: %v", try.scope, try.allowed, got)
		}
	}
	for _, try := range []struct{ a, b, want []string }{
		{nil, nil, nil}, {[]string{"read"}, nil, []string{"read"}}, {nil, []string{"read"}, []string{"read"}},
		{[]string{"read"}, []string{"read:a", "send"}, []string{"read:a"}}, {[]string{"read"}, []string{"send"}, []string{scopeNone}},
	} {
		if got := narrower(try.a, try.b); len(got) != len(try.want) || len(got) > 0 && got[0] != try.want[0] {
			t.Errorf("%v and %v: %v, want %v", try.a, try.b, got, try.want)
		}
	}
}
