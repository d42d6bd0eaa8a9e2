package app

import (
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/notify/notifytest"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A letter is one that came, as people read it.
type letter struct{ to, subject, text string }

// letters reads what a mail server got since the last time; what cannot be read is
// there with its text alone.
func letters(s *notifytest.Sink) (all []letter) {
	for _, text := range s.Take() {
		one := letter{text: text}
		if m, err := mail.ReadMessage(strings.NewReader(text)); err == nil {
			one.to = m.Header.Get("To")
			one.subject, _ = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if body, err := io.ReadAll(quotedprintable.NewReader(m.Body)); err == nil {
				one.text = string(body)
			}
		}
		all = append(all, one)
	}
	return all
}

// A climbing is a land with a public address and a mail server, in which a commune
// has a steward and a head, the other commune nobody.
type climbing struct {
	*dutyLand
	c             Config
	post          *notifytest.Sink
	head          *visitor
	near, away    string
	steward, chef string // accounts
}

func newClimbing(t *testing.T) *climbing {
	t.Helper()
	c := config(t.TempDir())
	c.Hosts, c.Outgoing = []string{"dulieu.example"}, []string{"127.0.0.0/8"}
	l := &climbing{dutyLand: &dutyLand{land: &land{App: open(t, c)}, t: t}, c: c, post: (&notifytest.Sink{}).Listen(t)}
	shipped(t, l.App, "viet-nam", "hung-yen")
	year := time.Now().Year()
	for _, y := range []int{year, year + 1} {
		if years, err := l.Deadlines.Years(t.Context()); err != nil {
			t.Fatal(err)
		} else if !slices.Contains(years, y) {
			if err := l.Deadlines.AddYear(t.Context(), actor.System, deadline.AnyEdition, "thử", y); err != nil {
				t.Fatal(err)
			}
		}
	}
	in := func(n int, role, at string) *visitor {
		v := &visitor{who: role, where: at}
		l.signIn(t, v, role, at, n)
		return v
	}
	l.commune, l.head, l.cdo = in(801, policy.RoleSteward, communeOrg), in(802, policy.RoleHead, communeOrg), in(803, policy.RoleCDO, otherOrg)
	l.clerk, l.far = in(804, policy.RoleEntry, communeOrg), in(805, policy.RoleOfficial, farOrg)
	l.steward, l.chef = l.accountOf("thu.801"), l.accountOf("thu.802")
	if _, err := l.Notices.PutChannel(t.Context(), actor.System, "thử", notify.Channel{
		Kind: notify.KindMail, Name: "Thư", On: true, Host: "127.0.0.1", Port: l.post.Port, TLS: notify.NoTLS, From: "Phố Hiến <dulieu@example.gov.vn>",
	}); err != nil {
		t.Fatal(err)
	}
	p := &province{l.App}
	p.adopt(t, clinics)
	p.send(t, "tram", "tram.csv", []byte("ma,noi_gui,giuong\nT1,"+communeOrg+",10\nT2,"+farOrg+",20\nT4,"+communeOrg+",500\nT5,"+farOrg+",600\n"))
	if err := l.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, _, err := l.Issues.List(t.Context(), issue.Filter{Datasets: []string{"tram"}})
	if err != nil || len(list) != 2 {
		t.Fatalf("%d issues, %v", len(list), err)
	}
	for _, i := range list {
		if i.Org == communeOrg {
			l.near = i.ID
		} else {
			l.away = i.ID
		}
	}
	return l
}

// late starts a clock of an issue so many hours ago, of 24.
func (l *climbing) late(id, org string, hours int) {
	l.t.Helper()
	_, err := l.Deadlines.Start(l.t.Context(), actor.System, deadline.Spec{
		Clock: "CLK-22.notice", Subject: deadline.Subject{Kind: issue.SubjectKind, ID: id, Path: issue.Path(id)}, TitleVi: id + ": Số giường", Org: org,
		At: time.Now().Add(-time.Duration(hours) * time.Hour),
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *climbing) tick() {
	l.t.Helper()
	if err := l.tickDeadlines(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
}

// told are the notices of an account, or of an organisation, about an issue's
// clocks and new issues, the first first: half, soon, late, new.
func (l *climbing) told(account, org string) string {
	l.t.Helper()
	r := notify.Reader{Account: account}
	if org != "" {
		r.Orgs = []string{org}
	}
	list, _, err := l.Notices.List(l.t.Context(), r, notify.Filter{})
	if err != nil {
		l.t.Fatal(err)
	}
	var words []string
	for _, n := range list {
		word := "new"
		for begin, of := range map[string]string{"Đã qua": "half", "Sắp hết": "soon", "Quá hạn": "late"} {
			if strings.HasPrefix(n.TitleVi, begin) {
				word = of
			}
		}
		if n.Org != "" && strings.Contains(n.TextVi, "chưa có người giữ vị trí") {
			word += "!"
		}
		words = append([]string{word}, words...)
	}
	return strings.Join(words, " ")
}

// TestEscalation: a data issue goes to the stewards of the unit that has to mend it,
// at 80 % of its time to the head too, and when it is late to the chief data
// officer; each hears once, also across a restart. Where nobody holds a post the unit
// is told, and the page says so.
func TestEscalation(t *testing.T) {
	l := newClimbing(t)
	chief := l.accountOf("thu.803")
	want := func(when string, want ...string) {
		t.Helper()
		got := []string{l.told(l.steward, ""), l.told(l.chef, ""), l.told(chief, ""), l.told("-", communeOrg), l.told("-", farOrg)}
		if !slices.Equal(got, want) {
			t.Errorf("%s: steward, head, chief, commune, the other: %q, want %q", when, got, want)
		}
	}
	want("opened", "new", "", "", "", "new!")
	l.late(l.near, communeOrg, 20)
	l.late(l.away, farOrg, 20)
	for range 2 {
		l.tick()
	}
	want("80 %", "new half soon", "soon", "", "", "new! half! soon!")

	// The program is stopped and started again: nobody hears it twice.
	shut(t, l.App)
	l.App = open(t, l.c)
	l.tick()
	want("after a restart", "new half soon", "soon", "", "", "new! half! soon!")

	// One and the same person may look after it, be steward and be head.
	if _, err := l.Issues.Assign(t.Context(), actor.System, l.near, l.steward, "x"); err != nil {
		t.Fatal(err)
	}
	l.late(l.near, communeOrg, 25)
	l.late(l.away, farOrg, 25)
	for range 2 {
		l.tick()
	}
	want("late", "new half soon half soon late", "soon soon late", "late late", "", "new! half! soon! half! soon! late!")

	text := l.page(l.commune, issue.Path(l.near), 200)
	for _, want := range []string{"Báo cho ai", "Cán bộ Thử 801", "Cán bộ Thử 802", "Cán bộ Thử 803"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	if strings.Contains(text, "Chưa có người giữ") {
		t.Error("all posts are held")
	}
	steward := &visitor{who: "steward of the owner"}
	l.signIn(t, steward, policy.RoleSteward, ownerOrg, 806)
	if text := l.page(steward, issue.Path(l.away), 200); strings.Count(text, "Chưa có người giữ vị trí này") != 2 {
		t.Errorf("nobody holds two posts of the other commune: %.3000s", text)
	}
	// A role given to an account itself counts like that of a post.
	if _, err := l.Accounts.Grant(t.Context(), actor.System, identity.Grant{Account: l.accountOf("thu.805"), Role: policy.RoleSteward, Org: farOrg}); err != nil {
		t.Fatal(err)
	}
	if text := l.page(steward, issue.Path(l.away), 200); strings.Count(text, "Chưa có người giữ vị trí này") != 1 || !strings.Contains(text, "Cán bộ Thử 805") {
		t.Error("the steward by a role of their own is not found")
	}
}

// TestMailOfIssues: the deadline of an issue at 80 % comes as a mail to who has
// chosen it, in the platform's own name and with its address; who has no address or
// cannot sign in gets none, and the delivery says why.
func TestMailOfIssues(t *testing.T) {
	l := newClimbing(t)
	ctx := t.Context()
	letters(l.post)
	all := notify.Preference{Mail: []notify.Severity{notify.Warning, notify.Urgent}}
	for _, id := range []string{l.steward, l.chef} {
		if err := l.Notices.SetPreference(ctx, id, all); err != nil {
			t.Fatal(err)
		}
	}
	deliver := func() []letter {
		t.Helper()
		if err := l.deliverNotices(ctx); err != nil {
			t.Fatal(err)
		}
		return letters(l.post)
	}
	deliver() // of what was new
	l.late(l.near, communeOrg, 20)
	l.tick()
	letters := deliver()
	to := map[string]letter{}
	for _, one := range letters {
		to[one.to] = one
	}
	one := to["<thu.801@phohien.example>"]
	if len(letters) != 2 || one.subject != "Sắp hết hạn (đã qua 80% thời hạn): "+l.near+": Số giường" || !strings.Contains(one.text, "https://dulieu.example"+issue.Path(l.near)) {
		t.Errorf("%+v", letters)
	}
	if body := one.text; strings.Contains(body, "Thử 80") || strings.Contains(body, "T4") || strings.Contains(body, "thu.80") {
		t.Errorf("personal or row data: %s", body)
	}

	// The short link of the text for a chat leads to the issue, after a sign-in too.
	code := strings.TrimPrefix(l.near, "SC-")
	if text := l.page(l.commune, "/inbox", 200); !strings.Contains(text, "/i/"+code) {
		t.Errorf("no short link: %.2000s", text)
	}
	for _, path := range []string{"/i/" + code, "/i/sc-" + code} {
		if w := l.ask(l.commune, get(path)); w.Code != 303 || w.Header().Get("Location") != issue.Path(l.near) {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Location"))
		}
	}
	if w := l.ask(&visitor{}, get("/i/"+code)); w.Code != 401 || !strings.Contains(w.Body.String(), "/login?back=%2Fi%2F"+code) {
		t.Errorf("a stranger: %d %.2000s", w.Code, w.Body)
	}
	l.page(l.far, "/i/"+code, 404)

	// No address; locked.
	ask := func(id string) identity.Account {
		t.Helper()
		a, err := l.Accounts.Account(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if err := l.Accounts.DropEmail(ctx, ask(l.chef)); err != nil {
		t.Fatal(err)
	}
	l.late(l.near, communeOrg, 20)
	l.tick()
	if err := l.Accounts.SetState(ctx, actor.System, l.steward, identity.Locked, "thử"); err != nil {
		t.Fatal(err)
	}
	if letters := deliver(); len(letters) != 0 {
		t.Errorf("%+v", letters)
	}
	dead, _, err := l.Notices.Deliveries(ctx, notify.DeliveryFilter{State: notify.Dead})
	if err != nil {
		t.Fatal(err)
	}
	why := map[string]string{}
	for _, d := range dead {
		why[d.Account] = d.Reason(locale.Vi)
	}
	if !strings.Contains(why[l.chef], "không có địa chỉ thư điện tử") || !strings.Contains(why[l.steward], "đang bị khóa") {
		t.Errorf("%v", why)
	}
	// As a member of an organisation that is told in somebody's place, too.
	far := l.accountOf("thu.805")
	if err := l.Accounts.SetState(ctx, actor.System, far, identity.Locked, "thử"); err != nil {
		t.Fatal(err)
	}
	l.late(l.away, farOrg, 25)
	l.tick()
	deliver()
	if dead, _, err = l.Notices.Deliveries(ctx, notify.DeliveryFilter{State: notify.Dead}); err != nil || !slices.ContainsFunc(dead, func(d notify.Delivery) bool { return d.Account == far }) {
		t.Errorf("%+v %v", dead, err)
	}
}

// TestOwnEmail: a person sets and corrects the address of notices; a code that was
// mailed there proves that it is theirs.
func TestOwnEmail(t *testing.T) {
	l := newClimbing(t)
	address := func() string {
		t.Helper()
		a, err := l.Accounts.Account(t.Context(), l.steward)
		if err != nil {
			t.Fatal(err)
		}
		return a.Email
	}
	letters(l.post)
	l.page(l.commune, "/me/email", 400, "email", "không phải địa chỉ")
	text := l.page(l.commune, "/me/email", 200, "email", "moi@donvi.example")
	came := letters(l.post)
	if len(came) != 1 || came[0].to != "<moi@donvi.example>" || came[0].subject != "Mã xác nhận địa chỉ thư điện tử" || !strings.Contains(text, "moi@donvi.example") {
		t.Fatalf("%+v %.2000s", came, text)
	}
	code := regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`).FindString(came[0].text)
	l.page(l.commune, "/me/email", 429, "email", "moi@donvi.example") // not again at once
	if address() != "thu.801@phohien.example" {
		t.Error("an address that is not proved counts")
	}
	l.page(l.commune, "/me/email/confirm", 400, "email", "khac@donvi.example", "code", code) // another address
	l.page(l.commune, "/me/email/confirm", 400, "email", "moi@donvi.example", "code", "AAAAA-AAAAA")
	l.page(l.head, "/me/email/confirm", 400, "email", "moi@donvi.example", "code", code) // somebody else's
	l.page(l.commune, "/me/email/confirm", 303, "email", "moi@donvi.example", "code", code)
	if address() != "moi@donvi.example" {
		t.Error(address())
	}
	if text := l.page(l.commune, "/me", 200); !strings.Contains(text, "moi@donvi.example") {
		t.Errorf("%.2000s", text)
	}
	l.page(l.commune, "/me/email/confirm", 400, "email", "moi@donvi.example", "code", code) // a code is good once
	l.page(l.commune, "/me/email/remove", 303, "x", "")
	if address() != "" {
		t.Error(address())
	}
	// Without a channel there is no proof, and the page says who can help.
	list, err := l.Notices.Channels(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Notices.RemoveChannel(t.Context(), actor.System, "thử", list[0].ID); err != nil {
		t.Fatal(err)
	}
	if text := l.page(l.head, "/me/email", 503, "email", "a@donvi.example"); !strings.Contains(text, "Chưa có kênh thư điện tử") {
		t.Errorf("%.2000s", text)
	}
}
