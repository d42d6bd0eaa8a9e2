// Package campaign keeps reviews (đợt rà soát) of what the register of systems or the
// catalogue of data sets says: chosen fields are put before the agencies that answer
// for them, prefilled with what stands there; each agency confirms, corrects, takes
// out or adds, line by line, until it sends its sheet; the agency that leads the
// review looks, sends back with a reason or approves.
//
// The package holds what must be so whoever asks: each object stands in one sheet;
// nobody approves a sheet that they have sent; what is closed changes nothing; each
// sheet has a clock, and who is late is told and seen. It reads and writes no
// register: objects are handed in when a campaign is opened, and who approves has
// written the changes first (package campaigndesk).
package campaign

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
)

// A Subject is what a campaign goes over.
type Subject string

// The subjects.
const (
	Systems  Subject = "systems"  // the register of systems
	Datasets Subject = "datasets" // the catalogue of data sets
)

// A State is how far a campaign has come.
type State string

// The states. Approved: every sheet was approved; Closed: it was ended before.
const (
	Draft    State = "draft"
	Open     State = "open"
	Approved State = "approved"
	Closed   State = "closed"
)

// A SheetState is how far a sheet has come.
type SheetState string

// The states of a sheet.
const (
	Filling   SheetState = "open"
	Sent      SheetState = "sent"
	SentBack  SheetState = "back"
	SheetDone SheetState = "approved"
)

// A Verdict is what an agency says of a line.
type Verdict string

// The verdicts.
const (
	Unanswered Verdict = ""
	Kept       Verdict = "kept"    // it is as it stands there
	Changed    Verdict = "changed" // with other values
	Gone       Verdict = "gone"    // no longer there
	New        Verdict = "new"     // was not in the list
)

// Verdicts are those that can be given to an object that is in the list.
func Verdicts() []Verdict { return []Verdict{Kept, Changed, Gone} }

// A Plan is what somebody wants to have reviewed.
type Plan struct {
	Subject Subject
	Title   string
	Basis   string   // the document that asks for it
	Fields  []string // that are put before the agencies
	Orgs    []string // who answers; none = all that own something
	Lead    string   // agency that leads, and answers for what nobody owns
	Days    int      // working days from the opening
}

// A Campaign is one review.
type Campaign struct {
	ID string
	Plan
	State    State
	MadeBy   actor.Actor
	MadeAt   time.Time
	OpenedAt time.Time // zero while it is a draft
	DueAt    time.Time
	EndedBy  actor.Actor
	EndedAt  time.Time // zero while it runs
	Why      string    // why it was closed
}

// A Sheet is what one agency answers in a campaign.
type Sheet struct {
	Campaign  string
	Org       string
	State     SheetState
	Deadline  string // id of its clock
	DueAt     time.Time
	Times     int // how often it was sent
	SentBy    actor.Actor
	SentAt    time.Time
	DecidedBy actor.Actor
	DecidedAt time.Time
	Said      string // why it was sent back
	Batch     string // that wrote what it changes
	Lines     int
	Answered  int // lines with a verdict
	Differs   int // lines that change something
}

// Late reports whether a sheet was not sent when it was due.
func (s *Sheet) Late(now time.Time) bool {
	return (s.State == Filling || s.State == SentBack) && now.After(s.DueAt)
}

// Fills reports whether its agency can still answer in it.
func (s *Sheet) Fills() bool { return s.State == Filling || s.State == SentBack }

// An Object is one thing that a campaign goes over, as it stands there now.
type Object struct {
	ID     string
	Name   string
	Org    string            // that answers for it, "" = nobody
	Values map[string]string // by field
}

// A Line is one object in a sheet.
type Line struct {
	Place   int // in the campaign, from 1
	Org     string
	Object  string // "" = a new one
	Name    string
	Had     map[string]string // when the campaign was opened
	Verdict Verdict
	Said    map[string]string // values that are to be; of a kept line none
	Why     string
	By      actor.Actor
	At      time.Time
	Result  string // key of what approving did beyond writing it, "" = nothing
}

// Differs reports whether approving the line changes something.
func (l *Line) Differs() bool {
	return l.Verdict == Changed || l.Verdict == Gone || l.Verdict == New
}

// Now are the values of a line as its agency wants them.
func (l *Line) Now() map[string]string {
	all := maps.Clone(l.Had)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, l.Said)
	return all
}

// An Answer is what an agency says of a line.
type Answer struct {
	Place   int // 0 = a new line
	Verdict Verdict
	Name    string            // of a new one
	Values  map[string]string // canonical, by field; those that are not in it stay
	Why     string
}

// The bounds of a campaign.
const (
	mostTitle  = 300
	mostFields = 40
	MostDays   = 120
	UsualDays  = 15
	BackDays   = 3 // working days to mend a sheet that was sent back
	mostLines  = 20_000
)

// Clock is the time limit of sheets. The day is that of the campaign: the limit
// ends when the office closes on the last working day before the day after it.
var Clock = deadline.Definition{
	ID: "RS-01", EventVi: "Ngày sau hạn trả lời của đợt rà soát", EventEn: "The day after the last day of a review",
	DutyVi: "Gửi phiếu rà soát", DutyEn: "Send the sheet of a review", Direction: deadline.Before, Amount: 1, Unit: deadline.WorkingDays,
	Act: "Văn bản mở đợt rà soát", Sure: deadline.General,
	NoteVi: "Số ngày làm việc do đợt rà soát quy định.", NoteEn: "How many working days there are, the review says.",
}

// SubjectKind is what deadlines and notices of sheets say they belong to.
const SubjectKind = "campaign"

// Path is the page of a campaign; SheetPath that of an agency's sheet.
func Path(id string) string           { return "/campaigns/" + id }
func SheetPath(id, org string) string { return Path(id) + "/sheets/" + org }

// check refuses a plan that cannot be carried out.
func (p *Plan) check() error {
	p.Title, p.Basis = squeezed(p.Title), squeezed(p.Basis)
	slices.Sort(p.Orgs)
	p.Orgs = slices.Compact(p.Orgs)
	switch {
	case p.Subject != Systems && p.Subject != Datasets:
		return fault.New(fault.Invalid, "campaign.subject", string(p.Subject))
	case p.Title == "":
		return fault.New(fault.Invalid, "campaign.no-title")
	case utf8.RuneCountInString(p.Title) > mostTitle || utf8.RuneCountInString(p.Basis) > mostTitle:
		return fault.New(fault.Invalid, "campaign.long", mostTitle)
	case reason.Number(p.Title + " " + p.Basis): // each change of the review bears them as its reason
		return fault.New(fault.Invalid, "reason.number")
	case len(p.Fields) == 0 || len(p.Fields) > mostFields:
		return fault.New(fault.Invalid, "campaign.fields", mostFields)
	case p.Lead == "":
		return fault.New(fault.Invalid, "campaign.no-lead")
	case p.Days < 1 || p.Days > MostDays:
		return fault.New(fault.Invalid, "campaign.days", MostDays)
	}
	return nil
}

// given takes a text that a person has to give.
func given(why string) (string, error) {
	return reason.Of(squeezed(why), reason.Most, fault.New(fault.Invalid, "campaign.no-why"))
}

func squeezed(text string) string { return strings.Join(strings.Fields(text), " ") }

// Share puts each object into one sheet: its owner's, or that of the agency that
// leads where nobody owns it. Where agencies were chosen, objects of others are left
// aside; every agency that was chosen has a sheet, if only an empty one.
func Share(p Plan, objects []Object) map[string][]Object {
	sheets := map[string][]Object{}
	for _, org := range p.Orgs {
		sheets[org] = nil
	}
	for _, o := range objects {
		org := o.Org
		if org == "" {
			org = p.Lead
		}
		if len(p.Orgs) == 0 || slices.Contains(p.Orgs, org) {
			sheets[org] = append(sheets[org], o)
		}
	}
	return sheets
}

// Judge puts an answer to a line in order, or says what is wrong with it.
func (l *Line) Judge(a Answer, fields []string) error {
	var err error
	if a.Why, err = reason.Of(squeezed(a.Why), reason.Most, nil); err != nil {
		return err
	}
	said := map[string]string{}
	for name, v := range a.Values {
		if v != l.Had[name] {
			said[name] = v
		}
	}
	l.Verdict, l.Said, l.Why = a.Verdict, nil, a.Why
	switch a.Verdict {
	case Unanswered, Kept:
	case Changed:
		if len(said) == 0 {
			return fault.New(fault.Invalid, "campaign.same", l.Name)
		}
		for name := range said {
			if !slices.Contains(fields, name) {
				return fault.New(fault.Invalid, "campaign.field", name)
			}
		}
		l.Said = said
	case Gone:
		if a.Why == "" {
			return fault.New(fault.Invalid, "campaign.gone-why", l.Name)
		}
		l.Said = said // what has to be said of something that ends
	case New:
		if l.Object != "" {
			return fault.New(fault.Invalid, "campaign.verdict", string(a.Verdict))
		}
		if l.Name = squeezed(a.Name); l.Name == "" {
			return fault.New(fault.Invalid, "campaign.no-name")
		}
		l.Said = said
	default:
		return fault.New(fault.Invalid, "campaign.verdict", string(a.Verdict))
	}
	return nil
}
