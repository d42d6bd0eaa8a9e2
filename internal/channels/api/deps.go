package api

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/campaigndesk"
	"github.com/phohien/phohien/internal/channels/classdesk"
	"github.com/phohien/phohien/internal/channels/comments"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/draftdesk"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/channels/erasing"
	"github.com/phohien/phohien/internal/channels/govdesk"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/keydesk"
	"github.com/phohien/phohien/internal/channels/lineage"
	"github.com/phohien/phohien/internal/channels/logdesk"
	"github.com/phohien/phohien/internal/channels/lookup"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/channels/plandesk"
	"github.com/phohien/phohien/internal/channels/rankdesk"
	"github.com/phohien/phohien/internal/channels/reviewdesk"
	"github.com/phohien/phohien/internal/channels/ruledesk"
	"github.com/phohien/phohien/internal/channels/systems"
	"github.com/phohien/phohien/internal/channels/usagedesk"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/approval"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Deps is what the API stands on. Every field down to Recipes is needed, but for
// Terms and Units; what is nil of the others is not answered for.
type Deps struct {
	Guard     *guard.Guard
	Door      *door.Door
	Contracts contracts
	Records   records
	Mirror    scanner
	Scores    Scores
	Corridor  walk
	CodeLists codeLists
	Terms     *dictionary.Store // nil: no shared dictionary
	Units     Units             // nil: no register of administrative units
	Borders   *atlas.Sheets     // has a default
	Recipes   recipes
	Audit     *logdesk.Desk
	Clients   *clients.Registry
	Accounts  *accountdesk.Desk // of people; nil: they are not told of
	Reviews   *reviewdesk.Desk  // of accounts; nil: there are none
	Uses      *usagedesk.Desk   // the ledger of whose data was used; nil: it is not told of
	Keys      *keydesk.Desk     // changes the accounts of programs; nil: nobody does
	Orgs      *org.Store
	Requests  *approval.Store           // of exports that several persons approve
	Comments  *comments.Desk            // on described objects; nil: nobody comments
	Duties    *dutydesk.Desk            // of data issues, deadlines and notices
	Purposes  func() []policy.PurposeOf // that a request may name
	Finder    *lookup.Finder            // the one search; nil: there is none
	Systems   *systems.Desk             // of the register of systems; nil: there is none
	Plans     *plandesk.Desk            // of plans, tasks, targets, duties; nil: there are none
	Lineage   *lineage.Desk             // where rows come from and go; nil: nobody is told
	Campaigns *campaigndesk.Desk        // of review campaigns; nil: there are none
	Ranks     *rankdesk.Desk            // of rankings of units; nil: there are none
	Govern    *govdesk.Desk             // of measures and the dossier; nil: there are none
	People    *orgdesk.Desk             // changes organisations and posts; nil: nobody does
	Policies  *ruledesk.Desk            // nil: they are not told of
	Classes   *classdesk.Desk           // of how data sets are classified; nil: they are not told of
	Drafts    *draftdesk.Desk           // of drafts that are kept; nil: they are only proposed
	Limits    *guard.Limits             // nil: nothing is limited
	Log       *slog.Logger
	Version   string                                      // of the program
	MaxUpload int64                                       // bytes of one file, 0 = 64 GB
	Who       func(ctx context.Context, id string) string // names an account; nil: by its id
	Changed   func(ctx context.Context) error             // told that a contract has changed; may be nil
	Temp      string                                      // folder for files on their way out, "" = the system's
}

// contracts is what this package needs of contract.Store, and no more.
type contracts interface {
	Current(ctx context.Context, id string) (*contract.Contract, error)
	List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
	Document(ctx context.Context, id, digest string) ([]byte, error)
	Version(ctx context.Context, id, digest string) (*contract.Contract, error)
	Versions(ctx context.Context, id string) ([]contract.Version, error)
	editable
}

// records is what this package needs of record.Truth: figures about a data set,
// and its rows through a view.
type records interface {
	Head(ctx context.Context, contractID string) (int64, time.Time, error)
	SeqAt(ctx context.Context, contractID string, at time.Time) (int64, error)
	SeqBefore(ctx context.Context, contractID string, at time.Time) (int64, error)
	Count(ctx context.Context, obj *contract.Object) (int64, error)
	QuarantineCounts(ctx context.Context, obj *contract.Object) (record.Counts, error)
	Through(v *record.View) *record.Reader
}

// scanner is what this package needs of package mirror: rows found by value, and
// questions in SQL, both through views.
type scanner interface {
	Seq(ctx context.Context, address string) (int64, bool, error)
	CatchUp(ctx context.Context, obj *contract.Object, min int64) (int64, error)
	Through(v *record.View) *mirror.Reader
	Look(ctx context.Context, sql string, known func(address string) bool) (columns.Question, error)
	Query(ctx context.Context, sql string, views mirror.Views, o mirror.QueryOptions) (*mirror.Answer, error)
	Groups(ctx context.Context, obj *contract.Object, d policy.Decision, q mirror.GroupQuery) (mirror.Groups, error)
	GroupsInUnits(ctx context.Context, obj *contract.Object, d policy.Decision, q mirror.GroupQuery, in mirror.InUnits) (mirror.UnitGroups, error)
	Profile(ctx context.Context, v *record.View, o mirror.ScanOptions) (mirror.Profile, error)
}

// codeLists is what this package needs of dictionary.Store.
type codeLists interface {
	Current(ctx context.Context, id string) (*dictionary.CodeList, error)
	List(ctx context.Context, after string, limit int) ([]*dictionary.CodeList, error)
	Version(ctx context.Context, id, digest string) (*dictionary.CodeList, error)
	Versions(ctx context.Context, id string) ([]dictionary.Version, error)
	Change(ctx context.Context, by actor.Actor, match string, l *dictionary.CodeList) error
}

// recipes is what this package needs of recipe.Store.
type recipes interface {
	Find(ctx context.Context, dataset, sender string) (*recipe.Recipe, error)
	Keep(ctx context.Context, by actor.Actor, dataset, sender string, r *recipe.Recipe) error
}

// Scores is what this package and the pages need of package score.
type Scores interface {
	Current(ctx context.Context, datasetID string) (score.Score, error)
	Members(ctx context.Context, keep func(*contract.Contract) bool) ([]score.Member, error)
	Days(ctx context.Context, from string) (map[string][]score.Day, error)
	Book(ctx context.Context, from string) (*score.Book, error)
	DaysOf(ctx context.Context, dataset, from string) ([]score.Day, error)
	Standings(ctx context.Context, list []*contract.Contract) (map[string]score.Standing, error)
	Checks(ctx context.Context) (map[string]score.Check, error)
}

// walk is what this package needs of package corridor.
type walk interface {
	erasing.Corridor
	TryTerms(ctx context.Context, terms []*dictionary.Term, values [][]string, lang locale.Lang) ([][]corridor.TermVerdict, error)
	Receive(ctx context.Context, by actor.Actor, in corridor.Request) (corridor.Status, error)
	ReceiveBook(ctx context.Context, by actor.Actor, in corridor.Request) ([]corridor.Status, error)
	Try(ctx context.Context, by actor.Actor, in corridor.Request) (corridor.Report, error)
	LookInto(ctx context.Context, id string, rec *recipe.Recipe) (corridor.Look, error)
	Reread(ctx context.Context, by actor.Actor, id string, rec recipe.Recipe, remember bool) (corridor.Status, error)
	Slip(ctx context.Context, dataset, batch string, w io.Writer, o corridor.SlipOptions) (string, error)
	SlipName(dataset, batch string) string
	Wait(ctx context.Context, id string, until func(corridor.Status) bool) (corridor.Status, error)
	Status(ctx context.Context, id string) (corridor.Status, error)
	Watch(ctx context.Context, id string) (<-chan corridor.Status, error)
	Cancel(ctx context.Context, by actor.Actor, id string) (corridor.Status, error)
	Confirm(ctx context.Context, by actor.Actor, id string) (corridor.Status, error)
	Undo(ctx context.Context, by actor.Actor, id string) (corridor.Status, error)
	Batches(ctx context.Context, dataset, after string, limit int) ([]corridor.Status, string, error)
}
