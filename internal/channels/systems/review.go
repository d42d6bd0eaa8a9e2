package systems

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A Review is the register as something that a review goes over: its columns are
// put before the agencies that own the systems, and what they answer is written as
// one batch.
type Review struct{ *Desk }

// notReviewed are columns that say where a row is from, or that follow from others.
var notReviewed = []string{colCode, "ma_ke_hoach", "lop_suy_ra", "chu_quan_suy_ra", "chuc_nang_en", "nguon", colProvince}

// inferred are flags that a value is a judgement of who made the row: an agency that
// has looked at the value takes them away.
var inferred = map[string]string{"lop": "lop_suy_ra", colOwner: "chu_quan_suy_ra"}

// alive are the states of a system that somebody has built, or builds: one that ends
// has been handed over. Of the others there was never anything but a paper.
var alive = []registry.State{registry.Building, registry.Trial, registry.Running, registry.Paused}

// Fields are those that a review may ask for.
func (r Review) Fields(ctx context.Context) ([]form.Field, error) {
	_, obj, names, err := r.Names(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(form.Fields(locale.From(ctx), obj, names), func(f form.Field) bool {
		return slices.Contains(notReviewed, f.Name) || slices.Contains(Fixed(), f.Name) && f.Name != colState
	}), nil
}

// Offered reports whether a review may put a field before all agencies: the state of a
// system that is there changes by the process alone.
func (r Review) Offered(field string) bool { return field != colState }

// NewFields are those that a system needs which was not in the list, besides its
// name; GoneFields what has to be said of one that is no longer there.
func (r Review) NewFields() []string { return []string{"loai", colFunctions, colState} }

// GoneFields are what has to be said of a system that is no longer there.
func (r Review) GoneFields() []string { return []string{"ban_giao_so", "ban_giao_ngay"} }

// Read turns what was written into canonical values; codes and agencies may be written
// by their names.
func (r Review) Read(ctx context.Context, style form.Style, values map[string]string) (map[string]string, []form.Problem, error) {
	_, obj, names, err := r.Names(ctx)
	if err != nil {
		return nil, nil, err
	}
	texts := maps.Clone(values)
	for name, text := range texts {
		i := obj.Column(name)
		if i < 0 || text == "" {
			continue
		}
		for _, c := range names.Valid(obj.Columns[i].CodeList) {
			if viet.Fold(c.Name) == viet.Fold(text) {
				texts[name] = c.Code
			}
		}
	}
	if text := texts[colOwner]; text != "" && r.Orgs != nil {
		snap, err := r.Orgs.Snapshot(ctx)
		if err != nil {
			return nil, nil, err
		}
		if named := snap.Named(text, org.Today(r.now())); len(named) == 1 {
			texts[colOwner] = named[0].ID
		}
	}
	cells, wrong := form.Read(obj, style, texts)
	return cells, wrong, nil
}

// Words says how values read.
func (r Review) Words(ctx context.Context) (func(field, value string) string, error) {
	_, obj, names, err := r.Names(ctx)
	if err != nil {
		return nil, err
	}
	agencies, err := r.Agencies(ctx)
	if err != nil {
		return nil, err
	}
	l := locale.From(ctx)
	return func(field, value string) string {
		i := obj.Column(field)
		if i < 0 {
			return value
		}
		if field == colOwner && value != "" {
			return agencies(value)
		}
		return form.Worded(l, &obj.Columns[i], names, value)
	}, nil
}

// Written says how values stand in fields and in sheets.
func (r Review) Written(ctx context.Context) (func(field, value string) string, error) {
	_, obj, err := r.Lookup(ctx)
	if err != nil {
		return nil, err
	}
	l := locale.From(ctx)
	return func(field, value string) string {
		if i := obj.Column(field); i >= 0 {
			return form.Written(l, &obj.Columns[i], value)
		}
		return value
	}, nil
}

// Objects are the systems that have not stopped, as the caller reads them.
func (r Review) Objects(ctx context.Context, fields []string) (all []campaign.Object, err error) {
	list, err := r.List(ctx)
	for _, s := range list {
		if s.State() == registry.Stopped {
			continue
		}
		o := campaign.Object{ID: s.ID(), Name: s.Name(), Org: s.Owner(), Values: map[string]string{}}
		for _, f := range fields {
			o.Values[f] = s.Row[f]
		}
		all = append(all, o)
	}
	return all, err
}

// MayAnswer reports whether the caller may fill in, or with whole send, the sheet of
// an agency: they may send, or confirm, its rows of the register.
func (r Review) MayAnswer(ctx context.Context, agency string, whole bool) bool {
	con, obj, err := r.Lookup(ctx)
	if err != nil || agency == "" {
		return false
	}
	action := policy.Send
	if whole {
		action = policy.Confirm
	}
	d := r.Door.Asks(ctx, action, con.What(obj))
	return d.Allowed && (d.Rows.All || slices.Contains(d.Rows.Orgs, agency))
}

// Look says what is wrong with what a line asks for, nil when it can be written.
func (r Review) Look(ctx context.Context, c *campaign.Campaign, l campaign.Line) error {
	w, err := r.writing(ctx, c)
	if err != nil {
		return err
	}
	e, needed, _, err := w.edit(ctx, l)
	if err != nil || !needed {
		return err
	}
	return r.Forms.Look(ctx, e)
}

// Write writes what lines ask for, all or none, as one batch; results are keys of
// what is to be said of single lines. What stands there already is left as it is, so
// that approving again after a crash is nothing new.
func (r Review) Write(ctx context.Context, c *campaign.Campaign, lines []campaign.Line, repeat string) (batch string, results map[int]string, err error) {
	w, err := r.writing(ctx, c)
	if err != nil {
		return "", nil, err
	}
	results = map[int]string{}
	var edits []form.Edit
	var places []campaign.Line
	for _, l := range lines {
		e, needed, said, err := w.edit(ctx, l)
		if err != nil {
			return "", nil, fault.New(fault.Conflict, "campaign.line", l.Name, err).Because(err)
		}
		if said != "" {
			results[l.Place] = said
		}
		if needed {
			edits, places = append(edits, e), append(places, l)
		}
	}
	if len(edits) == 0 {
		return "", results, nil
	}
	st, err := r.Forms.PutAll(ctx, policy.Approve, w.con, w.obj, edits, w.why, repeat)
	var one *form.InPlace
	if errors.As(err, &one) {
		return "", nil, fault.New(fault.Conflict, "campaign.line", places[one.At].Name, one.Err).Because(err)
	}
	return st.ID, results, err
}

// A writing turns lines of one review into records.
type writing struct {
	Review
	con   *contract.Contract
	obj   *contract.Object
	c     *campaign.Campaign
	why   string
	given map[string]bool // codes of new systems
}

func (r Review) writing(ctx context.Context, c *campaign.Campaign) (*writing, error) {
	con, obj, err := r.Lookup(ctx)
	w := &writing{Review: r, con: con, obj: obj, c: c, given: map[string]bool{}}
	w.why = locale.Vi.T("campaign.reason", c.Title)
	if c.Basis != "" {
		w.why += " (" + c.Basis + ")"
	}
	w.why = cut(w.why, moves.MostWords)
	return w, err
}

// edit is the record that a line asks for; needed is false when it stands there
// already. said is a key of what is to be told of it.
func (w *writing) edit(ctx context.Context, l campaign.Line) (e form.Edit, needed bool, said string, err error) {
	e = form.Edit{Con: w.con, Obj: w.obj, Why: w.why, Cells: maps.Clone(l.Said)}
	if e.Cells == nil {
		e.Cells = map[string]string{}
	}
	if l.Verdict == campaign.New {
		return w.added(ctx, e, l)
	}
	e.Key = record.KeyText(w.obj, []any{l.Object})
	row, err := w.Forms.Load(ctx, w.con, w.obj, e.Key)
	if err != nil {
		return e, false, "", err
	}
	now := form.Cells(w.obj, row)
	e.Seq = row.Seq
	for name, value := range l.Said {
		if had, asked := l.Had[name]; asked && now[name] != had && now[name] != value {
			return e, false, "", fault.New(fault.Conflict, "campaign.moved", l.Name, w.obj.Columns[w.obj.Column(name)].Title)
		}
	}
	if l.Verdict == campaign.Gone {
		w.end(e.Cells, registry.State(now[colState]), l)
	} else {
		for _, name := range w.c.Fields {
			if flag := inferred[name]; flag != "" {
				e.Cells[flag] = "false"
			}
		}
	}
	needed = differs(now, e.Cells)
	if l.Verdict == campaign.Gone || now[colConfirmed] == "true" {
		return e, needed, "", nil
	}
	return w.confirmed(ctx, e, needed)
}

// confirmed says in a record that its agency has declared it, if its rules let it be
// so: of what runs they want the papers.
func (w *writing) confirmed(ctx context.Context, e form.Edit, needed bool) (form.Edit, bool, string, error) {
	e.Cells[colConfirmed] = "true"
	err := w.Forms.Look(ctx, e)
	var wrong *form.Wrong
	if !errors.As(err, &wrong) {
		return e, true, "", err
	}
	if delete(e.Cells, colConfirmed); e.Key == "" {
		e.Cells[colConfirmed] = "false"
	}
	return e, needed, "campaign.result.unconfirmed", nil
}

// end takes a system out of the lists: one that was built has stopped, and one that
// there never was has no state.
func (w *writing) end(cells map[string]string, state registry.State, l campaign.Line) {
	cells[colBasis] = cut(l.Why, moves.MostWords)
	switch {
	case state == registry.Stopped:
	case slices.Contains(alive, state):
		cells[colState], cells[colSince] = string(registry.Stopped), w.today().String()
	default:
		cells[colState], cells[colSince] = "", ""
	}
}

func (w *writing) added(ctx context.Context, e form.Edit, l campaign.Line) (form.Edit, bool, string, error) {
	state := e.Cells[colState]
	if e.Cells[colOwner] == "" {
		e.Cells[colOwner] = l.Org
	}
	e.Cells[colName] = l.Name
	code, err := w.nextCode(ctx, w.obj, w.given)
	if err != nil {
		return e, false, "", err
	}
	w.given[code] = true
	e.Cells[colCode] = code
	if e.Cells, err = w.proposed(ctx, w.obj, e.Cells, ""); err != nil {
		return e, false, "", err
	}
	if state != "" {
		e.Cells[colState], e.Cells[colBasis] = state, w.why
	}
	return w.confirmed(ctx, e, true)
}

func differs(now, want map[string]string) bool {
	for name, value := range want {
		if now[name] != value {
			return true
		}
	}
	return false
}
