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
			"long":       {now.Digest, strings.Repeat("ạ", 1001), second, "contract.long-reason"},
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
