package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go"
)

// policyID is what ids look like: letters that nobody takes for others.
var policyID = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,99}$`)

// noteWords are the annotations that are understood.
var noteWords = []string{"id", "vi", "en", "basis", "rows", "mask", "match", "group", "purpose", "strong"}

// A noun in both languages.
type noun struct{ vi, en string }

var (
	actionWord     = noun{"hành động", "action"}
	kindWord       = noun{"loại đối tượng", "kind of thing"}
	roleWord       = noun{"vai trò", "role"}
	attributeWord  = noun{"thuộc tính", "attribute"}
	annotationWord = noun{"chú thích", "annotation"}
	maskWord       = noun{"cách che", "mask"}
	rowsNoun       = noun{"phạm vi bản ghi", "extent of rows"}
	requiredWord   = noun{"giá trị", "value"}
)

// unknown reports a word that is not in a list, with the one that may have been
// meant.
func (f *findings) unknown(text, word string, what noun, list []string) {
	line, column := find(text, word)
	vi, en := "Có: "+strings.Join(list, ", ")+".", "There are: "+strings.Join(list, ", ")+"."
	if near := nearest(word, list); near != "" {
		vi, en = fmt.Sprintf("Có phải là “%s”?", near), fmt.Sprintf("Is “%s” meant?", near)
	}
	f.wrong(line, column, "%[1]s", "%[2]s",
		fmt.Sprintf("Không có %s “%s”. %s", what.vi, word, vi), fmt.Sprintf("There is no %s “%s”. %s", what.en, word, en))
}

// A noted policy is one whose annotations are being read.
type noted struct {
	*findings
	*rule
	notes map[string]string
}

// annotations reads what Cedar does not judge by itself.
func (f *findings) annotations(r *rule, policy *cedar.Policy) {
	n := noted{f, r, map[string]string{}}
	for key, value := range policy.Annotations() {
		n.notes[string(key)] = strings.TrimSpace(string(value))
	}
	n.about()
	n.obligations()
	n.rows()
	n.sight()
	n.group()
	effect := "forbid"
	if r.permit {
		effect = "permit"
	}
	r.reason = Reason{Policy: r.id, Effect: effect, Vi: r.words.vi, En: r.words.en}
}

// refuse reports something at an annotation.
func (n noted) refuse(key, vi, en string) {
	line, column := find(n.rule.text, "@"+key)
	n.wrong(line, column, "%[1]s", "%[2]s", vi, en)
}

// about reads the id and the sentences for people.
func (n noted) about() {
	for key := range n.notes {
		if !slices.Contains(noteWords, key) {
			n.unknown(n.rule.text, key, annotationWord, noteWords)
		}
	}
	w := &n.rule.words
	w.vi, w.en, w.basis = n.notes["vi"], n.notes["en"], n.notes["basis"]
	if !policyID.MatchString(n.rule.id) {
		n.refuse("id", `Thiếu @id("…") hoặc mã sai: chỉ gồm chữ thường a–z, chữ số, dấu “-” và “.”, dài 1–100 ký tự.`,
			`@id("…") is missing or wrong: lower-case a-z, digits, "-" and ".", 1 to 100 characters.`)
	}
	if w.vi == "" {
		n.refuse("vi", `Thiếu @vi("…"): câu giải thích bằng tiếng Việt cho người bị áp dụng.`, `@vi("…") is missing: the sentence in Vietnamese for those whom it concerns.`)
	}
	if w.en == "" {
		w.en = w.vi
	}
}

// concerns says whether the policy is about one of some actions.
func (n noted) concerns(test func(Action) bool) bool {
	return slices.ContainsFunc(n.rule.actions, func(i int) bool { return test(actions[i]) })
}

// obligations reads @purpose and @strong.
func (n noted) obligations() {
	for key, into := range map[string]*bool{"purpose": &n.rule.words.purpose, "strong": &n.rule.words.strong} {
		value, there := n.notes[key]
		if there && value != "required" {
			n.unknown(n.rule.text, value, requiredWord, []string{"required"})
		}
		*into = there
	}
}

// rows reads @rows: which rows a permit gives.
func (n noted) rows() {
	value, there := n.notes["rows"]
	needed := n.rule.permit && n.concerns(bringsRows)
	switch {
	case !there && !needed:
		n.rule.words.rows = rowsAll
	case !there:
		n.refuse("rows", `Thiếu @rows("…"): cho phép xem bản ghi thì phải nêu bản ghi nào: all, unit, org, unit-or-org hoặc none.`,
			`@rows("…") is missing: a permit that shows rows says which: all, unit, org, unit-or-org or none.`)
	case !n.rule.permit:
		n.refuse("rows", "@rows chỉ đi với permit.", "@rows goes with permit only.")
	case len(n.rule.actions) == 0: // none that is known
	case !n.concerns(touchesRows):
		n.refuse("rows", "@rows chỉ dùng cho hành động trên bản ghi.", "@rows goes with actions on rows only.")
	default:
		i := slices.Index(rowsWords[1:], value)
		if i < 0 {
			n.unknown(n.rule.text, value, rowsNoun, rowsWords[1:])
			return
		}
		n.rule.words.rows = rowsWord(i + 1)
	}
}

// maskWords are the values of @mask.
var maskWords = []string{"last4", "year", "commune", "hash", "hidden"}

// sight reads @mask and @match: how a column is seen.
func (n noted) sight() {
	mask, masked := n.notes["mask"]
	match, matched := n.notes["match"]
	if (masked || matched) && !n.concerns(func(a Action) bool { return a == see }) {
		n.refuse("ma", "@mask, @match chỉ dùng cho hành động see (xem trường thông tin).", "@mask and @match go with the action see only.")
		return
	}
	w := &n.rule.words
	switch {
	case masked && !slices.Contains(maskWords, mask):
		n.unknown(n.rule.text, mask, maskWord, maskWords)
	case matched && !slices.Contains([]string{"true", "false"}, match):
		n.unknown(n.rule.text, match, requiredWord, []string{"true", "false"})
	case matched && !masked && n.permit:
		n.refuse("match", "@match của permit cần @mask đi kèm: không che thì luôn tra cứu được.", "@match of a permit needs @mask: what is not masked can always be looked up.")
	}
	w.masked = masked
	w.sight = Sight{Mask: Mask(mask), Match: match == "true"}
	if !n.rule.permit && !masked {
		w.sight.Mask = Hidden
	}
}

// group reads @group: the smallest group that is shown.
func (n noted) group() {
	value, there := n.notes["group"]
	if !there {
		return
	}
	k, err := strconv.Atoi(value)
	switch {
	case !n.rule.permit || !n.concerns(func(a Action) bool { return a == Aggregate }):
		n.refuse("group", "@group chỉ dùng cho permit của hành động aggregate.", "@group goes with permits of aggregate only.")
	case err != nil || k < 2 || k > 1000:
		n.refuse("group", "@group phải là số nguyên từ 2 đến 1000.", "@group is a whole number from 2 to 1000.")
	default:
		n.rule.words.group = k
	}
}
