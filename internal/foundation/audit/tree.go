package audit

import (
	"fmt"
	"path/filepath"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

// A tile is named by its level and its place in it; width is below 256 for the
// last one of a level.
type tile struct {
	level int
	n     int64
	width int
}

// entriesLevel stands for entry bundles where a tile's level stands.
const entriesLevel = -1

// path is where the tile lies in the log's folder (C2SP tlog-tiles): tile/0/x001/234.p/5.
func (t tile) path() string {
	level := "entries"
	if t.level >= 0 {
		level = strconv.Itoa(t.level)
	}
	n := fmt.Sprintf("%03d", t.n%1000)
	for rest := t.n / 1000; rest > 0; rest /= 1000 {
		n = fmt.Sprintf("x%03d/%s", rest%1000, n)
	}
	p := filepath.Join("tile", level, filepath.FromSlash(n))
	if t.width < bundleSize {
		p = filepath.Join(p+".p", strconv.Itoa(t.width))
	}
	return p
}

// unit is the length of what a tile holds for each of its places.
func (t tile) unit() int {
	if t.level == entriesLevel {
		return bundleEntry
	}
	return tlog.HashSize
}

// rightEdge lists the tiles of a tree's right edge that are not full.
func rightEdge(size int64) []tile {
	var all []tile
	if w := int(size % bundleSize); w > 0 {
		all = append(all, tile{entriesLevel, size / bundleSize, w})
	}
	for level := 0; size > 0; level, size = level+1, size/bundleSize {
		if w := int(size % bundleSize); w > 0 {
			all = append(all, tile{level, size / bundleSize, w})
		}
	}
	return all
}

// A tree grows at its right edge and remembers no more than that.
type tree struct {
	size int64
	edge [][]tlog.Hash // hashes of the last, unfinished tile of each level
	full func(level int, n int64, hashes []tlog.Hash)
}

// add takes the hash of the next leaf.
func (t *tree) add(h tlog.Hash) {
	t.size++
	for level, n := 0, t.size; ; level++ {
		if level == len(t.edge) {
			t.edge = append(t.edge, nil)
		}
		t.edge[level] = append(t.edge[level], h)
		if len(t.edge[level]) < bundleSize {
			return
		}
		n /= bundleSize
		done := t.edge[level]
		t.edge[level] = make([]tlog.Hash, 0, bundleSize)
		t.full(level, n-1, done)
		h = subtree(done)
	}
}

// root is the tree's root hash as RFC 6962 has it.
func (t *tree) root() tlog.Hash {
	var parts []tlog.Hash // perfect subtrees from left to right
	for level := len(t.edge) - 1; level >= 0; level-- {
		rest := t.edge[level]
		for width := bundleSize / 2; width > 0; width /= 2 {
			if len(rest)&width != 0 {
				parts, rest = append(parts, subtree(rest[:width])), rest[width:]
			}
		}
	}
	if len(parts) == 0 {
		h, _ := tlog.TreeHash(0, nil) // reads nothing
		return h
	}
	root := parts[len(parts)-1]
	for i := len(parts) - 2; i >= 0; i-- {
		root = tlog.NodeHash(parts[i], root)
	}
	return root
}

// snapshot copies the edge, for who writes it down while the tree grows on.
func (t *tree) snapshot() *tree {
	c := &tree{size: t.size, edge: make([][]tlog.Hash, len(t.edge))}
	for i, hashes := range t.edge {
		c.edge[i] = append([]tlog.Hash(nil), hashes...)
	}
	return c
}

// subtree is the root of a perfect tree over 2^k hashes.
func subtree(hashes []tlog.Hash) tlog.Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	var buf [bundleSize / 2]tlog.Hash
	up := buf[:len(hashes)/2]
	for i := range up {
		up[i] = tlog.NodeHash(hashes[2*i], hashes[2*i+1])
	}
	for len(up) > 1 {
		for i := range len(up) / 2 {
			up[i] = tlog.NodeHash(up[2*i], up[2*i+1])
		}
		up = up[:len(up)/2]
	}
	return up[0]
}

func tileBytes(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}
