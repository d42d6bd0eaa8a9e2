package record_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A cell is one current row of the model.
type cell struct {
	value string
	seq   int64
}

// A model is what the truth should be, kept in maps.
type model struct {
	states []map[string]cell // after batch i
	lines  map[int64]*line
	undoes map[int64]int64 // undo → undone
}

type line struct {
	seq, closed, reopened int64
	key, state            string
}

func newModel() *model {
	return &model{states: []map[string]cell{{}}, lines: map[int64]*line{}, undoes: map[int64]int64{}}
}

func (m *model) now() map[string]cell { return m.states[len(m.states)-1] }
func (m *model) head() int64          { return int64(len(m.states) - 1) }

func (m *model) undone(seq int64) bool {
	for by, of := range m.undoes {
		if of == seq && !m.undone(by) {
			return true
		}
	}
	return false
}

// undo says what undoing a batch must do: the next state and the keys left.
func (m *model) undo(seq int64) (next map[string]cell, left []string) {
	next = maps.Clone(m.now())
	before, after := m.states[seq-1], m.states[seq]
	for key, c := range after {
		if c.seq != seq {
			continue
		}
		old, was := before[key]
		switch {
		case m.now()[key] != c:
			left = append(left, key)
		case was:
			next[key] = cell{old.value, m.head() + 1}
		default:
			delete(next, key)
		}
	}
	for key, old := range before {
		if _, there := after[key]; there {
			continue
		}
		back := false
		for _, s := range m.states[seq+1:] {
			if _, there := s[key]; there {
				back = true
			}
		}
		if back {
			left = append(left, key)
		} else {
			next[key] = cell{old.value, m.head() + 1}
		}
	}
	slices.Sort(left)
	return next, left
}

var modelKeys = []string{"01~1", "01~2", "01~10", "02~1", "%E1%BA%B4~1"}

func keyParts(obj *contract.Object, key string) []any {
	parts, err := record.ParseKey(obj, key)
	if err != nil {
		panic(err)
	}
	return parts
}

// inKeyOrder sorts keys as the stores do.
func inKeyOrder(obj *contract.Object, keys []string) []string {
	slices.SortFunc(keys, func(a, b string) int {
		x, y := keyParts(obj, a), keyParts(obj, b)
		if c := strings.Compare(x[0].(string), y[0].(string)); c != 0 {
			return c
		}
		return int(x[1].(int64) - y[1].(int64))
	})
	return keys
}

func showState(obj *contract.Object, s map[string]cell) string {
	var all []string
	for _, k := range inKeyOrder(obj, slices.Collect(maps.Keys(s))) {
		all = append(all, fmt.Sprintf("%s=%s@%d", k, s[k].value, s[k].seq))
	}
	return strings.Join(all, " ")
}

// step draws one batch, applies it to the truth and to the model.
func (m *model) step(t *rapid.T, truth *record.Truth, c *contract.Contract) {
	if m.head() > 0 && rapid.IntRange(0, 3).Draw(t, "undo?") == 0 {
		m.stepUndo(t, truth, c)
		return
	}
	obj := c.Objects[0]
	next, seq := maps.Clone(m.now()), m.head()+1
	var inserts, updates, withdraws, reflags, quarantine [][]any
	for _, key := range inKeyOrder(obj, slices.Clone(modelKeys)) {
		parts := keyParts(obj, key)
		value := fmt.Sprintf("v%d-%s", seq, key)
		row := append(slices.Clone(parts), value, hash(value), nil, nil)
		_, there := next[key]
		switch what := rapid.IntRange(0, 5).Draw(t, "what"); {
		case !there && what < 3:
			inserts = append(inserts, row)
			next[key] = cell{value, seq}
		case there && what < 2:
			updates = append(updates, row)
			next[key] = cell{value, seq}
		case there && what == 2:
			withdraws = append(withdraws, parts)
			delete(next, key)
		case there && what == 3:
			reflags = append(reflags, append(slices.Clone(parts), fmt.Sprintf("w:r%d", seq)))
		case what == 4:
			quarantine = append(quarantine, []any{int64(len(quarantine) + 1), key, `["x"]`, "r"})
			m.lines[seq<<32+int64(len(quarantine))] = &line{seq: seq, key: key, state: record.StateOpen}
		}
	}
	b := batch(c)
	b.Inserts, b.Inserted = rowsOf(stored(obj), inserts), int64(len(inserts))
	b.Updates, b.Updated = rowsOf(stored(obj), updates), int64(len(updates))
	b.Withdraws, b.Withdrawn = rowsOf(obj.KeyFields(), withdraws), int64(len(withdraws))
	b.Reflags, b.Reflagged = rowsOf(append(obj.KeyFields(), contract.FlagsField), reflags), int64(len(reflags))
	if b.Quarantined = int64(len(quarantine)); b.Quarantined > 0 {
		b.Quarantine = stream(record.QuarantineSchema, quarantine)
	}
	m.closeSome(t, &b, seq)
	m.commit(t, truth, b, next)
}

// closeSome closes a drawn part of the lines that earlier batches brought.
func (m *model) closeSome(t *rapid.T, b *record.Batch, seq int64) {
	var closing [][]any
	for _, id := range slices.Sorted(maps.Keys(m.lines)) {
		if l := m.lines[id]; l.state == record.StateOpen && l.seq < seq && rapid.Bool().Draw(t, "close") {
			closing = append(closing, []any{id})
			l.state, l.closed = record.Mended, seq
		}
	}
	if len(closing) > 0 {
		b.Close, b.CloseAs = stream(record.IDSchema, closing), record.Mended
	}
}

func (m *model) commit(t *rapid.T, truth *record.Truth, b record.Batch, next map[string]cell) {
	done, err := truth.Apply(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	m.states = append(m.states, next)
	if done.Seq != m.head() {
		t.Fatalf("batch %d, want %d", done.Seq, m.head())
	}
}

func (m *model) stepUndo(t *rapid.T, truth *record.Truth, c *contract.Contract) {
	seq := rapid.Int64Range(1, m.head()).Draw(t, "undo")
	b, left, err := truth.Undo(context.Background(), c.Objects[0], seq)
	if m.undone(seq) {
		if err == nil {
			t.Fatalf("batch %d was undone twice", seq)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	next, wantLeft := m.undo(seq)
	slices.Sort(left)
	if !slices.Equal(left, wantLeft) {
		t.Fatalf("undo of %d leaves %v, want %v", seq, left, wantLeft)
	}
	m.undoLines(seq, wantLeft)
	filled := batch(c)
	b.ID, b.Contract, b.By = filled.ID, c, filled.By
	m.commit(t, truth, b, next)
	m.undoes[m.head()] = seq
}

func (m *model) undoLines(seq int64, left []string) {
	by := m.head() + 1
	_, redo := m.undoes[seq]
	for _, l := range m.lines {
		switch {
		case l.state == record.StateOpen && !redo && l.seq == seq:
			l.state, l.closed = record.Undone, by
		case l.state == record.StateOpen && redo && l.reopened == seq:
			l.state, l.closed = record.Mended, by
		case l.state != record.StateOpen && l.closed == seq && !slices.Contains(left, l.key):
			l.state, l.closed, l.reopened = record.StateOpen, 0, by
		}
	}
}

// TestHistories compares random histories with the model: every state by number,
// every difference between two states, and the quarantine.
func TestHistories(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		rapid.Check(t, func(t *rapid.T) {
			c, m := people(), newModel()
			for range rapid.IntRange(1, 7).Draw(t, "batches") {
				m.step(t, truth, c)
			}
			m.compare(t, truth, c)
		})
	})
}

func (m *model) compare(t *rapid.T, truth *record.Truth, c *contract.Contract) {
	ctx, obj := context.Background(), c.Objects[0]
	for seq, want := range m.states {
		rows, err := truth.List(ctx, obj, "", 100, int64(seq))
		if err != nil {
			t.Fatal(err)
		}
		if got := show(rows); got != showState(obj, want) {
			t.Fatalf("as of %d:\n got %s\nwant %s", seq, got, showState(obj, want))
		}
	}
	truth.ReadAlongKeys(rapid.Int64Range(0, 10).Draw(t, "many"))
	for since := range m.states {
		for upto := since; upto < len(m.states); upto++ {
			got := m.follow(t, truth, obj, int64(since), int64(upto))
			if showState(obj, got) != showState(obj, m.states[upto]) {
				t.Fatalf("changes from %d to %d give\n     %s\nwant %s", since, upto, showState(obj, got), showState(obj, m.states[upto]))
			}
		}
	}
	lines, err := truth.Quarantine(ctx, obj, record.Filter{}, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != len(m.lines) {
		t.Fatalf("%d quarantine lines, want %d", len(lines), len(m.lines))
	}
	for _, l := range lines {
		if w := m.lines[l.ID]; l.State != w.state || l.Closed != w.closed || l.Key != w.key {
			t.Fatalf("line %d is %+v, want %+v", l.ID, l, *w)
		}
	}
}

// follow applies all pages of changes to the model's state after since. A
// tombstone for a key that was not there, or a row that did not change, is an
// error: the state must differ.
func (m *model) follow(t *rapid.T, truth *record.Truth, obj *contract.Object, since, upto int64) map[string]cell {
	state := maps.Clone(m.states[since])
	after := ""
	for {
		page, err := truth.Changes(context.Background(), obj, since, upto, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, ch := range page {
			if after != "" && slices.Compare(inKeyOrder(obj, []string{after, ch.Key}), []string{after, ch.Key}) != 0 {
				t.Fatalf("key %s comes after %s", ch.Key, after)
			}
			after = ch.Key
			old, was := state[ch.Key]
			if ch.Withdrawn {
				if !was || ch.Seq <= since || ch.Seq > upto {
					t.Fatalf("changes from %d to %d: needless tombstone %+v", since, upto, ch)
				}
				delete(state, ch.Key)
				continue
			}
			if was && old.seq == ch.Seq {
				t.Fatalf("changes from %d to %d: unchanged row %+v", since, upto, ch)
			}
			state[ch.Key] = cell{ch.Row.Values["Giá trị"].(string), ch.Row.Seq}
		}
		if len(page) < 2 {
			return state
		}
	}
}
