package admin

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A SystemDesk is what the page about the state of the platform stands on.
type SystemDesk struct {
	Look    func(ctx context.Context) (*System, error)
	Backups func(ctx context.Context) (Backups, error)
	Backup  func(ctx context.Context, by actor.Actor) (name string, err error) // begins one and comes back at once
}

// System is the state of the platform, as doctor sees it.
type System struct {
	Version, Go string
	Engines     []SystemEngine
	Folder      string
	Parts       []SystemPart
	Free, Disk  int64
	Tables      int      // of all data sets
	Behind      []string // tables whose columnar copy does not follow yet
	Broken      []string // data sets that cannot be opened, with why
	Interrupted []string // batches that came to nothing
	LastBackup  time.Time
	Recounted   *time.Time
	Recount     int // data sets in the last recount
	Wrong       int // that did not agree
	Answers     SystemAnswers
	Findings    []SystemFinding
}

// A SystemEngine is a database engine; Use is "truth" or "mirror".
type SystemEngine struct{ Name, Version, Use string }

// A SystemPart is how much of the data folder is of one kind: truth, mirror,
// files, log or rest.
type SystemPart struct {
	Part  string
	Bytes int64
}

// SystemAnswers are the figures of the store of answers.
type SystemAnswers struct{ Kept, Shared, Made, Bytes int64 }

// A SystemFinding is what is wrong with what to do next.
type SystemFinding struct {
	Grave                      bool
	What, Next, WhatEn, NextEn string
}

// Backups is what there is of backups, and the one that is being made.
type Backups struct {
	Dir     string // where they are made; "" = nobody has said
	Outside bool   // the database is backed up by tools of its own
	Running *RunningBackup
	Last    *EndedBackup // since the start
	List    []BackupFolder
	TooMany int // older ones that are not listed
}

// A RunningBackup tells how far one has come.
type RunningBackup struct {
	Name        string
	Began       time.Time
	Stage       string // databases, files, log
	Done, About int64  // bytes written, and how many there will be, roughly
}

// An EndedBackup tells how one went.
type EndedBackup struct {
	Name  string
	At    time.Time
	Took  time.Duration
	Bytes int64
	Err   error
}

// A BackupFolder is a backup that is there.
type BackupFolder struct {
	Name  string
	At    time.Time
	Bytes int64
	Whole bool
}

var needSystem = door.Of(policy.Operate, policy.KindServer)

func (s *pages) systemRoutes() {
	s.Handle("GET /admin/system", needSystem, s.system)
	s.Handle("POST /admin/system/backup", needSystem, s.backUp)
	// How far it has come is asked every two seconds, and is no line in the log.
	s.Handle("GET /admin/system/backup", door.Of(policy.Monitor, policy.KindServer), s.backupProgress)
}

func (s *pages) system(w http.ResponseWriter, r *http.Request) error {
	v, err := s.systemView(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) systemView(ctx context.Context) (screenView, error) {
	l := locale.From(ctx)
	v := screenView{Crumbs: crumbs(l), Title: l.T("system.title"), Lead: l.T("system.lead")}
	now, err := s.System.Look(ctx)
	if err != nil {
		return v, err
	}
	made, err := s.System.Backups(ctx)
	if err != nil {
		return v, err
	}
	grave := slices.ContainsFunc(now.Findings, func(f SystemFinding) bool { return f.Grave })
	switch {
	case grave:
		v.Bands = []bandView{{"poor", l.T("system.grave")}}
	case len(now.Findings) > 0:
		v.Bands = []bandView{{"watch", l.T("system.minded")}}
	default:
		v.Bands = []bandView{{"good", l.T("system.well")}}
	}
	v.Sections = []sectionView{
		findingsSection(l, now.Findings), backupSection(ctx, now, made), sizesSection(l, now), dataSection(l, now), versionsSection(l, now),
	}
	return v, nil
}

// findingsSection is what is wrong, grave things first.
func findingsSection(l locale.Lang, all []SystemFinding) sectionView {
	sec := sectionView{ID: "findings", Title: l.T("system.findings")}
	if len(all) == 0 {
		sec.Lead = l.T("system.no-findings")
		return sec
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b SystemFinding) int {
		switch {
		case a.Grave == b.Grave:
			return 0
		case a.Grave:
			return -1
		}
		return 1
	})
	var shown []mindView
	for _, f := range all {
		v := mindView{Band: bandView{"watch", l.T("system.mind")}, What: f.What, Next: f.Next}
		if f.Grave {
			v.Band = bandView{"poor", l.T("system.grave")}
		}
		if l == locale.En {
			v.What, v.Next = f.WhatEn, f.NextEn
		}
		shown = append(shown, v)
	}
	sec.Body = findingsPart(shown)
	return sec
}

type mindView struct {
	Band       bandView
	What, Next string
}

func sizesSection(l locale.Lang, now *System) sectionView {
	t := &tableView{Caption: l.T("system.sizes"), Head: []string{l.T("system.part"), l.T("system.size")}}
	total := int64(0)
	for _, p := range now.Parts {
		total += p.Bytes
		t.Rows = append(t.Rows, []cellView{{Text: l.T("system.part." + p.Part)}, {Text: l.Bytes(p.Bytes)}})
	}
	t.Rows = append(t.Rows, []cellView{{Text: l.T("system.part.all")}, {Text: l.Bytes(total)}})
	free := l.Bytes(now.Free)
	if now.Disk > 0 {
		free = l.T("system.free-of", now.Free, now.Disk, now.Free*100/now.Disk)
	}
	return sectionView{ID: "sizes", Title: l.T("system.sizes"), Table: t, Facts: []factView{
		{Name: l.T("system.folder"), Value: now.Folder, Code: true}, {Name: l.T("system.free"), Value: free},
	}}
}

func dataSection(l locale.Lang, now *System) sectionView {
	facts := []factView{{Name: l.T("system.tables"), Value: l.Number(int64(now.Tables))}}
	behind := factView{Name: l.T("system.behind"), Value: l.T("system.none")}
	if len(now.Behind) > 0 {
		behind = factView{Name: behind.Name, Value: l.T("system.behind-n", int64(len(now.Behind)), some(now.Behind))}
	}
	facts = append(facts, behind)
	if len(now.Broken) > 0 {
		facts = append(facts, factView{Name: l.T("system.broken"), Lines: now.Broken[:min(len(now.Broken), mostNamedThings)]})
	}
	if len(now.Interrupted) > 0 {
		facts = append(facts, factView{Name: l.T("system.interrupted"), Value: l.T("system.interrupted-n", int64(len(now.Interrupted)))})
	}
	recount := l.T("system.recount.never")
	if now.Recounted != nil {
		recount = l.T("system.recount.at", l.Time(*now.Recounted), int64(now.Recount), int64(now.Wrong))
	}
	asked := now.Answers.Kept + now.Answers.Shared + now.Answers.Made
	answers := l.T("system.answers.none")
	if asked > 0 {
		answers = l.T("system.answers.n", asked, now.Answers.Kept+now.Answers.Shared, now.Answers.Bytes)
	}
	facts = append(facts, factView{Name: l.T("system.recount"), Value: recount}, factView{Name: l.T("system.answers"), Value: answers})
	return sectionView{ID: "data", Title: l.T("system.data"), Facts: facts}
}

const mostNamedThings = 5

func some(names []string) string {
	if len(names) > mostNamedThings {
		return strings.Join(names[:mostNamedThings], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

func versionsSection(l locale.Lang, now *System) sectionView {
	facts := []factView{{Name: l.T("system.version"), Value: now.Version}, {Name: "Go", Value: now.Go}}
	for _, e := range now.Engines {
		facts = append(facts, factView{Name: e.Name, Value: l.T("system.engine", e.Version, l.T("cmd.doctor.use."+e.Use))})
	}
	return sectionView{ID: "versions", Title: l.T("system.versions"), Facts: facts}
}

// backupSection is about backups: the last one, the button, those that are there.
func backupSection(ctx context.Context, now *System, b Backups) sectionView {
	l := locale.From(ctx)
	last := l.T("people.never")
	if !now.LastBackup.IsZero() {
		last = l.T("system.backup.last-at", l.Time(now.LastBackup), ui.Ago(l, now.LastBackup, time.Now()))
	}
	sec := sectionView{ID: "backup", Title: l.T("system.backup"), Facts: []factView{{Name: l.T("system.backup.last"), Value: last}}}
	switch {
	case b.Outside:
		sec.Facts, sec.Lead = nil, l.T("system.backup.outside")
		return sec
	case b.Dir == "":
		sec.Lead, sec.Notes = l.T("system.backup.unset"), []string{l.T("system.backup.unset.how")}
		return sec
	}
	sec.Facts = append(sec.Facts, factView{Name: l.T("system.backup.dir"), Value: b.Dir, Code: true})
	sec.Body = progressPart(progressOf(l, b))
	sec.Table = backupTable(l, b)
	if b.Running == nil {
		sec.Forms = []formView{{ID: "back-up", Path: "/admin/system/backup", Token: token(ctx), Submit: l.T("system.backup.now")}}
	}
	name := l.T("system.backup.name")
	if i := slices.IndexFunc(b.List, func(f BackupFolder) bool { return f.Whole }); i >= 0 {
		name = b.List[i].Name
	}
	sec.Facts = append(sec.Facts, factView{Name: l.T("system.restore"), Code: true,
		Value: "phohien restore " + shellWord(filepath.Join(b.Dir, name)) + " --data " + l.T("system.restore.into")})
	sec.Notes = []string{l.T("system.restore.how")}
	if b.TooMany > 0 {
		sec.Notes = append(sec.Notes, l.T("system.backup.more", int64(b.TooMany)))
	}
	return sec
}

// shellWord writes a path so that a shell takes it as one word.
func shellWord(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool {
		return !(r == '/' || r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	}) {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

func backupTable(l locale.Lang, b Backups) *tableView {
	t := &tableView{Caption: l.T("system.backup.list"), Empty: l.T("system.backup.no-list"),
		Head: []string{l.T("system.backup.folder"), l.T("system.backup.age"), l.T("system.size"), l.T("system.backup.state")}}
	for _, f := range b.List {
		band := bandView{"good", l.T("system.backup.whole")}
		if !f.Whole {
			band = bandView{"poor", l.T("system.backup.part")}
			if b.Running != nil && b.Running.Name == f.Name {
				band = bandView{"none", l.T("system.backup.making")}
			}
		}
		t.Rows = append(t.Rows, []cellView{
			{Text: f.Name, Code: true}, {Text: ui.Ago(l, f.At, time.Now()), Under: l.Time(f.At)}, {Text: l.Bytes(f.Bytes)}, {Bands: []bandView{band}},
		})
	}
	return t
}

// A progressView tells how a backup goes on, or how the last one went.
type progressView struct {
	Running     bool
	Text        string
	Done, About int64
	Good, Bad   string
}

func progressOf(l locale.Lang, b Backups) (v progressView) {
	if run := b.Running; run != nil {
		return progressView{Running: true, Done: min(run.Done, run.About), About: max(run.About, 1),
			Text: l.T("system.backup.running", run.Name, l.T("system.backup.stage."+run.Stage), run.Done, run.About)}
	}
	if last := b.Last; last != nil && last.Err != nil {
		v.Bad = l.T("system.backup.failed", last.Name, l.Error(last.Err))
	} else if last != nil {
		v.Good = l.T("system.backup.done", last.Name, last.Bytes, l.Duration(last.Took))
	}
	return v
}

// backUp begins a backup; the folder is the operator's word, never the browser's.
func (s *pages) backUp(w http.ResponseWriter, r *http.Request) error {
	again := func() (screenView, error) { return s.systemView(r.Context()) }
	return s.act(w, r, again, func(url.Values) (string, error) {
		ctx := r.Context()
		guard.Extend(w, time.Minute)
		name, err := s.System.Backup(ctx, door.Actor(ctx))
		if err := s.did(ctx, policy.Operate, policy.KindServer, "backup", err, map[string]string{"change": "backup.begin", "folder": name}); err != nil {
			return "", err
		}
		return "/admin/system#backup", nil
	})
}

// backupProgress answers with the part of the page that tells how far a backup
// has come; once it has ended the page is asked for anew.
func (s *pages) backupProgress(w http.ResponseWriter, r *http.Request) error {
	b, err := s.System.Backups(r.Context())
	if err != nil {
		return err
	}
	if b.Running == nil {
		w.Header().Set("HX-Refresh", "true")
	}
	return ui.Render(w, r, http.StatusOK, progressPart(progressOf(locale.From(r.Context()), b)))
}
