// Package ruledesk is what the API and the pages have in common about policies:
// putting them into force, taking them out and going back, each in the log, and the
// test bench, which says who may do what and why. Who may is what the routes ask.
package ruledesk

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
)

// A Desk is where policies are changed and tried.
type Desk struct {
	*policy.Policies
	Door      *door.Door
	Contracts *contract.Store
	Orgs      *org.Store
	Accounts  *identity.Service
}

// Free reports whether a new policy may have an id: pages stand at some addresses.
func Free(id string) bool {
	return !slices.Contains([]string{"", "new", "test", policy.SettingsID}, id)
}

// Put puts a policy, or the settings, into force. base is the digest of the text that
// the editor had before them, "" for a new one.
func (d *Desk) Put(ctx context.Context, id, text, note, base string) (v policy.Version, warnings []policy.Finding, err error) {
	if base == "" && !Free(id) {
		return v, nil, fault.New(fault.Invalid, "rules.no-id")
	}
	note = strings.TrimSpace(note)
	v, warnings, err = d.Policies.Put(ctx, door.Actor(ctx), id, text, note, base)
	return v, warnings, d.did(ctx, id, err, map[string]string{"version": v.Digest, "note": reason.Noted(note)})
}

// Remove takes a policy out of force; its history stays.
func (d *Desk) Remove(ctx context.Context, id, note, base string) error {
	_, err := d.Policies.Remove(ctx, door.Actor(ctx), id, strings.TrimSpace(note), base)
	return d.did(ctx, id, err, map[string]string{"removed": "yes"})
}

// Undo takes back the last change of a policy, by its number.
func (d *Desk) Undo(ctx context.Context, id string, seq int64) error {
	_, err := d.Policies.Undo(ctx, door.Actor(ctx), seq, locale.Vi.T("rules.undo-note"))
	return d.did(ctx, id, err, map[string]string{"undone": strconv.FormatInt(seq, 10)})
}

// did writes down that a policy was changed, or not, and gives err back.
func (d *Desk) did(ctx context.Context, id string, err error, detail map[string]string) error {
	return d.Door.Did(ctx, policy.EditPolicy, policy.What{Kind: policy.KindPolicy, ID: id}, err, detail)
}
