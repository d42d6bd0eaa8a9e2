package corridor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/crashpoint"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// The states of an erasure.
const (
	ErasePlanned = "planned" // nothing is gone yet
	EraseBegun   = "erased"  // gone from the truth; files, copies and messages follow
	EraseDone    = "done"    // gone everywhere
	EraseRefused = "refused" // the law orders the record kept
)

// An Erasure is a record that is being erased, or was.
type Erasure struct {
	ID      string      `json:"id"`
	Subject string      `json:"subject,omitempty"` // the erasure of a person that it is part of
	Dataset string      `json:"dataset"`
	State   string      `json:"state"`
	Basis   string      `json:"basis"`
	By      actor.Actor `json:"by"`
	Planned time.Time   `json:"planned"`
	Changed time.Time   `json:"changed"`
	Found   EraseFound  `json:"found"`
	Fault   *Fault      `json:"fault,omitempty"` // why it was refused, or what the last attempt failed of; it is tried again

	contract, hash, sealed string
}

// EraseFound counts what was found of a record, and where.
type EraseFound struct {
	record.Found
	Originals int64 `json:"originals"` // files as sent that were removed …
	Rewritten int64 `json:"rewritten"` // … or written again without it
	Messages  int64 `json:"messages"`  // reports and messages that spoke of it
	Temporary int64 `json:"temporary"` // files for the time being
}

// Erased tells others what to forget.
type Erased struct {
	ID, Dataset, Basis string
	By                 actor.Actor
	Trace              record.Trace
	// Holds reports whether a file holds the record.
	Holds func(ctx context.Context, f blob.File) (bool, error)
}

// A SubjectPlan says what erasing a person would do.
type SubjectPlan struct {
	Parts []PlanPart `json:"parts"`
}

// A PlanPart is what one object holds of a person.
type PlanPart struct {
	Dataset   string        `json:"dataset"`
	Title     string        `json:"title"`
	Records   int64         `json:"records"` // records to erase
	Versions  int64         `json:"versions"`
	Lines     int64         `json:"lines"`
	Originals int64         `json:"originals"` // files as sent that hold the number
	Kept      []record.Hold `json:"kept"`      // what the law orders kept, without keys

	obj      *contract.Object
	contract *contract.Contract
	traces   []record.Trace
}

// Erase erases one record everywhere: in one batch from the truth, then from
// files as sent, reports, messages, copies and the bytes of the databases. What
// the law orders kept is refused with its basis. When it returns without an
// error the record is gone from the truth; the state says whether the rest is
// done too. What is not is done as soon as it can be, also after a restart.
func (c *Corridor) Erase(ctx context.Context, by actor.Actor, dataset, key, basis string) (Erasure, error) {
	if strings.TrimSpace(basis) == "" {
		return Erasure{}, fault.New(fault.Invalid, "erase.basis")
	}
	con, obj, err := c.object(ctx, dataset)
	if err != nil {
		return Erasure{}, err
	}
	trace, err := c.Truth.TraceOf(ctx, obj, key)
	if err != nil {
		return Erasure{}, err
	}
	found, kept, err := c.Truth.Find(ctx, obj, trace)
	switch {
	case err != nil:
		return Erasure{}, err
	case len(kept) > 0:
		return Erasure{}, fault.New(fault.Denied, "erase.kept", obj.Title, kept[0].Basis)
	case !found.Any():
		return Erasure{}, fault.New(fault.NotFound, "erase.nothing", obj.Title)
	}
	e := c.newErasure(by, con, obj, "", trace, basis)
	if err := c.planned(ctx, []Erasure{e}); err != nil {
		return Erasure{}, err
	}
	c.carryOut(ctx, []Erasure{e})
	e, err = c.FindErasure(ctx, e.ID)
	if err == nil && (e.State == ErasePlanned || e.State == EraseRefused) {
		err = e.Fault.Err()
	}
	return e, err
}

// PlanSubject says what erasing a person would do, and changes nothing.
func (c *Corridor) PlanSubject(ctx context.Context, number string) (SubjectPlan, error) {
	return c.planSubject(ctx, number, func(*contract.Contract, *contract.Object) bool { return true })
}

// planSubject is PlanSubject in the objects that are wanted.
func (c *Corridor) planSubject(ctx context.Context, number string, wanted func(*contract.Contract, *contract.Object) bool) (SubjectPlan, error) {
	number, err := PersonNumber(number)
	if err != nil {
		return SubjectPlan{}, err
	}
	plan := SubjectPlan{Parts: []PlanPart{}}
	for con, err := range contract.All(ctx, c.Contracts) {
		if err != nil {
			return plan, err
		}
		for _, obj := range con.Objects {
			if len(record.PersonColumns(obj)) == 0 || !wanted(con, obj) {
				continue
			}
			p, err := c.planPart(ctx, con, obj, number)
			if err != nil {
				return plan, fmt.Errorf("%s: %w", obj.Dataset, err)
			}
			if len(p.traces) > 0 || len(p.Kept) > 0 {
				plan.Parts = append(plan.Parts, p)
			}
		}
	}
	return plan, nil
}

// ungrouped takes away what people write between the digits of a number.
var ungrouped = strings.NewReplacer(" ", "", "\u00a0", "", "\t", "", ".", "", "-", "")

// PersonNumber takes a number as somebody wrote it, and refuses what is none.
func PersonNumber(s string) (string, error) {
	clean := strings.TrimSpace(ungrouped.Replace(s))
	for _, check := range []func(string) error{viet.CheckCCCD, viet.CheckCMND} {
		if err := check(clean); err == nil || viet.IsWarning(err) { // a number may be unusual and somebody's all the same
			return clean, nil
		}
	}
	return "", fault.New(fault.Invalid, "erase.number")
}

func (c *Corridor) planPart(ctx context.Context, con *contract.Contract, obj *contract.Object, number string) (PlanPart, error) {
	p := PlanPart{Dataset: obj.Dataset, Title: obj.Title, Kept: []record.Hold{}, obj: obj, contract: con}
	seen := map[string]bool{}
	for _, column := range record.PersonColumns(obj) {
		keys, err := c.Truth.KeysWith(ctx, obj, column, number)
		if err != nil {
			return p, err
		}
		for _, key := range keys {
			if seen[key] {
				continue
			}
			seen[key] = true
			if err := p.add(ctx, c, key, number); err != nil {
				return p, err
			}
		}
	}
	// Lines of quarantine, and files, that speak of the person and of no record.
	alone := record.NewTrace("", number)
	found, _, err := c.Truth.Find(ctx, obj, alone)
	if err != nil {
		return p, err
	}
	p.Lines = max(p.Lines, found.Lines)
	if p.Originals, err = c.countOriginals(ctx, con.ID, alone); err != nil {
		return p, err
	}
	if len(p.traces) == 0 && len(p.Kept) == 0 && found.Lines+p.Originals > 0 {
		p.traces = append(p.traces, alone)
	}
	return p, nil
}

// add plans one record; what the law orders kept is said and left.
func (p *PlanPart) add(ctx context.Context, c *Corridor, key, number string) error {
	trace := record.NewTrace(key, number)
	found, kept, err := c.Truth.Find(ctx, p.obj, trace)
	if err != nil {
		return err
	}
	if len(kept) > 0 {
		for _, h := range kept {
			h.Key = ""
			p.Kept = append(p.Kept, h)
		}
		return nil
	}
	p.Records++
	p.Versions += found.Versions
	p.Lines += found.Lines
	p.traces = append(p.traces, trace)
	return nil
}

// EraseSubject erases a person from all data sets: every record of which some
// personal number is theirs, every line of quarantine and file as sent that
// holds it. What the law orders kept stays, and the answer says so.
func (c *Corridor) EraseSubject(ctx context.Context, by actor.Actor, number, basis string) (subject string, list []Erasure, kept []PlanPart, err error) {
	if strings.TrimSpace(basis) == "" {
		return "", nil, nil, fault.New(fault.Invalid, "erase.basis")
	}
	plan, err := c.PlanSubject(ctx, number)
	if err != nil {
		return "", nil, nil, err
	}
	subject = ulid.Make().String()
	var planned []Erasure
	for _, p := range plan.Parts {
		if len(p.Kept) > 0 {
			kept = append(kept, p)
		}
		for _, trace := range p.traces {
			planned = append(planned, c.newErasure(by, p.contract, p.obj, subject, trace, basis))
		}
	}
	if len(planned) == 0 {
		return subject, nil, kept, nil
	}
	if err := c.planned(ctx, planned); err != nil {
		return "", nil, nil, err
	}
	c.carryOut(ctx, planned)
	list, err = c.erasures(ctx, `WHERE subject = $1 ORDER BY id`, subject)
	return subject, list, kept, err
}

// FindErasure is one erasure.
func (c *Corridor) FindErasure(ctx context.Context, id string) (Erasure, error) {
	list, err := c.erasures(ctx, `WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "erase.unknown", id)
	}
	if err != nil {
		return Erasure{}, err
	}
	return list[0], nil
}

// Erasures lists erasures, newest first, behind the id after ("" = the newest).
func (c *Corridor) Erasures(ctx context.Context, after string, limit int) ([]Erasure, error) {
	if after == "" {
		after = "~" // behind every ULID
	}
	return c.erasures(ctx, `WHERE id < $1 ORDER BY id DESC LIMIT $2`, after, limit)
}

func (c *Corridor) newErasure(by actor.Actor, con *contract.Contract, obj *contract.Object, subject string, t record.Trace, basis string) Erasure {
	e := Erasure{
		ID: ulid.MustNew(ulid.Timestamp(c.Now().UTC()), ulid.DefaultEntropy()).String(), Subject: subject, Dataset: obj.Dataset,
		State: ErasePlanned, Basis: basis, By: by, contract: con.ID, hash: record.HashKey(c.Keys, obj, t.Key),
	}
	e.sealed = c.sealTrace(e.ID, t)
	return e
}

// planned keeps what is to be erased, all of it or nothing.
func (c *Corridor) planned(ctx context.Context, list []Erasure) error {
	return c.Store.Control().Write(ctx, func(tx *store.Tx) error { return insertPlanned(ctx, tx, list) })
}

func insertPlanned(ctx context.Context, tx *store.Tx, list []Erasure) error {
	for _, e := range list {
		_, err := tx.ExecContext(ctx, `INSERT INTO erasures (id, subject, dataset, contract, hash, state, basis, by_kind, by_id, by_name, planned_at, changed_at, sealed, found, fault)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '{}', '') ON CONFLICT DO NOTHING`,
			e.ID, e.Subject, e.Dataset, e.contract, e.hash, e.State, e.Basis, e.By.Kind, e.By.ID, e.By.Name, tx.Now, tx.Now, e.sealed)
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Corridor) erasures(ctx context.Context, rest string, args ...any) (list []Erasure, err error) {
	err = c.Store.Control().Read(ctx, func(tx *store.Tx) (err error) {
		list = nil
		rows, err := tx.QueryContext(ctx, `SELECT id, subject, dataset, contract, hash, state, basis, by_kind, by_id, by_name, planned_at, changed_at, sealed, found, fault FROM erasures `+rest, args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var e Erasure
			var planned, changed, found, why string
			if err := rows.Scan(&e.ID, &e.Subject, &e.Dataset, &e.contract, &e.hash, &e.State, &e.Basis, &e.By.Kind, &e.By.ID, &e.By.Name,
				&planned, &changed, &e.sealed, &found, &why); err != nil {
				return err
			}
			var e1, e2, e3, e4 error
			e.Planned, e1 = store.ParseStamp(planned)
			e.Changed, e2 = store.ParseStamp(changed)
			e3 = json.Unmarshal([]byte(found), &e.Found)
			if why != "" {
				e4 = json.Unmarshal([]byte(why), &e.Fault)
			}
			if err := errors.Join(e1, e2, e3, e4); err != nil {
				return err
			}
			list = append(list, e)
		}
		return rows.Err()
	})
	return list, err
}

// keepErasure writes down how far an erasure has come.
func (c *Corridor) keepErasure(ctx context.Context, e *Erasure) error {
	found, err := json.Marshal(e.Found)
	if err != nil {
		return err
	}
	why := []byte{}
	if e.Fault != nil {
		if why, err = json.Marshal(e.Fault); err != nil {
			return err
		}
	}
	if e.State == EraseDone || e.State == EraseRefused {
		e.sealed = ""
	}
	return c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE erasures SET state = $1, sealed = $2, found = $3, fault = $4, changed_at = $5 WHERE id = $6`,
			e.State, e.sealed, string(found), string(why), tx.Now, e.ID)
		return err
	})
}

// carryOut does what is planned. What fails stays as it is, with the reason, and
// is tried again by eraseLoop.
func (c *Corridor) carryOut(ctx context.Context, list []Erasure) {
	ctx = context.WithoutCancel(ctx) // once begun it goes on, whoever waits
	c.erasing.Lock()
	defer c.erasing.Unlock()
	var begun []*Erasure
	for i := range list {
		e := &list[i]
		if e.State == ErasePlanned {
			if err := c.eraseTruth(ctx, e); err != nil {
				c.failed(ctx, e, err)
				continue
			}
		}
		if e.State == EraseBegun {
			begun = append(begun, e)
		}
	}
	crashpoint.Hit(crashpoint.MidErasure)
	if err := c.eraseRest(ctx, begun); err != nil {
		for _, e := range begun {
			c.failed(ctx, e, err)
		}
	}
}

// failed keeps why an erasure did not come to its end.
func (c *Corridor) failed(ctx context.Context, e *Erasure, err error) {
	e.Fault = keepFault(err)
	if fault.Is(err, "erase.kept") {
		e.State = EraseRefused
	} else {
		c.Log.Error("erasure is not done yet", "erasure", e.ID, "dataset", e.Dataset, "error", err)
	}
	if err := c.keepErasure(ctx, e); err != nil {
		c.Log.Error("erasure's state is not kept", "erasure", e.ID, "error", err)
	}
	if e.State != EraseRefused {
		c.owe()
	}
}

// owe asks for what is not done.
func (c *Corridor) owe() {
	select {
	case c.owing <- struct{}{}:
	default:
	}
}

// eraseTruth erases a record in its data set, in that one's turn.
func (c *Corridor) eraseTruth(ctx context.Context, e *Erasure) error {
	con, obj, err := c.object(ctx, e.Dataset)
	if err != nil {
		return err
	}
	trace, err := c.openTrace(e)
	if err != nil {
		return err
	}
	what := record.Erasing{ID: e.ID, Trace: trace, Hash: e.hash, Basis: e.Basis}
	_, err = c.alone(ctx, e.By, con, obj, record.KindErase, e.ID, func(w *walk) error {
		return w.write(func(b record.Batch) (record.Commit, error) {
			done, err := c.Truth.Erase(w.bare(), b, what)
			if done.Found.Any() { // else it was done before the program stopped
				e.Found.Found = done.Found
			}
			return done.Commit, err
		})
	})
	if err != nil {
		return err
	}
	c.dependentsOf(ctx, obj, false)
	if err := c.listErased(listed{ID: e.ID, Dataset: e.Dataset, Hash: e.hash, Texts: c.hashTexts(trace), Basis: e.Basis, At: store.Stamp(c.Now())}); err != nil {
		return err
	}
	e.State, e.Fault = EraseBegun, nil
	return c.keepErasure(ctx, e)
}

// eraseRest does everything that follows from erasures in the truth. Every part
// may be done again.
func (c *Corridor) eraseRest(ctx context.Context, list []*Erasure) error {
	if len(list) == 0 {
		return nil
	}
	traces := make([]record.Trace, len(list))
	var texts []string
	for i, e := range list {
		var err error
		if traces[i], err = c.openTrace(e); err != nil {
			return err
		}
		texts = append(texts, traces[i].Spellings()...)
	}
	contracts := map[string]bool{}
	for i, e := range list {
		contracts[e.contract] = true
		if err := c.eraseOriginals(ctx, e, traces[i]); err != nil {
			return fmt.Errorf("files as sent: %w", err)
		}
		if err := c.scrubControl(ctx, e, traces[i]); err != nil {
			return fmt.Errorf("control: %w", err)
		}
		n, err := c.eraseTemporary(traces[i])
		if err != nil {
			return fmt.Errorf("files for the time being: %w", err)
		}
		e.Found.Temporary += n
	}
	if err := c.renewMirror(ctx, list); err != nil {
		return err
	}
	for i, e := range list {
		if c.Erased == nil {
			break
		}
		if err := c.Erased(ctx, Erased{ID: e.ID, Dataset: e.Dataset, Basis: e.Basis, By: e.By, Trace: traces[i], Holds: c.fileHolding(traces[i])}); err != nil {
			return fmt.Errorf("others: %w", err)
		}
	}
	for id := range contracts {
		if err := c.Truth.Purge(ctx, id, texts...); err != nil {
			return fmt.Errorf("bytes of %s: %w", id, err)
		}
	}
	purge, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := c.Store.Control().Purge(purge, texts...); err != nil {
		return fmt.Errorf("bytes of control: %w", err)
	}
	for _, e := range list {
		e.State, e.Fault = EraseDone, nil
		if err := c.keepErasure(ctx, e); err != nil {
			return err
		}
		delete(c.renewed, e.ID)
	}
	return nil
}

// renewMirror begins a new columnar copy, unless an earlier attempt has, and
// waits until the old one is gone. erasing is held.
func (c *Corridor) renewMirror(ctx context.Context, list []*Erasure) error {
	if slices.ContainsFunc(list, func(e *Erasure) bool { return !c.renewed[e.ID] }) {
		had, err := c.Mirror.Renew(ctx)
		if err != nil {
			return err
		}
		for _, e := range list {
			c.renewed[e.ID] = true
		}
		c.tasks.Go(func() { c.refill(had) })
	}
	wait, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return c.Mirror.Swept(wait)
}

// refill brings up again what had a table.
func (c *Corridor) refill(addresses []string) {
	for _, address := range addresses {
		_, obj, err := c.object(c.ctx, address)
		if err == nil {
			_, err = c.Mirror.Follow(c.ctx, obj)
		}
		if err != nil && c.ctx.Err() == nil && !notThere(err) {
			c.Log.Warn("mirror stays behind", "dataset", address, "error", err)
		}
	}
}

// eraseLoop tries what is not done, again and again.
func (c *Corridor) eraseLoop() {
	for {
		select {
		case <-c.owing:
		case <-c.ctx.Done():
			return
		}
		select {
		case <-time.After(time.Minute):
		case <-c.ctx.Done():
			return
		}
		if err := c.resumeErasures(c.ctx); err != nil && c.ctx.Err() == nil {
			c.Log.Error("erasures are not read", "error", err)
			c.owe()
		}
	}
}

// resumeErasures goes on with what was begun.
func (c *Corridor) resumeErasures(ctx context.Context) error {
	list, err := c.erasures(ctx, `WHERE state IN ('planned', 'erased') ORDER BY id`)
	if err == nil && len(list) > 0 {
		c.carryOut(ctx, list)
	}
	return err
}

// lapse releases holds whose last day is over.
func (c *Corridor) lapse(ctx context.Context, obj *contract.Object, now time.Time) error {
	today := viet.DateOf(now.In(locale.Zone)).String()
	for {
		list, err := c.Truth.Lapsed(ctx, obj, today, 500)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, h := range list {
			if _, err := c.Release(ctx, actor.System, obj.Dataset, h.Key, h.Kind); err != nil {
				return err
			}
		}
	}
}
