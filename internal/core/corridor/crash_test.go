package corridor_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/crashpoint"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// TestCrash kills a program (crashhouse) while it walks batches, opens its
// folder again and compares what is there with a model of what it acknowledged.
// Every kill goes on with the folder that the one before left, so that damage
// would add up. docs/corridor.md says what is promised.
//
// 20 kills an engine come at random moments, PHOHIEN_SOAK raises that number.
func TestCrash(t *testing.T) {
	program := filepath.Join(t.TempDir(), "crashhouse")
	if out, err := exec.Command("go", "build", "-tags", "duckdb_arrow crashpoint", "-o", program, "./crashhouse").CombinedOutput(); err != nil {
		t.Fatalf("building crashhouse: %v\n%s", err, out)
	}
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		t.Parallel()
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		w := &crashWorld{program: program, cfg: cfg, rng: rand.New(rand.NewPCG(seed, 1)), took: map[string]time.Duration{}}
		w.keyed = &ledger{id: "so-dan", keyed: true, object: "so_dan"}
		w.keyless = &ledger{id: "nhat-ky", object: "nhat_ky"}
		t.Run("prepare", func(t *testing.T) {
			h := open(t, cfg, cfg.Dir)
			h.put(crashKeyed)
			h.put(crashKeyless)
		})
		t.Run("points", w.points)
		t.Run("random", w.random)
	})
}

const crashKeyed = `apiVersion: v3.1.0
kind: DataContract
id: so-dan
version: 1.0.0
status: active
schema:
- name: so_dan
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - {name: ten, logicalType: string, required: true}
  - {name: so, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 1000}}
  - {name: ghi_chu, logicalType: string}
`

const crashKeyless = `apiVersion: v3.1.0
kind: DataContract
id: nhat-ky
version: 1.0.0
status: active
schema:
- name: nhat_ky
  properties:
  - {name: ma, logicalType: string, required: true}
  - {name: ten, logicalType: string}
  - {name: so, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 1000}}
  - {name: ghi_chu, logicalType: string}
`

// A content is what one data set must hold. It is never changed: a batch makes
// a new one.
type content struct {
	rows  map[string]string // by key; without key by a text of the row's own
	lines map[string]string // open quarantine lines, likewise
}

// A ledger is what one data set must hold, and what was acknowledged of it.
type ledger struct {
	id, object  string
	keyed       bool
	before, now content // a batch undone gives before again
	acked       []acked
	checked     int // of acked: whose reports have been compared
}

type acked struct {
	batch  string
	seq    int64
	report corridor.Report
	undone bool
	undoes int // place of the batch that this one undid, -1 = none
}

// An order is what crashhouse is told, see there.
type order struct {
	N       int    `json:"n"`
	Do      string `json:"do"`
	Dataset string `json:"dataset,omitempty"`
	Mode    string `json:"mode,omitempty"`
	Key     string `json:"key,omitempty"`
	CSV     string `json:"csv,omitempty"`
	Batch   string `json:"batch,omitempty"`
}

type answer struct {
	N      int              `json:"n"`
	Say    string           `json:"say"`
	Batch  string           `json:"batch"`
	Report *corridor.Report `json:"report"`
	Seq    int64            `json:"seq"`
	Error  string           `json:"error"`
}

// A task is an order with what it must do.
type task struct {
	order
	ledger *ledger
	after  content
	want   corridor.Report // the counts
	began  time.Time       // zero: crashhouse has not said so
	acked  bool
	batch  string // what it is called, once known
}

type crashWorld struct {
	program       string
	cfg           store.Config
	rng           *rand.Rand
	keyed         *ledger
	keyless       *ledger
	n             int // orders given
	made          int // rows made, for texts that differ
	took          map[string]time.Duration
	again         *task // cut off by the last kill: sent once more
	kills, struck int   // at random; those that struck an open batch
	committed     int   // … of which the truth had it
}

// --- making batches ---------------------------------------------------------

// line makes one row of a file; bad ones break the bound of “so”.
func (w *crashWorld) line(key string, bad bool, note int) (csv, row string) {
	w.made++
	so := w.rng.IntN(1000)
	if bad {
		so = 5000
	}
	name, text := "Tên "+strconv.Itoa(w.rng.IntN(3)), strings.Repeat("n", note)+strconv.Itoa(w.made)
	csv = fmt.Sprintf("%s,%s,%d,%s\n", key, name, so, text)
	if bad {
		return csv, fmt.Sprintf("%q", []string{key, name, strconv.Itoa(so), text})
	}
	return csv, fmt.Sprintf("%s|%s|%d|%s", key, name, so, text)
}

// file makes a batch for a data set out of keys; one row in 20 is bad.
func (w *crashWorld) file(l *ledger, mode string, keys []string, note int) *task {
	next := content{maps.Clone(l.now.rows), maps.Clone(l.now.lines)}
	if next.rows == nil {
		next = content{map[string]string{}, map[string]string{}}
	}
	t := &task{ledger: l}
	var b strings.Builder
	b.WriteString("ma,ten,so,ghi_chu\n")
	listed := map[string]bool{}
	for _, key := range keys {
		listed[key] = true
		old, there := l.now.rows[key]
		if there && l.keyed && w.rng.IntN(4) == 0 { // as it was
			b.WriteString(strings.ReplaceAll(old, "|", ",") + "\n")
			delete(next.lines, key)
			t.want.Unchanged++
			continue
		}
		bad := w.rng.IntN(20) == 0
		csv, row := w.line(key, bad, note)
		b.WriteString(csv)
		id := key
		if !l.keyed {
			id = row
		}
		switch {
		case bad:
			next.lines[id] = row
			t.want.Quarantined++
			continue
		case there && l.keyed:
			t.want.Updated++
		default:
			t.want.Inserted++
		}
		next.rows[id] = row
		delete(next.lines, id)
	}
	if mode == "replace" {
		for key := range l.now.rows {
			if !listed[key] {
				delete(next.rows, key)
				t.want.Withdrawn++
			}
		}
		for key := range l.now.lines { // the whole file stands in their place
			if !listed[key] {
				delete(next.lines, key)
			}
		}
	}
	t.want.Accepted = t.want.Inserted + t.want.Updated + t.want.Unchanged
	t.want.Read = t.want.Accepted + t.want.Quarantined
	w.n++
	t.order = order{N: w.n, Do: "send", Dataset: l.id, Mode: mode, Key: "gửi " + strconv.Itoa(w.n), CSV: b.String()}
	t.after = next
	return t
}

// undo makes the batch that undoes the last one.
func (w *crashWorld) undo(l *ledger) *task {
	w.n++
	t := &task{ledger: l, after: l.before, order: order{N: w.n, Do: "undo", Dataset: l.id, Batch: l.acked[len(l.acked)-1].batch}}
	for key, row := range l.before.rows {
		if now, there := l.now.rows[key]; !there {
			t.want.Inserted++
		} else if now != row {
			t.want.Updated++
		}
	}
	for key := range l.now.rows {
		if _, there := l.before.rows[key]; !there {
			t.want.Withdrawn++
		}
	}
	t.want.Accepted = t.want.Inserted + t.want.Updated
	t.want.Read = t.want.Accepted
	return t
}

// some makes a random batch.
func (w *crashWorld) some(l *ledger) *task {
	n := 300 + w.rng.IntN(3500)
	kind := w.rng.IntN(10)
	switch {
	case kind < 2 && len(l.acked) > 0:
		return w.undo(l)
	case !l.keyed:
		return w.file(l, "append", w.keys(n/2), 40)
	case kind < 5 && len(l.now.rows) > 0:
		keys := slices.Sorted(maps.Keys(l.now.rows))
		w.rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		return w.file(l, "replace", keys[:len(keys)-w.rng.IntN(1+len(keys)/10)], 40)
	}
	return w.file(l, "merge", w.keys(n), 40)
}

func (w *crashWorld) keys(n int) []string {
	keys := make([]string, n)
	for i, k := range w.rng.Perm(5000)[:n] {
		keys[i] = fmt.Sprintf("K%05d", k)
	}
	return keys
}

// --- running and killing ----------------------------------------------------

// A run is one life of crashhouse.
type run struct {
	t       *testing.T
	w       *crashWorld
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers chan answer
	errors  *bytes.Buffer
	open    map[int]*task // given and not acknowledged
	dead    bool
}

func (w *crashWorld) start(t *testing.T, env ...string) *run {
	t.Helper()
	r := &run{t: t, w: w, cmd: exec.Command(w.program, "-dir", w.cfg.Dir, "-url", w.cfg.URL), answers: make(chan answer, 100), errors: &bytes.Buffer{}, open: map[int]*task{}}
	r.cmd.Env, r.cmd.Stderr = append(os.Environ(), env...), r.errors
	var err error
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the program
		defer close(r.answers)
		for lines := json.NewDecoder(out); ; {
			var a answer
			if lines.Decode(&a) != nil { // its end, or cut off in the middle of a line
				return
			}
			r.answers <- a
		}
	}()
	t.Cleanup(func() { r.end() })
	return r
}

// next takes one answer; ok is false when the program is dead.
func (r *run) next() (a answer, ok bool) {
	r.t.Helper()
	select {
	case a, ok = <-r.answers:
	case <-time.After(2 * time.Minute):
		r.t.Fatalf("crashhouse does not answer\n%s", r.errors)
	}
	if !ok {
		r.dead = true
		return a, false
	}
	t := r.open[a.N]
	switch a.Say {
	case "began":
		t.began, t.batch = time.Now(), a.Batch
	case "acked":
		delete(r.open, a.N)
		r.w.acknowledge(r.t, t, a)
	case "refused":
		r.t.Fatalf("order %d (%s %s) was refused: %s\n%s", a.N, t.Do, t.Mode, a.Error, r.errors)
	}
	return a, true
}

// opened waits until the house is open; false when it died before.
func (r *run) opened() bool {
	r.t.Helper()
	a, ok := r.next()
	return ok && a.Say == "open"
}

func (r *run) give(t *task) {
	r.t.Helper()
	r.open[t.N] = t
	line, err := json.Marshal(t.order)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.in.Write(append(line, '\n')); err != nil && !errors.Is(err, syscall.EPIPE) {
		r.t.Fatal(err)
	}
}

// await takes answers until the order has got that far; false when the program
// died before.
func (r *run) await(t *task, say string) bool {
	r.t.Helper()
	for {
		a, ok := r.next()
		if !ok {
			return false
		}
		if a.N == t.N && a.Say == say {
			return true
		}
	}
}

func (r *run) follow(l *ledger) bool {
	r.t.Helper()
	r.w.n++
	t := &task{ledger: l, order: order{N: r.w.n, Do: "follow", Dataset: l.id}}
	r.give(t)
	ok := r.await(t, "followed")
	delete(r.open, t.N)
	return ok
}

// kill ends the program as a power cut would.
func (r *run) kill() {
	r.t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		r.t.Fatal(err)
	}
	r.drain()
}

// drain takes what the program still said before it died.
func (r *run) drain() {
	for !r.dead {
		r.next()
	}
}

// end waits for the program; it must have been killed by SIGKILL and nothing
// else.
func (r *run) end() {
	if r.cmd.ProcessState != nil {
		return
	}
	_ = r.cmd.Process.Kill() // already dead but when the test failed half-way
	for range r.answers {
	}
	_ = r.cmd.Wait() // "signal: killed": looked at below
	if s, ok := r.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !s.Signaled() || s.Signal() != syscall.SIGKILL {
		r.t.Errorf("crashhouse ended with %v\n%s", r.cmd.ProcessState, r.errors)
	}
}

// acknowledge checks an acknowledgement against the model and moves it on.
func (w *crashWorld) acknowledge(t *testing.T, k *task, a answer) {
	t.Helper()
	if took := time.Since(k.began); w.took[k.Do+k.Mode] == 0 {
		w.took[k.Do+k.Mode] = took
	} else {
		w.took[k.Do+k.Mode] = (3*w.took[k.Do+k.Mode] + took) / 4
	}
	if k.acked { // settled already: the same key was sent again
		l := k.ledger.acked[len(k.ledger.acked)-1]
		if a.Batch != l.batch || a.Seq != l.seq {
			t.Errorf("the same idempotency key gave batch %s (%d), before %s (%d)", a.Batch, a.Seq, l.batch, l.seq)
		}
		return
	}
	w.advance(t, k, a.Batch, *a.Report)
}

// advance takes a batch that is committed into the model.
func (w *crashWorld) advance(t *testing.T, k *task, batch string, r corridor.Report) {
	t.Helper()
	l := k.ledger
	if got, want := counts(r), counts(k.wanted(r)); got != want {
		t.Errorf("%s %s:\n got %s\nwant %s", k.Do, k.Mode, got, want)
	}
	if want := int64(len(l.acked) + 1); r.Seq != want {
		t.Errorf("batch %s has number %d, want %d", batch, r.Seq, want)
	}
	l.before, l.now = l.now, k.after
	a := acked{batch: batch, seq: r.Seq, report: r, undoes: -1}
	if k.Do == "undo" {
		a.undoes = len(l.acked) - 1
		// An undo undone: what it undid stands again, and so on.
		for i, undone := a.undoes, true; i >= 0; i, undone = l.acked[i].undoes, !undone {
			l.acked[i].undone = undone
		}
	}
	l.acked = append(l.acked, a)
	k.acked = true
}

// wanted is the report with the counts that the model expects. How many lines
// were mended is checked by the lines themselves.
func (k *task) wanted(r corridor.Report) corridor.Report {
	w := k.want
	w.State, w.Mended = r.State, r.Mended
	return w
}

// points kills at each named point, a few passes in.
func (w *crashWorld) points(t *testing.T) {
	for _, p := range crashpoint.All {
		for _, after := range []int{0, 1, 3} {
			if p == crashpoint.MidCheckpoint && (w.cfg.URL != "" || after > 0) {
				continue // PostgreSQL keeps its own log, and one emptying is like another
			}
			t.Run(fmt.Sprintf("%s-%d", p, after), func(t *testing.T) { w.point(t, p, after) })
		}
	}
}

func (w *crashWorld) point(t *testing.T, p crashpoint.Point, after int) {
	r := w.start(t, "PHOHIEN_CRASH="+string(p), "PHOHIEN_CRASH_AFTER="+strconv.Itoa(after))
	if !r.opened() {
		t.Fatalf("crashhouse died while opening\n%s", r.errors)
	}
	for range 20 {
		l := w.keyed
		if w.rng.IntN(4) == 0 {
			l = w.keyless
		}
		k := w.some(l)
		if p == crashpoint.MidCheckpoint { // enough for the log to be emptied
			k = w.file(w.keyed, "merge", w.keys(3000), 3000)
		}
		r.give(k)
		if !r.await(k, "acked") || !r.follow(l) {
			break
		}
	}
	if !r.dead {
		t.Fatalf("no batch passed %s %d times", p, after+1)
	}
	if p == crashpoint.AfterCommit {
		// The settling of the next start is cut off too: after the event was
		// told and before the outbox knows of it.
		for range 2 {
			again := w.start(t, "PHOHIEN_CRASH="+string(crashpoint.AfterRelay))
			if again.opened() {
				t.Error("nothing was settled at the next start")
			}
			again.end()
		}
	}
	victims := r.victims()
	found := w.check(t, victims)
	switch p {
	case crashpoint.AfterStage, crashpoint.MidRows, crashpoint.BeforeCommit:
		if len(victims) != 1 || found > 0 {
			t.Errorf("killed at %s, but the batch is committed", p)
		}
	case crashpoint.AfterCommit, crashpoint.AfterRelay:
		if len(victims) != 1 || found == 0 {
			t.Errorf("killed at %s, but the batch is not committed", p)
		}
	}
}

// victims are the batches that the kill cut off.
func (r *run) victims() (list []*task) {
	for _, k := range r.open {
		if k.Do != "follow" {
			list = append(list, k)
		}
	}
	return list
}

// random kills at random moments of one or two open batches.
func (w *crashWorld) random(t *testing.T) {
	kills := 20
	if s := os.Getenv("PHOHIEN_SOAK"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("PHOHIEN_SOAK=%q is not a number of kills", s)
		}
		kills = n
	}
	for i := range kills {
		if !t.Run(strconv.Itoa(i), w.once) {
			t.Fatal("the folder is damaged: further kills would say nothing new")
		}
	}
	t.Logf("%d kills, %d of them hit an open batch (%d committed, %d not)", w.kills, w.struck, w.committed, w.struck-w.committed)
	if 2*w.struck < w.kills {
		t.Errorf("only %d of %d kills hit an open batch", w.struck, w.kills)
	}
}

func (w *crashWorld) once(t *testing.T) {
	r := w.start(t)
	if !r.opened() {
		t.Fatalf("crashhouse died while opening\n%s", r.errors)
	}
	// Who was cut off sends the same again, under the same key.
	if w.again != nil && w.rng.IntN(2) == 0 {
		r.give(w.again)
		if !r.await(w.again, "acked") {
			t.Fatalf("crashhouse died\n%s", r.errors)
		}
	}
	w.again = nil
	for range w.rng.IntN(2) {
		k := w.some(w.keyed)
		r.give(k)
		if !r.await(k, "acked") || !r.follow(w.keyed) {
			t.Fatalf("crashhouse died\n%s", r.errors)
		}
	}
	victims := []*task{w.some(w.keyed)}
	switch w.rng.IntN(4) {
	case 0:
		victims = append(victims, w.some(w.keyless))
	case 1:
		victims[0] = w.some(w.keyless)
	}
	for _, k := range victims {
		r.give(k)
	}
	first := victims[0]
	if !r.await(first, "began") {
		t.Fatalf("crashhouse died\n%s", r.errors)
	}
	expect := w.took[first.Do+first.Mode]
	if expect == 0 {
		expect = 100 * time.Millisecond
	}
	time.Sleep(time.Duration(w.rng.Float64() * 0.95 * float64(expect)))
	r.kill()
	w.kills++
	struck := false
	for _, k := range r.open {
		struck = struck || !k.began.IsZero()
	}
	if struck {
		w.struck++
	}
	if w.rng.IntN(6) == 0 {
		if err := os.Remove(filepath.Join(w.cfg.Dir, "mirror.duckdb")); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	victims = r.victims()
	if found := w.check(t, victims); struck && found > 0 {
		w.committed++
	}
	for _, k := range victims {
		if k.Do == "send" {
			w.again = k
		}
	}
}

// --- looking at what is left ------------------------------------------------

// check opens the folder and compares everything with the model. victims are
// the batches that were cut off, one of a data set: each may be there, whole, or
// not at all. It says how many are.
func (w *crashWorld) check(t *testing.T, victims []*task) (found int) {
	t.Helper()
	t.Run("check", func(t *testing.T) {
		h := open(t, w.cfg, w.cfg.Dir)
		for _, l := range []*ledger{w.keyed, w.keyless} {
			var cut *task
			for _, k := range victims {
				if k.ledger == l {
					cut = k
				}
			}
			if w.checkBatches(t, h, l, cut) {
				found++
			}
			w.checkContent(t, h, l)
			w.checkMirror(t, h, l)
			w.checkRelayed(t, h, l)
		}
		w.checkControl(t, h)
		if left, err := os.ReadDir(filepath.Join(w.cfg.Dir, "work")); err != nil || len(left) > 0 {
			t.Errorf("work folder: %v %v", left, err)
		}
	})
	return found
}

// checkBatches finds each acknowledged batch exactly once, with its number and
// report, and takes a batch that was cut off after its commit into the model.
func (w *crashWorld) checkBatches(t *testing.T, h *house, l *ledger, cut *task) (found bool) {
	t.Helper()
	list, err := h.truth.BatchesSince(t.Context(), l.id, 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == len(l.acked)+1 && cut != nil {
		last := list[len(list)-1]
		if cut.batch != "" && last.ID != cut.batch {
			t.Errorf("batch %s was cut off, and %s is there", cut.batch, last.ID)
		}
		cut.batch, found = last.ID, true
		w.advance(t, cut, last.ID, w.report(t, h, l, last.ID))
	}
	if len(list) != len(l.acked) {
		t.Fatalf("%s has %d batches, %d are acknowledged", l.id, len(list), len(l.acked))
	}
	for i, a := range l.acked {
		if list[i].ID != a.batch || list[i].Seq != a.seq {
			t.Errorf("%s: batch %s (%d) stands where %s (%d) was acknowledged", l.id, list[i].ID, list[i].Seq, a.batch, a.seq)
		}
		if i > 0 && !list[i].At.After(list[i-1].At) {
			t.Errorf("%s: batch %d is not later than the one before", l.id, list[i].Seq)
		}
	}
	for i := max(0, l.checked-3); i < len(l.acked); i++ {
		w.sameReport(t, h, l, l.acked[i])
	}
	l.checked = len(l.acked)
	return found
}

func (w *crashWorld) report(t *testing.T, h *house, l *ledger, batch string) (r corridor.Report) {
	t.Helper()
	text, err := h.truth.BatchReport(t.Context(), l.id, batch)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sameReport compares a report as it was acknowledged with the one in the truth
// and the one that the doors show.
func (w *crashWorld) sameReport(t *testing.T, h *house, l *ledger, a acked) {
	t.Helper()
	s, found, err := h.truth.FindBatch(t.Context(), l.id, a.batch)
	if err != nil || !found || s.Seq != a.seq {
		t.Errorf("batch %s: %+v %v %v", a.batch, s, found, err)
	}
	st, err := h.Status(t.Context(), a.batch)
	if err != nil || st.Report == nil {
		t.Fatalf("batch %s: %+v %v", a.batch, st, err)
	}
	want := corridor.Scored
	if a.undone {
		want = corridor.Undone
	}
	if st.State != want {
		t.Errorf("batch %s is %s, want %s", a.batch, st.State, want)
	}
	given := reportText(a.report)
	for where, r := range map[string]corridor.Report{"truth": w.report(t, h, l, a.batch), "control": *st.Report} {
		if got := reportText(r); got != given {
			t.Errorf("report of %s in %s:\n got %s\nwant %s", a.batch, where, got, given)
		}
	}
}

// reportText is a report but for how far the batch has come.
func reportText(r corridor.Report) string {
	r.State = ""
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // plain values
	}
	return string(text)
}

// checkContent compares rows and open quarantine lines with the model.
func (w *crashWorld) checkContent(t *testing.T, h *house, l *ledger) {
	t.Helper()
	_, obj, err := h.contracts.Object(t.Context(), l.id)
	if err != nil {
		t.Fatal(err)
	}
	rows, n := map[string]string{}, 0
	for after := ""; ; {
		page, err := h.truth.List(t.Context(), obj, after, 1000, record.Latest)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			row := fmt.Sprintf("%v|%v|%v|%v", r.Values["ma"], r.Values["ten"], r.Values["so"], r.Values["ghi_chu"])
			id := row
			if l.keyed {
				id = r.Key
			}
			rows[id] = row
			n++
		}
		if len(page) < 1000 {
			break
		}
		after = page[len(page)-1].Key
	}
	same(t, l.id+": rows", n, rows, l.now.rows)
	lines, n := map[string]string{}, 0
	for after := int64(0); ; {
		page, err := h.truth.Quarantine(t.Context(), obj, record.Filter{State: record.StateOpen}, after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range page {
			raw := fmt.Sprintf("%q", q.Raw)
			id := raw
			if l.keyed {
				id = q.Key
			}
			lines[id] = raw
			n++
			if len(q.Faults) != 1 || q.Faults[0] != "so.range" {
				t.Errorf("line %d breaks %v", q.ID, q.Faults)
			}
			after = q.ID
		}
		if len(page) < 1000 {
			break
		}
	}
	same(t, l.id+": open lines", n, lines, l.now.lines)
}

func same(t *testing.T, what string, n int, got, want map[string]string) {
	t.Helper()
	if n != len(want) {
		t.Errorf("%s: %d, want %d", what, n, len(want))
	}
	shown := 0
	for id, w := range want {
		if g := got[id]; g != w && shown < 5 {
			t.Errorf("%s: %s is %.200q, want %.200q", what, id, g, w)
			shown++
		}
	}
}

// checkMirror: never ahead of its truth, and equal once it has followed.
func (w *crashWorld) checkMirror(t *testing.T, h *house, l *ledger) {
	t.Helper()
	_, obj, err := h.contracts.Object(t.Context(), l.id)
	if err != nil {
		t.Fatal(err)
	}
	head := int64(len(l.acked))
	if seq, ok, err := h.mirror.Seq(t.Context(), l.id); err != nil || ok && seq > head {
		t.Errorf("the mirror of %s stands at %d, its truth at %d: %v", l.id, seq, head, err)
	}
	if seq, err := h.mirror.Follow(t.Context(), obj); err != nil || seq != head {
		t.Fatalf("following %s: %d, want %d: %v", l.id, seq, head, err)
	}
	if head == 0 {
		return
	}
	h.mirrored(obj)
}

// checkRelayed: every batch is an event, once, and nothing waits to be told.
func (w *crashWorld) checkRelayed(t *testing.T, h *house, l *ledger) {
	t.Helper()
	out, err := h.truth.Outbox(t.Context(), l.id)
	if err != nil || len(out) > 0 {
		t.Errorf("outbox of %s: %d %v", l.id, len(out), err)
	}
	events := h.events(l.id)
	if len(events) != len(l.acked) {
		t.Fatalf("%s has %d events, %d batches", l.id, len(events), len(l.acked))
	}
	for i, a := range l.acked {
		if e := events[i]; e.Batch != a.batch || e.Seq != a.seq || e.Inserted != a.report.Inserted {
			t.Errorf("event %+v of batch %s (%d)", e, a.batch, a.seq)
		}
	}
}

// checkControl: no batch is left on its way, and those that are committed are
// the acknowledged ones.
func (w *crashWorld) checkControl(t *testing.T, h *house) {
	t.Helper()
	committed := map[string]bool{}
	for _, l := range []*ledger{w.keyed, w.keyless} {
		for _, a := range l.acked {
			committed[a.batch] = true
		}
	}
	seen := 0
	for after := ""; ; {
		page, next, err := h.Batches(t.Context(), "", after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page {
			switch {
			case committed[s.ID]:
				seen++ // its state is compared with its report
			case s.State != corridor.Interrupted:
				t.Errorf("batch %s is %s, but was never acknowledged", s.ID, s.State)
			}
		}
		if after = next; after == "" {
			break
		}
	}
	if seen != len(committed) {
		t.Errorf("control knows %d of %d committed batches", seen, len(committed))
	}
}

// events gives what was told of a data set, in order.
func (h *house) events(id string) (list []record.Event) {
	h.t.Helper()
	err := h.store.Control().Read(h.t.Context(), func(tx *store.Tx) (err error) {
		rows, err := tx.QueryContext(h.t.Context(), `SELECT payload FROM events WHERE dataset = $1 ORDER BY seq`, id)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var payload string
			var e record.Event
			if err := errors.Join(rows.Scan(&payload), json.Unmarshal([]byte(payload), &e)); err != nil {
				return err
			}
			list = append(list, e)
		}
		return rows.Err()
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}
