package lexicon

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/ingest/sheet"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// The bounds of a list that is edited here: bytes of its file, and entries.
const (
	mostListFile  = 5 << 20
	mostListCodes = 20_000
)

// A listEdit is the page on which a code list is changed: in one entry or by a
// sheet, first looked at, then put into force.
type listEdit struct {
	Name, Path, Token, Export string
	Match                     string // version that is changed
	Problem                   string
	Wrong                     []wrongLine
	Code                      dictionary.Line // of the form for one entry
	Looked                    *listPlan
	Most                      string
}

type wrongLine struct{ Line, Text string }

// A listPlan is what an edit would change.
type listPlan struct {
	Rows    string // the entries, for the form that confirms
	Version string
	Details []planDetail
	More    int64
	Renamed []dictionary.Renamed
	Why     string
}

type planDetail struct {
	Text     string
	Breaking bool
}

// shownDetails is how many changes a page lists.
const shownDetails = 200

func (p *pages) listEditRoutes() {
	edit := door.Of(policy.EditContract, policy.KindCodeList)
	p.Handle("GET /codelists/{id}/edit", edit, p.editList)
	p.Handle("POST /codelists/{id}/edit", edit, p.changeList)
	p.Handle("POST /codelists/{id}/edit/code", edit, p.lookCode)
	p.Handle("POST /codelists/{id}/edit/sheet", edit, p.lookSheet)
	p.Handle("POST /codelists/{id}/again", edit, p.listAgain)
}

func listPath(id string) string { return "/codelists/" + url.PathEscape(id) }

// editedList finds the list of an address for who may change it.
func (p *pages) editedList(r *http.Request) (*dictionary.CodeList, *listEdit, error) {
	ctx := r.Context()
	if _, err := p.Door.May(ctx, policy.EditContract, termdesk.What(r.PathValue("id"))); err != nil {
		return nil, nil, err
	}
	c, err := p.CodeLists.Current(ctx, r.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	if c.Retired {
		return nil, nil, fault.New(fault.Conflict, "codelist.retired", c.Name)
	}
	v := &listEdit{Name: c.Name, Path: listPath(c.ID), Token: token(ctx), Match: c.Digest, Export: "/api/v1" + listPath(c.ID) + "/export?format=xlsx", Most: strconv.Itoa(moves.MostWords)}
	return c, v, nil
}

func (p *pages) editList(w http.ResponseWriter, r *http.Request) error {
	c, v, err := p.editedList(r)
	if err != nil {
		return err
	}
	for _, line := range c.Lines() {
		if code := r.URL.Query().Get("code"); code != "" && line.Code == code {
			v.Code = line // the last of them is the newest
		}
	}
	return p.showListEdit(w, r, v, nil)
}

func (p *pages) showListEdit(w http.ResponseWriter, r *http.Request, v *listEdit, wrong error) error {
	page := p.Page(r, ui.Say(r.Context(), "lexicon.list.edit-title", v.Name), listsPlace)
	if wrong == nil {
		return p.Show(w, r, page, listEditPage(*v))
	}
	v.Problem = locale.From(r.Context()).Error(wrong)
	return p.ShowWrong(w, r, wrong, page, listEditPage(*v))
}

// lookCode shows what one entry would change.
func (p *pages) lookCode(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, 64<<10)
	if err != nil {
		return err
	}
	c, v, err := p.editedList(r)
	if err != nil {
		return err
	}
	v.Code = dictionary.Line{Code: strings.TrimSpace(f.Get("code")), Name: f.Get("name"), From: f.Get("from"), To: f.Get("to"), Alias: f.Get("aliases"), Top: f.Get("parent")}
	lines := c.Lines()
	v.Code.Number = len(lines) + 2
	at := slices.IndexFunc(lines, func(l dictionary.Line) bool { return l.Code == v.Code.Code && sameDay(l.From, v.Code.From) })
	if at >= 0 {
		v.Code.Number = lines[at].Number
		lines[at] = v.Code
	} else {
		lines = append(lines, v.Code)
	}
	return p.showLooked(w, r, c, v, lines)
}

func sameDay(a, b string) bool {
	x, _, e1 := viet.ParseDate([]byte(strings.TrimSpace(a)))
	y, _, e2 := viet.ParseDate([]byte(strings.TrimSpace(b)))
	return (e1 == nil) == (e2 == nil) && (e1 != nil || x == y)
}

// listHeadings are what the columns of a sheet of codes may be called.
var listHeadings = [][]string{
	{"code", "mã", "mã mục"}, {"name", "tên", "tên mục", "tên gọi"}, {"valid_from", "từ ngày", "hiệu lực từ", "hiệu lực từ ngày"},
	{"valid_to", "đến ngày", "hiệu lực đến", "hiệu lực đến ngày"}, {"aliases", "tên khác", "cách viết khác"}, {"parent", "mã cấp trên", "mã cha"},
}

func listColumn(heading string) int {
	folded := viet.Fold(heading)
	return slices.IndexFunc(listHeadings, func(all []string) bool {
		return slices.ContainsFunc(all, func(h string) bool { return viet.Fold(h) == folded })
	})
}

// lookSheet shows what a sheet of all entries would change.
func (p *pages) lookSheet(w http.ResponseWriter, r *http.Request) error {
	none := fault.New(fault.Invalid, "codelist.no-file")
	part, wrong := p.File(w, r, mostListFile+64<<10, none)
	c, v, err := p.editedList(r)
	if err != nil {
		return err
	}
	var rows []sheet.Row
	if wrong == nil {
		read := sheet.List{
			Column: listColumn, Needed: []int{0, 1}, Most: mostListFile, MostRows: mostListCodes,
			Large: fault.New(fault.TooLarge, "codelist.large", int64(mostListFile>>20)), None: fault.New(fault.Invalid, "codelist.no-table"),
			Many: fault.New(fault.TooLarge, "codelist.many", int64(mostListCodes)), Empty: fault.New(fault.Invalid, "codelist.empty"),
		}
		rows, wrong = read.Read(r.Context(), part, part.FileName())
	}
	switch {
	case wrong != nil && site.Mendable(wrong):
		return p.showListEdit(w, r, v, wrong)
	case wrong != nil:
		return wrong
	}
	lines := make([]dictionary.Line, len(rows))
	for i, row := range rows {
		lines[i] = dictionary.Line{Number: row.Line, Code: row.Cells[0], Name: row.Cells[1], From: row.Cells[2], To: row.Cells[3], Alias: row.Cells[4], Top: row.Cells[5]}
	}
	return p.showLooked(w, r, c, v, lines)
}

// showLooked shows what entries would change, or what is wrong with them.
func (p *pages) showLooked(w http.ResponseWriter, r *http.Request, c *dictionary.CodeList, v *listEdit, lines []dictionary.Line) error {
	n, err := v.look(locale.From(r.Context()), c, lines)
	if err == nil && n.Digest == c.Digest {
		err = fault.New(fault.Invalid, "codelist.same")
	}
	return p.showListEdit(w, r, v, err)
}

// look fills in what entries would change. What is wrong with them stands in the
// page, line by line.
func (v *listEdit) look(l locale.Lang, c *dictionary.CodeList, lines []dictionary.Line) (*dictionary.CodeList, error) {
	n, wrong := c.Edited(lines)
	if len(wrong) > 0 {
		for _, e := range wrong {
			v.Wrong = append(v.Wrong, wrongLine{strconv.Itoa(e.Line), e.In(l)})
		}
		return nil, fault.New(fault.Invalid, "codelist.wrong", int64(len(wrong)))
	}
	if n.Digest == c.Digest {
		return n, nil
	}
	text, err := json.Marshal(lines)
	if err != nil {
		return nil, err
	}
	v.Looked = &listPlan{Rows: string(text), Version: n.Version, Renamed: n.Renamed(c)}
	details := dictionary.Diff(c, n)
	for _, d := range details[:min(len(details), shownDetails)] {
		v.Looked.Details = append(v.Looked.Details, planDetail{l.Of(d.Vi, d.En), d.Breaking})
	}
	v.Looked.More = int64(len(details) - len(v.Looked.Details))
	return n, nil
}

// changeList puts a list that was looked at into force.
func (p *pages) changeList(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, 4*mostListFile)
	if err != nil {
		return err
	}
	c, v, err := p.editedList(r)
	if err != nil {
		return err
	}
	var lines []dictionary.Line
	d := json.NewDecoder(bytes.NewReader([]byte(f.Get("rows"))))
	d.DisallowUnknownFields()
	if err := d.Decode(&lines); err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	n, wrong := v.look(locale.From(r.Context()), c, lines)
	if wrong == nil {
		wrong = p.keepList(r.Context(), c, n, f)
	}
	switch {
	case wrong == nil:
		http.Redirect(w, r, v.Path+"#versions", http.StatusSeeOther)
		return nil
	case !site.Mendable(wrong):
		return wrong
	}
	if v.Looked != nil {
		v.Looked.Why = f.Get("why")
	}
	return p.showListEdit(w, r, v, wrong)
}

// keepList writes a list that somebody has looked at, with the reason.
func (p *pages) keepList(ctx context.Context, c, n *dictionary.CodeList, f url.Values) error {
	why, err := moves.Reason(f.Get("why"))
	switch {
	case err != nil:
	case n.Digest == c.Digest:
		err = fault.New(fault.Invalid, "codelist.same")
	case f.Get("match") != c.Digest:
		err = fault.New(fault.Conflict, "codelist.changed", c.Name)
	case len(n.Renamed(c)) > 0 && f.Get("renamed") == "":
		err = fault.New(fault.Conflict, "codelist.renamed", int64(len(n.Renamed(c))))
	default:
		err = p.CodeLists.Change(ctx, door.Actor(ctx), f.Get("match"), n)
	}
	return p.listDone(ctx, n.ID, err, map[string]string{"change": "code-list", "before": c.Digest, "after": n.Digest, "reason": why})
}

// listDone writes down that a list was changed, or not, and has what stands on it
// judged anew.
func (p *pages) listDone(ctx context.Context, id string, err error, detail map[string]string) error {
	if noted := p.Door.Done(ctx, policy.EditContract, termdesk.What(id), err, detail); err == nil {
		err = noted
	}
	if err == nil && p.Changed != nil {
		err = p.Changed(ctx)
	}
	return err
}

// listAgain puts a former version into force again.
func (p *pages) listAgain(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, 64<<10)
	if err != nil {
		return err
	}
	ctx := r.Context()
	c, v, err := p.editedList(r)
	if err != nil {
		return err
	}
	n, err := p.CodeLists.Version(ctx, c.ID, f.Get("version"))
	if err != nil {
		return err
	}
	why, err := moves.Reason(f.Get("why"))
	if err == nil {
		again := *n
		again.Pack = c.Pack
		err = p.CodeLists.Change(ctx, door.Actor(ctx), f.Get("match"), &again)
	}
	if err := p.listDone(ctx, c.ID, err, map[string]string{"change": "code-list-again", "before": c.Digest, "after": n.Digest, "reason": why}); err != nil {
		return err
	}
	http.Redirect(w, r, v.Path+"#versions", http.StatusSeeOther)
	return nil
}
