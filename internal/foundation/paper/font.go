package paper

import (
	"fmt"
	"sync"

	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifbolditalic"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// A face is one of the four styles: 1 is bold, 2 italic, 3 both.
type face int

func (r Run) face() face {
	var f face
	if r.Bold {
		f |= 1
	}
	if r.Italic {
		f |= 2
	}
	return f
}

// Liberation Serif has the widths of Times New Roman and every Vietnamese letter.
var outlines = [4][]byte{liberationserifregular.TTF, liberationserifbold.TTF, liberationserifitalic.TTF, liberationserifbolditalic.TTF}

// Heights of a line as parts of the size, from the font's own table (hhea). Word
// sets Times New Roman as high.
const (
	ascent     = 0.891
	lineHeight = 1.149
)

// lacking stands in the PDF for a letter that the font does not have.
const lacking = '□'

// A ruler knows how wide letters are, in thousandths of the size.
type ruler struct {
	mu    sync.Mutex
	fonts [4]*sfnt.Font
	known [4]map[rune]float64 // what has no entry was not asked for yet; negative when the font lacks it
	buf   sfnt.Buffer
}

var rulers = sync.OnceValues(func() (*ruler, error) {
	var r ruler
	for i, data := range outlines {
		f, err := sfnt.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("font of papers: %w", err)
		}
		r.fonts[i], r.known[i] = f, map[rune]float64{}
	}
	return &r, nil
})

// advance is the width of a letter, of an empty box when the font lacks it.
func (r *ruler) advance(f face, c rune) (width float64, has bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w, known := r.known[f][c]
	if !known {
		w = r.look(f, c)
		r.known[f][c] = w
	}
	if w < 0 {
		if c == lacking {
			return 600, false
		}
		box, ok := r.known[f][lacking]
		if !ok {
			box = r.look(f, lacking)
			r.known[f][lacking] = box
		}
		return box, false
	}
	return w, true
}

func (r *ruler) look(f face, c rune) float64 {
	fnt := r.fonts[f]
	glyph, err := fnt.GlyphIndex(&r.buf, c)
	if err != nil || glyph == 0 || c > 0xffff {
		return -1
	}
	units := fnt.UnitsPerEm()
	w, err := fnt.GlyphAdvance(&r.buf, glyph, fixed.I(int(units)), font.HintingNone)
	if err != nil {
		return -1
	}
	return float64(w) / 64 * 1000 / float64(units)
}

// width is how wide a text is, in points.
func (r *ruler) width(s string, f face, size float64) float64 {
	var sum float64
	for _, c := range s {
		w, _ := r.advance(f, c)
		sum += w
	}
	return sum * size / 1000
}

// drawable is a text in letters that the font has.
func (r *ruler) drawable(s string, f face) string {
	for _, c := range s {
		if _, has := r.advance(f, c); !has {
			out := make([]rune, 0, len(s))
			for _, c := range s {
				if _, has := r.advance(f, c); !has {
					c = lacking
				}
				out = append(out, c)
			}
			return string(out)
		}
	}
	return s
}
