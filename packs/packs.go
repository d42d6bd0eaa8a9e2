// Package packs carries the packs that come with the program: declarative
// content only, read by package pack.
package packs

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
)

//go:embed all:viet-nam all:hung-yen all:ha-tinh all:quang-ngai all:du-lieu-gia-lap
var files embed.FS

// Names lists the packs.
func Names() []string {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		panic("packs: " + err.Error()) // embedded
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// Generated is the pack of what is made up; it plays the demo's days.
const Generated = "du-lieu-gia-lap"

// Demo lists the packs that the program shows itself with: one province, and
// generated data of persons who do not exist. The other provinces are there to be
// installed.
func Demo() []string { return []string{Generated, "hung-yen", "viet-nam"} }

// Standard is the pack whose policies hold where nobody has said otherwise: the
// country's.
const Standard = "viet-nam"

// Holding gives the folder of the pack that has a file.
func Holding(file string) (fs.FS, error) {
	for _, name := range Names() {
		if pack, ok := Open(name); ok {
			if _, err := fs.Stat(pack, file); err == nil {
				return pack, nil
			}
		}
	}
	return nil, fmt.Errorf("no pack holds %s", file)
}

// Open gives the folder of one pack; false when there is none of this name.
func Open(name string) (fs.FS, bool) {
	if !slices.Contains(Names(), name) {
		return nil, false
	}
	sub, err := fs.Sub(files, name)
	return sub, err == nil
}
