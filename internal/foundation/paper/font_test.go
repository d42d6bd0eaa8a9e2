package paper

import (
	"math"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// vietnamese are all letters of the language, composed, and the marks that
// papers need.
func vietnamese() string {
	var b strings.Builder
	for _, vowel := range "aăâeêioôơuưy" {
		for _, tone := range []string{"", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"} {
			letter := norm.NFC.String(string(vowel) + tone)
			b.WriteString(letter + string(unicode.ToUpper([]rune(letter)[0])))
		}
	}
	return b.String() + "đĐ" + "0123456789%/.,;:()[]+-–—…“”‘’\"'&@#*<>=≤≥±×÷°²³₫•→" + "\u00a0"
}

func TestFontHasVietnamese(t *testing.T) {
	r, err := rulers()
	if err != nil {
		t.Fatal(err)
	}
	letters := vietnamese()
	if n := len([]rune(letters)); n < 146 {
		t.Fatalf("only %d letters tried", n)
	}
	for f := range styles {
		for _, c := range letters {
			if _, has := r.advance(face(f), c); !has {
				t.Errorf("style %q lacks %c (%U)", styles[f], c, c)
			}
		}
		if _, has := r.advance(face(f), lacking); !has {
			t.Errorf("style %q lacks the empty box", styles[f])
		}
	}
	if got := r.drawable("giá 😀 漢", 0); got != "giá □ □" {
		t.Errorf("letters that the font lacks: %q", got)
	}
}

// Widths of Times New Roman, in thousandths of the size, from the metrics that
// Adobe published for Times (Core 14 AFM), which both fonts keep.
func TestFontWidths(t *testing.T) {
	r, err := rulers()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		letter rune
		widths [4]float64
	}{
		{' ', [4]float64{250, 250, 250, 250}}, {'0', [4]float64{500, 500, 500, 500}}, {'A', [4]float64{722, 722, 611, 667}},
		{'m', [4]float64{778, 833, 722, 778}}, {'n', [4]float64{500, 556, 500, 556}}, {'W', [4]float64{944, 1000, 833, 889}},
	} {
		for f, want := range c.widths {
			got, _ := r.advance(face(f), c.letter)
			if math.Abs(got-want) > 1 {
				t.Errorf("%c in style %q is %.1f wide, want %.0f", c.letter, styles[f], got, want)
			}
		}
	}
}
