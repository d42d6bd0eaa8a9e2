package record

import (
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/seal"
)

// idPrefix tells opaque ids from keys: no key begins with "~" and holds no
// other, since a "~" stands between components.
const idPrefix = "~"

// mostID is how long an opaque id may be, in bytes.
const mostID = 16 << 10

// ID is the opaque id of a key: the key sealed under a secret of the data set,
// always to the same text. It tells nothing of the key but that two keys differ,
// and comes in no order.
func (v *View) ID(key string) string { return idPrefix + v.ids().Code(key) }

// Key reads what ID wrote.
func (v *View) Key(id string) (string, error) {
	code, ours := strings.CutPrefix(id, idPrefix)
	if ours && len(id) <= mostID {
		if key, err := v.ids().Decode(code); err == nil {
			return key, nil
		}
	}
	return "", fault.New(fault.NotFound, "record.unknown", v.obj.Dataset, id)
}

func (v *View) idTexts() *seal.Texts {
	texts, err := seal.TextsFor(v.secrets, "record-id/"+v.obj.Dataset)
	if err != nil {
		panic(err) // only for keys that are not of 32 bytes
	}
	return texts
}
