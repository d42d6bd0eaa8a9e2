package admin

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org/orgpack"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A PackDesk is what the pages about packs stand on.
type PackDesk struct {
	*pack.Packs
	Shipped func(name string) (*pack.Pack, error) // a pack that comes with the program
	Names   []string                              // of those
	Dir     string                                // for what is sent, until it is installed; emptied at the start
	Who     func(ctx context.Context, id string) string

	sent sentPacks
}

var needPacks = door.Of(policy.InstallPack, policy.KindPack)

func (s *pages) packRoutes() {
	s.Handle("GET /admin/packs", needPacks, s.packList)
	s.Handle("GET /admin/packs/{id}", needPacks, s.packOne)
	s.Handle("GET /admin/packs/{id}/install", needPacks, s.packPlan)
	s.Handle("POST /admin/packs/{id}/install", needPacks, s.packInstall)
	s.Handle("GET /admin/packs/{id}/remove", needPacks, s.packLeaving)
	s.Handle("POST /admin/packs/{id}/remove", needPacks, s.packRemove)
	s.Handle("POST /admin/pack-files", needPacks, s.packSend)
	s.Handle("GET /admin/pack-files/{key}", needPacks, s.sentPlan)
	s.Handle("POST /admin/pack-files/{key}", needPacks, s.sentInstall)
	s.Handle("POST /admin/pack-files/{key}/drop", needPacks, s.sentDrop)
}

// Kinds of content in the order in which people ask for them.
var packKinds = []string{kindContract, dictionary.KindName, orgpack.KindName, policy.KindName}

const kindContract = "DataContract"

func packPath(id string) string { return "/admin/packs/" + url.PathEscape(id) }

func packCrumbs(l locale.Lang, more ...linkView) []linkView {
	return crumbs(l, append([]linkView{{Text: l.T("packs.title"), Path: "/admin/packs"}}, more...)...)
}

// shipped reads the packs that come with the program, by id.
func (s *pages) shipped() (map[string]*pack.Pack, error) {
	all := map[string]*pack.Pack{}
	for _, name := range s.Packs.Names {
		p, err := s.Packs.Shipped(name)
		if err != nil {
			return nil, err
		}
		all[p.ID] = p
	}
	return all, nil
}

// installedPacks are those that are there, by id.
func (s *pages) installedPacks(ctx context.Context) ([]pack.Installed, map[string]pack.Installed, error) {
	list, err := s.Packs.List(ctx)
	byID := map[string]pack.Installed{}
	for _, p := range list {
		byID[p.ID] = p
	}
	return list, byID, err
}

func (s *pages) packList(w http.ResponseWriter, r *http.Request) error {
	v, err := s.packListView(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) packListView(ctx context.Context) (screenView, error) {
	l := locale.From(ctx)
	v := screenView{Crumbs: crumbs(l), Title: l.T("packs.title"), Lead: l.T("packs.lead")}
	list, there, err := s.installedPacks(ctx)
	if err != nil {
		return v, err
	}
	shipped, err := s.shipped()
	if err != nil {
		return v, err
	}
	have := &tableView{Caption: l.T("packs.installed"), Empty: l.T("packs.none"),
		Head: []string{l.T("packs.name"), l.T("packs.version"), l.T("packs.holds"), l.T("packs.when")}}
	for _, p := range list {
		holds, err := s.Packs.Contents(ctx, p.ID)
		if err != nil {
			return v, err
		}
		version := cellView{Text: p.Version}
		if next := shipped[p.ID]; next != nil && next.Digest != p.Digest {
			version.Bands = []bandView{{"watch", l.T("packs.newer", next.Version)}}
		}
		have.Rows = append(have.Rows, []cellView{
			{Text: p.Name, Link: packPath(p.ID), Under: p.ID, Vi: true}, version, {Text: counted(l, holds)},
			{Text: l.Stamp(p.InstalledAt), Under: s.Packs.Who(ctx, p.InstalledBy)},
		})
	}
	v.Sections = append(v.Sections, sectionView{ID: "installed", Title: l.T("packs.installed"), Table: have})
	more := &tableView{Caption: l.T("packs.shipped"), Empty: l.T("packs.all-installed"), Head: []string{l.T("packs.name"), l.T("packs.version"), l.T("packs.about")}}
	for _, name := range s.Packs.Names {
		p := shipped[name]
		if _, yes := there[name]; yes || p == nil {
			continue
		}
		more.Rows = append(more.Rows, []cellView{{Text: p.Name, Link: packPath(p.ID), Under: p.ID, Vi: true}, {Text: p.Version}, {Text: ui.InLanguage(l, p.Description)}})
	}
	v.Sections = append(v.Sections, sectionView{ID: "shipped", Title: l.T("packs.shipped"), Table: more},
		sectionView{ID: "send", Title: l.T("packs.send"), Lead: l.T("packs.send.lead"), Forms: []formView{{
			ID: "send-pack", Path: "/admin/pack-files", Token: token(ctx), Files: true, Submit: l.T("packs.send.look"), Fields: []fieldView{
				{Name: "file", Label: l.T("packs.send.file"), Kind: "file", Required: true, Wide: true, Hint: l.T("packs.send.file.hint", int64(mostPack))},
			},
		}}})
	return v, nil
}

// counted says how much of each kind there is.
func counted(l locale.Lang, all []pack.Change) string {
	n := map[string]int64{}
	for _, c := range all {
		n[c.Kind]++
	}
	var words []string
	for _, kind := range packKinds {
		if n[kind] > 0 {
			words = append(words, l.T("packs.count."+kind, n[kind]))
		}
	}
	return strings.Join(words, ", ")
}

// packOne shows one pack: what it says of itself, what is in it, and what can be
// done with it.
func (s *pages) packOne(w http.ResponseWriter, r *http.Request) error {
	v, err := s.packView(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) packView(ctx context.Context, id string) (screenView, error) {
	l := locale.From(ctx)
	list, there, err := s.installedPacks(ctx)
	if err != nil {
		return screenView{}, err
	}
	shipped, err := s.shipped()
	if err != nil {
		return screenView{}, err
	}
	have, installed := there[id]
	comes := shipped[id]
	if !installed && comes == nil {
		return screenView{}, fault.New(fault.NotFound, "packs.unknown", id)
	}
	m := have.Manifest
	if !installed {
		m = comes.Manifest
	}
	v := screenView{Crumbs: packCrumbs(l), Title: m.Name, Vi: true, Lead: ui.InLanguage(l, m.Description), Bands: []bandView{{"none", l.T("packs.not-installed")}}}
	facts := manifestFacts(l, m, there)
	if installed {
		v.Bands = []bandView{{"good", l.T("packs.is-installed")}}
		facts = append(facts, factView{Name: l.T("packs.when"), Value: l.T("packs.when-by", l.Stamp(have.InstalledAt), s.Packs.Who(ctx, have.InstalledBy))})
	}
	v.Sections = []sectionView{{ID: "about", Title: l.T("packs.facts"), Facts: facts}}
	if comes != nil && (!installed || comes.Digest != have.Digest) {
		next := entryView{packPath(id) + "/install", l.T("packs.look-install"), l.T("packs.look-install.lead")}
		if installed {
			next = entryView{next.Path, l.T("packs.look-upgrade", comes.Version), l.T("packs.look-upgrade.lead")}
		}
		v.Sections = append(v.Sections, sectionView{ID: "next", Body: linksPart([]entryView{next})})
	}
	if !installed {
		return v, nil
	}
	holds, err := s.contents(ctx, id)
	if err != nil {
		return v, err
	}
	filled, err := s.filled(ctx, holds)
	if err != nil {
		return v, err
	}
	v.Sections = append(v.Sections, contentSections(l, holds, filled)...)
	v.Sections = append(v.Sections, leavingLink(l, id, list, len(filled)))
	return v, nil
}

func manifestFacts(l locale.Lang, m pack.Manifest, there map[string]pack.Installed) []factView {
	facts := []factView{{Name: l.T("packs.id"), Value: m.ID, Code: true}, {Name: l.T("packs.version"), Value: m.Version}}
	if m.Licence != "" {
		facts = append(facts, factView{Name: l.T("packs.licence"), Value: m.Licence})
	}
	if len(m.Sources) > 0 {
		facts = append(facts, factView{Name: l.T("packs.sources"), Lines: m.Sources, Vi: true})
	}
	var needs []string
	for _, id := range m.Requires {
		words := l.T("packs.requires.missing", id)
		if p, ok := there[id]; ok {
			words = l.T("packs.requires.there", p.Name, id)
		}
		needs = append(needs, words)
	}
	if len(needs) > 0 {
		facts = append(facts, factView{Name: l.T("packs.requires"), Lines: needs})
	}
	return facts
}

// filled are the data sets of a pack that have had data.
func (s *pages) filled(ctx context.Context, holds []pack.Change) (map[string]bool, error) {
	all := map[string]bool{}
	for _, c := range holds {
		if c.Kind != kindContract {
			continue
		}
		seq, _, err := s.Records.Head(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		if seq > 0 {
			all[c.ID] = true
		}
	}
	return all, nil
}

// contents are what a pack has brought, data sets by their names.
func (s *pages) contents(ctx context.Context, id string) ([]pack.Change, error) {
	holds, err := s.Packs.Contents(ctx, id)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for c, err := range contract.All(ctx, s.Contracts) {
		if err != nil {
			return nil, err
		}
		names[c.ID] = c.Name
	}
	for i, c := range holds {
		if c.Kind == kindContract {
			holds[i].Name = cmp.Or(names[c.ID], c.Name)
		}
	}
	return holds, nil
}

// mostListed is how many things of a kind a page lists.
const mostListed = 300

// contentSections list what a pack has brought, kind by kind.
func contentSections(l locale.Lang, holds []pack.Change, filled map[string]bool) []sectionView {
	byKind := map[string][]pack.Change{}
	for _, c := range holds {
		byKind[c.Kind] = append(byKind[c.Kind], c)
	}
	var all []sectionView
	for _, kind := range packKinds {
		part := byKind[kind]
		if len(part) == 0 {
			continue
		}
		slices.SortStableFunc(part, func(a, b pack.Change) int { return cmp.Compare(a.ID, b.ID) })
		t := &tableView{Caption: l.T("pack.kind." + kind), Head: []string{l.T("packs.content.name"), l.T("packs.id")}}
		if kind == kindContract {
			t.Head = append(t.Head, l.T("packs.content.data"))
		}
		most := mostAtOnce
		if kind == kindContract {
			most = mostListed
		}
		for _, c := range part[:min(len(part), most)] {
			row := []cellView{{Text: cmp.Or(c.Name, c.ID), Vi: true}, {Text: c.ID, Code: true}}
			switch kind {
			case kindContract:
				row[0].Link = "/datasets/" + url.PathEscape(c.ID)
				data := bandView{"none", l.T("packs.content.empty")}
				if filled[c.ID] {
					data = bandView{"good", l.T("packs.content.filled")}
				}
				row = append(row, cellView{Bands: []bandView{data}})
			case orgpack.KindName:
				row[0].Link = orgPath(c.ID)
			case policy.KindName:
				row[0].Link = "/admin/policies/" + url.PathEscape(c.ID)
			}
			t.Rows = append(t.Rows, row)
		}
		sec := sectionView{ID: "kind-" + kind, Title: l.T("packs.count."+kind, int64(len(part))), Table: t}
		if len(part) > most {
			sec.Notes = []string{l.T("packs.content.more", int64(most))}
		}
		all = append(all, sec)
	}
	return all
}

// leavingLink says what removing the pack would mean, and leads there.
func leavingLink(l locale.Lang, id string, list []pack.Installed, filled int) sectionView {
	sec := sectionView{ID: "leave", Title: l.T("packs.remove")}
	if needed := neededBy(list, id); len(needed) > 0 {
		sec.Lead = l.T("packs.remove.needed", strings.Join(needed, ", "))
		return sec
	}
	sec.Lead = l.T("packs.remove.undoes")
	if filled > 0 {
		sec.Lead = l.T("packs.remove.keeps", int64(filled))
	}
	sec.Body = linksPart([]entryView{{packPath(id) + "/remove", l.T("packs.look-remove"), l.T("packs.look-remove.lead")}})
	return sec
}

// neededBy are the names of the packs that require one.
func neededBy(list []pack.Installed, id string) (names []string) {
	for _, p := range list {
		if slices.Contains(p.Requires, id) {
			names = append(names, p.Name)
		}
	}
	return names
}

// withRequired puts packs that come with the program before the one that
// requires them, unless they are there.
func (s *pages) withRequired(ctx context.Context, p *pack.Pack) ([]*pack.Pack, error) {
	_, there, err := s.installedPacks(ctx)
	if err != nil {
		return nil, err
	}
	all, named := []*pack.Pack{p}, map[string]bool{p.ID: true}
	for i := 0; i < len(all); i++ {
		for _, id := range all[i].Requires {
			if _, yes := there[id]; yes || named[id] || !slices.Contains(s.Packs.Names, id) {
				continue
			}
			named[id] = true
			next, err := s.Packs.Shipped(id)
			if err != nil {
				return nil, err
			}
			all = append(all, next)
		}
	}
	return all, nil
}

// packPlan shows what installing a pack that comes with the program would change.
func (s *pages) packPlan(w http.ResponseWriter, r *http.Request) error {
	p, err := s.comes(r)
	if err != nil {
		return err
	}
	v, err := s.planView(r.Context(), p, packPath(p.ID)+"/install", "")
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

// comes is the pack that comes with the program under the id of a path.
func (s *pages) comes(r *http.Request) (*pack.Pack, error) {
	if id := r.PathValue("id"); !slices.Contains(s.Packs.Names, id) {
		return nil, fault.New(fault.NotFound, "packs.unknown", id)
	}
	return s.Packs.Shipped(r.PathValue("id"))
}

func (s *pages) packInstall(w http.ResponseWriter, r *http.Request) error {
	p, err := s.comes(r)
	if err != nil {
		return err
	}
	path := packPath(p.ID) + "/install"
	again := func() (screenView, error) { return s.planView(r.Context(), p, path, "") }
	return s.act(w, r, again, func(f url.Values) (string, error) { return s.install(w, r, p, f) })
}

// install carries out the plan that the form was shown with, no other.
func (s *pages) install(w http.ResponseWriter, r *http.Request, p *pack.Pack, f url.Values) (to string, err error) {
	ctx := r.Context()
	guard.Extend(w, installTime)
	all, err := s.withRequired(ctx, p)
	if err != nil {
		return "", err
	}
	plans, err := s.Packs.Diff(ctx, all...)
	if err != nil {
		return "", err
	}
	if f.Get("seen") != planMark(plans) {
		return "", fault.New(fault.Conflict, "packs.moved")
	}
	consent := slices.Contains(f["breaking"], "yes")
	if slices.ContainsFunc(plans, func(p pack.Plan) bool { return p.Breaking() }) && !consent {
		return "", fault.New(fault.Conflict, "packs.consent")
	}
	plans, err = s.Packs.Install(ctx, door.Actor(ctx), consent, all...)
	if err == nil && s.Installed != nil {
		err = s.Installed(ctx)
	}
	from := ""
	for _, plan := range plans {
		if plan.ID == p.ID {
			from = plan.From
		}
	}
	detail := map[string]string{"change": "install", "version": p.Version, "digest": p.Digest}
	if from != "" {
		detail["change"], detail["from"] = "upgrade", from
	}
	if err = s.did(ctx, policy.InstallPack, policy.KindPack, p.ID, err, detail); err != nil {
		return "", err
	}
	return with(packPath(p.ID), "done", "pack-"+detail["change"]), nil
}

// packLeaving shows what removing a pack would take along, and what stays.
func (s *pages) packLeaving(w http.ResponseWriter, r *http.Request) error {
	v, err := s.leavingView(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) leavingView(ctx context.Context, id string) (screenView, error) {
	l := locale.From(ctx)
	list, there, err := s.installedPacks(ctx)
	if err != nil {
		return screenView{}, err
	}
	have, ok := there[id]
	if !ok {
		return screenView{}, fault.New(fault.NotFound, "packs.unknown", id)
	}
	v := screenView{Crumbs: packCrumbs(l, linkView{Text: have.Name, Path: packPath(id)}), Title: l.T("packs.remove.title", have.Name), Lead: l.T("packs.remove.lead")}
	if needed := neededBy(list, id); len(needed) > 0 {
		v.Sections = []sectionView{{ID: "needed", Lead: l.T("packs.remove.needed", strings.Join(needed, ", "))}}
		return v, nil
	}
	holds, err := s.contents(ctx, id)
	if err != nil {
		return v, err
	}
	filled, err := s.filled(ctx, holds)
	if err != nil {
		return v, err
	}
	stays := l.T("packs.remove.undoes")
	if len(filled) > 0 {
		stays = l.T("packs.remove.keeps", int64(len(filled)))
	}
	first := sectionView{ID: "leaving", Title: l.T("packs.remove.goes"), Lead: stays, Facts: []factView{{Name: l.T("packs.remove.takes"), Value: counted(l, holds)}}}
	if slices.ContainsFunc(holds, func(c pack.Change) bool { return c.Kind == policy.KindName }) {
		first.Notes = append(first.Notes, l.T("packs.remove.policies"))
	}
	first.Forms = []formView{{ID: "remove-pack", Path: packPath(id) + "/remove", Token: token(ctx), Submit: l.T("packs.remove.do"), Danger: true,
		Hidden: []hiddenView{{"seen", have.Digest}}}}
	v.Sections = append([]sectionView{first}, contentSections(l, holds, filled)...)
	return v, nil
}

func (s *pages) packRemove(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	again := func() (screenView, error) { return s.leavingView(r.Context(), id) }
	return s.act(w, r, again, func(f url.Values) (string, error) {
		ctx := r.Context()
		guard.Extend(w, installTime)
		_, there, err := s.installedPacks(ctx)
		if err != nil {
			return "", err
		}
		if p, ok := there[id]; ok && p.Digest != f.Get("seen") {
			return "", fault.New(fault.Conflict, "packs.moved")
		}
		_, err = s.Packs.Remove(ctx, door.Actor(ctx), id)
		if err == nil && s.Installed != nil {
			err = s.Installed(ctx)
		}
		if err = s.did(ctx, policy.InstallPack, policy.KindPack, id, err, map[string]string{"change": "remove", "version": there[id].Version}); err != nil {
			return "", err
		}
		return "/admin/packs?done=pack-remove", nil
	})
}
