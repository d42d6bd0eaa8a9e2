package accountdesk

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest/sheet"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// A Row is one line of a list of people, as it was written. It travels in the form
// of a page between looking and importing.
type Row struct {
	Line      int      `json:"l"`
	Login     string   `json:"g,omitempty"`
	Name      string   `json:"n"`
	Email     string   `json:"e,omitempty"`
	Phone     string   `json:"p,omitempty"`
	OrgCode   string   `json:"c,omitempty"`
	OrgName   string   `json:"o,omitempty"`
	Title     string   `json:"t,omitempty"`
	Roles     []string `json:"r,omitempty"` // ids, or names as they were written
	Units     []string `json:"u,omitempty"`
	From      string   `json:"f,omitempty"`
	MandateNo string   `json:"m,omitempty"`
	MandateOn string   `json:"d,omitempty"`
	Generated bool     `json:"x,omitempty"`
}

// Office is how a line names its organisation.
func (r *Row) Office() [2]string { return [2]string{r.OrgCode, viet.Fold(r.OrgName)} }

// columns are the headings of a list of people and what stands under them. The first of each is the one that the template has.
var columns = []struct {
	title string
	also  []string
	put   func(r *Row, text string)
}{
	{"Họ và tên", []string{"ho ten", "ten can bo", "ho va ten can bo"}, func(r *Row, t string) { r.Name = t }},
	{"Thư điện tử công vụ", []string{"email", "thu dien tu", "e-mail", "dia chi thu dien tu"}, func(r *Row, t string) { r.Email = t }},
	{"Số điện thoại", []string{"dien thoai", "so dien thoai di dong", "sdt", "di dong"}, func(r *Row, t string) { r.Phone = t }},
	{"Mã cơ quan", []string{"ma dinh danh", "ma dinh danh co quan", "ma don vi", "ma dinh danh dien tu"}, func(r *Row, t string) { r.OrgCode = t }},
	{"Cơ quan, đơn vị", []string{"co quan", "don vi", "ten co quan", "ten don vi", "don vi cong tac", "noi cong tac"}, func(r *Row, t string) { r.OrgName = t }},
	{"Chức vụ", []string{"chuc danh", "chuc vu, chuc danh", "vi tri cong tac"}, func(r *Row, t string) { r.Title = t }},
	{"Vai trò", []string{"quyen", "vai tro tren he thong"}, func(r *Row, t string) { r.Roles = Values(t) }},
	{"Địa bàn phụ trách", []string{"dia ban", "ma xa", "ma dia ban"}, func(r *Row, t string) { r.Units = Values(t) }},
	{"Từ ngày", []string{"ngay bat dau", "ngay giu chuc vu", "tu"}, func(r *Row, t string) { r.From = t }},
	{"Số quyết định", []string{"so qd", "quyet dinh so"}, func(r *Row, t string) { r.MandateNo = t }},
	{"Ngày quyết định", []string{"ngay qd"}, func(r *Row, t string) { r.MandateOn = t }},
	{"Tên đăng nhập", []string{"tai khoan", "dang nhap"}, func(r *Row, t string) { r.Login = t }},
	{"Dữ liệu giả lập", []string{"mau", "gia lap"}, func(r *Row, t string) { r.Generated = isYes(t) }},
}

func isYes(text string) bool {
	switch viet.Fold(strings.TrimSpace(text)) {
	case "x", "co", "1", "true", "dung", "gia lap":
		return true
	}
	return false
}

// columnOf finds what a heading means, -1 for nothing of ours.
func columnOf(heading string) int {
	folded := strings.TrimSpace(strings.TrimRight(viet.Fold(heading), "*: "))
	for i, c := range columns {
		if folded == viet.Fold(c.title) {
			return i
		}
		for _, also := range c.also {
			if folded == also {
				return i
			}
		}
	}
	return -1
}

// What a list may bring.
const (
	MostPeople = 5000
	MostFile   = 20 << 20 // bytes
)

// listOf is a list of people: a table with a column of names.
var listOf = sheet.List{
	Column: columnOf, Needed: []int{0}, Most: MostFile, MostRows: MostPeople,
	Large: fault.New(fault.TooLarge, "people.import.large", int64(MostFile)),
	None:  fault.New(fault.Invalid, "people.import.no-names"),
	Many:  fault.New(fault.TooLarge, "people.import.many", int64(MostPeople)),
	Empty: fault.New(fault.Invalid, "people.import.empty"),
}

// ReadFile reads a list of people out of a file of any kind that uploads may have.
func ReadFile(ctx context.Context, body io.Reader, name string) ([]Row, error) {
	lines, err := listOf.Read(ctx, body, name)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(lines))
	for i, line := range lines {
		r := Row{Line: line.Line}
		for c, text := range line.Cells {
			columns[c].put(&r, strings.TrimSpace(text))
		}
		rows[i] = r
	}
	return rows, nil
}

// Columns are the headings of a list of people, as the template has them.
func Columns() (all []string) {
	for _, c := range columns {
		all = append(all, c.title)
	}
	return all
}

// Values cuts a cell or a field of several values: by semicolons, commas, lines.
func Values(text string) []string {
	var all []string
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' || r == '\n' || r == '\r' }) {
		if one = strings.TrimSpace(one); one != "" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}
