package draft

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

const (
	// Kept is how long a draft that nobody touches stays, with its samples.
	Kept = 30 * 24 * time.Hour
	// shownRows is how many rows of a table are kept to be shown.
	shownRows = 20
)

// The states of a draft in work.
const (
	Open    = "open"
	Created = "created" // a data set was made of it
)

// A Store keeps drafts in work: the draft in the control database, its samples
// in a store of files of their own, so that nothing of them is left when the
// draft goes.
type Store struct {
	control   *store.DB
	samples   *blob.Store
	lists     *dictionary.Store
	contracts *contract.Store
	recipes   *recipe.Store

	files sync.Mutex // held from the keeping of a sample until a draft names it, and while samples go
}

// NewStore makes a Store. samples is used by nobody else.
func NewStore(control *store.DB, samples *blob.Store, lists *dictionary.Store, contracts *contract.Store) *Store {
	return &Store{control: control, samples: samples, lists: lists, contracts: contracts, recipes: recipe.NewStore(control)}
}

// A Sample is a file that a draft was made of.
type Sample struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
	Bytes  int64  `json:"bytes"`
}

// A Work is a draft in work.
type Work struct {
	ID      string
	State   string
	Draft   *Draft
	Undo    bool // there is an edit to be undone
	Samples []Sample
	Notes   []Note
	Dataset string   // the contract that was made of it, "" = none
	Lists   []string // the code lists that were made with it
	By      actor.Actor
	Started time.Time
	Changed time.Time
	Version string // of the draft: an edit names the one it was made on

	shown string
}

// TempDir is a folder for samples on their way in, emptied at start.
func (s *Store) TempDir() string { return s.samples.TempDir() }

// Begin makes a draft of sample files, which are kept with it. A file that is
// refused leaves nothing behind.
func (s *Store) Begin(ctx context.Context, by actor.Actor, files []ingest.File, known Known) (*Work, error) {
	read, err := Read(ctx, files)
	if err != nil {
		return nil, err
	}
	d := Propose(read.Tables, known)
	if d.Owner == "" { // whose files they are, until somebody says otherwise
		d.Owner = by.Org
	}
	now := s.control.Now()
	w := &Work{ID: strings.ToLower(rand.Text()), State: Open, Draft: d, Notes: read.Notes, By: by, Started: now, Changed: now}
	s.files.Lock()
	defer s.files.Unlock()
	err = s.keep(ctx, w, files, rowsOf(d, read.Tables))
	if err == nil {
		err = s.insert(ctx, w)
	}
	if err != nil {
		return nil, errors.Join(err, s.drop(context.WithoutCancel(ctx), w))
	}
	return s.Get(ctx, w.ID)
}

// rowsOf chooses the rows of each object that are shown.
func rowsOf(d *Draft, tables []*Table) [][]Row {
	all := make([][]Row, len(d.Objects))
	for i, o := range d.Objects {
		if len(o.Tables) == 0 {
			continue
		}
		t := tables[o.Tables[0]] // its columns are the object's first, in order
		all[i] = Representative(t, shownRows)
	}
	return all
}

func (s *Store) keep(ctx context.Context, w *Work, files []ingest.File, rows [][]Row) error {
	for _, f := range files {
		digest, n, err := s.samples.PutSealed(ctx, io.NewSectionReader(f, 0, f.Size))
		if err != nil {
			return err
		}
		w.Samples = append(w.Samples, Sample{f.Name, digest, n})
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	w.shown, _, err = s.samples.PutSealed(ctx, bytes.NewReader(text))
	return err
}

func (s *Store) insert(ctx context.Context, w *Work) error {
	var texts [4]string
	for i, v := range []any{w.Draft, w.Samples, w.Notes, w.Lists} {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		texts[i] = string(b)
	}
	return s.control.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO drafts (id, state, draft, before, samples, shown, notes, dataset, lists, by_kind, by_id, by_name, started_at, changed_at)
			VALUES ($1, 'open', $2, '', $3, $4, $5, '', $6, $7, $8, $9, $10, $10)`,
			w.ID, texts[0], texts[1], w.shown, texts[2], texts[3], w.By.Kind, w.By.ID, w.By.Name, tx.Now)
		return err
	})
}

const columns = `id, state, draft, before, samples, shown, notes, dataset, lists, by_kind, by_id, by_name, started_at, changed_at`

func scanWork(row interface{ Scan(...any) error }) (*Work, error) {
	w := &Work{Draft: &Draft{}}
	var text, before, samples, notes, lists, started, changed string
	err := row.Scan(&w.ID, &w.State, &text, &before, &samples, &w.shown, &notes, &w.Dataset, &lists, &w.By.Kind, &w.By.ID, &w.By.Name, &started, &changed)
	if err != nil {
		return nil, err
	}
	w.Undo, w.Version = before != "", changed
	err = errors.Join(json.Unmarshal([]byte(text), w.Draft), json.Unmarshal([]byte(samples), &w.Samples), json.Unmarshal([]byte(notes), &w.Notes), json.Unmarshal([]byte(lists), &w.Lists))
	if err != nil {
		return nil, fmt.Errorf("draft %s: %w", w.ID, err)
	}
	if w.Started, err = store.ParseStamp(started); err != nil {
		return nil, err
	}
	w.Changed, err = store.ParseStamp(changed)
	return w, err
}

// Get gives a draft.
func (s *Store) Get(ctx context.Context, id string) (w *Work, err error) {
	err = s.control.Read(ctx, func(tx *store.Tx) error {
		w, err = get(ctx, tx, id)
		return err
	})
	return w, err
}

func get(ctx context.Context, tx *store.Tx, id string) (*Work, error) {
	w, err := scanWork(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM drafts WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "draft.unknown", id)
	}
	return w, err
}

// Made gives the draft of which a data set was made; nil when there is none,
// or none any more.
func (s *Store) Made(ctx context.Context, dataset string) (w *Work, err error) {
	err = s.control.Read(ctx, func(tx *store.Tx) error {
		w, err = scanWork(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM drafts WHERE dataset = $1 AND dataset <> '' AND state = 'created' ORDER BY changed_at DESC LIMIT 1`, dataset))
		if errors.Is(err, sql.ErrNoRows) {
			w, err = nil, nil
		}
		return err
	})
	return w, err
}

// List gives the drafts in work, those changed last first.
func (s *Store) List(ctx context.Context, limit int) (list []*Work, err error) {
	err = s.control.Read(ctx, func(tx *store.Tx) error {
		list, err = query(ctx, tx, `SELECT `+columns+` FROM drafts WHERE state = 'open' ORDER BY changed_at DESC, id LIMIT $1`, limit)
		return err
	})
	return list, err
}

func query(ctx context.Context, tx *store.Tx, text string, args ...any) ([]*Work, error) {
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err is asked below
	var list []*Work
	for rows.Next() {
		w, err := scanWork(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	return list, rows.Err()
}

// Rows gives the rows of the samples that are shown, by object; none once they
// are gone.
func (s *Store) Rows(w *Work) (rows [][]Row, err error) {
	rows = make([][]Row, len(w.Draft.Objects))
	if w.shown == "" {
		return rows, nil
	}
	f, err := s.samples.Open(w.shown)
	if errors.Is(err, os.ErrNotExist) || fault.KindOf(err) == fault.NotFound && err != nil {
		return rows, nil // after a restore: backups hold no samples
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var kept [][]Row
	if err := json.NewDecoder(f).Decode(&kept); err != nil {
		return nil, fmt.Errorf("rows of draft %s: %w", w.ID, err)
	}
	copy(rows, kept)
	return rows, nil
}

// Sample opens a sample of a draft.
func (s *Store) Sample(w *Work, i int) (blob.File, error) {
	if i < 0 || i >= len(w.Samples) {
		return nil, fault.New(fault.NotFound, "draft.no-sample")
	}
	f, err := s.samples.Open(w.Samples[i].Digest)
	if err != nil {
		return nil, fault.New(fault.NotFound, "draft.no-sample").Because(err)
	}
	return f, nil
}

// Edit changes a draft. version is the one that the person saw: whoever comes
// second is told so instead of undoing what the first has done.
func (s *Store) Edit(ctx context.Context, id, version string, change func(d *Draft) error) (*Work, error) {
	err := s.control.Write(ctx, func(tx *store.Tx) error {
		w, err := editable(ctx, tx, id, version)
		if err != nil {
			return err
		}
		before, err := json.Marshal(w.Draft)
		if err != nil {
			return err
		}
		if err := change(w.Draft); err != nil {
			return err
		}
		after, err := json.Marshal(w.Draft)
		if err != nil || bytes.Equal(before, after) {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE drafts SET draft = $1, before = $2, changed_at = $3 WHERE id = $4`, string(after), string(before), tx.Now, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, id)
}

func editable(ctx context.Context, tx *store.Tx, id, version string) (*Work, error) {
	w, err := get(ctx, tx, id)
	switch {
	case err != nil:
		return nil, err
	case w.State != Open:
		return nil, fault.New(fault.Conflict, "draft.created", w.Dataset)
	case version != w.Version:
		return nil, fault.New(fault.Conflict, "draft.changed")
	}
	return w, nil
}

// Back undoes the last edit; done again, it brings the edit back.
func (s *Store) Back(ctx context.Context, id, version string) (*Work, error) {
	err := s.control.Write(ctx, func(tx *store.Tx) error {
		w, err := editable(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if !w.Undo {
			return fault.New(fault.Conflict, "draft.nothing-to-undo")
		}
		_, err = tx.ExecContext(ctx, `UPDATE drafts SET draft = before, before = draft, changed_at = $1 WHERE id = $2`, tx.Now, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, id)
}

// Discard removes a draft and its samples.
func (s *Store) Discard(ctx context.Context, id string) error {
	s.files.Lock()
	defer s.files.Unlock()
	var w *Work
	err := s.control.Write(ctx, func(tx *store.Tx) (err error) {
		if w, err = get(ctx, tx, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM drafts WHERE id = $1`, id)
		return err
	})
	if err != nil {
		return err
	}
	return s.drop(ctx, w)
}

// Sent says that the samples have gone their way as data and are no longer
// needed here.
func (s *Store) Sent(ctx context.Context, id string) error {
	s.files.Lock()
	defer s.files.Unlock()
	var w *Work
	err := s.control.Write(ctx, func(tx *store.Tx) (err error) {
		if w, err = get(ctx, tx, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE drafts SET samples = '[]', shown = '', changed_at = $1 WHERE id = $2`, tx.Now, id)
		return err
	})
	if err != nil {
		return err
	}
	return s.drop(ctx, w)
}

// Expire removes drafts that nobody has touched for long.
func (s *Store) Expire(ctx context.Context) error {
	s.files.Lock()
	defer s.files.Unlock()
	var old []*Work
	err := s.control.Write(ctx, func(tx *store.Tx) (err error) {
		before := store.Stamp(s.control.Now().Add(-Kept))
		if old, err = query(ctx, tx, `SELECT `+columns+` FROM drafts WHERE changed_at < $1`, before); err != nil || len(old) == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM drafts WHERE changed_at < $1`, before)
		return err
	})
	for _, w := range old {
		err = errors.Join(err, s.drop(ctx, w))
	}
	return err
}

// drop removes the files of a draft that no other draft has. files is held.
func (s *Store) drop(ctx context.Context, w *Work) error {
	var named []string
	err := s.control.Read(ctx, func(tx *store.Tx) error {
		named = nil
		list, err := query(ctx, tx, `SELECT `+columns+` FROM drafts`)
		for _, other := range list {
			named = append(named, other.digests()...)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, digest := range w.digests() {
		if !slices.Contains(named, digest) {
			err = errors.Join(err, s.samples.Remove(digest))
		}
	}
	return err
}

func (w *Work) digests() (all []string) {
	for _, s := range w.Samples {
		all = append(all, s.Digest)
	}
	if w.shown != "" {
		all = append(all, w.shown)
	}
	return all
}
