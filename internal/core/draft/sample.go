package draft

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/intake"
	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// maxTables is how many tables of all samples become a draft: more are not a
// data set that somebody looks through.
const maxTables = 12

// A Reading is what the samples gave, and what a person should know about how
// they were read.
type Reading struct {
	Tables []*Table
	Notes  []Note
}

// Read looks at sample files of any kind: every sheet that holds a table
// becomes one. A file that cannot be read, or bears a mark of state secrets, is
// refused as everywhere.
func Read(ctx context.Context, files []ingest.File) (*Reading, error) {
	r := &Reading{}
	for _, f := range files {
		if err := r.file(ctx, f); err != nil {
			return nil, err
		}
	}
	if len(r.Tables) == 0 {
		return nil, fault.New(fault.Invalid, "draft.no-table")
	}
	return r, nil
}

func (r *Reading) file(ctx context.Context, f ingest.File) (err error) {
	b, err := intake.Open(ctx, f, intake.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	name := path.Base(strings.ReplaceAll(f.Name, `\`, "/"))
	if src, plain, err := b.Plain(); err != nil {
		return err
	} else if plain {
		t, err := Look(ctx, name, src)
		if err == nil && t.Rows > 0 {
			r.Tables = append(r.Tables, t)
		}
		return err
	}
	if err := r.sheets(ctx, name, b); err != nil {
		return err
	}
	return b.Sweep()
}

// sheets looks at each table of a book that is not hidden.
func (r *Reading) sheets(ctx context.Context, name string, b *intake.Book) error {
	tables := b.Tables()
	seen := 0
	for i, t := range tables {
		if t.Hidden {
			r.Notes = append(r.Notes, say("draft.note.hidden", t.Name))
			continue
		}
		if len(r.Tables) >= maxTables {
			r.Notes = append(r.Notes, say("draft.note.more-tables", int64(maxTables)))
			return nil
		}
		one, err := r.sheet(ctx, b, i, t)
		if err != nil {
			return err
		}
		if one == nil {
			continue
		}
		if one.Name == "" || len(tables) == 1 {
			one.Name = name
		}
		seen++
		r.Tables = append(r.Tables, one)
	}
	if seen == 1 { // a book with one table is called by its file
		r.Tables[len(r.Tables)-1].Name = name
	}
	return nil
}

// sheet looks at one table by the layout that is recognised; nil when it holds
// none.
func (r *Reading) sheet(ctx context.Context, b *intake.Book, i int, t ingest.Table) (*Table, error) {
	g, err := b.Open(i)
	if err != nil {
		return nil, err
	}
	sample, err := layout.Take(g, layout.SampleRows)
	if err != nil {
		return nil, err
	}
	if len(sample.Rows) == 0 {
		return nil, nil
	}
	p := layout.Recognise(t, sample, nil)
	if g, err = b.Open(i); err != nil {
		return nil, err
	}
	src, err := p.Layout.Apply(g, t)
	if err != nil {
		return nil, err
	}
	one, err := Look(ctx, t.Name, src)
	if err != nil {
		return nil, fmt.Errorf("table %d: %w", i+1, err)
	}
	if one.Rows == 0 || len(one.Columns) == 0 {
		return nil, nil
	}
	if len(p.Others) > 0 {
		r.Notes = append(r.Notes, say("draft.note.other-tables", t.Name, int64(len(p.Others))))
	}
	if !p.Sure {
		r.Notes = append(r.Notes, say("draft.note.unsure", t.Name))
	}
	return one, nil
}
