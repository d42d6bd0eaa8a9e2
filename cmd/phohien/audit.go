package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// auditFolder is where the log lies in the data folder.
const auditFolder = "audit"

func (t *tool) auditCommand() *cobra.Command {
	l := t.lang
	c := &cobra.Command{Use: "audit", Short: l.T("cmd.audit.short"), Long: l.T("cmd.audit.long"), Args: cobra.ArbitraryArgs, RunE: group}
	c.AddCommand(t.auditVerify(), t.auditExport(), t.auditProof(), t.auditConsistency(), t.auditKey(), t.auditPage())
	return c
}

func (t *tool) auditDir() string { return filepath.Join(t.config.Data, auditFolder) }

func (t *tool) auditVerify() *cobra.Command {
	l := t.lang
	given := ""
	c := t.jsonFlag(&cobra.Command{
		Use: "verify", Short: l.T("cmd.audit-verify.short"), Long: l.T("cmd.audit-verify.long"), Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error { return t.verifyLog(c.Context(), given) },
	})
	c.Flags().StringVar(&given, "key", "", l.T("cmd.audit-verify.key"))
	return c
}

// verified is what audit verify answers programs.
type verified struct {
	OK       bool      `json:"ok"`
	Origin   string    `json:"origin"`
	KeyID    string    `json:"key_id"`
	Epoch    int       `json:"epoch"`
	Size     int64     `json:"size"`
	Root     string    `json:"root"`
	Last     time.Time `json:"last"`
	Pending  int64     `json:"pending"`
	Erased   int64     `json:"erased"`
	Kept     int       `json:"kept"`
	Problems []place   `json:"problems"`
	More     int       `json:"more"`
	Notes    []string  `json:"notes"`
}

// A place is where the log is not as it was signed.
type place struct {
	File string `json:"file"`
	Leaf int64  `json:"leaf"` // -1: none
	Key  string `json:"key"`
	Text string `json:"text"`
}

func (t *tool) verifyLog(ctx context.Context, given string) error {
	key, err := t.verifierKey(given)
	if err != nil {
		return err
	}
	r, err := audit.Verify(ctx, t.auditDir(), key)
	if err != nil {
		return err
	}
	v := verified{
		OK: len(r.Problems) == 0, Origin: r.Origin, KeyID: r.KeyID, Epoch: r.Epoch, Size: r.Size, Root: r.Root.String(), Last: r.Last,
		Pending: r.Pending, Erased: r.Erased, Kept: r.Kept, Problems: []place{}, More: r.More, Notes: []string{},
	}
	for _, p := range r.Problems {
		v.Problems = append(v.Problems, place{p.File, p.Leaf, p.What.Key, t.lang.Error(p.What)})
	}
	for _, n := range r.Notes {
		v.Notes = append(v.Notes, t.lang.Error(n))
	}
	if t.asJSON {
		err = t.writeJSON(v)
	} else {
		t.sayVerified(v, key, given == "")
	}
	if err == nil && !v.OK {
		err = exit(exitNothing)
	}
	return err
}

func (t *tool) sayVerified(v verified, key audit.Key, ownKey bool) {
	l := t.lang
	if v.OK {
		fmt.Fprintln(t.out, l.T("cmd.audit-verify.ok", v.Size, v.Last.In(time.FixedZone("", 7*3600)).Format("02/01/2006 15:04:05 -07:00"), v.Origin, v.Root))
		fmt.Fprintln(t.out, l.T("cmd.audit-verify.counts", v.Erased, v.Pending, v.Kept))
	} else {
		fmt.Fprintln(t.out, l.T("cmd.audit-verify.bad", len(v.Problems)+v.More))
		for _, p := range v.Problems {
			fmt.Fprintln(t.out, "  "+p.Text)
		}
	}
	for _, n := range v.Notes {
		t.sayf("%s", n)
	}
	if ownKey {
		t.sayf("%s", l.T("cmd.audit-verify.own-key", key.String()))
	}
}

// verifierKey reads --key: a key, or a file with one.
func (t *tool) verifierKey(given string) (audit.Key, error) {
	if given == "" {
		return audit.FolderKey(t.auditDir())
	}
	text, err := os.ReadFile(given)
	if err == nil {
		given = string(text)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return audit.Key{}, err
	}
	return audit.ParseKey(given)
}

func (t *tool) auditExport() *cobra.Command {
	l := t.lang
	format, since, until := "", "", ""
	c := &cobra.Command{
		Use: "export", Short: l.T("cmd.audit-export.short"), Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error { return t.exportLog(c.Context(), format, since, until) },
	}
	c.Flags().StringVar(&format, "format", audit.JSONLines, l.T("cmd.audit-export.format"))
	c.Flags().StringVar(&since, "since", "", l.T("cmd.audit-export.since"))
	c.Flags().StringVar(&until, "until", "", l.T("cmd.audit-export.until"))
	return c
}

func (t *tool) exportLog(ctx context.Context, format, since, until string) error {
	var q audit.Query
	var err error
	if q.Since, err = readTime("since", since); err != nil {
		return err
	}
	if q.Until, err = readTime("until", until); err != nil {
		return err
	}
	r, err := audit.OpenReader(t.auditDir())
	if err != nil {
		return err
	}
	_, err = r.Export(ctx, t.out, format, q)
	return err
}

// readTime reads a day in Vietnam, or a time with its zone.
func readTime(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, time.FixedZone("+07", 7*3600)); err == nil {
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fault.New(fault.Invalid, "cmd.audit-export.bad-time", flag, text)
	}
	return at, nil
}

func (t *tool) auditProof() *cobra.Command {
	l := t.lang
	return &cobra.Command{
		Use: "proof " + l.T("cmd.arg.index"), Short: l.T("cmd.audit-proof.short"), Long: l.T("cmd.audit-proof.long"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			index, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return fault.New(fault.Invalid, "cmd.audit-proof.bad-index", args[0])
			}
			r, err := audit.OpenReader(t.auditDir())
			if err != nil {
				return err
			}
			receipt, err := r.Proof(c.Context(), index)
			if err != nil {
				return err
			}
			return t.writeJSON(receipt)
		},
	}
}

func (t *tool) auditConsistency() *cobra.Command {
	l := t.lang
	return &cobra.Command{
		Use: "consistency " + l.T("cmd.arg.checkpoint"), Short: l.T("cmd.audit-consistency.short"), Long: l.T("cmd.audit-consistency.long"), Args: takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			old, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			r, err := audit.OpenReader(t.auditDir())
			if err != nil {
				return err
			}
			doc, err := r.Consistency(old)
			if err != nil {
				return err
			}
			return t.writeJSON(doc)
		},
	}
}

func (t *tool) auditKey() *cobra.Command {
	l := t.lang
	return &cobra.Command{
		Use: "key", Short: l.T("cmd.audit-key.short"), Long: l.T("cmd.audit-key.long"), Args: takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			key, err := audit.FolderKey(t.auditDir())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(t.out, key)
			return err
		},
	}
}

func (t *tool) auditPage() *cobra.Command {
	return &cobra.Command{
		Use: "page", Short: t.lang.T("cmd.audit-page.short"), Args: takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			_, err := t.out.Write(audit.VerifierPage())
			return err
		},
	}
}
