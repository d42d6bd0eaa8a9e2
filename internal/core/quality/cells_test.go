package quality

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// value reads one cell as a column does and gives it back as CellText does.
func value(c *contract.Column, raw []byte) (text string, present, std bool, canon []byte, err error) {
	var into []*vector
	for _, f := range c.Fields(0) {
		v := newVector(contract.ArrowField(f).Type)
		v.reset(1)
		into = append(into, v)
	}
	r := newReader(c, into)
	r.spell = true
	canon, present, std, err = r.read(raw, nil)
	if err != nil {
		return "", present, std, nil, err
	}
	arrays := make([]arrow.Array, len(into))
	for i, v := range into {
		arrays[i] = v.array()
	}
	rec := array.NewRecordBatch(contract.ArrowSchema(c.Fields(0)), arrays, 1)
	defer rec.Release()
	return string(CellText(c, rec, 0, 0)), present, std, canon, nil
}

func code(err error) string {
	if c := viet.Code(err); c != "" {
		return c
	}
	return err.Error()
}

func TestCells(t *testing.T) {
	digest := strings.Repeat("0f", 32)
	file := func(more string) string { return `{"sha256":"` + digest + `","name":"a.pdf",` + more + `}` }
	for _, c := range []struct {
		column contract.Column
		same   []string          // canonical: come out as they went in
		std    map[string]string // standardised
		quiet  map[string]string // another spelling that is nobody's fault
		bad    map[string]string // refused, and why
	}{
		{contract.Column{Type: contract.Text},
			[]string{"a", "Phố Hiến", "a\nb\tc", "😀", "NULL", "null", "\\N", "N/A", "-", "0", "1e999", "ơ̆"},
			map[string]string{" a": "a", "a\u00a0": "a", "\ufeffa": "a", "Ho\u0302\u0300": "Hồ", "\u200ba\r\n": "a"}, nil,
			map[string]string{"a\x00": "cell.character", "a\x07b": "cell.character", "\xff": "cell.encoding", "a\u202eb": "cell.character", "\ufdd0": "cell.character", "a\uFFFD": "cell.character", strings.Repeat("a", maxCell+1): "cell.too-long"}},
		{contract.Column{Type: contract.Integer},
			[]string{"0", "-1", "9223372036854775807", "-9223372036854775808", "9007199254740993"},
			map[string]string{" 5": "5", "+5": "5", "007": "7", "-0": "0", "12.0": "12", "1.234.567": "1234567", "1,234,567": "1234567", "1 234 567": "1234567", "\u22125": "-5"}, nil,
			map[string]string{"9223372036854775808": viet.CodeNumberRange, "1.5": viet.CodeNumberWhole, "1.234": viet.CodeNumberAmbiguous, "1e3": viet.CodeNumberExponent, "mười": viet.CodeNumberSyntax, "NaN": viet.CodeNumberFinite, "12 người": viet.CodeNumberUnit, "0x10": viet.CodeNumberSyntax}},
		{contract.Column{Type: contract.Decimal, Precision: 18, Scale: 4},
			[]string{"0.0000", "-0.0001", "99999999999999.9999", "-99999999999999.9999"},
			map[string]string{"1.234,5": "1234.5000", "1,5": "1.5000", "1.50000": "1.5000", "007": "7.0000"},
			map[string]string{"0": "0.0000", "1.5": "1.5000", "1.234": "1.2340"},
			map[string]string{"100000000000000": viet.CodeNumberPrecision, "0.00001": viet.CodeNumberScale, "1e3": viet.CodeNumberExponent, "NaN": viet.CodeNumberFinite, "1e999": viet.CodeNumberExponent}},
		{contract.Column{Type: contract.Decimal, Precision: 5, Scale: 0},
			[]string{"0", "99999", "-99999"}, map[string]string{"1.0": "1", "00005": "5"}, nil,
			map[string]string{"100000": viet.CodeNumberPrecision, "1.5": viet.CodeNumberScale}},
		{contract.Column{Type: contract.Float},
			[]string{"0", "0.1", "-1.5", "5e-324", "1.7976931348623157e+308", "1e-7"},
			map[string]string{"1,5": "1.5", "-0": "0", "1E5": "100000", "0.10e1": "1"},
			map[string]string{"9007199254740993000000": "9.007199254740993e+21", "1.50": "1.5", "0.30000000000000000001": "0.3"},
			map[string]string{"1e999": viet.CodeNumberFloatRange, "1e-999": viet.CodeNumberFloatRange, "NaN": viet.CodeNumberFinite, "inf": viet.CodeNumberFinite, "0x1p3": viet.CodeNumberSyntax, "": ""}},
		{contract.Column{Type: contract.Boolean},
			[]string{"true", "false"}, map[string]string{"1": "true", "0": "false", "Có": "true", "KHÔNG": "false", "x": "true", " đúng ": "true"}, nil,
			map[string]string{"2": viet.CodeBool, "chắc": viet.CodeBool}},
		{contract.Column{Type: contract.Date},
			[]string{"0001-01-01", "9999-12-31", "2000-02-29", "1969-12-31"},
			map[string]string{"2/1/2025": "2025-01-02", "31-12-2024": "2024-12-31", "2025/01/31": "2025-01-31", "ngày 2 tháng 9 năm 1945": "1945-09-02", "2025-01-01 00:00:00": "2025-01-01"}, nil,
			map[string]string{"31/02/2025": viet.CodeDateDay, "2025-02-29": viet.CodeDateDay, "1/13/2025": viet.CodeDateMonth, "0000-01-01": viet.CodeDateYear, "1/1/25": viet.CodeDateTwoDigits, "45292": viet.CodeDateSerial, "infinity": viet.CodeDateSyntax, "now": viet.CodeDateSyntax, "3/2020": viet.CodeDateSyntax}},
		{contract.Column{Type: contract.PartialDate, Finest: "year"},
			[]string{"0001", "2000", "2000-03", "2000-03-09", "9999-12-31"},
			map[string]string{"3/2000": "2000-03", "00/00/1975": "1975", "tháng 3 năm 2000": "2000-03", "9/3/2000": "2000-03-09"}, nil,
			map[string]string{"2000-13": viet.CodeDateMonth, "31/02/2025": viet.CodeDateDay, "75": viet.CodeDateSyntax}},
		{contract.Column{Type: contract.PartialDate, Finest: "month"}, []string{"2000-03"}, nil, nil, map[string]string{"2000": "cell.precision"}},
		{contract.Column{Type: contract.PartialDate, Finest: "day"}, []string{"2000-03-09"}, nil, nil, map[string]string{"2000": "cell.precision", "2000-03": "cell.precision"}},
		{contract.Column{Type: contract.Time},
			[]string{"00:00:00", "23:59:59"}, map[string]string{"7:30": "07:30:00", "07:30": "07:30:00", "7:30:15": "07:30:15"}, nil,
			map[string]string{"24:00": "cell.time", "12:60": "cell.time", "12:00:60": "cell.time", "730": "cell.time", "12:00 PM": "cell.time", "1": "cell.time", "ab:cd": "cell.time", "12:00:0": "cell.time"}},
		{contract.Column{Type: contract.Timestamp},
			[]string{"2026-11-22T08:30:00+07:00", "0001-01-01T07:00:00+07:00", "9999-12-31T23:59:59.999999+07:00"},
			map[string]string{"22/11/2026 08:30": "2026-11-22T08:30:00+07:00", "2026-11-22 08:30:00": "2026-11-22T08:30:00+07:00", "2026-11-22T08:30:00.1234567+07:00": "2026-11-22T08:30:00.123456+07:00"},
			map[string]string{"2026-11-22T01:30:00Z": "2026-11-22T08:30:00+07:00", "2026-11-22T08:30:00.5+07:00": "2026-11-22T08:30:00.500000+07:00"},
			map[string]string{"2026-11-22": viet.CodeTimeMissing, "2026-11-22T24:00:00Z": viet.CodeTime24, "2026-02-30T00:00:00Z": viet.CodeDateDay, "0001-01-01T00:00:00+07:00": viet.CodeDateYear, "1763775000": viet.CodeTimeSyntax}},
		{contract.Column{Type: contract.JSON},
			[]string{"{}", `{"a":1.50,"b":[null,true,"x"]}`}, map[string]string{" {} ": "{}"},
			map[string]string{`{"b":1, "a":2}`: `{"a":2,"b":1}`, `{"a":1e2}`: `{"a":100}`, `{"a":"\u0110"}`: `{"a":"Đ"}`},
			map[string]string{"[]": "cell.json", "1": "cell.json", "null": "cell.json", "{": "cell.json", `{"a":1,"a":1}`: "cell.json", `{"a":"\u0000"}`: "cell.json", `{"a":"\ud800"}`: "cell.character", "{}{}": "cell.json", "{\"a\":\"\xff\"}": "cell.encoding", `{"a":1e999}`: "cell.json", `{"a":[` + strings.Repeat("1e400,", 4000) + `1]}`: "cell.too-long"}},
		{contract.Column{Type: contract.JSON, Array: true}, []string{"[]", `[{"a":1},[]]`}, nil, map[string]string{"[1 ,2]": "[1,2]"}, map[string]string{"{}": "cell.json", `"a"`: "cell.json", "a,b": "cell.json"}},
		{contract.Column{Type: contract.Geometry},
			[]string{`{"type":"Point","coordinates":[106.05,20.65]}`, `{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}]}`, `{"type":"MultiPolygon","coordinates":[[[[1,1],[2,1],[2,2],[1,1]]]]}`, `{"type":"MultiLineString","coordinates":[[[1,1],[2,2]]]}`},
			map[string]string{"POINT(106.05 20.65)": `{"type":"Point","coordinates":[106.05,20.65]}`, "point (1 2)": `{"type":"Point","coordinates":[1,2]}`, "LINESTRING(1 1,2 2)": `{"type":"LineString","coordinates":[[1,1],[2,2]]}`},
			map[string]string{`{ "coordinates": [1, 2.0], "type": "Point", "bbox":[1,2,1,2] }`: `{"type":"Point","coordinates":[1,2]}`},
			map[string]string{
				`{"type":"Point","coordinates":[105]}`: "cell.geometry", `{"type":"Point","coordinates":[]}`: "cell.geometry", `{"type":"Point","coordinates":null}`: "cell.geometry", `{"type":"Point","coordinates":[105,null]}`: "cell.geometry",
				`{"type":"Point","coordinates":[105,21,5]}`: "cell.geometry", `{"type":"Point"}`: "cell.geometry", `{"type":"Point","coordinates":[1,2],"crs":{}}`: "cell.geometry", `{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}`: "cell.geometry",
				`{"type":"LineString","coordinates":[[1,2]]}`: "cell.geometry", `{"type":"Polygon","coordinates":[]}`: "cell.geometry", `{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2]]]}`: "cell.geometry", `{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,2]]]}`: "cell.geometry",
				`{"type":"GeometryCollection","geometries":[null]}`: "cell.geometry", `{"type":"GeometryCollection","geometries":[]}`: "cell.geometry", `{"type":"GeometryCollection","geometries":[{"type":"GeometryCollection","geometries":[]}]}`: "cell.geometry", `{"type":"Point","coordinates":[1,2]} {}`: "cell.geometry",
				"POINT(181 0)": "cell.geometry", "POINT(0 91)": "cell.geometry", "POINT(NaN 1)": "cell.geometry", "MULTIPOINT((NaN 1),(2 3))": "cell.geometry", "POINT EMPTY": "cell.geometry", "POINT Z (1 2 3)": "cell.geometry", "SRID=3405;POINT(1 2)": "cell.geometry", "106.05, 20.65": "cell.geometry", "{": "cell.geometry",
				strings.Repeat("GEOMETRYCOLLECTION(", 20000) + "POINT(1 2)" + strings.Repeat(")", 20000): "cell.geometry",
			}},
		{contract.Column{Type: contract.Geometry, Shape: "point"}, nil, map[string]string{"POINT(1 2)": `{"type":"Point","coordinates":[1,2]}`}, nil, map[string]string{"LINESTRING(1 1,2 2)": "cell.geometry"}},
		{contract.Column{Type: contract.File},
			[]string{file(`"mediaType":"application/pdf","bytes":0`)}, nil, map[string]string{file(`"bytes": 5, "mediaType":"a/b"`): file(`"mediaType":"a/b","bytes":5`)},
			map[string]string{"a.pdf": "cell.file", "{}": "cell.file", file(`"mediaType":"a/b"`): "cell.file", file(`"mediaType":"a/b","bytes":-1`): "cell.file", file(`"bytes":1`): "cell.file", file(`"mediaType":"a/b","bytes":1,"url":"x"`): "cell.file", file(`"mediaType":"a/b","bytes":1`) + "}": "cell.file", strings.Replace(file(`"mediaType":"a/b","bytes":1`), "0f", "0F", 1): "cell.file"}},
	} {
		col := c.column
		name := string(col.Type) + col.Finest + col.Shape
		check := func(raw, want string, wantStd bool) {
			t.Helper()
			got, present, std, canon, err := value(&col, []byte(raw))
			if err != nil || !present || got != want || std != wantStd {
				t.Errorf("%s: %.200q is %.200q (standardised %v, %v), want %.200q", name, raw, got, std, err, want)
				return
			}
			// What comes out goes in again as the same value.
			_, _, again, canon2, err := value(&col, []byte(got))
			if err != nil || again || string(canon2) != string(canon) {
				t.Errorf("%s: %.200q came out as %.200q, which is read as %.200q (standardised %v, %v), want %.200q", name, raw, got, canon2, again, err, canon)
			}
		}
		for _, raw := range c.same {
			check(raw, raw, false)
		}
		for raw, want := range c.std {
			check(raw, want, true)
		}
		for raw, want := range c.quiet {
			check(raw, want, false)
		}
		for raw, want := range c.bad {
			if raw == "" {
				continue
			}
			if got, _, _, _, err := value(&col, []byte(raw)); err == nil || code(err) != want {
				t.Errorf("%s: %.100q is %.100q, %v, want %s", name, raw, got, err, want)
			}
		}
		for _, raw := range []string{"", " ", "\u00a0", "\t\r\n", "\ufeff", "\u200b"} { // shows nothing, says nothing
			if got, present, std, _, err := value(&col, []byte(raw)); present || std || err != nil || got != "" {
				t.Errorf("%s: %q is %q, %v", name, raw, got, err)
			}
		}
	}
}

// Each naughty string comes out equal, trimmed and composed, or is refused.
func TestNaughtyStrings(t *testing.T) {
	text, err := os.ReadFile("testdata/naughty-strings/blns.json")
	if err != nil {
		t.Fatal(err)
	}
	var naughty []string
	if err := json.Unmarshal(text, &naughty); err != nil || len(naughty) < 480 {
		t.Fatalf("%d strings, %v", len(naughty), err)
	}
	refused := 0
	for _, s := range naughty {
		got, present, std, _, err := value(&contract.Column{Type: contract.Text}, []byte(s))
		clean, changed := viet.Clean([]byte(s))
		if c, more := viet.FixSpaces(clean); more && !strings.ContainsAny(string(clean), "\n\t") {
			clean, changed = c, true
		}
		_, _, bad := viet.BadRune(string(clean))
		switch {
		case bad:
			refused++
			if !errors.Is(err, errCharacter) {
				t.Errorf("%q: %v", s, err)
			}
		case err != nil || got != string(clean) || present != (len(clean) > 0) || std != (changed && len(clean) > 0):
			t.Errorf("%q is %q, standardised %v, %v", s, got, std, err)
		}
	}
	if refused < 5 || refused > 50 {
		t.Errorf("%d of %d refused", refused, len(naughty))
	}
}

// FuzzCell: no cell of any type brings the program down; what is read comes out
// as something that is read as the same; what is refused is explained.
func FuzzCell(f *testing.F) {
	for _, s := range []string{"", "1", "1.234,5", "31/02/2025", "22/11/2026 08:30", "Có", "7:30", `{"a":[1e400]}`, "[]", "POINT(1 2)", `{"type":"GeometryCollection","geometries":[null]}`, "MULTIPOLYGON(((1 1,2 1,2 2,1 1)))", "\xff", "a\x00"} {
		f.Add([]byte(s))
	}
	columns := []contract.Column{
		{Type: contract.Text}, {Type: contract.Integer}, {Type: contract.Decimal, Precision: 18, Scale: 4}, {Type: contract.Decimal, Precision: 5}, {Type: contract.Float}, {Type: contract.Boolean},
		{Type: contract.Date}, {Type: contract.PartialDate, Finest: "year"}, {Type: contract.PartialDate, Finest: "month"}, {Type: contract.Time}, {Type: contract.Timestamp},
		{Type: contract.JSON}, {Type: contract.JSON, Array: true}, {Type: contract.Geometry}, {Type: contract.Geometry, Shape: "polygon"}, {Type: contract.File},
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for i := range columns {
			c := &columns[i]
			text, present, std, canon, err := value(c, raw)
			if err != nil {
				if s := whyUnread(c, readable(shown(raw))); s.Vi == "" || s.En == "" {
					t.Errorf("%s: %q is refused without a word", c.Type, raw)
				}
				continue
			}
			if !present {
				if text != "" || len(canon) > 0 {
					t.Errorf("%s: %q is absent and %q", c.Type, raw, text)
				}
				continue
			}
			if !std && c.Type == contract.Text && text != string(raw) {
				t.Errorf("%q became %q in silence", raw, text)
			}
			_, present, std, again, err := value(c, []byte(text))
			if err != nil || !present || std || string(again) != string(canon) {
				t.Errorf("%s: %q came out as %q, which is %q, standardised %v, %v; want %q", c.Type, raw, text, again, std, err, canon)
			}
		}
	})
}

// hashes gives the hash of each row of a file.
func hashes(t *testing.T, o *contract.Object, file string) []string {
	t.Helper()
	b := judge(t, o, file, benchOptions{})
	rows, err := b.conn.Query(t.Context(), "SELECT _hash FROM staged ORDER BY _n")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var h []byte
		if err := rows.Scan(&h); err != nil {
			t.Fatal(err)
		}
		out = append(out, hex.EncodeToString(h))
	}
	return out
}

// The hash of a row is a promise over years: these must never change.
func TestHashIsStable(t *testing.T) {
	schema := func(more string) *contract.Object {
		return object(t, `
- name: a
  properties:
  - {name: Mã, logicalType: string, primaryKey: true}
  - {name: so, logicalType: integer}
  - {name: tien, logicalType: number, physicalType: 'decimal(9,2)'}
  - {name: luc, logicalType: timestamp}
`+more)
	}
	o := schema("")
	const file = "ma,so,tien,luc\nA,1,1.5,2026-11-22T08:30:00+07:00\nB,,,\nC,-1,,\n"
	got := hashes(t, o, file)
	golden(t, "hash.golden", strings.Join(got, "\n")+"\n")
	// By the book: each name and text with its length before it.
	sum := sha256.Sum256([]byte("\x03luc\x1b2026-11-22T01:30:00.000000Z\x02ma\x01A\x02so\x011\x04tien\x041.50"))
	if want := hex.EncodeToString(sum[:16]); got[0] != want {
		t.Errorf("hash %s, want %s", got[0], want)
	}
	same := func(what string, o *contract.Object, file string) {
		t.Helper()
		if h := hashes(t, o, file); fmt.Sprint(h) != fmt.Sprint(got) {
			t.Errorf("%s: %v, want %v", what, h, got)
		}
	}
	same("other spellings", o, "ma,so,tien,luc\n A,01,\"1,50\",2026-11-22T01:30:00Z\nB,,,\nC,-1.0,,\n")
	same("other order of columns", o, "tien,luc,so,ma\n1.50,22/11/2026 8:30,1,A\n,,,B\n,,-1,C\n")
	same("a column more, empty", schema("  - {name: moi, logicalType: string}\n"), "ma,so,tien,luc,moi\nA,1,1.5,2026-11-22T08:30:00+07:00,\nB,,,,\nC,-1,,,\n")
	same("a column more, not in the file", schema("  - {name: an_dau, logicalType: string}\n"), file)
	same("a volatile column", schema("  - {name: trich, logicalType: string, customProperties: [{property: phohien.volatile, value: true}]}\n"), "ma,so,tien,luc,trich\nA,1,1.5,2026-11-22T08:30:00+07:00,hôm nay\nB,,,,hôm qua\nC,-1,,,x\n")
	// A value that moves to another column is another row.
	if h := hashes(t, schema("  - {name: so2, logicalType: integer}\n"), "ma,so2\nC,-1\n"); h[0] == got[2] {
		t.Error("a value in another column hashes alike")
	}
	if h := hashes(t, o, "ma,so\nB1,\nB,1\n"); h[0] == h[1] {
		t.Error("values run into each other")
	}
}
