package ingest

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func blockOf(rows ...string) *Block {
	b := new(Block)
	b.Reset(nil)
	for i, r := range rows {
		for c := range strings.SplitSeq(r, "|") {
			b.Put([]byte(c))
		}
		b.End(int64(i+1), Sound)
	}
	return b
}

func (b *Block) text() string {
	var w strings.Builder
	for i := range b.Records() {
		fmt.Fprintf(&w, "%d%s", b.Lines[i], []string{"", "few", "many", "quotes"}[b.Broken[i]])
		for c := range b.Cells(i) {
			fmt.Fprintf(&w, "|%s", b.Cell(i, c))
		}
		w.WriteString("\n")
	}
	return w.String()
}

func TestBlock_Keep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.StringMatching(`[a-c]{1,2}(\|[a-c]{0,2}){0,3}`), 0, 12).Draw(t, "rows")
		keep := rapid.SliceOfN(rapid.Bool(), len(rows), len(rows)).Draw(t, "keep")
		b := blockOf(rows...)
		b.Keep(func(i int) bool { return keep[i] })
		want := ""
		for i, r := range rows {
			if keep[i] {
				want += fmt.Sprintf("%d|%s\n", i+1, r)
			}
		}
		if got := b.text(); got != want {
			t.Fatalf("kept\n%s\nwant\n%s", got, want)
		}
		b.Add(99, []byte("z")) // what was kept can be added to
		if got := b.text(); got != want+"99|z\n" {
			t.Fatalf("after adding a row:\n%s", got)
		}
	})
}

func TestBlock_edit(t *testing.T) {
	b := blockOf("a|b", "c", "d|e|f", "g|h|")
	b.Judge(2)
	if got, want := b.text(), "1|a|b\n2few|c\n3many|d|e|f\n4|g|h|\n"; got != want {
		t.Errorf("judged\n%s, want\n%s", got, want)
	}
	b = blockOf("a|b", "c", "d|e|f")
	b.Pad(2)
	if got, want := b.text(), "1|a|b\n2|c|\n3|d|e|f\n"; got != want {
		t.Errorf("padded\n%s, want\n%s", got, want)
	}
	b.Rewrite(func(i int, w *Rewriter) {
		if i == 1 {
			return
		}
		x := w.Hold([]byte("x"))
		for c := range 2 {
			w.Copy(c)
			w.Write(x)
			w.Copy(-1)
			w.Copy(9)
			w.End()
		}
	})
	if got, want := b.text(), "1|a|x||\n1|b|x||\n3|d|x||\n3|e|x||\n"; got != want {
		t.Errorf("rewritten\n%s, want\n%s", got, want)
	}
}

func TestBlank(t *testing.T) {
	for s, want := range map[string]bool{"": true, " \t\r\n": true, "\u00a0 ": true, "x": false, " é": false, "\xC2": false, "\xA0": false} {
		if got := Blank([]byte(s)); got != want {
			t.Errorf("Blank(%q) = %v", s, got)
		}
	}
}
