package store

import (
	"context"
	"encoding/json"
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

// First is the first of what a query gave, and the error none where it gave nothing.
func First[T any](list []T, err, none error) (first T, _ error) {
	switch {
	case err != nil:
		return first, err
	case len(list) == 0:
		return first, none
	}
	return list[0], nil
}

// JSONInto reads what was kept as JSON; "" is nothing, and leaves into as it is.
func JSONInto(into any, text string) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

// StampInto reads what Stamp wrote; "" is no instant, and leaves into as it is.
func StampInto(into *time.Time, text string) (err error) {
	if text != "" {
		*into, err = ParseStamp(text)
	}
	return err
}
