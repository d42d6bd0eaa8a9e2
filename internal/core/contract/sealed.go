package contract

import "slices"

// sealed refuses what an encrypted column cannot do: its stored form says whether
// two values are equal and nothing else, so rows are neither found by it as their
// key, nor put in order by it, nor is it what policies choose rows by.
func (b *builder) sealed() {
	o := b.obj
	for i := range o.Columns {
		c := &o.Columns[i]
		if !c.Sealed {
			continue
		}
		at := b.at(i)
		if c.Type != Text && c.Type != PartialDate {
			b.fail(CodeSealed, at, "Trường “%s” kiểu %s không mã hóa khi lưu được: phohien.sealed chỉ dùng cho logicalType: string, hoặc date có phohien.precision.",
				"The property %q of type %s cannot be sealed: phohien.sealed is for logicalType string, or date with phohien.precision.", c.Name, c.Type)
		}
		if use := b.bareUse(i); use != nil {
			b.fail(CodeSealed, at, "Trường “%s” không mã hóa khi lưu được vì là %s. Bỏ phohien.sealed, hoặc dùng một trường khác (ví dụ mã hồ sơ) làm %[2]s.",
				"The property %q cannot be sealed: it is %s. Take phohien.sealed away, or use another property (such as a file number) as %[2]s.", c.Name, *use)
		}
	}
}

// bareUse is what an object needs a column in clear for, nil for nothing.
func (b *builder) bareUse(i int) *bilingual {
	o := b.obj
	switch {
	case slices.Contains(o.Key, i):
		return &bilingual{"khóa của bảng", "the key"}
	case i == o.Sender:
		return &bilingual{"đơn vị gửi (phohien.sender)", "the sender (phohien.sender)"}
	case i == o.Period:
		return &bilingual{"kỳ dữ liệu (phohien.period)", "the period (phohien.period)"}
	case i == o.ScopeUnit || i == o.ScopeAgency:
		return &bilingual{"trường phân quyền theo dòng (phohien.scope)", "the column that rows are chosen by (phohien.scope)"}
	case i == o.OrderBy || i == o.ValidFrom || i == o.ValidTo:
		return &bilingual{"thứ tự thay đổi hoặc hiệu lực của bản ghi", "the order or the validity of records"}
	}
	return nil
}

// Sealed reports whether some column of the object is encrypted at rest; of one
// that is no longer there, none is.
func (o *Object) Sealed() bool {
	return o != nil && slices.ContainsFunc(o.Columns, func(c Column) bool { return c.Sealed })
}

// Sealed reports whether some object of the contract has a sealed column: its
// files as sent are kept sealed then.
func (c *Contract) Sealed() bool {
	return slices.ContainsFunc(c.Objects, (*Object).Sealed)
}
