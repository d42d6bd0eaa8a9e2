package layout

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// TestSentences: what this package says, by key, can be said in both languages.
func TestSentences(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`"(layout\.[a-z.-]+)"`)
	keys := map[string]bool{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(text), -1) {
			keys[m[1]] = true
		}
	}
	for _, r := range RowRoles {
		keys["layout.row."+string(r)] = true
	}
	for _, r := range []Role{Data, Number, Ignore, Spread} {
		keys["layout.column."+string(r)] = true
	}
	if len(keys) < 40 {
		t.Errorf("only %d keys found: is the test looking in the right place?", len(keys))
	}
	for k := range keys {
		for _, l := range []locale.Lang{locale.Vi, locale.En} {
			if !l.Has(k) {
				t.Errorf("%s: no sentence for %s", l, k)
			}
		}
	}
}

// TestDoubts: the values of every doubt and finding are those its sentence needs.
func TestDoubts(t *testing.T) {
	said := map[string]bool{}
	say := func(fs []ingest.Finding) {
		for _, f := range fs {
			said[f.Key] = true
			slots := 0
			for slots < 9 && strings.Contains(locale.Vi.T(f.Key, mark(f.Args, slots)...), "◆") {
				slots++
			}
			if slots != len(f.Args) {
				t.Errorf("%s has %d values, its sentence uses %d", f.Key, len(f.Args), slots)
			}
		}
	}
	for _, p := range allPapers() {
		say(Recognise(p.table(), p.sample(SampleRows), p.knows()).Doubts)
	}
	say(Recognise(ingest.Table{}, Sample{}, nil).Doubts)
	for _, k := range []string{"empty", "tables", "heading", "no-heading", "twice", "sum-column", "side", "cross", "groups", "merged-down", "filled", "unnamed"} {
		if !said["layout.doubt."+k] {
			t.Errorf("no sheet raises layout.doubt.%s", k)
		}
	}
}

// mark replaces value n, one past the end included, by something to look for.
func mark(args []any, n int) []any {
	out := append([]any{}, args...)
	for len(out) <= n {
		out = append(out, "")
	}
	out[n] = "◆"
	return out
}
