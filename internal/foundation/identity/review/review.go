// Package review is the review of accounts and roles that is due every six months
// (STANDARDS §21): each account is kept, changed or closed by a person who looked
// at it. A review begins by hand or by itself; what each account has is written
// down then, with marks on what deserves a look.
//
// It stands on identity and org. Who may decide is for the policies.
package review

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// The pace of reviews.
const (
	EveryMonths = 6
	UsualDays   = 30 // for a review, where nobody says otherwise
	MostDays    = 90
	longUnused  = 30 // days after which an account is marked
	newFor      = 7  // days in which an account need not have been used
)

// A Mark is what deserves a look.
type Mark string

// The marks.
const (
	Unused    Mark = "unused"    // not used for long
	Never     Mark = "never"     // nobody has ever signed in
	PostEnded Mark = "post"      // the person holds no post any more
	NoPost    Mark = "no-post"   // the person has never held a post
	Beyond    Mark = "beyond"    // roles given to the account that no post of the person has
	Conflict  Mark = "conflict"  // roles that nobody holds together
	NoFactor  Mark = "no-factor" // an administrator without a second factor
	OrgEnded  Mark = "org"       // the agency has ended
)

// Had is what an account had when a review began.
type Had struct {
	State  string   `json:"state"`
	Roles  []string `json:"roles,omitempty"`
	Posts  []string `json:"posts,omitempty"`  // titles and agencies
	Beyond []string `json:"beyond,omitempty"` // roles that no post has
	Marks  []Mark   `json:"marks,omitempty"`
	Unused int      `json:"unused"` // days
	Print  string   `json:"marked"` // of all that a change would change
}

// Deps is what a Service stands on.
type Deps struct {
	Accounts *identity.Service
	Orgs     *org.Store
	Conflict func(roles []string) error // nil: no roles conflict
}

// has looks at an account as it is now.
func (s *Service) has(ctx context.Context, r identity.Reviewed, snap *org.Snapshot, today viet.Date) (Had, error) {
	a := r.Account
	h := Had{State: string(a.State), Unused: r.Unused}
	for _, role := range r.Roles {
		if role != policy.RoleOfficial {
			h.Roles = append(h.Roles, role)
		}
	}
	marked := []string{string(a.State), a.OrgID}
	var ofPosts []string
	posts := snap.Posts(a.PersonID, today)
	for _, p := range posts {
		ofPosts = append(ofPosts, p.Roles...)
		h.Posts = append(h.Posts, p.Title+", "+snap.Name(p.Org))
		marked = append(marked, "post "+p.ID+" "+strings.Join(p.Roles, " ")+" "+strings.Join(p.Units, " "))
	}
	grants, err := s.Accounts.Grants(ctx, a.ID)
	if err != nil {
		return h, err
	}
	day := today.String()
	for _, g := range grants {
		if g.From > day || g.To != "" && g.To < day {
			continue
		}
		marked = append(marked, "grant "+g.ID+" "+g.To)
		if g.Role != policy.RoleOfficial && !slices.Contains(ofPosts, g.Role) && !slices.Contains(h.Beyond, g.Role) {
			h.Beyond = append(h.Beyond, g.Role)
		}
	}
	slices.Sort(marked)
	h.Print = strings.Join(marked, "\n")
	h.Marks = s.marks(r, &h, posts, snap, today)
	return h, nil
}

// marks are what deserves a look on an account.
func (s *Service) marks(r identity.Reviewed, h *Had, posts []org.Post, snap *org.Snapshot, today viet.Date) (all []Mark) {
	a := r.Account
	young := s.db.Now().Sub(a.CreatedAt) < newFor*24*time.Hour
	add := func(m Mark, is bool) {
		if is {
			all = append(all, m)
		}
	}
	person := a.PersonID != ""
	add(Never, a.LastSignIn.IsZero() && !young && a.Kind != identity.KindEmergency)
	add(Unused, !a.LastSignIn.IsZero() && h.Unused >= longUnused && a.Kind != identity.KindEmergency)
	add(PostEnded, person && len(posts) == 0 && len(snap.AllPosts(a.PersonID)) > 0)
	add(NoPost, person && len(snap.AllPosts(a.PersonID)) == 0)
	add(Beyond, person && len(h.Beyond) > 0)
	add(Conflict, s.Conflict != nil && s.Conflict(r.Roles) != nil)
	add(NoFactor, slices.Contains(h.Roles, policy.RoleAdmin) && len(r.Factors) == 0)
	if a.OrgID != "" {
		_, there := snap.Get(a.OrgID, today)
		add(OrgEnded, !there)
	}
	return all
}

// A Campaign is one review.
type Campaign struct {
	ID      string
	BegunAt time.Time
	BegunBy actor.Actor
	DueOn   string    // day, the last one
	EndedAt time.Time // zero while it is open
	EndedBy actor.Actor
	Why     string
	Lines   int // accounts
	Done    int // of them decided
}

// Open reports whether accounts are still to be looked at.
func (c *Campaign) Open() bool { return c.EndedAt.IsZero() }

// Overdue reports whether its last day is past.
func (c *Campaign) Overdue(today viet.Date) bool { return c.Open() && today.String() > c.DueOn }

// A Verdict is what was decided of an account.
type Verdict string

// The verdicts.
const (
	Kept    Verdict = "kept"
	Changed Verdict = "changed"
	Closed  Verdict = "closed"
)

// A Line is one account of a review.
type Line struct {
	Account string
	Org     string
	Had     Had
	Verdict Verdict // "" = nobody has decided
	Why     string
	By      actor.Actor
	At      time.Time
}

// encoded writes a value as JSON for a column; such values always can be.
func encoded(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
