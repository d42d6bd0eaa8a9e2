// Package calibrate writes data with faults that it knows, so that what the
// platform finds can be held against what there is. It knows nothing of how
// rules are judged or scores computed: it imports none of our packages, has its
// own list of what a fault is, cell by cell, and its own arithmetic of what the
// score must be.
package calibrate

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Dataset, Parents and CodeList name what the generated data are about and
// refer to.
const (
	Dataset  = "co-so-hieu-chuan"
	Parents  = "don-vi-hieu-chuan"
	National = "nguon-quoc-gia-hieu-chuan"
	CodeList = "hinh-thuc-hieu-chuan"
)

// Codes are the codes of CodeList.
var Codes = []string{"CL", "NCL", "LD", "TN"}

// A Fault is one wrong cell, or one wrong line when Column is "".
type Fault struct {
	Line   int    // of the file, the heading is 1
	Key    string // of the record, "" when it cannot be told
	Column string
	Group  string // one of the error groups
	Rule   string // id of the promise that is broken
	Was    string // the right value
	Now    string // what stands in the file
}

// Data is a file with what is wrong in it.
type Data struct {
	CSV       string
	Parents   string // file of the data set that is referred to
	National  string // file of the data set that stands for a national source
	Rows      int    // lines of data
	Faults    []Fault
	Respelled []Fault        // cells that are right but not written the standard way
	Lines     map[string]int // line of each record that is written once, by its key

	keys []string // by line, from line 2 on; "" = cannot be told
	base int      // records that there should be
	now  time.Time
}

// Options say what to make. Rate is the share of rows that get each kind of
// fault.
type Options struct {
	Seed uint64
	Rows int
	Rate float64
	Now  time.Time
}

// Columns of the file, in its order.
var heads = []string{
	"ma", "ten", "dia_chi", "loai", "hinh_thuc", "truc_thuoc", "so_giuong", "so_nam", "so_nu", "tong", "dien_thoai", "ma_so_thue", "giay_phep", "ngay_cap", "ngay_cap_nhat",
}

// newest is how many days before Now the newest record was brought up to date.
// The promise is Period days: the data are late by a known amount.
const (
	newest = 24
	Period = 20
)

// staleBefore is the day before which a record is out of date.
const staleBefore = "2026-09-01"

// Make writes a file.
func Make(o Options) *Data {
	m := &maker{Options: o, r: rand.New(rand.NewPCG(o.Seed, 2026)), d: &Data{Lines: map[string]int{}, now: o.Now, base: o.Rows + o.Rows/50}}
	for i := range o.Rows {
		m.rows = append(m.rows, m.right(i))
		m.torn = append(m.torn, false)
	}
	m.seed()
	return m.write()
}

type maker struct {
	Options
	r    *rand.Rand
	d    *Data
	rows []map[string]string
	torn []bool
	own  []note
	odd  []note
}

// A note is a fault of a row that has no line yet.
type note struct {
	row int
	Fault
}

func (m *maker) day(ago int) string { return m.Now.AddDate(0, 0, -ago).Format(time.DateOnly) }

// right makes a row without a fault. Some of its values stand exactly on a
// bound, and some that may be absent are.
func (m *maker) right(i int) map[string]string {
	nam, nu := m.r.IntN(200), m.r.IntN(200)
	beds := m.r.IntN(501)
	switch i % 50 {
	case 0:
		beds = 0
	case 1:
		beds = 500
	}
	row := map[string]string{
		"ma": fmt.Sprintf("CS%06d", i), "ten": fmt.Sprintf("Cơ sở khám bệnh số %d", i), "dia_chi": fmt.Sprintf("Đường %d", m.r.IntN(300)),
		"loai": pick(m.r, "Bệnh viện", "Phòng khám", "Trạm y tế"), "hinh_thuc": pick(m.r, Codes...), "truc_thuoc": fmt.Sprintf("DV%02d", m.r.IntN(parents)),
		"so_giuong": fmt.Sprint(beds), "so_nam": fmt.Sprint(nam), "so_nu": fmt.Sprint(nu), "tong": fmt.Sprint(nam + nu),
		"dien_thoai": fmt.Sprintf("02213%06d", m.r.IntN(1e6)), "giay_phep": fmt.Sprintf("GP-%06d", i), "ma_so_thue": taxCode(i),
		"ngay_cap": m.day(300 + m.r.IntN(2000)), "ngay_cap_nhat": m.day(newest + m.r.IntN(20)),
	}
	if m.r.IntN(8) == 0 {
		row["dien_thoai"] = ""
	}
	if m.r.IntN(10) == 0 {
		row["so_giuong"] = ""
	}
	if m.r.IntN(12) == 0 {
		row["ma_so_thue"] = ""
	}
	if i < 5 {
		row["ngay_cap_nhat"] = m.day(newest)
	}
	return row
}

const parents = 40

// taxCode is what the national source has of a record.
func taxCode(i int) string { return fmt.Sprintf("MST%07d", 7*i) }

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

// some chooses rows for one kind of fault.
func (m *maker) some() []int {
	n := int(m.Rate*float64(m.Options.Rows) + 0.5)
	rows := m.r.Perm(m.Options.Rows)[:n]
	slices.Sort(rows)
	// The rows that carry the newest day stay as they are, so that the age is known.
	return slices.DeleteFunc(rows, func(i int) bool { return i < 5 })
}

func (m *maker) spoil(i int, column, group, rule, value string) {
	if m.torn[i] || m.has(i, column) {
		return
	}
	m.own = append(m.own, note{i, Fault{Column: column, Group: group, Rule: rule, Was: m.rows[i][column], Now: value}})
	m.rows[i][column] = value
}

// has tells whether a cell is spoilt or respelled already.
func (m *maker) has(i int, column string) bool {
	same := func(n note) bool { return n.row == i && n.Column == column }
	return slices.ContainsFunc(m.own, same) || slices.ContainsFunc(m.odd, same)
}

func (m *maker) seed() {
	m.tear()
	m.cells()
	m.twins()
	m.respell()
}

// tear breaks whole lines: they end before their last cells.
func (m *maker) tear() {
	for _, i := range m.some() {
		if m.r.IntN(4) == 0 { // fewer of these: they spoil everything
			m.torn[i] = true
			m.own = append(m.own, note{i, Fault{Group: "format", Rule: "_row.few"}})
		}
	}
}

// cells spoils single cells.
func (m *maker) cells() {
	for _, f := range []struct {
		column, group, rule string
		value               func() string
	}{
		{"ten", "missing", "ten.required", func() string { return pick(m.r, "", "  ") }},
		{"dia_chi", "missing", "dia-chi-co", func() string { return "" }},
		{"ma", "missing", "ma.required", func() string { return "" }},
		{"loai", "outlier", "loai-hop-le", func() string { return pick(m.r, "Nhà thuốc", "Khách sạn") }},
		{"so_giuong", "outlier", "so_giuong.range", func() string { return pick(m.r, "501", "-1", "9999") }},
		{"so_giuong", "format", "so_giuong.type", func() string { return pick(m.r, "nhiều", "12a", "2.5") }},
		{"ma", "format", "ma.pattern", func() string { return fmt.Sprintf("X%06d", m.r.IntN(1e6)) }},
		{"dien_thoai", "format", "dien_thoai.pattern", func() string { return pick(m.r, "0221", "không có", "113") }},
		{"ngay_cap", "format", "ngay_cap.type", func() string { return pick(m.r, "2024-02-31", "năm ngoái", "2023-13-01") }},
		{"hinh_thuc", "referential", "hinh_thuc.code-list", func() string { return pick(m.r, "XX", "ZZ") }},
		{"truc_thuoc", "referential", "truc_thuoc.reference", func() string { return pick(m.r, "DV98", "DV99") }},
		{"ma_so_thue", "mismatch_national", "ma_so_thue.reference", func() string { return taxCode(m.r.IntN(1e5)) + "9" }},
		{"ngay_cap_nhat", "stale", "con-moi", func() string { return m.day(200 + m.r.IntN(500)) }},
	} {
		for _, i := range m.some() {
			m.spoil(i, f.column, f.group, f.rule, f.value())
		}
	}
	for _, i := range m.some() {
		if !m.torn[i] {
			m.spoil(i, "tong", "cross_field", "tong-bang", m.rows[i]["tong"]+"1")
		}
	}
}

// twins gives two records one licence, or one key with different content.
func (m *maker) twins() {
	chosen := m.some()
	for n := 0; n+1 < len(chosen); n += 2 {
		a, b := chosen[n], chosen[n+1]
		if m.torn[a] || m.torn[b] {
			continue
		}
		one := m.rows[a]["giay_phep"]
		m.own = append(m.own, note{a, Fault{Column: "giay_phep", Group: "duplicate", Rule: "giay_phep.unique", Was: one, Now: one}})
		m.spoil(b, "giay_phep", "duplicate", "giay_phep.unique", one)
	}
	for _, i := range m.some() {
		if m.torn[i] || m.has(i, "ma") || m.has(i, "ten") || m.has(i, "giay_phep") || m.r.IntN(2) == 0 {
			continue
		}
		again := map[string]string{}
		for k, v := range m.rows[i] {
			again[k] = v
		}
		again["ten"], again["giay_phep"] = again["ten"]+" cơ sở 2", again["giay_phep"]+"-2"
		j := len(m.rows)
		m.rows, m.torn = append(m.rows, again), append(m.torn, false)
		for _, n := range slices.Clone(m.own) {
			if n.row == i {
				m.own = append(m.own, note{j, n.Fault})
			}
		}
		for _, row := range []int{i, j} {
			m.own = append(m.own, note{row, Fault{Column: "ma", Group: "duplicate", Rule: "key", Was: again["ma"], Now: again["ma"]}})
		}
	}
}

// respell writes right values another way: no fault, but not the standard
// spelling.
func (m *maker) respell() {
	for _, i := range m.some() {
		if m.torn[i] || m.has(i, "ten") || m.has(i, "ma") {
			continue
		}
		m.respelt(i, "ten", strings.Replace(m.rows[i]["ten"], " ", "  ", 1)+" ")
	}
	for _, i := range m.some() {
		day, err := time.Parse(time.DateOnly, m.rows[i]["ngay_cap"])
		if err != nil || day.Day() <= 12 || m.torn[i] || m.has(i, "ngay_cap") || m.has(i, "ma") {
			continue
		}
		m.respelt(i, "ngay_cap", day.Format("02/01/2006"))
	}
}

func (m *maker) respelt(i int, column, value string) {
	m.odd = append(m.odd, note{i, Fault{Column: column, Was: m.rows[i][column], Now: value}})
	m.rows[i][column] = value
}

// write puts the rows into a file in another order.
func (m *maker) write() *Data {
	var b strings.Builder
	w := csv.NewWriter(&b)
	put := func(cells []string) {
		if err := w.Write(cells); err != nil {
			panic(err) // a Builder takes everything
		}
	}
	put(heads)
	lineOf := make([]int, len(m.rows))
	seen := map[string]int{}
	for n, i := range m.r.Perm(len(m.rows)) {
		lineOf[i] = n + 2
		cells := make([]string, len(heads))
		for c, h := range heads {
			cells[c] = m.rows[i][h]
		}
		key := m.rows[i]["ma"]
		if m.torn[i] {
			cells, key = cells[:len(cells)-3], ""
		}
		put(cells)
		m.d.keys = append(m.d.keys, key)
		seen[key]++
		m.d.Lines[key] = lineOf[i]
	}
	w.Flush()
	for key, n := range seen {
		if n > 1 || key == "" {
			delete(m.d.Lines, key)
		}
	}
	m.d.CSV, m.d.Rows = b.String(), len(m.rows)
	m.d.Faults, m.d.Respelled = m.placed(m.own, lineOf), m.placed(m.odd, lineOf)
	m.d.Parents = "ma,ten\n"
	for i := range parents {
		m.d.Parents += fmt.Sprintf("DV%02d,Đơn vị %d\n", i, i)
	}
	m.d.National = "ma,ten\n"
	for i := range m.Options.Rows {
		m.d.National += fmt.Sprintf("%s,Cơ sở khám bệnh số %d\n", taxCode(i), i)
	}
	return m.d
}

func (m *maker) placed(notes []note, lineOf []int) []Fault {
	var all []Fault
	for _, n := range notes {
		f := n.Fault
		f.Line = lineOf[n.row]
		f.Key = m.d.keys[f.Line-2]
		all = append(all, f)
	}
	return all
}
