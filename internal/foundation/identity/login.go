package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
)

// Limits of what people type, checked before anything is done with it.
const (
	maxLogin    = 64  // characters
	maxPassword = 256 // characters
	maxName     = 200
	maxText     = 500
	maxAgent    = 300 // bytes kept of what a browser calls itself
)

// foldLogin is how a login is looked up: compatibility forms as their plain
// ones, lower case, composed. Letters are those of Vietnamese and English only:
// a login of another script, or of several, could be taken for somebody
// else's.
func foldLogin(login string) (string, error) {
	if len(login) > 4*maxLogin || !utf8.ValidString(login) {
		return "", fault.New(fault.Invalid, "identity.login.long", maxLogin)
	}
	folded := strings.ToLower(norm.NFKC.String(strings.TrimSpace(login)))
	folded = norm.NFKC.String(folded)
	n := utf8.RuneCountInString(folded)
	if n < 3 || n > maxLogin {
		return "", fault.New(fault.Invalid, "identity.login.long", maxLogin)
	}
	for i, r := range folded {
		if !isLoginRune(r) {
			return "", fault.New(fault.Invalid, "identity.login.letter", string(r), i+1)
		}
	}
	first, _ := utf8.DecodeRuneInString(folded)
	last, _ := utf8.DecodeLastRuneInString(folded)
	if !isLetterOrDigit(first) || !isLetterOrDigit(last) || strings.Contains(folded, "..") {
		return "", fault.New(fault.Invalid, "identity.login.ends", login)
	}
	return folded, nil
}

func isLoginRune(r rune) bool {
	return isLetterOrDigit(r) || strings.ContainsRune("._-@", r)
}

func isLetterOrDigit(r rune) bool {
	return r >= '0' && r <= '9' || isVietnamese(r)
}

// isVietnamese reports a lower-case letter of the Vietnamese alphabet or of
// English: a to z, with the marks that Vietnamese has, and đ.
func isVietnamese(r rune) bool {
	if r >= 'a' && r <= 'z' || r == 'đ' {
		return true
	}
	if r < 0x80 {
		return false
	}
	for i, part := range norm.NFD.String(string(r)) {
		if i == 0 && (part < 'a' || part > 'z') || i > 0 && !strings.ContainsRune("\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323", part) {
			return false
		}
	}
	return true
}

// looks is what a folded login looks like at a glance: without marks, with
// characters that are taken for one another made the same.
func looks(folded string) string {
	return lookalikes.Replace(unmarked(folded))
}

var lookalikes = strings.NewReplacer("0", "o", "1", "l", "rn", "m", "vv", "w")

// unmarked writes a text without the marks of Vietnamese, in lower case.
func unmarked(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'đ':
			b.WriteByte('d')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// suggestLogin makes the login that offices use: given name, then the initials
// of what stands before it (Nguyễn Văn An: annv).
func suggestLogin(name string) string {
	words := strings.FieldsFunc(unmarked(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if len(words) == 0 {
		return ""
	}
	login := words[len(words)-1]
	for _, w := range words[:len(words)-1] {
		login += w[:1]
	}
	for len(login) < 3 {
		login += "0"
	}
	return login[:min(len(login), maxLogin-4)]
}

// cleanText makes a name or a reason fit to be kept and shown: one line,
// composed, without characters that are not seen.
func cleanText(text string, most int, key func() error) (string, error) {
	if len(text) > 4*most || !utf8.ValidString(text) {
		return "", key()
	}
	text = strings.Join(strings.Fields(norm.NFC.String(text)), " ")
	if utf8.RuneCountInString(text) > most {
		return "", key()
	}
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return "", key()
		}
	}
	return text, nil
}

// cleanWhy is cleanText for a reason.
func cleanWhy(text string) (string, error) {
	text, err := cleanText(text, maxText, func() error { return fault.New(fault.Invalid, "identity.why", maxText) })
	if err != nil {
		return "", err
	}
	return reason.Of(text, maxText, nil)
}

// cleanPhone reads a telephone number of Viet Nam or an international one;
// empty stays empty.
func cleanPhone(text string) (string, error) {
	var b strings.Builder
	for i, r := range strings.TrimSpace(text) {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" .-()", r):
		default:
			return "", fault.New(fault.Invalid, "identity.phone")
		}
	}
	phone := b.String()
	if phone == "" {
		return "", nil
	}
	if strings.HasPrefix(phone, "0") {
		phone = "+84" + phone[1:]
	}
	if !strings.HasPrefix(phone, "+") || len(phone) < 10 || len(phone) > 16 {
		return "", fault.New(fault.Invalid, "identity.phone")
	}
	return phone, nil
}

// cleanEmail checks what can be checked without sending; empty stays empty.
func cleanEmail(text string) (string, error) {
	email := strings.TrimSpace(text)
	if email == "" {
		return "", nil
	}
	local, domain, found := strings.Cut(email, "@")
	if !found || local == "" || !strings.Contains(domain, ".") || strings.ContainsAny(email, " \t\r\n<>,;\"") || strings.Contains(domain, "@") || len(email) > 254 {
		return "", fault.New(fault.Invalid, "identity.email")
	}
	return email, nil
}

func clip(text string, most int) string {
	text = strings.ToValidUTF8(text, "")
	for len(text) > most {
		_, size := utf8.DecodeLastRuneInString(text[:most])
		text = text[:most-size]
	}
	return text
}

// second is the error of a call whose value is not needed.
func second[T any](_ T, err error) error { return err }
