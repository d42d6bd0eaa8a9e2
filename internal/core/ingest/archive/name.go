package archive

import (
	"bytes"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/phohien/phohien/viet/charset"
)

// longestName is how many letters of a name are shown.
const longestName = 120

// cleanName gives the path of an entry as people may see it, and tells whether
// it was one that leads out of its folder: "../x", "/etc/x", "C:\x".
func cleanName(name string) (clean string, odd bool) {
	name = strings.ToValidUTF8(name, "\uFFFD")
	name = strings.ReplaceAll(name, `\`, "/")
	if len(name) >= 2 && name[1] == ':' {
		name, odd = name[2:], true
	}
	var parts []string
	for i, part := range strings.Split(name, "/") {
		switch part {
		case "..":
			odd = true
		case "":
			odd = odd || i == 0 && name != ""
		case ".":
		default:
			part = strings.Map(visible, part)
			if part = strings.TrimSpace(part); part != "" {
				parts = append(parts, part)
			}
		}
	}
	clean = strings.Join(parts, "/")
	if n := utf8.RuneCountInString(clean); n > longestName { // the end says more than the beginning
		r := []rune(clean)
		clean = "…" + string(r[n-longestName:])
	}
	if clean == "" {
		clean = "?"
	}
	return clean, odd
}

// visible drops control characters and those that turn the direction of text,
// by which "gpj.exe" is shown as "exe.jpg".
func visible(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
		return -1
	}
	return r
}

// litter is what programs put into archives for themselves.
func litter(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(name, "__MACOSX/") || strings.Contains(name, "/__MACOSX/") || strings.HasPrefix(base, "._") ||
		strings.HasPrefix(base, "~$") || base == ".DS_Store" || strings.EqualFold(base, "Thumbs.db") || strings.EqualFold(base, "desktop.ini")
}

// legacyName reads a name from a zip archive that does not say it is UTF-8. It
// may be all the same; else it is in the code page of the machine, which for
// names that become Vietnamese is 1258 or TCVN3, and for others 437 as the
// format prescribes.
func legacyName(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	if cs, sure := charset.Detect([]byte(name)); sure {
		if text, err := charset.Decode(cs, []byte(name)); err == nil && !bytes.ContainsRune(text, utf8.RuneError) {
			return string(text)
		}
	}
	text, err := charmap.CodePage437.NewDecoder().String(name)
	if err != nil {
		return strings.ToValidUTF8(name, "\uFFFD")
	}
	return text
}
