package govern

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/notify"
)

// A Kind is how a column of a table of facts is kept.
type Kind string

// The kinds.
const (
	Text    Kind = "VARCHAR"
	Number  Kind = "DOUBLE"
	Whole   Kind = "BIGINT"
	Truth   Kind = "BOOLEAN"
	Instant Kind = "TIMESTAMP" // UTC
)

// A Column of a table of facts.
type Column struct {
	Name  string
	Kind  Kind
	About contract.Sentence
}

// A Table of facts.
type Table struct {
	Name    string
	About   contract.Sentence
	Columns []Column
	Rows    [][]any // string, float64, int64, bool, time.Time; nil = null
}

// Deps is what facts are gathered from. Systems, Lacks and Reviews may be nil: then
// their tables are empty.
type Deps struct {
	Contracts *contract.Store
	Terms     *dictionary.Store
	Scores    *score.Scorer
	Issues    *issue.Book
	Deadlines *deadline.Store
	Reviews   *review.Service
	Notices   *notify.Store // nil: nobody is told of rankings
	// Systems are the rows of the register of information systems by column.
	Systems func(ctx context.Context) ([]map[string]string, error)
	// Lacks is how many of the catalogue's required fields a data set lacks, which is
	// measured or not.
	Lacks func(ctx context.Context, c *contract.Contract, measured bool) (int, error)
	// Layout is how the dossier is laid out where none has been put in force.
	Layout func() (*Layout, error)
	Now    func() time.Time
}

func col(name string, kind Kind, vi, en string) Column {
	return Column{name, kind, contract.Sentence{Vi: vi, En: en}}
}

// tables are the tables of facts without rows, as readers are told of them.
func tables() map[string]*Table {
	list := []*Table{
		{Name: "bo_du_lieu", About: contract.Sentence{Vi: "Bộ dữ liệu đang có hiệu lực", En: "Data sets in force"}, Columns: []Column{
			col("ma", Text, "mã bộ dữ liệu", "id"), col("ten", Text, "tên", "name"), col("chu_quan", Text, "cơ quan chủ quản, trống nếu chưa có", "owner, null for none"),
			col("loai_nguon", Text, "own, public, sample, generated", "own, public, sample, generated"),
			col("quyen", Text, "open, shared, restricted; trống: chưa xác định", "open, shared, restricted; null: not decided"),
			col("phan_loai", Text, "core, important, other; trống: chưa phân loại", "core, important, other; null: not classified"),
			col("so_truong", Whole, "số trường", "columns"), col("so_anh_xa", Whole, "số trường có thuật ngữ", "columns with a term"),
			col("so_ly_do", Whole, "số trường có lý do chưa ánh xạ", "columns with a reason for having none"),
			col("so_quy_tac", Whole, "số quy tắc chất lượng", "quality rules"), col("diem", Number, "điểm chung 0–100, trống: chưa đo", "overall score, null: not measured"),
			col("song", Number, "điểm tiêu chí sống", "score of sống"), col("ban_ghi", Whole, "số bản ghi", "records"), col("cho_bo_sung", Whole, "số bản ghi chờ bổ sung", "records to be mended"),
			col("co_cam_ket_ky", Truth, "có cam kết chu kỳ cập nhật", "promises a period"), col("thieu_mo_ta", Whole, "số trường mô tả danh mục còn thiếu, trống: chưa kiểm tra", "required catalogue fields that are lacking, null: not looked at"),
			col("nguon_goc", Text, "goc: thu thập tại nguồn, dan_xuat: tạo từ bộ khác, trống: chưa ghi", "goc: collected at the source, dan_xuat: made from others, null: not said"),
			col("so_nguon", Whole, "số bộ dữ liệu mà nó được tạo từ đó", "data sets it is made from"), col("lop", Text, "lớp dữ liệu, trống: chưa ghi", "data layer, null: not said"),
			col("cap_nhat_dac_ta", Instant, "đặc tả thay đổi lần cuối", "last change of the contract"), col("dot_cuoi", Instant, "đợt dữ liệu cuối", "last batch"),
		}},
		{Name: "tieu_chi", About: contract.Sentence{Vi: "Điểm từng tiêu chí của bộ dữ liệu", En: "Scores by criterion"}, Columns: []Column{
			col("bo_du_lieu", Text, "mã bộ dữ liệu", "data set"), col("tieu_chi", Text, "dung, du, sach, song, thong-nhat, dung-chung", "criterion"), col("diem", Number, "0–100, trống: chưa đo", "0–100, null: not measured"),
		}},
		{Name: "truong", About: contract.Sentence{Vi: "Trường thông tin", En: "Columns"}, Columns: []Column{
			col("bo_du_lieu", Text, "địa chỉ bảng", "address of the table"), col("ten", Text, "tên trường", "name"),
			col("thuat_ngu", Text, "mã thuật ngữ, trống nếu không có", "term, null for none"), col("ly_do", Text, "lý do chưa ánh xạ", "why there is none"), col("ca_nhan", Truth, "dữ liệu cá nhân", "personal data"),
		}},
		{Name: "thuat_ngu", About: contract.Sentence{Vi: "Thuật ngữ đang hiệu lực", En: "Terms in force"}, Columns: []Column{
			col("ma", Text, "mã", "id"), col("ten", Text, "tên", "title"), col("nhom", Text, "nhóm", "group"), col("so_truong", Whole, "số trường dùng thuật ngữ", "columns that use it"),
		}},
		{Name: "van_de", About: contract.Sentence{Vi: "Vấn đề dữ liệu", En: "Data issues"}, Columns: []Column{
			col("ma", Text, "mã sự cố", "id"), col("bo_du_lieu", Text, "bộ dữ liệu", "data set"), col("don_vi", Text, "đơn vị khắc phục", "unit that mends it"),
			col("nhom_loi", Text, "nhóm lỗi", "error group"), col("muc_do", Text, "do, vang, xanh", "severity"), col("trang_thai", Text, "moi, dang_xu_ly, hoan_thanh", "state"),
			col("phat_hien", Instant, "phát hiện lúc", "found"), col("xong", Instant, "hoàn thành lúc", "closed"), col("han", Instant, "hạn", "due"), col("tai_phat", Whole, "số lần tái phát", "times it came back"),
		}},
		{Name: "thoi_han", About: contract.Sentence{Vi: "Thời hạn của nhiệm vụ", En: "Deadlines"}, Columns: []Column{
			col("dong_ho", Text, "mã thời hạn theo luật", "clock"), col("don_vi", Text, "đơn vị", "unit"), col("loai", Text, "loại việc", "subject"),
			col("bat_dau", Instant, "bắt đầu", "started"), col("han", Instant, "hạn", "due"), col("xong", Instant, "xong", "done"), col("huy", Truth, "đã huỷ", "cancelled"),
		}},
		{Name: "he_thong", About: contract.Sentence{Vi: "Hệ thống thông tin trong sổ đăng ký", En: "Registered information systems"}, Columns: []Column{
			col("ma", Text, "mã", "id"), col("ten", Text, "tên", "name"), col("chu_quan", Text, "cơ quan chủ quản", "owner"), col("trang_thai", Text, "trạng thái", "state"),
			col("cap_do", Text, "cấp độ an toàn", "security level"), col("quyet_dinh_cap_do", Text, "quyết định phê duyệt cấp độ", "decision on the level"),
		}},
		{Name: "ra_soat_tai_khoan", About: contract.Sentence{Vi: "Các đợt rà soát tài khoản", En: "Reviews of accounts"}, Columns: []Column{
			col("bat_dau", Instant, "bắt đầu", "begun"), col("han", Text, "hạn (yyyy-mm-dd)", "due (yyyy-mm-dd)"), col("ket_thuc", Instant, "kết thúc", "ended"),
		}},
	}
	byName := make(map[string]*Table, len(list))
	for _, t := range list {
		byName[t.Name] = t
	}
	return byName
}

// order is the order in which tables are shown.
var order = []string{"bo_du_lieu", "tieu_chi", "truong", "thuat_ngu", "van_de", "thoi_han", "he_thong", "ra_soat_tai_khoan"}

// Tables describes the tables of facts, without rows.
func Tables() []*Table {
	all := tables()
	list := make([]*Table, len(order))
	for i, name := range order {
		list[i] = all[name]
	}
	return list
}

// null writes nothing as null.
func null[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func pointer(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

// gather fills the tables.
func (d *Deps) gather(ctx context.Context) (map[string]*Table, error) {
	all := tables()
	if err := errors.Join(d.dataSets(ctx, all), d.issues(ctx, all["van_de"]), d.deadlines(ctx, all["thoi_han"]), d.systems(ctx, all["he_thong"]), d.reviews(ctx, all["ra_soat_tai_khoan"])); err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	return all, nil
}

func (d *Deps) dataSets(ctx context.Context, all map[string]*Table) error {
	var list []*contract.Contract
	for c, err := range contract.All(ctx, d.Contracts) {
		if err != nil {
			return err
		}
		if !c.Retired {
			list = append(list, c)
		}
	}
	standings, err := d.Scores.Standings(ctx, list)
	if err != nil {
		return err
	}
	since, err := d.Contracts.Since(ctx)
	if err != nil {
		return err
	}
	used := map[string]int64{}
	for _, c := range list {
		if err := d.dataSet(ctx, all, c, since[c.ID], standings[c.ID], used); err != nil {
			return err
		}
	}
	book, err := d.Terms.Book(ctx)
	if err != nil {
		return err
	}
	for _, t := range book.Terms() {
		all["thuat_ngu"].Rows = append(all["thuat_ngu"].Rows, []any{t.ID, t.Title, t.Group, used[t.ID]})
	}
	return nil
}

func (d *Deps) dataSet(ctx context.Context, all map[string]*Table, c *contract.Contract, since time.Time, s score.Standing, used map[string]int64) error {
	var columns, mapped, reasoned, rules int64
	for _, o := range c.Objects {
		for i := range o.Columns {
			one := &o.Columns[i]
			columns++
			switch {
			case one.Term != "":
				mapped++
				used[one.Term]++
			case one.NotMapped != "":
				reasoned++
			}
			all["truong"].Rows = append(all["truong"].Rows, []any{o.Dataset, one.Name, null(one.Term), null(one.NotMapped), one.Personal.Is()})
		}
		for i := range o.Rules {
			if o.Rules[i].Kind != contract.RuleType { // what every column has says nothing
				rules++
			}
		}
	}
	var live any
	for _, cr := range s.Score.Criteria {
		all["tieu_chi"].Rows = append(all["tieu_chi"].Rows, []any{c.ID, string(cr.ID), pointer(cr.Value)})
		if cr.ID == contract.Live {
			live = pointer(cr.Value)
		}
	}
	var lacks any
	if d.Lacks != nil {
		n, err := d.Lacks(ctx, c, s.Score.Overall != nil)
		if err != nil {
			return err
		}
		lacks = int64(n)
	}
	all["bo_du_lieu"].Rows = append(all["bo_du_lieu"].Rows, []any{
		c.ID, c.Name, null(c.Owner), string(c.Provenance.Kind), null(c.Access), null(c.Class), columns, mapped, reasoned, rules, pointer(s.Score.Overall), live,
		s.Rows, s.Open, c.Frequency.Every > 0, lacks, lineage(c), int64(len(c.Catalogue.Lineage)), null(c.Catalogue.Text("layer")), null(since), null(s.Changed),
	})
	return nil
}

// lineage says whether it is known where the rows of a data set come from.
func lineage(c *contract.Contract) any {
	switch {
	case c.Catalogue.Original:
		return "goc"
	case len(c.Catalogue.Lineage) > 0:
		return "dan_xuat"
	}
	return nil
}

func (d *Deps) issues(ctx context.Context, t *Table) error {
	for after := ""; ; {
		list, next, err := d.Issues.List(ctx, issue.Filter{After: after, Limit: 1000})
		if err != nil {
			return err
		}
		for _, i := range list {
			t.Rows = append(t.Rows, []any{i.ID, i.Dataset, null(i.Org), string(i.Group), string(i.Severity), string(i.State), i.FoundAt, null(i.ClosedAt), null(i.DueAt), int64(i.Reopened)})
		}
		if after = next; next == "" {
			return nil
		}
	}
}

func (d *Deps) deadlines(ctx context.Context, t *Table) error {
	for after := ""; ; {
		list, next, err := d.Deadlines.List(ctx, deadline.Filter{After: after, Limit: 500})
		if err != nil {
			return err
		}
		for _, one := range list {
			t.Rows = append(t.Rows, []any{one.Clock, one.Org, one.Subject.Kind, one.StartedAt, one.DueAt, null(one.DoneAt), !one.CancelledAt.IsZero()})
		}
		if after = next; next == "" {
			return nil
		}
	}
}

func (d *Deps) systems(ctx context.Context, t *Table) error {
	if d.Systems == nil {
		return nil
	}
	rows, err := d.Systems(ctx)
	for _, r := range rows {
		t.Rows = append(t.Rows, []any{r["ma"], r["ten"], null(r["chu_quan"]), null(r["trang_thai"]), null(r["cap_do"]), null(r["cap_do_so"])})
	}
	return err
}

func (d *Deps) reviews(ctx context.Context, t *Table) error {
	if d.Reviews == nil {
		return nil
	}
	list, err := d.Reviews.List(ctx, 100)
	for _, c := range list {
		t.Rows = append(t.Rows, []any{c.BegunAt, null(c.DueOn), null(c.EndedAt)})
	}
	return err
}

// reader gives the rows of a table as Arrow.
func (t *Table) reader() (array.RecordReader, error) {
	fields := make([]arrow.Field, len(t.Columns))
	for i, c := range t.Columns {
		var typ arrow.DataType
		switch c.Kind {
		case Number:
			typ = arrow.PrimitiveTypes.Float64
		case Whole:
			typ = arrow.PrimitiveTypes.Int64
		case Truth:
			typ = arrow.FixedWidthTypes.Boolean
		case Instant:
			typ = &arrow.TimestampType{Unit: arrow.Microsecond}
		default:
			typ = arrow.BinaryTypes.String
		}
		fields[i] = arrow.Field{Name: c.Name, Type: typ, Nullable: true}
	}
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, row := range t.Rows {
		for i, v := range row {
			switch v := v.(type) {
			case nil:
				b.Field(i).AppendNull()
			case string:
				b.Field(i).(*array.StringBuilder).Append(v)
			case float64:
				b.Field(i).(*array.Float64Builder).Append(v)
			case int64:
				b.Field(i).(*array.Int64Builder).Append(v)
			case bool:
				b.Field(i).(*array.BooleanBuilder).Append(v)
			case time.Time:
				b.Field(i).(*array.TimestampBuilder).Append(arrow.Timestamp(v.UnixMicro()))
			default:
				return nil, fmt.Errorf("facts: %s.%s holds a %T", t.Name, t.Columns[i].Name, v)
			}
		}
	}
	rec := b.NewRecordBatch()
	defer rec.Release()
	return array.NewRecordReader(schema, []arrow.RecordBatch{rec})
}
