package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A work is one third-party work whose code or type goes out with our pages.
type work struct {
	name string
	dir  string // its package, below node_modules
	file string // its licence text: in its package, or in web/licences when it ships none
}

// works are the packages that end up in the bundles. tslib is in zrender and
// ECharts, d3 in ECharts.
var works = []work{
	{"Tabler", "@tabler/core", "licences/tabler.txt"},
	{"htmx", "htmx.org", "LICENSE"},
	{"Be Vietnam Pro", "@fontsource/be-vietnam-pro", "LICENSE"},
	{"Apache ECharts", "echarts", "LICENSE"},
	{"d3, as contained in Apache ECharts", "echarts", "licenses/LICENSE-d3"},
	{"ZRender", "zrender", "LICENSE"},
	{"tslib", "tslib", "LICENSE.txt"},
}

// writeLicences writes the licence of each work, whole, into one file that the
// server hands out.
func writeLicences(web, dir string) error {
	var out strings.Builder
	out.WriteString("Third-party works in the pages of Phố Hiến, with their licences.\n")
	for _, w := range works {
		folder := filepath.Join(web, "node_modules", filepath.FromSlash(w.dir))
		version, err := versionOf(folder)
		if err != nil {
			return err
		}
		path := filepath.Join(folder, filepath.FromSlash(w.file))
		if strings.HasPrefix(w.file, "licences/") {
			path = filepath.Join(web, filepath.FromSlash(w.file))
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("licence of %s: %w", w.name, err)
		}
		rule := strings.Repeat("=", 72)
		fmt.Fprintf(&out, "\n%s\n%s %s\n%s\n\n%s\n", rule, w.name, version, rule, strings.TrimSpace(string(text)))
	}
	return os.WriteFile(filepath.Join(dir, "licences.txt"), []byte(out.String()), 0o644)
}

func versionOf(folder string) (string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "package.json"))
	if err != nil {
		return "", err
	}
	var p struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return "", fmt.Errorf("%s: %w", folder, err)
	}
	return p.Version, nil
}
