package dictionary_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

const kinds = `kind: CodeList
id: loai
name: Loại
version: 1.0.9
codes:
  - {code: A, name: Trường học}
  - {code: B, name: Bệnh viện, validTo: 2025-06-30}
  - {code: A1, name: Tiểu học, parent: A}
`

func kindList(t *testing.T) *dictionary.CodeList {
	t.Helper()
	l, err := dictionary.Parse([]byte(kinds), nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestEdited(t *testing.T) {
	l := kindList(t)
	if same, wrong := l.Edited(l.Lines()); len(wrong) > 0 || same.Digest != l.Digest {
		t.Fatalf("%v, %s for %s", wrong, same.Digest, l.Digest)
	}
	for _, c := range []struct {
		name string
		line dictionary.Line
		at   int
		says string
	}{
		{"a code again in the same time", dictionary.Line{Code: "B", Name: "Phòng khám", From: "01/06/2025"}, 5, "ghi hai lần trong cùng thời gian hiệu lực: “Bệnh viện” (…–30/06/2025) và “Phòng khám” (01/06/2025–…)"},
		{"a parent that is not there", dictionary.Line{Code: "C", Name: "C", Top: "X"}, 5, "mã cấp trên “X” không có"},
		{"a parent that has ended", dictionary.Line{Code: "B1", Name: "B1", Top: "B", From: "2025-01-01"}, 5, "không có hiệu lực vào 01/07/2025"},
		{"below itself", dictionary.Line{Code: "C", Name: "C", Top: "C"}, 5, "quay lại chính một mã đã qua"},
		{"no code", dictionary.Line{Name: "Không mã"}, 5, "không có mã"},
		{"no day", dictionary.Line{Code: "C", From: "31/02/2025"}, 5, "31/02/2025"},
		{"an end before the beginning", dictionary.Line{Code: "C", From: "2025-02-01", To: "2025-01-01"}, 5, "ngày bắt đầu 01/02/2025 sau ngày kết thúc 01/01/2025"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.line.Number = c.at
			n, wrong := l.Edited(append(l.Lines(), c.line))
			if n != nil || len(wrong) != 1 || wrong[0].Line != c.at || !strings.Contains(wrong[0].Vi, c.says) {
				t.Errorf("%v %+v", n, wrong)
			}
		})
	}
	lines := l.Lines()
	lines[0].Top = "A1" // a circle of two
	if _, wrong := l.Edited(lines); len(wrong) != 1 || !strings.Contains(wrong[0].Vi, "quay lại") {
		t.Errorf("%+v", wrong)
	}
	n, wrong := l.Edited(append(l.Lines(), dictionary.Line{Number: 5, Code: "B", Name: "Phòng khám", From: "01/07/2025"}, dictionary.Line{Number: 6, Code: "C", Name: "Chợ"}))
	if len(wrong) > 0 || n.Version != "1.0.10" || len(n.Renamed(l)) != 0 {
		t.Fatalf("%v %+v %v", wrong, n, n.Renamed(l))
	}
	lines = l.Lines()
	lines[0].Name, lines[2].Name = "Nhà máy", "TIEU HOC"
	n, _ = l.Edited(lines)
	if got := n.Renamed(l); len(got) != 1 || got[0] != (dictionary.Renamed{Code: "A", Was: "Trường học", Is: "Nhà máy"}) {
		t.Errorf("%+v", got)
	}
}

func TestChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s, l := dictionary.NewStore(st.Control()), kindList(t)
		if err := s.Put(t.Context(), actor.System, l); err != nil {
			t.Fatal(err)
		}
		n, _ := l.Edited(append(l.Lines(), dictionary.Line{Code: "C", Name: "Chợ"}))
		other, _ := l.Edited(append(l.Lines(), dictionary.Line{Code: "D", Name: "Đền"}))
		if err := s.Change(t.Context(), actor.System, l.Digest, n); err != nil {
			t.Fatal(err)
		}
		if err := s.Change(t.Context(), actor.System, l.Digest, other); !fault.Is(err, "codelist.changed") {
			t.Errorf("%v", err)
		}
		if now, err := s.Current(t.Context(), "loai"); err != nil || now.Digest != n.Digest {
			t.Errorf("%v, %v", now, err)
		}
		if err := s.Change(t.Context(), actor.System, n.Digest, l); err != nil { // the former again
			t.Error(err)
		}
	})
}
