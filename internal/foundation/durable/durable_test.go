package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestCopy(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b", "c")
	if err := os.WriteFile(from, []byte("đủ"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Copy(from, to); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(to)
	info, e := os.Stat(to)
	if err != nil || e != nil || string(text) != "đủ" || info.Mode().Perm() != 0o600 {
		t.Errorf("%q %v, %v %v", text, info, err, e)
	}
	if err := Copy(from, to); !errors.Is(err, fs.ErrExist) {
		t.Errorf("written over: %v", err)
	}
	if err := Copy(from+"x", to+"x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
