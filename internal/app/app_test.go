package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

func config(dir string) Config {
	c := DefaultConfig()
	c.Data, c.Listen, c.Threads = dir, "127.0.0.1:0", 1
	return c
}

func open(t *testing.T, c Config) *App {
	t.Helper()
	a, err := Open(t.Context(), c, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return a
}

func smallPack(t *testing.T) *pack.Pack {
	t.Helper()
	p, err := pack.Read(os.DirFS(filepath.Join("..", "..", "cmd", "phohien", "testdata", "goi")))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestOpen walks a file through everything, on both engines, closes and opens
// again.
func TestOpen(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, s store.Config) {
		c := config(s.Dir)
		c.Database = s.URL
		a := open(t, c)
		if _, err := a.Packs.Install(t.Context(), actor.System, false, smallPack(t)); err != nil {
			t.Fatal(err)
		}
		r, err := a.Corridor.Send(t.Context(), actor.System, corridor.Request{
			Dataset: "thu-co-so", Name: "a.csv", Body: strings.NewReader("ma,ten\nCS001,Một\nCS002,Hai\nSAI,Ba\n"),
		})
		if err != nil || r.Accepted != 2 || r.Quarantined != 1 {
			t.Fatalf("report %+v, %v", r, err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil { // twice does no harm
			t.Fatal(err)
		}
		a = open(t, c)
		_, obj, err := a.Contracts.Object(t.Context(), "thu-co-so")
		if err != nil {
			t.Fatal(err)
		}
		n, err := a.Truth.Count(t.Context(), obj)
		if err != nil || n != 2 {
			t.Errorf("%d rows after opening again, %v; want 2", n, err)
		}
		h, err := a.Health(t.Context())
		if err != nil || len(h.Engines) != 2 || len(h.Datasets) != 2 || h.Datasets[0].Seq != 1 {
			t.Errorf("health %+v, %v", h, err)
		}
	})
}

// TestOpen_fails: what was opened is given back.
func TestOpen_fails(t *testing.T) {
	c := config(t.TempDir())
	c.Database = "postgres://nobody@127.0.0.1:1/nowhere?connect_timeout=1"
	if a, err := Open(t.Context(), c, "test"); !fault.Is(err, "store.unreachable") {
		t.Fatalf("Open = %v, %v; want store.unreachable", a, err)
	}
	if _, held, err := store.Holder(c.Data); held || err != nil {
		t.Errorf("the folder is still held: %v, %v", held, err)
	}
	c.Database = ""
	open(t, c)
	if _, err := Open(t.Context(), c, "test"); !fault.Is(err, "store.locked") {
		t.Errorf("opened twice: %v, want store.locked", err)
	}
}

// TestDoors: each door asks for the right name and token.
func TestDoors(t *testing.T) {
	a := open(t, config(t.TempDir()))
	for _, c := range []struct {
		method, path, host, token string
		want                      int
	}{
		{"GET", "/healthz", "localhost:8080", "", 200},
		{"GET", "/api/v1/datasets", "localhost", "", 401},
		{"GET", "/api/v1/datasets", "localhost", a.Token(), 200},
		{"GET", "/api/v1/none", "localhost", "", 401},
		{"GET", "/api/v1/none", "localhost", a.Token(), 404},
		{"GET", "/api/v1/units", "localhost", "", 404},
		{"GET", "/api/v1/datasets", "evil.example", "", 421},
		{"GET", "/", "127.0.0.1", "", 401},
		{"GET", "/", "127.0.0.1", a.Token(), 200},
		{"GET", "/batches", "127.0.0.1", "", 401},
		{"GET", "/none", "127.0.0.1", "", 401},
		{"GET", "/", "evil.example", "", 421},
		{"GET", operate.Prefix + "packs", "localhost", "", 401},
		{"GET", operate.Prefix + "packs", "localhost", "wrong", 401},
		{"GET", operate.Prefix + "packs", "evil.example", a.Token(), 421},
		{"GET", operate.Prefix + "packs", "localhost", a.Token(), 200},
		{"GET", operate.Prefix + "health", "localhost", a.Token(), 200},
		{"POST", operate.Prefix + "packs", "localhost", "", 401},
		{"POST", operate.Prefix + "packs", "localhost", a.Token(), 400},
		{"DELETE", operate.Prefix + "packs/none", "localhost", a.Token(), 404},
		{"POST", operate.Prefix + "backup", "localhost", a.Token(), 400},
		{"POST", operate.Prefix + "check", "localhost", a.Token(), 400},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Host = c.host
		if c.token != "" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s %s as %s: %d, want %d: %.300s", c.method, c.path, c.host, w.Code, c.want, w.Body)
		}
	}
}

// TestPacks_hostile: what is no pack is refused, not unpacked.
func TestPacks_hostile(t *testing.T) {
	a := open(t, config(t.TempDir()))
	for name, body := range map[string][]byte{
		"no zip":    []byte("hello"),
		"empty zip": {'P', 'K', 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	} {
		r := httptest.NewRequest("POST", operate.Prefix+"packs", bytes.NewReader(body))
		r.Host = "localhost"
		r.Header.Set("Authorization", "Bearer "+a.Token())
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if w.Code != 400 || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %s", name, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
	}
}

// TestServe: a server that is told to stop ends its streams, lets requests
// finish, and takes its token with it.
func TestServe(t *testing.T) {
	c := config(t.TempDir())
	a := open(t, c)
	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- a.Serve(ctx, func(address string) { ready <- address }) }()
	var address string
	select {
	case address = <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	owner, held, err := store.Holder(c.Data)
	if err != nil || !held || owner.Address != address {
		t.Errorf("holder %+v, %v, %v; want %s", owner, held, err, address)
	}
	token, err := os.ReadFile(owner.TokenFile)
	if err != nil || strings.TrimSpace(string(token)) != a.Token() {
		t.Errorf("token file: %q, %v", token, err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	resp, err := client.Get("http://" + address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
		t.Errorf("healthz: %d, %v", resp.StatusCode, err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Serve = %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the server does not stop")
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(owner.TokenFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the token is left behind: %v", err)
	}
}

func TestServe_portTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := config(t.TempDir())
	c.Listen = l.Addr().String()
	if err := open(t, c).Serve(t.Context(), nil); !fault.Is(err, "config.in-use") {
		t.Errorf("Serve = %v, want config.in-use", err)
	}
}

// TestBackup: a backup holds everything, and a damaged one is refused before
// anything is written.
// nothingReadable looks for a text in all files of a folder.
func nothingReadable(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			t.Errorf("%s lies readable in %s", text, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBackup(t *testing.T) {
	a := open(t, config(t.TempDir()))
	if _, err := a.Packs.Install(t.Context(), actor.System, false, smallPack(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Corridor.Send(t.Context(), actor.System, corridor.Request{
		Dataset: "thu-co-so", Name: "a.csv", Body: strings.NewReader("ma,ten\nCS001,Một\n"),
	}); err != nil {
		t.Fatal(err)
	}
	sealed, _, err := a.Blobs.PutSealed(t.Context(), strings.NewReader("033095001234"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "b")
	if _, err := a.Backup(t.Context(), "relative"); !fault.Is(err, "backup.absolute") {
		t.Errorf("a relative folder: %v", err)
	}
	if _, err := a.Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "new")
	if _, err := Restore(t.Context(), dir, to); err != nil {
		t.Fatal(err)
	}
	// The key is in no backup: it is brought from where it was.
	c := config(to)
	c.MasterKey = a.Config.Data + ".keys/master.key"
	again := open(t, c)
	_, obj, err := again.Contracts.Object(t.Context(), "thu-co-so")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := again.Truth.Count(t.Context(), obj); n != 1 || err != nil {
		t.Errorf("%d rows restored, %v; want 1", n, err)
	}
	// What was sealed came back sealed, and opens with the key alone.
	nothingReadable(t, dir, "033095001234")
	f, err := again.Blobs.Open(sealed)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(f); err != nil || string(text) != "033095001234" {
		t.Errorf("a sealed file came back as %q, %v", text, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	// The log came back, and goes on in a new epoch that names the old end.
	if head := again.Audit.Checkpoint(); head.Epoch != 2 {
		t.Errorf("epoch %d of the log after a restore, want 2", head.Epoch)
	}
	if r, err := audit.Verify(t.Context(), filepath.Join(to, "audit"), again.Audit.Key()); err != nil || len(r.Problems) > 0 {
		t.Errorf("the log after a restore: %+v, %v", r.Problems, err)
	}
	db := filepath.Join(dir, "data", "thu-co-so.db")
	text, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(db, text, 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken")
	if _, err := Restore(t.Context(), dir, broken); !fault.Is(err, "backup.damaged") {
		t.Errorf("a damaged backup: %v, want backup.damaged", err)
	}
	if _, err := os.Stat(broken); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a damaged backup has made %s: %v", broken, err)
	}
}
