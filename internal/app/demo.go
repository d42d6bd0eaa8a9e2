package app

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/app/play"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/packs"
)

// readPacks are the packs of the program that have been read, by name: what is
// embedded never changes, and reading all of them takes half a second.
var readPacks sync.Map

// Shipped gives a pack that comes with the program.
func Shipped(name string) (*pack.Pack, error) {
	if p, read := readPacks.Load(name); read {
		return p.(*pack.Pack), nil
	}
	files, ok := packs.Open(name)
	if !ok {
		return nil, fault.New(fault.NotFound, "pack.not-shipped", name, packs.Names())
	}
	p, err := pack.Read(files)
	if err == nil {
		readPacks.Store(name, p)
	}
	return p, err
}

// Furnish installs the packs that come with the program. Fill, which it returns,
// sends the files in them through the corridor and tells each batch; the server
// may answer in the meantime. What is there already is left alone, so a province
// that people have worked in stays as they left it.
func (a *App) Furnish(ctx context.Context) (fill func(ctx context.Context, tell func(corridor.Report)) error, err error) {
	var all []*pack.Pack
	for _, name := range packs.Demo() {
		p, err := Shipped(name)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	if all, err = pack.Order(all); err != nil {
		return nil, err
	}
	on, err := a.beginPlay(ctx)
	if err != nil {
		return nil, err
	}
	if on {
		return a.furnishPlaying(ctx, all)
	}
	if all, err = a.newer(ctx, all); err != nil {
		return nil, err
	}
	if len(all) > 0 {
		if _, err := a.Packs.Install(ctx, actor.System, true, all...); err != nil {
			return nil, err
		}
		if err := a.installed(ctx); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, tell func(corridor.Report)) error {
		for _, p := range all {
			if err := a.sendSources(ctx, p, tell); err != nil {
				return fmt.Errorf("pack %s: %w", p.ID, err)
			}
		}
		return nil
	}, nil
}

// furnishPlaying installs what the play begins with; the rest of it is the fill.
func (a *App) furnishPlaying(ctx context.Context, all []*pack.Pack) (fill func(ctx context.Context, tell func(corridor.Report)) error, err error) {
	p := &player{App: a, packs: all}
	if a.play.Load().Done == 0 {
		if err := p.playOn(ctx, func(s play.Step) bool { return s.Do == play.Install }); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, tell func(corridor.Report)) error {
		p.tell = tell
		return p.playOn(ctx, func(play.Step) bool { return true })
	}, nil
}

// newer leaves out the packs that are there already, of whatever version, but
// for those whose files have not all been sent: the run that installed them may
// have been stopped.
func (a *App) newer(ctx context.Context, all []*pack.Pack) ([]*pack.Pack, error) {
	have, err := a.Packs.List(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(p *pack.Pack) bool {
		return slices.ContainsFunc(have, func(i pack.Installed) bool { return i.ID == p.ID && i.Digest != p.Digest })
	}), nil
}

// sendSources sends the files of a pack whose data set has never had any.
func (a *App) sendSources(ctx context.Context, p *pack.Pack, tell func(corridor.Report)) error {
	contracts, err := a.contractsOf(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, c := range byReference(contracts) {
		seq, _, err := a.Truth.Head(ctx, c.ID)
		if err != nil {
			return err
		}
		if seq > 0 {
			continue
		}
		for _, s := range c.Sources {
			r, err := a.sendSource(ctx, p, c, s)
			if err != nil {
				return fmt.Errorf("%s: %w", s.Path, err)
			}
			tell(r)
		}
	}
	return nil
}

func (a *App) sendSource(ctx context.Context, p *pack.Pack, c *contract.Contract, s contract.Source) (r corridor.Report, err error) {
	f, err := p.Open(s.Path)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return a.Corridor.Send(ctx, actor.System, corridor.Request{
		Dataset: addressOf(c, s.Object), Name: path.Base(s.Path), Body: f,
		// The pack's publisher has looked at it.
		Confirm: true,
	})
}

// addressOf is the address of an object by its name; "" names the only one.
func addressOf(c *contract.Contract, object string) string {
	for _, o := range c.Objects {
		if o.Name == object {
			return o.Dataset
		}
	}
	return c.Objects[0].Dataset
}

func (a *App) contractsOf(ctx context.Context, packID string) (all []*contract.Contract, err error) {
	for c, err := range contract.All(ctx, a.Contracts) {
		if err != nil {
			return nil, err
		}
		if c.Pack == packID && !c.Retired {
			all = append(all, c)
		}
	}
	return all, nil
}

// byReference puts data sets behind those their rows refer to, so that a row
// finds what it names at once.
func byReference(all []*contract.Contract) []*contract.Contract {
	byID := map[string]*contract.Contract{}
	for _, c := range all {
		byID[c.ID] = c
	}
	var out []*contract.Contract
	seen := map[string]bool{}
	var visit func(c *contract.Contract)
	visit = func(c *contract.Contract) {
		if seen[c.ID] {
			return
		}
		seen[c.ID] = true // also ends a circle: its rows are judged again later
		for _, o := range c.Objects {
			for i := range o.Rules {
				if ref := o.Rules[i].Reference; ref != nil {
					id, _, _ := strings.Cut(ref.Dataset, ".")
					if next := byID[id]; next != nil {
						visit(next)
					}
				}
			}
		}
		out = append(out, c)
	}
	for _, c := range all {
		visit(c)
	}
	return out
}
