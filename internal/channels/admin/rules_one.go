package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/ruledesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// An editorView is a policy's text being edited.
type editorView struct {
	Path, Token       string
	Text, Match, Note string
	New               bool
	Checked           bool // it was looked at, and Findings and Effects are of it
	Findings          []findingView
	Effects           *tableView
	Same              bool // it changes nothing for anybody in the table
}

type findingView struct {
	Bad   bool
	Where string
	Text  string
}

// newRuleText is what a new policy begins with.
const newRuleText = `@id("don-vi.ten-chinh-sach")
@vi("Câu giải thích cho người đọc.")
@rows("unit")
permit (principal in Role::"official", action == Action::"read", resource is Dataset);
`

func (s *pages) rule(w http.ResponseWriter, r *http.Request) error {
	v, err := s.ruleScreen(r, r.PathValue("id"), nil)
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

// ruleScreen shows one policy; edit is what is being made of it.
func (s *pages) ruleScreen(r *http.Request, id string, edit *editorView) (v screenView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	have, err := s.Policies.Get(ctx, id)
	if err != nil {
		return v, err
	}
	history, err := s.Policies.History(ctx, id, 0, 50)
	if err != nil {
		return v, err
	}
	title := sentenceOf(l, have.Text)
	if id == policy.SettingsID {
		title = l.T("rules.settings")
	}
	if title == "" {
		title = id
	}
	v = screenView{Crumbs: crumbs(l, linkView{Text: l.T("rules.title"), Path: "/admin/policies"}), Title: title, Bands: effectBand(l, have.Text)}
	if have.Removed {
		v.Bands = []bandView{{"none", l.T("rules.removed")}}
	}
	facts := []factView{
		{Name: l.T("rules.id"), Value: id, Code: true}, {Name: l.T("rules.from"), Value: s.ruleFrom(l, have)},
		{Name: l.T("rules.since"), Value: l.T("rules.since-by", l.Stamp(have.ChangedAt), have.By.Name)},
	}
	if basis := firstOf(ruleBasis, have.Text); basis != "" {
		facts = append(facts, factView{Name: l.T("rules.basis"), Value: basis, Vi: true})
	}
	may := s.Door.Can(ctx, policy.EditPolicy, policy.What{Kind: policy.KindPolicy})
	v.Sections = append(v.Sections, sectionView{ID: "about", Facts: facts, Body: ruleText(have.Text)})
	if may && !have.Removed {
		if edit == nil {
			edit = &editorView{Text: have.Text, Match: have.Digest}
		}
		edit.Path, edit.Token = "/admin/policies/"+id, token(ctx)
		v.Sections = append(v.Sections, sectionView{ID: "edit", Title: l.T("rules.edit"), Lead: l.T("rules.edit.lead"), Body: ruleEditor(*edit)})
		if id != policy.SettingsID {
			v.Sections = append(v.Sections, sectionView{ID: "take-away", Forms: []formView{{ID: "remove", Folded: true, Danger: true, Title: l.T("rules.remove"),
				Hint: l.T("rules.remove.hint"), Path: "/admin/policies/" + id + "/remove", Token: token(ctx), Submit: l.T("rules.remove"),
				Hidden: []hiddenView{{"match", have.Digest}}, Fields: []fieldView{{Name: "note", Label: l.T("rules.note"), Wide: true, Required: true}}}}})
		}
	}
	v.Sections = append(v.Sections, ruleHistory(ctx, id, history, r.URL.Query().Get("diff"), may))
	return v, nil
}

// ruleHistory lists the changes, the last of which can be undone, and shows what
// one of them changed.
func ruleHistory(ctx context.Context, id string, history []policy.Version, shown string, may bool) sectionView {
	l := locale.From(ctx)
	t := &tableView{Caption: l.T("rules.history"), Head: []string{l.T("rules.change"), l.T("rules.when"), l.T("rules.who"), l.T("rules.note"), l.T("rules.do")}}
	part := sectionView{ID: "history", Title: l.T("rules.history"), Table: t}
	for i, h := range history {
		what := l.T("rules.version", h.Version)
		var before string
		if i+1 < len(history) {
			before = history[i+1].Text
		}
		last := cellView{}
		if i == 0 && may && (h.Version > 1 || h.Pack == "" && id != policy.SettingsID) { // what a pack brought is taken away by name
			last.Forms = []formView{{ID: "undo", Small: true, Path: "/admin/policies/" + id + "/undo", Token: token(ctx), Submit: l.T("rules.undo"),
				Hidden: []hiddenView{{"seq", strconv.FormatInt(h.Seq, 10)}}}}
		}
		cell := cellView{Text: what, Link: "/admin/policies/" + id + "?diff=" + strconv.FormatInt(h.Seq, 10) + "#history"}
		if h.Removed {
			cell.Bands = []bandView{{"none", l.T("rules.removed")}}
		}
		t.Rows = append(t.Rows, []cellView{cell, {Text: l.Stamp(h.ChangedAt)}, {Text: h.By.Name}, {Text: h.Note, Vi: true}, last})
		if seqOf(shown) == h.Seq {
			part.Body = ruleDiff(l.T("rules.diff", h.Version), diffLines(before, h.Text))
		}
	}
	return part
}

func (s *pages) newRule(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.newRuleScreen(r, &editorView{Text: newRuleText}))
}

func (s *pages) newRuleScreen(r *http.Request, edit *editorView) screenView {
	l := locale.From(r.Context())
	edit.New, edit.Path, edit.Token = true, "/admin/policies/new", token(r.Context())
	return screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("rules.title"), Path: "/admin/policies"}), Title: l.T("rules.new"), Lead: l.T("rules.new.lead"),
		Sections: []sectionView{{ID: "edit", Lead: l.T("rules.edit.lead"), Body: ruleEditor(*edit)}},
	}
}

// makeRule stores a new policy under the id that its text names.
func (s *pages) makeRule(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	id := firstOf(ruleID, f.Get("text"))
	screen := func(edit *editorView) (screenView, error) { return s.newRuleScreen(r, edit), nil }
	if !ruledesk.Free(id) {
		edit := &editorView{Text: f.Get("text"), Note: f.Get("note")}
		return s.refuse(w, r, fault.New(fault.Invalid, "rules.no-id"), func() (screenView, error) { return screen(edit) })
	}
	return s.putRule(w, r, f, id, screen)
}

func (s *pages) changeRule(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	return s.putRule(w, r, f, id, func(edit *editorView) (screenView, error) { return s.ruleScreen(r, id, edit) })
}

// putRule looks at a text, or puts it in force.
func (s *pages) putRule(w http.ResponseWriter, r *http.Request, f url.Values, id string, screen func(*editorView) (screenView, error)) error {
	ctx := r.Context()
	edit := &editorView{Text: f.Get("text"), Match: f.Get("match"), Note: strings.TrimSpace(f.Get("note")), Checked: true}
	if f.Get("do") != "save" {
		findings := s.Policies.Check(id, edit.Text)
		edit.Findings = findingViews(locale.From(ctx), findings)
		if !policy.Broken(findings) {
			effects, err := s.effects(ctx, id, edit.Text)
			if err != nil {
				return err
			}
			edit.Effects, edit.Same = effects, len(effects.Rows) == 0
		}
		v, err := screen(edit)
		if err != nil {
			return err
		}
		v.Done = ""
		return ui.Render(w, r, http.StatusOK, wholePage(s.Page(r, v.Title, "admin"), screenPage(v)))
	}
	_, _, err := s.ruleDesk.Put(ctx, id, edit.Text, edit.Note, edit.Match)
	if err == nil {
		http.Redirect(w, r, "/admin/policies/"+id+"?done=changed", http.StatusSeeOther)
		return nil
	}
	var refusal *policy.Refusal
	if errors.As(err, &refusal) {
		edit.Findings = findingViews(locale.From(ctx), refusal.Findings)
	} else {
		edit.Checked = false
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict:
	default:
		return err
	}
	if fault.Is(err, "policy.changed") { // saved again it goes over what the page now shows
		if have, e := s.Policies.Get(ctx, id); e == nil && !have.Removed {
			edit.Match = have.Digest
		}
	}
	v, e := screen(edit)
	if e != nil {
		return err
	}
	v.Problem = locale.From(ctx).Error(err)
	return ui.Render(w, r, api.Status(err), wholePage(s.Page(r, v.Title, "admin"), screenPage(v)))
}

func findingViews(l locale.Lang, all []policy.Finding) []findingView {
	var list []findingView
	for _, f := range all {
		v := findingView{Bad: f.Severity == "error", Text: l.Of(f.Vi, f.En), Where: l.T("rules.whole")}
		if f.Line > 0 {
			v.Where = l.T("rules.where", int64(f.Line), int64(f.Column))
		}
		list = append(list, v)
	}
	return list
}

func (s *pages) removeRule(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	return s.act(w, r, func() (screenView, error) { return s.ruleScreen(r, id, nil) }, func(f url.Values) (string, error) {
		return "/admin/policies/" + id + "?done=revoked", s.ruleDesk.Remove(r.Context(), id, f.Get("note"), f.Get("match"))
	})
}

func (s *pages) undoRule(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	return s.act(w, r, func() (screenView, error) { return s.ruleScreen(r, id, nil) }, func(f url.Values) (string, error) {
		return "/admin/policies/" + id + "?done=undone", s.ruleDesk.Undo(r.Context(), id, seqOf(f.Get("seq")))
	})
}

// A diffLine is a line that went, came or stayed.
type diffLine struct{ Kind, Text string }

// diffLines compares two texts line by line. Policies are short: a table of all
// pairs of lines is small, and longer texts are shown whole, old above new.
func diffLines(before, after string) []diffLine {
	a, b := lines(before), lines(after)
	var out []diffLine
	if len(a)*len(b) > 4_000_000 {
		for _, x := range a {
			out = append(out, diffLine{"-", x})
		}
		for _, x := range b {
			out = append(out, diffLine{"+", x})
		}
		return out
	}
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, diffLine{" ", a[i]})
			i++
			j++
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			out = append(out, diffLine{"-", a[i]})
			i++
		default:
			out = append(out, diffLine{"+", b[j]})
			j++
		}
	}
	return out
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}
