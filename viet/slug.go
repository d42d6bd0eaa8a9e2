package viet

import "bytes"

// longestSlug is the most bytes Slug gives, which fits file names and addresses.
const longestSlug = 80

// Slug makes a part of an address or a file name of a title: small letters a to
// z, digits, and a hyphen between words, at most 80 bytes, cut between words if
// there are several; "Phường Phố Hiến (mới)" gives "phuong-pho-hien-moi". A text
// without Latin letters and digits gives "". Different titles may give the same
// slug.
func Slug(s string) string {
	var room [shortText]byte
	folded := AppendFold(room[:0], s)
	out := make([]byte, 0, len(folded))
	gap := false
	for _, c := range folded {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			gap = gap || c != '\'' // the apostrophe of K'Dang parts no words
			continue
		}
		if gap && len(out) > 0 {
			out = append(out, '-')
		}
		gap = false
		out = append(out, c)
	}
	if len(out) <= longestSlug {
		return string(out)
	}
	end := longestSlug
	if cut := bytes.LastIndexByte(out[:end+1], '-'); cut > 0 {
		end = cut
	}
	return string(out[:end])
}
