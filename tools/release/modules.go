package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A module is a work of others that is linked into the program.
type module struct {
	path, version, sum string
	licence            string // SPDX, "" when our eyes do not know the text
	texts              []text
}

type text struct {
	name    string
	content []byte
}

// modulesOf lists what the program says that it was linked from, with the
// licences as they lie beside the sources.
func modulesOf(binary string) ([]module, string, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, "", err
	}
	folders, err := moduleFolders()
	if err != nil {
		return nil, "", err
	}
	var list []module
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		m := module{path: d.Path, version: d.Version, sum: d.Sum}
		if m.texts, err = licenceTexts(folders[d.Path]); err != nil {
			return nil, "", fmt.Errorf("licence of %s: %w", d.Path, err)
		}
		m.licence = known(m.texts)
		list = append(list, m)
	}
	return list, info.GoVersion, nil
}

// moduleFolders says where the sources of each module lie.
func moduleFolders() (map[string]string, error) {
	said, err := exec.Command("go", "list", "-m", "-json", "all").Output()
	if err != nil {
		return nil, fmt.Errorf("folders of modules: %w", err)
	}
	folders := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(said)); ; {
		var m struct{ Path, Dir string }
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			return folders, nil
		} else if err != nil {
			return nil, err
		}
		folders[m.Path] = m.Dir
	}
}

var licenceName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|unlicense)([.-].*)?$`)

// licenceTexts reads what stands in the root of a module's sources. Every module
// must have something: a work without a licence may not be handed on.
func licenceTexts(dir string) (list []text, err error) {
	if dir == "" {
		return nil, errors.New("its sources are not here")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() || !licenceName.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		list = append(list, text{e.Name(), content})
	}
	if len(list) == 0 {
		return nil, errors.New("none")
	}
	return list, nil
}

// marks are words that stand in one licence and in no other, the more telling
// first.
var marks = []struct{ id, words string }{
	{"Apache-2.0", "apache license version 2.0"},
	{"MPL-2.0", "mozilla public license version 2.0"},
	{"MPL-2.0", "mozilla public license, version 2.0"},
	{"BSD-3-Clause", "neither the name"},
	{"BSD-3-Clause", "names of its contributors may be used to endorse"},
	{"BSD-2-Clause", "redistributions in binary form must reproduce"},
	{"ISC", "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"},
	{"MIT", "permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"Unlicense", "this is free and unencumbered software released into the public domain"},
}

// known gives the SPDX id of a licence by its words.
func known(texts []text) string {
	for _, t := range texts {
		plain := strings.ToLower(strings.Join(strings.Fields(string(t.content)), " "))
		for _, m := range marks {
			if strings.Contains(plain, m.words) {
				return m.id
			}
		}
	}
	return ""
}

// addLicences adds the licence of everything that goes out with the program: Go
// itself, each module, and what the pages load.
func addLicences(a *archive, binary string) error {
	modules, _, err := modulesOf(binary)
	if err != nil {
		return err
	}
	for _, m := range modules {
		for _, t := range m.texts {
			if err := a.add(path.Join("giay-phep", m.path, t.name), t.content); err != nil {
				return err
			}
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	if err := a.addFile("giay-phep/go/LICENSE", filepath.Join(strings.TrimSpace(string(root)), "LICENSE"), 0o644); err != nil {
		return err
	}
	if err := a.add("giay-phep/libstdc++.txt", []byte(libstdcxx)); err != nil {
		return err
	}
	return a.addFile("giay-phep/trang-web.txt", "internal/channels/ui/assets/dist/licences.txt", 0o644)
}

const libstdcxx = `libstdc++, a part of GCC, is linked into the program.
Licence: GPL-3.0-or-later WITH GCC-exception-3.1 (GCC Runtime Library Exception 3.1):
a program made by an eligible compilation may be handed on under terms of its
own choice. Sources: https://gcc.gnu.org
`

// An npm package of which the pages may hold a part.
type npm struct{ name, version, licence, integrity string }

// npmPackages lists what the lock file installs for the pages; tools for
// building and testing are not in them.
func npmPackages(lock string) ([]npm, error) {
	content, err := os.ReadFile(lock)
	if err != nil {
		return nil, err
	}
	var l struct {
		Packages map[string]struct {
			Version, License, Integrity string
			Dev, Optional, Peer         bool
		}
	}
	if err := json.Unmarshal(content, &l); err != nil {
		return nil, fmt.Errorf("%s: %w", lock, err)
	}
	var list []npm
	for at, p := range l.Packages {
		i := strings.LastIndex(at, "node_modules/")
		if i < 0 || p.Dev || p.Optional || p.Peer {
			continue
		}
		list = append(list, npm{at[i+len("node_modules/"):], p.Version, p.License, p.Integrity})
	}
	slices.SortFunc(list, func(x, y npm) int { return strings.Compare(x.name+x.version, y.name+y.version) })
	return list, nil
}
