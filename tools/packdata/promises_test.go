package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/odcs"
)

// Every data set of the packs says what it is for and what it is not good for,
// who answers for it, how widely it may be used, how grave its loss is, where it
// comes from and under which licence, how often it is renewed, how many rows are
// expected, and has a rule besides types and keys. What is generated or a sample
// says so in its name, and only that.
func TestPacks_SayWhatTheyAre(t *testing.T) {
	sets, _ := readPacks(t)
	if len(sets) < 15 {
		t.Errorf("%d data sets", len(sets))
	}
	for _, id := range slices.Sorted(maps.Keys(sets)) {
		c := sets[id].contract
		if c.Description == nil || c.Description.Purpose == "" || c.Description.Limitations == "" {
			t.Errorf("%s: no purpose, or no limitations", id)
			continue
		}
		for _, name := range []string{"phohien.owner", "phohien.access", "phohien.class"} {
			if v, _ := c.CustomProperties.Get(name); v == nil || v == "" {
				t.Errorf("%s: no %s", id, name)
			}
		}
		if !slices.ContainsFunc(c.SLAProperties, func(p odcs.SLAProperty) bool { return p.Property == "frequency" }) {
			t.Errorf("%s: no frequency", id)
		}
		if c.Team == nil || c.Team.Name == "" {
			t.Errorf("%s: no name of its owner", id)
		}
		if rulesOf(c.Schema[0]) == 0 {
			t.Errorf("%s: no rule", id)
		}
		v, _ := c.CustomProperties.Get("phohien.provenance")
		from, _ := v.(map[string]any)
		kind, _ := from["kind"].(string)
		if from["source"] == nil || from["licence"] == nil || kind == "" {
			t.Errorf("%s: provenance %v", id, from)
		}
		for mark, says := range map[string]string{"sample": "dữ liệu mẫu", "generated": "dữ liệu giả lập"} {
			if strings.Contains(c.Name, says) != (kind == mark) {
				t.Errorf("%s is %s and called %q", id, kind, c.Name)
			}
		}
	}
}

// rulesOf counts what a contract demands of an object besides types and keys.
func rulesOf(o odcs.SchemaObject) int {
	n := len(o.Quality)
	for _, p := range o.Properties {
		for _, name := range []string{"phohien.codeList", "phohien.reference", "phohien.unit", "phohien.identifier"} {
			if _, ok := p.CustomProperties.Get(name); ok {
				n++
			}
		}
	}
	return n
}
