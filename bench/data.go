package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
)

// contractYAML promises ten columns and twenty rules besides the types.
const contractYAML = `apiVersion: v3.1.0
kind: DataContract
id: bench
name: Bộ dữ liệu đo tốc độ
version: 1.0.0
status: active
customProperties:
- {property: phohien.hold, value: {brokenShare: 1, brokenRows: 1000000000}}
schema:
- name: ho_so
  physicalName: ho_so
  properties:
  - {name: ma, logicalType: string, primaryKey: true, logicalTypeOptions: {pattern: 'HS[0-9]{9}', maxLength: 11}}
  - {name: ho_ten, logicalType: string, required: true, logicalTypeOptions: {minLength: 2, maxLength: 60}}
  - {name: ngay_sinh, logicalType: date, required: true, logicalTypeOptions: {minimum: '1900-01-01', maximum: '2026-12-31'}}
  - name: gioi_tinh
    logicalType: string
    required: true
    quality:
    - {type: library, metric: invalidValues, mustBe: 0, arguments: {validValues: [Nam, Nữ]}}
  - {name: ma_xa, logicalType: string, required: true, logicalTypeOptions: {pattern: '[0-9]{5}'}}
  - {name: so_tien, logicalType: number, physicalType: 'decimal(15,2)', required: true, logicalTypeOptions: {minimum: 0, maximum: 10000000}}
  - {name: diem, logicalType: number, logicalTypeOptions: {minimum: 0, maximum: 10}}
  - {name: dang_hoat_dong, logicalType: boolean, required: true}
  - {name: cap_nhat, logicalType: timestamp, required: true, logicalTypeOptions: {minimum: '2020-01-01T00:00:00+07:00'}}
  - {name: ghi_chu, logicalType: string, logicalTypeOptions: {maxLength: 100}}
  quality:
  - {id: sinh-truoc, type: custom, engine: phohien, implementation: 'ngay_sinh <= CAST(cap_nhat AS DATE)'}
  - {id: tien-va-diem, type: custom, engine: phohien, implementation: 'so_tien >= 0 OR diem = 0'}
`

// duckColumns reads the same file into the same types.
const duckColumns = `{'ma':'VARCHAR','ho_ten':'VARCHAR','ngay_sinh':'DATE','gioi_tinh':'VARCHAR','ma_xa':'VARCHAR','so_tien':'DECIMAL(15,2)','diem':'DOUBLE','dang_hoat_dong':'BOOLEAN','cap_nhat':'TIMESTAMPTZ','ghi_chu':'VARCHAR'}`

// Tables of the peers, with the key that ours has. The stored rows are the same
// but for our system columns.
const (
	sqliteTable   = `CREATE TABLE t(ma TEXT PRIMARY KEY, ho_ten TEXT, ngay_sinh TEXT, gioi_tinh TEXT, ma_xa TEXT, so_tien INTEGER, diem REAL, dang_hoat_dong INTEGER, cap_nhat TEXT, ghi_chu TEXT) WITHOUT ROWID;`
	postgresTable = `CREATE TABLE t(ma text PRIMARY KEY, ho_ten text, ngay_sinh date, gioi_tinh text, ma_xa text, so_tien numeric(15,2), diem double precision, dang_hoat_dong boolean, cap_nhat timestamptz, ghi_chu text)`
)

// An order of rows, or what is wrong with them.
type shape struct {
	random bool // keys in random order
	bad    bool // every row breaks a rule
}

var (
	families = []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi"}
	givens   = []string{"An", "Bình", "Châu", "Dũng", "Giang", "Hạnh", "Khánh", "Lan"}
)

// generate writes a file of n rows, always the same one.
func generate(path string, n int, s shape) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	r := rand.New(rand.NewPCG(1, 2))
	keys := make([]int, n)
	for i := range keys {
		keys[i] = i
	}
	if s.random {
		r.Shuffle(n, func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	}
	fmt.Fprintln(w, "ma,ho_ten,ngay_sinh,gioi_tinh,ma_xa,so_tien,diem,dang_hoat_dong,cap_nhat,ghi_chu")
	for _, k := range keys {
		commune := fmt.Sprintf("%05d", r.IntN(20000))
		if s.bad {
			commune = "X" + commune[1:]
		}
		fmt.Fprintf(w, "HS%09d,%s Văn %s,%04d-%02d-%02d,%s,%s,%d.%02d,%.4f,%v,2026-%02d-%02dT%02d:%02d:%02d+07:00,Ghi chú số %d\n", k,
			families[r.IntN(8)], givens[r.IntN(8)], 1940+r.IntN(80), 1+r.IntN(12), 1+r.IntN(28), []string{"Nam", "Nữ"}[r.IntN(2)], commune,
			r.IntN(1e7), r.IntN(100), r.Float64()*10, r.IntN(2) == 0, 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e6))
	}
	return w.Flush()
}
