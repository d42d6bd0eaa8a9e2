// Package scores is how pages show scores: the six criteria in words, the days
// of a score as a line, and lost points with who can mend them.
package scores

import (
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// Criteria words the score of a data set.
func Criteria(lang locale.Lang, sc score.Score) ui.Criteria {
	all := make(ui.Criteria, len(sc.Criteria))
	for i, c := range sc.Criteria {
		all[i] = ui.Criterion{
			ID: string(c.ID), Label: ui.Capital(Said(lang, c.Title)), Value: c.Value, Text: ui.Score(lang, c.Value),
			Grade: ui.GradeOf(c.Value),
		}
		if c.Sharing != nil {
			all[i].Text = c.Sharing.Text(lang)
		}
		all[i].Why, all[i].More = ui.FirstSentence(Said(lang, c.Why))
	}
	return all
}

// Together words the score of several data sets.
func Together(lang locale.Lang, r score.Rollup) ui.Criteria {
	all := make(ui.Criteria, len(r.Criteria))
	for i, c := range r.Criteria {
		all[i] = ui.Criterion{ID: string(c.ID), Label: ui.Capital(Said(lang, c.Title)), Value: c.Value, Text: ui.Score(lang, c.Value), Grade: ui.GradeOf(c.Value), Why: Said(lang, c.Why())}
		if c.Sharing != nil {
			all[i].Text = c.Sharing.Text(lang)
		}
	}
	return all
}

// Said is a sentence in a language.
func Said(l locale.Lang, s contract.Sentence) string {
	return l.Of(s.Vi, s.En)
}

// Least is the smallest difference that one decimal shows.
const Least = 0.05
