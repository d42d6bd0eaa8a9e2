package store

import (
	"context"
	"errors"
	"time"
)

// Each hands every row of a query to f.
func (tx *Tx) Each(ctx context.Context, f func(scan func(...any) error) error, query string, args ...any) (err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// StampInto reads what Stamp wrote; "" is no instant, and leaves into as it is.
func StampInto(into *time.Time, text string) (err error) {
	if text != "" {
		*into, err = ParseStamp(text)
	}
	return err
}
