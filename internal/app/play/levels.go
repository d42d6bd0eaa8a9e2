package play

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Levels is the data set of the water levels.
const Levels = "mau-muc-nuoc"

var (
	levelHead   = []string{"tram", "thoi_diem", "muc_nuoc", "luong_mua", "nguon_du_lieu"}
	levelFaults = []fault{set(2, "mất tín hiệu"), set(0, "TD99"), set(2, "9999"), again(2, "12"), set(3, "-1"), set(1, "")}
	centre      = Unit{"trung-tam-quan-trac", "Trung tâm quan trắc", ""}
)

const stations = 6

// levels writes one file each morning with the day before. Now and then the
// line is down for some days, and all comes in one file when it is up again; it
// is down now.
func (s *script) levels() {
	down := func(d int) bool {
		return d >= s.days/4 && d < s.days/4+4 || d >= s.days*5/8 && d < s.days*5/8+3 || d >= s.days-1
	}
	from := -7
	for d := 0; d <= s.days; d++ {
		if d > 0 && s.days > 20 && down(d) {
			continue
		}
		day := s.at(d, 0, 0)
		r := chance(Levels, day.Format(time.DateOnly))
		t := &Table{Head: levelHead}
		for back := from; back < d; back++ {
			t.True = append(t.True, s.levelRows(s.at(back, 0, 0))...)
		}
		from = d
		key := Levels + "/" + day.Format(time.DateOnly)
		bad := d%6 == 5
		switch {
		case s.days > 20 && d >= s.days/3 && d < s.days/3+12: // a sensor is stuck
			bad = d%3 > 0
			t.clean()
			for i, row := range t.Sent {
				if row[0] == "TD04" {
					t.Sent[i][2] = "9999"
				}
			}
		case bad:
			t.dirty(r, 3+r.IntN(6), levelFaults)
		}
		if !s.add(Step{Key: key, At: day.Add(7*time.Hour + time.Duration(8+r.IntN(20))*time.Minute), Do: Send, Dataset: Levels, Unit: centre, Name: "muc-nuoc-" + day.Format("20060102") + ".csv", Table: t}) {
			return
		}
		if bad && d%4 != 1 {
			s.add(Step{Key: key + "/mended", At: day.AddDate(0, 0, 3+d%5).Add(14 * time.Hour), Do: Mend, Dataset: Levels, Unit: centre, Name: "Phieu-bo-sung-" + day.Format("20060102") + ".csv", Of: key, Table: t})
		}
	}
}

// levelRows are the readings of a day: tide, season, and a flood that rises and
// falls around the middle of the days.
func (s *script) levelRows(day time.Time) (rows [][]string) {
	r := chance("rain", day.Format(time.DateOnly))
	n := day.Sub(s.from).Hours() / 24
	wet := r.Float64() < .35
	for st := range stations {
		for h := 0; h < 24; h += 6 {
			t := n + float64(h)/24
			flood := 310 * math.Exp(-math.Pow((t-float64(s.days)*.47)/3.2, 2))
			level := 160 + float64(st)*35 + 40*math.Sin(2*math.Pi*t/14.8) + 22*math.Sin(2*math.Pi*t/.518+float64(st)) + flood*(1-float64(st)/12) + 6*r.Float64()
			rain := 0.0
			if wet || flood > 90 {
				rain = math.Round((r.Float64()*14+flood/6*r.Float64())*10) / 10
			}
			at := day.Add(time.Duration(h) * time.Hour)
			rows = append(rows, []string{fmt.Sprintf("TD%02d", st+1), at.Format(time.RFC3339), strconv.Itoa(int(level)), strconv.FormatFloat(rain, 'f', 1, 64), generated})
		}
	}
	return rows
}
