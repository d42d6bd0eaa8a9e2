package atlas

import (
	"fmt"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
)

// TitleOf is what a record is called on a map: its first text that is no code
// and is seen in clear, or else its key.
func TitleOf(v *record.View, row *record.Row) string {
	obj := v.Object()
	for i := range obj.Columns {
		c := &obj.Columns[i]
		if c.Type != contract.Text || slices.Contains(obj.Key, i) || c.CodeList != "" || c.Unit != "" || !v.Clear(i) {
			continue
		}
		if s, _ := row.Values[c.Name].(string); s != "" {
			return s
		}
	}
	if v.HiddenKey() || !obj.HasKey() {
		return row.Key
	}
	var parts []string
	for _, i := range obj.Key {
		parts = append(parts, fmt.Sprint(row.Values[obj.Columns[i].Name]))
	}
	return strings.Join(parts, " · ")
}

// IDOf is the key of a record as its column has it, where that is one text.
func IDOf(v *record.View, row *record.Row) (string, bool) {
	obj := v.Object()
	if v.HiddenKey() || len(obj.Key) != 1 {
		return "", false
	}
	id, ok := row.Values[obj.Columns[obj.Key[0]].Name].(string)
	return id, ok
}
