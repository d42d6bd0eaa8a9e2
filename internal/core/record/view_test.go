package record

import (
	"testing"
	"testing/quick"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// TestCommune: nothing finer than the commune is left of an address.
func TestCommune(t *testing.T) {
	for address, want := range map[string]string{
		"Thôn 8, Xã Tống Trân": "Xã Tống Trân",
		"Số 5, ngõ 3, Thôn Đông Xá, xã Lạc Đạo, tỉnh Hưng Yên": "xã Lạc Đạo, tỉnh Hưng Yên",
		"Số 1 đường Xã Đàn, Phường Phố Hiến, Hưng Yên":         "Phường Phố Hiến, Hưng Yên",
		"Xã Lạc Đạo": "Xã Lạc Đạo",
		"Thôn 8":     "", "": "", "Xã": "", "Số 5, Thôn Đông, Hưng Yên": "",
	} {
		if got, ok := commune(address); got != want || ok != (want != "") {
			t.Errorf("%q: %q", address, got)
		}
	}
}

// TestLastFour never shows a value whole.
func TestLastFour(t *testing.T) {
	if err := quick.Check(func(s string) bool {
		got, ok := lastFour(s)
		return !ok || got != s && len([]rune(got)) == len([]rune(Veil))+4
	}, nil); err != nil {
		t.Error(err)
	}
}

type fixed struct{}

func (fixed) Key(purpose string) []byte { return []byte("0123456789abcdef0123456789abcdef")[:32] }

// TestID: an opaque id is the key again for who has the secret, the same each
// time, and nothing else is one.
func TestID(t *testing.T) {
	v, err := NewView(&contract.Object{Dataset: "d"}, policy.Everything, fixed{})
	if err != nil {
		t.Fatal(err)
	}
	if err := quick.Check(func(key string) bool {
		id := v.ID(key)
		got, err := v.Key(id)
		_, broken := v.Key(id[:len(id)-2] + "AA")
		return err == nil && got == key && id == v.ID(key) && (broken != nil || id[len(id)-2:] == "AA")
	}, nil); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "~", "~!!", "001090000000", "~AAAA"} {
		if _, err := v.Key(bad); err == nil {
			t.Errorf("%q is taken for an id", bad)
		}
	}
}
