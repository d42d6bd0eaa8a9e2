package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
)

const (
	erasedPerson = "033270001001" // given to nobody: births of 2070
	keptPerson   = "033270001002"
	otherPerson  = "033270001003"
)

// personsSet is a data set with personal numbers as its key, ledgerSet one that
// names people in a column.
const personsSet = `apiVersion: v3.1.0
kind: DataContract
id: nguoi-thu
name: Người hưởng (thử)
version: 1.0.0
status: active
schema:
- name: nguoi
  businessName: Người hưởng (thử)
  properties:
  - {name: so, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true, businessName: Số định danh, customProperties: [{property: phohien.identifier, value: cccd}, {property: phohien.personal, value: {class: basic, kind: personal_id}}]}
  - {name: ten, logicalType: string, required: true, businessName: Họ và tên, customProperties: [{property: phohien.personal, value: {class: basic, kind: name}}]}
customProperties:
- {property: phohien.owner, value: hy-syt}
- {property: phohien.access, value: restricted}
- {property: phohien.class, value: other}
`

const ledgerSet = `apiVersion: v3.1.0
kind: DataContract
id: so-theo-doi
name: Sổ theo dõi (thử)
version: 1.0.0
status: active
schema:
- name: so
  businessName: Sổ theo dõi (thử)
  properties:
  - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true, businessName: Mã, customProperties: [{property: phohien.personal, value: {class: none}}]}
  - {name: chu, logicalType: string, businessName: Số định danh, customProperties: [{property: phohien.personal, value: {class: basic, kind: personal_id}}]}
customProperties:
- {property: phohien.owner, value: hy-snv}
- {property: phohien.access, value: restricted}
- {property: phohien.class, value: other}
`

// An eraseWorld is a guarded province with two agencies' data of persons. Who
// asks is said by the header Test-Who: "role@agency id words…".
type eraseWorld struct {
	*guarded
	mu   sync.Mutex
	uses []door.Use
}

func newEraseWorld(t *testing.T) *eraseWorld {
	t.Helper()
	w := &eraseWorld{guarded: newGuarded(t, nil)}
	d := w.province.Door
	d.Known = func(r *http.Request) (*door.Caller, error) {
		words := strings.Fields(r.Header.Get("Test-Who"))
		if len(words) < 2 {
			return nil, nil
		}
		role, org, _ := strings.Cut(words[0], "@")
		c := &door.Caller{
			Who:   policy.Who{Kind: "person", ID: words[1], Org: org, Orgs: []string{org}, Covers: []string{org}, Roles: []string{policy.RoleOfficial, role}, Strong: slices.Contains(words, "strong"), Inside: true},
			Actor: actor.Actor{Kind: "person", ID: words[1], Name: "Cán bộ " + words[1], Org: org},
		}
		if role == "operator" {
			c.Who = policy.Who{Kind: "program", ID: "operator", Roles: []string{policy.RoleAdmin}, Strong: true, Inside: true}
			c.Actor = actor.Actor{Kind: "program", ID: "operator", Name: "Người vận hành"}
		}
		if slices.Contains(words, "purpose") {
			c.Purpose = policy.Purpose{Code: "quyen-chu-the", Text: "thử", Basis: "Luật 91/2025/QH15"}
		}
		return c, nil
	}
	d.Use = func(_ context.Context, u door.Use) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.uses = append(w.uses, u)
		return nil
	}
	w.province.Put(t, personsSet)
	w.province.Put(t, ledgerSet)
	w.load("data_steward@hy-syt an", "nguoi-thu", "so,ten\n"+erasedPerson+",Người Mẫu Một\n"+keptPerson+",Người Mẫu Hai\n"+otherPerson+",Người Mẫu Ba\n")
	w.load("data_steward@hy-syt an", "nguoi-thu", "so,ten\n"+erasedPerson+",\n") // a line that does not pass
	w.load("data_steward@hy-snv giang", "so-theo-doi", "ma,chu\nA1,"+erasedPerson+"\nA2,"+otherPerson+"\n")
	return w
}

const (
	an    = "data_steward@hy-syt an purpose strong"
	binh  = "data_steward@hy-syt binh purpose strong"
	clerk = "data_entry@hy-syt chi purpose"
	giang = "data_steward@hy-snv giang purpose strong"
	ops   = "operator@ van-hanh purpose"
)

func (w *eraseWorld) load(who, set, csv string) {
	w.t.Helper()
	a := w.send(set, "tep.csv", []byte(csv), "Test-Who: "+who)
	if a.response.StatusCode != 200 && a.response.StatusCode != 201 {
		w.t.Fatalf("loading %s: %s %s", set, a.response.Status, a.body)
	}
	var b struct{ ID, State string }
	a.into(&b)
	if b.State == "held" {
		w.ask("POST", "/api/v1/batches/"+b.ID+"/confirm", nil, "Test-Who: "+who).want(200)
		w.province.Wait(w.t, b.ID)
	}
}

// post asks as somebody.
func (w *eraseWorld) post(who, path string, body any) *answer {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.ask("POST", "/api/v1"+path, bytes.NewReader(text), "Test-Who: "+who, "Content-Type: application/json")
}

func (w *eraseWorld) look(who, path string) *answer {
	w.t.Helper()
	return w.get("/api/v1"+path, "Test-Who: "+who)
}

type m map[string]string

// TestHolds_api: a steward holds a record, nobody else sees it, and releases it.
func TestHolds_api(t *testing.T) {
	w := newEraseWorld(t)
	const set = "/datasets/nguoi-thu"
	seen := func(who string) bool {
		return bytes.Contains(w.look(who, set+"/records").want(200).body, []byte("Người Mẫu Hai"))
	}
	hold := m{"key": keptPerson, "kind": "restriction", "basis": "Công văn 12/UBND ngày 20/11/2026", "until": "2099-12-31"}
	with := func(name, value string) m {
		h := m{}
		for k, v := range hold {
			h[k] = v
		}
		h[name] = value
		return h
	}
	for _, bad := range []struct {
		who, set string
		body     m
		status   int
		key      string
	}{
		{"", set, hold, 401, "door.sign-in"},
		{"analyst@hy-syt x purpose strong", set, hold, 403, "door.denied"},
		{clerk, set, hold, 403, "door.denied"},
		{giang, set, hold, 404, "dataset.unknown"},
		{"data_engineer@hy-syt x purpose strong", set, hold, 403, "door.forbidden"},
		{"compliance_officer@hy-syt x purpose strong", set, hold, 403, "door.forbidden"},
		{an, "/datasets/khong-co", hold, 404, "dataset.unknown"},
		{an, set, with("key", "033270009999"), 404, "hold.no-record"},
		{an, set, with("key", "~~"), 404, "hold.no-record"},
		{an, set, with("kind", "khac"), 400, "hold.kind"},
		{an, set, with("basis", "  "), 400, "hold.basis"},
		{an, set, with("basis", "đơn của số "+keptPerson), 400, "hold.basis-number"},
		{an, set, with("until", "2020-01-01"), 400, "hold.until-past"},
		{an, set, with("until", "31/12/2099"), 400, "hold.until"},
		{an, set, with("until", "2099-02-31"), 400, "hold.until"},
	} {
		w.post(bad.who, bad.set+"/holds", bad.body).problem(bad.status, bad.key)
	}
	if !seen(an) || !seen(clerk) {
		t.Fatal("the record is not there to begin with")
	}
	var done api.HoldDone
	w.post(an, set+"/holds", hold).want(201).into(&done)
	if done.Batch == "" || done.Seq == 0 {
		t.Errorf("%+v", done)
	}
	w.post(an, set+"/holds", hold).problem(409, "hold.there")
	if seen(clerk) {
		t.Error("a clerk sees a record that is held")
	}
	if !seen(an) {
		t.Error("the steward does not see it")
	}
	var list struct{ Items []map[string]any }
	w.look(binh, set+"/holds").want(200).into(&list)
	if len(list.Items) != 1 || list.Items[0]["key"] != keptPerson || list.Items[0]["until"] != "2099-12-31" || list.Items[0]["record"] == nil {
		t.Errorf("%+v", list.Items)
	}
	w.look(binh, set+"/holds?kind=legal").want(200).into(&list)
	w.look(clerk, set+"/holds").problem(403, "door.denied")
	// Without a purpose the key is masked: an opaque id stands for it.
	const bare = "data_steward@hy-syt an"
	w.look(bare, set+"/holds").want(200).into(&list)
	id, _ := list.Items[0]["key"].(string)
	if !strings.HasPrefix(id, "~") {
		t.Fatalf("key %q", id)
	}
	for body, want := range map[string]string{
		`{"key":"` + id + `","kind":"restriction","reason":""}`:                           "hold.reason",
		`{"key":"` + id + `","kind":"restriction","reason":"số ` + keptPerson + `"}`:      "hold.basis-number",
		`{"key":"` + id + `","kind":"gì","reason":"x"}`:                                   "hold.kind",
		`{"key":"` + id + `","kind":"legal","reason":"Công văn 15/UBND ngày 01/12/2026"}`: "hold.unknown",
		`{"key":"~AAAA","kind":"legal","reason":"Công văn 15/UBND ngày 01/12/2026"}`:      "hold.no-record",
	} {
		status := map[string]int{"hold.unknown": 404, "hold.no-record": 404}[want]
		w.ask("POST", "/api/v1"+set+"/holds/release", strings.NewReader(body), "Test-Who: "+bare, "Content-Type: application/json").problem(max(status, 400), want)
	}
	w.post(bare, set+"/holds/release", m{"key": id, "kind": "restriction", "reason": "Công văn 15/UBND ngày 01/12/2026"}).want(200)
	if !seen(clerk) {
		t.Error("a released record is not seen")
	}
	// A record that stands among the lines that did not pass alone is held too.
	const alone = "033270001009"
	w.load("data_steward@hy-syt an", "nguoi-thu", "so,ten\n"+alone+",\n")
	w.post(an, set+"/holds", m{"key": alone, "kind": "quality", "basis": "Biên bản đối soát số 3"}).want(201)
	w.look(an, set+"/holds").want(200).into(&list)
	if len(list.Items) != 1 || list.Items[0]["key"] != alone || list.Items[0]["kind"] != "quality" {
		t.Errorf("%+v", list.Items)
	}
	w.post(an, set+"/holds/release", m{"key": alone, "kind": "quality", "reason": "Đã đối soát lại"}).want(200)
	// What was done stands in the log, with neither key nor number.
	notes := w.notes()
	last := notes[len(notes)-1]
	if last.Action != policy.Hold || last.Result != "done" || last.Detail["change"] != "release" || last.ID != "nguoi-thu" || last.Detail["reason"] == "" {
		t.Errorf("%+v", last)
	}
	w.nothingNoted()
}

// nothingNoted fails for a number in what was written down, but for the ledger.
func (w *eraseWorld) nothingNoted() {
	w.t.Helper()
	for _, n := range w.notes() {
		if text := fmt.Sprintf("%+v %v", n.ID+n.Why, n.Detail); strings.Contains(text, "03327000") {
			w.t.Errorf("written down: %s", text)
		}
	}
	for _, number := range []string{erasedPerson, keptPerson} {
		if w.province.Logged(number) {
			w.t.Errorf("the program's log has %s", number)
		}
	}
}

// TestErasures_api: a clerk asks, a steward carries out, each agency its own.
func TestErasures_api(t *testing.T) {
	w := newEraseWorld(t)
	const basis = "Đơn đề nghị số 7 ngày 20/11/2026"
	for _, bad := range []struct {
		who, path string
		body      m
		status    int
		key       string
	}{
		{"", "/erasures/plan", m{"number": erasedPerson}, 401, "door.sign-in"},
		{"", "/erasures", m{"number": erasedPerson, "basis": basis}, 401, "door.sign-in"},
		{"analyst@hy-syt x purpose strong", "/erasures/plan", m{"number": erasedPerson}, 403, "door.denied"},
		{"official@hy-syt x purpose strong", "/erasures/plan", m{"number": erasedPerson}, 403, "door.denied"},
		{"data_steward@hy-syt an", "/erasures/plan", m{"number": erasedPerson}, 403, "door.purpose"},
		{"data_steward@hy-skhcn x purpose strong", "/erasures", m{"number": erasedPerson, "basis": basis}, 403, "door.denied"},
		{clerk, "/erasures/plan", m{"number": "12"}, 400, "erase.number"},
		{clerk, "/erasures/plan", m{"number": ""}, 400, "erase.number"},
		{clerk, "/erasures/plan", m{"number": "033270009999"}, 404, "erase.nobody"},
		{clerk, "/erasures", m{"number": erasedPerson, "basis": " "}, 400, "erase.basis"},
		{clerk, "/erasures", m{"number": erasedPerson, "basis": "đơn của 033.270.001.001"}, 400, "erase.basis-number"},
		{clerk, "/datasets/khong-co/erasures", m{"key": "x", "basis": basis}, 404, "dataset.unknown"},
		{clerk, "/datasets/nguoi-thu/erasures", m{"key": "033270009999", "basis": basis}, 404, "hold.no-record"},
		{clerk, "/datasets/so-theo-doi/erasures", m{"key": "A1", "basis": basis}, 404, "dataset.unknown"}, // it may not be known
		{binh, "/erasures/khong-co/run", m{"confirm": "x"}, 404, "erase.unknown"},
	} {
		w.post(bad.who, bad.path, bad.body).problem(bad.status, bad.key)
	}

	// The plan tells of the caller's own data sets, and where else to ask.
	var plan api.ErasePlan
	w.post(clerk, "/erasures/plan", m{"number": "033 270 001 001"}).want(200).into(&plan)
	if len(plan.Parts) != 1 || plan.Parts[0].Dataset != "nguoi-thu" || plan.Parts[0].Plan != (api.EraseFigures{Records: 1, Lines: 1, Originals: 2}) ||
		slices.ContainsFunc(plan.Elsewhere, func(e api.EraseElsewhere) bool { return e.Dataset == "nguoi-thu" }) {
		t.Errorf("%+v", plan)
	}
	// Whose data was looked for stands in the ledger.
	if len(w.uses) == 0 || !slices.Equal(w.uses[len(w.uses)-1].Subjects, []string{erasedPerson}) || w.uses[len(w.uses)-1].Dataset != "nguoi-thu" {
		t.Errorf("%+v", w.uses)
	}

	var r api.EraseRequest
	// Each agency asks for its own.
	w.post(clerk, "/erasures", m{"number": otherPerson, "basis": basis}).want(201).into(&r)
	w.post(giang, "/erasures", m{"number": otherPerson, "basis": basis}).want(201).into(&r)
	w.post(ops, "/erasures", m{"number": otherPerson, "basis": basis}).problem(409, "erase.asked")
	for _, who := range []string{clerk, giang} {
		var list struct{ Items []api.EraseRequest }
		w.look(who, "/erasures").want(200).into(&list)
		if len(list.Items) != 1 || len(list.Items[0].Parts) != 1 {
			t.Fatalf("%s sees %+v", who, list.Items)
		}
		w.post(who, "/erasures/"+list.Items[0].ID+"/refuse", m{"reason": "thử"}).want(200)
	}

	w.post(ops, "/erasures", m{"number": erasedPerson, "basis": basis}).want(201).into(&r)
	if r.State != "asked" || len(r.Parts) != 2 || len(r.Mine) != 0 {
		t.Fatalf("%+v", r)
	}
	run := func(who, confirm string) *answer { return w.post(who, "/erasures/"+r.ID+"/run", m{"confirm": confirm}) }
	w.post(clerk, "/erasures", m{"number": erasedPerson, "basis": basis}).problem(409, "erase.asked")
	run(ops, erasedPerson).problem(403, "door.forbidden") // who asked
	run(clerk, erasedPerson).problem(403, "door.denied")
	run("data_steward@hy-syt an purpose", erasedPerson).problem(403, "door.strong")
	run("data_steward@hy-syt an strong", erasedPerson).problem(403, "door.purpose")
	run("data_steward@hy-skhcn x purpose strong", erasedPerson).problem(404, "erase.unknown")
	run(an, "XÓA").problem(400, "erase.number")
	run(an, keptPerson).problem(400, "erase.not-same")
	w.look("analyst@hy-syt x purpose strong", "/erasures/"+r.ID).problem(403, "door.denied")

	run(an, erasedPerson).want(200).into(&r)
	if len(r.Parts) != 1 || r.Parts[0].State != "done" || *r.Parts[0].Found != (api.EraseGone{Records: 1, Lines: 1, Rewritten: 2, Messages: r.Parts[0].Found.Messages}) || r.Parts[0].By.ID != "an" {
		t.Errorf("%+v %+v", r, r.Parts[0].Found)
	}
	run(an, erasedPerson).problem(409, "erase.decided")
	if text := w.look(giang, "/erasures/"+r.ID).want(200).body; !bytes.Contains(text, []byte(`"state":"asked"`)) || bytes.Contains(text, []byte("nguoi-thu")) {
		t.Errorf("the other agency sees %s", text)
	}
	w.post(giang, "/erasures/"+r.ID+"/refuse", m{"reason": ""}).problem(400, "erase.reason")
	run(giang, erasedPerson).want(200).into(&r)
	if r.State != "done" || r.Parts[0].Dataset != "so-theo-doi" {
		t.Errorf("%+v", r)
	}
	// Nobody finds the number any more, and nothing is left to ask for.
	for _, set := range []string{"nguoi-thu", "so-theo-doi"} {
		for _, who := range []string{an, giang, ops} {
			for _, path := range []string{"/records", "/quarantine"} {
				if a := w.look(who, "/datasets/"+set+path); bytes.Contains(a.body, []byte(erasedPerson)) {
					t.Errorf("%s finds the number in %s%s", who, set, path)
				}
			}
		}
	}
	w.post(clerk, "/erasures", m{"number": erasedPerson, "basis": basis}).problem(404, "erase.nobody")
	var list struct{ Items []api.EraseRequest }
	w.look(ops, "/erasures").want(200).into(&list)
	if len(list.Items) != 3 || list.Items[0].State != "done" || list.Items[0].Basis != basis || list.Items[0].By.ID != "operator" {
		t.Errorf("%+v", list.Items)
	}
	w.look("data_steward@hy-skhcn x purpose strong", "/erasures").want(200).into(&list)
	if len(list.Items) != 0 {
		t.Errorf("another agency sees %+v", list.Items)
	}
	notes := w.notes()
	if !slices.ContainsFunc(notes, func(e door.Entry) bool {
		return e.Action == policy.Erase && e.Result == "done" && e.ID == "nguoi-thu" && e.Detail["request"] == r.ID && e.Detail["rows"] == "1" && e.Detail["asked-by"] == "program:operator"
	}) {
		t.Errorf("not written down: %+v", notes[len(notes)-3:])
	}
	w.nothingNoted()
}

// TestErasures_law: what the law keeps is refused by its article, a request is
// refused or withdrawn with a reason, one record is erased by its key, and the
// operator carries out what a steward has asked for.
func TestErasures_law(t *testing.T) {
	w := newEraseWorld(t)
	const set, law, basis = "/datasets/nguoi-thu", "Luật Khám bệnh, chữa bệnh, Điều 69", "Đơn số 8 ngày 21/11/2026"
	w.post(an, set+"/holds", m{"key": keptPerson, "kind": "legal", "basis": law, "until": time.Now().AddDate(1, 0, 0).Format(time.DateOnly)}).want(201)
	a := w.post(an, set+"/erasures", m{"key": keptPerson, "basis": basis}).problem(403, "erase.kept")
	if !bytes.Contains(a.body, []byte(law)) {
		t.Errorf("the article is not named: %s", a.body)
	}
	w.post(clerk, set+"/erasures", m{"key": keptPerson, "basis": basis}).problem(404, "hold.no-record") // a clerk does not see what is held
	var r api.EraseRequest
	w.post(an, "/erasures", m{"number": keptPerson, "basis": basis}).want(201).into(&r)
	if len(r.Parts) != 1 || len(r.Parts[0].Kept) != 1 || r.Parts[0].Kept[0].Basis != law {
		t.Fatalf("%+v", r)
	}
	w.post(binh, "/erasures/"+r.ID+"/run", m{"confirm": keptPerson}).want(200).into(&r)
	if r.State != "refused" || r.Parts[0].Reason != law {
		t.Errorf("%+v", r)
	}

	// A record by its opaque id; the word confirms it.
	var rows struct{ Items []map[string]any }
	w.look("data_steward@hy-syt an", set+"/records").want(200).into(&rows)
	id := ""
	for _, row := range rows.Items {
		if row["so"] == "•••1003" {
			id, _ = row["_key"].(string)
		}
	}
	var plan api.ErasePlan
	w.post(an, set+"/erasures/plan", m{"key": id}).want(200).into(&plan)
	if plan.Kind != "record" || plan.Parts[0].Plan.Records != 1 {
		t.Errorf("%+v", plan)
	}
	w.post(an, set+"/erasures", m{"key": id, "basis": basis}).want(201).into(&r)
	w.post(an, "/erasures/"+r.ID+"/run", m{"confirm": "XÓA"}).problem(403, "door.forbidden")
	w.post(binh, "/erasures/"+r.ID+"/refuse", m{"reason": law}).want(200).into(&r)
	if r.State != "refused" || r.Parts[0].Reason != law || r.Parts[0].By.ID != "binh" {
		t.Errorf("%+v", r)
	}
	w.post(clerk, set+"/erasures", m{"key": id, "basis": basis}).want(201).into(&r)
	w.post(clerk, "/erasures/"+r.ID+"/refuse", m{"reason": "Người đề nghị rút đơn ngày 22/11/2026"}).want(200).into(&r)
	if r.State != "refused" || r.Parts[0].By.ID != "chi" {
		t.Errorf("%+v", r)
	}
	w.post(clerk, set+"/erasures", m{"key": id, "basis": basis}).want(201).into(&r)
	w.post(ops, "/erasures/"+r.ID+"/run", m{"confirm": "XÓA"}).problem(403, "door.denied") // nobody who may erase has asked
	w.post(clerk, "/erasures/"+r.ID+"/refuse", m{"reason": "lập lại"}).want(200)
	w.post(an, set+"/erasures", m{"key": id, "basis": basis}).want(201).into(&r)
	w.post(ops, "/erasures/"+r.ID+"/run", m{"confirm": "xóa đi"}).problem(400, "erase.word")
	w.post(ops, "/erasures/"+r.ID+"/run", m{"confirm": "xoa"}).want(200).into(&r)
	if r.State != "done" || r.Parts[0].Found.Records != 1 || r.Parts[0].By.ID != "operator" {
		t.Errorf("%+v", r)
	}
	w.nothingNoted()
}
