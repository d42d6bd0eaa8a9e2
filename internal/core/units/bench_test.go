package units_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/viet"
)

// abbreviations are how clerks write the types.
var abbreviations = strings.NewReplacer("Thị trấn ", "TT. ", "Phường ", "P.", "Xã ", "X. ", "Huyện ", "H.", "Quận ", "Q.", "Thị xã ", "TX ", "Thành phố ", "TP. ", "Tỉnh ", "T. ")

// A question is an address and the day at which it is asked.
type question struct {
	text string
	on   viet.Date
}

// questions writes addresses of every third commune of both times, each in one
// of eight ways: 4,452 communes of the register give as many texts, and the old
// ones twice, on a day of theirs and on one of today.
func questions() []question {
	before, after := day("2025-06-30"), day("2026-01-01")
	details := []string{"Số 5 ngõ 3 đường Trần Phú, ", "Thôn Đông, ", "12/3A Lê Lợi, ", "Tổ 5, khu phố 2, ", ""}
	var all []question
	for i, u := range vietnam.All() {
		if u.Level != units.Commune || i%3 != 0 {
			continue
		}
		title := details[i%len(details)] + vietnam.Title(u)
		switch i / 3 % 8 {
		case 1, 5:
			title = abbreviations.Replace(title)
		case 2:
			title = viet.Fold(title)
		case 3:
			title = strings.ToUpper(title)
		case 4:
			title = strings.ReplaceAll(title, ", ", " - ")
		case 6:
			title = viet.Fold(strings.ReplaceAll(title, ",", ""))
		case 7:
			title += ", Việt Nam"
		}
		if u.To == units.NoDay {
			all = append(all, question{title, after})
			continue
		}
		all = append(all, question{title, before}, question{title, after})
	}
	return all
}

func BenchmarkAddress(b *testing.B) {
	all := questions()
	if len(all) < 5000 {
		b.Fatalf("only %d texts", len(all))
	}
	i, sure := 0, 0
	for b.Loop() {
		q := &all[i%len(all)]
		if vietnam.Address(q.text, q.on).Sure {
			sure++
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "addresses/s")
	b.ReportMetric(100*float64(sure)/float64(b.N), "%sure")
}

// BenchmarkAddress_styles shows each way of writing by itself.
func BenchmarkAddress_styles(b *testing.B) {
	for i, text := range []string{
		"Số 5 ngõ 3 đường Trần Phú, phường Phố Hiến, tỉnh Hưng Yên", "Thôn Đông, xã Lạc Đạo, huyện Văn Lâm, Hưng Yên",
		"thon dong xa lac dao huyen van lam hung yen", "P.Hiến Nam, TP. Hưng Yên",
	} {
		b.Run(fmt.Sprint(i), func(b *testing.B) {
			on := day("2026-01-01")
			for b.Loop() {
				vietnam.Address(text, on)
			}
		})
	}
}
