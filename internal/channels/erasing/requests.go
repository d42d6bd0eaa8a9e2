package erasing

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Wish is what is to be erased: a person by their number, or one record.
type Wish struct {
	Number string
	Con    *contract.Contract // of a record
	Obj    *contract.Object
	Key    string
}

// An Elsewhere is a data set with personal numbers at which the caller may not
// ask: another agency answers for it. It says nothing of whether the person is
// there.
type Elsewhere struct{ Dataset, Title, Owner string }

// scope is where the caller may ask for erasures of persons.
type scope struct {
	agrees    map[string]bool // by address: asks there; true: may erase there
	elsewhere []Elsewhere
	refused   *policy.What // one where they may not, the first that would open once something is shown
}

func (s *scope) cover(_ *contract.Contract, obj *contract.Object) (asks, agrees bool) {
	agrees, asks = s.agrees[obj.Dataset]
	return asks, agrees
}

// scopeOf finds where a person may be asked for. Nowhere is a refusal.
func (d *Desk) scopeOf(ctx context.Context) (*scope, error) {
	s, err := d.scan(ctx)
	if err != nil || len(s.agrees) > 0 || s.refused == nil {
		return s, err
	}
	if _, err := d.Door.May(ctx, policy.AskErase, *s.refused); err != nil {
		return nil, err
	}
	return nil, fault.New(fault.Denied, "door.denied") // allowed for some rows alone
}

// Elsewhere lists data sets with personal numbers at which the caller may not
// ask, whoever is asked for.
func (d *Desk) Elsewhere(ctx context.Context) ([]Elsewhere, error) {
	s, err := d.scan(ctx)
	if err != nil {
		return nil, err
	}
	return s.elsewhere, nil
}

// scan asks at every data set with personal numbers.
func (d *Desk) scan(ctx context.Context) (*scope, error) {
	s := &scope{agrees: map[string]bool{}}
	waits := false
	d.Door.Sift(ctx, policy.AskErase)
	for con, err := range contract.All(ctx, d.Contracts) {
		if err != nil {
			return nil, err
		}
		for _, obj := range con.Objects {
			if len(record.PersonColumns(obj)) == 0 {
				continue
			}
			what := con.What(obj)
			asked := d.Door.Asks(ctx, policy.AskErase, what)
			if asked.Allowed && asked.Rows.All {
				s.agrees[obj.Dataset] = d.mayErase(ctx, what)
				continue
			}
			if s.refused == nil || could(asked) && !waits {
				s.refused, waits = &what, could(asked)
			}
			if !could(asked) && d.Door.Can(ctx, policy.Describe, what) {
				s.elsewhere = append(s.elsewhere, Elsewhere{obj.Dataset, obj.Title, con.OwnerName})
			}
		}
	}
	return s, nil
}

// A Set is a data set in which the caller may ask for the erasure of a record.
type Set struct{ Dataset, Title string }

// Sets lists them.
func (d *Desk) Sets(ctx context.Context) (sets []Set, err error) {
	d.Door.Sift(ctx, policy.AskErase)
	for con, err := range contract.All(ctx, d.Contracts) {
		if err != nil {
			return nil, err
		}
		for _, obj := range con.Objects {
			if !d.Door.Can(ctx, policy.AskErase, con.What(obj)) {
				continue
			}
			title := con.Name
			if len(con.Objects) > 1 {
				title += ": " + obj.Title
			}
			sets = append(sets, Set{obj.Dataset, title})
		}
	}
	return sets, nil
}

func (d *Desk) mayErase(ctx context.Context, what policy.What) bool {
	decision := d.Door.Asks(ctx, policy.Erase, what)
	return decision.Allowed && decision.Rows.All
}

// wish makes a wish one of the corridor, asked where the caller may.
func (d *Desk) wish(ctx context.Context, w Wish) (corridor.EraseWish, *scope, error) {
	if w.Obj == nil {
		s, err := d.scopeOf(ctx)
		if err != nil {
			return corridor.EraseWish{}, nil, err
		}
		number, err := corridor.PersonNumber(w.Number)
		return corridor.EraseWish{Number: number}, s, err
	}
	n, err := d.find(ctx, policy.AskErase, w.Con, w.Obj, w.Key)
	s := &scope{agrees: map[string]bool{w.Obj.Dataset: d.mayErase(ctx, w.Con.What(w.Obj))}}
	return corridor.EraseWish{Dataset: w.Obj.Dataset, Key: n.Key}, s, err
}

// Plan says what an erasure would do, and where the caller may not ask. It
// changes nothing.
func (d *Desk) Plan(ctx context.Context, w Wish) (r corridor.EraseRequest, elsewhere []Elsewhere, err error) {
	wish, s, err := d.wish(ctx, w)
	if err == nil {
		elsewhere = s.elsewhere
		r, err = d.Corridor.WouldErase(ctx, wish, s.cover)
	}
	return r, elsewhere, d.looked(ctx, w, wish, r, err, "plan")
}

// Ask asks for an erasure.
func (d *Desk) Ask(ctx context.Context, w Wish, basis string) (Seen, error) {
	wish, s, err := d.wish(ctx, w)
	var r corridor.EraseRequest
	if err == nil {
		r, err = d.Corridor.AskErase(ctx, door.Actor(ctx), wish, basis, s.cover)
	}
	if err := d.looked(ctx, w, wish, r, err, "ask"); err != nil {
		return Seen{}, err
	}
	return d.seen(ctx, r)
}

// looked writes down that somebody looked for a person or a record, and of whom
// they learned something, before they are told.
func (d *Desk) looked(ctx context.Context, w Wish, wish corridor.EraseWish, r corridor.EraseRequest, err error, change string) error {
	if err == nil && wish.Number != "" {
		for _, p := range r.Parts {
			use := door.Use{At: d.now(), Caller: door.From(ctx), Dataset: p.Dataset, Fields: []string{"personal_id"}, Subjects: []string{wish.Number}, Rows: max(p.Plan.Records, 1)}
			if e := d.Door.Use(context.WithoutCancel(ctx), use); e != nil {
				return e
			}
		}
	}
	detail := map[string]string{"change": change, "kind": corridor.ErasePerson}
	what := policy.What{Kind: policy.KindDataset}
	if w.Obj != nil {
		what, detail["kind"] = w.Con.What(w.Obj), corridor.EraseRecord
	}
	if r.ID != "" {
		detail["request"] = r.ID
	}
	return d.noted(ctx, policy.AskErase, what, err, detail)
}

// A Seen request is one as far as the caller sees it.
type Seen struct {
	corridor.EraseRequest          // with the parts that are theirs to see
	Mine                  []string // objects whose waiting parts they may carry out now
	Refusable             []string // … or refuse; the caller's own may be withdrawn
	Own                   bool     // they asked for it themselves
	NeedsPurpose          bool     // more is theirs once a purpose is named
	NeedsStrong           bool     // … once a second factor is shown
	Other                 bool     // waiting parts are for somebody else to carry out
}

// seen leaves of a request what the caller may see; nothing is an unknown one.
func (d *Desk) seen(ctx context.Context, r corridor.EraseRequest) (Seen, error) {
	me := door.Actor(ctx)
	s := Seen{EraseRequest: r, Own: me.ID != "" && me.ID == r.By.ID && me.Kind == r.By.Kind}
	s.Parts = nil
	for _, p := range r.Parts {
		what, there, err := d.whatOf(ctx, p.Dataset)
		if err != nil {
			return s, err
		}
		ask := there && could(d.Door.Asks(ctx, policy.AskErase, what))
		erase := d.Door.Asks(ctx, policy.Erase, proposed(what, r, p))
		if !s.Own && !ask && !(there && could(erase)) {
			continue
		}
		s.Parts = append(s.Parts, p)
		if p.State != corridor.EraseAsked {
			continue
		}
		if !there { // the data set was removed: what waits there can only be withdrawn
			s.Refusable = append(s.Refusable, p.Dataset)
			continue
		}
		switch {
		case erase.Allowed && erase.Rows.All:
			s.Mine = append(s.Mine, p.Dataset)
		default:
			s.Other = true
			s.NeedsPurpose, s.NeedsStrong = s.NeedsPurpose || erase.NeedsPurpose, s.NeedsStrong || erase.NeedsStrong
		}
		if s.Own || d.mayErase(ctx, what) {
			s.Refusable = append(s.Refusable, p.Dataset)
		}
	}
	if len(s.Parts) == 0 {
		return s, fault.New(fault.NotFound, "erase.unknown", r.ID)
	}
	return s, nil
}

// proposed is an object as policies judge an erasure there: who asked for it has
// proposed it, and has approved it if they may erase there.
func proposed(what policy.What, r corridor.EraseRequest, p corridor.ErasePart) policy.What {
	what.Proposer = r.By.Kind + ":" + r.By.ID
	if p.Agreed {
		what.Approvals = 1
	}
	return what
}

// whatOf is an object as policies judge it; one that was removed is not there.
func (d *Desk) whatOf(ctx context.Context, address string) (policy.What, bool, error) {
	con, obj, err := door.Lookup(ctx, d.Contracts, address)
	if fault.KindOf(err) == fault.NotFound || err == nil && obj == nil {
		return policy.What{}, false, nil
	}
	if err != nil {
		return policy.What{}, false, err
	}
	return con.What(obj), true, nil
}

// Serves reports whether the caller may have anything to do with erasures: in
// the data sets of their own agency, at least.
func (d *Desk) Serves(ctx context.Context) bool {
	c := door.From(ctx)
	what := policy.What{Kind: policy.KindDataset, Owner: c.Who.Org}
	return c.Known() && (could(d.Door.Asks(ctx, policy.AskErase, what)) || could(d.Door.Asks(ctx, policy.Erase, what)))
}

// serving refuses who has nothing to do with erasures.
func (d *Desk) serving(ctx context.Context) error {
	d.Door.Sift(ctx, policy.AskErase)
	if d.Serves(ctx) {
		return nil
	}
	_, err := d.Door.May(ctx, policy.AskErase, policy.What{Kind: policy.KindDataset, Owner: door.From(ctx).Who.Org})
	return err
}

// List lists the requests that the caller sees, newest first, behind the id
// after; next is where the list goes on, "" at its end.
func (d *Desk) List(ctx context.Context, after string, limit int) (list []Seen, next string, err error) {
	if err := d.serving(ctx); err != nil {
		return nil, "", err
	}
	for {
		page, err := d.Corridor.EraseRequests(ctx, after, limit)
		if err != nil {
			return nil, "", err
		}
		for _, r := range page {
			if len(list) == limit {
				return list, after, nil
			}
			after = r.ID
			one, err := d.seen(ctx, r)
			if fault.Is(err, "erase.unknown") {
				continue
			}
			if err != nil {
				return nil, "", err
			}
			list = append(list, one)
		}
		if len(page) < limit {
			return list, "", nil
		}
	}
}

// Find is one request.
func (d *Desk) Find(ctx context.Context, id string) (Seen, error) {
	if err := d.serving(ctx); err != nil {
		return Seen{}, err
	}
	return d.one(ctx, id)
}

func (d *Desk) one(ctx context.Context, id string) (Seen, error) {
	r, err := d.Corridor.FindEraseRequest(ctx, id)
	if err != nil {
		return Seen{}, err
	}
	return d.seen(ctx, r)
}

// Replan looks again at what a request would erase.
func (d *Desk) Replan(ctx context.Context, id string) (Seen, error) {
	s, err := d.Find(ctx, id)
	if err != nil {
		return s, err
	}
	r, err := d.Corridor.ReplanErase(ctx, id, datasetsOf(s.Parts))
	if err = d.noted(ctx, policy.AskErase, policy.What{Kind: policy.KindDataset}, err, map[string]string{"change": "plan", "request": s.ID}); err != nil {
		return s, err
	}
	return d.seen(ctx, r)
}

func datasetsOf(parts []corridor.ErasePart) (all []string) {
	for _, p := range parts {
		all = append(all, p.Dataset)
	}
	return all
}

// Run carries out what the caller may of a request, once they have written once
// more what is to be erased.
func (d *Desk) Run(ctx context.Context, id, again string, patience time.Duration) (Seen, error) {
	s, err := d.forErasing(ctx, id)
	if err != nil {
		return s, err
	}
	if len(s.Mine) == 0 {
		return s, d.notTheirs(ctx, s)
	}
	r, err := d.Corridor.RunErase(ctx, door.Actor(ctx), id, s.Mine, again, patience)
	for _, dataset := range s.Mine {
		detail := map[string]string{"change": "erase", "request": s.ID, "asked-by": s.By.Kind + ":" + s.By.ID}
		for _, p := range r.Parts {
			if p.Dataset == dataset && err == nil {
				f := p.Found()
				detail["state"], detail["rows"], detail["versions"], detail["lines"] = p.State, count(f.Rows), count(f.Versions), count(f.Lines)
			}
		}
		if e := d.noted(ctx, policy.Erase, policy.What{Kind: policy.KindDataset, ID: dataset}, err, detail); e != nil {
			return s, e
		}
	}
	return d.seen(ctx, r)
}

func count(n int64) string { return strconv.FormatInt(n, 10) }

// forErasing finds a request for those who erase or refuse.
func (d *Desk) forErasing(ctx context.Context, id string) (Seen, error) {
	d.Door.Sift(ctx, policy.Erase)
	s, err := d.Find(ctx, id)
	if err != nil {
		return s, err
	}
	if !slices.ContainsFunc(s.Parts, func(p corridor.ErasePart) bool { return p.State == corridor.EraseAsked }) {
		return s, fault.New(fault.Conflict, "erase.decided", s.ID)
	}
	return s, nil
}

// notTheirs refuses to carry out what waits for somebody else, and says what
// would help.
func (d *Desk) notTheirs(ctx context.Context, s Seen) error {
	for _, p := range s.Parts {
		what, there, err := d.whatOf(ctx, p.Dataset)
		if err != nil {
			return err
		}
		if p.State != corridor.EraseAsked || !there {
			continue
		}
		if _, err := d.Door.May(ctx, policy.Erase, proposed(what, s.EraseRequest, p)); err != nil {
			return err
		}
	}
	return fault.New(fault.Denied, "door.denied")
}

// Refuse refuses what the caller may of a request, with the reason that the
// person is told. Who asked withdraws it in the same way.
func (d *Desk) Refuse(ctx context.Context, id, reason string) (Seen, error) {
	s, err := d.forErasing(ctx, id)
	if err != nil {
		return s, err
	}
	if len(s.Refusable) == 0 {
		return s, d.notTheirs(ctx, s)
	}
	r, err := d.Corridor.RefuseErase(ctx, door.Actor(ctx), id, s.Refusable, reason)
	for _, dataset := range s.Refusable {
		if e := d.noted(ctx, policy.Erase, policy.What{Kind: policy.KindDataset, ID: dataset}, err, map[string]string{"change": "refuse", "request": s.ID}); e != nil {
			return s, e
		}
	}
	return d.seen(ctx, r)
}
