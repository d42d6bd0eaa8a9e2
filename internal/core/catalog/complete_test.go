package catalog_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/phohien/phohien/internal/core/catalog"
)

// whole is a description that lacks nothing.
func whole() catalog.Described {
	return catalog.Described{
		ID: "mau", Title: "Bộ dữ liệu mẫu", TitleEn: "Sample", OwnerCode: "H31.01", Steward: "mau", Head: "mau", TechnicalUnit: "mau",
		Purpose: "p", LegalBasis: "l", Scope: "s", Content: "c", Layer: "danh-muc", Domain: "dia_chi", ShareScope: "noi_bo", ShareMode: "mac_dinh",
		Sensitivity: "cong_khai", PersonalData: "khong", CollectionMethod: "m", UpdateMechanism: "u", UpdatePeriod: "P1M", SourceSystem: "A29",
		Items: []catalog.Item{{Name: "ma", Term: "t", Mode: "mo"}}, Measured: true, Original: true, Retention: "P10Y", ArchiveRule: "a", AccessMethods: []string{"api"},
	}
}

func missing(d catalog.Described) (all []string) {
	for _, l := range d.Missing() {
		all = append(all, l.Key)
	}
	return all
}

func TestDescribed_Missing(t *testing.T) {
	if got := missing(whole()); got != nil {
		t.Errorf("%q", got)
	}
	for want, change := range map[string]func(d *catalog.Described){
		"title_en":                func(d *catalog.Described) { d.TitleEn = " \n" },
		"head":                    func(d *catalog.Described) { d.Head = "" },
		"items":                   func(d *catalog.Described) { d.Items = nil },
		"item_terms":              func(d *catalog.Described) { d.Items = append(d.Items, catalog.Item{Name: "ten", Mode: "mo"}) },
		"item_modes":              func(d *catalog.Described) { d.Items[0].Mode = "" },
		"quality":                 func(d *catalog.Described) { d.Measured = false },
		"lineage":                 func(d *catalog.Described) { d.Original = false },
		"access_methods":          func(d *catalog.Described) { d.AccessMethods = []string{""} },
		"classification_decision": func(d *catalog.Described) { d.Sensitivity = catalog.CoreData },
	} {
		d := whole()
		change(&d)
		if got := missing(d); !slices.Equal(got, []string{want}) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for name, change := range map[string]func(d *catalog.Described){
		"not shared needs no way to get it": func(d *catalog.Described) { d.ShareMode, d.AccessMethods = catalog.NotShared, nil },
		"made from others":                  func(d *catalog.Described) { d.Original, d.Lineage = false, []string{"khac"} },
		"important and decided": func(d *catalog.Described) {
			d.Sensitivity, d.ClassificationDecision = catalog.ImportantData, "Quyết định mẫu"
		},
	} {
		d := whole()
		change(&d)
		if got := missing(d); got != nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	d := whole()
	d.Items = append(d.Items, catalog.Item{Name: "ten"}, catalog.Item{Name: "ngay"})
	if got := d.Missing(); len(got) != 2 || !slices.Equal(got[0].Items, []string{"ten", "ngay"}) {
		t.Errorf("%v", got)
	}
}

// Each text that is taken away is missed, under its own name in both languages.
func TestDescribed_EachText(t *testing.T) {
	seen := map[string]bool{}
	kind := reflect.TypeFor[catalog.Described]()
	for i := range kind.NumField() {
		if kind.Field(i).Type.Kind() != reflect.String || kind.Field(i).Name == "ClassificationDecision" {
			continue
		}
		d := whole()
		reflect.ValueOf(&d).Elem().Field(i).SetString("")
		got := d.Missing()
		if len(got) != 1 || got[0].Vi == "" || got[0].En == "" || seen[got[0].Key] {
			t.Errorf("without %s: %v", kind.Field(i).Name, got)
			continue
		}
		seen[got[0].Key] = true
	}
	var none catalog.Described
	// Besides the texts: items, quality, lineage, access methods.
	if got := len(none.Missing()); got != len(seen)+4 {
		t.Errorf("of nothing %d are missing, %d texts", got, len(seen))
	}
}
