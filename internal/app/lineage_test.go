package app

import (
	"net/http"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/usage"
	"github.com/phohien/phohien/packs"
)

// TestLineage_readers: everybody who may know of a data set is told how much it is
// read, and only who may see who used whose data by which agency; of a person there
// is never a word. A data set that one may not know of is not named to them.
func TestLineage_readers(t *testing.T) {
	a := withPacks(t, packs.Names()...)
	ctx := t.Context()
	for range 3 {
		if err := a.Usage.Record(ctx, &usage.Use{
			Door: "api", Action: "read", Actor: actor.Actor{Kind: "person", ID: "nguyen-van-a", Name: "Nguyễn Văn A"}, Org: "hy-syt",
			Purpose: "thu", Basis: "thử", Dataset: "hy-xa",
		}); err != nil {
			t.Fatal(err)
		}
	}
	con, err := a.Contracts.Current(ctx, "hy-xa")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		caller *door.Caller
		named  bool
	}{
		"nobody known": {&door.Caller{Who: policy.Anonymous}, false},
		"an auditor":   {&door.Caller{Who: policy.Who{Kind: "person", ID: "b", Org: "hy-cong-an", Roles: []string{"compliance_officer"}, Strong: true}}, true},
	} {
		l, err := a.lineage().Of(door.With(ctx, c.caller), con)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r := l.Readers
		if r.Uses != 3 || r.Consumers != 1 || r.Last == "" || r.Named != c.named || (len(r.All) > 0) != c.named {
			t.Errorf("%s is told %+v", name, r)
		}
		for _, one := range r.All {
			if one.Org != "Sở Y tế" && !strings.HasPrefix(one.Org, "Sở Y tế") || one.Program != "" || one.Uses != 3 {
				t.Errorf("%s: %+v", name, one)
			}
		}
	}

	// hy-tro-cap-xa-hoi is restricted: nobody without an account is told of it.
	units, err := a.Contracts.Current(ctx, "vn-xa")
	if err != nil {
		t.Fatal(err)
	}
	l, err := a.lineage().Of(door.With(ctx, &door.Caller{Who: policy.Anonymous}), units)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range l.To {
		seen[s.ID] = true
	}
	if !seen["hy-xa"] || seen["hy-tro-cap-xa-hoi"] {
		t.Errorf("nobody is told of %v", l.To)
	}
}

// TestShared_counts: whoever asks for rows, figures or a file of data that tell of no
// person is counted as a use of them, by agency; who only looks at what there is has
// used nothing, nor has whoever runs the server.
func TestShared_counts(t *testing.T) {
	l := &land{App: withPacks(t, "viet-nam", "hung-yen")}
	ctx := t.Context()
	shared := func() *score.Sharing {
		t.Helper()
		sc, err := score.New(l.Scorer.Deps).Current(ctx, "vn-tinh")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range sc.Criteria {
			if c.ID == contract.Shared && c.Sharing != nil {
				return c.Sharing
			}
		}
		t.Fatal("dùng chung is not told")
		return nil
	}
	one, two, runs := &visitor{}, &visitor{}, &visitor{key: l.Token()}
	l.signIn(t, one, policy.RoleAnalyst, otherOrg, 981)
	l.signIn(t, two, policy.RoleAnalyst, otherOrg, 982)
	ask := func(v *visitor, path string) {
		t.Helper()
		if w := l.ask(v, get(path)); w.Code != http.StatusOK {
			t.Fatalf("%s: %d %.300s", path, w.Code, w.Body)
		}
	}
	ask(one, "/datasets/vn-tinh/lineage")
	ask(one, "/api/v1/datasets/vn-tinh")
	ask(runs, "/api/v1/datasets/vn-tinh/records?limit=3")
	if sh := shared(); sh.Access != policy.AccessOpen || sh.Consumers != 0 || sh.Uses != 0 {
		t.Errorf("nobody has used it: %+v", sh)
	}
	ask(one, "/api/v1/datasets/vn-tinh/records?limit=3")
	ask(two, "/datasets/vn-tinh/records")
	ask(two, "/api/v1/datasets/vn-tinh/groups?by=loai")
	if sh := shared(); sh.Consumers != 1 || sh.Uses != 3 || sh.Last == "" {
		t.Errorf("used three times by one agency: %+v", sh)
	}
}
