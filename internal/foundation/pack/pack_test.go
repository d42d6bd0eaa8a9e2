package pack_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

var clerk = actor.Actor{Kind: "person", ID: "an"}

func folder(files ...string) fs.FS {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

const manifest = "id: %s\nname: Gói %s\nversion: %s\n"

func read(t *testing.T, files fs.FS) *pack.Pack {
	t.Helper()
	p, err := pack.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRead(t *testing.T) {
	p := read(t, folder("pack.yaml", "id: a\nname: A\nversion: 1.0.0\n", "x/b.yaml", "kind: Note\nid: b\n", "x/a.yml", "kind: Note\nid: a\n",
		"data/a.csv", "code\n1\n", ".git/config.yaml", "no kind", "README.md", "words"))
	if p.ID != "a" || len(p.Documents) != 2 || p.Documents[0].Path != "x/a.yml" || p.Documents[1].Kind != "Note" {
		t.Errorf("pack %+v", p)
	}
	if text, err := p.File("./data/a.csv"); err != nil || string(text) != "code\n1\n" {
		t.Errorf("file %q %v", text, err)
	}
	if !p.Has("data/a.csv") || p.Has("data") || p.Has("../pack.yaml") {
		t.Error("Has")
	}
	if _, err := p.File("../pack.yaml"); err == nil {
		t.Error("a file outside the pack can be read")
	}
	other := read(t, folder("pack.yaml", "id: a\nname: A\nversion: 1.0.0\n", "data/a.csv", "code\n2\n"))
	if other.Digest == p.Digest {
		t.Error("packs that differ have one digest")
	}
}

func TestReadRefuses(t *testing.T) {
	good := "id: a\nname: A\nversion: 1.0.0\n"
	for _, c := range []struct {
		files fs.FS
		path  string
		line  int
		says  string
	}{
		{folder(), "pack.yaml", 0, "no pack.yaml"},
		{folder("pack.yaml", ""), "pack.yaml", 0, "empty"},
		{folder("pack.yaml", good+"colour: red\n"), "pack.yaml", 4, "colour"},
		{folder("pack.yaml", good+"id: b\n"), "pack.yaml", 4, "id"},
		{folder("pack.yaml", "id: A\nname: A\nversion: 1\n"), "pack.yaml", 1, "id"},
		{folder("pack.yaml", "id: a\nversion: 1\n"), "pack.yaml", 1, "name"},
		{folder("pack.yaml", "id: a\nname: A\n"), "pack.yaml", 1, "version"},
		{folder("pack.yaml", good+"requires: [a]\n"), "pack.yaml", 1, "requires"},
		{folder("pack.yaml", good, "x.yaml", "id: x\n"), "x.yaml", 1, "kind"},
		{folder("pack.yaml", good, "x.yaml", "kind: [\n"), "x.yaml", 1, "YAML"},
		{folder("pack.yaml", good, "x.yaml", "kind: \xff\n"), "x.yaml", 1, "UTF-8"},
		{folder("pack.yaml", good, "x.yaml", "kind: "+strings.Repeat("[", 100000)), "x.yaml", 1, "nested"},
		{folder("pack.yaml", good, "x.yaml", "kind: Note\n#"+strings.Repeat("x", 4<<20)), "x.yaml", 0, "larger"},
	} {
		_, err := pack.Read(c.files)
		var r *pack.Refusal
		if !errors.As(err, &r) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", c.says, err)
			continue
		}
		if p := r.Problems[0]; p.Path != c.path || p.Line != c.line || !strings.Contains(p.MessageEn, c.says) || p.MessageVi == "" {
			t.Errorf("want %s:%d %q, got %+v", c.path, c.line, c.says, p)
		}
	}
}

// notes is a kind for tests: each document is one line "id: …", kept in memory
// of the test and in a table, so that a rollback shows.
type notes struct{ fails bool }

func (notes) Name() string { return "Note" }

func (notes) Diff(ctx context.Context, tx *store.Tx, p *pack.Pack, docs []pack.Document) ([]pack.Change, []pack.Problem, error) {
	var changes []pack.Change
	var problems []pack.Problem
	have, err := of(ctx, tx, p.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range docs {
		_, id, ok := strings.Cut(strings.TrimSpace(string(d.Text)), "id: ")
		if !ok {
			problems = append(problems, pack.Problem{Path: d.Path, Line: 1, Severity: "error", MessageVi: "thiếu id", MessageEn: "no id"})
			continue
		}
		c := pack.Change{Kind: "Note", ID: id, Action: pack.Added}
		if have[id] {
			c.Action = pack.Same
			delete(have, id)
		}
		changes = append(changes, c)
	}
	for id := range have {
		changes = append(changes, pack.Change{Kind: "Note", ID: id, Action: pack.Removed, Breaking: true})
	}
	return changes, problems, nil
}

func of(ctx context.Context, tx *store.Tx, packID string) (map[string]bool, error) {
	if _, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, pack TEXT NOT NULL)`); err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT id FROM notes WHERE pack = $1`, packID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	have := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		have[id] = true
	}
	return have, rows.Err()
}

func (n notes) Apply(ctx context.Context, tx *store.Tx, _ actor.Actor, p *pack.Pack, changes []pack.Change) error {
	for _, c := range changes {
		var err error
		switch c.Action {
		case pack.Added:
			_, err = tx.ExecContext(ctx, `INSERT INTO notes (id, pack) VALUES ($1, $2)`, c.ID, p.ID)
		case pack.Removed:
			_, err = tx.ExecContext(ctx, `DELETE FROM notes WHERE id = $1`, c.ID)
		}
		if err != nil {
			return err
		}
	}
	if n.fails {
		return errors.New("no more")
	}
	return nil
}

func (notes) Remove(ctx context.Context, tx *store.Tx, _ actor.Actor, packID string) ([]pack.Change, error) {
	have, err := of(ctx, tx, packID)
	if err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM notes WHERE pack = $1`, packID)
	return make([]pack.Change, len(have)), err
}

func count(t *testing.T, s *store.Store) (n int) {
	t.Helper()
	err := s.Control().Write(context.Background(), func(tx *store.Tx) error {
		if _, err := of(context.Background(), tx, ""); err != nil { // makes the table
			return err
		}
		return tx.QueryRow(`SELECT count(*) FROM notes`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func simple(t *testing.T, id, more string, ids ...string) *pack.Pack {
	t.Helper()
	files := []string{"pack.yaml", fmt.Sprintf(manifest, id, id, "1.0.0") + more}
	for _, n := range ids {
		files = append(files, n+".yaml", "kind: Note\nid: "+n)
	}
	return read(t, folder(files...))
}

func TestInstall(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		packs := pack.New(s.Control(), notes{})
		base, sector := simple(t, "goc", "", "m", "n"), simple(t, "nganh", "requires: [goc]\n", "k")

		if _, err := packs.Install(ctx, clerk, false, sector); !fault.Is(err, "pack.requires") {
			t.Errorf("without what it requires: %v", err)
		}
		plans, err := packs.Diff(ctx, sector, base)
		if err != nil || len(plans) != 2 || plans[0].ID != "goc" || plans[0].Empty() {
			t.Fatalf("plans %+v %v", plans, err)
		}
		if n := count(t, s); n != 0 {
			t.Fatalf("looking left %d rows", n)
		}
		broken := read(t, folder("pack.yaml", fmt.Sprintf(manifest, "hong", "hong", "1"), "a.yaml", "kind: Note\nid: a", "b.yaml", "kind: Note"))
		if _, err := packs.Install(ctx, clerk, false, base, broken); fault.KindOf(err) != fault.Invalid || count(t, s) != 0 {
			t.Errorf("one good and one broken pack: %v, %d rows", err, count(t, s))
		}
		strange := read(t, folder("pack.yaml", fmt.Sprintf(manifest, "la", "la", "1"), "a.yaml", "kind: Tale"))
		var r *pack.Refusal
		if _, err := packs.Install(ctx, clerk, false, strange); !errors.As(err, &r) || r.Problems[0].Path != "a.yaml" {
			t.Errorf("an unknown kind: %v", err)
		}
		if _, err := pack.New(s.Control(), notes{fails: true}).Install(ctx, clerk, false, base); err == nil || count(t, s) != 0 {
			t.Errorf("a kind that fails: %v, %d rows", err, count(t, s))
		}

		if _, err := packs.Install(ctx, clerk, false, sector, base); err != nil {
			t.Fatal(err)
		}
		list, err := packs.List(ctx)
		if err != nil || len(list) != 2 || list[0].ID != "goc" || list[1].Requires[0] != "goc" || list[0].InstalledBy != "an" || count(t, s) != 3 {
			t.Fatalf("installed %+v %v", list, err)
		}

		less := simple(t, "goc", "", "m")
		if plans, err := packs.Install(ctx, clerk, false, less); !fault.Is(err, "pack.breaking") || len(plans) != 1 || !plans[0].Breaking() || count(t, s) != 3 {
			t.Errorf("a breaking upgrade without consent: %v", err)
		}
		if _, err := packs.Install(ctx, clerk, true, less); err != nil || count(t, s) != 2 {
			t.Errorf("with consent: %v", err)
		}

		if gone, err := packs.Contents(ctx, "goc"); err != nil || len(gone) != 1 || count(t, s) != 2 {
			t.Errorf("what it has brought: %+v %v, %d rows are left", gone, err, count(t, s))
		}
		if _, err := packs.Remove(ctx, clerk, "goc"); !fault.Is(err, "pack.needed") {
			t.Errorf("removing what another requires: %v", err)
		}
		if _, err := packs.Contents(ctx, "khong-co"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("the contents of an unknown pack: %v", err)
		}
		if _, err := packs.Remove(ctx, clerk, "khong-co"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("removing an unknown pack: %v", err)
		}
		for _, id := range []string{"nganh", "goc"} {
			if _, err := packs.Remove(ctx, clerk, id); err != nil {
				t.Fatal(err)
			}
		}
		if list, err = packs.List(ctx); err != nil || len(list) != 0 || count(t, s) != 0 {
			t.Errorf("after all are removed: %+v %v", list, err)
		}
	})
}

func TestOrder(t *testing.T) {
	a, b := simple(t, "a", "requires: [b]\n"), simple(t, "b", "requires: [a]\n")
	if _, err := pack.Order([]*pack.Pack{a, b}); !fault.Is(err, "pack.circle") {
		t.Errorf("a circle: %v", err)
	}
	if _, err := pack.Order([]*pack.Pack{a, a}); !fault.Is(err, "pack.twice") {
		t.Errorf("twice: %v", err)
	}
	c, d := simple(t, "c", "requires: [e, d]\n"), simple(t, "d", "requires: [e]\n")
	e := simple(t, "e", "")
	got, err := pack.Order([]*pack.Pack{c, d, e})
	if err != nil || got[0] != e || got[1] != d || got[2] != c {
		t.Errorf("order %v %v", got, err)
	}
}
