package mirror

import (
	"crypto/sha256"
	"errors"
	"testing"
)

type bytesOf int64

func (b bytesOf) size() int64 { return int64(b) }

// TestAnswers_bounded lets go of what nobody has asked for longest.
func TestAnswers_bounded(t *testing.T) {
	a := newAnswers(10_000)
	ask := func(name string, size int64) (made bool) {
		t.Helper()
		_, err := a.do(t.Context(), []string{"x"}, sha256.Sum256([]byte(name)), func() (sized, error) { made = true; return bytesOf(size), nil })
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	names := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8"}
	for _, name := range names {
		if !ask(name, 700) {
			t.Errorf("%s was there", name)
		}
		if name != "0" && ask("0", 700) {
			t.Error("what was just asked for is gone")
		}
	}
	for range 4 {
		ask("more", 700)
		ask(t.Name(), 900)
	}
	if a.bytes > 10_000 || len(a.kept) != a.recent.Len() || a.bytes < 5_000 {
		t.Errorf("%d bytes in %d answers", a.bytes, len(a.kept))
	}
	if !ask("1", 700) {
		t.Error("the oldest is still there")
	}
	if ask("large", 5_000); !ask("large", 5_000) {
		t.Error("an answer of half of all bytes was kept")
	}
	wrong := errors.New("wrong")
	for range 2 {
		if _, err := a.do(t.Context(), []string{"x"}, sha256.Sum256([]byte("wrong")), func() (sized, error) { return nil, wrong }); !errors.Is(err, wrong) {
			t.Error(err)
		}
	}
}
