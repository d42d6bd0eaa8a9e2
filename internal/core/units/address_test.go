package units_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// TestIndex_Address: addresses as people write them. The names of units are real;
// houses, streets and villages are invented.
func TestIndex_Address(t *testing.T) {
	for _, c := range []struct {
		text, on string
		want     string // uids
		sure     bool
		why      units.Why
		parts    string // kind, type and name of each
	}{
		{"Số 5 ngõ 3 đường Trần Phú, phường Phố Hiến, tỉnh Hưng Yên", "2026-01-01", "X11953.2025-07-01", true, "name", "house 5; lane 3; street Trần Phú; commune phuong Phố Hiến; province tinh Hưng Yên"},
		{"Thôn Đông, xã Lạc Đạo, huyện Văn Lâm, Hưng Yên", "2024-12-31", "X11989.2025-03-01", true, "name", "village thon Đông; commune xa Lạc Đạo; district huyen Văn Lâm; province Hưng Yên"},
		{"Thôn Đông, xã Lạc Đạo, huyện Văn Lâm, Hưng Yên", "2026-01-01", "X11992.2025-07-01 X11995.2025-07-01", false, "split", "village thon Đông; commune xa Lạc Đạo; district huyen Văn Lâm; province Hưng Yên"},
		{"thon dong lac dao van lam hung yen", "2026-01-01", "X11992.2025-07-01 X11995.2025-07-01", false, "split", "village thon dong; commune lac dao; district van lam; province hung yen"},
		{"lac dao van lam hung yen", "2024-12-31", "X11989.2025-03-01", true, "name", "commune lac dao; district van lam; province hung yen"},
		{"12 Lê Lợi, TP Hưng Yên", "2024-12-31", "X11959.2025-03-01", false, "street", "house 12; commune Lê Lợi; district thanh_pho Hưng Yên"},
		{"P.Hiến Nam, TP. Hưng Yên", "2024-12-31", "X11953.2025-03-01", true, "name", "commune phuong Hiến Nam; district thanh_pho Hưng Yên"},
		{"phường Hiến Nam (nay là phường Phố Hiến), tỉnh Hưng Yên", "2026-01-01", "X11953.2025-07-01", true, "name", "left phường Hiến Nam; commune phuong Phố Hiến; province tinh Hưng Yên"},
		{"xã Đông Quang, huyện Đông Hưng, tỉnh Hưng Yên", "2026-01-01", "", false, "no-district", "commune xa Đông Quang; district huyen Đông Hưng; province tinh Hưng Yên"},
		{"Thị trấn Diêm Điền, huyện Thái Thụy, tỉnh Thái Bình", "2026-01-01", "X12826.2025-07-01", true, "before", "commune thi_tran Diêm Điền; district huyen Thái Thụy; province tinh Thái Bình"},
		{"phường Hiến Nam, Hưng Yên", "2026-01-01", "X11953.2025-07-01", true, "before", "commune phuong Hiến Nam; province Hưng Yên"},
		{"Hưng Yên - Văn Giang - Long Hưng", "2026-01-01", "X12031.2025-07-01 X12019.2025-07-01", false, "two", "province Hưng Yên; district Văn Giang; commune Long Hưng"},
		{"Long Hưng, Văn Giang, Hưng Yên", "2026-01-01", "X12031.2025-07-01 X12019.2025-07-01", false, "two", "commune Long Hưng; district Văn Giang; province Hưng Yên"},
		{"xã Long Hưng, Văn Giang, Hưng Yên", "2026-01-01", "X12031.2025-07-01", true, "before", "commune xa Long Hưng; district Văn Giang; province Hưng Yên"},
		{"11953", "2026-01-01", "X11953.2025-07-01", true, "code", "code 11953"},
		{"mã 11953", "2026-01-01", "X11953.2025-07-01", true, "code", "code 11953"},
		{"11953, 12004", "2026-01-01", "X11953.2025-07-01 X12004.2025-07-01", false, "codes", "code 11953; code 12004"},
		{"Phường Phố Hiến (11953), tỉnh Hưng Yên 17000, Việt Nam", "2026-01-01", "X11953.2025-07-01", true, "name", "commune phuong Phố Hiến; code 11953; province tinh Hưng Yên; postcode 17000; country Việt Nam"},
		{"Phường Phố Hiến (12004), tỉnh Hưng Yên", "2026-01-01", "X11953.2025-07-01 X12004.2025-07-01", false, "differs", "commune phuong Phố Hiến; code 12004; province tinh Hưng Yên"},
		{"SỐ 12/3A NGÁCH 5 NGÕ 10 PHỐ ĐIỆN BIÊN PHƯỜNG PHỐ HIẾN TỈNH HƯNG YÊN", "2026-01-01", "X11953.2025-07-01", true, "name", "house 12/3A; lane 5; lane 10; street ĐIỆN BIÊN; commune phuong PHỐ HIẾN; province tinh HƯNG YÊN"},
		{"12 Nguyễn Huệ, P. Sài Gòn, TP.HCM", "2026-01-01", "X26740.2025-07-01", true, "name", "house 12; street Nguyễn Huệ; commune phuong Sài Gòn; province thanh_pho_tw HCM"},
		{"12 Nguyễn Huệ, P. Bến Nghé, Q.1, TP.HCM", "2024-12-31", "X26740.2025-03-01", true, "name", "house 12; street Nguyễn Huệ; commune phuong Bến Nghé; district quan 1; province thanh_pho_tw HCM"},
		{"P1 Q5 TPHCM", "2024-12-31", "X27325.2025-03-01", true, "name", "commune phuong 1; district quan 5; province TPHCM"},
		{"Phường 33, Quận 5, TP HCM", "2024-12-31", "", false, "none", "commune phuong 33; district quan 5; province thanh_pho_tw HCM"},
		{"Văn Giang, Hưng Yên", "2026-01-01", "X12019.2025-07-01", true, "name", "commune Văn Giang; province Hưng Yên"},
		{"Thái Thuỵ", "2026-01-01", "X12826.2025-07-01", true, "name", "commune Thái Thuỵ"},
		{"xã Tân Tiến", "2026-01-01", "X01051.2025-07-01 X06019.2025-07-01 X12583.2025-07-01 X16108.2025-07-01 X24526.2025-07-01 X25318.2025-07-01 X32188.2025-07-01", false, "several", "commune xa Tân Tiến"},
		{"phường Phố Hiến, Hưng Yên", "2025-06-30", "X11953.2025-03-01 X11956.2025-03-01 X11959.2025-03-01 X11962.2025-03-01 X11971.2025-03-01 X11974.2025-03-01", false, "made", "commune phuong Phố Hiến; province Hưng Yên"},
		{"xã Lạc Đạo, khu vực 3, Hưng Yên", "2026-01-01", "X11992.2025-07-01", false, "words", "commune xa Lạc Đạo; place khu vực 3; place Hưng Yên"},
		{"Địa chỉ: Tổ 5, KP 2, phường Phố Hiến, tỉnh Hưng Yên. ĐT: 0221000000", "2026-01-01", "X11953.2025-07-01", true, "name", "label Địa chỉ; village to_dan_pho 5; village khu_pho 2; commune phuong Phố Hiến; province tinh Hưng Yên; left ĐT: 0221000000"},
		{"Tỉnh Hưng Yên, phường Phố Hiến, đường Trần Phú, số 5", "2026-01-01", "X11953.2025-07-01", true, "name", "province tinh Hưng Yên; commune phuong Phố Hiến; street Trần Phú; house 5"},
		{"xã Đắk R'Măng, huyện Đắk Glong, Đắk Nông", "2024-12-31", "X24625.2025-03-01", false, "near", "commune xa Đắk R'Măng; district huyen Đắk Glong; province Đắk Nông"},
		{"Xã K'Dang, huyện Đak Đoa, tỉnh Gia Lai", "2024-12-31", "X23698.2025-03-01", false, "near", "commune xa K'Dang; district huyen Đak Đoa; province tinh Gia Lai"},
		{"phường Bần Yên Nhân, thị xã Mĩ Hào, Hưng Yên", "2024-12-31", "X12103.2025-03-01", false, "no-district", "commune phuong Bần Yên Nhân; district thi_xa Mĩ Hào; province Hưng Yên"},
		{"12 Xã Đàn, phường Kim Liên, Hà Nội", "2026-01-01", "X00229.2025-07-01", true, "name", "house 12; street Xã Đàn; commune phuong Kim Liên; province Hà Nội"},
		{"12 Phố Huế, phường Hai Bà Trưng, Hà Nội", "2026-01-01", "X00256.2025-07-01", true, "name", "house 12; street Huế; commune phuong Hai Bà Trưng; province Hà Nội"},
		{"UBND huyện Bạch Long Vĩ, thành phố Hải Phòng", "2026-01-01", "X11948.2025-07-01", true, "before", "place UBND; district huyen Bạch Long Vĩ; province thanh_pho_tw Hải Phòng"},
		{"xã Phú Mậu, thành phố Huế, tỉnh Thừa Thiên Huế", "2024-12-31", "", false, "none", "commune xa Phú Mậu; province thanh_pho_tw Huế; left tỉnh Thừa Thiên Huế"},
		{"phường Thuận Hòa, tỉnh Thừa Thiên Huế", "2024-12-31", "X19762.2025-03-01", true, "name", "commune phuong Thuận Hòa; province tỉnh Thừa Thiên Huế"},
		{"số 5 Lê Lợi phường Phố Hiến Hưng Yên", "2026-01-01", "X11953.2025-07-01", true, "name", "house 5; street Lê Lợi; commune phuong Phố Hiến; province Hưng Yên"},
		{"Số 5, Lê Lợi, Hưng Yên", "2026-01-01", "X13120.2025-07-01", false, "street", "house 5; commune Lê Lợi; province Hưng Yên"},
		{"33, 11953", "2026-01-01", "X11953.2025-07-01", true, "code", "code 33; code 11953"},
		{"Bản Hồ, Lào Cai", "2026-01-01", "X03046.2025-07-01", true, "name", "commune Bản Hồ; province Lào Cai"},
		{"Bản Hồ, Sa Pa, Lào Cai", "2024-12-31", "X03046.2025-03-01", true, "name", "commune Bản Hồ; district Sa Pa; province Lào Cai"},
		{"xóm 3 thôn Đoài xã Hoàng Hoa Thám tỉnh Hưng Yên", "2026-01-01", "X12337.2025-07-01", true, "name", "village xom 3; village thon Đoài; commune xa Hoàng Hoa Thám; province tinh Hưng Yên"},
		{"", "2026-01-01", "", false, "empty", ""},
		{"Việt Nam", "2026-01-01", "", false, "empty", "country Việt Nam"},
		{"Hưng Yên", "2026-01-01", "", false, "empty", "province Hưng Yên"},
		{"Phú Yên", "2026-01-01", "", false, "empty", "province Phú Yên"},
		{"Long Biên, Hà Nội", "2025-06-30", "X00145.2025-03-01", false, "district", "commune Long Biên; province Hà Nội"},
		{"Long Biên, Hà Nội", "2026-01-01", "X00145.2025-07-01", true, "name", "commune Long Biên; province Hà Nội"},
		{"12 Thượng Thanh, Long Biên, Hà Nội", "2026-01-01", "X00118.2025-07-01 X00127.2025-07-01 X00145.2025-07-01", false, "two", "house 12; commune Thượng Thanh; district Long Biên; province Hà Nội"},
		{"Khu phố Phố Hiến, phường Hồng Châu, tỉnh Hưng Yên", "2026-01-01", "X11980.2025-07-01", true, "name", "village khu_pho Phố Hiến; commune phuong Hồng Châu; province tinh Hưng Yên"},
		{"Thôn Đông Xá, xã Lạc Đạo, huyện Văn Lâm", "2026-01-01", "X11992.2025-07-01 X11995.2025-07-01", false, "split", "village thon Đông Xá; commune xa Lạc Đạo; district huyen Văn Lâm"},
		{"Xã Độc Lập, huyện Hưng Hà", "2026-01-01", "X12676.2025-07-01", true, "before", "commune xa Độc Lập; district huyen Hưng Hà"},
		{"Xã Đông Sơn, huyện Đông Hưng, tỉnh Hưng Yên", "2026-01-01", "X12688.2025-07-01", true, "before", "commune xa Đông Sơn; district huyen Đông Hưng; province tinh Hưng Yên"},
		{"Xã Đông Sơn, huyện Đông Hưng, tỉnh Thái Bình", "2025-06-30", "X12703.2025-03-01", true, "name", "commune xa Đông Sơn; district huyen Đông Hưng; province tinh Thái Bình"},
		{"xã Đông Sơn, Hưng Yên", "2026-01-01", "X12688.2025-07-01", true, "before", "commune xa Đông Sơn; province Hưng Yên"},
		{"Tòa nhà A1, khu đô thị mới, P. Phố Hiến, T. Hưng Yên", "2026-01-01", "X11953.2025-07-01", true, "name", "place Tòa nhà A1; place khu đô thị mới; commune phuong Phố Hiến; province tinh Hưng Yên"},
		{"ấp 3, x. Tân Phú, h. Châu Thành, Đồng Tháp", "2025-06-30", "X30274.2025-03-01", true, "name", "village ap 3; commune xa Tân Phú; district huyen Châu Thành; province Đồng Tháp"},
		{"Buôn Ea Sar, xã Ea Sar, huyện Ea Kar, Đắk Lắk", "2025-06-30", "X24380.2025-03-01", true, "name", "village buon Ea Sar; commune xa Ea Sar; district huyen Ea Kar; province Đắk Lắk"},
		{"QL5, TT Như Quỳnh, Văn Lâm, Hưng Yên, VN", "2025-06-30", "X11986.2025-03-01", true, "name", "street 5; commune thi_tran Như Quỳnh; district Văn Lâm; province Hưng Yên; country VN"},
		{"Xã: Lạc Đạo; Huyện: Văn Lâm; Tỉnh: Hưng Yên", "2025-06-30", "X11989.2025-03-01", true, "name", "commune xa Lạc Đạo; district huyen Văn Lâm; province tinh Hưng Yên"},
		{"Xã/Phường: Lạc Đạo; Quận/Huyện: Văn Lâm; Tỉnh/TP: Hưng Yên", "2025-06-30", "X11989.2025-03-01", true, "name", "commune Lạc Đạo; district Văn Lâm; province Hưng Yên"},
		{"Mã ĐVHC: 11989", "2025-06-30", "X11989.2025-03-01", true, "code", "code 11989"},
		{"33 - 323 - 11989", "2025-06-30", "X11989.2025-03-01", false, "differs", "code 33; code 323; code 11989"},
		{"11989 - Xã Lạc Đạo", "2025-06-30", "X11989.2025-03-01", true, "name", "code 11989; commune xa Lạc Đạo"},
		{"11989", "2026-01-01", "X11992.2025-07-01 X11995.2025-07-01", false, "else", "code 11989"},
		{"xã Lạc Đạo (11989), huyện Văn Lâm, Hưng Yên", "2026-01-01", "X11992.2025-07-01 X11995.2025-07-01", false, "split", "commune xa Lạc Đạo; code 11989; district huyen Văn Lâm; province Hưng Yên"},
		{"Xã Lạc Đạo (11992), huyện Văn Lâm, Hưng Yên", "2026-01-01", "X11992.2025-07-01", true, "code", "commune xa Lạc Đạo; code 11992; district huyen Văn Lâm; province Hưng Yên"},
		{"thửa 15 tờ bản đồ số 7 xã Lạc Đạo tỉnh Hưng Yên", "2026-01-01", "X11992.2025-07-01", true, "name", "place thửa 15 tờ bản đồ; house 7; commune xa Lạc Đạo; province tinh Hưng Yên"},
		{"Số 2, phố Trúc Bạch, phường Ba Đình, Hà Nội", "2026-01-01", "X00004.2025-07-01", true, "name", "house 2; street Trúc Bạch; commune phuong Ba Đình; province Hà Nội"},
		{"Đường 10, Bù Đăng, Bình Phước", "2025-06-30", "X25398.2025-03-01", true, "name", "commune Đường 10; district Bù Đăng; province Bình Phước"},
		{"xã Đường 10, huyện Bù Đăng, tỉnh Bình Phước", "2025-06-30", "X25398.2025-03-01", true, "name", "commune xa Đường 10; district huyen Bù Đăng; province tinh Bình Phước"},
		{"KP.3, P.Hố Nai, TP.Biên Hòa, Đồng Nai", "2025-06-30", "X26002.2025-03-01", true, "name", "village khu_pho 3; commune phuong Hố Nai; district thanh_pho Biên Hòa; province Đồng Nai"},
		{"31/5A Khu phố 4, F.15, Q.Tân Bình, TPHCM", "2025-06-30", "X27007.2025-03-01", true, "name", "house 31/5A; village khu_pho 4; commune phuong 15; district quan Tân Bình; province TPHCM"},
		{"12 Bà Huyện Thanh Quan, Phường Võ Thị Sáu, Quận 3, TP. Hồ Chí Minh", "2025-06-30", "X27139.2025-03-01", true, "name", "house 12; street Bà Huyện Thanh Quan; commune phuong Võ Thị Sáu; district quan 3; province thanh_pho_tw Hồ Chí Minh"},
		{"Phường Văn Miếu - Quốc Tử Giám, Quận Đống Đa, Hà Nội", "2025-06-30", "X00181.2025-03-01", true, "name", "commune phuong Văn Miếu - Quốc Tử Giám; district quan Đống Đa; province Hà Nội"},
		{"Phường Văn Miếu - Quốc Tử Giám - Hà Nội", "2026-01-01", "X00226.2025-07-01", true, "name", "commune phuong Văn Miếu - Quốc Tử Giám; province Hà Nội"},
		{"Hưng Yên, phường Phố Hiến, tổ 5", "2026-01-01", "X11953.2025-07-01", true, "name", "province Hưng Yên; commune phuong Phố Hiến; village to_dan_pho 5"},
		{"PHƯỜNG PHỐ HIẾN - TỈNH HƯNG YÊN", "2026-01-01", "X11953.2025-07-01", true, "name", "commune phuong PHỐ HIẾN; province tinh HƯNG YÊN"},
		{"phuong pho hien, hung yen", "2026-01-01", "X11953.2025-07-01", true, "name", "commune phuong pho hien; province hung yen"},
		{"p pho hien t hung yen", "2026-01-01", "X11953.2025-07-01", true, "name", "commune phuong pho hien; province tinh hung yen"},
		{"so nha 7 ngach 2 ngo 15 duong dien bien phuong hien nam tp hung yen", "2025-06-30", "X11953.2025-03-01", true, "name", "house 7; lane 2; lane 15; street dien bien; commune phuong hien nam; district thanh_pho hung yen"},
		{"Xóm 4, Lạc Đạo, Văn Lâm, Hưng Yên", "2025-06-30", "X11989.2025-03-01", true, "name", "village xom 4; commune Lạc Đạo; district Văn Lâm; province Hưng Yên"},
		{"Xã Lạc Đạo; Huyện Văn Lâm; Tỉnh Hưng Yên", "2025-06-30", "X11989.2025-03-01", true, "name", "commune xa Lạc Đạo; district huyen Văn Lâm; province tinh Hưng Yên"},
		{"Hưng Yên/Văn Lâm/Lạc Đạo", "2025-06-30", "X11989.2025-03-01", true, "name", "province Hưng Yên; district Văn Lâm; commune Lạc Đạo"},
		{"Xã Lạc Đạo,\nHuyện Văn Lâm,\nTỉnh Hưng Yên", "2025-06-30", "X11989.2025-03-01", true, "name", "commune xa Lạc Đạo; district huyen Văn Lâm; province tinh Hưng Yên"},
		{"Xã Thái Thuỵ, tỉnh Hưng Yên", "2026-01-01", "X12826.2025-07-01", true, "name", "commune xa Thái Thuỵ; province tinh Hưng Yên"},
		{"xã Thái Thụy (thuộc tỉnh Thái Bình cũ)", "2026-01-01", "X12826.2025-07-01", false, "no-province", "commune xa Thái Thụy; province tinh Thái Bình"},
		{"Xã Lạc Đáo, tỉnh Hưng Yên", "2026-01-01", "X11992.2025-07-01", false, "near", "commune xa Lạc Đáo; province tinh Hưng Yên"},
		{"Phường Lạc Đạo, tỉnh Hưng Yên", "2026-01-01", "X11992.2025-07-01", false, "near", "commune phuong Lạc Đạo; province tinh Hưng Yên"},
		{"xã Không Có, tỉnh Hưng Yên", "2026-01-01", "", false, "none", "commune xa Không Có; province tinh Hưng Yên"},
		{"Thị trấn Yên Viên, huyện Gia Lâm, TP Hà Nội", "2025-06-30", "X00526.2025-03-01", true, "name", "commune thi_tran Yên Viên; district huyen Gia Lâm; province thanh_pho_tw Hà Nội"},
		{"Yên Viên, Gia Lâm, Hà Nội", "2025-06-30", "X00526.2025-03-01 X00532.2025-03-01", false, "several", "commune Yên Viên; district Gia Lâm; province Hà Nội"},
		{"đặc khu Lý Sơn, tỉnh Quảng Ngãi", "2026-01-01", "X21548.2025-07-01", true, "name", "commune dac_khu Lý Sơn; province tinh Quảng Ngãi"},
		{"ĐK Lý Sơn - Quảng Ngãi", "2026-01-01", "X21548.2025-07-01", true, "name", "commune dac_khu Lý Sơn; province Quảng Ngãi"},
		{"An Vĩnh, huyện Lý Sơn, tỉnh Quảng Ngãi", "2025-06-30", "", false, "empty", "place An Vĩnh; district huyen Lý Sơn; province tinh Quảng Ngãi"},
		{"Tổ dân phố số 3, phường Sơn Nam, Hưng Yên", "2026-01-01", "X11983.2025-07-01", true, "name", "village to_dan_pho 3; commune phuong Sơn Nam; province Hưng Yên"},
		{"Xã Ngọc Thanh, huyện Kim Động, tỉnh Hưng Yên", "2026-01-01", "X11983.2025-07-01 X12322.2025-07-01", false, "split", "commune xa Ngọc Thanh; district huyen Kim Động; province tinh Hưng Yên"},
		{"Chợ Phố Hiến, đường Nguyễn Huệ", "2026-01-01", "X11953.2025-07-01", false, "words", "place Chợ; commune Phố Hiến; left đường Nguyễn Huệ"},
		{"trần phú", "2026-01-01", "X10081.2025-07-01 X02176.2025-07-01 X10633.2025-07-01 X18100.2025-07-01", false, "several", "commune trần phú"},
		{"Phường Thành Sen, Hà Tĩnh, Vietnam", "2026-01-01", "X18073.2025-07-01", true, "name", "commune phuong Thành Sen; province Hà Tĩnh; country Vietnam"},
		{"P. Nam Hà, TP. Hà Tĩnh, T. Hà Tĩnh", "2025-06-30", "X18073.2025-03-01", true, "name", "commune phuong Nam Hà; district thanh_pho Hà Tĩnh; province tinh Hà Tĩnh"},
		{"Hà Tĩnh - Thành Sen - TDP 4", "2026-01-01", "X18073.2025-07-01", true, "name", "province Hà Tĩnh; commune Thành Sen; village to_dan_pho 4"},
		{"phường Cẩm Thành, tỉnh Quảng Ngãi, 570000", "2026-01-01", "X21025.2025-07-01", true, "name", "commune phuong Cẩm Thành; province tinh Quảng Ngãi; postcode 570000"},
	} {
		r := vietnam.Address(c.text, day(c.on))
		if uids(r.Units) != c.want || r.Sure != c.sure || r.Why != c.why {
			t.Errorf("%q on %s: %s (%v, %s), want %s (%v, %s)", c.text, c.on, uids(r.Units), r.Sure, r.Why, c.want, c.sure, c.why)
		}
		if got := partsOf(&r); got != c.parts {
			t.Errorf("%q: parts %q, want %q", c.text, got, c.parts)
		}
		whole(t, &r)
	}
}

// partsOf writes parts as the table of TestIndex_Address has them.
func partsOf(r *units.AddressResult) string {
	var all []string
	for _, p := range r.Parts {
		said := []string{string(p.Kind), p.Type, p.Name}
		if p.Type == "" {
			said = []string{string(p.Kind), p.Name}
		}
		all = append(all, strings.Join(said, " "))
	}
	return strings.Join(all, "; ")
}

// whole checks what holds for every answer.
func whole(t *testing.T, r *units.AddressResult) {
	t.Helper()
	end := 0
	for _, p := range r.Parts {
		if p.From < end || p.To <= p.From || p.To > len(r.Text) || r.Text[p.From:p.To] != p.Text || !strings.Contains(p.Text, p.Name) {
			t.Errorf("%q: part %+v does not stand where it says, or stands in another", r.Text, p)
		}
		end = p.To
	}
	sure := r.Confidence == units.ConfidenceHigh || r.Confidence == units.ConfidenceGood
	if r.Sure && len(r.Units) != 1 || r.Sure != sure || (r.Confidence == units.ConfidenceNone) != (len(r.Units) == 0) {
		t.Errorf("%q: sure %v of %d units, confidence %s", r.Text, r.Sure, len(r.Units), r.Confidence)
	}
	if r.Village.Sure && len(r.Village.Units) != 1 {
		t.Errorf("%q: sure of the villages %v", r.Text, r.Village.Units)
	}
}

// TestIndex_Address_within: a text without a province is read in the province
// that the caller names, and one with a province is not.
func TestIndex_Address_within(t *testing.T) {
	for _, c := range []struct {
		text, on string
		within   []string
		want     string
		sure     bool
		why      units.Why
	}{
		{"phường Tân An", "2024-12-31", nil, "X04288.2025-03-01 X07159.2025-03-01 X07682.2025-03-01 X20401.2025-03-01 X23235.2025-03-01 X24124.2025-03-01 X25765.2025-03-01 X31135.2025-03-01", false, units.WhySeveral},
		{"phường Trần Phú", "2026-01-01", nil, "X18100.2025-07-01", true, units.WhyName}, // there is one in the country
		{"phường Trần Phú", "2026-01-01", []string{"42"}, "X18100.2025-07-01", true, units.WhyName},
		{"phường Trần Phú", "2026-01-01", []string{"Hà Tĩnh", "Hưng Yên"}, "X18100.2025-07-01", true, units.WhyName},
		{"phường Trần Phú, Hà Nội", "2024-12-31", []string{"42"}, "X00334.2025-03-01", true, units.WhyName},
		{"xã Lạc Đạo", "2026-01-01", []string{"42"}, "", false, units.WhyNone},
		{"thị trấn Diêm Điền", "2026-01-01", []string{"33"}, "X12826.2025-07-01", true, units.WhyBefore}, // of Thái Bình, now of 33
		{"thị trấn Diêm Điền, huyện Thái Thụy", "2026-01-01", []string{"33"}, "X12826.2025-07-01", true, units.WhyBefore},
		{"mã 11953", "2026-01-01", []string{"33"}, "X11953.2025-07-01", true, units.WhyCode},
	} {
		r := vietnam.Address(c.text, day(c.on), c.within...)
		if uids(r.Units) != c.want || r.Sure != c.sure || r.Why != c.why {
			t.Errorf("%q on %s within %v: %s (%v, %s), want %s (%v, %s)", c.text, c.on, c.within, uids(r.Units), r.Sure, r.Why, c.want, c.sure, c.why)
		}
		whole(t, &r)
	}
}

// TestIndex_Address_no_day: of any time, a name of two times is not sure.
func TestIndex_Address_no_day(t *testing.T) {
	for text, want := range map[string]units.Why{
		"xã Lạc Đạo, tỉnh Hưng Yên": units.WhyDay, "xã Lạc Đạo, huyện Văn Lâm, Hưng Yên": units.WhyName, "11953": units.WhyDay,
	} {
		if r := vietnam.Address(text, units.NoDay); r.Why != want || r.Sure != (want == units.WhyName) {
			t.Errorf("%q of any time: %s (%v, %s), want %s", text, uids(r.Units), r.Sure, r.Why, want)
		}
	}
}

// TestWhy_Say: every reason of addresses and every confidence has words of its
// own.
func TestWhy_Say(t *testing.T) {
	for _, l := range locale.Languages() {
		said := map[string]bool{units.Result{Why: units.WhyUnknown}.Say(l): true}
		see := func(s string) {
			if said[s] || strings.HasPrefix(s, "units.") {
				t.Errorf("%s: %q", l, s)
			}
			said[s] = true
		}
		for _, w := range []units.Why{units.WhyLater, units.WhyVillage, units.WhyDistrict, units.WhyStreet, units.WhyWords, units.WhyTwo, units.WhyCodes, units.WhyElse} {
			see(units.Result{Why: w}.Say(l))
		}
		for _, c := range []units.Confidence{units.ConfidenceHigh, units.ConfidenceGood, units.ConfidenceLow, units.ConfidenceNone} {
			see(c.Say(l))
		}
	}
}

func FuzzIndex_Address(f *testing.F) {
	for _, text := range []string{
		"Số 5 ngõ 3 đường Trần Phú, phường Phố Hiến, tỉnh Hưng Yên", "thon dong xa lac dao huyen van lam hung yen", "P1 Q5 TPHCM",
		"33 - 323 - 11989", "Xã/Phường: Lạc Đạo; Tỉnh/TP: Hưng Yên", "K' Dang, Ea M' Doal", "Mã 11953 (11953) 11953", "12/3A-5 ,,, ()", "0000 XA 00A0000 huYen vn", strings.Repeat("xã Tân Tiến, ", 60), "\xff xã \u0300", "Việt Nam 100000",
	} {
		f.Add(text, int32(20_300))
		f.Add(text, int32(20_000))
	}
	f.Fuzz(func(t *testing.T, text string, on int32) {
		r := vietnam.Address(text, viet.Date(on))
		if r.Text != text {
			t.Errorf("the text %q became %q", text, r.Text)
		}
		whole(t, &r)
		if r.Sure && !r.Units[0].ValidOn(viet.Date(on)) {
			t.Errorf("%q: sure of %v", text, r.Units)
		}
		for _, p := range r.Parts {
			if utf8.ValidString(text) && !utf8.ValidString(p.Text) {
				t.Errorf("%q: part %q cuts a letter", text, p.Text)
			}
		}
	})
}
