// Package reference is the pages that tell people what the API can do: the whole
// OpenAPI document, group by group, in words, with an example of each call. They
// are made from the document that the server itself serves, so they say nothing
// that it does not.
package reference

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A document is what the pages need of an OpenAPI document.
type document struct {
	Info struct{ Title, Version, Description string }
	Tags []struct{ Name, Description string }
	// Paths by path and method.
	Paths      map[string]map[string]*operation
	Components struct{ Schemas map[string]*schema }
}

type operation struct {
	ID          string `json:"operationId"`
	Summary     string
	Description string
	Tags        []string
	Parameters  []parameter
	RequestBody *content
	Responses   map[string]*content
	Security    []map[string][]string

	method, path string
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                *schema
}

// content is a body that is sent or answered.
type content struct {
	Description string
	Required    bool
	Content     map[string]struct{ Schema *schema }
	Headers     map[string]struct{ Description string }
}

type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format, Description  string
	Enum                 []any
	Items                *schema
	Properties           map[string]*schema
	AdditionalProperties any
	Required             []string
	Minimum, Maximum     *float64
	MaxLength, MaxItems  *int
	Default              any
	Examples             []any
}

// name of the schema that is referred to, "" for one that stands here.
func (s *schema) name() string {
	if s == nil {
		return ""
	}
	_, name, _ := strings.Cut(s.Ref, "#/components/schemas/")
	return name
}

// types are the JSON types, null aside.
func (s *schema) types() (all []string) {
	switch t := s.Type.(type) {
	case string:
		all = []string{t}
	case []any:
		for _, one := range t {
			if one != "null" {
				all = append(all, fmt.Sprint(one))
			}
		}
	}
	return all
}

// is reports whether a value may be of a type.
func (s *schema) is(t string) bool { return slices.Contains(s.types(), t) }

// A book is the document as the pages show it.
type book struct {
	document
	groups []group
}

// A group is the operations of one tag.
type group struct {
	tag        string
	about      string // "Tiếng Việt / English"
	operations []*operation
}

// readBook reads a document.
func readBook(text []byte) (*book, error) {
	b := &book{}
	if err := json.Unmarshal(text, &b.document); err != nil {
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	by := map[string][]*operation{}
	for path, item := range b.Paths {
		for method, op := range item {
			op.method, op.path = strings.ToUpper(method), path
			for _, tag := range op.Tags {
				by[tag] = append(by[tag], op)
			}
		}
	}
	for _, t := range b.Tags {
		if all := by[t.Name]; len(all) > 0 {
			slices.SortFunc(all, before)
			b.groups = append(b.groups, group{t.Name, t.Description, all})
			delete(by, t.Name)
		}
	}
	if len(by) > 0 {
		return nil, fmt.Errorf("openapi document: operations of groups that its tags do not name: %v", by)
	}
	return b, nil
}

var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

// before orders operations: shorter paths first, then by path, reading before
// writing.
func before(a, b *operation) int {
	if n := strings.Count(a.path, "/") - strings.Count(b.path, "/"); n != 0 {
		return n
	}
	if n := strings.Compare(a.path, b.path); n != 0 {
		return n
	}
	return slices.Index(methods, a.method) - slices.Index(methods, b.method)
}

// group finds a group by its tag, nil without.
func (b *book) group(tag string) *group {
	for i := range b.groups {
		if b.groups[i].tag == tag {
			return &b.groups[i]
		}
	}
	return nil
}

// half is the reader's half of a text "Tiếng Việt / English".
func half(l locale.Lang, text string) string {
	vi, en, both := strings.Cut(text, " / ")
	if both && l == locale.En {
		return en
	}
	return vi
}

// found is what an operation is found by, folded.
func (o *operation) found() string {
	return viet.Fold(strings.Join([]string{o.Summary, o.method, o.path, o.ID, o.Description, translated[o.Description]}, " "))
}

// fits reports whether an operation has all of the words, folded.
func (o *operation) fits(words []string) bool {
	text := o.found()
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// problem is the schema of what went wrong; those of its parts begin alike.
const problem = "Problem"

// schemas are the names of all schemas that a group's operations refer to, and
// those refer to, in order of name. The problem, which every operation has, is
// told once for all, with its parts.
func (b *book) schemas(g *group) []string {
	seen := map[string]bool{}
	var walk func(s *schema)
	walk = func(s *schema) {
		if s == nil {
			return
		}
		if name := s.name(); name != "" {
			if !seen[name] && !strings.HasPrefix(name, problem) {
				seen[name] = true
				walk(b.Components.Schemas[name])
			}
			return
		}
		walk(s.Items)
		walk(values(s))
		for _, p := range s.Properties {
			walk(p)
		}
	}
	for _, op := range g.operations {
		for _, c := range op.bodies() {
			for _, media := range c.Content {
				walk(media.Schema)
			}
		}
	}
	var all []string
	for name := range seen {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// bodies are what an operation takes and answers.
func (o *operation) bodies() (all []*content) {
	if o.RequestBody != nil {
		all = append(all, o.RequestBody)
	}
	for _, r := range o.Responses {
		all = append(all, r)
	}
	return all
}

// values is the schema of the values of a map, nil for what is none.
func values(s *schema) *schema {
	m, ok := s.AdditionalProperties.(map[string]any)
	if !ok {
		return nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil
	}
	var out schema
	if json.Unmarshal(text, &out) != nil {
		return nil
	}
	return &out
}
