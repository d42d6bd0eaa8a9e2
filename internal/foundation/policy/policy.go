// Package policy decides who may do what, on which rows, seeing which columns
// how. Its question and its answer are plain values: callers say what they know
// of who asks and of what is asked for, and write the audit entry themselves.
package policy

import "slices"

// Who asks. identity and org fill it in; Anonymous asks without an account.
type Who struct {
	Kind   string   // "person", "program", "company", "emergency", "system", "" for nobody known
	ID     string   // stable within its kind
	Org    string   // organisation that the session acts for, "" for none
	Orgs   []string // that one and those above it, nearest first
	Covers []string // ids and codes of agencies whose rows the post covers: its own and those below
	Units  []string // codes of administrative units that the posts cover; "*" is every one
	Roles  []string // ids, see Roles
	Strong bool     // a second factor was shown in this session
	Inside bool     // asks from a network that the administrator calls inside
}

// Anonymous is who shows no account.
var Anonymous = Who{Roles: []string{RolePublic}}

// Has reports whether who has a role.
func (w Who) Has(role string) bool { return slices.Contains(w.Roles, role) }

// What is asked for.
type What struct {
	Kind       string   // a Kind… constant
	ID         string   // address of a data set, id of a batch, name of a setting
	Owner      string   // organisation that answers for it, "" when nobody is named
	Access     string   // AccessOpen, AccessShared, AccessRestricted; "" = not classified, as restricted
	Class      string   // "core", "important", "other"; "" = not classified
	Columns    []Column // of a data set, in the contract's order
	UnitColumn string   // column with the code of the administrative unit a row belongs to, "" for none
	OrgColumn  string   // column with the agency a row belongs to, "" for none
	Proposer   string   // who proposed what is to be approved: Kind + ":" + ID
	Approvals  int      // how many different persons have approved it already
	Approvers  []string // who they are: Kind + ":" + ID; only where somebody asks to approve
}

// A Column of a data set as policies judge it.
type Column struct {
	Name string
	PII  string // "none", "basic", "sensitive"
	Kind string // what it holds: personal_id, name, birth, phone, address, health …; "" when nothing personal
}

// The kinds of things that are asked for.
const (
	KindDataset  = "dataset"
	KindBatch    = "batch"
	KindContract = "contract"
	KindPack     = "pack"
	KindUnit     = "unit"
	KindCodeList = "codelist"
	KindOrg      = "organisation"
	KindAccount  = "account"
	KindPolicy   = "policy"
	KindAudit    = "audit"
	KindUsage    = "usage"
	KindServer   = "server"
	KindSelf     = "self" // one's own account and session
)

// How widely a data set may be used (dữ liệu mở, dùng chung, dùng riêng).
const (
	AccessOpen       = "open"
	AccessShared     = "shared"
	AccessRestricted = "restricted"
)

// An Action is what somebody wants to do.
type Action string

// The actions, the whole list: a policy that names another is refused.
const (
	Describe       Action = "describe"        // see that it exists and what it promises
	Read           Action = "read"            // rows
	Aggregate      Action = "aggregate"       // counts and sums over groups of k or more
	Export         Action = "export"          // rows as a file
	ReadQuarantine Action = "read-quarantine" // lines that did not pass, and slips
	Send           Action = "send"            // a batch
	Confirm        Action = "confirm"         // a batch that is held
	Undo           Action = "undo"            // a batch, or a change of settings
	Cancel         Action = "cancel"          // a batch under way
	Draft          Action = "draft"           // propose a contract out of files
	EditContract   Action = "edit-contract"   // put a contract or a code list into force
	Classify       Action = "classify"        // decide what is personal, how widely a set may be used
	Approve        Action = "approve"         // what somebody else proposed
	InstallPack    Action = "install-pack"
	Hold           Action = "hold"      // keep records from flowing, and let them go
	AskErase       Action = "ask-erase" // look up what an erasure would do, and ask for it
	Erase          Action = "erase"     // values of a record, for good; or refuse to
	ManageOrg      Action = "manage-org"
	ManageAccounts Action = "manage-accounts"
	ManageKeys     Action = "manage-keys" // of service accounts
	EditPolicy     Action = "edit-policy"
	TestPolicy     Action = "test-policy" // ask who may do what, and why
	ReadAudit      Action = "read-audit"
	ReadUsage      Action = "read-usage" // who used whose data
	Operate        Action = "operate"    // backup, health, rebuild
	Monitor        Action = "monitor"    // the program's figures, without a record or a name in them
	SignIn         Action = "sign-in"
	OwnAccount     Action = "own-account" // one's own password, factors, sessions
)

// A Purpose is why somebody asks; asked once for each task and session.
type Purpose struct {
	Code  string // one of the purposes in force
	Text  string // what the task is, in the asker's words
	Basis string // legal basis
}

// A Decision is the answer.
type Decision struct {
	Allowed       bool
	Rows          Rows
	Columns       map[string]Sight // those that are not seen in clear
	SmallestGroup int              // groups smaller than this are not shown; 0 = rows may be seen
	NeedsPurpose  bool             // allowed, or when it is allowed: more is seen, once a purpose has been named
	NeedsStrong   bool             // allowed, or when it is allowed: more is seen, once a second factor has been shown
	Because       []Reason
	Version       string // of the policies that decided
}

// Rows says which rows may be seen: all, or those whose unit or agency is
// listed (either suffices). The zero value is none.
type Rows struct {
	All   bool
	Units []string
	Orgs  []string
}

// None reports whether no row may be seen.
func (r Rows) None() bool { return !r.All && len(r.Units) == 0 && len(r.Orgs) == 0 }

// Sight is how a column is seen.
type Sight struct {
	Mask  Mask
	Match bool // rows may be looked up by the exact value all the same
}

// A Mask is what is left of a value.
type Mask string

// The masks.
const (
	Clear    Mask = ""
	LastFour Mask = "last4"   // the last four characters; shorter values are hidden
	Year     Mask = "year"    // of a date
	Commune  Mask = "commune" // of an address: from the commune on
	Hash     Mask = "hash"    // a keyed hash: equal values stay equal
	Hidden   Mask = "hidden"
)

// A Reason is a policy that decided, in words.
type Reason struct {
	Policy string `json:"policy"` // its id
	Effect string `json:"effect"` // "permit", "forbid", "default"
	Vi     string `json:"vi"`
	En     string `json:"en"`
}

// Everything is the platform's own sight: no door hands it to anybody.
var Everything = Decision{Allowed: true, Rows: Rows{All: true}}

// Sees reports whether a column is seen in clear.
func (d Decision) Sees(column string) bool { return d.Columns[column].Mask == Clear }

// The roles (STANDARDS §7.5).
const (
	RolePublic     = "public"             // anybody, without an account
	RoleOfficial   = "official"           // every account of an agency
	RoleCompliance = "compliance_officer" // sees all logs, approves nothing
	RoleGovernor   = "data_governor"      // dictionary, catalogue, contracts
	RoleCDO        = "cdo"
	RoleEngineer   = "data_engineer" // runs the platform, changes no business value
	RoleSteward    = "data_steward"
	RoleHead       = "unit_head" // answers for an agency; hears of what is nearly late
	RoleEntry      = "data_entry"
	RoleAnalyst    = "analyst" // aggregates only
	RoleAdmin      = "administrator"
	RoleService    = "service"   // programs of other systems
	RoleCompany    = "company"   // a contractor under an agency's mandate
	RoleEmergency  = "emergency" // the break-glass account
)
