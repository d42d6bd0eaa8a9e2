package mirror_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/record/recordtest"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/seal"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A world is a truth and its mirror, with one data set "benh-vien" keyed by
// ma and one "nhat-ky" without key.
type world struct {
	t      testing.TB
	truth  *record.Truth
	mirror *mirror.Mirror
	o      columns.Options
	set    *contract.Contract
	log    *contract.Contract
}

func newWorld(t testing.TB, s *store.Store) *world {
	t.Helper()
	dir := t.TempDir()
	texts, err := seal.NewTexts(secrets{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, truth: record.Open(s, texts), set: hospitals("benh-vien"), log: diary(),
		o: columns.Options{Path: filepath.Join(dir, "mirror.duckdb"), TempDir: filepath.Join(dir, "tmp"), MemoryLimit: 512 << 20, Threads: 2},
	}
	w.open()
	t.Cleanup(func() {
		if err := w.mirror.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) open() {
	w.t.Helper()
	m, err := mirror.Open(context.Background(), w.o, w.truth)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mirror = m
}

func (w *world) reopen(between func()) {
	w.t.Helper()
	if err := w.mirror.Close(); err != nil {
		w.t.Fatal(err)
	}
	between()
	w.open()
}

func hospitals(id string) *contract.Contract {
	o := &contract.Object{
		Contract: id, Name: "benh_vien", Dataset: id, Table: "benh_vien", Key: []int{0}, Mode: contract.Merge,
		OrderBy: -1, Sender: -1, Period: -1, ValidFrom: -1, ValidTo: -1,
		Columns: []contract.Column{
			{Name: "ma", Store: "ma", Type: contract.Text},
			{Name: "tên", Store: "ten", Type: contract.Text},
			{Name: "giuong", Store: "giuong", Type: contract.Integer},
			{Name: "gia", Store: "gia", Type: contract.Decimal, Precision: 18, Scale: 2},
			{Name: "ty_le", Store: "ty_le", Type: contract.Float},
			{Name: "cong", Store: "cong", Type: contract.Boolean},
			{Name: "ngay", Store: "ngay", Type: contract.Date},
			{Name: "luc", Store: "luc", Type: contract.Timestamp},
			{Name: "khoa", Store: "khoa", Type: contract.JSON, Array: true},
			{Name: "vi_tri", Store: "vi_tri", Type: contract.Geometry},
			{Name: "anh", Store: "anh", Type: contract.File},
		},
	}
	return &contract.Contract{ID: id, Version: "1.0.0", Digest: "d1", Objects: []*contract.Object{o}}
}

func diary() *contract.Contract {
	o := &contract.Object{
		Contract: "nhat-ky", Name: "nhat_ky", Dataset: "nhat-ky", Table: "nhat_ky", Mode: contract.Append,
		OrderBy: -1, Sender: -1, Period: -1, ValidFrom: -1, ValidTo: -1,
		Columns: []contract.Column{{Name: "viec", Store: "viec", Type: contract.Text}},
	}
	return &contract.Contract{ID: "nhat-ky", Version: "1.0.0", Digest: "d1", Objects: []*contract.Object{o}}
}

// A row is a record by store name, in the JSON that Arrow reads.
type row = recordtest.Row

// hospital makes a row whose content follows from two numbers.
func hospital(key, content int) row {
	r := row{"ma": fmt.Sprintf("BV%04d", key)}
	if content%7 != 0 {
		r["ten"] = fmt.Sprintf("Bệnh viện Phố Nối số %d", content)
		r["giuong"] = content * 10
		r["gia"] = fmt.Sprintf("%d.25", content)
		r["ty_le"] = float64(content) / 8
		r["cong"] = content%2 == 0
		r["ngay"] = "1945-09-02"
		r["luc"] = "1969-12-31 23:59:59.999999"
		r["khoa"] = `["nội","nhi"]`
		r["vi_tri"], r["vi_tri__minx"], r["vi_tri__miny"], r["vi_tri__maxx"], r["vi_tri__maxy"] = []byte{1, 1, 0, 0, 0}, 106.0, 20.5, 106.1, 20.6
		r["anh"], r["anh__name"], r["anh__type"], r["anh__bytes"] = "ab12", "ảnh.jpg", "image/jpeg", 1234
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d", key, content))
	r["_hash"] = sum[:16]
	if content%3 == 0 {
		r["_flags"] = "f:ten w:giuong.range"
		r["_nil"] = `{"gia":"withheld"}`
	}
	return r
}

// rows makes a stream of rows; fields they lack are null.
func rows(t testing.TB, fields []contract.Field, all ...row) record.Stream {
	t.Helper()
	return recordtest.Rows(contract.ArrowSchema(fields), all)
}

func without(fields []contract.Field, names ...string) []contract.Field {
	var kept []contract.Field
	for _, f := range fields {
		drop := false
		for _, n := range names {
			drop = drop || f.Name == n
		}
		if !drop {
			kept = append(kept, f)
		}
	}
	return kept
}

// A change is what one batch does.
type change struct{ insert, update, withdraw, reflag []row }

func (w *world) batch(c *contract.Contract, ch change) record.Batch {
	o := c.Objects[0]
	full := without(o.StoredFields(), "_seq", "_row")
	return record.Batch{
		ID: rand.Text(), Contract: c, Object: o, By: actor.Actor{Kind: "person", ID: "thu"}, Kind: "load",
		Inserts: rows(w.t, full, ch.insert...), Inserted: int64(len(ch.insert)),
		Updates: rows(w.t, full, ch.update...), Updated: int64(len(ch.update)),
		Withdraws: rows(w.t, o.KeyFields(), ch.withdraw...), Withdrawn: int64(len(ch.withdraw)),
		Reflags: rows(w.t, append(o.KeyFields(), contract.FlagsField), ch.reflag...), Reflagged: int64(len(ch.reflag)),
		Report: func(int64, time.Time) ([]byte, error) { return []byte("{}"), nil },
	}
}

// apply writes a batch to the truth alone.
func (w *world) apply(c *contract.Contract, ch change) int64 {
	w.t.Helper()
	commit, err := w.truth.Apply(context.Background(), w.batch(c, ch))
	if err != nil {
		w.t.Fatal(err)
	}
	return commit.Seq
}

// both writes a batch to truth and mirror side by side, as the corridor does.
func (w *world) both(c *contract.Contract, ch change) int64 {
	w.t.Helper()
	ctx := context.Background()
	head, _, err := w.truth.Head(ctx, c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	step, err := w.mirror.Begin(ctx, c.Objects[0], head)
	if err != nil {
		w.t.Fatal(err)
	}
	step.WithoutHistory = c.NoHistory
	b := w.batch(c, ch)
	if err := step.Write(ctx, b.Inserts, b.Updates, b.Withdraws, b.Reflags); err != nil {
		w.t.Fatal(errors.Join(err, step.Abandon()))
	}
	commit, err := w.truth.Apply(ctx, b)
	if err != nil {
		w.t.Fatal(errors.Join(err, step.Abandon()))
	}
	if err := step.Commit(ctx, commit.Seq); err != nil {
		w.t.Fatal(err)
	}
	return commit.Seq
}

func (w *world) follow(c *contract.Contract) int64 {
	w.t.Helper()
	seq, err := w.mirror.Follow(context.Background(), c.Objects[0])
	if err != nil {
		w.t.Fatal(err)
	}
	return seq
}

// equal checks that mirror and truth hold the same at the same batch, and that
// the values themselves are the same.
func (w *world) equal(c *contract.Contract) {
	w.t.Helper()
	ctx, o := context.Background(), c.Objects[0]
	have, at, err := w.mirror.Digest(ctx, o)
	if err != nil {
		w.t.Fatal(err)
	}
	want, head, err := w.mirror.TruthDigest(ctx, o)
	if err != nil {
		w.t.Fatal(err)
	}
	if have != want || at != head {
		w.t.Fatalf("mirror at %d %+v, truth at %d %+v", at, have, head, want)
	}
	got, err := w.mirror.Scan(ctx, o, mirror.ScanOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	truth, err := w.truth.Stream(ctx, o, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	a, b := lines(w.t, got), lines(w.t, truth)
	if len(a) != len(b) {
		w.t.Fatalf("mirror has %d rows, truth %d", len(a), len(b))
	}
	for line, n := range b {
		if a[line] != n {
			w.t.Fatalf("row of the truth that the mirror lacks: %s\nmirror: %v", line, a)
		}
	}
}

// lines reads and releases a reader; each row as one text, with its count.
func lines(t testing.TB, rr array.RecordReader) map[string]int {
	t.Helper()
	defer rr.Release()
	all := map[string]int{}
	for rr.Next() {
		rec := rr.RecordBatch()
		for i := range int(rec.NumRows()) {
			line := ""
			for c := range int(rec.NumCols()) {
				line += rec.ColumnName(c) + "=" + rec.Column(c).ValueStr(i) + "|"
			}
			all[line]++
		}
	}
	if err := rr.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// list reads and releases a reader in its order.
func list(t testing.TB, rr array.RecordReader) []string {
	t.Helper()
	defer rr.Release()
	var all []string
	for rr.Next() {
		rec := rr.RecordBatch()
		for i := range int(rec.NumRows()) {
			line := ""
			for c := range int(rec.NumCols()) {
				line += "|" + rec.Column(c).ValueStr(i)
			}
			all = append(all, line[1:])
		}
	}
	if err := rr.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// filter reads a filter.
func filter(t testing.TB, text string) cql2.Expr {
	t.Helper()
	e, err := cql2.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
