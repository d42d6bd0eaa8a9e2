package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/catalog/catalogtest"
	"github.com/phohien/phohien/internal/core/units/unitstest"
)

// What people wait for: the bars are those of the design.
const (
	addressesBar = 20_000 // a second on one core
	searchBar    = 20 * time.Millisecond
	indexBar     = 60 * time.Second
	pageBar      = 100 * time.Millisecond
	describedAll = 100_000
	registerRows = 50_000
)

// find: addresses read, described objects searched, a page of a register opened,
// each as a ratio to its bar.
func (b *bench) find() error {
	for _, f := range []func() error{b.addresses, b.searches, b.opens} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// addresses: addresses written in eight ways, one after another on one core.
func (b *bench) addresses() error {
	ix, err := unitstest.Register{}.Index(b.ctx)
	if err != nil {
		return err
	}
	all := unitstest.Questions(ix)
	var rates []float64
	for range b.runs {
		before := cpu() // others may hold the core meanwhile
		for i := range all {
			ix.Address(all[i].Text, all[i].On)
		}
		rates = append(rates, float64(len(all))/(cpu()-before).Seconds())
	}
	slices.Sort(rates)
	rate := rates[len(rates)/2]
	b.note(Figure{Name: "addresses a second on one core / 20,000", Value: rate / addressesBar, Bar: 1, Better: "higher"}, fmt.Sprintf("%.0f a second", rate))
	return nil
}

// searches: making the index of 100,000 described objects, and the 95th of a
// hundred questions to it.
func (b *bench) searches() error {
	entries, err := catalogtest.Entries(describedAll, 1)
	if err != nil {
		return err
	}
	start := time.Now()
	x, err := catalog.Build(entries)
	if err != nil {
		return err
	}
	built := time.Since(start)
	b.note(Figure{Name: "index of 100,000 described objects / 60 s", Value: built.Seconds() / indexBar.Seconds(), Bar: 1, Better: "lower"}, fmt.Sprintf("%.1fs", built.Seconds()))
	questions := catalogtest.Questions(entries)
	var took []time.Duration
	for range b.runs {
		for _, q := range questions {
			start := time.Now()
			x.Search(q)
			took = append(took, time.Since(start))
		}
	}
	p95 := ninetyFifth(took)
	b.note(Figure{Name: "search over 100,000 objects, p95 / 20 ms", Value: p95.Seconds() / searchBar.Seconds(), Bar: 1, Better: "lower"}, p95.String())
	return nil
}

func ninetyFifth(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)*95/100]
}

// opens: the page of the records of a register of 50,000 rows, as the server
// answers it.
func (b *bench) opens() (err error) {
	file := b.file("register")
	if _, e := os.Stat(file); e != nil {
		if err := generate(file, registerRows, shape{}); err != nil {
			return err
		}
	}
	p, err := b.province("")
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, p.close()) }()
	if _, _, err := p.load(file); err != nil {
		return err
	}
	var took []time.Duration
	for len(took) < 20*b.runs {
		r := httptest.NewRequestWithContext(b.ctx, http.MethodGet, "/datasets/bench/records", nil)
		r.Host = "localhost"
		r.Header.Set("Authorization", "Bearer "+p.Token())
		w := httptest.NewRecorder()
		start := time.Now()
		p.Handler().ServeHTTP(w, r)
		if w.Code == http.StatusTooManyRequests { // the limits stand here as everywhere
			time.Sleep(time.Second)
			continue
		}
		took = append(took, time.Since(start))
		if w.Code != http.StatusOK {
			return fmt.Errorf("the page of records: %d", w.Code)
		}
	}
	p95 := ninetyFifth(took)
	b.note(Figure{Name: "page of a register of 50,000 rows, p95 / 100 ms", Value: p95.Seconds() / pageBar.Seconds(), Bar: 1, Better: "lower"}, p95.String())
	return nil
}
