package quality

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/columns"
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

// On disk a large file holds little memory while it is read and given, wide as
// it may be, and in any order.
func TestWorkshopOnDiskHoldsLittle(t *testing.T) {
	for _, c := range []struct {
		name         string
		fields, rows int
		sorted       bool
		bad, twins   int // of the rows: some without a value that is required, some that stand twice
	}{{"long", 3, 200_000, true, 0, 0}, {"wide", 150, 20_000, true, 0, 0}, {"unsorted", 3, 200_000, false, 0, 0}, {"few bad", 3, 200_000, true, 7, 0}, {"twins", 3, 200_000, false, 0, 5}} {
		t.Run(c.name, func(t *testing.T) {
			var schema, file strings.Builder
			schema.WriteString("- name: o\n  properties:\n  - {name: c0, logicalType: integer, primaryKey: true}\n")
			file.WriteString("c0")
			for f := 1; f < c.fields; f++ {
				fmt.Fprintf(&schema, "  - {name: c%d, logicalType: string, required: true}\n", f)
				fmt.Fprintf(&file, ",c%d", f)
			}
			for r := range c.rows {
				if c.sorted {
					fmt.Fprintf(&file, "\n%d", r)
				} else {
					fmt.Fprintf(&file, "\n%d", (r*7919)%c.rows) // a prime that does not divide it: every key once
				}
				for f := 1; f < c.fields; f++ {
					fmt.Fprintf(&file, ",dòng %d", f)
				}
			}
			for r := range c.bad {
				fmt.Fprintf(&file, "\n%d%s", c.rows+r, strings.Repeat(",", c.fields-1))
			}
			for r := range c.twins {
				fmt.Fprintf(&file, "\n%d", r)
				for f := 1; f < c.fields; f++ {
					fmt.Fprintf(&file, ",dòng %d", f)
				}
			}
			b := onDisk(t, object(t, schema.String()), file.String())
			limit := columns.StreamLimit(len(b.p.streamFields()), 2)
			if n := b.held(t); n > limit {
				t.Errorf("%d bytes are held after reading, %d allowed", n, limit)
			}
			m, err := b.Classify(t.Context(), b.p, b.s, b.v, contract.Merge, false)
			if err != nil || b.sorted != c.sorted || m.Inserted != int64(c.rows) {
				t.Fatal(m, b.sorted, err)
			}
			rr, err := b.Inserts(t.Context(), b.p, m)
			if err != nil {
				t.Fatal(err)
			}
			defer rr.Release()
			last := int64(-1)
			for rr.Next() {
				for _, k := range rr.RecordBatch().Column(0).(interface{ Int64Values() []int64 }).Int64Values() {
					if k != last+1 {
						t.Fatalf("key %d comes after %d", k, last)
					}
					last = k
				}
			}
			if rr.Err() != nil || last != int64(c.rows)-1 {
				t.Error(last, rr.Err())
			}
			if n := b.held(t); n > limit {
				t.Errorf("%d bytes are held after giving, %d allowed", n, limit)
			}
		})
	}
}

// Texts as long as pages take what they need: a limit that is low for usual rows
// would end the load.
func TestWorkshopOnDiskLongTexts(t *testing.T) {
	const rows = 5_000
	var file strings.Builder
	file.WriteString("c0,c1")
	for r := range rows {
		fmt.Fprintf(&file, "\n%d,", (r*7919)%rows)
		for n := range 250 { // 16 kB that cannot be packed
			fmt.Fprintf(&file, "%x", sha256.Sum256([]byte{byte(r), byte(r >> 8), byte(n)}))
		}
	}
	b := onDisk(t, object(t, "- name: o\n  properties:\n  - {name: c0, logicalType: integer, primaryKey: true}\n  - {name: c1, logicalType: string, required: true}\n"), file.String())
	m, err := b.Classify(t.Context(), b.p, b.s, b.v, contract.Merge, false)
	if err != nil || m.Inserted != rows {
		t.Fatal(m, err)
	}
	rr, err := b.Inserts(t.Context(), b.p, m)
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	var n int64
	for rr.Next() {
		n += rr.RecordBatch().NumRows()
	}
	if n != rows || rr.Err() != nil {
		t.Error(n, rr.Err())
	}
}

// onDisk is judge in a workshop on disk.
func onDisk(t *testing.T, o *contract.Object, file string) *bench {
	t.Helper()
	ctx := t.Context()
	src, err := ingest.OpenCSV(strings.NewReader(file), ingest.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	m, err := MapHeader(o, src.Header())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{}
	if b.p, err = Compile(o); err != nil {
		t.Fatal(err)
	}
	if b.Workshop, err = OpenWorkshop(ctx, o, WorkshopOptions{Dir: filepath.Join(t.TempDir(), "shop"), Threads: 2, MemoryLimit: 1 << 30, OnDisk: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.end(); err != nil {
			t.Error(err)
		}
	})
	b.s = NewStage(ctx, b.p, src, m, true)
	if err := b.Stage(ctx, b.p, b.s, false); err != nil {
		t.Fatal(err)
	}
	if b.v, err = b.Judge(ctx, b.p, contract.Merge); err != nil {
		t.Fatal(err)
	}
	return b
}

// held is how many bytes the workshop's DuckDB holds.
func (b *bench) held(t *testing.T) int64 {
	t.Helper()
	n, err := b.number(t.Context(), "SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()")
	if err != nil {
		t.Fatal(err)
	}
	return n
}
