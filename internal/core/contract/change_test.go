package contract_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// TestChange: a contract that a pack brought is changed by hand, with its reason;
// the pack's next version says so, and takes its place.
func TestChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		contracts := contract.NewStore(s.Control())
		packs := pack.New(s.Control(), dictionary.NewStore(s.Control()).Kind(), contracts.Kind())
		first := contractWith("", "", "logicalType: number")
		packed := func(version, text string) *pack.Pack {
			p, err := pack.Read(fs.FS(fstest.MapFS{
				"pack.yaml":          {Data: []byte("id: goi-thu\nname: Gói thử\nversion: " + version + "\n")},
				"contracts/thu.yaml": {Data: []byte(text)},
			}))
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		if _, err := packs.Install(ctx, clerk, true, packed("1.0.0", first)); err != nil {
			t.Fatal(err)
		}
		now, err := contracts.Current(ctx, "thu")
		if err != nil {
			t.Fatal(err)
		}
		second := strings.Replace(first, "version: 1.0.0", "version: 1.1.0", 1)
		for name, c := range map[string]struct{ match, note, text, key string }{
			"no reason":  {now.Digest, "  ", second, "contract.no-reason"},
			"long":       {now.Digest, strings.Repeat("ạ", 1001), second, "reason.long"},
			"a person":   {now.Digest, "theo ông 033 099 001 234", second, "reason.number"},
			"of another": {strings.Repeat("0", 64), "vì thế", second, "contract.changed"},
			"broken":     {now.Digest, "vì thế", "kind: DataContract\n", "contract.invalid"},
			"no YAML":    {now.Digest, "vì thế", "a: [", "contract.invalid"},
			"another id": {now.Digest, "vì thế", strings.Replace(second, "id: thu\n", "id: khac\n", 1), "contract.invalid"},
		} {
			if _, _, err := contracts.Change(ctx, clerk, now, c.match, c.note, []byte(c.text)); !fault.Is(err, c.key) {
				t.Errorf("%s: %v, want %s", name, err, c.key)
			}
		}
		var refused *contract.Refused
		if _, p, err := contracts.Change(ctx, clerk, now, now.Digest, "vì thế", []byte("a: [")); !errors.As(err, &refused) || len(p.Findings) != 1 || p.Findings[0].Line < 1 {
			t.Errorf("%v %+v", err, p)
		}
		changed, p, err := contracts.Change(ctx, clerk, now, now.Digest, " vì thế ", []byte(second))
		if err != nil || changed.Version != "1.1.0" || changed.Pack != "goi-thu" || len(p.Changes) != 1 || p.Breaking() {
			t.Fatalf("%+v %v", p, err)
		}
		// Who looked at the version before is too late.
		if _, _, err := contracts.Change(ctx, clerk, now, now.Digest, "vì thế", []byte(second+"\n# x\n")); !fault.Is(err, "contract.changed") {
			t.Errorf("after another change: %v", err)
		}
		list, err := contracts.Versions(ctx, "thu")
		if err != nil || len(list) != 2 || list[0].Note != "vì thế" || !list[0].ByHand || list[0].State != "current" || list[1].ByHand || list[1].Note != "" {
			t.Fatalf("%+v %v", list, err)
		}

		third := packed("1.2.0", strings.Replace(first, "version: 1.0.0", "version: 1.2.0", 1))
		plans, err := packs.Diff(ctx, third)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, c := range plans[0].Changes {
			for _, d := range c.Details {
				said += d.Vi
			}
		}
		if !strings.Contains(said, "đã được sửa trên nền tảng (lý do: vì thế)") || plans[0].Breaking() {
			t.Errorf("the plan says %q, breaking %v", said, plans[0].Breaking())
		}
		if _, err := packs.Install(ctx, clerk, false, third); err != nil {
			t.Fatal(err)
		}
		if list, err = contracts.Versions(ctx, "thu"); err != nil || list[0].Version != "1.2.0" || list[0].ByHand || list[0].Note != "" || len(list) != 3 {
			t.Errorf("%+v %v", list, err)
		}
		// The next upgrade has nothing to say of it.
		if plans, err = packs.Diff(ctx, packed("1.3.0", first)); err != nil || strings.Contains(plans[0].Changes[0].Details[0].Vi, "sửa trên nền tảng") {
			t.Errorf("%+v %v", plans, err)
		}
	})
}

// TestUpgrade_carries: what was changed on the platform is still there after the
// pack's next versions, but for what the pack changes too.
func TestUpgrade_carries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		contracts := contract.NewStore(s.Control())
		packs := pack.New(s.Control(), dictionary.NewStore(s.Control()).Kind(), contracts.Kind())
		text := func(version, owner, title, weight string) string {
			return strings.Replace(contractWith("customProperties:\n  - {property: phohien.owner, value: "+owner+"}\n  - {property: phohien.weight, value: "+weight+"}",
				"", "logicalType: number\nbusinessName: "+title), "version: 1.0.0", "version: "+version, 1)
		}
		install := func(version, text string) []pack.Plan {
			t.Helper()
			p, err := pack.Read(fs.FS(fstest.MapFS{
				"pack.yaml":          {Data: []byte("id: goi-thu\nname: Gói thử\nversion: " + version + "\n")},
				"contracts/thu.yaml": {Data: []byte(text)},
			}))
			if err != nil {
				t.Fatal(err)
			}
			plans, err := packs.Diff(ctx, p)
			if err == nil {
				_, err = packs.Install(ctx, clerk, true, p)
			}
			if err != nil {
				t.Fatal(err)
			}
			return plans
		}
		now := func() *contract.Contract {
			t.Helper()
			c, err := contracts.Current(ctx, "thu")
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		install("1.0.0", text("1.0.0", "so-a", "Số", "1"))
		if _, _, err := contracts.Change(ctx, clerk, now(), now().Digest, "tỉnh giao", []byte(text("1.0.0", "so-b", "Số liệu", "1"))); err != nil {
			t.Fatal(err)
		}
		// The pack has something new elsewhere.
		plans := install("1.1.0", text("1.1.0", "so-a", "Số", "2"))
		c := now()
		if c.Owner != "so-b" || c.Objects[0].Columns[c.Objects[0].Column("x")].Title != "Số liệu" || c.Weight != 2 || c.Version != "1.1.0" || c.Pack != "goi-thu" {
			t.Fatalf("%s %v %s", c.Owner, c.Weight, c.Version)
		}
		if said := plans[0].Changes[0].Details; len(said) == 0 || !strings.Contains(said[0].Vi, "Giữ lại") || !strings.Contains(said[0].Vi, "phohien.owner") {
			t.Errorf("%+v", said)
		}
		if list, err := contracts.Versions(ctx, "thu"); err != nil || len(list) != 4 || !list[0].ByHand || list[0].State != "current" || !strings.Contains(list[0].Note, "Gói thử") || list[1].ByHand {
			t.Errorf("%+v %v", list, err)
		}
		// The same pack again touches nothing.
		digest := now().Digest
		if install("1.1.0", text("1.1.0", "so-a", "Số", "2")); now().Digest != digest {
			t.Error("a pack that changes nothing has changed the contract")
		}
		// What it changes too is as the pack has it, and is told; the rest stays.
		plans = install("1.2.0", text("1.2.0", "so-c", "Số", "2"))
		if c = now(); c.Owner != "so-c" || c.Objects[0].Columns[c.Objects[0].Column("x")].Title != "Số liệu" {
			t.Errorf("%s %+v", c.Owner, c.Objects[0].Columns)
		}
		said := ""
		for _, d := range plans[0].Changes[0].Details {
			said += d.Vi + "\n"
		}
		if !strings.Contains(said, "bản của gói được dùng: customProperties phohien.owner value") {
			t.Error(said)
		}
	})
}
