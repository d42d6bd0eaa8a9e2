package reason_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
)

func TestOf(t *testing.T) {
	none := fault.New(fault.Invalid, "moves.no-why")
	for _, c := range []struct {
		text string
		none *fault.Error
		want string
		key  string
	}{
		{"  Công văn 12/UBND-VP\r\nngày 20/11/2026 ", none, "Công văn 12/UBND-VP\nngày 20/11/2026", ""},
		{" \n ", none, "", "moves.no-why"},
		{" \n ", nil, "", ""},
		{strings.Repeat("ă", 20), none, strings.Repeat("ă", 20), ""},
		{strings.Repeat("ă", 41), none, "", "reason.long"},
		{"theo số 033090001234", none, "", "reason.number"},
		{"theo số 033 090 001 234", nil, "", "reason.number"},
	} {
		got, err := reason.Of(c.text, 40, c.none)
		if got != c.want || (err == nil) != (c.key == "") || c.key != "" && !fault.Is(err, c.key) {
			t.Errorf("%q: %q %v, want %q %s", c.text, got, err, c.want, c.key)
		}
		if wrong := c.key != "" && c.key != none.Key; reason.Wrong(err) != wrong {
			t.Errorf("%q: told apart as %v", c.text, !wrong)
		}
	}
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]bool{
		"033099001234": true, "Gọi 0912.345.678 hỏi lại": true, "thẻ 123-456-789": true, "Ông A, 145 678 901": true,
		"Quyết định 2352/QĐ-UBND ngày 21/11/2026": false, "từ 2026-11-01 08:30 đến 2026-11-30 17:00": false, "văn bản 15 21-11-2026": false,
		"hồ sơ một cửa số 000.00.10.H31-261122-0042.": false, "hồ sơ (H31.14-261122-1812345)": false, "12 345 678": false, "": false,
		"xem https://vanban.example.vn/?docid=2026112100001": false,
		"hồ sơ 000.00.10.H31-261122-0042 của 033099001234":   true,
	} {
		if got := reason.Number(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
		if got := reason.Noted(" " + text + " "); want && got != "" || !want && got != text {
			t.Errorf("%q is noted as %q", text, got)
		}
	}
}
