package odcs

import (
	"path/filepath"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// withoutPositions sets every Pos in a model to zero.
func withoutPositions(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			withoutPositions(v.Elem())
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			for i := range v.Len() {
				withoutPositions(v.Index(i))
			}
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Pos]() {
			v.SetZero()
			return
		}
		for i := range v.NumField() {
			withoutPositions(v.Field(i))
		}
	}
}

func model(d *Document) Contract {
	// The model shares its lists with the document: take one of its own.
	own, err := Read(d.text)
	if err != nil {
		panic(err)
	}
	c := own.contract
	withoutPositions(reflect.ValueOf(&c))
	return c
}

func TestWriteRoundTrip(t *testing.T) {
	for name, text := range documents(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			d, err := Read(text)
			if err != nil {
				t.Fatal(err)
			}
			written, err := Write(d.Contract())
			if err != nil {
				t.Fatal(err)
			}
			again, err := Read(written)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(model(again), model(d)) {
				t.Errorf("the model differs after a round trip:\n%s", written)
			}
			if HasErrors(again.Check()) != HasErrors(d.Check()) {
				t.Errorf("Check judges the copy otherwise: %v", again.Check())
			}
		})
	}
}

// TestWriteAnyText writes any text in every kind of place and reads it back.
func TestWriteAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ \n\t:#'"\-a1|>đ,\[\]{}&*!?%@]{0,12}`)).Draw(t, "text")
		c := Contract{
			ID: s, Name: s, Status: "draft", Version: s, Tags: []string{s}, Description: &Description{Purpose: s},
			Schema:           []SchemaObject{{Name: s, Properties: []Property{{Name: s, LogicalTypeOptions: Options{"pattern": s}, Examples: []any{s, nil}}}}},
			CustomProperties: CustomProperties{{Property: s, Value: map[string]any{s: []any{s}}}},
		}
		written, err := Write(c)
		if err != nil {
			t.Fatalf("Write: %v", err)
		}
		d, err := Read(written)
		if err != nil {
			t.Fatal(err)
		}
		c.APIVersion, c.Kind = Latest, "DataContract"
		if got := model(d); !reflect.DeepEqual(got, c) {
			t.Fatalf("got %+v, want %+v from\n%s", got, c, written)
		}
	})
}

func TestWriteMinimal(t *testing.T) {
	written, err := Write(Contract{ID: "a", Status: "draft", Version: "1.0.0",
		Schema: []SchemaObject{{Name: "t", Properties: []Property{{Name: "p", LogicalType: "array", Items: &Property{LogicalType: "string"}}}}},
		Team:   &Team{List: true, Members: []TeamMember{{Username: "x"}}}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(written)
	if err != nil {
		t.Fatal(err)
	}
	if findings := d.Check(); len(findings) != 0 {
		t.Errorf("findings %v in\n%s", findings, written)
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, value := range []any{make(chan int), map[int]string{1: "a"}, "\xff"} {
		if _, err := Write(Contract{CustomProperties: CustomProperties{{Property: "p", Value: value}}}); err == nil {
			t.Errorf("%T was written", value)
		}
	}
}
