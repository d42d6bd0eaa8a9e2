package corridor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

const (
	ho   = "ho-gia-dinh"
	head = "ma,chu_ho,so_nguoi,thu_nhap,ngay\n"
)

// households makes n rows with keys from H<from> on.
func households(from, n int) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		fmt.Fprintf(&b, "H%d,Chủ hộ số %d,%d,%d,2025-01-31\n", from+i, i, 1+i%9, i)
	}
	return b.String()
}

func (h *house) object(dataset string) *contract.Object {
	h.t.Helper()
	_, obj, err := h.contracts.Object(h.t.Context(), dataset)
	if err != nil {
		h.t.Fatal(err)
	}
	return obj
}

func (h *house) count(dataset string) int64 {
	h.t.Helper()
	n, err := h.truth.Count(h.t.Context(), h.object(dataset))
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) head(dataset string) int64 {
	h.t.Helper()
	seq, _, err := h.truth.Head(h.t.Context(), h.object(dataset).Contract)
	if err != nil {
		h.t.Fatal(err)
	}
	return seq
}

func (h *house) receive(dataset, csv string, change ...func(*corridor.Request)) corridor.Status {
	h.t.Helper()
	in := corridor.Request{Dataset: dataset, Name: "tep.csv", Body: strings.NewReader(csv)}
	for _, f := range change {
		f(&in)
	}
	s, err := h.Receive(h.t.Context(), clerk, in)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// ended waits for a batch's end, at most a minute.
func (h *house) ended(id string) corridor.Status {
	h.t.Helper()
	return h.until(id, func(s corridor.Status) bool { return s.State.Final() })
}

func (h *house) until(id string, f func(corridor.Status) bool) corridor.Status {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	s, err := h.Wait(ctx, id, f)
	if err != nil || !f(s) {
		h.t.Fatalf("batch %s is %s: %v", id, s.State, err)
	}
	return s
}

func (h *house) status(id string) corridor.Status {
	h.t.Helper()
	s, err := h.Status(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// block keeps everybody from writing a data set until the function it returns
// is called.
func (h *house) block(dataset string) (release func()) {
	h.t.Helper()
	db, give, err := h.store.Dataset(h.t.Context(), h.object(dataset).Contract)
	if err != nil {
		h.t.Fatal(err)
	}
	held, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- db.Write(context.Background(), func(*store.Tx) error {
			close(held)
			<-end
			return nil
		})
	}()
	<-held
	var once atomic.Bool
	release = func() {
		if once.Swap(true) {
			return
		}
		close(end)
		if err := <-done; err != nil {
			h.t.Error(err)
		}
		give()
	}
	h.t.Cleanup(release)
	return release
}

// nothingLeft checks that a batch that came to nothing left nothing.
func (h *house) nothingLeft(dataset string, rows, seq int64) {
	h.t.Helper()
	h.settled() // files go after the state has been told
	if n, at := h.count(dataset), h.head(dataset); n != rows || at != seq {
		h.t.Errorf("%d rows at batch %d, want %d at %d", n, at, rows, seq)
	}
	if left, err := os.ReadDir(filepath.Join(h.dir, "work")); err != nil || len(left) > 0 {
		h.t.Errorf("work folder: %v %v", left, err)
	}
	if out, err := h.truth.Outbox(h.t.Context(), h.object(dataset).Contract); err != nil || len(out) > 0 {
		h.t.Errorf("outbox: %v %v", out, err)
	}
}

// --- disks --------------------------------------------------------------------

// A batch that does not fit is refused before anything of it is written.
func TestNoRoomForTheLog(t *testing.T) {
	var free atomic.Int64
	cfg := storetest.SQLite(t)
	cfg.Free = func(string) (int64, error) { return free.Load(), nil }
	h := open(t, cfg, t.TempDir())
	h.put(people)
	free.Store(1 << 30)
	h.send(ho, households(1, 10))
	free.Store(17 << 20) // one MB above what always stays free
	r, err := h.try(ho, households(100, 20_000))
	if !fault.Is(err, "store.no-space") || r.State != corridor.Failed || r.Seq != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	if s := h.status(r.Batch); s.State != corridor.Failed || s.Fault == nil || s.Fault.Key != "store.no-space" || len(s.Fault.Args) != 3 {
		t.Errorf("%+v %+v", s, s.Fault)
	}
	h.nothingLeft(ho, 10, 1)
	h.want(h.send(ho, households(100, 5)), "scored read 5 skipped 0 acc 5 (ins 5 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
	free.Store(1 << 30)
	h.send(ho, households(100, 20_000))
	h.nothingLeft(ho, 20_010, 3)
}

// The engine says in the middle of the rows that its disk is full.
func TestEngineFullInTheMiddle(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		h.send(ho, households(1, 10))
		db, give, err := h.store.Dataset(t.Context(), ho)
		if err != nil {
			t.Fatal(err)
		}
		full, mend := `PRAGMA max_page_count = 100`, `PRAGMA max_page_count = 1073741823`
		if h.store.Engine() == store.Postgres {
			full = `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
				IF NEW.ma = 'H12000' THEN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END IF; RETURN NEW; END$$;
				CREATE TRIGGER full_disk BEFORE INSERT ON ho FOR EACH ROW EXECUTE FUNCTION full_disk()`
			mend = `DROP TRIGGER full_disk ON ho`
		}
		exec := func(sql string) {
			if err := db.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.ExecContext(t.Context(), sql)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		exec(full)
		r, err := h.try(ho, households(1, 20_000))
		if !fault.Is(err, "store.disk-full") || r.State != corridor.Failed {
			t.Fatalf("%+v %v", r, err)
		}
		if s := h.status(r.Batch); s.State != corridor.Failed || s.Fault.Key != "store.disk-full" {
			t.Errorf("%+v %+v", s, s.Fault)
		}
		h.nothingLeft(ho, 10, 1)
		exec(mend)
		give()
		h.want(h.send(ho, households(1, 20_000)), "scored read 20000 skipped 0 acc 20000 (ins 19990 upd 0 same 10) quar 0 wd 0 late 0 miss 0 mended 0")
		h.nothingLeft(ho, 20_000, 2)
	})
}

// A real file system of 24 MB that fills up. It is mounted in a mount
// namespace of this test's own, so that nothing is left of it whatever happens.
func TestDiskFull(t *testing.T) {
	const inside = "PHOHIEN_TEST_MOUNTS"
	if os.Getenv(inside) == "" {
		attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
		if id := os.Getuid(); id != 0 {
			attr.Cloneflags |= syscall.CLONE_NEWUSER
			attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
			attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestDiskFull$", "-test.v")
		cmd.SysProcAttr, cmd.Env = attr, append(os.Environ(), inside+"=1")
		out, err := cmd.CombinedOutput()
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("this test needs to mount a small file system in a namespace of its own, as root (CAP_SYS_ADMIN) or with user namespaces "+
				"(sysctl kernel.unprivileged_userns_clone=1): %v", err)
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := syscall.Mount("", "/", "", syscall.MS_PRIVATE|syscall.MS_REC, ""); err != nil {
		t.Fatal(err)
	}
	small := func(t *testing.T) string {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
		return dir
	}
	roomy := func(string) (int64, error) { return 1 << 40, nil }
	t.Run("truth", func(t *testing.T) {
		dir := small(t)
		ballast := filepath.Join(dir, "ballast")
		if err := os.WriteFile(ballast, make([]byte, 4<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		h := open(t, store.Config{Dir: dir, Free: roomy}, t.TempDir())
		h.put(people)
		h.send(ho, households(1, 10))
		r, err := h.try(ho, households(1, 300_000))
		if !fault.Is(err, "store.disk-full") || r.State != corridor.Failed {
			t.Fatalf("%+v %v", r, err)
		}
		h.nothingLeft(ho, 10, 1)
		// Also the control database may have found no room to say so.
		if s := h.status(r.Batch); s.State != corridor.Failed || s.Fault == nil || s.Fault.Key != "store.disk-full" {
			t.Errorf("%+v", s)
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		for kept := ""; kept != string(corridor.Failed); time.Sleep(10 * time.Millisecond) {
			err := h.store.Control().Read(t.Context(), func(tx *store.Tx) error {
				return tx.QueryRowContext(t.Context(), `SELECT state FROM batches WHERE id = $1`, r.Batch).Scan(&kept)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		h.want(h.send(ho, households(5, 10)), "scored read 10 skipped 0 acc 10 (ins 4 upd 6 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		h.nothingLeft(ho, 14, 2)
	})
	t.Run("log", func(t *testing.T) {
		// What a batch rolled back has written is given back at once, so that
		// other data sets find room.
		dir := small(t)
		t.Run("before", func(t *testing.T) {
			h := open(t, store.Config{Dir: dir, Free: roomy}, t.TempDir())
			h.put(people)
			h.put(strings.ReplaceAll(people, "id: ho-gia-dinh", "id: ho-khac"))
			h.send(ho, households(1, 10))
		})
		h := open(t, store.Config{Dir: dir, Free: roomy}, t.TempDir())
		if r, err := h.try(ho, households(1, 300_000)); !fault.Is(err, "store.disk-full") {
			t.Fatalf("%+v %v", r, err)
		}
		h.send("ho-khac", households(1, 1000))
		h.nothingLeft("ho-khac", 1000, 1)
		h.nothingLeft(ho, 10, 1)
	})
	t.Run("work", func(t *testing.T) {
		h := open(t, store.Config{Dir: t.TempDir(), Free: roomy}, small(t))
		h.put(people)
		h.send(ho, households(1, 10))
		if r, err := h.try(ho, households(1, 600_000)); !fault.Is(err, "disk.full") {
			t.Fatalf("%+v %v", r, err)
		}
		h.nothingLeft(ho, 10, 1)
		h.want(h.send(ho, households(11, 10)), "scored read 10 skipped 0 acc 10 (ins 10 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
	})
}

// --- two at once, stopping ------------------------------------------------------

func TestTwoLoadsOfOneSetQueue(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		h.put(strings.ReplaceAll(people, "id: ho-gia-dinh", "id: ho-khac"))
		h.send(ho, households(1, 10))
		release := h.block(ho)
		a := h.receive(ho, head+"H1,A,1,1,\n")
		b := h.receive(ho, head+"H1,B,1,1,\nH2,B,1,1,\n")
		c := h.receive(ho, head+"H1,C,1,1,\n")
		h.until(a.ID, func(s corridor.Status) bool { return s.State == corridor.Applying })
		for i, id := range []string{a.ID, b.ID, c.ID} {
			if s := h.status(id); s.Place != i {
				t.Errorf("batch %d has place %d", i, s.Place)
			}
		}
		// Another set does not wait.
		if r := h.send("ho-khac", households(1, 10)); r.Seq != 1 {
			t.Errorf("%+v", r)
		}
		release()
		for i, id := range []string{a.ID, b.ID, c.ID} {
			s := h.ended(id)
			if s.State != corridor.Scored || s.Report.Seq != int64(2+i) || s.Place != 0 {
				t.Errorf("batch %d: %s %+v", i, s.State, s.Report)
			}
		}
		if got := h.rows(ho); !strings.HasPrefix(got, "H1: H1 C 1 1.00 <nil>\n") || !strings.Contains(got, "H2: H2 B 1 1.00 <nil>\n") {
			t.Error(got)
		}
		h.nothingLeft(ho, 10, 4)
	})
}

func TestTwoSetsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var ids []string
		for i := range 4 {
			id := fmt.Sprintf("ho-%d", i)
			h.put(strings.ReplaceAll(people, "id: ho-gia-dinh", "id: "+id))
			ids = append(ids, h.receive(id, households(1, 2000+i)).ID, h.receive(id, households(1000, 2000+i)).ID)
		}
		for i, id := range ids {
			if s := h.ended(id); s.State != corridor.Scored || s.Report.Seq != int64(1+i%2) {
				t.Errorf("%s %+v", s.State, s.Report)
			}
		}
		for i := range 4 {
			h.nothingLeft(fmt.Sprintf("ho-%d", i), int64(2999+i), 2)
		}
	})
}

func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		h.send(ho, households(1, 10))
		key := func(r *corridor.Request) { r.IdempotencyKey = "một lần" }
		// While it is read.
		s := h.receive(ho, households(1, 100_000), key)
		s, err := h.Cancel(t.Context(), clerk, s.ID)
		if err != nil || s.State != corridor.Cancelled || s.Report != nil && s.Report.Seq != 0 {
			t.Fatalf("%+v %v", s, err)
		}
		h.nothingLeft(ho, 10, 1)

		// While it waits behind another one: at once.
		release := h.block(ho)
		a := h.receive(ho, head+"H1,A,1,1,\n", key) // the key is free again
		b, c := h.receive(ho, households(1, 50)), h.receive(ho, head+"H1,C,1,1,\n")
		h.until(a.ID, func(s corridor.Status) bool { return s.State == corridor.Applying })
		if s, err := h.Cancel(t.Context(), clerk, b.ID); err != nil || s.State != corridor.Cancelled {
			t.Fatalf("%+v %v", s, err)
		}
		if s := h.status(c.ID); s.Place != 1 {
			t.Errorf("the one behind a cancelled batch has place %d", s.Place)
		}
		// Once it is being written it is too late.
		if s := h.status(a.ID); s.Cancellable {
			t.Errorf("%+v", s)
		}
		if _, err := h.Cancel(t.Context(), clerk, a.ID); !fault.Is(err, "batch.too-late") {
			t.Fatal(err)
		}
		release()
		if s := h.ended(a.ID); s.State != corridor.Scored {
			t.Fatalf("%+v", s)
		}
		if s := h.ended(c.ID); s.State != corridor.Scored {
			t.Fatalf("%+v", s)
		}
		for _, id := range []string{a.ID, b.ID} {
			if _, err := h.Cancel(t.Context(), clerk, id); !fault.Is(err, "batch.too-late") {
				t.Fatal(err)
			}
		}
		h.nothingLeft(ho, 10, 3)
	})
}

func TestCloseWhileLoading(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		t.Parallel()
		dir := t.TempDir()
		var ids []string
		applying := ""
		t.Run("closed", func(t *testing.T) {
			h := open(t, cfg, dir)
			h.put(people)
			h.put(strings.ReplaceAll(people, "id: ho-gia-dinh", "id: ho-khac"))
			h.send(ho, households(1, 10))
			h.send("ho-khac", households(1, 10))
			release := h.block("ho-khac")
			applying = h.receive("ho-khac", households(1, 500)).ID
			h.until(applying, func(s corridor.Status) bool { return s.State == corridor.Applying })
			ids = append(ids, h.receive(ho, households(1, 100_000)).ID, h.receive(ho, households(1, 20)).ID)
			closed := make(chan error, 1)
			go func() { closed <- h.Close() }()
			for _, id := range ids {
				if s := h.ended(id); s.State != corridor.Interrupted {
					t.Errorf("%+v", s)
				}
			}
			if _, err := h.Receive(t.Context(), clerk, corridor.Request{Dataset: ho, Body: strings.NewReader(head)}); !fault.Is(err, "server.stopping") {
				t.Errorf("a batch for a corridor that closes: %v", err)
			}
			select {
			case err := <-closed:
				t.Errorf("closed while a batch is being written: %v", err)
			case <-time.After(50 * time.Millisecond):
			}
			release()
			if err := <-closed; err != nil {
				t.Error(err)
			}
		})
		h := open(t, cfg, dir)
		for _, id := range ids {
			if s := h.status(id); s.State != corridor.Interrupted {
				t.Errorf("%+v", s)
			}
		}
		h.nothingLeft(ho, 10, 1)
		// The one being written is whole or not at all, and its state says which.
		switch s := h.status(applying); s.State {
		case corridor.Scored:
			h.nothingLeft("ho-khac", 500, 2)
		case corridor.Interrupted:
			h.nothingLeft("ho-khac", 10, 1)
		default:
			t.Errorf("%+v", s)
		}
	})
}

// A commit that an earlier process has asked for may still be under way on the
// server when the next one starts: it is waited for, not called interrupted.
func TestStartWaitsForACommitUnderWay(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		t.Parallel()
		dir, id := t.TempDir(), "01JD0000000000000000000000"
		before := open(t, cfg, dir)
		con := before.put(people)
		before.send(ho, households(1, 10))
		err := before.store.Control().Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `INSERT INTO batches (id, dataset, contract, kind, state, name, mode, confirmed, again, idempotency, digest, bytes,
				by_kind, by_id, by_name, received_at, changed_at, seq, report, fault, undoes)
				VALUES ($1, $2, $3, 'load', 'applying', 'tep.csv', 'merge', 0, 0, '', '', 0, 'person', 'x', 'x', $4, $5, 0, '', '', '')`,
				id, ho, ho, tx.Now, tx.Now)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		begun, finish, written := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			_, err := before.truth.Apply(context.Background(), record.Batch{
				ID: id, Contract: con, Object: con.Objects[0], By: clerk, Kind: "load",
				Report: func(seq int64, at time.Time) ([]byte, error) {
					close(begun)
					<-finish
					return fmt.Appendf(nil, `{"batch":%q,"seq":%d}`, id, seq), nil
				},
			})
			written <- err
		}()
		<-begun
		opened := make(chan struct{})
		go func() {
			select {
			case <-opened:
				t.Error("opened while the fate of a batch was open")
			case <-time.After(500 * time.Millisecond):
			}
			close(finish)
		}()
		after := open(t, cfg, t.TempDir())
		close(opened)
		if err := <-written; err != nil {
			t.Fatal(err)
		}
		if s := after.status(id); s.State != corridor.Scored || s.Report == nil || s.Report.Seq != 2 {
			t.Errorf("%+v %+v", s, s.Report)
		}
		after.nothingLeft(ho, 10, 2)
	})
}

// --- files ------------------------------------------------------------------------

func TestBodyThatBreaksOff(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		h.send(ho, households(1, 10))
		body := io.MultiReader(strings.NewReader(households(1, 50)), errorReader{io.ErrUnexpectedEOF})
		_, err := h.Receive(t.Context(), clerk, corridor.Request{Dataset: ho, Name: "tep.csv", Body: body, IdempotencyKey: "k"})
		if !fault.Is(err, "body.broken-off") {
			t.Errorf("%v", err)
		}
		list, _, err := h.Batches(t.Context(), ho, "", 10)
		if err != nil || len(list) != 1 {
			t.Errorf("%d batches %v", len(list), err)
		}
		h.nothingLeft(ho, 10, 1)
		// A sender who leaves in the middle.
		ctx, cancel := context.WithCancel(t.Context())
		body = io.MultiReader(strings.NewReader(households(1, 50)), readerFunc(func([]byte) (int, error) { cancel(); return 0, nil }))
		if _, err := h.Receive(ctx, clerk, corridor.Request{Dataset: ho, Name: "tep.csv", Body: body}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		h.nothingLeft(ho, 10, 1)
	})
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestReplaceWithdrawsNothingThatIsStillThere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		whole := households(1, 200)
		h.send(ho, whole)
		// Cut off in the middle of a line, at less than half.
		cut := whole[:len(whole)*2/5]
		r := h.send(ho, cut, mode(contract.Replace))
		if r.State != corridor.Held || r.Seq != 0 || !hasNote(r.Holds, "hold.shrunk") {
			t.Fatalf("%s %+v", r.State, r.Holds)
		}
		h.nothingLeft(ho, 200, 1)
		// Cut off near the end, in the middle of a line: that line may be any of
		// the rows that seem to be gone.
		lines := strings.SplitAfter(whole, "\n")
		r = h.send(ho, strings.Join(lines[:188], "")+"H188,Chủ", mode(contract.Replace))
		h.want(r, "scored read 188 skipped 0 acc 187 (ins 0 upd 0 same 187) quar 1 wd 0 late 0 miss 13 mended 0")
		h.nothingLeft(ho, 200, 2)
		// 30 % bad rows: all that are in the file stay.
		var bad strings.Builder
		for i, l := range lines[:189] {
			if i > 0 && i%10 < 3 {
				l = strings.Replace(l, ",2025-01-31", ",31/02/2025", 1)
			}
			bad.WriteString(l)
		}
		r = h.send(ho, bad.String(), mode(contract.Replace))
		h.want(r, "scored read 188 skipped 0 acc 132 (ins 0 upd 0 same 132) quar 56 wd 12 late 0 miss 0 mended 0")
		h.nothingLeft(ho, 188, 3)
		// Keys that cannot be read may be any of those that seem to be gone.
		r = h.send(ho, strings.Replace(strings.Join(lines[:189], ""), "\nH7,", "\n,", 1), mode(contract.Replace))
		h.want(r, "scored read 188 skipped 0 acc 187 (ins 0 upd 0 same 187) quar 1 wd 0 late 0 miss 1 mended 56")
		if !hasNote(r.Notes, "note.missing-keys") {
			t.Errorf("%+v", r.Notes)
		}
		h.nothingLeft(ho, 188, 4)
	})
}

func hasNote(list []corridor.Note, key string) bool {
	for _, n := range list {
		if n.Key == key && n.Vi != "" && n.En != "" {
			return true
		}
	}
	return false
}

func TestHeadingAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		h.want(h.send(ho, head, mode(contract.Replace)), "scored read 0 skipped 0 acc 0 (ins 0 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		h.send(ho, households(1, 10))
		r := h.send(ho, head, mode(contract.Replace))
		if r.State != corridor.Held || !hasNote(r.Holds, "hold.shrunk") {
			t.Fatalf("%s %+v", r.State, r.Holds)
		}
		h.want(h.send(ho, head), "scored read 0 skipped 0 acc 0 (ins 0 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		if _, err := h.try(ho, ""); !fault.Is(err, "file.empty") {
			t.Errorf("%v", err)
		}
		if n := h.count(ho); n != 10 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestMissingColumnDoesNotWipe(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		h.send(ho, households(1, 10))
		r := h.send(ho, "ma,chu_ho,so_nguoi\nH1,Chủ hộ số 0,1\nH11,Mới,2\n")
		if r.State != corridor.Held || !hasNote(r.Holds, "hold.missing-columns") || !hasNote(r.Notes, "note.missing-columns") {
			t.Fatalf("%s %+v %+v", r.State, r.Holds, r.Notes)
		}
		h.nothingLeft(ho, 10, 1)
		// New rows alone lose nothing.
		h.want(h.send(ho, "ma,chu_ho,so_nguoi\nH11,Mới,2\n"), "scored read 1 skipped 0 acc 1 (ins 1 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		if _, err := h.try(ho, "ma,so_nguoi\nH1,1\n"); !fault.Is(err, "header.missing") {
			t.Errorf("%v", err)
		}
	})
}

const reports = `apiVersion: v3.1.0
kind: DataContract
id: bao-cao
version: 1.0.0
status: active
schema:
- name: bao_cao
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - {name: don_vi, logicalType: string, required: true}
  - {name: ky, logicalType: string, required: true}
  - {name: so, logicalType: integer}
  customProperties:
  - {property: phohien.mode, value: slice}
  - {property: phohien.sender, value: don_vi}
  - {property: phohien.period, value: ky}
`

func TestSliceSpeaksForItsOwnPart(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(reports)
		slice := func(rows string) corridor.Report { return h.send("bao-cao", "ma,don_vi,ky,so\n"+rows) }
		slice("A1,xa-a,2025,1\nA2,xa-a,2025,2\n")
		slice("A3,xa-a,2024,3\n")
		slice("B1,xa-b,2025,4\nB2,xa-b,2025,5\n")
		// A1 is gone from xa-a's 2025; B1 is not xa-a's to change.
		r := slice("A2,xa-a,2025,20\nB1,xa-a,2025,40\nA4,xa-a,2025,6\n")
		h.want(r, "scored read 3 skipped 0 acc 2 (ins 1 upd 1 same 0) quar 1 wd 1 late 0 miss 0 mended 0")
		if len(r.Reasons) != 1 || r.Reasons[0].Rule != "_owner" || r.Reasons[0].MessageVi == "" {
			t.Errorf("%+v", r.Reasons)
		}
		if got, want := h.rows("bao-cao"), "A2: A2 xa-a 2025 20\nA3: A3 xa-a 2024 3\nA4: A4 xa-a 2025 6\nB1: B1 xa-b 2025 4\nB2: B2 xa-b 2025 5\n"; got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		if got, want := h.lines("bao-cao"), "3 B1 [\"B1\" \"xa-a\" \"2025\" \"40\"] [_owner]\n"; got != want {
			t.Errorf("got %s want %s", got, want)
		}
		if _, err := h.try("bao-cao", "ma,don_vi,ky,so\nA2,xa-a,2025,1\nA3,xa-a,2024,1\n"); !fault.Is(err, "slice.several") {
			t.Errorf("%v", err)
		}
		// A line without a readable key may be the one that seems to be gone.
		r = slice("A2,xa-a,2025,20\n,xa-a,2025,6\n")
		h.want(r, "scored read 2 skipped 0 acc 1 (ins 0 upd 0 same 1) quar 1 wd 0 late 0 miss 1 mended 0")
		if _, err := h.try(ho, head); !fault.Is(err, "dataset.unknown") && fault.KindOf(err) != fault.NotFound {
			t.Errorf("%v", err)
		}
		h.put(people)
		if _, err := h.try(ho, head+"H1,A,1,1,\n", mode(contract.Slice)); !fault.Is(err, "mode.needs-slice") {
			t.Errorf("%v", err)
		}
	})
}

func TestAppend(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		h.send(ho, head+"H1,A,1,1,\nH2,B,1,1,\n")
		// With a key: what is there stays as it is.
		r := h.send(ho, head+"H1,A,1,1,\nH2,khác,1,1,\nH3,C,1,1,\n", mode(contract.Append))
		h.want(r, "scored read 3 skipped 0 acc 2 (ins 1 upd 0 same 1) quar 1 wd 0 late 0 miss 0 mended 0")
		if len(r.Reasons) != 1 || r.Reasons[0].Rule != "_exists" {
			t.Errorf("%+v", r.Reasons)
		}
		if got := h.lines(ho); !strings.HasSuffix(got, "[_exists]\n") || !strings.HasPrefix(got, "3 H2 ") {
			t.Error(got)
		}
		// Without: the content is all there is to go by.
		h.put(crashKeyless)
		log := "ma,ten,so,ghi_chu\nX,x,1,\nX,x,1,\nY,y,2,\n"
		h.want(h.send("nhat-ky", log), "scored read 3 skipped 0 acc 3 (ins 3 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		if r, err := h.try("nhat-ky", log); !fault.Is(err, "batch.sent-before") || r.State != corridor.Failed {
			t.Errorf("%+v %v", r, err)
		}
		h.nothingLeft("nhat-ky", 3, 1)
		h.want(h.send("nhat-ky", log, func(r *corridor.Request) { r.Again = true }), "scored read 3 skipped 0 acc 3 (ins 3 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		h.nothingLeft("nhat-ky", 6, 2)
		for _, m := range []contract.Mode{contract.Merge, contract.Replace} {
			if _, err := h.try("nhat-ky", log, mode(m)); !fault.Is(err, "mode.needs-key") {
				t.Errorf("%s: %v", m, err)
			}
		}
		// A batch that was undone can be sent again.
		list, _, err := h.Batches(t.Context(), "nhat-ky", "", 1)
		if err != nil {
			t.Fatal(err)
		}
		u, err := h.Undo(t.Context(), clerk, list[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if s := h.ended(u.ID); s.State != corridor.Scored || s.Report.Withdrawn != 3 {
			t.Errorf("%+v %+v", s, s.Report)
		}
		h.nothingLeft("nhat-ky", 3, 3)
		h.followed("nhat-ky")
	})
}

func (h *house) followed(dataset string) {
	h.t.Helper()
	obj := h.object(dataset)
	if _, err := h.mirror.Follow(h.t.Context(), obj); err != nil {
		h.t.Fatal(err)
	}
	h.mirrored(obj)
}

func TestLateAndVolatile(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(`apiVersion: v3.1.0
kind: DataContract
id: gia
version: 1.0.0
status: active
schema:
- name: gia
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - {name: so, logicalType: integer}
  - {name: luc, logicalType: timestamp}
  - {name: trich, logicalType: date, customProperties: [{property: phohien.volatile, value: true}]}
  customProperties:
  - {property: phohien.orderBy, value: luc}
`)
		file := func(rows string) corridor.Report { return h.send("gia", "ma,so,luc,trich\n"+rows) }
		file("A,1,2025-03-01T00:00:00+07:00,2025-03-02\nB,1,2025-03-01T00:00:00+07:00,2025-03-02\nC,1,,2025-03-02\n")
		// Only the date of extraction differs.
		h.want(file("A,1,2025-03-01T00:00:00+07:00,2025-03-09\n"), "scored read 1 skipped 0 acc 1 (ins 0 upd 0 same 1) quar 0 wd 0 late 0 miss 0 mended 0")
		// A is older than what is there, B newer, C has never said.
		h.want(file("A,0,2025-02-01T00:00:00+07:00,2025-03-02\nB,2,2025-04-01T00:00:00+07:00,2025-03-02\nC,2,2025-01-01T00:00:00+07:00,2025-03-02\n"),
			"scored read 3 skipped 0 acc 3 (ins 0 upd 2 same 1) quar 0 wd 0 late 1 miss 0 mended 0")
		for key, so := range map[string]string{"A": "1", "B": "2", "C": "2"} {
			row, err := h.truth.Get(t.Context(), h.object("gia"), key, record.Latest)
			if err != nil || fmt.Sprint(row.Values["so"]) != so {
				t.Errorf("%s: %+v %v", key, row, err)
			}
		}
	})
}

// --- what changes on the other side ------------------------------------------------

func TestContractGrowsWithoutRewriting(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		h.send(ho, households(1, 100))
		h.put(strings.Replace(strings.Replace(people, "version: 1.0.0", "version: 1.1.0", 1), "  - {name: ngay, logicalType: date}\n",
			"  - {name: ngay, logicalType: date}\n  - {name: dien_thoai, logicalType: string}\n", 1))
		// The old file lacks the column, but nothing it says has changed.
		h.want(h.send(ho, households(1, 100)), "scored read 100 skipped 0 acc 100 (ins 0 upd 0 same 100) quar 0 wd 0 late 0 miss 0 mended 0")
		h.want(h.send(ho, "ma,chu_ho,so_nguoi,thu_nhap,ngay,dien_thoai\nH1,Chủ hộ số 0,1,0,2025-01-31,\nH2,Chủ hộ số 1,2,1,2025-01-31,0221\n"),
			"scored read 2 skipped 0 acc 2 (ins 0 upd 1 same 1) quar 0 wd 0 late 0 miss 0 mended 0")
		row, err := h.truth.Get(t.Context(), h.object(ho), "H1", record.Latest)
		if err != nil || row.Seq != 1 {
			t.Errorf("H1 was written again: %+v %v", row, err)
		}
		h.settled()
		h.followed(ho)
	})
}

func TestCodeListChanges(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		list := func(codes string) {
			t.Helper()
			l, err := dictionary.Parse([]byte("kind: CodeList\nid: loai\nname: Loại\nversion: 1.0.0\ncodes:\n"+codes), nil)
			if err == nil {
				err = h.lists.Put(t.Context(), clerk, l)
			}
			if err == nil {
				err = h.RejudgeChanged(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
			h.settled()
		}
		list("- {code: A, name: a}\n- {code: B, name: b}\n")
		h.put(`apiVersion: v3.1.0
kind: DataContract
id: don
version: 1.0.0
status: active
schema:
- name: don
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - name: loai
    logicalType: string
    customProperties: [{property: phohien.codeList, value: {list: loai, severity: reject}}]
  - name: phu
    logicalType: string
    customProperties: [{property: phohien.codeList, value: {list: loai, severity: warn}}]
`)
		h.want(h.send("don", "ma,loai,phu\n1,A,B\n2,C,A\n3,B,C\n"), "scored read 3 skipped 0 acc 2 (ins 2 upd 0 same 0) quar 1 wd 0 late 0 miss 0 mended 0")
		if got, want := h.rows("don"), "1: 1 A B\n3: 3 B C [w:phu.code-list]\n"; got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		// C comes: line 2 enters, 3 is no longer flagged.
		list("- {code: A, name: a}\n- {code: B, name: b}\n- {code: C, name: c}\n")
		if got, want := h.rows("don"), "1: 1 A B\n2: 2 C A\n3: 3 B C\n"; got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		if got := h.lines("don"); got != "" {
			t.Errorf("lines: %s", got)
		}
		seq := h.head("don")
		// B goes: 1 and 3 are flagged where they stand; rows that are there are
		// not thrown out.
		list("- {code: A, name: a}\n- {code: C, name: c}\n")
		got := h.rows("don")
		if strings.Count(got, "\n") != 3 || !strings.Contains(got, "1: 1 A B [w:phu.") || !strings.Contains(got, "2: 2 C A\n") {
			t.Errorf("got\n%s", got)
		}
		if h.head("don") == seq {
			t.Error("the judgement changed without a batch")
		}
		h.followed("don")
		// The same list once more changes nothing.
		seq = h.head("don")
		list("- {code: A, name: a}\n- {code: C, name: c}\n")
		if at := h.head("don"); at != seq {
			t.Errorf("batch %d after %d for nothing", at, seq)
		}
		for _, e := range h.events("don") {
			if e.Seq > 1 && e.By != actor.System {
				t.Errorf("%+v", e)
			}
		}
	})
}

// What the rejudging owes after a parent has changed is owed after a restart
// too.
func TestRejudgingSurvivesARestart(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		t.Parallel()
		dir := t.TempDir()
		t.Run("before", func(t *testing.T) {
			h := open(t, cfg, dir)
			h.put("apiVersion: v3.1.0\nkind: DataContract\nid: xa\nversion: 1.0.0\nstatus: active\nschema:\n- name: xa\n  properties:\n  - {name: ma, logicalType: string, primaryKey: true}\n")
			h.put(`apiVersion: v3.1.0
kind: DataContract
id: truong
version: 1.0.0
status: active
schema:
- name: truong
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - name: ma_xa
    logicalType: string
    customProperties:
    - {property: phohien.reference, value: {dataset: xa, severity: reject}}
`)
			h.want(h.send("truong", "ma,ma_xa\nT1,01\n"), "scored read 1 skipped 0 acc 0 (ins 0 upd 0 same 0) quar 1 wd 0 late 0 miss 0 mended 0")
			h.send("xa", "ma\n01\n")
			if got := h.rows("truong"); got != "" { // the loop gathers first
				t.Fatalf("judged again already: %s", got)
			}
		})
		h := open(t, cfg, dir)
		if err := h.RejudgeChanged(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.settled()
		if got, want := h.rows("truong"), "T1: T1 01\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// --- the mirror's file ------------------------------------------------------------------

func TestMirrorFileLostOrScrambled(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		t.Parallel()
		dir := t.TempDir()
		path := filepath.Join(dir, "mirror.duckdb")
		damage := []struct {
			name string
			do   func() error
		}{
			{"made", func() error { return nil }},
			{"deleted", func() error { return os.Remove(path) }},
			{"scrambled", func() error { return os.WriteFile(path, bytes.Repeat([]byte("x"), 1<<20), 0o600) }},
			{"cut", func() error { return os.Truncate(path, 5000) }},
			{"empty", func() error { return os.WriteFile(path, nil, 0o600) }},
		}
		for i, d := range damage {
			if err := d.do(); err != nil {
				t.Fatal(err)
			}
			t.Run(d.name, func(t *testing.T) {
				h := open(t, cfg, dir)
				if i == 0 {
					h.put(people)
				}
				// Classifying must not trust a mirror that is not there.
				r := h.send(ho, households(1+10*i, 500))
				if want := int64(500 + 10*i); h.count(ho) != want || r.Seq != int64(4*i+1) {
					t.Errorf("%d rows, want %d: %s", h.count(ho), want, counts(r))
				}
				h.followed(ho)
				h.send(ho, households(1+10*i, 500)) // beside the mirror now
				h.followed(ho)
				s, err := h.Undo(t.Context(), clerk, h.send(ho, households(3+10*i, 10)).Batch)
				if err != nil {
					t.Fatal(err)
				}
				h.ended(s.ID)
				h.followed(ho)
			})
		}
	})
}

// What follows the commit may fail: the batch is acknowledged all the same, and
// what was not told is told later, once.
func TestAcknowledgedThoughTheRelayFails(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		t.Parallel()
		dir, first := t.TempDir(), ""
		t.Run("before", func(t *testing.T) {
			h := open(t, cfg, dir)
			h.put(people)
			rename := func(from, to string) {
				err := h.store.Control().Write(t.Context(), func(tx *store.Tx) error {
					_, err := tx.ExecContext(t.Context(), `ALTER TABLE `+from+` RENAME TO `+to)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			rename("events", "events_away")
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			r, err := h.Send(ctx, clerk, corridor.Request{Dataset: ho, Name: "tep.csv", Body: strings.NewReader(households(1, 10))})
			if err != nil || r.State != corridor.Applied || r.Seq != 1 || r.Inserted != 10 {
				t.Fatalf("%+v %v", r, err)
			}
			first = r.Batch
			if out, err := h.truth.Outbox(t.Context(), ho); err != nil || len(out) != 1 {
				t.Errorf("outbox: %d %v", len(out), err)
			}
			rename("events_away", "events")
			h.send(ho, households(11, 10))
			h.nothingLeft(ho, 20, 2)
			if e := h.events(ho); len(e) != 2 || e[0].Batch != first || e[1].Seq != 2 {
				t.Errorf("%+v", e)
			}
		})
		h := open(t, cfg, dir)
		if s := h.status(first); s.State != corridor.Scored || s.Report == nil || s.Report.Seq != 1 {
			t.Errorf("%+v %+v", s, s.Report)
		}
		if e := h.events(ho); len(e) != 2 {
			t.Errorf("%+v", e)
		}
	})
}

// A batch is undone while any of its undos stands: the corridor and the truth
// say the same of it.
func TestUndoneTwice(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		undo := func(id string) string {
			t.Helper()
			s, err := h.Undo(t.Context(), clerk, id)
			if err != nil {
				t.Fatal(err)
			}
			if s = h.ended(s.ID); s.State != corridor.Scored {
				t.Fatalf("%+v %+v", s, s.Fault)
			}
			return s.ID
		}
		a := h.send(ho, households(1, 10)).Batch
		first := undo(a)
		again := undo(first)
		second := undo(a)
		undo(again) // the first undo stands again, beside the second
		last := undo(second)
		if s := h.status(a); s.State != corridor.Undone {
			t.Errorf("while the first undo stands the batch is %s", s.State)
		}
		if _, err := h.Undo(t.Context(), clerk, a); !fault.Is(err, "batch.nothing-to-undo") {
			t.Errorf("%v", err)
		}
		undo(last)
		undo(first)
		if s := h.status(a); s.State != corridor.Undone {
			t.Errorf("while the second undo stands the batch is %s", s.State)
		}
		undo(second)
		if s := h.status(a); s.State != corridor.Scored {
			t.Errorf("no undo stands, and the batch is %s", s.State)
		}
		undo(a)
	})
}

// An undo can be undone: then what it undid stands again, and can be undone
// anew.
func TestUndoOfAnUndo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		a := h.send(ho, households(1, 10))
		id, rows := a.Batch, []int64{0, 10, 0}
		undone := []string{a.Batch}
		for i, want := range rows {
			s, err := h.Undo(t.Context(), clerk, id)
			if err != nil {
				t.Fatal(err)
			}
			if s = h.ended(s.ID); s.State != corridor.Scored {
				t.Fatalf("%+v", s)
			}
			if i == 0 { // twice is too often
				if _, err := h.Undo(t.Context(), clerk, id); !fault.Is(err, "batch.nothing-to-undo") {
					t.Errorf("%v", err)
				}
			}
			h.nothingLeft(ho, want, int64(i+2))
			id = s.ID
			undone = append(undone, id)
		}
		for i, want := range []corridor.State{corridor.Undone, corridor.Scored, corridor.Undone, corridor.Scored} {
			if s := h.status(undone[i]); s.State != want {
				t.Errorf("batch %d of %d is %s, want %s", i, len(undone), s.State, want)
			}
		}
		h.followed(ho)
	})
}
