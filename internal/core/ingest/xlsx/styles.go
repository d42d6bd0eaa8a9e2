package xlsx

import (
	"strconv"

	"github.com/phohien/phohien/internal/core/ingest/cells"
)

// readStyles gives what each cell format makes of numbers, by its index.
func readStyles(t *tokens) ([]cells.Format, error) {
	formats := map[int64]string{}
	var all []cells.Format
	inCells := false
	for {
		tok, err := t.next()
		if err != nil || tok.kind == partEnd {
			return all, err
		}
		switch {
		case tok.is("cellXfs"):
			inCells = tok.kind == tagStart && !tok.closed
		case tok.kind != tagStart:
		case tok.is("numFmt"):
			if id, ok := tok.number("numFmtId"); ok {
				formats[id] = tok.attr("formatCode")
			}
		case tok.is("dxfs"): // formats of their own that no cell names
			if err := t.skip(tok); err != nil {
				return nil, err
			}
		case tok.is("xf") && inCells:
			id, _ := tok.number("numFmtId")
			all = append(all, formatOf(id, formats))
		}
	}
}

func formatOf(id int64, formats map[int64]string) cells.Format {
	if code, ok := formats[id]; ok {
		return cells.ParseFormat(code)
	}
	if id < 0 || id > 163 {
		return cells.Format{}
	}
	return cells.BuiltIn(int(id))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// columnName is the letters of a column, from 0.
func columnName(c int) string {
	var b [8]byte
	i := len(b)
	for c++; c > 0 && i > 0; c = (c - 1) / 26 {
		i--
		b[i] = byte('A' + (c-1)%26)
	}
	return string(b[i:])
}

func cellName(row int64, column int) string {
	return columnName(column) + strconv.FormatInt(row, 10)
}
