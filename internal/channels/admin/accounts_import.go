package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func importView(ctx context.Context) (screenView, error) {
	l := locale.From(ctx)
	f := formView{ID: "send", Path: "/admin/accounts/import", Token: token(ctx), Files: true, Submit: l.T("people.import.look"), Fields: []fieldView{
		{Name: "file", Label: l.T("people.import.file"), Kind: "file", Required: true, Wide: true, Hint: l.T("people.import.file.hint")},
	}}
	return screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("people.accounts"), Path: "/admin/accounts"}), Title: l.T("people.import"), Lead: l.T("people.import.lead"),
		Sections: []sectionView{
			{ID: "file", Title: l.T("people.import.file"), Forms: []formView{f}},
			{ID: "form", Title: l.T("people.import.form"), Lead: l.T("people.import.form.lead"), Facts: []factView{
				{Name: l.T("people.import.columns"), Lines: accountdesk.Columns(), Vi: true},
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
	var rows []accountdesk.Row
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
	got, err := s.Accounts.Plan(r.Context(), rows)
	if err != nil {
		return s.refuse(w, r, err, again)
	}
	return s.showEnrolment(w, r, rows, got)
}

// sentPeople reads a file from the form; the token comes before it.
func (s *pages) sentPeople(w http.ResponseWriter, r *http.Request) ([]accountdesk.Row, error) {
	part, err := s.File(w, r, accountdesk.MostFile+(1<<20), fault.New(fault.Invalid, "people.import.no-file"))
	if err != nil {
		return nil, err
	}
	return accountdesk.ReadFile(r.Context(), part, part.FileName())
}

// keptPeople reads the list that a page of ours carried, with the answers to its
// questions: org-17=hy-syt says which organisation line 17 means, and with it
// every line that names one in the same words.
func keptPeople(f url.Values) ([]accountdesk.Row, error) {
	var rows []accountdesk.Row
	d := json.NewDecoder(strings.NewReader(f.Get("rows")))
	if err := d.Decode(&rows); err != nil || len(rows) == 0 || len(rows) > accountdesk.MostPeople {
		return nil, fault.New(fault.Invalid, "page.form").Because(err)
	}
	answers := map[[2]string]string{}
	for _, row := range rows {
		if id := f.Get(fmt.Sprint("org-", row.Line)); id != "" {
			answers[row.Office()] = id
		}
	}
	for i := range rows {
		if id, ok := answers[rows[i].Office()]; ok {
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
	got, err := s.Accounts.Enrol(ctx, rows)
	if err != nil {
		return err
	}
	return s.showEnrolment(w, r, rows, got) // not written: something has changed since it was looked at
}

// importTemplate is a workbook to fill in.
func (s *pages) importTemplate(w http.ResponseWriter, r *http.Request) error {
	var b bytes.Buffer
	if err := s.Accounts.WriteTemplate(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", `attachment; filename="`+accountdesk.TemplateName+`"`)
	_, err := w.Write(b.Bytes())
	return err
}
