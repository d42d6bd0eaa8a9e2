package corridor_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

const people = `apiVersion: v3.1.0
kind: DataContract
id: ho-gia-dinh
name: Hộ gia đình
version: 1.0.0
status: active
schema:
- name: ho
  physicalName: ho
  properties:
  - {name: ma, logicalType: string, primaryKey: true, businessName: Mã hộ, logicalTypeOptions: {pattern: 'H[0-9]+'}}
  - {name: chu_ho, logicalType: string, required: true, businessName: Chủ hộ}
  - {name: so_nguoi, logicalType: integer, businessName: Số người, logicalTypeOptions: {minimum: 1, maximum: 30}}
  - name: thu_nhap
    logicalType: number
    physicalType: decimal(12,2)
  - {name: ngay, logicalType: date}
  quality:
  - id: thu-nhap-duong
    type: custom
    engine: phohien
    implementation: thu_nhap >= 0
    severity: warning
`

func mode(m contract.Mode) func(*corridor.Request) { return func(r *corridor.Request) { r.Mode = m } }
func confirm(r *corridor.Request)                  { r.Confirm = true }

func TestADirtyFileBecomesCleanRows(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		r := h.send("ho-gia-dinh", strings.Join([]string{
			"Mã hộ,Chủ hộ,Số người,thu_nhap,ngay",
			"H1,Nguyễn Văn An,4,1000.5,2025-01-31",
			"H2,  Trần Thị Bình ,3,\"1.234.567,5\",31/12/2024",
			"",
			"H3,,2,1,2025-01-01",
			"X4,Lê C,2,1,2025-01-01",
			"H5,Phạm D,99,1,31/02/2025",
			"H6,Bùi E,1,-5,",
			"H7,Một,1,1,",
			"H7,Hai,1,1,",
			"H8,Vũ G,2,3,2025-03-01",
			"H8,Vũ G,2,3.00,2025-03-01",
			"H9,thiếu ô",
		}, "\r\n"))
		h.want(r, "scored read 11 skipped 1 acc 5 (ins 4 upd 0 same 1) quar 6 wd 0 late 0 miss 0 mended 0")
		if got, want := h.rows("ho-gia-dinh"), `H1: H1 Nguyễn Văn An 4 1000.50 2025-01-31
H2: H2 Trần Thị Bình 3 1234567.50 2024-12-31 [f:chu_ho f:thu_nhap f:ngay]
H6: H6 Bùi E 1 -5.00 <nil> [w:thu-nhap-duong]
H8: H8 Vũ G 2 3.00 2025-03-01
`; got != want {
			t.Errorf("rows:\n%swant:\n%s", got, want)
		}
		if got, want := h.lines("ho-gia-dinh"), `5 H3 ["H3" "" "2" "1" "2025-01-01"] [chu_ho.required]
6 X4 ["X4" "Lê C" "2" "1" "2025-01-01"] [ma.pattern]
7 H5 ["H5" "Phạm D" "99" "1" "31/02/2025"] [so_nguoi.range ngay.type]
9 H7 ["H7" "Một" "1" "1" ""] [key]
10 H7 ["H7" "Hai" "1" "1" ""] [key]
13  ["H9" "thiếu ô"] [_row.few]
`; got != want {
			t.Errorf("lines:\n%swant:\n%s", got, want)
		}
		if r.ExitCode() != 2 || r.Seq != 1 {
			t.Errorf("exit %d, seq %d", r.ExitCode(), r.Seq)
		}

		// The mended rows close their lines; a line that is wrong again replaces its own.
		r = h.send("ho-gia-dinh", "ma,chu_ho,so_nguoi\nH3,Đỗ H,2\nH5,Phạm D,98\nH7,Hai,1\n")
		h.want(r, "scored read 3 skipped 0 acc 2 (ins 2 upd 0 same 0) quar 1 wd 0 late 0 miss 0 mended 3")
		if got, want := h.lines("ho-gia-dinh"), `6 X4 ["X4" "Lê C" "2" "1" "2025-01-01"] [ma.pattern]
13  ["H9" "thiếu ô"] [_row.few]
3 H5 ["H5" "Phạm D" "98" "" ""] [so_nguoi.range]
`; got != want {
			t.Errorf("lines:\n%swant:\n%s", got, want)
		}
	})
}

func TestAThenBThenAEndsInA(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		a, b := "ma,chu_ho,so_nguoi,thu_nhap,ngay\nH1,A,1,1,\n", "ma,chu_ho,so_nguoi,thu_nhap,ngay\nH1,B,1,1,\n"
		h.want(h.send("ho-gia-dinh", a), "scored read 1 skipped 0 acc 1 (ins 1 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		h.want(h.send("ho-gia-dinh", a), "scored read 1 skipped 0 acc 1 (ins 0 upd 0 same 1) quar 0 wd 0 late 0 miss 0 mended 0")
		h.want(h.send("ho-gia-dinh", b), "scored read 1 skipped 0 acc 1 (ins 0 upd 1 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		h.want(h.send("ho-gia-dinh", a), "scored read 1 skipped 0 acc 1 (ins 0 upd 1 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
		if got := h.rows("ho-gia-dinh"); got != "H1: H1 A 1 1.00 <nil>\n" {
			t.Error(got)
		}
	})
}

func TestReplaceWithdrawsOnlyWhatIsGone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		head := "ma,chu_ho,so_nguoi,thu_nhap,ngay\n"
		h.send("ho-gia-dinh", head+"H1,A,1,1,\nH2,B,1,1,\nH3,C,1,1,\n")
		// H2 is wrong but still at the source: it stays. H3 is gone.
		r := h.send("ho-gia-dinh", head+"H1,A,1,1,\nH2,B,99,1,\n", mode(contract.Replace))
		h.want(r, "scored read 2 skipped 0 acc 1 (ins 0 upd 0 same 1) quar 1 wd 1 late 0 miss 0 mended 0")
		// A row without a readable key may be H1: nothing is withdrawn, only listed.
		r = h.send("ho-gia-dinh", head+"H2,B,1,1,\n,A,1,1,\n", mode(contract.Replace))
		h.want(r, "scored read 2 skipped 0 acc 1 (ins 0 upd 0 same 1) quar 1 wd 0 late 0 miss 1 mended 1")
		r = h.send("ho-gia-dinh", head+"H2,B,1,1,\n,A,1,1,\n", mode(contract.Replace), confirm)
		h.want(r, "scored read 2 skipped 0 acc 1 (ins 0 upd 0 same 1) quar 1 wd 1 late 0 miss 0 mended 0")
		// The whole file stands in the place of every line before it, also of the
		// one without a key.
		if got, want := h.lines("ho-gia-dinh"), "3  [\"\" \"A\" \"1\" \"1\" \"\"] [ma.required]\n"; got != want {
			t.Errorf("got %s want %s", got, want)
		}
		h.send("ho-gia-dinh", head+"H2,B,1,1,\n", mode(contract.Replace))
		if got := h.lines("ho-gia-dinh"); got != "" {
			t.Errorf("lines are left: %s", got)
		}
	})
}

func TestHeldUntilConfirmed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		var b strings.Builder
		b.WriteString("ma,chu_ho,so_nguoi,thu_nhap,ngay\n")
		for i := range 100 {
			b.WriteString("H" + strings.Repeat("1", i+1) + ",A,1,1,\n")
		}
		h.send("ho-gia-dinh", b.String(), mode(contract.Replace))
		cut := "ma,chu_ho,so_nguoi,thu_nhap,ngay\nH1,A,1,1,\nH11,A,1,1,\n"
		r := h.send("ho-gia-dinh", cut, mode(contract.Replace))
		if r.State != corridor.Held || len(r.Holds) != 2 || r.Seq != 0 || r.ExitCode() != 3 {
			t.Fatalf("%s %+v", r.State, r.Holds)
		}
		if n := strings.Count(h.rows("ho-gia-dinh"), "\n"); n != 100 {
			t.Fatalf("%d rows after a held batch", n)
		}
		s, err := h.Confirm(t.Context(), clerk, r.Batch)
		if err != nil {
			t.Fatal(err)
		}
		s, err = h.Wait(t.Context(), s.ID, func(s corridor.Status) bool { return s.State.Final() })
		if err != nil || s.State != corridor.Scored || s.Report == nil || s.Report.Withdrawn != 98 {
			t.Fatalf("%+v %v", s, err)
		}
		if s.ID != r.Batch {
			t.Fatalf("confirmed as another batch %s", s.ID)
		}
		if _, err := h.Confirm(t.Context(), clerk, r.Batch); !fault.Is(err, "batch.not-held") {
			t.Fatalf("a second confirmation: %v", err)
		}
		// Undo brings the 98 back.
		u, err := h.Undo(t.Context(), clerk, s.ID)
		if err != nil {
			t.Fatal(err)
		}
		u, err = h.Wait(t.Context(), u.ID, func(s corridor.Status) bool { return s.State.Final() })
		if err != nil || u.State != corridor.Scored || u.Report.Inserted != 98 {
			t.Fatalf("%+v %+v %v", u, u.Report, err)
		}
		if n := strings.Count(h.rows("ho-gia-dinh"), "\n"); n != 100 {
			t.Fatalf("%d rows after the undo", n)
		}
		if old, err := h.Status(t.Context(), s.ID); err != nil || old.State != corridor.Undone {
			t.Fatalf("%+v %v", old, err)
		}
	})
}

func TestIdempotencyKeyIsTheSameBatch(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		key := func(r *corridor.Request) { r.IdempotencyKey = "k1" }
		csv := "ma,chu_ho,so_nguoi,thu_nhap,ngay\nH1,A,1,1,\n"
		a, b := h.send("ho-gia-dinh", csv, key), h.send("ho-gia-dinh", csv, key)
		if a.Batch != b.Batch || b.Inserted != 1 {
			t.Fatalf("%+v\n%+v", a, b)
		}
		// A batch that came to nothing gives its key back.
		key2 := func(r *corridor.Request) { r.IdempotencyKey = "k2" }
		if _, err := h.try("ho-gia-dinh", "nothing,known\n1,2\n", key2); !fault.Is(err, "header.nothing") {
			t.Fatal(err)
		}
		h.want(h.send("ho-gia-dinh", csv, key2), "scored read 1 skipped 0 acc 1 (ins 0 upd 0 same 1) quar 0 wd 0 late 0 miss 0 mended 0")
	})
}

func TestParentThatComesLaterLetsRowsIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(`apiVersion: v3.1.0
kind: DataContract
id: xa
version: 1.0.0
status: active
schema:
- name: xa
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - {name: ten, logicalType: string}
`)
		child := `apiVersion: v3.1.0
kind: DataContract
id: truong
version: 1.0.0
status: active
schema:
- name: truong
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - name: ma_xa
    logicalType: string
    customProperties:
    - {property: phohien.reference, value: {dataset: xa, severity: SEVERITY}}
`
		h.put(strings.Replace(child, "SEVERITY", "reject", 1))
		h.want(h.send("truong", "ma,ma_xa\nT1,01\nT2,02\n"), "scored read 2 skipped 0 acc 0 (ins 0 upd 0 same 0) quar 2 wd 0 late 0 miss 0 mended 0")
		h.send("xa", "ma,ten\n01,Một\n")
		h.settled()
		if got, want := h.rows("truong"), "T1: T1 01\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got, want := h.lines("truong"), "3 T2 [\"T2\" \"02\"] [ma_xa.reference]\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		// The rule becomes a warning: the line enters, flagged.
		h.put(strings.Replace(child, "SEVERITY", "warn", 1))
		if err := h.RejudgeChanged(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.settled()
		if got, want := h.rows("truong"), "T1: T1 01\nT2: T2 02 [w:ma_xa.reference]\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		// The parent row goes: T1 is flagged too.
		h.send("xa", "ma,ten\n02,Hai\n", mode(contract.Replace))
		h.settled()
		if got, want := h.rows("truong"), "T1: T1 01 [w:ma_xa.reference]\nT2: T2 02\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// A reference may lead to a column of another type: what is no value of the own
// column is none of the allowed ones, and the batch is judged.
func TestReferenceToAnotherType(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		contractOf := func(id, ma, rest string) string {
			return "apiVersion: v3.1.0\nkind: DataContract\nid: " + id + "\nversion: 1.0.0\nstatus: active\nschema:\n- name: " + id + "\n  properties:\n  - {name: ma, logicalType: " + ma + ", primaryKey: true}\n" + rest
		}
		refers := func(typ, to string) string {
			return "  - {name: x, logicalType: " + typ + ", customProperties: [{property: phohien.reference, value: {dataset: " + to + ", severity: reject}}]}\n"
		}
		h.put(contractOf("chu", "string", ""))
		h.put(contractOf("so", "integer", ""))
		h.put(contractOf("ngay", "date", ""))
		h.send("chu", "ma\n7\nkhac\n")
		h.send("so", "ma\n7\n")
		h.send("ngay", "ma\n2025-07-01\n")
		for i, c := range []struct{ typ, to, value, other string }{{"integer", "chu", "7", "8"}, {"string", "so", "7", "08"}, {"date", "chu", "", "2025-07-01"}, {"string", "ngay", "2025-07-01", "2025"}, {"integer", "ngay", "", "5"}, {"boolean", "so", "", ""}} {
			id := fmt.Sprintf("con-%d", i)
			h.put(contractOf(id, "string", refers(c.typ, c.to)))
			h.want(h.send(id, "ma,x\na,"+c.value+"\n"), "scored read 1 skipped 0 acc 1 (ins 1 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 0")
			if c.other != "" {
				h.want(h.send(id, "ma,x\nb,"+c.other+"\n"), "scored read 1 skipped 0 acc 0 (ins 0 upd 0 same 0) quar 1 wd 0 late 0 miss 0 mended 0")
			}
		}
	})
}

func (h *house) settled() {
	h.t.Helper()
	if err := h.Settled(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// The mirror is brought up by an undo too, whichever of the two reads first.
func TestUndoReachesTheMirror(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		_, obj, err := h.contracts.Object(t.Context(), "ho-gia-dinh")
		if err != nil {
			t.Fatal(err)
		}
		file := func(name string) string {
			var b strings.Builder
			b.WriteString("ma,chu_ho,so_nguoi,thu_nhap,ngay\n")
			for i := range 300 {
				fmt.Fprintf(&b, "H%d,%s,1,1,\n", i, name)
			}
			return b.String()
		}
		h.send("ho-gia-dinh", file("A"))
		if _, err := h.mirror.Follow(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			r := h.send("ho-gia-dinh", file("B"))
			u, err := h.Undo(t.Context(), clerk, r.Batch)
			if err != nil {
				t.Fatal(err)
			}
			if u, err = h.Wait(t.Context(), u.ID, func(s corridor.Status) bool { return s.State.Final() }); err != nil || u.Report.Updated != 300 {
				t.Fatalf("%+v %v", u.Report, err)
			}
			got, seq, err := h.mirror.Digest(t.Context(), obj)
			if err != nil {
				t.Fatal(err)
			}
			want, head, err := h.mirror.TruthDigest(t.Context(), obj)
			if err != nil || got != want || seq != head {
				t.Fatalf("mirror %+v at %d, truth %+v at %d, %v", got, seq, want, head, err)
			}
		}
	})
}

// The list of batches is an index: lost, it comes back from the data sets.
func TestRebuildBringsTheListBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		a := h.send("ho-gia-dinh", "ma,chu_ho,so_nguoi,thu_nhap,ngay\nH1,A,1,1,\n")
		h.send("ho-gia-dinh", "ma,chu_ho,so_nguoi,thu_nhap,ngay\nH2,A,99,1,\n")
		u, err := h.Undo(t.Context(), clerk, a.Batch)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Wait(t.Context(), u.ID, func(s corridor.Status) bool { return s.State.Final() }); err != nil {
			t.Fatal(err)
		}
		list := func() (out string) {
			all, _, err := h.Batches(t.Context(), "", "", 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range all {
				out += fmt.Sprintln(s.ID, s.Dataset, s.State, s.Kind, s.Name, s.By.ID, s.Report.Seq, s.Report.Quarantined)
			}
			return out
		}
		want := list()
		if err := h.store.Control().Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `DELETE FROM batches`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		n, err := h.Rebuild(t.Context())
		if got := list(); err != nil || n != 3 || got != want {
			t.Fatalf("%d batches, %v\n got %s\nwant %s", n, err, got, want)
		}

	})
}

// A unique value is compared with the rows that are there.
func TestUniqueAgainstWhatIsThere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(strings.Replace(people, "name: chu_ho, logicalType: string,", "name: chu_ho, logicalType: string, unique: true,", 1))
		head := "ma,chu_ho,so_nguoi,thu_nhap,ngay\n"
		h.send("ho-gia-dinh", head+"H1,A,1,1,\n")
		h.want(h.send("ho-gia-dinh", head+"H2,A,1,1,\nH3,B,1,1,\n"), "scored read 2 skipped 0 acc 1 (ins 1 upd 0 same 0) quar 1 wd 0 late 0 miss 0 mended 0")
	})
}

// Whom a sender acted for is known as long as the batch is: others of the agency
// may confirm and undo it.
func TestSenderOrg(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(register)
		by := clerk
		by.Org = "so-y-te"
		s, err := h.Receive(t.Context(), by, corridor.Request{Dataset: "dang-ky", Name: "a.csv", Body: strings.NewReader("Số định danh,Họ và tên\n033199012345,B\n")})
		if err != nil {
			t.Fatal(err)
		}
		h.ended(s.ID)
		list, _, err := h.Batches(t.Context(), "dang-ky", "", 1)
		if err != nil || len(list) != 1 || list[0].By != by {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
