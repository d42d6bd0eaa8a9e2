package bulk

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/phohien/phohien/internal/foundation/jsontext"
)

// PostgreSQL counts days and microseconds from 2000-01-01.
const (
	pgEpochDays   = 10957
	pgEpochMicros = pgEpochDays * 86400 * 1_000_000
)

// raw lends the driver's own connection to f.
func raw(conn *sql.Conn, f func(*pgx.Conn) error) error {
	return conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("bulk: %T is not a PostgreSQL connection", driver)
		}
		return f(c.Conn())
	})
}

func insertPostgres(ctx context.Context, conn *sql.Conn, table string, rr array.RecordReader) (int64, error) {
	var total int64
	err := raw(conn, func(c *pgx.Conn) error {
		types, err := targetTypes(ctx, c, table)
		if err != nil {
			return err
		}
		w := &copyWriter{rr: rr, ctx: ctx}
		for _, f := range rr.Schema().Fields() {
			oid, ok := types[f.Name]
			if !ok {
				return fmt.Errorf("no column %s", f.Name)
			}
			put, err := encoder(f, oid)
			if err != nil {
				return err
			}
			w.put = append(w.put, put)
		}
		tag, err := c.PgConn().CopyFrom(ctx, w, "COPY "+quote(table)+" ("+columnList(rr.Schema())+") FROM STDIN (FORMAT binary)")
		if err != nil {
			return err
		}
		if tag.RowsAffected() != w.rows {
			return fmt.Errorf("%d of %d rows written", tag.RowsAffected(), w.rows)
		}
		total = w.rows
		return nil
	})
	if err != nil {
		return total, fmt.Errorf("bulk insert into %s: %w", table, err)
	}
	return total, nil
}

// targetTypes returns the type of each column of the table that the search path
// finds first.
func targetTypes(ctx context.Context, c *pgx.Conn, table string) (map[string]uint32, error) {
	rows, err := c.Query(ctx, `SELECT attname::text, atttypid::oid FROM pg_attribute
		WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`, quote(table))
	if err != nil {
		return nil, err
	}
	types := map[string]uint32{}
	var name string
	var oid uint32
	_, err = pgx.ForEachRow(rows, []any{&name, &oid}, func() error {
		types[name] = oid
		return nil
	})
	if err == nil && len(types) == 0 {
		err = errors.New("no such table")
	}
	return types, err
}

// A putter appends value i of an array in the form of COPY BINARY: four bytes of
// length, then the value (postgresql.org/docs/15/sql-copy.html, File Formats).
type putter func(dst []byte, a arrow.Array, i int) ([]byte, error)

func encoder(f arrow.Field, oid uint32) (putter, error) {
	switch f.Type.ID() {
	case arrow.STRING:
		switch oid {
		case pgtype.JSONBOID:
			return func(dst []byte, a arrow.Array, i int) ([]byte, error) {
				s := a.(*array.String).Value(i)
				return append(append(length(dst, len(s)+1), 1), s...), nil
			}, nil
		case pgtype.TextOID, pgtype.VarcharOID, pgtype.JSONOID:
			return func(dst []byte, a arrow.Array, i int) ([]byte, error) {
				s := a.(*array.String).Value(i)
				return append(length(dst, len(s)), s...), nil
			}, nil
		}
	case arrow.BINARY:
		if oid == pgtype.ByteaOID {
			return func(dst []byte, a arrow.Array, i int) ([]byte, error) {
				b := a.(*array.Binary).Value(i)
				return append(length(dst, len(b)), b...), nil
			}, nil
		}
	case arrow.INT64:
		if oid == pgtype.Int8OID {
			return func(dst []byte, a arrow.Array, i int) ([]byte, error) {
				return binary.BigEndian.AppendUint64(length(dst, 8), uint64(a.(*array.Int64).Value(i))), nil
			}, nil
		}
	case arrow.FLOAT64:
		if oid == pgtype.Float8OID {
			return func(dst []byte, a arrow.Array, i int) ([]byte, error) {
				return binary.BigEndian.AppendUint64(length(dst, 8), math.Float64bits(a.(*array.Float64).Value(i))), nil
			}, nil
		}
	case arrow.BOOL:
		if oid == pgtype.BoolOID {
			return func(dst []byte, a arrow.Array, i int) ([]byte, error) {
				var b byte
				if a.(*array.Boolean).Value(i) {
					b = 1
				}
				return append(length(dst, 1), b), nil
			}, nil
		}
	case arrow.DATE32:
		if oid == pgtype.DateOID {
			return func(dst []byte, a arrow.Array, i int) ([]byte, error) {
				return binary.BigEndian.AppendUint32(length(dst, 4), uint32(int32(a.(*array.Date32).Value(i))-pgEpochDays)), nil
			}, nil
		}
	case arrow.TIMESTAMP:
		if oid == pgtype.TimestamptzOID {
			return func(dst []byte, a arrow.Array, i int) ([]byte, error) {
				return binary.BigEndian.AppendUint64(length(dst, 8), uint64(int64(a.(*array.Timestamp).Value(i))-pgEpochMicros)), nil
			}, nil
		}
	case arrow.DECIMAL128:
		if oid == pgtype.NumericOID {
			scale := int(f.Type.(*arrow.Decimal128Type).Scale)
			return func(dst []byte, a arrow.Array, i int) ([]byte, error) {
				v := a.(*array.Decimal128).Value(i)
				if v.HighBits() != int64(v.LowBits())>>63 {
					return nil, fmt.Errorf("decimal of more than 18 digits")
				}
				return appendNumeric(dst, int64(v.LowBits()), scale), nil
			}, nil
		}
	}
	return nil, fmt.Errorf("column %s: %s does not go into PostgreSQL type %d", f.Name, f.Type, oid)
}

func length(dst []byte, n int) []byte { return binary.BigEndian.AppendUint32(dst, uint32(n)) }

// appendNumeric writes unscaled × 10^-scale as PostgreSQL's numeric: base 10000
// digits, weight of the first, sign, displayed scale.
func appendNumeric(dst []byte, unscaled int64, scale int) []byte {
	negative := unscaled < 0
	u := uint64(unscaled)
	if negative {
		u = -u
	}
	// Align the decimal point with a digit's border: a group holds four places.
	fractionGroups := (scale + 3) / 4
	var groups [8]uint16 // least significant first
	n := 0
	if pad := fractionGroups*4 - scale; pad > 0 {
		p := uint64(1)
		for range pad {
			p *= 10
		}
		groups[0] = uint16(u % (10000 / p) * p)
		u /= 10000 / p
		n = 1
	}
	for u > 0 {
		groups[n] = uint16(u % 10000)
		u /= 10000
		n++
	}
	for n > 0 && groups[n-1] == 0 {
		n--
	}
	low := 0
	for low < n && groups[low] == 0 {
		low++
	}
	digits := n - low
	weight := n - 1 - fractionGroups
	sign := uint16(0)
	if negative {
		sign = 0x4000
	}
	if digits == 0 {
		weight, sign = 0, 0
	}
	dst = length(dst, 8+2*digits)
	dst = binary.BigEndian.AppendUint16(dst, uint16(digits))
	dst = binary.BigEndian.AppendUint16(dst, uint16(int16(weight)))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(scale))
	for i := n - 1; i >= low; i-- {
		dst = binary.BigEndian.AppendUint16(dst, groups[i])
	}
	return dst
}

// A copyWriter gives the rows of a reader as one COPY BINARY stream.
type copyWriter struct {
	ctx    context.Context
	rr     array.RecordReader
	put    []putter
	buf    []byte
	at     int
	rows   int64
	opened bool
	closed bool
}

var copyHeader = append([]byte("PGCOPY\n\xff\r\n\x00"), 0, 0, 0, 0, 0, 0, 0, 0)

// Read encodes one record batch at a time.
func (w *copyWriter) Read(p []byte) (int, error) {
	for w.at == len(w.buf) {
		if w.closed {
			return 0, io.EOF
		}
		if err := w.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, w.buf[w.at:])
	w.at += n
	return n, nil
}

func (w *copyWriter) fill() error {
	w.buf, w.at = w.buf[:0], 0
	if !w.opened {
		w.opened = true
		w.buf = append(w.buf, copyHeader...)
	}
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if !w.rr.Next() {
		w.closed = true
		w.buf = append(w.buf, 0xff, 0xff)
		return w.rr.Err()
	}
	rec := w.rr.RecordBatch()
	columns := rec.Columns()
	var err error
	for i := range int(rec.NumRows()) {
		w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(len(columns)))
		for c, a := range columns {
			if a.IsNull(i) {
				w.buf = append(w.buf, 0xff, 0xff, 0xff, 0xff)
				continue
			}
			if w.buf, err = w.put[c](w.buf, a, i); err != nil {
				return fmt.Errorf("column %s: %w", rec.ColumnName(c), err)
			}
		}
	}
	w.rows += rec.NumRows()
	return nil
}

// A pgReader reads a query's rows into record batches.
type pgReader struct {
	ctx    context.Context
	schema *arrow.Schema
	rows   pgx.Rows
	build  *array.RecordBuilder
	take   []taker
	cur    arrow.RecordBatch
	refs   atomic.Int64
	err    error
}

func queryPostgres(ctx context.Context, conn *sql.Conn, schema *arrow.Schema, query string, args []any) (array.RecordReader, error) {
	r := &pgReader{ctx: ctx, schema: schema}
	r.refs.Store(1)
	err := raw(conn, func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, query, append([]any{pgx.QueryResultFormats{pgx.BinaryFormatCode}}, args...)...)
		if err != nil {
			return err
		}
		r.rows = rows
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("bulk query: %w", err)
	}
	r.build = array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i, f := range schema.Fields() {
		t, err := decoder(f, r.build.Field(i))
		if err != nil {
			r.Release()
			return nil, err
		}
		r.take = append(r.take, t)
	}
	return r, nil
}

// A taker adds one value in PostgreSQL's binary form.
type taker func(b []byte) error

func decoder(f arrow.Field, into array.Builder) (taker, error) {
	fixed := func(n int, put func(b []byte)) taker {
		return func(b []byte) error {
			if len(b) != n {
				return fmt.Errorf("column %s: %d bytes instead of %d", f.Name, len(b), n)
			}
			put(b)
			return nil
		}
	}
	switch into := into.(type) {
	case *array.StringBuilder:
		if IsJSON(f) {
			return func(b []byte) error { return takeJSON(into, b) }, nil
		}
		return func(b []byte) error { into.BinaryBuilder.Append(b); return nil }, nil
	case *array.BinaryBuilder:
		return func(b []byte) error { into.Append(b); return nil }, nil
	case *array.Int64Builder:
		return fixed(8, func(b []byte) { into.Append(int64(binary.BigEndian.Uint64(b))) }), nil
	case *array.Float64Builder:
		return fixed(8, func(b []byte) { into.Append(math.Float64frombits(binary.BigEndian.Uint64(b))) }), nil
	case *array.BooleanBuilder:
		return fixed(1, func(b []byte) { into.Append(b[0] != 0) }), nil
	case *array.Date32Builder:
		return fixed(4, func(b []byte) { into.Append(arrow.Date32(int32(binary.BigEndian.Uint32(b)) + pgEpochDays)) }), nil
	case *array.TimestampBuilder:
		return fixed(8, func(b []byte) { into.Append(arrow.Timestamp(int64(binary.BigEndian.Uint64(b)) + pgEpochMicros)) }), nil
	case *array.Decimal128Builder:
		scale := int(f.Type.(*arrow.Decimal128Type).Scale)
		return func(b []byte) error {
			v, err := numeric(b, scale)
			if err == nil {
				into.Append(v)
			}
			return err
		}, nil
	}
	return nil, fmt.Errorf("column %s: %s is not read from PostgreSQL", f.Name, f.Type)
}

// takeJSON spells jsonb canonically: PostgreSQL sorts members by length and
// prints spaces.
func takeJSON(into *array.StringBuilder, b []byte) error {
	if len(b) > 0 && b[0] == 1 {
		b = b[1:]
	}
	text, err := jsontext.Canonical(b)
	if err == nil {
		into.BinaryBuilder.Append(text)
	}
	return err
}

var ten = big.NewInt(10)

// numeric reads PostgreSQL's numeric as unscaled × 10^-scale.
func numeric(b []byte, scale int) (decimal128.Num, error) {
	if len(b) < 8 || len(b) != 8+2*int(binary.BigEndian.Uint16(b)) {
		return decimal128.Num{}, errors.New("numeric of wrong length")
	}
	digits := int(binary.BigEndian.Uint16(b))
	weight := int(int16(binary.BigEndian.Uint16(b[2:])))
	sign := binary.BigEndian.Uint16(b[4:])
	if sign != 0 && sign != 0x4000 {
		return decimal128.Num{}, errors.New("numeric is NaN or infinite")
	}
	u := new(big.Int)
	for i := range digits {
		u.Mul(u, big.NewInt(10000)).Add(u, big.NewInt(int64(binary.BigEndian.Uint16(b[8+2*i:]))))
	}
	// u stands for u × 10000^(weight-digits+1).
	shift := 4*(weight-digits+1) + scale
	p := new(big.Int).Exp(ten, big.NewInt(int64(max(shift, -shift))), nil)
	if shift >= 0 {
		u.Mul(u, p)
	} else if _, rest := u.QuoRem(u, p, new(big.Int)); rest.Sign() != 0 {
		return decimal128.Num{}, fmt.Errorf("numeric with more than %d decimals", scale)
	}
	if sign != 0 {
		u.Neg(u)
	}
	return decimal128.FromBigInt(u), nil
}

const pgBlockRows = 8192

// Next gathers the next batch.
func (r *pgReader) Next() bool {
	if r.cur != nil {
		r.cur.Release()
		r.cur = nil
	}
	if r.err != nil {
		return false
	}
	n := 0
	for n < pgBlockRows && r.rows.Next() {
		if r.err = r.row(r.rows.RawValues()); r.err != nil {
			return false
		}
		n++
	}
	if n < pgBlockRows {
		if r.err = r.rows.Err(); r.err != nil {
			return false
		}
	}
	if n == 0 {
		return false
	}
	r.cur = r.build.NewRecordBatch()
	return true
}

func (r *pgReader) row(values [][]byte) error {
	if len(values) != len(r.take) {
		return fmt.Errorf("bulk query: %d columns instead of %d", len(values), len(r.take))
	}
	for i, v := range values {
		if v == nil {
			r.build.Field(i).AppendNull()
			continue
		}
		if err := r.take[i](v); err != nil {
			return fmt.Errorf("column %s: %w", r.schema.Field(i).Name, err)
		}
	}
	return nil
}

// The rest is array.RecordReader.

func (r *pgReader) Schema() *arrow.Schema          { return r.schema }
func (r *pgReader) RecordBatch() arrow.RecordBatch { return r.cur }
func (r *pgReader) Record() arrow.RecordBatch      { return r.cur }
func (r *pgReader) Err() error                     { return r.err }
func (r *pgReader) Retain()                        { r.refs.Add(1) }

// Release ends the query, so that the connection is free afterwards.
func (r *pgReader) Release() {
	if r.refs.Add(-1) > 0 {
		return
	}
	r.rows.Close()
	if r.cur != nil {
		r.cur.Release()
		r.cur = nil
	}
	if r.build != nil {
		r.build.Release()
	}
}
