package score_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/usage"
)

const ownedAndShared = `
customProperties: [{property: phohien.owner, value: so-y-te}, {property: phohien.access, value: shared}]
`

// A ledger gives what it holds, and keeps which days were asked for.
type ledger struct {
	all      []usage.Consumer
	from, to time.Time
	asked    int
}

func (l *ledger) Consumers(_ context.Context, from, to time.Time) ([]usage.Consumer, error) {
	l.from, l.to = from, to
	l.asked++
	return l.all, nil
}

// Dùng chung is told, not scored: who used the data besides its owner.
func TestSharing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		l := &ledger{all: []usage.Consumer{
			{Dataset: "tram", Kind: "person", Org: "so-y-te", Uses: 50, Last: "2026-11-22"}, // the owner
			{Dataset: "tram", Kind: "system", ID: "phohien", Uses: 9, Last: "2026-11-22"},
			{Dataset: "tram", Kind: "person", Org: "cong-an", Uses: 3, Last: "2026-11-20"},
			{Dataset: "tram.giuong", Kind: "person", Org: "cong-an", Uses: 1, Last: "2026-11-21"},
			{Dataset: "tram", Kind: "program", ID: "lgsp", Org: "so-y-te-khac", Uses: 4, Last: "2026-11-19"},
			{Dataset: "tram-khac", Kind: "person", Org: "cong-an", Uses: 7, Last: "2026-11-22"},
		}}
		deps := w.scorer.Deps
		deps.Uses = l
		w.scorer = score.New(deps)
		used := w.install("tram", ownedAndShared+beds)
		w.apply(used, change{insert: stations(2)})
		unused := w.install("kho", ownedAndShared+beds)
		w.apply(unused, change{insert: stations(2)})

		s := w.score(used)
		cr := of(s, contract.Shared)
		if cr.Value != nil || cr.Sharing == nil || *cr.Sharing != (score.Sharing{Access: "shared", Consumers: 2, Uses: 8, Last: "2026-11-21"}) {
			t.Fatalf("%+v %+v", cr, cr.Sharing)
		}
		for _, says := range []string{"dùng chung giữa các cơ quan", "khai thác ngoài cơ quan chủ quản: 2", "số lượt: 8", "21/11/2026", "không chấm điểm"} {
			if !strings.Contains(cr.Why.Vi, says) {
				t.Errorf("%q does not say %q", cr.Why.Vi, says)
			}
		}
		if got := cr.Sharing.Text(locale.Vi); got != "2 nơi dùng" {
			t.Error(got)
		}
		if l.asked != 1 || !l.to.Equal(start) || l.to.Sub(l.from) != score.SharedDays*day {
			t.Errorf("asked %d times, from %s to %s", l.asked, l.from, l.to)
		}
		members, err := w.scorer.Members(ctx, all)
		if err != nil {
			t.Fatal(err)
		}
		r := score.Roll(members)
		shared := r.Criteria[5]
		if shared.Value != nil || shared.Sharing == nil || *shared.Sharing != (score.RollupSharing{Shared: 2, Used: 1, Of: 2}) || !strings.HasPrefix(shared.Why().Vi, "1 trên 2 bộ dữ liệu") {
			t.Errorf("%+v %s", shared.Sharing, shared.Why().Vi)
		}
		// What is told grows old within a minute.
		l.all, w.now = nil, w.now.Add(time.Minute)
		standings, err := w.scorer.Standings(ctx, []*contract.Contract{used})
		if err != nil {
			t.Fatal(err)
		}
		if sh := of(standings["tram"].Score, contract.Shared).Sharing; sh == nil || sh.Consumers != 0 || sh.Last != "" {
			t.Errorf("%+v", sh)
		}
	})
}

const oneTerm = `kind: Terms
source: thử
terms:
  - id: ph:ID-001
    title: Mã
    name: Ma
    definition: Mã của một thứ do cơ quan cấp.
    usage: Dùng khi thử.
    group: Thử
    version: "1.0"
    property: {logicalType: string}
    valid: [a, b]
    invalid: [c, d]
`

// inForce is a dictionary that does not change.
type inForce struct{ book *dictionary.Book }

func (f inForce) Book(context.Context) (*dictionary.Book, error) { return f.book, nil }

func (f inForce) BookIn(context.Context, *store.Tx) (*dictionary.Book, error) { return f.book, nil }

const mapped = `
schema:
  - name: nguoi
    properties:
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1, customProperties: [{property: phohien.term, value: "ph:ID-001"}]}
      - {name: ten, logicalType: string, customProperties: [{property: phohien.term, value: "ph:ID-404"}]}
      - {name: tuoi, logicalType: integer, customProperties: [{property: phohien.term, value: "ph:ID-001"}]}
      - {name: ghi_chu, logicalType: string}
      - {name: dong, logicalType: string, customProperties: [{property: phohien.notMapped, value: dac-thu}]}
`

// Thống nhất counts the columns that stand for a term in force and are kept as it
// is; those that say why they stand for none are left out.
func TestTerms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		list, err := dictionary.ParseTerms([]byte(oneTerm))
		if err != nil {
			t.Fatal(err)
		}
		w.contracts.Terms = inForce{dictionary.NewBook(list)}
		c := w.install("nguoi", mapped)
		w.apply(c, change{insert: []row{{"ma": "1"}, {"ma": "2"}}})
		s := w.score(c)
		p := part(s, score.Terms)
		if p == nil || p.Valid != 1 || p.Population != 4 || p.Value != 25 {
			t.Fatalf("%+v in %s", p, dump(s))
		}
		if cr := of(s, contract.Consistent); value(cr.Value) != "25" || !strings.Contains(cr.Why.Vi, "từ điển dữ liệu dùng chung: 1/4.") {
			t.Errorf("%s: %s", value(cr.Value), cr.Why.Vi)
		}
		for _, l := range score.Losses(c, s) {
			if l.Part.Rule == score.Terms && (l.Who != score.Platform || l.Records != 0 || l.Waits) { // nobody is named as the owner
				t.Errorf("%+v", l)
			}
		}
	})
}
