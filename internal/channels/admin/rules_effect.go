package admin

import (
	"context"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/channels/ruledesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// effects says what changes for whom when a policy has another text: the table
// of who can do what, before and after, over some data sets and everything else
// there are rules for.
func (s *pages) effects(ctx context.Context, id, text string) (*tableView, error) {
	l := locale.From(ctx)
	after, err := s.trial(ctx, id, text)
	if err != nil {
		return nil, err
	}
	texts := []string{text}
	if have, err := s.Policies.Get(ctx, id); err == nil { // a new one has no text yet
		texts = append(texts, have.Text)
	}
	subjects, err := s.subjects(ctx, texts...)
	if err != nil {
		return nil, err
	}
	t := &tableView{Caption: l.T("rules.effects"), Head: []string{l.T("rules.role"), l.T("rules.action"), l.T("rules.object"), l.T("rules.before"), l.T("rules.after")}}
	for _, action := range policy.Actions() {
		for _, one := range subjects {
			old := s.Policies.WhoCan(action, one.What, policy.Purpose{}, true)
			now := after.WhoCan(action, one.What, policy.Purpose{}, true)
			for _, row := range changedStandings(l, old, now) {
				t.Rows = append(t.Rows, []cellView{{Text: row.role, Under: row.stands}, {Text: actionWords(l, action)}, {Text: one.Title, Vi: true}, {Text: row.before}, {Text: row.after}})
			}
		}
	}
	return t, nil
}

type changedStanding struct{ role, stands, before, after string }

func changedStandings(l locale.Lang, old, now []policy.Standing) (rows []changedStanding) {
	type place struct{ role, stands string }
	was := map[place]policy.Standing{}
	for _, o := range old {
		was[place{o.Role.ID, o.Stands}] = o
	}
	for _, n := range now {
		o := was[place{n.Role.ID, n.Stands}]
		if o.Vi == n.Vi {
			continue
		}
		rows = append(rows, changedStanding{roleWords(l, n.Role), standsWords(l, n.Stands), l.Of(o.Vi, o.En), l.Of(n.Vi, n.En)})
	}
	return rows
}

// subjects are imagined data sets that differ in what policies look at, those
// that the texts name, and all other kinds of things.
func (s *pages) subjects(ctx context.Context, texts ...string) (all []ruledesk.Subject, err error) {
	l := locale.From(ctx)
	for _, one := range []struct{ access, personal string }{
		{policy.AccessOpen, "none"}, {policy.AccessShared, "none"}, {policy.AccessShared, "basic"},
		{policy.AccessRestricted, "none"}, {policy.AccessRestricted, "basic"}, {policy.AccessRestricted, "sensitive"},
	} {
		all = append(all, ruledesk.Subject{Title: l.T("rules.set", accessWords(l, one.access), l.T("rules.set."+one.personal)), What: imagined(one.access, one.personal)})
	}
	sets, err := s.ruleDesk.Sets(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range sets {
		if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, `"`+one.What.ID) }) {
			all = append(all, one)
		}
	}
	return append(all, ruledesk.Kinds(l)...), nil
}

// imagined is a data set with rows of units and agencies.
func imagined(access, personal string) policy.What {
	w := policy.What{Kind: policy.KindDataset, ID: "?", Owner: "?", Access: access, Class: "other", UnitColumn: "ma_xa", OrgColumn: "ma_co_quan",
		Columns: []policy.Column{{Name: "ma_xa", PII: "none"}, {Name: "ma_co_quan", PII: "none"}}}
	if personal != "none" {
		w.Columns = append(w.Columns, policy.Column{Name: "so_dinh_danh", PII: "basic", Kind: "personal_id"}, policy.Column{Name: "ho_ten", PII: "basic", Kind: "name"},
			policy.Column{Name: "ngay_sinh", PII: "basic", Kind: "birth"}, policy.Column{Name: "dia_chi", PII: "basic", Kind: "address"})
	}
	if personal == "sensitive" {
		w.Columns = append(w.Columns, policy.Column{Name: "suc_khoe", PII: "sensitive", Kind: "health"})
	}
	return w
}

// trial is the policies as they would be with another text of one of them.
func (s *pages) trial(ctx context.Context, id, text string) (*policy.Policies, error) {
	all, err := s.Policies.List(ctx)
	if err != nil {
		return nil, err
	}
	settings := "kind: " + policy.KindName + "\n"
	var rules strings.Builder
	put := func(id, text string) {
		if id == policy.SettingsID {
			settings = text
			return
		}
		rules.WriteString(strings.TrimSpace(text) + "\n\n")
	}
	for _, v := range all {
		if v.ID != id {
			put(v.ID, v.Text)
		}
	}
	put(id, text)
	// The settings may name the files that a pack had; the first takes all.
	var named struct {
		Files []string `yaml:"files"`
	}
	if err := yaml.Unmarshal([]byte(settings), &named); err != nil {
		return nil, fault.New(fault.Invalid, "rules.settings-unreadable").Because(err)
	}
	folder := folderOf{}
	if len(named.Files) == 0 {
		named.Files = []string{"policies.cedar"}
		settings = strings.TrimRight(settings, "\n") + "\nfiles: [policies.cedar]\n"
	}
	for _, name := range named.Files {
		folder[name] = ""
	}
	folder[named.Files[0]], folder["policies.yaml"] = rules.String(), settings
	after, _, err := policy.Load(folder)
	return after, err
}

// A folderOf is files in memory.
type folderOf map[string]string

// Open is not asked: files are read whole.
func (f folderOf) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

// ReadFile gives a file (fs.ReadFileFS).
func (f folderOf) ReadFile(name string) ([]byte, error) {
	text, ok := f[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return []byte(text), nil
}

func actionWords(l locale.Lang, a policy.Action) string {
	vi, en := a.Words()
	return l.Of(vi, en)
}

func roleWords(l locale.Lang, r policy.Role) string { return l.Of(r.Vi, r.En) }

func standsWords(l locale.Lang, stands string) string {
	switch stands {
	case policy.StandsOwn:
		return l.T("rules.stands.own")
	case policy.StandsUnit:
		return l.T("rules.stands.unit")
	}
	return l.T("rules.stands.other")
}
