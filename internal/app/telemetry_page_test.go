package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/telemetry"
)

const observabilityPage = "../../docs/observability.md"

// TestObservabilityPage: the page names exactly the metrics, log lines, fields,
// spans and attributes that the program has. With -update the table of lines is
// written anew; what stands beside a field or a metric is for people to write.
func TestObservabilityPage(t *testing.T) {
	fields, messages := logCalls(t)
	if *update {
		rewriteLines(t, messages)
	}
	text, err := os.ReadFile(observabilityPage)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)

	var metrics []string
	for _, m := range telemetry.Metrics() {
		metrics = append(metrics, m.Name)
		if row := rowOf(page, m.Name); !strings.Contains(row, "| "+strings.Join(quoted(m.Labels), ", ")+" |") {
			t.Errorf("labels of %s are %v, the page says %q", m.Name, m.Labels, row)
		}
	}
	compare(t, "metrics", named(page, "Metrics"), metrics)

	fields = append(fields, telemetry.FieldRequest, telemetry.FieldSpan, "time", "level", "msg")
	slices.Sort(fields)
	compare(t, "log fields", named(page, "Log fields"), slices.Compact(fields))
	compare(t, "log lines", named(page, "Log lines"), slices.Sorted(maps.Keys(messages)))
	compare(t, "spans", named(page, "Spans"), append(telemetry.Stages(), telemetry.SpanRequest, telemetry.SpanBatch))
	compare(t, "attributes of spans", named(page, "Attributes of spans"), telemetry.Attributes())
}

func compare(t *testing.T, what string, page, program []string) {
	t.Helper()
	slices.Sort(page)
	program = slices.Clone(program)
	slices.Sort(program)
	for _, n := range program {
		if !slices.Contains(page, n) {
			t.Errorf("%s: %q is not in %s", what, n, observabilityPage)
		}
	}
	for _, n := range page {
		if !slices.Contains(program, n) {
			t.Errorf("%s: %q is in %s and not in the program", what, n, observabilityPage)
		}
	}
}

var firstCell = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")

// named lists what the table of a section names in its first column.
func named(page, section string) (list []string) {
	_, rest, _ := strings.Cut(page, "\n## "+section+"\n")
	rest, _, _ = strings.Cut(rest, "\n## ")
	for _, m := range firstCell.FindAllStringSubmatch(rest, -1) {
		list = append(list, m[1])
	}
	return list
}

func rowOf(page, name string) string {
	_, rest, _ := strings.Cut(page, "\n| `"+name+"` ")
	row, _, _ := strings.Cut(rest, "\n")
	return row
}

func quoted(labels []string) []string {
	if len(labels) == 0 {
		return []string{"–"}
	}
	out := make([]string, len(labels))
	for i, l := range labels {
		out[i] = "`" + l + "`"
	}
	return out
}

// A line is where a line of the log is written, and how loud it is.
type line struct{ level, room string }

// logCalls reads out of the sources what is written into the log: the names of
// fields and the messages.
func logCalls(t *testing.T) (fields []string, messages map[string]line) {
	t.Helper()
	messages = map[string]line{}
	for _, root := range []string{"../../internal", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") || strings.Contains(path, "apitest") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			room := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../../"))
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					fields = append(fields, written(call, room, messages)...)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return fields, messages
}

// at is where the message stands among the arguments of a method of slog.Logger,
// by its name.
var at = map[string]int{
	"Debug": 0, "Info": 0, "Warn": 0, "Error": 0, "DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1, "Log": 2, "LogAttrs": 2,
}

// written reads one call: of a logger's method, or of slog.String and the like.
func written(call *ast.CallExpr, room string, messages map[string]line) (fields []string) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	on := lastName(method.X)
	if on == "slog" {
		if key, ok := words(call.Args, 0); ok && !strings.Contains(key, " ") {
			fields = append(fields, fieldName(key))
		}
	}
	place, logs := at[method.Sel.Name]
	if !logs || on != "Log" && on != "log" && on != "slog" {
		return fields
	}
	message, ok := words(call.Args, place)
	if !ok {
		return fields
	}
	level := strings.ToLower(strings.TrimSuffix(method.Sel.Name, "Context"))
	if strings.HasPrefix(method.Sel.Name, "Log") {
		level = "info or debug"
	}
	messages[message] = line{level, room}
	for i := place + 1; i < len(call.Args); i += 2 {
		if _, attr := call.Args[i].(*ast.CallExpr); attr { // slog.String(…): seen by itself
			i--
			continue
		}
		if key, ok := words(call.Args, i); ok {
			fields = append(fields, fieldName(key))
		}
	}
	return fields
}

func fieldName(key string) string {
	if key == "err" {
		return telemetry.FieldError // the handler gives it one name
	}
	return key
}

func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func words(args []ast.Expr, i int) (string, bool) {
	if i >= len(args) {
		return "", false
	}
	lit, ok := args[i].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func rewriteLines(t *testing.T, messages map[string]line) {
	t.Helper()
	text, err := os.ReadFile(observabilityPage)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(text), "\n## Log lines\n")
	_, tail, more := strings.Cut(rest, "\n## ")
	var table strings.Builder
	table.WriteString("\n| message | level | written by |\n| --- | --- | --- |\n")
	for _, m := range slices.Sorted(maps.Keys(messages)) {
		table.WriteString("| `" + m + "` | " + messages[m].level + " | " + messages[m].room + " |\n")
	}
	out := head + "\n## Log lines\n" + table.String()
	if more {
		out += "\n## " + tail
	}
	if err := os.WriteFile(observabilityPage, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
}
