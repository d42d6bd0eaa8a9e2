package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/phohien/phohien/viet"
)

// Share is a share of time in thousandths of a percent: 99.931 % is 99931. Whole
// numbers, so that 99.9 promised and 99.9 measured are equal.
type Share int64

// Whole is all of the time.
const Whole Share = 100_000

// String gives the percentage with three decimals, as the contracts have it.
func (s Share) String() string { return fmt.Sprintf("%d.%03d", s/1000, s%1000) }

// ParseShare reads a percentage from 0 to 100 with at most three decimals; false
// when it is none.
func ParseShare(text string) (Share, bool) {
	n, _, err := viet.ParseDecimal([]byte(text), 6, 3, viet.StylePlain)
	return Share(n), err == nil && n >= 0 && Share(n) <= Whole
}

// A Beat is what one system reported of one span of time.
type Beat struct {
	From, To  time.Time // To is not included
	Available Share
	Outages   int // that lasted more than an hour
}

// ReadBeat reads a row of the operating figures; false when it tells no
// availability or no span of time.
func ReadBeat(r Row) (Beat, bool) {
	from, err := time.Parse(time.RFC3339Nano, r["tu"])
	if err != nil {
		return Beat{}, false
	}
	to, err := time.Parse(time.RFC3339Nano, r["den"])
	if err != nil || !to.After(from) {
		return Beat{}, false
	}
	share, ok := ParseShare(r["kha_dung"])
	if !ok {
		return Beat{}, false
	}
	outages, err := strconv.Atoi(cmp.Or(r["gian_doan_tren_1h"], "0"))
	return Beat{from, to, share, outages}, err == nil && outages >= 0
}

// A Measured is the availability over a term, so far as it was reported. Time
// without a report is unknown: neither up nor down.
type Measured struct {
	Term     time.Duration
	Reported time.Duration // of the term
	Outages  int           // longer than an hour, of the reports that count
	up       int64         // milliseconds × Share
}

// Measure adds up beats over the term [from, to). Of a beat that reaches beyond
// the term its share counts for the time within. Where beats overlap, each moment
// counts once, by the beat that began first, of those that begin together by the
// longer one; a beat of which nothing is left does not count.
func Measure(beats []Beat, from, to time.Time) Measured {
	m := Measured{Term: max(0, to.Sub(from).Truncate(time.Millisecond))}
	beats = slices.Clone(beats)
	slices.SortStableFunc(beats, func(a, b Beat) int {
		return cmp.Or(a.From.Compare(b.From), b.To.Compare(a.To))
	})
	done := from
	for _, b := range beats {
		start, end := b.From, b.To
		if start.Before(done) {
			start = done
		}
		if end.After(to) {
			end = to
		}
		span := end.Sub(start).Truncate(time.Millisecond)
		if span <= 0 {
			continue
		}
		m.Reported += span
		m.up += span.Milliseconds() * int64(b.Available)
		m.Outages += b.Outages
		done = end
	}
	return m
}

// Share is the availability of the time that was reported, rounded down so that
// it never looks better than it is; false when nothing was.
func (m Measured) Share() (Share, bool) {
	ms := m.Reported.Milliseconds()
	if ms == 0 {
		return 0, false
	}
	return Share(m.up / ms), true
}

// A Verdict says whether a promise was kept.
type Verdict string

// The verdicts.
const (
	Kept    Verdict = "kept"    // whatever happened in the time without reports
	Broken  Verdict = "broken"  // even if all went well in it
	Unknown Verdict = "unknown" // it depends on the time without reports
)

// Against compares what was measured with the availability promised over the
// whole term. A term of no length is Unknown.
func (m Measured) Against(promise Share) Verdict {
	term := m.Term.Milliseconds()
	need := term * int64(promise)
	silent := (term - m.Reported.Milliseconds()) * int64(Whole)
	switch {
	case term == 0:
		return Unknown
	case m.up >= need:
		return Kept
	case m.up+silent < need:
		return Broken
	}
	return Unknown
}

// RentTerm is the term of a rented service, its last day included, in the time of
// Viet Nam; false when it is not known whole. Where the contract tells a year or
// a month, the term begins with its first day and ends with its last.
func RentTerm(rent Row) (from, to time.Time, ok bool) {
	first, _, err := viet.ParsePartialDate([]byte(rent["tu"]))
	if err != nil {
		return time.Time{}, time.Time{}, false
	}
	last, _, err := viet.ParsePartialDate([]byte(rent["den"]))
	if err != nil {
		return time.Time{}, time.Time{}, false
	}
	start, _ := first.Span()
	_, end := last.Span()
	return midnight(start), midnight(end + 1), start <= end
}

func midnight(d viet.Date) time.Time {
	y, m, day := d.YMD()
	return time.Date(y, time.Month(m), day, 0, 0, 0, 0, viet.Zone)
}
