package record_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/record"
)

func TestTrace(t *testing.T) {
	tr := record.NewTrace("033095001234~k%C3%AAnh", "033095001234", " 12 ", "")
	if got := strings.Join(tr.Texts, "|"); got != "033095001234|033095001234~k%C3%AAnh" {
		t.Errorf("texts %s", got)
	}
	if got := strings.Join(tr.Spellings(), "|"); got != "033095001234|033095001234~k%C3%AAnh|33095001234" {
		t.Errorf("spellings %s", got)
	}
	for cell, want := range map[string]bool{
		"033095001234": true, "33095001234": true, "033 095 001 234": true, "033.095.001.234": true, "'033095001234": true, "số 033095001234.": true,
		"": false, "33095001235": false, "0330950012": false, "1033095001234": true /* holds it */, "9": false, "kênh": false,
	} {
		if got := tr.In(cell); got != want {
			t.Errorf("%q: %t", cell, got)
		}
	}
	short := record.NewTrace("7~a%20b")
	if len(short.Texts) != 1 || short.InRow([]string{"7", "x"}) {
		t.Errorf("short key %+v", short)
	}
	short.Texts = nil
	if !short.InRow([]string{"x", " 7 ", "a b"}) || short.InRow([]string{"7", "x"}) || (record.Trace{}).InRow([]string{""}) {
		t.Error("a row of a short key")
	}
}

// TestTrace_joined: a part of a key tells nobody, all of them together do.
func TestTrace_joined(t *testing.T) {
	tr := record.NewTrace("2026-10~HS%2F001", "033095001234")
	for _, c := range []struct {
		cells []string
		want  bool
	}{
		{[]string{"2026-10", "HS/002", "033199012345"}, false}, {[]string{"2026-11", "HS/001", ""}, false}, {[]string{"2026-10"}, false},
		{[]string{"x", "HS/001", "2026-10"}, true}, {[]string{"2026-11", "HS/009", "033 095 001 234"}, true},
	} {
		if got := tr.InRow(c.cells); got != c.want {
			t.Errorf("%q: %t", c.cells, got)
		}
	}
	if text := `{"examples":[{"key":"2026-10~HS%2F002","cells":["2026-10","HS/002"]}],"period":"2026-10"}`; true {
		if got, changed := tr.Scrub(text); changed {
			t.Errorf("%s", got)
		}
	}
}

func TestScrub(t *testing.T) {
	tr := record.NewTrace("033095001234")
	for text, want := range map[string]string{
		"": "", "xyz": "xyz", "tệp 033095001234.csv": "tệp •••.csv", `{"a":"033095001234"}`: `{"a":"•••"}`,
		`{"digest":"033095001234","seq":33095001234,"n":12}`:                        `{"digest":"033095001234","seq":33095001234,"n":12}`,
		`{"left":["033095001234","1"]}`:                                             `{"left":["1"]}`,
		`{"x":[{"key":"1","cells":["033.095.001.234"]},{"key":"2","cells":["b"]}]}`: `{"x":[{"cells":["b"],"key":"2"}]}`,
		`{"examples":[["33095001234","033095001234"],["a","b"]]}`:                   `{"examples":[["a","b"]]}`,
		`{"033095001234":1}`: `{"•••":1}`, `{"a":"1<2&3"}`: `{"a":"1<2&3"}`, `{"a":"x 033095001234","b":"1<2"}`: `{"a":"x •••","b":"1<2"}`,
	} {
		got, changed := tr.Scrub(text)
		if got != want || changed != (got != text) {
			t.Errorf("%s:\n got %s %t\nwant %s", text, got, changed, want)
		}
	}
}

func FuzzScrub(f *testing.F) {
	f.Add(`{"a":["033095001234",{"key":"033095001234","cells":["x"]}],"033095001234":{}}`)
	f.Add(`033095001234`)
	f.Add(`[[["33095001234"]]]`)
	f.Add(`{"a":33095001234}`)
	tr := record.NewTrace("033095001234")
	f.Fuzz(func(t *testing.T, text string) {
		clean, changed := tr.Scrub(text)
		if !changed && clean != text {
			t.Fatalf("%q became %q unsaid", text, clean)
		}
		if again, more := tr.Scrub(clean); more && again != clean {
			t.Fatalf("%q is not clean: %q", clean, again)
		}
	})
}
