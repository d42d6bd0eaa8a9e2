package blob

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/seal"
)

type secrets struct{}

func (secrets) Key(purpose string) []byte {
	k := sha256.Sum256([]byte(purpose))
	return k[:]
}

func TestSealed(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(filepath.Join(dir, "blob"), seal.NewFiles(secrets{}))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("033095001234 Nguyễn Văn Mẫu\n", 5000)
	digest := hex.EncodeToString(func() []byte { h := sha256.Sum256([]byte(text)); return h[:] }())
	// First in clear, for a data set that wants nothing else; then sealed.
	for i, put := range []func(io.Reader) (string, int64, error){
		func(r io.Reader) (string, int64, error) { return s.Put(t.Context(), r) },
		func(r io.Reader) (string, int64, error) { return s.PutSealed(t.Context(), r) },
		func(r io.Reader) (string, int64, error) { return s.PutSealed(t.Context(), r) },
		func(r io.Reader) (string, int64, error) { return s.Put(t.Context(), r) }, // stays sealed
	} {
		got, n, err := put(strings.NewReader(text))
		if err != nil || got != digest || n != int64(len(text)) {
			t.Fatalf("%s %d, %v", got, n, err)
		}
		info, err := s.Stat(digest)
		if err != nil || info != (Info{Digest: digest, Bytes: int64(len(text)), Sealed: i > 0}) {
			t.Errorf("%d: %+v, %v", i, info, err)
		}
		if seen := bytesOf(t, dir); i > 0 && bytes.Contains(seen, []byte("033095001234")) {
			t.Errorf("%d: lies readable on the disk", i)
		}
		if got := read(t, s, digest); got != text {
			t.Errorf("%d: %d bytes came back", i, len(got))
		}
		if err := s.Verify(t.Context(), digest); err != nil {
			t.Error(err)
		}
	}
	var list []Info
	if err := s.Each(func(i Info) error { list = append(list, i); return nil }); err != nil || len(list) != 1 || !list[0].Sealed {
		t.Errorf("%+v, %v", list, err)
	}

	// A copy without the key is one all the same.
	copied, err := Open(filepath.Join(dir, "copy"), nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, sealed, err := s.Raw(digest)
	if err != nil || !sealed {
		t.Fatal(sealed, err)
	}
	if err := errors.Join(copied.PutRaw(t.Context(), digest, sealed, raw), raw.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := copied.Open(digest); err == nil {
		t.Error("opened without a key")
	}
	copied.files = s.files
	if got := read(t, copied, digest); got != text {
		t.Errorf("%d bytes came back from the copy", len(got))
	}

	// A bit turned is noticed.
	path, err := s.path(digest)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path + sealedSuffix)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path+sealedSuffix, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(t.Context(), digest); !fault.Is(err, "blob.damaged") {
		t.Errorf("damage is %v", err)
	}
	if err := s.Remove(digest); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(digest); !fault.Is(err, "blob.unknown") {
		t.Errorf("after removal: %v", err)
	}
}

func bytesOf(t *testing.T, dir string) (all []byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all = append(all, b...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
