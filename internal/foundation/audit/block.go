package audit

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A block is what the index holds of 256 entries: where their frames begin,
// when the first and the last happened, and a Bloom filter of who, for whom,
// what, to what, what for, with which result. A search reads the filters and
// then only the blocks that may hold something: 10 M entries are 39,063 filters.
// Blocks are made from the payloads and can be made again at any time.
type block struct {
	offsets [bundleSize + 1]uint32 // in the segment; the last is where the block ends
	first   int64                  // microseconds since 1970
	last    int64
	filter  [filterBytes]byte
}

const (
	// bundleSize is the width of a tile, of an entry bundle, of a block.
	bundleSize = 256
	// segmentLeaves is how many entries a payload segment and its index hold.
	segmentLeaves = 1 << 16
	segmentBlocks = segmentLeaves / bundleSize

	filterBytes = 2048 // 6 × 256 values at most: 10.7 bits each, under 1 % are found that are not there
	probes      = 7

	blockMagic = "PHI1"
	blockBytes = 4 + 4*(bundleSize+1) + 8 + 8 + filterBytes + 4
)

var errBlock = errors.New("block of the index does not match its checksum")

func (b *block) append(to []byte) []byte {
	from := len(to)
	to = append(to, blockMagic...)
	for _, o := range b.offsets {
		to = binary.BigEndian.AppendUint32(to, o)
	}
	to = binary.BigEndian.AppendUint64(to, uint64(b.first))
	to = binary.BigEndian.AppendUint64(to, uint64(b.last))
	to = append(to, b.filter[:]...)
	return binary.BigEndian.AppendUint32(to, crc32.Checksum(to[from:], castagnoli))
}

func (b *block) parse(from []byte) error {
	if len(from) != blockBytes || string(from[:4]) != blockMagic ||
		binary.BigEndian.Uint32(from[blockBytes-4:]) != crc32.Checksum(from[:blockBytes-4], castagnoli) {
		return errBlock
	}
	from = from[4:]
	for i := range b.offsets {
		b.offsets[i] = binary.BigEndian.Uint32(from[4*i:])
	}
	from = from[4*len(b.offsets):]
	b.first = int64(binary.BigEndian.Uint64(from))
	b.last = int64(binary.BigEndian.Uint64(from[8:]))
	copy(b.filter[:], from[16:])
	return nil
}

// add takes the i-th entry of the block, whose frame lies between two places.
// e is nil when it has been erased.
func (b *block) add(i int, from, to uint32, at int64, e *Entry) {
	if i == 0 {
		b.first = at
	}
	b.offsets[i], b.offsets[i+1], b.last = from, to, at
	if e == nil {
		return
	}
	for f, value := range e.filtered() {
		if value != "" {
			h := filterHash(byte(f), value)
			for range probes {
				b.filter[h>>3%filterBytes] |= 1 << (h & 7)
				h = step(h)
			}
		}
	}
}

// may reports whether the block may hold an entry with these values.
func (b *block) may(hashes []uint64) bool {
	for _, h := range hashes {
		for range probes {
			if b.filter[h>>3%filterBytes]&(1<<(h&7)) == 0 {
				return false
			}
			h = step(h)
		}
	}
	return true
}

// filtered lists the fields that a search may ask for exactly.
func (e *Entry) filtered() [6]string {
	return [6]string{e.Actor.ID, e.Org, e.Action, e.Object, e.Purpose, e.Result}
}

// filterHash is FNV-1a of a field and its value, stirred. It keeps no secret:
// the block of an erased entry is made again without it.
func filterHash(field byte, value string) uint64 {
	h := (uint64(14695981039346656037) ^ uint64(field)) * 1099511628211
	for i := 0; i < len(value); i++ {
		h = (h ^ uint64(value[i])) * 1099511628211
	}
	return step(h)
}

// step is the finaliser of MurmurHash3.
func step(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33 + 0x9e3779b97f4a7c15
}
