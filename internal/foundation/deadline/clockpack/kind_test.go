package clockpack_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/deadline/clockpack"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/packs"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/calendar"
)

var by = actor.Actor{Kind: "person", ID: "p1", Name: "Cán bộ quản trị"}

const base = `kind: Clocks
calendar:
  years: [2026]
  days:
    - {date: 2026-01-01, kind: off, name: Tết Dương lịch, act: "1/TB"}
    - {date: 2026-04-27, kind: swap_off, name: Nghỉ bù, act: "1/TB"}
office: {opens: "07:30", noonFrom: "11:30", noonTo: "13:00", closes: "17:00", cutoff: "17:00"}
clocks:
  - id: CLK-11
    event: {vi: Cảnh báo}
    duty: {vi: Rà soát}
    direction: within
    unit: wd
    amount: 5
    act: Công văn 1
    sure: C
  - id: CLK-12
    event: {vi: Cảnh báo}
    duty: {vi: Khắc phục}
    direction: within
    unit: wd
    amount: 10
    act: Công văn 1
    sure: C
`

type world struct {
	*testing.T
	s     *deadline.Store
	packs *pack.Packs
}

func each(t *testing.T, f func(w world)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		cfg.Now = func() time.Time { return time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) }
		s := storetest.Open(t, cfg)
		clocks := deadline.NewStore(s.Control())
		f(world{t, clocks, pack.New(s.Control(), clockpack.Kind(clocks))})
	})
}

func read(t testing.TB, id, text string) *pack.Pack {
	t.Helper()
	p, err := pack.Read(fstest.MapFS{
		"pack.yaml":   {Data: []byte("id: " + id + "\nname: Gói\nversion: 1.0.0\n")},
		"clocks.yaml": {Data: []byte(text)},
		"nghi.csv":    {Data: []byte("date,kind,act,name\n2026-01-01,off,,Tết Dương lịch\n2025-01-01,off,,Tết Dương lịch\n")},
		"xau.csv":     {Data: []byte("a,b\n1,2\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w world) install(text string) pack.Plan {
	w.Helper()
	plans, err := w.packs.Install(w.Context(), actor.System, true, read(w.T, "thu", text))
	if err != nil {
		w.Fatal(err)
	}
	return plans[0]
}

func (w world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w world) clock(id string) deadline.Clock {
	w.Helper()
	c, err := w.s.Clock(w.Context(), id)
	w.ok(err)
	return c
}

func action(p pack.Plan, id string) pack.Action {
	for _, c := range p.Changes {
		if c.ID == id {
			return c.Action
		}
	}
	return ""
}

func date(t testing.TB, text string) viet.Date {
	t.Helper()
	d, _, err := viet.ParseDate([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestKind_install(t *testing.T) {
	each(t, func(w world) {
		p := w.install(base)
		if action(p, "CLK-11") != pack.Added || action(p, "calendar-2026") != pack.Added || action(p, "office-hours") != pack.Added || len(p.Changes) != 4 {
			w.Errorf("%+v", p.Changes)
		}
		c := w.clock("CLK-11")
		if c.Version != 1 || c.Pack != "thu" || c.Why != "thu 1.0.0" || c.Amount != 5 || c.By != actor.System {
			w.Errorf("%+v", c)
		}
		if p := w.install(base); !p.Empty() || len(p.Problems) > 0 {
			w.Errorf("again: %+v", p)
		}
		p = w.install(strings.Replace(base, "amount: 5", "amount: 4", 1))
		if action(p, "CLK-11") != pack.Changed || action(p, "CLK-12") != pack.Same {
			w.Errorf("%+v", p.Changes)
		}
		if d := p.Changes[0].Details; len(d) != 1 || d[0].Vi != "Đổi thời hạn: 5 ngày làm việc (Công văn 1), nay là 4 ngày làm việc (Công văn 1). Thời hạn đang chạy giữ quy định cũ." {
			w.Errorf("%+v", d)
		}
		if c := w.clock("CLK-11"); c.Version != 2 || c.Amount != 4 {
			w.Errorf("%+v", c)
		}
	})
}

// What an administrator has changed stays, and the plan says so.
func TestKind_handChange(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		w.install(base)
		c := w.clock("CLK-11")
		c.Amount = 3
		_, err := w.s.PutClock(ctx, by, "Quy chế tỉnh", c)
		w.ok(err)
		w.ok(w.s.PutDays(ctx, by, deadline.AnyEdition, "Quyết định tỉnh", calendar.Day{Date: date(w.T, "2026-04-27"), Kind: calendar.Work, Act: "2/QĐ"}, calendar.Day{Date: date(w.T, "2026-05-05"), Kind: calendar.Off}))
		var own deadline.Hours
		w.ok(own.Opens.UnmarshalText([]byte("08:00")))
		w.ok(own.Closes.UnmarshalText([]byte("16:00")))
		own.NoonFrom, own.NoonTo, own.Cutoff = own.Opens, own.Opens, own.Closes
		w.ok(w.s.SetHours(ctx, by, "Quy chế", own))

		next := strings.NewReplacer("amount: 5", "amount: 7", "name: Nghỉ bù", "name: Nghỉ bù Giỗ Tổ", `opens: "07:30"`, `opens: "07:00"`, "amount: 10", "amount: 9").Replace(base)
		for range 2 { // told again as long as the two differ
			p := w.install(next)
			if len(p.Problems) != 3 || slices.ContainsFunc(p.Problems, func(f pack.Problem) bool { return f.Severity != "warning" || f.MessageEn == f.MessageVi }) {
				w.Fatalf("%+v", p.Problems)
			}
			if f := p.Problems[0]; !strings.Contains(f.MessageVi, "Giữ quy định thời hạn CLK-11 do quản trị viên sửa: 3 ngày làm việc (Công văn 1). Gói ghi: 7") || f.Line != 9 || f.Path != "clocks.yaml" {
				w.Errorf("%+v", f)
			}
			o, err := w.s.Office(ctx)
			w.ok(err)
			if c := w.clock("CLK-11"); c.Amount != 3 || c.Version != 2 {
				w.Errorf("%+v", c)
			}
			if c := w.clock("CLK-12"); c.Amount != 9 {
				w.Errorf("what nobody changed follows the pack: %+v", c)
			}
			if d, _ := o.Calendar().Day(date(w.T, "2026-04-27")); d.Kind != calendar.Work || o.Hours() != own {
				w.Errorf("%+v, %+v", d, o.Hours())
			}
		}
		// Once they agree it is the pack's again, and follows it.
		if p := w.install(strings.Replace(next, "amount: 7", "amount: 3", 1)); len(p.Problems) != 2 {
			w.Errorf("%+v", p.Problems)
		}
		w.install(next)
		if c := w.clock("CLK-11"); c.Amount != 7 {
			w.Errorf("%+v", c)
		}
		// A day that a person has said stays when the pack goes; so do the hours.
		_, err = w.packs.Remove(ctx, actor.System, "thu")
		w.ok(err)
		o, err := w.s.Office(ctx)
		w.ok(err)
		if days := o.Calendar().Days(); len(days) != 2 || o.Hours() != own {
			w.Errorf("%+v, %+v", days, o.Hours())
		}
	})
}

// What goes is retired: no new deadline, the old ones run on; it may come back.
func TestKind_removed(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		w.install(base)
		spec := deadline.Spec{Clock: "CLK-12", Subject: deadline.Subject{Kind: "issue", ID: "1"}, TitleVi: "Lỗi", Org: "hy-syt"}
		d, err := w.s.Start(ctx, by, spec)
		w.ok(err)
		less := base[:strings.Index(base, "  - id: CLK-12")]
		if _, err := w.packs.Install(ctx, actor.System, false, read(w.T, "thu", less)); !fault.Is(err, "pack.breaking") {
			w.Fatalf("without consent: %v", err)
		}
		if p := w.install(less); action(p, "CLK-12") != pack.Removed {
			w.Errorf("%+v", p.Changes)
		}
		if _, err := w.s.Start(ctx, by, spec); !fault.Is(err, "deadline.clock.out") {
			w.Errorf("retired: %v", err)
		}
		if d, err = w.s.Pause(ctx, by, d.ID, "chờ"); err != nil {
			w.Fatal(err)
		}
		if p := w.install(base); action(p, "CLK-12") != pack.Changed {
			w.Errorf("back: %+v", p.Changes)
		}
		if c := w.clock("CLK-12"); c.Retired || c.Version != 1 {
			w.Errorf("back: %+v", c)
		}
		changes, err := w.packs.Remove(ctx, actor.System, "thu")
		w.ok(err)
		if len(changes) != 3 {
			w.Errorf("%+v", changes)
		}
		if years, err := w.s.Years(ctx); err != nil || len(years) != 0 {
			w.Errorf("%v, %v", years, err)
		}
	})
}

func TestKind_twoPacks(t *testing.T) {
	each(t, func(w world) {
		w.install(base)
		_, err := w.packs.Install(w.Context(), actor.System, true, read(w.T, "khac", base))
		problem(w.T, err, 9, "đã do gói “thu” mang đến")
	})
}

func problem(t *testing.T, err error, line int, vi string) {
	t.Helper()
	var refusal *pack.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if !slices.ContainsFunc(refusal.Problems, func(p pack.Problem) bool {
		return p.Line == line && strings.Contains(p.MessageVi, vi) && p.MessageEn != "" && p.MessageEn != p.MessageVi
	}) {
		t.Errorf("got %+v, want line %d: %s", refusal.Problems, line, vi)
	}
}

func TestKind_problems(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	packs := pack.New(s.Control(), clockpack.Kind(deadline.NewStore(s.Control())))
	clock := func(more string) string {
		return "kind: Clocks\nclocks:\n  - {id: CLK-11, event: {vi: a}, duty: {vi: b}, direction: within, act: x, sure: T, " + more + "}\n"
	}
	for _, c := range []struct {
		text string
		line int
		vi   string
	}{
		{clock("unit: tuan, amount: 1"), 3, "đơn vị “tuan” không có"},
		{clock("unit: wd"), 3, "số lượng phải từ 1"},
		{clock("unit: day, on: 32/1"), 3, "ngày cố định “32/1” sai"},
		{clock("unit: wd, amount: 1, colour: red"), 3, "Không đọc được"},
		{clock("unit: wd, amount: 1") + "  - {id: CLK-11, event: {vi: a}, duty: {vi: b}, direction: within, act: x, sure: T, unit: wd, amount: 2}\n", 4, "ghi hai lần"},
		{"kind: Clocks\n", 1, "không có clocks"},
		{"kind: Clocks\ncalendar:\n  file: nghi.csv\n", 3, "Thiếu years"},
		{"kind: Clocks\ncalendar:\n  years: [26]\n", 3, "không hợp lệ: từ 2000"},
		{"kind: Clocks\ncalendar:\n  years: [2026]\n  file: khong.csv\n", 4, "Không đọc được tệp “khong.csv”"},
		{"kind: Clocks\ncalendar:\n  years: [2026]\n  file: xau.csv\n", 4, "không phải danh sách ngày nghỉ"},
		{"kind: Clocks\ncalendar:\n  years: [2026]\n  days:\n    - {date: 2027-01-01, kind: off}\n", 5, "không thuộc những năm"},
		{"kind: Clocks\ncalendar:\n  years: [2026]\n  days:\n    - {date: 2026-01-01, kind: nghi}\n", 5, "không hợp lệ"},
		{"kind: Clocks\noffice: {opens: \"7h\", noonFrom: \"11:30\", noonTo: \"13:00\", closes: \"17:00\", cutoff: \"17:00\"}\n", 2, "Giờ “7h”"},
		{"kind: Clocks\noffice: {opens: \"08:00\", noonFrom: \"07:30\", noonTo: \"13:00\", closes: \"17:00\", cutoff: \"17:00\"}\n", 2, "theo thứ tự"},
	} {
		_, err := packs.Diff(t.Context(), read(t, "thu", c.text))
		t.Run(c.vi, func(t *testing.T) { problem(t, err, c.line, c.vi) })
	}
}

// The shipped pack has every clock of the table, and installs once.
func TestShipped(t *testing.T) {
	each(t, func(w world) {
		files, _ := packs.Open("viet-nam")
		p, err := pack.Read(files)
		w.ok(err)
		p.Documents = slices.DeleteFunc(p.Documents, func(d pack.Document) bool { return d.Kind != clockpack.KindName })
		if len(p.Documents) != 1 || p.Documents[0].Path != "clocks.yaml" {
			w.Fatalf("%d files of clocks", len(p.Documents))
		}
		plans, err := w.packs.Install(w.Context(), actor.System, false, p)
		w.ok(err)
		if len(plans[0].Problems) > 0 {
			w.Errorf("%+v", plans[0].Problems)
		}
		if again, err := w.packs.Diff(w.Context(), p); err != nil || !again[0].Empty() {
			w.Errorf("%+v, %v", again, err)
		}
		list, err := w.s.Clocks(w.Context())
		w.ok(err)
		held := map[string]bool{}
		for _, c := range list {
			rule, _, _ := strings.Cut(c.ID, ".")
			held[rule] = true
			if c.EventEn == "" || c.DutyEn == "" || c.Limit(locale.Vi) == "" || (c.NoteVi == "") != (c.NoteEn == "") {
				w.Errorf("%s is not said in both languages", c.ID)
			}
		}
		for n := 1; n <= 38; n++ {
			if id := fmt.Sprintf("CLK-%02d", n); !held[id] {
				w.Errorf("no %s", id)
			}
		}
		for id, want := range map[string]string{
			"CLK-01": "đến hết ngày 31/12/2026", "CLK-02": "2 ngày làm việc", "CLK-03": "1 ngày làm việc", "CLK-04": "trước ít nhất 7 ngày làm việc", "CLK-05": "1 ngày",
			"CLK-06.it": "7 ngày làm việc", "CLK-07": "6 tháng một lần", "CLK-08": "1 năm một lần", "CLK-09": "3 tháng một lần", "CLK-10": "trước ngày 31/12 hằng năm",
			"CLK-11": "5 ngày làm việc", "CLK-12": "10 ngày làm việc", "CLK-13": "15 ngày làm việc", "CLK-14": "72 giờ", "CLK-15": "72 giờ", "CLK-16": "lưu ít nhất 5 năm",
			"CLK-17": "2 ngày làm việc", "CLK-18": "15 ngày", "CLK-18.third-party": "20 ngày", "CLK-19": "10 ngày", "CLK-19.third-party": "15 ngày", "CLK-20": "20 ngày",
			"CLK-20.third-party": "30 ngày", "CLK-21.dossier": "60 ngày", "CLK-21.update": "6 tháng một lần", "CLK-21.change": "10 ngày", "CLK-22.notice": "24 giờ", "CLK-22.report": "72 giờ",
			"CLK-23.unit": "đến hết ngày 20/12 hằng năm", "CLK-23.owner": "đến hết ngày 25/12 hằng năm", "CLK-24": "lưu ít nhất 6 tháng", "CLK-25.log": "lưu ít nhất 12 tháng",
			"CLK-25.review": "7 ngày một lần", "CLK-26.level-2": "lưu ít nhất 1 tháng", "CLK-26.level-3": "lưu ít nhất 3 tháng", "CLK-26.level-4": "lưu ít nhất 6 tháng",
			"CLK-26.level-5": "lưu ít nhất 12 tháng", "CLK-27.new": "đến hết ngày 1/7/2027", "CLK-27.old": "đến hết ngày 31/12/2028", "CLK-28": "đến hết ngày 30/6/2027",
			"CLK-29.urgent": "72 giờ", "CLK-29.other": "5 ngày làm việc", "CLK-29.final": "15 ngày", "CLK-30": "15 ngày làm việc", "CLK-31": "trước ngày 31/1 hằng năm",
			"CLK-32": "trước ngày 15 hằng tháng", "CLK-33.year": "trước ngày 15/11 hằng năm", "CLK-34.unit": "đến hết ngày 15/12 hằng năm", "CLK-34.skhcn": "đến hết ngày 31/12 hằng năm",
			"CLK-35.june": "đến hết ngày 30/6 hằng năm", "CLK-36.major": "3 năm một lần", "CLK-36.minor": "12 tháng một lần", "CLK-37.quarter": "3 tháng một lần", "CLK-38.year": "1 năm một lần",
		} {
			if got := w.clock(id).Limit(locale.Vi); got != want {
				w.Errorf("%s: %s, want %s", id, got, want)
			}
		}
		if c := w.clock("CLK-19"); c.Extension != 10 || c.Sure != deadline.FromPage || c.ValidFrom != "2026-01-01" {
			w.Errorf("%+v", c)
		}
	})
}

// Whatever the text, reading it ends with a plan or a refusal.
func FuzzKind(f *testing.F) {
	s := storetest.Open(f, storetest.SQLite(f))
	packs := pack.New(s.Control(), clockpack.Kind(deadline.NewStore(s.Control())))
	f.Add(strings.TrimPrefix(base, "kind: Clocks\n"))
	f.Add("clocks:\n  - ~\n")
	f.Add("calendar: {years: [2026], file: nghi.csv}\n")
	f.Add("calendar: {years: [2026], days: [{date: 9999-12-31, kind: off}]}\n")
	f.Add("office: {}\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := pack.Read(fstest.MapFS{
			"pack.yaml": {Data: []byte("id: thu\nname: Gói\nversion: 1.0.0\n")}, "c.yaml": {Data: []byte("kind: Clocks\n" + text)},
		})
		if err != nil {
			return
		}
		_, err = packs.Diff(t.Context(), p)
		var refusal *pack.Refusal
		if err != nil && !errors.As(err, &refusal) && fault.Of(err) == nil {
			t.Fatal(err)
		}
		if refusal != nil {
			for _, found := range refusal.Problems {
				if found.Line < 1 || found.Column < 1 || found.MessageVi == "" {
					t.Errorf("a problem without a place: %+v", found)
				}
			}
		}
	})
}
