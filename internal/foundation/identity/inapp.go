package identity

import "strings"

// inApps are browsers inside other applications, by a part of what they call
// themselves. The first that fits counts.
var inApps = []struct{ part, name string }{
	{"Zalo", "Zalo"},
	{"MessengerForiOS", "Messenger"},
	{"FBAN/Messenger", "Messenger"},
	{"FB_IAB/MESSENGER", "Messenger"},
	{"FB_IAB/Orca", "Messenger"},
	{"FBAN", "Facebook"},
	{"FBAV", "Facebook"},
	{"FB_IAB", "Facebook"},
	{"Instagram", "Instagram"},
	{"musical_ly", "TikTok"},
	{"TikTok", "TikTok"},
	{"BytedanceWebview", "TikTok"},
	{"Viber", "Viber"},
	{"Line/", "LINE"},
	{"MicroMessenger", "WeChat"},
	{"Telegram", "Telegram"},
	{"LinkedInApp", "LinkedIn"},
	{"Snapchat", "Snapchat"},
	{"GSA/", "Google"},
	{"; wv)", "Android WebView"},
}

// InApp recognises a browser inside another application, in which sign-in may
// lack something: the name of the application ("" for a browser of its own) and
// whether passkeys can be hoped for. The page asks the browser itself all the
// same, and says how to open it in the system's browser.
func InApp(userAgent string) (name string, passkeys bool) {
	if len(userAgent) > 4096 {
		userAgent = userAgent[:4096]
	}
	for _, a := range inApps {
		if strings.Contains(userAgent, a.part) {
			return a.name, false
		}
	}
	// On iPhone and iPad every browser says Safari; a view inside an application
	// does not.
	if (strings.Contains(userAgent, "iPhone") || strings.Contains(userAgent, "iPad")) && strings.Contains(userAgent, "AppleWebKit") && !strings.Contains(userAgent, "Safari/") {
		return "iOS WebView", false
	}
	return "", true
}
