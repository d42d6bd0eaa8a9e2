package api

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A cursor is where the next page of a list begins. Readers get it as one
// opaque text; it names its data set, so that it fits nowhere else.
type cursor struct {
	Set string `json:"d"`
	Key string `json:"k"`
	Seq *int64 `json:"s,omitempty"` // the state that all pages of the list show
}

func (c cursor) text(set string) string {
	c.Set = set
	b, err := json.Marshal(c)
	if err != nil { // texts and a number
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// readCursor reads what text wrote; "" is the beginning.
func readCursor(text, set string) (c cursor, err error) {
	if text == "" {
		return c, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.Set != set || (c.Seq != nil && *c.Seq < 0) {
		return c, fault.New(fault.Invalid, "api.cursor", text)
	}
	return c, nil
}

// sincePrefix tells our cursors of changes from times.
const sincePrefix = "s_"

func sinceCursor(set string, seq int64) string {
	return sincePrefix + base64.RawURLEncoding.EncodeToString([]byte(set+" "+strconv.FormatInt(seq, 10)))
}

// readSince reads what sinceCursor wrote; ok is false for anything else.
func readSince(text, set string) (seq int64, ok bool, err error) {
	encoded, ours := strings.CutPrefix(text, sincePrefix)
	if !ours {
		return 0, false, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(encoded)
	if err == nil {
		name, number, _ := strings.Cut(string(b), " ")
		seq, err = strconv.ParseInt(number, 10, 64)
		if err == nil && name == set && seq >= 0 {
			return seq, true, nil
		}
	}
	return 0, true, fault.New(fault.Invalid, "api.cursor", text)
}
