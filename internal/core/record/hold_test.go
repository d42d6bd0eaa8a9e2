package record_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

type secrets struct{}

func (secrets) Key(purpose string) []byte {
	sum := sha256.Sum256([]byte("a test's master " + purpose))
	return sum[:]
}

func reporting(text string) func(int64, time.Time) ([]byte, error) {
	return func(int64, time.Time) ([]byte, error) { return []byte(text), nil }
}

// seeing is a view of all rows and columns; what is held is not among them.
func seeing(t testing.TB, obj *contract.Object) *record.View {
	t.Helper()
	v, err := record.NewView(obj, policy.Everything, secrets{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func hold(t testing.TB, truth *record.Truth, c *contract.Contract, key, kind string) {
	t.Helper()
	if _, err := truth.Hold(t.Context(), batch(c), record.Hold{Key: key, Kind: kind, Basis: "Luật 91/2025/QH15"}); err != nil {
		t.Fatal(err)
	}
}

func release(t testing.TB, truth *record.Truth, c *contract.Contract, key, kind string) {
	t.Helper()
	if _, err := truth.Release(t.Context(), batch(c), key, kind); err != nil {
		t.Fatal(err)
	}
}

func TestHeldRecordLeavesByNoDoor(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := people()
		obj := c.Objects[0]
		apply(t, truth, load(c, person("01", 1, "a"), person("01", 2, "b"), person("02", 1, "c")))
		b := batch(c)
		b.Updates, b.Updated = rowsOf(stored(obj), [][]any{person("01", 2, "B")}), 1
		b.Quarantine, b.Quarantined = stream(record.QuarantineSchema, [][]any{{7, "01~2", `["01","2","?"]`, "x"}, {8, nil, `["","",""]`, "x"}}), 2
		apply(t, truth, b)
		hold(t, truth, c, "01~2", record.HoldRestriction)

		r := truth.Through(seeing(t, obj))
		list, err := r.List(t.Context(), "", 10, record.Latest)
		if err != nil || show(list) != "01~1=a@1 02~1=c@1" {
			t.Errorf("list %s, %v", show(list), err)
		}
		if list, err = r.List(t.Context(), "", 10, 1); err != nil || show(list) != "01~1=a@1 02~1=c@1" {
			t.Errorf("list as of 1 %s, %v", show(list), err)
		}
		if _, err := r.Get(t.Context(), "01~2", record.Latest); !fault.Is(err, "record.unknown") {
			t.Errorf("get: %v", err)
		}
		if versions, err := r.History(t.Context(), "01~2"); err != nil || len(versions) != 0 {
			t.Errorf("history %v, %v", versions, err)
		}
		if n, err := r.Count(t.Context()); err != nil || n != 2 {
			t.Errorf("count %d, %v", n, err)
		}
		if values, _, err := r.Distinct(t.Context(), 2, 10); err != nil || fmt.Sprint(values) != "[a c]" {
			t.Errorf("distinct %v, %v", values, err)
		}
		if lines, err := r.Quarantine(t.Context(), record.Filter{}, 0, 10); err != nil || len(lines) != 1 || lines[0].Line != 8 {
			t.Errorf("lines %v, %v", lines, err)
		}
		if n, err := r.QuarantineCounts(t.Context()); err != nil || n.Lines != 1 {
			t.Errorf("counts %+v, %v", n, err)
		}
		if _, err := r.Held(t.Context(), "", 0, 10); !fault.Is(err, "hold.hidden") {
			t.Errorf("list of what is held: %v", err)
		}

		if whole, err := r.Whole(t.Context()); err != nil || whole {
			t.Errorf("files as sent are shown: %t, %v", whole, err)
		}

		// The steward sees it, and what is held.
		v := seeing(t, obj)
		v.ShowHeld()
		steward := truth.Through(v)
		if n, err := steward.Count(t.Context()); err != nil || n != 3 {
			t.Errorf("the steward counts %d, %v", n, err)
		}
		if whole, err := steward.Whole(t.Context()); err != nil || !whole {
			t.Errorf("files as sent are not shown to the steward: %t, %v", whole, err)
		}
		held, err := steward.Held(t.Context(), "", 0, 10)
		if err != nil || len(held) != 1 || held[0].Key != "01~2" || held[0].Row == nil || held[0].Basis != "Luật 91/2025/QH15" || held[0].By.ID != "an" {
			t.Errorf("held %+v, %v", held, err)
		}
		if held, err = steward.Held(t.Context(), record.HoldQuality, 0, 10); err != nil || len(held) != 0 {
			t.Errorf("held for quality %+v, %v", held, err)
		}

		// Writing the row anew does not free it, releasing does.
		b = batch(c)
		b.Updates, b.Updated = rowsOf(stored(obj), [][]any{person("01", 2, "BB")}), 1
		apply(t, truth, b)
		if n, err := r.Count(t.Context()); err != nil || n != 2 {
			t.Errorf("after an update %d, %v", n, err)
		}
		release(t, truth, c, "01~2", record.HoldRestriction)
		if n, err := r.Count(t.Context()); err != nil || n != 3 {
			t.Errorf("after the release %d, %v", n, err)
		}
		if whole, err := r.Whole(t.Context()); err != nil || !whole {
			t.Errorf("files as sent are not shown: %t, %v", whole, err)
		}
	})
}

func TestHoldRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := people()
		for _, bad := range []struct {
			h    record.Hold
			want string
		}{
			{record.Hold{Key: "01~1", Kind: "other", Basis: "x"}, "hold.kind"},
			{record.Hold{Key: "01~1", Kind: record.HoldLegal, Basis: " "}, "hold.basis"},
			{record.Hold{Key: "01~1", Kind: record.HoldLegal, Basis: "x", Until: "31/12/2027"}, "hold.until"},
			{record.Hold{Key: "01~1", Kind: record.HoldLegal, Basis: "x"}, "hold.no-record"},
		} {
			if _, err := truth.Hold(t.Context(), batch(c), bad.h); !fault.Is(err, bad.want) {
				t.Errorf("%+v: %v", bad.h, err)
			}
		}
		apply(t, truth, load(c, person("01", 1, "a")))
		for _, key := range []string{"09~1", "không phải khóa", "01"} {
			if _, err := truth.Hold(t.Context(), batch(c), record.Hold{Key: key, Kind: record.HoldLegal, Basis: "x"}); !fault.Is(err, "hold.no-record") {
				t.Errorf("key %q: %v", key, err)
			}
		}
		if _, err := truth.Release(t.Context(), batch(c), "01~1", record.HoldLegal); !fault.Is(err, "hold.unknown") {
			t.Errorf("release of nothing: %v", err)
		}
		hold(t, truth, c, "01~1", record.HoldLegal)
		if _, err := truth.Hold(t.Context(), batch(c), record.Hold{Key: "01~1", Kind: record.HoldLegal, Basis: "x"}); !fault.Is(err, "hold.there") {
			t.Errorf("a second hold: %v", err)
		}
		hold(t, truth, c, "01~1", record.HoldQuality)
		release(t, truth, c, "01~1", record.HoldLegal)
		if n, err := truth.Through(seeing(t, c.Objects[0])).Count(t.Context()); err != nil || n != 0 {
			t.Errorf("one of two holds is released: %d, %v", n, err)
		}
		seq, _, err := truth.Head(t.Context(), c.ID)
		if err != nil || seq != 4 {
			t.Errorf("%d batches, %v", seq, err)
		}
	})
}

func TestLapsed(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := people()
		apply(t, truth, load(c, person("01", 1, "a"), person("01", 2, "b")))
		if _, err := truth.Hold(t.Context(), batch(c), record.Hold{Key: "01~1", Kind: record.HoldLegal, Basis: "x", Until: "2026-11-22"}); err != nil {
			t.Fatal(err)
		}
		hold(t, truth, c, "01~2", record.HoldLegal)
		for day, want := range map[string]int{"2026-11-22": 0, "2026-11-23": 1} {
			if list, err := truth.Lapsed(t.Context(), c.Objects[0], day, 10); err != nil || len(list) != want {
				t.Errorf("%s: %v, %v", day, list, err)
			}
		}
	})
}

// TestFollowersOfHolds follows random histories through a view, from random
// states and by small pages: the copy ends as what the view shows, and nothing
// is told of a record while it is held.
func TestFollowersOfHolds(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		for seed := range uint64(6) {
			rng := rand.New(rand.NewPCG(seed, 7))
			truth.ReadAlongKeys([]int64{0, 1 << 40}[seed%2])
			c := people()
			obj := c.Objects[0]
			r := truth.Through(seeing(t, obj))
			there, held := map[string]bool{}, map[string]bool{}
			type follower struct {
				since int64
				rows  map[string]string
			}
			followers := []*follower{}
			for range 25 {
				b := batch(c)
				so := rng.IntN(6)
				key := fmt.Sprintf("01~%d", so)
				row := person("01", so, fmt.Sprint(rng.IntN(1000)))
				switch {
				case rng.IntN(3) == 0 && held[key]:
					release(t, truth, c, key, record.HoldLegal)
					held[key] = false
				case rng.IntN(3) == 0 && there[key] && !held[key]:
					hold(t, truth, c, key, record.HoldLegal)
					held[key] = true
				case there[key] && rng.IntN(3) == 0:
					b.Withdraws, b.Withdrawn = rowsOf(obj.KeyFields(), [][]any{{"01", so}}), 1
					apply(t, truth, b)
					there[key] = false
				case there[key]:
					b.Updates, b.Updated = rowsOf(stored(obj), [][]any{row}), 1
					apply(t, truth, b)
				default:
					b.Inserts, b.Inserted = rowsOf(stored(obj), [][]any{row}), 1
					apply(t, truth, b)
					there[key] = true
				}
				followers = append(followers, &follower{rows: map[string]string{}})
				list, err := r.List(t.Context(), "", 100, record.Latest)
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]string{}
				for _, row := range list {
					if held[row.Key] {
						t.Fatalf("seed %d: %s is held and listed", seed, row.Key)
					}
					want[row.Key] = fmt.Sprint(row.Values["Giá trị"])
				}
				head, _, err := r.Head(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range followers {
					if rng.IntN(2) == 0 {
						continue
					}
					for after := ""; ; {
						page, err := r.Changes(t.Context(), f.since, head, after, 2)
						if err != nil {
							t.Fatal(err)
						}
						for _, ch := range page {
							after = ch.Key
							if _, has := f.rows[ch.Key]; held[ch.Key] && (ch.Row != nil || !has) {
								t.Fatalf("seed %d: %s is held and told since %d: %+v", seed, ch.Key, f.since, ch)
							}
							if ch.Withdrawn {
								delete(f.rows, ch.Key)
							} else {
								f.rows[ch.Key] = fmt.Sprint(ch.Row.Values["Giá trị"])
							}
						}
						if len(page) < 2 {
							break
						}
					}
					f.since = head
					if fmt.Sprint(f.rows) != fmt.Sprint(want) {
						t.Fatalf("seed %d at %d:\n got %v\nwant %v", seed, head, f.rows, want)
					}
				}
			}
		}
	})
}

// TestErase takes a person out of rows, versions, quarantine and reports, and
// looks for the number in every byte of the home.
func TestErase(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := newContract([]contract.Column{
			{Name: "Số định danh", Store: "so", Type: contract.Text, Personal: contract.Personal{Class: contract.BasicPersonal, Kind: "personal_id"}},
			{Name: "Giá trị", Store: "gia_tri", Type: contract.Text},
		}, 0)
		obj := c.Objects[0]
		const number = "001099123456"
		row := func(n, v string) []any { return []any{n, v, hash(n, v), nil, nil} }
		var rows [][]any
		for i := range 3000 { // so that pages split
			rows = append(rows, row(fmt.Sprintf("%012d", 1099000000+i*100), strings.Repeat("x", i%60)))
		}
		rows = append(rows, row(number, "một"))
		b := load(c, rows...)
		b.Report = reporting(`{"left":["` + number + `","001099123400"],"examples":{"inserted":[{"key":"` + number + `","cells":["` + number + `","một"]},{"key":"1","cells":["1",""]}]},"digest":"ab001099123456"}`)
		b.Source = number + ".xlsx"
		apply(t, truth, b)
		for _, v := range []string{"hai", "ba"} {
			b := batch(c)
			b.Updates, b.Updated = rowsOf(stored(obj), [][]any{row(number, v)}), 1
			b.Quarantine, b.Quarantined = stream(record.QuarantineSchema, [][]any{
				{1, number, `["` + number + `","?"]`, "x"}, {2, nil, `["001 099 123 456","?"]`, "x"}, {3, nil, `["","1099123456"]`, "x"}, {4, "001099123400", `["001099123400","?"]`, "x"},
			}), 4
			apply(t, truth, b)
		}
		hold(t, truth, c, number, record.HoldLegal)
		trace, err := truth.TraceOf(t.Context(), obj, number)
		if err != nil {
			t.Fatal(err)
		}
		e := record.Erasing{ID: "x1", Trace: trace, Hash: record.HashKey(secrets{}, obj, number), Basis: "Yêu cầu của chủ thể dữ liệu"}
		if _, err := truth.Erase(t.Context(), batch(c), e); !fault.Is(err, "erase.kept") || !strings.Contains(err.Error(), "Luật 91/2025/QH15") {
			t.Fatalf("erasing what the law keeps: %v", err)
		}
		if f, kept, err := truth.Find(t.Context(), obj, trace); err != nil || f != (record.Found{Rows: 1, Versions: 2, Lines: 6}) || len(kept) != 1 {
			t.Errorf("found %+v %v, %v", f, kept, err)
		}
		release(t, truth, c, number, record.HoldLegal)
		done := batch(c)
		done.ID = "ERASE"
		got, err := truth.Erase(t.Context(), done, e)
		if err != nil || got.Found != (record.Found{Rows: 1, Versions: 2, Lines: 6}) {
			t.Fatalf("%+v, %v", got, err)
		}
		if again, err := truth.Erase(t.Context(), done, e); err != nil || again.Seq != got.Seq {
			t.Errorf("erasing again: %+v, %v", again, err)
		}
		if err := truth.Purge(t.Context(), c.ID, trace.Spellings()...); err != nil {
			t.Fatal(err)
		}
		if n, err := truth.Count(t.Context(), obj); err != nil || n != 3000 {
			t.Errorf("%d rows are left, %v", n, err)
		}
		if lines, err := truth.Quarantine(t.Context(), obj, record.Filter{}, 0, 10); err != nil || len(lines) != 2 {
			t.Errorf("%d lines are left, %v", len(lines), err)
		}
		report, err := truth.BatchReport(t.Context(), c.ID, b.ID)
		if err != nil || string(report) != `{"digest":"ab001099123456","examples":{"inserted":[{"cells":["1",""],"key":"1"}]},"left":["001099123400"]}` {
			t.Errorf("report %s, %v", report, err)
		}
		if _, err := truth.Changes(t.Context(), obj, 2, record.Latest, "", 10); !fault.Is(err, "changes.too-old") {
			t.Errorf("a follower from before: %v", err)
		}
		if n, err := truth.ErasedSince(t.Context(), obj, 1); err != nil || n != 1 {
			t.Errorf("%d erased, %v", n, err)
		}
		if yes, err := truth.IsErased(t.Context(), c.ID, "x1"); err != nil || !yes {
			t.Errorf("is erased %t, %v", yes, err)
		}
		if s.Engine() != store.SQLite {
			return
		}
		// The digest of a file is left alone: it is cut out before the bytes are
		// looked through.
		files, err := filepath.Glob(filepath.Join(s.Dir(), "data", c.ID+".db*"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(bytes.ReplaceAll(text, []byte("ab"+number), nil), []byte(number)) {
				t.Errorf("%s still holds the number", filepath.Base(f))
			}
		}
	})
}
