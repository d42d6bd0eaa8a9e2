package intake

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/archive"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet/charset"
)

// A Kind is what a file is, by its bytes.
type Kind string

// Kinds that are read.
const (
	CSV     Kind = "csv"
	XLSX    Kind = "xlsx"
	XLS     Kind = "xls"
	ODS     Kind = "ods"
	DOCX    Kind = "docx"
	HTML    Kind = "html"
	XML2003 Kind = "xml2003" // SpreadsheetML, which Excel saves as "XML Spreadsheet 2003"
	XML     Kind = "xml"
	JSON    Kind = "json" // also NDJSON and GeoJSON
	Parquet Kind = "parquet"
	DBF     Kind = "dbf"
)

// Kinds that are unpacked.
const (
	Zip      Kind = Kind(archive.Zip)
	SevenZip Kind = Kind(archive.SevZ)
	Rar      Kind = Kind(archive.Rar)
	Tar      Kind = Kind(archive.Tar)
	Gzip     Kind = Kind(archive.Gzip)
)

// Kinds that are answered with what to do.
const (
	PDF       Kind = "pdf"
	Image     Kind = "image"
	Doc       Kind = "doc"    // Word 97–2003, RTF, OpenDocument text, web archives
	Slides    Kind = "slides" // PowerPoint and its like
	XLSB      Kind = "xlsb"
	Locked    Kind = "locked"   // an Office document behind a password
	Database  Kind = "database" // Access, SQLite
	Mail      Kind = "mail"     // Outlook
	Shape     Kind = "shape"    // the geometry of a shapefile
	Media     Kind = "media"    // sound, film
	Program   Kind = "program"
	Shortcut  Kind = "shortcut" // a .lnk instead of the file it points to
	Packed    Kind = "packed"   // bz2, xz, zst, cab
	Binary    Kind = "binary"   // none of these
	Truncated Kind = "zeros"    // nothing but zero bytes: a copy that was cut short
	Empty     Kind = "empty"
)

// names are what people call the kinds that are read.
var names = map[Kind]string{
	CSV: "CSV", XLSX: "Excel (.xlsx)", XLS: "Excel 97–2003 (.xls)", ODS: "OpenDocument (.ods)", DOCX: "Word (.docx)",
	HTML: "HTML", XML2003: "XML Spreadsheet 2003", XML: "XML", JSON: "JSON", Parquet: "Parquet", DBF: "DBF",
	Zip: "ZIP", SevenZip: "7z", Rar: "RAR", Tar: "TAR", Gzip: "GZ",
}

// String gives the name of a kind for people.
func (k Kind) String() string {
	if n := names[k]; n != "" {
		return n
	}
	return string(k)
}

// extensions are the ends of names that fit a kind.
var extensions = map[Kind][]string{
	CSV: {"csv", "txt", "tsv", "tab", "dat", "asc"}, XLSX: {"xlsx", "xlsm", "xltx", "xltm"}, XLS: {"xls", "xlt", "et"},
	ODS: {"ods", "ots"}, DOCX: {"docx", "docm", "dotx", "dotm"}, HTML: {"html", "htm"}, XML2003: {"xml"},
	XML: {"xml", "kml", "gpx", "gml"}, JSON: {"json", "ndjson", "jsonl", "geojson"}, Parquet: {"parquet", "pq"}, DBF: {"dbf"},
	Zip: {"zip", "kmz"}, SevenZip: {"7z"}, Rar: {"rar"}, Tar: {"tar"}, Gzip: {"gz", "gzip", "tgz"},
	PDF: {"pdf"}, Doc: {"doc", "rtf", "odt"}, Image: {"jpg", "jpeg", "png", "tif", "tiff", "gif", "bmp", "heic"},
}

// differs gives the end of a name when it is that of another kind.
func differs(name string, k Kind) (ext string, yes bool) {
	ext = strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if ext == "" || slices.Contains(extensions[k], ext) {
		return "", false
	}
	for _, all := range extensions {
		if slices.Contains(all, ext) {
			return ext, true
		}
	}
	return "", false
}

// headBytes is how much of a file is looked at to tell its kind.
const headBytes = 16 << 10

// signatures are first bytes that belong to one kind alone.
var signatures = []struct {
	bytes string
	kind  Kind
}{
	{"%PDF", PDF}, {"%!PS", PDF},
	{"\xFF\xD8\xFF", Image}, {"\x89PNG\r\n\x1A\n", Image}, {"GIF8", Image}, {"II*\x00", Image}, {"MM\x00*", Image},
	{"\x1F\x8B", Gzip}, {"7z\xBC\xAF\x27\x1C", SevenZip}, {"Rar!\x1A\x07", Rar},
	{"BZh", Packed}, {"\xFD7zXZ\x00", Packed}, {"\x28\xB5\x2F\xFD", Packed}, {"MSCF", Packed},
	{"PAR1", Parquet},
	{"\x00\x01\x00\x00Standard Jet DB", Database}, {"\x00\x01\x00\x00Standard ACE DB", Database}, {"SQLite format 3\x00", Database},
	{"MZ", Program}, {"\x7FELF", Program}, {"\xCA\xFE\xBA\xBE", Program}, {"\xCF\xFA\xED\xFE", Program}, {"#!", Program},
	{"L\x00\x00\x00\x01\x14\x02\x00", Shortcut},
	{"\x00\x00\x27\x0A\x00\x00", Shape},
	{"ID3", Media}, {"OggS", Media}, {"fLaC", Media}, {"\x1A\x45\xDF\xA3", Media},
	{`{\rtf`, Doc}, {"MIME-Version:", Doc},
}

// recognise tells what a file is by its bytes.
func recognise(f ingest.File) (Kind, traits, error) {
	if f.Size == 0 {
		return Empty, traits{}, nil
	}
	head := make([]byte, min(f.Size, headBytes))
	if n, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) || n < len(head) {
		return "", traits{}, fmt.Errorf("reading the head of the file: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return zipped(f, head)
	case bytes.HasPrefix(head, []byte(oleMagic)):
		return ole(f)
	}
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.bytes)) && confirmed(s.bytes, head) {
			return s.kind, traits{}, nil
		}
	}
	switch {
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		if slices.Contains([]string{"heic", "heix", "hevc", "mif1", "msf1", "avif"}, string(head[8:12])) {
			return Image, traits{}, nil
		}
		return Media, traits{}, nil
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return Image, traits{}, nil
	case len(head) >= 12 && string(head[:4]) == "RIFF" && !utf8.Valid(head[4:8]):
		return Media, traits{}, nil
	case len(head) >= 14 && string(head[:2]) == "BM" && binary.LittleEndian.Uint32(head[6:]) == 0:
		return Image, traits{}, nil
	case archive.IsTar(head):
		return Tar, traits{}, nil
	case isDBF(head, f.Size):
		return DBF, traits{}, nil
	}
	return text(head), traits{}, nil
}

// confirmed looks a second time at signatures that a text may begin with.
func confirmed(signature string, head []byte) bool {
	switch signature {
	case "MZ", "BZh", "ID3", "GIF8", "MSCF", "fLaC", "OggS", "PAR1":
		return bytes.IndexByte(head[:min(len(head), 512)], 0) >= 0 || !utf8.Valid(head[:min(len(head), 64)])
	}
	return true
}

// traits are what was seen of a file on the way.
type traits struct{ macros bool }

// zipped tells office documents from archives.
func zipped(f ingest.File, head []byte) (Kind, traits, error) {
	z, err := archive.OpenZip(f)
	if fault.Is(err, "archive.damaged") { // cut short: the head still tells, and the reader says it better
		for _, s := range []struct {
			part string
			kind Kind
		}{{"opendocument.spreadsheet", ODS}, {"word/", DOCX}, {"xl/", XLSX}, {"[Content_Types].xml", XLSX}} {
			if bytes.Contains(head, []byte(s.part)) {
				return s.kind, traits{}, nil
			}
		}
	}
	if err != nil {
		return "", traits{}, err
	}
	var t traits
	kind := Zip
	for _, e := range z.File {
		switch name := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(e.Name, "/"), `\`, "/")); name {
		case "xl/workbook.xml":
			kind = XLSX
		case "xl/workbook.bin":
			kind = XLSB
		case "word/document.xml":
			kind = DOCX
		case "ppt/presentation.xml":
			kind = Slides
		case "xl/vbaproject.bin", "word/vbaproject.bin":
			t.macros = true
		case "mimetype", "[content_types].xml":
			if kind == Zip {
				kind = declared(e)
			}
		}
	}
	return kind, t, nil
}

// declared reads what a document says it is.
func declared(e *zip.File) Kind {
	r, err := e.Open()
	if err != nil {
		return Zip
	}
	defer r.Close()
	said, err := io.ReadAll(io.LimitReader(r, 256<<10))
	if err != nil {
		return Zip
	}
	for _, s := range []struct {
		part string
		kind Kind
	}{
		{"opendocument.spreadsheet", ODS}, {"opendocument.text", Doc}, {"opendocument.presentation", Slides},
		{"sheet.binary.macroEnabled.main", XLSB}, {"spreadsheetml.sheet.main", XLSX}, {"sheet.macroEnabled.main", XLSX},
		{"spreadsheetml.template.main", XLSX}, {"wordprocessingml.document.main", DOCX}, {"document.macroEnabled.main", DOCX},
		{"presentationml", Slides},
	} {
		if bytes.Contains(said, []byte(s.part)) {
			return s.kind
		}
	}
	return Zip
}

// isDBF recognises the header of a dBASE table: its length must fit what it
// says about itself.
func isDBF(head []byte, size int64) bool {
	if len(head) < 33 || bytes.IndexByte([]byte("\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8B\x8C\xCB\xF5\xFB"), head[0]) < 0 {
		return false
	}
	length, record := int64(binary.LittleEndian.Uint16(head[8:])), int64(binary.LittleEndian.Uint16(head[10:]))
	if length < 33 || length > size || record < 1 || head[2] > 12 || head[3] > 31 {
		return false
	}
	for at := int64(32); at < length && at < int64(len(head)); at += 32 {
		if head[at] == 0x0D {
			return true
		}
	}
	return length > int64(len(head))
}

// text tells the kinds of text apart, and text from what is none.
func text(head []byte) Kind {
	if len(bytes.Trim(head, "\x00")) == 0 {
		return Truncated
	}
	t := head
	if cs, sure := charset.Detect(head); sure && (cs == charset.UTF16LE || cs == charset.UTF16BE) {
		if decoded, err := charset.Decode(cs, head[:len(head)&^1]); err == nil {
			t = decoded
		}
	}
	t = bytes.TrimPrefix(t, []byte("\uFEFF"))
	if isBinary(t) {
		return Binary
	}
	t = bytes.TrimLeft(t, " \t\r\n")
	if len(t) == 0 {
		if len(head) < headBytes {
			return Empty
		}
		return CSV
	}
	switch t[0] {
	case '<':
		return markup(t)
	case '{', '[':
		if rest := bytes.TrimLeft(t[1:], " \t\r\n"); len(rest) > 0 && bytes.IndexByte(after[t[0]], rest[0]) >= 0 {
			return JSON
		}
	}
	return CSV
}

// after is what may follow the first bracket of a JSON text; "[Mã hộ]" is the
// heading of a CSV file.
var after = map[byte][]byte{'{': []byte(`"}`), '[': []byte(`{["]-0123456789`)}

func markup(t []byte) Kind {
	low := bytes.ToLower(t)
	if bytes.Contains(low, []byte("urn:schemas-microsoft-com:office:spreadsheet")) && bytes.Contains(low, []byte("<?xml")) {
		return XML2003
	}
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<table", "<meta", "<style", "<div", "<center", "<tr", "<td"} {
		if i := bytes.Index(low, []byte(tag)); i == 0 || i > 0 && (tag == "<html" || tag == "<!doctype html" || !bytes.HasPrefix(low, []byte("<?xml"))) {
			return HTML
		}
	}
	if len(t) > 1 && (t[1] == '?' || t[1] == '!' || t[1] >= 'A' && t[1] <= 'Z' || t[1] >= 'a' && t[1] <= 'z') {
		return XML
	}
	return CSV
}

// isBinary tells whether a text holds what no text holds: zero bytes at its
// head, or many control characters.
func isBinary(t []byte) bool {
	odd, zeros := 0, 0
	for _, c := range t {
		switch {
		case c == 0:
			zeros++
		case c < ' ' && (c < '\t' || c > '\r') && c != 0x1A && c != 0x1B:
			odd++
		}
	}
	// A single zero may be a damaged cell; the reader says in which line.
	return zeros > 8 || (zeros+odd)*20 > len(t)
}
