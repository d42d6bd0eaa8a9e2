// Command scale measures what a large province asks: ten million rows, fifty
// people before one page, a thousand data sets. It runs the program that make
// build made, on loopback, with files that it writes itself, and prints each
// figure beside its bar; bench/scale.json keeps them.
//
// Machines are shared and noisy: nothing here is a test. Where a peer is named it
// is measured in the same run, turn by turn.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Figure is one line of bench/scale.json.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Bar   float64 `json:"bar"`
	Good  string  `json:"good"` // "above" or "below" the bar
	Note  string  `json:"note,omitempty"`
}

type bench struct {
	ctx     context.Context
	dir     string
	binary  string
	rows    int
	small   int
	figures []Figure
}

func main() {
	dir := flag.String("dir", "", "folder for files and provinces (default: a temporary one); what is in it is used again")
	rows := flag.Int("rows", 10_000_000, "rows of the large set")
	binary := flag.String("binary", "bin/phohien", "the program that is measured")
	only := flag.String("only", "", "load, read, point, viewers or sets, separated by commas; all when empty")
	bare := flag.String("bare", "", "serve this file at an address that is printed: the peer of point reads")
	out := flag.String("out", "bench/scale.json", "where the figures go")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *bare != "" {
		err = serveBare(ctx, *bare)
	} else {
		err = run(ctx, *dir, *binary, *only, *out, *rows)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, binary, only, out string, rows int) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "scale-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if binary, err = filepath.Abs(binary); err != nil {
		return err
	}
	b := &bench{ctx: ctx, dir: dir, binary: binary, rows: rows, small: rows / 10}
	parts := []struct {
		name string
		run  func() error
	}{{"load", b.load}, {"read", b.read}, {"point", b.point}, {"viewers", b.viewers}, {"sets", b.sets}}
	for _, p := range parts {
		if only != "" && !slices.Contains(strings.Split(only, ","), p.name) {
			continue
		}
		if err := p.run(); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	text, err := json.MarshalIndent(struct {
		At      time.Time `json:"at"`
		Rows    int       `json:"rows"`
		Figures []Figure  `json:"figures"`
	}{time.Now().UTC().Truncate(time.Second), rows, b.figures}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(text, '\n'), 0o644)
}

// tell prints a figure and keeps it.
func (b *bench) tell(name string, value, bar float64, good, note string) {
	sign := "≤"
	if good == "above" {
		sign = "≥"
	}
	fmt.Printf("%-62s %10.3f   %s %g   %s\n", name, value, sign, bar, note)
	b.figures = append(b.figures, Figure{name, value, bar, good, note})
}

// p95 is the value that one in twenty exceeds.
func p95(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[(len(all)*95+99)/100-1]
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }
