package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// metafile is the part of esbuild's own report that we read.
type metafile struct {
	Outputs map[string]struct {
		EntryPoint string              `json:"entryPoint"`
		Inputs     map[string]struct{} `json:"inputs"`
	} `json:"outputs"`
}

// entries lists the files that pages may name: entry points, and the fonts
// they may ask for early.
func entries(web, dir, meta string) ([]entry, error) {
	var m metafile
	if err := json.Unmarshal([]byte(meta), &m); err != nil {
		return nil, fmt.Errorf("report of esbuild: %w", err)
	}
	var list []entry
	for path, output := range m.Outputs {
		// Paths in the report are relative to the folder of the sources.
		name, err := filepath.Rel(dir, filepath.Join(web, path))
		if err != nil {
			return nil, err
		}
		switch {
		case output.EntryPoint != "":
			list = append(list, entry{filepath.Base(output.EntryPoint), name})
		case strings.HasSuffix(name, ".woff2"), strings.HasSuffix(name, ".svg"):
			list = append(list, entry{digest.ReplaceAllString(name, "."), name})
		}
	}
	return list, nil
}

// digest is the part that esbuild puts between a name and its extension.
var digest = regexp.MustCompile(`-[A-Z0-9]{8}\.`)

// writeManifest writes which file stands for which source.
func writeManifest(dir string, list []entry) error {
	names := map[string]string{}
	for _, e := range list {
		source := strings.TrimSuffix(e.source, ".ts")
		if source != e.source {
			source += ".js" // pages name what they load, not what it was written in
		}
		names[source] = e.output
	}
	content, err := json.MarshalIndent(names, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "manifest.json"), append(content, '\n'), 0o644)
}
