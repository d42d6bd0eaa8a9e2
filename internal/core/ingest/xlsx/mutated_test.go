package xlsx

import (
	"bytes"
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// mutated changes a few bytes and runs of a text.
func mutated(r *rand.Rand, text string) string {
	s := []byte(text)
	for range r.IntN(5) {
		if len(s) < 2 {
			break
		}
		i := r.IntN(len(s))
		k := min(len(s), i+r.IntN(40))
		switch r.IntN(4) {
		case 0:
			s[i] = byte(r.IntN(256))
		case 1:
			s = slices.Delete(s, i, k)
		case 2:
			s = slices.Insert(s, k, bytes.Clone(s[i:k])...)
		case 3:
			s[i] = `<>/ "'=&;![]-?rcvs1A0`[r.IntN(21)]
		}
	}
	return string(s)
}

// TestOpen_mutated damages the odd files at random. Whatever they have become,
// they are read alike whole and in pieces, or refused both ways, and what can
// be copied can be read.
func TestOpen_mutated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	names := slices.Sorted(maps.Keys(odd))
	parts := []string{"xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
	refused := 0
	const rounds = 1000
	for range rounds {
		p := odd[names[r.IntN(len(names))]]()
		if len(p["xl/worksheets/sheet1.xml"]) > 1<<13 {
			continue
		}
		part := parts[r.IntN(len(parts))]
		p[part] = mutated(r, p[part])
		data := zipped(t, p)
		if r.IntN(8) == 0 {
			data = []byte(mutated(r, string(data)))
		}
		if !readsAlike(t, data) {
			refused++
		}
		if t.Failed() {
			t.Fatalf("%s: %q", part, p[part])
		}
	}
	if refused == 0 || refused == rounds {
		t.Errorf("%d of %d refused: the test tries nothing", refused, rounds)
	}
}

// readsAlike reads a file in several ways that must agree; ok is false when it
// is refused.
func readsAlike(t *testing.T, data []byte) (ok bool) {
	t.Helper()
	whole, pieces, stuck := fileOfBytes(data), fileOfBytes(data), func(s string) bool {
		return strings.Contains(s, "refused: ") || strings.Contains(s, "stopped: ")
	}
	whole.Limits.Unpacked, pieces.Limits.Unpacked = 4<<20, 4<<20
	a, b := listWith(whole, tuning{blockBytes, stringsHeld}), listWith(pieces, tuning{64, 16})
	if stuck(a) != stuck(b) || !stuck(a) && a != b {
		t.Errorf("whole\n%s\nin pieces\n%s", a, b)
	}
	var out bytes.Buffer
	err := Filter(context.Background(), whole, &out, 0, func(r int64) bool { return r%2 == 1 })
	if err == nil && !stuck(a) {
		if c := listWith(fileOfBytes(out.Bytes()), tuning{blockBytes, stringsHeld}); stuck(c) {
			t.Errorf("the copy: %s, of\n%s", c, a)
		}
	}
	return !stuck(a)
}
