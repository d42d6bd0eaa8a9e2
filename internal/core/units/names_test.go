package units

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestSpaced: the short ways are no other ways.
func TestSpaced(t *testing.T) {
	words := rapid.SliceOf(rapid.SampledFrom([]string{"Phố", "Hiến", "x", "'", "-", "01", " ", "  ", "\t", "\n", "\u00a0", "\u0085", "\u1680", "\u2003", "\u3000", "–", "ỹ"}))
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(words.Draw(t, "words"), "")
		if got, want := spaced(s), strings.Join(strings.Fields(s), " "); got != want {
			t.Errorf("spaced(%q) = %q, want %q", s, got, want)
		}
		if got, want := unpunctuated(spaced(s)), strings.Join(strings.Fields(punctuation.Replace(spaced(s))), " "); got != want {
			t.Errorf("unpunctuated(%q) = %q, want %q", s, got, want)
		}
	})
}
