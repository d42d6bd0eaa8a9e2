package deadline_test

import (
	"bytes"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/deadline/clockpack"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/packs"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/calendar"
)

var by = actor.Actor{Kind: "person", ID: "an", Name: "Cán bộ An", Org: "hy-syt"}

// A world is a store of deadlines with the clocks and the calendar of the shipped
// pack, and a clock that the test sets.
type world struct {
	*testing.T
	*deadline.Store
	db *store.DB
	c  *clock
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// set turns the clock to a time in Viet Nam.
func (w world) set(text string) time.Time {
	w.Helper()
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	w.c.now = at(w.T, text)
	return w.c.now
}

// at reads "2027-02-03 10:00" as the time of Viet Nam.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04", text, viet.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return moment.UTC()
}

// show is an instant as at reads it.
func show(t time.Time) string { return t.In(viet.Zone).Format("2006-01-02 15:04") }

func day(t testing.TB, text string) viet.Date {
	t.Helper()
	d, _, err := viet.ParseDate([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// each runs a test on every engine.
func each(t *testing.T, f func(w world)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) { f(newWorld(t, cfg)) })
}

func newWorld(t *testing.T, cfg store.Config) world {
	t.Helper()
	c := &clock{now: at(t, "2026-11-23 08:00")} // a Monday
	cfg.Now = c.time
	db := storetest.Open(t, cfg).Control()
	w := world{t, deadline.NewStore(db), db, c}
	install(t, w.Store, db, shipped(t))
	return w
}

// shipped is the part of the shipped pack that is about clocks.
func shipped(t testing.TB) *pack.Pack {
	t.Helper()
	files, ok := packs.Open("viet-nam")
	if !ok {
		t.Fatal("no pack viet-nam")
	}
	p, err := pack.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	var ours []pack.Document
	for _, d := range p.Documents {
		if d.Kind == clockpack.KindName {
			ours = append(ours, d)
		}
	}
	p.Documents = ours
	return p
}

func install(t testing.TB, s *deadline.Store, db *store.DB, p *pack.Pack) []pack.Plan {
	t.Helper()
	plans, err := pack.New(db, clockpack.Kind(s)).Install(t.Context(), actor.System, true, p)
	if err != nil {
		t.Fatal(err)
	}
	return plans
}

// office is the calendar of the shipped data, with more days, and usual hours.
func office(t testing.TB, more ...calendar.Day) *deadline.Office {
	t.Helper()
	files, _ := packs.Open("viet-nam")
	p, err := pack.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.File("data/vn-ngay-nghi-le.csv")
	if err != nil {
		t.Fatal(err)
	}
	days, err := calendar.ReadCSV(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	cal, err := calendar.New(append(days, more...), 2026, 2027)
	if err != nil {
		t.Fatal(err)
	}
	o, err := deadline.NewOffice(cal, hours(t, "07:30", "11:30", "13:00", "17:00", "17:00"))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// compensated are the days that the shipped pack adds for Tết 2027.
func compensated(t testing.TB) []calendar.Day {
	return []calendar.Day{{Date: day(t, "2027-02-10"), Kind: calendar.SwapOff}, {Date: day(t, "2027-02-11"), Kind: calendar.SwapOff}}
}

func hours(t testing.TB, texts ...string) deadline.Hours {
	t.Helper()
	var h deadline.Hours
	for i, into := range []*deadline.TimeOfDay{&h.Opens, &h.NoonFrom, &h.NoonTo, &h.Closes, &h.Cutoff} {
		if err := into.UnmarshalText([]byte(texts[i])); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// spec is a deadline of the health department about an issue.
func spec(clock string) deadline.Spec {
	return deadline.Spec{
		Clock: clock, Subject: deadline.Subject{Kind: "issue", ID: "i1", Path: "/console/issues/i1"},
		TitleVi: "Lỗi dữ liệu cần khắc phục", TitleEn: "A data issue", Org: "hy-syt",
	}
}

func (w world) start(clock string) *deadline.Deadline {
	w.Helper()
	return w.got(w.Start(w.Context(), by, spec(clock)))
}

// got is a deadline without an error.
func (w world) got(d *deadline.Deadline, err error) *deadline.Deadline {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	return d
}

func (w world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w world) due(d *deadline.Deadline, want string) {
	w.Helper()
	if got := show(d.DueAt); got != want {
		w.Errorf("due at %s, want %s", got, want)
	}
}

func want(t *testing.T, err error, key string) {
	t.Helper()
	if !fault.Is(err, key) {
		t.Errorf("got %v, want %s", err, key)
	}
}

// small is a pack of a few clocks.
func small(t testing.TB, text string) *pack.Pack {
	t.Helper()
	p, err := pack.Read(fstest.MapFS{
		"pack.yaml":   {Data: []byte("id: thu\nname: Gói\nversion: 1.0.0\n")},
		"clocks.yaml": {Data: []byte(text)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
