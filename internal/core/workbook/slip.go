package workbook

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// MaxLines is how many lines one slip holds.
const MaxLines = 100_000

// A SlipInput is all that a return slip says (Phiếu yêu cầu bổ sung, hoàn thiện
// dữ liệu, after form 02 of Circular 03/2025/TT-VPCP).
type SlipInput struct {
	Title    string // of the data set
	Unit     string // who sent it, "" when not known
	Batch    string // code of the batch
	File     string // name of the file as sent
	Received time.Time
	Contract *contract.Contract // for the mark; nil leaves its version out
	Object   *contract.Object
	Lines    []SlipLine // in the order of the file; those beyond MaxLines are left out and counted
	Total    int64      // open lines in all; 0 = as many as Lines
	Rest     string     // where the lines beyond are to be had as CSV: an address, or words
	Contact  string     // whom to ask, "" leaves the sentence out
	Language locale.Lang
	Lists    func(id string) *dictionary.CodeList
	Units    quality.Resolver // the register of administrative units, or nil
	Now      time.Time
	Temp     string // folder for what does not fit into memory; "" = the system's

	// Own is the sender's workbook, in which the lines are marked; nil makes a
	// new one. When it cannot be used, because it is too big, holds too many bad
	// lines or is broken, Refused is told why and a new workbook is made all the
	// same; with Refused nil that is an error.
	Own     *Own
	Refused func(why error)
}

// A SlipLine is a line that did not pass.
type SlipLine struct {
	ID     int64
	Row    int64    // row in the sender's sheet
	Cells  []string // as sent, by column of the object; of another number when the line could not be split
	Faults []SlipFault
	Token  string // signed by the platform: closes the line when it comes back
}

// A SlipFault is one thing wrong with a line.
type SlipFault struct {
	Column  int    // -1: the whole line
	Message string // why, what is expected, an example: whole sentences
	Suggest string // a safe value, "" without
	How     string // how Suggest was made, a sentence; "" without
	Asked   string // what the rule asks for, in short: the reasons are counted by it
}

// An Own is the workbook as sent, and where in it the table lies.
type Own struct {
	File     ingest.File // an XLSX
	Sheet    int         // place of the sheet among the tables of the Book
	HeaderTo int64       // last row of the heading
	Places   []int       // by column of the object: place of its cell in the sheet, -1
}

// Faults words what is wrong with a line of quarantine, with a suggested value
// where one is safe.
func Faults(o *contract.Object, rules, raw []string, lists func(string) *dictionary.CodeList, lang locale.Lang) []SlipFault {
	return FaultsWith(nil, o, rules, raw, lists, lang)
}

// FaultsWith is Faults with the register of administrative units at hand, which
// may be nil: it lists the candidates for a unit that could not be made out.
func FaultsWith(units quality.Resolver, o *contract.Object, rules, raw []string, lists func(string) *dictionary.CodeList, lang locale.Lang) []SlipFault {
	all := make([]SlipFault, 0, len(rules))
	said := func(s contract.Sentence) string {
		if lang == locale.En {
			return s.En
		}
		return s.Vi
	}
	for _, id := range rules {
		e := quality.ExplainWith(units, o, id, raw)
		f := SlipFault{Column: -1, Message: said(e.Why), Asked: said(e.Expected)}
		if e.Column != "" && len(raw) == len(o.Columns) {
			f.Column = o.Column(e.Column)
		}
		if p, ok := quality.Propose(o, id, raw, lists); ok {
			f.Suggest, f.How = p.Value, said(p.How)
		}
		all = append(all, f)
	}
	return all
}

// Slip writes a return slip.
func Slip(ctx context.Context, w io.Writer, in SlipInput) error {
	if in.Now.IsZero() {
		in.Now = time.Now()
	}
	in.Total = max(in.Total, int64(len(in.Lines)))
	in.Lines = in.Lines[:min(len(in.Lines), MaxLines)]
	if in.Own != nil {
		f, err := ownSlip(ctx, &in)
		if err == nil {
			defer f.Close()
			return write(f, w)
		}
		if in.Refused == nil || ctx.Err() != nil {
			return err
		}
		in.Refused(err)
	}
	return newSlip(ctx, w, &in)
}

// left is how many open lines the slip has no room for.
func (in *SlipInput) left() int64 { return in.Total - int64(len(in.Lines)) }

func (in *SlipInput) mark(sheet string, heading int64) Mark {
	m := Mark{Kind: KindSlip, Contract: in.Object.Contract, Batch: in.Batch, Sheets: []DataSheet{{sheet, in.Object.Dataset, heading}}}
	if in.Contract != nil {
		m.Version, m.Digest = in.Contract.Version, in.Contract.Digest
	}
	return m
}

// unit is who the slip is addressed to.
func (in *SlipInput) unit() string {
	if in.Unit != "" {
		return in.Unit
	}
	return in.Language.T("workbook.slip.sender")
}

// reason is what stands in the column of reasons: a line of text for each fault.
func (in *SlipInput) reason(l *SlipLine) string {
	var b strings.Builder
	columns, faults := about(l)
	var all []SlipFault
	for _, c := range columns {
		all = append(all, faults[c]...)
	}
	for i, f := range all {
		if i > 0 {
			b.WriteByte('\n')
		}
		if f.Column >= 0 {
			b.WriteString(in.Object.Columns[f.Column].Title)
			b.WriteString(": ")
		}
		b.WriteString(in.advice(f, " "))
	}
	if len(l.Cells) != len(in.Object.Columns) { // its cells belong nowhere: show them together
		b.WriteByte('\n')
		b.WriteString(in.Language.T("workbook.slip.as-sent", strings.Join(l.Cells, " | ")))
	}
	text, _ := cut(b.String(), in.Language)
	return text
}

// advice says why a cell is wrong and what to write instead.
func (in *SlipInput) advice(f SlipFault, between string) string {
	text := f.Message
	if f.Suggest != "" {
		text += between + in.Language.T("workbook.slip.suggest", f.Suggest)
		if f.How != "" {
			text += " (" + strings.TrimSuffix(f.How, ".") + ")"
		}
		text += "."
	}
	return text
}

// about gathers the faults of each column of a line, -1 for the whole line, in
// the order of the columns.
func about(l *SlipLine) (columns []int, faults map[int][]SlipFault) {
	faults = map[int][]SlipFault{}
	for _, f := range l.Faults {
		if _, known := faults[f.Column]; !known {
			columns = append(columns, f.Column)
		}
		faults[f.Column] = append(faults[f.Column], f)
	}
	slices.Sort(columns)
	return columns, faults
}

// comment is the note on a wrong cell.
func (in *SlipInput) comment(faults []SlipFault) string {
	var parts []string
	for _, f := range faults {
		parts = append(parts, in.advice(f, "\n"))
	}
	return shorten(strings.Join(parts, "\n\n"), maxComment)
}

// maxComment is as much as a note can show.
const maxComment = 1000
