package viet

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// An Error says why a text was refused. It is data, not a sentence: MessageVi
// and MessageEn make one.
type Error struct {
	Code  string // stable, "date.day"; see the Code constants
	Value string // the text that was refused, cut at 80 characters
	Args  []any  // what the code's message needs: the month, the limit, ...
	Warn  bool   // the value may be right all the same; do not refuse it
}

// Error names the code and what it means. It leaves out the value, which may
// be personal data, so that it can go into a log.
func (e *Error) Error() string {
	return "viet: " + e.Code + ": " + messages[e.Code].brief
}

// Is makes errors.Is(err, &viet.Error{Code: viet.CodeDateDay}) work.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Code gives the code of an error of this package, "" for any other.
func Code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// IsWarning tells whether err, which came from this package, is a doubt about
// a value rather than a reason to refuse it.
func IsWarning(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Warn
}

// MessageVi gives the sentence in Vietnamese for an error of this package, and
// err.Error() for any other.
func MessageVi(err error) string {
	return message(err, func(m text3) string { return m.vi })
}

// MessageEn gives the sentence in English for an error of this package, and
// err.Error() for any other.
func MessageEn(err error) string {
	return message(err, func(m text3) string { return m.en })
}

func message(err error, lang func(text3) string) string {
	if err == nil {
		return ""
	}
	var e *Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	m, ok := messages[e.Code]
	if !ok {
		return e.Error()
	}
	pairs := []string{"{value}", e.Value}
	for i, a := range e.Args {
		pairs = append(pairs, fmt.Sprintf("{%d}", i), fmt.Sprint(a))
	}
	return strings.NewReplacer(pairs...).Replace(lang(m))
}

const longestValue = 80 // characters of a refused text kept in an Error

func fail[T ~string | ~[]byte](code string, value T, args ...any) *Error {
	return &Error{Code: code, Value: clip(string(value)), Args: args}
}

func warn[T ~string | ~[]byte](code string, value T, args ...any) *Error {
	e := fail(code, value, args...)
	e.Warn = true
	return e
}

// clip makes a value fit to be shown: valid UTF-8 and not too long.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= longestValue {
		return s
	}
	return string([]rune(s)[:longestValue]) + "…"
}
