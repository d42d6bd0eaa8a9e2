package inbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A desk stands for the corridor: it remembers what it was handed and answers
// as the test says.
type desk struct {
	mu       sync.Mutex
	requests []corridor.Request
	bodies   []string
	batches  map[string]*corridor.Status // by id
	keys     map[string]string           // idempotency key → id
	next     func(in corridor.Request) (corridor.Status, error)
	reading  func() // called before a body is read
	wait     func(ctx context.Context) error
}

func newDesk(next func(in corridor.Request) (corridor.Status, error)) *desk {
	return &desk{batches: map[string]*corridor.Status{}, keys: map[string]string{}, next: next}
}

func (d *desk) Receive(_ context.Context, by actor.Actor, in corridor.Request) (corridor.Status, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, again := d.keys[in.IdempotencyKey]; again {
		return *d.batches[id], nil
	}
	if d.reading != nil {
		d.reading()
	}
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return corridor.Status{}, err
	}
	d.requests, d.bodies = append(d.requests, in), append(d.bodies, string(body))
	s, err := d.next(in)
	if err != nil {
		return corridor.Status{}, err
	}
	s.ID, s.Dataset, s.Name, s.By = fmt.Sprintf("01ARZ3NDEKTSV4RRFFQ69G%04d", len(d.batches)), in.Dataset, in.Name, by
	if s.Received.IsZero() {
		s.Received = time.Now()
	}
	d.batches[s.ID] = &s
	if s.State != corridor.Failed && s.State != corridor.Interrupted {
		d.keys[in.IdempotencyKey] = s.ID
	}
	return s, nil
}

func (d *desk) Wait(ctx context.Context, id string, _ func(corridor.Status) bool) (corridor.Status, error) {
	if d.wait != nil {
		if err := d.wait(ctx); err != nil {
			return corridor.Status{}, err
		}
	}
	return d.Status(ctx, id)
}

func (d *desk) Status(_ context.Context, id string) (corridor.Status, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.batches[id]; s != nil {
		return *s, nil
	}
	return corridor.Status{}, fault.New(fault.NotFound, "batch.not-there", id)
}

// sets are the contracts of the test.
type sets []*contract.Contract

func (s sets) List(_ context.Context, after string, _ int) ([]*contract.Contract, error) {
	if after != "" {
		return nil, nil
	}
	return s, nil
}

func contractOf(name string, addresses ...string) *contract.Contract {
	c := &contract.Contract{ID: addresses[0], Name: name}
	for _, a := range addresses {
		c.Objects = append(c.Objects, &contract.Object{Dataset: a})
	}
	return c
}

// A world is an inbox in a folder of its own.
type world struct {
	*Inbox
	t *testing.T
}

func newWorld(t *testing.T, d *desk) *world {
	t.Helper()
	return &world{t: t, Inbox: New(Deps{
		Dir: t.TempDir(), Corridor: d, Contracts: sets{contractOf("Trạm y tế", "tram"), contractOf("Trường học", "truong.lop", "truong.diem")},
		Pages: "http://localhost:8080",
	})}
}

// restart gives the inbox to another run of the program.
func (w *world) restart() *world {
	w.t.Helper()
	w.stop()
	return &world{t: w.t, Inbox: New(w.Deps)}
}

func (w *world) stop() {
	w.t.Helper()
	if w.lock != nil {
		if err := w.lock.Release(); err != nil {
			w.t.Fatal(err)
		}
		w.lock = nil
	}
}

// look looks n times and waits for what that set to work.
func (w *world) look(n int) {
	w.t.Helper()
	for range n {
		if err := w.Inbox.look(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		w.tasks.Wait()
	}
}

func (w *world) put(name, text string) {
	w.t.Helper()
	p := filepath.Join(w.Dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// files lists all files, sorted, without the lock.
func (w *world) files() []string {
	w.t.Helper()
	var all []string
	err := filepath.WalkDir(w.Dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "phohien.lock" {
			return err
		}
		rel, err := filepath.Rel(w.Dir, p)
		all = append(all, rel)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) want(names ...string) {
	w.t.Helper()
	day := time.Now().In(locale.Zone).Format(time.DateOnly)
	for i := range names {
		names[i] = strings.ReplaceAll(names[i], "DAY", day)
	}
	slices.Sort(names)
	got := w.files()
	slices.Sort(got)
	if !slices.Equal(got, names) {
		w.t.Errorf("files\n got %q\nwant %q", got, names)
	}
}

// text reads the text that ends so.
func (w *world) text(suffix string) string {
	w.t.Helper()
	for _, name := range w.files() {
		if strings.HasSuffix(name, suffix) {
			b, err := os.ReadFile(filepath.Join(w.Dir, name))
			if err != nil {
				w.t.Fatal(err)
			}
			return string(b)
		}
	}
	w.t.Fatalf("no file ends in %s: %q", suffix, w.files())
	return ""
}

func scored(r corridor.Report) func(corridor.Request) (corridor.Status, error) {
	return func(corridor.Request) (corridor.Status, error) {
		own := r
		own.State = corridor.Scored
		return corridor.Status{State: corridor.Scored, Report: &own}, nil
	}
}

func failed(kind, key string, args ...string) func(corridor.Request) (corridor.Status, error) {
	return func(corridor.Request) (corridor.Status, error) {
		return corridor.Status{State: corridor.Failed, Fault: &corridor.Fault{Kind: kind, Key: key, Args: args}}, nil
	}
}

// TestMoves: each end of a batch has its folder and its words.
func TestMoves(t *testing.T) {
	for name, c := range map[string]struct {
		next func(corridor.Request) (corridor.Status, error)
		want string
		says []string
	}{
		"all rows pass": {scored(corridor.Report{Read: 1200, Accepted: 1200, Inserted: 1000, Unchanged: 200}), "tram/da-nhan/DAY/a.csv",
			[]string{"Tệp: a.csv", "Bộ dữ liệu: Trạm y tế (tram)", "Kết quả: đã ghi\r\n", "Đã đọc 1.200 dòng: 1.200 dòng đạt, 0 dòng chưa đạt.", "thêm mới 1.000", "/batches/01ARZ3NDEKTSV4RRFFQ69G0000"}},
		"some do not": {scored(corridor.Report{Read: 3, Accepted: 2, Quarantined: 1, Inserted: 2, Reasons: []corridor.Reason{{MessageVi: "Mã xã\nkhông có", Count: 1}}}), "tram/da-nhan/DAY/a.csv",
			[]string{"Lý do chưa đạt:", "- Mã xã_không có (1 dòng)", "Việc cần làm:"}},
		"held": {func(corridor.Request) (corridor.Status, error) {
			return corridor.Status{State: corridor.Held, Report: &corridor.Report{State: corridor.Held, Read: 3, Accepted: 3, Inserted: 3, Holds: []corridor.Note{{Key: "hold.x", Vi: "Thu hồi quá nhiều"}}}}, nil
		}, "tram/cho-xac-nhan/a.csv", []string{"Kết quả: chờ xác nhận, chưa ghi", "Lý do chờ xác nhận:", "- Thu hồi quá nhiều", "Nếu được xác nhận: thêm mới 3", "http://localhost:8080/batches/01ARZ3NDEKTSV4RRFFQ69G0000"}},
		"not readable": {failed("invalid", "intake.pdf"), "tram/khong-nhan/DAY/a.csv", []string{"Kết quả: không tiếp nhận", "là PDF", "đặt lại tệp"}},
		"cancelled": {func(corridor.Request) (corridor.Status, error) {
			return corridor.Status{State: corridor.Cancelled}, nil
		}, "tram/khong-nhan/DAY/a.csv",
			[]string{"đã hủy theo yêu cầu"}},
		"an error of ours": {failed("internal", "internal"), "tram/khong-nhan/DAY/a.csv", []string{"Hệ thống gặp lỗi"}},
		"refused at the door": {func(corridor.Request) (corridor.Status, error) {
			return corridor.Status{}, fault.New(fault.TooLarge, "file.too-large", int64(1<<30))
		}, "tram/khong-nhan/DAY/a.csv", []string{"Tệp lớn hơn 1,0 GB"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(c.next)
			w := newWorld(t, d)
			w.put("tram/a.csv", "ma\n1\n")
			w.look(4)
			w.want(c.want, c.want+".txt")
			text := w.text(".txt")
			if !strings.HasPrefix(text, "\ufeff") || strings.Count(text, "\n") != strings.Count(text, "\r\n") {
				t.Errorf("Notepad does not show %q", text)
			}
			for _, s := range c.says {
				if !strings.Contains(text, s) {
					t.Errorf("the text lacks %q:\n%s", s, text)
				}
			}
			if len(d.requests) != 1 || d.bodies[0] != "ma\n1\n" || d.requests[0].Dataset != "tram" || d.requests[0].Name != "a.csv" {
				t.Errorf("handed over %+v %q", d.requests, d.bodies)
			}
		})
	}
}

// TestSealed: of a data set with sealed columns nothing that was taken in is left
// to lie readable; what was not taken in is nowhere else, and stays.
func TestSealed(t *testing.T) {
	for name, c := range map[string]struct {
		next func(corridor.Request) (corridor.Status, error)
		want []string
	}{
		"taken":   {scored(corridor.Report{Read: 1, Accepted: 1, Notes: []corridor.Note{{Key: "x", Vi: "thấy 033095001234"}}}), []string{"tram/da-nhan/DAY/a.csv.txt"}},
		"refused": {failed("invalid", "intake.pdf"), []string{"tram/khong-nhan/DAY/a.csv", "tram/khong-nhan/DAY/a.csv.txt"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, newDesk(c.next))
			w.Contracts.(sets)[0].Objects[0].Columns = []contract.Column{{Name: "so", Type: contract.Text, Sealed: true}}
			w.put("tram/a.csv", "so\n033095001234\n")
			w.look(4)
			w.want(c.want...)
			if strings.Contains(w.text(".txt"), "033095001234") {
				t.Errorf("the text tells of a row:\n%s", w.text(".txt"))
			}
		})
	}
}

// TestFolders: one for each object of the contracts in force, and senders have
// their own.
func TestFolders(t *testing.T) {
	d := newDesk(scored(corridor.Report{}))
	w := newWorld(t, d)
	retired := contractOf("Cũ", "cu")
	retired.Retired = true
	w.Contracts = sets{contractOf("Trạm", "tram"), contractOf("Trường", "truong.lop", "truong.diem"), retired}
	w.look(1)
	list, err := os.ReadDir(w.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	if got := strings.Join(names, " "); got != "tram truong.diem truong.lop" {
		t.Errorf("folders %s", got)
	}
	w.Contracts = append(w.Contracts.(sets), contractOf("Mới", "moi"))
	w.look(newSets)
	w.put("moi/Xã A/b.csv", "1")
	w.put("truong.lop/c.csv", "2")
	w.put("cu/d.csv", "3") // nobody takes it
	w.look(4)
	w.want("cu/d.csv", "moi/Xã A/da-nhan/DAY/b.csv", "moi/Xã A/da-nhan/DAY/b.csv.txt", "truong.lop/da-nhan/DAY/c.csv", "truong.lop/da-nhan/DAY/c.csv.txt")
	senders := map[string]string{}
	for _, r := range d.requests {
		senders[r.Dataset] = r.Sender
	}
	if len(senders) != 2 || senders["moi"] != "Xã A" || senders["truong.lop"] != "" {
		t.Errorf("senders %v", senders)
	}
	if !strings.Contains(w.text("b.csv.txt"), "Đơn vị gửi: Xã A") {
		t.Error("the text does not name the sender")
	}
}

// TestQuiet: a file is taken when it has stopped changing, and the oldest first.
func TestQuiet(t *testing.T) {
	d := newDesk(scored(corridor.Report{}))
	w := newWorld(t, d)
	w.put("tram/a.csv", "1")
	for i := range 5 { // it grows between all looks
		w.look(1)
		w.put("tram/a.csv", strings.Repeat("1", i+2))
	}
	if len(d.requests) != 0 {
		t.Fatalf("a growing file was taken: %q", d.bodies)
	}
	w.look(1 + quiet - 1)
	if len(d.requests) != 0 {
		t.Fatalf("taken after %d looks", quiet)
	}
	w.look(1)
	if len(d.requests) != 1 || d.bodies[0] != "111111" {
		t.Fatalf("not taken once quiet: %q", d.bodies)
	}
	w.put("tram/new.csv", "new")
	w.put("tram/old.csv", "old")
	w.put("tram/empty.csv", "")
	if err := os.Chtimes(filepath.Join(w.Dir, "tram/old.csv"), time.Now(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.look(quiet + 1)
	if got := strings.Join(d.bodies[1:], " "); got != "old new" {
		t.Errorf("order %q, want the oldest first", got)
	}
	w.look(quietEmpty)
	if len(d.bodies) != 4 {
		t.Errorf("an empty file is not answered: %q", d.bodies)
	}
}

// TestLeftAlone: files on their way, programs' own, and files that are open.
func TestLeftAlone(t *testing.T) {
	d := newDesk(scored(corridor.Report{}))
	w := newWorld(t, d)
	alone := []string{".an", "a.tmp", "b.PART", "c.crdownload", "~$d.xlsx", "Thumbs.db", "e~", "d.xlsx", "~$văn bản.docx", "bộ văn bản.docx", ".~lock.f.ods#", "f.ods"}
	for _, name := range alone {
		w.put("tram/"+name, "x")
	}
	// Word's mark covers the first two letters.
	if err := os.Rename(filepath.Join(w.Dir, "tram/~$văn bản.docx"), filepath.Join(w.Dir, "tram/~$ văn bản.docx")); err != nil {
		t.Fatal(err)
	}
	w.look(6)
	if len(d.requests) != 0 || len(w.files()) != len(alone) {
		t.Errorf("taken: %q; there: %q", d.bodies, w.files())
	}
	// A mark that a program left behind yesterday does not count.
	old := time.Now().Add(-staleOpen - time.Hour)
	if err := os.Chtimes(filepath.Join(w.Dir, "tram/~$d.xlsx"), old, old); err != nil {
		t.Fatal(err)
	}
	w.look(4)
	if len(d.requests) != 1 || d.requests[0].Name != "d.xlsx" {
		t.Errorf("behind a stale mark: %+v", d.requests)
	}
}

// TestNotices: only what the program itself wrote is removed.
func TestNotices(t *testing.T) {
	d := newDesk(scored(corridor.Report{}))
	w := newWorld(t, d)
	w.put("tram/_phohien-0123456789ab.txt", "of a file that is gone")
	w.put("tram/_phohien-0123456789ab.xlsx", "a clerk's")
	w.put("tram/_phohien-so lieu.txt", "a clerk's too")
	w.look(4)
	w.want("tram/da-nhan/DAY/_phohien-0123456789ab.xlsx", "tram/da-nhan/DAY/_phohien-0123456789ab.xlsx.txt",
		"tram/da-nhan/DAY/_phohien-so lieu.txt", "tram/da-nhan/DAY/_phohien-so lieu.txt.txt")
}

// TestLinks: links and special files are never followed.
func TestLinks(t *testing.T) {
	d := newDesk(scored(corridor.Report{}))
	w := newWorld(t, d)
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "x.csv"), []byte("not yours"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.put("tram/real.csv", "mine")
	in := func(name string) string { return filepath.Join(w.Dir, name) }
	for _, err := range []error{
		os.Symlink(filepath.Join(outside, "x.csv"), in("tram/link.csv")),
		os.Symlink("real.csv", in("tram/inner.csv")),
		os.Symlink(outside, in("tram/sender")),
		os.Symlink(outside, in("truong.lop")),
		syscall.Mkfifo(in("tram/pipe.csv"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.look(5)
	if len(d.bodies) != 1 || d.bodies[0] != "mine" {
		t.Errorf("taken: %q", d.bodies)
	}
	if _, err := os.Lstat(filepath.Join(outside, "x.csv")); err != nil {
		t.Errorf("a file outside was touched: %v", err)
	}
	// A link in place of the folder of results leads nowhere.
	w.put("truong.diem/b.csv", "b")
	if err := os.Symlink(outside, in("truong.diem/da-nhan")); err != nil {
		t.Fatal(err)
	}
	w.look(4)
	if list, err := os.ReadDir(outside); err != nil || len(list) != 1 {
		t.Errorf("written outside of the inbox: %v, %v", list, err)
	}
	if n := len(d.bodies); n != 2 {
		t.Errorf("sent %d times; want once though it cannot be moved", n-1)
	}
}

// TestSecret: a file with a mark of secrecy stays where it is, unnamed, and is
// not read again until it changes, by another run neither.
func TestSecret(t *testing.T) {
	d := newDesk(failed("invalid", "file.secret", "Tuyệt mật", "1", "2"))
	w := newWorld(t, d)
	w.put("tram/ke-hoach.csv", "TUYỆT MẬT\nma\n")
	w.look(5)
	if len(d.requests) != 1 || len(w.files()) != 2 {
		t.Fatalf("sent %d times, files %q", len(d.requests), w.files())
	}
	text := w.text(".txt")
	if strings.Contains(text, "ke-hoach") || strings.Contains(strings.Join(w.files(), " "), "ke-hoach.csv.txt") || !strings.Contains(text, "không phần nào của tệp được lưu lại") {
		t.Errorf("the text %q in %q", text, w.files())
	}
	w = w.restart()
	w.look(5)
	if len(d.requests) != 1 {
		t.Fatal("read again by the next run")
	}
	w.put("tram/ke-hoach.csv", "TUYỆT MẬT\nma\n1\n")
	w.look(5)
	if len(d.requests) != 2 {
		t.Fatal("not read again after it changed")
	}
	if err := os.Remove(filepath.Join(w.Dir, "tram/ke-hoach.csv")); err != nil {
		t.Fatal(err)
	}
	w.look(2)
	w.want()
}

// TestHeadings: a file whose headings nobody knows waits for a person, who can
// say which is which.
func TestHeadings(t *testing.T) {
	d := newDesk(func(in corridor.Request) (corridor.Status, error) {
		if !in.Preview {
			return failed("invalid", "header.missing", "Mã", "A; B")(in)
		}
		return corridor.Status{State: corridor.Held, Report: &corridor.Report{State: corridor.Held}}, nil
	})
	w := newWorld(t, d)
	w.put("tram/a.csv", "1")
	w.look(4)
	w.want("tram/cho-xac-nhan/a.csv", "tram/cho-xac-nhan/a.csv.txt")
	if len(d.requests) != 2 || d.bodies[1] != "1" {
		t.Errorf("sent %q", d.bodies)
	}
}

// TestSameName: a second file of a name is numbered, and does not replace.
func TestSameName(t *testing.T) {
	d := newDesk(scored(corridor.Report{}))
	w := newWorld(t, d)
	for _, body := range []string{"1", "22", "333"} {
		w.put("tram/a.b.xlsx", body)
		w.look(4)
	}
	w.want("tram/da-nhan/DAY/a.b.xlsx", "tram/da-nhan/DAY/a.b.xlsx.txt", "tram/da-nhan/DAY/a.b (2).xlsx", "tram/da-nhan/DAY/a.b (2).xlsx.txt",
		"tram/da-nhan/DAY/a.b (3).xlsx", "tram/da-nhan/DAY/a.b (3).xlsx.txt")
	long := strings.Repeat("ộ", 83) + ".csv" // 253 bytes
	for range 2 {
		w.put("tram/"+long, time.Now().String())
		w.look(4)
	}
	if n := len(w.files()); n != 10 || len(d.requests) != 5 {
		t.Errorf("%d files after two of a long name, sent %d: %q", n, len(d.requests), w.files())
	}
}

// TestStopBetween: the program ends after the corridor has the file and before
// it is moved; the next run loads nothing twice.
func TestStopBetween(t *testing.T) {
	d := newDesk(scored(corridor.Report{Read: 1, Accepted: 1, Inserted: 1}))
	w := newWorld(t, d)
	w.put("tram/a.csv", "1")
	ctx, cancel := context.WithCancel(t.Context())
	d.wait = func(ctx context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() }
	for range 4 {
		if err := w.Inbox.look(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		w.tasks.Wait()
	}
	w.want("tram/a.csv")
	d.wait = nil
	w = w.restart()
	w.look(4)
	w.want("tram/da-nhan/DAY/a.csv", "tram/da-nhan/DAY/a.csv.txt")
	if len(d.batches) != 1 {
		t.Errorf("%d batches, want one", len(d.batches))
	}
	// It ends after the text and before the move: the text is found again.
	day := time.Now().In(locale.Zone).Format(time.DateOnly)
	if err := os.Rename(filepath.Join(w.Dir, "tram/da-nhan", day, "a.csv"), filepath.Join(w.Dir, "tram/a.csv")); err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	for _, s := range d.batches {
		s.Received = time.Now().Add(-time.Minute)
	}
	d.mu.Unlock()
	w = w.restart()
	w.look(4)
	w.want("tram/da-nhan/DAY/a.csv", "tram/da-nhan/DAY/a.csv.txt")
	if !strings.Contains(w.text("a.csv.txt"), "không ghi lại lần thứ hai") || len(d.batches) != 1 {
		t.Errorf("%d batches; %s", len(d.batches), w.text("a.csv.txt"))
	}
}

// TestTwoRuns: of two programs on one share only one takes files.
func TestTwoRuns(t *testing.T) {
	d := newDesk(scored(corridor.Report{}))
	w := newWorld(t, d)
	other := &world{t: t, Inbox: New(w.Deps)}
	w.put("tram/a.csv", "1")
	for range 5 {
		w.look(1)
		if err := other.Inbox.look(t.Context()); !fault.Is(err, "store.locked") {
			t.Fatalf("the other: %v, want store.locked", err)
		}
	}
	if len(d.requests) != 1 {
		t.Errorf("sent %d times", len(d.requests))
	}
	w.stop()
	other.put("tram/b.csv", "2")
	other.look(4)
	if len(d.requests) != 2 {
		t.Errorf("after the first has gone: sent %d times", len(d.requests))
	}
}

// TestRests: what is not the file's fault is tried again, less and less often,
// and the files behind it wait.
func TestRests(t *testing.T) {
	d := newDesk(failed("unavailable", "disk.full"))
	w := newWorld(t, d)
	now := time.Now()
	w.Now = func() time.Time { return now }
	w.put("tram/a.csv", "1")
	w.put("tram/b.csv", "2")
	w.look(8)
	if len(d.requests) != 1 {
		t.Fatalf("sent %d times without rest", len(d.requests))
	}
	now = now.Add(firstRest + time.Second)
	w.look(8)
	now = now.Add(firstRest + time.Second) // the second rest is twice as long
	w.look(8)
	if len(d.requests) != 2 {
		t.Fatalf("sent %d times, want 2", len(d.requests))
	}
	d.next = scored(corridor.Report{})
	now = now.Add(longRest)
	w.look(8)
	if got := strings.Join(d.bodies, ""); got != "1112" {
		t.Errorf("sent %q", got)
	}
}

// TestChangesWhileRead: a file that is written while it is read does not go in
// by halves.
func TestChangesWhileRead(t *testing.T) {
	d := newDesk(scored(corridor.Report{}))
	w := newWorld(t, d)
	w.put("tram/a.csv", "old")
	d.reading = func() { w.put("tram/a.csv", "new") }
	w.look(3)
	if len(d.requests) != 0 {
		t.Fatalf("went in: %q", d.bodies)
	}
	d.reading = nil
	w.look(4)
	if len(d.bodies) != 1 || d.bodies[0] != "new" {
		t.Errorf("then: %q", d.bodies)
	}
}

// TestReplacedWhileWalking: a file that comes in the place of one on its way is
// not moved away with it.
func TestReplacedWhileWalking(t *testing.T) {
	d := newDesk(scored(corridor.Report{}))
	w := newWorld(t, d)
	w.put("tram/a.csv", "first")
	once := sync.OnceFunc(func() { w.put("tram/a.csv", "the second one") })
	d.wait = func(context.Context) error { once(); return nil }
	w.look(8)
	if got := strings.Join(d.bodies, ","); got != "first,the second one" {
		t.Errorf("sent %q", got)
	}
}

// TestHeldGoesOn: a file that waits is moved once a person has decided.
func TestHeldGoesOn(t *testing.T) {
	d := newDesk(func(corridor.Request) (corridor.Status, error) {
		return corridor.Status{State: corridor.Held, Report: &corridor.Report{State: corridor.Held}}, nil
	})
	w := newWorld(t, d)
	w.put("tram/xa/a.csv", "1")
	w.put("tram/b.csv", "2")
	w.look(2 * waiting)
	w.want("tram/xa/cho-xac-nhan/a.csv", "tram/xa/cho-xac-nhan/a.csv.txt", "tram/cho-xac-nhan/b.csv", "tram/cho-xac-nhan/b.csv.txt")
	d.mu.Lock()
	for _, s := range d.batches {
		if s.Name == "a.csv" {
			s.State, s.Report = corridor.Scored, &corridor.Report{State: corridor.Scored, Read: 1, Accepted: 1, Inserted: 1}
		} else {
			s.State = corridor.Cancelled
		}
	}
	d.mu.Unlock()
	w = w.restart()
	w.look(waiting)
	w.want("tram/xa/da-nhan/DAY/a.csv", "tram/xa/da-nhan/DAY/a.csv.txt", "tram/khong-nhan/DAY/b.csv", "tram/khong-nhan/DAY/b.csv.txt")
	if len(d.requests) != 2 {
		t.Errorf("sent %d times", len(d.requests))
	}
}

// TestSideBySide: data sets do not wait for each other, within the bound.
func TestSideBySide(t *testing.T) {
	d := newDesk(scored(corridor.Report{}))
	w := newWorld(t, d)
	w.AtOnce = 2
	w.slots = make(chan struct{}, 2)
	var mu sync.Mutex
	now, most := 0, 0
	meet := make(chan struct{})
	d.wait = func(context.Context) error {
		mu.Lock()
		now++
		most = max(most, now)
		if now == 2 {
			close(meet)
		}
		mu.Unlock()
		<-meet // both are on their way at once
		mu.Lock()
		now--
		mu.Unlock()
		return nil
	}
	for _, s := range []string{"tram", "truong.lop"} {
		w.put(s+"/a.csv", s)
	}
	w.look(quiet)
	if err := w.Inbox.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.tasks.Wait()
	if most != 2 || len(d.requests) != 2 {
		t.Errorf("%d at once, %d sent", most, len(d.requests))
	}
}

// TestRun: it ends when it is told to, and gives the folder back.
func TestRun(t *testing.T) {
	d := newDesk(scored(corridor.Report{}))
	w := newWorld(t, d)
	w.Every = time.Millisecond
	w.put("tram/a.csv", "1")
	ctx, cancel := context.WithCancel(t.Context())
	d.wait = func(ctx context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() }
	if err := w.Run(ctx); err != nil {
		t.Fatal(err)
	}
	w.want("tram/a.csv")
	other := &world{t: t, Inbox: New(w.Deps)}
	other.look(1) // the lock is free
	other.stop()
}
