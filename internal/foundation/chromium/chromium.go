// Package chromium finds the browser that tests drive.
package chromium

import (
	"os/exec"
	"testing"
)

// names are those of Debian's packages that tools/setup takes: Chromium without its
// windows, which starts four times as fast, or else the whole of it.
var names = []string{"chromium-headless-shell", "chromium"}

// Path is the program. A machine without it fails the test.
func Path(t testing.TB) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("the browser tests need Chromium (make setup installs it)")
	return ""
}
