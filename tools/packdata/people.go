package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/phohien/phohien/viet"
)

// People who do not exist: the data set with personal data that permissions and
// masks are tried on. Whoever runs this again gets the same file.
const (
	peopleSeed  = 20261001
	peopleCount = 5000
	payMonth    = "2026-10"
	nextMonth   = "2026-11"
	allowance   = 500_000 // đồng, mức chuẩn trợ giúp xã hội (Nghị định số 76/2024/NĐ-CP)
	generated   = "giả lập"
)

// headingPeople is the heading of hy-tro-cap-xa-hoi, headingPeopleVi the same as
// offices write it.
var (
	headingPeople = []string{"ky", "ma_xa", "so_dinh_danh", "ho_ten", "ngay_sinh", "gioi_tinh", "dan_toc", "dien_thoai", "dia_chi",
		"loai_doi_tuong", "muc_huong", "ngay_huong", "tinh_trang_suc_khoe", "nguon_du_lieu"}
	headingPeopleVi = []string{"Kỳ chi trả", "Mã xã", "Số CCCD", "Họ và tên", "Ngày sinh", "Giới tính", "Dân tộc", "Số điện thoại",
		"Địa chỉ", "Loại đối tượng", "Mức hưởng", "Hưởng từ ngày", "Tình trạng sức khỏe", "Nguồn dữ liệu"}
)

// familyNames, the more frequent ones several times.
var familyNames = strings.Fields(`Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Trần Lê Lê Phạm Phạm Hoàng Hoàng
	Vũ Vũ Đặng Bùi Đỗ Đào Đoàn Dương Ngô Lương Phan Tạ Trịnh Mai Chu Hà Tô Quách Giang`)

// health are states as a clerk writes them, by type of beneficiary.
var health = map[string][]string{
	"tre-em":                   {"Bình thường", "Bình thường", "Hay ốm", "Suy dinh dưỡng", ""},
	"don-than":                 {"Bình thường", "Bình thường", "Đau dạ dày", ""},
	"cao-tuoi":                 {"Tăng huyết áp", "Đái tháo đường", "Đau khớp", "Nghe kém", "Yếu, cần người chăm sóc", ""},
	"khuyet-tat-nang":          {"Đi lại khó khăn", "Khuyết tật nhìn", "Khuyết tật nghe, nói", "Khuyết tật trí tuệ", "Liệt một tay"},
	"khuyet-tat-dac-biet-nang": {"Nằm liệt, cần người chăm sóc", "Khuyết tật nhìn đặc biệt nặng", "Liệt hai chân", "Khuyết tật thần kinh"},
}

// A crowd makes people out of chance that is always the same.
type crowd struct {
	*rand.Rand
	boys, girls []string
	communes    []*unit
	taken       map[string]bool // personal numbers
	phones      int
}

// writePeople writes the generated data set, and a file as a commune would send
// it for the month after.
func writePeople(dir, names string, u *units) error {
	c := &crowd{Rand: rand.New(rand.NewPCG(peopleSeed, 0)), taken: map[string]bool{}}
	var err error
	if c.boys, err = readNames(filepath.Join(names, "boy.txt")); err != nil {
		return err
	}
	if c.girls, err = readNames(filepath.Join(names, "girl.txt")); err != nil {
		return err
	}
	for _, x := range u.communes {
		if x.now && x.provinceCode == hungYen {
			c.communes = append(c.communes, x)
		}
	}
	if len(c.communes) != 104 {
		return fmt.Errorf("%d communes, want 104", len(c.communes))
	}
	lines := c.lines()
	soilPeople(lines)
	if err := write(filepath.Join(dir, "data", "hy-tro-cap-xa-hoi.csv"), headingPeople, lines); err != nil {
		return err
	}
	return write(filepath.Join(dir, "samples", "tro-cap-pho-hien-thang-11.csv"), headingPeopleVi, followUp(lines))
}

// readNames reads given names of two words. The source writes some with the
// Icelandic Ð instead of Đ.
func readNames(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(b)) {
		name, _ := viet.NFC(strings.ReplaceAll(strings.TrimSpace(line), "Ð", "Đ"))
		if strings.Count(name, " ") == 1 {
			names = append(names, name)
		}
	}
	if len(names) < 500 {
		return nil, fmt.Errorf("%s: %d names", path, len(names))
	}
	return names, nil
}

// lines makes everybody, commune by commune: 30 to 66 in each, 5,000 together.
func (c *crowd) lines() [][]string {
	var lines [][]string
	for i, x := range c.communes {
		left := len(c.communes) - i - 1
		n := min(max(30+c.IntN(37), peopleCount-len(lines)-66*left), peopleCount-len(lines)-30*left)
		for range n {
			lines = append(lines, c.person(x))
		}
	}
	return lines
}

func (c *crowd) person(x *unit) []string {
	kind := c.pick("cao-tuoi", "cao-tuoi", "cao-tuoi", "khuyet-tat-nang", "khuyet-tat-nang", "khuyet-tat-nang", "khuyet-tat-nang",
		"khuyet-tat-dac-biet-nang", "khuyet-tat-dac-biet-nang", "tre-em", "don-than")
	male := c.IntN(2) == 0 && kind != "don-than"
	age, factor := c.age(kind)
	birth := c.day(2026-age, 28)
	from := c.from(birth)
	sex, given := "Nữ", c.girls
	if male {
		sex, given = "Nam", c.boys
	}
	return []string{payMonth, x.code, c.number(male), c.pick(familyNames...) + " " + c.pick(given...), c.known(birth, age), sex, c.ethnic(), c.phone(),
		c.address(x), kind, strconv.Itoa(allowance * factor / 2), from, c.pick(health[kind]...), generated}
}

// age gives an age and twice the factor of the allowance.
func (c *crowd) age(kind string) (age, factor int) {
	switch kind {
	case "tre-em":
		if age = 1 + c.IntN(14); age < 4 {
			return age, 5
		}
		return age, 3
	case "don-than":
		return 22 + c.IntN(23), 2 * (1 + c.IntN(2))
	case "cao-tuoi":
		if age = 60 + c.IntN(34); age < 80 {
			return age, 3
		}
		return age, 4
	}
	age = 3 + c.IntN(87)
	factor = 3
	if kind == "khuyet-tat-dac-biet-nang" {
		factor = 4
	}
	if age < 16 || age >= 60 {
		factor++
	}
	return age, factor
}

func (c *crowd) pick(of ...string) string { return of[c.IntN(len(of))] }

// number is a personal number of somebody born between 2060 and 2099: its form is
// right, and nobody can have it.
func (c *crowd) number(male bool) string {
	for {
		century := 3
		if male {
			century = 2
		}
		s := fmt.Sprintf("%s%d%02d%06d", c.pick("033", "034"), century, 60+c.IntN(40), 1+c.IntN(999_999))
		if !c.taken[s] {
			c.taken[s] = true
			return s
		}
	}
}

// phone is a number of the area of Hưng Yên that begins with 0, as no
// subscriber's does; every third has none.
func (c *crowd) phone() string {
	if c.IntN(3) == 0 {
		return ""
	}
	c.phones++
	return fmt.Sprintf("02210%06d", c.phones)
}

func (c *crowd) ethnic() string {
	if c.IntN(50) > 0 {
		return "1"
	}
	return c.pick("2", "3", "6", "7", "9")
}

func (c *crowd) address(x *unit) string {
	part := "Thôn"
	if x.kind == "phuong" {
		part = "Tổ dân phố"
	}
	return fmt.Sprintf("Số %d, %s %d, %s", 1+c.IntN(180), part, 1+c.IntN(12), x.full)
}

// known is as much of a birthday as old papers say.
func (c *crowd) known(birth viet.Date, age int) string {
	s := birth.String()
	switch n := c.IntN(20); {
	case age >= 60 && n < 5:
		return s[:4]
	case age >= 60 && n < 6:
		return s[:7]
	}
	return s
}

// from is the first of a month since 2021, after birth.
func (c *crowd) from(birth viet.Date) string {
	year, _, _ := birth.YMD()
	year = max(year+1, 2021)
	return c.day(year+c.IntN(2026-year+1), 1).String()
}

// day is a day from January to September, within the first days of its month.
func (c *crowd) day(year, days int) viet.Date {
	d, err := viet.NewDate(year, 1+c.IntN(9), 1+c.IntN(days))
	if err != nil {
		panic(err) // every month has 28 days
	}
	return d
}

// dirt are the cells that are wrong on purpose, by line of the data from 0.
var dirt = []fault{
	{14, "so_dinh_danh", "03327000001"}, // a digit short
	{215, "so_dinh_danh", "số chưa rõ"},
	{498, "ho_ten", ""},
	{733, "ngay_sinh", "31/02/1950"},
	{1021, "ma_xa", "99999"},
	{1467, "gioi_tinh", "Nữ?"},
	{1902, "dan_toc", "99"},
	{2350, "dien_thoai", "12345"},
	{2844, "loai_doi_tuong", "ho-ngheo"},
	{3303, "muc_huong", "bảy trăm năm mươi nghìn"},
	{3871, "muc_huong", "75000"},
	{4410, "ngay_huong", "1900-01-01"}, // before birth
	{4777, "nguon_du_lieu", "thật"},
}

func soilPeople(lines [][]string) {
	for _, f := range dirt {
		lines[f.line][columnOf(headingPeople, f.column)] = f.value
	}
}

func columnOf(heading []string, name string) int {
	for i, h := range heading {
		if h == name {
			return i
		}
	}
	panic("no column " + name)
}

// followUp is what a commune sends for the month after: the same people but for
// two who left, days as offices write them, and one line wrong.
func followUp(lines [][]string) [][]string {
	var out [][]string
	for i, l := range lines {
		if l[1] != "11953" || soiled(i) {
			continue
		}
		l = append([]string(nil), l...)
		l[0] = nextMonth
		for _, c := range []string{"ngay_sinh", "ngay_huong"} {
			at := columnOf(headingPeople, c)
			if d, _, err := viet.ParseDate([]byte(l[at])); err == nil {
				l[at] = d.Display()
			}
		}
		out = append(out, l)
	}
	out = out[:len(out)-2]
	out[4][columnOf(headingPeople, "muc_huong")] = ""
	return out
}

func soiled(line int) bool {
	for _, f := range dirt {
		if f.line == line {
			return true
		}
	}
	return false
}
