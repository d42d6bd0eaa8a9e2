package draft

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/odcs"
)

// A headed column of a table made up for the test: heading, what it is, and how
// its n-th value is written.
type headed struct {
	heading string
	want    string // "" none, "basic/name", "sensitive/health" …
	value   func(n int) string
}

var families = strings.Fields("Nguyễn Trần Lê Phạm Hoàng Vũ Đặng Bùi Đỗ Ngô")
var givens = []string{"Văn An", "Thị Bình", "Đức Cường", "Thị Dung", "Minh Hải", "Ngọc Lan", "Quang Minh", "Thu Nga", "Hữu Phúc", "Xuân Quý"}

func someName(n int) string { return families[n%10] + " " + givens[n/10%10] }
func madeID(n int) string   { return fmt.Sprintf("0333%02d%06d", 60+n%40, n+1) }
func oneOf(s ...string) func(int) string {
	return func(n int) string { return s[n%len(s)] }
}
func format(f string) func(int) string { return func(n int) string { return fmt.Sprintf(f, n) } }

// personTable speaks of one person a row.
var personTable = []headed{
	{"STT", "", func(n int) string { return fmt.Sprint(n + 1) }},
	{"Họ và tên", "basic/name", someName},
	{"Họ tên cha", "basic/name", func(n int) string { return someName(n + 7) }},
	{"Người bảo lãnh", "basic/name", func(n int) string { return someName(n + 3) }},
	{"Thông tin 1", "basic/name", func(n int) string { return someName(n + 5) }},
	{"Ngày sinh", "basic/birth", func(n int) string { return fmt.Sprintf("%02d/%02d/%d", n%28+1, n%12+1, 1950+n%60) }},
	{"dob", "basic/birth", func(n int) string { return fmt.Sprintf("%d-%02d-%02d", 1950+n%60, n%12+1, n%28+1) }},
	{"Giới tính", "basic/sex", oneOf("Nam", "Nữ")},
	{"Cột 9", "basic/sex", oneOf("Nam", "Nữ")},
	{"Số CCCD", "basic/personal_id", madeID},
	{"Mã hội viên", "basic/personal_id", func(n int) string { return madeID(n + 500) }},
	{"Số CMND", "basic/personal_id", func(n int) string { return fmt.Sprintf("%09d", 100000000+n) }},
	{"Ngày cấp CCCD", "basic/personal_id", format("2021-05-%02[1]d")},
	{"Số hộ chiếu", "basic/passport", func(n int) string { return fmt.Sprintf("A%07d", n) }},
	{"Giấy phép lái xe", "basic/driving_licence", func(n int) string { return fmt.Sprintf("%012d", 900000000000+n) }},
	{"Mã số BHXH", "basic/social_insurance", func(n int) string { return fmt.Sprintf("%010d", 3300000000+n) }},
	{"Số thẻ BHYT", "basic/health_insurance", func(n int) string { return fmt.Sprintf("DN433%010d", n) }},
	{"SĐT", "basic/phone", func(n int) string { return fmt.Sprintf("02210%06d", n) }},
	{"Liên hệ khi cần", "basic/phone", func(n int) string { return fmt.Sprintf("02210%06d", n+1000) }},
	{"Email", "basic/email", func(n int) string { return fmt.Sprintf("nguoi%d@vidu.example", n) }},
	{"Số tài khoản", "sensitive/bank_account", func(n int) string { return fmt.Sprint(9000000000 + n) }},
	{"Dân tộc", "sensitive/ethnic", oneOf("Kinh", "Tày", "Mường")},
	{"Thành phần", "sensitive/ethnic", oneOf("Kinh", "Kinh", "Thái", "Nùng")},
	{"Tôn giáo", "sensitive/religion", oneOf("Không", "Phật giáo", "Công giáo")},
	{"Đảng viên", "sensitive/political", oneOf("x", "")},
	{"Tình trạng sức khoẻ", "sensitive/health", oneOf("Tốt", "Bình thường", "Yếu")},
	{"Nhóm máu", "sensitive/health", oneOf("A", "B", "O", "AB")},
	{"Dạng khuyết tật", "sensitive/health", oneOf("Vận động", "Nhìn", "Nghe nói")},
	{"Chẩn đoán", "sensitive/health", oneOf("J00", "E11", "I10")},
	{"Kết luận của hội đồng", "sensitive/health", oneOf("Tăng huyết áp", "Bệnh tim mạch", "Bình thường", "Viêm khớp")},
	{"Mẫu vân tay", "sensitive/biometric", func(n int) string { return fmt.Sprintf("%x", 1000003*n) }},
	{"Tiền án, tiền sự", "sensitive/criminal", oneOf("Không", "Có")},
	{"Địa chỉ", "basic/address", func(n int) string { return fmt.Sprintf("Số %d, Thôn %d, Xã Tân Hưng", n+1, n%9+1) }},
	{"Nơi đăng ký", "basic/address", func(n int) string {
		return fmt.Sprintf("Số nhà %d, Tổ dân phố %d, Phường Phố Hiến", n+1, n%9+1)
	}},
	{"Nơi thường trú", "basic/residence", func(n int) string { return fmt.Sprintf("Thôn %d, Xã Tân Hưng", n%9+1) }},
	{"Quê quán", "basic/origin", oneOf("Xã Tân Hưng", "Xã Lương Bằng")},
	{"Quốc tịch", "basic/nationality", oneOf("Việt Nam", "Lào")},
	{"Tình trạng hôn nhân", "basic/marital", oneOf("Độc thân", "Đã kết hôn")},
	{"Quan hệ với chủ hộ", "basic/family", oneOf("Con", "Vợ", "Chồng")},
	{"Biển số xe", "basic/plate", func(n int) string { return fmt.Sprintf("89A-%05d", 10000+n) }},
	{"Phương tiện", "basic/plate", func(n int) string { return fmt.Sprintf("89A-%05d", 20000+n) }},
	{"Ảnh chân dung", "basic/image", format("anh-%d.jpg")},
	{"Tài khoản VNeID", "basic/account", format("nguoidung%d")},
	{"Kinh độ nơi ở", "sensitive/location", func(n int) string { return fmt.Sprintf("106.%04d", n) }},
	{"Ghi chú", "basic/phone", func(n int) string { return []string{"gọi 0900000000 trước khi đến", "", "đã nhận"}[n%3] }},
	{"Mã xã", "", oneOf("11953", "11977")},
	{"Tên xã", "", oneOf("Phường Phố Hiến", "Xã Tân Hưng")},
	{"Ngày nộp hồ sơ", "", format("2026-10-%02[1]d")},
	{"Số tiền hỗ trợ", "", func(n int) string { return fmt.Sprint(500000 + 50000*(n%9)) }},
	{"Số người phụ thuộc", "", func(n int) string { return fmt.Sprint(n % 5) }},
	{"Trạng thái hồ sơ", "", oneOf("Mới", "Đang xử lý", "Đã trả")},
	{"Mã hồ sơ", "", func(n int) string { return fmt.Sprintf("H31.14-261008-%04d", n) }},
	{"Số quyết định", "", func(n int) string { return fmt.Sprintf("%d/QĐ-UBND", n+1) }},
	{"Cơ quan tiếp nhận", "", oneOf("Sở Y tế", "Sở Nội vụ")},
	{"Kỳ báo cáo", "", oneOf("2026-09", "2026-10")},
}

// officeTable speaks of schools.
var officeTable = []headed{
	{"Mã trường", "", format("TH%03d")},
	{"Tên trường", "", format("Trường Tiểu học số %d")},
	{"Địa chỉ", "", func(n int) string { return fmt.Sprintf("Thôn %d, Xã Tân Hưng", n%9+1) }},
	{"Điện thoại", "", func(n int) string { return fmt.Sprintf("0221386%04d", n) }},
	{"Email cơ quan", "", format("truong%d@vidu.example")},
	{"Đường dây nóng", "", func(n int) string { return fmt.Sprintf("19001%03d", n) }},
	{"Hiệu trưởng", "basic/name", someName},
	{"Di động hiệu trưởng", "basic/phone", func(n int) string { return fmt.Sprintf("09000%05d", n) }},
	{"Số học sinh nữ", "", func(n int) string { return fmt.Sprint(100 + n) }},
	{"Số học sinh dân tộc thiểu số", "", func(n int) string { return fmt.Sprint(n % 7) }},
	{"Tỷ lệ học sinh khuyết tật", "", func(n int) string { return fmt.Sprintf("%d,5", n%9) }},
	{"Tổng số giáo viên", "", func(n int) string { return fmt.Sprint(20 + n%9) }},
	{"Diện tích (m2)", "", func(n int) string { return fmt.Sprint(2000 + n) }},
	{"Năm thành lập", "", func(n int) string { return fmt.Sprint(1960 + n%60) }},
	{"Đạt chuẩn", "", oneOf("có", "không")},
	{"Mã số thuế", "", oneOf("0100109106", "0100112437", "0300588569", "0100233488")},
}

// classified runs Classify over a made-up table of texts.
func classified(t *testing.T, table []headed, rows int) *Classification {
	t.Helper()
	return classify(t, table, Held{Rows: int64(rows), Sample: func(_ context.Context, row func([]string) error) error {
		for n := range rows {
			cells := make([]string, len(table))
			for i, h := range table {
				cells[i] = h.value(n)
			}
			if err := row(cells); err != nil {
				return err
			}
		}
		return nil
	}})
}

func classify(t *testing.T, table []headed, held Held) *Classification {
	t.Helper()
	con := &contract.Contract{ID: "thu"}
	obj := &contract.Object{Dataset: "thu"}
	for i, h := range table {
		obj.Columns = append(obj.Columns, contract.Column{Name: fmt.Sprintf("c%d", i), Title: h.heading, Type: contract.Text})
	}
	c, err := Classify(t.Context(), con, obj, held)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func shown(p contract.Personal) string {
	if !p.Is() {
		return ""
	}
	return string(p.Class) + "/" + p.Kind
}

// A tally counts how often a proposal says "personal" rightly.
type tally struct{ right, wrong, missed, kind int }

func (a *tally) add(got, want string) {
	switch {
	case got != "" && want == "":
		a.wrong++
	case got == "" && want != "":
		a.missed++
	case got != "":
		a.right++
		if got == want {
			a.kind++
		}
	}
}

func (a *tally) String() string {
	return fmt.Sprintf("precision %.3f, recall %.3f, right kind %.3f (%d columns personal)", a.precision(), a.recall(), float64(a.kind)/float64(a.right), a.right+a.missed)
}
func (a *tally) precision() float64 { return float64(a.right) / float64(a.right+a.wrong) }
func (a *tally) recall() float64    { return float64(a.right) / float64(a.right+a.missed) }

func TestClassify(t *testing.T) {
	var withValues, headings tally
	for _, table := range [][]headed{personTable, officeTable} {
		c := classified(t, table, 60)
		bare := classify(t, table, Held{})
		for i, p := range c.Columns {
			if got := shown(p.Proposed); got != table[i].want {
				t.Errorf("%q: %q, want %q (%s)", table[i].heading, got, table[i].want, inWords(p.Why, locale.Vi))
			}
			withValues.add(shown(p.Proposed), table[i].want)
			headings.add(shown(bare.Columns[i].Proposed), table[i].want)
			if p.Confidence <= 0 || p.Confidence > 1 || len(p.Why) == 0 {
				t.Errorf("%q: confidence %v, %v", table[i].heading, p.Confidence, p.Why)
			}
		}
	}
	t.Logf("%d headings, with values: %s", len(personTable)+len(officeTable), &withValues)
	t.Logf("headings alone: %s", &headings)
	if withValues.precision() < 0.97 || withValues.recall() < 0.97 || headings.precision() < 0.9 || headings.recall() < 0.75 {
		t.Error("the detectors have become worse")
	}
}

func inWords(why []Note, l locale.Lang) string {
	var b strings.Builder
	for _, n := range why {
		b.WriteString(n.In(l) + " ")
	}
	return b.String()
}

// No reason holds a value, in either language or in its arguments.
func TestClassify_keepsValuesToItself(t *testing.T) {
	for _, table := range [][]headed{personTable, officeTable} {
		c := classified(t, table, 60)
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		all := string(text)
		for _, p := range c.Columns {
			for _, l := range []locale.Lang{locale.Vi, locale.En} {
				s := inWords(p.Why, l)
				if strings.Contains(s, "classify.") || strings.Contains(s, "draft.") || strings.Contains(s, "{") {
					t.Errorf("%s: %s", p.Title, s)
				}
				all += s
			}
		}
		for _, h := range table {
			for n := range 60 {
				if v := h.value(n); len([]rune(v)) >= 6 && !strings.HasPrefix(v, "1") && strings.Contains(all, v) {
					t.Fatalf("the value %q of %q stands in the proposals", v, h.heading)
				}
			}
		}
	}
}

// What is proposed for the whole follows from how many persons and what of them.
func TestClassify_set(t *testing.T) {
	id := headed{"Số CCCD", "", madeID}
	name := headed{"Họ và tên", "", someName}
	ethnic := headed{"Dân tộc", "", oneOf("Kinh", "Tày")}
	sick := headed{"Chẩn đoán", "", oneOf("J00", "E11")}
	area := headed{"Diện tích", "", func(n int) string { return fmt.Sprint(n) }}
	for _, c := range []struct {
		about         string
		table         []headed
		held          Held
		access, class string
		why           string
	}{
		{"no persons", []headed{area}, Held{Rows: 1e6}, policy.AccessShared, "other", "classify.class.none"},
		{"few, basic", []headed{id, name}, Held{Rows: 5000}, policy.AccessRestricted, "other", "classify.class.few"},
		{"many, basic", []headed{id, name}, Held{Rows: 99_999}, policy.AccessRestricted, "other", "classify.class.few"},
		{"very many, basic", []headed{id, name}, Held{Rows: 100_000}, policy.AccessRestricted, "important", "classify.class.basic"},
		{"few, sensitive", []headed{id, ethnic}, Held{Rows: 9_999}, policy.AccessRestricted, "other", "classify.class.few"},
		{"many, sensitive", []headed{id, ethnic}, Held{Rows: 10_000}, policy.AccessRestricted, "important", "classify.class.sensitive"},
		{"very many, sensitive", []headed{id, ethnic}, Held{Rows: 100_000}, policy.AccessRestricted, "core", "classify.class.core"},
		{"counted", []headed{id, ethnic}, Held{Rows: 100_000, Subjects: 300}, policy.AccessRestricted, "other", "classify.class.few"},
		{"health of few", []headed{id, sick}, Held{Rows: 20}, policy.AccessRestricted, "important", "classify.class.health"},
		{"health of very many", []headed{id, sick}, Held{Rows: 200_000}, policy.AccessRestricted, "core", "classify.class.core"},
		{"a contact", []headed{area, {"Giám đốc", "", someName}}, Held{Rows: 50}, policy.AccessShared, "other", "classify.class.none"},
	} {
		got := classify(t, c.table, c.held)
		if got.Access != c.access || got.Class != c.class || got.ClassWhy[0].Key != c.why || len(got.AccessWhy) == 0 {
			t.Errorf("%s: %s, %s, %s; want %s, %s, %s", c.about, got.Access, got.Class, got.ClassWhy[0].Key, c.access, c.class, c.why)
		}
	}
	// Each person comes four times: as many persons as numbers, not as rows.
	twice := []headed{{"Số CCCD", "", func(n int) string { return madeID(n / 4) }}}
	if got := classified(t, twice, 400); got.Subjects != 100 || !got.Estimated {
		t.Errorf("%d persons, estimated %v", got.Subjects, got.Estimated)
	}
}

// A sample that ends with an error, or is too long.
func TestClassify_sample(t *testing.T) {
	table := []headed{{"Số CCCD", "", madeID}}
	con, obj := &contract.Contract{}, &contract.Object{Columns: []contract.Column{{Name: "a", Title: table[0].heading, Type: contract.Text}}}
	bad := Held{Sample: func(context.Context, func([]string) error) error { return os.ErrClosed }}
	if _, err := Classify(t.Context(), con, obj, bad); err == nil {
		t.Error("an error of the sample is lost")
	}
	asked := 0
	long := Held{Rows: 1e9, Sample: func(_ context.Context, row func([]string) error) error {
		for {
			asked++
			if err := row([]string{madeID(asked), "too many", "cells"}); err != nil {
				return err
			}
		}
	}}
	if _, err := Classify(t.Context(), con, obj, long); err != nil || asked != sampleRows {
		t.Errorf("%d rows asked for, %v", asked, err)
	}
}

// The data sets of the packs: what people decided, and what is proposed.
func TestClassify_packs(t *testing.T) {
	for _, file := range contractsOf(t) {
		doc := readContract(t, file)
		con, findings := contract.Resolve(doc, contract.Options{})
		if con == nil {
			t.Fatalf("%s: %v", file, findings)
		}
		if len(con.Sources) == 0 { // its rows are played
			continue
		}
		obj := con.Objects[0]
		c, err := Classify(t.Context(), con, obj, heldBy(t, file, con))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.Columns {
			// The type of beneficiary tells a disability by its code only; a person knew.
			if p.Proposed.Is() != p.Now.Is() && con.ID+"."+p.Column != "hy-tro-cap-xa-hoi.loai_doi_tuong" {
				t.Errorf("%s.%s: proposed %v, people decided %v: %s", con.ID, p.Column, p.Proposed, p.Now, inWords(p.Why, locale.En))
			}
			if p.Now.Is() && p.Proposed.Is() && p.Proposed != p.Now {
				t.Errorf("%s.%s: %v, people wrote %v", con.ID, p.Column, p.Proposed, p.Now)
			}
		}
		personal := con.ID == "hy-tro-cap-xa-hoi"
		if (c.Access == policy.AccessRestricted) != personal || personal && (c.Subjects < 4900 || c.Class != "important") || !personal && c.Class != "other" {
			t.Errorf("%s: %s, %s, %d persons", con.ID, c.Access, c.Class, c.Subjects)
		}
	}
}

func contractsOf(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "packs", "*", "contracts", "*.yaml"))
	if err != nil || len(files) < 12 {
		t.Fatal(files, err)
	}
	return files
}

func readContract(t *testing.T, file string) *odcs.Document {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := odcs.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// heldBy hands over the file that comes with a pack's contract.
func heldBy(t *testing.T, file string, con *contract.Contract) Held {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(packFile(t, filepath.Join(filepath.Dir(file), ".."), con))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := make([]int, len(con.Objects[0].Columns))
	for i := range at {
		at[i] = slices.Index(rows[0], con.Objects[0].Columns[i].Name)
	}
	return Held{Rows: int64(len(rows) - 1), Sample: func(_ context.Context, row func([]string) error) error {
		for _, r := range rows[1:] {
			cells := make([]string, len(at))
			for i, from := range at {
				cells[i] = r[from]
			}
			if err := row(cells); err != nil {
				return err
			}
		}
		return nil
	}}
}

// BenchmarkClassify looks at a whole sample of 55 columns.
func BenchmarkClassify(b *testing.B) {
	var rows [][]string
	for n := range sampleRows {
		cells := make([]string, len(personTable))
		for i, h := range personTable {
			cells[i] = h.value(n)
		}
		rows = append(rows, cells)
	}
	obj := &contract.Object{Dataset: "thu"}
	for _, h := range personTable {
		obj.Columns = append(obj.Columns, contract.Column{Name: h.heading, Title: h.heading, Type: contract.Text})
	}
	held := Held{Rows: sampleRows, Sample: func(_ context.Context, row func([]string) error) error {
		for _, cells := range rows {
			if err := row(cells); err != nil {
				return err
			}
		}
		return nil
	}}
	for b.Loop() {
		if _, err := Classify(b.Context(), &contract.Contract{}, obj, held); err != nil {
			b.Fatal(err)
		}
	}
}
