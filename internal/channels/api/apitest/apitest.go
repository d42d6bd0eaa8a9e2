// Package apitest is a small province for tests of the doors: the real engines
// and rooms in a folder of the test, with packs of the repository in it. Only
// the time that scoring takes is in the test's hand.
package apitest

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/classdesk"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/draftdesk"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/channels/govdesk"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/lineage"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/channels/ruledesk"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/core/units/unitstest"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/deadline/clockpack"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/org/orgpack"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/policy/policypack"
	"github.com/phohien/phohien/internal/foundation/seal"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/odcs"
)

// Token is what writes need in a test's province.
const Token = "ma-truy-cap-thu"

// Unclassified is a contract of a register of persons, thu-so-ho, that nobody has
// classified.
const Unclassified = `kind: DataContract
apiVersion: v3.1.0
id: thu-so-ho
name: Sổ theo dõi hộ
version: 1.0.0
status: active
schema:
  - name: ho
    logicalType: object
    physicalType: table
    properties:
      - {name: ma, businessName: Mã hộ, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: chu_ho, businessName: Họ và tên chủ hộ, logicalType: string}
      - {name: so_cccd, businessName: Số CCCD, logicalType: string}
      - {name: so_khau, businessName: Số khẩu, logicalType: integer}
`

// A Province is everything a door stands on.
type Province struct {
	Guard     *guard.Guard
	Door      *door.Door
	Control   *store.DB
	Contracts *contract.Store
	Truth     *record.Truth
	Mirror    *mirror.Mirror
	Corridor  *corridor.Corridor
	Scores    api.Scores
	CodeLists *dictionary.Store
	Recipes   *recipe.Store
	Orgs      *org.Store
	Accounts  *identity.Service
	Policies  *policy.Policies // those of the packs; the door asks others
	Govern    *govern.Desk
	Duties    *dutydesk.Desk
	Lineage   *lineage.Desk // nil: nobody is told
	Drafts    *draftdesk.Desk
	Samples   string // folder of the samples of drafts
	Temp      string // folder of files on their way out
	Log       *slog.Logger

	mu     sync.Mutex
	gate   chan struct{} // while it is there, batches wait with their score
	logged safeBuffer
}

// Logged reports whether the log has a text.
func (p *Province) Logged(text string) bool { return strings.Contains(p.logged.String(), text) }

// A safeBuffer keeps what several goroutines write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// New opens a province that has the packs, and to whose data sets files of the
// packs have been sent (see Fill); the test's end closes it.
func New(t testing.TB, files ...string) *Province {
	t.Helper()
	if len(files) == 0 {
		return Begin(t, "", nil)
	}
	return Begin(t, strings.Join(files, " "), func(p *Province) { p.Fill(t, files...) })
}

// Begin opens a province in which fill has been done, by this test or by one
// before it in the process; what names that. To install the packs and send data
// takes seconds, to copy the folder a moment.
func Begin(t testing.TB, what string, fill func(*Province)) *Province {
	t.Helper()
	begun.Lock()
	defer begun.Unlock()
	begun.make(t, what, fill)
	dir := t.TempDir()
	begun.copy(t, what, dir)
	p, end := open(t, dir)
	t.Cleanup(end)
	return p
}

// begun are the files of data folders, by what was done in them.
var begun = folders{folders: map[string]map[string][]byte{}}

type folders struct {
	sync.Mutex
	folders map[string]map[string][]byte
}

// make makes a folder, unless it is kept: one that is filled stands on the one with
// the packs alone, so that they are installed once.
func (f *folders) make(t testing.TB, what string, fill func(*Province)) {
	t.Helper()
	if _, there := f.folders[what]; there {
		return
	}
	dir := t.TempDir()
	if fill != nil {
		f.make(t, "", nil)
		f.copy(t, "", dir)
	}
	p, end := open(t, dir)
	if fill != nil {
		fill(p)
	}
	end()
	f.keep(t, what, dir)
}

func (f *folders) keep(t testing.TB, what, dir string) {
	t.Helper()
	files := map[string][]byte{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			files[name], err = os.ReadFile(path)
		}
		return err
	}))
	f.folders[what] = files
}

// copy puts the files of a kept folder into another.
func (f *folders) copy(t testing.TB, what, dir string) {
	t.Helper()
	for name, content := range f.folders[what] {
		path := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, content, 0o600))
	}
}

// open opens the province of a folder; without packs it installs them.
func open(t testing.TB, dir string) (p *Province, end func()) {
	t.Helper()
	_, err := os.Stat(filepath.Join(dir, "control.db"))
	there := err == nil
	ctx := context.Background()
	var ends []func() error
	end = func() {
		for _, one := range slices.Backward(ends) {
			must(t, one())
		}
	}
	s, err := store.Open(ctx, store.Config{Dir: dir})
	must(t, err)
	ends = append(ends, s.Close)
	p = &Province{
		Guard: &guard.Guard{Hosts: guard.Loopback, Token: Token},
		Truth: record.Open(s, nil), Contracts: contract.NewStore(s.Control()),
	}

	p.Log = slog.New(slog.NewTextHandler(&p.logged, nil))
	p.Door = NewDoor(p.Guard)
	p.Door.Log, p.Door.Records = p.Log, p.Truth
	dict := dictionary.NewStore(s.Control())
	p.Contracts.Terms, dict.TryTerm = dict, p.Contracts.TryTerm
	blobs, err := blob.Open(filepath.Join(dir, "blob"), nil)
	must(t, err)
	p.Mirror, err = mirror.Open(ctx, columns.Options{Path: filepath.Join(dir, "mirror.duckdb"), TempDir: filepath.Join(dir, "tmp"), Threads: 2}, p.Truth)
	must(t, err)
	ends = append(ends, p.Mirror.Close)
	scorer := score.New(score.Deps{Control: s.Control(), Contracts: p.Contracts, CodeLists: dict, Records: p.Truth, Mirror: p.Mirror})
	p.Scores, p.CodeLists = scorer, dict
	p.Control = s.Control()
	p.Policies, err = policy.Open(ctx, s.Control())
	must(t, err)
	p.Orgs = org.NewStore(s.Control(), org.Deps{Conflict: p.Policies.Conflict})
	deadlines, notices := deadline.NewStore(s.Control()), notify.NewStore(s.Control(), notify.Deps{Log: p.Log})
	p.Duties = &dutydesk.Desk{
		Door: p.Door, Control: s.Control(), Contracts: p.Contracts, Scores: scorer, Orgs: p.Orgs, Deadlines: deadlines, Notices: notices,
		Issues: issue.New(issue.Deps{Control: s.Control(), Contracts: p.Contracts, Records: p.Truth, Scores: scorer, Deadlines: deadlines, Notices: notices}),
	}
	p.Recipes, p.Temp = recipe.NewStore(s.Control(), nil), t.TempDir()
	p.Govern = govern.New(s.Control(), filepath.Join(p.Temp, "govern"), func() govern.Deps {
		return govern.Deps{
			Contracts: p.Contracts, Terms: dict, Scores: scorer, Issues: p.Duties.Issues, Deadlines: deadlines, Notices: notices, Now: s.Control().Now,
			Lacks: func(context.Context, *contract.Contract, bool) (int, error) { return 0, nil },
		}
	})
	if !there {
		p.install(t, s, dict)
	}
	ring, err := keys.Open(filepath.Join(dir, "keys", "master.key"))
	must(t, err)
	p.Accounts, err = identity.New(ctx, identity.Deps{
		DB: s.Control(), Keys: ring, Cost: identity.Cost{KiB: 64, Passes: 1, Threads: 1}, Record: func(context.Context, identity.Event) error { return nil },
		Alarm: func(context.Context, identity.Event) {}, Conflict: p.Policies.Conflict,
	})
	must(t, err)
	p.Corridor, err = corridor.Open(ctx, corridor.Deps{
		Recipes: p.Recipes, Keys: ring,
		Store: s, Contracts: p.Contracts, Dictionary: dict, Truth: p.Truth, Mirror: p.Mirror, Blobs: blobs,
		WorkDir: filepath.Join(dir, "work"), Log: p.Log,
		Score: func(ctx context.Context, id string) error {
			p.mu.Lock()
			gate := p.gate
			p.mu.Unlock()
			if gate != nil {
				select {
				case <-gate:
				case <-ctx.Done():
				}
			}
			_, err := scorer.Update(ctx, id)
			return err
		},
	})
	must(t, err)
	ends = append(ends, p.Corridor.Close)
	p.Samples = t.TempDir()
	samples, err := blob.Open(p.Samples, seal.NewFiles(ring))
	must(t, err)
	p.Drafts = &draftdesk.Desk{Store: draft.NewStore(s.Control(), samples, dict, p.Contracts, p.Recipes), Door: p.Door, Contracts: p.Contracts, Records: p.Truth, Corridor: p.Corridor}
	return p, end
}

// Hold lets batches walk up to their score and wait there, so that the next one
// of the same data set waits in the queue. The func lets them go.
func (p *Province) Hold(t testing.TB) (release func()) {
	t.Helper()
	gate := make(chan struct{})
	p.mu.Lock()
	p.gate = gate
	p.mu.Unlock()
	release = sync.OnceFunc(func() {
		p.mu.Lock()
		p.gate = nil
		p.mu.Unlock()
		close(gate)
	})
	t.Cleanup(release)
	return release
}

// root is the repository, seen from a package two floors down from internal.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	must(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// File is a file of the repository.
func File(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(root(t), filepath.FromSlash(name))
}

func (p *Province) install(t testing.TB, s *store.Store, dict *dictionary.Store) {
	t.Helper()
	var all []*pack.Pack
	manifests, err := filepath.Glob(File(t, "packs/*/pack.yaml"))
	must(t, err)
	for _, m := range manifests {
		one, err := pack.Read(os.DirFS(filepath.Dir(m)))
		must(t, err)
		all = append(all, one)
	}
	all, err = pack.Order(all)
	must(t, err)
	installer := pack.New(s.Control(), dict.Kind(), dict.TermsKind(), p.Contracts.Kind(), orgpack.Kind(p.Orgs), policypack.Kind(p.Policies), clockpack.Kind(p.Duties.Deadlines), p.Govern.Kind(), p.Govern.LayoutKind())
	_, err = installer.Install(context.Background(), actor.System, true, all...)
	must(t, err)
}

// Put installs one more contract.
func (p *Province) Put(t testing.TB, yaml string) {
	t.Helper()
	doc, err := odcs.Read([]byte(yaml))
	must(t, err)
	_, findings, err := p.Contracts.Put(context.Background(), actor.System, doc, "")
	if err != nil {
		t.Fatalf("%v\n%v", err, findings)
	}
}

// Send sends a file of the repository and waits for its end.
func (p *Province) Send(t testing.TB, dataset, name string) corridor.Report {
	t.Helper()
	f, err := os.Open(File(t, name))
	must(t, err)
	defer f.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	r, err := p.Corridor.Send(ctx, actor.Actor{Kind: "person", ID: "thu", Name: "Cán bộ đầu mối dữ liệu"},
		corridor.Request{Dataset: dataset, Name: filepath.Base(name), Body: f, Confirm: true})
	must(t, err)
	return r
}

// Start sends a file of the repository and waits until it stands before its
// score; Hold must have been called.
func (p *Province) Start(t testing.TB, dataset, name string) (id string) {
	t.Helper()
	f, err := os.Open(File(t, name))
	must(t, err)
	defer f.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	st, err := p.Corridor.Receive(ctx, actor.System, corridor.Request{Dataset: dataset, Name: filepath.Base(name), Body: f, Confirm: true})
	must(t, err)
	_, err = p.Corridor.Wait(ctx, st.ID, func(s corridor.Status) bool { return s.State.Acknowledged() })
	must(t, err)
	return st.ID
}

// Wait waits for the end of a batch.
func (p *Province) Wait(t testing.TB, id string) corridor.Status {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	st, err := p.Corridor.Wait(ctx, id, func(s corridor.Status) bool { return s.State.Final() })
	must(t, err)
	return st
}

// Fill sends files of the packs, each to the data set that is called like it.
func (p *Province) Fill(t testing.TB, files ...string) {
	t.Helper()
	for _, name := range files {
		p.Send(t, strings.TrimSuffix(filepath.Base(name), ".csv"), name)
	}
}

// API is the JSON door of the province.
func (p *Province) API(t testing.TB) *api.Server {
	t.Helper()
	return api.New(p.Deps())
}

// Deps is what the JSON door of the province stands on.
func (p *Province) Deps() api.Deps {
	name := func(_ context.Context, id string) string { return id }
	head := func(context.Context, string) (govern.Head, error) { return govern.Head{Issuer: "Cơ quan thử"}, nil }
	return api.Deps{
		Guard: p.Guard, Door: p.Door, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, Scores: p.Scores, Corridor: p.Corridor,
		CodeLists: p.CodeLists, Terms: p.CodeLists, Recipes: p.Recipes, Units: unitstest.Register{}, Orgs: p.Orgs, Duties: p.Duties, Lineage: p.Lineage, Changed: p.Corridor.RejudgeChanged, Log: p.Log, Version: "thử", Temp: p.Temp,
		Govern: &govdesk.Desk{Desk: p.Govern, Door: p.Door, OrgName: name, Head: head}, People: &orgdesk.Desk{Door: p.Door, Orgs: p.Orgs, Accounts: p.Accounts, Policies: p.Policies},
		Policies: &ruledesk.Desk{Policies: p.Policies, Door: p.Door, Contracts: p.Contracts, Orgs: p.Orgs, Accounts: p.Accounts},
		Classes:  &classdesk.Desk{Door: p.Door, Contracts: p.Contracts, Records: p.Truth, Changed: p.Corridor.RejudgeChanged}, Drafts: p.Drafts,
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
