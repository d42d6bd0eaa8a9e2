// Package admin is the pages of those who look after people, programs and
// rules: accounts and posts, organisations, service accounts, policies with
// their test bench, the audit log, who used whose data, and exports that others
// approve.
package admin

import (
	"context"
	"slices"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/classdesk"
	"github.com/phohien/phohien/internal/channels/erasing"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/keydesk"
	"github.com/phohien/phohien/internal/channels/logdesk"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/channels/reviewdesk"
	"github.com/phohien/phohien/internal/channels/ruledesk"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/channels/usagedesk"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Deps is what the pages stand on.
type Deps struct {
	*site.Site
	Accounts  *accountdesk.Desk
	Clients   *keydesk.Desk
	Orgs      *org.Store
	Policies  *policy.Policies
	Audit     *logdesk.Desk
	Usage     *usagedesk.Desk
	Contracts *contract.Store
	Limits    *guard.Limits
	Records   *record.Truth                   // what detectors of personal data look at; nil: headings only
	SMS       bool                            // codes can be sent to telephones
	Reviews   *reviewdesk.Desk                // nil: no pages of them
	Exports   exports                         // requests for exports; nil: no pages of them
	Installed func(ctx context.Context) error // told that a contract has changed; may be nil
	Erasing   *erasing.Desk                   // holds and erasures; nil: no pages about them
	Packs     *PackDesk                       // nil: no pages about packs
	System    *SystemDesk                     // nil: no page about the state of the platform
}

type pages struct {
	Deps
	orgDesk   *orgdesk.Desk
	ruleDesk  *ruledesk.Desk
	classDesk *classdesk.Desk
}

// New adds the pages to the site.
func New(d Deps) {
	s := &pages{d, d.Accounts.Posts, &ruledesk.Desk{Policies: d.Policies, Door: d.Door, Contracts: d.Contracts, Orgs: d.Orgs, Accounts: d.Accounts.Service},
		&classdesk.Desk{Door: d.Door, Contracts: d.Contracts, Records: d.Records, Changed: d.Installed}}
	s.peopleRoutes()
	s.rulesRoutes()
	if d.Erasing != nil {
		s.holdRoutes()
		s.erasureRoutes()
	}
	s.exportRoutes()
	if d.Packs != nil {
		s.packRoutes()
	}
	if d.System != nil {
		s.systemRoutes()
	}
	s.Offer(ui.Entry{Place: "admin", Address: "/admin", Text: "site.admin", Group: ui.MenuAdmin}, s.looksAfter)
}

// looksAfter reports whether the caller may open any page of the index.
func (s *pages) looksAfter(ctx context.Context) bool {
	return s.erases(ctx) || slices.ContainsFunc(s.entries(locale.From(ctx)), func(e entry) bool {
		return s.Door.Can(ctx, e.need.Action, policy.What{Kind: e.need.Kind})
	})
}

// erases reports whether the caller has to do with erasures, in the data sets of
// their own agency at least.
func (s *pages) erases(ctx context.Context) bool {
	return s.Erasing != nil && s.Erasing.Serves(ctx)
}
