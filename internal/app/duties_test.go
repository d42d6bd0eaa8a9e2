package app

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// clinics are sent by communes, each its own rows.
const clinics = `apiVersion: v3.1.0
kind: DataContract
id: tram
name: Trạm y tế (mẫu)
version: 1.0.0
status: active
schema:
  - name: tram
    customProperties:
      - {property: phohien.mode, value: merge}
      - {property: phohien.sender, value: noi_gui}
      - {property: phohien.scope, value: {agency: noi_gui}}
    properties:
      - {name: ma, businessName: Mã, logicalType: string, primaryKey: true, primaryKeyPosition: 1, customProperties: [{property: phohien.personal, value: {class: none}}]}
      - {name: noi_gui, businessName: Nơi gửi, logicalType: string, required: true, customProperties: [{property: phohien.personal, value: {class: none}}]}
      - {name: giuong, businessName: Số giường, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 100}, customProperties: [{property: phohien.personal, value: {class: none}}]}
customProperties:
  - {property: phohien.owner, value: ` + ownerOrg + `}
  - {property: phohien.access, value: restricted}
  - {property: phohien.class, value: other}
`

const farOrg = "hy-ubnd-tan-hung"

// A dutyLand is a land with issues of two communes, and those who look at them.
type dutyLand struct {
	*land
	t                                                       *testing.T
	steward, clerk, official, commune, far, other, governor *visitor
	cdo, admin                                              *visitor
	near, away                                              string // issues of the two communes
}

func newDutyLand(t *testing.T) *dutyLand {
	l := &dutyLand{land: settle(t, storetest.SQLite(t), population{}), t: t}
	for _, y := range []int{0, 1} { // the pack knows two years
		year := time.Now().Year() + y
		if years, err := l.Deadlines.Years(t.Context()); err != nil {
			t.Fatal(err)
		} else if !slices.Contains(years, year) {
			if err := l.Deadlines.AddYear(t.Context(), actor.System, -1, "thử", year); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := &province{l.App}
	p.adopt(t, clinics)
	p.send(t, "tram", "tram.csv", []byte("ma,noi_gui,giuong\nT1,"+communeOrg+",10\nT2,"+communeOrg+",20\nT3,"+farOrg+",30\nT4,"+communeOrg+",500\nT5,"+farOrg+",600\nT6,"+farOrg+",700\n"))
	if err := l.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, _, err := l.Issues.List(t.Context(), issue.Filter{Datasets: []string{"tram"}})
	if err != nil || len(list) != 2 {
		t.Fatalf("%d issues, %v", len(list), err)
	}
	for _, i := range list {
		if i.DueAt.IsZero() {
			t.Errorf("%s has no day: %+v", i.ID, i)
		}
		switch i.Org {
		case communeOrg:
			l.near = i.ID
		case farOrg:
			l.away = i.ID
		}
	}
	n := 700
	in := func(role, at string) *visitor {
		n++
		v := &visitor{who: role, where: at}
		l.signIn(t, v, role, at, n)
		return v
	}
	l.steward, l.clerk, l.official = in(policy.RoleSteward, ownerOrg), in(policy.RoleEntry, ownerOrg), in(policy.RoleOfficial, ownerOrg)
	l.commune, l.far, l.other = in(policy.RoleSteward, communeOrg), in(policy.RoleEntry, farOrg), in(policy.RoleEntry, otherOrg)
	l.governor, l.cdo, l.admin = in(policy.RoleGovernor, otherOrg), in(policy.RoleCDO, otherOrg), in(policy.RoleAdmin, otherOrg)
	return l
}

// call asks the API; out is nil where the answer does not matter.
func (l *dutyLand) call(v *visitor, method, path, body string, want int, out any) *httptest.ResponseRecorder {
	l.t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := l.ask(v, r)
	if w.Code != want {
		l.t.Fatalf("%s %s as %s: %d, want %d: %.600s", method, path, v.name(), w.Code, want, w.Body)
	}
	if out != nil {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			l.t.Fatal(err)
		}
	}
	return w
}

func (l *dutyLand) list(v *visitor, query string) (all []string) {
	l.t.Helper()
	var out struct {
		Items  []api.Issue
		Next   string
		Counts api.IssueCounts
	}
	for cursor := ""; ; cursor = out.Next {
		out.Next, out.Items = "", nil
		l.call(v, "GET", "/issues?limit=2"+query+"&cursor="+url.QueryEscape(cursor), "", 200, &out)
		for _, i := range out.Items {
			all = append(all, i.ID)
		}
		if out.Next == "" {
			break
		}
	}
	if query == "" && out.Counts.Open != len(all) {
		l.t.Errorf("%s sees %d issues and counts %d", v.name(), len(all), out.Counts.Open)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// page asks for a page, and posts a form where fields are given.
func (l *dutyLand) page(v *visitor, path string, want int, fields ...string) string {
	l.t.Helper()
	r := get(path)
	if len(fields) > 0 {
		f := url.Values{"token": {v.csrf}}
		for n := 0; n+1 < len(fields); n += 2 {
			f.Add(fields[n], fields[n+1])
		}
		r = post(path, "application/x-www-form-urlencoded", []byte(f.Encode()))
	}
	w := l.ask(v, r)
	if w.Code != want {
		l.t.Fatalf("%s %s as %s: %d, want %d: %.1500s", r.Method, path, v.name(), w.Code, want, w.Body)
	}
	return w.Body.String()
}

// anIssue is one of the persons' data set.
func (l *land) anIssue() string {
	list, _, err := l.Issues.List(context.Background(), issue.Filter{Datasets: []string{landSet}, Limit: 1})
	if err != nil || len(list) == 0 {
		return nobodys
	}
	return list[0].ID
}

// aDeadline is one of that issue.
func (l *land) aDeadline() string {
	list, err := l.Deadlines.Of(context.Background(), issue.SubjectKind, l.anIssue())
	if err != nil || len(list) == 0 {
		return nobodys
	}
	return list[0].ID
}

// TestDuties_issues: who sees which issues, and what they may do about them.
func TestDuties_issues(t *testing.T) {
	l := newDutyLand(t)
	for v, want := range map[*visitor][]string{l.steward: {l.near, l.away}, l.clerk: {l.near, l.away}, l.governor: {l.near, l.away}, l.cdo: {l.near, l.away},
		l.commune: {l.near}, l.far: {l.away}, l.other: nil, l.official: nil} {
		slices.Sort(want)
		if got := l.list(v, "&dataset=tram"); !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", v.name(), got, want)
		}
		l.list(v, "")
	}
	// To whom an issue is hidden, it answers as one that is not there.
	for v, id := range map[*visitor]string{l.other: l.near, l.far: l.near, l.commune: l.away} {
		for _, one := range [][2]string{{"GET", "/issues/ID"}, {"POST", "/issues/ID/comments"}, {"POST", "/issues/ID/answer"}} {
			ask := func(id string) string {
				body := map[string]string{"/issues/ID/comments": `{"text":"thử"}`, "/issues/ID/answer": `{"cause":"thử"}`}[one[1]]
				w := l.call(v, one[0], strings.Replace(one[1], "ID", id, 1), body, 404, nil)
				return strings.ReplaceAll(w.Body.String(), id, "ID")
			}
			if mine, none := ask(id), ask("SC-2000-0001"); mine != none {
				t.Errorf("%s %s as %s:\n%s\n%s", one[0], one[1], v.name(), mine, none)
			}
		}
	}
	// The unit that owes it answers; twice is once.
	var d api.IssueDetail
	for range 2 {
		l.call(l.commune, "POST", "/issues/"+l.near+"/answer", `{"cause":"Nhập nhầm cột.","action":"Nhập lại."}`, 200, &d)
	}
	answered := 0
	for _, e := range d.History {
		if e.What == issue.Answered {
			answered++
		}
	}
	if d.State != issue.Taken || d.Cause != "Nhập nhầm cột." || answered != 1 || len(d.Deadlines) != 2 || d.How.Vi == "" {
		t.Errorf("%+v", d)
	}
	l.call(l.commune, "POST", "/issues/"+l.near+"/answer", `{"cause":" "}`, 400, nil)
	l.call(l.governor, "POST", "/issues/"+l.near+"/answer", `{"cause":"x"}`, 403, nil)
	l.call(l.clerk, "POST", "/issues/"+l.near+"/assign", `{"account":""}`, 403, nil)
	for range 2 {
		l.call(l.cdo, "POST", "/issues/"+l.near+"/comments", `{"text":"Đề nghị làm sớm."}`, 200, &d)
	}
	if said := slices.DeleteFunc(d.History, func(e api.IssueEvent) bool { return e.What != issue.Said }); len(said) != 1 {
		t.Errorf("%d comments", len(said))
	}
	// Only those of the unit that owes it can be assigned.
	someone, err := l.Accounts.ByLogin(t.Context(), "thu.704")
	if err != nil {
		t.Fatal(err)
	}
	l.call(l.steward, "POST", "/issues/"+l.near+"/assign", `{"account":"`+someone.ID+`"}`, 200, &d)
	if d.Account != someone.ID {
		t.Errorf("%+v", d)
	}
	l.call(l.steward, "POST", "/issues/"+l.away+"/assign", `{"account":"`+someone.ID+`"}`, 400, nil)
	l.call(l.steward, "POST", "/issues/"+l.away+"/assign", `{"account":"khong-co"}`, 404, nil)
	l.call(l.far, "POST", "/issues/"+l.away+"/on-the-spot", `{"why":"Phải đến trạm."}`, 200, &d)
	if !d.OnTheSpot || slices.Contains(d.May, "on-the-spot") {
		t.Errorf("%+v", d)
	}
	l.call(l.far, "POST", "/issues/"+l.away+"/on-the-spot", `{"why":"lần nữa"}`, 409, nil)

	// The book and the figures.
	csv := l.call(l.steward, "GET", "/issues/book?dataset=tram&format=csv&lang=vi", "", 200, nil).Body.String()
	if head := "\ufeffMã sự cố,Ngày phát hiện,Phân loại lỗi,Mức độ,Nguồn cảnh báo,Trường vi phạm,Bộ phận khắc phục,Hạn SLA,Trạng thái,Biện pháp,Nguyên nhân,Ảnh hưởng,Phòng ngừa,Đúng hạn hay quá hạn\n"; !strings.HasPrefix(csv, head) {
		t.Errorf("%.300s", csv)
	}
	if strings.Count(csv, "SC-") != 2 || !strings.Contains(csv, "Nhập nhầm cột.") || !strings.Contains(csv, "Số giường") {
		t.Error(csv)
	}
	if own := l.call(l.commune, "GET", "/issues/book?format=csv", "", 200, nil).Body.String(); strings.Contains(own, l.away) || !strings.Contains(own, l.near) {
		t.Error(own)
	}
	book := l.call(l.steward, "GET", "/issues/book?dataset=tram&format=xlsx", "", 200, nil).Body.Bytes()
	if _, err := zip.NewReader(bytes.NewReader(book), int64(len(book))); err != nil || !strings.Contains(plainText(book), l.near) {
		t.Error(err)
	}
	var figures struct {
		Items []api.IssueFigures
		Total api.IssueFigures
	}
	l.call(l.cdo, "GET", "/issues/figures?dataset=tram", "", 200, &figures)
	if len(figures.Items) != 2 || figures.Total.Open != 2 || figures.Total.Overdue != 0 || figures.Total.Mean != nil {
		t.Errorf("%+v", figures)
	}
	(&province{l.App}).send(t, "tram", "tram.csv", []byte("ma,noi_gui,giuong\nT4,"+communeOrg+",50\n"))
	if err := l.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.call(l.cdo, "GET", "/issues/figures?dataset=tram", "", 200, &figures)
	if figures.Total.Open != 1 || figures.Total.InTime != 1 || figures.Total.Mean == nil {
		t.Errorf("%+v", figures)
	}
	l.call(l.steward, "GET", "/issues?state=khac", "", 422, nil)

	entries, err := l.Audit.Entries(t.Context(), audit.Query{Object: "dataset:tram", Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	var wrote []string
	for _, e := range entries.Entries {
		if e.Detail["issue"] != "" && e.Result == "done" {
			wrote = append(wrote, e.Detail["change"])
		}
	}
	for _, what := range []string{"answer", "comment", "assign", "on-the-spot"} {
		if !slices.Contains(wrote, what) {
			t.Errorf("the log has no %s: %v", what, wrote)
		}
	}
}

// TestDuties_clocks: deadlines, the law's clocks and the calendar.
func TestDuties_clocks(t *testing.T) {
	l := newDutyLand(t)
	var list struct{ Items []api.Deadline }
	l.call(l.commune, "GET", "/deadlines?state=open", "", 200, &list)
	if len(list.Items) != 2 || list.Items[0].Org != communeOrg || list.Items[0].Left == "" {
		t.Fatalf("%+v", list)
	}
	mend := list.Items[slices.IndexFunc(list.Items, func(d api.Deadline) bool { return d.Clock == "CLK-12" })]
	l.call(l.other, "GET", "/deadlines", "", 200, &list)
	if len(list.Items) != 0 {
		t.Errorf("a clerk of another unit sees %d deadlines", len(list.Items))
	}
	l.call(l.other, "GET", "/deadlines/"+mend.ID, "", 404, nil)
	l.call(l.other, "POST", "/deadlines/"+mend.ID+"/pause", `{"why":"thử"}`, 404, nil)
	l.call(l.clerk, "POST", "/deadlines/"+mend.ID+"/pause", `{"why":"thử"}`, 403, nil)
	var d api.DeadlineDetail
	l.call(l.steward, "POST", "/deadlines/"+mend.ID+"/pause", `{"why":" "}`, 400, nil)
	l.call(l.steward, "POST", "/deadlines/"+mend.ID+"/pause", `{"why":"Chờ văn bản."}`, 200, &d)
	if d.State != "held" || len(d.Pauses) != 1 {
		t.Errorf("%+v", d)
	}
	l.call(l.steward, "POST", "/deadlines/"+mend.ID+"/pause", `{"why":"lần nữa"}`, 409, nil)
	l.call(l.steward, "POST", "/deadlines/"+mend.ID+"/resume", "", 200, &d)
	l.call(l.steward, "POST", "/deadlines/"+mend.ID+"/cancel", `{"why":"thử"}`, 403, nil)
	to := d.DueAt.AddDate(0, 0, 7)
	for { // a working day
		today := org.Today(to)
		office, err := l.Deadlines.Office(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if works, err := office.Calendar().IsWorking(today); err == nil && works {
			break
		}
		to = to.AddDate(0, 0, 1)
	}
	l.call(l.governor, "POST", "/deadlines/"+mend.ID+"/move", `{"to":"`+org.Today(d.StartedAt).String()+`","basis":"thử"}`, 400, nil)
	l.call(l.governor, "POST", "/deadlines/"+mend.ID+"/move", `{"to":"`+org.Today(to).String()+`","basis":"Công văn mẫu"}`, 200, &d)
	i, err := l.Issues.Get(t.Context(), l.near)
	if err != nil || !i.DueAt.Equal(d.DueAt) || d.Moved != 1 {
		t.Errorf("the issue is due %v, its deadline %v: %v", i.DueAt, d.DueAt, err)
	}

	// Two change one clock: the second is told, nothing is overwritten.
	var c api.ClockDetail
	l.call(l.official, "GET", "/clocks/CLK-12", "", 200, &c)
	change := func(amount, base int, why string) string {
		def := c.Definition
		def.Amount = amount
		text, err := json.Marshal(struct {
			api.ClockChange
		}{api.ClockChange{Definition: def, Base: base, Why: why}})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := c.Version
	l.call(l.steward, "PUT", "/clocks/CLK-12", change(8, first, "thử"), 403, nil)
	l.call(l.governor, "PUT", "/clocks/CLK-12", change(8, first, ""), 400, nil)
	l.call(l.governor, "PUT", "/clocks/CLK-12", change(0, first, "thử"), 400, nil)
	for range 2 { // a request sent twice is one version
		l.call(l.governor, "PUT", "/clocks/CLK-12", change(8, first, "Rút ngắn theo chỉ đạo (mẫu)"), 200, &c)
	}
	if c.Version != first+1 || len(c.Versions) != first+1 || c.Amount != 8 {
		t.Errorf("%+v", c)
	}
	if w := l.call(l.admin, "PUT", "/clocks/CLK-12", change(9, first, "thử"), 409, nil); !strings.Contains(w.Body.String(), "duties.clock-changed") {
		t.Error(w.Body)
	}
	// … on the page too, with what was written still there; and undone.
	base := fmt.Sprint(first)
	was := c.Versions[len(c.Versions)-1].Definition
	text := l.page(l.admin, "/clocks/CLK-12", 409, "base", base, "event-vi", was.EventVi, "duty-vi", was.DutyVi, "direction", "within", "amount", "9", "unit", "wd", "act", was.Act, "sure", "C", "why", "Sửa thử")
	if !strings.Contains(text, "vừa được") || !strings.Contains(text, `value="9"`) || !strings.Contains(text, "Sửa thử") {
		t.Errorf("%.3000s", text)
	}
	if !strings.Contains(text, `class="was"`) {
		t.Error("the versions do not show what was before and after")
	}
	l.page(l.admin, "/clocks/CLK-12", 400, "base", base, "amount", "chín", "why", "x")
	l.page(l.governor, "/clocks/CLK-12", 303, "base", fmt.Sprint(c.Version), "again", fmt.Sprint(first), "why", "Trở lại bản cũ")
	l.call(l.official, "GET", "/clocks/CLK-12", "", 200, &c)
	if c.Definition != was || c.Version != first+2 || c.Why != "Trở lại bản cũ" {
		t.Errorf("%+v", c)
	}

	// The calendar.
	year := time.Now().Year()
	day := fmt.Sprintf("%d-12-24", year)
	body := fmt.Sprintf(`{"year":%d,"days":[{"date":"%s","kind":"off","name":"Nghỉ thử","act":"Thông báo mẫu"}],"why":"thử"}`, year, day)
	l.call(l.clerk, "PUT", "/calendar/days", body, 403, nil)
	var cal api.CalendarYear
	l.call(l.governor, "PUT", "/calendar/days", body, 200, &cal)
	if !cal.Known || !slices.ContainsFunc(cal.Days, func(d api.CalendarDay) bool { return d.Date.String() == day && d.Name == "Nghỉ thử" }) {
		t.Errorf("%+v", cal)
	}
	l.call(l.governor, "PUT", "/calendar/days", strings.Replace(body, "\"year\":"+fmt.Sprint(year), "\"year\":2030", 1), 400, nil)
	if text := l.page(l.official, fmt.Sprintf("/calendar?year=%d", year), 200); !strings.Contains(text, "Nghỉ thử") || strings.Contains(text, `name="why"`) {
		t.Error("the calendar does not show the day, or offers to change it")
	}
	if text := l.page(l.governor, "/calendar", 400, "year", fmt.Sprint(year), "date", "32/13/2026", "kind", "off", "why", "x"); !strings.Contains(text, "không phải một ngày hợp lệ") {
		t.Errorf("%.2000s", text)
	}
	l.page(l.governor, "/calendar", 303, "year", fmt.Sprint(year), "date", fmt.Sprintf("23/12/%d", year), "kind", "off", "why", "thử")
	// Who had an older edition before them is told who changed the day; the change is undone.
	seen := fmt.Sprintf(`"edition":%d,"why"`, cal.Edition-1)
	if w := l.call(l.admin, "PUT", "/calendar/days", strings.Replace(strings.Replace(body, `"why"`, seen, 1), `"off"`, `"work"`, 1), 409, nil); !strings.Contains(w.Body.String(), "deadline.day-changed") {
		t.Error(w.Body)
	}
	text = l.page(l.admin, "/calendar", 409, "year", fmt.Sprint(year), "date", day, "kind", "work", "why", "thử", "edition", fmt.Sprint(cal.Edition-1))
	if !strings.Contains(text, "vừa được") || !strings.Contains(text, "/calendar/undo?") || !strings.Contains(text, "theo thứ trong tuần") {
		t.Errorf("%.3000s", text)
	}
	l.page(l.clerk, fmt.Sprintf("/calendar/undo?edition=%d&year=%d", cal.Edition, year), 403, "x", "y")
	l.page(l.governor, fmt.Sprintf("/calendar/undo?edition=%d&year=%d", cal.Edition, year), 303, "x", "y")
	l.call(l.official, "GET", fmt.Sprintf("/calendar?year=%d", year), "", 200, &cal)
	if slices.ContainsFunc(cal.Days, func(d api.CalendarDay) bool { return d.Date.String() == day }) {
		t.Errorf("the day is still there: %+v", cal)
	}
}

// TestDuties_notices: who reads which notices, the bell, and ways out.
func TestDuties_notices(t *testing.T) {
	l := newDutyLand(t)
	var list struct {
		Items  []api.Notice
		Unread int
	}
	l.call(l.commune, "GET", "/notices", "", 200, &list)
	if len(list.Items) == 0 || list.Unread != len(list.Items) || list.Items[0].Org != communeOrg {
		t.Fatalf("%+v", list)
	}
	id, unread := list.Items[0].ID, list.Unread
	if text := l.page(l.commune, "/deadlines", 200); !strings.Contains(text, `masthead-count">`+fmt.Sprint(unread)+`<`) {
		t.Error("the bell does not tell how many are not read")
	}
	l.call(l.other, "POST", "/notices/read", `{"ids":["`+id+`"]}`, 404, nil)
	if text := l.page(l.commune, "/inbox", 200); !strings.Contains(text, "Chép để gửi qua Zalo") || !strings.Contains(text, "readonly") {
		t.Errorf("%.2000s", text)
	}
	for range 2 {
		l.page(l.commune, "/inbox/read", 303, "id", id)
	}
	l.call(l.commune, "GET", "/notices?unread=true", "", 200, &list)
	if list.Unread != unread-1 {
		t.Errorf("%d are not read, want %d", list.Unread, unread-1)
	}
	l.page(l.commune, "/inbox/read", 400, "nothing", "")
	l.page(l.commune, "/inbox/read", 303, "all", "true")
	if text := l.page(l.commune, "/deadlines", 200); strings.Contains(text, "masthead-count") {
		t.Error("the bell counts what is read")
	}
	l.call(l.commune, "PUT", "/notices/preference", `{"mail":["warning","urgent"]}`, 200, nil)
	if p, err := l.Notices.Preference(t.Context(), l.accountOf("thu.704")); err != nil || !slices.Equal(p.Mail, []notify.Severity{notify.Warning, notify.Urgent}) {
		t.Errorf("%v %v", p, err)
	}
	l.call(l.commune, "PUT", "/notices/preference", `{"mail":["khac"]}`, 422, nil)

	l.call(l.steward, "GET", "/notice-channels", "", 403, nil)
	l.page(l.steward, "/admin/notices", 403)
	l.page(l.admin, "/admin/notices", 200)
	hook := `{"kind":"webhook","name":"Kênh thử","on":true,"url":"http://example.vn/nhan","why":"thử"}`
	l.call(l.admin, "PUT", "/notice-channels/new", hook, 400, nil) // not https
	text := l.page(l.admin, "/admin/notices", 400, "kind", "webhook", "name", "Kênh thử", "url", "ftp://khac", "why", "Lý do thử")
	if !strings.Contains(text, "Lý do thử") || !strings.Contains(text, "https") {
		t.Errorf("%.2000s", text)
	}
	l.call(l.admin, "DELETE", "/notice-channels/khong-co?why=thu", "", 404, nil)
	l.call(l.admin, "POST", "/notice-deliveries/khong-co/retry", "", 404, nil)
	l.call(l.admin, "GET", "/notice-deliveries", "", 200, nil)
}

func (l *dutyLand) accountOf(login string) string {
	l.t.Helper()
	one, err := l.Accounts.ByLogin(l.t.Context(), login)
	if err != nil {
		l.t.Fatal(err)
	}
	return one.ID
}

// TestDuties_pages walks the pages of issues without a script.
func TestDuties_pages(t *testing.T) {
	l := newDutyLand(t)
	text := l.page(l.commune, "/issues", 200)
	if !strings.Contains(text, l.near) || strings.Contains(text, l.away) || !strings.Contains(text, "ngày làm việc") {
		t.Errorf("%.3000s", text)
	}
	if text := l.page(l.other, "/issues?dataset=tram", 200); strings.Contains(text, "SC-") {
		t.Error("a clerk of another unit sees something of it")
	}
	l.page(l.other, "/issues/"+l.near, 404)
	l.page(l.other, "/issues/"+l.near+"/answer", 404, "cause", "x")
	l.page(l.commune, "/issues?state=khac", 400)
	if text := l.page(l.commune, "/issues/"+l.near, 200); !strings.Contains(text, "/quarantine?state=open&amp;rule=giuong.range") || !strings.Contains(text, `name="cause"`) {
		t.Errorf("%.3000s", text)
	}
	if text := l.page(l.clerk, "/issues/"+l.near, 200); strings.Contains(text, `id="assign"`) {
		t.Error("a clerk is offered to assign")
	}
	if text := l.page(l.commune, "/issues/"+l.near+"/answer", 400, "cause", "", "action", "Sẽ nhập lại"); !strings.Contains(text, "chưa ghi nguyên nhân") || !strings.Contains(text, "Sẽ nhập lại") {
		t.Errorf("%.3000s", text)
	}
	l.page(l.commune, "/issues/"+l.near+"/answer", 303, "cause", "Nhập nhầm cột")
	if text := l.page(l.commune, "/issues/"+l.near+"/comments", 400, "text", "Hỏi ông 033099001234"); !strings.Contains(text, `aria-invalid="true"`) ||
		!strings.Contains(text, `<strong class="field-wrong">Nội dung có dãy số giống số định danh`) || !strings.Contains(text, "Hỏi ông 033099001234</textarea>") {
		t.Errorf("%.3000s", text)
	}
	l.page(l.commune, "/issues/"+l.near+"/comments", 303, "text", "Đã báo trạm")
	if text := l.page(l.commune, "/issues/"+l.near+"?done=answered", 200); !strings.Contains(text, "Đã lưu kết quả xử lý.") || !strings.Contains(text, "Đã báo trạm") {
		t.Errorf("%.3000s", text)
	}
	w := l.ask(l.commune, post("/issues/"+l.near+"/comments", "application/x-www-form-urlencoded", []byte("text=x")))
	if w.Code != http.StatusForbidden {
		t.Errorf("a form without its token: %d", w.Code)
	}
	if text := l.page(l.steward, "/issues/"+l.near, 200); !strings.Contains(text, `id="assign"`) || !strings.Contains(text, l.accountOf("thu.704")) {
		t.Errorf("%.3000s", text)
	}
	l.page(l.steward, "/issues/"+l.near+"/assign", 303, "account", l.accountOf("thu.704"))
	l.page(l.commune, "/issues/"+l.near+"/on-the-spot", 303, "why", "Phải đến trạm")
	if text := l.page(l.steward, "/issues/book?dataset=tram", 200); !strings.Contains(text, "Mã sự cố") || !strings.Contains(text, "format=xlsx") {
		t.Errorf("%.3000s", text)
	}
	if text := l.page(l.steward, "/datasets/tram", 200); !strings.Contains(text, "2 vấn đề đang mở, 0 quá hạn") || !strings.Contains(text, "/issues?dataset=tram") {
		t.Error("the data set's page does not tell of its issues")
	}
	if text := l.page(l.commune, "/work", 200); !strings.Contains(text, "/issues/"+l.near) || !strings.Contains(text, `id="deadlines"`) || strings.Contains(text, l.away) ||
		!strings.Contains(text, "Khắc phục tại nguồn và đồng bộ lại") {
		t.Errorf("%.3000s", text)
	}
	list, _, err := l.Issues.List(t.Context(), issue.Filter{Datasets: []string{"tram"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		ds, err := l.Deadlines.Of(t.Context(), issue.SubjectKind, i.ID)
		if err != nil || len(ds) == 0 {
			t.Fatal(err)
		}
		l.page(l.steward, "/deadlines/"+ds[1].ID, 200)
		if i.ID == l.near {
			continue
		}
		if text := l.page(l.governor, "/deadlines/"+ds[1].ID+"/move", 400, "to", "hôm nào", "why", "thử"); !strings.Contains(text, "không phải một ngày hợp lệ") {
			t.Errorf("%.2000s", text)
		}
		l.page(l.steward, "/deadlines/"+ds[1].ID+"/pause", 303, "why", "chờ")
		l.page(l.steward, "/deadlines/"+ds[1].ID+"/resume", 303, "x", "")
		l.page(l.governor, "/deadlines/"+ds[1].ID+"/cancel", 303, "why", "trùng")
	}
	for _, path := range []string{"/deadlines?whose=me", "/deadlines?whose=all&state=any", "/clocks", "/clocks/CLK-11?lang=en", "/calendar?lang=en", "/inbox?lang=en", "/issues?lang=en", "/issues/" + l.near + "?lang=en"} {
		l.page(l.steward, path, 200)
	}
	l.page(l.steward, "/clocks/khong-co", 404)
	l.page(l.steward, "/calendar?year=abc", 400)
}
