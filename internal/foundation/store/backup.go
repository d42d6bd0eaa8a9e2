package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/phohien/phohien/internal/foundation/durable"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Manifest says what is in a backup. It is written last, so a folder without
// one is not a backup.
type Manifest struct {
	MadeAt string       `json:"madeAt"`
	Engine string       `json:"engine"`
	Files  []BackupFile `json:"files"`
}

// A BackupFile is one database of a backup.
type BackupFile struct {
	Path   string `json:"path"` // inside the backup, with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

const manifestName = "backup.json"

// Backup copies control and then every data set into an empty folder, while the
// store is in use. Control comes first: what it announces and a data set's file
// does not yet hold is rolled forward after a restore, the other way round it
// would be unknown.
//
// A PostgreSQL database is backed up by PostgreSQL's own tools (pg_dump,
// pg_basebackup); Backup says so with the fault "backup.postgres".
func (s *Store) Backup(ctx context.Context, dest string) (Manifest, error) {
	m := Manifest{MadeAt: Stamp(s.cfg.Now()), Engine: s.engine}
	if s.engine == Postgres {
		return m, fault.New(fault.Invalid, "backup.postgres")
	}
	if err := emptyDir(dest); err != nil {
		return m, err
	}
	if err := os.MkdirAll(filepath.Join(dest, "data"), 0o700); err != nil {
		return m, err
	}
	f, err := s.control.copyTo(ctx, dest, "control.db")
	if err != nil {
		return m, err
	}
	m.Files = append(m.Files, f)
	ids, err := s.List(ctx)
	if err != nil {
		return m, err
	}
	for _, id := range ids {
		f, err := s.backupHome(ctx, dest, id)
		if err != nil {
			return m, fmt.Errorf("backup of %s: %w", id, err)
		}
		m.Files = append(m.Files, f)
	}
	return m, writeManifest(dest, m)
}

func (s *Store) backupHome(ctx context.Context, dest, id string) (BackupFile, error) {
	db, release, err := s.Dataset(ctx, id)
	if err != nil {
		return BackupFile{}, err
	}
	defer release()
	return db.copyTo(ctx, dest, "data/"+id+".db")
}

// copyTo writes one consistent copy of an SQLite file.
func (d *DB) copyTo(ctx context.Context, dest, name string) (BackupFile, error) {
	path := filepath.Join(dest, filepath.FromSlash(name))
	d.keep.Lock()
	defer d.keep.Unlock()
	// VACUUM INTO reads one snapshot and does not stop writers.
	if _, err := d.keeper.ExecContext(ctx, `VACUUM INTO $1`, path); err != nil {
		return BackupFile{}, translate(err, d.Name)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return BackupFile{}, err
	}
	return syncAndDigest(path, name)
}

// syncAndDigest makes a file durable, which VACUUM INTO leaves to us, and
// describes it.
func syncAndDigest(path, name string) (_ BackupFile, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return BackupFile{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Sync(); err != nil {
		return BackupFile{}, err
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	return BackupFile{Path: name, Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

func writeManifest(dest string, m Manifest) (err error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dest, manifestName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(append(text, '\n')); err != nil {
		return err
	}
	return f.Sync()
}

func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return os.MkdirAll(dir, 0o700)
	}
	if err == nil && len(entries) > 0 {
		return fault.New(fault.Conflict, "backup.not-empty", dir)
	}
	return err
}

// ReadBackup reads and checks a backup: every file is there, whole and
// unchanged.
func ReadBackup(src string) (Manifest, error) {
	var m Manifest
	text, err := os.ReadFile(filepath.Join(src, manifestName))
	if errors.Is(err, os.ErrNotExist) {
		return m, fault.New(fault.Invalid, "backup.incomplete", src)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fault.New(fault.Invalid, "backup.damaged", manifestName).Because(err)
	}
	for _, want := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(want.Path)) {
			return m, fault.New(fault.Invalid, "backup.damaged", want.Path)
		}
		got, err := digest(filepath.Join(src, filepath.FromSlash(want.Path)), want.Path)
		if err != nil || got != want {
			return m, fault.New(fault.Invalid, "backup.damaged", want.Path).Because(err)
		}
	}
	return m, nil
}

func digest(path, name string) (_ BackupFile, err error) {
	f, err := os.Open(path)
	if err != nil {
		return BackupFile{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return BackupFile{Path: name, Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

// Restore puts a backup into a data folder that has no databases. The caller
// holds the folder's Lock.
func Restore(ctx context.Context, src, dir string) (Manifest, error) {
	m, err := ReadBackup(src)
	if err != nil {
		return m, err
	}
	if _, err := os.Stat(filepath.Join(dir, "control.db")); err == nil {
		return m, fault.New(fault.Conflict, "restore.not-empty", dir)
	}
	if err := emptyDir(filepath.Join(dir, "data")); err != nil {
		return m, err
	}
	// Control is copied last: a folder without it is restored again from the
	// start rather than taken for a whole one.
	for i := len(m.Files) - 1; i >= 0; i-- {
		if err := ctx.Err(); err != nil {
			return m, context.Cause(ctx)
		}
		name := filepath.FromSlash(m.Files[i].Path)
		if err := durable.Copy(filepath.Join(src, name), filepath.Join(dir, name)); err != nil {
			return m, err
		}
	}
	return m, nil
}
