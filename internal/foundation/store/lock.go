package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// An Owner is the process that holds a data folder and how to reach it.
type Owner struct {
	PID       int    `json:"pid"`
	Address   string `json:"address,omitempty"`   // where it listens; "" = it does not
	TokenFile string `json:"tokenFile,omitempty"` // file with the token that writes need
}

// A FolderLock is the right to open the databases of a data folder.
type FolderLock struct{ f *os.File }

const lockName = "phohien.lock"

// Lock takes a data folder for this process, making the folder when it is not
// there. Another process that holds it is named in the fault "store.locked"
// (its PID and address). The lock ends with Release or with the process,
// however it ends.
func Lock(dir, address, tokenFile string) (*FolderLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	// Holder takes the lock for an instant to look; that is waited out.
	for try := 0; ; try++ {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) || try == 10 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		owner, readErr := readOwner(f)
		return nil, errors.Join(fault.New(fault.Conflict, "store.locked", dir, owner.PID, owner.Address).Because(readErr), f.Close())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	l := &FolderLock{f: f}
	if err := l.Announce(address, tokenFile); err != nil {
		return nil, errors.Join(err, l.Release())
	}
	return l, nil
}

// Announce tells other processes where this one listens.
func (l *FolderLock) Announce(address, tokenFile string) error {
	text, err := json.Marshal(Owner{PID: os.Getpid(), Address: address, TokenFile: tokenFile})
	if err != nil {
		return err
	}
	// Padding with white space keeps a reader from seeing a shorter text mixed
	// with the rest of a longer one.
	if info, err := l.f.Stat(); err == nil {
		for int64(len(text)) < info.Size() {
			text = append(text, ' ')
		}
	}
	_, err = l.f.WriteAt(text, 0)
	return err
}

// Release gives the folder back. The file stays: removing it would let two
// processes lock two files of one name.
func (l *FolderLock) Release() error { return l.f.Close() }

// Holder returns the process that holds a data folder, if one does.
func Holder(dir string) (Owner, bool, error) {
	f, err := os.Open(filepath.Join(dir, lockName))
	if errors.Is(err, os.ErrNotExist) {
		return Owner{}, false, nil
	}
	if err != nil {
		return Owner{}, false, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if err == nil {
		return Owner{}, false, f.Close() // closing gives the lock back
	}
	if !errors.Is(err, unix.EWOULDBLOCK) {
		return Owner{}, false, errors.Join(err, f.Close())
	}
	owner, err := readOwner(f)
	return owner, true, errors.Join(err, f.Close())
}

// readOwner reads the lock file of a process that may be writing it.
func readOwner(f *os.File) (Owner, error) {
	var owner Owner
	var err error
	for range 10 {
		var text []byte
		if text, err = io.ReadAll(io.NewSectionReader(f, 0, 1<<16)); err != nil {
			return owner, err
		}
		if err = json.Unmarshal(text, &owner); err == nil {
			return owner, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return owner, fmt.Errorf("lock file: %w", err)
}
