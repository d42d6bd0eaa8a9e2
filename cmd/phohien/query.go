package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func (t *tool) queryCommand() *cobra.Command {
	l := t.lang
	var format string
	var limit int64
	c := &cobra.Command{
		Use: "query SQL", Short: l.T("cmd.query.short"), Long: l.T("cmd.query.long"), Args: takes(1, 1),
		Example: `  phohien query 'SELECT loai, count(*) AS so_xa FROM "hy-xa" GROUP BY loai'` + "\n" +
			`  phohien query 'SELECT * FROM "vn-tinh"' --format csv > vn-tinh.csv`,
		RunE: func(c *cobra.Command, args []string) error { return t.query(c.Context(), args[0], format, limit) },
	}
	c.Flags().StringVar(&format, "format", "table", l.T("cmd.query.format"))
	c.Flags().Int64Var(&limit, "limit", 100_000, l.T("cmd.flag.limit"))
	return c
}

func (t *tool) query(ctx context.Context, sql, format string, limit int64) error {
	asked := format
	switch format {
	case "csv", "json":
	case "table":
		asked = "csv"
	default:
		return fault.New(fault.Invalid, "cli.format", format, "table, csv, json")
	}
	if sql == "-" {
		text, err := io.ReadAll(t.in)
		if err != nil {
			return err
		}
		sql = string(text)
	}
	body, err := json.Marshal(map[string]any{"sql": sql, "format": asked, "rows": limit})
	if err != nil {
		return err
	}
	return t.with(ctx, func(c *client) (err error) {
		resp, err := c.do(ctx, request{
			method: http.MethodPost, path: api.Prefix + "/query", body: bytes.NewReader(body),
			header: http.Header{"Content-Type": {"application/json"}},
		})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, resp.Body.Close()) }()
		switch format {
		case "table":
			err = t.answerTable(resp.Body)
		case "json":
			err = t.answerJSON(resp.Body)
		default:
			_, err = io.Copy(t.out, resp.Body)
		}
		if err == nil && resp.Header.Get("X-Phohien-More") == "true" {
			err = fault.New(fault.TooLarge, "cli.answer-cut", limit)
		}
		return err
	})
}

// answerJSON writes an answer as a list of objects, their members in the order
// of its columns: what other tools expect of a query.
func (t *tool) answerJSON(r io.Reader) error {
	var in struct {
		Columns []api.QueryColumn   `json:"columns"`
		Rows    [][]json.RawMessage `json:"rows"`
	}
	if err := json.NewDecoder(r).Decode(&in); err != nil {
		return err
	}
	names, err := members(in.Columns)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(t.out)
	sep := "["
	for _, row := range in.Rows {
		fmt.Fprintf(w, "%s\n  {", sep)
		for i, v := range row {
			if i > 0 {
				w.WriteString(", ")
			}
			fmt.Fprintf(w, "%s: %s", names[i], v)
		}
		w.WriteString("}")
		sep = ","
	}
	if len(in.Rows) == 0 {
		w.WriteString("[")
	}
	w.WriteString("\n]\n")
	return w.Flush() // the first error stays with the writer
}

// members names the members of each object; two columns of one name would be
// one member, so the second gets a number.
func members(columns []api.QueryColumn) ([]string, error) {
	seen := map[string]int{}
	names := make([]string, len(columns))
	for i, c := range columns {
		name := c.Name
		if seen[name]++; seen[name] > 1 {
			name += "_" + strconv.Itoa(seen[name])
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(name); err != nil {
			return nil, err
		}
		names[i] = strings.TrimSpace(b.String())
	}
	return names, nil
}

// answerTable draws an answer that came as CSV. Columns of numbers alone stand
// to the right.
func (t *tool) answerTable(r io.Reader) error {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil || len(rows) == 0 {
		return err
	}
	tab := newTable(rows[0]...)
	for i := range tab.right {
		tab.right[i] = len(rows) > 1 && allNumbers(rows[1:], i)
	}
	for _, row := range rows[1:] {
		tab.add(row...)
	}
	var b bytes.Buffer
	if err := tab.write(&b); err != nil {
		return err
	}
	if _, err := b.WriteTo(t.out); err != nil {
		return err
	}
	t.sayf("%s", t.lang.T("cmd.query.rows", len(rows)-1))
	return nil
}

func allNumbers(rows [][]string, column int) bool {
	found := false
	for _, row := range rows {
		if row[column] == "" {
			continue
		}
		if _, err := strconv.ParseFloat(row[column], 64); err != nil {
			return false
		}
		found = true
	}
	return found
}
