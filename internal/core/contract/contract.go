// Package contract says what a data set promises: an ODCS document resolved
// into tables, columns, keys and rules that the rest of the house works with.
//
// A Contract is a value: once resolved it never changes. What the document
// leaves out has a default, so that a contract without any phohien.* property
// works; docs/contract.md lists every property and its default.
package contract

import (
	"slices"
	"time"

	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A Contract is one version of what a data set promises.
type Contract struct {
	ID      string // the data set's id: [a-z0-9][a-z0-9-]{0,59}
	Name    string // for people, Vietnamese first
	Version string // the document's own version
	Status  string // draft, active, deprecated, retired …
	Digest  string // SHA-256 of the document's bytes in hex: names exactly this text
	Basis   string // names the text together with the terms it was resolved with: what is kept of a contract is kept under it
	Pack    string // id of the pack that brought it, "" when installed by itself
	Retired bool   // its pack was removed: nothing new comes in, rows stay and are served

	Purpose     string // description.purpose
	Limitations string
	Usage       string

	Owner     string  // phohien.owner: organisation that answers for the rows
	OwnerName string  // team.name: that organisation in words; Owner when there is none
	Access    string  // phohien.access: policy.AccessOpen, AccessShared, AccessRestricted; "" = nobody has decided
	Class     string  // phohien.class: core, important, other; "" = nobody has decided
	Origin    Origin  // phohien.origin
	Storage   Storage // phohien.storage
	Weight    float64 // phohien.weight: share in roll-ups of the score, 1 by default
	Hold      Hold    // phohien.hold
	Register  string  // phohien.register: one of the Register… constants, "" = it is no register of the platform's
	History   Period  // phohien.history: how long closed versions are kept; zero = for ever
	NoHistory bool    // phohien.history: none
	Retention Retention
	Frequency Frequency // slaProperties "frequency": how often new data is promised

	Provenance Provenance // phohien.provenance: whose data these are
	Catalogue  Catalogue  // phohien.catalogue: what the catalogue of data sets needs besides

	Domain     string   // domain: the sector
	Tags       []string // of the whole
	RetainedBy string   // slaProperties "retention", as an ISO 8601 period; "" for none

	Terms map[string]string // digests of the dictionary's terms that columns name, by id; "" = not in force; nil: it was read without a dictionary

	Objects []*Object // at least one
	Sources []Source  // servers of type local: files that come with the pack
}

// Provenance says where the rows come from, so that nobody takes a sample or
// generated data for the province's own.
type Provenance struct {
	Kind        ProvenanceKind
	Source      string // where they were taken from
	Licence     string // under which they may be passed on: an SPDX id or words
	Attribution string // who must be named beside them
}

// A ProvenanceKind is one of four marks.
type ProvenanceKind string

// The kinds of provenance.
const (
	OwnData       ProvenanceKind = "own"       // of the province's own agencies; the default
	PublicData    ProvenanceKind = "public"    // taken from what others have published
	SampleData    ProvenanceKind = "sample"    // real, an excerpt to show and to try with
	GeneratedData ProvenanceKind = "generated" // made up by a program
)

// Origin says where a record is corrected.
type Origin string

// The origins.
const (
	FromSource   Origin = "source"   // at the sending agency; the platform never edits it
	FromPlatform Origin = "platform" // here, by the record desk
)

// Storage says how rows are kept.
type Storage string

// The storages. Series is named by the design and refused by this version.
const (
	Rows   Storage = "rows"
	Series Storage = "series"
)

// Mode says what a batch does to what is there.
type Mode string

// The modes.
const (
	Merge   Mode = "merge"   // rows replace rows with the same key; the default where there is a key
	Append  Mode = "append"  // rows are added; the default where there is no key
	Replace Mode = "replace" // the file is the whole data set: keys it lacks are withdrawn
	Slice   Mode = "slice"   // the file is all of one sender and period
)

// Hold says when a batch waits for a person. Shares are 0..1.
type Hold struct {
	WithdrawShare float64 // a replace withdrawing more than this share of the set … (0.1)
	WithdrawRows  int64   // … and more than this many rows is held (20)
	ShrinkShare   float64 // a replace with fewer rows than this share of the last file is held (0.5)
	BrokenShare   float64 // a batch in which more than this share of rows break a rule … (0.5)
	BrokenRows    int64   // … and that has at least this many rows is held (1000); also when one rule is broken by every row
}

// DefaultHold is what holds when the contract names nothing.
var DefaultHold = Hold{WithdrawShare: 0.1, WithdrawRows: 20, ShrinkShare: 0.5, BrokenShare: 0.5, BrokenRows: 1000}

// A Period is an ISO 8601 duration of calendar parts.
type Period struct{ Years, Months, Days int }

// IsZero reports whether nothing was named.
func (p Period) IsZero() bool { return p == Period{} }

// Before returns t less the period, by the calendar.
func (p Period) Before(t time.Time) time.Time { return t.AddDate(-p.Years, -p.Months, -p.Days) }

// Retention says how long what is not the record itself is kept.
type Retention struct {
	Originals Period // files as sent; afterwards only their digest
}

// Frequency is the promise that keeps a data set alive (sống).
type Frequency struct {
	Every   time.Duration // 0 = no promise: sống is not measured
	Element string        // "object.column" or "column" holding the data's own time; "" = the last batch that confirmed rows
	Object  int           // position of Element's object in Contract.Objects, -1 without
	Column  int           // position of Element's column in that object, -1 without
}

// A Source is a file that comes with the pack.
type Source struct {
	Object string // object's name; the only object when ""
	Path   string // inside the pack
	Format string // csv or geojson
}

// An Object is one table of a data set.
type Object struct {
	Contract string // id of the contract
	Name     string // schema object's name in the document
	Title    string // businessName or name, for people
	Dataset  string // address: contract id, or "id.object" when the contract has several objects
	Table    string // name in the stores: folded, unique in the contract, at most 48 bytes
	About    string // description
	Columns  []Column
	Key      []int // positions in Columns, in key order; empty = rows have no key and are numbered by the platform
	Mode     Mode

	OrderBy            int // position of the source's own time of change, -1 without
	Sender             int // position of the column naming the sending unit, -1 without
	Period             int // position of the column naming the reporting period, -1 without
	ValidFrom, ValidTo int // positions of validity columns, -1 without

	ScopeUnit   int // position of the column with the unit a row belongs to (phohien.scope), -1 without
	ScopeAgency int // position of the column with the agency a row belongs to, -1 without

	Expect Expectation
	Rules  []Rule

	judged []policy.Column // see What; nil: not made once for all
}

// HasKey reports whether rows are told apart by columns of their own.
func (o *Object) HasKey() bool { return len(o.Key) > 0 }

// CodeLists are the ids of the code lists that the columns name, each once.
func (o *Object) CodeLists() (ids []string) {
	for i := range o.Columns {
		if id := o.Columns[i].CodeList; id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Column returns the position of the column with this name in the contract, or
// -1.
func (o *Object) Column(name string) int {
	for i := range o.Columns {
		if o.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// Expectation names the population that đủ is measured against.
type Expectation struct {
	Records int64  // fixed number; 0 = none
	Dataset string // or: as many as the current rows of this data set; "" = none
}

// Type is the platform's type of a column (docs/types.md).
type Type string

// The types. JSON covers ODCS object and array.
const (
	Text        Type = "text"
	Integer     Type = "integer"
	Decimal     Type = "decimal" // Precision ≤ 18, Scale
	Float       Type = "float"
	Boolean     Type = "boolean"
	Date        Type = "date"
	PartialDate Type = "partial-date" // yyyy[-mm[-dd]]
	Time        Type = "time"         // HH:MM:SS
	Timestamp   Type = "timestamp"
	JSON        Type = "json"
	Geometry    Type = "geometry"
	File        Type = "file"
)

// A Column is one property of an object.
type Column struct {
	Name             string // property's name in the document
	Title            string // businessName or name
	About            string
	Store            string // name in the stores: physicalName or folded, at most 48 bytes, unique, never beginning with "_"
	Type             Type
	Precision, Scale int    // Decimal
	Finest           string // PartialDate: "year", "month" or "day", the least precise value allowed (phohien.precision)
	Shape            string // Geometry: point, linestring, polygon, multipolygon … or "" for any
	Required         bool
	Unique           bool
	Volatile         bool      // left out of the row's hash
	Sealed           bool      // phohien.sealed: encrypted wherever it is kept
	Aliases          []string  // other headings under which senders know it
	Identifier       viet.Kind // phohien.identifier: the identifier of the state that the column holds, "" for none
	Personal         Personal  // phohien.personal, or what the identifier implies
	Unit             string    // phohien.unit: "province" or "commune"; the column holds a code of an administrative unit
	UnitFrom         *UnitFrom // phohien.unitFrom: how an empty cell is filled from the names of a commune in other columns; nil without
	Tags             []string
	Classification   string      // ODCS classification, e.g. public, internal, personal
	CodeList         string      // id of the code list, "" without
	Example          string      // one right value, for messages
	Array            bool        // JSON: logicalType array
	Term             string      // phohien.term: id of the dictionary's term that the column stands for, "" for none
	TermDiffers      bool        // its type is not that of its term, so it does not take over its rules
	NotMapped        string      // phohien.notMapped: why there is none, of NotMappedReasons; "" = nobody has said
	Normalise        []viet.Form // phohien.normalise: how words are written, in order
}

// A Kind is how one physical field is stored; every engine maps each kind once
// (DESIGN §4.4).
type Kind uint8

// The kinds and their Arrow types.
const (
	KindText      Kind = iota // arrow string
	KindInteger               // int64
	KindDecimal               // decimal128(p, s)
	KindFloat                 // float64
	KindBoolean               // bool
	KindDate                  // date32
	KindTimestamp             // timestamp[us], UTC, no zone
	KindJSON                  // arrow string holding canonical JSON
	KindBytes                 // binary
)

// A Field is one physical field of a stored row. Most columns are one field; a
// geometry is five, a file four.
type Field struct {
	Name             string // store name, e.g. "vi_tri", "vi_tri__minx"
	Kind             Kind
	Precision, Scale int
	Sealed           bool // the stores keep its texts encrypted
	Column           int  // position of its column in Object.Columns; -1 for fields of the system
}

// Fields returns the physical fields of a column at position i.
func (c *Column) Fields(i int) []Field {
	f := func(suffix string, k Kind) Field { return Field{Name: c.Store + suffix, Kind: k, Column: i} }
	switch c.Type {
	case Integer:
		return []Field{f("", KindInteger)}
	case Decimal:
		d := f("", KindDecimal)
		d.Precision, d.Scale = c.Precision, c.Scale
		return []Field{d}
	case Float:
		return []Field{f("", KindFloat)}
	case Boolean:
		return []Field{f("", KindBoolean)}
	case Date:
		return []Field{f("", KindDate)}
	case Timestamp:
		return []Field{f("", KindTimestamp)}
	case JSON:
		return []Field{f("", KindJSON)}
	case Geometry:
		return []Field{f("", KindBytes), f("__minx", KindFloat), f("__miny", KindFloat), f("__maxx", KindFloat), f("__maxy", KindFloat)}
	case File:
		return []Field{f("", KindText), f("__name", KindText), f("__type", KindText), f("__bytes", KindInteger)}
	}
	text := f("", KindText)
	text.Sealed = c.Sealed
	return []Field{text}
}

// Fields returns the physical fields of all columns in order, without the
// fields of the system.
func (o *Object) Fields() []Field {
	var all []Field
	for i := range o.Columns {
		all = append(all, o.Columns[i].Fields(i)...)
	}
	return all
}

// KeyFields returns the physical fields of the key in key order; an object
// without key is keyed by the system's own row number, RowField.
func (o *Object) KeyFields() []Field {
	if !o.HasKey() {
		return []Field{RowField}
	}
	var all []Field
	for _, i := range o.Key {
		all = append(all, o.Columns[i].Fields(i)...)
	}
	return all
}

// The fields of the system, behind the columns of every stored row.
var (
	// RowField numbers the rows of an object without key: batch number × 2³² +
	// place in the file. It exists only there and stands first.
	RowField = Field{Name: "_row", Kind: KindInteger, Column: -1}
	// SeqField is the number of the batch that wrote this version.
	SeqField = Field{Name: "_seq", Kind: KindInteger, Column: -1}
	// HashField is 16 bytes over the row's non-null, non-volatile values.
	HashField = Field{Name: "_hash", Kind: KindBytes, Column: -1}
	// NilField says why values are absent, as JSON {"column":"unknown"|"not-collected"|"withheld"}; null for nearly all rows.
	NilField = Field{Name: "_nil", Kind: KindText, Column: -1}
	// FlagsField is the judgement on an accepted row: tokens separated by a
	// space, "f:<column store name>" for a standardised value and
	// "f:<column>:<rescue>" for one that a named rescue mended, "w:<rule id>"
	// for a broken rule of severity warn, "r:<rule id>" for a broken rule of
	// severity reject found by re-judging; null when there is nothing to say.
	FlagsField = Field{Name: "_flags", Kind: KindText, Column: -1}
	// EndField is, in the history table only, the batch that closed the version.
	EndField = Field{Name: "_end", Kind: KindInteger, Column: -1}
)

// StoredFields returns all fields of a current row in stored order.
func (o *Object) StoredFields() []Field {
	var all []Field
	if !o.HasKey() {
		all = append(all, RowField)
	}
	all = append(all, o.Fields()...)
	return append(all, SeqField, HashField, NilField, FlagsField)
}

// Reads lists the addresses of other data sets that judging this contract reads:
// references, units and expectations, in order and each once. A rule may name
// no others.
func (c *Contract) Reads() []string {
	own := map[string]bool{}
	for _, o := range c.Objects {
		own[o.Dataset] = true
	}
	var all []string
	add := func(address string) {
		if address != "" && !own[address] {
			all = append(all, address)
		}
	}
	for _, o := range c.Objects {
		add(o.Expect.Dataset)
		for i := range o.Rules {
			if ref := o.Rules[i].Reference; ref != nil {
				add(ref.Dataset)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
