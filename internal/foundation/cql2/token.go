package cql2

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/fault"
)

type tokenKind int

const (
	tokenEnd    tokenKind = iota
	tokenName             // a property; quoted tells how it was written
	tokenWord             // a word of the language, in capitals
	tokenText             // between single quotes
	tokenNumber           //
	tokenSign             // = <> < <= > >= ( ) ,
)

type token struct {
	kind tokenKind
	text string
	at   int // of its first character, from 1
}

// reserved are the words of the language that are no names.
var reserved = map[string]bool{
	"AND": true, "OR": true, "NOT": true, "LIKE": true, "BETWEEN": true, "IN": true, "IS": true, "NULL": true,
	"TRUE": true, "FALSE": true, "CASEI": true, "ACCENTI": true, "DATE": true, "TIMESTAMP": true, "INTERVAL": true,
}

// wrong says what is wrong and where.
func wrong(key string, at int, args ...any) error {
	return fault.New(fault.Invalid, key, append([]any{at}, args...)...)
}

func first(r rune) bool { return r == '_' || r == ':' || unicode.IsLetter(r) }

func next(r rune) bool {
	return first(r) || r == '.' || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// plain tells whether a name needs no quotes.
func plain(s string) bool {
	for i, r := range s {
		if i == 0 && !first(r) || !next(r) {
			return false
		}
	}
	return s != ""
}

// tokens cuts a text; the last one is tokenEnd.
func tokens(text string) (all []token, err error) {
	at := 1
	take := func(kind tokenKind, value string, raw string) {
		all = append(all, token{kind, value, at})
		at += utf8.RuneCountInString(raw)
		text = text[len(raw):]
	}
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			return nil, wrong("cql2.utf8", at)
		case unicode.IsSpace(r):
			at++
			text = text[size:]
		case r == '\'' || r == '"':
			value, raw, ok := quoted(text, byte(r))
			if !ok {
				return nil, wrong("cql2.quote", at, string(r))
			}
			kind := tokenText
			if r == '"' {
				kind = tokenName
				if value == "" {
					return nil, wrong("cql2.unexpected", at, raw)
				}
			}
			take(kind, value, raw)
		case r >= '0' && r <= '9' || (r == '-' || r == '+' || r == '.') && len(text) > 1 && (text[1] >= '0' && text[1] <= '9' || text[1] == '.'):
			raw := number(text)
			if raw == "" {
				return nil, wrong("cql2.number", at, text[:min(len(text), 20)])
			}
			take(tokenNumber, strings.TrimPrefix(raw, "+"), raw)
		case first(r):
			end := strings.IndexFunc(text, func(r rune) bool { return !next(r) })
			if end < 0 {
				end = len(text)
			}
			raw := text[:end]
			if upper := strings.ToUpper(raw); reserved[upper] {
				take(tokenWord, upper, raw)
			} else {
				take(tokenName, raw, raw)
			}
		default:
			raw := sign(text)
			if raw == "" {
				return nil, wrong("cql2.unexpected", at, string(r))
			}
			take(tokenSign, raw, raw)
		}
	}
	return append(all, token{kind: tokenEnd, at: at}), nil
}

func sign(text string) string {
	for _, s := range []string{"<>", "<=", ">=", "=", "<", ">", "(", ")", ","} {
		if strings.HasPrefix(text, s) {
			return s
		}
	}
	return ""
}

// quoted reads a text between quotes; a doubled quote stands for one.
func quoted(text string, quote byte) (value, raw string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != quote {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == quote {
			b.WriteByte(quote)
			i++
			continue
		}
		s := b.String()
		return s, text[:i+1], utf8.ValidString(s)
	}
	return "", "", false
}

// number is the number that a text begins with, "" when it is none: digits with
// a point, and an exponent.
func number(text string) string {
	i := 0
	digits := func() (n int) {
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
			n++
		}
		return n
	}
	if text[0] == '-' || text[0] == '+' {
		i++
	}
	whole := digits()
	part := 0
	if i < len(text) && text[i] == '.' {
		i++
		part = digits()
	}
	if whole+part == 0 {
		return ""
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '-' || text[i] == '+') {
			i++
		}
		if digits() == 0 {
			return ""
		}
	}
	// 12abc is neither a number nor a name.
	if r, _ := utf8.DecodeRuneInString(text[i:]); i < len(text) && next(r) {
		return ""
	}
	return text[:i]
}
