package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
)

// A row is one line of a source, by heading.
type row map[string]string

// read returns the lines of a CSV file by heading; a byte order mark goes.
func read(path string) ([]row, error) {
	b, err := os.ReadFile(path)
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
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
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
	note("%-45s %6d rows %8d bytes", path, len(lines), b.Len())
	return os.WriteFile(path, b.Bytes(), 0o644)
}
