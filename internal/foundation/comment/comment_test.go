package comment_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/comment"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

var (
	an   = actor.Actor{Kind: "person", ID: "an", Name: "An", Org: "hy-syt"}
	binh = actor.Actor{Kind: "person", ID: "binh", Name: "Bình", Org: "hy-skhcn"}
	set  = comment.Object{Kind: "dataset", ID: "hy-xa"}
)

func want(t *testing.T, err error, key string) {
	t.Helper()
	if !fault.Is(err, key) {
		t.Errorf("%v, want %s", err, key)
	}
}

func TestWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, s := t.Context(), comment.NewStore(st.Control())
		for _, c := range []struct{ name, text, key string }{
			{"nothing", " \n ", "comment.empty"},
			{"too much", strings.Repeat("ă", comment.Most+1), "comment.long"},
			{"the number of a person", "Xem ông 033 099 001 234", "comment.number"},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := s.Add(ctx, an, set, c.text, nil)
				want(t, err, c.key)
			})
		}
		told := errors.New("nobody is told")
		if _, err := s.Add(ctx, an, set, "Thử", func(context.Context, *store.Tx, *comment.Comment) error { return told }); !errors.Is(err, told) {
			t.Errorf("%v", err)
		}
		if list, err := s.Of(ctx, set); err != nil || len(list) != 0 {
			t.Errorf("%d kept of which nobody was told, %v", len(list), err)
		}
		first, err := s.Add(ctx, an, set, strings.Repeat("ă", comment.Most), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Add(ctx, binh, set, "Cột tên xã còn thiếu\r\ntiền tố", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Add(ctx, binh, comment.Object{Kind: "dataset", ID: "khac"}, "Của bộ khác", nil); err != nil {
			t.Fatal(err)
		}
		list, err := s.Of(ctx, set)
		if err != nil || len(list) != 2 || list[0].Text != "Cột tên xã còn thiếu\ntiền tố" || list[1].By != an || list[0].Withdrawn() {
			t.Fatalf("%+v, %v", list, err)
		}
		_, err = s.Withdraw(ctx, binh, first.ID, "")
		want(t, err, "comment.why")
		c, err := s.Withdraw(ctx, binh, first.ID, "Nhầm bộ dữ liệu")
		if err != nil || !c.Withdrawn() || c.Text != "" || c.Why != "Nhầm bộ dữ liệu" {
			t.Errorf("%+v, %v", c, err)
		}
		if c, err = s.Get(ctx, first.ID); err != nil || c.Text != "" || c.WithdrawnBy.Name != "Bình" || c.WithdrawnAt.IsZero() {
			t.Errorf("%+v, %v", c, err)
		}
		_, err = s.Withdraw(ctx, an, first.ID, "Lần nữa")
		want(t, err, "comment.withdrawn")
		_, err = s.Get(ctx, "khong-co")
		want(t, err, "comment.unknown")
	})
}

func TestParse(t *testing.T) {
	for text, ok := range map[string]bool{"dataset:hy-xa": true, "term:a:b": true, "dataset": false, ":x": false, "dataset:": false, "": false} {
		o, err := comment.Parse(text)
		if (err == nil) != ok || ok && o.String() != text {
			t.Errorf("%q: %v, %v", text, o, err)
		}
	}
}
