package audit

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/foundation/fault"
)

var testErasure = Erasure{By: Actor{Kind: "person", ID: "quan-tri", Name: "Quản trị"}, Org: "H33", Basis: "Luật 91/2025 Đ14", Purpose: "xóa theo yêu cầu"}

// TestErase: after an erasure no file of the log holds the number, and the log
// verifies.
func TestErase(t *testing.T) {
	const number = "001099012345"
	dir := t.TempDir()
	l := openLog(t, testOptions(dir))
	secret := func() Entry {
		e := sample(1)
		e.Object, e.Detail = "cong-dan/"+number, map[string]string{"so_dinh_danh": number}
		return e
	}
	var salts [][]byte
	for i := range 3 { // in a full block, in one on its way to disk, in the unfinished one
		index, err := l.Append(t.Context(), secret())
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			seal(t, l)
			r, err := l.Proof(t.Context(), index)
			if err != nil {
				t.Fatal(err)
			}
			salt, _ := decode(r.Salt, saltBytes)
			salts = append(salts, salt)
		}
		appendMany(t, l, 0, 200)
	}
	before := seal(t, l)
	if !holds(t, dir, []byte(number)) || !holds(t, dir, salts[0]) {
		t.Fatal("the test looks in the wrong place")
	}
	done, err := l.Erase(t.Context(), testErasure, func(r Recorded) bool { return strings.Contains(r.Object, number) })
	if err != nil || done.Count != 3 {
		t.Fatalf("erased %+v, %v", done, err)
	}
	if holds(t, dir, []byte(number)) || holds(t, dir, salts[0]) {
		t.Error("the number or its salt is still in a file of the log")
	}
	page, err := l.Entries(t.Context(), Query{Object: "cong-dan/" + number})
	if err != nil || len(page.Entries) > 0 {
		t.Errorf("found after all: %+v, %v", page, err)
	}
	for n := range l.Size() / bundleSize {
		b, err := l.Reader.block(n)
		if err != nil || b.may([]uint64{filterHash(3, "cong-dan/"+number)}) {
			t.Errorf("the filter of block %d still knows it (%v)", n, err)
		}
	}
	said, err := l.Entry(t.Context(), done.Leaf)
	if err != nil || said.Action != ActionErase || said.Basis != testErasure.Basis || said.Detail["leaves"] != "1,202,403" {
		t.Errorf("the leaf says %+v, %v", said, err)
	}
	gone, err := l.Entry(t.Context(), 202)
	if err != nil || !gone.Erased || gone.Object != "" || gone.Time.IsZero() {
		t.Errorf("what is left: %+v, %v", gone, err)
	}
	if doc, err := l.Consistency(before.Note); err != nil {
		t.Errorf("the tree is another one: %+v, %v", doc, err)
	}
	seal(t, l)
	receipt, err := l.Proof(t.Context(), 202)
	if err != nil || !receipt.Erased || receipt.Salt != "" {
		t.Errorf("receipt of an erased entry: %+v, %v", receipt, err)
	}
	if rec, err := receipt.Check(testKey(t)); err != nil || !rec.Erased {
		t.Errorf("it does not verify: %v", err)
	}
	again, err := l.EraseIndexes(t.Context(), testErasure, []int64{1, 202})
	if err != nil || again.Count != 0 || again.Leaf != -1 {
		t.Errorf("erasing twice: %+v, %v", again, err)
	}
	appendMany(t, l, 0, 300)
	closeLog(t, l)
	if r := verifyClean(t, dir); r.Erased != 3 {
		t.Errorf("%d erased", r.Erased)
	}
	closeLog(t, openLog(t, testOptions(dir)))
	verifyClean(t, dir)
}

func holds(t *testing.T, dir string, what []byte) bool {
	t.Helper()
	for _, path := range files(t, dir) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, what) {
			return true
		}
	}
	return false
}

func TestErase_refuses(t *testing.T) {
	l := openLog(t, testOptions(t.TempDir()))
	appendMany(t, l, 0, 3)
	if _, err := l.EraseIndexes(t.Context(), Erasure{}, []int64{1}); !fault.Is(err, "audit.no-basis") {
		t.Errorf("without a basis: %v", err)
	}
	if _, err := l.EraseIndexes(t.Context(), testErasure, []int64{0}); !fault.Is(err, "audit.keep-own") {
		t.Errorf("the log's own entry: %v", err)
	}
	if _, err := l.EraseIndexes(t.Context(), testErasure, []int64{4}); !fault.Is(err, "audit.no-entry") {
		t.Errorf("an entry that is not there: %v", err)
	}
}

// TestErase_unfinished: a process that died between journal and overwriting is
// finished at the next start.
func TestErase_unfinished(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, testOptions(dir))
	appendMany(t, l, 0, 300)
	closeLog(t, l)
	j := erasingJournal{Erasure: testErasure, Leaves: "7,9-11"}
	if err := putFileSynced(dir+"/"+payloadDir+"/"+erasingFile, j.text()); err != nil {
		t.Fatal(err)
	}
	if r := verifyClean(t, dir); len(r.Notes) != 1 {
		t.Errorf("notes: %v", r.Notes)
	}
	closeLog(t, openLog(t, testOptions(dir)))
	if r := verifyClean(t, dir); r.Erased != 4 || len(r.Notes) > 0 {
		t.Errorf("%d erased, notes %v", r.Erased, r.Notes)
	}
}

func TestErase_whileWriting(t *testing.T) {
	dir := t.TempDir()
	opt := testOptions(dir)
	opt.Tick = 5 * time.Millisecond
	l := openLog(t, opt)
	appendMany(t, l, 0, 1000)
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				if _, err := l.Append(t.Context(), sample(i)); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	for i := range int64(20) {
		if _, err := l.EraseIndexes(t.Context(), testErasure, []int64{1 + i*40, 2 + i*40}); err != nil {
			t.Error(err)
		}
		if i%5 == 0 {
			if r, err := Verify(t.Context(), dir, testKey(t)); err != nil || len(r.Problems) > 0 {
				t.Errorf("meanwhile: %v %+v", err, r.Problems)
			}
		}
	}
	close(stop)
	<-ended
	closeLog(t, l)
	if r := verifyClean(t, dir); r.Erased != 40 {
		t.Errorf("%d erased", r.Erased)
	}
}

func TestRanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Int64Range(0, 60), 1, 40).Draw(t, "indexes"))))
		got, err := parseRanges(formatRanges(want), 100)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v came back as %v, %v", want, got, err)
		}
	})
	for _, bad := range []string{"", "x", "3-", "5,3", "3-2", "1,1", "1-2,3", "-1", "0-100", "1--2", "9223372036854775807", "+1", "01"} {
		if got, err := parseRanges(bad, 100); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}
