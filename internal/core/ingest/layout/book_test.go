package layout

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
)

// office is a text file of n people in pages of 40 rows, with all that an
// office puts around them, long enough for several chunks.
func office(n int) []byte {
	var b bytes.Buffer
	heading := "STT;Họ và tên;Năm sinh;Ghi chú\n"
	b.WriteString("UBND XÃ TÂN TIẾN;;;\nDANH SÁCH NHÂN KHẨU;;;\n;;;\n" + heading + "(1);(2);(3);(4)\n")
	for i := range n {
		if i > 0 && i%40 == 0 {
			b.WriteString(heading)
		}
		if i%1000 == 0 {
			fmt.Fprintf(&b, "Thôn %d;;;\n", i/1000+1)
		}
		fmt.Fprintf(&b, "%d;\"Nguyễn Văn\nThứ %d\";%d;%s\n", i+1, i, 1950+i%70, strings.Repeat("x", i%60))
	}
	b.WriteString("Tổng cộng;;;\n;;;\n;;;Tân Tiến, ngày 1 tháng 2 năm 2025\n;Người lập biểu;;Chủ tịch\n;Lê Thị Hoa;;Trần Văn Nam\n")
	return b.Bytes()
}

// TestBook reads a real file, its chunks parsed side by side.
func TestBook(t *testing.T) {
	const n = 60_000
	data := office(n)
	book, err := ingest.OpenCSVBook(t.Context(), ingest.File{ReaderAt: bytes.NewReader(data), Size: int64(len(data)), Name: "nhan-khau.csv", Temp: t.TempDir(), Limits: ingest.DefaultLimits})
	if err != nil {
		t.Fatal(err)
	}
	open := func() ingest.Grid {
		g, err := book.Open(0)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	table := book.Tables()[0]
	sample, err := Take(open(), SampleRows)
	if err != nil {
		t.Fatal(err)
	}
	p := Recognise(table, sample, nil)
	l := p.Layout
	if !p.Sure || l.HeaderFrom != 4 || l.HeaderTo != 4 || len(l.Columns) != 4 || l.Columns[0].Role != Number {
		t.Fatalf("recognised %+v", p.Layout)
	}
	if !Fits(l, table, sample) {
		t.Error("does not fit its own file")
	}
	l.Section = "Thôn"
	s, err := l.Apply(open(), table)
	if err != nil {
		t.Fatal(err)
	}
	read, wrong := drainSideBySide(t, s)
	if read != n || wrong != 0 {
		t.Errorf("%d rows read, %d in a wrong group, want %d and 0", read, wrong, n)
	}
	var got []string
	for _, d := range s.Dropped() {
		got = append(got, fmt.Sprint(d.Role, d.Count))
	}
	want := []string{"title2", "heading1", "numbering1", "section60", "total1", fmt.Sprint("repeat", n/40-1), "signature3"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("not read: %v, want %v", got, want)
	}
	for _, d := range s.Dropped() {
		if d.Role == Repeat && (len(d.Lines) != 5 || d.Lines[0] != 7+80) {
			t.Errorf("the first lines of the repeated heading are %v", d.Lines)
		}
	}
}

func drainSideBySide(t *testing.T, s *Source) (read, wrong int) {
	t.Helper()
	var mu sync.Mutex
	var g sync.WaitGroup
	for {
		c, err := s.Next()
		if err == io.EOF {
			g.Wait()
			return read, wrong
		}
		if err != nil {
			t.Fatal(err)
		}
		g.Go(func() {
			var b ingest.Block
			c.Parse(&b)
			bad := 0
			for i := range b.Records() {
				name := string(b.Cell(i, 1))
				k := 0
				if _, err := fmt.Sscanf(name, "Nguyễn Văn\nThứ %d", &k); err != nil || string(b.Cell(i, 4)) != "Thôn "+itoa(k/1000+1) || b.Broken[i] != ingest.Sound {
					bad++
				}
			}
			mu.Lock()
			defer mu.Unlock()
			read += b.Records()
			wrong += bad
		})
	}
}
