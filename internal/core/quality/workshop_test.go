package quality

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
)

// A workshop on disk holds its tables in a file, and leaves nothing behind.
func TestWorkshopOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "workshop")
	w, err := OpenWorkshop(t.Context(), &contract.Object{}, WorkshopOptions{Dir: dir, OnDisk: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.exec(t.Context(), "CREATE TABLE staged AS SELECT range AS n, 'dòng ' || range AS t FROM range(500000)"); err != nil {
		t.Error(err)
	}
	if n, err := w.number(t.Context(), "SELECT count(*) FROM staged WHERE t = 'dòng ' || n"); err != nil || n != 500_000 {
		t.Error(n, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "workshop.duckdb")); err != nil || info.Size() < 1<<20 {
		t.Error(info, err)
	}
	if err := w.exec(t.Context(), "ATTACH '"+filepath.Join(t.TempDir(), "x.duckdb")+"' AS x"); err == nil {
		t.Error("a workshop reaches other files")
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("the workshop is still there:", err)
	}
}
