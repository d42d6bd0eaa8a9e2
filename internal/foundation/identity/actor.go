// Package identity says who acts.
package identity

// An Actor is who does something: a person, a program or the platform itself.
type Actor struct {
	Kind string `json:"kind"`          // "person", "program", "company" or "system"
	ID   string `json:"id"`            // stable within its kind, e.g. the system user's name at the command line
	Name string `json:"name"`          // for people to read
	Org  string `json:"org,omitempty"` // organisation that it acts for, "" for none
}

// System is the platform acting by itself: re-judging, settling, scoring.
var System = Actor{Kind: "system", ID: "phohien", Name: "Phố Hiến"}
