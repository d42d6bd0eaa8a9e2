package intake

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"

	"github.com/phohien/phohien/internal/core/ingest"
)

// oleMagic begins the compound files of Office before 2007.
const oleMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

// longestChain is how many sectors of a directory are looked at: no document
// needs so many.
const longestChain = 256

// ole tells the documents of old Office apart by the names of their streams.
func ole(f ingest.File) (Kind, traits, error) {
	streams, err := oleNames(f)
	if err != nil {
		return "", traits{}, err
	}
	has := func(names ...string) bool {
		for _, n := range names {
			if streams[n] {
				return true
			}
		}
		return false
	}
	t := traits{macros: has("_VBA_PROJECT_CUR")}
	switch {
	case has("EncryptedPackage"):
		return Locked, t, nil
	case has("Workbook", "Book", "WORKBOOK", "BOOK"):
		return XLS, t, nil
	case has("WordDocument"):
		return Doc, t, nil
	case has("PowerPoint Document"):
		return Slides, t, nil
	case has("__properties_version1.0"):
		return Mail, t, nil
	}
	return Binary, t, nil
}

// oleNames reads the names in the directory of a compound file. What cannot be
// followed ends the list; the reader of the kind says what is damaged.
func oleNames(f ingest.File) (map[string]bool, error) {
	var head [512]byte
	if n, err := f.ReadAt(head[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the head of the file: %w", err)
	} else if n < len(head) {
		return nil, nil
	}
	shift := binary.LittleEndian.Uint16(head[30:])
	if shift != 9 && shift != 12 {
		return nil, nil
	}
	size := int64(1) << shift
	names := map[string]bool{}
	sector := binary.LittleEndian.Uint32(head[48:])
	buf := make([]byte, size)
	for range longestChain {
		if sector >= 0xFFFFFFFA {
			break
		}
		n, err := f.ReadAt(buf, (int64(sector)+1)*size)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading the directory of the file: %w", err)
		}
		for at := 0; at+128 <= n; at += 128 {
			names[oleName(buf[at:at+128])] = true
		}
		if sector, err = oleNext(f, head[:], sector, size); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func oleName(entry []byte) string {
	length := int(binary.LittleEndian.Uint16(entry[64:]))/2 - 1 // with its zero
	if length < 0 || length > 31 {
		return ""
	}
	units := make([]uint16, length)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(entry[2*i:])
	}
	return string(utf16.Decode(units))
}

// oleNext finds the sector that follows in a chain, in the part of the
// allocation table that the head of the file points to.
func oleNext(f ingest.File, head []byte, sector uint32, size int64) (uint32, error) {
	const end = 0xFFFFFFFE
	each := uint32(size / 4)
	if sector/each >= 109 {
		return end, nil
	}
	table := binary.LittleEndian.Uint32(head[76+4*(sector/each):])
	if table >= 0xFFFFFFFA {
		return end, nil
	}
	var next [4]byte
	if _, err := f.ReadAt(next[:], (int64(table)+1)*size+4*int64(sector%each)); errors.Is(err, io.EOF) {
		return end, nil
	} else if err != nil {
		return end, fmt.Errorf("reading the file: %w", err)
	}
	return binary.LittleEndian.Uint32(next[:]), nil
}
