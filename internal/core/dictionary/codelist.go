// Package dictionary is what the province's data mean: the shared terms (thuật ngữ)
// that columns stand for, with their definitions and the rules that follow, and the
// code lists whose codes columns may hold, with their names and the days between
// which each is valid.
package dictionary

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/viet"
)

// A CodeList is one version of a code list. It never changes once made.
type CodeList struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Source  string `json:"source,omitempty"`
	Licence string `json:"licence,omitempty"`
	Codes   []Code `json:"codes"`
	Digest  string `json:"-"` // SHA-256 of the list in canonical JSON
	Pack    string `json:"-"` // id of the pack that brought it
	Retired bool   `json:"-"` // its pack was removed

	byCode map[string][]int // positions in Codes: a code may come back after a gap
}

// A Code is one entry. From and To are the first and the last day on which it
// is valid; zero is open.
type Code struct {
	Code    string   `json:"code"`
	Name    string   `json:"name"`
	From    Day      `json:"validFrom,omitzero"`
	To      Day      `json:"validTo,omitzero"`
	Aliases []string `json:"aliases,omitempty"`
	Parent  string   `json:"parent,omitempty"` // code of the entry above it in a list with a hierarchy
}

// A Day is a date, or none.
type Day struct {
	Date viet.Date
	Set  bool
}

// IsZero reports whether no day is named.
func (d Day) IsZero() bool { return !d.Set }

func (d Day) String() string {
	if !d.Set {
		return ""
	}
	return d.Date.String()
}

// MarshalText writes yyyy-mm-dd, or nothing.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Day) UnmarshalText(b []byte) error {
	*d = Day{}
	if len(b) == 0 {
		return nil
	}
	date, std, err := viet.ParseDate(b)
	if err != nil || std {
		return fmt.Errorf("%q is no day of the form yyyy-mm-dd", b)
	}
	*d = Day{date, true}
	return nil
}

// covers tells whether a code is valid on a day.
func (c *Code) covers(on viet.Date) bool {
	return (!c.From.Set || c.From.Date <= on) && (!c.To.Set || on <= c.To.Date)
}

// Valid reports whether code, exactly as written, is in the list on a day.
func (l *CodeList) Valid(code string, on viet.Date) bool {
	_, ok := l.Find(code, on)
	return ok
}

// Find returns the entry of a code on a day.
func (l *CodeList) Find(code string, on viet.Date) (Code, bool) {
	for _, i := range l.byCode[code] {
		if l.Codes[i].covers(on) {
			return l.Codes[i], true
		}
	}
	return Code{}, false
}

// Known reports whether code is in the list on any day.
func (l *CodeList) Known(code string) bool { return len(l.byCode[code]) > 0 }

// Suggest finds the one code that a text means on a day: a code in another
// case, a name or an alias, accents left aside. It is for people to confirm,
// never to change data in silence.
func (l *CodeList) Suggest(text string, on viet.Date) (Code, bool) {
	want := viet.Fold(text)
	found, n := Code{}, 0
	for i := range l.Codes {
		c := &l.Codes[i]
		if c.covers(on) && c.means(want) {
			found = *c
			n++
		}
	}
	return found, n == 1 && want != ""
}

func (c *Code) means(folded string) bool {
	if viet.Fold(c.Code) == folded || viet.Fold(c.Name) == folded {
		return true
	}
	return slices.ContainsFunc(c.Aliases, func(a string) bool { return viet.Fold(a) == folded })
}

// An Error says what is wrong with a code list or a term, and where.
type Error struct {
	Path         string // file, when it is not the list's own
	Field        string // of a term, as the file writes it; "" = the whole
	Line, Column int
	Vi, En       string
}

func (e *Error) Error() string { return fmt.Sprintf("dictionary: line %d: %s", e.Line, e.En) }

// In is what is wrong, in a language.
func (e *Error) In(l locale.Lang) string { return l.Of(e.Vi, e.En) }

func wrong(line, column int, vi, en string, args ...any) *Error {
	return &Error{Line: line, Column: column, Vi: fmt.Sprintf(vi, args...), En: fmt.Sprintf(en, args...)}
}

var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`)

// document is a code list as a pack writes it.
type document struct {
	Kind        string `yaml:"kind"`
	ID          string `yaml:"id"`
	Name        string `yaml:"name"`
	Version     string `yaml:"version"`
	Description string `yaml:"description"`
	Source      string `yaml:"source"`
	Licence     string `yaml:"licence"`
	File        string `yaml:"file"`
	Codes       []struct {
		Code      string   `yaml:"code"`
		Name      string   `yaml:"name"`
		ValidFrom string   `yaml:"validFrom"`
		ValidTo   string   `yaml:"validTo"`
		Aliases   []string `yaml:"aliases"`
		Parent    string   `yaml:"parent"`
	} `yaml:"codes"`
}

// Parse reads a code list in YAML, strictly. open reads the CSV file that the
// list may name instead of codes.
func Parse(text []byte, open func(name string) ([]byte, error)) (l *CodeList, err error) {
	defer func() {
		if r := recover(); r != nil { // the YAML parser panics on some broken input
			l, err = nil, wrong(1, 1, "Không đọc được YAML: %v.", "This YAML cannot be read: %v.", r)
		}
	}()
	var d document
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&d); err != nil && !errors.Is(err, io.EOF) {
		return nil, yamlError(err)
	}
	l = &CodeList{ID: d.ID, Name: nfc(d.Name), Version: d.Version, Source: d.Source, Licence: d.Licence}
	switch {
	case d.Kind != KindName:
		return nil, wrong(1, 1, "kind phải là %s.", "kind must be %s.", KindName)
	case !validID.MatchString(d.ID):
		return nil, wrong(1, 1, "id “%s” sai: chỉ gồm chữ thường a–z, chữ số và dấu “-”, dài 1–60 ký tự.", "The id %q is wrong: use lower-case a-z, digits and \"-\", 1 to 60 characters.", d.ID)
	case l.Name == "":
		return nil, wrong(1, 1, "Thiếu name: tên danh mục.", "name is missing: the list's name.")
	case (d.File == "") == (len(d.Codes) == 0):
		return nil, wrong(1, 1, "Cần đúng một trong hai: codes, hoặc file (tệp CSV).", "Exactly one of codes and file (a CSV file) is needed.")
	}
	line := func(i int) int { return codeLine(text, i) }
	if d.File != "" {
		var lines []int
		lines, err = l.readFile(d.File, open)
		line = func(i int) int { return lines[i] }
	} else {
		for i, c := range d.Codes {
			if err = l.add(Code{Code: c.Code, Name: c.Name, Aliases: c.Aliases, Parent: c.Parent}, c.ValidFrom, c.ValidTo); err != nil {
				place(err, "", line(i))
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	if i, err := l.whole(); err != nil {
		place(err, d.File, line(i))
		return nil, err
	}
	return l, nil
}

// whole checks the list as a whole and names its version; i is the entry that is
// wrong.
func (l *CodeList) whole() (i int, err error) {
	if i, err = l.index(); err != nil {
		return i, err
	}
	if i, err = l.hierarchy(); err != nil {
		return i, err
	}
	return 0, l.name()
}

func nfc(s string) string {
	s, _ = viet.NFC(strings.TrimSpace(s))
	return s
}

// place says where an error of add was found.
func place(err error, path string, line int) {
	var e *Error
	if errors.As(err, &e) {
		e.Path, e.Line, e.Column = path, line, 1
	}
}

// codeLine finds the line of the n-th entry of codes.
func codeLine(text []byte, n int) int { return pack.ItemLine(text, "codes", n) }

func yamlError(err error) error {
	line, column, what := pack.YAMLError(err)
	return wrong(max(line, 1), max(column, 1),
		"Không đọc được: %s. Các mục được dùng: kind, id, name, version, description, source, licence, file, codes (code, name, validFrom, validTo, aliases, parent).",
		"Cannot be read: %s. Known keys: kind, id, name, version, description, source, licence, file, codes (code, name, validFrom, validTo, aliases, parent).", what)
}

// csvColumns are the columns of a list's CSV file; only code is needed. Aliases
// are separated by "|".
var csvColumns = []string{"code", "name", "valid_from", "valid_to", "aliases", "parent"}

// readFile reads codes from CSV, and gives the line of each.
func (l *CodeList) readFile(name string, open func(string) ([]byte, error)) (lines []int, err error) {
	text, err := open(name)
	if err != nil {
		return nil, wrong(1, 1, "Không mở được tệp %s của danh mục.", "The list's file %s cannot be opened.", name)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	header, err := r.Read()
	if err != nil {
		return nil, &Error{Path: name, Line: 1, Column: 1, Vi: "Tệp không có dòng tiêu đề.", En: "The file has no heading."}
	}
	column := map[string]int{}
	for i, h := range header {
		h = strings.TrimSpace(h)
		if _, twice := column[h]; twice || !slices.Contains(csvColumns, h) {
			known := strings.Join(csvColumns, ", ")
			return nil, &Error{Path: name, Line: 1, Column: 1,
				Vi: fmt.Sprintf("Cột “%s” lạ hoặc lặp lại. Các cột: %s.", h, known),
				En: fmt.Sprintf("The column %q is unknown or stands twice. Columns: %s.", h, known)}
		}
		column[h] = i
	}
	if _, ok := column["code"]; !ok {
		return nil, &Error{Path: name, Line: 1, Column: 1, Vi: "Thiếu cột code.", En: "The column code is missing."}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			line := 1
			var broken *csv.ParseError
			if errors.As(err, &broken) {
				line = broken.Line
			}
			return nil, &Error{Path: name, Line: line, Column: 1, Vi: "Dòng CSV sai: số ô khác tiêu đề hoặc dấu nháy chưa đóng.", En: "A broken line: its cells differ from the heading, or a quote is open."}
		}
		cell := func(h string) string {
			if i, ok := column[h]; ok {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		c := Code{Code: cell("code"), Name: cell("name"), Parent: cell("parent")}
		if a := cell("aliases"); a != "" {
			c.Aliases = strings.Split(a, "|")
		}
		line, _ := r.FieldPos(0)
		if err := l.add(c, cell("valid_from"), cell("valid_to")); err != nil {
			place(err, name, line)
			return nil, err
		}
		lines = append(lines, line)
	}
}

// add checks one entry.
func (l *CodeList) add(c Code, from, to string) error {
	c.Code, c.Name, c.Parent = nfc(c.Code), nfc(c.Name), nfc(c.Parent)
	for i := range c.Aliases {
		c.Aliases[i] = nfc(c.Aliases[i])
	}
	if c.Code == "" {
		return wrong(1, 1, "Có mục không có mã: ghi mã (code).", "An entry has no code.")
	}
	if c.Name == "" {
		c.Name = c.Code
	}
	for _, end := range []struct {
		text string
		into *Day
	}{{from, &c.From}, {to, &c.To}} {
		if err := end.into.UnmarshalText([]byte(end.text)); err != nil {
			return wrong(1, 1, "Mã “%s”: ngày “%s” phải ghi dạng yyyy-mm-dd.", "Code %q: the day %q must be written yyyy-mm-dd.", c.Code, end.text)
		}
	}
	if c.From.Set && c.To.Set && c.From.Date > c.To.Date {
		return wrong(1, 1, "Mã “%s”: ngày bắt đầu %s sau ngày kết thúc %s.", "Code %q: the first day %s is after the last day %s.", c.Code, c.From.Date.Display(), c.To.Date.Display())
	}
	l.Codes = append(l.Codes, c)
	return nil
}

// finish indexes the list, refuses codes that overlap in time, and names the
// version by its content.
func (l *CodeList) finish() error {
	if _, err := l.index(); err != nil {
		return err
	}
	return l.name()
}

// index finds the entries of each code, and refuses codes that overlap in time; i is
// the entry that is wrong.
func (l *CodeList) index() (i int, err error) {
	l.byCode = make(map[string][]int, len(l.Codes))
	for i := range l.Codes {
		c := &l.Codes[i]
		for _, j := range l.byCode[c.Code] {
			if o := &l.Codes[j]; overlap(c, o) {
				return i, wrong(1, 1,
					"Mã “%s” ghi hai lần trong cùng thời gian hiệu lực: “%s” (%s) và “%s” (%s). Ghi ngày kết thúc của mục trước, hoặc bỏ một mục.",
					"The code %q stands twice in the same time: %q (%s) and %q (%s). Write the last day of the former, or leave one out.",
					c.Code, o.Name, o.span(), c.Name, c.span())
			}
		}
		l.byCode[c.Code] = append(l.byCode[c.Code], i)
	}
	return 0, nil
}

// name names the version by its content.
func (l *CodeList) name() error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	l.Digest = hex.EncodeToString(sum[:])
	return nil
}

func overlap(a, b *Code) bool {
	before := func(x, y *Code) bool { return x.To.Set && y.From.Set && cmp.Less(x.To.Date, y.From.Date) }
	return !before(a, b) && !before(b, a)
}
