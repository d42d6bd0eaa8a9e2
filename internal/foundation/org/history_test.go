package org_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
)

var colleague = actor.Actor{Kind: "user", ID: "u-2", Name: "Trần Thị Bình"}

// TestOrg_twoEditors: who had another organisation before them is told who changed
// it, and nothing of theirs is written.
func TestOrg_twoEditors(t *testing.T) {
	each(t, org.Deps{}, func(t *testing.T, s *org.Store) {
		ctx := t.Context()
		read := func() *org.Org {
			o, found := snapshot(t, s).Org("hy-bv")
			if !found {
				t.Fatal("hy-bv is gone")
			}
			return o
		}
		base := func() org.Base { return read().Base() }
		seen := read()
		renamed := seen.Clone()
		renamed.Name = "Bệnh viện Phố Nối"
		ok(t, s.Put(ctx, colleague, seen.Base(), renamed))
		ok(t, s.Put(ctx, colleague, seen.Base(), renamed)) // the form sent twice
		if list := must[[]org.Revision[org.Org]](t)(s.History(ctx, "hy-bv")); len(list) != 2 {
			t.Errorf("%d changes, want that it was made and renamed", len(list))
		}
		mine := seen.Clone()
		mine.Note = "Ghi chú của tôi"
		for what, err := range map[string]error{
			"change": s.Put(ctx, clerk, seen.Base(), mine),
			"move":   s.Move(ctx, clerk, "hy-bv", seen.Base(), "hy-ubnd", today),
			"recode": s.Recode(ctx, clerk, "hy-bv", seen.Base(), "H31.14.3", today),
			"end":    s.End(ctx, clerk, "hy-bv", seen.Base(), today),
		} {
			refused(t, err, "org.changed")
			if said := locale.Vi.Error(err); !strings.Contains(said, colleague.Name) || !strings.Contains(said, "Bệnh viện Phố Nối") {
				t.Errorf("%s: %s", what, said)
			}
			var both *org.Changed[org.Org]
			if !errors.As(err, &both) || both.Now.Name != renamed.Name || both.Wanted.Base() == both.Now.Base() {
				t.Errorf("%s tells not both: %+v", what, both)
			}
		}
		if now := read(); now.Base() != renamed.Base() {
			t.Errorf("half done: %+v", now)
		}
		refused(t, s.Put(ctx, clerk, org.Nothing, org.Org{ID: "hy-bv", Name: "Cơ quan khác", Level: org.Province}), "people.orgs.there")
		ok(t, s.Move(ctx, clerk, "hy-bv", base(), "hy-ubnd", today))

		// What it was before a change is in force again.
		list := must[[]org.Revision[org.Org]](t)(s.History(ctx, "hy-bv"))
		refused(t, s.Restore(ctx, clerk, "hy-bv", seen.Base(), list[1].ID), "org.changed")
		ok(t, s.Restore(ctx, clerk, "hy-bv", base(), list[1].ID))
		if now := read(); now.Base() != seen.Base() {
			t.Errorf("restored: %+v", now)
		}
		if after := must[[]org.Revision[org.Org]](t)(s.History(ctx, "hy-bv")); len(after) != 4 || after[0].By.Name != clerk.Name {
			t.Errorf("the restoring is no change of its own: %+v", after)
		}
		refused(t, s.Restore(ctx, clerk, "hy-bv", org.Whatever, list[2].ID), "org.no-former") // before it was made
		refused(t, s.Restore(ctx, clerk, "hy-syt", org.Whatever, list[1].ID), "org.no-former")

		// A code that somebody else has by now does not come back.
		ok(t, s.Recode(ctx, clerk, "hy-bv", org.Whatever, "H31.14.9", day("2020-01-01")))
		ok(t, s.Recode(ctx, clerk, "ht-stc", org.Whatever, "H31.14.2", day("2020-01-01")))
		last := must[[]org.Revision[org.Org]](t)(s.History(ctx, "hy-bv"))[0]
		if err := s.Restore(ctx, clerk, "hy-bv", org.Whatever, last.ID); !fault.Is(err, "org.code-taken") {
			t.Errorf("got %v", err)
		}
	})
}

// TestPost_history: a post keeps what it was, may be put back, and is not written
// over by who has not seen it.
func TestPost_history(t *testing.T) {
	each(t, org.Deps{}, func(t *testing.T, s *org.Store) {
		ctx := t.Context()
		a := must[org.Person](t)(s.AddPerson(ctx, clerk, org.Person{Name: "Nguyễn Văn An", Generated: true}))
		b := must[org.Person](t)(s.AddPerson(ctx, clerk, org.Person{Name: "Lê Thị Cúc", Generated: true}))
		p := must[org.Post](t)(s.Assign(ctx, clerk, org.Post{Person: a.ID, Org: "hy-syt", Title: "Giám đốc", Roles: []string{"cdo"}, Span: from("2026-01-01")}))
		read := func() org.Post {
			p, found := snapshot(t, s).Post(p.ID)
			if !found {
				t.Fatal("the post is gone")
			}
			return p
		}
		base := func() org.Base { p := read(); return p.Base() }
		seen := read()
		changed := seen
		changed.MandateNo, changed.From = "12/QĐ-UBND", org.On(day("2026-02-01"))
		ok(t, s.ChangePost(ctx, colleague, seen.Base(), changed))
		ok(t, s.ChangePost(ctx, colleague, seen.Base(), changed)) // the form sent twice
		other := seen
		other.Title = "Quyền Giám đốc"
		for _, err := range []error{s.ChangePost(ctx, clerk, seen.Base(), other), s.EndPost(ctx, clerk, p.ID, seen.Base(), today)} {
			refused(t, err, "org.post-changed")
			if said := locale.Vi.Error(err); !strings.Contains(said, colleague.Name) {
				t.Error(said)
			}
		}
		if now := read(); now.Base() != changed.Base() {
			t.Errorf("half done: %+v", now)
		}
		list := must[[]org.Revision[org.Post]](t)(s.PostHistory(ctx, p.ID))
		if len(list) != 2 || list[0].By.Name != colleague.Name || list[0].Before == nil || list[0].Before.From.String() != "2026-01-01" || list[1].Before != nil {
			t.Fatalf("history: %+v", list)
		}
		refused(t, s.RestorePost(ctx, clerk, p.ID, seen.Base(), list[0].ID), "org.post-changed")
		ok(t, s.RestorePost(ctx, clerk, p.ID, changed.Base(), list[0].ID))
		if now := read(); now.Base() != seen.Base() {
			t.Errorf("restored: %+v", now)
		}
		refused(t, s.RestorePost(ctx, clerk, p.ID, org.Whatever, list[1].ID), "org.no-former")
		// Ended by mistake: the day is corrected back.
		ok(t, s.EndPost(ctx, clerk, p.ID, seen.Base(), today))
		ended := must[[]org.Revision[org.Post]](t)(s.PostHistory(ctx, p.ID))[0]
		ok(t, s.RestorePost(ctx, clerk, p.ID, base(), ended.ID))
		if now := read(); now.To.Set {
			t.Error("the post still ends")
		}
		// Handed over: the hand-over is what is undone.
		h := must[org.HandOver](t)(s.HandOver(ctx, clerk, p.ID, b.ID, today, ""))
		handed := must[[]org.Revision[org.Post]](t)(s.PostHistory(ctx, p.ID))[0]
		refused(t, s.RestorePost(ctx, clerk, p.ID, org.Whatever, handed.ID), "org.post-handed")
		must[org.HandOver](t)(s.UndoHandOver(ctx, clerk, h.ID))
		if gone := must[[]org.Revision[org.Post]](t)(s.PostHistory(ctx, h.New.ID)); len(gone) != 2 || gone[0].Before == nil {
			t.Errorf("the new holder's post: %+v", gone)
		}
	})
}
