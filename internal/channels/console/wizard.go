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
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/blob"
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

// drafts is what this package needs of draft.Store.
type drafts interface {
	Begin(ctx context.Context, by actor.Actor, files []ingest.File, known draft.Known) (*draft.Work, error)
	Get(ctx context.Context, id string) (*draft.Work, error)
	Made(ctx context.Context, dataset string) (*draft.Work, error)
	List(ctx context.Context, limit int) ([]*draft.Work, error)
	Rows(w *draft.Work) ([][]draft.Row, error)
	Sample(w *draft.Work, i int) (blob.File, error)
	Edit(ctx context.Context, id, version string, change func(d *draft.Draft) error) (*draft.Work, error)
	Back(ctx context.Context, id, version string) (*draft.Work, error)
	Discard(ctx context.Context, id string) error
	Sent(ctx context.Context, id string) error
	Expire(ctx context.Context) error
	Create(ctx context.Context, by actor.Actor, id, version string) (*contract.Contract, error)
	Revoke(ctx context.Context, by actor.Actor, dataset string) (*draft.Work, error)
	TempDir() string
}

// known tells a draft what the platform has; failed is asked afterwards.
type known = func(ctx context.Context) (k draft.Known, failed func() error, err error)

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
	if err := s.Drafts.Expire(ctx); err != nil {
		return err
	}
	p := s.Page(r, ui.Say(ctx, "wizard.title"), "datasets")
	v := wizardStartView{SignedIn: p.Token != "", Token: p.Token}
	if v.SignedIn { // a draft's page shows rows of its samples
		list, err := s.Drafts.List(ctx, shownDrafts)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(w *draft.Work) bool { return !s.mayDraft(ctx, w) })
		v.Drafts = s.draftRows(ctx, list)
	}
	return s.Show(w, r, p, wizardStartPage(v))
}

// mayDraft reports whether the caller may see a draft, which shows rows of its
// samples: who began it, and those who put contracts into force.
func (s *server) mayDraft(ctx context.Context, w *draft.Work) bool {
	a := door.Actor(ctx)
	return w.By.Kind == a.Kind && w.By.ID == a.ID || s.Door.Can(ctx, policy.EditContract, policy.What{Kind: policy.KindContract, ID: w.Draft.ID, Owner: w.Draft.Owner})
}

// draftOf finds a draft that the caller may see.
func (s *server) draftOf(ctx context.Context, id string) (*draft.Work, error) {
	work, err := s.Drafts.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !s.mayDraft(ctx, work) {
		return nil, fault.New(fault.NotFound, "draft.unknown", id)
	}
	return work, nil
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
	k, failed, err := s.Known(limited)
	if err != nil {
		return err
	}
	work, err := s.Drafts.Begin(limited, door.Actor(ctx), in.files, k)
	if broke := failed(); err == nil && broke != nil {
		err = errors.Join(broke, s.Drafts.Discard(ctx, work.ID))
	}
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
	work, err := s.draftOf(ctx, r.PathValue("id"))
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
	work, err := s.draftOf(r.Context(), r.PathValue("id"))
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
	if _, err := s.draftOf(ctx, id); err != nil {
		return err
	}
	version, to := form.Get("version"), "/drafts/"+url.PathEscape(id)
	var err error
	switch do := form.Get("do"); do {
	case "back":
		_, err = s.Drafts.Back(ctx, id, version)
	case "discard":
		err, to = s.Drafts.Discard(ctx, id), "/datasets/new"
	case "send":
		to, err = s.sendSample(ctx, id)
	case "save", "create":
		var work *draft.Work
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
	// Whoever drafts proposes; to put a contract into force is somebody's duty.
	if _, err := s.Door.May(ctx, policy.EditContract, policy.What{Kind: policy.KindContract, ID: work.Draft.ID, Owner: work.Draft.Owner}); err != nil {
		return "", err
	}
	if len(work.Draft.Validate()) > 0 {
		return page + "#problems", nil
	}
	// Rows of an earlier set of this id would be taken for rows of the new one.
	old, err := s.Contracts.Current(ctx, work.Draft.ID)
	switch {
	case err == nil && old != nil:
		seq, _, err := s.Records.Head(ctx, work.Draft.ID)
		if err != nil {
			return "", err
		}
		if seq > 0 || !old.Retired {
			return "", fault.New(fault.Conflict, "draft.id-taken", work.Draft.ID)
		}
	case fault.KindOf(err) != fault.NotFound:
		return "", err
	}
	if _, err := s.Drafts.Create(ctx, door.Actor(ctx), work.ID, work.Version); err != nil {
		return "", err
	}
	return page, nil
}

// sendSample sends the samples as data, to be looked at before they count.
func (s *server) sendSample(ctx context.Context, id string) (to string, err error) {
	work, err := s.Drafts.Get(ctx, id)
	if err != nil {
		return "", err
	}
	con, err := s.Contracts.Current(ctx, work.Dataset)
	if err != nil {
		return "", err
	}
	if len(work.Samples) == 0 {
		return "", fault.New(fault.NotFound, "draft.no-sample")
	}
	var all []corridor.Status
	for i := range work.Samples {
		list, err := s.sendOne(ctx, con, work, i)
		if err != nil {
			return "", err
		}
		all = append(all, list...)
	}
	if err := s.Drafts.Sent(ctx, id); err != nil {
		return "", err
	}
	if len(all) != 1 {
		return "/batches", nil // one for each file and table
	}
	return "/batches/" + url.PathEscape(all[0].ID), nil
}

func (s *server) sendOne(ctx context.Context, con *contract.Contract, work *draft.Work, i int) (list []corridor.Status, err error) {
	f, err := s.Drafts.Sample(work, i)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return s.Corridor.ReceiveBook(ctx, door.Actor(ctx), corridor.Request{
		Dataset: con.ID, Name: work.Samples[i].Name, Body: f, Preview: true, IdempotencyKey: "draft-" + work.ID + "-" + strconv.Itoa(i),
	})
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
	con, _, err := s.Door.Find(ctx, policy.EditContract, s.Contracts, id)
	if err != nil {
		return err
	}
	if err := s.Door.MaySet(ctx, policy.EditContract, con, nil); err != nil {
		return err
	}
	rows, err := s.rowsOf(ctx, con)
	if err != nil {
		return err
	}
	// Somebody may have sent data since the page was shown.
	if rows > 0 && r.PostForm.Get("retire") == "" {
		return fault.New(fault.Conflict, "wizard.has-rows", con.Name, rows)
	}
	work, err := s.Drafts.Revoke(ctx, door.Actor(ctx), con.ID)
	if err != nil {
		return err
	}
	to := "/drafts/" + work.ID
	if rows > 0 {
		to = "/datasets/" + url.PathEscape(con.ID)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (s *server) rowsOf(ctx context.Context, con *contract.Contract) (rows int64, err error) {
	for _, o := range con.Objects {
		n, err := s.Records.Count(ctx, o)
		if err != nil {
			return 0, err
		}
		rows += n
	}
	return rows, nil
}
