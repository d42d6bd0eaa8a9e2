package audit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A frame is one entry in a payload segment:
//
//	"PHA1" | state (1) | index (8) | length of body (4) | CRC-32C (4) | body
//
// The body is salt and payload; that of an erased entry is zeros of the same
// length, so that its neighbours stay where they are. The checksum covers state,
// index, length and body: it tells a torn or rotten frame, not a forged one,
// which is what the tree is for.
type frame struct {
	state byte
	index int64
	body  []byte // of the bytes it was read from
}

const (
	frameMagic = "PHA1"
	frameHead  = 4 + 1 + 8 + 4 + 4

	live   byte = 1
	erased byte = 2

	mostBody = saltBytes + mostPayload
)

var (
	errTorn    = errors.New("frame is cut off")
	errRotten  = errors.New("frame does not match its checksum")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// appendHead leaves room for a frame's head; seal fills it once the body is
// behind it.
func appendHead(b []byte) []byte {
	var room [frameHead]byte
	return append(b, room[:]...)
}

// sealFrame fills the head of the frame that is all of b.
func sealFrame(b []byte, state byte, index int64) {
	copy(b, frameMagic)
	b[4] = state
	binary.BigEndian.PutUint64(b[5:], uint64(index))
	binary.BigEndian.PutUint32(b[13:], uint32(len(b)-frameHead))
	binary.BigEndian.PutUint32(b[17:], frameSum(b))
}

func frameSum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[4:17], castagnoli), castagnoli, b[frameHead:])
}

// readFrame reads the frame that b begins with, and how long it is.
func readFrame(b []byte) (f frame, n int, err error) {
	if len(b) < frameHead {
		return f, 0, errTorn
	}
	if string(b[:4]) != frameMagic {
		return f, 0, fmt.Errorf("%w: no frame begins here", errRotten)
	}
	size := binary.BigEndian.Uint32(b[13:])
	if size < saltBytes || size > mostBody {
		return f, 0, fmt.Errorf("%w: body of %d bytes", errRotten, size)
	}
	n = frameHead + int(size)
	if len(b) < n {
		return f, 0, errTorn
	}
	if binary.BigEndian.Uint32(b[17:]) != frameSum(b[:n]) {
		return f, 0, errRotten
	}
	f = frame{state: b[4], index: int64(binary.BigEndian.Uint64(b[5:])), body: b[frameHead:n]}
	if f.state != live && f.state != erased {
		return f, 0, fmt.Errorf("%w: state %d", errRotten, f.state)
	}
	if f.state == erased && len(bytes.Trim(f.body, "\x00")) > 0 {
		return f, 0, fmt.Errorf("%w: said to be erased, and is not", errRotten)
	}
	return f, n, nil
}

// nextFrame finds where the frame of an index begins, for reading on behind a
// rotten one: -1 = nowhere.
func nextFrame(b []byte, index int64) int {
	mark := binary.BigEndian.AppendUint64(nil, uint64(index))
	for from := 0; ; {
		at := bytes.Index(b[from:], mark)
		if at < 0 {
			return -1
		}
		at += from
		if at >= 5 && string(b[at-5:at-1]) == frameMagic {
			return at - 5
		}
		from = at + 1
	}
}

func (f frame) salt() *[saltBytes]byte { return (*[saltBytes]byte)(f.body) }
func (f frame) payload() []byte        { return f.body[saltBytes:] }
