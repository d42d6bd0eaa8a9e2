package apitest

import (
	"context"
	"crypto/sha256"
	"net/http"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Form is what the forms of a test's session carry.
const Form = "bieu-mau-thu"

// anything allows everything to who is known, and nothing to others but what is
// public: tests of what pages do are not tests of who may.
type anything struct{}

func (anything) Allow(who policy.Who, action policy.Action, what policy.What, _ policy.Purpose) policy.Decision {
	public := what.Kind == policy.KindUnit || what.Kind == policy.KindCodeList && action == policy.Describe
	if who.Kind == "" && !public {
		return policy.Decision{}
	}
	return policy.Everything
}

type secrets struct{}

func (secrets) Key(purpose string) []byte {
	sum := sha256.Sum256([]byte("test " + purpose))
	return sum[:]
}

// NewDoor lets in who shows the token, as a program, and browsers that have shown
// it, as a person.
func NewDoor(g *guard.Guard) *door.Door {
	return &door.Door{
		Policies: anything{}, Secrets: secrets{},
		Known: func(r *http.Request) (*door.Caller, error) {
			if shown := door.Bearer(r); shown != "" {
				return &door.Caller{Who: policy.Who{Kind: "program", ID: "api"}, Actor: actor.Actor{Kind: "program", ID: "api", Name: "Chương trình thử"}}, g.Match(shown)
			}
			if g.InSession(r) {
				return &door.Caller{Who: policy.Who{Kind: "person", ID: "web"}, Actor: actor.Actor{Kind: "person", ID: "web", Name: "Người dùng trên web"}, CSRF: Form}, nil
			}
			return nil, nil
		},
		Record: func(context.Context, door.Entry) error { return nil },
		Use:    func(context.Context, door.Use) error { return nil },
	}
}
