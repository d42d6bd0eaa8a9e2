// Command packdata makes the CSV files and the organisations of the packs from
// the public sources that NOTICE names, so that the derivation can be repeated
// and checked; the people of the pack du-lieu-gia-lap are made up. It is needed
// neither to build nor to run the platform.
//
//	go run ./tools/packdata -sources DIR -inventory DIR -out packs
//
// DIR of -sources holds the folders vn-admin-units, vn-admin-profile, vn-boundaries,
// vn-boundaries-hung-yen, vn-codelists, vn-holidays, vn-names, vn-weather-hourly,
// osm-hanoi-health and worldbank-wdi; DIR of -inventory holds organisations.yaml,
// systems.yaml, targets.yaml, tasks.yaml and duties.yaml. What the sources say and
// the rules by which they were joined is reported on standard error.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	sources := flag.String("sources", "", "folder with the public sources")
	inventory := flag.String("inventory", "", "folder with organisations.yaml, systems.yaml, targets.yaml, tasks.yaml and duties.yaml")
	out := flag.String("out", "packs", "folder of the packs")
	flag.Parse()
	if *sources == "" || *inventory == "" {
		flag.Usage()
		os.Exit(1)
	}
	if err := derive(*sources, *inventory, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// derive writes every file of the packs that comes from a source.
func derive(sources, inventory, out string) error {
	u, err := readUnits(filepath.Join(sources, "vn-admin-units"))
	if err != nil {
		return err
	}
	p, err := readProfiles(filepath.Join(sources, "vn-admin-profile"), u)
	if err != nil {
		return err
	}
	vn, hy := filepath.Join(out, "viet-nam"), filepath.Join(out, "hung-yen")
	steps := []func() error{
		func() error { return writeUnits(vn, u, p) },
		func() error { return writeChanges(vn, u) },
		func() error { return writeFigures(vn, p) },
		func() error { return writeHolidays(vn, filepath.Join(sources, "vn-holidays")) },
		func() error { return writeEthnicGroups(vn, filepath.Join(sources, "vn-codelists")) },
		func() error { return writeHungYen(hy, filepath.Join(sources, "vn-boundaries-hung-yen"), u, p) },
		func() error { return writeBoundaries(vn, hy, sources, u) },
		func() error { return writeProvinceFigures(vn, filepath.Join(sources, "vn-boundaries"), u, p) },
		func() error { return writeCommunePlaces(vn, p) },
		func() error { return writeHealth(vn, filepath.Join(sources, "osm-hanoi-health")) },
		func() error { return writeIndicators(vn, filepath.Join(sources, "worldbank-wdi")) },
		func() error { return writeWeather(hy, filepath.Join(sources, "vn-weather-hourly")) },
		func() error { return writePlans(hy, inventory) },
		func() error { return writeOrganisations(hy, inventory) },
		func() error { return writeTasks(hy, inventory) },
		func() error { return writeTrees(out, inventory, u) },
		func() error {
			return writePeople(filepath.Join(out, "du-lieu-gia-lap"), filepath.Join(sources, "vn-names"), u)
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// note tells the person who runs the tool what was joined by which rule.
func note(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
