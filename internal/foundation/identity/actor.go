// Package identity says who acts. Until accounts exist it holds only the value
// that every signature carries, so that no door can forget to ask.
package identity

// An Actor is who does something: a person, a program or the platform itself.
type Actor struct {
	Kind string `json:"kind"` // "person", "program" or "system"
	ID   string `json:"id"`   // stable within its kind, e.g. the system user's name at the command line
	Name string `json:"name"` // for people to read
}

// System is the platform acting by itself: re-judging, settling, scoring.
var System = Actor{Kind: "system", ID: "phohien", Name: "Phố Hiến"}
