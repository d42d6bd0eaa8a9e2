// Package approval keeps requests for exports that need the approval of several
// persons, those of core and important data, with what was decided and fetched.
//
// What is asked for is written once. Approvers approve its digest, and what is
// then exported is made out of the very text that has this digest: nobody is
// shown one thing and lets another go. Who may ask and who may decide is for the
// policies; that nobody decides on their own request or counts twice is also
// held here.
package approval

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Needed is how many different persons have to approve.
const Needed = 2

// An Ask is what somebody asks to export: the whole of it, so that its digest
// says all that an approver is asked about.
type Ask struct {
	ID      string            `json:"id"` // of the request: one approval is worth nothing elsewhere
	By      string            `json:"by"` // who asks: Kind + ":" + ID
	Org     string            `json:"org"`
	Dataset string            `json:"dataset"` // address
	Fields  []string          `json:"fields"`  // columns of the file, in its order
	Where   []Equal           `json:"where"`   // all must hold
	State   int64             `json:"state"`   // batch whose state of the data set is exported
	Records int64             `json:"records"` // how many fit in that state
	Scope   policy.Rows       `json:"scope"`   // which rows the requester may export
	Masked  map[string]string `json:"masked"`  // of the fields, those not in clear: how they are seen
	Format  string            `json:"format"`  // csv, xlsx, geojson, parquet, arrow
	Names   bool              `json:"names"`   // headings are the contract's names
	Mark    string            `json:"mark"`    // separator of CSV: comma, semicolon, tab
	Plain   bool              `json:"plain"`   // CSV for programs
	Lang    string            `json:"lang"`    // of headings and words
	Purpose policy.Purpose    `json:"purpose"`
	Class   Class             `json:"class"` // of the data set at that time
	Until   string            `json:"until"` // as store.Stamp writes it
	Fetches int               `json:"fetches"`
}

// An Equal keeps the records whose field has a value.
type Equal struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// A Class is how a data set is classified.
type Class struct {
	Class  string            `json:"class"`  // core, important, other, ""
	Access string            `json:"access"` // open, shared, restricted, ""
	Fields map[string]string `json:"fields"` // of the columns of the file: none, basic, sensitive
}

// Above reports whether c asks for more protection than b in any respect: what
// was approved of b was not approved of c.
func (c Class) Above(b Class) bool {
	if rank(classes, c.Class) > rank(classes, b.Class) || rank(accesses, c.Access) > rank(accesses, b.Access) {
		return true
	}
	for field, level := range c.Fields {
		if rank(levels, level) > rank(levels, b.Fields[field]) {
			return true
		}
	}
	return false
}

// From the least protected to the most. What is not in a list is not classified,
// which for the access counts as restricted (docs/policy.md).
var (
	classes  = []string{"", "other", "important", "core"}
	accesses = []string{policy.AccessOpen, policy.AccessShared, policy.AccessRestricted}
	levels   = []string{"none", "basic", "sensitive"}
)

func rank(list []string, word string) int {
	if i := slices.Index(list, word); i >= 0 {
		return i
	}
	if list[0] == policy.AccessOpen {
		return len(list) - 1
	}
	return 0
}

// text is the canonical form of an Ask: its members in the order of the type,
// those of maps sorted.
func (a Ask) text() (string, error) {
	b, err := json.Marshal(a)
	return string(b), err
}

// digestOf is the digest of a canonical form.
func digestOf(text string) string {
	d := sha256.Sum256([]byte(text))
	return hex.EncodeToString(d[:])
}

// A Request is an Ask with what came of it.
type Request struct {
	Ask       Ask
	Digest    string
	By        actor.Actor
	MadeAt    time.Time
	Until     time.Time
	Decisions []Decision
	Fetched   []time.Time
	Why       string    // it ended, in words
	EndedAt   time.Time // zero while it is open

	state State
}

// A Decision is what one person said.
type Decision struct {
	By      actor.Actor
	Approve bool
	Why     string
	Digest  string // of what they were shown
	At      time.Time
}

// A State is how far a request has come.
type State string

// The states. Those from Refused on are final.
const (
	Waiting   State = "waiting"
	Approved  State = "approved"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Void      State = "void" // the data set was classified higher, or would be seen wider
	Expired   State = "expired"
	Used      State = "used" // fetched as often as was asked for
)

// open is what the table has for both Waiting and Approved.
const open State = "open"

// Final reports whether nothing more comes of a request.
func (s State) Final() bool { return s != Waiting && s != Approved }

// State is how far the request has come at a time.
func (r *Request) State(now time.Time) State {
	switch {
	case r.state != open:
		return r.state
	case len(r.Fetched) >= r.Ask.Fetches:
		return Used
	case !now.Before(r.Until):
		return Expired
	case r.Approvals() >= Needed:
		return Approved
	}
	return Waiting
}

// Approvers are the different persons who have approved what is asked for, and
// nothing else.
func (r *Request) Approvers() []string {
	var all []string
	for _, d := range r.Decisions {
		who := d.By.Kind + ":" + d.By.ID
		if d.Approve && d.Digest == r.Digest && who != r.Ask.By && !slices.Contains(all, who) {
			all = append(all, who)
		}
	}
	return all
}

// Approvals is how many they are.
func (r *Request) Approvals() int { return len(r.Approvers()) }

// Left is how often it may still be fetched.
func (r *Request) Left() int { return max(0, r.Ask.Fetches-len(r.Fetched)) }
