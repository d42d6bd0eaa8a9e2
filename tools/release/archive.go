package main

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// An archive is gathered in memory: the same files give the same bytes.
type archive struct {
	at    time.Time
	files []file
}

type file struct {
	name    string
	mode    int64
	content []byte
}

func (a *archive) add(name string, content []byte) error { return a.put(name, content, 0o644) }

func (a *archive) put(name string, content []byte, mode int64) error {
	if slices.ContainsFunc(a.files, func(f file) bool { return f.name == name }) {
		return fmt.Errorf("%s is in the archive twice", name)
	}
	a.files = append(a.files, file{name, mode, content})
	return nil
}

func (a *archive) addFile(name, from string, mode int64) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return a.put(name, content, mode)
}

// addFolder adds the files of a folder, but those whose names end as one of
// without.
func (a *archive) addFolder(from, to string, without ...string) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		for _, end := range without {
			if strings.HasSuffix(p, end) {
				return nil
			}
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		return a.addFile(path.Join(to, filepath.ToSlash(rel)), p, 0o644)
	})
}

// addSums adds the SHA-256 of everything that is there, as sha256sum reads it.
func (a *archive) addSums() error {
	a.sort()
	var sums strings.Builder
	for _, f := range a.files {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(f.content), f.name)
	}
	return a.add("SHA256SUMS", []byte(sums.String()))
}

func (a *archive) sort() {
	slices.SortFunc(a.files, func(x, y file) int { return cmp.Compare(x.name, y.name) })
}

// write writes the archive, everything in one folder of the given name, and its
// own checksum beside it.
func (a *archive) write(to, folder string) (err error) {
	a.sort()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	whole := sha256.New()
	packed, err := gzip.NewWriterLevel(io.MultiWriter(out, whole), gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(packed) // its headers, and gzip's, name no time and no user of their own
	for _, f := range a.files {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: path.Join(folder, f.name), Mode: f.mode, Size: int64(len(f.content)), ModTime: a.at, Format: tar.FormatPAX}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		if _, err := w.Write(f.content); err != nil {
			return err
		}
	}
	if err := errors.Join(w.Close(), packed.Close()); err != nil {
		return err
	}
	return os.WriteFile(to+".sha256", fmt.Appendf(nil, "%x  %s\n", whole.Sum(nil), filepath.Base(to)), 0o644)
}
