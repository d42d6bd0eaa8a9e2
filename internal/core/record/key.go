package record

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// KeyText spells a key as one text that is safe in an address: the canonical
// text of each component, percent-encoded but for A–Z a–z 0–9 - . _, joined by
// "~". In DuckDB one component is replace(url_encode(x), '~', '%7E').
//
// Values are of the types that ParseKey returns, in key order.
func KeyText(obj *contract.Object, values []any) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = escape(canonical(obj.KeyFields()[i], v))
	}
	return strings.Join(parts, "~")
}

// canonical is the text of one key component, the same that goes into a row's
// hash.
func canonical(f contract.Field, v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case int64:
		return strconv.FormatInt(v, 10)
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		if f.Kind == contract.KindDate {
			return v.Format(time.DateOnly)
		}
		return store.Stamp(v)
	}
	return fmt.Sprint(v)
}

func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// ParseKey reads what KeyText wrote. Components are string (text, date as
// yyyy-mm-dd), int64, json.Number (decimal, with all its decimals), float64,
// bool or time.Time (instant).
func ParseKey(obj *contract.Object, text string) ([]any, error) {
	fields := obj.KeyFields()
	parts := strings.Split(text, "~")
	if len(parts) != len(fields) {
		return nil, fault.New(fault.Invalid, "record.bad-key", obj.Dataset, text)
	}
	values := make([]any, len(parts))
	for i, p := range parts {
		plain, err := url.PathUnescape(p)
		if err == nil {
			values[i], err = parseComponent(fields[i], plain)
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "record.bad-key", obj.Dataset, text).Because(err)
		}
	}
	return values, nil
}

func parseComponent(f contract.Field, s string) (any, error) {
	switch f.Kind {
	case contract.KindText:
		return s, nil
	case contract.KindInteger:
		return strconv.ParseInt(s, 10, 64)
	case contract.KindDecimal:
		n, err := decimal128.FromString(s, int32(f.Precision), int32(f.Scale))
		if err != nil {
			return nil, err
		}
		return json.Number(n.ToString(int32(f.Scale))), nil
	case contract.KindFloat:
		return strconv.ParseFloat(s, 64)
	case contract.KindBoolean:
		return strconv.ParseBool(s)
	case contract.KindDate:
		_, err := time.Parse(time.DateOnly, s)
		return s, err
	case contract.KindTimestamp:
		t, err := time.Parse(time.RFC3339Nano, s)
		return t.UTC(), err
	}
	return nil, fmt.Errorf("a %s cannot be part of a key", typeName(f))
}

// bind gives a key component the form in which an engine stores it. PostgreSQL
// reads the text forms of its types by itself.
func bind(engine string, f contract.Field, v any) (any, error) {
	switch v := v.(type) {
	case time.Time:
		return store.Stamp(v), nil
	case bool:
		if engine == store.SQLite {
			return map[bool]int64{false: 0, true: 1}[v], nil
		}
		return v, nil
	case json.Number:
		if engine != store.SQLite || f.Kind != contract.KindDecimal {
			return v.String(), nil
		}
		n, err := decimal128.FromString(v.String(), int32(f.Precision), int32(f.Scale))
		if err != nil {
			return nil, err
		}
		return int64(n.LowBits()), nil
	}
	return v, nil
}

// bindKey parses a key's text and binds its components.
func bindKey(engine string, obj *contract.Object, key string) ([]any, error) {
	values, err := ParseKey(obj, key)
	if err != nil {
		return nil, err
	}
	for i, f := range obj.KeyFields() {
		if values[i], err = bind(engine, f, values[i]); err != nil {
			return nil, fault.New(fault.Invalid, "record.bad-key", obj.Dataset, key).Because(err)
		}
	}
	return values, nil
}
