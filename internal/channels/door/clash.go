package door

import (
	"cmp"

	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Clash is the refusal of who was second: the fault that says so, and a sentence
// about each thing in which the two differ.
type Clash struct {
	Err error
	All [][2]string // name of the thing, sentence in the reader's language
}

// Differ adds a thing, with what the second has written and what is there now.
func (c *Clash) Differ(l locale.Lang, name, title, yours, now string) {
	if yours != now {
		nothing := l.T("door.nothing")
		c.All = append(c.All, [2]string{name, l.T("door.clash", title, cmp.Or(yours, nothing), cmp.Or(now, nothing))})
	}
}

// Error is the fault's.
func (c *Clash) Error() string { return c.Err.Error() }

// Unwrap is the fault.
func (c *Clash) Unwrap() error { return c.Err }

// Parts are the things with their sentences, as answers to programs have them.
func (c *Clash) Parts(locale.Lang) [][2]string { return c.All }
