package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// writeEthnicGroups writes the code list of ethnic groups. The source has
// blanks behind the names; a list of codes is a reference, so they go here.
func writeEthnicGroups(dir, source string) error {
	rows, err := read(filepath.Join(source, "ethnicity.csv"))
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(ethnicHead)
	for _, r := range rows {
		if _, err := strconv.Atoi(r["code"]); err != nil {
			return err
		}
		fmt.Fprintf(&b, "  - {code: %q, name: %q}\n", r["code"], strings.TrimSpace(r["name"]))
	}
	note("dan-toc.yaml: %d codes", len(rows))
	path := filepath.Join(dir, "code-lists", "dan-toc.yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

const ethnicHead = `kind: CodeList
id: dan-toc
name: Danh mục các dân tộc Việt Nam
version: 1.0.0
source: github.com/openhie/case-reporting-hiv-vn @ 6019ae4d2, 2022-03-16
licence: CC0-1.0
codes:
`
