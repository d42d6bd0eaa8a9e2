package admin

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// slipsPerSheet is how many slips stand on a sheet of A4.
const slipsPerSheet = 8

type slipsView struct {
	Sheets [][]slipView
	Count  int64
}

type slipView struct {
	Name, Login, Org string
	Code, Address    string
	QR               string // picture, as data:
	Ends             string
	Generated        bool
}

// slipsAsk says what printing does before it does it: codes printed earlier are
// void afterwards, so a mere look at an address must not make new ones.
func (s *pages) slipsAsk(w http.ResponseWriter, r *http.Request) error {
	v, err := slipsAskView(r.Context(), accountdesk.Values(r.URL.Query().Get("ids")))
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func slipsAskView(ctx context.Context, ids []string) (screenView, error) {
	l := locale.From(ctx)
	v := screenView{Crumbs: crumbs(l, linkView{Text: l.T("people.accounts"), Path: "/admin/accounts"}), Title: l.T("people.slips"), Lead: l.T("people.slips.lead")}
	part := sectionView{ID: "slips", Lead: l.T("people.slips.nobody")}
	if len(ids) > 0 {
		part = sectionView{ID: "slips", Forms: []formView{slipForm(ctx, "print", l.T("people.slips.for", int64(len(ids))), ids)}}
	}
	v.Sections = []sectionView{part}
	return v, nil
}

// slips makes new codes and shows them this once, ready to be printed and cut.
func (s *pages) slips(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	ids := accountdesk.Values(f.Get("ids"))
	made, err := s.Accounts.Slips(ctx, ids, accountdesk.Address(r))
	if err != nil {
		return s.refuse(w, r, err, func() (screenView, error) { return slipsAskView(ctx, ids) })
	}
	page := s.Page(r, locale.From(ctx).T("people.slips"), "admin")
	return s.Show(w, r, page, slipsPage(slipSheets(locale.From(ctx), made)))
}

func slipSheets(l locale.Lang, made []accountdesk.Slip) slipsView {
	v := slipsView{Count: int64(len(made))}
	for i, one := range made {
		if i%slipsPerSheet == 0 {
			v.Sheets = append(v.Sheets, nil)
		}
		address, _, _ := cutFragment(one.URL)
		last := len(v.Sheets) - 1
		v.Sheets[last] = append(v.Sheets[last], slipView{
			Name: one.Name, Login: one.Login, Org: one.Org, Code: one.Code, Address: address, Ends: l.Time(one.Ends), Generated: one.Generated,
			QR: "data:image/png;base64," + base64.StdEncoding.EncodeToString(one.QR),
		})
	}
	return v
}

// cutFragment leaves the code out of an address that people read.
func cutFragment(address string) (before, after string, found bool) {
	u, err := url.Parse(address)
	if err != nil {
		return address, "", false
	}
	after, u.Fragment, u.RawFragment = u.Fragment, "", ""
	return u.String(), after, after != ""
}

// emergency lists the emergency accounts with the form that makes one.
func (s *pages) emergency(w http.ResponseWriter, r *http.Request) error {
	v, err := s.emergencyView(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) emergencyView(ctx context.Context) (screenView, error) {
	l := locale.From(ctx)
	v := screenView{Crumbs: crumbs(l, linkView{Text: l.T("people.accounts"), Path: "/admin/accounts"}), Title: l.T("people.emergency"), Lead: l.T("people.emergency.long")}
	all, err := s.Accounts.Emergencies(ctx)
	if err != nil {
		return v, err
	}
	t := &tableView{Caption: l.T("people.emergency"), Empty: l.T("people.emergency.none"), Head: []string{l.T("people.name"), l.T("people.state"), l.T("people.used"), l.T("people.does")}}
	for _, a := range all {
		mark := bandView{"poor", l.T("people.emergency.open")}
		if a.Sealed {
			mark = bandView{"good", l.T("people.emergency.sealed")}
		}
		used := l.T("people.never")
		if !a.LastSignIn.IsZero() {
			used = l.Time(a.LastSignIn)
		}
		f := formView{ID: "reseal-" + a.ID, Path: "/admin/emergency", Token: token(ctx), Submit: l.T("people.emergency.reseal"), Small: true, Hidden: []hiddenView{{"account", a.ID}}}
		t.Rows = append(t.Rows, []cellView{{Text: a.Name, Link: "/admin/accounts/" + a.ID, Vi: true}, {Bands: []bandView{mark}}, {Text: used}, {Forms: []formView{f}}})
	}
	made := formView{ID: "make", Path: "/admin/emergency", Token: token(ctx), Submit: l.T("people.emergency.make"), Title: l.T("people.emergency.make"), Folded: len(all) > 0, Fields: []fieldView{
		{Name: "name", Label: l.T("people.emergency.name"), Value: l.T("people.emergency.default"), Required: true, Wide: true},
	}}
	v.Sections = []sectionView{{ID: "emergency", Table: t, Forms: []formView{made}}}
	return v, nil
}

// makeEmergency makes an account, or the next code of one, and shows the code
// this once.
func (s *pages) makeEmergency(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	var code string
	if id := f.Get("account"); id != "" {
		code, err = s.Accounts.Reseal(ctx, id)
	} else {
		_, code, err = s.Accounts.MakeEmergency(ctx, f.Get("name"))
	}
	if err != nil {
		return s.refuse(w, r, err, func() (screenView, error) { return s.emergencyView(ctx) })
	}
	return s.show(w, r, screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("people.emergency"), Path: "/admin/emergency"}), Title: l.T("people.emergency.code"), Lead: l.T("people.emergency.code.lead"),
		Sections: []sectionView{{ID: "code", Body: secretPart(l.T("people.emergency.code"), code, l.T("people.once"))}},
	})
}
