package paper

import (
	"archive/zip"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// The parts of a Word document beside its text (ISO/IEC 29500-2, 29500-1 §11).
const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

	contentTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
		`<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>` +
		`<Override PartName="/word/header1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/>` +
		`<Override PartName="/word/header2.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`

	packageRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`

	wordSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`

	settings = xmlHead + `<w:settings ` + wordSpace + `><w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/><w:characterSpacingControl w:val="doNotCompress"/>` +
		`<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`

	// Styles carry ranks and the font alone: a clerk who writes on in the paper
	// gets its type, and headings show in the navigation.
	stylesHead = xmlHead + `<w:styles ` + wordSpace + `><w:docDefaults><w:rPrDefault><w:rPr>` +
		`<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="Times New Roman" w:cs="Times New Roman"/>` +
		`<w:sz w:val="28"/><w:szCs w:val="28"/><w:lang w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>` +
		`<w:pPrDefault><w:pPr><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>` +
		`<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/><w:semiHidden/><w:unhideWhenUsed/>` +
		`<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="0" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>`

	// The page number stands in the upper margin, in the middle.
	numberHeader = xmlHead + `<w:hdr ` + wordSpace + `><w:p><w:pPr><w:jc w:val="center"/></w:pPr>` +
		`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>` +
		`<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>2</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:hdr>`
	emptyHeader = xmlHead + `<w:hdr ` + wordSpace + `><w:p/></w:hdr>`
)

// epoch is when each part of a document was made: the earliest time that a zip
// can say.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// A docx is a document while it is written.
type docx struct {
	strings.Builder
	sec      section
	pictures [][]byte
}

func writeDOCX(w io.Writer, p *Paper, sections []section) error {
	var d docx
	d.WriteString(xmlHead + `<w:document ` + wordSpace + ` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
		` xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"` +
		` xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><w:body>` + "\n")
	for i, s := range sections {
		d.sec = s
		for _, e := range s.elements {
			d.element(e)
		}
		if i < len(sections)-1 {
			d.print(`<w:p><w:pPr><w:spacing w:line="20" w:lineRule="exact"/>%s</w:pPr></w:p>`+"\n", d.pages())
		} else {
			if !endsInText(s) {
				d.print(`<w:p><w:pPr><w:spacing w:line="20" w:lineRule="exact"/></w:pPr></w:p>` + "\n")
			}
			d.print("%s</w:body></w:document>\n", d.pages())
		}
	}
	z := zip.NewWriter(w)
	for _, part := range d.parts(p) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate, Modified: epoch})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, part.text); err != nil {
			return err
		}
	}
	return z.Close()
}

// endsInText reports whether a section ends with a paragraph, as the last part
// of a document must: a table may not.
func endsInText(s section) bool {
	if len(s.elements) == 0 {
		return false
	}
	_, is := s.elements[len(s.elements)-1].(para)
	return is
}

type part struct{ name, text string }

func (d *docx) parts(p *Paper) []part {
	made := p.made().Format(time.RFC3339)
	core := xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<dc:title>` + escaped(p.title()) + `</dc:title><dc:creator>` + escaped(clean(p.Issuer, false)) + `</dc:creator>` +
		`<dcterms:created xsi:type="dcterms:W3CDTF">` + made + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + made + `</dcterms:modified>` +
		`<dc:language>vi-VN</dc:language></cp:coreProperties>`
	styles := stylesHead
	for i := 1; i <= int(Point); i++ {
		styles += fmt.Sprintf(`<w:style w:type="paragraph" w:styleId="Heading%d"><w:name w:val="heading %d"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/><w:pPr><w:outlineLvl w:val="%d"/></w:pPr></w:style>`, i, i, i-1)
	}
	rels := xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	for _, r := range [][3]string{{"Styles", "styles", "styles.xml"}, {"Settings", "settings", "settings.xml"}, {"Number", "header", "header1.xml"}, {"Empty", "header", "header2.xml"}} {
		rels += `<Relationship Id="r` + r[0] + `" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/` + r[1] + `" Target="` + r[2] + `"/>`
	}
	var media []part
	for i, data := range d.pictures {
		rels += fmt.Sprintf(`<Relationship Id="rPicture%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/picture%d.png"/>`, i+1, i+1)
		media = append(media, part{fmt.Sprintf("word/media/picture%d.png", i+1), string(data)})
	}
	return append([]part{
		{"[Content_Types].xml", contentTypes}, {"_rels/.rels", packageRels}, {"docProps/core.xml", core},
		{"word/document.xml", d.String()}, {"word/_rels/document.xml.rels", rels + `</Relationships>`},
		{"word/styles.xml", styles + `</w:styles>`}, {"word/settings.xml", settings}, {"word/header1.xml", numberHeader}, {"word/header2.xml", emptyHeader},
	}, media...)
}

func (d *docx) print(format string, args ...any) { fmt.Fprintf(d, format, args...) }

// twips are twentieths of a point, in which Word measures.
func twips(points float64) int { return int(math.Round(points * 20)) }

// pages says what the pages of the section are.
func (d *docx) pages() string {
	size := fmt.Sprintf(`<w:pgSz w:w="%d" w:h="%d"/>`, twips(paperShort), twips(paperLong))
	if d.sec.wide {
		size = fmt.Sprintf(`<w:pgSz w:w="%d" w:h="%d" w:orient="landscape"/>`, twips(paperLong), twips(paperShort))
	}
	return `<w:sectPr><w:headerReference w:type="default" r:id="rNumber"/><w:headerReference w:type="first" r:id="rEmpty"/><w:type w:val="nextPage"/>` + size +
		fmt.Sprintf(`<w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="%d" w:footer="%d" w:gutter="0"/>`,
			twips(marginTop), twips(marginRight), twips(marginBottom), twips(marginLeft), twips(numberAt), twips(numberAt)) +
		`<w:pgNumType w:start="1"/><w:titlePg/></w:sectPr>`
}

func (d *docx) element(e element) {
	switch e := e.(type) {
	case para:
		d.para(e, d.sec.room())
	case columns:
		d.columns(e)
	case grid:
		d.grid(e)
	case picture:
		d.picture(e)
	case newPage:
		d.print(`<w:p><w:pPr><w:spacing w:line="20" w:lineRule="exact"/></w:pPr><w:r><w:br w:type="page"/></w:r></w:p>` + "\n")
	}
}

// para writes a paragraph. The order of its properties is the schema's.
func (d *docx) para(p para, room float64) {
	d.WriteString("<w:p><w:pPr>")
	if p.outline > 0 {
		d.print(`<w:pStyle w:val="Heading%d"/>`, p.outline)
	}
	if p.keep {
		d.WriteString("<w:keepNext/>")
	}
	switch {
	case p.rule > 0: // the border of an empty line, as long as its indents leave
		side := twips((room - p.rule) / 2)
		d.print(`<w:pBdr><w:top w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:pBdr><w:spacing w:before="%d" w:after="%d" w:line="20" w:lineRule="exact"/><w:ind w:left="%d" w:right="%d"/></w:pPr></w:p>`+"\n",
			twips(p.before), twips(p.after), side, side)
		return
	case len(p.runs) == 0: // a gap
		d.print(`<w:spacing w:line="%d" w:lineRule="exact"/></w:pPr></w:p>`+"\n", twips(p.size*lineHeight))
		return
	}
	if p.before > 0 || p.after > 0 {
		d.print(`<w:spacing w:before="%d" w:after="%d"/>`, twips(p.before), twips(p.after))
	}
	if p.left > 0 || p.first > 0 {
		d.print(`<w:ind w:left="%d" w:firstLine="%d"/>`, twips(p.left), twips(p.first))
	}
	d.print(`<w:jc w:val="%s"/></w:pPr>`, [...]string{Justify: "both", Left: "left", Centre: "center", Right: "right"}[p.align])
	for _, r := range p.runs {
		d.run(r, p.size)
	}
	d.WriteString("</w:p>\n")
}

func (d *docx) run(r Run, size float64) {
	d.WriteString("<w:r>")
	if r.Bold || r.Italic || size != bodySize {
		d.WriteString("<w:rPr>")
		if r.Bold {
			d.WriteString("<w:b/><w:bCs/>")
		}
		if r.Italic {
			d.WriteString("<w:i/><w:iCs/>")
		}
		if size != bodySize {
			d.print(`<w:sz w:val="%.0f"/><w:szCs w:val="%.0f"/>`, 2*size, 2*size)
		}
		d.WriteString("</w:rPr>")
	}
	for i, text := range strings.Split(r.Text, "\n") {
		if i > 0 {
			d.WriteString("<w:br/>")
		}
		if text != "" {
			d.WriteString(`<w:t xml:space="preserve">` + escaped(text) + `</w:t>`)
		}
	}
	d.WriteString("</w:r>")
}

// frame opens a table of fixed widths.
func (d *docx) frame(widths []float64, jc, properties string) {
	var sum int
	for _, w := range widths {
		sum += twips(w)
	}
	d.print(`<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/>%s%s<w:tblLayout w:type="fixed"/>`, sum, jc, properties)
}

func (d *docx) gridColumns(widths []float64) {
	d.WriteString("<w:tblGrid>")
	for _, w := range widths {
		d.print(`<w:gridCol w:w="%d"/>`, twips(w))
	}
	d.WriteString("</w:tblGrid>\n")
}

func (d *docx) columns(c columns) {
	widths := []float64{leftHead, d.sec.room() - leftHead}
	d.frame(widths, "", "")
	d.WriteString(`<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr>`)
	d.gridColumns(widths)
	for _, row := range c {
		d.WriteString("<w:tr><w:trPr><w:cantSplit/></w:trPr>")
		for i, list := range row {
			d.print(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`+"\n", twips(widths[i]))
			for _, p := range list {
				d.para(p, widths[i])
			}
			d.WriteString("</w:tc>")
		}
		d.WriteString("</w:tr>")
	}
	d.WriteString("</w:tbl>\n")
}

func (d *docx) grid(g grid) {
	var borders strings.Builder
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(&borders, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="000000"/>`, side)
	}
	d.frame(g.widths, `<w:jc w:val="center"/>`, `<w:tblBorders>`+borders.String()+`</w:tblBorders>`)
	x, y := twips(padX), twips(padY)
	d.print(`<w:tblCellMar><w:top w:w="%d" w:type="dxa"/><w:left w:w="%d" w:type="dxa"/><w:bottom w:w="%d" w:type="dxa"/><w:right w:w="%d" w:type="dxa"/></w:tblCellMar></w:tblPr>`, y, x, y, x)
	d.gridColumns(g.widths)
	d.row(g, Row{Cells: g.head, Bold: true}, true, true)
	for i, r := range g.rows {
		d.row(g, r, false, g.keep && i == len(g.rows)-1)
	}
	d.WriteString("</w:tbl>\n")
}

func (d *docx) row(g grid, r Row, head, keep bool) {
	d.WriteString("<w:tr><w:trPr><w:cantSplit/>")
	if head {
		d.WriteString("<w:tblHeader/>")
	}
	d.WriteString("</w:trPr>")
	for i, text := range r.Cells {
		align := g.aligns[i]
		if head {
			align = Centre
		}
		d.print(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>`, twips(g.widths[i]))
		d.para(para{runs: []Run{{Text: text, Bold: r.Bold}}, size: tableSize, align: align, keep: keep}, g.widths[i])
		d.WriteString("</w:tc>")
	}
	d.WriteString("</w:tr>\n")
}

// picture writes a figure (ISO/IEC 29500-1 §20). Its measures are EMU, 12,700 to
// a point.
func (d *docx) picture(p picture) {
	d.pictures = append(d.pictures, p.data)
	n := len(d.pictures)
	cx, cy := int(p.width*12700), int(p.height*12700)
	keep := ""
	if p.keep {
		keep = "<w:keepNext/>"
	}
	d.print(`<w:p><w:pPr>%s<w:spacing w:before="%d" w:after="%d"/><w:jc w:val="center"/></w:pPr><w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="%d" cy="%d"/>`+
		`<wp:docPr id="%d" name="Picture %d" descr="%s"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>`+
		`<pic:nvPicPr><pic:cNvPr id="%d" name="picture%d.png"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="rPicture%d"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>`+
		`<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%d" cy="%d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`+"\n",
		keep, twips(paragraphGap), twips(paragraphGap), cx, cy, n, n, escaped(p.alt), n, n, n, cx, cy)
}
