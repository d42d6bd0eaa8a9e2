package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/uuid"
	"github.com/mattn/go-sqlite3"
	"golang.org/x/mod/modfile"
)

// billOf is the bill of materials: the program, the modules that it says it was
// linked from, the engines in C and C++ within them, and the packages of the
// pages. Its serial number follows from the program: the same program has the
// same bill.
func billOf(version, binary string, at time.Time) ([]byte, error) {
	content, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(content)
	modules, goVersion, err := modulesOf(binary)
	if err != nil {
		return nil, err
	}
	parts, err := components(modules, goVersion)
	if err != nil {
		return nil, err
	}
	ours, err := ourName()
	if err != nil {
		return nil, err
	}
	b := cdx.NewBOM()
	b.SerialNumber = uuid.NewSHA1(uuid.NameSpaceURL, digest[:]).URN()
	root := cdx.Component{
		BOMRef: "phohien", Type: cdx.ComponentTypeApplication, Name: "phohien", Version: version, PackageURL: "pkg:golang/" + ours + "@" + url.PathEscape(version),
		Licenses: spdx("Apache-2.0"), Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(digest[:])}},
	}
	b.Metadata = &cdx.Metadata{Timestamp: at.UTC().Format(time.RFC3339), Component: &root}
	b.Components = &parts
	refs := make([]string, len(parts))
	for i, p := range parts {
		refs[i] = p.BOMRef
	}
	b.Dependencies = &[]cdx.Dependency{{Ref: root.BOMRef, Dependencies: &refs}}
	var out bytes.Buffer
	if err := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).Encode(b); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func components(modules []module, goVersion string) ([]cdx.Component, error) {
	list := []cdx.Component{{
		BOMRef: "pkg:golang/std@" + strings.TrimPrefix(goVersion, "go"), Type: cdx.ComponentTypeLibrary, Name: "std", Version: goVersion,
		PackageURL: "pkg:golang/std@" + strings.TrimPrefix(goVersion, "go"), Licenses: spdx("BSD-3-Clause"),
	}}
	for _, m := range modules {
		purl := "pkg:golang/" + m.path + "@" + url.PathEscape(m.version)
		c := cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: m.path, Version: m.version, PackageURL: purl, Licenses: spdx(m.licence)}
		if sum, ok := strings.CutPrefix(m.sum, "h1:"); ok { // SHA-256 of the list of the module's files
			c.Properties = &[]cdx.Property{{Name: "go:h1", Value: sum}}
		}
		list = append(list, c)
	}
	engines, err := engines(modules)
	if err != nil {
		return nil, err
	}
	list = append(list, engines...)
	packages, err := npmPackages("web/package-lock.json")
	if err != nil {
		return nil, err
	}
	for _, p := range packages {
		purl := "pkg:npm/" + strings.Replace(p.name, "@", "%40", 1) + "@" + url.PathEscape(p.version)
		c := cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: p.name, Version: p.version, PackageURL: purl, Licenses: spdx(p.licence)}
		if sum, ok := strings.CutPrefix(p.integrity, "sha512-"); ok {
			raw, err := base64.StdEncoding.DecodeString(sum)
			if err != nil {
				return nil, fmt.Errorf("digest of %s: %w", p.name, err)
			}
			c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA512, Value: hex.EncodeToString(raw)}}
		}
		list = append(list, c)
	}
	return list, nil
}

// engines are works in C and C++ that come inside of Go modules: lists of
// vulnerabilities know them by their own names.
func engines(modules []module) ([]cdx.Component, error) {
	lite, _, _ := sqlite3.Version()
	list := []cdx.Component{engine("sqlite", lite, "blessing")}
	for _, m := range modules {
		if m.path != "github.com/duckdb/duckdb-go-bindings" {
			continue
		}
		v, err := duckVersion(m.version)
		if err != nil {
			return nil, err
		}
		list = append(list, engine("duckdb", v, "MIT"))
	}
	said, err := exec.Command(compiler(), "-dumpfullversion").Output()
	if err != nil {
		return nil, fmt.Errorf("version of the compiler: %w", err)
	}
	gcc := engine("libstdc++", strings.TrimSpace(string(said)), "")
	gcc.Licenses = &cdx.Licenses{{Expression: "GPL-3.0-or-later WITH GCC-exception-3.1"}}
	return append(list, gcc), nil
}

func engine(name, version, licence string) cdx.Component {
	purl := "pkg:generic/" + url.PathEscape(name) + "@" + version
	return cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: name, Version: version, PackageURL: purl, Licenses: spdx(licence)}
}

// duckVersion reads the engine's version out of its bindings': v0.10505.0 is 1.5.5.
func duckVersion(bindings string) (string, error) {
	parts := strings.Split(bindings, ".")
	if len(parts) != 3 {
		return "", fmt.Errorf("version %s of DuckDB's bindings", bindings)
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil || n < 10000 {
		return "", fmt.Errorf("version %s of DuckDB's bindings", bindings)
	}
	return fmt.Sprintf("%d.%d.%d", n/10000, n/100%100, n%100), nil
}

func ourName() (string, error) {
	content, err := os.ReadFile("go.mod")
	if err != nil {
		return "", err
	}
	return modfile.ModulePath(content), nil
}

// spdx is a licence by its id, nothing without one.
func spdx(id string) *cdx.Licenses {
	if id == "" {
		return nil
	}
	if strings.Contains(id, " ") {
		return &cdx.Licenses{{Expression: id}}
	}
	return &cdx.Licenses{{License: &cdx.License{ID: id}}}
}
