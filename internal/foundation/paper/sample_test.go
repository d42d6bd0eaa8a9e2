package paper

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/viet"
)

// report is a paper with everything that papers have. Bodies, data sets and
// figures are invented.
func report() *Paper {
	return &Paper{
		Parent: "Ủy ban nhân dân tỉnh Hưng Yên", Issuer: "Sở Khoa học và Công nghệ", Symbol: "BC-SKHCN", Place: "Hưng Yên", Year: 2026,
		Kind: "Báo cáo", Abstract: "Kết quả kiểm tra, đánh giá dữ liệu năm 2026", To: []string{"Ủy ban nhân dân tỉnh Hưng Yên"},
		Body: []Block{
			Basis("Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;"),
			Text("Thực hiện chế độ kiểm tra, đánh giá dữ liệu hằng năm, Sở Khoa học và Công nghệ báo cáo Ủy ban nhân dân tỉnh kết quả như sau:"),
			Division{Level: Heading, Title: "Kiểm kê nội dung dữ liệu"},
			Division{Level: Clause, Title: "Tình hình chung"},
			Text("Đến hết ngày 30 tháng 11 năm 2026, kho dữ liệu dùng chung của tỉnh có 124 bộ dữ liệu của 19 cơ quan, đơn vị, tăng 37 bộ so với năm 2025; tổng số 18.452.907 bản ghi. Trong đó 61 bộ dữ liệu dùng chung, 48 bộ dữ liệu mở và 15 bộ dữ liệu dùng riêng."),
			Table{
				Caption: "Bảng 1. Số bộ dữ liệu theo cơ quan chủ quản", Unit: "Đơn vị tính: bộ dữ liệu, bản ghi",
				Columns: []Column{{Head: "STT", Width: 12, Align: Centre}, {Head: "Cơ quan chủ quản"}, {Head: "Số bộ dữ liệu", Width: 22, Align: Right}, {Head: "Số bản ghi", Width: 30, Align: Right}, {Head: "Tỷ lệ bản ghi đạt", Width: 26, Align: Right}},
				Rows: []Row{
					{Cells: []string{"1", "Sở Y tế", "21", "6.204.118", "97,2%"}},
					{Cells: []string{"2", "Sở Nông nghiệp và Môi trường", "33", "5.870.441", "94,8%"}},
					{Cells: []string{"3", "Sở Giáo dục và Đào tạo", "18", "2.118.030", "98,9%"}},
					{Cells: []string{"4", "Sở Xây dựng", "12", "904.716", "91,5%"}},
					{Cells: []string{"5", "Các cơ quan, đơn vị khác", "40", "3.355.602", "96,0%"}},
					{Cells: []string{"", "Tổng số", "124", "18.452.907", "96,1%"}, Bold: true},
				},
			},
			Division{Level: Clause, Title: "Kết quả so với năm trước"},
			List{Items: [][]Run{
				{{Text: "Số bộ dữ liệu có đặc tả đầy đủ: "}, {Text: "118/124 bộ", Bold: true}, {Text: ", đạt 95,2%."}},
				{{Text: "Số bộ dữ liệu được cập nhật đúng hạn: "}, {Text: "109/124 bộ", Bold: true}, {Text: ", đạt 87,9%."}},
			}},
			Division{Level: Heading, Title: "Mức độ tuân thủ tiêu chuẩn, chất lượng dữ liệu"},
			Division{Level: Clause, Title: "Điểm chất lượng theo sáu tiêu chí"},
			Division{Level: Point, Text: []Run{{Text: "Tiêu chí “đúng” đạt 96,1 điểm; tiêu chí “đủ” đạt 93,4 điểm; các lỗi còn lại chủ yếu do mã đơn vị hành chính chưa được chuyển đổi sau khi sắp xếp."}}},
			Division{Level: Point, Text: []Run{{Text: "Tiêu chí “sống” đạt 87,9 điểm; 15 bộ dữ liệu quá hạn cập nhật, trong đó 04 bộ quá hạn trên 30 ngày."}}},
			Table{
				Caption: "Bảng 2. Điểm chất lượng dữ liệu theo sáu tiêu chí",
				Columns: []Column{{Head: "Năm"}, {Head: "Đúng", Align: Right}, {Head: "Đủ", Align: Right}, {Head: "Sạch", Align: Right}, {Head: "Sống", Align: Right}, {Head: "Thống nhất", Align: Right}, {Head: "Dùng chung", Align: Right}},
				Rows: []Row{
					{Cells: []string{"Năm 2025", "91,0", "88,7", "90,2", "79,5", "84,1", "62,0"}},
					{Cells: []string{"Năm 2026", "96,1", "93,4", "95,8", "87,9", "92,6", "78,3"}},
				},
			},
			Division{Level: Clause, Text: []Run{{Text: "Hồ sơ bất thường: hệ thống ghi nhận 1.207 bản ghi bất thường, đã làm rõ 1.180 bản ghi; 27 bản ghi đang được cơ quan chủ quản dữ liệu xác minh với nguồn."}}},
			Division{Level: Heading, Title: "Chia sẻ dữ liệu"},
			Text("Các thỏa thuận chia sẻ dữ liệu còn hiệu lực được thực hiện đúng mục đích đã đăng ký; danh sách tại Phụ lục kèm theo. Lịch sử khai thác được lưu đầy đủ và đối chiếu hằng tháng."),
			Table{
				Caption: "Bảng 3. Lỗi dữ liệu cần khắc phục",
				Columns: []Column{{Head: "Nhóm lỗi"}, {Head: "Mô tả"}, {Head: "Số lỗi", Align: Right}, {Head: "Đã khắc phục", Align: Right}, {Head: "Thời hạn", Align: Centre}},
				Rows: []Row{
					{Cells: []string{"Sai định dạng", "Ngày sinh, số định danh, mã số thuế không đúng quy cách; chữ viết theo bảng mã cũ", "2.310", "2.298", "31/12/2026"}},
					{Cells: []string{"Trùng lặp", "Một đối tượng được ghi nhiều lần trong cùng bộ dữ liệu, thông tin khác nhau", "874", "801", "31/12/2026"}},
					{Cells: []string{"Thiếu thông tin", "Trường thông tin bắt buộc để trống", "5.126", "4.870", "31/01/2027"}},
				},
			},
			Division{Level: Heading, Title: "Khó khăn, vướng mắc; đề xuất, kiến nghị"},
			Text("Một số cơ quan chưa bố trí cán bộ đầu mối dữ liệu; kết nối tới một số hệ thống ngành dọc chưa ổn định. Sở Khoa học và Công nghệ kính đề nghị Ủy ban nhân dân tỉnh chỉ đạo các cơ quan, đơn vị bố trí cán bộ đầu mối dữ liệu trước ngày 31 tháng 01 năm 2027 và hoàn thành việc khắc phục lỗi dữ liệu theo thời hạn tại Bảng 3."),
			Text("Trên đây là báo cáo kết quả kiểm tra, đánh giá dữ liệu năm 2026, kính trình Ủy ban nhân dân tỉnh xem xét, chỉ đạo."),
		},
		Sign:   Sign{Authority: []string{"KT. Giám đốc"}, Position: "Phó Giám đốc"},
		CopyTo: []string{"Như trên", "Công an tỉnh", "Các sở, ban, ngành", "Giám đốc, các Phó Giám đốc Sở", "Lưu: VT, CĐS"},
		Annexes: []Annex{{Title: "Danh sách thỏa thuận chia sẻ dữ liệu còn hiệu lực", Landscape: true, Body: []Block{
			Table{
				Columns: []Column{{Head: "STT", Align: Centre}, {Head: "Số thỏa thuận", Align: Centre}, {Head: "Bên cung cấp"}, {Head: "Bên khai thác"}, {Head: "Mục đích sử dụng"}, {Head: "Hiệu lực đến", Align: Centre}},
				Rows:    agreements(26),
			},
		}}},
	}
}

func agreements(n int) (rows []Row) {
	givers := []string{"Sở Y tế", "Sở Nông nghiệp và Môi trường", "Sở Giáo dục và Đào tạo"}
	for i := range n {
		rows = append(rows, Row{Cells: []string{itoa(i + 1), "TT-" + itoa(100+i), givers[i%3], "Ủy ban nhân dân xã mẫu số " + itoa(i+1), "Giải quyết thủ tục hành chính cho người dân, doanh nghiệp; không yêu cầu nộp lại giấy tờ đã có trong cơ sở dữ liệu", "31/12/2027"}})
	}
	return rows
}

func itoa(n int) string {
	return strings.TrimLeft(string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)}), "0")
}

// decision is a paper of articles, with number, date and a name.
func decision(t testing.TB) *Paper {
	day, err := viet.NewDate(2026, 2, 5)
	if err != nil {
		t.Fatal(err)
	}
	return &Paper{
		Issuer: "Ủy ban nhân dân tỉnh Hưng Yên", Number: 7, Symbol: "QĐ-UBND", Place: "Hưng Yên", Date: day,
		Kind: "Quyết định", Abstract: "Ban hành Quy chế quản lý, khai thác kho dữ liệu dùng chung của tỉnh",
		Body: []Block{
			Division{Level: Chapter, Title: "Quy định chung"},
			Division{Level: Article, Title: "Phạm vi điều chỉnh"},
			Division{Level: Clause, Text: []Run{{Text: "Quy chế này quy định việc quản lý, khai thác kho dữ liệu dùng chung."}}},
			Division{Level: Clause, Text: []Run{{Text: "Quy chế này không áp dụng đối với:"}}},
			Division{Level: Point, Text: []Run{{Text: "Dữ liệu thuộc bí mật nhà nước;"}}},
			Division{Level: Point, Text: []Run{{Text: "Dữ liệu của Đảng."}}},
			Division{Level: Chapter, Title: "Tổ chức thực hiện"},
			Division{Level: Article, Text: []Run{{Text: "Quyết định này có hiệu lực kể từ ngày ký."}}},
			Figure{PNG: chart(t), Width: 60, Caption: "Hình 1. Số bộ dữ liệu qua các năm", Alt: "Ba cột cao dần"},
			PageBreak{},
			Text("Chánh Văn phòng Ủy ban nhân dân tỉnh và các cơ quan, đơn vị có liên quan chịu trách nhiệm thi hành Quyết định này."),
		},
		Sign:   Sign{Authority: []string{"TM. Ủy ban nhân dân", "KT. Chủ tịch"}, Position: "Phó Chủ tịch", Name: "Nguyễn Văn Mẫu"},
		CopyTo: []string{"Như Điều 2"},
		Annexes: []Annex{
			{Title: "Danh mục một", Body: []Block{Text("Nội dung một.")}},
			{Title: "Danh mục hai", Body: []Block{Text("Nội dung hai.")}},
		},
		Made: time.Date(2026, 2, 5, 1, 2, 3, 0, time.UTC),
	}
}

// official is a letter without a kind, to several bodies.
func official() *Paper {
	return &Paper{
		Parent: "Ủy ban nhân dân tỉnh Hưng Yên", Issuer: "Sở Khoa học và Công nghệ", Symbol: "SKHCN-CĐS", Place: "Hưng Yên", Year: 2026,
		Abstract: "đôn đốc khắc phục lỗi dữ liệu quý IV năm 2026", To: []string{"Sở Y tế", "Sở Nông nghiệp và Môi trường", "Ủy ban nhân dân các xã, phường"},
		Body: []Block{Text("Đơn vị chưa gửi dữ liệu quý IV năm 2026 đề nghị gửi trước ngày 31 tháng 12 năm 2026.")},
		Sign: Sign{Position: "Giám đốc"},
	}
}

// chart is a small picture of three bars.
func chart(t testing.TB) []byte {
	img := image.NewGray(image.Rect(0, 0, 120, 60))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for bar, high := range []int{20, 35, 55} {
		for x := range 25 {
			for y := range high {
				img.SetGray(10+bar*35+x, 59-y, color.Gray{Y: 90})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
