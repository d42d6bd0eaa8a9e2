// Package fault says what went wrong in a form that programs can branch on and
// people can read. An error is made once, with a kind, a key into the text
// catalogues of package locale and the values that belong into the sentence;
// only the edges (pages, API, command line) turn it into words.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// A Kind groups faults by what the caller can do about them.
type Kind uint8

// The kinds. Internal is the zero value: an error that nobody prepared for the
// reader, shown as one neutral sentence and logged whole.
const (
	Internal    Kind = iota
	Invalid          // the input is wrong and can be mended by who sent it
	NotFound         // the thing asked for does not exist
	Denied           // who asks may not
	Conflict         // it contradicts what is there (taken, changed meanwhile, already done)
	TooLarge         // over a limit
	Unavailable      // not now: busy, rebuilding, no space; trying again may help
	Cancelled        // a person stopped it
	TooMany          // too often in a span of time; waiting helps
)

// An Error is a fault with the key of its sentence and the values in it.
type Error struct {
	Kind Kind
	Key  string // key into the catalogues, e.g. "dataset.unknown"
	Args []any  // values of the sentence, in its order
	err  error  // cause, for the log
}

// New returns a fault of a kind; key names its sentence in every catalogue.
func New(kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Key: key, Args: args}
}

// Because returns a copy of e that keeps err as its cause. The cause is for the
// log, never for the reader.
func (e *Error) Because(err error) *Error {
	c := *e
	c.err = err
	return &c
}

// Error gives the key and values, for logs and tests.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Key)
	for _, a := range e.Args {
		fmt.Fprintf(&b, " %v", a)
	}
	if e.err != nil {
		b.WriteString(": ")
		b.WriteString(e.err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

// Of returns the first fault in err's chain, or nil.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf returns the kind of the first fault in err's chain; Internal when
// there is none.
func KindOf(err error) Kind {
	if e := Of(err); e != nil {
		return e.Kind
	}
	return Internal
}

// Is reports whether err holds a fault with this key.
func Is(err error, key string) bool {
	e := Of(err)
	return e != nil && e.Key == key
}
