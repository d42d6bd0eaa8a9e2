package xls

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf16"

	"github.com/phohien/phohien/internal/core/ingest/xls/cfb"
)

// A stream is a workbook being built, record by record.
type stream struct{ bytes.Buffer }

func (s *stream) rec(id int, parts ...any) *stream {
	var data []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int: // two bytes, as most fields are
			data = binary.LittleEndian.AppendUint16(data, uint16(p))
		case uint32:
			data = binary.LittleEndian.AppendUint32(data, p)
		case byte:
			data = append(data, p)
		case float64:
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(p))
		case []byte:
			data = append(data, p...)
		case string:
			data = append(data, p...)
		}
	}
	var head [4]byte
	binary.LittleEndian.PutUint16(head[:], uint16(id))
	binary.LittleEndian.PutUint16(head[2:], uint16(len(data)))
	s.Write(head[:])
	s.Write(data)
	return s
}

// wide is a text of two bytes a character.
func wide(text string) []byte {
	var out []byte
	for _, c := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, c)
	}
	return out
}

func chars(text string) int { return len(utf16.Encode([]rune(text))) }

const biff8, biff5 = 0x0600, 0x0500

// workbook puts globals and sheets together: each BOUNDSHEET is given its place.
func workbook(version int, globals func(*stream), sheets ...*stream) []byte {
	build := func(at []uint32) *stream {
		s := (&stream{}).rec(recBOF, version, 5)
		for i := range sheets {
			name := "S" + string('1'+rune(i))
			if version == biff8 {
				s.rec(recBoundSheet, at[i], byte(0), byte(0), byte(2), byte(0), name)
			} else {
				s.rec(recBoundSheet, at[i], byte(0), byte(0), byte(2), name)
			}
		}
		globals(s)
		return s.rec(recEOF)
	}
	at := make([]uint32, len(sheets))
	place := uint32(build(at).Len())
	for i, s := range sheets {
		at[i] = place
		place += uint32(s.Len()) + 4 + 4 + 4
	}
	out := build(at)
	for _, s := range sheets {
		out.rec(recBOF, version, 0x10)
		out.Write(s.Bytes())
		out.rec(recEOF)
	}
	return out.Bytes()
}

// compound packs a stream of the root into a compound file of 512 byte sectors.
func compound(name string, data []byte) []byte {
	size := max(len(data), 4096) // below it would be a mini stream
	data = append(bytes.Clone(data), make([]byte, (size+511)/512*512-len(data))...)
	n := len(data) / 512
	fats := 1
	difats := func() int { return max(0, fats-109+126) / 127 }
	for fats*128 < n+1+fats+difats() {
		fats++
	}
	links := make([]uint32, fats*128)
	for i := range links {
		links[i] = 0xFFFFFFFF
	}
	for i := range n { // sectors of the stream, then the directory, then the FAT
		links[i] = uint32(i + 1)
	}
	links[n-1], links[n] = 0xFFFFFFFE, 0xFFFFFFFE
	head := make([]byte, 512)
	copy(head, cfb.Signature)
	binary.LittleEndian.PutUint16(head[26:], 3)
	binary.LittleEndian.PutUint16(head[30:], 9)
	binary.LittleEndian.PutUint32(head[44:], uint32(fats))
	binary.LittleEndian.PutUint32(head[48:], uint32(n))
	binary.LittleEndian.PutUint32(head[60:], 0xFFFFFFFE)
	binary.LittleEndian.PutUint32(head[68:], 0xFFFFFFFE)
	if difats() > 0 {
		binary.LittleEndian.PutUint32(head[68:], uint32(n+1+fats))
		binary.LittleEndian.PutUint32(head[72:], uint32(difats()))
	}
	for i := range 109 {
		s := uint32(0xFFFFFFFF)
		if i < fats {
			s = uint32(n + 1 + i)
		}
		binary.LittleEndian.PutUint32(head[76+4*i:], s)
	}
	entry := func(name string, kind byte, child, start uint32, size int) []byte {
		e := make([]byte, 128)
		copy(e, wide(name))
		binary.LittleEndian.PutUint16(e[64:], uint16(2*chars(name)+2))
		e[66] = kind
		binary.LittleEndian.PutUint32(e[68:], 0xFFFFFFFF)
		binary.LittleEndian.PutUint32(e[72:], 0xFFFFFFFF)
		binary.LittleEndian.PutUint32(e[76:], child)
		binary.LittleEndian.PutUint32(e[116:], start)
		binary.LittleEndian.PutUint32(e[120:], uint32(size))
		return e
	}
	out := append(head, data...)
	out = append(out, entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)...)
	out = append(out, entry(name, 2, 0xFFFFFFFF, 0, size)...)
	out = append(out, make([]byte, 256)...)
	for _, l := range links {
		out = binary.LittleEndian.AppendUint32(out, l)
	}
	for i := range difats() { // more places of FAT sectors, and the next such list
		for k := range 127 {
			s := uint32(0xFFFFFFFF)
			if f := 109 + 127*i + k; f < fats {
				s = uint32(n + 1 + f)
			}
			out = binary.LittleEndian.AppendUint32(out, s)
		}
		next := uint32(0xFFFFFFFE)
		if i+1 < difats() {
			next = uint32(n + 1 + fats + i + 1)
		}
		out = binary.LittleEndian.AppendUint32(out, next)
	}
	return out
}
