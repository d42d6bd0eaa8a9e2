package contract

import (
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A PersonalClass is how far the law protects what a column tells of a person
// (Luật 91/2025/QH15; Nghị định 356/2025/NĐ-CP Điều 3, Điều 4).
type PersonalClass string

// The classes. The empty one means that nobody has decided.
const (
	NotPersonal       PersonalClass = "none"
	BasicPersonal     PersonalClass = "basic"
	SensitivePersonal PersonalClass = "sensitive"
)

// Personal says what a column tells of a person.
type Personal struct {
	Class PersonalClass
	Kind  string // name, birth, personal_id …: the kinds that phohien.schema.json lists
}

// Is reports whether the column holds personal data.
func (p Personal) Is() bool { return p.Class == BasicPersonal || p.Class == SensitivePersonal }

// byIdentifier says which identifiers are personal data unless the contract says
// otherwise.
var byIdentifier = map[viet.Kind]Personal{
	viet.KindCCCD: {BasicPersonal, "personal_id"}, viet.KindCMND: {BasicPersonal, "personal_id"},
	viet.KindPassport: {BasicPersonal, "passport"}, viet.KindBHXH: {BasicPersonal, "social_insurance"},
	viet.KindBHYT: {BasicPersonal, "health_insurance"}, viet.KindPhone: {BasicPersonal, "phone"},
	viet.KindPlate: {BasicPersonal, "plate"}, viet.KindEmail: {BasicPersonal, "email"},
}

// ImpliedBy is what an identifier tells of a person when the contract is silent.
func ImpliedBy(kind viet.Kind) Personal { return byIdentifier[kind] }

// personal settles what a property tells of a person: what is written, else what
// its identifier implies.
func (b *builder) personal(i int, v values) {
	c := &b.obj.Columns[i]
	c.Personal = ImpliedBy(c.Identifier)
	if g := v.group("phohien.personal"); g != nil {
		class, _ := g["class"].(string)
		kind, _ := g["kind"].(string)
		c.Personal = Personal{PersonalClass(class), kind}
	}
}

// openPersonal refuses to open a data set with personal columns: publishing
// personal data has conditions of its own, which opening does not meet.
func (r *resolver) openPersonal() {
	if r.out.Access != policy.AccessOpen {
		return
	}
	for _, o := range r.out.Objects {
		for i := range o.Columns {
			if c := &o.Columns[i]; c.Personal.Is() {
				r.fail(CodeOpenPersonal, "/customProperties",
					"Không mở được bộ dữ liệu này: trường “%s” là dữ liệu cá nhân (Nghị định 356/2025/NĐ-CP Điều 3, Điều 4); công khai dữ liệu cá nhân phải theo điều kiện riêng (Luật 91/2025/QH15 Điều 16). Bỏ trường đó khỏi bộ dữ liệu mở, hoặc ghi phohien.access là shared hay restricted.",
					"This data set cannot be open: the property %q is personal data (Decree 356/2025, Articles 3 and 4), and making personal data public has conditions of its own (Law 91/2025, Article 16). Leave it out of the open data set, or set phohien.access to shared or restricted.",
					c.Title)
			}
		}
	}
}

// What is the object as policies judge it.
func (c *Contract) What(o *Object) policy.What {
	w := policy.What{Kind: policy.KindDataset, ID: o.Dataset, Owner: c.Owner, Access: c.Access, Class: c.Class, Columns: o.judged}
	if w.Columns == nil {
		w.Columns = o.asJudged()
	}
	if o.ScopeUnit >= 0 {
		w.UnitColumn = o.Columns[o.ScopeUnit].Name
	}
	if o.ScopeAgency >= 0 {
		w.OrgColumn = o.Columns[o.ScopeAgency].Name
	}
	return w
}

// asJudged are the columns as policies judge them.
func (o *Object) asJudged() []policy.Column {
	all := make([]policy.Column, len(o.Columns))
	for i := range o.Columns {
		col := &o.Columns[i]
		all[i] = policy.Column{Name: col.Name, PII: string(col.Personal.Class), Kind: col.Personal.Kind}
	}
	return all
}
