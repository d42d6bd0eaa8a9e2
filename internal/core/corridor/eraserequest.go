package corridor

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// What a request is about.
const (
	ErasePerson = "person" // everything of a person, by their number
	EraseRecord = "record" // one record
)

// The states that a request has besides those of the erasures that come of it.
const (
	EraseAsked   = "asked"   // waits for somebody who may
	EraseNothing = "nothing" // there was nothing left when it was to be carried out
	eraseCarried = "carried" // of a part: its erasures tell how far it is
)

// RecordWord is what confirms the erasure of one record; that of a person is
// confirmed by writing the number once more.
const RecordWord = "XÓA"

// longestBasis bounds what is written as a basis or a reason, in characters.
const longestBasis = 1000

// An EraseWish is what somebody wants erased: a person, or one record of an object.
type EraseWish struct {
	Number       string
	Dataset, Key string
}

// EraseCover says of an object whether who wants something erased may ask for it
// there, and whether they may erase there themselves.
type EraseCover func(con *contract.Contract, obj *contract.Object) (asks, agrees bool)

// An EraseRequest is an erasure that was asked for, object by object.
type EraseRequest struct {
	ID      string
	Kind    string // person, record
	State   string // asked, planned, erased, done, refused, nothing: that of its least advanced part
	Basis   string
	By      actor.Actor // who asked
	Asked   time.Time
	Changed time.Time
	Parts   []ErasePart

	hash, sealed string
}

// An ErasePart is what a request asks of one object, and what became of it.
type ErasePart struct {
	Dataset  string
	Title    string
	State    string
	Agreed   bool // who asked may erase there: the request says so
	Plan     EraseEstimate
	Planned  time.Time
	By       actor.Actor // who decided
	Decided  time.Time
	Reason   string // of a refusal
	Erasures []Erasure
}

// An EraseEstimate says how much an erasure would take, and what the law keeps.
type EraseEstimate struct {
	Records   int64       `json:"records"`
	Versions  int64       `json:"versions"`
	Lines     int64       `json:"lines"`     // of quarantine
	Originals int64       `json:"originals"` // files as sent
	Kept      []LegalHold `json:"kept,omitempty"`
}

// A LegalHold is a record that the law orders kept.
type LegalHold struct {
	Basis string `json:"basis"`
	Until string `json:"until,omitempty"`
}

// Found sums up what was erased.
func (p *ErasePart) Found() (f EraseFound) {
	for _, e := range p.Erasures {
		f.Rows, f.Versions, f.Lines = f.Rows+e.Found.Rows, f.Versions+e.Found.Versions, f.Lines+e.Found.Lines
		f.Originals, f.Rewritten = f.Originals+e.Found.Originals, f.Rewritten+e.Found.Rewritten
		f.Messages, f.Temporary = f.Messages+e.Found.Messages, f.Temporary+e.Found.Temporary
	}
	return f
}

// WouldErase says what a wish would erase, where it may be asked for. It changes
// nothing.
func (c *Corridor) WouldErase(ctx context.Context, w EraseWish, may EraseCover) (EraseRequest, error) {
	plan, err := c.wished(ctx, w, may)
	if err != nil {
		return EraseRequest{}, err
	}
	r := EraseRequest{Kind: w.kind(), State: EraseAsked}
	for _, p := range plan {
		_, agreed := may(p.contract, p.obj)
		r.Parts = append(r.Parts, ErasePart{Dataset: p.Dataset, Title: p.Title, State: EraseAsked, Agreed: agreed, Plan: p.estimate(), Planned: c.Now()})
	}
	return r, nil
}

// AskErase keeps a wish as a request that waits for somebody who carries it out.
func (c *Corridor) AskErase(ctx context.Context, by actor.Actor, w EraseWish, basis string, may EraseCover) (EraseRequest, error) {
	basis = strings.TrimSpace(basis)
	if basis == "" || utf8.RuneCountInString(basis) > longestBasis {
		return EraseRequest{}, fault.New(fault.Invalid, "erase.basis")
	}
	r, err := c.WouldErase(ctx, w, may)
	if err != nil {
		return r, err
	}
	trace, err := c.traceOfWish(ctx, w)
	if err != nil {
		return r, err
	}
	if tells(basis, trace) || reason.Number(basis) {
		return r, fault.New(fault.Invalid, "erase.basis-number")
	}
	r.ID, r.Basis, r.By, r.Asked, r.Changed = ulid.MustNew(ulid.Timestamp(c.Now().UTC()), ulid.DefaultEntropy()).String(), basis, by, c.Now(), c.Now()
	switch r.Kind {
	case ErasePerson:
		r.hash = c.hashText(trace.Texts[0])
	default:
		r.hash, trace = record.HashText(c.Keys, w.Dataset+"\x00"+w.Key), record.Trace{Key: w.Key}
	}
	r.sealed = c.sealTrace(r.ID, trace)
	return r, c.keepRequest(ctx, &r)
}

func (c *Corridor) keepRequest(ctx context.Context, r *EraseRequest) error {
	return c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		// Another agency may have asked for the same person at its own objects.
		for _, p := range r.Parts {
			var open string
			if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(r.id), '') FROM erase_requests AS r JOIN erase_parts AS p ON p.request = r.id
				WHERE r.hash = $1 AND r.sealed <> '' AND p.dataset = $2 AND p.state = 'asked'`, r.hash, p.Dataset).Scan(&open); err != nil {
				return err
			}
			if open != "" {
				return fault.New(fault.Conflict, "erase.asked", open)
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO erase_requests (id, kind, basis, hash, sealed, by_kind, by_id, by_name, by_org, asked_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			r.ID, r.Kind, r.Basis, r.hash, r.sealed, r.By.Kind, r.By.ID, r.By.Name, r.By.Org, tx.Now); err != nil {
			return err
		}
		for _, p := range r.Parts {
			plan, err := json.Marshal(p.Plan)
			if err != nil {
				return err
			}
			agreed := 0
			if p.Agreed {
				agreed = 1
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO erase_parts (request, dataset, title, state, agreed, plan, planned_at, by_kind, by_id, by_name, decided_at, reason)
				VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', '', '', '')`, r.ID, p.Dataset, p.Title, p.State, agreed, string(plan), tx.Now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w EraseWish) kind() string {
	if w.Number != "" {
		return ErasePerson
	}
	return EraseRecord
}

// wished plans a wish where it may be asked for. A record that the law keeps is
// refused at once; a person of whom nothing is there, too.
func (c *Corridor) wished(ctx context.Context, w EraseWish, may EraseCover) ([]PlanPart, error) {
	if w.kind() == ErasePerson {
		plan, err := c.planSubject(ctx, w.Number, func(con *contract.Contract, obj *contract.Object) bool {
			asks, _ := may(con, obj)
			return asks
		})
		if err == nil && len(plan.Parts) == 0 {
			err = fault.New(fault.NotFound, "erase.nobody")
		}
		return plan.Parts, err
	}
	con, obj, err := c.object(ctx, w.Dataset)
	if err != nil {
		return nil, err
	}
	p, err := c.planRecord(ctx, con, obj, w.Key)
	if err != nil {
		return nil, err
	}
	if len(p.Kept) > 0 {
		return nil, fault.New(fault.Denied, "erase.kept", obj.Title, p.Kept[0].Basis)
	}
	return []PlanPart{p}, nil
}

// planRecord is planPart of one record.
func (c *Corridor) planRecord(ctx context.Context, con *contract.Contract, obj *contract.Object, key string) (PlanPart, error) {
	p := PlanPart{Dataset: obj.Dataset, Title: obj.Title, Kept: []record.Hold{}, obj: obj, contract: con}
	trace, err := c.Truth.TraceOf(ctx, obj, key)
	if err != nil {
		return p, err
	}
	found, kept, err := c.Truth.Find(ctx, obj, trace)
	switch {
	case err != nil:
		return p, err
	case len(kept) > 0:
		p.Kept = append(p.Kept, record.Hold{Basis: kept[0].Basis, Until: kept[0].Until})
		return p, nil
	case !found.Any():
		return p, fault.New(fault.NotFound, "erase.nothing", obj.Title)
	}
	p.Records, p.Versions, p.Lines, p.traces = found.Rows, found.Versions, found.Lines, []record.Trace{trace}
	p.Originals, err = c.countOriginals(ctx, con.ID, trace)
	return p, err
}

func (p *PlanPart) estimate() EraseEstimate {
	e := EraseEstimate{Records: p.Records, Versions: p.Versions, Lines: p.Lines, Originals: p.Originals}
	for _, h := range p.Kept {
		e.Kept = append(e.Kept, LegalHold{Basis: h.Basis, Until: h.Until})
	}
	return e
}

// traceOfWish is by what a wish is found.
func (c *Corridor) traceOfWish(ctx context.Context, w EraseWish) (record.Trace, error) {
	if w.kind() == ErasePerson {
		number, err := PersonNumber(w.Number)
		return record.NewTrace("", number), err
	}
	_, obj, err := c.object(ctx, w.Dataset)
	if notThere(err) { // removed since: its request can still be withdrawn
		return record.NewTrace(w.Key), nil
	}
	if err != nil {
		return record.Trace{}, err
	}
	return c.Truth.TraceOf(ctx, obj, w.Key)
}

// tells reports whether a text names what is to be forgotten: it would stay
// where the erasure is written down.
func tells(text string, t record.Trace) bool {
	bare := ungrouped.Replace(text)
	return t.In(text) || slices.ContainsFunc(t.Spellings(), func(s string) bool { return strings.Contains(bare, s) })
}

// Tells reports whether a text names a record, by its key or a personal number of
// some version of it.
func (c *Corridor) Tells(ctx context.Context, dataset, key, text string) (bool, error) {
	trace, err := c.traceOfWish(ctx, EraseWish{Dataset: dataset, Key: key})
	return err == nil && tells(text, trace), err
}

// FindEraseRequest is one request.
func (c *Corridor) FindEraseRequest(ctx context.Context, id string) (EraseRequest, error) {
	list, err := c.requests(ctx, `WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "erase.unknown", id)
	}
	if err != nil {
		return EraseRequest{}, err
	}
	return list[0], nil
}

// EraseRequests lists requests, newest first, behind the id after ("" = the newest).
func (c *Corridor) EraseRequests(ctx context.Context, after string, limit int) ([]EraseRequest, error) {
	if after == "" {
		after = "~" // behind every ULID
	}
	return c.requests(ctx, `WHERE id < $1 ORDER BY id DESC LIMIT $2`, after, limit)
}

func (c *Corridor) requests(ctx context.Context, rest string, args ...any) (list []EraseRequest, err error) {
	err = c.Store.Control().Read(ctx, func(tx *store.Tx) (err error) {
		list = nil
		rows, err := tx.QueryContext(ctx, `SELECT id, kind, basis, hash, sealed, by_kind, by_id, by_name, by_org, asked_at FROM erase_requests `+rest, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var r EraseRequest
			var asked string
			err := rows.Scan(&r.ID, &r.Kind, &r.Basis, &r.hash, &r.sealed, &r.By.Kind, &r.By.ID, &r.By.Name, &r.By.Org, &asked)
			if err == nil {
				r.Asked, err = store.ParseStamp(asked)
			}
			if err != nil {
				return errors.Join(err, rows.Close())
			}
			list = append(list, r)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		for i := range list {
			if list[i].Parts, err = eraseParts(ctx, tx, list[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range list {
		if err == nil {
			err = c.howFar(ctx, &list[i])
		}
	}
	return list, err
}

func eraseParts(ctx context.Context, tx *store.Tx, id string) (list []ErasePart, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT dataset, title, state, agreed, plan, planned_at, by_kind, by_id, by_name, decided_at, reason
		FROM erase_parts WHERE request = $1 ORDER BY dataset`, id)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p ErasePart
		var agreed int
		var plan, planned, decided string
		if err := rows.Scan(&p.Dataset, &p.Title, &p.State, &agreed, &plan, &planned, &p.By.Kind, &p.By.ID, &p.By.Name, &decided, &p.Reason); err != nil {
			return nil, err
		}
		var e1, e2, e3 error
		e1 = json.Unmarshal([]byte(plan), &p.Plan)
		p.Planned, e2 = store.ParseStamp(planned)
		if decided != "" {
			p.Decided, e3 = store.ParseStamp(decided)
		}
		if err := errors.Join(e1, e2, e3); err != nil {
			return nil, err
		}
		p.Agreed = agreed == 1
		list = append(list, p)
	}
	return list, rows.Err()
}

// progress orders states: a request is as far as its least advanced part.
var progress = []string{EraseAsked, ErasePlanned, EraseBegun, EraseDone, EraseRefused, EraseNothing}

func least(states []string) string {
	at := len(progress) - 1
	for _, s := range states {
		at = min(at, slices.Index(progress, s))
	}
	return progress[at]
}

// howFar fills in what the erasures of a request tell.
func (c *Corridor) howFar(ctx context.Context, r *EraseRequest) error {
	erasures, err := c.erasures(ctx, `WHERE subject = $1 ORDER BY id`, r.ID)
	if err != nil {
		return err
	}
	r.Changed = r.Asked
	var states []string
	for i := range r.Parts {
		p := &r.Parts[i]
		var of []string
		for _, e := range erasures {
			if e.Dataset != p.Dataset {
				continue
			}
			p.Erasures, of = append(p.Erasures, e), append(of, e.State)
			r.Changed = later(r.Changed, e.Changed)
		}
		if p.State == eraseCarried {
			p.State = least(of)
		}
		states = append(states, p.State)
		r.Changed = later(r.Changed, p.Decided)
	}
	r.State = least(states)
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// waiting are the parts of a request that wait, among the objects given.
func (r *EraseRequest) waiting(datasets []string) ([]*ErasePart, error) {
	var list []*ErasePart
	for i := range r.Parts {
		if p := &r.Parts[i]; p.State == EraseAsked && slices.Contains(datasets, p.Dataset) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil, fault.New(fault.Conflict, "erase.decided", r.ID)
	}
	return list, nil
}

// pending finds a request of which something waits in the objects given: those
// parts of it, and what was asked for.
func (c *Corridor) pending(ctx context.Context, id string, datasets []string) (r EraseRequest, parts []*ErasePart, w EraseWish, err error) {
	if r, err = c.FindEraseRequest(ctx, id); err != nil {
		return r, nil, w, err
	}
	if parts, err = r.waiting(datasets); err != nil {
		return r, nil, w, err
	}
	w, err = c.wish(&r)
	return r, parts, w, err
}

// wish is what was asked for.
func (c *Corridor) wish(r *EraseRequest) (EraseWish, error) {
	t, err := c.openSealed(r.ID, r.sealed)
	if err != nil {
		return EraseWish{}, err
	}
	if r.Kind == ErasePerson {
		return EraseWish{Number: t.Texts[0]}, nil
	}
	return EraseWish{Dataset: r.Parts[0].Dataset, Key: t.Key}, nil
}

// confirmed refuses who has not written once more what is to be erased.
func (w EraseWish) confirmed(word string) error {
	if w.kind() == EraseRecord {
		if viet.Fold(strings.TrimSpace(word)) != viet.Fold(RecordWord) {
			return fault.New(fault.Invalid, "erase.word", RecordWord)
		}
		return nil
	}
	number, err := PersonNumber(word)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(number), []byte(w.Number)) != 1 {
		return fault.New(fault.Invalid, "erase.not-same")
	}
	return nil
}

// part plans a wish anew in one object.
func (c *Corridor) part(ctx context.Context, w EraseWish, address string) (PlanPart, error) {
	con, obj, err := c.object(ctx, address)
	if err != nil {
		return PlanPart{}, err
	}
	if w.kind() == EraseRecord {
		p, err := c.planRecord(ctx, con, obj, w.Key)
		if fault.Is(err, "erase.nothing") {
			err = nil
		}
		return p, err
	}
	return c.planPart(ctx, con, obj, w.Number)
}

// ReplanErase looks again at what a request would erase of some objects: rows have
// come and gone since it was asked for.
func (c *Corridor) ReplanErase(ctx context.Context, id string, datasets []string) (EraseRequest, error) {
	r, parts, w, err := c.pending(ctx, id, datasets)
	if err != nil {
		return r, err
	}
	for _, p := range parts {
		now, err := c.part(ctx, w, p.Dataset)
		if err != nil {
			return r, err
		}
		p.Plan = now.estimate()
	}
	err = c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		for _, p := range parts {
			plan, err := json.Marshal(p.Plan)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE erase_parts SET plan = $1, planned_at = $2 WHERE request = $3 AND dataset = $4 AND state = 'asked'`, string(plan), tx.Now, id, p.Dataset); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	return c.FindEraseRequest(ctx, id)
}

// RunErase erases what a request asks of some objects, once who does it has
// written once more what is to be erased. What the law keeps stays, and the
// answer says so. The request comes back as it is when patience ends: what has
// begun goes on.
func (c *Corridor) RunErase(ctx context.Context, by actor.Actor, id string, datasets []string, again string, patience time.Duration) (EraseRequest, error) {
	r, parts, w, err := c.pending(ctx, id, datasets)
	if err != nil {
		return r, err
	}
	if err := w.confirmed(again); err != nil {
		return r, err
	}
	var planned []Erasure
	for _, p := range parts {
		now, err := c.part(ctx, w, p.Dataset)
		if err != nil {
			return r, err
		}
		p.Plan, p.By = now.estimate(), by
		for _, trace := range now.traces {
			planned = append(planned, c.newErasure(by, now.contract, now.obj, r.ID, trace, r.Basis))
		}
		switch {
		case len(now.traces) > 0:
			p.State = eraseCarried
		case len(now.Kept) > 0:
			p.State, p.Reason = EraseRefused, now.Kept[0].Basis
		default:
			p.State = EraseNothing
		}
	}
	if err := c.decide(ctx, &r, parts, planned); err != nil {
		return r, err
	}
	if err := c.carryOutSoon(ctx, planned, patience); err != nil {
		return r, err
	}
	return c.FindEraseRequest(ctx, id)
}

// carryOutSoon begins, and waits as long as who asked is patient.
func (c *Corridor) carryOutSoon(ctx context.Context, planned []Erasure, patience time.Duration) error {
	if len(planned) == 0 {
		return nil
	}
	c.mu.Lock()
	if c.closed { // the next start goes on with what is planned
		c.mu.Unlock()
		return fault.New(fault.Unavailable, "server.stopping")
	}
	done := make(chan struct{})
	c.tasks.Go(func() {
		defer close(done)
		c.carryOut(c.ctx, planned)
	})
	c.mu.Unlock()
	select {
	case <-done:
	case <-time.After(patience):
	case <-ctx.Done():
	}
	return nil
}

// RefuseErase refuses what a request asks of some objects, with the reason that
// the person is told.
func (c *Corridor) RefuseErase(ctx context.Context, by actor.Actor, id string, datasets []string, why string) (EraseRequest, error) {
	why = strings.TrimSpace(why)
	if why == "" || utf8.RuneCountInString(why) > longestBasis {
		return EraseRequest{}, fault.New(fault.Invalid, "erase.reason")
	}
	r, parts, w, err := c.pending(ctx, id, datasets)
	if err != nil {
		return r, err
	}
	trace, err := c.traceOfWish(ctx, w)
	if err != nil {
		return r, err
	}
	if tells(why, trace) || reason.Number(why) {
		return r, fault.New(fault.Invalid, "erase.basis-number")
	}
	for _, p := range parts {
		p.State, p.By, p.Reason = EraseRefused, by, why
	}
	if err := c.decide(ctx, &r, parts, nil); err != nil {
		return r, err
	}
	return c.FindEraseRequest(ctx, id)
}

// decide keeps what was decided about parts of a request, together with the
// erasures that come of it. Once nothing waits, by what it is found goes.
func (c *Corridor) decide(ctx context.Context, r *EraseRequest, parts []*ErasePart, planned []Erasure) error {
	return c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		for _, p := range parts {
			plan, err := json.Marshal(p.Plan)
			if err != nil {
				return err
			}
			res, err := tx.ExecContext(ctx, `UPDATE erase_parts SET state = $1, plan = $2, by_kind = $3, by_id = $4, by_name = $5, decided_at = $6, reason = $7
				WHERE request = $8 AND dataset = $9 AND state = 'asked'`, p.State, string(plan), p.By.Kind, p.By.ID, p.By.Name, tx.Now, p.Reason, r.ID, p.Dataset)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n != 1 {
				return errors.Join(err, fault.New(fault.Conflict, "erase.decided", r.ID)) // somebody else was first
			}
		}
		if err := insertPlanned(ctx, tx, planned); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE erase_requests SET sealed = '' WHERE id = $1
			AND NOT EXISTS (SELECT 1 FROM erase_parts WHERE request = $1 AND state = 'asked')`, r.ID)
		return err
	})
}
