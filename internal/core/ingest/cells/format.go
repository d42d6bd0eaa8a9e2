package cells

import "strings"

// A Kind is what a number format makes of a number.
type Kind uint8

// The kinds.
const (
	General  Kind = iota // a number, however it is shown
	Text                 // "@"
	Padded               // "0000": a code; the zeros belong to it
	Day                  // days, months, years
	Moment               // days and time of day
	Clock                // time of day
	Duration             // "[h]:mm": hours beyond 24
)

// A Format is a number format, as far as it tells what a cell means.
type Format struct {
	Kind   Kind
	Digits int // of Padded
}

// maxPadded bounds the zeros that a format may ask for; codes have fewer.
const maxPadded = 32

// ParseFormat reads a format as files hold it, in English letters:
// `dd/mm/yyyy`, `#,##0.00;[Red]-#,##0.00`, `[$-42A]d mmmm yyyy`.
func ParseFormat(code string) Format {
	if i := strings.IndexByte(code, '\x00'); i >= 0 {
		code = code[:i]
	}
	if strings.EqualFold(code, "General") {
		return Format{}
	}
	if f, ok := named(code); ok {
		return f
	}
	if code == "@" {
		return Format{Kind: Text}
	}
	if n := len(code); n >= 2 && n <= maxPadded && strings.Trim(code, "0") == "" {
		return Format{Kind: Padded, Digits: n}
	}
	return Format{Kind: letters(code)}
}

// named knows the names that Excel writes for some formats in its HTML and XML.
func named(code string) (Format, bool) {
	switch strings.ToLower(code) {
	case "short date", "medium date", "long date":
		return Format{Kind: Day}, true
	case "general date":
		return Format{Kind: Moment}, true
	case "short time", "medium time", "long time":
		return Format{Kind: Clock}, true
	case "fixed", "standard", "percent", "scientific", "currency", "euro currency", "general number", "yes/no", "true/false", "on/off":
		return Format{}, true
	}
	return Format{}, false
}

// letters looks for the letters of dates and times in the first section of a
// format, outside of quoted text.
func letters(code string) Kind {
	var day, clock, duration, month bool
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; c {
		case 'g':
			if len(code)-i >= 7 && strings.EqualFold(code[i:i+7], "General") {
				i += 6
			}
		case 'y', 'd':
			day = true
		case 'h', 's':
			clock = true
		case 'm':
			month = true
		case 'e':
			if i+1 < len(code) && (code[i+1] == '+' || code[i+1] == '-') {
				return General // 0.00E+00
			}
			day = true // years of an era
		case 'a':
			if n := ampm(code[i:]); n > 0 {
				clock = true
				i += n - 1
			}
		}
		switch code[i] {
		case ';':
			i = len(code)
		case '"':
			i = skipTo(code, i, '"')
		case '\\', '_', '*':
			i++
		case '[':
			end := skipTo(code, i, ']')
			switch inside := strings.ToLower(code[i+1 : min(end, len(code))]); {
			case inside != "" && strings.Trim(inside, "h") == "", inside != "" && strings.Trim(inside, "m") == "", inside != "" && strings.Trim(inside, "s") == "":
				duration = true
			}
			i = end
		}
	}
	switch {
	case duration:
		return Duration
	case day && clock:
		return Moment
	case day:
		return Day
	case clock:
		return Clock
	case month:
		return Day
	}
	return General
}

func ampm(s string) int {
	for _, mark := range []string{"am/pm", "a/p"} {
		if len(s) >= len(mark) && strings.EqualFold(s[:len(mark)], mark) {
			return len(mark)
		}
	}
	return 0
}

// skipTo is the place of the next mark after i, or the end.
func skipTo(code string, i int, mark byte) int {
	if n := strings.IndexByte(code[i+1:], mark); n >= 0 {
		return i + 1 + n
	}
	return len(code)
}

// BuiltIn is the format of a number below 164 that a file does not spell out:
// [MS-XLS] 2.5.165, ECMA-376 18.8.30.
func BuiltIn(id int) Format {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 58:
		return Format{Kind: Day}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 45, id == 47:
		return Format{Kind: Clock}
	case id == 22:
		return Format{Kind: Moment}
	case id == 46:
		return Format{Kind: Duration}
	case id == 49:
		return Format{Kind: Text}
	}
	return Format{}
}
