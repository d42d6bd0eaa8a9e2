package layout

// Sheets as offices send them. Names and figures are invented.
var papers = []paper{
	sheetOf("plain", `
STT | Họ và tên | Ngày sinh | Địa chỉ
1 | Nguyễn Văn An | 12/03/1980 | Thôn Đông
2 | Trần Thị Bình | 1985 | Thôn Đoài
3 | Lê Văn Cộng | 01/01/1990 | Thôn Cộng Hòa
`),
	sheetOf("ubnd-block", `
UỶ BAN NHÂN DÂN | | | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
XÃ TÂN TIẾN | | | Độc lập - Tự do - Hạnh phúc

| DANH SÁCH HỘ NGHÈO NĂM 2025
| (Kèm theo Báo cáo số 12/BC-UBND ngày 05 tháng 11 năm 2025)
| | | Đơn vị tính: người
STT | Họ tên chủ hộ | Thôn | Số khẩu
(1) | (2) | (3) | (4)
1 | Phạm Văn Toàn | Đông Hưng | 4
2 | Đỗ Thị Tổng | Toàn Thắng | 3
3 | Vũ Văn Cộng | Cộng Hòa | 5
 | Tổng cộng | | 12

 | | | Tân Tiến, ngày 05 tháng 11 năm 2025
 | Người lập biểu | | TM. UBND XÃ
 | (Ký, ghi rõ họ tên) | | CHỦ TỊCH
 | | | 
 | Lê Thị Hoa | | Nguyễn Văn Nam
@A1:B1 D1:E1 A2:B2 B4:D4 B5:D5
`),
	sheetOf("two-row-heading", `
Biểu số 01/DS-KHHGĐ | | | | |
BÁO CÁO DÂN SỐ | | | | |
Kỳ báo cáo: Quý I/2025
STT | Tên xã, phường | Số dân | | | Ghi chú
 | | Tổng số | Nam | Nữ | 
A | B | 1=2+3 | 2 | 3 | C
1 | Phường Phố Hiến | 12500 | 6100 | 6400 | 
2 | Xã Tân Hưng | 8300 | 4100 | 4200 | ước tính
3 | Xã Cộng Hòa | 5000 | 2400 | 2600 | 
Toàn tỉnh | | 25800 | 12600 | 13200
Ghi chú: số liệu sơ bộ đến ngày 31/3/2025
@A1:F1 A2:F2 A4:A5 B4:B5 C4:E4 F4:F5
`),
	sheetOf("csv-heading-spread", `
STT|Địa bàn|Số hộ||Số khẩu||Ghi chú
||Tổng số|Nghèo|Nam|Nữ|
1|Thôn Đông|120|5|210|230|
2|Thôn Đoài|98|3|180|190|
3|Thôn Nam|143|9|250|260|mới sáp nhập
`),
	sheetOf("three-row-heading", `
TT | Đơn vị | Biên chế năm 2025 | | | |
 | | Công chức | | Viên chức | | 
 | | Giao | Có mặt | Giao | Có mặt | Ghi chú
1 | Sở Y tế | 50 | 47 | 1200 | 1150 | 
2 | Sở Giáo dục và Đào tạo | 60 | 58 | 3400 | 3320 | 
@A1:A3 B1:B3 C1:F1 C2:D2 E2:F2 G1:G3
`),
	sheetOf("cross-months", `
TÌNH HÌNH TAI NẠN GIAO THÔNG NĂM 2025
STT | Thôn | Tháng 1 | Tháng 2 | Tháng 3 | Tháng 4 | Cả năm
1 | Đông | 2 | | 1 | 0 | 3
2 | Đoài | 1 | 4 | | 2 | 7
Cộng | | 3 | 4 | 1 | 2 | 10
`),
	sheetOf("cross-years", `
Chỉ tiêu | Đơn vị tính | 2019 | 2020 | 2021 | 2022 | 2023
Dân số trung bình | nghìn người | 1252 | 1263 | 1274 | 1290 | 1301
Số hộ nghèo | hộ | 7500 | 6900 | 6100 | 5200 | 
Tổng số | người | 10 | 11 | 12 | 13 | 14
`),
	sheetOf("cross-month-figures", `
STT | Xã | Số vụ theo tháng | | | | 
 | | 1 | 2 | 3 | 4 | 5
1 | Xã Đức Hợp | 3 | 2 | 1 | 0 | 4
2 | Xã Hiệp Cường | | 2 | 1 | 0 | 4
@A1:A2 B1:B2 C1:G1
`),
	sheetOf("cross-measures", `
STT | Địa bàn | Quý I | | Quý II | | Quý III |
 | | Số vụ | Số người chết | Số vụ | Số người chết | Số vụ | Số người chết
1 | Phường Sơn Nam | 4 | 1 | 3 | | 2 | 0
2 | Phường Hồng Châu | 2 | 0 | | | 1 | 0
@A1:A2 B1:B2 C1:D1 E1:F1 G1:H1
`),
	sheetOf("cross-month-slash", `
Mã xã | Tên xã | T1/2025 | T2/2025 | T3/2025
11953 | Phường Phố Hiến | 1200 | 1300 | 1250
12004 | Xã Như Quỳnh | 900 | | 950
`),
	sheetOf("sections", `
STT | Tên cơ quan | Số máy tính | Số cán bộ | Ghi chú
I | Khối Đảng | | | 
1 | Văn phòng Tỉnh ủy | 40 | 45 | 
2 | Ban Tổ chức | 25 | 24 | 
II | Khối chính quyền | | | 
1 | Sở Tài chính | 70 | 68 | 
2 | Sở Nội vụ | 60 | | chưa báo cáo
3 | Tổng công ty Điện lực | 90 | 120 | 
`),
	sheetOf("sections-merged", `
STT | Họ và tên | Chức vụ | Điện thoại
I. Khối Đảng
1 | Nguyễn Văn A | Chánh Văn phòng | 0912000001
2 | Trần Văn B | Kế toán trưởng | 0912000002
A. Các xã
1 | Lê Thị C | Chủ tịch | 0912000003
2 | Phạm Thị D | | 
@A2:D2 A5:D5
`),
	sheetOf("group-sums", `
STT | Đơn vị | Số hồ sơ | Đúng hạn
I | Các sở | 300 | 280
1 | Sở Xây dựng | 100 | 90
2 | Sở Công Thương | 200 | 190
II | Các xã | 70 | 66
1 | Xã Lạc Đạo | 30 | 30
2 | Xã Đại Đồng | 40 | 36
 | Tổng số = I + II | 370 | 346
`),
	sheetOf("group-rows-are-data", `
STT | Chỉ tiêu | Năm trước | Năm nay
I | Thu nội địa | 300 | 280
1 | Thu từ đất | 100 | 90
2 | Thu phí | 90 | 100
II | Thu hải quan | 70 | 66
1 | Thuế nhập khẩu | 30 | 30
`),
	sheetOf("total-on-top", `
Mã | Tên đơn vị | Số lượng | Tỷ lệ (%)
 | TỔNG SỐ | 60 | 100
01 | Phòng Kinh tế | 10 | 16,7
02 | Phòng Văn hóa - Xã hội | 20 | 33,3
03 | Tổng kho xăng dầu | 30 | 50
`),
	sheetOf("repeated-heading", repeatedHeading()),
	sheetOf("row-7-column-C", `





 | | Mã | Tên | Số lượng
 | | A1 | Bút | 10
 | | A2 | Vở | 20
`),
	sheetOf("two-tables", `
Bảng 1. Danh sách trường
STT | Tên trường | Số lớp
1 | THCS Tân Tiến | 12
2 | THPT Văn Lâm | 30
3 | Tiểu học Lạc Đạo | 22
Cộng | | 64

Bảng 2. Danh sách cán bộ
STT | Họ và tên | Ngày sinh | Chức vụ
1 | Nguyễn Thị E | 02/02/1979 | Hiệu trưởng
2 | Trần Văn G | 03/05/1981 | Kế toán
`),
	{name: "two-tables-known", chunk: 7, known: []string{"ho va ten", "ngay sinh", "chuc vu"}, rows: sheetOf("", `
Bảng 1. Danh sách trường
STT | Tên trường | Số lớp
1 | THCS Tân Tiến | 12
2 | THPT Văn Lâm | 30
3 | Tiểu học Lạc Đạo | 22

Bảng 2. Danh sách cán bộ
STT | Họ và tên | Ngày sinh | Chức vụ
1 | Nguyễn Thị E | 02/02/1979 | Hiệu trưởng
2 | Trần Văn G | 03/05/1981 | Kế toán
`).rows},
	sheetOf("side-by-side", `
STT | Họ và tên | Điểm | | STT | Họ và tên | Điểm
1 | Nguyễn An | 8 | | 4 | Lê Dung | 7
2 | Trần Bình | 9 | | 5 | Vũ Em | 6
3 | Lê Chi | 7 | | 6 | Đỗ Giang | 9
`),
	sheetOf("no-heading", `
11953 | Phường Phố Hiến | 12500 | 2025-03-31
12004 | Xã Như Quỳnh | 8300 | 2025-03-31
11992 | Xã Lạc Đạo | 5000 | 2025-03-31
`),
	sheetOf("all-words", `
Alpha | Beta | Gamma
đỏ | tròn | to
xanh | vuông | bé
`),
	sheetOf("few-filled", `
STT | Họ và tên | Ngày sinh | Số CCCD | Địa chỉ
1 | Nguyễn Văn H | 01/02/1970 | 033070000001 | Thôn 1
2 | Trần Thị K | | | 
 | Lê Văn L | | | 
4 | | | |
5 | Bùi Thị M | 05/06/1988 | 033188000002 | Thôn 2
`),
	sheetOf("words-of-signatures-in-data", `
Họ và tên | Chức vụ | Đơn vị
Nguyễn Văn A | Chủ tịch | UBND xã Tân Tiến
Trần Thị B | Người lập biểu | Phòng Kế hoạch
Lê Văn C | Kế toán trưởng | Công ty Thủy nông
Phạm Văn D | Thủ trưởng đơn vị | Trạm Y tế
`),
	sheetOf("names-below", `
Tên thôn | Trưởng thôn
Đông | Nguyễn Văn An
Đoài | Trần Văn Ba
Nam | Lê Văn Tư

Nơi nhận: | CHỦ TỊCH
- Như trên; | (Đã ký)
- Lưu: VT. | Phạm Văn Sáu
`),
	sheetOf("pre-numbered", `
STT | Tên công trình | Địa điểm | Tổng mức đầu tư
1 | Đường trục xã | Thôn Đông | 12500
2 | Nhà văn hóa | Thôn Đoài | 3200
3
4
5
`),
	sheetOf("template", `
MẪU BÁO CÁO
STT | Họ và tên | Ngày sinh | Giới tính | Ghi chú
`),
	sheetOf("indicators", `
TT | Chỉ tiêu | ĐVT | Kế hoạch | Thực hiện | Tỷ lệ (%)
1 | Tổng số | hộ | 100 | 90 | 90
2 | Tổng số hộ nghèo | hộ | 10 | 9 | 90
3 | Trong đó: hộ DTTS | hộ | 1 | 1 | 100
I | Nông nghiệp | | | | 
4 | Diện tích lúa | ha | 50 | 55 | 110
`),
	sheetOf("headings-with-lines", `
STT | Họ và tên\n(chữ in hoa) | Số\nđiện thoại | Ghi chú
1 | NGUYỄN VĂN AN | 0912345678 | 
2 | TRẦN THỊ BA | 0987654321 | đã đổi số
`),
	sheetOf("units-under-heading", `
STT | Cây trồng | Diện tích | Năng suất | Sản lượng
 | | (ha) | (tạ/ha) | (tấn)
1 | Lúa | 120 | 62,5 | 750
2 | Ngô | 30 | 48 | 144
Bình quân | | 75 | 55,2 | 
`),
	sheetOf("merged-down", `
STT | Xã | Thôn | Ngày kiểm tra | Kinh phí | Số hộ
1 | Xã Đức Hợp | Đông | 05/06/2025 | 500 | 12
2 | | Đoài | | | 30
3 | | Nam | | | 22
4 | Xã Hiệp Cường | Thượng | 07/06/2025 | 100 | 9
5 | | Hạ | | | 14
@B2:B4 D2:D4 E2:E4 B5:B6 D5:D6
`),
	sheetOf("carried-forward", `
Ngày | Nội dung | Thu | Chi
 | Mang sang | 100 | 50
01/02/2025 | Thu phí chợ | 20 | 
03/02/2025 | Chi văn phòng phẩm | | 5
 | Cộng trang | 20 | 5
 | Lũy kế | 120 | 55
Nguồn: Phòng Tài chính
* Chưa gồm tháng 1
Người lập | | | Thủ trưởng đơn vị
`),
}

func repeatedHeading() string {
	s := "STT | Họ và tên | Năm sinh | Ghi chú\n(1) | (2) | (3) | (4)\n"
	n := 0
	for page := range 3 {
		if page > 0 {
			s += "STT | Họ và tên | Năm sinh | Ghi chú\n(1) | (2) | (3) | (4)\n"
		}
		for range 4 {
			n++
			s += itoa(n) + " | Người thứ " + itoa(n) + " | " + itoa(1950+n) + " |\n"
		}
	}
	return s
}
