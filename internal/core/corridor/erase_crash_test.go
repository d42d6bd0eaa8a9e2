package corridor_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/crashpoint"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// crashProgram builds the program that is killed.
func crashProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "crashhouse")
	if out, err := exec.Command("go", "build", "-tags", "duckdb_arrow crashpoint", "-o", program, "./crashhouse").CombinedOutput(); err != nil {
		t.Fatalf("building crashhouse: %v\n%s", err, out)
	}
	return program
}

// TestEraseCrash kills a program in the middle of an erasure, at every named
// step that it passes: once the folder is opened again the person is nowhere.
func TestEraseCrash(t *testing.T) {
	program := crashProgram(t)
	for _, point := range []crashpoint.Point{
		crashpoint.MidRows, crashpoint.BeforeCommit, crashpoint.AfterCommit, crashpoint.AfterRelay, crashpoint.MidErasure, crashpoint.MidCheckpoint,
	} {
		t.Run(string(point), func(t *testing.T) {
			storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
				if point == crashpoint.MidCheckpoint && cfg.URL != "" {
					return // PostgreSQL does that by itself
				}
				dir := cfg.Dir
				t.Run("prepare", func(t *testing.T) { open(t, cfg, dir).person(t) })
				dies(t, program, cfg, order{N: 1, Do: "erase", Dataset: "dang-ky", Key: gone}, "PHOHIEN_CRASH="+string(point))
				h := open(t, cfg, dir)
				list, err := h.Erasures(t.Context(), "", 10)
				if err != nil || len(list) != 1 || list[0].State != corridor.EraseDone {
					t.Fatalf("%+v, %v", list, err)
				}
				if got := h.rows("dang-ky"); strings.Contains(got, gone) || !strings.Contains(got, stays) {
					t.Errorf("rows\n%s", got)
				}
				h.nowhere(t)
			})
		})
	}
}

// TestEraseSubjectCrash kills a program between the records of a person: the next
// start goes on with all of them.
func TestEraseSubjectCrash(t *testing.T) {
	program := crashProgram(t)
	for _, after := range []string{"0", "1", "2"} {
		t.Run(after, func(t *testing.T) {
			storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
				t.Run("prepare", func(t *testing.T) {
					h := open(t, cfg, cfg.Dir)
					h.person(t)
					h.put(otherSet)
					h.send("ho-so", "ma,chu,viec\n1,"+gone+",a\n2,"+stays+",b\n3,"+gone+",c\n", sure)
				})
				dies(t, program, cfg, order{N: 1, Do: "erase-subject", Key: gone}, "PHOHIEN_CRASH="+string(crashpoint.AfterCommit), "PHOHIEN_CRASH_AFTER="+after)
				h := open(t, cfg, cfg.Dir)
				list, err := h.Erasures(t.Context(), "", 10)
				if err != nil || len(list) != 3 {
					t.Fatalf("%+v, %v", list, err)
				}
				for _, e := range list {
					if e.State != corridor.EraseDone {
						t.Errorf("%+v", e)
					}
				}
				h.nowhere(t)
				if got := h.rows("ho-so"); got != "2: 2 "+stays+" b\n" {
					t.Errorf("rows\n%s", got)
				}
			})
		})
	}
}

// dies lets the program erase until it is killed.
func dies(t *testing.T, program string, cfg store.Config, do order, env ...string) {
	t.Helper()
	text, err := json.Marshal(do)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-dir", cfg.Dir, "-url", cfg.URL)
	cmd.Env, cmd.Stdin = append(os.Environ(), env...), strings.NewReader(string(text)+"\n")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the program was not killed: %v\n%s", err, out)
	}
}
