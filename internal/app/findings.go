package app

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Finding is something that is wrong, or soon will be, with what to do next.
type Finding struct {
	ID     string `json:"id"`    // such as "disk-low": for programs that watch
	Grave  bool   `json:"grave"` // data or service are at risk now
	What   string `json:"what"`  // in Vietnamese, as Next
	Next   string `json:"next"`
	WhatEn string `json:"what_en"`
	NextEn string `json:"next_en"`
}

// In gives a finding's sentences in a language.
func (f Finding) In(l locale.Lang) (what, next string) {
	if l == locale.En {
		return f.WhatEn, f.NextEn
	}
	return f.What, f.Next
}

// found makes a finding out of what is wrong and what to do.
func found(id string, grave bool, what, next *fault.Error) Finding {
	return Finding{
		ID: id, Grave: grave, What: locale.Vi.Error(what), Next: locale.Vi.Error(next), WhatEn: locale.En.Error(what), NextEn: locale.En.Error(next),
	}
}

// note is a sentence of a finding.
func note(key string, args ...any) *fault.Error { return fault.New(fault.Invalid, key, args...) }

// What doctor minds.
const (
	diskLow     = 10                  // per cent that should be free
	diskGrave   = 2                   // per cent under which loads soon fail
	diskEnough  = int64(50) << 30     // so much is enough on a disk of any size
	diskNothing = int64(1) << 30      // so little is too little
	backupAge   = 7 * 24 * time.Hour  // of the newest backup
	certSoon    = 30 * 24 * time.Hour // before its end
	certGrave   = 7 * 24 * time.Hour
	acmeSoon    = 20 * 24 * time.Hour // renewed at thirty days: ten have gone wrong
	clockSlack  = 5 * time.Minute
	verifyTime  = 20 * time.Second // of the log; longer is for phohien audit verify
)

// Examine looks at what can be seen without opening the databases: for a doctor
// that comes when they do not open, too.
func (c *Config) Examine(now time.Time) []Finding {
	list := c.folderFindings()
	list = append(list, c.spaceFindings()...)
	list = append(list, c.keyFindings()...)
	list = append(list, c.certificateFindings(now)...)
	return append(list, c.backupFindings(now)...)
}

// folderFindings says who else can read the data folder.
func (c *Config) folderFindings() []Finding {
	f, err := LookAtFolder(c.Data)
	if err != nil || f.Private {
		return nil // one that is not there yet, or cannot be looked at, is spoken of elsewhere
	}
	return []Finding{found("folder-open", true, note("doctor.folder-open", f.Path, f.Mode), note("doctor.folder-open.next", f.Path))}
}

func (c *Config) spaceFindings() []Finding {
	free, total, err := store.Space(c.Data)
	if err != nil {
		return nil
	}
	return judgeSpace(c.Data, free, total)
}

// judgeSpace says when a disk is nearly full.
func judgeSpace(dir string, free, total int64) []Finding {
	if total <= 0 || free >= diskEnough || free >= diskNothing && free*100 >= total*diskLow {
		return nil
	}
	grave := free < diskNothing || free*100 < total*diskGrave
	return []Finding{found("disk-low", grave, note("doctor.disk-low", dir, free, free*100/total), note("doctor.disk-low.next"))}
}

// keyFindings says what is wrong with where the master key is.
func (c *Config) keyFindings() (list []Finding) {
	if _, err := os.Stat(c.Data); errors.Is(err, fs.ErrNotExist) {
		return nil // the first start makes both
	}
	place, err := keys.Locate(c.Data, c.MasterKey, os.LookupEnv)
	if err != nil {
		return nil // opening says it
	}
	for _, wrong := range keys.Check(c.Data, place) {
		list = append(list, found("master-key", true, wrong, note("doctor.master-key.next")))
	}
	return list
}

// certificateFindings says which certificates end soon: those in files, and those
// that are got by ACME and should have been renewed by now.
func (c *Config) certificateFindings(now time.Time) (list []Finding) {
	look := func(file string, soon time.Duration, next *fault.Error) {
		ends, err := certificateEnd(file)
		if err != nil || ends.Sub(now) > soon {
			return // one that cannot be read stops the start, and is spoken of there
		}
		day := ends.Local().Format("02/01/2006")
		if now.After(ends) {
			list = append(list, found("certificate", true, note("doctor.certificate-over", file, day), next))
			return
		}
		list = append(list, found("certificate", ends.Sub(now) < certGrave, note("doctor.certificate", file, day, int64(ends.Sub(now)/(24*time.Hour))), next))
	}
	if c.TLSCert != "" {
		look(c.TLSCert, certSoon, note("doctor.certificate.next", c.TLSCert, c.TLSKey))
	}
	for _, host := range c.ACMEHosts {
		look(filepath.Join(c.Data, "acme", host), acmeSoon, note("doctor.certificate-acme.next", Redact(c.ACMEDirectory)))
	}
	return list
}

// certificateEnd is the last day of the first certificate in a file.
func certificateEnd(file string) (time.Time, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return time.Time{}, err
	}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return time.Time{}, fmt.Errorf("%s holds no certificate", file)
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}, err
		}
		return cert.NotAfter, nil
	}
}

// lastBackup stands in the data folder: its time is that of the newest backup.
const lastBackup = "last-backup"

// backedUp notes that a backup is whole.
func (a *App) backedUp(dir string) error {
	return os.WriteFile(filepath.Join(a.Config.Data, lastBackup), []byte(dir+"\n"), 0o600)
}

// backupFindings says that there is no backup, or only an old one. PostgreSQL is
// backed up by its own tools, which tell us nothing.
func (c *Config) backupFindings(now time.Time) []Finding {
	if c.Database != "" {
		return nil
	}
	data, err := filepath.Glob(filepath.Join(c.Data, "data", "*.db"))
	if err != nil || len(data) == 0 {
		return nil // nothing to back up yet
	}
	info, err := os.Stat(filepath.Join(c.Data, lastBackup))
	switch {
	case err == nil && now.Sub(info.ModTime()) > backupAge:
		return []Finding{found("backup-old", false, note("doctor.backup-old", info.ModTime().Local().Format("02/01/2006"), int64(now.Sub(info.ModTime())/(24*time.Hour))), note("doctor.backup.next"))}
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{found("backup-none", false, note("doctor.backup-none"), note("doctor.backup.next"))}
	}
	return nil
}

// SettingsFindings says which settings file gives a password to everybody on the
// machine.
func SettingsFindings(settings []Setting) []Finding {
	for _, s := range settings {
		if s.Name != "database" || s.Origin != FromFile {
			continue
		}
		u, err := url.Parse(s.Value)
		if err != nil || u.User == nil {
			continue
		}
		if _, has := u.User.Password(); !has {
			continue
		}
		if info, err := os.Stat(s.Where); err == nil && info.Mode().Perm()&0o007 != 0 {
			return []Finding{found("settings-open", true, note("doctor.settings-open", s.Where, fmt.Sprintf("%04o", info.Mode().Perm())), note("doctor.settings-open.next", s.Where))}
		}
	}
	return nil
}

// findings adds to what is seen from outside what only the open rooms know.
func (a *App) findings(ctx context.Context, h *Health, newest time.Time, now time.Time) ([]Finding, error) {
	list := a.Config.Examine(now)
	wrong, err := a.Vault.Check(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range wrong {
		list = append(list, found("data-key", false, w, note("doctor.data-key.next")))
	}
	list = append(list, a.clockFindings(ctx, newest, now)...)
	list = append(list, mirrorFindings(h)...)
	scored, err := a.scoreFindings(ctx)
	if err != nil {
		return nil, err
	}
	list = append(list, scored...)
	logged, err := a.logFindings(ctx)
	return append(list, logged...), err
}

// clockFindings compares the clock with what was stamped before, and asks the log
// what it thinks of the clock.
func (a *App) clockFindings(ctx context.Context, newest, now time.Time) (list []Finding) {
	health := ""
	if n := a.Audit.Size(); n > 0 {
		if e, err := a.Audit.Entry(ctx, n-1); err == nil { // an erased one does not say
			health = e.ClockHealth
			if e.Time.After(newest) {
				newest = e.Time
			}
		}
	}
	switch {
	case newest.Sub(now) > clockSlack:
		list = append(list, found("clock-back", true, note("doctor.clock-back", now.Local().Format("15:04 02/01/2006"), newest.Local().Format("15:04 02/01/2006")), note("doctor.clock-back.next")))
	case health == audit.ClockJumped:
		list = append(list, found("clock-jumped", true, note("doctor.clock-jumped"), note("doctor.clock-back.next")))
	case health == audit.ClockUnsynced:
		list = append(list, found("clock-unsynced", false, note("doctor.clock-unsynced"), note("doctor.clock-unsynced.next")))
	}
	return list
}

// mostNamed is how many data sets a finding names.
const mostNamed = 5

func mirrorFindings(h *Health) []Finding {
	var behind []string
	n := int64(0)
	for _, d := range h.Datasets {
		if d.MirrorSeq == nil || *d.MirrorSeq >= d.Seq {
			continue
		}
		if n++; len(behind) < mostNamed {
			behind = append(behind, d.Address)
		}
	}
	if n == 0 {
		return nil
	}
	return []Finding{found("mirror-behind", false, note("doctor.mirror-behind", n, behind), note("doctor.mirror-behind.next", behind[0]))}
}

// scoreFindings tells of data sets whose kept counts did not agree with the last
// recount.
func (a *App) scoreFindings(ctx context.Context) ([]Finding, error) {
	checks, err := a.Scorer.Checks(ctx)
	if err != nil {
		return nil, fmt.Errorf("recounts of scores: %w", err)
	}
	var wrong []string
	n := int64(0)
	for _, id := range slices.Sorted(maps.Keys(checks)) {
		if checks[id].Agrees {
			continue
		}
		if n++; len(wrong) < mostNamed {
			wrong = append(wrong, id+" ("+checks[id].Difference+")")
		}
	}
	if n == 0 {
		return nil, nil
	}
	return []Finding{found("score-differs", false, note("doctor.score-differs", n, wrong), note("doctor.score-differs.next"))}, nil
}

// logFindings verifies the audit log as far as that goes in a moment.
func (a *App) logFindings(ctx context.Context) ([]Finding, error) {
	within, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	dir := filepath.Join(a.Config.Data, auditDir)
	report, err := audit.Verify(within, dir, a.Audit.Key())
	switch {
	case err != nil && within.Err() != nil && ctx.Err() == nil:
		return []Finding{found("log-long", false, note("doctor.log-long", int64(verifyTime/time.Second)), note("doctor.log-long.next"))}, nil
	case fault.Is(err, "audit.no-log"):
		return nil, nil // nothing has been written yet
	case err != nil:
		return nil, fmt.Errorf("verifying the log: %w", err)
	case len(report.Problems) > 0:
		first := report.Problems[0]
		return []Finding{found("log-broken", true, note("doctor.log-broken", int64(len(report.Problems)+report.More), first.File), note("doctor.log-broken.next"))}, nil
	}
	return nil, nil
}
