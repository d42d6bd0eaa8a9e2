package ui_test

import (
	"net/url"
	"testing"

	"github.com/phohien/phohien/internal/channels/ui"
)

func TestAddress(t *testing.T) {
	in := url.Values{"q": {"hồ sơ", "x"}, "kind": {""}, "page": {"3"}, "lang": {"en"}, "owner": {"hy-syt"}}
	for _, c := range []struct{ got, want string }{
		{ui.Address("/inbox"), "/inbox"},
		{ui.Address("/inbox", "before", ""), "/inbox"},
		{ui.Address("/deadlines", "whose", "mine", "state", "", "after", "a b&c"), "/deadlines?after=a+b%26c&whose=mine"},
		{ui.AddressBut("/search", in, "page", "4"), "/search?owner=hy-syt&page=4&q=h%E1%BB%93+s%C6%A1"},
		{ui.AddressBut("/search", in, "q", ""), "/search?owner=hy-syt"},
		{ui.AddressBut("/systems", url.Values{"page": {"2"}}, "level", ""), "/systems"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}
