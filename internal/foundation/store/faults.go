package store

import (
	"errors"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// translate turns what an engine says about its surroundings (disk full, file
// damaged, busy) into a fault; everything else passes unchanged.
func translate(err error, name string) error {
	if err == nil || fault.Of(err) != nil {
		return err
	}
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return translateSQLite(err, lite, name)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return translatePostgres(err, pg, name)
	}
	var dial *pgconn.ConnectError
	if errors.As(err, &dial) {
		return fault.New(fault.Unavailable, "store.unreachable").Because(err)
	}
	return err
}

func translateSQLite(err error, e sqlite3.Error, name string) error {
	switch e.Code {
	case sqlite3.ErrFull:
		return fault.New(fault.Unavailable, "store.disk-full", name).Because(err)
	case sqlite3.ErrIoErr, sqlite3.ErrCantOpen:
		if e.SystemErrno == syscall.ENOSPC || e.SystemErrno == syscall.EDQUOT {
			return fault.New(fault.Unavailable, "store.disk-full", name).Because(err)
		}
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return fault.New(fault.Unavailable, "store.busy", name).Because(err)
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return fault.New(fault.Unavailable, "store.damaged", name).Because(err)
	}
	return err
}

// translatePostgres knows the classes 53 (no resources) and 57P (server going
// or not yet there): postgresql.org/docs/15/errcodes-appendix.html.
func translatePostgres(err error, e *pgconn.PgError, name string) error {
	switch e.Code {
	case "53100":
		return fault.New(fault.Unavailable, "store.disk-full", name).Because(err)
	case "53200", "53300", "55P03":
		return fault.New(fault.Unavailable, "store.busy", name).Because(err)
	case "57P01", "57P02", "57P03":
		return fault.New(fault.Unavailable, "store.unreachable").Because(err)
	case "XX001", "XX002":
		return fault.New(fault.Unavailable, "store.damaged", name).Because(err)
	}
	return err
}
