package console

import (
	"net/url"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/draft"
)

// TestFill_answers: an answer that chooses the mode holds, whatever the field of the
// mode beside it had; answered before, it leaves the field alone.
func TestFill_answers(t *testing.T) {
	d := &draft.Draft{
		Objects: []draft.Object{{Name: "so_lieu", Title: "Số liệu", Key: []string{"ma"}, Sender: "don_vi", Period: "ky", Columns: []draft.Column{
			{Name: "ma", Title: "Mã", Type: contract.Text}, {Name: "don_vi", Title: "Đơn vị", Type: contract.Text}, {Name: "ky", Title: "Kỳ", Type: contract.Text},
		}}},
		Doubts: []draft.Question{{ID: "thay", Object: "so_lieu", Options: []draft.Option{{Edit: draft.Edit{Mode: contract.Merge}}, {Edit: draft.Edit{Mode: contract.Slice}}}}},
	}
	form := url.Values{"o0.title": {"Số liệu"}, "o0.mode": {""}, "q0": {"1"}, "o0.c0.key": {"yes"}}
	if err := fill(d, form); err != nil || d.Objects[0].Mode != contract.Slice || d.Doubts[0].Chosen != 1 {
		t.Errorf("%+v, %v", d.Objects[0], err)
	}
	form.Set("o0.mode", "replace")
	if err := fill(d, form); err != nil || d.Objects[0].Mode != contract.Replace {
		t.Errorf("%+v, %v", d.Objects[0], err)
	}
}
