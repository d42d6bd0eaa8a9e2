package inbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// How many looks a file must stay as it is before it is taken: it may still be
// on its way. An empty file is often one whose content is yet to come.
const (
	quiet      = 2
	quietEmpty = 15
)

// staleOpen is the age from which a mark of "somebody has this open" is taken
// for one that a program left behind.
const staleOpen = 12 * time.Hour

// A stamp is what a file looks like from outside.
type stamp struct {
	size  int64
	mtime time.Time
}

func stampOf(info fs.FileInfo) stamp { return stamp{info.Size(), info.ModTime()} }

// A sight is how often in a row a file looked the same.
type sight struct {
	stamp
	same int
	at   int // the look that saw it last
}

// A file is one that is complete and can be sent, or has been.
type file struct {
	drop
	name string
	info fs.FileInfo
	in   string // folder below the drop: "" as it was put there, held when it waits for a person
}

func (f file) path() string { return path.Join(f.drop.path, f.in, f.name) }

// notice is the name of the text beside a file that is left where it is. It is
// made from the file's path, size and time, so it says which file is meant, and
// whether the file is still the same, without naming it.
func (f file) notice() string { return notice(f.path(), stampOf(f.info)) }

func notice(path string, s stamp) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d", path, s.size, s.mtime.UnixNano()))
	return mark + hex.EncodeToString(sum[:6]) + ".txt"
}

// isNotice knows the names that notice gives, and no other: notices that speak
// of nothing any more are removed.
func isNotice(name string) bool {
	hexes, ok := strings.CutPrefix(strings.TrimSuffix(name, ".txt"), mark)
	_, err := hex.DecodeString(hexes)
	return ok && err == nil && len(name) == len(mark)+12+len(".txt")
}

// complete gives the files of a data set that have stayed as they are, the
// oldest first.
func (in *Inbox) complete(root *os.Root, drops []drop) ([]file, error) {
	var ready []file
	for _, d := range drops {
		list, err := readFolder(root, d.path)
		if err != nil {
			return nil, err
		}
		found, err := in.watch(root, d, list)
		if err != nil {
			return nil, err
		}
		ready = append(ready, found...)
	}
	slices.SortStableFunc(ready, func(a, b file) int { return a.info.ModTime().Compare(b.info.ModTime()) })
	return ready, nil
}

// watch compares one folder with what it was at the last look.
func (in *Inbox) watch(root *os.Root, d drop, list []fs.DirEntry) (ready []file, err error) {
	notices := map[string]bool{} // by name: does it still speak of a file that is there?
	for _, e := range list {
		if isNotice(e.Name()) && e.Type().IsRegular() {
			notices[e.Name()] = false
		}
	}
	open := in.openNames(list)
	for _, e := range list {
		if !e.Type().IsRegular() || leaveAlone(e.Name()) {
			continue
		}
		info, err := root.Lstat(path.Join(d.path, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("inbox: %w", err)
		}
		f := file{drop: d, name: e.Name(), info: info}
		if _, there := notices[f.notice()]; there {
			notices[f.notice()] = true
			continue
		}
		if info.Mode().IsRegular() && in.stays(f) && !isOpen(open, e.Name()) {
			ready = append(ready, f)
		}
	}
	in.forget(d)
	for name, needed := range notices {
		if !needed {
			err = errors.Join(err, gone(root.Remove(path.Join(d.path, name))))
		}
	}
	return ready, err
}

// stays reports whether a file has been the same for long enough, and is not
// one that is left until it changes.
func (in *Inbox) stays(f file) bool {
	now := stampOf(f.info)
	s, known := in.seen[f.path()]
	if known && s.stamp == now {
		s.same++
	} else {
		s = sight{stamp: now}
	}
	s.at = in.looks
	in.seen[f.path()] = s
	in.mu.Lock()
	left, is := in.left[f.path()]
	if is && left != now {
		delete(in.left, f.path())
	}
	in.mu.Unlock()
	if is && left == now {
		return false
	}
	if now.size == 0 {
		return s.same >= quietEmpty
	}
	return s.same >= quiet
}

// forget drops what is known of files of a folder that are no longer there.
func (in *Inbox) forget(d drop) {
	for p, s := range in.seen {
		if path.Dir(p) == d.path && s.at != in.looks {
			delete(in.seen, p)
			in.mu.Lock()
			delete(in.left, p)
			in.mu.Unlock()
		}
	}
}

// leaveAlone reports whether a name is that of a file on its way, of a program's
// own, or of the inbox.
func leaveAlone(name string) bool {
	lower := strings.ToLower(name)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || isNotice(name) || strings.HasSuffix(name, "~") {
		return true
	}
	switch path.Ext(lower) {
	case ".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp", ".lock":
		return true
	}
	return lower == "thumbs.db" || lower == "desktop.ini"
}

// openNames are the marks that Excel, Word and LibreOffice leave beside a file
// that somebody has open.
func (in *Inbox) openNames(list []fs.DirEntry) map[string]bool {
	open := map[string]bool{}
	for _, e := range list {
		if !strings.HasPrefix(e.Name(), "~$") && !strings.HasPrefix(e.Name(), ".~lock.") {
			continue
		}
		if info, err := e.Info(); err == nil && in.Now().Sub(info.ModTime()) < staleOpen {
			open[e.Name()] = true
		}
	}
	return open
}

func isOpen(open map[string]bool, name string) bool {
	if len(open) == 0 {
		return false
	}
	cut := name
	if r := []rune(name); len(r) > 2 { // Word writes its mark over the first two letters of a long name
		cut = string(r[2:])
	}
	return open["~$"+name] || open["~$"+cut] || open[".~lock."+name+"#"]
}

// gone takes "is not there" for done.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
