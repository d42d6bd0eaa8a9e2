//go:build duckdb_arrow

// Package parquet reads Parquet files with the DuckDB that is in the program,
// in an instance of its own that can reach this one file and nothing else.
// Every column becomes text in the spellings of ingest.Grid: exact decimals,
// moments with a zone in the time of Việt Nam, lists and structures as JSON,
// geometry of GeoParquet as WKT.
package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ErrNotParquet is in the chain of the fault for a file without Parquet's mark.
var ErrNotParquet = errors.New("not Parquet")

// What one file may use of the machine while it is read.
const (
	memory  = 512 << 20
	threads = 2
)

// A book is a Parquet file.
type book struct {
	ctx      context.Context
	limits   ingest.Limits
	size     int64
	name     string // as SQL
	copied   string // the file's copy, to be removed
	db       *columns.DB
	table    ingest.Table
	columns  []column
	rows     int64
	findings []ingest.Finding

	mu    sync.Mutex
	grids []*grid // being read
}

// Open reads a file's footer.
func Open(ctx context.Context, f ingest.File) (ingest.Book, error) {
	if f.Size > f.Limits.Bytes {
		return nil, fault.New(fault.TooLarge, "file.too-large", f.Limits.Bytes)
	}
	if err := marks(f); err != nil {
		return nil, err
	}
	b := &book{ctx: ctx, limits: f.Limits, size: f.Size}
	if err := b.open(f); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// marks looks at the file's first and last bytes.
func marks(f ingest.File) error {
	var head, tail [4]byte
	if f.Size < 12 {
		return fault.New(fault.Invalid, "file.parquet.not").Because(ErrNotParquet)
	}
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return fmt.Errorf("reading the file: %w", err)
	}
	if _, err := f.ReadAt(tail[:], f.Size-4); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the file: %w", err)
	}
	switch {
	case string(head[:]) == "PARE" || string(tail[:]) == "PARE":
		return fault.New(fault.Invalid, "file.parquet.encrypted")
	case string(head[:]) != "PAR1":
		return fault.New(fault.Invalid, "file.parquet.not").Because(ErrNotParquet)
	case string(tail[:]) != "PAR1":
		return fault.New(fault.Invalid, "file.parquet.truncated")
	}
	return nil
}

func (b *book) open(f ingest.File) error {
	path, err := b.path(f)
	if err != nil {
		return err
	}
	b.name = columns.QuoteText(path)
	b.db, err = columns.Open(b.ctx, columns.Options{MemoryLimit: memory, Threads: threads})
	if err != nil {
		return err
	}
	c, err := b.db.Conn(b.ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Exec(b.ctx, "SET GLOBAL allowed_paths = ["+b.name+"]"); err != nil {
		return err
	}
	if err := b.db.Lock(b.ctx); err != nil {
		return err
	}
	return b.describe(c)
}

// path is where the file lies; what lies nowhere, or under a name that DuckDB
// reads as a pattern, is copied.
func (b *book) path(f ingest.File) (string, error) {
	if file, ok := f.ReaderAt.(*os.File); ok {
		path, err := filepath.Abs(file.Name())
		there, errThere := os.Stat(path)
		same, errSame := file.Stat()
		if err == nil && errThere == nil && errSame == nil && os.SameFile(there, same) && same.Size() == f.Size &&
			!strings.ContainsAny(path, "*?[]{}\\#:") {
			return path, nil
		}
	}
	file, err := os.CreateTemp(f.Temp, "*.parquet")
	if err != nil {
		return "", err
	}
	b.copied = file.Name()
	_, err = io.Copy(file, f.All())
	if err := errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	return filepath.Abs(b.copied)
}

// describe finds the columns and counts the rows.
func (b *book) describe(c *columns.Conn) error {
	err := c.Row(b.ctx, "SELECT CAST(sum(num_rows) AS BIGINT) FROM parquet_file_metadata("+b.name+")").Scan(&b.rows)
	if err != nil {
		return b.cause(err)
	}
	if b.rows < 0 {
		return fault.New(fault.Invalid, "file.parquet.damaged")
	}
	if b.rows > b.limits.Rows {
		return fault.New(fault.TooLarge, "file.parquet.too-many-rows", b.rows, b.limits.Rows)
	}
	rows, err := c.Query(b.ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+b.source()+")")
	if err != nil {
		return b.cause(err)
	}
	defer rows.Close()
	var omitted []string
	n := 0
	for ; rows.Next(); n++ {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return err
		}
		col := columnOf(name, kind)
		if col.binary {
			omitted = append(omitted, name)
			continue
		}
		b.columns = append(b.columns, col)
		b.table.Header = append(b.table.Header, name)
	}
	if err := rows.Err(); err != nil {
		return b.cause(err)
	}
	if n > b.limits.Columns {
		return fault.New(fault.TooLarge, "file.too-many-columns", n, b.limits.Columns)
	}
	if len(b.columns) == 0 {
		return fault.New(fault.Invalid, "file.parquet.no-columns")
	}
	if len(omitted) > 0 {
		b.findings = append(b.findings, ingest.Finding{Key: "file.parquet.binary", Args: []any{strings.Join(omitted, ", ")}})
	}
	return nil
}

// source is the file's rows, as SQL. What its path looks like is no column.
func (b *book) source() string { return "read_parquet(" + b.name + ", hive_partitioning := false)" }

// cause turns what DuckDB says of the file into a fault; a context's end stays.
func (b *book) cause(err error) error {
	if b.ctx.Err() != nil {
		return err
	}
	if strings.Contains(err.Error(), "Out of Memory") {
		return fault.New(fault.TooLarge, "file.parquet.memory").Because(err)
	}
	return fault.New(fault.Invalid, "file.parquet.damaged").Because(err)
}

// Tables implements ingest.Book.
func (b *book) Tables() []ingest.Table { return []ingest.Table{b.table} }

// Findings implements ingest.Book.
func (b *book) Findings() []ingest.Finding {
	return slices.Clone(b.findings)
}

// Close implements ingest.Book. Grids that are still being read end with it.
func (b *book) Close() error {
	b.mu.Lock()
	grids := b.grids
	b.grids = nil
	b.mu.Unlock()
	var errs []error
	for _, g := range grids {
		errs = append(errs, g.end())
	}
	if b.db != nil {
		errs = append(errs, b.db.Close())
		b.db = nil
	}
	if b.copied != "" {
		errs = append(errs, os.Remove(b.copied))
		b.copied = ""
	}
	return errors.Join(errs...)
}
