package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Checkpoint is a signed head of the tree.
type Checkpoint struct {
	Origin string    // name of the log, with the number of its epoch from the second on
	Epoch  int       // 1, 2, …
	Size   int64     // how many leaves
	Root   tlog.Hash // of the tree over them
	Note   []byte    // the signed note, as in the file "checkpoint"
}

// A Key is the public key of a log with its name: what verifies its
// checkpoints, of every epoch.
type Key struct {
	Origin string
	Public ed25519.PublicKey
}

var epochSuffix = regexp.MustCompile(`/([2-9]|[1-9][0-9]{1,8})$`)

// checkOrigin refuses names that could be taken for another log's epoch.
func checkOrigin(origin string) error {
	if origin == "" || len(origin) > 200 || strings.ContainsAny(origin, "+ \t\r\n") || epochSuffix.MatchString(origin) ||
		strings.ContainsFunc(origin, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fault.New(fault.Invalid, "audit.bad-origin", origin)
	}
	return nil
}

// epochOrigin is the log's name in an epoch.
func epochOrigin(origin string, epoch int) string {
	if epoch <= 1 {
		return origin
	}
	return origin + "/" + strconv.Itoa(epoch)
}

// splitOrigin takes an epoch's name apart.
func splitOrigin(name string) (origin string, epoch int) {
	m := epochSuffix.FindStringSubmatch(name)
	if m == nil {
		return name, 1
	}
	epoch, _ = strconv.Atoi(m[1]) // nine digits at most
	return strings.TrimSuffix(name, m[0]), epoch
}

// NewKey names a public key.
func NewKey(origin string, public ed25519.PublicKey) (Key, error) {
	if err := checkOrigin(origin); err != nil {
		return Key{}, err
	}
	if len(public) != ed25519.PublicKeySize {
		return Key{}, fmt.Errorf("audit key: %d bytes, not %d", len(public), ed25519.PublicKeySize)
	}
	return Key{Origin: origin, Public: public}, nil
}

// ParseKey reads a verifier key: <name>+<key id>+<base64>. The key of any epoch
// verifies all of them.
func ParseKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	bad := fault.New(fault.Invalid, "audit.bad-key")
	name, rest, _ := strings.Cut(text, "+")
	_, encoded, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != 1 {
		return Key{}, bad
	}
	origin, epoch := splitOrigin(name)
	k, err := NewKey(origin, raw[1:])
	if err != nil {
		return Key{}, bad.Because(err)
	}
	if k.Epoch(epoch) != text { // one spelling only
		return Key{}, bad
	}
	return k, nil
}

// String is the verifier key of the first epoch, from which all others follow.
func (k Key) String() string { return k.Epoch(1) }

// Epoch is the verifier key of an epoch, for tools that know signed notes only.
func (k Key) Epoch(epoch int) string {
	text, err := note.NewEd25519VerifierKey(epochOrigin(k.Origin, epoch), k.Public)
	if err != nil {
		panic(err) // only for keys of a wrong length
	}
	return text
}

// ID is the key's id of an epoch: <name>+<hash>.
func (k Key) ID(epoch int) string {
	return fmt.Sprintf("%s+%08x", epochOrigin(k.Origin, epoch), k.hash(epoch))
}

func (k Key) hash(epoch int) uint32 {
	sum := sha256.Sum256(append([]byte(epochOrigin(k.Origin, epoch)+"\n\x01"), k.Public...))
	return binary.BigEndian.Uint32(sum[:])
}

// signCheckpoint signs a tree head in an epoch's name.
func signCheckpoint(k Key, signer ed25519.PrivateKey, epoch int, size int64, root tlog.Hash) Checkpoint {
	origin := epochOrigin(k.Origin, epoch)
	text := origin + "\n" + strconv.FormatInt(size, 10) + "\n" + root.String() + "\n"
	sig := binary.BigEndian.AppendUint32(nil, k.hash(epoch))
	sig = append(sig, ed25519.Sign(signer, []byte(text))...)
	signed := text + "\n— " + origin + " " + base64.StdEncoding.EncodeToString(sig) + "\n"
	return Checkpoint{Origin: origin, Epoch: epoch, Size: size, Root: root, Note: []byte(signed)}
}

// The ways in which a checkpoint fails.
var (
	errCheckpointForm = errors.New("not a checkpoint in its one spelling")
	errCheckpointKey  = errors.New("checkpoint is signed with another key")
	errCheckpointSign = errors.New("signature of the checkpoint is wrong")
)

// parseCheckpoint reads a checkpoint without looking at its signature. It takes
// one spelling only, so that no bit of the file is without meaning.
func parseCheckpoint(signed []byte) (c Checkpoint, sig []byte, err error) {
	text, line, ok := bytes.Cut(signed, []byte("\n\n"))
	lines := strings.Split(string(text), "\n")
	if !ok || len(signed) > 4<<10 || len(lines) != 3 {
		return c, nil, errCheckpointForm
	}
	c.Origin = lines[0]
	if _, c.Epoch = splitOrigin(c.Origin); c.Origin == "" {
		return c, nil, errCheckpointForm
	}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return c, nil, errCheckpointForm
	}
	if c.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return c, nil, errCheckpointForm
	}
	encoded := strings.TrimSuffix(strings.TrimPrefix(string(line), "— "+c.Origin+" "), "\n")
	if sig, err = base64.StdEncoding.DecodeString(encoded); err != nil || len(sig) != 4+ed25519.SignatureSize {
		return c, nil, errCheckpointForm
	}
	again := c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + c.Root.String() + "\n\n— " + c.Origin + " " +
		base64.StdEncoding.EncodeToString(sig) + "\n"
	if again != string(signed) {
		return c, nil, errCheckpointForm
	}
	c.Note = signed
	return c, sig, nil
}

// Open reads a checkpoint and verifies its signature.
func (k Key) Open(signed []byte) (Checkpoint, error) {
	c, sig, err := parseCheckpoint(signed)
	if err != nil {
		return c, err
	}
	if origin, _ := splitOrigin(c.Origin); origin != k.Origin || binary.BigEndian.Uint32(sig) != k.hash(c.Epoch) {
		return c, errCheckpointKey
	}
	text := signed[:bytes.Index(signed, []byte("\n\n"))+1]
	if !ed25519.Verify(k.Public, text, sig[4:]) {
		return c, errCheckpointSign
	}
	return c, nil
}
