package contract_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/org/orgpack"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/pack/packtest"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/policy/policypack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/packs"
)

var clerk = actor.Actor{Kind: "person", ID: "an", Name: "An"}

// The packs that come with the program install on both engines without an
// error or a warning, change nothing when installed again, and leave their
// contracts retired when removed.
func TestShippedPacks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		lists, contracts := dictionary.NewStore(s.Control()), contract.NewStore(s.Control())
		policies, err := policy.Open(ctx, s.Control())
		if err != nil {
			t.Fatal(err)
		}
		contracts.Try = quality.Try // every rule that is shipped can be judged
		all := pack.New(s.Control(), lists.Kind(), lists.TermsKind(), contracts.Kind(), orgpack.Kind(org.NewStore(s.Control(), org.Deps{})), policypack.Kind(policies), packtest.Elsewhere("Clocks"), packtest.Elsewhere("Measures"), packtest.Elsewhere("DossierLayout"))
		var shipped []*pack.Pack
		for _, name := range packs.Names() {
			files, ok := packs.Open(name)
			if !ok {
				t.Fatalf("no pack %s", name)
			}
			p, err := pack.Read(files)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			shipped = append(shipped, p)
		}
		plans, err := all.Install(ctx, clerk, false, shipped...)
		if err != nil {
			explain(t, err)
		}
		for _, p := range plans {
			for _, w := range p.Problems {
				t.Errorf("%s: %s: %s", p.ID, w.Severity, w)
			}
			for _, c := range p.Changes {
				if c.Action != pack.Added {
					t.Errorf("%s %s is %s in a fresh province", c.Kind, c.ID, c.Action)
				}
			}
		}
		if plans, err = all.Diff(ctx, shipped...); err != nil {
			t.Fatal(err)
		}
		for _, p := range plans {
			if !p.Empty() || p.Breaking() {
				t.Errorf("installing %s again would change %+v", p.ID, p.Changes)
			}
		}
		list, err := contracts.List(ctx, "", 1000)
		if err != nil || len(list) == 0 {
			t.Fatalf("contracts: %d, %v", len(list), err)
		}
		unitsAreThere(t, contracts)
		for i := len(plans) - 1; i >= 0; i-- {
			if _, err := all.Remove(ctx, clerk, plans[i].ID); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range list {
			now, err := contracts.Current(ctx, c.ID)
			if err != nil || !now.Retired {
				t.Errorf("%s after removal: retired=%v, %v", c.ID, now != nil && now.Retired, err)
			}
		}
	})
}

// phohien.unit refers to data sets that must have the columns it names.
func unitsAreThere(t *testing.T, contracts *contract.Store) {
	t.Helper()
	for level, set := range contract.UnitSets {
		c, err := contracts.Current(context.Background(), set.Dataset)
		if err != nil {
			t.Errorf("%s: %v", level, err)
			continue
		}
		if i := c.Objects[0].Column(set.Column); i < 0 || c.Objects[0].Columns[i].Type != contract.Text {
			t.Errorf("%s: %s has no text column %s", level, set.Dataset, set.Column)
		}
	}
}

func explain(t *testing.T, err error) {
	t.Helper()
	var r *pack.Refusal
	if errors.As(err, &r) {
		for _, p := range r.Problems {
			t.Log(p.Severity, p.String(), p.MessageVi)
		}
	}
	t.Fatal(err)
}

// Upgrading a contract by its pack: what would change is shown, what breaks
// needs consent, what cannot be is refused with its file, and nothing is half
// done.
func TestUpgradeByPack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		lists, contracts := dictionary.NewStore(s.Control()), contract.NewStore(s.Control())
		policies, err := policy.Open(ctx, s.Control())
		if err != nil {
			t.Fatal(err)
		}
		all := pack.New(s.Control(), lists.Kind(), contracts.Kind(), orgpack.Kind(org.NewStore(s.Control(), org.Deps{})), policypack.Kind(policies), packtest.Elsewhere("Clocks"), packtest.Elsewhere("Measures"), packtest.Elsewhere("DossierLayout"))
		of := func(id, version, document string, more ...string) *pack.Pack {
			t.Helper()
			files := fstest.MapFS{
				"pack.yaml": {Data: []byte("id: " + id + "\nname: Gói\nversion: " + version + "\n")},
				"a.yaml":    {Data: []byte(document)},
			}
			for i := 0; i < len(more); i += 2 {
				files[more[i]] = &fstest.MapFile{Data: []byte(more[i+1])}
			}
			p, err := pack.Read(files)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		column := "logicalType: string\ncustomProperties:\n  - {property: phohien.codeList, value: mau}"
		first := contractWith("", "", column)
		plans, err := all.Install(ctx, clerk, false, of("goi", "1", first))
		if err != nil {
			t.Fatal(err)
		}
		if len(plans[0].Problems) != 1 || plans[0].Problems[0].Severity != "warning" || plans[0].Problems[0].Path != "a.yaml" {
			t.Errorf("a list that is not there: %+v", plans[0].Problems)
		}
		list := "kind: CodeList\nid: mau\nname: Màu\ncodes: [{code: do}]\n"
		if plans, err = all.Install(ctx, clerk, false, of("goi", "2", first, "mau.yaml", list)); err != nil || len(plans[0].Problems) != 0 || plans[0].From != "1" {
			t.Errorf("with its list: %+v %v", plans, err)
		}

		wider := contractWith("", "", column) + "      - {name: y, logicalType: string}\n"
		if plans, err = all.Install(ctx, clerk, false, of("goi", "3", wider, "mau.yaml", list)); err != nil {
			t.Fatal(err)
		}
		if c := plans[0].Changes[1]; c.Action != pack.Changed || c.Breaking || len(c.Details) != 1 {
			t.Errorf("a new column: %+v", c)
		}
		if plans, err = all.Install(ctx, clerk, false, of("goi", "4", first, "mau.yaml", list)); !fault.Is(err, "pack.breaking") || !plans[0].Changes[1].Breaking {
			t.Errorf("a column less without consent: %v", err)
		}
		if c, err := contracts.Current(ctx, "thu"); err != nil || len(c.Objects[0].Columns) != 4 || c.Pack != "goi" {
			t.Errorf("what was refused has changed the contract: %v", err)
		}
		if _, err = all.Install(ctx, clerk, true, of("goi", "4", first, "mau.yaml", list)); err != nil {
			t.Fatal(err)
		}
		if c, err := contracts.Current(ctx, "thu"); err != nil || len(c.Objects[0].Columns) != 3 {
			t.Errorf("with consent: %v", err)
		}

		for says, p := range map[string]*pack.Pack{
			"comes with the pack": of("khac", "1", first),
			"has no file":         of("goi", "5", contractWith("servers:\n  - {server: a, type: local, path: data/a.csv, format: csv}", "", column), "mau.yaml", list),
			"stands in a.yaml":    of("goi", "5", first, "b.yaml", first, "mau.yaml", list),
			"both files":          of("goi", "5", strings.Replace(first, "id: thu", "id: Thử", 1), "mau.yaml", strings.Replace(list, "{code: do}", "{code: do}, {code: do}", 1)),
		} {
			_, err := all.Install(ctx, clerk, true, p)
			var r *pack.Refusal
			if !errors.As(err, &r) {
				t.Errorf("%s: %v", says, err)
				continue
			}
			if says == "both files" {
				if files := r.Error(); !strings.Contains(files, "a.yaml:3") || !strings.Contains(files, "mau.yaml") {
					t.Errorf("the refusal does not name both files: %s", files)
				}
			} else if !strings.Contains(r.Error(), says) {
				t.Errorf("want %q, got %v", says, r)
			}
		}
	})
}
