package corridor_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

const notes = `apiVersion: v3.1.0
kind: DataContract
id: ghi-chu
name: Ghi chú
version: 1.0.0
status: active
schema:
- name: ghi_chu
  properties:
  - {name: ma, logicalType: integer, primaryKey: true}
  - {name: chu, logicalType: string}
  - {name: ngay, logicalType: date}
  - {name: so, logicalType: number}
  - {name: tien, logicalType: number, physicalType: 'decimal(9,2)'}
  - {name: vi_tri, logicalType: object, customProperties: [{property: phohien.geometry, value: any}]}
  - {name: them, logicalType: object}
`

func quotedCell(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// What a text cell holds comes out equal, trimmed and composed with a flag that
// says so, or stands in quarantine as it was sent: on both engines, in truth
// and mirror.
func TestNaughtyStrings(t *testing.T) {
	text, err := os.ReadFile("../quality/testdata/naughty-strings/blns.json")
	if err != nil {
		t.Fatal(err)
	}
	var naughty []string
	if err := json.Unmarshal(text, &naughty); err != nil || len(naughty) < 480 {
		t.Fatalf("%d strings, %v", len(naughty), err)
	}
	naughty = append(naughty, "a\x00b", "\x00", "\xff\xfe", "Nguy\xe3n", "x\uFFFDy", "\ufdd0", strings.Repeat("ế", 20_000), strings.Repeat("a", 1<<20), strings.Repeat("a", 1<<20+1), strings.Repeat("x", 5000)+"\x01")
	var file strings.Builder
	file.WriteString("ma,chu\n")
	for i, s := range naughty {
		fmt.Fprintf(&file, "%d,%s\n", i, quotedCell(s))
	}
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		obj := h.put(notes).Objects[0]
		r := h.send("ghi-chu", file.String())
		if r.Read != int64(len(naughty)) {
			t.Fatalf("%d strings: %s", len(naughty), counts(r))
		}
		lines, err := h.truth.Quarantine(ctx, obj, record.Filter{State: record.StateOpen}, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		refused := map[string]record.QuarantineLine{}
		for _, l := range lines {
			refused[l.Key] = l
		}
		if _, err := h.mirror.Follow(ctx, obj); err != nil {
			t.Fatal(err)
		}
		h.mirrored(obj)
		mirrored := textsOf(t, h, obj)
		for i, s := range naughty {
			key := fmt.Sprint(i)
			clean, changed := viet.Clean([]byte(s))
			_, _, bad := viet.BadRune(string(clean))
			if line, ok := refused[key]; ok {
				if !bad && len(clean) <= 1<<20 || !reflect.DeepEqual(line.Faults, []string{"chu.type"}) {
					t.Errorf("%.60q is refused for %v", s, line.Faults)
				}
				if want := shownRaw(s); line.Raw[1] != want {
					t.Errorf("%.60q stands in quarantine as %.60q", s, line.Raw[1])
				}
				continue
			}
			if bad || len(clean) > 1<<20 {
				t.Errorf("%.60q is let in", s)
			}
			row, err := h.truth.Get(ctx, obj, key, record.Latest)
			if err != nil {
				t.Errorf("%.60q is lost: %v", s, err)
				continue
			}
			if one, more := viet.FixSpaces(clean); more && !strings.ContainsAny(string(clean), "\n\t") {
				clean, changed = one, true
			}
			var want any = string(clean)
			if len(clean) == 0 { // a cell that shows nothing has no value
				want, changed = nil, false
			}
			if row.Values["chu"] != want || changed != (len(row.Flags) == 1) {
				t.Errorf("%.60q comes out as %.60q, flags %v", s, row.Values["chu"], row.Flags)
			}
			if got := mirrored[int64(i)]; want != nil && got != want || want == nil && got != "" {
				t.Errorf("%.60q is %.60q in the mirror", s, got)
			}
		}
		if n := len(refused); n < 10 || n > 60 {
			t.Errorf("%d strings refused", n)
		}
	})
}

// shownRaw is how a quarantine line shows a cell that could not be read.
func shownRaw(s string) string {
	if len(s) > 2000 {
		s = s[:2000] + "…" // the long ones here are ASCII
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "␀")
}

func textsOf(t *testing.T, h *house, obj *contract.Object) map[int64]string {
	t.Helper()
	rows, err := h.mirror.Scan(t.Context(), obj, mirror.ScanOptions{Columns: []string{"ma", "chu"}})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Release()
	out := map[int64]string{}
	for rows.Next() {
		rec := rows.RecordBatch()
		for i := range int(rec.NumRows()) {
			if rec.Column(1).IsValid(i) {
				out[rec.Column(0).(interface{ Value(int) int64 }).Value(i)] = strings.Clone(rec.Column(1).(interface{ Value(int) string }).Value(i))
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Values that no engine should see stand in quarantine under the rule of their
// column; the rest of the file enters.
func TestBadValues(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		obj := h.put(notes).Objects[0]
		bad := map[string][]string{
			"ngay":   {"31/02/2025", "2025-02-30", "00/01/2025", "2025-13-01", "infinity", "now", "45292", "-0001-01-01", "10000-01-01"},
			"so":     {"1e999", "-1e999", "1e-999", "NaN", "Infinity", "-inf", "0x1p3", "1,234", "--1", strings.Repeat("9", 400)},
			"tien":   {"1e3", "0.001", "10000000", "1e999", "NaN"},
			"vi_tri": {"POINT(200 0)", "POINT(NaN 1)", "POINT EMPTY", "MULTIPOINT((NaN 1),(2 3))", `{"type":"Point","coordinates":[105]}`, `{"type":"Point","coordinates":[105,null]}`, `{"type":"GeometryCollection","geometries":[null]}`, `{"type":"Point","coordinates":[105,21],"crs":{"type":"name","properties":{"name":"EPSG:3405"}}}`, "POLYGON((1 1,2 2,3 1))"},
			"them":   {"{", "[1]", `{"a":1,"a":2}`, `{"a":"\u0000"}`, `{"a":"\ud800"}`, `{"a":1e999}`, strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300), "null", `{"a":[` + strings.Repeat("1e400,", 3000) + "1]}"},
		}
		columns := []string{"ma", "chu", "ngay", "so", "tien", "vi_tri", "them"}
		var file strings.Builder
		file.WriteString(strings.Join(columns, ",") + "\n")
		var want []string
		n := 0
		for c, column := range columns {
			for _, v := range bad[column] {
				n++
				cells := make([]string, len(columns))
				cells[0], cells[c] = fmt.Sprint(n), quotedCell(v)
				file.WriteString(strings.Join(cells, ",") + "\n")
				want = append(want, column+".type "+v)
			}
		}
		file.WriteString("1000,tốt,2025-01-01,1e-7,1.5,POINT(105 21),{}\n")
		r := h.send("ghi-chu", file.String())
		if r.Read != int64(n+1) || r.Quarantined != int64(n) || r.Inserted != 1 {
			t.Errorf("%d bad values: %s", n, counts(r))
		}
		lines, err := h.truth.Quarantine(t.Context(), obj, record.Filter{State: record.StateOpen}, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lines {
			got = append(got, strings.Join(l.Faults, " ")+" "+strings.Join(l.Raw[1:], ""))
		}
		for i := range want {
			want[i] = strings.SplitN(want[i], " ", 2)[0] + " " + shownRaw(strings.SplitN(want[i], " ", 2)[1])
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("\n got %.3000q\nwant %.3000q", got, want)
		}
	})
}

// A cell of which only a likeness is kept does not become data when the
// contract changes.
func TestLikenessIsNotData(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(notes)
		long := strings.Repeat("x", 3000)
		h.send("ghi-chu", "ma,chu\n1,a\x00b\n2,a\xffb\n3,"+long+"\x01\n4, "+long+" \n5, năm ,31/02/2025\n")
		h.send("ghi-chu", "ma,chu,so\n6, "+long+" ,9\n7, bảy ,9\n")
		if got, want := strings.Count(h.lines("ghi-chu"), "\n"), 4; got != want {
			t.Fatalf("%d lines, want %d:\n%.3000s", got, want, h.lines("ghi-chu"))
		}
		stricter := strings.Replace(notes, "{name: so, logicalType: number}", "{name: so, logicalType: number, logicalTypeOptions: {maximum: 5}}", 1)
		h.put(strings.Replace(stricter, "version: 1.0.0", "version: 2.0.0", 1))
		h.send("ghi-chu", "ma,chu,so\n8, "+long+" ,9\n9, chín ,9.50\n")
		again := func(yaml string) {
			h.put(yaml)
			if err := h.RejudgeChanged(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.settled()
		}
		again(strings.Replace(notes, "version: 1.0.0", "version: 3.0.0", 1))
		left := h.lines("ghi-chu")
		for _, want := range []string{"2 1 [\"1\" \"a␀b\"", "3 2 [\"2\" \"a�b\"", "4 3 [\"3\" \"xxx", "6  [\"5\" \" năm \" \"31/02/2025\"] [_row.many]"} {
			if !strings.Contains(left, want) {
				t.Errorf("%q is not among the lines:\n%.3000s", want, left)
			}
		}
		if n := strings.Count(left, "\n"); n != 4 {
			t.Errorf("%d lines left", n)
		}
		// What was read and refused for another field enters whole.
		if got, want := h.rows("ghi-chu"), "8: 8 "+long+" <nil> 9 <nil> <nil> <nil> [f:chu]\n9: 9 chín <nil> 9.5 <nil> <nil> <nil> [f:chu]\n"; !strings.HasSuffix(got, want) {
			t.Errorf("got %.9000q, want %.300q", got, want)
		}
	})
}

// A file that cannot be read is refused with what is wrong, and leaves the data
// set as it was.
func TestBadFiles(t *testing.T) {
	wide := make([]string, 20_000)
	for i := range wide {
		wide[i] = fmt.Sprint("cot", i)
	}
	each(t, func(t *testing.T, h *house) {
		h.put(notes)
		h.send("ghi-chu", "ma,chu\n1,một\n")
		for name, c := range map[string]struct {
			body io.Reader
			key  string
			line int64
		}{
			"empty":                  {strings.NewReader(""), "file.empty", 0},
			"blank":                  {strings.NewReader("\n \r\n"), "file.empty", 0},
			"open quote":             {strings.NewReader("ma,chu\n2,hai\n3,\"ba\n4,bốn\n"), "csv.quote-open", 3},
			"100 MB line":            {io.MultiReader(strings.NewReader("ma,chu\n2,"), io.LimitReader(endless("x"), 100<<20)), "csv.record-too-long", 2},
			"100 MB in quotes":       {io.MultiReader(strings.NewReader("ma,chu\n\n2,\""), io.LimitReader(endless("xxxxxxx\n"), 100<<20)), "csv.quote-open", 3},
			"20,000 columns":         {strings.NewReader(strings.Join(wide, ",") + "\n1\n"), "file.too-many-columns", 0},
			"xlsx":                   {strings.NewReader("PK\x03\x04\x14\x00"), "archive.damaged", 0},
			"pdf":                    {strings.NewReader("%PDF-1.4"), "intake.pdf", 0},
			"UTF-16":                 {strings.NewReader("\xff\xfem\x00a\x00"), "header.nothing", 0},
			"NUL in the heading":     {strings.NewReader("ma\x00,chu\n1,a\n"), "intake.binary", 0},
			"heading not UTF-8":      {strings.NewReader("m\xe3,chu\n1,a\n"), "header.missing", 0},
			"no heading that fits":   {strings.NewReader("x,y\n1,2\n"), "header.nothing", 0},
			"no key":                 {strings.NewReader("chu\nhai\n"), "header.missing", 0},
			"one column twice":       {strings.NewReader("ma,chu,Chu\n1,a,b\n"), "header.twice", 0},
			"only separators on top": {strings.NewReader(",,\n1,2,3\n"), "header.nothing", 0},
			"connection lost":        {io.MultiReader(strings.NewReader("ma,chu\n2,hai\n"), lost{}), "", 0},
		} {
			start := time.Now()
			r, err := h.Send(t.Context(), clerk, corridor.Request{Dataset: "ghi-chu", Name: name, Body: c.body})
			if err == nil {
				t.Errorf("%s: %s", name, counts(r))
				continue
			}
			if f := fault.Of(err); c.key != "" && (f == nil || f.Key != c.key || c.line > 0 && fmt.Sprint(f.Args[0]) != fmt.Sprint(c.line)) {
				t.Errorf("%s: %v, want %s on line %d", name, err, c.key, c.line)
			}
			if d := time.Since(start); d > 30*time.Second {
				t.Errorf("%s: refused after %v", name, d)
			}
		}
		if got, want := h.rows("ghi-chu"), "1: 1 một <nil> <nil> <nil> <nil> <nil>\n"; got != want || h.lines("ghi-chu") != "" {
			t.Errorf("got %q %s, want %q", got, h.lines("ghi-chu"), want)
		}
		// A file without rows is fine, and says so.
		h.want(h.send("ghi-chu", "ma,chu\n"), "scored read 0 skipped 0 acc 0 (ins 0 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		h.want(h.send("ghi-chu", "ma,chu"), "scored read 0 skipped 0 acc 0 (ins 0 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
	})
}

type endless string

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e) <= len(p) {
		n += copy(p[n:], e)
	}
	if n == 0 {
		n = copy(p, e)
	}
	return n, nil
}

type lost struct{}

func (lost) Read([]byte) (int, error) { return 0, fmt.Errorf("connection lost") }
