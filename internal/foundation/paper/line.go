package paper

import (
	"math"
	"strings"
)

// A piece is a part of a word in one style.
type piece struct {
	text  string
	face  face
	width float64
}

// A word is what stands between two spaces. Vietnamese breaks lines at spaces
// alone.
type word struct {
	pieces []piece
	width  float64
	gap    float64 // width of the space before it
	breaks bool    // it begins a line, whatever there is room for
}

// A line is what fits between two edges.
type line struct {
	words []word
	width float64 // with single gaps
	ends  bool    // the last of its paragraph, or before a break: not spread
}

// words cuts runs at spaces and newlines.
func (r *ruler) words(runs []Run, size float64) []word {
	var list []word
	var cur word
	flush := func(gap float64, breaks bool) {
		list = append(list, cur)
		cur = word{gap: gap, breaks: breaks}
	}
	for _, run := range runs {
		f, text := run.face(), run.Text
		for {
			at := strings.IndexAny(text, " \n")
			part := text
			if at >= 0 {
				part = text[:at]
			}
			if part != "" {
				p := piece{part, f, r.width(part, f, size)}
				cur.pieces, cur.width = append(cur.pieces, p), cur.width+p.width
			}
			if at < 0 {
				break
			}
			if text[at] == '\n' {
				flush(0, true)
			} else {
				flush(r.width(" ", f, size), false)
			}
			text = text[at+1:]
		}
	}
	flush(0, false)
	return list
}

// lines breaks runs into lines of a width, the first shorter by indent. A word
// wider than a line is cut where it must be.
func (r *ruler) lines(runs []Run, size, width, indent float64) []line {
	var list []line
	var cur line
	room := width - indent
	end := func(ends bool) {
		cur.ends = ends
		list = append(list, cur)
		cur, room = line{}, width
	}
	put := func(w word) {
		if len(cur.words) == 0 {
			w.gap = 0
		}
		cur.words, cur.width = append(cur.words, w), cur.width+w.gap+w.width
	}
	for _, w := range r.words(runs, size) {
		switch {
		case w.breaks:
			end(true)
		case len(cur.words) > 0 && cur.width+w.gap+w.width > room+0.01:
			end(false)
		}
		for w.width > room+0.01 {
			head, tail := r.cut(w, size, room)
			put(head)
			end(false)
			w = tail
		}
		put(w)
	}
	end(true)
	return list
}

// cut splits a word that is wider than room, after a mark when there is one in
// the second half of what fits.
func (r *ruler) cut(w word, size, room float64) (head, tail word) {
	head = word{gap: w.gap}
	for i, p := range w.pieces {
		if head.width+p.width <= room {
			head.pieces, head.width = append(head.pieces, p), head.width+p.width
			continue
		}
		letters := []rune(p.text)
		fits, sum, mark := 0, head.width, 0
		for fits < len(letters) {
			step := r.width(string(letters[fits]), p.face, size)
			if sum+step > room {
				break
			}
			sum += step
			fits++
			if strings.ContainsRune("-/_.,:;", letters[fits-1]) {
				mark = fits
			}
		}
		if mark > fits/2 {
			fits = mark
		}
		if fits == 0 && len(head.pieces) == 0 {
			fits = 1 // a column narrower than a letter still gets on
		}
		if fits > 0 {
			head.add(r, string(letters[:fits]), p.face, size)
		}
		if fits < len(letters) {
			tail.add(r, string(letters[fits:]), p.face, size)
		}
		for _, rest := range w.pieces[i+1:] {
			tail.pieces, tail.width = append(tail.pieces, rest), tail.width+rest.width
		}
		return head, tail
	}
	return head, tail
}

func (w *word) add(r *ruler, text string, f face, size float64) {
	p := piece{text, f, r.width(text, f, size)}
	w.pieces, w.width = append(w.pieces, p), w.width+p.width
}

// balanced breaks a centred text so that its lines are about equally long, with
// as few lines as there can be: "ỦY BAN NHÂN DÂN / TỈNH HƯNG YÊN", not one word
// alone below the others.
func (r *ruler) balanced(text string, f face, size, width float64) string {
	run := []Run{{Text: text, Bold: f&1 != 0, Italic: f&2 != 0}}
	least := len(r.lines(run, size, width, 0))
	if least < 2 {
		return text
	}
	low, high := width/float64(least)/2, width
	for high-low > 1 {
		mid := (low + high) / 2
		if len(r.lines(run, size, mid, 0)) > least {
			low = mid
		} else {
			high = mid
		}
	}
	var out []string
	for _, l := range r.lines(run, size, high, 0) {
		out = append(out, l.text())
	}
	return strings.Join(out, "\n")
}

// text is a line as it was written.
func (l line) text() string {
	var b strings.Builder
	for i, w := range l.words {
		if i > 0 {
			b.WriteByte(' ')
		}
		for _, p := range w.pieces {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// natural is how wide a text is with no break but its own, and its widest word.
func (r *ruler) natural(text string, f face, size float64) (whole, most float64) {
	for _, l := range r.lines([]Run{{Text: text, Bold: f&1 != 0, Italic: f&2 != 0}}, size, math.Inf(1), 0) {
		whole = max(whole, l.width)
		for _, w := range l.words {
			most = max(most, w.width)
		}
	}
	return whole, most
}
