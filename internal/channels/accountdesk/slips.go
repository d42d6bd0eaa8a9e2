package accountdesk

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
)

// A Slip is what an owner gets on paper, to begin with.
type Slip struct {
	identity.Slip
	Generated bool // of sample data: no real person
}

// Slips makes new activation codes for accounts, for all or for none. They are told this
// once, and earlier ones are void. address is where the platform is found.
func (d *Desk) Slips(ctx context.Context, ids []string, address string) ([]Slip, error) {
	var once []string
	for _, id := range ids {
		if !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	switch ids = once; {
	case len(ids) == 0:
		return nil, fault.New(fault.Invalid, "people.slips.none")
	case len(ids) > MostPeople:
		return nil, fault.New(fault.TooLarge, "people.import.many", int64(MostPeople))
	}
	made, err := d.ActivationSlips(ctx, door.Actor(ctx), ids, address)
	if err != nil { // as a whole; ids that name nothing may be anything
		return nil, d.did(ctx, "", "invite", err, map[string]string{"accounts": strconv.Itoa(len(ids))})
	}
	for _, one := range made {
		if err := d.did(ctx, one.Account, "invite", nil, nil); err != nil {
			return nil, err
		}
	}
	list := make([]Slip, len(made))
	for i, one := range made {
		a, err := d.Account(ctx, one.Account)
		if err != nil {
			return nil, err
		}
		list[i].Slip = one
		if list[i].Generated, err = d.generated(ctx, a); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Address is the one under which a reader has found us.
func Address(r *http.Request) string {
	scheme := "http"
	if guard.Secure(r) {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host}).String()
}

// An Emergency is an emergency account.
type Emergency struct {
	identity.Account
	Sealed bool // nobody has used its code
}

// Emergencies lists the emergency accounts.
func (d *Desk) Emergencies(ctx context.Context) ([]Emergency, error) {
	all, err := d.Every(ctx, identity.Filter{Kind: identity.KindEmergency})
	if err != nil {
		return nil, err
	}
	list := make([]Emergency, len(all))
	for i, a := range all {
		list[i].Account = a
		if list[i].Sealed, err = d.Sealed(ctx, a.ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// MakeEmergency makes an emergency account, and the code that opens it, told this once.
func (d *Desk) MakeEmergency(ctx context.Context, name string) (id, code string, err error) {
	a, code, err := d.Service.MakeEmergency(ctx, door.Actor(ctx), name)
	return a.ID, code, d.did(ctx, a.ID, "emergency", err, nil)
}

// Reseal makes the next code of an emergency account, told this once; the one before
// is void.
func (d *Desk) Reseal(ctx context.Context, id string) (code string, err error) {
	code, err = d.Service.Reseal(ctx, door.Actor(ctx), id)
	return code, d.did(ctx, id, "reseal", err, nil)
}
