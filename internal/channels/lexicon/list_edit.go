package lexicon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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

// mostListFile bounds the file of a list, in bytes.
const mostListFile = 5 << 20

// A listEdit is the page on which a code list is changed: in one entry or by a
// sheet, first looked at, then put into force.
type listEdit struct {
	Name, Path, Token, Export string
	Match                     string // version that is changed
	Problem                   string
	Wrong                     []wrongLine
	Code                      dictionary.Line // of the form for one entry
	CodeWrong                 string          // what is wrong with it
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
	c, err := p.listDesk.Edited(ctx, r.PathValue("id"))
	if err != nil {
		return nil, nil, err
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
	lines := termdesk.With(c, v.Code)
	if _, wrong := c.Edited(lines); len(wrong) > 0 { // one entry was written: it has no line
		v.CodeWrong = wrong[0].In(locale.From(r.Context()))
		return p.showListEdit(w, r, v, fault.New(fault.Invalid, "codelist.wrong-one", v.CodeWrong))
	}
	return p.showLooked(w, r, c, v, lines)
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
			Column: listColumn, Needed: []int{0, 1}, Most: mostListFile, MostRows: termdesk.MostCodes,
			Large: fault.New(fault.TooLarge, "codelist.large", int64(mostListFile>>20)), None: fault.New(fault.Invalid, "codelist.no-table"),
			Many: fault.New(fault.TooLarge, "codelist.many", int64(termdesk.MostCodes)), Empty: fault.New(fault.Invalid, "codelist.empty"),
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
	plan, err := p.look(r.Context(), v, c, lines)
	if err == nil && plan.List.Digest == c.Digest {
		err = fault.New(fault.Invalid, "codelist.same")
	}
	return p.showListEdit(w, r, v, err)
}

// look fills in what entries would change. What is wrong with them stands in the
// page, line by line.
func (p *pages) look(ctx context.Context, v *listEdit, c *dictionary.CodeList, lines []dictionary.Line) (termdesk.ListPlan, error) {
	l := locale.From(ctx)
	plan, err := p.listDesk.Look(c, lines)
	var wrong *termdesk.WrongLines
	if errors.As(err, &wrong) {
		for _, e := range wrong.All {
			v.Wrong = append(v.Wrong, wrongLine{strconv.Itoa(e.Line), e.In(l)})
		}
	}
	if err != nil || plan.List.Digest == c.Digest {
		return plan, err
	}
	text, err := json.Marshal(lines)
	if err != nil {
		return plan, err
	}
	v.Looked = &listPlan{Rows: string(text), Version: plan.List.Version, Renamed: plan.Renamed}
	for _, d := range plan.Details[:min(len(plan.Details), termdesk.MostDetails)] {
		v.Looked.Details = append(v.Looked.Details, planDetail{l.Of(d.Vi, d.En), d.Breaking})
	}
	v.Looked.More = int64(len(plan.Details) - len(v.Looked.Details))
	return plan, nil
}

// changeList puts a list that was looked at into force.
func (p *pages) changeList(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, 4*mostListFile)
	if err != nil {
		return err
	}
	ctx := r.Context()
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
	plan, wrong := p.look(ctx, v, c, lines)
	if wrong == nil {
		wrong = p.listDesk.Put(ctx, c, plan, f.Get("match"), f.Get("why"), f.Get("renamed") != "")
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

// listAgain puts a former version into force again.
func (p *pages) listAgain(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, 64<<10)
	if err != nil {
		return err
	}
	c, v, err := p.editedList(r)
	if err == nil {
		err = p.listDesk.Again(r.Context(), c, f.Get("version"), f.Get("match"), f.Get("why"))
	}
	if err != nil {
		if v != nil && site.Mendable(err) {
			return p.showList(w, r, f, err)
		}
		return err
	}
	http.Redirect(w, r, v.Path+"#versions", http.StatusSeeOther)
	return nil
}
