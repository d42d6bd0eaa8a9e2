package dbf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A spec describes a field for make: "TEN C 10 0", with flags of Visual FoxPro.
type spec struct {
	name     string
	kind     byte
	size     int
	decimals byte
	flags    byte
}

// table builds a file; records hold the bytes of their fields, joined.
func table(version, driver byte, fields []spec, records ...string) []byte {
	var b bytes.Buffer
	width := 1
	for _, f := range fields {
		width += f.size
	}
	start := 32 + 32*len(fields) + 1
	if version == 0x30 {
		start += 263
	}
	head := make([]byte, 32)
	head[0], head[1], head[2], head[3], head[29] = version, 126, 11, 22, driver
	binary.LittleEndian.PutUint32(head[4:], uint32(len(records)))
	binary.LittleEndian.PutUint16(head[8:], uint16(start))
	binary.LittleEndian.PutUint16(head[10:], uint16(width))
	b.Write(head)
	for _, f := range fields {
		d := make([]byte, 32)
		copy(d, f.name)
		d[11], d[16], d[17], d[18] = f.kind, byte(f.size), f.decimals, f.flags
		if f.kind == 'C' && f.size > 255 {
			d[17] = byte(f.size >> 8)
		}
		b.Write(d)
	}
	b.WriteByte(0x0D)
	b.Write(make([]byte, start-b.Len()))
	for _, r := range records {
		if len(r) != width {
			panic(fmt.Sprintf("a record of %d bytes, want %d: %q", len(r), width, r))
		}
		b.WriteString(r)
	}
	b.WriteByte(0x1A)
	return b.Bytes()
}

func fileOf(text []byte) ingest.File {
	return ingest.File{ReaderAt: bytes.NewReader(text), Size: int64(len(text)), Limits: ingest.DefaultLimits}
}

// list reads a whole book: the headings, then each record as line: cell|cell.
func list(f ingest.File, open func(ingest.File) (ingest.Book, error)) (string, error) {
	b, err := open(f)
	if err != nil {
		return "", err
	}
	defer b.Close()
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n", strings.Join(b.Tables()[0].Header, "|"))
	g, err := b.Open(0)
	if err != nil {
		return "", err
	}
	var block ingest.Block
	for {
		c, err := g.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		c.Parse(&block)
		for r := range block.Records() {
			var row []string
			for c := range block.Cells(r) {
				row = append(row, string(block.Cell(r, c)))
			}
			fmt.Fprintf(&out, "%d: %s\n", block.Lines[r], strings.Join(row, "|"))
		}
	}
	for _, f := range b.Findings() {
		fmt.Fprintf(&out, "! %s %v\n", f.Key, f.Args)
	}
	return out.String(), nil
}

func opener(t *testing.T) func(ingest.File) (ingest.Book, error) {
	return func(f ingest.File) (ingest.Book, error) { return Open(t.Context(), f) }
}

func le32(n uint32) string       { return string(binary.LittleEndian.AppendUint32(nil, n)) }
func le64(n uint64) string       { return string(binary.LittleEndian.AppendUint64(nil, n)) }
func pad(s string, n int) string { return s + strings.Repeat(" ", n-len(s)) }

func TestOpen(t *testing.T) {
	classic := []spec{{"MA", 'C', 4, 0, 0}, {"SO", 'N', 8, 3, 0}, {"NGAY", 'D', 8, 0, 0}, {"CO", 'L', 1, 0, 0}, {"GHI_CHU", 'M', 10, 0, 0}}
	fox := []spec{{"I", 'I', 4, 0, 2}, {"B", 'B', 8, 2, 0}, {"T", 'T', 8, 0, 0}, {"Y", 'Y', 8, 4, 0}, {"V", 'V', 5, 0, 2}, {"_NullFlags", '0', 1, 0, 5}}
	one := []spec{{"TEN", 'C', 30, 0, 0}}
	for _, c := range []struct {
		name string
		text []byte
		want string
	}{
		{"dBASE", table(0x83, 0, classic,
			" A1     1.23420260131T         1",
			"*A2         020260131F          ",
			" A 3     -.5 00000000?          ",
			" \x00\x00\x00\x00********20261399 "+pad("", 10),
			" "+pad("", 31)),
			"# MA|SO|NGAY|CO|GHI_CHU\n1: A1|1.2340|2026-01-31|true|\n3: A 3|-0.5|||\n4: |********|20261399||\n! file.dbf.memo [GHI_CHU]\n! file.dbf.deleted [1]\n"},
		{"FoxPro", table(0x30, 3, fox,
			" "+le32(0xFFFFFFFE)+le64(math.Float64bits(1.234))+le32(2461072)+le32(30600000)+le64(^uint64(12345))+"abc\x00\x02"+"\x02",
			" "+le32(5)+le64(math.Float64bits(-0.5))+le32(0)+le32(0)+le64(10000)+"abcde"+"\x01",
			" "+le32(5)+le64(math.Float64bits(math.NaN()))+le32(2461072)+le32(1999)+le64(1<<63)+"abcde"+"\x04"),
			"# I|B|T|Y|V\n1: -2|1.2340|2026-01-31 08:30:00|-1.2346|ab\n2: |-0.5||1.0000|abcde\n3: 5|NaN|2026-01-31 00:00:02|-922337203685477.5808|\n"},
		{"UTF-8", table(3, 0, one, " "+pad("Đỗ Thị", 30)), "# TEN\n1: Đỗ Thị\n! file.dbf.codepage [" + "UTF-8" + "]\n"},
		{"UTF-8, cut", table(3, 0, []spec{{"TEN", 'C', 6, 0, 0}}, " Đỗ\xE1", " Đỗ "), "# TEN\n1: Đỗ\uFFFD\n2: Đỗ\n! file.dbf.codepage [UTF-8]\n"},
		{"TCVN3", table(3, 0, one, " "+tcvn3(30)), "# TEN\n1: Cộng hoà xã hội chủ nghĩa\n! file.dbf.codepage [TCVN3 (ABC)]\n"},
		{"few letters", table(3, 0x57, one, " "+pad("Caf\xE9", 30)), "# TEN\n1: Café\n! file.dbf.codepage-unsure []\n"},
		{"Russian", table(3, 0xC9, one, " "+pad("\xCC\xE8\xF0", 30)), "# TEN\n1: Мир\n! file.dbf.codepage [Windows 1251]\n"},
		{"long text", table(3, 0, []spec{{"TEN", 'C', 300, 0, 0}}, " "+pad(strings.Repeat("x", 299), 300)), "# TEN\n1: " + strings.Repeat("x", 299) + "\n"},
		{"more behind", append(table(3, 0, one, " "+pad("a", 30)), make([]byte, 100)...), "# TEN\n1: a\n! file.dbf.behind [1 3]\n"},
		{"no records", table(3, 0, one), "# TEN\n"},
	} {
		got, err := list(fileOf(c.text), opener(t))
		if err != nil || got != c.want {
			t.Errorf("%s: %v\n got %q\nwant %q", c.name, err, got, c.want)
		}
	}
}

// tcvn3 is a text in TCVN3, n bytes long.
func tcvn3(n int) string { return pad("C\xE9ng ho\xB5 x\xB7 h\xE9i ch\xF1 ngh\xDCa", n) }

func TestRefused(t *testing.T) {
	one := []spec{{"TEN", 'C', 30, 0, 0}}
	sound := table(3, 0, one, " "+pad("a", 30), " "+pad("b", 30))
	edit := func(at int, with byte) []byte {
		out := bytes.Clone(sound)
		out[at] = with
		return out
	}
	small := func(l *ingest.Limits) { l.Rows, l.Columns = 1, 1 }
	for _, c := range []struct {
		name   string
		text   []byte
		limits func(*ingest.Limits)
		key    string
	}{
		{"empty", nil, nil, "file.dbf.not"},
		{"text", []byte(strings.Repeat("ma,ten\n1,An\n", 10)), nil, "file.dbf.not"},
		{"version", edit(0, 7), nil, "file.dbf.not"},
		{"dBASE 7", edit(0, 4), nil, "file.dbf.version"},
		{"width", edit(10, 99), nil, "file.dbf.not"},
		{"month", edit(2, 13), nil, "file.dbf.not"},
		{"type", edit(32+11, 'X'), nil, "file.dbf.type"},
		{"date of 30", edit(32+11, 'D'), nil, "file.dbf.type"},
		{"count", edit(7, 0x7F), nil, "file.dbf.truncated"},
		{"cut", sound[:len(sound)-10], nil, "file.dbf.truncated"},
		{"end inside", edit(32+32+1+31, 0x1A), nil, "file.dbf.truncated"},
		{"rows", sound, small, "file.dbf.too-many-rows"},
		{"columns", table(3, 0, append(one, one...), " "+pad("", 60)), small, "file.too-many-columns"},
		{"bytes", sound, func(l *ingest.Limits) { l.Bytes = 10 }, "file.too-large"},
	} {
		f := fileOf(c.text)
		if c.limits != nil {
			c.limits(&f.Limits)
		}
		if _, err := list(f, opener(t)); !fault.Is(err, c.key) {
			t.Errorf("%s: %v, want %s", c.name, err, c.key)
		}
	}
	if _, err := Open(t.Context(), fileOf(nil)); !errors.Is(err, ErrNotDBF) {
		t.Errorf("got %v", err)
	}
}

// FuzzOpen: nothing panics, what is refused is refused with a fault, and all
// cells of numbers, days and texts are UTF-8.
func FuzzOpen(f *testing.F) {
	f.Add(table(0x83, 0, []spec{{"MA", 'C', 4, 0, 0}, {"SO", 'N', 8, 3, 0}, {"NGAY", 'D', 8, 0, 0}, {"CO", 'L', 1, 0, 0}}, " A1     1.23420260131T", "*A1     1.23420260131T"))
	f.Add(table(0x30, 3, []spec{{"I", 'I', 4, 0, 2}, {"B", 'B', 8, 2, 0}, {"T", 'T', 8, 0, 0}, {"Y", 'Y', 8, 4, 0}, {"V", 'V', 5, 0, 2}, {"_NullFlags", '0', 1, 0, 5}},
		" "+le32(9)+le64(1)+le32(2461072)+le32(30600000)+le64(12345)+"abc\x00\x02"+"\x02"))
	f.Add(table(3, 0, []spec{{"TEN", 'C', 30, 0, 0}}, " "+tcvn3(30)))
	f.Add([]byte("\x03"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := list(fileOf(text), opener(t))
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("no fault: %v", err)
			}
			return
		}
		if !utf8.ValidString(got) {
			t.Fatalf("not UTF-8: %q", got)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	fields := []spec{{"MA", 'C', 12, 0, 0}, {"TEN", 'C', 30, 0, 0}, {"NGAY", 'D', 8, 0, 0}, {"SO", 'N', 12, 2, 0}, {"CO", 'L', 1, 0, 0}}
	one := " 000000000001" + tcvn3(30) + "19900131" + "  1234567.89" + "T"
	records := make([]string, 100_000)
	for i := range records {
		records[i] = one
	}
	text := table(3, 0, fields, records...)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		book, err := Open(b.Context(), fileOf(text))
		if err != nil {
			b.Fatal(err)
		}
		g, err := book.Open(0)
		if err != nil {
			b.Fatal(err)
		}
		var block ingest.Block
		for {
			c, err := g.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			c.Parse(&block)
		}
	}
}
