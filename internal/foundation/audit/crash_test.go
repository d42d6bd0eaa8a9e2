package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// TestMain lets the test binary be the process that the crash test kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PHOHIEN_AUDIT_CRASH"); dir != "" {
		if err := crashChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// childSays is one line of the child: what was acknowledged, or what was signed.
type childSays struct {
	Index int64  `json:"index"`
	N     int    `json:"n"`
	Note  string `json:"note"`
}

const crashWrites = 1000

func crashChild(dir string) error {
	opt := testOptions(dir)
	opt.Tick = 2 * time.Millisecond
	l, err := Open(opt)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	out := json.NewEncoder(os.Stdout)
	say := func(s childSays) {
		mu.Lock()
		defer mu.Unlock()
		_ = out.Encode(s)
	}
	say(childSays{Index: -1})
	var g sync.WaitGroup
	for w := range 4 {
		g.Go(func() {
			for i := w; i < crashWrites; i += 4 {
				index, err := l.Append(context.Background(), sample(i))
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				say(childSays{Index: index, N: i})
			}
		})
	}
	g.Go(func() {
		last := int64(0)
		for last < crashWrites {
			if c := l.Checkpoint(); c.Size > last {
				last = c.Size
				say(childSays{Note: string(c.Note)})
			}
			time.Sleep(time.Millisecond)
		}
	})
	g.Wait()
	return l.Close()
}

// TestCrash kills the process in the middle of 1,000 writes, again and again in
// one folder: no entry that was acknowledged is lost, and the tree is consistent
// with every checkpoint that was ever signed.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	acked := map[int64]int{}
	var notes []string
	kills, hit := 12, 0
	if testing.Short() {
		kills = 3
	}
	rnd := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for range kills {
		n := runAndKill(t, dir, 20+rnd.IntN(crashWrites*3/5), acked, &notes)
		if n < crashWrites {
			hit++
		}
	}
	if hit < kills/2 {
		t.Errorf("only %d of %d kills fell into the writes", hit, kills)
	}
	l := openLog(t, testOptions(dir))
	for index, n := range acked {
		e, err := l.Entry(t.Context(), index)
		if err != nil || e.Trace != sample(n).Trace {
			t.Fatalf("entry %d was acknowledged and is lost: %+v, %v", index, e, err)
		}
	}
	for _, note := range notes {
		if _, err := l.Consistency([]byte(note)); err != nil {
			t.Fatalf("not consistent with a signed checkpoint: %v\n%s", err, note)
		}
	}
	t.Logf("%d kills, %d in the middle; %d entries acknowledged, %d checkpoints signed, log of %d", kills, hit, len(acked), len(notes), l.Size())
	closeLog(t, l)
	verifyClean(t, dir)
}

// runAndKill lets the child acknowledge some entries and kills it.
func runAndKill(t *testing.T, dir string, after int, acked map[int64]int, notes *[]string) (n int) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(exe)
	child.Env = append(os.Environ(), "PHOHIEN_AUDIT_CRASH="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var s childSays
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			continue // the last line may be cut
		}
		switch {
		case s.Note != "":
			*notes = append(*notes, s.Note)
		case s.Index >= 0:
			if _, twice := acked[s.Index]; twice {
				t.Errorf("index %d given twice", s.Index)
			}
			acked[s.Index] = s.N
			if n++; n == after {
				if err := child.Process.Kill(); err != nil { // SIGKILL
					t.Fatal(err)
				}
			}
		}
	}
	_ = child.Wait() // killed
	return n
}
