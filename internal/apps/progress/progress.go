package progress

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// A Month names a period: yyyy-mm.
type Month string

// ParseMonth reads a month; anything else is a fault "progress.bad-month".
func ParseMonth(text string) (Month, error) {
	if t, err := time.Parse("2006-01", text); err != nil || t.Year() < 2000 || t.Year() > 9000 {
		return "", fault.New(fault.Invalid, "progress.bad-month", text)
	}
	return Month(text), nil
}

// Words is the month for people: 11/2026.
func (m Month) Words() string {
	year, month, _ := strings.Cut(string(m), "-")
	return month + "/" + year
}

// UsualCut is the day on which figures are cut where nobody says another one: a month
// runs from the 15th of the one before to the 14th.
const UsualCut = 15

// Span is the first day and the last day of a period whose figures are cut on a day: a
// cut on the 1st means the whole calendar month.
func (m Month) Span(cut int) (first, last viet.Date) {
	year, month := m.parts()
	if cut <= 1 {
		return dayOf(year, month, 1), dayOf(year, month+1, 1) - 1
	}
	return dayOf(year, month-1, cut), dayOf(year, month, cut) - 1
}

// CutOn is the day on which the figures of a period are cut: the one after its last.
func (m Month) CutOn(cut int) viet.Date {
	_, last := m.Span(cut)
	return last + 1
}

func (m Month) parts() (year int, month time.Month) {
	t, err := time.Parse("2006-01", string(m))
	if err != nil {
		return 2000, time.January // ParseMonth has let nothing else in
	}
	return t.Year(), t.Month()
}

// dayOf is a day of a month; months run over into the years beside.
func dayOf(year int, month time.Month, day int) viet.Date {
	return viet.DateOf(time.Date(year, month, day, 0, 0, 0, 0, viet.Zone))
}

// A Kind is what an item is.
type Kind string

// The kinds.
const (
	Task   Kind = "task"
	Target Kind = "target"
)

// A Ref names a task or a target.
type Ref struct {
	Kind Kind   `json:"kind"`
	Code string `json:"code"`
}

// String is the reference as addresses name it.
func (r Ref) String() string { return string(r.Kind) + ":" + r.Code }

// An Item is a task or a target that is asked about.
type Item struct {
	Ref
	Title   string
	Leads   []string // units that lead it; the word of the first one is that of the item
	Removed bool     // from the period, after it was opened
}

// The bounds of what is kept.
const (
	mostItems    = 20_000
	mostLines    = 50_000
	mostTitle    = 1000
	mostCode     = 120
	mostSaved    = 2000 // of one form
	mostText     = 4000
	mostEvidence = 20
	mostWhom     = 150 // stands in the title of a notice
)

// check refuses an item that nobody could report on.
func (it *Item) check() error {
	it.Title = squeezed(it.Title)
	it.Code = strings.TrimSpace(it.Code)
	switch {
	case it.Kind != Task && it.Kind != Target:
		return fault.New(fault.Invalid, "progress.kind", string(it.Kind))
	case it.Code == "" || utf8.RuneCountInString(it.Code) > mostCode:
		return fault.New(fault.Invalid, "progress.code", it.Code, mostCode)
	case it.Title == "" || utf8.RuneCountInString(it.Title) > mostTitle:
		return fault.New(fault.Invalid, "progress.item-title", it.Code, mostTitle)
	case len(it.Leads) == 0 || slices.Contains(it.Leads, ""):
		return fault.New(fault.Invalid, "progress.no-unit", it.Code)
	}
	return nil
}

// A Plan is a period that somebody wants to open.
type Plan struct {
	Period Month
	Lead   string // agency that coordinates: it answers matters, and closes
	Cut    int    // 1 to 28; 0 = UsualCut
}

func (p *Plan) check() error {
	if p.Cut == 0 {
		p.Cut = UsualCut
	}
	m, err := ParseMonth(string(p.Period))
	switch {
	case err != nil:
		return err
	case p.Cut < 1 || p.Cut > 28:
		return fault.New(fault.Invalid, "progress.cut", p.Cut)
	case p.Lead == "":
		return fault.New(fault.Invalid, "progress.no-lead")
	}
	p.Period = m
	return nil
}

// A State is how far a period has come.
type State string

// The states of a period.
const (
	Open   State = "open"
	Closed State = "closed"
)

// A Period is a month of reports.
type Period struct {
	Plan
	State    State
	OpenedBy actor.Actor
	OpenedAt time.Time
	DueAt    time.Time // of the sheets that were handed out when it was opened
	Deadline string    // id of the clock of closing
	ClosedBy actor.Actor
	ClosedAt time.Time // zero while it is open
	Header   string    // first line of the snapshot
	Hash     string    // of the whole snapshot
}

// CutOn is the day on which the period's figures are cut.
func (p *Period) CutOn() viet.Date { return p.Period.CutOn(p.Cut) }

// A SheetState is how far a sheet has come.
type SheetState string

// The states of a sheet.
const (
	Draft    SheetState = "draft"
	Sent     SheetState = "sent"
	SentBack SheetState = "back"
	Approved SheetState = "approved"
	Moved    SheetState = "moved" // all its lines went to another unit
)

// SheetStates are all of them, in the order in which they are told.
func SheetStates() []SheetState { return []SheetState{Draft, SentBack, Sent, Approved, Moved} }

// A Sheet is what one unit reports in a period.
type Sheet struct {
	Period    Month
	Org       string
	State     SheetState
	Nothing   bool   // sent saying that lines without words have nothing to report
	Deadline  string // id of the clock of sending
	DueAt     time.Time
	Approval  string // id of the clock of approving, "" = not sent yet
	Times     int    // how often it was sent
	SentBy    actor.Actor
	SentAt    time.Time
	DecidedBy actor.Actor
	DecidedAt time.Time
	Said      string // why it was sent back
	MovedTo   string
	Lines     int
	Answered  int // lines with words
	Conflicts int // that nobody has settled
	Late      int // words kept late that nobody has settled
}

// Fills reports whether words can still become those of its lines.
func (sh *Sheet) Fills() bool { return sh.State == Draft || sh.State == SentBack }

// Overdue reports whether a sheet was not sent when it was due.
func (sh *Sheet) Overdue(now time.Time) bool { return sh.Fills() && now.After(sh.DueAt) }

// A Line is one item in a sheet.
type Line struct {
	Item
	Org       string
	Place     int   // of the unit among those that lead
	Version   int   // 0 = nothing was said
	Word      *Word // current one, nil = nothing was said
	Before    *Word // that counts for this unit from the last period that has one, nil = none
	Conflicts []*Word
	Late      []*Word
}

// Evidence is what shows that a word is so: a file that is kept elsewhere, or an
// address.
type Evidence struct {
	Name   string `json:"name,omitempty"`
	SHA256 string `json:"sha256,omitempty"` // of a file, in hexadecimal
	Size   int64  `json:"size,omitempty"`
	URL    string `json:"url,omitempty"`
}

// A Report is what a unit says of an item.
type Report struct {
	Said       string     `json:"said,omitempty"`
	Nothing    bool       `json:"nothing,omitempty"` // there is nothing to report this month
	Done       bool       `json:"done,omitempty"`
	On         viet.Date  `json:"on,omitzero"` // when it was done
	Percent    *int       `json:"percent,omitempty"`
	Value      *float64   `json:"value,omitempty"` // of a target
	Estimate   bool       `json:"estimate,omitempty"`
	Difficulty string     `json:"difficulty,omitempty"`
	Proposal   string     `json:"proposal,omitempty"`
	Evidence   []Evidence `json:"evidence,omitempty"`
}

// Empty reports whether nothing is said.
func (r *Report) Empty() bool {
	return r.Said == "" && !r.Nothing && !r.Done && r.Percent == nil && r.Value == nil && r.Difficulty == "" && r.Proposal == "" && len(r.Evidence) == 0
}

// An Outcome is what became of a word when it was saved.
type Outcome string

// The outcomes.
const (
	Kept       Outcome = "kept"       // it became the current word of its line
	Same       Outcome = "same"       // the line says that already
	Conflict   Outcome = "conflict"   // the line had moved; both words are kept
	Late       Outcome = "late"       // the sheet was not to be filled any more; it is kept beside
	Correction Outcome = "correction" // of a closed period
	Refused    Outcome = "refused"    // it cannot be kept as it is, and was not
)

// Why a word is late.
const (
	LateSent     = "sent"     // the sheet waits for the head of the unit
	LateApproved = "approved" // the sheet was approved
	LateClosed   = "closed"   // the period is closed
	LateRemoved  = "removed"  // the item is no longer in the period
)

// A Take is how a conflict or a late word is settled.
type Take string

// The ways.
const (
	Used   Take = "used"   // it becomes the current word
	Merged Take = "merged" // other words become it, made of both
	Left   Take = "left"   // the line stays as it is
)

// A Word is a report that was kept.
type Word struct {
	ID     string
	Period Month
	Org    string // whose line it is said of
	From   string // unit that said it; another than Org once the line was moved
	Ref
	Place int
	Report
	Save      string // id that the client gave it
	Base      int    // version of the line that it was based on
	Version   int    // of the line: that it made, or that it met
	Outcome   Outcome
	Why       string // it is late; of a correction: its reason
	Against   string // id of the word that it met
	By        actor.Actor
	SaidAt    time.Time // by the clock of who said it, zero = not known
	At        time.Time // it was kept
	Counted   bool      // it was approved, or is a correction
	Settled   Take      // of a conflict or a late word, "" = not yet
	SettledBy actor.Actor
	SettledAt time.Time
}

// Told is what a word means for the state of its item: 0 % and nothing else says that
// work has not begun.
func (w *Word) Told() plan.Told {
	begun := w.Done || w.Value != nil || w.Percent == nil || *w.Percent > 0
	return plan.Told{Begun: begun, Done: w.Done, On: w.On, Value: w.Value, At: w.At}
}

// An Event is something that was done with a period, beside the words of its lines.
type Event struct {
	ID     string
	Period Month
	Org    string // "" = of the whole period
	Ref           // zero = not of one item
	What   What
	Why    string
	Detail string
	By     actor.Actor
	At     time.Time
}

// What was done.
type What string

// The events.
const (
	WasOpened    What = "opened"
	WasAdded     What = "added"
	WasRemoved   What = "removed"
	WasMoved     What = "moved" // Org → Detail
	WasSent      What = "sent"
	WasBack      What = "back"
	WasApproved  What = "approved"
	WasSettled   What = "settled" // Detail: how
	WasClosed    What = "closed"  // Detail: the hash
	WasCorrected What = "corrected"
	WasRaised    What = "raised"
	WasEscalated What = "escalated"
	WasAnswered  What = "answered"
	WasWithdrawn What = "withdrawn"
)

// SubjectKind is what deadlines and notices of periods say they belong to.
const SubjectKind = "progress"

// Path is the page of a period; SheetPath that of a unit's sheet.
func Path(m Month) string                  { return "/progress/" + string(m) }
func SheetPath(m Month, org string) string { return Path(m) + "/sheets/" + org }

// MatterPath is the page on which a matter is answered.
func MatterPath(m Month, id string) string { return fmt.Sprintf("%s/matters/%s", Path(m), id) }

func squeezed(text string) string { return strings.Join(strings.Fields(text), " ") }
