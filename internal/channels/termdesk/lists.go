package termdesk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/viet"
)

// Lists is what all doors to the code lists do: change them, tell what was changed,
// and put a former version into force again. It asks the policies, and writes down
// what was done.
type Lists struct {
	Door    *door.Door
	Store   lists
	Changed func(ctx context.Context) error             // told of a change; may be nil
	Who     func(ctx context.Context, id string) string // names an account; nil: by its id
}

// lists is what this package needs of dictionary.Store.
type lists interface {
	Current(ctx context.Context, id string) (*dictionary.CodeList, error)
	Version(ctx context.Context, id, digest string) (*dictionary.CodeList, error)
	Versions(ctx context.Context, id string) ([]dictionary.Version, error)
	Change(ctx context.Context, by actor.Actor, match string, l *dictionary.CodeList) error
}

// MostCodes bounds a list that is changed here, in entries.
const MostCodes = 20_000

// MostDetails is how many changes of a list are told at once.
const MostDetails = 200

// Edited finds a list for who may change it.
func (d *Lists) Edited(ctx context.Context, id string) (*dictionary.CodeList, error) {
	if _, err := d.Door.May(ctx, policy.EditContract, What(id)); err != nil {
		return nil, err
	}
	c, err := d.Store.Current(ctx, id)
	if err == nil && c.Retired {
		return nil, fault.New(fault.Conflict, "codelist.retired", c.Name)
	}
	return c, err
}

// With are the entries of a list with one written over the entry of that code and
// first day, or added where there is none.
func With(c *dictionary.CodeList, one dictionary.Line) []dictionary.Line {
	lines := c.Lines()
	one.Code = strings.TrimSpace(one.Code)
	at := slices.IndexFunc(lines, func(l dictionary.Line) bool { return l.Code == one.Code && sameDay(l.From, one.From) })
	if at < 0 {
		one.Number = len(lines) + 2
		return append(lines, one)
	}
	one.Number = lines[at].Number
	lines[at] = one
	return lines
}

func sameDay(a, b string) bool {
	x, _, e1 := viet.ParseDate([]byte(strings.TrimSpace(a)))
	y, _, e2 := viet.ParseDate([]byte(strings.TrimSpace(b)))
	return (e1 == nil) == (e2 == nil) && (e1 != nil || x == y)
}

// A ListPlan is what an edit would change.
type ListPlan struct {
	List    *dictionary.CodeList // as it would be; the one in force when nothing changes
	Details []pack.Detail
	Renamed []dictionary.Renamed // rows that hold them would say something else
}

// WrongLines are entries that no list can have.
type WrongLines struct{ All []*dictionary.Error }

// Error counts them.
func (w *WrongLines) Error() string { return w.Unwrap().Error() }

// Unwrap is the fault.
func (w *WrongLines) Unwrap() error {
	return fault.New(fault.Invalid, "codelist.wrong", int64(len(w.All)))
}

// Parts are the lines with what is wrong, as answers to programs have them.
func (w *WrongLines) Parts(l locale.Lang) (all [][2]string) {
	for _, e := range w.All {
		all = append(all, [2]string{"line " + strconv.Itoa(e.Line), e.In(l)})
	}
	return all
}

// Look says what other entries would change in a list. Those that it cannot have are
// a *WrongLines.
func (d *Lists) Look(c *dictionary.CodeList, lines []dictionary.Line) (ListPlan, error) {
	switch {
	case len(lines) == 0:
		return ListPlan{}, fault.New(fault.Invalid, "codelist.empty")
	case len(lines) > MostCodes:
		return ListPlan{}, fault.New(fault.TooLarge, "codelist.many", int64(MostCodes))
	}
	n, wrong := c.Edited(lines)
	if len(wrong) > 0 {
		return ListPlan{}, &WrongLines{wrong}
	}
	if n.Digest == c.Digest {
		return ListPlan{List: n}, nil
	}
	return ListPlan{n, dictionary.Diff(c, n), n.Renamed(c)}, nil
}

// Put puts what was looked at into force, for a reason. base is the digest of the
// list that the editor had before them: when another has come since, that is a
// Conflict that tells what changed. Codes get other names only with renamed.
func (d *Lists) Put(ctx context.Context, c *dictionary.CodeList, plan ListPlan, base, why string, renamed bool) error {
	why, err := moves.Reason(why)
	n := plan.List
	switch {
	case err != nil:
	case n.Digest == c.Digest:
		err = fault.New(fault.Invalid, "codelist.same")
	case base != c.Digest:
		err = fault.New(fault.Conflict, "codelist.changed", c.Name)
	case len(plan.Renamed) > 0 && !renamed:
		clash := &door.Clash{Err: fault.New(fault.Conflict, "codelist.renamed", int64(len(plan.Renamed)))}
		for _, r := range plan.Renamed {
			clash.All = append(clash.All, [2]string{r.Code, fmt.Sprintf("“%s” → “%s”", r.Was, r.Is)})
		}
		err = clash
	default:
		err = d.Store.Change(ctx, door.Actor(ctx), base, n)
	}
	err = d.told(ctx, c.ID, base, err)
	return d.did(ctx, c.ID, err, map[string]string{"change": "code-list", "before": c.Digest, "after": n.Digest, "reason": reason.Noted(why)})
}

// Again puts a former version into force again, by its digest.
func (d *Lists) Again(ctx context.Context, c *dictionary.CodeList, digest, base, why string) error {
	n, err := d.Store.Version(ctx, c.ID, digest)
	if err != nil {
		return err
	}
	why, err = moves.Reason(why)
	if err == nil {
		again := *n
		again.Pack = c.Pack
		err = d.told(ctx, c.ID, base, d.Store.Change(ctx, door.Actor(ctx), base, &again))
	}
	return d.did(ctx, c.ID, err, map[string]string{"change": "code-list-again", "before": c.Digest, "after": n.Digest, "reason": reason.Noted(why)})
}

// told adds to the refusal of who was second what has changed since the version that
// they had before them.
func (d *Lists) told(ctx context.Context, id, base string, err error) error {
	if !fault.Is(err, "codelist.changed") {
		return err
	}
	was, e := d.Store.Version(ctx, id, base)
	if fault.KindOf(e) == fault.NotFound && e != nil {
		return err // they name no version: there is nothing to compare
	}
	if e != nil {
		return e
	}
	now, e := d.Store.Current(ctx, id)
	if e != nil {
		return e
	}
	clash := &door.Clash{Err: err}
	l := locale.From(ctx)
	details := dictionary.Diff(was, now)
	for _, one := range details[:min(len(details), MostDetails)] {
		clash.All = append(clash.All, [2]string{"codes", l.Of(one.Vi, one.En)})
	}
	return clash
}

// did writes down that a list was changed, or not, and has what stands on it judged
// anew.
func (d *Lists) did(ctx context.Context, id string, err error, detail map[string]string) error {
	err = d.Door.Did(ctx, policy.EditContract, What(id), err, detail)
	if err == nil && d.Changed != nil {
		err = d.Changed(ctx)
	}
	return err
}

// A ListVersion is a version of a list, with what it changed.
type ListVersion struct {
	dictionary.Version
	By      string        // who put it into force
	Details []pack.Detail // from the version put into force before it; of old ones nobody says them
}

// comparedVersions is how many versions are compared with those before them.
const comparedVersions = 10

// History tells the versions of a list, the one that was put into force last first.
func (d *Lists) History(ctx context.Context, id string) (all []ListVersion, err error) {
	versions, err := d.Store.Versions(ctx, id)
	if err != nil {
		return nil, err
	}
	for i, v := range versions {
		one := ListVersion{Version: v, By: d.who(ctx, v.InstalledBy)}
		if i < comparedVersions && i+1 < len(versions) {
			is, err := d.Store.Version(ctx, id, v.Digest)
			if err != nil {
				return nil, err
			}
			was, err := d.Store.Version(ctx, id, versions[i+1].Digest)
			if err != nil {
				return nil, err
			}
			one.Details = dictionary.Diff(was, is)
		}
		all = append(all, one)
	}
	return all, nil
}

// who names who put a version into force.
func (d *Lists) who(ctx context.Context, id string) string {
	if d.Who == nil || id == "" {
		return id
	}
	return cmp.Or(d.Who(ctx, id), id)
}
