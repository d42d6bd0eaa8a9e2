// Package actor names who acts: the signature under everything that is done. It
// stands by itself, so that whoever keeps signatures need not know accounts.
package actor

// An Actor is who does something: a person, a program or the platform itself.
type Actor struct {
	Kind string `json:"kind"`          // "person", "program", "company", "emergency", "system" or "simulated"
	ID   string `json:"id"`            // stable within its kind, e.g. the id of an account
	Name string `json:"name"`          // for people to read
	Org  string `json:"org,omitempty"` // organisation that it acts for, "" for none
}

// Simulated is the kind of those who send a demo's generated days. They do not
// exist.
const Simulated = "simulated"

// System is the platform acting by itself: re-judging, settling, scoring.
var System = Actor{Kind: "system", ID: "phohien", Name: "Phố Hiến"}
