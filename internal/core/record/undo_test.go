package record_test

import (
	"context"
	"maps"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// journal has no key: its rows are numbered.
func journal() *contract.Contract {
	return newContract([]contract.Column{{Name: "Giá trị", Store: "gia_tri", Type: contract.Text}})
}

func entry(value string) []any { return []any{value, hash(value), nil, nil} }

func TestRowsWithoutKey(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := journal()
		obj := c.Objects[0]
		apply(t, truth, load(c, entry("a"), entry("b"), entry("a"), entry("c")))
		apply(t, truth, load(c, entry("d")))
		want := "4294967297=a@1 4294967298=b@1 4294967299=a@1 4294967300=c@1 8589934593=d@2"
		if got := show(listAll(t, truth, obj, record.Latest)); got != want {
			t.Fatalf("rows %s, want %s", got, want)
		}
		undo := func(seq int64) {
			t.Helper()
			b, left, err := truth.Undo(t.Context(), obj, seq)
			if err != nil || len(left) > 0 {
				t.Fatal(left, err)
			}
			b.ID, b.Contract = batch(c).ID, c
			apply(t, truth, b)
		}
		undo(1)
		if got := show(listAll(t, truth, obj, record.Latest)); got != "8589934593=d@2" {
			t.Fatalf("after undo %s", got)
		}
		// The rows come back under their own numbers.
		undo(3)
		want = "4294967297=a@4 4294967298=b@4 4294967299=a@4 4294967300=c@4 8589934593=d@2"
		if got := show(listAll(t, truth, obj, record.Latest)); got != want {
			t.Fatalf("done again %s, want %s", got, want)
		}
		if _, _, err := truth.Undo(t.Context(), obj, 9); fault.KindOf(err) != fault.NotFound {
			t.Errorf("undo of a batch that never was: %v", err)
		}
	})
}

// withdraw makes a batch that withdraws rows.
func withdraw(c *contract.Contract, keys ...[]any) record.Batch {
	b := batch(c)
	b.Withdraws, b.Withdrawn = rowsOf(c.Objects[0].KeyFields(), keys), int64(len(keys))
	return b
}

func TestContractWithoutHistory(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := people()
		c.NoHistory = true
		obj := c.Objects[0]
		apply(t, truth, load(c, person("01", 1, "a"), person("01", 2, "b"), person("01", 3, "c")))
		b := withdraw(c, []any{"01", 2})
		b.Updates, b.Updated = rowsOf(stored(obj), [][]any{person("01", 1, "A")}), 1
		apply(t, truth, b)
		apply(t, truth, load(c, person("01", 4, "d")))

		if _, err := truth.List(t.Context(), obj, "", 10, 1); !fault.Is(err, "history.trimmed") {
			t.Errorf("a state that was not kept: %v", err)
		}
		if rows, err := truth.List(t.Context(), obj, "", 10, 2); err != nil || show(rows) != "01~1=A@2 01~3=c@1" {
			t.Errorf("as of 2: %s, %v", show(rows), err)
		}
		if v, err := truth.History(t.Context(), obj, "01~1"); err != nil || show(v) != "01~1=A@2" {
			t.Errorf("history %s, %v", show(v), err)
		}
		if v, err := truth.History(t.Context(), obj, "01~2"); err != nil || len(v) != 0 {
			t.Errorf("history of a withdrawn row %s, %v", show(v), err)
		}
		if _, _, err := truth.Undo(t.Context(), obj, 2); !fault.Is(err, "undo.no-history") {
			t.Errorf("undo of what was not kept: %v", err)
		}
		if b, _, err := truth.Undo(t.Context(), obj, 3); err != nil || b.Withdrawn != 1 {
			t.Errorf("undo of additions: %+v, %v", b, err)
		}
	})
}

// TestFollowersEndWithTheTruth polls changes at random moments while batches
// commit, with and without history: the copy ends equal to the truth.
func TestFollowersEndWithTheTruth(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		rapid.Check(t, func(t *rapid.T) {
			c, m := people(), newModel()
			c.NoHistory = rapid.Bool().Draw(t, "no history")
			f := follower{state: map[string]cell{}, truth: truth, obj: c.Objects[0]}
			truth.ReadAlongKeys(rapid.Int64Range(0, 10).Draw(t, "many"))
			for range rapid.IntRange(1, 8).Draw(t, "batches") {
				m.stepPlain(t, truth, c)
				for range rapid.IntRange(0, 3).Draw(t, "polls") {
					f.poll(t)
				}
			}
			for f.since < m.head() || f.upto > 0 {
				f.poll(t)
			}
			if got, want := showState(c.Objects[0], f.state), showState(c.Objects[0], m.now()); got != want {
				t.Fatalf("the copy has\n     %s\nwant %s", got, want)
			}
		})
	})
}

// stepPlain is a step without undo, which needs history.
func (m *model) stepPlain(t *rapid.T, truth *record.Truth, c *contract.Contract) {
	obj := c.Objects[0]
	next, seq := maps.Clone(m.now()), m.head()+1
	b := batch(c)
	var inserts, updates, withdraws [][]any
	for _, key := range modelKeys {
		parts := keyParts(obj, key)
		value := key + "-" + b.ID
		_, there := next[key]
		switch what := rapid.IntRange(0, 2).Draw(t, "what"); {
		case !there && what == 0:
			inserts = append(inserts, append(parts, value, hash(value), nil, nil))
		case there && what == 0:
			updates = append(updates, append(parts, value, hash(value), nil, nil))
		case there && what == 1:
			withdraws = append(withdraws, parts)
			delete(next, key)
			continue
		default:
			continue
		}
		next[key] = cell{value, seq}
	}
	b.Inserts, b.Inserted = rowsOf(stored(obj), inserts), int64(len(inserts))
	b.Updates, b.Updated = rowsOf(stored(obj), updates), int64(len(updates))
	b.Withdraws, b.Withdrawn = rowsOf(obj.KeyFields(), withdraws), int64(len(withdraws))
	m.commit(t, truth, b, next)
}

// A follower reads one page at a poll.
type follower struct {
	truth       *record.Truth
	obj         *contract.Object
	state       map[string]cell
	since, upto int64
	after       string
}

func (f *follower) poll(t *rapid.T) {
	ctx := context.Background()
	if f.upto == 0 {
		head, _, err := f.truth.Head(ctx, f.obj.Contract)
		if err != nil {
			t.Fatal(err)
		}
		f.upto = head
	}
	page, err := f.truth.Changes(ctx, f.obj, f.since, f.upto, f.after, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range page {
		f.after = ch.Key
		if ch.Withdrawn {
			delete(f.state, ch.Key)
		} else {
			f.state[ch.Key] = cell{ch.Row.Values["Giá trị"].(string), ch.Row.Seq}
		}
	}
	if len(page) < 2 {
		f.since, f.upto, f.after = f.upto, 0, ""
	}
}

func TestTrim(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := people()
		obj := c.Objects[0]
		apply(t, truth, load(c, person("01", 1, "a"), person("01", 2, "b")))
		apply(t, truth, withdraw(c, []any{"01", 2}))
		apply(t, truth, withdraw(c, []any{"01", 1}))
		n, err := truth.Trim(t.Context(), obj, 2)
		if err != nil || n != 1 {
			t.Fatalf("trimmed %d, %v", n, err)
		}
		if rows, err := truth.List(t.Context(), obj, "", 10, 2); err != nil || show(rows) != "01~1=a@1" {
			t.Errorf("as of 2: %s, %v", show(rows), err)
		}
		var errs []error
		_, err = truth.List(t.Context(), obj, "", 10, 1)
		errs = append(errs, err)
		_, err = truth.Changes(t.Context(), obj, 1, 3, "", 10)
		errs = append(errs, err)
		_, err = truth.StreamHistory(t.Context(), obj, 1)
		errs = append(errs, err)
		_, _, err = truth.Undo(t.Context(), obj, 2)
		errs = append(errs, err)
		for i, key := range []string{"history.trimmed", "changes.too-old", "changes.too-old", "undo.no-history"} {
			if !fault.Is(errs[i], key) {
				t.Errorf("got %v, want %s", errs[i], key)
			}
		}
		if list, err := truth.Changes(t.Context(), obj, 2, 3, "", 10); err != nil || len(list) != 1 || !list[0].Withdrawn {
			t.Errorf("changes since 2: %+v, %v", list, err)
		}
	})
}

func TestContractGrows(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		columns := []contract.Column{
			{Name: "ma", Store: "ma", Type: contract.Text},
			{Name: "tien", Store: "tien", Type: contract.Decimal, Precision: 4, Scale: 2},
			{Name: "ngay", Store: "ngay", Type: contract.Date},
			{Name: "bo", Store: "bo", Type: contract.Text},
		}
		c := newContract(columns, 0)
		apply(t, truth, load(c, []any{"a", "12.34", nil, "cũ", hash("a"), nil, nil}, []any{"b", "0.00", nil, "cũ", hash("b"), nil, nil}))

		// A column more, one less, more digits, a date that may be partial.
		grown := *c
		object := *c.Objects[0]
		object.Columns = []contract.Column{columns[0], {Name: "tien", Store: "tien", Type: contract.Decimal, Precision: 12, Scale: 2},
			{Name: "ngay", Store: "ngay", Type: contract.PartialDate}, {Name: "moi", Store: "moi", Type: contract.Text}}
		grown.Version, grown.Objects = "1.1.0", []*contract.Object{&object}

		// Read by the new contract before a batch of it has come.
		if rows := listAll(t, truth, &object, record.Latest); len(rows) != 2 || rows[0].Values["moi"] != nil {
			t.Errorf("rows %+v", rows)
		}
		valueSchema := arrow.NewSchema([]arrow.Field{{Name: "value", Type: arrow.BinaryTypes.String, Nullable: true},
			{Name: "valid_from", Type: arrow.FixedWidthTypes.Date32, Nullable: true}, {Name: "valid_to", Type: arrow.FixedWidthTypes.Date32, Nullable: true}}, nil)
		for column, want := range map[int]int{0: 2, 3: 0} {
			rr, err := truth.Values(t.Context(), &object, valueSchema, column, -1, -1)
			if got := cells(t, rr, err); len(got) != want {
				t.Errorf("values of column %d: %q", column, got)
			}
		}
		b := batch(&grown)
		b.Updates, b.Updated = rowsOf(stored(&object), [][]any{{"b", "1234567890.12", "1975", "mới", hash("B"), nil, nil}}), 1
		apply(t, truth, b)
		rows := listAll(t, truth, &object, record.Latest)
		if plainJSON(t, rows[0].Values) != `{"ma":"a","moi":null,"ngay":null,"tien":12.34}` ||
			plainJSON(t, rows[1].Values) != `{"ma":"b","moi":"mới","ngay":"1975","tien":1234567890.12}` {
			t.Errorf("rows %s", plainJSON(t, rows))
		}
		if list, err := truth.Changes(t.Context(), &object, 1, 2, "", 5); err != nil || len(list) != 1 {
			t.Errorf("changes %v, %v", list, err)
		}
		// What was, with the column that the contract has dropped.
		old := *c.Objects[0]
		old.Columns = append(append([]contract.Column{}, object.Columns[:3]...), columns[3])
		if rows := listAll(t, truth, &old, 1); plainJSON(t, rows[1].Values) != `{"bo":"cũ","ma":"b","ngay":null,"tien":0.00}` {
			t.Errorf("as of 1: %s", plainJSON(t, rows))
		}
		refused(t, truth, &grown)
	})
}

// refused tries contracts that the rows cannot follow.
func refused(t *testing.T, truth *record.Truth, c *contract.Contract) {
	t.Helper()
	for key, change := range map[string]func(o *contract.Object){
		"contract.type-changed": func(o *contract.Object) { o.Columns[1].Scale = 3 },
		"contract.key-changed":  func(o *contract.Object) { o.Key = []int{0, 2} },
		"contract.table-clash":  func(o *contract.Object) { o.Table += "_h" },
	} {
		o := *c.Objects[0]
		o.Columns = append([]contract.Column{}, o.Columns...)
		change(&o)
		if err := truth.Ensure(t.Context(), &o); !fault.Is(err, key) {
			t.Errorf("got %v, want %s", err, key)
		}
	}
}

func TestFeedIsOneState(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := people()
		obj := c.Objects[0]
		apply(t, truth, load(c, person("01", 1, "a"), person("01", 2, "b")))
		feed, err := truth.Follow(t.Context(), obj)
		if err != nil {
			t.Fatal(err)
		}
		defer feed.Close()
		apply(t, truth, withdraw(c, []any{"01", 1}))
		rows, err := feed.Rows(0)
		if err != nil {
			t.Fatal(err)
		}
		if got := texts(t, rows); feed.Seq != 1 || len(got) != 1 { // both rows begin with "01"
			t.Errorf("rows at %d: %v", feed.Seq, got)
		}
		rows.Release()
		closed, err := feed.History(0)
		if err != nil {
			t.Fatal(err)
		}
		if got := texts(t, closed); len(got) != 0 {
			t.Errorf("history at %d: %v", feed.Seq, got)
		}
		closed.Release()
		since, err := truth.StreamHistory(t.Context(), obj, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer since.Release()
		if got := texts(t, since); len(got) != 1 {
			t.Errorf("closed since 1: %v", got)
		}
	})
}
