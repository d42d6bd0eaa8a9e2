package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// shownUnits is how many units a list shows.
const shownUnits = 50

type unitsView struct {
	Query, On string
	Day       string // the day as words say it
	Asked     bool
	Units     []unitView
	More      bool   // there are more than are shown
	Problem   string // the day cannot be read
	Days      []choice
	Elsewhen  []unitView // the same code on other days
	Why       string     // of an address: why these units
	Steps     []string   // the changes that led to them
	Code      string
}

type unitView struct {
	UID, Path, Code, Full, Place string
	Kind                         string
	Valid                        string
	Basis                        string
	Before, After                []unitChange
	Villages                     *villagesView // of a commune
}

// villagesView are the villages of a commune on a day.
type villagesView struct {
	Path, Day string
	List      []unitView
	Flaws     []string // in which rows of the list contradict each other
	Problem   string   // the day cannot be read
}

type unitChange struct {
	Text, On string
	Unit     unitView
}

// findUnits answers a code or a name on a day. What a code means has changed, so
// the day is always shown beside it.
func (s *server) findUnits(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	ix, err := api.UnitIndex(ctx, s.Units)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v := unitsView{Query: strings.TrimSpace(q.Get("q")), On: strings.TrimSpace(q.Get("on"))}
	v.Asked = v.Query != ""
	if viet.Fold(v.On) == viet.Fold(lang.T("units.all-times")) { // as the field shows it
		v.On = "all"
	}
	on, err := api.UnitDay(v.On, s.Now())
	if err != nil {
		v.Problem = lang.Error(err)
		return s.Show(w, r, s.Page(r, lang.T("units.title"), "units"), unitsPage(v))
	}
	v.Day = lang.T("units.all-times")
	if on != units.NoDay {
		v.Day = on.Display()
	}
	v.On = v.Day
	v.Days = unitDays(lang, v.Query, on, viet.DateOf(s.Now().In(viet.Zone)))
	if v.Asked {
		s.fillUnits(lang, ix, on, &v)
	}
	return s.Show(w, r, s.Page(r, lang.T("units.title"), "units"), unitsPage(v))
}

// unitDays are the days most asked for.
func unitDays(lang locale.Lang, query string, chosen, today viet.Date) []choice {
	var all []choice
	for _, d := range []struct {
		on, text string
		day      viet.Date
	}{
		{"", lang.T("units.today"), today}, {lastWithDistricts.Display(), lang.T("units.before-merger"), lastWithDistricts},
		{(lastWithDistricts + 1).Display(), lang.T("units.after-merger"), lastWithDistricts + 1}, {"all", lang.T("units.all-times"), units.NoDay},
	} {
		all = append(all, choice{Value: "/units?" + url.Values{"q": {query}, "on": {d.on}}.Encode(), Text: d.text, Chosen: d.day == chosen})
	}
	return all
}

// lastWithDistricts is 30 June 2025, the last day of the three levels (Law
// 72/2025/QH15).
var lastWithDistricts = viet.DateOf(time.Date(2025, 6, 30, 0, 0, 0, 0, viet.Zone))

func (s *server) fillUnits(lang locale.Lang, ix *units.Index, on viet.Date, v *unitsView) {
	found := ix.Search(v.Query, on, shownUnits+1)
	var exact []units.Unit
	for _, level := range []units.Level{units.Province, units.District, units.Commune} {
		exact = append(exact, ix.Codes(level, v.Query, on)...)
		for _, u := range ix.Codes(level, v.Query, units.NoDay) {
			v.Code = v.Query
			if !u.ValidOn(on) {
				v.Elsewhen = append(v.Elsewhen, unitShown(lang, ix, u))
			}
		}
	}
	if v.Code != "" { // a code: nothing that only looks like it
		found = exact
	}
	if len(found) == 0 && v.Code == "" { // no name: perhaps an address
		if a := ix.Ask(units.Ask{Text: v.Query, At: on, To: units.NoDay}); len(a.Units) > 0 {
			found, v.Why = a.Units, a.Say(lang)
			for _, p := range a.Steps {
				v.Steps = append(v.Steps, stepWords(lang, p))
			}
		}
	}
	if len(found) > shownUnits {
		found, v.More = found[:shownUnits], true
	}
	for _, u := range found {
		shown := unitShown(lang, ix, u)
		if len(found) == 1 {
			unitHistory(lang, ix, u, &shown)
		}
		v.Units = append(v.Units, shown)
	}
}

// unit shows one unit with what it was made of and what became of it.
func (s *server) unit(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	ix, err := api.UnitIndex(ctx, s.Units)
	if err != nil {
		return err
	}
	u, ok := ix.ByUID(r.PathValue("uid"))
	if !ok {
		return fault.New(fault.NotFound, "units.unknown", r.PathValue("uid"))
	}
	shown := unitShown(lang, ix, u)
	unitHistory(lang, ix, u, &shown)
	if u.Level == units.Commune {
		shown.Villages = s.villages(lang, ix, u, r.URL.Query().Get("on"))
	}
	return s.Show(w, r, s.Page(r, u.Full, "units"), unitPage(shown))
}

// villages shows those of a commune on a day: today, or the last day of one that
// is no more.
func (s *server) villages(lang locale.Lang, ix *units.Index, commune units.Unit, asked string) *villagesView {
	v := &villagesView{Path: "/units/" + url.PathEscape(commune.UID), Day: strings.TrimSpace(asked)}
	on, err := api.UnitDay(v.Day, s.Now())
	if err != nil || on == units.NoDay {
		if err == nil {
			err = fault.New(fault.Invalid, "units.day", v.Day)
		}
		v.Problem = lang.Error(err)
		return v
	}
	if v.Day == "" && !commune.ValidOn(on) {
		on = commune.To
	}
	v.Day = on.Display()
	for _, u := range ix.Villages(commune.UID, on) {
		v.List = append(v.List, unitShown(lang, ix, u))
	}
	for _, f := range ix.FlawsWithin(commune.UID) {
		v.Flaws = append(v.Flaws, lang.Error(f.Err()))
	}
	return v
}

func unitShown(lang locale.Lang, ix *units.Index, u units.Unit) unitView {
	v := unitView{UID: u.UID, Path: "/units/" + url.PathEscape(u.UID), Code: u.Code, Full: u.Full, Basis: u.Basis}
	var place []string
	for _, p := range ix.Parents(u) {
		place = append(place, p.Full)
	}
	v.Place = strings.Join(place, ", ")
	switch u.Level {
	case units.Province:
		v.Kind = lang.T("units.level.province")
	case units.District:
		v.Kind = lang.T("units.level.district")
	case units.Commune:
		v.Kind = lang.T("units.level.commune")
	case units.Village:
		v.Kind = lang.T("units.level.village")
	}
	switch {
	case u.From != units.NoDay && u.To != units.NoDay:
		v.Valid = lang.T("units.valid.from-to", u.From.Display(), u.To.Display())
	case u.From != units.NoDay:
		v.Valid = lang.T("units.valid.from", u.From.Display())
	case u.To != units.NoDay:
		v.Valid = lang.T("units.valid.to", u.To.Display())
	default:
		v.Valid = lang.T("units.valid.always")
	}
	return v
}

func unitHistory(lang locale.Lang, ix *units.Index, u units.Unit, v *unitView) {
	before, after := ix.History(u.UID)
	for _, s := range before {
		v.Before = append(v.Before, unitChange{Text: changeWords(lang, s.Kind), On: s.On.Display(), Unit: unitShown(lang, ix, s.Unit)})
	}
	for _, s := range after {
		v.After = append(v.After, unitChange{Text: changeWords(lang, s.Kind), On: s.On.Display(), Unit: unitShown(lang, ix, s.Unit)})
	}
}

// changeWords says a kind of change, as the code list of kinds has them.
func changeWords(lang locale.Lang, kind string) string {
	switch kind {
	case "merge":
		return lang.T("units.change.merge")
	case "split":
		return lang.T("units.change.split")
	case "rename":
		return lang.T("units.change.rename")
	case "retype":
		return lang.T("units.change.retype")
	case "recode":
		return lang.T("units.change.recode")
	case "move":
		return lang.T("units.change.move")
	case "keep":
		return lang.T("units.change.keep")
	}
	return kind
}
