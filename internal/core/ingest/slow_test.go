package ingest

import (
	"bytes"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A reading is a file as records.
type reading struct {
	Header  []string
	Records []rec
	Skipped int64
	Err     string // key of the fault, and its line
	Line    int64
}

type rec struct {
	Line   int64
	Cells  []string
	Broken Defect
}

// slow reads a file a byte at a time, all in memory, by the rules that the
// comments of CSV promise: what CSV does fast is compared with it.
func slow(file string) reading {
	file = strings.TrimPrefix(file, "\uFEFF")
	if strings.TrimSpace(file) == "" {
		return reading{Err: "file.empty"}
	}
	end := byte('\n')
	if !strings.Contains(file, "\n") && strings.Contains(file, "\r") {
		end = '\r'
	}
	line := int64(1)
	for { // blank lines before the heading
		i := strings.IndexByte(file, end)
		if i < 0 || strings.TrimSpace(file[:i]) != "" {
			break
		}
		file, line = file[i+1:], line+1
	}
	comma, most := byte(','), 0
	for _, s := range []byte(",;\t|") {
		first := (&slowReader{s: file, comma: s, end: end, line: line}).record()
		if len(first.Cells)-1 > most {
			comma, most = s, len(first.Cells)-1
		}
	}
	r := &slowReader{s: file, comma: comma, end: end, line: line}
	head := r.record()
	if r.err != "" {
		return reading{Err: r.err, Line: r.at}
	}
	var out reading
	if len(head.Cells) == 1 && blank(head.Cells) {
		return reading{Err: "file.empty"}
	}
	for _, c := range head.Cells {
		out.Header = append(out.Header, strings.TrimSpace(c))
	}
	for n := len(out.Header); n > 0 && out.Header[n-1] == ""; n-- {
		out.Header = out.Header[:n-1]
	}
	width := len(out.Header)
	if width == 0 {
		return reading{Err: "file.no-header"}
	}
	for len(r.s) > 0 {
		rec := r.record()
		if r.err != "" {
			out.Err, out.Line = r.err, r.at
			return out
		}
		switch {
		case blank(rec.Cells):
			out.Skipped++
			continue
		case rec.Broken != Sound:
		case len(rec.Cells) < width:
			rec.Broken = FewCells
		case !blank(rec.Cells[width:]):
			rec.Broken = ManyCells
		}
		out.Records = append(out.Records, rec)
	}
	return out
}

func blank(cells []string) bool { return strings.TrimSpace(strings.Join(cells, "")) == "" }

type slowReader struct {
	s          string
	comma, end byte
	line       int64
	err        string
	at         int64
}

// take removes the first byte.
func (r *slowReader) take() byte {
	b := r.s[0]
	r.s = r.s[1:]
	if b == r.end {
		r.line++
	}
	return b
}

func (r *slowReader) record() rec {
	out := rec{Line: r.line}
	for {
		cell, clean := r.cell()
		out.Cells = append(out.Cells, cell)
		if !clean {
			out.Broken = Quotes
		}
		if r.err != "" || r.s == "" || r.take() == r.end {
			return out
		}
	}
}

// cell stops before its separator or line ending.
func (r *slowReader) cell() (cell string, clean bool) {
	start := r.s
	inside, quoted := "", false
	if strings.HasPrefix(r.s, `"`) {
		quoted = true
		r.at = r.line
		r.take()
		for {
			if r.s == "" {
				r.err = "csv.quote-open"
				return "", true
			}
			if strings.HasPrefix(r.s, `""`) {
				r.take()
			} else if r.s[0] == '"' {
				r.take()
				break
			}
			inside += string([]byte{r.take()})
		}
	}
	tail := ""
	for r.s != "" && r.s[0] != r.comma && r.s[0] != r.end {
		tail += string([]byte{r.take()})
	}
	whole := start[:len(start)-len(r.s)]
	if r.end == '\n' && (r.s == "" || r.s[0] == r.end) && (!quoted || tail != "") {
		whole = strings.TrimSuffix(whole, "\r")
	}
	if quoted && strings.Trim(tail, " \r") == "" {
		return inside, true
	}
	return whole, !quoted
}

// fast reads a file with CSV, cut in chunks of about so many bytes.
func fast(file []byte, limits Limits, chunk int) (out reading) {
	fail := func(err error) reading {
		f := fault.Of(err)
		if f == nil {
			out.Err = err.Error()
			return out
		}
		out.Err = f.Key
		if len(f.Args) > 0 && strings.HasPrefix(f.Key, "csv.") {
			out.Line = f.Args[0].(int64)
		}
		return out
	}
	c, err := openCSV(bytes.NewReader(file), limits, chunk)
	if err != nil {
		return fail(err)
	}
	out.Header = c.Header()
	var b Block
	for {
		k, err := c.Next()
		if err != nil {
			if err.Error() != "EOF" {
				return fail(err)
			}
			return out
		}
		k.Parse(&b)
		out.Skipped += b.Skipped
		for i := range b.Records() {
			r := rec{Line: b.Lines[i], Broken: b.Broken[i]}
			for c := range b.Cells(i) {
				r.Cells = append(r.Cells, string(b.Cell(i, c)))
			}
			out.Records = append(out.Records, r)
		}
	}
}
