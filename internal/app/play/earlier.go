package play

import (
	"bytes"
	"embed"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/phohien/phohien/packs"
)

//go:embed earlier
var earlier embed.FS

// versions are the earlier versions of the pack of generated data: the number of
// the pack, and that of the contract that is renewed in the days.
var versions = map[string]struct{ pack, contract string }{
	"1": {"1.0.2", "1.0.0"},
	"2": {"1.0.3", "1.1.0"},
}

// Datasets are those that the script sends to.
func Datasets() []string { return []string{OneStop, Levels, Prices, Funds} }

// Earlier gives the files of a pack that were different in an earlier version,
// with what pack.yaml says instead of its version; nil when it is not the pack.
func Earlier(pack, version string) map[string]func([]byte) []byte {
	v, known := versions[version]
	if pack != packs.Generated || !known {
		return nil
	}
	return map[string]func([]byte) []byte{
		"pack.yaml": func(now []byte) []byte {
			lines := strings.SplitAfter(string(now), "\n")
			for i, l := range lines {
				if strings.HasPrefix(l, "version:") {
					lines[i] = "version: " + v.pack + "\n"
				}
			}
			return []byte(strings.Join(lines, ""))
		},
		"contracts/" + Prices + ".yaml": func([]byte) []byte {
			text, err := earlier.ReadFile("earlier/" + Prices + "-" + v.contract + ".yaml")
			if err != nil {
				panic("play: " + err.Error()) // embedded
			}
			return text
		},
	}
}

// Over is a folder with some of its files changed.
func Over(files fs.FS, changed map[string]func([]byte) []byte) fs.FS { return over{files, changed} }

type over struct {
	fs.FS
	changed map[string]func([]byte) []byte
}

// Open opens a file of the folder.
func (o over) Open(name string) (fs.File, error) {
	change := o.changed[name]
	if change == nil {
		return o.FS.Open(name)
	}
	info, err := fs.Stat(o.FS, name)
	if err != nil {
		return nil, err
	}
	now, err := fs.ReadFile(o.FS, name)
	if err != nil {
		return nil, err
	}
	text := change(now)
	return &memory{Reader: bytes.NewReader(text), info: info, size: int64(len(text))}, nil
}

// A memory is a file in memory, called as the one that it stands for.
type memory struct {
	io.Reader
	info fs.FileInfo
	size int64
}

func (m *memory) Stat() (fs.FileInfo, error) { return m, nil }
func (m *memory) Close() error               { return nil }
func (m *memory) Name() string               { return m.info.Name() }
func (m *memory) Size() int64                { return m.size }
func (m *memory) Mode() fs.FileMode          { return m.info.Mode() }
func (m *memory) ModTime() time.Time         { return m.info.ModTime() }
func (m *memory) IsDir() bool                { return false }
func (m *memory) Sys() any                   { return nil }
