package corridor_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/seal"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/odcs"
)

var clerk = actor.Actor{Kind: "person", ID: "can-bo", Name: "Cán bộ đầu mối"}

// A house is everything the corridor stands on, in a folder of its own.
type house struct {
	*corridor.Corridor
	t         testing.TB
	dir       string
	store     *store.Store
	contracts *contract.Store
	lists     *dictionary.Store
	truth     *record.Truth
	mirror    *mirror.Mirror
	now       *clock
	knownFrom int64
	blobs     *blob.Store
	keys      *keys.Ring
	erased    []corridor.Erased // what others were told to forget
	deaf      int               // so many times they fail to
}

// A clock is set by the test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Millisecond)
	return c.at
}

// each runs a test in a house on each engine.
func each(t *testing.T, f func(t *testing.T, h *house)) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		t.Parallel()
		f(t, open(t, cfg, t.TempDir()))
	})
}

func open(t testing.TB, cfg store.Config, dir string) *house {
	t.Helper()
	return openKnowing(t, cfg, dir, 0)
}

// openKnowing is open for a corridor that finds unchanged rows before the
// workshop in sets of at least so many rows; 0 = its default.
func openKnowing(t testing.TB, cfg store.Config, dir string, from int64) *house {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h := &house{knownFrom: from, t: t, dir: dir, store: storetest.Open(t, cfg), now: &clock{at: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}}
	ring, err := keys.Open(filepath.Join(dir, "keys", "master.key"))
	must(err)
	h.keys = ring
	texts, err := seal.NewTexts(ring)
	must(err)
	h.contracts, h.lists, h.truth = contract.NewStore(h.store.Control()), dictionary.NewStore(h.store.Control()), record.Open(h.store, texts)
	blobs, err := blob.Open(filepath.Join(dir, "blob"), seal.NewFiles(ring))
	must(err)
	h.blobs = blobs
	h.mirror, err = mirror.Open(ctx, columns.Options{Path: filepath.Join(dir, "mirror.duckdb"), TempDir: filepath.Join(dir, "tmp"), Threads: 2}, h.truth)
	must(err)
	t.Cleanup(func() {
		if err := h.mirror.Close(); err != nil {
			t.Errorf("closing the mirror: %v", err)
		}
	})
	h.Corridor, err = corridor.Open(ctx, corridor.Deps{
		Store: h.store, Contracts: h.contracts, Dictionary: h.lists, Truth: h.truth, Mirror: h.mirror, Blobs: blobs, KnownFrom: h.knownFrom,
		Recipes: recipe.NewStore(h.store.Control()), Keys: ring,
		Temps: []string{filepath.Join(dir, "exports"), filepath.Join(dir, "tmp")}, Erased: h.forget,
		WorkDir: filepath.Join(dir, "work"), Now: h.now.Now, Log: slog.New(slog.NewTextHandler(testLog{t}, nil)),
	})
	must(err)
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("closing the corridor: %v", err)
		}
	})
	return h
}

func (h *house) forget(_ context.Context, e corridor.Erased) error {
	if h.deaf > 0 {
		h.deaf--
		return errors.New("nobody hears")
	}
	h.erased = append(h.erased, e)
	return nil
}

type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Logf("%s", strings.TrimSpace(string(p)))
	return len(p), nil
}

// put installs a contract.
func (h *house) put(yaml string) *contract.Contract {
	h.t.Helper()
	doc, err := odcs.Read([]byte(yaml))
	if err != nil {
		h.t.Fatal(err)
	}
	c, findings, err := h.contracts.Put(h.t.Context(), clerk, doc, "")
	if err != nil {
		h.t.Fatalf("%v\n%+v", err, findings)
	}
	return c
}

// send sends a file and returns its report; an error fails the test.
func (h *house) send(dataset, csv string, change ...func(*corridor.Request)) corridor.Report {
	h.t.Helper()
	r, err := h.try(dataset, csv, change...)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func (h *house) try(dataset, csv string, change ...func(*corridor.Request)) (corridor.Report, error) {
	h.t.Helper()
	in := corridor.Request{Dataset: dataset, Name: "tep.csv", Body: strings.NewReader(csv)}
	for _, f := range change {
		f(&in)
	}
	r, err := h.Send(h.t.Context(), clerk, in)
	if err == nil {
		h.identities(r)
	}
	return r, err
}

// identities checks what the counts of a report mean.
func (h *house) identities(r corridor.Report) {
	h.t.Helper()
	if r.Read != r.Accepted+r.Quarantined {
		h.t.Errorf("read %d is not accepted %d + quarantined %d", r.Read, r.Accepted, r.Quarantined)
	}
	if r.Accepted != r.Inserted+r.Updated+r.Unchanged {
		h.t.Errorf("accepted %d is not inserted %d + updated %d + unchanged %d", r.Accepted, r.Inserted, r.Updated, r.Unchanged)
	}
}

// counts is a report in one line.
func counts(r corridor.Report) string {
	return fmt.Sprintf("%s read %d skipped %d acc %d (ins %d upd %d same %d) quar %d wd %d late %d miss %d mended %d",
		r.State, r.Read, r.Skipped, r.Accepted, r.Inserted, r.Updated, r.Unchanged, r.Quarantined, r.Withdrawn, r.Late, r.Missing, r.Mended)
}

// want compares a report with the line that counts would give.
func (h *house) want(r corridor.Report, line string) {
	h.t.Helper()
	if got := counts(r); got != line {
		h.t.Errorf("\n got %s\nwant %s\n%+v", got, line, r.Reasons)
	}
}

// rows gives the current rows as "key=values" lines.
func (h *house) rows(dataset string) string {
	h.t.Helper()
	_, obj, err := h.contracts.Object(h.t.Context(), dataset)
	if err != nil {
		h.t.Fatal(err)
	}
	list, err := h.truth.List(h.t.Context(), obj, "", 1000, record.Latest)
	if err != nil {
		h.t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range list {
		fmt.Fprintf(&b, "%s:", r.Key)
		for _, c := range obj.Columns {
			fmt.Fprintf(&b, " %v", r.Values[c.Name])
		}
		if len(r.Flags) > 0 {
			fmt.Fprintf(&b, " %v", r.Flags)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// open quarantine lines as "line key [faults]".
func (h *house) lines(dataset string) string {
	h.t.Helper()
	_, obj, err := h.contracts.Object(h.t.Context(), dataset)
	if err != nil {
		h.t.Fatal(err)
	}
	list, err := h.truth.Quarantine(h.t.Context(), obj, record.Filter{State: "open"}, 0, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range list {
		fmt.Fprintf(&b, "%d %s %q %v\n", l.Line, l.Key, l.Raw, l.Faults)
	}
	return b.String()
}
