package viet

// kindNames are what the kinds are called, in Vietnamese and in English, as they
// stand within a sentence.
var kindNames = map[Kind][2]string{
	KindCCCD:            {"số định danh cá nhân", "personal identification number"},
	KindCMND:            {"số chứng minh nhân dân", "identity card number (CMND)"},
	KindPassport:        {"số hộ chiếu Việt Nam", "Vietnamese passport number"},
	KindForeignPassport: {"số hộ chiếu, giấy tờ của người nước ngoài", "number of a foreigner's passport or paper"},
	KindTaxCode:         {"mã số thuế", "tax code"},
	KindBHXH:            {"mã số bảo hiểm xã hội", "social insurance number"},
	KindBHYT:            {"số thẻ bảo hiểm y tế", "health insurance card number"},
	KindAgency:          {"mã định danh điện tử của cơ quan", "electronic identifier of an agency"},
	KindDossier:         {"mã hồ sơ thủ tục hành chính", "number of an administrative dossier"},
	KindProcedure:       {"mã thủ tục hành chính", "code of an administrative procedure"},
	KindDocument:        {"số, ký hiệu văn bản", "number and symbol of a document"},
	KindParcel:          {"mã định danh thửa đất", "land parcel code"},
	KindPlate:           {"biển số xe", "number plate"},
	KindPhone:           {"số điện thoại", "telephone number"},
	KindEmail:           {"địa chỉ thư điện tử", "e-mail address"},
	KindProvince:        {"mã tỉnh, thành phố", "province code"},
	KindCommune:         {"mã xã, phường, đặc khu", "commune code"},
	KindBudgetUnit:      {"mã số đơn vị có quan hệ với ngân sách", "budget unit code"},
	KindPostcode:        {"mã bưu chính", "post code"},
}

// KindNameVi gives what a kind is called in Vietnamese, in small letters as
// within a sentence; the kind itself if it is none of Kinds.
func KindNameVi(k Kind) string { return kindName(k, 0) }

// KindNameEn gives what a kind is called in English, without an article.
func KindNameEn(k Kind) string { return kindName(k, 1) }

func kindName(k Kind, language int) string {
	if names, ok := kindNames[k]; ok {
		return names[language]
	}
	return string(k)
}
