package audit

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/foundation/fault"
)

var update = flag.Bool("update", false, "write the golden files again")

// steppedLog is a log whose entries are a second apart.
func steppedLog(t *testing.T, n int) (*Log, time.Time) {
	t.Helper()
	opt := testOptions(t.TempDir())
	begin := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	now := begin
	opt.Now, opt.Mono = func() time.Time { return now }, func() time.Duration { return now.Sub(begin) }
	l := openLog(t, opt)
	for i := range n {
		if i%3 == 0 { // three in each second
			now = begin.Add(time.Duration(i/3) * time.Second)
		}
		if _, err := l.Append(t.Context(), sample(i)); err != nil {
			t.Fatal(err)
		}
	}
	return l, begin
}

// TestEntries compares pages with what a plain walk finds.
func TestEntries(t *testing.T) {
	l, begin := steppedLog(t, 900)
	seal(t, l)
	if _, err := l.EraseIndexes(t.Context(), testErasure, []int64{10, 300, 301, 899}); err != nil {
		t.Fatal(err)
	}
	appendMany(t, l, 900, 30) // not on disk yet, but for the payloads
	whole, err := l.Entries(t.Context(), Query{Limit: 10_000})
	if err != nil || whole.More || int64(len(whole.Entries)) != l.Size() {
		t.Fatalf("%d of %d entries, %v", len(whole.Entries), l.Size(), err)
	}
	some := func(values ...string) *rapid.Generator[string] { return rapid.SampledFrom(append(values, "", "", "")) }
	rapid.Check(t, func(rt *rapid.T) {
		q := Query{
			From: rapid.Int64Range(0, 950).Draw(rt, "from"), Before: rapid.Int64Range(0, 950).Draw(rt, "before"),
			Actor: some("u-1", "u-5", "nobody").Draw(rt, "actor"), Org: some("H01").Draw(rt, "org"), Action: some("record.read", ActionErase).Draw(rt, "action"),
			Object: some("bo-du-lieu-3").Draw(rt, "object"), Purpose: some("kiểm tra").Draw(rt, "purpose"), Result: some(Allow, Deny).Draw(rt, "result"),
			Text: some("can bo thu 3", "NGAY_SINH", "khong co").Draw(rt, "text"), Limit: rapid.IntRange(1, 200).Draw(rt, "limit"), Newest: rapid.Bool().Draw(rt, "newest"),
		}
		if rapid.Bool().Draw(rt, "timed") {
			q.Since = begin.Add(time.Duration(rapid.IntRange(0, 320).Draw(rt, "since")) * time.Second)
			q.Until = begin.Add(time.Duration(rapid.IntRange(0, 320).Draw(rt, "until")) * time.Second)
		}
		var want []int64
		for _, e := range whole.Entries {
			if picked(q, e) {
				want = append(want, e.Index)
			}
		}
		if q.Newest {
			slices.Reverse(want)
		}
		var got []int64
		for page := q; ; {
			p, err := l.Entries(t.Context(), page)
			if err != nil {
				rt.Fatal(err)
			}
			if len(p.Entries) > q.Limit {
				rt.Fatalf("%d entries on a page of %d", len(p.Entries), q.Limit)
			}
			for _, e := range p.Entries {
				got = append(got, e.Index)
			}
			if !p.More {
				break
			}
			if page.From = p.Next; q.Newest {
				page.From, page.Before = q.From, p.Next
			}
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("%+v: got %v, want %v", q, got, want)
		}
	})
}

// picked is the plain way to say what a query picks.
func picked(q Query, e Recorded) bool {
	if e.Index < q.From || q.Before > 0 && e.Index >= q.Before || e.Time.Before(q.Since) || !q.Until.IsZero() && !e.Time.Before(q.Until) {
		return false
	}
	named := q.Actor+q.Org+q.Action+q.Object+q.Purpose+q.Result+q.Text != ""
	if e.Erased {
		return !named
	}
	s := search{q: q, folded: map[string]string{"can bo thu 3": "can bo thu 3", "NGAY_SINH": "ngay_sinh", "khong co": "khong co"}[q.Text]}
	return s.equal(&e.Entry)
}

// TestReader_noIndex: without its index a log is slower, not other; the next
// start makes it anew.
func TestReader_noIndex(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, testOptions(dir))
	appendMany(t, l, 0, 1000)
	closeLog(t, l)
	if err := os.Remove(filepath.Join(dir, indexFile(0))); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.Entries(t.Context(), Query{Actor: "u-3", Limit: 1000})
	if err != nil || len(page.Entries) != 143 {
		t.Errorf("%d entries, %v", len(page.Entries), err)
	}
	if e, err := r.Entry(t.Context(), 900); err != nil || e.Index != 900 {
		t.Errorf("%+v, %v", e, err)
	}
	closeLog(t, openLog(t, testOptions(dir)))
	verifyClean(t, dir)
}

func TestOpenReader_refuses(t *testing.T) {
	if _, err := OpenReader(t.TempDir()); !fault.Is(err, "audit.no-log") {
		t.Errorf("no log: %v", err)
	}
	if _, err := Verify(t.Context(), t.TempDir(), testKey(t)); !fault.Is(err, "audit.no-log") {
		t.Errorf("no log: %v", err)
	}
}

// TestExport compares each format with its golden file.
func TestExport(t *testing.T) {
	opt := testOptions(t.TempDir())
	now := time.Date(2026, 11, 22, 17, 30, 0, 123456000, time.UTC)
	begin := now
	opt.Now, opt.Mono = func() time.Time { return now }, func() time.Duration { return now.Sub(begin) }
	l := openLog(t, opt)
	hostile := Entry{
		Actor: Actor{Kind: "program", ID: `a=b|c\d`, Name: "dòng 1\ndòng 2\r\n=hết"}, Org: "H33.7", RealIP: "2001:db8::1", Dest: "cổng | thử",
		Action: `record|read\x`, Object: "đối=tượng", Purpose: `mục đích \ "ngoặc"`, Basis: "NĐ 278/2025", Result: Deny, Why: []string{"policy.no", "p=1"},
		Trace: "0af7651916cd43dd8448eb211c80319c", Detail: map[string]string{"k=1": "v|2", "a": "\t<&>"},
	}
	for _, e := range []Entry{sample(0), sample(1), hostile, {Action: "job.run", Result: Failed}} {
		now = now.Add(time.Second)
		if _, err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.EraseIndexes(t.Context(), testErasure, []int64{2}); err != nil {
		t.Fatal(err)
	}
	for _, format := range Formats {
		var got bytes.Buffer
		n, err := l.Export(t.Context(), &got, format, Query{})
		if err != nil || n != 6 {
			t.Fatalf("%s: %d entries, %v", format, n, err)
		}
		if lines := bytes.Count(got.Bytes(), []byte("\n")); lines != 6 {
			t.Errorf("%s: %d lines", format, lines)
		}
		path := filepath.Join("testdata", "export."+format)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: got\n%s\nwant\n%s", format, got.Bytes(), want)
		}
	}
	if _, err := l.Export(t.Context(), &bytes.Buffer{}, "xml", Query{}); !fault.Is(err, "audit.bad-format") {
		t.Errorf("no such format: %v", err)
	}
	var since bytes.Buffer
	if n, err := l.Export(t.Context(), &since, JSONLines, Query{Since: begin.Add(3 * time.Second), Until: begin.Add(4 * time.Second)}); err != nil || n != 1 {
		t.Errorf("one second: %d entries, %v", n, err)
	}
}
