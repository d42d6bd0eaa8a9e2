package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
)

// A PersonLine is one line of a list of people, as a person writes it.
type PersonLine struct {
	Line        int      `json:"line,omitempty" minimum:"1" maximum:"1000000" doc:"What answers call it; absent: its place"`
	Name        string   `json:"name" maxLength:"200"`
	Login       string   `json:"login,omitempty" maxLength:"100" doc:"Absent: made from the name"`
	Email       string   `json:"email,omitempty" maxLength:"254"`
	Phone       string   `json:"phone,omitempty" maxLength:"40"`
	Org         string   `json:"org,omitempty" maxLength:"80" doc:"Id or code; goes before the name"`
	OrgName     string   `json:"org_name,omitempty" maxLength:"500"`
	Title       string   `json:"title,omitempty" maxLength:"500" doc:"Of the post"`
	Roles       []string `json:"roles,omitempty" maxItems:"20" nullable:"false" doc:"Ids or names"`
	Units       []string `json:"units,omitempty" maxItems:"1000" nullable:"false"`
	From        string   `json:"valid_from,omitempty" maxLength:"40" doc:"First day, 2026-11-22 or as people write it; absent: today"`
	MandateNo   string   `json:"mandate_no,omitempty" maxLength:"200" doc:"Number of the decision"`
	MandateDate string   `json:"mandate_date,omitempty" maxLength:"40"`
	Generated   bool     `json:"generated,omitempty" doc:"Sample data: no real person"`
}

// A PersonOutcome is what came, or would come, of a line.
type PersonOutcome struct {
	Line       int            `json:"line"`
	Outcome    org.Outcome    `json:"outcome" enum:"new,post,same,question,error" doc:"new: a person; post: a post of one who is there; same: both are there; question: set org to one of candidates; error: see problems"`
	Org        string         `json:"org,omitempty" doc:"Id of the organisation that it means"`
	Login      string         `json:"login,omitempty" doc:"Of the account that is made, or is there"`
	Has        bool           `json:"has_account,omitempty" doc:"An account is there already"`
	Account    string         `json:"account,omitempty" doc:"Id, when it was made now"`
	Problems   []LineProblem  `json:"problems,omitempty" nullable:"false"`
	Candidates []OrgCandidate `json:"candidates,omitempty" nullable:"false"`
}

// A LineProblem is something that is wrong with a line.
type LineProblem struct {
	Type string `json:"type"`
	Vi   string `json:"vi"`
	En   string `json:"en"`
}

// An OrgCandidate is an organisation that a line may mean.
type OrgCandidate struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Path string `json:"path,omitempty" doc:"Names of those above it, the nearest first"`
}

// A PeopleReport is what came, or would come, of a list of people.
type PeopleReport struct {
	Written   bool            `json:"written" doc:"All is made"`
	Accounts  int             `json:"accounts" doc:"That are made"`
	Questions int             `json:"questions"`
	Wrong     int             `json:"wrong"`
	Outcomes  []PersonOutcome `json:"outcomes" nullable:"false" doc:"One for each line, in order"`
}

// An ActivationSlip is what an owner gets on paper, to begin with.
type ActivationSlip struct {
	Account   string `json:"account"`
	Name      string `json:"name"`
	Login     string `json:"login"`
	Org       string `json:"org" doc:"Its name"`
	Code      string `json:"code"`
	URL       string `json:"url" doc:"Leads to the page with the code behind #, where no server's log has it"`
	QR        []byte `json:"qr" doc:"Of the address: PNG in base64"`
	Ends      string `json:"ends" format:"date-time"`
	Generated bool   `json:"generated,omitempty" doc:"Sample data: no real person"`
}

// An EmergencyAccount is one that a sealed code opens.
type EmergencyAccount struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Sealed bool   `json:"sealed" doc:"Nobody has used its code"`
	Used   string `json:"used,omitempty" format:"date-time" doc:"Absent: never"`
}

type (
	peopleAnswer struct{ Body PeopleReport }
	peopleRead   struct {
		Body struct {
			PeopleReport
			People []PersonLine `json:"people" nullable:"false" doc:"What the file says: send it to the import, with the questions answered"`
		}
	}
	slipsAnswer struct {
		Body struct {
			Items []ActivationSlip `json:"items" nullable:"false" doc:"In the order asked for"`
		}
	}
	emergencyList struct {
		Body struct {
			Items []EmergencyAccount `json:"items" nullable:"false"`
		}
	}
	emergencyCode struct {
		Body struct {
			ID   string `json:"id"`
			Code string `json:"code" doc:"Opens the account once. It is told this once: print it, seal it, keep it in a safe"`
		}
	}
)

// slowBody is how long the body of a list may take to come in.
const slowBody = time.Minute

// accountListRoutes are of many accounts at once.
func (s *Server) accountListRoutes(need door.Need) {
	take := accountOp("import-people", http.MethodPost, "/accounts/import", "Nhập danh sách cán bộ", "Take a list of people with their posts and accounts",
		"All or none: while a line is wrong or asks something, written is false and nothing is kept. Should another have taken a login between looking and writing, persons and posts are kept without accounts: the same list again goes on from there. With preview=true nothing is kept either way. The same list twice makes nobody twice.")
	take.MaxBodyBytes, take.BodyReadTimeout = 16<<20, slowBody
	register(s, need, take, func(ctx context.Context, in *struct {
		Previewed
		Body struct {
			People []PersonLine `json:"people" minItems:"1" maxItems:"5000" nullable:"false"`
		}
	}) (*peopleAnswer, error) {
		rows := make([]accountdesk.Row, len(in.Body.People))
		for i, p := range in.Body.People {
			if p.Line == 0 {
				p.Line = i + 1
			}
			rows[i] = p.row()
		}
		do := s.Accounts.Enrol
		if in.Preview {
			do = s.Accounts.Plan
		}
		got, err := do(ctx, rows)
		return &peopleAnswer{peopleReport(&got)}, err
	})
	read := accountOp("read-people", http.MethodPost, "/accounts/import/read", "Đọc danh sách cán bộ từ tệp", "Read a list of people out of a file", "A workbook or a table of any kind that uploads may have, with a column of names. Nothing is kept.")
	read.MaxBodyBytes, read.BodyReadTimeout = accountdesk.MostFile, slowBody
	register(s, need, read, func(ctx context.Context, in *struct {
		Name    string `query:"name" maxLength:"200" default:"danh-sach.xlsx" doc:"Of the file"`
		RawBody []byte `contentType:"application/octet-stream"`
	}) (*peopleRead, error) {
		rows, err := accountdesk.ReadFile(ctx, bytes.NewReader(in.RawBody), in.Name)
		if err != nil {
			return nil, err
		}
		got, err := s.Accounts.Plan(ctx, rows)
		out := &peopleRead{}
		out.Body.PeopleReport, out.Body.People = peopleReport(&got), make([]PersonLine, len(rows))
		for i := range rows {
			out.Body.People[i] = personLine(&rows[i])
		}
		return out, err
	})
	template := accountOp("get-people-template", http.MethodGet, "/accounts/import/template.xlsx", "Tải mẫu danh sách cán bộ", "A workbook for a list of people", "With the roles and organisations that it may name.")
	template.Responses = map[string]*huma.Response{"200": fileOf(mediaXLSX, "binary")}
	register(s, need, template, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		return s.streamed(ctx, mediaXLSX, accountdesk.TemplateName, func(d *download) error { return s.Accounts.WriteTemplate(ctx, d) }), nil
	})
	register(s, need, accountOp("make-slips", http.MethodPost, "/accounts/slips", "Cấp phiếu kích hoạt tài khoản", "Make activation slips", "The codes are in this answer alone; earlier ones of these accounts are void. For all of them or for none. The address on a slip is the one that this was asked at: ask at the public one."), func(ctx context.Context, in *struct {
		Body struct {
			Accounts []string `json:"accounts" maxItems:"5000" nullable:"false" doc:"Ids"`
		}
	}) (*slipsAnswer, error) {
		made, err := s.Accounts.Slips(ctx, in.Body.Accounts, accountdesk.Address(exchangeOf(ctx).r))
		out := &slipsAnswer{}
		out.Body.Items = []ActivationSlip{}
		for _, one := range made {
			out.Body.Items = append(out.Body.Items, ActivationSlip{one.Account, one.Name, one.Login, one.Org, one.Code, one.URL, one.QR, stamped(one.Ends), one.Generated})
		}
		return out, err
	})
}

// emergencyRoutes are of the accounts for the day when nothing else works.
func (s *Server) emergencyRoutes(need door.Need) {
	register(s, need, accountOp("list-emergency-accounts", http.MethodGet, "/emergency-accounts", "Các tài khoản khẩn cấp", "Emergency accounts", ""), func(ctx context.Context, _ *struct{}) (*emergencyList, error) {
		all, err := s.Accounts.Emergencies(ctx)
		out := &emergencyList{}
		out.Body.Items = []EmergencyAccount{}
		for _, a := range all {
			out.Body.Items = append(out.Body.Items, EmergencyAccount{a.ID, a.Name, a.Sealed, stamped(a.LastSignIn)})
		}
		return out, err
	})
	made := accountOp("make-emergency-account", http.MethodPost, "/emergency-accounts", "Lập tài khoản khẩn cấp", "Make an emergency account", "Its code is in this answer alone.")
	made.DefaultStatus = http.StatusCreated
	register(s, need, made, func(ctx context.Context, in *struct {
		Body struct {
			Name string `json:"name" maxLength:"200"`
		}
	}) (*emergencyCode, error) {
		out := &emergencyCode{}
		var err error
		out.Body.ID, out.Body.Code, err = s.Accounts.MakeEmergency(ctx, in.Body.Name)
		return out, err
	})
	register(s, need, accountOp("reseal-emergency-account", http.MethodPost, "/emergency-accounts/{id}/reseal", "Cấp mã mới cho tài khoản khẩn cấp", "Make the next code of an emergency account", "The code is in this answer alone; the one before is void, and sessions end."), func(ctx context.Context, in *AccountNamed) (*emergencyCode, error) {
		out := &emergencyCode{}
		var err error
		out.Body.ID = in.ID
		out.Body.Code, err = s.Accounts.Reseal(ctx, in.ID)
		return out, err
	})
}

func (p *PersonLine) row() accountdesk.Row {
	return accountdesk.Row{Line: p.Line, Login: p.Login, Name: p.Name, Email: p.Email, Phone: p.Phone, OrgCode: p.Org, OrgName: p.OrgName, Title: p.Title,
		Roles: p.Roles, Units: p.Units, From: p.From, MandateNo: p.MandateNo, MandateOn: p.MandateDate, Generated: p.Generated}
}

func personLine(r *accountdesk.Row) PersonLine {
	return PersonLine{Line: r.Line, Login: r.Login, Name: r.Name, Email: r.Email, Phone: r.Phone, Org: r.OrgCode, OrgName: r.OrgName, Title: r.Title,
		Roles: r.Roles, Units: r.Units, From: r.From, MandateNo: r.MandateNo, MandateDate: r.MandateOn, Generated: r.Generated}
}

func peopleReport(e *accountdesk.Enrolment) PeopleReport {
	out := PeopleReport{Written: e.Written, Accounts: e.Made, Questions: e.Ask, Wrong: e.Bad, Outcomes: make([]PersonOutcome, len(e.Rows))}
	for i := range e.Rows {
		one := &e.Rows[i]
		to := PersonOutcome{Line: one.Row.Line, Outcome: one.Outcome, Org: one.Org, Login: one.Login, Has: one.Has, Account: one.Account}
		said := map[string]bool{}
		for _, err := range one.Wrong() {
			p := LineProblem{problemType(err), locale.Vi.Error(err), locale.En.Error(err)}
			if !said[p.Vi] {
				said[p.Vi] = true
				to.Problems = append(to.Problems, p)
			}
		}
		for _, c := range one.Candidates {
			to.Candidates = append(to.Candidates, OrgCandidate{c.ID, c.Name, c.Path})
		}
		out.Outcomes[i] = to
	}
	return out
}
