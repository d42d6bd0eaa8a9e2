package main

import (
	"bytes"
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
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/foundation/columns"
)

const (
	large = "quy-mo-lon"
	small = "quy-mo-nho"
	half  = "quy-mo-nua"
)

const mega = 1 << 20

// load loads the large file and a tenth of it.
func (b *bench) load() error {
	var per [2]float64
	for i, of := range []struct {
		id   string
		rows int
	}{{small, b.small}, {large, b.rows}} {
		file, err := b.file(of.rows)
		if err != nil {
			return err
		}
		p, err := b.province(of.id, of.id)
		if err != nil {
			return err
		}
		took, peak, err := p.command("load", of.id, file)
		if err != nil {
			return err
		}
		per[i] = took.Seconds() / float64(of.rows)
		fmt.Printf("load of %d rows: %.1f s, %.2f µs a row, %d MB at most\n", of.rows, took.Seconds(), per[i]*1e6, peak/mega)
		if of.id != large {
			continue
		}
		b.tell("time per row, large / small load", per[1]/per[0], 1.2, "below", "")
		b.tell("memory of the large load at most, GiB", float64(peak)/(1<<30), 2, "below", "")
		truth, err := p.size("data")
		if err != nil {
			return err
		}
		text, err := os.Stat(file)
		if err != nil {
			return err
		}
		b.tell("truth on disk / CSV", float64(truth)/float64(text.Size()), 3, "below", fmt.Sprintf("%d / %d MB", truth/mega, text.Size()/mega))
	}
	return nil
}

// read asks for pages and aggregates of the large set.
func (b *bench) read() error {
	p := &province{b, filepath.Join(b.dir, "province-"+large)}
	s, err := p.serve()
	if err != nil {
		return err
	}
	defer func() { _ = s.stop() }() // stopped below, unless something went wrong
	r := rand.New(rand.NewPCG(3, 4))
	// The first question brings the mirror up.
	if _, _, err := s.get(b.ctx, "/api/v1/datasets/"+large+"/records?sort=ho_ten&limit=1"); err != nil {
		return err
	}
	var took []time.Duration
	for i := range 60 {
		ask := url.Values{"limit": {"50"}, "sort": {[]string{"ho_ten", "-ho_ten", "so_tien", "-cap_nhat,ho_ten"}[i%4]}}
		switch i % 3 {
		case 0:
			ask.Set("filter", fmt.Sprintf("ACCENTI(CASEI(ho_ten)) LIKE '%%%s%%'", strings.ToLower(name(r))))
		case 1:
			ask.Set("filter", fmt.Sprintf("ma_xa = '%05d'", r.IntN(3321)))
		case 2:
			ask.Set("filter", fmt.Sprintf("so_tien > %d AND gioi_tinh = 'Nam' AND ngay_sinh < DATE('%d-01-01')", r.IntN(1e6), 1960+r.IntN(50)))
		}
		_, one, err := s.get(b.ctx, "/api/v1/datasets/"+large+"/records?"+ask.Encode())
		if err != nil {
			return err
		}
		took = append(took, one)
	}
	b.tell("preview filtered and sorted, p95, ms", milliseconds(p95(took)), 300, "below", "60 different questions, one at a time")
	groups := []string{"gioi_tinh", "ma_xa", "gioi_tinh,dang_hoat_dong"}
	var ours []time.Duration
	for i := range 12 {
		body, one, err := s.get(b.ctx, fmt.Sprintf("/api/v1/datasets/%s/groups?by=%s&measure=so_tien,diem&%s", large, groups[i%3], fresh(i)))
		if err != nil {
			return err
		}
		if !bytes.Contains(body, []byte(`"groups"`)) {
			return fmt.Errorf("no groups: %.200s", body)
		}
		ours = append(ours, one)
	}
	_, peak, err := s.memory()
	if err != nil {
		return err
	}
	b.tell("memory while it was asked, at most, GiB", float64(peak)/(1<<30), 2, "below", "")
	if err := s.stop(); err != nil {
		return err
	}
	theirs, err := b.duck(p, groups, len(ours))
	if err != nil {
		return err
	}
	b.tell("aggregate / the same SQL in DuckDB", sum(ours).Seconds()/sum(theirs).Seconds(), 1.2, "below", fmt.Sprintf("%v / %v on the average", (sum(ours)/12).Round(time.Millisecond), (sum(theirs)/12).Round(time.Millisecond)))
	return nil
}

// fresh is a parameter that makes no difference but to what is kept of answers.
func fresh(i int) string { return fmt.Sprintf("limit=%d", 90_000-i) }

func sum(all []time.Duration) (total time.Duration) {
	for _, d := range all {
		total += d
	}
	return total
}

// duck asks the mirror's file itself.
func (b *bench) duck(p *province, groups []string, n int) (took []time.Duration, err error) {
	db, err := columns.Open(b.ctx, columns.Options{Path: filepath.Join(p.dir, "mirror.duckdb")})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	c, err := db.Conn(b.ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	for i := range n {
		by := groups[i%len(groups)]
		start := time.Now()
		rr, err := c.Arrow(b.ctx, fmt.Sprintf(`SELECT %[1]s, count(*), count(so_tien), sum(so_tien), avg(so_tien), count(diem), sum(diem), avg(diem) FROM m."%[2]s" GROUP BY %[1]s ORDER BY %[1]s`, by, large))
		if err != nil {
			return nil, err
		}
		for rr.Next() {
		}
		if err := rr.Err(); err != nil {
			return nil, err
		}
		rr.Release()
		took = append(took, time.Since(start))
	}
	return took, nil
}

// point reads single records of the small set by random keys, and asks bare
// servers for the same bytes, in turns: one sends the same headers too (whoever
// answers has to send them, and whoever asks to read them), one the body alone.
func (b *bench) point() error {
	p := &province{b, filepath.Join(b.dir, "province-"+small)}
	s, err := p.serve()
	if err != nil {
		return err
	}
	defer func() { _ = s.stop() }()
	key := func(r *rand.Rand) string { return fmt.Sprintf("HS%09d", r.IntN(b.small)) }
	path := "/api/v1/datasets/" + small + "/records/"
	header, body, err := s.whole(b.ctx, path+key(rand.New(rand.NewPCG(5, 6))))
	if err != nil {
		return err
	}
	sides := []*server{s}
	for i, h := range []http.Header{header, {"Content-Type": {"application/json"}}} {
		text, err := json.Marshal(sampled{h, body})
		if err != nil {
			return err
		}
		sample := filepath.Join(b.dir, fmt.Sprintf("one-%d.json", i))
		if err := os.WriteFile(sample, text, 0o644); err != nil {
			return err
		}
		peer, err := b.bare(sample)
		if err != nil {
			return err
		}
		defer func() { _ = peer.stop() }()
		sides = append(sides, peer)
	}
	rates := make([][]float64, len(sides))
	for range 3 {
		for i, side := range sides {
			rate, err := b.hammer(side, path, key)
			if err != nil {
				return err
			}
			rates[i] = append(rates[i], rate)
		}
	}
	mine, same, bare := middle(rates[0]), middle(rates[1]), middle(rates[2])
	b.tell("point reads over HTTP / bare handler, the same bytes", mine/same, 0.4, "above", fmt.Sprintf("%.0f / %.0f a second, aim 0.6", mine, same))
	b.tell("… / bare handler without our headers", mine/bare, 0.4, "above", fmt.Sprintf("%.0f / %.0f a second", mine, bare))
	return nil
}

// A sampled answer is what a bare server gives.
type sampled struct {
	Header http.Header
	Body   []byte
}

func middle(all []float64) float64 {
	a, b, c := all[0], all[1], all[2]
	return max(min(a, b), min(max(a, b), c))
}

// hammer asks for random keys for four seconds, eight at a time.
func (b *bench) hammer(s *server, path string, key func(*rand.Rand) string) (rate float64, err error) {
	ctx, stop := context.WithTimeout(b.ctx, 4*time.Second)
	defer stop()
	var mu sync.Mutex
	var wg sync.WaitGroup
	n := 0
	start := time.Now()
	for i := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), uint64(start.UnixNano())))
			mine := 0
			for ctx.Err() == nil {
				if _, _, e := s.get(ctx, path+key(r)); e != nil {
					if ctx.Err() == nil {
						mu.Lock()
						err = e
						mu.Unlock()
					}
					break
				}
				mine++
			}
			mu.Lock()
			n += mine
			mu.Unlock()
		})
	}
	wg.Wait()
	return float64(n) / time.Since(start).Seconds(), err
}

// bare starts this program as the peer.
func (b *bench) bare(file string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(b.ctx, self, "-bare", file)
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	var address string
	if _, err := fmt.Fscanln(out, &address); err != nil {
		return nil, err
	}
	return &server{c: c, address: "http://" + address, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}, nil
}

func serveBare(ctx context.Context, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var answer sampled
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	answer.Header.Del("Date") // the server writes its own
	answer.Header.Del("Content-Length")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	s := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), answer.Header)
		_, _ = w.Write(answer.Body)
	})}
	go func() {
		<-ctx.Done()
		_ = s.Close()
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// viewers are fifty people before one page of half the large set, while small
// batches come in; and how soon the score follows the load.
func (b *bench) viewers() error {
	file, err := b.file(b.rows / 2)
	if err != nil {
		return err
	}
	p, err := b.province(half, half)
	if err != nil {
		return err
	}
	s, err := p.serve()
	if err != nil {
		return err
	}
	defer func() { _ = s.stop() }()
	seconds, err := b.scored(s, half, file)
	if err != nil {
		return err
	}
	b.tell(fmt.Sprintf("score of %d rows and thirty rules, seconds", b.rows/2), seconds, 5, "below", "")
	for _, page := range []string{"/datasets/" + half + "/chart", "/datasets/" + half, "/api/v1/datasets/" + half + "/groups?by=ma_xa&measure=so_tien"} {
		if _, _, err := s.get(b.ctx, page); err != nil {
			return err
		}
		took, err := b.watch(s, page, 15*time.Second)
		if err != nil {
			return err
		}
		b.tell("fifty viewers of "+page+", p95, ms", milliseconds(p95(took)), 200, "below", fmt.Sprintf("%d requests", len(took)))
	}
	return nil
}

// watch lets fifty people look at a page about once a second each.
func (b *bench) watch(s *server, page string, long time.Duration) (took []time.Duration, err error) {
	ctx, stop := context.WithTimeout(b.ctx, long)
	defer stop()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * 20 * time.Millisecond)
			for ctx.Err() == nil {
				_, one, e := s.get(b.ctx, page)
				mu.Lock()
				if e != nil {
					err = e
				} else {
					took = append(took, one)
				}
				mu.Unlock()
				if e != nil {
					return
				}
				select {
				case <-time.After(time.Second):
				case <-ctx.Done():
				}
			}
		})
	}
	wg.Wait()
	return took, err
}

// scored sends a file to a server and tells how many seconds lay between the rows
// standing in truth and mirror, and the score.
func (b *bench) scored(s *server, id, file string) (seconds float64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r, err := http.NewRequestWithContext(b.ctx, http.MethodPost, s.address+"/api/v1/datasets/"+id+"/batches", f)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "text/csv")
	r.Header.Set("X-Phohien-Token", s.token)
	resp, err := s.client.Do(r)
	if err != nil {
		return 0, err
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return 0, err
	}
	var batch struct {
		ID    string `json:"batch"`
		State string
	}
	if err := json.Unmarshal(body, &batch); err != nil || batch.ID == "" {
		return 0, fmt.Errorf("%s: %.500s", resp.Status, body)
	}
	var mirrored time.Time
	for {
		body, _, err := s.get(b.ctx, "/api/v1/batches/"+batch.ID)
		if err == nil {
			err = json.Unmarshal(body, &batch)
		}
		switch {
		case err != nil:
			return 0, err
		case batch.State == "scored":
			return time.Since(mirrored).Seconds(), nil
		case batch.State == "mirrored" && mirrored.IsZero():
			mirrored = time.Now()
		case batch.State == "held" || batch.State == "failed" || batch.State == "cancelled":
			return 0, fmt.Errorf("the batch is %s: %.500s", batch.State, body)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// sets starts a province with a thousand data sets.
func (b *bench) sets() error {
	var ids []string
	for i := range 1000 {
		ids = append(ids, fmt.Sprintf("bo-%04d", i))
	}
	p, err := b.province("nghin", ids...)
	if err != nil {
		return err
	}
	few, err := b.file(20)
	if err != nil {
		return err
	}
	for _, id := range ids[:100] {
		if _, _, err := p.command("load", id, few); err != nil {
			return err
		}
	}
	s, err := p.serve()
	if err != nil {
		return err
	}
	defer func() { _ = s.stop() }()
	b.tell("a thousand data sets: ready, seconds", s.ready.Seconds(), 2, "below", "")
	if _, took, err := s.get(b.ctx, "/"); err != nil {
		return err
	} else {
		b.tell("… the front page, first time, ms", milliseconds(took), 1000, "below", "")
	}
	time.Sleep(10 * time.Second)
	now, _, err := s.memory()
	if err != nil {
		return err
	}
	files, err := s.files()
	b.tell("… memory at rest, MiB", float64(now)/mega, 300, "below", "")
	b.tell("… file descriptors at rest", float64(files), 300, "below", "")
	return err
}
