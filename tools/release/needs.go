package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// needs is what a program asks of the machine that it starts on.
type needs struct {
	libraries []string
	glibc     string // the newest version of a function that it calls
}

func (n needs) list() string { return strings.Join(n.libraries, ", ") }

// system are the libraries that every Linux with glibc has.
var system = []string{"libgcc_s.so.1", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libresolv.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}

// needsOf reads out of a program what it needs, and refuses one that needs what
// a bare server does not have.
func needsOf(path string) (n needs, err error) {
	f, err := elf.Open(path)
	if err != nil {
		return n, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if n.libraries, err = f.ImportedLibraries(); err != nil {
		return n, err
	}
	slices.Sort(n.libraries)
	for _, l := range n.libraries {
		if !slices.Contains(system, l) {
			return n, fmt.Errorf("the program needs %s, which a bare server may not have", l)
		}
	}
	symbols, err := f.ImportedSymbols()
	if err != nil {
		return n, err
	}
	for _, s := range symbols {
		v, ok := strings.CutPrefix(s.Version, "GLIBC_")
		if ok && semver.Compare("v"+v, "v"+n.glibc) > 0 {
			n.glibc = v
		}
	}
	return n, nil
}
