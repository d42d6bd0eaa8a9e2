package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A row is one line of a source, by heading.
type row map[string]string

// readFile reads a file, unpacked when its name ends in .gz.
func readFile(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil || filepath.Ext(path) != ".gz" {
		return b, err
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if b, err = io.ReadAll(r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// read returns the lines of a CSV file by heading; a byte order mark goes.
func read(path string) ([]row, error) {
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	rows := make([]row, 0, len(lines))
	for _, line := range lines[1:] {
		r := row{}
		for i, heading := range lines[0] {
			r[heading] = line[i]
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// write makes a CSV file with this heading; the folder is made when missing.
func write(path string, heading []string, lines [][]string) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(heading); err != nil {
		return err
	}
	for i, line := range lines {
		if len(line) != len(heading) {
			return fmt.Errorf("%s: line %d has %d cells, want %d", path, i+1, len(line), len(heading))
		}
	}
	if err := w.WriteAll(lines); err != nil {
		return err
	}
	return keep(path, b.Bytes(), len(lines))
}

// keep writes a file of so many rows; one whose name ends in .gz is packed. The
// same rows give the same bytes.
func keep(path string, b []byte, rows int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if filepath.Ext(path) == ".gz" {
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		b = packed.Bytes()
	}
	note("%-45s %6d rows %8d bytes", path, rows, len(b))
	return os.WriteFile(path, b, 0o644)
}
