package corridor_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

var steward = actor.Actor{Kind: "person", ID: "dau-moi", Name: "Cán bộ đầu mối khác"}

// everywhere may ask, and erase, at every object; at leaves the others out.
func everywhere(*contract.Contract, *contract.Object) (bool, bool) { return true, true }

func at(dataset string) corridor.EraseCover {
	return func(_ *contract.Contract, obj *contract.Object) (bool, bool) { return obj.Dataset == dataset, false }
}

// TestEraseRequest asks for a person's erasure in one data set of two, carries
// it out, and finds the number there no more.
func TestEraseRequest(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person(t)
		h.put(otherSet)
		h.send("ho-so", "ma,chu,viec\nH1,"+gone+",một\nH2,"+stays+",hai\n", sure)
		ctx := t.Context()
		basis := "Công văn 12/UBND ngày 20/11/2026"
		grouped := "033 095.001-234"

		for wish, want := range map[corridor.EraseWish]string{
			{Number: "12345"}: "erase.number", {Number: "không số"}: "erase.number", {Number: "033305009999"}: "erase.nobody",
			{Dataset: "khong-co", Key: gone}: "dataset.unknown", {Dataset: "dang-ky", Key: "033305009999"}: "erase.nothing",
		} {
			if _, err := h.AskErase(ctx, clerk, wish, basis, everywhere); !fault.Is(err, want) {
				t.Errorf("%+v: %v, want %s", wish, err, want)
			}
		}
		for bad, want := range map[string]string{
			" ": "erase.basis", strings.Repeat("x", 1001): "erase.basis", "đơn của " + gone: "erase.basis-number", "số 33.095.001.234 đề nghị": "erase.basis-number",
		} {
			if _, err := h.AskErase(ctx, clerk, corridor.EraseWish{Number: grouped}, bad, everywhere); !fault.Is(err, want) {
				t.Errorf("basis %q: %v, want %s", bad, err, want)
			}
		}

		// What would go is told where it may be asked for, and nowhere else.
		plan, err := h.WouldErase(ctx, corridor.EraseWish{Number: grouped}, at("dang-ky"))
		if err != nil || len(plan.Parts) != 1 || plan.Parts[0].Agreed {
			t.Fatalf("%+v, %v", plan, err)
		}
		if want := (corridor.EraseEstimate{Records: 1, Versions: 3, Lines: 2, Originals: 7}); fmt.Sprint(plan.Parts[0].Plan) != fmt.Sprint(want) {
			t.Errorf("plan %+v, want %+v", plan.Parts[0].Plan, want)
		}
		r, err := h.AskErase(ctx, clerk, corridor.EraseWish{Number: grouped}, basis, everywhere)
		if err != nil || r.State != corridor.EraseAsked || len(r.Parts) != 2 || !r.Parts[0].Agreed {
			t.Fatalf("%+v, %v", r, err)
		}
		if _, err := h.AskErase(ctx, steward, corridor.EraseWish{Number: gone}, basis, everywhere); !fault.Is(err, "erase.asked") {
			t.Errorf("asked twice: %v", err)
		}
		// Nothing has changed, and the number is in no table of the request.
		if got := h.rows("dang-ky"); !strings.Contains(got, gone) {
			t.Fatalf("rows\n%s", got)
		}
		h.sealedOnly(t)

		run := func(dataset, again string) (corridor.EraseRequest, error) {
			return h.RunErase(ctx, steward, r.ID, []string{dataset}, again, time.Minute)
		}
		for again, want := range map[string]string{"": "erase.number", stays: "erase.not-same", "XÓA": "erase.number"} {
			if _, err := run("dang-ky", again); !fault.Is(err, want) {
				t.Errorf("confirmed by %q: %v, want %s", again, err, want)
			}
		}
		got, err := run("dang-ky", gone)
		if err != nil || got.State != corridor.EraseAsked {
			t.Fatalf("%+v, %v", got, err)
		}
		p := got.Parts[0]
		if f := p.Found(); p.Dataset != "dang-ky" || p.State != corridor.EraseDone || p.By != steward || f.Rows != 1 || f.Versions != 3 || f.Lines != 2 {
			t.Errorf("%+v %+v", p, f)
		}
		if rows := h.rows("ho-so"); !strings.Contains(rows, gone) {
			t.Errorf("the other data set's rows\n%s", rows)
		}
		if _, err := run("dang-ky", gone); !fault.Is(err, "erase.decided") {
			t.Errorf("twice: %v", err)
		}
		if got, err = run("ho-so", gone); err != nil || got.State != corridor.EraseDone {
			t.Fatalf("%+v, %v", got, err)
		}
		h.nowhere(t)
		if _, err := run("ho-so", gone); !fault.Is(err, "erase.decided") {
			t.Errorf("twice: %v", err)
		}
		if _, err := h.AskErase(ctx, clerk, corridor.EraseWish{Number: gone}, basis, everywhere); !fault.Is(err, "erase.nobody") {
			t.Errorf("asked once more: %v", err)
		}
		if list, err := h.EraseRequests(ctx, "", 10); err != nil || len(list) != 1 || list[0].ID != r.ID || list[0].Basis != basis || list[0].Parts[1].State != corridor.EraseDone {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := h.FindEraseRequest(ctx, "khong-co"); !fault.Is(err, "erase.unknown") {
			t.Errorf("%v", err)
		}
	})
}

// sealedOnly looks for the number in the tables of requests.
func (h *house) sealedOnly(t *testing.T) {
	t.Helper()
	err := h.store.Control().Read(t.Context(), func(tx *store.Tx) error {
		for _, column := range []string{"basis", "hash", "sealed"} {
			var text string
			if err := tx.QueryRowContext(t.Context(), `SELECT max(`+column+`) FROM erase_requests`).Scan(&text); err != nil {
				return err
			}
			if text == "" || strings.Contains(text, gone) {
				t.Errorf("%s is %q", column, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEraseRequest_refused: what the law keeps stays, a person may be refused
// with a reason, one record is erased by its key.
func TestEraseRequest_refused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person(t)
		ctx := t.Context()
		const law = "Điều 12 Luật Kế toán: lưu giữ 10 năm"
		one := corridor.EraseWish{Dataset: "dang-ky", Key: gone}
		if _, err := h.Hold(ctx, clerk, "dang-ky", record.Hold{Key: gone, Kind: record.HoldLegal, Basis: law}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.AskErase(ctx, clerk, one, "x", everywhere); !fault.Is(err, "erase.kept") {
			t.Errorf("a record that the law keeps: %v", err)
		}
		r, err := h.AskErase(ctx, clerk, corridor.EraseWish{Number: gone}, "x", everywhere)
		if err != nil || len(r.Parts[0].Plan.Kept) != 1 || r.Parts[0].Plan.Kept[0].Basis != law {
			t.Fatalf("%+v, %v", r, err)
		}
		if r, err = h.RunErase(ctx, steward, r.ID, []string{"dang-ky"}, gone, time.Minute); err != nil || r.Parts[0].State != corridor.EraseRefused || r.Parts[0].Reason != law {
			t.Fatalf("%+v, %v", r, err)
		}
		if _, err := h.Release(ctx, clerk, "dang-ky", gone, record.HoldLegal); err != nil {
			t.Fatal(err)
		}
		r, err = h.AskErase(ctx, clerk, one, "x", everywhere)
		if err != nil || r.Kind != corridor.EraseRecord || r.Parts[0].Plan.Records != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		for reason, want := range map[string]string{"": "erase.reason", "số " + gone: "erase.basis-number"} {
			if _, err := h.RefuseErase(ctx, steward, r.ID, []string{"dang-ky"}, reason); !fault.Is(err, want) {
				t.Errorf("reason %q: %v", reason, err)
			}
		}
		if r, err = h.RefuseErase(ctx, steward, r.ID, []string{"dang-ky"}, law); err != nil || r.State != corridor.EraseRefused || r.Parts[0].Reason != law {
			t.Fatalf("%+v, %v", r, err)
		}
		if _, err := h.RunErase(ctx, steward, r.ID, []string{"dang-ky"}, "xoa", time.Minute); !fault.Is(err, "erase.decided") {
			t.Errorf("what was refused: %v", err)
		}
		if r, err = h.AskErase(ctx, clerk, one, "x", everywhere); err != nil {
			t.Fatal(err)
		}
		if r, err = h.ReplanErase(ctx, r.ID, []string{"dang-ky"}); err != nil || r.Parts[0].Plan.Records != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		if _, err := h.RunErase(ctx, steward, r.ID, []string{"dang-ky"}, gone, time.Minute); !fault.Is(err, "erase.word") {
			t.Errorf("another word: %v", err)
		}
		if r, err = h.RunErase(ctx, steward, r.ID, []string{"dang-ky"}, "xoá", time.Minute); err != nil || r.State != corridor.EraseDone || r.Parts[0].Found().Rows != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		h.nowhere(t)
	})
}

// TestEraseRequest_retired: rows stay when a contract is retired, and a person is
// erased from them all the same.
func TestEraseRequest_retired(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person(t)
		ctx := t.Context()
		r, err := h.AskErase(ctx, clerk, corridor.EraseWish{Dataset: "dang-ky", Key: stays}, "x", everywhere)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.contracts.Remove(ctx, clerk, "dang-ky"); err != nil {
			t.Fatal(err)
		}
		if r, err = h.RefuseErase(ctx, clerk, r.ID, []string{"dang-ky"}, "rút đơn"); err != nil || r.State != corridor.EraseRefused {
			t.Errorf("%+v, %v", r, err)
		}
		if r, err = h.AskErase(ctx, clerk, corridor.EraseWish{Number: gone}, "x", everywhere); err != nil {
			t.Fatal(err)
		}
		if r, err = h.RunErase(ctx, steward, r.ID, []string{"dang-ky"}, gone, time.Minute); err != nil || r.State != corridor.EraseDone {
			t.Errorf("%+v, %v", r, err)
		}
		h.nowhere(t)
	})
}

// TestEraseRequest_stopped stops the program while what it has just begun goes on:
// the next start brings it to its end.
func TestEraseRequest_stopped(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		var id string
		t.Run("prepare", func(t *testing.T) {
			h := open(t, cfg, cfg.Dir)
			h.person(t)
			r, err := h.AskErase(t.Context(), clerk, corridor.EraseWish{Number: gone}, "x", everywhere)
			if err == nil {
				r, err = h.RunErase(t.Context(), steward, r.ID, []string{"dang-ky"}, gone, 0)
			}
			if err != nil || r.State == corridor.EraseAsked {
				t.Fatalf("%+v, %v", r, err)
			}
			id = r.ID
		})
		h := open(t, cfg, cfg.Dir)
		if r, err := h.FindEraseRequest(t.Context(), id); err != nil || r.State != corridor.EraseDone {
			t.Errorf("%+v, %v", r, err)
		}
		h.nowhere(t)
	})
}

// TestEraseRequest_raced: of two who carry out the same part one does.
func TestEraseRequest_raced(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person(t)
		r, err := h.AskErase(t.Context(), clerk, corridor.EraseWish{Number: gone}, "x", everywhere)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := h.RunErase(t.Context(), steward, r.ID, []string{"dang-ky"}, gone, time.Minute)
				done <- err
			}()
		}
		if a, b := <-done, <-done; (a == nil) == (b == nil) || a != nil && !fault.Is(a, "erase.decided") || b != nil && !fault.Is(b, "erase.decided") {
			t.Errorf("%v, %v", a, b)
		}
		if list, err := h.Erasures(t.Context(), "", 10); err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// joinedSet has a key of several parts, of which one is in everybody's records.
const joinedSet = `apiVersion: v3.1.0
kind: DataContract
id: tro-cap
version: 1.0.0
status: active
schema:
- name: tro_cap
  properties:
  - {name: ky, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true, businessName: Kỳ}
  - {name: so, logicalType: string, primaryKey: true, primaryKeyPosition: 2, required: true, businessName: Số, customProperties: [{property: phohien.identifier, value: cccd}]}
  - {name: muc, logicalType: integer, required: true, businessName: Mức}
`

// TestErase_joinedKey takes nothing from others who share a part of the key, in
// rows, lines, files and reports.
func TestErase_joinedKey(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(joinedSet)
		h.send("tro-cap", "Kỳ,Số,Mức\n2026-10,"+gone+",1\n2026-10,"+stays+",2\n2026-10,033305000001,nhiều\n2026-10,"+gone+",nhiều\n", sure)
		r, err := h.AskErase(t.Context(), clerk, corridor.EraseWish{Dataset: "tro-cap", Key: "2026-10~" + stays}, "x", everywhere)
		if want := (corridor.EraseEstimate{Records: 1, Originals: 1}); err != nil || fmt.Sprint(r.Parts[0].Plan) != fmt.Sprint(want) {
			t.Errorf("of a record: %+v, %v", r.Parts, err)
		}
		r, err = h.AskErase(t.Context(), clerk, corridor.EraseWish{Number: gone}, "x", everywhere)
		if err != nil || r.Parts[0].Plan.Lines == 0 || r.Parts[0].Plan.Lines > 2 {
			t.Fatalf("%+v, %v", r, err)
		}
		if r, err = h.RunErase(t.Context(), steward, r.ID, []string{"tro-cap"}, gone, time.Minute); err != nil || r.State != corridor.EraseDone {
			t.Fatalf("%+v, %v", r, err)
		}
		h.nowhere(t)
		if got := h.rows("tro-cap"); !strings.Contains(got, stays) {
			t.Errorf("another's row is gone: %s", got)
		}
		if got := h.lines("tro-cap"); !strings.Contains(got, "033305000001") || strings.Count(got, "\n") != 1 {
			t.Errorf("lines\n%s", got)
		}
		if f := r.Parts[0].Found(); f.Rewritten != 1 || f.Originals != 0 {
			t.Errorf("%+v", f)
		}
		kept := false
		err = filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			kept = kept || bytes.Contains(text, []byte("2026-10,"+stays+",2"))
			return err
		})
		if err != nil || !kept {
			t.Errorf("another's line of the file as sent is gone, %v", err)
		}
	})
}
