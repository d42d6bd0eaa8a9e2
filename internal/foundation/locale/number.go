package locale

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// marks are how a language writes numbers.
type marks struct{ group, decimal string }

func (l Lang) marks() marks {
	if l == En {
		return marks{",", "."}
	}
	return marks{".", ","} // 1.234.567,5
}

// Number writes a whole number: 1.234.567 in Vietnamese.
func (l Lang) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	return sign + group(digits, l.marks().group)
}

// Float writes a number with so many decimals; -1 means as many as it has.
func (l Lang) Float(f float64, decimals int) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "–"
	}
	digits := strconv.FormatFloat(math.Abs(f), 'f', decimals, 64)
	whole, frac, _ := strings.Cut(digits, ".")
	m := l.marks()
	out := group(whole, m.group)
	if frac != "" {
		out += m.decimal + frac
	}
	if f < 0 && strings.Trim(digits, "0.") != "" {
		out = "−" + out
	}
	return out
}

// group puts a mark between thousands.
func group(digits, mark string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(mark)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Bytes writes a size with the unit that keeps it short.
func (l Lang) Bytes(n int64) string {
	units := []string{"B", "KB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for math.Abs(f) >= 1024 && i < len(units)-1 {
		f /= 1024
		i++
	}
	decimals := 1
	if i == 0 || math.Abs(f) >= 100 {
		decimals = 0
	}
	return l.Float(f, decimals) + " " + units[i]
}

// Zone is the time of Viet Nam, where all instants are shown. It has had no
// summer time since 1975, so the program needs no table of time zones.
var Zone = time.FixedZone("+07", 7*60*60)

// Time writes an instant to the minute: 22/11/2026 14:05 in Vietnamese.
func (l Lang) Time(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	if l == En {
		return t.In(Zone).Format("2 Jan 2006 15:04")
	}
	return t.In(Zone).Format("02/01/2006 15:04")
}

// Stamp writes an instant kept as text (RFC 3339), as Time does; what is none stays as
// it is.
func (l Lang) Stamp(text string) string {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return l.Time(t)
}

// Date writes a day: 22/11/2026 in Vietnamese.
func (l Lang) Date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	if l == En {
		return t.In(Zone).Format("2 Jan 2006")
	}
	return t.In(Zone).Format("02/01/2006")
}

// Day writes a day kept as text, 2026-11-22, as Date does; what is none stays as it is.
func (l Lang) Day(text string) string {
	t, err := time.ParseInLocation(time.DateOnly, text, Zone)
	if err != nil {
		return text
	}
	return l.Date(t)
}

// Duration writes how long something took, to three digits.
func (l Lang) Duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return l.Number(d.Milliseconds()) + " ms"
	case d < time.Minute:
		return l.Float(d.Seconds(), 1) + " s"
	}
	d = d.Round(time.Second)
	return l.T("duration", int64(d/time.Minute), int64(d%time.Minute/time.Second))
}
