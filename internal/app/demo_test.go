package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/phohien/phohien/internal/app/play"
	"github.com/phohien/phohien/internal/core/corridor"
)

// faultyLines are the lines of the demo's files that do not pass: what the sources
// have wrong, and the lines that were made wrong on purpose.
var faultyLines = map[string]int64{"vn-xa-so-lieu": 70, "hy-xa": 18, "hy-tro-cap-xa-hoi": 13}

// TestFurnish: every data set of the demo's packs is loaded, with no line left
// out but the faulty ones; a run that was stopped is taken up where it was; and
// when all is there, nothing is sent again.
func TestFurnish(t *testing.T) {
	a := open(t, config(t.TempDir()))
	fill, err := a.Furnish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	sent := map[string]corridor.Report{}
	tell := func(r corridor.Report) {
		if _, again := sent[r.Dataset]; again {
			t.Errorf("%s is sent twice", r.Dataset)
		}
		sent[r.Dataset] = r
	}
	err = fill(stopped, func(r corridor.Report) { tell(r); stop() })
	if !errors.Is(err, context.Canceled) || len(sent) != 1 {
		t.Fatalf("stopped after the first: %d sent, %v", len(sent), err)
	}
	if fill, err = a.Furnish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := fill(t.Context(), tell); err != nil {
		t.Fatal(err)
	}
	faulty := map[string]int64{}
	for dataset, r := range sent {
		if r.Quarantined > 0 {
			faulty[dataset] = r.Quarantined
		}
	}
	if !maps.Equal(faulty, faultyLines) {
		t.Errorf("lines that did not pass: %v, want %v", faulty, faultyLines)
	}
	list, err := a.Contracts.List(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if slices.Contains(play.Datasets(), c.ID) || len(c.Sources) == 0 {
			continue // without a play, or without somebody who reports, nothing comes to them
		}
		obj := c.Objects[0]
		n, err := a.Truth.Count(t.Context(), obj)
		if err != nil || n == 0 || obj.Expect.Records > 0 && n+faulty[c.ID] != obj.Expect.Records {
			t.Errorf("%s: %d records, expected %d, %v", c.ID, n, obj.Expect.Records, err)
		}
	}
	fed := 0
	for _, c := range list {
		fed += len(c.Sources)
	}
	before := len(sent)
	if fill, err = a.Furnish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := fill(t.Context(), tell); err != nil || len(sent) != before || fed != before {
		t.Errorf("%d data sets, %d sent and then %d, %v", len(list), before, len(sent), err)
	}
}
