package contract_test

import (
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
)

func TestPick(t *testing.T) {
	list := []contract.Version{
		{Version: "1.1.0", Digest: "aaaaaaaa11112222"}, {Version: "1.1.0", Digest: "bbbbbbbb11112222"}, {Version: "1.0.0", Digest: "cccccccc11112222"},
	}
	for name, want := range map[string]string{
		"1.1.0": "aaaaaaaa11112222", "1.0.0": "cccccccc11112222", "bbbbbbbb": "bbbbbbbb11112222", "cccccccc11112222": "cccccccc11112222",
		"bbbb": "", "": "", "2.0.0": "", "dddddddd": "",
	} {
		got, ok := contract.Pick(list, name)
		if ok != (want != "") || got.Digest != want {
			t.Errorf("%q: %q, want %q", name, got.Digest, want)
		}
	}
}
