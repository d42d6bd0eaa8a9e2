package org_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet"
)

// Whatever people do to organisations and posts, on each day: the tree has no
// circle, path and subtree say the same, and nobody holds a post twice.
// The rules are this package's own, so one engine tells.
func TestProperties(t *testing.T) {
	cfg := storetest.SQLite(t)
	cfg.Now = func() time.Time { return clock }
	control := storetest.Open(t, cfg).Control()
	s := org.NewStore(control, org.Deps{})
	rapid.Check(t, func(rt *rapid.T) {
		err := control.Write(context.Background(), func(tx *store.Tx) error {
			for _, table := range []string{"hand_overs", "posts", "people", "orgs"} {
				if _, err := tx.ExecContext(context.Background(), "DELETE FROM "+table); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		w := world{rt: rt, s: s}
		w.begin()
		for range rapid.IntRange(4, 16).Draw(rt, "steps") {
			w.step()
		}
		w.judge()
	})
}

const (
	orgsOfWorld = 4
	lastDay     = 9
)

// A world is a few organisations and one person within nine days.
type world struct {
	rt     *rapid.T
	s      *org.Store
	person string
}

func (w *world) id(i int) string { return fmt.Sprintf("o%d", i) }

func (w *world) begin() {
	p, err := w.s.AddPerson(context.Background(), clerk, org.Person{Name: "Cán bộ", Generated: true})
	if err != nil {
		w.rt.Fatal(err)
	}
	w.person = p.ID
	for i := range orgsOfWorld {
		if err := w.s.Put(context.Background(), clerk, org.Whatever, org.Org{ID: w.id(i), Name: "Cơ quan", Level: org.Province, Span: w.span()}); err != nil {
			w.rt.Fatal(err)
		}
	}
}

func (w *world) span() (s org.Span) {
	from, to := rapid.IntRange(0, lastDay).Draw(w.rt, "from"), rapid.IntRange(0, lastDay).Draw(w.rt, "to")
	if from > to {
		from, to = to, from
	}
	if from > 0 {
		s.From = org.On(viet.Date(from))
	}
	if to < lastDay {
		s.To = org.On(viet.Date(to))
	}
	return s
}

func (w *world) pick() string { return w.id(rapid.IntRange(0, orgsOfWorld-1).Draw(w.rt, "org")) }

// step does one thing; it may be refused, but only by a fault.
func (w *world) step() {
	ctx, day := context.Background(), viet.Date(rapid.IntRange(1, lastDay).Draw(w.rt, "day"))
	var err error
	switch rapid.IntRange(0, 6).Draw(w.rt, "what") {
	case 0, 1, 5, 6:
		err = w.s.Move(ctx, clerk, w.pick(), org.Whatever, w.pick(), day)
	case 2:
		_, err = w.s.Assign(ctx, clerk, org.Post{Person: w.person, Org: w.pick(), Title: "Giám đốc", Span: w.span()})
	case 3:
		err = w.s.End(ctx, clerk, w.pick(), org.Whatever, day)
	case 4:
		err = w.handBack(ctx, day)
	}
	if err != nil && fault.Of(err) == nil {
		w.rt.Fatal(err)
	}
}

// handBack hands a post to somebody else, and perhaps takes that back.
func (w *world) handBack(ctx context.Context, day viet.Date) error {
	snap, err := w.s.Snapshot(ctx)
	if err != nil {
		return err
	}
	posts := snap.AllPosts(w.person)
	if len(posts) == 0 {
		return nil
	}
	other, err := w.s.AddPerson(ctx, clerk, org.Person{Name: "Cán bộ khác", Generated: true})
	if err != nil {
		return err
	}
	h, err := w.s.HandOver(ctx, clerk, posts[0].ID, other.ID, day, "")
	if err != nil {
		return err
	}
	if snap, err = w.s.Snapshot(ctx); err != nil {
		return err
	}
	if was, _ := snap.Post(posts[0].ID); was.Covers(day) || !h.New.Covers(day) || h.New.From != org.On(day) {
		w.rt.Fatalf("handed over on day %d: %v before, %v after", day, was.Span, h.New.Span)
	}
	if rapid.Bool().Draw(w.rt, "stays") {
		return nil
	}
	if _, err = w.s.UndoHandOver(ctx, clerk, h.ID); err != nil {
		return err
	}
	if snap, err = w.s.Snapshot(ctx); err != nil {
		return err
	}
	back, _ := snap.Post(posts[0].ID)
	if back.Span != posts[0].Span || len(snap.AllPosts(other.ID)) != 0 {
		w.rt.Fatalf("handed over and back: %v, was %v", back.Span, posts[0].Span)
	}
	return nil
}

func (w *world) judge() {
	snap, err := w.s.Snapshot(context.Background())
	if err != nil {
		w.rt.Fatal(err)
	}
	for day := viet.Date(0); day <= lastDay+1; day++ {
		tree := snap.Tree(day)
		seen := map[string]bool{}
		for _, b := range tree {
			seen[b.Org.ID] = true
			w.branch(snap, b, day)
		}
		for i := range orgsOfWorld {
			o, _ := snap.Org(w.id(i))
			_, there := snap.Get(o.ID, day)
			if there != o.Covers(day) || there != seen[o.ID] {
				w.rt.Fatalf("day %d: %s is there %v, found %v, in the tree %v", day, o.ID, o.Covers(day), there, seen[o.ID])
			}
		}
		held := map[string]int{}
		for _, p := range snap.Posts(w.person, day) {
			if held[p.Org+p.Title]++; held[p.Org+p.Title] > 1 {
				w.rt.Fatalf("day %d: %s in %s is held twice", day, p.Title, p.Org)
			}
		}
	}
}

func (w *world) branch(snap *org.Snapshot, b org.Branch, day viet.Date) {
	path := snap.Path(b.Org.ID, day)
	above, ok := snap.Get(b.Org.ParentOn(day), day)
	if ok != (b.Parent != "") || ok && above.ID != b.Parent {
		w.rt.Fatalf("day %d: %s is under %q, its parent is %q", day, b.Org.ID, b.Parent, b.Org.ParentOn(day))
	}
	if len(path) != b.Depth+1 || path[0] != b.Org.ID || b.Depth > 0 && path[1] != b.Parent {
		w.rt.Fatalf("day %d: %+v has the path %v", day, b, path)
	}
	for i := range orgsOfWorld {
		other := w.id(i)
		above := slices.Contains(path, other)
		below := slices.Contains(snap.Subtree(other, day), b.Org.ID)
		if above != below || above != snap.Within(b.Org.ID, other, day) {
			w.rt.Fatalf("day %d: %s above %s: path %v, subtree %v", day, other, b.Org.ID, above, below)
		}
	}
}
