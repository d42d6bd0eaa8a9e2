package policy

import "slices"

// Where somebody stands to what is asked for, in the table of WhoCan.
const (
	StandsOwn   = "own"   // acts for the organisation that owns it
	StandsUnit  = "unit"  // acts for another one, and its unit and agency have rows in it
	StandsOther = "other" // acts for another one that has nothing in it
)

// A Standing is one line of the table of WhoCan.
type Standing struct {
	Role     Role     `json:"role"`
	Stands   string   `json:"stands"`
	Decision Decision `json:"decision"`
	Vi       string   `json:"vi"`
	En       string   `json:"en"`
}

// WhoCan tells who may do an action to something: for every role, or for those
// that are named, from where they may stand, which rows and which columns how.
// strong asks as somebody who has shown a second factor.
func (p *Policies) WhoCan(action Action, what What, purpose Purpose, strong bool, roles ...string) []Standing {
	set := p.now.Load()
	var list []Standing
	for _, role := range set.settings.RoleList {
		if len(roles) > 0 && !slices.Contains(roles, role.ID) {
			continue
		}
		for _, stands := range []string{StandsOwn, StandsUnit, StandsOther} {
			if role.ID == RolePublic && stands != StandsOther {
				continue
			}
			who := imagine(role.ID, stands, what.Owner, strong)
			d := set.allow(&who, action, &what, purpose)
			vi, en := Say(&d, &what, action)
			list = append(list, Standing{Role: role, Stands: stands, Decision: d, Vi: vi, En: en})
		}
	}
	return list
}

// Placeholders for the unit and the agency of an imagined asker.
const (
	OwnUnit   = "[địa bàn mình]"
	OwnAgency = "[cơ quan mình]"
)

// imagine makes somebody with a role.
func imagine(role, stands, owner string, strong bool) Who {
	if role == RolePublic {
		return Anonymous
	}
	w := Who{Kind: "person", ID: "?", Roles: []string{RoleOfficial, role}, Org: OwnAgency, Strong: strong, Inside: true}
	switch role {
	case RoleService:
		w.Kind, w.Roles = "program", []string{role}
	case RoleCompany:
		w.Kind, w.Roles = "company", []string{role}
	case RoleEmergency:
		w.Kind, w.Roles = "emergency", []string{role}
	case RoleOfficial:
		w.Roles = []string{role}
	}
	switch {
	case stands == StandsOwn && owner != "":
		w.Org, w.Covers = owner, []string{owner}
	case stands == StandsUnit:
		w.Units, w.Covers = []string{OwnUnit}, []string{OwnAgency}
	}
	w.Orgs = []string{w.Org}
	return w
}
