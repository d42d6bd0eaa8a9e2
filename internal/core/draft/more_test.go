package draft

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// Every sentence that the package says is in both catalogues, with as many
// values as it needs.
func TestSentences(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`(?:say|because)\("(draft\.[a-z0-9.-]*[a-z0-9])"([^\n]*)`)
	n := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllStringSubmatch(string(text), -1) {
			n++
			if !locale.Vi.Has(m[1]) || !locale.En.Has(m[1]) {
				t.Errorf("%s: %s has no sentence", f, m[1])
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d sentences found", n)
	}
	for _, d := range drafts(t) {
		for _, lang := range []locale.Lang{locale.Vi, locale.En} {
			for _, note := range notes(d) {
				if s := note.In(lang); slots.MatchString(s) || strings.Contains(s, "draft.") {
					t.Errorf("%v says %q", note, s)
				}
			}
		}
	}
}

// slots are placeholders that were not filled; patterns have braces behind "]".
var slots = regexp.MustCompile(`(^|[^\]])\{`)

func drafts(t *testing.T) (all []*Draft) {
	known, _, files := packs(t)
	for id, text := range files {
		all = append(all, Propose([]*Table{lookAt(t, id, text)}, known))
	}
	for name, text := range generated() {
		all = append(all, Propose([]*Table{lookAt(t, name, text)}, known))
	}
	return all
}

func notes(d *Draft) (all []Note) {
	for _, o := range d.Objects {
		all = append(all, o.Why...)
		for _, c := range o.Columns {
			all = append(all, c.Why...)
		}
	}
	for _, q := range d.Doubts {
		all = append(all, q.Ask)
		for _, o := range q.Options {
			all = append(all, o.Say)
		}
	}
	return all
}

// column makes a table of one column with so many rows of the given cells.
func column(t *testing.T, heading string, cells ...string) *Evidence {
	t.Helper()
	var b strings.Builder
	b.WriteString("khac,\"" + heading + "\"\n")
	for i := range max(12, len(cells)) {
		fmt.Fprintf(&b, "r%d,\"%s\"\n", i, cells[i%len(cells)])
	}
	return lookAt(t, "mau", b.String()).Columns[1]
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		heading string
		cells   []string
		want    contract.Type
		style   Style
		asks    string
	}{
		{"Giá", []string{"1.234", "5.678"}, contract.Integer, Vietnamese, "thousands"},
		{"Giá", []string{"1.234.567", "5.678"}, contract.Integer, Vietnamese, ""},
		{"Giá", []string{"1,234,567.5", "5,678"}, contract.Decimal, English, ""},
		{"Chỉ số", []string{"0.125", "1.5"}, contract.Decimal, "", ""},
		{"Diện tích", []string{"1.234,5", "1234.5"}, contract.Decimal, Vietnamese, "two-styles"},
		{"Kinh độ", []string{"106.123", "105.987"}, contract.Decimal, English, ""},
		{"Số liệu", []string{"1e5", "2.5E-3"}, contract.Float, "", ""},
		{"Mã", []string{"001", "002", "010"}, contract.Text, "", ""},
		{"Cột lạ", []string{"001", "002", "010"}, contract.Text, "", ""},
		{"Số người", []string{"12", "đang cập nhật", "7"}, contract.Integer, "", ""},
		{"Ngày cấp", []string{"01/02/2025", "03/04/2025"}, contract.Date, "", "day-month"},
		{"Ngày cấp", []string{"13/02/2025", "03/04/2025"}, contract.Date, "", ""},
		{"Ngày cấp", []string{"13/02/2025", "02/25/2025"}, contract.Date, "", "month-first"},
		{"Ngày cấp", []string{"13/02/2025", "13/03/2025", "13/04/2025", "14/04/2025", "02/25/2025"}, contract.Date, "", "month-first"},
		{"Ngày cấp", []string{"13/02/25", "14/02/25"}, contract.Date, "", "short-year"},
		{"Ngày cấp", []string{"2025-02-03"}, contract.Date, "", ""},
		{"Ngày sinh", []string{"1980", "03/1981", "13/02/1975"}, contract.PartialDate, "", ""},
		{"Năm sinh", []string{"1980", "1975"}, contract.PartialDate, "", ""},
		{"Năm", []string{"2024", "2025"}, contract.Integer, "", ""},
		{"Kỳ báo cáo", []string{"01/2025", "02/2025"}, contract.PartialDate, "", ""},
		{"Kỳ báo cáo", []string{"Quý I/2025", "Quý II/2025"}, contract.Text, "", ""},
		{"Cập nhật lúc", []string{"13/02/2025 07:30", "14/02/2025 17:05:01"}, contract.Timestamp, "", ""},
		{"Giờ mở cửa", []string{"07:30", "08:00"}, contract.Time, "", ""},
		{"Có điện", []string{"1", "0"}, contract.Boolean, "", ""},
		{"Gì đó", []string{"1", "0"}, contract.Integer, "", "zero-one"},
		{"Đạt", []string{"x", ""}, contract.Boolean, "", ""},
		{"Hoàn thành", []string{"Có", "không"}, contract.Boolean, "", ""},
		{"Vị trí", []string{"POINT (106.1 20.6)", "POINT (106.2 20.5)"}, contract.Geometry, "", ""},
		{"Thuộc tính", []string{`{""a"":1}`, `{""a"":2}`}, contract.JSON, "", ""},
		{"Số CCCD", []string{"033190000001", "033190000002"}, contract.Text, "", ""},
		{"Ghi chú", []string{"abc", "12"}, contract.Text, "", ""},
		{"Mã số", []string{"12345678901234567890"}, contract.Text, "", ""},
		{"Ngày mất", []string{""}, contract.Date, "", ""},
	} {
		e := column(t, c.heading, c.cells...)
		got := choose(e, means(c.heading))
		var asks []string
		for _, a := range got.asks {
			asks = append(asks, a.id)
		}
		if got.Type != c.want || got.Style != c.style || strings.Join(asks, " ") != c.asks {
			t.Errorf("%s %q: %s %q asks %q, want %s %q %q", c.heading, c.cells, got.Type, got.Style, asks, c.want, c.style, c.asks)
		}
	}
}

func TestMeans(t *testing.T) {
	for heading, want := range map[string]role{
		"STT": roleNumber, "Số thứ tự": roleNumber, "Họ và tên": rolePerson, "NGÀY SINH": roleBirth, "năm sinh": roleBirth, "số CCCD": roleCode,
		"Mã số thuế": roleCode, "Giới tính": roleGroup, "Dân tộc": roleGroup, "Tọa độ": rolePlace, "Kinh độ": rolePlace, "Diện tích (ha)": roleAmount,
		"Số tiền": roleAmount, "Đơn vị": roleBody, "Xã": roleUnitName, "Thôn": roleUnitName, "Kỳ": rolePeriod, "Quý": rolePeriod,
		"Tháng báo cáo": rolePeriod, "Ghi chú": roleNote, "Số hộ chiếu": roleCode, "Số hộ dân tộc thiểu số": roleCount, "Tỷ lệ hộ nghèo (%)": roleCount,
		"Số CCCD người nộp": roleCode, "Người nộp": rolePerson, "Đơn vị tính": roleGroup, "Đơn vị báo cáo": roleSender, "Tên trường": roleTitle,
		"Hiệu lực từ": roleFrom, "Hiệu lực đến": roleTo, "Thông tin chung / Ngày sinh": roleBirth, "ma_xa": roleUnitCode, "Mã hộ": roleCode, "": roleNone,
	} {
		if got := means(heading).role; got != want {
			t.Errorf("%q means %q, want %q", heading, got, want)
		}
	}
	if m := means("Diện tích (ha)"); m.unit != "ha" {
		t.Errorf("unit %q", m.unit)
	}
}

// A second sample of the same table brings other headings and widens types.
func TestPropose_twoSamples(t *testing.T) {
	a := "Mã hộ,Họ và tên chủ hộ,Số điện thoại,Điểm,Ghi chú\n"
	b := "MÃ HỘ,Họ và tên chủ hộ,SĐT,Điểm,Nhận xét khác\n"
	for i := range 30 {
		a += fmt.Sprintf("H%03d,Nguyễn Văn %c,09000000%02d,%d,\n", i, 'A'+i%20, i, i)
		b += fmt.Sprintf("H%03d,Trần Thị %c,09000001%02d,%d.5,tốt\n", i+30, 'A'+i%20, i, i)
	}
	d := Propose([]*Table{lookAt(t, "xa-a.csv", a), lookAt(t, "xa-b.csv", b)}, Known{})
	sound(t, d)
	golden(t, "two-samples.txt", show(d))
	if len(d.Objects) != 1 {
		t.Fatalf("%d tables", len(d.Objects))
	}
	o := &d.Objects[0]
	if c := o.Column("so_dien_thoai"); !strings.Contains(strings.Join(c.Aliases, " "), "SĐT") {
		t.Errorf("aliases %v", c.Aliases)
	}
	if c := o.Column("diem"); c.Type != contract.Decimal {
		t.Errorf("type %s", c.Type)
	}
	asked := false
	for _, q := range d.Doubts {
		asked = asked || q.Column == "diem" && strings.HasSuffix(q.ID, ".types")
	}
	if !asked {
		t.Error("the widened type is not asked about")
	}
}

// Other columns make another table.
func TestPropose_twoTables(t *testing.T) {
	d := Propose([]*Table{
		lookAt(t, "Hộ.csv", "Mã hộ,Chủ hộ,Mã xã\nH1,A,11953\nH2,B,11953\n"),
		lookAt(t, "Công trình.csv", "Mã công trình,Tên công trình,Tổng mức đầu tư\nC1,Cầu,100\nC2,Đường,200\n"),
	}, Known{})
	sound(t, d)
	if len(d.Objects) != 2 || d.Objects[0].Name != "ho" || d.Objects[1].Name != "cong_trinh" {
		t.Errorf("tables %v", d.Objects)
	}
}

// A person's answers and edits change the document, and wrong ones are named.
func TestEdits(t *testing.T) {
	text := generated()["Danh sách hộ nghèo năm 2025"]
	d := Propose([]*Table{lookAt(t, "Hộ nghèo", text)}, Known{})
	if err := d.Choose("ho_ngheo.keys", 1); err != nil {
		t.Fatal(err)
	}
	c := sound(t, d)
	if o := c.Objects[0]; len(o.Key) != 1 || o.Columns[o.Key[0]].Name != "so_cccd" {
		t.Errorf("key %v", o.Key)
	}
	before := len(d.Lists())
	d.Objects[0].Column("dien_ho").CodeList = ""
	if len(d.Lists()) != before-1 || before != len(d.CodeLists) {
		t.Errorf("%d lists of %d are used after one was taken off", len(d.Lists()), before)
	}
	if err := d.Choose("ho_ngheo.keys", 9); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an option that does not exist: %v", err)
	}
	if err := d.Choose("what", 0); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a question that does not exist: %v", err)
	}
	for where, spoil := range map[string]func(d *Draft){
		"id":                            func(d *Draft) { d.ID = "Hộ nghèo" },
		"title":                         func(d *Draft) { d.Title = " " },
		"objects/0/key/0":               func(d *Draft) { d.Objects[0].Key = []string{"khong_co"} },
		"objects/0/columns/1/name":      func(d *Draft) { d.Objects[0].Columns[1].Name = "Mã" },
		"objects/0/columns/2/name":      func(d *Draft) { d.Objects[0].Columns[2].Name = "ma_ho" },
		"objects/0/columns/9/type":      func(d *Draft) { d.Objects[0].Columns[9].Type = "money" },
		"objects/0/columns/9/precision": func(d *Draft) { d.Objects[0].Columns[9].Type = contract.Decimal },
		"objects/0/columns/1":           func(d *Draft) { d.Objects[0].Columns[1].Pattern = "(" },
		"code_lists/0":                  func(d *Draft) { d.CodeLists[0].Codes = nil },
		"code_lists/0/id":               func(d *Draft) { d.CodeLists[0].ID = "" },
	} {
		d := Propose([]*Table{lookAt(t, "Hộ nghèo", text)}, Known{})
		spoil(d)
		problems := d.Validate()
		if len(problems) == 0 || problems[0].Where != where || problems[0].Vi == "" || problems[0].En == "" {
			t.Errorf("%s: %v", where, problems)
		}
	}
}

// What cannot be decided about the key is asked.
func TestKey_doubts(t *testing.T) {
	body := func(row func(i int) string) string {
		var b strings.Builder
		for i := range 200 {
			b.WriteString(row(i) + "\n")
		}
		return b.String()
	}
	for _, c := range []struct{ name, text, key, question string }{
		{"broken", "Mã hộ,Số khẩu\n" + body(func(i int) string { return fmt.Sprintf("H%03d,%d", max(i, 1), i%7) }), "ma_ho", "key-broken"},
		{"two", "Mã hộ,Mã số thuế\n" + body(func(i int) string { return fmt.Sprintf("H%03d,X%03d", i, i) }), "ma_ho", "keys"},
		{"name", "Tên hợp tác xã,Số xã viên\n" + body(func(i int) string { return fmt.Sprintf("HTX %c%c,%d", 'A'+i%20, 'A'+i/20, i%9) }), "ten_hop_tac_xa", "key-name"},
		{"none", "Loại,Số khẩu\n" + body(func(i int) string { return fmt.Sprintf("a%d,%d", i%3, i%7) }), "", "no-key"},
		{"STT", "STT,Số khẩu\n" + body(func(i int) string { return fmt.Sprintf("%d,%d", i+1, i%7) }), "", "no-key"},
	} {
		d := Propose([]*Table{lookAt(t, "t", c.text)}, Known{})
		sound(t, d)
		asked := false
		for _, q := range d.Doubts {
			asked = asked || strings.HasSuffix(q.ID, "."+c.question)
		}
		if got := strings.Join(d.Objects[0].Key, " "); got != c.key || !asked {
			t.Errorf("%s: key %q, want %q; question %s asked: %v", c.name, got, c.key, c.question, asked)
		}
	}
}

// Hostile width costs neither minutes nor the contract.
func TestPropose_wide(t *testing.T) {
	var head, row strings.Builder
	for i := range 1900 {
		fmt.Fprintf(&head, "Cột rất lạ số %d,", i)
		fmt.Fprintf(&row, "%d,", i)
	}
	text := head.String() + "z\n" + strings.Repeat(row.String()+"z\n", 20) + "1,2\n"
	began := time.Now()
	d := Propose([]*Table{lookAt(t, "a", text), lookAt(t, "b", text)}, Known{})
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	sound(t, d)
	if len(d.Objects) != 1 || !d.Objects[0].Columns[1899].LeftOut || d.Objects[0].Columns[10].LeftOut {
		t.Errorf("%d tables", len(d.Objects))
	}
	if n := d.Objects[0].Why; len(n) == 0 || n[0].Key != "draft.why.broken" || n[0].Args[0] != int64(2) {
		t.Errorf("broken rows are not mentioned: %v", n)
	}
}

func TestLook_stops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	src, err := ingest.OpenCSV(strings.NewReader("a\n1\n"), ingest.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Look(ctx, "x", src); !errors.Is(err, context.Canceled) {
		t.Errorf("a look that was stopped gives %v", err)
	}
}

func TestDistinct(t *testing.T) {
	p := purse{exactSlots}
	var d distinct
	for i := range 3_000_000 { // every value twice: not worth counting to the end
		h := uint64(i/2) * 0x9E3779B97F4A7C15
		h = (h ^ h>>30) * 0xBF58476D1CE4E5B9
		h = (h ^ h>>27) * 0x94D049BB133111EB
		d.add(h^h>>31|1, &p)
	}
	if n, exact := d.count(); exact || n < 1_400_000 || n > 1_600_000 {
		t.Errorf("%d values, exact %v", n, exact)
	}
	if p.slots != exactSlots {
		t.Errorf("%d slots were not given back", exactSlots-p.slots)
	}
}

func FuzzLook(f *testing.F) {
	for _, text := range generated() {
		f.Add(text[:min(len(text), 2000)])
	}
	for _, s := range []string{
		"a,a,A\n1,2,3\n", "\"a\nb\",\x01\n1.234,#N/A\n", "STT\n1\n2\n3\n", "xmin,sqlite_a\n1,2\n", "Số CCCD,Họ tên\n033190000001,\"=1+1\"\n",
		"Tháng,Tháng,Đơn vị báo cáo\n1,2,3\n1,2,3\n", "Hiệu lực từ,Hiệu lực đến\n2025-01-01,x\n", strings.Repeat("c,", 300) + "\n1\n", "x\n" + strings.Repeat("9", 40) + "\n",
		"Loại\n" + strings.Repeat("a\nA \nyes\n'\n\"\"\"\"\n", 10), "Giá\n-0\n+1\n1.\n,1\n", "k\n1e309\n1e-400\n", "{{,{0}\n{0},{{\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		src, err := ingest.OpenCSV(strings.NewReader(text), ingest.Limits{RecordBytes: 1 << 16, Columns: 2000, Bytes: 1 << 20, Rows: 1 << 20})
		if err != nil {
			return
		}
		table, err := Look(context.Background(), "Tệp mẫu.csv", src)
		if err != nil {
			return
		}
		d := Propose([]*Table{table}, Known{})
		sound(t, d)
		for _, e := range table.Columns {
			if e.Distinct > e.Filled || e.Filled > e.Rows || e.Rows != table.Rows {
				t.Errorf("%q: %d distinct of %d filled of %d rows of %d", e.Heading, e.Distinct, e.Filled, e.Rows, table.Rows)
			}
		}
		if rows := Representative(table, 20); len(rows) > 20 {
			t.Errorf("%d rows", len(rows))
		}
	})
}

// million is a CSV file of so many rows and ten columns.
func million(rows int) []byte {
	g := &generator{newRand()}
	var b bytes.Buffer
	b.WriteString("Mã hộ,Họ và tên,Số CCCD,Ngày sinh,Giới tính,Mã xã,Thu nhập,Diện tích (m2),Số điện thoại,Ghi chú\n")
	for i := range rows {
		code, _ := g.commune()
		b.WriteString("H" + strconv.Itoa(1000000+i) + "," + g.name() + "," + g.cccd(1940+g.IntN(60)) + "," + g.day(1940, 1999) + "," + g.pick("Nam|Nữ") + "," + code + "," +
			vnd(500000+g.IntN(2000000)) + "," + strconv.Itoa(g.IntN(900)) + "." + strconv.Itoa(g.IntN(10)) + ",09" + g.digits(8) + "," + g.pick("|||Già yếu|Tàn tật") + "\n")
	}
	return b.Bytes()
}

func BenchmarkLook(b *testing.B) {
	data := million(1_000_000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		src, err := ingest.OpenCSV(bytes.NewReader(data), ingest.DefaultLimits)
		if err != nil {
			b.Fatal(err)
		}
		t, err := Look(context.Background(), "x", src)
		if err != nil {
			b.Fatal(err)
		}
		if t.Rows != 1_000_000 {
			b.Fatal(t.Rows)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc-uint64(len(data)))/1e6, "MB-kept")
		runtime.KeepAlive(t)
	}
}

func BenchmarkPropose(b *testing.B) {
	src, err := ingest.OpenCSV(bytes.NewReader(million(1_000_000)), ingest.DefaultLimits)
	if err != nil {
		b.Fatal(err)
	}
	t, err := Look(context.Background(), "x", src)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		Propose([]*Table{t}, Known{})
	}
}
