package org_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// nation fills a store with the people's committees of 34 provinces and 3,332
// communes, and 400 people with posts.
func nation(b *testing.B) *org.Store {
	b.Helper()
	control := storetest.Open(b, storetest.SQLite(b)).Control()
	s := org.NewStore(control, org.Deps{})
	err := control.Write(b.Context(), func(tx *store.Tx) error {
		for p := range 34 {
			province := fmt.Sprintf("%02d", p)
			top := org.Kept{Org: org.Org{ID: "ubnd-" + province, Name: "UBND tỉnh " + province, Level: org.Province, Province: province}}
			if err := s.Keep(b.Context(), tx, clerk, top); err != nil {
				return err
			}
			for c := range 98 {
				code := fmt.Sprintf("%s%03d", province, c)
				if err := s.Keep(b.Context(), tx, clerk, org.Kept{Org: org.Org{
					ID: "ubnd-xa-" + code, Name: "UBND xã " + code, Level: org.Commune, Province: province, Unit: "X" + code, UnitCode: code,
					Parents: []org.DatedParent{{ID: top.Org.ID}}, Span: from("2025-07-01"), Codes: []org.DatedCode{{Code: "H" + province + "." + code}},
				}}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	var rows []org.ImportRow
	for i := range 400 {
		rows = append(rows, org.ImportRow{Name: "Cán bộ", Email: fmt.Sprintf("cb%d@x.gov.vn", i), OrgCode: fmt.Sprintf("ubnd-xa-15%03d", i%98), Title: "Chuyên viên", Roles: []string{"data_entry"}})
	}
	if r, err := s.ImportPeople(b.Context(), clerk, rows, false); err != nil || !r.Written {
		b.Fatal(r.Count, err)
	}
	return s
}

// What policy asks at each request.
func BenchmarkSnapshot(b *testing.B) {
	s := nation(b)
	ctx := context.Background()
	snap := snapshot(b, s)
	post := snap.Holders("ubnd-xa-15001", today)[0]
	for name, ask := range map[string]func(){
		"Path":     func() { snap.Path("ubnd-xa-15001", today) },
		"Subtree":  func() { snap.Subtree("ubnd-15", today) },
		"Covers":   func() { snap.Covers("ubnd-15", today) },
		"Within":   func() { snap.Within("ubnd-xa-15001", "ubnd-15", today) },
		"Posts":    func() { snap.Posts(post.Person, today) },
		"UnitsOf":  func() { snap.UnitsOf(&post, today) },
		"ByCode":   func() { snap.ByCode("H15.15001", today) },
		"Snapshot": func() { _, _ = s.Snapshot(ctx) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
	// After a change of an organisation, and of a post, everything is read again.
	b.Run("AfterOrg", func(b *testing.B) {
		for b.Loop() {
			if err := s.Recode(ctx, clerk, "ubnd-15", org.Whatever, "H15", today); err != nil {
				b.Fatal(err)
			}
			snapshot(b, s).Path("ubnd-xa-15001", today)
		}
	})
	b.Run("AfterPost", func(b *testing.B) {
		for b.Loop() {
			if err := s.ChangePost(ctx, clerk, org.Whatever, post); err != nil {
				b.Fatal(err)
			}
			snapshot(b, s).Posts(post.Person, today)
		}
	})
	b.Run("Find", func(b *testing.B) {
		for b.Loop() {
			snap.Find("ubnd xã 15001", today, 10)
		}
	})
}
