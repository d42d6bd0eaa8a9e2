package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestArchiveIsTheSameBytes: what was put in first, when, and by whom does not
// show.
func TestArchiveIsTheSameBytes(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)
	pack := func(name string, order ...string) []byte {
		a := &archive{at: at}
		for _, f := range order {
			if err := a.add(f, []byte("nội dung "+f)); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(a.addSums(), a.write(filepath.Join(dir, name), "phohien-1")); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		sum, err := os.ReadFile(filepath.Join(dir, name+".sha256"))
		if want := fmt.Sprintf("%x  %s\n", sha256.Sum256(content), name); err != nil || string(sum) != want {
			t.Errorf("checksum beside it: %q, want %q (%v)", sum, want, err)
		}
		return content
	}
	one := pack("one.tar.gz", "b", "a/c", "a/b")
	two := pack("two.tar.gz", "a/b", "b", "a/c")
	if !bytes.Equal(one, two) {
		t.Error("the order in which files are added shows")
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(one))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(unzipped); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		if !h.ModTime.Equal(at) || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" {
			t.Errorf("%s: %+v", h.Name, h)
		}
	}
	if got, want := strings.Join(names, " "), "phohien-1/SHA256SUMS phohien-1/a/b phohien-1/a/c phohien-1/b"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestArchiveRefusesTwice(t *testing.T) {
	a := &archive{}
	if err := errors.Join(a.add("x", nil), a.add("x", nil)); err == nil {
		t.Error("one name for two files")
	}
}

// TestNeeds: a program that needs more than a bare server has is refused; Go's
// own is not.
func TestNeeds(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	n, err := needsOf(self)
	if err != nil || n.glibc == "" || !strings.Contains(n.list(), "libc.so.6") {
		t.Fatalf("%+v, %v", n, err) // the test links SQLite, as billOf does
	}
	kept := system
	t.Cleanup(func() { system = kept })
	system = []string{"libm.so.6"}
	if _, err := needsOf(self); err == nil || !strings.Contains(err.Error(), "libc.so.6") {
		t.Errorf("a library that a server may not have: %v", err)
	}
}

func TestPageOf(t *testing.T) {
	got, err := pageOf([]byte("# Cài đặt\n\n*[English](x.md)* [kia](van-hanh.md#kết-nối-từ-máy-khác) [xa](https://example.org/a.md)\n\n## Kết nối từ máy khác\n\n<script>alert(1)</script>\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`href="x.html"`, `href="van-hanh.html#`, `id="kết-nối-từ-máy-khác"`, `href="https://example.org/a.md"`, "<title>Cài đặt</title>", "<td>1</td>", `lang="vi"`} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
	if strings.Contains(string(got), "<script") {
		t.Error("HTML of a document became HTML of the page")
	}
}

func TestKnownLicences(t *testing.T) {
	for words, want := range map[string]string{
		"Apache License\n  Version 2.0, January 2004":                                           "Apache-2.0",
		"Permission is hereby granted, free of charge, to any person obtaining a copy\nof this": "MIT",
		"Redistributions in binary form must reproduce … Neither the name of Google":            "BSD-3-Clause",
		"Redistributions in binary form must reproduce the above":                               "BSD-2-Clause",
		"what nobody has read": "",
	} {
		if got := known([]text{{"LICENSE", []byte(words)}}); got != want {
			t.Errorf("%q is %q, want %q", words, got, want)
		}
	}
}

func TestDuckVersion(t *testing.T) {
	for in, want := range map[string]string{"v0.10505.0": "1.5.5", "v0.10402.0": "1.4.2"} {
		if got, err := duckVersion(in); got != want || err != nil {
			t.Errorf("%s is %s (%v), want %s", in, got, err, want)
		}
	}
	if got, err := duckVersion("v2.1.0"); err == nil {
		t.Errorf("v2.1.0 is %s", got)
	}
}

// TestNpmPackages: what only builds and tests the pages is not in them.
func TestNpmPackages(t *testing.T) {
	lock := filepath.Join(t.TempDir(), "package-lock.json")
	if err := os.WriteFile(lock, []byte(`{"packages": {"": {"version": "0"}, "node_modules/b": {"version": "2", "license": "MIT", "integrity": "sha512-AA=="},
		"node_modules/@a/c": {"version": "1"}, "node_modules/t": {"version": "5", "dev": true}, "node_modules/p": {"version": "5", "peer": true}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := npmPackages(lock)
	if err != nil || fmt.Sprint(got) != "[{@a/c 1  } {b 2 MIT sha512-AA==}]" {
		t.Errorf("%v, %v", got, err)
	}
}

// TestUnit: what the unit of systemd promises stands in it, and the credential has
// the name that the program looks for.
func TestUnit(t *testing.T) {
	unit, err := os.ReadFile("../../packaging/phohien.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"LoadCredential=phohien-master:", "StateDirectory=phohien", "ProtectSystem=strict", "NoNewPrivileges=yes", "ProtectHome=yes", "PrivateTmp=yes",
		"CapabilityBoundingSet=CAP_NET_BIND_SERVICE", "SystemCallFilter=@system-service", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "User=phohien",
	} {
		if !strings.Contains(string(unit), "\n"+want) {
			t.Errorf("%s is not in the unit", want)
		}
	}
}
