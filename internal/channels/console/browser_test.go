package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/phohien/phohien/internal/channels/api/apitest"
)

// chromium is the browser that the tests drive.
const chromium = "/usr/bin/chromium"

// A browser is a real one with an empty profile. Every page it opens is watched:
// a violation of the policy, a request to another host or an error of a script
// fails the test.
type browser struct {
	t    testing.TB
	ctx  context.Context
	host string
	base string

	mu    sync.Mutex
	wrong []string
}

func openBrowser(t testing.TB, base string) *browser {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		t.Fatalf("the browser tests need Chromium at %s (make setup installs it): %v", chromium, err)
	}
	profile, err := os.MkdirTemp("", "phohien-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true), chromedp.WindowSize(1366, 900),
	)
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	timed, stopTimed := context.WithTimeout(ctx, 4*time.Minute)
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, ctx: timed, host: u.Host, base: base}
	t.Cleanup(func() {
		stopTimed()
		stop()
		stopAlloc()
		// Its processes may write for a moment after they were told to stop.
		for range 50 {
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	b.watch(timed)
	return b
}

const policyWatch = `addEventListener("securitypolicyviolation", (e) => {
	(globalThis.policyBroken ??= []).push(e.violatedDirective + " " + e.blockedURI + " " + (e.sourceFile ?? ""));
});`

// watch notes what a tab may not do.
func (b *browser) watch(ctx context.Context) {
	b.t.Helper()
	err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			u, err := url.Parse(ev.Request.URL)
			if err != nil || (u.Host != b.host && u.Scheme != "data" && u.Scheme != "blob" && u.Scheme != "about") {
				b.note("a request to another host: " + ev.Request.URL)
			}
		case *runtime.EventExceptionThrown:
			b.note(fmt.Sprintf("an error of a script: %+v", ev.ExceptionDetails))
		}
	})
	if err != nil {
		b.t.Fatalf("starting the browser: %v", err)
	}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: policyWatch}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) note(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = append(b.wrong, what)
}

// settle fails the test for what the pages did wrong so far.
func (b *browser) settle() {
	b.t.Helper()
	broken := eval[[]string](b, `globalThis.policyBroken ?? []`)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range append(b.wrong, broken...) {
		b.t.Errorf("%s: %s", evalHere(b), w)
	}
	b.wrong = nil
}

func evalHere(b *browser) string {
	here, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	return here
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("at %s: %v", evalHere(b), err)
	}
}

func eval[T any](b *browser, script string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return v
}

// until waits for a condition in the page, also over the way to another page.
func (b *browser) until(condition string) {
	b.t.Helper()
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		var met bool
		if met, err = chromedp.Run(b.ctx, chromedp.Evaluate[bool](`Boolean(`+condition+`)`)); met && err == nil {
			return
		}
	}
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`[...document.querySelectorAll("[role=status], h1, .page-error")].map((e) => e.innerText).join("\n")`))
	b.t.Fatalf("at %s, waiting for %s: %v\n%s", evalHere(b), condition, err, text)
}

// open opens a page and waits until its scripts have run.
func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
	b.until(`document.readyState === "complete" && (document.documentElement.classList.contains("js"))`)
}

func (b *browser) signIn() { b.open("/?token=" + apitest.Token) }

// look sets the size of the window and the colours.
func (b *browser) look(width, height int64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// shot keeps a picture of the whole page in the folder PHOHIEN_SHOTS, for people
// to look at.
func (b *browser) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("PHOHIEN_SHOTS")
	if dir == "" {
		return
	}
	b.until(`document.fonts.status === "loaded"`)
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// axe runs axe-core and fails for each serious fault.
func (b *browser) axe(what string) {
	b.t.Helper()
	source, err := os.ReadFile(apitest.File(b.t, "web/node_modules/axe-core/axe.min.js"))
	if err != nil {
		b.t.Fatalf("the accessibility tests need axe-core (make assets fetches it): %v", err)
	}
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		// Not evaluated as a value: the library's own is a cyclic object.
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](string(source)+"; true"))
		return err
	}))
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(
		r.violations.map((v) => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? ""))}))))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	var found []struct {
		ID, Impact, Help string
		Nodes            []string
	}
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range found {
		if v.Impact == "serious" || v.Impact == "critical" {
			b.t.Errorf("%s: %s: %s (%s)\n\t%s", what, v.ID, v.Help, v.Impact, strings.Join(v.Nodes[:min(3, len(v.Nodes))], "\n\t"))
		}
	}
}

// scripts lets pages run scripts, or not.
func (b *browser) scripts(on bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.t.Fatal(err)
	}
}
