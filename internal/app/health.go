package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Health is what doctor says about the state of a province.
type Health struct {
	Version     string          `json:"version"`
	Go          string          `json:"go"`
	Folder      FolderHealth    `json:"folder"`
	Engines     []Engine        `json:"engines"`
	Datasets    []DatasetHealth `json:"datasets"`
	Findings    []Finding       `json:"findings"` // what is wrong, and what to do
	Scores      ScoreHealth     `json:"scores"`
	Interrupted []string        `json:"interrupted"` // batches that came to nothing because the program stopped
}

// FolderHealth is the state of the data folder.
type FolderHealth struct {
	Path    string `json:"path"`
	Mode    string `json:"mode"`    // permissions, octal
	Private bool   `json:"private"` // nobody else can read it
	Free    int64  `json:"free"`    // bytes
}

// An Engine is a database engine with its version.
type Engine struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Use     string `json:"use"` // "truth" or "mirror"
}

// DatasetHealth says how far a table's truth and its mirror are.
type DatasetHealth struct {
	Address   string `json:"address"`
	Seq       int64  `json:"seq"`
	MirrorSeq *int64 `json:"mirror_seq"` // null: not asked for yet, so not made
	Fault     string `json:"fault,omitempty"`
}

func (a *App) health(ctx context.Context) (any, error) { return a.Health(ctx) }

// Health looks at everything and changes nothing.
func (a *App) Health(ctx context.Context) (*Health, error) {
	h := &Health{Version: a.Version, Go: runtime.Version(), Interrupted: []string{}, Datasets: []DatasetHealth{}}
	var err error
	var newest time.Time // what was stamped last
	if h.Folder, err = LookAtFolder(a.Config.Data); err != nil {
		return nil, err
	}
	if h.Engines, err = a.engines(ctx); err != nil {
		return nil, err
	}
	if h.Scores, err = a.scoreHealth(ctx); err != nil {
		return nil, err
	}
	for c, err := range contract.All(ctx, a.Contracts) {
		if err != nil {
			return nil, err
		}
		seq, at, wrong := a.Truth.Head(ctx, c.ID)
		if at.After(newest) {
			newest = at
		}
		for _, o := range c.Objects {
			d := DatasetHealth{Address: o.Dataset, Seq: seq}
			if wrong != nil {
				d.Fault = wrong.Error()
			}
			if at, ok, err := a.Mirror.Seq(ctx, o.Dataset); err != nil {
				return nil, err
			} else if ok {
				d.MirrorSeq = &at
			}
			h.Datasets = append(h.Datasets, d)
		}
	}
	batches, _, err := a.Corridor.Batches(ctx, "", "", 1000)
	for _, b := range batches {
		if b.State == corridor.Interrupted {
			h.Interrupted = append(h.Interrupted, b.ID)
		}
	}
	if err != nil {
		return nil, err
	}
	h.Findings, err = a.findings(ctx, h, newest, time.Now())
	return h, err
}

// LookAtFolder describes a data folder.
func LookAtFolder(dir string) (FolderHealth, error) {
	f := FolderHealth{Path: dir}
	if abs, err := filepath.Abs(dir); err == nil {
		f.Path = abs
	}
	info, err := os.Stat(dir)
	if err != nil {
		return f, err
	}
	f.Mode = fmt.Sprintf("%04o", info.Mode().Perm())
	f.Private = info.Mode().Perm()&0o077 == 0
	f.Free, err = store.FreeBytes(dir)
	return f, err
}

func (a *App) engines(ctx context.Context) (list []Engine, err error) {
	if a.Store.Engine() == store.SQLite {
		lite, _, _ := sqlite3.Version()
		list = append(list, Engine{"SQLite", lite, "truth"})
	} else {
		var v string
		err := a.Store.Control().Read(ctx, func(tx *store.Tx) error {
			return tx.QueryRowContext(ctx, `SELECT current_setting('server_version')`).Scan(&v)
		})
		if err != nil {
			return nil, err
		}
		list = append(list, Engine{"PostgreSQL", v, "truth"})
	}
	duck, err := duckVersion(ctx)
	return append(list, Engine{"DuckDB", duck, "mirror"}), err
}

func duckVersion(ctx context.Context) (v string, err error) {
	db, err := columns.Open(ctx, columns.Options{Threads: 1})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	c, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return v, c.Row(ctx, `SELECT version()`).Scan(&v)
}
