package org_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
)

// A province's list: 400 people with posts, twice.
func TestImportPeople_400(t *testing.T) {
	each(t, org.Deps{Conflict: apart}, func(t *testing.T, s *org.Store) {
		ctx := t.Context()
		offices := []org.ImportRow{
			{OrgCode: "H31.14", Title: "Chuyên viên"}, {OrgName: "UBND phường Phố Hiến", Title: "Chuyên viên"},
			{OrgCode: "hy-stc", Title: "Chuyên viên"}, {OrgName: "uy ban nhan dan phuong son nam", Title: "Chuyên viên"},
		}
		var rows []org.ImportRow
		for i := range 400 {
			r := offices[i%len(offices)]
			r.Line, r.Name, r.Email = i+2, fmt.Sprintf("Cán bộ số %d", i), fmt.Sprintf("cb%d@hungyen.gov.vn", i)
			r.Roles, r.Generated = []string{"data_entry"}, true
			rows = append(rows, r)
		}
		dry := must[org.Report](t)(s.ImportPeople(ctx, clerk, rows, true))
		if dry.Count[org.NewPerson] != 400 || dry.Written || len(must[[]org.Person](t)(s.People(ctx, "", "", 9))) != 0 {
			t.Fatalf("a look: %v, written %v", dry.Count, dry.Written)
		}
		real := must[org.Report](t)(s.ImportPeople(ctx, clerk, rows, false))
		if real.Count[org.NewPerson] != 400 || !real.Written || real.Rows[0].Line != 2 || real.Rows[0].Text != "Thêm cán bộ và chức vụ." {
			t.Fatalf("the first time: %v, %+v", real.Count, real.Rows[0])
		}
		if n := len(snapshot(t, s).Holders("hy-syt", today)); n != 100 {
			t.Errorf("%d posts in hy-syt, want 100", n)
		}
		again := must[org.Report](t)(s.ImportPeople(ctx, clerk, rows, false))
		if again.Count[org.Unchanged] != 400 {
			t.Errorf("the second time: %v", again.Count)
		}
	})
}

func TestImportPeople_rows(t *testing.T) {
	each(t, org.Deps{Conflict: apart}, func(t *testing.T, s *org.Store) {
		ctx := t.Context()
		good := org.ImportRow{Name: "Cán bộ A", Email: "a@hungyen.gov.vn", OrgCode: "hy-syt", Title: "Giám đốc", Roles: []string{"cdo"}}
		must[org.Report](t)(s.ImportPeople(ctx, clerk, []org.ImportRow{good}, false))
		for _, c := range []struct {
			change  func(r *org.ImportRow)
			outcome org.Outcome
			key     string
		}{
			{func(*org.ImportRow) {}, org.Unchanged, ""},
			{func(r *org.ImportRow) { r.Title = "Trưởng ban" }, org.NewPost, ""},
			{func(r *org.ImportRow) { r.Email, r.Name = "", "Cán bộ A" }, org.Unchanged, ""},
			{func(r *org.ImportRow) { r.Email = "b@hungyen.gov.vn" }, org.NewPerson, ""},
			{func(r *org.ImportRow) { r.Title, r.OrgCode = "", "" }, org.Unchanged, ""},
			{func(r *org.ImportRow) { r.Name = "Người khác" }, org.Refused, "org.import-other-name"},
			{func(r *org.ImportRow) { r.Name = "" }, org.Refused, "org.person-name"},
			{func(r *org.ImportRow) { r.Email = "a" }, org.Refused, "org.person-email"},
			{func(r *org.ImportRow) { r.OrgCode = "H99" }, org.Refused, "org.import-code"},
			{func(r *org.ImportRow) { r.OrgCode = "" }, org.Refused, "org.import-no-org"},
			{func(r *org.ImportRow) { r.OrgCode, r.OrgName = "", "Sở Xiếc" }, org.Refused, "org.import-unknown"},
			{func(r *org.ImportRow) { r.OrgCode, r.OrgName = "", "Sở Tài chính" }, org.Question, "org.import-which"},
			{func(r *org.ImportRow) { r.OrgCode, r.OrgName = "", "Bệnh viện Phố Nối" }, org.Question, "org.import-near"},
			{func(r *org.ImportRow) { r.OrgCode = "hy-so-nganh" }, org.Refused, "org.post-collective"},
			{func(r *org.ImportRow) { r.Title, r.Roles = "Kiểm soát", []string{"compliance_officer"} }, org.Refused, "org.post-title"},
			{func(r *org.ImportRow) { r.Units = []string{"xx"} }, org.Refused, "org.post-unit"},
		} {
			r := good
			c.change(&r)
			report := must[org.Report](t)(s.ImportPeople(ctx, clerk, []org.ImportRow{r}, true))
			got := report.Rows[0]
			if got.Outcome != c.outcome || c.key != "" && !fault.Is(got.Err, c.key) || got.Text == "" || strings.Contains(got.Text, "org.") {
				t.Errorf("%+v: got %s %v %q, want %s %s", r, got.Outcome, got.Err, got.Text, c.outcome, c.key)
			}
			if (got.Outcome == org.Question) != (len(got.Candidates) > 0) {
				t.Errorf("%s with %d candidates", got.Outcome, len(got.Candidates))
			}
		}

		// Two rows without an address that are alike: nobody can tell whether
		// they are one person.
		twin := org.ImportRow{Name: "Cán bộ E", OrgCode: "hy-stc", Title: "Chuyên viên"}
		twins := must[org.Report](t)(s.ImportPeople(ctx, clerk, []org.ImportRow{twin, twin}, false))
		if twins.Rows[0].Outcome != org.NewPerson || !fault.Is(twins.Rows[1].Err, "org.import-no-address") || twins.Written {
			t.Errorf("twins: %+v", twins.Rows)
		}

		// One wrong row keeps all from being written.
		bad := org.ImportRow{Name: "Cán bộ C", Email: "c@hungyen.gov.vn", OrgName: "Sở Tài chính", Title: "Chuyên viên"}
		fine := org.ImportRow{Name: "Cán bộ D", Email: "d@hungyen.gov.vn", OrgCode: "hy-stc", Title: "Chuyên viên"}
		report := must[org.Report](t)(s.ImportPeople(locale.With(ctx, locale.En), clerk, []org.ImportRow{fine, bad}, false))
		if report.Written || !report.Question || len(must[[]org.Person](t)(s.People(ctx, "", "", 9))) != 1 {
			t.Errorf("with a question: %+v", report)
		}
		if c := report.Rows[1].Candidates; len(c) != 2 || c[0].Path != "Ủy ban nhân dân tỉnh Hà Tĩnh" {
			t.Errorf("candidates: %+v", c)
		}
		if !strings.HasPrefix(report.Rows[1].Text, "Several organisations") {
			t.Errorf("in English: %s", report.Rows[1].Text)
		}
	})
}
