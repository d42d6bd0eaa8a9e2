// Package inbox is the door for files that are put into a folder: every data
// set in force has one below PHOHIEN_DATA/inbox, and what is put there is sent
// through the corridor like an upload. The file is then moved aside, with a
// text beside it that says in Vietnamese what became of it.
//
//	inbox/<data set>/                     files, or a folder for each sender
//	inbox/<data set>/<sender>/            files of that sender
//	…/da-nhan/2026-11-22/                 taken in
//	…/cho-xac-nhan/                       waits for a person to confirm
//	…/khong-nhan/2026-11-22/              not taken in
//
// The folders are looked at every two seconds. Notices of the kernel (inotify,
// which fsnotify wraps) would come sooner, but they tell nothing of what another
// machine writes to a share, get lost when there are many, and do not say when
// a file is complete; looking again tells all three.
//
// Whoever can write into a folder is trusted with its data set and its sender,
// nothing else: links and special files are never followed, and nothing outside
// of the folder is touched.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/store"
)

// sender is who sends what lies in the folders.
var sender = actor.Actor{Kind: "program", ID: "inbox", Name: "Thư mục nhận tệp"}

// A walker is what this package needs of the corridor.
type walker interface {
	Receive(ctx context.Context, by actor.Actor, in corridor.Request) (corridor.Status, error)
	Wait(ctx context.Context, id string, until func(corridor.Status) bool) (corridor.Status, error)
	Status(ctx context.Context, id string) (corridor.Status, error)
}

type contracts interface {
	List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
}

// Deps is what an inbox works with.
type Deps struct {
	Dir       string // made when it is not there; may be a link to a share
	Corridor  walker
	Contracts contracts
	May       func(ctx context.Context, address string) error // asks the policies whether the folder may send there; nil: it may
	Pages     string                                          // address of the pages, e.g. http://localhost:8080
	Every     time.Duration                                   // between two looks; 0 = 2 s
	AtOnce    int                                             // data sets whose files are on their way at once; 0 = 4
	Now       func() time.Time
	Log       *slog.Logger
}

// How often, in looks, other things than new files are looked for.
const (
	newSets = 5  // contracts that came or went
	waiting = 15 // files that waited for a person
)

// How long a data set rests after the platform, not the file, was the obstacle.
const (
	firstRest = 15 * time.Second
	longRest  = 10 * time.Minute
)

// An Inbox watches the folders.
type Inbox struct {
	Deps
	looks int
	sets  []set
	seen  map[string]sight // by path; only the look uses it
	lock  *store.FolderLock
	told  string // the last trouble that was logged, so that it is logged once

	tasks sync.WaitGroup
	slots chan struct{}
	mu    sync.Mutex
	busy  map[string]bool // data sets whose files are on their way
	rests map[string]rest
	left  map[string]stamp // files that lie where they were and are not tried again until they change
}

// A set is an object that files can be sent to.
type set struct {
	address string // also the folder's name
	title   string
	sealed  bool // some column is: what was taken in is not left here
}

// A rest keeps a data set from being tried again too soon.
type rest struct {
	until time.Time
	long  time.Duration
}

// New makes an inbox; Run starts it.
func New(d Deps) *Inbox {
	if d.Every == 0 {
		d.Every = 2 * time.Second
	}
	if d.AtOnce == 0 {
		d.AtOnce = 4
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Inbox{
		Deps: d, seen: map[string]sight{}, slots: make(chan struct{}, d.AtOnce),
		busy: map[string]bool{}, rests: map[string]rest{}, left: map[string]stamp{},
	}
}

// Run watches until ctx ends, and returns when nothing is at work any more. A
// file that was on its way then stays where it is and is found again at the
// next start, under the key that keeps it from being loaded twice.
func (in *Inbox) Run(ctx context.Context) error {
	tick := time.NewTicker(in.Every)
	defer tick.Stop()
	for {
		in.report(in.look(ctx))
		select {
		case <-tick.C:
		case <-ctx.Done():
			in.tasks.Wait()
			if in.lock != nil {
				return in.lock.Release()
			}
			return nil
		}
	}
}

// report logs what kept a look from being made, once for as long as it lasts.
func (in *Inbox) report(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		in.told = ""
		return
	}
	if said := err.Error(); said != in.told {
		in.told = said
		in.Log.Error("the inbox cannot be looked at", "error", err)
	}
}

// look is one look at all folders: files that are complete are sent.
func (in *Inbox) look(ctx context.Context) error {
	if err := os.MkdirAll(in.Dir, 0o770); err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	if in.lock == nil { // a share may be the inbox of another province's program
		lock, err := store.Lock(in.Dir, "", "")
		if err != nil {
			return fmt.Errorf("inbox: %w", err)
		}
		in.lock = lock
	}
	// Opened at each look: a share may have gone and come back meanwhile.
	root, err := os.OpenRoot(in.Dir)
	if err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	defer func() { _ = root.Close() }() // only read
	if in.looks%newSets == 0 {
		if err := in.findSets(ctx, root); err != nil {
			return err
		}
	}
	follow := in.looks%waiting == 0
	in.looks++
	for i := range in.sets { // another one is the first each time, so that none waits for ever
		s := in.sets[(i+in.looks)%len(in.sets)]
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !in.resting(s.address) {
			err = errors.Join(err, in.visit(ctx, root, s, follow))
		}
	}
	return err
}

// visit looks at one data set's folders and, when there is something to do,
// sets somebody to work on it: one for a data set, so that its files go in by
// their age.
func (in *Inbox) visit(ctx context.Context, root *os.Root, s set, follow bool) error {
	drops, err := in.drops(root, s)
	if err != nil {
		return err
	}
	if follow {
		in.follow(ctx, root, s, drops)
	}
	ready, err := in.complete(root, drops)
	if err != nil || len(ready) == 0 {
		return err
	}
	select {
	case in.slots <- struct{}{}:
	default: // all hands are busy; the next look finds it again
		return nil
	}
	own, err := root.OpenRoot(".") // the look closes its own
	if err != nil {
		<-in.slots
		return err
	}
	in.mu.Lock()
	in.busy[s.address] = true
	in.mu.Unlock()
	in.tasks.Go(func() {
		defer func() {
			_ = own.Close() // only a folder
			in.mu.Lock()
			delete(in.busy, s.address)
			in.mu.Unlock()
			<-in.slots
		}()
		in.send(ctx, own, s, ready)
	})
	return nil
}

// resting reports whether a data set is at work or waits for a better moment.
func (in *Inbox) resting(address string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.busy[address] || in.Now().Before(in.rests[address].until)
}

// tire lets a data set rest, each time longer.
func (in *Inbox) tire(address string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	r := in.rests[address]
	r.long = min(max(firstRest, 2*r.long), longRest)
	r.until = in.Now().Add(r.long)
	in.rests[address] = r
}

func (in *Inbox) rested(address string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.rests, address)
}
