package campaigndesk

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/core/ingest/sheet"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// The bounds of a sheet that is sent back.
const (
	MostFile = 8 << 20
	mostRows = 20_000
)

// The columns of a sheet before its fields.
const (
	colPlace = iota
	colObject
	colName
	colVerdict
	colWhy
	fixedColumns
)

var headKeys = [fixedColumns]string{"campaign.col.place", "campaign.col.object", "campaign.col.name", "campaign.col.verdict", "campaign.col.why"}

// VerdictKey is the key of the words of a verdict.
func VerdictKey(v campaign.Verdict) string {
	if v == campaign.Unanswered {
		return "campaign.verdict.unanswered"
	}
	return "campaign.verdict." + string(v)
}

// Fields are the fields of a campaign as forms ask for them: of all lines, of new ones
// and of those that are gone, in this order and each once.
func Fields(ctx context.Context, c *campaign.Campaign, src Source) (asked, added, gone []form.Field, err error) {
	all, err := src.Fields(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	asked = form.Named(all, c.Fields...)
	pick := func(names []string) []form.Field {
		return form.Named(all, slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(c.Fields, n) })...)
	}
	return asked, pick(src.NewFields()), pick(src.GoneFields()), nil
}

// columns are the fields of a sheet, behind those that all sheets have.
func columns(ctx context.Context, s *Sheet) ([]form.Field, error) {
	asked, added, gone, err := Fields(ctx, s.Campaign.Campaign, s.Source)
	return slices.Concat(asked, added, gone), err
}

// WriteXLSX writes a sheet as a workbook, filled with what is there and what has been
// answered.
func WriteXLSX(ctx context.Context, w io.Writer, s *Sheet) error {
	fields, err := columns(ctx, s)
	if err != nil {
		return err
	}
	words, err := s.Source.Words(ctx)
	if err != nil {
		return err
	}
	l := locale.From(ctx)
	head := make([]string, fixedColumns)
	for i, key := range headKeys {
		head[i] = l.T(key)
	}
	for _, f := range fields {
		head = append(head, f.Title)
	}
	rows := [][]string{head}
	for _, line := range s.Lines {
		verdict := ""
		if line.Verdict != campaign.Unanswered {
			verdict = l.T(VerdictKey(line.Verdict))
		}
		row := []string{strconv.Itoa(line.Place), line.Object, line.Name, verdict, line.Why}
		now := line.Now()
		for _, f := range fields {
			text := ""
			if now[f.Name] != "" {
				text = words(f.Name, now[f.Name])
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return workbook.WriteXLSX(w, l.T("campaign.sheet"), rows)
}

// verdictOf reads a verdict as people write it.
func verdictOf(text string) (campaign.Verdict, bool) {
	text = viet.Fold(strings.TrimSpace(text))
	if text == "" {
		return campaign.Unanswered, true
	}
	for _, v := range append(campaign.Verdicts(), campaign.New) {
		for _, l := range []locale.Lang{locale.Vi, locale.En} {
			if text == viet.Fold(l.T(VerdictKey(v))) {
				return v, true
			}
		}
	}
	return "", false
}

// ReadSheet reads a sheet that somebody has filled in outside, and says what it
// answers. Lines that it says nothing new of are left out. What is wrong is a *Wrong
// that lists every line: then nothing of the sheet is taken.
func ReadSheet(ctx context.Context, s *Sheet, body io.Reader, name string) ([]campaign.Answer, error) {
	fields, err := columns(ctx, s)
	if err != nil {
		return nil, err
	}
	words, err := s.Source.Words(ctx)
	if err != nil {
		return nil, err
	}
	list := sheet.List{
		Column: func(heading string) int { return columnOf(fields, heading) }, Needed: []int{colPlace, colName, colVerdict}, Most: MostFile, MostRows: mostRows,
		Large: fault.New(fault.TooLarge, "campaign.file.large", int64(MostFile>>20)), None: fault.New(fault.Invalid, "campaign.file.none"),
		Many: fault.New(fault.TooLarge, "campaign.file.many", int64(mostRows)), Empty: fault.New(fault.Invalid, "campaign.file.empty"),
	}
	rows, err := list.Read(ctx, body, name)
	if err != nil {
		return nil, err
	}
	r := reading{ctx: ctx, s: s, fields: fields, words: words, style: form.StyleOf(locale.From(ctx)), at: map[int]campaign.Line{}, seen: map[int]int{}}
	for _, l := range s.Lines {
		r.at[l.Place] = l
	}
	var answers []campaign.Answer
	var wrong []WrongLine
	for _, row := range rows {
		for c, text := range row.Cells {
			row.Cells[c] = strings.TrimSpace(workbook.Original(text))
		}
		a, needed, err := r.row(row)
		switch {
		case err != nil && fault.KindOf(err) == fault.Internal:
			return nil, err
		case err != nil:
			wrong = append(wrong, WrongLine{row.Line, row.Cells[colName], err})
		case needed:
			answers = append(answers, a)
		}
	}
	if len(wrong) > 0 {
		return nil, &Wrong{wrong, fault.New(fault.Invalid, "campaign.file.wrong", int64(len(wrong)))}
	}
	return answers, nil
}

func columnOf(fields []form.Field, heading string) int {
	heading = viet.Fold(strings.TrimSpace(heading))
	for i, key := range headKeys {
		if heading == viet.Fold(locale.Vi.T(key)) || heading == viet.Fold(locale.En.T(key)) {
			return i
		}
	}
	for i, f := range fields {
		if heading == viet.Fold(f.Title) || heading == f.Name {
			return fixedColumns + i
		}
	}
	return -1
}

// A reading goes through the rows of a sheet.
type reading struct {
	ctx    context.Context
	s      *Sheet
	fields []form.Field
	words  func(field, value string) string
	style  form.Style
	at     map[int]campaign.Line
	seen   map[int]int
}

func (r *reading) row(row sheet.Row) (a campaign.Answer, needed bool, err error) {
	place := row.Cells[colPlace]
	verdict, ok := verdictOf(row.Cells[colVerdict])
	if !ok {
		return a, false, fault.New(fault.Invalid, "campaign.verdict", row.Cells[colVerdict])
	}
	a = campaign.Answer{Verdict: verdict, Why: row.Cells[colWhy], Name: row.Cells[colName]}
	line := campaign.Line{}
	if place != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(place, ".0"))
		if err != nil {
			return a, false, fault.New(fault.Invalid, "campaign.file.place", place)
		}
		if line, ok = r.at[n]; !ok {
			return a, false, fault.New(fault.Invalid, "campaign.file.place", place)
		}
		if before := r.seen[n]; before > 0 {
			return a, false, fault.New(fault.Invalid, "campaign.file.twice", place, int64(before))
		}
		r.seen[n], a.Place = row.Line, n
	}
	written := r.changed(row, line)
	if a, err = Reads(r.ctx, r.s.Source, r.style, campaign.Answer{Place: a.Place, Verdict: a.Verdict, Name: a.Name, Why: a.Why, Values: written}); err != nil {
		return a, false, err
	}
	differs := false
	for name, v := range a.Values {
		differs = differs || v != line.Had[name]
	}
	switch {
	case a.Place == 0 && verdict == campaign.Unanswered && (a.Name != "" || differs):
		a.Verdict = campaign.New
	case a.Place == 0 && verdict == campaign.Unanswered:
		return a, false, nil // an empty row
	case a.Place == 0 && verdict != campaign.New:
		return a, false, fault.New(fault.Invalid, "campaign.file.new", row.Cells[colVerdict])
	case line.Object != "" && verdict == campaign.Kept && differs:
		return a, false, fault.New(fault.Invalid, "campaign.file.kept", line.Name)
	case line.Object != "" && verdict == campaign.Unanswered && differs:
		a.Verdict = campaign.Changed
	case verdict == campaign.Unanswered:
		return a, false, nil // nothing is said of it
	}
	if a.Verdict == campaign.Kept {
		a.Values = nil
	}
	return a, true, line.Judge(a, r.s.Campaign.Fields)
}

// changed are the cells of a row that do not read as what stands there already.
func (r *reading) changed(row sheet.Row, line campaign.Line) map[string]string {
	written := map[string]string{}
	for i, f := range r.fields {
		cell, there := row.Cells[fixedColumns+i]
		if !there {
			continue
		}
		shown := ""
		if had := line.Had[f.Name]; had != "" {
			shown = r.words(f.Name, had)
		}
		if cell != shown && (cell != "" || line.Had[f.Name] != "") {
			written[f.Name] = cell
		}
	}
	return written
}
