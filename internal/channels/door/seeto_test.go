package door

import (
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// TestAsRead: who may hold a record sees no more of it than who reads it.
func TestAsRead(t *testing.T) {
	obj := &contract.Object{Columns: []contract.Column{{Name: "so"}, {Name: "ten"}}}
	all := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}}
	masked := all
	masked.Columns = map[string]policy.Sight{"so": {Mask: policy.LastFour}}
	some := masked
	some.Rows = policy.Rows{Units: []string{"11953"}}
	counts := all
	counts.SmallestGroup = 10
	for name, c := range map[string]struct {
		act, read    policy.Decision
		all          bool
		number, name policy.Mask
	}{
		"reads all, masked":     {all, masked, true, policy.LastFour, policy.Clear},
		"reads some":            {all, some, false, policy.LastFour, policy.Clear},
		"acts on some":          {some, masked, false, policy.LastFour, policy.Clear},
		"both some":             {some, some, false, policy.Hidden, policy.Hidden},
		"reads nothing":         {all, policy.Decision{}, true, policy.Hidden, policy.Hidden},
		"reads totals only":     {all, counts, true, policy.Hidden, policy.Hidden},
		"reads all in clear":    {all, all, true, policy.Clear, policy.Clear},
		"acts on some in clear": {policy.Decision{Allowed: true, Rows: some.Rows}, all, false, policy.Clear, policy.Clear},
	} {
		got := asRead(obj, c.act, c.read)
		if !got.Allowed || got.Rows.All != c.all || got.Columns["so"].Mask != c.number || got.Columns["ten"].Mask != c.name {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
