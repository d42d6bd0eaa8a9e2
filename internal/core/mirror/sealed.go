package mirror

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// sealedColumn refuses what the stored form of a sealed column cannot answer.
func sealedColumn(obj *contract.Object, f contract.Field) error {
	return fault.New(fault.Invalid, "filter.sealed", obj.Columns[f.Column].Title)
}

// sealedNames are the sealed columns that an asker sees in clear in the data sets
// of a question, by their name in lower case; false stands for a name that is
// also that of another column.
func sealedNames(names []string, views Views) map[string]bool {
	sealed := map[string]bool{}
	for _, name := range names {
		v := views[name]
		if v == nil {
			continue
		}
		for i := range v.Object().Columns {
			c := &v.Object().Columns[i]
			store := strings.ToLower(c.Store)
			is := c.Sealed && v.Clear(i)
			if was, there := sealed[store]; there {
				is = is && was
			}
			sealed[store] = is
		}
	}
	for name, is := range sealed {
		if !is {
			delete(sealed, name)
		}
	}
	return sealed
}

// sealQuestion writes a question in which sealed columns are compared with texts
// so that it compares them with the sealed texts: = , <>, IN and NOT IN.
func sealQuestion(ctx context.Context, c *columns.Conn, truth *record.Truth, sql string, sealed map[string]bool) (string, error) {
	var tree string
	if err := c.Row(ctx, "SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)", sql).Scan(&tree); err != nil {
		return "", err
	}
	d := json.NewDecoder(strings.NewReader(tree))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	q := sealing{truth: truth, sealed: sealed}
	q.walk(v)
	if !q.changed {
		return sql, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	err := c.Row(ctx, "SELECT json_deserialize_sql(CAST($1 AS JSON))", b.String()).Scan(&sql)
	return sql, err
}

// A sealing goes through a question as DuckDB writes it in JSON.
type sealing struct {
	truth   *record.Truth
	sealed  map[string]bool
	changed bool
}

func (q *sealing) walk(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			q.walk(x)
		}
	case map[string]any:
		switch v["type"] {
		case "COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM":
			q.compared(v["left"], v["right"])
			q.compared(v["right"], v["left"])
		case "COMPARE_IN", "COMPARE_NOT_IN":
			if list, _ := v["children"].([]any); len(list) > 0 {
				q.compared(list[0], list[1:]...)
			}
		}
		for _, x := range v {
			q.walk(x)
		}
	}
}

// compared seals the texts that a column is compared with.
func (q *sealing) compared(column any, with ...any) {
	ref, _ := column.(map[string]any)
	names, _ := ref["column_names"].([]any)
	if ref["type"] != "COLUMN_REF" || len(names) == 0 {
		return
	}
	name, _ := names[len(names)-1].(string)
	if !q.sealed[strings.ToLower(name)] {
		return
	}
	for _, w := range with {
		constant, _ := w.(map[string]any)
		value, _ := constant["value"].(map[string]any)
		typ, _ := value["type"].(map[string]any)
		text, ok := value["value"].(string)
		if constant["class"] == "CONSTANT" && typ["id"] == "VARCHAR" && ok {
			value["value"], q.changed = q.truth.SealText(text), true
		}
	}
}
