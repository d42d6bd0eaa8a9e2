package record_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/store"
)

// everything has a column of each type.
func everything() *contract.Contract {
	return newContract([]contract.Column{
		{Name: "ma", Store: "ma", Type: contract.Text},
		{Name: "nguyen", Store: "nguyen", Type: contract.Integer},
		{Name: "tien", Store: "tien", Type: contract.Decimal, Precision: 18, Scale: 2},
		{Name: "so", Store: "so", Type: contract.Float},
		{Name: "dung", Store: "dung", Type: contract.Boolean},
		{Name: "ngay", Store: "ngay", Type: contract.Date},
		{Name: "nam", Store: "nam", Type: contract.PartialDate},
		{Name: "gio", Store: "gio", Type: contract.Time},
		{Name: "luc", Store: "luc", Type: contract.Timestamp},
		{Name: "them", Store: "them", Type: contract.JSON},
		{Name: "cho", Store: "cho", Type: contract.Geometry},
		{Name: "tep", Store: "tep", Type: contract.File},
	}, 0)
}

func point(x, y float64) []byte { return wkb.MustMarshal(orb.Point{x, y}) }

const day = 86400 * 1_000_000

// everyValue has, for each row, the values in stored order and the JSON that
// every door shows.
var everyValue = []struct {
	row  []any
	json string
}{
	{
		[]any{"a/b~c%", int64(math.MaxInt64), "9999999999999999.99", 1.5, true, arrow.Date32(-1), "1975-04", "23:59:59", arrow.Timestamp(-1),
			`{"b":[1,2.50,null,"Phố Hiến \"\\"],"dài hơn":{"x":true}}`, point(106.05, 20.65), 106.05, 20.65, 106.05, 20.65, strings.Repeat("0f", 32), "ảnh.png", "image/png", 12345},
		`{"cho":{"type":"Point","coordinates":[106.05,20.65]},"dung":true,"gio":"23:59:59","luc":"1970-01-01T06:59:59.999999+07:00","ma":"a/b~c%","nam":"1975-04","ngay":"1969-12-31","nguyen":"9223372036854775807","so":1.5,"tep":{"bytes":12345,"mediaType":"image/png","name":"ảnh.png","sha256":"` + strings.Repeat("0f", 32) + `"},"them":{"b":[1,2.50,null,"Phố Hiến \"\\"],"dài hơn":{"x":true}},"tien":9999999999999999.99}`,
	},
	{
		[]any{"Đặng Thị Ẵ\n\t'\"", int64(math.MinInt64), "-9999999999999999.99", -math.MaxFloat64, false, arrow.Date32(2932896), "9999", "00:00:00", arrow.Timestamp(253402300799 * 1_000_000),
			`[]`, nil, nil, nil, nil, nil, nil, nil, nil, nil},
		`{"cho":null,"dung":false,"gio":"00:00:00","luc":"10000-01-01T06:59:59+07:00","ma":"Đặng Thị Ẵ\n\t'\"","nam":"9999","ngay":"9999-12-31","nguyen":"-9223372036854775808","so":-1.7976931348623157e+308,"tep":null,"them":[],"tien":-9999999999999999.99}`,
	},
	{
		[]any{"không", 1 << 53, "0.05", 5e-324, nil, arrow.Date32(0), nil, nil, arrow.Timestamp(20000 * day),
			`"chữ"`, nil, nil, nil, nil, nil, nil, nil, nil, nil},
		`{"cho":null,"dung":null,"gio":null,"luc":"2024-10-04T07:00:00+07:00","ma":"không","nam":null,"ngay":"1970-01-01","nguyen":9007199254740992,"so":5e-324,"tep":null,"them":"chữ","tien":0.05}`,
	},
	{
		[]any{"rỗng", nil, nil, nil, nil, nil, "", nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
		`{"cho":null,"dung":null,"gio":null,"luc":null,"ma":"rỗng","nam":"","ngay":null,"nguyen":null,"so":null,"tep":null,"them":null,"tien":null}`,
	},
}

func TestEveryTypeComesBack(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := everything()
		obj := c.Objects[0]
		want := map[string]string{}
		var rows [][]any
		for _, v := range everyValue {
			row := append(append([]any{}, v.row...), hash(v.row...), `{"gio":"withheld"}`, "f:ma w:so.range")
			rows = append(rows, row)
			want[record.KeyText(obj, v.row[:1])] = v.json
		}
		apply(t, truth, load(c, rows...))
		check := func(what string, asOf int64) {
			for key, text := range want {
				row, err := truth.Get(t.Context(), obj, key, asOf)
				if err != nil {
					t.Fatalf("%s of %s: %v", what, key, err)
				}
				if got := plainJSON(t, row.Values); got != text {
					t.Errorf("%s of %s:\n got %s\nwant %s", what, key, got, text)
				}
				if row.Key != key || row.Nil["gio"] != "withheld" || len(row.Flags) != 2 {
					t.Errorf("%s: row %+v", what, row)
				}
			}
		}
		check("current", record.Latest)
		sameStream(t, truth, obj, rows)

		// Through update (temporary table) and history.
		b := batch(c)
		var empty [][]any
		for _, r := range rows {
			e := make([]any, len(r))
			e[0], e[len(e)-3] = r[0], hash(r[0])
			empty = append(empty, e)
		}
		b.Updates, b.Updated = rowsOf(stored(obj), empty), int64(len(rows))
		apply(t, truth, b)
		check("history", 1)
		b = batch(c)
		b.Updates, b.Updated = rowsOf(stored(obj), rows), int64(len(rows))
		apply(t, truth, b)
		check("updated", record.Latest)
		sameStream(t, truth, obj, rows)
	})
}

func plainJSON(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// sameStream compares what Stream reads with what was written, value by value.
func sameStream(t *testing.T, truth *record.Truth, obj *contract.Object, rows [][]any) {
	t.Helper()
	rr, err := truth.Stream(t.Context(), obj, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	if want := contract.ArrowSchema(obj.StoredFields()); !rr.Schema().Equal(want) {
		t.Errorf("schema %s, want %s", rr.Schema(), want)
	}
	written, err := stream(contract.ArrowSchema(stored(obj)), rows)()
	if err != nil {
		t.Fatal(err)
	}
	got, want := texts(t, rr), texts(t, written)
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	for key, w := range want {
		if got[key] != w {
			t.Errorf("streamed row %q:\n got %s\nwant %s", key, got[key], w)
		}
	}
}

// texts renders each row of a reader but its _seq, by its first column.
func texts(t *testing.T, rr array.RecordReader) map[string]string {
	t.Helper()
	all := map[string]string{}
	for rr.Next() {
		rec := rr.RecordBatch()
		for i := range int(rec.NumRows()) {
			var b strings.Builder
			for c, col := range rec.Columns() {
				if rec.ColumnName(c) != "_seq" {
					b.WriteString(col.ValueStr(i) + "|")
				}
			}
			all[rec.Column(0).ValueStr(i)] = b.String()
		}
	}
	if err := rr.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// keyed has a key component of each type that may be one.
func keyed() *contract.Contract {
	return newContract([]contract.Column{
		{Name: "chu", Store: "chu", Type: contract.Text},
		{Name: "so", Store: "so", Type: contract.Integer},
		{Name: "tien", Store: "tien", Type: contract.Decimal, Precision: 9, Scale: 2},
		{Name: "ngay", Store: "ngay", Type: contract.Date},
		{Name: "luc", Store: "luc", Type: contract.Timestamp},
		{Name: "dung", Store: "dung", Type: contract.Boolean},
		{Name: "ti_le", Store: "ti_le", Type: contract.Float},
	}, 0, 1, 2, 3, 4, 5, 6)
}

func TestKeyOfEveryType(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := keyed()
		obj := c.Objects[0]
		// In key order, which is the order of bytes for text.
		rows := [][]any{
			{"", -1, "-12.50", arrow.Date32(-365), arrow.Timestamp(-1), false, -0.5},
			{"a b", 1, "0.00", arrow.Date32(0), arrow.Timestamp(0), false, 0.25},
			{"a/b", 1, "0.05", arrow.Date32(0), arrow.Timestamp(0), false, 0.25},
			{"a/b", 1, "0.05", arrow.Date32(0), arrow.Timestamp(0), true, 0.25},
			{"a/b", 1, "0.05", arrow.Date32(0), arrow.Timestamp(1), false, 0.25},
			{"a/b", 1, "0.05", arrow.Date32(1), arrow.Timestamp(0), false, 0.25},
			{"a/b", 1, "0.05", arrow.Date32(1), arrow.Timestamp(0), false, 1e300},
			{"a/b", 10, "1234567.89", arrow.Date32(20000), arrow.Timestamp(20000 * day), true, 3.0},
			{"a%2Fb", 2, "1.00", arrow.Date32(1), arrow.Timestamp(5), true, 1.0},
			{"a~b", 2, "1.00", arrow.Date32(1), arrow.Timestamp(5), true, 1.0},
			{"Ẵng", 3, "1.10", arrow.Date32(1), arrow.Timestamp(5), true, 1.0},
		}
		rows[7], rows[8] = rows[8], rows[7] // "%" sorts before "/"
		sortedRows := append([][]any{rows[0], rows[1]}, append([][]any{rows[7]}, append(rows[2:7:7], rows[8:]...)...)...)
		var full [][]any
		for _, r := range sortedRows {
			full = append(full, append(append([]any{}, r...), hash(r...), nil, nil))
		}
		apply(t, truth, load(c, full...))
		all := listAll(t, truth, obj, record.Latest)
		if len(all) != len(full) {
			t.Fatalf("%d rows, want %d", len(all), len(full))
		}
		for i, row := range all {
			if row.Values["chu"] != full[i][0] {
				t.Errorf("row %d is %q, want %q", i, row.Values["chu"], full[i][0])
			}
			got, err := truth.Get(t.Context(), obj, row.Key, record.Latest)
			if err != nil || plainJSON(t, got) != plainJSON(t, row) {
				t.Errorf("by key %s: %+v, %v", row.Key, got, err)
			}
		}
		if want := "a%2Fb~1~0.05~1970-01-01~1970-01-01T00%3A00%3A00.000000Z~false~0.25"; all[3].Key != want {
			t.Errorf("key is %s, want %s", all[3].Key, want)
		}
		for _, bad := range []string{"a", "a~b", "a~x~0.05~1970-01-01~1970-01-01T00:00:00Z~false~0.25", "%zz~1~0.05~1970-01-01~1970-01-01T00:00:00Z~false~0.25"} {
			if _, err := record.ParseKey(obj, bad); err == nil {
				t.Errorf("key %q was accepted", bad)
			}
		}
	})
}

func TestKeyTextRoundTrip(t *testing.T) {
	obj := newContract([]contract.Column{{Name: "a", Store: "a", Type: contract.Text}, {Name: "b", Store: "b", Type: contract.Text}}, 0, 1).Objects[0]
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		text := record.KeyText(obj, []any{a, b})
		if strings.Count(text, "~") != 1 || strings.ContainsAny(text, "/?#& \n\x00") {
			t.Fatalf("key text %q", text)
		}
		got, err := record.ParseKey(obj, text)
		if err != nil || got[0] != a || got[1] != b {
			t.Fatalf("%q and %q became %q, %v", a, b, got, err)
		}
	})
}
