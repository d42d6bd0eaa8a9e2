package identity_test

import (
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// TestEmail: an address counts once the code that went there has come back, for an
// hour, for this account and this address alone.
func TestEmail(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a := must(k.Add(ctx, admin, identity.NewAccount{Login: "camlv", Name: "Lê Văn Cam", Email: "cu@donvi.example"}))(t)
		b := must(k.Add(ctx, admin, identity.NewAccount{Login: "datnv", Name: "Nguyễn Văn Đạt"}))(t)
		email := func() string { t.Helper(); return must(k.Account(ctx, a.ID))(t).Email }
		for _, wrong := range []string{"", "không phải", "a@b"} {
			_, _, err := k.AskEmail(ctx, a, wrong)
			wants(t, err, "identity.email")
		}
		got, old, err := k.AskEmail(ctx, a, " moi@donvi.example ")
		if err != nil || got != "moi@donvi.example" {
			t.Fatal(got, err)
		}
		_, _, err = k.AskEmail(ctx, a, got)
		wants(t, err, "identity.email.wait")
		k.wait(2 * time.Minute)
		_, code, err := k.AskEmail(ctx, a, got)
		if err != nil {
			t.Fatal(err)
		}
		wants(t, k.ConfirmEmail(ctx, a, got, old), "identity.email.code")
		wants(t, k.ConfirmEmail(ctx, a, "khac@donvi.example", code), "identity.email.code")
		wants(t, k.ConfirmEmail(ctx, b, got, code), "identity.email.code")
		k.wait(time.Hour)
		wants(t, k.ConfirmEmail(ctx, a, got, code), "identity.email.code")
		if email() != "cu@donvi.example" {
			t.Error(email())
		}
		_, code, err = k.AskEmail(ctx, a, got)
		if err == nil {
			err = k.ConfirmEmail(ctx, a, got, code)
		}
		if err != nil || email() != got {
			t.Error(email(), err)
		}
		if err := k.DropEmail(ctx, a); err != nil || email() != "" {
			t.Error(email(), err)
		}
	})
}

// TestGrantedIn: who was given a role themselves, and the accounts of a person, are
// read inside a transaction.
func TestGrantedIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		a := must(k.Add(ctx, admin, identity.NewAccount{Login: "camlv", Name: "Lê Văn Cam", OrgID: "xa-an", PersonID: "p-1"}))(t)
		b := must(k.Add(ctx, admin, identity.NewAccount{Login: "datnv", Name: "Nguyễn Văn Đạt"}))(t)
		must(k.Grant(ctx, admin, identity.Grant{Account: a.ID, Role: policy.RoleSteward, Org: "xa-an"}))(t)
		must(k.Grant(ctx, admin, identity.Grant{Account: b.ID, Role: policy.RoleSteward, From: k.clock().AddDate(0, 0, 2).Format(time.DateOnly)}))(t)
		err := s.Control().Write(ctx, func(tx *store.Tx) error {
			got, err := k.GrantedIn(ctx, tx, policy.RoleSteward)
			if err != nil || len(got) != 1 || got[0].ID != a.ID || got[0].Where != "xa-an" {
				t.Errorf("%+v %v", got, err)
			}
			own, err := k.OfPersonIn(ctx, tx, "p-1")
			if err != nil || len(own) != 1 || own[0].Login != "camlv" {
				t.Errorf("%+v %v", own, err)
			}
			none, err := k.OfPersonIn(ctx, tx, "")
			if len(none) != 0 {
				t.Errorf("of nobody: %+v", none)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
