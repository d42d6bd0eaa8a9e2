package units

import "github.com/phohien/phohien/viet"

// VillageTypes are the types of villages, as the code list loai-thon has them.
var VillageTypes = [...]string{"thon", "xom", "to_dan_pho", "khu_pho", "ap", "ban", "lang", "buon"}

// villageWord reads the type of a village that begins with word i, and gives it
// with the number of its words, 0 for none. Without marks "ban" and "lang" are
// such a type only where a part of the text begins.
func (t *text) villageWord(i int) (kind string, n int) {
	w := &t.words[i]
	begins := w.marked || w.gap >= gapSoft || i > 0 && t.words[i-1].number
	next := func(k int) string {
		if i+k < len(t.words) && t.words[i+k].gap < gapColon {
			return t.words[i+k].fold
		}
		return ""
	}
	switch w.fold {
	case "thon":
		kind, n = "thon", 1
	case "xom":
		kind, n = "xom", 1
	case "buon":
		if t.means(i, "buôn") && begins {
			kind, n = "buon", 1
		}
	case "lang":
		if t.means(i, "làng") && begins {
			kind, n = "lang", 1
		}
	case "ban":
		if t.means(i, "bản") && begins && next(1) != "do" { // tờ bản đồ
			kind, n = "ban", 1
		}
	case "ap":
		if t.means(i, "ấp") && begins {
			kind, n = "ap", 1
		}
	case "tdp":
		kind, n = "to_dan_pho", 1
	case "kp":
		kind, n = "khu_pho", 1
	case "khu":
		if next(1) == "pho" && (i+2 >= len(t.words) || t.words[i+1].gap == gapSpace) {
			kind, n = "khu_pho", 2
		}
	case "to":
		switch {
		case !t.means(i, "tổ"):
		case next(1) == "dan" && next(2) == "pho":
			kind, n = "to_dan_pho", 3
		case next(1) == "dp":
			kind, n = "to_dan_pho", 2
		case digits(next(1)):
			kind, n = "to_dan_pho", 1
		}
	}
	return kind, n
}

// Villages lists the villages of a commune on a day, in the order of the rows.
func (ix *Index) Villages(commune string, on viet.Date) []Unit {
	var list []Unit
	for _, i := range ix.within[commune] {
		if ix.units[i].ValidOn(on) {
			list = append(list, ix.units[i])
		}
	}
	return list
}

// ResolveVillage finds the village that a text names within a commune on a day:
// "Thôn Đông", "TDP 5", "đông". It is sure under the rules of Resolve.
func (ix *Index) ResolveVillage(commune, name string, on viet.Date) Result {
	name = tidy(name)
	if name == "" {
		return Result{Why: WhyEmpty}
	}
	best := fitNone
	var found []Unit
	for _, r := range readings(Village, name, plain(name)) {
		for _, i := range ix.within[commune] {
			u := &ix.units[i]
			if !u.ValidOn(on) {
				continue
			}
			switch f := r.fits(u, &ix.keys[i]); {
			case f < best:
				best, found = f, append(found[:0], *u)
			case f == best && f != fitNone && !hasUnit(found, u.UID):
				found = append(found, *u)
			}
		}
	}
	switch {
	case len(found) == 0:
		return Result{Why: WhyNone}
	case len(found) > 1 && on == NoDay:
		return Result{Units: few(found), Why: WhyDay}
	case len(found) > 1:
		return Result{Units: few(found), Why: WhySeveral}
	case best >= fitNear:
		return Result{Units: found, Why: WhyNear}
	}
	return Result{Units: found, Sure: true, Why: WhyName}
}

func hasUnit(list []Unit, uid string) bool {
	for i := range list {
		if list[i].UID == uid {
			return true
		}
	}
	return false
}

// villages makes out the village of an address. Of a commune that was divided,
// the village says which part is meant when the register has it on the last day
// of the old commune and knows what became of it.
func (t *text) villages(r *AddressResult, found *settled, on viet.Date) {
	for i := range r.Parts {
		p := &r.Parts[i]
		if p.Kind != PartVillage || r.Village.Sure {
			continue
		}
		if !found.Sure && found.Why == WhySplit && found.old.Sure && len(t.ix.within[found.old.Units[0].UID]) > 0 {
			t.divided(found, p, on)
		}
		if found.Sure && len(t.ix.within[found.Units[0].UID]) > 0 {
			r.Village = t.ix.ResolveVillage(found.Units[0].UID, villageQuery(p), on)
		}
	}
}

// villageQuery words a village for the readings of its level.
func villageQuery(p *Part) string {
	if p.Type == "" {
		return p.Text
	}
	return shortVillages[p.Type] + " " + p.Name
}

// shortVillages are the types as typeWords has them, without marks.
var shortVillages = map[string]string{
	"thon": "thon", "xom": "xom", "to_dan_pho": "tdp", "khu_pho": "kp", "ap": "ap", "ban": "ban", "lang": "lang", "buon": "buon",
}

// divided follows a village of a divided commune to the commune it is in now.
func (t *text) divided(found *settled, p *Part, on viet.Date) {
	old := t.ix.ResolveVillage(found.old.Units[0].UID, villageQuery(p), t.ix.last)
	if !old.Sure {
		return
	}
	next := t.ix.Convert(old.Units[0].UID, t.ix.last, on)
	if !next.Sure {
		return
	}
	commune, ok := t.ix.ByUID(next.Units[0].Commune)
	if ok && commune.ValidOn(on) && hasUnit(found.Units, commune.UID) {
		found.Result = Result{Units: []Unit{commune}, Sure: true, Why: WhyVillage}
	}
}
