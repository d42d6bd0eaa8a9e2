package console

import (
	"context"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"
	"io"
	"net/http"
	"net/url"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// slips is what this package needs of package corridor for what goes back to
// the sender.
type slips interface {
	Slip(ctx context.Context, dataset, batch string, w io.Writer, o corridor.SlipOptions) (name string, err error)
	SlipName(dataset, batch string) string
	Original(ctx context.Context, batch string) (corridor.Original, error)
}

// slipRoutes are the pages and files that go back to the sender.
func (s *server) slipRoutes() {
	s.Handle("GET /batches/{id}/slip.xlsx", door.Each(policy.ReadQuarantine, policy.KindDataset), s.batchSlip)
	s.Handle("GET /batches/{id}/receipt", door.Each(policy.Describe, policy.KindDataset), s.receipt)
	s.Handle("GET /datasets/{id}/slip.xlsx", door.Each(policy.ReadQuarantine, policy.KindDataset), s.datasetSlip)
	s.Handle("GET /datasets/{id}/senders", door.Each(policy.Read, policy.KindDataset), s.turnout)
}

// batchSlip gives the slip of the lines that a batch brought.
func (s *server) batchSlip(w http.ResponseWriter, r *http.Request) error {
	st, con, obj, err := s.mayBatch(r.Context(), policy.ReadQuarantine, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.Door.OwnOrWhole(r.Context(), con, obj, st); err != nil {
		return err
	}
	return s.slip(w, r, st.Dataset, st.ID)
}

// datasetSlip gives the slip of all open lines of a data set.
func (s *server) datasetSlip(w http.ResponseWriter, r *http.Request) error {
	con, obj, err := s.shown(r, policy.ReadQuarantine)
	if err != nil {
		return err
	}
	view, err := s.Door.See(r.Context(), policy.ReadQuarantine, con, obj)
	if err != nil {
		return err
	}
	if err := s.Door.Whole(r.Context(), view); err != nil {
		return err
	}
	return s.slip(w, r, obj.Dataset, "")
}

func (s *server) slip(w http.ResponseWriter, r *http.Request, dataset, batch string) error {
	lines := "/datasets/" + url.PathEscape(dataset) + "/quarantine?format=csv"
	if batch != "" {
		lines += "&state=open&batch=" + url.QueryEscape(batch)
	}
	d := &download{w: w, name: s.Corridor.SlipName(dataset, batch), only: r.Method == http.MethodHead}
	_, err := s.Corridor.Slip(r.Context(), dataset, batch, d, corridor.SlipOptions{
		Language: locale.From(r.Context()), Rest: here(r, lines),
	})
	if err != nil && d.begun {
		s.Log.ErrorContext(r.Context(), "slip broken off", "dataset", dataset, "batch", batch, "err", err)
		panic(http.ErrAbortHandler) // the headers are out: the answer can only be broken off
	}
	return err
}

// workbookType is the media type of XLSX.
const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// A download sends its headers with the first byte: an error before that is
// still a page.
type download struct {
	w     http.ResponseWriter
	name  string
	only  bool // the headers
	begun bool
}

func (d *download) Write(p []byte) (int, error) {
	if !d.begun {
		d.begun = true
		h := d.w.Header()
		h.Set("Content-Type", workbookType)
		h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(d.name))
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
	}
	if d.only {
		return len(p), nil
	}
	return d.w.Write(p)
}

// here is the full address of a page of ours, as who asks reaches it.
func here(r *http.Request, path string) string {
	scheme := "http"
	if guard.Secure(r) {
		scheme = "https"
	}
	return scheme + "://" + r.Host + path
}

// slipPath is where a batch's slip, cards and receipt stand.
func slipPath(v batchView, what string) string { return v.Path + "/" + what }

// cardsPath is the list of a batch's lines, as cards.
func cardsPath(v batchView) string { return v.Report.QuarantinePath + "&view=cards" }

// hasLines reports whether a batch has put lines into quarantine.
func hasLines(v batchView) bool {
	return v.Report != nil && v.Report.AnyQuarantined && v.Report.Seq != "0"
}

// sentAsFile reports whether a batch is a file that somebody sent: an undo or a
// check of what is there has nothing to send back.
func sentAsFile(ctx context.Context, v batchView) bool {
	return v.Row.Kind == ui.Say(ctx, "batch.kind.load")
}

// notFile refuses a page that only a batch with a file has.
func notFile(batch string) error { return fault.New(fault.NotFound, "receipt.no-file", batch) }
