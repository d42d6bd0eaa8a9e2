package main

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func (t *tool) checkCommand() *cobra.Command {
	var object string
	var as readAs
	l := t.lang
	c := t.jsonFlag(&cobra.Command{
		Use:     "check " + l.T("cmd.arg.contract") + " " + l.T("cmd.arg.file"),
		Short:   l.T("cmd.check.short"),
		Long:    l.T("cmd.check.long"),
		Example: "  phohien check hy-xa hy-xa.xlsx\n  phohien check hy-xa.yaml hy-xa.csv --json",
		Args:    takes(2, 2),
		RunE: func(c *cobra.Command, args []string) error {
			return t.check(c.Context(), args[0], args[1], object, as)
		},
	})
	as.flags(t, c)
	c.Flags().StringVar(&object, "object", "", l.T("cmd.check.object"))
	return c
}

// check judges a file by a contract and commits nothing.
func (t *tool) check(ctx context.Context, by, file, object string, as readAs) error {
	document, address, err := contractOf(by)
	if err != nil {
		return err
	}
	body, name, err := t.open(file)
	if err != nil {
		return err
	}
	defer body.Close() // read only
	return t.with(ctx, func(c *client) error {
		q := url.Values{}
		if err := as.into(q); err != nil {
			return err
		}
		if address != "" {
			id, inside, _ := strings.Cut(address, ".")
			q.Set("dataset", id)
			if object == "" {
				object = inside
			}
		}
		if object != "" {
			q.Set("object", object)
		}
		var out operate.Checked
		contentType, form := checkForm(document, name, body)
		if err := c.call(ctx, request{
			method: http.MethodPost, path: operate.Prefix + "check", query: q, body: form,
			header: http.Header{"Content-Type": {contentType}},
		}, &out); err != nil {
			return err
		}
		if err := t.report(&out.Report, nil); err != nil {
			return err
		}
		if code := out.Report.ExitCode(); code != exitDone {
			return exit(code)
		}
		return nil
	})
}

// contractOf tells a contract's file from a data set's address. What looks like
// a file is one, and must be there.
func contractOf(by string) (document []byte, address string, err error) {
	looks := strings.HasSuffix(by, ".yaml") || strings.HasSuffix(by, ".yml") || strings.ContainsRune(by, os.PathSeparator)
	text, err := os.ReadFile(by)
	switch {
	case err == nil:
		return text, "", nil
	case errors.Is(err, os.ErrNotExist) && !looks:
		return nil, by, nil
	}
	return nil, "", fault.New(fault.Invalid, "cli.file", by).Because(err)
}

// checkForm writes the form while it is read, so that the file is never in
// memory.
func checkForm(document []byte, name string, file io.Reader) (contentType string, form io.Reader) {
	r, w := io.Pipe()
	parts := multipart.NewWriter(w)
	go func() { w.CloseWithError(writeForm(parts, document, name, file)) }() // ends when r is closed
	return parts.FormDataContentType(), r
}

func writeForm(parts *multipart.Writer, document []byte, name string, file io.Reader) error {
	if document != nil {
		w, err := parts.CreateFormFile("contract", "contract.yaml")
		if err != nil {
			return err
		}
		if _, err := w.Write(document); err != nil {
			return err
		}
	}
	w, err := parts.CreateFormFile("file", name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, file); err != nil {
		return err
	}
	return parts.Close()
}
