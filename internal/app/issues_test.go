package app

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/odcs"
)

const stations = `apiVersion: v3.1.0
kind: DataContract
id: tram
name: Trạm y tế (mẫu)
version: 1.0.0
status: active
customProperties: [{property: phohien.owner, value: hy-syt}]
schema:
  - name: tram
    customProperties:
      - {property: phohien.sender, value: noi_gui}
    properties:
      - {name: ma, businessName: Mã, logicalType: string, primaryKey: true, primaryKeyPosition: 1, logicalTypeOptions: {pattern: "T[0-9]+"}}
      - {name: noi_gui, businessName: Nơi gửi, logicalType: string, required: true}
      - {name: giuong, businessName: Số giường, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 100}}
`

// TestIssues walks the book of data issues: what fails opens one issue for each rule
// and sender, what is mended at its source closes it, what comes back is open again.
func TestIssues(t *testing.T) {
	p := open(t, config(t.TempDir()))
	ctx := t.Context()
	doc, err := odcs.Read([]byte(stations))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Contracts.Put(ctx, actor.System, doc, ""); err != nil {
		t.Fatal(err)
	}
	send := func(text string) {
		t.Helper()
		s, err := p.Corridor.Receive(ctx, actor.System, corridor.Request{Dataset: "tram", Name: "tram.csv", Body: strings.NewReader(text), Confirm: true})
		if err == nil {
			s, err = p.Corridor.Wait(ctx, s.ID, func(s corridor.Status) bool { return s.State.Final() })
		}
		if err != nil || s.State != corridor.Scored {
			t.Fatalf("%+v %v", s, err)
		}
	}
	book := func(states ...issue.State) map[string]*issue.Issue {
		t.Helper()
		list, _, err := p.Issues.List(ctx, issue.Filter{Datasets: []string{"tram"}, States: states})
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]*issue.Issue{}
		for _, i := range list {
			all[i.Rule+" "+i.Source] = i
		}
		return all
	}
	good := "T1,A,10\nT2,A,20\nT3,B,30\nT4,B,40\nT5,B,50\nT6,B,60\nT7,B,70\nT8,B,80\nT9,B,90\n"
	send("ma,noi_gui,giuong\n" + good)
	if all := book(); len(all) != 0 {
		t.Fatalf("nothing is wrong, and the book has %d lines", len(all))
	}
	send("ma,noi_gui,giuong\nT10,A,500\nT11,B,600\nT12,B,700\nX13,A,1\n")
	all := book()
	a, b, key := all["giuong.range A"], all["giuong.range B"], all["ma.pattern A"]
	if len(all) != 3 || a == nil || b == nil || key == nil {
		t.Fatalf("%v", all)
	}
	if a.Records != 1 || b.Records != 2 || b.Waiting != 2 || a.State != issue.Fresh || a.Group != "outlier" || a.Org != "hy-syt" || a.Before == nil {
		t.Errorf("%+v", a)
	}
	if !key.Identity || key.Severity != issue.Red {
		t.Errorf("a fault in what records are known by is red: %+v", key)
	}
	if !strings.HasPrefix(a.ID, "SC-") || a.ID == b.ID {
		t.Errorf("%s %s", a.ID, b.ID)
	}

	// The unit answers; a comment stands beside it.
	if _, err := p.Issues.Take(ctx, actor.System, a.ID, issue.Answer{Cause: "Nhập nhầm cột."}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Issues.Say(ctx, actor.System, a.ID, "Sẽ gửi lại trong tuần."); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Issues.Take(ctx, actor.System, b.ID, issue.Answer{}); err == nil {
		t.Error("an answer without a cause was taken")
	}

	// A mends what it has sent; B sends one more.
	send("ma,noi_gui,giuong\nT10,A,50\nT14,B,900\n")
	now := book(issue.Fresh, issue.Taken)
	if now["giuong.range A"] != nil || now["giuong.range B"] == nil || now["giuong.range B"].Records != 3 {
		t.Errorf("%v", now)
	}
	closed, err := p.Issues.Get(ctx, a.ID)
	if err != nil || closed.State != issue.Closed || closed.After == nil || closed.ClosedAt.IsZero() || closed.Cause != "Nhập nhầm cột." {
		t.Errorf("%+v %v", closed, err)
	}
	if _, err := p.Issues.Take(ctx, actor.System, a.ID, issue.Answer{Cause: "x"}); err == nil {
		t.Error("a closed issue took an answer")
	}

	// The fault comes back: the same line of the book.
	send("ma,noi_gui,giuong\nT10,A,5000\n")
	back, err := p.Issues.Get(ctx, a.ID)
	if err != nil || back.State != issue.Fresh || back.Reopened != 1 || !back.ClosedAt.IsZero() {
		t.Errorf("%+v %v", back, err)
	}
	history, err := p.Issues.History(ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, e := range history {
		what = append([]string{e.What}, what...)
	}
	if got := strings.Join(what, " "); got != "opened taken said closed reopened" {
		t.Errorf("history: %s", got)
	}

	// Routing again changes nothing.
	if err := p.routeIssues(ctx); err != nil {
		t.Fatal(err)
	}
	if again, _ := p.Issues.History(ctx, a.ID); len(again) != len(history) {
		t.Error("a second look wrote into the book")
	}
	counts, err := p.Issues.Counts(ctx, issue.Filter{})
	if err != nil || counts.Open != 3 || counts.BySev[issue.Red] < 1 {
		t.Errorf("%+v %v", counts, err)
	}
}
