package export_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/export"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

type secrets struct{}

func (secrets) Key(purpose string) []byte {
	sum := sha256.Sum256([]byte("a test's master " + purpose))
	return sum[:]
}

// everything has a column of each type.
func everything() *contract.Object {
	return &contract.Object{
		Contract: "thu", Name: "thu", Title: "Bảng <thử>", Dataset: "thu", Table: "thu", Key: []int{0},
		OrderBy: -1, Sender: -1, Period: -1, ValidFrom: -1, ValidTo: -1, ScopeUnit: -1, ScopeAgency: -1,
		Columns: []contract.Column{
			{Name: "ma", Title: "Mã", Store: "ma", Type: contract.Text},
			{Name: "nguyen", Title: "Số nguyên", Store: "nguyen", Type: contract.Integer},
			{Name: "tien", Title: "Tiền", Store: "tien", Type: contract.Decimal, Precision: 18, Scale: 2},
			{Name: "so", Title: "Số", Store: "so", Type: contract.Float},
			{Name: "dung", Title: "Đúng", Store: "dung", Type: contract.Boolean},
			{Name: "ngay", Title: "Ngày", Store: "ngay", Type: contract.Date},
			{Name: "nam", Title: "Năm", Store: "nam", Type: contract.PartialDate},
			{Name: "gio", Title: "Giờ", Store: "gio", Type: contract.Time},
			{Name: "luc", Title: "Lúc", Store: "luc", Type: contract.Timestamp},
			{Name: "them", Title: "Thêm", Store: "them", Type: contract.JSON},
			{Name: "cho", Title: "Chỗ", Store: "cho", Type: contract.Geometry},
			{Name: "tep", Title: "Tệp", Store: "tep", Type: contract.File},
		},
	}
}

// records are rows of it, in the JSON form of docs/types.md: the first with the
// largest of everything and a polygon that runs the wrong way round.
func records() []record.Row {
	return []record.Row{
		{Key: "a%2Fb~1", Values: map[string]any{
			"ma": "a/b", "nguyen": "9223372036854775807", "tien": json.Number("9999999999999999.99"), "so": 1.5, "dung": true, "ngay": "1969-12-31", "nam": "1975-04", "gio": "23:59:59",
			"luc": "1970-01-01T06:59:59.999999+07:00", "them": json.RawMessage(`{"b":[1,2.50,null,"Phố Hiến \"\\"]}`),
			"cho": json.RawMessage(`{"type":"Polygon","coordinates":[[[106,20],[106,21],[107,21],[107,20],[106,20]]]}`),
			"tep": map[string]any{"sha256": "0f", "name": "ảnh.png", "mediaType": "image/png", "bytes": int64(12345)},
		}},
		{Key: "%C4%90", Values: map[string]any{
			"ma": "=1+1 Đặng Thị Ẵ\n\t'\"<b>", "nguyen": int64(-5), "tien": json.Number("-0.05"), "so": "NaN", "dung": false, "ngay": "9999-12-31", "nam": "9999", "gio": "00:00:00",
			"luc": "10000-01-01T06:59:59+07:00", "them": json.RawMessage(`[]`), "cho": json.RawMessage(`{"type":"Point","coordinates":[106.05,20.65]}`), "tep": nil,
		}},
		{Key: "x", Nil: map[string]string{"gio": "withheld"}, Values: map[string]any{"ma": "x"}},
	}
}

var con = &contract.Contract{ID: "thu", OwnerName: "Sở Nội vụ", Provenance: contract.Provenance{
	Kind: contract.SampleData, Source: "OpenStreetMap", Licence: "ODbL-1.0", Attribution: "© những người đóng góp",
}}

// made is a file of a kind as a reader with these masks gets it.
func made(t *testing.T, k export.Kind, obj *contract.Object, masks map[string]policy.Sight, rows []record.Row, fields ...string) []byte {
	t.Helper()
	v, err := record.NewView(obj, policy.Decision{Allowed: true, Rows: policy.Rows{All: true}, Columns: masks}, secrets{})
	if err != nil {
		t.Fatal(err)
	}
	if fields == nil {
		for _, c := range obj.Columns {
			fields = append(fields, c.Name)
		}
	}
	var b bytes.Buffer
	x, err := export.New(k, &b, v, export.Options{Fields: fields, Source: export.SourceOf(con, obj, 7), ExportOptions: workbook.ExportOptions{Language: locale.Vi, Temp: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := x.Row(v.Row(r)); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (rewrite with -update and read it):\n%s", name, got)
	}
}

// masked is how somebody sees them who sees neither key, nor day, nor place.
var masked = map[string]policy.Sight{
	"ma": {Mask: policy.Hash}, "nguyen": {Mask: policy.Hash}, "ngay": {Mask: policy.Year}, "luc": {Mask: policy.Hidden}, "cho": {Mask: policy.Hidden}, "tien": {Mask: policy.Hash},
}

func TestGeoJSON(t *testing.T) {
	golden(t, "everything.geojson", made(t, export.GeoJSON, everything(), nil, records()))
	golden(t, "masked.geojson", made(t, export.GeoJSON, everything(), masked, records()))
	none := made(t, export.GeoJSON, everything(), nil, nil)
	for name, text := range map[string][]byte{"without records": none, "all": made(t, export.GeoJSON, everything(), nil, records())} {
		var all struct {
			Type     string
			Features []struct{ Type string }
		}
		if err := json.Unmarshal(text, &all); err != nil || all.Type != "FeatureCollection" || all.Features == nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

// A longitude with a latitude makes points; what is no place on Earth makes none.
func TestGeoJSON_points(t *testing.T) {
	obj := everything()
	obj.Columns = []contract.Column{
		{Name: "ma", Title: "Mã", Store: "ma", Type: contract.Text},
		{Name: "x", Title: "Kinh độ", Store: "x", Type: contract.Float},
		{Name: "vi_do", Title: "Vĩ", Store: "vi_do", Type: contract.Decimal, Precision: 9, Scale: 6},
	}
	var rows []record.Row
	for i, at := range [][2]any{{106.05, json.Number("20.650000")}, {nil, json.Number("20")}, {106.05, json.Number("90.1")}, {"NaN", json.Number("20")}, {-180.0, json.Number("-90")}} {
		rows = append(rows, record.Row{Key: fmt.Sprint(i), Values: map[string]any{"ma": "m", "x": at[0], "vi_do": at[1]}})
	}
	golden(t, "points.geojson", made(t, export.GeoJSON, obj, nil, rows))
	hidden := made(t, export.GeoJSON, obj, map[string]policy.Sight{"x": {Mask: policy.Hidden}}, rows)
	if bytes.Contains(hidden, []byte("coordinates")) || bytes.Contains(hidden, []byte("106.05")) {
		t.Errorf("a place is told of which the longitude is hidden:\n%s", hidden)
	}
	for _, fields := range [][]string{{"ma"}, {"ma", "x"}} {
		if err := export.GeoJSON.Check(obj, fields); !fault.Is(err, "export.no-place") {
			t.Errorf("%v: %v", fields, err)
		}
	}
	if err := export.Kind("pdf").Check(obj, nil); !fault.Is(err, "export.kind") {
		t.Errorf("a kind that is none: %v", err)
	}
}

// told writes a schema and its rows as text.
func told(t *testing.T, schema *arrow.Schema, batches []arrow.RecordBatch) string {
	t.Helper()
	var b strings.Builder
	for i, f := range schema.Fields() {
		fmt.Fprintf(&b, "%s %s %v\n", f.Name, f.Type, f.Metadata.ToMap())
		for _, batch := range batches {
			for r := range int(batch.NumRows()) {
				fmt.Fprintf(&b, "\t%q\n", batch.Column(i).ValueStr(r))
			}
		}
	}
	return b.String()
}

func readArrow(t *testing.T, text []byte) (*arrow.Schema, []arrow.RecordBatch) {
	t.Helper()
	r, err := ipc.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var all []arrow.RecordBatch
	for r.Next() {
		batch := r.RecordBatch()
		batch.Retain()
		all = append(all, batch)
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return r.Schema(), all
}

func readParquet(t *testing.T, text []byte) (*file.Reader, *arrow.Schema, []arrow.RecordBatch) {
	t.Helper()
	r, err := file.NewParquetReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	fr, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := fr.ReadTable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tr := array.NewTableReader(table, 0)
	var all []arrow.RecordBatch
	for tr.Next() {
		batch := tr.RecordBatch()
		batch.Retain()
		all = append(all, batch)
	}
	return r, table.Schema(), all
}

// Parquet and Arrow hold the same columns of the same types with the same
// values, and what the masks leave as text.
func TestTable(t *testing.T) {
	for name, masks := range map[string]map[string]policy.Sight{"everything": nil, "masked": masked} {
		schema, batches := readArrow(t, made(t, export.Arrow, everything(), masks, records()))
		golden(t, name+".table.txt", []byte(told(t, schema, batches)))
		r, pschema, pbatches := readParquet(t, made(t, export.Parquet, everything(), masks, records()))
		for i, f := range pschema.Fields() {
			if want := schema.Field(i); f.Name != want.Name || !arrow.TypeEqual(f.Type, want.Type) {
				t.Errorf("%s: %s %s in Parquet, %s in Arrow", name, f.Name, f.Type, want.Type)
			}
			for row := range int(batches[0].NumRows()) {
				if got, want := pbatches[0].Column(i).ValueStr(row), batches[0].Column(i).ValueStr(row); got != want {
					t.Errorf("%s: %s of row %d: %q in Parquet, %q in Arrow", name, f.Name, row, got, want)
				}
			}
		}
		meta, about := schema.Metadata(), r.MetaData().KeyValueMetadata()
		for key, want := range map[string]string{"phohien.licence": "ODbL-1.0", "phohien.provenance": "sample", "phohien.attribution": "© những người đóng góp", "phohien.seq": "7", "phohien.source": "OpenStreetMap"} {
			at := about.FindValue(key)
			if got, _ := meta.GetValue(key); got != want || at == nil || *at != want {
				t.Errorf("%s: %s is %q, %v, want %q", name, key, got, at, want)
			}
		}
		if geo := about.FindValue("geo"); (geo != nil) != (masks == nil) {
			t.Errorf("%s: metadata of GeoParquet %v", name, geo)
		}
	}
}

// DuckDB, which is nothing of ours, reads the Parquet file with its types.
func TestParquet_duckdb(t *testing.T) {
	path := filepath.Join(t.TempDir(), "thu.parquet")
	if err := os.WriteFile(path, made(t, export.Parquet, everything(), nil, records()), 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var types string
	if err := db.QueryRow(`SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE SELECT * EXCLUDE (cho) FROM read_parquet($1))`, path).Scan(&types); err != nil {
		t.Fatal(err)
	}
	const want = "ma VARCHAR, nguyen BIGINT, tien DECIMAL(18,2), so DOUBLE, dung BOOLEAN, ngay DATE, nam VARCHAR, gio VARCHAR, luc TIMESTAMP WITH TIME ZONE, them VARCHAR, tep VARCHAR"
	if types != want {
		t.Errorf("types\n got %s\nwant %s", types, want)
	}
	var rows, most int64
	var sum, codec string
	if err := db.QueryRow(`SELECT count(*), max(nguyen), sum(tien)::VARCHAR FROM read_parquet($1)`, path).Scan(&rows, &most, &sum); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(`SELECT any_value(compression) FROM parquet_metadata($1)`, path).Scan(&codec); err != nil {
		t.Fatal(err)
	}
	if rows != 3 || most != 9223372036854775807 || sum != "9999999999999999.94" || codec != "ZSTD" {
		t.Errorf("%d rows, %d, %s, %s", rows, most, sum, codec)
	}
}

// Many rows leave in batches and groups of bounded size, and all of them arrive.
func TestTable_groups(t *testing.T) {
	obj := everything()
	obj.Columns = obj.Columns[:2]
	const n = 300_000
	v, err := record.NewView(obj, policy.Everything, secrets{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []export.Kind{export.Parquet, export.Arrow} {
		var b bytes.Buffer
		x, err := export.New(k, &b, v, export.Options{Fields: []string{"ma", "nguyen"}, Source: export.SourceOf(con, obj, 1)})
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if err := x.Row(record.Row{Values: map[string]any{"ma": "x", "nguyen": int64(i)}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		var batches []arrow.RecordBatch
		if k == export.Arrow {
			_, batches = readArrow(t, b.Bytes())
		} else {
			var r *file.Reader
			r, _, batches = readParquet(t, b.Bytes())
			if r.NumRowGroups() != 3 {
				t.Errorf("%d row groups, want 3", r.NumRowGroups())
			}
		}
		next := int64(0)
		for _, batch := range batches {
			for i := range int(batch.NumRows()) {
				if got := batch.Column(1).(*array.Int64).Value(i); got != next {
					t.Fatalf("%s: row %d holds %d", k, next, got)
				}
				next++
			}
		}
		if next != n {
			t.Errorf("%s: %d rows, want %d", k, next, n)
		}
	}
}

// A workbook says on a sheet of its own and in its properties whose data it
// holds; CSV has no word of it in its bytes.
func TestSheets(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(made(t, export.XLSX, everything(), nil, records(), "ma", "nguyen")))
	if err != nil {
		t.Fatal(err)
	}
	sheets := f.GetSheetList()
	if len(sheets) != 2 || sheets[0] != "Dữ liệu" || sheets[1] != "Nguồn dữ liệu" {
		t.Fatalf("sheets %v", sheets)
	}
	rows, err := f.GetRows(sheets[1])
	if err != nil {
		t.Fatal(err)
	}
	props, err := f.GetDocProps()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, r := range rows {
		said.WriteString(strings.Join(r, ": ") + "\n")
	}
	for _, text := range []string{"Giấy phép: ODbL-1.0 https://spdx.org/licenses/ODbL-1.0.html", "Dữ liệu mẫu.", "Ghi công: © những người đóng góp", "Sở Nội vụ"} {
		if !strings.Contains(said.String(), text) || !strings.Contains(props.Description, text) {
			t.Errorf("%q is not said:\n%s\n%s", text, &said, props.Description)
		}
	}
	if csv := made(t, export.CSV, everything(), nil, records(), "ma", "nguyen"); bytes.Contains(csv, []byte("ODbL")) || !bytes.Contains(csv, []byte("'=1+1")) {
		t.Errorf("CSV:\n%s", csv)
	}
}

func TestSource(t *testing.T) {
	for licence, want := range map[string]string{
		"CC-BY-4.0": "https://spdx.org/licenses/CC-BY-4.0.html", "MIT": "https://spdx.org/licenses/MIT.html", "": "",
		"Văn bản hành chính nhà nước (Luật Sở hữu trí tuệ, Điều 15)": "", "https://vi.du/giay-phep": "https://vi.du/giay-phep", "javascript:1": "",
	} {
		s := export.Source{Provenance: contract.Provenance{Licence: licence}}
		if got := s.LicenceURL(); got != want {
			t.Errorf("%q: %q, want %q", licence, got, want)
		}
	}
	got := export.SourceOf(con, everything(), 7).Header()
	const want = "kind=sample; seq=7; publisher*=UTF-8''S%E1%BB%9F%20N%E1%BB%99i%20v%E1%BB%A5; source*=UTF-8''OpenStreetMap; licence*=UTF-8''ODbL-1.0; attribution*=UTF-8''%C2%A9%20nh%E1%BB%AFng%20ng%C6%B0%E1%BB%9Di%20%C4%91%C3%B3ng%20g%C3%B3p"
	if got != want {
		t.Errorf("header\n got %s\nwant %s", got, want)
	}
}
