package play

import (
	"fmt"
	"strconv"
	"time"
)

// Funds is the data set of the monthly reports on public investment.
const Funds = "mau-giai-ngan"

var (
	fundHead   = []string{"ky", "chu_dau_tu", "du_an", "ke_hoach", "giai_ngan", "ngay_chot", "nguon_du_lieu"}
	fundFaults = []fault{words(4, "triệu đồng"), set(4, "999999"), set(2, "DA01"), set(5, "cuối tháng"), set(3, ""), slashes(5), again(4, "5")}
)

const investors = 8

// funds writes what investors send by the 5th of each month of the month before.
func (s *script) funds() {
	month := time.Date(s.from.Year(), s.from.Month(), 1, 0, 0, 0, 0, s.from.Location())
	for m := 0; ; m++ {
		first := month.AddDate(0, m, 0)
		if !first.Before(s.until) {
			return
		}
		for i := range investors {
			s.fund(i, m, first)
		}
	}
}

func (s *script) fund(i, m int, first time.Time) {
	u := Unit{fmt.Sprintf("CDT%02d", i+1), fmt.Sprintf("Chủ đầu tư số %d", i+1), ""}
	closed := first.AddDate(0, 0, -1)
	ky := closed.Format("2006-01")
	r := chance(Funds, u.Code, ky)
	at := workday(first.AddDate(0, 0, 1+i%4)).Add(9*time.Hour + time.Duration(7+i*22)*time.Minute)
	switch {
	case m == 0:
		at = s.at(0, 10, 5+i*4)
	case i == 5 && m%2 == 1: // late
		at = workday(first.AddDate(0, 0, 10)).Add(15 * time.Hour)
	case i == 6 && m > 1: // gives up after the second
		return
	}
	t := &Table{Head: fundHead}
	for p := range 6 + i {
		plan := 8000 + (i*7919+p*3571)%42000
		share := min(.97, (float64(closed.Month())-.5)/12*(.7+.06*float64((p+i)%6))+.02*r.Float64())
		t.True = append(t.True, []string{ky, u.Code, fmt.Sprintf("DA-%02d%02d", i+1, p+1), strconv.Itoa(plan), strconv.Itoa(int(float64(plan) * share)), closed.Format(time.DateOnly), generated})
	}
	key, name := Funds+"/"+u.Code+"/"+ky, fileName("Giai-ngan", u, ky)
	bad := m > 0 && r.Float64() < .35 || m == 0 && i == 3
	if bad {
		t.dirty(r, 1+r.IntN(2), fundFaults)
	}
	if !s.add(Step{Key: key, At: at, Do: Send, Dataset: Funds, Unit: u, Name: name, Table: t}) {
		return
	}
	if bad && i%2 == 1 {
		s.add(Step{Key: key + "/mended", At: workday(at.AddDate(0, 0, 2)).Add(2 * time.Hour), Do: Mend, Dataset: Funds, Unit: u, Name: fileName("Phieu-bo-sung", u, ky), Of: key, Table: t})
	}
	if i == 7 && m > 0 { // projects left out: held, and confirmed by who answers for them
		short := &Table{Head: fundHead, True: t.True[:len(t.True)-5]}
		again := workday(at.AddDate(0, 0, 1)).Add(time.Hour)
		if s.add(Step{Key: key + "/short", At: again, Do: Send, Dataset: Funds, Unit: u, Name: name, Table: short}) && m%2 == 1 {
			s.add(Step{Key: key + "/confirm", At: again.Add(3 * time.Hour), Do: Confirm, Dataset: Funds, Unit: u, Of: key + "/short"})
		}
	}
}
