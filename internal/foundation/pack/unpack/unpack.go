// Package unpack writes a pack that somebody sent as an archive, .zip or
// .tar.gz, into a folder, so that it can be looked at first and installed later
// as the same bytes. The archive comes from anybody's hands: names that leave
// the folder, links, entries that meet and archives that swell are refused, with
// what to do.
package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// Limits bound what comes out of an archive.
type Limits struct {
	Bytes   int64 // of all files together
	Files   int
	Name    int // bytes of a name
	Nesting int // folders in each other
}

// Usual are the limits of a pack: forty times the largest that comes with the
// program.
var Usual = Limits{Bytes: 256 << 20, Files: 10000, Name: 512, Nesting: 12}

// Folder unpacks an archive of some size into an empty folder and gives the
// folder in it that holds pack.yaml: the top, or the only folder there. What was
// written before a refusal is the caller's to remove.
func Folder(archive io.ReaderAt, size int64, dir *os.Root, most Limits) (sub string, err error) {
	var head [4]byte
	if n, err := archive.ReadAt(head[:], 0); n < len(head) {
		return "", fault.New(fault.Invalid, "unpack.no-archive").Because(err)
	}
	u := &unpacker{dir: dir, most: most, left: most.Bytes, files: map[string]bool{}, folders: map[string]bool{}}
	switch {
	case bytes.Equal(head[:], []byte("PK\x03\x04")) || bytes.Equal(head[:], []byte("PK\x05\x06")):
		err = u.zip(archive, size)
	case head[0] == 0x1f && head[1] == 0x8b:
		err = u.tarGz(io.NewSectionReader(archive, 0, size))
	default:
		return "", fault.New(fault.Invalid, "unpack.no-archive")
	}
	if err != nil {
		return "", err
	}
	return u.top()
}

// An unpacker remembers what it has written by names folded for capitals: a
// folder may be carried to a disk that does not tell them apart.
type unpacker struct {
	dir     *os.Root
	most    Limits
	left    int64
	files   map[string]bool
	folders map[string]bool
	tops    []string
}

// damaged tells an archive that cannot be read from a disk that cannot be
// written.
func damaged(err error) error {
	var onDisk *fs.PathError
	if err == nil || fault.Of(err) != nil || errors.As(err, &onDisk) {
		return err
	}
	return fault.New(fault.Invalid, "unpack.damaged").Because(err)
}

func (u *unpacker) zip(archive io.ReaderAt, size int64) error {
	z, err := zip.NewReader(archive, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are judged below
		return damaged(err)
	}
	if len(z.File) > u.most.Files {
		return u.tooMany()
	}
	for _, f := range z.File {
		if f.Flags&1 != 0 {
			return fault.New(fault.Invalid, "unpack.password")
		}
		if err := u.zipped(f); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) zipped(f *zip.File) (err error) {
	if strings.HasSuffix(f.Name, "/") {
		return u.folder(strings.TrimSuffix(f.Name, "/"))
	}
	if !f.Mode().IsRegular() {
		return fault.New(fault.Invalid, "unpack.link", shown(f.Name))
	}
	if f.UncompressedSize64 > uint64(u.left) {
		return u.tooLarge()
	}
	r, err := f.Open()
	if err != nil {
		return damaged(err)
	}
	defer func() { err = errors.Join(err, damaged(r.Close())) }()
	return u.file(f.Name, r)
}

func (u *unpacker) tarGz(archive io.Reader) error {
	packed, err := gzip.NewReader(archive)
	if err != nil {
		return damaged(err)
	}
	// What is skipped swells too: the whole stream is bounded, with its headers.
	bounded := &io.LimitedReader{R: packed, N: u.most.Bytes + int64(u.most.Files)*2048}
	t := tar.NewReader(bounded)
	for n := 0; ; n++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			if bounded.N <= 0 {
				return u.tooLarge()
			}
			return damaged(err)
		}
		if n == u.most.Files {
			return u.tooMany()
		}
		switch h.Typeflag {
		case tar.TypeDir:
			err = u.folder(strings.TrimSuffix(h.Name, "/"))
		case tar.TypeReg:
			err = u.file(h.Name, t)
		case tar.TypeXGlobalHeader: // a comment, as git writes
			err = nil
		default:
			err = fault.New(fault.Invalid, "unpack.link", shown(h.Name))
		}
		if err != nil {
			return err
		}
	}
}

// place cleans a name and refuses what does not belong into a folder.
func (u *unpacker) place(name string) (string, error) {
	name = strings.TrimPrefix(name, "./")
	switch {
	case !utf8.ValidString(name) || len(name) > u.most.Name || !fs.ValidPath(name) || strings.Contains(name, `\`) || strings.Contains(name, ":"),
		strings.ContainsFunc(name, unicode.IsControl), strings.Count(name, "/") >= u.most.Nesting, longest(name) > 200:
		return "", fault.New(fault.Invalid, "unpack.name", shown(name))
	}
	return name, nil
}

// longest is the most bytes between two slashes: file systems take 255.
func longest(name string) (n int) {
	for part := range strings.SplitSeq(name, "/") {
		n = max(n, len(part))
	}
	return n
}

// shown is a name that may hold anything, fit for a sentence.
func shown(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.In(r, unicode.Cf) {
			return '�'
		}
		return r
	}, strings.ToValidUTF8(name, "�"))
	if all := []rune(name); len(all) > 80 {
		name = string(all[:80]) + "…"
	}
	return name
}

func folded(name string) string { return strings.ToLower(name) }

func (u *unpacker) folder(name string) error {
	if name == "" || name == "." || name == "./" {
		return nil
	}
	name, err := u.place(name)
	if err != nil {
		return err
	}
	return u.mkdir(name)
}

// mkdir makes a folder with those above it.
func (u *unpacker) mkdir(name string) error {
	if name == "." || u.folders[folded(name)] {
		return nil
	}
	if u.files[folded(name)] {
		return fault.New(fault.Invalid, "unpack.twice", shown(name))
	}
	if err := u.mkdir(path.Dir(name)); err != nil {
		return err
	}
	if len(u.folders) == u.most.Files {
		return u.tooMany()
	}
	u.folders[folded(name)] = true
	if !strings.Contains(name, "/") {
		u.tops = append(u.tops, name)
	}
	return u.dir.Mkdir(name, 0o700)
}

func (u *unpacker) file(name string, r io.Reader) (err error) {
	if name, err = u.place(name); err != nil {
		return err
	}
	if u.files[folded(name)] || u.folders[folded(name)] {
		return fault.New(fault.Invalid, "unpack.twice", shown(name))
	}
	if err := u.mkdir(path.Dir(name)); err != nil {
		return err
	}
	u.files[folded(name)] = true
	if !strings.Contains(name, "/") {
		u.tops = append(u.tops, name)
	}
	f, err := u.dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, err := io.Copy(f, io.LimitReader(r, u.left+1))
	if err != nil {
		return damaged(err)
	}
	if n > u.left {
		return u.tooLarge()
	}
	u.left -= n
	return nil
}

// top finds pack.yaml: whoever packs a folder often packs it as a folder.
func (u *unpacker) top() (string, error) {
	if u.files["pack.yaml"] {
		return ".", nil
	}
	only := ""
	for _, name := range u.tops {
		if strings.HasPrefix(name, ".") || name == "__MACOSX" {
			continue // what a desktop leaves behind
		}
		if only != "" {
			return "", fault.New(fault.Invalid, "unpack.no-manifest")
		}
		only = name
	}
	if only == "" || !u.files[folded(only)+"/pack.yaml"] {
		return "", fault.New(fault.Invalid, "unpack.no-manifest")
	}
	return only, nil
}

func (u *unpacker) tooLarge() error { return fault.New(fault.TooLarge, "unpack.large", u.most.Bytes) }
func (u *unpacker) tooMany() error {
	return fault.New(fault.TooLarge, "unpack.many", int64(u.most.Files))
}
