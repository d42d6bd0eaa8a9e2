package atlas

import (
	"math"
	"strconv"

	"github.com/paulmach/orb"
)

// Unit is how many units of a picture a pixel has: coordinates are whole
// numbers, and fine enough to be looked at eight times as large.
const Unit = 10

// A Frame is a picture: what of the world it shows, and how large.
type Frame struct {
	Width, Height int     // in units
	Scale         float64 // units for 1 of the world at zoom 0
	X, Y          float64 // upper left corner in the world at zoom 0
}

// Fit makes the largest frame of at most so many pixels that shows a part of the
// projected world, with some pixels free around it.
func Fit(b orb.Bound, width, height, margin int) Frame {
	w, h := math.Max(b.Max[0]-b.Min[0], 1e-6), math.Max(b.Max[1]-b.Min[1], 1e-6)
	scale := math.Min(float64(width-2*margin)/w, float64(height-2*margin)/h)
	free := float64(margin) / scale
	return Frame{
		Width: int(math.Ceil((w*scale + 2*float64(margin)) * Unit)), Height: int(math.Ceil((h*scale + 2*float64(margin)) * Unit)),
		Scale: scale * Unit, X: b.Min[0] - free, Y: b.Min[1] - free,
	}
}

// Zoom is the zoom at which boundaries are simplified for the frame: fine enough
// to be looked at closer.
func (f Frame) Zoom() int {
	return max(1, min(maxZoom, int(math.Ceil(math.Log2(f.Scale/Unit)+1))))
}

// maxZoom is the closest that is drawn: half a metre a pixel and less is finer
// than anybody's boundaries.
const maxZoom = 16

// At is where a projected point lies.
func (f Frame) At(p orb.Point) (x, y float64) {
	return (p[0] - f.X) * f.Scale, (p[1] - f.Y) * f.Scale
}

// Bound is the part of the projected world that is shown.
func (f Frame) Bound() orb.Bound {
	return orb.Bound{Min: orb.Point{f.X, f.Y}, Max: orb.Point{f.X + float64(f.Width)/f.Scale, f.Y + float64(f.Height)/f.Scale}}
}

// Path writes an area as an SVG path.
func (f Frame) Path(area orb.MultiPolygon) string {
	b := make([]byte, 0, 256)
	for _, polygon := range area {
		for _, ring := range polygon {
			b = f.ring(b, ring)
		}
	}
	return string(b)
}

func (f Frame) ring(b []byte, ring orb.Ring) []byte {
	var atX, atY int
	for i, p := range ring[:len(ring)-1] {
		fx, fy := f.At(p)
		x, y := int(math.Round(fx)), int(math.Round(fy))
		if i == 0 {
			b = append(b, 'M')
			b = number(b, x, false)
			b = number(b, y, true)
			b = append(b, 'l')
			atX, atY = x, y
			continue
		}
		if x == atX && y == atY && i > 1 {
			continue
		}
		b = number(b, x-atX, b[len(b)-1] != 'l')
		b = number(b, y-atY, true)
		atX, atY = x, y
	}
	return append(b, 'z')
}

// number writes a number, with a space before it where one is needed.
func number(b []byte, n int, behind bool) []byte {
	if behind && n >= 0 {
		b = append(b, ' ')
	}
	return strconv.AppendInt(b, int64(n), 10)
}
