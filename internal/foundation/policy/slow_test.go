package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/policy"
)

// TestSlow: the widest and longest policies that are taken are checked in the
// time that somebody waits for a page.
func TestSlow(t *testing.T) {
	p := standard(t)
	head := `@id("thu") @vi("x") @rows("all") permit (principal, action, resource) when { `
	for _, condition := range []string{
		strings.Repeat(`(context.own || context.covered) && `, 100) + "true",
		strings.Repeat(`(resource has access && resource.access == "open") || `, 80) + "true",
		strings.Repeat(`if context.own then context.inside else `, 130) + "context.own",
		strings.Repeat(`!`, 1400) + "context.own",
		`[` + strings.Repeat(`"x", `, 700) + `"x"].contains(resource.access)`,
		strings.Repeat(`{a: `, 20) + "context.own" + strings.Repeat(`}.a`, 20),
		strings.Repeat(`principal in Organisation::"o" || `, 180) + "true",
	} {
		start := time.Now()
		list := p.Check("thu", head+condition+" };")
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%.60s…: %v, %v", condition, took, list)
		}
		if policy.Broken(list) {
			t.Errorf("%.60s… is not taken: %v", condition, list)
		}
	}
}
