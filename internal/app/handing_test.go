package app

import (
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/org"
)

// TestHanding names the batches that wait for a person among what passes over
// with the person's post, and no others.
func TestHanding(t *testing.T) {
	a := open(t, config(t.TempDir()))
	ctx := t.Context()
	if _, err := a.Packs.Install(ctx, actor.System, true, smallPack(t)); err != nil {
		t.Fatal(err)
	}
	by := actor.System
	if err := a.Orgs.Put(ctx, by, org.Whatever, org.Org{ID: "so-mau", Name: "Sở Mẫu", Level: org.Province}); err != nil {
		t.Fatal(err)
	}
	rep, err := a.Orgs.ImportPeople(ctx, by, []org.ImportRow{
		{Name: "Nguyễn Văn Mẫu", OrgCode: "so-mau", Title: "Chuyên viên", Email: "truoc@phohien.example", From: org.On(a.Orgs.Today() - 9), Generated: true},
		{Name: "Trần Thị Mẫu", Email: "sau@phohien.example", Generated: true},
	}, false)
	if err != nil || !rep.Written {
		t.Fatalf("%+v %v", rep, err)
	}
	acc, err := a.Accounts.Add(ctx, actor.System, identity.NewAccount{Login: "mau-truoc", Name: "Nguyễn Văn Mẫu", PersonID: rep.Rows[0].Person})
	if err != nil {
		t.Fatal(err)
	}
	const csv = "ma,ten\n01,Một\n"
	for _, sender := range []actor.Actor{acc.Actor(), {Kind: "person", ID: "khac", Name: "Người khác"}} {
		name := sender.ID + ".csv"
		st, err := a.Corridor.Receive(ctx, sender, corridor.Request{Dataset: "thu-co-so", Name: name, Body: strings.NewReader(csv), Preview: true})
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(20 * time.Second); st.State != corridor.Held; st, err = a.Corridor.Status(ctx, st.ID) {
			if err != nil || st.State.Final() || time.Now().After(end) {
				t.Fatalf("%v %+v", err, st)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	h, err := a.Orgs.PreviewHandOver(ctx, by, rep.Rows[0].Post, rep.Rows[1].Person, a.Orgs.Today())
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, one := range h.Items {
		said = append(said, one.Vi)
	}
	if text := strings.Join(said, "\n"); !strings.Contains(text, acc.ID+".csv") || strings.Contains(text, "khac.csv") {
		t.Errorf("passes over:\n%s", text)
	}
}
