package odcs

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// Pos is a place in the original text. Both numbers count from 1; columns
// count characters, as editors do. The zero Pos means the value was not read
// from a text.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// lines finds the line and column of a byte.
type lines struct {
	text   []byte
	starts []int
}

func newLines(text []byte) lines {
	starts := make([]int, 1, 1+bytes.Count(text, []byte{'\n'}))
	for i, c := range text {
		if c == '\n' || c == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			starts = append(starts, i+1)
		}
	}
	return lines{text: text, starts: starts}
}

// pos turns a byte offset into a position.
func (l lines) pos(offset int) Pos {
	offset = min(max(offset, 0), len(l.text))
	line := sort.SearchInts(l.starts, offset+1)
	return Pos{Line: line, Column: 1 + utf8.RuneCount(l.text[l.starts[line-1]:offset])}
}

// start is the offset of the first byte of the line that holds offset.
func (l lines) start(offset int) int {
	return l.starts[sort.SearchInts(l.starts, offset+1)-1]
}

// end is the offset where the line that holds offset ends, before its line
// break.
func (l lines) end(offset int) int {
	for offset < len(l.text) && l.text[offset] != '\n' && l.text[offset] != '\r' {
		offset++
	}
	return offset
}

// next is the offset behind the line break that stands at offset, if any.
func (l lines) next(offset int) int {
	if bytes.HasPrefix(l.text[offset:], []byte("\r\n")) {
		return offset + 2
	}
	return min(offset+1, len(l.text))
}
