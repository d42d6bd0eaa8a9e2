package quality

import "testing"

// TestForm: words are written as the column's term has them, and counted.
func TestForm(t *testing.T) {
	o := object(t, `  - name: nguoi
    properties:
      - {name: stt, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
      - {name: ten, logicalType: string, customProperties: [{property: phohien.normalise, value: [words]}]}
      - {name: so, logicalType: string, customProperties: [{property: phohien.normalise, value: [digits]}, {property: phohien.identifier, value: cccd}]}
`)
	b := judge(t, o, "stt,ten,so\n1,NGUYỄN VĂN AN,033 095 001 234\n2,Trần Thị Bình,033095001234\n3,  lê  văn ƯU ,033.095.001.234\n", benchOptions{})
	defer func() {
		if err := b.end(); err != nil {
			t.Error(err)
		}
	}()
	if b.v.Rejected != 0 {
		t.Fatalf("%d rejected", b.v.Rejected)
	}
	got := map[int]int64{}
	for _, r := range b.s.Rescued {
		if r.Rescue == RescueForm {
			got[r.Column] = r.Count
		}
	}
	if got[1] != 2 || got[2] != 2 {
		t.Errorf("counted: %v", b.s.Rescued)
	}
	if b.s.Fixed[1] != 2 || b.s.Fixed[2] != 2 {
		t.Errorf("standardised: %v", b.s.Fixed)
	}
}

// TestColumnsNamedAsOurs: whatever a contract calls its columns, it is judged.
func TestColumnsNamedAsOurs(t *testing.T) {
	o := object(t, `  - name: bang
    properties:
      - {name: m0, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
      - {name: t0, logicalType: string, logicalTypeOptions: {pattern: "[a-z]+"}}
      - {name: n, logicalType: string, required: true}
      - {name: s, logicalType: string, logicalTypeOptions: {maxLength: 3}}
`)
	b := judge(t, o, "m0,t0,n,s\n1,abc,x,abc\n2,ABC,x,abc\n3,abc,,abcd\n", benchOptions{})
	if b.v.Rejected != 2 {
		t.Errorf("%d rejected, want 2", b.v.Rejected)
	}
}
