// Package browsertest drives a real browser for tests of pages, and fails them for
// what no page of ours may do.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
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
	"github.com/phohien/phohien/internal/foundation/chromium"
)

// A Browser is a real one with an empty profile. Every page it opens is watched:
// a violation of the policy, a request to another host or an error of a script
// fails the test.
type Browser struct {
	Ctx  context.Context // of the tab
	T    testing.TB
	host string
	base string

	plain bool // a desk in daylight, at which all rules are asked

	mu    sync.Mutex
	wrong []string
}

// New starts a browser for the pages under an address.
func New(t testing.TB, base string) *Browser {
	t.Helper()
	profile, err := os.MkdirTemp("", "phohien-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium.Path(t)), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true), chromedp.WindowSize(1366, 900),
	)
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	timed, stopTimed := context.WithTimeout(ctx, 30*time.Minute)
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{T: t, Ctx: timed, host: u.Host, base: base, plain: true}
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
func (b *Browser) watch(ctx context.Context) {
	b.T.Helper()
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
		b.T.Fatalf("starting the browser: %v", err)
	}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: policyWatch}); err != nil {
		b.T.Fatal(err)
	}
}

func (b *Browser) note(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = append(b.wrong, what)
}

// Settle fails the test for what the pages did wrong so far.
func (b *Browser) Settle() {
	b.T.Helper()
	broken := Eval[[]string](b, `globalThis.policyBroken ?? []`)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range append(b.wrong, broken...) {
		b.T.Errorf("%s: %s", b.Here(), w)
	}
	b.wrong = nil
}

// Here is the address of the page.
func (b *Browser) Here() string {
	here, err := chromedp.Run(b.Ctx, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	return here
}

// Do takes steps.
func (b *Browser) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	if err := chromedp.Do(b.Ctx, steps...); err != nil {
		b.T.Fatalf("at %s: %v", b.Here(), err)
	}
}

// Eval is the value of a script in the page.
func Eval[T any](b *Browser, script string) T {
	b.T.Helper()
	v, err := chromedp.Run(b.Ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.T.Fatalf("%s: %v", script, err)
	}
	return v
}

// Until waits for a condition in the page, also over the way to another page: of
// one whose text is still coming in nothing is asked.
func (b *Browser) Until(condition string) {
	b.T.Helper()
	var err error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		var met bool
		if met, err = chromedp.Run(b.Ctx, chromedp.Evaluate[bool](`document.readyState !== "loading" && Boolean(`+condition+`)`)); met && err == nil {
			return
		}
	}
	text, _ := chromedp.Run(b.Ctx, chromedp.Evaluate[string](`[...document.querySelectorAll("[role=status], h1, .page-error")].map((e) => e.innerText).join("\n")`))
	b.T.Fatalf("at %s, waiting for %s: %v\n%s", b.Here(), condition, err, text)
}

// Open opens a page and waits until its scripts have run.
func (b *Browser) Open(path string) {
	b.T.Helper()
	b.Do(chromedp.Navigate(b.base + path))
	b.Until(`document.readyState === "complete" && (document.documentElement.classList.contains("js"))`)
}

// Look sets the size of the window and the colours.
func (b *Browser) Look(width, height int64, scheme string) {
	b.T.Helper()
	b.plain = width > 1000 && scheme == "light"
	b.Do(chromedp.EmulateViewport(width, height))
	_, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	if err != nil {
		b.T.Fatal(err)
	}
}

// Shot keeps a picture of the whole page in the folder PHOHIEN_SHOTS, for people
// to look at.
func (b *Browser) Shot(name string) {
	b.T.Helper()
	dir := os.Getenv("PHOHIEN_SHOTS")
	if dir == "" {
		return
	}
	b.Until(`document.fonts.status === "loaded"`)
	png, err := chromedp.Run(b.Ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.T.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.T.Fatal(err)
	}
}

// Axe runs axe-core, with the rule of WCAG 2.2 AA that it leaves out by itself, and
// fails for each serious fault. In a window of a phone, or in dark, it asks those rules
// alone that may judge the same page otherwise there; in make soak all.
func (b *Browser) Axe(what string) {
	b.T.Helper()
	if b.plain || Thorough() {
		b.axe(what, `{resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}`)
		return
	}
	b.axe(what, `{resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]}`)
}

// Colours runs those rules of axe-core alone that may judge the same page otherwise in
// other colours.
func (b *Browser) Colours(what string) {
	b.T.Helper()
	b.axe(what, `{resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"]}`)
}

// Targets runs the rule of axe-core that judges how large things are that one touches.
func (b *Browser) Targets(what string) {
	b.T.Helper()
	b.axe(what, `{resultTypes: ["violations"], runOnly: ["target-size"]}`)
}

func (b *Browser) axe(what, options string) {
	b.T.Helper()
	if !Eval[bool](b, `"axe" in globalThis`) {
		source, err := os.ReadFile(apitest.File(b.T, "web/node_modules/axe-core/axe.min.js"))
		if err != nil {
			b.T.Fatalf("the accessibility tests need axe-core (make assets fetches it): %v", err)
		}
		b.Do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			// Not evaluated as a value: the library's own is a cyclic object.
			_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](string(source)+"; true"))
			return err
		}))
	}
	text, err := chromedp.Run(b.Ctx, chromedp.Evaluate[string](`axe.run(document, `+options+`).then((r) => JSON.stringify(
		r.violations.map((v) => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? ""))}))))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.T.Fatal(err)
	}
	var found []struct {
		ID, Impact, Help string
		Nodes            []string
	}
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		b.T.Fatal(err)
	}
	for _, v := range found {
		if v.Impact == "serious" || v.Impact == "critical" {
			b.T.Errorf("%s: %s: %s (%s)\n\t%s", what, v.ID, v.Help, v.Impact, strings.Join(v.Nodes[:min(3, len(v.Nodes))], "\n\t"))
		}
	}
}

// Scripts lets pages run scripts, or not.
func (b *Browser) Scripts(on bool) {
	b.T.Helper()
	if _, err := chromedp.Call(b.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.T.Fatal(err)
	}
}

// Click presses the mouse on an element once it stands still: a press goes to a
// place on the screen, and on a busy machine the page may still be moving (a
// font, the name of a file just chosen) between looking and pressing.
func (b *Browser) Click(selector string) {
	b.T.Helper()
	quoted := strconv.Quote(selector)
	b.Until(`document.querySelector(` + quoted + `) !== null`)
	for range 100 {
		if Eval[bool](b, `(() => {
			const e = document.querySelector(`+quoted+`);
			if (e === null) return false; // a part of the page is being replaced
			e.scrollIntoView({block: "center", behavior: "instant"});
			const r = e.getBoundingClientRect(), at = [r.x, r.y, r.width, r.height, scrollY].join();
			const still = e.dataset.seenAt === at && document.fonts.status === "loaded";
			e.dataset.seenAt = at;
			return still;
		})()`) {
			break
		}
		time.Sleep(40 * time.Millisecond)
	}
	b.Do(chromedp.Click(chromedp.CSS(selector)))
}

// A Look is a way to look at a page.
type Look struct {
	Name         string // such as "vi-light", "en-dark-phone"
	Width        int64
	Scheme, Lang string
}

// Phone tells whether the window is a phone's.
func (l Look) Phone() bool { return l.Width < 500 }

// Looks are the ways in which a test looks at a page: two that differ in everything;
// all of them in make soak, and when pictures are kept for people.
func Looks() (all []Look) {
	for _, lang := range []string{"vi", "en"} {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1366, 390} {
				desk, day := width == 1366, scheme == "light"
				if !Thorough() && (desk != day || desk != (lang == "vi")) {
					continue
				}
				all = append(all, Look{Name: lang + "-" + scheme + map[bool]string{false: "-phone"}[desk], Width: width, Scheme: scheme, Lang: lang})
			}
		}
	}
	return all
}

// Thorough tells whether tests look at everything: in make soak, and when pictures are
// kept for people.
func Thorough() bool { return os.Getenv("PHOHIEN_SOAK") != "" || os.Getenv("PHOHIEN_SHOTS") != "" }

// See takes a look at the page that comes next, or at the one that is there.
func (b *Browser) See(l Look) {
	b.T.Helper()
	b.Look(l.Width, 900, l.Scheme)
}

// Judge fails the test for what is wrong with the page as it stands, and keeps its
// picture.
func (b *Browser) Judge(what string) {
	b.T.Helper()
	b.Fits(what)
	b.Axe(what)
	b.Shot(what)
	b.Settle()
}

// Seen judges the page as it stands, in its own language, in every look; it ends on a
// desk in daylight.
func (b *Browser) Seen(what string) {
	b.T.Helper()
	seen := map[string]bool{}
	for _, l := range Looks() {
		if name := l.Name[len("vi"):]; !seen[name] {
			seen[name] = true
			b.See(l)
			b.Judge(what + name)
		}
	}
	b.Look(1366, 900, "light")
}

// Type types into a field once its page is whole. The field is asked for in the page:
// a node that the browser's protocol has named may be gone with the page before.
func (b *Browser) Type(selector, text string) {
	b.T.Helper()
	b.Until(`document.readyState === "complete" && (() => {
		document.querySelector(` + strconv.Quote(selector) + `)?.focus();
		return document.activeElement?.matches(` + strconv.Quote(selector) + `);
	})()`)
	b.Do(chromedp.KeyEvent(text))
}

// Fits fails the test for a page that is wider than the window.
func (b *Browser) Fits(what string) {
	b.T.Helper()
	if wide := Eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
		b.T.Errorf("%s: %s is %d px wider than the window", what, b.Here(), wide)
	}
}
