package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A province is a data folder that the program works on.
type province struct {
	b   *bench
	dir string
}

// province makes a new one with these data sets.
func (b *bench) province(name string, ids ...string) (*province, error) {
	p := &province{b, filepath.Join(b.dir, "province-"+name)}
	for _, d := range []string{p.dir, p.dir + ".keys"} {
		if err := os.RemoveAll(d); err != nil {
			return nil, err
		}
	}
	pack, err := b.pack("goi-"+name, ids...)
	if err != nil {
		return nil, err
	}
	_, _, err = p.command("pack", "install", pack)
	return p, err
}

// command runs the program once, and tells how long it took and how much memory
// it held at most.
func (p *province) command(args ...string) (took time.Duration, peak int64, err error) {
	c := exec.CommandContext(p.b.ctx, p.b.binary, args...)
	c.Env = append(os.Environ(), "PHOHIEN_DATA="+p.dir, "PHOHIEN_LANG=en")
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	start := time.Now()
	if err := c.Run(); err != nil {
		return 0, 0, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, said.String())
	}
	if u, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = u.Maxrss << 10
	}
	return time.Since(start), peak, nil
}

// size is how many bytes lie under part of the data folder.
func (p *province) size(part string) (total int64, err error) {
	err = filepath.Walk(filepath.Join(p.dir, part), func(_ string, f os.FileInfo, err error) error {
		if err == nil && f.Mode().IsRegular() {
			total += f.Size()
		}
		return err
	})
	return total, err
}

// A server is the program while it answers.
type server struct {
	c       *exec.Cmd
	address string
	token   string
	ready   time.Duration
	client  *http.Client
}

// serve starts the program and waits until it answers.
func (p *province) serve() (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	c := exec.CommandContext(p.b.ctx, p.b.binary, "serve")
	c.Env = append(os.Environ(), "PHOHIEN_DATA="+p.dir, "PHOHIEN_LISTEN="+address, "PHOHIEN_LANG=en")
	log, err := os.Create(p.dir + ".log")
	if err != nil {
		return nil, err
	}
	defer log.Close() // the program has its own
	c.Stdout, c.Stderr = log, log
	start := time.Now()
	if err := c.Start(); err != nil {
		return nil, err
	}
	s := &server{c: c, address: "http://" + address, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	for {
		r, err := s.client.Get(s.address + "/healthz")
		if err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Since(start) > time.Minute {
			return nil, errors.Join(fmt.Errorf("no answer in a minute, see %s.log", p.dir), s.stop())
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.ready = time.Since(start)
	token, err := os.ReadFile(filepath.Join(p.dir, "token"))
	s.token = strings.TrimSpace(string(token))
	return s, err
}

func (s *server) stop() error {
	if err := s.c.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return s.c.Wait()
}

// get asks for an address and reads the whole answer.
func (s *server) get(ctx context.Context, path string) (body []byte, took time.Duration, err error) {
	start := time.Now()
	_, body, err = s.whole(ctx, path)
	return body, time.Since(start), err
}

// whole is get with the answer's headers.
func (s *server) whole(ctx context.Context, path string) (http.Header, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+path, nil)
	if err != nil {
		return nil, nil, err
	}
	if s.token != "" {
		r.Header.Set("X-Phohien-Token", s.token)
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s\n%.500s", path, resp.Status, body)
	}
	return resp.Header, body, err
}

// memory is what the process holds, and held at most.
func (s *server) memory() (now, peak int64, err error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", s.c.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(words[1], 10, 64)
		switch words[0] {
		case "VmRSS:":
			now = n << 10
		case "VmHWM:":
			peak = n << 10
		}
	}
	return now, peak, lines.Err()
}

// files is how many file descriptors the process holds.
func (s *server) files() (int, error) {
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.c.Process.Pid))
	return len(all), err
}
