package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"sync"

	"github.com/bodgit/sevenzip"
	"github.com/ulikunitz/xz/lzma"

	"github.com/phohien/phohien/internal/foundation/fault"
)

func (w *walk) sevenZip() error {
	boundMethods()
	if err := w.vetSevenZip(); err != nil {
		return err
	}
	z, err := sevenzip.NewReader(w.file.ReaderAt, w.file.Size)
	if err != nil {
		return sevenZipFault(err)
	}
	for _, e := range z.File {
		mode := e.Mode()
		switch {
		case mode.IsDir():
			err = w.budget.entry()
		case mode&fs.ModeType != 0:
			err = w.special(e.Name)
		default:
			err = w.sevenZipEntry(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) sevenZipEntry(e *sevenzip.File) error {
	var body io.ReadCloser
	err := w.add(e.Name, func() (io.Reader, error) {
		var err error
		if body, err = e.Open(); err != nil {
			return nil, sevenZipFault(err)
		}
		return sevenZipReader{body}, nil
	})
	if body != nil {
		if closing := body.Close(); err == nil && closing != nil {
			err = sevenZipFault(closing)
		}
	}
	return err
}

type sevenZipReader struct{ r io.Reader }

// Read implements io.Reader.
func (r sevenZipReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = sevenZipFault(err)
	}
	return n, err
}

func sevenZipFault(err error) error {
	var read *sevenzip.ReadError
	if errors.As(err, &read) && read.Encrypted {
		return fault.New(fault.Invalid, "archive.password").Because(err)
	}
	return damaged(fmt.Errorf("7z: %w", err))
}

var errDictionary = fault.New(fault.TooLarge, "archive.method")

// boundMethods puts our own openers in place of those of package sevenzip for
// the methods that take as much memory as the archive asks for, up to 4 GB.
var boundMethods = sync.OnceFunc(func() {
	sevenzip.RegisterDecompressor([]byte{0x21}, openLZMA2)
	sevenzip.RegisterDecompressor([]byte{3, 1, 1}, openLZMA)
	// PPMd takes memory by a number of the archive as well, and no office uses it.
	sevenzip.RegisterDecompressor([]byte{3, 4, 1}, func([]byte, uint64, []io.ReadCloser) (io.ReadCloser, error) {
		return nil, errDictionary
	})
})

type readCloser struct {
	io.Reader
	io.Closer
}

func openLZMA2(props []byte, _ uint64, in []io.ReadCloser) (io.ReadCloser, error) {
	if len(in) != 1 || len(props) != 1 || props[0] > 40 {
		return nil, errors.New("lzma2: wrong properties")
	}
	dictionary := int64(2|props[0]&1) << (props[0]/2 + 11)
	if dictionary > dictionaryBytes {
		return nil, errDictionary
	}
	r, err := lzma.Reader2Config{DictCap: int(max(dictionary, lzma.MinDictCap))}.NewReader2(in[0])
	if err != nil {
		return nil, err
	}
	return readCloser{r, in[0]}, nil
}

func openLZMA(props []byte, size uint64, in []io.ReadCloser) (io.ReadCloser, error) {
	if len(in) != 1 || len(props) != 5 {
		return nil, errors.New("lzma: wrong properties")
	}
	if binary.LittleEndian.Uint32(props[1:]) > dictionaryBytes {
		return nil, errDictionary
	}
	head := binary.LittleEndian.AppendUint64(append([]byte{}, props...), size)
	r, err := lzma.NewReader(io.MultiReader(&sliceReader{head}, in[0]))
	if err != nil {
		return nil, err
	}
	return readCloser{r, in[0]}, nil
}

type sliceReader struct{ b []byte }

// Read implements io.Reader.
func (s *sliceReader) Read(p []byte) (int, error) {
	if len(s.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.b)
	s.b = s.b[n:]
	return n, nil
}

// longestHeader bounds the header of a 7z archive, packed and unpacked.
const longestHeader = 16 << 20

// vetSevenZip reads the header of a 7z archive before package sevenzip does,
// which takes memory for as many files as a damaged or hostile header claims to
// hold. It follows the same grammar, step by step.
func (w *walk) vetSevenZip() error {
	var start [32]byte
	if _, err := w.file.ReadAt(start[:], 0); err != nil {
		return damaged(err)
	}
	if crc32.ChecksumIEEE(start[12:]) != binary.LittleEndian.Uint32(start[8:]) {
		return damaged(errors.New("7z: start header"))
	}
	at, size := binary.LittleEndian.Uint64(start[12:]), binary.LittleEndian.Uint64(start[20:])
	if size == 0 || at > uint64(w.file.Size) || size > uint64(w.file.Size) || 32+at+size > uint64(w.file.Size) {
		return damaged(errors.New("7z: the header lies outside the file"))
	}
	if size > longestHeader {
		return fault.New(fault.TooLarge, "archive.too-many-entries", w.file.Limits.Entries)
	}
	head := make([]byte, size)
	if _, err := w.file.ReadAt(head, 32+int64(at)); err != nil && !errors.Is(err, io.EOF) {
		return damaged(err)
	}
	v := vet{b: head, most: uint64(w.file.Limits.Entries) + 1}
	switch v.byte() {
	case 0x01:
		v.header()
	case 0x17:
		s := v.streams()
		if v.err != nil {
			break
		}
		plain, err := w.unpackHeader(s)
		if err != nil {
			return err
		}
		v = vet{b: plain, most: v.most}
		if v.byte() != 0x01 {
			return damaged(errors.New("7z: no header in the packed header"))
		}
		v.header()
	default:
		v.fail()
	}
	if v.many {
		return fault.New(fault.TooLarge, "archive.too-many-entries", w.file.Limits.Entries)
	}
	if v.err != nil {
		return damaged(v.err)
	}
	return nil
}

// unpackHeader unpacks a header that is packed itself, with LZMA as all
// programs do.
func (w *walk) unpackHeader(s streams) ([]byte, error) {
	if s.encrypted {
		return nil, fault.New(fault.Invalid, "archive.password")
	}
	if len(s.method) == 0 || s.folders != 1 || s.unpacked > longestHeader {
		return nil, fault.New(fault.Invalid, "archive.method")
	}
	if s.at > uint64(w.file.Size) || s.packed > uint64(w.file.Size) {
		return nil, damaged(errors.New("7z: the packed header lies outside the file"))
	}
	in := io.NopCloser(io.NewSectionReader(w.file, 32+int64(s.at), int64(s.packed)))
	var r io.ReadCloser
	var err error
	switch string(s.method) {
	case "\x03\x01\x01":
		r, err = openLZMA(s.props, s.unpacked, []io.ReadCloser{in})
	case "\x21":
		r, err = openLZMA2(s.props, s.unpacked, []io.ReadCloser{in})
	case "\x00":
		r = in
	default:
		return nil, fault.New(fault.Invalid, "archive.method")
	}
	if err != nil {
		return nil, damaged(err)
	}
	plain := make([]byte, s.unpacked)
	if _, err := io.ReadFull(r, plain); err != nil {
		return nil, damaged(err)
	}
	return plain, nil
}

// A vet walks through a header and counts what it claims to hold.
type vet struct {
	b    []byte
	most uint64 // of anything that there is one of for each file
	many bool
	err  error
}

// streams is what matters of a description of packed streams.
type streams struct {
	at, packed, unpacked uint64 // of the first
	folders              uint64
	method, props        []byte
	encrypted            bool
}

func (v *vet) fail() {
	if v.err == nil {
		v.err = errors.New("7z: header")
	}
}

func (v *vet) byte() byte {
	if len(v.b) == 0 {
		v.fail()
		return 0
	}
	c := v.b[0]
	v.b = v.b[1:]
	return c
}

func (v *vet) take(n uint64) []byte {
	if n > uint64(len(v.b)) {
		v.fail()
		return nil
	}
	out := v.b[:n]
	v.b = v.b[n:]
	return out
}

// number reads a number of 1 to 9 bytes: the ones at the top of the first say
// how many follow.
func (v *vet) number() uint64 {
	first := v.byte()
	var out uint64
	for i := range 8 {
		if first&(0x80>>i) == 0 {
			return out | uint64(first&(0x80>>i-1))<<(8*i)
		}
		out |= uint64(v.byte()) << (8 * i)
	}
	return out
}

// count reads how many of something there are.
func (v *vet) count() uint64 {
	n := v.number()
	if n > v.most {
		v.many = true
		v.fail()
		return 0
	}
	return n
}

func (v *vet) numbers(n uint64) (first uint64) {
	for i := range n {
		x := v.number()
		if i == 0 {
			first = x
		}
		if v.err != nil {
			return first
		}
	}
	return first
}

// digests skips checksums, some of which may be missing.
func (v *vet) digests(n uint64) {
	defined := n
	if v.byte() == 0 {
		bits := v.take((n + 7) / 8)
		defined = 0
		for i := range n {
			if i/8 < uint64(len(bits)) && bits[i/8]&(0x80>>(i%8)) != 0 {
				defined++
			}
		}
	}
	v.take(4 * defined)
}

func (v *vet) expect(want, got byte) {
	if want != got {
		v.fail()
	}
}

func (v *vet) header() {
	id := v.byte()
	if id == 0x04 {
		v.streams()
		id = v.byte()
	}
	if id == 0x05 {
		v.count() // files; all that follows is bounded by it
		return
	}
	v.expect(0, id)
}

func (v *vet) streams() (s streams) {
	id := v.byte()
	if id == 0x06 {
		v.packed(&s)
		id = v.byte()
	}
	if id == 0x07 {
		v.unpacked(&s)
		id = v.byte()
	}
	if id == 0x08 {
		v.substreams(s.folders)
		id = v.byte()
	}
	v.expect(0, id)
	return s
}

func (v *vet) packed(s *streams) {
	s.at = v.number()
	n := v.count()
	id := v.byte()
	if id == 0x09 {
		s.packed = v.numbers(n)
		id = v.byte()
	}
	if id == 0x0A {
		v.digests(n)
		id = v.byte()
	}
	v.expect(0, id)
}

func (v *vet) unpacked(s *streams) {
	v.expect(0x0B, v.byte())
	s.folders = v.count()
	v.expect(0, v.byte())
	var outs uint64
	for range s.folders {
		if v.err != nil {
			return
		}
		outs += v.folder(s)
	}
	v.expect(0x0C, v.byte())
	if outs > 8*v.most {
		v.fail()
		return
	}
	s.unpacked = v.numbers(outs)
	id := v.byte()
	if id == 0x0A {
		v.digests(s.folders)
		id = v.byte()
	}
	v.expect(0, id)
}

// most coders and streams in one folder: BCJ2 has four and five.
const mostCoders = 8

// folder reads how one run of files is packed and returns how many streams
// come out of it.
func (v *vet) folder(s *streams) (outs uint64) {
	n := v.number()
	if n == 0 || n > mostCoders {
		v.fail()
		return 0
	}
	var ins uint64
	for range n {
		flags := v.byte()
		method := v.take(uint64(flags & 0xF))
		in, out := uint64(1), uint64(1)
		if flags&0x10 != 0 {
			in, out = v.number(), v.number()
		}
		if in > mostCoders || out > mostCoders {
			v.fail()
			return 0
		}
		ins, outs = ins+in, outs+out
		var props []byte
		if flags&0x20 != 0 {
			size := v.number()
			if size > 1024 {
				v.fail()
				return 0
			}
			props = v.take(size)
		}
		if string(method) == "\x06\xF1\x07\x01" {
			s.encrypted = true
		}
		if n == 1 {
			s.method, s.props = method, props
		}
	}
	if outs == 0 || ins < outs {
		v.fail()
		return 0
	}
	v.numbers(2 * (outs - 1))
	if packed := ins - (outs - 1); packed != 1 {
		v.numbers(packed)
	}
	return outs
}

func (v *vet) substreams(folders uint64) {
	id := v.byte()
	counts := make([]uint64, folders)
	var files uint64
	for i := range counts {
		counts[i] = 1
	}
	if id == 0x0D {
		for i := range counts {
			counts[i] = v.count()
		}
		id = v.byte()
	}
	for _, n := range counts {
		if files += n; files > v.most {
			v.many = true
			v.fail()
			return
		}
	}
	if id == 0x09 {
		for _, n := range counts {
			if n > 1 {
				v.numbers(n - 1)
			}
		}
		id = v.byte()
	}
	if id == 0x0A {
		v.digests(files)
		id = v.byte()
	}
	v.expect(0, id)
}
