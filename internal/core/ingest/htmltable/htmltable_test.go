package htmltable

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells/cellstest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func open(page string) (ingest.Book, error) {
	return Open(context.Background(), cellstest.File("a.xls", []byte(page)))
}

func list(t *testing.T, page string) string {
	t.Helper()
	b, err := open(page)
	if err != nil {
		t.Fatal(err)
	}
	out, err := cellstest.List(b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The page of a reporting system: layout tables around, a title, a mark, merged
// headings, formats by class and in place, rows that are not shown.
const report = `<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<style><!-- td {mso-number-format:General} .xl65, td.ngay {mso-number-format:"dd\/mm\/yyyy";} .xl66{mso-number-format:"\@";} .cccd{mso-number-format:"000000000000"}
--></style><script>document.write("<table>")</script></head><body>
<p>MẬT</p>
<table><tr><td>UBND xã Tân Hưng</td><td>
 <table border=1><caption>Hộ nghèo</caption>
 <tr><th rowspan=2>STT<th rowspan=2>Họ và&nbsp;tên</th><th colspan="2">Th&#7901;i gian</th></tr>
 <tr><th>Ngày sinh<th>CCCD
 <tr><td x:num>1</td><td>Nguyễn
    Văn  <b>Án</b>h<br>(chủ hộ)</td><td class="xl1 ngay" x:num="31121">15/03/1985</td><td class=cccd x:num="33085001234">033085001234</td></tr>
 <tr style="display: none"><td x:num="1.234">1,234</td><td x:str="  a">a</td><td x:bool="TRUE">TRUE</td><td x:err="#N/A">#N/A</td></tr>
 <tr><td style='mso-number-format:"\@"'>0012</td><td><table><tr><td>lồng<td>hai</table>sau</td><td sdval="45000.5" sdnum="1066;0;DD/MM/YYYY HH:MM">x</td></tr>
 </table>
</td></tr></table>
<h2>Phụ lục</h2><table><tr><td>a</td><td>b</table>`

func TestGolden(t *testing.T) { cellstest.Golden(t, "bao-cao.txt", list(t, report)) }

func TestTables(t *testing.T) {
	for _, c := range []struct {
		name, page string
		want       []string
	}{
		{"no end tags", "<table><tr><td>a<td>b<tr><td>c<td>d", []string{"1: a|b", "2: c|d"}},
		{"no rows", "<table><td>a<td>b</table>", []string{"1: a|b"}},
		{"rowspan", "<table><tr><td rowspan=2>a<td>b<tr><td>c<tr><td>d<td>e</table>", []string{"1: a|b", "2: |c", "3: d|e"}},
		{"rowspan of the last", "<table><tr><td>a<td rowspan=3>b<td>c<tr><td>d<td>e</table>", []string{"1: a|b|c", "2: d||e"}},
		{"colspan", "<table><tr><td colspan=3>a<td>b</table>", []string{"1: a|||b"}},
		{"colspan of nonsense", "<table><tr><td colspan=-1>a<td colspan=x>b</table>", []string{"1: a|b"}},
		{"blank rows", "<table><tr><td>&nbsp;<tr><td>a</table>", []string{"2: a"}},
		{"lines", "<table><tr><td><p>a</p><p>b</p><div>c</div></table>", []string{"1: a\nb\nc"}},
		{"scripts", "<table><tr><td>a<script>x</script><td><style>.y{}</style>b</table>", []string{"1: a|b"}},
		{"number of a thousand", "<table><tr><td>1.234<td x:num=1.234>1,234</table>", []string{"1: 1.234|1.2340"}},
	} {
		b, err := open("<html>" + c.page)
		if err != nil {
			t.Fatal(c.name, err)
		}
		g, err := b.Open(0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := cellstest.Read(g, func(line int64, cells []string) {
			got = append(got, string('0'+rune(line))+": "+strings.Join(cells, "|"))
		}); err != nil {
			t.Fatal(c.name, err)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCharsets(t *testing.T) {
	for name, page := range map[string]string{
		"UTF-8":        "<table><tr><td>Đông</table>",
		"BOM":          "\uFEFF<table><tr><td>Đông</table>",
		"Windows-1258": "<meta charset='windows-1258'><table><tr><td>\xD0\xF4ng</table>",
		"UTF-16":       "\xFF\xFE<\x00t\x00a\x00b\x00l\x00e\x00>\x00<\x00t\x00r\x00>\x00<\x00t\x00d\x00>\x00\x10\x01\xF4\x00n\x00g\x00",
	} {
		if got := list(t, page); !strings.Contains(got, `"Đông"`) {
			t.Errorf("%s: %s", name, got)
		}
	}
	// TCVN3: bytes stay to be told later.
	if got := list(t, "<table><tr><td>\xAE\xADng</table>"); !strings.Contains(got, "®\u00adng") && !strings.Contains(got, `®\u00adng`) {
		t.Error(got)
	}
}

func TestRefused(t *testing.T) {
	for page, key := range map[string]string{
		"<html><body>Phiên làm việc đã hết hạn</body></html>":             "html.no-table",
		"<html><frameset><frame src=sheet001.htm></frameset></html>":      "html.no-table",
		"<html><table><tr><td> </table>":                                  "html.no-table",
		"MIME-Version: 1.0\r\nX-Document-Type: Workbook":                  "html.mhtml",
		"<html>" + strings.Repeat("<table><tr><td>", 200):                 "html.too-deep",
		"<html>" + strings.Repeat("<table><tr><td>a</table>", 1001):       "grid.too-many-tables",
		"<html><table><tr>" + strings.Repeat("<td>a", 3000):               "grid.too-many-columns",
		"<html><table><tr><td>" + strings.Repeat("x<br>", 3<<20):          "grid.row-too-long",
		"<html><table><tr><td title='" + strings.Repeat("x", 5<<20) + "'": "html.too-long",
	} {
		b, err := open(page)
		if err == nil {
			_, err = cellstest.List(b)
		}
		if !fault.Is(err, key) {
			t.Errorf("%.40s: got %v, want %s", page, err, key)
		}
	}
	for _, page := range []string{"", "a,b\n1,2\n", "<?xml version='1.0'?><a/>", `<?mso-application progid="Excel.Sheet"?><html>`, "PK\x03\x04"} {
		if _, err := open(page); !errors.Is(err, ErrNotHTML) {
			t.Errorf("%q: %v", page, err)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add(report)
	f.Add("<table><tr><td rowspan=2 colspan=3>a<table><td>b</td></tr></table></td><caption>c</table>x")
	f.Add("<style>.a{mso-number-format:\"\\0022 \\@\"}</style><table><td class=a x:num=1>")
	f.Add("<style>.\x80\xff\x80\x80{mso-number-format:\"@\"}</style><table><td>1")
	f.Fuzz(func(t *testing.T, page string) {
		cellstest.Fuzz(t, func() (ingest.Book, error) { return open("<html>" + page) }, func(err error) bool {
			return errors.Is(err, ErrNotHTML) || fault.Of(err) != nil
		})
	})
}
