package ui_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// TestTexts finds the keys that pages name, in templates too, and the families
// of keys that they put together; each must have a sentence in both languages.
func TestTexts(t *testing.T) {
	keys := map[string]bool{}
	named := regexp.MustCompile(`"((?:page|batch|quarantine|score|state)\.[a-z0-9.-]+)"`)
	for _, dir := range []string{".", "../console"} {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "_test.go") || !(strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".templ")) {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range named.FindAllStringSubmatch(string(text), -1) {
				if !strings.HasSuffix(m[1], ".") && !strings.HasSuffix(m[1], "-") { // the beginning of a family
					keys[m[1]] = true
				}
			}
		}
	}
	family := func(prefix string, members ...string) {
		for _, m := range members {
			keys[prefix+m] = true
		}
	}
	for _, s := range []corridor.State{corridor.Received, corridor.Staged, corridor.Checked, corridor.Applying, corridor.Applied, corridor.Mirrored,
		corridor.Scored, corridor.Held, corridor.Failed, corridor.Cancelled, corridor.Interrupted, corridor.Undone} {
		family("state.", string(s))
		family("batch.message.", string(s))
	}
	for _, c := range []contract.Type{contract.Text, contract.Integer, contract.Decimal, contract.Float, contract.Boolean, contract.Date,
		contract.PartialDate, contract.Time, contract.Timestamp, contract.JSON, contract.Geometry, contract.File} {
		family("page.type.", string(c))
	}
	for _, m := range []contract.Mode{contract.Merge, contract.Append, contract.Replace, contract.Slice} {
		family("page.mode.", string(m))
		family("page.mode-help.", string(m))
	}
	family("page.band.", "good", "watch", "poor", "none")
	family("page.step.", "received", "staged", "checked", "applied", "mirrored", "scored")
	family("page.sum.", "read", "accepted", "quarantined", "inserted", "updated", "unchanged", "skipped", "withdrawn", "late", "mended")
	family("page.do-", "cancel", "confirm", "undo")
	family("page.nil.", "unknown", "not-collected", "withheld")
	family("page.boolean.", "true", "false")
	family("batch.kind.", "load", "undo", "rejudge", "release")
	family("quarantine.state.", "open", "mended", "replaced", "undone")
	family("api.title.", "invalid", "not-found", "denied", "conflict", "too-large", "unavailable", "too-many", "cancelled", "internal")
	if len(keys) < 150 {
		t.Errorf("only %d keys found: is the test looking in the right place?", len(keys))
	}
	for key := range keys {
		for _, l := range locale.Languages() {
			if !l.Has(key) {
				t.Errorf("%s has no sentence in %s", key, l)
			}
		}
	}
}
