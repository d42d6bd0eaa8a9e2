package app

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/internal/foundation/usage"
	"github.com/phohien/phohien/odcs"
)

// The person who is erased, and another.
const (
	erasedNumber = "033095001234"
	otherNumber  = "033199012345"
)

const personsContract = `apiVersion: v3.1.0
kind: DataContract
id: nguoi
name: Người
version: 1.0.0
status: active
schema:
- name: nguoi
  properties:
  - {name: so, logicalType: string, primaryKey: true, businessName: Số định danh, customProperties: [{property: phohien.identifier, value: cccd}]}
  - {name: ten, logicalType: string, required: true, businessName: Họ và tên}
`

// TestErasure puts a person into every room of the program, erases them, and
// looks for the number in every byte under the data folder; then it brings back
// a backup from before.
func TestErasure(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, s store.Config) {
		c := config(s.Dir)
		c.Database, c.MasterKey = s.URL, filepath.Join(t.TempDir(), "master.key")
		a := open(t, c)
		settlePerson(t, a)
		lite := s.URL == ""
		older, newer := filepath.Join(t.TempDir(), "older"), filepath.Join(t.TempDir(), "newer")
		if lite {
			if _, err := a.Backup(t.Context(), older); err != nil {
				t.Fatal(err)
			}
		}
		if lite && !holdsAnywhere(t, c.Data, erasedNumber) {
			t.Fatal("the number is not there to begin with")
		}
		e, err := a.Corridor.Erase(t.Context(), actor.System, "nguoi", erasedNumber, "Điều 4 Luật 91/2025/QH15")
		if err != nil || e.State != corridor.EraseDone {
			t.Fatalf("%+v %+v, %v", e, e.Fault, err)
		}
		if holdsAnywhere(t, c.Data, erasedNumber) {
			t.Error("the number is still there")
		}
		if !holdsAnywhere(t, c.Data, otherNumber) {
			t.Error("the other's number is gone too")
		}
		verified(t, a, 1)
		if !lite {
			return
		}
		if _, err := a.Backup(t.Context(), newer); err != nil {
			t.Fatal(err)
		}
		if holdsAnywhere(t, newer, erasedNumber) {
			t.Error("a backup from afterwards holds the number")
		}

		// The older backup comes back, with the list that the newer one carries.
		to := filepath.Join(t.TempDir(), "back")
		if err := os.MkdirAll(to, 0o700); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(newer, corridor.ErasedName))
		if err != nil || strings.Contains(string(text), erasedNumber) {
			t.Fatalf("list %q, %v", text, err)
		}
		if err := os.WriteFile(filepath.Join(to, corridor.ErasedName), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(t.Context(), older, to); err != nil {
			t.Fatal(err)
		}
		if !holdsAnywhere(t, to, erasedNumber) {
			t.Fatal("the older backup does not hold the number")
		}
		c2 := config(to)
		c2.MasterKey = c.MasterKey
		back := open(t, c2)
		if holdsAnywhere(t, to, erasedNumber) {
			t.Error("a restored backup has brought the number back")
		}
		_, obj, err := back.Contracts.Object(t.Context(), "nguoi")
		if err != nil {
			t.Fatal(err)
		}
		list, err := back.Truth.List(t.Context(), obj, "", 10, record.Latest)
		if err != nil || len(list) != 1 || list[0].Key != otherNumber {
			t.Errorf("rows %+v, %v", list, err)
		}
	})
}

func settlePerson(t *testing.T, a *App) {
	t.Helper()
	doc, err := odcs.Read([]byte(personsContract))
	if err != nil {
		t.Fatal(err)
	}
	if _, findings, err := a.Contracts.Put(t.Context(), actor.System, doc, ""); err != nil {
		t.Fatalf("%v\n%v", err, findings)
	}
	csv := "Số định danh,Họ và tên\n" + erasedNumber + ",Nguyễn Văn An\n" + otherNumber + ",Trần Thị B\n"
	for name, body := range map[string][]byte{
		"a.csv": []byte(csv), "b.xlsx": workbook(t, [][]any{{"Số định danh", "Họ và tên"}, {erasedNumber, "Nguyễn Văn Ánh"}, {"x", ""}}),
		erasedNumber + ".csv": []byte("Số định danh,Họ và tên\n" + erasedNumber + ",\n"),
	} {
		if _, err := a.Corridor.Send(t.Context(), actor.System, corridor.Request{Dataset: "nguoi", Name: name, Body: bytes.NewReader(body), Confirm: true}); err != nil {
			t.Fatal(err)
		}
	}
	_, obj, err := a.Contracts.Object(t.Context(), "nguoi")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Mirror.Follow(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{erasedNumber, otherNumber} {
		if _, err := a.Audit.Append(t.Context(), audit.Entry{
			Actor: audit.Actor{Kind: "person", ID: "an"}, Action: "record.read", Object: "record:nguoi/" + number, Result: audit.Allow, Detail: map[string]string{"filter": "so=" + number},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Usage.Record(t.Context(), &usage.Use{
		Door: "api", Action: "read", Actor: actor.Actor{Kind: "person", ID: "an"}, Purpose: "p", Text: "kiểm tra", Basis: "x", Kinds: []string{"personal_id"}, Dataset: "nguoi",
		Subjects: a.Usage.Subjects(erasedNumber, otherNumber),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.drafts.Begin(t.Context(), actor.System, []ingest.File{{
		ReaderAt: strings.NewReader(csv), Size: int64(len(csv)), Name: "mau.csv", Temp: t.TempDir(), Limits: ingest.DefaultLimits,
	}}, draft.Known{}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"inbox/nguoi/da-nhan/2026-11-22/a.csv": csv, "inbox/nguoi/da-nhan/2026-11-22/b.csv": otherNumber + ",B\n", "tmp/xuat.csv": csv,
	} {
		path := filepath.Join(a.Config.Data, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// verified checks the log, and that so many of its entries are erased.
func verified(t *testing.T, a *App, erased int64) {
	t.Helper()
	if _, err := a.Audit.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := audit.Verify(t.Context(), filepath.Join(a.Config.Data, "audit"), a.Audit.Key())
	if err != nil || len(r.Problems) > 0 || r.Erased != erased {
		t.Errorf("the log: %d erased, %+v, %v", r.Erased, r.Problems, err)
	}
}

// holdsAnywhere looks for a text in the bytes of all files of a folder, their
// names, and what is packed into them.
func holdsAnywhere(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	bare := strings.TrimLeft(text, "0")
	look := func(name string, b []byte) {
		if yes, err := store.ReaderHoldsText(bytes.NewReader(b), bare); err != nil {
			t.Fatal(err)
		} else if yes {
			t.Logf("%s is in %s", text, name)
			found = true
		}
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the log replaces the ends of its tiles
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		look("the name of "+name, []byte(name))
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		look(name, b)
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return nil
		}
		for _, e := range z.File {
			r, err := e.Open()
			if err != nil {
				return err
			}
			inner, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			look(name+"/"+e.Name, inner)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
