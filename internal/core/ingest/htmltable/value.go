package htmltable

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/phohien/phohien/internal/core/ingest/cells"
)

// attrs are the attributes of a row or cell that are used.
type attrs struct {
	colspan, rowspan, class, style string
	num, boolean, err              string // x:num, x:bool, x:err of Excel
	sdval, sdnum                   string // of LibreOffice
	str                            string // x:str
}

func attributes(z *html.Tokenizer, more bool) attrs {
	var a attrs
	for more {
		var name, v []byte
		name, v, more = z.TagAttr()
		switch string(name) {
		case "colspan":
			a.colspan = string(v)
		case "rowspan":
			a.rowspan = string(v)
		case "class":
			a.class = string(v)
		case "style":
			a.style = string(v)
		case "x:num":
			a.num = string(v)
		case "x:bool":
			a.boolean = string(v)
		case "x:err":
			a.err = string(v)
		case "x:str":
			a.str = string(v)
		case "sdval":
			a.sdval = string(v)
		case "sdnum":
			a.sdnum = string(v)
		}
	}
	return a
}

// A value is a cell whose text is being read.
type value struct {
	attrs
	column int
}

// append spells the value: as the page says it is, or else as it is shown.
func (v *value) append(dst, shown []byte, formats map[string]cells.Format) []byte {
	switch {
	case v.num != "":
		if f, err := strconv.ParseFloat(v.num, 64); err == nil {
			return cells.AppendValue(dst, f, v.format(formats), false)
		}
	case v.sdval != "":
		if f, err := strconv.ParseFloat(v.sdval, 64); err == nil {
			return cells.AppendValue(dst, f, v.sdFormat(), false)
		}
	case v.boolean != "":
		return append(dst, strings.ToLower(v.boolean)...)
	case v.err != "":
		return append(dst, v.err...)
	case v.str != "":
		return append(dst, v.str...)
	}
	return append(dst, shown...)
}

// format is the number format of the cell's own style, or of its class.
func (v *value) format(formats map[string]cells.Format) cells.Format {
	if f, ok := formatOf(v.style); ok {
		return f
	}
	for class := range strings.FieldsSeq(v.class) {
		if f, ok := formats[class]; ok {
			return f
		}
	}
	return cells.Format{}
}

// sdFormat is the format in "1066;0;DD/MM/YYYY".
func (v *value) sdFormat() cells.Format {
	parts := strings.SplitN(v.sdnum, ";", 3)
	if len(parts) < 3 {
		return cells.Format{}
	}
	return cells.ParseFormat(parts[2])
}

const formatProperty = "mso-number-format:"

// formatOf reads mso-number-format from a list of CSS properties: a format, in
// quotes and with backslashes, or one of the names that Excel has for some.
func formatOf(style string) (cells.Format, bool) {
	i := strings.Index(lower(style), formatProperty)
	if i < 0 {
		return cells.Format{}, false
	}
	var code strings.Builder
	quote := byte(0)
	for rest := strings.TrimSpace(style[i+len(formatProperty):]); rest != ""; rest = rest[1:] {
		c := rest[0]
		switch {
		case c == '\\' && len(rest) > 1:
			rest = rest[1:]
			if end := hexDigits(rest); end > 1 { // \0022
				if n, err := strconv.ParseUint(rest[:end], 16, 16); err == nil && n > 0 {
					code.WriteRune(rune(n))
				}
				rest = rest[end-1:]
				continue
			}
			code.WriteByte(rest[0])
			continue
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
			continue
		case c == quote && quote != 0, quote == 0 && c == ';':
			rest = ";"
			continue
		}
		code.WriteByte(c)
	}
	return cells.ParseFormat(strings.TrimSpace(code.String())), true
}

// lower makes small letters of A to Z alone: what strings.ToLower gives may have
// another length.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// hexDigits counts the digits of an escape: four, as Excel writes them.
func hexDigits(s string) int {
	if len(s) < 4 {
		return 0
	}
	if strings.Trim(s[:4], "0123456789abcdefABCDEF") == "" {
		return 4
	}
	return 0
}

// readStyle notes the number formats of classes.
func (b *book) readStyle(css []byte) {
	for rule := range strings.SplitSeq(string(css), "}") {
		selector, properties, ok := strings.Cut(rule, "{")
		if !ok {
			continue
		}
		f, ok := formatOf(properties)
		if !ok {
			continue
		}
		for name := range strings.SplitSeq(selector, ",") {
			if i := strings.LastIndexByte(name, '.'); i >= 0 && len(b.formats) < 1<<16 {
				b.formats[strings.TrimSpace(name[i+1:])] = f
			}
		}
	}
}

// hides tells that a style keeps a row from being shown.
func hides(style string) bool {
	return strings.Contains(strings.ReplaceAll(strings.ToLower(style), " ", ""), "display:none")
}
