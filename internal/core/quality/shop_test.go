package quality

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/odcs"
)

// object resolves the only object of a contract whose schema is given.
func object(t testing.TB, schema string) *contract.Object {
	t.Helper()
	doc, err := odcs.Read([]byte("apiVersion: v3.1.0\nkind: DataContract\nid: thu\nversion: 1.0.0\nstatus: active\nschema:\n" + schema))
	if err != nil {
		t.Fatal(err)
	}
	c, findings := contract.Resolve(doc, contract.Options{})
	if contract.Broken(findings) {
		t.Fatalf("%+v", findings)
	}
	return c.Objects[0]
}

// A table is rows for Fill: the fields, then the values as text, "" = null.
type table struct {
	fields []contract.Field
	rows   [][]string
}

func (b table) reader(t testing.TB) array.RecordReader {
	t.Helper()
	schema := contract.ArrowSchema(b.fields)
	rb := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer rb.Release()
	for _, row := range b.rows {
		for i, v := range row {
			if v == "" {
				rb.Field(i).AppendNull()
			} else if err := rb.Field(i).AppendValueFromString(v); err != nil {
				t.Fatal(err)
			}
		}
	}
	rec := rb.NewRecordBatch()
	defer rec.Release()
	rr, err := array.NewRecordReader(schema, []arrow.RecordBatch{rec})
	if err != nil {
		t.Fatal(err)
	}
	return rr
}

// A bench is a file judged in a workshop.
type bench struct {
	*Workshop
	p *Program
	s *Stage
	v *Verdict

	ended bool
}

// end closes the workshop; the test's end does it too.
func (b *bench) end() error {
	if b.ended {
		return nil
	}
	b.ended = true
	if b.s != nil {
		b.s.Release()
	}
	return b.Close()
}

type benchOptions struct {
	needs    map[string]table // by rule
	existing *table
	mode     contract.Mode
	checked  bool // a check alone: not hashed, light
	units    Resolver
}

func judge(t testing.TB, o *contract.Object, file string, opts benchOptions) *bench {
	t.Helper()
	b, err := tryJudge(t, o, file, opts)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tryJudge(t testing.TB, o *contract.Object, file string, opts benchOptions) (*bench, error) {
	t.Helper()
	ctx := t.Context()
	src, err := ingest.OpenCSV(strings.NewReader(file), ingest.DefaultLimits)
	if err != nil {
		return nil, err
	}
	m, err := MapHeader(o, src.Header())
	if err != nil {
		return nil, err
	}
	b := &bench{}
	if b.p, err = Compile(o); err != nil {
		return nil, err
	}
	b.p.Units = opts.units
	if b.Workshop, err = OpenWorkshop(ctx, o, WorkshopOptions{Dir: filepath.Join(t.TempDir(), "shop"), Threads: 2}); err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if err := b.end(); err != nil {
			t.Error(err)
		}
	})
	for _, n := range b.p.Needs() {
		given, ok := opts.needs[b.p.Rules[n.Rule].ID]
		if !ok {
			t.Fatalf("rule %s needs a table", b.p.Rules[n.Rule].ID)
		}
		rr := given.reader(t)
		_, err := b.Fill(ctx, n.Table, rr)
		rr.Release()
		if err != nil {
			return nil, err
		}
	}
	b.s = NewStage(ctx, b.p, src, m, !opts.checked)
	if err := b.Stage(ctx, b.p, b.s, opts.checked); err != nil {
		return nil, err
	}
	if opts.existing != nil {
		rr := opts.existing.reader(t)
		err := b.Existing(ctx, rr)
		rr.Release()
		if err != nil {
			return nil, err
		}
	}
	if opts.mode == "" {
		opts.mode = o.Mode
	}
	b.v, err = b.Judge(ctx, b.p, opts.mode)
	return b, err
}

// broken lists the broken rules with the places (among the data rows, from 1)
// of the rows that break them: "so.range 2 3".
func (b *bench) broken(t testing.TB) string {
	t.Helper()
	var out []string
	for i := range b.p.Rules {
		if b.v.Broken[i] == 0 {
			continue
		}
		rows, err := b.conn.Query(t.Context(), fmt.Sprintf("SELECT _n FROM verdict WHERE %s & %s <> 0 ORDER BY 1", word(i), bit(i)))
		if err != nil {
			t.Fatal(err)
		}
		text, n := b.p.Rules[i].ID, int64(0)
		for rows.Next() {
			var at int64
			if err := rows.Scan(&at); err != nil {
				t.Fatal(err)
			}
			text += fmt.Sprint(" ", at)
			n++
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if n != b.v.Broken[i] {
			t.Errorf("%s: %d rows counted, %d marked", b.p.Rules[i].ID, b.v.Broken[i], n)
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// lineSchema is record.QuarantineSchema, which this package must not import.
var lineSchema = arrow.NewSchema([]arrow.Field{
	{Name: "line", Type: arrow.PrimitiveTypes.Int64},
	{Name: "key", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "raw", Type: arrow.BinaryTypes.String},
	{Name: "faults", Type: arrow.BinaryTypes.String},
}, nil)

type line struct {
	line   int64
	key    string
	raw    []string
	faults string
}

func (b *bench) lines(t testing.TB) []line {
	t.Helper()
	rr, err := b.Lines(t.Context(), b.p, b.v, lineSchema)
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	var out []line
	for rr.Next() {
		rec := rr.RecordBatch()
		text := func(c, i int) string { return strings.Clone(rec.Column(c).(*array.String).Value(i)) }
		for i := range int(rec.NumRows()) {
			l := line{line: rec.Column(0).(*array.Int64).Value(i), key: text(1, i), faults: text(3, i)}
			if err := json.Unmarshal([]byte(text(2, i)), &l.raw); err != nil {
				t.Fatalf("%s: %v", text(2, i), err)
			}
			out = append(out, l)
		}
	}
	if err := rr.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// csvOf writes records as a file.
func csvOf(records ...[]string) string {
	var b strings.Builder
	for _, r := range records {
		for i, c := range r {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
