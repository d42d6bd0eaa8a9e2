package draft

import (
	"strings"
	"unicode"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// moreWords are headings that matter only for what they tell of a person, and
// those of programs that speak English.
var moreWords = []word{
	{phrases: "full name,fullname,person name,patient name,citizen name,ho ten nguoi,ten nguoi benh,ten benh nhan,ten thi sinh,ten doi tuong", role: rolePerson, class: Basic, pii: "name", aliases: "Họ và tên"},
	{phrases: "nguoi than,ten vo,ten chong,ho ten vo,ho ten chong,nguoi bao lanh,nguoi lam don,nguoi khieu nai,chu xe,chu phuong tien,chu co so,chu doanh nghiep,nguoi nhan,nguoi huong,nguoi khai", role: rolePerson, class: Basic, pii: "name"},
	{phrases: "date of birth,birth date,birthdate,birthday,=dob,birth year,year of birth,tuoi", role: roleBirth, class: Basic, pii: "birth"},
	{phrases: "=sex,=gender", role: roleGroup, class: Basic, pii: "sex"},
	{phrases: "phone number,phone,telephone,mobile,=tel,so lien lac,=zalo,so zalo", role: roleCode, kind: viet.KindPhone, class: Basic, pii: "phone"},
	{phrases: "tinh trang hon nhan,marital status", role: roleGroup, class: Basic, pii: "marital"},
	{phrases: "ethnicity,=ethnic,ethnic group", role: roleGroup, class: Sensitive, pii: "ethnic"},
	{phrases: "religion", role: roleGroup, class: Sensitive, pii: "religion"},
	{phrases: "national id,citizen id,identity number,id number,so giay to,giay to tuy than", role: roleCode, kind: viet.KindCCCD, class: Basic, pii: "personal_id"},
	{phrases: "giay phep lai xe,bang lai,gplx,driving licence,driver license", role: roleCode, class: Basic, pii: "driving_licence"},
	{phrases: "van tay,mong mat,khuon mat,sinh trac,giong noi", role: roleText, class: Sensitive, pii: "biometric"},
	{phrases: "=adn,adn,=gen,du lieu gen,xet nghiem gen", role: roleText, class: Sensitive, pii: "genetic"},
	{phrases: "xu huong tinh duc,tinh duc,doi song tinh duc", role: roleText, class: Sensitive, pii: "sex_life"},
	{phrases: "quan diem chinh tri,sinh hoat dang", role: roleText, class: Sensitive, pii: "political"},
	{phrases: "muc do khuyet tat,dang tat,dang khuyet tat,ma benh,=icd,icd 10,xet nghiem,hiv,thuong tat,mang thai,thai san,don thuoc,thuoc dieu tri,phau thuat,benh an,tiem chung,huyet ap,suy dinh duong,chi so bmi,=bmi,diagnosis,health status,trieu chung,ket qua kham,nhiem benh,duong huyet", role: roleNone, class: Sensitive, pii: "health"},
	{phrases: "ten dang nhap,tai khoan vneid,username,user name,tai khoan dinh danh,tai khoan mang xa hoi,=facebook", role: roleCode, class: Basic, pii: "account"},
	{phrases: "tai khoan nhan tien,so the atm,so the ngan hang,bank account", role: roleCode, class: Sensitive, pii: "bank_account"},
	{phrases: "mst ca nhan,ma so thue ca nhan", role: roleCode, kind: viet.KindTaxCode, class: Basic, pii: "tax_code"},
	{phrases: "so bao hiem,so the bao hiem,ma the bao hiem", role: roleCode, class: Basic, pii: "social_insurance"},
	{phrases: "tam vang,noi sinh song,noi lam viec truoc", role: roleText, class: Basic, pii: "residence"},
	{phrases: "=address,home address", role: roleText, class: Basic, pii: "address?"},
	{phrases: "vi pham,xu phat,phat tu,can pham,tien an tien su,toi danh", role: roleNone, class: Sensitive, pii: "criminal"},
	{phrases: "ma ho gia dinh,so ho gia dinh,quan he gia dinh", role: roleCode, class: Basic, pii: "family"},
	{phrases: "=anh,photo,portrait,avatar", role: roleText, class: Basic, pii: "image"},
}

// officeWords are words of headings of an office's own telephone or address.
var officeWords = []string{
	"co quan", "don vi", "truc ban", "duong day nong", "hotline", "tru so", "van phong", "phong kham", "tram y te", "nha truong", "truong hoc",
	"benh vien", "cong ty", "doanh nghiep", "co so", "tong dai", "fax",
}

// personWords are words of headings of somebody within an office.
var personWords = []string{
	"hieu truong", "giam doc", "chu tich", "truong phong", "truong thon", "truong tram", "can bo", "nguoi", "chu", "ca nhan", "nhan vien",
	"giao vien", "bac si", "dai dien", "di dong",
}

// meaningOf is what a column's headings say: its title, else its name, else, where
// these mean nothing, what others call it. A heading of figures is not looked behind.
func meaningOf(c *contract.Column) meaning {
	var plain meaning
	for i, t := range append([]string{c.Title, c.Name}, c.Aliases...) {
		if i >= 2 && plain.phrases != "" {
			break
		}
		m := personalMeaning(t)
		switch {
		case m.class != "":
			return m
		case figure(m):
			return m
		case plain.folded == "" || plain.phrases == "" && m.phrases != "":
			plain = m
		}
	}
	return plain
}

// personalMeaning looks a heading up in both vocabularies.
func personalMeaning(heading string) meaning {
	m := means(heading)
	if figure(m) {
		return m
	}
	if m.pii == "name" { // of whom it is comes behind
		for _, what := range []string{"Địa chỉ", "Chức danh", "Chức vụ"} {
			if strings.HasPrefix(m.folded, viet.Fold(what)+" ") {
				return means(what)
			}
		}
	}
	best := 0
	for phrase := range strings.SplitSeq(m.phrases, ",") {
		best = max(best, fits(phrase, m.folded))
	}
	if m.class != "" {
		best += 1
	}
	for i := range moreWords {
		for phrase := range strings.SplitSeq(moreWords[i].phrases, ",") {
			if n := fits(phrase, m.folded); n > best {
				best, m.word = n, moreWords[i]
			}
		}
	}
	return m
}

// A said is what the words of a value are about.
type said int

const (
	saidAll said = iota
	saidEthnic
	saidHealth
	saidAddress
	saidSex
	saidKinds
)

var ethnicNames = set(`kinh|tay|thai|hoa|kho me|khmer|muong|nung|hmong|h mong|mong|dao|gia rai|ngai|e de|ba na|xo dang|san chay|co ho|cham|san diu|hre|
	mnong|ra glai|raglai|xtieng|bru van kieu|tho|giay|co tu|gie trieng|ma|kho mu|ta oi|cho ro|khang|xinh mun|ha nhi|chu ru|lao|la chi|la ha|phu la|la hu|
	lu|lo lo|chut|mang|pa then|co lao|cong|bo y|si la|pu peo|brau|o du|ro mam`)

// healthWords keep their accents: without them "thai" is a pregnancy and waste,
// "nhiem" an infection and a task, "liet" a paralysis and a fallen soldier.
var healthWords = []string{
	"bệnh", "huyết áp", "đái tháo đường", "tiểu đường", "ung thư", "khuyết tật", "nằm liệt", "liệt hai", "liệt một", "liệt nửa", "tim mạch", "hen suyễn",
	"viêm", "lao phổi", "nhiễm trùng", "nhiễm khuẩn", "nhiễm hiv", "suy dinh dưỡng", "tâm thần", "thần kinh", "đột quỵ", "đau khớp", "đau dạ dày",
	"xuất huyết", "chấn thương", "mang thai", "thai sản", "hiv", "dị ứng", "dương tính", "nghe kém", "hay ốm",
}

var addressWords = []string{
	"thon", "xom", "to dan pho", "khu pho", "ap", "ban", "pho", "duong", "ngo", "ngach", "hem", "so nha", "so", "xa", "phuong", "thi tran", "huyen", "quan", "tinh",
}

func set(names string) map[string]bool {
	all := map[string]bool{}
	for n := range strings.SplitSeq(names, "|") {
		all[strings.TrimSpace(n)] = true
	}
	return all
}

// wordsIn counts what the values kept of a column are about.
func wordsIn(e *Evidence) (n [saidKinds]int64) {
	for _, v := range e.values {
		n[saidAll] += v.n
		folded := plainWords(v.text)
		padded := " " + folded + " "
		if ethnicNames[folded] {
			n[saidEthnic] += v.n
		}
		if folded == "nam" || folded == "nu" {
			n[saidSex] += v.n
		}
		if anyWord(accented(v.text), healthWords) > 0 {
			n[saidHealth] += v.n
		}
		if at := anyWord(padded, addressWords); at >= 2 {
			n[saidAddress] += v.n
		}
	}
	return n
}

// accented is a text in small letters, its words between single blanks.
func accented(text string) string {
	return " " + strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ") + " "
}

func anyWord(padded string, words []string) int {
	n := 0
	for _, w := range words {
		if strings.Contains(padded, " "+w+" ") {
			n++
		}
	}
	return n
}

// numbersIn tells whether a longer text has a personal number or a telephone's in
// it.
func numbersIn(text string) (id, tel bool) {
	run := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] >= '0' && text[i] <= '9' {
			run++
			continue
		}
		if run > 0 && run < len(text) {
			digits := text[i-run : i]
			switch {
			case run == 12 && viet.CheckCCCD(digits) == nil:
				id = true
			case run == 10 && digits[0] == '0' && viet.CheckPhone(digits) == nil:
				tel = true
			}
		}
		run = 0
	}
	return id, tel
}
