//go:build duckdb_arrow

package columns_test

import (
	"testing"

	"github.com/phohien/phohien/internal/foundation/columns"
)

// held is how many bytes an instance holds.
func held(t *testing.T, c *columns.Conn) (n int64) {
	t.Helper()
	if err := c.Row(t.Context(), "SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// The limit of memory, and nothing else, can be changed when the instance is
// locked; a lower one lets go of blocks that lie in the file.
func TestLimit(t *testing.T) {
	db := open(t, columns.Options{Path: t.TempDir() + "/t.duckdb", TempDir: t.TempDir(), MemoryLimit: 256 << 20, Threads: 2})
	if err := db.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := conn(t, db)
	run(t, c, "CREATE TABLE t AS SELECT hash(range) AS a, hash(-range) AS b FROM range(3000000)")
	limit := func(n int64) {
		t.Helper()
		if err := db.Limit(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if before := held(t, c); before < 40<<20 {
		t.Fatalf("only %d bytes are held: the test shows nothing", before)
	}
	small := columns.StreamLimit(2, 2)
	limit(small)
	if now := held(t, c); now > small {
		t.Errorf("%d bytes are held under a limit of %d", now, small)
	}
	run(t, c, "CREATE TABLE u AS FROM t")
	if now := held(t, c); now > small {
		t.Errorf("%d bytes are held after writing under a limit of %d", now, small)
	}
	// Another connection, and more than it was opened with: as much as that.
	limit(1 << 40)
	var text string
	if err := conn(t, db).Row(t.Context(), "SELECT current_setting('memory_limit')").Scan(&text); err != nil || text != "256.0 MiB" {
		t.Error(text, err)
	}
	limit(0)
	run(t, c, "CREATE TABLE s AS FROM t ORDER BY a") // spills
	if _, err := c.Exec(t.Context(), "SET GLOBAL allowed_configs = ['threads']"); err == nil {
		t.Error("a locked instance takes settings")
	}
	// One that was opened without a limit has its whole memory again.
	free := open(t, columns.Options{Threads: 1})
	for _, n := range []int64{columns.StreamLimit(2, 1), 0} {
		if err := free.Limit(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	run(t, conn(t, free), "CREATE TABLE t AS SELECT hash(range) AS a, hash(-range) AS b FROM range(3000000)")
}
