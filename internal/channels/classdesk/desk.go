// Package classdesk is what the API and the pages have in common about how data sets
// are classified: what is proposed for each, what a person decides, and going back.
// A decision is a new version of the contract, with its reason, and stands in the log.
package classdesk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/odcs"
)

// A Desk is where data sets are classified.
type Desk struct {
	Door      *door.Door
	Contracts *contract.Store
	Records   *record.Truth                   // what detectors of personal data look at; nil: headings only
	Changed   func(ctx context.Context) error // told that a contract has changed; may be nil
}

// A State is how far a data set is classified. The least comes first.
type State int

// The states.
const (
	None   State = iota // nobody has decided on the whole
	Partly              // nobody has decided on some columns
	Whole
)

// A Set is a data set with how far it is classified.
type Set struct {
	*contract.Contract
	State    State
	Open     int // columns that nobody has decided on
	Personal int // columns that tell of persons
}

// Of looks at a contract.
func Of(con *contract.Contract) Set {
	s := Set{Contract: con, State: Whole}
	for _, o := range con.Objects {
		for i := range o.Columns {
			switch p := o.Columns[i].Personal; {
			case p.Class == "":
				s.Open++
			case p.Is():
				s.Personal++
			}
		}
	}
	switch {
	case con.Access == "" || con.Class == "":
		s.State = None
	case s.Open > 0:
		s.State = Partly
	}
	return s
}

// All lists the data sets that the caller classifies, those with the most left to
// decide first.
func (d *Desk) All(ctx context.Context) (all []Set, err error) {
	if _, err := d.Door.May(ctx, policy.Classify, policy.What{Kind: policy.KindDataset}); err != nil {
		return nil, err
	}
	for con, err := range contract.All(ctx, d.Contracts) {
		if err != nil {
			return nil, err
		}
		if !con.Retired && d.Door.CanSet(ctx, policy.Classify, con) {
			all = append(all, Of(con))
		}
	}
	slices.SortStableFunc(all, func(a, b Set) int { return cmp.Compare(a.State, b.State) })
	return all, nil
}

// Find finds a data set that the caller may classify.
func (d *Desk) Find(ctx context.Context, address string) (*contract.Contract, error) {
	con, _, err := d.Door.Find(ctx, policy.Classify, d.Contracts, address)
	if err != nil {
		return nil, err
	}
	return con, d.Door.MaySet(ctx, policy.Classify, con, nil)
}

// Propose says how each object of a data set would be classified, and why.
func (d *Desk) Propose(ctx context.Context, con *contract.Contract) (all []*draft.Classification, err error) {
	for _, o := range con.Objects {
		held, err := d.held(ctx, o)
		if err != nil {
			return nil, err
		}
		c, err := draft.Classify(ctx, con, o, held)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// sampled is how many rows the detectors are shown.
const sampled = 2000

// held shows the detectors some rows. They look at values and keep none: what
// they say names headings, kinds and numbers only.
func (d *Desk) held(ctx context.Context, o *contract.Object) (draft.Held, error) {
	if d.Records == nil {
		return draft.Held{}, nil
	}
	rows, err := d.Records.Count(ctx, o)
	if err != nil {
		return draft.Held{}, err
	}
	view, err := record.NewView(o, policy.Everything, nil)
	if err != nil {
		return draft.Held{}, err
	}
	reader := d.Records.Through(view)
	return draft.Held{Rows: rows, Sample: func(ctx context.Context, row func([]string) error) error {
		after := ""
		for n := 0; n < sampled; {
			list, err := reader.List(ctx, after, 500, record.Latest)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, one := range list {
				after = one.Key
				n++
				if err := row(cellsOf(o, one)); err != nil {
					return err
				}
			}
		}
		return nil
	}}, nil
}

func cellsOf(o *contract.Object, row record.Row) []string {
	cells := make([]string, len(o.Columns))
	for i := range o.Columns {
		switch v := row.Values[o.Columns[i].Name].(type) {
		case nil:
		case string:
			cells[i] = v
		case json.RawMessage:
			cells[i] = string(v)
		default:
			cells[i] = fmt.Sprint(v)
		}
	}
	return cells
}

// Decide writes what a person has decided into the contract. match is the digest of
// the one that they had before them. What somebody has decided so already is not
// written again.
func (d *Desk) Decide(ctx context.Context, con *contract.Contract, match, why string, decisions []draft.Decision) error {
	detail := map[string]string{"change": "classify", "reason": reason.Noted(why)}
	for _, one := range decisions {
		if one.Access != "" {
			detail["access"] = one.Access
		}
		if one.Class != "" {
			detail["class"] = one.Class
		}
	}
	return d.did(ctx, con, detail, d.decide(ctx, con, match, why, decisions))
}

func (d *Desk) decide(ctx context.Context, con *contract.Contract, match, why string, decisions []draft.Decision) error {
	if match != con.Digest {
		return fault.New(fault.Conflict, "classes.changed", con.Name)
	}
	doc, err := d.document(ctx, con, con.Digest)
	if err != nil {
		return err
	}
	decisions = slices.DeleteFunc(slices.Clone(decisions), func(one draft.Decision) bool { return one.Column != "" && said(con, one) })
	slices.SortStableFunc(decisions, func(a, b draft.Decision) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Column, b.Column))
	})
	text, err := draft.Apply(doc, decisions)
	if err != nil {
		return err
	}
	return d.put(ctx, con, match, why, text)
}

// Column finds a column of a table, nil for none. The table may be left out where there
// is one.
func Column(con *contract.Contract, object, name string) *contract.Column {
	for _, o := range con.Objects {
		if o.Name != object && (object != "" || len(con.Objects) != 1) {
			continue
		}
		if i := o.Column(name); i >= 0 {
			return &o.Columns[i]
		}
	}
	return nil
}

// said reports whether a column stays as somebody has decided.
func said(con *contract.Contract, one draft.Decision) bool {
	c := Column(con, one.Object, one.Column)
	return c != nil && c.Personal == one.Personal
}

// Back puts an earlier version of the contract in force again. Whoever may classify
// takes back classifications; what else changed since is for those who may change
// the contract, and what breaks for others is not taken back here.
func (d *Desk) Back(ctx context.Context, con *contract.Contract, match, digest string) error {
	err := d.back(ctx, con, match, digest)
	return d.did(ctx, con, map[string]string{"change": "classify", "undone": con.Digest}, err)
}

func (d *Desk) back(ctx context.Context, con *contract.Contract, match, digest string) error {
	if match != con.Digest {
		return fault.New(fault.Conflict, "classes.changed", con.Name)
	}
	now, err := d.document(ctx, con, con.Digest)
	if err != nil {
		return err
	}
	doc, err := d.document(ctx, con, digest)
	if err != nil {
		return err
	}
	if !draft.SameButClasses(now, doc) {
		old, err := d.Contracts.Version(ctx, con.ID, digest)
		if err != nil {
			return err
		}
		for _, one := range []*contract.Contract{con, old} {
			if err := d.Door.MaySet(ctx, policy.EditContract, one, nil); err != nil {
				return err
			}
		}
		if contract.Breaking(contract.Diff(con, old)) {
			return fault.New(fault.Conflict, "contract.breaking", con.Name)
		}
	}
	return d.put(ctx, con, match, locale.Vi.T("rules.undo-note"), doc.Bytes())
}

func (d *Desk) document(ctx context.Context, con *contract.Contract, digest string) (*odcs.Document, error) {
	text, err := d.Contracts.Document(ctx, con.ID, digest)
	if err != nil {
		return nil, err
	}
	return odcs.Read(text)
}

// put puts a text in force. A classification that the contract does not take is told
// with the first thing wrong.
func (d *Desk) put(ctx context.Context, con *contract.Contract, match, why string, text []byte) error {
	_, _, err := d.Contracts.Change(ctx, door.Actor(ctx), con, match, why, text)
	var refused *contract.Refused
	if errors.As(err, &refused) {
		for _, f := range refused.Findings {
			if f.Severity == contract.SeverityError {
				return fault.New(fault.Invalid, "classes.refused", locale.From(ctx).Of(f.MessageVi, f.MessageEn)).Because(err)
			}
		}
	}
	if err == nil && d.Changed != nil {
		err = d.Changed(ctx)
	}
	return err
}

// did writes down that a data set was classified, or not, and gives err back.
func (d *Desk) did(ctx context.Context, con *contract.Contract, detail map[string]string, err error) error {
	return d.Door.Did(ctx, policy.Classify, policy.What{Kind: policy.KindDataset, ID: con.ID}, err, detail)
}
