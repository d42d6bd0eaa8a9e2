package admin

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// What the pages about rules are for: who may try policies reads them, who may
// edit them changes them.
var (
	needRules     = door.Of(policy.TestPolicy, policy.KindPolicy)
	needRuleEdits = door.Of(policy.EditPolicy, policy.KindPolicy)
)

func (s *pages) rulesRoutes() {
	s.Handle("GET /admin/policies", needRules, s.rules)
	s.Handle("GET /admin/policies/new", needRuleEdits, s.newRule)
	s.Handle("POST /admin/policies/new", needRuleEdits, s.makeRule)
	s.Handle("GET /admin/policies/test", needRules, s.bench)
	s.Handle("GET /admin/policies/{id}", needRules, s.rule)
	s.Handle("POST /admin/policies/{id}", needRuleEdits, s.changeRule)
	s.Handle("POST /admin/policies/{id}/remove", needRuleEdits, s.removeRule)
	s.Handle("POST /admin/policies/{id}/undo", needRuleEdits, s.undoRule)
	s.auditRoutes()
	s.usageRoutes()
	s.classifyRoutes()
}

// The annotations of a policy that lists show; the service reads the text itself.
var (
	ruleSentence = map[locale.Lang]*regexp.Regexp{
		locale.Vi: regexp.MustCompile(`@vi\("((?:[^"\\]|\\.)*)"\)`), locale.En: regexp.MustCompile(`@en\("((?:[^"\\]|\\.)*)"\)`),
	}
	ruleBasis  = regexp.MustCompile(`@basis\("((?:[^"\\]|\\.)*)"\)`)
	ruleID     = regexp.MustCompile(`@id\("([^"\\]*)"\)`)
	ruleEffect = regexp.MustCompile(`(?m)^\s*(permit|forbid)\s*\(`)
)

func firstOf(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return strings.ReplaceAll(m[1], `\"`, `"`)
	}
	return ""
}

// sentenceOf is what a policy says of itself.
func sentenceOf(l locale.Lang, text string) string {
	if said := firstOf(ruleSentence[l], text); said != "" {
		return said
	}
	return firstOf(ruleSentence[locale.Vi], text)
}

func effectBand(l locale.Lang, text string) []bandView {
	switch firstOf(ruleEffect, text) {
	case "permit":
		return []bandView{{"good", l.T("rules.permit")}}
	case "forbid":
		return []bandView{{"poor", l.T("rules.forbid")}}
	}
	return nil
}

// shownRules is how many policies a list shows; the search finds the others.
const shownRules = 300

// rules lists what is in force.
func (s *pages) rules(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	all, err := s.Policies.List(ctx)
	if err != nil {
		return err
	}
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	words := strings.Fields(viet.Fold(q))
	t := &tableView{Caption: l.T("rules.list"), Empty: l.T("rules.none"),
		Head: []string{l.T("rules.policy"), l.T("rules.effect"), l.T("rules.from"), l.T("rules.since")}}
	found := 0
	for _, v := range all {
		text := viet.Fold(v.ID + " " + v.Text)
		if v.ID == policy.SettingsID || slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) }) {
			continue
		}
		if found++; found > shownRules {
			continue
		}
		t.Rows = append(t.Rows, []cellView{
			{Text: sentenceOf(l, v.Text), Link: "/admin/policies/" + v.ID, Under: v.ID},
			{Bands: effectBand(l, v.Text)}, {Text: s.ruleFrom(l, v)}, {Text: l.Stamp(v.ChangedAt), Under: l.T("rules.version", v.Version)},
		})
	}
	list := sectionView{ID: "policies", Title: l.T("rules.count", int64(found)), Table: t}
	if found > shownRules {
		list.Notes = []string{l.T("rules.more", int64(shownRules))}
	}
	links := []entryView{{"/admin/policies/test", l.T("rules.bench"), l.T("rules.bench.lead")}}
	may := s.Door.Can(ctx, policy.EditPolicy, policy.What{Kind: policy.KindPolicy})
	if may {
		links = append(links, entryView{"/admin/policies/new", l.T("rules.new"), l.T("rules.new.lead")})
	}
	links = append(links, entryView{"/admin/policies/" + policy.SettingsID, l.T("rules.settings"), l.T("rules.settings.lead")})
	if s.Door.Can(ctx, policy.Classify, policy.What{Kind: policy.KindDataset}) {
		links = append(links, entryView{"/admin/classification", l.T("classes.title"), l.T("classes.lead")})
	}
	return s.show(w, r, screenView{
		Crumbs: crumbs(l), Title: l.T("rules.title"), Lead: l.T("rules.lead"),
		Sections: []sectionView{
			{ID: "ways", Body: linksPart(links)},
			{ID: "find", Forms: []formView{{ID: "find-policy", Path: "/admin/policies", Get: true, Submit: l.T("rules.find"),
				Fields: []fieldView{{Name: "q", Label: l.T("rules.words"), Value: q, Kind: "search", Wide: true}}}}},
			list,
		},
	})
}

// ruleFrom says who brought a policy.
func (s *pages) ruleFrom(l locale.Lang, v policy.Version) string {
	if v.Pack != "" {
		return l.T("rules.pack", v.Pack)
	}
	if v.By.Name != "" {
		return v.By.Name
	}
	return v.By.ID
}

func seqOf(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0 // names no change
	}
	return n
}
