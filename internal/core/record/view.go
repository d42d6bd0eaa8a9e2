package record

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/seal"
)

// A View is what one reader may see of an object: which rows, and which columns
// how. It is the only way by which doors get at rows; see Truth.Through.
type View struct {
	obj         *contract.Object
	rows        policy.Rows
	sights      []policy.Sight // by position in obj.Columns
	masked      bool           // some column is not in clear
	hiddenKey   bool           // some column of the key is not in clear
	hiddenRules map[string]bool
	scope       map[int][]string // see Scope
	held        func() bool      // records that are held are seen too
	secrets     Secrets
	ids         func() *seal.Texts // derived once: a page asks for every row
	hashes      []secretText       // the secrets that columns are hashed with, likewise
	texts       *seal.Texts        // of an object with sealed columns

	// Seen, when set, is shown every row before it is masked: who is told of
	// whom is written down.
	Seen func(row *Row)
	// SeenRows, when set, is told how many rows of an answer were made from what
	// the view shows, where nobody can say of whom they tell.
	SeenRows func(rows int64)
}

// Secrets gives the key of a purpose (keys.Ring).
type Secrets interface{ Key(purpose string) []byte }

// Withheld is the reason that a hidden value is said to be absent for: it is
// there, and not for this reader (TT 13/2017/TT-BTTTT).
const Withheld = "withheld"

// Veil stands for what a mask leaves out of a value.
const Veil = "•••"

// NewView makes the view that a decision allows.
func NewView(obj *contract.Object, d policy.Decision, secrets Secrets) (*View, error) {
	if !d.Allowed || d.SmallestGroup > 0 {
		return nil, fault.New(fault.Denied, "view.no-rows", obj.Title)
	}
	v := &View{obj: obj, rows: d.Rows, sights: make([]policy.Sight, len(obj.Columns)), hiddenRules: map[string]bool{}, secrets: secrets}
	if obj.Sealed() && secrets != nil {
		texts, err := seal.NewTexts(secrets)
		if err != nil {
			return nil, err
		}
		v.texts = texts
	}
	v.ids = sync.OnceValue(v.idTexts)
	for i := range obj.Columns {
		s := d.Columns[obj.Columns[i].Name]
		v.sights[i] = s
		if s.Mask == policy.Clear {
			continue
		}
		v.masked = true
		v.hiddenKey = v.hiddenKey || slices.Contains(obj.Key, i)
	}
	if v.masked {
		v.hashes = make([]secretText, len(obj.Columns))
	}
	v.scope = scopeOf(obj, d.Rows)
	for i := range obj.Rules {
		if r := &obj.Rules[i]; v.masked && !v.clearRule(r) {
			v.hiddenRules[r.ID] = true
		}
	}
	return v, nil
}

// clearRule reports whether a rule speaks of columns in clear alone. What a rule
// in SQL reads is not looked into: it may speak of any column.
func (v *View) clearRule(r *contract.Rule) bool {
	if r.SQL != "" || r.UnitFrom != nil || len(r.Columns) == 0 {
		return false
	}
	return !slices.ContainsFunc(r.Columns, func(c int) bool { return !v.Clear(c) })
}

// ShowHeld lets the view see records that are held: for the person they are
// about, the auditor and the steward (DESIGN §4.11).
func (v *View) ShowHeld() { v.ShowHeldIf(func() bool { return true }) }

// ShowHeldIf is ShowHeld if the reader may: that is asked once, when it matters.
func (v *View) ShowHeldIf(may func() bool) { v.held = sync.OnceValue(may) }

func (v *View) seesHeld() bool { return v.held != nil && v.held() }

// HidesHeld reports whether records that are held are not seen.
func (v *View) HidesHeld() bool { return !v.seesHeld() }

// Object is the object that is seen.
func (v *View) Object() *contract.Object { return v.obj }

// Clear reports whether the column at a position is seen in clear.
func (v *View) Clear(column int) bool {
	return column >= 0 && column < len(v.sights) && v.sights[column].Mask == policy.Clear
}

// Matches reports whether rows may be looked up by the exact value of a column.
func (v *View) Matches(column int) bool { return v.Clear(column) || v.sights[column].Match }

// Sight is how the column at a position is seen.
func (v *View) Sight(column int) policy.Sight { return v.sights[column] }

// Masked reports whether some column is not seen in clear.
func (v *View) Masked() bool { return v.masked }

// HiddenKey reports whether the key is not seen in clear: rows are then known by
// an opaque id, and come in no order that tells of the key.
func (v *View) HiddenKey() bool { return v.hiddenKey }

// Whole reports whether all rows and all columns are seen.
func (v *View) Whole() bool { return !v.masked && v.rows.All }

// AllRows reports whether every row is seen.
func (v *View) AllRows() bool { return v.rows.All }

// Scope is the columns that decide whose a row is, with the values seen; either
// suffices. A view of all rows has none.
func (v *View) Scope() map[int][]string { return v.scope }

func scopeOf(obj *contract.Object, rows policy.Rows) map[int][]string {
	if rows.All {
		return nil
	}
	in := map[int][]string{}
	if obj.ScopeUnit >= 0 && len(rows.Units) > 0 {
		in[obj.ScopeUnit] = rows.Units
	}
	if obj.ScopeAgency >= 0 && len(rows.Orgs) > 0 {
		in[obj.ScopeAgency] = append(slices.Clone(in[obj.ScopeAgency]), rows.Orgs...)
	}
	return in
}

// sees reports whether a row with these values belongs to the view.
func (v *View) sees(value func(column int) (string, bool)) bool {
	if v.rows.All {
		return true
	}
	for column, allowed := range v.scope {
		if s, ok := value(column); ok && slices.Contains(allowed, s) {
			return true
		}
	}
	return false
}

// Holds reports whether a row belongs to the view.
func (v *View) Holds(row *Row) bool {
	return v.sees(func(c int) (string, bool) {
		s, ok := row.Values[v.obj.Columns[c].Name].(string)
		return s, ok
	})
}

// Row makes a row as the reader sees it. The row's own maps are changed.
func (v *View) Row(row Row) Row {
	if v.Seen != nil {
		v.Seen(&row)
	}
	if !v.masked {
		return row
	}
	for i := range v.obj.Columns {
		if !v.Clear(i) {
			v.veil(&row, i)
		}
	}
	row.Flags = slices.DeleteFunc(row.Flags, v.hiddenFlag)
	if v.hiddenKey {
		row.Key = v.ID(row.Key)
	}
	return row
}

// veil masks one value of a row.
func (v *View) veil(row *Row, i int) {
	name := v.obj.Columns[i].Name
	value, there := row.Values[name]
	delete(row.Nil, name)
	if there && value != nil && v.sights[i].Mask != policy.Hidden {
		if masked, ok := v.mask(i, value); ok {
			row.Values[name] = masked
			return
		}
	}
	if there && value == nil && v.sights[i].Mask != policy.Hidden {
		return
	}
	if there {
		row.Values[name] = nil
	}
	if row.Nil == nil {
		row.Nil = map[string]string{}
	}
	row.Nil[name] = Withheld
}

// hiddenFlag reports whether a token of _flags tells of a column that is not in
// clear.
func (v *View) hiddenFlag(token string) bool {
	kind, rest, _ := strings.Cut(token, ":")
	if kind != "f" {
		return v.hiddenRules[rest] || !v.known(rest)
	}
	column, _, _ := strings.Cut(rest, ":")
	for i := range v.obj.Columns {
		if v.obj.Columns[i].Store == column {
			return !v.Clear(i)
		}
	}
	return true
}

// known reports whether a rule is one of the contract in force: of an older one
// nobody knows what it read.
func (v *View) known(rule string) bool {
	return slices.ContainsFunc(v.obj.Rules, func(r contract.Rule) bool { return r.ID == rule })
}

// mask leaves of a value what the column's mask lets through; ok is false when
// that is nothing.
func (v *View) mask(i int, value any) (string, bool) {
	text, ok := value.(string)
	if !ok {
		b, err := json.Marshal(value)
		if err != nil {
			return "", false
		}
		text = string(b)
	}
	switch m := v.sights[i].Mask; m {
	case policy.Hash:
		if v.obj.Columns[i].Sealed { // as the mirror has to, which does not know the value
			text = v.texts.Seal(text)
		}
		return HashMask(v.HashSecret(i), text), true
	case policy.LastFour:
		if ok {
			return lastFour(text)
		}
	case policy.Year:
		return year(v.obj.Columns[i].Type, text)
	case policy.Commune:
		if ok {
			return commune(text)
		}
	}
	return "", false
}

// OrderSecret is what hidden keys are put in order with, in hex.
func (v *View) OrderSecret() string {
	return hex.EncodeToString(v.secrets.Key("record-order/" + v.obj.Dataset))
}

// HashSecret is what the hashes of a column are taken with, in hex.
func (v *View) HashSecret(i int) string {
	if v.hashes == nil {
		return v.hashSecret(i)
	}
	h := &v.hashes[i]
	h.once.Do(func() { h.text = v.hashSecret(i) })
	return h.text
}

// A secretText is made when it is first needed.
type secretText struct {
	once sync.Once
	text string
}

func (v *View) hashSecret(i int) string {
	return hex.EncodeToString(v.secrets.Key("mask/" + v.obj.Dataset + "/" + v.obj.Columns[i].Name))
}

// HashMask is the keyed hash that stands for a value: equal values have equal
// hashes, and nobody without the secret can try values out. The mirror writes
// the same in SQL, so it is SHA-256 over secret and value, cut to 16 characters.
func HashMask(secret, value string) string {
	sum := sha256.Sum256([]byte(secret + value))
	return hex.EncodeToString(sum[:])[:16]
}

// lastFour keeps the last four characters of a longer value.
func lastFour(s string) (string, bool) {
	n := utf8.RuneCountInString(s)
	if n <= 4 {
		return "", false
	}
	r := []rune(s)
	return Veil + string(r[n-4:]), true
}

// year keeps the year of a day, whole or partial.
func year(t contract.Type, s string) (string, bool) {
	switch t {
	case contract.Date, contract.PartialDate, contract.Timestamp:
		if len(s) >= 4 {
			return s[:4], true
		}
	}
	return "", false
}

// CommunePattern finds in an address the part from the commune on, with the marks
// that addresses are written with (RE2, which the mirror reads too).
const CommunePattern = `(?i)(?:^|,)\s*((?:xã|phường|đặc khu|thị trấn)\s.*)$`

var fromCommune = regexp.MustCompile(CommunePattern)

// commune keeps an address from the commune on; one that names none has nothing
// that may be shown.
func commune(s string) (string, bool) {
	if m := fromCommune.FindStringSubmatch(s); m != nil {
		return m[1], true
	}
	return "", false
}

// Line makes a quarantine line as the reader sees it; ok is false when it is not
// theirs to see: it belongs to somebody else, or what is wrong with it would
// tell of a column that is not in clear.
func (v *View) Line(l QuarantineLine) (_ QuarantineLine, ok bool) {
	if v.Whole() {
		return l, true
	}
	whole := len(l.Raw) == len(v.obj.Columns)
	if !v.rows.All && (!whole || !v.sees(func(c int) (string, bool) { return canonicalCell(&v.obj.Columns[c], l.Raw[c]), true })) {
		return l, false
	}
	if !v.masked {
		return l, true
	}
	if !whole || slices.ContainsFunc(l.Faults, func(rule string) bool { return v.hiddenRules[rule] || !v.known(rule) }) {
		return l, false
	}
	l.Raw = slices.Clone(l.Raw)
	for i, cell := range l.Raw {
		if !v.Clear(i) {
			l.Raw[i] = v.cell(i, cell)
		}
	}
	if v.hiddenKey && l.Key != "" {
		l.Key = v.ID(l.Key)
	}
	return l, true
}

// cell masks a cell as it was sent.
func (v *View) cell(i int, cell string) string {
	if v.sights[i].Mask != policy.Year { // a day can be written in too many ways
		if masked, ok := v.mask(i, cell); ok {
			return masked
		}
	}
	return Veil
}

// Filter refuses a filter that would tell of what is not seen in clear.
func (v *View) Filter(f Filter) error {
	if f.Rule != "" && v.hiddenRules[f.Rule] {
		return fault.New(fault.Denied, "view.rule", f.Rule)
	}
	return nil
}

// Column refuses to compare or sort by a column that is not seen in clear;
// equal allows the exact value where the policy does.
func (v *View) Column(i int, equal bool) error {
	if v.Clear(i) || equal && v.Matches(i) {
		return nil
	}
	return fault.New(fault.Denied, "view.column", v.obj.Columns[i].Title)
}

// String says what is seen, for logs; it holds no value.
func (v *View) String() string {
	return fmt.Sprintf("view of %s: all rows %t, masked %t", v.obj.Dataset, v.rows.All, v.masked)
}
