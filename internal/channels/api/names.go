package api

import (
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemaPrefix is where the document keeps its schemas.
const schemaPrefix = "#/components/schemas/"

// prefixed are rooms whose types are called like those of others: a Column of a
// draft is no Column of a layout.
var prefixed = map[string]string{"registry": "Registry", "draft": "Draft", "layout": "Layout", "recipe": "Recipe", "xmlrows": "XML"}

// schemaName names a type in the document.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if prefix := prefixed[path.Base(t.PkgPath())]; prefix != "" && t.Name() != "" && !strings.HasPrefix(name, prefix) {
		name = prefix + name
	}
	return name
}
