package xml2003

import (
	"errors"
	"io"

	"github.com/phohien/phohien/internal/core/ingest/cells/xmlscan"
)

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return xmlscan.ErrCut
	}
	return err
}
