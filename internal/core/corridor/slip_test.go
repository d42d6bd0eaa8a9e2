package corridor_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func TestToken(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		one := h.put(register).Objects[0]
		other := h.put(strings.Replace(register, "id: dang-ky", "id: dang-ky-khac", 1)).Objects[0]
		token := h.Token(one, 4294967297)
		if line, ok := h.TokenLine(one, " "+token+" "); !ok || line != 4294967297 {
			t.Errorf("%s names %d, %v", token, line, ok)
		}
		if len(token) != len("PH1-4294967297-")+16 || h.Token(one, 4294967297) != token {
			t.Errorf("token %q", token)
		}
		if _, ok := h.TokenLine(other, token); ok {
			t.Error("a token closes a line of another data set")
		}
		code := token[strings.LastIndex(token, "-")+1:]
		for _, forged := range []string{
			"", "PH1", "PH1--" + code, "PH1-4294967298-" + code, "PH1-04294967297-" + code, "PH1-+4294967297-" + code, "PH2-4294967297-" + code,
			"PH1-4294967297-", "PH1-4294967297-" + code[:15], "PH1-4294967297-" + code + "A", "PH1-4294967297-" + strings.ToLower(code), "ghi-chu",
			"PH1-99999999999999999999-" + code, "PH1-4294967297",
		} {
			if line, ok := h.TokenLine(one, forged); ok {
				t.Errorf("%q names line %d", forged, line)
			}
		}
	})
}

// slip makes a slip and opens it.
func (h *house) slip(dataset, batch string) (string, *excelize.File) {
	h.t.Helper()
	var b bytes.Buffer
	name, err := h.Slip(h.t.Context(), dataset, batch, &b, corridor.SlipOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = f.Close() })
	return name, f
}

// tokens are the lines that the rows of a sheet name.
func (h *house) tokens(f *excelize.File, sheet, dataset string) string {
	h.t.Helper()
	_, obj, err := h.contracts.Object(h.t.Context(), dataset)
	if err != nil {
		h.t.Fatal(err)
	}
	rows, err := f.GetRows(sheet)
	if err != nil {
		h.t.Fatal(err)
	}
	head := slices.IndexFunc(rows, func(r []string) bool { return slices.Contains(r, workbook.TokenHeading) })
	if head < 0 {
		h.t.Fatalf("no heading of tokens in %q", rows)
	}
	at := slices.Index(rows[head], workbook.TokenHeading)
	var b strings.Builder
	for _, r := range rows[head+1:] {
		line, ok := h.TokenLine(obj, r[at])
		if !ok {
			h.t.Errorf("the row %q has no token of ours", r)
		}
		fmt.Fprintf(&b, "%d.%d row %s; ", line>>32, line&0xFFFFFFFF, r[at-1])
	}
	return b.String()
}

func TestSlip(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(register)
		_, err := h.Slip(t.Context(), "dang-ky", "", &bytes.Buffer{}, corridor.SlipOptions{})
		if !fault.Is(err, "slip.no-lines") {
			t.Errorf("without lines: %v", err)
		}

		// A workbook comes back as itself, with its bad rows alone.
		sheet := officeSheet(t)
		own := h.send("dang-ky", "", file("Danh sách.xlsx", sheet)).Batch
		name, f := h.slip("dang-ky", own)
		if want := "Phieu-bo-sung-dang-ky-" + own[len(own)-8:] + ".xlsx"; name != want || h.SlipName("dang-ky", own) != want {
			t.Errorf("called %s, want %s", name, want)
		}
		if got, want := h.tokens(f, "Sheet1", "dang-ky"), "1.1 row 8; "; got != want {
			t.Errorf("its rows: %s, want %s", got, want)
		}
		if title, err := f.GetCellValue("Sheet1", "A2"); err != nil || title != "DANH SÁCH ĐĂNG KÝ" {
			t.Errorf("the titles are gone: %q %v", title, err)
		}

		// The same in an archive, and a text file: a new workbook.
		var packed bytes.Buffer
		z := zip.NewWriter(&packed)
		w, err := z.Create("Danh sách.xlsx")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(sheet); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		inside := h.send("dang-ky", "", file("gui.zip", packed.Bytes()), func(r *corridor.Request) { r.Confirm = true })
		_, f = h.slip("dang-ky", inside.Batch)
		if got, want := h.tokens(f, "Cần sửa", "dang-ky"), "2.1 row 8; "; got != want {
			t.Errorf("rows of an archive: %s, want %s", got, want)
		}
		text := h.send("dang-ky", "so_dinh_danh,ho_ten\n999,=1+1\n033095001299,\n").Batch
		_, f = h.slip("dang-ky", text)
		if got, want := h.tokens(f, "Cần sửa", "dang-ky"), "3.1 row 2; 3.2 row 3; "; got != want {
			t.Errorf("rows of a text file: %s, want %s", got, want)
		}

		// All open lines of the set; the first workbook's line was replaced by the
		// same line of the archive.
		name, f = h.slip("dang-ky", "")
		if want := "Phieu-bo-sung-dang-ky-20261122.xlsx"; name != want {
			t.Errorf("called %s, want %s", name, want)
		}
		if got, want := h.tokens(f, "Cần sửa", "dang-ky"), "2.1 row 8; 3.1 row 2; 3.2 row 3; "; got != want {
			t.Errorf("rows of the set: %s, want %s", got, want)
		}

		other := h.put(strings.Replace(register, "id: dang-ky", "id: dang-ky-khac", 1))
		if _, err := h.Slip(t.Context(), other.ID, text, &bytes.Buffer{}, corridor.SlipOptions{Language: locale.En}); !fault.Is(err, "batch.not-there") {
			t.Errorf("a batch of another set: %v", err)
		}
		if left, err := filepath.Glob(filepath.Join(h.WorkDir, "slip-*")); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	})
}

// An original that is kept no longer does not keep the slip from being made.
func TestSlipWithoutOriginal(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(register)
		batch := h.send("dang-ky", "", file("ds.xlsx", officeSheet(t))).Batch
		o, err := h.Original(t.Context(), batch)
		if err != nil || len(o.Digest) != 64 || o.Bytes == 0 {
			t.Fatalf("%+v %v", o, err)
		}
		if err := h.Blobs.Remove(o.Digest); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(h.dir, "blob", o.Digest[:2], o.Digest[2:])); err == nil {
			t.Fatal("the original is still there")
		}
		_, f := h.slip("dang-ky", batch)
		if got, want := h.tokens(f, "Cần sửa", "dang-ky"), "1.1 row 8; "; got != want {
			t.Errorf("rows: %s, want %s", got, want)
		}
	})
}
