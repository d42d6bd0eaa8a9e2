package catalog

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unicode"
)

// hit tells of an entry what matched.
func (s *search) hit(h scored) Hit {
	e := s.x.entry(h.doc)
	out := Hit{Entry: e, Score: float64(h.score)}
	title := marker{text: e.Title}
	text := marker{text: e.Text}
	for f, ws := range s.readings(h.doc) {
		if slices.ContainsFunc(ws, s.tells) && !slices.Contains(out.In, f) {
			out.In = append(out.In, f)
		}
		switch f {
		case InTitle:
			title.mark(ws, s.tells)
		case InText:
			text.mark(ws, s.tells)
		}
	}
	slices.Sort(out.In)
	out.Title, out.Text = title.ranges(), text.ranges()
	return out
}

// A standing is what one word of an entry stands for: units of the search, and
// how well.
type standing struct {
	units   uint32
	quality float32
}

// tells is for a word that stands for one of the search that must be there.
func (s *search) tells(w standing) bool { return w.units&s.required != 0 }

// readings goes through the readings of an entry. The slice is used again for
// the next.
func (s *search) readings(doc uint32) func(yield func(Field, []standing) bool) {
	si, i := s.x.find(doc)
	seg, r := s.x.segments[si], &s.room.words[si]
	stream := seg.stream[seg.streamStart[i]:seg.streamStart[i+1]]
	return func(yield func(Field, []standing) bool) {
		var all []standing
		for at := 0; at < len(stream); {
			f := Field(stream[at] &^ (fieldMark | secondMark))
			all = all[:0]
			for at++; at < len(stream) && stream[at]&fieldMark == 0; at++ {
				all = append(all, standing{r.units[stream[at]], r.quality[stream[at]]})
			}
			if !yield(f, all) {
				return
			}
		}
	}
}

// A marker lays the readings of a text upon it. They come in the order in which
// the builder took them: as written, then lexicon.readings.
type marker struct {
	text    string
	started bool
	rest    [][]word // readings not yet laid
	all     []Range
}

func (m *marker) mark(have []standing, counts func(standing) bool) {
	if !m.started {
		m.started = true
		ws := words(m.text)
		others, _ := lexiconOf().readings(ws, m.text)
		m.rest = append([][]word{ws}, others...)
	}
	if len(m.rest) == 0 {
		return
	}
	ws := m.rest[0]
	m.rest = m.rest[1:]
	for i, w := range have[:min(len(have), len(ws))] {
		if counts(w) {
			m.all = append(m.all, Range{ws[i].from, ws[i].to})
		}
	}
}

// ranges gives what is marked, in order, with what only blanks part as one.
func (m *marker) ranges() []Range {
	slices.SortFunc(m.all, func(a, b Range) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To)) })
	var out []Range
	for _, r := range m.all {
		if n := len(out); n > 0 && (r.From <= out[n-1].To || strings.TrimSpace(m.text[out[n-1].To:r.From]) == "") {
			out[n-1].To = max(out[n-1].To, r.To)
			continue
		}
		out = append(out, r)
	}
	return out
}

// How many suggestions are made, and how near the best the others must come.
const (
	mostSuggestions = 3
	nearBest        = 0.7
)

// suggestions says what may have been meant, in words of entries that the reader
// sees. It searches again and so comes last.
func (s *search) suggestions() []string {
	if len(s.w.units) == 0 || len(s.codes) > 0 {
		return nil
	}
	if len(s.fitting) > 0 && !s.effort.mended && s.asTyped() {
		return nil
	}
	if !s.effort.mended {
		s.attempt(effort{begun: s.effort.begun, mended: true})
	}
	all := slices.Clone(s.fitting)
	s.refine(all)
	const looked = 4 * mostSuggestions
	sortFirst(all, looked, s.byScore)
	var out []string
	for _, h := range all[:min(looked, len(all))] {
		text := s.reworded(h.doc)
		if text != "" && !slices.Contains(out, text) && len(out) < mostSuggestions && h.score >= nearBest*all[0].score {
			out = append(out, text)
		}
	}
	return out
}

// asTyped tells whether entries have each word as it was typed, its accents too
// if there are any in the search.
func (s *search) asTyped() bool {
	for i := range s.w.units {
		u := &s.w.units[i]
		if u.mended || !slices.ContainsFunc(u.forms, func(f form) bool { return f.how != mended }) {
			return false
		}
		if s.w.marked && !bare(u.tone) && !s.x.toned(u) {
			return false
		}
	}
	return true
}

// toned tells whether an entry has a unit with its accents, or begins so.
func (x *Index) toned(u *unit) bool {
	n := map[string]int{}
	for _, s := range x.segments {
		for _, f := range u.forms {
			a, ok := s.ascii(f.ascii)
			if !ok || f.how == mended {
				continue
			}
			for v := s.asciiStart[a]; v < s.asciiStart[a+1]; v++ {
				if t := s.tones[v]; t == f.tone || f.how == begun && strings.HasPrefix(t, f.tone) {
					n[t] += s.had(v)
				}
			}
		}
	}
	for t, n := range n {
		if n > x.less.tone[t] {
			return true
		}
	}
	return false
}

// reworded writes the search in the words of an entry; "" when that is what was
// typed.
func (s *search) reworded(doc uint32) string {
	e := s.x.entry(doc)
	have := make([]word, len(s.w.units))
	from := make([]string, len(s.w.units))
	best := make([]float32, len(s.w.units))
	title, text := false, false
	for f, all := range s.readings(doc) {
		source := ""
		switch {
		case f == InTitle && !title:
			title, source = true, e.Title
		case f == InText && !text:
			text, source = true, e.Text
		default:
			continue
		}
		ws := words(source)
		for i, w := range all {
			for u := w.units; u != 0; u &= u - 1 {
				if at := bits.TrailingZeros32(u); w.quality > best[at] {
					have[at], from[at], best[at] = ws[i], source[ws[i].from:ws[i].to], w.quality
				}
			}
		}
	}
	changed := false
	var parts []string
	for i := range s.w.units {
		u := &s.w.units[i]
		if from[i] == "" {
			if len(u.forms) == 0 {
				changed = true
				continue // a word nobody has
			}
			parts = append(parts, u.tone)
			continue
		}
		different := have[i].tone != u.tone
		if !s.w.marked && bare(u.tone) {
			different = have[i].ascii != u.ascii
		}
		if different && u.last && !u.optional && strings.HasPrefix(have[i].tone, u.tone) {
			different = false // only finished
		}
		changed = changed || different || u.mended
		parts = append(parts, lowered(from[i]))
	}
	if !changed {
		return ""
	}
	return strings.Join(parts, " ")
}

// lowered writes a word small, unless it is an abbreviation.
func lowered(s string) string {
	if capitals(s) && !strings.ContainsFunc(s, unicode.IsLower) {
		return s
	}
	return strings.ToLower(s)
}
