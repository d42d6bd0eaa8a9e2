package console

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/phohien/phohien/internal/channels/scores"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/locale"
)

const (
	shownRed   = 8
	shownMoved = 5
	shownMove  = 1  // points within a week: less is age alone
	shownDays  = 90 // of the history
)

// provinceView is the score of all data sets that the reader may know of.
type provinceView struct {
	Criteria ui.Criteria
	Overall  string
	Grade    ui.Grade
	Measured int64
	Of       int64
	Red      []setView
	MoreRed  int64
	Lacking  int64      // data sets that lack required fields of the catalogue
	Moved    []moveView // the overall score and the six
	Wrong    []setView  // data sets whose kept score did not agree with the last recount
	Sets     []moveView // data sets that moved most within a week
	Trend    scores.Trend
	Title    string
}

type setView struct{ ID, Name, Overall, Lowest string }

// A moveView is a value and how it has moved.
type moveView struct {
	ID, Label, Now  string
	Yesterday, Week deltaView
}

// A deltaView is a difference; Band colours what a sign says already.
type deltaView struct{ Text, Band string }

// province rolls data sets up and compares them with how yesterday and the same
// day of last week ended.
func (s *server) province(ctx context.Context, members []score.Member) (*provinceView, error) {
	lang := locale.From(ctx)
	r := score.Roll(members)
	v := &provinceView{Criteria: scores.Together(lang, r), Overall: ui.Score(lang, r.Overall), Grade: ui.GradeOf(r.Overall), Measured: int64(r.Measured), Of: int64(r.Of)}
	v.red(lang, members)
	now := s.Now()
	yesterday, week := score.DayOf(now.AddDate(0, 0, -1)), score.DayOf(now.AddDate(0, 0, -7))
	span := scores.Days(now, shownDays)
	book, err := s.Scores.Book(ctx, span[0])
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.Dataset
	}
	v.Trend = scores.NewTrend(lang, lang.T("scores.overall"), scores.OfSeveral(book, ids, span), r.Overall)
	one, _ := book.RollOn(ids, yesterday)
	seven, _ := book.RollOn(ids, week)
	v.Moved = []moveView{{Label: lang.T("scores.overall"), Now: v.Overall, Yesterday: delta(lang, r.Overall, one.Overall), Week: delta(lang, r.Overall, seven.Overall)}}
	for i, c := range r.Criteria {
		m := moveView{Label: v.Criteria[i].Label, Now: v.Criteria[i].Text, Yesterday: delta(lang, c.Value, nil), Week: delta(lang, c.Value, nil)}
		if one.Criteria != nil {
			m.Yesterday = delta(lang, c.Value, one.Criteria[i].Value)
		}
		if seven.Criteria != nil {
			m.Week = delta(lang, c.Value, seven.Criteria[i].Value)
		}
		v.Moved = append(v.Moved, m)
	}
	v.moved(lang, members, book, yesterday, week)
	checks, err := s.Scores.Checks(ctx)
	for _, m := range members {
		if k, there := checks[m.Dataset]; there && !k.Agrees {
			v.Wrong = append(v.Wrong, setView{ID: m.Dataset, Name: m.Name})
		}
	}
	return v, err
}

// red lists the data sets in the red band, the lowest first.
func (v *provinceView) red(lang locale.Lang, members []score.Member) {
	var poor []score.Member
	for _, m := range members {
		if m.Score.Band == score.Poor {
			poor = append(poor, m)
		}
	}
	slices.SortStableFunc(poor, func(a, b score.Member) int { return cmp.Compare(*a.Score.Overall, *b.Score.Overall) })
	for i, m := range poor {
		if i == shownRed {
			v.MoreRed = int64(len(poor) - shownRed)
			break
		}
		one := setView{ID: m.Dataset, Name: m.Name, Overall: ui.Score(lang, m.Score.Overall)}
		low := math.Inf(1)
		for _, c := range m.Score.Criteria {
			if c.Value != nil && *c.Value < low {
				low, one.Lowest = *c.Value, ui.Capital(scores.Said(lang, c.Title))+" "+ui.Score(lang, c.Value)
			}
		}
		v.Red = append(v.Red, one)
	}
}

// moved lists the data sets whose overall score moved most within a week.
func (v *provinceView) moved(lang locale.Lang, members []score.Member, book *score.Book, yesterday, week string) {
	type move struct {
		by float64
		moveView
	}
	var all []move
	for _, m := range members {
		was, there := book.On(m.Dataset, week)
		if !there || was.Overall == nil || m.Score.Overall == nil {
			continue
		}
		before, _ := book.On(m.Dataset, yesterday)
		if by := math.Abs(*m.Score.Overall - *was.Overall); by >= shownMove {
			all = append(all, move{by, moveView{
				ID: m.Dataset, Label: m.Name, Now: ui.Score(lang, m.Score.Overall),
				Yesterday: delta(lang, m.Score.Overall, before.Overall), Week: delta(lang, m.Score.Overall, was.Overall),
			}})
		}
	}
	slices.SortStableFunc(all, func(a, b move) int { return cmp.Compare(b.by, a.by) })
	for _, m := range all[:min(len(all), shownMoved)] {
		v.Sets = append(v.Sets, m.moveView)
	}
}

func delta(lang locale.Lang, now, was *float64) deltaView {
	text, band := scores.Delta(lang, now, was)
	return deltaView{text, band}
}
