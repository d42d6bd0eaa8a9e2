package lexicon

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// importTime is how long a file may be looked at once it has come in.
const importTime = 10 * time.Minute

// shownRows is how many rows without a fault are shown.
const shownRows = 100

type importView struct {
	Token, Problem string
	Columns        []string // headings of the template
	Looked         *planView
}

type planView struct {
	Rows                      string // the file as it was read, for the next form
	New, Changed, Same, Wrong int64
	Made                      int64
	Why                       string
	Lines                     []planLine
	More                      int64
}

type planLine struct {
	Line            int64
	ID, Title, Path string
	Outcome, Band   string
	Field, Text     string
	Changes         []changeLine
}

func (p *pages) importView(ctx context.Context) importView {
	l := locale.From(ctx)
	v := importView{Token: token(ctx)}
	for _, c := range termdesk.Columns() {
		v.Columns = append(v.Columns, c.In(l))
	}
	return v
}

func (p *pages) importStart(w http.ResponseWriter, r *http.Request) error {
	if err := p.Desk.Begin(r.Context(), ""); err != nil {
		return err
	}
	return p.showImport(w, r, p.importView(r.Context()), nil)
}

// showImport shows the page of the import, or what came of a file; wrong is what
// was wrong with what was sent.
func (p *pages) showImport(w http.ResponseWriter, r *http.Request, v importView, wrong error) error {
	l := locale.From(r.Context())
	page := p.Page(r, l.T("lexicon.import"), place)
	if wrong == nil {
		return p.Show(w, r, page, importPage(v))
	}
	if !site.Mendable(wrong) {
		return wrong
	}
	v.Problem = l.Error(wrong)
	return p.ShowWrong(w, r, wrong, page, importPage(v))
}

// importLook reads the file that was sent and says what would become of each row.
func (p *pages) importLook(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := p.Desk.Begin(ctx, ""); err != nil {
		return err
	}
	v := p.importView(ctx)
	rows, err := p.sent(w, r)
	if err == nil {
		var plan *termdesk.Plan
		if plan, err = p.Desk.Bring(ctx, rows, "", false); err == nil {
			v.Looked, err = planViewOf(locale.From(ctx), rows, plan)
		}
	}
	return p.showImport(w, r, v, err)
}

// sent reads a file from the form; the token comes before it.
func (p *pages) sent(w http.ResponseWriter, r *http.Request) ([]termdesk.SheetRow, error) {
	if err := p.Limits.Upload(r); err != nil {
		return nil, err
	}
	part, err := p.File(w, r, termdesk.MostFile+(1<<20), fault.New(fault.Invalid, "lexicon.import.no-file"))
	if err != nil {
		return nil, err
	}
	guard.Extend(w, importTime)
	return p.Desk.Read(r.Context(), part, part.FileName())
}

// importKeep makes proposals of the rows that are right.
func (p *pages) importKeep(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := p.Desk.Begin(ctx, ""); err != nil {
		return err
	}
	f, err := p.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	rows, err := keptRows(f)
	if err != nil {
		return err
	}
	guard.Extend(w, importTime)
	v := p.importView(ctx)
	why := strings.TrimSpace(f.Get("why"))
	plan, err := p.Desk.Bring(ctx, rows, why, why != "")
	if err == nil {
		if v.Looked, err = planViewOf(locale.From(ctx), rows, plan); err == nil && why == "" {
			err = fault.New(fault.Invalid, "contract.no-reason")
		}
	}
	return p.showImport(w, r, v, err)
}

// keptRows reads the file that a page of ours carried.
func keptRows(f url.Values) ([]termdesk.SheetRow, error) {
	var rows []termdesk.SheetRow
	if err := json.Unmarshal([]byte(f.Get("rows")), &rows); err != nil || len(rows) == 0 || len(rows) > termdesk.MostTerms {
		return nil, fault.New(fault.Invalid, "page.form").Because(err)
	}
	return rows, nil
}

func planViewOf(l locale.Lang, rows []termdesk.SheetRow, plan *termdesk.Plan) (*planView, error) {
	kept, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	v := &planView{
		Rows: string(kept), New: int64(plan.Count(termdesk.New)), Changed: int64(plan.Count(termdesk.Changed)), Same: int64(plan.Count(termdesk.Same)),
		Wrong: int64(plan.Count(termdesk.Wrong)), Made: int64(plan.Made),
	}
	headings := map[string]string{}
	for _, c := range termdesk.Columns() {
		headings[c.Name] = c.In(l)
	}
	for _, faulty := range []bool{true, false} { // what is to be mended stands first
		for i := range plan.Rows {
			r := &plan.Rows[i]
			if (r.Outcome == termdesk.Wrong) != faulty {
				continue
			}
			if !faulty && len(v.Lines) >= shownRows+int(v.Wrong) {
				v.More++
				continue
			}
			line := planLine{Line: int64(r.Line), ID: r.ID, Title: r.Title, Field: headings[r.Field], Outcome: l.T("lexicon.outcome." + string(r.Outcome)), Band: outcomeBand(r.Outcome)}
			if r.Err != nil {
				line.Text = l.Error(r.Err)
			}
			if r.Made != "" {
				line.Path = ui.Address(termPath(r.ID), "version", r.Made)
			}
			for _, d := range r.Changes {
				line.Changes = append(line.Changes, changeLine{l.Of(d.Vi, d.En), d.Breaking})
			}
			v.Lines = append(v.Lines, line)
		}
	}
	return v, nil
}

func outcomeBand(o termdesk.Outcome) string {
	switch o {
	case termdesk.New:
		return "good"
	case termdesk.Changed:
		return "watch"
	case termdesk.Wrong:
		return "poor"
	}
	return "none"
}
