// Package erasing is what the API and the pages have in common about holding
// records back, asking for erasures, carrying them out and refusing them: who
// may, on which records, and what is written down of it.
//
// A personal number and a key come in the bodies of requests alone and go into
// nothing that is kept but the sealed request: no address, no log, no fault.
package erasing

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
)

// A Desk is where records are held back and erasures are asked for.
type Desk struct {
	Door      *door.Door
	Contracts Contracts
	Records   Records
	Corridor  Corridor
	Now       func() time.Time // nil: time.Now
}

// Contracts is what this package needs of contract.Store.
type Contracts interface {
	Current(ctx context.Context, id string) (*contract.Contract, error)
	List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
}

// Records is what this package needs of record.Truth.
type Records interface {
	Through(v *record.View) *record.Reader
}

// Corridor is what this package needs of corridor.Corridor.
type Corridor interface {
	Hold(ctx context.Context, by actor.Actor, dataset string, h record.Hold) (corridor.Status, error)
	Release(ctx context.Context, by actor.Actor, dataset, key, kind string) (corridor.Status, error)
	Tells(ctx context.Context, dataset, key, text string) (bool, error)
	WouldErase(ctx context.Context, w corridor.EraseWish, may corridor.EraseCover) (corridor.EraseRequest, error)
	AskErase(ctx context.Context, by actor.Actor, w corridor.EraseWish, basis string, may corridor.EraseCover) (corridor.EraseRequest, error)
	ReplanErase(ctx context.Context, id string, datasets []string) (corridor.EraseRequest, error)
	RunErase(ctx context.Context, by actor.Actor, id string, datasets []string, again string, patience time.Duration) (corridor.EraseRequest, error)
	RefuseErase(ctx context.Context, by actor.Actor, id string, datasets []string, reason string) (corridor.EraseRequest, error)
	FindEraseRequest(ctx context.Context, id string) (corridor.EraseRequest, error)
	EraseRequests(ctx context.Context, after string, limit int) ([]corridor.EraseRequest, error)
}

// Kinds of holds, in the order in which people are offered them.
var Kinds = []string{record.HoldRestriction, record.HoldQuality, record.HoldLegal}

func (d *Desk) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

// Held lists the records of an object that are held, behind the batch after.
func (d *Desk) Held(ctx context.Context, con *contract.Contract, obj *contract.Object, kind string, after int64, limit int) ([]record.HeldRecord, error) {
	view, err := d.Door.SeeTo(ctx, policy.Hold, con, obj)
	if err != nil {
		return nil, err
	}
	if kind != "" && !slices.Contains(Kinds, kind) {
		return nil, fault.New(fault.Invalid, "hold.kind", kind)
	}
	return d.Records.Through(view).Held(ctx, kind, after, limit)
}

// A Look is one record as the caller sees it, and what they may do about it.
type Look struct {
	record.Named
	View         *record.View
	Hold, Ask    bool // may hold it; may ask for its erasure
	AskByPurpose bool // may ask for it once a purpose is named
}

// Look finds a record for those who may hold it or ask for its erasure.
func (d *Desk) Look(ctx context.Context, con *contract.Contract, obj *contract.Object, key string) (l Look, err error) {
	what := con.What(obj)
	ask := d.Door.Asks(ctx, policy.AskErase, what)
	l.Hold, l.Ask, l.AskByPurpose = d.Door.Can(ctx, policy.Hold, what), ask.Allowed, ask.NeedsPurpose && !ask.Allowed
	action := policy.Hold
	if !l.Hold && could(ask) {
		action = policy.AskErase
	}
	d.Door.Sift(ctx, policy.Hold)
	if l.View, err = d.Door.SeeTo(ctx, action, con, obj); err != nil {
		return l, err
	}
	l.Named, err = d.Records.Through(l.View).Find(ctx, key)
	return l, err
}

// find finds a record on which the caller may do something.
func (d *Desk) find(ctx context.Context, action policy.Action, con *contract.Contract, obj *contract.Object, key string) (record.Named, error) {
	view, err := d.Door.SeeTo(ctx, action, con, obj)
	if err != nil {
		return record.Named{}, err
	}
	return d.Records.Through(view).Find(ctx, key)
}

// A Holding says what is to be held, why and how long.
type Holding struct{ Key, Kind, Basis, Until string }

// Hold holds a record back.
func (d *Desk) Hold(ctx context.Context, con *contract.Contract, obj *contract.Object, h Holding) (st corridor.Status, err error) {
	n, err := d.find(ctx, policy.Hold, con, obj, h.Key)
	if err != nil {
		return st, err
	}
	today := d.now().In(locale.Zone).Format(time.DateOnly)
	_, wrong := time.Parse(time.DateOnly, h.Until)
	switch named, e := d.Corridor.Tells(ctx, obj.Dataset, n.Key, h.Basis); {
	case e != nil:
		err = e
	case named, reason.Number(h.Basis):
		err = fault.New(fault.Invalid, "hold.basis-number")
	case h.Until != "" && wrong == nil && h.Until < today: // what is no day at all the corridor refuses
		err = fault.New(fault.Invalid, "hold.until-past", h.Until)
	default:
		st, err = d.Corridor.Hold(ctx, door.Actor(ctx), obj.Dataset, record.Hold{Key: n.Key, Kind: h.Kind, Basis: h.Basis, Until: h.Until})
	}
	detail := map[string]string{"change": "hold", "batch": st.ID}
	if slices.Contains(Kinds, h.Kind) {
		detail["kind"] = h.Kind
	}
	return st, d.noted(ctx, policy.Hold, con.What(obj), err, detail)
}

// longestReason bounds what is written as a reason, in characters.
const longestReason = 1000

// Release ends a hold of a kind.
func (d *Desk) Release(ctx context.Context, con *contract.Contract, obj *contract.Object, key, kind, why string) (st corridor.Status, err error) {
	n, err := d.find(ctx, policy.Hold, con, obj, key)
	if err != nil {
		return st, err
	}
	detail := map[string]string{"change": "release"}
	switch named, e := d.Corridor.Tells(ctx, obj.Dataset, n.Key, why); {
	case e != nil:
		err = e
	case !slices.Contains(Kinds, kind):
		err = fault.New(fault.Invalid, "hold.kind", kind)
	case len([]rune(why)) > longestReason || len(strings.TrimSpace(why)) == 0:
		err = fault.New(fault.Invalid, "hold.reason")
	case named, reason.Number(why):
		err = fault.New(fault.Invalid, "hold.basis-number")
	default:
		st, err = d.Corridor.Release(ctx, door.Actor(ctx), obj.Dataset, n.Key, kind)
		detail["kind"], detail["reason"], detail["batch"] = kind, strings.TrimSpace(why), st.ID
	}
	return st, d.noted(ctx, policy.Hold, con.What(obj), err, detail)
}

// noted writes down what was done, or that it failed, and gives err back.
func (d *Desk) noted(ctx context.Context, action policy.Action, what policy.What, err error, detail map[string]string) error {
	return d.Door.Did(ctx, action, policy.What{Kind: what.Kind, ID: what.ID}, err, detail)
}

// could reports whether something is allowed, or will be once a purpose is named
// or a second factor shown.
func could(d policy.Decision) bool { return d.Allowed || d.NeedsPurpose || d.NeedsStrong }
