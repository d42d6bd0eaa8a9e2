// Package play writes the script of the demo's days: which file comes in, when,
// from whom and with what wrong in it. A script is made by a seed and the clock
// alone, so that a play that was stopped goes on with the same files. All that
// it writes is generated and says so. It plays nothing itself.
package play

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/phohien/phohien/viet"
)

// Do is what a step does.
type Do string

// The acts.
const (
	Install Do = "install" // the packs, those of an earlier version where Version says so
	Sources Do = "sources" // the files that come with the packs
	Send    Do = "send"    // a file
	Undo    Do = "undo"    // the batch of the step Of
	Confirm Do = "confirm" // the held batch of the step Of
	Cancel  Do = "cancel"  // the same
	Mend    Do = "mend"    // the open lines of the step Of come back, put right
	Night   Do = "night"   // scores follow the clock
)

// A Step is one act at one moment.
type Step struct {
	Key       string // of its own; the batch's idempotency key
	At        time.Time
	Do        Do
	Version   string // Install: number of the earlier version, "" = what is shipped
	Generated bool   // Sources: those of the pack of generated data, or of the others
	Dataset   string
	Unit      Unit
	Name      string // of the file
	Of        string // key of the step that is acted upon
	Table     *Table
}

// A Unit sends.
type Unit struct{ Code, Name, Org string }

// A Table is a file: what is true, and what is sent.
type Table struct {
	Head []string
	True [][]string
	Sent [][]string
	Of   []int // by line of Sent: its row in True
}

// CSV is the file as it is sent.
func (t *Table) CSV() []byte { return file(append([][]string{t.Head}, t.Sent...)) }

// FirstLine is the line in the file on which the first row stands.
const FirstLine = 2

// Mended is the true row of a line of the file and its number, nil when there is
// none.
func (t *Table) Mended(line int64) (row []string, of int) {
	i := int(line) - FirstLine
	if i < 0 || i >= len(t.Of) {
		return nil, -1
	}
	return t.True[t.Of[i]], t.Of[i]
}

// File writes rows as a file.
func file(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows) // into memory
	return b.Bytes()
}

// Rows is a file of rows under a heading.
func Rows(head []string, rows [][]string) []byte { return file(append([][]string{head}, rows...)) }

// A script is being written.
type script struct {
	from, until time.Time // the first midnight; the moment that is now
	days        int
	steps       []Step
}

// Script is what happens in the days before until, in the order of time. The
// first day begins at midnight in Viet Nam.
func Script(until time.Time, days int) []Step {
	local := until.In(viet.Zone)
	from := time.Date(local.Year(), local.Month(), local.Day()-days, 0, 0, 0, 0, viet.Zone)
	s := &script{from: from, until: until, days: days}
	s.add(Step{Key: "install-1", At: s.at(0, 6, 0), Do: Install, Version: "1"})
	s.add(Step{Key: "sources-1", At: s.at(0, 6, 30), Do: Sources})
	s.add(Step{Key: "sources-2", At: s.at(max(0, days-25), 10, 30), Do: Sources, Generated: true})
	s.oneStop()
	s.levels()
	s.prices()
	s.funds()
	for d := 1; d <= days; d++ {
		s.add(Step{Key: fmt.Sprintf("night-%03d", d), At: s.at(d, 1, 30), Do: Night})
	}
	// What shows the last version of a contract shows it in a short play too.
	s.add(Step{Key: "install-2", At: s.at(days/3, 7, 0), Do: Install, Version: "2"})
	s.add(Step{Key: "install-3", At: s.at(days*2/3, 7, 1), Do: Install})
	slices.SortStableFunc(s.steps, func(a, b Step) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key, b.Key)) })
	return s.steps
}

// at is a time of day n.
func (s *script) at(n, hour, minute int) time.Time {
	return time.Date(s.from.Year(), s.from.Month(), s.from.Day()+n, hour, minute, 0, 0, viet.Zone)
}

// add takes a step that lies in the days; Install of the last version is never
// left out.
func (s *script) add(step Step) bool {
	if !step.At.Before(s.until) || step.At.Before(s.from) {
		return false
	}
	if step.Table != nil && step.Table.Sent == nil {
		step.Table.clean()
	}
	s.steps = append(s.steps, step)
	return true
}

// clean sends what is true.
func (t *Table) clean() {
	for i, row := range t.True {
		t.Sent, t.Of = append(t.Sent, slices.Clone(row)), append(t.Of, i)
	}
}

// chance is a source of chance of its own for every purpose, so that none moves
// another.
func chance(parts ...any) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintln(h, parts...)
	return rand.New(rand.NewPCG(h.Sum64(), 20261122))
}

// workday moves a moment that falls on a weekend to Monday.
func workday(t time.Time) time.Time {
	switch t.Weekday() {
	case time.Saturday:
		return t.AddDate(0, 0, 2)
	case time.Sunday:
		return t.AddDate(0, 0, 1)
	}
	return t
}

const generated = "giả lập"
