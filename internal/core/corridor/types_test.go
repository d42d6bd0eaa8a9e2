package corridor_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/record"
)

// everyType has a column of each type of DESIGN §4.4, and one that decides
// whether a row is let in.
const everyType = `apiVersion: v3.1.0
kind: DataContract
id: moi-kieu
name: Mọi kiểu
version: 1.0.0
status: active
schema:
- name: moi_kieu
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - {name: chu, logicalType: string}
  - {name: nguyen, logicalType: integer}
  - {name: tien, logicalType: number, physicalType: 'decimal(18,4)'}
  - {name: dem, logicalType: number, physicalType: 'decimal(5,0)'}
  - {name: so, logicalType: number}
  - {name: dung, logicalType: boolean}
  - {name: ngay, logicalType: date}
  - {name: sinh, logicalType: date, customProperties: [{property: phohien.precision, value: year}]}
  - {name: gio, logicalType: time}
  - {name: luc, logicalType: timestamp}
  - {name: them, logicalType: object}
  - {name: ds, logicalType: array}
  - {name: cho, logicalType: object, customProperties: [{property: phohien.geometry, value: any}]}
  - {name: tep, logicalType: object, customProperties: [{property: phohien.file, value: true}]}
  - {name: duyet, logicalType: string, logicalTypeOptions: {pattern: 'PATTERN'}}
`

const digest64 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// everyValue has, for each row, its cells as sent, its cells as the platform
// would write them, and the values that every door shows.
var everyValue = []struct {
	name              string
	sent, plain, json []string
}{
	{"lower ends",
		[]string{"a b", "-9223372036854775808", "-99999999999999.9999", "-99999", "-1.7976931348623157e+308", "false", "0001-01-01", "0001", "00:00:00", "0001-01-01T07:00:00+07:00", "{}", "[]", "POINT(-180 -90)", ""},
		[]string{"a b", "-9223372036854775808", "-99999999999999.9999", "-99999", "-1.7976931348623157e+308", "false", "0001-01-01", "0001", "00:00:00", "0001-01-01T07:00:00+07:00", "{}", "[]", `{"type":"Point","coordinates":[-180,-90]}`, ""},
		[]string{`"a b"`, `"-9223372036854775808"`, "-99999999999999.9999", "-99999", "-1.7976931348623157e+308", "false", `"0001-01-01"`, `"0001"`, `"00:00:00"`, `"0001-01-01T07:00:00+07:00"`, "{}", "[]", `{"type":"Point","coordinates":[-180,-90]}`, "null"}},
	{"upper ends",
		[]string{"Ẵ\n\t\"'’😀", "9223372036854775807", "99999999999999.9999", "99999", "5e-324", "true", "9999-12-31", "9999-12-31", "23:59:59", "9999-12-31T23:59:59.999999+07:00", `{"b":[1,2.50,null,"Phố \"Hiến\" \\"],"a":{"x":true}}`, `["a",{"b":null},[]]`, "POLYGON((106 20,106.1 20,106.1 20.1,106 20),(106.05 20.01,106.06 20.01,106.06 20.02,106.05 20.01))", `{"sha256":"` + digest64 + `","name":"ảnh 1.png","mediaType":"image/png","bytes":12345678901}`},
		[]string{"Ẵ\n\t\"'’😀", "9223372036854775807", "99999999999999.9999", "99999", "5e-324", "true", "9999-12-31", "9999-12-31", "23:59:59", "9999-12-31T23:59:59.999999+07:00", `{"a":{"x":true},"b":[1,2.50,null,"Phố \"Hiến\" \\"]}`, `["a",{"b":null},[]]`, `{"type":"Polygon","coordinates":[[[106,20],[106.1,20],[106.1,20.1],[106,20]],[[106.05,20.01],[106.06,20.01],[106.06,20.02],[106.05,20.01]]]}`, `{"sha256":"` + digest64 + `","name":"ảnh 1.png","mediaType":"image/png","bytes":12345678901}`},
		[]string{`"Ẵ\n\t\"'’😀"`, `"9223372036854775807"`, "99999999999999.9999", "99999", "5e-324", "true", `"9999-12-31"`, `"9999-12-31"`, `"23:59:59"`, `"9999-12-31T23:59:59.999999+07:00"`, `{"a":{"x":true},"b":[1,2.50,null,"Phố \"Hiến\" \\"]}`, `["a",{"b":null},[]]`, `{"type":"Polygon","coordinates":[[[106,20],[106.1,20],[106.1,20.1],[106,20]],[[106.05,20.01],[106.06,20.01],[106.06,20.02],[106.05,20.01]]]}`, `{"sha256":"` + digest64 + `","name":"ảnh 1.png","mediaType":"image/png","bytes":12345678901}`}},
	{"as people type",
		[]string{"  Phố Hiến\u00a0", "1.234.567", "1.234.567,5", "00012", "1 234,25", "Có", "31/12/2024", "tháng 3 năm 2000", "7:30", "22/11/2026 8:30", "{ \"b\" : 1.0 , \"a\" : \"Phô\u0301\" }", "[ 1 , 1e2 ]", `{ "coordinates": [106.05, 20.650], "type": "Point" }`, ` {"bytes":0,"mediaType":"text/plain","name":"a.txt","sha256":"` + digest64 + `"} `},
		[]string{"Phố Hiến", "1234567", "1234567.5000", "12", "1234.25", "true", "2024-12-31", "2000-03", "07:30:00", "2026-11-22T08:30:00+07:00", `{"a":"Phố","b":1.0}`, `[1,100]`, `{"type":"Point","coordinates":[106.05,20.65]}`, `{"sha256":"` + digest64 + `","name":"a.txt","mediaType":"text/plain","bytes":0}`},
		[]string{`"Phố Hiến"`, "1234567", "1234567.5000", "12", "1234.25", "true", `"2024-12-31"`, `"2000-03"`, `"07:30:00"`, `"2026-11-22T08:30:00+07:00"`, `{"a":"Phố","b":1.0}`, `[1,100]`, `{"type":"Point","coordinates":[106.05,20.65]}`, `{"sha256":"` + digest64 + `","name":"a.txt","mediaType":"text/plain","bytes":0}`}},
	{"close to the edges",
		[]string{"0", "9007199254740993", "0.0001", "-0", "0.1", "0", "29/2/2000", "00/00/1975", "08:30", "1969-12-31T23:59:59.999999Z", `{"n":123456789012345678901234567890.5}`, "[0.10]", "LINESTRING(105.123456789012 21.000000000001,106 22)", ""},
		[]string{"0", "9007199254740993", "0.0001", "0", "0.1", "false", "2000-02-29", "1975", "08:30:00", "1970-01-01T06:59:59.999999+07:00", `{"n":123456789012345678901234567890.5}`, "[0.10]", `{"type":"LineString","coordinates":[[105.123456789012,21.000000000001],[106,22]]}`, ""},
		[]string{`"0"`, `"9007199254740993"`, "0.0001", "0", "0.1", "false", `"2000-02-29"`, `"1975"`, `"08:30:00"`, `"1970-01-01T06:59:59.999999+07:00"`, `{"n":123456789012345678901234567890.5}`, "[0.10]", `{"type":"LineString","coordinates":[[105.123456789012,21.000000000001],[106,22]]}`, "null"}},
	{"zones",
		[]string{"không", "9007199254740992", "-0.5", "1", "-1e-7", "x", "1/1/1970", "2000/03", "00:00", "2026-11-22T08:30:00.5-05:30", `{"k":"\u0110"}`, "[]", "MULTIPOINT((1 2),(3 4))", ""},
		[]string{"không", "9007199254740992", "-0.5000", "1", "-1e-7", "true", "1970-01-01", "2000-03", "00:00:00", "2026-11-22T21:00:00.500000+07:00", `{"k":"Đ"}`, "[]", `{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}`, ""},
		[]string{`"không"`, "9007199254740992", "-0.5000", "1", "-1e-7", "true", `"1970-01-01"`, `"2000-03"`, `"00:00:00"`, `"2026-11-22T21:00:00.5+07:00"`, `{"k":"Đ"}`, "[]", `{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}`, "null"}},
	{"nothing",
		make([]string, 14), make([]string, 14),
		strings.Split(strings.Repeat("null ", 13)+"null", " ")},
}

// rowsFile writes all rows; cells chooses how, duyet is the last cell.
func rowsFile(t *testing.T, cells func(i int) []string, keys, duyet string) (string, [][]string) {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	all := [][]string{strings.Split("ma,chu,nguyen,tien,dem,so,dung,ngay,sinh,gio,luc,them,ds,cho,tep,duyet", ",")}
	for i := range everyValue {
		all = append(all, append(append([]string{keys + everyValue[i].name}, cells(i)...), duyet))
	}
	if err := w.WriteAll(all); err != nil {
		t.Fatal(err)
	}
	return b.String(), all[1:]
}

func sent(i int) []string  { return everyValue[i].sent }
func plain(i int) []string { return everyValue[i].plain }

// wantJSON is a row as the doors show it.
func wantJSON(obj *contract.Object, i int, key, duyet string) map[string]string {
	want := map[string]string{"ma": jsonOf(key + everyValue[i].name), "duyet": jsonOf(duyet)}
	if duyet == "" {
		want["duyet"] = "null"
	}
	for c, v := range everyValue[i].json {
		want[obj.Columns[c+1].Name] = v
	}
	return want
}

func jsonOf(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // values of the platform
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func sameValues(t *testing.T, what string, obj *contract.Object, row record.Row, want map[string]string) {
	t.Helper()
	if len(row.Values) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(row.Values), len(want))
	}
	for _, c := range obj.Columns {
		got := jsonOf(row.Values[c.Name])
		if got == want[c.Name] {
			continue
		}
		var a, b any // the order of members carries no meaning
		if strings.HasPrefix(got, "{") && json.Unmarshal([]byte(got), &a) == nil && json.Unmarshal([]byte(want[c.Name]), &b) == nil && c.Type != contract.JSON && reflect.DeepEqual(a, b) {
			continue
		}
		t.Errorf("%s: %s is %s, want %s", what, c.Name, got, want[c.Name])
	}
}

// sameMirror compares the mirror's scan, cell by cell, with the canonical texts.
func (h *house) sameMirror(t *testing.T, obj *contract.Object, o mirror.ScanOptions, want map[string][]string) {
	t.Helper()
	rows, err := h.mirror.Scan(t.Context(), obj, o)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Release()
	seen := 0
	for rows.Next() {
		rec := rows.RecordBatch()
		for i := range int(rec.NumRows()) {
			var got []string
			at := 0
			for c := range obj.Columns {
				got = append(got, string(quality.CellText(&obj.Columns[c], rec, at, i)))
				at += len(obj.Columns[c].Fields(c))
			}
			seen++
			if !reflect.DeepEqual(got, want[got[0]]) {
				t.Errorf("mirror:\n got %q\nwant %q", got, want[got[0]])
			}
		}
	}
	if err := rows.Err(); err != nil || seen != len(want) {
		t.Errorf("%d rows, want %d: %v", seen, len(want), err)
	}
}

// Each value goes through every path and comes back.
func TestEveryTypeThroughEveryPath(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		yaml := func(version, pattern string) string {
			return strings.Replace(strings.Replace(everyType, "PATTERN", pattern, 1), "version: 1.0.0", "version: "+version, 1)
		}
		obj := h.put(yaml("1.0.0", "được")).Objects[0]
		n := int64(len(everyValue))
		current := func(what, keys, duyet string) {
			t.Helper()
			for i := range everyValue {
				row, err := h.truth.Get(ctx, obj, record.KeyText(obj, []any{keys + everyValue[i].name}), record.Latest)
				if err != nil {
					t.Fatalf("%s of %s: %v", what, everyValue[i].name, err)
				}
				sameValues(t, what+" of "+everyValue[i].name, obj, row, wantJSON(obj, i, keys, duyet))
			}
		}

		// Into the truth, and once more in the platform's own spelling.
		file, _ := rowsFile(t, sent, "K ", "được")
		if r := h.send("moi-kieu", file); r.Inserted != n || r.Quarantined != 0 {
			t.Fatalf("%s\n%+v\n%s", counts(r), r.Reasons, h.lines("moi-kieu"))
		}
		current("truth", "K ", "được")
		canonical, texts := rowsFile(t, plain, "K ", "được")
		if r := h.send("moi-kieu", canonical); r.Unchanged != n {
			t.Errorf("sent again as the platform writes it: %s", counts(r))
		}
		if r := h.send("moi-kieu", file); r.Unchanged != n {
			t.Errorf("sent again as it was: %s", counts(r))
		}

		// The mirror.
		if _, err := h.mirror.Follow(ctx, obj); err != nil {
			t.Fatal(err)
		}
		h.mirrored(obj)
		want := map[string][]string{}
		for _, row := range texts {
			want[row[0]] = row
		}
		h.sameMirror(t, obj, mirror.ScanOptions{}, want)
		queried(t, h)

		// History: a version that was replaced still says the same.
		changed, _ := rowsFile(t, plain, "K ", "")
		if r := h.send("moi-kieu", changed); r.Updated != n {
			t.Fatal(counts(r))
		}
		current("updated", "K ", "")
		for i := range everyValue {
			versions, err := h.truth.History(ctx, obj, record.KeyText(obj, []any{"K " + everyValue[i].name}))
			if err != nil || len(versions) != 2 {
				t.Fatalf("%d versions, %v", len(versions), err)
			}
			for _, v := range versions {
				if v.End > 0 {
					sameValues(t, "history of "+everyValue[i].name, obj, v, wantJSON(obj, i, "K ", "được"))
				}
			}
		}
		if _, err := h.mirror.Follow(ctx, obj); err != nil {
			t.Fatal(err)
		}
		h.mirrored(obj)
		h.sameMirror(t, obj, mirror.ScanOptions{AsOf: 1}, want)

		// Quarantine keeps each cell as it was sent.
		file, rows := rowsFile(t, sent, "Q ", "chưa")
		if r := h.send("moi-kieu", file); r.Quarantined != n {
			t.Fatal(counts(r))
		}
		list, err := h.truth.Quarantine(ctx, obj, record.Filter{State: record.StateOpen}, 0, 100)
		if err != nil || len(list) != len(rows) {
			t.Fatalf("%d lines, %v", len(list), err)
		}
		for i, l := range list {
			if !reflect.DeepEqual(l.Raw, rows[i]) {
				t.Errorf("quarantine:\n got %q\nwant %q", l.Raw, rows[i])
			}
		}

		// Judged again, by a contract that lets the lines in and flags nothing.
		obj = h.put(yaml("1.1.0", ".*")).Objects[0]
		if err := h.RejudgeChanged(ctx); err != nil {
			t.Fatal(err)
		}
		h.settled()
		if left := h.lines("moi-kieu"); left != "" {
			t.Errorf("still in quarantine: %s", left)
		}
		current("released", "Q ", "chưa")
		current("judged again", "K ", "")
		if r := h.send("moi-kieu", changed); r.Unchanged != n {
			t.Errorf("sent again after the judging: %s", counts(r))
		}
		// And by one that finds each current row wrong: it stays, and says so.
		obj = h.put(yaml("1.2.0", "được")).Objects[0]
		if err := h.RejudgeChanged(ctx); err != nil {
			t.Fatal(err)
		}
		h.settled()
		current("flagged", "Q ", "chưa")
		row, err := h.truth.Get(ctx, obj, record.KeyText(obj, []any{"Q nothing"}), record.Latest)
		if err != nil || !reflect.DeepEqual(row.Flags, []string{"r:duyet.pattern"}) {
			t.Errorf("flags %v, %v", row.Flags, err)
		}
	})
}

// queried asks the mirror in SQL, where values have the types of DuckDB.
func queried(t *testing.T, h *house) {
	t.Helper()
	known := func(address string) bool { return address == "moi-kieu" }
	ask := func(sql string) string {
		t.Helper()
		a, err := h.mirror.QueryWhole(t.Context(), sql, known, mirror.QueryOptions{})
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		defer a.Release()
		var out []string
		for a.Next() {
			rec := a.RecordBatch()
			for i := range int(rec.NumRows()) {
				for c := range int(rec.NumCols()) {
					out = append(out, strings.Clone(rec.Column(c).ValueStr(i)))
				}
			}
		}
		if err := a.Err(); err != nil {
			t.Fatal(err)
		}
		return strings.Join(out, " | ")
	}
	for sql, want := range map[string]string{
		`SELECT max(nguyen), min(nguyen), sum(CASE WHEN nguyen = 9007199254740993 THEN 1 END) FROM "moi-kieu"`:                                                                                                                               "9223372036854775807 | -9223372036854775808 | 1",
		`SELECT CAST(max(tien) AS VARCHAR), CAST(min(tien) AS VARCHAR), typeof(any_value(tien)), typeof(any_value(dem)) FROM "moi-kieu"`:                                                                                                     "99999999999999.9999 | -99999999999999.9999 | DECIMAL(18,4) | DECIMAL(5,0)",
		`SELECT count(*) FROM "moi-kieu" WHERE so IN (5e-324, -1.7976931348623157e+308, 0.1, -1e-7)`:                                                                                                                                         "4",
		`SELECT count(*) FILTER (WHERE dung), count(*) FILTER (WHERE NOT dung) FROM "moi-kieu"`:                                                                                                                                              "3 | 2",
		`SELECT CAST(min(ngay) AS VARCHAR), CAST(max(ngay) AS VARCHAR), typeof(any_value(ngay)) FROM "moi-kieu"`:                                                                                                                             "0001-01-01 | 9999-12-31 | DATE",
		`SELECT count(*) FROM "moi-kieu" WHERE luc IN (TIMESTAMP '0001-01-01 00:00:00', TIMESTAMP '9999-12-31 16:59:59.999999', TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMP '2026-11-22 01:30:00', TIMESTAMP '2026-11-22 14:00:00.5')`: "5",
		`SELECT json_extract_string(them, '$.b[3]') FROM "moi-kieu" WHERE ma = 'K upper ends'`:                                                                                                                                               `Phố "Hiến" \`,
		`SELECT json_array_length(ds) FROM "moi-kieu" WHERE ma = 'K upper ends'`:                                                                                                                                                             "3",
		`SELECT gio FROM "moi-kieu" WHERE sinh = '1975'`:                                                                                                                                                                                     "08:30:00",
		`SELECT count(*), count(chu), count(nguyen), count(tien), count(so), count(dung), count(ngay), count(luc), count(them), count(cho) FROM "moi-kieu"`:                                                                                  "6 | 5 | 5 | 5 | 5 | 5 | 5 | 5 | 5 | 5",
	} {
		if got := ask(sql); got != want {
			t.Errorf("%s:\n got %s\nwant %s", sql, got, want)
		}
	}
}
