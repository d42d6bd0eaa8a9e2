package dictionary

import (
	"slices"

	"github.com/phohien/phohien/viet"
)

// Hierarchic reports whether any entry of the list stands below another.
func (l *CodeList) Hierarchic() bool {
	return slices.ContainsFunc(l.Codes, func(c Code) bool { return c.Parent != "" })
}

// hierarchy checks that each entry's parent is valid on all days on which the
// entry is, and that nothing stands below itself; i is the entry that is wrong.
func (l *CodeList) hierarchy() (i int, err error) {
	for i := range l.Codes {
		c := &l.Codes[i]
		if c.Parent == "" {
			continue
		}
		if len(l.byCode[c.Parent]) == 0 {
			return i, wrong(1, 1, "Mã “%s”: mã cấp trên “%s” không có trong danh mục.", "Code %q: its parent %q is not in the list.", c.Code, c.Parent)
		}
		if on, gap := l.gap(c); gap {
			return i, wrong(1, 1, "Mã “%s”: mã cấp trên “%s” không có hiệu lực vào %s, khi mã này có hiệu lực.",
				"Code %q: its parent %q is not valid on %s, when the code is.", c.Code, c.Parent, on.Date.Display())
		}
	}
	const open, closed = 1, 2
	seen := make([]byte, len(l.Codes))
	var below func(i int) bool // reports whether a walk up from i comes back
	below = func(i int) bool {
		c := &l.Codes[i]
		seen[i] = open
		for _, p := range l.byCode[c.Parent] {
			if overlap(c, &l.Codes[p]) && (seen[p] == open || seen[p] == 0 && below(p)) {
				return true
			}
		}
		seen[i] = closed
		return false
	}
	for i := range l.Codes {
		if seen[i] == 0 && below(i) {
			return i, wrong(1, 1, "Mã “%s”: theo các mã cấp trên đi lên thì quay lại chính một mã đã qua. Sửa mã cấp trên (parent).",
				"Code %q: following parents upwards comes back to a code that was passed. Change parent.", l.Codes[i].Code)
		}
	}
	return 0, nil
}

// The ends of time, for entries without a first or a last day.
const firstDay, lastDay = viet.Date(-1 << 30), viet.Date(1<<30 - 1)

func (c *Code) ends() (from, to viet.Date) {
	from, to = firstDay, lastDay
	if c.From.Set {
		from = c.From.Date
	}
	if c.To.Set {
		to = c.To.Date
	}
	return from, to
}

// gap finds the first day on which an entry is valid and its parent is not. Times
// without an end are told by the first day that is known.
func (l *CodeList) gap(c *Code) (on Day, found bool) {
	next, to := c.ends()
	for {
		moved := false
		for _, p := range l.byCode[c.Parent] {
			from, until := l.Codes[p].ends()
			if from <= next && next <= until {
				if until >= to {
					return Day{}, false
				}
				next, moved = until+1, true
			}
		}
		if !moved {
			break
		}
	}
	if next == firstDay { // before all that is known: the day before the parent begins
		first := lastDay
		for _, p := range l.byCode[c.Parent] {
			from, _ := l.Codes[p].ends()
			first = min(first, from)
		}
		next = min(first-1, to)
	}
	return Day{next, true}, true
}

// A Branch is an entry with how deep it stands below the top of its list.
type Branch struct {
	Code
	Depth int
}

// Tree gives the entries that are valid on a day, each followed by those below it,
// in the order of the list.
func (l *CodeList) Tree(on viet.Date) []Branch {
	children := map[string][]int{}
	for i := range l.Codes {
		if l.Codes[i].covers(on) {
			children[l.Codes[i].Parent] = append(children[l.Codes[i].Parent], i)
		}
	}
	var all []Branch
	var add func(parent string, depth int)
	add = func(parent string, depth int) {
		for _, i := range children[parent] {
			all = append(all, Branch{l.Codes[i], depth})
			add(l.Codes[i].Code, depth+1)
		}
	}
	add("", 0)
	return all
}
