package viet_test

import (
	"testing"
	"unicode/utf8"

	"github.com/phohien/phohien/viet"
)

func TestForm(t *testing.T) {
	for _, c := range []struct {
		form     viet.Form
		in, want string
	}{
		{viet.FormWords, "NGUYỄN VĂN AN", "Nguyễn Văn An"},
		{viet.FormWords, "nguyễn văn an", "Nguyễn Văn An"},
		{viet.FormWords, "Nguyễn Văn An", "Nguyễn Văn An"},
		{viet.FormWords, "H'HEN NIÊ", "H'Hen Niê"},
		{viet.FormWords, "h’hen niê", "H’Hen Niê"},
		{viet.FormWords, "Ronald McDonald", "Ronald McDonald"},
		{viet.FormWords, "trần  thị b", "Trần  Thị B"},
		{viet.FormWords, "lê-thị (út) 2", "Lê-Thị (Út) 2"},
		{viet.FormWords, "", ""},
		{viet.FormSentence, "đang xử lý", "Đang xử lý"},
		{viet.FormSentence, "UBND xã", "UBND xã"},
		{viet.FormSentence, "", ""},
		{viet.FormUpper, "h31.14", "H31.14"},
		{viet.FormUpper, "qđ-ubnd", "QĐ-UBND"},
		{viet.FormLower, "PhoHien@Example.VN", "phohien@example.vn"},
		{viet.FormDigits, "033 095 001-234", "033095001234"},
		{viet.FormDigits, "0912.345.678", "0912345678"},
		{viet.FormDigits, "89A-123.45", "89A-12345"},
		{viet.FormDigits, " 12 ", " 12 "},
		{viet.FormCompact, "2352 / QĐ - UBND", "2352/QĐ-UBND"},
		{viet.Form("khac"), "a b", "a b"},
	} {
		got, changed := c.form.Write([]byte(c.in))
		if string(got) != c.want || changed != (c.in != c.want) {
			t.Errorf("%s of %q = %q, %v; want %q", c.form, c.in, got, changed, c.want)
		}
	}
}

// FuzzForm: what a form has written, it leaves as it is.
func FuzzForm(f *testing.F) {
	for _, s := range []string{"NGUYỄN văn An", "h'hen", "1 - 2 . 3", "ǆ ŉ İ ß"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		for _, form := range viet.Forms {
			once, _ := form.Write([]byte(s))
			if twice, changed := form.Write(once); changed {
				t.Errorf("%s of %q: %q, then %q", form, s, once, twice)
			}
		}
	})
}
