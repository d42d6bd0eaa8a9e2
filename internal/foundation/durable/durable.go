// Package durable writes files that are there after a crash, for their owner
// alone.
package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Write makes a file of what is read, and its folders. A file of that name is
// not written over: the error is fs.ErrExist.
func Write(to string, from io.Reader) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, from); err != nil {
		return err
	}
	return out.Sync()
}

// Copy is Write of another file's bytes.
func Copy(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return Write(to, in)
}
