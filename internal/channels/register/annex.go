package register

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/paper"
)

// annex writes the three lists by field of state management as an annex of an official
// paper, from the register as it is now.
func (p *pages) annex(ending, kind string, write func(io.Writer, *paper.Paper) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		one, err := p.paper(r.Context())
		if err != nil {
			return err
		}
		var b bytes.Buffer // a paper that fails is an answer in words, not half a file
		if err := write(&b, one); err != nil {
			return err
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="phu-luc-he-thong-theo-linh-vuc.%s"`, ending))
		_, err = io.Copy(w, &b)
		return err
	}
}

// paper is the report that the annex belongs to; number and date are blank.
func (p *pages) paper(ctx context.Context) (*paper.Paper, error) {
	list, err := p.Desk.Lists(ctx)
	if err != nil {
		return nil, err
	}
	words, err := p.wording(ctx)
	if err != nil {
		return nil, err
	}
	words.l = locale.Vi // papers are Vietnamese, whoever asks
	head := govern.Head{}
	if p.Head != nil {
		if head, err = p.Head(ctx, door.From(ctx).Who.Org); err != nil {
			return nil, err
		}
	}
	now := p.Desk.Today()
	sums := [4]int{}
	var holes []string
	for _, f := range list {
		for i, rows := range [][]registry.Row{f.Have, f.Building, f.ToBuild, f.Unknown} {
			sums[i] += len(rows)
		}
		if f.Code != "" && f.Empty() {
			holes = append(holes, f.Name)
		}
	}
	body := []paper.Block{paper.Text(fmt.Sprintf("Theo sổ đăng ký hệ thống thông tin, cơ sở dữ liệu, nền tảng của tỉnh tại thời điểm %s: có %s hệ thống đang có, %s hệ thống đang xây dựng, %s hệ thống cần xây dựng; %s hệ thống chưa rõ trạng thái. Danh sách theo lĩnh vực quản lý nhà nước tại Phụ lục.",
		locale.Vi.Time(now), locale.Vi.Number(int64(sums[0])), locale.Vi.Number(int64(sums[1])), locale.Vi.Number(int64(sums[2])), locale.Vi.Number(int64(sums[3]))))}
	if len(holes) > 0 {
		body = append(body, paper.Text(fmt.Sprintf("Còn %d lĩnh vực chưa có, chưa xây dựng và chưa đề xuất hệ thống nào: %s.", len(holes), strings.Join(holes, "; "))))
	}
	return &paper.Paper{
		Parent: head.Parent, Issuer: head.Issuer, Symbol: head.Symbol, Place: head.Place, Year: now.In(locale.Zone).Year(), Made: now,
		Kind: "Báo cáo", Abstract: "Kết quả rà soát hệ thống thông tin, cơ sở dữ liệu theo lĩnh vực quản lý nhà nước", To: head.To, Body: body, Sign: paper.Sign{Position: head.Position},
		Annexes: []paper.Annex{{Title: "Danh sách hệ thống, cơ sở dữ liệu đang có, đang xây dựng, cần xây dựng theo lĩnh vực quản lý nhà nước", Landscape: true, Body: []paper.Block{words.annexTable(list)}}},
	}, nil
}

// annexTable has a line for each system under its field; a field without any says so.
func (w wording) annexTable(list []registry.Field) paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Head: "STT", Width: 12, Align: paper.Centre}, {Head: "Hệ thống, cơ sở dữ liệu"}, {Head: "Mã", Width: 30}, {Head: "Cơ quan chủ quản", Width: 60}, {Head: "Danh sách", Width: 34}, {Head: "Trạng thái", Width: 34},
	}}
	n := 0
	for _, f := range list {
		name := f.Name
		switch {
		case f.Code == "":
			name = w.l.T("register.no-sector")
		case f.Empty():
			name += " (chưa có, chưa xây dựng, chưa đề xuất)"
		}
		t.Rows = append(t.Rows, paper.Row{Bold: true, Cells: []string{"", name, "", "", "", ""}})
		for _, part := range []struct {
			name string
			rows []registry.Row
		}{{"Đang có", f.Have}, {"Đang xây dựng", f.Building}, {"Cần xây dựng", f.ToBuild}, {"Chưa rõ", f.Unknown}} {
			for _, r := range part.rows {
				n++
				owner := ""
				if r["chu_quan"] != "" {
					owner = w.agencies(r["chu_quan"])
				}
				t.Rows = append(t.Rows, paper.Row{Cells: []string{fmt.Sprint(n), r["ten"], r.ID(), owner, part.name, w.code(w.obj, "trang_thai", string(r.State()))}})
			}
		}
	}
	return t
}
