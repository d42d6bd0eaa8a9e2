package scores

import (
	"context"
	"net/url"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// shownLosses is how many lost points stand open on a page.
const shownLosses = 5

// A Loss is what one part takes from a score, in words.
type Loss struct {
	score.Loss
	Set, Address string // data set that it belongs to, on pages of several
	Criterion    string
	What         string
	Count        string // of records, "" where none are counted
	Rows         string // page with the records, "" when there is none for the reader
	Mends, Way   string // who can mend it, and how
	Plus         string // what the overall score gains
}

// Losses words the lost points of a data set. The rows are linked for who may
// read them.
func Losses(ctx context.Context, d *door.Door, con *contract.Contract, sc score.Score) (all []Loss) {
	lang := locale.From(ctx)
	may := d.CanSet(ctx, policy.ReadQuarantine, con)
	for _, l := range score.Losses(con, sc) {
		v := Loss{
			Loss: l, Criterion: ui.Capital(Said(lang, l.CriterionTitle)), What: Said(lang, l.Part.Title), Mends: lang.T("scores.who." + l.Who), Way: Said(lang, l.How), Plus: Plus(lang, l.Adds),
		}
		if l.Records > 0 {
			v.Count = lang.T("scores.loss-records", l.Records)
			if l.Part.Rule == score.Expectation {
				v.Count = lang.T("scores.loss-missing", l.Records)
			}
		}
		if l.Waits && may {
			v.Rows = "/datasets/" + url.PathEscape(l.Part.Object) + "/quarantine?rule=" + url.QueryEscape(l.Part.Rule)
		}
		all = append(all, v)
	}
	return all
}

// Plus writes what a score gains.
func Plus(lang locale.Lang, adds float64) string {
	if adds < Least {
		return lang.T("scores.loss-tiny")
	}
	return lang.T("scores.loss-plus", lang.Float(adds, 1))
}
