package jsonrows

import (
	"fmt"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/jsontext"
)

// A trouble is a way not to be JSON, or not to be records.
type trouble uint8

const (
	syntax trouble = iota
	truncated
	badEscape
	control
	badNumber
	badWord
	comment
	singleQuote
	curlyQuote
	bareName
	trailingComma
	missingComma
	duplicate
	tooDeep
	tooManyColumns
	notObject
	trailing
	encoding
)

// report makes the fault of a trouble at a place.
func (s *stream) report(w wrong) error {
	line, column := s.place(w.at)
	switch w.what {
	case truncated:
		return fault.New(fault.Invalid, "file.json.truncated", line)
	case badEscape:
		return fault.New(fault.Invalid, "file.json.escape", line, column)
	case control:
		return fault.New(fault.Invalid, "file.json.control", line, column)
	case badNumber:
		return fault.New(fault.Invalid, "file.json.number", line, column)
	case badWord:
		return fault.New(fault.Invalid, "file.json.word", line, column)
	case comment:
		return fault.New(fault.Invalid, "file.json.comment", line, column)
	case singleQuote:
		return fault.New(fault.Invalid, "file.json.single-quote", line, column)
	case curlyQuote:
		return fault.New(fault.Invalid, "file.json.curly-quote", line, column)
	case bareName:
		return fault.New(fault.Invalid, "file.json.bare-name", line, column)
	case trailingComma:
		return fault.New(fault.Invalid, "file.json.trailing-comma", line, column)
	case missingComma:
		return fault.New(fault.Invalid, "file.json.missing-comma", line, column)
	case duplicate:
		return fault.New(fault.Invalid, "file.json.duplicate", line, column, w.name)
	case tooDeep:
		return fault.New(fault.TooLarge, "file.json.too-deep", line, jsontext.Deepest)
	case tooManyColumns:
		return fault.New(fault.TooLarge, "file.json.too-many-columns", line, s.limits.Columns)
	case notObject:
		return fault.New(fault.Invalid, "file.json.not-object", line, column)
	case trailing:
		return fault.New(fault.Invalid, "file.json.trailing", line, column)
	case encoding:
		return fault.New(fault.Invalid, "file.json.encoding", line, column)
	}
	found := "?"
	if i := s.at + w.at; i < len(s.buf) {
		found = fmt.Sprintf("%c", s.buf[i])
	}
	return fault.New(fault.Invalid, "file.json.syntax", line, column, found)
}
