package main

import (
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

// TestTable: columns stand under each other whatever the letters: marks that
// stand alone, wide letters, what could move the cursor.
func TestTable(t *testing.T) {
	tab := newTable("mã", "tên", "số").numbers(2)
	tab.add("a", "Thái Thụy", "1.234")
	tab.add("bb", "Thái Thụy", "5") // marks as letters of their own
	tab.add("c", "漢字", "12")
	tab.add("d", "x\ny\x1b[2J", "")
	tab.add("e", strings.Repeat("ệ", 100), "7")
	var b strings.Builder
	if err := tab.write(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 7 {
		t.Fatalf("%d lines, want 7:\n%s", len(lines), b.String())
	}
	width := uniseg.StringWidth(lines[1])
	for _, i := range []int{0, 2, 3, 4, 6} {
		if got := uniseg.StringWidth(lines[i]); got != width {
			t.Errorf("line %d is %d wide, want %d: %q", i, got, width, lines[i])
		}
	}
	if strings.ContainsRune(b.String(), '\x1b') {
		t.Error("an escape has come through")
	}
	if !strings.Contains(lines[6], "…") {
		t.Errorf("a long cell is not cut: %s", lines[6])
	}
}

// TestTable_last: the last column is never cut.
func TestTable_last(t *testing.T) {
	long := strings.Repeat("lý do ", 40)
	tab := newTable("a", "lý do")
	tab.add("1", long)
	var b strings.Builder
	if err := tab.write(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), strings.TrimSpace(long)) {
		t.Errorf("cut: %s", b.String())
	}
}
