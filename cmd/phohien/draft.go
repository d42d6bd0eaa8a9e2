package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func (t *tool) draftCommand() *cobra.Command {
	l := t.lang
	var out string
	c := t.jsonFlag(&cobra.Command{
		Use: "draft " + l.T("cmd.arg.file") + "…", Short: l.T("cmd.draft.short"), Long: l.T("cmd.draft.long"), Args: takes(1, -1),
		Example: "  phohien contract draft ho-ngheo.xlsx -o ho-ngheo\n  phohien pack install ho-ngheo",
		RunE:    func(c *cobra.Command, args []string) error { return t.draft(c.Context(), args, out) },
	})
	c.Flags().StringVarP(&out, "output", "o", "", l.T("cmd.draft.output"))
	return c
}

// draft proposes a contract from sample files. Without a folder the document
// goes to stdout and what there is to say about it to stderr.
func (t *tool) draft(ctx context.Context, files []string, dir string) error {
	for _, file := range files { // before the form is begun
		f, _, err := t.open(file)
		if err != nil {
			return err
		}
		if file != "-" {
			if err := f.Close(); err != nil {
				return err
			}
		}
	}
	return t.with(ctx, func(c *client) error {
		contentType, form := t.draftForm(files)
		var p api.Proposal
		if err := c.call(ctx, request{
			method: http.MethodPost, path: api.Prefix + "/drafts", body: form, header: http.Header{"Content-Type": {contentType}},
		}, &p); err != nil {
			return err
		}
		if dir != "" {
			if err := writeDraft(dir, &p); err != nil {
				return err
			}
		}
		if t.asJSON {
			return t.writeJSON(p)
		}
		if dir == "" {
			if _, err := io.WriteString(t.out, p.YAML); err != nil {
				return err
			}
			return t.proposal(t.err, &p)
		}
		if err := t.proposal(t.out, &p); err != nil {
			return err
		}
		t.sayf("%s", t.lang.T("cmd.draft.written", dir, p.Draft.ID))
		return nil
	})
}

// draftForm writes the files as a form while it is read.
func (t *tool) draftForm(files []string) (contentType string, form io.Reader) {
	r, w := io.Pipe()
	parts := multipart.NewWriter(w)
	go func() { w.CloseWithError(t.writeDraftForm(parts, files)) }() // ends when r is closed
	return parts.FormDataContentType(), r
}

func (t *tool) writeDraftForm(parts *multipart.Writer, files []string) error {
	for _, file := range files {
		f, name, err := t.open(file)
		if err != nil {
			return err
		}
		w, err := parts.CreateFormFile("file", name)
		if err == nil {
			_, err = io.Copy(w, f)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return parts.Close()
}

// writeDraft writes a folder that pack install takes. What stands there stays.
func writeDraft(dir string, p *api.Proposal) error {
	id := p.Draft.ID
	files := map[string]string{
		"pack.yaml":                 "id: " + id + "\nname: " + strconv.Quote(p.Draft.Title) + "\nversion: 1.0.0\n",
		"contracts/" + id + ".yaml": p.YAML,
	}
	for _, l := range p.Lists {
		files["code-lists/"+l.ID+".yaml"] = l.YAML
	}
	for name := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Lstat(path); err == nil {
			return fault.New(fault.Conflict, "cli.file-there", path)
		}
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fault.New(fault.Invalid, "cli.write", path).Because(err)
		}
		if err := writeWhole(path, strings.NewReader(text)); err != nil {
			return err
		}
	}
	return nil
}

// proposal says what was proposed, why, and what the samples cannot tell.
func (t *tool) proposal(w io.Writer, p *api.Proposal) error {
	var b bytes.Buffer
	l := t.lang
	fmt.Fprintf(&b, "%s\n", l.T("cmd.draft.head", p.Draft.Title, p.Draft.ID))
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "· %s\n", t.say(n.Vi, n.En))
	}
	reasons := map[[2]string][]string{}
	for _, r := range p.Reasons {
		at := [2]string{r.Object, r.Column}
		reasons[at] = append(reasons[at], t.say(r.Vi, r.En))
	}
	for _, o := range p.Draft.Objects {
		if err := t.proposedTable(&b, &o, reasons); err != nil {
			return err
		}
	}
	for _, list := range p.Draft.CodeLists {
		fmt.Fprintf(&b, "\n%s\n", l.T("cmd.draft.list", list.Name, list.ID, len(list.Codes)))
	}
	for _, q := range p.Questions {
		fmt.Fprintf(&b, "\n? %s\n", t.say(q.Vi, q.En))
		for i, o := range q.Options {
			fmt.Fprintf(&b, "    %d. %s\n", i+1, t.say(o.Vi, o.En))
		}
	}
	for _, x := range p.Problems {
		fmt.Fprintf(&b, "\n✗ %s: %s\n", x.Where, t.say(x.Vi, x.En))
	}
	_, err := b.WriteTo(w)
	return err
}

func (t *tool) proposedTable(b *bytes.Buffer, o *draft.Object, reasons map[[2]string][]string) error {
	l := t.lang
	fmt.Fprintf(b, "\n%s\n", l.T("cmd.draft.table", o.Title, o.Name, o.Rows))
	for _, why := range reasons[[2]string{o.Name, ""}] {
		fmt.Fprintf(b, "  · %s\n", why)
	}
	tab := newTable(l.T("cmd.draft.heading"), l.T("cmd.dataset.field"), l.T("cmd.dataset.type"), l.T("cmd.dataset.notes"), l.T("cmd.draft.why"))
	for _, c := range o.Columns {
		tab.add(c.Heading, c.Name, string(c.Type), strings.Join(t.columnNotes(o, &c), ", "), strings.Join(reasons[[2]string{o.Name, c.Name}], " "))
	}
	return tab.write(b)
}

func (t *tool) columnNotes(o *draft.Object, c *draft.Column) (notes []string) {
	l := t.lang
	for _, k := range o.Key {
		if k == c.Name {
			notes = append(notes, l.T("cmd.dataset.key"))
		}
	}
	if c.LeftOut {
		notes = append(notes, l.T("cmd.draft.left-out"))
	}
	if c.Required {
		notes = append(notes, l.T("cmd.dataset.required"))
	}
	if c.CodeList != "" {
		notes = append(notes, l.T("cmd.dataset.code-list", c.CodeList))
	}
	if c.Personal.Class != draft.None && c.Personal.Class != "" {
		notes = append(notes, l.T("cmd.draft.personal"))
	}
	return notes
}
