package admin_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/org"
)

var (
	restoring = regexp.MustCompile(`action="([^"]+/restore\?[^"]+)"`)
	colleague = actor.Actor{Kind: "person", ID: "dong-nghiep", Name: "Trần Thị Đồng Nghiệp"}
)

// restores are the addresses at which a page puts former contents back, the
// newest change first.
func restores(text string) (all []string) {
	for _, m := range restoring.FindAllStringSubmatch(text, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

// TestPeople_orgEditors: of two who have an organisation open the second is told
// who changed what, and keeps what they typed; a former content is put back.
func TestPeople_orgEditors(t *testing.T) {
	w := newPeopleWorld(t)
	ctx := t.Context()
	path := "/admin/organisations/hy-syt"
	snap, err := w.orgs.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	seen, _ := snap.Org("hy-syt")
	if _, text := w.get(path); strings.Count(text, `name="base" value="`+string(seen.Base())) != 4 {
		t.Error("the forms do not say what they were made from")
	}
	theirs := seen.Clone()
	theirs.Note = "Ghi chú của đồng nghiệp"
	if err := w.orgs.Put(ctx, colleague, seen.Base(), theirs); err != nil {
		t.Fatal(err)
	}
	for _, mine := range [][]string{{"change", "name", "Sở Y tế của tôi", "level", "province"}, {"move", "parent", "", "on", "1/8/2026"}, {"recode", "code", "H31.77", "on", "1/8/2026"}, {"end", "on", "31/12/2030"}} {
		status, _, text := w.post(path+"/"+mine[0], append(mine[1:], "base", string(seen.Base()))...)
		if status != 409 {
			t.Errorf("%s: %d", mine[0], status)
		}
		for _, want := range append([]string{"vừa được " + colleague.Name + " sửa lúc", "Ghi chú của đồng nghiệp"}, mine[2]) {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the page lacks %q", mine[0], want)
			}
		}
	}
	_, text := w.get(path)
	all := restores(text)
	if strings.Contains(text, "tế của tôi") || len(all) != 1 {
		t.Fatalf("half done, or not to be put back: %q", all)
	}
	if status, to, text := w.post(all[0]); status != 303 || to != path+"?done=changed" {
		t.Errorf("restoring: %d %s %s", status, to, plainText(text))
	}
	if e, ok := w.noteOf("restore"); !ok || e.ID != "hy-syt" || e.Result != "done" {
		t.Errorf("written down as %+v", e)
	}
	if snap, err = w.orgs.Snapshot(ctx); err != nil {
		t.Fatal(err)
	}
	if now, _ := snap.Org("hy-syt"); now.Base() != seen.Base() {
		t.Errorf("restored: %+v", now)
	}
	if status, _, _ := w.post(path + "/restore?revision=khong-co&base=" + string(seen.Base())); status != 404 {
		t.Errorf("what never was: %d", status)
	}
}

// TestPeople_postEditors: the same of a post.
func TestPeople_postEditors(t *testing.T) {
	w := newPeopleWorld(t)
	ctx := t.Context()
	_, seen := w.someone("mau-an", "Lê Thị Mẫu An", "Chuyên viên")
	path := "/admin/posts/" + seen.ID
	theirs := seen
	theirs.To = org.On(org.Today(w.Control.Now()) + 10)
	if err := w.orgs.ChangePost(ctx, colleague, seen.Base(), theirs); err != nil {
		t.Fatal(err)
	}
	for _, mine := range [][]string{{"change", "title", "Chuyên viên của tôi"}, {"end", "on", "31/12/2030"}} {
		status, _, text := w.post(path+"/"+mine[0], append(mine[1:], "base", string(seen.Base()))...)
		if status != 409 {
			t.Errorf("%s: %d", mine[0], status)
		}
		for _, want := range []string{"vừa được " + colleague.Name + " sửa lúc", "đến hết ngày " + theirs.To.Display(), mine[2]} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the page lacks %q\n%s", mine[0], want, plainText(text))
			}
		}
	}
	_, text := w.get(path)
	all := restores(text)
	if strings.Contains(text, "Chuyên viên của tôi") || len(all) != 1 {
		t.Fatalf("half done, or not to be put back: %q", all)
	}
	if status, to, text := w.post(all[0]); status != 303 || to != path+"?done=changed" {
		t.Errorf("restoring: %d %s %s", status, to, plainText(text))
	}
	snap, err := w.orgs.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if now, _ := snap.Post(seen.ID); now.Base() != seen.Base() {
		t.Errorf("restored: %+v", now)
	}
}
