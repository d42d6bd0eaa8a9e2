package contract

import "github.com/phohien/phohien/viet"

// Severity says what a broken rule does to a row.
type Severity string

// The severities. ODCS severity error → Reject (the default), warning → Warn,
// info → Note.
const (
	Reject Severity = "reject" // the row goes to quarantine
	Warn   Severity = "warn"   // the row is accepted and flagged
	Note   Severity = "note"   // counted only
)

// Group is one of the eight error groups of the national guidance.
type Group string

// The groups (STANDARDS §8.2).
const (
	Missing     Group = "missing"
	Outlier     Group = "outlier"
	Duplicate   Group = "duplicate"
	Format      Group = "format"
	Referential Group = "referential"
	CrossField  Group = "cross_field"
	Stale       Group = "stale"
	Mismatch    Group = "mismatch_national"
)

// Criterion is one of the six criteria that a rule counts for.
type Criterion string

// The criteria.
const (
	Valid      Criterion = "dung"       // đúng
	Complete   Criterion = "du"         // đủ
	Clean      Criterion = "sach"       // sạch
	Live       Criterion = "song"       // sống
	Consistent Criterion = "thong-nhat" // thống nhất
	Shared     Criterion = "dung-chung" // dùng chung
)

// RuleKind says how a rule is judged.
type RuleKind string

// The kinds of rules. All but the last two are judged row by row in one pass.
const (
	RuleType      RuleKind = "type"      // the cell could not be read as its type (made while staging)
	RuleRequired  RuleKind = "required"  // value present
	RulePattern   RuleKind = "pattern"   // RE2, whole value must match
	RuleLength    RuleKind = "length"    // runes, Min..Max
	RuleRange     RuleKind = "range"     // Min..Max with exclusive ends
	RuleMultiple  RuleKind = "multiple"  // multipleOf
	RuleValues    RuleKind = "values"    // one of Values
	RuleCodeList  RuleKind = "code-list" // one of the codes of a code list, valid on the day
	RuleReference RuleKind = "reference" // exists in another data set
	RuleItems     RuleKind = "items"     // array or object: count, shape
	RuleIdent     RuleKind = "ident"     // an identifier of the state: form and check digit, or with Doubt what is only doubtful about it
	RuleResolve   RuleKind = "resolve"   // the administrative unit that other columns name is beyond doubt (made while staging)
	RuleSQL       RuleKind = "sql"       // boolean SQL expression over the row
	RuleKey       RuleKind = "key"       // key once in the file and with one sender; that it is present is RuleRequired of its columns
	RuleUnique    RuleKind = "unique"    // value once in the data set
	RuleSet       RuleKind = "set"       // a figure over the whole data set against a bound
)

// A Rule is one promise about rows or about the whole set.
type Rule struct {
	ID        string // unique in the object, stable over versions, without spaces: "<column's store name>.<kind>" or the quality rule's own id or name
	Kind      RuleKind
	Columns   []int // positions of the columns it speaks of; the first one is where the fault is shown
	Severity  Severity
	Group     Group
	Criterion Criterion
	Layer     Layer
	Expected  Sentence // what was expected, in words: "một trong: Nam, Nữ"

	Pattern string // RE2, translated from the contract's ECMA pattern; the whole value must match
	// Min and Max are the canonical text of a bound, "" = open; of RuleLength
	// and RuleItems a count. A partial date is within Min when its last possible
	// day is, within Max when its first is; both bounds are whole days then.
	Min, Max       string
	MinOut, MaxOut bool // exclusive; never of dates, whose bounds are moved by a day instead
	Multiple       string
	// Values are canonical texts: of RuleValues and RuleSet invalidValues the
	// allowed ones, of RuleRequired and RuleSet missingValues those that count
	// as missing besides an empty cell.
	Values    []string
	CodeList  string
	On        int // RuleCodeList: position of the own date column at which the code must be valid, -1 = the day of the batch
	Reference *Reference
	Shape     *Shape // RuleItems
	// Identifier and Doubt belong to RuleIdent, of which an identifier has two:
	// what package viet refuses, and (Doubt) what it only warns of.
	Identifier viet.Kind
	Doubt      bool
	UnitFrom   *UnitFrom // RuleResolve
	// SQL names columns by their names in the store, quoted. RuleSQL: a boolean
	// expression; RuleSet with Metric "sql": a query over ${object}.
	SQL     string
	Metric  string // RuleSet: rowCount, nullValues, missingValues, invalidValues, duplicateValues, sql
	Percent bool   // RuleSet: figure in percent of rows
	Bound   Bound  // RuleSet
}

// Layer is the weight class of a rule in the score (STANDARDS §8.1).
type Layer string

// The layers and their weights 20, 30, 50.
const (
	Structure  Layer = "structure"
	Business   Layer = "business"
	CrossCheck Layer = "cross-check"
)

// A Sentence is text in both languages.
type Sentence struct {
	Vi string `json:"vi"`
	En string `json:"en"`
}

// A Reference points at a column of another data set (or of another object of
// the same contract).
type Reference struct {
	Dataset string // address of the object, "id" or "id.object"
	Column  string // its column's name in the contract; "" = its single key column
	// On, when ≥ 0, is the position of the own date column at which the
	// referred row must be valid (by that object's validity columns); -1 = any,
	// or with Today the day of the batch.
	On    int
	Today bool
}

// A Bound compares a figure: Op is one of = != > >= < <= between not-between.
type Bound struct {
	Op   string
	A, B float64
}
