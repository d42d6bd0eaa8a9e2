package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/ulikunitz/xz/lzma"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A member is a file to be put into an archive.
type member struct{ name, body string }

func fileOf(t testing.TB, name string, data []byte) ingest.File {
	t.Helper()
	return ingest.File{ReaderAt: bytes.NewReader(data), Size: int64(len(data)), Name: name, Temp: t.TempDir(), Limits: ingest.DefaultLimits}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func zipOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		e, err := w.Create(m.name)
		must(t, err)
		_, err = io.WriteString(e, m.body)
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

func tarOf(t testing.TB, headers ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		must(t, w.WriteHeader(h))
		_, err := io.WriteString(w, strings.Repeat("x", int(h.Size)))
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

func gzOf(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name = name
	_, err := w.Write(data)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

// rarOf writes a RAR 4 archive of files that are stored, not packed.
func rarOf(flags uint16, members ...member) []byte {
	out := []byte("Rar!\x1A\x07\x00")
	block := func(kind byte, flags uint16, rest []byte) {
		h := []byte{kind}
		h = binary.LittleEndian.AppendUint16(h, flags)
		h = binary.LittleEndian.AppendUint16(h, uint16(7+len(rest)))
		h = append(h, rest...)
		out = binary.LittleEndian.AppendUint16(out, uint16(crc32.ChecksumIEEE(h)))
		out = append(out, h...)
	}
	volume := flags >> 1 & 1 // the file goes on in the next part
	block(0x73, volume, make([]byte, 6))
	for _, m := range members {
		var h []byte
		h = binary.LittleEndian.AppendUint32(h, uint32(len(m.body)))
		h = binary.LittleEndian.AppendUint32(h, uint32(len(m.body)))
		h = append(h, 2)
		h = binary.LittleEndian.AppendUint32(h, crc32.ChecksumIEEE([]byte(m.body)))
		h = append(h, 0, 0, 0x21, 0, 20, 0x30)
		h = binary.LittleEndian.AppendUint16(h, uint16(len(m.name)))
		h = append(h, 0x20, 0, 0, 0)
		block(0x74, 0x8000|flags, append(h, m.name...))
		out = append(out, m.body...)
	}
	block(0x7B, 0x4000|volume, nil)
	return out
}

// sevenZipOf writes a 7z archive of files that are stored, and claims that it
// holds so many.
func sevenZipOf(claimed uint64, members ...member) []byte {
	number := func(n uint64) []byte {
		if n < 0x80 {
			return []byte{byte(n)}
		}
		return binary.LittleEndian.AppendUint64([]byte{0xFF}, n)
	}
	var body, names, sums, sizes []byte
	for i, m := range members {
		body = append(body, m.body...)
		sums = binary.LittleEndian.AppendUint32(sums, crc32.ChecksumIEEE([]byte(m.body)))
		if i < len(members)-1 {
			sizes = append(sizes, number(uint64(len(m.body)))...)
		}
		for _, u := range append(utf16.Encode([]rune(m.name)), 0) {
			names = binary.LittleEndian.AppendUint16(names, u)
		}
	}
	n := number(uint64(len(members)))
	h := []byte{0x01, 0x04, 0x06, 0, 1, 0x09}
	h = append(append(h, number(uint64(len(body)))...), 0)
	h = append(h, 0x07, 0x0B, 1, 0, 1, 1, 0, 0x0C)
	h = append(append(h, number(uint64(len(body)))...), 0)
	h = append(append(h, 0x08, 0x0D), n...)
	if len(sizes) > 0 {
		h = append(append(h, 0x09), sizes...)
	}
	h = append(append(h, 0x0A, 1), sums...)
	h = append(h, 0, 0, 0x05)
	h = append(append(h, number(claimed)...), 0x11)
	h = append(append(append(h, number(uint64(1+len(names)))...), 0), names...)
	h = append(h, 0, 0)

	return sevenZipFrom(body, h)
}

// packedSevenZipOf writes the same with its header packed by LZMA, as programs
// do.
func packedSevenZipOf(t testing.TB, claimed uint64, members ...member) []byte {
	plain := sevenZipOf(claimed, members...)
	at := 32 + binary.LittleEndian.Uint64(plain[12:])
	body, h := plain[32:at], plain[at:]
	var packed bytes.Buffer
	w, err := lzma.WriterConfig{SizeInHeader: true, Size: int64(len(h))}.NewWriter(&packed)
	must(t, err)
	_, err = w.Write(h)
	must(t, err)
	must(t, w.Close())
	props, stream := packed.Bytes()[:5], packed.Bytes()[13:]
	number := func(n int) []byte { return binary.LittleEndian.AppendUint64([]byte{0xFF}, uint64(n)) }
	e := append(append([]byte{0x17, 0x06}, number(len(body))...), 1, 0x09)
	e = append(append(e, number(len(stream))...), 0, 0x07, 0x0B, 1, 0, 1, 0x23, 3, 1, 1, 5)
	e = append(append(append(append(e, props...), 0x0C), number(len(h))...), 0, 0)
	return sevenZipFrom(append(append([]byte{}, body...), stream...), e)
}

func sevenZipFrom(body, h []byte) []byte {
	start := binary.LittleEndian.AppendUint64(nil, uint64(len(body)))
	start = binary.LittleEndian.AppendUint64(start, uint64(len(h)))
	start = binary.LittleEndian.AppendUint32(start, crc32.ChecksumIEEE(h))
	out := append([]byte("7z\xBC\xAF\x27\x1C\x00\x04"), binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(start))...)
	return append(append(append(out, start...), body...), h...)
}

func TestUnpack(t *testing.T) {
	two := []member{{"xã Ân Thi/hộ.csv", "a,b\n1,2\n"}, {"x.txt", strings.Repeat("dòng\n", 1000)}}
	for _, c := range []struct {
		name   string
		format Format
		data   []byte
	}{
		{"zip", Zip, zipOf(t, two...)},
		{"rar", Rar, rarOf(0, member{"xa/ho.csv", two[0].body}, two[1])},
		{"7z", SevZ, sevenZipOf(2, two...)},
		{"7z with a packed header", SevZ, packedSevenZipOf(t, 2, two...)},
		{"tar", Tar, tarOf(t, &tar.Header{Name: "xa/", Typeflag: tar.TypeDir}, &tar.Header{Name: "xa/ho.csv", Size: 8}, &tar.Header{Name: "x.txt", Size: 5})},
		{"tar.gz", Gzip, gzOf(t, "", tarOf(t, &tar.Header{Name: "xa/ho.csv", Size: 8}, &tar.Header{Name: "x.txt", Size: 5}))},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fileOf(t, "tệp."+c.name, c.data)
			u, err := Unpack(t.Context(), f, c.format, NewBudget(f.Limits))
			if err != nil {
				t.Fatal(err)
			}
			if len(u.Entries) != 2 || !strings.HasSuffix(u.Entries[0].Path, ".csv") || u.Entries[1].Name != "x.txt" {
				t.Fatalf("entries %+v", u.Entries)
			}
			body, err := io.ReadAll(u.Entries[0].All())
			if err != nil || len(body) != 8 {
				t.Errorf("%q, %v", body, err)
			}
			must(t, u.Close())
			nothingIn(t, f.Temp)
		})
	}
	f := fileOf(t, "bảng.csv.GZ", gzOf(t, "", []byte("a,b\n")))
	u, err := Unpack(t.Context(), f, Gzip, NewBudget(f.Limits))
	if err != nil || len(u.Entries) != 1 || u.Entries[0].Path != "bảng.csv" {
		t.Fatalf("%+v %v", u, err)
	}
	must(t, u.Close())
}

func nothingIn(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestUnpack_refused(t *testing.T) {
	zeros := strings.Repeat("\x00", 40<<20)
	many := make([]member, 40)
	for i := range many {
		many[i] = member{strings.Repeat("x", i+1), ""}
	}
	small := func(l *ingest.Limits) { l.Unpacked = 1000 }
	few := func(l *ingest.Limits) { l.Entries = 30 }
	tight := func(l *ingest.Limits) { l.Ratio = 100 }
	locked := zipOf(t, member{"a.csv", "a"})
	for _, at := range []int{6, bytes.Index(locked, []byte("PK\x01\x02")) + 8} {
		locked[at] |= 1
	}
	method := zipOf(t, member{"a.csv", "a"})
	for _, at := range []int{8, bytes.Index(method, []byte("PK\x01\x02")) + 10} {
		method[at] = 9
	}
	packed7z := []byte("7z\xBC\xAF\x27\x1C\x00\x04")
	for _, c := range []struct {
		name   string
		format Format
		data   []byte
		limit  func(*ingest.Limits)
		key    string
	}{
		{"zip bomb", Zip, zipOf(t, member{"a", zeros}), tight, "archive.bomb"},
		{"gz bomb", Gzip, gzOf(t, "", []byte(zeros)), tight, "archive.bomb"},
		{"many small bombs", Zip, zipOf(t, member{"a", zeros[:8<<20]}, member{"b", zeros[:8<<20]}), tight, "archive.bomb"},
		{"too large", Zip, zipOf(t, member{"a", zeros[:2000]}), small, "archive.too-large"},
		{"too large, two files", Tar, tarOf(t, &tar.Header{Name: "a", Size: 600}, &tar.Header{Name: "b", Size: 600}), small, "archive.too-large"},
		{"too many files", Zip, zipOf(t, many...), few, "archive.too-many-entries"},
		{"too many folders", Tar, tarOf(t, repeat(&tar.Header{Name: "a/", Typeflag: tar.TypeDir}, 31)...), few, "archive.too-many-entries"},
		{"a directory that is longer than it says", Zip, longDirectory(), few, "archive.too-many-entries"},
		{"7z with a claim of files", SevZ, sevenZipOf(1<<31, member{"a", "b"}), nil, "archive.too-many-entries"},
		{"7z with a claim of files in a packed header", SevZ, packedSevenZipOf(t, 1<<31, member{"a", "b"}), nil, "archive.too-many-entries"},
		{"7z with more files than allowed", SevZ, sevenZipOf(40, many...), few, "archive.too-many-entries"},
		{"zip with a password", Zip, locked, nil, "archive.password"},
		{"rar with a password", Rar, rarOf(4, member{"a", "b"}), nil, "archive.password"},
		{"zip of an unknown method", Zip, method, nil, "archive.method"},
		{"cut zip", Zip, locked[:40], nil, "archive.damaged"},
		{"cut gz", Gzip, gzOf(t, "", []byte(strings.Repeat("ab", 5000)))[:30], nil, "archive.damaged"},
		{"cut rar", Rar, rarOf(0, member{"a", strings.Repeat("x", 500)})[:100], nil, "archive.damaged"},
		{"cut 7z", SevZ, packed7z, nil, "archive.damaged"},
		{"rar, first of several parts", Rar, rarOf(2, member{"a", "b"}), nil, "archive.volumes"},
		{"wrong sum", Rar, bytes.Replace(rarOf(0, member{"a", "số liệu"}), []byte("số liệu"), []byte("số liệU"), 1), nil, "archive.damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fileOf(t, "x", c.data)
			if c.limit != nil {
				c.limit(&f.Limits)
			}
			u, err := Unpack(t.Context(), f, c.format, NewBudget(f.Limits))
			if !fault.Is(err, c.key) || u != nil {
				t.Errorf("got %v, want %s", err, c.key)
			}
			nothingIn(t, f.Temp)
		})
	}
}

func repeat(h *tar.Header, n int) []*tar.Header {
	out := make([]*tar.Header, n)
	for i := range out {
		out[i] = h
	}
	return out
}

// longDirectory is a zip archive whose end says that its directory has one
// entry, while 100,000 lie there: package zip would read them all.
func longDirectory() []byte {
	entry := make([]byte, 46)
	copy(entry, "PK\x01\x02")
	out := bytes.Repeat(entry, 100_000)
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	binary.LittleEndian.PutUint16(end[8:], 1)
	binary.LittleEndian.PutUint16(end[10:], 1)
	binary.LittleEndian.PutUint32(end[12:], uint32(len(out)))
	return append(out, end...)
}

// Names of an archive never become names of files, and links, devices and
// litter are left out.
func TestUnpack_names(t *testing.T) {
	data := tarOf(t,
		&tar.Header{Name: "../../etc/passwd", Size: 3},
		&tar.Header{Name: "/etc/cron.d/x", Size: 3},
		&tar.Header{Name: `C:\Windows\x.csv`, Size: 3},
		&tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		&tar.Header{Name: "dev", Typeflag: tar.TypeBlock},
		&tar.Header{Name: "__MACOSX/._a.csv", Size: 3},
		&tar.Header{Name: "~$a.xlsx", Size: 3},
		&tar.Header{Name: "a\u202exslx.exe", Size: 3},
		&tar.Header{Name: strings.Repeat("đ", 300), Size: 3},
	)
	f := fileOf(t, "x.tar", data)
	u, err := Unpack(t.Context(), f, Tar, NewBudget(f.Limits))
	if err != nil {
		t.Fatal(err)
	}
	var got, found []string
	for _, e := range u.Entries {
		got = append(got, e.Path)
	}
	for _, n := range u.Findings {
		found = append(found, n.Key+" "+n.Args[0].(string))
	}
	if want := []string{"etc/passwd", "etc/cron.d/x", "Windows/x.csv", "axslx.exe", "…" + strings.Repeat("đ", 120)}; !reflect.DeepEqual(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	if want := []string{"archive.odd-path etc/passwd", "archive.odd-path etc/cron.d/x", "archive.odd-path Windows/x.csv", "archive.link link", "archive.link dev"}; !reflect.DeepEqual(found, want) {
		t.Errorf("findings %q, want %q", found, want)
	}
	dirs, err := os.ReadDir(f.Temp)
	must(t, err)
	if len(dirs) != 1 || !strings.HasPrefix(dirs[0].Name(), "unpacked-") {
		t.Errorf("written: %v", dirs)
	}
	must(t, u.Close())
	nothingIn(t, f.Temp)
}

func TestLegacyName(t *testing.T) {
	for raw, want := range map[string]string{
		"bao cao.csv":                "bao cao.csv",
		"Báo cáo.csv":                "Báo cáo.csv",
		"caf\x82.csv":                "café.csv", // code page 437
		"B\xb8o c\xb8o T\xaa hé.csv": "",         // mixed: only that it is text
	} {
		got := legacyName(raw)
		if want != "" && got != want || got == "" || !strings.HasSuffix(got, ".csv") {
			t.Errorf("legacyName(%q) = %q, want %q", raw, got, want)
		}
	}
}

// Cancelling stops the unpacking, and one budget holds for all archives.
func TestUnpack_cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := fileOf(t, "x.zip", zipOf(t, member{"a", "b"}))
	if _, err := Unpack(ctx, f, Zip, NewBudget(f.Limits)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	nothingIn(t, f.Temp)
	f.Limits.Unpacked = 3
	shared := NewBudget(f.Limits)
	for i := range 4 {
		u, err := Unpack(t.Context(), f, Zip, shared)
		if (i == 3) != fault.Is(err, "archive.too-large") || i < 3 && err != nil {
			t.Errorf("%d: %v", i, err)
		}
		if u != nil {
			must(t, u.Close())
		}
	}
}

// FuzzUnpack: no archive makes unpacking panic, leave files behind or write more
// than is allowed.
func FuzzUnpack(f *testing.F) {
	two := []member{{"a.csv", "a,b\n"}, {"b/c.txt", "xyz"}}
	f.Add(zipOf(f, two...), 0)
	f.Add(sevenZipOf(2, two...), 1)
	f.Add(packedSevenZipOf(f, 2, two...), 1)
	f.Add(rarOf(0, two...), 2)
	f.Add(tarOf(f, &tar.Header{Name: "a", Size: 3}), 3)
	f.Add(gzOf(f, "a", []byte("abc")), 4)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		formats := []Format{Zip, SevZ, Rar, Tar, Gzip}
		file := fileOf(t, "x", data)
		file.Limits.Unpacked, file.Limits.Entries = 1<<20, 100
		u, err := Unpack(t.Context(), file, formats[uint(n)%5], NewBudget(file.Limits))
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("no sentence for %v", err)
			}
			return
		}
		var all int64
		for _, e := range u.Entries {
			all += e.Size
		}
		if all > 1<<20 || len(u.Entries) > 100 {
			t.Errorf("%d bytes in %d files", all, len(u.Entries))
		}
		if err := u.Close(); err != nil {
			t.Error(err)
		}
	})
}
