package keys

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"
	"unicode"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

const selectKeys = `SELECT id, kind, purpose, generation, state, wrapped, wrapped_by, public, use_from, use_until, made_at FROM keys`

// find gives the generations of a purpose's key, oldest first.
func find(ctx context.Context, tx *store.Tx, kind, purpose string) ([]row, error) {
	return scan(tx.QueryContext(ctx, selectKeys+` WHERE kind = $1 AND purpose = $2 ORDER BY generation`, kind, purpose))
}

func scan(rows *sql.Rows, err error) (list []row, _ error) {
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.id, &r.kind, &r.purpose, &r.generation, &r.state, &r.wrapped, &r.wrappedBy, &r.public, &r.from, &r.until, &r.madeAt); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		list = append(list, r)
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

func insert(ctx context.Context, tx *store.Tx, r row) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO keys (id, kind, purpose, generation, state, wrapped, wrapped_by, public, use_from, use_until, made_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		r.id, r.kind, r.purpose, r.generation, r.state, r.wrapped, r.wrappedBy, r.public, r.from, r.until, tx.Now, tx.Now)
	return err
}

// checkPurpose keeps purposes to one line of readable text.
func checkPurpose(purpose string) error {
	if purpose == "" || len(purpose) > 200 || strings.ContainsFunc(purpose, unicode.IsControl) {
		return fault.New(fault.Invalid, "keys.bad-purpose", purpose)
	}
	return nil
}

// unhex reads the id of a key.
func unhex(id string) []byte {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != idBytes {
		return make([]byte, idBytes) // opens nothing
	}
	return b
}
