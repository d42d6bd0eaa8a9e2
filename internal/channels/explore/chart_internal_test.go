package explore

import (
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
)

func TestIsAmount(t *testing.T) {
	for title, want := range map[string]bool{
		"Dân số (người)": true, "Số hồ sơ": true, "Giải ngân trong tháng (đồng)": true, "Lượng mưa (mm)": true,
		"Mực nước (cm)": false, "Giá bán lẻ (đồng)": false, "Tỷ lệ giải ngân": false, "Độ ẩm tương đối (%)": false, "Nhiệt độ": false, "Thu nhập bình quân": false,
	} {
		if got := isAmount(&contract.Column{Title: title, Type: contract.Integer}); got != want {
			t.Errorf("%s: %v", title, got)
		}
	}
}
