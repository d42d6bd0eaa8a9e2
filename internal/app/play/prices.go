package play

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// Prices is the data set whose contract is renewed twice in the days.
const Prices = "mau-gia-hang-hoa"

var markets = []Unit{{"CH01", "Chợ Bến Đò", ""}, {"CH02", "Chợ Cầu Mây", ""}, {"CH03", "Chợ Sen", ""}, {"CH04", "Chợ Đê Vàng", ""}, {"CH05", "Chợ Gò Nhãn", ""}}

var goods = []struct {
	code, unit string
	price      float64
}{
	{"gao-te", "kg", 17000}, {"gao-thom", "kg", 23000}, {"thit-lon", "kg", 125000}, {"thit-bo", "kg", 260000}, {"thit-ga", "kg", 135000}, {"ca-chep", "kg", 75000},
	{"trung-ga", "chục", 35000}, {"rau-muong", "mớ", 8000}, {"ca-chua", "kg", 22000}, {"bap-cai", "kg", 15000}, {"nhan-long", "kg", 45000}, {"chuoi-tieu", "nải", 28000},
	{"duong", "kg", 24000}, {"dau-an", "lít", 48000}, {"xang-ron95", "lít", 20500}, {"xi-mang", "bao", 92000},
}

var (
	priceHead   = []string{"ngay", "cho", "mat_hang", "don_vi_tinh", "gia", "nguon_du_lieu"}
	originHead  = []string{"ngay", "cho", "mat_hang", "don_vi_tinh", "gia", "nguon_hang", "nguon_du_lieu"}
	priceFaults = []fault{set(4, "tạm hết hàng"), set(2, "rau-cu-qua"), set(4, "90"), again(4, "19000"), serial(0), set(4, ""), set(3, "1 kg (loại ngon, chọn tại sạp số 5)")}
)

// prices writes what the markets send on Thursdays.
func (s *script) prices() {
	day := s.at(0, 0, 0)
	for day.Weekday() != time.Thursday {
		day = day.AddDate(0, 0, -1)
	}
	weeks := 0
	for d := day; d.Before(s.until); d = d.AddDate(0, 0, 7) {
		weeks++
	}
	for w := range weeks {
		// Markets are closed while the flood stands.
		if n := int(day.AddDate(0, 0, 7*w).Sub(s.from).Hours() / 24); s.days > 40 && n >= s.days*9/20 && n < s.days*9/20+16 {
			continue
		}
		for i, m := range markets {
			s.market(m, i, w, weeks-1-w, day.AddDate(0, 0, 7*w))
		}
	}
}

func (s *script) market(m Unit, i, week, before int, day time.Time) {
	date := day.Format(time.DateOnly)
	r := chance(Prices, m.Code, date)
	at := day.Add(9*time.Hour + time.Duration(i*23+r.IntN(15))*time.Minute)
	if week == 0 {
		at = s.at(0, 9, 10+i*4)
	}
	t := &Table{Head: priceHead, True: s.priceRows(m, i, day)}
	if at.After(s.at(s.days/3, 8, 0)) { // the contract has a column more from then on
		t.Head, t.True = originHead, origins(t.True, i)
	}
	key, name := Prices+"/"+m.Code+"/"+date, fileName("Gia-cho", m, date)
	send := func(key string, at time.Time, t *Table) bool {
		return s.add(Step{Key: key, At: at, Do: Send, Dataset: Prices, Unit: m, Name: name, Table: t})
	}
	switch {
	case i == 3 && (before == 3 || before == 8): // a whole column in words: held, called off, sent again
		bad := &Table{Head: t.Head, True: t.True}
		bad.all(r, words(4, "đồng một đơn vị"))
		if send(key+"/held", at, bad) {
			s.add(Step{Key: key + "/cancel", At: at.Add(40 * time.Minute), Do: Cancel, Dataset: Prices, Unit: m, Of: key + "/held"})
		}
		at = at.Add(70 * time.Minute)
	case i == 4 && before == 1: // two days late
		at = at.AddDate(0, 0, 4)
	case i == 2 && before == 0 && week > 0: // not yet there
		return
	case week > 0 && i > 1 && r.Float64() < .45, week == 0 && i == 3:
		t.dirty(r, 2+r.IntN(5), priceFaults)
		if send(key, at, t) && r.Float64() < .6 {
			s.add(Step{Key: key + "/mended", At: workday(day.AddDate(0, 0, 1+r.IntN(4))).Add(14*time.Hour + 20*time.Minute), Do: Mend, Dataset: Prices, Unit: m, Name: fileName("Phieu-bo-sung", m, date), Of: key, Table: t})
		}
		return
	case i <= 1 && at.Before(s.at(s.days*2/3, 7, 0)): // units left out as long as they may be; asked for later
		t.clean()
		for j := range t.Sent {
			if j%4 > 0 {
				t.Sent[j][3] = ""
			}
		}
		whole := &Table{Head: originHead, True: t.True}
		if len(t.Head) < len(originHead) {
			whole.True = origins(t.True, i)
		}
		s.add(Step{Key: key + "/whole", At: workday(s.at(s.days*2/3+5+i*3, 14, 30)).Add(time.Duration(week*4) * time.Minute), Do: Send, Dataset: Prices, Unit: m, Name: name, Table: whole})
	}
	send(key, at, t)
}

// origins says of each article where it comes from.
func origins(rows [][]string, i int) (out [][]string) {
	for j, row := range rows {
		out = append(out, slices.Insert(slices.Clone(row), 5, []string{"Trong tỉnh", "Ngoài tỉnh", "Nhập khẩu"}[(j*7+i)%3]))
	}
	return out
}

func (s *script) priceRows(m Unit, i int, day time.Time) (rows [][]string) {
	n := day.Sub(s.from).Hours() / 24
	for j, g := range goods {
		r := chance("price", m.Code, g.code, day.Format(time.DateOnly))
		trend := 1 + .06*math.Sin(2*math.Pi*n/90+float64(j)) + .02*float64(i-2) + .02*(r.Float64()-.5)
		if g.code == "rau-muong" || g.code == "ca-chua" || g.code == "bap-cai" { // the flood makes greens dear
			trend += .45 * math.Exp(-math.Pow((n-float64(s.days)*.52)/9, 2))
		}
		price := int(math.Round(g.price*trend/500) * 500)
		rows = append(rows, []string{day.Format(time.DateOnly), m.Code, g.code, g.unit, strconv.Itoa(price), generated})
	}
	return rows
}
