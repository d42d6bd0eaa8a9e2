package paper

import (
	"encoding/binary"
	"math"
)

// sRGB makes a profile of the colours of screens (IEC 61966-2-1) in the format
// of ICC.1:2010 (version 4.3), which PDF/A asks for so that black is black
// everywhere: matrix and curve of the standard, adapted to D50.
func sRGB() []byte {
	xyz := func(x, y, z float64) []byte {
		return numbers("XYZ ", x, y, z)
	}
	// Curve of type 3: (aX+b)^g from d on, cX below.
	curve := numbers("para", 0, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)
	binary.BigEndian.PutUint16(curve[8:], 3)
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", words("sRGB")},
		{"cprt", words("CC0")},
		{"wtpt", xyz(0.9642, 1, 0.8249)},
		{"chad", numbers("sf32", 1.047882, 0.022919, -0.050217, 0.029587, 0.990479, -0.017059, -0.009232, 0.015076, 0.751678)},
		{"rXYZ", xyz(0.436066, 0.222488, 0.013916)},
		{"gXYZ", xyz(0.385147, 0.716873, 0.097076)},
		{"bXYZ", xyz(0.143066, 0.060608, 0.714096)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var body []byte
	at := 128 + 4 + 12*len(tags)
	for _, t := range tags {
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(at+len(body)))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.data)))
		body = append(body, t.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	head := make([]byte, 128)
	binary.BigEndian.PutUint32(head, uint32(at+len(body)))
	binary.BigEndian.PutUint32(head[8:], 0x04300000)
	copy(head[12:], "mntrRGB XYZ ")
	for i, v := range []uint16{2020, 1, 1, 0, 0, 0} {
		binary.BigEndian.PutUint16(head[24+2*i:], v)
	}
	copy(head[36:], "acsp")
	for i, v := range []float64{0.9642, 1, 0.8249} { // illuminant D50
		binary.BigEndian.PutUint32(head[68+4*i:], fixedPoint(v))
	}
	return append(append(head, table...), body...)
}

// numbers is a tag of numbers. That of a curve has its kind in the place of the
// first, of which two bytes are used.
func numbers(kind string, values ...float64) []byte {
	b := append([]byte(kind), 0, 0, 0, 0)
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, fixedPoint(v))
	}
	return b
}

// fixedPoint is a number with sixteen bits behind the point.
func fixedPoint(v float64) uint32 { return uint32(int32(math.Round(v * 65536))) }

// words is a tag of one English text.
func words(s string) []byte {
	b := append([]byte("mluc"), 0, 0, 0, 0)
	for _, v := range []uint32{1, 12} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	b = append(b, "enUS"...)
	b = binary.BigEndian.AppendUint32(b, uint32(2*len(s)))
	b = binary.BigEndian.AppendUint32(b, 28)
	for _, c := range s {
		b = binary.BigEndian.AppendUint16(b, uint16(c))
	}
	return b
}
