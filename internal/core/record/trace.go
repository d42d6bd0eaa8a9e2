package record

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/seal"
)

// A Trace is what a record can be told by wherever it left something: its key,
// and the texts in it that are nobody else's.
type Trace struct {
	Key   string   `json:"key,omitempty"`   // as KeyText spells it, "" when no record has the texts
	Texts []string `json:"texts,omitempty"` // each of at least shortText characters

	texts  *seal.Texts // looks into what is sealed, see Truth.Sighted
	sealed []string    // Texts as they are sealed
}

// shortText is the length from which a text is taken for one that is not found
// by chance in a place that has nothing to do with the record.
const shortText = 6

// NewTrace makes the trace of a key with texts; those that are too short are
// left out. One part of a key of several tells nobody: a period, a commune are in
// others' records too.
func NewTrace(key string, texts ...string) Trace {
	t := Trace{Key: key}
	if key != "" {
		texts = append(slices.Clone(texts), key)
		if plain, err := url.PathUnescape(key); err == nil && !t.joined() {
			texts = append(texts, plain)
		}
	}
	for _, s := range texts {
		if s = strings.TrimSpace(s); utf8.RuneCountInString(s) >= shortText && !slices.Contains(t.Texts, s) {
			t.Texts = append(t.Texts, s)
		}
	}
	return t
}

// Spellings are the texts as they may stand in a file: also a number that has
// lost its leading zeros in a spreadsheet, and a text that is sealed.
func (t Trace) Spellings() []string {
	all := slices.Clone(t.Texts)
	for _, s := range t.Texts {
		if bare := strings.TrimLeft(s, "0"); digits(s) && utf8.RuneCountInString(bare) >= shortText && !slices.Contains(all, bare) {
			all = append(all, bare)
		}
	}
	return append(all, t.sealed...)
}

func digits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// joints are what people write between the groups of a number.
var joints = strings.NewReplacer(" ", "", "\u00a0", "", ".", "", "-", "", "'", "", "’", "", "\t", "")

// In reports whether a cell holds one of the texts, however grouped.
func (t Trace) In(cell string) bool {
	if cell == "" {
		return false
	}
	bare := ""
	for _, s := range t.Texts {
		if strings.Contains(cell, s) {
			return true
		}
		if !digits(s) {
			continue
		}
		if bare == "" {
			bare = joints.Replace(strings.TrimSpace(cell))
		}
		if bare == s || digits(bare) && strings.TrimLeft(bare, "0") == strings.TrimLeft(s, "0") {
			return true
		}
	}
	return false
}

// InAny reports whether some cell of a row holds one of the texts.
func (t Trace) InAny(cells []string) bool { return slices.ContainsFunc(cells, t.In) }

// joined reports whether the key has several parts.
func (t Trace) joined() bool { return strings.Contains(t.Key, "~") }

// InRow reports whether a row of a file is the record: by its texts, or, when
// these do not tell, by cells that are all the parts of its key.
func (t Trace) InRow(cells []string) bool {
	if t.InAny(cells) {
		return true
	}
	if t.Key == "" || len(t.Texts) > 0 && !t.joined() {
		return false
	}
	for part := range strings.SplitSeq(t.Key, "~") {
		plain, err := url.PathUnescape(part)
		if err != nil || !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) == plain }) {
			return false
		}
	}
	return true
}

// kept are the members of our documents that are never a person's: a text that
// is found in one of them is there by chance.
var kept = map[string]bool{"batch": true, "digest": true, "contract_digest": true, "undoes": true, "contract": true, "seq": true, "committed_at": true, "at": true}

// Scrub takes a record out of a JSON document: objects with its key go from the
// lists that they stand in, texts are veiled wherever they are. Text that is no
// document is veiled as it is.
func (t Trace) Scrub(text string) (clean string, changed bool) {
	if text == "" {
		return "", false
	}
	if clear, ours := t.opened(text); ours {
		clean, yes := t.Scrub(clear)
		return t.texts.Seal(clean), yes
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		return t.veil(text)
	}
	if v, changed = t.scrub("", v); !changed {
		return text, false
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // what was decoded can be encoded
		return "", true
	}
	return strings.TrimSuffix(b.String(), "\n"), true
}

func (t Trace) scrub(name string, v any) (_ any, changed bool) {
	switch v := v.(type) {
	case string:
		if kept[name] {
			return v, false
		}
		if _, ours := t.opened(v); ours {
			return t.Scrub(v)
		}
		return t.veil(v)
	case json.Number:
		if slices.Contains(t.Texts, v.String()) {
			return Veil, true
		}
	case map[string]any:
		for key, value := range v {
			if clean, yes := t.scrub(key, value); yes {
				v[key], changed = clean, true
			}
			if clean, yes := t.veil(key); yes {
				v[clean], changed = v[key], true
				delete(v, key)
			}
		}
	case []any:
		list := slices.DeleteFunc(v, t.isRow)
		changed = len(list) < len(v)
		for i, value := range list {
			if clean, yes := t.scrub(name, value); yes {
				list[i], changed = clean, true
			}
		}
		return list, changed
	}
	return v, changed
}

// isRow reports whether an element of a list is the record: an example of a
// preview, a key that an undo has left.
func (t Trace) isRow(v any) bool {
	switch v := v.(type) {
	case string:
		return t.Key != "" && v == t.Key
	case []any: // a cell before and after it was mended
		return hasText(v, t)
	case map[string]any:
		if key, ok := v["key"].(string); ok && t.Key != "" && key == t.Key {
			_, isExample := v["cells"]
			return isExample
		}
		for _, name := range []string{"cells", "before"} {
			if cells, _ := v[name].([]any); hasText(cells, t) {
				return true
			}
		}
	}
	return false
}

func hasText(cells []any, t Trace) bool {
	return slices.ContainsFunc(cells, func(c any) bool { s, ok := c.(string); return ok && t.In(s) })
}

// opened looks into a sealed text, as reports have them.
func (t Trace) opened(s string) (string, bool) {
	if t.texts == nil || !seal.Is(s) {
		return "", false
	}
	clear, err := t.texts.Open(s)
	return clear, err == nil
}

func (t Trace) veil(s string) (string, bool) {
	changed := false
	for _, text := range t.Spellings() {
		if strings.Contains(s, text) {
			s, changed = strings.ReplaceAll(s, text, Veil), true
		}
	}
	if !changed && t.In(s) {
		return Veil, true
	}
	return s, changed
}
