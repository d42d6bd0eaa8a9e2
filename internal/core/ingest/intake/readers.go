package intake

import (
	"context"
	"errors"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/dbf"
	"github.com/phohien/phohien/internal/core/ingest/docx"
	"github.com/phohien/phohien/internal/core/ingest/htmltable"
	"github.com/phohien/phohien/internal/core/ingest/jsonrows"
	"github.com/phohien/phohien/internal/core/ingest/ods"
	"github.com/phohien/phohien/internal/core/ingest/parquet"
	"github.com/phohien/phohien/internal/core/ingest/xls"
	"github.com/phohien/phohien/internal/core/ingest/xlsx"
	"github.com/phohien/phohien/internal/core/ingest/xml2003"
	"github.com/phohien/phohien/internal/core/ingest/xmlrows"
)

// A reader opens the files of one kind.
type reader func(context.Context, ingest.File, Options) (ingest.Book, error)

// readers are the packages that open the kinds other than CSV.
var readers = map[Kind]reader{
	XLSX:    plain(xlsx.Open),
	XLS:     plain(xls.Open),
	ODS:     plain(ods.Open),
	DOCX:    plain(docx.Open),
	HTML:    plain(htmltable.Open),
	JSON:    plain(jsonrows.Open),
	DBF:     plain(dbf.Open),
	Parquet: plain(parquet.Open),
	XML2003: plain(xml2003.Open),
	XML: func(ctx context.Context, f ingest.File, o Options) (ingest.Book, error) {
		return xmlrows.Open(ctx, f, o.Mapping)
	},
}

// plain is a reader that needs no options.
func plain(open func(context.Context, ingest.File) (ingest.Book, error)) reader {
	return func(ctx context.Context, f ingest.File, _ Options) (ingest.Book, error) { return open(ctx, f) }
}

// mistaken tells whether a reader says that a file is not of its kind.
func mistaken(err error) bool {
	for _, not := range []error{dbf.ErrNotDBF, docx.ErrNotDOCX, htmltable.ErrNotHTML, jsonrows.ErrNotJSON, ods.ErrNotODS,
		xls.ErrNotXLS, xlsx.ErrNotXLSX, xml2003.ErrNotXML2003, xmlrows.ErrNotXML} {
		if errors.Is(err, not) {
			return true
		}
	}
	return false
}
