package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/scores"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// shownGains is how many lost points an organisation's page names.
const shownGains = 20

// organisationView is the score of the data sets that an organisation, or one
// below it, answers for.
type organisationView struct {
	Name     string
	Above    *agencyView // superior body that has data sets too, nil without
	Province *provinceView
	Gains    []scores.Loss // that this organisation itself can mend, the largest gain first
	MoreGain int64
	Others   int64 // lost points of its data sets that others can mend
	Sets     []setScoreView
	Below    []agencyView
}

// A setScoreView is a data set with its score.
type setScoreView struct {
	Address, Name, Owner, Overall string
	Criteria                      ui.Criteria
	Grade                         ui.Grade
}

// An agencyView is an organisation with the score of its data sets.
type agencyView struct {
	Address, Name, Overall string
	Sets                   int64
	Grade                  ui.Grade
}

// organisation shows the score of an organisation.
func (s *server) organisation(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	s.Door.Sift(ctx, policy.Describe)
	if s.Orgs == nil {
		return fault.New(fault.NotFound, "page.no-such-page")
	}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return err
	}
	id, on := r.PathValue("id"), org.Today(s.Now())
	one, known := snap.Org(id)
	if !known {
		return fault.New(fault.NotFound, "org.never", id)
	}
	entries, err := s.shelf.Known(ctx)
	if err != nil {
		return err
	}
	contracts := map[string]*contract.Contract{}
	var members []score.Member
	for _, e := range entries {
		if !e.Retired && (e.Owner == id || e.Owner != "" && snap.Within(e.Owner, id, on)) {
			members = append(members, e.Member())
			contracts[e.ID] = e.Contract
		}
	}
	v := organisationView{Name: one.Name}
	if up := one.ParentOn(on); up != "" {
		if above, there := snap.Org(up); there {
			v.Above = &agencyView{Address: agencyPath(up), Name: above.Name}
		}
	}
	if len(members) > 0 {
		if v.Province, err = s.province(ctx, members); err != nil {
			return err
		}
		v.Province.Title = lang.T("agency.score")
		v.gains(ctx, s, id, members, contracts)
		v.sets(lang, members, contracts)
		v.Below = agencies(lang, members, contracts, id)
	}
	talk, err := s.Comments.Card(ctx, "organisation", id)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.Page(r, lang.T("agency.title", one.Name), "datasets"), templ.Join(organisationPage(v), talk))
}

func agencyPath(id string) string { return "/organisations/" + url.PathEscape(id) + "/score" }

// gains lists what the organisation itself can mend in the data sets that it
// answers for, by what that adds to its score.
func (v *organisationView) gains(ctx context.Context, s *server, id string, members []score.Member, contracts map[string]*contract.Contract) {
	weights := 0.0
	for _, m := range members {
		if m.Score.Overall != nil {
			weights += m.Weight
		}
	}
	for _, m := range members {
		con := contracts[m.Dataset]
		for _, l := range scores.Losses(ctx, s.Door, con, m.Score) {
			if con.Owner != id || !mends(con, l.Loss) {
				v.Others++
				continue
			}
			l.Set, l.Address = con.Name, "/datasets/"+url.PathEscape(con.ID)+"/score"
			l.Adds *= m.Weight / weights
			l.Plus = scores.Plus(locale.From(ctx), l.Adds)
			v.Gains = append(v.Gains, l)
		}
	}
	slices.SortStableFunc(v.Gains, func(a, b scores.Loss) int { return cmp.Compare(b.Adds, a.Adds) })
	if len(v.Gains) > shownGains {
		v.MoreGain, v.Gains = int64(len(v.Gains)-shownGains), v.Gains[:shownGains]
	}
}

// mends reports whether the owner of a data set can mend a loss: what is the
// owner's, and what senders have to mend where there is no sender but the owner.
func mends(con *contract.Contract, l score.Loss) bool {
	if l.Who != score.Sender {
		return l.Who == score.Owner
	}
	for _, o := range con.Objects {
		if o.Dataset == l.Part.Object {
			return o.Sender < 0
		}
	}
	return false
}

func (v *organisationView) sets(lang locale.Lang, members []score.Member, contracts map[string]*contract.Contract) {
	for _, m := range members {
		v.Sets = append(v.Sets, setScoreView{
			Address: "/datasets/" + url.PathEscape(m.Dataset) + "/score", Name: m.Name, Owner: contracts[m.Dataset].OwnerName, Overall: ui.Score(lang, m.Score.Overall),
			Criteria: scores.Criteria(lang, m.Score), Grade: ui.GradeOf(m.Score.Overall),
		})
	}
	slices.SortStableFunc(v.Sets, func(a, b setScoreView) int { return strings.Compare(viet.SortKey(a.Name), viet.SortKey(b.Name)) })
}

// agencies rolls data sets up by who answers for them, in the order of the
// names: this is no ranking. except is left out.
func agencies(lang locale.Lang, members []score.Member, contracts map[string]*contract.Contract, except string) (all []agencyView) {
	by := map[string][]score.Member{}
	names := map[string]string{}
	for _, m := range members {
		con := contracts[m.Dataset]
		if con.Owner == "" || con.Owner == except {
			continue
		}
		by[con.Owner] = append(by[con.Owner], m)
		names[con.Owner] = con.OwnerName
	}
	for id, some := range by {
		r := score.Roll(some)
		all = append(all, agencyView{Address: agencyPath(id), Name: names[id], Overall: ui.Score(lang, r.Overall), Sets: int64(len(some)), Grade: ui.GradeOf(r.Overall)})
	}
	slices.SortFunc(all, func(a, b agencyView) int {
		return cmp.Or(strings.Compare(viet.SortKey(a.Name), viet.SortKey(b.Name)), cmp.Compare(a.Address, b.Address))
	})
	return all
}
