package site

import (
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// Form reads a form of at most so many bytes that only our own pages can send.
func (s *Site) Form(w http.ResponseWriter, r *http.Request, most int64) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if err := r.ParseForm(); err != nil {
		return nil, fault.New(fault.Invalid, "page.form").Because(err)
	}
	return r.PostForm, s.FormToken(r.Context(), r.PostForm.Get("token"))
}

// File reads such a form up to its file, before which the token comes: nothing of a
// file is taken from anybody else. A form without one is the fault none. The sender
// may be slow.
func (s *Site) File(w http.ResponseWriter, r *http.Request, most int64, none *fault.Error) (*multipart.Part, error) {
	r.Body = io.NopCloser(guard.Patient(w, r, most))
	form, err := r.MultipartReader()
	if err != nil {
		return nil, fault.New(fault.Invalid, "page.form").Because(err)
	}
	let := false
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, none.Because(err)
		}
		switch part.FormName() {
		case "token":
			text, err := io.ReadAll(io.LimitReader(part, 4<<10))
			if err != nil {
				return nil, fault.New(fault.Invalid, "page.form").Because(err)
			}
			if err := s.FormToken(r.Context(), strings.TrimSpace(string(text))); err != nil {
				return nil, err
			}
			let = true
		case "file":
			if !let {
				return nil, fault.New(fault.Denied, "door.form")
			}
			if part.FileName() == "" {
				return nil, none
			}
			return part, nil
		}
	}
}

// Mendable reports whether an error is said on the page that the form came from:
// its reader can put it right there.
func Mendable(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.TooLarge:
		return true
	}
	return false
}
