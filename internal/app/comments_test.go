package app

import (
	"html"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/comment"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/packs"
)

// TestComments_refused: a comment that is not taken is answered on the page that it
// was written on, which says what is wrong at the field and holds what was written;
// so is a reason why one is withdrawn.
func TestComments_refused(t *testing.T) {
	l := &dutyLand{land: &land{App: withPacks(t, "viet-nam", "hung-yen")}, t: t}
	p, _ := packs.Open("hung-yen")
	for dataset, file := range map[string]string{"hy-he-thong.he_thong": "hy-he-thong.csv", "hy-he-thong-quy-trinh.buoc": "hy-he-thong-buoc.csv"} {
		body, err := fs.ReadFile(p, "data/"+file)
		if err != nil {
			t.Fatal(err)
		}
		(&province{l.App}).send(t, dataset, file, body)
	}
	v := &visitor{}
	l.signIn(t, v, policy.RoleGovernor, "hy-skhcn", 951)

	const number = "Xem ông 033 099 001 234 <b>"
	for object, path := range map[string]string{
		"organisation:hy-syt": "/organisations/hy-syt/score", "system:A01": "/systems/A01", "dataset:hy-xa": "/datasets/hy-xa", "codelist:dan-toc": "/codelists/dan-toc",
		"term:ph:ID-001": "/dictionary/ph:ID-001", "measure:KT-KQ-1": "/governance/KT-KQ-1",
	} {
		title := func(text string) string {
			_, rest, _ := strings.Cut(text, "<h1")
			got, _, _ := strings.Cut(rest, "</h1>")
			return got
		}
		page := l.page(v, path, http.StatusOK)
		for says, text := range map[string]string{
			"dãy số giống số định danh": number, "Rút gọn rồi gửi lại": strings.Repeat("ă", comment.Most+1), "Chưa ghi nội dung": " ",
		} {
			got := l.page(v, "/comments", http.StatusBadRequest, "object", object, "text", text)
			if !strings.Contains(got, says) || !strings.Contains(got, `autofocus>`+"\n"+html.EscapeString(text)+`</textarea>`) || title(got) != title(page) {
				t.Errorf("%s, %s: %.3000s", object, says, got)
			}
		}

		l.page(v, "/comments", http.StatusSeeOther, "object", object, "text", "Cột tên còn thiếu")
		page = l.page(v, path, http.StatusOK)
		_, id, _ := strings.Cut(page, `action="/comments/`)
		if id, _, _ = strings.Cut(id, "/"); id == "" {
			t.Fatalf("%s: no comment to withdraw", object)
		}
		got := l.page(v, "/comments/"+id+"/withdraw", http.StatusBadRequest, "why", number)
		if !strings.Contains(got, `value="`+html.EscapeString(number)+`"`) || !strings.Contains(got, "Lý do, căn cứ có dãy số") || title(got) != title(page) {
			t.Errorf("%s: %.3000s", object, got)
		}
		l.page(v, "/comments/"+id+"/withdraw", http.StatusSeeOther, "why", "Nhầm đối tượng")
		if got := l.page(v, "/comments/"+id+"/withdraw", http.StatusConflict, "why", "Nhầm đối tượng"); !strings.Contains(got, "đã thu hồi ý kiến này") {
			t.Errorf("%s: %.3000s", object, got)
		}
	}
	// What there is no page for is an error page, as before.
	l.page(v, "/comments", http.StatusNotFound, "object", "dataset:khong-co", "text", "Xin chào")
}
