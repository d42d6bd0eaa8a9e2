package keys

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Check says what is wrong with where the master key is. It changes nothing.
func Check(data string, p Place) (findings []*fault.Error) {
	if p.Inside {
		findings = append(findings, fault.New(fault.Invalid, "keys.doctor.inside", p.Path))
	}
	// One that is still where earlier versions put it.
	old := filepath.Join(data, "keys", "master.key")
	if _, err := os.Lstat(old); err == nil && !(p.Inside && filepath.Clean(p.Path) == old) {
		findings = append(findings, fault.New(fault.Invalid, "keys.doctor.inside", old))
	}
	info, err := os.Stat(p.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(findings) > 0:
		return findings // the old one is in use, or moves at the next start
	case errors.Is(err, fs.ErrNotExist):
		return append(findings, fault.New(fault.NotFound, "keys.doctor.missing", p.Path))
	case err != nil:
		return append(findings, fault.New(fault.Unavailable, "keys.doctor.unreadable", p.Path).Because(err))
	}
	// systemd shows credentials to their unit alone, whatever the mode says.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && p.Source != FromCredential {
		findings = append(findings, fault.New(fault.Invalid, "keys.doctor.open", p.Path, fmt.Sprintf("%04o", mode)))
	}
	if _, err := read(p.Path); err != nil {
		findings = append(findings, fault.New(fault.Unavailable, "keys.doctor.unreadable", p.Path).Because(err))
	}
	return findings
}

// aged is the age from which a data key should have a successor.
const aged = 366 * 24 * time.Hour

// Check says what is wrong with the keys in the database: those that the master
// does not open, and data keys that are too old.
func (v *Vault) Check(ctx context.Context) (findings []*fault.Error, err error) {
	var rows []row
	err = v.control.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = scan(tx.QueryContext(ctx, selectKeys+` WHERE state <> 'shredded' AND (wrapped <> '' OR kind <> 'sign') ORDER BY kind, purpose, generation`))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	for _, r := range rows {
		if _, err := r.unwrap(v.masterNow()); err != nil {
			if f := fault.Of(err); f != nil {
				findings = append(findings, f)
			}
			continue
		}
		made, err := store.ParseStamp(r.madeAt)
		if err != nil {
			return nil, err
		}
		if r.kind == kindSeal && r.state == current && v.control.Now().Sub(made) > aged {
			findings = append(findings, fault.New(fault.Invalid, "keys.doctor.old", r.purpose, made.Format("02/01/2006")))
		}
	}
	return findings, nil
}
