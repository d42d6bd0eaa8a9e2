package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestSoak lets a province work: three data sets take batches one after another,
// people read, and the program is killed and started again. What was acknowledged
// must be there, no state may be half of one, and memory must not grow once
// nobody kills it any more. PHOHIEN_SOAK_MINUTES says for how long (make soak: 60).
func TestSoak(t *testing.T) {
	long := 14 * time.Second
	if text := os.Getenv("PHOHIEN_SOAK_MINUTES"); text != "" {
		minutes, err := strconv.ParseFloat(text, 64)
		if err != nil || minutes <= 0 {
			t.Fatalf("PHOHIEN_SOAK_MINUTES=%q is no number of minutes", text)
		}
		long = time.Duration(minutes * float64(time.Minute))
	}
	s := &soak{t: t, dir: filepath.Join(t.TempDir(), "data"), client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
	s.install()
	s.start()
	t.Cleanup(s.kill)

	ctx, stop := context.WithTimeout(t.Context(), long)
	defer stop()
	var work sync.WaitGroup
	sets := []*soaked{{s: s, id: "so-ho", merge: true}, {s: s, id: "nhat-ky", append: true}, {s: s, id: "bang-gia"}}
	for _, set := range sets {
		set.rows = map[string]string{}
		work.Go(func() { set.send(ctx) })
	}
	for range 3 {
		work.Go(func() { s.read(ctx) })
	}
	// It is killed in the first third only: memory is watched where it has time to grow.
	calm := time.Now().Add(long / 3)
	pause := max(long/15, 3*time.Second)
	for time.Now().Before(calm) && ctx.Err() == nil && !t.Failed() {
		time.Sleep(pause/2 + time.Duration(rand.Int64N(int64(pause/2))))
		s.restart()
	}
	memory := s.watch(ctx)
	work.Wait()
	if t.Failed() {
		return
	}
	s.settle(sets)
	s.level(memory)
	t.Logf("%v: %d batches, %d reads, %d kills; memory %d to %d MB", long, s.batches.Load(), s.reads.Load(), s.kills.Load(), slices.Min(memory)>>20, slices.Max(memory)>>20)
}

type soak struct {
	t                     *testing.T
	dir                   string
	client                *http.Client
	batches, reads, kills atomic.Int64

	mu      sync.Mutex
	process *exec.Cmd
	address string
	token   string
}

func soakContract(id, mode string, keyed bool) string {
	key := ""
	if keyed {
		key = ", primaryKey: true, primaryKeyPosition: 1"
	}
	return `apiVersion: v3.1.0
kind: DataContract
id: ` + id + `
name: Bộ dữ liệu thử tải (dữ liệu tạo ra)
version: 1.0.0
status: active
customProperties:
- {property: phohien.access, value: open}
- {property: phohien.provenance, value: {kind: generated}}
- {property: phohien.hold, value: {brokenShare: 1, brokenRows: 1000000000, withdrawShare: 1, withdrawRows: 1000000000, shrinkShare: 0}}
schema:
- name: dong
  logicalType: object
  physicalType: table
  customProperties:
  - {property: phohien.mode, value: ` + mode + `}
  properties:
  - {name: ma, logicalType: string, required: true` + key + `}
  - {name: ten, logicalType: string}
  - {name: dot, logicalType: integer, required: true}
  - {name: tien, logicalType: number, physicalType: 'decimal(12,2)', logicalTypeOptions: {minimum: 0}}
`
}

func (s *soak) install() {
	s.t.Helper()
	pack := s.t.TempDir()
	files := map[string]string{
		"pack.yaml":               "id: thu-tai\nname: Gói thử tải\nversion: 1.0.0\ndescription: Dữ liệu tạo ra.\nlicence: CC0-1.0\n",
		"contracts/so-ho.yaml":    soakContract("so-ho", "merge", true),
		"contracts/nhat-ky.yaml":  soakContract("nhat-ky", "append", false),
		"contracts/bang-gia.yaml": soakContract("bang-gia", "replace", true),
	}
	for name, text := range files {
		path := filepath.Join(pack, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			s.t.Fatal(err)
		}
	}
	s.command("pack", "install", pack)
}

// command runs the program beside the server, or alone.
func (s *soak) command(args ...string) string {
	s.t.Helper()
	c := exec.Command("phohien", args...)
	c.Env = append(os.Environ(), "PHOHIEN_DATA="+s.dir)
	said, err := c.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%q: %v\n%s", args, err, said)
	}
	return string(said)
}

func (s *soak) start() {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		s.t.Fatal(err)
	}
	log, err := os.OpenFile(s.dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close() // the program has its own
	c := exec.Command("phohien", "serve")
	// What the engine keeps of the mirror grows with the data, up to a limit.
	c.Env = append(os.Environ(), "PHOHIEN_DATA="+s.dir, "PHOHIEN_LISTEN="+address, "PHOHIEN_MEMORY=256MB")
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	for range 3000 {
		if r, err := s.client.Get("http://" + address + "/healthz"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				break
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	token, err := os.ReadFile(filepath.Join(s.dir, "token"))
	if err != nil {
		text, _ := os.ReadFile(s.dir + ".log")
		s.t.Fatalf("the server does not answer: %v\n%s", err, text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process, s.address, s.token = c, "http://"+address, strings.TrimSpace(string(token))
}

func (s *soak) kill() {
	s.mu.Lock()
	c := s.process
	s.process, s.address = nil, ""
	s.mu.Unlock()
	if c != nil {
		_ = c.Process.Kill()
		_ = c.Wait() // killed: that is its error
	}
}

func (s *soak) restart() {
	s.kill()
	s.kills.Add(1)
	s.start()
}

// ask asks the server; errDown while there is none.
func (s *soak) ask(method, path string, body []byte, headers ...string) (int, []byte, error) {
	s.mu.Lock()
	address, token := s.address, s.token
	s.mu.Unlock()
	if address == "" {
		return 0, nil, errDown
	}
	r, err := http.NewRequest(method, address+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("X-Phohien-Token", token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return 0, nil, errors.Join(errDown, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, errors.Join(errDown, err)
	}
	return resp.StatusCode, text, nil
}

var errDown = errors.New("nobody answers")

// A soaked data set knows what has been acknowledged of it.
type soaked struct {
	s             *soak
	id            string
	merge, append bool
	rows          map[string]string // by key; of an append-only set by row
	n             int
}

// send sends one batch after another. One that nobody answered is sent again
// under its own key, until it has been answered.
func (d *soaked) send(ctx context.Context) {
	for ctx.Err() == nil && !d.s.t.Failed() {
		d.n++
		file, change := d.batch(d.n)
		if d.deliver(file) {
			change()
			d.s.batches.Add(1)
		}
		time.Sleep(150 * time.Millisecond)
	}
}

// batch makes a file, and says what it changes once it is acknowledged. One row
// in each is bad.
func (d *soaked) batch(n int) (file string, change func()) {
	r := rand.New(rand.NewPCG(uint64(n), uint64(len(d.id))))
	var b strings.Builder
	b.WriteString("ma,ten,dot,tien\n")
	rows := map[string]string{}
	for i := range 200 {
		key := fmt.Sprintf("H%05d", r.IntN(20_000))
		switch {
		case d.append:
			key = fmt.Sprintf("N%06d-%03d", n, i)
		case !d.merge:
			key = fmt.Sprintf("G%04d", i)
		}
		if rows[key] != "" {
			continue
		}
		rows[key] = fmt.Sprintf("%d", n)
		fmt.Fprintf(&b, "%s,Hộ ông Nguyễn Văn %c thôn %d,%d,%d.%02d\n", key, 'A'+rune(r.IntN(26)), r.IntN(40), n, r.IntN(1e6), r.IntN(100))
	}
	fmt.Fprintf(&b, "X%d,Dòng sai,%d,-1\n", n, n)
	return b.String(), func() {
		if !d.merge && !d.append {
			clear(d.rows)
		}
		maps.Copy(d.rows, rows)
	}
}

// deliver sends a file until it is in; false when the test has failed.
func (d *soaked) deliver(file string) bool {
	t := d.s.t
	key := fmt.Sprintf("%s-%d", d.id, d.n)
	until := time.Now().Add(3 * time.Minute)
	for time.Now().Before(until) && !t.Failed() {
		status, body, err := d.s.ask("POST", "/api/v1/datasets/"+d.id+"/batches", []byte(file), "Content-Type", "text/csv", "Idempotency-Key", key, "Prefer", "wait=20")
		if errors.Is(err, errDown) || status == http.StatusServiceUnavailable {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		var b struct {
			ID, State string
			Report    struct{ Accepted, Quarantined int64 }
		}
		if err := cmp.Or(err, json.Unmarshal(body, &b)); err != nil || status >= 300 {
			t.Errorf("%s: %d %.500s %v", key, status, body, err)
			return false
		}
		switch b.State {
		case "applied", "mirrored", "scored":
			if b.Report.Quarantined != 1 {
				t.Errorf("%s: %+v", key, b)
			}
			return b.Report.Quarantined == 1
		case "interrupted", "failed", "cancelled": // it never was acknowledged: it goes in under another key
			key += "+"
		case "held":
			t.Errorf("%s is held: %.1000s", key, body)
			return false
		}
	}
	t.Errorf("%s: not taken in three minutes", key)
	return false
}

// read reads what people read. The rows of a set that is replaced are all of one
// batch, whenever they are looked at.
func (s *soak) read(ctx context.Context) {
	paths := []string{
		"/", "/datasets/so-ho", "/datasets/so-ho/records?q=" + url.QueryEscape("van a") + "&sort=-tien", "/datasets/nhat-ky/quarantine", "/batches",
		"/api/v1/datasets/so-ho/records?limit=200&sort=ten&filter=" + url.QueryEscape("tien > 500000"), "/api/v1/datasets/nhat-ky/records?limit=1000", "/api/v1/datasets/nhat-ky/groups?by=dot",
	}
	for ctx.Err() == nil && !s.t.Failed() {
		path := paths[rand.IntN(len(paths))]
		whole := rand.IntN(3) == 0
		if whole {
			path = "/api/v1/datasets/bang-gia/records?limit=1000&sort=dot"
		}
		status, body, err := s.ask("GET", path, nil)
		switch {
		case errors.Is(err, errDown):
			time.Sleep(50 * time.Millisecond)
			continue
		case err != nil || status != http.StatusOK && status != http.StatusServiceUnavailable:
			s.t.Errorf("%s: %d %.500s %v", path, status, body, err)
			return
		}
		s.reads.Add(1)
		if whole && status == http.StatusOK {
			s.whole(body)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

func (s *soak) whole(body []byte) {
	var page struct{ Items []struct{ Dot int64 } }
	if err := json.Unmarshal(body, &page); err != nil {
		s.t.Error(err)
		return
	}
	for _, r := range page.Items {
		if r.Dot != page.Items[0].Dot {
			s.t.Errorf("a state shows rows of the batches %d and %d", page.Items[0].Dot, r.Dot)
			return
		}
	}
	if n := len(page.Items); n != 0 && n != 200 {
		s.t.Errorf("a state shows %d rows of 200", n)
	}
}

// watch looks at the memory of the process until ctx ends.
func (s *soak) watch(ctx context.Context) (bytes []int64) {
	for ctx.Err() == nil && !s.t.Failed() {
		s.mu.Lock()
		pid := s.process.Process.Pid
		s.mu.Unlock()
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			s.t.Error(err)
			return
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				kb, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
				if err != nil {
					s.t.Error(err)
				}
				bytes = append(bytes, kb<<10)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
	return bytes
}

// level fails when memory has grown: the last quarter against the second one.
func (s *soak) level(memory []int64) {
	s.t.Helper()
	if len(memory) < 8 {
		s.t.Fatalf("memory was looked at %d times only", len(memory))
	}
	quarter := len(memory) / 4
	middle := func(part []int64) int64 {
		part = slices.Sorted(slices.Values(part))
		return part[len(part)/2]
	}
	before, after := middle(memory[quarter:2*quarter]), middle(memory[3*quarter:])
	// In a short run it is still warming up.
	if allowed := before + before/5 + 64<<20; after > allowed {
		s.t.Errorf("memory grew from %d to %d MB", before>>20, after>>20)
	}
}

// settle compares what is there with what was acknowledged, in truth, mirror,
// files and log.
func (s *soak) settle(sets []*soaked) {
	s.t.Helper()
	for _, d := range sets {
		have := d.all()
		if !maps.Equal(have, d.rows) {
			s.t.Errorf("%s has %d rows, %d were acknowledged", d.id, len(have), len(d.rows))
			for key, n := range d.rows {
				if have[key] != n {
					s.t.Errorf("%s: %s is of batch %q, not %s", d.id, key, have[key], n)
					break
				}
			}
		}
		status, body, err := s.ask("GET", "/api/v1/datasets/"+d.id+"/groups?by=dot", nil)
		var groups struct{ Groups []struct{ Count int64 } }
		if err := cmp.Or(err, json.Unmarshal(body, &groups)); err != nil || status != http.StatusOK {
			s.t.Errorf("%d %v %.300s", status, err, body)
		}
		counted := int64(0)
		for _, g := range groups.Groups {
			counted += g.Count
		}
		if counted != int64(len(d.rows)) {
			s.t.Errorf("%s: the mirror counts %d, %d were acknowledged", d.id, counted, len(d.rows))
		}
	}
	s.command("audit", "verify")
	s.command("doctor")
}

// all reads every page of a data set.
func (d *soaked) all() map[string]string {
	have := map[string]string{}
	next := ""
	for {
		status, body, err := d.s.ask("GET", "/api/v1/datasets/"+d.id+"/records?limit=1000&after="+url.QueryEscape(next), nil)
		var page struct {
			Items []struct {
				Ma  string
				Dot json.Number
			}
			Next string
		}
		if err := cmp.Or(err, json.Unmarshal(body, &page)); err != nil || status != http.StatusOK {
			d.s.t.Fatalf("%d %v %.300s", status, err, body)
		}
		for _, r := range page.Items {
			if have[r.Ma] != "" {
				d.s.t.Errorf("%s: %s twice", d.id, r.Ma)
			}
			have[r.Ma] = r.Dot.String()
		}
		if next = page.Next; next == "" {
			return have
		}
	}
}
