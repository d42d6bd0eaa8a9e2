package inbox

import (
	"context"
	"io"
	"os"
	"path"
	"regexp"
	"strings"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// follow moves files that waited for a person and wait no longer. Which batch a
// file is, the text beside it says.
func (in *Inbox) follow(ctx context.Context, root *os.Root, s set, drops []drop) {
	for _, d := range drops {
		folder := path.Join(d.path, held)
		list, err := readFolder(root, folder)
		if err != nil {
			in.Log.Error("files that wait for a person cannot be listed", "folder", folder, "error", err)
			continue
		}
		for _, e := range list {
			if ctx.Err() != nil {
				return
			}
			if !e.Type().IsRegular() {
				continue
			}
			if err := in.followOne(ctx, root, s, d, e.Name()); err != nil {
				in.Log.Error("a file that waited for a person stays where it is", "folder", folder, "error", err)
			}
		}
	}
}

func (in *Inbox) followOne(ctx context.Context, root *os.Root, s set, d drop, name string) error {
	text := path.Join(d.path, held, name+".txt")
	batch := batchIn(root, text)
	if batch == "" {
		return nil // a text itself, or a file that a person put here
	}
	status, err := in.Corridor.Status(ctx, batch)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if status.Dataset != s.address || !status.State.Final() || status.State == corridor.Held {
		return nil
	}
	info, err := root.Lstat(path.Join(d.path, held, name))
	if err != nil {
		return gone(err)
	}
	f := file{drop: d, name: name, info: info, in: held}
	if err := in.settle(root, outcome{set: s, file: f, status: status, err: status.Fault.Err(), at: in.Now()}); err != nil {
		return err
	}
	return gone(root.Remove(text))
}

// code is how the codes of batches look (ULID).
var code = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)

// batchIn finds the code of the batch in a text that the inbox wrote; "" when
// there is none.
func batchIn(root *os.Root, text string) string {
	info, err := root.Lstat(text)
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	f, err := root.Open(text)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // only read
	head, err := io.ReadAll(io.LimitReader(f, 8<<10))
	if err != nil {
		return ""
	}
	before := locale.Vi.T("inbox.batch", "")
	for line := range strings.SplitSeq(string(head), "\n") {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), strings.TrimSpace(before)); ok && code.MatchString(strings.TrimSpace(id)) {
			return strings.TrimSpace(id)
		}
	}
	return ""
}
