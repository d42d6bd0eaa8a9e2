package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/durable"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// blobsName lists the files as sent that are in a backup. It is written last: a
// backup without it was broken off.
const blobsName = "blobs.json"

// Backup copies the databases and then the files as sent into an empty folder,
// while everything is in use. The mirror is not copied: it comes back from the
// truth. Neither are settings and the token.
func (a *App) Backup(ctx context.Context, dir string) (store.Manifest, error) {
	return a.backup(ctx, dir, func(string) {})
}

// backup tells what it copies: databases, files, log.
func (a *App) backup(ctx context.Context, dir string, stage func(string)) (store.Manifest, error) {
	if !filepath.IsAbs(dir) {
		return store.Manifest{}, fault.New(fault.Invalid, "backup.absolute", dir)
	}
	stage("databases")
	m, err := a.Store.Backup(ctx, dir)
	if err != nil {
		return m, err
	}
	stage("files")
	list := []blob.Info{}
	err = a.Blobs.Each(func(i blob.Info) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		list = append(list, i)
		return a.copyBlob(i.Digest, filepath.Join(dir, "blob"))
	})
	if err != nil {
		return m, fmt.Errorf("backup of files as sent: %w", err)
	}
	stage("log")
	if err := copyTree(filepath.Join(a.Config.Data, usageDir), filepath.Join(dir, usageDir)); err != nil {
		return m, fmt.Errorf("backup of the ledger: %w", err)
	}
	// The log comes last of what grows: it tells of all that is in the copy.
	if err := a.Audit.Backup(ctx, filepath.Join(dir, auditDir)); err != nil {
		return m, err
	}
	// What was erased by now: whoever brings this backup back erases it again.
	if err := corridor.MergeErased(a.Config.Data, dir); err != nil {
		return m, err
	}
	text, err := json.Marshal(list)
	if err != nil {
		return m, err
	}
	if err := os.WriteFile(filepath.Join(dir, blobsName), append(text, '\n'), 0o600); err != nil {
		return m, err
	}
	return m, a.backedUp(dir)
}

// copyBlob copies a file as sent as it lies there: what is sealed stays sealed.
func (a *App) copyBlob(digest, dir string) (err error) {
	in, sealed, err := a.Blobs.Raw(digest)
	if fault.Is(err, "blob.unknown") {
		return nil // its time was over since the list was made
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return durable.Write(filepath.Join(dir, blob.RawName(blob.Info{Digest: digest, Sealed: sealed})), in)
}

// Restore puts a backup into a data folder that has no databases. What the
// control database does not know yet is rolled forward when the program opens it.
func Restore(ctx context.Context, src, dir string) (m store.Manifest, err error) {
	list, err := readBlobs(src)
	if err != nil {
		return m, err
	}
	// Better to know before anything is written that the backup is whole.
	if m, err = store.ReadBackup(src); err != nil {
		return m, err
	}
	lock, err := store.Lock(dir, "", "")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if _, err := os.Stat(filepath.Join(dir, "control.db")); err == nil {
		return m, fault.New(fault.Conflict, "restore.not-empty", dir)
	}
	from := blob.At(filepath.Join(src, "blob"))
	to, err := blob.Open(filepath.Join(dir, "blob"), nil)
	if err != nil {
		return m, err
	}
	for _, i := range list {
		if err := restoreBlob(ctx, from, to, i.Digest); err != nil {
			return m, err
		}
	}
	// The list in the folder may be newer than the backup: neither is forgotten.
	if err := corridor.MergeErased(src, dir); err != nil {
		return m, err
	}
	if err := copyTree(filepath.Join(src, usageDir), filepath.Join(dir, usageDir)); err != nil {
		return m, err
	}
	if err := restoreLog(src, dir); err != nil {
		return m, err
	}
	// The databases come last: a folder without them is restored again from the
	// start.
	return store.Restore(ctx, src, dir)
}

// Folders of the data folder that a backup copies as they are.
const (
	auditDir = "audit"
	usageDir = "usage"
)

// restoreLog brings the log back and begins a new epoch of it: the log may have
// gone on after the backup, and a receipt of that time must never meet another
// entry under its number. A log that is in the folder already is newer, and
// stays.
func restoreLog(src, dir string) error {
	from, to := filepath.Join(src, auditDir), filepath.Join(dir, auditDir)
	if _, err := os.Stat(filepath.Join(to, "checkpoint")); err == nil {
		return nil
	}
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil // made before there was a log
	}
	if err := copyTree(from, to); err != nil {
		return err
	}
	newest, err := os.ReadFile(filepath.Join(to, "checkpoint"))
	if err != nil {
		return err
	}
	return audit.BeginEpoch(to, newest, "khôi phục từ bản sao lưu")
}

// copyTree copies the files of a folder that the other does not have, for their
// owner alone; a folder that is not there has none.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == from {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		if err := durable.Copy(path, filepath.Join(to, name)); !errors.Is(err, fs.ErrExist) {
			return err
		}
		return nil
	})
}

func readBlobs(src string) (list []blob.Info, err error) {
	text, err := os.ReadFile(filepath.Join(src, blobsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Invalid, "backup.incomplete", src)
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fault.New(fault.Invalid, "backup.damaged", blobsName).Because(err)
	}
	return list, nil
}

func restoreBlob(ctx context.Context, from, to *blob.Store, digest string) error {
	in, sealed, err := from.Raw(digest)
	if err != nil {
		return fault.New(fault.Invalid, "backup.damaged", digest).Because(err)
	}
	err = errors.Join(to.PutRaw(ctx, digest, sealed, in), in.Close())
	if fault.Is(err, "blob.damaged") {
		return fault.New(fault.Invalid, "backup.damaged", digest)
	}
	return err
}
