package score_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/fault"
)

const beds = `
schema:
  - name: tram
    properties:
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: Số giường, physicalName: giuong, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 100}}
`

func stations(n int) []row {
	var all []row
	for i := range n {
		all = append(all, row{"ma": fmt.Sprintf("YT%04d", i), "giuong": i % 100})
	}
	return all
}

// A thousand rows of which thirty are known to break a rule: 97, exactly,
// whether they stand in quarantine or were accepted with a warning.
func TestThirtyFaultsInAThousand(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.install("tram", beds)
		var lines [][2]string
		for i := range 30 {
			lines = append(lines, [2]string{fmt.Sprintf("XX%04d", i), "giuong.range"})
		}
		w.apply(c, change{insert: stations(970), lines: lines})
		s := w.score(c)
		p := part(s, "giuong.range")
		if p == nil || p.Value != 97 || p.Valid != 970 || p.Population != 1000 {
			t.Fatalf("part %+v", p)
		}
		// đúng: structure 20 (two type rules, both 100), business 30 (97).
		if got := value(of(s, contract.Valid).Value); got != "98.2" {
			t.Errorf("đúng %s, want 98.2", got)
		}
		if got := value(of(s, contract.Complete).Value); got != "100" {
			t.Errorf("đủ %s, want 100", got)
		}
		flagged := w.install("tram-2", beds)
		rows := stations(1000)
		for i := range 30 {
			rows[i*7]["_flags"] = "f:giuong w:giuong.range"
		}
		w.apply(flagged, change{insert: rows})
		s = w.score(flagged)
		if p := part(s, "giuong.range"); p.Value != 97 || p.Valid != 970 {
			t.Errorf("flagged: %+v", p)
		}
		if p := part(s, score.Standardised); p.Value != 97 || p.Population != 1000 {
			t.Errorf("standardised: %+v", p)
		}
	})
}

// A new version in quarantine is bad once and hides the version that stands;
// two lines of one key are one record.
func TestQuarantinedVersionCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.install("tram", beds)
		rows := stations(10)
		rows[3]["_flags"] = "f:giuong"
		w.apply(c, change{insert: rows})
		w.apply(c, change{lines: [][2]string{{"YT0003", "giuong.range"}}})
		s := w.score(c)
		if p := part(s, "giuong.range"); p.Population != 10 || p.Valid != 9 {
			t.Errorf("one hidden row: %+v", p)
		}
		if p := part(s, score.Standardised); p.Population != 9 || p.Valid != 9 {
			t.Errorf("the hidden row's flags count: %+v", p)
		}
		w.apply(c, change{lines: [][2]string{{"YT0003", "giuong.type"}, {"YT0003", "giuong.range key"}, {"NEW", "giuong.range"}, {"", "ma.required"}}})
		s = w.score(c)
		if p := part(s, "giuong.range"); p.Population != 12 || p.Valid != 10 {
			t.Errorf("two lines of one key, a new one, one without: %+v", p)
		}
		if p := part(s, "ma.required"); p.Population != 12 || p.Valid != 11 {
			t.Errorf("required: %+v", p)
		}
		if why := of(s, contract.Complete).Why.Vi; !strings.Contains(why, "Nghiêm trọng") || !strings.Contains(why, "ma") {
			t.Errorf("a key below 100 is not named: %s", why)
		}
		if why := of(s, contract.Valid).Why.Vi; strings.Contains(why, "Nghiêm trọng") {
			t.Errorf("a fault outside the key is called serious: %s", why)
		}
	})
}

// A line that could not be split into cells holds to no rule.
func TestUnreadableLine(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.install("tram", beds)
		w.apply(c, change{insert: stations(3), lines: [][2]string{{"", "_row.few"}}})
		s := w.score(c)
		for _, id := range []contract.Criterion{contract.Valid, contract.Complete} {
			if got := value(of(s, id).Value); got != "75" {
				t.Errorf("%s %s, want 75", id, got)
			}
		}
		w.apply(c, change{lines: [][2]string{{"YT0001", "_owner"}}})
		if p := part(w.score(c), "key"); p.Valid != 2 || p.Population != 4 {
			t.Errorf("a key of another sender: %+v", p)
		}
	})
}

func TestNotMeasured(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.install("tram", beds)
		for _, prepare := range []func(){
			func() {},
			func() { w.apply(c, change{insert: stations(2)}) },
			func() { w.apply(c, change{withdraw: []row{{"ma": "YT0000"}, {"ma": "YT0001"}}}) },
		} {
			prepare()
			s := w.score(c)
			head, _, err := w.truth.Head(ctx, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Criteria) != 6 || s.Formula != score.Formula || s.Seq != head {
				t.Fatalf("%+v", s)
			}
			if head == 1 {
				for id, want := range map[contract.Criterion]string{
					contract.Valid: "100", contract.Complete: "100", contract.Clean: "100",
					contract.Live: "chưa đo", contract.Consistent: "chưa đo", contract.Shared: "chưa đo",
				} {
					if cr := of(s, id); value(cr.Value) != want || cr.Why.Vi == "" || cr.Why.En == "" {
						t.Errorf("%s: %s, want %s (%s)", id, value(cr.Value), want, cr.Why.Vi)
					}
				}
				if value(s.Overall) != "100" || s.Band != score.Good {
					t.Errorf("overall %s %s", value(s.Overall), s.Band)
				}
				continue
			}
			for _, cr := range s.Criteria {
				if cr.Value != nil || cr.Why.Vi == "" || len(cr.Parts) != 0 {
					t.Errorf("empty set: %s is %s with %d parts: %s", cr.ID, value(cr.Value), len(cr.Parts), cr.Why.Vi)
				}
			}
			if s.Overall != nil || s.Band != score.None {
				t.Errorf("empty set: overall %s %s", value(s.Overall), s.Band)
			}
		}
		if _, err := w.scorer.Current(ctx, "khong-co"); !fault.Is(err, "dataset.unknown") {
			t.Errorf("unknown data set: %v", err)
		}
	})
}

// A set of which every row is bad scores nought where rows are judged, and is
// not measured where there is nothing to judge.
func TestAllInQuarantine(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.install("tram", beds)
		w.apply(c, change{lines: [][2]string{{"", "_row.many"}, {"", "_row.few"}}})
		s := w.score(c)
		for id, want := range map[contract.Criterion]string{contract.Valid: "0", contract.Complete: "0", contract.Clean: "0"} {
			if got := value(of(s, id).Value); got != want {
				t.Errorf("%s %s, want %s", id, got, want)
			}
		}
		if part(s, score.Standardised) != nil {
			t.Error("spelling is measured without an accepted row")
		}
		if s.Band != score.Poor {
			t.Errorf("band %s", s.Band)
		}
	})
}

const lively = `
slaProperties:
  - {property: frequency, value: 10, unit: d%s}
schema:
  - name: tram
    properties:
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: ngay, logicalType: %s}
`

const day = 24 * time.Hour

func live(t *testing.T, w *world, id string) string {
	t.Helper()
	s, err := w.scorer.Current(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return value(of(s, contract.Live).Value)
}

// Without a time column the last load counts: 100 for a period, then down to 0
// after a second one, without anybody writing.
func TestAgeByBatches(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.install("tram", fmt.Sprintf(lively, "", "date"))
		w.apply(c, change{lines: [][2]string{{"", "ma.required"}}})
		if got := live(t, w, c.ID); got != "chưa đo" {
			t.Errorf("nothing was accepted, yet sống is %s", got)
		}
		first := w.apply(c, change{insert: []row{{"ma": "a"}}, digest: "A"})
		at := w.now
		for after, want := range map[time.Duration]string{0: "100", 10 * day: "100", 12*day + 12*time.Hour: "75", 15 * day: "50", 20 * day: "0", 300 * day: "0"} {
			if w.now = at.Add(after); live(t, w, c.ID) != want {
				t.Errorf("after %v: %s, want %s", after, live(t, w, c.ID), want)
			}
		}
		w.now = at.Add(15 * day)
		w.apply(c, change{digest: "A", accepted: 1})
		if got := live(t, w, c.ID); got != "50" {
			t.Errorf("the same file again refreshes: %s", got)
		}
		w.apply(c, change{kind: "rejudge", accepted: 1, reflag: []row{{"ma": "a", "_flags": "f:ngay"}}})
		if got := live(t, w, c.ID); got != "50" {
			t.Errorf("judging anew refreshes: %s", got)
		}
		again := w.apply(c, change{digest: "B", accepted: 1})
		if got := live(t, w, c.ID); got != "100" {
			t.Errorf("another file that confirms the row does not refresh: %s", got)
		}
		w.apply(c, change{kind: "undo", undoes: again})
		if got := live(t, w, c.ID); got != "50" {
			t.Errorf("a load that was undone counts: %s", got)
		}
		w.apply(c, change{kind: "undo", undoes: first, withdraw: []row{{"ma": "a"}}})
		if got := live(t, w, c.ID); got != "chưa đo" {
			t.Errorf("all loads were undone: %s", got)
		}
		w.score(c)
	})
}

func TestAgeByColumn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, k := range []struct{ kind, value, future, want string }{
			{"date", "2026-11-07", "2026-11-23", "55"}, // its day ends 14.5 days before noon of 22/11
			{"date", "2026-11-22", "2099-01-01", "100"},
			{"timestamp", "2026-11-07 05:00:00", "2026-11-22 05:00:01", "50"},
			{"integer", "2026", "2027", "100"},
			{"integer", "2025", "202611", "0"},
			{"date, customProperties: [{property: phohien.precision, value: month}]", "2026-11-06", "2026-12", "45"},
			{"date, customProperties: [{property: phohien.precision, value: year}]", "2026", "2027-01", "100"},
		} {
			text := strings.Replace(fmt.Sprintf(lively, ", element: ngay", "X"), "logicalType: X", "logicalType: "+k.kind, 1)
			c := w.install(fmt.Sprint("tram-", i), strings.Replace(text, "name: tram", fmt.Sprint("name: tram", i), 1))
			w.apply(c, change{insert: []row{{"ma": "x"}}})
			if got := live(t, w, c.ID); got != "chưa đo" {
				t.Errorf("%s without a time: %s", k.kind, got)
			}
			w.apply(c, change{insert: []row{{"ma": "a"}, {"ma": "b", "ngay": cell(k.kind, k.value)}, {"ma": "c", "ngay": cell(k.kind, k.future)}}})
			s := w.score(c)
			if got := value(of(s, contract.Live).Value); got != k.want {
				t.Errorf("%s %s: sống %s, want %s: %s", k.kind, k.value, got, k.want, of(s, contract.Live).Why.Vi)
			}
		}
	})
}

func cell(kind, text string) any {
	if kind == "integer" {
		var n int64
		fmt.Sscan(text, &n)
		return n
	}
	return text
}

func TestExpectation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		expect := func(what string) string {
			return strings.Replace(beds, "  - name: tram\n", "  - name: tram\n    customProperties: [{property: phohien.expectation, value: {"+what+"}}]\n", 1)
		}
		c := w.install("tram", expect("records: 40"))
		w.apply(c, change{insert: stations(30), lines: [][2]string{{"", "ma.required"}, {"z", "ma.required"}}})
		// 30 of 32 cells, 30 of 40 records.
		if got := value(of(w.score(c), contract.Complete).Value); got != value(ptr(100*30.0/32*30/40)) {
			t.Errorf("đủ %s", got)
		}
		more := w.install("nhieu", expect("records: 10"))
		w.apply(more, change{insert: stations(30)})
		if got := value(of(w.score(more), contract.Complete).Value); got != "100" {
			t.Errorf("more than expected: đủ %s", got)
		}
		child := w.install("con", expect("dataset: cha"))
		w.apply(child, change{insert: stations(30)})
		s := w.score(child)
		if got := value(of(s, contract.Complete).Value); got != "100" || !strings.Contains(of(s, contract.Complete).Why.Vi, "cha") {
			t.Errorf("parent not there: %s, %s", got, of(s, contract.Complete).Why.Vi)
		}
		parent := w.install("cha", beds)
		w.apply(parent, change{insert: stations(60)})
		// The parent's count is part of what is kept: no batch of the child is needed.
		s, err := w.scorer.Current(context.Background(), child.ID)
		if err != nil || value(of(s, contract.Complete).Value) != "50" {
			t.Errorf("60 expected: %s %v", value(of(s, contract.Complete).Value), err)
		}
	})
}

func ptr(f float64) *float64 { return &f }

// What is withheld is not missing: it leaves the count.
func TestWithheldIsNotMissing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.install("tram", strings.Replace(beds, "maximum: 100}", "maximum: 100}, required: true", 1))
		rows := stations(10)
		for _, r := range rows[:4] {
			r["_flags"], r["giuong"] = "w:giuong.required", nil
		}
		rows[0]["_nil"] = `{"giuong":"withheld"}`
		rows[1]["_nil"] = `{"giuong":"unknown"}`
		w.apply(c, change{insert: rows})
		s := w.score(c)
		if p := part(s, "giuong.required"); p.Population != 9 || p.Valid != 6 {
			t.Errorf("%+v", p)
		}
		// Cells: 10 keys and 6 of 9.
		if got := value(of(s, contract.Complete).Value); got != value(ptr(100*16.0/19)) {
			t.Errorf("đủ %s, want 16 of 19 cells", got)
		}
	})
}

const refers = `
schema:
  - name: tram
    properties:
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: loai, logicalType: string, customProperties: [{property: phohien.codeList, value: loai-tram}]}
      - {name: cha, logicalType: string, unique: true, customProperties: [{property: phohien.reference, value: {dataset: cha}}]}
`

// Rules whose code list or data set is not there are not measured, until it is.
func TestMissingReferences(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.install("tram", refers)
		rows := stations(4)
		for i, r := range rows {
			delete(r, "giuong")
			if i == 0 {
				r["_flags"] = "w:loai.code-list w:cha.reference"
			}
		}
		w.apply(c, change{insert: rows})
		s := w.score(c)
		if cr := of(s, contract.Consistent); cr.Value != nil || !strings.Contains(cr.Why.Vi, "loai-tram") {
			t.Errorf("thống nhất %s: %s", value(cr.Value), cr.Why.Vi)
		}
		if cr := of(s, contract.Clean); value(cr.Value) != "100" || !strings.Contains(cr.Why.Vi, "“cha”") {
			t.Errorf("sạch %s: %s", value(cr.Value), cr.Why.Vi)
		}
		parent := w.install("cha", beds)
		w.apply(parent, change{insert: stations(1)})
		list, err := dictionary.Parse([]byte("kind: CodeList\nid: loai-tram\nname: Loại trạm\nversion: 1.0.0\ncodes: [{code: A, name: Hạng A}]\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.lists.Put(context.Background(), clerk, list); err != nil {
			t.Fatal(err)
		}
		s, err = w.scorer.Current(context.Background(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := value(of(s, contract.Consistent).Value); got != "75" {
			t.Errorf("thống nhất %s", got)
		}
		// Structure 20 at 100, business (unique) 30 at 100, cross-check 50 at 75.
		if got := value(of(s, contract.Clean).Value); got != "87.5" {
			t.Errorf("sạch %s", got)
		}
	})
}

const sets = `
schema:
  - name: tram
    quality:
      - {id: du-so, type: library, metric: rowCount, mustBeGreaterOrEqualTo: 4}
      - {id: it-trong, type: library, metric: nullValues, mustBeLessThan: 30, unit: percent, arguments: {properties: [so]}}
      - {id: it-thieu, type: library, metric: missingValues, mustBeLessThan: 2, arguments: {properties: [chu], missingValues: ["-", "N/A"]}}
      - {id: it-sai, type: library, metric: invalidValues, mustBeLessOrEqualTo: 1, arguments: {properties: [chu], validValues: [a, "-"]}}
      - {id: it-sai-so, type: library, metric: invalidValues, mustBeLessOrEqualTo: 1, arguments: {properties: [so], validValues: [1, 2]}}
      - {id: it-mau, type: library, metric: invalidValues, mustBeBetween: [1, 2], arguments: {properties: [chu], pattern: "[a-z]"}}
      - {id: it-lap, type: library, metric: duplicateValues, mustBeLessThan: 2, arguments: {properties: [chu, so]}}
      - {id: tong, type: sql, query: "SELECT sum(so) FROM ${object}", mustBe: 4}
      - {id: hong, type: sql, query: "SELECT sum(khong_co) FROM ${object}", mustBe: 4}
      - {id: hai-so, type: sql, query: "SELECT so FROM ${object}", mustBe: 4}
      - {id: cam, type: sql, query: "SELECT count(*) FROM read_csv('/etc/passwd')", mustBe: 4}
    properties:
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: chu, logicalType: string}
      - {name: so, logicalType: integer}
`

// Rules over the whole set are 0 or 100; what cannot be judged is left out and
// named.
func TestRulesOverTheSet(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.install("tram", sets)
		w.apply(c, change{insert: []row{
			{"ma": "1", "chu": "a", "so": 1}, {"ma": "2", "chu": "a", "so": 1}, {"ma": "3", "chu": "-"}, {"ma": "4", "chu": "N/A", "so": 2},
		}})
		s := w.score(c)
		want := map[string]float64{"du-so": 100, "it-trong": 100, "it-thieu": 0, "it-sai": 100, "it-sai-so": 100, "it-mau": 100, "it-lap": 0, "tong": 100}
		for rule, v := range want {
			if p := part(s, rule); p == nil || p.Value != v || p.Population != 1 {
				t.Errorf("%s: %+v, want %v", rule, p, v)
			}
		}
		for _, rule := range []string{"hong", "hai-so", "cam"} {
			if p := part(s, rule); p != nil {
				t.Errorf("%s was judged: %+v", rule, p)
			}
			if why := of(s, contract.Valid).Why.Vi; !strings.Contains(why, "("+rule+")") {
				t.Errorf("%s is not named: %s", rule, why)
			}
		}
		if why := of(s, contract.Valid).Why; strings.Count(why.Vi, "Chưa đo “") != 3 || strings.Count(why.En, "Not measured “") != 3 {
			t.Errorf("why: %s", why.Vi)
		}
		w.apply(c, change{withdraw: []row{{"ma": "1"}}})
		s = w.score(c)
		for rule, v := range map[string]float64{"du-so": 0, "it-trong": 0, "it-lap": 100, "tong": 0} {
			if p := part(s, rule); p.Value != v {
				t.Errorf("a row less: %s %v, want %v", rule, p.Value, v)
			}
		}
	})
}

const two = `
slaProperties:
  - {property: frequency, value: 10, unit: d}
schema:
  - name: ho
    properties:
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
  - name: nguoi
    properties:
      - {name: ho, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: so, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}
      - {name: ten, logicalType: string, required: true}
`

// A data set of several tables is the mean of those that are measured.
func TestSeveralTables(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.install("ho-khau", two)
		w.apply(c, change{insert: []row{{"ho": "Ă~1", "so": 1, "ten": "A"}, {"ho": "Ă~1", "so": 2, "ten": "B"}}}, 1)
		w.apply(c, change{lines: [][2]string{{"%C4%82%7E1~2", "ten.required"}}}, 1)
		s := w.score(c)
		third := 100 * 5.0 / 6
		if got := value(of(s, contract.Complete).Value); got != value(&third) {
			t.Errorf("one table has rows: đủ %s", got)
		}
		if p := part(s, "ten.required"); p.Object != "ho-khau.nguoi" || p.Column != "ten" || p.Population != 2 {
			t.Errorf("%+v", p)
		}
		w.apply(c, change{insert: []row{{"ma": "Ă~1"}}}, 0)
		s = w.score(c)
		both := (100 + third) / 2
		if got := value(of(s, contract.Complete).Value); got != value(&both) {
			t.Errorf("both tables: đủ %s, want %s", got, value(&both))
		}
		for _, cr := range s.Criteria {
			weight := 0.0
			for _, p := range cr.Parts {
				weight += p.Weight
			}
			if cr.Value != nil && (weight < 99.999999 || weight > 100.000001) {
				t.Errorf("%s: weights add up to %v", cr.ID, weight)
			}
		}
		if n := len(of(s, contract.Live).Parts); n != 1 {
			t.Errorf("sống has %d parts", n)
		}
	})
}

// Counting again without a change adds nothing to the history.
func TestHistory(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.install("tram", beds)
		for i := range 3 {
			w.now = start.Add(time.Duration(i) * time.Hour)
			w.apply(c, change{lines: [][2]string{{fmt.Sprint("k", i), "giuong.range"}}, insert: []row{{"ma": fmt.Sprint("r", i)}}})
			w.score(c)
			w.now = w.now.Add(time.Minute)
			w.score(c)
		}
		list, err := w.scorer.History(ctx, c.ID, 2)
		if err != nil || len(list) != 2 {
			t.Fatalf("%d entries, %v", len(list), err)
		}
		if list[0].Seq != 3 || list[1].Seq != 2 || !list[0].At.Equal(start.Add(2*time.Hour)) {
			t.Errorf("history %+v", list)
		}
		if v := of(list[0], contract.Valid); value(v.Value) != "70" || v.Title.Vi != "Đúng" || len(list[0].Criteria) != 6 {
			t.Errorf("đúng then: %s", value(v.Value))
		}
		if of(list[0], contract.Live).Value != nil {
			t.Error("chưa đo became a number in the history")
		}
		if all, err := w.scorer.History(ctx, c.ID, 100); err != nil || len(all) != 3 {
			t.Errorf("%d entries, %v", len(all), err)
		}
	})
}

// Readers who come while batches commit get a whole answer, and the last one
// the last state.
func TestScoreWhileBatchesCommit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.install("ho-khau", two)
		done := make(chan struct{})
		var g errgroup.Group
		for range 4 {
			g.Go(func() error {
				last := int64(0)
				for {
					s, err := w.scorer.Current(ctx, c.ID)
					if err != nil {
						return err
					}
					if s.Seq < last {
						return fmt.Errorf("seq %d after %d", s.Seq, last)
					}
					if p := part(s, "ma.type"); p != nil && p.Population != 2*p.Valid {
						return fmt.Errorf("half a batch: %+v", p)
					}
					last = s.Seq
					select {
					case <-done:
						return nil
					default:
					}
				}
			})
		}
		for i := range 30 {
			w.apply(c, change{insert: []row{{"ma": fmt.Sprint("h", i)}}, lines: [][2]string{{fmt.Sprint("x", i), "ma.type"}}}, 0)
		}
		close(done)
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if s := w.score(c); s.Seq != 30 || part(s, "ma.type").Population != 60 {
			t.Errorf("at the end: %+v", part(s, "ma.type"))
		}
	})
}

func TestBand(t *testing.T) {
	for v, want := range map[float64]string{100: score.Good, 90: score.Good, 89.999: score.Watch, 75: score.Watch, 74.999: score.Poor, 0: score.Poor} {
		if got := score.Band(&v); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
	if score.Band(nil) != score.None {
		t.Error("chưa đo has a colour")
	}
}
