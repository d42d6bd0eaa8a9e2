package console_test

import (
	"testing"
)

// mostFirst is what the first page may weigh, all that it loads counted: on a
// commune's line that is two or three seconds.
const mostFirst = 300_000

// TestFirstPage weighs the front page of a browser that has never been here.
func TestFirstPage(t *testing.T) {
	_, server := opened(t, files...)
	b := openBrowser(t, server.URL)
	b.Look(1366, 900, "light")
	b.signIn()
	b.Until(`document.fonts.status === "loaded"`)
	type part struct {
		Name string
		Size int
	}
	parts := eval[[]part](b, `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map((e) => ({Name: new URL(e.name).pathname, Size: e.encodedBodySize}))`)
	sum := 0
	for _, one := range parts {
		t.Logf("%7d %s", one.Size, one.Name)
		sum += one.Size
	}
	t.Logf("%7d together", sum)
	if sum > mostFirst || len(parts) < 4 {
		t.Errorf("the first page loads %d bytes in %d parts, at most %d are allowed", sum, len(parts), mostFirst)
	}
}
