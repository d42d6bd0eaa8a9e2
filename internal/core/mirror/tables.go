package mirror

import (
	"context"
	"fmt"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/columns"
)

// tables writes the SQL of one object's tables.
type tables struct {
	obj     *contract.Object
	current columns.Table
	history columns.Table
	held    columns.Table
	fields  []contract.Field // of a current row, as the truth has it
	words   []spoken
	kept    []contract.Field // fields and what is made of words: of a current row here
	key     []contract.Field
}

func of(obj *contract.Object) tables {
	fields, words := obj.StoredFields(), spokenOf(obj)
	return tables{
		obj:     obj,
		current: columns.Table{Schema: "m", Name: obj.Dataset},
		history: columns.Table{Schema: "h", Name: obj.Dataset},
		held:    columns.Table{Schema: "k", Name: obj.Dataset},
		fields:  fields,
		words:   words,
		kept:    kept(fields, words),
		key:     obj.KeyFields(),
	}
}

// list writes field names, each behind a prefix such as "t.".
func list(prefix string, fields []contract.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = prefix + columns.QuoteIdent(f.Name)
	}
	return strings.Join(names, ", ")
}

// same writes the join of two row sets on the key. Keys are never null.
func (t tables) same(a, b string) string {
	parts := make([]string, len(t.key))
	for i, f := range t.key {
		name := columns.QuoteIdent(f.Name)
		parts[i] = a + "." + name + " = " + b + "." + name
	}
	return strings.Join(parts, " AND ")
}

// create makes the object's empty tables and its view.
func (t tables) create(ctx context.Context, c *columns.Conn) error {
	current, err := columns.CreateTable(t.current, contract.ArrowSchema(t.kept))
	if err != nil {
		return err
	}
	history, err := columns.CreateTable(t.history, contract.ArrowSchema(append(t.kept[:len(t.kept):len(t.kept)], contract.EndField)))
	if err != nil {
		return err
	}
	held, err := columns.CreateTable(t.held, contract.ArrowSchema(t.key))
	if err != nil {
		return err
	}
	shown := append(t.obj.Fields(), contract.SeqField)
	view := fmt.Sprintf("CREATE VIEW main.%s AS SELECT %s FROM %s", columns.QuoteIdent(t.obj.Dataset), list("", shown), t.current.SQL())
	_, err = c.Exec(ctx, current+";"+history+";"+held+";"+view)
	return err
}

// drop removes an address's tables, view and standing.
func drop(ctx context.Context, c *columns.Conn, address string) error {
	name := columns.QuoteIdent(address)
	if _, err := c.Exec(ctx, fmt.Sprintf("DROP VIEW IF EXISTS main.%[1]s; DROP TABLE IF EXISTS m.%[1]s; DROP TABLE IF EXISTS h.%[1]s; DROP TABLE IF EXISTS k.%[1]s", name)); err != nil {
		return err
	}
	_, err := c.Exec(ctx, "DELETE FROM m._tables WHERE address = $1", address)
	return err
}

// close moves the current versions whose keys stand in the temporary table
// named by keys into the history, with their fields in kept, ended by batch
// end.
func (t tables) close(ctx context.Context, c *columns.Conn, keys string, kept []contract.Field, end int64) error {
	_, err := c.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s, _end) SELECT %s, %d FROM %s t SEMI JOIN %s k ON %s",
		t.history.SQL(), list("", kept), list("t.", kept), end, t.current.SQL(), keys, t.same("t", "k")))
	if err != nil {
		return err
	}
	return t.remove(ctx, c, keys)
}

// remove takes the rows whose keys stand in the temporary table named by keys
// out of the current rows.
func (t tables) remove(ctx context.Context, c *columns.Conn, keys string) error {
	_, err := c.Exec(ctx, fmt.Sprintf("DELETE FROM %s AS t USING %s AS k WHERE %s", t.current.SQL(), keys, t.same("t", "k")))
	return err
}
