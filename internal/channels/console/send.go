package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"github.com/phohien/phohien/internal/channels/door"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// send takes a file from the form. The parts come in the order of the form, the
// file last, so it is handed on while it comes and nothing is kept in memory.
// What it would do is shown before anything is written: the batch is held.
//
// The script sends the same form and asks for JSON, so that it can show how much
// has been sent and what went wrong without leaving the page.
func (s *server) send(w http.ResponseWriter, r *http.Request) error {
	err := s.Limits.Upload(r)
	var all []corridor.Status
	if err == nil {
		all, err = s.sent(w, r)
	}
	asked := strings.Contains(r.Header.Get("Accept"), "application/json")
	switch {
	case err != nil && asked:
		s.answerProblem(w, r, err)
		return nil
	case err != nil:
		return err
	}
	to := "/batches"
	if len(all) == 1 {
		to += "/" + url.PathEscape(all[0].ID)
	}
	if asked {
		writeJSON(w, http.StatusAccepted, map[string]string{"location": to})
		return nil
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// sent reads the form and hands the file on. The batches are several when a
// workbook feeds several tables of the data set.
func (s *server) sent(w http.ResponseWriter, r *http.Request) ([]corridor.Status, error) {
	r.Body = io.NopCloser(guard.Patient(w, r, s.MaxUpload))
	form, err := r.MultipartReader()
	if err != nil {
		return nil, fault.New(fault.Invalid, "page.form").Because(err)
	}
	in := corridor.Request{Dataset: r.PathValue("id"), Preview: true}
	let, book := false, false
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, fault.New(fault.Invalid, "reading.no-file")
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "page.form").Because(err)
		}
		if part.FormName() == "file" {
			if !let {
				return nil, fault.New(fault.Denied, "door.token-missing")
			}
			return s.receive(w, r, in, part, book)
		}
		value, err := io.ReadAll(io.LimitReader(part, 4<<10))
		if err != nil {
			return nil, fault.New(fault.Invalid, "page.form").Because(err)
		}
		switch text := string(bytes.TrimSpace(value)); part.FormName() {
		case "token":
			if err := s.FormToken(r.Context(), text); err != nil {
				return nil, err
			}
			let = true
		case "mode":
			in.Mode = contract.Mode(text)
		case "again":
			in.Again = text != ""
		case "book":
			book = text != ""
		case "key":
			in.IdempotencyKey = text
		case "sender":
			if in.Sender = text; utf8.RuneCountInString(text) > longestSender || !utf8.ValidString(text) {
				return nil, fault.New(fault.Invalid, "reading.bad-sender", longestSender)
			}
		}
	}
}

func (s *server) receive(w http.ResponseWriter, r *http.Request, in corridor.Request, part *multipart.Part, book bool) ([]corridor.Status, error) {
	in.Name, in.Body = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")), part
	if part.FileName() == "" {
		return nil, fault.New(fault.Invalid, "reading.no-file")
	}
	all, err := s.handOn(r.Context(), in, book)
	if err == nil {
		rememberSender(w, r, in.Sender)
	}
	return all, err
}

func (s *server) handOn(ctx context.Context, in corridor.Request, book bool) ([]corridor.Status, error) {
	con, obj, err := s.Door.Find(ctx, policy.Send, s.Contracts, in.Dataset)
	if err != nil {
		return nil, err
	}
	if book {
		obj = nil // it may feed any of the tables
	}
	if in.Rows, err = s.Door.MaySend(ctx, con, obj, in.Mode); err != nil {
		return nil, err
	}
	if !book {
		st, err := s.Corridor.Receive(ctx, door.Actor(ctx), in)
		return []corridor.Status{st}, err
	}
	in.Dataset = con.ID
	return s.Corridor.ReceiveBook(ctx, door.Actor(ctx), in)
}

// answerProblem words an error for the script, as fail does for people.
func (s *server) answerProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := api.NewProblem(r.Context(), err)
	if p.Status == http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "sending failed", "path", r.URL.Path, "err", err)
	}
	writeJSON(w, p.Status, map[string]string{"title": p.Title, "detail": p.Detail})
}

func writeJSON(w http.ResponseWriter, status int, v map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// A reader who has gone away is no fault of ours.
	_ = json.NewEncoder(w).Encode(v)
}

// senderCookie remembers who sent from this browser last.
const (
	senderCookie  = "phohien_sender"
	longestSender = 200
)

func rememberSender(w http.ResponseWriter, r *http.Request, sender string) {
	c := &http.Cookie{Name: senderCookie, Value: url.QueryEscape(sender), Path: "/", MaxAge: 365 * 24 * 3600,
		SameSite: http.SameSiteLaxMode, HttpOnly: true, Secure: guard.Secure(r)}
	if sender == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

func lastSender(r *http.Request) string {
	c, err := r.Cookie(senderCookie)
	if err != nil {
		return ""
	}
	text, err := url.QueryUnescape(c.Value)
	if err != nil || !utf8.ValidString(text) || utf8.RuneCountInString(text) > longestSender {
		return ""
	}
	return text
}

// earlierBatches is how many batches are asked for who sent them.
const earlierBatches = 50

// senders are those who have sent to an object lately, each once, in the order
// of the alphabet.
func (s *server) senders(r *http.Request, dataset string) ([]string, error) {
	list, _, err := s.Corridor.Batches(r.Context(), dataset, "", earlierBatches)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, b := range list {
		if b.Report != nil && b.Report.Sender != "" {
			seen[b.Report.Sender] = true
		}
	}
	return sortedNames(seen), nil
}

func sortedNames(seen map[string]bool) []string {
	return slices.SortedFunc(maps.Keys(seen), func(a, b string) int { return strings.Compare(viet.SortKey(a), viet.SortKey(b)) })
}
