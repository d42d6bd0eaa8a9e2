package corridor_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/seal"
	"github.com/phohien/phohien/internal/foundation/store"
)

// files of people's cases, in which all that tells of a person is sealed.
const sealedRegister = `apiVersion: v3.1.0
kind: DataContract
id: ho-so
name: Hồ sơ trợ giúp
version: 1.0.0
status: active
schema:
- name: ho_so
  physicalName: ho_so
  properties:
  - {name: ma, logicalType: string, primaryKey: true, businessName: Mã hồ sơ}
  - {name: so_dinh_danh, logicalType: string, required: true, unique: true, businessName: Số định danh, customProperties: [{property: phohien.identifier, value: cccd}, {property: phohien.sealed, value: true}]}
  - {name: ho_ten, logicalType: string, required: true, businessName: Họ và tên, customProperties: [{property: phohien.sealed, value: true}, {property: phohien.personal, value: {class: basic, kind: name}}]}
  - {name: ngay_sinh, logicalType: date, businessName: Ngày sinh, customProperties: [{property: phohien.precision, value: year}, {property: phohien.sealed, value: true}]}
  - {name: so_tien, logicalType: integer, businessName: Số tiền}
`

const sealedName = "Nguyễn Thị Niêm Phong"

// unseen looks for what must not lie readable anywhere.
func (h *house) unseen(t *testing.T) {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) { // a batch sweeps its folder after it has ended
		left, err := os.ReadDir(filepath.Join(h.dir, "work"))
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			break
		}
		if time.Since(begin) > time.Minute {
			t.Fatalf("the work folder still has %v", left)
		}
	}
	for _, text := range []string{gone, sealedName, "Niêm Phong"} {
		nowhere(t, h.dir, text)
		if h.store.Engine() == store.SQLite {
			nowhere(t, h.store.Dir(), text)
		}
	}
}

func TestSealed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(sealedRegister)
		head := "Mã hồ sơ,Số định danh,Họ và tên,Ngày sinh,Số tiền\n"
		first := h.send("ho-so", head+"A1,"+gone+","+sealedName+",1995,500\nA2,"+stays+",Trần Thị B,02/1999,500\n", sure)
		h.want(first, "scored read 2 skipped 0 acc 2 (ins 2 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		h.unseen(t)

		// The same again is known to be the same, another name is a change.
		h.want(h.send("ho-so", head+"A1,"+gone+","+sealedName+",1995,500\nA2,"+stays+",Trần Thị Bích,02/1999,500\n", sure),
			"scored read 2 skipped 0 acc 2 (ins 0 upd 1 same 1) quar 0 wd 0 late 0 miss 0 mended 0")
		if got, want := h.rows("ho-so"), "A1: A1 "+gone+" "+sealedName+" 1995 500\nA2: A2 "+stays+" Trần Thị Bích 1999-02 500 [f:ngay_sinh]\n"; got != want {
			t.Errorf("rows\n%swant\n%s", got, want)
		}

		// Somebody else's number is not unique; a wrong date, and a line with a cell
		// too many. In a workbook, in UTF-16, and waiting for a person.
		r := h.send("ho-so", "", file("xau.xlsx", book(t, []any{"Mã hồ sơ", "Số định danh", "Họ và tên", "Ngày sinh"},
			[]any{"A3", gone, "Ai Khác", "1990"}, []any{"A4", "033305000001", sealedName, "31/02/1990"})), sure)
		if r.Quarantined != 2 {
			t.Errorf("%s %+v", counts(r), r.Reasons)
		}
		h.send("ho-so", head+"A5,"+gone+","+sealedName+",1990,1,2,3\n", sure)
		wide := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(strings.ReplaceAll(head, ",", "\t") + "A6\t033.095.001.234\t" + sealedName + "\t31/02/1995\t1\n")) {
			wide = append(wide, byte(u), byte(u>>8))
		}
		h.send("ho-so", "", file("rong.txt", wide), sure)
		held := h.receive("ho-so", head+"A1,"+gone+","+sealedName+" Hai,1995,700\nA7,x,y,z,w\n", preview)
		held = h.ended(held.ID)
		if held.State != corridor.Held || held.Report.Examples.Updated[0].Cells[2] != sealedName+" Hai" || held.Report.Examples.Updated[0].Before[2] != sealedName {
			t.Errorf("%+v", held.Report)
		}
		lines := h.lines("ho-so")
		if !strings.Contains(lines, sealedName) || !strings.Contains(lines, "033.095.001.234") || strings.Contains(lines, "sealed:") {
			t.Errorf("lines\n%s", lines)
		}
		_, book := h.slip("ho-so", "")
		if cells, err := book.GetRows(book.GetSheetName(0)); err != nil || !strings.Contains(strings.Join(flat(cells), " "), sealedName) {
			t.Errorf("the slip does not show its lines: %v %v", cells, err)
		}
		h.unseen(t)

		// A file without headings: what a person says of its columns names values.
		bare := h.ended(h.receive("ho-so", "A8,"+gone+","+sealedName+",1995,1\n", preview).ID)
		if bare.State != corridor.Held {
			t.Fatalf("%+v", bare)
		}
		look, err := h.LookInto(t.Context(), bare.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		say := look.Recipe
		say.Columns = map[string]string{}
		for i, heading := range look.Reading.Header {
			say.Columns[heading] = []string{"ma", "so_dinh_danh", "ho_ten", "ngay_sinh", "so_tien"}[i]
		}
		again, err := h.Reread(t.Context(), clerk, bare.ID, say, true)
		if err != nil {
			t.Fatal(err)
		}
		h.ended(again.ID)
		kept, err := h.recipes.Find(t.Context(), "ho-so", "")
		if err != nil || kept == nil || len(kept.Columns) != 5 {
			t.Errorf("remembered %+v, %v", kept, err)
		}
		if err := h.recipes.Keep(t.Context(), clerk, "ho-so", "khac", kept); err != nil {
			t.Fatal(err)
		}
		h.unseen(t)
		if err := h.recipes.Keep(t.Context(), clerk, "ho-so", "", &recipe.Recipe{}); err != nil {
			t.Fatal(err)
		}

		// Copies: the mirror, written beside the truth and made again.
		_, obj, err := h.contracts.Object(t.Context(), "ho-so")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.mirror.Follow(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
		h.sealedInside(t, obj.Dataset)
		h.mirrored(obj)
		h.asked(t)
		h.unseen(t)

		// Judged again by another contract; undone; confirmed.
		h.put(strings.Replace(strings.Replace(sealedRegister, "1.0.0", "1.1.0", 1), "businessName: Số tiền}", "businessName: Số tiền, logicalTypeOptions: {maximum: 400}}", 1))
		h.Rejudge("ho-so")
		h.settled()
		if got := h.rows("ho-so"); !strings.Contains(got, "A1: A1 "+gone+" "+sealedName+" 1995 500 [r:") {
			t.Errorf("rows\n%s", got)
		}
		if _, err := h.Confirm(t.Context(), clerk, held.ID); err != nil {
			t.Fatal(err)
		}
		h.ended(held.ID)
		list, _, err := h.Batches(t.Context(), "ho-so", "", 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if s.Kind == "load" && s.Report != nil && s.Report.Updated == 1 {
				u, err := h.Undo(t.Context(), clerk, s.ID)
				if err != nil {
					t.Fatal(err)
				}
				h.ended(u.ID)
			}
		}
		h.unseen(t)
		h.mirrored(obj)

		// A sealed number is found when its person is erased, and so is what was
		// said of it; the others stay.
		subject, done, _, err := h.EraseSubject(t.Context(), clerk, gone, "Điều 4 Luật 91/2025/QH15")
		if err != nil || subject == "" || len(done) == 0 {
			t.Fatalf("%+v, %v", done, err)
		}
		for _, e := range done {
			if e.State != corridor.EraseDone {
				t.Errorf("%+v %+v", e, e.Fault)
			}
		}
		if got := h.rows("ho-so"); strings.Contains(got, gone) || !strings.Contains(got, stays) {
			t.Errorf("rows\n%s", got)
		}
		if got := h.lines("ho-so"); strings.Contains(got, gone) || strings.Contains(got, "033.095.001.234") {
			t.Errorf("lines\n%s", got)
		}
		if list, _, err = h.Batches(t.Context(), "ho-so", "", 50); err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if s.Report == nil || s.Report.Examples == nil {
				continue
			}
			for _, e := range append(s.Report.Examples.Updated, s.Report.Examples.Quarantined...) {
				if strings.Contains(strings.Join(append(e.Cells, e.Before...), " "), gone) {
					t.Errorf("a report still tells %+v", e)
				}
			}
		}
		sealedNowhere(t, h)
	})
}

func flat(rows [][]string) (all []string) {
	for _, r := range rows {
		all = append(all, r...)
	}
	return all
}

// sealedInside looks at what the truth hands to the mirror.
func (h *house) sealedInside(t *testing.T, dataset string) {
	t.Helper()
	feed, err := h.truth.Follow(t.Context(), h.object(dataset))
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	for _, open := range []func(int64) (array.RecordReader, error){feed.Rows, feed.History} {
		rr, err := open(0)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for rr.Next() {
			rec := rr.RecordBatch()
			for i := range int(rec.NumRows()) {
				for _, name := range []string{"so_dinh_danh", "ho_ten", "ngay_sinh"} {
					v := rec.Column(rec.Schema().FieldIndices(name)[0]).(*array.String).Value(i)
					if n++; !seal.Is(v) {
						t.Errorf("%s is kept as %q", name, v)
					}
				}
			}
		}
		rr.Release()
		if n == 0 {
			t.Error("nothing to look at")
		}
	}
}

// asked looks at what readers of the mirror are answered.
func (h *house) asked(t *testing.T) {
	t.Helper()
	obj := h.object("ho-so")
	all := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}, Columns: map[string]policy.Sight{}}
	view, err := record.NewView(obj, all, h.keys)
	if err != nil {
		t.Fatal(err)
	}
	scan := func(o mirror.ScanOptions) (keys []string, err error) {
		rows, err := h.mirror.Through(view).Scan(t.Context(), o)
		if err != nil {
			return nil, err
		}
		defer rows.Release()
		for rows.Next() {
			keys = append(keys, rows.Row().Key+" "+rows.Row().Values["ho_ten"].(string))
		}
		return keys, rows.Err()
	}
	for value, want := range map[string]string{gone: "A1 " + sealedName, stays: "A2 Trần Thị Bích", "033305000001": ""} {
		got, err := scan(mirror.ScanOptions{Where: sealedFilter(t, "so_dinh_danh = '"+value+"'")})
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("filter by %s: %q, %v", value, got, err)
		}
	}
	for _, o := range []mirror.ScanOptions{
		{Where: sealedFilter(t, "ho_ten LIKE '%Niêm%'")}, {Where: sealedFilter(t, "ngay_sinh > '1990'")},
		{Sort: []mirror.Sort{{Column: "ho_ten"}}},
	} {
		if _, err := scan(o); !fault.Is(err, "filter.sealed") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := h.mirror.Groups(t.Context(), obj, all, mirror.GroupQuery{By: []mirror.GroupBy{{Column: "ho_ten"}}}); !fault.Is(err, "filter.sealed") {
		t.Errorf("groups: %v", err)
	}

	// Questions compare, join and count sealed columns, and answer in clear.
	ask := func(view *record.View, sql string) string {
		t.Helper()
		a, err := h.mirror.Query(t.Context(), sql, mirror.Views{"ho-so": view}, mirror.QueryOptions{})
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		defer a.Release()
		var out []string
		for a.Next() {
			for i := range int(a.RecordBatch().NumRows()) {
				for _, c := range a.RecordBatch().Columns() {
					out = append(out, strings.Clone(c.ValueStr(i)))
				}
			}
		}
		if err := a.Err(); err != nil {
			t.Fatal(err)
		}
		return strings.Join(out, "|")
	}
	for sql, want := range map[string]string{
		`SELECT ma, ho_ten FROM "ho-so" WHERE so_dinh_danh = '` + gone + `'`:                               "A1|" + sealedName,
		`SELECT a.ma FROM "ho-so" a WHERE '` + gone + `' <> a."so_dinh_danh"`:                              "A2",
		`SELECT ma FROM "ho-so" WHERE ho_ten IN ('ai', '` + sealedName + `')`:                              "A1",
		`SELECT count(DISTINCT so_dinh_danh) FROM "ho-so"`:                                                 "2",
		`SELECT a.ho_ten FROM "ho-so" a JOIN "ho-so" b ON a.so_dinh_danh = b.so_dinh_danh AND b.ma = 'A1'`: sealedName,
		`SELECT 'sealed:abc'`: "sealed:abc",
	} {
		if got := ask(view, sql); got != want {
			t.Errorf("%s: %q instead of %q", sql, got, want)
		}
	}
	// Who sees a column masked is told no more than of any other.
	masked := all
	masked.Columns = map[string]policy.Sight{"ho_ten": {Mask: policy.Hidden}, "so_dinh_danh": {Mask: policy.Hash}, "ngay_sinh": {Mask: policy.Year}}
	veiled, err := record.NewView(obj, masked, h.keys)
	if err != nil {
		t.Fatal(err)
	}
	row, err := h.truth.Through(veiled).Get(t.Context(), "A1", record.Latest)
	if err != nil || row.Values["ho_ten"] != nil || row.Values["ngay_sinh"] != "1995" {
		t.Errorf("%+v, %v", row, err)
	}
	if got := ask(veiled, `SELECT so_dinh_danh, ho_ten FROM "ho-so" WHERE ma = 'A1'`); got != row.Values["so_dinh_danh"].(string)+"|(null)" {
		t.Errorf("%q, in rows %v", got, row.Values["so_dinh_danh"])
	}
	if got := ask(veiled, `SELECT ma FROM "ho-so" WHERE ho_ten = '`+sealedName+`'`); got != "" {
		t.Errorf("a hidden name is found: %q", got)
	}
}

// sealedNowhere looks for the sealed number itself: whoever has the key could
// open it.
func sealedNowhere(t *testing.T, h *house) {
	t.Helper()
	texts, err := seal.NewTexts(h.keys)
	if err != nil {
		t.Fatal(err)
	}
	if h.store.Engine() != store.SQLite {
		return
	}
	for _, dir := range []string{h.dir, h.store.Dir()} {
		for _, text := range []string{gone, sealedName} {
			if text == sealedName { // another's line may have the name
				continue
			}
			err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				b, err := os.ReadFile(path)
				if bytes.Contains(b, []byte(texts.Seal(text))) {
					t.Errorf("%s still holds the sealed number", path)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What is sealed stays so: a contract that says otherwise waits for other tables.
func TestSealed_changed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(sealedRegister)
		h.send("ho-so", "Mã hồ sơ,Số định danh,Họ và tên\nA1,"+gone+","+sealedName+"\n", sure)
		open := strings.Replace(strings.Replace(sealedRegister, "1.0.0", "2.0.0", 1), ", {property: phohien.sealed, value: true}]", "]", 1)
		h.put(open)
		if _, err := h.try("ho-so", "Mã hồ sơ,Số định danh,Họ và tên\nA2,"+stays+",B\n", sure); !fault.Is(err, "contract.sealed-changed") {
			t.Errorf("unsealed: %v", err)
		}
		// Another column may come, sealed.
		h.put(strings.Replace(sealedRegister, "1.0.0", "1.2.0", 1) + "  - {name: ghi_chu, logicalType: string, businessName: Ghi chú, customProperties: [{property: phohien.sealed, value: true}]}\n")
		h.send("ho-so", "Mã hồ sơ,Số định danh,Họ và tên,Ghi chú\nA2,"+stays+",B,"+sealedName+"\n", sure)
		if got := h.rows("ho-so"); !strings.Contains(got, "A2: A2 "+stays+" B <nil> <nil> "+sealedName) {
			t.Errorf("rows\n%s", got)
		}
		h.unseen(t)
	})
}

func sealedFilter(t *testing.T, text string) cql2.Expr {
	t.Helper()
	e, err := cql2.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
