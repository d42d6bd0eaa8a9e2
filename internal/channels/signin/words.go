package signin

import (
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func listed(words []string) string { return strings.Join(words, "; ") }

// used says when something was used last.
func used(l locale.Lang, at, now time.Time) string {
	if at.IsZero() {
		return l.T("signin.never")
	}
	return ui.Ago(l, at, now)
}

// Browsers and systems by a part of what a browser calls itself; the first that
// fits counts, since most call themselves by older ones' names too.
var (
	browsers = [][2]string{{"Edg", "Microsoft Edge"}, {"OPR/", "Opera"}, {"coc_coc_browser", "Cốc Cốc"}, {"SamsungBrowser", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems = [][2]string{{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}}
)

// device says in words which browser a session is in.
func device(l locale.Lang, agent string) string {
	browser, _ := identity.InApp(agent)
	if browser == "" {
		browser = find(browsers, agent)
	}
	system := find(systems, agent)
	switch {
	case browser == "" && system == "":
		return l.T("signin.device.unknown")
	case system == "":
		return browser
	case browser == "":
		return system
	}
	return l.T("signin.device", browser, system)
}

func find(names [][2]string, agent string) string {
	for _, n := range names {
		if strings.Contains(agent, n[0]) {
			return n[1]
		}
	}
	return ""
}
