package quality

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Outside counts the accepted rows of which no column holds one of the values
// allowed for it (by position in the object), and gives the first one's line.
// No allowed value at all: every row is outside.
func (w *Workshop) Outside(ctx context.Context, p *Program, v *Verdict, allowed map[int][]string) (n, line int64, err error) {
	var any []string
	for _, c := range slices.Sorted(maps.Keys(allowed)) {
		values := make([]string, len(allowed[c]))
		for i, s := range allowed[c] {
			values[i] = quoteText(s)
		}
		if len(values) > 0 {
			any = append(any, "s."+quote(p.Object.Columns[c].Store)+" IN ("+strings.Join(values, ", ")+")")
		}
	}
	if len(any) == 0 {
		any = []string{"false"}
	}
	query := "SELECT count(*), coalesce(min(s._line), 0) FROM staged s" + w.without(v) + " WHERE NOT coalesce(" + strings.Join(any, " OR ") + ", false)"
	if err := w.conn.Row(ctx, query).Scan(&n, &line); err != nil {
		return 0, 0, fmt.Errorf("workshop: rows outside of %s columns: %w", strconv.Itoa(len(allowed)), err)
	}
	return n, line, nil
}
