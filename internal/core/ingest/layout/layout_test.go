package layout

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
)

var update = flag.Bool("update", false, "write the golden files")

func itoa(n int) string { return strconv.Itoa(n) }

// TestPapers keeps how sheets are understood, and what comes out of them, in
// texts to be read by a person.
func TestPapers(t *testing.T) {
	for _, p := range allPapers() {
		t.Run(p.name, func(t *testing.T) {
			golden(t, p.name+".txt", report(t, p))
		})
	}
}

func report(t *testing.T, p paper) string {
	t.Helper()
	var w strings.Builder
	r := Recognise(p.table(), p.sample(SampleRows), p.knows())
	fmt.Fprintf(&w, "sure %v\n", r.Sure)
	for _, d := range r.Doubts {
		fmt.Fprintf(&w, "ask  %s %v\n", d.Key, d.Args)
	}
	fmt.Fprintf(&w, "\n")
	for _, g := range r.Rows {
		why := strings.TrimPrefix(g.Why.Key, "layout.why.")
		fmt.Fprintf(&w, "%4d %-11s %-15s %s\n", g.Line, g.Role, why, strings.ReplaceAll(strings.Join(p.rows[g.Line-1], " | "), "\n", "⏎"))
	}
	fmt.Fprintf(&w, "\n")
	for c, col := range r.Layout.Columns {
		fmt.Fprintf(&w, "%4s %-7s %s\n", Letters(c), col.Role, col.Heading)
	}
	for i, o := range r.Others {
		fmt.Fprintf(&w, "other table %d: rows %d–%d, first %d, last %d, %d columns\n", i+1, o.HeaderFrom, o.HeaderTo, o.First, o.Last, len(o.Columns))
	}
	text, err := json.Marshal(r.Layout)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&w, "\n%s\n\n", text)
	writeData(t, &w, p, r.Layout)
	return w.String()
}

func writeData(t *testing.T, w *strings.Builder, p paper, l Layout) {
	t.Helper()
	s, err := l.Apply(p.grid(), p.table())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(w, "     %s\n", strings.Join(s.Header(), " | "))
	rows, err := readAll(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		fmt.Fprintf(w, "%4d %s\n", r.line, strings.ReplaceAll(strings.Join(r.cells, " | "), "\n", "⏎"))
	}
	for _, d := range s.Dropped() {
		fmt.Fprintf(w, "not read: %s %d %v\n", d.Role, d.Count, d.Lines)
	}
	for _, f := range s.Findings() {
		fmt.Fprintf(w, "finding: %s %v\n", f.Key, f.Args)
	}
}

func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s is no longer\n%s\nbut\n%s", name, want, text)
	}
}

// TestShown keeps what is shown to what happens: the rows that Apply reads are
// those that Recognise called data, and all others are counted.
func TestShown(t *testing.T) {
	for _, p := range allPapers() {
		for _, chunk := range []int{1, 2, 3, 100} {
			p.chunk = chunk
			shown(t, p)
		}
	}
}

func shown(t *testing.T, p paper) {
	t.Helper()
	r := Recognise(p.table(), p.sample(SampleRows), p.knows())
	if r.Layout.Check() != nil {
		return
	}
	s, err := r.Layout.Apply(p.grid(), p.table())
	if err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	rows, err := readAll(s)
	if err != nil {
		t.Fatal(err)
	}
	read := map[int64]bool{}
	for _, g := range rows {
		read[g.line] = true
		if len(g.cells) < len(s.Header()) {
			t.Errorf("%s: row %d has %d cells for %d headings", p.name, g.line, len(g.cells), len(s.Header()))
		}
	}
	var dropped int64
	for _, d := range s.Dropped() {
		dropped += d.Count
	}
	var want int64
	for _, g := range r.Rows {
		if g.Role != DataRow {
			want++
		}
		if (g.Role == DataRow) != read[g.Line] && r.Layout.Cross == nil {
			t.Errorf("%s, chunks of %d: row %d shown as %s, read %v", p.name, p.chunk, g.Line, g.Role, read[g.Line])
		}
	}
	if dropped != want {
		t.Errorf("%s, chunks of %d: %d rows counted as not read, %d shown", p.name, p.chunk, dropped, want)
	}
}

func TestLayout_JSON(t *testing.T) {
	for _, p := range allPapers() {
		l := Recognise(p.table(), p.sample(SampleRows), p.knows()).Layout
		l.Said = map[int64]RowRole{7: Note}
		text, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		var back Layout
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(l, back) {
			t.Errorf("%s: %+v came back as %+v", p.name, l, back)
		}
	}
}

func TestTotalWord(t *testing.T) {
	for s, want := range map[string]int{
		"Tổng cộng": 2, "TỔNG CỘNG:": 2, "Tổng cộng (I+II)": 2, "Cộng mục I": 2, "Cộng I": 2, "Tổng số = I + II": 1, "Toàn tỉnh": 2, "Luỹ kế": 2, "Cộng nhóm A": 2,
		"Cộng": 1, "Tổng": 1, "Tổng số": 1, "Bình quân": 1, "- Tổng số": 1, "Tổng I + II": 2, "Tổng khối Đảng": 2,
		"Cộng Hòa": 0, "Tổng công ty Điện lực": 0, "Tổng cục Thuế": 0, "Toàn Thắng": 0, "Tổng số hộ": 0, "Xã Cộng Hòa": 0, "Nguyễn Văn Cộng": 0, "Tổng kho": 0,
		"Cộng đồng": 0, "Tổng hợp": 0, "Tổng Phúc": 0, "Toàn": 0, "Bình Quân Thôn": 0, "": 0, "(": 0, "Tổng lãnh sự": 0, "Cộng I nguyên": 0,
	} {
		if got := totalWord(s); got != want {
			t.Errorf("totalWord(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestLetters(t *testing.T) {
	for n, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 701: "ZZ", 702: "AAA", 16383: "XFD"} {
		if got := Letters(n); got != want {
			t.Errorf("Letters(%d) = %s, want %s", n, got, want)
		}
	}
}

// TestApply_person: what a person corrected is what is read.
func TestApply_person(t *testing.T) {
	p := sheetOf("x", `
STT | Tên | Số
1 | Một | 1
2 | Hai | 2
 | Tổng cộng | 3
`)
	l := Recognise(p.table(), p.sample(100), nil).Layout
	lines := func(l Layout) string {
		s, err := l.Apply(p.grid(), p.table())
		if err != nil {
			t.Fatal(err)
		}
		rows, err := readAll(s)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range rows {
			out = append(out, itoa(int(r.line)))
		}
		return strings.Join(out, " ")
	}
	if got := lines(l); got != "2 3" {
		t.Errorf("as recognised: rows %s", got)
	}
	keep := l
	keep.Keep = []RowRole{Total}
	if got := lines(keep); got != "2 3 4" {
		t.Errorf("with totals kept: rows %s", got)
	}
	said := l
	said.Said = map[int64]RowRole{2: Note, 4: DataRow}
	if got := lines(said); got != "3 4" {
		t.Errorf("as said: rows %s", got)
	}
	if got := lines(said.Remembered()); got != "2 3" {
		t.Errorf("remembered: rows %s", got)
	}
}

func TestApply_section(t *testing.T) {
	p := papers[10]
	if p.name != "sections" {
		t.Fatal("the sheet has moved")
	}
	l := Recognise(p.table(), p.sample(100), nil).Layout
	l.Section = "Nhóm"
	for _, chunk := range []int{1, 2, 100} {
		p.chunk = chunk
		s, err := l.Apply(p.grid(), p.table())
		if err != nil {
			t.Fatal(err)
		}
		rows, err := readAll(s)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows {
			got = append(got, r.cells[len(r.cells)-1])
		}
		want := "Khối Đảng,Khối Đảng,Khối chính quyền,Khối chính quyền,Khối chính quyền"
		if strings.Join(got, ",") != want || s.Header()[len(s.Header())-1] != "Nhóm" {
			t.Errorf("chunks of %d: groups %v under %q", chunk, got, s.Header())
		}
	}
}

func TestApply_ruled(t *testing.T) {
	p := sheetOf("", "a|b|c\n1|2|3\n4|5\n6|7|8|9\n10|11|12||")
	l := Layout{HeaderFrom: 1, HeaderTo: 1, Columns: []Column{{Heading: "a", Role: Data}, {Heading: "b", Role: Data}, {Heading: "c", Role: Data}}}
	s, err := l.Apply(p.grid(), p.table())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readAll(s)
	if err != nil {
		t.Fatal(err)
	}
	var got []ingest.Defect
	for _, r := range rows {
		got = append(got, r.bad)
	}
	if want := []ingest.Defect{ingest.Sound, ingest.FewCells, ingest.ManyCells, ingest.Sound}; !reflect.DeepEqual(got, want) {
		t.Errorf("defects %v, want %v", got, want)
	}
}

func TestApply_stray(t *testing.T) {
	p := sheetOf("x", "Mã|Tên\n1|Một\n2|Hai||ở đây\n3|Ba")
	l := Layout{HeaderFrom: 1, HeaderTo: 1, Columns: []Column{{Heading: "Mã", Role: Data}, {Heading: "Tên", Role: Data}}}
	s, err := l.Apply(p.grid(), p.table())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(s); err != nil {
		t.Fatal(err)
	}
	want := []ingest.Finding{{Key: "layout.stray", Args: []any{int64(1), int64(3)}}}
	if got := s.Findings(); !reflect.DeepEqual(got, want) {
		t.Errorf("findings %v, want %v", got, want)
	}
}

func TestSource_Place(t *testing.T) {
	for _, p := range allPapers() {
		if p.name != "cross-measures" {
			continue
		}
		l := Recognise(p.table(), p.sample(100), nil).Layout
		s, err := l.Apply(p.grid(), p.table())
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(s.Header(), s.Place(0, "Quý II"), s.Place(1, "Quý II"), s.Place(2, "Quý II"), s.Place(3, "Quý II"), s.Place(3, "Quý III")); got != "[Địa bàn Quý Số vụ Số người chết] 1 -1 4 5 7" {
			t.Error(got)
		}
		return
	}
	t.Fatal("no such sheet")
}

func TestCheck(t *testing.T) {
	ok := []Column{{Heading: "a", Role: Data}}
	for name, l := range map[string]Layout{
		"no columns":     {},
		"all ignored":    {Columns: []Column{{Heading: "a", Role: Ignore}}},
		"heading turned": {HeaderFrom: 3, HeaderTo: 2, Columns: ok},
		"heading far":    {HeaderFrom: 1, HeaderTo: 1 << 40, Columns: ok},
		"negative":       {HeaderFrom: -1, Columns: ok},
		"last above":     {HeaderFrom: 3, HeaderTo: 3, Last: 2, Columns: ok},
		"role":           {Columns: []Column{{Heading: "a", Role: "x"}}},
		"no cross":       {Columns: []Column{{Heading: "a", Role: Data}, {Heading: "b", Role: Spread}}},
		"labels":         {Columns: []Column{{Heading: "a", Role: Data}, {Heading: "b", Role: Spread}}, Cross: &Cross{Label: "l", Value: "v"}},
		"cross heading":  {Columns: []Column{{Heading: "a", Role: Data}, {Heading: "b", Role: Spread}}, Cross: &Cross{Labels: []string{"b"}}},
	} {
		if l.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestFits(t *testing.T) {
	for _, p := range allPapers() {
		if p.name == "template" {
			continue
		}
		s := p.sample(SampleRows)
		l := Recognise(p.table(), s, p.knows()).Layout
		if !Fits(l, p.table(), s) {
			t.Errorf("%s: the layout does not fit the sheet it was made of: %+v", p.name, l)
		}
		if l.HeaderFrom == 0 {
			continue
		}
		moved := p
		moved.rows = append([][]string{{"BÁO CÁO"}, nil, nil}, p.rows...)
		moved.merged = nil
		for _, m := range p.merged {
			m.FirstRow += 3
			m.LastRow += 3
			moved.merged = append(moved.merged, m)
		}
		ms := moved.sample(SampleRows)
		if Fits(l, moved.table(), ms) {
			t.Errorf("%s: fits three rows lower", p.name)
		}
		got, ok := Shifted(l, moved.table(), ms)
		if !ok || got.HeaderFrom != l.HeaderFrom+3 || got.HeaderTo != l.HeaderTo+3 || l.Last > 0 && got.Last != l.Last+3 {
			t.Errorf("%s: shifted %v to %+v, want three rows below %+v", p.name, ok, got, l)
		}
		other := papers[0]
		if p.name != other.name && Fits(l, other.table(), other.sample(SampleRows)) {
			t.Errorf("%s: fits the sheet %s", p.name, other.name)
		}
	}
}

// TestApply_chunks: what is read does not hang on where the file is cut.
func TestApply_chunks(t *testing.T) {
	for _, p := range allPapers() {
		l := Recognise(p.table(), p.sample(SampleRows), p.knows()).Layout
		l.Section = "Nhóm"
		var want []got
		for _, p.chunk = range []int{100, 1, 2, 3, 5} {
			s, err := l.Apply(p.grid(), p.table())
			if err != nil {
				t.Fatal(err)
			}
			rows, err := readAll(s)
			if err != nil {
				t.Fatal(err)
			}
			if p.chunk == 100 {
				want = rows
			} else if !reflect.DeepEqual(rows, want) {
				t.Errorf("%s, chunks of %d:\n%v\nwant\n%v", p.name, p.chunk, rows, want)
			}
		}
	}
}
