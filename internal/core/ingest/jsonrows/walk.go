package jsonrows

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/phohien/phohien/internal/foundation/jsontext"
)

// A status says how far a walk came.
type status uint8

const (
	done status = iota
	more        // the data ended first, and the file goes on behind it
	bad         // it is not JSON; wrong says why
)

// A wrong is a place in the data and what is the matter there.
type wrong struct {
	at   int
	what trouble
	name string // of the member, where it has one
}

type kind uint8

// What stands in a cell.
const (
	nothing kind = iota
	plain        // text without escapes, true, false
	escaped      // text with escapes
	number
	raw    // an array or an object, as it is written
	spaced // the same, with white space to be dropped
)

// A value is where the value of a column lies in the data.
type value struct {
	from, to int32
	kind     kind
}

// flattened is how many levels of objects become columns; what lies deeper is
// one cell of JSON.
const flattened = 4

// A walker reads one value after the other from data that lies in memory. With
// learn it judges names as well (columns, names that stand twice); without, it
// only reads and may run beside others.
type walker struct {
	data    []byte
	at      int
	whole   bool // the end of data is the end of the file
	learn   *columns
	vals    []value
	names   []mark // of the objects that are open inside one cell
	scratch []byte
	spaced  bool
	wrong   wrong
}

type mark struct {
	from, to int
	escaped  bool
}

func (w *walker) fail(at int, what trouble) status {
	w.wrong = wrong{at: at, what: what}
	return bad
}

// short is the status when the data has ended.
func (w *walker) short() status {
	if w.whole {
		return w.fail(len(w.data), truncated)
	}
	return more
}

// space moves to the next byte that is not white space.
func (w *walker) space() status {
	for w.at < len(w.data) {
		switch w.data[w.at] {
		case ' ', '\t', '\n', '\r':
			w.at++
			w.spaced = true
		default:
			return done
		}
	}
	return w.short()
}

// special are the bytes that end the run of ordinary ones inside a text.
func special(c byte) bool { return c == '"' || c == '\\' || c < 0x20 }

// text reads the text whose opening quote is at w.at.
func (w *walker) text() (from, to int, esc bool, st status) {
	d, i := w.data, w.at+1
	from = i
	for {
		const low, high = 0x0101010101010101, 0x8080808080808080
		for i+8 <= len(d) { // eight bytes at once, until one is special
			x := binary.LittleEndian.Uint64(d[i:])
			q, b := x^(low*'"'), x^(low*'\\')
			m := ((q-low)&^q | (b-low)&^b | (x-low*0x20)&^x) & high
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		for i < len(d) && !special(d[i]) {
			i++
		}
		if i >= len(d) {
			return 0, 0, false, w.short()
		}
		switch d[i] {
		case '"':
			w.at = i + 1
			return from, i, esc, done
		case '\\':
			esc = true
			n := escape(d[i:])
			if n == 0 && len(d)-i < 12 && !w.whole {
				return 0, 0, false, more
			}
			if n == 0 {
				return 0, 0, false, w.fail(i, badEscape)
			}
			i += n
		default:
			return 0, 0, false, w.fail(i, control)
		}
	}
}

// number reads a number.
func (w *walker) number() status {
	d, i, begin := w.data, w.at, w.at
	digits := func() bool {
		from := i
		for i < len(d) && '0' <= d[i] && d[i] <= '9' {
			i++
		}
		return i > from
	}
	if d[i] == '-' {
		i++
	}
	zero := i
	ok := digits() && (d[zero] != '0' || i == zero+1)
	if ok && i < len(d) && d[i] == '.' {
		i++
		ok = digits()
	}
	if ok && i < len(d) && d[i]|0x20 == 'e' {
		i++
		if i < len(d) && (d[i] == '+' || d[i] == '-') {
			i++
		}
		ok = digits()
	}
	if i >= len(d) && !w.whole {
		return more
	}
	if !ok || i < len(d) && (letter(d[i]) || d[i] == '.') {
		return w.fail(begin, badNumber)
	}
	w.at = i
	return done
}

func letter(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}

// word reads true, false or null.
func (w *walker) word() status {
	d := w.data[w.at:]
	n := 0
	for n < len(d) && n < 10 && letter(d[n]) {
		n++
	}
	if n == len(d) && n < 10 && !w.whole {
		return more
	}
	switch string(d[:n]) {
	case "true", "false", "null":
		w.at += n
		return done
	}
	return w.fail(w.at, badWord)
}

// unexpected says what is wrong with a byte that cannot stand where it stands.
func (w *walker) unexpected() status {
	switch c := w.data[w.at]; {
	case c == '/' || c == '#':
		return w.fail(w.at, comment)
	case c == '\'':
		return w.fail(w.at, singleQuote)
	case c < 0x20 || c == 0x7F:
		return w.fail(w.at, control)
	case w.curly():
		return w.fail(w.at, curlyQuote)
	}
	return w.fail(w.at, syntax)
}

// curly tells whether a curly quote comes next.
func (w *walker) curly() bool {
	d := w.data[w.at:]
	return len(d) > 2 && d[0] == 0xE2 && d[1] == 0x80 && (d[2] == 0x9C || d[2] == 0x9D)
}

// halved tells whether the data ends where curly cannot tell.
func (w *walker) halved() bool {
	return w.data[w.at] == 0xE2 && len(w.data)-w.at < 3 && !w.whole
}

// any reads a value of any kind, as one cell.
func (w *walker) any(depth int) status {
	if depth > jsontext.Deepest {
		return w.fail(w.at, tooDeep)
	}
	if w.at >= len(w.data) {
		return w.short()
	}
	if w.halved() {
		return more
	}
	switch c := w.data[w.at]; {
	case c == '"':
		_, _, _, st := w.text()
		return st
	case c == '{':
		return w.closed(depth)
	case c == '[':
		return w.list(depth)
	case c == '-' || '0' <= c && c <= '9':
		return w.number()
	case letter(c) && !w.curly():
		return w.word()
	}
	return w.unexpected()
}

// list reads an array.
func (w *walker) list(depth int) status {
	w.at++
	for first := true; ; first = false {
		if st := w.space(); st != done {
			return st
		}
		if w.data[w.at] == ']' {
			if !first {
				return w.fail(w.at, trailingComma)
			}
			w.at++
			return done
		}
		if st := w.any(depth + 1); st != done {
			return st
		}
		if end, st := w.comma(']'); st != done || end {
			return st
		}
	}
}

// comma reads the comma between two values, or what ends them all.
func (w *walker) comma(closing byte) (end bool, st status) {
	if st := w.space(); st != done {
		return false, st
	}
	switch c := w.data[w.at]; {
	case c == ',':
		w.at++
		return false, done
	case c == closing:
		w.at++
		return true, done
	case c == '"' || c == '{' || c == '[' || letter(c) || c == '-':
		return false, w.fail(w.at, missingComma)
	}
	return false, w.unexpected()
}

// member reads a name and its colon, up to the value; end tells that the object
// has none any more.
func (w *walker) member(first bool) (n mark, end bool, st status) {
	if st := w.space(); st != done {
		return n, false, st
	}
	if w.halved() {
		return n, false, more
	}
	switch c := w.data[w.at]; {
	case c == '}' && first:
		w.at++
		return n, true, done
	case c == '}':
		return n, false, w.fail(w.at, trailingComma)
	case letter(c) && !w.curly() || c == '-':
		return n, false, w.fail(w.at, bareName)
	case c != '"':
		return n, false, w.unexpected()
	}
	if n.from, n.to, n.escaped, st = w.text(); st != done {
		return n, false, st
	}
	if st := w.space(); st != done {
		return n, false, st
	}
	if w.data[w.at] != ':' {
		return n, false, w.unexpected()
	}
	w.at++
	return n, false, w.space()
}

// closed reads an object that is one cell.
func (w *walker) closed(depth int) status {
	w.at++
	base := len(w.names)
	var many map[string]struct{} // names, once there are too many to compare
	for first := true; ; first = false {
		n, end, st := w.member(first)
		if st != done {
			return st
		}
		if !end && w.learn != nil && w.twice(n, base, &many) {
			w.wrong = wrong{n.from - 1, duplicate, string(w.nameOf(n))}
			return bad
		}
		if !end {
			if st := w.any(depth + 1); st != done {
				return st
			}
			if end, st = w.comma('}'); st != done {
				return st
			}
		}
		if end {
			w.names = w.names[:base]
			return done
		}
	}
}

// twice tells whether the object whose names begin at base has this name
// already, and keeps it.
func (w *walker) twice(n mark, base int, many *map[string]struct{}) bool {
	text := w.nameOf(n)
	if *many == nil && len(w.names)-base >= 16 {
		*many = make(map[string]struct{}, 64)
		for _, other := range w.names[base:] {
			(*many)[string(w.nameOf(other))] = struct{}{}
		}
		text = w.nameOf(n) // the scratch was used
	}
	if *many != nil {
		if _, has := (*many)[string(text)]; has {
			return true
		}
		(*many)[string(text)] = struct{}{}
		return false
	}
	for _, other := range w.names[base:] {
		if n.escaped || other.escaped {
			if string(unescape(nil, w.data[n.from:n.to])) == string(unescape(nil, w.data[other.from:other.to])) {
				return true
			}
		} else if bytes.Equal(text, w.data[other.from:other.to]) {
			return true
		}
	}
	w.names = append(w.names, n)
	return false
}

// nameOf is a name without escapes, valid until the next.
func (w *walker) nameOf(n mark) []byte {
	if !n.escaped {
		return w.data[n.from:n.to]
	}
	w.scratch = unescape(w.scratch[:0], w.data[n.from:n.to])
	return w.scratch
}

// object reads an object whose members are columns, or lead to them.
func (w *walker) object(k *key, depth int) status {
	w.at++
	next := 0 // members mostly stand in the order of the record before
	for first := true; ; first = false {
		n, end, st := w.member(first)
		if st != done || end {
			return st
		}
		kid := k.find(w.nameOf(n), &next)
		if w.learn != nil {
			if kid, st = w.learn.member(w, k, kid, n, &next); st != done {
				return st
			}
		}
		if st := w.cell(kid, depth+1); st != done {
			return st
		}
		if end, st = w.comma('}'); st != done || end {
			return st
		}
	}
}

// cell reads the value of a member; k is nil when nobody asked for it.
func (w *walker) cell(k *key, depth int) status {
	begin := w.at
	if k == nil || k.dropped {
		return w.any(depth)
	}
	switch c := w.data[w.at]; {
	case c == '"':
		from, to, esc, st := w.text()
		if esc {
			return w.put(k, value{int32(from), int32(to), escaped}, st)
		}
		return w.put(k, value{int32(from), int32(to), plain}, st)
	case c == '{' && depth <= flattened && !k.closed:
		k.open(w)
		return w.object(k, depth)
	case c == '{' || c == '[':
		w.spaced = false
		st := w.any(depth)
		how := raw
		if w.spaced {
			how = spaced
		}
		return w.put(k, value{int32(begin), int32(w.at), how}, st)
	case c == '-' || '0' <= c && c <= '9':
		st := w.number()
		return w.put(k, value{int32(begin), int32(w.at), number}, st)
	}
	if st := w.any(depth); st != done {
		return st
	}
	if w.data[begin] == 'n' {
		return w.put(k, value{}, done)
	}
	return w.put(k, value{int32(begin), int32(w.at), plain}, done)
}

// put keeps the value of a column.
func (w *walker) put(k *key, v value, st status) status {
	if st != done {
		return st
	}
	if w.learn != nil {
		return w.learn.value(w, k, v)
	}
	if k.column >= 0 {
		w.vals[k.column] = v
	}
	return done
}
