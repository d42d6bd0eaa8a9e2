package main

import (
	"fmt"
	"os"
	"time"
)

// check: reading and judging against DuckDB reading alone.
func (b *bench) check() error {
	p, err := b.province("")
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, p.close()) }()
	for _, order := range []string{"sorted", "random"} {
		file := b.file(order)
		if _, err := b.duckdbReads(file); err != nil { // warm the file
			return err
		}
		err := b.against("check / DuckDB read_csv, "+order, 0.6,
			side{"check", func() (time.Duration, error) { return p.check(file) }},
			side{"read_csv", func() (time.Duration, error) { return b.duckdbReads(file) }})
		if err != nil {
			return err
		}
	}
	return err
}

// checks reads and judges a file again and again, with nothing beside it.
func (b *bench) checks(file string) (total time.Duration, err error) {
	p, err := b.province("")
	if err != nil {
		return 0, err
	}
	defer func() { err = firstError(err, p.close()) }()
	for range b.runs {
		before := cpu()
		took, err := p.check(file)
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(os.Stderr, "%.3fs (CPU %.3fs)\n", took.Seconds(), (cpu() - before).Seconds())
		total += took
	}
	return total, nil
}

// sqlite: a load against the sqlite3 shell's .import.
func (b *bench) sqlite() error {
	for _, order := range []string{"sorted", "random"} {
		file := b.file(order)
		var followed []time.Duration
		err := b.against("load on SQLite / .import, "+order, 0.7,
			side{"load", func() (time.Duration, error) {
				a, f, err := b.fresh("", file)
				followed = append(followed, f)
				return a, err
			}},
			side{".import", func() (time.Duration, error) { return b.sqliteImports(file) }})
		if err != nil {
			return err
		}
		fmt.Printf("    with mirror and score: %.2fs\n", median(followed).Seconds())
	}
	return nil
}

// postgres: a load against COPY.
func (b *bench) postgres() error {
	for _, order := range []string{"sorted", "random"} {
		file := b.file(order)
		err := b.against("load on PostgreSQL / COPY, "+order, 0.6,
			side{"load", func() (took time.Duration, err error) {
				address, drop, err := b.database()
				if err != nil {
					return 0, err
				}
				defer func() { err = firstError(err, drop()) }()
				took, _, err = b.fresh(address, file)
				return took, err
			}},
			side{"COPY", func() (time.Duration, error) { return b.postgresCopies(file) }})
		if err != nil {
			return err
		}
	}
	return nil
}

// again: the same file a second time, as a share of the first time.
func (b *bench) again() error {
	for _, order := range []string{"sorted", "random"} {
		var first, second []time.Duration
		for range b.runs {
			if err := b.twice(b.file(order), &first, &second); err != nil {
				return err
			}
		}
		x, y := median(first), median(second)
		b.note(Figure{Name: "second load / first load, " + order, Value: y.Seconds() / x.Seconds(), Bar: 0.5, Better: "lower"},
			fmt.Sprintf("first %.2fs, second %.2fs", x.Seconds(), y.Seconds()))
	}
	return nil
}

func (b *bench) twice(file string, first, second *[]time.Duration) (err error) {
	p, err := b.province("")
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, p.close()) }()
	for _, into := range []*[]time.Duration{first, second} {
		took, _, err := p.load(file)
		if err != nil {
			return err
		}
		*into = append(*into, took)
	}
	return nil
}

// bad: every row in quarantine against every row accepted.
func (b *bench) bad() error {
	return b.against("all rows bad / all rows good (speed)", 0.5,
		side{"all bad", func() (time.Duration, error) { a, _, err := b.fresh("", b.file("bad")); return a, err }},
		side{"all good", func() (time.Duration, error) { a, _, err := b.fresh("", b.file("sorted")); return a, err }})
}
