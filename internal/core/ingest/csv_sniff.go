package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf8"

	"github.com/phohien/phohien/viet/charset"
)

// A Dialect says how a text file writes its cells.
type Dialect struct {
	Charset   charset.Charset
	Sure      bool // the charset was recognised, not merely the likeliest
	Separator byte
	Quote     byte // '"' or '\''
	End       byte // of a line: '\n', or '\r' in files of old Macintosh programs
	MixedEnds bool // some lines end with CR alone, others with LF
	Told      bool // the first line is "sep=;" and tells the separator
}

// How much of a file is looked at to find its dialect: its head, some places
// further on, and its tail, so that a file of any size is opened at once.
const (
	headBytes  = 256 << 10
	placeBytes = 32 << 10
	places     = 8
)

// A sample is what was looked at.
type sample struct {
	head, tail []byte
	middle     [][]byte // each of whole lines
	whole      bool     // head is all there is
}

func sampleOf(f File) (sample, error) {
	var s sample
	var err error
	if s.head, err = readAt(f, 0, headBytes); err != nil {
		return s, err
	}
	s.whole = int64(len(s.head)) == f.Size
	if s.whole {
		return s, nil
	}
	for i := range int64(places) {
		at := int64(len(s.head)) + (f.Size-int64(len(s.head)))/places*i
		place, err := readAt(f, at, placeBytes)
		if err != nil {
			return s, err
		}
		s.middle = append(s.middle, wholeLines(place))
	}
	if s.tail, err = readAt(f, max(int64(len(s.head)), f.Size-placeBytes), placeBytes); err != nil {
		return s, err
	}
	if int64(len(s.head)+len(s.tail)) < f.Size { // the tail begins somewhere within a line
		s.tail = s.tail[min(bytes.IndexAny(s.tail, "\r\n")+1, len(s.tail)):]
	}
	return s, nil
}

func readAt(f File, at int64, n int) ([]byte, error) {
	b := make([]byte, min(int64(n), f.Size-at))
	k, err := f.ReadAt(b, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	return b[:k], nil
}

// wholeLines drops the parts of lines at both ends.
func wholeLines(b []byte) []byte {
	from, to := bytes.IndexAny(b, "\r\n"), bytes.LastIndexAny(b, "\r\n")
	if from < 0 || to <= from {
		return nil
	}
	return b[from+1 : to+1]
}

// CSVHints are what a person has said of a text file; what is zero is found out.
type CSVHints struct {
	Charset   charset.Charset
	Separator byte
}

func (s sample) dialect(h CSVHints) (Dialect, error) {
	d := Dialect{Separator: ',', Quote: '"', End: '\n', Charset: h.Charset, Sure: true}
	if h.Charset == "" {
		d.Charset, d.Sure = s.charset()
	}
	text, err := decoded(s.head, d.Charset)
	if err != nil {
		return d, err
	}
	text = bytes.TrimPrefix(text, utf8BOM)
	if bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') >= 0 {
		d.End = '\r'
	}
	if sep, n := toldSeparator(text); n > 0 {
		d.Separator, d.Told = sep, true
		text = text[n:]
	}
	if n := bytes.LastIndexByte(text, d.End); n >= 0 && !s.whole {
		text = text[:n+1]
	}
	if h.Separator != 0 {
		d.Separator = h.Separator
	}
	d.shape(text, d.Told || h.Separator != 0)
	return d, nil
}

// charset is the encoding of the file: that of its byte order mark, else UTF-8
// when most lines that could tell are, else what the other lines look like.
func (s sample) charset() (charset.Charset, bool) {
	h := s.head
	switch {
	case bytes.HasPrefix(h, utf8BOM):
		return charset.UTF8, true
	case bytes.HasPrefix(h, []byte{0xFF, 0xFE}):
		return charset.UTF16LE, true
	case bytes.HasPrefix(h, []byte{0xFE, 0xFF}):
		return charset.UTF16BE, true
	}
	if cs, sure := charset.Detect(h); sure && (cs == charset.UTF16LE || cs == charset.UTF16BE) {
		return cs, true
	}
	var good int
	var bad []byte
	for _, part := range s.parts() {
		for line := range bytes.Lines(part) {
			switch {
			case ASCII(line):
			case utf8.Valid(line):
				good++
			default:
				bad = append(bad, line...)
			}
		}
	}
	if len(bad) == 0 || good >= bytes.Count(bad, []byte{'\n'}) && good > 0 {
		return charset.UTF8, true
	}
	cs, sure := charset.Detect(bad)
	if !cs.Valid() {
		return charset.UTF8, false
	}
	return cs, sure
}

// parts are the pieces of the sample without runes cut in half.
func (s sample) parts() [][]byte {
	head := s.head
	if !s.whole {
		head = head[:max(bytes.LastIndexAny(head, "\r\n")+1, 0)]
		if len(head) == 0 { // one line longer than the sample
			head = s.head[:len(s.head)-CutRune(s.head)]
		}
	}
	return append(append([][]byte{head}, s.middle...), s.tail)
}

// CutRune is how many bytes of a rune stand at the end of b, cut off.
func CutRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// ASCII reports whether nothing but ASCII stands in b.
func ASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// toldSeparator reads the line with which Excel tells the separator, "sep=;".
func toldSeparator(text []byte) (sep byte, n int) {
	n = bytes.IndexAny(text, "\r\n") + 1
	if n == 0 {
		return 0, 0
	}
	line := bytes.Trim(text[:n-1], `"`)
	if len(line) != 5 || !bytes.EqualFold(line[:4], []byte("sep=")) || line[4] >= utf8.RuneSelf {
		return 0, 0
	}
	if text[n-1] == '\r' && n < len(text) && text[n] == '\n' {
		n++
	}
	return line[4], n
}

// Separators that everybody uses, the likelier first where two fit as well; and
// those that need clear evidence, since text and times are full of them.
const (
	common = "\t;|,"
	rare   = "^~:"
)

// shape finds separator, quote and mixed line ends by trying which cut the
// lines into rows of one width. known tells that the separator is.
func (d *Dialect) shape(text []byte, known bool) {
	candidates := common + rare
	if known {
		candidates = string([]byte{d.Separator})
	}
	best := d.fit(text, candidates)
	if d.End == '\n' && hasLoneCR(text) {
		mixed := *d
		mixed.MixedEnds = true
		if got := mixed.fit(evenEnds(text), candidates); got.share > best.share+0.01 || got.score == 0 && best.score == 0 && bytes.IndexByte(text, '"') < 0 {
			best, text, d.MixedEnds = got, evenEnds(text), true
		}
	}
	switch {
	case known:
		if best.score > 0 {
			d.Quote = best.quote
		}
	case best.score >= 0.3:
		d.Separator, d.Quote = best.comma, best.quote
	default: // one column: a separator that cuts nothing
		for _, sep := range []byte(",;\t|") {
			if bytes.IndexByte(text, sep) < 0 {
				d.Separator = sep
				break
			}
		}
	}
}

// A fit says how well a form fits: share is how many of the rows have the width
// that most of them have, score weighs it by that width. One column scores
// nothing.
type fit struct {
	form
	score, share float64
}

// fit tries all forms.
func (d *Dialect) fit(text []byte, candidates string) fit {
	var best fit
	for _, quote := range []byte{'"', '\''} {
		for _, sep := range []byte(candidates) {
			if quote == '\'' && !singleQuoted(text, sep) {
				continue
			}
			got := score(text, form{sep, quote, d.End}, len(candidates) > 1 && bytes.IndexByte([]byte(rare), sep) >= 0)
			// A hundredth more, so that what comes first wins among equals.
			if got.score > best.score*1.01+1e-9 {
				best = got
			}
		}
	}
	return best
}

// score tries one form. What text is full of anyway needs proof.
func score(text []byte, f form, needsProof bool) fit {
	var b Block
	b.parse(text[:min(len(text), 64<<10)], 1, f, unjudged)
	n := b.Records()
	if n > 1 && len(text) > 64<<10 {
		n-- // cut off
	}
	widths := map[int]int{}
	for i := range n {
		if b.Broken[i] == Sound {
			widths[b.Cells(i)]++
		}
	}
	width, count := 1, 0
	for w, k := range widths {
		if w > 1 && (k > count || k == count && w > width) {
			width, count = w, k
		}
	}
	if width == 1 {
		return fit{}
	}
	share := float64(count) / float64(n)
	headed := b.Cells(0) == width
	switch {
	case needsProof && (n < 3 || share < 0.95 || width < 3 || !headed || f.comma == ':' && allNumbers(&b, n)):
		return fit{}
	case needsProof:
		share *= 0.5
	case f.comma == ',' && !headed && width == 2 && allNumbers(&b, n): // decimals of one column
		return fit{}
	case f.comma == ',' && !headed && bytes.Count(text, []byte(", ")) > bytes.Count(text, []byte(","))*9/10: // prose
		return fit{}
	}
	out := fit{form: f, share: share, score: share * math.Log2(float64(width))}
	if !headed { // titles above, or a mark that only stands in the data
		out.score *= 0.6
	}
	return out
}

// allNumbers tells whether all rows behind the first hold digits alone.
func allNumbers(b *Block, n int) bool {
	for i := 1; i < n; i++ {
		for c := range b.Cells(i) {
			for _, x := range bytes.TrimSpace(b.Cell(i, c)) {
				if x < '0' || x > '9' {
					return false
				}
			}
		}
	}
	return n > 1
}

// singleQuoted tells whether cells stand in single quotes: those that begin
// with one end with one, there are several, and none stands in double quotes.
// The apostrophe that Excel puts before a text that looks like a number ends
// nothing.
func singleQuoted(text []byte, sep byte) bool {
	opened, closed := 0, 0
	border := func(i int) bool {
		return i < 0 || i >= len(text) || text[i] == sep || text[i] == '\n' || text[i] == '\r'
	}
	for i, c := range text {
		switch {
		case c == '"' && border(i-1):
			return false
		case c == '\'' && border(i-1) && !border(i+1):
			opened++
		case c == '\'' && border(i+1) && !border(i-1):
			closed++
		}
	}
	return opened >= 3 && opened == closed
}

func hasLoneCR(text []byte) bool {
	for i := range text {
		if text[i] == '\r' && i+1 < len(text) && text[i+1] != '\n' {
			return true
		}
	}
	return false
}
