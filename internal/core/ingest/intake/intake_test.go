package intake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/secrecy"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet/charset"
)

func fileOf(t testing.TB, name, data string) ingest.File {
	t.Helper()
	return ingest.File{ReaderAt: strings.NewReader(data), Size: int64(len(data)), Name: name, Temp: t.TempDir(), Limits: ingest.DefaultLimits}
}

// What a file is, its bytes tell.
func TestRecognise(t *testing.T) {
	dbf := make([]byte, 100)
	copy(dbf, "\x03\x7e\x0b\x16\x00\x00\x00\x00\x41\x00\x0b\x00")
	dbf[64] = 0x0D
	ustar := make([]byte, 1024)
	copy(ustar[257:], "ustar")
	for _, c := range []struct {
		name, data string
		want       Kind
	}{
		{"csv", "a,b\n1,2\n", CSV},
		{"csv that begins with a bracket", "[Mã hộ],[Tên]\n1,2\n", CSV},
		{"csv that begins with a smaller sign", "<5 tuổi;>60 tuổi\n1;2\n", CSV},
		{"csv with the letters of programs", "MZ,PK\n1,2\n", CSV},
		{"csv with the letters of an archive", "BZh;Rar\n", CSV},
		{"csv with a zero byte", "a,b\n" + strings.Repeat("1,2\n", 100) + "\x00,2\n", CSV},
		{"utf-16", "\xff\xfeM\x00\xe3\x00;\x00T\x00\xea\x00n\x00\n\x00", CSV},
		{"json", " [ {\"a\": 1} ]", JSON},
		{"ndjson", "{\"a\":1}\n{\"a\":2}\n", JSON},
		{"json behind a mark", "\uFEFF{}", JSON},
		{"html", "<!-- x --><HTML><body>", HTML},
		{"a bare table", "\r\n<table><tr><td>1</table>", HTML},
		{"xhtml", "<?xml version=\"1.0\"?><!DOCTYPE html><html>", HTML},
		{"xml", "<?xml version=\"1.0\"?><ds><table/></ds>", XML},
		{"xml without a head", "<ds><h/></ds>", XML},
		{"xml 2003", "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"/>", XML2003},
		{"excel's html", "<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table>", HTML},
		{"xlsx", string(xlsxOf(t, sheet{name: "A"})), XLSX},
		{"docx", string(docxOf(t, "")), DOCX},
		{"ods", string(zipOf(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<x/>")), ODS},
		{"odt", string(zipOf(t, "mimetype", "application/vnd.oasis.opendocument.text")), Doc},
		{"pptx", string(zipOf(t, "[Content_Types].xml", "<x/>", "ppt/presentation.xml", "")), Slides},
		{"xlsb", string(zipOf(t, "[Content_Types].xml", "<x/>", "xl/workbook.bin", "")), XLSB},
		{"a workbook under another name", string(zipOf(t, "[Content_Types].xml", "<x ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>", "XL\\book.xml", "")), XLSX},
		{"zip", string(zipOf(t, "a.csv", "a")), Zip},
		{"empty zip", "PK\x05\x06" + strings.Repeat("\x00", 18), Zip},
		{"gz", "\x1f\x8b\x08\x00", Gzip}, {"7z", "7z\xBC\xAF\x27\x1C", SevenZip}, {"rar", "Rar!\x1A\x07\x01\x00", Rar}, {"tar", string(ustar), Tar},
		{"xls", string(oleOf("Workbook")), XLS}, {"doc", string(oleOf("WordDocument")), Doc}, {"ppt", string(oleOf("PowerPoint Document")), Slides},
		{"locked", string(oleOf("EncryptedPackage")), Locked}, {"msg", string(oleOf("__properties_version1.0")), Mail}, {"other ole", string(oleOf("x")), Binary},
		{"cut ole", oleMagic, Binary},
		{"parquet", "PAR1\x15\x00\x15", Parquet}, {"dbf", string(dbf), DBF},
		{"pdf", "%PDF-1.4", PDF}, {"jpg", "\xFF\xD8\xFF\xE1", Image}, {"png", "\x89PNG\r\n\x1A\n", Image}, {"tiff", "II*\x00\x08\x00\x00\x00", Image},
		{"heic", "\x00\x00\x00\x18ftypheic\x00\x00", Image}, {"mp4", "\x00\x00\x00\x18ftypisom\x00\x00", Media}, {"webp", "RIFF\x00\x00\x00\x00WEBP", Image},
		{"bmp", "BM\x36\x00\x10\x00\x00\x00\x00\x00\x36\x00\x00\x00", Image},
		{"access", "\x00\x01\x00\x00Standard Jet DB\x00", Database}, {"sqlite", "SQLite format 3\x00", Database},
		{"rtf", "{\\rtf1\\ansi", Doc}, {"mht", "MIME-Version: 1.0\r\nContent-Type: multipart/related", Doc},
		{"exe", "MZ\x90\x00\x03\x00", Program}, {"elf", "\x7FELF\x02", Program}, {"script", "#!/bin/sh\n", Program},
		{"shp", "\x00\x00\x27\x0A\x00\x00\x00\x00", Shape}, {"lnk", "L\x00\x00\x00\x01\x14\x02\x00\x00", Shortcut}, {"xz", "\xFD7zXZ\x00\x00", Packed},
		{"zeros", "\x00\x00\x00\x00", Truncated}, {"empty", "", Empty}, {"blank", "\r\n ", Empty}, {"noise", "\x01\x02\x03\x04\x05", Binary},
	} {
		got, _, err := recognise(fileOf(t, "x", c.data))
		if got != c.want || err != nil {
			t.Errorf("%s: %s, %v, want %s", c.name, got, err, c.want)
		}
		f := fileOf(t, c.name, c.data)
		_, err = Open(t.Context(), f, Options{})
		if why := unreadable(c.want); why != nil && !fault.Is(err, fault.Of(why).Key) {
			t.Errorf("%s: opened with %v, want %v", c.name, err, why)
		}
	}
}

// Every kind that is read has a reader, and every other is answered.
func TestKinds(t *testing.T) {
	for _, k := range []Kind{XLSX, XLS, ODS, DOCX, HTML, XML2003, XML, JSON, Parquet, DBF} {
		if readers[k] == nil {
			t.Errorf("no reader for %s", k)
		}
	}
	for _, k := range []Kind{PDF, Image, Doc, Slides, XLSB, Locked, Database, Mail, Shape, Media, Program, Shortcut, Packed, Binary, Truncated, Empty} {
		if unreadable(k) == nil {
			t.Errorf("no answer for %s", k)
		}
	}
}

func TestBook_Plain(t *testing.T) {
	body := strings.Repeat("1,An,5\n", 1000)
	b := open(t, "a.csv", "Mã,Tên,Số\n"+body)
	src, ok, err := b.Plain()
	if err != nil || !ok || len(src.Header()) != 3 {
		t.Fatalf("%v %v", ok, err)
	}
	var block ingest.Block
	chunk, err := src.Next()
	must(t, err)
	chunk.Parse(&block)
	if block.Records() != 1000 || b.Separator != ',' || b.Charset != charset.UTF8 || b.Kind != CSV {
		t.Errorf("%d records, %+v", block.Records(), b.Part)
	}
	if _, ok, err := open(t, "a.csv", "BÁO CÁO\nMã,Tên,Số\n"+body).Plain(); ok || err != nil {
		t.Errorf("a title: %v %v", ok, err)
	}
	if _, ok, err := open(t, "a.json", "[{\"a\":1}]").Plain(); ok || err != nil {
		t.Errorf("JSON: %v %v", ok, err)
	}
	if _, ok, err := open(t, "a.zip", string(zipOf(t, "1.csv", "a,b\n1,2\n", "2.csv", "a,b\n1,2\n"))).Plain(); ok || err != nil {
		t.Errorf("two files: %v %v", ok, err)
	}
	b = open(t, "a.zip", string(zipOf(t, "xã/1.csv", "Mã,Tên\n1,An\n")))
	if _, ok, err := b.Plain(); !ok || err != nil || b.Path != "xã/1.csv" || b.PartOf(0).Kind != CSV {
		t.Errorf("one file in an archive: %v %v %+v", ok, err, b.Part)
	}
	// The fast way is guarded as well.
	src, _, err = open(t, "a.csv", "Mã,Tên,Độ mật\n"+strings.Repeat("1,An,Thường\n", 1000)+"2,Bình,Mật\n").Plain()
	if err == nil && src != nil {
		_, err = src.Next()
	}
	if !secrecy.Refused(err) {
		t.Errorf("a mark: %v", err)
	}
}

func open(t testing.TB, name, data string) *Book {
	t.Helper()
	b, err := Open(t.Context(), fileOf(t, name, data), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, b.Close()) })
	return b
}

// A mark on a sheet that nobody reads refuses the file.
func TestBook_Sweep(t *testing.T) {
	b := open(t, "a.xlsx", string(xlsxOf(t, sheet{name: "A", rows: row(1, "Mã", "Tên") + row(2, "1", "An")}, sheet{name: "B", rows: row(1, "a", "b") + row(2, "", "Tối mật")})))
	g, err := b.Open(0)
	must(t, err)
	for err == nil {
		_, err = g.Next()
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if err := b.Sweep(); !secrecy.Refused(err) || fault.Of(err).Args[1] != 2 {
		t.Errorf("got %v", err)
	}
	if err := open(t, "a.csv", "a;b\n1;2\n").Sweep(); err != nil {
		t.Errorf("no mark: %v", err)
	}
}

func TestOpen_limits(t *testing.T) {
	f := fileOf(t, "a.csv", "a,b\n1,2\n")
	f.Limits.Bytes = 3
	if _, err := Open(t.Context(), f, Options{}); !fault.Is(err, "file.too-large") {
		t.Errorf("bytes: %v", err)
	}
	f = fileOf(t, "a.zip", string(zipOf(t, "1.csv", "a\n1\n", "2.csv", "a\n1\n")))
	f.Limits.Tables = 1
	if _, err := Open(t.Context(), f, Options{}); !fault.Is(err, "intake.too-many-tables") {
		t.Errorf("tables: %v", err)
	}
	left, err := os.ReadDir(f.Temp)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	f = fileOf(t, "a.csv", "a,b\n1,2\n")
	f.Limits.Time = time.Nanosecond
	b, err := Open(t.Context(), f, Options{})
	if err == nil {
		<-b.ctx.Done()
		var g ingest.Grid
		if g, err = b.Open(0); err == nil {
			_, err = g.Next()
		}
		must(t, b.Close())
	}
	if !fault.Is(err, "intake.too-long") {
		t.Errorf("time: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f = fileOf(t, "a.zip", string(zipOf(t, "1.csv", "a\n1\n")))
	if _, err := Open(ctx, f, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestOpen_macros(t *testing.T) {
	parts := append(xlsxParts(sheet{name: "A", rows: row(1, "a")}), "xl/vbaProject.bin", "x")
	f := fileOf(t, "a.xlsm", string(zipOf(t, parts...)))
	if _, err := Open(t.Context(), f, Options{NoMacros: true}); !fault.Is(err, "intake.macros-refused") {
		t.Errorf("got %v", err)
	}
}

// A reader that panics refuses its file and no more.
func TestRecovered(t *testing.T) {
	call := func() (err error) {
		defer recovered(&err)
		var none []int
		_ = none[len(os.Args)]
		return nil
	}
	if err := call(); !fault.Is(err, "intake.damaged") || !strings.Contains(err.Error(), "intake_test.go") {
		t.Errorf("got %v", err)
	}
}

func TestDiffers(t *testing.T) {
	for _, c := range []struct {
		name string
		kind Kind
		ext  string
		yes  bool
	}{
		{"a.csv", CSV, "", false}, {"a.TXT", CSV, "", false}, {"a.xls", HTML, "xls", true}, {"a.XLSX", XLS, "xlsx", true},
		{"a", XLSX, "", false}, {"a.v2", XLSX, "", false}, {"a.pdf", CSV, "pdf", true}, {"a.csv.gz", Gzip, "", false},
	} {
		ext, yes := differs(c.name, c.kind)
		if yes != c.yes || yes && ext != c.ext {
			t.Errorf("differs(%s, %s) = %s %v", c.name, c.kind, ext, yes)
		}
	}
}

// FuzzOpen: whatever the bytes, a file is opened or refused with a sentence, is
// read to its end or refused with a sentence, and leaves nothing behind.
func FuzzOpen(f *testing.F) {
	for _, h := range hostiles {
		if data := h.bytes(f); len(data) < 8<<10 {
			f.Add(data)
		}
	}
	for _, s := range []string{"PAR1", "\x03\x7e\x0b\x16\x00\x00\x00\x00\x41\x00\x0b\x00", "<table><tr><td>1", "<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>", "7z\xBC\xAF\x27\x1C\x00\x04", "Rar!\x1A\x07\x01\x00"} {
		f.Add([]byte(s))
	}
	f.Add(oleOf("Workbook"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		file := ingest.File{ReaderAt: bytes.NewReader(data), Size: int64(len(data)), Temp: dir, Limits: ingest.DefaultLimits}
		file.Limits.Unpacked, file.Limits.Rows, file.Limits.Entries = 16<<20, 100_000, 200
		file.Limits.Time = 20 * time.Second
		b, err := Open(t.Context(), file, Options{})
		if err == nil {
			err = b.Sweep()
			b.Findings()
			must(t, b.Close())
		}
		if f := fault.Of(err); err != nil && (f == nil || strings.Contains(f.Error(), "panicked") || f.Key == "intake.too-long") {
			t.Errorf("no good sentence: %v", err)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	})
}
