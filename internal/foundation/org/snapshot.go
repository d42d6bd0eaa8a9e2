package org

import (
	"slices"

	"github.com/phohien/phohien/viet"
)

// A Snapshot is all organisations and posts at one moment. It never changes:
// what its methods return is shared and must not be written to.
type Snapshot struct {
	*tree
	posts *postIndex
}

// Org gives an organisation by its id, whether it is there now or not.
func (s *Snapshot) Org(id string) (*Org, bool) {
	i, ok := s.index[id]
	if !ok {
		return nil, false
	}
	return s.orgs[i], true
}

// Name is what an organisation is called, whether it is there now or not; one that
// is not known by its id, as without a snapshot.
func (s *Snapshot) Name(id string) string {
	if s != nil {
		if o, ok := s.Org(id); ok {
			return o.Name
		}
	}
	return id
}

// NameOf is Name of an organisation that may be given by its electronic code too.
func (s *Snapshot) NameOf(idOrCode string, on viet.Date) string {
	if _, ok := s.Org(idOrCode); !ok {
		if o, ok := s.ByCode(idOrCode, on); ok {
			return o.Name
		}
	}
	return s.Name(idOrCode)
}

// Code is the electronic code of an organisation on a day, "" where it has none or
// is not known.
func (s *Snapshot) Code(id string, on viet.Date) string {
	if o, ok := s.Org(id); ok {
		return o.CodeOn(on)
	}
	return ""
}

// Get gives an organisation that is there on a day.
func (s *Snapshot) Get(id string, on viet.Date) (*Org, bool) {
	_, i, ok := s.find(id, on)
	if !ok {
		return nil, false
	}
	return s.orgs[i], true
}

// Len is the number of organisations, those of the past too.
func (s *Snapshot) Len() int { return len(s.orgs) }

// Path is an organisation and its superiors on a day, from it upwards; nil when
// it is not there.
func (s *Snapshot) Path(id string, on viet.Date) []string {
	v, i, ok := s.find(id, on)
	if !ok {
		return nil
	}
	return v.paths[i]
}

// Subtree is an organisation and all below it on a day, each followed by those
// below it; nil when it is not there.
func (s *Snapshot) Subtree(id string, on viet.Date) []string {
	v, i, ok := s.find(id, on)
	if !ok {
		return nil
	}
	return v.order[v.in[i]:v.out[i]:v.out[i]]
}

// Within reports whether an organisation is another or below it on a day.
func (s *Snapshot) Within(id, above string, on viet.Date) bool {
	v, i, ok := s.find(id, on)
	if !ok {
		return false
	}
	a, ok := s.index[above]
	return ok && v.valid[a] && v.in[a] <= v.in[i] && v.in[i] < v.out[a]
}

// Covers is what row scopes by agency are matched with: the ids of an
// organisation and of all below it on a day, and the codes they have.
func (s *Snapshot) Covers(id string, on viet.Date) []string {
	v, i, ok := s.find(id, on)
	if !ok {
		return nil
	}
	return v.covers[i]
}

// A Branch is one organisation in a Tree.
type Branch struct {
	Org    *Org
	Parent string // id, "" at the top
	Depth  int    // 0 at the top
}

// Tree is all organisations that are there on a day, each followed by those
// below it.
func (s *Snapshot) Tree(on viet.Date) []Branch {
	v := s.on(on)
	out := make([]Branch, len(v.order))
	for at, i := range v.position {
		out[at] = Branch{Org: s.orgs[i], Depth: int(v.depth[i])}
		if v.parent[i] >= 0 {
			out[at].Parent = s.orgs[v.parent[i]].ID
		}
	}
	return out
}

// Successors is what has become of an organisation by a day: itself while it is
// there, else those that its successors lead to.
func (s *Snapshot) Successors(id string, on viet.Date) []string {
	i, ok := s.index[id]
	if !ok {
		return nil
	}
	return s.follow(i, s.after, on)
}

// Predecessors is what was on a day in the place of an organisation.
func (s *Snapshot) Predecessors(id string, on viet.Date) []string {
	i, ok := s.index[id]
	if !ok {
		return nil
	}
	return s.follow(i, s.before, on)
}

// ByCode gives the organisation that has a code on a day, in the form of today
// or the older one.
func (s *Snapshot) ByCode(code string, on viet.Date) (*Org, bool) {
	found := s.coded(code, on, false)
	if len(found) != 1 {
		return nil, false
	}
	return found[0], true
}

// UnderCode gives the organisations whose code on a day is this one or begins
// with it and a dot.
func (s *Snapshot) UnderCode(code string, on viet.Date) []*Org { return s.coded(code, on, true) }

// Find gives the organisations there on a day that a text may mean, the best
// first.
func (s *Snapshot) Find(text string, on viet.Date, limit int) []*Org {
	return s.search(text, on, limit)
}

// Named gives the organisations there on a day that have exactly this name,
// accents and case aside.
func (s *Snapshot) Named(name string, on viet.Date) []*Org { return s.named(name, on) }

// OfUnit gives the organisation that governs an administrative unit, by its uid,
// on a day.
func (s *Snapshot) OfUnit(uid string, on viet.Date) (*Org, bool) {
	v := s.on(on)
	for i, o := range s.orgs {
		if v.valid[i] && o.Unit == uid && uid != "" {
			return o, true
		}
	}
	return nil, false
}

// Post gives a post by its id, whether it is held now or not.
func (s *Snapshot) Post(id string) (Post, bool) {
	p := s.posts.byID[id]
	if p == nil {
		return Post{}, false
	}
	return *p, true
}

// Posts are those that a person holds on a day. A post in an organisation that
// is not there gives nothing.
func (s *Snapshot) Posts(person string, on viet.Date) []Post {
	return s.held(s.posts.byPerson[person], on)
}

// Holders are the posts held in an organisation on a day, heads before deputies.
func (s *Snapshot) Holders(org string, on viet.Date) []Post { return s.held(s.posts.byOrg[org], on) }

func (s *Snapshot) held(list []*Post, on viet.Date) []Post {
	var out []Post
	for _, p := range list {
		if !p.Covers(on) {
			continue
		}
		if _, _, ok := s.find(p.Org, on); ok {
			out = append(out, *p)
		}
	}
	return out
}

// AllPosts are the posts of a person through all time, the first first.
func (s *Snapshot) AllPosts(person string) []Post {
	var out []Post
	for _, p := range s.posts.byPerson[person] {
		out = append(out, *p)
	}
	slices.SortStableFunc(out, func(a, b Post) int { return compareFrom(a.Span, b.Span) })
	return out
}

// UnitsOf are the codes of the administrative units that a post covers on a
// day: those it names; the unit that its organisation governs when it names
// none; with "*" the province of its organisation and every unit in it that an
// organisation governs. "*" itself comes back only for an organisation of no
// single province.
func (s *Snapshot) UnitsOf(p *Post, on viet.Date) []string {
	v, i, ok := s.find(p.Org, on)
	if !ok {
		return nil
	}
	o := s.orgs[i]
	if slices.Contains(p.Units, AllUnits) {
		if o.Province == "" {
			return []string{AllUnits}
		}
		return s.ofProvince(v, o.Province)
	}
	if len(p.Units) == 0 && o.UnitCode != "" {
		return []string{o.UnitCode}
	}
	return p.Units
}

func (s *Snapshot) ofProvince(v *view, code string) []string {
	units := v.units[code]
	if slices.Contains(units, code) {
		return units
	}
	return append(slices.Clone(units), code)
}
