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
	way    way                // what is tried first
	passed viet.Glance        // of text: what is not looked at more closely
	style  viet.Style         // of the numbers being read
	used   Rescue             // what mended the cell just read
	hinted bool               // … by what only the column knows: the raw cell alone would be read otherwise
	parse  func(r *reader, cell, canon []byte) (out []byte, std bool, err error)
}

func newReader(c *contract.Column, into []*vector) *reader {
	r := &reader{column: c, into: into, parse: parsers[c.Type]}
	r.choose()
	return r
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
	r.choose()
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
	if out, std, ok := r.straight(raw, canon); ok {
		return out, true, std, nil
	}
	if r.hint.Font != "" {
		raw = r.font(raw)
	}
	cell, changed := raw, false
	look := viet.Look(raw)
	plain := look&viet.GlancePlain != 0
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
		cell = r.mendText(cell, look)
		if plain && r.used == None {
			r.into[0].text(cell)
			return r.same(cell, canon), true, false, nil
		}
	} else if out, ok := r.styled(cell, canon); ok {
		return out, true, true, nil
	} else if r.ordered() {
		cell = r.monthFirst(cell)
	}
	if out, std, err = r.parse(r, cell, canon); err != nil {
		out, std, err = r.unread(cell, canon, err)
	}
	return out, true, std || changed || r.used != None, err
}

// A way is what a reader tries first: most cells are as they should be, and that
// can be seen at once.
type way uint8

const (
	wayLong   way = iota
	wayText       // text of any kind
	wayDigits     // an identifier of so many digits
	wayTyped      // a value that has one canonical spelling
)

// choose finds the way for a column of which all is known.
func (r *reader) choose() {
	r.way, r.passed = wayLong, 0
	switch r.column.Type {
	case contract.Text:
		switch {
		case r.hint.Font != "" || r.check != nil || len(r.column.Normalise) > 0:
		case r.width > 0:
			r.way = wayDigits
		case r.column.Identifier == "":
			r.way = wayText
		}
		if !r.hint.on(RescueSpaces) {
			r.passed |= viet.GlanceGaps
		}
		if !r.hint.on(RescueTone) {
			r.passed |= viet.GlanceTones
		}
	case contract.Integer, contract.Decimal, contract.Float, contract.Boolean, contract.Date, contract.PartialDate, contract.Time, contract.Timestamp:
		if r.hint.Font == "" && !r.ordered() {
			r.way = wayTyped
		}
	}
}

// straight reads a cell that has nothing to be mended; false, and nothing is
// appended, for any that must be looked at more closely. It must decide as the
// long way does.
func (r *reader) straight(raw, canon []byte) (out []byte, std, ok bool) {
	switch r.way {
	case wayText:
		if viet.Look(raw)&^r.passed != viet.GlancePlain || len(raw) == 0 || len(raw) > maxCell {
			return canon, false, false
		}
	case wayDigits:
		if !r.right(raw) {
			return canon, false, false
		}
	case wayTyped:
		return r.straightValue(raw, canon)
	default:
		return canon, false, false
	}
	r.into[0].text(raw)
	return r.same(raw, canon), false, true
}

// straightValue is straight for values that have one canonical spelling.
func (r *reader) straightValue(raw, canon []byte) (out []byte, std, ok bool) {
	if len(raw) == 0 || r.hint.Style != viet.StyleAuto && twofold(raw) {
		return canon, false, false
	}
	out, std, err := r.parse(r, raw, canon)
	if err != nil {
		return canon, false, false
	}
	if std && viet.Look(raw)&viet.GlancePlain == 0 { // a canonical spelling is plain
		r.into[0].drop()
		return canon, false, false
	}
	return out, std, true
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
