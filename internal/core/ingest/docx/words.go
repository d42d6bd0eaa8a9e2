package docx

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells/xmlscan"
)

// tableName is what a table of a document, which has no name, is called.
func tableName(n int) string { return fmt.Sprintf("Bảng %d", n) }

// shorten keeps the beginning of a note.
func shorten(s string) string {
	n := 0
	for i := range s {
		if n++; n > longestNote {
			return s[:i] + "…"
		}
	}
	return s
}

func sortRanges(ranges []ingest.Range) {
	slices.SortFunc(ranges, func(a, b ingest.Range) int {
		return cmp.Or(cmp.Compare(a.FirstRow, b.FirstRow), cmp.Compare(a.FirstColumn, b.FirstColumn))
	})
}

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return xmlscan.ErrCut
	}
	return err
}
