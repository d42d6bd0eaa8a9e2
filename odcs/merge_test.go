package odcs

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const mergeBase = `apiVersion: v3.1.0
kind: DataContract
id: xa
version: 1.0.0 # the pack's
status: active
customProperties:
  - {property: phohien.owner, value: so-noi-vu}
  - property: phohien.weight
    value: 1
schema:
  - name: xa
    properties:
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - name: ten
        logicalType: string
        classification: internal
        tags: [a, b]
`

func TestMerge(t *testing.T) {
	mine := strings.NewReplacer(
		"version: 1.0.0", "version: 1.0.1",
		"so-noi-vu", "so-khcn",
		"    value: 1\n", "    value: 3\n  - property: phohien.catalogue\n    value: {source_system: Một cửa}\n",
		"classification: internal", "classification: public",
		"tags: [a, b]", "tags: [a, b, c]",
		"primaryKeyPosition: 1}", "primaryKeyPosition: 1, description: Mã xã}",
	).Replace(mergeBase)
	theirs := strings.NewReplacer(
		"version: 1.0.0", "version: 2.0.0",
		"  - {property: phohien.owner, value: so-noi-vu}\n", "", // gone from the pack
		"      - name: ten\n", "      - {name: moi, logicalType: integer}\n      - name: ten\n", // other positions
		"  - property: phohien.weight\n", "  - {property: phohien.origin, value: pack}\n  - property: phohien.weight\n",
	).Replace(mergeBase)
	got, places := Merge(mustRead(t, mergeBase), mustRead(t, mine), mustRead(t, theirs))
	value := func(path string) any {
		t.Helper()
		v, ok := got.Value(path)
		if !ok {
			t.Errorf("nothing at %s", path)
		}
		return v
	}
	for path, want := range map[string]any{
		"/version":                              "2.0.0",
		"/customProperties/1/value":             int64(3),
		"/customProperties/2/value":             map[string]any{"source_system": "Một cửa"},
		"/schema/0/properties/0/description":    "Mã xã",
		"/schema/0/properties/1/name":           "moi",
		"/schema/0/properties/2/classification": "public",
		"/schema/0/properties/2/tags":           []any{"a", "b", "c"},
	} {
		if v := value(path); !reflect.DeepEqual(v, want) {
			t.Errorf("%s is %#v, want %#v", path, v, want)
		}
	}
	if !strings.Contains(string(got.Bytes()), "version: 2.0.0 # the pack's") {
		t.Error("what nobody touched is not as it was")
	}
	lost := 0
	for _, p := range places {
		if !p.Kept {
			lost++
			if p.Name != "customProperties phohien.owner" {
				t.Errorf("not kept: %s", p.Name)
			}
		}
	}
	if lost != 1 || len(places) != 6 {
		t.Errorf("%+v", places)
	}
}

// Nothing changed here leaves the pack's document; nothing changed by the pack gives
// what stands here; and both alike is neither's loss.
func TestMerge_laws(t *testing.T) {
	names := []string{"mot", "hai", "ba", "bon"}
	rapid.Check(t, func(r *rapid.T) {
		draw := func(label string) *Document {
			var b strings.Builder
			b.WriteString("apiVersion: v3.1.0\nkind: DataContract\nid: xa\nversion: 1.0.0\nstatus: active\ncustomProperties:\n  - {property: luon, value: 0}\n")
			for _, name := range names {
				if v := rapid.IntRange(-1, 3).Draw(r, label+name); v >= 0 {
					b.WriteString("  - {property: " + name + ", value: " + string(rune('0'+v)) + "}\n")
				}
			}
			return mustRead(t, b.String())
		}
		base, other := draw("base "), draw("other ")
		same, places := Merge(base, base, other)
		if string(same.Bytes()) != string(other.Bytes()) || len(places) != 0 {
			r.Fatalf("nothing was changed here: %v\n%s", places, same.Bytes())
		}
		over, places := Merge(base, other, base)
		for _, p := range places {
			if !p.Kept {
				r.Fatalf("lost though the pack changed nothing: %s", p.Name)
			}
		}
		if got, want := customs(over), customs(other); !reflect.DeepEqual(got, want) {
			r.Fatalf("%v, want %v", got, want)
		}
		if both, places := Merge(base, other, other); string(both.Bytes()) != string(other.Bytes()) || len(places) != 0 {
			r.Fatalf("both alike: %v\n%s", places, both.Bytes())
		}
	})
}

func customs(d *Document) map[string]any {
	all := map[string]any{}
	for _, p := range d.Contract().CustomProperties {
		all[p.Property] = p.Value
	}
	return all
}
