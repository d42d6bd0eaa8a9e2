// Package quality says what is wrong with data: it compiles a contract into
// standardising and rules and runs both over a file in one pass, in a workshop
// of its own. The steps are Stage (read, split, standardise), Judge (all rules),
// Classify (compare with what is there); the readers that follow are what
// record.Apply writes.
package quality

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/columns"
)

// A Workshop is the place of one batch alone: a DuckDB instance of its own, in
// memory or in a file, with a folder to spill into, shut off from files, network
// and settings before any rule runs. Its tables:
//
//	staged    the file: _n, _line, the object's fields, _hash, _fix, _was, and the broken rules as bits _m0, _m1, …
//	existing  the current rows' keys, hashes and flags
//	codes_i   the codes that rule i needs; ref_i the values that rule i needs
//	twins     keys that stand more than once in the file
//	verdict   for rows that break a rule: _n and the broken rules as bits
//	moves     for accepted rows: what becomes of each (Action)
//	inserts   on disk: rows to insert, where they do not lie in their order
type Workshop struct {
	db      *columns.DB
	conn    *columns.Conn
	dir     string
	object  *contract.Object
	sorted  bool // staged lies in the order of its key, without duplicates
	compare bool // existing holds rows
	repeats bool // some key may stand more than once in the file
	light   bool // staged keeps only what judging needs
	twins   bool // some key stands more than once in the file
	slip    bool // rows of the file name open lines: closings(_n, id)
	open    bool // open_lines holds some
	onDisk  bool
	threads int
	long    bool      // rows are long: what they need is not reckoned beforehand
	lay     sync.Once // see laid
	laying  error
}

// Limits of a workshop.
type WorkshopOptions struct {
	Dir         string // folder for what is spilled and kept, made and removed by the workshop
	MemoryLimit int64  // bytes; 0 = DuckDB's default
	Threads     int    // 0 = all
	// OnDisk keeps the tables in a file in Dir, packed, which is a little slower
	// than memory and takes a fifth of it. An object with sealed columns is never
	// put on a disk, nor spilled.
	OnDisk bool
}

// OpenWorkshop makes an empty workshop and shuts it off.
func OpenWorkshop(ctx context.Context, o *contract.Object, opts WorkshopOptions) (*Workshop, error) {
	if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("workshop: %w", err)
	}
	options := columns.Options{TempDir: filepath.Join(opts.Dir, "spill"), MemoryLimit: opts.MemoryLimit, Threads: opts.Threads}
	switch {
	case o.Sealed(): // values in clear stay in memory
		options.TempDir = ""
	case opts.OnDisk:
		options.Path = filepath.Join(opts.Dir, "workshop.duckdb")
	}
	db, err := columns.Open(ctx, options)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("workshop: %w", err), os.RemoveAll(opts.Dir))
	}
	w := &Workshop{db: db, dir: opts.Dir, object: o, onDisk: options.Path != "", threads: opts.Threads}
	if err := db.Lock(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("workshop: %w", err), w.Close())
	}
	if w.conn, err = db.Conn(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("workshop: %w", err), w.Close())
	}
	return w, nil
}

// Close ends the workshop and removes what it spilled.
func (w *Workshop) Close() error {
	var errs []error
	if w.conn != nil {
		errs = append(errs, w.conn.Close())
	}
	return errors.Join(append(errs, w.db.Close(), os.RemoveAll(w.dir))...)
}

// Fill makes a table and puts the rows of rr into it. It does not release rr.
func (w *Workshop) Fill(ctx context.Context, table string, rr array.RecordReader) (int64, error) {
	t := columns.Table{Name: table}
	ddl, err := columns.CreateTable(t, rr.Schema())
	if err != nil {
		return 0, err
	}
	if _, err := w.conn.Exec(ctx, ddl); err != nil {
		return 0, fmt.Errorf("workshop: %w", err)
	}
	return w.conn.Append(ctx, rr, t)
}

// Stage reads the file into the workshop, running the rules about single rows
// as the rows come in. What they need from outside must be there. Light keeps
// only rows that break a rule, and the values of unique columns: enough to judge
// a file in which keys and unique values stand once each, not to store it. Of any
// other Judge answers ErrTwins.
func (w *Workshop) Stage(ctx context.Context, p *Program, s *Stage, light bool) error {
	if err := w.guard(ctx, p); err != nil {
		return err
	}
	kept, where := p.kept(light)
	if len(p.Needs()) == 0 { // else tables are looked up as rows come in
		w.narrow(ctx, p)
	}
	rows := &watched{RecordReader: s, long: func() { w.long, s.err = true, errors.Join(s.err, w.widen(ctx)) }}
	_, err := w.conn.CreateAs(ctx, rows, columns.Table{Name: "staged"}, columns.Query{Lists: []string{"*, " + strings.Join(p.pass(), ", "), kept}, Where: where})
	w.sorted, w.light, w.repeats = s.Sorted, light, s.MayRepeat()
	if err == nil {
		err = w.widen(ctx)
	}
	if err == nil && s.Err() == nil && len(s.Closes) > 0 {
		err = w.closings(ctx, s.Closes)
	}
	if s.Err() != nil { // DuckDB would tell of it in words of its own
		return s.Err()
	}
	if err == nil && w.repeats && s.Same > 0 {
		return ErrTwins
	}
	return err
}

// narrow lets a workshop on disk keep no more blocks in memory than rows need
// that come or go in their order, until widen: nothing may be sorted or joined
// meanwhile.
func (w *Workshop) narrow(ctx context.Context, p *Program) {
	if w.onDisk && !w.long {
		// When it cannot be had the limit stays as it was, which does no harm.
		_ = w.db.Limit(ctx, columns.StreamLimit(len(p.streamFields()), w.threads))
	}
}

// watched tells once that long rows come through it, before they go on.
type watched struct {
	array.RecordReader
	long func()
}

func (r *watched) Next() bool {
	if !r.RecordReader.Next() {
		return false
	}
	if r.long != nil && columns.Long(r.RecordBatch()) {
		r.long()
		r.long = nil
	}
	return true
}

func (w *Workshop) widen(ctx context.Context) error {
	if !w.onDisk {
		return nil
	}
	return w.db.Limit(ctx, 0)
}

// kept writes which values stay in the workshop, and of which rows.
func (p *Program) kept(light bool) (list, where string) {
	var words, some, out []string
	for i := range p.words() {
		words = append(words, "_m"+strconv.Itoa(i))
		some = append(some, words[i]+" <> 0")
	}
	whole := map[string]bool{"_n": true}
	for i := range p.Rules {
		if p.Rules[i].Kind == contract.RuleUnique {
			for _, c := range p.Rules[i].Columns {
				whole[p.Object.Columns[c].Fields(c)[0].Name] = true
			}
		}
	}
	broken := strings.Join(some, " OR ")
	unique := len(whole) > 1
	for _, f := range p.streamFields() {
		name := quote(f.Name)
		switch {
		case f.Column < 0 && f.Name[0] == 't': // is part of m now
		case light && unique && !whole[f.Name]:
			out = append(out, "CASE WHEN "+broken+" THEN "+name+" END AS "+name)
		default:
			out = append(out, name)
		}
	}
	if light && !unique {
		where = broken
	}
	return strings.Join(append(out, words...), ", "), where
}

// Existing hands in the current rows: key fields, _hash, _flags and whatever
// else the object's rules compare with. They are read only once.
func (w *Workshop) Existing(ctx context.Context, rr array.RecordReader) error {
	n, err := w.Fill(ctx, "existing", rr)
	w.compare = n > 0
	return err
}

// number runs a query for one whole number.
func (w *Workshop) number(ctx context.Context, query string, args ...any) (n int64, err error) {
	if err := w.conn.Row(ctx, query, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("workshop: %w", err)
	}
	return n, nil
}

func (w *Workshop) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := w.conn.Exec(ctx, s); err != nil {
			return fmt.Errorf("workshop: %w", err)
		}
	}
	return nil
}

// stream opens a reader on a connection of its own, so that several can run
// beside each other; releasing the reader closes it.
func (w *Workshop) stream(ctx context.Context, fields []contract.Field, query string) (array.RecordReader, error) {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	rr, err := conn.ArrowAs(ctx, contract.ArrowSchema(fields), query)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("workshop: %w", err), conn.Close())
	}
	return &owned{RecordReader: rr, conn: conn}, nil
}

// owned closes the connection with its reader.
type owned struct {
	array.RecordReader
	conn *columns.Conn
}

func (o *owned) Retain() {} // one owner
func (o *owned) Release() {
	o.RecordReader.Release()
	_ = o.conn.Close() // nothing was written over it
}

func quote(name string) string { return columns.QuoteIdent(name) }

// list writes quoted names, each behind a prefix like "s.".
func list(prefix string, fields []contract.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = prefix + quote(f.Name)
	}
	return strings.Join(names, ", ")
}

// equal writes a.k = b.k for all fields.
func equal(a, b string, fields []contract.Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = a + "." + quote(f.Name) + " = " + b + "." + quote(f.Name)
	}
	return strings.Join(parts, " AND ")
}

// present writes that no field is null.
func present(prefix string, fields []contract.Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = prefix + quote(f.Name) + " IS NOT NULL"
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}

func quoteText(text string) string { return columns.QuoteText(text) }
