package console

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/phohien/phohien/internal/channels/api/guard"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// send takes a file from a form without a script. The parts come in the order
// of the form, the file last, so it is handed on while it comes and nothing is
// kept in memory.
func (s *server) send(w http.ResponseWriter, r *http.Request) error {
	r.Body = io.NopCloser(guard.Patient(w, r, s.MaxUpload))
	form, err := r.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	in := corridor.Request{Dataset: r.PathValue("id")}
	let := false
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return fault.New(fault.Invalid, "page.no-file")
		}
		if err != nil {
			return fault.New(fault.Invalid, "page.form").Because(err)
		}
		if part.FormName() == "file" {
			if !let {
				return fault.New(fault.Denied, "door.token-missing")
			}
			return s.receive(w, r, in, part)
		}
		value, err := io.ReadAll(io.LimitReader(part, 4<<10))
		if err != nil {
			return fault.New(fault.Invalid, "page.form").Because(err)
		}
		switch text := string(bytes.TrimSpace(value)); part.FormName() {
		case "token":
			if err := s.Guard.Match(text); err != nil {
				return err
			}
			let = true
		case "mode":
			in.Mode = contract.Mode(text)
		case "again":
			in.Again = text != ""
		}
	}
}

func (s *server) receive(w http.ResponseWriter, r *http.Request, in corridor.Request, part *multipart.Part) error {
	in.Name, in.Body = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")), part
	if part.FileName() == "" {
		return fault.New(fault.Invalid, "page.no-file")
	}
	st, err := s.Corridor.Receive(r.Context(), person(r.Context()), in)
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/batches/"+url.PathEscape(st.ID), http.StatusSeeOther)
	return nil
}
