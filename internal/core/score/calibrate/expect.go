package calibrate

import (
	"fmt"
	"time"
)

// promises are all rules of the contract, as its reader understands them: which
// criterion each counts for, with which weight, and whether breaking it keeps
// the row out. docs/contract.md says so; nothing here is read from the program.
var promises = []struct {
	criterion string
	weight    float64
	rule      string
	keepsOut  bool
}{
	{"dung", 20, "ma.type", true}, {"dung", 20, "ten.type", true}, {"dung", 20, "dia_chi.type", true}, {"dung", 20, "loai.type", true},
	{"dung", 20, "hinh_thuc.type", true}, {"dung", 20, "truc_thuoc.type", true}, {"dung", 20, "so_giuong.type", true},
	{"dung", 20, "so_nam.type", true}, {"dung", 20, "so_nu.type", true}, {"dung", 20, "tong.type", true}, {"dung", 20, "dien_thoai.type", true}, {"dung", 20, "ma_so_thue.type", true},
	{"dung", 20, "giay_phep.type", true}, {"dung", 20, "ngay_cap.type", true}, {"dung", 20, "ngay_cap_nhat.type", true},
	{"dung", 20, "ma.pattern", true}, {"dung", 20, "dien_thoai.pattern", true},
	{"dung", 30, "loai-hop-le", true}, {"dung", 30, "so_giuong.range", true}, {"dung", 30, "tong-bang", true},
	{"du", 20, "ma.required", true}, {"du", 20, "ten.required", true}, {"du", 20, "dia-chi-co", false},
	{"sach", 20, "key", true}, {"sach", 30, "giay_phep.unique", true}, {"sach", 50, "truc_thuoc.reference", false},
	{"song", 30, "con-moi", false},
	{"thong-nhat", 50, "hinh_thuc.code-list", true}, {"thong-nhat", 50, "ma_so_thue.reference", false},
}

// KeepsOut reports whether a row that breaks a rule is not accepted.
func KeepsOut(rule string) bool {
	for _, p := range promises {
		if p.rule == rule {
			return p.keepsOut
		}
	}
	return rule == "_row.few"
}

// Contract is the contract that the data are held against, in ODCS.
func (d *Data) Contract() string {
	return fmt.Sprintf(`apiVersion: v3.1.0
kind: DataContract
id: %s
name: Dữ liệu hiệu chuẩn
version: 1.0.0
status: active
slaProperties:
- {property: frequency, value: %d, unit: d, element: co_so.ngay_cap_nhat}
schema:
- name: co_so
  customProperties:
  - {property: phohien.expectation, value: {records: %d}}
  properties:
  - {name: ma, logicalType: string, primaryKey: true, logicalTypeOptions: {pattern: 'CS[0-9]{6}'}}
  - {name: ten, logicalType: string, required: true}
  - name: dia_chi
    logicalType: string
    quality: [{id: dia-chi-co, type: library, metric: nullValues, mustBe: 0, severity: warning}]
  - name: loai
    logicalType: string
    quality: [{id: loai-hop-le, type: library, metric: invalidValues, arguments: {validValues: [Bệnh viện, Phòng khám, Trạm y tế]}, mustBe: 0}]
  - {name: hinh_thuc, logicalType: string, customProperties: [{property: phohien.codeList, value: %s}]}
  - {name: truc_thuoc, logicalType: string, customProperties: [{property: phohien.reference, value: {dataset: %s, column: ma}}]}
  - {name: so_giuong, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 500}}
  - {name: so_nam, logicalType: integer}
  - {name: so_nu, logicalType: integer}
  - {name: tong, logicalType: integer}
  - {name: dien_thoai, logicalType: string, logicalTypeOptions: {pattern: '0[0-9]{9,10}'}}
  - {name: ma_so_thue, logicalType: string, customProperties: [{property: phohien.reference, value: {dataset: %s, column: ma, national: true}}]}
  - {name: giay_phep, logicalType: string, unique: true}
  - {name: ngay_cap, logicalType: date}
  - {name: ngay_cap_nhat, logicalType: date}
  quality:
  - {id: tong-bang, type: custom, engine: phohien, implementation: tong = so_nam + so_nu}
  - id: con-moi
    type: custom
    engine: phohien
    implementation: ngay_cap_nhat >= DATE '%s'
    severity: warning
    dimension: timeliness
    customProperties: [{property: phohien.errorGroup, value: stale}]
`, Dataset, Period, d.base, CodeList, Parents, National, staleBefore)
}

// The contracts of the data sets that are referred to.
const (
	ParentContract = `apiVersion: v3.1.0
kind: DataContract
id: ` + Parents + `
name: Đơn vị hiệu chuẩn
version: 1.0.0
status: active
schema:
- name: don_vi
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - {name: ten, logicalType: string}
`
	// A simulator of a national database: the file is generated too.
	NationalContract = `apiVersion: v3.1.0
kind: DataContract
id: ` + National + `
name: Nguồn quốc gia mô phỏng
version: 1.0.0
status: active
schema:
- name: ma_so_thue
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - {name: ten, logicalType: string}
`
)

// A Truth is what must come out.
type Truth struct {
	Population, Accepted int
	Criteria             map[string]float64
	Overall              float64
}

// Truth works out by the list of faults alone what the score must be: each
// record once, a rule broken or not, weighted by layers.
func (d *Data) Truth() Truth {
	broken := map[string]map[string]bool{} // by record
	out := map[string]bool{}               // records that are kept out
	record := func(line int) string {
		if key := d.keys[line-2]; key != "" {
			return key
		}
		return fmt.Sprint("line ", line)
	}
	for i := range d.keys {
		broken[record(i+2)] = map[string]bool{}
	}
	for _, f := range d.Faults {
		id := record(f.Line)
		broken[id][f.Rule] = true
		if KeepsOut(f.Rule) {
			out[id] = true
		}
	}
	odd := map[string]bool{}
	for _, f := range d.Respelled {
		if id := record(f.Line); !out[id] {
			odd[id] = true
		}
	}
	t := Truth{Population: len(broken), Accepted: len(broken) - len(out), Criteria: map[string]float64{}}
	type sum struct{ values, n float64 }
	layers := map[string]map[float64]*sum{}
	add := func(criterion string, weight, value float64) {
		if layers[criterion] == nil {
			layers[criterion] = map[float64]*sum{}
		}
		if layers[criterion][weight] == nil {
			layers[criterion][weight] = &sum{}
		}
		layers[criterion][weight].values += value
		layers[criterion][weight].n++
	}
	for _, p := range promises {
		bad := 0
		for _, rules := range broken {
			if rules[p.rule] || rules["_row.few"] {
				bad++
			}
		}
		add(p.criterion, p.weight, share(t.Population-bad, t.Population))
	}
	add("sach", 20, share(t.Accepted-len(odd), t.Accepted))
	add("song", 30, d.age())
	for criterion, all := range layers {
		value, weights := 0.0, 0.0
		for weight, s := range all {
			value += weight * s.values / s.n
			weights += weight
		}
		t.Criteria[criterion] = value / weights
	}
	t.Criteria["du"] *= min(1, float64(t.Accepted)/float64(d.base))
	for _, v := range t.Criteria {
		t.Overall += v / float64(len(t.Criteria))
	}
	return t
}

func share(good, all int) float64 { return 100 * float64(good) / float64(all) }

// age is the age of the newest day, up to its end in Viet Nam, against the
// promise.
func (d *Data) age() float64 {
	day := d.now.AddDate(0, 0, -newest)
	y, m, n := day.Date()
	end := time.Date(y, m, n+1, 0, 0, 0, 0, time.FixedZone("", 7*3600))
	late := d.now.Sub(end).Hours() / 24 / Period
	return 100 * min(1, max(0, 2-late))
}
