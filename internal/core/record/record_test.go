package record_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

var ids atomic.Int64

// newContract makes a contract of one object with a data set of its own.
func newContract(columns []contract.Column, key ...int) *contract.Contract {
	id := fmt.Sprintf("bo-%d", ids.Add(1))
	c := &contract.Contract{ID: id, Version: "1.0.0", Digest: strings.Repeat("ab", 32)}
	c.Objects = []*contract.Object{{
		Contract: id, Name: "o", Dataset: id, Table: "o", Columns: columns, Key: key,
		OrderBy: -1, Sender: -1, Period: -1, ValidFrom: -1, ValidTo: -1,
	}}
	return c
}

// people has a key of two columns, one value and one that may be absent.
func people() *contract.Contract {
	return newContract([]contract.Column{
		{Name: "Mã xã", Store: "ma_xa", Type: contract.Text},
		{Name: "Số", Store: "so", Type: contract.Integer},
		{Name: "Giá trị", Store: "gia_tri", Type: contract.Text},
	}, 0, 1)
}

// each runs a test on both engines.
func each(t *testing.T, f func(t *testing.T, s *store.Store, truth *record.Truth)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) { f(t, s, record.Open(s, nil)) })
}

// rowsOf makes a stream of rows given as values in the order of fields; small
// blocks make every stream span several.
func rowsOf(fields []contract.Field, rows [][]any) record.Stream {
	if len(rows) == 0 {
		return nil
	}
	return stream(contract.ArrowSchema(fields), rows)
}

func stream(schema *arrow.Schema, rows [][]any) record.Stream {
	return func() (array.RecordReader, error) {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		defer b.Release()
		var recs []arrow.RecordBatch
		for i, row := range rows {
			for c, v := range row {
				appendValue(b.Field(c), v)
			}
			if i%3 == 2 || i == len(rows)-1 {
				recs = append(recs, b.NewRecordBatch())
			}
		}
		return array.NewRecordReader(schema, recs)
	}
}

func appendValue(b array.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.AppendNull()
	case string: // of a decimal builder too
		if err := b.AppendValueFromString(v); err != nil {
			panic(err)
		}
	case int64:
		b.(*array.Int64Builder).Append(v)
	case int:
		b.(*array.Int64Builder).Append(int64(v))
	case float64:
		b.(*array.Float64Builder).Append(v)
	case bool:
		b.(*array.BooleanBuilder).Append(v)
	case []byte:
		b.(*array.BinaryBuilder).Append(v)
	case arrow.Date32:
		b.(*array.Date32Builder).Append(v)
	case arrow.Timestamp:
		b.(*array.TimestampBuilder).Append(v)
	default:
		panic(fmt.Sprintf("%T", v))
	}
}

// stored are the fields that Inserts and Updates carry.
func stored(obj *contract.Object) []contract.Field {
	var fields []contract.Field
	for _, f := range obj.StoredFields() {
		if f.Name != "_seq" && f.Name != "_row" {
			fields = append(fields, f)
		}
	}
	return fields
}

func hash(values ...any) []byte {
	sum := sha256.Sum256(fmt.Append(nil, values...))
	return sum[:16]
}

// person is a row of people: key and value, no flags.
func person(xa string, so int, value string) []any {
	return []any{xa, so, value, hash(value), nil, nil}
}

func batch(c *contract.Contract) record.Batch {
	var id [8]byte
	binary.BigEndian.PutUint64(id[:], uint64(ids.Add(1)))
	return record.Batch{
		ID: fmt.Sprintf("%X", id), Contract: c, Object: c.Objects[0], Kind: "load",
		By: actor.Actor{Kind: "person", ID: "an", Name: "An"}, Source: "nguon.csv", Digest: "00",
	}
}

func load(c *contract.Contract, rows ...[]any) record.Batch {
	b := batch(c)
	b.Inserts, b.Inserted = rowsOf(stored(c.Objects[0]), rows), int64(len(rows))
	return b
}

func apply(t testing.TB, truth *record.Truth, b record.Batch) record.Commit {
	t.Helper()
	c, err := truth.Apply(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func listAll(t testing.TB, truth *record.Truth, obj *contract.Object, asOf int64) []record.Row {
	t.Helper()
	var all []record.Row
	after := ""
	for {
		page, err := truth.List(context.Background(), obj, after, 3, asOf)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < 3 {
			return all
		}
		after = page[2].Key
	}
}

// show writes rows shortly, for comparing.
func show(rows []record.Row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%s=%v@%d ", r.Key, r.Values["Giá trị"], r.Seq)
	}
	return strings.TrimSpace(b.String())
}

func TestApplyWritesEveryPart(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := people()
		obj := c.Objects[0]
		first := apply(t, truth, load(c, person("01", 1, "a"), person("01", 2, "b"), person("02", 1, "c"), person("02", 2, "d")))
		if first.Seq != 1 {
			t.Fatalf("first batch has number %d", first.Seq)
		}

		b := batch(c)
		b.Inserts, b.Inserted = rowsOf(stored(obj), [][]any{person("03", 1, "e")}), 1
		b.Updates, b.Updated = rowsOf(stored(obj), [][]any{person("01", 2, "B")}), 1
		b.Withdraws, b.Withdrawn = rowsOf(obj.KeyFields(), [][]any{{"02", 1}}), 1
		b.Reflags, b.Reflagged = rowsOf(append(obj.KeyFields(), contract.FlagsField), [][]any{{"01", 1, "w:so.range"}}), 1
		b.Quarantine, b.Quarantined = stream(record.QuarantineSchema, [][]any{{7, "05~1", `["05","1",""]`, "gia_tri.required so.range"}, {9, nil, `["","x",""]`, "so.type"}}), 2
		b.Report = func(seq int64, at time.Time) ([]byte, error) {
			return fmt.Appendf(nil, `{"seq":%d,"at":%q}`, seq, store.Stamp(at)), nil
		}
		var progress int64
		b.Progress = func(n int64) { progress = n }
		second := apply(t, truth, b)
		if !second.At.After(first.At) {
			t.Errorf("second batch at %v, first at %v", second.At, first.At)
		}
		if progress == 0 {
			t.Error("no progress was told")
		}
		if got, want := show(listAll(t, truth, obj, record.Latest)), "01~1=a@1 01~2=B@2 02~2=d@1 03~1=e@2"; got != want {
			t.Errorf("now:\n got %s\nwant %s", got, want)
		}
		if got, want := show(listAll(t, truth, obj, 1)), "01~1=a@1 01~2=b@1 02~1=c@1 02~2=d@1"; got != want {
			t.Errorf("as of 1:\n got %s\nwant %s", got, want)
		}
		if got := listAll(t, truth, obj, 0); len(got) != 0 {
			t.Errorf("before the first batch there is %s", show(got))
		}
		row, err := truth.Get(t.Context(), obj, "01~1", record.Latest)
		if err != nil || len(row.Flags) != 1 || row.Flags[0] != "w:so.range" {
			t.Errorf("reflagged row %+v, %v", row, err)
		}
		if _, err := truth.Get(t.Context(), obj, "02~1", record.Latest); fault.KindOf(err) != fault.NotFound {
			t.Errorf("withdrawn row: %v", err)
		}
		versions, err := truth.History(t.Context(), obj, "01~2")
		if err != nil || show(versions) != "01~2=b@1 01~2=B@2" || versions[0].End != 2 || versions[1].End != 0 {
			t.Errorf("history %+v, %v", versions, err)
		}
		report, err := truth.BatchReport(t.Context(), c.ID, b.ID)
		if want := fmt.Sprintf(`{"seq":2,"at":%q}`, store.Stamp(second.At)); err != nil || string(report) != want {
			t.Errorf("report %s, %v; want %s", report, err, want)
		}
		checkLines(t, truth, obj, b.ID)
		checkOutbox(t, truth, c.ID)
		sum, found, err := truth.FindBatch(t.Context(), c.ID, b.ID)
		if err != nil || !found || sum.Seq != 2 || sum.Updated != 1 || sum.ByName != "An" || !sum.At.Equal(second.At) {
			t.Errorf("batch %+v %v %v", sum, found, err)
		}
	})
}

func checkLines(t *testing.T, truth *record.Truth, obj *contract.Object, batchID string) {
	t.Helper()
	for _, q := range []struct {
		filter record.Filter
		after  int64
		want   string
	}{
		{record.Filter{}, 0, "7 9"},
		{record.Filter{State: record.StateOpen, Batch: batchID}, 0, "7 9"},
		{record.Filter{Rule: "so.type"}, 0, "9"},
		{record.Filter{Rule: "so.range"}, 0, "7"},
		{record.Filter{Rule: "so.rang"}, 0, ""},
		{record.Filter{Rule: "%"}, 0, ""},
		{record.Filter{Line: 9}, 0, "9"},
		{record.Filter{State: record.Mended}, 0, ""},
		{record.Filter{Batch: "khong-co"}, 0, ""},
		{record.Filter{}, 2<<32 + 1, "9"},
	} {
		lines, err := truth.Quarantine(t.Context(), obj, q.filter, q.after, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lines {
			got = append(got, fmt.Sprint(l.Line))
			if l.Batch != batchID || len(l.Raw) != 3 || l.Seq != 2 {
				t.Errorf("line %+v", l)
			}
		}
		if strings.Join(got, " ") != q.want {
			t.Errorf("lines of %+v: %v, want %s", q.filter, got, q.want)
		}
	}
	n, err := truth.QuarantineCounts(t.Context(), obj)
	if err != nil || n.Lines != 2 || n.Keys != 1 || n.NoKey != 1 || n.Rules["so.range"] != 1 || len(n.Rules) != 3 {
		t.Errorf("counts %+v, %v", n, err)
	}
}

func checkOutbox(t *testing.T, truth *record.Truth, id string) {
	t.Helper()
	out, err := truth.Outbox(t.Context(), id)
	if err != nil || len(out) != 2 || out[1].Seq != 2 || !strings.Contains(string(out[1].Payload), `"updated":1`) {
		t.Fatalf("outbox %v, %v", out, err)
	}
	for range 2 {
		if err := truth.Relayed(t.Context(), id, 1); err != nil {
			t.Fatal(err)
		}
	}
	if out, err = truth.Outbox(t.Context(), id); err != nil || len(out) != 1 || out[0].Seq != 2 {
		t.Errorf("outbox after relaying %v, %v", out, err)
	}
}

func TestApplyTwiceIsOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := people()
		b := load(c, person("01", 1, "a"))
		first, again := apply(t, truth, b), apply(t, truth, b)
		if first != again {
			t.Errorf("the same batch was committed as %v and %v", first, again)
		}
		if n, err := truth.Count(t.Context(), c.Objects[0]); err != nil || n != 1 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}

var errMiddle = errors.New("the source broke off")

// breaking gives its first block and then fails.
type breaking struct {
	array.RecordReader
	fail func() error
	n    int
	err  error
}

func (b *breaking) Next() bool {
	if b.n++; b.n > 1 {
		b.err = b.fail()
		return false
	}
	return b.RecordReader.Next()
}
func (b *breaking) Err() error { return b.err }

func TestFailureLeavesNothing(t *testing.T) {
	obj := people().Objects[0]
	rows := [][]any{person("04", 1, "x"), person("04", 2, "x"), person("04", 3, "x"), person("04", 4, "x")}
	breakOff := func(fail func() error) func(*record.Batch) {
		return func(b *record.Batch) {
			b.Inserts, b.Inserted = func() (array.RecordReader, error) {
				rr, err := rowsOf(stored(obj), rows)()
				return &breaking{RecordReader: rr, fail: fail}, err
			}, 4
		}
	}
	for name, spoil := range map[string]func(b *record.Batch){
		"reader fails in the middle": breakOff(func() error { return errMiddle }),
		"wrong count":                func(b *record.Batch) { b.Inserted++ },
		"key is there already":       func(b *record.Batch) { b.Inserts, b.Inserted = rowsOf(stored(obj), [][]any{person("01", 1, "x")}), 1 },
		"update of no row":           func(b *record.Batch) { b.Updates, b.Updated = rowsOf(stored(obj), [][]any{person("09", 1, "x")}), 1 },
		"withdrawal of no row":       func(b *record.Batch) { b.Withdraws, b.Withdrawn = rowsOf(obj.KeyFields(), [][]any{{"09", 1}}), 1 },
		"reflag of no row": func(b *record.Batch) {
			b.Reflags, b.Reflagged = rowsOf(append(obj.KeyFields(), contract.FlagsField), [][]any{{"09", 1, nil}}), 1
		},
		"report fails":         func(b *record.Batch) { b.Report = func(int64, time.Time) ([]byte, error) { return nil, errMiddle } },
		"stream without field": func(b *record.Batch) { b.Inserts, b.Inserted = rowsOf(obj.KeyFields(), [][]any{{"08", 1}}), 1 },
		"unknown closing":      func(b *record.Batch) { b.Close, b.CloseAs = stream(record.IDSchema, [][]any{{1}}), "gone" },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
				c := people()
				apply(t, truth, load(c, person("01", 1, "a"), person("01", 2, "b")))
				b := load(c, person("03", 1, "x"))
				b.Updates, b.Updated = rowsOf(stored(obj), [][]any{person("01", 2, "B")}), 1
				spoil(&b)
				if _, err := truth.Apply(t.Context(), b); err == nil {
					t.Fatal("it was accepted")
				}
				unchanged(t, truth, c)
				ctx, cancel := context.WithCancel(t.Context())
				b = load(c)
				breakOff(func() error { cancel(); return nil })(&b)
				if _, err := truth.Apply(ctx, b); !errors.Is(err, context.Canceled) {
					t.Errorf("a cancelled batch: %v", err)
				}
				unchanged(t, truth, c)
				// The writer is in order afterwards.
				apply(t, truth, load(c, person("03", 1, "x")))
			})
		})
	}
}

func unchanged(t *testing.T, truth *record.Truth, c *contract.Contract) {
	t.Helper()
	if got, want := show(listAll(t, truth, c.Objects[0], record.Latest)), "01~1=a@1 01~2=b@1"; got != want {
		t.Errorf("left behind:\n got %s\nwant %s", got, want)
	}
	if seq, _, err := truth.Head(t.Context(), c.ID); err != nil || seq != 1 {
		t.Errorf("head %d, %v", seq, err)
	}
	v, err := truth.History(t.Context(), c.Objects[0], "01~2")
	if err != nil || len(v) != 1 {
		t.Errorf("history %v, %v", v, err)
	}
}

func TestTimeNeverGoesBack(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		cfg.Now = func() time.Time { return now }
		truth := record.Open(storetest.Open(t, cfg), nil)
		c := people()
		first := apply(t, truth, load(c, person("01", 1, "a")))
		now = now.Add(-time.Hour)
		second := apply(t, truth, load(c, person("01", 2, "a")))
		if want := first.At.Add(time.Microsecond); !second.At.Equal(want) {
			t.Errorf("second batch at %v, want %v", second.At, want)
		}
		for _, q := range []struct {
			at         time.Time
			by, before int64
		}{
			{first.At.Add(-time.Second), 0, 0}, {first.At, 1, 0}, {second.At, 2, 1}, {second.At.Add(time.Second), 2, 2},
		} {
			by, err := truth.SeqAt(t.Context(), c.ID, q.at)
			before, err2 := truth.SeqBefore(t.Context(), c.ID, q.at)
			if err != nil || err2 != nil || by != q.by || before != q.before {
				t.Errorf("at %v: %d and before %d (%v, %v), want %d and %d", q.at, by, before, err, err2, q.by, q.before)
			}
		}
	})
}

func TestNothingIsMadeByReading(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		obj := people().Objects[0]
		if seq, _, err := truth.Head(t.Context(), obj.Contract); seq != 0 || err != nil {
			t.Errorf("head %d, %v", seq, err)
		}
		if list := listAll(t, truth, obj, record.Latest); list != nil {
			t.Errorf("rows %v", list)
		}
		rr, err := truth.Existing(t.Context(), obj)
		if err != nil {
			t.Fatal(err)
		}
		if rr.Next() {
			t.Error("existing rows")
		}
		rr.Release()
		if there, err := s.Exists(t.Context(), obj.Contract); there || err != nil {
			t.Errorf("a read made a home: %v, %v", there, err)
		}
	})
}
