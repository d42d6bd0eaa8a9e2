package contract_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// TestFor: a register is found by what a contract says, whatever its id; one data
// set keeps each.
func TestFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		contracts := contract.NewStore(s.Control())
		put := func(id, register string) error {
			t.Helper()
			text := contractWith("", "", "logicalType: number")
			if register != "" {
				text = contractWith("customProperties: [{property: phohien.register, value: "+register+"}]", "", "logicalType: number")
			}
			_, _, err := contracts.Put(ctx, clerk, read(t, strings.Replace(text, "id: thu", "id: "+id, 1)), "")
			return err
		}
		of := func(register string) string {
			c, err := contracts.For(ctx, register)
			if fault.Is(err, "dataset.unknown") {
				return ""
			}
			if err != nil {
				t.Fatal(err)
			}
			return c.ID
		}
		if got := of(contract.RegisterSystems); got != "" {
			t.Errorf("kept in %s", got)
		}
		if err := put("so-b", "systems"); err != nil {
			t.Fatal(err)
		}
		if got := of(contract.RegisterSystems); got != "so-b" {
			t.Errorf("kept in %q", got)
		}
		if err := put("so-a", "systems"); !fault.Is(err, "contract.register-taken") {
			t.Errorf("a second one: %v", err)
		}
		if err := put("so-a", "process"); err != nil || of(contract.RegisterProcess) != "so-a" {
			t.Error(err)
		}
		if err := put("so-b", ""); err != nil || of(contract.RegisterSystems) != "" {
			t.Errorf("it says so no more: %v", err)
		}
		if err := put("so-a", "systems"); err != nil || of(contract.RegisterSystems) != "so-a" || of(contract.RegisterProcess) != "" {
			t.Errorf("another one takes it over: %v", err)
		}
		if err := put("so-c", "khac"); fault.KindOf(err) != fault.Invalid {
			t.Errorf("no such register: %v", err)
		}
	})
}
