package app

import (
	"context"
	"io/fs"
	"path/filepath"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/channels/lineage"
	"github.com/phohien/phohien/internal/channels/shelf"
	"github.com/phohien/phohien/internal/core/contract"
	admin "github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/packs"
)

// openGovern opens the measures of governance. It stands before what it measures is
// there: figures are made when somebody asks.
func (a *App) openGovern() {
	a.Govern = govern.New(a.Store.Control(), filepath.Join(a.Config.Data, "tmp", "govern"), func() govern.Deps {
		return govern.Deps{
			Contracts: a.Contracts, Terms: a.Dictionary, Scores: a.Scorer, Issues: a.Issues, Deadlines: a.Deadlines, Reviews: a.Reviews, Notices: a.Notices, Now: a.clock.Now,
			Lacks: func(ctx context.Context, c *contract.Contract, measured bool) (int, error) {
				d, err := a.shelf().Measured(ctx, c, measured)
				return len(d.Missing()), err
			},
			Layout: shippedLayout,
		}
	})
}

// shippedLayout is how the dossier is laid out where no pack has said so yet.
func shippedLayout() (*govern.Layout, error) {
	files, _ := packs.Open(packs.Standard)
	text, err := fs.ReadFile(files, "dossier.yaml")
	if err != nil {
		return nil, err
	}
	return govern.ParseLayout(text)
}

// shelf describes data sets as the catalogue does.
func (a *App) shelf() *shelf.Shelf {
	return &shelf.Shelf{Door: a.door, Contracts: a.Contracts, Scores: a.Scorer, Orgs: a.Orgs}
}

// lineage tells where the rows of data sets come from and where they go.
func (a *App) lineage() *lineage.Desk {
	return &lineage.Desk{Door: a.door, Contracts: a.Contracts, Corridor: a.Corridor, Uses: a.Usage, OrgName: a.nameOfOrg, Clients: a.nameOfClient, Now: a.clock.Now}
}

// nameOfClient is what a program that has a connection account is called; its id
// when nobody knows it.
func (a *App) nameOfClient(ctx context.Context, id string) string {
	if c, err := a.Clients.Find(ctx, id); err == nil && c.Name != "" {
		return c.Name
	}
	return id
}

// nameOfOrg is what an organisation is called; its id when nobody knows it.
func (a *App) nameOfOrg(ctx context.Context, id string) string {
	if name, ok, err := a.orgName(ctx, id); ok && err == nil {
		return name
	}
	return id
}

// paperHead names an organisation as its papers do. Who works for none writes for
// whoever runs the platform.
func (a *App) paperHead(ctx context.Context, id string) (h govern.Head, err error) {
	h.Issuer = "Đơn vị vận hành nền tảng dữ liệu"
	orgs, err := a.Orgs.Snapshot(ctx)
	if err != nil {
		return h, err
	}
	today := org.Today(a.clock.Now())
	one, ok := orgs.Get(id, today)
	if !ok {
		return h, nil
	}
	h.Issuer = one.Name
	if above, ok := orgs.Get(one.ParentOn(today), today); ok {
		h.Parent = above.Name
	}
	ix, err := a.units.Index(ctx)
	if err != nil {
		return h, err
	}
	if place := ix.Codes(admin.Province, one.Province, today); len(place) == 1 {
		h.Place = place[0].Name
	}
	return h, nil
}
