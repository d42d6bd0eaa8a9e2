package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A sentence is a text cut at its placeholders: text[0] slot[0] text[1] …
type sentence struct {
	text  []string
	slots []slot
}

// A slot is one placeholder.
type slot struct {
	arg  int
	form string // "", "plain", "n", "bytes", "day"
}

// parse cuts a sentence. "\n" in it begins a new line; "{{" is a brace.
func parse(said string) (sentence, error) {
	var s sentence
	var b strings.Builder
	said = strings.ReplaceAll(said, `\n`, "\n")
	for said != "" {
		at := strings.IndexByte(said, '{')
		if at < 0 {
			break
		}
		b.WriteString(said[:at])
		said = said[at+1:]
		if strings.HasPrefix(said, "{") {
			b.WriteByte('{')
			said = said[1:]
			continue
		}
		inside, rest, ok := strings.Cut(said, "}")
		if !ok {
			return s, fmt.Errorf("a brace is not closed; a brace itself is written {{")
		}
		number, form, _ := strings.Cut(inside, ":")
		arg, err := strconv.Atoi(number)
		if err != nil || arg < 0 {
			return s, fmt.Errorf("{%s} is no placeholder", inside)
		}
		if form != "" && form != "plain" && form != "n" && form != "bytes" && form != "day" {
			return s, fmt.Errorf("{%s} asks for a form that does not exist", inside)
		}
		s.text = append(s.text, b.String())
		s.slots = append(s.slots, slot{arg, form})
		b.Reset()
		said = rest
	}
	b.WriteString(said)
	s.text = append(s.text, b.String())
	return s, nil
}

// args is how many values the sentence needs.
func (s sentence) args() int {
	n := 0
	for _, slot := range s.slots {
		n = max(n, slot.arg+1)
	}
	return n
}

func (s sentence) say(l Lang, args []any) string {
	var b strings.Builder
	for i, text := range s.text {
		b.WriteString(text)
		if i == len(s.slots) {
			break
		}
		if slot := s.slots[i]; slot.arg < len(args) {
			b.WriteString(l.write(args[slot.arg], slot.form))
		}
	}
	return b.String()
}

// write puts one value into words.
func (l Lang) write(v any, form string) string {
	n, isNumber := whole(v, form)
	switch {
	case form == "bytes" && isNumber:
		return l.Bytes(n)
	case form == "plain":
		return fmt.Sprint(v)
	case form == "day":
		return l.Day(fmt.Sprint(v))
	case isNumber:
		return l.Number(n)
	}
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return l.Float(v, -1)
	case time.Time:
		return l.Time(v)
	case []string:
		return strings.Join(v, ", ")
	case interface{ In(Lang) string }: // a value with words of its own
		return v.In(l)
	}
	return fmt.Sprint(v)
}

// whole returns the whole number that a value is. Text counts as a number only
// where the sentence says so: "01001" is a code.
func whole(v any, form string) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case uint64:
		return int64(v), v < 1<<63
	case string:
		if form == "n" || form == "bytes" {
			n, err := strconv.ParseInt(v, 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
