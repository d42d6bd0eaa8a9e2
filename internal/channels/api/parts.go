package api

import (
	"errors"

	"github.com/phohien/phohien/internal/foundation/locale"
)

// wrongParts are the parts that an error tells of by itself: fields of a record that
// are wrong, things that are like another.
func wrongParts(l locale.Lang, err error) (all []ProblemPart) {
	var told interface {
		Parts(l locale.Lang) [][2]string
	}
	if errors.As(err, &told) {
		for _, p := range told.Parts(l) {
			all = append(all, ProblemPart{Location: p[0], Message: p[1]})
		}
	}
	return all
}
