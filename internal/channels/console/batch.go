package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

type batchRow struct {
	ID, Dataset, Name, Kind string
	Received, ReceivedAt    string
	By                      string
	Simulated               bool // part of a demo's generated days
	State, Band             string
	Read, Accepted, Refused string
}

func (s *server) batchRow(ctx context.Context, st corridor.Status) batchRow {
	lang := locale.From(ctx)
	row := batchRow{
		ID: st.ID, Dataset: st.Dataset, Name: fileTitle(lang, st), Kind: lang.T("batch.kind." + st.Kind), By: st.By.Name, Simulated: st.Simulated,
		Received: ui.Ago(lang, st.Received, s.Now()), ReceivedAt: lang.Time(st.Received),
		State: ui.Capital(lang.T("state." + string(st.State))), Band: ui.StateBand(st.State), Read: "–", Accepted: "–", Refused: "–",
	}
	if r := st.Report; r != nil {
		row.Read, row.Accepted, row.Refused = lang.Number(r.Read), lang.Number(r.Accepted), lang.Number(r.Quarantined)
		if r.Veiled != "" && r.Undoes != "" {
			row.Read, row.Accepted = "–", "–"
		}
	}
	return row
}

// fileTitle is what a batch is called in lists: its file, or what it does.
func fileTitle(l locale.Lang, st corridor.Status) string {
	if st.Name != "" {
		return st.Name
	}
	return l.T("batch.kind." + st.Kind)
}

type batchesView struct {
	Batches []batchRow
	Next    string
}

func (s *server) batches(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, next, err := s.Corridor.Batches(ctx, "", r.URL.Query().Get("after"), 50)
	if err != nil {
		return err
	}
	v := batchesView{}
	if next != "" {
		v.Next = "/batches?after=" + url.QueryEscape(next)
	}
	s.Door.Sift(ctx, policy.Describe)
	for _, b := range list {
		con, obj, err := s.setOf(ctx, b)
		if err != nil {
			return err
		}
		if s.Door.Can(ctx, policy.Describe, door.WhatBatch(policy.Describe, con, obj, b)) {
			v.Batches = append(v.Batches, s.batchRow(ctx, s.Door.Shown(ctx, con, obj, b)))
		}
	}
	return s.Show(w, r, s.Page(r, ui.Say(ctx, "page.batches"), "batches"), batchesPage(v))
}

type batchView struct {
	ID, Path         string
	Dataset, SetName string
	Row              batchRow
	Message          string
	Bad              bool
	Live             bool // still walking: the page follows it
	Place            int
	Steps            []ui.Step
	Token            string
	SignedIn         bool
	CanCancel        bool
	CanConfirm       bool
	CanUndo          bool
	Report           *reportView
	Problem          string
	Holds            []string
	Undoes           string

	Held     bool
	Stuck    bool   // held, and cannot go on before a person says which heading feeds a required field
	Preview  string // what a held batch would do, in one sentence
	EditPath string // where the reading is corrected, "" = not now
	Reading  *readingView
	Examples *examplesView
}

func (s *server) batch(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	st, con, obj, err := s.mayBatch(ctx, policy.Describe, r.PathValue("id"))
	if err != nil {
		return err
	}
	st = s.Door.Shown(ctx, con, obj, st)
	can := func(action policy.Action) bool {
		return s.Door.CanBatch(ctx, action, con, obj, st)
	}
	p := s.Page(r, lang.T("page.batch-title", fileTitle(lang, st)), "batches")
	v := batchView{
		ID: st.ID, Path: "/batches/" + url.PathEscape(st.ID), Dataset: st.Dataset, SetName: st.Dataset, Row: s.batchRow(ctx, st),
		Message: api.Message(lang, st), Live: !st.State.Final(), Place: st.Place, Steps: ui.Steps(st.State),
		Token: p.Token, SignedIn: p.Token != "",
		CanCancel:  (st.State == corridor.Held || (st.Cancellable && !st.State.Final())) && can(policy.Cancel),
		CanConfirm: st.State == corridor.Held && can(policy.Confirm),
		CanUndo:    can(policy.Undo) && st.State.Final() && st.State.Acknowledged() && st.State != corridor.Undone && st.Kind != "undo",
	}
	switch st.State {
	case corridor.Failed, corridor.Interrupted, corridor.Held:
		v.Bad = true
	}
	v.SetName = con.Name
	var words *faults.Words
	if words, err = api.Words(ctx, obj, s.Units); err != nil {
		return err
	}
	if st.Report != nil {
		v.Report = reportOf(lang, st.Report, obj, words, st.ID)
		v.Undoes = st.Report.Undoes
		if err := s.readingState(ctx, st, obj, words, &v); err != nil {
			return err
		}
	}
	return s.Show(w, r, p, batchPage(v))
}

// readingState fills in how the file was read and, of a held batch, what it
// would do.
func (s *server) readingState(ctx context.Context, st corridor.Status, obj *contract.Object, words *faults.Words, v *batchView) error {
	lang := locale.From(ctx)
	rep := st.Report
	v.Held = st.State == corridor.Held
	if rep.Reading != nil {
		v.Reading = readingOf(lang, rep.Reading, obj)
		v.Stuck = v.Held && len(rep.Reading.Missing) > 0
	}
	if !v.Held {
		return nil
	}
	for _, h := range rep.Holds {
		if h.Key != "hold.preview" && h.Key != "hold.mapping" { // the one was asked for, the other stands above
			v.Holds = append(v.Holds, note(lang, h))
		}
	}
	v.Preview = previewLine(lang, rep)
	if len(v.Holds) == 0 && !v.Stuck { // it stands where it was asked to stand
		for i := range v.Steps {
			if v.Steps[i].Class == "stopped" {
				v.Steps[i].Class = "active"
			}
		}
	}
	if v.Reading != nil && v.SignedIn {
		v.EditPath = v.Path + "/layout"
		v.Reading.EditPath = v.EditPath
	}
	if rep.Examples != nil && obj != nil {
		names, err := s.codesOf(ctx, obj)
		if err != nil {
			return err
		}
		v.Examples = examplesOf(lang, rep, obj, words, names)
	}
	return nil
}

func note(l locale.Lang, n corridor.Note) string {
	return l.Of(n.Vi, n.En)
}

// act cancels, confirms or undoes from a form.
func (s *server) act(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.Form(w, r, 16<<10); err != nil {
		return err
	}
	do, ok := map[string]struct {
		action policy.Action
		f      func(context.Context, actor.Actor, string) (corridor.Status, error)
	}{
		"cancel": {policy.Cancel, s.Corridor.Cancel}, "confirm": {policy.Confirm, s.Corridor.Confirm}, "undo": {policy.Undo, s.Corridor.Undo},
	}[r.PathValue("action")]
	if !ok {
		return fault.New(fault.NotFound, "page.no-such-page")
	}
	ctx := r.Context()
	st, con, obj, err := s.mayBatch(ctx, do.action, r.PathValue("id"))
	if err != nil {
		return err
	}
	id := st.ID
	st, err = do.f(ctx, door.Actor(ctx), id)
	if err = errors.Join(err, s.Door.Done(ctx, do.action, con.What(obj), err, map[string]string{"batch": id})); err != nil {
		return err
	}
	http.Redirect(w, r, "/batches/"+url.PathEscape(st.ID), http.StatusSeeOther)
	return nil
}

// mayBatch finds a batch with its data set and table, and asks the policies.
func (s *server) mayBatch(ctx context.Context, action policy.Action, id string) (corridor.Status, *contract.Contract, *contract.Object, error) {
	st, con, obj, err := s.Door.FindBatch(ctx, action, s.Contracts, s.Corridor, id)
	if err != nil {
		return st, nil, nil, err
	}
	return st, con, obj, s.Door.MayBatch(ctx, action, con, obj, st)
}

// setOf is the data set of a batch, and the table.
func (s *server) setOf(ctx context.Context, st corridor.Status) (*contract.Contract, *contract.Object, error) {
	con, obj, err := door.Lookup(ctx, s.Contracts, st.Dataset)
	if err == nil && obj == nil {
		obj = con.Objects[0]
	}
	return con, obj, err
}
