package odcs

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var (
	decimalForm = regexp.MustCompile(`^[-+]?[0-9]+$`)
	floatForm   = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	hexForm     = regexp.MustCompile(`^0x[0-9a-fA-F]+$`)
	octalForm   = regexp.MustCompile(`^0o[0-7]+$`)
	infNanForm  = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
)

// resolvePlain gives the value of a scalar without quotes by the core schema of
// YAML 1.2. ok is false for what no contract can mean: infinities, not-a-number
// and numbers too wide to hold.
func resolvePlain(s string) (value any, ok bool) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return nil, true
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	if c := s[0]; c != '.' && c != '-' && c != '+' && (c < '0' || c > '9') {
		return s, true // nothing else can be a number
	}
	switch {
	case decimalForm.MatchString(s):
		return decimal(s), !tooWide(s)
	case hexForm.MatchString(s):
		return inBase(s, 16), true
	case octalForm.MatchString(s):
		return inBase(s, 8), true
	case floatForm.MatchString(s):
		return float(s), !tooWide(s)
	case infNanForm.MatchString(s):
		return nil, false
	}
	return s, true
}

func decimal(s string) any {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i
	}
	negative := strings.HasPrefix(s, "-")
	whole := strings.TrimLeft(strings.TrimLeft(s, "+-"), "0")
	if negative {
		whole = "-" + whole
	}
	return json.Number(whole)
}

func inBase(s string, base int) any {
	i, err := strconv.ParseInt(s[2:], base, 64)
	if err != nil {
		return s // wider than 64 bits: nobody writes a contract's number so
	}
	return i
}

// float keeps what float64 writes back digit for digit, and the digits
// themselves otherwise.
func float(s string) any {
	f, err := strconv.ParseFloat(s, 64)
	if err == nil && digits(s) == digits(strconv.FormatFloat(f, 'e', -1, 64)) {
		return f
	}
	return json.Number(jsonNumber(s))
}

// digits strips a number down to the digits that carry value.
func digits(s string) string {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		s = s[:i]
	}
	s = strings.ReplaceAll(strings.TrimLeft(s, "+-"), ".", "")
	return strings.Trim(s, "0")
}

// tooWide tells a number no program can be trusted to hold: more than 400
// digits, or an exponent outside what float64 knows.
func tooWide(s string) bool {
	if len(s) > 400 {
		return true
	}
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return false
	}
	exponent, err := strconv.Atoi(s[i+1:])
	return err != nil || exponent > 308 || exponent < -400
}

// jsonNumber respells a YAML float in the stricter form of JSON.
func jsonNumber(s string) string {
	s = strings.TrimPrefix(s, "+")
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	exponent := ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		s, exponent = s[:i], s[i:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return sign + whole + fraction + exponent
}

// normal turns any Go scalar a caller may pass into the form documents hold.
func normal(v any) (any, bool) {
	switch v := v.(type) {
	case nil, bool, string, int64:
		return v, true
	case int:
		return int64(v), true
	case int8:
		return int64(v), true
	case int16:
		return int64(v), true
	case int32:
		return int64(v), true
	case uint:
		return normal(uint64(v))
	case uint8:
		return int64(v), true
	case uint16:
		return int64(v), true
	case uint32:
		return int64(v), true
	case uint64:
		return decimal(strconv.FormatUint(v, 10)), true
	case float32:
		return normal(float64(v))
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, false
		}
		return v, true
	case json.Number:
		return resolveNumber(v)
	}
	return nil, false
}

func resolveNumber(n json.Number) (any, bool) {
	v, ok := resolvePlain(string(n))
	if !ok {
		return nil, false
	}
	switch v.(type) {
	case int64, float64, json.Number:
		return v, true
	}
	return nil, false
}

// numberText spells a number so that reading it gives the same value.
func numberText(v any) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		return s
	case json.Number:
		return string(v)
	}
	return ""
}
