package identity_test

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

func TestFirstLink(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		me := identity.NewAccount{Login: "quan.tri", Name: "Phạm Thị Đào"}
		old := must(k.FirstLink(ctx))(t)
		code := must(k.FirstLink(ctx))(t)
		_, err := k.Claim(ctx, old, me, within)
		wants(t, err, "identity.slip.wrong")
		if err := k.CheckFirst(ctx, code, within); err != nil {
			t.Fatal(err)
		}
		k.wait(24 * time.Hour)
		wants(t, k.CheckFirst(ctx, code, within), "identity.slip.wrong")

		code = must(k.FirstLink(ctx))(t)
		must(k.Claim(ctx, code, me, within))(t) // and the browser is closed
		step := must(k.Claim(ctx, strings.ToLower(code), me, within))(t)
		step = must(k.SetPassword(ctx, step.Token, goodPassword))(t)
		if step.Kind != identity.StepEnrol {
			t.Fatalf("the first administrator is asked for %s, want a factor", step.Kind)
		}
		_, err = k.Claim(ctx, code, me, within)
		wants(t, err, "identity.slip.wrong") // used up
		_, err = k.FirstLink(ctx)
		wants(t, err, "identity.first.exists")
		_, step = k.app(step.Token)
		w := must(k.Who(ctx, step.Issued.Session, k.clock()))(t)
		if !w.Has(policy.RoleAdmin) || !w.Strong {
			t.Errorf("the first administrator: %+v", w)
		}
		if !slices.ContainsFunc(k.alarms, func(e identity.Event) bool { return e.Action == "first.claim" }) {
			t.Error("the first claim was silent")
		}
	})
}

func TestActivation(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a := must(k.Add(ctx, admin, identity.NewAccount{Login: "camlv", Name: "Lê Văn Cam", OrgID: "xa-an"}))(t)
		slips := must(k.ActivationSlips(ctx, admin, []string{a.ID}, "https://dulieu.hungyen.gov.vn/"))(t)
		s := slips[0]
		if s.Name != "Lê Văn Cam" || s.Login != "camlv" || s.Org != "UBND xã An" || len(s.Code) != 23 || s.URL != "https://dulieu.hungyen.gov.vn/activate#"+s.Code {
			t.Errorf("slip: %+v", s)
		}
		img := must(png.Decode(bytes.NewReader(s.QR)))(t)
		if img.Bounds().Dx() < 150 {
			t.Errorf("the QR code is %d pixels wide", img.Bounds().Dx())
		}
		_, err := k.Begin(ctx, "camlv", s.Code, within)
		wants(t, err, "identity.wrong")
		again := must(k.ActivationSlips(ctx, admin, []string{a.ID}, "https://dulieu.hungyen.gov.vn"))(t)
		_, err = k.Activate(ctx, s.Code, within)
		wants(t, err, "identity.slip.wrong") // printed anew
		step := must(k.Activate(ctx, again[0].Code, within))(t)
		other := must(k.Activate(ctx, again[0].Code, within))(t)
		for _, bad := range []string{"", "ngắn", "Camlv-Lê-Văn-2026"} {
			if _, err := k.SetPassword(ctx, step.Token, bad); err == nil {
				t.Errorf("the password %q was taken", bad)
			}
		}
		must(k.SetPassword(ctx, step.Token, goodPassword))(t)
		_, err = k.SetPassword(ctx, other.Token, nextPassword)
		wants(t, err, "identity.pending.over") // the code was used meanwhile
		_, err = k.Activate(ctx, again[0].Code, within)
		wants(t, err, "identity.slip.wrong")

		late := must(k.Invite(ctx, admin, a.ID))(t)
		k.wait(7 * 24 * time.Hour)
		_, err = k.Activate(ctx, late, within)
		wants(t, err, "identity.slip.wrong")
		if err := k.SetState(ctx, admin, a.ID, identity.Disabled, ""); err != nil {
			t.Fatal(err)
		}
		_, err = k.Invite(ctx, admin, a.ID)
		wants(t, err, "identity.invite.state")
	})
}

// Guessing codes is counted by address.
func TestActivation_guessing(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		var err error
		for range 50 {
			_, err = k.Activate(ctx, "00000-00000-00000-00000", outside)
			wants(t, err, "identity.slip.wrong")
		}
		_, err = k.Activate(ctx, "00000-00000-00000-00000", outside)
		wants(t, err, "identity.locked.address")
	})
}

func TestEmergency(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a, code, err := k.MakeEmergency(ctx, admin, "Tài khoản khẩn cấp số 1")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(code, "-") != 7 || len(code) != 47 || !must(k.Sealed(ctx, a.ID))(t) {
			t.Errorf("sealed code: %d characters", len(code))
		}
		_, err = k.Begin(ctx, a.Login, code, within)
		wants(t, err, "identity.wrong") // it has no password
		_, _, err = k.UseEmergency(ctx, code, " ", within)
		wants(t, err, "identity.emergency.why")
		_, _, err = k.UseEmergency(ctx, "00000"+code[5:], "mất mạng", within)
		wants(t, err, "identity.slip.wrong")

		// The log takes nothing, the network is gone: it opens all the same.
		k.deaf = errDeaf
		alarms := len(k.alarms)
		in, loud, err := k.UseEmergency(ctx, code, "Mất kết nối, cần khôi phục dữ liệu", outside)
		if err != nil {
			t.Fatal(err)
		}
		if len(loud) != 1 || loud[0].Detail["reason"] == "" || len(k.alarms) != alarms+1 {
			t.Errorf("loud: %+v, alarms %d", loud, len(k.alarms)-alarms)
		}
		k.deaf = nil
		k.wait(time.Minute)
		if err := k.Relay(ctx); err != nil || k.told("emergency.use", identity.ResultDone) != 1 {
			t.Errorf("the use was not recorded afterwards: %v", err)
		}
		ses := must(k.Check(ctx, in.Token, within))(t)
		w := must(k.Who(ctx, ses, k.clock()))(t)
		if w.Kind != "emergency" || !w.Has(policy.RoleEmergency) || !w.Strong || w.Has(policy.RoleOfficial) {
			t.Errorf("who: %+v", w)
		}
		_, _, err = k.UseEmergency(ctx, code, "lần nữa", within)
		wants(t, err, "identity.slip.wrong")
		if must(k.Sealed(ctx, a.ID))(t) {
			t.Error("still sealed after a use")
		}
		_, err = k.SetUpTOTP(ctx, in.Token)
		wants(t, err, "identity.not-editable")
		for range 14 {
			k.wait(4 * time.Minute)
			if _, err = k.Check(ctx, in.Token, within); err != nil {
				break
			}
		}
		k.wait(4 * time.Minute)
		_, err = k.Check(ctx, in.Token, within)
		wants(t, err, "identity.session.over")

		code = must(k.Reseal(ctx, admin, a.ID))(t)
		if _, _, err := k.UseEmergency(ctx, code, "diễn tập", within); err != nil {
			t.Fatal(err)
		}
		_, err = k.Reseal(ctx, admin, k.person("camlv").ID)
		wants(t, err, "identity.emergency.kind")
	})
}

func TestCompany(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a := must(k.Add(ctx, admin, identity.NewAccount{Login: "cty.phanmem", Name: "Công ty Phần mềm An", OrgID: "so-y-te", Kind: identity.KindCompany,
			MandateFrom: "2026-11-01", MandateTo: "2026-11-23", MandatePaper: "45/QĐ-SYT ngày 25/10/2026"}))(t)
		step := must(k.Activate(ctx, must(k.Invite(ctx, admin, a.ID))(t), within))(t)
		step = must(k.SetPassword(ctx, step.Token, goodPassword))(t)
		if step.Kind != identity.StepEnrol {
			t.Fatalf("a company inside is asked for %s, want a factor", step.Kind)
		}
		secret, step := k.app(step.Token)
		if w := must(k.Who(ctx, step.Issued.Session, k.clock()))(t); w.Kind != "company" || !w.Has(policy.RoleCompany) || w.Has(policy.RoleOfficial) {
			t.Errorf("who: %+v", w)
		}
		// The mandate ends at midnight in Viet Nam, and the session with it.
		k.now = time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
		step = must(k.Begin(ctx, a.Login, goodPassword, within))(t)
		step = must(k.Finish(ctx, step.Token, identity.Proof{Kind: identity.FactorTOTP, Code: k.code(secret)}))(t)
		if got := step.Issued.Session.EndsAt; !got.Equal(time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)) {
			t.Errorf("the session ends %s", got)
		}
		for range 6 {
			k.wait(9*time.Minute + 50*time.Second)
			must(k.Check(ctx, step.Issued.Token, within))(t)
		}
		k.wait(2 * time.Minute)
		_, err := k.Check(ctx, step.Issued.Token, within)
		wants(t, err, "identity.session.ended", "identity.session.over")
		_, err = k.Begin(ctx, a.Login, goodPassword, within)
		wants(t, err, "identity.mandate.over")
		if said := locale.Vi.Error(err); !strings.Contains(said, "23/11/2026") {
			t.Errorf("said: %s", said)
		}
		done := must(k.DisableInactive(ctx, k.clock()))(t)
		if !slices.Equal(done.Mandates, []string{a.ID}) {
			t.Errorf("daily: %+v", done)
		}
		_, err = k.Update(ctx, admin, a.ID, identity.NewAccount{Name: a.Name, OrgID: "so-y-te", MandateFrom: "2026-11-01", MandateTo: "2026-12-31", MandatePaper: "52/QĐ-SYT"})
		if err != nil {
			t.Fatal(err)
		}
		if err := k.SetState(ctx, admin, a.ID, identity.Active, ""); err != nil {
			t.Fatal(err)
		}
		k.wait(time.Minute)
		must(k.Begin(ctx, a.Login, goodPassword, within))(t)
	})
}

func TestDisableInactive(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		idle, busy := k.person("buoitt.syt"), k.person("camlv.syt")
		never := must(k.Add(ctx, admin, identity.NewAccount{Login: "moi.lam", Name: "Mới Làm"}))(t)
		safe, _, err := k.MakeEmergency(ctx, admin, "Khẩn cấp")
		if err != nil {
			t.Fatal(err)
		}
		k.wait(44 * 24 * time.Hour)
		k.signIn(busy.Login, goodPassword)
		if done := must(k.DisableInactive(ctx, k.clock()))(t); len(done.Inactive) != 0 {
			t.Errorf("after 44 days: %+v", done)
		}
		k.wait(24*time.Hour + time.Second)
		done := must(k.DisableInactive(ctx, k.clock()))(t)
		if len(done.Inactive) != 2 || !slices.Contains(done.Inactive, idle.ID) || !slices.Contains(done.Inactive, never.ID) {
			t.Errorf("after 45 days: %+v", done)
		}
		if got := must(k.Account(ctx, safe.ID))(t); got.State != identity.Active {
			t.Error("the emergency account was disabled")
		}
		_, err = k.Begin(ctx, idle.Login, goodPassword, within)
		wants(t, err, "identity.disabled.inactive")
		_, err = k.Begin(ctx, idle.Login, "Sai Hết Rồi-99x", within)
		wants(t, err, "identity.wrong") // only its owner learns that
		if err := k.SetState(ctx, admin, idle.ID, identity.Active, "đi công tác về"); err != nil {
			t.Fatal(err)
		}
		if done := must(k.DisableInactive(ctx, k.clock()))(t); len(done.Inactive) != 0 {
			t.Errorf("let in again and disabled at once: %+v", done)
		}
		k.signIn(idle.Login, goodPassword)
		review := must(k.Review(ctx))(t)
		lines := map[string]identity.Reviewed{} // accounts of one millisecond come in any order
		for _, r := range review {
			lines[r.Account.ID] = r
		}
		if len(lines) != 4 || lines[idle.ID].Unused != 0 || lines[idle.ID].Org != "Sở Y tế" || lines[never.ID].Unused != 45 || lines[safe.ID].Unused != 45 {
			t.Errorf("review: %+v", review)
		}
	})
}

func TestErase(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a := k.person("buoitt.syt", func(n *identity.NewAccount) { n.Phone, n.Email, n.PersonID = "0912345678", "buoi@syt.gov.vn", "p1" })
		in := k.signIn(a.Login, goodPassword)
		k.app(in.Token)
		other := must(k.Add(ctx, a.Actor(), identity.NewAccount{Login: "camlv", Name: "Lê Văn Cam"}))(t)
		if err := k.Erase(ctx, admin, a.ID); err != nil {
			t.Fatal(err)
		}
		if by := must(k.Account(ctx, other.ID))(t).CreatedBy; by.ID != a.ID || by.Name != "" {
			t.Errorf("made by %+v, want the id alone", by)
		}
		got := must(k.Account(ctx, a.ID))(t)
		if got.State != identity.Erased || got.Name+got.Login+got.Email+got.Phone+got.PersonID+got.LastIP != "" {
			t.Errorf("erased: %+v", got)
		}
		_, err := k.Check(ctx, in.Token, within)
		wants(t, err, "identity.session.none")
		_, err = k.Begin(ctx, "buoitt.syt", goodPassword, within)
		wants(t, err, "identity.wrong")
		for _, table := range []string{"account_factors", "account_passkeys", "account_recovery", "account_passwords", "sessions", "account_grants"} {
			if n := k.count(`SELECT count(*) FROM ` + table); n != 0 {
				t.Errorf("%s holds %d rows", table, n)
			}
		}
		k.person("buoitt.syt") // the login is free again
	})
}

func TestSMS(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		box := filepath.Join(t.TempDir(), "sms")
		k := newKit(t, s, func(d *identity.Deps) { d.SMS = &identity.Simulator{Path: box} })
		last := func() string {
			text := string(must(os.ReadFile(box))(t))
			line := text[strings.LastIndex(strings.TrimSpace(text), "\n")+1:]
			_, code, _ := strings.Cut(line, ": ")
			return code[:6]
		}
		a := k.person("buoitt.syt", func(n *identity.NewAccount) { n.Phone = "0912 345 678" })
		step := must(k.Begin(ctx, a.Login, goodPassword, outside))(t)
		if joined(step.Factors) != "passkey totp sms" {
			t.Fatalf("offered: %v", step.Factors)
		}
		if to := must(k.SetUpSMS(ctx, step.Token))(t); to != "678" {
			t.Errorf("sent to …%s", to)
		}
		_, err := k.SetUpSMS(ctx, step.Token)
		wants(t, err, "identity.wait")
		_, err = k.ConfirmSMS(ctx, step.Token, "000000x")
		wants(t, err, "identity.code.wrong")
		if step = must(k.ConfirmSMS(ctx, step.Token, last()))(t); step.Kind != identity.StepDone {
			t.Fatalf("step: %+v", step)
		}
		step = must(k.Begin(ctx, a.Login, goodPassword, within))(t)
		_, err = k.Finish(ctx, step.Token, identity.Proof{Kind: identity.FactorSMS, Code: last()})
		wants(t, err, "identity.challenge.over")
		c := must(k.Challenge(ctx, step.Token, identity.FactorSMS))(t)
		if c.SentTo != "678" {
			t.Errorf("challenge: %+v", c)
		}
		step = must(k.Finish(ctx, step.Token, identity.Proof{Kind: identity.FactorSMS, Code: last()}))(t)
		if step.Kind != identity.StepDone {
			t.Fatalf("step: %+v", step)
		}
		// A code lasts five minutes.
		k.wait(2 * time.Minute)
		step = must(k.Begin(ctx, a.Login, goodPassword, within))(t)
		must(k.Challenge(ctx, step.Token, identity.FactorSMS))(t)
		k.wait(5 * time.Minute)
		_, err = k.Finish(ctx, step.Token, identity.Proof{Kind: identity.FactorSMS, Code: last()})
		wants(t, err, "identity.challenge.over")
		// Without a service the factor cannot be shown, and is asked for all the same.
		k.deps.SMS = nil
		k.open()
		step = must(k.Begin(ctx, a.Login, goodPassword, within))(t)
		if step.Kind != identity.StepFactor || joined(step.Factors) != "recovery" {
			t.Errorf("without a service: %+v", step)
		}
		info := must(os.Stat(box))(t)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the simulator's file is %s", info.Mode())
		}
	})
}

// list makes n lines as a province would send them.
func list(n int) []identity.Row {
	var rows []identity.Row
	family := []string{"Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Bùi"}
	given := []string{"An", "Bình", "Cường", "Dung", "Hạnh", "Khánh", "Lan", "Minh", "Ngọc", "Phúc"}
	for i := range n {
		rows = append(rows, identity.Row{Line: i + 2, Name: fmt.Sprintf("%s Văn %s", family[i%len(family)], given[i%len(given)]),
			OrgID: []string{"so-y-te", "so-noi-vu", "xa-an"}[i%3], Phone: fmt.Sprintf("09%08d", i), Roles: []string{policy.RoleEntry}})
	}
	return rows
}

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		rows := list(400)
		rep := must(k.Import(ctx, admin, rows, true))(t)
		if rep.Bad != 0 || rep.Written != 0 || len(rep.Rows) != 400 || k.count(`SELECT count(*) FROM accounts`) != 0 {
			t.Fatalf("dry run: bad %d, written %d", rep.Bad, rep.Written)
		}
		bad := slices.Clone(rows)
		bad[5].Phone = "không có"
		bad[5].Email = "abc"
		bad[9].OrgID = "khong-co"
		bad[10].Roles = []string{policy.RoleCDO, policy.RoleCompliance}
		bad[11].Name = ""
		bad[12].Login, bad[13].Login = "trùng.nhau", "TRÙNG.NHAU"
		bad[14].Login = "аdmin"
		bad[15].OrgID = ""
		rep = must(k.Import(ctx, admin, bad, false))(t)
		if rep.Bad != 7 || rep.Written != 0 || k.count(`SELECT count(*) FROM accounts`) != 0 || len(k.events) != 0 {
			t.Fatalf("with problems: bad %d, written %d", rep.Bad, rep.Written)
		}
		for i, keys := range map[int][]string{5: {"identity.phone", "identity.email"}, 9: {"identity.no-org"}, 10: {"test.conflict"}, 11: {"identity.name"},
			13: {"identity.import.twice"}, 14: {"identity.login.letter"}, 15: {"identity.import.org"}} {
			for _, key := range keys {
				if !slices.ContainsFunc(rep.Rows[i].Problems, func(err error) bool { return fault.Is(err, key) }) {
					t.Errorf("line %d: %v, want %s", rep.Rows[i].Line, rep.Rows[i].Problems, key)
				}
			}
		}
		if said := locale.Vi.Error(rep.Rows[13].Problems[0]); said != "Tên đăng nhập “trùng.nhau” đã có ở dòng 14 của danh sách." {
			t.Errorf("said: %s", said)
		}
		rep = must(k.Import(ctx, admin, rows, false))(t)
		if rep.Bad != 0 || rep.Written != 400 || k.count(`SELECT count(*) FROM accounts`) != 400 || k.count(`SELECT count(*) FROM account_grants`) != 400 {
			t.Fatalf("written: %+v", rep.Written)
		}
		if rep.Rows[0].Login != "annv" || rep.Rows[30].Login != "annv2" {
			t.Errorf("logins: %s, %s", rep.Rows[0].Login, rep.Rows[30].Login)
		}
		if k.told("account.add", identity.ResultDone) != 400 {
			t.Errorf("%d accounts told", k.told("account.add", identity.ResultDone))
		}
		// The same list again makes nobody a second account.
		again := must(k.Import(ctx, admin, rows[:10], false))(t)
		if again.Written != 0 || again.Bad != 10 || !fault.Is(again.Rows[0].Problems[0], "identity.import.again") {
			t.Errorf("again: %+v", again.Rows[0])
		}
		// A namesake with a login of one's own is somebody else.
		again = must(k.Import(ctx, admin, []identity.Row{{Line: 2, Login: "an.nguyen", Name: rows[0].Name, OrgID: rows[0].OrgID, Phone: rows[0].Phone}}, false))(t)
		if again.Written != 1 {
			t.Errorf("a namesake: %+v", again.Rows[0])
		}
	})
}

func BenchmarkService_Import400(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			cfg := storetest.SQLite
			if engine == "postgres" {
				cfg = storetest.Postgres
			}
			k := newKit(b, storetest.Open(b, cfg(b)))
			rows := list(400)
			for b.Loop() {
				rep, err := k.Import(ctx, admin, rows, false)
				if err != nil || rep.Written != 400 {
					b.Fatal(rep.Bad, err)
				}
				b.StopTimer()
				k.exec(`DELETE FROM accounts`)
				b.StartTimer()
			}
		})
	}
}
