package xls

import (
	"bytes"
	"crypto/md5"  //nolint:gosec // what the format prescribes
	"crypto/rc4"  //nolint:gosec // what the format prescribes
	"crypto/sha1" //nolint:gosec // what the format prescribes
	"encoding/binary"
	"unicode/utf16"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// defaultPassword opens workbooks that Excel encrypts without telling anybody:
// those whose structure is protected. Programs open them without asking.
const defaultPassword = "VelvetSweatshop"

// blockBytes of the stream share a key.
const blockBytes = 1024

// keys open an encrypted stream: [MS-XLS] 2.2.10, [MS-OFFCRYPTO] 2.3.5, 2.3.6.
type keys struct {
	forBlock func(block uint32) []byte
	out      []byte
}

func errPassword() error { return fault.New(fault.Invalid, "xls.password") }

// defaultKeys gives the keys of a stream that has the default password, and the
// fault for people when it has another.
func defaultKeys(filePass []byte) (*keys, error) {
	k := &keys{}
	at := func(i int) uint32 { return binary.LittleEndian.Uint32(filePass[i:]) }
	switch {
	case len(filePass) >= 54 && at(0) == 1|1<<16 && filePass[4] == 1: // RC4
		k.forBlock = keysRC4(utf16LE(defaultPassword), filePass[6:22])
		if !k.verify(filePass[22:38], filePass[38:54], func(b []byte) []byte { h := md5.Sum(b); return h[:] }) { //nolint:gosec // see above
			return nil, errPassword()
		}
	case len(filePass) >= 14 && filePass[0] == 1 && filePass[2] >= 2 && filePass[2] <= 4 && filePass[4] == 2: // RC4 of the CryptoAPI
		header := uint64(at(10))
		if header < 32 || uint64(len(filePass)) < 14+header+60 {
			return nil, errPassword()
		}
		bits, verifier := at(14+16), filePass[14+header:]
		if bits == 0 {
			bits = 40
		}
		if bits > 128 || bits%8 != 0 || binary.LittleEndian.Uint32(verifier) != 16 {
			return nil, errPassword()
		}
		k.forBlock = keysCryptoAPI(utf16LE(defaultPassword), verifier[4:20], int(bits/8))
		if !k.verify(verifier[20:36], verifier[40:60], func(b []byte) []byte { h := sha1.Sum(b); return h[:] }) { //nolint:gosec // see above
			return nil, errPassword()
		}
	default:
		return nil, errPassword()
	}
	return k, nil
}

func utf16LE(s string) []byte {
	var out []byte
	for _, c := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, c)
	}
	return out
}

func keysRC4(password, salt []byte) func(uint32) []byte {
	h := md5.Sum(password)                                                //nolint:gosec // what the format prescribes
	all := md5.Sum(bytes.Repeat(append(bytes.Clone(h[:5]), salt...), 16)) //nolint:gosec // what the format prescribes
	return func(block uint32) []byte {
		k := md5.Sum(binary.LittleEndian.AppendUint32(bytes.Clone(all[:5]), block)) //nolint:gosec // what the format prescribes
		return k[:]
	}
}

func keysCryptoAPI(password, salt []byte, size int) func(uint32) []byte {
	h := sha1.Sum(append(bytes.Clone(salt), password...)) //nolint:gosec // what the format prescribes
	return func(block uint32) []byte {
		k := sha1.Sum(binary.LittleEndian.AppendUint32(bytes.Clone(h[:]), block)) //nolint:gosec // what the format prescribes
		if size == 5 {
			return append(bytes.Clone(k[:5]), make([]byte, 11)...)
		}
		return bytes.Clone(k[:size])
	}
}

func (k *keys) verify(verifier, hash []byte, sum func([]byte) []byte) bool {
	c, err := rc4.NewCipher(k.forBlock(0)) //nolint:gosec // what the format prescribes
	if err != nil {
		return false
	}
	v, h := make([]byte, len(verifier)), make([]byte, len(hash))
	c.XORKeyStream(v, verifier)
	c.XORKeyStream(h, hash)
	return bytes.Equal(sum(v), h)
}

// open decrypts the data of a record that lies at a place of the stream.
func (k *keys) open(id int, data []byte, at int64) []byte {
	switch id {
	case recBOF, recFilePass, recInterface, 0x0138, 0x0194, 0x0195, 0x0196:
		return data
	}
	k.out = append(k.out[:0], data...)
	var skip [blockBytes]byte
	for from := 0; from < len(k.out); {
		in := int((at + int64(from)) % blockBytes)
		part := k.out[from:min(len(k.out), from+blockBytes-in)]
		c, err := rc4.NewCipher(k.forBlock(uint32((at + int64(from)) / blockBytes))) //nolint:gosec // what the format prescribes
		if err != nil {
			return data
		}
		c.XORKeyStream(skip[:in], skip[:in])
		c.XORKeyStream(part, part)
		from += len(part)
	}
	if id == recBoundSheet && len(data) >= 4 { // its place in the stream lies open
		copy(k.out, data[:4])
	}
	return k.out
}
