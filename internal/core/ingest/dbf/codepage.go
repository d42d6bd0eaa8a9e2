package dbf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/viet/charset"
)

// A decoder turns the bytes of texts into UTF-8.
type decoder struct {
	driver  byte            // the language driver that the file names
	charset charset.Charset // the encoding that the texts are in; "" = table
	table   *charmap.Charmap
	found   string // name of the encoding, when the texts are not plain ASCII
	unsure  bool
}

// drivers are the code pages of language drivers whose letters Vietnamese text
// cannot be mistaken for. Those of western Europe (437, 850, 1252) stand in
// Vietnamese files whatever their font, and are read as 1252: from that, a
// column in an old Vietnamese font can still be mended.
var drivers = map[byte]*charmap.Charmap{
	0x64: charmap.CodePage852, 0x65: charmap.CodePage866, 0x26: charmap.CodePage866,
	0xC8: charmap.Windows1250, 0xC9: charmap.Windows1251, 0xCA: charmap.Windows1254, 0xCB: charmap.Windows1253,
}

// sampleBytes is how much text is looked at to tell its encoding.
const sampleBytes = 256 << 10

// codePage looks at the texts to tell their encoding: what a file says of
// itself is not to be relied on.
func (b *book) codePage() error {
	sample, err := b.sample()
	if err != nil {
		return err
	}
	d := &b.decode
	d.table = charmap.Windows1252
	switch {
	case len(sample) == 0:
		d.table = nil
		d.charset = charset.UTF8
		return nil
	case utf8.Valid(sample):
		d.charset = charset.UTF8
		d.found = d.charset.String()
		return nil
	}
	if c, sure := charset.Detect(sample); sure && c != charset.UTF16LE && c != charset.UTF16BE {
		d.charset = c
		d.found = c.String()
		return nil
	}
	if t := drivers[d.driver]; t != nil {
		d.table, d.found = t, t.String()
		return nil
	}
	d.unsure = true
	return nil
}

// sample gathers texts that are not plain ASCII, each on a line.
func (b *book) sample() ([]byte, error) {
	var out []byte
	in := io.NewSectionReader(b.file, b.start, b.records*int64(b.width))
	buf := make([]byte, max(1, chunkBytes/b.width)*b.width)
	for read := int64(0); read < 64<<20 && len(out) < sampleBytes; {
		if err := b.ctx.Err(); err != nil {
			return nil, err
		}
		n, err := io.ReadFull(in, buf)
		for data := buf[:n]; len(data) >= b.width && len(out) < sampleBytes; data = data[b.width:] {
			if data[0] != deleted {
				out = b.texts(out, data[:b.width])
			}
		}
		read += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading the file: %w", err)
		}
	}
	return out, nil
}

func (b *book) texts(out, record []byte) []byte {
	for _, f := range b.fields {
		if f.kind != 'C' && f.kind != 'V' {
			continue
		}
		text := bytes.TrimRight(record[f.from:f.to], " \x00")
		if ingest.ASCII(text) {
			continue
		}
		if len(text) == f.to-f.from { // programs cut UTF-8 in the midst of a letter
			text = text[:len(text)-ingest.CutRune(text)]
		}
		out = append(append(out, text...), '\n')
	}
	return out
}

// text appends a text in UTF-8.
func (d *decoder) text(dst, text []byte) []byte {
	switch {
	case ingest.ASCII(text):
		return append(dst, text...)
	case d.charset == charset.UTF8 && utf8.Valid(text):
		return append(dst, text...)
	case d.charset == charset.UTF8 && d.found != "":
		return append(dst, bytes.ToValidUTF8(text, []byte("\uFFFD"))...)
	case d.charset != "" && d.charset != charset.UTF8:
		if out, err := charset.Decode(d.charset, text); err == nil {
			return append(dst, out...)
		}
	}
	table := d.table
	if table == nil { // the sample was UTF-8, or said nothing
		table = charmap.Windows1252
	}
	for _, c := range text {
		dst = utf8.AppendRune(dst, table.DecodeByte(c))
	}
	return dst
}
