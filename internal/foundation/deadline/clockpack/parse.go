package clockpack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/calendar"
)

// document is a file of clocks as a pack writes it.
type document struct {
	Kind     string        `yaml:"kind"`
	Calendar *calendarPart `yaml:"calendar"`
	Office   *officePart   `yaml:"office"`
	Clocks   []entry       `yaml:"clocks"`
}

// calendarPart names the days of some years: those of a file, then its own.
type calendarPart struct {
	File  string    `yaml:"file"`  // in the pack, in a shape that calendar.ReadCSV knows
	Act   string    `yaml:"act"`   // that says so of the days in the file which name none
	Years []int     `yaml:"years"` // whose days off are all there; days of others are left out
	Days  []dayPart `yaml:"days"`
}

type dayPart struct {
	Date string `yaml:"date"` // yyyy-mm-dd
	Kind string `yaml:"kind"`
	Name string `yaml:"name"`
	Act  string `yaml:"act"`
}

type officePart struct {
	Opens    string `yaml:"opens"`
	NoonFrom string `yaml:"noonFrom"`
	NoonTo   string `yaml:"noonTo"`
	Closes   string `yaml:"closes"`
	Cutoff   string `yaml:"cutoff"`
}

type entry struct {
	ID        string `yaml:"id"`
	Event     both   `yaml:"event"`
	Duty      both   `yaml:"duty"`
	Direction string `yaml:"direction"`
	Amount    int    `yaml:"amount"`
	Unit      string `yaml:"unit"`
	On        string `yaml:"on"`
	Extension int    `yaml:"extension"`
	Act       string `yaml:"act"`
	Article   string `yaml:"article"`
	Sure      string `yaml:"sure"`
	Note      both   `yaml:"note"`
	ValidFrom string `yaml:"validFrom"`
	ValidTo   string `yaml:"validTo"`
}

// both is a text in both languages.
type both struct {
	Vi string `yaml:"vi"`
	En string `yaml:"en"`
}

// content is what the files of a pack say together.
type content struct {
	clocks   []item
	days     map[viet.Date]calendar.Day
	years    map[int]bool
	hours    *deadline.Hours
	calendar pack.Source // where the calendar stands
	office   pack.Source
}

// An item is a clock as a file has it.
type item struct {
	clock deadline.Definition
	from  pack.Source
	where string
}

// parse reads all files strictly, and says everything that is wrong in them.
func parse(p *pack.Pack, docs []pack.Document) (all content, problems []pack.Problem) {
	all = content{days: map[viet.Date]calendar.Day{}, years: map[int]bool{}}
	for _, d := range docs {
		problems = append(problems, all.read(p, d)...)
	}
	return all, problems
}

func (all *content) read(p *pack.Pack, d pack.Document) (problems []pack.Problem) {
	from := pack.Source{Path: d.Path}
	defer func() {
		if r := recover(); r != nil { // the YAML parser panics on some broken input
			problems = []pack.Problem{from.Problem("", fault.New(fault.Invalid, "deadline.pack.yaml", fmt.Sprint(r)))}
		}
	}()
	doc, err := odcs.Read(d.Text)
	if err != nil {
		return []pack.Problem{from.Problem("", fault.New(fault.Invalid, "deadline.pack.yaml", err.Error()))}
	}
	from.Doc = doc
	var file document
	if err := yaml.NewDecoder(bytes.NewReader(d.Text), yaml.Strict()).Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		line, column, what := pack.YAMLError(err)
		return []pack.Problem{from.ProblemAt(line, column, fault.New(fault.Invalid, "deadline.pack.yaml", what))}
	}
	if len(file.Clocks) == 0 && file.Calendar == nil && file.Office == nil {
		return []pack.Problem{from.Problem("/clocks", fault.New(fault.Invalid, "deadline.pack.empty"))}
	}
	for i := range file.Clocks {
		it := item{clock: file.Clocks[i].definition(), from: from, where: fmt.Sprintf("/clocks/%d", i)}
		if err := it.clock.Check(); err != nil {
			problems = append(problems, it.problem(err))
		}
		if slices.ContainsFunc(all.clocks, func(other item) bool { return other.clock.ID == it.clock.ID }) {
			problems = append(problems, it.problem(fault.New(fault.Invalid, "deadline.pack.twice", it.clock.ID)))
		}
		all.clocks = append(all.clocks, it)
	}
	if file.Office != nil {
		all.office = from
		problems = append(problems, all.readOffice(file.Office)...)
	}
	if file.Calendar != nil {
		all.calendar = from
		problems = append(problems, all.readCalendar(p, file.Calendar)...)
	}
	return problems
}

func (e *entry) definition() deadline.Definition {
	return deadline.Definition{
		ID: e.ID, EventVi: e.Event.Vi, EventEn: e.Event.En, DutyVi: e.Duty.Vi, DutyEn: e.Duty.En,
		Direction: deadline.Direction(e.Direction), Amount: e.Amount, Unit: deadline.Unit(e.Unit), On: e.On, Extension: e.Extension,
		Act: e.Act, Article: e.Article, Sure: deadline.Sureness(e.Sure), NoteVi: e.Note.Vi, NoteEn: e.Note.En,
		ValidFrom: e.ValidFrom, ValidTo: e.ValidTo,
	}
}

func (all *content) readOffice(o *officePart) (problems []pack.Problem) {
	var h deadline.Hours
	for _, part := range []struct {
		field, text string
		into        *deadline.TimeOfDay
	}{
		{"opens", o.Opens, &h.Opens}, {"noonFrom", o.NoonFrom, &h.NoonFrom}, {"noonTo", o.NoonTo, &h.NoonTo}, {"closes", o.Closes, &h.Closes}, {"cutoff", o.Cutoff, &h.Cutoff},
	} {
		if err := part.into.UnmarshalText([]byte(part.text)); err != nil {
			problems = append(problems, all.office.Problem("/office/"+part.field, err))
		}
	}
	if len(problems) > 0 {
		return problems
	}
	if err := h.Check(); err != nil {
		return []pack.Problem{all.office.Problem("/office", err)}
	}
	all.hours = &h
	return nil
}

func (all *content) readCalendar(p *pack.Pack, c *calendarPart) (problems []pack.Problem) {
	if len(c.Years) == 0 {
		return []pack.Problem{all.calendar.Problem("/calendar", fault.New(fault.Invalid, "deadline.pack.years"))}
	}
	for i, year := range c.Years {
		if year < 2000 || year > 2200 {
			problems = append(problems, all.calendar.Problem(fmt.Sprintf("/calendar/years/%d", i), fault.New(fault.Invalid, "deadline.year-range", year)))
		}
		all.years[year] = true
	}
	if c.File != "" {
		text, err := p.File(c.File)
		if err != nil {
			return append(problems, all.calendar.Problem("/calendar/file", fault.New(fault.Invalid, "deadline.pack.file", c.File)))
		}
		days, err := calendar.ReadCSV(bytes.NewReader(text))
		if err != nil {
			return append(problems, all.calendar.Problem("/calendar/file", fault.New(fault.Invalid, "deadline.pack.csv", c.File, err.Error())))
		}
		for _, d := range days {
			if year, _, _ := d.Date.YMD(); all.years[year] {
				if d.Act == "" {
					d.Act = c.Act
				}
				all.days[d.Date] = d
			}
		}
	}
	for i, d := range c.Days {
		where := fmt.Sprintf("/calendar/days/%d", i)
		date, std, err := viet.ParseDate([]byte(d.Date))
		kind := calendar.Kind(d.Kind)
		if err != nil || std || !kind.Valid() {
			problems = append(problems, all.calendar.Problem(where, fault.New(fault.Invalid, "deadline.day-kind", d.Date, d.Kind)))
			continue
		}
		if year, _, _ := date.YMD(); !all.years[year] {
			problems = append(problems, all.calendar.Problem(where, fault.New(fault.Invalid, "deadline.pack.other-year", d.Date)))
			continue
		}
		all.days[date] = calendar.Day{Date: date, Kind: kind, Name: d.Name, Act: d.Act}
	}
	return problems
}

func (it *item) problem(err error) pack.Problem { return it.from.Problem(it.where, err) }

// warning is a problem that does not stand in the way.
func warning(at pack.Source, where string, err error) pack.Problem {
	p := at.Problem(where, err)
	p.Severity = "warning"
	return p
}
