package console

import (
	"bytes"
	"context"
	"errors"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// Bounds of the samples of one draft: they show what a data set is like, they
// are not the data set.
const (
	mostSamples     = 10
	mostSampleBytes = 512 << 20 // of one file
	sampleTime      = 5 * time.Minute
	mostDraftForm   = 8 << 20
	shownDrafts     = 20
)

func (s *server) wizardRoutes() {
	if s.Drafts == nil || s.Known == nil {
		return
	}
	s.Handle("GET /datasets/new", door.Of(policy.Draft, policy.KindContract), s.wizardStart)
	s.Handle("POST /datasets/new", door.Of(policy.Draft, policy.KindContract), s.wizardTake)
	s.Handle("GET /drafts/{id}", door.Of(policy.Draft, policy.KindContract), s.wizard)
	s.Handle("GET /drafts/{id}/contract.yaml", door.Of(policy.Draft, policy.KindContract), s.wizardYAML)
	s.Handle("POST /drafts/{id}", door.Of(policy.Draft, policy.KindContract), s.wizardAct)
	s.Handle("POST /datasets/{id}/revoke", door.Of(policy.EditContract, policy.KindContract), s.revoke)
}

// wizardStart asks for sample files.
func (s *server) wizardStart(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := s.Page(r, ui.Say(ctx, "wizard.title"), "datasets")
	v := wizardStartView{SignedIn: p.Token != "", Token: p.Token}
	if v.SignedIn { // a draft's page shows rows of its samples
		list, err := s.Drafts.Newest(ctx, shownDrafts)
		if err != nil {
			return err
		}
		v.Drafts = s.draftRows(ctx, list)
	}
	return s.Show(w, r, p, wizardStartPage(v))
}

// wizardTake makes a draft of the files of a form: the token first, then the
// files.
func (s *server) wizardTake(w http.ResponseWriter, r *http.Request) (err error) {
	ctx := r.Context()
	r.Body = io.NopCloser(guard.Patient(w, r, min(s.MaxUpload, mostSamples*mostSampleBytes)))
	form, err := r.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	dir, err := os.MkdirTemp(s.Drafts.TempDir(), "samples-")
	if err != nil {
		return err
	}
	in := &samples{dir: dir}
	defer func() { err = errors.Join(err, in.close()) }()
	if err := in.read(form, func(text string) error { return s.FormToken(ctx, text) }); err != nil {
		return err
	}
	guard.Extend(w, sampleTime+time.Minute)
	limited, stop := context.WithTimeout(ctx, sampleTime)
	defer stop()
	work, err := s.Drafts.Begin(limited, in.files, s.Known)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return fault.New(fault.TooLarge, "wizard.too-long", int64(sampleTime/time.Minute)).Because(err)
	case err != nil:
		return err
	}
	http.Redirect(w, r, "/drafts/"+work.ID, http.StatusSeeOther)
	return nil
}

// samples are the files of a form while they are looked at.
type samples struct {
	dir   string
	open  []*os.File
	files []ingest.File
}

func (in *samples) close() (err error) {
	for _, f := range in.open {
		err = errors.Join(err, f.Close())
	}
	return errors.Join(err, os.RemoveAll(in.dir))
}

func (in *samples) read(form *multipart.Reader, match func(token string) error) error {
	let := false
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF) && len(in.files) == 0:
			return fault.New(fault.Invalid, "wizard.no-file")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return unreadableForm(err)
		case part.FormName() == "token":
			value, err := io.ReadAll(io.LimitReader(part, 4<<10))
			if err != nil {
				return unreadableForm(err)
			}
			if err := match(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
			let = true
		case part.FormName() != "file" || part.FileName() == "":
		case !let:
			return fault.New(fault.Denied, "door.token-missing")
		default:
			if err := in.take(part); err != nil {
				return err
			}
		}
	}
}

// unreadableForm tells a form that is broken from one that is too large.
func unreadableForm(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return fault.New(fault.Invalid, "page.form").Because(err)
}

// take puts a file where it can be read again.
func (in *samples) take(part *multipart.Part) error {
	if len(in.files) == mostSamples {
		return fault.New(fault.TooLarge, "wizard.too-many", int64(mostSamples))
	}
	f, err := os.CreateTemp(in.dir, "sample-")
	if err != nil {
		return err
	}
	in.open = append(in.open, f)
	size, err := io.Copy(f, io.LimitReader(part, mostSampleBytes+1))
	if err != nil {
		return unreadableForm(err)
	}
	name := path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
	if size > mostSampleBytes {
		return fault.New(fault.TooLarge, "wizard.too-large", name, int64(mostSampleBytes))
	}
	limits := ingest.DefaultLimits
	limits.Bytes, limits.Unpacked, limits.Time = mostSampleBytes, 8*mostSampleBytes, sampleTime
	in.files = append(in.files, ingest.File{ReaderAt: f, Size: size, Name: name, Temp: in.dir, Limits: limits})
	return nil
}

// wizard shows a draft in work, or what was made of it. It shows rows of the
// samples: only to who has shown the token.
func (s *server) wizard(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	work, err := s.Drafts.Find(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := s.Page(r, work.Draft.Title, "datasets")
	if work.State == draft.Created {
		v, err := s.createdView(ctx, work)
		if err != nil {
			return err
		}
		v.Token = p.Token
		return s.Show(w, r, p, wizardCreatedPage(v))
	}
	guard.Extend(w, time.Minute)
	v, err := s.wizardView(ctx, work)
	if err != nil {
		return err
	}
	v.Token = p.Token
	return s.Show(w, r, p, wizardPage(v))
}

// wizardYAML is the contract as a document, for who wants to go on by hand.
func (s *server) wizardYAML(w http.ResponseWriter, r *http.Request) error {
	work, err := s.Drafts.Find(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	text, err := work.Draft.YAML()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/yaml; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="contract.yaml"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // a reader who has gone away is no fault of ours
	return nil
}

// wizardAct takes the form of a draft: what it says is kept, then the button
// that was pressed is done.
func (s *server) wizardAct(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	r.Body = http.MaxBytesReader(w, r.Body, mostDraftForm)
	if err := r.ParseForm(); err != nil {
		return unreadableForm(err)
	}
	form := r.PostForm
	if err := s.FormToken(ctx, form.Get("token")); err != nil {
		return err
	}
	work, err := s.Drafts.Find(ctx, id)
	if err != nil {
		return err
	}
	version, to := form.Get("version"), "/drafts/"+url.PathEscape(id)
	switch do := form.Get("do"); do {
	case "back":
		_, err = s.Drafts.Back(ctx, id, version)
	case "discard":
		err, to = s.Drafts.Discard(ctx, id), "/datasets/new"
	case "send":
		to, err = s.sendSamples(ctx, work)
	case "save", "create":
		work, err = s.Drafts.Edit(ctx, id, version, func(d *draft.Draft) error { return fill(d, form) })
		if err == nil && do == "create" {
			to, err = s.create(ctx, work, to)
		}
	default:
		err = fault.New(fault.Invalid, "page.form")
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// create makes the data set, unless something is left to be mended: then the
// page says what.
func (s *server) create(ctx context.Context, work *draft.Work, page string) (to string, err error) {
	if err := s.Drafts.MayCreate(ctx, work); err != nil {
		return "", err
	}
	if len(work.Draft.Validate()) > 0 {
		return page + "#problems", nil
	}
	return page, s.Drafts.Create(ctx, work, work.Version)
}

// sendSamples sends the samples as data and leads to what became of them.
func (s *server) sendSamples(ctx context.Context, work *draft.Work) (to string, err error) {
	all, err := s.Drafts.SendSamples(ctx, work)
	if err != nil {
		return "", err
	}
	if len(all) != 1 {
		return "/batches", nil // one for each file and table
	}
	return "/batches/" + url.PathEscape(all[0].ID), nil
}

// revoke undoes the making of a data set that holds no rows, or retires one
// that does.
func (s *server) revoke(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		return unreadableForm(err)
	}
	if err := s.FormToken(r.Context(), r.PostForm.Get("token")); err != nil {
		return err
	}
	work, rows, err := s.Drafts.Revoke(ctx, id, r.PostForm.Get("retire") != "")
	if err != nil {
		return err
	}
	to := "/drafts/" + work.ID
	if rows > 0 {
		to = "/datasets/" + url.PathEscape(id)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
