package quality

import (
	"fmt"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
)

// BenchmarkStage reads, splits, standardises and hashes a file, without DuckDB.
// "clean" is spelled as most exports of databases are, "loose" has cells whose
// raw text must be kept beside the value.
func BenchmarkStage(b *testing.B) {
	o := object(b, `
- name: ho_so
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - {name: ho_ten, logicalType: string}
  - {name: ngay_sinh, logicalType: date}
  - {name: so_tien, logicalType: number, physicalType: 'decimal(15,2)'}
  - {name: diem, logicalType: number}
  - {name: dang_hoat_dong, logicalType: boolean}
  - {name: cap_nhat, logicalType: timestamp}
  - {name: ghi_chu, logicalType: string}
`)
	for _, c := range []struct{ name, money, score string }{{"clean", "%d.25", "7.1234"}, {"loose", "%d.5", "7.1230"}} {
		var file strings.Builder
		file.WriteString(strings.Join(Header(o), ",") + "\n")
		for i := range 100_000 {
			fmt.Fprintf(&file, "HS%09d,Nguyễn Văn An,1990-01-31,"+c.money+","+c.score+",true,2026-01-31T08:30:00+07:00,Ghi chú số %d\n", i, i, i)
		}
		p, err := Compile(o)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(file.Len()))
			b.ReportAllocs()
			for b.Loop() {
				src, err := ingest.OpenCSV(strings.NewReader(file.String()), ingest.DefaultLimits)
				if err != nil {
					b.Fatal(err)
				}
				m, err := MapHeader(o, src.Header())
				if err != nil {
					b.Fatal(err)
				}
				s := NewStage(b.Context(), p, src, m, true)
				for s.Next() {
				}
				s.Release()
				if s.Err() != nil || s.Rows() != 100_000 {
					b.Fatal(s.Rows(), s.Err())
				}
			}
		})
	}
}
