package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"time"
	"unicode/utf16"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// Purge makes what was deleted or overwritten unreadable in the files of the
// database, and does not return before that is so or ctx ends.
//
// SQLite writes zeros over what is deleted (secure_delete); its log, which still
// holds the pages as they were, is emptied and cut. Then the file is looked
// through for the texts, and made anew (VACUUM) when one of them is left, be it
// in the slack of a page or in rows that stay. On PostgreSQL the tables are written anew (VACUUM FULL);
// what the server keeps of its log, and backups, is for the server's own
// settings to end (docs/erasure.md).
func (d *DB) Purge(ctx context.Context, texts ...string) error {
	if d.Engine == Postgres {
		return d.rewriteTables(ctx)
	}
	if err := d.cutLog(ctx); err != nil {
		return err
	}
	left, err := HoldsText(d.path, texts...)
	if err != nil || !left {
		return err
	}
	if err := d.vacuum(ctx); err != nil {
		return err
	}
	return d.cutLog(ctx) // what is found now is in rows that stay
}

// cutLog empties SQLite's log, waiting for readers that need it.
func (d *DB) cutLog(ctx context.Context) error {
	for {
		if err := d.Checkpoint(ctx); err != nil && !fault.Is(err, "store.busy") {
			return err
		}
		info, err := os.Stat(d.path + "-wal")
		if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "store.busy-log", d.Name).Because(context.Cause(ctx))
		}
	}
}

func (d *DB) vacuum(ctx context.Context) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	_, err := d.writer.ExecContext(ctx, `VACUUM`)
	return translate(err, d.Name)
}

// rewriteTables writes every table of the schema into a new file of the server.
func (d *DB) rewriteTables(ctx context.Context) (err error) {
	conn, err := d.writer.Conn(ctx)
	if err != nil {
		return translate(err, d.Name)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	rows, err := conn.QueryContext(ctx, `SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY tablename`, d.schema)
	if err != nil {
		return translate(err, d.Name)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return errors.Join(err, rows.Close())
		}
		tables = append(tables, name)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return translate(err, d.Name)
	}
	for _, name := range tables {
		if _, err := conn.ExecContext(ctx, `VACUUM FULL `+Quote(d.schema)+`.`+Quote(name)); err != nil {
			return translate(err, d.Name)
		}
	}
	return nil
}

// HoldsText reports whether the bytes of a file hold one of the texts, in UTF-8
// or in UTF-16.
func HoldsText(path string, texts ...string) (bool, error) {
	if len(texts) == 0 {
		return false, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	found, err := ReaderHoldsText(f, texts...)
	return found, errors.Join(err, f.Close())
}

// ReaderHoldsText is HoldsText of what a reader gives.
func ReaderHoldsText(r io.Reader, texts ...string) (bool, error) {
	var wanted [][]byte
	longest := 0
	for _, t := range texts {
		if t == "" {
			continue
		}
		for _, b := range [][]byte{[]byte(t), utf16Bytes(t, 0), utf16Bytes(t, 1)} {
			wanted = append(wanted, b)
			longest = max(longest, len(b))
		}
	}
	if len(wanted) == 0 {
		return false, nil
	}
	in := bufio.NewReaderSize(r, 1<<20)
	buf := make([]byte, 1<<20+longest)
	kept := 0
	for {
		n, err := io.ReadFull(in, buf[kept:])
		window := buf[:kept+n]
		for _, w := range wanted {
			if bytes.Contains(window, w) {
				return true, nil
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buf, window[len(window)-longest:])
	}
}

// utf16Bytes writes a text as UTF-16; high is where the higher byte of each
// unit stands from: 0 little-endian, 1 big-endian.
func utf16Bytes(s string, high int) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if high == 0 {
			b = append(b, byte(u), byte(u>>8))
		} else {
			b = append(b, byte(u>>8), byte(u))
		}
	}
	return b
}
