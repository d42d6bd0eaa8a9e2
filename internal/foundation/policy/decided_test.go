package policy

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
)

// TestAllowed: a decision that is kept is the one that would be made, and every
// part of a question makes another one.
func TestAllowed(t *testing.T) {
	set := crowded(t, 100)
	for range 2 {
		for _, a := range askings() {
			want, got := set.allow(&a.who, a.action, &a.what, a.purpose), set.allowed(&a.who, a.action, &a.what, a.purpose)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, want %+v", a.name, got, want)
			}
		}
	}
	if n := len(set.decided.kept); n != len(askings()) {
		t.Errorf("%d decisions are kept of %d", n, len(askings()))
	}

	base := func() (Who, Action, What, Purpose) {
		return Who{Kind: "person", ID: "a", Org: "o", Orgs: []string{"o"}, Covers: []string{"o"}, Units: []string{"1"}, Roles: []string{"r"}}, Read,
			What{Kind: KindDataset, ID: "x", Columns: []Column{{Name: "c", PII: "none"}}}, Purpose{}
	}
	seen := map[string]string{}
	add := func(name string, change func(*Who, *Action, *What, *Purpose)) {
		who, action, what, purpose := base()
		change(&who, &action, &what, &purpose)
		text := string(question(nil, &who, action, &what, purpose))
		if other, ok := seen[text]; ok {
			t.Errorf("%s asks the same as %s", name, other)
		}
		seen[text] = name
	}
	add("base", func(*Who, *Action, *What, *Purpose) {})
	add("action", func(_ *Who, a *Action, _ *What, _ *Purpose) { *a = Export })
	add("purpose", func(_ *Who, _ *Action, _ *What, p *Purpose) { p.Code = "p" })
	// Each field of who and what, found by reflection: one that is added later is
	// not forgotten.
	for _, of := range []string{"who", "what"} {
		n := reflect.TypeFor[Who]().NumField()
		if of == "what" {
			n = reflect.TypeFor[What]().NumField()
		}
		for i := range n {
			add(fmt.Sprint(of, " ", i), func(who *Who, _ *Action, what *What, _ *Purpose) {
				f := reflect.ValueOf(who).Elem()
				if of == "what" {
					f = reflect.ValueOf(what).Elem()
				}
				switch f := f.Field(i); f.Kind() {
				case reflect.String:
					f.SetString(f.String() + "+" + of)
				case reflect.Bool:
					f.SetBool(!f.Bool())
				case reflect.Int:
					f.SetInt(f.Int() + 1)
				case reflect.Slice:
					f.Set(reflect.Append(f, reflect.Zero(f.Type().Elem())))
				default:
					t.Fatalf("a field of kind %s", f.Kind())
				}
			})
		}
	}
	for i := range reflect.TypeFor[Column]().NumField() {
		add(fmt.Sprint("column ", i), func(_ *Who, _ *Action, what *What, _ *Purpose) {
			reflect.ValueOf(&what.Columns[0]).Elem().Field(i).SetString("other")
		})
	}
}

func TestAllowed_bounded(t *testing.T) {
	set := crowded(t, 10)
	var g sync.WaitGroup
	for k := range 4 {
		g.Go(func() {
			for i := range mostDecided {
				what := What{Kind: KindDataset, ID: fmt.Sprint(k, "-", i)}
				set.allowed(&Anonymous, Read, &what, Purpose{})
			}
		})
	}
	g.Wait()
	if n := len(set.decided.kept); n == 0 || n > mostDecided {
		t.Errorf("%d decisions are kept", n)
	}
}
