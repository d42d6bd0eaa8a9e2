package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/foundation/jsontext"
)

// TestProof: each receipt of a log verifies, and no other one does with any part
// of another.
func TestProof(t *testing.T) {
	l := openLog(t, testOptions(t.TempDir()))
	appendMany(t, l, 0, 700)
	old := seal(t, l)
	appendMany(t, l, 700, 333)
	seal(t, l)
	key := testKey(t)
	rapid.Check(t, func(rt *rapid.T) {
		i := rapid.Int64Range(0, l.Size()-1).Draw(rt, "index")
		r, err := l.Proof(t.Context(), i)
		if err != nil {
			rt.Fatal(err)
		}
		if rec, err := r.Check(key); err != nil || rec.Index != i {
			rt.Fatalf("receipt of %d: %v", i, err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			rt.Fatal(err)
		}
		// Any one character of the document changed.
		at := rapid.IntRange(0, len(text)-1).Draw(rt, "at")
		to := rapid.Byte().Draw(rt, "to")
		if text[at] == to {
			return
		}
		changed := bytes.Clone(text)
		changed[at] = to
		again, err := ParseReceipt(changed)
		if err != nil {
			return
		}
		if _, err := again.Check(key); err == nil && !equalReceipts(again, r) {
			rt.Fatalf("%q for %q at %d: a changed receipt verifies", to, text[at], at)
		}
	})
	doc, err := l.Consistency(old.Note)
	if err != nil {
		t.Fatal(err)
	}
	for i := range doc.Proof {
		bad := doc
		bad.Proof = slices.Clone(doc.Proof)
		bad.Proof[i] = encode(make([]byte, 32))
		if _, _, err := bad.Check(key); err == nil {
			t.Errorf("a consistency proof with hash %d changed verifies", i)
		}
	}
}

func equalReceipts(a, b Receipt) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

// TestTree: our right edge gives the same roots as package tlog.
func TestTree(t *testing.T) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		all := make([]tlog.Hash, len(indexes))
		for i, n := range indexes {
			all[i] = stored[n]
		}
		return all, nil
	})
	tr := &tree{full: func(int, int64, []tlog.Hash) {}}
	if want, _ := tlog.TreeHash(0, reader); tr.root() != want {
		t.Error("the empty tree has another root")
	}
	for i := range int64(66_000) {
		l := leaf{epoch: 1, time: i, mac: sha256.Sum256([]byte{byte(i)})}
		more, err := tlog.StoredHashes(i, l.append(nil), reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		tr.add(l.hash())
		if i < 600 || i%977 == 0 || i > 65_530 && i < 65_540 {
			if want, err := tlog.TreeHash(i+1, reader); err != nil || tr.root() != want {
				t.Fatalf("%d leaves: another root than tlog's (%v)", i+1, err)
			}
		}
	}
}

// TestTile_path compares with the paths of package tlog, which differ from C2SP's
// by the height and the name of the data.
func TestTile_path(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := tile{rapid.IntRange(-1, 7).Draw(t, "level"), rapid.Int64Range(0, 1<<40).Draw(t, "n"), rapid.IntRange(1, 256).Draw(t, "width")}
		path := want.path()
		theirs := tlog.Tile{H: 8, L: want.level, N: want.n, W: want.width}.Path()
		if ours := strings.Replace(strings.Replace(path, "tile/", "tile/8/", 1), "/entries/", "/data/", 1); ours != theirs {
			t.Fatalf("%s, tlog has %s", ours, theirs)
		}
		if got, ok := parseTilePath(path); !ok || got != want {
			t.Fatalf("%s came back as %+v", path, got)
		}
	})
}

// TestNote: our checkpoints are signed notes to package note.
func TestNote(t *testing.T) {
	for _, epoch := range []int{1, 2, 17} {
		k := testKey(t)
		c := signCheckpoint(k, testSigner, epoch, 42, tlog.Hash{1})
		v, err := note.NewVerifier(k.Epoch(epoch))
		if err != nil {
			t.Fatal(err)
		}
		n, err := note.Open(c.Note, note.VerifierList(v))
		if err != nil || len(n.Sigs) != 1 {
			t.Errorf("epoch %d: %v", epoch, err)
		}
		if got, err := k.Open(c.Note); err != nil || got.Epoch != epoch || got.Size != 42 {
			t.Errorf("epoch %d: %+v, %v", epoch, got, err)
		}
		if again, err := ParseKey(k.Epoch(epoch)); err != nil || again.String() != k.String() {
			t.Errorf("epoch %d: key came back as %s, %v", epoch, again, err)
		}
	}
	for _, bad := range []string{"", "a b", "a+b", "x/2", "x/10", "đ", "a\nb"} {
		if _, err := NewKey(bad, testKey(t).Public); err == nil {
			t.Errorf("%q is taken as a name", bad)
		}
	}
}

// TestMAC compares with crypto/hmac, and payloads with the house's spelling.
func TestMAC(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z0-9."\\ộ]{0,20}`), rapid.SampledFrom([]string{"", "\x00", "\xff\xfe", "\u2028", "<&>"}))
	var m macMaker
	rapid.Check(t, func(t *rapid.T) {
		e := Entry{Actor: Actor{text.Draw(t, "kind"), text.Draw(t, "id"), text.Draw(t, "name")}, Org: text.Draw(t, "org"), RealIP: text.Draw(t, "ip"),
			Dest: text.Draw(t, "dest"), Action: text.Draw(t, "action"), Object: text.Draw(t, "object"), Purpose: text.Draw(t, "purpose"),
			Basis: text.Draw(t, "basis"), Result: text.Draw(t, "result"), Trace: text.Draw(t, "trace"), ClockHealth: ClockSynced,
			Why: rapid.SliceOf(text).Draw(t, "why"), Detail: rapid.MapOf(rapid.StringMatching(`[a-zđ"]{1,4}`), text).Draw(t, "detail")}
		e.Time = sample(0).Time.AddDate(2025, 0, 0)
		payload := e.appendPayload(nil)
		if canonical, err := jsontext.Canonical(payload); err != nil || !bytes.Equal(canonical, payload) {
			t.Fatalf("not in the house's spelling: %s, %v", payload, err)
		}
		back, err := parsePayload(payload)
		if err != nil || !bytes.Equal(back.appendPayload(nil), payload) {
			t.Fatalf("does not come back: %s, %v", payload, err)
		}
		salt := sha256.Sum256(payload)
		h := hmac.New(sha256.New, salt[:])
		h.Write(payload)
		if got := m.mac(&salt, payload); !bytes.Equal(h.Sum(nil), got[:]) {
			t.Fatal("another MAC than crypto/hmac's")
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	k, err := ParseKey("phohien.test/audit/thu+" + strings.SplitN(mustKey(f), "+", 2)[1])
	if err != nil {
		f.Fatal(err)
	}
	c := signCheckpoint(k, testSigner, 2, 7, tlog.Hash{3})
	f.Add(c.Note)
	f.Add([]byte("a\n1\n\n\n— a b\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, _, err := parseCheckpoint(text)
		if err == nil && !bytes.Equal(got.Note, text) {
			t.Errorf("%q came back as %q", text, got.Note)
		}
		if opened, err := k.Open(text); err == nil && (opened.Size != 7 || !bytes.Equal(text, c.Note)) {
			t.Errorf("a checkpoint that nobody signed: %q", text)
		}
	})
}

func mustKey(t testing.TB) string { return testKey(t).String() }

// fixedReceipt is the same in each of the fuzzer's processes.
func fixedReceipt(k Key) Receipt {
	e := sample(3)
	e.Time = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	payload, salt := e.appendPayload(nil), sha256.Sum256([]byte("salt"))
	var m macMaker
	l := leaf{epoch: 1, time: e.Time.UnixMicro(), mac: m.mac(&salt, payload)}
	before := leaf{epoch: 1, time: 1}.hash()
	c := signCheckpoint(k, testSigner, 1, 2, tlog.NodeHash(before, l.hash()))
	return Receipt{Format: receiptFormat, KeyID: k.ID(1), Index: 1, Payload: string(payload), Salt: encode(salt[:]),
		Leaf: encode(l.append(nil)), Proof: encodeAll([]tlog.Hash{before}), Checkpoint: string(c.Note)}
}

func FuzzReceipt(f *testing.F) {
	r := fixedReceipt(testKey(f))
	if _, err := r.Check(testKey(f)); err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		f.Fatal(err)
	}
	key := testKey(f)
	f.Add(text)
	f.Add([]byte(`{"format":"phohien-audit-receipt/1","index":-1,"proof":["","AA=="]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParseReceipt(text)
		if err != nil {
			return
		}
		if _, err := got.Check(key); err == nil && !equalReceipts(got, r) {
			t.Errorf("a receipt that nobody made verifies: %s", text)
		}
	})
}

func FuzzBundle(f *testing.F) {
	good := appendBundle(appendBundle(nil, leaf{epoch: 1, time: 5}), leaf{epoch: 2, time: -1})
	f.Add(good, 1)
	f.Add([]byte{0, 45, 1}, 0)
	f.Fuzz(func(t *testing.T, bundle []byte, i int) {
		if i > 1<<20 || i < -1<<20 {
			return
		}
		l, err := bundleLeaf(bundle, i)
		if err == nil && !bytes.Equal(appendBundle(nil, l), bundle[i*bundleEntry:(i+1)*bundleEntry]) {
			t.Errorf("entry %d of %x came back as %+v", i, bundle, l)
		}
	})
}

func FuzzFrame(f *testing.F) {
	b := append(appendHead(nil), make([]byte, saltBytes)...)
	b = append(b, `{"v":"1"}`...)
	sealFrame(b, live, 9)
	f.Add(b)
	gone := make([]byte, len(b))
	sealFrame(gone, erased, 9)
	f.Add(gone)
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, n, err := readFrame(b)
		if err != nil {
			return
		}
		again := append(appendHead(nil), fr.body...)
		sealFrame(again, fr.state, fr.index)
		if !bytes.Equal(again, b[:n]) {
			t.Errorf("%x came back as %x", b[:n], again)
		}
	})
}
