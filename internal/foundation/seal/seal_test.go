package seal_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/seal"
)

type secrets string

func (s secrets) Key(purpose string) []byte {
	k := sha256.Sum256([]byte(string(s) + purpose))
	return k[:]
}

func texts(t testing.TB, master string) *seal.Texts {
	t.Helper()
	s, err := seal.NewTexts(secrets(master))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTexts(t *testing.T) {
	s := texts(t, "one")
	for _, text := range []string{"0", "001090012345", "Nguyễn Văn Mẫu", strings.Repeat("x", 15), strings.Repeat("x", 16), strings.Repeat("x", 17), "a\x80", "a\x00", "sealed:", " "} {
		sealed := s.Seal(text)
		if strings.Contains(sealed, text) && len(text) > 1 && text != "sealed:" {
			t.Errorf("%q is seen in %q", text, sealed)
		}
		if !seal.Is(sealed) || sealed != s.Seal(text) {
			t.Errorf("%q: equal texts are not equal when sealed", text)
		}
		if back, err := s.Open(sealed); err != nil || back != text {
			t.Errorf("%q came back as %q, %v", text, back, err)
		}
		if _, err := texts(t, "two").Open(sealed); err == nil {
			t.Errorf("%q opens under another key", text)
		}
	}
	if s.Seal("") != "" {
		t.Error("nothing became something")
	}
	if len(s.Seal("001090012345")) != len(s.Seal("012345678")) {
		t.Error("the length tells a number of twelve digits from one of nine")
	}
}

func TestTexts_damaged(t *testing.T) {
	s := texts(t, "one")
	sealed := s.Seal("0912345678")
	for i := range sealed {
		for _, c := range []byte("A_:") {
			if sealed[i] == c {
				continue
			}
			bad := sealed[:i] + string(c) + sealed[i+1:]
			if back, err := s.Open(bad); err == nil && back != "0912345678" { // the last character has bits that stand for nothing
				t.Errorf("%q opens as %q", bad, back)
			}
		}
		if back, err := s.Open(sealed[:i]); err == nil && back != "" {
			t.Errorf("%q opens as %q", sealed[:i], back)
		}
	}
}

func FuzzOpen(f *testing.F) {
	s := texts(f, "one")
	f.Add(s.Seal("0912345678"))
	f.Add("sealed:")
	f.Add("sealed:AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		back, err := s.Open(text)
		if err == nil && back != "" && s.Seal(back) != text && len(s.Seal(back)) != len(text) {
			t.Errorf("%q opens as %q", text, back)
		}
	})
}

func TestFiles(t *testing.T) {
	files := seal.NewFiles(secrets("one"))
	for _, size := range []int{0, 1, 15, 65535, 65536, 65537, 3*65536 + 7} {
		plain := make([]byte, size)
		r := rand.New(rand.NewPCG(1, uint64(size)))
		for i := range plain {
			plain[i] = byte(r.Uint32())
		}
		path := filepath.Join(t.TempDir(), "sealed")
		var b bytes.Buffer
		if err := files.Seal(&b, bytes.NewReader(plain), "name"); err != nil {
			t.Fatal(err)
		}
		if size > 15 && bytes.Contains(b.Bytes(), plain[:16]) {
			t.Error("the file is not sealed")
		}
		if n, err := seal.Size(int64(b.Len())); err != nil || n != int64(size) {
			t.Errorf("%d bytes are said to be %d, %v", size, n, err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		f := open(t, files, path, "name")
		if all, err := io.ReadAll(f); err != nil || !bytes.Equal(all, plain) {
			t.Errorf("%d bytes: came back as %d, %v", size, len(all), err)
		}
		for range 50 {
			off, n := r.IntN(size+1), r.IntN(70000)
			got := make([]byte, n)
			m, err := f.ReadAt(got, int64(off))
			want := plain[off:min(size, off+n)]
			if !bytes.Equal(got[:m], want) || (m < n) != (err == io.EOF) && n > 0 {
				t.Fatalf("%d bytes at %d of %d: %d, %v", n, off, size, m, err)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if size == 0 {
			continue
		}
		// Another name, a bit turned, an end cut off: nothing is taken for the file.
		for _, bad := range []struct {
			name string
			b    []byte
		}{{"other", b.Bytes()}, {"name", turned(b.Bytes())}, {"name", b.Bytes()[:b.Len()-1]}} {
			if err := os.WriteFile(path, bad.b, 0o600); err != nil {
				t.Fatal(err)
			}
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := files.Open(file, bad.name)
			if err == nil {
				_, err = io.ReadAll(f)
			}
			if err == nil {
				t.Errorf("%d bytes: what was changed is read", size)
			}
			_ = file.Close()
		}
	}
}

func turned(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)/2] ^= 4
	return b
}

func open(t *testing.T, files *seal.Files, path, name string) *seal.File {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := files.Open(file, name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func BenchmarkTexts(b *testing.B) {
	s := texts(b, "one")
	sealed := s.Seal("001090012345")
	b.Run("seal", func(b *testing.B) {
		for b.Loop() {
			s.Seal("001090012345")
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Open(sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
