// Package charset reads the encodings that Vietnamese offices have written their
// files in since before Unicode, tells which one a file is in, and mends text
// that is Unicode already but holds the bytes of an old font: cells typed in
// .VnTime ("C«ng hoµ x· héi") or VNI-Times ("Coäng hoøa xaõ hoäi"), and
// VIQR ("Co^.ng ho`a").
//
// Nothing is guessed on little evidence: [Detect] and [Evidence] say whether
// they are sure. What [FixText] changes, [Unfix] gives back letter by letter.
//
// Sources: TCVN 5712:1993 (VN3, which the ABC fonts .Vn… follow, and the
// capitals of VN1 between A1 and FF); the table of the VNI fonts for Windows;
// RFC 1456 for VIQR; Microsoft's code page 1258; the Unicode Standard, 3.10, for
// UTF-16 and byte order marks. The capital fonts (.VnTimeH) show the codes of
// small letters as capitals, which only the name of the font tells: see
// [TCVN3Capitals].
package charset

// A Charset names an encoding, in a form fit for reports and settings.
type Charset string

// The charsets.
const (
	UTF8        Charset = "utf-8"
	UTF16LE     Charset = "utf-16le"
	UTF16BE     Charset = "utf-16be"
	Windows1258 Charset = "windows-1258"
	TCVN3       Charset = "tcvn3"
	VNI         Charset = "vni"
	VIQR        Charset = "viqr"
	// TCVN3Capitals is TCVN3 in a capital font (.VnTimeH, .VnArialH), where all
	// letters are capitals. It is never detected, since the bytes are the same,
	// and cannot be turned back.
	TCVN3Capitals Charset = "tcvn3-capitals"
)

// All lists the charsets a person may choose from.
func All() []Charset {
	return []Charset{UTF8, UTF16LE, UTF16BE, Windows1258, TCVN3, TCVN3Capitals, VNI, VIQR}
}

// String gives the name that officials know.
func (c Charset) String() string {
	switch c {
	case UTF8:
		return "UTF-8"
	case UTF16LE:
		return "UTF-16 LE"
	case UTF16BE:
		return "UTF-16 BE"
	case Windows1258:
		return "Windows-1258"
	case TCVN3:
		return "TCVN3 (ABC)"
	case TCVN3Capitals:
		return "TCVN3 (ABC), phông chữ hoa"
	case VNI:
		return "VNI Windows"
	case VIQR:
		return "VIQR"
	}
	return string(c)
}

// Valid tells whether c is one of the charsets.
func (c Charset) Valid() bool {
	for _, known := range All() {
		if c == known {
			return true
		}
	}
	return false
}
