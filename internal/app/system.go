package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/phohien/phohien/internal/channels/admin"
	"github.com/phohien/phohien/internal/foundation/store"
)

// system is what doctor says, for the page of the administrators.
func (a *App) system(ctx context.Context) (*admin.System, error) {
	h, err := a.Health(ctx)
	if err != nil {
		return nil, err
	}
	s := &admin.System{
		Version: h.Version, Go: h.Go, Folder: h.Folder.Path, Free: h.Folder.Free, Interrupted: h.Interrupted,
		Recounted: h.Scores.Recounted, Recount: h.Scores.Datasets, Wrong: len(h.Scores.Wrong), Tables: len(h.Datasets),
	}
	for _, e := range h.Engines {
		s.Engines = append(s.Engines, admin.SystemEngine(e))
	}
	for _, f := range h.Findings {
		s.Findings = append(s.Findings, admin.SystemFinding{Grave: f.Grave, What: f.What, Next: f.Next, WhatEn: f.WhatEn, NextEn: f.NextEn})
	}
	for _, d := range h.Datasets {
		if d.Fault != "" {
			s.Broken = append(s.Broken, d.Address)
		} else if d.MirrorSeq != nil && *d.MirrorSeq < d.Seq {
			s.Behind = append(s.Behind, d.Address)
		}
	}
	if _, s.Disk, err = store.Space(a.Config.Data); err != nil {
		return nil, err
	}
	parts, err := sizesOf(a.Config.Data)
	if err != nil {
		return nil, err
	}
	for _, part := range []string{"truth", "mirror", "files", "log", "rest"} {
		s.Parts = append(s.Parts, admin.SystemPart{Part: part, Bytes: parts[part]})
	}
	if info, err := os.Stat(filepath.Join(a.Config.Data, lastBackup)); err == nil {
		s.LastBackup = info.ModTime()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	found := a.Mirror.Answers()
	s.Answers = admin.SystemAnswers{Kept: found.Kept, Shared: found.Shared, Made: found.Made, Bytes: found.Bytes}
	return s, nil
}

// partOf says of which part of the data folder a name at its top is.
func partOf(name string) string {
	switch {
	case strings.HasPrefix(name, "control.db"), name == "data":
		return "truth"
	case strings.HasPrefix(name, "mirror.duckdb"):
		return "mirror"
	case name == "blob", name == "drafts", name == "inbox":
		return "files"
	case name == auditDir, name == usageDir:
		return "log"
	}
	return "rest"
}

// sizesOf is how much lies in a data folder, part by part.
func sizesOf(dir string) (map[string]int64, error) {
	parts := map[string]int64{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		n, err := folderBytes(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		parts[partOf(e.Name())] += n
	}
	return parts, nil
}
