package catalog

// slips is how many letters of a word may be wrong.
func slips(ascii string) int {
	switch n := len(ascii); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}

// longestMended is in bytes; longer words are codes or run-on text.
const longestMended = 24

// distance counts the letters to change, add, drop or swap with their neighbour
// to make one word the other (optimal string alignment); it gives up beyond most
// and then gives most+1.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most || len(a) > longestMended || len(b) > longestMended {
		return most + 1
	}
	var rows [3][longestMended + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := 0; j <= len(b); j++ {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			step := last[j-1]
			if a[i-1] != b[j-1] {
				step++
			}
			d := min(step, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], most+1)
}
