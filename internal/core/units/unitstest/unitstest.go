// Package unitstest gives tests the register of administrative units as the
// pack in this repository has it, without a store.
package unitstest

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/packs"
	"github.com/phohien/phohien/viet"
)

// Register is the register, read when it is first asked for.
type Register struct{}

// Index implements what the doors and the corridor ask for.
func (Register) Index(context.Context) (*units.Index, error) { return build() }

var build = sync.OnceValues(func() (*units.Index, error) {
	rows, err := read()
	if err != nil {
		return nil, err
	}
	return units.Build(rows), nil
})

// Rows are what the register is made of, for tests that add to it.
func (Register) Rows() (units.Rows, error) {
	rows, err := read()
	return units.Rows{Units: slices.Clone(rows.Units), Changes: slices.Clone(rows.Changes)}, err
}

var read = sync.OnceValues(func() (units.Rows, error) {
	pack, err := packs.Holding("data/vn-xa.csv")
	if err != nil {
		return units.Rows{}, err
	}
	var rows units.Rows
	for _, set := range []struct {
		file  string
		level units.Level
	}{{"vn-tinh", units.Province}, {"vn-huyen", units.District}, {"vn-xa", units.Commune}} {
		err := eachLine(pack, set.file, func(c map[string]string) (err error) {
			u := units.Unit{UID: c["uid"], Code: c["ma"], Level: set.level, Type: c["loai"], Name: c["ten"], Full: c["ten_day_du"],
				Province: c["tinh_uid"], District: c["huyen_uid"], Basis: c["can_cu"]}
			var e error
			u.From, err = Day(c["hieu_luc_tu"])
			u.To, e = Day(c["hieu_luc_den"])
			rows.Units = append(rows.Units, u)
			return errors.Join(err, e)
		})
		if err != nil {
			return units.Rows{}, err
		}
	}
	for _, file := range []string{"vn-tinh-thay-doi", "vn-huyen-thay-doi", "vn-don-vi-thay-doi"} {
		err := eachLine(pack, file, func(c map[string]string) error {
			on, err := Day(c["ngay_hieu_luc"])
			rows.Changes = append(rows.Changes, units.Change{Old: c["uid_cu"], New: c["uid_moi"], Kind: c["loai_thay_doi"], On: on, Basis: c["can_cu"]})
			return err
		})
		if err != nil {
			return units.Rows{}, err
		}
	}
	return rows, nil
})

func eachLine(pack fs.FS, set string, do func(map[string]string) error) (err error) {
	path := "data/" + set + ".csv"
	f, err := pack.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	for n, line := range lines[1:] {
		cells := map[string]string{}
		for i, name := range lines[0] {
			cells[name] = line[i]
		}
		if err := do(cells); err != nil {
			return fmt.Errorf("%s, record %d: %w", path, n+1, err)
		}
	}
	return nil
}

// Day reads a day, "" as units.NoDay.
func Day(s string) (viet.Date, error) {
	if s == "" {
		return units.NoDay, nil
	}
	d, _, err := viet.ParseDate([]byte(s))
	return d, err
}
