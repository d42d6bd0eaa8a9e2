package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

func importView(ctx context.Context) (screenView, error) {
	l := locale.From(ctx)
	f := formView{ID: "send", Path: "/admin/accounts/import", Token: token(ctx), Files: true, Submit: l.T("people.import.look"), Fields: []fieldView{
		{Name: "file", Label: l.T("people.import.file"), Kind: "file", Required: true, Wide: true, Hint: l.T("people.import.file.hint")},
	}}
	var titles []string
	for _, c := range peopleColumns {
		titles = append(titles, c.title)
	}
	return screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("people.accounts"), Path: "/admin/accounts"}), Title: l.T("people.import"), Lead: l.T("people.import.lead"),
		Sections: []sectionView{
			{ID: "file", Title: l.T("people.import.file"), Forms: []formView{f}},
			{ID: "form", Title: l.T("people.import.form"), Lead: l.T("people.import.form.lead"), Facts: []factView{
				{Name: l.T("people.import.columns"), Lines: titles, Vi: true},
				{Name: l.T("people.import.template"), Value: l.T("people.import.template.get"), Link: "/admin/accounts/import/template.xlsx"},
			}},
		},
	}, nil
}

func (s *pages) importStart(w http.ResponseWriter, r *http.Request) error {
	v, err := importView(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

// importLook reads the file that was sent, or the list that was looked at before
// with the answers to its questions, and says what would come of each line.
func (s *pages) importLook(w http.ResponseWriter, r *http.Request) error {
	again := func() (screenView, error) { return importView(r.Context()) }
	var rows []peopleRow
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		rows, err = s.sentPeople(w, r)
	} else {
		var f url.Values
		if f, err = s.Form(w, r, mostForm); err == nil {
			rows, err = keptPeople(f)
		}
	}
	if err != nil {
		return s.refuse(w, r, err, again)
	}
	got, err := s.enrol(r.Context(), rows, true)
	if err != nil {
		return s.refuse(w, r, err, again)
	}
	return s.showEnrolment(w, r, rows, got)
}

// sentPeople reads a file from the form; the token comes before it.
func (s *pages) sentPeople(w http.ResponseWriter, r *http.Request) ([]peopleRow, error) {
	part, err := s.File(w, r, mostList+(1<<20), fault.New(fault.Invalid, "people.import.no-file"))
	if err != nil {
		return nil, err
	}
	return readPeople(r.Context(), part, part.FileName())
}

// keptPeople reads the list that a page of ours carried, with the answers to its
// questions: org-17=hy-syt says which organisation line 17 means, and with it
// every line that names one in the same words.
func keptPeople(f url.Values) ([]peopleRow, error) {
	var rows []peopleRow
	d := json.NewDecoder(strings.NewReader(f.Get("rows")))
	if err := d.Decode(&rows); err != nil || len(rows) == 0 || len(rows) > mostPeople {
		return nil, fault.New(fault.Invalid, "page.form").Because(err)
	}
	answers := map[[2]string]string{}
	for _, row := range rows {
		if id := f.Get(fmt.Sprint("org-", row.Line)); id != "" {
			answers[row.office()] = id
		}
	}
	for i := range rows {
		if id, ok := answers[rows[i].office()]; ok {
			rows[i].OrgCode = id
		}
	}
	return rows, nil
}

// importDo makes all people and accounts, or none.
func (s *pages) importDo(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	rows, err := keptPeople(f)
	if err != nil {
		return err
	}
	got, err := s.enrol(ctx, rows, false)
	if err == nil && !got.written {
		return s.showEnrolment(w, r, rows, got) // something has changed since it was looked at
	}
	err = s.did(ctx, policy.ManageAccounts, policy.KindAccount, "", err, map[string]string{"change": "import", "lines": fmt.Sprint(len(rows)), "accounts": fmt.Sprint(got.made)})
	if err != nil {
		return err
	}
	return s.showEnrolment(w, r, rows, got)
}

// An enrolment says what came, or would come, of a list of people.
type enrolment struct {
	rows     []enrolled
	made     int // accounts
	bad, ask int
	written  bool
}

// enrolled is one line of it.
type enrolled struct {
	row        peopleRow
	org        string // id
	outcome    org.Outcome
	text       string
	err        error // the first thing wrong
	problems   []error
	candidates []org.Candidate
	person     string
	account    string // id, when it was made now
	login      string // of the account that is made, or is there already
	has        bool   // an account is there already
}

// enrol takes a list of people: persons with their posts, then accounts. Both
// are looked at before either is written. With dry nothing is.
func (s *pages) enrol(ctx context.Context, rows []peopleRow, dry bool) (enrolment, error) {
	got, people, err := s.prepared(ctx, rows)
	if err != nil {
		return got, err
	}
	if err := s.enrolPeople(ctx, &got, people, true); err != nil {
		return got, err
	}
	if err := s.enrolAccounts(ctx, &got, true); err != nil {
		return got, err
	}
	got.count()
	if dry || got.bad+got.ask > 0 {
		return got, nil
	}
	// A failure between the two leaves persons without accounts; the same list
	// again goes on from there.
	if err := s.enrolPeople(ctx, &got, people, false); err != nil {
		return got, err
	}
	if err := s.enrolAccounts(ctx, &got, false); err != nil {
		return got, err
	}
	got.count()
	got.written = got.bad+got.ask == 0
	return got, nil
}

func (e *enrolment) count() {
	e.bad, e.ask, e.made = 0, 0, 0
	for _, one := range e.rows {
		switch {
		case one.outcome == org.Question:
			e.ask++
		case one.err != nil:
			e.bad++
		case !one.has:
			e.made++
		}
	}
}

// prepared reads what the lines say: days, roles by name, organisations.
func (s *pages) prepared(ctx context.Context, rows []peopleRow) (enrolment, []org.ImportRow, error) {
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return enrolment{}, nil, err
	}
	got := enrolment{rows: make([]enrolled, len(rows))}
	people := make([]org.ImportRow, len(rows))
	for i, row := range rows {
		one := &got.rows[i]
		one.row = row
		one.org = clearOrg(snap, row)
		var wrong []error
		in := org.ImportRow{Line: row.Line, Name: row.Name, Email: row.Email, Phone: row.Phone, OrgCode: row.OrgCode, OrgName: row.OrgName, Title: row.Title,
			Units: row.Units, Deputy: row.Deputy, MandateNo: row.MandateNo, Generated: row.Generated}
		if one.org != "" {
			in.OrgCode = one.org
		}
		if in.Roles, err = s.rolesOf(row.Roles); err != nil {
			wrong = append(wrong, err)
		}
		if in.From, err = orgDay(row.From); err != nil {
			wrong = append(wrong, err)
		}
		if in.MandateDate, err = orgDay(row.MandateOn); err != nil {
			wrong = append(wrong, err)
		}
		one.problems, people[i] = wrong, in
	}
	return got, people, nil
}

func orgDay(text string) (org.Day, error) {
	if strings.TrimSpace(text) == "" {
		return org.Day{}, nil
	}
	d, err := dayOf(text, 0)
	return org.On(d), err
}

// clearOrg is the organisation that a line names, "" when it is to be asked.
func clearOrg(snap *org.Snapshot, row peopleRow) string {
	on := today()
	if row.OrgCode != "" {
		if o, ok := snap.Get(strings.ToLower(row.OrgCode), on); ok {
			return o.ID
		}
		if o, ok := snap.ByCode(strings.ToUpper(row.OrgCode), on); ok {
			return o.ID
		}
	}
	if found := snap.Named(row.OrgName, on); row.OrgName != "" && len(found) == 1 {
		return found[0].ID
	}
	return ""
}

// rolesOf finds roles by id or by their names.
func (s *pages) rolesOf(names []string) ([]string, error) {
	var ids []string
	for _, name := range names {
		id := ""
		for _, role := range s.Policies.Roles() {
			if name == role.ID || viet.Fold(name) == viet.Fold(role.Vi) || strings.EqualFold(name, role.En) {
				id = role.ID
			}
		}
		grantable := false
		for _, one := range identity.Grantable() {
			grantable = grantable || one == id
		}
		if !grantable {
			return nil, fault.New(fault.Invalid, "people.import.role", name)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (s *pages) enrolPeople(ctx context.Context, got *enrolment, people []org.ImportRow, dry bool) error {
	rep, err := s.Orgs.ImportPeople(ctx, door.Actor(ctx), people, dry)
	if err != nil {
		return err
	}
	for i, row := range rep.Rows {
		one := &got.rows[i]
		one.outcome, one.text, one.candidates, one.person, one.err = row.Outcome, row.Text, row.Candidates, row.Person, row.Err
		if one.err == nil && len(one.problems) > 0 {
			one.err, one.outcome = one.problems[0], org.Refused
		}
		if one.err == nil && one.org == "" {
			one.err, one.outcome = fault.New(fault.Invalid, "people.import.no-org"), org.Refused
		}
	}
	return nil
}

// enrolAccounts makes accounts for those who have none yet.
func (s *pages) enrolAccounts(ctx context.Context, got *enrolment, dry bool) error {
	have, err := s.everyAccount(ctx, identity.Filter{})
	if err != nil {
		return err
	}
	logins := map[string]string{}
	for _, a := range have {
		if a.PersonID != "" {
			logins[a.PersonID] = a.Login
		}
	}
	var rows []identity.Row
	var at []int
	for i := range got.rows {
		one := &got.rows[i]
		one.has, one.login = false, ""
		if one.err != nil {
			continue
		}
		if login, ok := logins[one.person]; ok {
			one.has, one.login = true, login
			roles, err := s.rolesOf(one.row.Roles)
			if err == nil && login != "" {
				err = s.orgDesk.Together(ctx, one.person, roles)
			}
			if err != nil && fault.Of(err) == nil {
				return err
			}
			if one.err = err; err != nil {
				one.outcome = org.Refused
			}
			continue
		}
		logins[one.person] = "" // a second line of the same person is a second post
		rows = append(rows, identity.Row{Line: one.row.Line, Login: one.row.Login, Name: one.row.Name, Email: one.row.Email, Phone: one.row.Phone, OrgID: one.org, PersonID: one.person})
		at = append(at, i)
	}
	if len(rows) == 0 {
		return nil
	}
	rep, err := s.Accounts.Import(ctx, door.Actor(ctx), rows, dry)
	if err != nil {
		return err
	}
	for n, line := range rep.Rows {
		one := &got.rows[at[n]]
		one.login, one.account = line.Login, line.Account
		if len(line.Problems) > 0 {
			one.err, one.problems, one.outcome = line.Problems[0], append(one.problems, line.Problems...), org.Refused
		}
	}
	return nil
}

// importTemplate is a workbook to fill in.
func (s *pages) importTemplate(w http.ResponseWriter, r *http.Request) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	const sheet = "Danh sách"
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	var head []any
	for _, c := range peopleColumns {
		head = append(head, c.title)
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}})
	if err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(len(head))
	if err != nil {
		return err
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49}) // telephone numbers and codes keep their zeros
	if err != nil {
		return err
	}
	if err := errors.Join(f.SetColStyle(sheet, "A:"+last, text), f.SetColWidth(sheet, "A", last, 22), f.SetSheetRow(sheet, "A1", &head), f.SetRowStyle(sheet, 1, 1, bold)); err != nil {
		return err
	}
	if err := s.templateLists(r.Context(), f); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", `attachment; filename="danh-sach-can-bo.xlsx"`)
	_, err = w.Write(b.Bytes())
	return err
}

// templateLists are the roles and organisations that a list may name.
func (s *pages) templateLists(ctx context.Context, f *excelize.File) error {
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return err
	}
	lists := map[string][][]any{"Vai trò": {{"Vai trò", "Mã"}}, "Cơ quan": {{"Cơ quan, đơn vị", "Mã cơ quan"}}}
	for _, id := range identity.Grantable() {
		if id != policy.RoleOfficial {
			lists["Vai trò"] = append(lists["Vai trò"], []any{s.roleName(locale.Vi, id), id})
		}
	}
	for _, b := range snap.Tree(today()) {
		if !b.Org.Collective {
			lists["Cơ quan"] = append(lists["Cơ quan"], []any{b.Org.Name, b.Org.ID})
		}
	}
	for _, name := range []string{"Vai trò", "Cơ quan"} {
		if _, err := f.NewSheet(name); err != nil {
			return err
		}
		if err := f.SetColWidth(name, "A", "B", 40); err != nil {
			return err
		}
		for i, row := range lists[name] {
			if err := f.SetSheetRow(name, fmt.Sprint("A", i+1), &row); err != nil {
				return err
			}
		}
	}
	return nil
}
