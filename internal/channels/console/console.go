// Package console is the officials' pages: the data sets, one page for each
// with an upload that shows the whole walk of a batch, the batches, and the
// lines that did not pass.
//
// A handler reads the request, calls one service and renders a view that is
// ready to show; errors become pages in one place. Everything works without a
// script: forms post and lead to the next page.
package console

import (
	"context"
	"github.com/phohien/phohien/internal/channels/comments"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/foundation/policy"
	"io"
	"net/http"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/draftdesk"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/channels/erasing"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/shelf"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/org"
)

// Deps is what the pages stand on. Log and Now have defaults.
type Deps struct {
	*site.Site
	Contracts contracts
	Records   records
	Scores    scorer
	Tabs      tabs
	Corridor  walk
	CodeLists codeLists       // nil: codes are shown without their names
	Units     api.Units       // nil: no register of administrative units
	Drafts    *draftdesk.Desk // nil: no data sets are made from sample files
	Known     draftdesk.Known // what the platform has already, for drafts
	Orgs      orgs            // nil: organisations have no pages
	Exports   exports         // nil: nobody approves exports
	Erasing   *erasing.Desk   // nil: nobody asks for erasures
	Duties    *dutydesk.Desk  // nil: no issues, no deadlines
	Comments  *comments.Desk  // nil: nobody comments
	// Approved reports whether the caller may export an object once others have
	// approved it, and not before; nil: nobody approves.
	Approved  func(ctx context.Context, con *contract.Contract, obj *contract.Object) bool
	Now       func() time.Time
	Limits    *guard.Limits // nil: nothing is limited
	MaxUpload int64         // bytes of one file, 0 = 64 GB
}

// contracts is what this package needs of contract.Store, and no more.
type contracts interface {
	Current(ctx context.Context, id string) (*contract.Contract, error)
	List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
}

// records is what this package needs of record.Truth: figures about a data set,
// and its rows through a view.
type records interface {
	Head(ctx context.Context, contractID string) (int64, time.Time, error)
	Count(ctx context.Context, obj *contract.Object) (int64, error)
	QuarantineCounts(ctx context.Context, obj *contract.Object) (record.Counts, error)
	Through(v *record.View) *record.Reader
}

// orgs is what this package needs of org.Store.
type orgs interface {
	Snapshot(ctx context.Context) (*org.Snapshot, error)
}

// exports is what this package needs of api.Server.
type exports interface {
	ExportRequests(ctx context.Context, limit int) ([]*api.AskedExport, error)
}

// tabs is what this package needs of package explore: the head of a data set's
// pages.
type tabs interface {
	Head(ctx context.Context, con *contract.Contract, obj *contract.Object, place string) ui.SetHead
}

// scorer is what this package needs of package score.
type scorer = api.Scores

// codeLists is what this package needs of dictionary.Store.
type codeLists interface {
	Current(ctx context.Context, id string) (*dictionary.CodeList, error)
}

// walk is what this package needs of package corridor.
type walk interface {
	slips
	rereads
	Receive(ctx context.Context, by actor.Actor, in corridor.Request) (corridor.Status, error)
	Status(ctx context.Context, id string) (corridor.Status, error)
	Cancel(ctx context.Context, by actor.Actor, id string) (corridor.Status, error)
	Confirm(ctx context.Context, by actor.Actor, id string) (corridor.Status, error)
	Undo(ctx context.Context, by actor.Actor, id string) (corridor.Status, error)
	Batches(ctx context.Context, dataset, after string, limit int) ([]corridor.Status, string, error)
	ReceiveBook(ctx context.Context, by actor.Actor, in corridor.Request) ([]corridor.Status, error)
	Check(ctx context.Context, con *contract.Contract, obj *contract.Object, name string, body io.Reader, rec *recipe.Recipe, lines func(line int64, key string, raw, faults string) error) (corridor.Report, error)
}

type server struct {
	Deps
	shelf *shelf.Shelf
}

// Pages answers the pages. It is an http.Handler.
type Pages struct{ *server }

// New makes the pages; assets are served under assets.Prefix.
func New(d Deps) Pages {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.MaxUpload <= 0 {
		d.MaxUpload = 64 << 30
	}
	s := &server{d, &shelf.Shelf{Door: d.Door, Contracts: d.Contracts, Scores: d.Scores, Orgs: d.Orgs}}
	s.Handle("GET /{$}", door.Each(policy.Describe, policy.KindDataset), s.home)
	s.Handle("GET /organisations/{id}/score", door.Each(policy.Describe, policy.KindDataset), s.organisation)
	s.Handle("GET /datasets", door.Open, func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	})
	s.workRoutes()
	s.wizardRoutes()
	s.downloadRoutes()
	s.Handle("GET /datasets/{id}", door.Each(policy.Describe, policy.KindDataset), s.dataset)
	s.Handle("GET /datasets/{id}/quarantine", door.Each(policy.ReadQuarantine, policy.KindDataset), s.quarantine)
	s.Handle("POST /datasets/{id}/batches", door.Each(policy.Send, policy.KindDataset), s.send)
	s.slipRoutes()
	s.readingRoutes()
	s.Handle("GET /units", door.Of(policy.Describe, policy.KindUnit), s.findUnits)
	s.resolveRoutes()
	s.Handle("GET /units/{uid}", door.Of(policy.Describe, policy.KindUnit), s.unit)
	s.Handle("GET /batches", door.Each(policy.Describe, policy.KindDataset), s.batches)
	s.Handle("GET /batches/{id}", door.Each(policy.Describe, policy.KindDataset), s.batch)
	s.Handle("POST /batches/{id}/{action}", door.Each(policy.Describe, policy.KindDataset), s.act)
	return Pages{s}
}

// owner is the name of who answers for a data set.
func owner(ctx context.Context, con *contract.Contract) string {
	if con.OwnerName == "" {
		return ui.Say(ctx, "page.no-owner")
	}
	return con.OwnerName
}
