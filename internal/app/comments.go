package app

import (
	"context"
	"net/url"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/comments"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/foundation/comment"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// commentDesk makes the desk of comments: what is talked about is found where it is
// kept, as the caller may see it.
func (a *App) commentDesk(terms *termdesk.Desk) *comments.Desk {
	return &comments.Desk{
		Door: a.door, Store: comment.NewStore(a.Store.Control()), Notices: a.Notices,
		Finds: map[string]comments.Find{
			"organisation": a.talkedOrg, "system": a.talkedSystem, "dataset": a.talkedSet, "codelist": a.talkedList, "measure": a.talkedMeasure,
			"term": func(ctx context.Context, id string) (comments.Subject, error) { return a.talkedTerm(ctx, terms, id) },
		},
	}
}

func (a *App) talkedOrg(ctx context.Context, id string) (comments.Subject, error) {
	orgs, err := a.Orgs.Snapshot(ctx)
	if err != nil {
		return comments.Subject{}, err
	}
	o, ok := orgs.Org(id)
	if !ok {
		return comments.Subject{}, fault.New(fault.NotFound, "org.never", id)
	}
	what := policy.What{Kind: policy.KindOrg, ID: id, Owner: id}
	return comments.Subject{Title: o.Name, Path: "/organisations/" + url.PathEscape(id) + "/score", Org: id, What: what, Rules: policy.ManageOrg}, nil
}

func (a *App) talkedSystem(ctx context.Context, id string) (comments.Subject, error) {
	desk := a.described.desk
	s, err := desk.Find(ctx, id)
	if err != nil {
		return comments.Subject{}, err
	}
	con, obj, _, err := desk.Names(ctx)
	if err != nil {
		return comments.Subject{}, err
	}
	return comments.Subject{Title: s.Name(), Path: api.SystemPath(id), Org: s.Owner(), What: con.What(obj), Rules: policy.Approve}, nil
}

func (a *App) talkedSet(ctx context.Context, id string) (comments.Subject, error) {
	con, _, err := a.door.Find(ctx, policy.Describe, a.Contracts, id)
	if err != nil {
		return comments.Subject{}, err
	}
	if con.ID != id { // comments are about the data set as a whole
		return comments.Subject{}, fault.New(fault.NotFound, "dataset.unknown", id)
	}
	obj := a.door.KnownObjects(ctx, con)[0] // there is one, or none had been found
	return comments.Subject{Title: con.Name, Path: "/datasets/" + url.PathEscape(id), Org: con.Owner, What: con.What(obj), Rules: policy.EditContract}, nil
}

func (a *App) talkedList(ctx context.Context, id string) (comments.Subject, error) {
	c, err := a.Dictionary.Current(ctx, id)
	if err != nil {
		return comments.Subject{}, err
	}
	return comments.Subject{Title: c.Name, Path: "/codelists/" + url.PathEscape(id), What: termdesk.What(id), Rules: policy.EditContract}, nil
}

func (a *App) talkedTerm(ctx context.Context, terms *termdesk.Desk, id string) (comments.Subject, error) {
	all, err := terms.Versions(ctx, id)
	if err != nil {
		return comments.Subject{}, err
	}
	orgs, err := a.Orgs.Snapshot(ctx)
	if err != nil {
		return comments.Subject{}, err
	}
	s := comments.Subject{Title: all[0].Title, Path: "/dictionary/" + url.PathEscape(id), What: termdesk.What(id), Rules: policy.EditContract}
	if _, ok := orgs.Org(all[0].OwningUnit); ok {
		s.Org = all[0].OwningUnit
	}
	return s, nil
}

func (a *App) talkedMeasure(ctx context.Context, id string) (comments.Subject, error) {
	list, err := a.Govern.Measures(ctx)
	if err != nil {
		return comments.Subject{}, err
	}
	for _, m := range list {
		if m.ID != id {
			continue
		}
		orgs, err := a.Orgs.Snapshot(ctx)
		if err != nil {
			return comments.Subject{}, err
		}
		s := comments.Subject{Title: m.Title, Path: "/governance/" + url.PathEscape(id), What: policy.What{Kind: policy.KindCodeList, ID: id}, Rules: policy.EditContract}
		if _, ok := orgs.Org(m.Owner); ok {
			s.Org = m.Owner
		}
		return s, nil
	}
	return comments.Subject{}, fault.New(fault.NotFound, "measure.unknown", id)
}
