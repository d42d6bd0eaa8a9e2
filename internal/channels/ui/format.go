package ui

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// Ago says when something happened, in words while it is near.
func Ago(l locale.Lang, at, now time.Time) string {
	if at.IsZero() {
		return l.T("page.never")
	}
	at, now = at.In(locale.Zone), now.In(locale.Zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, locale.Zone)
	switch d := now.Sub(at); {
	case d < time.Minute:
		return l.T("page.just-now")
	case d < time.Hour:
		return l.T("page.minutes-ago", int64(d/time.Minute))
	case !at.Before(today):
		return l.T("page.today", at.Format("15:04"))
	case !at.Before(today.AddDate(0, 0, -1)):
		return l.T("page.yesterday", at.Format("15:04"))
	case d < 30*24*time.Hour:
		return l.T("page.days-ago", int64(math.Ceil(today.Sub(at).Hours()/24)))
	}
	return l.Date(at)
}

// Value writes one value of a record as officials read it. Codes stay as they
// are: 01001 is no number.
func Value(l locale.Lang, c *contract.Column, v any) string {
	if v == nil {
		return ""
	}
	switch c.Type {
	case contract.Boolean:
		if b, ok := v.(bool); ok {
			return l.T("page.boolean." + strconv.FormatBool(b))
		}
	case contract.Integer:
		if n, ok := v.(int64); ok {
			return l.Number(n)
		}
	case contract.Decimal, contract.Float:
		if f, err := strconv.ParseFloat(fmt.Sprint(v), 64); err == nil {
			return l.Float(f, -1)
		}
	case contract.Date, contract.PartialDate:
		return day(l, fmt.Sprint(v))
	case contract.Timestamp:
		if t, err := time.Parse(time.RFC3339Nano, fmt.Sprint(v)); err == nil {
			return l.Time(t)
		}
	case contract.Geometry:
		return place(l, v)
	case contract.JSON:
		if raw, ok := v.(json.RawMessage); ok {
			return string(raw)
		}
	case contract.File:
		if m, ok := v.(map[string]any); ok && m["name"] != nil {
			return fmt.Sprint(m["name"])
		}
	}
	return fmt.Sprint(v)
}

// Example writes a contract's example as values are written.
func Example(l locale.Lang, c *contract.Column) string {
	switch c.Type {
	case contract.Boolean:
		if b, err := strconv.ParseBool(c.Example); err == nil {
			return Value(l, c, b)
		}
	case contract.Integer:
		if n, err := strconv.ParseInt(c.Example, 10, 64); err == nil {
			return Value(l, c, n)
		}
	case contract.Decimal, contract.Float, contract.Date, contract.PartialDate, contract.Timestamp:
		if c.Example != "" {
			return Value(l, c, c.Example)
		}
	}
	return c.Example
}

// IsNumber reports whether values of a column are lined up at the right.
func IsNumber(c *contract.Column) bool {
	return c.Type == contract.Integer || c.Type == contract.Decimal || c.Type == contract.Float
}

// day turns yyyy-mm-dd into dd/mm/yyyy, yyyy-mm into mm/yyyy.
func day(l locale.Lang, s string) string {
	if l == locale.En {
		return s
	}
	parts := strings.Split(s, "-")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, "/")
}

// place writes a point as latitude and longitude, another geometry by its kind.
func place(l locale.Lang, v any) string {
	raw, ok := v.(json.RawMessage)
	if !ok {
		return fmt.Sprint(v)
	}
	var g struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		return string(raw)
	}
	var p []float64
	if g.Type == "Point" && json.Unmarshal(g.Coordinates, &p) == nil && len(p) >= 2 {
		return l.T("page.point", l.Float(math.Round(p[1]*1e5)/1e5, -1), l.Float(math.Round(p[0]*1e5)/1e5, -1))
	}
	return l.T("page.shape")
}

// InLanguage keeps the sentences of a text that are in the reader's language:
// descriptions in contracts stand in both, one after the other. A text without a
// sentence in that language is given whole.
func InLanguage(l locale.Lang, text string) string {
	var kept []string
	for _, s := range sentences(text) {
		if isVietnamese(s) == (l == locale.Vi) {
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 {
		return strings.TrimSpace(text)
	}
	return strings.Join(kept, " ")
}

// FirstSentence cuts a text behind its first sentence.
func FirstSentence(text string) (first, more string) {
	all := sentences(text)
	if len(all) == 0 {
		return "", ""
	}
	return all[0], strings.Join(all[1:], " ")
}

// sentences cuts a text behind full stops that end one.
func sentences(text string) []string {
	words := strings.Fields(text)
	var all []string
	begin := 0
	for i, w := range words {
		last := i == len(words)-1
		if !last && (!strings.HasSuffix(w, ".") || !begins(words[i+1])) {
			continue
		}
		all = append(all, strings.Join(words[begin:i+1], " "))
		begin = i + 1
	}
	return all
}

// begins reports whether a word can be the first of a sentence.
func begins(word string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(word, "“\"'("))
	return unicode.IsUpper(first) || unicode.IsDigit(first)
}

// isVietnamese reports whether a third of a sentence's words carry marks of
// Vietnamese. Words with a capital are left aside: an English sentence may be
// full of Vietnamese names.
func isVietnamese(s string) bool {
	words, marked, all := 0, 0, 0
	for _, w := range strings.Fields(s) {
		w = strings.TrimLeft(w, "“\"'(")
		first, _ := utf8.DecodeRuneInString(w)
		has := strings.ContainsFunc(w, func(r rune) bool { return r > 127 && unicode.IsLetter(r) })
		if has {
			all++
		}
		if !unicode.IsLower(first) {
			continue
		}
		words++
		if has {
			marked++
		}
	}
	if words == 0 {
		return all > 0
	}
	return 3*marked >= words && marked > 0
}

// Every says how often something is due: in days, or in hours below a day; ""
// when nothing is said.
func Every(l locale.Lang, d time.Duration) string {
	switch days := int64(d / (24 * time.Hour)); {
	case d <= 0:
		return ""
	case days > 0:
		return l.T("page.every-days", days)
	}
	return l.T("page.every-hours", int64(d/time.Hour))
}

// Capital begins a text with a capital.
func Capital(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[0])) + string(r[1:])
}
