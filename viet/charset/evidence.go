package charset

import (
	"github.com/phohien/phohien/viet"
)

// Evidence gathers from the cells of one column whether its text is what it
// seems: Unicode, or the bytes of an old font, or VIQR. The zero value is ready.
type Evidence struct {
	seen [8]int // words by which readings make them Vietnamese; see the bits
	viqr viqrReader
	buf  []byte
}

// The readings of a word.
const (
	asIs = 1 << iota
	asTCVN3
	asVNI
)

// Observe looks at a cell, in UTF-8. A cell of plain ASCII without the marks of
// VIQR says nothing and costs little.
func (e *Evidence) Observe(cell []byte) {
	if ascii(cell) {
		if hasVIQR(cell) {
			e.buf = e.viqr.cell(e.buf[:0], cell)
		}
		return
	}
	if !hasLatin1(cell) && hasVietnamese(cell) {
		e.seen[asIs]++ // no need to look at the words
		return
	}
	var buf [64]byte
	for len(cell) > 0 {
		var tok token
		cell = tok.next(cell)
		if !tok.word() || len(tok.text) > len(buf)/2 {
			continue
		}
		readings := 0
		if tok.sound() {
			readings |= asIs
		}
		if tok.fontable(TCVN3) && viet.IsSyllable(string(appendFont(buf[:0], tok.text, TCVN3))) {
			readings |= asTCVN3
		}
		if tok.fontable(VNI) && viet.IsSyllable(string(appendFont(buf[:0], tok.text, VNI))) {
			readings |= asVNI
		}
		e.seen[readings]++
	}
}

// hasVietnamese tells whether a letter from U+1E80 to U+1EFF is in b, where most
// Vietnamese letters with two marks are and hardly another.
func hasVietnamese(b []byte) bool {
	for i, c := range b {
		if c == 0xE1 && i+1 < len(b) && (b[i+1] == 0xBA || b[i+1] == 0xBB) {
			return true
		}
	}
	return false
}

// Decide says which encoding the cells' text is in, to be given to [FixColumn]:
// TCVN3, VNI, VIQR, or "" if the text is sound. sure is false if there is some
// evidence and not enough, or if it contradicts itself, as where a column has
// sound cells and others; c is then what a person should be asked about, and
// [FixText] the safer mend.
func (e *Evidence) Decide() (c Charset, sure bool) {
	sound := e.seen[asIs]
	tcvn3 := e.seen[asTCVN3] + e.seen[asTCVN3|asVNI]
	vni := e.seen[asVNI] + e.seen[asTCVN3|asVNI]
	only := e.seen[asTCVN3] // the words that only one of the two explains
	proof, other := tcvn3, e.seen[asVNI]
	c = TCVN3
	if vni > tcvn3 {
		c, proof, only, other = VNI, vni, e.seen[asVNI], e.seen[asTCVN3]
	}
	switch {
	case e.viqr.strong > proof && e.viqr.strong > sound:
		return VIQR, e.viqr.strong >= enough+1 && e.viqr.strong >= 4*e.viqr.bad && sound <= e.viqr.strong/200
	case proof == 0:
		return "", true
	case proof <= sound/100, proof <= e.seen[0]/4: // a stray word among sound or foreign ones
		return "", true
	}
	sure = only >= enough && only >= 4*other && proof >= e.seen[0] && sound <= proof/200
	return c, sure
}
