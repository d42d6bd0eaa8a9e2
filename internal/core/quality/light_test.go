package quality

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
)

// A check alone, which keeps only what is wrong, finds what a load finds.
func TestLightFindsTheSame(t *testing.T) {
	var objects []*contract.Object
	for _, schema := range []string{
		"- {name: b, logicalType: string, required: true, logicalTypeOptions: {pattern: 'X[0-9]{2}', maxLength: 3}}\n  - {name: c, logicalType: integer}",
		"- {name: b, logicalType: string, unique: true, logicalTypeOptions: {pattern: 'X[0-9]{2}'}}\n  - {name: c, logicalType: integer}",
	} {
		objects = append(objects, object(t, "- name: o\n  properties:\n  - {name: a, logicalType: integer, primaryKey: true}\n  "+schema+"\n"))
	}
	b, c := rapid.SampledFrom([]string{"X01", "X02", "X03", "X1", "", "Y", "X04", "X05", "X06", "X07"}), rapid.SampledFrom([]string{"1", "2", "x", "", "1.0"})
	rapid.Check(t, func(rt *rapid.T) {
		o := rapid.SampledFrom(objects).Draw(rt, "object")
		records, keys, twins := [][]string{{"a", "b", "c"}}, map[string]bool{}, false
		for range rapid.IntRange(1, 8).Draw(rt, "rows") {
			a := rapid.SampledFrom([]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "?"}).Draw(rt, "a")
			twins = twins || keys[a] && a != "?"
			keys[a] = true
			records = append(records, []string{a, b.Draw(rt, "b"), c.Draw(rt, "c")})
		}
		whole := judge(t, o, csvOf(records...), benchOptions{})
		light, err := tryJudge(t, o, csvOf(records...), benchOptions{checked: true})
		for i := range whole.p.Rules {
			twins = twins || whole.p.Rules[i].Kind == contract.RuleUnique && whole.v.Broken[i] > 0
		}
		switch {
		case twins:
			if err != ErrTwins {
				rt.Fatalf("keys or unique values stand twice: %v", err)
			}
		case err != nil:
			rt.Fatal(err)
		default:
			if got, want := light.broken(t), whole.broken(t); got != want {
				rt.Fatalf("checked alone:\n got %s\nwant %s", got, want)
			}
			if got, want := light.v.Rejected, whole.v.Rejected; got != want {
				rt.Fatalf("%d rejected, want %d", got, want)
			}
			got, want := light.lines(t), whole.lines(t)
			if len(got) != len(want) {
				rt.Fatalf("%d lines, want %d", len(got), len(want))
			}
			for i := range got {
				if got[i].line != want[i].line || got[i].key != want[i].key || got[i].faults != want[i].faults {
					rt.Fatalf("line %d: %+v, want %+v", i, got[i], want[i])
				}
			}
			if err := light.end(); err != nil {
				rt.Fatal(err)
			}
		}
		if err := whole.end(); err != nil {
			rt.Fatal(err)
		}
	})
}
