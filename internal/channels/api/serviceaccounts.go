package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/keydesk"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A ServiceAccount is the account of a program.
type ServiceAccount struct {
	ID        string        `json:"id" doc:"client_id"`
	Name      string        `json:"name"`
	Org       string        `json:"org" doc:"Organisation that the program works for"`
	Contact   string        `json:"contact" doc:"Who answers for it there"`
	Roles     []string      `json:"roles" nullable:"false"`
	Units     []string      `json:"units" nullable:"false" doc:"Codes of administrative units; * is every one"`
	Covers    []string      `json:"covers" nullable:"false" doc:"Organisations whose rows it covers; none: its own"`
	Scopes    []string      `json:"scopes" nullable:"false" doc:"What it may ask for at most; none: whatever its roles allow"`
	State     clients.State `json:"state" enum:"active,suspended,closed"`
	ValidFrom *viet.Date    `json:"valid_from,omitempty" format:"date"`
	ValidTo   *viet.Date    `json:"valid_to,omitempty" format:"date" doc:"The last day"`
	MadeAt    string        `json:"made_at" format:"date-time"`
	MadeBy    DutyActor     `json:"made_by"`
}

// A ServiceAccountDetail is an account with what its program signs in with.
type ServiceAccountDetail struct {
	ServiceAccount
	TokenURL    string       `json:"token_url" doc:"Where it gets access tokens"`
	Credentials []Credential `json:"credentials" nullable:"false"`
}

// A Credential is what a program signs in with, without its secret.
type Credential struct {
	ID      string       `json:"id"`
	Kind    clients.Kind `json:"kind" enum:"key,secret,jwk" doc:"key: a bearer key; secret: client_secret; jwk: a public key of private_key_jwt"`
	Label   string       `json:"label" doc:"What it is for"`
	Scopes  []string     `json:"scopes" nullable:"false" doc:"Narrower than those of the account; none: as wide"`
	Expires string       `json:"expires" format:"date-time"`
	Revoked string       `json:"revoked,omitempty" format:"date-time"`
	Used    string       `json:"used,omitempty" format:"date-time" doc:"Last, to about a minute"`
	MadeAt  string       `json:"made_at" format:"date-time"`
	MadeBy  DutyActor    `json:"made_by"`
}

// A ServiceAccountText is what is said of an account and what it may do.
type ServiceAccountText struct {
	Name      string     `json:"name" minLength:"1" maxLength:"200"`
	Org       string     `json:"org" minLength:"1" maxLength:"80" example:"hy-syt" doc:"Id of the organisation"`
	Contact   string     `json:"contact" minLength:"1" maxLength:"500" doc:"Who answers for it there"`
	Roles     []string   `json:"roles,omitempty" maxItems:"20" nullable:"false" doc:"Absent: service"`
	Units     []string   `json:"units,omitempty" maxItems:"500" nullable:"false"`
	Covers    []string   `json:"covers,omitempty" maxItems:"500" nullable:"false"`
	Scopes    []string   `json:"scopes,omitempty" maxItems:"200" nullable:"false" example:"[\"read\",\"send:co-so-y-te\"]"`
	ValidFrom *viet.Date `json:"valid_from,omitempty" format:"date"`
	ValidTo   *viet.Date `json:"valid_to,omitempty" format:"date" doc:"The last day"`
}

// over writes the text over an account.
func (t *ServiceAccountText) over(c clients.Client) clients.Client {
	c.Name, c.Org, c.Contact = t.Name, t.Org, t.Contact
	c.Roles, c.Units, c.Covers, c.Scopes = t.Roles, t.Units, t.Covers, t.Scopes
	c.ValidFrom, c.ValidTo = startOf(t.ValidFrom, 0), startOf(t.ValidTo, 1)
	return c
}

// startOf is the start of a day in Viet Nam, or of one some days later; never, of none.
func startOf(d *viet.Date, later viet.Date) time.Time {
	if d == nil {
		return time.Time{}
	}
	return (*d + later).Time()
}

// stamped writes a time in UTC, "" when there is none.
func stamped(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// ServiceAccountNamed names the account of a program.
type ServiceAccountNamed struct {
	ID string `path:"id" maxLength:"60" example:"pm-ho-tich" doc:"client_id"`
}

type (
	serviceAccountList struct {
		Body struct {
			Items []ServiceAccount `json:"items" nullable:"false"`
		}
	}
	serviceAccountAnswer struct{ Body ServiceAccountDetail }
	madeServiceAccount   struct {
		Location string `header:"Location"`
		Body     ServiceAccountDetail
	}
	madeCredential struct {
		Body struct {
			Credential
			Secret string `json:"secret,omitempty" doc:"What the program signs in with. It is told this once: nobody can look it up later. Absent for a public key"`
		}
	}
)

func (s *Server) serviceAccountRoutes() {
	if s.Keys == nil {
		return
	}
	need := door.Of(policy.ManageKeys, policy.KindAccount)
	at := Prefix + "/service-accounts"
	op := func(id, method, path, vi, en, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: at + path, Summary: vi + " / " + en, Description: more, Tags: []string{"service-accounts"}, DefaultStatus: http.StatusOK}
	}
	made := func(o huma.Operation) huma.Operation {
		o.DefaultStatus = http.StatusCreated
		return o
	}
	register(s, need, op("list-service-accounts", http.MethodGet, "", "Các tài khoản kết nối", "Accounts of programs", ""), func(ctx context.Context, in *struct {
		Org string `query:"org" maxLength:"80" doc:"Of one organisation"`
	}) (*serviceAccountList, error) {
		all, err := s.Keys.List(ctx, in.Org)
		out := &serviceAccountList{}
		out.Body.Items = []ServiceAccount{}
		for i := range all {
			out.Body.Items = append(out.Body.Items, serviceAccount(&all[i]))
		}
		return out, err
	})
	register(s, need, made(op("add-service-account", http.MethodPost, "", "Thêm tài khoản kết nối", "Make the account of a program", "It has no key yet.")), func(ctx context.Context, in *struct {
		Body struct {
			ID string `json:"id,omitempty" maxLength:"60" doc:"client_id: lower case, digits and hyphens; absent: one is made. It is never used again"`
			ServiceAccountText
		}
	}) (*madeServiceAccount, error) {
		c, err := s.Keys.Create(ctx, in.Body.over(clients.Client{ID: in.Body.ID}))
		if err != nil {
			return nil, err
		}
		out, err := s.serviceAccount(ctx, c.ID, nil)
		if err != nil {
			return nil, err
		}
		return &madeServiceAccount{at + "/" + c.ID, out.Body}, nil
	})
	register(s, need, op("get-service-account", http.MethodGet, "/{id}", "Một tài khoản kết nối và các khóa", "The account of a program and its keys", ""), func(ctx context.Context, in *ServiceAccountNamed) (*serviceAccountAnswer, error) {
		return s.serviceAccount(ctx, in.ID, nil)
	})
	register(s, need, op("change-service-account", http.MethodPut, "/{id}", "Sửa tài khoản kết nối", "Change the account of a program", "What is left out is taken away. It holds from now on, also for keys that are there."), func(ctx context.Context, in *struct {
		ServiceAccountNamed
		Body ServiceAccountText
	}) (*serviceAccountAnswer, error) {
		c, err := s.Keys.Find(ctx, in.ID)
		if err == nil {
			err = s.Keys.Change(ctx, in.Body.over(c))
		}
		return s.serviceAccount(ctx, in.ID, err)
	})
	register(s, need, op("set-service-account-state", http.MethodPost, "/{id}/state", "Tạm khóa, mở lại, đóng tài khoản kết nối", "Suspend the account of a program, let it work again, or close it", "A closed one stays closed."), func(ctx context.Context, in *struct {
		ServiceAccountNamed
		Body struct {
			State clients.State `json:"state" enum:"active,suspended,closed"`
		}
	}) (*serviceAccountAnswer, error) {
		return s.serviceAccount(ctx, in.ID, s.Keys.SetState(ctx, in.ID, in.Body.State))
	})
	register(s, need, made(op("issue-credential", http.MethodPost, "/{id}/credentials", "Cấp khóa, mã bí mật, ghi nhận khóa công khai", "Give a program a key or a secret, or take its public key", "The secret is in this answer alone.")), func(ctx context.Context, in *struct {
		ServiceAccountNamed
		Body struct {
			Kind    clients.Kind `json:"kind" enum:"key,secret,jwk"`
			Label   string       `json:"label" minLength:"1" maxLength:"200" doc:"What it is for"`
			Days    int          `json:"days,omitempty" minimum:"1" maximum:"366" doc:"How long it is valid; absent: 90 days"`
			Scopes  []string     `json:"scopes,omitempty" maxItems:"200" nullable:"false" doc:"Narrower than those of the account"`
			Public  string       `json:"public,omitempty" maxLength:"16384" doc:"Of jwk: the program's public key, JWK or PEM"`
			Instead string       `json:"instead,omitempty" maxLength:"60" doc:"Id of the one whose place it takes: both are valid until that one is revoked"`
		}
	}) (*madeCredential, error) {
		b := in.Body
		secret, c, err := s.Keys.Issue(ctx, in.ID, keydesk.Asked{Kind: b.Kind, Public: b.Public, Instead: b.Instead,
			Wish: clients.Wish{Label: b.Label, Scopes: b.Scopes, For: time.Duration(b.Days) * 24 * time.Hour}})
		if err != nil {
			return nil, err
		}
		out := &madeCredential{}
		out.Body.Credential, out.Body.Secret = credential(&c), secret
		return out, nil
	})
	register(s, need, op("revoke-credential", http.MethodPost, "/{id}/credentials/{credential}/revoke", "Thu hồi khóa", "Revoke a key", "It holds at once."), func(ctx context.Context, in *struct {
		ServiceAccountNamed
		Credential string `path:"credential" maxLength:"60" doc:"Id of the credential"`
	}) (*serviceAccountAnswer, error) {
		return s.serviceAccount(ctx, in.ID, s.Keys.Revoke(ctx, in.ID, in.Credential))
	})
}

// serviceAccount tells an account, once err is nothing.
func (s *Server) serviceAccount(ctx context.Context, id string, err error) (*serviceAccountAnswer, error) {
	if err != nil {
		return nil, err
	}
	c, err := s.Keys.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	all, err := s.Keys.Credentials(ctx, clients.Program, id)
	if err != nil {
		return nil, err
	}
	out := &serviceAccountAnswer{ServiceAccountDetail{ServiceAccount: serviceAccount(&c), TokenURL: s.Keys.Endpoint, Credentials: []Credential{}}}
	for i := range all {
		out.Body.Credentials = append(out.Body.Credentials, credential(&all[i]))
	}
	return out, nil
}

func serviceAccount(c *clients.Client) ServiceAccount {
	some := func(list []string) []string { return append([]string{}, list...) }
	day := func(t time.Time, earlier time.Duration) *viet.Date {
		if t.IsZero() {
			return nil
		}
		d := viet.DateOf(t.Add(-earlier).In(viet.Zone))
		return &d
	}
	return ServiceAccount{
		ID: c.ID, Name: c.Name, Org: c.Org, Contact: c.Contact, Roles: some(c.Roles), Units: some(c.Units), Covers: some(c.Covers), Scopes: some(c.Scopes), State: c.State,
		ValidFrom: day(c.ValidFrom, 0), ValidTo: day(c.ValidTo, time.Second), MadeAt: stamped(c.MadeAt), MadeBy: dutyActor(c.MadeBy),
	}
}

func credential(c *clients.Credential) Credential {
	return Credential{
		ID: c.ID, Kind: c.Kind, Label: c.Label, Scopes: append([]string{}, c.Scopes...), Expires: stamped(c.Expires), Revoked: stamped(c.Revoked), Used: stamped(c.Used),
		MadeAt: stamped(c.MadeAt), MadeBy: dutyActor(c.MadeBy),
	}
}
