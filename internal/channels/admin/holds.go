package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/erasing"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// holdRoutes are the pages about records that are held. A key is in the bodies
// of forms alone: it is often a personal number, and addresses are kept in the
// history of browsers and in logs.
func (s *pages) holdRoutes() {
	need := door.Each(policy.Hold, policy.KindDataset)
	s.Handle("GET /datasets/{id}/holds", need, s.holds)
	s.Handle("POST /datasets/{id}/holds", need, s.hold)
	s.Handle("POST /datasets/{id}/holds/release", need, s.release)
	s.Handle("POST /datasets/{id}/record", need, s.record)
}

// shownHolds is how many holds a page shows.
const shownHolds = 50

// table finds the table of an address, the first of several.
func (s *pages) table(r *http.Request) (*contract.Contract, *contract.Object, error) {
	con, obj, err := s.Door.Find(r.Context(), policy.Hold, s.Contracts, r.PathValue("id"))
	if err == nil && obj == nil {
		obj = con.Objects[0]
	}
	return con, obj, err
}

// tableForm is table with the form that was sent to it.
func (s *pages) tableForm(w http.ResponseWriter, r *http.Request) (*contract.Contract, *contract.Object, url.Values, error) {
	con, obj, err := s.table(r)
	if err != nil {
		return nil, nil, nil, err
	}
	f, err := s.Form(w, r, mostForm)
	return con, obj, f, err
}

func setPath(obj *contract.Object) string { return "/datasets/" + url.PathEscape(obj.Dataset) }

func setCrumbs(l locale.Lang, con *contract.Contract, obj *contract.Object) []linkView {
	return []linkView{{Text: l.T("page.datasets"), Path: "/"}, {Text: con.Name, Path: setPath(obj)}}
}

func (s *pages) holds(w http.ResponseWriter, r *http.Request) error {
	v, err := s.holdsScreen(r, url.Values{})
	if err != nil {
		return err
	}
	return s.showAt(w, r, v, "datasets", "")
}

// showAt is show in another place of the menu. Pages that answer a form name the
// address that shows them again.
func (s *pages) showAt(w http.ResponseWriter, r *http.Request, v screenView, place, here string) error {
	if v.Done == "" {
		v.Done = deskDone(r.Context(), r.URL.Query().Get("done"))
	}
	p := s.Page(r, v.Title, place)
	if here != "" {
		p.Here = &url.URL{Path: here}
	}
	return s.Show(w, r, p, screenPage(v))
}

func deskDone(ctx context.Context, what string) string {
	l := locale.From(ctx)
	switch what {
	case "held":
		return l.T("erasing.done.held")
	case "released":
		return l.T("erasing.done.released")
	case "asked":
		return l.T("erasing.done.asked")
	case "planned":
		return l.T("erasing.done.planned")
	case "refused":
		return l.T("erasing.done.refused")
	}
	return ""
}

// mend says on a page what was wrong with a form; what the page cannot mend is an
// error like any other.
func (s *pages) mend(w http.ResponseWriter, r *http.Request, err error, place, here string, again func() (screenView, error)) error {
	f := fault.Of(err)
	if f == nil || f.Kind == fault.Internal || !strings.HasPrefix(f.Key, "erase.") && !strings.HasPrefix(f.Key, "hold.") {
		return err
	}
	v, e := again()
	if e != nil {
		return err // the page itself is not there
	}
	v.Problem = locale.From(r.Context()).Error(err)
	p := s.Page(r, v.Title, place)
	p.Here = &url.URL{Path: here}
	return s.ShowWrong(w, r, err, p, screenPage(v))
}

func (s *pages) holdsScreen(r *http.Request, filled url.Values) (v screenView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	con, obj, err := s.table(r)
	if err != nil {
		return v, err
	}
	kind, after := "", int64(0)
	if q := r.URL.Query(); r.Method == http.MethodGet {
		kind = q.Get("kind")
		if text := q.Get("after"); text != "" {
			if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
				return v, fault.New(fault.Invalid, "api.request", "after")
			}
		}
	}
	list, err := s.Erasing.Held(ctx, con, obj, kind, after, shownHolds+1)
	if err != nil {
		return v, err
	}
	path := setPath(obj) + "/holds"
	v = screenView{Crumbs: setCrumbs(l, con, obj), Title: l.T("erasing.holds"), Lead: l.T("erasing.holds.lead")}
	v.Tabs = append(v.Tabs, linkView{Text: l.T("page.all"), Path: path, Here: kind == ""})
	for _, k := range erasing.Kinds {
		v.Tabs = append(v.Tabs, linkView{Text: l.T("erasing.kind." + k), Path: path + "?kind=" + k, Here: kind == k})
	}
	next := ""
	if len(list) > shownHolds {
		list = list[:shownHolds]
		next = with(with(path, "kind", kind), "after", strconv.FormatInt(list[len(list)-1].Seq, 10))
	}
	part := sectionView{ID: "held", Table: heldTable(ctx, setPath(obj)+"/record", list)}
	if next != "" {
		part.Body = pagerPart([]linkView{{Text: l.T("page.all"), Path: path}, {Text: l.T("page.next"), Path: next}})
	}
	key := fieldView{Name: "key", Label: l.T("page.key"), Hint: keyHint(l, obj), Required: true}
	f := holdForm(ctx, obj, filled, key)
	v.Sections = []sectionView{part, {ID: "hold-one", Title: l.T("erasing.hold"), Lead: l.T("erasing.hold.lead"), Forms: []formView{f}}}
	return v, nil
}

// keyHint says what makes a key.
func keyHint(l locale.Lang, obj *contract.Object) string {
	var parts []string
	for _, k := range obj.Key {
		parts = append(parts, obj.Columns[k].Title)
	}
	switch len(parts) {
	case 0:
		return l.T("erasing.key.none")
	case 1:
		return l.T("erasing.key.one", parts[0])
	}
	return l.T("erasing.key.several", strings.Join(parts, "~"))
}

func heldTable(ctx context.Context, path string, list []record.HeldRecord) *tableView {
	l := locale.From(ctx)
	t := &tableView{Caption: l.T("erasing.holds"), Empty: l.T("erasing.holds.none"),
		Head: []string{l.T("page.key"), l.T("erasing.hold-kind"), l.T("erasing.basis"), l.T("erasing.until"), l.T("erasing.held-by"), l.T("rules.do")}}
	for _, h := range list {
		t.Rows = append(t.Rows, []cellView{
			{Text: keyWords(l, h.Key), Code: true}, {Bands: []bandView{kindBand(l, h.Kind)}}, {Text: h.Basis, Vi: true}, {Text: untilWords(l, h.Until)},
			{Text: h.By.Name, Under: l.Time(h.At), Vi: true},
			{Forms: []formView{{Small: true, Path: path, Token: token(ctx), Submit: l.T("erasing.open"), Hidden: []hiddenView{{"key", h.Key}}}}},
		})
	}
	return t
}

func kindBand(l locale.Lang, kind string) bandView {
	band := "watch"
	if kind == record.HoldLegal {
		band = "none"
	}
	return bandView{band, l.T("erasing.kind." + kind)}
}

func untilWords(l locale.Lang, until string) string {
	if until == "" {
		return l.T("erasing.until.open")
	}
	return shownDay(until)
}

// keyWords is a key for people: an opaque id tells them nothing but that it is
// one.
func keyWords(l locale.Lang, key string) string {
	if strings.HasPrefix(key, "~") {
		return l.T("erasing.key.veiled", key[len(key)-6:])
	}
	parts := strings.Split(key, "~")
	for i, p := range parts {
		if plain, err := url.PathUnescape(p); err == nil {
			parts[i] = plain
		}
	}
	return strings.Join(parts, " · ")
}

func holdForm(ctx context.Context, obj *contract.Object, filled url.Values, first ...fieldView) formView {
	l := locale.From(ctx)
	var kinds []pickView
	for _, k := range erasing.Kinds {
		kinds = append(kinds, pickView{Value: k, Text: l.T("erasing.kind." + k), Chosen: filled.Get("kind") == k})
	}
	return formView{ID: "hold", Path: setPath(obj) + "/holds", Token: token(ctx), Submit: l.T("erasing.hold.do"), Fields: append(first,
		fieldView{Name: "kind", Label: l.T("erasing.hold-kind"), Kind: "select", Picks: kinds, Required: true, Hint: l.T("erasing.hold-kind.hint")},
		fieldView{Name: "until", Label: l.T("erasing.until"), Kind: "day", Value: filled.Get("until"), Hint: l.T("erasing.until.hint")},
		fieldView{Name: "basis", Label: l.T("erasing.basis"), Value: filled.Get("basis"), Required: true, Wide: true, Hint: l.T("erasing.basis.hint")})}
}

func (s *pages) hold(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	con, obj, f, err := s.tableForm(w, r)
	if err != nil {
		return err
	}
	until, bad := orgdesk.ReadISO(f.Get("until"))
	if bad != nil {
		until = f.Get("until") // refused with the words about holds
	}
	path := setPath(obj) + "/holds"
	if _, err := s.Erasing.Hold(ctx, con, obj, erasing.Holding{Key: f.Get("key"), Kind: f.Get("kind"), Basis: strings.TrimSpace(f.Get("basis")), Until: until}); err != nil {
		return s.mend(w, r, err, "datasets", path, func() (screenView, error) {
			if f.Get("from") == "record" {
				return s.recordScreen(r, f)
			}
			return s.holdsScreen(r, f)
		})
	}
	http.Redirect(w, r, path+"?done=held", http.StatusSeeOther)
	return nil
}

func (s *pages) release(w http.ResponseWriter, r *http.Request) error {
	con, obj, f, err := s.tableForm(w, r)
	if err != nil {
		return err
	}
	path := setPath(obj) + "/holds"
	if _, err := s.Erasing.Release(r.Context(), con, obj, f.Get("key"), f.Get("kind"), f.Get("reason")); err != nil {
		return s.mend(w, r, err, "datasets", path, func() (screenView, error) { return s.recordScreen(r, f) })
	}
	http.Redirect(w, r, path+"?done=released", http.StatusSeeOther)
	return nil
}

// record is one record, to hold it, release it, or ask for its erasure.
func (s *pages) record(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	v, err := s.recordScreen(r, f)
	if err != nil {
		return err
	}
	_, obj, err := s.table(r)
	if err != nil {
		return err
	}
	return s.showAt(w, r, v, "datasets", setPath(obj))
}

func (s *pages) recordScreen(r *http.Request, f url.Values) (v screenView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	con, obj, err := s.table(r)
	if err != nil {
		return v, err
	}
	look, err := s.Erasing.Look(ctx, con, obj, f.Get("key"))
	if err != nil {
		return v, err
	}
	key := hiddenView{"key", look.Shown}
	v = screenView{Crumbs: setCrumbs(l, con, obj), Title: l.T("erasing.record"), Lead: l.T("erasing.record.lead"), Bands: heldBands(l, look.Hold, look.Named)}
	if look.Hold {
		v.Crumbs = append(v.Crumbs, linkView{Text: l.T("erasing.holds"), Path: setPath(obj) + "/holds"})
	}
	v.Sections = append(v.Sections, sectionView{ID: "record", Title: keyWords(l, look.Shown), Facts: rowFacts(l, look)})
	if look.Row == nil {
		v.Sections[0].Lead = l.T("erasing.record.quarantine")
	}
	for _, h := range look.Named.Holds {
		c := sectionView{ID: "held-" + h.Kind, Title: l.T("erasing.held-as", l.T("erasing.kind."+h.Kind)), Facts: []factView{
			{Name: l.T("erasing.basis"), Value: h.Basis, Vi: true}, {Name: l.T("erasing.until"), Value: untilWords(l, h.Until)},
			{Name: l.T("erasing.held-by"), Value: h.By.Name + ", " + l.Time(h.At), Vi: true},
		}}
		if look.Hold {
			c.Forms = []formView{{ID: "release-" + h.Kind, Path: setPath(obj) + "/holds/release", Token: token(ctx), Submit: l.T("erasing.release"),
				Hidden: []hiddenView{key, {"kind", h.Kind}}, Fields: []fieldView{{Name: "reason", Label: l.T("erasing.release.reason"), Hint: l.T("erasing.basis.hint"), Required: true, Wide: true}}}}
		}
		v.Sections = append(v.Sections, c)
	}
	if look.Hold {
		hold := holdForm(ctx, obj, f)
		hold.Hidden = []hiddenView{key, {"from", "record"}}
		v.Sections = append(v.Sections, sectionView{ID: "hold-one", Title: l.T("erasing.hold"), Lead: l.T("erasing.hold.lead"), Forms: []formView{hold}})
	}
	c := sectionView{ID: "erase-one", Title: l.T("erasing.ask-record"), Lead: l.T("erasing.ask-record.lead")}
	switch {
	case look.Ask:
		c.Forms = []formView{{ID: "ask", Path: "/erasures", Token: token(ctx), Submit: l.T("erasing.ask.do"), Danger: true, Hidden: []hiddenView{key, {"dataset", obj.Dataset}},
			Fields: []fieldView{basisField(l, f.Get("erase-basis"))}}}
		v.Sections = append(v.Sections, c)
	case look.AskByPurpose:
		c.Body = linksPart([]entryView{{"/me/purpose?back=" + url.QueryEscape(setPath(obj)), l.T("site.purpose"), l.T("erasing.by-purpose")}})
		v.Sections = append(v.Sections, c)
	}
	return v, nil
}

func basisField(l locale.Lang, value string) fieldView {
	return fieldView{Name: "basis", Label: l.T("erasing.basis"), Value: value, Required: true, Wide: true, Hint: l.T("erasing.basis.hint")}
}

func heldBands(l locale.Lang, may bool, n record.Named) (all []bandView) {
	for _, h := range n.Holds {
		all = append(all, kindBand(l, h.Kind))
	}
	if len(all) == 0 && may {
		all = append(all, bandView{"good", l.T("erasing.not-held")})
	}
	return all
}

// rowFacts are the values of a record as they are seen.
func rowFacts(l locale.Lang, look erasing.Look) (all []factView) {
	if look.Row == nil {
		return nil
	}
	obj := look.View.Object()
	for i := range obj.Columns {
		c := &obj.Columns[i]
		text := ui.Value(l, c, look.Row.Values[c.Name])
		if why, ok := look.Row.Nil[c.Name]; ok {
			if text = l.T("page.nil." + why); !look.View.Clear(i) {
				text = l.T("page.veiled")
			}
		}
		if text == "" {
			text = "–"
		}
		all = append(all, factView{Name: c.Title, Value: text, Vi: true})
	}
	return slices.Clip(all)
}
