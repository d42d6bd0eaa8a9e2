package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Store keeps campaigns in the control database.
type Store struct {
	db        *store.DB
	deadlines *deadline.Store
	notices   *notify.Store
}

// NewStore makes a Store over the control database.
func NewStore(control *store.DB, deadlines *deadline.Store, notices *notify.Store) *Store {
	return &Store{control, deadlines, notices}
}

// Now is the time by which campaigns are judged.
func (s *Store) Now() time.Time { return s.db.Now() }

// Make keeps a draft.
func (s *Store) Make(ctx context.Context, by actor.Actor, p Plan) (c *Campaign, err error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	id := strings.ToLower(ulid.Make().String())
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		fields, orgs, who, err := three(p.Fields, p.Orgs, by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO campaigns (id, subject, title, basis, fields, orgs, lead_org, days, state, made_by, made_at, opened_at, due_at, ended_by, ended_at, why)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', '', '', '')`,
			id, string(p.Subject), p.Title, p.Basis, fields, orgs, p.Lead, p.Days, string(Draft), who, tx.Now); err != nil {
			return err
		}
		c, err = get(ctx, tx, id)
		return err
	})
	return c, err
}

// Open hands out the sheets of a draft: each object stands in one of them, with its
// values of now; each sheet has a clock, and its agency is told.
func (s *Store) Open(ctx context.Context, by actor.Actor, id string, objects []Object) (c *Campaign, err error) {
	if len(objects) > mostLines {
		return nil, fault.New(fault.TooLarge, "campaign.many", mostLines)
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if c, err = get(ctx, tx, id); err != nil {
			return err
		}
		if c.State != Draft {
			return fault.New(fault.Conflict, "campaign.not-draft", c.Title)
		}
		shared := Share(c.Plan, objects)
		if len(shared) == 0 {
			return fault.New(fault.Conflict, "campaign.nothing")
		}
		if err := s.deadlines.OwnIn(ctx, tx, Clock); err != nil {
			return err
		}
		place, due := 0, c.DueAt
		for _, org := range slices.Sorted(maps.Keys(shared)) {
			d, err := s.start(ctx, tx, by, c, org, c.Days)
			if err != nil {
				return err
			}
			due = d.DueAt
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO campaign_sheets (campaign, org, state, deadline, due_at, times, sent_by, sent_at, decided_by, decided_at, said, batch)
				VALUES ($1, $2, $3, $4, $5, 0, '', '', '', '', '', '')`, id, org, string(Filling), d.ID, store.Stamp(d.DueAt)); err != nil {
				return err
			}
			for _, o := range shared[org] {
				place++
				if err := insert(ctx, tx, id, Line{Place: place, Org: org, Object: o.ID, Name: o.Name, Had: o.Values}); err != nil {
					return err
				}
			}
			if err := s.tell(ctx, tx, c, org, "campaign.told.opened", notify.Info, c.Title, d.DueAt); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE campaigns SET state = $1, opened_at = $2, due_at = $3 WHERE id = $4`, string(Open), tx.Now, store.Stamp(due), id); err != nil {
			return err
		}
		c, err = get(ctx, tx, id)
		return err
	})
	return c, err
}

// start sets the clock of a sheet: so many working days from now on, and no fewer
// than its campaign has.
func (s *Store) start(ctx context.Context, tx *store.Tx, by actor.Actor, c *Campaign, org string, days int) (*deadline.Deadline, error) {
	after, err := s.deadlines.AfterIn(ctx, tx, days)
	if err != nil {
		return nil, err
	}
	if own := c.DueAt.AddDate(0, 0, 1); own.After(after) {
		after = own
	}
	return s.deadlines.StartIn(ctx, tx, by, deadline.Spec{
		Clock: Clock.ID, Subject: deadline.Subject{Kind: SubjectKind, ID: c.ID, Path: SheetPath(c.ID, org)}, Org: org, Event: after,
		TitleVi: locale.Vi.T("campaign.duty", c.Title), TitleEn: locale.En.T("campaign.duty", c.Title),
	})
}

// tell writes a notice of a sheet to an agency.
func (s *Store) tell(ctx context.Context, tx *store.Tx, c *Campaign, org, key string, severity notify.Severity, args ...any) error {
	path := SheetPath(c.ID, org)
	if org == c.Lead && key == "campaign.told.sent" {
		path = Path(c.ID)
	}
	_, err := s.notices.PutIn(ctx, tx, notify.Notice{
		Org: org, Kind: SubjectKind, Severity: severity, TitleVi: locale.Vi.T(key, args...), TitleEn: locale.En.T(key, args...), Path: path,
		SubjectKind: SubjectKind, SubjectID: c.ID,
	})
	return err
}

// Answer keeps what an agency says of lines, all or nothing; half a sheet is kept as
// it is.
func (s *Store) Answer(ctx context.Context, by actor.Actor, id, org string, answers []Answer) error {
	return s.sheet(ctx, id, org, func(tx *store.Tx, c *Campaign, sh *Sheet) error {
		if err := fillable(c, sh); err != nil {
			return err
		}
		for _, a := range answers {
			if err := s.answer(ctx, tx, by, c, org, a); err != nil {
				return err
			}
		}
		return nil
	})
}

func fillable(c *Campaign, sh *Sheet) error {
	switch {
	case c.State != Open:
		return fault.New(fault.Conflict, "campaign.over", c.Title)
	case !sh.Fills():
		return fault.New(fault.Conflict, "campaign.sent")
	}
	return nil
}

func (s *Store) answer(ctx context.Context, tx *store.Tx, by actor.Actor, c *Campaign, org string, a Answer) error {
	l := Line{Org: org}
	if a.Place == 0 {
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(place), 0) + 1 FROM campaign_lines WHERE campaign = $1`, c.ID).Scan(&l.Place); err != nil {
			return err
		}
		if a.Verdict != New {
			return fault.New(fault.Invalid, "campaign.verdict", string(a.Verdict))
		}
	} else {
		list, err := lines(ctx, tx, `campaign = $1 AND org = $2 AND place = $3`, c.ID, org, a.Place)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fault.New(fault.NotFound, "campaign.no-line", int64(a.Place))
		}
		l = list[0]
		if l.Object == "" && a.Verdict != New { // a new one that is not wanted after all
			_, err := tx.ExecContext(ctx, `DELETE FROM campaign_lines WHERE campaign = $1 AND place = $2`, c.ID, l.Place)
			return err
		}
	}
	if err := l.Judge(a, c.Fields); err != nil {
		return err
	}
	l.By, l.At = by, tx.Time
	if l.Verdict == Unanswered {
		l.By, l.At = actor.Actor{}, time.Time{}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM campaign_lines WHERE campaign = $1 AND place = $2`, c.ID, l.Place); err != nil {
		return err
	}
	return insert(ctx, tx, c.ID, l)
}

// Send says that a sheet is whole; its clock has done its duty, and the agency that
// leads is told. Lines without an answer are a fault "campaign.unanswered".
func (s *Store) Send(ctx context.Context, by actor.Actor, id, org string) error {
	return s.sheet(ctx, id, org, func(tx *store.Tx, c *Campaign, sh *Sheet) error {
		if err := fillable(c, sh); err != nil {
			return err
		}
		if left := sh.Lines - sh.Answered; left > 0 {
			return fault.New(fault.Conflict, "campaign.unanswered", int64(left))
		}
		who, err := text(by)
		if err != nil {
			return err
		}
		if _, err := s.deadlines.DoneIn(ctx, tx, by, sh.Deadline); err != nil && !fault.Is(err, "deadline.ended") {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE campaign_sheets SET state = $1, sent_by = $2, sent_at = $3, times = times + 1 WHERE campaign = $4 AND org = $5`,
			string(Sent), who, tx.Now, id, org); err != nil {
			return err
		}
		return s.tell(ctx, tx, c, c.Lead, "campaign.told.sent", notify.Info, c.Title)
	})
}

// decidable refuses a decision: on a campaign that is over, a sheet that was not
// sent, or one's own.
func decidable(by actor.Actor, c *Campaign, sh *Sheet) error {
	switch {
	case c.State != Open:
		return fault.New(fault.Conflict, "campaign.over", c.Title)
	case sh.State != Sent:
		return fault.New(fault.Conflict, "campaign.not-sent")
	case sh.SentBy.Kind == by.Kind && sh.SentBy.ID == by.ID:
		return fault.New(fault.Denied, "campaign.own")
	}
	return nil
}

// Decidable refuses what Approve would: it is asked before changes are written.
func (s *Store) Decidable(ctx context.Context, by actor.Actor, id, org string) error {
	return s.db.Read(ctx, func(tx *store.Tx) error {
		c, err := get(ctx, tx, id)
		if err != nil {
			return err
		}
		sh, err := sheetIn(ctx, tx, id, org)
		if err != nil {
			return err
		}
		return decidable(by, c, sh)
	})
}

// Back sends a sheet back with a reason, and gives some days to mend it; a campaign
// that runs longer stays as it is.
func (s *Store) Back(ctx context.Context, by actor.Actor, id, org, why string) error {
	why, err := given(why)
	if err != nil {
		return err
	}
	return s.sheet(ctx, id, org, func(tx *store.Tx, c *Campaign, sh *Sheet) error {
		if err := decidable(by, c, sh); err != nil {
			return err
		}
		d, err := s.start(ctx, tx, by, c, org, BackDays)
		if err != nil {
			return err
		}
		who, err := text(by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE campaign_sheets SET state = $1, said = $2, decided_by = $3, decided_at = $4, deadline = $5, due_at = $6 WHERE campaign = $7 AND org = $8`,
			string(SentBack), why, who, tx.Now, d.ID, store.Stamp(d.DueAt), id, org); err != nil {
			return err
		}
		return s.tell(ctx, tx, c, org, "campaign.told.back", notify.Warning, c.Title, d.DueAt)
	})
}

// Approve keeps that a sheet was approved, by which batch it was written, and what
// came of single lines. The last sheet ends the campaign.
func (s *Store) Approve(ctx context.Context, by actor.Actor, id, org, batch string, results map[int]string) error {
	return s.sheet(ctx, id, org, func(tx *store.Tx, c *Campaign, sh *Sheet) error {
		if err := decidable(by, c, sh); err != nil {
			return err
		}
		who, err := text(by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE campaign_sheets SET state = $1, decided_by = $2, decided_at = $3, batch = $4 WHERE campaign = $5 AND org = $6`,
			string(SheetDone), who, tx.Now, batch, id, org); err != nil {
			return err
		}
		for place, key := range results {
			if _, err := tx.ExecContext(ctx, `UPDATE campaign_lines SET result = $1 WHERE campaign = $2 AND place = $3`, key, id, place); err != nil {
				return err
			}
		}
		if err := s.tell(ctx, tx, c, org, "campaign.told.approved", notify.Info, c.Title); err != nil {
			return err
		}
		var left int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM campaign_sheets WHERE campaign = $1 AND state <> $2`, id, string(SheetDone)).Scan(&left); err != nil || left > 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE campaigns SET state = $1, ended_by = $2, ended_at = $3 WHERE id = $4`, string(Approved), who, tx.Now, id)
		return err
	})
}

// Close ends a campaign before all sheets are approved, or drops a draft, for a
// reason. What was not approved changes nothing; clocks that run are called off.
func (s *Store) Close(ctx context.Context, by actor.Actor, id, why string) error {
	why, err := given(why)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		c, err := get(ctx, tx, id)
		if err != nil {
			return err
		}
		if c.State != Open && c.State != Draft {
			return fault.New(fault.Conflict, "campaign.over", c.Title)
		}
		list, err := sheets(ctx, tx, `s.campaign = $1`, id)
		if err != nil {
			return err
		}
		for _, sh := range list {
			if !sh.Fills() {
				continue
			}
			if _, err := s.deadlines.CancelIn(ctx, tx, by, sh.Deadline, why); err != nil && !fault.Is(err, "deadline.ended") {
				return err
			}
			if err := s.tell(ctx, tx, c, sh.Org, "campaign.told.closed", notify.Info, c.Title); err != nil {
				return err
			}
		}
		who, err := text(by)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE campaigns SET state = $1, ended_by = $2, ended_at = $3, why = $4 WHERE id = $5`, string(Closed), who, tx.Now, why, id)
		return err
	})
}

// sheet runs one step on a sheet in a transaction of its own.
func (s *Store) sheet(ctx context.Context, id, org string, step func(*store.Tx, *Campaign, *Sheet) error) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		c, err := get(ctx, tx, id)
		if err != nil {
			return err
		}
		sh, err := sheetIn(ctx, tx, id, org)
		if err != nil {
			return err
		}
		return step(tx, c, sh)
	})
}

// Get gives one campaign; one that is not there is a fault "campaign.unknown".
func (s *Store) Get(ctx context.Context, id string) (c *Campaign, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		c, err = get(ctx, tx, id)
		return err
	})
	return c, err
}

// List gives all campaigns, the newest first.
func (s *Store) List(ctx context.Context) (list []*Campaign, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = campaigns(ctx, tx, `1 = 1`)
		return err
	})
	return list, err
}

// Sheets gives the sheets of a campaign by agency.
func (s *Store) Sheets(ctx context.Context, id string) (list []*Sheet, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = sheets(ctx, tx, `s.campaign = $1`, id)
		return err
	})
	return list, err
}

// Sheet gives one sheet with its lines.
func (s *Store) Sheet(ctx context.Context, id, org string) (sh *Sheet, list []Line, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		if sh, err = sheetIn(ctx, tx, id, org); err != nil {
			return err
		}
		list, err = lines(ctx, tx, `campaign = $1 AND org = $2`, id, org)
		return err
	})
	return sh, list, err
}

func get(ctx context.Context, tx *store.Tx, id string) (*Campaign, error) {
	list, err := campaigns(ctx, tx, `id = $1`, id)
	return store.First(list, err, fault.New(fault.NotFound, "campaign.unknown", id))
}

func campaigns(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*Campaign, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var c Campaign
		var subject, fields, orgs, state, madeBy, made, opened, due, endedBy, ended string
		if err := scan(&c.ID, &subject, &c.Title, &c.Basis, &fields, &orgs, &c.Lead, &c.Days, &state, &madeBy, &made, &opened, &due, &endedBy, &ended, &c.Why); err != nil {
			return err
		}
		c.Subject, c.State = Subject(subject), State(state)
		list = append(list, &c)
		if err := errors.Join(store.JSONInto(&c.Fields, fields), store.JSONInto(&c.Orgs, orgs), store.JSONInto(&c.MadeBy, madeBy), store.JSONInto(&c.EndedBy, endedBy), store.StampInto(&c.MadeAt, made),
			store.StampInto(&c.OpenedAt, opened), store.StampInto(&c.DueAt, due), store.StampInto(&c.EndedAt, ended)); err != nil {
			return fmt.Errorf("campaign %s: %w", c.ID, err)
		}
		return nil
	}, `SELECT id, subject, title, basis, fields, orgs, lead_org, days, state, made_by, made_at, opened_at, due_at, ended_by, ended_at, why
		FROM campaigns WHERE `+where+` ORDER BY id DESC`, args...)
	return list, err
}

func sheetIn(ctx context.Context, tx *store.Tx, id, org string) (*Sheet, error) {
	list, err := sheets(ctx, tx, `s.campaign = $1 AND s.org = $2`, id, org)
	return store.First(list, err, fault.New(fault.NotFound, "campaign.no-sheet", org))
}

func sheets(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*Sheet, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var sh Sheet
		var state, due, sentBy, sent, decidedBy, decided string
		if err := scan(&sh.Campaign, &sh.Org, &state, &sh.Deadline, &due, &sh.Times, &sentBy, &sent, &decidedBy, &decided, &sh.Said, &sh.Batch, &sh.Lines, &sh.Answered, &sh.Differs); err != nil {
			return err
		}
		sh.State = SheetState(state)
		list = append(list, &sh)
		if err := errors.Join(store.JSONInto(&sh.SentBy, sentBy), store.JSONInto(&sh.DecidedBy, decidedBy), store.StampInto(&sh.DueAt, due), store.StampInto(&sh.SentAt, sent), store.StampInto(&sh.DecidedAt, decided)); err != nil {
			return fmt.Errorf("sheet of %s: %w", sh.Org, err)
		}
		return nil
	}, `SELECT s.campaign, s.org, s.state, s.deadline, s.due_at, s.times, s.sent_by, s.sent_at, s.decided_by, s.decided_at, s.said, s.batch,
			(SELECT count(*) FROM campaign_lines l WHERE l.campaign = s.campaign AND l.org = s.org),
			(SELECT count(*) FROM campaign_lines l WHERE l.campaign = s.campaign AND l.org = s.org AND l.verdict <> ''),
			(SELECT count(*) FROM campaign_lines l WHERE l.campaign = s.campaign AND l.org = s.org AND l.verdict IN ('changed', 'gone', 'new'))
		FROM campaign_sheets s WHERE `+where+` ORDER BY s.org`, args...)
	return list, err
}

func lines(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Line, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var l Line
		var had, verdict, said, by, at string
		if err := scan(&l.Place, &l.Org, &l.Object, &l.Name, &had, &verdict, &said, &l.Why, &by, &at, &l.Result); err != nil {
			return err
		}
		l.Verdict = Verdict(verdict)
		err := errors.Join(store.JSONInto(&l.Had, had), store.JSONInto(&l.Said, said), store.JSONInto(&l.By, by), store.StampInto(&l.At, at))
		list = append(list, l)
		return err
	}, `SELECT place, org, object, name, had, verdict, said, why, by_actor, answered_at, result FROM campaign_lines WHERE `+where+` ORDER BY place`, args...)
	return list, err
}

func insert(ctx context.Context, tx *store.Tx, id string, l Line) error {
	had, said, who, err := three(l.Had, l.Said, l.By)
	if err != nil {
		return err
	}
	at := ""
	if !l.At.IsZero() {
		at = store.Stamp(l.At)
	} else {
		who = ""
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO campaign_lines (campaign, place, org, object, name, had, verdict, said, why, by_actor, answered_at, result) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		id, l.Place, l.Org, l.Object, l.Name, had, string(l.Verdict), said, l.Why, who, at, l.Result)
	return err
}

// text writes a value as JSON for a column.
func text(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func three(a, b, c any) (x, y, z string, err error) {
	x, e1 := text(a)
	y, e2 := text(b)
	z, e3 := text(c)
	return x, y, z, errors.Join(e1, e2, e3)
}
