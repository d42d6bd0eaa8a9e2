// Package crashpoint names the moments at which the crash test kills the
// program. The calls do nothing unless the binary is built with the tag
// crashpoint; the test then chooses a point by environment variable.
package crashpoint

// A Point is a named moment in the walk of a batch (docs/corridor.md).
type Point string

// The points, in the order a batch passes them.
const (
	AfterStage    Point = "after-stage"
	MidRows       Point = "mid-rows"
	BeforeCommit  Point = "before-commit"
	AfterCommit   Point = "after-commit"
	AfterRelay    Point = "after-relay"
	MidMirror     Point = "mid-mirror"
	MidCheckpoint Point = "mid-checkpoint"
	// MidErasure is passed by erasures alone: the truth has forgotten, files and
	// copies have not.
	MidErasure Point = "mid-erasure"
)

// All lists the points of every batch, for the crash test.
var All = []Point{AfterStage, MidRows, BeforeCommit, AfterCommit, AfterRelay, MidMirror, MidCheckpoint}
