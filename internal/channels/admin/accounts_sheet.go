package admin

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/intake"
	"github.com/phohien/phohien/internal/core/ingest/layout"
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

// isDeputy reports whether a title is a deputy's, as titles say it.
func isDeputy(title string) bool { return strings.HasPrefix(viet.Fold(title), "pho ") }

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

// readPeople reads a list of people out of a file of any kind that uploads may
// have: its first table with a column of names.
func readPeople(ctx context.Context, f *os.File, size int64, name, temp string) (rows []peopleRow, err error) {
	limits := ingest.DefaultLimits
	limits.Unpacked, limits.Rows = 256<<20, 200_000
	b, err := intake.Open(ctx, ingest.File{ReaderAt: f, Size: size, Name: name, Temp: temp, Limits: limits}, intake.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for i, t := range b.Tables() {
		src, err := peopleTable(b, i, t)
		if err != nil {
			return nil, err
		}
		if src == nil {
			continue
		}
		if rows, err = peopleRows(src); err != nil {
			return nil, err
		}
		// A file with a mark of state secrets is refused whole.
		return rows, b.Sweep()
	}
	return nil, fault.New(fault.Invalid, "people.import.no-names")
}

// peopleTable opens a table if it has a column of names, nil otherwise.
func peopleTable(b *intake.Book, i int, t ingest.Table) (ingest.Source, error) {
	g, err := b.Open(i)
	if err != nil {
		return nil, err
	}
	sample, err := layout.Take(g, layout.SampleRows)
	if err != nil || len(sample.Rows) == 0 {
		return nil, err
	}
	p := layout.Recognise(t, sample, func(h string) bool { return columnOf(h) >= 0 })
	for _, c := range p.Layout.Columns {
		if c.Role == layout.Data && columnOf(c.Heading) == 0 {
			if g, err = b.Open(i); err != nil {
				return nil, err
			}
			return p.Layout.Apply(g, t)
		}
	}
	return nil, nil
}

func peopleRows(src ingest.Source) ([]peopleRow, error) {
	var columns []int
	for _, h := range src.Header() {
		columns = append(columns, columnOf(h))
	}
	var rows []peopleRow
	var block ingest.Block
	for {
		chunk, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		chunk.Parse(&block)
		for i := range block.Records() {
			r := peopleRow{Line: int(block.Lines[i])}
			for c := range min(len(columns), block.Cells(i)) {
				if columns[c] >= 0 {
					peopleColumns[columns[c]].put(&r, strings.TrimSpace(string(block.Cell(i, c))))
				}
			}
			r.Deputy = isDeputy(r.Title)
			if rows = append(rows, r); len(rows) > mostPeople {
				return nil, fault.New(fault.TooLarge, "people.import.many", int64(mostPeople))
			}
		}
	}
	if len(rows) == 0 {
		return nil, fault.New(fault.Invalid, "people.import.empty")
	}
	return rows, nil
}
