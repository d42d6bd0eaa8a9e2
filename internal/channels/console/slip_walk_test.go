package console_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	cdp "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/workbook"
)

// TestSlipWalk sends a workbook with faults, sees them, downloads the slip,
// mends it in the workbook, sends it again and sees the lines close and the
// score move; on a desk and on a phone.
func TestSlipWalk(t *testing.T) {
	for name, width := range map[string]int64{"desk": 1366, "phone": 390} {
		t.Run(name, func(t *testing.T) {
			p, server := surveyed(t)
			b := openBrowser(t, server.URL)
			b.Look(width, 900, "light")
			b.signIn()
			dir := t.TempDir()

			// Send, look at what it would do, let it go on.
			b.sendBook(badBook(t, dir))
			b.Shot("slip-walk-held-" + name)
			b.goOn()
			b.Until(`document.querySelector(".slip-box a[download]") !== null`)
			batch, _, err := p.Corridor.Batches(context.Background(), "khao-sat-xa", "", 1)
			if err != nil {
				t.Fatal(err)
			}
			if r := batch[0].Report; batch[0].State != corridor.Scored || r.Read != 5 || r.Quarantined != 4 || r.Skipped != 0 {
				t.Fatalf("the workbook ended as %s: %+v", batch[0].State, r)
			}
			b.Shot("slip-walk-sent-" + name)
			b.Axe("a batch with a slip")
			b.Open("/datasets/khao-sat-xa")
			before := b.quality()

			// See the lines one by one.
			b.Open("/batches/" + batch[0].ID)
			b.Click(`.slip-box a[href*="quarantine"]`)
			b.Until(`document.querySelectorAll(".line-card").length === 4`)
			if got := eval[string](b, `document.querySelector(".problem-suggest .problem-cell")?.textContent ?? ""`); got != "033090000124" {
				t.Errorf("suggested %q", got)
			}
			b.Shot("slip-walk-cards-" + name)

			// Download the slip: it is the sender's own workbook.
			b.Open("/batches/" + batch[0].ID)
			slip := b.download(`.slip-box a[download]`, dir)
			if want := "Phieu-bo-sung-khao-sat-xa-" + batch[0].ID[len(batch[0].ID)-8:] + ".xlsx"; filepath.Base(slip) != want {
				t.Errorf("downloaded %s, want %s", filepath.Base(slip), want)
			}
			mend(t, slip)

			// Send the mended slip.
			b.Open("/datasets/khao-sat-xa")
			b.sendBook(slip)
			b.Shot("slip-walk-again-" + name)
			b.goOn()
			b.Until(`document.querySelector("#report [data-count=quarantined]") !== null`)
			again, _, err := p.Corridor.Batches(context.Background(), "khao-sat-xa", "", 1)
			if err != nil {
				t.Fatal(err)
			}
			if r := again[0].Report; again[0].State != corridor.Scored || r.Read != 4 || r.Quarantined != 0 || r.Mended != 4 {
				t.Fatalf("the slip ended as %s: %+v %+v", again[0].State, r, r.Reading)
			}
			b.Shot("slip-walk-mended-" + name)
			b.Open("/datasets/khao-sat-xa/quarantine?state=all&batch=" + batch[0].ID)
			if got := eval[int](b, `document.querySelectorAll(".line-card .band-good").length`); got != 4 {
				t.Errorf("%d lines are said to be mended, want 4", got)
			}
			b.Open("/datasets/khao-sat-xa")
			if after := b.quality(); after == before {
				t.Errorf("the score stays at %s", after)
			} else {
				t.Logf("score %s → %s", before, after)
			}
			b.Shot("slip-walk-score-" + name)
			b.Settle()
		})
	}
}

// sendBook sends a file through the form of the data set and waits for the look
// at what it would do.
func (b *browser) sendBook(path string) {
	b.T.Helper()
	b.Open("/datasets/khao-sat-xa")
	b.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{path}))
	b.Click("form[data-upload] button[type=submit]")
	b.Until(`location.pathname.startsWith("/batches/") && document.querySelector(".preview-line") !== null`)
}

// goOn lets a held batch go on and waits for its end.
func (b *browser) goOn() {
	b.T.Helper()
	b.Click(`form[action$="/confirm"] button`)
	b.Until(`document.querySelector("#report") !== null && document.querySelector(".page-state")?.innerText.includes("Hoàn thành")`)
}

// quality is the score as the page shows it, criterion by criterion.
func (b *browser) quality() string {
	b.T.Helper()
	return eval[string](b, `[...document.querySelectorAll("#quality .overall .figure, #quality .criteria td.number")].map((e) => e.innerText.trim()).join(" ")`)
}

// download clicks a link and waits for the file.
func (b *browser) download(selector, dir string) string {
	b.T.Helper()
	into := filepath.Join(dir, "tai-ve")
	if err := os.MkdirAll(into, 0o700); err != nil {
		b.T.Fatal(err)
	}
	if _, err := chromedp.CallBrowser(b.Ctx, cdp.SetDownloadBehavior, cdp.SetDownloadBehaviorParams{
		Behavior: cdp.SetDownloadBehaviorBehaviorAllow, DownloadPath: into,
	}); err != nil {
		b.T.Fatal(err)
	}
	b.Click(selector)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(into, "*.xlsx"))
		if err != nil {
			b.T.Fatal(err)
		}
		if len(files) == 1 {
			// Chromium reserves the name with an empty file and moves the whole one there.
			if f, err := os.Stat(files[0]); err == nil && f.Size() > 0 {
				return files[0]
			}
		}
	}
	b.T.Fatal("nothing was downloaded")
	return ""
}

// badBook is a workbook as a commune makes it: a title, a heading on row 3,
// running numbers, cells with a look of their own.
func badBook(t testing.TB, dir string) string {
	t.Helper()
	f := excelize.NewFile()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.SetSheetName("Sheet1", "Khảo sát"))
	must(f.SetCellStr("Khảo sát", "A1", "DANH SÁCH PHIẾU KHẢO SÁT KỸ NĂNG SỐ"))
	for i, row := range [][]any{
		{"STT", "Mã phiếu", "Mã xã, phường", "Kỳ khảo sát", "Số định danh cá nhân", "Số người trong hộ", "Ngày khảo sát"},
		{1, "P0001", "11953", "10/2026", "033090000123", 4, "01/10/2026"},
		{2, "P0002", "11953", "10/2026", "33090000124", 3, "02/10/2026"},
		{3, "X3", "11953", "10/2026", "033090000125", 4, "03/10/2026"},
		{4, "P0004", "11953", "10/2026", "033090000127", 45, "31/02/2026"},
		{5, "P0005", "11953", "10/2026", "033090000126", nil, "05/10/2026"},
	} {
		at, err := excelize.CoordinatesToCellName(1, 3+i)
		must(err)
		must(f.SetSheetRow("Khảo sát", at, &row))
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	must(err)
	must(f.SetCellStyle("Khảo sát", "A3", "G3", bold))
	path := filepath.Join(dir, "Khảo sát Phố Hiến.xlsx")
	must(f.SaveAs(path))
	must(f.Close())
	return path
}

// mend corrects the wrong cells of the slip as a clerk would, the wrong key
// among them.
func mend(t testing.TB, path string) {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	const sheet = "Khảo sát"
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatalf("the slip is not the sender's own workbook: %v, %v", f.GetSheetList(), err)
	}
	head := slices.IndexFunc(rows, func(r []string) bool { return slices.Contains(r, "Mã phiếu") })
	if head < 0 || rows[head][len(rows[head])-1] != workbook.TokenHeading {
		t.Fatalf("no heading of a slip in %q", rows)
	}
	right := map[string]map[string]any{
		"P0002": {"Số định danh cá nhân": "033090000124"},
		"X3":    {"Mã phiếu": "P0003"},
		"P0004": {"Số người trong hộ": 5, "Ngày khảo sát": "28/02/2026"},
		"P0005": {"Số người trong hộ": 2},
	}
	if len(rows) != head+1+len(right) {
		t.Errorf("the slip has the rows %q", rows)
	}
	for i, row := range rows[head+1:] {
		if !strings.HasPrefix(row[len(row)-1], "PH1-") {
			t.Errorf("no token in %q", row)
		}
		for title, value := range right[row[slices.Index(rows[head], "Mã phiếu")]] {
			at, err := excelize.CoordinatesToCellName(slices.Index(rows[head], title)+1, head+2+i)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellValue(sheet, at, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
}
