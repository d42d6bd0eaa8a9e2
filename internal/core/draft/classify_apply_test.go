package draft

import (
	"bytes"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/odcs"
)

const smallContract = `# đầu
apiVersion: v3.1.0
kind: DataContract
id: thu
version: 1.0.0
status: active
customProperties:
  - {property: phohien.owner, value: hy-syt} # chủ quản
  - {property: phohien.access, value: shared} # đã quyết định
schema:
  - name: a
    properties:
      - name: ten
        logicalType: string
        customProperties:
          - {property: phohien.aliases, value: ["Tên", 'Họ tên']}
      - name: benh # ghi chú
        logicalType: string
        customProperties:
          - {property: phohien.personal, value: {class: sensitive, kind: health}} # bác sĩ hỏi
      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - name: xa
        logicalType: string
        customProperties:
          - property: phohien.personal
            value:
              class: none
# cuối
`

func person(class contract.PersonalClass, kind string) contract.Personal {
	return contract.Personal{Class: class, Kind: kind}
}

// Each decision changes its own bytes and no other.
func TestApply(t *testing.T) {
	for _, c := range []struct {
		about    string
		do       Decision
		cut, put string // the text becomes this by replacing cut with put
	}{
		{"a new entry, as its neighbours are written", Decision{Column: "ten", Personal: person(contract.BasicPersonal, "name")},
			"'Họ tên']}\n", "'Họ tên']}\n          - {property: phohien.personal, value: {class: basic, kind: name}}\n"},
		{"another kind", Decision{Column: "benh", Personal: person(contract.BasicPersonal, "other")}, "{class: sensitive, kind: health}", "{class: basic, kind: other}"},
		{"no longer personal", Decision{Column: "benh", Personal: person(contract.NotPersonal, "")}, "{class: sensitive, kind: health}", "{class: sensitive}"},
		{"a column on one line", Decision{Column: "ma", Personal: person(contract.BasicPersonal, "personal_id")},
			"primaryKeyPosition: 1}", "primaryKeyPosition: 1, customProperties: [{property: phohien.personal, value: {class: basic, kind: personal_id}}]}"},
		{"personal after all, in lines", Decision{Object: "a", Column: "xa", Personal: person(contract.SensitivePersonal, "location")},
			"              class: none\n", "              class: sensitive\n              kind: location\n"},
		{"what stands there", Decision{Column: "benh", Personal: person(contract.SensitivePersonal, "health")}, "", ""},
		{"the whole set", Decision{Access: "restricted", Class: "important"},
			"value: shared} # đã quyết định\n", "value: restricted} # đã quyết định\n  - {property: phohien.class, value: important}\n"},
		{"nothing", Decision{}, "", ""},
	} {
		for _, newline := range []string{"\n", "\r\n"} {
			lines := func(s string) string { return strings.ReplaceAll(s, "\n", newline) }
			doc, err := odcs.Read([]byte(lines(smallContract)))
			if err != nil {
				t.Fatal(err)
			}
			want := lines(strings.Replace(smallContract, c.cut, c.put, 1))
			if c.about == "no longer personal" {
				want = strings.Replace(want, "{class: sensitive}", "{class: none}", 1)
			}
			got, err := Apply(doc, []Decision{c.do})
			if err != nil || string(got) != want {
				t.Errorf("%s: %v\n%s", c.about, err, got)
			}
		}
	}
}

func TestApply_refuses(t *testing.T) {
	two := strings.Replace(smallContract, "schema:\n", "schema:\n  - name: b\n    properties: [{name: ten, logicalType: string}]\n", 1)
	shared := strings.Replace(strings.Replace(smallContract, "value: {class: sensitive, kind: health}", "value: &v {class: sensitive, kind: health}", 1),
		"            value:\n              class: none\n", "            value: *v\n", 1)
	text := strings.Replace(smallContract, "{class: sensitive, kind: health}", "có", 1)
	ok := person(contract.BasicPersonal, "name")
	for _, c := range []struct {
		about, text string
		do          Decision
		key         string
	}{
		{"no such column", smallContract, Decision{Column: "tuoi", Personal: ok}, "classify.no-column"},
		{"no such object", smallContract, Decision{Object: "c", Column: "ten", Personal: ok}, "classify.no-column"},
		{"which of two", two, Decision{Column: "ten", Personal: ok}, "classify.no-column"},
		{"no kind", smallContract, Decision{Column: "ten", Personal: person(contract.SensitivePersonal, "")}, "classify.no-kind"},
		{"no class", smallContract, Decision{Column: "ten"}, "classify.value"},
		{"another class", smallContract, Decision{Column: "ten", Personal: person("secret", "name")}, "classify.value"},
		{"another access", smallContract, Decision{Access: "public"}, "classify.value"},
		{"another class of the set", smallContract, Decision{Class: "mật"}, "classify.value"},
		{"shared by an anchor", shared, Decision{Column: "benh", Personal: ok}, "classify.by-hand"},
		{"not as documented", text, Decision{Column: "benh", Personal: ok}, "classify.by-hand"},
	} {
		doc, err := odcs.Read([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Apply(doc, []Decision{c.do}); !fault.Is(err, c.key) || got != nil {
			t.Errorf("%s: %v, want %s", c.about, err, c.key)
		}
	}
	// The column of two that is named is found.
	doc, err := odcs.Read([]byte(two))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Apply(doc, []Decision{{Object: "b", Column: "ten", Personal: ok}})
	if err != nil || !bytes.Contains(got, []byte("[{name: ten, logicalType: string, customProperties: [{property: phohien.personal")) {
		t.Errorf("%v\n%s", err, got)
	}
}

// Every column of every shipped contract, decided one after the other: the
// contract then says just that, and all else that it said before.
func TestApply_packs(t *testing.T) {
	for _, file := range contractsOf(t) {
		doc := readContract(t, file)
		before, _ := contract.Resolve(doc, contract.Options{})
		var all []Decision
		for i, col := range before.Objects[0].Columns {
			p := []contract.Personal{person(contract.NotPersonal, ""), person(contract.BasicPersonal, "name"), person(contract.SensitivePersonal, "health")}[i%3]
			all = append(all, Decision{Object: before.Objects[0].Name, Column: col.Name, Personal: p})
		}
		all = append(all, Decision{Access: "restricted", Class: "important"})
		text, err := Apply(doc, all)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		edited, err := odcs.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		after, findings := contract.Resolve(edited, contract.Options{})
		if after == nil {
			t.Fatalf("%s: %v", file, findings)
		}
		for i, col := range after.Objects[0].Columns {
			if col.Personal != all[i].Personal {
				t.Errorf("%s.%s: %v, decided %v", after.ID, col.Name, col.Personal, all[i].Personal)
			}
		}
		if after.Access != "restricted" || after.Class != "important" {
			t.Errorf("%s: %s, %s", after.ID, after.Access, after.Class)
		}
		if rest, was := others(string(text)), others(string(doc.Bytes())); rest != was {
			t.Errorf("%s: other lines have changed:\n%s\nwere\n%s", file, rest, was)
		}
		if again, err := Apply(edited, all); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%s: deciding the same again changes something: %v", file, err)
		}
	}
}

// others are the lines that say nothing of classification.
func others(text string) string {
	var b strings.Builder
	ours := 0
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.Contains(line, "personal_data: "): // left out where it contradicts
		case strings.Contains(line, "phohien.personal"), strings.Contains(line, "phohien.access"), strings.Contains(line, "phohien.class"):
			ours = 3
		case ours > 0 && (trimmed == "value:" || strings.HasPrefix(trimmed, "class:") || strings.HasPrefix(trimmed, "kind:")):
			ours--
		case trimmed == "customProperties:":
		default:
			ours = 0
			b.WriteString(line)
		}
	}
	return b.String()
}

// Opening what is personal can be written, and is then refused as everywhere.
func TestApply_open(t *testing.T) {
	doc, err := odcs.Read([]byte(smallContract))
	if err != nil {
		t.Fatal(err)
	}
	text, err := Apply(doc, []Decision{{Access: "open"}})
	if err != nil {
		t.Fatal(err)
	}
	edited, err := odcs.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	if con, findings := contract.Resolve(edited, contract.Options{}); con != nil || findings[0].Code != contract.CodeOpenPersonal {
		t.Errorf("%v", findings)
	}
}

// TestSameButClasses: what a decision wrote, and what it took out of the catalogue for
// contradicting it, is no other change; whatever else differs is one.
func TestSameButClasses(t *testing.T) {
	text := func(access, catalogue, more string) string {
		return "kind: DataContract\napiVersion: v3.1.0\nid: thu\nname: Thử\nversion: 1.0.0\nstatus: active\nschema:\n  - name: bang\n    logicalType: object\n    properties:\n" +
			"      - {name: ma, logicalType: string, primaryKey: true, primaryKeyPosition: 1" + more + "}\ncustomProperties:\n" + access +
			"  - {property: phohien.catalogue, value: {layer: nghiep_vu" + catalogue + "}}\n"
	}
	const open, shared = "  - {property: phohien.access, value: open}\n", "  - {property: phohien.access, value: shared}\n"
	const person = ", customProperties: [{property: phohien.personal, value: {class: basic, kind: name}}]"
	for name, c := range map[string]struct {
		now, old string
		want     bool
	}{
		"nothing":                               {text(open, "", ""), text(open, "", ""), true},
		"the access":                            {text(shared, "", ""), text(open, "", ""), true},
		"no decision before":                    {text(shared, "", person), text("", "", ""), true},
		"what a decision took out":              {text(shared, "", ""), text(open, ", share_mode: mac_dinh", ""), true},
		"the catalogue says something else":     {text(shared, ", share_mode: dac_thu", ""), text(open, ", share_mode: mac_dinh", ""), false},
		"somebody has told the catalogue since": {text(shared, ", share_mode: mac_dinh", ""), text(open, "", ""), false},
		"another field of the catalogue":        {text(shared, "", ""), text(open, ", original: true", ""), false},
		"another column's property":             {text(open, "", ", required: true"), text(open, "", ""), false},
		"whose rows they are":                   {text(open+"  - {property: phohien.owner, value: a}\n", "", ""), text(open, "", ""), false},
	} {
		now, err := odcs.Read([]byte(c.now))
		if err != nil {
			t.Fatal(name, err)
		}
		old, err := odcs.Read([]byte(c.old))
		if err != nil {
			t.Fatal(name, err)
		}
		if got := SameButClasses(now, old); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
