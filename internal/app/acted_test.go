package app

import (
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// TestActed: a hand-over is undone while the new holder has only looked after
// their own account, and not once they have acted for the post's organisation.
func TestActed(t *testing.T) {
	a := open(t, config(t.TempDir()))
	ctx := t.Context()
	by := actor.System
	for _, id := range []string{"so-mau", "so-khac"} {
		if err := a.Orgs.Put(ctx, by, org.Whatever, org.Org{ID: id, Name: "Sở " + id, Level: org.Province}); err != nil {
			t.Fatal(err)
		}
	}
	rep, err := a.Orgs.ImportPeople(ctx, by, []org.ImportRow{
		{Name: "Nguyễn Văn Mẫu", OrgCode: "so-mau", Title: "Chuyên viên", Email: "truoc@phohien.example", From: org.On(a.Orgs.Today() - 9), Generated: true},
		{Name: "Trần Thị Mẫu", OrgCode: "so-khac", Title: "Chuyên viên", Email: "sau@phohien.example", Generated: true},
	}, false)
	if err != nil || !rep.Written {
		t.Fatalf("%+v %v", rep, err)
	}
	acc, err := a.Accounts.Add(ctx, actor.System, identity.NewAccount{Login: "mau-sau", Name: "Trần Thị Mẫu", PersonID: rep.Rows[1].Person, OrgID: "so-khac"})
	if err != nil {
		t.Fatal(err)
	}
	did := func(action policy.Action, object, in, result string) {
		t.Helper()
		_, err := a.Audit.Append(ctx, audit.Entry{Actor: audit.Actor{Kind: acc.Kind, ID: acc.ID, Name: acc.Name}, Org: in, Action: string(action), Object: object, Result: result})
		if err != nil {
			t.Fatal(err)
		}
	}
	hand := func() org.HandOver {
		t.Helper()
		time.Sleep(2 * time.Millisecond) // ids of posts tell the time to the millisecond
		h, err := a.Orgs.HandOver(ctx, by, rep.Rows[0].Post, rep.Rows[1].Person, a.Orgs.Today(), "")
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	did(policy.Send, "dataset:thu", "so-mau", audit.Done) // before the post was theirs
	h := hand()
	did(policy.OwnAccount, "self:", "so-mau", audit.Done)
	did("password.change", "account:"+acc.ID, "so-mau", audit.Done)
	did(policy.Send, "dataset:thu", "so-khac", audit.Done) // for another organisation
	did(policy.Send, "dataset:thu", "so-mau", audit.Deny)  // did not come to pass
	if _, err := a.Orgs.UndoHandOver(ctx, by, h.ID); err != nil {
		t.Fatalf("nothing was done in the post: %v", err)
	}
	h = hand()
	did(policy.Confirm, "batch:thu", "so-mau", audit.Done)
	if _, err := a.Orgs.UndoHandOver(ctx, by, h.ID); !fault.Is(err, "org.hand-acted") {
		t.Errorf("undone although the new holder has acted: %v", err)
	}
}
