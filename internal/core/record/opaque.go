package record

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// idPrefix tells opaque ids from keys: no key begins with "~" and holds no
// other, since a "~" stands between components.
const idPrefix = "~"

// ID is the opaque id of a key: the key encrypted under a secret of the data
// set, always to the same text (a synthetic initialisation vector, as RFC 5297
// has it: HMAC-SHA256 over the key, cut to 16 bytes, then AES-256-CTR). It tells
// nothing of the key but that two keys differ, and comes in no order.
func (v *View) ID(key string) string {
	padded := append([]byte(key), 0x80)
	for len(padded)%32 != 0 {
		padded = append(padded, 0)
	}
	iv := v.idVector(padded)
	out := make([]byte, len(iv)+len(padded))
	copy(out, iv)
	v.idStream(iv).XORKeyStream(out[len(iv):], padded)
	return idPrefix + base64.RawURLEncoding.EncodeToString(out)
}

// Key reads what ID wrote.
func (v *View) Key(id string) (string, error) {
	unknown := fault.New(fault.NotFound, "record.unknown", v.obj.Dataset, id)
	if len(id) < len(idPrefix) || id[:len(idPrefix)] != idPrefix || len(id) > 16<<10 {
		return "", unknown
	}
	b, err := base64.RawURLEncoding.DecodeString(id[len(idPrefix):])
	if err != nil || len(b) < 48 || len(b)%16 != 0 {
		return "", unknown
	}
	iv, padded := b[:16], b[16:]
	v.idStream(iv).XORKeyStream(padded, padded)
	if !hmac.Equal(iv, v.idVector(padded)) {
		return "", unknown
	}
	for end := len(padded) - 1; end >= 0; end-- {
		if padded[end] == 0x80 {
			return string(padded[:end]), nil
		}
	}
	return "", unknown
}

// idKeys are what the ids of one data set are made with.
type idKeys struct {
	vector []byte
	text   cipher.Block
}

func (v *View) idKeys() idKeys {
	block, err := aes.NewCipher(v.secrets.Key("record-id/text/" + v.obj.Dataset))
	if err != nil {
		panic(err) // only for keys that are not of 32 bytes
	}
	return idKeys{v.secrets.Key("record-id/vector/" + v.obj.Dataset), block}
}

func (v *View) idVector(padded []byte) []byte {
	h := hmac.New(sha256.New, v.ids().vector)
	h.Write(padded)
	return h.Sum(nil)[:aes.BlockSize]
}

func (v *View) idStream(iv []byte) cipher.Stream { return cipher.NewCTR(v.ids().text, iv) }
