package app

import (
	"io/fs"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/phohien/phohien/internal/apps/progress"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/packs"
)

// planned is a province with the plans of the packs.
func planned(t *testing.T) *dutyLand {
	t.Helper()
	l := &dutyLand{land: &land{App: withPacks(t, "viet-nam", "hung-yen")}, t: t}
	for _, one := range [][2]string{{"viet-nam", "vn-tinh"}, {"hung-yen", "kh-co-quan"}, {"hung-yen", "kh-van-ban"}, {"hung-yen", "kh-nhiem-vu"}, {"hung-yen", "kh-chi-tieu"}, {"hung-yen", "kh-che-do-bao-cao"}} {
		files, _ := packs.Open(one[0])
		body, err := fs.ReadFile(files, "data/"+one[1]+".csv")
		if err != nil {
			t.Fatal(err)
		}
		(&province{l.App}).send(t, one[1], one[1]+".csv", body)
	}
	return l
}

var (
	formID  = regexp.MustCompile(`name="form" value="([^"]+)"`)
	lineRef = regexp.MustCompile(`name="(\d+)-ref" value="([^"]+)"`)
	wordID  = regexp.MustCompile(`form="(?:use|leave)-([^"]+)"`)
)

// fieldsOf are what a form has for one line, by its item, with what is written into it.
func fieldsOf(t *testing.T, page, ref, base string, written ...string) []string {
	t.Helper()
	f := []string{"form", formID.FindStringSubmatch(page)[1]}
	for _, m := range lineRef.FindAllStringSubmatch(page, -1) {
		if m[2] == ref {
			f = append(f, "0-ref", ref, "0-base", base)
			for i := 0; i < len(written); i += 2 {
				f = append(f, "0-"+written[i], written[i+1])
			}
			return f
		}
	}
	t.Fatalf("%s is not on the form", ref)
	return nil
}

// TestMonthly plays a month of reports by the pages: opened, filled in by two people at
// once, sent, approved by the head, a difficulty answered, closed and proved; the task
// then stands where the report says.
func TestMonthly(t *testing.T) {
	l := planned(t)
	in := func(role, at string, n int) *visitor {
		v := &visitor{who: role, where: at}
		l.signIn(t, v, role, at, n)
		return v
	}
	governor, steward, clerk := in(policy.RoleGovernor, "hy-skhcn", 971), in(policy.RoleSteward, "hy-syt", 972), in(policy.RoleEntry, "hy-syt", 973)
	head, other := in(policy.RoleHead, "hy-syt", 974), in(policy.RoleSteward, "hy-snv", 975)
	// The month whose figures have just been cut, so that it may be closed.
	last := time.Now().AddDate(0, 0, -progress.UsualCut+1)
	month := last.Format("2006-01")
	at, sheet := "/progress/"+month, "/progress/"+month+"/sheets/hy-syt"
	const task, target = "task:hy26-II.14.1", "target:hy26-21"

	if text := l.page(governor, "/progress", 400, "month", "tháng này"); !strings.Contains(text, "không phải tháng báo cáo") {
		t.Error("a month that is none is not explained")
	}
	l.page(steward, "/progress", 403, "month", month)
	l.page(governor, "/progress", 303, "month", month, "cut", "15")
	l.page(governor, "/progress", 409, "month", month, "cut", "15")
	if text := l.page(governor, at, 200); !strings.Contains(text, "Sở Y tế") || !strings.Contains(text, sheet) {
		t.Error("who coordinates does not see the sheets")
	}
	if text := l.page(steward, "/progress", 200); !strings.Contains(text, sheet) || strings.Contains(text, "hy-snv") {
		t.Error("a unit sees its own sheet")
	}
	l.page(other, sheet, 404)

	// Two people have the same form before them.
	first, second := l.page(steward, sheet, 200), l.page(clerk, sheet, 200)
	if !strings.Contains(first, "Bệnh án điện tử") {
		t.Fatalf("the form asks nothing: %.2000s", first)
	}
	mine := fieldsOf(t, first, task, "0", "said", "Đã triển khai 12 bệnh viện", "percent", "60", "difficulty", "Chưa có kinh phí cho 3 bệnh viện")
	l.page(steward, sheet, 303, mine...)
	l.page(steward, sheet, 303, mine...) // sent twice
	l.page(clerk, sheet, 303, fieldsOf(t, second, task, "0", "said", "Mới có 9 bệnh viện", "percent", "45")...)
	text := l.page(steward, sheet, 200)
	if !strings.Contains(text, "Đã triển khai 12 bệnh viện") || !strings.Contains(text, "Mới có 9 bệnh viện") {
		t.Error("one of the two words is not there")
	}
	word := wordID.FindStringSubmatch(text)
	if word == nil {
		t.Fatal("nobody can choose between them")
	}
	if text := l.page(steward, sheet+"/send", 409, "nothing", "1"); !strings.Contains(text, "chưa xử lý") {
		t.Error("a sheet with two words for one line was sent")
	}
	l.page(steward, sheet+"/settle", 303, "word", word[1], "base", "1", "take", "left")

	// What is wrong with one line keeps the others not out.
	both := append(fieldsOf(t, text, target, "0", "value", "chín mươi"), "1-ref", "task:hy26-II.14.2", "1-base", "0", "1-percent", "30")
	text = l.page(steward, sheet, 400, both...)
	if !strings.Contains(text, "chín mươi") || !strings.Contains(text, "không phải số") && !strings.Contains(text, "không phải là số") {
		t.Errorf("what was typed is lost, or nobody says what is wrong: %.3000s", text)
	}
	if text = l.page(steward, sheet, 200); !strings.Contains(text, `value="30"`) {
		t.Errorf("the line beside was not saved: %s", regexp.MustCompile(`(?s)PACS.{900}`).FindString(text))
	}
	l.page(steward, sheet, 303, fieldsOf(t, text, target, "0", "value", "91,5", "estimate", "1")...)
	l.page(other, sheet, 404, mine...)

	if text := l.page(steward, sheet+"/send", 409, "x", "1"); !strings.Contains(text, "chưa có nội dung") {
		t.Error("lines without words were sent without a word")
	}
	l.page(clerk, sheet+"/send", 403, "nothing", "1")
	l.page(steward, sheet+"/send", 303, "nothing", "1")
	l.page(steward, sheet+"/approve", 403, "x", "1")
	l.page(head, sheet+"/back", 400, "why", "")
	l.page(head, sheet+"/back", 303, "why", "Bổ sung số bệnh viện")
	if text := l.page(steward, sheet, 200); !strings.Contains(text, "Bổ sung số bệnh viện") {
		t.Error("nobody says why it came back")
	}
	l.page(steward, sheet+"/send", 303, "nothing", "1")
	if text := l.page(head, sheet, 200); !strings.Contains(text, "Đã triển khai 12 bệnh viện") || strings.Contains(text, "<textarea class=\"form-control\" id=\"0-said\"") {
		t.Error("the head reads the report")
	}
	l.page(head, sheet+"/approve", 303, "x", "1")

	// It counts.
	if text := l.page(steward, "/plans/tasks/hy26-II.14.1", 200); !strings.Contains(text, "Đang thực hiện trong hạn") && !strings.Contains(text, "Đang thực hiện quá hạn") {
		t.Error("the task stands as before")
	}
	if text := l.page(steward, "/plans/targets/hy26-21", 200); !strings.Contains(text, "91,5 %") {
		t.Errorf("the target has no value: %s", regexp.MustCompile(`(?s)<dl class="figures.{900}`).FindString(text))
	}
	// A telephone that was without network comes back.
	if w := l.page(clerk, sheet, 303, append(fieldsOf(t, second, task, "0", "said", "Ghi khi mất mạng"), "at", "2026-01-02T03:04:05.000Z")...); w == "x" {
		t.Error(w)
	}
	if text := l.page(steward, sheet, 200); !strings.Contains(text, "Ghi khi mất mạng") {
		t.Error("what came late is lost")
	}

	// The difficulty was put before who coordinates.
	text = l.page(governor, at, 200)
	matter := regexp.MustCompile(`href="(` + at + `/matters/[^"]+)"`).FindStringSubmatch(text)
	if matter == nil {
		t.Fatalf("the difficulty is not told of: %.3000s", text)
	}
	l.page(other, matter[1], 404)
	l.page(steward, matter[1]+"/reply", 403, "answer", "thử")
	l.page(governor, matter[1]+"/escalate", 303, "to", "Ủy ban nhân dân tỉnh", "why", "Vượt thẩm quyền về kinh phí")
	l.page(governor, matter[1]+"/reply", 303, "answer", "Đã bố trí kinh phí quý I")
	if text := l.page(steward, matter[1], 200); !strings.Contains(text, "Đã bố trí kinh phí quý I") || !strings.Contains(text, "Ủy ban nhân dân tỉnh") {
		t.Error("the unit does not see the answer")
	}

	// Closed and proved; nothing is written any more.
	l.page(steward, at+"/close", 403, "x", "1")
	l.page(governor, at+"/close", 303, "x", "1")
	if text := l.page(governor, at, 200); !strings.Contains(text, "Khớp: đã tính lại mã băm") {
		t.Errorf("the figures are not proved: %.3000s", text)
	}
	l.page(governor, at+"/close", 409, "x", "1")
	l.page(governor, sheet+"/back", 409, "why", "sửa lại")
}

// TestMonthly_offline: on a telephone without network a form is kept, and sent when the
// network is back.
func TestMonthly_offline(t *testing.T) {
	l := planned(t)
	steward := &visitor{}
	l.signIn(t, steward, policy.RoleSteward, "hy-syt", 981)
	governor := &visitor{}
	l.signIn(t, governor, policy.RoleGovernor, "hy-skhcn", 982)
	month := time.Now().AddDate(0, 1, 0).Format("2006-01")
	sheet := "/progress/" + month + "/sheets/hy-syt"
	l.page(governor, "/progress", 303, "month", month)
	server := httptest.NewServer(l.Handler())
	t.Cleanup(server.Close)
	b := browsertest.New(t, server.URL)
	if _, err := chromedp.Call(b.Ctx, network.SetCookie, network.SetCookieParams{Name: door.AccountCookie, Value: steward.cookie, URL: server.URL}); err != nil {
		t.Fatal(err)
	}
	cut := func(off bool) {
		t.Helper()
		_, err := chromedp.Call(b.Ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}},
		})
		if err == nil {
			_, err = chromedp.Call(b.Ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, look := range browsertest.Looks() {
		b.See(look)
		b.Open(sheet + "?lang=" + look.Lang)
		b.Fits("sheet " + look.Name)
		b.Axe("sheet " + look.Name)
		b.Shot("monthly-sheet-" + look.Name)
	}
	b.Look(390, 844, "light")
	b.Open(sheet + "?lang=vi")
	cut(true)
	b.Do(chromedp.SetValue(chromedp.CSS("#\\30 -said"), "Ghi ở xã, không có sóng"))
	b.Click(".monthly-save button")
	b.Until(`!document.querySelector("[data-kept]").hidden && document.querySelector("[data-kept]").innerText.includes("Mất mạng")`)
	if strings.Contains(l.page(steward, sheet, 200), "không có sóng") {
		t.Fatal("there was a network")
	}
	cut(false)
	b.Until(`location.search.includes("done=saved") && document.querySelector(".notice-good") !== null`)
	if !strings.Contains(l.page(steward, sheet, 200), "Ghi ở xã, không có sóng") {
		t.Error("what was kept was not sent")
	}
	if left := browsertest.Eval[int](b, `localStorage.length`); left != 0 {
		t.Errorf("%d things are left on the device", left)
	}
	b.Settle()
}
