package corridor_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

// The one who is erased, and one who stays.
const (
	gone  = "033095001234"
	stays = "033199012345"
)

func spelled(s string) [][]byte {
	all := [][]byte{[]byte(s), []byte(strings.TrimLeft(s, "0"))}
	for _, big := range []bool{false, true} {
		var b []byte
		for _, u := range utf16.Encode([]rune(strings.TrimLeft(s, "0"))) {
			if big {
				b = append(b, byte(u>>8), byte(u))
			} else {
				b = append(b, byte(u), byte(u>>8))
			}
		}
		all = append(all, b)
	}
	return all
}

// nowhere looks for a number in the bytes of every file of a folder, and in the
// bytes of what is packed into it.
func (h *house) nowhere(t *testing.T) {
	t.Helper()
	nowhere(t, h.dir, gone)
	if h.store.Engine() == store.SQLite {
		nowhere(t, h.store.Dir(), gone)
	}
}

func nowhere(t *testing.T, dir, number string) {
	t.Helper()
	look := func(name string, text []byte) {
		for _, s := range spelled(number) {
			if i := bytes.Index(text, s); i >= 0 {
				t.Errorf("%s still holds the number: %q", name, text[max(0, i-40):min(len(text), i+40)])
				return
			}
		}
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // of a batch that has just ended
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if strings.Contains(name, number) {
			t.Errorf("a file is called %s", name)
		}
		look(name, text)
		if z, err := zip.NewReader(bytes.NewReader(text), int64(len(text))); err == nil {
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
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files, %v", files, err)
	}
}

// person fills a house with a person in every place that there is.
func (h *house) person(t *testing.T) {
	t.Helper()
	h.put(register)
	head := "Số định danh,Họ và tên,Ngày sinh,Điện thoại\n"
	h.send("dang-ky", head+gone+",Nguyễn Văn An,1995,0912345678\n"+stays+",Trần Thị B,1999,0912345679\n", sure)
	h.send("dang-ky", head+gone+",Nguyễn Văn Anh,1995,0912345678\n", sure) // a version closes
	// As a workbook, the zero lost, and once more where a cell is wrong.
	h.send("dang-ky", "", file("ds-"+gone+".xlsx", book(t, []any{"Số định danh", "Họ và tên", "Ngày sinh"}, []any{33095001234, "Nguyễn Văn Ánh", "1995"}, []any{stays, "Trần Thị B", "1999"})), sure)
	h.send("dang-ky", head+gone+",Nguyễn Văn Ảnh,31/02/1990,\n"+"033305000001,Lê Văn C,31/02/1990,\n", sure)
	h.send("dang-ky", head+"033.095.001.234,,1990,\n", sure)
	// In UTF-16, as Excel saves text.
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(strings.ReplaceAll(head, ",", "\t") + gone + "\tNguyễn Văn Ẩn\t1995\t0912345678\n")) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	h.send("dang-ky", "", file("rong.txt", wide), sure)
	// Waiting for a person, with examples.
	h.send("dang-ky", head+gone+",Nguyễn Văn Mới,1996,\n"+stays+",Trần Thị Mới,1999,\n", preview)
	_, obj, err := h.contracts.Object(t.Context(), "dang-ky")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.mirror.Follow(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	// An export that nobody has fetched.
	exports := filepath.Join(h.dir, "exports")
	if err := os.MkdirAll(exports, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"xuat.csv": gone + ",An\n", "khac.csv": stays + ",B\n"} {
		if err := os.WriteFile(filepath.Join(exports, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func sure(r *corridor.Request) { r.Confirm = true }

func TestEraseLeavesNoByte(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person(t)
		backup := filepath.Join(t.TempDir(), "backup")
		lite := h.store.Engine() == store.SQLite
		if lite {
			h.backup(t, backup)
		}

		e, err := h.Erase(t.Context(), clerk, "dang-ky", gone, "Điều 4 Luật 91/2025/QH15")
		if err != nil {
			t.Fatal(err)
		}
		if e.State != corridor.EraseDone || e.Fault != nil {
			t.Fatalf("%+v %+v", e, e.Fault)
		}
		want := corridor.EraseFound{Found: record.Found{Rows: 1, Versions: 3, Lines: 2}, Originals: 2, Rewritten: 5, Messages: e.Found.Messages, Temporary: 1}
		if e.Found != want || e.Found.Messages == 0 {
			t.Errorf("found %+v instead of %+v", e.Found, want)
		}
		h.nowhere(t)
		if len(h.erased) != 1 || h.erased[0].Trace.Key != gone {
			t.Errorf("others were told %+v", h.erased)
		}
		// Who stays is there, with their line.
		if got := h.rows("dang-ky"); got != stays+": "+stays+" Trần Thị B 1999 <nil> <nil> <nil>\n" {
			t.Errorf("rows\n%s", got)
		}
		if got := h.lines("dang-ky"); !strings.Contains(got, "033305000001") || strings.Count(got, "\n") != 1 {
			t.Errorf("lines\n%s", got)
		}
		if _, err := os.Stat(filepath.Join(h.dir, "exports", "khac.csv")); err != nil {
			t.Error("another's export is gone too")
		}
		h.slip("dang-ky", "") // still made
		// The batch that waited goes on without the person.
		list, _, err := h.Batches(t.Context(), "dang-ky", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if s.State == corridor.Held {
				if s, err = h.Confirm(t.Context(), clerk, s.ID); err != nil {
					t.Fatal(err)
				}
				if s, err = h.Wait(t.Context(), s.ID, func(s corridor.Status) bool { return s.State.Final() }); err != nil || s.Report == nil || s.Report.Read != 1 {
					t.Errorf("confirmed: %+v %+v, %v", s, s.Fault, err)
				}
			}
			if s.Kind == record.KindErase {
				if _, err := h.Undo(t.Context(), clerk, s.ID); !fault.Is(err, "erase.no-undo") {
					t.Errorf("undoing an erasure: %v", err)
				}
			}
		}
		if _, err := h.Erase(t.Context(), clerk, "dang-ky", gone, "x"); !fault.Is(err, "erase.nothing") {
			t.Errorf("erasing again: %v", err)
		}
		h.nowhere(t)
		if lite {
			t.Run("restored", func(t *testing.T) { restored(t, h, backup) })
		}
	})
}

// backup copies databases and files, as package app does.
func (h *house) backup(t *testing.T, to string) {
	t.Helper()
	if _, err := h.store.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(to, "blob"), os.DirFS(filepath.Join(h.dir, "blob"))); err != nil {
		t.Fatal(err)
	}
}

// restored brings an older backup back into a folder where the list of erasures
// is the newer one.
func restored(t *testing.T, old *house, backup string) {
	dir := t.TempDir()
	if _, err := store.Restore(t.Context(), backup, dir); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{filepath.Join(backup, "blob"): "blob", filepath.Join(old.dir, "keys"): "keys"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // a second time adds nothing
		if err := corridor.MergeErased(old.dir, dir); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, corridor.ErasedName))
	if err != nil || bytes.Count(text, []byte("\n")) != 1 {
		t.Fatalf("list of erasures %q, %v", text, err)
	}
	h := open(t, store.Config{Dir: dir}, dir)
	nowhere(t, dir, gone)
	if got := h.rows("dang-ky"); strings.Contains(got, gone) || !strings.Contains(got, stays) {
		t.Errorf("rows\n%s", got)
	}
	list, err := h.Erasures(t.Context(), "", 10)
	if err != nil || len(list) != 1 || list[0].State != corridor.EraseDone {
		t.Errorf("erasures %+v, %v", list, err)
	}
	// Sent again afterwards the person is there again: that is another processing.
	h.send("dang-ky", "Số định danh,Họ và tên\n"+gone+",Nguyễn Văn An\n", sure)
	if got := h.rows("dang-ky"); !strings.Contains(got, gone) {
		t.Errorf("rows\n%s", got)
	}
}

func TestEraseIsRefusedByLaw(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person(t)
		const law = "Điều 12 Luật Kế toán: lưu giữ 10 năm"
		if _, err := h.Hold(t.Context(), clerk, "dang-ky", record.Hold{Key: gone, Kind: record.HoldLegal, Basis: law, Until: "2026-11-30"}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Erase(t.Context(), clerk, "dang-ky", gone, "x"); !fault.Is(err, "erase.kept") || !strings.Contains(fmt.Sprint(fault.Of(err).Args...), law) {
			t.Fatalf("erasing what the law keeps: %v", err)
		}
		_, list, kept, err := h.EraseSubject(t.Context(), clerk, gone, "x")
		if err != nil || len(list) != 0 || len(kept) != 1 || kept[0].Kept[0].Basis != law || kept[0].Kept[0].Key != "" {
			t.Fatalf("%+v %+v, %v", list, kept, err)
		}
		if got := h.rows("dang-ky"); !strings.Contains(got, gone) {
			t.Errorf("rows\n%s", got)
		}
		// The hold lapses by itself, and then it may go.
		if _, err := h.Expire(t.Context(), time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Erase(t.Context(), clerk, "dang-ky", gone, "x"); !fault.Is(err, "erase.kept") {
			t.Fatalf("on the last day: %v", err)
		}
		if _, err := h.Expire(t.Context(), time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		if e, err := h.Erase(t.Context(), clerk, "dang-ky", gone, "x"); err != nil || e.State != corridor.EraseDone {
			t.Fatalf("%+v, %v", e, err)
		}
	})
}

// otherSet names the person in a column that is no key.
const otherSet = `apiVersion: v3.1.0
kind: DataContract
id: ho-so
version: 1.0.0
status: active
schema:
- name: ho_so
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - {name: chu, logicalType: string, customProperties: [{property: phohien.identifier, value: cccd}]}
  - {name: viec, logicalType: string}
`

func TestEraseSubject(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person(t)
		h.put(otherSet)
		h.send("ho-so", "ma,chu,viec\n1,"+gone+",a\n2,"+stays+",b\n3,"+gone+",c\n")
		h.send("ho-so", "ma,chu,viec\n3,"+stays+",c\n", sure) // only an older version is theirs
		if _, err := h.PlanSubject(t.Context(), "123"); !fault.Is(err, "erase.number") {
			t.Errorf("a short number: %v", err)
		}
		plan, err := h.PlanSubject(t.Context(), "033 095 001 234")
		if err != nil || len(plan.Parts) != 2 {
			t.Fatalf("%+v, %v", plan, err)
		}
		if p := plan.Parts[1]; p.Dataset != "ho-so" || p.Records != 2 || p.Originals != 1 {
			t.Errorf("%+v", p)
		}
		if got := h.rows("ho-so"); strings.Count(got, "\n") != 3 {
			t.Errorf("a plan has changed something:\n%s", got)
		}
		subject, list, kept, err := h.EraseSubject(t.Context(), clerk, gone, "Yêu cầu của chủ thể dữ liệu")
		if err != nil || subject == "" || len(list) != 3 || len(kept) != 0 {
			t.Fatalf("%q %+v %+v, %v", subject, list, kept, err)
		}
		for _, e := range list {
			if e.State != corridor.EraseDone || e.Subject != subject {
				t.Errorf("%+v", e)
			}
		}
		h.nowhere(t)
		if got := h.rows("ho-so"); got != "2: 2 "+stays+" b\n" {
			t.Errorf("rows\n%s", got)
		}
	})
}

// TestEraseGoesOn: what fails after the truth has forgotten is owed, and done at
// the next opportunity.
func TestEraseGoesOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person(t)
		h.deaf = 1
		e, err := h.Erase(t.Context(), clerk, "dang-ky", gone, "x")
		if err != nil || e.State != corridor.EraseBegun || e.Fault == nil {
			t.Fatalf("%+v, %v", e, err)
		}
		if got := h.rows("dang-ky"); strings.Contains(got, gone) {
			t.Errorf("rows\n%s", got)
		}
		// What is wrong with the disk is not taken for a file that cannot be read.
		work := filepath.Join(h.dir, "work")
		if err := os.Rename(work, work+"-away"); err != nil {
			t.Fatal(err)
		}
		files := func() (n int) {
			if err := h.blobs.Each(func(blob.Info) error { n++; return nil }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := files()
		if err := h.ResumeErasures(t.Context()); err != nil {
			t.Fatal(err)
		}
		if e, err = h.FindErasure(t.Context(), e.ID); err != nil || e.State != corridor.EraseBegun || files() != before {
			t.Fatalf("without a work folder: %+v, %v", e, err)
		}
		if err := os.Rename(work+"-away", work); err != nil {
			t.Fatal(err)
		}
		if err := h.ResumeErasures(t.Context()); err != nil {
			t.Fatal(err)
		}
		if e, err = h.FindErasure(t.Context(), e.ID); err != nil || e.State != corridor.EraseDone || e.Fault != nil || e.Found.Rows != 1 {
			t.Fatalf("%+v, %v", e, err)
		}
		h.nowhere(t)
	})
}

func TestHoldsThroughTheCorridor(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person(t)
		_, obj, err := h.contracts.Object(t.Context(), "dang-ky")
		if err != nil {
			t.Fatal(err)
		}
		v, err := record.NewView(obj, policy.Everything, nil)
		if err != nil {
			t.Fatal(err)
		}
		count := func(want int64) {
			t.Helper()
			n, err := h.truth.Through(v).Count(t.Context())
			if err != nil || n != want {
				t.Errorf("the truth shows %d of %d, %v", n, want, err)
			}
			if n, _, err = h.mirror.Through(v).Count(t.Context(), mirror.ScanOptions{}); err != nil || n != want {
				t.Errorf("the mirror shows %d of %d, %v", n, want, err)
			}
		}
		count(2)
		s, err := h.Hold(t.Context(), clerk, "dang-ky", record.Hold{Key: gone, Kind: record.HoldRestriction, Basis: "x"})
		if err != nil || s.State != corridor.Scored || s.Kind != record.KindHold || s.Report.Seq == 0 {
			t.Fatalf("%+v, %v", s, err)
		}
		count(1)
		if _, err := h.Undo(t.Context(), clerk, s.ID); !fault.Is(err, "erase.no-undo") {
			t.Errorf("undoing a hold: %v", err)
		}
		if _, err := h.Hold(t.Context(), clerk, "dang-ky", record.Hold{Key: gone, Kind: record.HoldRestriction, Basis: "x"}); !fault.Is(err, "hold.there") {
			t.Errorf("a second hold: %v", err)
		}
		if _, err := h.Release(t.Context(), clerk, "dang-ky", gone, record.HoldRestriction); err != nil {
			t.Fatal(err)
		}
		count(2)
		n, err := h.Rebuild(t.Context())
		if err != nil || n < 8 {
			t.Errorf("control is rebuilt from %d batches, %v", n, err)
		}
	})
}

func TestExpireOriginals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(register)
		r := h.send("dang-ky", "", file("ds.xlsx", book(t, []any{"Số định danh", "Họ và tên"}, []any{gone, ""}, []any{stays, "B"})), sure)
		waits := h.send("dang-ky", "Số định danh,Họ và tên\n"+gone+",An\n", preview)
		h.put(crashKeyed) // nothing personal: kept for ever
		plain := h.send("so-dan", "ma,ten,so\n1,a,1\n")
		files := func() (n int) {
			for _, b := range []string{r.Batch, waits.Batch, plain.Batch} {
				o, err := h.Original(t.Context(), b)
				if err != nil || o.Digest == "" {
					t.Fatalf("%+v, %v", o, err)
				}
				if _, err := h.blobs.Stat(o.Digest); err == nil {
					n++
				}
			}
			return n
		}
		sent := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		for _, step := range []struct{ days, want int }{{89, 3}, {91, 2}, {1000, 2}} {
			if _, err := h.Expire(t.Context(), sent.AddDate(0, 0, step.days)); err != nil {
				t.Fatal(err)
			}
			if n := files(); n != step.want {
				t.Errorf("after %d days there are %d files", step.days, n)
			}
		}
		name, f := h.slip("dang-ky", r.Batch) // in a new workbook
		if name == "" || f == nil {
			t.Error("no slip")
		}
		if _, err := h.Cancel(t.Context(), clerk, waits.Batch); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Expire(t.Context(), sent.AddDate(0, 0, 1000)); err != nil {
			t.Fatal(err)
		}
		if n := files(); n != 1 {
			t.Errorf("of a batch that was left there are %d files", n)
		}
		// Sent again it is kept again.
		h.send("dang-ky", "Số định danh,Họ và tên\n"+gone+",An\n", sure)
		if n := files(); n != 2 {
			t.Errorf("sent again there are %d files", n)
		}
	})
}

func TestListOfErasures(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, corridor.ErasedName)
	line := `{"id":"A","dataset":"x","hash":"h","texts":[],"basis":"b","at":"t"}` + "\n"
	for name, c := range map[string]struct{ text, want string }{
		"nothing":    {"", ""},
		"broken off": {line + `{"id":"B"`, line},
		"whole":      {line, line},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := corridor.MergeErased(other, dir); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := os.WriteFile(path, []byte("{}\n"+line), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := corridor.MergeErased(other, dir); !fault.Is(err, "erase.list") {
		t.Errorf("a damaged list: %v", err)
	}
}
