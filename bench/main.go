// Command bench measures the corridor against its limits and peers and prints
// each result as a ratio of two times taken in the same run: interleaved runs,
// medians. It writes bench/latest.json.
//
// Machines are shared and noisy, so nothing here is a test; the bars stand
// beside the figures.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/phohien/phohien/internal/foundation/heap"
)

// A Figure is one line of bench/latest.json.
type Figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Bar    float64 `json:"bar"`
	Better string  `json:"better"` // "higher" or "lower"
}

func main() {
	heap.Bound() // as the program does
	rows := flag.Int("rows", 2_000_000, "rows of the file")
	runs := flag.Int("runs", 5, "interleaved runs")
	only := flag.String("only", "", "check, sqlite, postgres, again, bad, files or find; all when empty")
	keep := flag.String("dir", "", "folder for files (default: a temporary one)")
	trace := flag.Bool("trace", false, "print when each batch reaches each state")
	single := flag.String("one", "", "read, load or check -file in this process; check: as often as -runs says, for a profile of it alone")
	file := flag.String("file", "", "the file of -one")
	memory := flag.Int64("memory", 0, "MB for each analytical engine in -one; 0 = the default")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this file")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	if *single != "" {
		if err := one(context.Background(), *single, *keep, *file, *runs, *memory<<20); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(context.Background(), *rows, *runs, *only, *keep, *trace); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rows, runs int, only, dir string, trace bool) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "phohien-bench-"); err != nil {
			return err
		}
		defer func() { err = firstError(err, os.RemoveAll(dir)) }()
	}
	b := &bench{ctx: ctx, dir: dir, runs: runs, trace: trace}
	for name, s := range map[string]shape{"sorted": {}, "random": {random: true}, "bad": {bad: true}} {
		path := b.file(name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := generate(path, rows, s); err != nil {
			return err
		}
	}
	parts := []struct {
		name string
		f    func() error
	}{{"check", b.check}, {"sqlite", b.sqlite}, {"postgres", b.postgres}, {"again", b.again}, {"bad", b.bad}, {"files", b.files}, {"find", b.find}}
	for _, p := range parts {
		if only == "" || only == p.name {
			if err := p.f(); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	return b.write(only == "")
}

type bench struct {
	ctx     context.Context
	dir     string
	runs    int
	trace   bool
	memory  int64 // bytes that each analytical engine may use; 0 = the program's default
	figures []Figure
}

func (b *bench) tracef(format string, args ...any) {
	if b.trace {
		fmt.Printf("    "+format+"\n", args...)
	}
}

func (b *bench) file(name string) string { return filepath.Join(b.dir, name+".csv") }

// A side is one of two things that are timed in turn.
type side struct {
	name string
	f    func() (time.Duration, error)
}

// against times ours and theirs in turn and notes theirs ÷ ours: above 1 we are
// faster.
func (b *bench) against(name string, bar float64, ours, theirs side) error {
	var a, c, aCPU, cCPU []time.Duration
	for range b.runs {
		before := cpu()
		x, err := ours.f()
		if err != nil {
			return fmt.Errorf("%s: %w", ours.name, err)
		}
		between := cpu()
		y, err := theirs.f()
		if err != nil {
			return fmt.Errorf("%s: %w", theirs.name, err)
		}
		a, c = append(a, x), append(c, y)
		aCPU, cCPU = append(aCPU, between-before), append(cCPU, cpu()-between)
	}
	x, y := median(a), median(c)
	b.note(Figure{Name: name, Value: y.Seconds() / x.Seconds(), Bar: bar, Better: "higher"},
		fmt.Sprintf("%s %.2fs (CPU %.2fs), %s %.2fs (CPU %.2fs)", ours.name, x.Seconds(), median(aCPU).Seconds(), theirs.name, y.Seconds(), median(cCPU).Seconds()))
	return nil
}

// cpu is the processor time of this process and of children that have ended;
// a server's is not in it. It includes making and removing the province.
func cpu() time.Duration {
	var total time.Duration
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var r unix.Rusage
		if unix.Getrusage(who, &r) == nil {
			total += time.Duration(r.Utime.Nano() + r.Stime.Nano())
		}
	}
	return total
}

func (b *bench) note(f Figure, detail string) {
	mark := "✓"
	if f.Better == "higher" && f.Value < f.Bar || f.Better == "lower" && f.Value > f.Bar {
		mark = "✗"
	}
	fmt.Printf("%s %-44s %5.2f  (bar %.2f, %s is better)  %s\n", mark, f.Name, f.Value, f.Bar, f.Better, detail)
	b.figures = append(b.figures, f)
}

func (b *bench) write(all bool) error {
	if !all {
		return nil // a part would pass for the whole
	}
	out, err := json.MarshalIndent(b.figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("bench", "latest.json"), append(out, '\n'), 0o644)
}

func median(d []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(d))
	return s[len(s)/2]
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
