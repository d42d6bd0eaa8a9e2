package layout

import (
	"regexp"
	"strings"

	"github.com/phohien/phohien/viet"
)

// The words of Vietnamese office sheets, folded: without marks, lower case.

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.SplitSeq(words, ",") {
		m[strings.TrimSpace(w)] = true
	}
	return m
}

// serial are headings of columns of running numbers.
var serial = set("stt, tt, so tt, s tt, so thu tu, thu tu, no, no., #, s.t.t, t.t, stt., tt., so stt")

// headings are whole headings seen in office tables.
var headings = set(`stt, tt, so tt, so thu tu, ho va ten, ho ten, ho, ten, ho dem, ho va ten dem, ho va chu dem, ngay sinh, nam sinh, ngay thang nam sinh,
	ngay thang, gioi tinh, nam, nu, dan toc, ton giao, quoc tich, que quan, noi sinh, noi o, noi cu tru, noi thuong tru, dia chi, dia ban, cccd, cmnd, so cccd,
	so cmnd, so dinh danh, so dien thoai, dien thoai, sdt, email, ghi chu, ma, ma so, ten, don vi, don vi tinh, dvt, so luong, don gia, thanh tien, so tien,
	chuc vu, chuc danh, trinh do, nghe nghiep, xa, phuong, thon, to dan pho, khu pho, xom, ban, ap, huyen, tinh, quan, thanh pho, xa/phuong, xa, phuong, thang,
	nam, quy, ky, ngay, tong so, tong cong, tong, cong, trong do, chia ra, so ho, so khau, so nguoi, dan so, so dan, dien tich, loai, loai hinh, nhom, linh vuc,
	noi dung, chi tieu, ten chi tieu, ke hoach, thuc hien, ket qua, ty le, ti le, dat, chua dat, hoan thanh, trang thai, tinh trang, thoi gian, thoi han, tu ngay,
	den ngay, bat dau, ket thuc, don vi chu tri, don vi phoi hop, co quan, co quan chu tri, phong ban, nguoi lap, chu ho, quan he, quan he voi chu ho, lop, truong,
	khoi, diem, mon, toan, van, xep loai, so to, so thua, thua dat, to ban do, muc dich su dung, loai dat, vi tri, toa do, kinh do, vi do, gia tri, du toan, quyet toan,
	nguon von, ten cong trinh, dia diem, chu dau tu, luy ke, cung ky, so sanh, ca nam, hang muc, danh muc, mo ta, dien giai, so ky hieu, so hieu, trich yeu,
	ngay cap, noi cap, doi tuong, che do, muc huong, so the, ma the, bhyt, ma bhyt, ma ho, ma thon, ma xa, ma tinh, stt ho, phan loai, ten truong, ten co so,
	ten don vi, ten xa, ten thon, ten duong, chieu dai, chieu rong, so ca, so vu, so nguoi chet, so nguoi bi thuong, bi thuong, tu vong, id, name, date, year,
	month, code, address, phone, note, notes, total, amount, quantity, unit, price, status, type`)

// headingStarts are first words of headings that go on in many ways.
var headingStarts = []string{
	"ma ", "so ", "ten ", "ngay ", "thang ", "nam ", "quy ", "ty le ", "ti le ", "tong so ", "dien tich ", "dia chi ", "noi ", "don vi ", "loai ", "so luong ",
	"gia tri ", "thoi gian ", "tinh trang ", "ket qua ", "ke hoach ", "thuc hien ", "ho ten ", "ho va ten ", "chi tieu ", "muc ", "nhom ", "trong do", "chia ",
	"dan so ", "nguon ", "tong ", "dien thoai ", "co quan ", "ngay thang ", "luy ke ", "uoc ", "trinh do ", "xa ", "xa,", "thon", "xep ",
}

// headingWord tells whether a folded text is one that headings are made of.
func headingWord(s string) bool {
	if headings[strings.Trim(s, " .:*()")] {
		return true
	}
	if len(s) > 60 {
		return false
	}
	for _, p := range headingStarts {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// titleWords are pieces of the texts above a table.
var titleWords = []string{
	"cong hoa xa hoi", "doc lap - tu do", "doc lap-tu do", "doc lap – tu do", "uy ban nhan dan", "ubnd ", "hoi dong nhan dan", "bieu so", "bieu mau", "mau so", "phu luc", "danh sach ", "bao cao ",
	"bang tong hop", "tong hop ", "don vi tinh:", "dvt:", "(don vi", "kem theo", "ban hanh theo", "ky bao cao", "don vi bao cao", "don vi gui", "don vi nhan", "so: ", "ngay nhan", "thong ke ",
}

// pageTitles stand above the heading that is printed again.
var pageTitles = []string{"bieu so ", "bieu so:", "bieu mau so", "phu luc "}

func titleText(folded string) bool {
	for _, w := range titleWords {
		if strings.HasPrefix(folded, w) || len(w) > 12 && strings.Contains(folded, w) {
			return true
		}
	}
	return signDate.MatchString(folded)
}

// Totals. Strong words are totals whatever their number; weak ones only in a
// row without a running number of its own. They are compared with their marks:
// cộng is a sum, công a name and the beginning of công ty; without any marks
// only as a whole.
var (
	strongTotals = totals(`tổng cộng, cộng tổng, toàn tỉnh, cả tỉnh, toàn thành phố, toàn huyện, cả huyện, toàn xã, cả xã, toàn phường, toàn ngành, toàn quốc, cả nước, toàn trường,
		cộng dồn, cộng lũy kế, lũy kế, tổng chung, cộng chung, tổng lũy kế, mang sang, chuyển sang, cộng mang sang, cộng chuyển sang, chuyển trang sau, mang sang trang sau, cộng trang,
		grand total, subtotal, sub total, t.cộng, t. cộng, tổng toàn tỉnh, tổng số toàn tỉnh, tổng cộng toàn tỉnh, toàn đặc khu, toàn đơn vị, cộng toàn tỉnh, cộng toàn xã, cộng toàn huyện`)
	weakTotals = totals("tổng, cộng, tổng số, t.số, t. số, total, sum, trung bình, bình quân, trung bình chung, bình quân chung, cả năm, trung bình toàn tỉnh, bình quân toàn tỉnh")
	// Behind "cộng" or "tổng" these words name a part of the sheet, not a thing
	// that has its own name.
	partWords = totals("mục, phần, khối, nhóm, cụm, trang, chương, tháng, quý, năm, toàn, lũy")
)

// totals is a set of words as they are written and, where they are more than
// one, without their marks.
func totals(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.SplitSeq(list, ",") {
		w = viet.FoldTone(strings.TrimSpace(w))
		m[w] = true
		if f := viet.Fold(w); len(f) > 3 || strings.Contains(f, " ") {
			m[f] = true
		}
	}
	return m
}

// totalWord tells whether a label stands for a total: 0 no, 1 weak, 2 strong.
func totalWord(label string) int {
	if len(label) > 120 {
		return 0
	}
	s := strings.Trim(viet.FoldTone(label), " .:*-+=–;,∑")
	if i := strings.IndexByte(s, '('); i > 0 && strings.HasSuffix(s, ")") { // "Tổng cộng (I+II)"
		s = strings.TrimRight(s[:i], " :-")
	}
	for _, mark := range []byte{':', '='} { // "Tổng số = I + II"
		if i := strings.IndexByte(s, mark); i > 0 {
			s = strings.TrimSpace(s[:i])
		}
	}
	switch {
	case strongTotals[s] || strings.HasPrefix(s, "tổng cộng "):
		return 2
	case weakTotals[s]:
		return 1
	}
	for _, p := range []string{"cộng ", "tổng số ", "tổng "} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			first, _, more := strings.Cut(rest, " ")
			if partWords[first] && more || first != "" && !more && romanNumber(strings.ToUpper(first)) || formula.MatchString(rest) {
				return 2
			}
			return 0
		}
	}
	return 0
}

// formula is "I + II", "A+B", "1+2": a sum of parts of the sheet.
var formula = regexp.MustCompile(`^[(]?([ivx]+|[a-h]|[0-9]+)( ?[+,] ?([ivx]+|[a-h]|[0-9]+))+[)]?$`)

// Signatures and what stands below a table.
var (
	signDate = regexp.MustCompile(`ngay\s*\S{0,6}\s*thang\s*\S{0,6}\s*nam\b`)
	// anchors begin a block of signatures.
	anchors = []string{
		"nguoi lap", "lap bieu", "lap bang", "noi nhan", "thu truong", "(ky", "ky ten", "ky, ghi", "ky va ghi", "nguoi tong hop", "nguoi ghi so", "nguoi kiem tra",
		"nguoi bao cao", "xac nhan cua", "tm. ", "tm.", "kt. ", "kt.", "tl. ", "tuq. ", "q. chu tich", "dai dien ", "nguoi thuc hien", "nguoi ky",
	}
	// officers sign; the same words stand in columns of posts, so they count
	// only beside or below an anchor.
	officers = []string{
		"chu tich", "pho chu tich", "giam doc", "pho giam doc", "truong phong", "pho truong phong", "ke toan", "thu quy", "thu kho", "hieu truong", "chanh van phong",
		"cuc truong", "chi cuc truong", "bi thu", "tong giam doc", "cong chuc", "can bo", "van thu", "truong thon", "to truong", "truong ban", "uy ban nhan dan", "- luu", "luu:", "- nhu tren", "phu trach", "doi truong",
	}
	notes    = []string{"ghi chu:", "ghi chu :", "chu thich:", "luu y:", "nguon:", "nguon so lieu:", "* ghi chu", "(*)", "ghi chu: ", "chu y:"}
	endNotes = []string{"ghi chu", "chu thich", "luu y", "* ", "(1) ", "(2) ", "(3) ", "*) ", "**"}
)

func hasPrefix(s string, list []string) bool {
	for _, p := range list {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func anchor(folded string) bool {
	if len(folded) > 200 {
		return false
	}
	return hasPrefix(folded, anchors) || signDate.MatchString(folded)
}

func officer(folded string) bool { return len(folded) <= 120 && hasPrefix(folded, officers) }

// romanNumber tells whether s is a Roman number from I to XXXIX.
func romanNumber(s string) bool { return s != "" && roman.MatchString(s) }

var (
	roman = regexp.MustCompile(`^X{0,3}(IX|IV|V?I{0,3})$`)
	// marked is a label with its own mark: "I. Khối Đảng", "A - Các xã", "Phần I: …".
	marked = regexp.MustCompile(`^(?:(?:Phần|PHẦN|Mục|MỤC|Chương|CHƯƠNG)\s+)?(X{0,3}(?:IX|IV|V?I{0,3})|[A-HĐ])\s*[.)/:\-–]+\s*(\S.*)$`)
	// groupMark is what numbers a group: I, II.1 is not.
	groupMark = regexp.MustCompile(`^(X{0,3}(?:IX|IV|V?I{0,3})|[A-HĐ])[.)]?$`)
	running   = regexp.MustCompile(`^\d{1,7}[.)]?$`)
	// marker is anything that columns of running numbers hold.
	marker = regexp.MustCompile(`^[(]?(\d{1,7}|[A-Za-zĐđ]|[IVXivx]{1,7}|\d{1,3}(\.\d{1,3}){1,4})[.)]?$|^[-+*•–]$`)
)
