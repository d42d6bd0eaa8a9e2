package audit

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// smallLog makes a log with all kinds of files: full and partial tiles, kept
// checkpoints, an epoch, erased entries.
func smallLog(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	opt := testOptions(dir)
	l := openLog(t, opt)
	appendMany(t, l, 0, n)
	if _, err := l.EraseIndexes(t.Context(), testErasure, []int64{3, 5, 6}); err != nil {
		t.Fatal(err)
	}
	old := seal(t, l)
	closeLog(t, l)
	if err := BeginEpoch(dir, old.Note, "thử khôi phục"); err != nil {
		t.Fatal(err)
	}
	l = openLog(t, opt)
	appendMany(t, l, n, 4)
	closeLog(t, l)
	return dir
}

// files lists a log's files that are not empty.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil && info.Size() > 0 {
				all = append(all, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// flipped verifies with one bit of a file turned, and turns it back.
func flipped(t *testing.T, dir, path string, text []byte, bit int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	turn := func(mask byte) {
		if _, err := f.WriteAt([]byte{text[bit/8] ^ mask}, int64(bit/8)); err != nil {
			t.Fatal(err)
		}
	}
	turn(1 << (bit % 8))
	defer turn(0)
	file, _ := filepath.Rel(dir, path)
	r, err := Verify(t.Context(), dir, testKey(t))
	if err != nil {
		t.Fatalf("%s, bit %d: %v", file, bit, err)
	}
	if len(r.Problems) == 0 {
		t.Errorf("%s: bit %d of byte %d (%q) is turned, and nobody noticed", file, bit%8, bit/8, text[bit/8])
		return
	}
	for _, p := range r.Problems {
		if p.File == filepath.ToSlash(file) {
			return
		}
	}
	t.Errorf("%s: bit %d of byte %d: the report names %s, entry %d: %v", file, bit%8, bit/8, r.Problems[0].File, r.Problems[0].Leaf, r.Problems[0].What)
}

// TestVerify_flips turns a bit of every byte of each file but the biggest, of
// which it takes a sample.
func TestVerify_flips(t *testing.T) {
	dir := smallLog(t, 270)
	verifyClean(t, dir)
	kinds := map[string]bool{}
	rnd := rand.New(rand.NewPCG(1, 2))
	tried := 0
	begin := time.Now()
	for _, path := range files(t, dir) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, _ := filepath.Rel(dir, path)
		kinds[strings.Split(file, string(filepath.Separator))[0]] = true
		step := 1 + len(text)/250
		if testing.Short() {
			step = 1 + len(text)/20
		}
		for at := 0; at < len(text); at += 1 + rnd.IntN(2*step-1) {
			flipped(t, dir, path, text, at*8+rnd.IntN(8))
			tried++
		}
		// The last byte has no neighbour that would tell.
		flipped(t, dir, path, text, len(text)*8-1-rnd.IntN(8))
	}
	t.Logf("%d bits turned in %v", tried, time.Since(begin))
	for _, kind := range []string{checkpointFile, keptDir, keyFile, tileDir, payloadDir, indexDir, epochsDir} {
		if !kinds[kind] {
			t.Errorf("no file in %s", kind)
		}
	}
	verifyClean(t, dir)
}

// TestVerify_textFiles turns every bit of every byte of what is short and whose
// parsers forgive: text files.
func TestVerify_textFiles(t *testing.T) {
	dir := smallLog(t, 10)
	for _, name := range []string{checkpointFile, keyFile, epochFile(2)} {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for bit := range len(text) * 8 {
			flipped(t, dir, path, text, bit)
		}
	}
}

func TestVerify_locates(t *testing.T) {
	dir := smallLog(t, 600)
	segment := filepath.Join(dir, segmentFile(0))
	text, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(text, []byte(`"rows":"400"`)) // entry 401
	if at < 0 {
		t.Fatal("the entry is not there")
	}
	for name, c := range map[string]struct {
		change func() error
		file   string
		leaf   int64
		key    string
	}{
		"a digit of a payload": {func() error { return patch(segment, text, at+9, '5') }, segmentFile(0), 401, "audit.verify.frame"},
		"a payload with its checksum": {func() error {
			changed := bytes.Clone(text)
			changed[at+9] = '5'
			from := bytes.LastIndex(changed[:at], []byte(frameMagic))
			_, n, _ := readFrame(text[from:])
			sealFrame(changed[from:from+n], live, 401)
			return os.WriteFile(segment, changed, 0o600)
		}, segmentFile(0), 401, "audit.verify.payload"},
		"an entry that was put away": {func() error {
			changed := bytes.Clone(text)
			from := bytes.LastIndex(changed[:at], []byte(frameMagic))
			_, n, _ := readFrame(text[from:])
			clear(changed[from : from+n])
			sealFrame(changed[from:from+n], erased, 401)
			return os.WriteFile(segment, changed, 0o600)
		}, segmentFile(0), 401, "audit.verify.erased-unsaid"},
		"the end cut off":  {func() error { return os.Truncate(segment, int64(at)) }, segmentFile(0), 401, "audit.verify.frame"},
		"the segment gone": {func() error { return os.Remove(segment) }, segmentFile(0), 0, "audit.verify.missing"},
		"a file more":      {func() error { return os.WriteFile(filepath.Join(dir, "tile", "x"), nil, 0o600) }, "tile/x", -1, "audit.verify.unknown"},
	} {
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		r, err := Verify(t.Context(), dir, testKey(t))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, p := range r.Problems {
			found = found || p.File == filepath.ToSlash(c.file) && p.Leaf == c.leaf && p.What.Key == c.key
		}
		if !found {
			t.Errorf("%s: want %s at %s, entry %d; got %+v", name, c.key, c.file, c.leaf, r.Problems)
		}
		if err := os.WriteFile(segment, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(filepath.Join(dir, "tile", "x"))
	}
	verifyClean(t, dir)
}

func patch(path string, text []byte, at int, c byte) error {
	changed := bytes.Clone(text)
	changed[at] = c
	return os.WriteFile(path, changed, 0o600)
}
