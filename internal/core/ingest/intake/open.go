// Package intake is the front of all readers: it tells by its bytes what a file
// is, never by its name, opens it with the reader for its kind, takes archives
// apart, and answers what cannot be read with what to do. Tables come guarded:
// a file with a mark of state secrets fails while it is being read.
package intake

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/archive"
	"github.com/phohien/phohien/internal/core/ingest/secrecy"
	"github.com/phohien/phohien/internal/core/ingest/xmlrows"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet/charset"
)

// Options are what the sender's settings say.
type Options struct {
	NoMacros bool             // refuse documents that carry programs
	Mapping  *xmlrows.Mapping // where the rows of the sender's XML files lie; nil: looked for
	Text     ingest.CSVHints  // charset and separator of the sender's text files, when a person chose them
}

// deepest is how many archives may lie in one another.
const deepest = 2

// Open opens a file of any kind. Time is counted from here.
func Open(ctx context.Context, f ingest.File, o Options) (*Book, error) {
	if f.Size > f.Limits.Bytes {
		return nil, fault.New(fault.TooLarge, "file.too-large", f.Limits.Bytes)
	}
	b := &Book{opts: o, limits: f.Limits}
	b.ctx, b.cancel = context.WithTimeoutCause(ctx, f.Limits.Time, fault.New(fault.TooLarge, "intake.too-long", int(f.Limits.Time.Minutes())))
	err := b.add(f, "", 0, archive.NewBudget(f.Limits))
	if err == nil {
		err = b.settle()
	}
	if err != nil {
		return nil, errors.Join(b.late(err), b.Close())
	}
	return b, nil
}

// add opens a file and puts its tables into the book.
func (b *Book) add(f ingest.File, path string, depth int, budget *archive.Budget) error {
	kind, t, err := recognise(f)
	if err != nil {
		return err
	}
	if ext, yes := differs(f.Name, kind); yes && names[kind] != "" {
		b.find("intake.name-differs", ext, kind.String())
	}
	if t.macros {
		if b.opts.NoMacros {
			return fault.New(fault.Denied, "intake.macros-refused")
		}
		if kind != XLSX { // whose reader says so
			b.find("intake.macros")
		}
	}
	if depth == 0 {
		b.Kind = kind
	}
	switch kind {
	case Zip, SevenZip, Rar, Tar, Gzip:
		return b.unpack(f, kind, path, depth, budget)
	}
	if err := unreadable(kind); err != nil {
		return err
	}
	book, err := b.open(f, kind)
	if err != nil && mistaken(err) {
		// The reader knows better. What begins like markup or JSON and is none is a
		// text all the same; the others are damaged beyond their signature.
		if kind != HTML && kind != XML && kind != JSON {
			return fault.New(fault.Invalid, "intake.damaged").Because(err)
		}
		kind = CSV
		book, err = b.open(f, kind)
	}
	if err != nil {
		return err
	}
	p := &part{Part: Part{Path: path, Kind: kind, Charset: charset.UTF8}, book: book}
	if c, ok := book.(*ingest.CSVBook); ok {
		p.Charset, p.Separator = c.Charset, c.Separator
	}
	b.parts = append(b.parts, p)
	return nil
}

// open calls the reader of a kind. Some readers rest on libraries of others:
// where a damaged file makes one panic, the file is refused, not the program.
func (b *Book) open(f ingest.File, kind Kind) (book ingest.Book, err error) {
	defer recovered(&err)
	if kind == CSV {
		c, err := ingest.OpenCSVBookAs(b.ctx, f, b.opts.Text)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
	open := readers[kind]
	if open == nil {
		return nil, fmt.Errorf("no reader for %s", kind)
	}
	return open(b.ctx, f, b.opts)
}

// recovered makes a refusal of a panic, with its place for the log.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fault.New(fault.Invalid, "intake.damaged").Because(fmt.Errorf("reading panicked: %v\n%s", r, debug.Stack()))
	}
}

// unreadable says what to do about the kinds that hold no tables; nil for the
// others.
func unreadable(k Kind) error {
	switch k {
	case Empty:
		return fault.New(fault.Invalid, "file.empty")
	case Truncated:
		return fault.New(fault.Invalid, "intake.zeros")
	case PDF:
		return fault.New(fault.Invalid, "intake.pdf")
	case Image:
		return fault.New(fault.Invalid, "intake.image")
	case Doc:
		return fault.New(fault.Invalid, "intake.doc")
	case Slides:
		return fault.New(fault.Invalid, "intake.slides")
	case XLSB:
		return fault.New(fault.Invalid, "intake.xlsb")
	case Locked:
		return fault.New(fault.Invalid, "intake.locked")
	case Database:
		return fault.New(fault.Invalid, "intake.database")
	case Mail:
		return fault.New(fault.Invalid, "intake.mail")
	case Shape:
		return fault.New(fault.Invalid, "intake.shape")
	case Media:
		return fault.New(fault.Invalid, "intake.media")
	case Program:
		return fault.New(fault.Denied, "intake.program")
	case Shortcut:
		return fault.New(fault.Invalid, "intake.shortcut")
	case Packed:
		return fault.New(fault.Invalid, "intake.packed")
	case Binary:
		return fault.New(fault.Invalid, "intake.binary")
	}
	return nil
}

// unpack opens the files of an archive. Those that hold no tables are left out
// and named; one that should and cannot be read fails them all, since nobody
// would notice that its rows are missing.
func (b *Book) unpack(f ingest.File, kind Kind, path string, depth int, budget *archive.Budget) error {
	if depth == deepest {
		return fault.New(fault.Invalid, "archive.too-deep", deepest)
	}
	u, err := archive.Unpack(b.ctx, f, archive.Format(kind), budget)
	if err != nil {
		return err
	}
	b.unpacked = append(b.unpacked, u)
	b.findings = append(b.findings, u.Findings...)
	before := len(b.parts)
	var left []error
	for _, e := range u.Entries {
		inner := e.Path
		if path != "" {
			inner = path + " › " + e.Path
		}
		err := b.add(e.File, inner, depth+1, budget)
		switch {
		case err == nil:
		case leftOut(err):
			left = append(left, err)
			b.find("intake.left-out", inner)
		case len(u.Entries) > 1 && fault.KindOf(err) == fault.Invalid && !fault.Is(err, "intake.inner"):
			return fault.New(fault.Invalid, "intake.inner", inner).Because(err)
		default:
			return err
		}
	}
	if len(b.parts) > before {
		return nil
	}
	if len(left) == 1 { // the archive is that file, and its own sentence says more
		return left[0]
	}
	return fault.New(fault.Invalid, "archive.nothing", len(u.Entries))
}

// leftOut tells whether a file of an archive holds no tables by its kind.
func leftOut(err error) bool {
	f := fault.Of(err)
	if f == nil {
		return false
	}
	for _, k := range []Kind{Empty, PDF, Image, Doc, Slides, Database, Mail, Shape, Media, Program, Shortcut, Binary} {
		if f.Key == fault.Of(unreadable(k)).Key {
			return true
		}
	}
	return f.Key == "archive.nothing"
}

// settle puts the tables of all parts together and looks for marks beside
// their cells.
func (b *Book) settle() error {
	for i, p := range b.parts {
		tables := p.book.Tables()
		if err := secrecy.Check(tables); err != nil {
			return err
		}
		for j, t := range tables {
			if len(b.parts) > 1 {
				if t.Name == "" {
					t.Name = p.Path
				} else {
					t.Name = p.Path + " › " + t.Name
				}
			}
			b.tables = append(b.tables, t)
			b.places = append(b.places, place{part: i, table: j})
		}
	}
	if n := len(b.tables); n > b.limits.Tables {
		return fault.New(fault.TooLarge, "intake.too-many-tables", n, b.limits.Tables)
	}
	b.read = make([]bool, len(b.tables))
	if len(b.parts) == 1 {
		b.Part = b.parts[0].Part
	}
	return nil
}
