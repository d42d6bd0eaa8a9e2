package registry_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/odcs"
)

// A judge says which SQL rules of a contract's object a row breaks.
type judge struct {
	object *contract.Object
	conn   *columns.Conn
}

func newJudge(t *testing.T, path, object string) judge {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(packs, path))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := odcs.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	c, findings := contract.Resolve(doc, contract.Options{})
	for _, f := range findings {
		t.Errorf("%s: %s", path, f)
	}
	i := slices.IndexFunc(c.Objects, func(o *contract.Object) bool { return o.Name == object })
	if i < 0 {
		t.Fatalf("%s has no %s", path, object)
	}
	db, err := columns.Open(t.Context(), columns.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return judge{c.Objects[i], conn}
}

// sqlTypes are the types in which rules see a column; others are texts.
var sqlTypes = map[contract.Type]string{
	contract.Integer: "BIGINT", contract.Decimal: "DECIMAL(18,3)", contract.Boolean: "BOOLEAN", contract.Date: "DATE", contract.Timestamp: "TIMESTAMP",
}

// breaks lists the rules that a row breaks, warnings with a "?".
func (j judge) breaks(t *testing.T, r registry.Row) string {
	t.Helper()
	var cells []string
	for i := range j.object.Columns {
		c := &j.object.Columns[i]
		kind := sqlTypes[c.Type]
		if kind == "" {
			kind = "VARCHAR"
		}
		cell := "NULL"
		if r[c.Name] != "" {
			cell = columns.QuoteText(r[c.Name])
		}
		cells = append(cells, "CAST("+cell+" AS "+kind+") AS "+columns.QuoteIdent(c.Store))
	}
	for name := range r {
		if j.object.Column(name) < 0 {
			t.Fatalf("the row has a column %s that the contract has not", name)
		}
	}
	var broken []string
	for _, rule := range j.object.Rules {
		if rule.Kind != contract.RuleSQL {
			continue
		}
		var bad bool
		if err := j.conn.Row(t.Context(), "SELECT coalesce(NOT ("+rule.SQL+"), false) FROM (SELECT "+strings.Join(cells, ", ")+")").Scan(&bad); err != nil {
			t.Fatalf("%s: %v", rule.ID, err)
		}
		if bad {
			id := rule.ID
			if rule.Severity != contract.Reject {
				id += "?"
			}
			broken = append(broken, id)
		}
	}
	return strings.Join(broken, " ")
}

// What the contract itself refuses or reminds of, row by row.
func TestRules_System(t *testing.T) {
	j := newJudge(t, "hung-yen/contracts/hy-he-thong.yaml", "he_thong")
	proposed := registry.Row{"ma": "HY-2026-0001", "ten": "Mẫu", "chu_quan": "hy-syt", "linh_vuc": "y-te", "trang_thai": "de-xuat", "da_xac_nhan": "true"}
	running := with(proposed, "trang_thai", "van-hanh", "cap_do", "2", "cap_do_so", "1/QĐ", "cap_do_ngay", "2026-05-01", "phan_mem_nganh", "true", "bo_dong_y_so", "1", "bo_dong_y_ngay", "2026-01-01", "bo_dong_y_co_quan", "Bộ Y tế", "tien_do", "100")
	for _, c := range []struct {
		name string
		row  registry.Row
		want string
	}{
		{"proposed", proposed, ""},
		{"nothing known", registry.Row{"ma": "X", "ten": "Mẫu", "da_xac_nhan": "false"}, "co-chu-quan? co-trang-thai? co-linh-vuc?"},
		{"running", running, ""},
		{"running without a level", with(running, "cap_do", ""), "van-hanh-co-cap-do van-hanh-nen-co-cap-do?"},
		{"running without a decision", with(running, "cap_do_so", "", "cap_do_ngay", ""), "van-hanh-co-cap-do van-hanh-nen-co-cap-do?"},
		{"known from documents only", with(running, "cap_do", "", "cap_do_so", "", "cap_do_ngay", "", "da_xac_nhan", "false"), "van-hanh-nen-co-cap-do?"},
		{"running without consent", with(running, "bo_dong_y_co_quan", ""), "phan-mem-nganh-co-y-kien-bo phan-mem-nganh-nen-co-y-kien-bo?"},
		{"no sector software", with(running, "phan_mem_nganh", "false", "bo_dong_y_so", "", "bo_dong_y_ngay", "", "bo_dong_y_co_quan", ""), ""},
		{"not known whether", with(running, "phan_mem_nganh", "", "bo_dong_y_so", "", "bo_dong_y_ngay", "", "bo_dong_y_co_quan", ""), ""},
		{"built without consent", with(proposed, "trang_thai", "xay-dung", "phan_mem_nganh", "true"), "phan-mem-nganh-nen-co-y-kien-bo?"},
		{"stopped without a record", with(proposed, "trang_thai", "ngung"), "ngung-co-ban-giao"},
		{"stopped", with(proposed, "trang_thai", "ngung", "ban_giao_so", "1/BB", "ban_giao_ngay", "2026-12-01"), ""},
		{"number without a day", with(proposed, "danh_gia_so", "1"), "so-di-cung-ngay"},
		{"regulation after the level", with(running, "quy_che_so", "1", "quy_che_ngay", "2026-05-02"), "quy-che-truoc-cap-do"},
		{"regulation on the day", with(running, "quy_che_so", "1", "quy_che_ngay", "2026-05-01"), ""},
		{"consent after the contract", with(running, "hop_dong_ngay", "2025-12-31"), "y-kien-bo-truoc-hop-dong?"},
		{"handed over before the contract", with(proposed, "hop_dong_ngay", "2026-02-01", "ban_giao_so", "1", "ban_giao_ngay", "2026-01-01"), "hop-dong-truoc-ban-giao"},
		{"lower than proposed", with(running, "cap_do_de_xuat", "3"), "cap-do-khong-thap-hon?"},
		{"lower, with a reason", with(running, "cap_do_de_xuat", "3", "ghi_chu", "Một cơ quan sử dụng"), ""},
		{"running, half done", with(running, "tien_do", "50"), "van-hanh-tien-do-du?"},
	} {
		if got := j.breaks(t, c.row); got != c.want {
			t.Errorf("%s: breaks %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRules_Rent(t *testing.T) {
	j := newJudge(t, "hung-yen/contracts/hy-he-thong.yaml", "dich_vu_thue")
	rent := registry.Row{"he_thong": "A23", "ma": "1", "noi_dung": "Thuê", "trang_thai": "dang-thue", "tu": "2026", "den": "2029", "gia": "960000000", "kha_dung_cam_ket": "99.5", "hop_dong_ngay": "2026-02-01"}
	over := with(rent, "trang_thai", "da-ket-thuc", "ban_giao_du_lieu", "true", "ban_giao_ngay", "2030-01-05", "ban_giao_so", "1/BB")
	for _, c := range []struct {
		name string
		row  registry.Row
		want string
	}{
		{"rented", rent, ""},
		{"without a price", with(rent, "gia", ""), "thue-du-dieu-kien"},
		{"without a term", with(rent, "den", ""), "thue-du-dieu-kien"},
		{"without a promise", with(rent, "kha_dung_cam_ket", "", "chi_tieu_khac", "04 giờ"), "thue-du-dieu-kien"},
		{"planned", with(rent, "trang_thai", "du-kien", "gia", ""), "du-kien-nen-du?"},
		{"kept", with(rent, "kha_dung_do_duoc", "99.5"), ""},
		{"not kept", with(rent, "kha_dung_do_duoc", "99.499"), "kha-dung-du-cam-ket?"},
		{"a day in the last year", with(rent, "tu", "2026-03-01", "den", "2026"), ""},
		{"ends before it begins", with(rent, "tu", "2026-03", "den", "2026-02"), "den-sau-tu"},
		{"ends in an earlier year", with(rent, "tu", "2026-03-01", "den", "2025"), "den-sau-tu"},
		{"over", over, ""},
		{"over, data kept", with(over, "ban_giao_du_lieu", "false"), "ket-thuc-co-ban-giao"},
		{"over, nothing said", with(over, "ban_giao_du_lieu", ""), "ket-thuc-co-ban-giao"},
		{"over, no day", with(over, "ban_giao_ngay", ""), "ket-thuc-co-ban-giao"},
		{"accepted before the contract", with(rent, "nghiem_thu_ngay", "2026-01-31"), "nghiem-thu-sau-hop-dong"},
		{"handed over before the contract", with(over, "ban_giao_ngay", "2026-01-01"), "ban-giao-sau-hop-dong"},
	} {
		if got := j.breaks(t, c.row); got != c.want {
			t.Errorf("%s: breaks %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRules_LinksAndBeats(t *testing.T) {
	links := newJudge(t, "hung-yen/contracts/hy-he-thong.yaml", "ket_noi")
	link := registry.Row{"he_thong": "A03", "ma": "1", "noi": "csdl-quoc-gia", "csdl_quoc_gia": "dan-cu", "trang_thai": "da-ket-noi", "tu_ngay": "2026-08-01", "thoa_thuan": "12/TT"}
	beats := newJudge(t, "hung-yen/contracts/hy-he-thong-hoat-dong.yaml", "hoat_dong")
	figures := registry.Row{"he_thong": "A01", "tu": "2026-11-21 00:00:00", "den": "2026-11-22 00:00:00", "cach_do": "tu-dong", "kha_dung": "99.931", "yeu_cau": "10", "loi": "10"}
	for _, c := range []struct {
		name string
		j    judge
		row  registry.Row
		want string
	}{
		{"connected", links, link, ""},
		{"to where", links, with(link, "csdl_quoc_gia", ""), "co-noi-ket-noi"},
		{"named otherwise", links, with(link, "csdl_quoc_gia", "", "ten_noi", "Hộ tịch"), ""},
		{"to the exchange", links, with(link, "csdl_quoc_gia", "", "noi", "lgsp"), ""},
		{"since when", links, with(link, "tu_ngay", ""), "da-ket-noi-co-ngay"},
		{"by what", links, with(link, "thoa_thuan", ""), "da-ket-noi-co-thoa-thuan?"},
		{"planned", links, with(link, "trang_thai", "du-kien", "tu_ngay", "", "thoa_thuan", ""), ""},
		{"figures", beats, figures, ""},
		{"no time", beats, with(figures, "den", figures["tu"]), "den-sau-tu"},
		{"more errors than requests", beats, with(figures, "loi", "11"), "loi-khong-qua-yeu-cau"},
		{"too full", beats, with(figures, "luu_tru_byte", "2", "luu_tru_tong_byte", "1"), "luu-tru-trong-muc?"},
		{"no figure", beats, with(figures, "kha_dung", "", "yeu_cau", "", "loi", ""), "co-so-lieu"},
	} {
		if got := c.j.breaks(t, c.row); got != c.want {
			t.Errorf("%s: breaks %q, want %q", c.name, got, c.want)
		}
	}
}

// What the contract refuses of a running system is also asked for by the process
// before it goes live: nobody is let through and then turned away.
func TestRules_AgreeWithTheFlow(t *testing.T) {
	j, f := newJudge(t, "hung-yen/contracts/hy-he-thong.yaml", "he_thong"), shippedFlow(t)
	for column := range ready.Row {
		if column == "ma" || column == "trang_thai" || column == "phan_mem_nganh" || column == "co_thue" {
			continue
		}
		row := with(ready.Row, column, "", "quy_che_ngay", "2026-04-01")
		let := len(f.Check(registry.Trial, registry.Running, registry.System{Row: row, Rents: ready.Rents})) == 0
		refused := slices.ContainsFunc(strings.Fields(j.breaks(t, with(row, "trang_thai", "van-hanh", "da_xac_nhan", "true"))), func(id string) bool {
			return !strings.HasSuffix(id, "?")
		})
		if let && refused {
			t.Errorf("without %s the process lets it go live and the contract refuses it", column)
		}
	}
}
