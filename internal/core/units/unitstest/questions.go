package unitstest

import (
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/viet"
)

// lastOld is the last day with districts.
var lastOld = viet.DateOf(time.Date(2025, 6, 30, 0, 0, 0, 0, viet.Zone))

// Abbreviated writes the types as clerks do.
var Abbreviated = strings.NewReplacer("Thị trấn ", "TT. ", "Phường ", "P.", "Xã ", "X. ", "Huyện ", "H.", "Quận ", "Q.", "Thị xã ", "TX ", "Thành phố ", "TP. ", "Tỉnh ", "T. ")

// A Question is an address and the day at which it is asked.
type Question struct {
	Text string
	On   viet.Date
}

// Questions writes addresses of every third commune of both times, each in one
// of eight ways: 4,452 communes of the register give as many texts, and the old
// ones twice, on a day of theirs and on one of today.
func Questions(ix *units.Index) []Question {
	before, after := lastOld, viet.DateOf(time.Date(2026, 1, 1, 0, 0, 0, 0, viet.Zone))
	details := []string{"Số 5 ngõ 3 đường Trần Phú, ", "Thôn Đông, ", "12/3A Lê Lợi, ", "Tổ 5, khu phố 2, ", ""}
	var all []Question
	for i, u := range ix.All() {
		if u.Level != units.Commune || i%3 != 0 {
			continue
		}
		title := details[i%len(details)] + ix.Title(u)
		switch i / 3 % 8 {
		case 1, 5:
			title = Abbreviated.Replace(title)
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
			all = append(all, Question{title, after})
			continue
		}
		all = append(all, Question{title, before}, Question{title, after})
	}
	return all
}
