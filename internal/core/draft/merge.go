package draft

// union takes together what was seen of one column in several samples.
func union(all []*Evidence) *Evidence {
	if len(all) == 1 {
		return all[0]
	}
	u := &Evidence{Heading: all[0].Heading, Place: all[0].Place, Exact: true, running: true}
	at := map[string]int{}
	for _, e := range all {
		u.Rows += e.Rows
		u.Filled += e.Filled
		u.Exact = u.Exact && e.Exact
		if e.Filled == 0 {
			continue
		}
		if u.MinRunes == 0 || e.MinRunes < u.MinRunes {
			u.MinRunes = e.MinRunes
		}
		u.MaxRunes = max(u.MaxRunes, e.MaxRunes)
		u.AllRunes += e.AllRunes
		for _, s := range e.seen {
			u.countMarks(s)
		}
		for _, v := range e.values {
			if i, ok := at[v.text]; ok {
				u.values[i].n += v.n
			} else if len(u.values) < manyValues {
				at[v.text] = len(u.values)
				u.values = append(u.values, v)
			} else {
				u.more = true
			}
		}
		u.more = u.more || e.more
		u.vi.join(e.vi)
		u.en.join(e.en)
		u.joinDays(e)
		u.shapes.join(e.shapes)
		u.running = u.running && e.running
		u.Distinct = max(u.Distinct, e.Distinct)
	}
	if !u.more {
		u.Distinct = int64(len(u.values))
	}
	return u
}

func (e *Evidence) countMarks(s seen) {
	for i := range e.seen {
		if e.seen[i].marks == s.marks {
			e.seen[i].n += s.n
			return
		}
	}
	e.seen = append(e.seen, s)
}

func (e *Evidence) joinDays(o *Evidence) {
	if !o.dated {
		return
	}
	if !e.dated || o.first < e.first {
		e.first = o.first
	}
	if !e.dated || o.final > e.final {
		e.final = o.final
	}
	e.dated = true
}

func (s *numbers) join(o numbers) {
	if o.n == 0 {
		return
	}
	if s.n == 0 {
		*s = o
		return
	}
	s.n += o.n
	s.min, s.max = min(s.min, o.min), max(s.max, o.max)
	s.whole, s.frac = max(s.whole, o.whole), max(s.frac, o.frac)
}

func (s *shapes) join(o shapes) {
	s.many = s.many || o.many
	for _, f := range o.forms {
		s.joinForm(f)
	}
	s.many = s.many || len(s.forms) > manyForms
}

func (s *shapes) joinForm(f form) {
	classes := make([]byte, len(f.runs))
	for i, r := range f.runs {
		classes[i] = r.class
	}
	for i := range s.forms {
		if !s.forms[i].fits(classes) {
			continue
		}
		s.forms[i].n += f.n
		for j := range f.runs {
			mine, other := &s.forms[i].runs[j], f.runs[j]
			mine.min, mine.max = min(mine.min, other.min), max(mine.max, other.max)
			if mine.text != other.text {
				mine.text = ""
			}
		}
		return
	}
	f.runs = append([]run(nil), f.runs...)
	s.forms = append(s.forms, f)
}
