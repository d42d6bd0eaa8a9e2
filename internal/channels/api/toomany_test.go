package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/foundation/rate"
)

// TestTooMany: who does something too often hears when to come back.
func TestTooMany(t *testing.T) {
	l := rate.New(rate.Limit{Burst: 1, Every: 90 * time.Second}, 0)
	if err := l.Check("a"); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	api.WriteProblem(w, httptest.NewRequest("POST", "/", nil), l.Check("a"))
	if w.Code != 429 || w.Header().Get("Retry-After") != "90" || !strings.Contains(w.Body.String(), "sau 90 giây") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}
