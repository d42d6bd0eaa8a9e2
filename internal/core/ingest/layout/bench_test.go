package layout

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
)

// csvGrid makes a Grid of a CSV file whose heading was taken away.
type csvGrid struct{ *ingest.CSV }

// people is a CSV of n rows of ten columns without anything to drop.
func people(n int) []byte {
	var b bytes.Buffer
	b.WriteString("STT,Số định danh,Họ và tên,Ngày sinh,Giới tính,Dân tộc,Thôn,Mã xã,Điện thoại,Ghi chú\n")
	names := []string{"Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Cường", "Phạm Thị Dung", "Vũ Đức Em", "Cao Văn Toàn", "Trương Thị Giang", "Bùi Minh Hải"}
	for i := range n {
		fmt.Fprintf(&b, "%d,033%09d,%s,%02d/%02d/%d,Nam,Kinh,Thôn %d,11953,09%08d,\n", i+1, i*7, names[i%len(names)], i%28+1, i%12+1, 1950+i%60, i%17, i*13)
	}
	return b.Bytes()
}

// BenchmarkParse compares reading rows as they lie with reading them by a
// layout: ns/row. The CSV reader has taken the heading away, so the layout is
// given it by hand.
func BenchmarkParse(b *testing.B) {
	const n = 1_000_000
	data := people(n)
	l := Layout{HeaderFrom: 1, HeaderTo: 1}
	for _, h := range []string{"STT", "Số định danh", "Họ và tên", "Ngày sinh", "Giới tính", "Dân tộc", "Thôn", "Mã xã", "Điện thoại", "Ghi chú"} {
		l.Columns = append(l.Columns, Column{Heading: h, Role: Data})
	}
	l.Columns[0].Role = Number
	open := func() *ingest.CSV {
		c, err := ingest.OpenCSV(bytes.NewReader(data), ingest.DefaultLimits)
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	drain := func(s interface{ Next() (ingest.Chunk, error) }) int {
		var block ingest.Block
		rows := 0
		for {
			c, err := s.Next()
			if err == io.EOF {
				return rows
			}
			if err != nil {
				b.Fatal(err)
			}
			c.Parse(&block)
			rows += block.Records()
		}
	}
	b.Run("plain", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if got := drain(open()); got != n {
				b.Fatal(got)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
	})
	b.Run("layout", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			l := l
			l.HeaderFrom, l.HeaderTo = 0, 1
			s, err := l.Apply(csvGrid{open()}, ingest.Table{})
			if err != nil {
				b.Fatal(err)
			}
			if got := drain(s); got != n {
				b.Fatal(got)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
	})
}

// BenchmarkFast is the quick look alone, and everything that Apply adds to a
// chunk of rows of data.
func BenchmarkFast(b *testing.B) {
	c, err := ingest.OpenCSV(bytes.NewReader(people(5000)), ingest.DefaultLimits)
	if err != nil {
		b.Fatal(err)
	}
	chunk, err := c.Next()
	if err != nil {
		b.Fatal(err)
	}
	var block ingest.Block
	chunk.Parse(&block)
	l := Layout{HeaderTo: 1}
	for _, h := range c.Header() {
		l.Columns = append(l.Columns, Column{Heading: h, Role: Data})
	}
	l.Columns[0].Role = Number
	f := newFast(newRules(&l, nil))
	slow := 0
	for b.Loop() {
		slow = 0
		block.Keep(func(i int) bool {
			if !f.data(&block, i) {
				slow++
			}
			return true
		})
		block.Judge(len(l.Columns))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*block.Records()), "ns/row")
	b.ReportMetric(100*float64(slow)/float64(block.Records()), "%slow")
}

func BenchmarkRecognise(b *testing.B) {
	m := papers[2]
	for i := range 490 {
		m.rows = append(m.rows, []string{itoa(i), "Xã số " + itoa(i), "100", "50", "50"})
	}
	s := m.sample(SampleRows)
	for b.Loop() {
		Recognise(m.table(), s, nil)
	}
}

// BenchmarkRecognise_wide: a sheet as wide as the limit allows.
func BenchmarkRecognise_wide(b *testing.B) {
	var m paper
	for i := range SampleRows {
		row := make([]string, ingest.DefaultLimits.Columns)
		for c := range row {
			row[c] = "ô " + itoa(i*c)
		}
		m.rows = append(m.rows, row)
	}
	m.chunk = 100
	s := m.sample(SampleRows)
	for b.Loop() {
		Recognise(m.table(), s, nil)
	}
}
