package seal

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/minio/sio"
)

// Files seals and opens files. It is safe for use by many goroutines.
type Files struct{ secrets Secrets }

// NewFiles derives the keys of sealed files, one for each name.
func NewFiles(secrets Secrets) *Files { return &Files{secrets} }

func (f *Files) config(name string) sio.Config {
	return sio.Config{
		MinVersion: sio.Version20, MaxVersion: sio.Version20, CipherSuites: []byte{sio.AES_256_GCM},
		Key: f.secrets.Key("sealed-file/" + name),
	}
}

// Seal writes what src holds to dst, encrypted under the key of a name. The same
// name is needed to open it.
func (f *Files) Seal(dst io.Writer, src io.Reader, name string) error {
	if _, err := sio.Encrypt(dst, src, f.config(name)); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	return nil
}

// Open reads a sealed file in clear, at any place. Closing it closes the file.
func (f *Files) Open(file *os.File, name string) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	clear, err := sio.DecryptedSize(uint64(info.Size()))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	at, err := sio.DecryptReaderAt(file, f.config(name))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return &File{SectionReader: io.NewSectionReader(whole{at, int64(clear)}, 0, int64(clear)), file: file}, nil
}

// Size is how many bytes a sealed file of so many bytes holds.
func Size(sealed int64) (int64, error) {
	n, err := sio.DecryptedSize(uint64(max(sealed, 0)))
	if err != nil {
		return 0, fmt.Errorf("seal: %w", err)
	}
	return int64(n), nil
}

// A File is a sealed file in clear.
type File struct {
	*io.SectionReader
	file *os.File
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// whole asks for no more than there is: the reader below takes a read that goes
// on behind the last package for a file that was cut off.
type whole struct {
	io.ReaderAt
	size int64
}

func (w whole) ReadAt(p []byte, off int64) (n int, err error) {
	if off >= w.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > w.size-off
	if short {
		p = p[:w.size-off]
	}
	n, err = w.ReaderAt.ReadAt(p, off)
	if n == len(p) && errors.Is(err, io.EOF) {
		err = nil
	}
	if err == nil && short {
		err = io.EOF
	}
	return n, err
}
