package contract

import (
	"testing"

	"pgregory.net/rapid"
)

// Names in the stores, whatever the document says: of the right form and
// length, never reserved, unique together with all that is made from them, the
// same each time; a fit physical name is kept.
func TestStoreNames(t *testing.T) {
	word := rapid.OneOf(
		rapid.SampledFrom([]string{"", "Mã xã", "ma xa", "ma_xa", "MA XA", "xmin", "ctid", "sqlite_master", "select", "a__minx", "a", "a_h", "a_2", "_a", "2025", "Số ☃",
			"một tên rất dài mà không ai muốn đọc hết cả nhưng vẫn có người viết ra", "mot_ten_rat_dai_ma_khong_ai_muon_doc_het_ca_nhung_v", "order", "Đ", "ô-tô"}),
		rapid.StringMatching(`[a-z_A-Z0-9à-ỹ ]{0,60}`),
	)
	suffixes := [][]string{nil, {"_h"}}
	rapid.Check(t, func(t *rapid.T) {
		wishes := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) wish {
			return wish{word.Draw(t, "name"), word.Draw(t, "physical")}
		}), 0, 30).Draw(t, "wishes")
		more := rapid.SampledFrom(suffixes).Draw(t, "suffixes")
		names := storeNames(wishes, more...)
		again := storeNames(wishes, more...)
		seen := map[string]bool{}
		for i, n := range names {
			if !storeName.MatchString(n) || len(n) > longestName || reserved[n] {
				t.Fatalf("%q for %q", n, wishes[i])
			}
			if n != again[i] {
				t.Fatalf("%q, then %q", n, again[i])
			}
			for _, s := range append([]string{""}, more...) {
				if seen[n+s] {
					t.Fatalf("%q twice in %q", n+s, names)
				}
				seen[n+s] = true
			}
		}
	})
	got := storeNames([]wish{{"Mã xã", ""}, {"ma xa", "ma_xa_cu"}, {"mã-xã", ""}, {"x", "ma_xa"}})
	want := []string{"ma_xa_2", "ma_xa_cu", "ma_xa_3", "ma_xa"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("storeNames gives %q, want %q", got, want)
			break
		}
	}
}

// No field of a geometry or a file meets another column.
func TestFieldsAreUnique(t *testing.T) {
	o := Object{}
	for i, name := range storeNames([]wish{{"a", ""}, {"a__minx", "a__minx"}, {"a minx", ""}, {"b", ""}, {"b__name", "b__name"}}) {
		o.Columns = append(o.Columns, Column{Store: name, Type: []Type{Geometry, Text, Text, File, Text}[i]})
	}
	seen := map[string]bool{}
	for _, f := range o.Fields() {
		if seen[f.Name] {
			t.Errorf("two fields %q", f.Name)
		}
		seen[f.Name] = true
	}
}

func TestSchemaOfCustomPropertiesCompiles(t *testing.T) {
	all, err := compileCustoms(customSchema)
	if err != nil {
		t.Fatal(err)
	}
	for l, names := range all {
		if len(names) == 0 {
			t.Errorf("no properties on %s", l)
		}
		for name, c := range names {
			if c.what.Vi == "" || c.what.En == "" {
				t.Errorf("%s lacks words", name)
			}
		}
	}
}
