package console

import (
	"context"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"
	"net/http"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/scores"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// most is how many data sets the list reads.
const most = 1000

type homeView struct {
	Query    string
	Sets     []homeRow
	Total    string // data sets, of all
	Rows     string
	Newest   string
	SignedIn bool
	Here     string
	Province *provinceView // nil: nothing to roll up, or a search
}

type homeRow struct {
	ID, Name, Owner string
	Purpose         string
	Rows            string
	Updated         string
	UpdatedAt       string
	Retired         bool
	Provenance      contract.Provenance
	Grade           ui.Grade
	Overall         string
	Criteria        ui.Criteria
}

func (s *server) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	list, err := s.Contracts.List(ctx, "", most)
	if err != nil {
		return err
	}
	v := homeView{Query: strings.TrimSpace(r.URL.Query().Get("q")),
		SignedIn: door.From(r.Context()).Known(), Here: "/"}
	var rows, total int64
	var newest time.Time
	var members []score.Member
	s.Door.Sift(ctx, policy.Describe)
	for _, con := range list {
		if !s.Door.CanSet(ctx, policy.Describe, con) {
			continue
		}
		total++
		row, sc, n, at, err := s.homeRow(ctx, con)
		if err != nil {
			return err
		}
		if !con.Retired {
			members = append(members, score.Member{Dataset: con.ID, Name: con.Name, Owner: row.Owner, Weight: con.Weight, Score: sc})
		}
		rows += n
		if at.After(newest) {
			newest = at
		}
		if matches(v.Query, con.ID, con.Name, row.Owner, con.Owner, con.Purpose) {
			v.Sets = append(v.Sets, row)
		}
	}
	if v.Query == "" && len(members) > 0 {
		if v.Province, err = s.province(ctx, members); err != nil {
			return err
		}
		v.Province.Title = lang.T("scores.province")
	}
	v.Total = lang.Number(total)
	v.Rows, v.Newest = lang.Number(rows), ui.Ago(lang, newest, s.Now())
	return s.Show(w, r, s.Page(r, lang.T("page.datasets"), "datasets"), homePage(v))
}

// matches reports whether every word of a query stands in one of the texts,
// whatever the accents.
func matches(query string, texts ...string) bool {
	all := viet.Fold(strings.Join(texts, "\n"))
	for _, word := range strings.Fields(viet.Fold(query)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

func (s *server) homeRow(ctx context.Context, con *contract.Contract) (row homeRow, sc score.Score, rows int64, at time.Time, err error) {
	lang := locale.From(ctx)
	for _, o := range con.Objects {
		n, err := s.Records.Count(ctx, o)
		if err != nil {
			return row, sc, 0, at, err
		}
		rows += n
	}
	if _, at, err = s.Records.Head(ctx, con.ID); err != nil {
		return row, sc, 0, at, err
	}
	if sc, err = s.Scores.Current(ctx, con.ID); err != nil {
		return row, sc, 0, at, err
	}
	row = homeRow{
		ID: con.ID, Name: con.Name, Owner: owner(ctx, con), Purpose: ui.InLanguage(lang, con.Purpose),
		Rows: lang.Number(rows), Updated: ui.Ago(lang, at, s.Now()), UpdatedAt: lang.Time(at), Retired: con.Retired, Provenance: con.Provenance,
		Grade: ui.GradeOf(sc.Overall), Overall: ui.Score(lang, sc.Overall), Criteria: scores.Criteria(lang, sc),
	}
	return row, sc, rows, at, nil
}

func capital(s string) string { return scores.Capital(s) }
