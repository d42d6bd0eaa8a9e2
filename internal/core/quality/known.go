package quality

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"regexp"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
)

// Known is the set of hashes of current rows that nothing is to be said about.
// A row of a file with one of these hashes is such a row again, key and all: it
// need not go through the workshop to be found unchanged. In the daily file of
// a register nearly all rows are.
type Known struct {
	table [][2]uint64 // open addressing, at most half full; zero = empty
	mask  uint64
}

// ReadKnown gathers the hashes of the rows without flags. The reader has the
// columns _hash and _flags among others and about n rows.
func ReadKnown(rr array.RecordReader, n int64) (*Known, error) {
	size := 1 << bits.Len64(uint64(2*n+1))
	k := &Known{table: make([][2]uint64, size), mask: uint64(size - 1)}
	at := func(name string) int { return rr.Schema().FieldIndices(name)[0] }
	hash, flags := at(contract.HashField.Name), at(contract.FlagsField.Name)
	room := size / 2
	for rr.Next() {
		rec := rr.RecordBatch()
		h, f := rec.Column(hash).(*array.Binary), rec.Column(flags)
		for i := range int(rec.NumRows()) {
			if f.IsValid(i) || h.IsNull(i) || len(h.Value(i)) != 16 {
				continue
			}
			if room--; room < 0 {
				return nil, fmt.Errorf("known rows: more than %d", n)
			}
			k.add(h.Value(i))
		}
	}
	return k, rr.Err()
}

func words(hash []byte) [2]uint64 {
	return [2]uint64{binary.LittleEndian.Uint64(hash), binary.LittleEndian.Uint64(hash[8:])}
}

func (k *Known) add(hash []byte) {
	w := words(hash)
	if w == ([2]uint64{}) {
		return // would read as an empty place; the row then takes the long way
	}
	for i := w[0] & k.mask; ; i = (i + 1) & k.mask {
		if k.table[i] == w {
			return
		}
		if k.table[i] == ([2]uint64{}) {
			k.table[i] = w
			return
		}
	}
}

func (k *Known) has(hash []byte) bool {
	w := words(hash)
	for i := w[0] & k.mask; ; i = (i + 1) & k.mask {
		if k.table[i] == ([2]uint64{}) {
			return false
		}
		if k.table[i] == w {
			return true
		}
	}
}

// sayToday finds what in SQL gives another answer on another day.
var sayToday = regexp.MustCompile(`(?i)\b(now|today|current_\w+|get_current_\w+|transaction_timestamp|localtime\w*|random\w*|gen_random_\w+|uuid\w*|age)\b`)

// CanSkip reports whether a row with the hash of a current row without flags is
// judged as that row was, whatever the day and the rest of the file, as long
// as contract and code lists are the same.
func (p *Program) CanSkip() bool {
	o := p.Object
	if !o.HasKey() || o.Sender >= 0 {
		return false
	}
	for _, i := range o.Key {
		if o.Columns[i].Volatile { // then the hash does not tell the key
			return false
		}
	}
	for i := range o.Rules {
		switch r := &o.Rules[i]; r.Kind {
		case contract.RuleCodeList, contract.RuleReference, contract.RuleUnique:
			return false
		case contract.RuleSQL:
			if sayToday.MatchString(r.SQL) {
				return false
			}
		}
	}
	return true
}
