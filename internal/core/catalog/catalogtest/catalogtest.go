// Package catalogtest gives tests entries for the catalogue: what the packs of
// this repository describe, and any number made up from their names.
package catalogtest

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/packs"
)

// Real gives what the packs describe: organisations, the systems of kh-he-thong,
// data sets with their columns, code lists with their codes. The caller owns the
// slice.
func Real() ([]catalog.Entry, error) {
	all, err := read()
	return slices.Clone(all), err
}

var read = sync.OnceValues(func() ([]catalog.Entry, error) {
	r := &reader{owners: map[string]string{}, seen: map[catalog.Ref]bool{}}
	for _, name := range packs.Names() {
		pack, _ := packs.Open(name)
		for _, kind := range []struct {
			folder string
			read   func(fs.FS, string) error
		}{{"organisations", r.organisations}, {"contracts", r.contract}, {"code-lists", r.codeList}} {
			files, err := fs.Glob(pack, kind.folder+"/*.yaml")
			if err != nil {
				return nil, err
			}
			for _, file := range files {
				if err := kind.read(pack, file); err != nil {
					return nil, fmt.Errorf("%s: %w", path.Join(name, file), err)
				}
			}
		}
	}
	pack, err := packs.Holding("data/kh-he-thong.csv")
	if err != nil {
		return nil, err
	}
	if err := r.systems(pack, "data/kh-he-thong.csv"); err != nil {
		return nil, err
	}
	for i := range r.all {
		e := &r.all[i]
		e.Owner.Name = r.owners[e.Owner.ID]
		e.Changed = time.Date(2026, 1, 1, i%24, 0, 0, 0, time.UTC).AddDate(0, 0, i%300)
	}
	return r.all, nil
})

type reader struct {
	all    []catalog.Entry
	owners map[string]string
	seen   map[catalog.Ref]bool
}

func (r *reader) add(e catalog.Entry) {
	if !r.seen[e.Ref()] { // code lists that two packs have
		r.seen[e.Ref()] = true
		r.all = append(r.all, e)
	}
}

func (r *reader) organisations(pack fs.FS, file string) error {
	var doc struct {
		Organisations []struct {
			ID, Name string
			NameEn   string `yaml:"nameEn"`
			Level    string
			Parent   string
			UnitCode string `yaml:"unitCode"`
			Sources  []string
		}
	}
	if err := load(pack, file, &doc); err != nil {
		return err
	}
	for _, o := range doc.Organisations {
		r.owners[o.ID] = o.Name
		e := catalog.Entry{Kind: catalog.Organisation, ID: o.ID, Title: o.Name, TitleEn: o.NameEn, Address: "/organisations/" + o.ID,
			Owner: catalog.Owner{ID: o.Parent}, Facets: catalog.Facets{Layer: o.Level}}
		if o.UnitCode != "" {
			e.Codes = []string{o.UnitCode}
		}
		r.add(e)
	}
	return nil
}

func (r *reader) contract(pack fs.FS, file string) error {
	var doc struct {
		ID, Name, Status, Domain string
		Tags                     []string
		Description              struct{ Purpose, Usage, Limitations string }
		Schema                   []struct {
			Properties []struct {
				Name, Description, Classification string
				BusinessName                      string `yaml:"businessName"`
			}
		}
	}
	if err := load(pack, file, &doc); err != nil {
		return err
	}
	r.add(catalog.Entry{Kind: catalog.Dataset, ID: doc.ID, Title: doc.Name, Text: doc.Description.Purpose, Keywords: doc.Tags,
		Address: "/data/" + doc.ID, Facets: catalog.Facets{Sector: doc.Domain, State: doc.Status}, Weight: 2})
	for _, object := range doc.Schema {
		for _, p := range object.Properties {
			title := p.BusinessName
			if title == "" {
				title = p.Name
			}
			r.add(catalog.Entry{Kind: catalog.Column, ID: doc.ID + "." + p.Name, Title: title, Text: p.Description, Codes: []string{p.Name},
				Address: "/data/" + doc.ID + "#" + p.Name, Facets: catalog.Facets{Sector: doc.Domain, Access: p.Classification}})
		}
	}
	return nil
}

func (r *reader) codeList(pack fs.FS, file string) error {
	var doc struct {
		ID, Name, Source string
		Codes            []struct{ Code, Name string }
	}
	if err := load(pack, file, &doc); err != nil {
		return err
	}
	r.add(catalog.Entry{Kind: catalog.CodeList, ID: doc.ID, Title: doc.Name, Text: doc.Source, Address: "/code-lists/" + doc.ID})
	for _, c := range doc.Codes {
		r.add(catalog.Entry{Kind: catalog.Code, ID: doc.ID + "/" + c.Code, Title: c.Name, Text: doc.Name, Codes: []string{c.Code},
			Address: "/code-lists/" + doc.ID + "#" + c.Code})
	}
	return nil
}

func (r *reader) systems(pack fs.FS, file string) error {
	rows, err := table(pack, file)
	if err != nil {
		return err
	}
	for _, row := range rows {
		r.add(catalog.Entry{Kind: catalog.System, ID: row["ma"], Title: row["ten"], TitleEn: row["ten_en"], Text: row["chuc_nang_en"],
			Address: "/systems/" + row["ma"], Owner: catalog.Owner{ID: row["chu_quan"]}, Facets: catalog.Facets{Sector: row["phan_nhom"], Layer: row["nhom"]}})
	}
	return nil
}

func load(pack fs.FS, file string, into any) error {
	text, err := fs.ReadFile(pack, file)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(text, into)
}

// table reads a file of a pack with a heading.
func table(pack fs.FS, file string) ([]map[string]string, error) {
	f, err := pack.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var rows []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows, nil
}
