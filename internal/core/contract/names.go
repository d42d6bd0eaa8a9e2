package contract

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/phohien/phohien/viet"
)

// longestName is the most bytes of a name in the stores. PostgreSQL cuts names
// at 63 bytes and says nothing; the suffixes of a geometry, a file and a
// history table must fit behind ours.
const longestName = 48

// storeName is the form of a name in the stores: words of a-z and 0-9 joined by
// one "_". Since it never holds "__", the fields "x__minx" of a geometry and
// "x__name" of a file cannot meet a column.
var storeName = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// reserved names are taken by an engine whatever the quotes: PostgreSQL has
// these columns in every table.
var reserved = map[string]bool{"tableoid": true, "xmin": true, "cmin": true, "xmax": true, "cmax": true, "ctid": true}

// A wish is what one table or column would like to be called.
type wish struct{ name, physical string }

// storeNames gives each wish a name of its own. A physical name that is fit for
// the stores is taken as it is and before any folded name, so that a contract
// can pin its names; the others are folded, and numbered where they meet. The
// extra names a store makes from one (suffixes) are kept free too.
func storeNames(wishes []wish, suffixes ...string) []string {
	names := make([]string, len(wishes))
	taken := map[string]bool{}
	free := func(name string) bool {
		for _, s := range append([]string{""}, suffixes...) {
			if taken[name+s] || reserved[name] || strings.HasPrefix(name, "sqlite_") {
				return false
			}
		}
		return true
	}
	take := func(i int, name string) {
		names[i] = name
		for _, s := range append([]string{""}, suffixes...) {
			taken[name+s] = true
		}
	}
	for i, w := range wishes {
		if p := w.physical; len(p) <= longestName && storeName.MatchString(p) && free(p) {
			take(i, p)
		}
	}
	for i, w := range wishes {
		if names[i] != "" {
			continue
		}
		base := viet.Identifier(w.name)
		if strings.HasPrefix(base, "sqlite_") {
			base = shorten("c_"+base, longestName)
		}
		name := base
		for n := 2; !free(name); n++ {
			suffix := "_" + strconv.Itoa(n)
			name = shorten(base, longestName-len(suffix)) + suffix
		}
		take(i, name)
	}
	return names
}

// shorten cuts a folded name, and the "_" that the cut may leave at its end.
func shorten(name string, most int) string {
	if len(name) > most {
		name = name[:most]
	}
	return strings.TrimRight(name, "_")
}
