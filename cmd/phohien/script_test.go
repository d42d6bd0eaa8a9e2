package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/phohien/phohien/internal/app/play"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

func TestMain(m *testing.M) {
	commands := map[string]func(){"phohien": main}
	for name, f := range makers {
		commands[name] = maker(f)
	}
	testscript.Main(m, commands)
}

// TestInside runs scripts without a server: every command opens the engines. It asks
// them as it would ask a server, so make test leaves out those that try what is asked,
// of which TestServer runs all; make soak runs all here, too.
func TestInside(t *testing.T) {
	which := "{audit,backup,contract,demo,doctor,draft,erase,help,load,pack,serve,user,version}"
	if os.Getenv("PHOHIEN_SOAK_MINUTES") != "" {
		which = "*"
	}
	runScripts(t, false, which, nil)
}

// TestServer runs the same scripts against a running server.
func TestServer(t *testing.T) { runScripts(t, true, "*", nil) }

// TestPostgres runs those that change records with the records in PostgreSQL.
func TestPostgres(t *testing.T) {
	runScripts(t, true, "{load,batch,files,quarantine,query}", func(e *testscript.Env) {
		e.Setenv("PHOHIEN_DATABASE", storetest.Postgres(t).URL)
	})
}

// runScripts runs scripts of testdata/script. Each finds the pack of testdata/goi
// in its folder, and starts a server where it says [server].
func runScripts(t *testing.T, server bool, which string, setup func(*testscript.Env)) {
	var files []string
	for name := range strings.SplitSeq(strings.Trim(which, "{}"), ",") {
		found, err := filepath.Glob("testdata/script/" + name + ".txtar")
		if err != nil || len(found) == 0 {
			t.Fatalf("no script %s: %v", name, err)
		}
		files = append(files, found...)
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PHOHIEN_DATA", filepath.Join(e.WorkDir, "kho"))
			e.Setenv("PHOHIEN_THREADS", "1")
			if setup != nil {
				setup(e)
			}
			return os.CopyFS(filepath.Join(e.WorkDir, "goi"), os.DirFS("testdata/goi"))
		},
		Condition: func(name string) (bool, error) {
			if name == "server" {
				return server, nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":  code,
			"await": await,
			"fill":  fillAwait,
			"json":  jsonHolds,
			"take":  take,
			"same":  sameText,
			"mode":  mode,
		},
	})
}

// code N command…: the command ends with exit code N.
func code(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || err != nil || len(args) < 2 {
		ts.Fatalf("usage: code N command…")
	}
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		got = ended.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// await: a server owns the data folder and listens; ! await: none does.
func await(ts *testscript.TestScript, neg bool, _ []string) {
	dir := ts.Getenv("PHOHIEN_DATA")
	for range 6000 { // a busy machine may need minutes for it
		owner, held, err := store.Holder(dir)
		if err == nil && (neg && !held || !neg && held && owner.Address != "") {
			ts.Setenv("ADDRESS", owner.Address)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("waited for a server for five minutes")
}

// fill: the demo, which answers while its data are still coming in, has all of
// them. What the last look at the list said is in stdout.
func fillAwait(ts *testscript.TestScript, _ bool, _ []string) {
	still := 0 // looks, one after the other, that found everything there and nothing under way
	for range 600 {
		ts.Check(ts.Exec("phohien", "batch", "list", "--json"))
		var batches struct {
			Items []struct {
				State corridor.State `json:"state"`
			} `json:"items"`
		}
		if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &batches); err != nil {
			ts.Fatalf("the list of batches is no JSON: %v", err)
		}
		// What the scripts look at is the list of data sets, so it is asked for last.
		ts.Check(ts.Exec("phohien", "dataset", "list", "--json"))
		var list struct {
			Items []struct {
				ID  string `json:"id"`
				Seq int64  `json:"seq"`
			} `json:"items"`
		}
		if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &list); err != nil {
			ts.Fatalf("the list is no JSON: %v", err)
		}
		empty := 0
		for _, i := range list.Items {
			// Some come with the days that are played, some from whoever reports to them.
			if i.Seq == 0 && !slices.Contains(play.Datasets(), i.ID) && !slices.Contains([]string{"hy-he-thong-hoat-dong", "hy-thon-to-dan-pho"}, i.ID) {
				empty++
			}
		}
		for _, b := range batches.Items {
			if !b.State.Final() {
				empty++
			}
		}
		if len(list.Items) == 0 || empty > 0 {
			still = 0
		} else if still++; still == 2 {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	ts.Fatalf("waited five minutes and more for the demo's data")
}

// json FILE path value…: the JSON in FILE has these values. A path is names and
// places joined by dots; "path exists" and "path length" look without comparing.
func jsonHolds(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args)%2 == 0 {
		ts.Fatalf("usage: json FILE path value…")
	}
	var doc any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc); err != nil {
		ts.Fatalf("%s is no JSON: %v", args[0], err)
	}
	for i := 1; i < len(args); i += 2 {
		got, ok := at(doc, args[i])
		if !ok {
			ts.Fatalf("%s is not there", args[i])
		}
		if args[i+1] == "exists" {
			continue
		}
		var want any
		if err := json.Unmarshal([]byte(args[i+1]), &want); err != nil {
			want = args[i+1]
		}
		if !reflect.DeepEqual(got, want) && got != any(args[i+1]) {
			ts.Fatalf("%s is %v, want %v", args[i], got, want)
		}
	}
}

// take FILE path NAME: a value of the JSON in FILE becomes a variable.
func take(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: take FILE path NAME")
	}
	var doc any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc); err != nil {
		ts.Fatalf("%s is no JSON: %v", args[0], err)
	}
	value, ok := at(doc, args[1])
	if !ok {
		ts.Fatalf("%s is not there", args[1])
	}
	ts.Setenv(args[2], fmt.Sprint(value))
}

func at(doc any, path string) (any, bool) {
	for name := range strings.SplitSeq(path, ".") {
		switch v := doc.(type) {
		case map[string]any:
			var ok bool
			if doc, ok = v[name]; !ok {
				return nil, false
			}
		case []any:
			if name == "length" {
				doc = float64(len(v))
				continue
			}
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(v) {
				return nil, false
			}
			doc = v[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

// same A B: two files hold the same text.
func sameText(ts *testscript.TestScript, neg bool, args []string) {
	if got := ts.ReadFile(args[0]) == ts.ReadFile(args[1]); got == neg {
		ts.Fatalf("%s and %s: same %v", args[0], args[1], got)
	}
}

// mode FILE 0600: a file has these permissions.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}
