package explore

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/phohien/phohien/internal/channels/scores"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// spans are the lengths of history that can be asked for, in days.
var spans = []int{30, 90, 365}

const usualSpan = 90

// scoreView is the score of a data set with its days: of all, or of the
// criterion that was chosen.
type scoreView struct {
	Head     ui.SetHead
	Overall  string
	Grade    ui.Grade
	Criteria ui.Criteria
	Doors    []doorView
	Title    string // of what is chosen
	Why      []string
	Trend    scores.Trend
	Spans    []ui.Tab
	Parts    []partView
	Losses   []scores.Loss
	Formula  string
	Users    string // where it is told who makes use of the data; of dùng chung alone, which has no line over days
}

// A doorView leads to a criterion.
type doorView struct {
	Address string
	Label   string
	Text    string
	Grade   ui.Grade
	Current bool
}

// A partView is what a criterion is made of.
type partView struct {
	What, Table   string
	Valid, Of     string
	Weight, Value string
	Grade         ui.Grade
	Rows          string
}

func scorePage(p *Pages, w http.ResponseWriter, r *http.Request, t table) error {
	if p.Scores == nil {
		return fault.New(fault.NotFound, "page.no-such-page")
	}
	ctx := r.Context()
	lang := locale.From(ctx)
	sc, err := p.Scores.Current(ctx, t.con.ID)
	if err != nil {
		return err
	}
	chosen, span := criterionOf(sc, r.URL.Query().Get("criterion")), spanOf(r.URL.Query().Get("days"))
	days := scores.Days(p.Now(), span)
	past, err := p.Scores.DaysOf(ctx, t.con.ID, days[0])
	if err != nil {
		return err
	}
	v := scoreView{
		Head: t.head, Overall: ui.Score(lang, sc.Overall), Grade: ui.GradeOf(sc.Overall), Criteria: scores.Criteria(lang, sc), Formula: sc.Formula,
		Title: lang.T("scores.overall"), Why: []string{lang.T("trend.overall-why")},
	}
	v.Doors = append(v.Doors, doorView{t.address("score") + query("", span), v.Title, v.Overall, v.Grade, chosen == nil})
	for i := range sc.Criteria {
		c := &sc.Criteria[i]
		v.Doors = append(v.Doors, doorView{t.address("score") + query(c.ID, span), v.Criteria[i].Label, v.Criteria[i].Text, v.Criteria[i].Grade, c == chosen})
	}
	now, id := sc.Overall, contract.Criterion("")
	v.Losses = scores.Losses(ctx, p.Door, t.con, sc)
	if chosen != nil {
		now, id = chosen.Value, chosen.ID
		v.Title, v.Why = ui.Capital(scores.Said(lang, chosen.Title)), []string{scores.Said(lang, chosen.Why)}
		v.Losses = lossesOf(v.Losses, id)
		if chosen.Sharing != nil {
			v.Users = t.address("lineage") + "#lineage-readers"
		}
		v.Parts = partViews(lang, t.con, chosen.Parts, p.Door.CanSet(ctx, policy.ReadQuarantine, t.con))
	}
	v.Trend = scores.NewTrend(lang, v.Title, scores.OfSet(past, days, id), now)
	for _, n := range spans {
		v.Spans = append(v.Spans, ui.Tab{Address: t.address("score") + query(id, n) + "#days", Text: lang.T("trend.days", int64(n)), Current: n == span})
	}
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "trend.title-of", t.con.Name), "datasets"), scoreBody(v))
}

func criterionOf(sc score.Score, id string) *score.Criterion {
	for i := range sc.Criteria {
		if string(sc.Criteria[i].ID) == id {
			return &sc.Criteria[i]
		}
	}
	return nil
}

func spanOf(text string) int {
	for _, n := range spans {
		if strconv.Itoa(n) == text {
			return n
		}
	}
	return usualSpan
}

// query is the rest of an address; what is usual is left out.
func query(id contract.Criterion, span int) string {
	q := url.Values{}
	if id != "" {
		q.Set("criterion", string(id))
	}
	if span != usualSpan {
		q.Set("days", strconv.Itoa(span))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func lossesOf(all []scores.Loss, id contract.Criterion) (some []scores.Loss) {
	for _, l := range all {
		if l.Loss.Criterion == id {
			some = append(some, l)
		}
	}
	return some
}

func partViews(lang locale.Lang, con *contract.Contract, parts []score.Part, may bool) (all []partView) {
	for _, p := range parts {
		v := partView{What: scores.Said(lang, p.Title), Value: ui.Score(lang, &p.Value), Grade: ui.GradeOf(&p.Value)}
		if len(con.Objects) > 1 {
			v.Table = p.Object
		}
		if p.Rule != score.Age {
			v.Valid, v.Of = lang.Number(p.Valid), lang.Number(p.Population)
		}
		if p.Weight > 0 {
			v.Weight = lang.T("trend.percent", lang.Float(p.Weight, 1))
		}
		if may && p.Valid < p.Population && p.Rule != "" && p.Rule[0] != '_' {
			v.Rows = "/datasets/" + url.PathEscape(p.Object) + "/quarantine?rule=" + url.QueryEscape(p.Rule)
		}
		all = append(all, v)
	}
	return all
}
