package atlas

import "slices"

// Classes is how many classes of figures a map has.
const Classes = 5

// A Class is a run of figures that are drawn alike.
type Class struct {
	Least, Most float64 // figures that are there, not round numbers between them
	Count       int
}

// Quantiles puts figures into at most Classes classes of about as many each.
// Equal figures are never in two classes.
func Quantiles(figures []float64) []Class {
	sorted := slices.Sorted(slices.Values(figures))
	var all []Class
	begin := 0
	for k := 1; k <= Classes; k++ {
		end := max(len(sorted)*k/Classes, begin)
		for end > begin && end < len(sorted) && sorted[end] == sorted[end-1] {
			end++
		}
		if end > begin {
			all = append(all, Class{sorted[begin], sorted[end-1], end - begin})
			begin = end
		}
	}
	return all
}

// ClassOf is the position of the class that a figure is in.
func ClassOf(all []Class, figure float64) int {
	for i, c := range all {
		if figure <= c.Most {
			return i
		}
	}
	return len(all) - 1
}
