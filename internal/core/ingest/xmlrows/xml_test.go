package xmlrows

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func fileOf(text string) ingest.File {
	return ingest.File{ReaderAt: strings.NewReader(text), Size: int64(len(text)), Limits: ingest.DefaultLimits}
}

// list reads a whole book as text: for each table its name and headings, then
// each record as line: cell|cell.
func list(b ingest.Book) (string, error) {
	var out strings.Builder
	for i, t := range b.Tables() {
		fmt.Fprintf(&out, "# %s: %s\n", t.Name, strings.Join(t.Header, "|"))
		g, err := b.Open(i)
		if err != nil {
			return "", err
		}
		var block ingest.Block
		for {
			c, err := g.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return "", err
			}
			c.Parse(&block)
			for r := range block.Records() {
				var row []string
				for c := range block.Cells(r) {
					row = append(row, string(block.Cell(r, c)))
				}
				fmt.Fprintf(&out, "%d: %s\n", block.Lines[r], strings.TrimRight(strings.Join(row, "|"), "|"))
			}
		}
	}
	for _, f := range b.Findings() {
		fmt.Fprintf(&out, "! %s %v\n", f.Key, f.Args)
	}
	return out.String(), nil
}

func read(f ingest.File, m *Mapping) (string, error) {
	b, err := Open(context.Background(), f, m)
	if err != nil {
		return "", err
	}
	return list(b)
}

func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(name, "xml") + "golden")
		if err != nil {
			t.Fatal(err)
		}
		got, err := read(fileOf(string(text)), nil)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
}

func TestPropose(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"one record", `<a><b><c>1</c><d>2</d></b></a>`, "# /a/b: c|d\n1: 1|2\n"},
		{"root is the record", `<a x="1"><c>2</c></a>`, "# /a: x|c\n1: 1|2\n"},
		{"leaves", `<a><b>1</b><b>2</b></a>`, "# /a/b: b\n1: 1\n1: 2\n"},
		{"text and attribute", "<a><b k='1'>x</b>\n<b k='2'>y</b></a>", "# /a/b: k|b\n1: 1|x\n2: 2|y\n"},
		{"names meet", `<a xmlns:p="u" xmlns:q="v"><b><p:n>1</p:n><q:n>2</q:n></b><b><q:n>3</q:n></b></a>`, "# /a/b: p:n|q:n\n1: 1|2\n1: |3\n"},
		{"headings meet", `<a><b n="1"><n>2</n></b><b/></a>`, "# /a/b: n|n (2)\n1: 1|2\n"},
		{"late", "<a><b><c>1</c></b><b><d><e>2</e></d></b></a>", "# /a/b: c|d.e\n1: 1\n1: |2\n"},
	} {
		if got, err := read(fileOf(c.text), nil); err != nil || got != c.want {
			t.Errorf("%s: %v\n got %q\nwant %q", c.name, err, got, c.want)
		}
	}
}

func TestMapping(t *testing.T) {
	text, err := os.ReadFile("testdata/hoso.xml")
	if err != nil {
		t.Fatal(err)
	}
	var m Mapping
	if err := json.Unmarshal([]byte(`{"record":"/DongBoHoSoMC/data/HoSo/DanhSachLePhi/LePhi","columns":[{"path":"Gia","heading":"Giá"},{"path":"Khac/@x","heading":"Khác"}]}`), &m); err != nil {
		t.Fatal(err)
	}
	want := "# /DongBoHoSoMC/data/HoSo/DanhSachLePhi/LePhi: Giá|Khác\n6: 20000\n6: 5000\n" +
		"! file.xml.absent [/DongBoHoSoMC/data/HoSo/DanhSachLePhi/LePhi Khac/@x]\n! file.xml.stray [/DongBoHoSoMC/data/HoSo/DanhSachLePhi/LePhi TenPhiLePhi]\n"
	if got, err := read(fileOf(string(text)), &m); err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	// A proposal that is kept reads the file as it did.
	all, err := Propose(t.Context(), fileOf(string(text)))
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	kept, err := json.Marshal(all[1])
	if err != nil {
		t.Fatal(err)
	}
	var again Mapping
	if err := json.Unmarshal(kept, &again); err != nil || !reflect.DeepEqual(again, all[1]) {
		t.Errorf("%s: %v %v", kept, again, err)
	}
	for _, m := range []Mapping{
		{}, {Record: "a", Columns: []Path{{"b", "b"}}}, {Record: "/a//b", Columns: []Path{{"b", "b"}}}, {Record: "/a"},
		{Record: "/a", Columns: []Path{{"b", "b"}, {"b", "c"}}}, {Record: "/a", Columns: []Path{{"@b/c", "b"}}},
		{Record: "/a", Columns: []Path{{"@", "b"}}}, {Record: "/a", Columns: []Path{{"", "b"}}}, {Record: "/a", Columns: []Path{{".", "b"}, {".", "c"}}},
	} {
		if _, err := Open(t.Context(), fileOf(string(text)), &m); !fault.Is(err, "file.xml.bad-path") {
			t.Errorf("%v: %v", m, err)
		}
	}
	if _, err := Open(t.Context(), fileOf(string(text)), &Mapping{"/DongBoHoSoMC/HoSo", []Path{{"b", "b"}}}); !fault.Is(err, "file.xml.record-missing") {
		t.Errorf("got %v", err)
	}
}

func TestEncodings(t *testing.T) {
	const body = `<a><b><c>Đỗ</c></b><b><c>x</c></b></a>`
	wide := func(e unicode.Endianness, mark unicode.BOMPolicy) string {
		text, err := unicode.UTF16(e, mark).NewEncoder().String(`<?xml version="1.0" encoding="UTF-16"?>` + body)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for name, text := range map[string]string{
		"mark":     "\uFEFF" + body,
		"declared": `<?xml version="1.0" encoding="utf-8"?>` + body,
		"LE":       wide(unicode.LittleEndian, unicode.UseBOM),
		"BE":       wide(unicode.BigEndian, unicode.UseBOM),
		"bare LE":  wide(unicode.LittleEndian, unicode.IgnoreBOM),
		"bare BE":  wide(unicode.BigEndian, unicode.IgnoreBOM),
		"1258":     `<?xml version="1.0" encoding="windows-1258"?>` + strings.Replace(body, "Đỗ", "\xD0\xF4\xDE", 1),
	} {
		if got, err := read(fileOf(text), nil); err != nil || got != "# /a/b: c\n1: Đỗ\n1: x\n" {
			t.Errorf("%s: %v %q", name, err, got)
		}
	}
}

func TestRefused(t *testing.T) {
	small := ingest.Limits{Bytes: 8 << 20, Rows: 2, Columns: 3, Tables: 1, RecordBytes: 2000}
	many := ""
	for i := range 200 {
		many += fmt.Sprintf("<c%d/>", i)
	}
	for _, c := range []struct {
		text   string
		limits ingest.Limits
		key    string
		line   any
	}{
		{"", ingest.DefaultLimits, "file.xml.not", nil},
		{"a,b", ingest.DefaultLimits, "file.xml.not", nil},
		{"<!-- x -->", ingest.DefaultLimits, "file.xml.not", nil},
		{"<html><body>x</body></html>", ingest.DefaultLimits, "file.xml.html", nil},
		{"\n<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", ingest.DefaultLimits, "file.xml.dtd", int64(2)},
		{"<a>\n<b>&x;</b></a>", ingest.DefaultLimits, "file.xml.entity", int64(2)},
		{"<a>\n<b>x & y</b></a>", ingest.DefaultLimits, "file.xml.entity", int64(2)},
		{"<a>\n<b>1", ingest.DefaultLimits, "file.xml.truncated", int64(2)},
		{"<a>\n<b>1</a>", ingest.DefaultLimits, "file.xml.mismatch", int64(2)},
		{"<a>\n<b c=1/></a>", ingest.DefaultLimits, "file.xml.syntax", int64(2)},
		{"<a>\n<b>\x01</b></a>", ingest.DefaultLimits, "file.xml.control", int64(2)},
		{"<a>\n<b>\xff</b></a>", ingest.DefaultLimits, "file.xml.encoding", int64(2)},
		{`<?xml version="1.0" encoding="tcvn-x"?><a/>`, ingest.DefaultLimits, "file.xml.charset", "tcvn-x"},
		{"<a/>\n<b/>", ingest.DefaultLimits, "file.xml.outside-root", int64(2)},
		{"<a/>\nx", ingest.DefaultLimits, "file.xml.outside-root", int64(2)},
		{strings.Repeat("<a>", 300), ingest.DefaultLimits, "file.xml.too-deep", int64(1)},
		{"<a>" + strings.Repeat("<b><c>1</c></b>", 3) + "</a>", small, "file.xml.too-many-rows", "/a/b"},
		{"<a><b c='1'/><b/><d e='1'/><d/></a>", small, "file.xml.too-many-tables", 2},
		{"<a><b c='1' d='1' e='1' f='1'/><b/></a>", small, "file.too-many-columns", 4},
		{"<a>" + many + "</a>", small, "file.xml.too-many-names", int64(1)},
		{"<a><!--" + strings.Repeat("x", 7<<20), small, "file.xml.token-too-long", int64(1)},
		{"<a><b c='" + strings.Repeat("x", 7<<20), small, "file.xml.token-too-long", int64(1)},
		{"<a>" + strings.Repeat("<b><c>"+strings.Repeat("<d/>", 1000)+"</c></b>", 2) + "</a>", small, "file.xml.record-too-long", int64(1)},
		{strings.Repeat(" ", 9<<20), small, "file.too-large", nil},
	} {
		f := fileOf(c.text)
		f.Limits = c.limits
		_, err := read(f, nil)
		got := fault.Of(err)
		if got == nil || got.Key != c.key || c.line != nil && got.Args[0] != c.line {
			t.Errorf("%.40q: %v, want %s %v", c.text, err, c.key, c.line)
		}
	}
	if _, err := read(fileOf("a,b"), nil); !errors.Is(err, ErrNotXML) {
		t.Errorf("got %v", err)
	}
}

// FuzzOpen: nothing panics, what is refused is refused with a fault, and a
// proposal that is kept reads what Open reads without one.
func FuzzOpen(f *testing.F) {
	for _, s := range []string{`<a><b c="1">x</b><b/></a>`, `<?xml version="1.0" encoding="windows-1258"?><a xmlns:p="u"><p:b/></a>`, "\xff\xfe<\x00a\x00/\x00>\x00",
		`<a><b><c><d>1</d><d>2</d></c></b><b>t</b></a>`, `<!DOCTYPE a><a/>`, `<a>&#1;</a>`, `<a><x:b xmlns:x="1"/><x:b xmlns:x="2" x:c="3"/></a>`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := ingest.File{ReaderAt: bytes.NewReader(text), Size: int64(len(text)), Limits: ingest.DefaultLimits}
		whole, err := read(file, nil)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("no fault: %v", err)
			}
			return
		}
		all, err := Propose(context.Background(), file)
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			part, err := read(file, &all[i])
			if err != nil {
				t.Fatalf("%+v: %v", all[i], err)
			}
			head, _, _ := strings.Cut(part, "\n! ")
			if !strings.Contains(whole, strings.TrimSuffix(head, "\n")) {
				t.Fatalf("%+v: %q is not in %q", all[i], head, whole)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	text := "<DanhSach>" + strings.Repeat("<CongDan><SoDinhDanh>000000000001</SoDinhDanh><HoVaTen><Ho>Nguyễn</Ho><Ten>Mẫu</Ten></HoVaTen><GioiTinh>1</GioiTinh></CongDan>\n", 50_000) + "</DanhSach>"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		book, err := Open(b.Context(), fileOf(text), nil)
		if err != nil {
			b.Fatal(err)
		}
		g, err := book.Open(0)
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = g.Next()
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
}
