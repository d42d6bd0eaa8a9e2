//go:build unix

package xlsx

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapped gives the bytes of a file as memory that the system may take back, or
// nil.
func mapped(f *os.File, size int64) []byte {
	if size <= 0 || size != int64(int(size)) {
		return nil
	}
	b, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED) //nolint:gosec // a descriptor
	if err != nil {
		return nil // read instead
	}
	return b
}

func unmap(b []byte) error {
	if b == nil {
		return nil
	}
	return unix.Munmap(b)
}
