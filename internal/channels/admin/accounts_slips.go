package admin

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
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
	v, err := slipsAskView(r.Context(), list(r.URL.Query().Get("ids")))
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
	ids := list(f.Get("ids"))
	if len(ids) == 0 {
		err = fault.New(fault.Invalid, "people.slips.none")
	} else if len(ids) > mostPeople {
		err = fault.New(fault.TooLarge, "people.import.many", int64(mostPeople))
	}
	if err != nil {
		return s.refuse(w, r, err, func() (screenView, error) { return slipsAskView(ctx, nil) })
	}
	made, err := s.Accounts.ActivationSlips(ctx, door.Actor(ctx), ids, baseURL(r))
	for _, id := range ids {
		if e := s.did(ctx, policy.ManageAccounts, policy.KindAccount, id, err, map[string]string{"change": "invite"}); e != nil && err == nil {
			return e
		}
		if err != nil {
			break // refused as a whole
		}
	}
	if err != nil {
		return s.refuse(w, r, err, func() (screenView, error) { return slipsAskView(ctx, ids) })
	}
	v, err := s.slipSheets(ctx, made)
	if err != nil {
		return err
	}
	page := s.Page(r, locale.From(ctx).T("people.slips"), "admin")
	return s.Show(w, r, page, slipsPage(v))
}

// baseURL is the address under which the reader has found us.
func baseURL(r *http.Request) string {
	scheme := "http"
	if guard.Secure(r) {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host}).String()
}

func (s *pages) slipSheets(ctx context.Context, made []identity.Slip) (slipsView, error) {
	l := locale.From(ctx)
	v := slipsView{Count: int64(len(made))}
	for i, one := range made {
		a, err := s.Accounts.Account(ctx, one.Account)
		if err != nil {
			return v, err
		}
		generated := false
		if a.PersonID != "" {
			person, err := s.Orgs.Person(ctx, a.PersonID)
			if err != nil {
				return v, err
			}
			generated = person.Generated
		}
		if i%slipsPerSheet == 0 {
			v.Sheets = append(v.Sheets, nil)
		}
		address, _, _ := cutFragment(one.URL)
		last := len(v.Sheets) - 1
		v.Sheets[last] = append(v.Sheets[last], slipView{
			Name: one.Name, Login: one.Login, Org: one.Org, Code: one.Code, Address: address, Ends: l.Time(one.Ends), Generated: generated,
			QR: "data:image/png;base64," + base64.StdEncoding.EncodeToString(one.QR),
		})
	}
	return v, nil
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
	all, err := s.everyAccount(ctx, identity.Filter{Kind: identity.KindEmergency})
	if err != nil {
		return v, err
	}
	t := &tableView{Caption: l.T("people.emergency"), Empty: l.T("people.emergency.none"), Head: []string{l.T("people.name"), l.T("people.state"), l.T("people.used"), l.T("people.does")}}
	for _, a := range all {
		sealed, err := s.Accounts.Sealed(ctx, a.ID)
		if err != nil {
			return v, err
		}
		mark := bandView{"poor", l.T("people.emergency.open")}
		if sealed {
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
	id, code, change := f.Get("account"), "", "reseal"
	if id != "" {
		code, err = s.Accounts.Reseal(ctx, door.Actor(ctx), id)
	} else {
		var a identity.Account
		a, code, err = s.Accounts.MakeEmergency(ctx, door.Actor(ctx), f.Get("name"))
		id, change = a.ID, "emergency"
	}
	if err = s.did(ctx, policy.ManageAccounts, policy.KindAccount, id, err, map[string]string{"change": change}); err != nil {
		return s.refuse(w, r, err, func() (screenView, error) { return s.emergencyView(ctx) })
	}
	return s.show(w, r, screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("people.emergency"), Path: "/admin/emergency"}), Title: l.T("people.emergency.code"), Lead: l.T("people.emergency.code.lead"),
		Sections: []sectionView{{ID: "code", Body: secretPart(l.T("people.emergency.code"), code, l.T("people.once"))}},
	})
}
