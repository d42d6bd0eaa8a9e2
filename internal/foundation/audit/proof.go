package audit

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// The formats of the documents that leave the house.
const (
	receiptFormat     = "phohien-audit-receipt/1"
	consistencyFormat = "phohien-audit-consistency/1"
)

// A Receipt proves to anyone with the log's key, and nothing else of ours, that
// an entry stands in the log. It is one JSON document.
type Receipt struct {
	Format     string   `json:"format"`
	KeyID      string   `json:"key_id"` // which key the checkpoint is signed with
	Index      int64    `json:"index"`
	Erased     bool     `json:"erased,omitempty"` // payload and salt are gone: only that there was an entry is proved
	Payload    string   `json:"payload,omitempty"`
	Salt       string   `json:"salt,omitempty"` // base64
	Leaf       string   `json:"leaf"`           // base64: version, epoch, time, HMAC-SHA256(salt, payload)
	Proof      []string `json:"proof"`          // base64, RFC 6962 audit path
	Checkpoint string   `json:"checkpoint"`     // signed note
}

// A Consistency proves that the log of a newer checkpoint begins with all that
// stood in that of an older one, unchanged.
type Consistency struct {
	Format string   `json:"format"`
	KeyID  string   `json:"key_id"`
	Old    string   `json:"old"` // signed notes
	New    string   `json:"new"`
	Proof  []string `json:"proof"` // base64, RFC 6962 consistency proof
}

// hashes reads the tree of the signed checkpoint; what it reads is checked
// against its root.
func (r *Reader) hashes(c Checkpoint) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, diskTiles{r.dir})
}

// rootAt is the root of the tree when it had a size.
func (r *Reader) rootAt(size int64) (tlog.Hash, error) {
	c := r.signed()
	root, err := tlog.TreeHash(size, r.hashes(c))
	if err != nil {
		return root, damaged(r.dir, tileDir, err)
	}
	return root, nil
}

// Proof makes the receipt of an entry against the newest checkpoint. An entry
// of this very second may not be signed yet: Seal before, or ask again.
func (r *Reader) Proof(ctx context.Context, index int64) (Receipt, error) {
	c := r.signed()
	switch {
	case index < 0 || index >= r.size():
		return Receipt{}, r.noEntry(index)
	case index >= c.Size:
		return Receipt{}, fault.New(fault.Unavailable, "audit.not-signed", index)
	}
	p, err := tlog.ProveRecord(c.Size, index, r.hashes(c))
	if err != nil {
		return Receipt{}, damaged(r.dir, tileDir, err)
	}
	lf, err := r.leaf(index)
	if err != nil {
		return Receipt{}, err
	}
	receipt := Receipt{
		Format: receiptFormat, KeyID: r.key.ID(c.Epoch), Index: index, Leaf: encode(lf.append(nil)),
		Proof: encodeAll(p), Checkpoint: string(c.Note),
	}
	err = r.scanBlock(index/bundleSize, index+1, func(f frame, _, _ uint32) error {
		if f.index < index {
			return nil
		}
		if receipt.Erased = f.state == erased; !receipt.Erased {
			receipt.Payload, receipt.Salt = string(f.payload()), encode(f.salt()[:])
		}
		return ctx.Err()
	})
	return receipt, err
}

// Consistency proves that nothing has changed since an old checkpoint of this
// epoch or, where no restore came between, an earlier one.
func (r *Reader) Consistency(old []byte) (Consistency, error) {
	c := r.signed()
	o, err := r.key.Open(old)
	if err != nil {
		return Consistency{}, fault.New(fault.Invalid, "audit.bad-checkpoint").Because(err)
	}
	if o.Size > c.Size || o.Size == 0 {
		return Consistency{}, fault.New(fault.Conflict, "audit.newer-checkpoint", o.Size, c.Size)
	}
	p, err := tlog.ProveTree(c.Size, o.Size, r.hashes(c))
	if err != nil {
		return Consistency{}, damaged(r.dir, tileDir, err)
	}
	doc := Consistency{
		Format: consistencyFormat, KeyID: r.key.ID(c.Epoch), Old: string(old), New: string(c.Note), Proof: encodeAll(p),
	}
	if _, _, err := doc.Check(r.key); err != nil { // what is not so is not handed out
		return Consistency{}, err
	}
	return doc, nil
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func encodeAll(hashes []tlog.Hash) []string {
	all := make([]string, len(hashes))
	for i, h := range hashes {
		all[i] = encode(h[:])
	}
	return all
}

// decode reads base64 in its one spelling.
func decode(s string, n int) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || n > 0 && len(b) != n || encode(b) != s {
		return nil, fmt.Errorf("not %d bytes of base64", n)
	}
	return b, nil
}

func decodeAll(all []string) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(all))
	for i, s := range all {
		b, err := decode(s, tlog.HashSize)
		if err != nil {
			return nil, err
		}
		hashes[i] = tlog.Hash(b)
	}
	return hashes, nil
}

const mostDocument = 1 << 20

// readDocument reads one JSON document strictly.
func readDocument(text []byte, into any) error {
	bad := fault.New(fault.Invalid, "audit.bad-document")
	if len(text) > mostDocument {
		return fault.New(fault.TooLarge, "audit.big-document", int64(mostDocument))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return bad.Because(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return bad.Because(errors.New("more than one document"))
	}
	return nil
}

// ParseReceipt reads a receipt without verifying it.
func ParseReceipt(text []byte) (Receipt, error) {
	var r Receipt
	if err := readDocument(text, &r); err != nil {
		return r, err
	}
	if r.Format != receiptFormat {
		return r, fault.New(fault.Invalid, "audit.bad-document").Because(fmt.Errorf("format %q", r.Format))
	}
	return r, nil
}

// ParseConsistency reads a consistency proof without verifying it.
func ParseConsistency(text []byte) (Consistency, error) {
	var c Consistency
	if err := readDocument(text, &c); err != nil {
		return c, err
	}
	if c.Format != consistencyFormat {
		return c, fault.New(fault.Invalid, "audit.bad-document").Because(fmt.Errorf("format %q", c.Format))
	}
	return c, nil
}

// openFor verifies a checkpoint in a document and says what is wrong with it.
func openFor(k Key, signed, keyID string) (Checkpoint, error) {
	c, err := k.Open([]byte(signed))
	switch {
	case errors.Is(err, errCheckpointKey):
		return c, fault.New(fault.Invalid, "audit.proof-key", k.ID(max(c.Epoch, 1)), keyID).Because(err)
	case errors.Is(err, errCheckpointSign):
		return c, fault.New(fault.Invalid, "audit.proof-signature").Because(err)
	case err != nil:
		return c, fault.New(fault.Invalid, "audit.bad-checkpoint").Because(err)
	case keyID != k.ID(c.Epoch):
		return c, fault.New(fault.Invalid, "audit.proof-key", k.ID(c.Epoch), keyID)
	}
	return c, nil
}

// Check verifies a receipt and returns the entry that it proves.
func (r Receipt) Check(k Key) (Recorded, error) {
	rec := Recorded{Index: r.Index, Erased: r.Erased}
	c, err := openFor(k, r.Checkpoint, r.KeyID)
	if err != nil {
		return rec, err
	}
	raw, err := decode(r.Leaf, leafBytes)
	if err != nil {
		return rec, fault.New(fault.Invalid, "audit.bad-document").Because(err)
	}
	lf, err := parseLeaf(raw)
	if err != nil {
		return rec, fault.New(fault.Invalid, "audit.bad-document").Because(err)
	}
	p, err := decodeAll(r.Proof)
	if err != nil {
		return rec, fault.New(fault.Invalid, "audit.bad-document").Because(err)
	}
	if r.Index < 0 || r.Index >= c.Size || tlog.CheckRecord(p, c.Size, c.Root, r.Index, lf.hash()) != nil {
		return rec, fault.New(fault.Invalid, "audit.proof-path", r.Index)
	}
	rec.Epoch, rec.Time = int(lf.epoch), lf.at()
	if r.Erased {
		if r.Payload != "" || r.Salt != "" {
			return rec, fault.New(fault.Invalid, "audit.proof-payload", r.Index)
		}
		return rec, nil
	}
	return r.checkPayload(rec, lf)
}

func (r Receipt) checkPayload(rec Recorded, lf leaf) (Recorded, error) {
	salt, err := decode(r.Salt, saltBytes)
	if err != nil {
		return rec, fault.New(fault.Invalid, "audit.bad-document").Because(err)
	}
	var m macMaker
	if m.mac((*[saltBytes]byte)(salt), []byte(r.Payload)) != lf.mac {
		return rec, fault.New(fault.Invalid, "audit.proof-payload", r.Index)
	}
	e, err := parsePayload([]byte(r.Payload))
	if err != nil || e.Time.UnixMicro() != lf.time {
		return rec, fault.New(fault.Invalid, "audit.proof-payload", r.Index).Because(err)
	}
	rec.Entry = e
	return rec, nil
}

// Check verifies a consistency proof and returns its checkpoints.
func (c Consistency) Check(k Key) (older, newer Checkpoint, err error) {
	if newer, err = openFor(k, c.New, c.KeyID); err != nil {
		return older, newer, err
	}
	if older, err = k.Open([]byte(c.Old)); err != nil {
		return older, newer, fault.New(fault.Invalid, "audit.bad-checkpoint").Because(err)
	}
	p, err := decodeAll(c.Proof)
	if err != nil {
		return older, newer, fault.New(fault.Invalid, "audit.bad-document").Because(err)
	}
	if older.Size > newer.Size || older.Size < 1 || tlog.CheckTree(p, newer.Size, newer.Root, older.Size, older.Root) != nil {
		return older, newer, fault.New(fault.Invalid, "audit.proof-consistency", older.Size, newer.Size)
	}
	return older, newer, nil
}
