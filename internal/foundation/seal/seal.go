// Package seal encrypts what must not lie readable on a disk: single texts,
// which stay comparable, and whole files, which stay readable at any place.
//
// A sealed text is AES-SIV (RFC 5297, 256-bit keys): equal texts are equal when
// sealed, so that duplicates are found, values joined and looked up without
// opening anything, and nothing else can be told of them but how long they are,
// to 16 bytes. A sealed file is DARE 2.0 (AES-256-GCM in
// packages of 64 KiB).
//
// The keys are derived from the ring: whoever has the database, the folder or a
// backup without the master key opens nothing.
package seal

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/daead/subtle"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// Secrets gives the key of a purpose, 32 bytes (keys.Ring).
type Secrets interface{ Key(purpose string) []byte }

// prefix begins every sealed text: "sealed:" base64url(SIV, text, padding).
const prefix = "sealed:"

// block is what texts are filled up to, so that their length does not tell
// twelve digits from nine.
const block = 16

// Texts seals and opens texts. It is safe for use by many goroutines.
type Texts struct{ siv *subtle.AESSIV }

// NewTexts derives the key of the texts that are kept sealed.
func NewTexts(secrets Secrets) (*Texts, error) { return TextsFor(secrets, "sealed-text") }

// TextsFor derives a key of another purpose: what one seals another does not
// open.
func TextsFor(secrets Secrets, purpose string) (*Texts, error) {
	key := append(append([]byte{}, secrets.Key(purpose+"/mac")...), secrets.Key(purpose+"/cipher")...)
	siv, err := subtle.NewAESSIV(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return &Texts{siv}, nil
}

// Seal encrypts a text. Nothing stays nothing.
func (t *Texts) Seal(text string) string {
	if text == "" {
		return ""
	}
	return prefix + t.Code(text)
}

// Code is Seal without the prefix, of any text: letters, digits, "-" and "_".
func (t *Texts) Code(text string) string {
	padded := make([]byte, (len(text)/block+1)*block) // ISO/IEC 7816-4: 80 00 00 …
	padded[copy(padded, text)] = 0x80
	sealed, err := t.siv.EncryptDeterministically(padded, nil)
	if err != nil {
		panic(err) // only for texts as long as all memory
	}
	return base64.RawURLEncoding.EncodeToString(sealed)
}

// Open decrypts what Seal gave. What was changed, or sealed under other keys, is
// the fault "seal.damaged".
func (t *Texts) Open(sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	code, ours := strings.CutPrefix(sealed, prefix)
	if !ours {
		return "", fault.New(fault.Unavailable, "seal.damaged")
	}
	return t.Decode(code)
}

// Decode opens what Code gave.
func (t *Texts) Decode(code string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(code)
	if err != nil {
		return "", fault.New(fault.Unavailable, "seal.damaged").Because(err)
	}
	padded, err := t.siv.DecryptDeterministically(raw, nil)
	if err != nil {
		return "", fault.New(fault.Unavailable, "seal.damaged").Because(err)
	}
	end := strings.LastIndexByte(string(padded), 0x80)
	if end < 0 {
		return "", fault.New(fault.Unavailable, "seal.damaged")
	}
	return string(padded[:end]), nil
}

// Is reports whether a text looks like one that Seal gave.
func Is(text string) bool { return strings.HasPrefix(text, prefix) }
