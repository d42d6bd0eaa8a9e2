package app

import (
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/packs"
)

// shipped installs the packs that come with the program, without their files.
func shipped(t *testing.T, p *App, names ...string) {
	t.Helper()
	var list []*pack.Pack
	for _, name := range names {
		files, ok := packs.Open(name)
		if !ok {
			t.Fatalf("no pack %s", name)
		}
		one, err := pack.Read(files)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	if _, err := p.Packs.Install(t.Context(), actor.System, true, list...); err != nil {
		t.Fatal(err)
	}
}

// TestShippedTerms: the dictionary that comes with the program has a hundred and
// fifty terms and more, and each does what it says: the values that it calls right
// pass its rules, and those that it calls wrong do not.
func TestShippedTerms(t *testing.T) {
	p := withPacks(t, packs.Names()...)
	ctx := t.Context()
	book, err := p.Dictionary.Book(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(book.Terms()); n < 150 {
		t.Errorf("%d terms", n)
	}
	values := make([][]string, len(book.Terms()))
	for i, term := range book.Terms() {
		values[i] = append(append([]string{}, term.Passes...), term.Fails...)
	}
	all, err := p.Corridor.TryTerms(ctx, book.Terms(), values, locale.Vi)
	if err != nil {
		t.Fatal(err)
	}
	for n, term := range book.Terms() {
		for i, v := range all[n] {
			if want := i < len(term.Passes); v.Passes != want {
				t.Errorf("%s %s: %q passes: %v; %q", term.ID, term.Title, v.Value, v.Passes, v.Faults)
			}
			if !v.Passes && len(v.Faults) == 0 {
				t.Errorf("%s: %q fails, and nobody says why", term.ID, v.Value)
			}
		}
		for _, id := range term.Related {
			if book.Term(id) == nil {
				t.Errorf("%s is related to %s, which is not there", term.ID, id)
			}
		}
	}
}

// TestCoverage: nine of ten columns of each pack that comes with the program stand
// for a term, and the others say why not.
func TestCoverage(t *testing.T) {
	p := withPacks(t, packs.Names()...)
	all, mapped := map[string]int{}, map[string]int{}
	for con, err := range contract.All(t.Context(), p.Contracts) {
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range con.Objects {
			for i := range o.Columns {
				c := &o.Columns[i]
				all[con.Pack]++
				if c.Term != "" {
					mapped[con.Pack]++
				} else if c.NotMapped == "" {
					t.Errorf("%s.%s stands for no term and does not say why", o.Dataset, c.Name)
				}
			}
		}
		for id, digest := range con.Terms {
			if digest == "" {
				t.Errorf("%s names %s, which is not in force", con.ID, id)
			}
		}
	}
	for name, n := range all {
		if 10*mapped[name] < 9*n {
			t.Errorf("%s: %d of %d columns stand for a term", name, mapped[name], n)
		}
	}
}
