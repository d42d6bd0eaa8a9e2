package heap

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		alive int64
		want  int
	}{
		{0, 1500}, {4 << 20, 1100}, {12 << 20, 300}, {24 << 20, 100}, {48 << 20, 70}, {1 << 30, 70},
	} {
		if got := percent(c.alive); got != c.want {
			t.Errorf("percent(%d MB) = %d, want %d", c.alive>>20, got, c.want)
		}
	}
}

var garbage []byte

// TestSeldom counts the rounds that a process makes with little alive.
func TestSeldom(t *testing.T) {
	if os.Getenv("HEAP_CHILD") == "" {
		rounds := func(how string) int {
			c := exec.Command(os.Args[0], "-test.run=TestSeldom$", "-test.v")
			c.Env = append(os.Environ(), "HEAP_CHILD="+how, "GOGC=100")
			out, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			_, after, _ := strings.Cut(string(out), "rounds=")
			n, err := strconv.Atoi(strings.Fields(after)[0])
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			return n
		}
		plain, seldom := rounds("plain"), rounds("seldom")
		if seldom == 0 || seldom > plain/4 {
			t.Errorf("%d rounds, %d without", seldom, plain)
		}
		return
	}
	if os.Getenv("HEAP_CHILD") == "seldom" {
		Seldom()
		runtime.GC()
		time.Sleep(20 * time.Millisecond) // finalizers run beside
	}
	var before, after debug.GCStats
	debug.ReadGCStats(&before)
	for range 4096 {
		garbage = make([]byte, 256<<10)
		if len(garbage)%7 == 0 {
			time.Sleep(time.Microsecond)
		}
	}
	debug.ReadGCStats(&after)
	t.Logf("rounds=%d", after.NumGC-before.NumGC)
}

func TestTrim(t *testing.T) {
	last.Store(0)
	Trim()
	first := last.Load()
	if first == 0 {
		t.Error("nothing was done")
	}
	Trim()
	if last.Load() != first {
		t.Error("it was done again at once")
	}
}
