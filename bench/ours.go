package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/phohien/phohien/internal/app"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/odcs"
)

var who = identity.Actor{Kind: "program", ID: "bench", Name: "Đo tốc độ"}

// A province is a fresh one, with the bench's contract installed.
type province struct {
	*app.App
	b   *bench
	dir string
	con *contract.Contract
}

func (b *bench) province(database string) (*province, error) {
	dir, err := os.MkdirTemp(b.dir, "province-")
	if err != nil {
		return nil, err
	}
	cfg := app.DefaultConfig()
	cfg.Data, cfg.Database, cfg.Memory = dir, database, b.memory
	a, err := app.Open(b.ctx, cfg, "bench")
	if err != nil {
		return nil, err
	}
	p := &province{App: a, b: b, dir: dir}
	doc, err := odcs.Read([]byte(contractYAML))
	if err == nil {
		p.con, _, err = a.Contracts.Put(b.ctx, who, doc, "")
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *province) close() error {
	return errors.Join(p.Close(), os.RemoveAll(p.dir), os.RemoveAll(p.dir+".keys"))
}

// load sends a file and returns the time until it was acknowledged, and until
// mirror and score had followed.
func (p *province) load(file string) (acknowledged, followed time.Duration, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = firstError(err, f.Close()) }()
	start := time.Now()
	s, err := p.Corridor.Receive(p.b.ctx, who, corridor.Request{Dataset: "bench", Name: file, Body: f})
	if err != nil {
		return 0, 0, err
	}
	p.b.tracef("%8.2fs received", time.Since(start).Seconds())
	last := s.State
	s, err = p.Corridor.Wait(p.b.ctx, s.ID, func(s corridor.Status) bool {
		if s.State != last {
			p.b.tracef("%8.2fs %s", time.Since(start).Seconds(), s.State)
			last = s.State
		}
		return s.State.Acknowledged() || s.State.Final()
	})
	acknowledged = time.Since(start)
	if err != nil {
		return 0, 0, err
	}
	if !s.State.Acknowledged() {
		return 0, 0, fmt.Errorf("batch is %s: %+v %+v", s.State, s.Report, s.Fault)
	}
	_, err = p.Corridor.Wait(p.b.ctx, s.ID, func(s corridor.Status) bool { return s.State.Final() })
	return acknowledged, time.Since(start), err
}

// check reads and judges a file.
func (p *province) check(file string) (took time.Duration, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer func() { err = firstError(err, f.Close()) }()
	start := time.Now()
	r, err := p.Corridor.Check(p.b.ctx, p.con, p.con.Objects[0], file, f, nil, nil)
	if err == nil && r.Quarantined > 0 {
		err = fmt.Errorf("%d rows are not clean", r.Quarantined)
	}
	return time.Since(start), err
}

// fresh times the load of a file into an empty province.
func (b *bench) fresh(database, file string) (acknowledged, followed time.Duration, err error) {
	p, err := b.province(database)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = firstError(err, p.close()) }()
	return p.load(file)
}
