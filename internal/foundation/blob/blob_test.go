package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/phohien/phohien/internal/foundation/fault"
)

const helloDigest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "blob"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPut(t *testing.T) {
	s := open(t)
	for range 2 { // the second time it is there
		digest, size, err := s.Put(t.Context(), strings.NewReader("hello"))
		if err != nil || digest != helloDigest || size != 5 {
			t.Fatalf("Put = %s, %d, %v", digest, size, err)
		}
	}
	if got := read(t, s, helloDigest); got != "hello" {
		t.Errorf("kept %q, want hello", got)
	}
	info, err := s.Stat(helloDigest)
	if err != nil || info != (Info{Digest: helloDigest, Bytes: 5}) {
		t.Errorf("Stat = %v, %v", info, err)
	}
	path := filepath.Join(s.dir, helloDigest[:2], helloDigest[2:])
	if mode := modeOf(t, path); mode != 0o600 {
		t.Errorf("a blob has mode %o, want 600", mode)
	}
	for _, dir := range []string{s.dir, filepath.Dir(path), s.TempDir()} {
		if mode := modeOf(t, dir); mode != 0o700 {
			t.Errorf("%s has mode %o, want 700", dir, mode)
		}
	}
	empty(t, s.TempDir())
}

func TestPut_empty(t *testing.T) {
	s := open(t)
	digest, size, err := s.Put(t.Context(), strings.NewReader(""))
	if err != nil || size != 0 {
		t.Fatalf("Put = %s, %d, %v", digest, size, err)
	}
	if got := read(t, s, digest); got != "" {
		t.Errorf("kept %q", got)
	}
}

// TestPut_broken: a reader that fails, or a caller that leaves, keeps nothing.
func TestPut_broken(t *testing.T) {
	s := open(t)
	cause := errors.New("line cut")
	_, _, err := s.Put(t.Context(), io.MultiReader(strings.NewReader("half"), failing{cause}))
	if !errors.Is(err, cause) {
		t.Errorf("Put = %v, want %v", err, cause)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Put(ctx, strings.NewReader("hello")); !errors.Is(err, context.Canceled) {
		t.Errorf("Put = %v, want it cancelled", err)
	}
	empty(t, s.TempDir())
	if err := s.Each(func(i Info) error { t.Errorf("kept %s", i.Digest); return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestAdopt(t *testing.T) {
	s := open(t)
	for range 2 {
		temp := filepath.Join(s.TempDir(), "upload")
		if err := os.WriteFile(temp, []byte("hello"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := s.Adopt(temp, helloDigest); err != nil {
			t.Fatal(err)
		}
		empty(t, s.TempDir())
	}
	if got := read(t, s, helloDigest); got != "hello" {
		t.Errorf("kept %q", got)
	}
	if mode := modeOf(t, filepath.Join(s.dir, helloDigest[:2], helloDigest[2:])); mode != 0o600 {
		t.Errorf("mode %o, want 600", mode)
	}
}

func TestOpen_cleans(t *testing.T) {
	s := open(t)
	if _, _, err := s.Put(t.Context(), strings.NewReader("hello")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.TempDir(), "left"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := Open(s.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	empty(t, again.TempDir())
	if got := read(t, again, helloDigest); got != "hello" {
		t.Errorf("lost what was kept: %q", got)
	}
}

func TestRemove(t *testing.T) {
	s := open(t)
	if _, _, err := s.Put(t.Context(), strings.NewReader("hello")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Remove(helloDigest); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Open(helloDigest); !fault.Is(err, "blob.unknown") {
		t.Errorf("Open = %v, want blob.unknown", err)
	}
	if _, err := s.Stat(helloDigest); !fault.Is(err, "blob.unknown") {
		t.Errorf("Stat = %v, want blob.unknown", err)
	}
}

func TestVerify(t *testing.T) {
	s := open(t)
	if _, _, err := s.Put(t.Context(), strings.NewReader("hello")); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(t.Context(), helloDigest); err != nil {
		t.Errorf("a whole blob: %v", err)
	}
	path := filepath.Join(s.dir, helloDigest[:2], helloDigest[2:])
	if err := os.WriteFile(path, []byte("hellO"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(t.Context(), helloDigest); !fault.Is(err, "blob.damaged") {
		t.Errorf("a changed blob: %v, want blob.damaged", err)
	}
}

// TestPath: nothing but a digest becomes a path.
func TestPath(t *testing.T) {
	s := open(t)
	for _, bad := range []string{"", "ab", "../../etc/passwd", strings.ToUpper(helloDigest), helloDigest + "0",
		"../" + helloDigest[3:], helloDigest[:63] + "\n", strings.Repeat("x", 1000)} {
		_, err := s.Open(bad)
		if !fault.Is(err, "blob.bad-digest") {
			t.Errorf("Open(%.20q) = %v", bad, err)
		}
		if err := s.Remove(bad); !fault.Is(err, "blob.bad-digest") {
			t.Errorf("Remove(%.20q) = %v", bad, err)
		}
	}
}

func TestPut_together(t *testing.T) {
	s := open(t)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			body := bytes.Repeat([]byte{byte('a' + i%2)}, 100_000)
			if _, _, err := s.Put(t.Context(), bytes.NewReader(body)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	n := 0
	err := s.Each(func(i Info) error {
		n++
		return s.Verify(t.Context(), i.Digest)
	})
	if err != nil || n != 2 {
		t.Errorf("%d blobs, %v; want 2", n, err)
	}
	empty(t, s.TempDir())
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func read(t *testing.T, s *Store, digest string) string {
	t.Helper()
	f, err := s.Open(digest)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func empty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s was left behind", e.Name())
	}
}
