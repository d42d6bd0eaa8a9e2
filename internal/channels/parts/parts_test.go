package parts_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/parts"
)

func TestAsk(t *testing.T) {
	for name, c := range map[string]struct {
		form  parts.Form
		has   []string
		hasnt []string
	}{
		"a form that posts": {
			parts.Form{ID: "day", Path: "/calendar", Token: "t", Submit: "Ghi", Hidden: []parts.Hidden{{"year", "2026"}}},
			[]string{`method="post"`, `name="token" value="t"`, `name="year" value="2026"`, `class="btn btn-primary"`, `id="day"`}, []string{"enctype", "<details"},
		},
		"a question":          {parts.Form{Path: "/issues", Token: "t", Get: true, Submit: "Lọc"}, []string{`method="get"`}, []string{"token"}},
		"a folded danger":     {parts.Form{ID: "end", Title: "Kết thúc", Folded: true, Danger: true}, []string{`<details class="admin-folded" id="end"`, `class="btn btn-outline-danger"`}, []string{"btn-primary"}},
		"a button in a row":   {parts.Form{Small: true, Danger: true}, []string{"admin-form-small", `class="btn btn-outline-danger btn-sm"`}, nil},
		"a button of its own": {parts.Form{Small: true, Button: "btn"}, []string{`class="btn"`}, []string{"btn-sm"}},
		"a file":              {parts.Form{ID: "f", Files: true, Fields: []parts.Field{{Name: "list", Kind: "file"}}}, []string{`enctype="multipart/form-data"`, `type="file" id="f-list"`}, nil},
		"a hint is tied to its field": {
			parts.Form{ID: "f", Fields: []parts.Field{{Name: "why", Kind: "area", Hint: "Vì sao"}, {Name: "on", Kind: "day", Required: true}}},
			[]string{`aria-describedby="f-why-hint"`, `id="f-why-hint"`, `placeholder="dd/mm/yyyy"`, " required"}, []string{"f-on-hint"},
		},
		"checks": {
			parts.Form{ID: "f", Fields: []parts.Field{{Name: "mail", Kind: "checks", Hint: "Không chọn là tất cả", Picks: []parts.Pick{{"urgent", "Khẩn", true, false}, {"info", "Tin", false, true}}}}},
			[]string{`<fieldset aria-describedby="f-mail-hint"`, `id="f-mail-hint"`, `value="urgent" checked`, `value="info" disabled`}, nil,
		},
		"a check":      {parts.Form{ID: "f", Fields: []parts.Field{{Name: "on", Kind: "check", Value: "true", Label: "Dùng"}}}, []string{`name="on" value="true" checked`}, nil},
		"suggestions":  {parts.Form{ID: "f", Fields: []parts.Field{{Name: "org", Suggest: []parts.Pick{{"hy-syt", "Sở Y tế", false, false}}}}}, []string{`list="f-org-list"`, `<option value="hy-syt">Sở Y tế`}, nil},
		"no script in": {parts.Form{ID: "f", Title: "<script>", Fields: []parts.Field{{Name: "a", Value: `"><b>`}}}, []string{"&lt;script&gt;"}, []string{"<script>", "<b>"}},
	} {
		var b strings.Builder
		if err := parts.Ask(c.form).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		for _, part := range c.has {
			if !strings.Contains(b.String(), part) {
				t.Errorf("%s has no %s:\n%s", name, part, b.String())
			}
		}
		for _, part := range c.hasnt {
			if strings.Contains(b.String(), part) {
				t.Errorf("%s has %s:\n%s", name, part, b.String())
			}
		}
	}
}
