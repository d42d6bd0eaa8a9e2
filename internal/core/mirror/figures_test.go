package mirror_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// visits have a column of every type that figures are about.
func visits() *contract.Contract {
	o := &contract.Object{
		Contract: "kham", Name: "kham", Title: "Lượt khám", Dataset: "kham", Table: "kham", Key: []int{0}, Mode: contract.Merge,
		OrderBy: -1, Sender: -1, Period: -1, ValidFrom: -1, ValidTo: -1, ScopeUnit: 1, ScopeAgency: -1,
		Columns: []contract.Column{
			{Name: "ma", Title: "Mã", Store: "ma", Type: contract.Text},
			{Name: "xa", Title: "Xã", Store: "xa", Type: contract.Text},
			{Name: "so_ngay", Title: "Số ngày", Store: "so_ngay", Type: contract.Integer},
			{Name: "tien", Title: "Tiền", Store: "tien", Type: contract.Decimal, Precision: 18, Scale: 2},
			{Name: "sot", Title: "Sốt", Store: "sot", Type: contract.Float},
			{Name: "bhyt", Title: "Có thẻ", Store: "bhyt", Type: contract.Boolean},
			{Name: "ngay", Title: "Ngày", Store: "ngay", Type: contract.Date},
			{Name: "sinh", Title: "Năm sinh", Store: "sinh", Type: contract.PartialDate, Finest: "year"},
			{Name: "luc", Title: "Lúc", Store: "luc", Type: contract.Timestamp},
			{Name: "mat", Title: "Mật", Store: "mat", Type: contract.Text, Sealed: true},
			{Name: "ten", Title: "Tên", Store: "ten", Type: contract.Text, Personal: contract.Personal{Class: "basic", Kind: "full_name"}},
		},
	}
	return &contract.Contract{ID: "kham", Version: "1.0.0", Digest: "d", Objects: []*contract.Object{o}}
}

func visitRows() (all []row) {
	for i, r := range []row{
		{"xa": "a", "so_ngay": 1, "tien": "10.50", "sot": 37.5, "bhyt": true, "ngay": "2024-01-01", "sinh": "1990", "luc": "2023-12-31 17:00:00"}, // 00:00 on 1 January here
		{"xa": "a", "so_ngay": 2, "tien": "20.50", "sot": 38.5, "bhyt": true, "ngay": "2024-01-31", "sinh": "1990-05", "luc": "2023-12-31 16:59:59"},
		{"xa": "a", "so_ngay": 9, "bhyt": false, "ngay": "2024-02-29", "sinh": "1990-05-07", "luc": "2024-06-01 05:00:00", "_nil": `{"tien":"withheld"}`},
		{"xa": "b", "so_ngay": 4, "tien": "0.01", "ngay": "2024-04-01", "sinh": "1985-11", "luc": "2024-06-01 05:59:59.999999"},
		{"xa": "b", "tien": "100.00", "sot": 40.0, "bhyt": true, "ngay": "2024-12-30", "sinh": "1985", "_nil": `{"so_ngay":"unknown","luc":"not-collected"}`},
		{"so_ngay": 4, "tien": "5.00", "ngay": "2025-01-05", "ten": "Người Thử"},
	} {
		r["ma"], r["_hash"] = fmt.Sprintf("K%d", i), fmt.Appendf(nil, "%016d", i)
		if r["_nil"] == nil {
			delete(r, "_nil")
		}
		all = append(all, r)
	}
	return all
}

// brief writes groups in one line.
func brief(g mirror.Groups) string {
	var list []string
	for _, one := range g.Groups {
		line := strings.TrimSpace(fmt.Sprintf("%s %d", words(one.Values), one.Count))
		for _, m := range one.Measures {
			switch {
			case m == nil:
				line += " -"
			case m.Value != "":
				line += " " + m.Value
			default:
				line += fmt.Sprintf(" %s/%v", m.Sum, m.Average)
			}
		}
		list = append(list, line)
	}
	if g.More {
		list = append(list, "…")
	}
	return strings.Join(list, "; ")
}

// TestFigures counts by the engine what was counted by hand.
func TestFigures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		c := visits()
		w.both(c, change{insert: visitRows()})
		everything := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}}
		unit := policy.Decision{Allowed: true, Rows: policy.Rows{Units: []string{"a"}}}
		masked := everything
		masked.Columns = map[string]policy.Sight{"tien": {Mask: policy.Hidden}, "ma": {Mask: policy.Hidden}}
		few := everything
		few.SmallestGroup = 3
		for _, test := range []struct {
			name         string
			d            policy.Decision
			by, measures string
			order        string
			change       func(q *mirror.GroupQuery)
			want, refuse string
		}{
			{"months of days", everything, "ngay:month", "", "", nil, "2024-01 2; 2024-02 1; 2024-04 1; 2024-12 1; 2025-01 1", ""},
			{"quarters of days", everything, "ngay:quarter", "sum:tien", "", nil, "2024-Q1 3 31.00; 2024-Q2 1 0.01; 2024-Q4 1 100.00; 2025-Q1 1 5.00", ""},
			{"weeks are those of ISO 8601", everything, "ngay:week", "", "", nil, "2024-W01 1; 2024-W05 1; 2024-W09 1; 2024-W14 1; 2025-W01 2", ""},
			{"years of days", everything, "ngay:year", "count:tien", "", nil, "2024 5 4; 2025 1 1", ""},
			{"days of moments are those of Viet Nam", everything, "luc:day", "", "", nil, "2023-12-31 1; 2024-01-01 1; 2024-06-01 2; <nil> 2", ""},
			{"hours", everything, "luc:hour", "", "", nil, "2023-12-31T23:00:00+07:00 1; 2024-01-01T00:00:00+07:00 1; 2024-06-01T12:00:00+07:00 2; <nil> 2", ""},
			{"months of partial days, as far as they are known", everything, "sinh:month", "", "", nil, "1985-11 1; 1990-05 2; <nil> 3", ""},
			{"quarters of partial days", everything, "sinh:quarter", "", "", nil, "1985-Q4 1; 1990-Q2 2; <nil> 3", ""},
			{"years of partial days", everything, "sinh:year", "", "", nil, "1985 2; 1990 3; <nil> 1", ""},
			{"days of partial days", everything, "sinh:day", "", "", nil, "1990-05-07 1; <nil> 5", ""},
			{"every function", everything, "xa", "count:so_ngay,distinct:so_ngay,sum:so_ngay,avg:so_ngay,min:so_ngay,max:so_ngay,median:so_ngay,p25:so_ngay", "", nil,
				"a 3 3 3 12 4 1 9 2 1.5; b 2 1 1 4 4 4 4 4 4; <nil> 1 1 1 4 4 4 4 4 4", ""},
			{"of exact numbers", everything, "bhyt", "sum:tien,min:tien,max:tien,median:tien,p100:tien,tien", "", nil,
				"false 1 - - - - - -; true 3 131.00 10.50 100.00 20.5 100 131.00/43.666666666666664; <nil> 2 5.01 0.01 5.00 2.505 5 5.01/2.505", ""},
			{"of others", everything, "bhyt", "min:luc,max:ngay,distinct:xa,avg:sot,max:sot,min:sinh", "", nil,
				"false 1 2024-06-01T12:00:00+07:00 2024-02-29 1 - - 1990-05-07; true 3 2023-12-31T23:59:59+07:00 2024-12-30 2 38.666666666666664 40 1985; <nil> 2 2024-06-01T12:59:59.999999+07:00 2025-01-05 1 - - 1985-11", ""},
			{"by a measure, the largest first", everything, "xa", "sum:tien", "-sum:tien", nil, "b 2 100.01; a 3 31.00; <nil> 1 5.00", ""},
			{"by the count, then by name", everything, "so_ngay", "", "-count,-so_ngay", nil, "4 2; 9 1; 2 1; 1 1; <nil> 1", ""},
			{"by time, newest first, two of them", everything, "ngay:month", "", "-ngay:month", func(q *mirror.GroupQuery) { q.Limit = 2 }, "2025-01 1; 2024-12 1; …", ""},
			{"nothing is cut off", everything, "xa", "", "", func(q *mirror.GroupQuery) { q.Limit = 3 }, "a 3; b 2; <nil> 1", ""},
			{"a value and the rest", everything, "xa", "avg:so_ngay", "", func(q *mirror.GroupQuery) { q.By[0].Keep = []string{"b"} }, "b 2 4; \uffff 3 4; <nil> 1 4", ""},
			{"none by itself", everything, "xa", "", "", func(q *mirror.GroupQuery) { q.By[0].Keep = []string{} }, "\uffff 5; <nil> 1", ""},
			{"all rows", everything, "", "min:ngay,max:ngay", "", nil, "6 2024-01-01 2025-01-05", ""},
			{"filtered", everything, "xa", "sum:tien", "", func(q *mirror.GroupQuery) {
				q.Rows.Where = filter(t, "bhyt = TRUE AND ngay < DATE('2024-12-01')")
			}, "a 2 31.00", ""},
			{"the rows of a unit", unit, "ngay:year", "sum:tien", "", nil, "2024 3 31.00", ""},
			{"a hidden key beside", masked, "xa", "", "", nil, "a 3; b 2; <nil> 1", ""},
			{"a hidden measure", masked, "xa", "max:tien", "", nil, "", "view.column"},
			{"a filter of what is hidden", masked, "xa", "", "", func(q *mirror.GroupQuery) { q.Rows.Where = filter(t, "tien > 1") }, "", "view.column"},
			{"a moment without a stretch", everything, "luc", "", "", nil, "", "groups.needs-bucket"},
			{"hours of days", everything, "ngay:hour", "", "", nil, "", "groups.bucket"},
			{"months of texts", everything, "xa:month", "", "", nil, "", "groups.bucket"},
			{"the sum of days", everything, "xa", "sum:ngay", "", nil, "", "groups.measure"},
			{"the median of days", everything, "xa", "median:ngay", "", nil, "", "groups.measure-type"},
			{"by what is sealed", everything, "mat", "", "", nil, "", "filter.sealed"},
			{"the least of what is sealed", everything, "xa", "min:mat", "", nil, "", "groups.measure-type"},
			{"ordered by what is not asked for", everything, "xa", "", "-sum:tien", nil, "", "groups.order"},
			{"few: only what is large enough", few, "xa", "sum:so_ngay,avg:so_ngay", "", nil, "a 3 - -", ""},
			{"few: the median", few, "xa", "median:tien", "", nil, "", "groups.few-measure"},
			{"few: values counted", few, "xa", "count:tien", "", nil, "", "groups.few-measure"},
			{"few: filtered", few, "xa", "", "", func(q *mirror.GroupQuery) { q.Rows.Where = filter(t, "xa = 'a'") }, "", "groups.few-filter"},
			{"few: a past state", few, "xa", "", "", func(q *mirror.GroupQuery) { q.Rows.AsOf = 1 }, "", "groups.few-as-of"},
			{"few: a part", few, "xa", "", "", func(q *mirror.GroupQuery) { q.By[0].Keep = []string{"a"} }, "", "groups.few-keep"},
			{"few: weeks", few, "ngay:week", "", "", nil, "", "groups.few-bucket"},
			{"few: months of partial days", few, "sinh:month", "", "", nil, "", "groups.few-bucket"},
			{"few: all rows", few, "", "sum:tien", "", nil, "", "groups.columns"},
			{"few: years", few, "sinh:year", "", "-count", nil, "1990 3", ""},
		} {
			t.Run(test.name, func(t *testing.T) {
				q, err := mirror.ReadGroups(test.by, test.measures, test.order)
				if err != nil {
					t.Fatal(err)
				}
				if test.change != nil {
					test.change(&q)
				}
				for range 2 { // the second time from memory
					g, err := w.mirror.Groups(t.Context(), c.Objects[0], test.d, q)
					if test.refuse != "" {
						if !fault.Is(err, test.refuse) {
							t.Fatalf("%v, want %s", err, test.refuse)
						}
						continue
					}
					if err != nil {
						t.Fatal(err)
					}
					if got := brief(g); got != test.want {
						t.Errorf("%s\nwant %s", got, test.want)
					}
				}
			})
		}
		// A past state, by its batch.
		w.both(c, change{update: []row{{"ma": "K3", "xa": "a", "tien": "1.00", "_hash": []byte("0000000000000099")}}})
		for asOf, want := range map[int64]string{0: "a 4 32.00; b 1 100.00; <nil> 1 5.00", 1: "a 3 31.00; b 2 100.01; <nil> 1 5.00"} {
			q, _ := mirror.ReadGroups("xa", "sum:tien", "")
			q.Rows.AsOf = asOf
			g, err := w.mirror.Groups(t.Context(), c.Objects[0], everything, q)
			if err != nil || brief(g) != want || asOf > 0 && g.Seq != asOf {
				t.Errorf("as of %d: %s at %d, %v; want %s", asOf, brief(g), g.Seq, err, want)
			}
		}
	})
}

func TestReadGroups(t *testing.T) {
	for _, test := range []struct{ by, measures, order, refuse string }{
		{"ngay:month, ma_xa", "sum:so_tien,p95:so_ngay,so_nguoi", "-sum:so_tien,ngay", ""},
		{"a:b", "avg:a:b,p99.9:x,p0:x,p100:x", "count", ""},
		{"x", "p101:x", "", "groups.function"},
		{"x", "p-1:x", "", "groups.function"},
		{"x", "pNaN:x", "", "groups.function"},
		{"x", "p1e1:x", "", "groups.function"},
		{"x", "tong:x", "", "groups.function"},
	} {
		q, err := mirror.ReadGroups(test.by, test.measures, test.order)
		if test.refuse != "" {
			if !fault.Is(err, test.refuse) {
				t.Errorf("%+v: %v", test, err)
			}
			continue
		}
		var by, measures []string
		for _, b := range q.By {
			by = append(by, b.String())
		}
		for _, m := range q.Measures {
			measures = append(measures, m.String())
		}
		if err != nil || strings.Join(by, ", ") != test.by && strings.Join(by, ",") != test.by || strings.Join(measures, ",") != test.measures {
			t.Errorf("%+v: %v %v %v", test, by, measures, err)
		}
	}
}

// TestFigures_timesTellNoFew: where groups are concealed, no stretch of time tells
// of few by what its part, its whole or its neighbours are.
func TestFigures_timesTellNoFew(t *testing.T) {
	const k = 5
	for seed := range uint64(4) {
		w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
		c := visits()
		r := rand.New(rand.NewPCG(seed, 7))
		counts := map[mirror.Bucket]map[string]int64{}
		times := []mirror.Bucket{mirror.Year, mirror.Quarter, mirror.Month, mirror.Day, mirror.Hour}
		var all []row
		begin := time.Date(2023, 1, 1, 0, 0, 0, 0, record.VietnamTime)
		for i := range 150 + 150*int(seed) {
			at := begin.Add(time.Duration(r.IntN(1+r.IntN(700))*24+r.IntN(2)) * time.Hour)
			all = append(all, row{"ma": fmt.Sprintf("K%05d", i), "luc": at.UTC().Format("2006-01-02 15:04:05"), "_hash": fmt.Appendf(nil, "%016d", i)})
			for _, b := range times {
				if counts[b] == nil {
					counts[b] = map[string]int64{}
				}
				counts[b][stretch(b, at)]++
			}
		}
		w.both(c, change{insert: all})
		shown := map[mirror.Bucket]map[string]bool{}
		d := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}, SmallestGroup: k}
		for _, b := range times {
			g, err := w.mirror.Groups(t.Context(), c.Objects[0], d, asked([]string{"luc:" + string(b)}))
			if err != nil {
				t.Fatal(err)
			}
			shown[b] = map[string]bool{}
			for _, one := range g.Groups {
				if one.Count < k || one.Count != counts[b][*one.Values[0]] {
					t.Errorf("%s: %d rows of %d", *one.Values[0], one.Count, counts[b][*one.Values[0]])
				}
				shown[b][*one.Values[0]] = true
			}
		}
		for n, fine := range times {
			for _, coarse := range times[:n] {
				left, parts := map[string]int64{}, map[string]int{}
				for name, rows := range counts[fine] {
					whole := within(coarse, name)
					if shown[fine][name] && !shown[coarse][whole] {
						t.Errorf("%s is shown, %s is not", name, whole)
					}
					if !shown[fine][name] {
						left[whole] += rows
						parts[whole]++
					}
				}
				for whole, rows := range left {
					if shown[coarse][whole] && (rows < k || parts[whole] == 1) {
						t.Errorf("%s less its shown %ss tells of %d rows in %d of them", whole, fine, rows, parts[whole])
					}
				}
			}
		}
	}
}

func stretch(b mirror.Bucket, at time.Time) string { return mirror.BucketLabel(b, at) }

// within is the coarser stretch that one is in, by its name.
func within(b mirror.Bucket, name string) string {
	switch b {
	case mirror.Year:
		return name[:4]
	case mirror.Quarter:
		if strings.Contains(name, "Q") {
			return name
		}
		month, _ := strconv.Atoi(name[5:7])
		return fmt.Sprintf("%s-Q%d", name[:4], (month+2)/3)
	case mirror.Month:
		return name[:7]
	}
	return name[:10]
}

func TestProfile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		c := visits()
		obj := c.Objects[0]
		w.both(c, change{insert: visitRows()})
		profile := func(d policy.Decision) mirror.Profile {
			t.Helper()
			v, err := record.NewView(obj, d, secrets{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := w.mirror.Profile(t.Context(), v, mirror.ScanOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		everything := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}}
		p := profile(everything)
		of := func(name string) mirror.ColumnProfile { return p.Columns[obj.Column(name)] }
		if p.Rows != 6 || p.Seq != 1 {
			t.Errorf("%d rows at %d", p.Rows, p.Seq)
		}
		if c := of("xa"); c.Present != 5 || c.Absent != 1 || c.Distinct != 2 || !c.Exact || fmt.Sprint(c.Frequent) != "[{a 3} {b 2}]" || c.Shortest != 1 || c.Longest != 1 || *c.Length != 1 {
			t.Errorf("xa: %+v", c)
		}
		if c := of("so_ngay"); c.Present != 5 || c.Distinct != 4 || c.Least != "1" || c.Greatest != "9" || *c.Mean != 4 || c.Quantile(50).Value != 4 || !c.Quantile(50).Exact || c.Why["unknown"] != 1 || len(c.Bins) != 9 || c.Bins[0].Count != 1 || c.Bins[3].Count != 2 || c.Bins[8].Count != 1 {
			t.Errorf("so_ngay: %+v", c)
		}
		if c := of("tien"); c.Present != 5 || c.Least != "0.01" || c.Greatest != "100.00" || c.Quantile(50).Value != 10.5 || c.Why["withheld"] != 1 || len(c.Bins) != 20 || c.Bins[0].Count != 2 || c.Bins[19].Count != 1 || c.Bins[19].To != 100 {
			t.Errorf("tien: %+v", c)
		}
		if c := of("bhyt"); c.Present != 4 || fmt.Sprint(c.Frequent) != "[{true 3} {false 1}]" {
			t.Errorf("bhyt: %+v", c)
		}
		if c := of("ngay"); c.Bucket != mirror.Week || c.Least != "2024-01-01" || len(c.Times) != 53 || c.Times[0].Count != 1 || c.Times[52].Label != "2025-W01" || c.Times[52].Count != 2 {
			t.Errorf("ngay: %+v", c)
		}
		if c := of("luc"); c.Bucket != mirror.Week || c.Least != "2023-12-31T23:59:59+07:00" || c.Times[0].Label != "2023-W52" || c.Why["not-collected"] != 1 {
			t.Errorf("luc: %+v", c)
		}
		if c := of("sinh"); c.Bucket != mirror.Year || len(c.Times) != 6 || c.Times[5].Label != "1990" || c.Times[5].Count != 3 || c.Distinct != 5 {
			t.Errorf("sinh: %+v", c)
		}
		if c := of("mat"); c.Seen != mirror.Sealed || c.Present != 0 || c.Distinct != -1 {
			t.Errorf("mat: %+v", c)
		}
		if c := of("ten"); c.Seen != mirror.Personal || c.Present != 1 || c.Absent != 5 || c.Distinct != -1 || c.Frequent != nil {
			t.Errorf("ten: %+v", c)
		}
		// Of another's eyes, and of a unit alone.
		d := policy.Decision{Allowed: true, Rows: policy.Rows{Units: []string{"b"}}, Columns: map[string]policy.Sight{"tien": {Mask: policy.Hidden}, "ma": {Mask: policy.Hash}}}
		p = profile(d)
		if c := of("tien"); p.Rows != 2 || c.Seen != mirror.Masked || c.Present != 0 || len(c.Why) != 0 || c.Least != "" {
			t.Errorf("%d rows; tien: %+v", p.Rows, c)
		}
		if c := of("xa"); c.Present != 2 || fmt.Sprint(c.Frequent) != "[{b 2}]" {
			t.Errorf("xa: %+v", c)
		}
		if _, err := record.NewView(obj, policy.Decision{Allowed: true, Rows: policy.Rows{All: true}, SmallestGroup: 5}, nil); !fault.Is(err, "view.no-rows") {
			t.Errorf("groups alone: %v", err)
		}
		// An empty set has a profile too.
		empty := visits()
		empty.ID, empty.Objects[0].Contract, empty.Objects[0].Dataset = "rong", "rong", "rong"
		w.both(empty, change{})
		v, err := record.NewView(empty.Objects[0], everything, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := w.mirror.Profile(t.Context(), v, mirror.ScanOptions{}); err != nil || p.Rows != 0 || p.Columns[2].Mean != nil || len(p.Columns[2].Bins) != 0 || slices.ContainsFunc(p.Columns, func(c mirror.ColumnProfile) bool { return c.Present != 0 }) {
			t.Errorf("%+v, %v", p, err)
		}
	})
}
