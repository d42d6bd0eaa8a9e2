package app

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/paper"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/packs"
)

// TestGovern: every shipped measure has an answer or a reason, figures follow the
// data, and the dossier is written from them.
func TestGovern(t *testing.T) {
	p := withPacks(t, packs.Names()...)
	ctx := t.Context()
	figures := func() map[string]govern.Figure {
		t.Helper()
		list, err := p.Govern.Figures(ctx)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]govern.Figure{}
		for _, f := range list {
			all[f.ID] = f
			switch {
			case f.Broken != "":
				t.Errorf("%s cannot be answered: %s", f.ID, f.Broken)
			case f.Value == nil && f.Why.Vi == "":
				t.Errorf("%s has neither value nor reason", f.ID)
			case f.Value != nil && f.Unit == "percent" && (*f.Value < 0 || *f.Value > 100):
				t.Errorf("%s is %v per cent", f.ID, *f.Value)
			}
		}
		return all
	}
	before := figures()
	if len(before) < 16 {
		t.Fatalf("%d measures", len(before))
	}
	if f := before["QT-14"]; f.Value == nil || *f.Value < 90 || !f.Auto || f.Score == nil || *f.Score != 5 {
		t.Errorf("columns under the dictionary: %+v", f)
	}

	// One figure alone is what it is among all.
	for id, f := range before {
		one, err := p.Govern.Figure(ctx, id)
		one.At = f.At
		if err != nil || !reflect.DeepEqual(one, f) {
			t.Errorf("%s alone is %+v, %v; among all %+v", id, one, err, f)
		}
	}
	if _, err := p.Govern.Figure(ctx, "QT-99"); !fault.Is(err, "measure.unknown") {
		t.Errorf("a figure of nothing: %v", err)
	}
	since, err := p.Contracts.Since(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for id, at := range since {
		if v, err := p.Contracts.Versions(ctx, id); err != nil || v[0].InstalledAt != store.Stamp(at) {
			t.Errorf("%s is in force since %s: %+v %v", id, at, v, err)
		}
	}

	// All that is shipped says where it comes from; none has its agency's electronic
	// code, so none is described in full. With the code, and once it is measured, a
	// data set that has the rest is.
	for id, want := range map[string]float64{"QT-08": 100, "QT-09": 0} {
		if f := before[id]; f.Value == nil || *f.Value != want {
			t.Errorf("%s is %+v, want %v", id, f, want)
		}
	}
	if err := p.Contracts.Describe(ctx, actor.System, "vn-huyen-thay-doi", map[string]string{"original": "", "retention": "Vĩnh viễn", "archive_rule": "Bản sao, thay khi nguồn thay"}, "thử"); err != nil {
		t.Fatal(err)
	}
	if f := figures()["QT-08"]; f.Value == nil || *f.Value >= 100 || *f.Value < 90 {
		t.Errorf("one data set that does not say where it comes from: %+v", f)
	}
	if err := p.Contracts.Describe(ctx, actor.System, "vn-huyen-thay-doi", map[string]string{"original": "true"}, "thử"); err != nil {
		t.Fatal(err)
	}
	s, err := p.Corridor.Receive(ctx, actor.System, corridor.Request{Dataset: "vn-huyen-thay-doi", Name: "x.csv", Confirm: true,
		Body: strings.NewReader("uid_cu,uid_moi,loai_thay_doi,doi_ten,doi_loai,doi_ma,ngay_hieu_luc\nH001.2025-03-01,T01.2025-07-01,merge,false,false,false,2025-07-01\n")})
	if err == nil {
		_, err = p.Corridor.Wait(ctx, s.ID, func(s corridor.Status) bool { return s.State.Final() })
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Orgs.Recode(ctx, actor.System, "tw-btc", "", "G12", p.Orgs.Today()); err != nil {
		t.Fatal(err)
	}
	if f := figures()["QT-09"]; f.Value == nil || *f.Value <= 0 {
		t.Errorf("described in full: %+v", f)
	}

	// What is declared needs evidence, and says so.
	v := 60.0
	year := p.clock.Now().Format("2006")
	if f := fault.Of(p.Govern.Declare(ctx, actor.System, govern.Declaration{Measure: "QT-01", Period: year, Value: &v})); f == nil || f.Key != "measure.evidence" {
		t.Errorf("declared without evidence: %v", f)
	}
	if f := fault.Of(p.Govern.Declare(ctx, actor.System, govern.Declaration{Measure: "QT-02", Period: year, Value: &v, Evidence: "1/BC"})); f == nil || f.Key != "measure.measured" {
		t.Errorf("declared what is measured: %v", f)
	}
	if err := p.Govern.Declare(ctx, actor.System, govern.Declaration{Measure: "QT-01", Period: year, Value: &v, Evidence: "12/QĐ-UBND (mẫu)"}); err != nil {
		t.Fatal(err)
	}
	if f := figures()["QT-01"]; f.Value == nil || *f.Value != 60 || f.Auto || f.Score == nil || *f.Score != 3 {
		t.Errorf("declared: %+v", f)
	}
	if err := p.Govern.Declare(ctx, actor.System, govern.Declaration{Measure: "QT-01", Period: year}); err != nil {
		t.Fatal(err)
	}
	if f := figures()["QT-01"]; f.Value != nil {
		t.Error("taken back, and still there")
	}

	// A measure is changed without a release, a wrong one is refused, and it is undone.
	list, err := p.Govern.Versions(ctx, "KT-KQ-1")
	if err != nil {
		t.Fatal(err)
	}
	changed := *list[0].Measure
	changed.SQL, changed.Pack = "SELECT khong_co FROM bo_du_lieu", ""
	if f := fault.Of(p.Govern.Put(ctx, actor.System, "", "thử", &changed)); f == nil || f.Key != "measure.sql" {
		t.Errorf("a SELECT that cannot be answered: %v", f)
	}
	changed.SQL = "SELECT 7 AS value"
	if err := p.Govern.Put(ctx, actor.System, "", "thử", &changed); err != nil {
		t.Fatal(err)
	}
	if f := figures()["KT-KQ-1"]; f.Value == nil || *f.Value != 7 {
		t.Errorf("changed: %+v", f)
	}
	shipped(t, p, "viet-nam") // an upgrade leaves what the province has changed
	if f := figures()["KT-KQ-1"]; *f.Value != 7 {
		t.Error("the pack took the province's own version away")
	}
	for _, sql := range []string{"SELECT * FROM read_csv('/etc/passwd')", "COPY bo_du_lieu TO '/tmp/x.csv'", "SELECT 1; DROP TABLE bo_du_lieu"} {
		changed.SQL = sql
		if err := p.Govern.Put(ctx, actor.System, "", "thử", &changed); err == nil {
			t.Errorf("%s was let in", sql)
		}
	}

	all := func(*contract.Contract) bool { return true }
	dossier, err := p.Govern.Dossier(ctx, govern.Head{Issuer: "Sở Khoa học và Công nghệ", Parent: "Ủy ban nhân dân tỉnh Hưng Yên", Symbol: "BC-SKHCN", Place: "Hưng Yên", Position: "Giám đốc"},
		func(id string) string { return p.nameOfOrg(ctx, id) }, all)
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"docx": func(b *bytes.Buffer) error { return paper.DOCX(b, dossier) }, "pdf": func(b *bytes.Buffer) error { return paper.PDF(b, dossier) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil || b.Len() < 4000 {
			t.Errorf("%s: %d bytes, %v", name, b.Len(), err)
		}
	}
}
