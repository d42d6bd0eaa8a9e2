package usage_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/internal/foundation/usage"
)

func open(t testing.TB, s *store.Store, dir string) *usage.Ledger {
	t.Helper()
	ring, err := keys.Open(filepath.Join(dir+".keys", "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := usage.Open(t.Context(), s.Control(), ring, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// number is a personal number of nobody: province 000 does not exist.
func number(i int) string { return fmt.Sprintf("000%09d", i) }

func use(l *usage.Ledger, from, to int) *usage.Use {
	s := l.Subjects()
	for i := from; i < to; i++ {
		s.Add(number(i))
	}
	return &usage.Use{
		Door: "api", Action: "read", Actor: actor.Actor{Kind: "person", ID: "can-bo-1", Name: "Cán bộ một"}, Org: "so-y-te",
		Purpose: "giai-quyet-tthc", Text: "Giải quyết hồ sơ", Basis: "state_19_1_c", Kinds: []string{"personal_id", "health"},
		Dataset: "benh-nhan", Trace: "t1", Subjects: s,
	}
}

var reader = usage.Use{
	Door: "pages", Action: "read-usage", Actor: actor.Actor{Kind: "person", ID: "cong-dan", Name: "Công dân"},
	Purpose: "quyen-chu-the", Basis: "law_19_1_dd",
}

func record(t testing.TB, l *usage.Ledger, u *usage.Use) *usage.Use {
	t.Helper()
	if err := l.Record(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	return u
}

// others gives the ids of a person's lines that are not those of readings.
func others(t testing.TB, l *usage.Ledger, number string) (ids []string) {
	t.Helper()
	page := usage.Page{Limit: 3}
	for {
		list, next, err := l.ForSubject(t.Context(), reader, number, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range list {
			if u.Dataset != usage.Dataset {
				ids = append(ids, u.ID)
			}
		}
		if page.Before = next; next == "" {
			return ids
		}
	}
}

func TestLedger(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := open(t, s, t.TempDir())
		few := record(t, l, use(l, 0, 3))
		singly := record(t, l, use(l, 0, 1000))
		many := record(t, l, use(l, 1, 1002))
		nobody := use(l, 0, 0)
		nobody.Subjects, nobody.Persons = nil, 12
		record(t, l, nobody)
		for _, u := range []*usage.Use{few, singly, many} {
			if u.Persons != u.Subjects.Len() || u.ID == "" {
				t.Errorf("line %q of %d persons, want %d", u.ID, u.Persons, u.Subjects.Len())
			}
		}
		for i, want := range map[int][]string{
			0: {singly.ID, few.ID}, 1: {many.ID, singly.ID, few.ID}, 3: {many.ID, singly.ID}, 1001: {many.ID}, 1002: nil,
		} {
			if got := others(t, l, number(i)); !slices.Equal(got, want) {
				t.Errorf("person %d: %v, want %v", i, got, want)
			}
		}
		// Spaces do not make another person.
		spaced := number(2)[:3] + " " + number(2)[3:]
		if got := others(t, l, spaced); len(got) != 3 {
			t.Errorf("%q: %d lines", spaced, len(got))
		}
		list, _, err := l.ForSubject(t.Context(), reader, number(1001), usage.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if got := list[0]; got.Dataset != usage.Dataset || got.Actor.ID != "cong-dan" {
			t.Errorf("the newest line is not the reading itself: %+v", got)
		}
		got, want := list[len(list)-1], *many
		want.Subjects = nil
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("read back\n%+v, want\n%+v", got, want)
		}
	})
}

func TestList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := open(t, s, t.TempDir())
		for i := range 5 {
			u := use(l, i, i+1)
			u.Actor.ID = fmt.Sprint("can-bo-", i%2)
			record(t, l, u)
		}
		list, next, err := l.List(t.Context(), reader, usage.Filter{Dataset: "benh-nhan", Page: usage.Page{Limit: 4}})
		if err != nil || len(list) != 4 || next != list[3].ID {
			t.Fatalf("%d lines, next %q, %v", len(list), next, err)
		}
		list, next, err = l.List(t.Context(), reader, usage.Filter{Dataset: "benh-nhan", Page: usage.Page{Limit: 4, Before: next}})
		if err != nil || len(list) != 1 || next != "" {
			t.Fatalf("%d lines, next %q, %v", len(list), next, err)
		}
		list, _, err = l.List(t.Context(), reader, usage.Filter{Actor: actor.Actor{Kind: "person", ID: "can-bo-1"}, From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour)})
		if err != nil || len(list) != 2 {
			t.Errorf("%d lines of one person, %v", len(list), err)
		}
		// Each of the three readings has left a line.
		list, _, err = l.List(t.Context(), reader, usage.Filter{Dataset: usage.Dataset})
		if err != nil || len(list) != 4 {
			t.Errorf("%d lines of readings, want 4, %v", len(list), err)
		}
	})
}

func TestRecord_refused(t *testing.T) {
	l := open(t, storetest.Open(t, storetest.SQLite(t)), t.TempDir())
	for want, change := range map[string]func(u *usage.Use){
		"usage.incomplete": func(u *usage.Use) { u.Dataset = "" },
		"usage.no-purpose": func(u *usage.Use) { u.Basis = "" },
		"usage.bad-kind":   func(u *usage.Use) { u.Kinds = []string{"a b"} },
		"usage.long-text":  func(u *usage.Use) { u.Text = strings.Repeat("x", 5000) },
	} {
		u := use(l, 0, 1)
		change(u)
		if err := l.Record(t.Context(), u); !fault.Is(err, want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, _, err := l.ForSubject(t.Context(), usage.Use{Actor: reader.Actor}, number(1), usage.Page{}); !fault.Is(err, "usage.no-purpose") {
		t.Errorf("the ledger was read for no purpose: %v", err)
	}
	if _, err := l.Trim(t.Context(), time.Now().AddDate(0, -6, 0)); !fault.Is(err, "usage.too-early") {
		t.Errorf("half a year was trimmed: %v", err)
	}
}

func TestCounts(t *testing.T) {
	now := time.Date(2026, 11, 22, 16, 59, 0, 0, time.UTC) // 23:59 in Vietnam
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		at := now
		cfg.Now = func() time.Time { return at }
		l := open(t, storetest.Open(t, cfg), t.TempDir())
		record(t, l, use(l, 0, 10))
		record(t, l, use(l, 0, 10))
		at = now.Add(time.Minute)
		open := &usage.Use{Dataset: "benh-nhan", Actor: actor.Actor{Kind: "program", ID: "lgsp"}, Org: "so-y-te"}
		for range 3 {
			record(t, l, open)
		}
		got, err := l.Counts(t.Context(), "", now.AddDate(0, 0, -1), now.AddDate(0, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		want := []usage.Count{
			{Dataset: "benh-nhan", Day: "2026-11-22", Kind: "person", ID: "can-bo-1", Org: "so-y-te", Uses: 2, Persons: 20},
			{Dataset: "benh-nhan", Day: "2026-11-23", Kind: "program", ID: "lgsp", Org: "so-y-te", Uses: 3},
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got, err := l.Counts(t.Context(), "benh-nhan", now, now); err != nil || len(got) != 1 {
			t.Errorf("one day: %+v, %v", got, err)
		}
	})
}

// What tells of no person is counted by agency and program, and no person stands
// in the counts.
func TestSeen(t *testing.T) {
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		at := now
		cfg.Now = func() time.Time { return at }
		s, dir := storetest.Open(t, cfg), t.TempDir()
		l := open(t, s, dir)
		an, binh := actor.Actor{Kind: "person", ID: "an"}, actor.Actor{Kind: "person", ID: "binh"}
		for _, by := range []actor.Actor{an, binh, an} {
			l.Seen("xa", by, "so-noi-vu")
		}
		l.Seen("xa", actor.Actor{Kind: "program", ID: "lgsp"}, "so-y-te")
		l.Seen("xa.thon", actor.Actor{Kind: "public"}, "")
		at = now.AddDate(0, 0, 1)
		l.Seen("xa", an, "so-noi-vu")
		got, err := l.Counts(t.Context(), "", now, at)
		if err != nil {
			t.Fatal(err)
		}
		want := []usage.Count{
			{Dataset: "xa", Day: "2026-11-22", Kind: "person", Org: "so-noi-vu", Uses: 3},
			{Dataset: "xa", Day: "2026-11-22", Kind: "program", ID: "lgsp", Org: "so-y-te", Uses: 1},
			{Dataset: "xa", Day: "2026-11-23", Kind: "person", Org: "so-noi-vu", Uses: 1},
			{Dataset: "xa.thon", Day: "2026-11-22", Kind: "public", Uses: 1},
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		// Personal uses are told beside them, and people of an agency are one consumer.
		record(t, l, use(l, 0, 2))
		l.Seen("benh-nhan", an, "so-y-te")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		again := open(t, s, t.TempDir())
		consumers, err := again.Consumers(t.Context(), now, at)
		if err != nil {
			t.Fatal(err)
		}
		if want := []usage.Consumer{
			{Dataset: "benh-nhan", Kind: "person", Org: "so-y-te", Uses: 2, Last: "2026-11-23"},
			{Dataset: "xa", Kind: "person", Org: "so-noi-vu", Uses: 4, Last: "2026-11-23"},
			{Dataset: "xa", Kind: "program", ID: "lgsp", Org: "so-y-te", Uses: 1, Last: "2026-11-22"},
			{Dataset: "xa.thon", Kind: "public", Uses: 1, Last: "2026-11-22"},
		}; !slices.Equal(consumers, want) {
			t.Errorf("got %+v, want %+v", consumers, want)
		}
	})
}

// Whatever is recorded and forgotten, the ledger answers as a plain list would.
func TestForget_model(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cfg := storetest.SQLite(t)
		s, err := store.Open(t.Context(), cfg)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = s.Close() }() // only read from here on
		l := open(t, s, filepath.Join(cfg.Dir, "usage"))
		lines := map[string]map[int]bool{}
		people := rapid.IntRange(0, 1030)
		for range rapid.IntRange(1, 4).Draw(rt, "lines") {
			from := rapid.IntRange(0, 20).Draw(rt, "from")
			u := record(t, l, use(l, from, rapid.SampledFrom([]int{21, 1000, 1021, 1030}).Draw(rt, "to")))
			lines[u.ID] = map[int]bool{}
			for i := from; i < from+u.Persons; i++ {
				lines[u.ID][i] = true
			}
		}
		for range rapid.IntRange(0, 6).Draw(rt, "times") {
			// Neighbours by number are far apart by hash; some go twice.
			who := people.Draw(rt, "who")
			want := 0
			for _, line := range lines {
				if line[who] {
					want++
				}
				delete(line, who)
			}
			n, err := l.Forget(t.Context(), number(who))
			if err != nil {
				rt.Fatal(err)
			}
			// Lines of readings hold the person too.
			if n < want {
				rt.Fatalf("forgotten in %d lines, want %d at least", n, want)
			}
		}
		for range 8 {
			who := people.Draw(rt, "who")
			var want []string
			for id, line := range lines {
				if line[who] {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			slices.Reverse(want)
			if got := others(t, l, number(who)); !slices.Equal(got, want) {
				rt.Fatalf("person %d: %v, want %v", who, got, want)
			}
		}
	})
}

// Forgetting all persons of a file one by one leaves nobody and the count.
func TestForget_everybody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		dir := t.TempDir()
		l := open(t, s, dir)
		u := record(t, l, use(l, 0, 1001))
		file := filepath.Join(dir, u.Time.Format("2006-01"), u.ID+".subjects")
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(before) != 16+1001*16 {
			t.Fatalf("the file has %d bytes", len(before))
		}
		for i := range 60 {
			if n, err := l.Forget(t.Context(), number(i)); err != nil || n != 1 {
				t.Fatalf("person %d: in %d lines, %v", i, n, err)
			}
		}
		if n, err := l.Forget(t.Context(), number(0)); err != nil || n != 0 {
			t.Errorf("forgotten twice: %d, %v", n, err)
		}
		after, err := os.ReadFile(file)
		if err != nil || len(after) != len(before) {
			t.Fatalf("%d bytes, %v", len(after), err)
		}
		left := map[string]bool{}
		for at := 16; at < len(after); at += 16 {
			left[string(after[at:at+16])] = true
		}
		if len(left) != 1001-60 {
			t.Errorf("%d persons left, want %d", len(left), 1001-60)
		}
		list, _, err := l.List(t.Context(), reader, usage.Filter{Dataset: "benh-nhan"})
		if err != nil || list[0].Persons != 1001 || list[0].Forgotten != 60 {
			t.Errorf("line %+v, %v", list, err)
		}
	})
}

// No personal number is anywhere, and after Forget neither is its hash.
func TestLedger_bytes(t *testing.T) {
	cfg := storetest.SQLite(t)
	s := storetest.Open(t, cfg)
	dir := filepath.Join(cfg.Dir, "usage")
	ring, err := keys.Open(filepath.Join(t.TempDir(), "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := usage.Open(t.Context(), s.Control(), ring, dir)
	if err != nil {
		t.Fatal(err)
	}
	record(t, l, use(l, 7, 8))
	record(t, l, use(l, 0, 2000))
	if found := grep(t, cfg.Dir, []byte(number(7))); len(found) > 0 {
		t.Errorf("the number is in %v", found)
	}
	hash := ring.MAC("usage/subject", []byte(number(7)))[:16]
	text := []byte(rawURL(hash))
	if len(grep(t, cfg.Dir, hash)) != 1 || len(grep(t, cfg.Dir, text)) == 0 {
		t.Fatal("the hash is not where the test looks for it")
	}
	if n, err := l.Forget(t.Context(), number(7)); err != nil || n != 2 {
		t.Fatalf("%d lines, %v", n, err)
	}
	for _, what := range [][]byte{hash, text} {
		if found := grep(t, cfg.Dir, what); len(found) > 0 {
			t.Errorf("the hash is still in %v", found)
		}
	}
}

func grep(t *testing.T, dir string, what []byte) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, what) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestFile_damaged(t *testing.T) {
	dir := t.TempDir()
	l := open(t, storetest.Open(t, storetest.SQLite(t)), dir)
	u := record(t, l, use(l, 0, 2000))
	file := filepath.Join(dir, u.Time.Format("2006-01"), u.ID+".subjects")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string][]byte{
		"cut": whole[:len(whole)-5], "no head": whole[16:], "empty": nil, "another head": append([]byte("phohien-usage-9\n"), whole[16:]...),
	} {
		if err := os.WriteFile(file, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := l.ForSubject(t.Context(), reader, number(1), usage.Page{}); !fault.Is(err, "usage.damaged") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := l.Forget(t.Context(), number(1)); !fault.Is(err, "usage.damaged") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.ForSubject(t.Context(), reader, number(1), usage.Page{}); !fault.Is(err, "usage.damaged") {
		t.Errorf("missing: %v", err)
	}
}

func TestTrim(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		at := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
		cfg.Now = func() time.Time { return at }
		dir := t.TempDir()
		l := open(t, storetest.Open(t, cfg), dir)
		record(t, l, use(l, 0, 5))
		record(t, l, use(l, 0, 2000))
		at = at.AddDate(2, 0, 0)
		kept := record(t, l, use(l, 0, 1500))
		n, err := l.Trim(t.Context(), at.AddDate(-1, 0, -5))
		if err != nil || n != 2 {
			t.Fatalf("%d lines went, %v", n, err)
		}
		if got := others(t, l, number(3)); !slices.Equal(got, []string{kept.ID}) {
			t.Errorf("left %v, want %v", got, kept.ID)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*", "*")); err != nil || len(left) != 1 {
			t.Errorf("files left: %v, %v", left, err)
		}
		if got, err := l.Counts(t.Context(), "benh-nhan", at.AddDate(-3, 0, 0), at); err != nil || len(got) != 2 {
			t.Errorf("counts left: %+v, %v", got, err)
		}
	})
}

// Files that no line names go at the next start; others stay.
func TestOpen_sweeps(t *testing.T) {
	dir := t.TempDir()
	s := storetest.Open(t, storetest.SQLite(t))
	l := open(t, s, dir)
	u := record(t, l, use(l, 0, 2000))
	month := filepath.Join(dir, u.Time.Format("2006-01"))
	for _, name := range []string{"01ARZ3NDEKTSV4RRFFQ69G5FAV.subjects", ".new-123", "note.txt"} {
		if err := os.WriteFile(filepath.Join(month, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l = open(t, s, dir)
	left, err := os.ReadDir(month)
	if err != nil || len(left) != 2 {
		t.Errorf("left %v, %v", left, err)
	}
	if got := others(t, l, number(1)); !slices.Equal(got, []string{u.ID}) {
		t.Errorf("lines %v, want %v", got, u.ID)
	}
}

// Many doors at once: every line that was acknowledged is there.
func TestRecord_together(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := open(t, s, t.TempDir())
		var g sync.WaitGroup
		for i := range 32 {
			g.Go(func() {
				for range 10 {
					if err := l.Record(t.Context(), use(l, i, i+1)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		g.Wait()
		for i := range 32 {
			if got := others(t, l, number(i)); len(got) != 10 {
				t.Errorf("person %d: %d lines, want 10", i, len(got))
			}
		}
		got, err := l.Counts(t.Context(), "benh-nhan", time.Now(), time.Now())
		if err != nil || len(got) != 1 || got[0].Uses != 320 {
			t.Errorf("counts %+v, %v", got, err)
		}
	})
}

func TestRecord_cancelled(t *testing.T) {
	l := open(t, storetest.Open(t, storetest.SQLite(t)), t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Record(ctx, use(l, 0, 1)); err == nil {
		t.Error("acknowledged to somebody who has gone")
	}
}

// The program is killed while it writes; what it had acknowledged is there.
func TestCrash(t *testing.T) {
	if dir := os.Getenv("USAGE_CRASH_DIR"); dir != "" {
		crashChild(t, dir)
		return
	}
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		for round := range 5 {
			acknowledged := crashOnce(t, cfg, time.Duration(20+30*round)*time.Millisecond)
			s, err := store.Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			l := open(t, s, filepath.Join(cfg.Dir, "usage"))
			has := map[string]bool{}
			for _, id := range others(t, l, number(1)) {
				has[id] = true
			}
			for _, id := range acknowledged {
				if !has[id] {
					t.Errorf("round %d: line %s was acknowledged and is gone", round, id)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// crashOnce runs the child for a while after its first line, and kills it.
func crashOnce(t *testing.T, cfg store.Config, after time.Duration) (acknowledged []string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	child.Env = append(os.Environ(), "USAGE_CRASH_DIR="+cfg.Dir, "USAGE_CRASH_URL="+cfg.URL)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		id, ours := strings.CutPrefix(lines.Text(), "acknowledged ")
		if !ours {
			t.Fatalf("the child says %q", lines.Text())
		}
		if acknowledged = append(acknowledged, id); len(acknowledged) == 1 {
			time.AfterFunc(after, func() { _ = child.Process.Kill() })
		}
	}
	if err := child.Wait(); err == nil || len(acknowledged) == 0 {
		t.Fatalf("the child ended by itself after %d lines", len(acknowledged))
	}
	return acknowledged
}

func crashChild(t *testing.T, dir string) {
	s, err := store.Open(t.Context(), store.Config{Dir: dir, URL: os.Getenv("USAGE_CRASH_URL")})
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, s, filepath.Join(dir, "usage"))
	var g sync.WaitGroup
	for i := range 4 {
		g.Go(func() {
			for {
				u := use(l, 0, []int{5, 1200}[i%2])
				if err := l.Record(t.Context(), u); err != nil {
					t.Error(err)
					return
				}
				fmt.Println("acknowledged " + u.ID)
			}
		})
	}
	g.Wait()
}
