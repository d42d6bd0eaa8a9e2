package viet

// ParseBool reads a yes or no. Canonical are "true" and "false"; also
// accepted, with std true: 1/0, có/không (also without marks), đúng/sai,
// yes/no, y/n, t/f and a cross in the box, "x", for yes; in any letter case.
func ParseBool(b []byte) (v, std bool, err error) {
	switch string(b) {
	case "true":
		return true, false, nil
	case "false":
		return false, false, nil
	case "1":
		return true, true, nil
	case "0":
		return false, true, nil
	case "":
		return false, false, fail(CodeEmpty, b)
	}
	if len(b) > longestBool {
		return false, false, fail(CodeBool, b)
	}
	switch FoldTone(string(b)) {
	case "true", "có", "co", "đúng", "dung", "yes", "y", "t", "x":
		return true, true, nil
	case "false", "không", "khong", "sai", "no", "n", "f":
		return false, true, nil
	}
	return false, false, fail(CodeBool, b)
}

const longestBool = 16 // bytes; "không" with marks apart has 9

// AppendBool appends "true" or "false".
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}
