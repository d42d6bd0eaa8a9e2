package clients

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Client is a service account.
type Client struct {
	ID        string         `json:"id"` // client_id: a-z, 0-9, hyphens; made when empty
	Name      string         `json:"name"`
	Org       string         `json:"org"`     // organisation that it works for
	Contact   string         `json:"contact"` // who answers for it there
	Grants                   // what it may do
	State     State          `json:"state"`
	ValidFrom time.Time      `json:"valid_from,omitzero"` // zero: no bound
	ValidTo   time.Time      `json:"valid_to,omitzero"`   // first instant after it
	MadeAt    time.Time      `json:"made_at"`
	MadeBy    identity.Actor `json:"made_by"`
}

// Grants is what a client may do at most.
type Grants struct {
	Roles      []string `json:"roles"`                // policy roles; service when empty
	Units      []string `json:"units,omitempty"`      // codes of administrative units; "*" is every one
	Covers     []string `json:"covers,omitempty"`     // organisations whose rows it covers; its own when empty
	Scopes     []string `json:"scopes,omitempty"`     // "read", "send:co-so-y-te"; empty: whatever its roles allow
	Algorithms []string `json:"algorithms,omitempty"` // of private_key_jwt; all that we know when empty
}

// A State of a client.
type State string

// The states.
const (
	Active    State = "active"
	Suspended State = "suspended" // may become active again
	Closed    State = "closed"    // for good
)

// usable says why a client may not be used now; nil when it may.
func (c *Client) usable(now time.Time) error {
	switch {
	case c.State != Active:
		return fault.New(fault.Denied, "clients.not-active", c.ID)
	case !c.ValidFrom.IsZero() && now.Before(c.ValidFrom):
		return fault.New(fault.Denied, "clients.not-yet", c.ID, day(c.ValidFrom))
	case !c.ValidTo.IsZero() && !now.Before(c.ValidTo):
		return fault.New(fault.Denied, "clients.no-longer", c.ID, day(c.ValidTo))
	}
	return nil
}

// hours of Vietnam, which has no summer time.
var hanoi = time.FixedZone("+07", 7*3600)

func day(t time.Time) string { return t.In(hanoi).Format("15:04 02/01/2006") }

var clientID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`)

// actions are those that a scope may name.
var actions = []policy.Action{
	policy.Describe, policy.Read, policy.Aggregate, policy.Export, policy.ReadQuarantine, policy.Send, policy.Confirm,
	policy.Undo, policy.Cancel, policy.Draft, policy.EditContract, policy.Classify, policy.Approve, policy.InstallPack,
	policy.Hold, policy.AskErase, policy.Erase, policy.ManageOrg, policy.ManageAccounts, policy.ManageKeys, policy.EditPolicy,
	policy.TestPolicy, policy.ReadAudit, policy.ReadUsage, policy.Operate, policy.Monitor,
}

// knownScope reports whether a scope is an action, or an action and a data set.
func knownScope(scope string) bool {
	action, dataset, of := strings.Cut(scope, ":")
	return slices.Contains(actions, policy.Action(action)) && (!of || scopeSet.MatchString(dataset))
}

var scopeSet = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}(\.[a-z0-9][a-z0-9_-]{0,59})?$`)

// within reports whether one scope is part of what others allow: "read" covers
// "read:co-so-y-te", and "read:a" covers "read:a.b".
func within(scope string, allowed []string) bool {
	if len(allowed) == 0 {
		return true
	}
	for {
		if slices.Contains(allowed, scope) {
			return true
		}
		at := strings.LastIndexAny(scope, ":.")
		if at < 0 {
			return false
		}
		scope = scope[:at]
	}
}

// check refuses what cannot be a client, and fills in what may be left out.
func (c *Client) check() error {
	c.Name, c.Contact = strings.TrimSpace(c.Name), strings.TrimSpace(c.Contact)
	switch {
	case !clientID.MatchString(c.ID):
		return fault.New(fault.Invalid, "clients.bad-id", c.ID)
	case !readable(c.Name, 200):
		return fault.New(fault.Invalid, "clients.no-name")
	case c.Org == "":
		return fault.New(fault.Invalid, "clients.no-org")
	case !readable(c.Contact, 500):
		return fault.New(fault.Invalid, "clients.no-contact")
	case !c.ValidFrom.IsZero() && !c.ValidTo.IsZero() && !c.ValidFrom.Before(c.ValidTo):
		return fault.New(fault.Invalid, "clients.bad-term")
	}
	if len(c.Roles) == 0 {
		c.Roles = []string{policy.RoleService}
	}
	for _, r := range c.Roles {
		// The break-glass account is a person at a keyboard.
		if r == policy.RoleEmergency || !readable(r, 60) {
			return fault.New(fault.Invalid, "clients.bad-role", r)
		}
	}
	if err := checkScopes(c.Scopes); err != nil {
		return err
	}
	for _, a := range c.Algorithms {
		if !slices.Contains(algorithms, a) {
			return fault.New(fault.Invalid, "clients.bad-algorithm", a, strings.Join(algorithms, ", "))
		}
	}
	return nil
}

func checkScopes(scopes []string) error {
	if len(scopes) > 200 {
		return fault.New(fault.Invalid, "clients.many-scopes", len(scopes), 200)
	}
	for _, s := range scopes {
		if !knownScope(s) {
			return fault.New(fault.Invalid, "clients.bad-scope", s)
		}
	}
	return nil
}

func readable(text string, most int) bool {
	return text != "" && len(text) <= most && !strings.ContainsFunc(text, unicode.IsControl)
}
