package viet

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		kind Kind
		in   string
		code string
	}{
		{KindCCCD, "033095001234", ""},
		{KindCCCD, "034199012345", ""},
		{KindCCCD, "033305000001", ""},
		{KindCCCD, "003095001234", CodeCCCDPlace},
		{KindCCCD, "133095001234", CodeCCCDPlace},
		{KindCCCD, "033495001234", CodeCCCDCentury},
		{KindCCCD, "03309500123", CodeCCCDSyntax},
		{KindCCCD, "0330950012345", CodeCCCDSyntax},
		{KindCCCD, "03309500123A", CodeCCCDSyntax},
		{KindCCCD, "", CodeCCCDSyntax},
		{KindCMND, "145678901", ""},
		{KindCMND, "14567890", CodeCMND},
		{KindPassport, "C1234567", ""},
		{KindPassport, "P01234567", ""},
		{KindPassport, "c1234567", CodePassport},
		{KindPassport, "C123456", CodePassport},

		{KindTaxCode, "0100109106", ""},
		{KindTaxCode, "0100112437", ""},
		{KindTaxCode, "0300588569", ""},
		{KindTaxCode, "0100233488", ""},
		{KindTaxCode, "0314409058-002", ""},
		{KindTaxCode, "0314409058002", ""},
		{KindTaxCode, "033095001234", ""},
		{KindTaxCode, "999095001234", CodeCCCDPlace},
		{KindTaxCode, "0100233489", CodeTaxCheck},
		{KindTaxCode, "0901234567", CodeTaxCheck},
		{KindTaxCode, "0100000000", CodeTaxSerial},
		{KindTaxCode, "0314409058-000", CodeTaxBranch},
		{KindTaxCode, "0314409058-02", CodeTaxSyntax},
		{KindTaxCode, "0314409058.002", CodeTaxSyntax},
		{KindTaxCode, "01002334", CodeTaxSyntax},

		{KindBHXH, "3320123456", ""},
		{KindBHXH, "332012345", CodeBHXH},
		{KindBHYT, "GD4332012345678", ""},
		{KindBHYT, "3320123456", ""},
		{KindBHYT, "033095001234", ""},
		{KindBHYT, "gd4332012345678", CodeBHYT},

		{KindAgency, "H31", ""},
		{KindAgency, "H31.14", ""},
		{KindAgency, "H15.50.05.13", ""},
		{KindAgency, "000.00.00.H49", ""},
		{KindAgency, "000.00.14.H31", ""},
		{KindAgency, "Z01ABC", ""},
		{KindAgency, "Z01", CodeAgency},
		{KindAgency, "H3", CodeAgency},
		{KindAgency, "H31.", CodeAgency},
		{KindAgency, "H31..1", CodeAgency},
		{KindAgency, "h31", CodeAgency},
		{KindAgency, "H31." + strings.Repeat("1", 32), CodeAgencyLength},

		{KindDossier, "H15.50.05.13-261008-0975", ""},
		{KindDossier, "000.00.14.H31-261008-0975", ""},
		{KindDossier, "H31.14-261122-1812345", ""},
		{KindDossier, "H31.14-261322-0001", CodeDossierDate},
		{KindDossier, "H31.14-260230-0001", CodeDossierDate},
		{KindDossier, "H31.14-261122-001", CodeDossier},
		{KindDossier, "H31.14-261122", CodeDossier},

		{KindProcedure, "2.000815", ""},
		{KindProcedure, "2.000815.000.00.00.H31", ""},
		{KindProcedure, "2.00815", CodeProcedure},
		{KindProcedure, "2.000815.H31", CodeProcedure},

		{KindDocument, "2352/QĐ-UBND", ""},
		{KindDocument, "194/2025/NĐ-CP", ""},
		{KindDocument, "60/2024/QH15", ""},
		{KindDocument, "11/2026/QĐ-TTg", ""},
		{KindDocument, "4856/BCA-TTDLQG", ""},
		{KindDocument, "66.22/2026/NQ-CP", ""},
		{KindDocument, "QĐ-UBND", CodeDocument},
		{KindDocument, "2352/qđ-ubnd", CodeDocument},
		{KindDocument, "60/24/QH15", CodeDocument},

		{KindParcel, "w7emmq81cxzt", ""},
		{KindParcel, "w7emmq81cxz", CodeParcel},
		{KindParcel, "w7emmq81cxza", CodeParcel},
		{KindParcel, "W7EMMQ81CXZT", CodeParcel},

		{KindPlate, "89A-123.45", ""},
		{KindPlate, "17A 1234", ""},
		{KindPlate, "89-B1 123.45", ""},
		{KindPlate, "29AA-123.45", ""},
		{KindPlate, "29MĐ1-234.56", CodePlateSyntax},
		{KindPlate, "29MĐ-234.56", ""},
		{KindPlate, "80-001-NG-01", ""},
		{KindPlate, "QA-1234", CodePlateSyntax},
		{KindPlate, "AA-12-34", ""},
		{KindPlate, "13A-12345", CodePlateProvince},
		{KindPlate, "10A-12345", CodePlateProvince},
		{KindPlate, "89O-12345", CodePlateSyntax},

		{KindPhone, "0912345678", ""},
		{KindPhone, "+84 912 345 678", ""},
		{KindPhone, "0221 3861 234", ""},
		{KindPhone, "01234567890", CodePhonePrefix},
		{KindPhone, "01114567890", CodePhoneSyntax},
		{KindPhone, "0412345678", CodePhoneSyntax},
		{KindPhone, "19001234", CodePhoneShort},
		{KindPhone, "113", CodePhoneShort},
		{KindPhone, "+1 202 555 0100", CodePhoneForeign},
		{KindPhone, "912345678", CodePhoneSyntax},
		{KindPhone, "", CodePhoneSyntax},

		{KindProvince, "33", ""},
		{KindProvince, "00", CodeProvince},
		{KindProvince, "3", CodeProvince},
		{KindCommune, "11953", ""},
		{KindCommune, "1953", CodeCommune},
		{KindCommune, "1195a", CodeCommune},

		{KindForeignPassport, "AB1234567", ""},
		{KindForeignPassport, "12345", ""},
		{KindForeignPassport, "1234", CodeForeignPassport},
		{KindForeignPassport, "AB-12345", CodeForeignPassport},
		{KindForeignPassport, strings.Repeat("1", 21), CodeForeignPassport},

		{KindEmail, "vanthu@hungyen.gov.vn", ""},
		{KindEmail, "so.yt+baocao@hung-yen.gov.vn", ""},
		{KindEmail, "A_B-c@x1.vn", ""},
		{KindEmail, "a@xn--bcher-kva.example", ""},
		{KindEmail, "vănthư@hungyen.gov.vn", CodeEmailMarks},
		{KindEmail, "", CodeEmail},
		{KindEmail, "vanthu", CodeEmail},
		{KindEmail, "@hungyen.gov.vn", CodeEmail},
		{KindEmail, "a@b", CodeEmail},
		{KindEmail, "a@b.c", CodeEmail},
		{KindEmail, "a@b..vn", CodeEmail},
		{KindEmail, "a@.vn", CodeEmail},
		{KindEmail, "a@b.vn.", CodeEmail},
		{KindEmail, "a@-b.vn", CodeEmail},
		{KindEmail, "a@b-.vn", CodeEmail},
		{KindEmail, "a..b@c.vn", CodeEmail},
		{KindEmail, ".a@c.vn", CodeEmail},
		{KindEmail, "a.@c.vn", CodeEmail},
		{KindEmail, "a b@c.vn", CodeEmail},
		{KindEmail, "a@b@c.vn", CodeEmail},
		{KindEmail, "a@192.168.1.10", CodeEmail},
		{KindEmail, strings.Repeat("a", 64) + "@c.vn", ""},
		{KindEmail, strings.Repeat("a", 65) + "@c.vn", CodeEmail},
		{KindEmail, "a@" + strings.Repeat("b", 64) + ".vn", CodeEmail},
		{KindEmail, "a@" + strings.Repeat("b.", 130) + "vn", CodeEmail},

		{KindBudgetUnit, "1031234", ""},
		{KindBudgetUnit, "0000000", CodeBudgetUnit},
		{KindBudgetUnit, "103123", CodeBudgetUnit},
		{KindBudgetUnit, "103123A", CodeBudgetUnit},
		{KindPostcode, "17000", ""},
		{KindPostcode, "00000", CodePostcode},
		{KindPostcode, "170000", CodePostcode},

		{"no such", "1", CodeKind},
	}
	seen := map[Kind]bool{}
	for _, tt := range tests {
		err := Check(tt.kind, tt.in)
		if Code(err) != tt.code {
			t.Errorf("Check(%q, %q) = %v, want %q", tt.kind, tt.in, err, tt.code)
		}
		doubt := tt.code == CodeCCCDPlace || tt.code == CodeCCCDCentury || tt.code == CodePhonePrefix
		if IsWarning(err) != doubt {
			t.Errorf("Check(%q, %q) = %v, warning %v", tt.kind, tt.in, err, IsWarning(err))
		}
		seen[tt.kind] = true
	}
	for _, k := range Kinds() {
		if !seen[k] {
			t.Errorf("kind %q has no test", k)
		}
	}
}

func TestParseCCCD(t *testing.T) {
	tests := []struct {
		in, place string
		year      int
		male      bool
	}{
		{"033095001234", "Hưng Yên", 1995, true},
		{"034199012345", "Thái Bình", 1999, false},
		{"033305000001", "Hưng Yên", 2005, false},
	}
	for _, tt := range tests {
		id, err := ParseCCCD(tt.in)
		if err != nil || id.PlaceName != tt.place || id.BirthYear != tt.year || id.Male != tt.male {
			t.Errorf("ParseCCCD(%q) = %+v, %v", tt.in, id, err)
		}
		if err := id.CheckBirthYear(tt.year); err != nil {
			t.Error(err)
		}
		if err := id.CheckBirthYear(tt.year + 1); !IsWarning(err) || Code(err) != CodeCCCDYear {
			t.Errorf("another birth year: %v", err)
		}
		if err := id.CheckSex(!tt.male); !IsWarning(err) || Code(err) != CodeCCCDSex {
			t.Errorf("the other sex: %v", err)
		}
	}
	n := 0
	for _, name := range oldProvinces {
		if name != "" {
			n++
		}
	}
	if n != 63 {
		t.Errorf("%d old provinces, want 63", n)
	}
	id, err := ParseCCCD("099095001234")
	if !IsWarning(err) || id.BirthYear != 1995 {
		t.Errorf("unknown place: %+v, %v", id, err)
	}
	if strings.Contains(err.Error(), "5001") || strings.Contains(MessageVi(err), "5001") {
		t.Errorf("the number is shown: %v, %s", err, MessageVi(err))
	}
}

func TestParseCard(t *testing.T) {
	const good = "033095001234|145678901|Nguyễn Văn Mẫu|09031995|Nam|Phường Phố Hiến, Hưng Yên|01072021"
	c, err := ParseCard(good)
	if err != nil || c.ID.Number != "033095001234" || c.OldCMND != "145678901" || c.Name != "Nguyễn Văn Mẫu" || c.Born.String() != "1995-03-09" ||
		c.Sex != "Nam" || c.Residence != "Phường Phố Hiến, Hưng Yên" || c.Issued.String() != "2021-07-01" || c.More != nil {
		t.Errorf("%+v, %v", c, err)
	}
	tests := []struct{ old, new, code string }{
		{"145678901", "", ""},
		{"01072021", "01072021|x|y", ""},
		{"01072021", "31022021", CodeDateDay},
		{"09031995", "09031996", CodeCCCDYear},
		{"Nam|", "Nữ|", CodeCCCDSex},
		{"033095", "099095", CodeCCCDPlace},
		{"033095001234", "33095001234", CodeCCCDSyntax},
		{"145678901", "14567890", CodeCard},
		{"09031995", "9031995", CodeCard},
		{"|01072021", "", CodeCard},
		{"Nguyễn Văn Mẫu", "", CodeCard},
		{"Phường", strings.Repeat("x", longestCard), CodeCard},
	}
	for _, tt := range tests {
		c, err := ParseCard(strings.Replace(good, tt.old, tt.new, 1))
		if Code(err) != tt.code || (err == nil || IsWarning(err)) != (c.Name != "") {
			t.Errorf("%q for %q: %+v, %v, want %q", tt.new, tt.old, c, err, tt.code)
		}
	}
	if c, _ := ParseCard(good + "|x|y"); len(c.More) != 2 {
		t.Errorf("%q", c.More)
	}
}

// A mistyped digit and two neighbours exchanged must nearly always be seen.
func TestTaxCode_Typos(t *testing.T) {
	const good = "0100109106"
	for i := range len(good) {
		for c := byte('0'); c <= '9'; c++ {
			bad := good[:i] + string(c) + good[i+1:]
			if (CheckTaxCode(bad) == nil) != (bad == good) {
				t.Errorf("CheckTaxCode(%q) = %v", bad, CheckTaxCode(bad))
			}
		}
	}
}

func TestTaxCode_String(t *testing.T) {
	for _, s := range []string{"0314409058002", "0314409058-002"} {
		if c, err := ParseTaxCode(s); err != nil || c.String() != "0314409058-002" || c.Kind != TaxBranch {
			t.Errorf("ParseTaxCode(%q) = %+v, %v", s, c, err)
		}
	}
}

func TestAgencyForms(t *testing.T) {
	tests := []struct{ old, code string }{
		{"000.00.14.H31", "H31.14"},
		{"000.00.00.H49", "H49"},
		{"000.05.14.H31", "H31.14.05"},
		{"012.05.14.H31", "H31.14.05.012"},
	}
	for _, tt := range tests {
		if got, err := AgencyCode(tt.old); got != tt.code || err != nil {
			t.Errorf("AgencyCode(%q) = %q, %v, want %q", tt.old, got, err, tt.code)
		}
		if got, err := OldAgencyCode(tt.code); got != tt.old || err != nil {
			t.Errorf("OldAgencyCode(%q) = %q, %v, want %q", tt.code, got, err, tt.old)
		}
	}
	for _, s := range []string{"H31.ABC", "H31.14.05.012.01", "H31.00"} {
		if _, err := OldAgencyCode(s); Code(err) != CodeAgencyNoOldForm {
			t.Errorf("OldAgencyCode(%q): %v", s, err)
		}
	}
}

func TestParseDossierNumber(t *testing.T) {
	n, err := ParseDossierNumber("H15.50.05.13-261008-0975")
	if err != nil || n.Agency != "H15.50.05.13" || n.Received.String() != "2026-10-08" || n.Serial != "0975" {
		t.Errorf("got %+v, %v", n, err)
	}
}

func TestParseDocumentNumber(t *testing.T) {
	tests := []struct {
		in, want string
		year     int
		std      bool
	}{
		{"2352/QĐ-UBND", "2352/QĐ-UBND", 0, false},
		{"2352 / QÐ – UBND", "2352/QĐ-UBND", 0, true},
		{"66.22/2026/NQ-CP", "66.22/2026/NQ-CP", 2026, false},
	}
	for _, tt := range tests {
		n, std, err := ParseDocumentNumber(tt.in)
		if err != nil || n.String() != tt.want || n.Year != tt.year || std != tt.std {
			t.Errorf("ParseDocumentNumber(%q) = %+v, %v, %v", tt.in, n, std, err)
		}
	}
}

func TestGeoHash(t *testing.T) {
	if got := GeoHash(57.64911, 10.40744, 11); got != "u4pruydqqvj" {
		t.Errorf("got %s", got)
	}
	if got := ParcelCode(20.6464, 106.0511); got != "w7emmq81cxzt" {
		t.Errorf("got %s", got)
	}
	lat, lon, err := ParcelPoint("w7emmq81cxzt")
	if err != nil || ParcelCode(lat, lon) != "w7emmq81cxzt" || lat-20.6464 > 1e-6 || 20.6464-lat > 1e-6 || lon-106.0511 > 1e-6 || 106.0511-lon > 1e-6 {
		t.Errorf("got %v, %v, %v", lat, lon, err)
	}
}

func TestParsePlate(t *testing.T) {
	tests := []struct {
		in, text string
		kind     PlateKind
		province string
	}{
		{"89A-123.45", "89A12345", PlateCivil, "89"},
		{"29MĐ-234.56", "29MD23456", PlateSpecial, "29"},
		{"51R-123.45", "51R12345", PlateSpecial, "51"},
		{"80-001-NG-01", "80001NG01", PlateDiplomatic, "80"},
		{"TM 12-34", "TM1234", PlateArmy, ""},
	}
	for _, tt := range tests {
		p, std, err := ParsePlate(tt.in)
		if err != nil || p != (Plate{tt.text, tt.kind, tt.province}) || !std {
			t.Errorf("ParsePlate(%q) = %+v, %v, %v", tt.in, p, std, err)
		}
		if again, std, err := ParsePlate(p.Text); again != p || std || err != nil {
			t.Errorf("ParsePlate(%q) = %+v, %v, %v", p.Text, again, std, err)
		}
	}
	n := 0
	for i := range 100 {
		if plateProvince(i) {
			n++
		}
	}
	if n != 81 {
		t.Errorf("%d province numbers, want 81", n)
	}
}

func TestParsePhone(t *testing.T) {
	tests := []struct {
		in, want string
		std      bool
	}{
		{"+84912345678", "+84912345678", false},
		{"0912345678", "+84912345678", true},
		{"84912345678", "+84912345678", true},
		{"0084 912 345 678", "+84912345678", true},
		{"+84 (0) 912.345.678", "+84912345678", true},
		{"01681234567", "+84381234567", true},
		{"+841681234567", "+84381234567", true},
		{"01201234567", "+84701234567", true},
		{"01991234567", "+84591234567", true},
		{"(0221) 386-1234", "+842213861234", true},
		{"(0221) 3861-2345", "", false}, // one digit too many
	}
	for _, tt := range tests {
		got, std, err := ParsePhone(tt.in)
		if got != tt.want || std != tt.std || (err == nil) != (tt.want != "") {
			t.Errorf("ParsePhone(%q) = %q, %v, %v, want %q, %v", tt.in, got, std, err, tt.want, tt.std)
		}
	}
}

func TestSlug(t *testing.T) {
	long := strings.Repeat("Đồng Văn ", 20)
	tests := []struct{ in, want string }{
		{"Phường Phố Hiến (mới)", "phuong-pho-hien-moi"},
		{"  Báo cáo -- quý I/2026 ", "bao-cao-quy-i-2026"},
		{"K'Dang", "kdang"},
		{"Đắk Lắk", "dak-lak"},
		{"", ""}, {"—", ""}, {"北京", ""},
		{"a", "a"},
		{long, "dong-van-dong-van-dong-van-dong-van-dong-van-dong-van-dong-van-dong-van-dong-van"},
		{strings.Repeat("a", 100), strings.Repeat("a", 80)},
		{strings.Repeat("a", 80) + " b", strings.Repeat("a", 80)},
	}
	for _, tt := range tests {
		if got := Slug(tt.in); got != tt.want || len(got) > longestSlug {
			t.Errorf("Slug(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{"033095001234": "********1234", "12345": "*2345", "1234": "****", "": ""} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

// Each code has a message in both languages, which ask for the same arguments.
func TestMessages(t *testing.T) {
	source, err := os.ReadFile("messages.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile(`(?m)^\tCode\w+ += "([a-z0-9_.]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(codes) != len(messages) {
		t.Errorf("%d codes, %d messages", len(codes), len(messages))
	}
	places := regexp.MustCompile(`\{\w+\}`)
	args := func(s string) string {
		set := map[string]bool{}
		for _, p := range places.FindAllString(s, -1) {
			set[p] = true
		}
		out := ""
		for _, p := range []string{"{value}", "{0}", "{1}", "{2}", "{3}"} {
			if set[p] {
				out += p
			}
		}
		return out
	}
	for _, c := range codes {
		m := messages[c[1]]
		if m.brief == "" || m.vi == "" || m.en == "" {
			t.Errorf("%q lacks a text", c[1])
		}
		if vi, en := args(m.vi), args(m.en); vi != en {
			t.Errorf("%q asks for %s in Vietnamese, %s in English", c[1], vi, en)
		}
		if out, changed := NFC(m.vi); changed {
			t.Errorf("%q is not NFC", out)
		}
	}
}

// No message made from a real error leaves a place open.
func TestMessages_Filled(t *testing.T) {
	var all []error
	add := func(err error) { all = append(all, err) }
	for _, s := range []string{"", "x", "1,234", "1.234", "12 đ", "NaN", "1e5", "1.5", "99999999999999999999", "1.2.3", "1e999", "1_0"} {
		_, _, err := ParseInteger([]byte(s), StyleAuto)
		add(err)
		_, _, err = ParseDecimal([]byte(s), 3, 0, StyleAuto)
		add(err)
		_, _, err = ParseDecimal([]byte(s), 30, 0, StyleAuto)
		add(err)
		_, _, err = ParseFloat([]byte(s), StyleAuto)
		add(err)
		_, _, err = ParseBool([]byte(s + "?"))
		add(err)
	}
	for _, s := range []string{"", "31/02/2024", "32/01/2024", "01/13/2024", "0000-01-01", "1/1/24", "45000", "1/1/2024 8:00", "00/01/2024", "x",
		"2024-01-01T24:00:00Z", "2024-01-01T23:59:60Z", "2024-01-01T99:00:00Z", "2024-01-01T09:00:00?", "2024-01-01"} {
		_, _, err := ParseDate([]byte(s))
		add(err)
		_, _, err = ParseTime([]byte(s))
		add(err)
		_, _, err = ParsePartialDate([]byte(s))
		add(err)
	}
	for _, k := range append(Kinds(), "none") {
		for _, s := range []string{"", "x", "099095001234", "033995001234", "0100000000", "0100109107", "0314409058-000", "13A12345", "01234567890",
			"113", "+12025550100", "H31-261301-0001", "á@b.vn", strings.Repeat("H", 40)} {
			add(Check(k, s))
		}
	}
	_, err := OldAgencyCode("H31.ABC")
	add(err)
	_, err = ParseCard("x")
	add(err)
	for _, n := range []float64{0, 60} {
		_, err := FromSerial(n, false)
		add(err)
	}
	id, _ := ParseCCCD("033095001234")
	add(id.CheckSex(false))
	add(id.CheckBirthYear(1))
	seen := map[string]bool{}
	for _, err := range all {
		if err == nil {
			continue
		}
		seen[Code(err)] = true
		for _, text := range []string{MessageVi(err), MessageEn(err), err.Error()} {
			if text == "" || strings.ContainsAny(text, "{}") {
				t.Errorf("%q: %q", Code(err), text)
			}
		}
	}
	for code := range messages {
		if !seen[code] && code != CodeNumberStyle {
			t.Errorf("%q was not met", code)
		}
	}
}

func TestParseBool(t *testing.T) {
	tests := []struct {
		in     string
		v, std bool
		code   string
	}{
		{"true", true, false, ""}, {"false", false, false, ""},
		{"TRUE", true, true, ""}, {"1", true, true, ""}, {"0", false, true, ""},
		{"Có", true, true, ""}, {"không", false, true, ""}, {"co", true, true, ""}, {"KHONG", false, true, ""},
		{"x", true, true, ""}, {"X", true, true, ""}, {"Đúng", true, true, ""}, {"sai", false, true, ""},
		{"Yes", true, true, ""}, {"n", false, true, ""}, {"kho\u0302ng", false, true, ""},
		{"", false, false, CodeEmpty}, {"2", false, false, CodeBool}, {"cỏ", false, false, CodeBool}, {"có thể", false, false, CodeBool},
	}
	for _, tt := range tests {
		v, std, err := ParseBool([]byte(tt.in))
		if v != tt.v || std != tt.std || Code(err) != tt.code {
			t.Errorf("ParseBool(%q) = %v, %v, %v", tt.in, v, std, err)
		}
		if again, std, err := ParseBool(AppendBool(nil, v)); again != v || std || err != nil {
			t.Errorf("ParseBool(AppendBool(%v)) = %v, %v, %v", v, again, std, err)
		}
	}
}

// The regular expressions of the standards are the referees of what reads these
// numbers faster.
var referees = struct{ document, special, civil, diplomatic, army *regexp.Regexp }{
	regexp.MustCompile(`^(\d{1,5}(?:\.\d{1,3})?)(?:/(\d{4}))?/([A-ZĐ]+[a-z]?[A-ZĐ0-9]*(?:-[A-ZĐa-zđ0-9&]+)*)$`),
	regexp.MustCompile(`^\d{2}(LD|DA|RM|MK|HC|KT|MD|CD|TD|LB|CT|R)\d{4,5}$`),
	regexp.MustCompile(`^\d{2}([A-HK-NPS-VXYZ]\d{4,5}|[A-HK-NPS-VXYZ][A-FHK-NPRS-VXYZ1-9]\d{4,5})$`),
	regexp.MustCompile(`^\d{2}\d{3}(NG|QT|CV|NN)\d{2,3}$`),
	regexp.MustCompile(`^[A-HK-NPR-VXYZ]{2}\d{3,6}$`),
}

func FuzzReferees(f *testing.F) {
	for _, s := range []string{"2352/QĐ-UBND", "66.22/2026/NQ-CP", "11/2026/QĐ-TTg", "60/2024/QH15", "1/Aa1-b&đ", "1/2024", "89A12345", "89B112345", "89B101234", "29MD12345", "80001NG01", "TM1234", "89R1234"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := referees.document.FindStringSubmatch(s)
		n, y, sym, ok := documentParts(s)
		if ok != (m != nil) || ok && (n != m[1] || y != m[2] || sym != m[3]) {
			t.Fatalf("documentParts(%q) = %q, %q, %q, %v; the expression says %q", s, n, y, sym, ok, m)
		}
		want := PlateKind("")
		switch {
		case referees.special.MatchString(s):
			want = PlateSpecial
		case referees.civil.MatchString(s):
			want = PlateCivil
		case referees.diplomatic.MatchString(s):
			want = PlateDiplomatic
		case referees.army.MatchString(s):
			want = PlateArmy
		}
		kind, ok := plateKind([]byte(s))
		if !ok {
			kind = ""
		}
		if kind != want {
			t.Fatalf("plateKind(%q) = %q, the expressions say %q", s, kind, want)
		}
	})
}

func FuzzIdentifiers(f *testing.F) {
	for _, s := range []string{"033095001234", "0314409058-002", "000.00.14.H31", "H31.14-261122-0001", "2352/QĐ-UBND", "89A-123.45", "01681234567", "w7emmq81cxzt"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, k := range Kinds() {
			if err := Check(k, s); err != nil && MessageVi(err) == err.Error() {
				t.Fatalf("Check(%q, %q) = %v has no message", k, s, err)
			}
		}
		if c, err := ParseTaxCode(s); err == nil {
			if again, err := ParseTaxCode(c.String()); again != c || err != nil {
				t.Fatalf("ParseTaxCode(%q) = %v, then %v, %v", s, c, again, err)
			}
		}
		if c, err := AgencyCode(s); err == nil {
			if again, err := AgencyCode(c); again != c || err != nil {
				t.Fatalf("AgencyCode(%q) = %v, then %v, %v", s, c, again, err)
			}
		}
		if n, _, err := ParseDocumentNumber(s); err == nil {
			if again, std, err := ParseDocumentNumber(n.String()); again != n || std || err != nil {
				t.Fatalf("ParseDocumentNumber(%q) = %v, then %v, %v", s, n, again, err)
			}
		}
		if p, _, err := ParsePlate(s); err == nil {
			if again, std, err := ParsePlate(p.Text); again != p || std || err != nil {
				t.Fatalf("ParsePlate(%q) = %v, then %v, %v", s, p, again, err)
			}
		}
		if n, _, err := ParsePhone(s); err == nil {
			if again, std, err := ParsePhone(n); again != n || std || err != nil {
				t.Fatalf("ParsePhone(%q) = %v, then %v, %v", s, n, again, err)
			}
		}
	})
}
