package odcs_test

import (
	"fmt"
	"strings"

	"github.com/phohien/phohien/odcs"
)

const communes = `apiVersion: v3.1.0
kind: DataContract
id: xa-phuong
version: 1.0.0 # theo nghị quyết
status: active
schema:
- name: xa
  properties:
  - name: ma
    logicalType: integer
    primaryKey: true
`

func ExampleRead() {
	d, err := odcs.Read([]byte(communes))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, object := range d.Contract().Schema {
		for _, p := range object.Properties {
			fmt.Printf("%s.%s is %s, line %d\n", object.Name, p.Name, p.LogicalType, p.Pos.Line)
		}
	}
	// Output: xa.ma is integer, line 9
}

func ExampleDocument_Check() {
	d, err := odcs.Read([]byte(communes + "    requird: true\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range d.Check() {
		fmt.Printf("%d:%d %s\n%s\n", f.Line, f.Column, f.MessageVi, f.MessageEn)
	}
	// Output:
	// 12:5 Trường “ma” của bảng “xa”: chuẩn không có mục “requird” ở đây. Có phải là “required”?
	// The property "ma" of the object "xa": the standard has no key "requird" here. Did you mean "required"?
}

func ExampleDocument_Set() {
	d, err := odcs.Read([]byte(communes))
	if err != nil {
		fmt.Println(err)
		return
	}
	if d, err = d.Set("/version", "1.1.0"); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Split(string(d.Bytes()), "\n")[3])
	// Output: version: 1.1.0 # theo nghị quyết
}

func ExampleDiff() {
	old, err := odcs.Read([]byte(communes))
	if err != nil {
		fmt.Println(err)
		return
	}
	changed, err := old.Set("/schema/0/properties/0/logicalType", "string")
	if err != nil {
		fmt.Println(err)
		return
	}
	changes := odcs.Diff(old, changed)
	fmt.Println(changes[0].Kind, changes[0].Name, changes[0].Old, "→", changes[0].New)
	fmt.Println("compatible:", odcs.Compatible(changes))
	// Output:
	// type-changed xa.ma integer → string
	// compatible: false
}
