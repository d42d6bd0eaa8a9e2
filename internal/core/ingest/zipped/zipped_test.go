package zipped

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func archive(t testing.TB, entries int, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range entries {
		w, err := z.Create(fmt.Sprintf(`a\%d`, i))
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(data []byte, limits ingest.Limits) ingest.File {
	return ingest.File{ReaderAt: bytes.NewReader(data), Size: int64(len(data)), Limits: limits}
}

func TestRead(t *testing.T) {
	a, err := Open(file(archive(t, 2, []byte("x")), ingest.DefaultLimits))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(a.Names()); got != "[a/0 a/1]" || !a.Has("a/1") || a.Has(`a\1`) || a.Size("a/0") != 1 {
		t.Error(got)
	}
	if data, err := a.All("a/1", 1); err != nil || string(data) != "x" {
		t.Error(data, err)
	}
	if _, err := a.All("a/1", 0); !fault.Is(err, "zipped.too-large") {
		t.Error(err)
	}
	if _, err := a.Open("b"); !fault.Is(err, "zipped.no-entry") {
		t.Error(err)
	}
}

func TestLimits(t *testing.T) {
	zeros := make([]byte, 20<<20)
	few := func(change func(*ingest.Limits)) ingest.Limits {
		l := ingest.DefaultLimits
		change(&l)
		return l
	}
	for name, c := range map[string]struct {
		data   []byte
		limits ingest.Limits
		key    string
	}{
		"bomb":     {archive(t, 1, zeros), few(func(l *ingest.Limits) { l.Ratio = 100 }), "zipped.bomb"},
		"unpacked": {archive(t, 1, zeros), few(func(l *ingest.Limits) { l.Unpacked = 1 << 20 }), "zipped.too-large"},
		"entries":  {archive(t, 11, nil), few(func(l *ingest.Limits) { l.Entries = 10 }), "zipped.too-many-entries"},
		"bytes":    {archive(t, 1, nil), few(func(l *ingest.Limits) { l.Bytes = 10 }), "file.too-large"},
		"cut":      {archive(t, 1, nil)[:40], ingest.DefaultLimits, "zipped.damaged"},
	} {
		a, err := Open(file(c.data, c.limits))
		if err == nil {
			var r io.ReadCloser
			if r, err = a.Open("a/0"); err == nil {
				_, err = io.Copy(io.Discard, r)
			}
		}
		if !fault.Is(err, c.key) {
			t.Errorf("%s: got %v, want %s", name, err, c.key)
		}
	}
	for _, data := range []string{"", "PK", "a,b\n1,2\n"} {
		if _, err := Open(file([]byte(data), ingest.DefaultLimits)); !errors.Is(err, ErrNotZip) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

// A password is asked for in the entry's flags.
func TestPassword(t *testing.T) {
	data := archive(t, 1, []byte("x"))
	at := bytes.LastIndex(data, []byte("PK\x01\x02"))
	data[at+8] |= 1
	a, err := Open(file(data, ingest.DefaultLimits))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Open("a/0"); !fault.Is(err, "zipped.password") {
		t.Error(err)
	}
}

// A directory that is said to be large is refused before it is read.
func TestDirectoryMemory(t *testing.T) {
	data := archive(t, 1, bytes.Repeat([]byte("PK\x01\x02 padding "), 1<<20))
	data = append(make([]byte, 0, len(data)), data...)
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	binary.LittleEndian.PutUint16(data[end+10:], 0xFFFF)
	binary.LittleEndian.PutUint32(data[end+12:], 0xFFFFFFF0)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Open(file(data, ingest.DefaultLimits))
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; fault.Of(err) == nil || n > 8<<20 {
		t.Errorf("%v, %d bytes", err, n)
	}
}
