package jsonrows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

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
				var cells []string
				for c := range block.Cells(r) {
					cells = append(cells, string(block.Cell(r, c)))
				}
				if block.Broken[r] != ingest.Sound {
					fmt.Fprintf(&out, "broken %d ", block.Broken[r])
				}
				fmt.Fprintf(&out, "%d: %s\n", block.Lines[r], strings.Join(cells, "|"))
			}
		}
	}
	for _, f := range b.Findings() {
		fmt.Fprintf(&out, "! %s %v\n", f.Key, f.Args)
	}
	return out.String(), nil
}

func read(t *testing.T, text string) string {
	t.Helper()
	b, err := Open(t.Context(), fileOf(text))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	got, err := list(b)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestOpen(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"array", `[{"a":1,"b":"x"},{"b":"y","c":true}]`, "# : a|b|c\n1: 1|x|\n1: |y|true\n"},
		{"late members", "[{\"a\":1},\n{\"z\":{\"y\":2}}]", "# : a|z.y\n1: 1|\n2: |2\n"},
		{"lines", "{\"a\":1}\n\n{\"a\":null,\"b\":[1, 2]}\r\n{}\n", "# : a|b\n1: 1|\n3: |[1,2]\n"},
		{"no line ends", `{"a":1}{"a":2} {"a":3}`, "# : a\n1: 1\n1: 2\n1: 3\n"},
		{"sequence", "\x1e{\"a\":1}\n\x1e{\"a\":2}\n", "# : a\n1: 1\n2: 2\n"},
		{"one object", ` {"a":{"b":"c","d":{"e":[1, {}]}}}`, "# : a.b|a.d.e\n1: c|[1,{}]\n"},
		{"data", `{"tong":2,"data":[{"a":1},
			{"a":2}],"trang":{"so":1}}`, "# data: a\n1: 1\n2: 2\n! file.json.outside [tong, trang.so 2]\n"},
		{"two tables", `{"result":{"items":[{"a":1}],"more":[{"b":2}]},"none":[]}`, "# result.items: a\n1: 1\n# result.more: b\n1: 2\n"},
		{"numbers", `[{"a":1.234,"b":-0,"c":1e3,"d":1.5E-2,"e":12345678901234567890.1,"f":1e999,"g":0.001,"h":12.5e-4}]`,
			"# : a|b|c|d|e|f|g|h\n1: 1.2340|-0|1000|0.0150|12345678901234567890.1|1e999|0.0010|0.00125\n"},
		{"escapes", `[{"a\u0061":"\u0110\"\\\n\ud83d\ude00\/"}]`, "# : aa\n1: Đ\"\\\n😀/\n"},
		{"bom", "\uFEFF[{\"a\":1}]", "# : a\n1: 1\n"},
		{"mixed kinds", `[{"a":null},{"a":{"b":1}},{"a":2},{"a":[{"b": "x  y"}]}]`, "# : a|a.b\n1: |1\n1: 2|\n1: [{\"b\":\"x  y\"}]|\n"},
		{"null and object", `[{"a":null,"c":1},{"a":{"b":1}}]`, "# : c|a.b\n1: 1|\n1: |1\n"},
		{"names meet", `[{"a.b":1,"a":{"b":2}}]`, "# : a.b|a.b (2)\n1: 1|2\n! file.json.renamed [a.b (2)]\n"},
		{"deep", `[{"a":{"b":{"c":{"d":{"e":{"f":1}}}}}}]`, "# : a.b.c.d.e\n1: {\"f\":1}\n"},
		{"features", `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::9210"}},"features":[
{"type":"Feature","geometry":{"type":"Point","coordinates":[106.0, 20.9]},"properties":{"ten":"Trạm","id":7},"id":"n1"},
{"type":"Feature","bbox":[1],"properties":null,"geometry":null}]}`,
			"# features: feature.id|ten|id|geometry\n2: n1|Trạm|7|{\"type\":\"Point\",\"coordinates\":[106.0,20.9]}\n! file.json.crs [urn:ogc:def:crs:EPSG::9210]\n"},
		{"feature lines", "{\"type\":\"Feature\",\"id\":1,\"properties\":{\"x\":{\"y\":1}},\"geometry\":null}\n{\"type\":\"Feature\",\"properties\":{\"z\":2},\"geometry\":{\"type\":\"Point\"}}",
			"# : id|x.y|z|geometry\n1: 1|1||\n2: ||2|{\"type\":\"Point\"}\n"},
		{"no feature", `[{"type":"Đường","properties":{"a":1},"geometry":{"b":2}}]`, "# : type|properties.a|geometry.b\n1: Đường|1|2\n"},
		{"one feature", `{"type":"Feature","id":1,"properties":{"a":2},"geometry":{"type":"Point"}}`, "# : id|a|geometry\n1: 1|2|{\"type\":\"Point\"}\n"},
	} {
		if got := read(t, c.text); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestUTF16(t *testing.T) {
	const text = "[{\"tên\":\"Đỗ\"},\n{\"tên\":\"😀\"}]"
	for _, e := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
		for _, mark := range []unicode.BOMPolicy{unicode.UseBOM, unicode.IgnoreBOM} {
			wide, err := unicode.UTF16(e, mark).NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := read(t, wide), "# : tên\n1: Đỗ\n2: 😀\n! file.json.utf16 []\n"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	for _, c := range []struct {
		text, key string
		args      []any
	}{
		{"", "file.json.no-records", nil},
		{" \n", "file.json.no-records", nil},
		{"[]", "file.json.no-records", nil},
		{`{"data":[]}`, "file.json.no-records", nil},
		{"a,b\n1,2\n", "file.json.not-records", []any{int64(1), int64(1)}},
		{`"text"`, "file.json.not-records", []any{int64(1), int64(1)}},
		{"// x\n[]", "file.json.comment", []any{int64(1), int64(1)}},
		{"[{\"a\":1},\n/* Đ */{\"a\":2}]", "file.json.comment", []any{int64(2), int64(1)}},
		{"[{\"a\":1,\n \"Đ\":'x'}]", "file.json.single-quote", []any{int64(2), int64(6)}},
		{"[{'a':1}]", "file.json.single-quote", []any{int64(1), int64(3)}},
		{"[{“a”:1}]", "file.json.curly-quote", []any{int64(1), int64(3)}},
		{"[{a:1}]", "file.json.bare-name", []any{int64(1), int64(3)}},
		{"[{\"a\":1,}]", "file.json.trailing-comma", []any{int64(1), int64(9)}},
		{"[{\"a\":1},]", "file.json.trailing-comma", []any{int64(1), int64(10)}},
		{"[{\"a\":1 \"b\":2}]", "file.json.missing-comma", []any{int64(1), int64(9)}},
		{"[{\"a\":01}]", "file.json.number", []any{int64(1), int64(7)}},
		{"[{\"a\":1.}]", "file.json.number", []any{int64(1), int64(7)}},
		{"[{\"a\":NaN}]", "file.json.word", []any{int64(1), int64(7)}},
		{"[{\"a\":True}]", "file.json.word", []any{int64(1), int64(7)}},
		{"[{\"a\":\"x\ny\"}]", "file.json.control", []any{int64(1), int64(9)}},
		{`[{"a":"\x"}]`, "file.json.escape", []any{int64(1), int64(8)}},
		{`[{"a":"\ud800"}]`, "file.json.escape", []any{int64(1), int64(8)}},
		{"[{\"a\":\"\xff\"}]", "file.json.encoding", []any{int64(1), int64(8)}},
		{`[{"a":1,"\u0061":2}]`, "file.json.duplicate", []any{int64(1), int64(9), "a"}},
		{"{\"x\":1,\"a\":[{\"b\":[{\"c\":1,\n\"c\":2}]}]}", "file.json.duplicate", []any{int64(2), int64(1), "c"}},
		{"{\"a\":1,\n\"a\":[{}]}", "file.json.duplicate", []any{int64(2), int64(1), "a"}},
		{"{\"a\":1}\n{\"a\":", "file.json.truncated", []any{int64(2)}},
		{"[{\"a\":1},\n{\"a\":2}", "file.json.truncated", []any{int64(2)}},
		{"[{\"a\":\"", "file.json.truncated", []any{int64(1)}},
		{"[{\"a\":1}] x", "file.json.trailing", []any{int64(1), int64(11)}},
		{"{\"a\":[{\"b\":1}]},", "file.json.trailing", []any{int64(1), int64(16)}},
		{"{\"a\":1},{\"a\":2}", "file.json.trailing", []any{int64(1), int64(8)}},
		{"[{\"a\":1},null]", "file.json.not-object", []any{int64(1), int64(10)}},
		{"[1,2]", "file.json.not-object", []any{int64(1), int64(2)}},
		{"{\"a\":1}\n{\"a\":2}\n3", "file.json.not-object", []any{int64(3), int64(1)}},
		{"[{\"a\";1}]", "file.json.syntax", []any{int64(1), int64(6), ";"}},
		{"[{\"a\":" + deep + "}]", "file.json.too-deep", []any{int64(1), 200}},
	} {
		b, err := Open(t.Context(), fileOf(c.text))
		f := fault.Of(err)
		if f == nil {
			t.Errorf("%.40q: %v, %v", c.text, b, err)
			continue
		}
		if f.Key != c.key || len(f.Args)+len(c.args) > 0 && !reflect.DeepEqual(f.Args, c.args) {
			t.Errorf("%.40q: %s %v %#v, want %s %v", c.text, f.Key, f.Args, f.Args, c.key, c.args)
		}
	}
	if _, err := Open(t.Context(), fileOf("a,b")); !errors.Is(err, ErrNotJSON) {
		t.Errorf("got %v, want %v", err, ErrNotJSON)
	}
}

func TestLimits(t *testing.T) {
	var wide strings.Builder
	for i := range 30 {
		fmt.Fprintf(&wide, "{\"a%d\":1}\n", i)
	}
	limits := ingest.Limits{Bytes: 10 << 20, Rows: 3, Columns: 20, Tables: 2, RecordBytes: 2000}
	for text, key := range map[string]string{
		wide.String(): "file.json.too-many-rows",
		strings.ReplaceAll(wide.String(), "\n", ""):                                                      "file.json.too-many-rows",
		"[{" + strings.Trim(strings.NewReplacer("{", "", "}\n", ",").Replace(wide.String()), ",") + "}]": "file.json.too-many-columns",
		`{"a":[{"a":1}],"b":[{"a":1}],"c":[{"a":1}]}`:                                                    "file.json.too-many-tables",
		`[{"a":"` + strings.Repeat("x", 3000) + `"}]`:                                                    "file.json.record-too-long",
		`[{"a":"` + strings.Repeat("x", 9<<20):                                                           "file.json.record-too-long",
		`{"a":"` + strings.Repeat("x", 9<<20) + `","b":[{"c":1}]}`:                                       "file.json.record-too-long",
		strings.Repeat(`{"a":1}`, 2<<20):                                                                 "file.too-large",
		`[{"a":1},` + strings.Repeat(" ", 5<<20) + `{"a":2},{"a":3}]`:                                    "",
		`[{"a":1},` + strings.Repeat("\n", 5<<20) + `{"a":2},{"a":3}` + "]":                              "",
	} {
		f := fileOf(text)
		f.Limits = limits
		b, err := Open(t.Context(), f)
		if key == "" && err == nil {
			var got string
			if got, err = list(b); err == nil && strings.Count(got, "\n") != 4 {
				t.Errorf("%.40q: %q", text, got)
			}
		}
		if key == "" && err != nil || key != "" && !fault.Is(err, key) {
			t.Errorf("%.40q: %v, want %q", text, err, key)
		}
	}
}

// TestCut: how a text is cut makes no difference.
func TestCut(t *testing.T) {
	text := `{"x":{"y":[{"a":"\u0110Đ","b":{"c":[1, {"d":"}"}]}},` + "\n" + `{"a":1.234, "e":"\\"},{"a":"{\"","b":{"c":null}}]}}`
	want := read(t, text)
	for chunk := 1; chunk < 120; chunk++ {
		b, err := open(t.Context(), fileOf(text), chunk)
		if err != nil {
			t.Fatalf("cut by %d: %v", chunk, err)
		}
		if got, err := list(b); err != nil || got != want {
			t.Fatalf("cut by %d: %v\n%s\nwant\n%s", chunk, err, got, want)
		}
	}
}

// FuzzOpen: what encoding/json refuses is refused, nothing panics, cutting makes
// no difference, and cells of a flat record are what encoding/json reads.
func FuzzOpen(f *testing.F) {
	for _, s := range []string{`[{"a":1}]`, "{\"a\":1}\n{\"b\":2}", `{"d":[{"a":{"b":"\ud83d\ude00"}}],"e":[]}`, "\x1e{}\n", "\xff\xfe[\x00", "\uFEFF{}",
		`{"type":"FeatureCollection","features":[{"type":"Feature","id":1,"properties":{"a":1},"geometry":null}]}`, `[{"a":1,"a":2}]`, `[{"a":1e400}]`, `[{'a':1}]`, "[{\"a\":\"\\\"}]"} {
		f.Add([]byte(s), 7)
	}
	f.Add([]byte(`[{"a":"x","b":"\u0110\\"},{"b":" ","c":"/"}, {"c":""},{"a":"\t"},{"a":"y"}]`), 2)
	f.Add([]byte("\x00{ \x1c"), 1)
	f.Add([]byte("[{“a”:1}]"), 1)
	f.Fuzz(func(t *testing.T, text []byte, chunk int) {
		chunk = 1 + (chunk&0x7FFFFFFF)%300
		file := ingest.File{ReaderAt: bytes.NewReader(text), Size: int64(len(text)), Limits: ingest.DefaultLimits}
		whole, err := Open(t.Context(), file)
		cut, cutErr := open(t.Context(), file, chunk)
		if (err == nil) != (cutErr == nil) {
			t.Fatalf("cut by %d: %v, else %v", chunk, cutErr, err)
		}
		if err != nil {
			if fault.Of(err) == nil || err.Error() != cutErr.Error() {
				t.Fatalf("cut by %d: %v, else %v", chunk, cutErr, err)
			}
			return
		}
		want, err := list(whole)
		if err != nil {
			t.Fatal(err)
		}
		got, err := list(cut)
		if err != nil || got != want || strings.Contains(got, "\nbroken") {
			t.Fatalf("cut by %d: %v\n%s\n%s", chunk, err, got, want)
		}
		if text[0] == '[' && !json.Valid(text) && !whole.(*book).form.wide {
			t.Fatalf("encoding/json refuses %q", text)
		}
		compare(t, text, whole.(*book))
	})
}

// compare holds the cells of an array of flat records of text against what
// encoding/json reads.
func compare(t *testing.T, text []byte, b *book) {
	var records []map[string]string
	if json.Unmarshal(text, &records) != nil || len(b.tables) != 1 || b.tables[0].columns.geo || bytes.Contains(text, []byte("null")) {
		return
	}
	g, err := b.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	next := 0
	var block ingest.Block
	for {
		c, err := g.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		c.Parse(&block)
		for r := range block.Records() {
			for next < len(records) && blank(records[next]) {
				next++
			}
			if next == len(records) {
				t.Fatalf("more than %d records in %q", len(records), text)
			}
			for i, h := range b.tables[0].Header {
				if got := string(block.Cell(r, i)); got != records[next][h] {
					t.Fatalf("record %d, %q: %q, want %q", next, h, got, records[next][h])
				}
			}
			next++
		}
	}
	for _, left := range records[next:] {
		if !blank(left) {
			t.Fatalf("%v is missing", left)
		}
	}
}

func blank(record map[string]string) bool {
	for _, v := range record {
		if strings.TrimSpace(v) != "" {
			return false
		}
	}
	return true
}

func TestOSM(t *testing.T) {
	path := os.Getenv("PHOHIEN_GEOJSON")
	if path == "" {
		t.Skip("PHOHIEN_GEOJSON names no file")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.3000s", read(t, string(text)))
}

// records is n records as NDJSON.
func records(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"ma":"HS%09d","ho_ten":"Nguyễn Văn An","ngay_sinh":"1990-01-31","gioi_tinh":"Nam","ma_xa":"12345","so_tien":1234567.89,"diem":7.1234,"dang_hoat_dong":true,"cap_nhat":"2026-01-31T08:30:00+07:00","dia_chi":{"thon":"Thôn %d","ghi_chu":null}}`+"\n", i, i%9)
	}
	return b.Bytes()
}

// TestMemory: a file of any size takes a few chunks.
func TestMemory(t *testing.T) {
	text := records(100_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	b, err := Open(t.Context(), ingest.File{ReaderAt: bytes.NewReader(text), Size: int64(len(text)), Limits: ingest.DefaultLimits})
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
		t.Errorf("opening %d bytes took %d of memory", len(text), n)
	}
	t.Logf("%d MB opened in %v", len(text)>>20, time.Since(start))
	if got := b.Tables()[0].Header; len(got) != 11 {
		t.Errorf("columns %q", got)
	}
}

func BenchmarkNDJSON(b *testing.B) {
	text := records(1_000_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		book, err := Open(b.Context(), ingest.File{ReaderAt: bytes.NewReader(text), Size: int64(len(text)), Limits: ingest.DefaultLimits})
		if err != nil {
			b.Fatal(err)
		}
		g, err := book.Open(0)
		if err != nil {
			b.Fatal(err)
		}
		rows := 0
		var block ingest.Block
		for {
			c, err := g.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			c.Parse(&block)
			rows += block.Records()
		}
		if rows != 1_000_000 {
			b.Fatalf("%d rows", rows)
		}
	}
}
