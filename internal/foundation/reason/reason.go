// Package reason judges the words in which people say why they do something. They
// are shown with the history that they stand in for as long as there is one, and
// stay when a person is erased: they hold no number of one.
package reason

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// Most is how many characters a reason has at most where its place sets no other
// bound.
const Most = 2000

// Of puts a reason in order. One that is missing is the fault none, or nothing where
// that is nil: a reason that may be left out. One of more characters than most is a
// fault "reason.long", one that holds what may be a person's number "reason.number".
func Of(text string, most int, none *fault.Error) (string, error) {
	text, _ = viet.NFC(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")))
	switch n := utf8.RuneCountInString(text); {
	case text == "" && none != nil:
		return "", none
	case n > most:
		return "", fault.New(fault.Invalid, "reason.long", int64(n), int64(most))
	case Number(text):
		return "", fault.New(fault.Invalid, "reason.number")
	}
	return text, nil
}

// Noted is a reason as logs have it that also tell of what was refused: nothing where
// it may hold a person's number.
func Noted(text string) string {
	if Number(text) {
		return ""
	}
	return strings.TrimSpace(text)
}

// Wrong reports whether Of refused a reason for what stands in it.
func Wrong(err error) bool { return fault.Is(err, "reason.long") || fault.Is(err, "reason.number") }

// long is what may be the number of a person: of an identity card, of insurance, of
// a telephone.
var long = regexp.MustCompile(`\d(?:[ .-]?\d){8,}`)

// days are ways to write a day in which its figures hang together.
var days = []string{"2006-01-02", "02-01-2006", "02.01.2006"}

// Number reports whether a text holds what may be the number of a person. Days,
// numbers of dossiers and addresses of pages are long too and tell of nobody.
func Number(text string) bool {
	words := strings.Fields(text)
	for i, word := range words {
		if harmless(strings.Trim(word, `.,;:()[]“”"'`)) {
			words[i] = "–"
		}
	}
	return long.MatchString(strings.Join(words, " "))
}

func harmless(word string) bool {
	for _, layout := range days {
		if _, err := time.Parse(layout, word); err == nil {
			return true
		}
	}
	return viet.CheckDossierNumber(word) == nil || strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://")
}
