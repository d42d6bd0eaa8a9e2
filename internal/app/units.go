package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	admin "github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// A unitBook keeps the register of administrative units in memory, and reads it
// anew when one of the data sets it is made of has changed.
type unitBook struct {
	contracts *contract.Store
	control   *store.DB
	truth     *record.Truth

	mu       sync.Mutex
	commits  int64 // of the control store, when villages was found
	villages []*contract.Object
	state    []string // data set and last batch, or content of the contract, of each of them
	rows     admin.Rows
	index    *admin.Index
}

// setsOfUnits are the data sets of the register; those without a level hold
// changes. Behind them come the data sets of villages, which contracts make known.
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
	return b.index, b.renew(ctx)
}

// renew brings the register up; b.mu is held.
func (b *unitBook) renew(ctx context.Context) error {
	if err := b.findVillages(ctx); err != nil {
		return fmt.Errorf("data sets of villages: %w", err)
	}
	var state []string
	head := func(dataset, of string) error {
		seq, _, err := b.truth.Head(ctx, dataset)
		state = append(state, fmt.Sprint(of, " ", seq))
		return err
	}
	for _, set := range setsOfUnits {
		if err := head(set.dataset, set.dataset); err != nil {
			return fmt.Errorf("register of units, %s: %w", set.dataset, err)
		}
	}
	for _, obj := range b.villages {
		if err := head(obj.Contract, fmt.Sprintf("%s %p", obj.Dataset, obj)); err != nil {
			return fmt.Errorf("villages, %s: %w", obj.Dataset, err)
		}
	}
	if b.index != nil && slices.Equal(state, b.state) {
		return nil
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
			return fmt.Errorf("register of units, %s: %w", set.dataset, err)
		}
	}
	for _, obj := range b.villages {
		columns, _ := obj.Villages()
		err := b.rowsOf(ctx, obj.Contract, obj, func(r *unitRow) {
			u, changes := r.village(obj, columns)
			rows.Units, rows.Changes = append(rows.Units, u), append(rows.Changes, changes...)
		})
		if err != nil {
			return fmt.Errorf("villages, %s: %w", obj.Dataset, err)
		}
	}
	b.rows = settled(rows)
	b.index, b.state = admin.Build(b.rows), state
	return nil
}

// findVillages looks for tables of villages when contracts may have changed.
func (b *unitBook) findVillages(ctx context.Context) error {
	commits, alone := b.control.Commits()
	if alone && b.index != nil && commits == b.commits {
		return nil
	}
	var found []*contract.Object
	for con, err := range contract.All(ctx, b.contracts) {
		if err != nil {
			return err
		}
		if con.Retired {
			continue
		}
		for _, obj := range con.Objects {
			if _, ok := obj.Villages(); ok {
				found = append(found, obj)
			}
		}
	}
	b.commits, b.villages = commits, found
	return nil
}

// settled words the changes of villages: one that took over several was merged,
// one that took over one alone and has another name was renamed.
func settled(rows admin.Rows) admin.Rows {
	made := map[string]int{}
	for _, c := range rows.Changes {
		made[c.New]++
	}
	byUID := map[string]*admin.Unit{}
	for i := range rows.Units {
		if u := &rows.Units[i]; u.Level == admin.Village {
			byUID[u.UID] = u
		}
	}
	for i := range rows.Changes {
		c := &rows.Changes[i]
		old, next := byUID[c.Old], byUID[c.New]
		if c.On == admin.NoDay && next != nil {
			c.On, c.Basis = next.From, next.Basis
		}
		switch {
		case c.Kind != "" || old == nil || next == nil:
		case made[c.New] > 1:
			c.Kind = "merge"
		case old.Commune != next.Commune && old.Name == next.Name:
			c.Kind = "move"
		case old.Name != next.Name:
			c.Kind = "rename"
		case old.Type != next.Type:
			c.Kind = "retype"
		default:
			c.Kind = "keep"
		}
	}
	return rows
}

// Wrong says what is wrong with a village that somebody writes, against all that
// are there; nothing of other tables.
func (b *unitBook) Wrong(ctx context.Context, obj *contract.Object, cells map[string]string) (all []form.Problem, err error) {
	columns, ok := obj.Villages()
	if !ok {
		return nil, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.renew(ctx); err != nil {
		return nil, err
	}
	r := unitRow{values: map[string]any{}}
	for name, text := range cells {
		r.values[name] = text
	}
	u, changes := r.village(obj, columns)
	if r.err != nil || u.UID == "" { // what the corridor says better
		return nil, nil
	}
	of := func(uid string, c admin.Change) bool {
		return c.Old == uid && c.Kind != "split" || c.New == uid && c.Kind == "split"
	}
	rows := admin.Rows{
		Units:   append(slices.DeleteFunc(slices.Clone(b.rows.Units), func(o admin.Unit) bool { return o.UID == u.UID }), u),
		Changes: append(slices.DeleteFunc(slices.Clone(b.rows.Changes), func(c admin.Change) bool { return of(u.UID, c) }), changes...),
	}
	for _, f := range admin.Flaws(rows, u.UID) {
		column := map[admin.FlawKind]int{admin.FlawOverlap: columns.From, admin.FlawReused: columns.UID, admin.FlawCircle: columns.Successor, admin.FlawOutside: columns.Commune}[f.Kind]
		name := ""
		if column >= 0 {
			name = obj.Columns[column].Name
		}
		fault := f.Err()
		all = append(all, form.Problem{Column: name, Sentence: contract.Sentence{Vi: locale.Vi.Error(fault), En: locale.En.Error(fault)}})
	}
	return all, nil
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
	return b.rowsOf(ctx, con.ID, obj, do)
}

func (b *unitBook) rowsOf(ctx context.Context, id string, obj *contract.Object, do func(*unitRow)) error {
	head, _, err := b.truth.Head(ctx, id)
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

// village reads a village with what became of it, or what it was a part of.
func (r *unitRow) village(obj *contract.Object, v contract.VillageColumns) (u admin.Unit, changes []admin.Change) {
	text := func(column int) string {
		if column < 0 {
			return ""
		}
		return r.text(obj.Columns[column].Name)
	}
	u = admin.Unit{
		UID: text(v.UID), Level: admin.Village, Type: text(v.Kind), Name: text(v.Name), Full: text(v.Full), Commune: text(v.Commune),
		From: r.day(obj.Columns[v.From].Name), To: r.day(obj.Columns[v.To].Name), Basis: text(v.Basis),
	}
	if u.Name == "" {
		u.Name = u.Full
	}
	if parts := strings.Split(strings.TrimPrefix(u.UID, "V"), "."); len(parts) == 3 { // V11953.001.2025-07-01
		u.Code = parts[0] + "." + parts[1]
	}
	if next := text(v.Successor); next != "" {
		changes = append(changes, admin.Change{Old: u.UID, New: next, On: admin.NoDay})
	}
	if origin := text(v.Origin); origin != "" {
		changes = append(changes, admin.Change{Old: origin, New: u.UID, Kind: "split", On: u.From, Basis: u.Basis})
	}
	return u, changes
}
