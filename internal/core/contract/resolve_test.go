package contract_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/odcs"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// read parses a document that the test writes itself.
func read(t *testing.T, text string) *odcs.Document {
	t.Helper()
	doc, err := odcs.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make it with -update)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and read the difference. Got:\n%s", path, got)
	}
}

// One rich contract: every kind of rule, with its sentences in both languages.
func TestRichContract(t *testing.T) {
	text, err := os.ReadFile("testdata/rich.odcs.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, findings := contract.Resolve(read(t, string(text)), contract.Options{Pack: "thu"})
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "finding %s %s %s\n  vi: %s\n  en: %s\n", f.Severity, f.Code, f.Path, f.MessageVi, f.MessageEn)
	}
	if c == nil {
		t.Fatalf("no contract:\n%s", b.String())
	}
	promises(t, c)
	fmt.Fprintf(&b, "%s origin=%s weight=%v hold=%+v history=%+v retention=%+v frequency=%+v sources=%+v\n", c.ID, c.Origin, c.Weight, c.Hold, c.History, c.Retention, c.Frequency, c.Sources)
	for _, o := range c.Objects {
		fmt.Fprintf(&b, "\nobject %q table=%s dataset=%s mode=%s key=%v orderBy=%d sender=%d period=%d valid=%d..%d expect=%+v\n",
			o.Name, o.Table, o.Dataset, o.Mode, o.Key, o.OrderBy, o.Sender, o.Period, o.ValidFrom, o.ValidTo, o.Expect)
		for i, col := range o.Columns {
			fmt.Fprintf(&b, "column %d %q store=%s type=%s(%d,%d)%s%s required=%v\n", i, col.Name, col.Store, col.Type, col.Precision, col.Scale, col.Finest, col.Shape, col.Required)
		}
		for _, r := range o.Rules {
			fmt.Fprintf(&b, "rule %s columns=%v %s %s %s %s\n  vi: %s\n  en: %s\n  ", r.ID, r.Columns, r.Severity, r.Group, r.Criterion, r.Layer, r.Expected.Vi, r.Expected.En)
			fmt.Fprintf(&b, "%s\n", details(r))
		}
	}
	golden(t, "rich.golden", b.String())
}

func details(r contract.Rule) string {
	var parts []string
	add := func(name string, v any, say bool) {
		if say {
			parts = append(parts, fmt.Sprintf("%s=%v", name, v))
		}
	}
	add("pattern", r.Pattern, r.Pattern != "")
	add("min", r.Min, r.Min != "")
	add("minOut", r.MinOut, r.MinOut)
	add("max", r.Max, r.Max != "")
	add("maxOut", r.MaxOut, r.MaxOut)
	add("multiple", r.Multiple, r.Multiple != "")
	add("values", r.Values, len(r.Values) > 0)
	add("list", r.CodeList, r.CodeList != "")
	add("on", r.On, r.On >= 0)
	if r.Reference != nil {
		add("reference", *r.Reference, true)
	}
	add("sql", r.SQL, r.SQL != "")
	add("metric", r.Metric, r.Metric != "")
	add("percent", r.Percent, r.Percent)
	add("bound", r.Bound, r.Metric != "")
	add("kind", r.Kind, true)
	return strings.Join(parts, " ")
}

// Every example of the standard resolves, or says why not.
func TestExamplesOfTheStandard(t *testing.T) {
	var b strings.Builder
	err := filepath.WalkDir("../../../odcs/testdata/examples", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		c, findings := contract.Resolve(read(t, string(text)), contract.Options{})
		if c != nil {
			promises(t, c)
		}
		fmt.Fprintf(&b, "%s: contract=%v\n", filepath.Base(path), c != nil)
		for _, f := range findings {
			fmt.Fprintf(&b, "  %d:%d %s %s: %s\n", f.Line, f.Column, f.Severity, f.Code, f.MessageVi)
			if (f.Severity == contract.SeverityError) != (c == nil) && c != nil {
				t.Errorf("%s: an error and a contract", path)
			}
		}
		if c == nil && !contract.Broken(findings) {
			t.Errorf("%s: no contract and no error", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "examples.golden", b.String())
}

// Whatever a document says, resolving it ends in a contract or in an error, and
// a contract keeps its promises to those who code against it.
func FuzzResolve(f *testing.F) {
	rich, err := os.ReadFile("testdata/rich.odcs.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(rich))
	f.Add(contractWith("", "", "logicalType: number\nlogicalTypeOptions: {minimum: 1e999999}"))
	f.Add(contractWith("", "", "logicalType: string\nquality:\n  - {type: custom, engine: phohien, implementation: 'x > 1'}"))
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := odcs.Read([]byte(text))
		if err != nil {
			return
		}
		c, findings := contract.Resolve(doc, contract.Options{})
		if (c == nil) != contract.Broken(findings) {
			t.Fatalf("contract %v, findings %v", c != nil, findings)
		}
		if c != nil {
			promises(t, c)
		}
	})
}

func promises(t *testing.T, c *contract.Contract) {
	t.Helper()
	for _, o := range c.Objects {
		fields := map[string]bool{}
		for _, f := range o.StoredFields() {
			if fields[f.Name] {
				t.Fatalf("field %s twice", f.Name)
			}
			fields[f.Name] = true
		}
		ids := map[string]bool{}
		for _, r := range o.Rules {
			if r.ID == "" || ids[r.ID] || strings.ContainsAny(r.ID, " \t\n") {
				t.Fatalf("rule id %q", r.ID)
			}
			ids[r.ID] = true
			if r.Expected.Vi == "" || r.Expected.En == "" || r.Severity == "" || r.Group == "" || r.Criterion == "" || r.Layer == "" {
				t.Fatalf("rule %+v is not complete", r)
			}
			if r.Kind != contract.RuleSet && len(r.Columns) == 0 {
				t.Fatalf("rule %s names no column", r.ID)
			}
		}
	}
	if changes := contract.Diff(c, c); len(changes) != 0 {
		t.Fatalf("a contract differs from itself: %+v", changes)
	}
}
