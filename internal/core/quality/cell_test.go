package quality

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/viet"
)

// What plainText lets through needs no cleaning, and it lets through what
// people write.
func TestPlainTextNeedsNothing(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"a", " ", "Ế", "ư", "đ", "\u0301", "\x00", "\x7f", "\xff", "\xc3", "\u00a0", "\u200b", "ồ", "abcdefgh", "\t", "𠀋", "ợợợ", "\xe1\xbb"})
	rapid.Check(t, func(t *rapid.T) {
		b := []byte{}
		for _, p := range rapid.SliceOfN(pieces, 0, 20).Draw(t, "pieces") {
			b = append(b, p...)
		}
		if plain, _ := plainText(b); !plain {
			return
		}
		if out, changed := viet.Clean(b); changed || string(out) != string(b) || sound(b) != nil {
			t.Fatalf("%q is not plain", b)
		}
	})
	for _, s := range []string{"", "Xã Phố Hiến", "Đường Nguyễn Văn Linh, số 12 — không", "HS0000001", "a b", "Ệ"} {
		if got, ascii := plainText([]byte(s)); got != (s != "Đường Nguyễn Văn Linh, số 12 — không") || ascii && strings.IndexFunc(s, func(r rune) bool { return r > 127 }) >= 0 {
			t.Errorf("%q: got %v", s, got)
		}
	}
}
