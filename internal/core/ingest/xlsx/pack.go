package xlsx

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/flate"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

const (
	directoryBytes = 16 << 20 // of the list of entries: 10,000 of them take two
	ratioFrom      = 8 << 20  // so many unpacked bytes prove nothing
)

// A pack is the zip file around a workbook. Its parts are found by the names
// that programs mean: case and the direction of slashes do not count.
type pack struct {
	ctx      context.Context
	file     ingest.File
	parts    map[string]*zip.File
	unpacked atomic.Int64 // over all parts
}

// openPack reads the list of entries and refuses what no program writes.
func openPack(ctx context.Context, f ingest.File) (*pack, error) {
	var head [64]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	if bytes.HasPrefix(head[:n], ole) {
		return nil, compound(ctx, f)
	}
	if !bytes.HasPrefix(head[:n], []byte("PK")) {
		return nil, ErrNotXLSX
	}
	listing := &bounded{r: f, left: directoryBytes}
	z, err := zip.NewReader(listing, f.Size)
	if err != nil {
		if cut(head[:n]) {
			return nil, fault.New(fault.Invalid, "file.xlsx.cut").Because(err)
		}
		return nil, fmt.Errorf("%w: %w", ErrNotXLSX, err)
	}
	listing.done = true
	p := &pack{ctx: ctx, file: f, parts: make(map[string]*zip.File, len(z.File))}
	if err := p.list(z.File); err != nil {
		return nil, err
	}
	return p, nil
}

// cut tells a workbook that lost its end on the way by the name of its first
// entry.
func cut(head []byte) bool {
	if len(head) < 30 {
		return false
	}
	for _, first := range []string{"[Content_Types].xml", "_rels/", "xl/", "docProps/"} {
		if bytes.HasPrefix(head[30:], []byte(first)) {
			return true
		}
	}
	return false
}

// A bounded reader gives up on a list of entries without end.
type bounded struct {
	r    io.ReaderAt
	left int64
	done bool // the list has been read
}

var errDirectory = errors.New("the list of entries is too long")

func (b *bounded) ReadAt(to []byte, at int64) (int, error) {
	if !b.done {
		if b.left -= int64(len(to)); b.left < 0 {
			return 0, errDirectory
		}
	}
	return b.r.ReadAt(to, at)
}

func (p *pack) list(files []*zip.File) error {
	if limit := p.file.Limits.Entries; limit > 0 && len(files) > limit {
		return fault.New(fault.TooLarge, "file.xlsx.entries", len(files), limit)
	}
	type span struct{ from, to int64 }
	var spans []span
	for _, z := range files {
		if strings.HasSuffix(z.Name, "/") {
			continue
		}
		name := partName(z.Name)
		if p.parts[name] != nil {
			return fault.New(fault.Invalid, "file.xlsx.twice", shown(z.Name))
		}
		p.parts[name] = z
		from, err := z.DataOffset()
		if err != nil {
			return damaged(z.Name).Because(err)
		}
		size := int64(z.CompressedSize64) //nolint:gosec // checked on the next line
		if size < 0 || from+size < from || from+size > p.file.Size {
			return damaged(z.Name)
		}
		spans = append(spans, span{from, from + size})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return fault.New(fault.Invalid, "file.xlsx.overlap")
		}
	}
	return nil
}

// partName is the one spelling of a part's name.
func partName(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+name), "/"))
}

// shown makes a name from the file fit for a message.
func shown(name string) string {
	if len(name) > 80 {
		name = name[:80] + "…"
	}
	return strings.ToValidUTF8(name, "?")
}

func damaged(part string) *fault.Error {
	return fault.New(fault.Invalid, "file.xlsx.damaged", shown(part))
}

func (p *pack) has(name string) bool { return p.parts[partName(name)] != nil }

// open unpacks a part. A file that lacks one it names is damaged.
func (p *pack) open(name string) (*part, error) {
	z := p.parts[partName(name)]
	if z == nil {
		return nil, damaged(name)
	}
	if z.Flags&1 != 0 {
		return nil, fault.New(fault.Invalid, "file.xlsx.password")
	}
	raw, err := z.OpenRaw()
	if err != nil {
		return nil, damaged(name).Because(err)
	}
	o := &part{pack: p, name: z.Name, claimed: z.UncompressedSize64, want: z.CRC32, sum: crc32.NewIEEE()}
	switch z.Method {
	case zip.Store:
		o.r = raw
	case zip.Deflate:
		o.r = flate.NewReader(raw)
	default:
		return nil, fault.New(fault.Invalid, "file.xlsx.method", shown(z.Name))
	}
	return o, nil
}

// A part is one part being unpacked, within the limits of its file.
type part struct {
	pack    *pack
	name    string
	claimed uint64 // bytes, as the directory says
	r       io.Reader
	sum     interface {
		io.Writer
		Sum32() uint32
	}
	want uint32
}

// Read implements io.Reader.
func (o *part) Read(b []byte) (int, error) {
	if err := o.pack.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := o.r.Read(b)
	if f := o.pack.spend(int64(n)); f != nil {
		return 0, f
	}
	o.sum.Write(b[:n]) //nolint:errcheck // a hash never fails
	if errors.Is(err, io.EOF) {
		if o.sum.Sum32() != o.want {
			return n, damaged(o.name)
		}
		return n, io.EOF
	}
	if err != nil {
		return n, damaged(o.name).Because(err)
	}
	return n, nil
}

// spend counts unpacked bytes.
func (p *pack) spend(n int64) error {
	all, l := p.unpacked.Add(n), p.file.Limits
	if l.Unpacked > 0 && all > l.Unpacked {
		return fault.New(fault.TooLarge, "file.xlsx.unpacked", l.Unpacked)
	}
	if l.Ratio > 0 && all > ratioFrom && all/l.Ratio > p.file.Size {
		return fault.New(fault.TooLarge, "file.xlsx.ratio", l.Ratio)
	}
	return nil
}

var ole = []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")

// compound tells what an OLE file is: a workbook under a password has a stream
// EncryptedPackage. Its name stands in the directory in UTF-16 and nowhere in a
// workbook of Excel 97 except by a joke.
func compound(ctx context.Context, f ingest.File) error {
	var name []byte
	for _, c := range []byte("EncryptedPackage") {
		name = append(name, c, 0)
	}
	r, buf, kept := f.All(), make([]byte, 1<<20), 0
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf[kept:])
		have := buf[:kept+n]
		if bytes.Contains(have, name) {
			return fault.New(fault.Invalid, "file.xlsx.password")
		}
		if errors.Is(err, io.EOF) {
			return ErrNotXLSX
		}
		if err != nil {
			return fmt.Errorf("reading the file: %w", err)
		}
		kept = copy(buf, have[max(0, len(have)-len(name)):])
	}
}
