package corridor

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ErasedName is the list of all that was ever erased, in the data folder. It
// holds keyed hashes and no values, is only ever added to, and is not among what
// a backup brings back: a restore keeps what either of both lists names.
const ErasedName = "erasures.jsonl"

// listed is one line of that list.
type listed struct {
	ID      string   `json:"id"`
	Dataset string   `json:"dataset"` // address
	Hash    string   `json:"hash"`    // of the key
	Texts   []string `json:"texts"`   // hashes of the personal numbers
	Basis   string   `json:"basis"`
	At      string   `json:"at"`
}

func (c *Corridor) erasedPath() string {
	dir := c.Data
	if dir == "" {
		dir = filepath.Dir(c.WorkDir)
	}
	return filepath.Join(dir, ErasedName)
}

// listErased adds an erasure to the list, durably and once.
func (c *Corridor) listErased(l listed) error {
	have, err := readErased(c.erasedPath())
	if err != nil || slices.ContainsFunc(have, func(h listed) bool { return h.ID == l.ID }) {
		return err
	}
	return appendErased(c.erasedPath(), l)
}

func appendErased(path string, list ...listed) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("list of erasures: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var b bytes.Buffer
	for _, l := range list {
		text, err := json.Marshal(l)
		if err != nil {
			return err
		}
		b.Write(append(text, '\n'))
	}
	if _, err := f.Write(b.Bytes()); err != nil {
		return noSpace(fmt.Errorf("list of erasures: %w", err))
	}
	return f.Sync()
}

// readErased reads the list. A last line that was broken off belongs to an
// erasure that is still planned in the control database: it is cut off.
func readErased(path string) (list []listed, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list of erasures: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in := bufio.NewReader(f)
	for n, whole := 1, int64(0); ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(line) > 0 {
				return list, f.Truncate(whole)
			}
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		var l listed
		if err := json.Unmarshal(line, &l); err != nil || l.ID == "" || l.Dataset == "" {
			return nil, fault.New(fault.Unavailable, "erase.list", ErasedName, n).Because(err)
		}
		list = append(list, l)
		whole += int64(len(line))
	}
}

// MergeErased adds to the list of a data folder what the list of a backup has
// beside it.
func MergeErased(backup, data string) error {
	have, err := readErased(filepath.Join(data, ErasedName))
	if err != nil {
		return err
	}
	there, err := readErased(filepath.Join(backup, ErasedName))
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, l := range have {
		known[l.ID] = true
	}
	there = slices.DeleteFunc(there, func(l listed) bool { return known[l.ID] })
	if len(there) == 0 {
		return nil
	}
	return appendErased(filepath.Join(data, ErasedName), there...)
}

// hashTexts are the hashes of the numbers of a trace, as a spreadsheet may have
// left them: without leading zeros.
func (c *Corridor) hashTexts(t record.Trace) []string {
	all := []string{}
	for _, s := range t.Texts {
		all = append(all, c.hashText(s))
	}
	return all
}

func (c *Corridor) hashText(s string) string {
	return record.HashText(c.Keys, strings.TrimLeft(s, "0"))
}

// eraseAgain goes on with what was begun, and erases again what a backup has
// brought back: every erasure of the list that a data set's own file has not
// carried out. Nobody has been let in yet.
func (c *Corridor) eraseAgain(ctx context.Context) error {
	if err := c.resumeErasures(ctx); err != nil {
		return fmt.Errorf("erasures: %w", err)
	}
	list, err := readErased(c.erasedPath())
	if err != nil || len(list) == 0 {
		return err
	}
	open := map[string][]listed{}
	for _, l := range list {
		_, obj, err := c.object(ctx, l.Dataset)
		if notThere(err) {
			continue // removed since, with its rows
		}
		if err != nil {
			return err
		}
		done, err := c.Truth.IsErased(ctx, obj.Contract, l.ID)
		if err != nil {
			return err
		}
		if !done {
			open[l.Dataset] = append(open[l.Dataset], l)
		}
	}
	var planned []Erasure
	for address, wanted := range open {
		more, err := c.returned(ctx, address, wanted)
		if err != nil {
			return fmt.Errorf("what was erased from %s: %w", address, err)
		}
		planned = append(planned, more...)
	}
	if len(planned) == 0 {
		return nil
	}
	c.Log.Warn("a backup has brought back what was erased; it is erased again", "erasures", len(planned))
	if err := c.planned(ctx, planned); err != nil {
		return err
	}
	c.carryOut(ctx, planned)
	for _, e := range planned {
		if now, err := c.FindErasure(ctx, e.ID); err != nil {
			return err
		} else if now.State == ErasePlanned {
			return fmt.Errorf("erasing again from %s: %w", e.Dataset, now.Fault.Err())
		}
	}
	return nil
}

// returned finds, by their hashes, the records that are there again.
func (c *Corridor) returned(ctx context.Context, address string, wanted []listed) ([]Erasure, error) {
	con, obj, err := c.object(ctx, address)
	if err != nil {
		return nil, err
	}
	there, err := c.Store.Exists(ctx, obj.Contract)
	if err != nil || !there {
		return nil, err
	}
	keys, texts, err := c.recognise(ctx, obj, wanted)
	if err != nil {
		return nil, err
	}
	var planned []Erasure
	for _, l := range wanted {
		trace := record.Trace{}
		if key, ok := keys[l.Hash]; ok {
			if trace, err = c.Truth.TraceOf(ctx, obj, key); err != nil {
				return nil, err
			}
		}
		for _, h := range l.Texts {
			if s, ok := texts[h]; ok && !slices.Contains(trace.Texts, s) {
				trace.Texts = append(trace.Texts, s)
			}
		}
		if trace.Key == "" && len(trace.Texts) == 0 {
			if err := c.Truth.NoteErased(ctx, obj, record.Erasing{ID: l.ID, Hash: l.Hash, Basis: l.Basis}); err != nil {
				return nil, err
			}
			continue
		}
		e := c.newErasure(actor.System, con, obj, "", trace, l.Basis)
		e.ID, e.hash = l.ID, l.Hash
		e.sealed = c.sealTrace(e.ID, trace)
		planned = append(planned, e)
	}
	return planned, nil
}

// recognise goes through everything that may hold an erased record and gives, by
// hash, the keys and texts that are there in clear.
func (c *Corridor) recognise(ctx context.Context, obj *contract.Object, wanted []listed) (keys, texts map[string]string, err error) {
	keys, texts = map[string]string{}, map[string]string{}
	isKey, isText := map[string]bool{}, map[string]bool{}
	for _, l := range wanted {
		isKey[l.Hash] = true
		for _, h := range l.Texts {
			isText[h] = true
		}
	}
	err = c.Truth.AllKeys(ctx, obj, func(key string) error {
		if h := record.HashKey(c.Keys, obj, key); isKey[h] {
			keys[h] = key
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	cells := func(cells []string) error {
		for _, cell := range cells {
			for _, s := range record.NewTrace("", cell, strings.NewReplacer(" ", "", ".", "", "-", "").Replace(cell)).Texts {
				if h := c.hashText(s); isText[h] {
					texts[h] = s
				}
			}
		}
		return nil
	}
	if err := c.Truth.RawCells(ctx, obj, cells); err != nil {
		return nil, nil, err
	}
	files, err := c.originalsOf(ctx, obj.Contract)
	if err != nil {
		return nil, nil, err
	}
	for _, digest := range files {
		if err := c.cellsOf(ctx, digest, cells); err != nil {
			return nil, nil, err
		}
	}
	return keys, texts, nil
}

// cellsOf hands over the cells of a file as sent. One that cannot be read has
// none; what it holds is looked at when a text is known.
func (c *Corridor) cellsOf(ctx context.Context, digest string, do func([]string) error) error {
	f, err := c.Blobs.Open(digest)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	if err := c.eachRow(ctx, f, f.Size(), do); err != nil {
		if ofPlace(err) {
			return err
		}
		c.Log.Info("a file as sent cannot be looked through for what was erased", "digest", digest, "why", err)
	}
	return ctx.Err()
}

// sealTrace encrypts by what a record is found: it lies in the control database
// until nothing is left to do, and must not lie there in clear.
func (c *Corridor) sealTrace(id string, t record.Trace) string {
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // text only
	}
	seal := c.traceSeal()
	nonce := make([]byte, seal.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return base64.StdEncoding.EncodeToString(seal.Seal(nonce, nonce, text, []byte(id)))
}

func (c *Corridor) openTrace(e *Erasure) (t record.Trace, err error) {
	return c.openSealed(e.ID, e.sealed)
}

func (c *Corridor) openSealed(id, sealed string) (t record.Trace, err error) {
	b, err := base64.StdEncoding.DecodeString(sealed)
	seal := c.traceSeal()
	if err != nil || len(b) < seal.NonceSize() {
		return t, fmt.Errorf("plan of erasure %s is damaged", id)
	}
	text, err := seal.Open(nil, b[:seal.NonceSize()], b[seal.NonceSize():], []byte(id))
	if err != nil {
		return t, fmt.Errorf("plan of erasure %s: %w", id, err)
	}
	err = json.Unmarshal(text, &t)
	return c.Truth.Sighted(t), err
}

func (c *Corridor) traceSeal() cipher.AEAD {
	block, err := aes.NewCipher(c.Keys.Key("erase/plan"))
	if err != nil {
		panic(err) // only for keys that are not of 32 bytes
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // only for blocks that are not of 16 bytes
	}
	return seal
}
