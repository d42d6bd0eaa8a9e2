package progress_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/apps/progress"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// A form is a Saved that was sent, with what it was answered.
type form struct {
	progress.Saved
	org    string
	answer progress.Answer
}

// play does things to a month in an order that pick decides, and fails when a word that
// was saved is not there in the end, or is there twice.
func play(w *world, steps int, pick func(n int) int) {
	ctx := w.Context()
	w.open(nov)
	w.set("2026-11-16 08:00")
	orgs, refs := []string{syt, khn, xa}, []progress.Ref{nv1, nv2, ct1}
	var sent []form
	expect := func(err error) { // what a step may be refused for by the state that the others have left
		w.Helper()
		switch {
		case err == nil, fault.KindOf(err) == fault.Conflict, fault.KindOf(err) == fault.NotFound:
		default:
			w.Fatal(err)
		}
	}
	send := func(f form) {
		w.Helper()
		answers, err := w.Save(ctx, an, nov, f.org, []progress.Saved{f.Saved})
		if err != nil {
			expect(err)
			return
		}
		if f.answer = answers[0]; f.answer.Outcome == progress.Refused {
			if !fault.Is(f.answer.Err, "progress.no-line") { // the unit never led it
				w.Fatal(f.answer.Err)
			}
			return
		}
		sent = append(sent, f)
	}
	for range steps {
		org, ref := orgs[pick(len(orgs))], refs[pick(len(refs))]
		switch what := pick(20); what {
		default:
			f := form{Saved: w.says(ref, pick(4), fmt.Sprintf("Nội dung %d", pick(1000))), org: org}
			if len(sent) > 0 && pick(4) == 0 {
				f.After = sent[len(sent)-1].ID
			}
			send(f)
		case 10, 11:
			if len(sent) > 0 {
				again := sent[pick(len(sent))]
				answers, err := w.Save(ctx, an, nov, again.org, []progress.Saved{again.Saved})
				w.ok(err)
				if got := answers[0]; got.Word == nil || got.Word.ID != again.answer.Word.ID {
					w.Fatalf("%s sent twice: %+v, at first %+v", again.ID, got, again.answer)
				}
			}
		case 12, 13:
			expect(w.Send(ctx, an, nov, org, true))
		case 14:
			expect(w.Approve(ctx, head, nov, org))
		case 15:
			expect(w.Back(ctx, head, nov, org, "Làm lại"))
		case 16:
			if pick(2) == 0 {
				expect(w.RemoveItem(ctx, binh, nov, ref, "Bỏ"))
			} else {
				expect(w.AddItems(ctx, binh, nov, []progress.Item{{Ref: ref, Title: "Thêm", Leads: []string{org}}}, "Thêm"))
			}
		case 17:
			if to := orgs[pick(len(orgs))]; to != org {
				expect(w.Move(ctx, binh, nov, org, to, nil, "Sáp nhập"))
			}
		case 18:
			if list, err := w.Waiting(ctx, nov); err != nil {
				w.Fatal(err)
			} else if len(list) > 0 {
				word := list[pick(len(list))]
				_, err := w.Resolve(ctx, an, nov, word.Org, word.ID, progress.Choice{Take: []progress.Take{progress.Used, progress.Left}[pick(2)], Base: pick(4)})
				expect(err)
			}
		case 19:
			if pick(4) == 0 {
				expect(w.closing(nov))
			}
		}
	}
	expect(w.closing(nov))
	w.verified(nov)

	history := map[progress.Ref][]*progress.Word{}
	current, waiting := map[string]bool{}, map[string]bool{}
	for _, ref := range refs {
		list, err := w.History(ctx, ref)
		w.ok(err)
		history[ref] = list
	}
	list, err := w.Waiting(ctx, nov)
	w.ok(err)
	for _, word := range list {
		waiting[word.ID] = true
	}
	for _, org := range orgs {
		_, lines, err := w.Sheet(ctx, nov, org)
		if err != nil {
			expect(err)
			continue
		}
		for _, l := range lines {
			if l.Word != nil {
				current[l.Word.ID] = true
			}
		}
	}
	for _, f := range sent {
		var found []*progress.Word
		for _, word := range history[f.Ref] {
			if word.ID == f.answer.Word.ID {
				found = append(found, word)
			}
		}
		if len(found) != 1 || !reflect.DeepEqual(found[0].Report, f.Report) || found[0].Save != f.ID {
			w.Fatalf("%s of %s, %s: %d words in history", f.ID, f.org, f.answer.Outcome, len(found))
		}
		switch word := found[0]; {
		case word.Outcome == progress.Kept && !current[word.ID], word.Outcome == progress.Same: // history
		case current[word.ID], waiting[word.ID], word.Settled != "":
		default:
			w.Fatalf("%s is neither the current word nor seen anywhere: %+v", f.ID, *word)
		}
	}
}

// TestNothingIsLost plays months in random order.
func TestNothingIsLost(t *testing.T) {
	t.Run("any order", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			w := newWorld(t, storetest.SQLite(t))
			play(w, 40, func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "pick") })
		})
	})
	each(t, func(w *world) {
		r := rand.New(rand.NewPCG(11, 2026))
		play(w, 300, r.IntN)
	})
}

// TestManyAtOnce saves from many hands at once, to the same lines and to others.
func TestManyAtOnce(t *testing.T) {
	each(t, func(w *world) {
		const people, times = 24, 8
		w.open(nov)
		refs := []progress.Ref{nv1, nv2, ct1}
		answers := make([][]progress.Answer, people)
		var g errgroup.Group
		for i := range people {
			g.Go(func() error {
				for n := range times {
					sv := progress.Saved{ID: fmt.Sprintf("%d-%d", i, n), Ref: refs[n%len(refs)], Base: n, Report: progress.Report{Said: fmt.Sprintf("Người %d, lần %d", i, n)}}
					for range 2 { // the network is bad: each form is sent twice
						a, err := w.Save(w.Context(), an, nov, syt, []progress.Saved{sv})
						if err != nil {
							return err
						}
						answers[i] = append(answers[i], a...)
					}
				}
				return nil
			})
		}
		w.ok(g.Wait())
		kept, conflicts := 0, 0
		for i := range answers {
			for n, a := range answers[i] {
				if n%2 == 1 {
					if a.Word.ID != answers[i][n-1].Word.ID {
						w.Errorf("%s was kept twice", a.ID)
					}
					continue
				}
				switch a.Outcome {
				case progress.Kept:
					kept++
				case progress.Conflict:
					conflicts++
				default:
					w.Errorf("%s came %s", a.ID, a.Outcome)
				}
			}
		}
		words, top := 0, 0
		for _, ref := range refs {
			list, err := w.History(w.Context(), ref)
			w.ok(err)
			words += len(list)
			top += w.line(nov, syt, ref).Version
		}
		if words != people*times || kept+conflicts != words || top != kept || w.state(nov, syt).Conflicts != conflicts {
			w.Errorf("%d words, %d kept, %d conflicts, versions %d of %d forms", words, kept, conflicts, top, people*times)
		}
	})
}
