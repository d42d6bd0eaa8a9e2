package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// Credential is the name under which systemd hands over the master key
// (LoadCredentialEncrypted=phohien-master:…).
const Credential = "phohien-master"

// A Source says why the master key is looked for where it is.
type Source string

// The sources, from the strongest to the weakest.
const (
	FromCredential Source = "credential" // of systemd
	FromSetting    Source = "setting"
	FromDefault    Source = "default" // <data folder>.keys/master.key
)

// A Place is where the master key is, or will be made.
type Place struct {
	Path   string
	Source Source
	Inside bool // in the data folder: who takes the folder takes the key
}

// Locate says where the master key belongs: in the credential that systemd
// hands over, else where the setting says, else in a folder beside the data
// folder. Beside and not in it, so that a copy of the folder opens nothing, and
// not in the home of whoever starts the program, so that a folder and its key
// are found together. env is os.LookupEnv.
func Locate(data, configured string, env func(string) (string, bool)) (Place, error) {
	whole, err := filepath.Abs(data)
	if err != nil {
		return Place{}, fmt.Errorf("master key: %w", err)
	}
	p := Place{Path: whole + ".keys" + string(filepath.Separator) + "master.key", Source: FromDefault}
	if configured != "" {
		if p.Path, err = filepath.Abs(configured); err != nil {
			return Place{}, fmt.Errorf("master key: %w", err)
		}
		p.Source = FromSetting
	}
	if dir, ok := env("CREDENTIALS_DIRECTORY"); ok && dir != "" {
		given := filepath.Join(dir, Credential)
		switch _, err := os.Stat(given); {
		case err == nil:
			p.Path, p.Source = given, FromCredential
		case !errors.Is(err, fs.ErrNotExist):
			return Place{}, fmt.Errorf("master key: %w", err)
		}
	}
	p.Inside = inside(whole, p.Path)
	return p, nil
}

// inside reports whether a path lies in a folder, links followed as far as the
// path exists.
func inside(folder, path string) bool {
	rel, err := filepath.Rel(followed(folder), followed(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func followed(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if parent := filepath.Dir(path); parent != path {
		return filepath.Join(followed(parent), filepath.Base(path))
	}
	return path
}

// OpenAt opens the master key at its place. A key that an earlier version left
// in the data folder (keys/master.key) is moved there first.
func OpenAt(data string, p Place) (*Ring, error) {
	old := filepath.Join(data, "keys", "master.key")
	if p.Source == FromCredential {
		// systemd's copy is there already, and cannot be written.
		r, err := read(p.Path)
		if err != nil {
			return nil, err
		}
		r.path = "" // nothing is to be written there
		return r, agree(old, r, p.Path)
	}
	switch err := move(old, p.Path); {
	case fault.Is(err, "keys.no-place"):
		// An installation that has worked goes on working; doctor complains.
		return read(old)
	case err != nil:
		return nil, err
	}
	r, err := Open(p.Path)
	return r, placeless(err, p.Path)
}

// placeless says in words that a folder is not ours to write.
func placeless(err error, path string) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fault.New(fault.Unavailable, "keys.no-place", path).Because(err)
	}
	return err
}

// agree refuses to go on with a master that is not the one in the data folder.
func agree(old string, r *Ring, path string) error {
	before, err := read(old)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !bytes.Equal(before.master, r.master) {
		err = fault.New(fault.Conflict, "keys.two-masters", old, path)
	}
	return err
}

// move brings a master from its old place to the new one: it stands at the new
// place, durable, before the old one goes. A crash in between leaves both, and
// the next start finishes.
func move(from, to string) error {
	if same, err := filepath.Abs(from); err == nil && same == to {
		return nil
	}
	before, err := read(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = os.MkdirAll(filepath.Dir(to), 0o700)
	if err == nil {
		err = place(to, before.master)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return placeless(fmt.Errorf("master key: %w", err), to)
	}
	after, err := read(to)
	if err != nil {
		return err
	}
	if !bytes.Equal(before.master, after.master) {
		return fault.New(fault.Conflict, "keys.two-masters", from, to)
	}
	if err := wipe(from); err != nil {
		return fmt.Errorf("master key: the old one at %s: %w", from, err)
	}
	return nil
}

// wipe overwrites a small file before removing it. File systems that copy on
// write may keep the old blocks a while: the data folder should never have been
// theirs alone to guard.
func wipe(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, info.Size()))
	}
	if err := errors.Join(err, f.Sync(), f.Close(), os.Remove(path)); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
