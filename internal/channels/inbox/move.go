package inbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// An outcome is what became of a file.
type outcome struct {
	set
	file
	status corridor.Status // its ID is "" when the file did not become a batch
	err    error           // why it was not taken in
	at     time.Time
	again  bool // it had been received before
}

// shelf is which of the folders the file belongs to: taken, held or refused.
func (o outcome) shelf() string {
	switch {
	case o.err != nil || o.status.State == corridor.Failed || o.status.State == corridor.Cancelled:
		return refused
	case o.status.State == corridor.Held:
		return held
	}
	return taken
}

// folder is where the file goes.
func (o outcome) folder() string {
	if o.shelf() == held {
		return path.Join(o.drop.path, held)
	}
	return path.Join(o.drop.path, o.shelf(), o.at.In(locale.Zone).Format(time.DateOnly))
}

// settle writes what became of a file and moves the file beside it. The text
// comes first: a program that ends between the two finds it again by the code
// of the batch.
func (in *Inbox) settle(root *os.Root, o outcome) error {
	folder := o.folder()
	if err := root.MkdirAll(folder, 0o770); err != nil {
		return err
	}
	name, err := free(root, folder, o.name, o.status.ID)
	if err != nil {
		return err
	}
	if err := write(root, path.Join(folder, name+".txt"), in.words(o)); err != nil {
		return err
	}
	if o.sealed && o.shelf() == taken {
		return remove(root, o.file) // it is kept, sealed; here it would lie readable
	}
	return move(root, o.file, path.Join(folder, name))
}

// remove deletes a file, if it is the one meant.
func remove(root *os.Root, f file) error {
	info, err := root.Lstat(f.path())
	if errors.Is(err, fs.ErrNotExist) || err == nil && !same(info, f.info) {
		return errChanged
	}
	if err != nil {
		return err
	}
	return root.Remove(f.path())
}

// move renames a file, and takes that back when it was not the file meant.
func move(root *os.Root, f file, to string) error {
	if info, err := root.Lstat(f.path()); errors.Is(err, fs.ErrNotExist) || err == nil && !same(info, f.info) {
		return errChanged // whoever replaced it has not been answered yet
	}
	if err := root.Rename(f.path(), to); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return errChanged
		}
		return err
	}
	info, err := root.Lstat(to)
	if err != nil || same(info, f.info) {
		return err
	}
	if _, err := root.Lstat(f.path()); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("a file that came meanwhile lies in %s: %w", path.Dir(to), errors.Join(err, fs.ErrExist))
	}
	return errors.Join(errChanged, root.Rename(to, f.path()))
}

func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && stampOf(a) == stampOf(b)
}

// mostNames bounds the search for a free name.
const mostNames = 10_000

// free finds a name that is not taken in a folder: "a.xlsx", "a (2).xlsx" … A
// text without its file, of the same batch, is one that an earlier run wrote.
func free(root *os.Root, folder, name, batch string) (string, error) {
	for n := 1; n < mostNames; n++ {
		as := numbered(name, n)
		_, err := root.Lstat(path.Join(folder, as))
		if !errors.Is(err, fs.ErrNotExist) {
			if err != nil {
				return "", err
			}
			continue
		}
		text := path.Join(folder, as+".txt")
		info, err := root.Lstat(text)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return as, nil
		case err != nil:
			return "", err
		case batch != "" && info.Mode().IsRegular() && batchIn(root, text) == batch:
			return as, nil
		}
	}
	return "", fmt.Errorf("%s holds %d files of one name", folder, mostNames)
}

// numbered gives a name its number, shortened to what a folder can hold with
// ".txt" behind it.
func numbered(name string, n int) string {
	const most = 230 // bytes, of the 255 that file systems allow
	ext := path.Ext(name)
	if len(ext) > 20 {
		ext = ""
	}
	stem := strings.TrimSuffix(name, ext)
	for len(stem)+len(ext) > most {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	if n > 1 {
		stem += " (" + strconv.Itoa(n) + ")"
	}
	return stem + ext
}

// write writes a text as Notepad reads it: UTF-8 with its mark, CRLF.
func write(root *os.Root, name string, lines []string) (err error) {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o660)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.WriteString(f, "\ufeff"+strings.Join(lines, "\r\n")+"\r\n")
	return err
}
