package layout

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
	"pgregory.net/rapid"
)

// A made sheet: rows, and which of them are data.
type made struct {
	paper
	data []int64
}

func (m *made) add(cells ...string) {
	m.rows = append(m.rows, cells)
}

func (m *made) addData(cells ...string) {
	m.add(cells...)
	m.data = append(m.data, int64(len(m.rows)))
}

// columns that a made table may have, with values that are traps on purpose.
var madeColumns = []struct {
	heading string
	values  []string
}{
	{"Họ và tên", []string{"Nguyễn Văn An", "Trần Thị Cộng", "Lê Văn Tổng", "Phạm Toàn", "Đỗ Công", "Vũ Thị Ghi", "Bùi Văn Ký", "Hoàng Quốc Việt", "I Nham", "Đinh Thủ Trưởng"}},
	{"Tên đơn vị", []string{"Tổng công ty Điện lực", "Xã Cộng Hòa", "Tổng kho xăng dầu", "Phường Toàn Thắng", "Tổng cục Thuế", "Cộng đồng dân cư số 3", "Chi cục Thống kê", "Khối phố 5", "Công an xã", "A Lưới"}},
	{"Ngày sinh", []string{"01/02/1980", "1975", "31/12/1999", "2001-05-06"}},
	{"Số CCCD", []string{"033070000001", "033188000002", "001099000003"}},
	{"Chức vụ", []string{"Chủ tịch", "Kế toán trưởng", "Thủ trưởng đơn vị", "Người lập biểu", "Công chức"}},
	{"Số lượng", []string{"1", "12", "1.234", "0", "-", "57,5"}},
	{"Diện tích (m2)", []string{"100", "250.5", "1200"}},
	{"Mã xã", []string{"11953", "12004", "11992"}},
	{"Địa chỉ", []string{"Thôn Đông", "Số 5, ngõ 3", "Tổ dân phố Cộng Hòa", "Xóm Ngoài"}},
	{"Ghi chú", []string{"", "", "mới", "chuyển đến tháng 5"}},
}

func makeSheet(t *rapid.T) *made {
	m := &made{}
	m.name = "Sheet1"
	m.chunk = rapid.IntRange(1, 40).Draw(t, "chunk")
	yes := func(what string) bool { return rapid.Bool().Draw(t, what) }
	order := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}).Draw(t, "columns")
	n := rapid.IntRange(3, 8).Draw(t, "width")
	order = order[:n]
	if !slices.ContainsFunc(order, func(c int) bool { return c == 0 || c == 1 }) {
		order[0] = rapid.IntRange(0, 1).Draw(t, "name")
	}
	indent := rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "indent")
	pad := slices.Repeat([]string{""}, indent)
	row := func(cells ...string) []string { return append(slices.Clone(pad), cells...) }
	heading := row("STT")
	for _, c := range order {
		heading = append(heading, madeColumns[c].heading)
	}
	m.decorateTop(t, yes, row)
	m.add(heading...)
	var numbers []string
	if yes("numbering") {
		form := rapid.SampledFrom([]string{"(%d)", "%d"}).Draw(t, "form")
		for i := range n + 1 {
			numbers = append(numbers, fmt.Sprintf(form, i+1))
		}
		m.add(row(numbers...)...)
	}
	total := func() {
		r := row(rapid.SampledFrom([]string{"Tổng cộng", "TỔNG SỐ", "Cộng", "Toàn tỉnh", "Cộng trang"}).Draw(t, "total"))
		for _, c := range order {
			if c == 5 || c == 6 {
				r = append(r, "1234")
			} else {
				r = append(r, "")
			}
		}
		m.add(r...)
	}
	if yes("total on top") {
		total()
	}
	every := rapid.IntRange(4, 30).Draw(t, "page")
	for i := range rapid.IntRange(3, 60).Draw(t, "rows") {
		if i > 0 && i%every == 0 {
			if yes("page total") {
				total()
			}
			m.add(heading...)
			if numbers != nil && yes("numbers again") {
				m.add(row(numbers...)...)
			}
		}
		if rapid.IntRange(0, 12).Draw(t, "section?") == 0 {
			m.section(t, row)
		}
		if rapid.IntRange(0, 15).Draw(t, "blank?") == 0 && i > 0 {
			m.add()
		}
		r := row(itoa(i + 1))
		for _, c := range order {
			v := rapid.SampledFrom(madeColumns[c].values).Draw(t, "cell")
			if c > 1 && rapid.IntRange(0, 9).Draw(t, "missing?") == 0 {
				v = ""
			}
			r = append(r, v)
		}
		m.addData(r...)
	}
	if yes("total below") {
		total()
	}
	m.decorateBottom(t, yes, row)
	return m
}

func (m *made) decorateTop(t *rapid.T, yes func(string) bool, row func(...string) []string) {
	if yes("block") {
		m.add("UBND TỈNH HƯNG YÊN", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
		m.add("SỞ NỘI VỤ", "", "Độc lập - Tự do - Hạnh phúc")
		m.add()
	}
	if yes("form") {
		m.add(row("Biểu số 01/BC-SNV")...)
	}
	if yes("title") {
		m.add("", "DANH SÁCH CÁN BỘ, CÔNG CHỨC QUÝ I/2025")
		m.add("", "(Kèm theo Công văn số 15/SNV-VP ngày 02 tháng 4 năm 2025)")
	}
	if yes("unit") {
		m.add("", "", "", "Đơn vị tính: người")
	}
}

func (m *made) section(t *rapid.T, row func(...string) []string) {
	switch rapid.IntRange(0, 2).Draw(t, "section") {
	case 0:
		m.add(row("II", "Khối chính quyền")...)
	case 1:
		m.add(row("A. Các xã, phường")...)
	case 2:
		m.add(row("Khối Đảng")...)
	}
}

func (m *made) decorateBottom(t *rapid.T, yes func(string) bool, row func(...string) []string) {
	if yes("note") {
		m.add(row("Ghi chú: số liệu tính đến 31/3/2025")...)
	}
	if yes("signature") {
		m.add()
		m.add("", "", "", "Hưng Yên, ngày 02 tháng 4 năm 2025")
		m.add("", "Người lập biểu", "", "Thủ trưởng đơn vị")
		m.add("", "(Ký, họ tên)", "", "(Ký, đóng dấu)")
		m.add()
		m.add("", "Nguyễn Thị Lan", "", "Trần Văn Minh")
	}
}

// TestRandom: of a table among random decorations exactly the rows of data are
// read, cell by cell.
func TestRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := makeSheet(t)
		p := Recognise(m.table(), m.sample(SampleRows), nil)
		s, err := p.Layout.Apply(m.grid(), m.table())
		if err != nil {
			t.Fatal(err)
		}
		rows, err := readAll(s)
		if err != nil {
			t.Fatal(err)
		}
		var lines []int64
		for _, r := range rows {
			lines = append(lines, r.line)
			sent := m.rows[r.line-1]
			for c, v := range sent {
				if strings.TrimSpace(v) != strings.TrimSpace(r.cells[c]) {
					t.Fatalf("row %d came as %q, was sent as %q", r.line, r.cells, sent)
				}
			}
		}
		if !slices.Equal(lines, m.data) {
			var w strings.Builder
			for _, g := range p.Rows {
				fmt.Fprintf(&w, "%4d %-10s %s\n", g.Line, g.Role, strings.Join(m.rows[g.Line-1], " | "))
			}
			t.Fatalf("read rows %v\nwant %v\n%s", lines, m.data, w.String())
		}
	})
}

// TestFast: of no row that the rules take for something else does the quick
// look say that it is data.
func TestFast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := makeSheet(t)
		l := Recognise(m.table(), m.sample(SampleRows), nil).Layout
		l.Sums = rapid.Bool().Draw(t, "sums")
		fastAgrees(t, l, m.paper)
	})
	for _, p := range allPapers() {
		l := Recognise(p.table(), p.sample(SampleRows), p.knows()).Layout
		for _, l.Sums = range []bool{false, true} {
			fastAgrees(t, l, p)
		}
	}
}

func fastAgrees(t interface {
	Helper()
	Errorf(string, ...any)
}, l Layout, p paper) {
	t.Helper()
	s, err := l.Apply(p.grid(), p.table())
	if err != nil {
		return
	}
	var b ingest.Block
	testChunk{p.rows, 0}.Parse(&b)
	for i := range b.Records() {
		row := rowOf(&b, i, nil)
		if role, why := s.rules.of(row); role != DataRow && s.fast.data(&b, i) {
			t.Errorf("%q: the quick look says data, the rules %s %s", row.Cells, role, why)
		}
	}
}

// FuzzRecognise: whatever stands in a sheet, nothing panics, what is proposed
// can be applied, every row is either read or counted, and what was shown is
// what happens.
func FuzzRecognise(f *testing.F) {
	for _, p := range allPapers() {
		var w bytes.Buffer
		for _, r := range p.rows {
			w.WriteString(strings.Join(r, "|") + "\n")
		}
		for i, m := range p.merged {
			if i < 3 {
				fmt.Fprintf(&w, "\x00%c%c%c%c", m.FirstRow, m.LastRow, m.FirstColumn, m.LastColumn)
			}
		}
		f.Add(w.String(), uint8(p.chunk))
	}
	f.Add("Tổng cộng|1\nA|2\n\n\nSTT|Tên\n1|x", uint8(2))
	f.Add("#  \n00", uint8(0))
	f.Add("Ghi chú: x", uint8(0))
	f.Add("UBND TỈNH\n \n|\x01", uint8(0))
	f.Add("Tháng 1|Tháng 2|Tháng 3|Tháng 1\n1|2|3|4", uint8(1))
	f.Fuzz(func(t *testing.T, text string, chunk uint8) {
		p := paper{chunk: int(chunk) + 1, name: "Sheet1"}
		text, merges, _ := strings.Cut(text, "\x00")
		for line := range strings.SplitSeq(text, "\n") {
			var row []string
			if line != "" {
				row = strings.Split(line, "|")
			}
			p.rows = append(p.rows, row)
		}
		for ; len(merges) >= 4; merges = merges[min(len(merges), 5):] {
			p.merged = append(p.merged, ingest.Range{FirstRow: int64(merges[0]), LastRow: int64(merges[1]), FirstColumn: int(merges[2]), LastColumn: int(merges[3])})
		}
		if len(p.rows) > 300 || len(text) > 20_000 {
			return
		}
		l := Recognise(p.table(), p.sample(SampleRows), nil).Layout
		if len(l.Columns) == 0 {
			return
		}
		if err := l.Check(); err != nil && !strings.Contains(err.Error(), "layout.cross-too-wide") {
			t.Fatalf("proposed what cannot be applied: %v: %+v", err, l)
		}
		shown(t, p)
		fastAgrees(t, l, p)
		Fits(l, p.table(), p.sample(SampleRows))
		Shifted(l, p.table(), p.sample(SampleRows))
	})
}
