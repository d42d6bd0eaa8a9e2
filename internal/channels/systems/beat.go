package systems

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/registers"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Beat is what a system reports of one span of time; the members have the names
// under which the contract knows its columns (docs/registry.md). What is absent is
// not known.
type Beat struct {
	From         time.Time `json:"from" doc:"Beginning of the time that is reported on"`
	To           time.Time `json:"to" doc:"Its end, not included"`
	Measured     string    `json:"measured" enum:"tu-dong,khai-bao" doc:"tu-dong: measured by a program; khai-bao: declared"`
	Availability *float64  `json:"availability,omitempty" minimum:"0" maximum:"100" doc:"Percent of the time in which it served, up to three decimals"`
	Outages      *int64    `json:"outages_over_1h,omitempty" minimum:"0"`
	Users        *int64    `json:"users,omitempty" minimum:"0" doc:"Different accounts; to watch, never a limit"`
	Requests     *int64    `json:"requests,omitempty" minimum:"0"`
	Errors       *int64    `json:"errors,omitempty" minimum:"0"`
	BackupAge    *float64  `json:"backup_age_hours,omitempty" minimum:"0"`
	RestoreTest  string    `json:"restore_test_on,omitempty" format:"date" doc:"When a restore was tried last"`
	Version      string    `json:"version,omitempty" maxLength:"60"`
	Storage      *int64    `json:"storage_bytes,omitempty" minimum:"0"`
	StorageAll   *int64    `json:"storage_total_bytes,omitempty" minimum:"0"`
	Note         string    `json:"note,omitempty" maxLength:"500"`
}

// mostWait is how long a report waits for its row to be durable.
const mostWait = 20 * time.Second

// Report takes what a system reports of itself: one row, in the place of an
// earlier one for the same beginning. The same report again is the same batch.
// repeat "" makes that key out of the report itself.
func (d *Desk) Report(ctx context.Context, id string, b Beat, repeat string) (corridor.Status, error) {
	con, obj, err := d.Door.Find(ctx, policy.Send, d.Contracts, d.set(ctx, contract.RegisterOperation))
	if err != nil {
		return corridor.Status{}, err
	}
	if obj == nil {
		return corridor.Status{}, fault.New(fault.NotFound, "dataset.unknown", d.set(ctx, contract.RegisterOperation))
	}
	rows, err := d.Door.MaySend(ctx, con, obj, contract.Merge)
	if err != nil {
		return corridor.Status{}, err
	}
	owner, err := d.ownerOf(ctx, id)
	if err != nil {
		return corridor.Status{}, err
	}
	body, err := line(obj, id, owner, b)
	if err != nil {
		return corridor.Status{}, err
	}
	if repeat == "" {
		sum := sha256.Sum256(body)
		repeat = "heartbeat-" + hex.EncodeToString(sum[:])
	}
	st, err := d.Corridor.Receive(ctx, door.Actor(ctx), corridor.Request{
		Dataset: obj.Dataset, Name: id + ".json", Body: bytes.NewReader(body), Mode: contract.Merge, Confirm: true, Rows: rows, IdempotencyKey: repeat,
	})
	if err != nil {
		return st, err
	}
	limited, stop := context.WithTimeout(ctx, mostWait)
	defer stop()
	last, err := d.Corridor.Wait(limited, st.ID, func(s corridor.Status) bool { return s.State.Acknowledged() || s.State.Final() })
	switch {
	case limited.Err() != nil && ctx.Err() == nil:
		return st, nil // it goes its way
	case err != nil:
		return st, err
	case last.Report != nil && last.Report.Quarantined > 0:
		return last, wrongBeat(last.Report.Reasons)
	}
	return last, last.Fault.Err()
}

func wrongBeat(reasons []corridor.Reason) error {
	var vi, en []string
	for _, r := range reasons {
		if r.Severity == string(contract.Reject) {
			vi, en = append(vi, r.MessageVi), append(en, r.MessageEn)
		}
	}
	return fault.New(fault.Invalid, "register.beat", roleList{vi, en})
}

// line is a report as a file of one line; members find their columns by the
// headings that the contract knows.
func line(obj *contract.Object, id, owner string, b Beat) ([]byte, error) {
	text, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	given := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &given); err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"system": id, "agency": owner} {
		if value != "" {
			if given[name], err = json.Marshal(value); err != nil {
				return nil, err
			}
		}
	}
	out := map[string]json.RawMessage{}
	for i := range obj.Columns {
		c := &obj.Columns[i]
		out[c.Name] = json.RawMessage("null")
		for name, value := range given {
			if slices.Contains(c.Aliases, name) || c.Name == name {
				out[c.Name] = value
				delete(given, name)
			}
		}
	}
	if len(given) > 0 {
		var unknown []string
		for name := range given {
			unknown = append(unknown, name)
		}
		slices.Sort(unknown)
		return nil, fmt.Errorf("%s has no column for %s", obj.Dataset, strings.Join(unknown, ", "))
	}
	return json.Marshal([]any{out})
}

// ownerOf is the agency of a system, whoever asks: programs report on systems and
// need not read the register.
func (d *Desk) ownerOf(ctx context.Context, id string) (string, error) {
	_, obj, err := door.Lookup(ctx, d.Contracts, d.Register(ctx))
	if err != nil {
		return "", err
	}
	view, err := d.whole(obj)
	if err != nil {
		return "", err
	}
	r, err := d.Records.Through(view).Get(ctx, record.KeyText(obj, []any{id}), record.Latest)
	if fault.Is(err, "record.unknown") {
		return "", fault.New(fault.NotFound, "register.unknown", id)
	}
	return registers.RowOf(obj, r)[colOwner], err
}

// longestBeat is how long before a term a report may have begun that reaches into
// it.
const longestBeat = 31 * 24 * time.Hour

// Beats are what a system reported that reaches into the time from a moment on, as
// far as the caller reads that.
func (d *Desk) Beats(ctx context.Context, id string, from time.Time) (all []registry.Beat, last registry.Row, err error) {
	t, ok, err := d.reader().Peek(ctx, d.set(ctx, contract.RegisterOperation))
	if err != nil || !ok {
		return nil, nil, err
	}
	after := record.KeyText(t.Obj, []any{id, from.Add(-longestBeat)})
	err = d.reader().Each(ctx, t, after, func(r record.Row) bool {
		var row registry.Row = registers.RowOf(t.Obj, r)
		if row["he_thong"] != id {
			return false
		}
		last = row
		if b, ok := registry.ReadBeat(row); ok && b.To.After(from) {
			all = append(all, b)
		}
		return true
	})
	return all, last, err
}

// A Rent is a rented service with what was promised against what was measured so
// far.
type Rent struct {
	registry.Row
	From, To time.Time // its term; zero when it is not known whole
	Promised registry.Share
	Promises bool
	registry.Measured
	Verdict registry.Verdict // "" when nothing is promised or the term has not begun
}

// Availability is what a system reported of the last days.
type Availability struct {
	registry.Measured
	Last registry.Row // the newest report, nil for none
}

// measuredDays is how many days the availability of a system is told of.
const measuredDays = 30

// Measure compares a system's rents with what it reported, and tells its
// availability over the last thirty days.
func (d *Desk) Measure(ctx context.Context, s System) (rents []Rent, now Availability, err error) {
	end := d.now()
	begin := end.AddDate(0, 0, -measuredDays)
	least := begin
	for _, row := range s.Rents {
		r := Rent{Row: row}
		if from, to, ok := registry.RentTerm(row); ok {
			r.From, r.To = from, to
			if from.Before(least) {
				least = from
			}
		}
		r.Promised, r.Promises = registry.ParseShare(row["kha_dung_cam_ket"])
		rents = append(rents, r)
	}
	beats, last, err := d.Beats(ctx, s.ID(), least)
	if err != nil {
		return nil, now, err
	}
	for i := range rents {
		r := &rents[i]
		if r.From.IsZero() || !r.From.Before(end) {
			continue
		}
		until := r.To
		if until.After(end) {
			until = end
		}
		if r.Measured = registry.Measure(beats, r.From, until); r.Promises {
			r.Verdict = r.Against(r.Promised)
		}
	}
	return rents, Availability{registry.Measure(beats, begin, end), last}, nil
}
