package identity_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func TestFoldLogin(t *testing.T) {
	for _, c := range []struct{ login, want, fault string }{
		{"  BuoiTT.SYT ", "buoitt.syt", ""},
		{"Ｂｕｏｉ１", "buoi1", ""}, // full width
		{"nguyễn.thị-bưởi@syt", "nguyễn.thị-bưởi@syt", ""},
		{norm.NFD.String("Đặng.Ưởng"), "đặng.ưởng", ""},
		{"an", "", "identity.login.long"},
		{"", "", "identity.login.long"},
		{strings.Repeat("a", 65), "", "identity.login.long"},
		{"bu\xffoi", "", "identity.login.long"},
		{"аdmin", "", "identity.login.letter"}, // Cyrillic а
		{"αdmin", "", "identity.login.letter"},
		{"buoi\u200btt", "", "identity.login.letter"},
		{"buoi\u202ett", "", "identity.login.letter"},
		{"buoi tt", "", "identity.login.letter"},
		{"ådmin", "", "identity.login.letter"}, // a ring is no mark of Vietnamese
		{"ıvan", "", "identity.login.letter"},
		{"ad\u0335min", "", "identity.login.letter"},
		{".admin", "", "identity.login.ends"},
		{"admin-", "", "identity.login.ends"},
		{"ad..min", "", "identity.login.ends"},
	} {
		got, err := identity.FoldLogin(c.login)
		if c.fault == "" && (err != nil || got != c.want) || c.fault != "" && !fault.Is(err, c.fault) {
			t.Errorf("%q: %q, %v; want %q %s", c.login, got, err, c.want, c.fault)
		}
	}
}

// Folding what is folded changes nothing, and what is accepted looks like
// plain Latin letters.
func FuzzFoldLogin(f *testing.F) {
	for _, s := range []string{"buoitt.syt", "ＡＤＭＩＮ", "аdmin", "đặng", "ﬁle", "ⅷ8a", "K\u212aelvin"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, login string) {
		folded, err := identity.FoldLogin(login)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatal(err)
			}
			return
		}
		if again, err := identity.FoldLogin(folded); err != nil || again != folded {
			t.Fatalf("%q folds to %q, that to %q (%v)", login, folded, again, err)
		}
		for _, r := range identity.Looks(folded) {
			if r >= utf8.RuneSelf {
				t.Fatalf("%q looks like %q", login, identity.Looks(folded))
			}
		}
	})
}

func TestLogin_lookAlikes(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		must(k.Add(ctx, admin, identity.NewAccount{Login: "admin1", Name: "Một"}))(t)
		for _, c := range []struct{ login, fault string }{
			{"ADMIN1", "identity.login.taken"},
			{"ａｄｍｉｎ１", "identity.login.taken"},
			{"adminl", "identity.login.looks"},
			{"ádmin1", "identity.login.looks"},
			{"ađmin1", "identity.login.looks"},
			{"adrnin1", "identity.login.looks"},
			{"аdmin1", "identity.login.letter"},
		} {
			_, err := k.Add(ctx, admin, identity.NewAccount{Login: c.login, Name: "Hai"})
			if !fault.Is(err, c.fault) {
				t.Errorf("%q: %v, want %s", c.login, err, c.fault)
			}
		}
	})
}

func TestAdd_refused(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		good := identity.NewAccount{Login: "camlv", Name: "Lê Văn Cam"}
		for key, f := range map[string]func(*identity.NewAccount){
			"identity.name":   func(n *identity.NewAccount) { n.Name = " \t" },
			"identity.email":  func(n *identity.NewAccount) { n.Email = "cam@" },
			"identity.phone":  func(n *identity.NewAccount) { n.Phone = "09x" },
			"identity.no-org": func(n *identity.NewAccount) { n.OrgID = "khong-co" },
			"identity.kind":   func(n *identity.NewAccount) { n.Kind = identity.KindEmergency },
			"identity.mandate": func(n *identity.NewAccount) {
				n.Kind, n.MandateFrom, n.MandateTo = identity.KindCompany, "2026-01-01", "2026-12-31"
			},
			"identity.day": func(n *identity.NewAccount) { n.Kind, n.MandateFrom = identity.KindCompany, "1/1/2026" },
		} {
			n := good
			f(&n)
			_, err := k.Add(ctx, admin, n)
			if !fault.Is(err, key) {
				t.Errorf("got %v, want %s", err, key)
			}
			if said := locale.Vi.Error(err); strings.Contains(said, "identity.") || said == "" {
				t.Errorf("%s is said as %q", key, said)
			}
		}
		long := good
		long.Name = strings.Repeat("x", 1<<20)
		_, err := k.Add(ctx, admin, long)
		wants(t, err, "identity.name")
	})
}

func TestCheckPassword(t *testing.T) {
	a := identity.Account{Name: "Nguyễn Thị Bưởi", Login: "buoint.syt", Email: "buoi@syt.gov.vn"}
	for _, c := range []struct{ password, fault string }{
		{goodPassword, ""},
		{"Con mèo trèo cây cau 9", ""},
		{"Đường-làng-5-giờ-sáng", ""},
		{"Ngắn-1", "identity.password.short"},
		{"không có chữ hoa 1", "identity.password.classes"},
		{"KhongCoKyTuKhac123", "identity.password.classes"},
		{"Matkhau123456!@#", "identity.password.common"},
		{"P@ssw0rd2026!!!!", "identity.password.common"},
		{"Password@12345678", "identity.password.common"},
		{"HungYen@2026@2026", "identity.password.common"},
		{"Aa1!Aa1!Aa1!Aa1!", "identity.password.common"},
		{"NguyenThiBuoi@90", "identity.password.name"},
		{"Bưởi-Nguyễn-Thị-1", "identity.password.name"},
		{"Buoint.syt@gov.1", "identity.password.name"},
		{"xin\x07chào Việt Nam 1A!", "identity.password.letters"},
		{"\xff\xfe Rất lạ 12345 A", "identity.password.letters"},
		{strings.Repeat("Rất dài 1! ", 30), "identity.password.long"},
	} {
		err := identity.CheckPassword(c.password, a)
		if c.fault == "" && err != nil || c.fault != "" && !fault.Is(err, c.fault) {
			t.Errorf("%q: %v, want %q", c.password, err, c.fault)
		}
	}
}

func TestCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.IntRange(1, 8).Draw(t, "groups")
		code := identity.NewCode(groups)
		plain := strings.ReplaceAll(code, "-", "")
		typed := strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(code))
		if got, ok := identity.ReadCode(" "+typed+" ", groups); !ok || got != plain {
			t.Fatalf("%s typed as %s is read as %s, %v", code, typed, got, ok)
		}
		// One wrong character, or two swapped, is found.
		i := rapid.IntRange(0, len(plain)-1).Draw(t, "i")
		c := rapid.SampledFrom([]byte("0123456789ABCDEFGHJKMNPQRSTVWXYZ")).Draw(t, "c")
		wrong := []byte(plain)
		wrong[i] = c
		if _, ok := identity.ReadCode(string(wrong), groups); ok && c != plain[i] {
			t.Fatalf("%s passes for %s", wrong, plain)
		}
		if i+1 < len(plain) && plain[i] != plain[i+1] {
			wrong = []byte(plain)
			wrong[i], wrong[i+1] = wrong[i+1], wrong[i]
			if _, ok := identity.ReadCode(string(wrong), groups); ok {
				t.Fatalf("%s passes for %s", wrong, plain)
			}
		}
	})
	for _, bad := range []string{"", "ABCDE", strings.Repeat("A", 1<<20), "ÁBCDE-FGHJK-MNPQR-STVW1"} {
		if _, ok := identity.ReadCode(bad, 4); ok {
			t.Errorf("%.40q is a code", bad)
		}
	}
}

func TestSuggestLogin(t *testing.T) {
	for name, want := range map[string]string{"Nguyễn Văn An": "annv", "Đặng Thị Hoàng Ưởng": "uongdth", "Y Moan": "moany", "Ư": "u00", "": "", "阮": ""} {
		if got := identity.SuggestLogin(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestCleanPhone(t *testing.T) {
	for text, want := range map[string]string{"0912 345 678": "+84912345678", "+84 (91) 234-5678": "+84912345678", "": "", "+85512345678": "+85512345678"} {
		if got, err := identity.CleanPhone(text); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"912345678", "09", "0912+345678", "chín một hai", "+8491234567890123456"} {
		if _, err := identity.CleanPhone(text); !fault.Is(err, "identity.phone") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestInApp(t *testing.T) {
	for _, c := range []struct {
		agent, name string
		passkeys    bool
	}{
		{"Mozilla/5.0 (Linux; Android 14; SM-A155F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0 Mobile Safari/537.36 Zalo android/12100 ZaloTheme/light", "Zalo", false},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Zalo iOS/640", "Zalo", false},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 [FBAN/FBIOS;FBAV/490.0]", "Facebook", false},
		{"Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 Chrome/129 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/480.0]", "Facebook", false},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/21A329 [FBAN/MessengerForiOS;FBAV/430.0]", "Messenger", false},
		{"Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/129 Mobile Safari/537.36 Instagram 350.0", "Instagram", false},
		{"Mozilla/5.0 (Linux; Android 12; wv) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 musical_ly_2023", "TikTok", false},
		{"Mozilla/5.0 (Linux; Android 12; Pixel 6; wv) AppleWebKit/537.36 Version/4.0 Chrome/120 Mobile Safari/537.36", "Android WebView", false},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", "iOS WebView", false},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1", "", true},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) coc_coc_browser/128.0 Chrome/122.0 Safari/537.36", "", true},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36", "", true},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "", true},
		{"", "", true},
	} {
		if name, passkeys := identity.InApp(c.agent); name != c.name || passkeys != c.passkeys {
			t.Errorf("%s:\n%q %v, want %q %v", c.agent, name, passkeys, c.name, c.passkeys)
		}
	}
}
