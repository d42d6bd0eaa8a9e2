package paper

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/phohien/phohien/viet"
)

func TestNumbersOfDivisions(t *testing.T) {
	var c counter
	var got []string
	for _, l := range []Level{Chapter, Article, Clause, Clause, Point, Point, Article, Clause, Chapter, Article, Heading, Clause, Heading, Clause, Part, Heading} {
		got = append(got, c.next(l))
	}
	want := "Chương I|Điều 1.|1.|2.|a)|b)|Điều 2.|1.|Chương II|Điều 3.|I.|1.|II.|1.|Phần I|I."
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	for n, want := range map[int]string{1: "a", 4: "d", 5: "đ", 6: "e", 7: "g", 23: "y", 24: "aa", 25: "ab", 46: "ay", 47: "ba"} {
		if got := pointMark(n); got != want {
			t.Errorf("point %d is %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int]string{4: "IV", 9: "IX", 14: "XIV", 49: "XLIX", 1994: "MCMXCIV"} {
		if got := roman(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

func TestNumberAndDay(t *testing.T) {
	day := func(y, m, d int) viet.Date {
		date, err := viet.NewDate(y, m, d)
		if err != nil {
			t.Fatal(err)
		}
		return date
	}
	for _, c := range []struct {
		p           Paper
		number, day string
	}{
		{Paper{Symbol: "BC-SYT"}, blank + "/BC-SYT", "ngày" + blank + "tháng" + blank + "năm 20    "},
		{Paper{Symbol: "BC-SYT", Year: 2026, Number: 7}, "07/BC-SYT", "ngày" + blank + "tháng" + blank + "năm 2026"},
		{Paper{Symbol: "BC-SYT", Date: day(2026, 2, 5), Number: 123}, "123/BC-SYT", "ngày\u00a005 tháng\u00a002 năm\u00a02026"},
		{Paper{Date: day(2026, 3, 15)}, blank + "/", "ngày\u00a015 tháng\u00a03 năm\u00a02026"},
	} {
		if got := c.p.numbered(); got != c.number {
			t.Errorf("number %q, want %q", got, c.number)
		}
		if got := c.p.day(); got != c.day {
			t.Errorf("day %q, want %q", got, c.day)
		}
	}
}

func TestEnds(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"Kính trình xem xét.", "xét./."},
		{"Kính trình xem xét./.", "xét./."},
		{"Danh sách gồm:", "gồm:"},
	} {
		parts, _ := unpacked(t, asDOCX(t, &Paper{Issuer: "Sở Y tế", Kind: "Báo cáo", Body: []Block{Text(c.body)}}))
		words := strings.Join(texts(t, parts["word/document.xml"]), " ")
		if !strings.Contains(words, c.want+" Nơi nhận: - Lưu: VT.") {
			t.Errorf("%q ends as %q", c.body, words)
		}
	}
}

func TestNoIssuer(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *Paper) error{"DOCX": DOCX, "PDF": PDF} {
		if err := write(io.Discard, &Paper{Issuer: " ", Kind: "Báo cáo"}); err == nil || !strings.Contains(err.Error(), "no issuing body") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The least that a paper can be.
func TestBarePaper(t *testing.T) {
	p := &Paper{Issuer: "Sở Y tế", Kind: "Giấy mời"}
	parts, _ := unpacked(t, asDOCX(t, p))
	list, pages := marks(t, asPDF(t, p))
	for _, got := range []string{strings.Join(texts(t, parts["word/document.xml"]), " "), strings.Join(wordsOf(list), " ")} {
		if want := "SỞ Y TẾ " + country + " " + motto + " Số: / ……………, ngày tháng năm 20 GIẤY MỜI Nơi nhận: - Lưu: VT."; got != want || pages != 1 {
			t.Errorf("%d pages: %s, want %s", pages, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		block Block
		want  string
	}{
		"row too short": {Table{Columns: []Column{{Head: "a"}, {Head: "b"}}, Rows: []Row{{Cells: []string{"1"}}}}, "block 1: row 1 has 1 cells, the table 2 columns"},
		"no columns":    {Table{}, "a table without columns"},
		"no picture":    {Figure{PNG: []byte("GIF89a, no picture")}, "figure: png: invalid format"},
		"nothing":       {nil, "no block of a paper"},
	} {
		for kind, write := range map[string]func(*bytes.Buffer, *Paper) error{
			"DOCX": func(b *bytes.Buffer, p *Paper) error { return DOCX(b, p) },
			"PDF":  func(b *bytes.Buffer, p *Paper) error { return PDF(b, p) },
		} {
			var b bytes.Buffer
			err := write(&b, &Paper{Issuer: "Sở Y tế", Body: []Block{c.block}})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "paper as "+kind) {
				t.Errorf("%s, %s: %v, want %q", name, kind, err, c.want)
			}
			if b.Len() > 0 {
				t.Errorf("%s, %s: wrote %d bytes all the same", name, kind, b.Len())
			}
		}
	}
}
