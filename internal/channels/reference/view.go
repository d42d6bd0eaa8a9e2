package reference

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/locale"
)

type indexView struct {
	Base, Query, Version string
	Groups               []groupLine
}

type groupLine struct {
	Name, Title string
	Operations  []line
}

// A line is an operation in a list.
type line struct{ Method, Path, Title, Address, Find string }

func lineOf(l locale.Lang, group string, op *operation) line {
	return line{op.method, op.path, half(l, op.Summary), Path + "/" + group + "#" + op.ID, op.found()}
}

type groupView struct {
	Title      string
	Groups     []ui.Tab
	Operations []operationView
	Schemas    []schemaView
	Problem    []schemaView // with its parts
}

type operationView struct {
	line
	ID       string
	About    words
	Open     bool // nobody needs to sign in
	Params   []fieldView
	Body     []mediaView
	BodyWord words
	Answers  []answerView
	Curl     string
}

// words are a text in the reader's language, or in English when there is no
// other.
type words struct {
	Text string
	Lang string // of the text when it is not the reader's
}

func say(l locale.Lang, text string) words {
	if l == locale.En || text == "" {
		return words{Text: text}
	}
	if vi, ok := translated[text]; ok {
		return words{Text: vi}
	}
	return words{text, "en"}
}

type fieldView struct {
	Name, Type, Link string // Link: the schema that it is, "" for none
	In               string // query, path, header
	Required         bool
	About            words
	Values           string
}

type mediaView struct {
	Type   string
	Schema string // name, "" for none
	Fields []fieldView
}

type answerView struct {
	Status string
	About  string
	Media  []mediaView
}

type schemaView struct {
	Name   string
	About  words
	Type   string
	Fields []fieldView
}

// shown is an operation in full.
func (b *book) shown(l locale.Lang, base, group string, op *operation) operationView {
	v := operationView{line: lineOf(l, group, op), ID: op.ID, Open: len(op.Security) == 0, Curl: b.curl(base, op)}
	v.About = say(l, op.Description)
	for _, p := range op.Parameters {
		f := b.field(l, p.Name, p.Schema, p.Required)
		f.In, f.About = p.In, say(l, p.Description)
		v.Params = append(v.Params, f)
	}
	slices.SortStableFunc(v.Params, func(a, b fieldView) int {
		return slices.Index(places, a.In) - slices.Index(places, b.In)
	})
	if op.RequestBody != nil {
		v.BodyWord = say(l, op.RequestBody.Description)
		v.Body = b.media(l, op.RequestBody)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if status == "default" {
			continue // the problem, told once for all
		}
		v.Answers = append(v.Answers, answerView{status, l.T("reference.status." + status), b.media(l, op.Responses[status])})
	}
	return v
}

var places = []string{"path", "query", "header"}

// media are the kinds of a body. Those without a structure of their own stand in
// one line.
func (b *book) media(l locale.Lang, c *content) (all []mediaView) {
	var plain []string
	for _, name := range slices.Sorted(maps.Keys(c.Content)) {
		s := c.Content[name].Schema
		switch {
		case s.name() != "":
			all = append(all, mediaView{Type: name, Schema: s.name()})
		case s != nil && len(s.Properties) > 0:
			all = append(all, mediaView{Type: name, Fields: b.fields(l, s)})
		default:
			plain = append(plain, name)
		}
	}
	if len(plain) > 0 {
		all = append(all, mediaView{Type: strings.Join(plain, ", ")})
	}
	return all
}

// schemaOf is a schema with its members.
func (b *book) schemaOf(l locale.Lang, name string) schemaView {
	s := b.Components.Schemas[name]
	v := schemaView{Name: name}
	if s == nil {
		return v
	}
	v.About, v.Fields = say(l, s.Description), b.fields(l, s)
	v.Type, _ = b.typeOf(l, s)
	return v
}

// fields are the members of an object.
func (b *book) fields(l locale.Lang, s *schema) (all []fieldView) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if name == "$schema" {
			continue
		}
		p := s.Properties[name]
		f := b.field(l, name, p, slices.Contains(s.Required, name))
		f.About = say(l, p.Description)
		all = append(all, f)
	}
	// What must be there comes first.
	slices.SortStableFunc(all, func(a, b fieldView) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return all
}

func (b *book) field(l locale.Lang, name string, s *schema, required bool) fieldView {
	f := fieldView{Name: name, Required: required}
	if s == nil {
		return f
	}
	f.Type, f.Link = b.typeOf(l, s)
	f.Values = limits(l, s)
	return f
}

// typeOf names a type, and the schema behind it.
func (b *book) typeOf(l locale.Lang, s *schema) (text, link string) {
	if name := s.name(); name != "" {
		return name, name
	}
	switch {
	case s.is("array") && s.Items != nil:
		text, link = b.typeOf(l, s.Items)
		return l.T("reference.type.list", text), link
	case s.is("object") && values(s) != nil:
		text, link = b.typeOf(l, values(s))
		return l.T("reference.type.map", text), link
	}
	var all []string
	for _, t := range s.types() {
		all = append(all, l.T("reference.type."+t))
	}
	if len(all) == 0 {
		return l.T("reference.type.any"), ""
	}
	text = strings.Join(all, ", ")
	if s.Format != "" && s.Format != "int64" && s.Format != "double" {
		text += " (" + s.Format + ")"
	}
	return text, ""
}

// limits are which values are taken.
func limits(l locale.Lang, s *schema) string {
	var all []string
	if len(s.Enum) > 0 {
		var values []string
		for _, e := range s.Enum {
			values = append(values, fmt.Sprint(e))
		}
		all = append(all, l.T("reference.values", strings.Join(values, ", ")))
	}
	for _, bound := range []struct {
		key string
		at  *float64
	}{{"reference.least", s.Minimum}, {"reference.most", s.Maximum}} {
		if bound.at != nil {
			all = append(all, l.T(bound.key, strconv.FormatFloat(*bound.at, 'f', -1, 64)))
		}
	}
	if s.Default != nil {
		all = append(all, l.T("reference.default", fmt.Sprint(s.Default)))
	}
	if len(s.Examples) > 0 {
		all = append(all, l.T("reference.example", fmt.Sprint(s.Examples[0])))
	}
	return strings.Join(all, " · ")
}

// curl is a call that one can try.
func (b *book) curl(base string, op *operation) string {
	path := op.path
	if strings.HasPrefix(path, "/api/v1/datasets/{id}") {
		path = strings.Replace(path, "{id}", "hy-xa", 1)
	}
	path = strings.NewReplacer("{key}", "11953", "{id}", "$ID", "{uid}", "$UID", "{sender}", "$SENDER", "{index}", "0").Replace(path)
	var query []string
	for _, p := range op.Parameters {
		if p.In == "query" && p.Required {
			query = append(query, p.Name+"="+fmt.Sprint(b.sample(p.Schema, 0)))
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	parts := []string{"curl"}
	if op.method != "GET" {
		parts = append(parts, "-X "+op.method)
	}
	if len(op.Security) > 0 {
		parts = append(parts, `-H "Authorization: Bearer $PHOHIEN_KEY"`)
	}
	if op.RequestBody != nil {
		parts = append(parts, b.sent(op.RequestBody)...)
	}
	if file := path[strings.LastIndex(path, "/")+1:]; op.method == "GET" && strings.Contains(file, ".") && !strings.Contains(file, "$") {
		parts = append(parts, "-o "+file)
	}
	parts = append(parts, `"`+base+path+`"`)
	return strings.Join(parts, " \\\n  ")
}

// sent are the options that send a body.
func (b *book) sent(c *content) []string {
	if file := c.Content["application/octet-stream"]; file.Schema != nil {
		return []string{`-H "Content-Type: application/octet-stream"`, "--data-binary @tep.xlsx"}
	}
	if form, ok := c.Content["application/x-www-form-urlencoded"]; ok {
		var all []string
		for _, name := range form.Schema.Required {
			all = append(all, "-d "+name+"="+fmt.Sprint(b.sample(form.Schema.Properties[name], 0)))
		}
		return all
	}
	body, ok := c.Content["application/json"]
	if !ok {
		return nil
	}
	text, err := json.Marshal(b.sample(body.Schema, 0))
	if err != nil {
		return nil
	}
	return []string{`-H "Content-Type: application/json"`, "-d '" + string(text) + "'"}
}

// deep is how far a sample of a body goes.
const deep = 4

// sample is a value that fits a schema: of objects what must be there.
func (b *book) sample(s *schema, depth int) any {
	if s == nil || depth > deep {
		return nil
	}
	if name := s.name(); name != "" {
		return b.sample(b.Components.Schemas[name], depth+1)
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.is("object"):
		all := map[string]any{}
		for _, name := range s.Required {
			all[name] = b.sample(s.Properties[name], depth+1)
		}
		return all
	case s.is("array"):
		return []any{}
	case s.is("integer"), s.is("number"):
		return 1
	case s.is("boolean"):
		return false
	}
	return "…"
}
