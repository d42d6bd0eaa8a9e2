package ui_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func TestAgo(t *testing.T) {
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC) // 10:00 in Viet Nam
	for _, c := range []struct {
		before time.Duration
		want   string
	}{
		{5 * time.Second, "vừa xong"},
		{12 * time.Minute, "12 phút trước"},
		{3 * time.Hour, "hôm nay, 07:00"},
		{11 * time.Hour, "hôm qua, 23:00"},
		{34*time.Hour + time.Minute, "2 ngày trước"},
		{58 * time.Hour, "2 ngày trước"},
		{60 * 24 * time.Hour, "23/09/2026"},
	} {
		if got := ui.Ago(locale.Vi, now.Add(-c.before), now); got != c.want {
			t.Errorf("%v before: %q, want %q", c.before, got, c.want)
		}
	}
	if got := ui.Ago(locale.En, time.Time{}, now); got != "no data yet" {
		t.Errorf("never: %q", got)
	}
}

func TestValue(t *testing.T) {
	for _, c := range []struct {
		column contract.Column
		value  any
		vi, en string
	}{
		{contract.Column{Type: contract.Text}, "01001", "01001", "01001"},
		{contract.Column{Type: contract.Integer}, int64(1234567), "1.234.567", "1,234,567"},
		{contract.Column{Type: contract.Decimal}, json.Number("1234.50"), "1.234,5", "1,234.5"},
		{contract.Column{Type: contract.Boolean}, false, "Không", "No"},
		{contract.Column{Type: contract.Date}, "2026-11-22", "22/11/2026", "2026-11-22"},
		{contract.Column{Type: contract.PartialDate}, "2026-11", "11/2026", "2026-11"},
		{contract.Column{Type: contract.PartialDate}, "2026", "2026", "2026"},
		{contract.Column{Type: contract.Timestamp}, "2026-11-22T00:30:00+07:00", "22/11/2026 00:30", "22 Nov 2026 00:30"},
		{contract.Column{Type: contract.Geometry}, json.RawMessage(`{"type":"Point","coordinates":[106.05,20.65]}`), "20,65 vĩ độ, 106,05 kinh độ", "20.65 lat, 106.05 lon"},
		{contract.Column{Type: contract.Integer}, nil, "", ""},
	} {
		if got := ui.Value(locale.Vi, &c.column, c.value); got != c.vi {
			t.Errorf("%s %v: %q, want %q", c.column.Type, c.value, got, c.vi)
		}
		if got := ui.Value(locale.En, &c.column, c.value); got != c.en {
			t.Errorf("%s %v: %q, want %q", c.column.Type, c.value, got, c.en)
		}
	}
}

func TestScore(t *testing.T) {
	for value, want := range map[float64]string{99.96: "99,9", 100: "100", 65.05: "65", 82.55: "82,5", 0: "0"} {
		if got := ui.Score(locale.Vi, &value); got != want {
			t.Errorf("%v: %q, want %q", value, got, want)
		}
	}
	if got := ui.Score(locale.Vi, nil); got != "chưa đo" {
		t.Errorf("not measured: %q", got)
	}
}

func TestInLanguage(t *testing.T) {
	for _, c := range []struct{ text, vi, en string }{
		{
			"104 xã, phường của tỉnh Hưng Yên từ ngày 01/7/2025. The 104 communes of Hưng Yên since 1 July 2025.",
			"104 xã, phường của tỉnh Hưng Yên từ ngày 01/7/2025.", "The 104 communes of Hưng Yên since 1 July 2025.",
		},
		{"278 nhiệm vụ, dự án. 278 tasks of Hưng Yên.", "278 nhiệm vụ, dự án.", "278 tasks of Hưng Yên."},
		{"Chỉ có tiếng Việt.", "Chỉ có tiếng Việt.", "Chỉ có tiếng Việt."},
		{"English only.", "English only.", "English only."},
		{"", "", ""},
	} {
		if got := ui.InLanguage(locale.Vi, c.text); got != c.vi {
			t.Errorf("vi: %q, want %q", got, c.vi)
		}
		if got := ui.InLanguage(locale.En, c.text); got != c.en {
			t.Errorf("en: %q, want %q", got, c.en)
		}
	}
}
