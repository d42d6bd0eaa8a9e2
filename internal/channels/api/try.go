package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
)

type reportAnswer struct{ Body *corridor.Report }

func (s *Server) tryRoutes() {
	register(s, door.Each(policy.Send, policy.KindDataset), huma.Operation{
		OperationID: "try-file", Method: http.MethodPost, Path: Prefix + "/datasets/{id}/try",
		Summary: "Xem trước một tệp, không ghi / Look at what a file would do", Tags: []string{"batches"}, DefaultStatus: http.StatusOK,
		Description: "The body is the file. The answer says how it is read and what it would insert, update, withdraw and quarantine, with up to twenty examples each. Nothing of it is kept.",
		RequestBody: fileBody(),
	}, s.tryFile)
}

// tryTime is how long a file may be judged once it has come in.
const tryTime = 30 * time.Minute

func (s *Server) tryFile(ctx context.Context, in *SentFile) (*reportAnswer, error) {
	ex := exchangeOf(ctx)
	con, obj, request, err := s.sent(ctx, in, s.object)
	if err != nil {
		return nil, err
	}
	request.Dataset, request.Body = obj.Dataset, &whole{request.Body, func() { guard.Extend(ex.w, tryTime) }}
	r, err := s.Corridor.Try(ctx, door.Actor(ctx), request)
	if err != nil {
		return nil, err
	}
	return &reportAnswer{filled(s.Door.ShownReport(ctx, con, obj, r))}, nil
}

// whole tells when a body has come in whole.
type whole struct {
	io.Reader
	done func()
}

// Read implements io.Reader.
func (w *whole) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	if errors.Is(err, io.EOF) {
		w.done()
	}
	return n, err
}

// fileBody documents a body that is a file as it lies on a disk.
func fileBody() *huma.RequestBody {
	text, bytes := &huma.MediaType{Schema: &huma.Schema{Type: "string"}}, &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	content := map[string]*huma.MediaType{"application/json": {}} // with a schema, package huma would read it
	for _, name := range []string{"text/csv", "text/tab-separated-values", "text/plain", "text/html", "application/xml", "application/x-ndjson", "application/geo+json"} {
		content[name] = text
	}
	for _, name := range []string{
		"application/octet-stream", mediaXLSX, "application/vnd.ms-excel", "application/vnd.oasis.opendocument.spreadsheet",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.apache.parquet", "application/x-dbf",
		"application/zip", "application/x-7z-compressed", "application/vnd.rar", "application/gzip",
	} {
		content[name] = bytes
	}
	return &huma.RequestBody{
		Required: true, Content: content,
		Description: "The file as it is. What it is, its bytes tell: any media type will do but those of forms.",
	}
}

// checkFile refuses a body that is no file or too large, before it is read.
func (s *Server) checkFile(ex *exchange, contentType string) error {
	if err := checkMedia(contentType); err != nil {
		return err
	}
	if ex.r.ContentLength > s.MaxUpload {
		return fault.New(fault.TooLarge, "api.body-too-large", s.MaxUpload)
	}
	return nil
}
