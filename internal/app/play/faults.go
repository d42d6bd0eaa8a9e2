package play

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// A fault puts something wrong into a row that is sent, or adds a row; of is the
// row's number.
type fault func(t *Table, r *rand.Rand, of int)

// set writes a cell over.
func set(column int, text string) fault {
	return func(t *Table, _ *rand.Rand, of int) { t.Sent[of][column] = text }
}

// again sends the row twice, with another figure the second time.
func again(column int, text string) fault {
	return func(t *Table, _ *rand.Rand, of int) {
		row := slices.Clone(t.Sent[of])
		row[column] = text
		t.Sent, t.Of = append(t.Sent, row), append(t.Of, t.Of[of])
	}
}

// words writes a figure as clerks do now and then: with its unit.
func words(column int, unit string) fault {
	return func(t *Table, _ *rand.Rand, of int) { t.Sent[of][column] += " " + unit }
}

// serial writes a day (2006-01-02) as a spreadsheet keeps it: a number of days.
func serial(column int) fault {
	return func(t *Table, _ *rand.Rand, of int) {
		day, err := time.Parse(time.DateOnly, t.Sent[of][column])
		if err == nil {
			t.Sent[of][column] = strconv.Itoa(int(day.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24))
		}
	}
}

// slashes writes a day as it is written by hand.
func slashes(column int) fault {
	return func(t *Table, _ *rand.Rand, of int) {
		if day, err := time.Parse(time.DateOnly, t.Sent[of][column]); err == nil {
			t.Sent[of][column] = day.Format("02/01/2006")
		}
	}
}

// dirty breaks n rows, each in one way, beginning with the faults whose turn it
// is: all of them come up in the long run.
func (t *Table) dirty(r *rand.Rand, n int, faults []fault) {
	t.clean()
	rows := r.Perm(len(t.True))[:min(n, len(t.True))]
	first := r.IntN(len(faults))
	for i, row := range rows { // the file grows behind: the rows that are true stay where they are
		faults[(first+i)%len(faults)](t, r, row)
	}
}

// all breaks every row in one way.
func (t *Table) all(r *rand.Rand, f fault) {
	t.clean()
	for i := range t.True {
		f(t, r, i)
	}
}

// fileName is what a sender calls a file.
func fileName(what string, u Unit, when string) string {
	return fmt.Sprintf("%s_%s_%s.csv", what, u.Code, when)
}
