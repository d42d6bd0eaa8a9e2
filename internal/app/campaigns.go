package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/campaigndesk"
	"github.com/phohien/phohien/internal/channels/systems"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/odcs"
)

// campaignDesk is where review campaigns are kept.
func (a *App) campaignDesk() *campaigndesk.Desk {
	return &campaigndesk.Desk{
		Door: a.door, Campaigns: a.Campaigns, Orgs: a.Orgs,
		Sources: map[campaign.Subject]campaigndesk.Source{
			campaign.Systems: systems.Review{Desk: a.described.desk},
			campaign.Datasets: &campaigndesk.Catalogue{
				Door: a.door, Contracts: a.Contracts, Orgs: a.Orgs, Now: a.clock.Now,
				Describer: &describer{a.Contracts, &api.Editor{Door: a.door, Contracts: a.Contracts, Records: a.Truth, Changed: a.installed}},
			},
		},
	}
}

// A describer keeps what the catalogue says of data sets in their contracts. It
// changes them through the one editor, which asks whether the caller may.
type describer struct {
	contracts *contract.Store
	editor    *api.Editor
}

// catalogued are where a contract says what is asked for beside the fields of the
// catalogue, which package contract writes itself.
var catalogued = map[string]string{
	campaigndesk.FieldName: "/name", campaigndesk.FieldUsage: "/description/usage", campaigndesk.FieldLimitations: "/description/limitations",
}

// Described implements campaigndesk.Describer.
func (d *describer) Described(ctx context.Context, dataset string) (map[string]string, error) {
	con, doc, err := d.document(ctx, dataset)
	if err != nil {
		return nil, err
	}
	all := con.Described()
	all[campaigndesk.FieldOwner] = con.Owner
	for name, at := range catalogued {
		if text, ok := doc.Value(at); ok && text != nil {
			all[name] = strings.TrimSpace(fmt.Sprint(text))
		}
	}
	if at, ok := frequencyAt(doc); ok {
		p := doc.Contract().SLAProperties[at]
		all[campaigndesk.FieldFrequency] = fmt.Sprintf("%v %s", p.Value, p.Unit)
	}
	return all, nil
}

func (d *describer) document(ctx context.Context, dataset string) (*contract.Contract, *odcs.Document, error) {
	con, err := d.contracts.Current(ctx, dataset)
	if err != nil {
		return nil, nil, err
	}
	text, err := d.contracts.Document(ctx, dataset, con.Digest)
	if err != nil {
		return nil, nil, err
	}
	doc, err := odcs.Read(text)
	return con, doc, err
}

func frequencyAt(doc *odcs.Document) (int, bool) {
	i := slices.IndexFunc(doc.Contract().SLAProperties, func(p odcs.SLAProperty) bool { return p.Property == "frequency" })
	return i, i >= 0
}

// Check implements campaigndesk.Describer.
func (d *describer) Check(ctx context.Context, dataset string, fields map[string]string) error {
	_, _, err := d.changed(ctx, dataset, fields)
	return err
}

// Describe implements campaigndesk.Describer: all fields in one version of the
// contract. by is whoever the editor finds in ctx.
func (d *describer) Describe(ctx context.Context, _ actor.Actor, dataset string, fields map[string]string, why string) error {
	con, text, err := d.changed(ctx, dataset, fields)
	if err != nil || text == nil {
		return err
	}
	_, _, err = d.editor.Put(ctx, con, con.Digest, why, false, text)
	return err
}

// changed is the contract in force and its document with fields changed, nil when
// nothing changes. What the contract would be refused for is told.
func (d *describer) changed(ctx context.Context, dataset string, fields map[string]string) (*contract.Contract, []byte, error) {
	con, was, err := d.document(ctx, dataset)
	if err != nil {
		return nil, nil, err
	}
	own := maps.Clone(fields)
	maps.DeleteFunc(own, func(name, _ string) bool { _, is := contract.CatalogueFieldOf(name); return is })
	doc, err := rewritten(con, was, own)
	if err != nil {
		return nil, nil, err
	}
	said := maps.Clone(fields)
	maps.DeleteFunc(said, func(name, _ string) bool { _, is := own[name]; return is })
	if doc, err = con.Redescribe(doc, said); err != nil || doc == was {
		return con, nil, err
	}
	p, err := d.contracts.Propose(ctx, con, doc.Bytes())
	if err != nil {
		return nil, nil, err
	}
	for _, f := range p.Findings {
		if f.Severity == contract.SeverityError {
			return nil, nil, fault.New(fault.Invalid, "catalogue.value", contract.Sentence{Vi: f.MessageVi, En: f.MessageEn})
		}
	}
	return con, doc.Bytes(), nil
}

// rewritten changes what has its own place in a contract.
func rewritten(con *contract.Contract, doc *odcs.Document, fields map[string]string) (_ *odcs.Document, err error) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := fields[name]
		switch name {
		case campaigndesk.FieldOwner:
			i := slices.IndexFunc(doc.Contract().CustomProperties, func(p odcs.CustomProperty) bool { return p.Property == "phohien.owner" })
			if i < 0 || value == "" {
				return nil, fault.New(fault.Invalid, "campaign.owner", con.Name)
			}
			doc, err = doc.Set(fmt.Sprintf("/customProperties/%d/value", i), value)
		case campaigndesk.FieldFrequency:
			doc, err = paced(doc, value)
		default:
			doc, err = put(doc, catalogued[name], value)
		}
		if err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// put writes a text into a contract, where there may be none yet.
func put(doc *odcs.Document, at, value string) (*odcs.Document, error) {
	if _, there := doc.Value(at); there {
		return doc.Set(at, value)
	}
	if _, there := doc.Value("/description"); !there {
		return doc.Insert("/description", map[string]any{strings.TrimPrefix(at, "/description/"): value})
	}
	return doc.Insert(at, value)
}

// paced writes how often new data is promised: "6 m".
func paced(doc *odcs.Document, value string) (*odcs.Document, error) {
	n, unit, err := campaigndesk.Pace(value)
	if err != nil {
		return nil, err
	}
	at, there := frequencyAt(doc)
	if !there {
		line := map[string]any{"property": "frequency", "value": n, "unit": unit}
		if len(doc.Contract().SLAProperties) == 0 {
			return doc.Insert("/slaProperties", []any{line})
		}
		return doc.Insert("/slaProperties/-", line)
	}
	path := fmt.Sprintf("/slaProperties/%d", at)
	if doc, err = doc.Set(path+"/value", n); err != nil {
		return nil, err
	}
	return doc.Set(path+"/unit", unit)
}
