package identity_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

func TestSession_idleAndAbsolute(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		k.person("buoitt.syt")
		in := k.signIn("buoitt.syt", goodPassword)
		k.wait(14*time.Minute + 59*time.Second)
		must(k.Check(ctx, in.Token, within))(t)
		k.wait(15 * time.Minute)
		_, err := k.Check(ctx, in.Token, within)
		wants(t, err, "identity.session.idle")

		in = k.signIn("buoitt.syt", goodPassword)
		began := k.clock()
		for k.clock().Sub(began) < 12*time.Hour-10*time.Minute {
			k.wait(10 * time.Minute)
			if k.clock().Sub(began) < 12*time.Hour {
				must(k.Check(ctx, in.Token, within))(t)
			}
		}
		k.wait(10 * time.Minute)
		_, err = k.Check(ctx, in.Token, within)
		wants(t, err, "identity.session.over")
	})
}

func TestSession_restart(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a := k.person("buoitt.syt")
		in := k.signIn("buoitt.syt", goodPassword)
		k.wait(10 * time.Minute)
		must(k.Check(ctx, in.Token, within))(t)
		if err := k.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		k.open()
		k.wait(10 * time.Minute)
		ses := must(k.Check(ctx, in.Token, within))(t)
		if ses.Account.ID != a.ID || k.CSRF(ses) != in.CSRF {
			t.Errorf("after the restart: %+v", ses)
		}
		// Without the minute's write a session seems idle early, never late.
		k.open()
		k.wait(6 * time.Minute)
		_, err := k.Check(ctx, in.Token, within)
		wants(t, err, "identity.session.idle")
	})
}

func TestSession_endsWith(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		k.posts["p1"] = []identity.Post{{ID: "post-1", Org: "so-y-te", Roles: []string{policy.RoleSteward}}}
		a := k.person("buoitt.syt", func(n *identity.NewAccount) { n.PersonID = "p1" })
		for name, f := range map[string]func() error{
			"lock": func() error { return k.SetState(ctx, admin, a.ID, identity.Locked, "") },
			"open": func() error { return nil },
			"role": func() error {
				_, err := k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleEntry})
				return err
			},
			"posts":  func() error { return k.PostsChanged(ctx, admin, "p1") },
			"change": func() error { return k.RequireChange(ctx, admin, a.ID) },
			"org": func() error {
				_, err := k.Update(ctx, admin, a.ID, identity.NewAccount{Name: a.Name, OrgID: "xa-an", PersonID: "p1"})
				return err
			},
			"all": func() error { return k.EndSessions(ctx, admin, a.ID, "") },
		} {
			if got := must(k.Account(ctx, a.ID))(t); got.State == identity.Locked {
				if err := k.SetState(ctx, admin, a.ID, identity.Active, ""); err != nil {
					t.Fatal(err)
				}
			}
			step := must(k.Begin(ctx, a.Login, goodPassword, within))(t)
			if step.Kind == identity.StepPassword { // after "change": take the demand back by hand
				k.exec(`UPDATE accounts SET change_required = 0`)
				step = must(k.Begin(ctx, a.Login, goodPassword, within))(t)
			}
			must(k.Check(ctx, step.Issued.Token, within))(t)
			if err := f(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			_, err := k.Check(ctx, step.Issued.Token, within)
			if alive := err == nil; alive != (name == "open") {
				t.Errorf("%s: the session's end: %v", name, err)
			}
		}
	})
}

func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		k.person("buoitt.syt")
		here, there := k.signIn("buoitt.syt", goodPassword), k.signIn("buoitt.syt", goodPassword)
		ses := must(k.Check(ctx, here.Token, within))(t)
		wants(t, k.ChangePassword(ctx, ses, "không phải", nextPassword, within), "identity.password.old")
		wants(t, k.ChangePassword(ctx, ses, goodPassword, "Ngắn-09", within), "identity.password.short")
		wants(t, k.ChangePassword(ctx, ses, goodPassword, goodPassword, within), "identity.password.reused")
		k.wait(time.Second)
		if err := k.ChangePassword(ctx, ses, goodPassword, nextPassword, within); err != nil {
			t.Fatal(err)
		}
		must(k.Check(ctx, here.Token, within))(t)
		_, err := k.Check(ctx, there.Token, within)
		wants(t, err, "identity.session.none")
		if list := must(k.Sessions(ctx, ses.Account.ID))(t); len(list) != 1 || list[0].ID != ses.ID {
			t.Errorf("sessions left: %+v", list)
		}
		_, err = k.Begin(ctx, "buoitt.syt", goodPassword, within)
		wants(t, err, "identity.wrong")
		k.signIn("buoitt.syt", nextPassword)
	})
}

func TestSessions_listAndEnd(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a, b := k.person("buoitt.syt"), k.person("camlv.syt")
		one, two := k.signIn(a.Login, goodPassword), k.signIn(a.Login, goodPassword)
		other := k.signIn(b.Login, goodPassword)
		wants(t, k.EndSession(ctx, a.Actor(), a.ID, other.Session.ID), "identity.no-session")
		if err := k.EndSession(ctx, a.Actor(), a.ID, one.Session.ID); err != nil {
			t.Fatal(err)
		}
		_, err := k.Check(ctx, one.Token, within)
		wants(t, err, "identity.session.none")
		must(k.Check(ctx, two.Token, within))(t)
		must(k.Check(ctx, other.Token, within))(t)
		if err := k.EndSessions(ctx, a.Actor(), a.ID, two.Session.ID); err != nil {
			t.Fatal(err)
		}
		if list := must(k.Sessions(ctx, a.ID))(t); len(list) != 1 || list[0].ID != two.Session.ID {
			t.Errorf("sessions left: %+v", list)
		}
		for range 25 {
			k.wait(time.Second)
			k.signIn(a.Login, goodPassword)
		}
		if n := len(must(k.Sessions(ctx, a.ID))(t)); n != 20 {
			t.Errorf("%d sessions, want at most 20", n)
		}
	})
}

func TestPurpose(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		k.person("buoitt.syt")
		in := k.signIn("buoitt.syt", goodPassword)
		wants(t, k.SetPurpose(ctx, in.Session, "", "x", ""), "identity.purpose")
		wants(t, k.SetPurpose(ctx, in.Session, "giai-quyet-tthc", " ", ""), "identity.purpose")
		if err := k.SetPurpose(ctx, in.Session, "giai-quyet-tthc", "Hồ sơ  BHYT tháng 11", "Đ19.1.c Luật 91/2025"); err != nil {
			t.Fatal(err)
		}
		k.open()
		ses := must(k.Check(ctx, in.Token, within))(t)
		if ses.Purpose == nil || ses.Purpose.Text != "Hồ sơ BHYT tháng 11" || ses.Purpose.Code != "giai-quyet-tthc" {
			t.Fatalf("purpose: %+v", ses.Purpose)
		}
		r := identity.DefaultRules()
		r.PurposeMinutes = 10
		if err := k.SetRules(ctx, admin, r, 0); err != nil {
			t.Fatal(err)
		}
		if err := k.SetPurpose(ctx, ses, "thong-ke", "Báo cáo quý", ""); err != nil {
			t.Fatal(err)
		}
		if ses = must(k.Check(ctx, in.Token, within))(t); ses.Purpose == nil || ses.Purpose.Code != "thong-ke" {
			t.Fatalf("purpose: %+v", ses.Purpose)
		}
		k.wait(10 * time.Minute)
		if ses = must(k.Check(ctx, in.Token, within))(t); ses.Purpose != nil {
			t.Errorf("the purpose lasts longer than the rules say: %+v", ses.Purpose)
		}
		if k.told("purpose.state", identity.ResultDone) != 2 {
			t.Error("a purpose was not told")
		}
	})
}

func TestStrengthen(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		k.person("buoitt.syt")
		in := k.signIn("buoitt.syt", goodPassword)
		secret, _ := k.app(in.Token)
		first := must(k.Check(ctx, in.Token, within))(t).StrongAt
		k.wait(10 * time.Minute)
		must(k.Check(ctx, in.Token, within))(t)
		k.wait(6 * time.Minute)
		_, err := k.SetUpTOTP(ctx, in.Token)
		wants(t, err, "identity.show-factor")
		ses := must(k.Check(ctx, in.Token, within))(t)
		_, err = k.Strengthen(ctx, ses, identity.Proof{Kind: identity.FactorTOTP, Code: "000000"}, within)
		wants(t, err, "identity.code.wrong")
		must(k.Strengthen(ctx, ses, identity.Proof{Kind: identity.FactorTOTP, Code: k.code(secret)}, within))(t)
		if ses = must(k.Check(ctx, in.Token, within))(t); !ses.StrongAt.After(first) {
			t.Error("not stronger than before")
		}
		must(k.SetUpTOTP(ctx, in.Token))(t)
	})
}

func TestRemoveMethod(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a := k.person("buoitt.syt")
		in := k.signIn(a.Login, goodPassword)
		k.app(in.Token)
		id := must(k.Methods(ctx, a.ID))(t)[0].ID
		wants(t, k.RemoveMethod(ctx, in.Token, "khong-co"), "identity.no-factor")
		if err := k.RemoveMethod(ctx, in.Token, id); err != nil { // inside none is needed
			t.Fatal(err)
		}
		step := must(k.Begin(ctx, a.Login, goodPassword, outside))(t)
		_, step = k.app(step.Token)
		id = must(k.Methods(ctx, a.ID))(t)[0].ID
		wants(t, k.RemoveMethod(ctx, step.Issued.Token, id), "identity.last-factor")
		if err := k.ResetMethods(ctx, admin, a.ID); err != nil {
			t.Fatal(err)
		}
		_, err := k.Check(ctx, step.Issued.Token, within)
		wants(t, err, "identity.session.none", "identity.session.ended")
		k.signIn(a.Login, goodPassword)
	})
}

func TestWho(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		k.posts["p1"] = []identity.Post{{ID: "post-1", Org: "so-y-te", Roles: []string{policy.RoleSteward}}, {ID: "post-2", Org: "xa-an", Roles: []string{policy.RoleEntry}, Units: []string{"11953"}}}
		a := k.person("buoitt.syt", func(n *identity.NewAccount) { n.PersonID = "p1" })
		must(k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleAnalyst, Units: []string{"*"}}))(t)
		must(k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleEngineer, From: "2027-01-01"}))(t)
		in := k.signIn(a.Login, goodPassword)
		w := must(k.Who(ctx, in.Session, k.clock()))(t)
		want := policy.Who{Kind: "person", ID: a.ID, Org: "so-y-te", Orgs: []string{"so-y-te", "ubnd-tinh"}, Covers: []string{"H21.so-y-te", "so-y-te"},
			Units: []string{"*"}, Roles: []string{policy.RoleAnalyst, policy.RoleSteward, policy.RoleOfficial}, Inside: true}
		slices.Sort(want.Roles)
		if fmt.Sprint(w) != fmt.Sprint(want) {
			t.Errorf("who:\n%+v, want\n%+v", w, want)
		}
		wants(t, k.ActFor(ctx, in.Session, "so-noi-vu"), "identity.no-post")
		if err := k.ActFor(ctx, in.Session, "xa-an"); err != nil {
			t.Fatal(err)
		}
		ses := must(k.Check(ctx, in.Token, within))(t)
		w = must(k.Who(ctx, ses, k.clock()))(t)
		if w.Org != "xa-an" || !w.Has(policy.RoleEntry) || w.Has(policy.RoleSteward) || !slices.Contains(w.Units, "11953") || ses.Actor().Org != "xa-an" {
			t.Errorf("acting for the commune: %+v", w)
		}
		again := must(k.Who(ctx, ses, k.clock()))(t)
		if fmt.Sprint(again) != fmt.Sprint(w) {
			t.Errorf("from memory: %+v, want %+v", again, w)
		}
		key := must(k.WhoOf(ctx, must(k.Account(ctx, a.ID))(t), k.clock()))(t)
		if key.Strong || key.Inside || key.Org != "so-y-te" || !key.Has(policy.RoleSteward) {
			t.Errorf("through a key: %+v", key)
		}
		// What begins at midnight in Viet Nam is seen then.
		k.now = time.Date(2026, 12, 31, 16, 59, 0, 0, time.UTC)
		in = k.signIn(a.Login, goodPassword)
		if w = must(k.Who(ctx, in.Session, k.clock()))(t); w.Has(policy.RoleEngineer) {
			t.Error("a grant began a day early")
		}
		k.wait(61 * time.Second)
		if w = must(k.Who(ctx, in.Session, k.clock()))(t); !w.Has(policy.RoleEngineer) {
			t.Error("a grant did not begin at midnight")
		}
	})
}

func TestGrant(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a := k.person("buoitt.syt")
		_, err := k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: "vua"})
		wants(t, err, "identity.role")
		_, err = k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleEmergency})
		wants(t, err, "identity.role")
		_, err = k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleCDO, From: "2026-12-01", To: "2026-11-01"})
		wants(t, err, "identity.days")
		_, err = k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleCDO, Org: "khong-co"})
		wants(t, err, "identity.no-org")
		g := must(k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleCDO, From: "2026-12-01", To: "2026-12-31"}))(t)
		// Separation of duties looks at every day, not only at today.
		_, err = k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleCompliance, From: "2026-12-31"})
		wants(t, err, "test.conflict")
		_, err = k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleCompliance})
		wants(t, err, "test.conflict")
		must(k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleCompliance, From: "2027-01-01"}))(t)
		if err := k.Revoke(ctx, admin, g.ID); err != nil {
			t.Fatal(err)
		}
		wants(t, k.Revoke(ctx, admin, g.ID), "identity.no-grant")
		root := must(k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleAdmin}))(t)
		wants(t, k.Revoke(ctx, admin, root.ID), "identity.last-administrator")
		wants(t, k.SetState(ctx, admin, a.ID, identity.Disabled, "số 0912 345 678 báo"), "reason.number")
		wants(t, k.SetState(ctx, admin, a.ID, identity.Disabled, ""), "identity.last-administrator")
		wants(t, k.Erase(ctx, admin, a.ID), "identity.last-administrator")
		b := k.person("camlv.syt")
		must(k.Grant(ctx, admin, identity.Grant{Account: b.ID, Role: policy.RoleAdmin}))(t)
		if err := k.SetState(ctx, admin, a.ID, identity.Disabled, "chuyển công tác"); err != nil {
			t.Fatal(err)
		}
	})
}

// Outside a session counts only with a second factor.
func TestCheck_outside(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		k.person("buoitt.syt")
		in := k.signIn("buoitt.syt", goodPassword)
		for _, from := range []identity.Origin{outside, {}} {
			_, err := k.Check(ctx, in.Token, from)
			wants(t, err, "identity.session.outside")
		}
		if ses := must(k.Check(ctx, in.Token, within))(t); !ses.Inside {
			t.Error("inside is not seen")
		}
		k.app(in.Token)
		ses := must(k.Check(ctx, in.Token, outside))(t)
		if w := must(k.Who(ctx, ses, k.clock()))(t); w.Inside || !w.Strong {
			t.Errorf("who: %+v", w)
		}
		ses = must(k.Check(ctx, in.Token, within))(t)
		if w := must(k.Who(ctx, ses, k.clock()))(t); !w.Inside {
			t.Errorf("who: %+v", w)
		}
	})
}

func TestCheck_many(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a := k.person("buoitt.syt")
		tokens := make([]string, 10)
		for i := range tokens {
			k.wait(time.Second)
			tokens[i] = k.signIn(a.Login, goodPassword).Token
		}
		var wg sync.WaitGroup
		for i, token := range tokens {
			wg.Go(func() {
				for range 300 {
					if _, err := k.Check(ctx, token, within); err != nil && i%2 == 0 {
						t.Errorf("session %d: %v", i, err)
						return
					}
				}
			})
			if i%2 == 1 {
				wg.Go(func() {
					ses, err := k.Check(ctx, token, within)
					if err == nil {
						err = k.SignOut(ctx, ses)
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Go(func() {
				if err := k.Flush(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i, token := range tokens {
			if _, err := k.Check(ctx, token, within); (err == nil) != (i%2 == 0) {
				t.Errorf("session %d at the end: %v", i, err)
			}
		}
	})
}

// The figure: at most 50 µs a check.
func BenchmarkService_Check(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			cfg := storetest.SQLite
			if engine == "postgres" {
				cfg = storetest.Postgres
			}
			k := newKit(b, storetest.Open(b, cfg(b)))
			k.deps.Now = time.Now // as it runs: the cache ages
			k.open()
			k.person("buoitt.syt")
			token := k.signIn("buoitt.syt", goodPassword).Token
			for b.Loop() {
				ses, err := k.Check(ctx, token, within)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := k.Who(ctx, ses, time.Now()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What a check costs when the database has to be asked.
func BenchmarkService_Check_cold(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			cfg := storetest.SQLite
			if engine == "postgres" {
				cfg = storetest.Postgres
			}
			k := newKit(b, storetest.Open(b, cfg(b)))
			k.person("buoitt.syt")
			token := k.signIn("buoitt.syt", goodPassword).Token
			for b.Loop() {
				k.Forget()
				if _, err := k.Check(ctx, token, within); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
