package draft

import (
	"slices"
	"strings"
)

// A tableGroup is samples that are taken for one table.
type tableGroup struct {
	tables  []*Table
	columns []*groupColumn
}

// A groupColumn is one column with its headings in the samples.
type groupColumn struct {
	heading  string   // the first
	meaning  meaning  // of the first heading
	words    []string // of each heading
	headings []string // all, each once
	of       []sampleColumn
}

type sampleColumn struct {
	table int // place in tableGroup.tables
	seen  *Evidence
}

func (c *groupColumn) seen() []*Evidence {
	var all []*Evidence
	for _, s := range c.of {
		all = append(all, s.seen)
	}
	return all
}

// alike is the share of columns that two samples of one table have in common.
const alike = 0.6

// group puts samples with mostly the same columns together.
func group(tables []*Table) []*tableGroup {
	var groups []*tableGroup
next:
	for _, t := range tables {
		for _, g := range groups {
			match, n := g.match(t)
			if n > 0 && float64(n) >= alike*float64(min(len(t.Columns), len(g.columns))) {
				g.take(t, match)
				continue next
			}
		}
		g := &tableGroup{}
		g.take(t, slices.Repeat([]int{-1}, len(t.Columns)))
		groups = append(groups, g)
	}
	return groups
}

// match finds for each column of a sample the group's column that it is, -1
// without: by the same words, then by the same meaning, then, if one is left on
// each side at the same place and of one type, by that.
func (g *tableGroup) match(t *Table) (match []int, n int) {
	match = slices.Repeat([]int{-1}, len(t.Columns))
	used := make([]bool, len(g.columns))
	words, meanings := make([]string, len(t.Columns)), make([]meaning, len(t.Columns))
	if len(g.columns) > 0 {
		for i, e := range t.Columns {
			words[i], meanings[i] = plainWords(e.Heading), means(e.Heading)
		}
	}
	pair := func(same func(c *groupColumn, i int) bool) {
		for i := range t.Columns {
			if match[i] >= 0 {
				continue
			}
			for j, c := range g.columns {
				if !used[j] && same(c, i) {
					match[i], used[j] = j, true
					n++
					break
				}
			}
		}
	}
	pair(func(c *groupColumn, i int) bool { return slices.Contains(c.headings, t.Columns[i].Heading) })
	pair(func(c *groupColumn, i int) bool { return words[i] != "" && slices.Contains(c.words, words[i]) })
	pair(func(c *groupColumn, i int) bool {
		a, b := &c.meaning, &meanings[i]
		return a.phrases != "" && a.phrases == b.phrases && a.unit == b.unit && a.aliases != "" && a.whole() && b.whole()
	})
	if n > 0 && n == len(t.Columns)-1 && n == len(g.columns)-1 {
		pair(func(c *groupColumn, i int) bool {
			first, e := c.of[0].seen, t.Columns[i]
			return first.Place == e.Place && choose(first, meaning{}).Type == choose(e, meaning{}).Type
		})
	}
	return match, n
}

// whole tells that the heading says hardly more than the phrase that it means:
// "ngày sinh", not "ngày sinh của cha".
func (m *meaning) whole() bool {
	for phrase := range strings.SplitSeq(m.phrases, ",") {
		bare := strings.Trim(phrase, "=^ ")
		if fits(phrase, m.folded) > 0 && len(bare)+4 >= len(m.folded) {
			return true
		}
	}
	return false
}

func (g *tableGroup) take(t *Table, match []int) {
	at := len(g.tables)
	g.tables = append(g.tables, t)
	for i, e := range t.Columns {
		j := match[i]
		if j < 0 {
			j = len(g.columns)
			g.columns = append(g.columns, &groupColumn{heading: e.Heading, meaning: means(e.Heading)})
		}
		c := g.columns[j]
		c.of = append(c.of, sampleColumn{at, e})
		if !slices.Contains(c.headings, e.Heading) {
			c.headings = append(c.headings, e.Heading)
			c.words = append(c.words, plainWords(e.Heading))
		}
	}
}
