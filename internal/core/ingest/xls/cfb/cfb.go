// Package cfb reads the compound files (OLE2) in which Office kept documents
// before 2007 and still keeps encrypted ones: [MS-CFB].
//
// github.com/richardlehane/mscfb reads them too, but takes memory by numbers
// of the header (a file of 512 bytes can ask for 16 GB of mini FAT), gives no
// reading at any place that goroutines can share, and asks the disk for every
// link of a chain by itself. What is needed here is small: find a stream of
// the root, read it anywhere.
package cfb

import (
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
)

// Signature is how compound files begin.
const Signature = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

// Errors of Open and Stream.
var (
	ErrNotCompound = errors.New("not a compound file")
	ErrDamaged     = errors.New("compound file is damaged or was cut off")
)

const (
	lastSector   = 0xFFFFFFFA // above it are marks, not sectors
	noEntry      = 0xFFFFFFFF
	miniSector   = 64
	miniCutoff   = 4096
	maxEntries   = 1 << 16
	entryBytes   = 128
	typeStorage  = 1
	typeStream   = 2
	typeRoot     = 5
	headerLength = 512
)

// A File is a compound file.
type File struct {
	src        io.ReaderAt
	size       int64
	sector     int64
	fat        []byte // links of sectors, 4 bytes each
	miniFAT    []byte
	miniStream *Stream
	entries    []entry
}

type entry struct {
	name               string
	kind               byte
	left, right, child uint32
	start              uint32
	size               int64
}

// Open reads the directory of a compound file. The memory it takes is bounded
// by the file's size: a sixty-fourth of it, and 8 MB of directory.
func Open(src io.ReaderAt, size int64) (*File, error) {
	var h [headerLength]byte
	if _, err := src.ReadAt(h[:8], 0); err != nil || string(h[:8]) != Signature {
		return nil, ErrNotCompound
	}
	if _, err := src.ReadAt(h[:], 0); err != nil {
		return nil, ErrDamaged
	}
	f := &File{src: src, size: size}
	switch shift := binary.LittleEndian.Uint16(h[30:]); shift {
	case 9, 12:
		f.sector = 1 << shift
	default:
		return nil, ErrDamaged
	}
	if err := f.readFAT(h[:]); err != nil {
		return nil, err
	}
	if err := f.readDirectory(binary.LittleEndian.Uint32(h[48:])); err != nil {
		return nil, err
	}
	var err error
	f.miniFAT, err = f.chainBytes(binary.LittleEndian.Uint32(h[60:]), f.size/miniSector*4)
	if err != nil {
		return nil, err
	}
	root := f.entries[0]
	f.miniStream, err = f.chain(root.start, root.size)
	if root.size == 0 {
		f.miniStream, err = &Stream{}, nil
	}
	return f, err
}

// sectors is how many sectors the file has room for.
func (f *File) sectors() int64 { return (f.size + f.sector - 1) / f.sector }

func (f *File) read(sector uint32, into []byte) error {
	n, err := f.src.ReadAt(into, (int64(sector)+1)*f.sector)
	if n == 0 && err != nil {
		return ErrDamaged
	}
	clear(into[n:]) // the last sector of a file may be cut
	return nil
}

// readFAT gathers the sectors that hold the FAT, from the header and from the
// chain of DIFAT sectors, no more than the file's size needs.
func (f *File) readFAT(h []byte) error {
	perSector := f.sector / 4
	need := (f.sectors() + perSector - 1) / perSector
	list := h[76:headerLength]
	next := binary.LittleEndian.Uint32(h[68:])
	buf := make([]byte, f.sector)
	for seen := int64(0); ; seen++ {
		for ; len(list) >= 4 && need > 0; list = list[4:] {
			s := binary.LittleEndian.Uint32(list)
			if s > lastSector {
				continue
			}
			from := len(f.fat)
			f.fat = append(f.fat, make([]byte, f.sector)...)
			if err := f.read(s, f.fat[from:]); err != nil {
				return err
			}
			need--
		}
		if need == 0 || next > lastSector || seen > f.sectors() {
			return nil
		}
		if err := f.read(next, buf); err != nil {
			return err
		}
		next = binary.LittleEndian.Uint32(buf[len(buf)-4:])
		list = buf[:len(buf)-4]
	}
}

func link(fat []byte, s uint32) (uint32, bool) {
	at := int64(s) * 4
	if at+4 > int64(len(fat)) {
		return 0, false
	}
	return binary.LittleEndian.Uint32(fat[at:]), true
}

func (f *File) readDirectory(start uint32) error {
	data, err := f.chainBytes(start, maxEntries*entryBytes)
	if err != nil {
		return err
	}
	for ; len(data) >= entryBytes; data = data[entryBytes:] {
		e := entry{
			kind: data[66], left: binary.LittleEndian.Uint32(data[68:]), right: binary.LittleEndian.Uint32(data[72:]),
			child: binary.LittleEndian.Uint32(data[76:]), start: binary.LittleEndian.Uint32(data[116:]),
			size: int64(binary.LittleEndian.Uint32(data[120:])), // streams beyond 4 GB hold no workbook
		}
		if n := binary.LittleEndian.Uint16(data[64:]); n >= 2 && n <= 64 {
			var name [32]uint16
			for i := range name {
				name[i] = binary.LittleEndian.Uint16(data[2*i:])
			}
			e.name = string(utf16.Decode(name[:n/2-1]))
		}
		f.entries = append(f.entries, e)
	}
	if len(f.entries) == 0 || f.entries[0].kind != typeRoot {
		return ErrDamaged
	}
	return nil
}

// chainBytes reads a chain to its end, at most so many bytes.
func (f *File) chainBytes(start uint32, most int64) ([]byte, error) {
	var out []byte
	for s := start; s <= lastSector && int64(len(out)) < most; {
		from := len(out)
		out = append(out, make([]byte, f.sector)...)
		if err := f.read(s, out[from:]); err != nil {
			return nil, err
		}
		if int64(len(out)) > f.size { // a circle
			return nil, ErrDamaged
		}
		next, ok := link(f.fat, s)
		if !ok {
			return nil, ErrDamaged
		}
		s = next
	}
	return out, nil
}

// Names lists the streams and storages that lie in the root.
func (f *File) Names() []string {
	var names []string
	f.root(func(e *entry) bool {
		names = append(names, e.name)
		return false
	})
	return names
}

// Stream opens a stream of the root by its name; nil when there is none.
func (f *File) Stream(name string) (*Stream, error) {
	var found *entry
	f.root(func(e *entry) bool {
		if e.kind == typeStream && e.name == name {
			found = e
		}
		return found != nil
	})
	if found == nil {
		return nil, nil
	}
	if found.size < miniCutoff {
		return f.miniChain(found.start, found.size)
	}
	return f.chain(found.start, found.size)
}

// root walks the tree of the root's children, each entry at most once, until
// visit says enough. Embedded documents have streams of the same names deeper
// down: they are not looked at.
func (f *File) root(visit func(*entry) bool) {
	seen := make([]bool, len(f.entries))
	todo := []uint32{f.entries[0].child}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n == noEntry || int64(n) >= int64(len(f.entries)) || seen[n] {
			continue
		}
		seen[n] = true
		e := &f.entries[n]
		if (e.kind == typeStream || e.kind == typeStorage) && visit(e) {
			return
		}
		todo = append(todo, e.left, e.right)
	}
}

// A Stream is read at any place, by any number of goroutines.
type Stream struct {
	Size    int64
	src     io.ReaderAt
	unit    int64 // bytes of a sector
	shift   int64 // sectors before the first: the header
	sectors []uint32
}

func (f *File) chain(start uint32, size int64) (*Stream, error) {
	sectors, err := walk(f.fat, start, size, f.sector, f.size)
	return &Stream{Size: size, src: f.src, unit: f.sector, shift: 1, sectors: sectors}, err
}

func (f *File) miniChain(start uint32, size int64) (*Stream, error) {
	sectors, err := walk(f.miniFAT, start, size, miniSector, f.miniStream.Size)
	return &Stream{Size: size, src: f.miniStream, unit: miniSector, sectors: sectors}, err
}

// walk lists the sectors of a stream; room is how many bytes there can be.
func walk(fat []byte, start uint32, size, unit, room int64) ([]uint32, error) {
	if size > room {
		return nil, ErrDamaged
	}
	out := make([]uint32, 0, (size+unit-1)/unit)
	for s := start; int64(len(out))*unit < size; {
		if s > lastSector {
			return nil, ErrDamaged
		}
		out = append(out, s)
		next, ok := link(fat, s)
		if !ok && int64(len(out))*unit < size {
			return nil, ErrDamaged
		}
		s = next
	}
	return out, nil
}

// ReadAt implements io.ReaderAt. Neighbouring sectors are read at once.
func (s *Stream) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 || at >= s.Size {
		return 0, io.EOF
	}
	short := false
	if int64(len(p)) > s.Size-at {
		p, short = p[:s.Size-at], true
	}
	done := 0
	for done < len(p) {
		i, in := (at+int64(done))/s.unit, (at+int64(done))%s.unit
		run := s.unit - in
		for j := i + 1; run < int64(len(p)-done) && j < int64(len(s.sectors)) && s.sectors[j] == s.sectors[j-1]+1; j++ {
			run += s.unit
		}
		part := p[done : done+int(min(run, int64(len(p)-done)))]
		n, err := s.src.ReadAt(part, (int64(s.sectors[i])+s.shift)*s.unit+in)
		done += n
		if n < len(part) {
			if err == nil || errors.Is(err, io.EOF) {
				err = ErrDamaged
			}
			return done, err
		}
	}
	if short {
		return done, io.EOF
	}
	return done, nil
}
