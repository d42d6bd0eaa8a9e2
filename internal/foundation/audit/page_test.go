package audit_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/chromium"
)

// proved makes a log and the receipt of one of its entries.
func proved(t *testing.T, entries int, index int64) (audit.Receipt, audit.Key, *audit.Log) {
	t.Helper()
	signer := ed25519.NewKeyFromSeed([]byte("mot khoa chi de thu, 32 byte!!!!"))
	l, err := audit.Open(audit.Options{Dir: t.TempDir(), Origin: "phohien.test/audit/thu", Signer: signer, Tick: time.Hour, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	for range entries {
		_, err := l.Append(t.Context(), audit.Entry{
			Actor: audit.Actor{Kind: "person", ID: "u-1", Name: "Nguyễn Văn Thử"}, Org: "H33", Action: "record.read", Object: "bo-du-lieu-1",
			Purpose: "kiểm tra", Result: audit.Allow, Detail: map[string]string{"rows": "12"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := l.Proof(t.Context(), index)
	if err != nil {
		t.Fatal(err)
	}
	return r, l.Key(), l
}

// TestVerifierPage opens the page from a file, with no network, and has it
// verify receipts that are right and receipts that are not.
func TestVerifierPage(t *testing.T) {
	good, key, l := proved(t, 20, 13)
	other, err := l.Proof(t.Context(), 14)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.EraseIndexes(t.Context(), audit.Erasure{Basis: "thử"}, []int64{7}); err != nil {
		t.Fatal(err)
	}
	gone, err := l.Proof(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	// The same key in the name of another log: its id is right, and it is not ours.
	foreign, err := audit.NewKey("phohien.test/audit/khac", key.Public)
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(*audit.Receipt)) audit.Receipt {
		r := good
		r.Proof = append([]string(nil), good.Proof...)
		f(&r)
		return r
	}
	const verified, not = "ĐÚNG: biên nhận hợp lệ", "KHÔNG KHỚP"
	b := openPage(t)
	for name, c := range map[string]struct {
		receipt audit.Receipt
		key     string
		want    []string
		wantNot []string
	}{
		"good":   {good, key.String(), []string{verified, "VERIFIED", "Nguyễn Văn Thử", "record.read", "Nội dung khớp với lá"}, []string{not}},
		"erased": {gone, key.String(), []string{verified, "đã được xóa"}, []string{not}},
		"payload": {change(func(r *audit.Receipt) { r.Payload = strings.Replace(r.Payload, `"12"`, `"13"`, 1) }), key.String(),
			[]string{not, "Nội dung (payload) hoặc muối (salt) không khớp", "Chữ ký của điểm kiểm đúng", "Lá nằm trong cây đã ký"}, []string{verified, "Nguyễn Văn Thử"}},
		"salt": {change(func(r *audit.Receipt) { r.Salt = other.Salt }), key.String(),
			[]string{not, "muối (salt) không khớp"}, []string{"Chữ ký của điểm kiểm sai"}},
		"index": {change(func(r *audit.Receipt) { r.Index++ }), key.String(),
			[]string{not, "Lá không nằm trong cây đã ký", "Nội dung khớp với lá"}, []string{verified}},
		"leaf": {change(func(r *audit.Receipt) { r.Leaf = other.Leaf }), key.String(),
			[]string{not, "Lá không nằm trong cây", "không khớp với lá"}, []string{verified}},
		"path": {change(func(r *audit.Receipt) { r.Proof[1] = r.Proof[0] }), key.String(),
			[]string{not, "Lá không nằm trong cây đã ký"}, []string{verified}},
		"checkpoint": {change(func(r *audit.Receipt) { r.Checkpoint = strings.Replace(r.Checkpoint, "\n21\n", "\n22\n", 1) }), key.String(),
			[]string{not, "Chữ ký của điểm kiểm sai"}, []string{verified}},
		"other log": {good, foreign.String(), []string{not, "không thuộc nhật ký hoặc khóa đã nêu"}, []string{verified}},
		"no key":    {good, "x", []string{not, "Khóa kiểm chứng không đúng dạng"}, []string{verified}},
	} {
		text, err := json.Marshal(c.receipt)
		if err != nil {
			t.Fatal(err)
		}
		said := b.verify(c.key, string(text))
		for _, want := range c.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the page does not say %q:\n%s", name, want, said)
			}
		}
		for _, never := range c.wantNot {
			if strings.Contains(said, never) {
				t.Errorf("%s: the page says %q:\n%s", name, never, said)
			}
		}
		// The page and the program are of one mind.
		if k, err := audit.ParseKey(c.key); err == nil {
			if _, err := c.receipt.Check(k); (err == nil) != strings.Contains(said, verified) {
				t.Errorf("%s: the program says %v", name, err)
			}
		}
	}
	if said := b.verify(key.String(), "{"); !strings.Contains(said, "Biên nhận không đúng dạng") {
		t.Errorf("no receipt: %s", said)
	}
}

type pageBrowser struct {
	t   *testing.T
	ctx context.Context
}

// openPage opens the page in a browser that has no network: every name leads
// nowhere, and a request to anything but the file fails the test.
func openPage(t *testing.T) *pageBrowser {
	t.Helper()
	path := filepath.Join(t.TempDir(), "verify.html")
	if err := os.WriteFile(path, audit.VerifierPage(), 0o600); err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "phohien-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium.Path(t)), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	ctx, stopTimed := context.WithTimeout(ctx, 10*time.Minute)
	var mu sync.Mutex
	var wrong []string
	t.Cleanup(func() {
		stopTimed()
		stop()
		stopAlloc()
		for range 50 { // its processes may write for a moment after they were told to stop
			if os.RemoveAll(profile) == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, w := range wrong {
			t.Error(w)
		}
	})
	err = chromedp.Listen(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			if ev.Request.URL != "file://"+path {
				wrong = append(wrong, "a request: "+ev.Request.URL)
			}
		case *runtime.EventExceptionThrown:
			wrong = append(wrong, "an error of the script: "+ev.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatalf("starting the browser: %v", err)
	}
	b := &pageBrowser{t: t, ctx: ctx}
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+path)); err != nil {
		t.Fatal(err)
	}
	b.eval(`(addEventListener("securitypolicyviolation", (e) => { document.title = "violated " + e.violatedDirective; }), "")`)
	return b
}

func (b *pageBrowser) eval(script string) string {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		b.t.Fatalf("%.80s: %v", script, err)
	}
	return v
}

// verify fills the form in, sends it and waits for what the page says.
func (b *pageBrowser) verify(key, receipt string) string {
	b.t.Helper()
	quote := func(s string) string { text, _ := json.Marshal(s); return string(text) }
	b.eval(`(document.getElementById("result").replaceChildren(), document.getElementById("key").value = ` + quote(key) +
		`, document.getElementById("receipt").value = ` + quote(receipt) + `, document.querySelector("button").click(), "")`)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if said := b.eval(`document.getElementById("result").innerText`); said != "" {
			if title := b.eval(`document.title`); strings.HasPrefix(title, "violated") {
				b.t.Errorf("the page broke its own policy: %s", title)
			}
			return said
		}
	}
	b.t.Fatal("the page says nothing")
	return ""
}
