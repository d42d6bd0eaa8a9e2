package corridor

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/intake"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Why a file as sent is not kept any more.
const (
	goneErased  = "erased"
	goneExpired = "expired"
)

// original opens a file as it was sent, or what an erasure has left of it. The
// caller closes it.
func (c *Corridor) original(ctx context.Context, digest string) (blob.File, error) {
	f, err := c.Blobs.Open(digest)
	if !notThere(err) {
		return f, err
	}
	var kept, reason string
	if e := c.Store.Control().Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT coalesce(max(kept), ''), coalesce(max(reason), '') FROM originals WHERE digest = $1`, digest).Scan(&kept, &reason)
	}); e != nil {
		return nil, e
	}
	switch {
	case kept != "":
		return c.Blobs.Open(kept)
	case reason == goneErased:
		return nil, fault.New(fault.NotFound, "original.erased")
	case reason == goneExpired:
		return nil, fault.New(fault.NotFound, "original.expired")
	}
	return nil, err
}

// gone writes down that a file as sent is not kept, before it goes.
func (c *Corridor) gone(ctx context.Context, digest, kept, reason string) error {
	return c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO originals (digest, kept, reason, gone_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (digest) DO UPDATE SET kept = excluded.kept, reason = excluded.reason, gone_at = excluded.gone_at`, digest, kept, reason, tx.Now)
		return err
	})
}

// originalsOf lists what is kept of the files of a contract: by the digest of
// the file as sent, the digest of what stands for it.
func (c *Corridor) originalsOf(ctx context.Context, contractID string) (kept map[string]string, err error) {
	kept = map[string]string{}
	err = c.Store.Control().Read(ctx, func(tx *store.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, `SELECT DISTINCT b.digest, coalesce(o.kept, '') FROM batches AS b LEFT JOIN originals AS o ON o.digest = b.digest
			WHERE b.contract = $1 AND b.digest <> ''`, contractID)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var digest, instead string
			if err := rows.Scan(&digest, &instead); err != nil {
				return err
			}
			// Sent again, the file is there as it was.
			if _, err := c.Blobs.Stat(digest); err == nil || instead == "" {
				instead = digest
			}
			if _, err := c.Blobs.Stat(instead); err == nil {
				kept[digest] = instead
			} else if !notThere(err) {
				return err
			}
		}
		return rows.Err()
	})
	return kept, err
}

// countOriginals counts the files of a contract that hold a record.
func (c *Corridor) countOriginals(ctx context.Context, contractID string, t record.Trace) (n int64, err error) {
	files, err := c.originalsOf(ctx, contractID)
	if err != nil {
		return 0, err
	}
	for _, digest := range files {
		holds, err := c.blobHolds(ctx, digest, t)
		if err != nil {
			return 0, err
		}
		if holds {
			n++
		}
	}
	return n, nil
}

// eraseOriginals takes a record out of the files as sent: text files are written
// again without its lines, others go whole and only their digest stays. A file
// that nobody can read is taken for one that holds the record.
func (c *Corridor) eraseOriginals(ctx context.Context, e *Erasure, t record.Trace) error {
	files, err := c.originalsOf(ctx, e.contract)
	if err != nil {
		return err
	}
	for sent, digest := range files {
		holds, err := c.blobHolds(ctx, digest, t)
		if err != nil {
			return err
		}
		if !holds {
			continue
		}
		instead, err := c.rewrite(ctx, digest, t)
		if err != nil {
			return err
		}
		if err := c.gone(ctx, sent, instead, goneErased); err != nil {
			return err
		}
		if err := c.Blobs.Remove(digest); err != nil {
			return err
		}
		if instead == "" {
			e.Found.Originals++
		} else {
			e.Found.Rewritten++
		}
		if err := c.keepErasure(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (c *Corridor) blobHolds(ctx context.Context, digest string, t record.Trace) (bool, error) {
	f, err := c.Blobs.Open(digest)
	if notThere(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	holds, err := c.holds(ctx, f, t)
	return holds, errors.Join(err, f.Close())
}

// fileHolding asks the same of any file.
func (c *Corridor) fileHolding(t record.Trace) func(context.Context, blob.File) (bool, error) {
	return func(ctx context.Context, f blob.File) (bool, error) { return c.holds(ctx, f, t) }
}

// errFound ends a look through a file.
var errFound = errors.New("found")

// holds reports whether a file holds a record: in its bytes, in the bytes of
// what is packed into it, or in some cell, however written. Of a file that
// cannot be read nobody knows: it is said to.
func (c *Corridor) holds(ctx context.Context, f blob.File, t record.Trace) (bool, error) {
	all := func() *io.SectionReader { return io.NewSectionReader(f, 0, f.Size()) }
	if found, err := store.ReaderHoldsText(all(), t.Spellings()...); found || err != nil {
		return found, err
	}
	if found, err := packedHolds(f, f.Size(), t, c.Limits); found || err != nil {
		return found, err
	}
	err := c.eachRow(ctx, f, f.Size(), func(cells []string) error {
		if t.InRow(cells) {
			return errFound
		}
		return nil
	})
	switch {
	case err == nil:
		return false, nil
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case !errors.Is(err, errFound) && ofPlace(err):
		return false, err
	}
	return true, nil // found, or not to be read
}

// ofPlace tells an error of disk and folders, which passes, from one of the file
// that is read.
func ofPlace(err error) bool {
	var path *fs.PathError
	return errors.As(err, &path) || fault.KindOf(noSpace(err)) == fault.Unavailable
}

// packedHolds looks through what is packed into a file, if it is an archive.
func packedHolds(f io.ReaderAt, size int64, t record.Trace, limits ingest.Limits) (bool, error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return false, nil // not an archive of this kind
	}
	for _, entry := range z.File {
		r, err := entry.Open()
		if err != nil {
			return true, nil // nobody can tell
		}
		found, err := store.ReaderHoldsText(io.LimitReader(r, limits.Bytes), t.Spellings()...)
		if err = errors.Join(err, r.Close()); found || err != nil {
			return true, nil
		}
	}
	return false, nil
}

// eachRow hands over the rows of every table of a file.
func (c *Corridor) eachRow(ctx context.Context, f io.ReaderAt, size int64, do func(cells []string) error) (err error) {
	temp, err := os.MkdirTemp(c.WorkDir, "look-")
	if err != nil {
		return noSpace(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	book, err := intake.Open(ctx, ingest.File{ReaderAt: f, Size: size, Name: "look", Temp: temp, Limits: c.Limits}, intake.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	for i := range book.Tables() {
		grid, err := book.Open(i)
		if err != nil {
			return err
		}
		if err := eachOf(grid, do); err != nil {
			return err
		}
	}
	return nil
}

func eachOf(grid ingest.Grid, do func(cells []string) error) error {
	var b ingest.Block
	for {
		chunk, err := grid.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		chunk.Parse(&b)
		for i := range b.Records() {
			cells := make([]string, b.Cells(i))
			for j := range cells {
				cells[j] = string(b.Cell(i, j))
			}
			if err := do(cells); err != nil {
				return err
			}
		}
	}
}

// rewrite writes a text file again without the lines that hold a record, and
// returns the digest of what is left; "" when the file is no plain text or still
// holds it.
func (c *Corridor) rewrite(ctx context.Context, digest string, t record.Trace) (string, error) {
	in, err := c.Blobs.Open(digest)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }() // only read
	head := make([]byte, 4096)
	n, err := in.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if !plainText(head[:n]) {
		return "", nil
	}
	out, err := os.CreateTemp(c.Blobs.TempDir(), "rewrite-")
	if err != nil {
		return "", noSpace(err)
	}
	defer func() { _ = os.Remove(out.Name()) }() // the folder is emptied at start
	if err := errors.Join(copyWithout(out, in, t), out.Close()); err != nil {
		return "", noSpace(err)
	}
	clean, err := blob.OpenFile(out.Name())
	if err != nil {
		return "", err
	}
	defer func() { _ = clean.Close() }() // only read
	if holds, err := c.holds(ctx, clean, t); holds || err != nil {
		return "", err
	}
	return c.Blobs.PutLike(ctx, digest, io.NewSectionReader(clean, 0, clean.Size()))
}

// plainText reports whether bytes are the beginning of a text in UTF-8; what
// other encodings spell is not cut by lines of ours.
func plainText(b []byte) bool {
	for len(b) > 0 && !utf8.RuneStart(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	if len(b) > 0 && b[len(b)-1] >= utf8.RuneSelf {
		b = b[:len(b)-1]
	}
	return utf8.Valid(b) && !bytes.ContainsRune(b, 0) && !bytes.HasPrefix(b, []byte("PK")) && !bytes.HasPrefix(bytes.TrimSpace(b), []byte("<")) &&
		!bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) && !bytes.HasPrefix(bytes.TrimSpace(b), []byte("["))
}

// copyWithout copies records that end with a line break outside of quotes, all
// but those that hold the record.
func copyWithout(out io.Writer, in io.Reader, t record.Trace) error {
	r, w := bufio.NewReaderSize(in, 1<<16), bufio.NewWriter(out)
	var one []byte
	for {
		line, err := r.ReadBytes('\n')
		one = append(one, line...)
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return err
		}
		if end || bytes.Count(one, []byte(`"`))%2 == 0 {
			if !recordIn(string(one), t) {
				if _, err := w.Write(one); err != nil {
					return err
				}
			}
			one = one[:0]
		}
		if end {
			return w.Flush()
		}
	}
}

func recordIn(text string, t record.Trace) bool {
	for _, s := range t.Spellings() {
		if strings.Contains(text, s) {
			return true
		}
	}
	cells := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;\t|\"\r\n", r) })
	return t.InRow(cells)
}

// eraseTemporary removes files for the time being that hold a record: exports,
// uploads that were never a batch.
func (c *Corridor) eraseTemporary(t record.Trace) (n int64, err error) {
	for _, dir := range c.Temps {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // gone meanwhile
			}
			if err == nil && d.IsDir() && path == c.Mirror.TempDir() {
				return fs.SkipDir // in use, and gone with the old copy
			}
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			found, err := store.HoldsText(path, t.Spellings()...)
			if err == nil && !found {
				found = packedFileHolds(path, t, c.Limits)
			}
			if err != nil || !found {
				return err
			}
			n++
			if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		})
		if err != nil {
			return n, fmt.Errorf("%s: %w", filepath.Base(dir), err)
		}
	}
	return n, nil
}

func packedFileHolds(path string, t record.Trace, limits ingest.Limits) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return false
	}
	found, _ := packedHolds(f, info.Size(), t, limits)
	return found
}

// scrubControl takes a record out of the control database: reports with their
// examples, faults, names of files, messages, what people have said of files.
func (c *Corridor) scrubControl(ctx context.Context, e *Erasure, t record.Trace) error {
	for _, p := range []struct{ table, key, column, where string }{
		{"batches", "id", "report", "contract = ?"}, {"batches", "id", "fault", "contract = ?"}, {"batches", "id", "name", "contract = ?"},
		{"batches", "id", "idempotency", "contract = ?"}, {"batches", "id", "sender", "contract = ?"}, {"batches", "id", "recipe", "contract = ?"},
		{"events", "CAST(seq AS TEXT)", "payload", "dataset = ?"},
		{"recipes", "sender", "recipe", "(dataset = ? OR dataset LIKE ? || '.%')"},
		{"score_counts", "dataset", "counts", "(dataset = ? OR dataset LIKE ? || '.%')"},
	} {
		n, err := c.scrubColumn(ctx, p.table, p.key, p.column, p.where, e.contract, t)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", p.table, p.column, err)
		}
		e.Found.Messages += n
	}
	return nil
}

func (c *Corridor) scrubColumn(ctx context.Context, table, key, column, where, contractID string, t record.Trace) (n int64, err error) {
	err = c.Store.Control().Write(ctx, func(tx *store.Tx) error {
		n = 0
		rows, err := tx.QueryContext(ctx, `SELECT `+key+`, `+column+` FROM `+table+` WHERE `+strings.ReplaceAll(where, "?", "$1")+` AND `+column+` <> ''`, contractID)
		if err != nil {
			return err
		}
		changed := map[[2]string]string{}
		for rows.Next() {
			var id, text string
			if err := rows.Scan(&id, &text); err != nil {
				return errors.Join(err, rows.Close())
			}
			if clean, yes := t.Scrub(text); yes {
				if column == "idempotency" {
					clean = "" // two that are veiled would be one
				}
				changed[[2]string{id, text}] = clean
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		for was, clean := range changed {
			res, err := tx.ExecContext(ctx, `UPDATE `+table+` SET `+column+` = $1 WHERE `+key+` = $2 AND `+column+` = $3 AND `+strings.ReplaceAll(where, "?", "$4"), clean, was[0], was[1], contractID)
			if err != nil {
				return err
			}
			done, err := res.RowsAffected()
			if err != nil {
				return err
			}
			if done == 0 {
				return fmt.Errorf("row %s is not found again", was[0])
			}
			n += done
		}
		return nil
	})
	return n, err
}
