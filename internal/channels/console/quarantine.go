package console

import (
	"github.com/phohien/phohien/internal/foundation/policy"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

const shownLines = 50

type quarantineView struct {
	Address, Name, Path, SetPath string
	Open                         string
	Lines                        []lineView
	States                       []choice
	Rules                        []choice
	Batch, Line                  string
	Filtered                     bool
	CSV, Next                    string
	Slip                         string // the slip of the open lines, "" when there are none
	Cards                        bool   // cards on every screen, not on phones alone
	Other                        string // the same lines in the other look
	Desk                         *deskView
}

type choice struct {
	Value, Text string
	Chosen      bool
}

type lineView struct {
	Line, Key, State, Band, Batch string
	Record                        string // key or opaque id, "" when it could not be read
	Faults                        []faultView
	Problems                      []problemView
	Cells                         []cellView
}

// A problemView is what is wrong with one field of a line: what was sent, why it
// did not pass, what it most likely should be.
type problemView struct {
	Title   string
	Value   string
	Whole   bool // the line as a whole: no value of its own
	Reasons []adviceView
}

type adviceView struct {
	Why, Suggest, How string
}

type faultView struct {
	Title, Value, Expected string
}

var quarantineStates = []string{record.StateOpen, record.Mended, record.Replaced, record.Undone}

func (s *server) quarantine(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	con, obj, err := s.shown(r, policy.ReadQuarantine)
	if err != nil {
		return err
	}
	view, err := s.Door.See(ctx, policy.ReadQuarantine, con, obj)
	if err != nil {
		return err
	}
	from := s.Records.Through(view)
	words, err := api.Words(ctx, obj, s.Units)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	f, after, err := filterOf(q)
	if err != nil {
		return err
	}
	if q.Get("format") == "csv" {
		lines, err := from.Quarantine(ctx, f, 0, 2000)
		if err != nil {
			return err
		}
		if err := api.ExportQuarantine(ctx, w, from, obj, words, f, lines); err != nil {
			s.Log.ErrorContext(ctx, "export of quarantine", "dataset", obj.Dataset, "err", err)
			panic(http.ErrAbortHandler) // the headers are out: the answer can only be broken off
		}
		return nil
	}
	lines, err := from.Quarantine(ctx, f, after, shownLines+1)
	if err != nil {
		return err
	}
	counts, err := from.QuarantineCounts(ctx)
	if err != nil {
		return err
	}
	base := "/datasets/" + url.PathEscape(obj.Dataset)
	v := quarantineView{
		Address: obj.Dataset, Name: con.Name, SetPath: base, Path: base + "/quarantine", Open: lang.Number(counts.Lines),
		Batch: f.Batch, Filtered: f != record.Filter{State: record.StateOpen},
		CSV: address(base+"/quarantine", q, "format", "csv"),
	}
	if f.Line > 0 {
		v.Line = strconv.FormatInt(f.Line, 10)
	}
	if len(lines) > shownLines {
		lines = lines[:shownLines]
		v.Next = address(base+"/quarantine", q, "after", strconv.FormatInt(lines[len(lines)-1].ID, 10))
	}
	v.States = append(v.States, choice{"all", lang.T("page.all"), f.State == ""})
	for _, st := range quarantineStates {
		v.States = append(v.States, choice{st, lang.T("quarantine.state." + st), f.State == st})
	}
	v.Rules = ruleChoices(lang, obj, counts, f.Rule)
	if counts.Lines > 0 {
		v.Slip = base + "/slip.xlsx"
		if f.Batch != "" {
			v.Slip = "/batches/" + url.PathEscape(f.Batch) + "/slip.xlsx"
		}
	}
	if v.Cards = q.Get("view") == "cards"; v.Cards {
		v.Other = address(base+"/quarantine", q, "view", "table")
	} else {
		v.Other = address(base+"/quarantine", q, "view", "cards")
	}
	known, err := s.codesOf(ctx, obj)
	if err != nil {
		return err
	}
	for _, l := range lines {
		one := lineViewOf(lang, obj, words, l)
		one.Problems = problems(lang, obj, l, known.List, words.Units())
		v.Lines = append(v.Lines, one)
	}
	p := s.Page(r, lang.T("page.quarantine-title", con.Name), "datasets")
	v.Desk = s.deskOf(ctx, con, obj, p.Token)
	return s.Show(w, r, p, quarantinePage(v))
}

// filterOf reads the filter; without one the open lines are shown.
func filterOf(q url.Values) (f record.Filter, after int64, err error) {
	f = record.Filter{State: q.Get("state"), Rule: q.Get("rule"), Batch: strings.TrimSpace(q.Get("batch"))}
	switch {
	case f.State == "all" || (f.State == "" && f.Batch != ""):
		f.State = ""
	case f.State == "":
		f.State = record.StateOpen
	case !slices.Contains(quarantineStates, f.State):
		return f, 0, fault.New(fault.Invalid, "api.request", "state")
	}
	for name, into := range map[string]*int64{"line": &f.Line, "after": &after} {
		if text := strings.TrimSpace(q.Get(name)); text != "" {
			if *into, err = strconv.ParseInt(text, 10, 64); err != nil || *into < 0 {
				return f, 0, fault.New(fault.Invalid, "api.request", name)
			}
		}
	}
	return f, after, nil
}

// address is a path with one parameter of the query changed.
func address(path string, q url.Values, name, value string) string {
	next := url.Values{}
	for k, v := range q {
		if k != "lang" && k != "after" {
			next[k] = v
		}
	}
	next.Set(name, value)
	return path + "?" + next.Encode()
}

// ruleChoices are the rules that open lines break, those most often broken
// first, and the one asked for.
func ruleChoices(l locale.Lang, obj *contract.Object, counts record.Counts, chosen string) []choice {
	ids := make([]string, 0, len(counts.Rules)+1)
	for id := range counts.Rules {
		ids = append(ids, id)
	}
	if chosen != "" && counts.Rules[chosen] == 0 {
		ids = append(ids, chosen)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if d := counts.Rules[b] - counts.Rules[a]; d != 0 {
			return int(d)
		}
		return strings.Compare(a, b)
	})
	all := []choice{{"", l.T("page.all"), chosen == ""}}
	for _, id := range ids {
		text := id
		for i := range obj.Rules {
			if r := &obj.Rules[i]; r.ID == id {
				text = ruleText(l, obj, r)
			}
		}
		if n := counts.Rules[id]; n > 0 {
			text += " (" + l.Number(n) + ")"
		}
		all = append(all, choice{id, text, id == chosen})
	}
	return all
}

func ruleText(l locale.Lang, obj *contract.Object, r *contract.Rule) string {
	text := strings.TrimSuffix(faults.Demand(l, r), ".")
	if len(r.Columns) > 0 {
		text = obj.Columns[r.Columns[0]].Title + ": " + text
	}
	if short := []rune(text); len(short) > 90 {
		text = string(short[:90]) + "…"
	}
	return text
}

func lineViewOf(l locale.Lang, obj *contract.Object, words *faults.Words, line record.QuarantineLine) lineView {
	v := lineView{
		Line: l.Number(line.Line), Key: keyShown(line.Key), Record: line.Key, State: l.T("quarantine.state." + line.State), Band: "watch", Batch: line.Batch,
	}
	if line.State != record.StateOpen {
		v.Band = "none"
	}
	if line.State == record.Mended {
		v.Band = "good"
	}
	for _, f := range words.Of(line) {
		said := f.MessageVi
		if l == locale.En {
			said = f.MessageEn
		}
		v.Faults = append(v.Faults, faultView{Title: f.Title, Value: f.Value, Expected: said})
	}
	for i, cell := range line.Raw {
		label := l.T("page.cell", int64(i+1))
		if len(line.Raw) == len(obj.Columns) {
			label = obj.Columns[i].Title
		}
		v.Cells = append(v.Cells, cellView{Label: label, Text: cell})
	}
	return v
}

// problems gathers what is wrong with a line by field. Values are suggested only
// while the line waits.
func problems(l locale.Lang, obj *contract.Object, line record.QuarantineLine, lists func(string) *dictionary.CodeList, units quality.Resolver) []problemView {
	var all []problemView
	places := map[int]int{}
	for _, f := range workbook.FaultsWith(units, obj, line.Faults, line.Raw, lists, l) {
		at, there := places[f.Column]
		if !there {
			at = len(all)
			places[f.Column] = at
			one := problemView{Title: l.T("page.whole-row"), Whole: true}
			if f.Column >= 0 {
				one = problemView{Title: obj.Columns[f.Column].Title, Value: line.Raw[f.Column]}
			}
			all = append(all, one)
		}
		advice := adviceView{Why: f.Message}
		if line.State == record.StateOpen {
			advice.Suggest, advice.How = f.Suggest, f.How
		}
		all[at].Reasons = append(all[at].Reasons, advice)
	}
	return all
}

// keyShown is a key for people to read: without the encoding that addresses
// need. An opaque id stays as it is.
func keyShown(key string) string {
	if strings.HasPrefix(key, "~") {
		return key
	}
	parts := strings.Split(key, "~")
	for i, p := range parts {
		if plain, err := url.PathUnescape(p); err == nil {
			parts[i] = plain
		}
	}
	return strings.Join(parts, " · ")
}
