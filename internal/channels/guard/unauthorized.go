package guard

import (
	"errors"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// Unauthorized marks a fault as one of who knocks, whatever its key: it answers
// 401 with its own sentence.
func Unauthorized(f *fault.Error) error { return unauthorized{f} }

// IsUnauthorized reports whether an error is so marked.
func IsUnauthorized(err error) bool { return errors.As(err, new(unauthorized)) }

type unauthorized struct{ error }

func (u unauthorized) Unwrap() error { return u.error }
