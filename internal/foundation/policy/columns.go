package policy

// columns says how each column is seen. Columns that are alike are judged once;
// only policies that name columns are judged for each.
func (set *snapshot) columns(q *request, d *Decision) {
	rows := "some"
	if d.Rows.All {
		rows = "all"
	}
	q.look(rows)
	q.ready()
	for i := range q.tiers {
		q.tiers[i] = q.tiers[i][:0]
	}
	q.classes = q.classes[:0]
	set.each(q, func(r *rule) {
		if r.principal.in(q.principal, q.keys[3:]) {
			q.tiers[r.grain] = append(q.tiers[r.grain], r)
		}
	})
	for i := range q.what.Columns {
		c := &q.what.Columns[i]
		pii := c.pii()
		g := set.class(q, byLevel, pii, "", c).and(set.class(q, byKind, pii, c.Kind, c))
		if len(q.tiers[byName]) > 0 {
			q.at(c)
			g = g.and(set.glimpse(q, q.tiers[byName]))
		}
		usual := set.settings.mask(pii, c.Kind)
		now, purpose, strong := g.sight(usual)
		d.NeedsPurpose, d.NeedsStrong = d.NeedsPurpose || purpose, d.NeedsStrong || strong
		if now != (Sight{}) {
			if d.Columns == nil {
				d.Columns = make(map[string]Sight, len(q.what.Columns))
			}
			d.Columns[c.Name] = now
		}
	}
}

// A class is columns that policies of a grain do not tell apart.
type class struct {
	grain     grain
	pii, kind string
	seen      glimpse
}

// class judges a column by the policies of a grain, once for all that are like
// it.
func (set *snapshot) class(q *request, grain grain, pii, kind string, c *Column) glimpse {
	if len(q.tiers[grain]) == 0 {
		return glimpse{}
	}
	for i := range q.classes {
		if q.classes[i].grain == grain && q.classes[i].pii == pii && q.classes[i].kind == kind {
			return q.classes[i].seen
		}
	}
	q.of(c)
	g := set.glimpse(q, q.tiers[grain])
	q.classes = append(q.classes, class{grain, pii, kind, g})
	return g
}

// A glimpse is what policies say about a column. Permits join to the widest,
// forbids to the strictest.
type glimpse struct {
	permit, forbid joined // those that hold now
	later          joined // permits that wait for a purpose or a second factor
	until          joined // forbids that end with one
	purpose        bool   // one of those waits for a purpose
	strong         bool   // one of those waits for a second factor
}

// joined is what several policies show together; there may be none.
type joined struct {
	any   bool
	sight Sight
}

func (j joined) wider(k joined) joined {
	switch {
	case !j.any:
		return k
	case k.any:
		j.sight = j.sight.wider(k.sight)
	}
	return j
}

func (j joined) stricter(k joined) joined {
	switch {
	case !j.any:
		return k
	case k.any:
		j.sight = j.sight.stricter(k.sight)
	}
	return j
}

// and joins what two sets of policies say.
func (g glimpse) and(h glimpse) glimpse {
	return glimpse{permit: g.permit.wider(h.permit), forbid: g.forbid.stricter(h.forbid), later: g.later.wider(h.later), until: g.until.stricter(h.until),
		purpose: g.purpose || h.purpose, strong: g.strong || h.strong}
}

// sight is how the column is seen: without a permit as is usual for its kind,
// with permits as the widest of them shows it, and never wider than the
// strictest forbid. The flags say what would show more.
func (g glimpse) sight(usual Sight) (now Sight, purpose, strong bool) {
	now = joined{true, usual}.wider(g.permit).sight
	now = joined{true, now}.stricter(g.forbid).stricter(g.until).sight
	if !g.purpose && !g.strong {
		return now, false, false
	}
	then := joined{true, usual}.wider(g.permit).wider(g.later).sight
	then = joined{true, then}.stricter(g.forbid).sight
	more := then != now
	return now, more && g.purpose, more && g.strong
}

// glimpse asks some policies about a column.
func (set *snapshot) glimpse(q *request, rules []*rule) glimpse {
	q.env.Resource = q.resource
	q.permits.clear()
	q.forbids.clear()
	for _, r := range rules {
		if r.resource.in(q.resource, q.above()) {
			q.batch(r).add(q, r)
		}
	}
	q.permits.judge(q)
	q.forbids.judge(q)
	var g glimpse
	for _, r := range q.permits.met {
		if j := (joined{true, r.words.sight}); q.met(r) {
			g.permit = g.permit.wider(j)
		} else {
			g.later = g.later.wider(j)
			g.wait(q, r)
		}
	}
	for _, r := range q.forbids.met {
		switch j := (joined{true, r.words.sight}); {
		case !r.words.purpose && !r.words.strong:
			g.forbid = g.forbid.stricter(j)
		case !q.met(r):
			g.until = g.until.stricter(j)
			g.wait(q, r)
		}
	}
	if len(q.permits.failed)+len(q.forbids.failed) > 0 {
		g.forbid = g.forbid.stricter(joined{true, Sight{Mask: Hidden}})
	}
	return g
}

// wait notes what would have to be shown for a policy to be met.
func (g *glimpse) wait(q *request, r *rule) {
	g.purpose = g.purpose || r.words.purpose && q.facts.purpose == ""
	g.strong = g.strong || r.words.strong && !q.facts.strong
}
