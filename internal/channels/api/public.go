package api

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// foundEach is how many of each kind a search answers.
const foundEach = 20

// plainSearch looks through what there is, word by word, where there is no index.
func (s *Server) plainSearch(ctx context.Context, q, kind string) ([]SearchHit, error) {
	words := strings.FieldsFunc(viet.Fold(q), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return nil, fault.New(fault.Invalid, "api.search-words")
	}
	s.Door.Sift(ctx, policy.Describe)
	all := []SearchHit{}
	for _, one := range []struct {
		kind string
		find func(context.Context, string, []string) ([]SearchHit, error)
	}{{"dataset", s.findSets}, {kindCodeList, s.findLists}, {"organisation", s.findOrgs}, {kindUnit, s.findUnits}} {
		if kind != "" && kind != one.kind {
			continue
		}
		found, err := one.find(ctx, q, words)
		if err != nil {
			return nil, err
		}
		all = append(all, found[:min(len(found), foundEach)]...)
	}
	return all, nil
}

// fits reports whether every word begins some word of the texts.
func fits(words []string, texts ...string) bool {
	all := strings.FieldsFunc(viet.Fold(strings.Join(texts, " ")), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return !slices.ContainsFunc(words, func(w string) bool {
		return !slices.ContainsFunc(all, func(have string) bool { return strings.HasPrefix(have, w) })
	})
}

func (s *Server) findSets(ctx context.Context, _ string, words []string) (found []SearchHit, err error) {
	var further []SearchHit // by more than the name
	for con, err := range contract.All(ctx, s.Contracts) {
		if err != nil {
			return nil, err
		}
		if !s.Door.CanSet(ctx, policy.Describe, con) {
			continue
		}
		f := plainHit("dataset", con.ID, con.Name, con.OwnerName, "/datasets/")
		switch {
		case fits(words, con.ID, con.Name):
			found = append(found, f)
		case fits(words, con.ID, con.Name, con.OwnerName, con.Purpose, fieldWords(con)):
			further = append(further, f)
		}
	}
	return append(found, further...), nil
}

func fieldWords(con *contract.Contract) string {
	var b strings.Builder
	for _, o := range con.Objects {
		b.WriteString(" " + o.Title)
		for i := range o.Columns {
			b.WriteString(" " + o.Columns[i].Name + " " + o.Columns[i].Title)
		}
	}
	return b.String()
}

func (s *Server) findLists(ctx context.Context, _ string, words []string) (found []SearchHit, err error) {
	for after := ""; ; {
		list, err := s.CodeLists.List(ctx, after, 500)
		if err != nil || len(list) == 0 {
			return found, err
		}
		for _, l := range list {
			after = l.ID
			if fits(words, l.ID, l.Name) && s.mayDescribe(ctx, policy.KindCodeList, l.ID) {
				found = append(found, plainHit(kindCodeList, l.ID, l.Name, l.Source, "/codelists/"))
			}
		}
	}
}

func (s *Server) findUnits(ctx context.Context, q string, _ []string) (found []SearchHit, err error) {
	if s.Units == nil || !s.mayDescribe(ctx, policy.KindUnit, "") {
		return nil, nil
	}
	ix, err := s.Units.Index(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range ix.Search(q, viet.DateOf(time.Now().In(viet.Zone)), foundEach) {
		found = append(found, plainHit(kindUnit, u.UID, u.Full, ix.Title(u), "/units/"))
	}
	return found, nil
}

func (s *Server) findOrgs(ctx context.Context, q string, _ []string) (found []SearchHit, err error) {
	if s.Orgs == nil {
		return nil, nil
	}
	all, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	today := org.Today(time.Now())
	for _, o := range all.Find(q, today, foundEach) {
		if s.mayDescribe(ctx, policy.KindOrg, o.ID) {
			found = append(found, plainHit("organisation", o.ID, o.Name, o.CodeOn(today), "/organisations/"))
		}
	}
	return found, nil
}
