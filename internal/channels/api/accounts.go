package api

import (
	"context"
	"net/http"
	"sort"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A UserAccount is what a person or a company signs in to, as lists show it.
type UserAccount struct {
	ID         string         `json:"id"`
	Login      string         `json:"login"`
	Name       string         `json:"name"`
	Kind       string         `json:"kind" enum:"person,company,emergency"`
	Org        string         `json:"org" doc:"Id of the organisation, \"\" without one"`
	Roles      []string       `json:"roles" nullable:"false" doc:"Of posts and of the account itself, besides the one that everybody has"`
	State      identity.State `json:"state" enum:"invited,active,locked,disabled,erased"`
	Why        string         `json:"why,omitempty" doc:"It is locked or disabled; inactive: nobody used it, mandate: the mandate is over"`
	LockedTill string         `json:"locked_till,omitempty" format:"date-time" doc:"Too many failures keep its owner out until then"`
	LastSignIn string         `json:"last_sign_in,omitempty" format:"date-time" doc:"Absent: never"`
}

// A UserAccountDetail is an account with all that is told of it.
type UserAccountDetail struct {
	UserAccount
	Digest      string           `json:"digest" doc:"Of what is said of the account: give it back as base when you change that"`
	Email       string           `json:"email,omitempty"`
	Phone       string           `json:"phone,omitempty"`
	Person      string           `json:"person,omitempty" doc:"Id of the person"`
	Generated   bool             `json:"generated,omitempty" doc:"Sample data: no real person"`
	Mandate     *AccountMandate  `json:"mandate,omitempty" doc:"Of a company"`
	MustChange  bool             `json:"must_change,omitempty" doc:"Its owner chooses another password at the next sign-in"`
	PasswordSet string           `json:"password_set,omitempty" format:"date-time"`
	MadeAt      string           `json:"made_at" format:"date-time"`
	MadeBy      DutyActor        `json:"made_by"`
	Posts       []AccountPost    `json:"posts" nullable:"false" doc:"That its person holds, held and will hold"`
	Grants      []AccountGrant   `json:"grants" nullable:"false" doc:"Roles of the account itself"`
	Factors     []AccountFactor  `json:"factors" nullable:"false" doc:"What its owner shows besides the password"`
	Sessions    []AccountSession `json:"sessions" nullable:"false" doc:"The newest first"`
}

// A Mandate is the paper under which a company works for an agency.
type Mandate struct {
	Paper     string    `json:"paper" minLength:"1" maxLength:"500" doc:"Number and day"`
	ValidFrom viet.Date `json:"valid_from" format:"date"`
	ValidTo   viet.Date `json:"valid_to" format:"date" doc:"The last day"`
}

// An AccountMandate is the mandate of an account.
type AccountMandate struct {
	Paper     string `json:"paper"`
	ValidFrom string `json:"valid_from" format:"date"`
	ValidTo   string `json:"valid_to" format:"date"`
}

// An AccountPost is a post of an account's person.
type AccountPost struct {
	ID        string   `json:"id"`
	Org       string   `json:"org"`
	Title     string   `json:"title"`
	Roles     []string `json:"roles" nullable:"false"`
	Units     []string `json:"units" nullable:"false"`
	ValidFrom string   `json:"valid_from,omitempty" format:"date"`
	ValidTo   string   `json:"valid_to,omitempty" format:"date"`
}

// An AccountGrant is a role given to an account itself.
type AccountGrant struct {
	ID        string   `json:"id"`
	Role      string   `json:"role"`
	Org       string   `json:"org" doc:"\"\": wherever the account acts"`
	Units     []string `json:"units" nullable:"false"`
	ValidFrom string   `json:"valid_from" format:"date"`
	ValidTo   string   `json:"valid_to,omitempty" format:"date" doc:"The last day"`
}

// An AccountFactor is something that an owner shows besides the password, without
// what is secret of it.
type AccountFactor struct {
	Kind    identity.Factor `json:"kind"`
	Name    string          `json:"name,omitempty"`
	MadeAt  string          `json:"made_at,omitempty" format:"date-time"`
	UsedAt  string          `json:"used_at,omitempty" format:"date-time"`
	Blocked bool            `json:"blocked,omitempty" doc:"A passkey that may have been copied"`
	Left    int             `json:"left,omitempty" doc:"Recovery codes that are not used yet"`
}

// An AccountSession is a browser that is signed in.
type AccountSession struct {
	ID     string `json:"id" doc:"To end it by; it opens nothing"`
	MadeAt string `json:"made_at" format:"date-time"`
	SeenAt string `json:"seen_at" format:"date-time"`
	IP     string `json:"ip,omitempty"`
	Agent  string `json:"agent,omitempty"`
	Strong bool   `json:"strong" doc:"A second factor was shown"`
}

// AccountText is what is said of an account.
type AccountText struct {
	Name  string `json:"name" minLength:"1" maxLength:"200"`
	Email string `json:"email,omitempty" maxLength:"254"`
	Phone string `json:"phone,omitempty" maxLength:"40"`
}

func (t *AccountText) about(org string, m *Mandate) accountdesk.About {
	a := accountdesk.About{Name: t.Name, Email: t.Email, Phone: t.Phone, Org: org}
	if m != nil {
		a.Mandate = accountdesk.Mandate{Paper: m.Paper, From: m.ValidFrom.String(), To: m.ValidTo.String()}
	}
	return a
}

// AccountWish narrows the list of accounts.
type AccountWish struct {
	Org   string `json:"org,omitempty" query:"org" maxLength:"80" doc:"Of one organisation"`
	State string `json:"state,omitempty" query:"state" enum:"invited,active,locked,disabled,tries,unused" doc:"tries: kept out by too many failures just now; unused: disabled because nobody used it"`
}

// AccountNamed names an account.
type AccountNamed struct {
	ID string `path:"id" maxLength:"40" doc:"Id of the account, which tells nothing of the person"`
}

type (
	accountList struct {
		Body struct {
			Items []UserAccount `json:"items" nullable:"false" doc:"In the order they were made"`
			Next  string        `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
			Total int           `json:"total"`
		}
	}
	accountAnswer struct{ Body UserAccountDetail }
	accountMade   struct {
		Location string `header:"Location"`
		Body     UserAccountDetail
	}
)

// accountOp is an operation of accounts, once they are looked after.
func accountOp(id, method, path, vi, en, more string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: Prefix + path, Summary: vi + " / " + en, Description: more, Tags: []string{"accounts"}, DefaultStatus: http.StatusOK}
}

var needAccounts = door.Of(policy.ManageAccounts, policy.KindAccount)

// accountRoutes are of accounts of people and companies. What tells of a person (names,
// logins, addresses, telephones) is in bodies, never in addresses.
func (s *Server) accountRoutes() {
	if s.Accounts == nil {
		return
	}
	need := needAccounts
	register(s, need, accountOp("list-accounts", http.MethodGet, "/accounts", "Các tài khoản người dùng", "Accounts of people", ""), func(ctx context.Context, in *struct {
		AccountWish
		Page
	}) (*accountList, error) {
		return s.accounts(ctx, "", in.AccountWish, in.After, in.Limit)
	})
	register(s, need, accountOp("search-accounts", http.MethodPost, "/accounts/search", "Tìm tài khoản người dùng", "Find accounts of people", "What is looked for goes in the body: it is part of a name, a login or an e-mail address."), func(ctx context.Context, in *struct {
		Body struct {
			AccountWish
			Text  string `json:"text,omitempty" maxLength:"200" doc:"With or without marks"`
			Limit int    `json:"limit,omitempty" minimum:"1" maximum:"1000" default:"100"`
			After string `json:"after,omitempty" maxLength:"40" doc:"The next of the page before"`
		}
	}) (*accountList, error) {
		b := in.Body
		return s.accounts(ctx, b.Text, b.AccountWish, b.After, b.Limit)
	})
	add := accountOp("add-account", http.MethodPost, "/accounts", "Thêm tài khoản cho một cán bộ", "Add a person with a post and an account", "It waits until its owner activates it: ask for a slip. 409 when the person has an account: it has the post then, and no other account is made.")
	add.DefaultStatus = http.StatusCreated
	register(s, need, add, func(ctx context.Context, in *struct {
		Body struct {
			AccountText
			Login string     `json:"login,omitempty" maxLength:"100" doc:"Absent: made from the name"`
			Org   string     `json:"org" minLength:"1" maxLength:"200" doc:"Id, code or whole name"`
			Title string     `json:"title" minLength:"1" maxLength:"500" doc:"Of the post"`
			Roles []string   `json:"roles,omitempty" maxItems:"20" nullable:"false" doc:"That the post brings"`
			Units []string   `json:"units,omitempty" maxItems:"1000" nullable:"false"`
			From  *viet.Date `json:"valid_from,omitempty" format:"date" doc:"First day of the post; absent: today"`
		}
	}) (*accountMade, error) {
		b := in.Body
		row := accountdesk.Row{Login: b.Login, Name: b.Name, Email: b.Email, Phone: b.Phone, OrgCode: b.Org, Title: b.Title, Roles: b.Roles, Units: b.Units, From: dayText(b.From)}
		id, err := s.Accounts.AddPerson(ctx, row)
		return s.madeAccount(ctx, id, err)
	})
	company := accountOp("add-company", http.MethodPost, "/accounts/companies", "Thêm tài khoản cho doanh nghiệp", "Add the account of a company under an agency's mandate", "")
	company.DefaultStatus = http.StatusCreated
	register(s, need, company, func(ctx context.Context, in *struct {
		Body struct {
			AccountText
			Login   string  `json:"login" minLength:"1" maxLength:"100"`
			Org     string  `json:"org" minLength:"1" maxLength:"200" doc:"The agency: id, code or whole name"`
			Mandate Mandate `json:"mandate"`
		}
	}) (*accountMade, error) {
		id, err := s.Accounts.AddCompany(ctx, in.Body.Login, in.Body.about(in.Body.Org, &in.Body.Mandate))
		return s.madeAccount(ctx, id, err)
	})
	register(s, need, accountOp("get-account", http.MethodGet, "/accounts/{id}", "Một tài khoản người dùng", "One account of a person", ""), func(ctx context.Context, in *AccountNamed) (*accountAnswer, error) {
		return s.account(ctx, in.ID, nil)
	})
	register(s, need, accountOp("change-account", http.MethodPut, "/accounts/{id}", "Sửa tài khoản người dùng", "Change what is said of an account and of its person", "What is left out is taken away. Another organisation or mandate ends its sessions."), func(ctx context.Context, in *struct {
		AccountNamed
		Body struct {
			AccountText
			Base    string   `json:"base" minLength:"1" maxLength:"64" doc:"digest of what was read. 409 when somebody has changed it since"`
			Org     string   `json:"org,omitempty" maxLength:"200" doc:"Id, code or whole name"`
			Mandate *Mandate `json:"mandate,omitempty" doc:"Of a company, which needs one; others have none"`
		}
	}) (*accountAnswer, error) {
		return s.account(ctx, in.ID, s.Accounts.Change(ctx, in.ID, in.Body.Base, in.Body.about(in.Body.Org, in.Body.Mandate)))
	})
	s.accountChanges(need)
	s.accountListRoutes(need)
	s.emergencyRoutes(need)
}

// accountChanges do one thing to an account each.
func (s *Server) accountChanges(need door.Need) {
	register(s, need, accountOp("set-account-state", http.MethodPost, "/accounts/{id}/state", "Khóa, vô hiệu hóa, mở lại tài khoản", "Lock an account, take it out of use, or open it again", "The last administrator stays."), func(ctx context.Context, in *struct {
		AccountNamed
		Body struct {
			State identity.State `json:"state" enum:"active,locked,disabled"`
			Why   string         `json:"why,omitempty" maxLength:"500" doc:"Of locked and disabled"`
		}
	}) (*accountAnswer, error) {
		return s.account(ctx, in.ID, s.Accounts.SetState(ctx, in.ID, in.Body.State, in.Body.Why))
	})
	register(s, need, accountOp("unlock-account", http.MethodPost, "/accounts/{id}/unlock", "Bỏ khóa do nhập sai nhiều lần", "Forget the failures that keep an owner out", ""), func(ctx context.Context, in *AccountNamed) (*accountAnswer, error) {
		return s.account(ctx, in.ID, s.Accounts.Unlock(ctx, in.ID))
	})
	register(s, need, accountOp("require-password-change", http.MethodPost, "/accounts/{id}/require-password-change", "Yêu cầu đổi mật khẩu", "Make an owner choose another password at the next sign-in", ""), func(ctx context.Context, in *AccountNamed) (*accountAnswer, error) {
		return s.account(ctx, in.ID, s.Accounts.RequireChange(ctx, in.ID))
	})
	register(s, need, accountOp("reset-factors", http.MethodPost, "/accounts/{id}/reset-factors", "Đặt lại phương thức xác thực thứ hai", "Take an owner's factors away, so that new ones are set up", ""), func(ctx context.Context, in *struct {
		AccountNamed
		Body struct {
			Checked bool `json:"checked" doc:"You have made sure of who asks for it"`
		}
	}) (*accountAnswer, error) {
		return s.account(ctx, in.ID, s.Accounts.Reset(ctx, in.ID, in.Body.Checked))
	})
	register(s, need, accountOp("end-sessions", http.MethodPost, "/accounts/{id}/end-sessions", "Kết thúc phiên làm việc", "End a session of an account, or all of them", ""), func(ctx context.Context, in *struct {
		AccountNamed
		Body struct {
			Session string `json:"session,omitempty" maxLength:"60" doc:"Id; absent: all"`
		}
	}) (*accountAnswer, error) {
		return s.account(ctx, in.ID, s.Accounts.End(ctx, in.ID, in.Body.Session))
	})
	register(s, need, accountOp("grant-role", http.MethodPost, "/accounts/{id}/grants", "Giao vai trò cho tài khoản", "Give an account a role", "409 when it does not go with a role that is held."), func(ctx context.Context, in *struct {
		AccountNamed
		Body struct {
			Role  string     `json:"role" minLength:"1" maxLength:"60"`
			Org   string     `json:"org,omitempty" maxLength:"200" doc:"Id, code or whole name; absent: wherever the account acts"`
			Units []string   `json:"units,omitempty" maxItems:"1000" nullable:"false"`
			From  *viet.Date `json:"valid_from,omitempty" format:"date" doc:"Absent: today"`
			To    *viet.Date `json:"valid_to,omitempty" format:"date" doc:"The last day"`
		}
	}) (*accountAnswer, error) {
		b := in.Body
		return s.account(ctx, in.ID, s.Accounts.Grant(ctx, in.ID, accountdesk.Asked{Role: b.Role, Org: b.Org, Units: b.Units, From: dayText(b.From), To: dayText(b.To)}))
	})
	register(s, need, accountOp("revoke-role", http.MethodPost, "/accounts/{id}/grants/{grant}/revoke", "Thu hồi vai trò của tài khoản", "Take a role back", "Of this account and of no other: 409."), func(ctx context.Context, in *struct {
		AccountNamed
		Grant string `path:"grant" maxLength:"40" doc:"Id of the grant"`
	}) (*accountAnswer, error) {
		return s.account(ctx, in.ID, s.Accounts.Revoke(ctx, in.ID, in.Grant))
	})
}

// dayText writes a day as the desks read it, "" for none.
func dayText(d *viet.Date) string {
	if d == nil {
		return ""
	}
	return d.String()
}

func (s *Server) accounts(ctx context.Context, text string, w AccountWish, after string, limit int) (*accountList, error) {
	list, err := s.Accounts.Find(ctx, accountdesk.Wish{Text: text, Org: w.Org, State: w.State})
	if err != nil {
		return nil, err
	}
	out := &accountList{}
	out.Body.Items, out.Body.Total = []UserAccount{}, len(list.Found)
	rest := list.Found[sort.Search(len(list.Found), func(i int) bool { return list.Found[i].ID > after }):]
	if len(rest) > limit {
		rest, out.Body.Next = rest[:limit], rest[limit-1].ID
	}
	for i := range rest {
		roles, err := s.Accounts.Held(ctx, rest[i])
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, userAccount(&rest[i], roles, list.Locks[rest[i].ID]))
	}
	return out, nil
}

func userAccount(a *identity.Account, roles []string, until time.Time) UserAccount {
	return UserAccount{ID: a.ID, Login: a.Login, Name: a.Name, Kind: a.Kind, Org: a.OrgID, Roles: append([]string{}, roles...), State: a.State, Why: a.Why,
		LockedTill: stamped(until), LastSignIn: stamped(a.LastSignIn)}
}

func (s *Server) madeAccount(ctx context.Context, id string, err error) (*accountMade, error) {
	one, err := s.account(ctx, id, err)
	if err != nil {
		return nil, err
	}
	return &accountMade{Prefix + "/accounts/" + id, one.Body}, nil
}

// account tells an account, once err is nothing.
func (s *Server) account(ctx context.Context, id string, err error) (*accountAnswer, error) {
	if err != nil {
		return nil, err
	}
	w, err := s.Accounts.Look(ctx, id)
	if err != nil {
		return nil, err
	}
	roles, err := s.Accounts.Held(ctx, w.Account)
	if err != nil {
		return nil, err
	}
	out := UserAccountDetail{
		UserAccount: userAccount(&w.Account, roles, w.Until), Digest: accountdesk.Digest(w.Account), Email: w.Email, Phone: w.Phone, Person: w.PersonID, Generated: w.Generated, MustChange: w.RequirePasswordChange,
		PasswordSet: stamped(w.PasswordSet), MadeAt: stamped(w.CreatedAt), MadeBy: dutyActor(w.CreatedBy),
		Posts: []AccountPost{}, Grants: []AccountGrant{}, Factors: []AccountFactor{}, Sessions: []AccountSession{},
	}
	if w.Kind == identity.KindCompany {
		out.Mandate = &AccountMandate{w.MandatePaper, w.MandateFrom, w.MandateTo}
	}
	for _, p := range w.Posts {
		out.Posts = append(out.Posts, AccountPost{p.ID, p.Org, p.Title, append([]string{}, p.Roles...), append([]string{}, p.Units...), p.From.String(), p.To.String()})
	}
	for _, g := range w.Grants {
		out.Grants = append(out.Grants, AccountGrant{g.ID, g.Role, g.Org, append([]string{}, g.Units...), g.From, g.To})
	}
	for _, m := range w.Methods {
		out.Factors = append(out.Factors, AccountFactor{m.Kind, m.Name, stamped(m.MadeAt), stamped(m.UsedAt), m.Blocked, m.Left})
	}
	for _, one := range w.Sessions {
		out.Sessions = append(out.Sessions, AccountSession{one.ID, stamped(one.MadeAt), stamped(one.SeenAt), one.IP, one.Agent, one.Strong()})
	}
	return &accountAnswer{out}, nil
}
