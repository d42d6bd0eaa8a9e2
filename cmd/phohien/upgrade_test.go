package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // reads the files of older programs as they are
)

// TestUpgrade opens data folders that older programs have made, and finds in them
// what those have left there: by the bytes of their tables, and by what the
// program answers. testdata/older holds folders of three earlier commits
// (tools/older-folder makes more); PHOHIEN_UPGRADE_FROM names commits to build
// and come from as well (make upgrade-test).
func TestUpgrade(t *testing.T) {
	folders, err := filepath.Glob("testdata/older/*.tar.gz")
	if err != nil || len(folders) < 3 {
		t.Fatalf("older folders: %v, %v", folders, err)
	}
	for commit := range strings.FieldsSeq(os.Getenv("PHOHIEN_UPGRADE_FROM")) {
		made := filepath.Join(t.TempDir(), commit+".tar.gz")
		c := exec.Command("../../tools/older-folder", commit, made)
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("folder of %s: %v\n%s", commit, err, said)
		}
		folders = append(folders, made)
	}
	for _, folder := range folders {
		t.Run(strings.TrimSuffix(filepath.Base(folder), ".tar.gz"), func(t *testing.T) { upgrade(t, folder) })
	}
}

func upgrade(t *testing.T, archive string) {
	u := &upgraded{t: t, dir: t.TempDir()}
	u.unpack(archive)
	u.data = filepath.Join(u.dir, "data")
	before, files := u.tables(), u.files()
	if len(before) < 10 {
		t.Fatalf("only %d tables in the older folder: %v", len(before), slices.Sorted(maps.Keys(before)))
	}

	// The first command opens the folder, and brings it to today's shape.
	u.run(0, "dataset", "list")
	for name, want := range before {
		if len(want.lines) == 0 {
			continue // may have gone, or have another shape
		}
		now := u.tableLike(name, want.columns)
		if slices.Contains(growing, name[strings.LastIndex(name, "/")+1:]) {
			now = slices.DeleteFunc(now, func(row string) bool { return !slices.Contains(want.lines, row) })
		}
		if hashed(now) != hashed(want.lines) {
			t.Errorf("table %s is not what it was (%d rows then)", name, len(want.lines))
		}
	}
	for name, want := range files {
		if got := u.hashOf(name); got != want {
			t.Errorf("file as sent %s is not what it was", name)
		}
	}

	u.answersAsBefore()
	u.goesOn()
	u.run(0, "audit", "verify") // what an older program signed, and what this one has added
}

// An upgraded data folder.
type upgraded struct {
	t         *testing.T
	dir, data string
}

func (u *upgraded) unpack(archive string) {
	u.t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		u.t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		u.t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			u.t.Fatal(err)
		}
		at := filepath.Join(u.dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(at, 0o700)
		} else {
			var content []byte
			if content, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(at, content, 0o600)
			}
		}
		if err != nil {
			u.t.Fatal(err)
		}
	}
}

// run runs a command on the folder and returns what it wrote.
func (u *upgraded) run(want int, args ...string) string {
	u.t.Helper()
	u.t.Setenv("PHOHIEN_DATA", u.data)
	u.t.Setenv("PHOHIEN_THREADS", "1")
	u.t.Setenv("PHOHIEN_LANG", "en")
	var out, said bytes.Buffer
	if got := run(context.Background(), args, streams{strings.NewReader(""), &out, &said}); got != want {
		u.t.Fatalf("phohien %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, want, out.String(), said.String())
	}
	return out.String()
}

// said is what the older program answered.
func (u *upgraded) said(name string) string {
	u.t.Helper()
	text, err := os.ReadFile(filepath.Join(u.dir, "said", name))
	if err != nil {
		u.t.Fatal(err)
	}
	return string(text)
}

// A storedTable is a table as it was: columns may be added to it, never taken from it.
type storedTable struct {
	columns []string
	lines   []string
}

// own are tables that the program keeps for itself and may fill again.
var own = []string{"goose_db_version", "judged", "score_counts"}

// growing are tables that get a row when a newer formula judges what is there.
var growing = []string{"score_history"}

// tables reads every table of every file, by file and name.
func (u *upgraded) tables() map[string]storedTable {
	all := map[string]storedTable{}
	files, err := filepath.Glob(filepath.Join(u.data, "data", "*.db"))
	if err != nil {
		u.t.Fatal(err)
	}
	for _, file := range append(files, filepath.Join(u.data, "control.db")) {
		rel, err := filepath.Rel(u.data, file)
		if err != nil {
			u.t.Fatal(err)
		}
		for _, name := range u.column(file, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`) {
			if slices.Contains(own, name) {
				continue
			}
			columns := u.column(file, `SELECT name FROM pragma_table_info('`+name+`') ORDER BY cid`)
			all[rel+"/"+name] = storedTable{columns, u.lines(file, name, columns)}
		}
	}
	return all
}

// tableLike reads a table again, by the columns that it had.
func (u *upgraded) tableLike(name string, columns []string) []string {
	u.t.Helper()
	at := strings.LastIndex(name, "/")
	return u.lines(filepath.Join(u.data, name[:at]), name[at+1:], columns)
}

func hashed(lines []string) string {
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

func (u *upgraded) column(file, query string) (list []string) {
	u.t.Helper()
	u.query(file, query, func(rows *sql.Rows) error {
		var s string
		err := rows.Scan(&s)
		list = append(list, s)
		return err
	})
	return list
}

// lines reads the rows of a table as SQLite itself quotes them, types included.
func (u *upgraded) lines(file, name string, columns []string) (list []string) {
	u.t.Helper()
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = `quote("` + c + `")`
	}
	return u.column(file, `SELECT `+strings.Join(quoted, ` || '|' || `)+` FROM "`+name+`"`)
}

func (u *upgraded) query(file, query string, each func(*sql.Rows) error) {
	u.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+file+"?mode=ro")
	if err != nil {
		u.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		u.t.Fatalf("%s: %s: %v", file, query, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			u.t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		u.t.Fatal(err)
	}
}

// files hashes the files as sent.
func (u *upgraded) files() map[string]string {
	found, err := filepath.Glob(filepath.Join(u.data, "blob", "*", "*"))
	if err != nil || len(found) == 0 {
		u.t.Fatalf("files as sent: %v, %v", found, err)
	}
	all := map[string]string{}
	for _, f := range found {
		all[f] = u.hashOf(f)
	}
	return all
}

func (u *upgraded) hashOf(name string) string {
	content, err := os.ReadFile(name)
	if err != nil {
		u.t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// answersAsBefore asks what the older program was asked.
func (u *upgraded) answersAsBefore() {
	t := u.t
	if got, want := u.run(0, "query", "--format", "csv", `SELECT ma, ten, loai, so_giuong FROM "thu-co-so" ORDER BY ma`), u.said("rows.csv"); got != want {
		t.Errorf("rows:\n%s\nwere\n%s", got, want)
	}
	if got, want := u.run(0, "query", "--format", "csv", `SELECT ngay, gia_tri FROM "thu-so-do" ORDER BY ngay`), u.said("measured.csv"); got != want {
		t.Errorf("rows:\n%s\nwere\n%s", got, want)
	}
	names := []string{"Line", "Batch", "ma", "ten", "loai", "so_giuong"}
	if got, want := columnsOf(t, u.run(0, "quarantine", "export", "thu-co-so"), names), columnsOf(t, u.said("quarantine.csv"), names); got != want || strings.Count(got, "\n") != 4 {
		t.Errorf("quarantine:\n%s\nwas\n%s", got, want)
	}
	if got, want := batchesOf(t, u.run(0, "batch", "list", "--json")), batchesOf(t, u.said("batches.json")); got != want || strings.Count(got, "\n") < 8 {
		t.Errorf("batches:\n%s\nwere\n%s", got, want)
	}
	got, want := scoresOf(t, u.run(0, "dataset", "show", "thu-co-so", "--json")), scoresOf(t, u.said("dataset.json"))
	if got.contract != want.contract {
		t.Errorf("%s\nwas\n%s", got.contract, want.contract)
	}
	if got.formula == want.formula && got.values != want.values { // another formula may come to another result
		t.Errorf("scores by %s:\n%s\nwere\n%s", got.formula, got.values, want.values)
	}
}

// columnsOf reads the named columns of a CSV.
func columnsOf(t *testing.T, text string, names []string) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v in %q", err, text)
	}
	var out strings.Builder
	for _, row := range rows[1:] {
		for _, n := range names {
			at := slices.Index(rows[0], n)
			if at < 0 {
				t.Fatalf("no column %s in %v", n, rows[0])
			}
			out.WriteString(row[at] + "|")
		}
		out.WriteString("\n")
	}
	return out.String()
}

// batchesOf is what may not change of a list of batches.
func batchesOf(t *testing.T, text string) string {
	t.Helper()
	var list struct {
		Items []struct {
			Batch, Dataset, State, Kind, Name, Received string
			Report                                      struct{ Read, Accepted, Quarantined, Inserted, Updated, Withdrawn, Unchanged, Seq int64 }
		}
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, b := range list.Items {
		fmt.Fprintf(&out, "%+v\n", b)
	}
	return out.String()
}

// scores are what may not change of a data set.
type scores struct{ contract, formula, values string }

func scoresOf(t *testing.T, text string) (s scores) {
	t.Helper()
	var d struct {
		ID, Name, Version, Status, Pack string
		Rows, Seq, Quarantined          int64
		Fields                          []struct{ Name, Title, Type string }
		Quality                         struct {
			Formula  string
			Overall  float64
			Criteria []struct {
				ID    string
				Value *float64
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	s.formula = d.Quality.Formula
	s.values = fmt.Sprintf("%.6f", d.Quality.Overall)
	for _, c := range d.Quality.Criteria {
		if c.Value != nil {
			s.values += fmt.Sprintf(" %s %.6f", c.ID, *c.Value)
		}
	}
	s.contract = fmt.Sprintf("%s %s %s %s %s %d %d %d %+v", d.ID, d.Name, d.Version, d.Status, d.Pack, d.Rows, d.Seq, d.Quarantined, d.Fields)
	return s
}

// goesOn works on in the folder: what older batches left can be mended, undone and
// confirmed, and what is read as of an earlier batch is what it was.
func (u *upgraded) goesOn() {
	t := u.t
	mended := filepath.Join(u.dir, "mended.csv")
	if err := os.WriteFile(mended, []byte("ma,ten,loai,so_giuong\nCS201,Trạm y tế đã bổ sung,tyt,3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u.run(0, "load", "thu-co-so", mended)
	if got := columnsOf(t, u.run(0, "quarantine", "export", "thu-co-so"), []string{"ma"}); strings.Contains(got, "CS201") || strings.Count(got, "\n") != 3 {
		t.Errorf("quarantine after one line was mended:\n%s", got)
	}
	var list struct {
		Items []struct{ Batch, State, Name string }
	}
	if err := json.Unmarshal([]byte(u.said("batches.json")), &list); err != nil {
		t.Fatal(err)
	}
	for _, b := range list.Items {
		switch {
		case b.Name == "l7.csv":
			u.run(0, "batch", "undo", b.Batch)
			if got := u.run(0, "query", "--format", "csv", `SELECT count(*) AS n FROM "thu-co-so" WHERE ma = 'CS204'`); got != "n\n0\n" {
				t.Errorf("an older batch is not undone: %q", got)
			}
		case b.State == "held":
			u.run(0, "batch", "confirm", b.Batch)
			if got := u.run(0, "query", "--format", "csv", `SELECT ma FROM "thu-co-so"`); got != "ma\nCS200\n" {
				t.Errorf("a held batch of the older program, confirmed, leaves %q", got)
			}
		}
	}
	if said := u.run(0, "doctor"); !strings.Contains(said, "thu-co-so") {
		t.Errorf("doctor: %s", said)
	}
}
