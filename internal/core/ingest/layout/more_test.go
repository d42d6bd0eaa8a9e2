package layout

// morePapers are sheets in which one thing or another leads astray.
var morePapers = []paper{
	sheetOf("one-column", `
Tên xã
Xã Đức Hợp
Xã Cộng Hòa
Xã Hiệp Cường
`),
	sheetOf("english", `
id | name | amount
1 | Total Vietnam Ltd | 100
2 | Summit JSC | 200
3 | Grand Plaza | 300
`),
	sheetOf("age-groups", `
STT | Xã | 0-4 | 5-9 | 10-14 | Trên 14 tuổi
1 | Xã Đức Hợp | 120 | 130 | 140 | 900
2 | Xã Hiệp Cường | 99 | 110 | 105 | 870
`),
	sheetOf("two-years", `
Chỉ tiêu | Năm 2024 | Năm 2025 | So sánh (%)
Số doanh nghiệp | 1200 | 1300 | 108,3
Vốn đăng ký | 5000 | 5600 | 112
`),
	sheetOf("levels", `
STT | Nội dung | Đơn vị | Khối lượng
A | PHẦN XÂY LẮP | | 
I | Nền đường | | 
1 | Đào đất | m3 | 120
1.1 | Đào bằng máy | m3 | 100
1.2 | Đào thủ công | m3 | 20
- | Vận chuyển | m3 | 120
II | Mặt đường | | 
1 | Bê tông M250 | m3 | 45
B | PHẦN THIẾT BỊ | | 
1 | Biển báo | cái | 4
 | Cộng mục B | | 4
`),
	sheetOf("signature-close", `
Mã hồ sơ | Tên thủ tục | Ngày nhận | Ngày trả
H33.1 | Cấp giấy khai sinh | 01/07/2025 | 02/07/2025
H33.2 | Chứng thực bản sao | 02/07/2025 | 02/07/2025
NGƯỜI LẬP | KẾ TOÁN TRƯỞNG | | GIÁM ĐỐC
(Ký, họ tên) | (Ký, họ tên) | | (Ký, đóng dấu)
Lê Thị Mai | Trần Thị Hương | | Nguyễn Văn Sơn
`),
	sheetOf("repeated-two-row-heading", `
STT | Tên xã | Số hộ | | Ghi chú
 | | Nghèo | Cận nghèo | 
1 | Xã A | 10 | 5 | 
2 | Xã B | 11 | 6 | 
STT | Tên xã | Số hộ | | Ghi chú
 | | Nghèo | Cận nghèo | 
3 | Xã C | 12 | 7 | 
4 | Xã D | 13 | 8 | xa trung tâm
@A1:A2 B1:B2 C1:D1 E1:E2 A5:A6 B5:B6 C5:D5 E5:E6
`),
	sheetOf("scores", `
STT | Tên | Toán | Văn
1 | Công | 8 | 7
2 | Cộng | 9 | 9
3 | Tổng | 5 | 6
4 | Toàn | 7 | 7
`),
	sheetOf("months-as-days", `
Mã | Tên trạm | 2025-01-01 | 2025-02-01 | 2025-03-01
T01 | Trạm Phố Hiến | 12.5 | 30.2 | 18
T02 | Trạm Văn Lâm | 11 | 28.4 | 20.1
`),
	sheetOf("capital-heading-no-words", `
PHÂN XƯỞNG | CA | TRƯỞNG CA
May 1 | Sáng | Nguyễn Hoa
May 2 | Chiều | Trần Lan
`),
	sheetOf("title-in-heading-column", `
 | | DANH SÁCH HỌC SINH GIỎI | |
STT | Họ tên | Lớp | Điểm TB | Xếp loại
1 | Nguyễn An | 9A | 9,1 | Giỏi
2 | Trần Bình | 9B | 8,8 | Giỏi
`),
	sheetOf("no-heading-with-title", `
DANH SÁCH CÁC XÃ

11953 | Phường Phố Hiến | 12500
12004 | Xã Như Quỳnh | 8300
`),
	sheetOf("trong-do", `
TT | Đơn vị | Tổng số | Trong đó
 | | | Nữ | Đảng viên | Trên đại học
1 | Sở Y tế | 120 | 70 | 60 | 30
2 | Sở Tư pháp | 45 | 20 | 40 | 12
@A1:A2 B1:B2 C1:C2 D1:F1
`),
	sheetOf("trong-do-unmerged", `
TT | Đơn vị | Tổng số | Trong đó | | 
 | | | Nữ | Đảng viên | Trên đại học
1 | Sở Y tế | 120 | 70 | 60 | 30
2 | Sở Tư pháp | 45 | 20 | 40 | 12
`),
	sheetOf("blank-between-heading-and-data", `
STT | Họ tên | Điểm

1 | An | 5

2 | Bình | 6
`),
	sheetOf("second-page-title", `
Biểu số 01/XH
STT | Thôn | Số hộ | Số khẩu
1 | Đông | 12 | 40
2 | Đoài | 15 | 52

Biểu số 01/XH (tiếp theo)
STT | Thôn | Số hộ | Số khẩu
3 | Nam | 20 | 66
4 | Bắc | 9 | 31
`),
	sheetOf("male-female", `
Thôn | Nam | Nữ | Năm sinh chủ hộ
Đông | 12 | 13 | 1970
Đoài | 15 | 14 | 1982
`),
	sheetOf("unnamed-column", `
STT | Họ và tên | | Số tiền
1 | Nguyễn Văn An | Thôn Đông | 500
2 | Trần Thị Ba | Thôn Đoài | 700
`),
	sheetOf("one-row", `
STT | Họ và tên | Số tiền
1 | Nguyễn Văn An | 500000
`),
	sheetOf("two-columns-no-words", `
abc | xyz
12 | 3
14 | 5
`),
	sheetOf("quarters-with-total", `
Chỉ tiêu | Cả năm | Chia ra | | | 
 | | Quý I | Quý II | Quý III | Quý IV
Thu ngân sách | 100 | 20 | 30 | 25 | 25
Chi ngân sách | 90 | 20 | 20 | 25 | 25
@A1:A2 B1:B2 C1:F1
`),
	sheetOf("contact-rows", `
Đơn vị | Người đại diện | Điện thoại | Ghi chú
Công ty A | Đại diện pháp luật | 0912000001 | 
Hợp tác xã B | Giám đốc | 0912000002 | 
KT. Xây dựng C | TM. Hội đồng | 0912000003 | ngày 5 tháng 6 năm 2025
`),
}

func allPapers() []paper { return append(papers[:len(papers):len(papers)], morePapers...) }
