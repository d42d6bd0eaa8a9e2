package api

import (
	"testing"

	"github.com/phohien/phohien/internal/foundation/approval"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// TestWider: a fetch may show less than what was approved, never more.
func TestWider(t *testing.T) {
	asked := func(rows policy.Rows, masked map[string]string) *approval.Ask {
		return &approval.Ask{Fields: []string{"so", "ten"}, Scope: rows, Masked: masked}
	}
	all, xa := policy.Rows{All: true}, policy.Rows{Units: []string{"11953"}}
	sees := func(rows policy.Rows, ten policy.Mask) policy.Decision {
		d := policy.Decision{Allowed: true, Rows: rows, Columns: map[string]policy.Sight{"khac": {Mask: policy.Hidden}}}
		if ten != policy.Clear {
			d.Columns["ten"] = policy.Sight{Mask: ten}
		}
		return d
	}
	for name, c := range map[string]struct {
		ask   *approval.Ask
		now   policy.Decision
		wider bool
	}{
		"as approved":               {asked(all, nil), sees(all, policy.Clear), false},
		"fewer rows":                {asked(all, nil), sees(xa, policy.Clear), false},
		"more rows":                 {asked(xa, nil), sees(all, policy.Clear), true},
		"the same commune":          {asked(xa, nil), sees(xa, policy.Clear), false},
		"another commune":           {asked(xa, nil), sees(policy.Rows{Units: []string{"11953", "11977"}}, policy.Clear), true},
		"an agency besides":         {asked(xa, nil), sees(policy.Rows{Units: []string{"11953"}, Orgs: []string{"hy-syt"}}, policy.Clear), true},
		"masked as approved":        {asked(all, map[string]string{"ten": "last4"}), sees(all, policy.LastFour), false},
		"now in clear":              {asked(all, map[string]string{"ten": "last4"}), sees(all, policy.Clear), true},
		"now masked":                {asked(all, nil), sees(all, policy.Hash), false},
		"now hidden":                {asked(all, map[string]string{"ten": "hash"}), sees(all, policy.Hidden), false},
		"masked in another fashion": {asked(all, map[string]string{"ten": "hidden"}), sees(all, policy.Hash), true},
	} {
		if got := wider(c.now, c.ask); got != c.wider {
			t.Errorf("%s: wider %v, want %v", name, got, c.wider)
		}
	}
}
