// Package jsontext gives JSON one spelling, so that equal values are equal
// bytes whichever engine they come back from.
//
// The spelling: object members sorted by name (by bytes), no white space,
// numbers without exponent and without "-0" (as PostgreSQL's jsonb prints
// them), strings escaped only where JSON demands it.
package jsontext

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sort"
	"strings"
	"unicode/utf8"
)

// Deepest is how many levels of nesting are accepted.
const Deepest = 200

// maxExponent bounds the length that a number like 1e400 would get.
const maxExponent = 400

// Canonical returns the one spelling of a JSON text. It refuses what is not
// exactly one JSON value, duplicate member names, NUL characters (PostgreSQL
// cannot hold them) and numbers beyond 1e±400.
func Canonical(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	out, err := value(nil, d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return out, nil
}

func value(dst []byte, d *json.Decoder, depth int) ([]byte, error) {
	if depth > Deepest {
		return nil, fmt.Errorf("nested deeper than %d levels", Deepest)
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			return list(dst, d, depth)
		}
		return object(dst, d, depth)
	case string:
		return AppendString(dst, t)
	case json.Number:
		return number(dst, t.String())
	case bool:
		if t {
			return append(dst, "true"...), nil
		}
		return append(dst, "false"...), nil
	}
	return append(dst, "null"...), nil
}

func list(dst []byte, d *json.Decoder, depth int) ([]byte, error) {
	dst = append(dst, '[')
	for first := true; d.More(); first = false {
		if !first {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = value(dst, d, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	return append(dst, ']'), nil
}

func object(dst []byte, d *json.Decoder, depth int) ([]byte, error) {
	members := map[string][]byte{}
	var names []string
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("a member's name is %v", t)
		}
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("member %q stands twice", name)
		}
		v, err := value(nil, d, depth+1)
		if err != nil {
			return nil, err
		}
		members[name] = v
		names = append(names, name)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	sort.Strings(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = AppendString(dst, name); err != nil {
			return nil, err
		}
		dst = append(append(dst, ':'), members[name]...)
	}
	return append(dst, '}'), nil
}

// AppendString appends s as a JSON string.
func AppendString(dst []byte, s string) ([]byte, error) {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			_, size := utf8.DecodeRuneInString(s[i:])
			dst = append(dst, s[i:i+size]...)
			i += size
			continue
		}
		i++
		switch {
		case c == 0:
			return nil, errors.New("a NUL character")
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"'), nil
}

// number spells a JSON number without exponent, keeping trailing zeros of its
// fraction as PostgreSQL's numeric does: 1.50 stays, 1.5e1 becomes 15, -0
// becomes 0.
func number(dst []byte, s string) ([]byte, error) {
	mantissa, exponent, has := strings.Cut(strings.ToLower(s), "e")
	shift := 0
	if has {
		e, ok := new(big.Int).SetString(strings.TrimPrefix(exponent, "+"), 10)
		if !ok || !e.IsInt64() || e.Int64() > maxExponent || e.Int64() < -maxExponent {
			return nil, fmt.Errorf("number %s is out of range", s)
		}
		shift = int(e.Int64())
	}
	negative := strings.HasPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	digits := whole + fraction
	point := len(whole) + shift
	if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	if point < 1 {
		digits = strings.Repeat("0", 1-point) + digits
		point = 1
	}
	whole = strings.TrimLeft(digits[:point], "0")
	if whole == "" {
		whole = "0"
	}
	fraction = digits[point:]
	if negative && strings.Trim(whole+fraction, "0") != "" {
		dst = append(dst, '-')
	}
	dst = append(dst, whole...)
	if fraction != "" {
		dst = append(append(dst, '.'), fraction...)
	}
	return dst, nil
}
