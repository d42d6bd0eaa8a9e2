package policy

import (
	"fmt"
	"io/fs"
	"strings"
)

// readFile reads the policies of one file.
func (f *findings) readFile(text string) []*rule {
	if len(text) > maxFile {
		f.wrong(0, 0, "Tệp lớn hơn %d MB.", "The file is larger than %d MB.", maxFile>>20)
		return nil
	}
	before := len(f.list)
	if f.readable(text); Broken(f.list[before:]) {
		return nil
	}
	var rules []*rule
	for _, p := range split(text) {
		f.line, f.policy = p.line, ""
		if policy := f.parse(p); policy != nil {
			rules = append(rules, f.compile(p, policy))
		}
	}
	f.line = 0
	return rules
}

// A Brought is one policy, or the settings, as a pack brings it.
type Brought struct {
	ID   string
	Text string
	Path string // file inside the pack
	rule *rule  // nil for the settings
}

// ReadPack reads the policies of a pack: its document of the kind [KindName] at
// path, and the files that it names, which stand beside it. What is found is
// sorted by file; Finding.Policy begins with the file's name.
func ReadPack(path string, document []byte, open func(name string) ([]byte, error)) ([]Brought, []Finding) {
	f := &findings{}
	s := f.readSettings(string(document))
	list := within(path, f.list)
	if s == nil {
		return nil, list
	}
	var all []Brought
	if !s.empty() {
		all = append(all, Brought{ID: SettingsID, Text: s.text, Path: path})
	}
	folder := path[:strings.LastIndexByte(path, '/')+1]
	for _, name := range s.Files {
		f := &findings{}
		text, err := open(folder + name)
		if err != nil {
			f.wrong(0, 0, "Không mở được tệp chính sách.", "The file of policies cannot be opened.")
		}
		rules := f.readFile(strings.ReplaceAll(string(text), "\r\n", "\n"))
		if !Broken(f.list) && len(check(rules, s)) == 0 { // else Compare says it better
			f.types(rules)
		}
		for _, r := range rules {
			all = append(all, Brought{ID: r.id, Text: r.text, Path: folder + name, rule: r})
		}
		list = append(list, within(folder+name, f.list)...)
	}
	return all, list
}

// Load reads the policies of a folder, the policies/ of a pack. It stands on no
// database and serves tests and the checking of packs.
func Load(folder fs.FS) (*Policies, []Finding, error) {
	document, err := fs.ReadFile(folder, settingsFile)
	if err != nil {
		return nil, nil, err
	}
	all, list := ReadPack(settingsFile, document, func(name string) ([]byte, error) { return fs.ReadFile(folder, name) })
	if Broken(list) {
		return nil, list, &Refusal{Findings: list}
	}
	s := noSettings()
	var rules []*rule
	for _, b := range all {
		if b.rule != nil {
			rules = append(rules, b.rule)
		} else {
			s = (&findings{}).readSettings(b.Text)
		}
	}
	if list = append(list, check(rules, s)...); Broken(list) {
		return nil, list, &Refusal{Findings: list}
	}
	p := &Policies{}
	p.now.Store(assemble(1, rules, s))
	return p, list, nil
}

const settingsFile = "policies.yaml"

// within names the file in findings.
func within(path string, list []Finding) []Finding {
	for i := range list {
		list[i].Policy = strings.TrimSpace(path + " " + list[i].Policy)
	}
	return list
}

// A Refusal is a text that cannot be used, with everything found in it.
type Refusal struct{ Findings []Finding }

func (r *Refusal) Error() string {
	var lines []string
	for _, f := range r.Findings {
		if f.Severity == "error" {
			lines = append(lines, f.String())
		}
	}
	return fmt.Sprintf("policy: %s", strings.Join(lines, "; "))
}
