package contract

import "github.com/apache/arrow-go/v18/arrow"

// Metadata of an Arrow field that tells a JSON text from a plain one; package
// columns reads the same words.
const (
	arrowKind = "phohien.kind"
	arrowJSON = "json"
)

// ArrowField says how a field's values travel in memory. Every field may be
// null: what must not be absent is a rule's business, not the carrier's.
func ArrowField(f Field) arrow.Field {
	a := arrow.Field{Name: f.Name, Type: arrow.BinaryTypes.String, Nullable: true}
	switch f.Kind {
	case KindInteger:
		a.Type = arrow.PrimitiveTypes.Int64
	case KindDecimal:
		a.Type = &arrow.Decimal128Type{Precision: int32(f.Precision), Scale: int32(f.Scale)}
	case KindFloat:
		a.Type = arrow.PrimitiveTypes.Float64
	case KindBoolean:
		a.Type = arrow.FixedWidthTypes.Boolean
	case KindDate:
		a.Type = arrow.FixedWidthTypes.Date32
	case KindTimestamp:
		a.Type = &arrow.TimestampType{Unit: arrow.Microsecond}
	case KindBytes:
		a.Type = arrow.BinaryTypes.Binary
	case KindJSON:
		a.Metadata = arrow.NewMetadata([]string{arrowKind}, []string{arrowJSON})
	}
	return a
}

// ArrowSchema is ArrowField over fields in their order.
func ArrowSchema(fields []Field) *arrow.Schema {
	all := make([]arrow.Field, len(fields))
	for i, f := range fields {
		all[i] = ArrowField(f)
	}
	return arrow.NewSchema(all, nil)
}
