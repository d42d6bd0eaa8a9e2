package progress

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/jsontext"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// A Standing is how an item stands when its period is closed, as the caller judges it
// by the words that count.
type Standing struct {
	State plan.State
	Why   plan.Because
	Value *float64 // of a target
}

// A Header is the first line of a snapshot.
type Header struct {
	Format   string `json:"format"`
	Period   Month  `json:"period"`
	Lead     string `json:"lead"`
	Cut      int    `json:"cut"`
	ClosedAt string `json:"closedAt"`
	Previous string `json:"previous"` // hash of the period that was closed before, "" = this is the first
	Rows     int    `json:"rows"`
}

// Format names the form of snapshots; another form bears another name.
const Format = "phohien-progress-1"

// A Row is a line of a snapshot: an item in the sheet of a unit. It names no person.
type Row struct {
	Ref
	Title    string       `json:"title"`
	Org      string       `json:"org"`
	Place    int          `json:"place"` // of the unit among those that lead
	Sheet    SheetState   `json:"sheet"`
	State    plan.State   `json:"state,omitempty"`
	Why      plan.Because `json:"why,omitempty"`
	Standing *float64     `json:"standing,omitempty"` // value of Standing
	Word     string       `json:"word,omitempty"`     // id of the word that counts, "" = none does
	Report   *Report      `json:"report,omitempty"`
}

// Close closes a period (chốt số liệu), from the day of the cut on, and after those
// before it: what counts is written as a snapshot under a chain of hashes, sheets that
// were not approved stay as they are, and units are told. It gives the period with its
// hash, which the caller notes in the audit log.
func (s *Store) Close(ctx context.Context, by actor.Actor, m Month, now time.Time, standings map[Ref]Standing) (out *Period, err error) {
	err = s.period(ctx, m, func(tx *store.Tx, p *Period) error {
		if err := open(p); err != nil {
			return err
		}
		if cut := p.CutOn(); now.Before(cut.Time()) {
			return fault.New(fault.Conflict, "progress.early", m.Words(), cut.Display())
		}
		before, err := periods(ctx, tx, `period < $1`, string(m))
		if err != nil {
			return err
		}
		header := Header{Format: Format, Period: m, Lead: p.Lead, Cut: p.Cut, ClosedAt: store.Stamp(now)}
		for i := len(before) - 1; i >= 0; i-- { // the newest comes first
			if before[i].State == Open {
				return fault.New(fault.Conflict, "progress.earlier", before[i].Period.Words())
			}
			header.Previous = before[i].Hash
		}
		rows, err := rowsOf(ctx, tx, m, standings)
		if err != nil {
			return err
		}
		header.Rows = len(rows)
		head, hash, lines, err := chained(header, rows)
		if err != nil {
			return err
		}
		values := make([][]any, len(lines))
		for i, l := range lines {
			values[i] = []any{string(m), i + 1, l.Text, l.Hash}
		}
		if err := insertMany(ctx, tx, `INSERT INTO progress_snapshots (period, place, line, hash) VALUES `, "", values); err != nil {
			return err
		}
		who, err := text(by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE progress_periods SET state = $1, closed_by = $2, closed_at = $3, header = $4, hash = $5 WHERE period = $6`,
			string(Closed), who, header.ClosedAt, head, hash, string(m)); err != nil {
			return err
		}
		if err := s.end(ctx, tx, by, p, hash); err != nil {
			return err
		}
		out, err = periodIn(ctx, tx, m)
		return err
	})
	return out, err
}

// end calls off the clocks of a period that was closed and tells its units.
func (s *Store) end(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period, hash string) error {
	if err := s.done(ctx, tx, by, p.Deadline); err != nil {
		return err
	}
	list, err := sheets(ctx, tx, `s.period = $1 AND s.state <> 'moved'`, string(p.Period))
	if err != nil {
		return err
	}
	why := locale.Vi.T("progress.closed-why", p.Period.Words())
	for _, sh := range list {
		if sh.State != Approved {
			for _, id := range []string{sh.Deadline, sh.Approval} {
				if err := s.callOff(ctx, tx, by, id, why); err != nil {
					return err
				}
			}
		}
		if err := s.tell(ctx, tx, p.Period, sh.Org, SheetPath(p.Period, sh.Org), notify.Info, "progress.told.closed", p.Period.Words()); err != nil {
			return err
		}
	}
	return note(ctx, tx, by, Event{Period: p.Period, What: WasClosed, Detail: hash})
}

// rowsOf are the rows of a snapshot: the lines of a period by kind, code, the unit's
// place and its id.
func rowsOf(ctx context.Context, tx *store.Tx, m Month, standings map[Ref]Standing) (rows []Row, err error) {
	type line struct {
		Ref
		org string
	}
	words := map[line]*Word{}
	if err := eachWord(ctx, tx, func(w *Word) error {
		words[line{w.Ref, w.Org}] = w // the latest comes last
		return nil
	}, `period = $1 AND counted = 1 ORDER BY id`, string(m)); err != nil {
		return nil, err
	}
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var r Row
		var kind, sheet string
		if err := scan(&kind, &r.Code, &r.Title, &r.Org, &r.Place, &sheet); err != nil {
			return err
		}
		r.Kind, r.Sheet = Kind(kind), SheetState(sheet)
		st := standings[r.Ref]
		r.State, r.Why, r.Standing = st.State, st.Why, st.Value
		if w := words[line{r.Ref, r.Org}]; w != nil {
			r.Word, r.Report = w.ID, &w.Report
		}
		rows = append(rows, r)
		return nil
	}, `SELECT l.kind, l.code, i.title, l.org, l.place, s.state FROM progress_lines l
		JOIN progress_items i ON i.period = l.period AND i.kind = l.kind AND i.code = l.code
		JOIN progress_sheets s ON s.period = l.period AND s.org = l.org
		WHERE l.period = $1 AND l.gone_at = '' ORDER BY l.kind, l.code, l.place, l.org`, string(m))
	return rows, err
}

// A SnapshotLine is a row of a snapshot as it is kept.
type SnapshotLine struct {
	Place int
	Text  string // canonical JSON of a Row
	Hash  string // of the hash before and Text
}

// chained writes a header and rows as canonical JSON and chains them. hash is that of
// the last line, which stands for all.
func chained(h Header, rows []Row) (head, hash string, lines []SnapshotLine, err error) {
	if head, err = canonical(h); err != nil {
		return "", "", nil, err
	}
	hash = sum(head)
	lines = make([]SnapshotLine, len(rows))
	for i := range rows {
		line, err := canonical(&rows[i])
		if err != nil {
			return "", "", nil, fmt.Errorf("row of %s: %w", rows[i].Code, err)
		}
		hash = link(hash, line)
		lines[i] = SnapshotLine{i + 1, line, hash}
	}
	return head, hash, lines, nil
}

func canonical(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	b, err = jsontext.Canonical(b)
	return string(b), err
}

func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// link is the hash of a line behind another: of the hash before as text, a line feed,
// and the line, so that the chain can be followed with sha256sum alone.
func link(before, line string) string { return sum(before + "\n" + line) }

// A Snapshot is what a closed period keeps for good.
type Snapshot struct {
	Period Month
	Header string // canonical JSON of a Header
	Hash   string
	Lines  []SnapshotLine
	Rows   []Row
}

// Snapshot gives the snapshot of a closed period.
func (s *Store) Snapshot(ctx context.Context, m Month) (out *Snapshot, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		p, err := periodIn(ctx, tx, m)
		if err != nil {
			return err
		}
		if p.State != Closed {
			return fault.New(fault.NotFound, "progress.not-closed", m.Words())
		}
		out = &Snapshot{Period: m, Header: p.Header, Hash: p.Hash}
		if out.Lines, err = snapshotLines(ctx, tx, m); err != nil {
			return err
		}
		out.Rows = make([]Row, len(out.Lines))
		for i, l := range out.Lines {
			if err := json.Unmarshal([]byte(l.Text), &out.Rows[i]); err != nil {
				return fmt.Errorf("line %d of %s: %w", l.Place, m, err)
			}
		}
		return nil
	})
	return out, err
}

func snapshotLines(ctx context.Context, tx *store.Tx, m Month) (list []SnapshotLine, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var l SnapshotLine
		err := scan(&l.Place, &l.Text, &l.Hash)
		list = append(list, l)
		return err
	}, `SELECT place, line, hash FROM progress_snapshots WHERE period = $1 ORDER BY place`, string(m))
	return list, err
}

// Where a snapshot is not what it was.
const (
	DiffersHeader   = "header"   // its first line says something else than the period
	DiffersPrevious = "previous" // the period before has another hash
	DiffersLine     = "line"     // a line was changed
	DiffersMissing  = "missing"  // a line is not there
	DiffersMore     = "more"     // a line is there that was not
	DiffersHash     = "hash"     // the end of the chain is not the hash of the period
	DiffersWord     = "word"     // the word that a line rests on was changed afterwards
	DiffersNext     = "next"     // the period after was closed behind another hash
)

// A Difference is one place where a snapshot is not what it was.
type Difference struct {
	What  string
	Place int    // of the line, 0 = none
	Ref          // of it, where it can be read
	Org   string // likewise
}

// A Verdict is what came of recomputing a snapshot.
type Verdict struct {
	Period      Month
	Hash        string // of the period
	Rows        int
	Differences []Difference // none = it is what it was
}

// OK reports whether a snapshot is what it was.
func (v *Verdict) OK() bool { return len(v.Differences) == 0 }

// Verify recomputes the chain of a closed period, compares its lines with the words that
// they rest on and its ends with the periods beside, and says where something differs.
// Who changes a whole chain so that it holds together is found by the hash that was
// noted elsewhere: in the next period, in the audit log.
func (s *Store) Verify(ctx context.Context, m Month) (v *Verdict, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		p, err := periodIn(ctx, tx, m)
		if err != nil {
			return err
		}
		if p.State != Closed {
			return fault.New(fault.NotFound, "progress.not-closed", m.Words())
		}
		lines, err := snapshotLines(ctx, tx, m)
		if err != nil {
			return err
		}
		words := map[string]*Word{}
		if err := eachWord(ctx, tx, func(w *Word) error {
			words[w.ID] = w
			return nil
		}, `period = $1`, string(m)); err != nil {
			return err
		}
		v = &Verdict{Period: m, Hash: p.Hash, Rows: len(lines)}
		h, err := v.ends(ctx, tx, p)
		if err != nil {
			return err
		}
		v.lines(p, h, lines, words)
		return nil
	})
	return v, err
}

func (v *Verdict) differs(what string, place int, r Row) {
	v.Differences = append(v.Differences, Difference{What: what, Place: place, Ref: r.Ref, Org: r.Org})
}

// ends compares a header with its period, and with the periods beside.
func (v *Verdict) ends(ctx context.Context, tx *store.Tx, p *Period) (h Header, err error) {
	if err := json.Unmarshal([]byte(p.Header), &h); err != nil {
		v.differs(DiffersHeader, 0, Row{})
		return h, nil
	}
	if h.Format != Format || h.Period != p.Period || h.Lead != p.Lead || h.Cut != p.Cut || h.ClosedAt != store.Stamp(p.ClosedAt) {
		v.differs(DiffersHeader, 0, Row{})
	}
	all, err := periods(ctx, tx, `state = 'closed'`)
	if err != nil {
		return h, err
	}
	slices.SortFunc(all, func(a, b *Period) int { return strings.Compare(string(a.Period), string(b.Period)) })
	at := slices.IndexFunc(all, func(q *Period) bool { return q.Period == p.Period })
	previous := ""
	if at > 0 {
		previous = all[at-1].Hash
	}
	if h.Previous != previous {
		v.differs(DiffersPrevious, 0, Row{})
	}
	if at+1 < len(all) {
		var next Header
		if err := json.Unmarshal([]byte(all[at+1].Header), &next); err != nil || next.Previous != p.Hash {
			v.differs(DiffersNext, 0, Row{})
		}
	}
	return h, nil
}

// lines follows the chain. It goes on from the hash that stands beside a line, so that
// one line that was changed is not taken for all behind it.
func (v *Verdict) lines(p *Period, h Header, lines []SnapshotLine, words map[string]*Word) {
	hash, place := sum(p.Header), 0
	for _, l := range lines {
		for place++; place < l.Place; place++ {
			v.differs(DiffersMissing, place, Row{})
		}
		var r Row
		err := json.Unmarshal([]byte(l.Text), &r)
		switch {
		case l.Place > h.Rows:
			v.differs(DiffersMore, l.Place, r)
		case err != nil || link(hash, l.Text) != l.Hash:
			v.differs(DiffersLine, l.Place, r)
		case r.Word != "" && !rests(r, words[r.Word]):
			v.differs(DiffersWord, l.Place, r)
		}
		hash = l.Hash
	}
	for place++; place <= h.Rows; place++ {
		v.differs(DiffersMissing, place, Row{})
	}
	if hash != p.Hash {
		v.differs(DiffersHash, 0, Row{})
	}
}

// rests reports whether a word says what a row says that it does.
func rests(r Row, w *Word) bool {
	return w != nil && r.Report != nil && w.Ref == r.Ref && w.Counted && SameReport(w.Report, *r.Report)
}

// A Corrected is what is mended of a closed period.
type Corrected struct {
	Ref
	Report Report
	Why    string
	Late   string // id of the word that came late and is taken up by it, "" = none
}

// Correct keeps a correction of a closed period beside its snapshot, which does not
// change. From now on it counts in place of the word that it mends.
func (s *Store) Correct(ctx context.Context, by actor.Actor, m Month, org string, c Corrected) (w *Word, err error) {
	why, err := given(c.Why)
	if err != nil {
		return nil, err
	}
	err = s.sheet(ctx, m, org, func(tx *store.Tx, p *Period, _ *Sheet) error {
		if p.State != Closed {
			return fault.New(fault.Conflict, "progress.not-closed", m.Words())
		}
		if err := c.Report.check(c.Ref, viet.DateOf(tx.Time.In(viet.Zone))); err != nil {
			return err
		}
		if c.Report.Empty() {
			return fault.New(fault.Invalid, "progress.no-words")
		}
		l, err := follow(ctx, tx, m, org, c.Ref)
		if err != nil {
			return err
		}
		if l.gone {
			return fault.New(fault.NotFound, "progress.no-item", c.Code)
		}
		was, err := wordWhere(ctx, tx, `id IN (SELECT max(id) FROM progress_words WHERE period = $1 AND org = $2 AND kind = $3 AND code = $4 AND counted = 1)`,
			string(m), l.org, string(c.Kind), c.Code)
		if err != nil {
			return err
		}
		w = &Word{
			ID: newID(), Period: m, Org: l.org, From: org, Ref: c.Ref, Place: l.place, Report: c.Report, Base: l.version, Version: l.version,
			Outcome: Correction, Why: why, By: by, At: tx.Time, Counted: true,
		}
		if was != nil {
			w.Against = was.ID
		}
		if c.Late != "" {
			late, err := wordWhere(ctx, tx, `id = $1 AND period = $2 AND org = $3 AND kind = $4 AND code = $5 AND outcome IN ('late', 'conflict')`,
				c.Late, string(m), l.org, string(c.Kind), c.Code)
			switch {
			case err != nil:
				return err
			case late == nil:
				return fault.New(fault.NotFound, "progress.no-word")
			case late.Settled != "":
				return fault.New(fault.Conflict, "progress.settled", late.SettledBy.Name)
			}
			if err := settle(ctx, tx, by, late, Used); err != nil {
				return err
			}
		}
		if err := insertWord(ctx, tx, w, ""); err != nil {
			return err
		}
		if err := latest(ctx, tx, `SELECT kind, code FROM progress_items WHERE period = $1 AND kind = $2 AND code = $3`, string(m), string(c.Kind), c.Code); err != nil {
			return err
		}
		if err := note(ctx, tx, by, Event{Period: m, Org: l.org, Ref: c.Ref, What: WasCorrected, Why: why, Detail: w.ID}); err != nil {
			return err
		}
		return s.tell(ctx, tx, m, p.Lead, SheetPath(m, l.org), notify.Warning, "progress.told.corrected", c.Code, m.Words())
	})
	return w, err
}

// Corrections gives the corrections of a period, the oldest first.
func (s *Store) Corrections(ctx context.Context, m Month) (list []*Word, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		return eachWord(ctx, tx, func(w *Word) error {
			list = append(list, w)
			return nil
		}, `period = $1 AND outcome = 'correction' ORDER BY id`, string(m))
	})
	return list, err
}
