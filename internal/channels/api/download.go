package api

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/phohien/phohien/internal/channels/guard"
)

// mediaXLSX is the media type of workbooks.
const mediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// fileOf documents an answer that is a file.
func fileOf(mediaType, format string) *huma.Response {
	return &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
		mediaType: {Schema: &huma.Schema{Type: "string", Format: format}},
	}}
}

// attachment is the Content-Disposition of a file of this name.
func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// A download is an answer that is written as a file. Its head goes out with the
// first byte, so that what breaks before is still a problem with its status.
type download struct {
	w         http.ResponseWriter
	mediaType string
	name      string
	head      http.Header // what else the head says
	begun     bool
}

// Write implements io.Writer.
func (d *download) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		h := d.w.Header()
		maps.Copy(h, d.head)
		h.Set("Content-Type", d.mediaType)
		h.Set("Content-Disposition", attachment(d.name))
		d.w.WriteHeader(http.StatusOK)
	}
	guard.Extend(d.w, time.Minute)
	return d.w.Write(b)
}

// alive gives a file that is still being put together more time.
func (d *download) alive() { guard.Extend(d.w, 2*time.Minute) }

// streamed answers with a file that write makes.
func (s *Server) streamed(ctx context.Context, mediaType, name string, write func(d *download) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		d := &download{w: w, mediaType: mediaType, name: name}
		err := write(d)
		if err == nil && !d.begun {
			_, err = d.Write(nil)
		}
		switch {
		case err == nil:
		case !d.begun:
			s.writeProblem(w, exchangeOf(ctx).r, err)
		default: // the head is out: the answer can only be broken off
			if ctx.Err() == nil {
				s.log.ErrorContext(ctx, "file broken off", slog.String("file", name), slog.Any("err", err))
			}
			panic(http.ErrAbortHandler)
		}
	}}
}

var _ io.Writer = (*download)(nil)
