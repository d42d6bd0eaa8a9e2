package issue_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/record/recordtest"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/deadline/clockpack"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/packs"
	"github.com/phohien/phohien/viet"
)

var by = actor.Actor{Kind: "person", ID: "an", Name: "Cán bộ An", Org: "hy-syt"}

// A world is a book of issues with everything it stands on, the clocks of the
// shipped pack and a clock that the test sets.
type world struct {
	testing.TB
	*issue.Book
	truth     *record.Truth
	contracts *contract.Store
	deadlines *deadline.Store
	notices   *notify.Store
	now       time.Time
	playing   bool
}

// each runs a test on every engine.
func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) { f(t, newWorld(t, cfg)) })
}

func newWorld(t testing.TB, cfg store.Config) *world {
	t.Helper()
	w := &world{TB: t}
	w.set("2026-11-23 08:00") // a Monday
	clock := func() time.Time { return w.now }
	cfg.Now = clock
	s := storetest.Open(t, cfg)
	db := s.Control()
	w.truth, w.contracts, w.deadlines, w.notices = record.Open(s, nil), contract.NewStore(db), deadline.NewStore(db), notify.NewStore(db, notify.Deps{})
	w.Book = issue.New(issue.Deps{
		Control: db, Contracts: w.contracts, Records: w.truth, Deadlines: w.deadlines, Notices: w.notices, Now: clock,
		Scores:  score.New(score.Deps{Control: db, Contracts: w.contracts, CodeLists: dictionary.NewStore(db), Records: w.truth, Now: clock}),
		Playing: func() bool { return w.playing },
		Source: func(_ context.Context, _ *contract.Contract, _ *contract.Object, value string) (issue.Source, error) {
			if value == "B" {
				return issue.Source{Name: "Trạm B", Org: "xa-b"}, nil
			}
			return issue.Source{}, nil
		},
	})
	w.clocks(db)
	return w
}

// clocks installs the part of the shipped pack that is about clocks.
func (w *world) clocks(db *store.DB) {
	files, _ := packs.Open("viet-nam")
	p, err := pack.Read(files)
	w.ok(err)
	var ours []pack.Document
	for _, d := range p.Documents {
		if d.Kind == clockpack.KindName {
			ours = append(ours, d)
		}
	}
	p.Documents = ours
	_, err = pack.New(db, clockpack.Kind(w.deadlines)).Install(context.Background(), actor.System, true, p)
	w.ok(err)
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// set turns the clock to a time in Viet Nam.
func (w *world) set(text string) {
	w.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04", text, viet.Zone)
	w.ok(err)
	w.now = moment.UTC()
}

// show is an instant as set reads it, "" for none.
func show(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(viet.Zone).Format("2006-01-02 15:04")
}

const stations = `apiVersion: v3.1.0
kind: DataContract
id: ID
name: Trạm y tế (mẫu)
version: 1.0.0
status: active
customProperties: [{property: phohien.owner, value: hy-syt}]
schema:
  - name: tram
    customProperties: [{property: phohien.sender, value: noi_gui}]
    properties:
      - {name: ma, businessName: Mã, logicalType: string, primaryKey: true, primaryKeyPosition: 1, logicalTypeOptions: {pattern: "T[0-9]+"}}
      - {name: noi_gui, businessName: Nơi gửi, logicalType: string, required: true}
      - {name: giuong, businessName: Số giường, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 100}}
`

// install puts a contract of stations; each pair of texts is replaced in it.
func (w *world) install(id string, changes ...string) *contract.Contract {
	w.Helper()
	doc, err := odcs.Read([]byte(strings.NewReplacer(append(changes, "ID", id)...).Replace(stations)))
	w.ok(err)
	now := ""
	if c, err := w.contracts.Current(context.Background(), id); err == nil {
		now = c.Digest
	}
	c, findings, err := w.contracts.Put(context.Background(), by, doc, now)
	if err != nil {
		w.Fatal(err, findings)
	}
	return c
}

// A row is a station as accepted, with the rules that it breaks; a line is one that
// waits in quarantine.
type (
	row  struct{ ma, sender, flags string }
	line struct{ ma, sender, faults string }
)

// A change is what one batch does.
type change struct {
	insert, reflag []row
	withdraw       []string
	lines          []line
	closing        []int64
}

// apply commits a batch and gives the ids of its lines.
func (w *world) apply(c *contract.Contract, ch change) (ids []int64) {
	w.Helper()
	o := c.Objects[0]
	var full []contract.Field
	for _, f := range o.StoredFields() {
		if f.Name != "_seq" && f.Name != "_row" {
			full = append(full, f)
		}
	}
	var insert, reflag, withdraw, lines, closing []recordtest.Row
	for _, r := range ch.insert {
		one := recordtest.Row{"ma": r.ma, "noi_gui": r.sender, "giuong": 10, "_hash": []byte("0123456789abcdef")}
		if r.flags != "" {
			one["_flags"] = r.flags
		}
		insert = append(insert, one)
	}
	for _, r := range ch.reflag {
		one := recordtest.Row{"ma": r.ma}
		if r.flags != "" {
			one["_flags"] = r.flags
		}
		reflag = append(reflag, one)
	}
	for _, ma := range ch.withdraw {
		withdraw = append(withdraw, recordtest.Row{"ma": ma})
	}
	for i, l := range ch.lines {
		lines = append(lines, recordtest.Row{"line": i + 2, "key": l.ma, "raw": fmt.Sprintf(`[%q,%q,"500"]`, l.ma, l.sender), "faults": l.faults})
	}
	for _, id := range ch.closing {
		closing = append(closing, recordtest.Row{"id": id})
	}
	commit, err := w.truth.Apply(context.Background(), record.Batch{
		ID: rand.Text(), Contract: c, Object: o, By: by, Kind: "load", CloseAs: record.Mended,
		Inserts: recordtest.Rows(contract.ArrowSchema(full), insert), Inserted: int64(len(insert)),
		Reflags: recordtest.Rows(contract.ArrowSchema(append(o.KeyFields(), contract.FlagsField)), reflag), Reflagged: int64(len(reflag)),
		Withdraws: recordtest.Rows(contract.ArrowSchema(o.KeyFields()), withdraw), Withdrawn: int64(len(withdraw)),
		Quarantine: recordtest.Rows(record.QuarantineSchema, lines), Quarantined: int64(len(lines)),
		Close:  recordtest.Rows(record.IDSchema, closing),
		Report: func(int64, time.Time) ([]byte, error) { return []byte(`{}`), nil },
	})
	w.ok(err)
	for i := range ch.lines {
		ids = append(ids, commit.Seq<<32|int64(i+1))
	}
	return ids
}

// send commits a batch, counts the data set and routes its issues, as the platform
// does after every batch.
func (w *world) send(c *contract.Contract, ch change) []int64 {
	w.Helper()
	ids := w.apply(c, ch)
	w.route(c)
	return ids
}

func (w *world) route(c *contract.Contract) {
	w.Helper()
	sc, err := w.Scores.Update(context.Background(), c.ID)
	w.ok(err)
	w.ok(w.RouteScored(context.Background(), sc))
}

// book gives the issues of a data set by rule and sender.
func (w *world) book(dataset string, states ...issue.State) map[string]*issue.Issue {
	w.Helper()
	list, _, err := w.List(context.Background(), issue.Filter{Datasets: []string{dataset}, States: states})
	w.ok(err)
	all := map[string]*issue.Issue{}
	for _, i := range list {
		all[strings.TrimSpace(i.Rule+" "+i.Source)] = i
	}
	return all
}

// history is what has happened to an issue, the first first.
func (w *world) history(id string) string {
	w.Helper()
	list, err := w.History(context.Background(), id)
	w.ok(err)
	what := make([]string, len(list))
	for n, e := range list {
		what[len(list)-1-n] = e.What
	}
	return strings.Join(what, " ")
}

// clocksOf are the deadlines of an issue: clock, day, and how they ended.
func (w *world) clocksOf(id string) map[string]string {
	w.Helper()
	all := map[string]string{}
	w.ok(w.Control.Read(context.Background(), func(tx *store.Tx) error {
		list, err := w.deadlines.OfIn(context.Background(), tx, issue.SubjectKind, id)
		for _, d := range list {
			state := "running"
			switch {
			case !d.CancelledAt.IsZero():
				state = "called off"
			case !d.DoneAt.IsZero():
				state = "done"
			}
			all[d.Clock] = show(d.DueAt) + " " + state
		}
		return err
	}))
	return all
}

func want(t *testing.T, err error, key string) {
	t.Helper()
	if !fault.Is(err, key) {
		t.Errorf("got %v, want %s", err, key)
	}
}

// many are n stations of a sender, from a number on.
func many(from, n int, sender string) (rows []row) {
	for i := range n {
		rows = append(rows, row{ma: fmt.Sprintf("T%03d", from+i), sender: sender})
	}
	return rows
}
