package xlsx

import (
	"path"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A relation leads from one part to another.
type relation struct {
	kind   string // the end of its type: "worksheet"
	target string // name of a part, whole
}

// relations reads the relations of a part ("" for those of the file) by their
// ids. A part without any has none.
func (p *pack) relations(of string) (map[string]relation, error) {
	dir, base := path.Split(of)
	name := dir + "_rels/" + base + ".rels"
	all := map[string]relation{}
	if !p.has(name) {
		return all, nil
	}
	t, err := p.tokens(name)
	if err != nil {
		return nil, err
	}
	for {
		tok, err := t.next()
		if err != nil || tok.kind == partEnd {
			return all, err
		}
		if tok.kind != tagStart || !tok.is("Relationship") || strings.EqualFold(tok.attr("TargetMode"), "External") {
			continue
		}
		all[tok.attr("Id")] = relation{path.Base(tok.attr("Type")), resolve(dir, tok.attr("Target"))}
	}
}

// resolve gives the whole name of a part from a target that may be relative.
func resolve(dir, target string) string {
	target = strings.ReplaceAll(target, `\`, "/")
	if !strings.HasPrefix(target, "/") {
		target = dir + target
	}
	return partName(target)
}

// A workbook is what the main part says.
type workbook struct {
	part     string
	date1904 bool
	sheets   []sheetEntry
	apart    int // sheets that hold no cells: charts, dialogs, macros
	macros   bool
	styles   string // names of parts, "" when there is none
	strings  string
	theme    string
}

type sheetEntry struct {
	name   string
	hidden bool
	part   string
}

// noCells are the kinds of sheets that hold no table.
var noCells = map[string]bool{
	"chartsheet": true, "dialogsheet": true, "xlMacrosheet": true, "xlIntlMacrosheet": true, "macrosheet": true,
}

// workbookPart finds the main part.
func (p *pack) workbookPart() (string, error) {
	roots, err := p.relations("")
	if err != nil {
		return "", err
	}
	for _, r := range roots {
		if r.kind != "officeDocument" {
			continue
		}
		if strings.HasSuffix(r.target, ".bin") {
			return "", fault.New(fault.Invalid, "file.xlsx.binary")
		}
		if p.has(r.target) {
			return r.target, nil
		}
	}
	if p.has("xl/workbook.bin") {
		return "", fault.New(fault.Invalid, "file.xlsx.binary")
	}
	if p.has("xl/workbook.xml") {
		return "xl/workbook.xml", nil
	}
	return "", ErrNotXLSX
}

func (p *pack) workbook() (workbook, error) {
	name, err := p.workbookPart()
	if err != nil {
		return workbook{}, err
	}
	w := workbook{part: name, macros: p.has(path.Dir(name) + "/vbaProject.bin")}
	rels, err := p.relations(name)
	if err != nil {
		return w, err
	}
	for _, r := range rels {
		if !p.has(r.target) {
			continue
		}
		switch r.kind {
		case "styles":
			w.styles = r.target
		case "sharedStrings":
			w.strings = r.target
		case "theme":
			w.theme = r.target
		case "vbaProject":
			w.macros = true
		}
	}
	return w, w.read(p, rels)
}

func (w *workbook) read(p *pack, rels map[string]relation) error {
	t, err := p.tokens(w.part)
	if err != nil {
		return err
	}
	for first := true; ; {
		tok, err := t.next()
		if err != nil {
			return err
		}
		if tok.kind == partEnd {
			break
		}
		if tok.kind != tagStart {
			continue
		}
		if first && !tok.is("workbook") { // a document or slides
			return ErrNotXLSX
		}
		first = false
		switch {
		case tok.is("workbookPr"):
			w.date1904 = tok.flag("date1904")
		case tok.is("sheet"):
			if err := w.addSheet(p, tok, rels); err != nil {
				return err
			}
		}
	}
	if len(w.sheets) == 0 {
		return fault.New(fault.Invalid, "file.xlsx.no-sheets")
	}
	return nil
}

func (w *workbook) addSheet(p *pack, tok token, rels map[string]relation) error {
	r, ok := rels[tok.related("id")]
	if noCells[r.kind] {
		w.apart++
		return nil
	}
	name := tok.attr("name")
	if !ok {
		return damaged(name)
	}
	if limit := p.file.Limits.Tables; limit > 0 && len(w.sheets) >= limit {
		return fault.New(fault.TooLarge, "file.xlsx.sheets", limit)
	}
	state := tok.attr("state")
	w.sheets = append(w.sheets, sheetEntry{name, state == "hidden" || state == "veryHidden", r.target})
	return nil
}
