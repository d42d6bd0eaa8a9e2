package keys_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

func ring(t testing.TB, path string) *keys.Ring {
	t.Helper()
	r, err := keys.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func vault(t testing.TB, s *store.Store, path string) *keys.Vault {
	t.Helper()
	v, err := keys.OpenVault(t.Context(), s.Control(), ring(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func masterIn(t testing.TB) string { return filepath.Join(t.TempDir(), "master.key") }

func seal(t testing.TB, v *keys.Vault, purpose, plain, aad string) []byte {
	t.Helper()
	b, err := v.Seal(t.Context(), purpose, []byte(plain), []byte(aad))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func opens(t testing.TB, v *keys.Vault, purpose string, sealed []byte, aad, want string) {
	t.Helper()
	got, err := v.Open(t.Context(), purpose, sealed, []byte(aad))
	if err != nil || string(got) != want {
		t.Fatalf("opens as %q, %v, want %q", got, err, want)
	}
}

// What earlier versions derived stays what it was.
func TestRing_fixed(t *testing.T) {
	path := masterIn(t)
	if err := os.WriteFile(path, bytes.Repeat([]byte{7}, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	r := ring(t, path)
	const want = "9d642938"
	if got := hex.EncodeToString(r.MAC("slips", []byte("x"))[:4]); got != want {
		t.Errorf("MAC is %s, was %s", got, want)
	}
	if bytes.Equal(r.Key("a"), r.Key("b")) {
		t.Error("two purposes have one key")
	}
	if !r.Signer("audit").Equal(r.Signer("audit")) || r.Signer("audit").Equal(r.Signer("x")) {
		t.Error("signers do not follow their purpose")
	}
	// The same key typed in hexadecimal, as a credential may be.
	if err := os.WriteFile(path, []byte(strings.Repeat("07", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ring(t, path).Key("a"), r.Key("a")) {
		t.Error("hexadecimal is another key")
	}
	for _, broken := range []string{"", "short", strings.Repeat("x", 64), strings.Repeat("x", 33)} {
		if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Open(path); err == nil {
			t.Errorf("%q is a master key", broken)
		}
	}
}

func TestOpen_atOnce(t *testing.T) {
	path := masterIn(t)
	var mu sync.Mutex
	seen := map[string]bool{}
	var g sync.WaitGroup
	for range 16 {
		g.Go(func() {
			r, err := keys.Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			seen[string(r.Key("x"))] = true
		})
	}
	if g.Wait(); len(seen) != 1 {
		t.Errorf("%d master keys", len(seen))
	}
}

func TestVault_generations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		path := masterIn(t)
		v := vault(t, s, path)
		first := seal(t, v, "benh-nhan", "số định danh", "dòng 1")
		if len(first) != len("số định danh")+keys.Overhead || bytes.Contains(first, []byte("định")) {
			t.Errorf("sealed as %q", first)
		}
		blind, err := v.Blind(t.Context(), "benh-nhan", []byte("a"))
		if err != nil {
			t.Fatal(err)
		}
		var sealed [][]byte
		for range 3 {
			if err := v.Rotate(t.Context(), "benh-nhan"); err != nil {
				t.Fatal(err)
			}
			b := seal(t, v, "benh-nhan", "x", "")
			for _, other := range append(sealed, first) {
				if bytes.Equal(b[1:9], other[1:9]) {
					t.Fatal("a rotation changed nothing")
				}
			}
			sealed = append(sealed, b)
		}
		for name, v := range map[string]*keys.Vault{"same": v, "anew": vault(t, s, path)} {
			opens(t, v, "benh-nhan", first, "dòng 1", "số định danh")
			for _, b := range sealed {
				opens(t, v, "benh-nhan", b, "", "x")
			}
			if again, err := v.Blind(t.Context(), "benh-nhan", []byte("a")); err != nil || again != blind {
				t.Errorf("%s: blind value has changed: %v", name, err)
			}
			if other, err := v.Blind(t.Context(), "ho-ngheo", []byte("a")); err != nil || other == blind {
				t.Errorf("%s: two purposes blind alike: %v", name, err)
			}
		}
		// Moved, taken for another purpose, changed anywhere, cut: it does not open.
		bad := map[string]func() ([]byte, error){
			"another place":   func() ([]byte, error) { return v.Open(t.Context(), "benh-nhan", first, []byte("dòng 2")) },
			"another purpose": func() ([]byte, error) { return v.Open(t.Context(), "ho-ngheo", first, []byte("dòng 1")) },
			"nothing":         func() ([]byte, error) { return v.Open(t.Context(), "benh-nhan", nil, nil) },
		}
		for name, open := range bad {
			if _, err := open(); !fault.Is(err, "keys.not-sealed") {
				t.Errorf("%s: %v", name, err)
			}
		}
		for i := range first {
			wrong := bytes.Clone(first)
			wrong[i] ^= 1
			if _, err := v.Open(t.Context(), "benh-nhan", wrong, []byte("dòng 1")); !fault.Is(err, "keys.not-sealed") {
				t.Fatalf("byte %d can be changed: %v", i, err)
			}
			if _, err := v.Open(t.Context(), "benh-nhan", first[:i], []byte("dòng 1")); !fault.Is(err, "keys.not-sealed") {
				t.Fatalf("cut to %d: %v", i, err)
			}
		}
		for _, purpose := range []string{"", "a\nb", strings.Repeat("x", 300)} {
			if _, err := v.Seal(t.Context(), purpose, nil, nil); !fault.Is(err, "keys.bad-purpose") {
				t.Errorf("purpose %q: %v", purpose, err)
			}
		}
	})
}

func TestVault_shred(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		at := time.Now()
		cfg.Now = func() time.Time { return at }
		s := storetest.Open(t, cfg)
		path := masterIn(t)
		v, elsewhere := vault(t, s, path), vault(t, s, path)
		sealed, other := seal(t, v, "a", "x", ""), seal(t, v, "b", "y", "")
		blind, err := v.Blind(t.Context(), "a", nil)
		if err != nil {
			t.Fatal(err)
		}
		opens(t, elsewhere, "a", sealed, "", "x")
		if err := v.Shred(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Minute) // what another node holds in memory is gone by then
		for name, v := range map[string]*keys.Vault{"here": v, "elsewhere": elsewhere, "anew": vault(t, s, path)} {
			if _, err := v.Open(t.Context(), "a", sealed, nil); !fault.Is(err, "keys.shredded") {
				t.Errorf("%s: %v", name, err)
			}
			opens(t, v, "b", other, "", "y")
		}
		if again, err := v.Blind(t.Context(), "a", nil); err != nil || again == blind {
			t.Errorf("blind values are found after their key was destroyed: %v", err)
		}
		opens(t, v, "a", seal(t, v, "a", "new", ""), "", "new")
		err = s.Control().Read(t.Context(), func(tx *store.Tx) error {
			var n int
			err := tx.QueryRowContext(t.Context(), `SELECT count(*) FROM keys WHERE state = 'shredded' AND wrapped <> ''`).Scan(&n)
			if n > 0 {
				t.Errorf("%d destroyed keys are there", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestVault_wrongMaster(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		path := masterIn(t)
		seal(t, vault(t, s, path), "a", "x", "")
		if _, err := keys.OpenVault(t.Context(), s.Control(), ring(t, masterIn(t))); !fault.Is(err, "keys.wrong-master") {
			t.Errorf("opened with another master: %v", err)
		}
		vault(t, s, path)
	})
}

func TestVault_damaged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		path := masterIn(t)
		v := vault(t, s, path)
		sealed := seal(t, v, "a", "x", "")
		other := seal(t, v, "b", "y", "")
		set := func(query string, args ...any) {
			t.Helper()
			err := s.Control().Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.ExecContext(t.Context(), query, args...)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		var good string
		err := s.Control().Read(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRowContext(t.Context(), `SELECT wrapped FROM keys WHERE kind = 'seal' AND purpose = 'a'`).Scan(&good)
		})
		if err != nil {
			t.Fatal(err)
		}
		flipped := []byte(good)
		flipped[20] ^= 1
		for name, wrapped := range map[string]string{"flipped": string(flipped), "cut": good[:8], "not base64": "!!!", "empty": ""} {
			set(`UPDATE keys SET wrapped = $1 WHERE kind = 'seal' AND purpose = 'a'`, wrapped)
			if _, err := vault(t, s, path).Open(t.Context(), "a", sealed, nil); !fault.Is(err, "keys.damaged") {
				t.Errorf("%s: %v", name, err)
			}
		}
		// A key put into another's row does not open there.
		set(`UPDATE keys SET wrapped = $1 WHERE kind = 'seal' AND purpose = 'b'`, good)
		fresh := vault(t, s, path)
		if _, err := fresh.Open(t.Context(), "b", other, nil); !fault.Is(err, "keys.damaged") {
			t.Errorf("moved: %v", err)
		}
		findings, err := fresh.Check(t.Context())
		if err != nil || len(findings) != 2 || findings[0].Key != "keys.damaged" || findings[1].Key != "keys.damaged" {
			t.Errorf("doctor finds %v, %v", findings, err)
		}
		set(`UPDATE keys SET wrapped = $1 WHERE kind = 'seal' AND purpose = 'a'`, good)
		opens(t, vault(t, s, path), "a", sealed, "", "x")
	})
}

func TestVault_rotateMaster(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		path := masterIn(t)
		v := vault(t, s, path)
		sealed := seal(t, v, "a", "x", "")
		mac := v.Ring().MAC("p", nil)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.RotateMaster(t.Context()); err != nil {
			t.Fatal(err)
		}
		after, err := os.ReadFile(path)
		if err != nil || bytes.Equal(before, after) {
			t.Fatalf("the master is as before, %v", err)
		}
		for name, v := range map[string]*keys.Vault{"same": v, "anew": vault(t, s, path)} {
			opens(t, v, "a", sealed, "", "x")
			opens(t, v, "new "+name, seal(t, v, "new "+name, "y", ""), "", "y")
			if !bytes.Equal(v.Ring().MAC("p", nil), mac) {
				t.Errorf("%s: what was derived has changed", name)
			}
		}
		old := masterIn(t)
		if err := os.WriteFile(old, before, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.OpenVault(t.Context(), s.Control(), ring(t, old)); !fault.Is(err, "keys.wrong-master") {
			t.Errorf("the old master opens: %v", err)
		}

		// A crash after the keys were wrapped, before the file took its place.
		next := ring(t, path+".next")
		if err := v.Rewrap(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		opens(t, vault(t, s, path), "a", sealed, "", "x")
		if _, err := os.Stat(path + ".next"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the new master did not take its place: %v", err)
		}
		opens(t, vault(t, s, path), "a", sealed, "", "x")

		// A crash before: the new master has wrapped nothing and is made again.
		ring(t, path+".next")
		v = vault(t, s, path)
		opens(t, v, "a", sealed, "", "x")
		if err := v.RotateMaster(t.Context()); err != nil {
			t.Fatal(err)
		}
		opens(t, vault(t, s, path), "a", sealed, "", "x")
	})
}

// An installation from before the vault keeps what was derived.
func TestVault_root(t *testing.T) {
	path := masterIn(t)
	ring(t, path)
	old := ring(t, path) // opened, not made
	s := storetest.Open(t, storetest.SQLite(t))
	v, err := keys.OpenVault(t.Context(), s.Control(), old)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(v.Ring().Key("slips"), old.Key("slips")) {
		t.Error("what was derived from the master has changed")
	}
	// A new one does not hang on its first master.
	newly := ring(t, masterIn(t))
	v, err = keys.OpenVault(t.Context(), storetest.Open(t, storetest.SQLite(t)).Control(), newly)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(v.Ring().Key("slips"), newly.Key("slips")) {
		t.Error("the root of a new installation is its master")
	}
}

// Sealing, rotating, destroying and rewrapping in any order: what was sealed
// opens exactly until its purpose is destroyed.
func TestVault_model(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	path := masterIn(t)
	v := vault(t, s, path)
	type value struct {
		purpose, plain, aad string
		sealed              []byte
		gone                bool
	}
	rapid.Check(t, func(rt *rapid.T) {
		var all []*value
		run := rapid.StringMatching(`[a-z]{12}`).Draw(rt, "run")
		purpose := rapid.SampledFrom([]string{run + "1", run + "2"})
		for range rapid.IntRange(1, 15).Draw(rt, "steps") {
			switch p := purpose.Draw(rt, "purpose"); rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0:
				if err := v.Rotate(t.Context(), p); err != nil {
					rt.Fatal(err)
				}
			case 1:
				if err := v.Shred(t.Context(), p); err != nil {
					rt.Fatal(err)
				}
				for _, x := range all {
					x.gone = x.gone || x.purpose == p
				}
			case 2:
				v = vault(t, s, path)
			default:
				x := &value{purpose: p, plain: rapid.String().Draw(rt, "plain"), aad: rapid.String().Draw(rt, "aad")}
				x.sealed = seal(t, v, p, x.plain, x.aad)
				all = append(all, x)
			}
		}
		for _, x := range all {
			got, err := v.Open(t.Context(), x.purpose, x.sealed, []byte(x.aad))
			if x.gone && !fault.Is(err, "keys.shredded") || !x.gone && (err != nil || string(got) != x.plain) {
				rt.Fatalf("gone %v: opens as %q, %v, want %q", x.gone, got, err, x.plain)
			}
		}
	})
}

func TestSigning(t *testing.T) {
	const day = 24 * time.Hour
	calendar := keys.Calendar{Use: 30 * day, Ahead: 7 * day, Keep: day}
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		cfg.Now = func() time.Time { return at }
		s := storetest.Open(t, cfg)
		path := masterIn(t)
		v := vault(t, s, path)
		signs := func(list []keys.SigningKey) (k keys.SigningKey) {
			t.Helper()
			for _, one := range list {
				if one.Private != nil {
					if k.Private != nil {
						t.Fatal("two keys sign")
					}
					k = one
				}
			}
			if k.Private == nil {
				t.Fatal("no key signs")
			}
			if !ed25519.Verify(k.Public, []byte("x"), ed25519.Sign(k.Private, []byte("x"))) {
				t.Fatal("the halves do not fit")
			}
			return k
		}
		used := map[string]time.Time{} // last use
		for range 120 {
			list, err := v.Signing(t.Context(), "p", calendar)
			if err != nil {
				t.Fatal(err)
			}
			used[signs(list).ID] = at
			published := map[string]bool{}
			for _, k := range list {
				published[k.ID] = true
			}
			for id, last := range used {
				if at.Sub(last) <= day && !published[id] {
					t.Fatalf("%v: key %s is gone %v after its last use", at, id, at.Sub(last))
				}
				if at.Sub(last) > 3*day && published[id] {
					t.Fatalf("%v: key %s is published %v after its last use", at, id, at.Sub(last))
				}
			}
			at = at.Add(day)
		}
		if len(used) != 4 && len(used) != 5 {
			t.Errorf("%d keys signed in 120 days", len(used))
		}
		// After two years of standing still there is a key at once.
		at = at.Add(700 * day)
		list, err := v.Signing(t.Context(), "p", calendar)
		if err != nil {
			t.Fatal(err)
		}
		gone := signs(list)
		if err := v.RevokeSigning(t.Context(), "p", gone.ID); err != nil {
			t.Fatal(err)
		}
		list, err = vault(t, s, path).Signing(t.Context(), "p", calendar)
		if err != nil {
			t.Fatal(err)
		}
		if signs(list).ID == gone.ID {
			t.Error("a revoked key signs")
		}
		for _, k := range list {
			if k.ID == gone.ID {
				t.Error("a revoked key is published")
			}
		}
		if err := v.RevokeSigning(t.Context(), "p", gone.ID); !fault.Is(err, "keys.unknown") {
			t.Errorf("revoked twice: %v", err)
		}
		// A clock that goes back finds no key rather than a wrong one.
		at = at.Add(-300 * day)
		if _, err := v.Signing(t.Context(), "p", calendar); !fault.Is(err, "keys.clock") {
			t.Errorf("a clock set back: %v", err)
		}
	})
}

func TestLocate(t *testing.T) {
	base := t.TempDir()
	data := filepath.Join(base, "data-demo")
	cred := t.TempDir()
	env := func(pairs ...string) func(string) (string, bool) {
		return func(name string) (string, bool) {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1], true
				}
			}
			return "", false
		}
	}
	locate := func(configured string, env func(string) (string, bool)) keys.Place {
		t.Helper()
		p, err := keys.Locate(data, configured, env)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if got, want := locate("", env()), (keys.Place{Path: filepath.Join(base, "data-demo.keys", "master.key"), Source: keys.FromDefault}); got != want {
		t.Errorf("default: %+v, want %+v", got, want)
	}
	if got := locate(filepath.Join(data, "k"), env()); !got.Inside || got.Source != keys.FromSetting {
		t.Errorf("inside: %+v", got)
	}
	if got := locate(filepath.Join(base, "data-demo2", "k"), env()); got.Inside {
		t.Errorf("a folder of a like name is not inside: %+v", got)
	}
	// Through a link it is inside all the same.
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(base, "link")
	if err := os.Symlink(data, link); err != nil {
		t.Fatal(err)
	}
	if got := locate(filepath.Join(link, "deep", "k"), env()); !got.Inside {
		t.Errorf("through a link: %+v", got)
	}
	if got := locate("", env("CREDENTIALS_DIRECTORY", cred)); got.Source != keys.FromDefault {
		t.Errorf("a folder of credentials without ours: %+v", got)
	}
	if err := os.WriteFile(filepath.Join(cred, keys.Credential), bytes.Repeat([]byte{1}, 32), 0o400); err != nil {
		t.Fatal(err)
	}
	if got := locate(filepath.Join(data, "k"), env("CREDENTIALS_DIRECTORY", cred)); got.Source != keys.FromCredential || got.Inside {
		t.Errorf("credential: %+v", got)
	}
}

func TestOpenAt_moves(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	inside := filepath.Join(data, "keys", "master.key")
	old := ring(t, inside)
	p, err := keys.Locate(data, "", func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	if findings := keys.Check(data, p); len(findings) != 1 || findings[0].Key != "keys.doctor.inside" {
		t.Errorf("doctor finds %v", findings)
	}
	for range 2 {
		r, err := keys.OpenAt(data, p)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(r.Key("x"), old.Key("x")) {
			t.Fatal("the key is another one")
		}
		if _, err := os.Stat(inside); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("the old one is still there: %v", err)
		}
	}
	if findings := keys.Check(data, p); len(findings) > 0 {
		t.Errorf("doctor finds %v", findings)
	}
	if err := os.Chmod(p.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	if findings := keys.Check(data, p); len(findings) != 1 || findings[0].Key != "keys.doctor.open" {
		t.Errorf("doctor finds %v", findings)
	}
	// A crash between the two steps: both are there, and the same.
	same, err := os.ReadFile(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(inside, same, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.OpenAt(data, p); err != nil {
		t.Fatal(err)
	}
	// Two different ones: nobody guesses.
	if err := os.WriteFile(inside, bytes.Repeat([]byte{9}, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.OpenAt(data, p); !fault.Is(err, "keys.two-masters") {
		t.Errorf("two masters: %v", err)
	}
	if left, err := os.ReadFile(inside); err != nil || left[0] != 9 {
		t.Errorf("the second one was touched: %v", err)
	}
	// What systemd hands over is not ours to change.
	given, err := keys.OpenAt(t.TempDir(), keys.Place{Path: p.Path, Source: keys.FromCredential})
	if err != nil {
		t.Fatal(err)
	}
	v, err := keys.OpenVault(t.Context(), storetest.Open(t, storetest.SQLite(t)).Control(), given)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.RotateMaster(t.Context()); !fault.Is(err, "keys.no-file") {
		t.Errorf("a credential was rotated: %v", err)
	}
	cred := keys.Place{Path: p.Path, Source: keys.FromCredential}
	if _, err := keys.OpenAt(data, cred); !fault.Is(err, "keys.two-masters") {
		t.Errorf("two masters, one of systemd: %v", err)
	}
	// Configured inside, at its very place, it stays.
	stay := keys.Place{Path: inside, Source: keys.FromSetting, Inside: true}
	if _, err := keys.OpenAt(data, stay); err != nil {
		t.Error(err)
	}
	if findings := keys.Check(data, stay); len(findings) != 1 || findings[0].Key != "keys.doctor.inside" {
		t.Errorf("doctor finds %v", findings)
	}
}

func TestOpenAt_noPlace(t *testing.T) {
	base := t.TempDir()
	file := filepath.Join(base, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(base, "data")
	if _, err := keys.OpenAt(data, keys.Place{Path: filepath.Join(file, "k", "master.key"), Source: keys.FromSetting}); err == nil {
		t.Error("a key in a folder that cannot be")
	}
	// /proc takes no files, not even from root.
	nowhere := keys.Place{Path: "/proc/self/attr/phohien/master.key", Source: keys.FromSetting}
	if _, err := keys.OpenAt(data, nowhere); err == nil {
		t.Error("a key in a folder that cannot be")
	}
	if findings := keys.Check(data, nowhere); len(findings) != 1 || findings[0].Key != "keys.doctor.missing" {
		t.Errorf("doctor finds %v", findings)
	}
}

func FuzzOpen(f *testing.F) {
	s := storetest.Open(f, storetest.SQLite(f))
	v := vault(f, s, masterIn(f))
	good := seal(f, v, "a", "x", "")
	f.Add([]byte{})
	f.Add([]byte{1})
	f.Add(make([]byte, keys.Overhead))
	f.Add(append([]byte{1}, make([]byte, keys.Overhead)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if bytes.Equal(b, good) {
			return
		}
		if _, err := v.Open(t.Context(), "a", b, nil); !fault.Is(err, "keys.not-sealed") {
			t.Fatalf("%x: %v", b, err)
		}
		// With the key's own name in it, too.
		if len(b) >= keys.Overhead {
			c := bytes.Clone(b)
			copy(c, good[:9])
			if _, err := v.Open(t.Context(), "a", c, nil); !bytes.Equal(c, good) && !fault.Is(err, "keys.not-sealed") {
				t.Fatalf("%x: %v", c, err)
			}
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	v := vault(b, storetest.Open(b, storetest.SQLite(b)), masterIn(b))
	plain := []byte("000000000001")
	for b.Loop() {
		if _, err := v.Seal(b.Context(), "a", plain, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	v := vault(b, storetest.Open(b, storetest.SQLite(b)), masterIn(b))
	sealed := seal(b, v, "a", "000000000001", "")
	for b.Loop() {
		if _, err := v.Open(b.Context(), "a", sealed, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBlinder(b *testing.B) {
	v := vault(b, storetest.Open(b, storetest.SQLite(b)), masterIn(b))
	f, err := v.Blinder(b.Context(), "a")
	if err != nil {
		b.Fatal(err)
	}
	value := []byte("000000000001")
	for b.Loop() {
		f(value)
	}
}
