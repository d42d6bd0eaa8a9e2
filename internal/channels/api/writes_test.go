package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// write sends a document as JSON.
func (h *harness) write(method, path string, body any, headers ...string) *answer {
	h.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.ask(method, "/api/v1"+path, strings.NewReader(string(text)), append(headers, "Content-Type: application/json")...)
}

type object = map[string]any

// parts are what an answer says of parts of the request, one after the other.
func (a *answer) parts() string {
	a.t.Helper()
	var p api.Problem
	a.into(&p)
	text := ""
	for _, one := range p.Errors {
		text += one.Location + " " + one.Message + "\n"
	}
	return text
}

// wrote reports whether the log has an action on something that was done, for a
// reason or a change.
func (g *guarded) wrote(action, id, key, value string) {
	g.t.Helper()
	for _, e := range g.notes() {
		if string(e.Action) == action && e.ID == id && e.Result == "done" && e.Detail[key] == value {
			return
		}
	}
	g.t.Errorf("the log has no %s of %s with %s %q", action, id, key, value)
}

const analyst = "Test-Role: " + policy.RoleAnalyst

// askWrites asks once for what changes what the platform stands on; the answers are
// held against the document.
func askWrites(h *harness) {
	for _, path := range []string{"/calendar/changes", "/codelists/dan-toc/versions", "/measures", "/measures/QT-01", "/dossier", "/dossier/layout", "/policies", "/policies/khong-co",
		"/organisations/hy-syt/history", "/organisations/hy-syt/posts", "/posts/khong-co", "/hand-overs", "/hand-overs/khong-co"} {
		h.get("/api/v1" + path)
	}
	based, again := object{"base": "x", "on": "2026-01-01"}, object{"base": "x", "digest": "y", "why": "thử"}
	for _, c := range []struct {
		method, path string
		body         object
	}{
		{"POST", "/calendar/changes/99999/undo", object{}}, {"PUT", "/codelists/khong-co/codes", object{"base": "x", "items": []object{{"code": "A", "name": "A"}}}},
		{"POST", "/codelists/khong-co/codes", object{"base": "x", "code": "A", "name": "A"}}, {"POST", "/codelists/khong-co/again", again},
		{"PUT", "/measures/khong-co", object{"sql": "", "base": "x", "why": "thử"}}, {"POST", "/measures/khong-co/again", again}, {"POST", "/measures/khong-co/declarations", object{"period": "2026"}},
		{"PUT", "/dossier/layout", object{"title": "x", "sections": []object{}, "base": "x", "why": "thử"}}, {"POST", "/dossier/layout/again", again},
		{"POST", "/policies/thu/check", object{"text": "x"}}, {"PUT", "/policies/thu", object{"text": "x"}}, {"POST", "/policies/thu/remove", object{"base": "x", "note": "thử"}}, {"POST", "/policies/thu/undo", object{"seq": 99999}},
		{"POST", "/organisations", object{"id": "", "name": "", "level": ""}}, {"PUT", "/organisations/khong-co", object{"base": "x", "name": "x", "level": "province"}},
		{"POST", "/organisations/khong-co/move", based}, {"POST", "/organisations/khong-co/recode", based}, {"POST", "/organisations/khong-co/end", based},
		{"POST", "/organisations/khong-co/restore", object{"base": "x", "revision": "y"}},
		{"POST", "/posts", object{"person": "khong-co", "org": "hy-syt", "title": "x"}}, {"PUT", "/posts/khong-co", object{"base": "x", "title": "x"}}, {"POST", "/posts/khong-co/end", based},
		{"POST", "/posts/khong-co/restore", object{"base": "x", "revision": "y"}}, {"POST", "/posts/khong-co/hand-over", object{"to": "khong-co", "on": "2026-01-01"}}, {"POST", "/hand-overs/khong-co/undo", nil},
	} {
		h.write(c.method, c.path, c.body)
	}
}

// TestCalendarChanges: a day is changed, told with what it was, and undone; not by
// who may not, and not over what somebody has changed since.
func TestCalendarChanges(t *testing.T) {
	h := newGuarded(t, nil)
	put := func(kind string) {
		t.Helper()
		h.write("PUT", "/calendar/days", object{"year": 2026, "days": []object{{"date": "2026-12-23", "kind": kind, "name": "Thử " + kind}}, "why": "Thông báo " + kind}).want(200)
	}
	put("off")
	put("swap_off")
	var list struct{ Items []api.CalendarChange }
	h.get("/api/v1/calendar/changes?year=2026").want(200).into(&list)
	if len(list.Items) < 2 {
		t.Fatalf("%+v", list)
	}
	last, first := list.Items[0], list.Items[1]
	if last.Before == nil || last.After == nil || last.Before.Kind != "off" || last.After.Name != "Thử swap_off" || !last.Undo || first.Before != nil || first.Undo || last.Why != "Thông báo swap_off" {
		t.Errorf("%+v\n%+v", last, first)
	}
	undo := func(edition int64, headers ...string) *answer {
		t.Helper()
		return h.write("POST", fmt.Sprintf("/calendar/changes/%d/undo", edition), object{"why": "Nhầm ngày"}, headers...)
	}
	undo(last.Edition, analyst).problem(403, "door.denied")
	undo(first.Edition).problem(409, "deadline.day-changed")
	undo(99999).problem(404, "deadline.no-edit")
	h.ask("POST", "/api/v1/calendar/changes/0/undo", strings.NewReader("{}"), "Content-Type: application/json").want(422)
	var year api.CalendarYear
	undo(last.Edition).want(200).into(&year)
	if i := slices.IndexFunc(year.Days, func(d api.CalendarDay) bool { return d.Date.String() == "2026-12-23" }); i < 0 || year.Days[i].Name != "Thử off" || year.Year != 2026 {
		t.Errorf("%+v", year)
	}
	h.wrote("edit-contract", "calendar", "undone", fmt.Sprint(last.Edition))
}

// TestCodeListEdit changes codes, all at once and one by one, looks first, and goes
// back; lines that are wrong, new meanings and second editors are told.
func TestCodeListEdit(t *testing.T) {
	h := newGuarded(t, nil)
	l, err := dictionary.Parse([]byte("kind: CodeList\nid: thu-loai\nname: Loại (thử)\nversion: 1.0.0\ncodes:\n  - {code: A, name: Trường học}\n  - {code: B, name: Bệnh viện, validTo: 2025-06-30}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.province.CodeLists.Put(t.Context(), actor.System, l); err != nil {
		t.Fatal(err)
	}
	const at = "/codelists/thu-loai"
	read := func() (d api.CodeListDetail) {
		t.Helper()
		h.get("/api/v1" + at).want(200).into(&d)
		return d
	}
	base := read().Digest
	one := func(query string, body object, headers ...string) *answer {
		t.Helper()
		return h.write("POST", at+"/codes"+query, body, headers...)
	}
	market := object{"code": "C", "name": "Chợ", "valid_from": "2026-01-01", "aliases": []string{"Chợ phiên", "Chợ đêm"}, "base": base, "why": "Theo Quyết định 12"}
	one("", market, analyst).problem(403, "door.denied")
	var change api.CodeListChange
	one("?preview=true", market).want(200).into(&change)
	if change.Kept || change.Version != "1.0.1" || len(change.Changes) != 1 || !strings.Contains(change.Changes[0].Vi, "Chợ") || read().Digest != base {
		t.Errorf("a preview: %+v", change)
	}
	one("", market).want(200).into(&change)
	if d := read(); !change.Kept || d.Digest != change.Digest || len(d.Items) != 3 || len(d.Items[2].Aliases) != 2 || d.Items[2].From == nil {
		t.Errorf("%+v %+v", change, d)
	}
	h.wrote("edit-contract", "thu-loai", "reason", "Theo Quyết định 12")
	now := change.Digest
	// The second of two is told what the first has done.
	if told := one("", object{"code": "D", "name": "Kho", "base": base, "why": "thử"}).problem(409, "codelist.changed").parts(); !strings.Contains(told, "Chợ") {
		t.Errorf("%q", told)
	}
	one("", object{"code": "D", "name": "Kho", "base": now}).problem(400, "moves.no-why")
	one("", object{"code": "A", "name": "Trường học", "base": now, "why": "thử"}).problem(400, "codelist.same")
	one("", object{"code": "D", "name": "Kho", "aliases": []string{"a|b"}, "base": now, "why": "thử"}).problem(400, "codelist.alias")
	if told := one("", object{"code": "A", "name": "Nhà máy", "base": now, "why": "thử"}).problem(409, "codelist.renamed").parts(); !strings.Contains(told, "“Trường học” → “Nhà máy”") {
		t.Errorf("%q", told)
	}
	if told := one("", object{"code": "B", "name": "Phòng khám", "valid_from": "2025-06-01", "base": now, "why": "thử"}).problem(400, "codelist.wrong").parts(); !strings.Contains(told, "“Bệnh viện”") {
		t.Errorf("%q", told)
	}
	// A code ends; all are put at once.
	one("", object{"code": "C", "name": "Chợ", "valid_from": "2026-01-01", "valid_to": "2026-12-31", "base": now, "why": "Giải thể"}).want(200).into(&change)
	all := func(items []object, base string) *answer {
		t.Helper()
		return h.write("PUT", at+"/codes", object{"items": items, "base": base, "why": "Thay cả danh mục"})
	}
	if told := all([]object{{"code": "A", "name": "Trường học"}, {"code": "B", "name": "B", "parent": "X"}}, change.Digest).problem(400, "codelist.wrong").parts(); !strings.Contains(told, "line 2 ") {
		t.Errorf("%q", told)
	}
	all([]object{}, change.Digest).want(422)
	all([]object{{"code": "A", "name": "Trường học"}, {"code": "B", "name": "Bệnh viện"}}, change.Digest).want(200)
	var versions struct{ Items []api.CodeListVersion }
	h.get("/api/v1" + at + "/versions").want(200).into(&versions)
	if len(versions.Items) != 4 || versions.Items[0].State != "current" || len(versions.Items[0].Changes) != 2 || versions.Items[0].InstalledBy == "" {
		t.Errorf("%+v", versions)
	}
	h.get("/api/v1"+at+"/versions", nobody).want(200).into(&versions)
	if versions.Items[0].InstalledBy != "" {
		t.Error("strangers are told who changed a list")
	}
	// Back to the first.
	again := func(digest, base string) *answer {
		t.Helper()
		return h.write("POST", at+"/again", object{"digest": digest, "base": base, "why": "Nhầm"})
	}
	current := read().Digest
	again(l.Digest, now).problem(409, "codelist.changed")
	again("0123456789", current).problem(404, "codelist.unknown")
	again(l.Digest, current).want(200)
	if d := read(); d.Digest != l.Digest || len(d.Items) != 2 {
		t.Errorf("%+v", d)
	}
}

// TestMeasures changes a measure, tells who was second, goes back, and declares.
func TestMeasures(t *testing.T) {
	h := newGuarded(t, nil)
	var list struct{ Items []api.Measure }
	h.get("/api/v1/measures").want(200).into(&list)
	if len(list.Items) < 16 {
		t.Fatalf("%d measures", len(list.Items))
	}
	var m api.MeasureDetail
	h.get("/api/v1/measures/KT-KQ-1").want(200).into(&m)
	was := m.Digest
	put := func(sql string, target float64, base, why string, headers ...string) *answer {
		t.Helper()
		return h.write("PUT", "/measures/KT-KQ-1", object{"sql": sql, "target": target, "base": base, "why": why}, headers...)
	}
	put(m.SQL, 77, was, "thử", analyst).problem(403, "door.denied")
	put("SELECT khong_co FROM bo_du_lieu", 77, was, "thử").problem(400, "measure.sql")
	put(m.SQL, 77, was, " ").problem(400, "measure.why")
	put(m.SQL, 77, was, "Kế hoạch mới").want(200).into(&m)
	if m.Target == nil || *m.Target != 77 || m.Versions[0].Why != "Kế hoạch mới" || m.Digest == was {
		t.Errorf("%+v", m)
	}
	if told := put(m.SQL, 80, was, "thử").problem(409, "measure.changed").parts(); !strings.Contains(told, "“80”") || !strings.Contains(told, "“77”") {
		t.Errorf("%q", told)
	}
	h.write("POST", "/measures/KT-KQ-1/again", object{"digest": "0123456789", "base": m.Digest}).problem(404, "measure.unknown")
	h.write("POST", "/measures/KT-KQ-1/again", object{"digest": was, "base": m.Digest}).want(200).into(&m)
	if m.Digest != was {
		t.Errorf("%+v", m)
	}
	declare := func(body object, headers ...string) *answer {
		t.Helper()
		return h.write("POST", "/measures/QT-01/declarations", body, headers...)
	}
	cdo := "Test-Role: " + policy.RoleCDO
	declare(object{"period": "2026", "value": 60, "evidence": "12/QĐ"}).problem(403, "door.denied")
	declare(object{"period": "2026", "value": 60}, cdo).problem(400, "measure.evidence")
	declare(object{"period": "2026", "value": 60, "evidence": "12/QĐ (mẫu)"}, cdo).want(200).into(&m)
	if len(m.Declared) != 1 || m.Declared[0].Value == nil || *m.Declared[0].Value != 60 {
		t.Errorf("%+v", m.Declared)
	}
	h.get("/api/v1/measures/khong-co").problem(404, "measure.unknown")
}

// TestDossierLayout puts another layout in force and the former one back; the paper
// is written by it.
func TestDossierLayout(t *testing.T) {
	h := newGuarded(t, nil)
	const at = "/dossier/layout"
	var l api.DossierLayoutDetail
	h.get("/api/v1" + at).want(200).into(&l)
	h.get("/api/v1"+at, analyst).problem(403, "door.denied")
	was := l.Digest
	put := func(title, base, why string, sections ...object) *answer {
		t.Helper()
		return h.write("PUT", at, object{"title": title, "sections": sections, "base": base, "why": why})
	}
	sharing := object{"heading": "CHIA SẺ", "text": "Năm {nam}.", "parts": []string{"chia-se"}}
	put("Dữ liệu năm {nam}", was, " ", sharing).problem(400, "dossier.why")
	put("Dữ liệu năm {nm}", was, "thử", sharing).problem(400, "dossier.wrong")
	put("Dữ liệu năm {nam}", was, "thử", object{"heading": "x", "parts": []string{"khac"}}).problem(400, "dossier.wrong")
	h.write("PUT", at, object{"title": "x", "sections": []object{sharing}, "base": was, "why": "x"}, analyst).problem(403, "door.denied")
	put("Dữ liệu năm {nam}", was, "Mẫu mới của tỉnh", sharing).want(200).into(&l)
	if l.Digest == was || len(l.Sections) != 1 || len(l.Versions) != 2 || l.Versions[0].Why != "Mẫu mới của tỉnh" || len(l.Parts) == 0 {
		t.Errorf("%+v", l)
	}
	if told := put("Của người khác", was, "thử", sharing).problem(409, "dossier.changed").parts(); !strings.Contains(told, "“Của người khác”") || !strings.Contains(told, "“Dữ liệu năm {nam}”") {
		t.Errorf("%q", told)
	}
	cdo := "Test-Role: " + policy.RoleCDO
	if a := h.get("/api/v1/dossier", cdo).want(200); !strings.HasPrefix(string(a.body), "PK") {
		t.Error("no document")
	}
	if a := h.get("/api/v1/dossier?format=pdf", cdo).want(200); !strings.HasPrefix(string(a.body), "%PDF") {
		t.Error("no PDF")
	}
	h.get("/api/v1/dossier").problem(403, "door.denied")
	again := func(digest, base string) *answer {
		t.Helper()
		return h.write("POST", at+"/again", object{"digest": digest, "base": base})
	}
	again(was, was).problem(409, "dossier.changed")
	again("0123456789", l.Digest).problem(404, "dossier.unknown")
	again(was, l.Digest).want(200).into(&l)
	if l.Digest != was {
		t.Errorf("%+v", l)
	}
	h.wrote("edit-contract", "dossier", "reason", "Mẫu mới của tỉnh")
}

// TestOrganisationWrites makes, changes, ends and restores an organisation; the
// second of two editors is told both values.
func TestOrganisationWrites(t *testing.T) {
	h := newGuarded(t, nil)
	const at = "/organisations/hy-trung-tam-mau"
	add := object{"id": "hy-trung-tam-mau", "name": "Trung tâm Mẫu", "level": "service-unit", "province": "33", "parent": "hy-skhcn", "valid_from": "2026-01-01"}
	h.write("POST", "/organisations", add, analyst).problem(403, "door.denied")
	var o api.KeptOrganisation
	a := h.write("POST", "/organisations", add).want(201)
	a.into(&o)
	if o.Base == "" || len(o.Parents) != 1 || len(o.History) != 1 || !o.History[0].Made || a.response.Header.Get("Location") != "/api/v1"+at {
		t.Errorf("%+v", o)
	}
	h.write("POST", "/organisations", add).problem(409, "people.orgs.there")
	h.write("POST", "/organisations", object{"id": "Sai Mã", "name": "x", "level": "province"}).problem(400, "org.bad-id")
	h.write("POST", "/organisations", object{"id": "hy-x", "name": "", "level": "province"}).problem(400, "org.no-name")
	h.write("POST", "/organisations", object{"id": "hy-x", "name": "x", "level": "tinh"}).problem(400, "org.bad-level")
	h.get("/api/v1"+at+"/history", analyst).problem(403, "door.denied")
	first := o.Base
	change := func(name string, base org.Base) *answer {
		t.Helper()
		return h.write("PUT", at, object{"name": name, "level": "service-unit", "base": base})
	}
	change("Trung tâm Mẫu số", first).want(200).into(&o)
	if o.Name != "Trung tâm Mẫu số" || len(o.History[0].Fields) != 1 || o.History[0].Fields[0].Before != "Trung tâm Mẫu" || !o.History[0].Restore {
		t.Errorf("%+v", o.History[0])
	}
	if told := change("Trung tâm của tôi", first).problem(409, "org.changed").parts(); !strings.Contains(told, "name ") || !strings.Contains(told, "“Trung tâm của tôi”") || !strings.Contains(told, "“Trung tâm Mẫu số”") {
		t.Errorf("%q", told)
	}
	h.write("PUT", at, object{"name": "x", "level": "service-unit"}).want(422)
	for _, c := range []struct {
		what string
		body object
	}{
		{"recode", object{"code": "H31.99", "on": "2026-06-01"}}, {"move", object{"parent": "hy-syt", "on": "2026-07-01"}}, {"end", object{"on": "2030-12-31", "successors": []string{"hy-syt"}}},
	} {
		c.body["base"] = first
		h.write("POST", at+"/"+c.what, c.body).problem(409, "org.changed")
		c.body["base"] = o.Base
		h.write("POST", at+"/"+c.what, c.body).want(200).into(&o)
		h.wrote("manage-org", "hy-trung-tam-mau", "change", c.what)
	}
	if len(o.Codes) != 1 || o.Codes[0].Value != "H31.99" || len(o.Parents) != 2 || o.ValidTo != "2030-12-31" || !slices.Equal(o.After, []string{"hy-syt"}) {
		t.Errorf("%+v", o)
	}
	h.write("POST", at+"/move", object{"parent": "khong-co", "on": "2026-08-01", "base": o.Base}).problem(400, "org.no-parent")
	h.write("POST", at+"/recode", object{"code": "sai", "on": "2026-08-01", "base": o.Base}).problem(400, "org.bad-code")
	h.write("POST", "/organisations/khong-co/end", object{"on": "2026-08-01", "base": "x"}).problem(404, "org.never")
	restore := func(revision string, base org.Base) *answer {
		t.Helper()
		return h.write("POST", at+"/restore", object{"revision": revision, "base": base})
	}
	ended := o.History[0].ID
	restore(ended, first).problem(409, "org.changed")
	restore("khong-co", o.Base).problem(404, "org.no-former")
	restore(ended, o.Base).want(200).into(&o)
	if o.ValidTo != "" || len(o.After) != 0 {
		t.Errorf("%+v", o)
	}
	h.get("/api/v1"+at+"?on=2026-08-01", nobody).want(200)
}

// TestPosts gives a post, changes, hands over, takes back, ends and restores it.
func TestPosts(t *testing.T) {
	h := newGuarded(t, nil)
	by := actor.Actor{Kind: "person", ID: "thu", Name: "Người thử"}
	person := func(name, email string) org.Person {
		t.Helper()
		p, err := h.province.Orgs.AddPerson(t.Context(), by, org.Person{Name: name, Email: email, Generated: true})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	before, after := person("Lê Thị Mẫu An", "mau-an@phohien.example"), person("Hoàng Văn Mẫu Sau", "mau-sau@phohien.example")
	give := object{"person": before.Email, "org": "hy-syt", "title": "Phó Chánh Văn phòng", "roles": []string{policy.RoleSteward}, "units": []string{"11953"}, "valid_from": "2026-01-01"}
	h.write("POST", "/posts", give, analyst).problem(403, "door.denied")
	var p api.PostDetail
	h.write("POST", "/posts", give).want(201).into(&p)
	if p.Person.Name != before.Name || !p.Deputy || p.Base == "" || p.ValidFrom != "2026-01-01" || len(p.History) != 1 {
		t.Errorf("%+v", p)
	}
	h.write("POST", "/posts", give).problem(409, "org.post-twice")
	wrong := func(key string, value any) object {
		o := object{}
		for k, v := range give {
			o[k] = v
		}
		o["title"], o[key] = "Chuyên viên", value
		return o
	}
	h.write("POST", "/posts", wrong("person", "khong-co")).problem(400, "people.no-person")
	h.write("POST", "/posts", wrong("org", "khong-co")).problem(404, "org.never")
	h.write("POST", "/posts", wrong("roles", []string{"vua"})).problem(400, "identity.role")
	h.write("POST", "/posts", wrong("title", " ")).problem(400, "org.post-title")
	h.write("POST", "/posts", wrong("valid_to", "2025-01-01")).problem(400, "org.post-span")
	var list struct{ Items []api.Post }
	h.get("/api/v1/organisations/hy-syt/posts?on=2026-02-01").want(200).into(&list)
	if len(list.Items) != 1 || list.Items[0].ID != p.ID {
		t.Errorf("%+v", list)
	}
	at, first := "/posts/"+p.ID, p.Base
	text := object{"title": "Chánh Văn phòng", "roles": []string{policy.RoleSteward}, "valid_from": "2026-01-01", "base": first}
	h.write("PUT", at, text).want(200).into(&p)
	if p.Deputy || p.Title != "Chánh Văn phòng" || len(p.Units) != 0 || len(p.History[0].Fields) != 2 {
		t.Errorf("%+v", p)
	}
	text["title"] = "Chuyên viên của tôi"
	if told := h.write("PUT", at, text).problem(409, "org.post-changed").parts(); !strings.Contains(told, "“Chuyên viên của tôi”") || !strings.Contains(told, "“Chánh Văn phòng”") {
		t.Errorf("%q", told)
	}
	h.write("POST", at+"/end", object{"on": "2026-12-31", "base": first}).problem(409, "org.post-changed")

	// It is handed over, looked at first, and given back.
	hand := object{"to": after.Email, "on": "2026-06-01", "note": "Chuyển công tác"}
	var over api.HandOver
	h.write("POST", at+"/hand-over?preview=true", hand).want(200).into(&over)
	if over.ID != "" || over.To.Name != after.Name || len(over.Items) < 2 {
		t.Errorf("%+v", over)
	}
	h.write("POST", at+"/hand-over", object{"to": before.Email, "on": "2026-06-01"}).problem(400, "org.hand-same")
	h.write("POST", at+"/hand-over", hand).want(200).into(&over)
	var hands struct{ Items []api.HandOver }
	h.get("/api/v1/hand-overs?org=hy-syt").want(200).into(&hands)
	if len(hands.Items) != 1 || hands.Items[0].ID != over.ID || over.NewPost == "" {
		t.Errorf("%+v", hands)
	}
	h.get("/api/v1/hand-overs/"+over.ID, analyst).problem(403, "door.denied")
	h.get("/api/v1/posts/" + over.NewPost).want(200)
	h.write("POST", "/hand-overs/"+over.ID+"/undo", nil).want(200).into(&over)
	if over.UndoneAt == "" || over.UndoneBy == nil {
		t.Errorf("%+v", over)
	}
	h.write("POST", "/hand-overs/"+over.ID+"/undo", nil).problem(409, "org.hand-undone")

	// It ends, and is put back.
	h.get("/api/v1" + at).want(200).into(&p)
	h.write("POST", at+"/end", object{"on": "2026-12-31", "base": p.Base}).want(200).into(&p)
	if p.ValidTo != "2026-12-31" {
		t.Errorf("%+v", p)
	}
	h.write("POST", at+"/restore", object{"revision": p.History[0].ID, "base": first}).problem(409, "org.post-changed")
	h.write("POST", at+"/restore", object{"revision": p.History[0].ID, "base": p.Base}).want(200).into(&p)
	if p.ValidTo != "" {
		t.Errorf("%+v", p)
	}
	h.wrote("manage-accounts", "hy-syt", "change", "post.restore")
}

// TestPolicyWrites puts a policy into force, changes it, takes it out and goes back.
func TestPolicyWrites(t *testing.T) {
	h := newGuarded(t, nil)
	const at = "/policies/thu.so-lieu"
	text := func(role string) string {
		return `@id("thu.so-lieu")` + "\n" + `@vi("Thử.")` + "\n" + `@en("A trial.")` + "\n" + `@rows("all")` + "\n" + `permit (principal in Role::"` + role + `", action == Action::"read", resource is Dataset);`
	}
	var check struct {
		Usable   bool
		Findings []api.PolicyFinding
	}
	h.write("POST", at+"/check", object{"text": "permit ("}).want(200).into(&check)
	if check.Usable || len(check.Findings) == 0 || check.Findings[0].Vi == "" {
		t.Errorf("%+v", check)
	}
	h.write("POST", at+"/check", object{"text": text(policy.RoleAnalyst)}).want(200).into(&check)
	if !check.Usable {
		t.Errorf("%+v", check)
	}
	h.write("PUT", at, object{"text": text(policy.RoleAnalyst)}, analyst).problem(403, "door.denied")
	h.get("/api/v1/policies", analyst).problem(403, "door.denied")
	if told := h.write("PUT", at, object{"text": "permit ("}).problem(400, "policy.invalid").parts(); !strings.Contains(told, "line ") {
		t.Errorf("%q", told)
	}
	h.write("PUT", "/policies/new", object{"text": text(policy.RoleAnalyst)}).problem(400, "rules.no-id")
	var p api.PolicyDetail
	h.write("PUT", at, object{"text": text(policy.RoleAnalyst), "note": "Thử nghiệm"}).want(200).into(&p)
	first := p.Digest
	if p.Note != "Thử nghiệm" || len(p.History) != 1 || p.Version != 1 {
		t.Errorf("%+v", p)
	}
	h.write("PUT", at, object{"text": text(policy.RoleSteward), "base": first}).want(200).into(&p)
	h.write("PUT", at, object{"text": text(policy.RoleEntry), "base": first}).problem(409, "policy.changed")
	h.write("POST", at+"/remove", object{"base": first, "note": "thử"}).problem(409, "policy.changed")
	h.write("POST", at+"/undo", object{"seq": p.Seq}).want(200).into(&p)
	if p.Digest != first || p.Version != 3 {
		t.Errorf("%+v", p)
	}
	h.write("POST", at+"/undo", object{"seq": p.History[2].Seq}).problem(409, "policy.changed")
	h.write("POST", at+"/remove", object{"base": first, "note": "Thôi dùng"}).want(200).into(&p)
	if !p.Removed {
		t.Errorf("%+v", p)
	}
	var list struct{ Items []api.PolicyVersion }
	h.get("/api/v1/policies").want(200).into(&list)
	if len(list.Items) == 0 || slices.ContainsFunc(list.Items, func(v api.PolicyVersion) bool { return v.ID == "thu.so-lieu" }) {
		t.Errorf("%d policies, or one that was removed", len(list.Items))
	}
	h.wrote("edit-policy", "thu.so-lieu", "removed", "yes")
}
