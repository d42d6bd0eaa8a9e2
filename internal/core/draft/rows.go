package draft

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/viet"
)

// Representative chooses up to n rows of a sample to be shown as they would be
// judged: first those that would probably not pass, each for a reason of its
// own, then ordinary ones. At most half of the rows are of the first sort as
// long as there are ordinary ones to show.
func Representative(t *Table, n int) []Row {
	fits := make([]marks, len(t.Columns))
	for i, e := range t.Columns {
		fits[i] = choose(e, means(e.Heading)).fit
	}
	var odd, plain []Row
	reasons := map[int]int{}
	for _, r := range t.kept {
		why, ok := r.reason(t, fits)
		switch {
		case !ok:
			plain = append(plain, r)
		case reasons[why] < 2:
			reasons[why]++
			odd = append(odd, r)
		}
	}
	if limit := max(n-len(plain), (n+1)/2); len(odd) > limit {
		odd = odd[:limit]
	}
	plain = spread(plain, n-len(odd))
	return append(odd, plain...)
}

// spread takes n rows from the whole length of a list.
func spread(rows []Row, n int) []Row {
	if n <= 0 {
		return nil
	}
	if len(rows) <= n {
		return rows
	}
	out := make([]Row, 0, n)
	for i := range n {
		out = append(out, rows[i*len(rows)/n])
	}
	return slices.Clip(out)
}

// reason names the first column for which a row would not pass, as a number of
// its own for each way to fail.
func (r *Row) reason(t *Table, fits []marks) (int, bool) {
	if r.broke {
		return -1, true
	}
	for c, e := range t.Columns {
		cell := ""
		if c < len(r.Cells) {
			b, _ := viet.Clean([]byte(r.Cells[c]))
			cell = string(b)
		}
		switch {
		case cell == "":
			if e.Rows >= 20 && e.Filled*100 >= e.Rows*95 && e.Filled < e.Rows {
				return 4 * c, true
			}
		case c < len(r.again) && r.again[c]:
			return 4*c + 1, true
		default:
			m := look([]byte(cell)).marks
			if m&(faulty|badText) != 0 || fits[c] != 0 && m&fits[c] == 0 && !strings.HasSuffix(cell, "…") {
				return 4*c + 2, true
			}
		}
	}
	return 0, false
}
