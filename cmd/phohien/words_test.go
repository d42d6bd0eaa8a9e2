package main

import (
	"testing"

	"github.com/phohien/phohien/internal/app"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/ingest/intake"
	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
)

// TestWords: words whose key is put together have a sentence too.
func TestWords(t *testing.T) {
	var keys []string
	for _, s := range []corridor.State{
		corridor.Received, corridor.Staged, corridor.Checked, corridor.Applying, corridor.Applied, corridor.Mirrored,
		corridor.Scored, corridor.Held, corridor.Failed, corridor.Cancelled, corridor.Interrupted, corridor.Undone,
	} {
		keys = append(keys, "state."+string(s))
	}
	for _, a := range []pack.Action{pack.Added, pack.Changed, pack.Same, pack.Removed} {
		keys = append(keys, "pack.action."+string(a))
	}
	for _, o := range []app.Origin{app.FromFlag, app.FromEnvironment, app.FromFile, app.FromDefault} {
		keys = append(keys, "cmd.doctor.origin."+string(o))
	}
	for _, r := range layout.RowRoles {
		keys = append(keys, "layout.row."+string(r))
	}
	keys = append(keys, "reading.kind."+string(intake.CSV), "reading.kind."+string(intake.XLSX))
	keys = append(keys, "pack.kind.DataContract", "pack.kind.CodeList", "cmd.doctor.use.truth", "cmd.doctor.use.mirror")
	for _, key := range keys {
		for _, l := range locale.Languages() {
			if !l.Has(key) {
				t.Errorf("%s: %s has no sentence", l, key)
			}
		}
	}
}
