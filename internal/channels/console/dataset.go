package console

import (
	"context"
	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/channels/scores"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/locale"
)

const (
	shownRecords = 20
	shownBatches = 10
)

// An answerable is a post that answers for a data set.
type answerable struct{ Name, Says string }

type datasetView struct {
	ID, Name                  string
	Address                   string // of the object shown
	Path                      string // of the page
	Head                      ui.SetHead
	Usage, Limitations        string
	Owner, Version, Frequency string
	Answerable                []answerable // for the data set
	Rows, Updated, UpdatedAt  string
	Retired                   bool
	Access                    accessView
	Class                     string // core, important, other; "" = nobody has decided
	Personal                  bool   // some column tells of persons
	Provenance                contract.Provenance
	Closed                    string // why no rows are shown
	Masked                    string // titles of the columns that are masked
	ByPurpose, ByStrong       string // pages that would show more of them, "" = none
	SomeRows                  bool   // only those of the reader's unit or agency
	Turnout                   bool   // the contract says who sends and for which period
	Overall                   string
	Grade                     ui.Grade
	Criteria                  ui.Criteria
	Trend                     scores.Trend
	Losses                    []scores.Loss
	Wrong                     bool // the score that was kept did not agree with the last recount
	Fields                    []fieldView
	Rules                     []string // about the whole row or set
	Heads                     []headView
	Records                   [][]cellView
	More                      bool // there are more records than shown
	Batches                   []batchRow
	Open                      int64 // lines that wait to be mended
	OpenText                  string
	Issues, IssuesLate        int64  // open issues, and those of them that are late
	IssuesPath                string // page with them, "" when the reader sees none of them
	Upload                    uploadView
	Downloads                 *downloadsView
	Desk                      *deskView // nil: may neither hold records nor ask for erasures
	Keys                      []string  // of Records, for the desk
	Lacks                     []ui.Lack // required fields of the catalogue that it lacks
}

// accessView says how widely a data set may be used.
type accessView struct{ Band, Key string }

// accesses in words; what nobody has decided is red.
var accesses = map[string]accessView{
	policy.AccessOpen: {"good", "page.access.open"}, policy.AccessShared: {"good", "page.access.shared"},
	policy.AccessRestricted: {"watch", "page.access.restricted"}, "": {"poor", "page.access.none"},
}

type fieldView struct {
	Name, Title, Type, About, Example string
	Required, Key, Sealed             bool
	Rules                             []string
	CodeList                          string // title of the list
	Codes                             []codeView
}

type (
	headView = ui.Heading
	cellView = ui.Cell
)

type uploadView struct {
	SignedIn bool
	Token    string
	Post     string
	Back     string
	Mode     contract.Mode
	Modes    []contract.Mode
	Heads    string // headings of the contract
	Sender   string // who sent from this browser last
	Senders  []string
	Several  bool // the data set has several tables
}

// shown is the table that a page of a data set is about: the one of its address,
// or the first of several.
func (s *server) shown(r *http.Request, action policy.Action) (*contract.Contract, *contract.Object, error) {
	con, obj, err := s.Door.Find(r.Context(), action, s.Contracts, r.PathValue("id"))
	if err == nil && obj == nil {
		obj = s.Door.KnownObjects(r.Context(), con)[0] // there is one, or none had been found
	}
	return con, obj, err
}

func (s *server) dataset(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	con, obj, err := s.shown(r, policy.Describe)
	if err != nil {
		return err
	}
	if err := s.Door.MaySet(ctx, policy.Describe, con, obj); err != nil {
		return err
	}
	v := datasetView{
		ID: con.ID, Name: con.Name, Address: obj.Dataset, Path: "/datasets/" + url.PathEscape(obj.Dataset),
		Head: s.Tabs.Head(ctx, con, obj, ""), Usage: ui.InLanguage(lang, con.Usage), Limitations: ui.InLanguage(lang, con.Limitations),
		Owner: owner(ctx, con), Version: con.Version, Frequency: ui.Every(lang, con.Frequency.Every), Retired: con.Retired,
		Provenance: con.Provenance, Turnout: obj.Sender >= 0 && obj.Period >= 0,
	}
	described, err := s.shelf.Describe(ctx, con)
	if err != nil {
		return err
	}
	v.Lacks = ui.Lacks(lang, con.ID, described.Missing())
	for _, key := range []string{contract.KeySteward, contract.KeyHead} {
		if says := described.Text(key); says != "" { // that it is lacking stands above, in red
			v.Answerable = append(v.Answerable, answerable{catalog.Name(key).In(lang), says})
		}
	}
	names, err := s.codesOf(ctx, obj)
	if err != nil {
		return err
	}
	v.Fields, v.Rules = fieldViews(lang, obj, names)
	if err := s.datasetState(ctx, con, obj, names, &v); err != nil {
		return err
	}
	p := s.Page(r, con.Name, "datasets")
	v.Upload = uploadView{
		SignedIn: s.Door.Can(ctx, policy.Send, con.What(obj)), Token: p.Token, Post: v.Path + "/batches", Back: v.Path,
		Mode: obj.Mode, Modes: modes(obj), Heads: headings(obj), Sender: lastSender(r), Several: len(con.Objects) > 1,
	}
	if mode := contract.Mode(r.URL.Query().Get("mode")); slices.Contains(v.Upload.Modes, mode) {
		v.Upload.Mode = mode
	}
	if v.Upload.Senders, err = s.senders(r, obj.Dataset); err != nil {
		return err
	}
	if v.Downloads, err = s.downloadsOf(ctx, con, obj, p.Token); err != nil {
		return err
	}
	v.Desk = s.deskOf(ctx, con, obj, p.Token)
	talk, err := s.Comments.Card(ctx, "dataset", con.ID)
	if err != nil {
		return err
	}
	return s.Show(w, r, p, templ.Join(datasetPage(v), talk))
}

// datasetState reads what changes with each batch.
func (s *server) datasetState(ctx context.Context, con *contract.Contract, obj *contract.Object, names dictionary.Names, v *datasetView) error {
	lang := locale.From(ctx)
	rows, err := s.Records.Count(ctx, obj)
	if err != nil {
		return err
	}
	_, at, err := s.Records.Head(ctx, con.ID)
	if err != nil {
		return err
	}
	v.Rows, v.Updated, v.UpdatedAt, v.More = lang.Number(rows), ui.Ago(lang, at, s.Now()), lang.Time(at), rows > shownRecords
	sc, err := s.Scores.Current(ctx, con.ID)
	if err != nil {
		return err
	}
	v.Criteria, v.Overall, v.Grade = scores.Criteria(lang, sc), ui.Score(lang, sc.Overall), ui.GradeOf(sc.Overall)
	days := scores.Days(s.Now(), shownDays)
	past, err := s.Scores.DaysOf(ctx, con.ID, days[0])
	if err != nil {
		return err
	}
	v.Trend = scores.NewTrend(lang, lang.T("scores.overall"), scores.OfSet(past, days, ""), sc.Overall)
	v.Losses = scores.Losses(ctx, s.Door, con, sc)
	if err := s.openIssues(ctx, con, v); err != nil {
		return err
	}
	checks, err := s.Scores.Checks(ctx)
	if err != nil {
		return err
	}
	if k, there := checks[con.ID]; there && !k.Agrees {
		v.Wrong = true
	}
	// Who may not see rows sees the rest of the page.
	s.sight(ctx, con, obj, v)
	if view := s.Door.Peek(ctx, policy.Read, con, obj); view != nil {
		list, err := s.Records.Through(view).List(ctx, "", shownRecords, record.Latest)
		if err != nil {
			return err
		}
		v.Heads, v.Records = ui.RecordTable(lang, view, names, list)
		for _, row := range list {
			v.Keys = append(v.Keys, row.Key)
		}
	}
	counts, err := s.Records.QuarantineCounts(ctx, obj)
	if err != nil {
		return err
	}
	v.Open, v.OpenText = counts.Lines, lang.Number(counts.Lines)
	batches, _, err := s.Corridor.Batches(ctx, obj.Dataset, "", shownBatches)
	if err != nil {
		return err
	}
	for _, b := range batches {
		v.Batches = append(v.Batches, s.batchRow(ctx, s.Door.Shown(ctx, con, obj, b)))
	}
	return nil
}

// sight says what of the rows the reader does not see, and what would show more.
func (s *server) sight(ctx context.Context, con *contract.Contract, obj *contract.Object, v *datasetView) {
	v.Access, v.Class, v.Personal = accesses[con.Access], con.Class, door.Personal(obj)
	d := s.Door.Asks(ctx, policy.Read, con.What(obj))
	if !d.Allowed || d.SmallestGroup > 0 {
		v.Closed = ui.Say(ctx, "page.rows-closed")
	} else {
		var masked []string
		for _, c := range obj.Columns {
			if !d.Sees(c.Name) {
				masked = append(masked, c.Title)
			}
		}
		v.Masked, v.SomeRows = strings.Join(masked, ", "), !d.Rows.All
	}
	back := url.QueryEscape(v.Path)
	if d.NeedsPurpose {
		v.ByPurpose = "/me/purpose?back=" + back
	}
	if d.NeedsStrong {
		v.ByStrong = "/me/confirm?back=" + back
	}
}

func fieldViews(l locale.Lang, obj *contract.Object, names dictionary.Names) ([]fieldView, []string) {
	fields := make([]fieldView, len(obj.Columns))
	for i, c := range obj.Columns {
		fields[i] = fieldView{
			Name: c.Name, Title: c.Title, Type: l.T("page.type." + string(c.Type)), About: ui.InLanguage(l, c.About),
			Example: ui.Example(l, &obj.Columns[i]), Required: c.Required, Sealed: c.Sealed,
		}
		if c.CodeList != "" {
			fields[i].CodeList, fields[i].Codes = names.Title(c.CodeList), entries(names, c.CodeList)
		}
	}
	for _, k := range obj.Key {
		fields[k].Key = true
	}
	var whole []string
	for i := range obj.Rules {
		r := &obj.Rules[i]
		switch r.Kind {
		case contract.RuleType, contract.RuleRequired, contract.RuleKey, contract.RuleCodeList:
			continue // said by type, "required", "key" and the code list
		}
		text := faults.Demand(l, r)
		if r.Severity != contract.Reject {
			text += " " + l.T("page.warn-only")
		}
		if len(r.Columns) == 1 {
			f := &fields[r.Columns[0]]
			f.Rules = append(f.Rules, text)
			continue
		}
		whole = append(whole, text)
	}
	return fields, whole
}

// modes are what a batch may do to an object: only what makes sense without a
// key is offered without one.
func modes(obj *contract.Object) []contract.Mode {
	if !obj.HasKey() {
		return []contract.Mode{contract.Append, contract.Replace}
	}
	all := []contract.Mode{contract.Merge, contract.Append, contract.Replace}
	if obj.Sender >= 0 && obj.Period >= 0 {
		all = append(all, contract.Slice)
	}
	return all
}

// headings are the titles of the fields: a file may bear these or their names.
func headings(obj *contract.Object) string {
	all := make([]string, len(obj.Columns))
	for i, c := range obj.Columns {
		all[i] = c.Title
	}
	return strings.Join(all, " · ")
}
