// Package lexicon is the pages of the shared data dictionary and of the code lists:
// to look for a term and see what a value of it must be, to propose one and let it
// go its way to publication, to bring terms in from a file, and to map the fields
// of a data set to them. They work without a script.
package lexicon

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/comments"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// Deps is what the pages stand on. Now has a default.
type Deps struct {
	*site.Site
	Desk      *termdesk.Desk
	Contracts contracts
	CodeLists codeLists
	Records   counter                         // nil: rows are not counted
	Orgs      orgs                            // nil: agencies are shown by their ids
	Limits    *guard.Limits                   // nil: nothing is limited
	Changed   func(ctx context.Context) error // told that a contract has changed; may be nil
	Comments  *comments.Desk                  // nil: nobody comments
	// Who names an account; nil: by its id.
	Who func(ctx context.Context, id string) string
	Now func() time.Time
}

// contracts is what this package needs of contract.Store.
type contracts interface {
	Current(ctx context.Context, id string) (*contract.Contract, error)
	Versions(ctx context.Context, id string) ([]contract.Version, error)
	Document(ctx context.Context, id, digest string) ([]byte, error)
	Propose(ctx context.Context, now *contract.Contract, text []byte) (contract.Proposal, error)
	Redescribed(ctx context.Context, now *contract.Contract, fields map[string]string) ([]byte, error)
	Change(ctx context.Context, by actor.Actor, now *contract.Contract, match, note string, text []byte) (*contract.Contract, contract.Proposal, error)
}

// codeLists is what this package needs of dictionary.Store.
type codeLists interface {
	Current(ctx context.Context, id string) (*dictionary.CodeList, error)
	List(ctx context.Context, after string, limit int) ([]*dictionary.CodeList, error)
	Versions(ctx context.Context, id string) ([]dictionary.Version, error)
	Version(ctx context.Context, id, digest string) (*dictionary.CodeList, error)
	Change(ctx context.Context, by actor.Actor, match string, l *dictionary.CodeList) error
}

// counter is what this package needs of record.Truth.
type counter interface {
	Count(ctx context.Context, obj *contract.Object) (int64, error)
}

// orgs is what this package needs of org.Store.
type orgs interface {
	Snapshot(ctx context.Context) (*org.Snapshot, error)
}

type pages struct {
	Deps
	listDesk *termdesk.Lists
}

// New adds the pages to the site.
func New(d Deps) {
	if d.Now == nil {
		d.Now = time.Now
	}
	p := &pages{d, &termdesk.Lists{Door: d.Door, Store: d.CodeLists, Changed: d.Changed, Who: d.Who}}
	see := door.Of(policy.Describe, policy.KindCodeList).ForAll()
	draft := door.Each(policy.Draft, policy.KindCodeList) // the desk asks: of whose term it is
	p.Handle("GET /dictionary", see, p.index)
	p.Handle("GET /dictionary/coverage", door.Each(policy.Describe, policy.KindDataset).ForAll(), p.coverage)
	p.Handle("GET /dictionary/new", draft, p.form)
	p.Handle("POST /dictionary/new", draft, p.propose)
	p.Handle("GET /dictionary/import", draft, p.importStart)
	p.Handle("POST /dictionary/import", draft, p.importLook)
	p.Handle("POST /dictionary/import/confirm", draft, p.importKeep)
	p.Handle("GET /dictionary/{id}", see, p.term)
	// Which right a step needs depends on where it leads: the desk asks for it.
	p.Handle("POST /dictionary/{id}/move", door.Of(policy.Describe, policy.KindCodeList), p.move)
	p.Handle("POST /dictionary/{id}/opinions", draft, p.say)
	p.Handle("POST /dictionary/{id}/try", door.Of(policy.Describe, policy.KindCodeList), p.try)
	p.Handle("GET /dictionary/mapping/{dataset}", door.Each(policy.Describe, policy.KindDataset), p.mapping)
	p.Handle("POST /datasets/{id}/mapping", door.Each(policy.EditContract, policy.KindDataset), p.mapFields)
	p.Handle("POST /datasets/{id}/mapping/undo", door.Each(policy.EditContract, policy.KindDataset), p.unmapFields)
	p.Handle("GET /codelists", see, p.lists)
	p.Handle("GET /codelists/{id}", see, p.list)
	p.listEditRoutes()
	p.Offer(ui.Entry{Place: place, Address: "/dictionary", Text: "lexicon.menu", Group: ui.MenuWords}, nil)
	p.Offer(ui.Entry{Place: listsPlace, Address: "/codelists", Text: "lexicon.lists", Group: ui.MenuWords}, nil)
}

// The entries of the menu.
const (
	place      = "dictionary"
	listsPlace = "codelists"
)

// token is what forms of the caller's session carry.
func token(ctx context.Context) string { return door.From(ctx).CSRF }

// mostForm bounds a form: a file of terms that was looked at fits.
const mostForm = 3 * termdesk.MostFile

// orgNames names agencies by their ids or codes on a day.
func (p *pages) orgNames(ctx context.Context) (func(id string) string, error) {
	if p.Orgs == nil {
		return func(id string) string { return id }, nil
	}
	all, err := p.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	today := viet.DateOf(p.Now().In(viet.Zone))
	return func(id string) string { return all.NameOf(id, today) }, nil
}

// termPath is the page of a term.
func termPath(id string) string { return "/dictionary/" + url.PathEscape(id) }

// doneWords says what has just been done, "" for nothing of ours.
func doneWords(l locale.Lang, done string) string {
	if key := "lexicon.done." + done; done != "" && l.Has(key) {
		return l.T(key)
	}
	return ""
}

// typeWords names a logical type.
func typeWords(l locale.Lang, t string) string {
	if key := "lexicon.type." + t; l.Has(key) {
		return l.T(key)
	}
	return t
}

// stateBand is the colour of a state.
func stateBand(s dictionary.State) string {
	switch s {
	case dictionary.Published:
		return "good"
	case dictionary.Proposed, dictionary.Reviewed, dictionary.Consulted, dictionary.Approved:
		return "watch"
	}
	return "none"
}

// capital names a state as a label.
func capital(l locale.Lang, s dictionary.State) string { return ui.Capital(s.In(l)) }

// A choice of a select or of a list of links.
type choice struct {
	Value, Text string
	Chosen      bool
}

// percent writes a share for people.
func percent(l locale.Lang, s termdesk.Share) string {
	v, ok := s.Percent()
	if !ok {
		return "–"
	}
	return l.Float(v, 1) + "%"
}

func lines(text string) (all []string) {
	for one := range strings.Lines(text) {
		if one = strings.TrimRight(one, "\r\n"); strings.TrimSpace(one) != "" {
			all = append(all, one)
		}
	}
	return all
}
