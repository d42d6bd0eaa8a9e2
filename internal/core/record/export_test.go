package record

// ReadAlongKeys makes Changes page along the key from n changed rows on.
func (t *Truth) ReadAlongKeys(n int64) { t.many = n }
