package quality

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"pgregory.net/rapid"
)

// A vector holds what was put into it and not taken away again.
func TestVector(t *testing.T) {
	types := []arrow.DataType{arrow.BinaryTypes.String, arrow.BinaryTypes.Binary, arrow.PrimitiveTypes.Int64, arrow.FixedWidthTypes.Boolean, arrow.FixedWidthTypes.Date32, &arrow.Decimal128Type{Precision: 18, Scale: 2}}
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom(types).Draw(t, "type")
		v := newVector(typ)
		v.reset(rapid.IntRange(1, 40).Draw(t, "rows"))
		var want []int // -1 = null
		put := func(x int) {
			switch typ.ID() {
			case arrow.STRING, arrow.BINARY:
				v.text([]byte(fmt.Sprint(x)))
			case arrow.BOOL:
				v.boolean(x%2 == 1)
			case arrow.DATE32:
				v.day(int32(x))
			case arrow.DECIMAL128:
				v.decimal(int64(x))
			default:
				v.word(uint64(x))
			}
		}
		for range rapid.IntRange(0, 60).Draw(t, "values") {
			switch rapid.SampledFrom([]string{"put", "put", "null", "nulls", "drop", "back"}).Draw(t, "act") {
			case "put":
				x := rapid.IntRange(0, 300).Draw(t, "x")
				put(x)
				want = append(want, x)
			case "null":
				v.null()
				want = append(want, -1)
			case "nulls":
				for range rapid.IntRange(1, 20).Draw(t, "n") {
					v.null()
					want = append(want, -1)
				}
			case "drop": // of a value just put
				put(77)
				v.drop()
			case "back":
				m := v.mark()
				for range rapid.IntRange(1, 10).Draw(t, "n") {
					if rapid.Bool().Draw(t, "null") {
						v.null()
					} else {
						put(99)
					}
				}
				v.back(m)
			}
		}
		a := v.array()
		defer a.Release()
		nulls := 0
		for _, x := range want {
			if x < 0 {
				nulls++
			}
		}
		if a.Len() != len(want) || a.NullN() != nulls {
			t.Fatalf("%d values, %d of them null; want %d, %d", a.Len(), a.NullN(), len(want), nulls)
		}
		for i, x := range want {
			if a.IsNull(i) != (x < 0) {
				t.Fatalf("value %d: null is %v", i, a.IsNull(i))
			}
			if x >= 0 && shownValue(a, i) != shownAs(typ, x) {
				t.Fatalf("value %d is %s, want %s", i, shownValue(a, i), shownAs(typ, x))
			}
		}
	})
}

func shownAs(typ arrow.DataType, x int) string {
	if typ.ID() == arrow.BOOL {
		return fmt.Sprint(x%2 == 1)
	}
	return fmt.Sprint(x)
}

func shownValue(a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.String:
		return a.Value(i)
	case *array.Binary:
		return string(a.Value(i))
	case *array.Boolean:
		return fmt.Sprint(a.Value(i))
	case *array.Date32:
		return fmt.Sprint(int32(a.Value(i)))
	case *array.Decimal128:
		return a.Value(i).BigInt().String()
	case *array.Int64:
		return fmt.Sprint(a.Value(i))
	}
	return ""
}
