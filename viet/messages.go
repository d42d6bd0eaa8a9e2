package viet

// The codes of this package's errors. They do not change.
const (
	CodeEmpty = "empty"
	CodeBool  = "bool"

	CodeNumberSyntax     = "number.syntax"
	CodeNumberAmbiguous  = "number.ambiguous"
	CodeNumberStyle      = "number.style"
	CodeNumberGroups     = "number.groups"
	CodeNumberUnit       = "number.unit"
	CodeNumberFinite     = "number.not_finite"
	CodeNumberExponent   = "number.exponent"
	CodeNumberWhole      = "number.not_whole"
	CodeNumberRange      = "number.range"
	CodeNumberFloatRange = "number.float_range"
	CodeNumberScale      = "number.scale"
	CodeNumberPrecision  = "number.precision"
	CodeNumberType       = "number.type"

	CodeDateSyntax      = "date.syntax"
	CodeDateDay         = "date.not_in_calendar"
	CodeDateDayNumber   = "date.day"
	CodeDateMonth       = "date.month"
	CodeDateYear        = "date.year"
	CodeDateTwoDigits   = "date.two_digit_year"
	CodeDateSerial      = "date.serial"
	CodeDateSerialRange = "date.serial_range"
	CodeDateSerialFalse = "date.serial_false"
	CodeDateHasTime     = "date.has_time"
	CodeDatePartial     = "date.partial"

	CodeTimeSyntax     = "time.syntax"
	CodeTimeMissing    = "time.missing"
	CodeTimeRange      = "time.range"
	CodeTime24         = "time.hour_24"
	CodeTimeLeapSecond = "time.leap_second"
	CodeTimeZone       = "time.zone"

	CodeKind = "id.kind"

	CodeCCCDSyntax  = "cccd.syntax"
	CodeCCCDPlace   = "cccd.place"
	CodeCCCDCentury = "cccd.century"
	CodeCCCDYear    = "cccd.birth_year"
	CodeCCCDSex     = "cccd.sex"
	CodeCMND        = "cmnd.syntax"
	CodePassport    = "passport.syntax"

	CodeTaxSyntax = "tax.syntax"
	CodeTaxSerial = "tax.serial"
	CodeTaxBranch = "tax.branch"
	CodeTaxCheck  = "tax.check_digit"

	CodeBHXH = "bhxh.syntax"
	CodeBHYT = "bhyt.syntax"

	CodeAgency          = "agency.syntax"
	CodeAgencyLength    = "agency.length"
	CodeAgencyNoOldForm = "agency.no_old_form"
	CodeDossier         = "dossier.syntax"
	CodeDossierDate     = "dossier.date"
	CodeProcedure       = "procedure.syntax"
	CodeDocument        = "document.syntax"
	CodeParcel          = "parcel.syntax"

	CodePlateSyntax   = "plate.syntax"
	CodePlateProvince = "plate.province"

	CodePhoneSyntax  = "phone.syntax"
	CodePhoneShort   = "phone.short"
	CodePhoneForeign = "phone.foreign"
	CodePhonePrefix  = "phone.old_prefix"

	CodeProvince = "province.syntax"
	CodeCommune  = "commune.syntax"

	CodeCard            = "card.syntax"
	CodeForeignPassport = "foreign_passport.syntax"
	CodeEmail           = "email.syntax"
	CodeEmailMarks      = "email.marks"
	CodeBudgetUnit      = "budget_unit.syntax"
	CodePostcode        = "postcode.syntax"
)

// A text3 is what is said about a code: to whoever reads the log, to people in
// Vietnamese and in English. {value} and {0}, {1}, … come from the Error.
type text3 struct{ brief, vi, en string }

var messages = map[string]text3{
	CodeEmpty: {"nothing there",
		"Chưa có giá trị.",
		"There is no value."},
	CodeBool: {"neither yes nor no",
		"“{value}” không phải là giá trị có hoặc không. Ghi “có” hoặc “không” (nhận cả 1/0, đúng/sai).",
		"“{value}” is neither yes nor no. Write true or false (1/0, có/không, đúng/sai are accepted too)."},

	CodeNumberSyntax: {"not a number",
		"“{value}” không phải là số. Ghi số dạng 1234.5.",
		"“{value}” is not a number. Write numbers as 1234.5."},
	CodeNumberAmbiguous: {"thousands or decimals?",
		"“{value}” có thể hiểu theo hai cách: dấu phân cách hàng nghìn hoặc dấu thập phân. Ghi lại không có dấu phân cách hàng nghìn, dùng dấu chấm cho phần thập phân.",
		"“{value}” can be read in two ways: the mark may separate thousands or decimals. Write it without a mark for thousands and with a point for decimals."},
	CodeNumberStyle: {"not in the declared style",
		"“{value}” không đúng cách viết số đã khai của tệp.",
		"“{value}” is not written in the way declared for the file's numbers."},
	CodeNumberGroups: {"thousands not in threes",
		"“{value}” có dấu phân cách hàng nghìn đặt sai: mỗi nhóm phải có đúng ba chữ số.",
		"The marks for thousands in “{value}” are misplaced: each group must have exactly three digits."},
	CodeNumberUnit: {"a unit after the number",
		"“{value}” có kèm đơn vị tính. Chỉ ghi số; đơn vị tính khai ở đặc tả của trường.",
		"“{value}” has a unit with it. Write only the number; the unit belongs in the field's specification."},
	CodeNumberFinite: {"not a finite number",
		"“{value}” không phải là số hữu hạn. Để trống nếu chưa có thông tin.",
		"“{value}” is not a finite number. Leave the cell empty if the value is not known."},
	CodeNumberExponent: {"scientific notation in an exact number",
		"“{value}” viết theo dạng lũy thừa, thường do bảng tính tự rút gọn và làm mất chữ số. Định dạng lại cột thành số hoặc văn bản rồi xuất lại tệp.",
		"“{value}” is in scientific notation, which spreadsheets use when they shorten a number and lose digits. Format the column as number or text and export the file again."},
	CodeNumberWhole: {"not a whole number",
		"“{value}” không phải là số nguyên.",
		"“{value}” is not a whole number."},
	CodeNumberRange: {"out of range",
		"“{value}” vượt quá phạm vi cho phép, từ {0} đến {1}.",
		"“{value}” is outside the range from {0} to {1}."},
	CodeNumberFloatRange: {"out of the range of a float64",
		"“{value}” quá lớn hoặc quá gần số không, không lưu được.",
		"“{value}” is too large or too close to zero to be stored."},
	CodeNumberScale: {"too many decimals",
		"“{value}” có quá nhiều chữ số thập phân; trường này nhận tối đa {0}.",
		"“{value}” has too many decimals; this field takes at most {0}."},
	CodeNumberPrecision: {"too many digits",
		"“{value}” có quá nhiều chữ số; trường này nhận tối đa {2} chữ số phần nguyên (tổng {0}, thập phân {1}).",
		"“{value}” has too many digits; this field takes at most {2} before the point ({0} in all, {1} decimals)."},
	CodeNumberType: {"no such decimal type",
		"Kiểu số thập phân ({0}, {1}) không dùng được: tổng số chữ số từ 1 đến 18, số chữ số thập phân không lớn hơn tổng.",
		"The decimal type ({0}, {1}) cannot be used: 1 to 18 digits in all, and not more decimals than that."},

	CodeDateSyntax: {"not a date",
		"“{value}” không phải là ngày. Ghi ngày dạng 2026-11-22 hoặc 22/11/2026.",
		"“{value}” is not a date. Write dates as 2026-11-22 or 22/11/2026."},
	CodeDateDay: {"not in the calendar",
		"Ngày {0} không có trong lịch: tháng {1} năm {2} có {3} ngày.",
		"{0} is not in the calendar: month {1} of {2} has {3} days."},
	CodeDateDayNumber: {"no such day of the month",
		"“{value}” không có trong lịch: không có ngày {0} trong tháng.",
		"“{value}” is not in the calendar: no month has a day {0}."},
	CodeDateMonth: {"no such month",
		"“{value}” không có trong lịch: không có tháng {0}. Ngày được đọc theo thứ tự ngày/tháng/năm hoặc năm-tháng-ngày.",
		"“{value}” is not in the calendar: there is no month {0}. Dates are read as day/month/year or year-month-day."},
	CodeDateYear: {"year out of range",
		"“{value}” nằm ngoài phạm vi: năm phải từ 0001 đến 9999.",
		"“{value}” is out of range: the year must be between 0001 and 9999."},
	CodeDateTwoDigits: {"year of two digits",
		"“{value}” ghi năm có hai chữ số nên không rõ thế kỷ. Ghi năm đủ bốn chữ số.",
		"“{value}” has a year of two digits, so the century is not known. Write all four digits."},
	CodeDateSerial: {"day count of a spreadsheet",
		"“{value}” là số thứ tự ngày của bảng tính. Định dạng cột thành ngày rồi xuất lại tệp.",
		"“{value}” is a spreadsheet's day count. Format the column as date and export the file again."},
	CodeDateSerialRange: {"day count out of range",
		"“{value}” không phải là số thứ tự ngày của bảng tính: bảng tính chỉ đếm ngày từ 01/01/1900 (hoặc 01/01/1904) đến 31/12/9999. Ngày trước đó phải ghi đủ ngày, tháng, năm.",
		"“{value}” is no day count of a spreadsheet, which counts from 1 January 1900 (or 1904) to 31 December 9999. Write earlier dates with day, month and year."},
	CodeDateSerialFalse: {"the day that never was",
		"“{value}” là ngày 29/02/1900 của bảng tính, không có trong lịch. Ghi lại ngày đúng.",
		"“{value}” is the spreadsheet's 29 February 1900, which is not in the calendar. Write the right day."},
	CodeDateHasTime: {"a date with a time of day",
		"“{value}” có cả giờ, trong khi trường này chỉ nhận ngày.",
		"“{value}” has a time of day; this field takes only a date."},
	CodeDatePartial: {"day or month not known",
		"“{value}” chưa đủ ngày, tháng, năm.",
		"“{value}” does not have day, month and year."},

	CodeTimeSyntax: {"not a moment",
		"“{value}” không phải là thời điểm. Ghi dạng 2026-11-22T08:30:00+07:00 hoặc 22/11/2026 08:30:00.",
		"“{value}” is not a moment in time. Write 2026-11-22T08:30:00+07:00 or 22/11/2026 08:30:00."},
	CodeTimeMissing: {"a date without a time of day",
		"“{value}” chỉ có ngày, thiếu giờ, phút.",
		"“{value}” is only a date; the time of day is missing."},
	CodeTimeRange: {"no such time of day",
		"“{value}” có giờ, phút hoặc giây ngoài phạm vi: giờ từ 0 đến 23, phút và giây từ 0 đến 59.",
		"“{value}” has an hour, minute or second out of range: hours are 0 to 23, minutes and seconds 0 to 59."},
	CodeTime24: {"24:00",
		"“{value}” ghi 24 giờ. Ghi 00:00 của ngày hôm sau.",
		"“{value}” says 24 o'clock. Write 00:00 of the next day."},
	CodeTimeLeapSecond: {"leap second",
		"“{value}” ghi giây thứ 60 (giây nhuận), không lưu được. Ghi 59 giây hoặc 00 giây của phút sau.",
		"“{value}” has a second 60 (a leap second), which cannot be stored. Write 59, or 00 of the next minute."},
	CodeTimeZone: {"not a time zone",
		"“{value}” có múi giờ viết sai. Ghi +07:00 hoặc Z.",
		"The time zone of “{value}” is not right. Write +07:00 or Z."},

	CodeKind: {"no such kind of identifier",
		"Không có loại mã “{0}”.",
		"There is no kind of identifier “{0}”."},

	CodeCCCDSyntax: {"not a personal identification number",
		"Số định danh cá nhân phải có đúng 12 chữ số.",
		"A personal identification number has exactly 12 digits."},
	CodeCCCDPlace: {"place of registration not known",
		"Ba chữ số đầu “{0}” của số định danh cá nhân không có trong danh mục 63 tỉnh, thành phố trước ngày 01/7/2025. Đề nghị kiểm tra lại.",
		"The first three digits “{0}” of the personal identification number are not among the 63 provinces before 1 July 2025. Please check."},
	CodeCCCDCentury: {"born after 2099",
		"Chữ số thứ tư “{0}” của số định danh cá nhân chỉ thế kỷ sinh sau năm 2099. Đề nghị kiểm tra lại.",
		"The fourth digit “{0}” of the personal identification number says a birth after 2099. Please check."},
	CodeCCCDYear: {"birth year differs",
		"Năm sinh {1} khác với năm sinh {0} ghi trong số định danh cá nhân. Đề nghị kiểm tra lại.",
		"The birth year {1} differs from {0}, the one in the personal identification number. Please check."},
	CodeCCCDSex: {"sex differs",
		"Giới tính khác với giới tính ghi trong số định danh cá nhân. Đề nghị kiểm tra lại.",
		"The sex differs from the one in the personal identification number. Please check."},
	CodeCMND: {"not an identity card number",
		"Số chứng minh nhân dân phải có đúng 9 chữ số.",
		"An identity card number (CMND) has exactly 9 digits."},
	CodePassport: {"not a Vietnamese passport number",
		"Số hộ chiếu Việt Nam gồm một chữ cái in hoa và 7 hoặc 8 chữ số.",
		"A Vietnamese passport number is one capital letter and 7 or 8 digits."},

	CodeTaxSyntax: {"not a tax code",
		"Mã số thuế phải có 10 chữ số, 13 chữ số (10 số, dấu gạch ngang, 3 số) hoặc 12 chữ số của số định danh cá nhân.",
		"A tax code has 10 digits, 13 digits (10, a hyphen, 3), or the 12 digits of a personal identification number."},
	CodeTaxSerial: {"serial is zero",
		"Mã số thuế “{value}” có số thứ tự 0000000, không có mã như vậy.",
		"The tax code “{value}” has the serial 0000000; there is no such code."},
	CodeTaxBranch: {"branch is 000",
		"Mã số thuế “{value}” có số đơn vị phụ thuộc 000; số này phải từ 001 đến 999.",
		"The tax code “{value}” has the branch 000; it must be 001 to 999."},
	CodeTaxCheck: {"check digit is wrong",
		"Mã số thuế “{value}” sai chữ số kiểm tra, có thể do gõ nhầm một chữ số.",
		"The check digit of the tax code “{value}” is wrong; a digit may have been mistyped."},

	CodeBHXH: {"not a social insurance number",
		"Mã số bảo hiểm xã hội phải có đúng 10 chữ số.",
		"A social insurance number has exactly 10 digits."},
	CodeBHYT: {"not a health insurance card number",
		"Số thẻ bảo hiểm y tế phải là 2 chữ cái và 13 chữ số, hoặc 10 chữ số, hoặc 12 chữ số của số định danh cá nhân.",
		"A health insurance card number is 2 letters and 13 digits, or 10 digits, or the 12 digits of a personal identification number."},

	CodeAgency: {"not an agency code",
		"“{value}” không phải là mã định danh điện tử của cơ quan. Mã có dạng H31 hoặc H31.14; dạng cũ 000.00.14.H31.",
		"“{value}” is not the electronic identifier of an agency. It looks like H31 or H31.14; in the old form 000.00.14.H31."},
	CodeAgencyLength: {"agency code too long",
		"Mã định danh điện tử của cơ quan “{value}” dài quá 35 ký tự.",
		"The agency code “{value}” is longer than 35 characters."},
	CodeAgencyNoOldForm: {"agency code has no old form",
		"Mã định danh “{value}” không đổi được sang dạng cũ.",
		"The agency code “{value}” cannot be put in the old form."},
	CodeDossier: {"not a dossier number",
		"“{value}” không phải là mã hồ sơ thủ tục hành chính. Mã có dạng H15.50.05.13-261008-0975.",
		"“{value}” is not the number of an administrative dossier. It looks like H15.50.05.13-261008-0975."},
	CodeDossierDate: {"date in the dossier number is wrong",
		"Mã hồ sơ “{value}” có phần ngày “{0}” (năm, tháng, ngày) không có trong lịch.",
		"The date “{0}” (year, month, day) in the dossier number “{value}” is not in the calendar."},
	CodeProcedure: {"not a procedure code",
		"“{value}” không phải là mã thủ tục hành chính. Mã có dạng 2.000815.",
		"“{value}” is not the code of an administrative procedure. It looks like 2.000815."},
	CodeDocument: {"not a document number",
		"“{value}” không phải là số, ký hiệu văn bản. Ghi dạng 2352/QĐ-UBND hoặc 194/2025/NĐ-CP.",
		"“{value}” is not the number and symbol of a document. Write 2352/QĐ-UBND or 194/2025/NĐ-CP."},
	CodeParcel: {"not a parcel code",
		"“{value}” không phải là mã định danh thửa đất. Mã gồm 12 ký tự GeoHash: chữ số và chữ thường, không có a, i, l, o.",
		"“{value}” is not the code of a land parcel. It is a GeoHash of 12 characters: digits and small letters but a, i, l and o."},

	CodePlateSyntax: {"not a number plate",
		"“{value}” không phải là biển số xe.",
		"“{value}” is not a number plate."},
	CodePlateProvince: {"no such province on plates",
		"Biển số “{value}” có ký hiệu địa phương “{0}” không được dùng.",
		"The number plate “{value}” has the province number “{0}”, which is not in use."},

	CodePhoneSyntax: {"not a telephone number",
		"“{value}” không phải là số điện thoại. Ghi 10 chữ số với di động, 11 chữ số với điện thoại cố định, bắt đầu bằng 0 hoặc +84.",
		"“{value}” is not a telephone number. Write 10 digits for a mobile, 11 for a landline, beginning with 0 or +84."},
	CodePhoneShort: {"service number",
		"“{value}” là số dịch vụ, không phải số điện thoại của cá nhân, tổ chức.",
		"“{value}” is a service number, not the telephone of a person or organisation."},
	CodePhoneForeign: {"not a telephone number of Viet Nam",
		"“{value}” không phải là số điện thoại Việt Nam.",
		"“{value}” is not a telephone number of Viet Nam."},
	CodePhonePrefix: {"old prefix",
		"“{value}” dùng đầu số 11 chữ số đã bỏ từ năm 2018. Số hiện nay là {0}.",
		"“{value}” has a prefix of the 11-digit numbers dropped in 2018. The number today is {0}."},

	CodeProvince: {"not a province code",
		"Mã tỉnh, thành phố phải có đúng 2 chữ số.",
		"A province code has exactly 2 digits."},
	CodeCommune: {"not a commune code",
		"Mã xã, phường, đặc khu phải có đúng 5 chữ số.",
		"A commune code has exactly 5 digits."},

	CodeCard: {"not the QR code of an identity card",
		"Nội dung không phải là mã QR của thẻ căn cước: cần ít nhất 7 phần cách nhau bằng dấu “|”, ngày ghi dạng ngày, tháng, năm liền nhau (09031995).",
		"This is not the QR code of an identity card: it needs at least 7 parts with “|” between them, and days as day, month and year together (09031995)."},
	CodeForeignPassport: {"not a passport number",
		"Số hộ chiếu, giấy tờ của người nước ngoài gồm từ 5 đến 20 chữ cái in hoa và chữ số.",
		"The number of a foreigner's passport or paper is 5 to 20 capital letters and digits."},
	CodeEmail: {"not an e-mail address",
		"“{value}” không phải là địa chỉ thư điện tử. Ghi dạng ten@donvi.gov.vn.",
		"“{value}” is not an e-mail address. Write name@unit.gov.vn."},
	CodeEmailMarks: {"an e-mail address with letters beyond a to z",
		"“{value}” có ký tự “{0}” không dùng được trong địa chỉ thư điện tử. Ghi không dấu, dạng ten@donvi.gov.vn.",
		"“{value}” has “{0}”, which an e-mail address cannot have. Write it without marks, as name@unit.gov.vn."},
	CodeBudgetUnit: {"not a budget unit code",
		"Mã số đơn vị có quan hệ với ngân sách phải có đúng 7 chữ số.",
		"The code of a unit with a relation to the state budget has exactly 7 digits."},
	CodePostcode: {"not a post code",
		"Mã bưu chính phải có đúng 5 chữ số.",
		"A post code has exactly 5 digits."},
}
