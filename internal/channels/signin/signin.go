// Package signin is the pages by which people come in and look after their own
// account: signing in with its second factors, activation slips, the first
// administrator, and what each may see and end of their own.
package signin

import (
	"github.com/phohien/phohien/internal/channels/api/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Deps is what the pages stand on.
type Deps struct {
	*site.Site
	Accounts *identity.Service
	Clients  *clients.Registry
	Policies *policy.Policies
	Limits   *guard.Limits
}

type pages struct{ Deps }

// New adds the pages to the site.
func New(d Deps) {
	s := &pages{d}
	_ = s
}
