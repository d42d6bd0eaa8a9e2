package app

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// TokenFile holds the write token of a running server, for the command line of
// the same user. It is gone when the server stops.
const TokenFile = "token"

// newToken makes a secret that nobody guesses.
func newToken() string { return rand.Text() + rand.Text() }

// writeToken keeps the token where only its owner reads it.
func writeToken(dir, token string) (path string, err error) {
	if path, err = filepath.Abs(filepath.Join(dir, TokenFile)); err != nil {
		return "", err
	}
	return path, writeSecret(path, token)
}

// writeSecret writes a file that its owner alone can read. One left behind may
// have other permissions: it is made anew.
func writeSecret(path, text string) (err error) {
	if err := removeToken(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.WriteString(text + "\n")
	return err
}

func removeToken(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
