package operate

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// FirstPath is the page that the link for the first administrator leads to.
const FirstPath = "/first"

func (s *Server) userRoutes() {
	if s.Accounts == nil {
		return
	}
	accounts, keys := door.Of(policy.ManageAccounts, policy.KindAccount), door.Of(policy.ManageKeys, policy.KindAccount)
	s.route("GET", "users", accounts, s.listUsers)
	s.route("POST", "users", accounts, s.addUser)
	s.route("POST", "users/first-link", accounts, s.firstLink)
	s.route("POST", "users/emergency", accounts, s.makeEmergency)
	s.route("POST", "users/{login}/token", keys, s.userToken)
	s.route("POST", "users/{login}/roles", accounts, s.giveRole)
	s.route("DELETE", "users/{login}/roles/{role}", accounts, s.takeRole)
	s.route("POST", "users/{login}/lock", accounts, s.lockUser)
	s.route("POST", "users/{login}/unlock", accounts, s.unlockUser)
}

// A User is an account as operators see it.
type User struct {
	ID         string    `json:"id"`
	Login      string    `json:"login"`
	Name       string    `json:"name"`
	Kind       string    `json:"kind"`
	Org        string    `json:"org"`
	State      string    `json:"state"`
	Roles      []string  `json:"roles"`
	LastSignIn time.Time `json:"last_sign_in,omitzero"`
}

// A NewUser is an account to be made.
type NewUser struct {
	Login string   `json:"login"`
	Name  string   `json:"name"`
	Email string   `json:"email"`
	Phone string   `json:"phone"`
	Org   string   `json:"org"`
	Roles []string `json:"roles"`
}

// A Code opens something once; Path is the page that takes it.
type Code struct {
	ID    string `json:"id,omitempty"`
	Login string `json:"login,omitempty"`
	Code  string `json:"code"`
	Path  string `json:"path"`
}

// A NewToken is a personal key to be made.
type NewToken struct {
	Days   int      `json:"days"` // 0 = as usual
	Label  string   `json:"label"`
	Scopes []string `json:"scopes"` // what it is for, such as "monitor"; none: all that the account may
}

// A Token is a personal key, shown this once.
type Token struct {
	Login   string    `json:"login"`
	Token   string    `json:"token"`
	ID      string    `json:"id"`
	Expires time.Time `json:"expires"`
}

// A RoleChange is a role that is given or taken back.
type RoleChange struct {
	Role string `json:"role"`
	Org  string `json:"org"` // "" = wherever the account acts
}

// body reads what a request sends as JSON.
func body(r *http.Request, into any) error {
	d := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fault.New(fault.Invalid, "operate.user-body").Because(err)
	}
	return nil
}

// did writes down what was done to an account.
func (s *Server) did(ctx context.Context, action policy.Action, id, change string, err error, detail map[string]string) error {
	if detail == nil {
		detail = map[string]string{}
	}
	detail["change"] = change
	return s.Door.Did(ctx, action, policy.What{Kind: policy.KindAccount, ID: id}, err, detail)
}

func (s *Server) user(ctx context.Context, a identity.Account) (User, error) {
	roles, err := s.Accounts.Roles(ctx, a)
	return User{a.ID, a.Login, a.Name, a.Kind, a.OrgID, string(a.State), roles, a.LastSignIn}, err
}

func (s *Server) listUsers(w http.ResponseWriter, r *http.Request) error {
	f := identity.Filter{Limit: 1000}
	items := []User{}
	for {
		part, err := s.Accounts.Accounts(r.Context(), f)
		if err != nil {
			return err
		}
		for _, a := range part {
			u, err := s.user(r.Context(), a)
			if err != nil {
				return err
			}
			items = append(items, u)
		}
		if len(part) < f.Limit {
			break
		}
		f.After = part[len(part)-1].ID
	}
	answer(w, http.StatusOK, map[string]any{"items": items})
	return nil
}

// addUser makes an account with roles of its own and the code that activates it.
// Roles that do not go together are refused before anything is made.
func (s *Server) addUser(w http.ResponseWriter, r *http.Request) error {
	var in NewUser
	if err := body(r, &in); err != nil {
		return err
	}
	if in.Name == "" {
		in.Name = in.Login
	}
	ctx := r.Context()
	c, err := s.newUser(ctx, in)
	if err = s.did(ctx, policy.ManageAccounts, c.ID, "add", err, map[string]string{"org": in.Org, "roles": strings.Join(in.Roles, " ")}); err != nil {
		return err
	}
	answer(w, http.StatusCreated, c)
	return nil
}

// newUser goes by way of a list of one line: account and roles are made together
// or not at all.
func (s *Server) newUser(ctx context.Context, in NewUser) (Code, error) {
	by := door.Actor(ctx)
	a, err := s.account(ctx, by, in)
	if err != nil {
		return Code{}, err
	}
	code, err := s.Accounts.Invite(ctx, by, a.ID)
	return Code{a.ID, a.Login, code, identity.ActivatePath}, err
}

func (s *Server) account(ctx context.Context, by identity.Actor, in NewUser) (identity.Account, error) {
	if in.Org != "" {
		rep, err := s.Accounts.Import(ctx, by, []identity.Row{{Line: 1, Login: in.Login, Name: in.Name, Email: in.Email, Phone: in.Phone, OrgID: in.Org, Roles: in.Roles}}, false)
		if err != nil {
			return identity.Account{}, err
		}
		if one := rep.Rows[0]; len(one.Problems) > 0 {
			return identity.Account{}, one.Problems[0]
		}
		return s.Accounts.Account(ctx, rep.Rows[0].Account)
	}
	if err := s.Conflict(append([]string{policy.RoleOfficial}, in.Roles...)); err != nil {
		return identity.Account{}, err
	}
	a, err := s.Accounts.Add(ctx, by, identity.NewAccount{Login: in.Login, Name: in.Name, Email: in.Email, Phone: in.Phone})
	if err != nil {
		return a, err
	}
	for _, role := range in.Roles {
		if _, err := s.Accounts.Grant(ctx, by, identity.Grant{Account: a.ID, Role: role}); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (s *Server) firstLink(w http.ResponseWriter, r *http.Request) error {
	code, err := s.Accounts.FirstLink(r.Context())
	if err = s.did(r.Context(), policy.ManageAccounts, "", "first-link", err, nil); err != nil {
		return err
	}
	answer(w, http.StatusOK, Code{Code: code, Path: FirstPath})
	return nil
}

func (s *Server) makeEmergency(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name string `json:"name"`
	}
	if err := body(r, &in); err != nil {
		return err
	}
	a, code, err := s.Accounts.MakeEmergency(r.Context(), door.Actor(r.Context()), in.Name)
	if err = s.did(r.Context(), policy.ManageAccounts, a.ID, "emergency", err, nil); err != nil {
		return err
	}
	answer(w, http.StatusCreated, Code{a.ID, a.Login, code, "/emergency"})
	return nil
}

// mostDays is how long a personal key lasts at most.
const mostDays = 366

func (s *Server) userToken(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var in NewToken
	if err := body(r, &in); err != nil {
		return err
	}
	if in.Days < 0 || in.Days > mostDays {
		return fault.New(fault.Invalid, "operate.user-days", int64(mostDays))
	}
	a, err := s.Accounts.ByLogin(ctx, r.PathValue("login"))
	if err != nil {
		return err
	}
	if a.Kind == identity.KindEmergency || a.State != identity.Active && a.State != identity.Invited {
		return fault.New(fault.Conflict, "operate.user-key", a.Login)
	}
	text, c, err := s.Clients.NewPersonal(ctx, door.Actor(ctx), a.ID, clients.Wish{Label: in.Label, Scopes: in.Scopes, For: time.Duration(in.Days) * 24 * time.Hour})
	if err = s.did(ctx, policy.ManageKeys, a.ID, "token", err, map[string]string{"credential": c.ID}); err != nil {
		return err
	}
	answer(w, http.StatusCreated, Token{a.Login, text, c.ID, c.Expires})
	return nil
}

// changed does something to the account that a path names.
func (s *Server) changed(w http.ResponseWriter, r *http.Request, change string, detail map[string]string, do func(ctx context.Context, by identity.Actor, a identity.Account) error) error {
	ctx := r.Context()
	a, err := s.Accounts.ByLogin(ctx, r.PathValue("login"))
	if err != nil {
		return err
	}
	err = do(ctx, door.Actor(ctx), a)
	if err = s.did(ctx, policy.ManageAccounts, a.ID, change, err, detail); err != nil {
		return err
	}
	if a, err = s.Accounts.Account(ctx, a.ID); err != nil {
		return err
	}
	u, err := s.user(ctx, a)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, u)
	return nil
}

func (s *Server) giveRole(w http.ResponseWriter, r *http.Request) error {
	var in RoleChange
	if err := body(r, &in); err != nil {
		return err
	}
	return s.changed(w, r, "grant", map[string]string{"role": in.Role, "org": in.Org}, func(ctx context.Context, by identity.Actor, a identity.Account) error {
		_, err := s.Accounts.Grant(ctx, by, identity.Grant{Account: a.ID, Role: in.Role, Org: in.Org})
		return err
	})
}

// takeRole takes back every grant of a role, or those at one organisation.
func (s *Server) takeRole(w http.ResponseWriter, r *http.Request) error {
	role, at := r.PathValue("role"), r.URL.Query().Get("org")
	return s.changed(w, r, "revoke", map[string]string{"role": role, "org": at}, func(ctx context.Context, by identity.Actor, a identity.Account) error {
		all, err := s.Accounts.Grants(ctx, a.ID)
		if err != nil {
			return err
		}
		found := false
		for _, g := range all {
			if g.Role != role || at != "" && g.Org != at {
				continue
			}
			found = true
			if err := s.Accounts.Revoke(ctx, by, g.ID); err != nil {
				return err
			}
		}
		if !found {
			return fault.New(fault.NotFound, "operate.user-role", a.Login, role)
		}
		return nil
	})
}

func (s *Server) lockUser(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Why string `json:"why"`
	}
	if err := body(r, &in); err != nil {
		return err
	}
	return s.changed(w, r, "lock", nil, func(ctx context.Context, by identity.Actor, a identity.Account) error {
		to := identity.Locked
		if a.State == identity.Invited {
			to = identity.Disabled // nobody has come in yet: its slip must not work either
		}
		return s.Accounts.SetState(ctx, by, a.ID, to, in.Why)
	})
}

// unlockUser opens an account that a person locked, and forgets failed tries.
func (s *Server) unlockUser(w http.ResponseWriter, r *http.Request) error {
	return s.changed(w, r, "unlock", nil, func(ctx context.Context, by identity.Actor, a identity.Account) error {
		if a.State == identity.Active || a.State == identity.Invited {
			return s.Accounts.Unlock(ctx, by, a.ID)
		}
		return s.Accounts.SetState(ctx, by, a.ID, identity.Active, "")
	})
}
