// Package identity knows the people who sign in: their accounts, passwords and
// second factors, sessions, lockout, activation slips, the emergency account.
// Programs of other systems are package clients'.
package identity

import "github.com/phohien/phohien/internal/foundation/actor"

// An Actor is who does something; see package actor.
type Actor = actor.Actor

// System is the platform acting by itself.
var System = actor.System
