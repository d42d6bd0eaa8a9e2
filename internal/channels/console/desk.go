package console

import (
	"context"
	"net/url"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A deskView leads to where records are held and erasures are asked for. The key
// of a record goes there in the body of a form: it is often a personal number,
// and addresses are kept in the history of browsers and in logs.
type deskView struct {
	Path, Token string // of the data set's page; of the forms of the session
	Holds, Asks bool
}

// deskOf is where the caller may go, nil when nowhere.
func (s *server) deskOf(ctx context.Context, con *contract.Contract, obj *contract.Object, token string) *deskView {
	ask := s.Door.Asks(ctx, policy.AskErase, con.What(obj))
	d := deskView{Path: "/datasets/" + url.PathEscape(obj.Dataset), Token: token, Holds: s.Door.Can(ctx, policy.Hold, con.What(obj)), Asks: ask.Allowed || ask.NeedsPurpose}
	if !obj.HasKey() || token == "" || !d.Holds && !d.Asks {
		return nil
	}
	return &d
}
