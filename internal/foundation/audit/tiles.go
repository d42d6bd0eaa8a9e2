package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// readTile reads a tile of a width, also when it has grown wider since.
func readTile(dir string, t tile) ([]byte, error) {
	want := t.width * t.unit()
	b, err := os.ReadFile(filepath.Join(dir, t.path()))
	if err == nil && len(b) >= want {
		return b[:want], nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, path := range widerTiles(dir, t) {
		b, err := os.ReadFile(path)
		if err == nil && len(b) >= want {
			return b[:want], nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s: %w", t.path(), fs.ErrNotExist)
}

func widerTiles(dir string, t tile) []string {
	whole := filepath.Join(dir, tile{t.level, t.n, bundleSize}.path())
	paths := []string{whole}
	parts, err := os.ReadDir(whole + ".p")
	if err != nil {
		return paths // there is no wider one: the caller says which is missing
	}
	for _, p := range parts {
		if w, err := strconv.Atoi(p.Name()); err == nil && w > t.width {
			paths = append(paths, filepath.Join(whole+".p", p.Name()))
		}
	}
	return paths
}

// diskTiles reads tiles for package tlog, which checks them against the tree.
type diskTiles struct{ dir string }

func (d diskTiles) Height() int { return tileHeight }

func (d diskTiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, t := range tiles {
		b, err := readTile(d.dir, tile{t.L, t.N, t.W})
		if err != nil {
			return nil, err
		}
		all[i] = b
	}
	return all, nil
}

func (d diskTiles) SaveTiles([]tlog.Tile, [][]byte) {}

// loadEdge reads the right edge of a tree of a size.
func loadEdge(dir string, size int64) ([][]tlog.Hash, error) {
	var edge [][]tlog.Hash
	for level, n := 0, size; n > 0; level, n = level+1, n/bundleSize {
		hashes := make([]tlog.Hash, 0, bundleSize)
		if w := int(n % bundleSize); w > 0 {
			b, err := readTile(dir, tile{level, n / bundleSize, w})
			if err != nil {
				return nil, err
			}
			for i := range w {
				hashes = append(hashes, tlog.Hash(b[i*tlog.HashSize:(i+1)*tlog.HashSize]))
			}
		}
		edge = append(edge, hashes)
	}
	return edge, nil
}

// sweep removes partial tiles at the right edge that no checkpoint needs: those
// that a killed process left, and those of leaves that a restore took away.
func sweep(dir string, size int64) error {
	keep := map[string]bool{}
	for _, t := range rightEdge(size) {
		keep[filepath.Join(dir, t.path())] = true
	}
	for level, n := entriesLevel, size; n > 0 || level <= 0; level++ {
		if level > 0 {
			n /= bundleSize
		}
		for at := n/bundleSize - 1; at <= n/bundleSize+1; at++ {
			if at < 0 {
				continue
			}
			parts := filepath.Join(dir, tile{level, at, bundleSize}.path()) + ".p"
			if err := sweepParts(parts, keep); err != nil {
				return err
			}
		}
	}
	return nil
}

func sweepParts(parts string, keep map[string]bool) error {
	files, err := os.ReadDir(parts)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	left := 0
	for _, f := range files {
		path := filepath.Join(parts, f.Name())
		if keep[path] {
			left++
		} else if err := removeGone(path); err != nil {
			return err
		}
	}
	if left == 0 {
		return removeGone(parts)
	}
	return nil
}

// parseTilePath is the inverse of tile.path.
func parseTilePath(path string) (tile, bool) {
	parts := strings.Split(filepath.ToSlash(path), "/")
	if len(parts) < 3 || parts[0] != tileDir {
		return tile{}, false
	}
	t := tile{level: entriesLevel, width: bundleSize}
	if parts[1] != "entries" {
		n, err := strconv.Atoi(parts[1])
		if err != nil {
			return tile{}, false
		}
		t.level = n
	}
	parts = parts[2:]
	if k := len(parts); k >= 2 && strings.HasSuffix(parts[k-2], ".p") {
		w, err := strconv.Atoi(parts[k-1])
		if err != nil {
			return tile{}, false
		}
		t.width = w
		parts = append(parts[:k-2:k-2], strings.TrimSuffix(parts[k-2], ".p"))
	}
	for _, p := range parts {
		n, err := strconv.Atoi(strings.TrimPrefix(p, "x"))
		if err != nil || t.n > 1<<50 {
			return tile{}, false
		}
		t.n = t.n*1000 + int64(n)
	}
	return t, t.width > 0 && t.level < 8 && t.path() == filepath.FromSlash(path)
}
