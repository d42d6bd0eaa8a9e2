package unpack_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/pack/unpack"
)

const manifest = "id: thu\nname: Thử\nversion: 1.0.0\n"

// small are limits that a test reaches.
var small = unpack.Limits{Bytes: 1 << 20, Files: 50, Name: 100, Nesting: 5}

// An entry is a file of an archive; a link where it names a target.
type entry struct{ name, text, link string }

func zipped(t testing.TB, all ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range all {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		text := e.text
		if e.link != "" {
			h.SetMode(fs.ModeSymlink | 0o777)
			text = e.link
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(e.name, "/") {
			if _, err := w.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t testing.TB, kind byte, all ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	w := tar.NewWriter(g)
	for _, e := range all {
		h := &tar.Header{Name: e.name, Typeflag: tar.TypeReg, Size: int64(len(e.text)), Mode: 0o644}
		switch {
		case e.link != "":
			h.Typeflag, h.Linkname, h.Size = kind, e.link, 0
		case strings.HasSuffix(e.name, "/"):
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// into unpacks into a folder of the test with a neighbour that must stay as it
// is.
func into(t testing.TB, archive []byte) (dir, sub string, err error) {
	t.Helper()
	above := t.TempDir()
	dir = filepath.Join(above, "goi")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	root, e := os.OpenRoot(dir)
	if e != nil {
		t.Fatal(e)
	}
	defer root.Close()
	sub, err = unpack.Folder(bytes.NewReader(archive), int64(len(archive)), root, small)
	list, e := os.ReadDir(above)
	if e != nil || len(list) != 1 {
		t.Fatalf("beside the folder: %v %v", list, e)
	}
	e = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !d.Type().IsRegular() {
			t.Errorf("%s is %v", path, d.Type())
		}
		return err
	})
	if e != nil {
		t.Fatal(e)
	}
	return dir, sub, err
}

func TestFolder(t *testing.T) {
	good := []entry{{name: "pack.yaml", text: manifest}, {name: "du-lieu/a.csv", text: "a\n"}}
	deep := []entry{{name: "goi-cua-toi/"}, {name: "goi-cua-toi/pack.yaml", text: manifest}, {name: "goi-cua-toi/du-lieu/a.csv", text: "a\n"}, {name: "__MACOSX/._a", text: "x"}}
	for name, archive := range map[string][]byte{
		"zip": zipped(t, good...), "zip of a folder": zipped(t, deep...), "tar": tarred(t, 0, good...), "tar of a folder": tarred(t, 0, deep...),
		"tar of .": tarred(t, 0, entry{name: "./"}, entry{name: "./pack.yaml", text: manifest}, entry{name: "./du-lieu/a.csv", text: "a\n"}),
	} {
		dir, sub, err := into(t, archive)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p, err := pack.Read(os.DirFS(filepath.Join(dir, sub)))
		if err != nil || p.ID != "thu" || !p.Has("du-lieu/a.csv") {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// TestFolder_hostile: archives that were made to do harm are refused with a
// sentence, and leave nothing outside of the folder.
func TestFolder_hostile(t *testing.T) {
	ok := entry{name: "pack.yaml", text: manifest}
	zeros := strings.Repeat("\x00", 2<<20)
	var many []entry
	for n := range 60 {
		many = append(many, entry{name: "f" + strings.Repeat("x", n), text: "a"})
	}
	for _, c := range []struct {
		name    string
		archive []byte
		want    string
	}{
		{"nothing", nil, "unpack.no-archive"},
		{"text", []byte("hello, no archive"), "unpack.no-archive"},
		{"rar", []byte("Rar!\x1a\x07\x00xxxxx"), "unpack.no-archive"},
		{"cut zip", zipped(t, ok)[:60], "unpack.damaged"},
		{"cut gzip", tarred(t, 0, ok)[:40], "unpack.damaged"},
		{"gzip of no tar", gz(t, []byte(strings.Repeat("no tar ", 200))), "unpack.damaged"},
		{"empty zip", zipped(t), "unpack.no-manifest"},
		{"no manifest", zipped(t, entry{name: "a.txt"}), "unpack.no-manifest"},
		{"two folders", zipped(t, entry{name: "a/pack.yaml", text: manifest}, entry{name: "b/pack.yaml", text: manifest}), "unpack.no-manifest"},
		{"zip up", zipped(t, ok, entry{name: "../evil", text: "x"}), "unpack.name"},
		{"zip up within", zipped(t, ok, entry{name: "a/../../evil", text: "x"}), "unpack.name"},
		{"zip absolute", zipped(t, ok, entry{name: "/etc/evil", text: "x"}), "unpack.name"},
		{"zip backslash", zipped(t, ok, entry{name: `..\evil`, text: "x"}), "unpack.name"},
		{"zip drive", zipped(t, ok, entry{name: `C:evil`, text: "x"}), "unpack.name"},
		{"zip nul", zipped(t, ok, entry{name: "a\x00b", text: "x"}), "unpack.name"},
		{"zip no UTF-8", zipped(t, ok, entry{name: "a\xff", text: "x"}), "unpack.name"},
		{"zip long", zipped(t, ok, entry{name: strings.Repeat("x", 200), text: "x"}), "unpack.name"},
		{"zip deep", zipped(t, ok, entry{name: strings.Repeat("a/", 20) + "b", text: "x"}), "unpack.name"},
		{"zip folder up", zipped(t, ok, entry{name: "../evil/"}), "unpack.name"},
		{"zip link", zipped(t, ok, entry{name: "a", link: "/etc/passwd"}), "unpack.link"},
		{"zip link, then through it", zipped(t, ok, entry{name: "a", link: ".."}, entry{name: "a/evil", text: "x"}), "unpack.link"},
		{"zip bomb", zipped(t, ok, entry{name: "a", text: zeros}), "unpack.large"},
		{"zip bomb that lies", lie(t, zipped(t, ok, entry{name: "a", text: zeros})), "unpack.damaged"},
		{"zip of many", zipped(t, many...), "unpack.many"},
		{"zip twice", zipped(t, ok, entry{name: "a", text: "x"}, entry{name: "A", text: "y"}), "unpack.twice"},
		{"zip file and folder", zipped(t, ok, entry{name: "a", text: "x"}, entry{name: "a/b", text: "y"}), "unpack.twice"},
		{"zip folder and file", zipped(t, ok, entry{name: "a/b", text: "x"}, entry{name: "a", text: "y"}), "unpack.twice"},
		{"tar up", tarred(t, 0, ok, entry{name: "../evil", text: "x"}), "unpack.name"},
		{"tar absolute", tarred(t, 0, ok, entry{name: "/tmp/evil", text: "x"}), "unpack.name"},
		{"tar symbolic link", tarred(t, tar.TypeSymlink, ok, entry{name: "a", link: "/etc"}, entry{name: "a/evil", text: "x"}), "unpack.link"},
		{"tar hard link", tarred(t, tar.TypeLink, ok, entry{name: "a", link: "/etc/passwd"}), "unpack.link"},
		{"tar device", tarred(t, tar.TypeChar, ok, entry{name: "a", link: "x"}), "unpack.link"},
		{"tar pipe", tarred(t, tar.TypeFifo, ok, entry{name: "a", link: "x"}), "unpack.link"},
		{"tar bomb", tarred(t, 0, ok, entry{name: "a", text: zeros}), "unpack.large"},
		{"tar of many", tarred(t, 0, many...), "unpack.many"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := into(t, c.archive)
			if !fault.Is(err, c.want) {
				t.Fatalf("%v, want %s", err, c.want)
			}
			if said := locale.Vi.Error(err); len(said) < 40 || strings.Contains(said, "\x00") || !utf8.ValidString(said) {
				t.Errorf("said: %q", said)
			}
		})
	}
}

func gz(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	if _, err := g.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lie makes the last entry of a ZIP say that it unpacks to ten bytes.
func lie(t testing.TB, archive []byte) []byte {
	t.Helper()
	at := bytes.LastIndex(archive, []byte("PK\x01\x02"))
	if at < 0 {
		t.Fatal("no central directory")
	}
	copy(archive[at+24:], []byte{10, 0, 0, 0})
	return archive
}

// FuzzFolder: whatever comes, nothing lies outside of the folder, and nothing but
// plain files and folders in it.
func FuzzFolder(f *testing.F) {
	f.Add(zipped(f, entry{name: "pack.yaml", text: manifest}, entry{name: "../a", text: "x"}))
	f.Add(tarred(f, tar.TypeSymlink, entry{name: "pack.yaml", text: manifest}, entry{name: "a", link: ".."}))
	f.Add(zipped(f, entry{name: "goi/pack.yaml", text: manifest}, entry{name: "goi/a/b", text: "x"}))
	f.Fuzz(func(t *testing.T, archive []byte) {
		_, sub, err := into(t, archive)
		if err == nil && (sub == "" || strings.Contains(sub, "/")) {
			t.Errorf("the pack is in %q", sub)
		}
		if err != nil && fault.Of(err) == nil {
			t.Errorf("no fault: %v", err)
		}
	})
}
