package house

import (
	"fmt"
	"slices"
	"strings"
)

// floors, from the ground up. A package imports its own floor and those below.
var floors = []string{
	"internal/foundation",
	"internal/core",
	"internal/apps",
	"internal/channels",
	"internal/app",
	"cmd",
}

// rooms of core in the order of the design. A room imports only rooms earlier
// in the list, so a circle shows as soon as somebody wants it.
var rooms = []string{
	"units", "dictionary", "contract", "registry", "ingest", "recipe", "quality", "draft", "record", "mirror", "score", "workbook", "export", "issue",
	"corridor", "document", "catalog", "publish", "exchange", "uplink", "vault",
}

// Floors says what is wrong with the arrows between our packages.
func Floors(packages []Package) []string {
	var wrong []string
	for _, p := range packages {
		for _, imported := range p.ours() {
			if why := arrow(p.Path, imported); why != "" {
				wrong = append(wrong, fmt.Sprintf("package %s imports %s: %s", p.Path, imported, why))
			}
		}
		wrong = append(wrong, foreign(p)...)
	}
	return append(wrong, circles(packages)...)
}

// arrow says why from may not import to, "" when it may.
func arrow(from, to string) string {
	if isPublic(from) {
		if isPublic(to) && top(from) == top(to) {
			return ""
		}
		return "a public package imports nothing else of ours"
	}
	f, t := floorOf(from), floorOf(to)
	switch {
	case program(from) == program(to) && program(to) != "":
		return ""
	case strings.HasPrefix(to, "cmd/") || strings.HasPrefix(to, "tools/") || strings.HasPrefix(to, "web/"):
		return "nobody imports a program"
	case f < 0 && strings.HasPrefix(from, "internal/"):
		return from + " stands on no floor"
	case f < 0 || t < 0: // tools, benchmarks; public packages, packs
		return ""
	case t > f:
		return "the arrow runs up a floor"
	case floors[f] == "internal/core" && f == t:
		return betweenRooms(from, to)
	}
	return ""
}

func betweenRooms(from, to string) string {
	f, t := roomOf(from), roomOf(to)
	if f == t {
		return "" // within a room
	}
	at, below := slices.Index(rooms, f), slices.Index(rooms, t)
	switch {
	case at < 0:
		return "room " + f + " is not in the list of rooms"
	case below < 0:
		return "room " + t + " is not in the list of rooms"
	case below > at:
		return "room " + t + " comes after room " + f
	}
	return ""
}

// foreign says which modules and packages of others p may not use.
func foreign(p Package) []string {
	var wrong []string
	if _, has := p.Imports["github.com/a-h/templ"]; has && !strings.HasPrefix(p.Path, "internal/channels/") {
		wrong = append(wrong, fmt.Sprintf("package %s imports templ: pages are made in internal/channels alone", p.Path))
	}
	return wrong
}

// circles finds circles between the top folders of a floor: Go itself refuses
// them between packages, but not between a/x → b and b/y → a.
func circles(packages []Package) []string {
	arrows := map[string]map[string]bool{}
	for _, p := range packages {
		from := houseOf(p.Path)
		for _, imported := range p.ours() {
			if to := houseOf(imported); from != "" && to != "" && from != to {
				if arrows[from] == nil {
					arrows[from] = map[string]bool{}
				}
				arrows[from][to] = true
			}
		}
	}
	var wrong []string
	for from := range arrows {
		if reaches(arrows, from, from, map[string]bool{}) {
			wrong = append(wrong, from+" imports itself by way of its neighbours")
		}
	}
	slices.Sort(wrong)
	return wrong
}

func reaches(arrows map[string]map[string]bool, from, goal string, seen map[string]bool) bool {
	for to := range arrows[from] {
		if to == goal {
			return true
		}
		if !seen[to] {
			seen[to] = true
			if reaches(arrows, to, goal, seen) {
				return true
			}
		}
	}
	return false
}

func isPublic(p string) bool { return top(p) == "odcs" || top(p) == "viet" }

func top(p string) string {
	first, _, _ := strings.Cut(p, "/")
	return first
}

// program is the folder of the program that p is a part of, "" when of none.
func program(p string) string {
	parts := strings.Split(p, "/")
	if len(parts) < 2 || !slices.Contains([]string{"cmd", "tools", "web"}, parts[0]) {
		return ""
	}
	return strings.Join(parts[:2], "/")
}

func floorOf(p string) int {
	return slices.IndexFunc(floors, func(floor string) bool { return p == floor || strings.HasPrefix(p, floor+"/") })
}

func roomOf(p string) string {
	return top(strings.TrimPrefix(p, "internal/core/"))
}

// houseOf is the folder that a floor knows by name: internal/core/record.
func houseOf(p string) string {
	if parts := strings.Split(p, "/"); len(parts) >= 3 && parts[0] == "internal" {
		return strings.Join(parts[:3], "/")
	}
	return ""
}
