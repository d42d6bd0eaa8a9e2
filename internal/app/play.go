package app

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/phohien/phohien/internal/app/play"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/packs"
)

// A playing is a play of generated days, as the table plays keeps it.
type playing struct {
	Began time.Time // real time; what is stamped before is played
	Days  int
	Done  int       // steps behind it
	To    time.Time // what the played clock shows
	Ended bool
}

// Progress tells how far the play of generated days has come; on is false when
// none goes on.
type Progress struct {
	Day, Days int
	On        time.Time
}

// Playing tells how far a play has come.
func (a *App) Playing() (p Progress, on bool) {
	now := a.play.Load()
	if now == nil || now.Ended || !a.clock.played() {
		return Progress{}, false
	}
	at := a.clock.Now()
	day := now.Days - int(now.Began.Sub(at).Hours()/24)
	return Progress{Day: min(max(day, 0), now.Days), Days: now.Days, On: at}, true
}

// playNotice tells readers of the pages that a play goes on, and later that there
// was one.
func (a *App) playNotice(l locale.Lang) (now, always string) {
	if p, on := a.Playing(); on {
		now = l.T("demo.progress", p.Day, p.Days, l.Date(p.On))
	}
	if p := a.play.Load(); p != nil {
		always = l.T("demo.province", p.Began)
	}
	return now, always
}

// simulated: the folder was new when the play began, so all that is older was
// stamped by the played clock.
func (a *App) simulated(received time.Time) bool {
	p := a.play.Load()
	return p != nil && received.Before(p.Began)
}

// whilePlaying turns away who would be stamped with a time that is not now.
func (a *App) whilePlaying(by actor.Actor) error {
	if by == actor.System || by.Kind == actor.Simulated {
		return nil
	}
	p, on := a.Playing()
	if !on {
		return a.leavePlay(a.stopping)
	}
	return fault.New(fault.Unavailable, "demo.playing", p.Day, p.Days)
}

// leavePlay ends a play that was stopped, since somebody works with the real
// clock: it cannot be taken up behind that.
func (a *App) leavePlay(ctx context.Context) error {
	p := a.play.Load()
	if p == nil || p.Ended || a.clock.played() {
		return nil
	}
	left := *p
	left.Ended = true
	if err := a.keepPlay(ctx, &left); err != nil {
		return err
	}
	a.play.Store(&left)
	return nil
}

// resumePlay sets the clock to where a play was stopped, before anything is
// stamped. Outside of a demo it stays stopped, and the clock real.
func (a *App) resumePlay(ctx context.Context) error {
	p, err := readPlay(ctx, a.Store.Control())
	if err != nil || p == nil {
		return err
	}
	a.play.Store(p)
	if !p.Ended && a.Config.DemoDays > 0 {
		a.clock.turn(p.To)
	}
	return nil
}

func readPlay(ctx context.Context, control *store.DB) (*playing, error) {
	var p playing
	var began, to, ended string
	err := control.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT began_at, days, done, played_to, ended_at FROM plays`).Scan(&began, &p.Days, &p.Done, &to, &ended)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("play: %w", err)
	}
	var e1, e2 error
	p.Began, e1 = store.ParseStamp(began)
	p.To, e2 = store.ParseStamp(to)
	p.Ended = ended != ""
	return &p, errors.Join(e1, e2)
}

func (a *App) keepPlay(ctx context.Context, p *playing) error {
	return a.Store.Control().Write(ctx, func(tx *store.Tx) error {
		ended := ""
		if p.Ended {
			ended = tx.Now
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO plays (id, began_at, days, done, played_to, ended_at) VALUES ('demo', $1, $2, $3, $4, $5)
			ON CONFLICT (id) DO UPDATE SET done = excluded.done, played_to = excluded.played_to, ended_at = excluded.ended_at`,
			store.Stamp(p.Began), p.Days, p.Done, store.Stamp(p.To), ended)
		return err
	})
}

// beginPlay begins a play where nobody has worked yet: no pack, no batch. It
// reports whether one goes on.
func (a *App) beginPlay(ctx context.Context) (bool, error) {
	if a.Config.DemoDays == 0 {
		return false, a.leavePlay(ctx)
	}
	if p := a.play.Load(); p != nil {
		return !p.Ended, nil
	}
	have, err := a.Packs.List(ctx)
	if err != nil || len(have) > 0 {
		return false, err
	}
	batches, _, err := a.Corridor.Batches(ctx, "", "", 1)
	if err != nil || len(batches) > 0 {
		return false, err
	}
	p := &playing{Began: time.Now().UTC().Truncate(time.Microsecond), Days: a.Config.DemoDays}
	p.To = play.Script(p.Began, p.Days)[0].At
	if err := a.keepPlay(ctx, p); err != nil {
		return false, err
	}
	a.play.Store(p)
	a.clock.turn(p.To)
	return true, nil
}

// A player carries a script out, one step after the other.
type player struct {
	*App
	packs []*pack.Pack
	tell  func(corridor.Report)
}

// playOn carries out the steps that are left until one is not wanted, and then
// gives the real clock back when it was the last.
func (p *player) playOn(ctx context.Context, while func(play.Step) bool) error {
	now := *p.play.Load()
	steps := play.Script(now.Began, now.Days)
	for ; now.Done < len(steps); now.Done++ {
		step := &steps[now.Done]
		if !while(*step) {
			p.play.Store(&now)
			return nil
		}
		now.To = step.At
		kept := now
		if err := p.keepPlay(ctx, &kept); err != nil {
			return err
		}
		p.play.Store(&kept)
		p.clock.turn(step.At)
		if err := p.step(ctx, step); err != nil {
			return fmt.Errorf("play %s: %w", step.Key, err)
		}
		// What follows from the step is stamped with its time.
		if err := p.Settled(ctx); err != nil {
			return err
		}
	}
	return p.endPlay(ctx, now)
}

func (p *player) endPlay(ctx context.Context, now playing) error {
	if err := p.recountScores(ctx); err != nil {
		return err
	}
	now.Ended = true
	if err := p.keepPlay(ctx, &now); err != nil {
		return err
	}
	p.play.Store(&now)
	p.clock.release()
	return p.Scorer.Age(ctx)
}

func (p *player) step(ctx context.Context, s *play.Step) error {
	var batch string
	var err error
	switch s.Do {
	case play.Night:
		return p.night(ctx)
	case play.Install:
		err = p.install(ctx, s.Version)
	case play.Sources:
		for _, one := range p.packs {
			if s.Generated != (one.ID == packs.Generated) {
				continue
			}
			if err := p.sendSources(ctx, one, p.tell); err != nil {
				return fmt.Errorf("pack %s: %w", one.ID, err)
			}
		}
	case play.Send:
		batch, err = p.send(ctx, s, s.Table.CSV(), corridor.Request{})
	default:
		batch, err = p.actOn(ctx, s)
	}
	if err != nil {
		return err
	}
	return p.enter(ctx, s, batch)
}

// enter writes what was played into the audit log, at the real time, as what it
// is.
func (p *player) enter(ctx context.Context, s *play.Step, batch string) error {
	e := audit.Entry{
		Actor: audit.Actor{Kind: actor.Simulated, ID: "demo-player", Name: "Bản dùng thử: dữ liệu giả lập"}, Org: s.Unit.Org,
		Action: string(policy.Send), Object: policy.KindDataset + ":" + s.Dataset, Result: audit.Done,
		Detail: map[string]string{"simulated": "yes", "do": string(s.Do), "played-at": store.Stamp(s.At), "step": s.Key},
	}
	if s.Dataset == "" {
		e.Action, e.Object = string(policy.InstallPack), policy.KindPack+":"
	}
	if batch != "" {
		e.Detail["batch"] = batch
	}
	_, err := p.Audit.Append(ctx, e)
	return err
}

// install brings the packs; while the play goes on, that of generated data in
// the version of its day.
func (p *player) install(ctx context.Context, version string) error {
	all := p.packs
	if version != "" {
		all = nil
		for _, one := range p.packs {
			if files := play.Earlier(one.ID, version); files != nil {
				shipped, _ := packs.Open(one.ID)
				earlier, err := pack.Read(play.Over(shipped, files))
				if err != nil {
					return err
				}
				one = earlier
			}
			all = append(all, one)
		}
	}
	if _, err := p.Packs.Install(ctx, actor.System, true, all...); err != nil {
		return err
	}
	return p.installed(ctx)
}

// by is who sends in a step.
func by(u play.Unit) actor.Actor {
	return actor.Actor{Kind: actor.Simulated, ID: u.Code, Name: u.Name + " (giả lập)", Org: u.Org}
}

func (p *player) send(ctx context.Context, s *play.Step, body []byte, in corridor.Request) (batch string, err error) {
	in.Dataset, in.Name, in.Body, in.IdempotencyKey, in.Sender = s.Dataset, s.Name, bytes.NewReader(body), s.Key, s.Unit.Code
	r, err := p.Corridor.Send(ctx, by(s.Unit), in)
	if err == nil && r.State == corridor.Interrupted {
		err = context.Canceled
	}
	if err == nil {
		p.tell(r)
	}
	return r.Batch, err
}

// actOn does something with the batch of an earlier step. Doing it again, after
// the play was stopped in the middle, does no harm.
func (p *player) actOn(ctx context.Context, s *play.Step) (batch string, err error) {
	of, found, err := p.Corridor.Sent(ctx, s.Dataset, s.Of)
	if err != nil || !found {
		return "", errors.Join(err, missing(found, s.Of))
	}
	switch {
	case s.Do == play.Mend:
		return p.mend(ctx, s, of.ID)
	case s.Do == play.Undo && of.State == corridor.Scored:
		of, err = p.Corridor.Undo(ctx, by(s.Unit), of.ID)
	case s.Do == play.Confirm && of.State == corridor.Held:
		of, err = p.Corridor.Confirm(ctx, by(s.Unit), of.ID)
	case s.Do == play.Cancel && of.State == corridor.Held:
		of, err = p.Corridor.Cancel(ctx, by(s.Unit), of.ID)
	}
	if err == nil && !of.State.Final() {
		of, err = p.Corridor.Wait(ctx, of.ID, func(s corridor.Status) bool { return s.State.Final() })
	}
	return of.ID, errors.Join(err, of.Fault.Err())
}

func missing(found bool, key string) error {
	if found {
		return nil
	}
	return fmt.Errorf("no batch of the step %s", key)
}

// mend sends the open lines of a batch back as the unit would: the slip's rows,
// put right, each with the mark of its line.
func (p *player) mend(ctx context.Context, s *play.Step, batch string) (string, error) {
	_, obj, err := p.Contracts.Object(ctx, s.Dataset)
	if err != nil {
		return "", err
	}
	lines, err := p.Truth.Quarantine(ctx, obj, record.Filter{State: record.StateOpen, Batch: batch}, 0, 1000)
	if err != nil {
		return "", err
	}
	var rows [][]string
	seen := map[int]bool{}
	for _, l := range lines {
		row, of := s.Table.Mended(l.Line)
		if row == nil || seen[of] {
			continue // the same row twice: one of them is enough
		}
		seen[of] = true
		rows = append(rows, append(append([]string{}, row...), p.Corridor.Token(obj, l.ID)))
	}
	if len(rows) == 0 {
		return "", nil
	}
	head := append(append([]string{}, s.Table.Head...), quality.TokenHeading)
	return p.send(ctx, s, play.Rows(head, rows), corridor.Request{Mode: contract.Merge, Confirm: true})
}

// night lets the scores follow the clock, and counts those anew that the play
// itself moves.
func (p *player) night(ctx context.Context) error {
	if err := p.Scorer.Age(ctx); err != nil {
		return err
	}
	for _, id := range play.Datasets() {
		k, err := p.Scorer.Verify(ctx, id)
		if err == nil && !k.Agrees {
			err = errors.New("recount of " + id + " at seq " + strconv.FormatInt(k.Seq, 10) + ": " + k.Difference)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
