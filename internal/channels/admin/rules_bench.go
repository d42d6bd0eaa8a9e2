package admin

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/ruledesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A benchView is its answer.
type benchView struct {
	Form     formView
	Asked    bool
	Problem  string
	Who      string
	Allowed  bool
	Sentence string
	Needs    []string
	Columns  *tableView
	Steps    []stepView
	NotMet   []stepView // candidates that had no part
	Matrix   *matrixView
	At       string
	Version  string
}

// A stepView is a policy that was looked at.
type stepView struct {
	ID, Sentence, Does, Basis, Text string
	Effect                          []bandView
	For                             string // column that it is about
}

// A matrixView is who sees which column how.
type matrixView struct {
	Title string
	Heads []string
	Rows  []matrixRow
}

type matrixRow struct {
	Role, Stands, Rows string
	Cells              []matrixCell
}

type matrixCell struct{ Kind, Text string }

// bench answers questions without a script; its address can be kept and its page
// printed.
func (s *pages) bench(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	q := r.URL.Query()
	ask := ruledesk.Question{
		Of: q.Get("of"), Column: strings.TrimSpace(q.Get("column")), Action: policy.Action(cmp.Or(q.Get("action"), string(policy.Read))),
		Role: cmp.Or(q.Get("role"), policy.RoleOfficial), Stands: q.Get("stands"),
		Account: strings.TrimSpace(q.Get("account")), Org: strings.TrimSpace(q.Get("org")), Purpose: q.Get("purpose"), Strong: q.Get("strong") == "yes",
	}
	sets, err := s.ruleDesk.Sets(ctx)
	if err != nil {
		return err
	}
	all := append(slices.Clone(sets), ruledesk.Kinds(l)...)
	v := benchView{Asked: ask.Of != ""}
	if v.Asked {
		if err := s.answer(ctx, ask, &v); err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.NotFound {
				return err
			}
			v.Problem = l.Error(err)
		}
	}
	if v.Form, err = s.benchForm(ctx, ask, all); err != nil {
		return err
	}
	v.At, v.Version = l.Time(time.Now()), s.Policies.Version()
	return s.show(w, r, screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("rules.title"), Path: "/admin/policies"}), Title: l.T("rules.bench"), Lead: l.T("rules.bench.lead"),
		Problem: v.Problem, Sections: benchSections(l, v),
	})
}

func (s *pages) benchForm(ctx context.Context, ask ruledesk.Question, all []ruledesk.Subject) (formView, error) {
	l := locale.From(ctx)
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return formView{}, err
	}
	pick := func(value, text, chosen string) pickView {
		return pickView{Value: value, Text: text, Chosen: value == chosen}
	}
	var of, actions, roles, stands, columns []pickView
	for _, one := range all {
		of = append(of, pick(one.Value, one.Title, ask.Of))
		if one.Value == ask.Of {
			for _, c := range one.What.Columns {
				columns = append(columns, pickView{Value: c.Name})
			}
		}
	}
	for _, a := range policy.Actions() {
		actions = append(actions, pick(string(a), actionWords(l, a), string(ask.Action)))
	}
	for _, role := range s.Policies.Roles() {
		roles = append(roles, pick(role.ID, roleWords(l, role), ask.Role))
	}
	for _, one := range []string{policy.StandsOwn, policy.StandsUnit, policy.StandsOther} {
		stands = append(stands, pick(one, standsWords(l, one), ask.Stands))
	}
	purposes := []pickView{pick("", l.T("rules.no-purpose"), ask.Purpose)}
	for _, p := range s.Policies.Purposes() {
		purposes = append(purposes, pick(p.Code, l.Of(p.Vi, p.En), ask.Purpose))
	}
	return formView{
		ID: "bench", Path: "/admin/policies/test", Get: true, Submit: l.T("rules.ask"),
		Fields: []fieldView{
			{Name: "of", Label: l.T("rules.object"), Kind: "select", Picks: of, Wide: true},
			{Name: "column", Label: l.T("rules.column"), Value: ask.Column, Suggest: columns, Hint: l.T("rules.column.hint")},
			{Name: "action", Label: l.T("rules.action"), Kind: "select", Picks: actions},
			{Name: "role", Label: l.T("rules.role"), Kind: "select", Picks: roles},
			{Name: "stands", Label: l.T("rules.stands"), Kind: "select", Picks: stands},
			{Name: "account", Label: l.T("rules.account"), Value: ask.Account, Hint: l.T("rules.account.hint")},
			s.orgField(snap, "org", l.T("rules.org"), ask.Org, l.T("rules.org.hint"), false),
			{Name: "purpose", Label: l.T("rules.purpose"), Kind: "select", Picks: purposes},
			{Name: "strong", Label: l.T("rules.strong"), Kind: "checks", Picks: []pickView{{Value: "yes", Text: l.T("rules.strong.shown"), Chosen: ask.Strong}}},
		},
	}, nil
}

// answer explains the decision and fills the table of everybody else's.
func (s *pages) answer(ctx context.Context, ask ruledesk.Question, v *benchView) error {
	l := locale.From(ctx)
	if ask.Account == "" && ask.Role != policy.RolePublic {
		var err error
		if ask.Org, err = s.orgDesk.Named(ctx, ask.Org); err != nil { // as people write it
			return err
		}
	}
	a, err := s.ruleDesk.Ask(ctx, ask)
	if err != nil {
		return err
	}
	v.Who, v.Allowed, v.Sentence = s.askerName(l, ask, &a), a.Decision.Allowed, l.Of(a.Vi, a.En)
	if a.Decision.NeedsPurpose {
		v.Needs = append(v.Needs, l.T("rules.needs-purpose"))
	}
	if a.Decision.NeedsStrong {
		v.Needs = append(v.Needs, l.T("rules.needs-strong"))
	}
	v.fill(l, a.Explanation, ask.Column)
	v.Matrix = matrixOf(l, a.WhoCan, a.Columns, a.Of.Title, actionWords(l, ask.Action))
	return nil
}

// askerName says in words who asks.
func (s *pages) askerName(l locale.Lang, ask ruledesk.Question, a *ruledesk.Answer) string {
	switch role := s.roleName(l, ask.Role); {
	case a.Account != nil:
		return l.T("rules.as-account", a.Account.Name, s.roleNames(l, a.Who.Roles))
	case ask.Role == policy.RolePublic:
		return role
	case a.Org != nil:
		return l.T("rules.as-role-at", role, a.Org.Name)
	default:
		return l.T("rules.as-role", role, standsWords(l, ask.Stands))
	}
}

// fill takes over what the explanation says, about one column or all.
func (v *benchView) fill(l locale.Lang, e policy.Explanation, column string) {
	steps := func(list []policy.Step, about string) {
		for _, p := range list {
			one := stepView{ID: p.Policy, Sentence: l.Of(p.Says.Vi, p.Says.En), Does: l.Of(p.Vi, p.En), Basis: p.Basis, Text: p.Text,
				Effect: effectBand(l, p.Effect+" ("), For: about}
			// What would show more of a column, once a purpose or a second factor is
			// shown, is worth reading too.
			if p.Counts || about != "" && p.Condition == policy.Holds {
				v.Steps = append(v.Steps, one)
			} else {
				v.NotMet = append(v.NotMet, one)
			}
		}
	}
	steps(e.Policies, "")
	if !e.Decision.Allowed || len(e.Columns) == 0 {
		return
	}
	v.Columns = &tableView{Caption: l.T("rules.columns"), Head: []string{l.T("rules.column"), l.T("rules.seen"), l.T("rules.why")}}
	for _, c := range e.Columns {
		if column != "" && c.Column != column {
			continue
		}
		cell := sightCell(l, policy.Sight{Mask: c.Mask, Match: c.Match})
		var why []string
		for _, p := range c.Policies {
			if p.Counts {
				why = append(why, l.Of(p.Says.Vi, p.Says.En)+" ["+p.Policy+"]")
			}
		}
		v.Columns.Rows = append(v.Columns.Rows, []cellView{{Text: c.Column, Code: true}, {Bands: []bandView{{cell.Kind, cell.Text}}}, {Text: l.Of(c.Vi, c.En), Under: strings.Join(why, " ")}})
		if column != "" {
			steps(c.Policies, c.Column)
		}
	}
}

// sightCell says in a word or two how a column is seen.
func sightCell(l locale.Lang, sight policy.Sight) matrixCell {
	c := matrixCell{"watch", ""}
	switch sight.Mask {
	case policy.Clear:
		return matrixCell{"good", l.T("rules.sight.clear")}
	case policy.LastFour:
		c.Text = l.T("rules.sight.last4")
	case policy.Year:
		c.Text = l.T("rules.sight.year")
	case policy.Commune:
		c.Text = l.T("rules.sight.commune")
	case policy.Hash:
		c.Text = l.T("rules.sight.hash")
	default:
		c = matrixCell{"poor", l.T("rules.sight.hidden")}
	}
	if sight.Match {
		c.Text = l.T("rules.sight.match", c.Text)
	}
	return c
}

// matrixOf is the table of who sees which column how. Places from which somebody
// sees the same are one line.
func matrixOf(l locale.Lang, all []policy.Standing, columns []policy.Column, of, action string) *matrixView {
	m := &matrixView{Title: l.T("rules.who-can", action, of)}
	for _, c := range columns {
		m.Heads = append(m.Heads, c.Name)
	}
	for i := 0; i < len(all); {
		j := i + 1
		same := true
		for j < len(all) && all[j].Role.ID == all[i].Role.ID {
			same = same && all[j].Vi == all[i].Vi
			j++
		}
		if same {
			m.Rows = append(m.Rows, matrixLine(l, all[i], columns, l.T("rules.stands.any")))
		} else {
			for _, one := range all[i:j] {
				m.Rows = append(m.Rows, matrixLine(l, one, columns, standsWords(l, one.Stands)))
			}
		}
		i = j
	}
	return m
}

func matrixLine(l locale.Lang, one policy.Standing, columns []policy.Column, stands string) matrixRow {
	d := one.Decision
	row := matrixRow{Role: roleWords(l, one.Role), Stands: stands, Rows: rowsWords(l, d)}
	for _, c := range columns {
		switch {
		case !d.Allowed:
			row.Cells = append(row.Cells, matrixCell{"none", l.T("rules.sight.no")})
		default:
			row.Cells = append(row.Cells, sightCell(l, d.Columns[c.Name]))
		}
	}
	return row
}

// rowsWords says in few words what somebody gets.
func rowsWords(l locale.Lang, d policy.Decision) string {
	var text string
	switch {
	case !d.Allowed && (d.NeedsPurpose || d.NeedsStrong):
		text = l.T("rules.rows.not-yet")
	case !d.Allowed:
		return l.T("rules.rows.no")
	case d.SmallestGroup > 0:
		text = l.T("rules.rows.groups", int64(d.SmallestGroup))
	case d.Rows.All:
		text = l.T("rules.rows.all")
	case d.Rows.None():
		text = l.T("rules.rows.yes")
	default:
		text = l.T("rules.rows.some")
	}
	if d.NeedsPurpose {
		text += "; " + l.T("rules.needs-purpose")
	}
	if d.NeedsStrong {
		text += "; " + l.T("rules.needs-strong")
	}
	return text
}

func benchSections(l locale.Lang, v benchView) []sectionView {
	all := []sectionView{{ID: "ask", Title: l.T("rules.question"), Forms: []formView{v.Form}}}
	if !v.Asked || v.Problem != "" {
		return all
	}
	all = append(all, sectionView{ID: "answer", Title: l.T("rules.answer"), Body: benchAnswer(v)})
	if v.Columns != nil {
		all = append(all, sectionView{ID: "columns", Title: l.T("rules.columns"), Table: v.Columns})
	}
	return append(all, sectionView{ID: "why", Title: l.T("rules.why"), Body: benchSteps(v)}, sectionView{ID: "who", Title: v.Matrix.Title, Body: benchMatrix(*v.Matrix)})
}
