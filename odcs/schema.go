package odcs

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Latest is the newest version of the standard this package knows.
const Latest = "v3.1.0"

//go:embed schema/*.json
var schemaFiles embed.FS

// A schema is the official JSON Schema of one version of the standard.
type schema struct {
	version string // "v3.1.0"
	compile func() (*compiled, error)
}

type compiled struct {
	validator *jsonschema.Schema
	raw       any // the schema itself, for looking up what would be allowed
	url       string
}

// schemas holds one schema for every file of the folder, oldest first. Each is
// compiled when it is first needed.
var schemas = sync.OnceValue(func() []schema {
	names, err := fs.Glob(schemaFiles, "schema/*.json")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var list []schema
	for _, name := range names {
		version := strings.TrimSuffix(strings.TrimPrefix(name, "schema/"), ".json")
		list = append(list, schema{version, sync.OnceValues(func() (*compiled, error) { return compile(name) })})
	}
	slices.SortFunc(list, func(a, b schema) int { return compareVersions(a.version, b.version) })
	return list
})

func compile(name string) (*compiled, error) {
	text, err := schemaFiles.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("odcs: schema: %w", err)
	}
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("odcs: schema %s: %w", name, err)
	}
	url := "odcs:///" + name
	c := jsonschema.NewCompiler()
	if err := c.AddResource(url, raw); err != nil {
		return nil, fmt.Errorf("odcs: schema %s: %w", name, err)
	}
	validator, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("odcs: schema %s: %w", name, err)
	}
	return &compiled{validator, raw, url}, nil
}

// Versions lists the versions of the standard whose schema is built in, oldest
// first.
func Versions() []string {
	var list []string
	for _, s := range schemas() {
		list = append(list, s.version)
	}
	return list
}

var versionForm = regexp.MustCompile(`^v?([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})$`)

func compareVersions(a, b string) int { return slices.Compare(numbers(a), numbers(b)) }

func numbers(version string) []int {
	m := versionForm.FindStringSubmatch(version)
	if m == nil {
		return nil
	}
	list := make([]int, 3)
	for i := range list {
		list[i], _ = strconv.Atoi(m[i+1]) // the pattern admits digits only
	}
	return list
}

// schemaFor picks the schema that judges a document of this version. known is
// false when it is only the nearest one. A patch is judged by the newest patch
// of its minor version: 3.0.0 and 3.0.1 by 3.0.2.
func schemaFor(version string) (s schema, known bool) {
	all := schemas()
	want := numbers(version)
	if want == nil {
		return all[len(all)-1], false
	}
	nearest := all[0]
	for _, s := range all {
		have := numbers(s.version)
		if have[0] == want[0] && have[1] == want[1] && have[2] >= want[2] {
			return s, true
		}
		if slices.Compare(have, want) <= 0 {
			nearest = s
		}
	}
	return nearest, false
}
