package intake

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet/charset"
)

var update = flag.Bool("update", false, "rewrite the golden reports")

// A hostile file, and what is hostile about it in the words of its report.
type hostile struct {
	name  string // of the report
	what  string
	file  string // name as sent
	bytes func(t testing.TB) []byte
	limit func(*ingest.Limits)
}

func raw(s string) func(testing.TB) []byte {
	return func(testing.TB) []byte { return []byte(s) }
}

// hostiles are the files of the golden reports.
var hostiles = []hostile{
	{name: "zip-bomb", what: "Tệp nén bung ra gấp nghìn lần", file: "so-lieu.zip", limit: func(l *ingest.Limits) { l.Ratio = 100 },
		bytes: func(t testing.TB) []byte { return zipOf(t, "a.csv", strings.Repeat("0", 32<<20)) }},
	{name: "xlsx-bomb", what: "Tệp Excel bung ra gấp nghìn lần", file: "so-lieu.xlsx", limit: func(l *ingest.Limits) { l.Ratio = 100 },
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "Bảng", rows: row(1, "a", "b") + strings.Repeat(" ", 64<<20)})
		}},
	{name: "zip-in-zip", what: "Tệp nén lồng ba lớp", file: "a.zip",
		bytes: func(t testing.TB) []byte {
			inner := zipOf(t, "x.csv", "a,b\n1,2\n")
			for _, name := range []string{"2.zip", "1.zip"} {
				inner = zipOf(t, name, string(inner))
			}
			return inner
		}},
	{name: "paths-in-archive", what: "Đường dẫn trỏ ra ngoài thư mục, đường dẫn tuyệt đối, tên quay chiều chữ", file: "goi.zip",
		bytes: func(t testing.TB) []byte {
			return zipOf(t, "../../etc/cron.d/x.csv", "a,b\n1,2\n", `C:\Windows\y.csv`, "c,d\n3,4\n", "__MACOSX/._x.csv", "z", "e\u202evsc.exe", "MZ\x90\x00\x03\x00\x00\x00")
		}},
	{name: "archive-of-many", what: "Nhiều tệp, có tệp không đọc được", file: "xa.zip",
		bytes: func(t testing.TB) []byte {
			return zipOf(t, "Ân Thi/hộ nghèo.csv", "Mã;Tên\n1;An\n", "Kim Động.xlsx", string(xlsxOf(t, sheet{name: "Tháng 1", rows: row(1, "Mã", "Tên") + row(2, "2", "Bình")}, sheet{name: "Tháng 2", rows: row(1, "Mã", "Tên") + row(2, "3", "Chi")})),
				"ảnh/scan.jpg", "\xFF\xD8\xFF\xE0\x00\x10JFIF\x00", "công văn.pdf", "%PDF-1.4\n")
		}},
	{name: "archive-with-broken-file", what: "Một tệp trong gói bị hỏng", file: "xa.zip",
		bytes: func(t testing.TB) []byte {
			return zipOf(t, "a.csv", "Mã;Tên\n1;An\n", "b.json", "[{\"a\":1},{\"a\":")
		}},
	{name: "archive-of-nothing", what: "Gói chỉ có ảnh và PDF", file: "anh.zip",
		bytes: func(t testing.TB) []byte { return zipOf(t, "1.pdf", "%PDF-1.4\n", "2.png", "\x89PNG\r\n\x1A\n") }},
	{name: "gz-of-csv", what: "CSV nén gzip", file: "ho.csv.gz",
		bytes: func(t testing.TB) []byte { return gzOf(t, "Mã,Tên\n1,An\n") }},
	{name: "xml-entities", what: "Thực thể XML lồng nhau (billion laughs)", file: "lieu.xml",
		bytes: raw(`<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><ds><h><ma>&b;</ma></h><h><ma>2</ma></h></ds>`)},
	{name: "xml-external-entity", what: "Thực thể XML đọc tệp của máy chủ", file: "lieu.xml",
		bytes: raw(`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ds><h><ma>&a;</ma></h><h><ma>2</ma></h></ds>`)},
	{name: "xlsx-entities", what: "Thực thể XML trong tệp Excel", file: "lieu.xlsx",
		bytes: func(t testing.TB) []byte {
			parts := xlsxParts(sheet{name: "A", rows: row(1, "a")})
			last := len(parts) - 1
			parts[last] = strings.Replace(strings.Replace(parts[last], xmlHead, xmlHead+`<!DOCTYPE x [<!ENTITY a "ha">]>`, 1), "<t>a</t>", "<t>&a;</t>", 1)
			return zipOf(t, parts...)
		}},
	{name: "macros", what: "Excel có macro", file: "bao-cao.xlsm",
		bytes: func(t testing.TB) []byte {
			parts := xlsxParts(sheet{name: "Sheet1", rows: row(1, "Mã", "Tên") + row(2, "1", "An")})
			parts[1] = strings.Replace(parts[1], "sheet.main+xml", "sheet.macroEnabled.main+xml", 1)
			parts[1] = strings.Replace(parts[1], "openxmlformats-officedocument.spreadsheetml.sheet.macro", "ms-excel.sheet.macro", 1)
			return zipOf(t, append(parts, "xl/vbaProject.bin", "\xD0\xCF\x11\xE0")...)
		}},
	{name: "html-as-xlsx", what: "Trang web đặt tên .xlsx", file: "bao cao.xlsx",
		bytes: raw("<html><head><meta charset=\"utf-8\"></head><body><table><tr><th>Mã</th><th>Tên</th></tr><tr><td>1</td><td>An</td></tr></table></body></html>")},
	{name: "csv-as-xls", what: "CSV đặt tên .xls", file: "ds.xls", bytes: raw("Mã;Tên\n1;An\n")},
	{name: "xlsx-as-csv", what: "Excel đặt tên .csv", file: "ds.csv",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "Sheet1", rows: row(1, "Mã", "Tên") + row(2, "1", "An")})
		}},
	{name: "exe-as-csv", what: "Chương trình đặt tên .csv", file: "ds.csv", bytes: raw("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xFF\xFF\x00\x00")},
	{name: "photo-as-xlsx", what: "Ảnh đặt tên .xlsx", file: "ds.xlsx", bytes: raw("\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01")},
	{name: "pdf", what: "PDF", file: "ds.pdf", bytes: raw("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj")},
	{name: "old-word", what: "Word kiểu cũ", file: "ds.doc", bytes: func(testing.TB) []byte { return oleOf("WordDocument", "1Table") }},
	{name: "old-powerpoint", what: "PowerPoint kiểu cũ", file: "ds.ppt", bytes: func(testing.TB) []byte { return oleOf("PowerPoint Document") }},
	{name: "password-xlsx", what: "Excel có mật khẩu", file: "ds.xlsx", bytes: func(testing.TB) []byte { return oleOf("EncryptionInfo", "EncryptedPackage") }},
	{name: "outlook", what: "Thư Outlook", file: "thu.msg", bytes: func(testing.TB) []byte { return oleOf("__properties_version1.0") }},
	{name: "access", what: "Access", file: "ds.accdb", bytes: raw("\x00\x01\x00\x00Standard ACE DB\x00\x02\x00\x00")},
	{name: "shortcut", what: "Lối tắt thay cho tệp", file: "ds.xlsx.lnk", bytes: raw("L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xC0\x00\x00\x00")},
	{name: "zeros", what: "Tệp toàn byte rỗng", file: "ds.csv", bytes: raw(strings.Repeat("\x00", 4096))},
	{name: "empty", what: "Tệp trống", file: "ds.csv", bytes: raw("")},
	{name: "blank", what: "Tệp chỉ có khoảng trắng", file: "ds.csv", bytes: raw("\uFEFF \r\n\r\n")},
	{name: "noise", what: "Byte ngẫu nhiên", file: "ds.dat", bytes: raw("\x8f\x01\x02\x00\x03\x9a\x04\x00\xfe\x10\x00\x00\x13\x00\x91\x05\x00\x06\x07\x00\x00\x00\x08")},
	{name: "cut-xlsx", what: "Excel bị cắt cụt", file: "ds.xlsx",
		bytes: func(t testing.TB) []byte {
			whole := xlsxOf(t, sheet{name: "Sheet1", rows: row(1, "Mã", "Tên")})
			return whole[:len(whole)/2]
		}},
	{name: "mixed-encodings", what: "Hai bảng mã trong một tệp", file: "ghep.csv",
		bytes: func(t testing.TB) []byte {
			return []byte("Mã;Họ tên\n1;Nguyễn Thị Hạnh\n2;Trần Văn Phúc\n3;" + tcvn3(t, "Lê Thị Tiến") + "\n4;Phạm Lộc\n")
		}},
	{name: "tcvn3", what: "Bảng mã TCVN3", file: "cu.csv",
		bytes: func(t testing.TB) []byte {
			return []byte(tcvn3(t, "Mã;Họ tên;Nơi ở\n1;Nguyễn Thị Hồng;Đông Kết\n2;Trần Văn Đức;Phố Hiến\n3;Lê Hữu Phước;Ân Thi\n"))
		}},
	{name: "utf16", what: "UTF-16 của Excel (“Unicode Text”)", file: "ds.txt", bytes: raw("\xff\xfeM\x00\xe3\x00\t\x00T\x00\xea\x00n\x00\r\x00\n\x001\x00\t\x00A\x00n\x00\r\x00\n\x00")},
	{name: "open-quote", what: "Ngoặc kép không đóng", file: "ds.csv", bytes: raw("Mã,Tên\n1,An\n2,\"Bình\n3,Chi\n")},
	{name: "starts-on-row-7", what: "Bảng bắt đầu ở dòng 7", file: "ds.xlsx",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "BC", rows: row(1, "UBND XÃ", "", "CỘNG HÒA") + row(3, "BÁO CÁO") + row(7, "STT", "Mã", "Tên") + row(8, "1", "A1", "An") + row(9, "", "", "Người lập")})
		}},
	{name: "two-tables-on-a-sheet", what: "Hai bảng trên một trang", file: "ds.xlsx",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "BC", rows: row(1, "Mã", "Tên") + row(2, "1", "An") + row(6, "Mã", "Số tiền", "Ghi chú") + row(7, "1", "5000", "x")})
		}},
	{name: "hidden", what: "Trang ẩn, dòng ẩn, cột ẩn", file: "ds.xlsx",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t,
				sheet{name: "Thấy", before: `<cols><col min="2" max="3" width="9" hidden="1"/></cols>`, rows: row(1, "Mã", "Tên", "Số") + rowWith(2, ` hidden="1"`, "1", "An", "5") + row(3, "2", "Bình", "6")},
				sheet{name: "Giấu", hidden: true, rows: row(1, "x")})
		}},
	{name: "16384-columns", what: "16.384 cột", file: "ds.xlsx",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "Rộng", rows: row(1, slices.Repeat([]string{"x"}, 16384)...)})
		}},
	{name: "16384-columns-csv", what: "16.384 cột trong CSV", file: "ds.csv", bytes: raw(strings.Repeat("x,", 16383) + "x\n1\n")},
	{name: "one-cell-far-right", what: "Một ô ở cột cuối cùng, dòng cuối cùng", file: "ds.xlsx",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "Xa", rows: row(1, "Mã", "Tên") + `<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`})
		}},
	{name: "dates-before-1900", what: "Ngày trước 1900, ngày 29/02/1900 của Excel, số âm", file: "ds.xlsx",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "Ngày", rows: row(1, "Tên", "Sinh") + row(2, "số 0", `<c r="B2" s="1"><v>0</v></c>`) + row(3, "số 60", `<c r="B3" s="1"><v>60</v></c>`) +
				row(4, "số 61", `<c r="B4" s="1"><v>61</v></c>`) + row(5, "số âm", `<c r="B5" s="1"><v>-5</v></c>`) + row(6, "chữ", "12/05/1898") + row(7, "quá lớn", `<c r="B7" s="1"><v>99999999</v></c>`)})
		}},
	{name: "lying-formulas", what: "Công thức: giá trị lưu khác công thức, lỗi, chưa tính", file: "ds.xlsx",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "CT", rows: row(1, "Tên", "Số") + row(2, "1+1 lưu 3", `<c r="B2"><f>1+1</f><v>3</v></c>`) + row(3, "lỗi", `<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c>`) + row(4, "chưa tính", `<c r="B4"><f>SUM(A1:A9)</f></c>`)})
		}},
	{name: "formula-injection", what: "Ô chữ bắt đầu bằng dấu =", file: "ds.csv", bytes: raw("Mã,Tên\n1,\"=cmd|'/c calc'!A1\"\n2,+84123\n")},
	{name: "word-tables", what: "Hai bảng trong một văn bản Word", file: "cv.docx",
		bytes: func(t testing.TB) []byte {
			return docxOf(t, wordPara("Biểu 1. Hộ nghèo")+wordTable([]string{"Mã", "Tên"}, []string{"1", "An"})+wordPara("Biểu 2. Hộ cận nghèo")+wordTable([]string{"Mã", "Số"}, []string{"2", "5"}))
		}},
	{name: "xml-2003-as-xls", what: "XML Spreadsheet 2003 đặt tên .xls", file: "ds.xls",
		bytes: raw(`<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="BC"><Table><Row><Cell><Data ss:Type="String">Mã</Data></Cell><Cell><Data ss:Type="String">Số</Data></Cell></Row><Row><Cell><Data ss:Type="String">01</Data></Cell><Cell><Data ss:Type="Number">1234.5</Data></Cell></Row></Table></Worksheet></Workbook>`)},
	{name: "xml-rows", what: "XML của phần mềm nghiệp vụ", file: "ds.xml", bytes: raw(`<?xml version="1.0" encoding="UTF-8"?><ds><ho ma="1"><ten>An</ten></ho><ho ma="2"><ten>Bình</ten></ho></ds>`)},
	{name: "dbf-cut", what: "DBF bị cắt cụt", file: "ds.dbf",
		bytes: func(testing.TB) []byte {
			b := make([]byte, 65)
			copy(b, "\x03\x7e\x0b\x16\x05\x00\x00\x00\x41\x00\x0b\x00")
			copy(b[32:], "TEN\x00\x00\x00\x00\x00\x00\x00\x00C")
			b[48] = 10
			b[64] = 0x0D
			return append(b, " An        "...)
		}},
	{name: "parquet-cut", what: "Parquet bị cắt cụt", file: "ds.parquet", bytes: raw("PAR1\x15\x00\x15\x0a")},
	{name: "broken-xls", what: "Excel kiểu cũ bị hỏng", file: "ds.xls", bytes: func(testing.TB) []byte { return oleOf("Workbook") }},
	{name: "json-cut", what: "JSON bị cắt cụt", file: "ds.json", bytes: raw(`[{"ma":"1","ten":"An"},{"ma":"2","te`)},
	{name: "secret-csv", what: "CSV có dấu mật ở dòng cuối", file: "ds.csv", bytes: raw("Mã,Tên,Xã\n1,An,Ân Thi\n2,Bình,Kim Động\n,Tối mật,\n")},
	{name: "secret-xlsx", what: "Excel có dấu mật cạnh tên cơ quan", file: "ds.xlsx",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "A", rows: row(1, "UBND TỈNH", "", "", "MẬT") + row(3, "STT", "Mã", "Tên", "Xã", "Số") + row(4, "1", "a", "b", "c", "5")})
		}},
	{name: "secret-footer", what: "Dấu mật ở chân trang in", file: "ds.xlsx",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "A", rows: row(1, "Mã", "Tên"), after: `<headerFooter><oddFooter>&amp;LSở Y tế&amp;C&amp;"Arial,Bold"TUYỆT MẬT&amp;RTrang &amp;P</oddFooter></headerFooter>`})
		}},
	{name: "secret-hidden-sheet", what: "Dấu mật trên trang ẩn", file: "ds.xlsx",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "A", rows: row(1, "Mã", "Tên") + row(2, "1", "An")}, sheet{name: "B", hidden: true, rows: row(1, "Số", "Độ mật") + row(2, "5", "Mật")})
		}},
	{name: "secret-word", what: "Dấu mật là một đoạn riêng trong Word", file: "cv.docx",
		bytes: func(t testing.TB) []byte {
			return docxOf(t, wordPara("MẬT")+wordPara("Biểu 1")+wordTable([]string{"Mã", "Tên"}, []string{"1", "An"}))
		}},
	{name: "secret-in-archive", what: "Dấu mật trong một tệp của gói", file: "goi.zip",
		bytes: func(t testing.TB) []byte {
			return zipOf(t, "a.csv", "Mã;Tên\n1;An\n", "b.csv", "Số;Mức độ bảo mật\n5;Tuyệt mật\n")
		}},
	{name: "honey", what: "Hộ nuôi ong: không phải dấu mật", file: "ong.xlsx",
		bytes: func(t testing.TB) []byte {
			return xlsxOf(t, sheet{name: "Mật", rows: row(1, "SẢN LƯỢNG MẬT ONG") + row(2, "Hộ", "Sản phẩm", "Kg", "Ghi chú") + row(3, "An", "Mật", "5", "Đã ký cam kết bảo mật") + row(4, "Bình", "Sáp", "2", "Mật độ đàn cao")})
		}},
}

// tcvn3 writes text in TCVN3 by trying which byte stands for each letter.
func tcvn3(t testing.TB, s string) string {
	t.Helper()
	table := map[rune]byte{}
	for c := 255; c >= 0x20; c-- {
		if text, err := charset.Decode(charset.TCVN3, []byte{byte(c)}); err == nil {
			for _, r := range string(text) {
				table[r] = byte(c)
			}
		}
	}
	var out []byte
	for _, r := range s {
		c, ok := table[r]
		if !ok {
			c = byte(r)
		}
		out = append(out, c)
	}
	return string(out)
}

// TestGolden compares the report of each hostile file with the one that a
// person has read.
func TestGolden(t *testing.T) {
	seen := map[string]bool{}
	for _, h := range hostiles {
		t.Run(h.name, func(t *testing.T) {
			seen[h.name+".txt"] = true
			data := h.bytes(t)
			f := ingest.File{ReaderAt: bytes.NewReader(data), Size: int64(len(data)), Name: h.file, Temp: t.TempDir(), Limits: ingest.DefaultLimits}
			if h.limit != nil {
				h.limit(&f.Limits)
			}
			got := h.what + "\nTên tệp: " + h.file + "\n\n" + report(t, f)
			left, err := os.ReadDir(f.Temp)
			if err != nil || len(left) > 0 {
				t.Errorf("left in the temporary folder: %v, %v", left, err)
			}
			path := filepath.Join("testdata", "golden", h.name+".txt")
			if *update {
				must(t, os.MkdirAll(filepath.Dir(path), 0o755))
				must(t, os.WriteFile(path, []byte(got), 0o644))
			}
			want, err := os.ReadFile(path)
			if err != nil || got != string(want) {
				t.Errorf("got\n%s\nwant\n%s\n%v", got, want, err)
			}
		})
	}
	files, err := os.ReadDir(filepath.Join("testdata", "golden"))
	must(t, err)
	for _, f := range files {
		if !seen[f.Name()] {
			t.Errorf("a report of no file: %s", f.Name())
		}
	}
}

// report opens and reads a file, and tells in Vietnamese what came of it.
func report(t *testing.T, f ingest.File) string {
	var out strings.Builder
	b, err := Open(t.Context(), f, Options{})
	if err != nil {
		return "KHÔNG NHẬN: " + locale.Vi.Error(err) + "\n"
	}
	fmt.Fprintf(&out, "Loại: %s", b.Kind)
	if b.Separator != 0 {
		fmt.Fprintf(&out, ", bảng mã %s, dấu phân cách %q", b.Charset, b.Separator)
	}
	if b.Path != "" {
		fmt.Fprintf(&out, ", trong tệp nén: %s", b.Path)
	}
	out.WriteString("\n")
	for i, table := range b.Tables() {
		describe(&out, i, table)
		if err = readTable(&out, b, i); err != nil {
			break
		}
	}
	if err == nil {
		err = b.Sweep()
	}
	for _, n := range b.Findings() {
		if !locale.Vi.Has(n.Key) {
			t.Errorf("no sentence for %s", n.Key)
		}
		out.WriteString("Lưu ý: " + locale.Vi.T(n.Key, n.Args...) + "\n")
	}
	if err != nil {
		out.WriteString("KHÔNG NHẬN: " + locale.Vi.Error(err) + "\n")
	}
	must(t, b.Close())
	return out.String()
}

func describe(out *strings.Builder, i int, table ingest.Table) {
	fmt.Fprintf(out, "Bảng %d: “%s”", i+1, table.Name)
	if table.Hidden {
		out.WriteString(", trang ẩn")
	}
	if table.HiddenRows+int64(table.HiddenColumns) > 0 {
		fmt.Fprintf(out, ", %d dòng ẩn, %d cột ẩn", table.HiddenRows, table.HiddenColumns)
	}
	if table.Note != "" {
		fmt.Fprintf(out, ", phía trên: “%s”", table.Note)
	}
	if table.Header != nil {
		fmt.Fprintf(out, ", tiêu đề: %s", strings.Join(table.Header, " | "))
	}
	out.WriteString("\n")
}

func readTable(out *strings.Builder, b *Book, i int) error {
	g, err := b.Open(i)
	if err != nil {
		return err
	}
	var block ingest.Block
	rows := 0
	for {
		chunk, err := g.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		chunk.Parse(&block)
		for r := range block.Records() {
			if rows++; rows > 10 {
				continue
			}
			var cells []string
			for c := range min(block.Cells(r), 12) {
				cells = append(cells, strings.ToValidUTF8(string(block.Cell(r, c)), "\uFFFD"))
			}
			fmt.Fprintf(out, "  %d: %s\n", block.Lines[r], strings.Join(cells, " | "))
		}
	}
	if rows > 10 {
		fmt.Fprintf(out, "  … cả thảy %d dòng\n", rows)
	}
	return nil
}
