package console

import (
	"context"
	"net/url"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// shownLosses is how many lost points stand open on a page.
const shownLosses = 5

// lossView is what one part takes from the score.
type lossView struct {
	Criterion, What string
	Records         string // "" where no records are counted
	Rows            string // page with the records, "" when there is none for the reader
	Flagged         bool
	Who, How, Adds  string
}

// losses words the lost points of a data set. The rows are linked for who may
// read them.
func (s *server) losses(ctx context.Context, con *contract.Contract, sc score.Score) (all []lossView) {
	lang := locale.From(ctx)
	may := s.Door.CanSet(ctx, policy.ReadQuarantine, con)
	for _, l := range score.Losses(con, sc) {
		v := lossView{
			Criterion: capital(said(lang, l.CriterionTitle)), What: said(lang, l.Part.Title), Who: lang.T("scores.who." + l.Who), How: said(lang, l.How),
			Adds: lang.T("scores.loss-tiny"), Flagged: l.Flagged,
		}
		if l.Adds >= least {
			v.Adds = lang.T("scores.loss-plus", lang.Float(l.Adds, 1))
		}
		if l.Records > 0 {
			v.Records = lang.T("scores.loss-records", l.Records)
			if l.Part.Rule == score.Expectation {
				v.Records = lang.T("scores.loss-missing", l.Records)
			}
		}
		if l.Waits && may {
			v.Rows = "/datasets/" + url.PathEscape(l.Part.Object) + "/quarantine?rule=" + url.QueryEscape(l.Part.Rule)
		}
		all = append(all, v)
	}
	return all
}
