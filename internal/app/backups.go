package app

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/channels/admin"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

// backupsListed is how many backups a page lists, the newest first.
const backupsListed = 50

// checkBackupDir refuses a folder of backups that would become part of its own
// backups.
func (c *Config) checkBackupDir() error {
	if c.BackupDir == "" {
		return nil
	}
	data, err := filepath.Abs(c.Data)
	if err != nil || !filepath.IsAbs(c.BackupDir) || holds(data, c.BackupDir) || holds(c.BackupDir, data) {
		return fault.New(fault.Invalid, "config.backup-dir", c.BackupDir).Because(err)
	}
	return nil
}

// holds reports whether a path is a folder or lies in it.
func holds(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// backups makes one backup at a time in the folder that is configured, and
// remembers how the last one went.
type backups struct {
	mu      sync.Mutex
	running *admin.RunningBackup
	last    *admin.EndedBackup
	sizes   map[string]admin.BackupFolder // of whole ones, which change no more
	done    sync.WaitGroup
}

// BeginBackup begins a backup in a new folder under the one that is configured,
// and comes back; the program's end breaks it off.
func (a *App) BeginBackup(_ context.Context, by actor.Actor) (name string, err error) {
	if a.Store.Engine() != store.SQLite {
		return "", fault.New(fault.Invalid, "backup.postgres")
	}
	if a.Config.BackupDir == "" {
		return "", fault.New(fault.Conflict, "system.backup.unset")
	}
	b := &a.backups
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running != nil {
		return "", fault.New(fault.Conflict, "system.backup.busy", b.running.Began)
	}
	now := time.Now()
	run := admin.RunningBackup{Name: now.In(record.VietnamTime).Format("2006-01-02-150405"), Began: now, Stage: "databases"}
	if run.About, err = a.backupRoom(); err != nil {
		return "", err
	}
	dir := filepath.Join(a.Config.BackupDir, run.Name)
	if err := os.Mkdir(dir, 0o700); errors.Is(err, fs.ErrExist) {
		return "", fault.New(fault.Conflict, "system.backup.there", run.Name)
	} else if err != nil {
		return "", fault.New(fault.Conflict, "system.backup.place").Because(err)
	}
	if a.stopping.Err() != nil {
		return "", errors.Join(fault.New(fault.Unavailable, "system.backup.stopped"), os.Remove(dir))
	}
	b.running = &run
	b.done.Go(func() { a.runBackup(by, dir, run) })
	return run.Name, nil
}

// backupRoom is about how much a backup takes; it is refused when the disk does
// not have that.
func (a *App) backupRoom() (about int64, err error) {
	if err := os.MkdirAll(a.Config.BackupDir, 0o700); err != nil {
		return 0, fault.New(fault.Conflict, "system.backup.place").Because(err)
	}
	parts, err := sizesOf(a.Config.Data)
	if err != nil {
		return 0, err
	}
	about = parts["truth"] + parts["files"] + parts["log"]
	if free, err := store.FreeBytes(a.Config.BackupDir); err == nil && free < about+about/10 {
		return 0, fault.New(fault.Conflict, "system.backup.room", free, about)
	}
	return about, nil
}

func (a *App) runBackup(by actor.Actor, dir string, run admin.RunningBackup) {
	ctx := context.WithoutCancel(a.stopping)
	_, err := a.backup(a.stopping, dir, func(stage string) {
		a.backups.mu.Lock()
		defer a.backups.mu.Unlock()
		next := run
		next.Stage = stage
		a.backups.running = &next
	})
	end := &admin.EndedBackup{Name: run.Name, At: time.Now(), Took: time.Since(run.Began), Err: err}
	detail := map[string]string{"change": "backup", "folder": run.Name}
	result := audit.Done
	if err == nil {
		end.Bytes, err = folderBytes(dir)
	}
	if end.Err = err; err != nil {
		result = audit.Failed
		detail["why"] = "internal"
		if f := fault.Of(err); f != nil {
			detail["why"] = f.Key
		} else if a.stopping.Err() != nil {
			end.Err = fault.New(fault.Unavailable, "system.backup.stopped").Because(err)
		}
		a.Log.ErrorContext(ctx, "backup failed", "folder", run.Name, "err", errors.Join(err, os.RemoveAll(dir)))
	} else {
		detail["bytes"] = strconv.FormatInt(end.Bytes, 10)
	}
	if _, e := a.Audit.Append(ctx, audit.Entry{
		Actor: audit.Actor{Kind: by.Kind, ID: by.ID, Name: by.Name}, Action: string(policy.Operate), Object: policy.KindServer + ":backup", Result: result, Detail: detail,
	}); e != nil {
		a.Log.ErrorContext(ctx, "backup is not in the log", "folder", run.Name, "err", e)
	}
	a.backups.mu.Lock()
	a.backups.running, a.backups.last = nil, end
	a.backups.mu.Unlock()
}

// backupState is what the page of backups shows.
func (a *App) backupState(context.Context) (admin.Backups, error) {
	b := admin.Backups{Dir: a.Config.BackupDir, Outside: a.Store.Engine() != store.SQLite}
	a.backups.mu.Lock()
	if a.backups.running != nil {
		run := *a.backups.running
		b.Running = &run
	}
	b.Last = a.backups.last
	a.backups.mu.Unlock()
	if b.Dir == "" || b.Outside {
		return b, nil
	}
	if b.Running != nil {
		done, err := folderBytes(filepath.Join(b.Dir, b.Running.Name))
		if err != nil {
			return b, err
		}
		b.Running.Done = done
	}
	var err error
	b.List, b.TooMany, err = a.listBackups()
	return b, err
}

func (a *App) listBackups() (list []admin.BackupFolder, more int, err error) {
	entries, err := os.ReadDir(a.Config.BackupDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		f, is, err := a.lookAtBackup(e.Name())
		if err != nil {
			return nil, 0, err
		}
		if is {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b admin.BackupFolder) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(b.Name, a.Name)) })
	if len(list) > backupsListed {
		list, more = list[:backupsListed], len(list)-backupsListed
	}
	for i := range list {
		if list[i].Bytes, err = a.backupBytes(list[i]); err != nil {
			return nil, 0, err
		}
	}
	return list, more, nil
}

// lookAtBackup says whether a folder is a backup; what is written last tells
// whether it is whole.
func (a *App) lookAtBackup(name string) (f admin.BackupFolder, is bool, err error) {
	dir := filepath.Join(a.Config.BackupDir, name)
	f.Name = name
	for i, file := range []string{blobsName, "backup.json", "control.db"} {
		info, err := os.Stat(filepath.Join(dir, file))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return f, false, err
		}
		f.At, f.Whole = info.ModTime(), i == 0
		return f, true, nil
	}
	return f, false, nil
}

func (a *App) backupBytes(f admin.BackupFolder) (int64, error) {
	a.backups.mu.Lock()
	known, ok := a.backups.sizes[f.Name]
	a.backups.mu.Unlock()
	if ok && known.At.Equal(f.At) {
		return known.Bytes, nil
	}
	n, err := folderBytes(filepath.Join(a.Config.BackupDir, f.Name))
	if err == nil && f.Whole {
		f.Bytes = n
		a.backups.mu.Lock()
		if a.backups.sizes == nil {
			a.backups.sizes = map[string]admin.BackupFolder{}
		}
		a.backups.sizes[f.Name] = f
		a.backups.mu.Unlock()
	}
	return n, err
}

// folderBytes is how much lies in a folder; what goes away meanwhile does not
// count.
func folderBytes(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				n += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return n, err
}
