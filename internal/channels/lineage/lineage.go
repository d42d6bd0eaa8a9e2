// Package lineage tells where the rows of a data set come from and where they go:
// the source, the last batches and the data sets it is made from; the data sets
// that are made from it or refer to it, and who has read it. The pages and the API
// ask the same desk; a reader is told of what they may know of, and nothing else.
package lineage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/usage"
)

// A Desk answers where rows come from and where they go.
type Desk struct {
	Door      *door.Door
	Contracts contracts
	Corridor  batches
	Uses      uses
	OrgName   func(ctx context.Context, id string) string // what an organisation is called
	Clients   func(ctx context.Context, id string) string // what a program is called
	Now       func() time.Time
}

// contracts is what this package needs of contract.Store.
type contracts interface {
	Current(ctx context.Context, id string) (*contract.Contract, error)
	List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
}

// batches is what this package needs of corridor.Corridor.
type batches interface {
	Batches(ctx context.Context, dataset, after string, limit int) ([]corridor.Status, string, error)
}

// uses is what this package needs of usage.Ledger.
type uses interface {
	Counts(ctx context.Context, dataset string, from, to time.Time) ([]usage.Count, error)
}

const (
	shownBatches = 5
	// countedDays is how far back readers are counted.
	countedDays = 90
)

// The ways in which data sets hang together.
const (
	MadeFrom = "made-from" // rows of the one are made from rows of the other
	Refers   = "refers"    // rows of the one are checked against rows of the other
)

// A Lineage is what is told of one data set.
type Lineage struct {
	Dataset  string
	Name     string
	Source   Source
	Batches  []Batch // the newest first
	Original bool    // it is made from no other data set
	From     []Set   // what it is made from or refers to
	To       []Set   // what is made from it or refers to it
	Readers  Readers
}

// Known reports whether it is said where the rows come from.
func (l *Lineage) Known() bool {
	return l.Original || slices.ContainsFunc(l.From, func(s Set) bool { return s.How == MadeFrom })
}

// A Source is where rows come in.
type Source struct {
	System    string // as the catalogue has it, else whose data these are
	Kind      contract.ProvenanceKind
	Collected string   // method of collection
	Mechanism string   // of updating
	Pack      string   // that brought the contract
	Files     []string // that come with the pack
}

// A Batch is one delivery.
type Batch struct {
	ID, Object, File string
	Kind             string // load, undo, rejudge
	State            corridor.State
	Received         time.Time
	Org              string // that sent it, for colleagues
	Simulated        bool
}

// A Set is another data set.
type Set struct {
	ID, Name string
	How      string // MadeFrom or Refers
	Gone     bool   // it is named, and is not there
}

// Readers is who has read a data set within some days.
type Readers struct {
	Days int
	Uses int64
	// Consumers is how many agencies and programs read it; All is who, for those who
	// may see who used whose data.
	Consumers int64
	Last      string // day of the last use in Viet Nam, "" for none
	Named     bool   // All says who
	All       []Reader
}

// A Reader is an agency's people, or a program.
type Reader struct {
	Kind    string // person, program, company …
	Program string // name of a program, "" for people
	Org     string // its name, "" for none
	Uses    int64
	Last    string // day
}

// Of tells of a data set that the caller may know of.
func (d *Desk) Of(ctx context.Context, con *contract.Contract) (*Lineage, error) {
	objects := d.Door.KnownObjects(ctx, con)
	if len(objects) == 0 {
		return nil, fault.New(fault.NotFound, "dataset.unknown", con.ID)
	}
	l := &Lineage{Dataset: con.ID, Name: con.Name, Original: con.Catalogue.Original, Source: sourceOf(con)}
	var err error
	if l.Batches, err = d.batches(ctx, objects); err != nil {
		return nil, err
	}
	if err := d.neighbours(ctx, con, l); err != nil {
		return nil, err
	}
	l.Readers, err = d.readers(ctx, objects)
	return l, err
}

func sourceOf(con *contract.Contract) Source {
	s := Source{
		System: con.Catalogue.Text("source_system"), Kind: con.Provenance.Kind, Collected: con.Catalogue.Text("collection_method"),
		Mechanism: con.Catalogue.Text("update_mechanism"), Pack: con.Pack,
	}
	if s.System == "" {
		s.System = con.Provenance.Source
	}
	for _, f := range con.Sources {
		s.Files = append(s.Files, f.Path)
	}
	return s
}

// batches are the newest deliveries to the objects that the caller knows of.
func (d *Desk) batches(ctx context.Context, objects []*contract.Object) (all []Batch, err error) {
	for _, o := range objects {
		list, _, err := d.Corridor.Batches(ctx, o.Dataset, "", shownBatches)
		if err != nil {
			return nil, err
		}
		for _, b := range list {
			one := Batch{ID: b.ID, Object: o.Title, File: b.Name, Kind: b.Kind, State: b.State, Received: b.Received, Simulated: b.Simulated}
			if door.From(ctx).Known() && b.By.Org != "" {
				one.Org = d.OrgName(ctx, b.By.Org)
			}
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b Batch) int { return cmp.Or(b.Received.Compare(a.Received), cmp.Compare(b.ID, a.ID)) })
	return all[:min(len(all), shownBatches)], nil
}

// neighbours finds the data sets up and down the stream that the caller may know of.
func (d *Desk) neighbours(ctx context.Context, con *contract.Contract, l *Lineage) error {
	d.Door.Sift(ctx, policy.Describe)
	all := map[string]*contract.Contract{}
	for other, err := range contract.All(ctx, d.Contracts) {
		if err != nil {
			return err
		}
		all[other.ID] = other
		if other.ID == con.ID || other.Retired || !d.Door.CanSet(ctx, policy.Describe, other) {
			continue
		}
		if how := hangs(other, con.ID); how != "" {
			l.To = append(l.To, Set{ID: other.ID, Name: other.Name, How: how})
		}
	}
	for id, how := range upstream(con) {
		other := all[id]
		switch {
		case other == nil && how == MadeFrom:
			l.From = append(l.From, Set{ID: id, Name: id, How: how, Gone: true})
		case other != nil && d.Door.CanSet(ctx, policy.Describe, other):
			l.From = append(l.From, Set{ID: id, Name: other.Name, How: how})
		}
	}
	for _, list := range [][]Set{l.From, l.To} {
		slices.SortFunc(list, func(a, b Set) int { return cmp.Or(cmp.Compare(a.How, b.How), cmp.Compare(a.ID, b.ID)) })
	}
	return nil
}

// upstream is which data sets a contract is made from or refers to.
func upstream(con *contract.Contract) map[string]string {
	all := map[string]string{}
	for _, address := range con.Reads() {
		if id, _, _ := strings.Cut(address, "."); id != con.ID {
			all[id] = Refers
		}
	}
	for _, id := range con.Catalogue.Lineage {
		all[id] = MadeFrom
	}
	return all
}

// hangs says how a contract hangs on a data set, "" when it does not.
func hangs(con *contract.Contract, on string) string { return upstream(con)[on] }

// readers counts who has read the objects. Who they are is told as the ledger of
// uses tells it: agencies and programs, never a person, and only to whoever may see
// who used whose data.
func (d *Desk) readers(ctx context.Context, objects []*contract.Object) (Readers, error) {
	now := d.Now()
	r := Readers{Days: countedDays, Named: d.Door.Can(ctx, policy.ReadUsage, policy.What{Kind: policy.KindUsage})}
	type key struct{ kind, program, org string }
	sum := map[key]*Reader{}
	for _, o := range objects {
		list, err := d.Uses.Counts(ctx, o.Dataset, now.AddDate(0, 0, -countedDays), now)
		if err != nil {
			return r, err
		}
		for _, c := range list {
			k := key{kind: c.Kind, org: c.Org}
			if c.Kind == "program" {
				k.program = c.ID
			}
			one := sum[k]
			if one == nil {
				one = &Reader{Kind: c.Kind}
				sum[k] = one
			}
			one.Uses, one.Last = one.Uses+c.Uses, max(one.Last, c.Day)
			r.Uses, r.Last = r.Uses+c.Uses, max(r.Last, c.Day)
		}
	}
	r.Consumers = int64(len(sum))
	if !r.Named {
		return r, nil
	}
	for k, one := range sum {
		if k.org != "" {
			one.Org = d.OrgName(ctx, k.org)
		}
		if k.program != "" {
			one.Program = d.Clients(ctx, k.program)
		}
		r.All = append(r.All, *one)
	}
	slices.SortFunc(r.All, func(a, b Reader) int {
		return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(b.Uses, a.Uses), cmp.Compare(a.Org+a.Program+a.Kind, b.Org+b.Program+b.Kind))
	})
	return r, nil
}
