// Package corridor walks a batch from the file as it was sent to rows that are
// clean, durable, served and scored. It is the only caller of record.Apply:
// upload, form, API, message, schedule and command line all enter here.
//
//	received → staged → checked → applying → applied → mirrored → scored
//	                             ↘ held, failed, cancelled, interrupted; later undone
package corridor

import (
	"io"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A State is how far a batch has come.
type State string

// The states. Applied, Mirrored and Scored are acknowledged: the batch is
// durable.
const (
	Received    State = "received"    // spooled, waiting for its turn
	Staged      State = "staged"      // read and standardised
	Checked     State = "checked"     // judged and classified
	Applying    State = "applying"    // the transaction is being written; from here on it cannot be cancelled
	Applied     State = "applied"     // committed
	Mirrored    State = "mirrored"    // the columnar copy has it too
	Scored      State = "scored"      // the score has moved: the end
	Held        State = "held"        // waits for a person to confirm
	Failed      State = "failed"      // nothing was committed
	Cancelled   State = "cancelled"   // a person stopped it; nothing was committed
	Interrupted State = "interrupted" // the program stopped before the commit; nothing was committed
	Undone      State = "undone"      // a later batch has restored what it replaced
)

// Final reports whether a batch moves no further by itself.
func (s State) Final() bool {
	switch s {
	case Scored, Held, Failed, Cancelled, Interrupted, Undone:
		return true
	}
	return false
}

// Acknowledged reports whether the batch is durable.
func (s State) Acknowledged() bool {
	switch s {
	case Applied, Mirrored, Scored, Undone:
		return true
	}
	return false
}

// A Request is what somebody sends.
type Request struct {
	Dataset        string        // address of the object: "id" or "id.object"
	Name           string        // file name, for people
	Body           io.Reader     // the file; read once
	Mode           contract.Mode // "" = the contract's
	Confirm        bool          // a person has looked: do not hold
	Again          bool          // append: the same content a second time is meant
	IdempotencyKey string        // "" = none; the same key answers with the first batch

	Sender  string         // who sends, a code or a name; "" = nobody in particular. What people say about files is remembered by it
	Preview bool           // stop before the commit and wait for a person, whatever the batch does
	Rows    *policy.Rows   // whose rows the sender may write; nil: all
	Recipe  *recipe.Recipe // how to read the file; nil: as remembered, or as recognised
}

// A Status is what a batch looks like from outside at one moment.
type Status struct {
	ID          string      `json:"batch"`
	Dataset     string      `json:"dataset"` // address of the object
	State       State       `json:"state"`
	Kind        string      `json:"kind"` // load, undo, rejudge
	Name        string      `json:"name"` // file name
	By          actor.Actor `json:"by"`
	Received    time.Time   `json:"received"`
	Changed     time.Time   `json:"changed"`
	Place       int         `json:"place"`       // 0 = running or over, n = n-th in the queue of its data set
	Done        int64       `json:"done"`        // of the stage under way: bytes read, or rows written
	Total       int64       `json:"total"`       // 0 = not known
	Cancellable bool        `json:"cancellable"` // false from Applying on
	Report      *Report     `json:"report"`      // once the state is final or acknowledged
	Fault       *Fault      `json:"fault"`       // why it failed
	Simulated   bool        `json:"simulated"`   // part of a demo's generated days: nobody sent it, and not at that time
}

// A Fault is an error in the form that is kept: the key of its sentence and
// its values, so that it can be shown in the reader's language later.
type Fault struct {
	Kind string   `json:"kind"`
	Key  string   `json:"key"`
	Args []string `json:"args"`
}

// A Report is what a batch did. The identities hold always:
// Read = Accepted + Quarantined, Accepted = Inserted + Updated + Unchanged.
type Report struct {
	Batch       string `json:"batch"`
	Dataset     string `json:"dataset"`
	State       State  `json:"state"`
	Contract    string `json:"contract"` // version of the contract it was judged by
	Digest      string `json:"contract_digest"`
	Mode        string `json:"mode"`
	Source      string `json:"source"`
	Read        int64  `json:"read"`
	Skipped     int64  `json:"skipped"`
	Accepted    int64  `json:"accepted"`
	Quarantined int64  `json:"quarantined"`
	Inserted    int64  `json:"inserted"`
	Updated     int64  `json:"updated"`
	Unchanged   int64  `json:"unchanged"`
	Withdrawn   int64  `json:"withdrawn"`
	Late        int64  `json:"late"`
	Missing     int64  `json:"missing"` // keys that a replace would withdraw but only lists, since a quarantined row may be one of them
	Mended      int64  `json:"mended"`  // open quarantine lines that this batch closed
	Seq         int64  `json:"seq"`     // number in the data set, 0 = nothing committed
	CommittedAt string `json:"committed_at,omitempty"`
	Undoes      string `json:"undoes,omitempty"` // batch that this one undid
	// Veiled says which counts are left out for a reader who does not see all of
	// the data set, one of the Veil words; "" = none. They are 0 then.
	Veiled string   `json:"veiled,omitempty" enum:"changes,rows"`
	There  int64    `json:"there,omitempty"` // with VeilChanges: accepted rows whose key is there already, changed by the batch or not
	Left   []string `json:"left,omitempty"`  // keys that an undo left because they changed since

	Standardised []ColumnCount `json:"standardised"` // cells respelled, by column
	Reasons      []Reason      `json:"reasons"`      // broken rules, most frequent first
	Holds        []Note        `json:"holds"`        // why it is held
	Notes        []Note        `json:"notes"`        // what a person should know: unknown headings, missing columns, …

	Sender   string    `json:"sender,omitempty"`
	Reading  *Reading  `json:"reading,omitempty"`  // how the file was read; nil for batches that are no file
	Examples *Examples `json:"examples,omitempty"` // of a held batch
	Sealed   string    `json:"sealed,omitempty"`   // only where it is kept, see sealedParts
}

// What is left out of a report.
const (
	VeilChanges = "changes" // which of the rows that are there already would change: that tells a guess of a value from another
	VeilRows    = "rows"    // also which rows are there at all: the reader sees some rows, or not their keys
)

// A ColumnCount counts cells of one column.
type ColumnCount struct {
	Column string `json:"column"`
	Title  string `json:"title"`
	Count  int64  `json:"count"`
}

// A Reason is one broken rule and how many rows break it.
type Reason struct {
	Rule      string `json:"rule"`
	Column    string `json:"column"` // the column's name in the contract, "" for the whole row
	Severity  string `json:"severity"`
	Group     string `json:"group"`
	Count     int64  `json:"count"`
	MessageVi string `json:"message_vi"`
	MessageEn string `json:"message_en"`
}

// A Note is a sentence in both languages with the key it was made from.
type Note struct {
	Key string `json:"key"`
	Vi  string `json:"vi"`
	En  string `json:"en"`
}

// ExitCode is what `load` and `check` leave to the shell: 0 all rows accepted,
// 2 done with rows in quarantine, 3 held for a person, 1 nothing committed.
func (r *Report) ExitCode() int {
	switch {
	case r.State == Held:
		return 3
	case r.State == Failed || r.State == Cancelled || r.State == Interrupted:
		return 1
	case r.Quarantined > 0:
		return 2
	}
	return 0
}
