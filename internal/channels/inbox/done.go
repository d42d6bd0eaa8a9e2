package inbox

import (
	"path/filepath"
	"slices"
	"strings"
)

// Done reports whether a path below the inbox is that of a file which was dealt
// with: taken in, refused, or waiting for a person as a batch.
func Done(path string) bool {
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(path), "/"), func(part string) bool {
		return part == taken || part == held || part == refused
	})
}
