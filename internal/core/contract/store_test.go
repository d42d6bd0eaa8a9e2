package contract_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		contracts := contract.NewStore(s.Control())
		put := func(text string) *contract.Contract {
			t.Helper()
			c, _, err := contracts.Put(ctx, clerk, read(t, text), "")
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		a := contractWith("", "", "logicalType: number")
		b := strings.Replace(a, "version: 1.0.0", "version: 1.1.0", 1)
		first := put(a)
		put(a)
		if v, err := contracts.Versions(ctx, "thu"); err != nil || len(v) != 1 || v[0].State != "current" || v[0].InstalledBy != clerk.ID {
			t.Fatalf("after the same document twice: %+v %v", v, err)
		}
		put(b)
		now, err := contracts.Current(ctx, "thu")
		if err != nil || now.Version != "1.1.0" {
			t.Fatalf("current %+v %v", now, err)
		}
		old, err := contracts.Version(ctx, "thu", first.Digest)
		if err != nil || old.Version != "1.0.0" {
			t.Fatalf("first version %+v %v", old, err)
		}
		if text, err := contracts.Document(ctx, "thu", first.Digest); err != nil || string(text) != a {
			t.Errorf("the document has changed: %v", err)
		}
		put(a) // A, B, A ends in A
		if now, err = contracts.Current(ctx, "thu"); err != nil || now.Digest != first.Digest {
			t.Errorf("after A, B, A: %v %v", now.Version, err)
		}
		if v, err := contracts.Versions(ctx, "thu"); err != nil || len(v) != 2 {
			t.Errorf("versions %+v %v", v, err)
		}

		put(strings.Replace(a, "id: thu\n", "id: mot\n", 1))
		page, err := contracts.List(ctx, "", 1)
		if err != nil || len(page) != 1 || page[0].ID != "mot" {
			t.Fatalf("first page %v %v", page, err)
		}
		if page, err = contracts.List(ctx, page[0].ID, 10); err != nil || len(page) != 1 || page[0].ID != "thu" {
			t.Fatalf("second page %v %v", page, err)
		}

		if err := contracts.Remove(ctx, clerk, "thu"); err != nil {
			t.Fatal(err)
		}
		if now, err = contracts.Current(ctx, "thu"); err != nil || !now.Retired {
			t.Errorf("after removal: %v %v", now, err)
		}
		put(a)
		if now, err = contracts.Current(ctx, "thu"); err != nil || now.Retired {
			t.Errorf("installed again: %v %v", now, err)
		}
		_, err = contracts.Current(ctx, "khong-co")
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("an unknown data set: %v", err)
		}
		if fault.KindOf(contracts.Remove(ctx, clerk, "khong-co")) != fault.NotFound {
			t.Error("removing an unknown data set")
		}
		_, findings, err := contracts.Put(ctx, clerk, read(t, strings.Replace(a, "id: thu", "id: Không Được", 1)), "")
		var refused *contract.Refused
		if !errors.As(err, &refused) || fault.KindOf(err) != fault.Invalid || len(findings) == 0 {
			t.Errorf("a broken contract: %v", err)
		}
	})
}
