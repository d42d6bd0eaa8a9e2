package catalog_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/pack/packtest"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/packs"
)

// lacking is what the shipped contracts leave empty, because nobody who made them
// can know it; a set that is not named lacks nothing of its own. What the platform
// has to know besides (a score, the agency's electronic code, which is in no pack)
// is taken as known.
//
// How long the province keeps a copy of public data, its own registers and tasks,
// and by which rule they are archived, is for the province to decide.
func lacking() map[string]string {
	all, kept := map[string]string{}, "retention archive_rule"
	for _, id := range []string{"vn-tinh", "vn-xa", "vn-don-vi-thay-doi", "vn-huyen-thay-doi", "vn-tinh-thay-doi", "vn-csdl-quoc-gia", "hy-co-quan", "hy-he-thong", "hy-he-thong-hoat-dong",
		"hy-nhiem-vu", "hy-xa", "kh-che-do-bao-cao", "kh-chi-tieu", "kh-co-quan", "kh-he-thong", "kh-nhiem-vu", "kh-van-ban"} {
		all[id] = kept
	}
	// No act orders these to be kept: they are copies of what others publish, samples,
	// or a proposal of the makers.
	for _, id := range []string{"vn-huyen", "vn-tinh-ranh-gioi", "vn-tinh-so-lieu", "vn-xa-ranh-gioi-can-tho", "vn-xa-so-lieu", "vn-xa-vi-tri", "vn-ngay-nghi-le", "vn-chi-so-phat-trien",
		"vn-co-so-y-te-ha-noi", "hy-he-thong-quy-trinh", "hy-thoi-tiet-gio", "hy-thon-to-dan-pho", "hy-xa-ranh-gioi"} {
		all[id] = "legal_basis " + kept
	}
	return all
}

func TestShipped(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		lists, contracts := dictionary.NewStore(s.Control()), contract.NewStore(s.Control())
		contracts.Terms = lists
		all := pack.New(s.Control(), lists.Kind(), lists.TermsKind(), contracts.Kind(), packtest.Elsewhere("Organisations"), packtest.Elsewhere("Policies"), packtest.Elsewhere("Clocks"), packtest.Elsewhere("Measures"), packtest.Elsewhere("DossierLayout"))
		var shipped []*pack.Pack
		for _, name := range packs.Names() {
			files, _ := packs.Open(name)
			p, err := pack.Read(files)
			if err != nil {
				t.Fatal(err)
			}
			shipped = append(shipped, p)
		}
		if _, err := all.Install(ctx, actor.Actor{Kind: "person", ID: "an"}, false, shipped...); err != nil {
			t.Fatal(err)
		}
		n, lacking := 0, lacking()
		for con, err := range contract.All(ctx, contracts) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			known := catalog.Known{OwnerCode: "H00", Measured: true}
			if con.Access == "open" || con.Access == "shared" {
				known.Methods = []string{"api", "package"}
			}
			if got, want := missing(catalog.Of(con, known)), strings.Fields(lacking[con.ID]); !slices.Equal(got, want) {
				t.Errorf("%s lacks %q, want %q", con.ID, got, want)
			}
			if got := missing(catalog.Of(con, catalog.Known{Measured: true, Methods: known.Methods})); !slices.Contains(got, "owner_agency_code") {
				t.Errorf("%s: without the agency's code: %q", con.ID, got)
			}
			for key, posts := range map[string]string{contract.KeySteward: "cán bộ đầu mối", contract.KeyHead: "Giám đốc Sở |Chánh Văn phòng |Người đứng đầu "} {
				said := con.Catalogue.Text(key)
				if !slices.ContainsFunc(strings.Split(posts, "|"), func(post string) bool { return strings.Contains(said, post) }) {
					t.Errorf("%s: %s is “%s”: an office or a post, no person", con.ID, key, said)
				}
			}
		}
		if n != 35 {
			t.Errorf("%d contracts", n)
		}
	})
}
