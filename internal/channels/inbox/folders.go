package inbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/phohien/phohien/internal/core/contract"
)

// The folders that files are moved to, beside where they were put.
const (
	taken   = "da-nhan"
	held    = "cho-xac-nhan"
	refused = "khong-nhan"
)

// mark begins the names of the notices that the program writes among the files.
const mark = "_phohien-"

const (
	mostSets    = 100_000
	mostEntries = 20_000 // of one folder that are looked at; the rest have their turn later
)

// A drop is a folder that files are put into.
type drop struct {
	path   string // from the inbox
	sender string // "" = nobody in particular
}

// findSets learns which data sets take files, and makes their folders.
func (in *Inbox) findSets(ctx context.Context, root *os.Root) error {
	var sets []set
	for c, err := range contract.All(ctx, in.Contracts) {
		if err != nil {
			return fmt.Errorf("inbox: %w", err)
		}
		if len(sets) >= mostSets {
			break
		}
		for _, o := range c.Objects {
			if !c.Retired {
				sets = append(sets, set{o.Dataset, c.Name, c.Sealed()})
			}
		}
	}
	in.sets = sets
	for _, s := range sets {
		if err := root.Mkdir(s.address, 0o770); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("inbox: %w", err)
		}
	}
	return nil
}

// drops are the folders of a data set: its own and one for each sender.
func (in *Inbox) drops(root *os.Root, s set) ([]drop, error) {
	list, err := readFolder(root, s.address)
	if err != nil {
		return nil, err
	}
	all := []drop{{path: s.address}}
	for _, e := range list {
		if e.IsDir() && isSender(e.Name()) {
			all = append(all, drop{path.Join(s.address, e.Name()), clean(e.Name())})
		}
	}
	return all, nil
}

func isSender(name string) bool {
	switch name {
	case taken, held, refused:
		return false
	}
	return !strings.HasPrefix(name, ".")
}

// readFolder lists a folder by name. What is no folder, or is gone, has
// nothing in it; a link is no folder.
func readFolder(root *os.Root, name string) ([]fs.DirEntry, error) {
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	list, err := f.ReadDir(mostEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// clean is a name as people may be shown it: composed, without control
// characters.
func clean(name string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_")))
}
