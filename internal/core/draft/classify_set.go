package draft

import (
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// From how many persons on a data set is looked at more closely (Quyết định
// 20/2025/QĐ-TTg: sensitive data of 100,000 citizens is core; STANDARDS §22).
const (
	manySubjects = 10_000
	mostSubjects = 100_000
)

// The classes of Nghị định 165/2025/NĐ-CP, as phohien.class writes them.
const (
	classCore      = "core"
	classImportant = "important"
	classOther     = "other"
)

// whole proposes for the data set what its columns come to.
func (c *classifier) whole(out *Classification) {
	var basic, sensitive, health string // titles of the first such column
	for i := range out.Columns {
		p := &out.Columns[i]
		switch p.Proposed.Class {
		case contract.SensitivePersonal:
			sensitive = first(sensitive, p.Title)
		case contract.BasicPersonal:
			basic = first(basic, p.Title)
		}
		if p.Proposed.Kind == "health" {
			health = first(health, p.Title)
		}
	}
	if c.subject && basic+sensitive != "" {
		out.Subjects, out.Estimated = c.subjects(out)
	}
	c.access(out, basic, sensitive)
	c.class(out, basic, sensitive, health)
}

// subjects is how many persons the rows speak of: counted, else as many as the
// rows have different numbers or, without numbers, rows.
func (c *classifier) subjects(out *Classification) (n int64, estimated bool) {
	if c.held.Subjects > 0 {
		return c.held.Subjects, false
	}
	for i := range out.Columns {
		switch out.Columns[i].Proposed.Kind {
		case "personal_id", "social_insurance", "health_insurance":
			if e := c.seen[i]; e.Filled > 0 && c.rows > 0 {
				// A person whose row comes again in the sample comes again beyond it.
				return int64(float64(c.held.Rows) * float64(e.Distinct) / float64(e.Filled)), true
			}
		}
	}
	return c.held.Rows, true
}

func (c *classifier) access(out *Classification, basic, sensitive string) {
	because := func(access, key string, args ...any) {
		out.Access, out.AccessWhy = access, []Note{say(key, args...)}
	}
	switch {
	case sensitive != "":
		because(policy.AccessRestricted, "classify.access.sensitive", sensitive)
	case basic != "" && c.subject:
		because(policy.AccessRestricted, "classify.access.persons", basic)
	case basic != "":
		because(policy.AccessShared, "classify.access.contact", basic)
	case c.public():
		because(policy.AccessOpen, "classify.access.public")
	default:
		because(policy.AccessShared, "classify.access.shared")
	}
}

// public reports whether the contract calls each of its columns public.
func (c *classifier) public() bool {
	for i := range c.obj.Columns {
		if c.obj.Columns[i].Classification != "public" {
			return false
		}
	}
	return len(c.obj.Columns) > 0
}

func (c *classifier) class(out *Classification, basic, sensitive, health string) {
	out.Class = classOther
	because := func(class, key string, args ...any) {
		if out.Class == classOther || class == classCore {
			out.Class = class
		}
		out.ClassWhy = append(out.ClassWhy, say(key, args...))
	}
	n := out.Subjects
	if sensitive != "" && n >= mostSubjects {
		because(classCore, "classify.class.core", n, int64(mostSubjects))
	} else if sensitive != "" && n >= manySubjects {
		because(classImportant, "classify.class.sensitive", n, int64(manySubjects))
	}
	if sensitive == "" && basic != "" && n >= mostSubjects {
		because(classImportant, "classify.class.basic", n, int64(mostSubjects))
	}
	if health != "" {
		because(classImportant, "classify.class.health", health)
	}
	switch {
	case len(out.ClassWhy) > 0:
	case n > 0:
		out.ClassWhy = []Note{say("classify.class.few", n, int64(manySubjects))}
	default:
		out.ClassWhy = []Note{say("classify.class.none")}
	}
	if out.Estimated && n > 0 {
		out.ClassWhy = append(out.ClassWhy, say("classify.class.estimated", c.rows))
	}
}
