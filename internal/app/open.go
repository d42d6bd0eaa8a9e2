package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/admin"
	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/campaigns"
	"github.com/phohien/phohien/internal/channels/classdesk"
	"github.com/phohien/phohien/internal/channels/comments"
	"github.com/phohien/phohien/internal/channels/console"
	"github.com/phohien/phohien/internal/channels/draftdesk"
	"github.com/phohien/phohien/internal/channels/duties"
	"github.com/phohien/phohien/internal/channels/entry"
	"github.com/phohien/phohien/internal/channels/erasing"
	"github.com/phohien/phohien/internal/channels/explore"
	"github.com/phohien/phohien/internal/channels/finder"
	"github.com/phohien/phohien/internal/channels/govdesk"
	"github.com/phohien/phohien/internal/channels/governance"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/keydesk"
	"github.com/phohien/phohien/internal/channels/lexicon"
	"github.com/phohien/phohien/internal/channels/logdesk"
	"github.com/phohien/phohien/internal/channels/monthly"
	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	planpages "github.com/phohien/phohien/internal/channels/plans"
	"github.com/phohien/phohien/internal/channels/rankdesk"
	"github.com/phohien/phohien/internal/channels/reference"
	"github.com/phohien/phohien/internal/channels/register"
	"github.com/phohien/phohien/internal/channels/reviewdesk"
	"github.com/phohien/phohien/internal/channels/ruledesk"
	"github.com/phohien/phohien/internal/channels/signin"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/channels/usagedesk"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/deadline/clockpack"
	"github.com/phohien/phohien/internal/foundation/org/orgpack"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy/policypack"
	"github.com/phohien/phohien/internal/foundation/seal"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/telemetry"
	"github.com/phohien/phohien/packs"
)

// Open takes the data folder, opens every engine and room in it and wires them.
// Each thing that is opened is handed to onStop at once, so that a failure
// half-way closes what is open. version is the program's.
func Open(ctx context.Context, cfg Config, version string) (_ *App, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	a := &App{Config: cfg, Version: version, Telemetry: telemetry.New(version), token: newToken()}
	a.Log = a.Telemetry.Logger(slog.Default().Handler())
	a.limits = guard.NewLimits()
	a.guard = &guard.Guard{Hosts: cfg.Names(), Token: a.token}
	a.stopping, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()

	// The folder is ours alone from here on.
	if err := ownFolder(cfg.Data); err != nil {
		return nil, err
	}
	if a.lock, err = store.Lock(cfg.Data, "", ""); err != nil {
		return nil, err
	}
	a.onStop("lock", a.lock.Release)
	if err := a.openTraces(ctx); err != nil {
		return nil, err
	}
	in := func(name ...string) string { return filepath.Join(append([]string{cfg.Data}, name...)...) }

	// The engines of the truth.
	if a.Store, err = store.Open(ctx, store.Config{Dir: cfg.Data, URL: cfg.Database, HomeNow: a.clock.Now}); err != nil {
		return nil, err
	}
	a.onStop("store", a.Store.Close)

	if err := a.resumePlay(ctx); err != nil {
		return nil, err
	}

	// What data sets promise. Packs bring code lists before the contracts that
	// name them.
	a.Dictionary = dictionary.NewStore(a.Store.Control())
	a.Contracts = contract.NewStore(a.Store.Control())
	a.Contracts.Try = quality.Try
	a.Contracts.Terms, a.Dictionary.TryTerm = a.Dictionary, a.Contracts.TryTerm

	// The master key, with it the truth and the files as sent, of which some are
	// sealed; then accounts, policies and the log of what is done.
	if err := a.openKeys(); err != nil {
		return nil, err
	}
	texts, err := seal.NewTexts(a.ring)
	if err != nil {
		return nil, err
	}
	a.Truth = record.Open(a.Store, texts)
	if a.Blobs, err = blob.Open(in("blob"), seal.NewFiles(a.ring)); err != nil {
		return nil, err
	}
	if err := a.openAccounts(ctx); err != nil {
		return nil, err
	}
	if err := a.openDuties(); err != nil {
		return nil, err
	}
	a.openProgress()
	a.openGovern()
	a.Packs = pack.New(a.Store.Control(), a.Dictionary.Kind(), a.Dictionary.TermsKind(), a.Contracts.Kind(), orgpack.Kind(a.Orgs), policypack.Kind(a.Policies), clockpack.Kind(a.Deadlines), a.Govern.Kind(), a.Govern.LayoutKind())
	a.Packs.Clock = a.clock.Now

	// The mirror and two workshops may each fill their share at once: DuckDB's
	// own default, four fifths of the machine for each, would not end well.
	memory := cfg.Memory
	if memory == 0 {
		memory = physicalMemory() / 5
	}

	// The columnar copy.
	a.Mirror, err = mirror.Open(ctx, columns.Options{
		Path: in("mirror.duckdb"), TempDir: in("tmp", "mirror"), MemoryLimit: memory, Threads: cfg.Threads,
	}, a.Truth)
	if err != nil {
		return nil, err
	}
	a.onStop("mirror", a.Mirror.Close)

	// The score, and the corridor, which tells it what has changed.
	a.Scorer = score.New(score.Deps{
		Control: a.Store.Control(), Contracts: a.Contracts, CodeLists: a.Dictionary, Records: a.Truth, Mirror: a.Mirror, Uses: a.Usage, Now: a.clock.Now,
	})
	a.openIssues()
	a.Recipes = recipe.NewStore(a.Store.Control(), texts)
	a.units = &unitBook{contracts: a.Contracts, control: a.Store.Control(), truth: a.Truth}
	samples, err := blob.Open(in("drafts"), seal.NewFiles(a.ring))
	if err != nil {
		return nil, err
	}
	a.drafts = draft.NewStore(a.Store.Control(), samples, a.Dictionary, a.Contracts, a.Recipes)
	a.Corridor, err = corridor.Open(ctx, corridor.Deps{
		Data: cfg.Data, Temps: []string{in("tmp")}, Erased: a.erased,
		Units:   a.units,
		Recipes: a.Recipes, Keys: a.ring,
		Store: a.Store, Contracts: a.Contracts, Dictionary: a.Dictionary, Truth: a.Truth, Mirror: a.Mirror, Blobs: a.Blobs,
		WorkDir: in("work"), Memory: memory, Log: a.Log, Observer: a.observer(),
		Now: a.clock.Now, Refuse: a.whilePlaying, Simulated: a.simulated,
		Score: a.scored,
	})
	if err != nil {
		return nil, err
	}
	a.onStop("corridor", a.Corridor.Close)
	a.Telemetry.Sample(a.sampler())
	daily := make(chan struct{})
	go func() { defer close(daily); a.expireDaily() }()
	a.onStop("daily", func() error { <-daily; return nil }) // Close has told it to end
	// A run that was stopped may have left data sets judged by what is past.
	if err := a.Corridor.RejudgeChanged(ctx); err != nil {
		return nil, err
	}

	a.onStop("backups", func() error { a.backups.done.Wait(); return nil }) // Close has told it to end
	return a, a.wireDoors()
}

// wireDoors makes what answers over HTTP.
func (a *App) wireDoors() error {
	desk := a.dutyDesk()
	a.openSearch()
	terms := &termdesk.Desk{Door: a.door, Terms: a.Dictionary, Contracts: a.Contracts, Try: a.Corridor, Records: a.Truth, Changed: a.installed, Orgs: a.Orgs}
	talk := a.commentDesk(terms)
	reviews, ranks := a.campaignDesk(), &rankdesk.Desk{Door: a.door, Govern: a.Govern}
	governs := &govdesk.Desk{Desk: a.Govern, Door: a.door, OrgName: a.nameOfOrg, Head: a.paperHead}
	borders := &atlas.Sheets{Records: a.Truth}
	logs := &logdesk.Desk{Log: a.Audit, Door: a.door, Dir: filepath.Join(a.Config.Data, auditDir)}
	uses := &usagedesk.Desk{Ledger: a.Usage, Door: a.door, Policies: a.Policies}
	keys := &keydesk.Desk{Registry: a.Clients, Door: a.door, Orgs: a.Orgs}
	people := accountdesk.New(&orgdesk.Desk{Door: a.door, Orgs: a.Orgs, Accounts: a.Accounts, Policies: a.Policies})
	checks := &reviewdesk.Desk{Service: a.Reviews, Accounts: people}
	drafts := &draftdesk.Desk{Store: a.drafts, Door: a.door, Contracts: a.Contracts, Records: a.Truth, Corridor: a.Corridor}
	plans := a.plans()
	json := api.New(api.Deps{
		Guard: a.guard, Door: a.door, Limits: a.limits, Log: a.Log, Version: a.Version, Temp: filepath.Join(a.Config.Data, "tmp"),
		Contracts: a.Contracts, Records: a.Truth, Mirror: a.Mirror, Scores: a.Scorer, Corridor: a.Corridor, Recipes: a.Recipes, Lineage: a.lineage(), Changed: a.installed,
		CodeLists: a.Dictionary, Terms: a.Dictionary, Units: a.units, Borders: borders, Orgs: a.Orgs, Who: a.nameOf,
		Classes: &classdesk.Desk{Door: a.door, Contracts: a.Contracts, Records: a.Truth, Changed: a.installed}, Drafts: drafts,
		Policies: &ruledesk.Desk{Policies: a.Policies, Door: a.door, Contracts: a.Contracts, Orgs: a.Orgs, Accounts: a.Accounts}, Purposes: a.Policies.Purposes,
		People: people.Posts, Accounts: people, Reviews: checks, Clients: a.Clients, Keys: keys, Audit: logs, Uses: uses, Requests: a.Requests,
		Duties: desk, Comments: talk, Finder: a.described.finder, Systems: a.described.desk, Campaigns: reviews, Ranks: ranks, Govern: governs, Plans: plans,
	})
	operators := operate.New(operate.Deps{
		Guard: a.guard, Door: a.door, Packs: a.Packs, Shipped: Shipped, Installed: a.installed, Contracts: a.Contracts, Check: a.Corridor,
		Backup: a.Backup, Health: a.health, Figures: a.Telemetry.Handler(), Rebuild: a.Corridor.Rebuild, Log: a.Log,
		Accounts: a.Accounts, Clients: a.Clients, Conflict: a.Policies.Conflict,
	})
	files, err := assets.Load()
	if err != nil {
		return err
	}
	if err := drafts.Expire(context.Background()); err != nil {
		return err
	}
	pages := site.New(a.guard, a.door, files, a.Log)
	pages.Notice = a.playNotice
	reference.New(pages, json.Document)
	tabs := explore.New(explore.Deps{
		Site: pages, Contracts: a.Contracts, Records: a.Truth, Mirror: a.Mirror, CodeLists: a.Dictionary, Terms: a.Dictionary.Book, Approved: json.NeedsApprovals, Limits: a.limits,
		Sets: a.Contracts, Units: a.units, Borders: borders, Scores: a.Scorer, Changed: a.installed, Who: a.nameOf,
		Shelf: a.shelf(), Lineage: a.lineage(),
	})
	console.New(console.Deps{
		Site: pages, Tabs: tabs, Units: a.units, Contracts: a.Contracts, Records: a.Truth, Scores: a.Scorer, Corridor: a.Corridor, CodeLists: a.Dictionary,
		Drafts: drafts, Known: json.Known, Limits: a.limits, Approved: json.NeedsApprovals, Orgs: a.Orgs, Exports: json,
		Erasing: &erasing.Desk{Door: a.door, Contracts: a.Contracts, Records: a.Truth, Corridor: a.Corridor}, Duties: desk, Comments: talk,
	})
	governance.New(governance.Deps{Site: pages, Desk: governs, Ranks: ranks, Comments: talk})
	duties.New(duties.Deps{Site: pages, Desk: desk, Colleagues: a.colleagues})
	lexicon.New(lexicon.Deps{
		Site: pages, Contracts: a.Contracts, CodeLists: a.Dictionary, Records: a.Truth, Orgs: a.Orgs, Limits: a.limits, Changed: a.installed,
		Desk: terms, Comments: talk, Who: a.nameOf,
	})
	campaigns.New(campaigns.Deps{Site: pages, Desk: reviews})
	planpages.New(planpages.Deps{Site: pages, Desk: plans})
	monthly.New(monthly.Deps{Site: pages, Desk: a.monthly(plans)})
	register.New(register.Deps{Site: pages, Desk: a.described.desk, Orgs: a.Orgs, Head: a.paperHead, Comments: talk})
	comments.New(pages, talk)
	entry.New(entry.Deps{Site: pages, Contracts: a.Contracts, Records: a.Truth, CodeLists: a.Dictionary, Desk: a.described.forms, Tabs: tabs, Batches: a.Corridor, Now: a.clock.Now})
	finder.New(finder.Deps{Site: pages, Finder: a.described.finder, Systems: a.described.desk, Units: a.units.Index, Now: a.clock.Now})
	admin.New(admin.Deps{
		Site: pages, Accounts: people, Clients: keys, Orgs: a.Orgs, Policies: a.Policies, Audit: logs, Usage: uses,
		Contracts: a.Contracts, Limits: a.limits, Records: a.Truth, Installed: a.installed, Exports: json, Reviews: checks, SMS: a.Config.SMS.On(),
		Packs:   &admin.PackDesk{Packs: a.Packs, Shipped: Shipped, Names: packs.Names(), Dir: filepath.Join(a.Config.Data, "tmp", "packs"), Who: a.nameOf},
		System:  &admin.SystemDesk{Look: a.system, Backups: a.backupState, Backup: a.BeginBackup},
		Erasing: &erasing.Desk{Door: a.door, Contracts: a.Contracts, Records: a.Truth, Corridor: a.Corridor},
	})
	signin.New(signin.Deps{Site: pages, Accounts: a.Accounts, Clients: a.Clients, Orgs: a.Orgs, Policies: a.Policies, Limits: a.limits, SMS: a.Config.SMS.On(), Letter: a.Notices.Letter})
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.Handle(api.DiscoveryPath, json)
	mux.Handle(api.LabelPath, json)
	mux.Handle("/api/", json)
	mux.Handle(reference.Path, pages)
	mux.Handle(reference.Path+"/", pages)
	mux.Handle("/healthz", json)
	mux.Handle(operate.Prefix, operators)
	mux.Handle(operate.MetricsPath, operators)
	a.routes = routesOf(json, operators, pages)
	a.handler = a.Telemetry.Requests(a.Log, a.patterns(), seldomRead, a.ending(mux))
	return nil
}

// ownFolder makes the data folder for its owner alone.
func ownFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// installed tells the corridor that contracts or code lists may have changed:
// what is there is judged again by those in force.
func (a *App) installed(ctx context.Context) error {
	return errors.Join(a.leavePlay(ctx), a.Corridor.RejudgeChanged(ctx))
}

// physicalMemory is how much memory the machine has, in bytes; 0 when it does
// not say.
func physicalMemory() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}
