package console

import (
	"fmt"
	"github.com/phohien/phohien/internal/foundation/policy"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A receiptView is the paper that says what was received, after form 01 of
// Circular 03/2025/TT-VPCP in the layout of Decree 30/2020. Number, place and
// day are left blank: the clerk who issues it fills them in.
type receiptView struct {
	Back, Issuer   string
	Batch, Address string // Address is the page of the batch on this server
	Facts          []factView
	Result         string
	Figures        []factView
	Slip           string // where the slip is, "" when nothing is to be mended
	QR             qrView
}

type factView struct{ Label, Text string }

func (s *server) receipt(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	st, con, obj, err := s.mayBatch(ctx, policy.Describe, r.PathValue("id"))
	if err != nil {
		return err
	}
	file, err := s.Corridor.Original(ctx, st.ID)
	if err != nil {
		return err
	}
	if file.Digest == "" {
		return notFile(st.ID)
	}
	v := receiptView{Back: "/batches/" + url.PathEscape(st.ID), Batch: st.ID, Issuer: ui.Say(ctx, "receipt.issuer"), Result: receiptResult(lang, st)}
	v.Address = here(r, v.Back)
	if v.QR, err = qrOf(v.Address); err != nil {
		return err
	}
	set := con.Name + " (" + st.Dataset + ")"
	if con.OwnerName != "" {
		v.Issuer = con.OwnerName
	}
	sender := lang.T("receipt.no-sender")
	if st.Report != nil && st.Report.Sender != "" {
		sender = st.Report.Sender
	}
	say := func(key, text string) factView { return factView{lang.T("receipt." + key), text} }
	v.Facts = []factView{
		say("batch", st.ID), say("dataset", set), say("sender", sender), say("by", st.By.Name), say("file", st.Name),
		say("received", longTime(lang, st.Received)),
	}
	if s.Door.SeesFile(ctx, con, obj, st) {
		size, digest := say("size", lang.T("receipt.bytes", lang.Bytes(file.Bytes), file.Bytes)), say("digest", inGroups(file.Digest))
		v.Facts = slices.Insert(v.Facts, len(v.Facts)-1, size, digest)
	}
	if rep := st.Report; rep != nil {
		n := lang.Number
		v.Figures = []factView{say("read", n(rep.Read)), say("accepted", n(rep.Accepted)), say("refused", n(rep.Quarantined))}
		if rep.Quarantined > 0 && rep.Seq > 0 {
			v.Slip = v.Back + "/slip.xlsx"
		}
	}
	return s.Show(w, r, s.Page(r, lang.T("receipt.title-of", st.ID), "batches"), receiptPage(v))
}

// receiptResult says in one sentence what became of the file so far.
func receiptResult(l locale.Lang, st corridor.Status) string {
	switch {
	case !st.State.Final():
		return l.T("receipt.result-waiting")
	case st.State == corridor.Held:
		return l.T("receipt.result-held")
	case st.State == corridor.Undone:
		return l.T("receipt.result-undone")
	case !st.State.Acknowledged():
		return l.T("receipt.result-nothing")
	case st.Report != nil && st.Report.Quarantined > 0:
		return l.T("receipt.result-partly")
	}
	return l.T("receipt.result-all")
}

// longTime writes a moment as documents do.
func longTime(l locale.Lang, t time.Time) string {
	t = t.In(locale.Zone)
	two := func(n int) string { return fmt.Sprintf("%02d", n) }
	return l.T("receipt.time", two(t.Hour()), two(t.Minute()), two(t.Day()), two(int(t.Month())), fmt.Sprint(t.Year()))
}

// inGroups cuts a long code so that people can compare it.
func inGroups(code string) string {
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%8 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// A qrView is a QR code as one path, drawn by the page itself: no picture comes
// from anywhere.
type qrView struct {
	Path, Box string
}

// quiet is the empty border that readers of QR codes need, in modules.
const quiet = 4

func qrOf(text string) (qrView, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return qrView{}, fmt.Errorf("QR code: %w", err)
	}
	var b strings.Builder
	size := code.Bounds().Dx()
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for x < size && dark(code.At(x, y)) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	return qrView{Path: b.String(), Box: fmt.Sprintf("0 0 %d %d", size+2*quiet, size+2*quiet)}, nil
}

func dark(c interface{ RGBA() (r, g, b, a uint32) }) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}
