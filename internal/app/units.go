package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	admin "github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// A unitBook keeps the register of administrative units in memory, and reads it
// anew when one of the data sets it is made of has changed.
type unitBook struct {
	contracts *contract.Store
	truth     *record.Truth

	mu    sync.Mutex
	state [6]int64 // last batch of each data set
	index *admin.Index
}

// setsOfUnits are the data sets of the register in the order of unitBook.state;
// those without a level hold changes.
var setsOfUnits = [6]struct {
	dataset string
	level   admin.Level
}{
	{contract.UnitRegister.Provinces, admin.Province}, {contract.UnitRegister.Districts, admin.District}, {contract.UnitRegister.Communes, admin.Commune},
	{contract.UnitRegister.ProvinceChanges, ""}, {contract.UnitRegister.DistrictChanges, ""}, {contract.UnitRegister.CommuneChanges, ""},
}

// Index gives the register as the data sets are now. Those that are not installed
// are empty.
func (b *unitBook) Index(ctx context.Context) (*admin.Index, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var state [6]int64
	for i, set := range setsOfUnits {
		seq, _, err := b.truth.Head(ctx, set.dataset)
		if err != nil {
			return nil, fmt.Errorf("register of units, %s: %w", set.dataset, err)
		}
		state[i] = seq
	}
	if b.index != nil && state == b.state {
		return b.index, nil
	}
	var rows admin.Rows
	for _, set := range setsOfUnits {
		err := b.each(ctx, set.dataset, func(r *unitRow) {
			if set.level == "" {
				rows.Changes = append(rows.Changes, r.change())
			} else {
				rows.Units = append(rows.Units, r.unit(set.level))
			}
		})
		if err != nil {
			return nil, fmt.Errorf("register of units, %s: %w", set.dataset, err)
		}
	}
	b.index, b.state = admin.Build(rows), state
	return b.index, nil
}

// each reads all rows of a data set.
func (b *unitBook) each(ctx context.Context, dataset string, do func(*unitRow)) error {
	con, obj, err := b.contracts.Object(ctx, dataset)
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	head, _, err := b.truth.Head(ctx, con.ID)
	if err != nil || head == 0 {
		return err
	}
	const page = 5000
	for after := ""; ; {
		list, err := b.truth.List(ctx, obj, after, page, record.Latest)
		if err != nil {
			return err
		}
		for i := range list {
			r := unitRow{values: list[i].Values}
			do(&r)
			if r.err != nil {
				return fmt.Errorf("record %s: %w", list[i].Key, r.err)
			}
		}
		if len(list) < page {
			return nil
		}
		after = list[len(list)-1].Key
	}
}

// A unitRow is a row of the register as it is stored.
type unitRow struct {
	values map[string]any
	err    error
}

func (r *unitRow) text(column string) string {
	s, _ := r.values[column].(string)
	return s
}

func (r *unitRow) day(column string) viet.Date {
	s := r.text(column)
	if s == "" {
		return admin.NoDay
	}
	d, _, err := viet.ParseDate([]byte(s))
	if err != nil {
		r.err = errors.Join(r.err, err)
		return admin.NoDay
	}
	return d
}

// share reads a part of a whole, 0 when it is not known.
func (r *unitRow) share(column string) admin.Share {
	n, ok := r.values[column].(json.Number)
	if !ok {
		return 0
	}
	f, err := n.Float64()
	if err != nil {
		r.err = errors.Join(r.err, err)
	}
	return admin.Share(math.Round(f * float64(admin.Whole)))
}

func (r *unitRow) unit(level admin.Level) admin.Unit {
	return admin.Unit{
		UID: r.text("uid"), Code: r.text("ma"), Level: level, Type: r.text("loai"), Name: r.text("ten"), Full: r.text("ten_day_du"),
		Province: r.text("tinh_uid"), District: r.text("huyen_uid"), From: r.day("hieu_luc_tu"), To: r.day("hieu_luc_den"), Basis: r.text("can_cu"),
	}
}

func (r *unitRow) change() admin.Change {
	return admin.Change{Old: r.text("uid_cu"), New: r.text("uid_moi"), Kind: r.text("loai_thay_doi"), Share: r.share("ty_le"), On: r.day("ngay_hieu_luc"), Basis: r.text("can_cu")}
}
