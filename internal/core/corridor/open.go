package corridor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Deps is what the corridor works with.
type Deps struct {
	Store      *store.Store
	Contracts  *contract.Store
	Dictionary *dictionary.Store
	Truth      *record.Truth
	Mirror     *mirror.Mirror
	Blobs      *blob.Store
	Recipes    *recipe.Store
	Keys       *keys.Ring // sign the lines of slips
	Units      Units      // the register of administrative units, or nil
	WorkDir    string     // workshops and files on their way; emptied at start
	Limits     ingest.Limits
	Workshops  int   // how many at once; 0 = 2
	KnownFrom  int64 // rows from which a set's unchanged rows are found before the workshop; 0 = 10,000
	Memory     int64 // bytes a workshop may use; 0 = DuckDB's default
	Now        func() time.Time
	Log        *slog.Logger
	// Data is the folder in which the list of erasures is kept, outside of what
	// backups bring back; "" = beside WorkDir.
	Data string
	// Temps are further folders with files for the time being: exports, uploads.
	Temps []string
	// Erased is told of every record that was erased from the truth, so that
	// others forget it too. It is called again until it answers nil.
	Erased func(ctx context.Context, e Erased) error
	// Refuse says why somebody may not begin anything just now; nil: nobody is
	// turned away.
	Refuse func(by actor.Actor) error
	// Simulated tells whether what was received at a moment is part of a demo's
	// generated days; nil: nothing is.
	Simulated func(received time.Time) bool
	// Observer is told how batches go on; nil: nobody is.
	Observer Observer
	// Score brings the score of a data set up to date after a batch.
	Score func(ctx context.Context, contractID string) error
}

// A Corridor walks batches. One process has one.
type Corridor struct {
	Deps
	ctx     context.Context // ends when the corridor closes
	stop    context.CancelFunc
	tasks   sync.WaitGroup
	slots   chan struct{} // workshops at once
	mu      sync.Mutex
	closed  bool
	lanes   map[string]*lane  // by contract id: one batch at a time
	live    map[string]*walk  // by batch id: on its way in this process
	judged  map[string]bool   // contract ids waiting to be re-judged
	trimmed map[string]string // by contract id: day of the last trimming
	judging bool              // the re-judging loop is at work
	wake    chan struct{}

	erasing sync.Mutex      // held while what follows from erasures is done
	renewed map[string]bool // guarded by erasing: erasures that the mirror's file is newer than
	owing   chan struct{}   // asks for erasures that are not done
}

// Open prepares the corridor and settles what an earlier run left: a batch
// whose commit is in its data set's file is completed, one whose commit is not
// is interrupted and has left nothing.
func Open(ctx context.Context, d Deps) (*Corridor, error) {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Workshops == 0 {
		d.Workshops = 2
	}
	if d.Limits == (ingest.Limits{}) {
		d.Limits = ingest.DefaultLimits
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	// What lies here belongs to batches that were never acknowledged.
	if err := os.RemoveAll(d.WorkDir); err != nil {
		return nil, fmt.Errorf("work folder: %w", err)
	}
	if err := os.MkdirAll(d.WorkDir, 0o700); err != nil {
		return nil, fmt.Errorf("work folder: %w", err)
	}
	c := &Corridor{
		Deps: d, slots: make(chan struct{}, d.Workshops),
		lanes: map[string]*lane{}, live: map[string]*walk{}, judged: map[string]bool{}, trimmed: map[string]string{}, wake: make(chan struct{}, 1),
		owing: make(chan struct{}, 1), renewed: map[string]bool{},
	}
	c.ctx, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := c.settleAll(ctx); err != nil {
		c.stop()
		return nil, err
	}
	// What was erased stays erased, whatever backup was brought back: before
	// anybody is let in.
	if err := c.eraseAgain(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.tasks.Go(c.rejudgeLoop)
	c.tasks.Go(c.eraseLoop)
	return c, nil
}

// Close stops taking batches, interrupts those that have not begun to commit,
// and waits for the others.
func (c *Corridor) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	c.tasks.Wait()
	return nil
}

// A lane lets the batches of one data set pass one at a time, in their order.
type lane struct {
	queue []*walk // the first one is running
}

// enter puts a walk at the end of its lane and starts it when its turn comes.
func (c *Corridor) enter(w *walk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live[w.id] = w
	l := c.lanes[w.contractID]
	if l == nil {
		l = &lane{}
		c.lanes[w.contractID] = l
	}
	l.queue = append(l.queue, w)
	w.place(len(l.queue) - 1)
	if len(l.queue) == 1 {
		c.start(w)
	}
}

// start runs the head of a lane; the caller holds mu.
func (c *Corridor) start(w *walk) {
	c.tasks.Go(func() {
		w.run()
		c.leave(w)
	})
}

// leave takes a walk out of its lane and starts the next.
func (c *Corridor) leave(w *walk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lanes[w.contractID]
	l.queue = l.queue[1:]
	for i, next := range l.queue {
		next.place(i)
	}
	if len(l.queue) > 0 {
		c.start(l.queue[0])
	} else {
		delete(c.lanes, w.contractID)
	}
	w.mu.Lock()
	unkept := w.unkept
	w.mu.Unlock()
	if unkept {
		c.tasks.Go(w.keepLater) // meanwhile the walk itself is asked
		return
	}
	delete(c.live, w.id)
}

// drop leaves a batch to the control table.
func (c *Corridor) drop(w *walk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.live, w.id)
}

// withdraw takes a walk that has not begun out of its lane; false when it is
// not waiting there.
func (c *Corridor) withdraw(w *walk) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lanes[w.contractID]
	if l == nil {
		return false
	}
	i := slices.Index(l.queue, w)
	if i < 1 {
		return false
	}
	l.queue = slices.Delete(l.queue, i, i+1)
	for i, next := range l.queue {
		next.place(i)
	}
	return true
}

// object finds an object of the current contracts by its address.
func (c *Corridor) object(ctx context.Context, address string) (*contract.Contract, *contract.Object, error) {
	return c.Contracts.Object(ctx, address)
}

// spoolCopy copies a body into a file, refusing one that is too large.
func spoolCopy(ctx context.Context, dst io.Writer, src io.Reader, most int64) (int64, error) {
	n, err := io.Copy(dst, io.LimitReader(&reading{ctx, src}, most+1))
	if err != nil {
		return n, err
	}
	if n > most {
		return n, tooLarge(most)
	}
	return n, nil
}

// reading ends a read when its context does.
type reading struct {
	ctx context.Context
	io.Reader
}

func (r *reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fault.New(fault.Invalid, "body.broken-off").Because(err)
	}
	return n, err
}
