package catalogtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/packs"
)

// Entries gives n entries: those of Real first, then invented ones put together
// from the names of the packs, as many as are needed, about twelve words of
// title and text each. The same n and seed give the same entries.
func Entries(n int, seed uint64) ([]catalog.Entry, error) {
	all, err := Real()
	if err != nil {
		return nil, err
	}
	if n <= len(all) {
		return all[:n], nil
	}
	m, err := newMaker(seed, all)
	if err != nil {
		return nil, err
	}
	for i := len(all); i < n; i++ {
		all = append(all, m.entry(i))
	}
	return all, nil
}

// A maker puts entries together.
type maker struct {
	*rand.Rand
	orgs     []catalog.Owner
	systems  []string
	topics   []string // of tasks and targets, a few words each
	places   []string
	columns  []string
	sectors  []string
	prefixes []string
}

func newMaker(seed uint64, real []catalog.Entry) (*maker, error) {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, seed^0x9E3779B97F4A7C15)),
		prefixes: []string{"Dữ liệu", "Bộ dữ liệu", "Danh sách", "Danh mục", "Thống kê", "Số liệu", "Hồ sơ", "Kết quả", "Báo cáo", "Sổ theo dõi", "CSDL", "Cơ sở dữ liệu"}}
	sectors := map[string]bool{}
	for _, e := range real {
		switch e.Kind {
		case catalog.Organisation:
			m.orgs = append(m.orgs, catalog.Owner{ID: e.ID, Name: e.Title})
		case catalog.System:
			m.systems = append(m.systems, e.Title)
			if !sectors[e.Facets.Sector] {
				sectors[e.Facets.Sector] = true
				m.sectors = append(m.sectors, e.Facets.Sector)
			}
		case catalog.Column:
			m.columns = append(m.columns, e.Title)
		}
	}
	for _, source := range []struct {
		file, column string
		into         *[]string
	}{
		{"data/kh-nhiem-vu.csv", "ten", &m.topics},
		{"data/kh-chi-tieu.csv", "ten", &m.topics},
		{"data/vn-xa.csv", "ten_day_du", &m.places},
	} {
		pack, err := packs.Holding(source.file)
		if err != nil {
			return nil, err
		}
		rows, err := table(pack, source.file)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			*source.into = append(*source.into, row[source.column])
		}
	}
	return m, nil
}

func (m *maker) one(list []string) string { return list[m.IntN(len(list))] }

// some gives up to n words of a text that follow each other.
func (m *maker) some(text string, n int) string {
	words := strings.Fields(text)
	from := 0
	if len(words) > n {
		from = m.IntN(len(words) - n + 1)
	}
	return strings.TrimRight(strings.Join(words[from:min(from+n, len(words))], " "), ",;:.")
}

func (m *maker) entry(i int) catalog.Entry {
	owner := m.orgs[m.IntN(len(m.orgs))]
	e := catalog.Entry{Owner: owner, Changed: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(m.IntN(900)) * 24 * time.Hour),
		Facets: catalog.Facets{Sector: m.one(m.sectors), Layer: m.one([]string{"danh-muc", "chu", "giao-dich", "tong-hop", "mo"}),
			Access: m.one([]string{"open", "shared", "restricted", ""}), Freshness: m.one([]string{"fresh", "due", "late"}),
			Score: m.one([]string{"a", "b", "c", "d"}), State: m.one([]string{"active", "draft"})}}
	switch m.IntN(10) {
	case 0:
		e.Kind, e.ID = catalog.System, fmt.Sprintf("he-thong-%06d", i)
		e.Title = m.some(m.one(m.systems), 7) + " " + m.one(m.places)
		e.Text = m.some(m.one(m.topics), 6)
	case 1, 2, 3:
		e.Kind, e.ID = catalog.Column, fmt.Sprintf("bo-%05d.cot_%d", i/12, i)
		e.Title = m.one(m.columns) + " " + m.some(m.one(m.topics), 3)
		e.Text = m.some(m.one(m.topics), 6)
	case 4:
		e.Kind, e.ID = catalog.Code, fmt.Sprintf("danh-muc-%04d/%05d", i/40, i)
		e.Title = m.one(m.places)
		e.Text = m.some(m.one(m.topics), 6)
	case 5:
		e.Kind, e.ID = catalog.Term, fmt.Sprintf("thuat-ngu-%06d", i)
		e.Title = m.some(m.one(m.topics), 4)
		e.Text = m.some(m.one(m.topics), 8)
	default:
		e.Kind, e.ID = catalog.Dataset, fmt.Sprintf("bo-du-lieu-%06d", i)
		e.Title = m.one(m.prefixes) + " " + m.some(m.one(m.topics), 5) + " " + m.one(m.places)
		e.Text = m.some(m.one(m.systems), 4) + ", " + m.some(m.one(m.topics), 4)
		e.Weight = 0.5 + 2*m.Float64()
	}
	e.Address = "/" + string(e.Kind) + "/" + e.ID
	if m.IntN(20) == 0 {
		e.Sight = "org:" + owner.ID
	}
	return e
}
