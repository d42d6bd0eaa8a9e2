// Package recipe keeps what people have said about the files of a sender: which
// sheet holds the data, how it is laid out, which heading feeds which field,
// how numbers and days are to be read. The next file of the same sender for the
// same data set is read the same way.
package recipe

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/internal/core/ingest/xmlrows"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/seal"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Recipe says how a file is read. What it leaves out is recognised.
type Recipe struct {
	Table   string             `json:"table,omitempty"`   // name of the table (sheet) that is read
	Layout  *layout.Layout     `json:"layout,omitempty"`  // nil: recognised
	Columns map[string]string  `json:"columns,omitempty"` // by heading: name of the field in the contract, "" = not read
	Reads   map[string]Reading `json:"reads,omitempty"`   // by name of the field: what its cells leave open
	Off     []string           `json:"off,omitempty"`     // names of text rescues that are not wanted (quality.Rescues)
	Paths   *xmlrows.Mapping   `json:"paths,omitempty"`   // XML: where records and fields stand
	Here    bool               `json:"here,omitempty"`    // said of this very file: its layout is used as it stands, whether it fits or not
}

// A Reading settles what single cells of a field leave open. Empty members are
// decided by the evidence of the column.
type Reading struct {
	Numbers string `json:"numbers,omitempty" enum:"vietnamese,english"`              // 1.234,5 or 1,234.5
	Days    string `json:"days,omitempty" enum:"day-first,month-first"`              // 31/12 or 12/31
	Font    string `json:"font,omitempty" enum:"none,tcvn3,tcvn3-capitals,vni,viqr"` // the old font that text was typed in
}

// IsZero reports whether nothing was said.
func (r *Recipe) IsZero() bool {
	return r == nil || r.Table == "" && r.Layout == nil && len(r.Columns) == 0 && len(r.Reads) == 0 && len(r.Off) == 0 && r.Paths == nil
}

// A Store keeps recipes in the control database.
type Store struct {
	control *store.DB
	texts   *seal.Texts
}

// NewStore makes a Store over the control database. With texts recipes are kept
// sealed: in a file without headings what they name are values.
func NewStore(control *store.DB, texts *seal.Texts) *Store { return &Store{control, texts} }

// Find gives what is remembered for a sender ("" = nobody in particular) and a
// data set, or for nobody in particular when the sender has nothing of its own;
// nil when nothing is.
func (s *Store) Find(ctx context.Context, dataset, sender string) (*Recipe, error) {
	var text string
	err := s.control.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT recipe FROM recipes WHERE dataset = $1 AND (sender = $2 OR sender = '') ORDER BY sender DESC LIMIT 1`,
			dataset, sender).Scan(&text)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("recipe: %w", err)
	}
	if s.texts != nil && seal.Is(text) {
		if text, err = s.texts.Open(text); err != nil {
			return nil, fmt.Errorf("recipe of %s for %s: %w", sender, dataset, err)
		}
	}
	r := &Recipe{}
	if err := json.Unmarshal([]byte(text), r); err != nil {
		return nil, fmt.Errorf("recipe of %s for %s: %w", sender, dataset, err)
	}
	return r, nil
}

// Keep remembers a recipe, in the place of the one before; an empty one
// forgets.
func (s *Store) Keep(ctx context.Context, by actor.Actor, dataset, sender string, r *Recipe) error {
	var text []byte
	if !r.IsZero() {
		kept := *r
		kept.Here = false
		if kept.Layout != nil {
			l := kept.Layout.Remembered()
			kept.Layout = &l
		}
		var err error
		if text, err = json.Marshal(kept); err != nil {
			return fmt.Errorf("recipe: %w", err)
		}
	}
	kept := string(text)
	if s.texts != nil {
		kept = s.texts.Seal(kept)
	}
	return s.control.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM recipes WHERE dataset = $1 AND sender = $2`, dataset, sender); err != nil {
			return fmt.Errorf("recipe: %w", err)
		}
		if text == nil {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO recipes (dataset, sender, recipe, by_kind, by_id, by_name, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			dataset, sender, kept, by.Kind, by.ID, by.Name, store.Stamp(time.Now())); err != nil {
			return fmt.Errorf("recipe: %w", err)
		}
		return nil
	})
}
