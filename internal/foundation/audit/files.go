package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	checkpointFile = "checkpoint"
	keyFile        = "key"
	lockFile       = "lock"
	restoredFile   = "restored-from"
	keptDir        = "checkpoints"
	epochsDir      = "epochs"
	payloadDir     = "payload"
	indexDir       = "index"
	tileDir        = "tile"
	erasingFile    = "erasing"
	tempPrefix     = ".new-"
)

func segmentFile(n int64) string  { return filepath.Join(payloadDir, fmt.Sprintf("%06d.log", n)) }
func indexFile(n int64) string    { return filepath.Join(indexDir, fmt.Sprintf("%06d.idx", n)) }
func epochFile(epoch int) string  { return filepath.Join(epochsDir, fmt.Sprint(epoch)) }
func segmentOf(index int64) int64 { return index / segmentLeaves }

// putFile puts a whole file into its place: a reader sees the old one or the
// new one, also after a power cut once its folder has been synced.
func putFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), tempPrefix+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeGone(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// putFileSynced is putFile with its folder synced.
func putFileSynced(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := putFile(path, data); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func removeGone(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// lockDir makes this process the only one that writes a log.
func lockDir(dir string) (*os.File, bool, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false, err
	}
	for try := 0; ; try++ {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) || try == 10 {
			break
		}
		time.Sleep(10 * time.Millisecond) // held takes the lock for an instant to look
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, false, f.Close()
	}
	if err != nil {
		return nil, false, errors.Join(err, f.Close())
	}
	return f, true, nil
}

// held reports whether a process holds a log's folder.
func held(dir string) bool {
	f, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return false
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	return errors.Join(err, f.Close()) != nil // closing gives the lock back
}

// noRoom reports whether a disk, a quota or a limit of file sizes is full.
func noRoom(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG)
}

// isTemp tells what a killed process may leave behind.
func isTemp(name string) bool { return strings.HasPrefix(filepath.Base(name), tempPrefix) }
