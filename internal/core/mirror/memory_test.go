package mirror

import (
	"testing"

	"github.com/phohien/phohien/internal/foundation/columns"
)

// While a load adds rows and nobody else uses the file, the file holds little;
// whoever comes finds its own limit again.
func TestNarrow(t *testing.T) {
	ctx := t.Context()
	m, err := Open(ctx, columns.Options{Path: t.TempDir() + "/mirror.duckdb", TempDir: t.TempDir(), MemoryLimit: 512 << 20, Threads: 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	lend := func() *columns.Conn {
		t.Helper()
		c, err := m.conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := lend()
	limit := func(want string) {
		t.Helper()
		var got string
		if err := c.Row(ctx, "SELECT current_setting('memory_limit')").Scan(&got); err != nil || got != want {
			t.Errorf("the limit is %s, want %s, %v", got, want, err)
		}
	}
	m.narrow(ctx, c, 16)
	limit("24.0 MiB")
	reader := lend()
	limit("512.0 MiB")
	m.narrow(ctx, c, 16) // somebody reads
	limit("512.0 MiB")
	if err := m.give(reader); err != nil {
		t.Error(err)
	}
	m.narrow(ctx, c, 16)
	limit("24.0 MiB")
	if err := m.widen(ctx, c); err != nil {
		t.Error(err)
	}
	limit("512.0 MiB")
	if err := m.give(c); err != nil {
		t.Error(err)
	}
}
