package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/odcs"
)

func (t *tool) contractCommand() *cobra.Command {
	l := t.lang
	c := &cobra.Command{Use: "contract", Short: l.T("cmd.contract.short"), Args: cobra.ArbitraryArgs, RunE: group}
	c.AddCommand(
		t.draftCommand(),
		t.jsonFlag(&cobra.Command{
			Use: "check " + l.T("cmd.arg.file"), Short: l.T("cmd.contract-check.short"), Args: takes(1, 1),
			Example: "  phohien contract check hy-xa.yaml",
			RunE:    func(c *cobra.Command, args []string) error { return t.checkContract(args[0]) },
		}),
		t.jsonFlag(&cobra.Command{
			Use: "diff " + l.T("cmd.arg.old") + " " + l.T("cmd.arg.new"), Short: l.T("cmd.contract-diff.short"), Long: l.T("cmd.contract-diff.long"), Args: takes(2, 2),
			Example: "  phohien contract diff hy-xa hy-xa-moi.yaml",
			RunE:    func(c *cobra.Command, args []string) error { return t.diffContracts(c.Context(), args[0], args[1]) },
		}),
	)
	return c
}

// A checkedContract is the answer of contract check.
type checkedContract struct {
	File     string             `json:"file"`
	ID       string             `json:"id,omitempty"`
	Version  string             `json:"version,omitempty"`
	Valid    bool               `json:"valid"`
	Findings []contract.Finding `json:"findings"`
}

// checkContract reads a contract and needs no data folder.
func (t *tool) checkContract(file string) error {
	text, err := t.readFile(file)
	if err != nil {
		return err
	}
	out := checkedContract{File: file, Findings: []contract.Finding{}}
	doc, err := odcs.Read(text)
	var broken *odcs.Error
	switch {
	case errors.As(err, &broken):
		out.Findings = append(out.Findings, contract.Finding{Severity: contract.SeverityError, Code: broken.Code, Path: broken.Path,
			Line: broken.Pos.Line, Column: broken.Pos.Column, MessageVi: broken.MessageVi, MessageEn: broken.MessageEn})
	case err != nil:
		return err
	default:
		con, findings := contract.Resolve(doc, contract.Options{Try: quality.Try})
		out.Findings = append(out.Findings, findings...)
		if con != nil {
			out.Valid, out.ID, out.Version = true, con.ID, con.Version
		}
	}
	return t.showContract(&out)
}

func (t *tool) showContract(out *checkedContract) error {
	var err error
	if !out.Valid {
		err = exit(exitNothing)
	}
	if t.asJSON {
		return errors.Join(t.writeJSON(out), err)
	}
	problems := make([]pack.Problem, len(out.Findings))
	for i, f := range out.Findings {
		problems[i] = pack.Problem{Path: out.File, Line: f.Line, Column: f.Column, Severity: string(f.Severity), MessageVi: f.MessageVi, MessageEn: f.MessageEn}
	}
	if out.Valid {
		fmt.Fprintln(t.out, t.lang.T("cmd.contract-check.valid", out.File, out.ID, out.Version))
	} else {
		t.sayf("%s", t.lang.T("cmd.contract-check.invalid", out.File))
	}
	t.findings(problems)
	return err
}

func (t *tool) readFile(file string) ([]byte, error) {
	r, _, err := t.open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close() // read only
	return io.ReadAll(r)
}

// A contractDiff is the answer of contract diff.
type contractDiff struct {
	Compatible bool              `json:"compatible"`
	Changes    []contract.Change `json:"changes"`
}

func (t *tool) diffContracts(ctx context.Context, from, to string) error {
	old, err := t.contractAt(ctx, from)
	if err != nil {
		return err
	}
	new, err := t.contractAt(ctx, to)
	if err != nil {
		return err
	}
	out := contractDiff{Changes: contract.Diff(old, new)}
	out.Compatible = !contract.Breaking(out.Changes)
	if out.Changes == nil {
		out.Changes = []contract.Change{}
	}
	if t.asJSON {
		return t.writeJSON(out)
	}
	for _, c := range out.Changes {
		mark := "·"
		if c.Breaking {
			mark = "✗"
		}
		fmt.Fprintf(t.out, "%s %s\n", mark, t.say(c.Text.Vi, c.Text.En))
	}
	verdict := t.lang.T("cmd.contract-diff.compatible")
	switch {
	case len(out.Changes) == 0:
		verdict = t.lang.T("cmd.contract-diff.same")
	case !out.Compatible:
		verdict = t.lang.T("cmd.contract-diff.breaking")
	}
	fmt.Fprintln(t.out, verdict)
	return nil
}

// contractAt reads a contract from a file, or the one in force of a data set.
func (t *tool) contractAt(ctx context.Context, arg string) (*contract.Contract, error) {
	text, id, err := contractOf(arg)
	if err != nil {
		return nil, err
	}
	if id != "" {
		err := t.with(ctx, func(c *client) error {
			var b bytes.Buffer
			err := c.copy(ctx, request{method: http.MethodGet, path: datasetPath(id) + "/contract"}, &b)
			text = b.Bytes()
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	con, err := operate.ReadContract(bytes.NewReader(text), nil)
	if err != nil && id == "" {
		t.sayf("%s", t.lang.T("cmd.contract-check.invalid", arg))
	}
	return con, err
}
