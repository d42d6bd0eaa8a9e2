//go:build duckdb_arrow

package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// write makes a Parquet file of a query.
func write(t testing.TB, query, options string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "ma=1")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tệp của 'xã'.parquet")
	db, err := columns.Open(t.Context(), columns.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Exec(t.Context(), "COPY ("+query+") TO "+columns.QuoteText(path)+" (FORMAT parquet"+options+")"); err != nil {
		t.Fatal(err)
	}
	return path
}

func fileAt(t testing.TB, path string) ingest.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return ingest.File{ReaderAt: f, Size: info.Size(), Temp: t.TempDir(), Limits: ingest.DefaultLimits}
}

// list reads a whole book: the headings, then each record as line: cell|cell.
func list(b ingest.Book) (string, error) {
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

func TestOpen(t *testing.T) {
	const point = `'\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x80\x5A\x40\x00\x00\x00\x00\x00\x00\x35\x40'::BLOB`
	for _, c := range []struct{ query, options, want string }{
		{"SELECT 'Đỗ' t, 7::TINYINT i, -9223372036854775807::BIGINT b, true y, NULL n, '' e", "", "# t|i|b|y|n|e\n1: Đỗ|7|-9223372036854775807|true\n"},
		{"SELECT 1.234::DECIMAL(9,3) a, -0.5::DECIMAL(4,2) b, 12345678901234567890.12::DECIMAL(38,2) c", "", "# a|b|c\n1: 1.2340|-0.50|12345678901234567890.12\n"},
		{"SELECT 1e20::DOUBLE a, 0.1::FLOAT b, 1.234::DOUBLE c, 'NaN'::DOUBLE d, '-inf'::FLOAT e", "", "# a|b|c|d|e\n1: 100000000000000000000|0.1|1.2340|NaN|-Infinity\n"},
		{"SELECT DATE '1990-01-31' d, TIMESTAMP '2020-01-02 03:04:05' s, TIMESTAMP '2020-01-02 03:04:05.5' f, TIME '01:02:03' c, TIMESTAMPTZ '2020-01-01 20:00:00Z' z, TIMESTAMPTZ '2020-01-01 20:00:00.25Z' y", "",
			"# d|s|f|c|z|y\n1: 1990-01-31|2020-01-02 03:04:05|2020-01-02 03:04:05.5|01:02:03|2020-01-02T03:00:00+07:00|2020-01-02T03:00:00.25+07:00\n"},
		{"SELECT [1,2] l, {'a':1,'b':['x']} s, MAP {'k':1} m", "", "# l|s|m\n1: [1,2]|{\"a\":1,\"b\":[\"x\"]}|{\"k\":1}\n"},
		{"SELECT 1 a, 'x'::BLOB anh", "", "# a\n1: 1\n! file.parquet.binary [anh]\n"},
		{"SELECT 1 \"một \"\"hai\", 2 B, 3 b", "", "# một \"hai|B|b_1\n1: 1|2|3\n"},
		{"SELECT 1 a, " + point + " g", `, KV_METADATA {geo: '{"version":"1.1.0","primary_column":"g","columns":{"g":{"encoding":"WKB","geometry_types":["Point"]}}}'}`,
			"# a|g\n1: 1|POINT (106 21)\n"},
		{"SELECT 1 a WHERE false", "", "# a\n"},
		{"SELECT i a FROM range(3) r(i)", "", "# a\n1: 0\n2: 1\n3: 2\n"},
	} {
		b, err := Open(t.Context(), fileAt(t, write(t, c.query, c.options)))
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		got, err := list(b)
		if err != nil || got != c.want {
			t.Errorf("%s: %v\n got %q\nwant %q", c.query, err, got, c.want)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestPlaces: a file that lies nowhere is copied and the copy removed; a book
// reaches no other file; several grids are read at once.
func TestPlaces(t *testing.T) {
	path := write(t, "SELECT i a FROM range(5000) r(i)", "")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	b, err := Open(t.Context(), ingest.File{ReaderAt: bytes.NewReader(text), Size: int64(len(text)), Temp: temp, Limits: ingest.DefaultLimits})
	if err != nil {
		t.Fatal(err)
	}
	c, err := b.(*book).db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	if err := c.Row(t.Context(), "SELECT count(*) FROM read_parquet("+columns.QuoteText(path)+")").Scan(&n); err == nil {
		t.Error("another file can be read")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	first, err := b.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Next(); err != nil {
		t.Fatal(err)
	}
	if got, err := list(b); err != nil || strings.Count(got, "\n") != 5001 {
		t.Errorf("a second grid: %d lines, %v", strings.Count(got, "\n"), err)
	}
	if err := b.Close(); err != nil { // with the first grid open
		t.Fatal(err)
	}
	if _, err := first.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after Close: %v", err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v %v", left, err)
	}
}

func TestRefused(t *testing.T) {
	text, err := os.ReadFile(write(t, "SELECT i a, i::VARCHAR b FROM range(1000) r(i)", ""))
	if err != nil {
		t.Fatal(err)
	}
	damaged := append([]byte(nil), text...)
	for i := len(damaged) - 60; i < len(damaged)-8; i++ {
		damaged[i] = 0xFF
	}
	for _, c := range []struct {
		text   string
		limits func(*ingest.Limits)
		key    string
	}{
		{"", nil, "file.parquet.not"},
		{"a,b\n1,2\n3,4\n5,6", nil, "file.parquet.not"},
		{"PARE12345678PARE", nil, "file.parquet.encrypted"},
		{string(text[:len(text)-1]), nil, "file.parquet.truncated"},
		{"PAR1" + string(text[len(text)-8:]), nil, "file.parquet.damaged"},
		{string(damaged), nil, "file.parquet.damaged"},
		{string(text), func(l *ingest.Limits) { l.Rows = 999 }, "file.parquet.too-many-rows"},
		{string(text), func(l *ingest.Limits) { l.Columns = 1 }, "file.too-many-columns"},
		{string(text), func(l *ingest.Limits) { l.Unpacked = 100 }, "file.parquet.unpacked"},
		{string(text), func(l *ingest.Limits) { l.Bytes = 100 }, "file.too-large"},
	} {
		f := ingest.File{ReaderAt: strings.NewReader(c.text), Size: int64(len(c.text)), Temp: t.TempDir(), Limits: ingest.DefaultLimits}
		if c.limits != nil {
			c.limits(&f.Limits)
		}
		b, err := Open(t.Context(), f)
		if err == nil {
			_, err = list(b)
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
		if !fault.Is(err, c.key) {
			t.Errorf("%.10q: %v, want %s", c.text, err, c.key)
		}
	}
	if err := marks(ingest.File{ReaderAt: strings.NewReader("x"), Size: 1}); !errors.Is(err, ErrNotParquet) {
		t.Errorf("got %v", err)
	}
}

// TestMutated reads damaged files in another process, since what reads them is
// C++ and a crash would end the test. PHOHIEN_MUTATE sets how long.
func TestMutated(t *testing.T) {
	if seed := os.Getenv("PHOHIEN_MUTATE_SEED"); seed != "" {
		mutate(t, seed)
		return
	}
	long := 3 * time.Second
	if d, err := time.ParseDuration(os.Getenv("PHOHIEN_MUTATE")); err == nil {
		long = d
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for seed, end := 1, time.Now().Add(long); time.Now().Before(end); seed++ {
		cmd := exec.CommandContext(t.Context(), self, "-test.run", "^TestMutated$", "-test.v", "-test.timeout", "120s")
		cmd.Env = append(os.Environ(), "PHOHIEN_MUTATE_SEED="+strconv.Itoa(seed))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("seed %d: %v\n%.3000s", seed, err, out)
		}
		if i := bytes.Index(out, []byte("files:")); i >= 0 {
			line, _, _ := bytes.Cut(out[i:], []byte("\n"))
			t.Logf("seed %d: %s", seed, line)
		}
	}
}

// mutate reads some hundred files that differ from sound ones in a few bytes.
func mutate(t *testing.T, seed string) {
	n, err := strconv.Atoi(seed)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(uint64(n), 1))
	var sound [][]byte
	for _, codec := range []string{"snappy", "zstd", "gzip", "uncompressed"} {
		for _, version := range []string{"V1", "V2"} {
			text, err := os.ReadFile(write(t, `SELECT i a, i % 7 b, 'Nguyễn Văn ' || i c, i / 3.0 d, [i, i + 1] l, {'x': i, 'y': i::VARCHAR} s, DATE '2020-01-01' + i::INT e, CASE WHEN i % 3 = 0 THEN NULL ELSE i END n FROM range(400) r(i)`,
				", COMPRESSION "+codec+", PARQUET_VERSION "+version))
			if err != nil {
				t.Fatal(err)
			}
			sound = append(sound, text)
		}
	}
	read, refused := 0, 0
	for range 200 {
		text := append([]byte(nil), sound[random.IntN(len(sound))]...)
		for range 1 + random.IntN(4) {
			at := 4 + random.IntN(len(text)-8)
			if random.IntN(2) == 0 { // footers are what readers trust most
				at = max(4, len(text)-8-random.IntN(min(1200, len(text)-12)))
			}
			switch random.IntN(3) {
			case 0:
				text[at] = byte(random.Uint32())
			case 1:
				text[at] ^= 1 << random.IntN(8)
			case 2:
				text[at] = 0xFF
			}
		}
		b, err := Open(t.Context(), ingest.File{ReaderAt: bytes.NewReader(text), Size: int64(len(text)), Temp: t.TempDir(), Limits: ingest.DefaultLimits})
		if err == nil {
			_, err = list(b)
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
		switch {
		case err == nil:
			read++
		case fault.Of(err) != nil:
			refused++
		default:
			t.Errorf("no fault: %v", err)
		}
	}
	t.Logf("files: %d read, %d refused", read, refused)
}

func BenchmarkParquet(b *testing.B) {
	path := write(b, `SELECT 'HS' || lpad(i::VARCHAR, 9, '0') ma, 'Nguyễn Văn An' ho_ten, DATE '1990-01-31' + (i % 9000)::INT ngay_sinh, 'Nam' gioi_tinh, '12345' ma_xa,
		(i * 1.01)::DECIMAL(18,2) so_tien, i / 7.0 diem, true hoat_dong, TIMESTAMPTZ '2026-01-31 08:30:00+07' + to_seconds(i) cap_nhat, 'Ghi chú ' || i ghi_chu FROM range(1000000) r(i)`, "")
	b.ReportAllocs()
	for b.Loop() {
		book, err := Open(b.Context(), fileAt(b, path))
		if err != nil {
			b.Fatal(err)
		}
		g, err := book.Open(0)
		if err != nil {
			b.Fatal(err)
		}
		rows := 0
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
			rows += block.Records()
		}
		if err := book.Close(); err != nil || rows != 1_000_000 {
			b.Fatal(rows, err)
		}
	}
}
