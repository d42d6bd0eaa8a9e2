package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/core/ingest/sheet"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// Bounds of a list of texts that are resolved: a file may be longer than what is
// pasted.
const (
	mostAskedRows = 5000
	mostAskedFile = 20 << 20
	mostAskedForm = 8 << 20
	shownSure     = 100 // rows that are sure are shown, all others are
	shownQueue    = 300
	resolveTime   = 5 * time.Minute
)

// An askedRow is one text that is resolved: what a page of ours carries to the
// next one.
type askedRow struct {
	Line int    `json:"l"`
	Text string `json:"t"`
	Day  string `json:"d,omitempty"` // its own day
}

type resolveView struct {
	Token, Problem   string
	Text, At, Within string
	Columns          []string
	Result           *resolvedView
}

type resolvedView struct {
	Rows              string // what was asked, for the next form
	At, Within        string
	Day               string // in words
	Total, Sure, Wait int64
	Notices           []string // what is to be said of several lines, once
	Queue, Lines      []resolvedLine
	More              int64
}

type resolvedLine struct {
	Line       int64
	Text, Day  string
	Why        string
	Unit       *unitView
	Village    string
	Candidates []unitView
	Steps      []string
	Left       string
}

func (s *server) resolveRoutes() {
	need := door.Of(policy.Describe, policy.KindUnit)
	s.Handle("GET /units/resolve", need, func(w http.ResponseWriter, r *http.Request) error {
		return s.showResolve(w, r, s.resolveForm(r), nil)
	})
	s.Handle("POST /units/resolve", need, s.resolvePasted)
	s.Handle("POST /units/resolve/file", need, s.resolveFile)
}

func (s *server) resolveForm(r *http.Request) resolveView {
	l := locale.From(r.Context())
	v := resolveView{Token: door.From(r.Context()).CSRF, At: l.Date(s.Now().In(viet.Zone))}
	for _, c := range askedColumns {
		v.Columns = append(v.Columns, l.Of(c.vi, c.en))
	}
	return v
}

func (s *server) showResolve(w http.ResponseWriter, r *http.Request, v resolveView, wrong error) error {
	l := locale.From(r.Context())
	page := s.Page(r, l.T("units.resolve.title"), "units")
	if wrong == nil {
		return s.Show(w, r, page, resolvePage(v))
	}
	if !site.Mendable(wrong) {
		return wrong
	}
	v.Problem = l.Error(wrong)
	return s.ShowWrong(w, r, wrong, page, resolvePage(v))
}

// resolvePasted resolves lines that were pasted, or those of a list again as of
// another day, or hands them out as a file. They come in the body, so that no
// address of a person stands in an address of a page.
func (s *server) resolvePasted(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostAskedForm)
	if err != nil {
		return err
	}
	v := s.resolveForm(r)
	v.Text, v.At, v.Within = f.Get("text"), strings.TrimSpace(f.Get("at")), strings.TrimSpace(f.Get("within"))
	rows := linesOf(v.Text)
	if kept := f.Get("rows"); kept != "" {
		if err := json.Unmarshal([]byte(kept), &rows); err != nil || len(rows) > mostAskedRows {
			return fault.New(fault.Invalid, "page.form").Because(err)
		}
	}
	format := f.Get("format")
	if format == "" {
		return s.answerResolve(w, r, v, rows)
	}
	found, ix, err := s.resolveRows(r, rows, v)
	if err != nil {
		return s.showResolve(w, r, v, err)
	}
	return s.resolvedFile(w, r, format, rows, found, ix)
}

// linesOf are the texts of a field, one a line. Cells that were pasted from a
// sheet have tabs between them.
func linesOf(text string) (rows []askedRow) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		var cells []string
		for cell := range strings.SplitSeq(line, "\t") {
			if cell = strings.TrimSpace(cell); cell != "" {
				cells = append(cells, cell)
			}
		}
		if len(cells) > 0 {
			rows = append(rows, askedRow{Line: n, Text: strings.Join(cells, ", ")})
		}
	}
	return rows
}

// askedColumns are those of a list that is resolved: a whole address or code, or
// the names in columns of their own.
var askedColumns = []struct {
	vi, en string
	other  []string
}{
	{"Địa chỉ hoặc mã", "Address or code", []string{"địa chỉ", "địa chỉ thường trú", "nơi thường trú", "nơi ở hiện tại", "nơi ở", "nội dung đã ghi", "address", "unit", "mã xã", "mã phường", "mã đvhc", "mã đơn vị hành chính", "ma_xa", "dia_chi"}},
	{"Thôn, tổ dân phố", "Village", []string{"thôn", "tổ dân phố", "thôn/tổ dân phố", "thon", "village"}},
	{"Xã, phường, thị trấn", "Commune", []string{"xã", "phường", "xã/phường", "xã, phường", "xã/phường/thị trấn", "tên xã", "commune", "ward"}},
	{"Huyện, thành phố", "District", []string{"huyện", "quận", "quận/huyện", "huyện/thành phố", "huyện, thị xã, thành phố", "quận, huyện", "district"}},
	{"Tỉnh", "Province", []string{"tỉnh, thành phố", "tỉnh/thành phố", "tên tỉnh", "province"}},
	{"Ngày", "Day", []string{"tại ngày", "ngày ghi", "ngày rà soát", "ngày số liệu", "on", "date"}},
}

const (
	askedAddress = 0
	askedCommune = 2
	askedDay     = 5
)

func askedColumn(heading string) int {
	folded := viet.Fold(strings.TrimSpace(strings.TrimRight(heading, "* ")))
	for i, c := range askedColumns {
		if folded == viet.Fold(c.vi) || folded == viet.Fold(c.en) || slices.ContainsFunc(c.other, func(o string) bool { return viet.Fold(o) == folded }) {
			return i
		}
	}
	return -1
}

// resolveFile resolves the list in a file. Nobody has said yet by the units of
// which day it was written: without a column of days only what means one unit at
// all times is sure.
func (s *server) resolveFile(w http.ResponseWriter, r *http.Request) error {
	v := s.resolveForm(r)
	v.At = "all"
	if err := s.Limits.Upload(r); err != nil {
		return err
	}
	part, err := s.File(w, r, mostAskedFile+(1<<20), fault.New(fault.Invalid, "units.resolve.no-file"))
	if err != nil {
		return s.showResolve(w, r, v, err)
	}
	guard.Extend(w, resolveTime)
	body, err := io.ReadAll(io.LimitReader(part, mostAskedFile+1))
	if err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	rows, err := askedRows(r, body, part.FileName())
	if err != nil {
		return s.showResolve(w, r, v, err)
	}
	return s.answerResolve(w, r, v, rows)
}

// askedRows reads a list: by its column of addresses, or else by that of communes.
func askedRows(r *http.Request, body []byte, name string) (rows []askedRow, err error) {
	list := sheet.List{
		Column: askedColumn, Needed: []int{askedAddress}, Most: mostAskedFile, MostRows: mostAskedRows,
		Large: fault.New(fault.TooLarge, "units.resolve.large", int64(mostAskedFile)), None: fault.New(fault.Invalid, "units.resolve.no-column"),
		Many: fault.New(fault.TooLarge, "units.resolve.many", int64(mostAskedRows)), Empty: fault.New(fault.Invalid, "units.resolve.empty"),
	}
	found, err := list.Read(r.Context(), bytes.NewReader(body), name)
	if fault.Is(err, "units.resolve.no-column") {
		list.Needed = []int{askedCommune}
		found, err = list.Read(r.Context(), bytes.NewReader(body), name)
	}
	if err != nil {
		return nil, err
	}
	for _, one := range found {
		var parts []string
		for c := range askedDay {
			if text := strings.TrimSpace(one.Cells[c]); text != "" {
				parts = append(parts, text)
			}
		}
		rows = append(rows, askedRow{one.Line, strings.Join(parts, ", "), strings.TrimSpace(one.Cells[askedDay])})
	}
	return rows, nil
}

// resolveRows asks for every row, as of its own day where it has one.
func (s *server) resolveRows(r *http.Request, rows []askedRow, v resolveView) ([]units.Answer, *units.Index, error) {
	ix, err := api.UnitIndex(r.Context(), s.Units)
	if err != nil {
		return nil, nil, err
	}
	if len(rows) == 0 {
		return nil, nil, fault.New(fault.Invalid, "units.resolve.nothing")
	}
	if len(rows) > mostAskedRows {
		return nil, nil, fault.New(fault.TooLarge, "units.resolve.many", int64(mostAskedRows))
	}
	at, err := s.dayOf(r, v.At)
	if err != nil {
		return nil, nil, err
	}
	found := make([]units.Answer, len(rows))
	for i, row := range rows {
		on := at
		if row.Day != "" {
			if on, err = api.UnitDay(row.Day, s.Now()); err != nil {
				return nil, nil, fault.New(fault.Invalid, "units.resolve.day", int64(row.Line), row.Day)
			}
		}
		found[i] = ix.Ask(units.Ask{Text: row.Text, At: on, To: units.NoDay, Within: v.Within})
	}
	return found, ix, nil
}

// dayOf reads a day as the field shows it: all times may stand there in words.
func (s *server) dayOf(r *http.Request, text string) (viet.Date, error) {
	if viet.Fold(text) == viet.Fold(locale.From(r.Context()).T("units.day-unknown")) {
		text = "all"
	}
	return api.UnitDay(text, s.Now())
}

// answerResolve shows what was found, what waits for a person first.
func (s *server) answerResolve(w http.ResponseWriter, r *http.Request, v resolveView, rows []askedRow) error {
	l := locale.From(r.Context())
	found, ix, err := s.resolveRows(r, rows, v)
	if err != nil {
		return s.showResolve(w, r, v, err)
	}
	kept, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	at, err := s.dayOf(r, v.At)
	if err != nil {
		return err
	}
	v.At = l.T("units.day-unknown")
	if at != units.NoDay {
		v.At = at.Display()
	}
	out := &resolvedView{Rows: string(kept), At: v.At, Within: v.Within, Day: v.At, Total: int64(len(rows))}
	said := out.notice(l, ix, found, at)
	for i := range found {
		line := lineShown(l, ix, rows[i], &found[i])
		line.Why = cmp.Or(said(&found[i]), line.Why)
		switch {
		case found[i].Sure:
			out.Sure++
			if len(out.Lines) < shownSure {
				out.Lines = append(out.Lines, line)
				continue
			}
		default:
			out.Wait++
			if len(out.Queue) < shownQueue {
				out.Queue = append(out.Queue, line)
				continue
			}
		}
		out.More++
	}
	v.Result = out
	return s.showResolve(w, r, v, nil)
}

// notice says once, and counted, what keeps several lines from an answer. What it
// gives says of one of them that it is said above, "" when it is not.
func (v *resolvedView) notice(l locale.Lang, ix *units.Index, found []units.Answer, at viet.Date) func(a *units.Answer) string {
	early, lost := int64(0), map[string]int64{}
	var names []string
	for i := range found {
		switch a := &found[i]; a.Why {
		case units.WhyEarly:
			early++
		case units.WhyNoProvince:
			name := v.provinceOf(a)
			if lost[name] == 0 {
				names = append(names, name)
			}
			lost[name]++
		}
	}
	if early > 0 {
		v.Notices = append(v.Notices, l.T("units.resolve.early", early, ix.First().Display()))
	}
	for _, name := range names {
		if name != "" && (lost[name] > 1 || name == v.Within) {
			v.Notices = append(v.Notices, l.T("units.resolve.no-province", name, lost[name]))
		}
	}
	on := at
	if on != units.NoDay {
		on = max(on, ix.First())
	}
	for name := range strings.SplitSeq(v.Within, ",") {
		if name = strings.TrimSpace(name); name != "" && lost[v.Within] == 0 && !ix.HasProvince(name, on) {
			v.Notices = append(v.Notices, l.T("units.resolve.no-within", name, dayWords(l, at)))
		}
	}
	return func(a *units.Answer) string {
		switch name := v.provinceOf(a); {
		case a.Why == units.WhyEarly:
			return l.T("units.resolve.early-line")
		case a.Why == units.WhyNoProvince && name != "" && (lost[name] > 1 || name == v.Within):
			return l.T("units.resolve.no-province-line")
		}
		return ""
	}
}

// provinceOf is the province by which a text was read: its own, else that of the
// field.
func (v *resolvedView) provinceOf(a *units.Answer) string {
	if p, ok := a.Part(units.PartProvince); ok {
		return p.Text
	}
	return v.Within
}

func lineShown(l locale.Lang, ix *units.Index, row askedRow, a *units.Answer) resolvedLine {
	line := resolvedLine{Line: int64(row.Line), Text: row.Text, Day: row.Day, Why: a.Say(l)}
	if a.Sure {
		u := unitShown(l, ix, a.Units[0])
		line.Unit = &u
		line.Why = l.T("units.resolve.sure", a.Confidence.Say(l), a.Say(l))
	} else {
		for _, u := range a.Units {
			line.Candidates = append(line.Candidates, unitShown(l, ix, u))
		}
	}
	if a.Village.Sure {
		line.Village = a.Village.Units[0].Full
	}
	for _, p := range a.Steps {
		line.Steps = append(line.Steps, stepWords(l, p))
	}
	var left []string
	for _, p := range a.Left() {
		left = append(left, p.Text)
	}
	line.Left = strings.Join(left, "; ")
	return line
}

// stepWords says a change: from which unit to which one, on which day.
func stepWords(l locale.Lang, p units.Passage) string {
	return l.T("units.resolve.step", p.From.Full, p.From.Code, changeWords(l, p.Kind), p.To.Full, p.To.Code, dayWords(l, p.On))
}

func dayWords(l locale.Lang, on viet.Date) string {
	if on == units.NoDay {
		return l.T("units.day-unknown")
	}
	return on.Display()
}

// resolvedFile hands the answers out as a list, the rows in their order.
func (s *server) resolvedFile(w http.ResponseWriter, r *http.Request, format string, rows []askedRow, found []units.Answer, ix *units.Index) error {
	l := locale.From(r.Context())
	head := []string{"line", "text", "day", "result", "uid", "code", "name", "place", "from", "to", "village", "why", "candidates"}
	for i, name := range head {
		head[i] = l.T("units.resolve.column." + name)
	}
	table := [][]string{head}
	for i := range found {
		table = append(table, resolvedCells(l, ix, rows[i], &found[i]))
	}
	var b bytes.Buffer
	h := w.Header()
	switch format {
	case "csv":
		h.Set("Content-Type", "text/csv; charset=utf-8")
		if err := workbook.WriteCSV(&b, table); err != nil {
			return err
		}
	case "xlsx":
		h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		if err := workbook.WriteXLSX(&b, l.T("units.resolve.sheet"), table); err != nil {
			return err
		}
	default:
		return fault.New(fault.Invalid, "page.form")
	}
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="xac-dinh-don-vi.%s"`, format))
	_, err := w.Write(b.Bytes())
	return err
}

func resolvedCells(l locale.Lang, ix *units.Index, row askedRow, a *units.Answer) []string {
	cells := []string{fmt.Sprint(row.Line), row.Text, row.Day}
	var candidates []string
	switch {
	case a.Sure:
		u := a.Units[0]
		place := strings.TrimPrefix(strings.TrimPrefix(ix.Title(u), u.Full), ", ")
		cells = append(cells, l.T("units.resolve.outcome.sure"), u.UID, u.Code, u.Full, place, dayCell(u.From), dayCell(u.To))
	case len(a.Units) > 0:
		cells = append(cells, l.T("units.resolve.outcome.wait"), "", "", "", "", "", "")
		for _, u := range a.Units {
			candidates = append(candidates, fmt.Sprintf("%s (%s)", ix.Title(u), u.UID))
		}
	default:
		cells = append(cells, l.T("units.resolve.outcome.none"), "", "", "", "", "", "")
	}
	village := ""
	if a.Village.Sure {
		village = a.Village.Units[0].Full
	}
	return append(cells, village, a.Say(l), strings.Join(candidates, "; "))
}

func dayCell(d viet.Date) string {
	if d == units.NoDay {
		return ""
	}
	return d.Display()
}
