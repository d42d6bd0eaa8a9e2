package admin

import (
	"context"
	"io"
	"strings"

	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/core/ingest/sheet"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// A peopleRow is one line of a list of people, as it was written. It travels in
// the form between looking and importing.
type peopleRow struct {
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
	Deputy    bool     `json:"h,omitempty"`
	Generated bool     `json:"x,omitempty"`
}

// office is how a line names its organisation.
func (r peopleRow) office() [2]string { return [2]string{r.OrgCode, viet.Fold(r.OrgName)} }

// peopleColumns are the headings of a list of people, folded, and what stands
// under them. The first of each is the one that the template has.
var peopleColumns = []struct {
	title string
	also  []string
	put   func(r *peopleRow, text string)
}{
	{"Họ và tên", []string{"ho ten", "ten can bo", "ho va ten can bo"}, func(r *peopleRow, t string) { r.Name = t }},
	{"Thư điện tử công vụ", []string{"email", "thu dien tu", "e-mail", "dia chi thu dien tu"}, func(r *peopleRow, t string) { r.Email = t }},
	{"Số điện thoại", []string{"dien thoai", "so dien thoai di dong", "sdt", "di dong"}, func(r *peopleRow, t string) { r.Phone = t }},
	{"Mã cơ quan", []string{"ma dinh danh", "ma dinh danh co quan", "ma don vi", "ma dinh danh dien tu"}, func(r *peopleRow, t string) { r.OrgCode = t }},
	{"Cơ quan, đơn vị", []string{"co quan", "don vi", "ten co quan", "ten don vi", "don vi cong tac", "noi cong tac"}, func(r *peopleRow, t string) { r.OrgName = t }},
	{"Chức vụ", []string{"chuc danh", "chuc vu, chuc danh", "vi tri cong tac"}, func(r *peopleRow, t string) { r.Title = t }},
	{"Vai trò", []string{"quyen", "vai tro tren he thong"}, func(r *peopleRow, t string) { r.Roles = list(t) }},
	{"Địa bàn phụ trách", []string{"dia ban", "ma xa", "ma dia ban"}, func(r *peopleRow, t string) { r.Units = list(t) }},
	{"Từ ngày", []string{"ngay bat dau", "ngay giu chuc vu", "tu"}, func(r *peopleRow, t string) { r.From = t }},
	{"Số quyết định", []string{"so qd", "quyet dinh so"}, func(r *peopleRow, t string) { r.MandateNo = t }},
	{"Ngày quyết định", []string{"ngay qd"}, func(r *peopleRow, t string) { r.MandateOn = t }},
	{"Tên đăng nhập", []string{"tai khoan", "dang nhap"}, func(r *peopleRow, t string) { r.Login = t }},
	{"Dữ liệu giả lập", []string{"mau", "gia lap"}, func(r *peopleRow, t string) { r.Generated = isYes(t) }},
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
	for i, c := range peopleColumns {
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

// mostPeople is how many people one list may bring.
const mostPeople = 5000

// mostList bounds the file of a list, in bytes.
const mostList = 20 << 20

// peopleList is a list of people: a table with a column of names.
var peopleList = sheet.List{
	Column: columnOf, Needed: []int{0}, Most: mostList, MostRows: mostPeople,
	Large: fault.New(fault.TooLarge, "people.import.large", int64(mostList)),
	None:  fault.New(fault.Invalid, "people.import.no-names"),
	Many:  fault.New(fault.TooLarge, "people.import.many", int64(mostPeople)),
	Empty: fault.New(fault.Invalid, "people.import.empty"),
}

// readPeople reads a list of people out of a file of any kind that uploads may have.
func readPeople(ctx context.Context, body io.Reader, name string) ([]peopleRow, error) {
	lines, err := peopleList.Read(ctx, body, name)
	if err != nil {
		return nil, err
	}
	rows := make([]peopleRow, len(lines))
	for i, line := range lines {
		r := peopleRow{Line: line.Line}
		for c, text := range line.Cells {
			peopleColumns[c].put(&r, strings.TrimSpace(text))
		}
		r.Deputy = orgdesk.Deputy(r.Title)
		rows[i] = r
	}
	return rows, nil
}
