package draft

import (
	"strings"
	"unicode"

	"github.com/phohien/phohien/viet"
)

// A role says what a heading's words mean to the draft.
type role string

// The roles.
const (
	roleNone     role = ""
	roleNumber   role = "stt"
	roleCode     role = "code"      // mã …
	roleTitle    role = "title"     // tên …
	roleUnitCode role = "unit-code" // mã xã, mã tỉnh
	roleUnitName role = "unit-name" // xã, thôn
	roleBody     role = "body"      // cơ quan, đơn vị
	roleSender   role = "sender"    // đơn vị báo cáo
	rolePeriod   role = "period"    // tháng, quý, kỳ báo cáo
	roleDay      role = "day"
	roleBirth    role = "birth"
	roleFrom     role = "from"
	roleTo       role = "to"
	roleCount    role = "count"
	roleAmount   role = "amount" // money, areas, shares: never negative
	roleGroup    role = "group"  // loại, tình trạng, lĩnh vực: few values
	roleFlag     role = "flag"   // là …, có …: yes or no
	roleNote     role = "note"
	rolePerson   role = "person" // a person's name
	roleText     role = "text"   // addresses and other free text
	roleItem     role = "item"   // mặt hàng, chỉ tiêu: what a figure is about
	rolePlace    role = "place"  // toạ độ
)

// A word is an entry of the vocabulary of headings: folded phrases and what a
// column under them is.
type word struct {
	phrases string // folded, "," between; "=x" the whole heading, "^x" its beginning, "x" anywhere in it
	role    role
	kind    viet.Kind // identifier to expect
	class   Class     // personal data: "" none
	pii     string    // what kind of them
	level   string    // of phohien.unit
	aliases string    // other headings, "," between
}

// vocabulary is how Vietnamese offices head their columns. Of the entries that
// fit a heading the one with the longest phrase counts.
var vocabulary = []word{
	{phrases: "=stt,=tt,=so tt,=s tt,so thu tu,=no,=so thu tu", role: roleNumber},

	// Persons
	{phrases: "ho va ten,ho ten,ho dem va ten,ten chu ho,chu ho,ten nguoi,=ten can bo,ten hoc sinh,ten cong dan,ten tre", role: rolePerson, class: Basic, pii: "name", aliases: "Họ và tên,Họ tên"},
	{phrases: "nguoi dai dien,nguoi nop,nguoi lien he,nguoi lap,nguoi phu trach,giam doc,hieu truong,chu tich,nguoi dung dau,nguoi giam ho,ten cha,ten me,ho ten cha,ho ten me,nguoi su dung dat,chu su dung,ten chu,chu so huu,can bo tiep nhan,can bo thu ly,can bo phu trach,nguoi ky,nguoi tiem,nguoi gui", role: rolePerson, class: Basic, pii: "name"},
	{phrases: "ngay sinh,ngay thang nam sinh,ngay thang sinh,sinh ngay,nam sinh", role: roleBirth, class: Basic, pii: "birth", aliases: "Ngày sinh,Ngày tháng năm sinh"},
	{phrases: "ngay mat,ngay chet,ngay tu vong", role: roleDay, class: Basic, pii: "death"},
	{phrases: "gioi tinh,=gioi,=phai", role: roleGroup, class: Basic, pii: "sex", aliases: "Giới tính,Giới"},
	{phrases: "cccd,can cuoc,so dinh danh ca nhan,dinh danh ca nhan,=so dinh danh,=sddcn,=ddcn", role: roleCode, kind: viet.KindCCCD, class: Basic, pii: "personal_id", aliases: "Số CCCD,CCCD,Số định danh cá nhân,Số căn cước"},
	{phrases: "cmnd,chung minh nhan dan,cmt,chung minh thu", role: roleCode, kind: viet.KindCMND, class: Basic, pii: "personal_id", aliases: "Số CMND,CMND"},
	{phrases: "ho chieu,passport", role: roleCode, kind: viet.KindPassport, class: Basic, pii: "passport", aliases: "Số hộ chiếu"},
	{phrases: "bhxh,so so bao hiem,bao hiem xa hoi", role: roleCode, kind: viet.KindBHXH, class: Basic, pii: "social_insurance", aliases: "Mã số BHXH,Số sổ BHXH"},
	{phrases: "bhyt,the bao hiem y te,bao hiem y te", role: roleCode, kind: viet.KindBHYT, class: Basic, pii: "health_insurance", aliases: "Số thẻ BHYT,Mã thẻ BHYT"},
	{phrases: "dien thoai,sdt,so dt,=dt,di dong,=mobile,=phone,dtdd,hotline", role: roleCode, kind: viet.KindPhone, class: Basic, pii: "phone", aliases: "Số điện thoại,Điện thoại,SĐT"},
	{phrases: "email,e mail,thu dien tu,hop thu", role: roleText, class: Basic, pii: "email", aliases: "Thư điện tử,Email"},
	{phrases: "tai khoan ngan hang,so tai khoan,=stk", role: roleCode, class: Sensitive, pii: "bank_account", aliases: "Số tài khoản"},
	{phrases: "dan toc", role: roleGroup, class: Sensitive, pii: "ethnic", aliases: "Dân tộc"},
	{phrases: "ton giao", role: roleGroup, class: Sensitive, pii: "religion", aliases: "Tôn giáo"},
	{phrases: "dang vien,ngay vao dang,so the dang", role: roleText, class: Sensitive, pii: "political"},
	{phrases: "benh,chan doan,khuyet tat,tinh trang suc khoe,suc khoe,nhom mau,tien su,di ung,=vac xin,ten vac xin,loai vac xin,vaccine,mui tiem,ngay tiem,lieu luong,phan ung sau tiem,chieu cao,can nang", role: roleNone, class: Sensitive, pii: "health"},
	{phrases: "tien an,tien su pham toi,an tich,ky luat", role: roleNone, class: Sensitive, pii: "criminal"},
	{phrases: "quoc tich", role: roleGroup, class: Basic, pii: "nationality"},
	{phrases: "hon nhan", role: roleGroup, class: Basic, pii: "marital"},
	{phrases: "quan he voi chu ho,quan he", role: roleGroup, class: Basic, pii: "family"},
	{phrases: "que quan,nguyen quan,noi sinh,noi dang ky khai sinh", role: roleText, class: Basic, pii: "origin", aliases: "Quê quán"},
	{phrases: "thuong tru,tam tru,ho khau,noi o,cho o,noi cu tru", role: roleText, class: Basic, pii: "residence"},
	{phrases: "dia chi", role: roleText, class: Basic, pii: "address?", aliases: "Địa chỉ"},
	{phrases: "bien so,bien kiem soat", role: roleCode, kind: viet.KindPlate, class: Basic, pii: "plate", aliases: "Biển số,Biển số xe"},
	{phrases: "anh the,anh chan dung,hinh anh", role: roleText, class: Basic, pii: "image"},
	{phrases: "ngay cap cccd,ngay cap can cuoc,noi cap cccd", role: roleDay, class: Basic, pii: "personal_id"},
	{phrases: "trinh do,chuc vu,chuc danh,ngach,bac luong,chuyen mon,nghe nghiep,dan so tuoi", role: roleGroup},
	{phrases: "he so luong,muc luong,tien luong", role: roleAmount},

	// Numbers of the state
	{phrases: "ma so thue,=mst,ma so dn,ma so doanh nghiep,ma doanh nghiep", role: roleCode, kind: viet.KindTaxCode, pii: "tax?", aliases: "Mã số thuế,MST,Mã số doanh nghiệp"},
	{phrases: "ma dinh danh dien tu,ma dinh danh co quan,ma dinh danh don vi,ma co quan,ma don vi bao cao", role: roleCode, kind: viet.KindAgency, aliases: "Mã định danh,Mã định danh điện tử"},
	{phrases: "ma ho so,so ho so", role: roleCode, kind: viet.KindDossier, aliases: "Mã hồ sơ,Số hồ sơ"},
	{phrases: "ma thu tuc,ma tthc", role: roleCode, kind: viet.KindProcedure, aliases: "Mã TTHC,Mã thủ tục"},
	{phrases: "so ky hieu,so hieu van ban,so van ban,so quyet dinh,so cong van,so qd,van ban so", role: roleCode, kind: viet.KindDocument, aliases: "Số ký hiệu,Số văn bản"},
	{phrases: "ma dinh danh thua dat,ma thua dat,ma thua", role: roleCode, kind: viet.KindParcel, aliases: "Mã định danh thửa đất"},
	{phrases: "so to,to ban do,so thua,thua dat so,=to,=thua", role: roleCode},

	// Places
	{phrases: "ma tinh,ma tp,ma thanh pho,ma don vi cap tinh", role: roleUnitCode, kind: viet.KindProvince, level: "province", aliases: "Mã tỉnh"},
	{phrases: "ma xa,ma phuong,ma dvhc,ma don vi hanh chinh,ma don vi cap xa,ma xa phuong", role: roleUnitCode, kind: viet.KindCommune, level: "commune", aliases: "Mã xã,Mã ĐVHC,Mã đơn vị hành chính"},
	{phrases: "ma huyen,ma quan huyen", role: roleCode},
	{phrases: "=xa,=phuong,=xa phuong,^ten xa,^ten phuong,xa phuong thi tran,=xa phuong dac khu,=dia ban,=dia phuong,don vi hanh chinh,^ten don vi hanh chinh", role: roleUnitName, aliases: "Tên xã,Xã"},
	{phrases: "=tinh,=tinh thanh pho,^ten tinh,=huyen,=quan huyen,^ten huyen", role: roleUnitName},
	{phrases: "=thon,=to dan pho,thon to dan pho,thon xom,=thon to,=khu pho,^ten thon,=xom", role: roleUnitName, aliases: "Thôn,Tên thôn"},
	{phrases: "kinh do,longitude,=lng,=long,=lon", role: rolePlace, aliases: "Kinh độ"},
	{phrases: "vi do,latitude,=lat", role: rolePlace, aliases: "Vĩ độ"},
	{phrases: "toa do,vi tri,hinh hoc,ranh gioi,geometry,=geom,=wkt", role: rolePlace, aliases: "Tọa độ"},

	// Who, when
	{phrases: "don vi bao cao,don vi gui,co quan bao cao,don vi nop,don vi nhap", role: roleSender, aliases: "Đơn vị báo cáo,Đơn vị gửi"},
	{phrases: "=don vi,=ten don vi,co quan,don vi chu tri,don vi quan ly,don vi thuc hien,co quan chu quan,=phong ban,don vi cong tac,noi cong tac,truong hoc", role: roleBody, aliases: "Đơn vị,Cơ quan"},
	{phrases: "don vi tinh,=dvt,quy cach", role: roleGroup, aliases: "Đơn vị tính,ĐVT"},
	{phrases: "ky bao cao,=ky,thang bao cao,nam bao cao,quy bao cao,=thang,=quy,=nam,ky so lieu,=thang nam,nien do,nam hoc,^quy nam,^thang nam,=ky du lieu,nam tai chinh,^dot", role: rolePeriod, aliases: "Kỳ báo cáo"},
	{phrases: "hieu luc tu,tu ngay,co hieu luc tu,ngay hieu luc,ngay co hieu luc", role: roleFrom, aliases: "Hiệu lực từ"},
	{phrases: "hieu luc den,het hieu luc,den ngay,ngay het hieu luc,ngay het han,hieu luc den het", role: roleTo, aliases: "Hiệu lực đến"},
	{phrases: "^ngay,bat dau,ket thuc,thoi gian,thoi diem,thoi han,han hoan thanh,^nam xay dung,^nam thanh lap,^nam khoi cong,^nam hoan thanh,han xu ly,han tra,hen tra", role: roleDay},
	{phrases: "nam xay dung,nam thanh lap,nam su dung,nam dua vao su dung,nam tot nghiep,nam hoan thanh,nam khoi cong", role: roleDay},

	// Figures
	{phrases: "^so luong,^so ho,^so nguoi,^so khau,^so nhan khau,^tong so,^so lop,^so hoc sinh,^so giao vien,^so phong,^so giuong,^dan so,^so dan,^so nu,^so nam gioi,^so lao dong,^so don vi,^so ca,^so vu,^so mui,^so tang,^so ngay,^so nhan vien,^quy mo", role: roleCount},
	{phrases: "so tien,kinh phi,thanh tien,=gia,^gia,don gia,tong muc dau tu,von dau tu,doanh thu,von dieu le,du toan,quyet toan,muc ho tro,^von,chi phi,nguyen gia,le phi,^phi,thu nhap,nop ngan sach,giai ngan", role: roleAmount},
	{phrases: "dien tich,=dt m2,chieu dai,chieu rong,chieu sau,khoi luong,san luong,nang suat,cong suat,ty le,ti le,^phan tram,trong luong,mat do,do dai,do sau", role: roleAmount},
	{phrases: "chi so,he so,diem", role: roleNone},

	// What it is
	{phrases: "mui so,lan thu,^lan,thu tu", role: roleItem},
	{phrases: "mat hang,san pham,chi tieu,hang hoa,ten hang,ten chi tieu,noi dung chi tieu,danh muc hang", role: roleItem},
	{phrases: "loai,=nhom,phan loai,hang muc cong trinh,=cap,cap hoc,cap do,tinh trang,trang thai,linh vuc,hinh thuc,doi tuong,ket qua,muc do,=hang,che do,nguon von,muc dich su dung,loai dat,xep loai,xep hang,dien ho,=khoi,ket luan,muc uu tien,uu tien,loai hinh,nganh nghe,ket cau,chat lieu,phuong thuc,kenh tiep nhan", role: roleGroup},
	{phrases: "^la ,^co ,^da ,^duoc ,^thuoc dien,^dat chuan,^nhan ,^doi ,^se ,^chua ,^dang hoat dong", role: roleFlag},
	{phrases: "ghi chu,nhan xet,dien giai,mo ta,y kien,ly do,=note,=notes,=gc", role: roleNote, aliases: "Ghi chú"},
	{phrases: "can cu,noi dung,trich yeu,yeu cau,bien phap,dieu kien,website,trang web,duong dan", role: roleText},
	{phrases: "^ten,=name,^name", role: roleTitle},
	{phrases: "^ma ,=ma,=uid,=id,=code,^ma so,^so hieu,^ky hieu,^uid ,so giay phep,so gcn,so giay chung nhan,so bien lai,so hop dong,so so,^id ", role: roleCode},
}

// A meaning is what the vocabulary says about a heading.
type meaning struct {
	word
	folded string // words between blanks
	unit   string // what stands in brackets behind the heading: ha, triệu đồng
}

// kindFirst puts identifiers before other words: "số CCCD người nộp" is a
// number, not a person.
const kindFirst = 60

// means looks a heading up.
func means(heading string) meaning {
	m := meaning{}
	text := heading
	if i := strings.IndexByte(text, '('); i > 0 {
		if inside, _, ok := strings.Cut(text[i+1:], ")"); ok {
			m.unit = strings.TrimSpace(inside)
			text = text[:i] + " " + text[i+2+len(inside):]
		}
	}
	if i := strings.LastIndex(text, " / "); i >= 0 { // of a heading of several rows the last says most
		if last := means(text[i+3:]); last.phrases != "" {
			last.unit = first(m.unit, last.unit)
			return last
		}
	}
	m.folded = plainWords(text)
	best := 0
	for i := range vocabulary {
		for phrase := range strings.SplitSeq(vocabulary[i].phrases, ",") {
			n := fits(phrase, m.folded)
			if n > 0 && vocabulary[i].kind != "" {
				n += kindFirst
			}
			if n > best {
				best, m.word = n, vocabulary[i]
			}
		}
	}
	if strings.HasPrefix(m.folded, "so ") && m.role != roleCode && m.class == Basic || m.kind == "" && counts(m.folded) {
		// "số nữ", "tỷ lệ dân tộc": figures about many people
		m.word = word{phrases: m.phrases, role: roleCount}
	}
	return m
}

// counts tells headings of figures, whatever they count.
func counts(folded string) bool {
	if strings.HasPrefix(folded, "so ho khau") {
		return false
	}
	for _, p := range []string{"tong ", "ty le ", "ti le ", "so luong ", "so ho ", "so nguoi ", "so tre ", "so hoc sinh "} {
		if strings.HasPrefix(folded, p) {
			return true
		}
	}
	return false
}

// fits gives the weight of a phrase in a heading, 0 when it is not there.
func fits(phrase, folded string) int {
	bare := strings.TrimSpace(strings.TrimLeft(phrase, "=^ "))
	switch {
	case bare == "":
		return 0
	case folded == bare:
		return 4*len(bare) + 3
	case phrase[0] == '=':
		return 0
	case strings.HasPrefix(folded, bare+" "):
		return 4*len(bare) + 2
	case phrase[0] == '^':
		return 0
	case strings.HasSuffix(folded, " "+bare), strings.Contains(folded, " "+bare+" "):
		return 4 * len(bare)
	}
	return 0
}

// plainWords folds a text to words of a-z and digits with single blanks.
func plainWords(s string) string {
	return strings.Join(strings.FieldsFunc(viet.Fold(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
