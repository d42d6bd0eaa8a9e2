package app

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
)

// ofTheMachine are findings about the machine that the tests run on.
var ofTheMachine = []string{"disk-low", "clock-unsynced"}

// foundBy lists what doctor finds, by id.
func foundBy(t *testing.T, a *App) map[string]Finding {
	t.Helper()
	h, err := a.Health(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return byID(t, h.Findings)
}

func byID(t *testing.T, list []Finding) map[string]Finding {
	t.Helper()
	all := map[string]Finding{}
	for _, f := range list {
		if slices.Contains(ofTheMachine, f.ID) {
			continue
		}
		all[f.ID] = f
		for _, l := range []locale.Lang{locale.Vi, locale.En} {
			what, next := f.In(l)
			if what == "" || next == "" || strings.Contains(what+next, "doctor.") || strings.Contains(what+next, "{") || what == l.T("error.internal") {
				t.Errorf("%s in %s: %q, %q", f.ID, l, what, next)
			}
		}
	}
	return all
}

// only fails unless exactly these were found.
func only(t *testing.T, got map[string]Finding, want ...string) {
	t.Helper()
	for _, id := range want {
		if _, ok := got[id]; !ok {
			t.Errorf("%s is not found", id)
		}
	}
	for id, f := range got {
		if !slices.Contains(want, id) {
			t.Errorf("found: %s: %s", id, f.What)
		}
	}
}

// sick makes a province with rows and a backup: nothing is wrong with it, until a
// test does something to it.
func sick(t *testing.T) (*App, Config) {
	t.Helper()
	c := config(filepath.Join(t.TempDir(), "kho"))
	a := open(t, c)
	if _, err := a.Packs.Install(t.Context(), actor.System, false, smallPack(t)); err != nil {
		t.Fatal(err)
	}
	only(t, foundBy(t, a)) // nothing to back up yet
	more(t, a, "CS001")
	only(t, foundBy(t, a), "backup-none")
	if _, err := a.Backup(t.Context(), filepath.Join(t.TempDir(), "sao-luu")); err != nil {
		t.Fatal(err)
	}
	only(t, foundBy(t, a))
	return a, c
}

func more(t *testing.T, a *App, key string) {
	t.Helper()
	r, err := a.Corridor.Send(t.Context(), actor.System, corridor.Request{Dataset: "thu-co-so", Name: key + ".csv", Body: strings.NewReader("ma,ten\n" + key + ",Một\n")})
	if err != nil || r.Accepted != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
}

func shut(t *testing.T, a *App) {
	t.Helper()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFindings_folder(t *testing.T) {
	a, c := sick(t)
	if err := os.Chmod(c.Data, 0o755); err != nil {
		t.Fatal(err)
	}
	got := foundBy(t, a)
	only(t, got, "folder-open")
	if f := got["folder-open"]; !f.Grave || !strings.Contains(f.Next, "chmod 700 "+c.Data) {
		t.Errorf("%+v", f)
	}
}

func TestFindings_backup(t *testing.T) {
	a, c := sick(t)
	old := time.Now().Add(-9 * 24 * time.Hour)
	if err := os.Chtimes(filepath.Join(c.Data, lastBackup), old, old); err != nil {
		t.Fatal(err)
	}
	got := foundBy(t, a)
	only(t, got, "backup-old")
	if what := got["backup-old"].What; !strings.Contains(what, "9 ngày") || !strings.Contains(what, old.Local().Format("02/01/2006")) {
		t.Errorf("%s", what)
	}
}

// TestFindings_key: the master key lies in the data folder, and others can read
// it.
func TestFindings_key(t *testing.T) {
	a, c := sick(t)
	shut(t, a)
	inside := filepath.Join(c.Data, "khoa", "master.key")
	if err := os.MkdirAll(filepath.Dir(inside), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(c.Data+".keys/master.key", inside); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(inside, 0o644); err != nil {
		t.Fatal(err)
	}
	c.MasterKey = inside
	got := byID(t, c.Examine(time.Now())) // before it is opened, too
	only(t, got, "master-key")
	if n := len(c.keyFindings()); n != 2 {
		t.Errorf("%d findings, want one for the place and one for the permissions", n)
	}
}

func TestFindings_certificate(t *testing.T) {
	dir := t.TempDir()
	c := config(dir)
	c.TLSCert, c.TLSKey = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	authority := newCA(t)
	for _, one := range []struct {
		left  time.Duration
		want  []string
		grave bool
	}{{200 * 24 * time.Hour, nil, false}, {12 * 24 * time.Hour, []string{"certificate"}, false}, {3 * 24 * time.Hour, []string{"certificate"}, true}, {-time.Hour, []string{"certificate"}, true}} {
		authority.files(c.TLSCert, c.TLSKey, time.Now().Add(one.left))
		got := byID(t, c.certificateFindings(time.Now()))
		only(t, got, one.want...)
		if got["certificate"].Grave != one.grave {
			t.Errorf("%v left: %+v", one.left, got["certificate"])
		}
	}
	// By ACME: as autocert keeps it, key first.
	c.TLSCert, c.TLSKey, c.ACMEHosts, c.ACMEDirectory = "", "", []string{"kho.tinh.example"}, "https://ca.example/directory"
	authority.files(filepath.Join(dir, "a.pem"), filepath.Join(dir, "b.pem"), time.Now().Add(10*24*time.Hour))
	cert, err1 := os.ReadFile(filepath.Join(dir, "a.pem"))
	key, err2 := os.ReadFile(filepath.Join(dir, "b.pem"))
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := os.MkdirAll(filepath.Join(dir, "acme"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "acme", "kho.tinh.example"), append(key, cert...))
	got := byID(t, c.certificateFindings(time.Now()))
	only(t, got, "certificate")
	if next := got["certificate"].Next; !strings.Contains(next, "https://ca.example/directory") {
		t.Errorf("%s", next)
	}
}

// TestFindings_clock: what a clock that ran ahead has left: a batch of tomorrow.
func TestFindings_clock(t *testing.T) {
	a, c := sick(t)
	shut(t, a)
	db, err := sql.Open("sqlite3", filepath.Join(c.Data, "data", "thu-co-so.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE _batches SET committed_at = $1`, store.Stamp(time.Now().Add(26*time.Hour))); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	got := foundBy(t, open(t, c))
	only(t, got, "clock-back")
	if !got["clock-back"].Grave {
		t.Error("a clock that runs backwards is grave")
	}
}

// TestFindings_mirror: an older mirror than the truth, as after a file was brought
// back by hand; asking mends it.
func TestFindings_mirror(t *testing.T) {
	a, c := sick(t)
	_, obj, err := a.Contracts.Object(t.Context(), "thu-co-so")
	if err != nil {
		t.Fatal(err)
	}
	count := func(a *App) int64 {
		if _, err := a.Mirror.Follow(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
		n, _, err := a.Mirror.Count(t.Context(), obj, mirror.ScanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(a); n != 1 {
		t.Fatalf("%d rows", n)
	}
	shut(t, a)
	file := filepath.Join(c.Data, "mirror.duckdb")
	older, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a = open(t, c)
	more(t, a, "CS002")
	shut(t, a)
	if err := os.WriteFile(file, older, 0o600); err != nil {
		t.Fatal(err)
	}
	a = open(t, c)
	got := foundBy(t, a)
	only(t, got, "mirror-behind")
	if f := got["mirror-behind"]; !strings.Contains(f.What, "thu-co-so") || !strings.Contains(f.Next, `FROM "thu-co-so"`) {
		t.Errorf("%+v", f)
	}
	if s, err := a.mirrorFigures(t.Context()); err != nil || s.Behind != 1 || s.Lag != 1 {
		t.Errorf("figures %+v, %v", s, err)
	}
	if n := count(a); n != 2 { // as the next step says
		t.Errorf("%d rows", n)
	}
	only(t, foundBy(t, a))
}

// TestFindings_score: kept counts that a recount did not confirm.
func TestFindings_score(t *testing.T) {
	a, _ := sick(t)
	if _, err := a.Scorer.Verify(t.Context(), "thu-co-so"); err != nil {
		t.Fatal(err)
	}
	only(t, foundBy(t, a))
	err := a.Store.Control().Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE score_recounts SET agrees = 0, difference = 'co_so rows 1 2' WHERE dataset = 'thu-co-so'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got := foundBy(t, a)
	only(t, got, "score-differs")
	if f := got["score-differs"]; f.Grave || !strings.Contains(f.What, "thu-co-so (co_so rows 1 2)") {
		t.Errorf("%+v", f)
	}
}

// TestFindings_log: one bit of the log is other than it was written.
func TestFindings_log(t *testing.T) {
	a, c := sick(t)
	for range 3 {
		if _, err := a.Audit.Append(t.Context(), audit.Entry{Actor: audit.Actor{Kind: "program", ID: "thu"}, Action: "operate", Object: "server:", Result: audit.Done}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Audit.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	only(t, foundBy(t, a))
	file := filepath.Join(c.Data, auditDir, "payload", "000000.log")
	text, err := os.ReadFile(file)
	if err != nil || len(text) == 0 {
		t.Fatalf("the log has no entries: %v", err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got := foundBy(t, a)
	only(t, got, "log-broken")
	if !got["log-broken"].Grave {
		t.Error("a broken log is grave")
	}
}

func TestFindings_settings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "phohien.yaml")
	if err := os.WriteFile(file, []byte("database: postgres://u:bi-mat@127.0.0.1/x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	read := func() map[string]Finding {
		_, settings, err := ReadConfig(Sources{File: file})
		if err != nil {
			t.Fatal(err)
		}
		return byID(t, SettingsFindings(settings))
	}
	got := read()
	only(t, got, "settings-open")
	if f := got["settings-open"]; strings.Contains(f.What+f.Next, "bi-mat") {
		t.Errorf("the password is told: %+v", f)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	only(t, read())
}

// TestFindings_disk fills a small disk where the system lets us make one; what
// counts as full is tried with numbers besides.
func TestFindings_disk(t *testing.T) {
	const gb = int64(1) << 30
	for _, one := range []struct {
		free, total int64
		low, grave  bool
	}{{60 * gb, 2000 * gb, false, false}, {30 * gb, 200 * gb, false, false}, {15 * gb, 200 * gb, true, false}, {3 * gb, 200 * gb, true, true}, {gb / 2, 4 * gb, true, true}, {1, 0, false, false}} {
		got := judgeSpace("/x", one.free, one.total)
		if (len(got) > 0) != one.low || one.low && got[0].Grave != one.grave {
			t.Errorf("%d of %d: %+v", one.free, one.total, got)
		}
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Logf("no disk of our own to fill: %v", err)
		return
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	if err := os.WriteFile(filepath.Join(dir, "full"), make([]byte, 4_100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	c := config(dir)
	got := c.spaceFindings()
	if len(got) != 1 || got[0].ID != "disk-low" || !got[0].Grave || !strings.Contains(got[0].What, dir) {
		t.Errorf("%+v", got)
	}
}
