// Package campaigndesk is what the API and the pages have in common about review
// campaigns: who opens one, who answers for which agency, who approves; what a
// campaign goes over; sheets as spreadsheets. Everything that is written, and every
// refusal, is in the log.
package campaigndesk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// What campaigns are to the policies: governors, who put code lists into force, open
// and close them. What an agency answers, and the approval of it, is asked of the
// source.
var What = policy.What{Kind: policy.KindCodeList, ID: "campaigns"}

// A Source is what a campaign goes over.
type Source interface {
	Fields(ctx context.Context) ([]form.Field, error)
	Offered(field string) bool // may be put before all agencies
	NewFields() []string       // needed of one that was not in the list
	GoneFields() []string      // to be said of one that is no longer there
	Read(ctx context.Context, style form.Style, values map[string]string) (map[string]string, []form.Problem, error)
	Words(ctx context.Context) (func(field, value string) string, error)
	Written(ctx context.Context) (func(field, value string) string, error)
	Objects(ctx context.Context, fields []string) ([]campaign.Object, error)
	MayAnswer(ctx context.Context, agency string, whole bool) bool
	Look(ctx context.Context, c *campaign.Campaign, l campaign.Line) error
	Write(ctx context.Context, c *campaign.Campaign, lines []campaign.Line, repeat string) (batch string, results map[int]string, err error)
}

// Orgs is what this package needs of org.Store.
type Orgs interface {
	Snapshot(ctx context.Context) (*org.Snapshot, error)
}

// A Desk is where campaigns are kept.
type Desk struct {
	Door      *door.Door
	Campaigns *campaign.Store
	Sources   map[campaign.Subject]Source
	Orgs      Orgs
}

// Source is what a campaign goes over.
func (d *Desk) Source(s campaign.Subject) (Source, error) {
	if src := d.Sources[s]; src != nil {
		return src, nil
	}
	return nil, fault.New(fault.Invalid, "campaign.subject", string(s))
}

// Leads reports whether the caller may open and close campaigns.
func (d *Desk) Leads(ctx context.Context) bool { return d.Door.Can(ctx, policy.EditContract, What) }

// approving is what the policies are asked about the approval of a sheet: no agency
// is its owner, so that the steward of the register does not approve in the place of
// a governor.
func approving(sh *campaign.Sheet) policy.What {
	w := policy.What{Kind: policy.KindDataset, ID: What.ID}
	if sh != nil && sh.SentBy.ID != "" {
		w.Proposer = sh.SentBy.Kind + ":" + sh.SentBy.ID
	}
	return w
}

// follows reports whether the caller sees all sheets: who leads, and who approves.
func (d *Desk) follows(ctx context.Context) bool {
	approves := d.Door.Asks(ctx, policy.Approve, approving(nil))
	return d.Leads(ctx) || approves.Allowed || approves.NeedsStrong
}

// mine reports whether an agency is the caller's own, or one that their post covers.
func mine(ctx context.Context, agency string) bool {
	who := door.From(ctx).Who
	return agency != "" && (agency == who.Org || slices.Contains(who.Covers, agency))
}

// List gives the campaigns that the caller may know of, the newest first, with the
// sheets that they see.
func (d *Desk) List(ctx context.Context) (all []*One, err error) {
	d.Door.Sift(ctx, policy.OwnAccount)
	list, err := d.Campaigns.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		one, err := d.seen(ctx, c)
		if err != nil {
			return nil, err
		}
		if one != nil {
			all = append(all, one)
		}
	}
	return all, nil
}

// One is a campaign with the sheets of it that the caller sees.
type One struct {
	*campaign.Campaign
	Sheets []*campaign.Sheet
	Whole  bool // all sheets
}

// seen is a campaign as the caller sees it, nil when they may not know of it.
func (d *Desk) seen(ctx context.Context, c *campaign.Campaign) (*One, error) {
	one := &One{Campaign: c, Whole: d.follows(ctx)}
	all, err := d.Campaigns.Sheets(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, sh := range all {
		if one.Whole || mine(ctx, sh.Org) {
			one.Sheets = append(one.Sheets, sh)
		}
	}
	if !one.Whole && len(one.Sheets) == 0 {
		return nil, nil
	}
	return one, nil
}

// Find gives one campaign; one that the caller may not know of is not there.
func (d *Desk) Find(ctx context.Context, id string) (*One, error) {
	c, err := d.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	one, err := d.seen(ctx, c)
	if one == nil && err == nil {
		return nil, fault.New(fault.NotFound, "campaign.unknown", id)
	}
	return one, err
}

// A Sheet is a sheet with its lines and what the caller may do with it.
type Sheet struct {
	*campaign.Sheet
	Campaign  *One
	Lines     []campaign.Line
	Source    Source
	MayFill   bool
	MaySend   bool
	MayDecide bool
}

// Sheet gives the sheet of an agency; one that the caller may not know of is not
// there.
func (d *Desk) Sheet(ctx context.Context, id, agency string) (*Sheet, error) {
	one, err := d.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(one.Sheets, func(sh *campaign.Sheet) bool { return sh.Org == agency }) {
		return nil, fault.New(fault.NotFound, "campaign.no-sheet", agency)
	}
	src, err := d.Source(one.Subject)
	if err != nil {
		return nil, err
	}
	sh, lines, err := d.Campaigns.Sheet(ctx, id, agency)
	if err != nil {
		return nil, err
	}
	d.Door.Sift(ctx, policy.Send)
	d.Door.Sift(ctx, policy.Confirm)
	s := &Sheet{Sheet: sh, Campaign: one, Lines: lines, Source: src}
	open := one.State == campaign.Open
	theirs := mine(ctx, agency) // who sends all rows of a register does not answer for other agencies
	s.MayFill = open && sh.Fills() && theirs && src.MayAnswer(ctx, agency, false)
	s.MaySend = open && sh.Fills() && theirs && src.MayAnswer(ctx, agency, true)
	approves := d.Door.Asks(ctx, policy.Approve, approving(sh))
	s.MayDecide = open && sh.State == campaign.Sent && (approves.Allowed || approves.NeedsStrong)
	return s, nil
}

// did tells the log what was done, or that it failed.
func (d *Desk) did(ctx context.Context, action policy.Action, what policy.What, err error, change, id, agency string) error {
	detail := map[string]string{"change": "campaign-" + change, "campaign": id}
	if agency != "" {
		detail["agency"] = agency
	}
	return d.Door.Did(ctx, action, what, err, detail)
}

// Make keeps a draft. Without an agency that leads it is the caller's own.
func (d *Desk) Make(ctx context.Context, p campaign.Plan) (*campaign.Campaign, error) {
	if _, err := d.Door.May(ctx, policy.EditContract, What); err != nil {
		return nil, err
	}
	c, err := d.make(ctx, p)
	id := ""
	if c != nil {
		id = c.ID
	}
	return c, d.did(ctx, policy.EditContract, What, err, "made", id, "")
}

func (d *Desk) make(ctx context.Context, p campaign.Plan) (*campaign.Campaign, error) {
	src, err := d.Source(p.Subject)
	if err != nil {
		return nil, err
	}
	if p.Lead == "" {
		p.Lead = door.From(ctx).Who.Org
	}
	known, err := src.Fields(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range p.Fields {
		if !src.Offered(name) || !slices.ContainsFunc(known, func(f form.Field) bool { return f.Name == name }) {
			return nil, fault.New(fault.Invalid, "campaign.field", name)
		}
	}
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range append(slices.Clone(p.Orgs), p.Lead) {
		if _, ok := snap.Org(id); id != "" && !ok {
			return nil, fault.New(fault.Invalid, "campaign.org", id)
		}
	}
	return d.Campaigns.Make(ctx, door.Actor(ctx), p)
}

// Open hands out the sheets of a draft.
func (d *Desk) Open(ctx context.Context, id string) error {
	if _, err := d.Door.May(ctx, policy.EditContract, What); err != nil {
		return err
	}
	return d.did(ctx, policy.EditContract, What, d.open(ctx, id), "opened", id, "")
}

func (d *Desk) open(ctx context.Context, id string) error {
	c, err := d.Campaigns.Get(ctx, id)
	if err != nil {
		return err
	}
	src, err := d.Source(c.Subject)
	if err != nil {
		return err
	}
	objects, err := src.Objects(ctx, c.Fields)
	if err != nil {
		return err
	}
	_, err = d.Campaigns.Open(ctx, door.Actor(ctx), id, objects)
	return err
}

// Close ends a campaign for a reason.
func (d *Desk) Close(ctx context.Context, id, why string) error {
	if _, err := d.Door.May(ctx, policy.EditContract, What); err != nil {
		return err
	}
	return d.did(ctx, policy.EditContract, What, d.Campaigns.Close(ctx, door.Actor(ctx), id, why), "closed", id, "")
}

// theirs is what the policies are told of the sheet of an agency.
func theirs(agency string) policy.What {
	return policy.What{Kind: policy.KindDataset, ID: What.ID, Owner: agency}
}

// Answer keeps answers to lines of a sheet, all or nothing.
func (d *Desk) Answer(ctx context.Context, id, agency string, answers []campaign.Answer) error {
	sh, err := d.Sheet(ctx, id, agency)
	if err != nil {
		return err
	}
	switch {
	case !sh.Fills() || sh.Campaign.State != campaign.Open: // the store says why
	case !sh.MayFill:
		err = fault.New(fault.Denied, "campaign.not-theirs")
	}
	if err == nil {
		err = d.Campaigns.Answer(ctx, door.Actor(ctx), id, agency, answers)
	}
	return d.did(ctx, policy.Send, theirs(agency), err, "answered", id, agency)
}

// A Wrong says what is wrong with lines of a sheet.
type Wrong struct {
	Lines []WrongLine
	fault *fault.Error
}

// A WrongLine is what is wrong with one line.
type WrongLine struct {
	Place int // of a spreadsheet: the line in it
	Name  string
	Err   error
}

// Error implements error.
func (w *Wrong) Error() string { return w.fault.Error() }

// Unwrap is the fault that the doors speak of.
func (w *Wrong) Unwrap() error { return w.fault }

// Parts are the lines as doors list them.
func (w *Wrong) Parts(l locale.Lang) (all [][2]string) {
	for _, one := range w.Lines {
		all = append(all, [2]string{fmt.Sprintf("lines/%d", one.Place), one.Name + ": " + l.Error(one.Err)})
	}
	return all
}

// Send sends a sheet. Each line that changes something is judged first as the
// register would judge it; what is wrong is a *Wrong.
func (d *Desk) Send(ctx context.Context, id, agency string) error {
	sh, err := d.Sheet(ctx, id, agency)
	if err != nil {
		return err
	}
	if !sh.MaySend && sh.Fills() && sh.Campaign.State == campaign.Open {
		err = fault.New(fault.Denied, "campaign.not-theirs")
	}
	if err == nil {
		err = d.look(ctx, sh)
	}
	if err == nil {
		err = d.Campaigns.Send(ctx, door.Actor(ctx), id, agency)
	}
	return d.did(ctx, policy.Confirm, theirs(agency), err, "sent", id, agency)
}

func (d *Desk) look(ctx context.Context, sh *Sheet) error {
	var wrong []WrongLine
	for _, l := range sh.Lines {
		if !l.Differs() {
			continue
		}
		if err := sh.Source.Look(ctx, sh.Campaign.Campaign, l); err != nil {
			if fault.KindOf(err) == fault.Internal {
				return err
			}
			wrong = append(wrong, WrongLine{l.Place, l.Name, err})
		}
	}
	if len(wrong) > 0 {
		return &Wrong{wrong, fault.New(fault.Invalid, "campaign.wrong", int64(len(wrong)))}
	}
	return nil
}

// decides asks whether the caller may decide on a sheet that another has sent.
func (d *Desk) decides(ctx context.Context, id, agency string) (*Sheet, error) {
	sh, err := d.Sheet(ctx, id, agency)
	if err != nil {
		return nil, err
	}
	if _, err := d.Door.May(ctx, policy.Approve, approving(sh.Sheet)); err != nil {
		return nil, err
	}
	return sh, nil
}

// Back sends a sheet back for a reason.
func (d *Desk) Back(ctx context.Context, id, agency, why string) error {
	sh, err := d.decides(ctx, id, agency)
	if err != nil {
		return err
	}
	return d.did(ctx, policy.Approve, approving(sh.Sheet), d.Campaigns.Back(ctx, door.Actor(ctx), id, agency, why), "back", id, agency)
}

// Approve writes what a sheet changes and keeps that it was approved.
func (d *Desk) Approve(ctx context.Context, id, agency string) error {
	sh, err := d.decides(ctx, id, agency)
	if err != nil {
		return err
	}
	return d.did(ctx, policy.Approve, approving(sh.Sheet), d.approve(ctx, sh), "approved", id, agency)
}

func (d *Desk) approve(ctx context.Context, sh *Sheet) error {
	by := door.Actor(ctx)
	if err := d.Campaigns.Decidable(ctx, by, sh.Campaign.ID, sh.Org); err != nil {
		return err
	}
	repeat := fmt.Sprintf("campaign-%s-%s-%d", sh.Campaign.ID, sh.Org, sh.Times)
	batch, results, err := sh.Source.Write(ctx, sh.Campaign.Campaign, sh.Lines, repeat)
	if err != nil {
		return err
	}
	return d.Campaigns.Approve(ctx, by, sh.Campaign.ID, sh.Org, batch, results)
}

// Names names agencies by their ids; an unknown one by its id.
func (d *Desk) Names(ctx context.Context) (func(id string) string, error) {
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return snap.Name, nil
}

// Reads turns what was written in a line into an answer.
func Reads(ctx context.Context, src Source, style form.Style, a campaign.Answer) (campaign.Answer, error) {
	cells, wrong, err := src.Read(ctx, style, a.Values)
	if err == nil && len(wrong) > 0 {
		err = form.NewWrong(wrong)
	}
	a.Values = cells
	return a, err
}

// InPart reports whether an error is one of lines, to be listed.
func InPart(err error) (*Wrong, bool) {
	var w *Wrong
	return w, errors.As(err, &w)
}
