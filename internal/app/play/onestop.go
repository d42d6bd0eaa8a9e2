package play

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// OneStop is the data set of the weekly one-stop reports.
const OneStop = "mau-mot-cua"

// A habit is how a sender works: shares of its weeks.
type habit struct {
	Unit
	size                        float64
	late, dirty, mends, missing float64
	gone                        [2]int // weeks before the last without a report: from, to
}

// communes are the senders. Two are real wards with accounts in the demo, and
// work well; the others do not exist.
var communes = []habit{
	{Unit: Unit{"11953", "Phường Phố Hiến", "hy-ubnd-pho-hien"}, size: 2.2, dirty: .1, mends: 1, gone: [2]int{-1, -1}},
	{Unit: Unit{"11977", "Xã Tân Hưng", "hy-ubnd-tan-hung"}, size: 1.1, late: .05, dirty: .15, mends: 1, gone: [2]int{-1, -1}},
	{Unit: Unit{"GL03", "Xã Bến Đò", ""}, size: 1, gone: [2]int{-1, -1}},
	{Unit: Unit{"GL04", "Xã Cầu Mây", ""}, size: .8, late: .6, dirty: .1, mends: .8, gone: [2]int{-1, -1}},
	{Unit: Unit{"GL05", "Phường Chợ Sen", ""}, size: 1.7, dirty: .5, mends: .9, gone: [2]int{-1, -1}},
	{Unit: Unit{"GL06", "Xã Đê Vàng", ""}, size: .9, late: .2, dirty: .35, mends: .5, gone: [2]int{-1, -1}},
	{Unit: Unit{"GL07", "Xã Gò Nhãn", ""}, size: .7, dirty: .1, mends: .8, gone: [2]int{4, 6}},
	{Unit: Unit{"GL08", "Phường Hồ Bạc", ""}, size: 1.9, late: .3, dirty: .1, mends: 1, gone: [2]int{-1, -1}},
	{Unit: Unit{"GL09", "Xã Lúa Mới", ""}, size: .6, dirty: .6, mends: .3, gone: [2]int{-1, -1}},
	{Unit: Unit{"GL10", "Xã Ngõ Dâu", ""}, size: .8, late: .1, missing: .3, dirty: .1, mends: .5, gone: [2]int{-1, -1}},
	{Unit: Unit{"GL11", "Xã Sông Hẹp", ""}, size: .5, late: .1, gone: [2]int{-1, -1}},
	{Unit: Unit{"GL12", "Xã Vườn Cau", ""}, size: .7, late: .4, dirty: .2, mends: .5, gone: [2]int{0, 1}},
}

var fields = []struct {
	code string
	size float64
}{{"ho-tich", 90}, {"dat-dai", 34}, {"xay-dung", 12}, {"kinh-doanh", 16}, {"bao-tro", 22}, {"giao-duc", 8}, {"nong-nghiep", 10}, {"cu-tru", 40}}

// Columns of the reports, and what goes wrong in them: figures in words, a code
// that is not in the list, an empty cell, more answered than taken, text in an
// old font, a row twice, days as spreadsheets and hands write them.
var (
	oneStopHead   = []string{"tuan", "ma_don_vi", "linh_vuc", "tiep_nhan", "dung_han", "qua_han", "ngay_lap", "ghi_chu", "nguon_du_lieu"}
	oneStopFaults = []fault{
		words(3, "hồ sơ"), set(2, "dat dai + xay dung"), set(4, ""), set(5, "900"), set(7, "Hå s¬ ®ang gi¶i quyÕt"), again(3, "1"), serial(6), slashes(6), set(3, "-4"), set(6, "31/02/2026"),
	}
)

// oneStop writes the weekly reports. Each is due on the Monday after its week.
func (s *script) oneStop() {
	// The first Monday not before the first day; the report before it is sent on
	// the first day.
	monday := s.at(0, 0, 0)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, -1)
	}
	last := 0
	for m := monday; m.Before(s.until); m = m.AddDate(0, 0, 7) {
		last++
	}
	for w := range last {
		due := monday.AddDate(0, 0, 7*w)
		for i, h := range communes {
			s.report(h, i, w, last-1-w, due)
		}
	}
}

func (s *script) report(h habit, i, week, before int, due time.Time) {
	year, n := due.AddDate(0, 0, -7).ISOWeek()
	tuan := fmt.Sprintf("%d-W%02d", year, n)
	r := chance(OneStop, h.Code, tuan)
	late, dirty, missing, mends, after := r.Float64() < h.late, r.Float64() < h.dirty, r.Float64() < h.missing, r.Float64() < h.mends, 1+r.IntN(4)
	if week > 0 && (missing || before >= h.gone[0] && before <= h.gone[1]) {
		return
	}
	at := due.Add(8*time.Hour + time.Duration(25+i*31)*time.Minute)
	if week == 0 {
		at = s.at(0, 8, 5+i*3)
	} else if late {
		at = workday(at.AddDate(0, 0, after))
	}
	t := &Table{Head: oneStopHead, True: oneStopRows(h, r, tuan, at)}
	switch {
	case week > 0 && i >= 3 && i <= 8 && (before == 4 || before == 5):
		// A new program writes figures with words: nothing of it can be read.
		t.all(r, words(3, "hồ sơ"))
		dirty, mends, after = true, i != 8, 7+i
	case dirty || week == 0 && i == 8:
		t.dirty(r, 2+r.IntN(4), oneStopFaults)
	case i%3 == 0 && i > 0 && before > 3: // days by hand, until they were asked not to
		t.all(r, slashes(6))
	}
	key := OneStop + "/" + h.Code + "/" + tuan
	name := fileName("Bao-cao-mot-cua", h.Unit, tuan)
	if i == 4 && before == 7 { // the wrong week's file, undone within the hour
		wrong := &Table{Head: oneStopHead, True: oneStopRows(h, chance("wrong", tuan), tuan, at)}
		s.add(Step{Key: key + "/wrong", At: at, Do: Send, Dataset: OneStop, Unit: h.Unit, Name: name, Table: wrong})
		s.add(Step{Key: key + "/undo", At: at.Add(35 * time.Minute), Do: Undo, Dataset: OneStop, Unit: h.Unit, Of: key + "/wrong"})
		at = at.Add(50 * time.Minute)
	}
	s.add(Step{Key: key, At: at, Do: Send, Dataset: OneStop, Unit: h.Unit, Name: name, Table: t})
	if dirty && mends {
		back := workday(at.AddDate(0, 0, after)).Add(95 * time.Minute)
		s.add(Step{Key: key + "/mended", At: back, Do: Mend, Dataset: OneStop, Unit: h.Unit, Name: fileName("Phieu-bo-sung", h.Unit, tuan), Of: key, Table: t})
	}
}

func oneStopRows(h habit, r *rand.Rand, tuan string, at time.Time) (rows [][]string) {
	for _, f := range fields {
		taken := int(math.Max(1, f.size*h.size*(.8+.4*r.Float64())))
		over := 0
		if r.Float64() < .3+h.late/3 {
			over = r.IntN(1 + taken/8)
		}
		open := r.IntN(1 + taken/10)
		note := ""
		if over > 0 {
			note = "Có hồ sơ chờ bổ sung giấy tờ"
		}
		rows = append(rows, []string{tuan, h.Code, f.code, strconv.Itoa(taken), strconv.Itoa(max(0, taken-over-open)), strconv.Itoa(over), at.Format(time.DateOnly), note, generated})
	}
	return rows
}
