package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/phohien/phohien/internal/app"
	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/telemetry"
)

// A tool is one run of the program: what its commands share.
type tool struct {
	streams
	lang     locale.Lang
	config   app.Config
	settings []app.Setting
	asJSON   bool // --json: whoever reads is a program
	logLevel slog.LevelVar
}

// run runs one command line and returns the exit code.
func run(ctx context.Context, args []string, s streams) int {
	t := &tool{streams: s, lang: wantedLang(args)}
	// A command says what it does in its own words; only a server keeps a log.
	t.logLevel.Set(slog.LevelWarn)
	slog.SetDefault(slog.New(telemetry.Handler(s.err, telemetry.Text, &t.logLevel)))
	root := t.root()
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(locale.With(ctx, t.lang))
	var code exit
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	}
	t.explain(err)
	return exitNothing
}

// wantedLang finds the language before the command line is understood: help and
// the complaints about it need one.
func wantedLang(args []string) locale.Lang {
	wish := os.Getenv("PHOHIEN_LANG")
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			wish = v
		} else if a == "--lang" && i+1 < len(args) {
			wish = args[i+1]
		}
	}
	if l, ok := locale.Known(wish); ok {
		return l
	}
	return locale.Vi
}

// explain tells a person what went wrong. What nobody prepared for people is
// shown whole besides: at the command line the reader is the administrator.
func (t *tool) explain(err error) {
	var p *problem
	if errors.As(err, &p) {
		t.sayf("%s", p.text(t.lang))
		t.findings(p.Problems)
		return
	}
	t.sayf("%s", t.lang.Error(err))
	t.findings(operate.Problems(err))
	if fault.KindOf(err) == fault.Internal && !errors.Is(err, context.Canceled) {
		t.sayf("  %v", err)
	}
}

// sayf writes a line to people.
func (t *tool) sayf(format string, args ...any) { fmt.Fprintf(t.err, format+"\n", args...) }

func (t *tool) root() *cobra.Command {
	l := t.lang
	root := &cobra.Command{
		Use:           "phohien",
		Short:         l.T("cmd.root.short"),
		Long:          l.T("cmd.root.long"),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          group,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Use: "help", Hidden: true, Run: func(*cobra.Command, []string) { _ = root.Help() }})
	root.SetUsageFunc(t.usage)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fault.New(fault.Invalid, "cli.flag", err.Error(), c.CommandPath())
	})
	t.globalFlags(root.PersistentFlags())
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return t.readConfig(c) }
	root.AddCommand(
		t.serveCommand(), t.demoCommand(), t.packCommand(), t.contractCommand(), t.datasetCommand(), t.batchCommand(),
		t.loadCommand(), t.checkCommand(), t.slipCommand(), t.templateCommand(), t.exportCommand(), t.queryCommand(), t.quarantineCommand(), t.backupCommand(), t.restoreCommand(),
		t.auditCommand(), t.userCommand(), t.orgCommand(), t.holdCommand(), t.eraseCommand(),
		t.doctorCommand(), t.versionCommand(),
	)
	return root
}

// group is the command of a group of commands: alone it helps, with a word that
// is none of them it complains.
func group(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	var known []string
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			known = append(known, sub.Name())
		}
	}
	return fault.New(fault.Invalid, "cli.unknown-command", args[0], c.CommandPath(), strings.Join(known, ", "))
}

// takes checks the number of arguments, named as in the command's use.
func takes(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return fault.New(fault.Invalid, "cli.arguments", c.CommandPath()+strings.TrimPrefix(c.Use, c.Name()), c.CommandPath())
		}
		return nil
	}
}

func (t *tool) globalFlags(f *pflag.FlagSet) {
	l := t.lang
	f.BoolP("help", "h", false, l.T("cmd.flag.help"))
	f.String("config", "", l.T("cmd.flag.config"))
	f.String("data", "", l.T("cmd.flag.data"))
	f.String("database", "", l.T("cmd.flag.database"))
	f.String("memory", "", l.T("cmd.flag.memory"))
	f.String("threads", "", l.T("cmd.flag.threads"))
	f.String("lang", "", l.T("cmd.flag.lang"))
	f.SortFlags = false
}

// listenFlags are for the commands that listen.
func (t *tool) listenFlags(f *pflag.FlagSet) {
	f.String("listen", "", t.lang.T("cmd.flag.listen"))
	f.String("hosts", "", t.lang.T("cmd.flag.hosts"))
}

func (t *tool) jsonFlag(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&t.asJSON, "json", false, t.lang.T("cmd.flag.json"))
	return c
}

// lenient commands show settings that are wrong instead of stopping at them.
var lenient = []string{"doctor", "version", "help"}

func (t *tool) readConfig(c *cobra.Command) error {
	given := map[string]string{}
	file := ""
	c.Flags().Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "config":
			file = f.Value.String()
		case "data", "database", "memory", "threads", "lang", "listen", "hosts":
			given[f.Name] = f.Value.String()
		}
	})
	var err error
	t.config, t.settings, err = app.ReadConfig(app.Sources{Flags: given, Env: os.LookupEnv, File: file})
	if err != nil {
		if slices.Contains(lenient, c.Name()) {
			t.explain(err)
			return nil
		}
		return err
	}
	t.lang = t.config.Lang
	c.SetContext(locale.With(c.Context(), t.lang))
	return nil
}
