package quality

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/paulmach/orb/encoding/wkb"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/jsontext"
	"github.com/phohien/phohien/viet"
)

// Why a cell could not be read as its column's type, beside the codes of
// package viet; the sentence is made from the raw cell when somebody asks.
var (
	errCharacter = errors.New("cell.character")
	errEncoding  = errors.New("cell.encoding")
	errTooLong   = errors.New("cell.too-long")
	errJSON      = errors.New("cell.json")
	errShape     = errors.New("cell.geometry")
	errFile      = errors.New("cell.file")
	errTime      = errors.New("cell.time")
)

// maxCell bounds one value: DuckDB and Arrow count a block's text in 31 bits.
const maxCell = 1 << 20

// A reader turns the cells of one column into typed values. Put appends one
// value to the column's vectors and its canonical text to canon; std says that
// the cell was not yet spelled canonically. After an error nothing has been
// appended.
type reader struct {
	column *contract.Column
	into   []*vector
	spell  bool // the canonical text is wanted
	hint   Hint
	width  int                // digits of the identifier that the column holds, 0 = not said
	check  func(string) error // of that identifier, or nil
	mends  bool               // text is looked at for what can be mended
	style  viet.Style         // of the numbers being read
	used   Rescue             // what mended the cell just read
	hinted bool               // … by what only the column knows: the raw cell alone would be read otherwise
	parse  func(r *reader, cell, canon []byte) (out []byte, std bool, err error)
}

func newReader(c *contract.Column, into []*vector) *reader {
	return &reader{column: c, into: into, parse: parsers[c.Type], mends: c.Type == contract.Text}
}

// newColumnReader is newReader for a column of which object and evidence are
// known.
func newColumnReader(o *contract.Object, at int, into []*vector, hint Hint) *reader {
	c := &o.Columns[at]
	r := newReader(c, into)
	r.hint, r.width = hint, widthOf(o, c, at)
	if c.Identifier != "" {
		r.check, _ = viet.Checker(c.Identifier) // the schema of contracts knows no other kinds
	}
	return r
}

// scratch makes vectors for the values of one cell.
func scratch(c *contract.Column) []*vector {
	var into []*vector
	for _, f := range c.Fields(0) {
		v := newVector(contract.ArrowField(f).Type)
		v.reset(1)
		into = append(into, v)
	}
	return into
}

var parsers = map[contract.Type]func(*reader, []byte, []byte) ([]byte, bool, error){
	contract.Text:        (*reader).text,
	contract.Integer:     (*reader).integer,
	contract.Decimal:     (*reader).decimal,
	contract.Float:       (*reader).float,
	contract.Boolean:     (*reader).boolean,
	contract.Date:        (*reader).date,
	contract.PartialDate: (*reader).partial,
	contract.Time:        (*reader).clock,
	contract.Timestamp:   (*reader).timestamp,
	contract.JSON:        (*reader).json,
	contract.Geometry:    (*reader).geometry,
	contract.File:        (*reader).file,
}

// read standardises one cell. present is false for a cell that says nothing.
func (r *reader) read(raw, canon []byte) (out []byte, present, std bool, err error) {
	r.used, r.hinted = None, false
	if r.hint.Font != "" {
		raw = r.font(raw)
	}
	cell, changed := raw, false
	plain, ascii := plainText(raw)
	if !plain {
		if cell, changed = viet.Clean(raw); changed && r.used == None {
			r.used = RescueSpaces
			if !bytes.Contains(raw, cell) {
				r.used = RescueNFC
			}
		}
	}
	if len(cell) == 0 {
		r.null()
		return canon, false, false, nil
	}
	if len(cell) > maxCell {
		return canon, true, false, errTooLong
	}
	if r.column.Type == contract.Text {
		if r.mends {
			cell = r.mendText(cell, plain, ascii)
		}
		if plain && r.used == None {
			r.into[0].text(cell)
			return r.same(cell, canon), true, false, nil
		}
	} else if out, ok := r.styled(cell, canon); ok {
		return out, true, true, nil
	} else if r.hint.Order&^viet.ShortYears == viet.MonthFirst || r.hint.Order&viet.ShortYears != 0 {
		cell = r.monthFirst(cell)
	}
	if out, std, err = r.parse(r, cell, canon); err != nil {
		out, std, err = r.unread(cell, canon, err)
	}
	return out, true, std || changed || r.used != None, err
}

// plainText reports whether a cell begins and ends with something to see and is
// made of printable ASCII and of the precomposed letters of U+00C0–U+01BF and
// U+1E00–U+1EFF, which are all that Vietnamese needs: nothing to clean, compose
// or refuse. Most cells are such, so this is looked at first, eight bytes of
// ASCII at a time.
func plainText(b []byte) (plain, ascii bool) {
	n := len(b)
	if n == 0 || b[0] == ' ' || b[n-1] == ' ' {
		return n == 0, n == 0
	}
	const high, low, del = 0x8080808080808080, 0x2020202020202020, 0x7F7F7F7F7F7F7F7F
	ascii = true
	for i := 0; i < n; {
		if i+8 <= n {
			x := binary.LittleEndian.Uint64(b[i:])
			y := x ^ del // a zero byte where x has DEL
			if (x|(x-low)&^x|(y-high>>7)&^y)&high == 0 {
				i += 8
				continue
			}
		}
		c := b[i]
		switch {
		case c >= ' ' && c < 0x7F:
			i++
			continue
		case c >= 0xC3 && c <= 0xC6 && i+1 < n && b[i+1]&0xC0 == 0x80:
			i += 2
			ascii = false
		case c == 0xE1 && i+2 < n && b[i+1] >= 0xB8 && b[i+1] <= 0xBB && b[i+2]&0xC0 == 0x80:
			i += 3
			ascii = false
		default:
			return false, false
		}
	}
	return true, ascii
}

// same appends the cell as its own canonical text.
func (r *reader) same(cell, canon []byte) []byte {
	if r.spell {
		return append(canon, cell...)
	}
	return canon
}

func (r *reader) null() {
	for _, v := range r.into {
		v.null()
	}
}

func (r *reader) text(cell, canon []byte) ([]byte, bool, error) {
	if err := sound(cell); err != nil {
		return canon, false, err
	}
	r.into[0].text(cell)
	return r.same(cell, canon), false, nil
}

// sound refuses what no engine should have to keep: bytes that are not UTF-8,
// control characters, marks without a letter.
func sound(cell []byte) error {
	if !utf8.Valid(cell) {
		return errEncoding
	}
	if _, _, bad := viet.BadRune(unsafe.String(unsafe.SliceData(cell), len(cell))); bad {
		return errCharacter
	}
	return nil
}

func (r *reader) integer(cell, canon []byte) ([]byte, bool, error) {
	v, std, err := viet.ParseInteger(cell, r.style)
	if err != nil {
		return canon, false, err
	}
	r.into[0].word(uint64(v))
	if !std {
		return r.same(cell, canon), false, nil
	}
	return viet.AppendInteger(canon, v), true, nil
}

func (r *reader) decimal(cell, canon []byte) ([]byte, bool, error) {
	v, std, err := viet.ParseDecimal(cell, r.column.Precision, r.column.Scale, r.style)
	if err != nil {
		return canon, false, err
	}
	r.into[0].decimal(v)
	if r.spell {
		// "12.5" and "12.50" are the same decimal(9,2) and must hash alike, so
		// the spelling is always made from the number.
		canon = viet.AppendDecimal(canon, v, r.column.Scale)
	}
	return canon, std, nil
}

func (r *reader) float(cell, canon []byte) ([]byte, bool, error) {
	v, std, err := viet.ParseFloat(cell, r.style)
	if err != nil {
		return canon, false, err
	}
	r.into[0].word(math.Float64bits(v))
	if r.spell {
		canon = viet.AppendFloat(canon, v)
	}
	return canon, std, nil
}

func (r *reader) boolean(cell, canon []byte) ([]byte, bool, error) {
	v, std, err := viet.ParseBool(cell)
	if err != nil {
		return canon, false, err
	}
	r.into[0].boolean(v)
	return viet.AppendBool(canon, v), std, nil
}

func (r *reader) date(cell, canon []byte) ([]byte, bool, error) {
	d, std, err := viet.ParseDate(cell)
	if err != nil {
		return canon, false, err
	}
	r.into[0].day(int32(d))
	if !std {
		return r.same(cell, canon), false, nil
	}
	return viet.AppendDate(canon, d), true, nil
}

func (r *reader) partial(cell, canon []byte) ([]byte, bool, error) {
	p, std, err := viet.ParsePartialDate(cell)
	if err != nil {
		return canon, false, err
	}
	if coarser(p, r.column.Finest) {
		return canon, false, errPrecision
	}
	n := len(canon)
	canon = viet.AppendPartialDate(canon, p)
	r.into[0].text(canon[n:])
	return canon, std, nil
}

var errPrecision = errors.New("cell.precision")

// coarser reports whether a partial date says less than the column asks for.
func coarser(p viet.PartialDate, least string) bool {
	return least == "day" && p.Day == 0 || least == "month" && p.Month == 0
}

// clock reads a time of day, HH:MM or HH:MM:SS.
func (r *reader) clock(cell, canon []byte) ([]byte, bool, error) {
	two := func(i, most int) bool {
		return cell[i] >= '0' && cell[i] <= '9' && cell[i+1] >= '0' && cell[i+1] <= '9' && int(cell[i]-'0')*10+int(cell[i+1]-'0') <= most
	}
	if len(cell) == 4 || len(cell) == 7 { // 7:30
		cell = append([]byte{'0'}, cell...)
		out, _, err := r.clock(cell, canon)
		return out, true, err
	}
	ok := (len(cell) == 5 || len(cell) == 8) && two(0, 23) && cell[2] == ':' && two(3, 59)
	if ok && len(cell) == 8 {
		ok = cell[5] == ':' && two(6, 59)
	}
	if !ok {
		return canon, false, errTime
	}
	n := len(canon)
	canon = append(canon, cell...)
	if len(cell) == 5 {
		canon = append(canon, ":00"...)
	}
	r.into[0].text(canon[n:])
	return canon, len(cell) == 5, nil
}

func (r *reader) timestamp(cell, canon []byte) ([]byte, bool, error) {
	us, std, err := viet.ParseTime(cell)
	if err != nil {
		return canon, false, err
	}
	r.into[0].word(uint64(us))
	if r.spell {
		canon = viet.AppendTimeUTC(canon, us)
	}
	return canon, std, nil
}

func (r *reader) json(cell, canon []byte) ([]byte, bool, error) {
	if !utf8.Valid(cell) {
		return canon, false, errEncoding
	}
	text, err := jsontext.Canonical(cell)
	if err != nil || r.column.Array != (text[0] == '[') || !r.column.Array && text[0] != '{' {
		return canon, false, errJSON
	}
	if len(text) > maxCell { // 1e400 has 400 digits
		return canon, false, errTooLong
	}
	// Half of a pair like \ud800 is read as U+FFFD, which is nobody's text.
	if bytes.Contains(text, []byte("\uFFFD")) {
		return canon, false, errCharacter
	}
	r.into[0].text(text)
	// Spacing and the order of members carry no meaning: not a standardising
	// that anybody should lose points for.
	return append(canon, text...), false, nil
}

// geometry reads GeoJSON or WKT in longitude, latitude (WGS 84) into WKB and
// four bounds.
func (r *reader) geometry(cell, canon []byte) ([]byte, bool, error) {
	g, std, err := parseGeometry(cell)
	if err != nil || g == nil {
		return canon, false, errShape
	}
	if r.column.Shape != "" && !strings.EqualFold(g.GeoJSONType(), r.column.Shape) || !wellFormed(g) {
		return canon, false, errShape
	}
	b, err := wkb.Marshal(g, binary.LittleEndian)
	if err != nil {
		return canon, false, errShape
	}
	r.into[0].text(b)
	bound := g.Bound()
	for i, x := range []float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]} {
		r.into[1+i].word(math.Float64bits(x))
	}
	return append(canon, b...), std, nil
}

// A FileRef is the value of a file column: bytes that lie in the blob store.
type FileRef struct {
	SHA256    string `json:"sha256"`
	Name      string `json:"name"`
	MediaType string `json:"mediaType"`
	Bytes     int64  `json:"bytes"`
}

// file reads the JSON form of a FileRef.
func (r *reader) file(cell, canon []byte) ([]byte, bool, error) {
	d := json.NewDecoder(bytes.NewReader(cell))
	d.DisallowUnknownFields()
	f := FileRef{Bytes: -1} // what the cell does not say is not 0
	if err := d.Decode(&f); err != nil || !hexDigest(f.SHA256) || f.Name == "" || f.MediaType == "" || f.Bytes < 0 {
		return canon, false, errFile
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return canon, false, errFile
	}
	if sound([]byte(f.Name)) != nil || sound([]byte(f.MediaType)) != nil {
		return canon, false, errFile
	}
	r.into[0].text([]byte(f.SHA256))
	r.into[1].text([]byte(f.Name))
	r.into[2].text([]byte(f.MediaType))
	r.into[3].word(uint64(f.Bytes))
	canon = append(canon, f.SHA256...)
	for _, s := range []string{f.Name, f.MediaType} {
		canon = append(append(canon, 0), s...)
	}
	return viet.AppendInteger(append(canon, 0), f.Bytes), false, nil
}

func hexDigest(s string) bool {
	if len(s) != 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
