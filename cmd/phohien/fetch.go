package main

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/foundation/fault"
)

func (t *tool) templateCommand() *cobra.Command {
	l := t.lang
	var out string
	c := &cobra.Command{
		Use: "template " + l.T("cmd.arg.dataset"), Short: l.T("cmd.template.short"), Long: l.T("cmd.template.long"), Args: takes(1, 1),
		Example: "  phohien template hy-xa -o mau-hy-xa.xlsx",
		RunE: func(c *cobra.Command, args []string) error {
			return t.fetch(c.Context(), datasetPath(args[0])+"/template.xlsx", nil, out)
		},
	}
	t.outFlag(c, &out)
	return c
}

func (t *tool) slipCommand() *cobra.Command {
	l := t.lang
	var out, unit string
	c := &cobra.Command{
		Use: "slip " + l.T("cmd.arg.batch"), Short: l.T("cmd.slip.short"), Long: l.T("cmd.slip.long"), Args: takes(1, 1),
		Example: "  phohien slip 01JD0000000000000000000000 -o phieu.xlsx",
		RunE: func(c *cobra.Command, args []string) error {
			q := url.Values{}
			if unit != "" {
				q.Set("unit", unit)
			}
			return t.fetch(c.Context(), batchPath(args[0])+"/slip.xlsx", q, out)
		},
	}
	t.outFlag(c, &out)
	c.Flags().StringVar(&unit, "unit", "", l.T("cmd.slip.unit"))
	return c
}

type exportFlags struct {
	format, fields, asOf, separator, out string
	names, plain                         bool
}

func (t *tool) exportCommand() *cobra.Command {
	l := t.lang
	var f exportFlags
	c := &cobra.Command{
		Use: "export " + l.T("cmd.arg.dataset") + " [" + l.T("cmd.arg.filter") + "…]", Short: l.T("cmd.export.short"), Long: l.T("cmd.export.long"), Args: takes(1, -1),
		Example: "  phohien export hy-xa loai=phuong > phuong.csv\n  phohien export hy-xa --format xlsx -o hy-xa.xlsx",
		RunE:    func(c *cobra.Command, args []string) error { return t.export(c.Context(), args[0], args[1:], f) },
	}
	t.outFlag(c, &f.out)
	c.Flags().StringVar(&f.format, "format", "csv", l.T("cmd.export.format"))
	c.Flags().StringVar(&f.fields, "fields", "", l.T("cmd.export.fields"))
	c.Flags().StringVar(&f.asOf, "as-of", "", l.T("cmd.export.as-of"))
	c.Flags().BoolVar(&f.names, "names", false, l.T("cmd.export.names"))
	c.Flags().StringVar(&f.separator, "separator", "", l.T("cmd.export.separator"))
	c.Flags().BoolVar(&f.plain, "plain", false, l.T("cmd.export.plain"))
	return c
}

// export writes the records that fit; CSV goes to stdout unless a file is named.
func (t *tool) export(ctx context.Context, dataset string, filter []string, f exportFlags) error {
	q := url.Values{}
	for name, v := range map[string]string{"fields": f.fields, "as_of": f.asOf} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if f.names {
		q.Set("names", "true")
	}
	switch f.format {
	case "csv":
		if f.separator != "" {
			q.Set("separator", f.separator)
		}
		if f.plain {
			q.Set("plain", "true")
		}
		if f.out == "" {
			f.out = "-"
		}
	case "xlsx":
	default:
		return fault.New(fault.Invalid, "cli.format", f.format, "csv, xlsx")
	}
	for _, one := range filter {
		field, value, ok := strings.Cut(one, "=")
		if !ok || field == "" {
			return fault.New(fault.Invalid, "cli.filter", one)
		}
		q.Add("eq."+field, value)
	}
	return t.fetch(ctx, datasetPath(dataset)+"/records."+f.format, q, f.out)
}

func (t *tool) outFlag(c *cobra.Command, out *string) {
	c.Flags().StringVarP(out, "output", "o", "", t.lang.T("cmd.flag.output"))
}

// fetch writes a file of the API: to a file, to stdout for "-", or for "" to a
// new file called as the API calls it.
func (t *tool) fetch(ctx context.Context, path string, q url.Values, out string) error {
	return t.with(ctx, func(c *client) (err error) {
		resp, err := c.do(ctx, request{method: http.MethodGet, path: path, query: q})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, resp.Body.Close()) }()
		if out == "-" {
			_, err = io.Copy(t.out, resp.Body)
			return err
		}
		fresh := out == ""
		if fresh {
			_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
			if err != nil {
				return err
			}
			out = filepath.Base(filepath.FromSlash(params["filename"]))
			if _, err := os.Lstat(out); err == nil {
				return fault.New(fault.Conflict, "cli.file-there", out)
			}
		}
		if err := writeWhole(out, resp.Body); err != nil {
			return err
		}
		t.sayf("%s", t.lang.T("cmd.written", out))
		return nil
	})
}

// writeWhole writes a file whole or not at all.
func writeWhole(name string, from io.Reader) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".phohien-*")
	if err != nil {
		return fault.New(fault.Invalid, "cli.write", name).Because(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err = io.Copy(f, from); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = errors.Join(f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), name); err != nil {
		return fault.New(fault.Invalid, "cli.write", name).Because(err)
	}
	return nil
}
