package systems

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/registers"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// How like each other systems are: from shown on they are shown to who wants to
// build one, from alike on they need a reason beside them. Both are proposals of
// ours: no act gives a measure.
const (
	shownMeasure = 0.3
	alikeMeasure = 0.5
	mostSimilar  = 8
)

// Similar are the systems nearest to one of this name and these functions, nearest
// first; id is left out.
func (d *Desk) Similar(ctx context.Context, id, name, functions string) []catalog.Match {
	to := catalog.Entry{Kind: catalog.System, ID: cmp.Or(id, "\x00"), Title: name, Text: functions}
	return d.Finder.Similar(ctx, to, catalog.Like{Kinds: []catalog.Kind{catalog.System}, Limit: mostSimilar, Least: shownMeasure})
}

// Alike keeps those that are so near that a new one needs a reason beside them.
func Alike(all []catalog.Match) (near []catalog.Match) {
	for _, m := range all {
		if m.Same || m.Measure >= alikeMeasure {
			near = append(near, m)
		}
	}
	return near
}

// An AlikeError says which systems do already what somebody wants to build.
type AlikeError struct {
	Near  []catalog.Match
	fault *fault.Error
}

// Error implements error.
func (a *AlikeError) Error() string { return a.fault.Error() }

// Unwrap is the fault that the doors speak of.
func (a *AlikeError) Unwrap() error { return a.fault }

// Parts are the systems as doors list them.
func (a *AlikeError) Parts(l locale.Lang) (all [][2]string) {
	for _, m := range a.Near {
		all = append(all, [2]string{"systems/" + m.Entry.ID, l.T("register.alike-part", m.Entry.Title, l.Float(100*m.Measure, 0))})
	}
	return all
}

// A Proposal is a system that somebody wants to build.
type Proposal struct {
	Cells  map[string]string // canonical texts; what the platform sets itself is left aside
	WhyNew string            // why none of those that are like it will do, "" when there is none
	Why    string            // reason of the entry; "" = that it is proposed
	Repeat string
}

// Fixed are the columns of the register that no form asks for: they change by the
// process, or are told by the platform.
func Fixed() []string { return []string{colState, colSince, colBasis, colConfirmed} }

// Propose enters a system as proposed, after looking for those that it could be
// built on: where there are some and nobody says why a new one is needed, an
// *AlikeError tells them.
func (d *Desk) Propose(ctx context.Context, p Proposal) (id string, st corridor.Status, err error) {
	con, obj, err := d.Door.Find(ctx, policy.Send, d.Contracts, d.Register(ctx))
	if err != nil {
		return "", st, err
	}
	if _, err := d.Door.MaySend(ctx, con, obj, contract.Merge); err != nil {
		return "", st, err
	}
	whyNew := strings.Join(strings.Fields(p.WhyNew), " ")
	near := Alike(d.Similar(ctx, "", p.Cells[colName], p.Cells[colFunctions]))
	if len(near) > 0 && whyNew == "" {
		return "", st, &AlikeError{near, fault.New(fault.Conflict, "register.alike", near[0].Entry.Title, int64(len(near)))}
	}
	if whyNew != "" {
		if whyNew, err = moves.Reason(whyNew); err != nil {
			return "", st, err
		}
	}
	cells, err := d.proposed(ctx, obj, p.Cells, whyNew)
	if err != nil {
		return "", st, err
	}
	why := cmp.Or(strings.TrimSpace(p.Why), whyNew, "Đề xuất hệ thống mới")
	st, err = d.Forms.Save(ctx, form.Edit{Con: con, Obj: obj, Cells: cells, Why: why, Repeat: p.Repeat})
	return cells[colCode], st, err
}

// proposed completes the cells of a proposal.
func (d *Desk) proposed(ctx context.Context, obj *contract.Object, given map[string]string, whyNew string) (map[string]string, error) {
	cells := map[string]string{}
	for name, text := range given {
		cells[name] = text
	}
	for i := range obj.Columns {
		if c := &obj.Columns[i]; c.Type == contract.Boolean && c.Required && cells[c.Name] == "" {
			cells[c.Name] = "false"
		}
	}
	cells[colState], cells[colSince], cells[colConfirmed] = string(registry.Proposed), d.today().String(), "true"
	cells[colBasis] = ""
	if whyNew != "" && cells[colNote] == "" {
		cells[colNote] = cut("Lý do xây dựng mới: "+whyNew, moves.MostWords)
	}
	if cells[colProvince] == "" && obj.Column(colProvince) >= 0 {
		var err error
		if cells[colProvince], err = d.provinceOf(ctx, cells[colOwner]); err != nil {
			return nil, err
		}
	}
	if cells[colCode] == "" {
		var err error
		if cells[colCode], err = d.nextCode(ctx, obj, nil); err != nil {
			return nil, err
		}
	}
	return cells, nil
}

// provinceOf is the code of an agency's province, "" when it is of no single one.
func (d *Desk) provinceOf(ctx context.Context, agency string) (string, error) {
	if d.Orgs == nil || agency == "" {
		return "", nil
	}
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	if o, ok := snap.Org(agency); ok {
		return o.Province, nil
	}
	return "", nil
}

func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

// nextCode is the first code of this year that no system has, whoever sees it, and
// that is not given away yet: HY-2026-0001, with what the register's own id begins
// with.
func (d *Desk) nextCode(ctx context.Context, obj *contract.Object, given map[string]bool) (string, error) {
	province, _, _ := strings.Cut(d.set(ctx, contract.RegisterSystems), "-")
	year, _, _ := d.today().YMD()
	prefix := fmt.Sprintf("%s-%04d-", strings.ToUpper(province), year)
	view, err := d.whole(obj)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	maps.Copy(taken, given)
	t := registers.Table{Obj: obj, View: view}
	err = d.reader().Each(ctx, t, record.KeyText(obj, []any{prefix}), func(r record.Row) bool {
		code := form.Text(r.Values[colCode])
		taken[code] = true
		return strings.HasPrefix(code, prefix)
	})
	for n := 1; err == nil; n++ {
		if code := fmt.Sprintf("%s%04d", prefix, n); !taken[code] {
			return code, nil
		}
	}
	return "", err
}

// whole is the platform's own view of an object: for what tells nobody a row.
func (d *Desk) whole(obj *contract.Object) (*record.View, error) {
	view, err := record.NewView(obj, policy.Everything, d.Door.Secrets)
	if err == nil {
		view.ShowHeld()
	}
	return view, err
}

// Edit changes a system's row. What changes by the process stays as it is.
func (d *Desk) Edit(ctx context.Context, id string, seq int64, cells map[string]string, why string) (corridor.Status, error) {
	con, obj, err := d.Door.Find(ctx, policy.Send, d.Contracts, d.Register(ctx))
	if err != nil {
		return corridor.Status{}, err
	}
	given := map[string]string{}
	for name, text := range cells {
		given[name] = text
	}
	for _, name := range append(Fixed(), colCode) {
		delete(given, name)
	}
	return d.Forms.Save(ctx, form.Edit{Con: con, Obj: obj, Key: record.KeyText(obj, []any{id}), Seq: seq, Cells: given, Why: why})
}

// Load finds a system that the caller wants to change, with its contract.
func (d *Desk) Load(ctx context.Context, id string) (*contract.Contract, *contract.Object, record.Row, error) {
	con, obj, err := d.Door.Find(ctx, policy.Send, d.Contracts, d.Register(ctx))
	if err != nil {
		return nil, nil, record.Row{}, err
	}
	if _, err := d.Door.MaySend(ctx, con, obj, contract.Merge); err != nil {
		return nil, nil, record.Row{}, err
	}
	row, err := d.Forms.Load(ctx, con, obj, record.KeyText(obj, []any{id}))
	if fault.Is(err, "record.unknown") {
		err = fault.New(fault.NotFound, "register.unknown", id)
	}
	if err == nil && !d.theirs(ctx, con, obj, form.Text(row.Values[colOwner])) {
		err = fault.New(fault.Denied, "register.not-theirs", form.Text(row.Values[colName]))
	}
	return con, obj, row, err
}

// Lookup is the register's contract and table, for forms.
func (d *Desk) Lookup(ctx context.Context) (*contract.Contract, *contract.Object, error) {
	return door.Lookup(ctx, d.Contracts, d.Register(ctx))
}
