// Package units is the register of administrative units in memory: which
// province, district or commune a code or a name means on a day, and what
// became of a unit since, or what it was made of.
//
// Codes are used again with another meaning, names move to other codes, and
// communes were split on 1 July 2025: a code says nothing without a day, and a
// name nothing without its parent. So every answer says whether it is sure. It
// is sure when one unit alone fits exactly, or alone fits within the parent that
// was named; in every other case the answer is the list of candidates, and a
// person decides. Nothing here guesses.
//
// Resolve answers names in columns, Address a whole address in one cell, Convert
// one unit on another day, Recast and SumOn figures that were counted in the
// units of another day.
//
// The package reads no data set: the caller hands in the rows, and makes a new
// Index when they change. An Index does not change and may be used by many at
// once.
package units

import (
	"math"
	"slices"
	"strings"

	"github.com/phohien/phohien/viet"
)

// Level is the level of a unit in the hierarchy.
type Level string

// The levels. Districts were given up on 1 July 2025. Villages (thôn, tổ dân
// phố and the like) are no units of government; the communes keep their list.
const (
	Province Level = "province"
	District Level = "district"
	Commune  Level = "commune"
	Village  Level = "village"
)

// NoDay stands for a day that is not known: of a unit's validity, open; of a
// question, any time.
const NoDay = viet.Date(math.MinInt32)

// A Unit is an administrative unit in one period of its life.
type Unit struct {
	UID      string
	Code     string
	Level    Level
	Type     string // xa, phuong, dac_khu, thi_tran, huyen, quan, thi_xa, thanh_pho, tinh, thanh_pho_tw; of a village see VillageTypes
	Name     string // Phố Hiến
	Full     string // Phường Phố Hiến
	Province string // uid of its province, "" of a province
	District string // uid of its district, "" without
	Commune  string // uid of its commune, of a village; Build fills in the parents above from it
	From, To viet.Date
	Basis    string // the act that made it
}

// ValidOn reports whether the unit existed on a day. Of NoDay it is true.
func (u *Unit) ValidOn(day viet.Date) bool {
	return day == NoDay || (u.From == NoDay || u.From <= day) && (u.To == NoDay || day <= u.To)
}

// A Change says that a unit became another, or a part of another.
type Change struct {
	Old, New string // uids
	Kind     string // merge, split, rename, retype, recode, keep, move
	Share    Share  // of the old unit that went to the new one; 0 when it is not known
	On       viet.Date
	Basis    string
}

// Rows is what an Index is made of.
type Rows struct {
	Units   []Unit
	Changes []Change
}

// An Index answers questions about units.
type Index struct {
	units  []Unit
	keys   []keys              // of the names, by unit
	fulls  []keys              // of the full names, by unit
	paths  []string            // folded full names of the parents, by unit
	byUID  map[string]int      // place in units
	byCode map[coded][]int     // in the order of their beginning
	byName map[named][]int     // by the name without marks and type
	within map[string][]int    // villages of a commune, by its uid
	after  map[string][]Change // by the old unit
	before map[string][]Change // by the new one
	first  viet.Date           // first day of which anything is known, see First
	last   viet.Date           // last day with districts, NoDay when there still are, or never were
	names  trie                // of provinces, districts and communes, to be found in running text
	above  []parents           // by unit
}

type coded struct {
	level Level
	code  string
}

type named struct {
	level Level
	ascii string
}

// Build makes an index. Of two rows with one uid the later one counts; changes
// that name a uid that is not there are kept out.
func Build(rows Rows) *Index {
	ix := &Index{
		byUID: make(map[string]int, len(rows.Units)), byCode: make(map[coded][]int, len(rows.Units)), byName: map[named][]int{},
		within: map[string][]int{}, after: map[string][]Change{}, before: map[string][]Change{},
	}
	for _, u := range rows.Units {
		if at, twice := ix.byUID[u.UID]; twice {
			ix.units[at] = u
			continue
		}
		ix.byUID[u.UID] = len(ix.units)
		ix.units = append(ix.units, u)
	}
	ix.keys, ix.fulls, ix.paths = make([]keys, len(ix.units)), make([]keys, len(ix.units)), make([]string, len(ix.units))
	for i := range ix.units {
		ix.enter(i)
	}
	for _, list := range ix.byCode {
		slices.SortFunc(list, func(a, b int) int { return int(int64(ix.units[a].From) - int64(ix.units[b].From)) })
	}
	for _, c := range rows.Changes {
		if _, ok := ix.byUID[c.Old]; !ok {
			continue
		}
		if _, ok := ix.byUID[c.New]; !ok {
			continue
		}
		ix.after[c.Old] = append(ix.after[c.Old], c)
		ix.before[c.New] = append(ix.before[c.New], c)
	}
	ix.first, ix.last = ix.begins(), ix.lastDistricts()
	ix.plant()
	return ix
}

// enter puts unit i into the tables.
func (ix *Index) enter(i int) {
	u := &ix.units[i]
	ix.keys[i], ix.fulls[i] = keysOf(u.Name), keysOf(u.Full)
	if at, ok := ix.byUID[u.Commune]; ok && u.Level == Village {
		u.District, u.Province = ix.units[at].District, ix.units[at].Province
		ix.within[u.Commune] = append(ix.within[u.Commune], i)
	}
	if u.Code != "" {
		ix.byCode[coded{u.Level, u.Code}] = append(ix.byCode[coded{u.Level, u.Code}], i)
	}
	ix.byName[named{u.Level, ix.keys[i].ascii}] = append(ix.byName[named{u.Level, ix.keys[i].ascii}], i)
	var path []string
	for _, parent := range []string{u.Commune, u.District, u.Province} {
		if parent == "" {
			continue
		}
		if at, ok := ix.byUID[parent]; ok {
			path = append(path, keysOf(ix.units[at].Full).ascii)
		}
	}
	ix.paths[i] = strings.Join(path, ", ")
}

// First is the first day of which the register says what units there were: before
// it units may have been others, and nobody has written down which. NoDay: nothing
// says so.
func (ix *Index) First() viet.Date { return ix.first }

// begins is the earliest day on which a unit began, or of the list that names one
// whose beginning is not known: its uid ends in that day.
func (ix *Index) begins() viet.Date {
	first := NoDay
	for i := range ix.units {
		u := &ix.units[i]
		if u.Level == Village {
			continue
		}
		from := u.From
		if _, listed, ok := strings.Cut(u.UID, "."); from == NoDay && ok {
			if day, _, err := viet.ParseDate([]byte(listed)); err == nil {
				from = day
			}
		}
		if from == NoDay {
			return NoDay
		}
		if first == NoDay || from < first {
			first = from
		}
	}
	return first
}

// Len is how many units there are, over all periods.
func (ix *Index) Len() int { return len(ix.units) }

// Turns lists the days on which units of a level began, the earliest first: on
// no other day does a code of that level come to mean another unit.
func (ix *Index) Turns(level Level) []viet.Date {
	var days []viet.Date
	for i := range ix.units {
		u := &ix.units[i]
		if u.Level != level {
			continue
		}
		if u.From != NoDay {
			days = append(days, u.From)
		}
		if u.To != NoDay {
			days = append(days, u.To+1)
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// All lists the units of all periods, in the order of the rows.
func (ix *Index) All() []Unit { return slices.Clone(ix.units) }

// ByUID finds a unit by its id.
func (ix *Index) ByUID(uid string) (Unit, bool) {
	i, ok := ix.byUID[uid]
	if !ok {
		return Unit{}, false
	}
	return ix.units[i], true
}

// ByCode finds the unit that a code means on a day. A code may mean two units
// over time, so that of NoDay there is an answer only when it never changed.
func (ix *Index) ByCode(level Level, code string, on viet.Date) (Unit, bool) {
	list := ix.Codes(level, code, on)
	if len(list) != 1 {
		return Unit{}, false
	}
	return list[0], true
}

// Codes lists the units that a code means or meant, the oldest first; of a day
// other than NoDay only those of that day.
func (ix *Index) Codes(level Level, code string, on viet.Date) []Unit {
	var list []Unit
	for _, i := range ix.byCode[coded{level, code}] {
		if ix.units[i].ValidOn(on) {
			list = append(list, ix.units[i])
		}
	}
	return list
}

// Parents gives the commune, the district and the province of a unit, where it
// has them.
func (ix *Index) Parents(u Unit) []Unit {
	var list []Unit
	for _, uid := range []string{u.Commune, u.District, u.Province} {
		if parent, ok := ix.ByUID(uid); ok && uid != "" {
			list = append(list, parent)
		}
	}
	return list
}

// Title is the full name of a unit with those of its parents: "Xã Thái Thụy,
// Tỉnh Hưng Yên".
func (ix *Index) Title(u Unit) string {
	names := []string{u.Full}
	for _, p := range ix.Parents(u) {
		names = append(names, p.Full)
	}
	return strings.Join(names, ", ")
}
