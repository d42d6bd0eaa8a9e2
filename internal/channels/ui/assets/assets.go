// Package assets holds the files that pages load – style, scripts, type – and
// hands them out. They are made by web/build ("make assets") before Go builds:
// each name carries the digest of its content, so a browser may keep a file for
// ever and a new version is a new name. No page asks another host for anything.
//
// A page works under this policy, and the server sends it:
//
//	default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'
package assets

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/guard"
)

// Policy is the Content-Security-Policy that our pages keep to. data: pictures
// are the small marks of the style sheet itself.
const Policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// Prefix is the path under which a Set is served.
const Prefix = "/assets/"

//go:embed dist
var dist embed.FS

// A Set is the files of one build. Its fields are paths that pages name.
type Set struct {
	Style    string   // style sheet of all pages
	Theme    string   // classic script for <head>: light or dark before the first paint
	Script   string   // module of all pages: <script type="module">
	Chart    string   // module of the page with a chart alone
	Icon     string   // SVG
	Fonts    []string // woff2 that nearly every page needs: worth a preload
	Licences string   // licences of the third-party works

	files fs.FS
	known map[string]bool // names that may be asked for
}

// Load reads the set that was built into the program.
func Load() (*Set, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	return load(files)
}

func load(files fs.FS) (*Set, error) {
	content, err := fs.ReadFile(files, "manifest.json")
	if err != nil {
		return nil, fmt.Errorf("pages' files are not built, run make assets: %w", err)
	}
	var names map[string]string
	if err := json.Unmarshal(content, &names); err != nil {
		return nil, fmt.Errorf("manifest of pages' files: %w", err)
	}
	s := &Set{files: files, known: map[string]bool{}, Licences: Prefix + "licences.txt"}
	fonts := make([]string, 2)
	for _, want := range []struct {
		source string
		path   *string
	}{
		{"app.css", &s.Style},
		{"theme.js", &s.Theme},
		{"app.js", &s.Script},
		{"chart.js", &s.Chart},
		{"icon.svg", &s.Icon},
		{"be-vietnam-pro-latin-400-normal.woff2", &fonts[0]},
		{"be-vietnam-pro-vietnamese-400-normal.woff2", &fonts[1]},
	} {
		name, ok := names[want.source]
		if !ok {
			return nil, fmt.Errorf("manifest of pages' files has no %s", want.source)
		}
		*want.path = Prefix + name
	}
	s.Fonts = fonts
	return s, s.list()
}

// list notes which files there are; the manifest is for this package alone.
func (s *Set) list() error {
	found, err := fs.ReadDir(s.files, ".")
	if err != nil {
		return err
	}
	for _, f := range found {
		if name := f.Name(); name != "manifest.json" && !f.IsDir() {
			s.known[name] = true
		}
	}
	return nil
}

var mediaTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".txt":   "text/plain; charset=utf-8",
	".woff2": "font/woff2",
}

// ServeHTTP answers GET and HEAD of Prefix + name, compressed for who asks.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, Prefix)
	mediaType, served := mediaTypes[path.Ext(name)]
	if !served || !s.known[name] {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	header := w.Header()
	file := name
	if s.known[name+".gz"] {
		header.Set("Vary", "Accept-Encoding")
		if guard.TakesGzip(r) {
			header.Set("Content-Encoding", "gzip")
			file += ".gz"
		}
	}
	content, err := fs.ReadFile(s.files, file)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	header.Set("Content-Type", mediaType)
	header.Set("Content-Length", strconv.Itoa(len(content)))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", keep(name))
	if r.Method == http.MethodGet {
		// A reader who has gone away is no fault of ours.
		_, _ = w.Write(content)
	}
}

// keep says how long a browser may hold a file: for ever when its name changes
// with its content.
func keep(name string) string {
	if name == "licences.txt" {
		return "no-cache"
	}
	return "public, max-age=31536000, immutable"
}
