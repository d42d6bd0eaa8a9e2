//go:build duckdb_arrow

package columns

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// The guard reads SQL that people wrote and lets through what it knows. It has
// DuckDB's own parser turn the text into a tree and walks the whole tree; each
// kind of node, each function and each table must be on a list. What a newer
// DuckDB can do is therefore refused until somebody has looked at it.

//go:embed functions.txt
var functionsText string

// functions are the scalar, aggregate and window functions that a question
// may call; functions.txt says what is left out and why.
var functions = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(functionsText) {
		line, _, _ = strings.Cut(line, "#")
		for name := range strings.FieldsSeq(line) {
			all[name] = true
		}
	}
	// "#" would begin a comment in the file; the operators stand here.
	for _, op := range strings.Fields("+ - * / // % ** ^ & | << >> ~ || @ ^@ !__postfix ~~ !~~ ~~* !~~* ~~~ ->> && @> <@") {
		all[op] = true
	}
	return all
})

// tableFunctions may stand where a table stands.
var tableFunctions = words("unnest generate_series range")

// expressions are the classes of expression that are let through.
var expressions = words("CONSTANT COLUMN_REF FUNCTION WINDOW COMPARISON CONJUNCTION OPERATOR CASE CAST BETWEEN SUBQUERY STAR COLLATE LAMBDA LAMBDA_REF POSITIONAL_REFERENCE")

// nodes are the other types of node that are let through: queries, tables,
// modifiers, orders, descriptions of types.
var nodes = words(`SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE
	EMPTY BASE_TABLE JOIN SUBQUERY TABLE_FUNCTION EXPRESSION_LIST PIVOT COLUMN_DATA
	ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER
	ORDER_DEFAULT ORDER_ASCENDING ORDER_DESCENDING ASCENDING DESCENDING
	UNBOUND_TYPE_INFO DECIMAL_TYPE_INFO LIST_TYPE_INFO STRUCT_TYPE_INFO ARRAY_TYPE_INFO`)

// tellers are names without a table that DuckDB reads as questions about
// itself.
var tellers = words("current_user user session_user current_role current_catalog current_database current_schema current_schemas current_query")

func words(s string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		all[w] = true
	}
	return all
}

// Inspect checks that text is exactly one SELECT that reads only tables which
// known accepts, and calls only functions that are on the list. It returns the
// tables named, sorted, each once. Text is not run.
func (c *Conn) Inspect(ctx context.Context, text string, known func(table string) bool) (tables []string, err error) {
	q, err := c.Look(ctx, text, known)
	return q.Tables, err
}

// A Question is what is known of a text that the guard has let through.
type Question struct {
	Tables  []string // named, sorted, each once
	Columns []string // names of columns that it writes, in lower case, sorted
	// Steady questions have the same answer for as long as their tables stay as
	// they are: nothing in them asks for the time or for chance.
	Steady bool
}

// Look is Inspect that says more of what it has read.
func (c *Conn) Look(ctx context.Context, text string, known func(table string) bool) (q Question, err error) {
	if strings.ContainsRune(text, 0) {
		return q, fault.New(fault.Invalid, "query.syntax", "NUL")
	}
	var tree string
	const serialize = "SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR), skip_null := true, skip_empty := true, skip_default := true) AS VARCHAR)"
	if err := c.Row(ctx, serialize, text).Scan(&tree); err != nil {
		return q, fault.New(fault.Invalid, "query.not-select").Because(err)
	}
	return inspect([]byte(tree), known)
}

// changing are the names, called as a function or written as a column, that give
// something else each time. A test compares them with what DuckDB says of its
// functions.
var changing = words(`random today now age current_date current_time current_timestamp get_current_timestamp get_current_time
	current_localtime current_localtimestamp transaction_timestamp localtime localtimestamp`)

func inspect(tree []byte, known func(string) bool) (q Question, err error) {
	var doc struct {
		Error      bool   `json:"error"`
		Type       string `json:"error_type"`
		Message    string `json:"error_message"`
		Statements []any  `json:"statements"`
	}
	d := json.NewDecoder(bytes.NewReader(tree))
	d.UseNumber()
	// A tree that is not JSON (DuckDB writes Infinity for 1e400) cannot be
	// walked and is not let through.
	if err := d.Decode(&doc); err != nil {
		return q, fault.New(fault.Invalid, "query.syntax", "").Because(err)
	}
	switch {
	case doc.Error && doc.Type == "parser":
		return q, fault.New(fault.Invalid, "query.syntax", doc.Message)
	case doc.Error || len(doc.Statements) == 0:
		return q, fault.New(fault.Invalid, "query.not-select")
	case len(doc.Statements) > 1:
		return q, fault.New(fault.Invalid, "query.many", len(doc.Statements))
	}
	g := &guard{known: known, tables: map[string]bool{}, columns: map[string]bool{}}
	if err := g.walk(doc.Statements[0], nil, 0); err != nil {
		return q, err
	}
	return Question{Tables: slices.Sorted(maps.Keys(g.tables)), Columns: slices.Sorted(maps.Keys(g.columns)), Steady: !g.changes}, nil
}

// A guard walks one tree.
type guard struct {
	known   func(string) bool
	tables  map[string]bool
	columns map[string]bool
	changes bool // something in it gives something else each time
}

// A scope holds the names of the common table expressions in sight.
type scope struct {
	name  string
	outer *scope
}

func (s *scope) has(name string) bool {
	for ; s != nil; s = s.outer {
		if s.name == name {
			return true
		}
	}
	return false
}

// deepest nesting of a tree; DuckDB's own limit for expressions is 1,000.
const deepest = 2000

// walk visits a value of the tree; s is what a table name may mean there.
func (g *guard) walk(v any, s *scope, depth int) error {
	if depth > deepest {
		return fault.New(fault.Invalid, "query.too-deep")
	}
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if err := g.walk(item, s, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		return g.object(v, s, depth)
	}
	return nil
}

func (g *guard) object(v map[string]any, s *scope, depth int) error {
	if v["sample"] != nil {
		g.changes = true // drawn by chance
	}
	class, isExpression := v["class"].(string)
	switch typ, isNode := v["type"].(string); {
	case isExpression && !expressions[class]:
		return fault.New(fault.Denied, "query.construct", class)
	case isExpression && class == "CONSTANT":
		return nil // its value is data and may look like anything
	case isExpression:
		if err := g.expression(class, v); err != nil {
			return err
		}
	case isNode && !nodes[typ]:
		return fault.New(fault.Denied, "query.construct", typ)
	case isNode && typ == "BASE_TABLE":
		if err := g.table(v, s); err != nil {
			return err
		}
	case isNode && typ == "TABLE_FUNCTION":
		return g.tableFunction(v, s, depth)
	}
	s, err := g.common(v, s, depth)
	if err != nil {
		return err
	}
	for key, child := range v {
		if key == "cte_map" {
			continue
		}
		if err := g.walk(child, s, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// common walks a node's WITH, each query in sight of those before it, and
// returns what the node itself sees. Only a query that DuckDB will run as a
// recursion sees its own name; in any other that name means a table.
func (g *guard) common(v map[string]any, s *scope, depth int) (*scope, error) {
	with, _ := v["cte_map"].(map[string]any)
	entries, _ := with["map"].([]any)
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		name, _ := entry["key"].(string)
		if name == "" {
			return nil, fault.New(fault.Denied, "query.construct", "WITH")
		}
		inside := s
		if recursive(entry["value"]) {
			inside = &scope{lower(name), s}
		}
		if err := g.walk(entry["value"], inside, depth+1); err != nil {
			return nil, err
		}
		s = &scope{lower(name), s}
	}
	return s, nil
}

func recursive(cte any) bool {
	value, _ := cte.(map[string]any)
	query, _ := value["query"].(map[string]any)
	node, _ := query["node"].(map[string]any)
	return node["type"] == "RECURSIVE_CTE_NODE"
}

// table lets a table through that is one of the data sets, or a common table
// expression in sight.
func (g *guard) table(v map[string]any, s *scope) error {
	name, _ := v["table_name"].(string)
	for _, key := range []string{"schema_name", "catalog_name"} {
		if outer, _ := v[key].(string); outer != "" {
			return fault.New(fault.Denied, "query.table", outer+"."+name)
		}
	}
	if _, travels := v["at_clause"]; travels {
		return fault.New(fault.Denied, "query.construct", "AT")
	}
	if s.has(lower(name)) {
		return nil
	}
	if !g.known(name) {
		return fault.New(fault.Denied, "query.table", name)
	}
	g.tables[name] = true
	return nil
}

func (g *guard) tableFunction(v map[string]any, s *scope, depth int) error {
	call, _ := v["function"].(map[string]any)
	name, _ := call["function_name"].(string)
	if !tableFunctions[lower(name)] || call["class"] != "FUNCTION" {
		return fault.New(fault.Denied, "query.function", name)
	}
	for key, child := range v {
		if key == "function" {
			child = call["children"]
		}
		if err := g.walk(child, s, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (g *guard) expression(class string, v map[string]any) error {
	switch class {
	case "FUNCTION", "WINDOW":
		name, _ := v["function_name"].(string)
		schema, _ := v["schema"].(string)
		// x.f() is a call of f with x before its arguments, or f of schema x:
		// either way f is what counts.
		if !functions()[lower(name)] || lower(schema) == "temp" {
			return fault.New(fault.Denied, "query.function", name)
		}
		g.changes = g.changes || changing[lower(name)]
	case "COLUMN_REF":
		names, _ := v["column_names"].([]any)
		for _, one := range names {
			name, _ := one.(string)
			g.columns[strings.ToLower(name)] = true
			g.changes = g.changes || changing[lower(name)]
		}
		if len(names) != 1 {
			return nil
		}
		if name, _ := names[0].(string); tellers[lower(name)] {
			return fault.New(fault.Denied, "query.function", name)
		}
	}
	return nil
}

// lower folds as DuckDB folds names, or less: a name that only looks alike to
// DuckDB is refused rather than mistaken.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
