package score

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/viet"
)

// counts is all that the formulas need to know of a data set. It is kept as
// JSON.
type counts struct {
	Dataset string         `json:"dataset"`
	Basis   string         `json:"-"`
	Seq     int64          `json:"seq"`
	At      time.Time      `json:"at"`
	Objects []objectCounts `json:"objects"` // in the contract's order

	Contract string    `json:"contract"` // digest of the contract that it was counted by
	Changed  time.Time `json:"changed"`  // when the last batch was committed
}

// objectCounts is what was counted of one object.
type objectCounts struct {
	Seq          int64            `json:"seq"`          // state of the data set
	Rows         int64            `json:"rows"`         // current rows
	Shown        int64            `json:"shown"`        // those of which no open line speaks
	Open         int64            `json:"open"`         // records in quarantine
	Unread       int64            `json:"unread"`       // of these: lines that could not be split into cells
	Standardised int64            `json:"standardised"` // shown rows with a value that was respelled
	Broken       map[string]int64 `json:"broken"`       // by rule: records that break it
	Withheld     map[string]int64 `json:"withheld"`     // by required rule: rows whose value is withheld
	Newest       time.Time        `json:"newest"`       // to when the object's own time column reaches; zero = not known
	Confirmed    time.Time        `json:"confirmed"`    // last load that confirmed rows; zero = none

	Missing  map[string]string `json:"missing"`  // by rule that cannot be judged: the data set or code list that is not there
	Expected expected          `json:"expected"` // how many records there should be
	Sets     map[string]figure `json:"sets"`     // by rule over the whole set
}

// expected is how many records an object should have.
type expected struct {
	Known   bool   `json:"known"`
	Records int64  `json:"records"`
	From    string `json:"from,omitempty"`    // data set that it was taken from
	Missing string `json:"missing,omitempty"` // data set that has no records yet
}

// A figure is what a rule over the whole set found.
type figure struct {
	Value  float64           `json:"value"`
	Broken bool              `json:"broken"`
	Why    contract.Sentence `json:"why"` // why there is no figure
	Soon   bool              `json:"-"`   // there will be one when it is asked for again
}

// unfinished tells that a figure is missing only for the moment.
func (k *counts) unfinished() bool {
	for i := range k.Objects {
		for _, f := range k.Objects[i].Sets {
			if f.Soon {
				return true
			}
		}
	}
	return false
}

// population is how many records there are, those in quarantine among them,
// each once.
func (n *objectCounts) population() int64 { return n.Shown + n.Open }

// tally counts an object by the sums that the store makes.
func (s *Scorer) tally(ctx context.Context, c *contract.Contract, o *contract.Object) (objectCounts, error) {
	column, upto := s.clock(c, o)
	t, err := s.Records.Tally(ctx, o, column, upto)
	if err != nil {
		return objectCounts{}, err
	}
	f := newFold(o)
	f.n.Seq, f.n.Rows, f.n.Confirmed = t.Seq, t.Rows, t.Confirmed
	for _, j := range t.Shown {
		if err := f.row(j.Flags, j.Nil, j.N); err != nil {
			return objectCounts{}, err
		}
	}
	for _, j := range t.Open {
		f.open(j.Flags, j.N)
	}
	if t.Newest != nil {
		f.n.Newest = reach(&o.Columns[column], t.Newest)
	}
	return f.n, nil
}

// A fold adds up judgements. Ids of rules that the contract no longer has are
// left aside.
type fold struct {
	n        objectCounts
	required map[string]string // rule → store name of its column
	key      string            // id of the rule on the key
}

func newFold(o *contract.Object) *fold {
	f := &fold{required: map[string]string{}, n: objectCounts{Broken: map[string]int64{}, Withheld: map[string]int64{}}}
	for i := range o.Rules {
		r := &o.Rules[i]
		f.n.Broken[r.ID] = 0
		switch r.Kind {
		case contract.RuleRequired:
			f.required[r.ID] = o.Columns[r.Columns[0]].Store
		case contract.RuleKey:
			f.key = r.ID
		}
	}
	return f
}

func (f *fold) row(flags, absent string, n int64) error {
	f.n.Shown += n
	withheld, err := f.withheld(absent)
	if err != nil {
		return err
	}
	for _, rule := range withheld {
		f.n.Withheld[rule] += n
	}
	var broken []string
	standardised := false
	for token := range strings.FieldsSeq(flags) {
		switch kind, id, _ := strings.Cut(token, ":"); kind {
		case "f":
			standardised = true
		case "w", "r":
			broken = append(broken, id)
		}
	}
	if standardised {
		f.n.Standardised += n
	}
	f.broken(broken, withheld, n)
	return nil
}

// withheld names the required rules whose value is withheld: that is not
// missing.
func (f *fold) withheld(absent string) ([]string, error) {
	if absent == "" {
		return nil, nil
	}
	var why map[string]string
	if err := json.Unmarshal([]byte(absent), &why); err != nil {
		return nil, fmt.Errorf("reasons for absent values: %w", err)
	}
	var rules []string
	for rule, column := range f.required {
		if why[column] == "withheld" {
			rules = append(rules, rule)
		}
	}
	return rules, nil
}

// broken counts each rule once a record, however often it is named.
func (f *fold) broken(ids, withheld []string, n int64) {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if _, known := f.n.Broken[id]; known && !slices.Contains(withheld, id) {
			f.n.Broken[id] += n
		}
	}
}

// open counts a record in quarantine. One that could not be split into cells
// holds to no rule at all.
func (f *fold) open(faults string, n int64) {
	f.n.Open += n
	var ids []string
	for id := range strings.FieldsSeq(faults) {
		switch {
		case strings.HasPrefix(id, "_row."):
			f.n.Unread += n
			return
		case id == "_owner" || id == "_exists":
			ids = append(ids, f.key) // the key is somebody else's, or taken
		default:
			ids = append(ids, id)
		}
	}
	f.broken(ids, nil, n)
}

// clock names the column that tells an object's own time, -1 without, and the
// greatest value that is not in the future.
func (s *Scorer) clock(c *contract.Contract, o *contract.Object) (column int, upto any) {
	f := c.Frequency
	if f.Every == 0 || f.Object < 0 || f.Column < 0 || c.Objects[f.Object] != o {
		return -1, nil
	}
	now := s.Now()
	switch o.Columns[f.Column].Type {
	case contract.Integer:
		return f.Column, int64(now.In(record.VietnamTime).Year())
	case contract.Timestamp:
		return f.Column, now
	}
	return f.Column, now.In(record.VietnamTime).Format(time.DateOnly)
}

// reach is the moment up to which a value of a time column speaks: the end of
// its day, month or year in Viet Nam. It is zero for what is no time.
func reach(c *contract.Column, v any) time.Time {
	year := func(n int) time.Time { return time.Date(n+1, 1, 1, 0, 0, 0, 0, record.VietnamTime).UTC() }
	switch v := v.(type) {
	case time.Time:
		return v
	case int64:
		if v >= 1900 {
			return year(int(v))
		}
	case string:
		p, _, err := viet.ParsePartialDate([]byte(v))
		if err != nil {
			return time.Time{}
		}
		t, err := time.ParseInLocation("2006-01-02"[:len(p.String())], p.String(), record.VietnamTime)
		if err != nil {
			return time.Time{}
		}
		switch len(p.String()) {
		case len("2006"):
			return year(t.Year())
		case len("2006-01"):
			return t.AddDate(0, 1, 0).UTC()
		}
		return t.AddDate(0, 0, 1).UTC()
	}
	return time.Time{}
}
