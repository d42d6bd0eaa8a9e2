package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/actor"
)

// termsOfTest are terms that are in force in a test's province, beside those that
// packs bring.
const termsOfTest = `kind: Terms
source: Viết cho kiểm thử
terms:
  - id: thu:ID-001
    title: Họ và tên (thử)
    titleEn: Full name (test)
    name: HoVaTen
    nameEn: FullName
    definition: Tên gọi đầy đủ của một người như ghi trên giấy tờ tùy thân.
    definitionEn: The whole name of a person as papers have it.
    usage: Dùng khi cần gọi đúng tên một người.
    group: Thử nghiệm
    entity: CaNhan
    languages: [vi, en]
    version: "1.0"
    documents: [Luật Căn cước 2023]
    synonyms: [Họ tên, "=Tên đầy đủ", "một|hai"]
    technicalName: CaNhan.ho_va_ten
    normalise: [words]
    international: ["schema:name", "nc:PersonFullName"]
    property:
      logicalType: string
      logicalTypeOptions: {minLength: 2, maxLength: 255}
      customProperties:
        - {property: phohien.personal, value: {class: basic, kind: name}}
    valid: [Nguyễn Văn An, TRẦN THỊ BÌNH]
    invalid: [A, B]
  - id: thu:ID-002
    title: Số định danh cá nhân (thử)
    name: SoDinhDanh
    definition: Dãy 12 chữ số do Bộ Công an cấp để nhận ra một công dân.
    usage: Dùng làm khóa khi đối chiếu người.
    group: Thử nghiệm
    version: "1.0"
    synonyms: [Số CCCD]
    related: ["thu:ID-001"]
    technicalName: CaNhan.so_dinh_danh
    normalise: [digits]
    property:
      logicalType: string
      customProperties:
        - {property: phohien.identifier, value: cccd}
      quality:
        - {id: khong-rong, type: library, metric: nullValues, mustBe: 0}
    valid: ["033095001234", "033 095 001 234"]
    invalid: ["123", "33095001234x"]
`

const peopleOfTest = `apiVersion: v3.1.0
kind: DataContract
id: thu-nguoi
name: Người (thử)
version: 1.0.0
status: active
schema:
  - name: nguoi
    businessName: Người
    properties:
      - {name: ma, businessName: Mã, logicalType: string, primaryKey: true, primaryKeyPosition: 1, customProperties: [{property: phohien.notMapped, value: dac-thu}]}
      - {name: ho_ten, businessName: Họ tên, logicalType: string, customProperties: [{property: phohien.term, value: "thu:ID-001"}]}
      - {name: so_cccd, businessName: Số CCCD, logicalType: string}
      - {name: ghi_chu, businessName: Lời nhắn, logicalType: string}
customProperties:
  - {property: phohien.owner, value: hy-syt}
`

var somebody = actor.Actor{Kind: "person", ID: "khac", Name: "Người khác (mẫu)"}

// publishTerms puts terms in force by the way that terms go.
func (h *harness) publishTerms(text string) []*dictionary.TermVersion {
	h.t.Helper()
	terms, err := dictionary.ParseTerms([]byte(text))
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, s := context.Background(), h.province.CodeLists
	list, err := s.ProposeAll(ctx, actor.System, terms, "thử")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, v := range list {
		for _, to := range []dictionary.State{dictionary.Reviewed, dictionary.Consulted} {
			h.step(somebody, v, to)
		}
		if err := s.Say(ctx, v.ID, dictionary.Opinion{Digest: v.Digest, Agrees: true, By: actor.System}); err != nil {
			h.t.Fatal(err)
		}
		h.step(somebody, v, dictionary.Approved)
		h.step(somebody, v, dictionary.Published)
	}
	return list
}

func (h *harness) step(by actor.Actor, v *dictionary.TermVersion, to dictionary.State) {
	h.t.Helper()
	m := dictionary.Move{ID: v.ID, Digest: v.Digest, To: to, Why: "thử"}
	if to == dictionary.Consulted {
		m.Until = time.Now().AddDate(0, 0, 7).Format(time.DateOnly)
	}
	if err := h.province.CodeLists.Move(context.Background(), by, m); err != nil {
		h.t.Fatal(err)
	}
}

func asJSON(t *testing.T, v any) *bytes.Reader {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b)
}

// TestTerms looks for terms and at one, with an account and without.
func TestTerms(t *testing.T) {
	h := newHarness(t)
	versions := h.publishTerms(termsOfTest)
	h.province.Put(t, peopleOfTest)
	var list struct {
		Items  []api.TermHead
		Next   string
		Total  int
		Groups []api.DatasetFacet
	}
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"group=Th%E1%BB%AD+nghi%E1%BB%87m", []string{"thu:ID-001", "thu:ID-002"}},
		{"q=ho+va+ten+thu", []string{"thu:ID-001"}},
		{"q=CCCD&group=Th%E1%BB%AD+nghi%E1%BB%87m", []string{"thu:ID-002"}},
		{"q=nhan+ra+mot+cong+dan&group=Th%E1%BB%AD+nghi%E1%BB%87m", []string{"thu:ID-002"}},
		{"q=zzz+khong+co", nil},
		{"state=thay_the&group=Th%E1%BB%AD+nghi%E1%BB%87m", nil},
	} {
		h.get("/api/v1/terms?" + c.query).want(200).into(&list)
		var got []string
		for _, one := range list.Items {
			got = append(got, one.ID)
		}
		if !slices.Equal(got, c.want) && !(c.want != nil && strings.HasPrefix(c.query, "q=ho+") && got[0] == c.want[0]) || list.Total != len(got) {
			t.Errorf("%s: %v", c.query, got)
		}
	}
	h.get("/api/v1/terms?group=Th%E1%BB%AD+nghi%E1%BB%87m&limit=1").want(200).into(&list)
	if len(list.Items) != 1 || list.Items[0].Columns != 1 || list.Next == "" {
		t.Fatalf("%+v", list)
	}
	h.get("/api/v1/terms?group=Th%E1%BB%AD+nghi%E1%BB%87m&limit=1&after=" + list.Next).want(200).into(&list)
	if len(list.Items) != 1 || list.Items[0].ID != "thu:ID-002" {
		t.Errorf("the second page: %+v", list)
	}
	h.get("/api/v1/terms?after=sai").problem(400, "api.cursor")
	h.get("/api/v1/terms?state=de_xuat", nobody).problem(401, "door.sign-in")

	var d api.TermDetail
	a := h.get("/api/v1/terms/thu:ID-001").want(200)
	a.into(&d)
	if d.Format != "2–255" || d.XSD != "xsd:string" || len(d.Columns) != 1 || d.Columns[0].Field != "ho_ten" || len(d.History) != 5 || d.History[0].By == "" ||
		len(d.Rules) == 0 || len(d.Opinions) != 1 || !slices.Contains(d.Synonyms, "Họ tên") {
		t.Errorf("%+v", d)
	}
	for _, r := range d.Rules {
		if r.Vi == "" || r.En == "" || r.Vi == r.En {
			t.Errorf("a rule without words: %+v", r)
		}
	}
	h.get("/api/v1/terms/thu:ID-001", "If-None-Match: "+a.response.Header.Get("ETag")).want(304)
	d = api.TermDetail{}
	h.get("/api/v1/terms/thu:ID-001", nobody).want(200).into(&d)
	if len(d.Opinions) != 0 || len(d.Columns) != 0 || d.History[0].By != "" {
		t.Errorf("told to everybody: %+v", d)
	}
	h.get("/api/v1/terms/thu:ID-001/versions/" + versions[0].Digest[:10]).want(200)
	h.get("/api/v1/terms/thu:ID-001/versions/0123456789").problem(404, "term.no-version")
	h.get("/api/v1/terms/thu:ID-999").problem(404, "term.unknown")

	var verdicts struct{ Items []api.TermVerdict }
	h.ask("POST", "/api/v1/terms/thu:ID-002/try", asJSON(t, map[string]any{"values": []string{"033 095 001 234", "123"}}), "Content-Type: application/json").want(200).into(&verdicts)
	if v := verdicts.Items; len(v) != 2 || !v[0].Passes || v[0].Written != "033095001234" || v[1].Passes || len(v[1].Faults) == 0 {
		t.Errorf("%+v", v)
	}
	h.ask("POST", "/api/v1/terms/thu:ID-002/try", asJSON(t, map[string]any{"values": []string{"1"}}), "Content-Type: application/json", nobody).problem(401, "door.sign-in")
}

// proposal is a term as the API takes one.
func proposal(change map[string]any) map[string]any {
	p := map[string]any{
		"title": "Ngày sinh (thử)", "name": "NgaySinh", "definition": "Ngày, tháng, năm một người được sinh ra.", "usage": "Dùng khi cần biết tuổi.", "group": "Thử nghiệm",
		"version": "1.0", "property": map[string]any{"logicalType": "date"}, "valid": []string{"1990-01-31", "31/01/1990"}, "invalid": []string{"hôm qua", "32/13/1990"}, "why": "Biểu mẫu hộ tịch cần.",
	}
	for k, v := range change {
		if p[k] = v; v == nil {
			delete(p, k)
		}
	}
	return p
}

// TestTerms_way proposes a term and lets it go its way; a publication is undone by
// publishing the version before.
func TestTerms_way(t *testing.T) {
	h := newHarness(t)
	var noted []door.Entry
	h.province.Door.Record = func(_ context.Context, e door.Entry) error {
		noted = append(noted, e)
		return nil
	}
	post := func(path string, body any, headers ...string) *answer {
		t.Helper()
		return h.ask("POST", "/api/v1"+path, asJSON(t, body), append(headers, "Content-Type: application/json")...)
	}
	post("/terms", proposal(nil), nobody).problem(401, "door.sign-in")
	post("/terms", proposal(map[string]any{"definition": "ngày sinh"})).problem(400, "term.wrong")
	post("/terms", proposal(map[string]any{"valid": []string{"1990-01-31", "hôm qua"}})).problem(400, "term.example-right")
	post("/terms", proposal(map[string]any{"invalid": []string{"hôm qua", "1990-01-31"}})).problem(400, "term.example-wrong")
	post("/terms", proposal(map[string]any{"property": map[string]any{"logicalType": "ngay"}})).problem(400, "term.rules")
	post("/terms", proposal(map[string]any{"why": ""})).problem(422, "api.request")
	var v api.TermHead
	a := post("/terms", proposal(nil)).want(201)
	a.into(&v)
	if v.ID != "tinh:ID-001" || v.State != "de_xuat" || a.response.Header.Get("Location") != "/api/v1/terms/tinh:ID-001/versions/"+v.Digest {
		t.Fatalf("%+v", v)
	}
	post("/terms", proposal(map[string]any{"id": "tinh:ID-001", "usage": "Dùng trên giấy tờ."})).problem(409, "term.number")
	h.get("/api/v1/terms/tinh:ID-001", nobody).problem(404, "term.unknown")
	move := func(digest, to string, more ...string) *answer {
		body := map[string]any{"digest": digest, "to": to, "why": "thử"}
		for i := 0; i < len(more); i += 2 {
			body[more[i]] = more[i+1]
		}
		return post("/terms/tinh:ID-001/move", body)
	}
	move(v.Digest, "cong_bo").problem(409, "term.step")
	move(v.Digest[:12], "ra_soat").want(200)
	move(v.Digest, "tham_van").problem(400, "term.until")
	move(v.Digest, "tham_van", "until", time.Now().AddDate(0, 0, 3).Format(time.DateOnly)).want(200)
	post("/terms/tinh:ID-001/opinions", map[string]any{"digest": v.Digest, "agrees": false}).problem(400, "term.why")
	post("/terms/tinh:ID-001/opinions", map[string]any{"digest": v.Digest, "agrees": true, "text": "Nhất trí."}).want(204)
	move(v.Digest, "phe_duyet").problem(403, "term.own-proposal")
	var d api.TermDetail
	h.get("/api/v1/terms/tinh:ID-001").want(200).into(&d)
	for _, n := range d.Next {
		if n.May == (n.To == "phe_duyet") {
			t.Errorf("who proposed it may let it go to %s: %v", n.To, n.May)
		}
	}
	first, err := h.province.CodeLists.TermVersions(context.Background(), "tinh:ID-001")
	if err != nil {
		t.Fatal(err)
	}
	h.step(somebody, first[0], dictionary.Approved)
	move(v.Digest, "cong_bo").want(200)
	h.get("/api/v1/terms/tinh:ID-001", nobody).want(200)

	// Another version takes its place, and gives it back.
	var w api.TermHead
	post("/terms", proposal(map[string]any{"id": "tinh:ID-001", "version": "1.1", "usage": "Dùng trên giấy tờ."})).want(201).into(&w)
	for _, to := range []dictionary.State{dictionary.Reviewed, dictionary.Consulted} {
		h.step(somebody, &dictionary.TermVersion{Term: &dictionary.Term{ID: w.ID, Digest: w.Digest}}, to)
	}
	post("/terms/tinh:ID-001/opinions", map[string]any{"digest": w.Digest, "agrees": true}).want(204)
	h.step(somebody, &dictionary.TermVersion{Term: &dictionary.Term{ID: w.ID, Digest: w.Digest}}, dictionary.Approved)
	move(w.Digest, "cong_bo").want(200).into(&w)
	if w.State != "cong_bo" {
		t.Errorf("%+v", w)
	}
	move(v.Digest, "cong_bo").want(200)
	h.get("/api/v1/terms/tinh:ID-001").want(200).into(&d)
	if d.Version != "1.0" || d.Versions[0].State != "cong_bo" || d.Versions[1].State != "thay_the" {
		t.Errorf("%+v", d.Versions)
	}
	move(v.Digest, "het_hieu_luc").want(200)
	told := map[string]bool{}
	for _, e := range noted {
		if e.Kind == "codelist" && e.ID == "tinh:ID-001" {
			told[string(e.Action)+" "+e.Detail["change"]+" "+e.Detail["to"]+" "+e.Result] = true
		}
	}
	for _, want := range []string{"draft propose  done", "edit-contract move ra_soat done", "edit-contract move cong_bo done", "edit-contract move cong_bo failed", "draft opinion  done", "edit-contract move het_hieu_luc done"} {
		if !told[want] {
			t.Errorf("the log lacks %q: %v", want, told)
		}
	}
}

// TestTerms_rejudge: the data of a field that uses a term is judged again once the
// term has changed.
func TestTerms_rejudge(t *testing.T) {
	h := newHarness(t)
	versions := h.publishTerms(termsOfTest)
	h.province.Put(t, peopleOfTest)
	h.send("thu-nguoi", "nguoi.csv", []byte("ma,ho_ten,so_cccd,ghi_chu\n1,Nguyễn Văn Mẫu,,\n2,L,,\n")).want(201)
	rows := func() int64 {
		t.Helper()
		con, err := h.province.Contracts.Current(context.Background(), "thu-nguoi")
		if err != nil {
			t.Fatal(err)
		}
		n, err := h.province.Truth.Count(context.Background(), con.Objects[0])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if rows() != 1 {
		t.Fatalf("%d rows: the term asks for two letters", rows())
	}
	h.ask("POST", "/api/v1/terms/thu:ID-001/move", asJSON(t, map[string]any{"digest": versions[0].Digest, "to": "het_hieu_luc", "why": "thử"}), "Content-Type: application/json").want(200)
	if err := h.province.Corridor.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows() != 2 {
		t.Errorf("%d rows: the line that did not pass was not judged again", rows())
	}
	var d struct{ Items []api.ColumnMapping }
	h.get("/api/v1/datasets/thu-nguoi/mapping").want(200).into(&d)
	if d.Items[1].Term != "thu:ID-001" || d.Items[1].InForce {
		t.Errorf("%+v", d.Items[1])
	}
}

// TestTerms_files brings out and in: what was exported changes nothing, and a file
// with rows that are wrong keeps nothing of itself until the good ones are asked
// for.
func TestTerms_files(t *testing.T) {
	h := newHarness(t)
	h.publishTerms(termsOfTest)
	bring := func(file []byte, query string) (p api.TermPlan) {
		t.Helper()
		h.ask("POST", "/api/v1/terms/import"+query, bytes.NewReader(file), "Content-Type: application/octet-stream", `Content-Disposition: attachment; filename="tu-dien"`).want(200).into(&p)
		return p
	}
	for _, format := range []string{"csv", "xlsx"} {
		for _, lang := range []string{"vi", "en"} {
			a := h.get("/api/v1/terms/export?format="+format+"&lang="+lang, nobody).want(200)
			p := bring(a.body, "")
			if p.Wrong+p.New+p.Changed != 0 || p.Same < 2 {
				for _, r := range p.Items {
					if r.Outcome != "same" {
						t.Errorf("%s %s: %+v", format, lang, r)
					}
				}
			}
		}
	}
	var b strings.Builder
	b.WriteString("Mã thuật ngữ;Tên thuật ngữ;Tên chuẩn;Định nghĩa;Ngữ cảnh sử dụng;Nhóm;Phiên bản;Kiểu dữ liệu;Độ dài lớn nhất;Ví dụ đúng;Ví dụ sai\n")
	for i := range 9 {
		fmt.Fprintf(&b, ";Trường mẫu %d;TruongMau%d;Định nghĩa của trường mẫu số %d.;Dùng khi thử.;Mẫu;1.0;string;3;a | b;abcd | abcde\n", i, i, i)
	}
	b.WriteString(";Trường mẫu sai;truong_mau;Định nghĩa của trường mẫu sai.;Dùng khi thử.;Mẫu;1.0;string;3;a | b;abcd | abcde\n")
	p := bring([]byte(b.String()), "")
	if p.New != 9 || p.Wrong != 1 || p.Made != 0 {
		t.Fatalf("%+v", p)
	}
	if bad := p.Items[9]; bad.Line != 11 || bad.Field != "name" || bad.Type != "urn:phohien:problem:term.wrong" || !strings.Contains(bad.Vi, "viết liền") || bad.En == "" {
		t.Errorf("%+v", bad)
	}
	under := func() int {
		var list struct{ Total int }
		h.get("/api/v1/terms?state=de_xuat").want(200).into(&list)
		return list.Total
	}
	if under() != 0 {
		t.Error("a look has kept something")
	}
	if p = bring([]byte(b.String()), "?confirm=true&why="+url.QueryEscape("Rà soát năm 2026")); p.Made != 9 || p.Items[0].Made == "" || p.Items[9].Made != "" || under() != 9 {
		t.Errorf("%+v, %d proposals", p, under())
	}
	// With an id and another text it is a changed version, with a number of its own.
	csv := "id,title,name,definition,usage,group,version,data_type,max_length,valid,invalid\n" +
		"thu:ID-001,Họ và tên (thử),HoVaTen,Tên gọi đầy đủ của một người.,Dùng khi cần gọi đúng tên một người.,Thử nghiệm,%s,string,255,Nguyễn Văn An|Lê Mẫu,A|B\n"
	p = bring([]byte(fmt.Sprintf(csv, "1.0")), "")
	if p.Wrong != 1 || p.Items[0].Field != "version" {
		t.Errorf("%+v", p)
	}
	p = bring([]byte(fmt.Sprintf(csv, "1.1")), "")
	if p.Changed != 1 || len(p.Items[0].Changes) < 2 {
		t.Errorf("%+v", p)
	}
	for name, c := range map[string]struct{ file, key string }{
		"no table of terms": {"a,b\n1,2\n", "lexicon.import.no-terms"},
		"heading only":      {"title,definition\n", "lexicon.import.empty"},
	} {
		t.Run(name, func(t *testing.T) {
			h.ask("POST", "/api/v1/terms/import", strings.NewReader(c.file), "Content-Type: text/csv").problem(400, c.key)
		})
	}
	h.ask("POST", "/api/v1/terms/import", strings.NewReader("x"), "Content-Type: text/csv", nobody).problem(401, "door.sign-in")
}

// TestTerms_jsonld: every key of the export is told by its context, every address
// stands for something in it.
func TestTerms_jsonld(t *testing.T) {
	h := newHarness(t)
	h.publishTerms(termsOfTest)
	var doc struct {
		Context map[string]any   `json:"@context"`
		Graph   []map[string]any `json:"@graph"`
	}
	a := h.get("/api/v1/terms/export?format=jsonld", nobody).want(200)
	if got := a.response.Header.Get("Content-Type"); got != "application/ld+json" {
		t.Error(got)
	}
	a.into(&doc)
	var one map[string]any
	ids := map[string]bool{}
	for _, node := range doc.Graph {
		id := node["@id"].(string)
		if ids[id] {
			t.Errorf("%s stands twice", id)
		}
		ids[id] = true
		for key := range node {
			if key != "@id" && key != "@type" && doc.Context[key] == nil {
				t.Errorf("the context does not tell %q", key)
			}
		}
		if node["notation"] == "thu:ID-001" {
			one = node
		}
	}
	if !slices.Equal(one["closeMatch"].([]any), []any{"schema:name"}) || !slices.Equal(one["note"].([]any), []any{"nc:PersonFullName"}) || one["range"] != "xsd:string" || !ids[one["inScheme"].(string)] {
		t.Errorf("%v", one)
	}
	types := fmt.Sprint(doc.Graph[0]["@type"])
	if !strings.Contains(types, "skos:ConceptScheme") || !strings.Contains(types, "dcat:Dataset") {
		t.Error(types)
	}
	for key, means := range doc.Context {
		m, ok := means.(map[string]any)
		if !ok {
			continue
		}
		iri, _ := m["@id"].(string)
		prefix, _, _ := strings.Cut(iri, ":")
		if base, _ := doc.Context[prefix].(string); base == "" {
			t.Errorf("%s is %q, whose prefix is not told", key, iri)
		}
	}

	var r termdesk.Registry
	h.get("/api/v1/terms/export?format=iso11179", nobody).want(200).into(&r)
	concepts, domains := map[string]bool{}, map[string]bool{}
	for _, c := range r.Concepts {
		concepts[c.ID] = true
	}
	for _, v := range r.ValueDomains {
		domains[v.ID] = true
	}
	if len(r.Elements) < 2 || len(r.ObjectClasses) == 0 {
		t.Errorf("%+v", r)
	}
	for _, e := range r.Elements {
		if !concepts[e.Concept] || !domains[e.ValueDomain] {
			t.Errorf("%+v", e)
		}
	}
}

// TestMapping tells how fields are mapped, and how many.
func TestMapping(t *testing.T) {
	h := newHarness(t)
	h.publishTerms(termsOfTest)
	h.province.Put(t, peopleOfTest)
	h.send("thu-nguoi", "nguoi.csv", []byte("ma,ho_ten,so_cccd,ghi_chu\n1,Nguyễn Văn Mẫu,033095001234,\n")).want(201)
	var m struct{ Items []api.ColumnMapping }
	h.get("/api/v1/datasets/thu-nguoi/mapping").want(200).into(&m)
	if len(m.Items) != 4 || m.Items[0].NotMapped != "dac-thu" || m.Items[1].TermTitle != "Họ và tên (thử)" || !m.Items[1].InForce || m.Items[2].Term != "" {
		t.Fatalf("%+v", m.Items)
	}
	at := slices.IndexFunc(m.Items[2].Proposals, func(p api.TermProposal) bool { return p.ID == "thu:ID-002" })
	if at < 0 {
		t.Fatalf("%+v", m.Items[2].Proposals)
	}
	if p := m.Items[2].Proposals[at]; p.Sure < 0.9 || len(p.Why) < 2 || p.Why[0].Vi == "" {
		t.Errorf("%+v", p)
	}
	var c struct {
		Province         api.MappedShare
		Owners, Datasets []api.MappedShare
	}
	h.get("/api/v1/dictionary/coverage").want(200).into(&c)
	at = slices.IndexFunc(c.Datasets, func(s api.MappedShare) bool { return s.ID == "thu-nguoi" })
	if at < 0 {
		t.Fatal("the data set is not counted")
	}
	if s := c.Datasets[at]; s.Columns != 4 || s.Mapped != 1 || s.Reason != 1 || s.Neither != 2 || s.Percent == nil || *s.Percent != 50 {
		t.Errorf("%+v", s)
	}
	sum := 0
	for _, o := range c.Owners {
		sum += o.Columns
	}
	if sum != c.Province.Columns || sum < 4 {
		t.Errorf("owners have %d fields, the province %d", sum, c.Province.Columns)
	}
	h.get("/api/v1/dictionary/coverage", nobody).want(200).into(&c)
	if c.Province.Columns != 0 || c.Province.Percent != nil {
		t.Errorf("told to everybody: %+v", c.Province)
	}
	h.get("/api/v1/datasets/khong-co/mapping").problem(404, "dataset.unknown")
}

// TestCodeLists asks for lists on a day, with their hierarchy, and as files.
func TestCodeLists(t *testing.T) {
	h := newHarness(t)
	const text = "kind: CodeList\nid: thu-nganh\nname: Ngành (thử)\nversion: \"1\"\ncodes:\n  - {code: A, name: Nông nghiệp}\n  - {code: \"01\", name: Trồng trọt, parent: A, validTo: 2025-06-30, aliases: [\"=x\", y]}\n  - {code: B, name: Khác}\n"
	l, err := dictionary.Parse([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.province.CodeLists.Put(context.Background(), actor.System, l); err != nil {
		t.Fatal(err)
	}
	codes := func(query string) (all []string) {
		var d api.CodeListDetail
		h.get("/api/v1/codelists/thu-nganh"+query, nobody).want(200).into(&d)
		if !d.Hierarchy {
			t.Error("the hierarchy is not told")
		}
		for _, c := range d.Items {
			all = append(all, c.Code+"<"+c.Parent)
		}
		return all
	}
	for query, want := range map[string]string{"": "A< 01<A B<", "?on=2025-01-01": "A< 01<A B<", "?on=1/7/2025": "A< B<", "?on=all": "A< 01<A B<"} {
		if got := strings.Join(codes(query), " "); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
	h.get("/api/v1/codelists/thu-nganh?on=mai").problem(400, "units.day")
	a := h.get("/api/v1/codelists/thu-nganh/export", nobody).want(200)
	if want := "\ufeffcode,name,valid_from,valid_to,aliases,parent\nA,Nông nghiệp,,,,\n01,Trồng trọt,,2025-06-30,'=x|y,A\nB,Khác,,,,\n"; string(a.body) != want {
		t.Errorf("%q", a.body)
	}
	if a = h.get("/api/v1/codelists/thu-nganh/export?format=xlsx").want(200); !bytes.HasPrefix(a.body, []byte("PK")) {
		t.Error("no workbook")
	}
	h.get("/api/v1/codelists/khong-co/export").problem(404, "codelist.unknown")
}

// askTerms asks each operation of the dictionary once.
func askTerms(h *harness) {
	for _, c := range []struct{ method, path, mediaType, body string }{
		{"GET", "/api/v1/terms?limit=1", "", ""}, {"GET", "/api/v1/terms/khong:ID-999", "", ""}, {"GET", "/api/v1/terms/khong:ID-999/versions/01234567", "", ""},
		{"POST", "/api/v1/terms", "application/json", `{}`}, {"POST", "/api/v1/terms/khong:ID-999/move", "application/json", `{"digest":"01234567","to":"ra_soat"}`},
		{"POST", "/api/v1/terms/khong:ID-999/opinions", "application/json", `{"digest":"01234567","agrees":true}`},
		{"POST", "/api/v1/terms/khong:ID-999/try", "application/json", `{"values":["1"]}`},
		{"GET", "/api/v1/terms/export", "", ""}, {"POST", "/api/v1/terms/import", "text/csv", "a,b\n1,2\n"},
		{"GET", "/api/v1/datasets/hy-xa/mapping", "", ""}, {"GET", "/api/v1/dictionary/coverage", "", ""}, {"GET", "/api/v1/codelists/dan-toc/export", "", ""},
	} {
		h.ask(c.method, c.path, strings.NewReader(c.body), "Content-Type: "+c.mediaType)
	}
}
