package app

import (
	"context"
	"net/url"
	"slices"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
)

// handedBatches is how many of the last batches are looked through for those
// that pass over with a post.
const handedBatches = 500

// batchesHanded lists the batches on their way, or held, that the holder of a
// post has sent: who takes the post over has to look after them.
func (a *App) batchesHanded(ctx context.Context, from org.Post, _ org.Person) (items []org.Item, err error) {
	accounts, err := a.Accounts.Accounts(ctx, identity.Filter{Person: from.Person})
	if err != nil {
		return nil, err
	}
	after := ""
	for seen := 0; seen < handedBatches; {
		list, next, err := a.Corridor.Batches(ctx, "", after, 100)
		if err != nil {
			return nil, err
		}
		for _, st := range list {
			open := !st.State.Final() || st.State == corridor.Held
			if !open || !slices.ContainsFunc(accounts, func(acc identity.Account) bool { return acc.ID == st.By.ID && acc.Kind == st.By.Kind }) {
				continue
			}
			items = append(items, org.Item{
				Vi: locale.Vi.T("people.passes.batch", st.Name, st.Dataset), En: locale.En.T("people.passes.batch", st.Name, st.Dataset), Link: "/batches/" + url.PathEscape(st.ID),
			})
		}
		if seen += len(list); next == "" {
			break
		}
		after = next
	}
	return items, nil
}
