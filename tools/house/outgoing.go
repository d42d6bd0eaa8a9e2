package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// outgoingExceptions may open connections by themselves, and why.
var outgoingExceptions = map[string]string{
	"internal/foundation/dial/dial.go": "is the way out that all others take",
	"cmd/phohien/client.go":            "asks the server of the same machine, at the address that stands in the lock file of the data folder",
	"cmd/phohien/inside.go":            "asks a handler of the same process, over no connection",
}

// reaching are functions, variables and types that reach other machines past
// package dial, by the package they are of. Looking up a name does, too.
var reaching = map[string]map[string]bool{
	"net": words("Dial DialTimeout DialTCP DialUDP DialIP DialUnix Dialer Resolver DefaultResolver " +
		"LookupHost LookupIP LookupAddr LookupCNAME LookupMX LookupNS LookupSRV LookupTXT ResolveTCPAddr ResolveUDPAddr ResolveIPAddr"),
	"net/http":          words("DefaultClient DefaultTransport Get Head Post PostForm Client Transport"),
	"net/http/httputil": words("NewSingleHostReverseProxy"),
	"net/smtp":          words("Dial SendMail"),
	"net/rpc":           words("Dial DialHTTP DialHTTPPath"),
	"crypto/tls":        words("Dial DialWithDialer Dialer"),
	"log/syslog":        words("Dial"),
}

// needing are types that reach other machines by a way of their own unless a
// field names another.
var needing = map[string]map[string]string{
	"net/http/httputil":                 {"ReverseProxy": "Transport"},
	"golang.org/x/crypto/acme":          {"Client": "HTTPClient"},
	"golang.org/x/crypto/acme/autocert": {"Manager": "Client"},
}

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// Outgoing says where code of ours could ask another machine past package dial,
// which alone judges whom.
func Outgoing(f File) ([]string, error) {
	inside := strings.HasPrefix(f.Path, "internal/") || strings.HasPrefix(f.Path, "cmd/")
	if !inside || !f.isGo() || f.isTest() || inTestdata(f.Path) || outgoingExceptions[f.Path] != "" {
		return nil, nil
	}
	return reachesOut(f)
}

func reachesOut(f File) ([]string, error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, f.Path, f.Text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	names := importNames(parsed)
	var wrong []string
	complain := func(n ast.Node, what string) {
		wrong = append(wrong, fmt.Sprintf("%s: %s: other machines are asked by package dial alone", set.Position(n.Pos()), what))
	}
	pointed := map[*ast.SelectorExpr]bool{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.StarExpr: // *http.Client as a type: a value that somebody else made
			if of, ok := n.X.(*ast.SelectorExpr); ok {
				pointed[of] = true
			}
		case *ast.CompositeLit:
			of, name := qualified(n.Type, names)
			if field := needing[of][name]; field != "" && !hasField(n, field) {
				complain(n, fmt.Sprintf("a %s.%s without %s", of, name, field))
			}
		case *ast.SelectorExpr:
			if of, name := qualified(n, names); reaching[of][name] && !pointed[n] {
				complain(n, of+"."+name)
			}
		}
		return true
	})
	return wrong, nil
}

// importNames maps the names in a file to the packages that are watched.
func importNames(f *ast.File) map[string]string {
	names := map[string]string{}
	note := func(imported string) {
		if name := importName(f, imported); name != "" {
			names[name] = imported
		}
	}
	for imported := range reaching {
		note(imported)
	}
	for imported := range needing {
		note(imported)
	}
	return names
}

// qualified takes http.Client apart, "" when it is no name of a watched package.
func qualified(e ast.Expr, names map[string]string) (of, name string) {
	use, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	id, ok := use.X.(*ast.Ident)
	if !ok || names[id.Name] == "" {
		return "", ""
	}
	return names[id.Name], use.Sel.Name
}

func hasField(lit *ast.CompositeLit, field string) bool {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == field {
				return true
			}
		}
	}
	return false
}
