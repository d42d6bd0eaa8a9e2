package main

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// contract promises ten columns and thirty rules, open to everybody.
const contract = `apiVersion: v3.1.0
kind: DataContract
id: %s
name: Bộ dữ liệu đo quy mô %s (dữ liệu tạo ra)
version: 1.0.0
status: active
customProperties:
- {property: phohien.access, value: open}
- {property: phohien.provenance, value: {kind: generated}}
slaProperties:
- {property: frequency, value: 1, unit: d, element: ho_so.cap_nhat}
schema:
- name: ho_so
  logicalType: object
  physicalType: table
  properties:
  - {name: ma, businessName: Mã hồ sơ, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true, logicalTypeOptions: {pattern: 'HS[0-9]{9}', maxLength: 11}}
  - {name: ho_ten, businessName: Họ và tên, logicalType: string, required: true, logicalTypeOptions: {minLength: 2, maxLength: 60}}
  - {name: ngay_sinh, businessName: Ngày sinh, logicalType: date, required: true, logicalTypeOptions: {minimum: '1900-01-01', maximum: '2026-12-31'}}
  - name: gioi_tinh
    businessName: Giới tính
    logicalType: string
    required: true
    quality:
    - {type: library, metric: invalidValues, mustBe: 0, arguments: {validValues: [Nam, Nữ]}}
  - {name: ma_xa, businessName: Mã xã, logicalType: string, required: true, logicalTypeOptions: {pattern: '[0-9]{5}'}}
  - {name: so_tien, businessName: Số tiền, logicalType: number, physicalType: 'decimal(15,2)', required: true, logicalTypeOptions: {minimum: 0, maximum: 10000000}}
  - {name: diem, businessName: Điểm, logicalType: number, logicalTypeOptions: {minimum: 0, maximum: 10}}
  - {name: dang_hoat_dong, businessName: Đang hoạt động, logicalType: boolean, required: true}
  - {name: cap_nhat, businessName: Cập nhật lúc, logicalType: timestamp, required: true, logicalTypeOptions: {minimum: '2020-01-01T00:00:00+07:00'}}
  - {name: ghi_chu, businessName: Ghi chú, logicalType: string, logicalTypeOptions: {maxLength: 100}}
  quality:
%s`

// rules are those over the whole row, which bring the number to thirty.
func rules() string {
	var b strings.Builder
	for i, sql := range []string{
		"ngay_sinh <= CAST(cap_nhat AS DATE)", "so_tien >= 0 OR diem = 0", "length(ho_ten) > 3", "diem IS NULL OR diem <= 10", "year(ngay_sinh) > 1900",
		"so_tien < 100000000", "gioi_tinh <> ''", "ma <> ma_xa", "cap_nhat > TIMESTAMP '2020-01-01'", "ghi_chu IS NULL OR length(ghi_chu) > 0",
	} {
		fmt.Fprintf(&b, "  - {id: luat-%d, type: custom, engine: phohien, implementation: %q}\n", i+1, sql)
	}
	return b.String()
}

var (
	families = []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"}
	middles  = []string{"Văn", "Thị", "Hữu", "Ngọc", "Đức", "Minh", "Thu", "Quang", "Xuân", "Thanh"}
	givens   = []string{"An", "Ánh", "Bình", "Châu", "Dũng", "Đạt", "Giang", "Hạnh", "Hiền", "Khánh", "Lan", "Long", "Mai", "Nam", "Oanh", "Phúc", "Quân", "Sơn", "Tâm", "Uyên", "Vân", "Yến"}
)

func name(r *rand.Rand) string {
	return families[r.IntN(len(families))] + " " + middles[r.IntN(len(middles))] + " " + givens[r.IntN(len(givens))]
}

// file writes n rows, always the same ones, unless they are there.
func (b *bench) file(n int) (path string, err error) {
	path = filepath.Join(b.dir, fmt.Sprintf("rows-%d.csv", n))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	r := rand.New(rand.NewPCG(1, 2))
	fmt.Fprintln(w, "ma,ho_ten,ngay_sinh,gioi_tinh,ma_xa,so_tien,diem,dang_hoat_dong,cap_nhat,ghi_chu")
	for k := range n {
		row(w, r, k)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return "", err
	}
	return path, os.Rename(path+".part", path)
}

func row(w *bufio.Writer, r *rand.Rand, key int) {
	fmt.Fprintf(w, "HS%09d,%s,%04d-%02d-%02d,%s,%05d,%d.%02d,%.4f,%v,2026-%02d-%02dT%02d:%02d:%02d+07:00,Ghi chú số %d\n", key, name(r),
		1940+r.IntN(80), 1+r.IntN(12), 1+r.IntN(28), []string{"Nam", "Nữ"}[r.IntN(2)], r.IntN(3321),
		r.IntN(1e7), r.IntN(100), r.Float64()*10, r.IntN(2) == 0, 1+r.IntN(11), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e6))
}

// pack writes a pack of these data sets.
func (b *bench) pack(name string, ids ...string) (dir string, err error) {
	dir = filepath.Join(b.dir, "pack-"+name)
	if err := os.MkdirAll(filepath.Join(dir, "contracts"), 0o755); err != nil {
		return "", err
	}
	text := "id: " + name + "\nname: Gói đo quy mô\nversion: 1.0.0\ndescription: Dữ liệu tạo ra để đo.\nlicence: CC0-1.0\n"
	if err := os.WriteFile(filepath.Join(dir, "pack.yaml"), []byte(text), 0o644); err != nil {
		return "", err
	}
	for _, id := range ids {
		if err := os.WriteFile(filepath.Join(dir, "contracts", id+".yaml"), []byte(fmt.Sprintf(contract, id, id, rules())), 0o644); err != nil {
			return "", err
		}
	}
	return dir, nil
}
