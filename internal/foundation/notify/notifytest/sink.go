// Package notifytest has a mail server for tests.
package notifytest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
)

// A Sink is a mail server on this machine that keeps what it gets.
type Sink struct {
	Port  int
	mu    sync.Mutex
	mails []string
	Auths []string // user and password, as they came
	Plain []string // commands that came without TLS
	Cert  *tls.Certificate
	First bool   // TLS from the first byte
	Say   string // answer to RCPT, "" = yes
	Down  bool   // hangs up at once
}

// Got gives what has come, letter by letter.
func (s *Sink) Got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.mails...)
}

// Take gives what has come since the last time.
func (s *Sink) Take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.mails = nil }()
	return s.mails
}

// Set changes how it answers while it runs.
func (s *Sink) Set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Listen begins to take mail until the test ends; Cert makes it offer STARTTLS.
func (s *Sink) Listen(t *testing.T) *Sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Port = l.Addr().(*net.TCPAddr).Port
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				s.serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
	})
	return s
}

func (s *Sink) serve(conn net.Conn) {
	s.mu.Lock()
	down := s.Down
	s.mu.Unlock()
	if down {
		return
	}
	secure := false
	if s.First {
		conn, secure = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*s.Cert}}), true
	}
	r := bufio.NewReader(conn)
	answer := func(line string) { _, _ = fmt.Fprintf(conn, "%s\r\n", line) }
	answer("220 sink")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		if !secure {
			s.Set(func() { s.Plain = append(s.Plain, line) })
		}
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			answer("250-sink")
			if s.Cert != nil && !secure {
				answer("250-STARTTLS")
			}
			answer("250-AUTH PLAIN LOGIN")
			answer("250 8BITMIME")
		case "STARTTLS":
			answer("220 go")
			conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*s.Cert}})
			r, secure = bufio.NewReader(conn), true
		case "AUTH":
			_, code, _ := strings.Cut(rest, " ")
			text, err := base64.StdEncoding.DecodeString(code)
			if err != nil {
				answer("501 no")
				continue
			}
			s.Set(func() { s.Auths = append(s.Auths, string(text)) })
			answer("235 in")
		case "RCPT":
			s.mu.Lock()
			say := s.Say
			s.mu.Unlock()
			if say != "" {
				answer(say)
				continue
			}
			answer("250 yes")
		case "DATA":
			answer("354 go")
			var mail strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				mail.WriteString(line)
			}
			s.Set(func() { s.mails = append(s.mails, mail.String()) })
			answer("250 kept")
		case "QUIT":
			answer("221 bye")
			return
		default:
			answer("250 ok")
		}
	}
}
