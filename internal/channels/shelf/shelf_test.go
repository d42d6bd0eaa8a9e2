package shelf_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/shelf"
	"github.com/phohien/phohien/internal/foundation/policy"
)

func opened(t testing.TB, sent ...string) (*apitest.Province, *shelf.Shelf, context.Context) {
	t.Helper()
	p := apitest.New(t, sent...)
	ctx := door.With(t.Context(), &door.Caller{Who: policy.Who{Kind: "person", ID: "web"}})
	return p, &shelf.Shelf{Door: p.Door, Contracts: p.Contracts, Scores: p.Scores}, ctx
}

func ids(list []shelf.Entry) string {
	var all []string
	for _, e := range list {
		all = append(all, e.ID)
	}
	return strings.Join(all, " ")
}

func TestFind(t *testing.T) {
	_, s, ctx := opened(t, "packs/viet-nam/data/vn-tinh.csv")
	all, err := s.Known(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ query, has, lacks string }{
		{"q=thoi+tiet", "hy-thoi-tiet-gio", "hy-xa"}, // the name has Nhiệt độ, the purpose thời tiết
		{"q=XA+phuong+hung+yen", "hy-xa", "vn-tinh"},
		{"q=van+phong+uy+ban", "hy-nhiem-vu", "hy-xa"}, // its owner
		{"q=diem+giua", "hy-xa", "hy-nhiem-vu"},        // title of a column
		{"owner=hy-snv", "hy-xa", "hy-nhiem-vu"},
		{"band=none", "hy-xa", "vn-tinh"},
		{"band=good", "vn-tinh", "hy-xa"},
		{"provenance=sample", "hy-thoi-tiet-gio", "hy-xa"},
		{"pack=viet-nam&has=place", "vn-tinh-ranh-gioi", "hy-xa"},
		{"has=time", "hy-thoi-tiet-gio", ""},
		{"q=khong+co+gi+nhu+the", "", "hy-xa"},
	} {
		v, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		found, _ := shelf.Find(all, shelf.Read(v))
		got := " " + ids(found) + " "
		if c.has != "" && !strings.Contains(got, " "+c.has+" ") || c.lacks != "" && strings.Contains(got, " "+c.lacks+" ") {
			t.Errorf("%s: %s", c.query, got)
		}
	}
	tinh := func(e shelf.Entry) bool { return e.ID == "vn-tinh" }
	for _, e := range all {
		if tinh(e) && (e.Rows == 0 || e.Changed.IsZero() || e.Score.Overall == nil) {
			t.Errorf("a set that has been loaded stands at %d rows, %v, %v", e.Rows, e.Changed, e.Score.Overall)
		}
	}
}

// TestFind_counts tries that each count of a facet is what choosing it gives.
func TestFind_counts(t *testing.T) {
	_, s, ctx := opened(t, "packs/viet-nam/data/vn-tinh.csv")
	all, err := s.Known(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, start := range []string{"", "q=hung+yen", "pack=hung-yen", "pack=hung-yen&has=place", "owner=hy-snv&band=none"} {
		v, err := url.ParseQuery(start)
		if err != nil {
			t.Fatal(err)
		}
		_, options := shelf.Find(all, shelf.Read(v))
		for f, some := range options {
			for _, o := range some {
				v, _ := url.ParseQuery(start)
				v.Set(string(f), o.Value)
				if found, _ := shelf.Find(all, shelf.Read(v)); len(found) != o.Count {
					t.Errorf("%q with %s=%s: %d found, %d promised", start, f, o.Value, len(found), o.Count)
				}
			}
		}
	}
}

func TestFind_order(t *testing.T) {
	p, s, ctx := opened(t)
	text, err := os.ReadFile(apitest.File(t, "packs/hung-yen/contracts/hy-xa.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Ao", "Ăn", "Ân", "Bò", "Dê", "Đê", "Em", "Êm"}
	for i := len(want) - 1; i >= 0; i-- {
		lines := strings.Split(string(text), "\n")
		for n, l := range lines {
			switch {
			case strings.HasPrefix(l, "id: "):
				lines[n] = fmt.Sprintf("id: thu-tu-%d", len(want)-i)
			case strings.HasPrefix(l, "name: "):
				lines[n] = "name: thử " + want[i]
			}
		}
		p.Put(t, strings.Join(lines, "\n"))
	}
	all, err := s.Known(ctx)
	if err != nil {
		t.Fatal(err)
	}
	found, _ := shelf.Find(all, shelf.Read(url.Values{"q": {"thu-tu"}}))
	var got []string
	for _, e := range found {
		got = append(got, strings.TrimPrefix(e.Name, "thử "))
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("order %v, want %v", got, want)
	}
}

// TestStandings_follow sees a batch, and a contract that was changed, at once.
func TestStandings_follow(t *testing.T) {
	p, s, ctx := opened(t)
	of := func(id string) shelf.Entry {
		t.Helper()
		all, err := s.Known(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if e.ID == id {
				return e
			}
		}
		t.Fatalf("no %s", id)
		return shelf.Entry{}
	}
	if e := of("vn-tinh"); e.Rows != 0 || !e.Changed.IsZero() || e.Score.Overall != nil {
		t.Errorf("before the first batch: %d rows, %v", e.Rows, e.Changed)
	}
	p.Fill(t, "packs/viet-nam/data/vn-tinh.csv")
	first := of("vn-tinh")
	if first.Rows == 0 || time.Since(first.Changed) > time.Hour {
		t.Errorf("after it: %d rows, %v", first.Rows, first.Changed)
	}
	want, err := p.Scores.Current(ctx, "vn-tinh")
	if err != nil {
		t.Fatal(err)
	}
	if *first.Score.Overall != *want.Overall {
		t.Errorf("stands at %v, the score is %v", *first.Score.Overall, *want.Overall)
	}
	con := first.Contract
	text, err := p.Contracts.Document(ctx, con.ID, con.Digest)
	if err != nil {
		t.Fatal(err)
	}
	p.Put(t, strings.Replace(string(text), "\nname: ", "\nname: Tên mới của ", 1))
	if e := of("vn-tinh"); !strings.HasPrefix(e.Name, "Tên mới của") || e.Score.Overall == nil {
		t.Errorf("after a change of the contract: %q %v", e.Name, e.Score.Overall)
	}
}

// BenchmarkKnown lists a thousand data sets.
func BenchmarkKnown(b *testing.B) {
	p, s, ctx := opened(b)
	text, err := os.ReadFile(apitest.File(b, "packs/hung-yen/contracts/hy-nhiem-vu.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		p.Put(b, strings.NewReplacer("id: hy-nhiem-vu\n", fmt.Sprintf("id: bo-%04d\n", i), "name: Nhiệm vụ", fmt.Sprintf("name: Bộ %d Nhiệm vụ", i)).Replace(string(text)))
	}
	if _, err := s.Known(ctx); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		all, err := s.Known(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if found, _ := shelf.Find(all, shelf.Read(url.Values{"q": {"nhiem vu"}})); len(found) < 1000 {
			b.Fatal(len(found))
		}
	}
}
