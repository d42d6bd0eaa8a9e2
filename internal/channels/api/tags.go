package api

import "github.com/danielgtaylor/huma/v2"

// tags are the groups of operations, in the order in which the document and the
// reference page show them.
func tags() (all []*huma.Tag) {
	for _, t := range [][2]string{
		{"datasets", "Bộ dữ liệu và đặc tả / Data sets and their contracts"},
		{"records", "Bản ghi, kết xuất, số liệu theo nhóm / Records, exports, figures of groups"},
		{"batches", "Gửi dữ liệu, theo dõi đợt gửi / Sending data, following a batch"},
		{"quality", "Chất lượng dữ liệu, bản ghi chưa đạt / Quality of data, lines that did not pass"},
		{"issues", "Lỗi dữ liệu cần khắc phục / Data issues"},
		{"comments", "Ý kiến trao đổi về các đối tượng / Comments on described objects"},
		{"deadlines", "Thời hạn, quy định thời hạn, lịch ngày làm việc / Deadlines, time limits of the law, working days"},
		{"notices", "Thông báo, kênh gửi / Notices and their ways out"},
		{"exports", "Kết xuất phải được phê duyệt / Exports that others approve"},
		{"erasing", "Tạm giữ và xóa dữ liệu cá nhân / Holding and erasing"},
		{"query", "Truy vấn SQL / Questions in SQL"},
		{"dictionary", "Từ điển dữ liệu dùng chung, danh mục / The shared dictionary, code lists"},
		{"units", "Đơn vị hành chính / Administrative units"},
		{"organisations", "Hệ thống cơ quan, chức vụ / Organisations and posts"},
		{"search", "Tìm kiếm / The one search"},
		{"systems", "Sổ đăng ký hệ thống thông tin / The register of information systems"},
		{"plans", "Kế hoạch, nhiệm vụ, chỉ tiêu, chế độ báo cáo / Plans, tasks, targets, reporting duties"},
		{"campaigns", "Đợt rà soát / Review campaigns"},
		{"rankings", "Xếp hạng đơn vị / Rankings of units"},
		{"governance", "Chỉ số quản trị dữ liệu, hồ sơ hằng năm / Measures of governance, the yearly dossier"},
		{"accounts", "Tài khoản của cán bộ, doanh nghiệp / Accounts of people and companies"},
		{"account-reviews", "Rà soát tài khoản sáu tháng một lần / Reviews of accounts"},
		{"service-accounts", "Tài khoản kết nối của phần mềm, khóa / Accounts of programs and their keys"},
		{"policies", "Chính sách truy cập / Policies"},
		{"public", "Tra cứu công khai / Public look-ups"},
		{"audit", "Nhật ký và bằng chứng / The log and its proofs"},
		{"usage", "Lịch sử khai thác dữ liệu cá nhân / Whose data was used"},
		{"oauth", "Mã truy cập cho chương trình / Access tokens for programs"},
		{"server", "Máy chủ / The server"},
	} {
		all = append(all, &huma.Tag{Name: t[0], Description: t[1]})
	}
	return all
}

// byField documents the parameters that are named like fields: which there are
// the contract says. Clients write an object that is exploded as one parameter
// for each of its members.
func byField() *huma.Param {
	yes := true
	return &huma.Param{
		Name: "field", In: "query", Style: "form", Explode: &yes,
		Description: "Equalities: one parameter for each field, ?loai=phuong. A field named like another parameter is asked for as eq.limit=…",
		Schema:      &huma.Schema{Type: "object", AdditionalProperties: &huma.Schema{Type: "string"}},
	}
}
