// Package systems is what the API and the pages have in common about the register
// of information systems: who sees which, what a system lacks for its next state,
// who may ask for a move and who decides, what is like a system that somebody
// wants to build, what a system reports of itself, and how the register leaves
// the house.
//
// The register is a data set: what is written goes through the corridor as a
// batch of one row, with the person and the reason, so history, undo and score
// come by themselves.
package systems

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/lookup"
	"github.com/phohien/phohien/internal/channels/registers"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// former are the data sets that the packs brought before contracts said which
// register they keep: a folder of that time is read as before.
var former = map[string]string{
	contract.RegisterSystems: "hy-he-thong", contract.RegisterOperation: "hy-he-thong-hoat-dong", contract.RegisterProcess: "hy-he-thong-quy-trinh",
	contract.RegisterNational: "vn-csdl-quoc-gia",
}

// SetOf is the id of the data set that keeps a register. Where none says so, or
// that cannot be read, it is the one of former times: whoever looks that up learns
// what is wrong.
func SetOf(ctx context.Context, sets registers.Sets, register string) string {
	con, err := sets.For(ctx, register)
	if err != nil {
		return former[register]
	}
	return con.ID
}

// TableOf is the address of the table of systems.
func TableOf(ctx context.Context, sets registers.Sets) string {
	return SetOf(ctx, sets, contract.RegisterSystems) + systemObject
}

// Names of the register's objects and of the columns that this package sets.
const (
	systemObject = ".he_thong"
	partsObject  = ".thanh_phan"
	linksObject  = ".ket_noi"
	rentsObject  = ".dich_vu_thue"
	stepsObject  = ".buoc"
	needsObject  = ".dieu_kien"

	colCode      = "ma"
	colName      = "ten"
	colKind      = "loai"
	colSector    = "linh_vuc"
	colOwner     = "chu_quan"
	colFunctions = "chuc_nang"
	colState     = "trang_thai"
	colSince     = "trang_thai_tu"
	colBasis     = "can_cu_trang_thai"
	colConfirmed = "da_xac_nhan"
	colLevel     = "cap_do"
	colNote      = "ghi_chu"
	colProvince  = "tinh"
)

// A Desk is where the register is kept.
type Desk struct {
	Door      *door.Door
	Contracts registers.Sets
	Records   Records
	Corridor  Corridor
	CodeLists registers.CodeLists
	Orgs      Orgs // nil: agencies have no names and codes
	Forms     *form.Desk
	Finder    *lookup.Finder
	Moves     *moves.Store
	Roles     func() []policy.Role // nil: roles are named by their ids
	Platform  string               // code of this platform in the register, "" = it is not in it
	Version   string               // of the program
	Now       func() time.Time     // nil: time.Now
}

// Records is what this package needs of record.Truth.
type Records interface {
	registers.Records
	Batches(ctx context.Context, contractID string, after int64, limit int) ([]record.Summary, error)
}

// Corridor is what this package needs of corridor.Corridor.
type Corridor interface {
	Receive(ctx context.Context, by actor.Actor, in corridor.Request) (corridor.Status, error)
	Wait(ctx context.Context, id string, until func(corridor.Status) bool) (corridor.Status, error)
}

// Orgs is what this package needs of org.Store.
type Orgs interface {
	Snapshot(ctx context.Context) (*org.Snapshot, error)
}

func (d *Desk) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

func (d *Desk) today() viet.Date { return viet.DateOf(d.now().In(viet.Zone)) }

func (d *Desk) set(ctx context.Context, register string) string {
	return SetOf(ctx, d.Contracts, register)
}

// Register is the address of the table of systems.
func (d *Desk) Register(ctx context.Context) string { return TableOf(ctx, d.Contracts) }

// A System is a system of the register as the caller sees it.
type System struct {
	registry.System
	Key string
	Seq int64 // batch that wrote it last
}

// Owner is the id of the agency that answers for it.
func (s System) Owner() string { return s.Row[colOwner] }

// Name is its name.
func (s System) Name() string { return s.Row[colName] }

func (d *Desk) reader() *registers.Reader {
	return &registers.Reader{Door: d.Door, Sets: d.Contracts, Records: d.Records}
}

func (d *Desk) rows(ctx context.Context, t registers.Table, after string, keep func(registry.Row) bool) (all []registry.Row, err error) {
	err = d.reader().Each(ctx, t, after, func(r record.Row) bool {
		var row registry.Row = registers.RowOf(t.Obj, r)
		if keep == nil || keep(row) {
			all = append(all, row)
		}
		return true
	})
	return all, err
}

// List gives the systems that the caller reads, in the order of their codes,
// without what stands beside them.
func (d *Desk) List(ctx context.Context) ([]System, error) { return d.list(ctx, policy.Read) }

func (d *Desk) list(ctx context.Context, action policy.Action) (all []System, err error) {
	t, err := d.reader().Table(ctx, action, d.Register(ctx))
	if err != nil {
		return nil, err
	}
	err = d.reader().Each(ctx, t, "", func(r record.Row) bool {
		all = append(all, System{registry.System{Row: registers.RowOf(t.Obj, r)}, r.Key, r.Seq})
		return true
	})
	return all, err
}

// Find gives one system with what stands beside it as far as the caller reads
// that; one that is not theirs to see is not there.
func (d *Desk) Find(ctx context.Context, id string) (System, error) {
	t, err := d.reader().Table(ctx, policy.Read, d.Register(ctx))
	if err != nil {
		return System{}, err
	}
	key := record.KeyText(t.Obj, []any{id})
	r, err := d.Records.Through(t.View).Get(ctx, key, record.Latest)
	if fault.Is(err, "record.unknown") {
		return System{}, fault.New(fault.NotFound, "register.unknown", id)
	}
	if err != nil {
		return System{}, err
	}
	s := System{registry.System{Row: registers.RowOf(t.Obj, r)}, r.Key, r.Seq}
	for _, beside := range []struct {
		object string
		into   *[]registry.Row
	}{{partsObject, &s.Parts}, {linksObject, &s.Links}, {rentsObject, &s.Rents}} {
		if *beside.into, err = d.beside(ctx, beside.object, id); err != nil {
			return System{}, err
		}
	}
	return s, nil
}

// beside are the rows of an object that belong to a system.
func (d *Desk) beside(ctx context.Context, object, id string) ([]registry.Row, error) {
	t, ok, err := d.reader().Peek(ctx, d.set(ctx, contract.RegisterSystems)+object)
	if err != nil || !ok {
		return nil, err
	}
	return d.rows(ctx, t, "", func(r registry.Row) bool { return r["he_thong"] == id })
}

// A Filter narrows the list; what is "" leaves nothing out.
type Filter struct {
	Words  string // of code, name or functions, whatever their marks
	Owner  string // id of an agency
	State  string // a State, or Unset
	Sector string
	Kind   string
	Level  string // decided level
}

// Unset stands for a value that nobody has named.
const Unset = "-"

// A Facet is one way to narrow the list.
type Facet string

// The facets, in the order in which they are offered.
const (
	ByState  Facet = "state"
	BySector Facet = "sector"
	ByOwner  Facet = "owner"
	ByKind   Facet = "kind"
	ByLevel  Facet = "level"
)

// Facets are all of them.
func Facets() []Facet { return []Facet{ByState, BySector, ByOwner, ByKind, ByLevel} }

var facetColumns = map[Facet]string{ByState: colState, BySector: colSector, ByOwner: colOwner, ByKind: colKind, ByLevel: colLevel}

// Column is the register's column that a facet is about.
func (f Facet) Column() string { return facetColumns[f] }

// Chosen is what a filter says of a facet.
func (q Filter) Chosen(f Facet) string {
	return map[Facet]string{ByState: q.State, BySector: q.Sector, ByOwner: q.Owner, ByKind: q.Kind, ByLevel: q.Level}[f]
}

// Narrows reports whether anything is left out.
func (q Filter) Narrows() bool { return q != Filter{} }

// A Count is how many systems have a value, if the other facets stay as they are.
type Count struct {
	Value string
	N     int
}

// Narrow keeps the systems that fit, and counts each facet; the most first.
func Narrow(all []System, q Filter) (kept []System, counts map[Facet][]Count) {
	words := strings.Fields(viet.Fold(q.Words))
	sums := map[Facet]map[string]int{}
	for _, f := range Facets() {
		sums[f] = map[string]int{}
		if v := q.Chosen(f); v != "" {
			sums[f][v] = 0
		}
	}
	for _, s := range all {
		if !says(s, words) {
			continue
		}
		var misses []Facet
		for _, f := range Facets() {
			if v := q.Chosen(f); v != "" && v != valueOf(s, f) {
				misses = append(misses, f)
			}
		}
		if len(misses) == 0 {
			kept = append(kept, s)
		}
		for _, f := range Facets() {
			if len(misses) == 0 || len(misses) == 1 && misses[0] == f {
				sums[f][valueOf(s, f)]++
			}
		}
	}
	counts = map[Facet][]Count{}
	for f, by := range sums {
		for v, n := range by {
			counts[f] = append(counts[f], Count{v, n})
		}
		slices.SortFunc(counts[f], func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
	}
	return kept, counts
}

func valueOf(s System, f Facet) string { return cmp.Or(s.Row[f.Column()], Unset) }

// says reports whether every word stands in what a system is looked for by.
func says(s System, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := viet.Fold(strings.Join([]string{s.ID(), s.Name(), s.Row["ten_en"], s.Row[colFunctions]}, "\n"))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// Names are the names of codes in the register's columns, of today.
func (d *Desk) Names(ctx context.Context) (*contract.Contract, *contract.Object, dictionary.Names, error) {
	con, obj, err := door.Lookup(ctx, d.Contracts, d.Register(ctx))
	if err != nil {
		return nil, nil, dictionary.Names{}, err
	}
	names, err := d.NamesOf(ctx, con)
	return con, obj, names, err
}

// NamesOf are the names of codes in all objects of a contract, of today.
func (d *Desk) NamesOf(ctx context.Context, con *contract.Contract) (dictionary.Names, error) {
	return registers.NamesOf(ctx, d.CodeLists, con, d.today())
}

// Agencies names agencies by their ids; an unknown one by its id.
func (d *Desk) Agencies(ctx context.Context) (func(id string) string, error) {
	if d.Orgs == nil {
		return func(id string) string { return id }, nil
	}
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return snap.Name, nil
}

// Today is the moment by which the desk judges what is in force.
func (d *Desk) Today() time.Time { return d.now() }

// BeatsTable is the table of what systems report; nil when it is not installed.
func (d *Desk) BeatsTable(ctx context.Context) (*contract.Contract, *contract.Object, error) {
	con, obj, err := door.Lookup(ctx, d.Contracts, d.set(ctx, contract.RegisterOperation))
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil, nil, nil
	}
	return con, obj, err
}
