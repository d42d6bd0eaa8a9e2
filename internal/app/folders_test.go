package app

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/store"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if made.root != "" {
		if err := os.RemoveAll(made.root); err != nil {
			panic(err)
		}
	}
	os.Exit(code)
}

// made are data folders that tests begin with, by what was done in them: to copy one
// takes a moment, to install the country's packs and send data many seconds.
var made struct {
	root string
	dirs map[string]string
}

// begin gives a configuration with a copy of a folder in which fill has been done, by
// this test or by one before it.
func begin(t *testing.T, what string, fill func(*App), settings ...func(*Config)) Config {
	t.Helper()
	set := func(dir string) Config {
		c := config(dir)
		for _, one := range settings {
			one(&c)
		}
		return c
	}
	if made.root == "" {
		root, err := os.MkdirTemp("", "phohien-made-")
		if err != nil {
			t.Fatal(err)
		}
		made.root, made.dirs = root, map[string]string{}
	}
	from, there := made.dirs[what]
	if !there {
		dir, err := os.MkdirTemp(made.root, "")
		if err != nil {
			t.Fatal(err)
		}
		from = filepath.Join(dir, "data")
		a := open(t, set(from))
		fill(a)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		made.dirs[what] = from
	}
	to := t.TempDir()
	for _, part := range []string{"", ".keys"} { // the keys lie beside the data
		if said, err := exec.Command("cp", "-a", from+part+"/.", to+part).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
	}
	return set(to)
}

// played opens a province in which a short play has been played to its end.
func played(t *testing.T) (*App, Config) {
	t.Helper()
	c := begin(t, "played", func(a *App) { playAll(t, a, 0) }, func(c *Config) { c.DemoDays = shortPlay })
	return open(t, c), c
}

// withPacks opens a province on SQLite with the packs that come with the program,
// without their files.
func withPacks(t *testing.T, names ...string) *App {
	t.Helper()
	return open(t, begin(t, strings.Join(names, " "), func(a *App) { shipped(t, a, names...) }))
}

// settle makes a land; on SQLite it is a copy of one like it.
func settle(t *testing.T, s store.Config, p population) *land {
	t.Helper()
	if s.URL != "" {
		c := config(s.Dir)
		c.Database = s.URL
		return settleIn(t, open(t, c), p)
	}
	what := fmt.Sprintf("land of %+v on %s", p, score.DayOf(time.Now())) // its pages tell when data came
	a := open(t, begin(t, what, func(a *App) { knownLands[p] = *settleIn(t, a, p) }))
	l := knownLands[p]
	l.App = a
	var err error
	if _, l.persons, err = a.Contracts.Object(t.Context(), landSet); err != nil {
		t.Fatal(err)
	}
	return &l
}

// knownLands are what is known of the lands that begin has made.
var knownLands = map[population]land{}
