package odcs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// elements names the lists whose items people know by a name, and the key that
// holds it.
var elements = map[string]struct {
	name message
	keys []string
}{
	"schema":                   {message{"bảng", "object"}, []string{"name", "id"}},
	"properties":               {message{"trường", "property"}, []string{"name", "id"}},
	"quality":                  {message{"quy tắc chất lượng", "quality rule"}, []string{"name", "id", "metric", "rule"}},
	"customProperties":         {message{"thuộc tính riêng", "custom property"}, []string{"property"}},
	"servers":                  {message{"máy chủ", "server"}, []string{"server", "id"}},
	"slaProperties":            {message{"cam kết dịch vụ", "SLA property"}, []string{"property"}},
	"roles":                    {message{"vai trò", "role"}, []string{"role"}},
	"members":                  {message{"thành viên", "team member"}, []string{"username"}},
	"team":                     {message{"thành viên", "team member"}, []string{"username"}},
	"support":                  {message{"kênh hỗ trợ", "support channel"}, []string{"channel"}},
	"relationships":            {message{"quan hệ", "relationship"}, []string{"to"}},
	"authoritativeDefinitions": {message{"định nghĩa gốc", "authoritative definition"}, []string{"type"}},
}

// where says in words what a JSON Pointer names: the property "x" of the object
// "y". It begins a sentence.
func (d *Document) where(path string) message {
	steps, ok := parsePath(path)
	if !ok || len(steps) == 0 {
		return message{"Đặc tả", "The contract"}
	}
	var vi, en []string
	n := d.root
	for i := 0; i < len(steps); i++ {
		step := steps[i]
		var child *node
		if n != nil && n.shape == mapping {
			child = n.get(step)
		}
		if child != nil && child.shape == sequence && i+1 < len(steps) {
			if at, ok := index(steps[i+1], len(child.items)); ok {
				m := naming(step, child.items[at].value, at)
				vi, en = append(vi, m.vi), append(en, m.en)
				n = child.items[at].value
				i++
				continue
			}
		}
		vi, en = append(vi, "mục “"+step+"”"), append(en, fmt.Sprintf("key %q", step))
		n = child
	}
	slices.Reverse(vi)
	slices.Reverse(en)
	return message{upperFirst(strings.Join(vi, " của ")), "The " + strings.Join(en, " of the ")}
}

// naming names one item of a list by what people call it, or by its number.
func naming(list string, n *node, i int) message {
	e, ok := elements[list]
	if !ok {
		return message{fmt.Sprintf("phần tử thứ %d của mục “%s”", i+1, list), fmt.Sprintf("item %d of the key %q", i+1, list)}
	}
	for _, key := range e.keys {
		if name := n.get(key); name != nil && name.shape == scalar && name.text != "" {
			return message{e.name.vi + " “" + name.text + "”", fmt.Sprintf("%s %q", e.name.en, name.text)}
		}
	}
	number := strconv.Itoa(i + 1)
	return message{e.name.vi + " thứ " + number, e.name.en + " number " + number}
}

func upperFirst(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToUpper(string(r)) + s[len(string(r)):]
		}
	}
	return s
}
