package console

import (
	"cmp"
	"context"
	"fmt"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// shownPeriods is how many of the last periods stand side by side.
const shownPeriods = 6

type turnoutView struct {
	Name, SetPath, Path string
	Expected            string // where the expected senders are named
	Periods             []periodView
	Choices             []choice // all periods, newest first
	Chosen              periodView
	Senders             []senderView
	Missing             []string // names of those who have not sent for the chosen period
	Others              int64    // senders that nobody expects
}

type periodView struct {
	Value, Title string
	Sent, Of     string
	Clean        string
	Chosen       bool
}

type senderView struct {
	Code, Name string
	Unexpected bool
	Turns      []turnView // by period
	Now        turnView   // of the chosen period
}

// A turnView is what one sender did for one period, in words.
type turnView struct {
	Sent        bool
	Band, State string
	Clean       string // share without a fault
	Figures     string
	Last        string
}

func (s *server) turnout(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	con, obj, err := s.shown(r, policy.Read)
	if err != nil {
		return err
	}
	if obj.Sender < 0 || obj.Period < 0 {
		return fault.New(fault.NotFound, "senders.none", con.Name)
	}
	view, err := s.Door.See(ctx, policy.Read, con, obj)
	if err != nil {
		return err
	}
	t, from, err := s.turnTable(ctx, view)
	if err != nil {
		return err
	}
	base := "/datasets/" + url.PathEscape(obj.Dataset)
	v := turnoutView{Name: con.Name, SetPath: base, Path: base + "/senders", Expected: lang.T("senders.known")}
	if from != "" {
		v.Expected = lang.T("senders.expected", from)
	}
	t.fill(&v, strings.TrimSpace(r.URL.Query().Get("period")))
	return s.Show(w, r, s.Page(r, lang.T("senders.title-of", con.Name), "datasets"), turnoutPage(v))
}

// turnTable is who has sent for which period; from names the list of those who
// should, "" without.
func (s *server) turnTable(ctx context.Context, view *record.View) (t *turnTable, from string, err error) {
	obj := view.Object()
	turns, err := s.Records.Through(view).Turnout(ctx)
	if err != nil {
		return nil, "", err
	}
	units, from, err := s.expected(ctx, obj)
	return newTable(locale.From(ctx), obj, turns, units, from != ""), from, err
}

// A unit is a sender that is expected.
type unit struct{ code, name string }

// expected lists who should send: the codes of the sender's code list, or the
// rows of the data set it refers to. from names that list, "" when there is none.
func (s *server) expected(ctx context.Context, obj *contract.Object) (all []unit, from string, err error) {
	c := &obj.Columns[obj.Sender]
	if c.CodeList != "" {
		lists, err := s.codesOf(ctx, obj)
		if err != nil {
			return nil, "", err
		}
		if lists.List(c.CodeList) != nil {
			for _, code := range lists.Valid(c.CodeList) {
				all = append(all, unit{code.Code, code.Name})
			}
			return all, lists.Title(c.CodeList), nil
		}
	}
	for i := range obj.Rules {
		rule := &obj.Rules[i]
		// That a code is a unit of the country does not say that the unit must send.
		if rule.Kind == contract.RuleReference && rule.Columns[0] == obj.Sender && rule.ID != c.Store+".unit" {
			return s.referred(ctx, rule.Reference)
		}
	}
	return nil, "", nil
}

// mostUnits bounds how many expected senders a page shows.
const mostUnits = 5000

// referred lists the rows of a data set that senders are rows of.
func (s *server) referred(ctx context.Context, ref *contract.Reference) (all []unit, from string, err error) {
	con, obj, err := door.Lookup(ctx, s.Contracts, ref.Dataset)
	if err != nil || obj == nil {
		if obj == nil && err == nil || fault.KindOf(err) == fault.NotFound {
			return nil, "", nil // not installed: senders are those who have sent
		}
		return nil, "", err
	}
	code := obj.Column(ref.Column)
	if ref.Column == "" && len(obj.Key) == 1 {
		code = obj.Key[0]
	}
	if code < 0 {
		return nil, "", nil
	}
	// Who may not see that set sees only those who have sent.
	view := s.Door.Peek(ctx, policy.Read, con, obj)
	if view == nil || view.HiddenKey() || !view.Clear(code) {
		return nil, "", nil
	}
	reader := s.Records.Through(view)
	name, today := nameColumn(obj), viet.DateOf(s.Now().In(viet.Zone)).String()
	for after := ""; len(all) < mostUnits; {
		rows, err := reader.List(ctx, after, 1000, record.Latest)
		if err != nil {
			return nil, "", err
		}
		for _, row := range rows {
			after = row.Key
			if !inForce(obj, row, today) {
				continue
			}
			u := unit{code: text(row.Values[obj.Columns[code].Name])}
			if name >= 0 {
				u.name = text(row.Values[obj.Columns[name].Name])
			}
			all = append(all, u)
		}
		if len(rows) < 1000 {
			break
		}
	}
	return all, con.Name, nil
}

// nameColumn finds the column that names a row, -1 when none is called so.
func nameColumn(obj *contract.Object) int {
	for i := range obj.Columns {
		c := &obj.Columns[i]
		if c.Type == contract.Text && !slices.Contains(obj.Key, i) && strings.HasPrefix(viet.Fold(c.Title)+" ", "ten ") {
			return i
		}
	}
	return -1
}

// inForce reports whether a row holds today, by the columns of its validity.
func inForce(obj *contract.Object, row record.Row, today string) bool {
	if i := obj.ValidFrom; i >= 0 {
		if from := text(row.Values[obj.Columns[i].Name]); from != "" && from[:min(10, len(from))] > today {
			return false
		}
	}
	if i := obj.ValidTo; i >= 0 {
		if to := text(row.Values[obj.Columns[i].Name]); to != "" && to[:min(10, len(to))] < today {
			return false
		}
	}
	return true
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// A turnTable is senders by periods.
type turnTable struct {
	lang     locale.Lang
	obj      *contract.Object
	units    []unit
	expected int // how many of units are expected; the others have sent all the same
	periods  []string
	turns    map[[2]string]record.Turn
}

func newTable(lang locale.Lang, obj *contract.Object, turns []record.Turn, units []unit, listed bool) *turnTable {
	t := &turnTable{lang: lang, obj: obj, units: units, expected: len(units), turns: map[[2]string]record.Turn{}}
	known := map[string]bool{}
	for _, u := range units {
		known[u.code] = true
	}
	periods := map[string]bool{}
	for _, turn := range turns {
		t.turns[[2]string{turn.Sender, turn.Period}] = turn
		// A period that stands in quarantine alone may be a slip of the pen.
		if turn.Period != "" && turn.Rows > 0 && !periods[turn.Period] {
			periods[turn.Period] = true
			t.periods = append(t.periods, turn.Period)
		}
		if !known[turn.Sender] {
			known[turn.Sender] = true
			t.units = append(t.units, unit{code: turn.Sender})
		}
	}
	if len(t.periods) == 0 { // nothing has passed yet: what was meant is all there is
		for _, turn := range turns {
			if turn.Period != "" && !slices.Contains(t.periods, turn.Period) {
				t.periods = append(t.periods, turn.Period)
			}
		}
	}
	if !listed {
		t.expected = len(t.units)
	}
	slices.SortFunc(t.periods, func(a, b string) int {
		return cmp.Or(slices.Compare(periodKey(b), periodKey(a)), strings.Compare(b, a))
	})
	return t
}

var figures = regexp.MustCompile(`[0-9]+`)

// periodKey orders periods however they are spelled, 11/2026 or 2026-11: the
// year first, then the other figures.
func periodKey(period string) []int {
	var key []int
	for _, f := range figures.FindAllString(period, 6) {
		n, err := strconv.Atoi(f[:min(len(f), 9)])
		if err != nil {
			continue // nine figures are a number
		}
		if len(f) == 4 && len(key) > 0 && key[0] < 1000 {
			key = slices.Insert(key, 0, n)
			continue
		}
		key = append(key, n)
	}
	return key
}

func (t *turnTable) fill(v *turnoutView, chosen string) {
	if !slices.Contains(t.periods, chosen) {
		chosen = ""
		if len(t.periods) > 0 {
			chosen = t.periods[0]
		}
	}
	shown := t.periods[:min(len(t.periods), shownPeriods)]
	if chosen != "" && !slices.Contains(shown, chosen) {
		shown = append(slices.Clone(shown), chosen)
	}
	for _, p := range t.periods {
		v.Choices = append(v.Choices, choice{p, t.title(p), p == chosen})
	}
	for _, p := range shown {
		one := t.period(p)
		if one.Chosen = p == chosen; one.Chosen {
			v.Chosen = one
		}
		v.Periods = append(v.Periods, one)
	}
	for i, u := range t.units {
		one := senderView{Code: u.code, Name: u.name, Unexpected: i >= t.expected, Now: t.turn(u.code, chosen)}
		if u.code == "" {
			one.Name, one.Unexpected = t.lang.T("senders.unreadable"), true
		}
		for _, p := range shown {
			one.Turns = append(one.Turns, t.turn(u.code, p))
		}
		if one.Unexpected {
			v.Others++
		} else if chosen != "" && !one.Now.Sent {
			v.Missing = append(v.Missing, strings.TrimSpace(u.code+" "+u.name))
		}
		v.Senders = append(v.Senders, one)
	}
}

func (t *turnTable) title(period string) string {
	return ui.Value(t.lang, &t.obj.Columns[t.obj.Period], period)
}

// period sums up one period over the expected senders.
func (t *turnTable) period(p string) periodView {
	sent, of := int64(0), int64(0)
	var all record.Turn
	for i, u := range t.units {
		turn, ok := t.turns[[2]string{u.code, p}]
		all.Rows, all.Warned, all.Open = all.Rows+turn.Rows, all.Warned+turn.Warned, all.Open+turn.Open
		if i >= t.expected || u.code == "" {
			continue
		}
		if of++; ok {
			sent++
		}
	}
	return periodView{Value: p, Title: t.title(p), Sent: t.lang.Number(sent), Of: t.lang.Number(of), Clean: t.clean(all)}
}

// clean is the share of rows without a fault, "" without rows.
func (t *turnTable) clean(turn record.Turn) string {
	all := turn.Rows + turn.Open
	if all == 0 {
		return ""
	}
	share := float64((turn.Rows-turn.Warned)*1000/all) / 10 // not rounded up: 100 % means all
	return t.lang.T("senders.clean", t.lang.Float(share, -1))
}

// goodShare is the share without a fault, in percent, from which on a sending
// needs no second look.
const goodShare = 95

func (t *turnTable) turn(sender, period string) turnView {
	turn, ok := t.turns[[2]string{sender, period}]
	if !ok {
		return turnView{Band: "none", State: t.lang.T("senders.not-sent")}
	}
	v := turnView{Sent: true, Band: "good", State: t.lang.T("senders.sent"), Clean: t.clean(turn), Last: t.lang.Date(turn.Last),
		Figures: t.lang.T("senders.rows", turn.Rows)}
	if turn.Open > 0 {
		v.Figures = t.lang.T("senders.figures", turn.Rows, turn.Open)
	}
	switch {
	case turn.Rows == 0:
		v.Band, v.State = "poor", t.lang.T("senders.all-open")
	case (turn.Rows-turn.Warned)*100 < goodShare*(turn.Rows+turn.Open):
		v.Band = "watch"
	}
	return v
}
