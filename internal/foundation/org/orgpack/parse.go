package orgpack

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/odcs"
)

// document is a file of organisations as a pack writes it.
type document struct {
	Kind          string  `yaml:"kind"`
	Organisations []entry `yaml:"organisations"`
}

type entry struct {
	ID           string   `yaml:"id"`
	Name         string   `yaml:"name"`
	NameEn       string   `yaml:"nameEn"`
	Level        string   `yaml:"level"`
	Province     string   `yaml:"province"`
	Unit         string   `yaml:"unit"`
	UnitCode     string   `yaml:"unitCode"`
	Code         string   `yaml:"code"` // one for all its time
	Codes        []dated  `yaml:"codes"`
	Parent       string   `yaml:"parent"`
	Parents      []dated  `yaml:"parents"`
	ValidFrom    string   `yaml:"validFrom"`
	ValidTo      string   `yaml:"validTo"`
	Predecessors []string `yaml:"predecessors"`
	Successors   []string `yaml:"successors"`
	Collective   bool     `yaml:"collective"`
	Inferred     bool     `yaml:"inferred"`
	ToBeFormed   bool     `yaml:"toBeFormed"`
	Sources      []string `yaml:"sources"`
	Note         string   `yaml:"note"`
}

// dated is an entry of codes or parents.
type dated struct {
	Code      string `yaml:"code"`
	ID        string `yaml:"id"`
	ValidFrom string `yaml:"validFrom"`
	ValidTo   string `yaml:"validTo"`
}

// An item is an organisation as a file has it.
type item struct {
	org   org.Org
	from  pack.Source
	entry int
	one   map[string]bool // fields written in short: code, parent
}

// parse reads one file, strictly, and says everything that is wrong in it.
func parse(d pack.Document) (items []item, problems []pack.Problem) {
	from := pack.Source{Path: d.Path}
	defer func() {
		if r := recover(); r != nil { // the YAML parser panics on some broken input
			items, problems = nil, []pack.Problem{from.Problem("", fault.New(fault.Invalid, "org.pack.yaml", fmt.Sprint(r)))}
		}
	}()
	doc, err := odcs.Read(d.Text)
	if err != nil {
		return nil, []pack.Problem{from.Problem("", fault.New(fault.Invalid, "org.pack.yaml", err.Error()))}
	}
	from.Doc = doc
	var file document
	if err := yaml.NewDecoder(bytes.NewReader(d.Text), yaml.Strict()).Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		line, column, what := pack.YAMLError(err)
		return nil, []pack.Problem{from.ProblemAt(line, column, fault.New(fault.Invalid, "org.pack.yaml", what))}
	}
	if file.Kind != KindName {
		return nil, []pack.Problem{from.Problem("/kind", fault.New(fault.Invalid, "org.pack.kind", KindName))}
	}
	if len(file.Organisations) == 0 {
		return nil, []pack.Problem{from.Problem("/organisations", fault.New(fault.Invalid, "org.pack.list"))}
	}
	for i := range file.Organisations {
		one, found := file.Organisations[i].item(from, i)
		items, problems = append(items, one), append(problems, found...)
	}
	return items, problems
}

// at is the place of a field of an item, and of one of its entries.
func (it *item) at(field string, n int) string {
	short := map[string]string{"codes": "code", "parents": "parent"}[field]
	where := fmt.Sprintf("/organisations/%d/%s", it.entry, field)
	switch {
	case short != "" && it.one[short]:
		return fmt.Sprintf("/organisations/%d/%s", it.entry, short)
	case field == "codes" || field == "parents" || field == "predecessors" || field == "successors":
		return fmt.Sprintf("%s/%d", where, n)
	}
	return where
}

func (it *item) problem(field string, n int, err error) pack.Problem {
	return it.from.Problem(it.at(field, n), err)
}

// item makes an organisation of an entry.
func (e *entry) item(from pack.Source, n int) (item, []pack.Problem) {
	it := item{from: from, entry: n, one: map[string]bool{"code": e.Code != "", "parent": e.Parent != ""}}
	var problems []pack.Problem
	span := func(field string, k int, validFrom, validTo string) (s org.Span) {
		for _, end := range []struct {
			text string
			into *org.Day
		}{{validFrom, &s.From}, {validTo, &s.To}} {
			if err := end.into.UnmarshalText([]byte(end.text)); err != nil {
				problems = append(problems, it.problem(field, k, fault.New(fault.Invalid, "org.pack.day", e.ID, end.text)))
			}
		}
		return s
	}
	it.org = org.Org{
		ID: e.ID, Name: e.Name, NameEn: e.NameEn, Level: org.Level(e.Level), Province: e.Province, Unit: e.Unit, UnitCode: e.UnitCode,
		Span:         span("validFrom", 0, e.ValidFrom, e.ValidTo),
		Predecessors: e.Predecessors, Successors: e.Successors,
		Collective: e.Collective, Inferred: e.Inferred, ToBeFormed: e.ToBeFormed, Sources: e.Sources, Note: e.Note,
	}
	if e.Code != "" && len(e.Codes) > 0 {
		problems = append(problems, it.problem("code", 0, fault.New(fault.Invalid, "org.pack.both", e.ID, "code", "codes")))
	}
	if e.Parent != "" && len(e.Parents) > 0 {
		problems = append(problems, it.problem("parent", 0, fault.New(fault.Invalid, "org.pack.both", e.ID, "parent", "parents")))
	}
	if e.Code != "" {
		it.org.Codes = []org.DatedCode{{Code: e.Code}}
	}
	for k, c := range e.Codes {
		it.org.Codes = append(it.org.Codes, org.DatedCode{Code: c.Code, Span: span("codes", k, c.ValidFrom, c.ValidTo)})
	}
	if e.Parent != "" {
		it.org.Parents = []org.DatedParent{{ID: e.Parent}}
	}
	for k, p := range e.Parents {
		it.org.Parents = append(it.org.Parents, org.DatedParent{ID: p.ID, Span: span("parents", k, p.ValidFrom, p.ValidTo)})
	}
	it.org.Tidy()
	return it, problems
}
