package form_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/odcs"
)

// kinds has a column of every type that a form asks for.
const kinds = `
apiVersion: v3.1.0
kind: DataContract
id: thu-bieu-mau
name: Thử biểu mẫu
version: 1.0.0
status: active
schema:
  - name: muc
    properties:
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true, logicalTypeOptions: {maxLength: 10}}
      - {name: ten, businessName: "Tên", logicalType: string, required: true, logicalTypeOptions: {minLength: 3, maxLength: 400}}
      - {name: so, businessName: "Số", logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 5000}, description: "Đếm từ đầu năm. Counted from the new year."}
      - {name: ty_le, businessName: "Tỷ lệ", logicalType: number, physicalType: "decimal(8,3)"}
      - {name: thuc, logicalType: number}
      - {name: co, logicalType: boolean}
      - {name: ngay, businessName: "Ngày", logicalType: date}
      - {name: nam, logicalType: date, customProperties: [{property: phohien.precision, value: year}]}
      - {name: luc, logicalType: timestamp}
      - {name: them, logicalType: object}
      - {name: trang_thai, logicalType: string, customProperties: [{property: phohien.codeList, value: trang-thai-he-thong}]}
customProperties:
  - {property: phohien.origin, value: platform}
`

func object(t *testing.T) (*contract.Contract, *contract.Object) {
	t.Helper()
	doc, err := odcs.Read([]byte(kinds))
	if err != nil {
		t.Fatal(err)
	}
	con, findings := contract.Resolve(doc, contract.Options{})
	if con == nil {
		t.Fatal(findings)
	}
	return con, con.Objects[0]
}

// TestRead: what people and programs write, and what is said of what cannot be
// read.
func TestRead(t *testing.T) {
	_, obj := object(t)
	for _, c := range []struct {
		name, column, text string
		style              form.Style
		want, says         string
	}{
		{"whole", "so", " 1.234 ", form.Vietnamese, "1234", ""},
		{"whole for programs", "so", "1234", form.Plain, "1234", ""},
		{"no number", "so", "mười", form.Vietnamese, "", "“mười” không phải số nguyên"},
		{"a part of a whole", "so", "1,5", form.Vietnamese, "", "không phải số nguyên"},
		{"comma", "ty_le", "99,5", form.Vietnamese, "99.500", ""},
		{"point", "ty_le", "99.5", form.Vietnamese, "99.500", ""},
		{"nobody knows", "ty_le", "99.712", form.Vietnamese, "", "có thể hiểu hai cách"},
		{"a program knows", "ty_le", "99.712", form.Plain, "99.712", ""},
		{"an English reader knows", "ty_le", "99.712", form.English, "99.712", ""},
		{"thousands", "ty_le", "1.234,5", form.Vietnamese, "1234.500", ""},
		{"too many decimals", "ty_le", "1,2345", form.Vietnamese, "", "không đọc được thành số"},
		{"real", "thuc", "0,25", form.Vietnamese, "0.25", ""},
		{"yes", "co", "có", form.Vietnamese, "true", ""},
		{"neither", "co", "có lẽ", form.Vietnamese, "", "chọn Có hoặc Không"},
		{"day", "ngay", "1/7/2025", form.Vietnamese, "2025-07-01", ""},
		{"day of a calendar", "ngay", "2025-07-01", form.Vietnamese, "2025-07-01", ""},
		{"no day", "ngay", "31/02/2025", form.Vietnamese, "", "không phải ngày có thật"},
		{"month", "nam", "7/2025", form.Vietnamese, "2025-07", ""},
		{"no year", "nam", "năm ngoái", form.Vietnamese, "", "Viết 2026, 11/2026"},
		{"moment", "luc", "22/11/2026 07:30:00", form.Vietnamese, "2026-11-22T07:30:00+07:00", ""},
		{"no moment", "luc", "sáng nay", form.Vietnamese, "", "không phải thời điểm"},
		{"document", "them", `{"a": 1}`, form.Vietnamese, `{"a": 1}`, ""},
		{"no document", "them", `{a`, form.Vietnamese, "", "không đúng định dạng JSON"},
		{"words in another Unicode form", "ten", "  Tên\r\nhai ", form.Vietnamese, "Tên\nhai", ""},
		{"nothing", "so", "  ", form.Vietnamese, "", ""},
		{"no such field", "khong_co", "1", form.Vietnamese, "", "không có trường “khong_co”"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cells, wrong := form.Read(obj, c.style, map[string]string{c.column: c.text})
			switch {
			case c.says == "" && (len(wrong) > 0 || cells[c.column] != c.want):
				t.Errorf("got %q, %v; want %q", cells[c.column], wrong, c.want)
			case c.says != "" && (len(wrong) != 1 || !strings.Contains(wrong[0].Vi, c.says) || wrong[0].En == ""):
				t.Errorf("got %v, want words with %q", wrong, c.says)
			}
		})
	}
}

// TestWritten: what stands in a field is read back as what it was.
func TestWritten(t *testing.T) {
	_, obj := object(t)
	for column, cell := range map[string]string{
		"so": "1234", "ty_le": "99.712", "thuc": "0.125", "co": "false", "ngay": "2025-07-01", "nam": "2025-07", "luc": "2026-11-22T07:30:00+07:00", "ten": "Kho 1.234",
	} {
		for _, l := range []locale.Lang{locale.Vi, locale.En} {
			c := &obj.Columns[obj.Column(column)]
			text := form.Written(l, c, cell)
			got, wrong := form.Read(obj, form.StyleOf(l), map[string]string{column: text})
			if len(wrong) > 0 || got[column] != cell {
				t.Errorf("%s in %s: %q is read back as %q, %v", column, l, text, got[column], wrong)
			}
		}
	}
}

// TestFields makes a form of a contract.
func TestFields(t *testing.T) {
	con, obj := object(t)
	if !form.Fits(con, obj) {
		t.Error("the data set has no form")
	}
	fields := form.Fields(locale.Vi, obj, dictionary.Names{})
	by := map[string]form.Field{}
	for _, f := range fields {
		by[f.Name] = f
	}
	if len(fields) != len(obj.Columns) {
		t.Fatalf("%d fields of %d columns", len(fields), len(obj.Columns))
	}
	if f := by["ten"]; f.Kind != form.Area || f.Most != 400 || !f.Required || f.Title != "Tên" {
		t.Errorf("%+v", f)
	}
	if f := by["so"]; f.Mode != "numeric" || f.Required || f.Help != "Đếm từ đầu năm. Từ 0 đến 5.000." {
		t.Errorf("%+v", f)
	}
	if f := by["co"]; f.Kind != form.Choice || len(f.Options) != 2 || f.Options[0].Value != "true" {
		t.Errorf("%+v", f)
	}
	if f := by["ngay"]; f.Kind != form.Day {
		t.Errorf("%+v", f)
	}
	form.Refill(locale.Vi, fields, map[string]string{"so": "mười"}, []form.Problem{{Column: "so", Sentence: contract.Sentence{Vi: "sai", En: "wrong"}}})
	var b bytes.Buffer
	if err := form.Inputs(fields).Render(locale.With(t.Context(), locale.Vi), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`name="so" value="mười"`, `<strong class="record-problem">sai</strong>`, `type="date"`, `maxlength="10"`, `aria-invalid`, `<label class="form-label required" for="field-ten">Tên</label>`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the form lacks %s", want)
		}
	}
	if strings.Contains(b.String(), "style=") {
		t.Error("the policy of pages forbids styles within them")
	}
}

// TestBody writes every kind of value as one line of JSON.
func TestBody(t *testing.T) {
	_, obj := object(t)
	b, err := form.Body(obj, map[string]string{"ma": "01", "ten": `"Kho" 1`, "ty_le": "1.234", "co": "false"})
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(b, &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%v: %s", err, b)
	}
	if r := rows[0]; r["ma"] != "01" || r["ten"] != `"Kho" 1` || r["ty_le"] != 1.234 || r["co"] != false || r["so"] != nil || len(r) != len(obj.Columns) {
		t.Errorf("%s", b)
	}
}

// person is a caller's context.
func person(t *testing.T, id string) context.Context {
	return door.With(t.Context(), &door.Caller{Who: policy.Who{Kind: "person", ID: id}, Actor: actor.Actor{Kind: "person", ID: id, Name: id}})
}

// TestSave writes a record, refuses what is wrong with it, and the second of two
// who change it at once.
func TestSave(t *testing.T) {
	p := apitest.New(t)
	p.Put(t, kinds)
	con, err := p.Contracts.Current(t.Context(), "thu-bieu-mau")
	if err != nil {
		t.Fatal(err)
	}
	obj := con.Objects[0]
	notes := moves.NewStore(p.Control)
	desk := &form.Desk{Door: p.Door, Records: p.Truth, Corridor: p.Corridor, Notes: notes}
	an, binh := person(t, "an"), person(t, "binh")
	first := map[string]string{"ma": "A1", "ten": "Kho dùng chung", "so": "1234", "ty_le": "99.712", "co": "true", "ngay": "2026-11-22", "nam": "2026", "luc": "2026-11-22T07:30:00+07:00", "thuc": "0.125", "them": `{"a":1}`, "trang_thai": "van-hanh"}

	wrong := map[string]string{"ma": "A1", "ten": "K", "so": "9999", "trang_thai": "sai"}
	_, err = desk.Save(an, form.Edit{Con: con, Obj: obj, Cells: wrong, Why: "thử"})
	var w *form.Wrong
	if !errors.As(err, &w) || fault.KindOf(err) != fault.Invalid {
		t.Fatalf("%v", err)
	}
	told := map[string]bool{}
	for _, p := range w.Problems {
		told[p.Column] = true
		if p.Vi == "" || p.En == "" {
			t.Errorf("a problem without words: %+v", p)
		}
	}
	if !told["ten"] || !told["so"] || !told["trang_thai"] {
		t.Errorf("problems: %+v", w.Problems)
	}
	if _, err = desk.Save(an, form.Edit{Con: con, Obj: obj, Cells: first}); !fault.Is(err, "moves.no-why") {
		t.Errorf("without a reason: %v", err)
	}
	st, err := desk.Save(an, form.Edit{Con: con, Obj: obj, Cells: first, Why: "Ghi lần đầu"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := notes.Notes(t.Context(), []string{st.ID}); err != nil || got[st.ID] != "Ghi lần đầu" || st.By.ID != "an" {
		t.Errorf("%v %v %+v", got, err, st.By)
	}
	row, err := desk.Load(an, con, obj, "A1")
	if err != nil {
		t.Fatal(err)
	}
	if got := form.Cells(obj, row); len(form.Differences(obj, got, first)) != 0 {
		t.Errorf("kept as %v", got)
	}
	if _, err = desk.Save(binh, form.Edit{Con: con, Obj: obj, Cells: first, Why: "ghi lại"}); !fault.Is(err, "form.exists") {
		t.Errorf("a second one: %v", err)
	}
	change := func(ctx context.Context, seq int64, cells map[string]string) error {
		_, err := desk.Save(ctx, form.Edit{Con: con, Obj: obj, Key: "A1", Seq: seq, Cells: cells, Why: "sửa"})
		return err
	}
	if err := change(an, row.Seq, map[string]string{"so": "1234"}); !fault.Is(err, "form.same") {
		t.Errorf("nothing new: %v", err)
	}
	if err := change(an, row.Seq, map[string]string{"ma": "A2"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("another key: %v", err)
	}
	if err := change(an, row.Seq, map[string]string{"so": "7", "them": ""}); err != nil {
		t.Fatal(err)
	}
	err = change(binh, row.Seq, map[string]string{"ten": "Kho khác"})
	var changed *form.Changed
	if !errors.As(err, &changed) || fault.KindOf(err) != fault.Conflict || len(changed.Fields) != 2 || changed.Fields[0] != (form.Difference{Column: "so", Title: "Số", Before: "1234", After: "7"}) {
		t.Fatalf("%v %+v", err, changed)
	}
	if err := change(binh, changed.Now.Seq, map[string]string{"ten": "Kho khác"}); err != nil {
		t.Fatal(err)
	}
	now, err := p.Truth.Get(t.Context(), obj, "A1", record.Latest)
	if err != nil || now.Values["ten"] != "Kho khác" || now.Values["so"] != int64(7) || now.Values["them"] != nil || form.Text(now.Values["ty_le"]) != "99.712" {
		t.Errorf("%+v %v", now.Values, err)
	}
}
