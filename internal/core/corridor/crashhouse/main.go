// Command crashhouse is the program that the crash tests of package corridor
// kill. It opens a house (store, mirror, corridor) on a data folder, does what
// it is told line by line on its input, and says on its output what has begun
// and what has been acknowledged. It knows nothing of what the data should be:
// the test does.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/store"
)

// An Order is one line of input.
type Order struct {
	N       int    `json:"n"`
	Do      string `json:"do"` // send, undo, follow, erase, erase-subject
	Dataset string `json:"dataset"`
	Mode    string `json:"mode"`
	Key     string `json:"key"` // idempotency key, or of the record to erase, or the person's number
	CSV     string `json:"csv"`
	Batch   string `json:"batch"` // to undo
}

// An Answer is one line of output. "began" comes once the batch has been
// received; "acked" and "refused" when the call has returned.
type Answer struct {
	N      int              `json:"n"`
	Say    string           `json:"say"` // open, began, acked, refused, followed
	Batch  string           `json:"batch"`
	Report *corridor.Report `json:"report"`
	Seq    int64            `json:"seq"`
	Error  string           `json:"error"`
}

func main() {
	dir, url := flag.String("dir", "", "data folder"), flag.String("url", "", "PostgreSQL, or empty for SQLite")
	flag.Parse()
	if err := run(*dir, *url); err != nil {
		fmt.Fprintln(os.Stderr, "crashhouse:", err)
		os.Exit(1)
	}
}

type house struct {
	contracts *contract.Store
	mirror    *mirror.Mirror
	corridor  *corridor.Corridor

	mu  sync.Mutex
	out *json.Encoder
}

func run(dir, url string) (err error) {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Dir: dir, URL: url})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	truth := record.Open(s, nil)
	blobs, err := blob.Open(filepath.Join(dir, "blob"), nil)
	if err != nil {
		return err
	}
	h := &house{contracts: contract.NewStore(s.Control()), out: json.NewEncoder(os.Stdout)}
	h.mirror, err = mirror.Open(ctx, columns.Options{Path: filepath.Join(dir, "mirror.duckdb"), TempDir: filepath.Join(dir, "tmp"), Threads: 2}, truth)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.mirror.Close()) }()
	ring, err := keys.Open(filepath.Join(dir, "keys", "master.key"))
	if err != nil {
		return err
	}
	h.corridor, err = corridor.Open(ctx, corridor.Deps{
		KnownFrom: 1, Keys: ring,
		Store: s, Contracts: h.contracts, Dictionary: dictionary.NewStore(s.Control()), Truth: truth, Mirror: h.mirror, Blobs: blobs,
		WorkDir: filepath.Join(dir, "work"),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.corridor.Close()) }()
	h.say(Answer{Say: "open"})
	return h.obey(ctx)
}

// obey carries out orders until the input ends. Orders run beside each other:
// who gives them waits for an answer where the order matters.
func (h *house) obey(ctx context.Context) error {
	in := bufio.NewReader(os.Stdin)
	var running sync.WaitGroup
	defer running.Wait()
	lines := json.NewDecoder(in)
	for lines.More() {
		var o Order
		if err := lines.Decode(&o); err != nil {
			return err
		}
		running.Go(func() { h.say(h.do(ctx, o)) })
	}
	return nil
}

func (h *house) say(a Answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.out.Encode(a); err != nil {
		fmt.Fprintln(os.Stderr, "crashhouse: cannot answer:", err)
	}
}

var sender = actor.Actor{Kind: "system", ID: "crash", Name: "Crash test"}

func (h *house) do(ctx context.Context, o Order) Answer {
	if o.Do == "follow" {
		_, obj, err := h.contracts.Object(ctx, o.Dataset)
		if err != nil {
			return Answer{N: o.N, Say: "refused", Error: err.Error()}
		}
		seq, err := h.mirror.Follow(ctx, obj)
		if err != nil {
			return Answer{N: o.N, Say: "refused", Error: err.Error()}
		}
		return Answer{N: o.N, Say: "followed", Seq: seq}
	}
	if o.Do == "erase" {
		e, err := h.corridor.Erase(ctx, sender, o.Dataset, o.Key, "a test")
		if err != nil || e.State != corridor.EraseDone {
			return Answer{N: o.N, Say: "refused", Error: fmt.Sprint(e.State, err)}
		}
		return Answer{N: o.N, Say: "acked", Batch: e.ID}
	}
	if o.Do == "erase-subject" {
		subject, _, _, err := h.corridor.EraseSubject(ctx, sender, o.Key, "a test")
		if err != nil {
			return Answer{N: o.N, Say: "refused", Error: err.Error()}
		}
		return Answer{N: o.N, Say: "acked", Batch: subject}
	}
	s, err := h.begin(ctx, o)
	if err != nil {
		return Answer{N: o.N, Say: "refused", Error: err.Error()}
	}
	h.say(Answer{N: o.N, Say: "began", Batch: s.ID})
	s, err = h.corridor.Wait(ctx, s.ID, func(s corridor.Status) bool { return s.State.Final() })
	if err == nil {
		err = s.Fault.Err()
	}
	if err != nil || s.Report == nil || !s.State.Acknowledged() {
		return Answer{N: o.N, Say: "refused", Batch: s.ID, Error: fmt.Sprintf("%s: %v", s.State, err)}
	}
	return Answer{N: o.N, Say: "acked", Batch: s.ID, Report: s.Report, Seq: s.Report.Seq}
}

func (h *house) begin(ctx context.Context, o Order) (corridor.Status, error) {
	if o.Do == "undo" {
		return h.corridor.Undo(ctx, sender, o.Batch)
	}
	return h.corridor.Receive(ctx, sender, corridor.Request{
		Dataset: o.Dataset, Name: "tep.csv", Body: strings.NewReader(o.CSV), Mode: contract.Mode(o.Mode), Confirm: true, Again: true, IdempotencyKey: o.Key,
	})
}
