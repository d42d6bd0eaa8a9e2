package contract

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/phohien/phohien/internal/foundation/spelling"
	"github.com/phohien/phohien/odcs"
)

// prefix marks the custom properties that are ours.
const prefix = "phohien."

// A level is a place in a contract where phohien.* properties may stand; it is
// the name of a definition in phohien.schema.json.
type level string

const (
	onContract level = "contract"
	onObject   level = "object"
	onProperty level = "property"
	onQuality  level = "quality"
	onServer   level = "server"
)

var levels = []level{onContract, onObject, onProperty, onQuality, onServer}

// place names a level in both languages.
var place = map[level]Sentence{
	onContract: {"đặc tả", "the contract"},
	onObject:   {"bảng (schema)", "a schema object"},
	onProperty: {"trường thông tin (properties)", "a property"},
	onQuality:  {"quy tắc chất lượng (quality)", "a quality rule"},
	onServer:   {"nguồn tệp (servers)", "a server"},
}

//go:embed phohien.schema.json
var customSchema []byte

// A custom is the definition of one phohien.* property.
type custom struct {
	schema *jsonschema.Schema
	what   Sentence // what its value must be
}

// customs are all definitions by level and name.
var customs = sync.OnceValue(func() map[level]map[string]custom {
	all, err := compileCustoms(customSchema)
	if err != nil {
		panic("contract: phohien.schema.json: " + err.Error()) // embedded: a test compiles it
	}
	return all
})

func compileCustoms(text []byte) (map[level]map[string]custom, error) {
	var words struct {
		Defs map[level]struct {
			Properties map[string]struct {
				En string `json:"description"`
				Vi string `json:"x-vi"`
			} `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &words); err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	const url = "phohien.schema.json"
	c := jsonschema.NewCompiler()
	if err := c.AddResource(url, doc); err != nil {
		return nil, err
	}
	all := map[level]map[string]custom{}
	for _, l := range levels {
		all[l] = map[string]custom{}
		for name, w := range words.Defs[l].Properties {
			s, err := c.Compile(fmt.Sprintf("%s#/$defs/%s/properties/%s", url, l, name))
			if err != nil {
				return nil, err
			}
			all[l][name] = custom{schema: s, what: Sentence{Vi: w.Vi, En: w.En}}
		}
	}
	return all, nil
}

// values are the phohien.* properties of one element that are as they should
// be, and where their values stand.
type values struct {
	at   map[string]string
	have map[string]any
}

// customs reads the phohien.* properties of one element, and reports those that
// are unknown or wrong. Properties without our prefix are other people's.
func (r *resolver) customs(l level, path string, list odcs.CustomProperties) values {
	v := values{at: map[string]string{}, have: map[string]any{}}
	for i, p := range list {
		at := fmt.Sprintf("%s/customProperties/%d", path, i)
		if !strings.HasPrefix(p.Property, prefix) {
			continue
		}
		def, ok := customs()[l][p.Property]
		if !ok {
			r.unknownCustom(l, at+"/property", p.Property)
			continue
		}
		if _, twice := v.have[p.Property]; twice {
			r.fail(CodeTwice, at, "%s ghi hai lần. Chỉ giữ lại một.", "%s stands twice. Keep one.", p.Property)
			continue
		}
		if err := def.schema.Validate(p.Value); err != nil {
			if p.Property == "phohien.catalogue" && r.catalogueWrong(at+"/value", p.Value) {
				continue
			}
			r.fail(CodeValue, at+"/value", "%s phải là %s.", "%s must be %s.",
				p.Property, bilingual{def.what.Vi, def.what.En})
			continue
		}
		v.have[p.Property], v.at[p.Property] = p.Value, at+"/value"
	}
	return v
}

// unknownCustom reports a name that is not known here, with the place where it
// belongs or the name that was probably meant.
func (r *resolver) unknownCustom(l level, path, name string) {
	for _, other := range levels {
		if _, ok := customs()[other][name]; ok {
			r.fail(CodeCustom, path, "%s không đặt ở đây: nó thuộc về %s.", "%s does not stand here: it belongs to %s.",
				name, bilingual{place[other].Vi, place[other].En})
			return
		}
	}
	if near := nearest(name, l); near != "" {
		r.fail(CodeCustom, path, "Không có thuộc tính %s. Có phải %s?", "There is no property %s. Is %s meant?", name, near)
		return
	}
	known := customNames(l)
	r.fail(CodeCustom, path, "Không có thuộc tính %s. Ở đây có: %s.", "There is no property %s. Known here: %s.", name, strings.Join(known, ", "))
}

func customNames(l level) []string {
	var names []string
	for name := range customs()[l] {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// nearest finds the known name that differs least from name, this level's
// before others; "" when none is near.
func nearest(name string, here level) string {
	best, least := "", 1+len([]rune(name))/3
	for _, l := range append([]level{here}, levels...) {
		for _, known := range customNames(l) {
			if d := spelling.Distance(strings.ToLower(name), strings.ToLower(known)); d < least {
				best, least = known, d
			}
		}
	}
	return best
}

func (v values) text(name string) string {
	s, _ := v.have[name].(string)
	return s
}

func (v values) flag(name string) bool {
	b, _ := v.have[name].(bool)
	return b
}

func (v values) group(name string) map[string]any {
	m, _ := v.have[name].(map[string]any)
	return m
}

func (v values) list(name string) []string {
	items, _ := v.have[name].([]any)
	var out []string
	for _, it := range items {
		if s, ok := it.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// number reads a number that the schema has let through.
func number(v any) (float64, bool) { return odcs.Options{"": v}.Number("") }
