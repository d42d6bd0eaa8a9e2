package inbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// errLater: not the file but the platform, or the share, is the obstacle.
var errLater = errors.New("later")

// errChanged: the file is not the one that was seen; the next looks see it anew.
var errChanged = errors.New("the file has changed")

// send sends files of a data set one after the other.
func (in *Inbox) send(ctx context.Context, root *os.Root, s set, files []file) {
	for _, f := range files {
		err := in.sendOne(ctx, root, s, f)
		switch {
		case err == nil:
			in.rested(s.address)
		case ctx.Err() != nil:
			return // it stays where it is until the next start
		case errors.Is(err, errLater):
			in.Log.Warn("a file of the inbox waits", "dataset", s.address, "error", err)
			in.tire(s.address) // and those behind it too: their order matters
			return
		case errors.Is(err, errChanged):
		default: // it cannot be read, or not be moved: trying again changes nothing
			in.Log.Error("a file of the inbox stays where it is", "dataset", s.address, "error", err)
			in.leave(f)
		}
	}
}

// leave keeps a file from being tried again as long as it does not change.
func (in *Inbox) leave(f file) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.left[f.path()] = stampOf(f.info)
}

// sendOne walks one file through the corridor and moves it where it belongs.
func (in *Inbox) sendOne(ctx context.Context, root *os.Root, s set, f file) error {
	began := in.Now()
	status, err := in.walk(ctx, root, s, f, false)
	if why := fault.Of(err); why != nil && (why.Key == "header.missing" || why.Key == "header.nothing") {
		// Which heading is which a person can say, once: it is remembered.
		status, err = in.walk(ctx, root, s, f, true)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch why := fault.Of(err); {
	case why != nil && strings.HasPrefix(why.Key, "file.secret"):
		return in.leaveSecret(root, f, err)
	case why != nil && (why.Kind == fault.Unavailable || why.Kind == fault.NotFound):
		return fmt.Errorf("%w: %w", errLater, err)
	case err != nil && why == nil:
		if errors.Is(err, errChanged) || errors.Is(err, fs.ErrPermission) {
			return err
		}
		return fmt.Errorf("%w: %w", errLater, err)
	}
	return in.settle(root, outcome{
		set: s, file: f, status: status, err: err, at: in.Now(),
		again: status.ID != "" && status.Received.Before(began.Add(-time.Second)),
	})
}

// walk hands a file over and waits for its end; with ask it waits for a person,
// whatever it is.
func (in *Inbox) walk(ctx context.Context, root *os.Root, s set, f file, ask bool) (corridor.Status, error) {
	status, err := in.receive(ctx, root, s, f, ask)
	if err != nil {
		return status, err
	}
	status, err = in.Corridor.Wait(ctx, status.ID, func(s corridor.Status) bool { return s.State.Final() })
	switch {
	case err != nil:
		return status, err
	case status.State == corridor.Interrupted:
		return status, fault.New(fault.Unavailable, "server.stopping")
	}
	return status, status.Fault.Err()
}

// receive opens the file that was seen, and no other, and hands it over.
func (in *Inbox) receive(ctx context.Context, root *os.Root, s set, f file, ask bool) (corridor.Status, error) {
	// Without waiting: a pipe would never answer.
	opened, err := root.OpenFile(f.path(), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		if os.IsNotExist(err) {
			return corridor.Status{}, errChanged
		}
		return corridor.Status{}, err
	}
	defer func() { _ = opened.Close() }() // only read
	// Somebody may have put a link, or another file, in its place.
	info, err := opened.Stat()
	if err != nil {
		return corridor.Status{}, err
	}
	if !os.SameFile(info, f.info) || stampOf(info) != stampOf(f.info) || !info.Mode().IsRegular() {
		return corridor.Status{}, errChanged
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, &breakable{ctx, opened}); err != nil {
		return corridor.Status{}, err
	}
	digest := sum.Sum(nil)
	if _, err := opened.Seek(0, io.SeekStart); err != nil {
		return corridor.Status{}, err
	}
	if in.May != nil {
		if err := in.May(ctx, s.address); err != nil {
			return corridor.Status{}, err
		}
	}
	return in.Corridor.Receive(ctx, sender, corridor.Request{
		Dataset: s.address, Name: clean(f.name), Sender: f.sender, IdempotencyKey: f.key(digest), Preview: ask,
		Body: &exact{from: opened, sum: sha256.New(), want: digest},
	})
}

// key is the same for the same file at the same place, and for no other: a file
// that was handed over before the program stopped is known by it.
func (f file) key(digest []byte) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\x00%d\x00%d\x00%x", f.path(), f.info.Size(), f.info.ModTime().UnixNano(), digest)
	return "inbox " + hex.EncodeToString(sum.Sum(nil))
}

// exact gives a body and, at its end, an error when it was not what its digest
// says: a file that is written while it is read must not go in by halves.
type exact struct {
	from io.Reader
	sum  hash.Hash
	want []byte
}

func (e *exact) Read(p []byte) (int, error) {
	n, err := e.from.Read(p)
	_, _ = e.sum.Write(p[:n]) // a hash does not fail
	if err == io.EOF && string(e.sum.Sum(nil)) != string(e.want) {
		err = errChanged
	}
	return n, err
}

// breakable ends a read when its context does.
type breakable struct {
	ctx context.Context
	io.Reader
}

func (b *breakable) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.Reader.Read(p)
}

// leaveSecret leaves a file with a mark of secrecy exactly where it is, with a
// text beside it that names neither the file nor what stands in it.
func (in *Inbox) leaveSecret(root *os.Root, f file, why error) error {
	in.leave(f)
	in.Log.Warn("a file with a mark of secrecy was not taken in and stays where it is", "folder", f.drop.path, "size", f.info.Size())
	l := locale.Vi
	return write(root, path.Join(f.drop.path, f.notice()), []string{
		l.T("inbox.title"), "",
		l.T("inbox.secret-file", f.info.ModTime(), f.info.Size()),
		l.T("inbox.time", in.Now()), "",
		l.T("inbox.result", l.T("inbox.result.refused")),
		l.Error(why), "",
		l.T("inbox.secret-todo"),
	})
}
