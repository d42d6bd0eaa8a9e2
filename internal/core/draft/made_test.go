package draft

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/phohien/phohien/viet"
)

// A generator makes tables as offices keep them, with the faults they have. The
// persons in them do not exist.
type generator struct{ *rand.Rand }

func (g *generator) pick(list string) string {
	all := strings.Split(list, "|")
	return all[g.IntN(len(all))]
}

func (g *generator) name() string {
	return g.pick("Nguyễn|Trần|Lê|Phạm|Hoàng|Vũ|Đỗ|Bùi|Đặng|Đào") + " " + g.pick("Văn|Thị|Đức|Minh|Thu|Ngọc|Quang") + " " +
		g.pick("An|Bình|Cường|Dung|Giang|Hà|Hải|Hùng|Lan|Linh|Mai|Nam|Phúc|Sơn|Thảo|Tuấn|Yến")
}

func (g *generator) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + g.IntN(10)))
	}
	return b.String()
}

func (g *generator) cccd(year int) string {
	return fmt.Sprintf("033%d%02d%s", g.IntN(2)+2*(year/100-19), year%100, g.digits(6))
}

func (g *generator) tax() string {
	for {
		s := "09" + g.digits(8)
		if viet.CheckTaxCode(s) == nil {
			return s
		}
	}
}

func (g *generator) commune() (code, name string) {
	list := []string{"11953 Phường Phố Hiến", "11977 Xã Tân Hưng", "11980 Phường Hồng Châu", "11983 Phường Sơn Nam", "12052 Xã Ân Thi", "12127 Xã Khoái Châu"}
	code, name, _ = strings.Cut(list[g.IntN(len(list))], " ")
	return code, name
}

func vnd(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

func (g *generator) day(from, to int) string {
	return fmt.Sprintf("%02d/%02d/%d", 1+g.IntN(28), 1+g.IntN(12), from+g.IntN(to-from+1))
}

func table(head string, rows int, row func(i int) []any) string {
	var b strings.Builder
	b.WriteString(head + "\n")
	for i := range rows {
		for j, v := range row(i) {
			if j > 0 {
				b.WriteByte(',')
			}
			s := fmt.Sprint(v)
			if strings.ContainsAny(s, ",\"\n") {
				s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
			}
			b.WriteString(s)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (g *generator) poor() string {
	return table("STT,Mã hộ,Họ và tên chủ hộ,Số CCCD,Ngày sinh,Giới tính,Dân tộc,Mã xã,Thôn,Số khẩu,Diện hộ,Thu nhập bình quân (đồng),Số điện thoại,Ghi chú", 300, func(i int) []any {
		year := 1940 + g.IntN(60)
		code, _ := g.commune()
		born := g.day(year, year)
		if g.IntN(6) == 0 {
			born = fmt.Sprint(year)
		}
		kind := g.pick("Hộ nghèo|Hộ nghèo|Hộ cận nghèo")
		if i == 17 {
			kind = "hộ nghèo"
		}
		return []any{i + 1, fmt.Sprintf("HN%05d", 10000+i*7), g.name(), g.cccd(year), born, g.pick("Nam|Nữ"), g.pick("Kinh|Kinh|Kinh|Tày|Mường|Nùng"), code,
			"Thôn " + g.pick("Đông|Tây|Nam|Bắc|Trung"), 1 + g.IntN(7), kind, vnd(500000 + 1000*g.IntN(1500)), g.pick("09|03|08") + g.digits(8), g.pick("|||Già yếu|Tàn tật")}
	})
}

func (g *generator) firms() string {
	return table("Mã số thuế,Tên doanh nghiệp,Loại hình,Người đại diện,Điện thoại,Email,Địa chỉ,Ngày thành lập,Vốn điều lệ (triệu đồng),Số lao động,Tình trạng", 250, func(i int) []any {
		_, commune := g.commune()
		capital := vnd(500 + g.IntN(90000))
		if g.IntN(5) == 0 {
			capital += ",5"
		}
		return []any{g.tax(), fmt.Sprintf("Công ty %s %s %d", g.pick("Cổ phần|TNHH"), g.pick("Phú Thịnh|Hưng Phát|Thành Công|Đại Việt"), i), g.pick("Công ty TNHH|Công ty cổ phần|Doanh nghiệp tư nhân"),
			g.name(), "0221" + g.digits(7), fmt.Sprintf("lienhe%d@vidu.vn", i), fmt.Sprintf("Số %d, đường %s, %s", 1+g.IntN(300), g.pick("Điện Biên|Nguyễn Trãi|Chu Văn An"), commune),
			g.day(2000, 2024), capital, g.IntN(400), g.pick("Đang hoạt động|Đang hoạt động|Tạm ngừng|Giải thể")}
	})
}

func (g *generator) staff() string {
	return table("Mã cán bộ,HỌ VÀ TÊN,Năm sinh,Giới tính,Đơn vị,Chức vụ,Trình độ,Ngày vào ngành,Hệ số lương,Là đảng viên,Thư điện tử", 120, func(i int) []any {
		return []any{fmt.Sprintf("CB%04d", i*3+5), strings.ToUpper(g.name()), 1965 + g.IntN(35), g.pick("Nam|Nữ"), g.pick("Sở Y tế|Sở Nội vụ|Sở Tài chính|Văn phòng UBND tỉnh"),
			g.pick("Chuyên viên|Chuyên viên chính|Phó trưởng phòng|Trưởng phòng"), g.pick("Đại học|Thạc sĩ|Tiến sĩ"), g.day(1990, 2024),
			fmt.Sprintf("%d,%02d", 2+g.IntN(5), g.IntN(100)), g.pick("Có|Không"), fmt.Sprintf("canbo%d@vidu.gov.vn", i)}
	})
}

func (g *generator) works() string {
	return table("TT,Mã công trình,Tên công trình,Loại công trình,Năm xây dựng,Tổng mức đầu tư,Diện tích sàn (m2),Kinh độ,Vĩ độ,Chủ đầu tư,Tình trạng", 90, func(i int) []any {
		return []any{i + 1, fmt.Sprintf("CT-%s-%03d", g.pick("GT|DD|TL"), i+1), fmt.Sprintf("Công trình %s số %d", g.pick("cầu|trường học|trạm bơm"), i+1), g.pick("Giao thông|Dân dụng|Thủy lợi"),
			1980 + g.IntN(45), vnd(1000000000 + 1000000*g.IntN(90000)), fmt.Sprintf("%d,%d", 100+g.IntN(900), 1+g.IntN(9)),
			fmt.Sprintf("106.%06d", g.IntN(999999)), fmt.Sprintf("20.%06d", g.IntN(999999)), g.pick("Ban QLDA tỉnh|UBND xã Tân Hưng|Sở Xây dựng"), g.pick("Đang sử dụng|Đang thi công|đang cập nhật")}
	})
}

func (g *generator) schools() string {
	return table("Mã trường,Tên trường,Cấp học,Mã xã,Hiệu trưởng,Số điện thoại,Số lớp,Số học sinh,Số giáo viên,Đạt chuẩn quốc gia", 140, func(i int) []any {
		code, _ := g.commune()
		return []any{fmt.Sprintf("33%06d", 100+i), fmt.Sprintf("Trường %s số %d", g.pick("Tiểu học|THCS|Mầm non"), i+1), g.pick("Mầm non|Tiểu học|THCS|THPT"), code, g.name(),
			"0221." + g.digits(3) + "." + g.digits(4), 5 + g.IntN(30), 100 + g.IntN(900), 10 + g.IntN(60), g.pick("x||")}
	})
}

func (g *generator) prices() string {
	goods := []string{"Gạo tẻ thường", "Thịt lợn mông sấn", "Cá chép", "Xăng RON95", "Xi măng PCB30", "Đường kính trắng", "Gas bình 12kg"}
	return table("Tháng,Mặt hàng,Đơn vị tính,Giá bán lẻ (đồng),So với tháng trước (%)", 7*6, func(i int) []any {
		return []any{fmt.Sprintf("%02d/2025", 1+i/7), goods[i%7], []string{"kg", "kg", "kg", "lít", "kg", "kg", "bình"}[i%7], vnd(12000 + 1000*g.IntN(400)), fmt.Sprintf("%d,%d", 98+g.IntN(4), g.IntN(10))}
	})
}

func (g *generator) dossiers() string {
	return table("Mã hồ sơ,Mã TTHC,Tên thủ tục,Người nộp,Số CCCD người nộp,Ngày tiếp nhận,Ngày hẹn trả,Ngày trả kết quả,Lĩnh vực,Trạng thái,Lệ phí", 200, func(i int) []any {
		return []any{fmt.Sprintf("H31.14-2503%02d-%04d", 1+i/8, i%8+1), "2.00" + g.pick("0815|0635|1234"), g.pick("Cấp bản sao trích lục|Đăng ký khai sinh|Chứng thực chữ ký"), g.name(), g.cccd(1960 + g.IntN(40)),
			fmt.Sprintf("%02d/03/2025 %02d:%02d", 1+i/8, 8+g.IntN(9), g.IntN(60)), g.day(2025, 2025), g.pick("15/03/2025|20/03/2025|"), g.pick("Hộ tịch|Chứng thực"), g.pick("Đã trả kết quả|Đang xử lý|Trả lại"), g.pick("0|5000|50000")}
	})
}

func (g *generator) parcels() string {
	return table("Mã xã,Số tờ,Số thửa,Diện tích (m²),Loại đất,Chủ sử dụng đất,Địa chỉ thửa đất,Ngày cấp GCN", 220, func(i int) []any {
		return []any{[]string{"11953", "11977"}[i/110], 1 + i%110/10, 1 + i%10, fmt.Sprintf("%d.%d", 50+g.IntN(400), 1+g.IntN(9)), g.pick("ONT|LUC|CLN|ODT"), g.name(), "Thôn " + g.pick("Đông|Tây|Nam"), g.day(2005, 2024)}
	})
}

func (g *generator) vaccines() string {
	ids := make([]string, 60)
	names := make([]string, 60)
	for i := range ids {
		ids[i], names[i] = g.cccd(2020+g.IntN(4)), g.name()
	}
	return table("Số định danh,Họ tên trẻ,Ngày sinh,Tên mẹ,Vắc xin,Mũi số,Ngày tiêm,Cơ sở tiêm,Phản ứng sau tiêm", 180, func(i int) []any {
		return []any{ids[i/3], names[i/3], g.day(2020, 2023), g.name(), g.pick("BCG|DPT-VGB-Hib|Sởi|OPV"), 1 + i%3, g.day(2024, 2025), g.pick("Trạm y tế xã Tân Hưng|Trạm y tế phường Phố Hiến"), g.pick("Không|Không|Sốt nhẹ")}
	})
}

func (g *generator) report() string {
	codes := []string{"11953", "11977", "11980", "11983", "11992", "11995", "12052", "12064", "12070", "12085", "12127", "12133"}
	return table("Tháng,Mã xã,Tên xã,Đơn vị báo cáo,Tổng số hộ,Số hộ nghèo,Số hộ cận nghèo,Tỷ lệ hộ nghèo (%)", len(codes), func(i int) []any {
		return []any{"03/2025", codes[i], "Xã số " + fmt.Sprint(i+1), "UBND xã số " + fmt.Sprint(i+1), vnd(2000 + g.IntN(3000)), g.IntN(90), g.IntN(90), fmt.Sprintf("%d,%02d", g.IntN(5), g.IntN(100))}
	})
}

func (g *generator) cars() string {
	return table("Biển số,Nhãn hiệu,Số chỗ,Năm sử dụng,Đơn vị quản lý,Nguyên giá", 45, func(i int) []any {
		return []any{fmt.Sprintf("89A-%03d.%02d", 100+i, g.IntN(100)), g.pick("Toyota|Ford|Hyundai"), g.pick("5|7|16"), 2008 + g.IntN(16), g.pick("Sở Y tế|Sở Tài chính|Văn phòng UBND tỉnh"), vnd(600000000 + 1000000*g.IntN(900))}
	})
}

func (g *generator) documents() string {
	return table("Số ký hiệu,Ngày ban hành,Cơ quan ban hành,Trích yếu,Độ khẩn,Hạn xử lý", 80, func(i int) []any {
		return []any{fmt.Sprintf("%d/%s", 100+i, g.pick("QĐ-UBND|KH-UBND|UBND-KSTT")), g.day(2025, 2025), g.pick("UBND tỉnh|Sở Y tế|Sở Nội vụ"), fmt.Sprintf("Về việc %s số %d", g.pick("báo cáo|triển khai|rà soát"), i), g.pick("Thường|Thường|Khẩn|Hỏa tốc"), g.pick("|") + g.pick("31/12/2025|30/06/2025")}
	})
}

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }
