package console_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
)

const (
	units  = "packs/hung-yen/data/hy-xa.csv"
	broken = "packs/hung-yen/samples/hy-xa-loi.csv"
)

// choose puts a file of the repository into the form.
func (b *browser) choose(name string) {
	b.T.Helper()
	b.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{apitest.File(b.T, name)}))
}

// TestUpload_walk sends a file, looks at what it would do, lets it go on and
// watches the walk on the page of the batch.
func TestUpload_walk(t *testing.T) {
	p, server := opened(t, files...)
	b := openBrowser(t, server.URL)
	b.Look(1366, 900, "light")
	b.signIn()
	b.Open("/datasets/hy-xa")
	b.choose(broken)
	if name := eval[string](b, `document.querySelector("[data-upload-name]").textContent`); name != "hy-xa-loi.csv" {
		t.Errorf("file named %q", name)
	}
	b.Click("form[data-upload] button[type=submit]")
	b.Until(`location.pathname.startsWith("/batches/") && document.querySelector(".preview-line") !== null`)
	release := p.Hold(t)
	b.Click(`form[action$="/confirm"] button`)
	// It stands before its score: the steps behind it are done, and what was
	// written can no longer be cancelled.
	b.Until(`document.querySelector("[data-step=applied]")?.classList.contains("done")`)
	b.Until(`document.querySelector("[data-upload-cancel]")?.disabled ?? true`)
	b.Shot("walk-live")
	release()
	b.Until(`document.querySelectorAll("[data-step].done").length === 6`)
	b.Until(`document.querySelector("#report") !== null`)
	count := func(name string) int {
		return eval[int](b, `Number(document.querySelector("#report [data-count=`+name+`]").textContent)`)
	}
	read, accepted, quarantined := count("read"), count("accepted"), count("quarantined")
	if read != 20 || read != accepted+quarantined || accepted != count("inserted")+count("updated")+count("unchanged") {
		t.Errorf("read %d = accepted %d + quarantined %d", read, accepted, quarantined)
	}
	if title := eval[string](b, `document.querySelector("#report tbody td").textContent`); title != "Mã xã, phường" {
		t.Errorf("the first reason is about %q, want the field's title", title)
	}
	b.Shot("walk-done")
	b.Axe("after an upload")
	b.Settle()
}

// TestUpload_cancel cancels a batch that waits behind another.
func TestUpload_cancel(t *testing.T) {
	p, server := opened(t, files...)
	release := p.Hold(t)
	first := p.Start(t, "hy-xa", broken)
	b := openBrowser(t, server.URL)
	b.signIn()
	b.Open("/datasets/hy-xa")
	b.choose(units)
	b.Click("form[data-upload] button[type=submit]")
	b.Until(`location.pathname.startsWith("/batches/") && document.querySelector("[data-upload-message]")?.textContent.includes("thứ 1 trong hàng")`)
	b.Until(`document.querySelector("[data-upload-cancel]")?.disabled === false`)
	b.Click("[data-upload-cancel]")
	for end := time.Now().Add(10 * time.Second); !p.Logged("batch cancelled"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the corridor was not told to cancel")
		}
	}
	release() // a batch that waits is put aside when its turn comes
	b.Until(`document.querySelector(".message")?.textContent.includes("Đã hủy")`)
	p.Wait(t, first)
	list, _, err := p.Corridor.Batches(context.Background(), "hy-xa", "", 10)
	if err != nil {
		t.Fatal(err)
	}
	if list[0].State != corridor.Cancelled {
		t.Errorf("the batch is %s", list[0].State)
	}
	b.Settle()
}

// TestUpload_closedBrowser closes the tab while the batch waits: the batch does
// not depend on who watches it.
func TestUpload_closedBrowser(t *testing.T) {
	p, server := opened(t, files...)
	release := p.Hold(t)
	p.Start(t, "hy-xa", broken)
	b := openBrowser(t, server.URL)
	b.signIn()
	b.Open("/datasets/hy-xa")
	b.choose(units)
	b.Click("form[data-upload] button[type=submit]")
	b.Until(`location.pathname.startsWith("/batches/") && document.querySelector("[data-upload-message]")?.textContent.includes("thứ 1 trong hàng")`)
	list, _, err := p.Corridor.Batches(context.Background(), "hy-xa", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Cancel(b.Ctx); err != nil {
		t.Fatal(err)
	}
	release()
	if got := p.Wait(t, list[0].ID); got.State != corridor.Held || got.Report.Read != 104 {
		t.Errorf("the batch is %s, %+v", got.State, got.Report)
	}
}

// TestNoScript sends, undoes and confirms with forms alone.
func TestNoScript(t *testing.T) {
	p, server := opened(t, files...)
	b := openBrowser(t, server.URL)
	b.signIn()
	b.Scripts(false)
	b.Do(chromedp.Navigate(server.URL + "/datasets/hy-xa"))
	b.Shot("no-script")
	b.choose(broken)
	b.Click("form[data-upload] button[type=submit]")
	b.Scripts(true)
	b.Until(`location.pathname.startsWith("/batches/") && document.readyState === "complete"`)
	list, _, err := p.Corridor.Batches(context.Background(), "hy-xa", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	if list[0].Name != "hy-xa-loi.csv" || list[0].By.ID != "web" {
		t.Errorf("newest batch %+v", list[0])
	}
	p.Wait(t, list[0].ID)
	b.Open("/batches/" + list[0].ID)
	b.Click(`form[action$="/confirm"] button`)
	b.Until(`document.querySelector(".preview") === null && document.readyState === "complete"`)
	p.Wait(t, list[0].ID)
	b.Open("/batches/" + list[0].ID)
	b.Click(`form[action$="/undo"] button`)
	b.Until(`location.pathname.startsWith("/batches/") && !location.pathname.endsWith("` + list[0].ID + `")`)
	undo, _, err := p.Corridor.Batches(context.Background(), "hy-xa", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	if undo[0].Kind != "undo" {
		t.Errorf("newest batch %+v", undo[0])
	}
	p.Wait(t, undo[0].ID)
	b.Settle()
}

// TestHeld confirms a batch that would withdraw most of the set.
func TestHeld(t *testing.T) {
	p, server := opened(t, files...)
	short := filepath.Join(t.TempDir(), "cat-cut.csv")
	text, err := os.ReadFile(apitest.File(t, units))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(short, text[:2000], 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(short)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := p.Corridor.Receive(context.Background(), actor.Actor{Kind: "person", ID: "thu", Name: "Thử"},
		corridor.Request{Dataset: "hy-xa", Name: "cat-cut.csv", Body: f, Mode: "replace"})
	if err != nil {
		t.Fatal(err)
	}
	if st = p.Wait(t, st.ID); st.State != corridor.Held {
		t.Fatalf("the batch is %s", st.State)
	}
	b := openBrowser(t, server.URL)
	b.signIn()
	b.Open("/batches/" + st.ID)
	b.Shot("held")
	b.Axe("a held batch")
	b.Click(`form[action$="/confirm"] button`)
	b.Until(`document.querySelector("#report") !== null && document.querySelector(".page-state").innerText.includes("Hoàn thành")`)
	list, _, err := p.Corridor.Batches(context.Background(), "hy-xa", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Wait(t, list[0].ID); got.State != corridor.Scored || got.ID != st.ID {
		t.Errorf("went on as %+v", got)
	}
	b.Settle()
}

// TestSignIn: who has not signed in sees the way in and nothing else.
func TestSignIn(t *testing.T) {
	_, server := opened(t, files...)
	b := openBrowser(t, server.URL)
	b.Open("/datasets/hy-xa")
	if eval[bool](b, `document.querySelector("form[data-upload], meta[name=phohien-token], .records") !== null`) {
		t.Error("the token or the form is there for anybody")
	}
	b.Axe("signed out")
	b.Click("main details > summary")
	b.Do(chromedp.SendKeys(chromedp.CSS("#token"), "sai"))
	b.Click(".sign-in button")
	b.Until(`location.pathname === "/session" && document.querySelector(".page-error") !== null`)
	b.Shot("wrong-token") // the field stands open, to be filled again
	b.Do(chromedp.SendKeys(chromedp.CSS("#token"), apitest.Token))
	b.Click(".sign-in button")
	b.Until(`document.querySelector("meta[name=phohien-token]") !== null`)
	if cookie := eval[string](b, `document.cookie`); cookie != "" {
		t.Errorf("a script can read %q", cookie)
	}
	b.Settle()
}
