package odcs

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

type shape int

const (
	scalar shape = iota
	mapping
	sequence
)

// A node is one value of the document with its place in the text.
type node struct {
	shape shape
	flow  bool // {…} or […]

	value  any    // of a scalar
	text   string // of a scalar, as folded and unescaped
	plain  bool   // a scalar without quotes
	absent bool   // a null nobody wrote, as in "key:"

	entries []entry // of a mapping
	items   []item  // of a sequence

	token  *token.Token // the scalar's own token, the header of a block scalar, or where a collection begins
	start  int          // first byte, anchor and tag included
	end    int          // behind the last byte
	pos    Pos
	anchor *anchor // the anchor it carries
	weight int     // values under it, aliases counted each time
}

type entry struct {
	key      string
	value    *node
	start    int // first byte of the key
	end      int // behind the value, or behind the alias that stands for it
	pos      Pos
	explicit bool // written "? key"
	alias    bool // the value stands elsewhere: it came through *name or <<
	merged   bool // the whole entry came through <<
}

type item struct {
	value *node
	start int // the dash in block style, the value in flow style
	end   int
	alias bool
}

type anchor struct {
	node *node
	uses int
}

func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	if i := n.indexOf(key); i >= 0 {
		return n.entries[i].value
	}
	return nil
}

// indexOf finds a key of a mapping; -1 when there is none.
func (n *node) indexOf(key string) int {
	for i := range n.entries {
		if n.entries[i].key == key {
			return i
		}
	}
	return -1
}

// isShared tells that the node is seen in more places than its own.
func (n *node) isShared() bool { return n.anchor != nil && n.anchor.uses > 0 }

func (n *node) isNull() bool { return n.shape == scalar && n.value == nil }

// holdsShared tells that the node or something written inside it is seen
// elsewhere too.
func (n *node) holdsShared() bool {
	return n.isShared() ||
		slices.ContainsFunc(n.entries, func(e entry) bool { return !e.alias && e.value.holdsShared() }) ||
		slices.ContainsFunc(n.items, func(it item) bool { return !it.alias && it.value.holdsShared() })
}

// plainValue is the node as nested Go values.
func (n *node) plainValue() any {
	switch n.shape {
	case mapping:
		m := make(map[string]any, len(n.entries))
		for _, e := range n.entries {
			m[e.key] = e.value.plainValue()
		}
		return m
	case sequence:
		list := make([]any, len(n.items))
		for i, it := range n.items {
			list[i] = it.value.plainValue()
		}
		return list
	}
	return n.value
}

const (
	maxSize   = 2 << 20   // bytes of text: the largest contracts known are under 1 MB
	maxDepth  = 128       // collections inside one another
	maxKeys   = 5_000     // keys of one mapping
	maxCommas = 50_000    // entries written in flow style, which the parser takes long over
	maxWeight = 1_000_000 // values, aliases counted each time
)

// builder turns the parser's tree into nodes.
type builder struct {
	text    []byte
	lines   lines
	aligned bool
	anchors map[string]*anchor
	weight  int
	depth   int
}

func (b *builder) build(from ast.Node) (*node, error) {
	b.depth++
	defer func() { b.depth-- }()
	if b.depth > maxDepth {
		return nil, fail(ErrTooLarge, b.posOf(from.GetToken()),
			"Tài liệu lồng nhau quá %d tầng.", "The document is nested more than %d levels deep.", maxDepth)
	}
	n, err := b.shapeOf(from)
	if err != nil {
		return nil, err
	}
	if b.weight > maxWeight || n.weight > maxWeight {
		return nil, fail(ErrTooLarge, n.pos,
			"Tài liệu có hơn %d giá trị, tính cả giá trị nhắc lại qua bí danh (*tên).",
			"The document holds more than %d values, counting those repeated by aliases.", maxWeight)
	}
	return n, nil
}

func (b *builder) shapeOf(from ast.Node) (*node, error) {
	switch from := from.(type) {
	case *ast.MappingNode:
		return b.mapping(from, from.Values)
	case *ast.MappingValueNode:
		return b.mapping(from, []*ast.MappingValueNode{from})
	case *ast.SequenceNode:
		return b.sequence(from)
	case *ast.AnchorNode:
		return b.anchor(from)
	case *ast.TagNode:
		return b.tag(from)
	case *ast.LiteralNode:
		return b.literal(from), nil
	case *ast.CommentGroupNode:
		return &node{absent: true, plain: true, token: from.GetToken(), weight: 1}, nil
	}
	if scalarNode, ok := from.(ast.ScalarNode); ok {
		return b.scalar(scalarNode.GetToken())
	}
	return nil, fail(ErrSyntax, b.posOf(from.GetToken()),
		"Không hiểu được giá trị ở chỗ này.", "The value here cannot be understood.")
}

func (b *builder) posOf(tk *token.Token) Pos {
	if tk == nil || tk.Position == nil {
		return Pos{}
	}
	if !b.aligned {
		return Pos{Line: tk.Position.Line, Column: tk.Position.Column}
	}
	return b.lines.pos(tk.Position.Offset)
}

func (b *builder) at(tk *token.Token) *node {
	b.weight++
	return &node{token: tk, start: tk.Position.Offset, end: tk.Position.Offset, pos: b.posOf(tk), weight: 1}
}

func (b *builder) scalar(tk *token.Token) (*node, error) {
	n := b.at(tk)
	switch tk.Type {
	case token.SingleQuoteType, token.DoubleQuoteType:
		n.value, n.text = tk.Value, tk.Value
	case token.ImplicitNullType:
		n.absent, n.plain = true, true
		n.start++ // behind the colon or the dash it belongs to
		n.end = n.start
		return n, nil
	default:
		value, ok := resolvePlain(tk.Value)
		if !ok {
			return nil, fail(ErrValue, n.pos,
				"Giá trị “%s” không phải số hữu hạn đọc được. Nếu là chữ, đặt nó trong dấu nháy.",
				"The value %q is not a finite number that can be held. If it is text, put it in quotes.", tk.Value)
		}
		n.value, n.text, n.plain = value, tk.Value, true
	}
	if b.aligned {
		n.end, _ = tokenEnd(b.text, n.start, tk)
	}
	return n, nil
}

func (b *builder) literal(from *ast.LiteralNode) *node {
	n := b.at(from.Start)
	n.value, n.text = from.Value.Value, from.Value.Value
	if b.aligned {
		n.end, _ = blockEnd(b.text, n.start, n.text)
	}
	return n
}

func (b *builder) sequence(from *ast.SequenceNode) (*node, error) {
	n := b.at(from.Start)
	n.shape, n.flow = sequence, from.IsFlowStyle
	for i, value := range from.Values {
		child, alias, err := b.child(value)
		if err != nil {
			return nil, err
		}
		it := item{value: child.node, start: child.start, end: child.end, alias: alias}
		if !n.flow && i < len(from.Entries) {
			it.start = from.Entries[i].Start.Position.Offset
		}
		n.items = append(n.items, it)
		n.end = max(n.end, child.end)
		n.weight += child.node.weight
	}
	if n.flow && from.End != nil {
		n.end = from.End.Position.Offset + 1
	}
	return n, nil
}

func (b *builder) mapping(from ast.Node, values []*ast.MappingValueNode) (*node, error) {
	first := from.GetToken()
	flow := false
	if m, ok := from.(*ast.MappingNode); ok && m.IsFlowStyle {
		flow = true
	} else if len(values) > 0 {
		first = values[0].Key.GetToken()
	}
	n := b.at(first)
	n.shape, n.flow = mapping, flow
	seen := make(map[string]Pos, len(values))
	var merges []*node
	for _, v := range values {
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			child, _, err := b.child(v.Value)
			if err != nil {
				return nil, err
			}
			merges = append(merges, child.node)
			n.end = max(n.end, child.end)
			continue
		}
		e, end, err := b.entry(v)
		if err != nil {
			return nil, err
		}
		if before, ok := seen[e.key]; ok {
			return nil, fail(ErrDuplicate, e.pos,
				"Mục “%s” viết hai lần trong cùng một nhóm; lần đầu ở dòng %d, cột %d. Giữ lại một.",
				"The key %q stands twice in the same mapping; first on line %d, column %d. Keep one.",
				e.key, before.Line, before.Column)
		}
		seen[e.key] = e.pos
		n.entries = append(n.entries, e)
		n.end = max(n.end, end)
		n.weight += e.value.weight
	}
	if m, ok := from.(*ast.MappingNode); ok && flow && m.End != nil {
		n.end = m.End.Position.Offset + 1
	}
	return n, b.merge(n, merges, seen)
}

func (b *builder) entry(v *ast.MappingValueNode) (entry, int, error) {
	e := entry{start: v.Key.GetToken().Position.Offset, pos: b.posOf(v.Key.GetToken())}
	var keyNode ast.Node = v.Key
	if k, ok := v.Key.(*ast.MappingKeyNode); ok {
		e.explicit = true
		keyNode = k.Value
	}
	if a, ok := keyNode.(*ast.AnchorNode); ok {
		return e, 0, fail(ErrAlias, b.posOf(a.GetToken()),
			"Không đặt neo (&) lên tên mục.", "An anchor on a key is not supported.")
	}
	key, err := b.build(keyNode)
	if err != nil {
		return e, 0, err
	}
	if key.shape != scalar || key.absent {
		return e, 0, fail(ErrValue, e.pos,
			"Tên mục phải là chữ, không phải danh sách hay nhóm.", "A key must be text, not a list or a mapping.")
	}
	e.key = key.text
	child, alias, err := b.child(v.Value)
	if err != nil {
		return e, 0, err
	}
	e.value, e.alias = child.node, alias
	if child.node.absent && !alias {
		e.value.pos = e.pos
	}
	e.end = max(child.end, key.end)
	return e, e.end, nil
}

// merge adds what "<<: *name" brings and the mapping does not say itself.
func (b *builder) merge(n *node, from []*node, seen map[string]Pos) error {
	for len(from) > 0 {
		m := from[0]
		from = from[1:]
		if m.shape == sequence {
			parts := make([]*node, 0, len(m.items)+len(from))
			for _, it := range m.items {
				if it.value.shape == sequence {
					return badMerge(m.pos)
				}
				parts = append(parts, it.value)
			}
			from = append(parts, from...)
			continue
		}
		if m.shape != mapping {
			return badMerge(m.pos)
		}
		for _, e := range m.entries {
			if _, ok := seen[e.key]; ok {
				continue
			}
			seen[e.key] = e.pos
			e.alias, e.merged = true, true
			n.entries = append(n.entries, e)
			n.weight += e.value.weight
			b.weight++
		}
	}
	return nil
}

func badMerge(pos Pos) error {
	return fail(ErrAlias, pos,
		"Sau “<<” phải là một nhóm khoá, giá trị hoặc danh sách các nhóm như vậy.",
		"What follows \"<<\" must be a mapping or a list of mappings.")
}

// A child is a value at the place where it is used; for an alias the node
// stands elsewhere.
type child struct {
	node       *node
	start, end int
}

func (b *builder) child(from ast.Node) (child, bool, error) {
	if alias, ok := from.(*ast.AliasNode); ok {
		return b.alias(alias)
	}
	n, err := b.build(from)
	if err != nil {
		return child{}, false, err
	}
	return child{n, n.start, n.end}, false, nil
}

func (b *builder) alias(from *ast.AliasNode) (child, bool, error) {
	name := from.Value.GetToken()
	a, ok := b.anchors[name.Value]
	pos := b.posOf(from.GetToken())
	if !ok {
		return child{}, false, fail(ErrAlias, pos,
			"Bí danh *%s không trỏ tới neo nào phía trên.", "The alias *%s names no anchor above it.", name.Value)
	}
	if a.node == nil {
		return child{}, false, fail(ErrAlias, pos,
			"Bí danh *%s nằm trong chính giá trị mà nó trỏ tới.", "The alias *%s stands inside the value it names.", name.Value)
	}
	a.uses++
	start := from.GetToken().Position.Offset
	return child{a.node, start, name.Position.Offset + len(name.Value)}, true, nil
}

func (b *builder) anchor(from *ast.AnchorNode) (*node, error) {
	name := from.Name.GetToken()
	a := &anchor{}
	b.anchors[name.Value] = a
	if _, ok := from.Value.(*ast.AliasNode); ok || from.Value == nil {
		return nil, fail(ErrAlias, b.posOf(from.GetToken()),
			"Neo &%s phải đặt trên một giá trị.", "The anchor &%s must stand on a value.", name.Value)
	}
	n, err := b.build(from.Value)
	if err != nil {
		return nil, err
	}
	if n.absent {
		n.end = name.Position.Offset + len(name.Value)
	}
	n.start = from.GetToken().Position.Offset
	n.anchor = a
	a.node = n
	return n, nil
}

// tag applies the tags of YAML's core schema; others mean something only to
// the program that made them up.
func (b *builder) tag(from *ast.TagNode) (*node, error) {
	tk := from.Start
	name := strings.TrimPrefix(tk.Value, "!!")
	n, err := b.build(from.Value)
	if err != nil {
		return nil, err
	}
	n.start = tk.Position.Offset
	ok := false
	switch name {
	case "map":
		ok = n.shape == mapping
	case "seq":
		ok = n.shape == sequence
	case "str":
		if ok = n.shape == scalar; ok {
			n.value = n.text
		}
	case "int", "float", "bool", "null":
		ok = n.shape == scalar && tagged(n, name)
	}
	if !ok {
		return nil, fail(ErrValue, b.posOf(tk),
			"Nhãn %s không dùng được cho giá trị này. Bỏ nhãn đi.",
			"The tag %s cannot be used for this value. Remove it.", tk.Value)
	}
	return n, nil
}

func tagged(n *node, name string) bool {
	value, ok := resolvePlain(n.text)
	if !ok {
		return false
	}
	switch v := value.(type) {
	case nil:
		ok = name == "null"
	case bool:
		ok = name == "bool"
	case int64:
		if name == "float" {
			value = float64(v)
		}
		ok = name == "int" || name == "float"
	case string:
		ok = false
	default:
		ok = name == "float" || name == "int" && !strings.ContainsAny(n.text, ".eE")
	}
	n.value = value
	return ok
}

// parsePath splits a JSON Pointer.
func parsePath(path string) ([]string, bool) {
	if path == "" {
		return nil, true
	}
	if path[0] != '/' {
		return nil, false
	}
	parts := strings.Split(path[1:], "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(p, "~1", "/"), "~0", "~")
	}
	return parts, true
}

// join adds one step to a JSON Pointer.
func join(path, step string) string {
	if strings.ContainsAny(step, "~/") {
		step = strings.ReplaceAll(strings.ReplaceAll(step, "~", "~0"), "/", "~1")
	}
	return path + "/" + step
}

func joinIndex(path string, i int) string { return path + "/" + strconv.Itoa(i) }

// index reads a step as the index of a list with n items.
func index(step string, n int) (int, bool) {
	i, err := strconv.Atoi(step)
	return i, err == nil && i >= 0 && i < n && strconv.Itoa(i) == step
}
