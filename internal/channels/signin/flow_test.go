package signin_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/policy"
)

func templText(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "<h1>"+text+"</h1>")
		return err
	})
}

// TestFirst goes all the way from the one-time link to the first administrator's
// session.
func TestFirst(t *testing.T) {
	w := newWorld(t)
	b := w.browse()
	code := must[string](t)(w.FirstLink(ctx))
	b.Open("/first#" + code)
	if got := browsertest.Eval[string](b.Browser, `document.querySelector("#code").value + " " + location.hash`); got != code+" " {
		t.Errorf("the field and the address hold %q", got)
	}
	b.fill("name", "Trần Thị Bích")
	b.fill("login", "q")
	b.Seen("first")
	b.Click("main form button[type=submit]")
	b.says("từ 3 đến")
	b.fill("login", "uan.tri")
	b.Click("main form button[type=submit]")
	b.at("/login/step")

	b.Seen("password")
	b.fill("new", "mat khau ngan")
	b.fill("again", "mat khau khac")
	b.Click(`form[action="/login/password"] button`)
	b.says("không giống nhau")
	b.Seen("password-wrong")
	b.fill("new", strong)
	b.fill("again", strong)
	b.Click(`form[action="/login/password"] button`)
	b.says("Thiết lập xác thực bước hai")
	b.Seen("enrol")

	b.Click(`form[action="/login/enrol/totp"] button`)
	b.at("/login/enrol/totp")
	b.Click("main summary")
	secret := b.text(".secret")
	b.Seen("totp")
	b.fill("code", "000000")
	b.Click(`form[action$="/confirm"] button`)
	b.says("vẫn dùng được")
	b.Seen("totp-again")
	b.fill("code", w.code(secret))
	b.fill("name", "Điện thoại công vụ")
	b.Click(`form[action$="/confirm"] button`)
	b.says("chỉ hiện một lần")
	if n := browsertest.Eval[int](b.Browser, `document.querySelectorAll(".codes li").length`); n != 10 {
		t.Errorf("%d recovery codes are shown", n)
	}
	b.Seen("recovery")
	b.Click("main .actions a")
	b.at("/")
	if got := b.name(); !strings.Contains(got, "Trần Thị Bích") {
		t.Errorf("signed in as %q", got)
	}
	if n := must[int](t)(w.Administrators(ctx, "")); n != 1 {
		t.Errorf("%d administrators", n)
	}
	b.Open("/me")
	b.says("Quản trị hệ thống")
	b.Click(".masthead-out button")
	b.at("/login")
	b.says("Đã đăng xuất")
	b.Open("/first#" + code)
	b.fill("name", "Người khác")
	b.fill("login", "nguoi.khac")
	b.Click("main form button[type=submit]")
	b.says("Mã không đúng, đã dùng hoặc đã hết hạn")
	b.Settle()
}

// TestSlip activates an account by the address of its slip, outside, where a
// second factor is needed.
func TestSlip(t *testing.T) {
	w := newWorld(t)
	w.outside()
	a := must[identity.Account](t)(w.Add(ctx, boss, identity.NewAccount{Login: "le.van.cuong", Name: "Lê Văn Cường", Phone: "0912345678", OrgID: "so-y-te"}))
	slips := must[[]identity.Slip](t)(w.ActivationSlips(ctx, boss, []string{a.ID}, w.base))
	b := w.browse()
	b.Open(strings.TrimPrefix(slips[0].URL, w.base))
	b.Seen("activate")
	b.Click("main form button[type=submit]")
	b.at("/login/step")
	b.says("Lê Văn Cường")
	b.fill("new", strong)
	b.fill("again", strong)
	b.Click(`form[action="/login/password"] button`)
	b.says("Thiết lập xác thực bước hai")
	b.Click(`form[action="/login/enrol/sms"] button`)
	b.says("tận cùng là 678")
	b.Seen("sms-enrol")
	b.fill("code", digits(w.sms[0]))
	b.Click(`form[action="/login/enrol/sms/confirm"] button`)
	b.says("chỉ hiện một lần")
	b.Click("main .actions a")
	b.at("/")
	if !strings.Contains(b.name(), "Lê Văn Cường") {
		t.Errorf("signed in as %q", b.name())
	}
	b.Open("/activate")
	b.fill("code", slips[0].Code)
	b.Click("main form button[type=submit]")
	b.says("Mã không đúng, đã dùng hoặc đã hết hạn")
	b.Seen("activate-wrong")
	b.Settle()
}

func digits(text string) string {
	at := strings.IndexAny(text, "0123456789")
	return text[at : at+6]
}

// TestPasskey makes a passkey and signs in with it alone, and with a password
// before it.
func TestPasskey(t *testing.T) {
	w := newWorld(t)
	w.official("pham.thu.ha", "Phạm Thu Hà", policy.RoleSteward)
	b := w.browse()
	b.Open("/login")
	b.Seen("login")

	// No device has a passkey for this site yet.
	if _, err := chromedp.Call(b.Ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	device, err := chromedp.Call(b.Ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
		AutomaticPresenceSimulation: true, IsUserVerified: true,
	}})
	if err != nil {
		t.Fatal(err)
	}
	b.Click(`form[data-passkey] button`)
	b.says("không có khóa truy cập cho địa chỉ này")
	b.Seen("login-no-passkey")

	b.Open("/login?back=/me/security")
	b.login("pham.thu.ha", strong)
	b.at("/me/security")
	b.Seen("security-empty")
	b.fill("name", "Máy tính tại cơ quan")
	b.Click(`form[data-passkey="create"] button`)
	b.says("chỉ hiện một lần")
	b.Click("main .actions a")
	b.at("/me/security")
	b.says("Máy tính tại cơ quan")
	b.Seen("security")
	b.Click(".masthead-out button")
	b.at("/login")

	b.Open("/login?back=/me")
	b.Click(`form[data-passkey] button`)
	b.at("/me")
	if ses := w.caller().SignedIn; ses == nil || ses.StrongBy != identity.FactorPasskey {
		t.Errorf("the session is %+v", ses)
	}
	b.Click(".masthead-out button")
	b.at("/login")

	w.outside()
	b.login("pham.thu.ha", strong)
	b.at("/login/step")
	b.Seen("factor-passkey")
	b.Click(`form[data-passkey="get"] button`)
	b.at("/")

	// A passkey that has gone: the page says so and offers another way.
	if _, err := chromedp.Call(b.Ctx, webauthn.ClearCredentials, webauthn.ClearCredentialsParams(device)); err != nil {
		t.Fatal(err)
	}
	b.Click(".masthead-out button")
	b.at("/login")
	b.login("pham.thu.ha", strong)
	b.at("/login/step")
	b.Click(`form[data-passkey="get"] button`)
	b.says("chọn cách khác")
	b.Click(".gate-ways a")
	b.says("Một trong các mã đã in")
	b.Settle()
}

// TestApp shows a code of an app, and a recovery code in its place.
func TestApp(t *testing.T) {
	w := newWorld(t)
	w.official("do.van.em", "Đỗ Văn Em", policy.RoleSteward)
	secret, recovery := w.app("do.van.em")
	b := w.browse()
	b.Open("/me") // says to sign in, and comes back here
	b.says("Cần đăng nhập")
	b.Seen("unknown")
	b.Click(`main .btn-primary`)
	b.at("/login")
	b.login("do.van.em", strong)
	b.at("/login/step")
	b.Seen("factor-totp")
	b.fill("code", "123456")
	b.Click(`form[action="/login/factor"] button`)
	b.says("Mã không đúng")
	b.Seen("factor-wrong")
	b.fill("code", w.code(secret))
	b.Click(`form[action="/login/factor"] button`)
	b.at("/me")
	b.Seen("me")
	b.Click(".masthead-out button")
	b.at("/login")

	b.login("do.van.em", strong)
	b.at("/login/step")
	b.Click(`.gate-ways a[href*="recovery"]`)
	b.Until(`document.querySelector("input[name=by][value=recovery]") !== null`)
	b.Seen("factor-recovery")
	b.fill("code", strings.ToLower(recovery[3]))
	b.Click(`form[action="/login/factor"] button`)
	b.at("/")
	b.Open("/me/security")
	b.says("Mã dự phòng còn lại: 9")
	b.Settle()
}

// TestLockout: wrong passwords make one wait and then lock the account, and the
// page says until when to who has the right one.
func TestLockout(t *testing.T) {
	w := newWorld(t)
	w.official("ngo.thi.giang", "Ngô Thị Giang", policy.RoleEntry)
	b := w.browse()
	b.Open("/login")
	b.login("ngo.thi.giang", "sai")
	b.says("Tên đăng nhập hoặc mật khẩu không đúng")
	if got := browsertest.Eval[string](b.Browser, `document.querySelector("#login").value + document.querySelector("#password").value`); got != "ngo.thi.giang" {
		t.Errorf("the form keeps %q", got)
	}
	b.Seen("login-wrong")
	for range 2 {
		b.fill("password", "sai")
		b.send(`form[action="/login"] button`)
	}
	b.fill("password", strong)
	b.Click(`form[action="/login"] button`)
	b.says("giây trước lần thử tiếp theo")
	for range 12 {
		w.wait(2 * time.Minute)
		step, err := w.Begin(ctx, "ngo.thi.giang", "sai", identity.Origin{})
		if err == nil {
			t.Fatalf("a wrong password leads to %+v", step)
		}
	}
	b.fill("password", strong)
	b.Click(`form[action="/login"] button`)
	b.says("tạm khóa đến")
	b.Seen("locked")
	w.wait(20 * time.Minute)
	b.fill("password", strong)
	b.Click(`form[action="/login"] button`)
	b.at("/")
	b.Settle()
}

// TestPurpose states why personal data is used, once for the session.
func TestPurpose(t *testing.T) {
	w := newWorld(t)
	w.official("bui.van.hung", "Bùi Văn Hùng", policy.RoleSteward)
	b := w.browse()
	b.Open("/login?back=" + "/me/purpose?back=%2Fme")
	b.login("bui.van.hung", strong)
	b.at("/me/purpose")
	b.Seen("purpose")
	b.Click(`input[value="giai-quyet-tthc"]`)
	b.fill("text", "Hồ sơ một cửa 000.00.10.H31-261122-0042")
	b.Click(`form[action="/me/purpose"] button`)
	b.at("/me")
	b.says("Giải quyết thủ tục hành chính")
	b.says("Điều 19 khoản 1")
	if p := w.caller().Purpose; p.Code != "giai-quyet-tthc" || p.Text == "" || p.Basis == "" {
		t.Errorf("the purpose in force is %+v", p)
	}
	b.Seen("me-purpose")
	b.Open("/me/purpose")
	b.Seen("purpose-again")

	// The session acts for the other agency, with the rights of that post.
	b.Open("/me")
	b.Do(chromedp.SetValue(chromedp.CSS("#org"), "benh-vien"))
	b.Click(`form[action="/me/org"] button`)
	b.says("Đã chọn cơ quan")
	if org := w.caller().Who.Org; org != "benh-vien" {
		t.Errorf("the session acts for %q", org)
	}
	b.Settle()
}

// TestInApp: inside another application the page says what is missing and how to
// get out of it.
func TestInApp(t *testing.T) {
	w := newWorld(t)
	w.official("ly.thi.kim", "Lý Thị Kim", policy.RoleEntry)
	b := w.browse()
	agent := "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0 Mobile Safari/537.36 Zalo android/241101"
	if _, err := chromedp.Call(b.Ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent}); err != nil {
		t.Fatal(err)
	}
	b.Open("/login")
	b.says("đang mở bên trong ứng dụng Zalo")
	if browsertest.Eval[bool](b.Browser, `document.querySelector("[data-passkey]") !== null`) {
		t.Error("a passkey is offered")
	}
	b.Seen("in-app")
	b.login("ly.thi.kim", strong)
	b.at("/")
	b.Open("/me/security")
	b.says("Zalo trên Android")
	b.Settle()
}

// TestNoScript signs in with a code of an app, and out, by forms alone.
func TestNoScript(t *testing.T) {
	w := newWorld(t)
	w.official("vu.thi.lan", "Vũ Thị Lan", policy.RoleSteward)
	secret, _ := w.app("vu.thi.lan")
	b := w.browse()
	b.Scripts(false)
	b.Do(chromedp.Navigate(w.base + "/login?back=/me/keys"))
	b.Shot("no-script")
	b.login("vu.thi.lan", strong)
	b.Until(`location.pathname === "/login/step" && document.readyState === "complete"`)
	b.fill("code", w.code(secret))
	b.Click(`form[action="/login/factor"] button`)
	b.Until(`location.pathname === "/me/keys" && document.readyState === "complete"`)
	b.Click(".masthead-out button")
	b.Until(`location.pathname === "/login" && location.search.includes("bye")`)
	b.Settle()
}

// TestKeys makes a key of one's own, which works until it is revoked.
func TestKeys(t *testing.T) {
	w := newWorld(t)
	a := w.official("mai.van.minh", "Mai Văn Minh", policy.RoleSteward)
	secret, _ := w.app("mai.van.minh")
	b := w.browse()
	b.Open("/login?back=/me/keys")
	b.login("mai.van.minh", strong)
	b.at("/login/step")
	b.fill("code", w.code(secret))
	b.Click(`form[action="/login/factor"] button`)
	b.at("/me/keys")

	// Half an hour later somebody sits before the open screen: a code first.
	w.wait(14 * time.Minute)
	b.Open("/me/keys")
	w.wait(14 * time.Minute)
	b.fill("label", "Kịch bản gửi số liệu")
	b.Click(`form[action="/me/keys"] button`)
	b.at("/me/confirm")
	b.Seen("confirm")
	b.fill("code", w.code(secret))
	b.Click(`form[action="/me/factor"] button`)
	b.at("/me/keys")
	b.fill("label", "Kịch bản gửi số liệu")
	b.Click(`form[action="/me/keys"] button`)
	b.says("chỉ hiện một lần")
	b.Seen("keys-made")
	key := browsertest.Eval[string](b.Browser, `document.querySelector("#made").value`)
	p := must[clients.Principal](t)(w.clients.Verify(ctx, key))
	if p.ID != a.ID || !p.Permits(policy.Read, "co-so-y-te") || p.Permits(policy.Send, "co-so-y-te") {
		t.Errorf("the key speaks for %+v", p)
	}
	b.Open("/me/keys")
	if strings.Contains(browsertest.Eval[string](b.Browser, `document.documentElement.outerHTML`), key) {
		t.Error("the key is shown again")
	}
	b.Click(`form[action="/me/keys/revoke"] button`)
	b.says("Đã thu hồi")
	b.Seen("keys")
	if _, err := w.clients.Verify(ctx, key); err == nil {
		t.Error("the key works after it was revoked")
	}
	b.Settle()
}

// TestSecurity changes the password, ends other sessions, removes a factor and
// makes recovery codes anew.
func TestSecurity(t *testing.T) {
	w := newWorld(t)
	a := w.official("cao.thi.nga", "Cao Thị Nga", policy.RoleEntry)
	secret, recovery := w.app("cao.thi.nga")
	b := w.browse()
	b.Open("/login?back=/me/security")
	b.login("cao.thi.nga", strong)
	b.at("/login/step")
	b.fill("code", w.code(secret))
	b.Click(`form[action="/login/factor"] button`)
	b.at("/me/security")
	if got := must[[]identity.Session](t)(w.Sessions(ctx, a.ID)); len(got) != 3 {
		t.Fatalf("%d sessions", len(got))
	}
	b.says("phiên này")
	b.Click(`form[action="/me/sessions"].card-body button`)
	b.says("Đã kết thúc mọi phiên khác")
	if got := must[[]identity.Session](t)(w.Sessions(ctx, a.ID)); len(got) != 1 {
		t.Errorf("%d sessions", len(got))
	}
	b.Click(`form[action="/me/recovery"] button`)
	b.says("chỉ hiện một lần")
	if strings.Contains(b.text(".codes"), recovery[0]) {
		t.Error("the new codes are the old ones")
	}
	b.Click("main .actions a")
	b.at("/me/security")

	b.fill("old", "sai")
	b.fill("new", strong+" mới")
	b.fill("again", strong+" mới")
	b.Click(`form[action="/me/password"] button`)
	b.says("Mật khẩu hiện tại không đúng")
	b.Seen("security-wrong")
	w.wait(2 * time.Minute)
	b.fill("old", strong)
	b.fill("new", strong+" mới")
	b.fill("again", strong+" mới")
	b.Click(`form[action="/me/password"] button`)
	b.says("Đã đổi mật khẩu")
	b.Click(`form[action="/me/factors/remove"] button`)
	b.says("Đã bỏ cách xác thực")
	if got := must[[]identity.Method](t)(w.Methods(ctx, a.ID)); len(got) != 1 || got[0].Kind != identity.FactorRecovery {
		t.Errorf("factors left: %+v", got)
	}

	// Too long ago to add a factor without signing in again.
	w.wait(14 * time.Minute)
	b.Open("/me/security")
	w.wait(10 * time.Minute)
	b.Open("/me/security")
	b.says("Phiên làm việc mở đã lâu")
	b.Seen("security-stale")
	b.Settle()
}

// TestEmergency opens the sealed account, loudly.
func TestEmergency(t *testing.T) {
	w := newWorld(t)
	_, code, err := w.MakeEmergency(ctx, boss, "Khẩn cấp 1")
	if err != nil {
		t.Fatal(err)
	}
	before := len(w.alarms)
	b := w.browse()
	b.Open("/emergency")
	b.says("báo động ngay")
	b.Seen("emergency")
	b.fill("code", strings.ToLower(code))
	b.fill("why", "Mất mạng điện thoại, không quản trị viên nào đăng nhập được")
	b.Click("main form button[type=submit]")
	b.at("/me")
	b.says("Đang dùng tài khoản khẩn cấp")
	b.Seen("emergency-me")
	if len(w.alarms) <= before {
		t.Error("no alarm")
	}
	b.Open("/me/keys")
	b.says("không có khóa kết nối")
	b.Open("/me/security")
	b.Seen("emergency-security")
	b.Click(".masthead-out button")
	b.at("/login")
	b.Open("/emergency")
	b.fill("code", code)
	b.fill("why", "lần nữa")
	b.Click("main form button[type=submit]")
	b.says("Mã không đúng, đã dùng hoặc đã hết hạn")
	b.Settle()
}

// TestOperator: who came by the token of the start has no account of their own
// here, and becomes themselves by signing in.
func TestOperator(t *testing.T) {
	w := newWorld(t)
	w.official("to.van.phuc", "Tô Văn Phúc", policy.RoleEntry)
	b := w.browse()
	b.Open("/?token=" + w.guard.Token)
	b.Open("/me")
	b.says("người vận hành máy chủ")
	b.Seen("operator")
	b.Click(`main a[href="/login"]`)
	b.at("/login")
	b.login("to.van.phuc", strong)
	b.at("/")
	if got := b.name(); !strings.Contains(got, "Tô Văn Phúc") {
		t.Errorf("after signing in one acts as %q", got)
	}
	b.Settle()
}
