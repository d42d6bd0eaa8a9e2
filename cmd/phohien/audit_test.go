package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/audit"
)

// commandLine runs the program in this process and returns what it writes.
func commandLine(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), args, streams{in: strings.NewReader(""), out: &o, err: &e})
	return code, o.String(), e.String()
}

// TestAudit walks through the commands beside a process that holds the log.
func TestAudit(t *testing.T) {
	data := t.TempDir()
	t.Setenv("PHOHIEN_DATA", data)
	t.Setenv("PHOHIEN_LANG", "vi")
	signer := ed25519.NewKeyFromSeed([]byte("mot khoa chi de thu, 32 byte!!!!"))
	l, err := audit.Open(audit.Options{Dir: filepath.Join(data, auditFolder), Origin: "phohien.test/audit", Signer: signer, Tick: time.Hour,
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	for range 5 {
		if _, err := l.Append(t.Context(), audit.Entry{Action: "record.read", Object: "bo-du-lieu", Result: audit.Allow}); err != nil {
			t.Fatal(err)
		}
	}
	old, err := l.Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	oldFile := filepath.Join(t.TempDir(), "checkpoint")
	if err := os.WriteFile(oldFile, old.Note, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), audit.Entry{Action: "record.read", Object: "bo-du-lieu-2", Result: audit.Deny}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}

	code, out, errs := commandLine(t, "audit", "verify")
	if code != 0 || !strings.Contains(out, "Nhật ký nguyên vẹn: 7 mục") || !strings.Contains(errs, "--key") {
		t.Errorf("verify: %d\n%s%s", code, out, errs)
	}
	code, key, errs := commandLine(t, "audit", "key")
	if code != 0 || strings.TrimSpace(key) != l.Key().String() {
		t.Errorf("key: %d\n%s%s", code, key, errs)
	}
	code, out, errs = commandLine(t, "audit", "verify", "--key", strings.TrimSpace(key), "--json")
	var v verified
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != 0 || !v.OK || v.Size != 7 || errs != "" {
		t.Errorf("verify with a key: %d %v\n%s%s", code, err, out, errs)
	}
	code, out, errs = commandLine(t, "audit", "proof", "3")
	receipt, err := audit.ParseReceipt([]byte(out))
	if err != nil || code != 0 {
		t.Fatalf("proof: %d %v\n%s%s", code, err, out, errs)
	}
	if rec, err := receipt.Check(l.Key()); err != nil || rec.Object != "bo-du-lieu" {
		t.Errorf("the receipt: %+v, %v", rec, err)
	}
	code, out, errs = commandLine(t, "audit", "consistency", oldFile)
	doc, err := audit.ParseConsistency([]byte(out))
	if err != nil || code != 0 {
		t.Fatalf("consistency: %d %v\n%s%s", code, err, out, errs)
	}
	if older, newer, err := doc.Check(l.Key()); err != nil || older.Size != 6 || newer.Size != 7 {
		t.Errorf("consistency: %d, %d, %v", older.Size, newer.Size, err)
	}
	for _, format := range audit.Formats {
		if code, out, errs := commandLine(t, "audit", "export", "--format", format, "--since", "2020-01-01"); code != 0 || strings.Count(out, "\n") != 7 {
			t.Errorf("export as %s: %d\n%s%s", format, code, out, errs)
		}
	}
	if code, out, _ := commandLine(t, "audit", "page"); code != 0 || out != string(audit.VerifierPage()) {
		t.Errorf("page: %d, %d bytes", code, len(out))
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"proof", "7"}, "Không có mục nhật ký số 7"},
		{[]string{"proof", "x"}, "không phải số thứ tự"},
		{[]string{"export", "--format", "xml"}, "jsonl, cef, ocsf"},
		{[]string{"export", "--until", "hôm qua"}, "2026-11-22"},
		{[]string{"verify", "--key", "abc"}, "phohien audit key"},
		{[]string{"consistency", filepath.Join(data, auditFolder, "key")}, "Điểm kiểm"},
	} {
		if code, _, errs := commandLine(t, append([]string{"audit"}, c.args...)...); code == 0 || !strings.Contains(errs, c.says) {
			t.Errorf("%v: %d\n%s", c.args, code, errs)
		}
	}

	// One bit of an entry.
	segment := filepath.Join(data, auditFolder, "payload", "000000.log")
	text, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	text[bytes.Index(text, []byte("bo-du-lieu-2"))] ^= 1
	if err := os.WriteFile(segment, text, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, _ = commandLine(t, "audit", "verify")
	if code != 1 || !strings.Contains(out, "KHÔNG nguyên vẹn") || !strings.Contains(out, "payload/000000.log") || !strings.Contains(out, "mục số 6") {
		t.Errorf("verify of a changed log: %d\n%s", code, out)
	}
}
