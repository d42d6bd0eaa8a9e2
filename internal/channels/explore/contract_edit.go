package explore

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// editPlace is the last part of the address where a contract is changed.
const editPlace = "contract/edit"

type editView struct {
	Head     ui.SetHead
	Path     string
	Token    string
	Version  string // in force
	Pack     string // that brought it
	Text     string
	Match    string // digest of the version that is changed
	Reason   string
	Problem  string
	Notice   string
	Checked  string // digest of the text that was checked, "" = not yet
	Same     bool
	Errors   int64
	Findings []findingView
	Diff     *diffView // nil: it cannot be used, or changes nothing
	Rows     int64
}

type findingView struct{ Severity, Where, Text string }

func (p *Pages) editRoutes() {
	v := view{place: "contract", action: policy.EditContract, show: (*Pages).editContract}
	need := door.Each(v.action, policy.KindDataset)
	p.Handle("GET /datasets/{id}/"+editPlace, need, v.handler(p))
	p.Handle("POST /datasets/{id}/"+editPlace, need, v.handler(p))
}

// An editing is one request of the page.
type editing struct {
	*Pages
	table
	r      *http.Request
	editor *api.Editor
	v      editView
}

// editContract shows the text to be changed, what a check finds in it, and puts it
// in force once it has been looked at.
func (p *Pages) editContract(w http.ResponseWriter, r *http.Request, t table) error {
	ctx := r.Context()
	page := p.Page(r, ui.Say(ctx, "contract-edit.title")+": "+t.con.Name, "datasets")
	e := &editing{p, t, r, &api.Editor{Door: p.Door, Contracts: p.Contracts, Records: p.Records, Changed: p.Changed}, editView{
		Head: t.head, Path: t.address(editPlace), Token: page.Token, Version: t.con.Version, Pack: t.con.Pack, Match: t.con.Digest,
	}}
	if err := p.Door.MaySet(ctx, policy.EditContract, t.con, nil); err != nil {
		return err
	}
	if t.con.Retired {
		return fault.New(fault.Conflict, "contract.retired", t.con.Name)
	}
	var wrong error
	if r.Method == http.MethodPost {
		done, err := e.take(w)
		if done {
			http.Redirect(w, r, t.address("contract")+"?done=changed#versions", http.StatusSeeOther)
			return nil
		}
		wrong = err
	} else if err := e.open(); err != nil {
		return err
	}
	if wrong == nil {
		return p.Show(w, r, page, contractEditBody(e.v))
	}
	if !site.Mendable(wrong) {
		return wrong
	}
	e.v.Problem = locale.From(ctx).Error(wrong)
	return p.ShowWrong(w, r, wrong, page, contractEditBody(e.v))
}

// open shows the version in force, or an older one with what it would change.
func (e *editing) open() error {
	ctx := e.r.Context()
	name := e.r.URL.Query().Get("version")
	if name == "" {
		text, err := e.Contracts.Document(ctx, e.con.ID, e.con.Digest)
		e.v.Text = string(text)
		return err
	}
	list, err := e.Contracts.Versions(ctx, e.con.ID)
	if err != nil {
		return err
	}
	old, ok := contract.Pick(list, name)
	if !ok {
		return fault.New(fault.NotFound, "contract.no-version", name, e.con.Name)
	}
	text, err := e.Contracts.Document(ctx, e.con.ID, old.Digest)
	if err != nil {
		return err
	}
	e.v.Text, e.v.Reason = string(text), ui.Say(ctx, "contract-edit.again-reason", numbered(old))
	return e.check()
}

// take reads the form, and does what its button says.
func (e *editing) take(w http.ResponseWriter) (done bool, err error) {
	ctx := e.r.Context()
	e.r.Body = http.MaxBytesReader(w, e.r.Body, 3*api.LongestDocument)
	if err := e.r.ParseMultipartForm(api.LongestDocument); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return false, fault.New(fault.Invalid, "page.form").Because(err)
	}
	f := e.r.PostForm
	if err := e.FormToken(ctx, f.Get("token")); err != nil {
		return false, err
	}
	// Browsers send the ends of lines as forms have them.
	e.v.Text = strings.ReplaceAll(f.Get("text"), "\r\n", "\n")
	e.v.Reason, e.v.Match = strings.TrimSpace(f.Get("reason")), f.Get("match")
	chosen, err := e.file()
	if err != nil {
		return false, err
	}
	if e.v.Match != e.con.Digest {
		return false, fault.New(fault.Conflict, "contract.changed", e.con.Name)
	}
	if err := e.check(); err != nil {
		return false, err
	}
	if f.Get("do") != "save" {
		return false, nil
	}
	if chosen || f.Get("checked") != e.v.Checked {
		e.v.Notice = ui.Say(ctx, "contract-edit.edited")
		return false, nil
	}
	if e.v.Same || e.v.Errors > 0 {
		return false, nil // the page says so
	}
	_, _, err = e.editor.Put(ctx, e.con, e.v.Match, e.v.Reason, f.Get("consent") == "yes", []byte(e.v.Text))
	return err == nil, err
}

// file takes the text from a chosen file, if there is one.
func (e *editing) file() (chosen bool, err error) {
	if e.r.MultipartForm == nil || len(e.r.MultipartForm.File["file"]) == 0 || e.r.MultipartForm.File["file"][0].Size == 0 {
		return false, nil
	}
	unreadable := fault.New(fault.Invalid, "contract-edit.no-file", int64(api.LongestDocument))
	f, err := e.r.MultipartForm.File["file"][0].Open()
	if err != nil {
		return false, err
	}
	text, err := io.ReadAll(io.LimitReader(f, api.LongestDocument+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return false, err
	}
	if len(text) > api.LongestDocument || !utf8.Valid(text) {
		return false, unreadable
	}
	e.v.Text = string(text)
	return true, nil
}

// check looks at the text and says what it changes.
func (e *editing) check() error {
	ctx := e.r.Context()
	l := locale.From(ctx)
	text := []byte(e.v.Text)
	proposal, rows, err := e.editor.Check(ctx, e.con, text)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	e.v.Checked, e.v.Same, e.v.Rows = hex.EncodeToString(sum[:]), proposal.Same, rows
	for _, f := range proposal.Findings {
		one := findingView{Severity: string(f.Severity), Where: l.T("contract-edit.whole"), Text: l.Of(f.MessageVi, f.MessageEn)}
		if f.Line > 0 {
			one.Where = l.T("contract-edit.where", int64(f.Line), int64(f.Column))
		}
		if f.Severity == contract.SeverityError {
			e.v.Errors++
		}
		e.v.Findings = append(e.v.Findings, one)
	}
	if proposal.Broken() || proposal.Same {
		return nil
	}
	old, err := e.Contracts.Document(ctx, e.con.ID, e.con.Digest)
	if err != nil {
		return err
	}
	e.v.Diff = diffOf(l, proposal.Changes)
	e.v.Diff.Lines = diffTexts(old, text)
	return nil
}
