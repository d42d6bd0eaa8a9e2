// Package app opens the engines, wires the floors and stops them in reverse
// order. What it holds is also a tour of the code.
//
// A file comes in by one of the doors on floor 4 (internal/channels): the JSON
// API (api), the pages (console), a folder that files are put into (inbox), or
// the operator's part of the API (operate), which the command line asks too. All
// doors hand it to one corridor
// (internal/core/corridor), which walks it through the rooms of floor 2:
//
//	contract, dictionary   what the data set promises, and the code lists it names
//	ingest                 the file becomes records, each cell as it was written
//	quality                records become typed rows; all rules judge them in one pass
//	record                 ONE transaction writes rows, history and quarantine: the truth
//	mirror                 a columnar copy follows, for scans and questions
//	score                  the six criteria move
//
// They stand on floor 1 (internal/foundation): store (SQLite or PostgreSQL),
// columns (DuckDB), blob (files as sent), pack (how contracts are installed),
// fault and locale (what went wrong, in the reader's words), identity (who
// acts). Outside of internal stand two packages for everybody: odcs (contracts
// as documents) and viet (Vietnamese text, numbers, dates, identifiers).
//
// Open is one long plain function; read it from top to bottom. docs/ says why
// things are as they are.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/apps/progress"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/approval"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/telemetry"
	"github.com/phohien/phohien/internal/foundation/usage"
)

// An App is a province's program with all its rooms open.
type App struct {
	Config     Config
	Version    string
	Log        *slog.Logger
	Telemetry  *telemetry.Telemetry
	Store      *store.Store
	Dictionary *dictionary.Store
	Contracts  *contract.Store
	Packs      *pack.Packs
	Truth      *record.Truth
	Blobs      *blob.Store
	Mirror     *mirror.Mirror
	Scorer     *score.Scorer
	Recipes    *recipe.Store
	Corridor   *corridor.Corridor
	Issues     *issue.Book
	Govern     *govern.Desk
	Progress   *progress.Store // what units report on plans

	Vault    *keys.Vault
	Audit    *audit.Log
	Usage    *usage.Ledger
	Policies *policy.Policies
	Orgs     *org.Store
	Accounts *identity.Service
	Clients  *clients.Registry
	Requests *approval.Store
	Reviews  *review.Service

	Deadlines *deadline.Store
	Notices   *notify.Store
	Campaigns *campaign.Store

	described described
	clock     clock // of everything that data are stamped with
	play      atomic.Pointer[playing]
	units     *unitBook
	drafts    *draft.Store
	backups   backups
	ring      *keys.Ring
	guard     *guard.Guard
	door      *door.Door
	limits    *guard.Limits
	handler   http.Handler
	routes    []Route
	token     string
	lock      *store.FolderLock
	stopping  context.Context // ends when the server is told to stop
	stop      context.CancelFunc
	stops     []stopper
}

// A stopper is what has been opened, to be closed in reverse order.
type stopper struct {
	name string
	stop func() error
}

func (a *App) onStop(name string, stop func() error) { a.stops = append(a.stops, stopper{name, stop}) }

// Close stops everything that Open has opened, the last first.
func (a *App) Close() error {
	a.stop()
	var err error
	for _, s := range slices.Backward(a.stops) {
		if e := s.stop(); e != nil {
			err = errors.Join(err, fmt.Errorf("closing %s: %w", s.name, e))
		}
	}
	a.stops = nil
	return err
}

// Settled waits until no batch is on its way and nothing is left to be judged
// again: for a command that opens the rooms, does one thing and leaves.
func (a *App) Settled(ctx context.Context) error { return a.Corridor.Settled(ctx) }

// Handler answers everything that comes over HTTP.
func (a *App) Handler() http.Handler { return a.handler }

// Token is what writes need. It is new at every start.
func (a *App) Token() string { return a.token }
