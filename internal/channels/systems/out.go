package systems

import (
	"context"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/registers"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// NAS makes the document for the national register of architecture of the systems
// that the caller may export.
func (d *Desk) NAS(ctx context.Context) (registry.NAS, error) {
	list, err := d.list(ctx, policy.Export)
	if err != nil {
		return registry.NAS{}, err
	}
	var parts []registry.Row
	if t, ok, err := d.reader().Peek(ctx, d.set(ctx, contract.RegisterSystems)+partsObject); err != nil {
		return registry.NAS{}, err
	} else if ok {
		if parts, err = d.rows(ctx, t, "", nil); err != nil {
			return registry.NAS{}, err
		}
	}
	rows := make([]registry.Row, len(list))
	for i, s := range list {
		rows[i] = s.Row
	}
	code := func(string) string { return "" }
	if d.Orgs != nil {
		snap, err := d.Orgs.Snapshot(ctx)
		if err != nil {
			return registry.NAS{}, err
		}
		on := d.today()
		code = func(id string) string { return snap.Code(id, on) }
	}
	return registry.ExportNAS(registry.Gather(rows, parts, nil, nil), code, d.now()), nil
}

// Nation puts the province's connections, as far as the caller reads them, beside
// the national databases.
func (d *Desk) Nation(ctx context.Context) ([]registry.National, error) {
	t, err := d.reader().Table(ctx, policy.Read, d.set(ctx, contract.RegisterNational))
	if err != nil {
		return nil, err
	}
	databases, err := d.rows(ctx, t, "", nil)
	if err != nil {
		return nil, err
	}
	var links []registry.Row
	if t, ok, err := d.reader().Peek(ctx, d.set(ctx, contract.RegisterSystems)+linksObject); err != nil {
		return nil, err
	} else if ok {
		if links, err = d.rows(ctx, t, "", nil); err != nil {
			return nil, err
		}
	}
	return registry.Nation(databases, links), nil
}

// Lists sorts the systems that the caller reads into what is there, what is being
// built and what is to be built, by field of state management.
func (d *Desk) Lists(ctx context.Context) ([]registry.Field, error) {
	list, err := d.List(ctx)
	if err != nil {
		return nil, err
	}
	return d.Fields(ctx, list)
}

// Fields is Lists of these systems.
func (d *Desk) Fields(ctx context.Context, list []System) ([]registry.Field, error) {
	_, obj, names, err := d.Names(ctx)
	if err != nil {
		return nil, err
	}
	var sectors []registry.Sector
	if i := obj.Column(colSector); i >= 0 {
		for _, c := range names.Valid(obj.Columns[i].CodeList) {
			sectors = append(sectors, registry.Sector{Code: c.Code, Name: c.Name})
		}
	}
	rows := make([]registry.Row, len(list))
	for i, s := range list {
		rows[i] = s.Row
	}
	return registry.Fields(rows, sectors), nil
}

// Label is the public label of this platform. It tells of one row what the decree
// wants published, to everybody; without a label in the register there is none.
func (d *Desk) Label(ctx context.Context) (registry.Label, error) {
	none := fault.New(fault.NotFound, "register.no-label")
	if d.Platform == "" {
		return registry.Label{}, none
	}
	_, obj, err := door.Lookup(ctx, d.Contracts, d.Register(ctx))
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return registry.Label{}, none
	}
	if err != nil {
		return registry.Label{}, err
	}
	view, err := record.NewView(obj, policy.Everything, d.Door.Secrets)
	if err != nil {
		return registry.Label{}, err
	}
	r, err := d.Records.Through(view).Get(ctx, record.KeyText(obj, []any{d.Platform}), record.Latest)
	if fault.Is(err, "record.unknown") {
		return registry.Label{}, none
	}
	if err != nil {
		return registry.Label{}, err
	}
	var row registry.Row = registers.RowOf(obj, r)
	agencies, err := d.Agencies(ctx)
	if err != nil {
		return registry.Label{}, err
	}
	label, ok := registry.PlatformLabel(row, d.Version, agencies(row[colOwner]), d.now())
	if !ok {
		return registry.Label{}, none
	}
	return label, nil
}

// History tells every change of a record that the caller reads, the newest first:
// who changed what, when, before and after.
func (d *Desk) History(ctx context.Context, l locale.Lang, con *contract.Contract, obj *contract.Object, names dictionary.Names, key string) ([]form.Change, error) {
	view := d.Door.Peek(ctx, policy.Read, con, obj)
	if view == nil {
		return nil, nil
	}
	return d.Forms.History(ctx, l, view, names, key)
}
