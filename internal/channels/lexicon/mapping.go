package lexicon

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/odcs"
)

type mappingView struct {
	ID, Name, Digest, Token string
	Set                     string // address of its contract page
	Done, Problem           string
	Share                   shareLine
	MayEdit                 bool
	Reason                  string // why, in the words of who saves
	Groups                  []mappingGroup
	Changes                 []changeLine // what breaks: to be consented to
	Consent                 bool
	Undo                    *undoView
}

type mappingGroup struct {
	Title  string
	Fields []mappedField
}

type mappedField struct {
	ID, Name, Title string // ID: of the input
	Term            *mappedTerm
	NotMapped       string
	Gone            string // term that is named and not in force
	Proposals       []proposalView
	Picks           []choice
	Other           string // id that was typed
}

type mappedTerm struct{ ID, Title, Definition, Path string }

type proposalView struct {
	mappedTerm
	Sure, Why string
}

func reasonWords(l locale.Lang, reason string) string { return l.T("lexicon.reason." + reason) }

func (p *pages) mapping(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	con, obj, err := p.Door.Find(ctx, policy.Describe, p.Contracts, r.PathValue("dataset"))
	if err == nil {
		err = p.Door.MaySet(ctx, policy.Describe, con, obj)
	}
	if err != nil {
		return err
	}
	v, err := p.mappingView(ctx, con, nil)
	if err != nil {
		return err
	}
	v.Done = doneWords(locale.From(ctx), r.URL.Query().Get("done"))
	return p.Show(w, r, p.Page(r, locale.From(ctx).T("lexicon.mapping")+": "+con.Name, place), mappingPage(v))
}

// mappingView shows the fields of a data set; f is a form with choices that have
// not been saved, nil without.
func (p *pages) mappingView(ctx context.Context, con *contract.Contract, f url.Values) (v mappingView, err error) {
	l := locale.From(ctx)
	columns, err := p.Desk.Mapping(ctx, con, nil)
	if err != nil {
		return v, err
	}
	v = mappingView{
		ID: con.ID, Name: con.Name, Digest: con.Digest, Token: token(ctx), Set: "/datasets/" + url.PathEscape(con.Objects[0].Dataset) + "/contract",
		MayEdit: p.Door.CanSet(ctx, policy.EditContract, con) && !con.Retired, Reason: strings.TrimSpace(f.Get("reason")),
	}
	if v.Reason == "" {
		v.Reason = l.T("lexicon.mapping.reason-usual")
	}
	share := termdesk.Share{Columns: len(columns)}
	for _, c := range columns {
		if len(v.Groups) == 0 || v.Groups[len(v.Groups)-1].Title != c.Obj.Title {
			v.Groups = append(v.Groups, mappingGroup{Title: c.Obj.Title})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Fields = append(g.Fields, fieldOf(l, c, f))
		switch {
		case c.Term != nil:
			share.Mapped++
		case c.Column.NotMapped != "":
			share.Reasoned++
		}
	}
	if len(v.Groups) == 1 {
		v.Groups[0].Title = ""
	}
	v.Share = shareLineOf(l, share)
	return v, p.undoOf(ctx, &v, con)
}

// undoOf offers the version before, when a person has put the one in force there.
func (p *pages) undoOf(ctx context.Context, v *mappingView, con *contract.Contract) error {
	if !v.MayEdit {
		return nil
	}
	versions, err := p.Contracts.Versions(ctx, con.ID)
	if err != nil {
		return err
	}
	if len(versions) > 1 && versions[0].Digest == con.Digest && versions[0].Note != "" && versions[1].State == "past" {
		v.Undo = &undoView{versions[1].Digest, versions[1].Version + " · " + versions[1].Digest[:8]}
	}
	return nil
}

func termShown(l locale.Lang, t *dictionary.Term) mappedTerm {
	return mappedTerm{t.ID, t.Title, l.Of(t.Definition, t.DefinitionEn), termPath(t.ID)}
}

func fieldOf(l locale.Lang, c termdesk.Mapped, f url.Values) mappedField {
	one := mappedField{ID: "field/" + c.Obj.Name + "/" + c.Column.Name, Name: c.Column.Name, Title: c.Column.Title}
	now := ""
	switch {
	case c.Term != nil:
		shown := termShown(l, c.Term)
		one.Term, now = &shown, "term:"+c.Term.ID
	case c.Column.Term != "":
		one.Gone, now = c.Column.Term, "term:"+c.Column.Term
	case c.Column.NotMapped != "":
		one.NotMapped, now = reasonWords(l, c.Column.NotMapped), "reason:"+c.Column.NotMapped
	}
	if typed, sent := f[one.ID]; sent {
		now = typed[0]
		one.Other = f.Get("other/" + strings.TrimPrefix(one.ID, "field/"))
	}
	one.Picks = []choice{{Value: "", Text: l.T("lexicon.mapping.open")}}
	listed := map[string]bool{}
	add := func(value, text string) {
		if !listed[value] {
			listed[value] = true
			one.Picks = append(one.Picks, choice{Value: value, Text: text})
		}
	}
	if c.Term != nil {
		add("term:"+c.Term.ID, c.Term.Title+" ("+c.Term.ID+")")
	}
	for _, t := range c.Proposals {
		var why []string
		for _, r := range t.Why {
			why = append(why, r.In(l))
		}
		sure := l.Float(100*t.Sure, 0) + "%"
		one.Proposals = append(one.Proposals, proposalView{termShown(l, t.Term), sure, strings.Join(why, ", ")})
		add("term:"+t.ID, t.Title+" ("+t.ID+", "+sure+")")
	}
	for _, r := range termdesk.Reasons {
		add("reason:"+r, l.T("lexicon.mapping.no-term", reasonWords(l, r)))
	}
	one.Picks = chosen(one.Picks, now)
	return one
}

// choices are what a form decides otherwise than the contract does.
func choices(con *contract.Contract, f url.Values) (all []termdesk.Choice) {
	for _, o := range con.Objects {
		for i := range o.Columns {
			c := &o.Columns[i]
			at := o.Name + "/" + c.Name
			values, sent := f["field/"+at]
			if !sent {
				continue
			}
			one := termdesk.Choice{Object: o.Name, Column: c.Name}
			if id, ok := strings.CutPrefix(values[0], "term:"); ok {
				one.Term = id
			} else if reason, ok := strings.CutPrefix(values[0], "reason:"); ok {
				one.Reason = reason
			}
			if typed := strings.TrimSpace(f.Get("other/" + at)); typed != "" {
				one.Term, one.Reason = typed, ""
			}
			if one.Term != c.Term || one.Reason != c.NotMapped {
				all = append(all, one)
			}
		}
	}
	return all
}

func (p *pages) editor() *api.Editor {
	return &api.Editor{Door: p.Door, Contracts: p.Contracts, Records: p.Records, Changed: p.Changed}
}

// edited finds the data set of a form that changes its contract.
func (p *pages) edited(w http.ResponseWriter, r *http.Request) (*contract.Contract, url.Values, error) {
	f, err := p.Form(w, r, mostForm)
	if err != nil {
		return nil, nil, err
	}
	con, _, err := p.Door.Find(r.Context(), policy.EditContract, p.Contracts, r.PathValue("id"))
	if err == nil {
		err = p.Door.MaySet(r.Context(), policy.EditContract, con, nil)
	}
	return con, f, err
}

// mapFields writes the choices of a form into the contract.
func (p *pages) mapFields(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	con, f, err := p.edited(w, r)
	if err != nil {
		return err
	}
	proposal, wrong := p.decide(ctx, con, f)
	if wrong == nil {
		http.Redirect(w, r, "/dictionary/mapping/"+url.PathEscape(con.ID)+"?done=mapped", http.StatusSeeOther)
		return nil
	}
	return p.mapAgain(w, r, con, f, proposal, wrong)
}

// mapAgain shows the page with what was chosen, and why it was not saved.
func (p *pages) mapAgain(w http.ResponseWriter, r *http.Request, con *contract.Contract, f url.Values, proposal contract.Proposal, wrong error) error {
	if !site.Mendable(wrong) {
		return wrong
	}
	ctx := r.Context()
	l := locale.From(ctx)
	v, err := p.mappingView(ctx, con, f)
	if err != nil {
		return err
	}
	v.Problem = l.Error(wrong)
	var refused *contract.Refused
	if errors.As(wrong, &refused) {
		for _, one := range refused.Findings {
			if one.Severity == contract.SeverityError {
				v.Problem = l.Of(one.MessageVi, one.MessageEn)
				break
			}
		}
	}
	if fault.Is(wrong, "contract.breaking") {
		v.Consent = true
		for _, c := range proposal.Changes {
			if c.Breaking {
				v.Changes = append(v.Changes, changeLine{c.Text.In(l), true})
			}
		}
	}
	return p.ShowWrong(w, r, wrong, p.Page(r, l.T("lexicon.mapping")+": "+con.Name, place), mappingPage(v))
}

func (p *pages) decide(ctx context.Context, con *contract.Contract, f url.Values) (contract.Proposal, error) {
	if f.Get("digest") != con.Digest {
		return contract.Proposal{}, fault.New(fault.Conflict, "contract.changed", con.Name)
	}
	all := choices(con, f)
	if len(all) == 0 {
		return contract.Proposal{}, fault.New(fault.Invalid, "lexicon.no-choice")
	}
	book, err := p.Desk.Terms.Book(ctx)
	if err != nil {
		return contract.Proposal{}, err
	}
	for _, c := range all {
		if c.Term != "" && book.Term(c.Term) == nil {
			return contract.Proposal{}, fault.New(fault.Invalid, "lexicon.choice", c.Column, c.Term)
		}
	}
	text, err := p.Contracts.Document(ctx, con.ID, con.Digest)
	if err != nil {
		return contract.Proposal{}, err
	}
	doc, err := odcs.Read(text)
	if err != nil {
		return contract.Proposal{}, err
	}
	slices.SortFunc(all, func(a, b termdesk.Choice) int { return strings.Compare(a.Object+"/"+a.Column, b.Object+"/"+b.Column) })
	if text, err = termdesk.Decided(doc, all); err != nil {
		return contract.Proposal{}, err
	}
	_, proposal, err := p.editor().Put(ctx, con, con.Digest, f.Get("reason"), f.Get("consent") == "yes", text)
	return proposal, err
}

// unmapFields puts the version before in force again.
func (p *pages) unmapFields(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	con, f, err := p.edited(w, r)
	if err != nil {
		return err
	}
	if f.Get("digest") != con.Digest {
		return p.mapAgain(w, r, con, nil, contract.Proposal{}, fault.New(fault.Conflict, "contract.changed", con.Name))
	}
	text, err := p.Contracts.Document(ctx, con.ID, f.Get("version"))
	if err != nil {
		return err
	}
	// Who takes a change back has seen what it did.
	if _, _, err = p.editor().Put(ctx, con, con.Digest, locale.From(ctx).T("lexicon.mapping.undo-reason"), true, text); err != nil {
		return p.mapAgain(w, r, con, nil, contract.Proposal{}, err)
	}
	http.Redirect(w, r, "/dictionary/mapping/"+url.PathEscape(con.ID)+"?done=unmapped", http.StatusSeeOther)
	return nil
}
