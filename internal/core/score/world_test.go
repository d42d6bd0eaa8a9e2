package score_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/record/recordtest"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/odcs"
)

var clerk = actor.Actor{Kind: "person", ID: "an", Name: "An"}

// A world is a scorer with everything it stands on and a clock that is set by
// hand. The store has a clock of its own that stands still unless it is moved.
type world struct {
	t         testing.TB
	contracts *contract.Store
	lists     *dictionary.Store
	truth     *record.Truth
	scorer    *score.Scorer
	now       time.Time
}

// start is when every test begins: noon of a Sunday in Viet Nam.
var start = time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)

// each runs a test on both engines.
func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) { f(t, newWorld(t, cfg)) })
}

func newWorld(t testing.TB, cfg store.Config) *world {
	t.Helper()
	w := &world{t: t, now: start}
	cfg.Now = func() time.Time { return w.now }
	s := storetest.Open(t, cfg)
	w.contracts, w.lists, w.truth = contract.NewStore(s.Control()), dictionary.NewStore(s.Control()), record.Open(s, nil)
	dir := t.TempDir()
	m, err := mirror.Open(context.Background(), columns.Options{Path: filepath.Join(dir, "mirror.duckdb"), TempDir: filepath.Join(dir, "tmp"), MemoryLimit: 256 << 20, Threads: 1}, w.truth)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	w.scorer = score.New(score.Deps{
		Control: s.Control(), Contracts: w.contracts, CodeLists: w.lists, Records: w.truth, Mirror: m,
		Now: func() time.Time { return w.now },
	})
	return w
}

// install puts a contract: the head is made, rest begins behind it.
func (w *world) install(id, rest string) *contract.Contract {
	w.t.Helper()
	text := "apiVersion: v3.1.0\nkind: DataContract\nid: " + id + "\nname: " + id + "\nversion: 1.0.0\nstatus: active\n" + strings.TrimLeft(rest, "\n")
	doc, err := odcs.Read([]byte(text))
	if err != nil {
		w.t.Fatal(err)
	}
	c, findings, err := w.contracts.Put(context.Background(), clerk, doc, "")
	if err != nil {
		w.t.Fatal(err, findings)
	}
	return c
}

// A row is a record by store name, in the JSON that Arrow reads.
type row = recordtest.Row

// A change is what one batch does. Lines are (key, broken rules) with "" for a
// key that could not be read.
type change struct {
	insert, update, withdraw, reflag []row
	lines                            [][2]string
	closing                          []int64
	digest, kind                     string
	undoes                           int64
	accepted                         int64 // the report's
}

// apply commits a batch to the first object, or to the one named.
func (w *world) apply(c *contract.Contract, ch change, object ...int) int64 {
	w.t.Helper()
	o := c.Objects[0]
	if len(object) > 0 {
		o = c.Objects[object[0]]
	}
	var full []contract.Field
	for _, f := range o.StoredFields() {
		if f.Name != "_seq" && f.Name != "_row" {
			full = append(full, f)
		}
	}
	if ch.kind == "" {
		ch.kind = "load"
	}
	b := record.Batch{
		ID: rand.Text(), Contract: c, Object: o, By: clerk, Kind: ch.kind, Digest: ch.digest, Undoes: ch.undoes, CloseAs: record.Mended,
		Inserts: w.rows(contract.ArrowSchema(full), ch.insert), Inserted: int64(len(ch.insert)),
		Updates: w.rows(contract.ArrowSchema(full), ch.update), Updated: int64(len(ch.update)),
		Withdraws: w.rows(contract.ArrowSchema(o.KeyFields()), ch.withdraw), Withdrawn: int64(len(ch.withdraw)),
		Reflags: w.rows(contract.ArrowSchema(append(o.KeyFields(), contract.FlagsField)), ch.reflag), Reflagged: int64(len(ch.reflag)),
		Quarantined: int64(len(ch.lines)),
		Report:      func(int64, time.Time) ([]byte, error) { return fmt.Appendf(nil, `{"accepted":%d}`, ch.accepted), nil },
	}
	var lines, closing []row
	for i, l := range ch.lines {
		r := row{"line": i + 2, "raw": "[]", "faults": l[1]}
		if l[0] != "" {
			r["key"] = l[0]
		}
		lines = append(lines, r)
	}
	for _, id := range ch.closing {
		closing = append(closing, row{"id": id})
	}
	b.Quarantine, b.Close = w.rows(record.QuarantineSchema, lines), w.rows(record.IDSchema, closing)
	commit, err := w.truth.Apply(context.Background(), b)
	if err != nil {
		w.t.Fatal(err)
	}
	return commit.Seq
}

func (w *world) rows(schema *arrow.Schema, all []row) record.Stream {
	for _, r := range all {
		if _, there := r["_hash"]; !there && len(schema.FieldIndices("_hash")) > 0 {
			r["_hash"] = []byte("0123456789abcdef")
		}
	}
	return recordtest.Rows(schema, all)
}

// score brings a data set up to date, and holds the recount and the kept score
// against it.
func (w *world) score(c *contract.Contract) score.Score {
	w.t.Helper()
	ctx := context.Background()
	updated, err := w.scorer.Update(ctx, c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	recounted, err := w.scorer.Recount(ctx, c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	current, err := w.scorer.Current(ctx, c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for name, other := range map[string]score.Score{"recount": recounted, "current": current} {
		if got, want := dump(other), dump(updated); got != want {
			w.t.Fatalf("%s and update differ\n%s\n%s", name, got, want)
		}
	}
	return updated
}

func dump(s score.Score) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // plain data
	}
	return string(text)
}

func of(s score.Score, id contract.Criterion) score.Criterion {
	for _, c := range s.Criteria {
		if c.ID == id {
			return c
		}
	}
	return score.Criterion{}
}

func part(s score.Score, rule string) *score.Part {
	for _, c := range s.Criteria {
		for i := range c.Parts {
			if c.Parts[i].Rule == rule {
				return &c.Parts[i]
			}
		}
	}
	return nil
}

// value writes a value for comparing: "chưa đo" or up to six decimals.
func value(v *float64) string {
	if v == nil {
		return "chưa đo"
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.6f", *v), "0"), ".")
}
