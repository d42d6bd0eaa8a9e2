package corridor

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/intake"
	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/charset"
)

// An opening is a file that has been opened and understood for one object: what
// it is, which of its tables is read, how that is laid out, which heading feeds
// which column.
type opening struct {
	obj     *contract.Object
	book    *intake.Book
	recipe  recipe.Recipe
	reading *Reading
	mapping *quality.Mapping
	refusal error // headings that can be understood in two ways
	plain   bool  // CSV whose first line is the heading: no layout
	ask     []Note
	sample  layout.Sample
	shaped  *layout.Source // the last one that was opened
}

// open understands a file. What a person must decide stands in ask; what nobody
// can read is a fault.
func (c *Corridor) open(ctx context.Context, obj *contract.Object, f ingest.File, r *recipe.Recipe) (*opening, error) {
	o := &opening{obj: obj, reading: &Reading{
		Sure: true, Tables: []string{}, Header: []string{}, Places: []int{}, Unknown: []string{}, Missing: []string{},
		Dropped: []layout.Drop{}, Rescues: []RescueCount{}, Notes: []Note{},
	}}
	if r != nil {
		o.recipe = *r
	}
	var err error
	if o.book, err = intake.Open(ctx, f, intake.Options{Mapping: o.recipe.Paths}); err != nil {
		return nil, err
	}
	if err := o.understand(c); err != nil {
		return nil, errors.Join(err, o.book.Close())
	}
	return o, nil
}

// recipeFor is how a file of a sender is read: as was said of this file, else as
// was remembered; nil when nobody has said anything.
func (c *Corridor) recipeFor(ctx context.Context, obj *contract.Object, sender string, said *recipe.Recipe) (*recipe.Recipe, error) {
	if said != nil || c.Recipes == nil {
		return said, nil
	}
	return c.Recipes.Find(ctx, obj.Dataset, sender)
}

// close lets go of the file; what was understood of it stays.
func (o *opening) close() error {
	book := o.book
	o.book, o.shaped = nil, nil
	return book.Close()
}

// understand chooses the table, lays it out, maps its headings and looks at how
// its cells are written.
func (o *opening) understand(c *Corridor) error {
	for _, t := range o.book.Tables() {
		o.reading.Tables = append(o.reading.Tables, t.Name)
	}
	if err := o.choose(); err != nil {
		return err
	}
	part := o.book.PartOf(o.reading.Table)
	o.reading.Kind, o.reading.Path = string(part.Kind), part.Path
	if part.Charset != "" {
		o.reading.Charset = part.Charset.String()
	}
	if part.Separator != 0 {
		o.reading.Separator = string(part.Separator)
	}
	if err := o.lay(); err != nil {
		return err
	}
	if o.mapping.Token >= 0 {
		o.mapping.Line = func(token string) (int64, bool) { return c.TokenLine(o.obj, token) }
		o.mapping.Drop = func(token string, cells [][]byte) bool {
			if token == workbook.NoteToken {
				return true
			}
			texts := make([]string, len(cells))
			for i, b := range cells {
				texts[i] = string(b)
			}
			return workbook.IsExample(o.obj, token, texts)
		}
	}
	return o.hints()
}

// choose picks the table that is read: the one a person named, the one that a
// workbook of ours names, the only one, or the only one whose headings fit.
func (o *opening) choose() error {
	tables := o.book.Tables()
	if len(tables) == 0 {
		return fault.New(fault.Invalid, "file.empty")
	}
	if o.recipe.Table != "" {
		for i, t := range tables {
			if viet.Fold(t.Name) == viet.Fold(o.recipe.Table) {
				o.reading.Table = i
				return nil
			}
		}
	}
	if len(tables) == 1 {
		return nil
	}
	if mark, ours, err := workbook.ReadMark(o.book); err != nil {
		return err
	} else if ours {
		for i, t := range tables {
			for _, s := range mark.Sheets {
				if s.Sheet == t.Name && s.Dataset == o.obj.Dataset {
					o.reading.Table = i
					return nil
				}
			}
		}
	}
	best, most, second := -1, 0, 0
	for i := range tables {
		n, err := fits(o.book, o.obj, i, o.recipe.Columns)
		if err != nil {
			return err
		}
		if n > 0 && !tables[i].Hidden {
			n += len(o.obj.Columns) // a hidden sheet only when no other fits
		}
		switch {
		case n > most:
			best, most, second = i, n, most
		case n > second:
			second = n
		}
	}
	switch {
	case best < 0:
		o.reading.Table = o.firstShown()
	case most == second:
		o.reading.Table = best
		o.reading.Sure = false
		o.ask = append(o.ask, note("hold.table", tables[best].Name))
	default:
		o.reading.Table = best
	}
	return nil
}

func (o *opening) firstShown() int {
	return max(0, slices.IndexFunc(o.book.Tables(), func(t ingest.Table) bool { return !t.Hidden }))
}

// fits counts the columns of an object that the headings of a table feed;
// chosen is what a person has said of headings.
func fits(book *intake.Book, obj *contract.Object, table int, chosen map[string]string) (int, error) {
	g, err := book.Open(table)
	if err != nil {
		return 0, err
	}
	s, err := layout.Take(g, layout.SampleRows)
	if err != nil {
		return 0, err
	}
	p := layout.Recognise(book.Tables()[table], s, quality.Knows(obj))
	header := make([]string, len(p.Layout.Columns))
	for i, c := range p.Layout.Columns {
		header[i] = c.Heading
	}
	m, err := quality.MapBy(obj, header, chosen)
	if err != nil {
		return 0, nil // two headings for one column: a person would have to look
	}
	return len(obj.Columns) - len(m.Missing) - len(m.Needed), nil
}

// lay finds how the table is laid out and maps its headings.
func (o *opening) lay() error {
	if o.recipe.Layout == nil {
		src, ok, err := o.book.Plain()
		if err != nil {
			return err
		}
		if ok {
			m, err := quality.MapBy(o.obj, src.Header(), o.recipe.Columns)
			if err == nil && len(m.Needed) == 0 && len(m.Missing) < len(o.obj.Columns) {
				o.plain, o.mapping = true, m
				o.head(src.Header())
				return nil
			}
		}
	}
	t := o.book.Tables()[o.reading.Table]
	g, err := o.book.Open(o.reading.Table)
	if err != nil {
		return err
	}
	if o.sample, err = layout.Take(g, layout.SampleRows); err != nil {
		return err
	}
	o.arrange(t)
	src, err := o.source()
	if err != nil {
		return err
	}
	if o.mapping, err = quality.MapBy(o.obj, src.Header(), o.recipe.Columns); err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		o.refuse(err)
	}
	o.head(src.Header())
	return nil
}

// refuse notes headings that can be understood in two ways: a person can say
// which is meant, anybody else is told.
func (o *opening) refuse(err error) {
	o.refusal = err
	o.mapping = &quality.Mapping{Cell: make([]int, len(o.obj.Columns)), Token: -1}
	for i := range o.mapping.Cell {
		o.mapping.Cell[i] = -1
		if o.obj.Columns[i].Required {
			o.mapping.Needed = append(o.mapping.Needed, i)
		} else {
			o.mapping.Missing = append(o.mapping.Missing, i)
		}
	}
}

// arrange settles the layout: a remembered one that fits, else what is
// recognised.
func (o *opening) arrange(t ingest.Table) {
	if l := o.recipe.Layout; l != nil {
		if o.recipe.Here {
			o.reading.Layout = l
			return
		}
		if layout.Fits(*l, t, o.sample) {
			o.reading.Layout, o.reading.Remembered = l, true
			return
		}
		if shifted, ok := layout.Shifted(*l, t, o.sample); ok {
			o.reading.Layout, o.reading.Remembered = &shifted, true
			return
		}
		o.reading.Notes = append(o.reading.Notes, note("note.layout-forgotten"))
	}
	p := layout.Recognise(t, o.sample, quality.Knows(o.obj))
	if o.book.PartOf(o.reading.Table).Separator != 0 {
		o.narrow(&p)
	}
	o.reading.Layout = &p.Layout
	o.reading.Notes = append(o.reading.Notes, notes(p.Doubts)...)
	if !p.Sure {
		o.reading.Sure = false
		o.ask = append(o.ask, note("hold.layout"))
	}
}

// narrow takes columns without a heading off the end of a text table when only
// some rows reach into them: those rows have a separator too many, and the
// others none too few.
func (o *opening) narrow(p *layout.Proposal) {
	data := map[int64]bool{}
	for _, g := range p.Rows {
		if g.Role == layout.DataRow {
			data[g.Line] = true
		}
	}
	columns := p.Layout.Columns
	for n := len(columns) - 1; n > 0 && p.Layout.HeaderFrom > 0 && (columns[n].Heading == "" || columns[n].Heading == layout.Letters(n)); n-- {
		filled := 0
		for _, r := range o.sample.Rows {
			if data[r.Line] && len(r.Cells) > n && r.Cells[n] != "" {
				filled++
			}
		}
		if 2*filled >= len(data) {
			return
		}
		p.Layout.Columns = columns[:n]
	}
}

// head notes which heading feeds which column.
func (o *opening) head(header []string) {
	o.reading.Header = append(o.reading.Header, header...)
	o.reading.Places = append(o.reading.Places, o.mapping.Cell...)
	if o.mapping.Token >= 0 { // words for the clerk that we wrote ourselves
		o.mapping.Unknown = slices.DeleteFunc(o.mapping.Unknown, workbook.OwnHeading)
	}
	o.reading.Unknown = append(o.reading.Unknown, o.mapping.Unknown...)
	for _, c := range o.mapping.Needed {
		o.reading.Missing = append(o.reading.Missing, o.obj.Columns[c].Title)
	}
	if f := fault.Of(o.refusal); f != nil {
		o.ask = append(o.ask, Note{Key: "hold.mapping", Vi: locale.Vi.T(f.Key, f.Args...), En: locale.En.T(f.Key, f.Args...)})
	} else if o.unmapped() {
		o.ask = append(o.ask, note("hold.mapping", join(o.reading.Missing), join(header)))
	}
}

// unmapped reports whether no row could be accepted before a person has said
// which heading is which.
func (o *opening) unmapped() bool {
	return o.refusal != nil || len(o.mapping.Needed) > 0 || len(o.mapping.Missing) == len(o.obj.Columns)
}

// complete refuses a file whose headings do not feed the required columns.
func (o *opening) complete() error {
	if o.refusal != nil {
		return o.refusal
	}
	return o.mapping.Complete(o.obj, o.reading.Header)
}

// source reads the data from the beginning.
func (o *opening) source() (ingest.Source, error) {
	if o.plain {
		src, _, err := o.book.Plain()
		return src, err
	}
	g, err := o.book.Open(o.reading.Table)
	if err != nil {
		return nil, err
	}
	if o.shaped, err = o.reading.Layout.Apply(g, o.book.Tables()[o.reading.Table]); err != nil {
		return nil, err
	}
	return o.shaped, nil
}

// hints looks at how the cells of each column are written; what a person has
// said counts for more.
func (o *opening) hints() error {
	if o.unmapped() {
		return nil
	}
	src, err := o.source()
	if err != nil {
		return err
	}
	hints, doubts, err := quality.Observe(o.obj, o.mapping, src)
	if err != nil {
		return err
	}
	var off uint32
	for _, name := range o.recipe.Off {
		if r, ok := quality.RescueByName(name); ok {
			off |= 1 << r
		}
	}
	for i := range hints {
		said := o.recipe.Reads[o.obj.Columns[i].Name]
		h := &hints[i]
		h.Off = off
		switch said.Numbers {
		case "vietnamese":
			h.Style = viet.StyleVietnamese
		case "english":
			h.Style = viet.StyleEnglish
		}
		switch said.Days {
		case "day-first":
			h.Order = viet.DayFirst
		case "month-first":
			h.Order = viet.MonthFirst
		}
		switch said.Font {
		case "none":
			h.Font = ""
		case "":
		default:
			h.Font = fontsByName[said.Font]
		}
	}
	o.mapping.Hints = hints
	for _, d := range doubts {
		if o.recipe.Reads[o.obj.Columns[d.Column].Name].Days == "" {
			o.ask = append(o.ask, note("hold.days", o.obj.Columns[d.Column].Title, d.One, d.Two))
		}
	}
	return nil
}

var fontsByName = map[string]charset.Charset{
	"tcvn3": charset.TCVN3, "tcvn3-capitals": charset.TCVN3Capitals, "vni": charset.VNI, "viqr": charset.VIQR,
}

// finish completes the reading once all rows have been read.
func (o *opening) finish(staged *quality.Stage) *Reading {
	r := o.reading
	if o.shaped != nil {
		r.Dropped = append([]layout.Drop{}, o.shaped.Dropped()...)
		r.Notes = append(r.Notes, notes(o.shaped.Findings())...)
	}
	r.Notes = append(r.Notes, notes(o.book.Findings())...)
	for _, x := range staged.Rescued {
		what := quality.Rescues[x.Rescue]
		r.Rescues = append(r.Rescues, RescueCount{
			Column: o.obj.Columns[x.Column].Name, Title: o.obj.Columns[x.Column].Title,
			Rule: what.Name, Name: Words{what.Vi, what.En}, Count: x.Count, Examples: append([][2]string{}, x.Examples...),
		})
	}
	slices.SortStableFunc(r.Rescues, func(a, b RescueCount) int { return int(b.Count - a.Count) })
	return r
}

// notes words what readers and layouts have found.
func notes(list []ingest.Finding) []Note {
	var out []Note
	for _, f := range list {
		n := Note{Key: f.Key, Vi: locale.Vi.T(f.Key, f.Args...), En: locale.En.T(f.Key, f.Args...)}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// asFile gives a body as a file: as it is when it can be read anywhere, else
// copied into a folder of its own. release ends the use.
func (c *Corridor) asFile(ctx context.Context, name string, body io.Reader) (f ingest.File, release func(), err error) {
	dir, err := os.MkdirTemp(c.WorkDir, "file-")
	if err != nil {
		return f, nil, noSpace(err)
	}
	release = func() { _ = os.RemoveAll(dir) } // the work folder is emptied at start
	f = ingest.File{Name: filepath.Base(name), Temp: dir, Limits: c.Limits}
	if own, ok := body.(*os.File); ok {
		if info, err := own.Stat(); err == nil && info.Mode().IsRegular() {
			f.ReaderAt, f.Size = own, info.Size()
			return f, release, nil
		}
	}
	if at, ok := body.(interface {
		io.ReaderAt
		Size() int64
	}); ok {
		f.ReaderAt, f.Size = at, at.Size()
		return f, release, nil
	}
	copied, err := os.Create(filepath.Join(dir, "body"))
	if err != nil {
		release()
		return f, nil, noSpace(err)
	}
	n, err := spoolCopy(ctx, copied, body, c.Limits.Bytes)
	if err != nil {
		_ = copied.Close()
		release()
		return f, nil, noSpace(err)
	}
	f.ReaderAt, f.Size = copied, n
	return f, func() { _ = copied.Close(); _ = os.RemoveAll(dir) }, nil
}
