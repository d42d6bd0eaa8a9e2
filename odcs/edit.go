package odcs

import (
	"bytes"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// Set replaces the single value at a JSON Pointer and returns the new document.
// Every byte outside the value stays as it is, and the value keeps its quoting
// where that can say the new one. value is nil, a bool, a string or any number.
//
// Set refuses what it cannot do without a side effect: a value that is seen
// through an anchor or alias, or that is a list or mapping. The result is read
// again and compared before it is returned. The error is an [*Error].
func (d *Document) Set(path string, value any) (*Document, error) {
	p, err := d.editable(path)
	if err != nil {
		return nil, err
	}
	if p.node.shape != scalar {
		return nil, at(fail(ErrEdit, p.pos,
			"Mục này là danh sách hoặc nhóm; chỉ thay được một giá trị đơn.",
			"This is a list or a mapping; Set replaces a single value."), path)
	}
	want, ok := normal(value)
	if text, isText := want.(string); !ok || isText && !validText(text) {
		return nil, at(fail(ErrValue, p.pos,
			"Không viết được giá trị kiểu %T vào đặc tả.", "A value of type %T cannot be written to a contract.", value), path)
	}
	if want == p.node.value && !p.node.absent {
		return d, nil
	}
	expected := change{at: p.node, kind: replaced, want: want}
	for _, s := range d.spellings(p, want) {
		if edited, ok := d.splice(s.start, s.end, s.text, expected); ok {
			return edited, nil
		}
	}
	return nil, at(cannotEdit(p.pos), path)
}

// Insert adds a value and returns the new document: a new key to a mapping,
// when path ends in a key its mapping does not have, or a new last item to a
// list, when path ends in "/-". value may also be a list, a map or one of the
// model's structs, such as [Property] or [QualityRule]. Nothing else changes.
func (d *Document) Insert(path string, value any) (*Document, error) {
	cut := strings.LastIndexByte(path, '/')
	if cut < 0 {
		return nil, at(noPlace(), path)
	}
	p, err := d.editable(path[:cut])
	if err != nil {
		return nil, err
	}
	steps, _ := parsePath(path[cut:])
	key := steps[0]
	encoded, err := encodeModel(value)
	if err != nil {
		return nil, err
	}
	switch {
	case p.node.shape == mapping && p.node.indexOf(key) < 0 && validText(key):
	case p.node.shape == sequence && key == "-":
	default:
		return nil, at(fail(ErrNoPlace, p.pos,
			"Chỗ này không thêm được: mục đã có, hoặc không phải nhóm hay danh sách.",
			"Nothing can be added here: the key exists, or the place is no mapping or list."), path)
	}
	expected := change{at: p.node, kind: inserted, key: key, want: unordered(encoded)}
	for _, oneLine := range []bool{p.node.ofLines(), false} {
		start, text := d.addition(p, member{key, encoded}, oneLine)
		if edited, ok := d.splice(start, start, text, expected); ok {
			return edited, nil
		}
	}
	return nil, at(cannotEdit(p.pos), path)
}

// ofLines tells that each item of a list in block style is a collection on one
// line, as people write custom properties: a new one is written likewise.
func (n *node) ofLines() bool {
	if n.shape != sequence || n.flow || len(n.items) == 0 {
		return false
	}
	for _, it := range n.items {
		if it.alias || it.value.shape == scalar || !it.value.flow {
			return false
		}
	}
	return true
}

// Delete removes a key with its value, or an item of a list, and returns the new
// document. Comments on lines of their own stay. The last entry of a list or
// mapping written in block style cannot be removed alone: what would be left is
// no longer a list. Remove its parent.
func (d *Document) Delete(path string) (*Document, error) {
	p, err := d.editable(path)
	if err != nil {
		return nil, err
	}
	if p.parent == nil {
		return nil, at(noPlace(), path)
	}
	if p.node.holdsShared() {
		return nil, at(shared(p.pos), path)
	}
	start, end, ok := d.extent(p)
	if !ok {
		return nil, at(fail(ErrEdit, p.pos,
			"Đây là mục duy nhất trong nhóm; hãy xoá cả nhóm.",
			"This is the only entry of its collection; remove the collection."), path)
	}
	if edited, ok := d.splice(start, end, "", change{at: p.parent, kind: deleted, index: p.index}); ok {
		return edited, nil
	}
	return nil, at(cannotEdit(p.pos), path)
}

func at(e *Error, path string) *Error {
	e.Path = path
	return e
}

func noPlace() *Error {
	return fail(ErrNoPlace, Pos{},
		"Đặc tả không có mục này. Kiểm tra lại đường dẫn, hoặc thêm mục mới.",
		"The document has no such place. Check the path, or insert it.")
}

func shared(pos Pos) *Error {
	return fail(ErrShared, pos,
		"Giá trị này dùng chung qua neo (&) và bí danh (*): sửa ở đây là sửa nhiều chỗ. Hãy sửa trực tiếp trong tệp.",
		"This value is shared through an anchor (&) and alias (*): changing it would change several places. Edit the file by hand.")
}

func cannotEdit(pos Pos) *Error {
	return fail(ErrEdit, pos,
		"Không sửa riêng được chỗ này mà giữ nguyên phần còn lại. Hãy sửa trực tiếp trong tệp.",
		"This place cannot be changed alone with all the rest kept. Edit the file by hand.")
}

// editable finds a place that may be edited.
func (d *Document) editable(path string) (place, error) {
	p, ok := d.find(path)
	if !ok {
		return p, at(noPlace(), path)
	}
	if p.shared {
		return p, at(shared(p.pos), path)
	}
	if !d.aligned {
		return p, at(cannotEdit(p.pos), path)
	}
	return p, nil
}

// splice cuts text into the body and keeps the result only if reading it shows
// exactly the expected change.
func (d *Document) splice(start, end int, text string, expected change) (*Document, bool) {
	head := len(d.text) - len(d.body)
	edited, err := Read(slices.Concat(d.text[:head+start], []byte(text), d.text[head+end:]))
	if err != nil || !edited.aligned || !expected.same(d.root, edited.root) {
		return nil, false
	}
	return edited, true
}

// A spelling is one way to write a new value, and the bytes it replaces.
type spelling struct {
	start, end int
	text       string
}

// spellings lists ways to write want at p, the one nearest to the old style
// first.
func (d *Document) spellings(p place, want any) []spelling {
	n := p.node
	if n.absent {
		return []spelling{{n.end, n.end, " " + inline(want, p.flow)}}
	}
	start := n.token.Position.Offset
	var list []spelling
	add := func(text string) { list = append(list, spelling{start, n.end, text}) }
	text, isText := want.(string)
	if !isText {
		add(inline(want, p.flow))
		return list
	}
	switch n.token.Type {
	case token.LiteralType, token.FoldedType:
		if block, ok := d.respellBlock(n, text); ok {
			add(block)
		}
	case token.SingleQuoteType:
		if printable(text) {
			add(singleQuoted(text))
		}
	case token.DoubleQuoteType:
		add(doubleQuoted(text))
	}
	add(inline(text, p.flow))
	add(doubleQuoted(text))
	return list
}

// respellBlock writes text as a block scalar in the indentation of the old one,
// keeping a comment behind its header.
func (d *Document) respellBlock(n *node, text string) (string, bool) {
	start := n.token.Position.Offset
	headerEnd := d.lines.end(start)
	header := d.body[start:headerEnd]
	marks := len(n.token.Value)
	mark := literalMark(text)
	if mark == "" || bytes.ContainsAny(header[:marks], "123456789") {
		return "", false
	}
	first := d.lines.next(headerEnd)
	for first < n.end && d.lines.end(first) == first {
		first = d.lines.next(first)
	}
	if first >= n.end {
		return "", false
	}
	indent := d.body[first:]
	indent = indent[:len(indent)-len(bytes.TrimLeft(indent, " "))]
	if header[0] == '>' {
		mark = ">" + mark[1:]
		text = unfold(text)
	}
	return mark + string(header[marks:]) + blockLines(text, string(indent), d.newline()), true
}

// unfold doubles the line breaks inside text, as folding halves them.
func unfold(text string) string {
	body := strings.TrimSuffix(text, "\n")
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		b.WriteByte(body[i])
		if body[i] == '\n' && (i == 0 || body[i-1] != '\n') {
			b.WriteByte('\n')
		}
	}
	return b.String() + text[len(body):]
}

// newline is the line break the document uses.
func (d *Document) newline() string {
	if i := bytes.IndexByte(d.body, '\n'); i > 0 && d.body[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// addition says where a new entry of p goes, and how it is written there:
// oneLine asks for an item in brackets.
func (d *Document) addition(p place, m member, oneLine bool) (int, string) {
	n := p.node
	if n.flow {
		return d.flowAddition(n, m)
	}
	var first, end int
	if n.shape == mapping {
		first, end = n.token.Position.Offset, n.end
	} else {
		first, end = n.items[0].start, n.end
	}
	column := d.lines.pos(first).Column - 1
	e := emitter{newline: d.newline()}
	e.out.WriteString(e.newline)
	e.indent(column)
	switch {
	case n.shape == mapping:
		e.member(m, column)
	case oneLine:
		e.out.WriteString("- " + flowText(m.value, false) + e.newline)
	default:
		e.item(m.value, column)
	}
	return d.lines.end(end), strings.TrimSuffix(e.out.String(), e.newline)
}

func (d *Document) flowAddition(n *node, m member) (int, string) {
	text := flowText(m.value, true)
	if n.shape == mapping {
		text = inline(m.key, true) + ": " + text
	}
	end := 0
	for _, e := range n.entries {
		if !e.merged {
			end = max(end, e.end)
		}
	}
	for _, it := range n.items {
		end = max(end, it.end)
	}
	if end == 0 {
		return n.token.Position.Offset + 1, text
	}
	return end, ", " + text
}

// extent is the run of bytes that goes when p is deleted.
func (d *Document) extent(p place) (start, end int, ok bool) {
	spans := spansOf(p.parent)
	i := slices.IndexFunc(spans, func(s span) bool { return s.index == p.index })
	if i < 0 {
		return 0, 0, false
	}
	s := spans[i]
	if p.parent.flow {
		switch {
		case i+1 < len(spans):
			return s.start, spans[i+1].start, true
		case i > 0:
			return spans[i-1].end, s.end, true
		}
		return s.start, s.end, true
	}
	if len(spans) == 1 {
		return 0, 0, false
	}
	lineStart := d.lines.start(s.start)
	if len(bytes.TrimLeft(d.body[lineStart:s.start], " ")) == 0 {
		lineEnd := d.lines.end(s.end)
		if lineEnd == len(d.body) { // no line break behind: take the one before
			return d.lines.end(d.lines.start(max(lineStart-1, 0))), lineEnd, true
		}
		return lineStart, d.lines.next(lineEnd), true
	}
	if i+1 < len(spans) { // first of its line: the next one moves up
		return s.start, spans[i+1].start, true
	}
	return 0, 0, false
}

// A span is one entry of a collection as it stands in the text.
type span struct{ index, start, end int }

func spansOf(n *node) []span {
	var spans []span
	for i, e := range n.entries {
		if !e.merged && !e.explicit {
			spans = append(spans, span{i, e.start, e.end})
		}
	}
	for i, it := range n.items {
		spans = append(spans, span{i, it.start, it.end})
	}
	return spans
}

type changeKind int

const (
	replaced changeKind = iota
	inserted
	deleted
)

// A change is what an edit is meant to do to the tree, and nothing else.
type change struct {
	kind  changeKind
	at    *node  // the value replaced, or the collection changed
	key   string // of the entry inserted
	index int    // of the entry deleted
	want  any
}

// same tells whether after is before with exactly this change.
func (c change) same(before, after *node) bool {
	if before == c.at && c.kind == replaced {
		return after.shape == scalar && after.value == c.want && !after.absent
	}
	if before.shape != after.shape {
		return false
	}
	switch before.shape {
	case scalar:
		return before.value == after.value
	case mapping:
		return c.sameEntries(before, after)
	}
	return c.sameItems(before, after)
}

func (c change) sameEntries(before, after *node) bool {
	old, now := before.entries, after.entries
	if before == c.at && c.kind == deleted {
		old = slices.Delete(slices.Clone(old), c.index, c.index+1)
	}
	if before == c.at && c.kind == inserted {
		i := after.indexOf(c.key)
		if i < 0 || !reflect.DeepEqual(now[i].value.plainValue(), c.want) {
			return false
		}
		now = slices.Delete(slices.Clone(now), i, i+1)
	}
	return slices.EqualFunc(old, now, func(a, b entry) bool {
		return a.key == b.key && a.alias == b.alias && c.same(a.value, b.value)
	})
}

func (c change) sameItems(before, after *node) bool {
	old, now := before.items, after.items
	if before == c.at && c.kind == deleted {
		old = slices.Delete(slices.Clone(old), c.index, c.index+1)
	}
	if before == c.at && c.kind == inserted {
		last := len(now) - 1
		if last < 0 || !reflect.DeepEqual(now[last].value.plainValue(), c.want) {
			return false
		}
		now = now[:last]
	}
	return slices.EqualFunc(old, now, func(a, b item) bool { return a.alias == b.alias && c.same(a.value, b.value) })
}
