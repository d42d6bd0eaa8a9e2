package progress

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/viet"
)

// amount is a number as reports write money: 1.234.567.890. Those of persons and
// telephones are not grouped so, or begin with 0.
var amount = regexp.MustCompile(`(^|[\s(])[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?`)

var digest256 = regexp.MustCompile(`^[0-9a-f]{64}$`)

// words puts what people write in order; what may be the number of a person is refused,
// since reports are read by many and kept for good.
func words(text string) (string, error) {
	text, _ = viet.NFC(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")))
	switch n := utf8.RuneCountInString(text); {
	case n > mostText:
		return "", fault.New(fault.Invalid, "progress.long", n, mostText)
	case strings.ContainsRune(text, 0):
		return "", fault.New(fault.Invalid, "progress.control")
	case reason.Number(amount.ReplaceAllString(text, "$1–")):
		return "", fault.New(fault.Invalid, "reason.number")
	}
	return text, nil
}

// given takes a text that a person has to give.
func given(why string) (string, error) {
	return reason.Of(squeezed(why), reason.Most, fault.New(fault.Invalid, "progress.no-why"))
}

// check puts a report in order, or says what is wrong with it. Today is the last day on
// which something can have been done.
func (r *Report) check(ref Ref, today viet.Date) (err error) {
	for _, text := range []*string{&r.Said, &r.Difficulty, &r.Proposal} {
		if *text, err = words(*text); err != nil {
			return err
		}
	}
	if r.Value == nil {
		r.Estimate = false
	}
	if !r.Done {
		r.On = 0
	}
	switch {
	case r.Percent != nil && (*r.Percent < 0 || *r.Percent > 100):
		return fault.New(fault.Invalid, "progress.percent", *r.Percent)
	case r.Done && !r.On.Valid() || r.Done && r.On == 0:
		return fault.New(fault.Invalid, "progress.no-day")
	case r.Done && r.On > today:
		return fault.New(fault.Invalid, "progress.future", r.On.Display())
	case r.Done && r.Percent != nil && *r.Percent < 100:
		return fault.New(fault.Invalid, "progress.done-percent", *r.Percent)
	case r.Value != nil && ref.Kind != Target:
		return fault.New(fault.Invalid, "progress.value-task")
	case r.Value != nil && (math.IsNaN(*r.Value) || math.Abs(*r.Value) > 1e15):
		return fault.New(fault.Invalid, "progress.value")
	case len(r.Evidence) > mostEvidence:
		return fault.New(fault.Invalid, "progress.much-evidence", mostEvidence)
	}
	for i := range r.Evidence {
		if err := r.Evidence[i].check(); err != nil {
			return err
		}
	}
	if r.Nothing {
		rest := *r
		rest.Nothing = false
		if !rest.Empty() {
			return fault.New(fault.Invalid, "progress.nothing-else")
		}
	}
	return nil
}

func (e *Evidence) check() error {
	e.Name, _ = viet.NFC(squeezed(e.Name))
	e.SHA256 = strings.ToLower(e.SHA256)
	if utf8.RuneCountInString(e.Name) > mostTitle || utf8.RuneCountInString(e.URL) > mostTitle {
		return fault.New(fault.Invalid, "progress.long", max(utf8.RuneCountInString(e.Name), utf8.RuneCountInString(e.URL)), mostTitle)
	}
	if e.URL != "" {
		u, err := url.Parse(e.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			return fault.New(fault.Invalid, "progress.address", e.URL)
		}
		return nil
	}
	if e.Name == "" || e.Size < 0 || !digest256.MatchString(e.SHA256) {
		return fault.New(fault.Invalid, "progress.evidence", e.Name)
	}
	return nil
}

// A Saved is one line of a form.
type Saved struct {
	ID    string    `json:"id"`              // made by the client; the same when the form is sent again
	After string    `json:"after,omitempty"` // ID of an earlier Saved of the same client that this one goes on from
	Ref             // of the line
	Base  int       `json:"base"` // version of the line that the person had before them
	At    time.Time `json:"at,omitzero"`
	Report
}

// digest tells two forms apart that bear one id: of clients that count badly neither is
// taken for the other.
func (sv *Saved) digest() (string, error) {
	b, err := json.Marshal(sv)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// An Answer is what became of a Saved.
type Answer struct {
	ID string
	Ref
	Outcome Outcome
	Version int    // of the line after it
	Word    *Word  // as it was kept; nil of Refused
	Theirs  *Word  // that stood there, of Conflict; and of Late where there was one
	Why     string // it is Late: one of LateSent …
	Err     error  // of Refused: what to mend
}
